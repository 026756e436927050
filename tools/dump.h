/* What dump_match and dump_code share: they say everything about the candidates of matching, for tools/fit_match.py,
 * which fits and measures.
 *
 * usage: PROGRAM WEIGHTS ROUNDS PURPOSE OUT FUNCTIONS < JOBS
 * WEIGHTS: a file of numbers, for each stage the constant and the weights; none there: all are 0. ROUNDS: how many.
 * PURPOSE: fit (what the round after them would weigh) or measure. A line of JOBS: the program, then its pool. OUT: the
 * number of features, then records of native numbers: struct head and the features. FUNCTIONS: a line for each function
 * of each file: path, address, instructions, whether it is a thunk. */
#ifndef ONUS_TOOLS_DUMP_H
#define ONUS_TOOLS_DUMP_H

#include <stdio.h>

#include "code/match.h"

enum { DUMP_POOL_MAX = 64 };

typedef struct dump_file {
  char path[1024];
  onus_text text;
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
} dump_file;

typedef struct dump dump;

/* The pool's function of this number, by its address. */
typedef uint64_t dump_address(const onus_fingerprints *prints, uint32_t number);

/* One line of JOBS. */
typedef void dump_run(dump *d, const onus_match_options *options);

struct dump {
  uint32_t job;
  FILE *out;
  const dump_file *query, *pool[DUMP_POOL_MAX];
  size_t n_pool;
  dump_address *address_of;
};

/* Ends the program after a failure. */
void dump_must(onus_status status, const onus_error *error);

void dump_pair(const dump *d, const onus_match_pair *pair, bool is_best);

int dump_main(int argc, char **argv, dump_run *run, dump_address *address_of);

#endif
