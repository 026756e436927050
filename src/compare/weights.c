#include "compare/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/build.h"
#include "document/quote.h"

static const size_t WEIGHTS_BYTES = (size_t)4 << 20;
static const double FORM = 1; /* of the document */

void onus_weights_document(const onus_engine *engine, char *out) {
  snprintf(out, ONUS_WEIGHTS_DOCUMENT_BYTES, "calibration/%s", engine->name);
}

/* --- writing --------------------------------------------------------------------------------------------------- */

static const char ODDS[] = "log odds of the choice";

/* `constant` and `odds` NULL: there is none. */
static const onus_node *named(onus_build *build, const double *constant, const double *odds, const char *const *names,
                              const double *values, size_t n) {
  onus_branch map = onus_build_map(build);
  if (constant)
    onus_build_put(build, &map, "constant", onus_build_number(build, *constant));
  for (size_t k = 0; k < n; k++)
    onus_build_put(build, &map, names[k], onus_build_number(build, values[k]));
  if (odds)
    onus_build_put(build, &map, ODDS, onus_build_number(build, *odds));
  return map.node;
}

/* A row of the bootstrap: a and g; then s, w, b and v where the ratio takes the odds. */
static const onus_node *rows(onus_build *build, const onus_feature_names *names, const onus_weights *weights) {
  onus_branch list = onus_build_list(build);
  for (size_t b = 0; b < weights->n_bootstraps; b++) {
    onus_branch row = onus_build_list(build);
    for (size_t k = 0; k <= weights->n_ratio; k++)
      onus_build_add(build, &row, onus_build_number(build, weights->bootstrap[b][k]));
    if (names->has_odds) {
      onus_build_add(build, &row, onus_build_number(build, weights->bootstrap_odds[b]));
      for (size_t k = 0; k < weights->n_choice; k++)
        onus_build_add(build, &row, onus_build_number(build, weights->bootstrap_choice[b][k]));
      for (size_t k = 0; k <= weights->n_unknown; k++)
        onus_build_add(build, &row, onus_build_number(build, weights->bootstrap_unknown[b][k]));
    }
    onus_build_add(build, &list, row.node);
  }
  return list.node;
}

void onus_weights_write(onus_buffer *out, const onus_engine *engine, const onus_weights *weights) {
  const onus_feature_names *names = &engine->features;
  onus_build build = {.arena = onus_arena_new(WEIGHTS_BYTES)};
  if (!build.arena) {
    out->status = ONUS_NO_MEMORY;
    return;
  }
  onus_branch map = onus_build_map(&build);
  onus_build_put(&build, &map, "onus_calibration", onus_build_number(&build, FORM));
  onus_build_put(&build, &map, "engine", onus_build_string(&build, engine->version));
  onus_build_put(&build, &map, "provenance", onus_build_string(&build, weights->provenance));
  onus_build_put(&build, &map, "choice", named(&build, NULL, NULL, names->choice, weights->choice, names->n_choice));
  onus_build_put(&build, &map, "unknown",
                 named(&build, &weights->unknown[0], NULL, names->unknown, weights->unknown + 1, names->n_unknown));
  onus_build_put(&build, &map, "ratio",
                 named(&build, &weights->ratio[0], names->has_odds ? &weights->odds : NULL, names->ratio,
                       weights->ratio + 1, names->n_ratio));
  onus_build_put(&build, &map, "least_ln_lr", onus_build_number(&build, weights->least_ln_lr));
  onus_build_put(&build, &map, "greatest_ln_lr", onus_build_number(&build, weights->greatest_ln_lr));
  onus_build_put(&build, &map, "bootstrap", rows(&build, names, weights));
  if (build.has_failed)
    out->status = ONUS_NO_MEMORY;
  else
    onus_document_write_json(out, map.node);
  onus_buffer_character(out, '\n');
  onus_arena_free(build.arena);
}

/* --- reading --------------------------------------------------------------------------------------------------- */

typedef struct reading {
  const char *path;
  const onus_node *root;
  onus_error *error;
} reading;

#define WRONG(in, node, ...)                                                                                           \
  ONUS_FAIL_AT((in)->error, ONUS_BAD_INPUT, (in)->path, (node)->line, (node)->column, __VA_ARGS__)

static onus_status get(const reading *in, const onus_node *map, const char *key, onus_node_kind kind,
                       const onus_node **ret_node) {
  const onus_node *node = onus_node_get(map, key);
  if (!node)
    return WRONG(in, map, "\"%s\" is missing; run \"onus reference calibrate\" again", key);
  if (node->kind != kind)
    return WRONG(in, node, "\"%s\" is %s and should be %s", key, onus_node_kind_name(node->kind),
                 onus_node_kind_name(kind));
  *ret_node = node;
  return ONUS_OK;
}

/* Far beyond every weight that is fitted, and small enough that no sum of products leaves the range of a double. */
static const double GREATEST = 1e12;

static onus_status check_number(const reading *in, const onus_node *node) {
  if (node->kind != ONUS_NODE_NUMBER)
    return WRONG(in, node, "this should be a number");
  if (!(fabs(node->number) <= GREATEST))
    return WRONG(in, node, "a weight should lie within -1e12 and 1e12");
  return ONUS_OK;
}

static onus_status get_number(const reading *in, const onus_node *map, const char *key, double *ret_value) {
  const onus_node *node;
  ONUS_TRY(get(in, map, key, ONUS_NODE_NUMBER, &node));
  ONUS_TRY(check_number(in, node));
  *ret_value = node->number;
  return ONUS_OK;
}

static onus_status get_named(const reading *in, const char *key, double *constant, double *odds,
                             const char *const *names, double *values, size_t n) {
  const onus_node *map;
  ONUS_TRY(get(in, in->root, key, ONUS_NODE_MAP, &map));
  if (constant)
    ONUS_TRY(get_number(in, map, "constant", constant));
  for (size_t k = 0; k < n; k++)
    ONUS_TRY(get_number(in, map, names[k], &values[k]));
  if (odds)
    ONUS_TRY(get_number(in, map, ODDS, odds));
  if (map->n_children != n + (constant ? 1 : 0) + (odds ? 1 : 0))
    return WRONG(in, map, "\"%s\" has other features than this version; run \"onus reference calibrate\" again", key);
  return ONUS_OK;
}

static const onus_node *take_numbers(const onus_node *number, double *out, size_t n) {
  for (size_t k = 0; k < n; k++, number = number->next)
    out[k] = number->number;
  return number;
}

static onus_status get_rows(const reading *in, const onus_feature_names *names, onus_weights *weights) {
  const onus_node *list;
  size_t n_numbers = names->n_ratio + 1 + (names->has_odds ? names->n_choice + names->n_unknown + 2 : 0);
  ONUS_TRY(get(in, in->root, "bootstrap", ONUS_NODE_LIST, &list));
  if (list->n_children > ONUS_BOOTSTRAPS)
    return WRONG(in, list, "\"bootstrap\" has %zu rows and may have %d", list->n_children, ONUS_BOOTSTRAPS);
  for (const onus_node *row = list->first; row; row = row->next) {
    size_t b = weights->n_bootstraps++;
    if (row->kind != ONUS_NODE_LIST || row->n_children != n_numbers)
      return WRONG(in, row, "a row of \"bootstrap\" should be a list of %zu numbers", n_numbers);
    for (const onus_node *number = row->first; number; number = number->next)
      ONUS_TRY(check_number(in, number));
    const onus_node *rest = take_numbers(row->first, weights->bootstrap[b], names->n_ratio + 1);
    if (names->has_odds) {
      rest = take_numbers(rest, &weights->bootstrap_odds[b], 1);
      rest = take_numbers(rest, weights->bootstrap_choice[b], names->n_choice);
      take_numbers(rest, weights->bootstrap_unknown[b], names->n_unknown + 1);
    }
  }
  return ONUS_OK;
}

static onus_status get_text(const reading *in, const char *key, char *out, size_t out_bytes) {
  const onus_node *node;
  ONUS_TRY(get(in, in->root, key, ONUS_NODE_STRING, &node));
  if (node->text_bytes >= out_bytes)
    return WRONG(in, node, "\"%s\" is longer than %zu bytes", key, out_bytes - 1);
  memcpy(out, node->text, node->text_bytes + 1);
  return ONUS_OK;
}

static onus_status get_all(const reading *in, const onus_engine *engine, onus_weights *weights) {
  const onus_feature_names *names = &engine->features;
  double form = 0;
  char version[256];
  if (in->root->kind != ONUS_NODE_MAP)
    return WRONG(in, in->root, "a calibration should be a map");
  ONUS_TRY(get_number(in, in->root, "onus_calibration", &form));
  if (form != FORM)
    return WRONG(in, in->root, "a calibration of form %g, not %g", form, FORM);
  ONUS_TRY(get_text(in, "engine", version, sizeof version));
  if (strcmp(version, engine->version) != 0)
    return WRONG(in, in->root, "a calibration of %s, but this is %s; run \"onus reference calibrate\" again",
                 onus_quote_string(version).text, engine->version);
  weights->n_choice = names->n_choice;
  weights->n_unknown = names->n_unknown;
  weights->n_ratio = names->n_ratio;
  ONUS_TRY(get_text(in, "provenance", weights->provenance, sizeof weights->provenance));
  ONUS_TRY(get_named(in, "choice", NULL, NULL, names->choice, weights->choice, names->n_choice));
  ONUS_TRY(
      get_named(in, "unknown", &weights->unknown[0], NULL, names->unknown, weights->unknown + 1, names->n_unknown));
  ONUS_TRY(get_named(in, "ratio", &weights->ratio[0], names->has_odds ? &weights->odds : NULL, names->ratio,
                     weights->ratio + 1, names->n_ratio));
  ONUS_TRY(get_number(in, in->root, "least_ln_lr", &weights->least_ln_lr));
  ONUS_TRY(get_number(in, in->root, "greatest_ln_lr", &weights->greatest_ln_lr));
  if (!(weights->least_ln_lr <= weights->greatest_ln_lr))
    return WRONG(in, in->root, "\"least_ln_lr\" is greater than \"greatest_ln_lr\"");
  return get_rows(in, names, weights);
}

onus_status onus_weights_read(const char *path, const char *bytes, size_t length_bytes, const onus_engine *engine,
                              onus_weights *ret_weights, onus_error *error) {
  onus_arena *arena = onus_arena_new(WEIGHTS_BYTES);
  onus_weights *weights = calloc(1, sizeof *weights);
  reading in = {.path = path, .error = error};
  onus_status status = arena && weights ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_document_parse_json(path, bytes, length_bytes, arena, &in.root, error);
  if (status == ONUS_OK)
    status = get_all(&in, engine, weights);
  if (status == ONUS_OK)
    *ret_weights = *weights;
  free(weights);
  onus_arena_free(arena);
  return status;
}
