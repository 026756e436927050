/* Writes the weights of an engine as the C table that is compiled in, fitted to incidents whose actors are known:
 *
 *     fit_weights REF INCIDENTS TRUTH infrastructure > src/compare/infrastructure_weights.c
 *
 * How well the same fit does in folds is told on standard error. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/evaluate.h"
#include "compare/incident.h"
#include "compare/truth.h"
#include "document/canonical.h"

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static void put_row(const char *name, const double *values, size_t n) {
  char number[ONUS_CANONICAL_NUMBER_BYTES];
  printf("    %s{", name);
  for (size_t k = 0; k < n; k++) {
    onus_canonical_number(values[k], number);
    printf("%s%s", k > 0 ? ", " : "", number);
  }
  printf("},\n");
}

static void put_number(const char *name, double value) {
  char number[ONUS_CANONICAL_NUMBER_BYTES];
  onus_canonical_number(value, number);
  printf("    .%s = %s,\n", name, number);
}

static void put_weights(const onus_engine *engine, const onus_weights *w, const char *const *arguments) {
  char upper[32] = "";
  for (size_t i = 0; i + 1 < sizeof upper && engine->name[i]; i++)
    upper[i] = (char)toupper((unsigned char)engine->name[i]);
  printf("/* Made by: tools/fit_weights REF %s %s %s; do not edit. */\n", base_name(arguments[2]),
         base_name(arguments[3]), engine->name);
  printf("#include \"compare/%s_internal.h\"\n\n", engine->name);
  printf("const onus_weights ONUS_%s_WEIGHTS = {\n", upper);
  printf("    .n_choice = %zu,\n    .n_unknown = %zu,\n    .n_ratio = %zu,\n    .n_bootstraps = %zu,\n", w->n_choice,
         w->n_unknown, w->n_ratio, w->n_bootstraps);
  put_row(".choice = ", w->choice, w->n_choice);
  put_row(".unknown = ", w->unknown, w->n_unknown + 1);
  put_row(".ratio = ", w->ratio, w->n_ratio + 1);
  put_number("odds", w->odds);
  put_number("least_ln_lr", w->least_ln_lr);
  put_number("greatest_ln_lr", w->greatest_ln_lr);
  printf("    .bootstrap = {\n");
  for (size_t b = 0; b < w->n_bootstraps; b++)
    put_row("    ", w->bootstrap[b], w->n_ratio + 1);
  printf("    },\n");
  if (engine->features.has_odds) {
    put_row(".bootstrap_odds = ", w->bootstrap_odds, w->n_bootstraps);
    printf("    .bootstrap_choice = {\n");
    for (size_t b = 0; b < w->n_bootstraps; b++)
      put_row("    ", w->bootstrap_choice[b], w->n_choice);
    printf("    },\n    .bootstrap_unknown = {\n");
    for (size_t b = 0; b < w->n_bootstraps; b++)
      put_row("    ", w->bootstrap_unknown[b], w->n_unknown + 1);
    printf("    },\n");
  }
  printf("    .provenance = \"%s\",\n};\n", w->provenance);
}

static onus_status fit(const onus_engine *engine, onus_reference *reference, onus_arena *arena,
                       const char *const *arguments, onus_error *error) {
  static onus_weights weights;
  const onus_incident *incidents;
  const onus_truth *truths, *const *matched;
  size_t n, n_truths;
  onus_evaluation *evaluation = NULL;
  ONUS_TRY(onus_incidents_read(arguments[2], arena, NULL, &incidents, &n, error));
  ONUS_TRY(onus_truths_read(arguments[3], arena, &truths, &n_truths, error));
  ONUS_TRY(onus_truths_match(truths, n_truths, incidents, n, arena, &matched, error));
  ONUS_TRY(onus_evaluate(reference, engine, incidents, matched, n,
                         &(onus_evaluate_options){.fit = ONUS_FIT_FOLDS, .seed = ONUS_FIT_SEED}, &evaluation, error));
  const onus_metrics *m = &evaluation->metrics;
  fprintf(stderr, "top-1 %.3f, top-3 %.3f, top-10 %.3f, MRR %.3f, ECE %.3f, AUC %.3f, Cllr %.3f, Cllr_min %.3f\n",
          m->top_1, m->top_3, m->top_10, m->mrr, m->ece, m->auc, m->cllr, m->cllr_min);
  onus_status status = onus_calibrate(evaluation, base_name(arguments[2]), &weights, error);
  if (status == ONUS_OK)
    put_weights(engine, &weights, arguments);
  onus_evaluation_free(evaluation);
  return status;
}

int main(int argc, char **argv) {
  const onus_engine *engine = argc == 5 ? onus_engine_find(argv[4]) : NULL;
  if (!engine) {
    fprintf(stderr, "usage: fit_weights REF INCIDENTS TRUTH infrastructure|techniques\n");
    return 2;
  }
  onus_error error = {0};
  onus_reference *reference = NULL;
  onus_arena *arena = onus_arena_new((size_t)1 << 30);
  onus_status status = onus_reference_open(argv[1], &reference, &error);
  if (status == ONUS_OK && arena)
    status = fit(engine, reference, arena, (const char *const *)argv, &error);
  if (status != ONUS_OK)
    fprintf(stderr, "%s:%u:%u: %s\n", error.path, error.line, error.column, error.text);
  onus_reference_close(reference);
  onus_arena_free(arena);
  return status == ONUS_OK ? 0 : 1;
}
