/* Times one posterior of a compiled case: bench_posterior CASE [repetitions]
 *
 * Prints one line of JSON: the median over 15 rounds of the time of one posterior, from the numbers of the case to P(h
 * | E), solved alone and as one of several lanes; the time to compile the network; its size. */
#include <stdio.h>
#include <stdlib.h>

#include "case/view.h"
#include "inference/network.h"
#include "timing.h"

enum { ROUNDS = 15 };

/* Seconds of one posterior. */
static double time_posterior(const onus_network *network, size_t lanes, size_t repetitions, double *checksum) {
  double round[ROUNDS];
  onus_batch *batch = onus_batch_new(network, lanes, false);
  if (!batch)
    exit(1);
  for (size_t r = 0; r < ROUNDS; r++) {
    double start = seconds_now();
    for (size_t i = 0; i < repetitions; i++) {
      onus_batch_derive(batch);
      onus_batch_solve(batch);
      *checksum += batch->posterior[0];
    }
    round[r] = (seconds_now() - start) / (double)(repetitions * lanes);
  }
  onus_batch_free(batch);
  return median(round, ROUNDS);
}

static double time_compile(const onus_view *view) {
  double round[ROUNDS];
  for (size_t r = 0; r < ROUNDS; r++) {
    onus_network *network;
    double start = seconds_now();
    if (onus_network_make(view, false, &network, NULL) != ONUS_OK)
      exit(1);
    round[r] = seconds_now() - start;
    onus_network_free(network);
  }
  return median(round, ROUNDS);
}

int main(int argc, char **argv) {
  onus_error error = {0};
  onus_case *c;
  onus_view *view;
  onus_network *network;
  if (argc < 2) {
    fprintf(stderr, "usage: bench_posterior CASE [repetitions]\n");
    return 2;
  }
  onus_arena *arena = onus_arena_new((size_t)1 << 30);
  if (!arena || onus_case_read(argv[1], &c, NULL, &error) != ONUS_OK ||
      onus_view_make(c, &c->positions[0], NULL, arena, &view, &error) != ONUS_OK ||
      onus_network_make(view, false, &network, &error) != ONUS_OK) {
    fprintf(stderr, "bench_posterior: %s\n", error.text);
    return 1;
  }
  const onus_network_shape *shape = onus_network_describe(network);
  size_t repetitions = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000;
  double checksum = 0, alone = time_posterior(network, 1, repetitions, &checksum);
  double in_lanes = time_posterior(network, shape->lanes, repetitions / shape->lanes + 1, &checksum);
  printf("{\"items\": %zu, \"undercutters\": %zu, \"components\": %zu, \"table_entries\": %zu, \"alone_us\": %.4f, "
         "\"in_lanes_us\": %.4f, \"compile_us\": %.2f, \"checksum\": %.17g}\n",
         shape->n_items, shape->n_undercutters, shape->n_components, shape->n_table_entries, alone * 1e6,
         in_lanes * 1e6, time_compile(view) * 1e6, checksum);
  onus_network_free(network);
  onus_arena_free(arena);
  onus_case_free(c);
  return 0;
}
