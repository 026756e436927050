/* One item or source out of a full assessment. */
#include "verdict/verdict_internal.h"

#include <string.h>

/* Finds `what`: "item:ID", "source:ID", or an ID that names only one of them. */
static onus_status find(const onus_case *c, const char *what, size_t *ret_item, size_t *ret_source, onus_error *error) {
  bool only_item = strncmp(what, "item:", 5) == 0, only_source = strncmp(what, "source:", 7) == 0;
  const char *id = what + (only_item ? 5 : only_source ? 7 : 0);
  size_t item = only_source ? ONUS_NONE : onus_table_get(c->item_ids, id);
  size_t source = only_item ? ONUS_NONE : onus_table_get(c->source_ids, id);
  if (item == ONUS_NONE && source == ONUS_NONE)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the case has no item or source \"%s\"", id);
  if (item != ONUS_NONE && source != ONUS_NONE)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "\"%s\" names an item and a source: ask for item:%s or source:%s", id,
                     id, id);
  *ret_item = item;
  *ret_source = source;
  return ONUS_OK;
}

onus_status onus_verdict_explain(const onus_case *c, const char *what, const onus_options *options,
                                 onus_explanation **ret_explanation, onus_error *error) {
  size_t item, source;
  ONUS_TRY(find(c, what, &item, &source, error));
  onus_assessment *assessment;
  ONUS_TRY(onus_verdict_assess(c, options, ONUS_DETAIL_FULL, &assessment, error));
  onus_explanation *e = ONUS_ARENA_ARRAY(assessment->arena, onus_explanation, 1);
  if (!e) {
    onus_assessment_free(assessment);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  *e = (onus_explanation){assessment->arena, assessment, item, source};
  *ret_explanation = e;
  return ONUS_OK;
}

void onus_explanation_free(onus_explanation *explanation) {
  if (explanation)
    onus_assessment_free(explanation->assessment);
}
