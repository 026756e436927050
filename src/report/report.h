/* Results as people and programs read them. Nothing is computed here: every figure comes from a result struct. */
#ifndef ONUS_REPORT_REPORT_H
#define ONUS_REPORT_REPORT_H

#include "base/buffer.h"
#include "reference/code.h"
#include "verdict/verdict.h"

/* Text for a terminal. Nothing from a case reaches it raw: control and bidirectional characters are shown escaped. */
void onus_report_assessment_text(onus_buffer *out, const onus_assessment *assessment, const onus_style *style);
void onus_report_comparison_text(onus_buffer *out, const onus_comparison *comparison, const onus_style *style);
void onus_report_timeline_text(onus_buffer *out, const onus_timeline *timeline, const onus_style *style);
void onus_report_explanation_text(onus_buffer *out, const onus_explanation *explanation, const onus_style *style);

/* JSON by docs/assessment.schema.json. */
void onus_report_assessment_json(onus_buffer *out, const onus_assessment *assessment);
/* JSON by docs/matrix.schema.json. */
void onus_report_matrix_json(onus_buffer *out, const onus_assessment *assessment);
void onus_report_comparison_json(onus_buffer *out, const onus_comparison *comparison);
void onus_report_timeline_json(onus_buffer *out, const onus_timeline *timeline);
void onus_report_explanation_json(onus_buffer *out, const onus_explanation *explanation);

/* --- the reference (reference_text.c, reference_json.c) ----------------------------------------------------------- */

/* What onus_reference_names shows: of a name, the actors that may be meant; without one, all names that mean several.
 */
typedef struct onus_names_report {
  const onus_catalogue *catalogue;
  const char *name;       /* NULL: the conflicts */
  const uint32_t *actors; /* most claims first */
  size_t n_actors;
  const onus_name_conflict *conflicts;
  size_t n_conflicts;
} onus_names_report;

/* Counts that the info shows. */
typedef struct onus_info_report {
  const onus_catalogue *catalogue;
  const onus_code_catalogue *code;
  const onus_store_description *description;
  size_t n_conflicts;
} onus_info_report;

void onus_report_imported_text(onus_buffer *out, const onus_imported *imported, const onus_style *style);
void onus_report_imported_json(onus_buffer *out, const onus_imported *imported);
void onus_report_names_text(onus_buffer *out, const onus_names_report *names, const onus_style *style);
void onus_report_names_json(onus_buffer *out, const onus_names_report *names);
void onus_report_info_text(onus_buffer *out, const onus_info_report *info, const onus_style *style);
void onus_report_info_json(onus_buffer *out, const onus_info_report *info);

/* HTML: one self-contained page from whatever is given; NULL parts are left out. */
typedef struct onus_page {
  const onus_assessment *assessment;
  const onus_comparison *comparison;
  const onus_timeline *timeline;
  const onus_explanation *explanation;
} onus_page;
void onus_report_page_html(onus_buffer *out, const onus_page *page);

#endif
