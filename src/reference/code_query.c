#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference/code_internal.h"

const double onus_code_threshold = 0.9;

void onus_code_result_free(onus_code_result *result) {
  if (!result)
    return;
  free(result->functions);
  free(result->matches);
  free(result->found);
  free(result);
}

/* --- what is there ------------------------------------------------------------------------------------------------ */

static bool is_hidden(const onus_hidden *hidden, const onus_ref_sample *sample) {
  return hidden && hidden->is_hidden[sample->basis];
}

static onus_status begin(onus_code_asking *asking, onus_error *error) {
  const onus_code_catalogue *c = asking->catalogue;
  size_t count = asking->query->prints->count;
  asking->is_visible = calloc(c->n_programs + 1, 1);
  asking->program_of_block = calloc(c->n_functions / 256 + 2, sizeof *asking->program_of_block);
  asking->mass = calloc(count + 1, sizeof *asking->mass);
  asking->rows = calloc(count + 1, sizeof *asking->rows);
  asking->candidates = calloc(count + 1, ONUS_CODE_CANDIDATES * sizeof *asking->candidates);
  if (!asking->is_visible || !asking->program_of_block || !asking->mass || !asking->rows || !asking->candidates)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < count; i++)
    asking->rows[i].items = asking->candidates + i * ONUS_CODE_CANDIDATES;
  for (size_t i = 0; i < c->n_samples; i++)
    asking->is_visible[c->samples[i].program] |= !is_hidden(asking->query->hidden, &c->samples[i]);
  size_t n_blocks = c->n_functions / 256 + 2, block = 0;
  for (uint32_t p = 0; p < c->n_programs; p++) {
    asking->n_visible += asking->is_visible[p] ? c->programs[p].n_functions : 0;
    uint64_t end = (uint64_t)c->programs[p].first_function + c->programs[p].n_functions;
    for (; block * 256 < end; block++)
      asking->program_of_block[block] = p;
  }
  for (; block < n_blocks; block++)
    asking->program_of_block[block] = c->n_programs > 0 ? (uint32_t)c->n_programs - 1 : 0;
  return ONUS_OK;
}

static void end(onus_code_asking *asking) {
  free(asking->is_visible);
  free(asking->program_of_block);
  free(asking->mass);
  free(asking->rows);
  free(asking->candidates);
  onus_probes_free(&asking->probes);
}

/* --- families ----------------------------------------------------------------------------------------------------- */

/* Families of each program, without what is hidden: of program p those at first[p] … first[p + 1] − 1. */
typedef struct memberships {
  uint32_t *first, *families;
  uint32_t *seen; /* [n_families] a mark */
  uint32_t mark;
} memberships;

static void free_memberships(memberships *m) {
  free(m->first);
  free(m->families);
  free(m->seen);
}

static onus_status make_memberships(const onus_code_asking *asking, memberships *m, size_t *ret_n_families,
                                    onus_error *error) {
  const onus_code_catalogue *c = asking->catalogue;
  m->first = calloc(c->n_programs + 2, sizeof *m->first);
  m->families = calloc(c->n_samples + 1, sizeof *m->families);
  m->seen = calloc(c->n_families + 1, sizeof *m->seen);
  if (!m->first || !m->families || !m->seen)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_n_families = 0;
  m->mark = 1;
  for (size_t i = 0; i < c->n_samples; i++) {
    if (is_hidden(asking->query->hidden, &c->samples[i]))
      continue;
    m->first[c->samples[i].program + 2]++;
    *ret_n_families += m->seen[c->samples[i].family] == 0;
    m->seen[c->samples[i].family] = 1;
  }
  for (size_t p = 0; p < c->n_programs; p++)
    m->first[p + 2] += m->first[p + 1];
  for (size_t i = 0; i < c->n_samples; i++)
    if (!is_hidden(asking->query->hidden, &c->samples[i]))
      m->families[m->first[c->samples[i].program + 1]++] = c->samples[i].family;
  return ONUS_OK;
}

static void count_families(memberships *m, const onus_code_result *result, onus_code_function *function) {
  m->mark++;
  for (size_t i = 0; i < function->n_matches; i++) {
    const onus_code_match *match = &result->matches[function->first_match + i];
    if (match->probability < result->threshold)
      break;
    for (uint32_t k = m->first[match->program]; k < m->first[match->program + 1]; k++) {
      function->n_families += m->seen[m->families[k]] != m->mark;
      m->seen[m->families[k]] = m->mark;
    }
  }
}

/* [K-10] */
static double rarity_of(size_t n_families, size_t n_having) {
  if (n_having <= 1 || n_families <= 1)
    return 1;
  return log((double)n_families / (double)n_having) / log((double)n_families);
}

/* --- matches ------------------------------------------------------------------------------------------------------ */

static bool has_program(const onus_code_match *matches, size_t n, uint32_t program) {
  for (size_t i = 0; i < n; i++)
    if (matches[i].program == program)
      return true;
  return false;
}

/* The best of each program. */
static void take_matches(const onus_code_asking *asking, uint32_t query, onus_code_result *result) {
  const onus_code_row *row = &asking->rows[query];
  onus_code_function *function = &result->functions[query];
  onus_code_match *matches = result->matches + result->n_matches;
  function->first_match = result->n_matches;
  for (uint32_t k = 0; k < row->count && function->n_matches < ONUS_CODE_MATCHES_MAX; k++) {
    const onus_code_candidate *candidate = &row->items[k];
    if (has_program(matches, function->n_matches, candidate->program))
      continue;
    const onus_ref_program *program = &asking->catalogue->programs[candidate->program];
    matches[function->n_matches++] = (onus_code_match){.query = query,
                                                       .program = candidate->program,
                                                       .function = candidate->row - program->first_function,
                                                       .address = program->base + candidate->offset_bytes,
                                                       .log_odds = (double)candidate->log_odds,
                                                       .probability = 1 / (1 + exp(-(double)candidate->log_odds))};
  }
  const double least = row->count > 0 ? (double)row->items[row->count - 1].log_odds : 0;
  function->is_cut = row->is_full && 1 / (1 + exp(-least)) >= result->threshold;
  function->mass = (double)asking->mass[query];
  result->n_matches += function->n_matches;
}

/* --- programs ----------------------------------------------------------------------------------------------------- */

static int by_share(const void *a, const void *b) {
  const onus_code_found *x = a, *y = b;
  if (x->share != y->share)
    return x->share > y->share ? -1 : 1;
  return x->program < y->program ? -1 : x->program > y->program;
}

static onus_status add_up_programs(const onus_code_asking *asking, onus_code_result *result, onus_error *error) {
  size_t n_programs = asking->catalogue->n_programs;
  uint32_t *place = calloc(n_programs + 1, sizeof *place); /* 1 + where it is in `found` */
  result->found = calloc((n_programs < result->n_matches ? n_programs : result->n_matches) + 1, sizeof *result->found);
  if (!place || !result->found) {
    free(place);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (size_t i = 0; i < result->n_matches; i++) {
    const onus_code_match *match = &result->matches[i];
    const onus_code_function *function = &result->functions[match->query];
    if (match->probability < result->threshold)
      continue;
    if (place[match->program] == 0) {
      result->found[result->n_found++].program = match->program;
      place[match->program] = (uint32_t)result->n_found;
    }
    onus_code_found *found = &result->found[place[match->program] - 1];
    found->n_matched++;
    found->share += function->mass * function->rarity / result->rare_mass;
  }
  qsort(result->found, result->n_found, sizeof result->found[0], by_share);
  free(place);
  return ONUS_OK;
}

double onus_code_share(const onus_code_result *result, const bool *is_wanted, size_t *ret_n) {
  double share = 0;
  size_t n = 0;
  for (size_t i = 0; i < result->n_functions; i++) {
    const onus_code_function *function = &result->functions[i];
    for (size_t k = 0; k < function->n_matches; k++) {
      const onus_code_match *match = &result->matches[function->first_match + k];
      if (match->probability < result->threshold || !is_wanted[match->program])
        continue;
      share += function->mass * function->rarity / result->rare_mass;
      n++;
      break;
    }
  }
  if (ret_n)
    *ret_n = n;
  return share;
}

static onus_status fill_result(const onus_code_asking *asking, onus_code_result *result, onus_error *error) {
  size_t count = asking->query->prints->count;
  result->n_functions = count;
  result->n_keys = asking->n_keys;
  result->n_keys_cut = asking->n_keys_cut;
  result->threshold = asking->query->threshold > 0 ? asking->query->threshold : onus_code_threshold;
  result->functions = calloc(count + 1, sizeof *result->functions);
  result->matches = calloc(count + 1, ONUS_CODE_MATCHES_MAX * sizeof *result->matches);
  memberships m = {0};
  onus_status status = result->functions && result->matches ? make_memberships(asking, &m, &result->n_families, error)
                                                            : ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t i = 0; status == ONUS_OK && i < count; i++) {
    onus_code_function *function = &result->functions[i];
    take_matches(asking, i, result);
    count_families(&m, result, function);
    function->rarity = rarity_of(result->n_families, function->n_families);
    result->rare_mass += function->mass * function->rarity;
  }
  free_memberships(&m);
  return status == ONUS_OK ? add_up_programs(asking, result, error) : status;
}

onus_status onus_code_ask(const onus_reference *reference, const onus_code_query *query,
                          const onus_match_options *options, onus_code_result **ret_result, onus_error *error) {
  onus_code_asking asking = {.catalogue = &reference->code,
                             .store = reference->store,
                             .query = query,
                             .weights = options->weights ? options->weights : &onus_signature_weights};
  onus_code_result *result = calloc(1, sizeof *result);
  onus_status status = result ? begin(&asking, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK && reference->code.n_functions > 0)
    status = onus_code_find_candidates(&asking, error);
  if (status == ONUS_OK && reference->code.n_functions > 0 && !query->is_quick)
    status = onus_code_refine(&asking, options, error);
  if (status == ONUS_OK)
    status = fill_result(&asking, result, error);
  end(&asking);
  if (status == ONUS_OK)
    *ret_result = result;
  else
    onus_code_result_free(result);
  return status;
}

onus_status onus_reference_query_code(const onus_reference *reference, const onus_code_query *query,
                                      onus_code_result **ret_result, onus_error *error) {
  static const onus_match_options standard = {0};
  return onus_code_ask(reference, query, &standard, ret_result, error);
}
