/* The programs of which most seems to be in the query are weighed whole: every function of theirs may then be proposed
 * by what stands around it, and order in the file, callers and callees count [K-9]. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference/code_internal.h"

enum { FUNCTIONS_FREE = 100000, FUNCTIONS_TIMES = 16 }; /* of all programs that are weighed */

typedef struct chosen {
  uint32_t program;
  float sum; /* of probabilities */
} chosen;

typedef struct refining {
  onus_code_asking *asking;
  uint32_t programs[ONUS_CODE_REFINED];
  size_t n_programs;
  uint32_t *place; /* [n_programs of the reference] 1 + place in `programs` */
  onus_signature *signatures;
  onus_signature_program parts[ONUS_CODE_REFINED];
  onus_signature_candidate *candidates;
  size_t n_candidates;
  onus_code_candidate *room; /* new candidates of each of the query's functions */
  uint32_t *n_room;
  const onus_match_options *options;
} refining;

static bool is_before(const chosen *a, const chosen *b) {
  return a->sum != b->sum ? a->sum > b->sum : a->program < b->program;
}

/* Each function speaks for the best candidate that it has in a program. */
static onus_status choose_programs(refining *r, onus_error *error) {
  const onus_code_asking *asking = r->asking;
  const onus_code_catalogue *c = asking->catalogue;
  size_t count = asking->query->prints->count, n_functions = 0;
  float *sum = calloc(c->n_programs + 1, sizeof *sum);
  uint32_t *last = calloc(c->n_programs + 1, sizeof *last); /* 1 + the function that spoke last */
  if (!sum || !last) {
    free(sum);
    free(last);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t k = 0; k < asking->rows[i].count; k++) {
      const onus_code_candidate *candidate = &asking->rows[i].items[k];
      if (last[candidate->program] == i + 1)
        continue;
      last[candidate->program] = i + 1;
      sum[candidate->program] += 1 / (1 + expf(-candidate->own));
    }
  chosen best[ONUS_CODE_REFINED];
  size_t n = 0;
  for (uint32_t p = 0; p < c->n_programs; p++) {
    chosen one = {p, sum[p]};
    if (last[p] == 0 || (n == ONUS_CODE_REFINED && !is_before(&one, &best[n - 1])))
      continue;
    size_t at = n < ONUS_CODE_REFINED ? n++ : n - 1;
    for (; at > 0 && is_before(&one, &best[at - 1]); at--)
      best[at] = best[at - 1];
    best[at] = one;
  }
  for (size_t i = 0; i < n; i++) {
    n_functions += c->programs[best[i].program].n_functions;
    if (n_functions > FUNCTIONS_FREE + FUNCTIONS_TIMES * count)
      continue;
    r->programs[r->n_programs++] = best[i].program;
    r->place[best[i].program] = (uint32_t)r->n_programs;
  }
  free(sum);
  free(last);
  return ONUS_OK;
}

static onus_status fetch_programs(refining *r, onus_error *error) {
  const onus_code_asking *asking = r->asking;
  size_t n = 0, at = 0;
  for (size_t i = 0; i < r->n_programs; i++)
    n += asking->catalogue->programs[r->programs[i]].n_functions;
  uint32_t *numbers = malloc((n + 1) * sizeof *numbers);
  uint8_t *bytes = malloc((n + 1) * ONUS_SIGNATURE_BYTES);
  r->signatures = malloc((n + 1) * sizeof *r->signatures);
  onus_status status = numbers && bytes && r->signatures ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; status == ONUS_OK && i < r->n_programs; i++) {
    const onus_ref_program *program = &asking->catalogue->programs[r->programs[i]];
    r->parts[i] = (onus_signature_program){r->signatures + at, program->n_functions};
    for (uint32_t k = 0; k < program->n_functions; k++)
      numbers[at++] = program->first_function + k;
  }
  if (status == ONUS_OK)
    status = onus_store_rows(asking->store, ONUS_REFERENCE_FUNCTIONS, ONUS_SIGNATURE_BYTES, numbers, n, bytes, error);
  for (size_t i = 0; status == ONUS_OK && i < n; i++)
    if (!onus_signature_read(bytes + i * ONUS_SIGNATURE_BYTES, &r->signatures[i]))
      status = ONUS_FAIL(error, ONUS_BAD_INPUT,
                         "the signature of function %u is damaged; restore the reference or import again",
                         (unsigned)numbers[i]);
  free(numbers);
  free(bytes);
  return status;
}

static onus_status take_candidates(refining *r, onus_error *error) {
  const onus_code_asking *asking = r->asking;
  size_t count = asking->query->prints->count;
  r->candidates = malloc((count + 1) * ONUS_CODE_CANDIDATES * sizeof *r->candidates);
  r->room = calloc(count + 1, ONUS_CODE_CANDIDATES * sizeof *r->room);
  r->n_room = calloc(count + 1, sizeof *r->n_room);
  if (!r->candidates || !r->room || !r->n_room)
    return ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t k = 0; k < asking->rows[i].count; k++) {
      const onus_code_candidate *candidate = &asking->rows[i].items[k];
      uint32_t place = r->place[candidate->program];
      if (place > 0)
        r->candidates[r->n_candidates++] = (onus_signature_candidate){
            i, place - 1, candidate->row - asking->catalogue->programs[candidate->program].first_function};
    }
  return ONUS_OK;
}

/* Keeps the best of a function, in no order yet. */
static void observe(void *context, const onus_match_pair *pair) {
  refining *r = context;
  const onus_ref_program *program = &r->asking->catalogue->programs[r->programs[pair->program]];
  onus_code_candidate *list = r->room + (size_t)pair->query * ONUS_CODE_CANDIDATES;
  uint32_t at = r->n_room[pair->query];
  if (at < ONUS_CODE_CANDIDATES) {
    r->n_room[pair->query]++;
  } else {
    at = 0;
    for (uint32_t k = 1; k < ONUS_CODE_CANDIDATES; k++)
      if (list[k].log_odds < list[at].log_odds)
        at = k;
    if (list[at].log_odds >= (float)pair->log_odds)
      return;
  }
  list[at] = (onus_code_candidate){.row = program->first_function + pair->target,
                                   .program = r->programs[pair->program],
                                   .offset_bytes = r->parts[pair->program].items[pair->target].offset_bytes,
                                   .log_odds = (float)pair->log_odds};
}

static void tell(void *context, const onus_match_pair *pair) {
  refining *r = context;
  observe(r, pair);
  if (!r->options->observer)
    return;
  onus_match_pair told = *pair;
  told.program = r->programs[pair->program];
  r->options->observer(r->options->observer_context, &told);
}

static int by_log_odds(const void *a, const void *b) {
  const onus_code_candidate *x = a, *y = b;
  return onus_code_is_better(x, y) ? -1 : onus_code_is_better(y, x);
}

/* What was weighed with its surroundings takes the place of what was not; candidates of other programs stay. */
static void put_back(refining *r) {
  for (size_t i = 0; i < r->asking->query->prints->count; i++) {
    onus_code_row *row = &r->asking->rows[i];
    onus_code_candidate *list = r->room + i * ONUS_CODE_CANDIDATES;
    for (uint32_t k = 0; k < row->count && r->n_room[i] < ONUS_CODE_CANDIDATES; k++)
      if (r->place[row->items[k].program] == 0)
        list[r->n_room[i]++] = row->items[k];
    qsort(list, r->n_room[i], sizeof list[0], by_log_odds);
    memcpy(row->items, list, r->n_room[i] * sizeof list[0]);
    row->count = r->n_room[i];
  }
}

static onus_status match(refining *r, onus_error *error) {
  onus_signature_matching matching = {.query = r->asking->query->prints,
                                      .probes = &r->asking->probes,
                                      .programs = r->parts,
                                      .n_programs = r->n_programs,
                                      .candidates = r->candidates,
                                      .n_candidates = r->n_candidates};
  onus_match_options options = *r->options;
  options.weights = r->asking->weights;
  options.observer = tell;
  options.observer_context = r;
  onus_matches *matches = NULL;
  ONUS_TRY(onus_match_signatures(&matching, &options, &matches, error));
  onus_matches_free(matches);
  put_back(r);
  return ONUS_OK;
}

onus_status onus_code_refine(onus_code_asking *asking, const onus_match_options *options, onus_error *error) {
  refining r = {.asking = asking, .options = options};
  r.place = calloc(asking->catalogue->n_programs + 1, sizeof *r.place);
  onus_status status = r.place ? choose_programs(&r, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = fetch_programs(&r, error);
  if (status == ONUS_OK)
    status = take_candidates(&r, error);
  if (status == ONUS_OK)
    status = match(&r, error);
  free(r.place);
  free(r.signatures);
  free(r.candidates);
  free(r.room);
  free(r.n_room);
  return status;
}
