#include "report/text_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void onus_text_title(onus_layout *layout, const onus_case *c, const onus_view *view, bool has_position) {
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_case(layout, c->title);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, 0);
  onus_layout_case(layout, c->question);
  onus_layout_end(layout, 0);
  if (has_position) {
    onus_layout_own(layout, "Position: ");
    onus_layout_case(layout, view->position->name);
    if (strcmp(view->position->name, view->position->id) != 0) {
      onus_layout_own(layout, " (");
      onus_layout_case(layout, view->position->id);
      onus_layout_own(layout, ")");
    }
    onus_layout_own(layout, ". ");
  }
  char day[ONUS_MOMENT_TEXT_BYTES];
  onus_layout_own(layout, "As of: ");
  onus_layout_own(layout, onus_report_as_of(view, day) ? day : "everything known so far");
  onus_layout_own(layout, ".");
  onus_layout_end(layout, 0);
}

void onus_text_probability(onus_layout *layout, const onus_probability *p, double standard) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_report_probability_range(text, p, standard, layout->glyphs);
  onus_layout_own(layout, "P");
  onus_layout_own(layout, onus_report_equals(text));
  onus_layout_own(layout, onus_report_after_sign(text));
  onus_layout_own(layout, ", ");
  onus_layout_own(layout, onus_probability_word(p->posterior));
}

void onus_text_standard(onus_layout *layout, const onus_position *position) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_case(layout, position->standard_id);
  onus_layout_own(layout, position->standard_exclusive ? " (above " : " (");
  onus_layout_own(layout, onus_report_plain(text, position->standard));
  onus_layout_own(layout, ")");
}

void onus_text_verdict(onus_layout *layout, const onus_assessment *assessment) {
  const onus_position *position = assessment->view->position;
  onus_verdict verdict = assessment->verdict;
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_ink(layout, verdict == ONUS_ENOUGH    ? ONUS_INK_FOR
                          : verdict == ONUS_DEPENDS ? ONUS_INK_OPEN
                                                    : ONUS_INK_AGAINST);
  onus_layout_own(layout, onus_report_verdict_words(verdict));
  onus_layout_own(layout, ":");
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_own(layout, verdict == ONUS_ENOUGH    ? " the evidence meets the standard for "
                          : verdict == ONUS_DEPENDS ? " the standard lies inside the range for "
                                                    : " the evidence does not meet the standard for ");
  onus_layout_quote(layout, assessment->about_name);
  onus_layout_own(layout, ". ");
  onus_text_probability(layout, &assessment->about, position->standard);
  onus_layout_own(layout, "; standard ");
  onus_text_standard(layout, position);
  onus_layout_own(layout, ".");
  if (verdict == ONUS_DEPENDS) {
    onus_layout_own(layout, " At the point values: ");
    onus_layout_own(layout, assessment->point_verdict == ONUS_ENOUGH ? "enough." : "not enough.");
  }
  onus_layout_end(layout, 0);
  if (position->standard_origin && position->standard_origin[0]) {
    char text[ONUS_REPORT_FIGURE_BYTES];
    onus_layout_ink(layout, ONUS_INK_DIM);
    onus_layout_own(layout, "Where ");
    onus_layout_own(layout, onus_report_plain(text, position->standard));
    onus_layout_own(layout, " comes from: ");
    onus_layout_case(layout, position->standard_origin);
    onus_layout_own(layout, position->standard_origin[strlen(position->standard_origin) - 1] == '.' ? "" : ".");
    onus_layout_ink(layout, ONUS_INK_PLAIN);
    onus_layout_end(layout, 0);
  }
}

static unsigned half_of(const onus_layout *layout) {
  unsigned half = layout->width / 12;
  return half > 10 ? 10 : half;
}

unsigned onus_text_weight_columns(const onus_layout *layout) {
  return 2 + 7 + 1 + 7 + 2 + 2 * half_of(layout) + 1 + 2;
}

void onus_text_weight(onus_layout *layout, double weight_log_odds, double full, double standard_error) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_own(layout, "  ");
  onus_layout_right(layout, onus_report_signed(text, weight_log_odds, layout->glyphs), 7);
  onus_layout_own(layout, " ");
  onus_layout_right(layout, onus_report_factor(text, weight_log_odds, layout->glyphs), 7);
  onus_layout_own(layout, "  ");
  onus_layout_signed_bar(layout, weight_log_odds, full, half_of(layout));
  onus_layout_own(layout, "  ");
  if (standard_error >= 0.005) {
    onus_layout_own(layout, layout->glyphs->plus_minus);
    onus_layout_own(layout, onus_report_fixed(text, standard_error, 2));
    onus_layout_own(layout, " ");
  }
}

void onus_text_item_marks(onus_layout *layout, const onus_assessment *assessment, size_t item, bool with_source) {
  const onus_case *c = assessment->c;
  const onus_view_item *seen = assessment->items[item].item;
  if (!with_source && seen->seal == ONUS_SEAL_NONE && seen->state == ONUS_ITEM_COUNTS)
    return;
  const char *between = "";
  onus_layout_ink(layout, ONUS_INK_DIM);
  onus_layout_own(layout, " [");
  if (with_source) {
    onus_layout_case(layout, c->sources[c->items[item].source].name);
    between = "; ";
  }
  if (seen->seal != ONUS_SEAL_NONE) {
    onus_layout_own(layout, between);
    onus_layout_own(layout, onus_report_seal_words(seen->seal));
    between = "; ";
  }
  if (seen->state != ONUS_ITEM_COUNTS) {
    onus_layout_own(layout, between);
    onus_layout_own(layout, onus_report_state_words(seen->state));
    if (seen->state == ONUS_ITEM_REPEAT && c->items[item].repeats != ONUS_NONE) {
      onus_layout_own(layout, " of ");
      onus_layout_case(layout, c->items[c->items[item].repeats].id);
    }
  }
  onus_layout_own(layout, "]");
  onus_layout_ink(layout, ONUS_INK_PLAIN);
}

void onus_text_undercutter(onus_layout *layout, const onus_case *c, const onus_undercutter_result *undercutter) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_own(layout, "  ");
  onus_layout_right(layout, onus_report_probability(text, undercutter->prior, (double)NAN), 6);
  onus_layout_own(layout, " ");
  onus_layout_own(layout, layout->glyphs->arrow);
  onus_layout_right(layout, onus_report_probability(text, undercutter->posterior, (double)NAN), 7);
  onus_layout_pad(layout, 20);
  onus_buffer words = onus_buffer_new(layout->out->cap_bytes);
  onus_report_undercutter_words(&words, c, undercutter);
  if (words.status != ONUS_OK && layout->out->status == ONUS_OK)
    layout->out->status = words.status;
  onus_layout_case(layout, words.bytes ? words.bytes : "");
  onus_buffer_free(&words);
  onus_layout_end(layout, 20);
}

static void put_tipping_value(onus_layout *layout, const onus_tipping *tipping, double value, unsigned columns) {
  char text[ONUS_REPORT_FIGURE_BYTES], factor[ONUS_REPORT_FIGURE_BYTES];
  if (strncmp(tipping->input, "item:", 5) != 0) {
    onus_layout_right(layout, onus_report_probability(text, value, (double)NAN), columns);
    return;
  }
  snprintf(factor, sizeof factor, "%s%.300s", layout->glyphs->times, onus_report_ratio(text, value));
  onus_layout_right(layout, factor, columns);
}

void onus_text_tipping(onus_layout *layout, const onus_case *c, const onus_tipping *tipping) {
  onus_layout_own(layout, "  ");
  put_tipping_value(layout, tipping, tipping->value, 6);
  onus_layout_own(layout, " ");
  onus_layout_own(layout, layout->glyphs->arrow);
  if (tipping->exists)
    put_tipping_value(layout, tipping, tipping->tips_at, 9);
  else
    onus_layout_right(layout, "none", 9);
  onus_layout_pad(layout, 22);
  onus_buffer words = onus_buffer_new(layout->out->cap_bytes);
  onus_report_input_words(&words, c, tipping->input);
  onus_layout_case(layout, words.bytes ? words.bytes : "");
  if (words.status != ONUS_OK && layout->out->status == ONUS_OK)
    layout->out->status = words.status;
  onus_buffer_free(&words);
  onus_layout_end(layout, 22);
}

void onus_text_without(onus_layout *layout, const onus_without *without, double standard) {
  onus_text_probability(layout, &without->probability, standard);
  onus_layout_own(layout, without->verdict == ONUS_ENOUGH    ? ": enough"
                          : without->verdict == ONUS_DEPENDS ? ": it depends"
                                                             : ": not enough");
}

void onus_text_replay(onus_layout *layout, const onus_assessment *assessment) {
  onus_layout_printf(layout, "Seed %" PRIu64 ", %zu samples, onus ", assessment->seed, assessment->n_samples);
  onus_layout_own(layout, onus_version());
  onus_layout_own(layout, ".");
}

double onus_text_largest_weight(const onus_assessment *assessment) {
  double largest = 0;
  for (size_t i = 0; i < assessment->c->n_items; i++)
    largest = fmax(largest, fabs(assessment->items[i].weight_log_odds));
  return largest;
}
