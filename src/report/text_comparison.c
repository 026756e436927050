/* All positions side by side, what parts each two of them, and the crux in words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "report/text_parts.h"

static void put_position(onus_layout *layout, const onus_assessment *a) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  unsigned bar = layout->width / 5;
  const onus_position *position = a->view->position;
  onus_layout_own(layout, "  ");
  onus_layout_probability_bar(layout, &a->about, position->standard, bar);
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, onus_report_probability_range(text, &a->about, position->standard, layout->glyphs));
  unsigned behind = 2 + bar + 2 + 23;
  if (layout->width < behind + 24) {
    onus_layout_end(layout, 2);
    onus_layout_own(layout, "    ");
    behind = 4;
  }
  onus_layout_pad(layout, behind);
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_case(layout, position->name);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_own(layout, ": ");
  onus_layout_own(layout, a->verdict == ONUS_ENOUGH    ? "enough"
                          : a->verdict == ONUS_DEPENDS ? "it depends"
                                                       : "not enough");
  onus_layout_own(layout, "; standard ");
  onus_text_standard(layout, position);
  onus_layout_own(layout, "; prior ");
  onus_layout_own(layout, onus_report_probability(text, a->about.prior, (double)NAN));
  onus_layout_end(layout, behind);
}

#define COLUMN 12u

/* A text of the case in a field of COLUMN, cut where it is longer. */
static void put_cell(onus_layout *layout, const char *raw, unsigned column) {
  const char *end = raw;
  unsigned columns = 0;
  for (const char *next = raw; columns < COLUMN - 1; end = next) {
    uint32_t c = onus_report_next_character(&next);
    if (c == 0 || onus_report_character_is_hidden(c))
      break;
    columns += onus_report_character_columns(c);
    if (columns > COLUMN - 1)
      break;
  }
  char cell[64];
  size_t length = (size_t)(end - raw) < sizeof cell ? (size_t)(end - raw) : sizeof cell - 1;
  memcpy(cell, raw, length);
  cell[length] = '\0';
  onus_layout_pad(layout, column);
  onus_layout_case(layout, cell);
}

/* The posterior of every hypothesis and proposition in positions `first` to before `end`, a column each. */
static void put_table(onus_layout *layout, const onus_comparison *comparison, size_t first, size_t end) {
  const onus_case *c = comparison->c;
  char text[ONUS_REPORT_FIGURE_BYTES];
  for (size_t p = first; p < end; p++)
    put_cell(layout, c->positions[p].id, 2 + (unsigned)(p - first) * COLUMN);
  onus_layout_end(layout, 2);
  unsigned names = 2 + (unsigned)(end - first) * COLUMN;
  for (size_t h = 0; h < c->n_hypotheses + c->n_propositions; h++) {
    bool is_hypothesis = h < c->n_hypotheses;
    for (size_t p = first; p < end; p++) {
      const onus_assessment *a = comparison->assessments[p];
      const onus_probability *value = is_hypothesis ? &a->hypotheses[h] : &a->propositions[h - c->n_hypotheses];
      onus_layout_pad(layout, 2 + (unsigned)(p - first) * COLUMN);
      onus_layout_own(layout, onus_report_probability(text, value->posterior, (double)NAN));
    }
    onus_layout_pad(layout, names);
    onus_layout_case(layout, is_hypothesis ? c->hypotheses[h].name : c->propositions[h - c->n_hypotheses].name);
    onus_layout_end(layout, names);
  }
}

static void put_part_words(onus_layout *layout, const onus_case *c, const onus_difference_part *part) {
  onus_buffer words = onus_buffer_new(layout->out->cap_bytes);
  onus_report_difference_words(&words, c, &part->difference);
  onus_layout_case(layout, words.bytes ? words.bytes : "");
  if (words.status != ONUS_OK && layout->out->status == ONUS_OK)
    layout->out->status = words.status;
  onus_buffer_free(&words);
}

static void put_parts(onus_layout *layout, const onus_case *c, const onus_disagreement *d) {
  size_t *order = onus_report_order_parts(layout->out, d);
  double full = 0;
  for (size_t p = 0; p < d->n_parts; p++)
    full = fmax(full, fabs(d->parts[p].part_log_odds));
  for (size_t k = 0; order && k < d->n_parts; k++) {
    const onus_difference_part *part = &d->parts[order[k]];
    if (part->difference.kind == ONUS_DIFFERS_STANDARD)
      onus_layout_own(layout, "  moves the verdict only");
    else
      onus_text_weight(layout, part->part_log_odds, full, 0);
    onus_layout_pad(layout, onus_text_weight_columns(layout));
    put_part_words(layout, c, part);
    onus_layout_own(layout, ": ");
    onus_layout_case(layout, part->value_a ? part->value_a : "");
    onus_layout_own(layout, " ");
    onus_layout_own(layout, layout->glyphs->arrow);
    onus_layout_own(layout, " ");
    onus_layout_case(layout, part->value_b ? part->value_b : "");
    onus_layout_end(layout, onus_text_weight_columns(layout));
  }
  free(order);
}

static void put_crux(onus_layout *layout, const onus_case *c, const onus_disagreement *d) {
  onus_layout_own(layout, "  ");
  if (d->same_verdict) {
    onus_layout_own(layout, "Both come to the same verdict, so there is no crux.");
  } else if (!d->crux_searched) {
    onus_layout_own(layout, "They differ in too many ways to search for the crux.");
  } else if (d->n_cruxes == 0) {
    onus_layout_own(layout, "No set of these differences accounts for the two verdicts.");
  } else {
    onus_layout_ink(layout, ONUS_INK_BOLD);
    onus_layout_own(layout, "Crux: ");
    onus_layout_ink(layout, ONUS_INK_PLAIN);
    onus_layout_case(layout, c->positions[d->position_b].name);
    onus_layout_own(layout, " would come to the verdict of ");
    onus_layout_case(layout, c->positions[d->position_a].name);
    onus_layout_own(layout, " by taking over its view of ");
    for (size_t x = 0; x < d->n_cruxes; x++) {
      onus_layout_own(layout, x > 0 ? "; or of " : "");
      for (size_t p = 0; p < d->cruxes[x].n_parts; p++) {
        onus_layout_own(layout, p > 0 ? " and " : "");
        put_part_words(layout, c, &d->parts[d->cruxes[x].parts[p]]);
      }
    }
    onus_layout_own(layout, ".");
  }
  onus_layout_end(layout, 2);
}

static void put_disagreement(onus_layout *layout, const onus_case *c, const onus_disagreement *d) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_gap(layout);
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_case(layout, c->positions[d->position_a].name);
  onus_layout_own(layout, " and ");
  onus_layout_case(layout, c->positions[d->position_b].name);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_own(layout, ": log-odds ");
  onus_layout_own(layout, onus_report_signed(text, d->log_odds_a, layout->glyphs));
  onus_layout_own(layout, " and ");
  onus_layout_own(layout, onus_report_signed(text, d->log_odds_b, layout->glyphs));
  onus_layout_own(layout, ", apart by ");
  onus_layout_own(layout, onus_report_signed(text, d->log_odds_b - d->log_odds_a, layout->glyphs));
  onus_layout_end(layout, 2);
  if (d->n_parts == 0) {
    onus_layout_own(layout, "  They do not differ in any number.");
    onus_layout_end(layout, 2);
  }
  put_parts(layout, c, d);
  put_crux(layout, c, d);
}

void onus_report_comparison_text(onus_buffer *out, const onus_comparison *comparison, const onus_style *style) {
  const onus_case *c = comparison->c;
  const onus_assessment *first = comparison->assessments[0];
  onus_layout layout = onus_layout_new(out, style);
  onus_text_title(&layout, c, first->view, false);
  onus_layout_heading(&layout, "Positions", NULL);
  onus_layout_own(&layout, "  About: ");
  onus_layout_quote(&layout, first->about_name);
  onus_layout_end(&layout, 4);
  for (size_t p = 0; p < c->n_positions; p++)
    put_position(&layout, comparison->assessments[p]);
  onus_layout_legend(&layout, true);

  onus_layout_heading(&layout, "Probability of each hypothesis", NULL);
  size_t at_once = (layout.width - 22) / COLUMN;
  for (size_t p = 0; p < c->n_positions; p += at_once) {
    if (p > 0)
      onus_layout_gap(&layout);
    put_table(&layout, comparison, p, p + at_once < c->n_positions ? p + at_once : c->n_positions);
  }
  if (comparison->n_disagreements > 0)
    onus_layout_heading(&layout, "What parts them",
                        "the difference of the log-odds, split over the ways in which they differ");
  for (size_t d = 0; d < comparison->n_disagreements; d++)
    put_disagreement(&layout, c, &comparison->disagreements[d]);
  onus_layout_heading(&layout, "Notes", NULL);
  onus_layout_own(&layout, "  ");
  onus_text_replay(&layout, first);
  onus_layout_end(&layout, 2);
  onus_layout_free(&layout);
}
