/* onus.h over the modules: which functions programs share. */
#include <stdlib.h>

#include "base/file.h"
#include "report/matched.h"

static const size_t FILE_BYTES = (size_t)1 << 30, REPORT_BYTES = (size_t)1 << 30;
enum { SHOWN = 40, PROGRAMS_MAX = 4096 };

static onus_status load(const char *path, onus_matched_program *program, onus_error *error) {
  program->path = path;
  ONUS_TRY(onus_file_read(path, FILE_BYTES, &program->file, error));
  ONUS_TRY(onus_program_parse(path, program->file.bytes, program->file.length, &program->program, error));
  ONUS_TRY(onus_functions_find(program->program, &program->functions, error));
  ONUS_TRY(onus_fingerprints_make(program->functions, &program->prints, error));
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

onus_status onus_match_files(const char *path, const char *const *others, size_t n_others,
                             const onus_match_file_options *options, onus_matched **ret_matched, onus_error *error) {
  if (n_others == 0 || n_others > PROGRAMS_MAX)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "from 1 to %d programs can be matched with, not %zu", PROGRAMS_MAX,
                     n_others);
  double threshold = options != NULL && options->threshold > 0 ? options->threshold : onus_match_default_threshold;
  if (threshold > 1)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the threshold is a probability: at most 1");
  onus_matched *matched = calloc(1, sizeof *matched);
  if (matched != NULL)
    matched->programs = calloc(n_others + 1, sizeof matched->programs[0]);
  if (matched == NULL || matched->programs == NULL) {
    free(matched);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  matched->n_programs = n_others + 1;
  matched->threshold = threshold;
  matched->n_shown = options != NULL && options->n_shown > 0 ? options->n_shown : SHOWN;
  onus_status status = ONUS_OK;
  for (size_t i = 0; i <= n_others && status == ONUS_OK; i++)
    status = load(i == 0 ? path : others[i - 1], &matched->programs[i], error);
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
    onus_text_free(&matched->programs[i].file);
  }
  free(matched->programs);
  free((void *)matched->pairs);
  free(matched);
}

onus_status onus_matched_render(const onus_matched *matched, onus_format format, const onus_style *style,
                                onus_text *ret_text, onus_error *error) {
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_matched_json(&out, matched);
  else if (format == ONUS_FORMAT_HTML)
    onus_report_matched_html(&out, matched);
  else
    onus_report_matched_text(&out, matched, style);
  return onus_buffer_take(&out, ret_text, error);
}
