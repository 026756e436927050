/* A process that dies while it signs, seals, records, packs or unpacks: kill, no arguments.
 *
 * A child does the work on a copy of a case and is killed just before or after the n-th call by which it changes
 * something (this program brings its own write, fsync, rename, link, unlink, mkdir and their kin, which count), for
 * every n there is. After each the last good state must be there: the case reads, and verifies if it was signed before;
 * and doing the same again ends as if nothing had happened. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "custody/key.h"
#include "onus.h"

/* --- calls that change something ---------------------------------------------------------------------------------- */

static unsigned long n_calls, kill_at; /* 0: never; odd: before a call, even: after it */

static void may_die(void) {
  if (++n_calls == kill_at)
    kill(getpid(), SIGKILL);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  may_die();
  /* When it is to die after it, half of the bytes get out. */
  ssize_t wrote = syscall(SYS_write, fd, bytes, kill_at == n_calls + 1 ? count / 2 + 1 : count);
  may_die();
  return wrote;
}

int fsync(int fd) {
  may_die();
  may_die();
  return fd >= 0 ? 0 : -1; /* killing a process loses nothing that it wrote */
}

int rename(const char *from, const char *to) {
  may_die();
  int result = (int)syscall(SYS_rename, from, to);
  may_die();
  return result;
}

int link(const char *from, const char *to) {
  may_die();
  int result = (int)syscall(SYS_link, from, to);
  may_die();
  return result;
}

int unlink(const char *path) {
  may_die();
  int result = (int)syscall(SYS_unlink, path);
  may_die();
  return result;
}

int mkdir(const char *path, mode_t mode) {
  may_die();
  int result = (int)syscall(SYS_mkdir, path, mode);
  may_die();
  return result;
}

int mkdirat(int fd, const char *path, mode_t mode) {
  may_die();
  int result = (int)syscall(SYS_mkdirat, fd, path, mode);
  may_die();
  return result;
}

int unlinkat(int fd, const char *path, int flags) {
  may_die();
  int result = (int)syscall(SYS_unlinkat, fd, path, flags);
  may_die();
  return result;
}

int rmdir(const char *path) {
  may_die();
  int result = (int)syscall(SYS_rmdir, path);
  may_die();
  return result;
}

int syncfs(int fd) {
  may_die();
  may_die();
  return fd >= 0 ? 0 : -1;
}

/* --- the case ----------------------------------------------------------------------------------------------------- */

static char folder[64];
static onus_key *key;
static onus_secret *passphrase;
static int n_faults;

static const char CASE[] =
    "onus: 1\ntitle: t\nquestion: q\nhypotheses: [{id: a, name: A}, {id: o, name: O, open: true}]\n"
    "sources: [{id: s, name: S, reliability: A}]\nevidence:\n"
    "  - {id: e, source: s, known: 2020-01-01, ratio: {a: 3}, reasons: r, attachments: [f.txt]}\n";

static void put(const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0 || syscall(SYS_write, fd, text, strlen(text)) < 0 || close(fd) != 0)
    exit(1);
}

static void remove_all(void) {
  char command[256];
  snprintf(command, sizeof command, "rm -rf '%s' '%s'.*", folder, folder);
  if (system(command) != 0)
    exit(1);
}

static void fault(const char *what, const char *detail) {
  n_faults++;
  fprintf(stderr, "killed at %lu: %s: %s\n", kill_at, what, detail);
}

static bool verifies(onus_error *error) {
  onus_verification *verification;
  if (onus_case_verify(folder, NULL, &verification, error) != ONUS_OK)
    return false;
  bool holds = onus_verification_holds(verification);
  for (size_t i = 0; i < onus_verification_count(verification); i++)
    if (onus_verification_get(verification, i)->kind == ONUS_FINDING_REFUSED)
      snprintf(error->text, sizeof error->text, "%.700s", onus_verification_get(verification, i)->text);
  onus_verification_free(verification);
  return holds;
}

static bool reads(onus_error *error) {
  onus_case *c = NULL;
  bool is_good = onus_case_open(folder, &c, NULL, error) == ONUS_OK;
  onus_case_free(c);
  return is_good;
}

/* --- what is done to it ------------------------------------------------------------------------------------------- */

static bool sign(void) {
  onus_signing_summary summary;
  return onus_case_sign(folder, key, &summary, NULL) == ONUS_OK;
}

static bool seal(void) {
  static const char *const ITEMS[] = {"e"};
  char store[128];
  snprintf(store, sizeof store, "%s.store", folder);
  onus_seal_options options = {.items = ITEMS, .n_items = 1, .vouch = "{ratio: {a: 2}}", .store = store};
  onus_seal_summary summary;
  return onus_case_seal(folder, &options, passphrase, &summary, NULL) == ONUS_OK;
}

static bool cosign(void) {
  onus_error error = {0};
  onus_status status = onus_case_cosign(folder, key, 1000000000, &error);
  return status == ONUS_OK || strstr(error.text, "already") != NULL;
}

static bool record(void) {
  onus_text path;
  bool is_good = onus_case_record(folder, NULL, key, NULL, &path, NULL) == ONUS_OK;
  if (is_good)
    onus_text_free(&path);
  return is_good;
}

static const char *packed_path;

static bool pack(void) {
  onus_package_summary summary;
  return onus_case_pack(folder, packed_path, NULL, NULL, &summary, NULL) == ONUS_OK;
}

static bool unpack_to(const char *ending, onus_error *error) {
  char target[128];
  onus_package_summary summary;
  snprintf(target, sizeof target, "%s.%s", folder, ending);
  return onus_package_unpack(packed_path, target, NULL, NULL, &summary, error) == ONUS_OK;
}

static bool unpack(void) {
  return unpack_to("unpacked", NULL);
}

/* A fresh case, signed once; `is_changed`: with something new to sign. */
static void start(bool is_changed) {
  kill_at = 0;
  remove_all();
  if (mkdir(folder, 0777) != 0)
    exit(1);
  put("case.yaml", CASE);
  put("f.txt", "an attachment\n");
  if (!sign())
    exit(1);
  if (is_changed)
    put("new.txt", "new\n");
}

/* Gives false when the work came to its end. */
static bool kill_once(unsigned long at, bool (*work)(void)) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    n_calls = 0;
    kill_at = at;
    _exit(work() ? 0 : 1);
  }
  if (child < 0 || waitpid(child, &status, 0) != child)
    exit(1);
  kill_at = at;
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    fault("it failed", "");
  return WIFSIGNALED(status);
}

static unsigned long kill_everywhere(const char *name, bool (*work)(void), bool is_changed) {
  unsigned long at = 1;
  for (bool was_killed = true; was_killed; at++) {
    onus_error error = {0};
    start(is_changed);
    was_killed = kill_once(at, work);
    if (!reads(&error))
      fault("the case cannot be read", error.text);
    /* New files are there and are not signed before the signature is; nothing else may be refused. */
    bool is_whole = verifies(&error);
    if (!is_whole && !strstr(error.text, "new.txt") && work != seal && work != record)
      fault("the last state does not verify", error.text);
    kill_at = 0;
    if (!work() || ((work == seal || work == record) && !sign()) || !verifies(&error))
      fault("it does not go on from there", error.text);
  }
  printf("%s: killed at %lu places\n", name, at - 2);
  return at - 2;
}

static bool is_there(const char *path) {
  struct stat info;
  return lstat(path, &info) == 0;
}

static bool unpacked_verifies(void) {
  char target[128];
  onus_verification *verification;
  snprintf(target, sizeof target, "%s.unpacked", folder);
  if (onus_case_verify(target, NULL, &verification, NULL) != ONUS_OK)
    return false;
  bool holds = onus_verification_holds(verification);
  onus_verification_free(verification);
  return holds;
}

static void expect_nothing_left(void) {
  char pattern[96];
  glob_t found;
  snprintf(pattern, sizeof pattern, "%s*.part", folder);
  if (glob(pattern, 0, NULL, &found) != 0)
    return;
  fault("something was left behind", found.gl_pathv[0]);
  globfree(&found);
}

/* What was to be written is not there, or whole; the next one for the same name takes away what was left. */
static unsigned long kill_packing(const char *name, const char *ending, bool unpacks) {
  unsigned long at = 1;
  char packed[128], target[128], command[160];
  snprintf(packed, sizeof packed, "%s.%s", folder, ending);
  snprintf(target, sizeof target, "%s.unpacked", folder);
  snprintf(command, sizeof command, "rm -rf '%s'", target);
  packed_path = packed;
  for (bool was_killed = true; was_killed; at++) {
    onus_error error = {0};
    start(false);
    if (unpacks && !pack())
      fault("the case cannot be packed", name);
    was_killed = kill_once(at, unpacks ? unpack : pack);
    kill_at = 0;
    if (is_there(packed) && !unpack_to("check", &error))
      fault("half a packed case", error.text);
    if (is_there(target) && (!unpacked_verifies() || unpack() || system(command) != 0))
      fault("half an unpacked case, or a whole one that is replaced", name);
    if (!pack() || !unpack() || !unpacked_verifies())
      fault("it does not go on from there", name);
    expect_nothing_left();
  }
  printf("%s: killed at %lu places\n", name, at - 2);
  return at - 2;
}

int main(void) {
  snprintf(folder, sizeof folder, "/tmp/onus-custody-kill-XXXXXX");
  if (!mkdtemp(folder) || onus_key_new("k", &key, NULL) != ONUS_OK || onus_secret_new(16, &passphrase, NULL) != ONUS_OK)
    return 1;
  memcpy(onus_secret_bytes(passphrase), "pass", 4);
  onus_secret_set_length(passphrase, 4);
  unsigned long n = kill_everywhere("sign", sign, true) + kill_everywhere("cosign", cosign, false) +
                    kill_everywhere("seal", seal, false) + kill_everywhere("record", record, false) +
                    kill_packing("pack, zip", "zip", false) + kill_packing("pack, tar.zst", "tar.zst", false) +
                    kill_packing("unpack", "zip", true);
  remove_all();
  onus_key_free(key);
  onus_secret_free(passphrase);
  return n_faults || n < 30;
}
