/* Results built by hand for the tests of the reports: no case is read and nothing is inferred, so every figure that a
 * report shows is known here. The figures hang together (weights add up) but nobody computed them. */
#ifndef ONUS_REPORT_FIXTURE_H
#define ONUS_REPORT_FIXTURE_H

#include "report/report.h"

typedef enum onus_fixture_kind {
  ONUS_FIXTURE_PLAIN,   /* a case like that of Sony Pictures in 2014 */
  ONUS_FIXTURE_HOSTILE, /* the same, but every text carries markup, quotes, escapes and bidirectional controls */
  ONUS_FIXTURE_SMALL    /* two hypotheses and nothing else */
} onus_fixture_kind;

typedef struct onus_fixture {
  onus_arena *arena;
  onus_case *c;
  onus_assessment *assessment;
  onus_comparison *comparison;
  onus_timeline *timeline;
  onus_explanation *item, *source;
} onus_fixture;

/* The text that stands in every name, title and reason of the hostile fixture. */
extern const char onus_fixture_hostile_text[];

/* False without memory. Freed with onus_arena_free(ret_fixture->arena). */
bool onus_fixture_make(onus_fixture_kind kind, onus_fixture *ret_fixture);

#endif
