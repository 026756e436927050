/* A ranking for the terminal: the most probable actors, each with what speaks for it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/moment.h"
#include "report/layout.h"
#include "report/ranking.h"

enum { FIGURE_COLUMNS = 7, RATIO_COLUMNS = 24 };

static const char *day_text(char *text, int32_t day) {
  onus_moment_format(onus_moment_of_day(day), text);
  return text;
}

static void put_title(onus_layout *layout, const onus_ranked *ranked) {
  const onus_incident *incident = ranked->incident;
  char text[ONUS_MOMENT_TEXT_BYTES];
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_case(layout, incident->id);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  if (incident->period.first_day != ONUS_DAY_UNKNOWN) {
    onus_layout_own(layout, ", ");
    onus_layout_own(layout, day_text(text, incident->period.first_day));
    if (incident->period.last_day != incident->period.first_day) {
      onus_layout_own(layout, " to ");
      onus_layout_own(layout, day_text(text, incident->period.last_day));
    }
  }
  onus_layout_end(layout, 2);
  onus_layout_own(layout, "Reference: ");
  onus_layout_case(layout, ranked->location);
  onus_layout_own(layout, ", as of: ");
  onus_layout_own(layout, ranked->as_of_day == ONUS_STORE_ALWAYS ? "everything that it holds"
                                                                 : day_text(text, ranked->as_of_day));
  if (incident->n_leave_out > 0) {
    onus_layout_own(layout, ", without what rests on ");
    onus_layout_count(layout, incident->n_leave_out, "report or campaign", "reports or campaigns");
  }
  onus_layout_own(layout, ".");
  onus_layout_end(layout, 2);
}

/* The first report of a link that the ranking did not do without. */
static uint32_t report_of(const onus_ranked *ranked, const onus_link *link) {
  if (link->basis == ONUS_NO_NUMBER)
    return ONUS_NO_NUMBER;
  const onus_basis *basis = &onus_reference_catalogue(ranked->reference)->bases[link->basis];
  for (size_t r = 0; r < basis->n_reports; r++)
    if (!ranked->hidden.is_report_hidden[basis->reports[r]])
      return basis->reports[r];
  return ONUS_NO_NUMBER;
}

static void put_link(onus_layout *layout, const onus_ranked *ranked, const onus_link *link) {
  const onus_catalogue *catalogue = onus_reference_catalogue(ranked->reference);
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_own(layout, "    ");
  onus_layout_right(layout, onus_report_signed(text, link->ln_weight, layout->glyphs), FIGURE_COLUMNS);
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, link->kind);
  onus_layout_own(layout, " ");
  onus_layout_case(layout, link->value);
  if (link->n_holders > 0) {
    onus_layout_own(layout, ", held by ");
    onus_layout_count(layout, link->n_holders, "actor", "actors");
  }
  if (link->age_days != ONUS_DAY_UNKNOWN) {
    onus_layout_printf(layout, ", %" PRId32 " days apart", link->age_days);
  }
  if (link->note && link->note[0]) {
    onus_layout_own(layout, ", ");
    onus_layout_own(layout, link->note);
  }
  uint32_t report = report_of(ranked, link);
  if (report != ONUS_NO_NUMBER) {
    onus_layout_own(layout, ": ");
    onus_layout_ink(layout, ONUS_INK_DIM);
    onus_layout_case(layout, catalogue->reports[report].title);
    onus_layout_ink(layout, ONUS_INK_PLAIN);
  }
  onus_layout_end(layout, 4 + FIGURE_COLUMNS + 2);
}

static void put_ratio(onus_layout *layout, const onus_candidate *candidate) {
  char text[ONUS_REPORT_FIGURE_BYTES], low[ONUS_REPORT_FIGURE_BYTES], high[ONUS_REPORT_FIGURE_BYTES],
      whole[3 * ONUS_REPORT_FIGURE_BYTES];
  onus_report_factor(text, candidate->ln_lr, layout->glyphs);
  onus_report_ratio(low, exp(candidate->ln_lr_low));
  onus_report_ratio(high, exp(candidate->ln_lr_high));
  snprintf(whole, sizeof whole, "%.60s (%.60s%s%.60s)", text, low, layout->glyphs->dash, high);
  onus_layout_right(layout, whole, RATIO_COLUMNS);
}

static void put_candidate(onus_layout *layout, const onus_ranked *ranked, const onus_candidate *candidate) {
  const onus_catalogue *catalogue = onus_reference_catalogue(ranked->reference);
  const onus_entry *entry = &catalogue->entries[candidate->entry];
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_right(layout, onus_report_probability(text, candidate->probability, NAN), FIGURE_COLUMNS);
  put_ratio(layout, candidate);
  onus_layout_own(layout, "  ");
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_case(layout, catalogue->actors[candidate->actor].name);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  if (strcmp(catalogue->actors[candidate->actor].name, entry->upstream_id) != 0) {
    onus_layout_own(layout, " (");
    onus_layout_case(layout, entry->upstream_id);
    onus_layout_own(layout, ")");
  }
  onus_layout_end(layout, FIGURE_COLUMNS + RATIO_COLUMNS + 2);
  for (size_t k = 0; k < candidate->n_links; k++)
    put_link(layout, ranked, &candidate->links[k]);
}

static void put_unknown(onus_layout *layout, double p) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_right(layout, onus_report_probability(text, p, NAN), FIGURE_COLUMNS);
  onus_layout_pad(layout, FIGURE_COLUMNS + RATIO_COLUMNS + 2);
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_own(layout, "somebody who is not in the reference");
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, FIGURE_COLUMNS + RATIO_COLUMNS + 2);
}

static void put_rest(onus_layout *layout, const onus_ranking *ranking, size_t n_shown) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  double rest = 0;
  for (size_t c = n_shown; c < ranking->n_candidates; c++)
    rest += ranking->candidates[c].probability;
  onus_layout_right(layout, onus_report_probability(text, rest, NAN), FIGURE_COLUMNS);
  onus_layout_pad(layout, FIGURE_COLUMNS + RATIO_COLUMNS + 2);
  onus_layout_count(layout, ranking->n_candidates - n_shown, "further actor", "further actors together");
  onus_layout_end(layout, FIGURE_COLUMNS + RATIO_COLUMNS + 2);
}

static void put_ranking(onus_layout *layout, const onus_ranked *ranked, const onus_ranking *ranking) {
  bool is_infrastructure = ranking->engine == ONUS_ENGINE_INFRASTRUCTURE;
  onus_layout_heading(layout, is_infrastructure ? "Infrastructure" : "Techniques and software", NULL);
  onus_layout_own(layout, "  Known to the reference: ");
  onus_layout_printf(layout, "%zu of %zu", ranking->n_used, ranking->n_used + ranking->n_not_known);
  onus_layout_own(layout, is_infrastructure ? " indicators." : " techniques and pieces of software.");
  onus_layout_end(layout, 2);
  onus_layout_gap(layout);
  onus_layout_ink(layout, ONUS_INK_DIM);
  onus_layout_right(layout, "P", FIGURE_COLUMNS);
  onus_layout_right(layout, "likelihood ratio", RATIO_COLUMNS);
  onus_layout_own(layout, "  actor");
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, 0);
  bool has_unknown = false;
  size_t n = ranking->n_candidates < ranked->n_shown ? ranking->n_candidates : ranked->n_shown;
  for (size_t c = 0; c < n; c++) {
    if (!has_unknown && ranking->p_unknown >= ranking->candidates[c].probability) {
      put_unknown(layout, ranking->p_unknown);
      has_unknown = true;
    }
    put_candidate(layout, ranked, &ranking->candidates[c]);
  }
  if (!has_unknown)
    put_unknown(layout, ranking->p_unknown);
  if (n < ranking->n_candidates)
    put_rest(layout, ranking, n);
}

void onus_report_ranking_text(onus_buffer *out, const onus_ranked *ranked, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  put_title(&layout, ranked);
  for (size_t r = 0; r < ranked->n_rankings; r++)
    put_ranking(&layout, ranked, &ranked->rankings[r]);
  onus_layout_heading(
      &layout, "What the figures are",
      "P holds if the incident is one like those that the weights were fitted to. The likelihood ratio "
      "says how much more probable the findings are if it was this actor than if it was somebody who is "
      "not in the reference; in brackets the 5 % and 95 % quantile over resampled actors. Under an actor "
      "stands what it shares with the incident, each with its part of the logarithm.");
  for (size_t r = 0; r < ranked->n_rankings; r++) {
    onus_layout_ink(&layout, ONUS_INK_DIM);
    onus_layout_own(&layout, "  ");
    onus_layout_own(&layout, ranked->rankings[r].engine_version);
    onus_layout_own(&layout, ", weights from ");
    onus_layout_case(&layout, ranked->rankings[r].provenance);
    onus_layout_own(&layout, ".");
    onus_layout_ink(&layout, ONUS_INK_PLAIN);
    onus_layout_end(&layout, 2);
  }
  onus_layout_free(&layout);
}
