/* Sorted lines that do not fit into memory: runs of them in a file without a name, and all runs as one. */
#ifndef ONUS_REFERENCE_LISTING_RUNS_INTERNAL_H
#define ONUS_REFERENCE_LISTING_RUNS_INTERNAL_H

#include "base/error.h"

#define ONUS_LISTING_RUNS_MAX 64

/* A line that a basis lists. Lines are sorted by basis, then by text. */
typedef struct onus_run_line {
  uint32_t basis;
  bool is_known; /* it was there before */
  const char *text;
  size_t text_bytes;
} onus_run_line;

typedef struct onus_run {
  uint64_t begin, end;
} onus_run;

typedef struct onus_runs {
  int fd; /* −1: there is none */
  uint64_t end;
  char *buffer; /* what waits to be written at `end` */
  size_t fill;
  size_t n_runs;
  onus_run runs[ONUS_LISTING_RUNS_MAX];
} onus_runs;

void onus_runs_init(onus_runs *runs);
void onus_runs_free(onus_runs *runs);

/* `fd`, which belongs to the runs from now on, also when this fails: an empty file. */
ONUS_MUST_CHECK onus_status onus_runs_open(onus_runs *runs, int fd, onus_error *error);

/* A run: begin, sorted lines, end. */
ONUS_MUST_CHECK onus_status onus_runs_begin(onus_runs *runs, onus_error *error);
ONUS_MUST_CHECK onus_status onus_runs_add(onus_runs *runs, const onus_run_line *line, onus_error *error);
ONUS_MUST_CHECK onus_status onus_runs_end(onus_runs *runs, onus_error *error);

/* Hands all lines on, sorted, each once: known if it is known in one of the runs. The text is gone after the call. */
typedef onus_status onus_runs_taker(void *context, const onus_run_line *line, onus_error *error);
ONUS_MUST_CHECK onus_status onus_runs_merge(onus_runs *runs, onus_runs_taker *take, void *context, onus_error *error);

/* The order of two texts. */
int onus_run_compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

#endif
