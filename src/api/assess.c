/* onus.h over the modules: results, and how they are shown. */
#include "exchange/bif.h"
#include "exchange/exports.h"
#include "exchange/import.h"
#include "exchange/stix.h"
#include "report/report.h"
#include "verdict/verdict.h"

#include <string.h>

static const size_t REPORT_BYTES = (size_t)512 << 20;

static const onus_options DEFAULT_OPTIONS = {0};
static const onus_style DEFAULT_STYLE = {0};

static const onus_options *given(const onus_options *options) {
  return options ? options : &DEFAULT_OPTIONS;
}

onus_status onus_case_assess(const onus_case *c, const onus_options *options, onus_assessment **ret_assessment,
                             onus_error *error) {
  options = given(options);
  return onus_verdict_assess(c, options, options->brief ? ONUS_DETAIL_POSTERIOR : ONUS_DETAIL_FULL, ret_assessment,
                             error);
}

onus_verdict onus_assessment_verdict(const onus_assessment *assessment) {
  return assessment->verdict;
}

const char *onus_assessment_about(const onus_assessment *assessment) {
  return assessment->about_id;
}

onus_status onus_assessment_probability(const onus_assessment *assessment, const char *id,
                                        onus_probability *ret_probability, onus_error *error) {
  size_t hypothesis = onus_table_get(assessment->c->hypothesis_ids, id);
  size_t proposition = onus_table_get(assessment->c->proposition_ids, id);
  if (hypothesis == ONUS_NONE && proposition == ONUS_NONE)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the case has no hypothesis or proposition \"%s\"", id);
  *ret_probability =
      hypothesis != ONUS_NONE ? assessment->hypotheses[hypothesis] : assessment->propositions[proposition];
  return ONUS_OK;
}

onus_status onus_case_compare(const onus_case *c, const onus_options *options, onus_comparison **ret_comparison,
                              onus_error *error) {
  return onus_verdict_compare(c, given(options), ret_comparison, error);
}

onus_status onus_case_timeline(const onus_case *c, const onus_options *options, onus_timeline **ret_timeline,
                               onus_error *error) {
  return onus_verdict_timeline(c, given(options), ret_timeline, error);
}

onus_status onus_case_explain(const onus_case *c, const char *what, const onus_options *options,
                              onus_explanation **ret_explanation, onus_error *error) {
  return onus_verdict_explain(c, what, given(options), ret_explanation, error);
}

onus_status onus_case_export_bif(const onus_case *c, const onus_options *options, onus_text *ret_text,
                                 onus_error *error) {
  return onus_exchange_bif(c, given(options), ret_text, error);
}

onus_status onus_case_export_stix(const onus_case *c, const onus_options *options, const onus_stix_options *stix,
                                  onus_text *ret_text, onus_error *error) {
  static const onus_stix_options DEFAULT_STIX = {0};
  return onus_exchange_stix(c, given(options), stix ? stix : &DEFAULT_STIX, ret_text, error);
}

static const onus_export_options DEFAULT_EXPORT = {0};

onus_status onus_case_export_misp(const onus_case *c, const onus_options *options, const onus_export_options *wanted,
                                  onus_text *ret_text, onus_error *error) {
  return onus_exchange_misp(c, given(options), wanted ? wanted : &DEFAULT_EXPORT, ret_text, error);
}

onus_status onus_case_export_matrix(const onus_case *c, const onus_options *options, const onus_export_options *wanted,
                                    onus_text *ret_text, onus_error *error) {
  return onus_exchange_matrix(c, given(options), wanted ? wanted : &DEFAULT_EXPORT, ret_text, error);
}

onus_status onus_case_export_navigator(const onus_case *c, const onus_options *options,
                                       const onus_export_options *wanted, onus_text *ret_text, onus_error *error) {
  return onus_exchange_navigator(c, given(options), wanted ? wanted : &DEFAULT_EXPORT, ret_text, error);
}

onus_status onus_case_import(const char *const *paths, size_t n_paths, const onus_case_import_options *options,
                             onus_case_imported **ret_imported, onus_error *error) {
  static const onus_case_import_options DEFAULT_IMPORT = {0};
  return onus_exchange_import(paths, n_paths, options ? options : &DEFAULT_IMPORT, ret_imported, error);
}

onus_status onus_case_imported_write(const onus_case_imported *import, const char *directory, onus_error *error) {
  return onus_exchange_import_write(import, directory, error);
}

/* --- showing ---------------------------------------------------------------------------------------------------- */

/* A page with one part set stands for that result. */

static void write_json(onus_buffer *out, const onus_page *page) {
  if (page->assessment)
    onus_report_assessment_json(out, page->assessment);
  else if (page->comparison)
    onus_report_comparison_json(out, page->comparison);
  else if (page->timeline)
    onus_report_timeline_json(out, page->timeline);
  else
    onus_report_explanation_json(out, page->explanation);
}

static void write_text(onus_buffer *out, const onus_page *page, const onus_style *style) {
  if (page->assessment)
    onus_report_assessment_text(out, page->assessment, style);
  else if (page->comparison)
    onus_report_comparison_text(out, page->comparison, style);
  else if (page->timeline)
    onus_report_timeline_text(out, page->timeline, style);
  else
    onus_report_explanation_text(out, page->explanation, style);
}

static onus_status render(const onus_page *page, onus_format format, const onus_style *style, onus_text *ret_text,
                          onus_error *error) {
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  switch (format) {
  case ONUS_FORMAT_TEXT:
    write_text(&out, page, style ? style : &DEFAULT_STYLE);
    break;
  case ONUS_FORMAT_JSON:
    write_json(&out, page);
    break;
  case ONUS_FORMAT_HTML:
    onus_report_page_html(&out, page);
    break;
  }
  return onus_buffer_take(&out, ret_text, error);
}

onus_status onus_assessment_render(const onus_assessment *assessment, onus_format format, const onus_style *style,
                                   onus_text *ret_text, onus_error *error) {
  if (assessment->is_brief && format != ONUS_FORMAT_JSON)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a brief assessment is shown as JSON");
  return render(&(onus_page){.assessment = assessment}, format, style, ret_text, error);
}

onus_status onus_comparison_render(const onus_comparison *comparison, onus_format format, const onus_style *style,
                                   onus_text *ret_text, onus_error *error) {
  return render(&(onus_page){.comparison = comparison}, format, style, ret_text, error);
}

onus_status onus_timeline_render(const onus_timeline *timeline, onus_format format, const onus_style *style,
                                 onus_text *ret_text, onus_error *error) {
  return render(&(onus_page){.timeline = timeline}, format, style, ret_text, error);
}

onus_status onus_explanation_render(const onus_explanation *explanation, onus_format format, const onus_style *style,
                                    onus_text *ret_text, onus_error *error) {
  return render(&(onus_page){.explanation = explanation}, format, style, ret_text, error);
}

onus_status onus_case_matrix(const onus_case *c, const onus_options *options, onus_text *ret_json, onus_error *error) {
  onus_assessment *assessment = NULL;
  ONUS_TRY(onus_case_assess(c, options, &assessment, error));
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  onus_report_matrix_json(&out, assessment);
  onus_assessment_free(assessment);
  return onus_buffer_take(&out, ret_json, error);
}

onus_status onus_case_page(const onus_case *c, const onus_options *options, onus_text *ret_text, onus_error *error) {
  onus_options chosen = *given(options);
  chosen.brief = false;
  onus_assessment *assessment = NULL;
  onus_comparison *comparison = NULL;
  onus_timeline *timeline = NULL;
  onus_status status = onus_case_assess(c, &chosen, &assessment, error);
  if (status == ONUS_OK) {
    chosen.about = assessment->about_id; /* the whole page is about one thing */
    status = onus_case_compare(c, &chosen, &comparison, error);
  }
  chosen.position = NULL;
  if (status == ONUS_OK)
    status = onus_case_timeline(c, &chosen, &timeline, error);
  if (status == ONUS_OK)
    status = render(&(onus_page){.assessment = assessment, .comparison = comparison, .timeline = timeline},
                    ONUS_FORMAT_HTML, NULL, ret_text, error);
  onus_timeline_free(timeline);
  onus_comparison_free(comparison);
  onus_assessment_free(assessment);
  return status;
}
