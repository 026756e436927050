/* Custody, timed:
 *
 *   bench_custody case FOLDER WORK         seals every item of the case, signs it, verifies it
 *   bench_custody proof FILE KEY ROUNDS    checks a proof, from its bytes
 *   bench_custody hash FILE                digests a file beside libsodium's SHA-256 of the same bytes in memory
 *
 * Prints one line of JSON; times are those of the processor, system calls included. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buffer.h"
#include "base/file.h"
#include "case/case.h"
#include "onus.h"
#include "timing.h"
#include "verify/folder.h"
#include "verify/proof.h"
#include "verify/verification.h"

static void must(onus_status status, const onus_error *error) {
  if (status == ONUS_OK)
    return;
  fprintf(stderr, "bench_custody: %s: %s\n", error->path, error->text);
  exit(1);
}

static double processor_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void time_case(const char *folder, const char *work) {
  char store[4096];
  snprintf(store, sizeof store, "%s/sealed", work);
  onus_error error = {0};
  onus_secret *passphrase;
  onus_key *key;
  onus_case *c;
  must(onus_secret_new(16, &passphrase, &error), &error);
  memset(onus_secret_bytes(passphrase), 'p', 16);
  onus_secret_set_length(passphrase, 16);
  must(onus_key_new("bench.example/case", &key, &error), &error);
  must(onus_case_read(folder, &c, NULL, &error), &error);
  size_t n_items = c->n_items;
  const char **items = calloc(n_items, sizeof *items);
  for (size_t i = 0; items && i < n_items; i++)
    items[i] = c->items[i].id;
  onus_seal_options options = {.items = items, .n_items = n_items, .vouch = "{ratio: {a: 2}}", .store = store};
  onus_seal_summary sealed;
  onus_signing_summary signed_;
  onus_verification *verification;
  double start = processor_now();
  must(onus_case_seal(folder, &options, passphrase, &sealed, &error), &error);
  double seal_s = processor_now() - start;
  start = processor_now();
  must(onus_case_sign(folder, key, &signed_, &error), &error);
  double sign_s = processor_now() - start;
  start = processor_now();
  must(onus_case_verify(folder, NULL, &verification, &error), &error);
  double verify_s = processor_now() - start;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"items\": %zu, \"seal_s\": %.6f, \"sign_s\": %.6f, \"verify_s\": %.6f, \"peak_mib\": %ld, \"holds\": %s}\n",
         sealed.n_sealed, seal_s, sign_s, verify_s, usage.ru_maxrss >> 10,
         onus_verification_holds(verification) ? "true" : "false");
  onus_verification_free(verification);
  free(items);
  onus_case_free(c);
  onus_key_free(key);
  onus_secret_free(passphrase);
}

static void time_proof(const char *path, const char *key_text, int rounds) {
  onus_error error = {0};
  onus_text text;
  onus_public_key key;
  must(onus_file_read(path, ONUS_PROOF_BYTES, &text, &error), &error);
  must(onus_public_key_parse(NULL, 0, key_text, strlen(key_text), &key, &error), &error);
  double start = processor_now();
  for (int i = 0; i < rounds; i++) {
    onus_proof proof;
    const onus_public_key *signer = NULL;
    must(onus_proof_parse(path, text.bytes, text.length, &proof, &error), &error);
    must(onus_note_check(&proof.note, &proof.checkpoint, &key, 1, false, &signer, &error), &error);
    if (!signer)
      exit(1);
    onus_proof_free(&proof);
  }
  printf("{\"proof_s\": %.9f}\n", (processor_now() - start) / rounds);
  onus_text_free(&text);
}

static void time_hash(const char *path) {
  enum { ROUNDS = 5 };
  double own[ROUNDS], peer[ROUNDS], ratio[ROUNDS];
  onus_error error = {0};
  onus_text text;
  onus_hash hash, other;
  uint64_t bytes;
  const char *name = strrchr(path, '/');
  char folder[4096];
  snprintf(folder, sizeof folder, "%.*s", name ? (int)(name - path) : 1, name ? path : ".");
  name = name ? name + 1 : path;
  must(onus_file_read(path, (size_t)1 << 30, &text, &error), &error);
  for (int i = 0; i < ROUNDS; i++) {
    double start = processor_now();
    must(onus_folder_digest(folder, name, 0, NULL, &hash, &bytes, &error), &error);
    own[i] = processor_now() - start;
    start = processor_now();
    crypto_hash_sha256(other.bytes, (const unsigned char *)text.bytes, text.length);
    peer[i] = processor_now() - start;
    ratio[i] = peer[i] / own[i];
    if (!onus_hash_same(&hash, &other))
      exit(1);
  }
  printf("{\"bytes\": %llu, \"file_s\": %.6f, \"memory_s\": %.6f, \"ratio\": %.4f}\n", (unsigned long long)bytes,
         median(own, ROUNDS), median(peer, ROUNDS), median(ratio, ROUNDS));
  onus_text_free(&text);
}

int main(int argc, char **argv) {
  if (sodium_init() < 0)
    return 1;
  if (argc == 4 && strcmp(argv[1], "case") == 0)
    time_case(argv[2], argv[3]);
  else if (argc == 5 && strcmp(argv[1], "proof") == 0)
    time_proof(argv[2], argv[3], atoi(argv[4]));
  else if (argc == 3 && strcmp(argv[1], "hash") == 0)
    time_hash(argv[2]);
  else
    return fputs("usage: bench_custody case FOLDER WORK | proof FILE KEY ROUNDS | hash FILE\n", stderr), 2;
  return 0;
}
