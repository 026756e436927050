/* Memory that runs out in the calls of custody and packing: custody_sweep [MOST_RUNS [CALL]].
 *
 * Each call works on a fresh copy of a small case. What libarchive asks for itself is never refused: it ends the
 * process when it has no memory for a name, which docs/DEPENDENCIES.md says. Memory of libsodium is mapped, not asked
 * for here. */
#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sweeping.h"

enum { PATH_BYTES = 256 };

static char scratch[PATH_BYTES], plain[PATH_BYTES], sealed[PATH_BYTES], work[PATH_BYTES], unpacked[PATH_BYTES],
    store[PATH_BYTES], key_file[PATH_BYTES], new_file[PATH_BYTES], proof[PATH_BYTES], record_file[PATH_BYTES],
    zip[PATH_BYTES], tar[PATH_BYTES], stamp[PATH_BYTES];
static onus_key *key, *witness;
static onus_secret *passphrase;
static onus_text public_key;

static const char CASE[] =
    "onus: 1\ntitle: t\nquestion: q\nhypotheses: [{id: a, name: A}, {id: o, name: O, open: true}]\n"
    "sources: [{id: s, name: S, reliability: A}]\nevidence:\n"
    "  - {id: e, source: s, known: 2020-01-01, ratio: {a: 3}, reasons: r, attachments: [f.txt]}\n"
    "  - {id: g, source: s, known: 2020-01-01, ratio: {a: 2}, reasons: r}\npositions: [{id: p}]\n";

static void must(bool condition, const char *what) {
  if (condition)
    return;
  printf("%s\n", what);
  exit(1);
}

/* By processes of their own, which ask for no memory here. */
static void remove_all(const char *path) {
  char command[2 * PATH_BYTES];
  snprintf(command, sizeof command, "rm -rf '%s'", path);
  must(system(command) == 0, command);
}

static void copy_to(const char *from, const char *to) {
  char command[3 * PATH_BYTES];
  remove_all(to);
  snprintf(command, sizeof command, "cp -r '%s' '%s'", from, to);
  must(system(command) == 0, command);
}

static void copy(const char *from) {
  copy_to(from, work);
}

static void put(const char *folder, const char *name, const char *text) {
  char path[2 * PATH_BYTES];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0, path);
}

/* The C library keeps what it knows of locales and time zones, loads it anew, and loses parts when memory runs out in
 * it. That is its own affair: what it does there cannot fail here and does not count, but for the locale as a whole. */
ONUS_API locale_t newlocale(int mask, const char *name, locale_t base) {
  locale_t (*real)(int, const char *, locale_t) = dlsym(RTLD_NEXT, "newlocale");
  if (refuse())
    return (locale_t)0;
  unsigned long fail_at = heap.fail_at;
  long n_live = heap.n_live;
  heap.fail_at = 0;
  locale_t made = real(mask, name, base);
  heap.fail_at = fail_at;
  heap.n_live = n_live + (made != (locale_t)0);
  return made;
}

ONUS_API void freelocale(locale_t locale) {
  void (*real)(locale_t) = dlsym(RTLD_NEXT, "freelocale");
  long n_live = heap.n_live;
  real(locale);
  heap.n_live = n_live - 1;
}

ONUS_API time_t mktime(struct tm *parts) {
  time_t (*real)(struct tm *) = dlsym(RTLD_NEXT, "mktime");
  unsigned long fail_at = heap.fail_at;
  long n_live = heap.n_live;
  heap.fail_at = 0;
  time_t made = real(parts);
  heap.fail_at = fail_at;
  heap.n_live = n_live;
  return made;
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

static onus_status new_key(onus_error *error) {
  onus_key *made = NOTHING(onus_key);
  onus_status status = onus_key_new("k", &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_key_free(made);
  return status;
}

static onus_status write_key(onus_error *error) {
  unlink(new_file);
  return onus_key_write(key, new_file, passphrase, error);
}

static onus_status read_key(onus_error *error) {
  onus_key *made = NOTHING(onus_key);
  onus_status status = onus_key_read(key_file, passphrase, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_key_free(made);
  return status;
}

TEXT_CALL(key_public, onus_key_public(key, true, &text, error))
TEXT_CALL(file_public, onus_key_file_public(key_file, false, &text, error))

static onus_status fingerprint(onus_error *error) {
  onus_fingerprint made;
  return onus_key_fingerprint(public_key.bytes, &made, error);
}

/* --- signing ------------------------------------------------------------------------------------------------------ */

static onus_status sign(onus_error *error) {
  onus_signing_summary summary;
  copy(plain);
  return onus_case_sign(work, key, &summary, error);
}

static onus_status sign_again(onus_error *error) {
  onus_signing_summary summary;
  copy(sealed);
  put(work, "new.txt", "new\n");
  unlink(new_file);
  return onus_case_sign(work, key, &summary, error);
}

static onus_status cosign(onus_error *error) {
  copy(sealed);
  return onus_case_cosign(work, witness, 1000000000, error);
}

TEXT_CALL(stamp_request, onus_case_stamp_request(sealed, &text, error))

static onus_status wrong_stamp(onus_error *error) {
  return onus_case_stamp(sealed, stamp, error);
}

/* `made` by address: it is set by the call that gives the status. */
static onus_status take_verification(onus_status status, onus_verification *const *made) {
  check_untouched(status, *made);
  if (status == ONUS_OK) {
    if (!onus_verification_holds(*made))
      fault = "something is refused that is right";
    onus_verification_free(*made);
  }
  return status;
}

static onus_status verify(onus_error *error) {
  onus_verification *made = NOTHING(onus_verification);
  const char *const keys[] = {public_key.bytes};
  onus_verify_options options = {.keys = keys, .n_keys = 1};
  return take_verification(onus_case_verify(sealed, &options, &made, error), &made);
}

static onus_status verify_proof(onus_error *error) {
  onus_verification *made = NOTHING(onus_verification);
  const char *const keys[] = {public_key.bytes};
  onus_verify_options options = {.keys = keys, .n_keys = 1};
  return take_verification(onus_proof_verify(proof, &options, &made, error), &made);
}

/* --- sealing ------------------------------------------------------------------------------------------------------ */

static onus_status seal_into(const char *file, onus_error *error) {
  static const char *const ITEMS[] = {"e"};
  onus_seal_options options = {.items = ITEMS, .n_items = 1, .vouch = "{ratio: {a: 2}}", .store = file};
  onus_seal_summary summary;
  return onus_case_seal(work, &options, passphrase, &summary, error);
}

static onus_status seal(onus_error *error) {
  copy(plain);
  unlink(new_file);
  return seal_into(new_file, error);
}

static onus_status reveal(onus_error *error) {
  onus_reveal_options options = {.item = "e", .store = store, .all_attachments = true, .to = new_file};
  unlink(new_file);
  return onus_case_reveal(sealed, &options, passphrase, error);
}

static onus_status unseal(onus_error *error) {
  static const char *const POSITIONS[] = {"p"};
  onus_unseal_options options = {.proof = proof, .positions = POSITIONS, .n_positions = 1};
  onus_text item = {.bytes = &nothing};
  copy(sealed);
  return take_text(onus_case_unseal(work, &options, &item, error), &item);
}

/* --- records ------------------------------------------------------------------------------------------------------ */

static onus_status record(onus_error *error) {
  onus_text path = {.bytes = &nothing};
  return take_text(onus_case_record(sealed, NULL, key, new_file, &path, error), &path);
}

static onus_status replay(onus_error *error) {
  onus_verification *made = NOTHING(onus_verification);
  return take_verification(onus_record_replay(record_file, sealed, NULL, &made, error), &made);
}

/* --- packing ------------------------------------------------------------------------------------------------------ */

static onus_status pack_as(const char *ending, onus_error *error) {
  char path[PATH_BYTES + 16];
  onus_package_summary summary = {.n_files = 77};
  snprintf(path, sizeof path, "%s/packed.%s", scratch, ending);
  onus_status status = onus_case_pack(sealed, path, NULL, NULL, &summary, error);
  if (status != ONUS_OK && summary.n_files != 77)
    fault = "a `ret_` parameter was changed by a call that failed";
  return status;
}

static onus_status pack_zip(onus_error *error) {
  return pack_as("zip", error);
}

static onus_status pack_tar(onus_error *error) {
  return pack_as("tar.zst", error);
}

static onus_status unpack(const char *path, onus_error *error) {
  struct stat info;
  onus_package_summary summary = {.n_files = 77};
  if (lstat(unpacked, &info) == 0)
    remove_all(unpacked);
  onus_status status = onus_package_unpack(path, unpacked, NULL, NULL, &summary, error);
  if (status != ONUS_OK && (summary.n_files != 77 || lstat(unpacked, &info) == 0))
    fault = "something is left of a call that failed";
  return status;
}

static onus_status unpack_zip(onus_error *error) {
  return unpack(zip, error);
}

static onus_status unpack_tar(onus_error *error) {
  return unpack(tar, error);
}

static onus_status verify_packed(onus_error *error) {
  onus_verification *made = NOTHING(onus_verification);
  return take_verification(onus_package_verify(zip, scratch, NULL, &made, error), &made);
}

/* --- the sweep ---------------------------------------------------------------------------------------------------- */

/* Long are those that hash a passphrase, half a second each, or copy a case, or assess it. */
static const swept_call CALLS[] = {
    {"onus_key_new", new_key, ONUS_OK, false},
    {"onus_key_write", write_key, ONUS_OK, true},
    {"onus_key_read", read_key, ONUS_OK, true},
    {"onus_key_public", key_public, ONUS_OK, false},
    {"onus_key_file_public", file_public, ONUS_OK, false},
    {"onus_key_fingerprint", fingerprint, ONUS_OK, false},
    {"onus_case_sign", sign, ONUS_OK, true},
    {"onus_case_sign, again", sign_again, ONUS_OK, true},
    {"onus_case_cosign", cosign, ONUS_OK, true},
    {"onus_case_stamp_request", stamp_request, ONUS_OK, false},
    {"onus_case_stamp, no time stamp", wrong_stamp, ONUS_BAD_INPUT, false},
    {"onus_case_verify", verify, ONUS_OK, true},
    {"onus_proof_verify", verify_proof, ONUS_OK, false},
    {"onus_case_seal", seal, ONUS_OK, true},
    {"onus_case_reveal", reveal, ONUS_OK, true},
    {"onus_case_unseal", unseal, ONUS_OK, true},
    {"onus_case_record", record, ONUS_OK, true},
    {"onus_record_replay", replay, ONUS_OK, true},
    {"onus_case_pack, zip", pack_zip, ONUS_OK, true},
    {"onus_case_pack, tar.zst", pack_tar, ONUS_OK, true},
    {"onus_package_unpack, zip", unpack_zip, ONUS_OK, true},
    {"onus_package_unpack, tar.zst", unpack_tar, ONUS_OK, true},
    {"onus_package_verify", verify_packed, ONUS_OK, true},
};

static void name_files(void) {
  static const struct {
    char *path;
    const char *name;
  } FILES[] = {{plain, "plain"},        {sealed, "sealed"}, {work, "work"},        {unpacked, "unpacked"},
               {store, "store"},        {key_file, "key"},  {new_file, "new"},     {proof, "proof"},
               {record_file, "record"}, {zip, "case.zip"},  {tar, "case.tar.zst"}, {stamp, "stamp"}};
  snprintf(scratch, sizeof scratch, "/tmp/onus-custody-sweep-XXXXXX");
  must(mkdtemp(scratch) != NULL, "no folder to work in");
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
    snprintf(FILES[i].path, PATH_BYTES, "%.100s/%s", scratch, FILES[i].name);
}

static void prepare(void) {
  onus_error error = {0};
  onus_signing_summary signing;
  onus_package_summary package;
  onus_text path = {0};
  onus_reveal_options options = {.item = "e", .store = store, .all_attachments = true, .to = proof};
  must(mkdir(plain, 0777) == 0, "no folder");
  put(plain, "case.yaml", CASE);
  put(plain, "f.txt", "an attachment\n");
  put(scratch, "stamp", "no stamp\n");
  bool is_good = onus_key_new("k", &key, &error) == ONUS_OK && onus_key_new("w", &witness, &error) == ONUS_OK &&
                 onus_secret_new(16, &passphrase, &error) == ONUS_OK;
  must(is_good, error.text);
  memcpy(onus_secret_bytes(passphrase), "pass", 4);
  onus_secret_set_length(passphrase, 4);
  copy(plain);
  is_good = onus_key_public(key, false, &public_key, &error) == ONUS_OK &&
            onus_key_write(key, key_file, passphrase, &error) == ONUS_OK && seal_into(store, &error) == ONUS_OK &&
            onus_case_sign(work, key, &signing, &error) == ONUS_OK;
  must(is_good, error.text);
  copy_to(work, sealed);
  is_good = onus_case_reveal(sealed, &options, passphrase, &error) == ONUS_OK &&
            onus_case_record(sealed, NULL, key, record_file, &path, &error) == ONUS_OK &&
            onus_case_pack(sealed, zip, NULL, NULL, &package, &error) == ONUS_OK &&
            onus_case_pack(sealed, tar, NULL, NULL, &package, &error) == ONUS_OK;
  must(is_good, error.text);
  onus_text_free(&path);
}

int main(int argc, char **argv) {
  static char output[1 << 16]; /* standard output asks for none of its own */
  setvbuf(stdout, output, _IOLBF, sizeof output);
  unsigned long most_runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000; /* of a long call */
  most_runs = most_runs < 8 ? 8 : most_runs;
  /* Somebody uses the locale all the time, so that it is not unloaded. */
  locale_t kept = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  must(kept != (locale_t)0, "no locale C.UTF-8");
  exempt_library("libarchive.so");
  must(exempt.from != 0, "libarchive is not there");
  name_files();
  prepare();
  for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++)
    if (argc < 3 || strstr(CALLS[i].name, argv[2]))
      sweep(&CALLS[i], CALLS[i].is_long ? most_runs : 1000000);
  onus_text_free(&public_key);
  onus_key_free(key);
  onus_key_free(witness);
  freelocale(kept);
  onus_secret_free(passphrase);
  remove_all(scratch);
  printf("%u faults\n", n_faults);
  return n_faults > 0;
}
