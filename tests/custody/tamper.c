/* Every byte of a signed case changed, every file removed, added, renamed, swapped with another: tamper CASE.
 *
 * The case is copied; each change is made, must be refused with a message, and undone. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "onus.h"
#include "verify/folder.h"

enum { FILES = 256, PATH_BYTES = 4096 };

static char folder[64];
static char *paths[FILES]; /* inside the copy */
static onus_text contents[FILES];
static size_t n_files, n_changes, n_faults;

static void die(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void path_of(const char *inside, char out[PATH_BYTES]) {
  if (snprintf(out, PATH_BYTES, "%s/%s", folder, inside) >= PATH_BYTES)
    die("a path that is too long");
}

static void put(const char *inside, const char *bytes, size_t length) {
  char path[PATH_BYTES];
  path_of(inside, path);
  /* In place: writing the whole file anew, with fsync, some 30,000 times would take minutes. */
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
    die("cannot write");
}

static void fault(const char *what, const char *inside, size_t at) {
  if (n_faults++ < 20)
    fprintf(stderr, "%s: %s, byte %zu\n", what, inside, at);
}

/* Whether verifying says that something is wrong, in words. */
static bool is_refused(void) {
  onus_verification *verification = NULL;
  onus_error error = {0};
  onus_status status = onus_case_verify(folder, NULL, &verification, &error);
  n_changes++;
  if (status != ONUS_OK)
    return error.text[0] && (status == ONUS_BAD_INPUT || status == ONUS_LIMIT || status == ONUS_IO);
  bool refused = !onus_verification_holds(verification), has_words = false;
  for (size_t i = 0; i < onus_verification_count(verification); i++) {
    const onus_finding *finding = onus_verification_get(verification, i);
    has_words = has_words || (finding->kind == ONUS_FINDING_REFUSED && finding->text[0]);
  }
  onus_verification_free(verification);
  return refused && has_words;
}

static void add(const char *from, const char *inside) {
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/%s", from, inside) >= (int)sizeof path)
    die("a path that is too long");
  if (n_files == FILES || onus_file_read(path, 1 << 24, &contents[n_files], NULL) != ONUS_OK ||
      !(paths[n_files++] = strdup(inside)))
    die("cannot read the case");
}

static void copy(const char *from) {
  onus_file_list list;
  char path[PATH_BYTES];
  if (onus_folder_list(from, &list, NULL) != ONUS_OK)
    die("cannot list the case");
  for (size_t i = 0; i < list.count; i++)
    add(from, list.files[i].path);
  onus_file_list_free(&list);
  snprintf(path, sizeof path, "%s/custody", from);
  DIR *custody = opendir(path);
  for (struct dirent *entry; custody && (entry = readdir(custody));) {
    if (snprintf(path, sizeof path, "custody/%.255s", entry->d_name) >= (int)sizeof path)
      die("a path that is too long");
    if (entry->d_name[0] != '.')
      add(from, path);
  }
  closedir(custody);
  for (size_t i = 0; i < n_files; i++) {
    path_of(paths[i], path);
    for (char *at = strchr(path + strlen(folder) + 1, '/'); at; at = strchr(at + 1, '/')) {
      *at = '\0';
      mkdir(path, 0777);
      *at = '/';
    }
    put(paths[i], contents[i].bytes, contents[i].length);
  }
}

static void change_bytes(size_t i) {
  char *bytes = contents[i].bytes;
  for (size_t at = 0; at < contents[i].length; at++) {
    char old = bytes[at];
    bytes[at] = (char)(old ^ (1 << (at * 7 % 8)));
    put(paths[i], bytes, contents[i].length);
    if (!is_refused())
      fault("a changed byte is not refused", paths[i], at);
    bytes[at] = old;
  }
  put(paths[i], bytes, contents[i].length - 1);
  if (!is_refused())
    fault("a file without its last byte is not refused", paths[i], contents[i].length);
  bytes[contents[i].length] = 'x';
  put(paths[i], bytes, contents[i].length + 1);
  if (!is_refused())
    fault("a file with a byte more is not refused", paths[i], contents[i].length);
  bytes[contents[i].length] = '\0';
  put(paths[i], bytes, contents[i].length);
}

static void change_file(size_t i) {
  char path[PATH_BYTES], other[PATH_BYTES + 16];
  path_of(paths[i], path);
  unlink(path);
  if (!is_refused())
    fault("a removed file is not refused", paths[i], 0);
  put(paths[i], contents[i].bytes, contents[i].length);
  snprintf(other, sizeof other, "%s.moved", path);
  rename(path, other);
  if (!is_refused())
    fault("a renamed file is not refused", paths[i], 0);
  rename(other, path);
  snprintf(other, sizeof other, "%s.added", paths[i]);
  put(other, contents[i].bytes, contents[i].length);
  if (!is_refused())
    fault("an added file is not refused", other, 0);
  snprintf(other, sizeof other, "%s.added", path);
  unlink(other);
  unlink(path);
  if (symlink("/etc/hostname", path) != 0 || !is_refused())
    fault("a link in place of a file is not refused", paths[i], 0);
  unlink(path);
  put(paths[i], contents[i].bytes, contents[i].length);
  for (size_t k = i + 1; k < n_files; k++) {
    put(paths[i], contents[k].bytes, contents[k].length);
    put(paths[k], contents[i].bytes, contents[i].length);
    if (!is_refused())
      fault("two files that changed places are not refused", paths[i], k);
    put(paths[i], contents[i].bytes, contents[i].length);
    put(paths[k], contents[k].bytes, contents[k].length);
  }
}

int main(int argc, char **argv) {
  snprintf(folder, sizeof folder, "/tmp/onus-tamper-XXXXXX");
  if (argc != 2 || !mkdtemp(folder))
    die("usage: tamper CASE");
  copy(argv[1]);
  if (is_refused() || n_files < 5)
    fault("the case itself is refused", argv[1], 0);
  for (size_t i = 0; i < n_files && !n_faults; i++) {
    change_bytes(i);
    change_file(i);
  }
  if (is_refused())
    fault("the case is refused in the end", argv[1], 0);
  printf("%zu files, %zu changes, %zu faults\n", n_files, n_changes, n_faults);
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", folder);
  if (system(command) != 0)
    return 1;
  for (size_t i = 0; i < n_files; i++) {
    free(paths[i]);
    onus_text_free(&contents[i]);
  }
  return n_faults ? 1 : 0;
}
