/* The programs of which most seems to be in the query are weighed whole: every function of theirs may then be proposed
 * by what stands around it, and order in the file, callers and callees count [K-9]. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference/code_internal.h"

enum { FUNCTIONS_FREE = 100000, FUNCTIONS_TIMES = 16 }; /* of all programs that are weighed */
enum { COPY_PARTS = 5 };                                /* all but one in so many are the same: a copy */

typedef struct chosen {
  uint32_t program;
  float sum; /* of probabilities */
} chosen;

/* A function by its instructions. */
typedef struct instructions {
  uint64_t exact;
  uint32_t index;
} instructions;

/* A program that is nearly the same as one that is weighed. */
typedef struct copy {
  uint32_t program, of; /* of: place of the other one */
  onus_signature_program part;
  const instructions *functions; /* by exact; part.count */
} copy;

typedef struct refining {
  onus_code_asking *asking;
  uint32_t programs[ONUS_CODE_REFINED];
  size_t n_programs;
  uint32_t *place; /* [n_programs of the reference] 1 + place in `programs` */
  onus_signature *signatures;
  onus_signature_program parts[ONUS_CODE_REFINED];
  copy copies[ONUS_CODE_REFINED];
  size_t n_copies;
  instructions *functions;
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

static int by_exact(const void *a, const void *b) {
  const instructions *x = a, *y = b;
  return x->exact != y->exact ? (x->exact > y->exact) - (x->exact < y->exact)
                              : (x->index > y->index) - (x->index < y->index);
}

/* How many functions of `a` have the instructions of one of `b`; 0 stands for none. */
static size_t count_same(const instructions *a, size_t n_a, const instructions *b, size_t n_b) {
  size_t n_same = 0;
  for (size_t i = 0, k = 0; i < n_a; i++) {
    while (k < n_b && b[k].exact < a[i].exact)
      k++;
    n_same += a[i].exact != 0 && k < n_b && b[k].exact == a[i].exact;
  }
  return n_same;
}

/* Programs that are nearly the same would speak against each other, as what matches elsewhere does, though they bear
 * each other out: of such only the one is weighed that comes first, and what is said of it holds for its copies. */
static onus_status set_copies_apart(refining *r, onus_error *error) {
  size_t n_all = 0, n_kept = 0;
  const instructions *kept[ONUS_CODE_REFINED];
  for (size_t i = 0; i < r->n_programs; i++)
    n_all += r->parts[i].count;
  instructions *at = r->functions = malloc((n_all + 1) * sizeof *at);
  if (!r->functions)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < r->n_programs; at += r->parts[i].count, i++) {
    const onus_signature_program part = r->parts[i];
    for (size_t k = 0; k < part.count; k++)
      at[k] = (instructions){part.items[k].exact, (uint32_t)k};
    qsort(at, part.count, sizeof *at, by_exact);
    size_t of = 0;
    while (of < n_kept &&
           COPY_PARTS * count_same(at, part.count, kept[of], r->parts[of].count) < (COPY_PARTS - 1) * part.count)
      of++;
    r->place[r->programs[i]] = 0;
    if (of < n_kept) {
      r->copies[r->n_copies++] = (copy){r->programs[i], (uint32_t)of, part, at};
      continue;
    }
    kept[n_kept] = at;
    r->parts[n_kept] = part;
    r->programs[n_kept] = r->programs[i];
    r->place[r->programs[i]] = (uint32_t)++n_kept;
  }
  r->n_programs = n_kept;
  return ONUS_OK;
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
static void keep(refining *r, uint32_t query, onus_code_candidate candidate) {
  onus_code_candidate *list = r->room + (size_t)query * ONUS_CODE_CANDIDATES;
  uint32_t at = r->n_room[query];
  if (at < ONUS_CODE_CANDIDATES) {
    r->n_room[query]++;
  } else {
    at = 0;
    for (uint32_t k = 1; k < ONUS_CODE_CANDIDATES; k++)
      if (list[k].log_odds < list[at].log_odds)
        at = k;
    if (list[at].log_odds >= candidate.log_odds)
      return;
  }
  list[at] = candidate;
}

static void observe(refining *r, const onus_match_pair *pair) {
  const onus_ref_program *program = &r->asking->catalogue->programs[r->programs[pair->program]];
  keep(r, pair->query,
       (onus_code_candidate){.row = program->first_function + pair->target,
                             .program = r->programs[pair->program],
                             .offset_bytes = r->parts[pair->program].items[pair->target].offset_bytes,
                             .log_odds = (float)pair->log_odds});
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

/* What was said of a function holds for those of copies with the same instructions. */
static void keep_copies(refining *r, uint32_t query, const onus_code_candidate *said) {
  uint32_t of = r->place[said->program] - 1;
  uint32_t index = said->row - r->asking->catalogue->programs[said->program].first_function;
  instructions wanted = {.exact = r->parts[of].items[index].exact};
  for (size_t i = 0; i < r->n_copies && wanted.exact != 0; i++) {
    const copy *x = &r->copies[i];
    if (x->of != of)
      continue;
    size_t low = 0, high = x->part.count;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      if (x->functions[middle].exact < wanted.exact)
        low = middle + 1;
      else
        high = middle;
    }
    if (low == x->part.count || x->functions[low].exact != wanted.exact)
      continue;
    onus_code_candidate same = *said;
    same.program = x->program;
    same.row = r->asking->catalogue->programs[x->program].first_function + x->functions[low].index;
    same.offset_bytes = x->part.items[x->functions[low].index].offset_bytes;
    keep(r, query, same);
  }
}

static bool is_kept(const refining *r, uint32_t query, uint32_t function) {
  const onus_code_candidate *list = r->room + (size_t)query * ONUS_CODE_CANDIDATES;
  for (uint32_t k = 0; k < r->n_room[query]; k++)
    if (list[k].row == function)
      return true;
  return false;
}

/* What was weighed with its surroundings takes the place of what was not; candidates of other programs stay. */
static void put_back(refining *r) {
  for (uint32_t i = 0; i < r->asking->query->prints->count; i++) {
    onus_code_row *row = &r->asking->rows[i];
    onus_code_candidate *list = r->room + (size_t)i * ONUS_CODE_CANDIDATES, whole[ONUS_CODE_CANDIDATES];
    uint32_t n_whole = r->n_room[i];
    memcpy(whole, list, n_whole * sizeof list[0]);
    for (uint32_t k = 0; k < n_whole; k++)
      keep_copies(r, i, &whole[k]);
    for (uint32_t k = 0; k < row->count && r->n_room[i] < ONUS_CODE_CANDIDATES; k++)
      if (r->place[row->items[k].program] == 0 && !is_kept(r, i, row->items[k].row))
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
    status = set_copies_apart(&r, error);
  if (status == ONUS_OK)
    status = take_candidates(&r, error);
  if (status == ONUS_OK)
    status = match(&r, error);
  free(r.place);
  free(r.signatures);
  free(r.functions);
  free(r.candidates);
  free(r.room);
  free(r.n_room);
  return status;
}
