#include "reference/lineage.h"

#include <stdlib.h>

static const size_t ARENA_BYTES = (size_t)4 << 30;

double onus_lineage_part(const onus_lineage *lineage, uint32_t function) {
  const onus_code_result *result = lineage->result;
  const onus_code_function *f = &result->functions[function];
  return result->rare_mass > 0 ? f->mass * f->rarity / result->rare_mass : 0;
}

size_t onus_lineage_matches(const onus_lineage *lineage, uint32_t function) {
  const onus_code_function *f = &lineage->result->functions[function];
  size_t n = 0;
  while (n < f->n_matches && lineage->result->matches[f->first_match + n].probability >= lineage->result->threshold)
    n++;
  return n;
}

/* --- families and actors ------------------------------------------------------------------------------------------ */

/* One run over the samples: the groups, families or actors, of which some program was found. */
typedef struct grouping {
  const onus_reference *reference;
  const onus_code_query *query;
  onus_lineage *lineage;
  bool *is_found, *is_wanted; /* [n_programs] */
} grouping;

static bool is_hidden(const grouping *g, const onus_ref_sample *sample) {
  return g->query->hidden && g->query->hidden->is_hidden[sample->basis];
}

static uint32_t actor_of(const grouping *g, const onus_ref_sample *sample) {
  const onus_catalogue *catalogue = onus_reference_catalogue(g->reference);
  return catalogue->entries[catalogue->bases[sample->basis].entry].actor;
}

static uint32_t group_of(const grouping *g, const onus_ref_sample *sample, bool is_of_actors) {
  return is_of_actors ? actor_of(g, sample) : sample->family;
}

static int by_group(const void *a, const void *b) {
  const uint32_t *x = a, *y = b;
  if (x[0] != y[0])
    return x[0] < y[0] ? -1 : 1;
  return x[1] < y[1] ? -1 : x[1] > y[1];
}

static int by_share(const void *a, const void *b) {
  const onus_lineage_group *x = a, *y = b;
  if (x->share != y->share)
    return x->share > y->share ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

/* Programs that were found, each with each of its groups: (group, program), sorted. */
static onus_status pair_up(const grouping *g, bool is_of_actors, uint32_t (**ret_pairs)[2], size_t *ret_n,
                           onus_error *error) {
  const onus_lineage *lineage = g->lineage;
  size_t n_all = lineage->first_sample[lineage->result->n_found], n = 0;
  uint32_t(*pairs)[2] = malloc((n_all + 1) * sizeof *pairs);
  if (!pairs)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n_all; i++) {
    const onus_ref_sample *sample = &lineage->code->samples[lineage->samples[i]];
    uint32_t group = group_of(g, sample, is_of_actors);
    if (group == ONUS_NO_NUMBER)
      continue;
    pairs[n][0] = group;
    pairs[n++][1] = sample->program;
  }
  qsort(pairs, n, sizeof *pairs, by_group);
  *ret_pairs = pairs;
  *ret_n = n;
  return ONUS_OK;
}

static onus_status add_up(const grouping *g, bool is_of_actors, onus_lineage_group **ret_groups, size_t *ret_n,
                          onus_error *error) {
  uint32_t(*pairs)[2] = NULL;
  size_t n = 0, n_groups = 0;
  ONUS_TRY(pair_up(g, is_of_actors, &pairs, &n, error));
  for (size_t i = 0; i < n; i++)
    n_groups += i == 0 || pairs[i - 1][0] != pairs[i][0];
  onus_lineage_group *groups = ONUS_ARENA_ARRAY(g->lineage->arena, onus_lineage_group, n_groups);
  if (!groups) {
    free(pairs);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  n_groups = 0;
  for (size_t first = 0, end; first < n; first = end) {
    for (end = first; end < n && pairs[end][0] == pairs[first][0]; end++)
      g->is_wanted[pairs[end][1]] = true;
    onus_lineage_group group = {.number = pairs[first][0]};
    group.share = onus_code_share(g->lineage->result, g->is_wanted, &group.n_matched);
    for (size_t i = first; i < end; i++)
      g->is_wanted[pairs[i][1]] = false;
    if (group.n_matched > 0)
      groups[n_groups++] = group;
  }
  free(pairs);
  qsort(groups, n_groups, sizeof *groups, by_share);
  *ret_groups = groups;
  *ret_n = n_groups;
  return ONUS_OK;
}

/* The samples of each program that was found. */
static onus_status list_samples(const grouping *g, onus_error *error) {
  onus_lineage *lineage = g->lineage;
  const onus_code_catalogue *code = lineage->code;
  size_t n_found = lineage->result->n_found, n = 0;
  uint32_t *place = malloc((code->n_programs + 1) * sizeof *place);
  size_t *first = ONUS_ARENA_ARRAY(lineage->arena, size_t, n_found + 2);
  for (size_t i = 0; i < code->n_samples; i++)
    n += g->is_found[code->samples[i].program] && !is_hidden(g, &code->samples[i]);
  lineage->samples = ONUS_ARENA_ARRAY(lineage->arena, uint32_t, n);
  if (!place || !first || !lineage->samples) {
    free(place);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (uint32_t i = 0; i < n_found; i++)
    place[lineage->result->found[i].program] = i;
  /* Counted one place ahead, so that filling moves each beginning to where it belongs. */
  for (int is_filling = 0; is_filling < 2; is_filling++) {
    for (uint32_t i = 0; i < code->n_samples; i++) {
      const onus_ref_sample *sample = &code->samples[i];
      if (!g->is_found[sample->program] || is_hidden(g, sample))
        continue;
      if (is_filling)
        lineage->samples[first[place[sample->program] + 1]++] = i;
      else
        first[place[sample->program] + 2]++;
    }
    for (size_t i = 2; !is_filling && i < n_found + 2; i++)
      first[i] += first[i - 1];
  }
  free(place);
  lineage->first_sample = first;
  return ONUS_OK;
}

static onus_status group_all(const grouping *g, onus_error *error) {
  onus_lineage *lineage = g->lineage;
  const onus_code_result *result = lineage->result;
  for (size_t i = 0; i < result->n_found; i++)
    g->is_found[result->found[i].program] = true;
  ONUS_TRY(list_samples(g, error));
  ONUS_TRY(add_up(g, false, &lineage->families, &lineage->n_families, error));
  ONUS_TRY(add_up(g, true, &lineage->actors, &lineage->n_actors, error));
  lineage->share = onus_code_share(result, g->is_found, &lineage->n_matched);
  return ONUS_OK;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

typedef struct ranked {
  uint32_t function;
  double part;
} ranked;

static int by_part(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  if (x->part != y->part)
    return x->part > y->part ? -1 : 1;
  return x->function < y->function ? -1 : x->function > y->function;
}

static onus_status put_in_order(onus_lineage *lineage, onus_error *error) {
  size_t n = 0, n_all = lineage->result->n_functions;
  ranked *all = malloc((n_all + 1) * sizeof *all);
  lineage->order = ONUS_ARENA_ARRAY(lineage->arena, uint32_t, n_all);
  if (!all || !lineage->order) {
    free(all);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (uint32_t i = 0; i < n_all; i++)
    if (onus_lineage_matches(lineage, i) > 0)
      all[n++] = (ranked){i, onus_lineage_part(lineage, i)};
  qsort(all, n, sizeof *all, by_part);
  for (size_t i = 0; i < n; i++)
    lineage->order[i] = all[i].function;
  free(all);
  return ONUS_OK;
}

static onus_status fill(const onus_reference *reference, const onus_code_query *query, onus_lineage *lineage,
                        onus_error *error) {
  lineage->code = onus_reference_code(reference);
  for (size_t i = 0; i < query->prints->count; i++)
    lineage->n_own += !query->prints->items[i].is_thunk;
  ONUS_TRY(onus_reference_query_code(reference, query, &lineage->result, error));
  grouping g = {.reference = reference, .query = query, .lineage = lineage};
  size_t n = lineage->code->n_programs + 1;
  g.is_found = calloc(n, sizeof *g.is_found);
  g.is_wanted = calloc(n, sizeof *g.is_wanted);
  onus_status status = g.is_found && g.is_wanted ? group_all(&g, error) : ONUS_FAIL_NO_MEMORY(error);
  free(g.is_found);
  free(g.is_wanted);
  return status == ONUS_OK ? put_in_order(lineage, error) : status;
}

onus_status onus_lineage_make(const onus_reference *reference, const onus_code_query *query, onus_lineage **ret_lineage,
                              onus_error *error) {
  onus_lineage *lineage = ONUS_ARENA_HANDLE(onus_lineage, ARENA_BYTES);
  if (!lineage)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = fill(reference, query, lineage, error);
  if (status == ONUS_OK)
    *ret_lineage = lineage;
  else
    onus_lineage_free(lineage);
  return status;
}

void onus_lineage_free(onus_lineage *lineage) {
  if (!lineage)
    return;
  if (lineage->result)
    onus_code_result_free(lineage->result);
  onus_arena_free(lineage->arena);
}
