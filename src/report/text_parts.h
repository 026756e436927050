/* Parts that several reports for the terminal share. */
#ifndef ONUS_REPORT_TEXT_PARTS_H
#define ONUS_REPORT_TEXT_PARTS_H

#include "report/facts.h"
#include "report/layout.h"

/* Title, question, position (NULL: none) and day. */
void onus_text_title(onus_layout *layout, const onus_case *c, const onus_view *view, bool has_position);
/* The verdict in one sentence, the probability against the standard, and where the standard comes from. */
void onus_text_verdict(onus_layout *layout, const onus_assessment *assessment);
/* "P = 0.93 (0.89–0.95), very likely". */
void onus_text_probability(onus_layout *layout, const onus_probability *p, double standard);
/* "clear-and-convincing (0.75)". */
void onus_text_standard(onus_layout *layout, const onus_position *position);
/* The signed bar, the weight and its factor; the largest weight fills the bar. */
void onus_text_weight(onus_layout *layout, double weight_log_odds, double full, double standard_error);
/* Columns that onus_text_weight takes. */
unsigned onus_text_weight_columns(const onus_layout *layout);
/* How an item is marked: its source if asked for, seal, state. */
void onus_text_item_marks(onus_layout *layout, const onus_assessment *assessment, size_t item, bool with_source);
/* One undercutter: before, after, words. */
void onus_text_undercutter(onus_layout *layout, const onus_case *c, const onus_undercutter_result *undercutter);
/* "P = 0.74 (0.61–0.82): it depends". */
void onus_text_without(onus_layout *layout, const onus_without *without, double standard);
/* One tipping point: now, where it turns or "none", words. */
void onus_text_tipping(onus_layout *layout, const onus_case *c, const onus_tipping *tipping);
/* Seed, samples, version. */
void onus_text_replay(onus_layout *layout, const onus_assessment *assessment);
/* The largest |weight| of items and of the way from prior to posterior, for the scale of bars. */
double onus_text_largest_weight(const onus_assessment *assessment);

#endif
