/* Pulling and pushing over a way that breaks at random, thousands of times: breaks SEEDS. Nothing may be lost, nothing
 * may come or go twice, whether the program goes on by itself or is started again after each break. */
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "exchange/taxii_journal.h"
#include "simulated.h"

#define FAULT(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
enum { MOST_RUNS = 2000 };

static char output[128], bundle[128], state[160];
static size_t n_broken, n_runs;

/* Each object once, and all of them. */
static void check_bundle(uint64_t seed, size_t n_objects) {
  onus_text text;
  if (onus_file_read(output, (size_t)1 << 24, &text, NULL) != ONUS_OK)
    FAULT("seed %llu: no bundle", (unsigned long long)seed);
  size_t n = 0;
  unsigned char seen[SIMULATED_MOST] = {0};
  for (const char *at = text.bytes; (at = strstr(at, "\"malware--")) != NULL; at++, n++)
    if (seen[strtoul(at + 10, NULL, 10)]++)
      FAULT("seed %llu: an object is in the bundle twice", (unsigned long long)seed);
  if (n != n_objects)
    FAULT("seed %llu: %zu objects rather than %zu", (unsigned long long)seed, n, n_objects);
  onus_text_free(&text);
}

static void pull(uint64_t seed, unsigned n_attempts) {
  static simulated s;
  s = (simulated){.seed = seed,
                  .share_broken = 0.05 + 0.05 * (double)(seed % 7),
                  .n_objects = (size_t)(seed * 7 % 200),
                  .n_same = seed % 5 == 4 ? 20 : 1 + (size_t)(seed % 5)}; /* 20: more than a page holds */
  onus_status status = ONUS_IO;
  for (unsigned run = 0; status != ONUS_OK; run++, n_runs++) {
    onus_error error = {0};
    onus_taxii_client client = simulated_client(&s, n_attempts);
    onus_transfer *t = simulated_transfer(ONUS_TRANSFER_PULL, output);
    status = onus_taxii_pull_by(&client, t, "c", &(onus_taxii_filters){0}, 8, &error);
    if (status != ONUS_OK && status != ONUS_IO)
      FAULT("seed %llu: %s", (unsigned long long)seed, error.text);
    if (run == MOST_RUNS)
      FAULT("seed %llu: no end", (unsigned long long)seed);
    onus_transfer_free(t);
  }
  n_broken += s.n_broken;
  check_bundle(seed, s.n_objects);
  snprintf(state, sizeof state, "%s.pull", output);
  if (access(state, F_OK) == 0)
    FAULT("seed %llu: the state is left", (unsigned long long)seed);
}

static void push(uint64_t seed, unsigned n_attempts) {
  static simulated s;
  size_t n_objects = 1 + (size_t)(seed * 11 % 150);
  s = (simulated){.seed = seed,
                  .share_broken = 0.05 + 0.05 * (double)(seed % 7),
                  .is_pending = seed % 3 == 0,
                  .cannot_read = seed % 5 == 0};
  if (!simulated_bundle(bundle, n_objects))
    FAULT("no bundle");
  onus_status status = ONUS_IO;
  for (unsigned run = 0; status != ONUS_OK; run++, n_runs++) {
    onus_error error = {0};
    onus_taxii_client client = simulated_client(&s, n_attempts);
    onus_transfer *t = simulated_transfer(ONUS_TRANSFER_PUSH, bundle);
    status = onus_taxii_push_by(&client, t, "c", NULL, 8, &error);
    if (status != ONUS_OK && status != ONUS_IO)
      FAULT("seed %llu: %s", (unsigned long long)seed, error.text);
    if (run == MOST_RUNS)
      FAULT("seed %llu: no end", (unsigned long long)seed);
    /* Where we may not look, what this server has already is a failure to it, and to us. */
    if (status == ONUS_OK && !s.cannot_read && t->n_accepted != n_objects)
      FAULT("seed %llu: %zu of %zu objects accepted", (unsigned long long)seed, t->n_accepted, n_objects);
    if (status == ONUS_OK && t->n_accepted + t->n_listed != n_objects)
      FAULT("seed %llu: an object is neither accepted nor listed", (unsigned long long)seed);
    onus_transfer_free(t);
  }
  n_broken += s.n_broken;
  if (!s.cannot_read && s.n_sent_again > 0)
    FAULT("seed %llu: %zu objects were sent again that were there", (unsigned long long)seed, s.n_sent_again);
  for (size_t i = 0; i < SIMULATED_MOST; i++)
    if (s.stored[i] != (i < n_objects))
      FAULT("seed %llu: object %zu is there %u times", (unsigned long long)seed, i, s.stored[i]);
  snprintf(state, sizeof state, "%s.push", bundle);
  if (!s.cannot_read && access(state, F_OK) == 0)
    FAULT("seed %llu: the state is left", (unsigned long long)seed);
  unlink(state);
}

/* --- states by somebody else
 * ------------------------------------------------------------------------------------------ */

static onus_status take_nothing(void *context, const char *path, const onus_text *record, onus_error *error) {
  (void)context, (void)path, (void)record, (void)error;
  return ONUS_OK;
}

static void write_state(const char *path, char *head, const char *record) {
  onus_journal *journal = NULL;
  onus_text text = {(char *)(uintptr_t)record, strlen(record)};
  if (onus_journal_open(path, &(onus_text){head, strlen(head)}, 1 << 20, take_nothing, NULL, &journal, NULL) !=
          ONUS_OK ||
      onus_journal_add(journal, &text, NULL) != ONUS_OK)
    FAULT("no state");
  onus_journal_close(journal);
}

/* Whole records with the right checksums that no onus wrote. */
static void refuse_states(void) {
  static const char *const PULLS[] = {"",     "7",      "{",          "{\"objects\":[7]}",         "{\"objects\":[{}]}",
                                      "[{}]", "{\"a\"", "\xFF\xFE{}", "{\"objects\":[{\"id\":7}]}"};
  static const char *const PUSHES[] = {"",
                                       "sent 99999",
                                       "sent x",
                                       "sent 0 0",
                                       "sent -1",
                                       "sent  ",
                                       "done 0",
                                       "sent0",
                                       "se",
                                       "else",
                                       "sent 18446744073709551616",
                                       "sent 0,1",
                                       "sent 0x1",
                                       "status\n1"};
  static simulated s;
  char head[256], digest[ONUS_DIGEST_BYTES];
  for (size_t i = 0; i < sizeof PULLS / sizeof *PULLS; i++) {
    s = (simulated){.n_objects = 3, .n_same = 1};
    onus_error error = {0};
    onus_taxii_client client = simulated_client(&s, 1);
    onus_transfer *t = simulated_transfer(ONUS_TRANSFER_PULL, output);
    snprintf(state, sizeof state, "%s.pull", output);
    snprintf(head, sizeof head, "onus pull 1 %s", SIMULATED_COLLECTION);
    write_state(state, head, PULLS[i]);
    onus_status status = onus_taxii_pull_by(&client, t, "c", &(onus_taxii_filters){0}, 8, &error);
    if (status != ONUS_BAD_INPUT || !error.text[0])
      FAULT("the state \"%s\" gave %s", PULLS[i], onus_status_name(status));
    onus_transfer_free(t);
    unlink(state);
  }
  if (!simulated_bundle(bundle, 3) || onus_digest_file(bundle, 1 << 20, digest, NULL, NULL) != ONUS_OK)
    FAULT("no bundle");
  for (size_t i = 0; i < sizeof PUSHES / sizeof *PUSHES; i++) {
    s = (simulated){0};
    onus_error error = {0};
    onus_taxii_client client = simulated_client(&s, 1);
    onus_transfer *t = simulated_transfer(ONUS_TRANSFER_PUSH, bundle);
    snprintf(state, sizeof state, "%s.push", bundle);
    snprintf(head, sizeof head, "onus push 1 %s to %s", digest, SIMULATED_COLLECTION);
    write_state(state, head, PUSHES[i]);
    onus_status status = onus_taxii_push_by(&client, t, "c", NULL, 8, &error);
    if (status != ONUS_BAD_INPUT || !error.text[0])
      FAULT("the state \"%s\" gave %s", PUSHES[i], onus_status_name(status));
    onus_transfer_free(t);
    unlink(state);
  }
}

int main(int argc, char **argv) {
  char folder[] = "/tmp/onus-breaks-XXXXXX";
  unsigned long n_seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
  if (n_seeds == 0 || !mkdtemp(folder))
    return 2;
  snprintf(output, sizeof output, "%s/out.json", folder);
  snprintf(bundle, sizeof bundle, "%s/in.json", folder);
  refuse_states();
  for (uint64_t seed = 1; seed <= n_seeds; seed++) {
    pull(seed, seed % 2 ? 1 : 6);
    push(seed, seed % 2 ? 1 : 6);
  }
  unlink(output);
  unlink(bundle);
  rmdir(folder);
  printf("%lu collections pulled and pushed in %zu runs over %zu breaks\n", n_seeds, n_runs, n_broken);
  return n_broken == 0;
}
