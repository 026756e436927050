/* The sections of a page, one file each; html.c puts them together. */
#ifndef ONUS_REPORT_HTML_PARTS_H
#define ONUS_REPORT_HTML_PARTS_H

#include "report/facts.h"
#include "report/figures.h"
#include "report/markup.h"

extern const char onus_html_style[];

/* --- shared ----------------------------------------------------------------------------------------------------- */

/* How every page begins: with a policy under which nothing in it can run or load. */
extern const char onus_html_head[];
/* All of it up to <body>. The title is `raw`, as somebody else wrote it, then `own`; `style` follows the common one. */
void onus_html_begin_page(onus_buffer *out, const char *raw, const char *own, const char *style);
/* <section> with a heading; `lead` may be NULL. Closed with onus_html_end_section. */
void onus_html_begin_section(onus_buffer *out, const char *id, const char *heading, const char *lead);
void onus_html_end_section(onus_buffer *out);
/* A table in a box of its own that scrolls when it is too wide; `caption` is for those who do not see it. */
void onus_html_begin_table(onus_buffer *out, const char *classes, const char *caption);
void onus_html_end_table(onus_buffer *out);
void onus_html_heads(onus_buffer *out, const char *const *heads, size_t count);
/* <td> with a figure. */
void onus_html_figure(onus_buffer *out, const char *figure);
void onus_html_probability_cell(onus_buffer *out, double p);
/* "P = 0.93 (0.89–0.95), very likely". */
void onus_html_probability(onus_buffer *out, const onus_probability *p, double standard);
void onus_html_standard(onus_buffer *out, const onus_position *position);
/* A mark with the verdict in words. */
void onus_html_verdict(onus_buffer *out, onus_verdict verdict);
/* A weight with a bar; `full` fills it. */
void onus_html_weight_cell(onus_buffer *out, double weight_log_odds, double full, double standard_error);
/* Labels of an item: sealed, repeat, … */
void onus_html_item_marks(onus_buffer *out, const onus_assessment *assessment, size_t item);
/* A row under the heads: one tipping point. */
extern const char *const onus_html_tipping_heads[3];
void onus_html_tipping_row(onus_buffer *out, const onus_case *c, const onus_tipping *tipping);
/* Escapes what one of the functions of facts.h writes. */
void onus_html_take(onus_buffer *out, onus_buffer *raw);

/* --- sections --------------------------------------------------------------------------------------------------- */

void onus_html_headline(onus_buffer *out, const onus_assessment *assessment);
void onus_html_matrix(onus_buffer *out, const onus_assessment *assessment, const size_t *order);
void onus_html_weights(onus_buffer *out, const onus_assessment *assessment, const size_t *order);
void onus_html_sources(onus_buffer *out, const onus_assessment *assessment);
void onus_html_turns(onus_buffer *out, const onus_assessment *assessment, const size_t *order);
void onus_html_questions(onus_buffer *out, const onus_assessment *assessment);
void onus_html_timeline(onus_buffer *out, const onus_timeline *timeline);
void onus_html_comparison(onus_buffer *out, const onus_comparison *comparison);
/* One <details> for each item. */
void onus_html_items(onus_buffer *out, const onus_assessment *assessment, const size_t *order);
void onus_html_explanation(onus_buffer *out, const onus_explanation *explanation);
void onus_html_method(onus_buffer *out, const onus_assessment *assessment);

#endif
