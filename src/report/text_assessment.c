/* The report of one assessment for a terminal. The first screen answers; what stands below says why. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/report.h"
#include "report/text_parts.h"

static unsigned bar_columns(const onus_layout *layout) {
  unsigned columns = layout->width / 4;
  return columns > 40 ? 40 : columns;
}

static void put_hypothesis(onus_layout *layout, const char *name, const onus_probability *p, double standard) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  unsigned bar = bar_columns(layout), behind = 2 + bar + 2 + 23;
  bool has_room = layout->width >= behind + 24;
  if (!has_room) {
    onus_layout_own(layout, "  ");
    onus_layout_case(layout, name);
    onus_layout_end(layout, 4);
  }
  onus_layout_own(layout, "  ");
  onus_layout_probability_bar(layout, p, standard, bar);
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, onus_report_probability_range(text, p, standard, layout->glyphs));
  if (has_room) {
    onus_layout_pad(layout, behind);
    onus_layout_case(layout, name);
    onus_layout_own(layout, ", ");
  } else {
    onus_layout_own(layout, " ");
  }
  onus_layout_ink(layout, ONUS_INK_DIM);
  onus_layout_own(layout, onus_probability_word(p->posterior));
  onus_layout_own(layout, "; prior ");
  onus_layout_own(layout, onus_report_probability(text, p->prior, (double)NAN));
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, has_room ? behind : 4);
}

static void put_hypotheses(onus_layout *layout, const onus_assessment *a) {
  double standard = a->view->position->standard;
  onus_layout_heading(layout, "Hypotheses", NULL);
  for (size_t h = 0; h < a->c->n_hypotheses; h++)
    put_hypothesis(layout, a->c->hypotheses[h].name, &a->hypotheses[h],
                   h == a->about_hypothesis ? standard : (double)NAN);
  if (a->c->n_propositions > 0) {
    onus_layout_own(layout, "Propositions");
    onus_layout_end(layout, 0);
  }
  for (size_t p = 0; p < a->c->n_propositions; p++)
    put_hypothesis(layout, a->c->propositions[p].name, &a->propositions[p],
                   p == a->about_proposition ? standard : (double)NAN);
  onus_layout_legend(layout, true);
}

static void put_level(onus_layout *layout, const char *name, double log_odds, double p) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_own(layout, "  ");
  onus_layout_right(layout, onus_report_signed(text, log_odds, layout->glyphs), 7);
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, name);
  onus_layout_own(layout, ", P");
  onus_report_probability(text, p, (double)NAN);
  onus_layout_own(layout, onus_report_equals(text));
  onus_layout_own(layout, onus_report_after_sign(text));
  onus_layout_end(layout, 11);
}

static void put_weights(onus_layout *layout, const onus_assessment *a, const size_t *order) {
  onus_layout_heading(layout, "What carries the verdict",
                      "weight in natural log-odds, and the factor on the odds that it comes to; the weights add up");
  put_level(layout, "prior", a->prior_log_odds, a->about.prior);
  double full = onus_text_largest_weight(a);
  bool has_silent = false;
  for (size_t k = 0; k < a->c->n_items; k++) {
    const onus_item_result *item = &a->items[order[k]];
    if (!item->counts) {
      has_silent |= onus_report_is_shown(a, order[k]);
      continue;
    }
    onus_text_weight(layout, item->weight_log_odds, full, item->weight_standard_error);
    onus_layout_case(layout, a->c->items[order[k]].title);
    onus_text_item_marks(layout, a, order[k], true);
    onus_layout_end(layout, onus_text_weight_columns(layout));
  }
  put_level(layout, "posterior", a->posterior_log_odds, a->about.posterior);
  size_t n_later = onus_report_count_later(a);
  if (n_later > 0) {
    onus_layout_printf(layout, "  %zu item%s became known later and %s left out.", n_later, n_later == 1 ? "" : "s",
                       n_later == 1 ? "is" : "are");
    onus_layout_end(layout, 2);
  }
  if (!has_silent)
    return;
  onus_layout_own(layout, "  Without weight:");
  onus_layout_end(layout, 2);
  for (size_t k = 0; k < a->c->n_items; k++)
    if (!a->items[order[k]].counts && onus_report_is_shown(a, order[k])) {
      onus_layout_own(layout, "    ");
      onus_layout_case(layout, a->c->items[order[k]].title);
      onus_text_item_marks(layout, a, order[k], true);
      onus_layout_end(layout, 6);
    }
}

static void put_source(onus_layout *layout, const onus_case *c, const onus_source_result *result) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_own(layout, "  ");
  onus_layout_right(layout, onus_report_probability(text, result->reliability, (double)NAN), 6);
  onus_layout_own(layout, " ");
  onus_layout_own(layout, layout->glyphs->arrow);
  onus_layout_right(layout, onus_report_probability(text, result->reliability_posterior, (double)NAN), 7);
  onus_layout_right(layout, onus_report_signed(text, result->weight_log_odds, layout->glyphs), 8);
  onus_layout_pad(layout, 28);
  onus_layout_case(layout, c->sources[result->source].name);
  onus_layout_ink(layout, ONUS_INK_DIM);
  onus_layout_printf(layout, ", %zu item%s", result->n_items, result->n_items == 1 ? "" : "s");
  if (isfinite(result->bound_log_odds)) {
    onus_layout_own(layout, "; at most ");
    onus_layout_own(layout, onus_report_signed(text, result->bound_log_odds, layout->glyphs));
    onus_layout_own(layout, " (");
    onus_layout_own(layout, onus_report_factor(text, result->bound_log_odds, layout->glyphs));
    onus_layout_own(layout, ")");
  }
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, 28);
}

static void put_sources(onus_layout *layout, const onus_assessment *a) {
  size_t *order = onus_report_order_sources(layout->out, a);
  if (order && a->c->n_sources > 0) {
    onus_layout_heading(layout, "Sources",
                        "reliability before and after the evidence, weight, and, where its items hang on nothing "
                        "else, the most that they can add to the log-odds");
    for (size_t s = 0; s < a->c->n_sources; s++)
      put_source(layout, a->c, &a->sources[order[s]]);
  }
  free(order);
}

static void put_undercutters(onus_layout *layout, const onus_assessment *a) {
  if (!onus_report_has_further_undercutters(a))
    return;
  onus_layout_heading(layout, "Undercutters",
                      "what else would cut items loose from the truth: its probability before and after the evidence");
  for (size_t k = 0; k < a->n_undercutters; k++)
    if (a->undercutters[k].kind != ONUS_UNDERCUT_SOURCE)
      onus_text_undercutter(layout, a->c, &a->undercutters[k]);
}

/* What no value turns has a row each while they are few, and one paragraph of ids when they are many. */
#define NONE_AT_MOST 6u

static void put_tipping(onus_layout *layout, const onus_assessment *a) {
  if (a->n_tipping == 0)
    return;
  onus_layout_heading(layout, "What would turn it",
                      "where an input stands now, and where the verdict at the point values changes");
  size_t n_none = 0;
  for (size_t t = 0; t < a->n_tipping; t++)
    n_none += !a->tipping[t].exists;
  for (size_t t = 0; t < a->n_tipping; t++)
    if (a->tipping[t].exists || n_none <= NONE_AT_MOST)
      onus_text_tipping(layout, a->c, &a->tipping[t]);
  if (n_none <= NONE_AT_MOST)
    return;
  onus_layout_own(layout, "  none (no value of it alone turns the verdict):");
  const char *before = " ";
  for (size_t t = 0; t < a->n_tipping; t++)
    if (!a->tipping[t].exists) {
      onus_layout_own(layout, before);
      onus_layout_case(layout, a->tipping[t].input);
      before = ", ";
    }
  onus_layout_end(layout, 4);
}

static void put_changed(onus_layout *layout, const onus_assessment *a, const char *what, const char *name,
                        const onus_without *without) {
  onus_layout_own(layout, "  Without ");
  onus_layout_own(layout, what);
  onus_layout_quote(layout, name);
  onus_layout_own(layout, ": ");
  onus_text_without(layout, without, a->view->position->standard);
  onus_layout_end(layout, 4);
}

static void put_leave_out(onus_layout *layout, const onus_assessment *a, const size_t *order) {
  onus_layout_heading(layout, "What changes without one item or source", NULL);
  bool has_any = false;
  for (size_t k = 0; k < a->c->n_items; k++) {
    onus_without without = onus_report_without_item(a, order[k]);
    if (without.verdict != a->verdict) {
      put_changed(layout, a, "", a->c->items[order[k]].title, &without);
      has_any = true;
    }
  }
  for (size_t s = 0; s < a->c->n_sources; s++) {
    onus_without without = onus_report_without_source(a, s);
    if (without.verdict != a->verdict) {
      put_changed(layout, a, "all of ", a->c->sources[s].name, &without);
      has_any = true;
    }
  }
  if (!has_any) {
    onus_layout_own(layout, "  No single item or source changes the verdict.");
    onus_layout_end(layout, 2);
  }
}

static void put_outcome(onus_layout *layout, const onus_assessment *a, const onus_outcome_result *outcome) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_own(layout, "    ");
  onus_layout_right(layout, onus_report_probability(text, outcome->probability, (double)NAN), 6);
  onus_layout_pad(layout, 12);
  onus_layout_case(layout, outcome->name);
  onus_layout_own(layout, ": then ");
  onus_without then = {outcome->about, outcome->verdict};
  onus_text_without(layout, &then, a->view->position->standard);
  onus_layout_end(layout, 12);
}

static void put_questions(onus_layout *layout, const onus_assessment *a) {
  if (a->c->n_questions == 0 || !a->questions)
    return;
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_heading(layout, "Questions worth asking", "most informative first");
  for (size_t q = 0; q < a->c->n_questions; q++) {
    const onus_question_result *result = &a->questions[q];
    onus_layout_own(layout, "  ");
    onus_layout_case(layout, result->question->name);
    onus_layout_end(layout, 4);
    onus_layout_own(layout, "    Takes ");
    onus_layout_own(layout, onus_report_ratio(text, result->expected_drop_bits));
    onus_layout_own(layout, " of ");
    onus_layout_own(layout, onus_report_ratio(text, result->entropy_bits));
    onus_layout_own(layout, " bits of uncertainty in the mean; the verdict is then \"enough\" with P");
    onus_report_probability(text, result->p_enough, (double)NAN);
    onus_layout_own(layout, onus_report_equals(text));
    onus_layout_own(layout, onus_report_after_sign(text));
    onus_layout_end(layout, 4);
    for (size_t o = 0; o < result->question->n_outcomes; o++)
      put_outcome(layout, a, &result->outcomes[o]);
  }
}

static void put_deciding(onus_layout *layout, const onus_assessment *a) {
  if (a->verdict != ONUS_DEPENDS || a->n_deciding == 0)
    return;
  char text[ONUS_REPORT_FIGURE_BYTES];
  double standard = a->view->position->standard;
  onus_layout_heading(layout, "What it depends on",
                      "share of the variance of the log-odds; posterior with this input at the ends of its range");
  size_t shown = onus_report_deciding_shown(a);
  for (size_t d = 0; d < shown; d++) {
    const onus_deciding_input *input = &a->deciding[d];
    onus_layout_own(layout, "  ");
    onus_layout_right(layout, onus_report_fixed(text, input->share * 100, 0), 4);
    onus_layout_own(layout, " %  ");
    onus_layout_right(layout, onus_report_probability(text, input->at_low, standard), 6);
    onus_layout_own(layout, " ");
    onus_layout_own(layout, layout->glyphs->arrow);
    onus_layout_right(layout, onus_report_probability(text, input->at_high, standard), 7);
    onus_layout_pad(layout, 28);
    onus_layout_case(layout, input->input);
    onus_layout_own(layout, ": ");
    onus_layout_own(layout, onus_report_plain(text, input->range.low));
    onus_layout_own(layout, layout->glyphs->dash);
    onus_layout_own(layout, onus_report_plain(text, input->range.high));
    onus_layout_end(layout, 28);
  }
  if (shown < a->n_deciding) {
    onus_layout_printf(layout, "  and %zu further ranges that explain less than half a per cent each",
                       a->n_deciding - shown);
    onus_layout_end(layout, 4);
  }
}

static void put_note(onus_layout *layout, const char *note) {
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, note);
  onus_layout_end(layout, 2);
}

static void put_notes(onus_layout *layout, const onus_assessment *a) {
  char text[200];
  onus_layout_heading(layout, "Notes", NULL);
  size_t seals[4] = {0};
  for (size_t i = 0; i < a->view->n_items; i++)
    seals[a->view->items[i].seal]++;
  if (seals[ONUS_SEAL_UNSEEN] > 0) {
    snprintf(text, sizeof text,
             "%zu sealed item%s cannot be opened by this position: what the holder says stands in, undercut by unseen.",
             seals[ONUS_SEAL_UNSEEN], seals[ONUS_SEAL_UNSEEN] == 1 ? "" : "s");
    put_note(layout, text);
  }
  if (seals[ONUS_SEAL_ACCESS] > 0) {
    snprintf(text, sizeof text,
             "%zu sealed item%s can be opened by this position but is not in this file: what the holder says stands "
             "in.",
             seals[ONUS_SEAL_ACCESS], seals[ONUS_SEAL_ACCESS] == 1 ? "" : "s");
    put_note(layout, text);
  }
  if (onus_report_prior_is_uniform(a))
    put_note(layout, "No priors are given, so every hypothesis begins alike.");
  if (a->about_is_default)
    put_note(layout, "Nobody named what the verdict is about: it is about the most probable hypothesis.");
  if (!a->weights_exact_items || !a->weights_exact_sources) {
    snprintf(text, sizeof text,
             "Weights of %s are sampled from %zu permutations; their standard error stands beside them.",
             a->weights_exact_sources ? "items" : "items and sources", a->n_permutations);
    put_note(layout, text);
  }
  put_note(layout, "Law fixes no number for a standard of proof: the number is a setting of this position.");
  onus_layout_own(layout, "  ");
  onus_text_replay(layout, a);
  onus_layout_end(layout, 2);
}

void onus_report_assessment_text(onus_buffer *out, const onus_assessment *assessment, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  size_t *order = onus_report_order_items(out, assessment);
  if (order) {
    onus_text_title(&layout, assessment->c, assessment->view, true);
    onus_layout_gap(&layout);
    onus_text_verdict(&layout, assessment);
    put_hypotheses(&layout, assessment);
    put_weights(&layout, assessment, order);
    put_sources(&layout, assessment);
    put_undercutters(&layout, assessment);
    put_tipping(&layout, assessment);
    put_leave_out(&layout, assessment, order);
    put_deciding(&layout, assessment);
    put_questions(&layout, assessment);
    put_notes(&layout, assessment);
  }
  free(order);
  onus_layout_free(&layout);
}
