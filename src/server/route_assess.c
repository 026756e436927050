#include "server/route_assess.h"

#include <string.h>

#include "server/asked.h"
#include "server/body.h"
#include "server/clock.h"
#include "server/reply.h"
#include "server/server_internal.h"

/* Makes the JSON of one question. */
typedef onus_status compute(const onus_request *request, const onus_asked *asked, onus_text *ret_text,
                            onus_error *error);

static void reply_computed(onus_request *request, compute *make) {
  onus_asked asked;
  onus_text text = {0};
  onus_error error = {0};
  if (!onus_asked_begin(request, &asked))
    return;
  if (make(request, &asked, &text, &error) == ONUS_OK)
    onus_cache_reply(request, ONUS_TYPE_JSON, &text);
  else
    onus_reply_error(request, &error, NULL);
  onus_asked_end(request, &asked);
}

static onus_status assess(const onus_request *request, const onus_asked *asked, onus_text *ret_text,
                          onus_error *error) {
  onus_assessment *assessment = NULL;
  (void)request;
  onus_status status = onus_case_assess(onus_handle_case(asked->handle), &asked->options, &assessment, error);
  if (status == ONUS_OK)
    status = onus_assessment_render(assessment, ONUS_FORMAT_JSON, NULL, ret_text, error);
  onus_assessment_free(assessment);
  return status;
}

static onus_status compare(const onus_request *request, const onus_asked *asked, onus_text *ret_text,
                           onus_error *error) {
  onus_comparison *comparison = NULL;
  (void)request;
  onus_status status = onus_case_compare(onus_handle_case(asked->handle), &asked->options, &comparison, error);
  if (status == ONUS_OK)
    status = onus_comparison_render(comparison, ONUS_FORMAT_JSON, NULL, ret_text, error);
  onus_comparison_free(comparison);
  return status;
}

/* All positions unless one is named: that is what a timeline is for. */
static onus_status timeline(const onus_request *request, const onus_asked *asked, onus_text *ret_text,
                            onus_error *error) {
  onus_timeline *made = NULL;
  onus_options options = asked->options;
  options.position = onus_request_query(request, "position");
  onus_status status = onus_case_timeline(onus_handle_case(asked->handle), &options, &made, error);
  if (status == ONUS_OK)
    status = onus_timeline_render(made, ONUS_FORMAT_JSON, NULL, ret_text, error);
  onus_timeline_free(made);
  return status;
}

static onus_status explain(const onus_request *request, const onus_asked *asked, onus_text *ret_text,
                           onus_error *error) {
  onus_explanation *explanation = NULL;
  onus_status status =
      onus_case_explain(onus_handle_case(asked->handle), request->place[1], &asked->options, &explanation, error);
  if (status == ONUS_OK)
    status = onus_explanation_render(explanation, ONUS_FORMAT_JSON, NULL, ret_text, error);
  onus_explanation_free(explanation);
  return status;
}

static onus_status matrix(const onus_request *request, const onus_asked *asked, onus_text *ret_text,
                          onus_error *error) {
  (void)request;
  return onus_case_matrix(onus_handle_case(asked->handle), &asked->options, ret_text, error);
}

void onus_route_assess(onus_request *request) {
  reply_computed(request, assess);
}

void onus_route_compare(onus_request *request) {
  reply_computed(request, compare);
}

void onus_route_timeline(onus_request *request) {
  reply_computed(request, timeline);
}

void onus_route_explain(onus_request *request) {
  reply_computed(request, explain);
}

void onus_route_matrix(onus_request *request) {
  reply_computed(request, matrix);
}

/* --- verifying ------------------------------------------------------------------------------------------------- */

static json_t *verification_json(const onus_verification *verification) {
  static const char *const KINDS[] = {"proven", "not-proven", "refused"};
  json_t *findings = json_array();
  for (size_t i = 0; i < onus_verification_count(verification); i++) {
    const onus_finding *finding = onus_verification_get(verification, i);
    json_t *text = json_string(finding->text);
    json_array_append_new(findings, json_pack("{s:s,s:s,s:o}", "kind", KINDS[finding->kind], "about", finding->about,
                                              "text", text != NULL ? text : json_string("(a name that is not UTF-8)")));
  }
  return json_pack("{s:s,s:s,s:b,s:o}", "onus", onus_version(), "kind", "verification", "holds",
                   onus_verification_holds(verification), "findings", findings);
}

void onus_route_verify(onus_request *request) {
  onus_asked asked;
  onus_verification *verification = NULL;
  onus_error error = {0};
  if (!onus_asked_begin(request, &asked))
    return;
  onus_verify_options options = {.progress = asked.options.progress, .progress_context = &asked};
  if (onus_case_verify(onus_handle_folder(asked.handle), &options, &verification, &error) == ONUS_OK) {
    onus_reply_json(request, 200, verification_json(verification));
    onus_reply_header(request, "Cache-Control", "no-store");
  } else {
    onus_reply_error(request, &error, NULL);
  }
  onus_verification_free(verification);
  onus_asked_end(request, &asked);
}

/* --- what if --------------------------------------------------------------------------------------------------- */

static bool read_asked(onus_request *request, json_t *body, onus_asked *asked) {
  const char *position = onus_body_text(request, body, "position", false);
  asked->options.as_of = onus_body_text(request, body, "as_of", false);
  asked->options.about = onus_body_text(request, body, "about", false);
  int64_t seed = 0;
  if (onus_body_is_refused(request) || !onus_body_number(request, body, "seed", 1, &seed) ||
      !onus_body_boolean(request, body, "brief", &asked->options.brief))
    return false;
  asked->options.seed = (uint64_t)seed;
  if (position != NULL)
    asked->options.position = position;
  return true;
}

static void reply_what_if(onus_request *request, const onus_asked *asked, const char *overrides, size_t length) {
  onus_case *changed = NULL;
  onus_problems *problems = NULL;
  onus_text text = {0};
  onus_error error = {0};
  onus_status status = onus_case_what_if(onus_handle_case(asked->handle), asked->options.position, overrides, length,
                                         &changed, &problems, &error);
  onus_assessment *assessment = NULL;
  if (status == ONUS_OK)
    status = onus_case_assess(changed, &asked->options, &assessment, &error);
  if (status == ONUS_OK)
    status = onus_assessment_render(assessment, ONUS_FORMAT_JSON, NULL, &text, &error);
  if (status == ONUS_OK) {
    onus_reply_text(request, ONUS_TYPE_JSON, &text);
    onus_reply_header(request, "Cache-Control", "no-store");
  } else {
    onus_reply_error(request, &error, problems);
  }
  onus_assessment_free(assessment);
  onus_problems_free(problems);
  onus_case_free(changed);
}

void onus_route_what_if(onus_request *request) {
  json_t *body = onus_body_object(request, "position as_of about seed brief overrides");
  onus_asked asked;
  size_t length = 2;
  if (body == NULL)
    return;
  const char *overrides =
      json_object_get(body, "overrides") != NULL ? onus_body_raw(request, "overrides", &length) : "{}";
  if (overrides == NULL) {
    onus_reply_refusal(request, 422, "bad-input", "write the name \"overrides\" without escapes");
  } else if (onus_asked_begin(request, &asked)) {
    if (read_asked(request, body, &asked))
      reply_what_if(request, &asked, overrides, length);
    onus_asked_end(request, &asked);
  }
  json_decref(body);
}
