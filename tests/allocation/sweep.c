/* Memory that runs out at every place in turn.
 *
 * The calls of onus.h about cases, as sweeping.h makes them. custody_sweep.c makes those of custody. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "onus.h"

#include "sweeping.h"

/* --- the calls --------------------------------------------------------------------------------------------------- */

static char folder[4096], yaml[4200], json[4200], broken[4200], unreadable[4200], large[64], started[64], written[64];
static onus_case *c, *held;
/* A holder's copy. */
static const char HELD[] =
    "onus: 1\ntitle: H\nquestion: Q\nhypotheses: [{id: a}, {id: other, open: true}]\nsources: [{id: s, reliability: B}]\n"
    "evidence:\n  - {id: k, source: s, known: 2020-01-03, ratio: {a: 3}, reasons: R, vouched: {ratio: {a: 2}},\n     sealed: "
    "{commitment: \"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", size: 1}}\n"
    "positions:\n  - {id: one}\n  - {id: two, access: all, evidence: {k: {ratio: {a: 4}}}}\n";
static onus_assessment *assessment;
static onus_assessment *brief;
static onus_comparison *comparison;
static onus_timeline *timeline;
static onus_explanation *explanation;

/* A case that was accepted is all there. */
static void check_whole(const onus_case *opened) {
  onus_case_summary summary = onus_case_summarise(opened);
  bool is_whole = summary.title && summary.question && summary.n_hypotheses >= 2 && summary.n_positions >= 1;
  for (size_t i = 0; i < summary.n_positions; i++)
    is_whole = is_whole && onus_case_position(opened, i) && onus_case_position(opened, i)[0];
  if (!is_whole || onus_case_position(opened, summary.n_positions))
    fault = "a case was accepted that is not whole";
}

static onus_status open_case(const char *path, onus_error *error) {
  onus_case *opened = NOTHING(onus_case);
  onus_problems *problems = NOTHING(onus_problems);
  onus_status status = onus_case_open(path, &opened, &problems, error);
  check_untouched(status, opened);
  if (status == ONUS_BAD_INPUT) {
    if (onus_problems_count(problems) == 0)
      fault = "bad input without problems";
    onus_problems_free(problems);
  } else if ((void *)problems != &nothing) {
    fault = "problems without bad input";
  }
  if (status == ONUS_OK) {
    check_whole(opened);
    onus_case_free(opened);
  }
  return status;
}

static onus_status open_large(onus_error *error) {
  return open_case(large, error);
}

static onus_status open_yaml(onus_error *error) {
  return open_case(yaml, error);
}

static onus_status open_json(onus_error *error) {
  return open_case(json, error);
}

static onus_status open_broken(onus_error *error) {
  return open_case(broken, error);
}

static onus_status open_unreadable(onus_error *error) {
  return open_case(unreadable, error);
}

static onus_status open_folder(onus_error *error) {
  return open_case(started, error);
}

static onus_status init(onus_error *error) {
  char path[96];
  snprintf(path, sizeof path, "%s/case.yaml", started);
  unlink(path);
  return onus_case_init(started, error);
}

static onus_status assess(onus_error *error) {
  onus_assessment *made = NOTHING(onus_assessment);
  onus_status status = onus_case_assess(c, NULL, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_assessment_free(made);
  return status;
}

static onus_status assess_brief(onus_error *error) {
  onus_assessment *made = NOTHING(onus_assessment);
  onus_status status = onus_case_assess(c, &(onus_options){.brief = true}, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_assessment_free(made);
  return status;
}

static onus_status ask_what_if(const char *overrides, onus_error *error) {
  onus_case *made = NOTHING(onus_case);
  onus_problems *problems = NOTHING(onus_problems);
  onus_status status = onus_case_what_if(c, "two", overrides, strlen(overrides), &made, &problems, error);
  check_untouched(status, made);
  if (status == ONUS_BAD_INPUT)
    onus_problems_free(problems);
  else if ((void *)problems != &nothing)
    fault = "problems without bad input";
  if (status == ONUS_OK)
    onus_case_free(made);
  return status;
}

static onus_status what_if(onus_error *error) {
  return ask_what_if(
      "{\"prior\":{\"a\":0.5},\"reliability\":{\"s\":\"D\"},\"standard\":0.9,\"probability\":{\"u\":0.2},"
      "\"evidence\":{\"e\":{\"omit\":true},\"f\":{\"ratio\":{\"a\":2},\"forgeable\":0.1,\"reasons\":\"R\"}}}",
      error);
}

static onus_status what_if_wrong(onus_error *error) {
  return ask_what_if("{\"prior\":{\"b\":0.5},\"access\":\"all\"}", error);
}

static onus_status assess_as_of(onus_error *error) {
  onus_options options = {.position = "two", .as_of = "2020-01-02", .about = "country:KP", .seed = 7};
  onus_assessment *made = NOTHING(onus_assessment);
  onus_status status = onus_case_assess(c, &options, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_assessment_free(made);
  return status;
}

static onus_status compare(onus_error *error) {
  onus_comparison *made = NOTHING(onus_comparison);
  onus_status status = onus_case_compare(c, NULL, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_comparison_free(made);
  return status;
}

static onus_status follow(onus_error *error) {
  onus_timeline *made = NOTHING(onus_timeline);
  onus_status status = onus_case_timeline(c, NULL, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_timeline_free(made);
  return status;
}

static onus_status explain(onus_error *error) {
  onus_explanation *made = NOTHING(onus_explanation);
  onus_status status = onus_case_explain(c, "e", NULL, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_explanation_free(made);
  return status;
}

static onus_status probability(onus_error *error) {
  onus_probability found = {.prior = -1};
  onus_status status = onus_assessment_probability(assessment, "p", &found, error);
  if (status != ONUS_OK && found.prior >= 0)
    fault = "a `ret_` parameter was changed by a call that failed";
  return status;
}

TEXT_CALL(assessment_text, onus_assessment_render(assessment, ONUS_FORMAT_TEXT, NULL, &text, error))
TEXT_CALL(assessment_json, onus_assessment_render(assessment, ONUS_FORMAT_JSON, NULL, &text, error))
TEXT_CALL(brief_json, onus_assessment_render(brief, ONUS_FORMAT_JSON, NULL, &text, error))
TEXT_CALL(assessment_html, onus_assessment_render(assessment, ONUS_FORMAT_HTML, NULL, &text, error))
TEXT_CALL(comparison_text, onus_comparison_render(comparison, ONUS_FORMAT_TEXT, NULL, &text, error))
TEXT_CALL(comparison_json, onus_comparison_render(comparison, ONUS_FORMAT_JSON, NULL, &text, error))
TEXT_CALL(comparison_html, onus_comparison_render(comparison, ONUS_FORMAT_HTML, NULL, &text, error))
TEXT_CALL(timeline_text, onus_timeline_render(timeline, ONUS_FORMAT_TEXT, NULL, &text, error))
TEXT_CALL(timeline_json, onus_timeline_render(timeline, ONUS_FORMAT_JSON, NULL, &text, error))
TEXT_CALL(timeline_html, onus_timeline_render(timeline, ONUS_FORMAT_HTML, NULL, &text, error))
TEXT_CALL(explanation_text, onus_explanation_render(explanation, ONUS_FORMAT_TEXT, NULL, &text, error))
TEXT_CALL(explanation_json, onus_explanation_render(explanation, ONUS_FORMAT_JSON, NULL, &text, error))
TEXT_CALL(explanation_html, onus_explanation_render(explanation, ONUS_FORMAT_HTML, NULL, &text, error))
TEXT_CALL(page, onus_case_page(c, NULL, &text, error))
TEXT_CALL(bif, onus_case_export_bif(c, NULL, &text, error))

TEXT_CALL(matrix_json, onus_case_matrix(c, NULL, &text, error))
TEXT_CALL(document, onus_case_document(c, NULL, &text, error))
TEXT_CALL(document_seen, onus_case_document(held, "one", &text, error))

static const char BEFORE[] = "a: 1 # c\nl:\n  # x\n  - id: x\n    n: 1\n  - {id: y}\nm: {p: 1}\n";
static const char AFTER[] = "{\"a\":1,\"l\":[{\"id\":\"x\",\"n\":2},{\"id\":\"y\"},{\"id\":\"z\"}],\"m\":{\"q\":1}}";
static const char BESIDE[] = "a: 2\nl:\n  - id: y\n  - id: x\n    n: 3\nm: {p: 1, q: 2}\n";
static const onus_document_text before = {BEFORE, sizeof BEFORE - 1, false};
static const onus_document_text after = {AFTER, sizeof AFTER - 1, true};
static const onus_document_text beside = {BESIDE, sizeof BESIDE - 1, false};
TEXT_CALL(to_yaml, onus_document_to_yaml(&after, &before, &text, error))

static onus_status merge(onus_error *error) {
  onus_text text = {.bytes = &nothing}, conflicts = {.bytes = &nothing};
  size_t n = 77;
  onus_status status = onus_document_merge(&before, &after, &beside, &text, &conflicts, &n, error);
  check_untouched(status, text.bytes);
  check_untouched(status, conflicts.bytes);
  if (status == ONUS_OK) {
    if (n != 2)
      fault = "a merge with other conflicts";
    onus_text_free(&text);
    onus_text_free(&conflicts);
  } else if (n != 77) {
    fault = "a `ret_` parameter was changed by a call that failed";
  }
  return status;
}

static onus_status parse_case(onus_error *error) {
  onus_case *opened = NOTHING(onus_case);
  onus_status status = onus_case_parse("held", NULL, HELD, sizeof HELD - 1, false, &opened, NULL, error);
  check_untouched(status, opened);
  if (status == ONUS_OK)
    onus_case_free(opened);
  return status;
}

/* --- exchange ---------------------------------------------------------------------------------------------------- */

static char bundle[64], event[64], list[64], folder_of_draft[96];

TEXT_CALL(stix,
          onus_case_export_stix(c, NULL, &(onus_stix_options){.previous = bundle, .now = "2026-01-02"}, &text, error))

static const onus_export_options AT_A_TIME = {.now = "2026-01-02"};
TEXT_CALL(misp, onus_case_export_misp(c, NULL, &AT_A_TIME, &text, error))
TEXT_CALL(matrix, onus_case_export_matrix(c, NULL, &AT_A_TIME, &text, error))
TEXT_CALL(navigator, onus_case_export_navigator(c, NULL, &AT_A_TIME, &text, error))

static onus_status import_of(const char *path, onus_error *error) {
  onus_case_imported *made = NOTHING(onus_case_imported);
  onus_status status = onus_case_import(&path, 1, &(onus_case_import_options){.now = "2026-01-02"}, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_case_imported_free(made);
  return status;
}

static onus_status import_stix(onus_error *error) {
  return import_of(bundle, error);
}

static onus_status import_misp(onus_error *error) {
  return import_of(event, error);
}

static onus_status import_csv(onus_error *error) {
  return import_of(list, error);
}

static onus_status import_and_write(onus_error *error) {
  const char *path = bundle;
  onus_case_imported *made = NULL;
  char command[256];
  onus_status status = onus_case_import(&path, 1, NULL, &made, error);
  if (status == ONUS_OK)
    status = onus_case_imported_write(made, folder_of_draft, error);
  onus_case_imported_free(made);
  unsigned long fail_at = heap.fail_at;
  heap.fail_at = 0;
  snprintf(command, sizeof command, "rm -r '%s'* 2>/dev/null", folder_of_draft);
  int removed = system(command);
  if (status != ONUS_OK && removed == 0)
    fault = "a failed import left a folder behind";
  heap.fail_at = fail_at;
  return status;
}

static bool write_text(const char *path, const char *text, size_t length) {
  onus_error error;
  return onus_file_write(path, text, length, &error) == ONUS_OK;
}

static bool prepare_exchange(void) {
  static const char EVENT[] =
      "{\"Event\":{\"uuid\":\"u\",\"info\":\"i\",\"date\":\"2020-01-02\",\"Orgc\":{\"name\":\"o\"},\"Tag\":[{\"name\":"
      "\"misp-galaxy:threat-actor=\\\"X\\\"\"},{\"name\":\"tlp:red\"}],\"Attribute\":[{\"type\":\"ip-dst\",\"value\":\"1.2.3.4\"}],"
      "\"Note\":[{\"note\":\"n\",\"authors\":\"a\"}],\"Opinion\":[{\"opinion\":\"80\",\"authors\":\"b\"}]}}";
  static const char LIST[] = "source,actor,date\na,b,2020-01-02\nc,\"d\",2020-01-02\n";
  onus_text text = {0};
  onus_error error = {0};
  bool is_good = onus_case_export_stix(c, NULL, NULL, &text, &error) == ONUS_OK;
  is_good = is_good && write_text(bundle, text.bytes, text.length) && write_text(event, EVENT, sizeof EVENT - 1) &&
            write_text(list, LIST, sizeof LIST - 1);
  onus_text_free(&text);
  return is_good;
}

static onus_code *code;

static onus_status read_code(onus_error *error) {
  static const char *const paths[] = {"/bin/true", "/nowhere"};
  onus_code *found = NOTHING(onus_code);
  onus_status status = onus_code_read(paths, 2, NULL, &found, error);
  if (status == ONUS_OK) {
    if (!onus_code_refusal(found, 0))
      fault = "a file that is not there was read";
    onus_code_free(found);
  } else {
    check_untouched(status, found);
  }
  return status;
}

TEXT_CALL(code_text, onus_code_render(code, ONUS_FORMAT_TEXT, NULL, &text, error))
TEXT_CALL(code_json, onus_code_render(code, ONUS_FORMAT_JSON, NULL, &text, error))
/* --- the reference ----------------------------------------------------------------------------------------------- */

static char reference[64], incident[64], technique[64], incidents[64], truths[64], computed[64];
static onus_reference *opened;
static onus_ranked *ranked;
static onus_evaluated *evaluated;

static onus_status rank_of(const char *path, const char *as_of, onus_error *error) {
  const char *leave_out[] = {"https://nowhere.example/x"};
  onus_rank_options options = {.as_of = as_of, .leave_out = leave_out, .n_leave_out = 1, .n_shown = 2};
  onus_ranked *made = NOTHING(onus_ranked);
  onus_status status = onus_reference_rank(reference, path, &options, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_ranked_free(made);
  return status;
}

static onus_status rank_infrastructure(onus_error *error) {
  return rank_of(incident, NULL, error);
}

static onus_status rank_techniques(onus_error *error) {
  return rank_of(technique, "2024-01-01", error);
}

static onus_status evaluate_with(onus_fit_mode fit, onus_error *error) {
  onus_validation_options options = {.incidents = incidents, .truth = truths, .fit = fit};
  onus_evaluated *made = NOTHING(onus_evaluated);
  onus_status status = onus_reference_evaluate(reference, &options, &made, error);
  check_untouched(status, made);
  if (status == ONUS_OK)
    onus_evaluated_free(made);
  return status;
}

static onus_status evaluate_own(onus_error *error) {
  return evaluate_with(ONUS_FIT_OWN, error);
}

static onus_status evaluate_folds(onus_error *error) {
  return evaluate_with(ONUS_FIT_FOLDS, error);
}

TEXT_CALL(reference_stix, onus_reference_export_stix(opened, &(onus_stix_options){.now = "2026-01-02"}, &text, error))
TEXT_CALL(ranked_text, onus_ranked_render(ranked, ONUS_FORMAT_TEXT, NULL, &text, error))
TEXT_CALL(ranked_json, onus_ranked_render(ranked, ONUS_FORMAT_JSON, NULL, &text, error))
TEXT_CALL(evaluated_text, onus_evaluated_render(evaluated, ONUS_FORMAT_TEXT, NULL, &text, error))
TEXT_CALL(evaluated_json, onus_evaluated_render(evaluated, ONUS_FORMAT_JSON, NULL, &text, error))
TEXT_CALL(predictions, onus_evaluated_predictions(evaluated, &text, error))
TEXT_CALL(tippett, onus_evaluated_plot(evaluated, ONUS_PLOT_TIPPETT, &text, error))
TEXT_CALL(reliability, onus_evaluated_plot(evaluated, ONUS_PLOT_RELIABILITY, &text, error))

/* Rows are all there after a success, and none of them after a failure. */
static onus_status compute(onus_error *error) {
  static const char *const ROWS[] = {"one", "two"};
  onus_text lines = {.bytes = &nothing};
  onus_problems *problems = NOTHING(onus_problems);
  char path[160];
  onus_status status = onus_case_compute(computed, reference, &lines, &problems, error);
  check_untouched(status, lines.bytes);
  if ((void *)problems != &nothing)
    fault = "problems of a case that is right";
  if (status == ONUS_OK)
    onus_text_free(&lines);
  for (size_t i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/computed/%s.json", computed, ROWS[i]);
    if ((unlink(path) == 0) != (status == ONUS_OK))
      fault = "rows are not all or none";
  }
  snprintf(path, sizeof path, "%s/computed", computed);
  if ((rmdir(path) == 0) != (status == ONUS_OK))
    fault = "a folder is left behind";
  return status;
}

/* Lines of a file about the first incidents of three actors; more would only be slower. */
static bool copy_lines(const char *from, const char *to) {
  static const char *const TAKEN[] = {"\"reedstalker-1\"", "\"reedstalker-2\"", "\"greyheron-1\"",
                                      "\"greyheron-2\"",   "\"nightjar-1\"",    "\"nightjar-2\""};
  char line[4096];
  FILE *in = fopen(from, "r"), *out = fopen(to, "w");
  bool is_good = in && out;
  while (is_good && fgets(line, sizeof line, in))
    for (size_t k = 0; k < sizeof TAKEN / sizeof *TAKEN; k++)
      if (strstr(line, TAKEN[k]))
        is_good = fputs(line, out) >= 0;
  if (in)
    fclose(in);
  return out && fclose(out) == 0 && is_good;
}

static bool prepare_case(void) {
  static const char CASE[] =
      "onus: 1\ntitle: T\nquestion: Q\nhypotheses:\n  - {id: a, actors: [reedstalker]}\n"
      "  - {id: b, actors: [greyheron]}\n  - {id: other, open: true}\n"
      "sources: [{id: s, reliability: B}]\nevidence:\n"
      "  - {id: one, source: s, known: 2021-01-01, compute: infrastructure, from: incident.json}\n"
      "  - {id: two, source: s, known: 2021-01-01, compute: techniques, from: technique.json}\n";
  char path[128];
  snprintf(path, sizeof path, "%s/case.yaml", computed);
  return write_text(path, CASE, sizeof CASE - 1);
}

static bool prepare_reference(const char *root) {
  static const char *const FILES[] = {"reference/apt_reedstalker.txt", "reference/apt_greyheron.txt",
                                      "reference/apt_nightjar.txt", "reference/bundle.json"};
  static const char INCIDENT[] = "{\"id\":\"i\",\"date\":\"2020-06-11\",\"indicators\":[\"203.0.113.17\","
                                 "\"mail-korea10.example.net\"],\"leave_out\":[]}";
  static const char TECHNIQUE[] =
      "{\"id\":\"t\",\"date\":\"2020-06-11\",\"techniques\":[\"T1566\",\"T1059.001\"],\"software\":[],\"leave_out\":[]}";
  static char paths[4][9000], from[2][9000];
  const char *files[4] = {paths[0], paths[1], paths[2], paths[3]};
  onus_imported *imported = NULL;
  onus_error error = {0};
  for (size_t i = 0; i < 4; i++)
    snprintf(paths[i], sizeof paths[i], "%s/%s", root, FILES[i]);
  snprintf(from[0], sizeof from[0], "%s/incidents/incidents.jsonl", root);
  snprintf(from[1], sizeof from[1], "%s/incidents/truth.jsonl", root);
  bool is_good = onus_reference_import(reference, files, 4, NULL, &imported, &error) == ONUS_OK;
  onus_imported_free(imported);
  is_good = is_good && write_text(incident, INCIDENT, sizeof INCIDENT - 1) &&
            write_text(technique, TECHNIQUE, sizeof TECHNIQUE - 1) && copy_lines(from[0], incidents) &&
            copy_lines(from[1], truths) && prepare_case() &&
            onus_reference_rank(reference, incident, NULL, &ranked, &error) == ONUS_OK &&
            onus_reference_open(reference, &opened, &error) == ONUS_OK &&
            onus_reference_evaluate(
                reference, &(onus_validation_options){.incidents = incidents, .truth = truths, .fit = ONUS_FIT_FOLDS},
                &evaluated, &error) == ONUS_OK;
  if (!is_good)
    printf("the reference: %s: %s\n", onus_status_name(error.status), error.text);
  return is_good;
}

static onus_status write_file(onus_error *error) {
  return onus_file_write(written, "text", 4, error);
}

static const swept_call CALLS[] = {
    {"onus_case_init", init, ONUS_OK, false},
    {"onus_case_open, a folder", open_folder, ONUS_OK, false},
    {"onus_case_open, YAML", open_yaml, ONUS_OK, false},
    {"onus_case_open, a large case", open_large, ONUS_OK, false},
    {"onus_case_open, JSON", open_json, ONUS_OK, false},
    {"onus_case_open, a broken case", open_broken, ONUS_BAD_INPUT, false},
    {"onus_case_open, broken YAML", open_unreadable, ONUS_BAD_INPUT, false},
    {"onus_case_assess", assess, ONUS_OK, false},
    {"onus_case_assess, with options", assess_as_of, ONUS_OK, false},
    {"onus_case_assess, brief", assess_brief, ONUS_OK, false},
    {"onus_case_what_if", what_if, ONUS_OK, false},
    {"onus_case_what_if, wrong", what_if_wrong, ONUS_BAD_INPUT, false},
    {"onus_assessment_render, brief", brief_json, ONUS_OK, false},
    {"onus_assessment_probability", probability, ONUS_OK, false},
    {"onus_case_compare", compare, ONUS_OK, true},
    {"onus_case_timeline", follow, ONUS_OK, true},
    {"onus_case_explain", explain, ONUS_OK, false},
    {"onus_assessment_render, text", assessment_text, ONUS_OK, false},
    {"onus_assessment_render, JSON", assessment_json, ONUS_OK, false},
    {"onus_assessment_render, HTML", assessment_html, ONUS_OK, false},
    {"onus_comparison_render, text", comparison_text, ONUS_OK, false},
    {"onus_comparison_render, JSON", comparison_json, ONUS_OK, false},
    {"onus_comparison_render, HTML", comparison_html, ONUS_OK, false},
    {"onus_timeline_render, text", timeline_text, ONUS_OK, false},
    {"onus_timeline_render, JSON", timeline_json, ONUS_OK, false},
    {"onus_timeline_render, HTML", timeline_html, ONUS_OK, false},
    {"onus_explanation_render, text", explanation_text, ONUS_OK, false},
    {"onus_explanation_render, JSON", explanation_json, ONUS_OK, false},
    {"onus_explanation_render, HTML", explanation_html, ONUS_OK, false},
    {"onus_case_page", page, ONUS_OK, true},
    {"onus_case_parse", parse_case, ONUS_OK, false},
    {"onus_case_matrix", matrix_json, ONUS_OK, true},
    {"onus_case_document", document, ONUS_OK, false},
    {"onus_case_document, for a position", document_seen, ONUS_OK, false},
    {"onus_document_to_yaml", to_yaml, ONUS_OK, false},
    {"onus_document_merge", merge, ONUS_OK, false},
    {"onus_case_export_bif", bif, ONUS_OK, false},
    {"onus_case_export_stix", stix, ONUS_OK, true},
    {"onus_case_export_misp", misp, ONUS_OK, true},
    {"onus_case_export_matrix", matrix, ONUS_OK, true},
    {"onus_case_export_navigator", navigator, ONUS_OK, true},
    {"onus_case_import, our own", import_stix, ONUS_OK, false},
    {"onus_case_import, MISP", import_misp, ONUS_OK, false},
    {"onus_case_import, CSV", import_csv, ONUS_OK, false},
    {"onus_case_imported_write", import_and_write, ONUS_OK, true},
    {"onus_code_read", read_code, ONUS_OK, true},
    {"onus_code_render, text", code_text, ONUS_OK, false},
    {"onus_code_render, JSON", code_json, ONUS_OK, false},
    {"onus_file_write", write_file, ONUS_OK, false},
    {"onus_reference_rank, infrastructure", rank_infrastructure, ONUS_OK, true},
    {"onus_reference_rank, techniques", rank_techniques, ONUS_OK, true},
    {"onus_reference_evaluate, own", evaluate_own, ONUS_OK, true},
    {"onus_reference_evaluate, folds", evaluate_folds, ONUS_OK, true},
    {"onus_reference_export_stix", reference_stix, ONUS_OK, false},
    {"onus_ranked_render, text", ranked_text, ONUS_OK, false},
    {"onus_ranked_render, JSON", ranked_json, ONUS_OK, false},
    {"onus_evaluated_render, text", evaluated_text, ONUS_OK, false},
    {"onus_evaluated_render, JSON", evaluated_json, ONUS_OK, false},
    {"onus_evaluated_predictions", predictions, ONUS_OK, false},
    {"onus_evaluated_plot, Tippett", tippett, ONUS_OK, false},
    {"onus_evaluated_plot, reliability", reliability, ONUS_OK, false},
    {"onus_case_compute", compute, ONUS_OK, true},
};

/* --- the sweep --------------------------------------------------------------------------------------------------- */

/* A case of many blocks of memory, with maps too large to be searched key by key. */
static bool write_large(void) {
  FILE *file = fopen(large, "w");
  if (!file)
    return false;
  fputs("onus: 1\ntitle: Large\nquestion: Who?\nhypotheses: [{id: a}, {id: other, open: true}]\nsources: []\n"
        "evidence: []\nstandards:\n",
        file);
  for (int i = 0; i < 40; i++)
    fprintf(file, "  standard-%d: 0.%d\n", i, i + 1);
  fputs("positions:\n", file);
  for (int i = 0; i < 60; i++)
    fprintf(file, "  - {id: position-%d, standard: standard-%d, name: n%03000d}\n", i, i % 40, i);
  return fclose(file) == 0;
}

static bool prepare(void) {
  static const char *const programs[] = {"/bin/true"};
  onus_error error = {0};
  bool is_good = onus_case_open(yaml, &c, NULL, &error) == ONUS_OK &&
                 onus_case_parse("held", NULL, HELD, sizeof HELD - 1, false, &held, NULL, &error) == ONUS_OK &&
                 onus_case_assess(c, NULL, &assessment, &error) == ONUS_OK &&
                 onus_case_assess(c, &(onus_options){.brief = true}, &brief, &error) == ONUS_OK &&
                 onus_case_compare(c, NULL, &comparison, &error) == ONUS_OK &&
                 onus_case_timeline(c, NULL, &timeline, &error) == ONUS_OK &&
                 onus_case_explain(c, "source:t", NULL, &explanation, &error) == ONUS_OK &&
                 onus_code_read(programs, 1, NULL, &code, &error) == ONUS_OK;
  if (!is_good)
    printf("%s: %s\n", onus_status_name(error.status), error.text);
  return is_good;
}

int main(int argc, char **argv) {
  static char output[1 << 16]; /* standard output asks for none of its own */
  char scratch[] = "/tmp/onus-sweep-XXXXXX", path[8192];
  setvbuf(stdout, output, _IOLBF, sizeof output);
  if (argc < 2 || !mkdtemp(scratch))
    return 2;
  snprintf(folder, sizeof folder, "%s", argv[1]);
  snprintf(yaml, sizeof yaml, "%s/small.yaml", folder);
  snprintf(json, sizeof json, "%s/small.json", folder);
  snprintf(broken, sizeof broken, "%s/broken.yaml", folder);
  snprintf(unreadable, sizeof unreadable, "%s/unreadable.yaml", folder);
  snprintf(started, sizeof started, "%s/started", scratch);
  snprintf(written, sizeof written, "%s/written", scratch);
  snprintf(large, sizeof large, "%s/large.yaml", scratch);
  snprintf(bundle, sizeof bundle, "%s/bundle.json", scratch);
  snprintf(event, sizeof event, "%s/event.json", scratch);
  snprintf(list, sizeof list, "%s/list.csv", scratch);
  snprintf(folder_of_draft, sizeof folder_of_draft, "%s/draft", scratch);
  snprintf(reference, sizeof reference, "%s/reference", scratch);
  snprintf(computed, sizeof computed, "%s", scratch);
  snprintf(incident, sizeof incident, "%s/incident.json", scratch);
  snprintf(technique, sizeof technique, "%s/technique.json", scratch);
  snprintf(incidents, sizeof incidents, "%s/incidents.jsonl", scratch);
  snprintf(truths, sizeof truths, "%s/truths.jsonl", scratch);
  snprintf(path, sizeof path, "%s/../../examples", folder);
  unsigned long most_runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000; /* of a long call */
  most_runs = most_runs < 8 ? 8 : most_runs;
  if (!write_large() || !prepare() || !prepare_exchange() || !prepare_reference(path))
    return 1;
  if (heap.n_requests == 0) {
    puts("the library does not use this program's allocator");
    return 1;
  }
  for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++)
    sweep(&CALLS[i], CALLS[i].is_long ? most_runs : 1000000);
  onus_evaluated_free(evaluated);
  onus_ranked_free(ranked);
  onus_reference_close(opened);
  onus_code_free(code);
  onus_explanation_free(explanation);
  onus_timeline_free(timeline);
  onus_comparison_free(comparison);
  onus_assessment_free(brief);
  onus_assessment_free(assessment);
  onus_case_free(held);
  onus_case_free(c);
  snprintf(path, sizeof path, "%s/case.yaml", started);
  unlink(path);
  unlink(written);
  unlink(bundle);
  unlink(event);
  unlink(list);
  unlink(large);
  rmdir(started);
  snprintf(path, sizeof path, "rm -r '%s'", scratch);
  if (system(path) != 0)
    n_faults++;
  printf("%u faults\n", n_faults);
  return n_faults > 0;
}
