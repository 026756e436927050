#include "exchange/shown.h"

#include <stdio.h>

static onus_status assess(onus_shown *shown, const onus_options *options, bool all_positions, onus_error *error) {
  const onus_case *c = shown->c;
  const onus_position *position;
  onus_moment as_of;
  ONUS_TRY(onus_choose_view(c, options, &position, &as_of, error));
  shown->chosen = (size_t)(position - c->positions);
  onus_options chosen = *options;
  ONUS_TRY(onus_verdict_assess(c, &chosen, ONUS_DETAIL_FULL, &shown->assessments[shown->chosen], error));
  chosen.about = shown->assessments[shown->chosen]->about_id;
  for (size_t i = 0; i < c->n_positions && all_positions; i++) {
    chosen.position = c->positions[i].id;
    if (i != shown->chosen)
      ONUS_TRY(onus_verdict_assess(c, &chosen, ONUS_DETAIL_POSTERIOR, &shown->assessments[i], error));
  }
  return ONUS_OK;
}

onus_status onus_shown_make(const onus_case *c, const onus_options *options, bool opened, bool all_positions,
                            onus_arena *arena, onus_shown *ret_shown, onus_error *error) {
  onus_shown shown = {
      .c = c, .opened = opened, .assessments = ONUS_ARENA_ARRAY(arena, onus_assessment *, c->n_positions)};
  onus_status status = shown.assessments ? assess(&shown, options, all_positions, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    *ret_shown = shown;
  else
    onus_shown_end(&shown);
  return status;
}

void onus_shown_end(onus_shown *shown) {
  for (size_t i = 0; shown->assessments && i < shown->c->n_positions; i++)
    onus_assessment_free(shown->assessments[i]);
  shown->assessments = NULL;
}

bool onus_shown_is_closed(const onus_shown *shown, const onus_item *item) {
  return item->is_sealed && item->row.kind != ONUS_ROW_NONE && !shown->opened;
}

static const char *claim_name(const onus_case *c, const char *id) {
  size_t h = onus_table_get(c->hypothesis_ids, id), p = onus_table_get(c->proposition_ids, id);
  return h != ONUS_NONE ? c->hypotheses[h].name : p != ONUS_NONE ? c->propositions[p].name : id;
}

const onus_node *onus_shown_item(const onus_shown *shown, const onus_item *item, onus_build *build) {
  const onus_case *c = shown->c;
  const char *source = c->sources[item->source].name;
  const char *reasons = onus_shown_is_closed(shown, item) ? "" : item->reasons;
  bool is_one = item->sealed_size == 1;
  if (item->is_sealed)
    return onus_build_format(build,
                             "Sealed: %zu finding%s behind the commitment %s. %s, who holds %s, says what %s.%s%s",
                             item->sealed_size, is_one ? "" : "s", item->commitment, source, is_one ? "it" : "them",
                             is_one ? "it shows" : "they show", reasons[0] ? "\n" : "", reasons);
  if (reasons[0])
    return onus_build_string(build, reasons);
  if (item->row.kind == ONUS_ROW_SAYS)
    return onus_build_format(build, "%s %s: %s.", source, item->row.is_denial ? "denies" : "says",
                             claim_name(c, item->row.statement));
  if (item->repeats != ONUS_NONE)
    return onus_build_format(build, "Repeats: %s.", c->items[item->repeats].title);
  return onus_build_string(build, item->title);
}

/* Three decimals; what they would round to certainty is not certain. */
static const char *figure(double p, char out[16]) {
  snprintf(out, 16, "%.3f", p);
  return p < 0.0005 ? "<0.001" : p > 0.9995 ? ">0.999" : out;
}

const onus_node *onus_shown_probability(const char *claim, const onus_probability *p, onus_build *build) {
  char figures[3][16];
  return onus_build_format(build, "Probability that \"%s\": %s, %s; between %s and %s over the ranges of the inputs.",
                           claim, figure(p->posterior, figures[0]), onus_probability_word(p->posterior),
                           figure(p->low, figures[1]), figure(p->high, figures[2]));
}

const onus_node *onus_shown_verdict(const onus_shown *shown, size_t position, onus_build *build) {
  static const char *const VERDICTS[] = {"Not enough", "It depends", "Enough"};
  const onus_position *p = &shown->c->positions[position];
  const onus_assessment *a = shown->assessments[position];
  const onus_node *probability = onus_shown_probability(a->about_name, &a->about, build);
  return probability ? onus_build_format(build, "%s for the standard of proof \"%s\" (%g). %s", VERDICTS[a->verdict],
                                         p->standard_id, p->standard, probability->text)
                     : NULL;
}
