/* What-ifs on a case that has something of everything; one that is accepted is assessed now and then. */
#include "onus.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char CASE[] =
    "onus: 1\ntitle: T\nquestion: Q\nstandards: {mine: 0.8}\n"
    "hypotheses:\n  - {id: a, country: KP, prior: [0.2, 0.3]}\n  - {id: i, imitates: a, prior: 0.1}\n"
    "  - {id: other, open: true, prior: 0.6}\n"
    "propositions: [{id: p, any: [a, i]}]\nsources: [{id: s, reliability: B}, {id: t, reliability: [0.4, 0.6]}]\n"
    "undercutters: [{id: u, probability: 0.1}]\nevidence:\n"
    "  - {id: e, source: s, credibility: 2, known: 2020-01-01, likelihood: {a: 0.5, other: 0.1}, undercut: [u], "
    "reasons: R}\n"
    "  - {id: g, source: t, known: 2020-01-03, says: {not: p}}\n  - {id: h, source: s, known: 2020-01-03, repeats: e}\n"
    "  - {id: k, source: t, known: 2020-01-03, vouched: {ratio: {a: 2}}, sealed: {size: 1, commitment: "
    "\"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}}\n"
    "positions:\n  - {id: one, standard: mine}\n  - {id: two, access: all, prior: {a: 0.1}, evidence: {e: {ratio: {a: "
    "2}}}}\n";

static void check_assessment(const onus_case *c) {
  onus_assessment *assessment = NULL;
  onus_text text = {0};
  onus_error error = {0};
  onus_options options = {.position = "two", .brief = true};
  if (onus_case_assess(c, &options, &assessment, &error) != ONUS_OK ||
      onus_assessment_render(assessment, ONUS_FORMAT_JSON, NULL, &text, &error) != ONUS_OK)
    abort();
  onus_text_free(&text);
  onus_assessment_free(assessment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static onus_case *base;
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_error error = {0};
  if (!base && onus_case_parse("case", NULL, CASE, strlen(CASE), false, &base, NULL, &error) != ONUS_OK)
    abort();
  onus_status status = onus_case_what_if(base, "two", (const char *)data, size, &c, &problems, &error);
  if (status == ONUS_OK ? c == NULL || problems != NULL : c != NULL || error.text[0] == '\0')
    abort();
  if (status == ONUS_OK && size % 16 == 0)
    check_assessment(c);
  onus_problems_free(problems);
  onus_case_free(c);
  return 0;
}
