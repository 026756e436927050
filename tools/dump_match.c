/* The candidates of matching programs with a pool of programs; dump.h says what is read and written. */
#include "dump.h"

static uint64_t address_of(const onus_fingerprints *prints, uint32_t number) {
  return prints->items[number].address;
}

static void run(dump *d, const onus_match_options *options) {
  const onus_fingerprints *pool[DUMP_POOL_MAX];
  for (size_t i = 0; i < d->n_pool; i++)
    pool[i] = d->pool[i]->prints;
  onus_matches *matches = NULL;
  onus_error error = {0};
  dump_must(onus_match_programs(d->query->prints, pool, d->n_pool, options, &matches, &error), &error);
  for (size_t i = 0; i < matches->n_pairs; i++)
    dump_pair(d, &matches->pairs[i], true);
  onus_matches_free(matches);
}

int main(int argc, char **argv) {
  return dump_main(argc, argv, run, address_of);
}
