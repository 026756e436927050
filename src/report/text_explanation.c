/* One item or source: what it says, what may cut it loose, what it weighs, what changes without it. */
#include <math.h>
#include <stdio.h>

#include "report/report.h"
#include "report/text_parts.h"

static void put_row(onus_layout *layout, const onus_assessment *a, size_t item) {
  const onus_case *c = a->c;
  const onus_item_result *result = &a->items[item];
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_heading(layout, "What it says",
                      "likelihood ratio over the open hypothesis, its range, and a bar of its logarithm");
  double full = 0;
  for (size_t h = 0; h < c->n_hypotheses; h++)
    full = fmax(full, fabs(result->log_ratio[h]));
  unsigned half = layout->width / 12 > 10 ? 10 : layout->width / 12, behind = 2 + 8 + 20 + 2 * half + 1 + 2;
  bool has_room = layout->width >= behind + 16;
  for (size_t h = 0; h < c->n_hypotheses; h++) {
    onus_number range = result->ratio_range[h];
    onus_layout_own(layout, "  ");
    onus_layout_right(layout, onus_report_ratio(text, exp(result->log_ratio[h])), 7);
    if (range.low != range.high) {
      onus_layout_own(layout, " (");
      onus_layout_own(layout, onus_report_ratio(text, range.low));
      onus_layout_own(layout, layout->glyphs->dash);
      onus_layout_own(layout, onus_report_ratio(text, range.high));
      onus_layout_own(layout, ")");
    }
    if (has_room) {
      onus_layout_pad(layout, 30);
      onus_layout_signed_bar(layout, result->log_ratio[h], full, half);
    }
    onus_layout_pad(layout, has_room ? behind : 26);
    onus_layout_case(layout, c->hypotheses[h].name);
    if (h == c->open_hypothesis)
      onus_layout_own(layout, " (open)");
    onus_layout_end(layout, has_room ? behind : 26);
  }
}

typedef struct undercutter_context {
  onus_layout *layout;
  const onus_case *c;
} undercutter_context;

static void put_undercutter(void *context, const onus_undercutter_result *undercutter) {
  const undercutter_context *into = context;
  onus_text_undercutter(into->layout, into->c, undercutter);
}

static void put_line(onus_layout *layout, const char *label, const char *raw) {
  onus_layout_own(layout, label);
  onus_layout_case(layout, raw);
  onus_layout_end(layout, 2);
}

static void put_computed_actor(onus_layout *layout, const onus_case *c, const onus_computed_actor *actor) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_own(layout, "  ");
  onus_layout_right(layout, onus_report_ratio(text, onus_number_point(actor->ratio, ONUS_SCALE_LOG)), 7);
  onus_layout_own(layout, "  ");
  onus_layout_case(layout, actor->name);
  for (size_t e = 0; e < actor->n_entries; e++) {
    onus_layout_own(layout, e ? "; " : " (");
    onus_layout_case(layout, actor->entries[e]);
  }
  onus_layout_own(layout, actor->n_entries ? "), an actor of " : ", an actor of ");
  onus_layout_quote(layout, c->hypotheses[actor->hypothesis].name);
  onus_layout_end(layout, 11);
}

static void put_computed_link(onus_layout *layout, const onus_computed_link *link, bool is_of_code) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_own(layout, "  ");
  onus_layout_right(layout, onus_report_signed(text, link->ln_weight, layout->glyphs), 7);
  onus_layout_own(layout, "  ");
  onus_layout_case(layout, link->kind);
  onus_layout_own(layout, " ");
  onus_layout_case(layout, link->value);
  onus_layout_own(layout, ": ");
  onus_layout_case(layout, link->actor);
  onus_layout_printf(layout, is_of_code ? ", families with it: %zu" : ", held by %zu", link->n_holders);
  if (link->has_age) {
    onus_layout_printf(layout, ", %d days apart", link->age_days < 0 ? -link->age_days : link->age_days);
  }
  if (link->report[0]) {
    onus_layout_own(layout, "; report ");
    onus_layout_case(layout, link->report);
  }
  if (link->note[0]) {
    onus_layout_own(layout, "; ");
    onus_layout_case(layout, link->note);
  }
  onus_layout_end(layout, 11);
}

/* What a computed row rests on. */
static void put_computed(onus_layout *layout, const onus_case *c, const onus_row *row) {
  const onus_computed *computed = row->computed;
  char text[ONUS_REPORT_FIGURE_BYTES];
  if (!computed)
    return;
  onus_layout_heading(layout, "What it was computed from", NULL);
  put_line(layout, "  File: ", row->from);
  put_line(layout, "  Engine: ", computed->engine_version);
  put_line(layout, "  Weights: ", computed->weights);
  put_line(layout, "  Reference: ", computed->reference);
  put_line(layout, "  As of: ", computed->as_of);
  snprintf(text, sizeof text, "%zu of %zu", computed->n_used, computed->n_used + computed->n_not_known);
  put_line(layout, "  Known to the reference: ", text);
  if (computed->own_origin && computed->own_origin[0]) {
    onus_layout_own(layout, "  ");
    onus_layout_own(layout, onus_report_sharing_words(row->engine));
    put_line(layout, ": ", computed->own_origin);
  }
  if (onus_report_is_of_code(row))
    put_line(layout, "  ", onus_report_code_words);
  onus_layout_heading(layout, "Actors", "likelihood ratio of each over somebody whom the reference does not know");
  for (size_t i = 0; i < computed->n_actors; i++)
    put_computed_actor(layout, c, &computed->actors[i]);
  onus_layout_heading(layout, "Links",
                      "what the file and reports on the actors have in common; weight in natural "
                      "logarithms, strongest first");
  for (size_t i = 0; i < computed->n_links; i++)
    put_computed_link(layout, &computed->links[i], onus_report_is_of_code(row));
  if (computed->n_links == 0) {
    onus_layout_own(layout, "  None.");
    onus_layout_end(layout, 2);
  }
}

static void put_effect(onus_layout *layout, const onus_assessment *a, double weight, double standard_error,
                       const onus_without *without) {
  double standard = a->view->position->standard;
  onus_layout_heading(layout, "What it does", NULL);
  onus_text_weight(layout, weight, onus_text_largest_weight(a), standard_error);
  onus_layout_own(layout, "weight on ");
  onus_layout_quote(layout, a->about_name);
  onus_layout_own(layout, " (natural log-odds)");
  onus_layout_end(layout, onus_text_weight_columns(layout));
  onus_without with = {a->about, a->verdict};
  onus_layout_own(layout, "  With it:    ");
  onus_text_without(layout, &with, standard);
  onus_layout_end(layout, 14);
  onus_layout_own(layout, "  Without it: ");
  onus_text_without(layout, without, standard);
  onus_layout_end(layout, 14);
  onus_layout_own(layout, without->verdict == a->verdict ? "  The verdict stays." : "  The verdict changes.");
  onus_layout_end(layout, 2);
}

static void put_tipping(onus_layout *layout, const onus_assessment *a, bool is_item, const char *id) {
  bool has_any = false;
  for (size_t t = 0; t < a->n_tipping; t++) {
    if (!onus_report_tipping_concerns(&a->tipping[t], is_item, id))
      continue;
    if (!has_any)
      onus_layout_heading(layout, "What would turn the verdict",
                          "where it stands now, and where the verdict at the point values changes");
    onus_text_tipping(layout, a->c, &a->tipping[t]);
    has_any = true;
  }
}

static void put_item(onus_layout *layout, const onus_assessment *a, size_t i) {
  const onus_item *item = &a->c->items[i];
  const onus_item_result *result = &a->items[i];
  char day[ONUS_MOMENT_TEXT_BYTES];
  onus_layout_heading(layout, "Item", NULL);
  put_line(layout, "  ", item->title);
  put_line(layout, "  Source: ", a->c->sources[item->source].name);
  onus_moment_format(item->known, day);
  put_line(layout, "  Known since: ", day);
  if (item->has_retracted) {
    onus_moment_format(item->retracted, day);
    put_line(layout, "  Retracted: ", day);
  }
  if (result->item->seal != ONUS_SEAL_NONE) {
    put_line(layout, "  ", onus_report_seal_words(result->item->seal));
    put_line(layout, "  Commitment: ", item->commitment ? item->commitment : "none");
  }
  if (!result->counts)
    put_line(layout, "  It has no weight: ", onus_report_state_words(result->item->state));
  if (item->repeats != ONUS_NONE)
    put_line(layout, "  Repeats: ", a->c->items[item->repeats].title);
  put_row(layout, a, i);
  put_computed(layout, a->c, result->item->row);
  onus_layout_heading(layout, "What may cut it loose",
                      "in the order in which they govern it; probability before and after the evidence");
  undercutter_context context = {layout, a->c};
  onus_report_item_undercutters(a, i, put_undercutter, &context);
  onus_without without = onus_report_without_item(a, i);
  put_effect(layout, a, result->weight_log_odds, result->weight_standard_error, &without);
  put_tipping(layout, a, true, item->id);
  const char *reasons = onus_report_reasons(a, i);
  if (reasons[0]) {
    onus_layout_heading(layout, "Reasons", NULL);
    put_line(layout, "  ", reasons);
  }
  if (item->opened_reasons && result->item->seal == ONUS_SEAL_OPENED) {
    onus_layout_heading(layout, "Reasons, sealed with it", NULL);
    put_line(layout, "  ", item->opened_reasons);
  }
}

static void put_source(onus_layout *layout, const onus_assessment *a, size_t s) {
  const onus_source *source = &a->c->sources[s];
  const onus_source_result *result = &a->sources[s];
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_heading(layout, "Source", NULL);
  put_line(layout, "  ", source->name);
  if (source->url)
    put_line(layout, "  ", source->url);
  onus_layout_own(layout, "  Reliability: ");
  onus_layout_own(layout, onus_report_probability(text, result->reliability, (double)NAN));
  onus_layout_own(layout, " before the evidence, ");
  onus_layout_own(layout, onus_report_probability(text, result->reliability_posterior, (double)NAN));
  onus_layout_own(layout, " after it.");
  onus_layout_end(layout, 2);
  if (isfinite(result->bound_log_odds)) {
    onus_layout_own(layout, "  All its items together can add at most ");
    onus_layout_own(layout, onus_report_signed(text, result->bound_log_odds, layout->glyphs));
    onus_layout_own(layout, " (");
    onus_layout_own(layout, onus_report_factor(text, result->bound_log_odds, layout->glyphs));
    onus_layout_own(layout, ").");
  } else
    onus_layout_own(layout,
                    "  All its items together have no bound: it is taken as certain, or they have other undercutters.");
  onus_layout_end(layout, 2);
  onus_layout_heading(layout, "Its items", NULL);
  double full = onus_text_largest_weight(a);
  for (size_t i = 0; i < a->c->n_items; i++) {
    if (a->c->items[i].source != s || !onus_report_is_shown(a, i))
      continue;
    onus_text_weight(layout, a->items[i].weight_log_odds, full, a->items[i].weight_standard_error);
    onus_layout_case(layout, a->c->items[i].title);
    onus_text_item_marks(layout, a, i, false);
    onus_layout_end(layout, onus_text_weight_columns(layout));
  }
  onus_without without = onus_report_without_source(a, s);
  put_effect(layout, a, result->weight_log_odds, result->weight_standard_error, &without);
  put_tipping(layout, a, false, source->id);
}

void onus_report_explanation_text(onus_buffer *out, const onus_explanation *explanation, const onus_style *style) {
  const onus_assessment *a = explanation->assessment;
  onus_layout layout = onus_layout_new(out, style);
  onus_text_title(&layout, a->c, a->view, true);
  if (explanation->item != ONUS_NONE)
    put_item(&layout, a, explanation->item);
  else
    put_source(&layout, a, explanation->source);
  onus_layout_gap(&layout);
  onus_text_replay(&layout, a);
  onus_layout_end(&layout, 0);
  onus_layout_free(&layout);
}
