/* Results as people and programs read them. Nothing is computed here: every figure comes from a result struct. */
#ifndef ONUS_REPORT_REPORT_H
#define ONUS_REPORT_REPORT_H

#include "base/buffer.h"
#include "verdict/verdict.h"

/* Text for a terminal. Nothing from a case reaches it raw: control and bidirectional characters are shown escaped. */
void onus_report_assessment_text(onus_buffer *out, const onus_assessment *assessment, const onus_style *style);
void onus_report_comparison_text(onus_buffer *out, const onus_comparison *comparison, const onus_style *style);
void onus_report_timeline_text(onus_buffer *out, const onus_timeline *timeline, const onus_style *style);
void onus_report_explanation_text(onus_buffer *out, const onus_explanation *explanation, const onus_style *style);

/* JSON by docs/assessment.schema.json. */
void onus_report_assessment_json(onus_buffer *out, const onus_assessment *assessment);
void onus_report_comparison_json(onus_buffer *out, const onus_comparison *comparison);
void onus_report_timeline_json(onus_buffer *out, const onus_timeline *timeline);
void onus_report_explanation_json(onus_buffer *out, const onus_explanation *explanation);

/* HTML: one self-contained page from whatever is given; NULL parts are left out. */
typedef struct onus_page {
  const onus_assessment *assessment;
  const onus_comparison *comparison;
  const onus_timeline *timeline;
  const onus_explanation *explanation;
} onus_page;
void onus_report_page_html(onus_buffer *out, const onus_page *page);

#endif
