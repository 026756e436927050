/* The reference pack that ships: pack SOURCE_ROOT [POINTS].
 *
 * Who is one actor in it and who is not; and what an import makes of its files when they are cut short, at POINTS
 * places drawn over all their unpacked bytes, and at every tenth also as they are packed: an error with a place, after
 * which the reference is what it was, or, of lists, in which any line may be the last, what the rest of them says.
 */
#include <glob.h>

#include "base/file.h"
#include "base/packed.h"
#include "base/random.h"
#include "reference/import.h"
#include "store/test_folder_internal.h"

#define FAULT(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))

static const size_t CAP_BYTES = (size_t)64 << 20;

typedef struct pack_file {
  const char *path;
  char name[128]; /* of what is packed */
  size_t length_bytes;
} pack_file;

static pack_file files[512];
static size_t n_files;

static void find_files(const char *root) {
  static const char *const PATTERNS[] = {"data/reference/*.zst", "data/reference/maltrail/*.zst"};
  for (size_t k = 0; k < 2; k++) {
    char pattern[4096];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/%s", root, PATTERNS[k]);
    if (glob(pattern, 0, NULL, &found) != 0)
      FAULT("%s: there is no such file", pattern);
    for (size_t i = 0; i < found.gl_pathc && n_files < sizeof files / sizeof *files; i++) {
      pack_file *file = &files[n_files++];
      onus_text text;
      onus_error error = {0};
      const char *slash = strrchr(found.gl_pathv[i], '/');
      file->path = strdup(found.gl_pathv[i]);
      snprintf(file->name, sizeof file->name, "%.*s", (int)(strlen(slash + 1) - 4), slash + 1);
      if (!file->path || onus_packed_read(file->path, CAP_BYTES, &text, &error) != ONUS_OK)
        FAULT("%s: %s", found.gl_pathv[i], error.text);
      file->length_bytes = text.length;
      onus_text_free(&text);
    }
    globfree(&found);
  }
}

static onus_status import(const char *place, const char *const *paths, size_t n, onus_error *error) {
  onus_imported *imported = NULL;
  onus_status status =
      onus_reference_import(place, paths, n, &(onus_import_options){.memory_bytes = (size_t)8 << 20}, &imported, error);
  if (status == ONUS_OK)
    onus_imported_free(imported);
  return status;
}

static onus_reference *open_at(const char *place) {
  onus_reference *reference = NULL;
  onus_error error = {0};
  if (onus_reference_open(place, &reference, &error) != ONUS_OK)
    FAULT("the reference cannot be opened: %s", error.text);
  return reference;
}

/* --- who is one actor --------------------------------------------------------------------------------------------- */

/* The entry of an upstream id; ONUS_NO_NUMBER: the pack has none. */
static uint32_t entry_of(const onus_catalogue *all, const char *id) {
  for (uint32_t e = 0; e < all->n_entries; e++)
    if (strcmp(all->entries[e].upstream_id, id) == 0)
      return e;
  return ONUS_NO_NUMBER;
}

static uint32_t root_of(uint32_t *parent, uint32_t e) {
  while (parent[e] != e)
    e = parent[e];
  return e;
}

/* What taking every shared name for an equality would make of the entries. */
static void unite(const onus_catalogue *all, uint32_t *parent) {
  for (uint32_t e = 0; e < all->n_entries; e++)
    parent[e] = e;
  char(*normal)[256] = calloc(all->n_claims, sizeof *normal);
  if (!normal)
    FAULT("no memory");
  for (size_t i = 0; i < all->n_claims; i++)
    if (strlen(all->claims[i].name) < 255)
      onus_name_normalise(all->claims[i].name, normal[i]);
  for (size_t i = 0; i < all->n_claims; i++)
    for (size_t k = 0; k < i; k++)
      if (normal[i][0] && strcmp(normal[i], normal[k]) == 0)
        parent[root_of(parent, all->claims[i].entry)] = root_of(parent, all->claims[k].entry);
  free(normal);
}

/* Groups that lists of names run together. The ids of one row are of one group; rows are different ones. */
static const char *const GROUPS[][3] = {
    {"lazarus", "G0032"},
    {"kimsuky", "G0094"},
    {"G0067"},
    {"machete", "G0095"},
    {"G0138"},
    {"G1049"},
    {"G1036"},
    {"barium"},
    {"sidewinder", "G0121"},
    {"patchwork", "G0040"},
    {"G0142"},
    {"strongpity", "G0056"},
    {"blindeagle", "G0099"},
    {"transparenttribe", "G0134"},
};
/* Of these a name that both bear makes one when names are equalities. */
static const char *const RUN_TOGETHER[][2] = {
    {"lazarus", "kimsuky"}, {"sidewinder", "patchwork"}, {"barium", "strongpity"}, {"blindeagle", "transparenttribe"}};

static void check_actors(const onus_catalogue *all) {
  enum { N = sizeof GROUPS / sizeof *GROUPS };
  size_t n_there = 0;
  for (size_t a = 0; a < all->n_actors; a++)
    for (size_t i = 0; i < all->actors[a].n_entries; i++)
      for (size_t k = 0; k < i; k++)
        if (all->entries[all->actors[a].entries[i]].source == all->entries[all->actors[a].entries[k]].source)
          FAULT("\"%s\" holds two entries of one source", all->actors[a].name);
  uint32_t actor[N] = {0};
  for (size_t g = 0; g < N; g++) {
    actor[g] = ONUS_NO_NUMBER;
    for (size_t k = 0; k < 3 && GROUPS[g][k]; k++) {
      uint32_t e = entry_of(all, GROUPS[g][k]);
      if (e == ONUS_NO_NUMBER)
        continue;
      n_there++;
      if (actor[g] != ONUS_NO_NUMBER && actor[g] != all->entries[e].actor)
        FAULT("\"%s\" and \"%s\" are two actors", GROUPS[g][0], GROUPS[g][k]);
      actor[g] = all->entries[e].actor;
    }
    for (size_t h = 0; h < g; h++)
      if (actor[g] != ONUS_NO_NUMBER && actor[g] == actor[h])
        FAULT("\"%s\" and \"%s\" are one actor", GROUPS[h][0], GROUPS[g][0]);
  }
  if (n_there < 15)
    FAULT("only %zu entries of the groups are in the pack", n_there);
  uint32_t *parent = calloc(all->n_entries, sizeof *parent);
  if (!parent)
    FAULT("no memory");
  unite(all, parent);
  for (size_t k = 0; k < sizeof RUN_TOGETHER / sizeof *RUN_TOGETHER; k++)
    if (root_of(parent, entry_of(all, RUN_TOGETHER[k][0])) != root_of(parent, entry_of(all, RUN_TOGETHER[k][1])))
      FAULT("nothing runs \"%s\" and \"%s\" together: the test tests nothing", RUN_TOGETHER[k][0], RUN_TOGETHER[k][1]);
  free(parent);
  printf("%zu actors of %zu entries, none merged wrongly\n", all->n_actors, all->n_entries);
}

static void check_whole(void) {
  char place[512];
  const char *paths[sizeof files / sizeof *files];
  onus_error error = {0};
  for (size_t i = 0; i < n_files; i++)
    paths[i] = files[i].path;
  test_folder_make(place);
  if (import(place, paths, n_files, &error) != ONUS_OK)
    FAULT("the pack cannot be imported: %s", error.text);
  onus_reference *reference = open_at(place);
  check_actors(onus_reference_catalogue(reference));
  onus_reference_close(reference);
  test_folder_remove(place);
}

/* --- cut short ---------------------------------------------------------------------------------------------------- */

static void digest_of(const char *place, char out[ONUS_STORE_DIGEST_BYTES]) {
  onus_reference *reference = open_at(place);
  onus_error error = {0};
  if (onus_reference_digest(reference, out, &error) != ONUS_OK)
    FAULT("%s", error.text);
  onus_reference_close(reference);
}

/* A reference of one small list. */
static void begin(const char *place, const char *list) {
  const char *paths[] = {list};
  onus_error error = {0};
  if (import(place, paths, 1, &error) != ONUS_OK)
    FAULT("%s: %s", list, error.text);
}

/* Imports `bytes` as the file `name`. True: it was refused, and nothing has changed. */
static bool is_refused(const char *folder, const char *list, const char *name, const char *bytes, size_t length) {
  char place[512], path[1024], before[ONUS_STORE_DIGEST_BYTES], after[ONUS_STORE_DIGEST_BYTES];
  onus_error error = {0};
  const char *paths[] = {path};
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (onus_file_write(path, bytes, length, &error) != ONUS_OK)
    FAULT("%s", error.text);
  test_folder_make(place);
  begin(place, list);
  digest_of(place, before);
  onus_status status = import(place, paths, 1, &error);
  digest_of(place, after);
  if (status != ONUS_OK) {
    if (status != ONUS_BAD_INPUT || strcmp(error.path, path) != 0 || !error.text[0])
      FAULT("%s cut at %zu: %s: %s: %s", name, length, onus_status_name(status), error.path, error.text);
    if (strcmp(before, after) != 0)
      FAULT("%s cut at %zu was refused, but the reference has changed", name, length);
  }
  test_folder_remove(place);
  unlink(path);
  return status != ONUS_OK;
}

static bool is_space(const char *bytes, size_t length) {
  return strspn(bytes, " \t\r\n") >= length;
}

static void cut_at(const char *folder, const char *list, const pack_file *file, size_t at, bool as_packed,
                   size_t *n_refused) {
  onus_text text;
  onus_error error = {0};
  char packed_name[160];
  if (onus_packed_read(file->path, CAP_BYTES, &text, &error) != ONUS_OK)
    FAULT("%s", error.text);
  bool is_list = strncmp(file->name, "apt_", 4) == 0, refused = is_refused(folder, list, file->name, text.bytes, at);
  if (!refused && !is_list && !is_space(text.bytes + at, text.length - at))
    FAULT("%s cut at %zu was taken", file->name, at);
  *n_refused += refused;
  onus_text_free(&text);
  if (!as_packed)
    return;
  if (onus_file_read(file->path, CAP_BYTES, &text, &error) != ONUS_OK)
    FAULT("%s", error.text);
  size_t packed_at = (size_t)((double)at / (double)file->length_bytes * (double)text.length);
  snprintf(packed_name, sizeof packed_name, "%s.zst", file->name);
  if (!is_refused(folder, list, packed_name, text.bytes, packed_at))
    FAULT("%s cut at %zu was taken", packed_name, packed_at);
  onus_text_free(&text);
}

static void check_cuts(const char *root, unsigned n_points) {
  char folder[512], list[4096];
  size_t total = 0, n_refused = 0;
  snprintf(list, sizeof list, "%s/examples/reference/apt_nightjar.txt", root);
  test_folder_make(folder);
  for (size_t i = 0; i < n_files; i++)
    total += files[i].length_bytes;
  for (unsigned k = 0; k < n_points; k++) {
    size_t at = onus_random_bits(20141124, 4, k) % total, i = 0;
    while (at >= files[i].length_bytes)
      at -= files[i++].length_bytes;
    cut_at(folder, list, &files[i], at, k % 10 == 0, &n_refused);
  }
  test_folder_remove(folder);
  printf("%u points over %zu bytes of %zu files: %zu refused, %zu lists taken as far as they went\n", n_points, total,
         n_files, n_refused, n_points - n_refused);
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3)
    return 2;
  find_files(argv[1]);
  check_whole();
  check_cuts(argv[1], argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000);
  for (size_t i = 0; i < n_files; i++)
    free((void *)files[i].path);
  return 0;
}
