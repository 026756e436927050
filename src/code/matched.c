#include "code/matched.h"

#include <stdlib.h>

const char *onus_matched_name(const onus_matched_program *program, uint32_t function) {
  return onus_program_export_at(program->program, program->functions->functions[function].address);
}

double onus_matched_part(const onus_matched *matched, const onus_match_pair *pair) {
  return matched->mass > 0 ? (double)matched->matches->mass[pair->query] / matched->mass : 0;
}

size_t onus_matched_reasons(const onus_match_pair *pair, double *ret_reason, onus_match_reason *ret_order,
                            double *ret_constant) {
  onus_match_reasons(pair, ret_reason, ret_constant);
  size_t n_for = 0;
  for (unsigned i = 0; i < ONUS_MATCH_REASONS; i++) {
    size_t at = i;
    for (; at > 0 && ret_reason[ret_order[at - 1]] < ret_reason[i]; at--)
      ret_order[at] = ret_order[at - 1];
    ret_order[at] = (onus_match_reason)i;
    n_for += ret_reason[i] > 0;
  }
  return n_for;
}

static onus_status load(const char *path, const onus_bytes *file, bool is_first, onus_matched_program *program,
                        onus_error *error) {
  onus_error why = {0};
  program->path = path;
  onus_status status = onus_program_parse(path, file->start, file->length_bytes, &program->program, &why);
  if (status == ONUS_OK)
    status = onus_functions_find(program->program, &program->functions, &why);
  if (status == ONUS_OK)
    status = onus_fingerprints_make(program->functions, &program->prints, &why);
  if (status != ONUS_OK)
    return is_first ? ONUS_FAIL(error, status, "%s", why.text) : ONUS_FAIL(error, status, "%s: %s", path, why.text);
  for (size_t i = 0; i < program->prints->count; i++)
    program->n_own += !program->prints->items[i].is_thunk;
  return ONUS_OK;
}

static int compare_pairs(const void *first, const void *second) {
  const onus_match_pair *a = *(const onus_match_pair *const *)first, *b = *(const onus_match_pair *const *)second;
  return a->query < b->query ? -1 : a->query > b->query;
}

/* Those with most rare code first; `mass` of each function is known here only, so it is not for qsort. */
typedef struct ranked_pair {
  const onus_match_pair *pair;
  float mass;
} ranked_pair;

static int compare_ranked(const void *first, const void *second) {
  const ranked_pair *a = first, *b = second;
  if (a->mass != b->mass)
    return a->mass > b->mass ? -1 : 1;
  return compare_pairs(&a->pair, &b->pair);
}

/* [K-6] */
static onus_status count(onus_matched *matched, onus_error *error) {
  const onus_matches *matches = matched->matches;
  onus_matched_program *first = &matched->programs[0];
  ranked_pair *ranked = malloc((matches->n_pairs + 1) * sizeof ranked[0]);
  matched->pairs = calloc(matches->n_pairs + 1, sizeof matched->pairs[0]);
  if (ranked == NULL || matched->pairs == NULL) {
    free(ranked);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (size_t i = 0; i < first->prints->count; i++)
    matched->mass += (double)matches->mass[i];
  matched->expected_share = onus_matches_expected_share(matches, first->prints->count);
  for (size_t i = 0; i < matches->n_pairs; i++) {
    const onus_match_pair *pair = &matches->pairs[i];
    if (pair->probability < matched->threshold)
      continue;
    ranked[matched->n_pairs++] = (ranked_pair){pair, matches->mass[pair->query]};
    onus_matched_program *other = &matched->programs[pair->program + 1];
    first->n_matched++;
    other->n_matched++;
    first->share += (double)matches->mass[pair->query];
    other->share += (double)matches->mass[pair->query];
  }
  for (size_t i = 0; i < matched->n_programs; i++)
    matched->programs[i].share = matched->mass > 0 ? matched->programs[i].share / matched->mass : 0;
  qsort(ranked, matched->n_pairs, sizeof ranked[0], compare_ranked);
  for (size_t i = 0; i < matched->n_pairs; i++)
    matched->pairs[i] = ranked[i].pair;
  free(ranked);
  return ONUS_OK;
}

static onus_status match_all(onus_matched *matched, onus_error *error) {
  const onus_fingerprints **others = calloc(matched->n_programs, sizeof others[0]);
  if (others == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 1; i < matched->n_programs; i++)
    others[i - 1] = matched->programs[i].prints;
  onus_status status =
      onus_match_programs(matched->programs[0].prints, others, matched->n_programs - 1, NULL, &matched->matches, error);
  free((void *)others);
  return status == ONUS_OK ? count(matched, error) : status;
}

onus_status onus_matched_make(const char *const *paths, const onus_bytes *files, size_t n_files, double threshold,
                              size_t n_shown, onus_matched **ret_matched, onus_error *error) {
  onus_matched *matched = calloc(1, sizeof *matched);
  if (matched != NULL)
    matched->programs = calloc(n_files, sizeof matched->programs[0]);
  if (matched == NULL || matched->programs == NULL) {
    free(matched);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  matched->n_programs = n_files;
  matched->threshold = threshold;
  matched->n_shown = n_shown;
  onus_status status = ONUS_OK;
  for (size_t i = 0; i < n_files && status == ONUS_OK; i++)
    status = load(paths[i], &files[i], i == 0, &matched->programs[i], error);
  if (status == ONUS_OK)
    status = match_all(matched, error);
  if (status == ONUS_OK)
    *ret_matched = matched;
  else
    onus_matched_free(matched);
  return status;
}

void onus_matched_free(onus_matched *matched) {
  if (matched == NULL)
    return;
  onus_matches_free(matched->matches);
  for (size_t i = 0; i < matched->n_programs; i++) {
    onus_fingerprints_free(matched->programs[i].prints);
    onus_functions_free(matched->programs[i].functions);
    onus_program_free(matched->programs[i].program);
  }
  free(matched->programs);
  free((void *)matched->pairs);
  free(matched);
}
