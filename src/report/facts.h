/* What the reports of every format say about a result: its words, its order, its numbers as figures. Reads results and
 * computes nothing that a result does not already hold. */
#ifndef ONUS_REPORT_FACTS_H
#define ONUS_REPORT_FACTS_H

#include "base/buffer.h"
#include "verdict/verdict.h"

/* --- words ---------------------------------------------------------------------------------------------------- */

/* "counts", "not-yet-known", "retracted", "repeat", "said-anyway", "left-out"; static. */
const char *onus_report_state_id(onus_item_state state);
/* Why it has no weight, as a clause ("not yet known"); "" when it counts. */
const char *onus_report_state_words(onus_item_state state);
/* "none", "opened", "access", "unseen"; static. */
const char *onus_report_seal_id(onus_seal_state seal);
/* How the sealed item is seen, as a clause; "" when it is not sealed. */
const char *onus_report_seal_words(onus_seal_state seal);
const char *onus_report_undercutter_kind_id(onus_undercutter_kind kind);
const char *onus_report_difference_kind_id(onus_difference_kind kind);

/* "Enough", "Not enough", "It depends". */
const char *onus_report_verdict_words(onus_verdict verdict);

/* --- parts of a result ------------------------------------------------------------------------------------------ */

/* The day of a view into `text` (ONUS_MOMENT_TEXT_BYTES); NULL when it has none. */
const char *onus_report_as_of(const onus_view *view, char *text);

/* False of an item that became known after the day of the assessment: nothing later may reach it [M-19]. */
bool onus_report_is_shown(const onus_assessment *assessment, size_t item);
/* Whether this view may tell when a sealed item happened and, if the file holds its content, why: the seal is open. */
bool onus_report_is_open(const onus_assessment *assessment, size_t item);
const char *onus_report_reasons(const onus_assessment *assessment, size_t item);
/* How many items of the case are not shown. */
size_t onus_report_count_later(const onus_assessment *assessment);

/* True when neither the case nor the position gives a prior. */
bool onus_report_prior_is_uniform(const onus_assessment *assessment);

/* Without something that has no weight everything stays as it is. */
onus_without onus_report_without_item(const onus_assessment *assessment, size_t item);
onus_without onus_report_without_source(const onus_assessment *assessment, size_t source);

/* The undercutter of a result by kind and index; NULL if this position has none such. */
const onus_undercutter_result *onus_report_undercutter(const onus_assessment *assessment, onus_undercutter_kind kind,
                                                       size_t index);

/* True when there are undercutters beside unreliable sources, which the list of sources shows already. */
bool onus_report_has_further_undercutters(const onus_assessment *assessment);

/* The undercutters of one item in the order in which they govern it [M-5]: calls `each` for every one. */
void onus_report_item_undercutters(const onus_assessment *assessment, size_t item,
                                   void (*each)(void *context, const onus_undercutter_result *undercutter),
                                   void *context);

/* What an undercutter says when it holds: writes "Unreliable: name", … (the name is raw: escape it). */
void onus_report_undercutter_words(onus_buffer *out, const onus_case *c, const onus_undercutter_result *undercutter);

/* Whether a row was computed from what programs share; what that does not say: who wrote, who ran, who ordered. */
bool onus_report_is_of_code(const onus_row *row);
extern const char onus_report_code_words[];

/* What an item's own undercutter says, beside where its probability comes from: "That infrastructure is shared". */
const char *onus_report_sharing_words(const char *engine);

/* Whether a tipping point is one of this item (its factor, its credibility, its seal) or source (its reliability). */
bool onus_report_tipping_concerns(const onus_tipping *tipping, bool is_item, const char *id);

/* How many of the deciding inputs are worth a line: all that explain half a per cent or more, and the first few. */
size_t onus_report_deciding_shown(const onus_assessment *assessment);

/* An input of a tipping point in words, raw. */
void onus_report_input_words(onus_buffer *out, const onus_case *c, const char *input);

/* What two positions differ in, in words, raw: "the prior", "the reliability of …". */
void onus_report_difference_words(onus_buffer *out, const onus_case *c, const onus_difference *difference);

/* Indices of the items that count, largest |weight| first, ties by id; behind them those that do not, in the order of
 * the case. Freed with free(); NULL without memory, which `out` then remembers. */
size_t *onus_report_order_items(onus_buffer *out, const onus_assessment *assessment);
/* Likewise of the sources; those that gave no item that counts stand last. */
size_t *onus_report_order_sources(onus_buffer *out, const onus_assessment *assessment);
/* The parts of a disagreement, largest first, the standard last. */
size_t *onus_report_order_parts(onus_buffer *out, const onus_disagreement *disagreement);

#endif
