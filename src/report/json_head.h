/* What all results about a case begin with, as JSON. */
#ifndef ONUS_REPORT_JSON_HEAD_H
#define ONUS_REPORT_JSON_HEAD_H

#include "report/json_writer.h"
#include "verdict/verdict.h"

/* What it is, of which case, by which version, and what was changed if nobody says so. */
void onus_report_json_head(onus_json *json, const char *kind, const onus_case *c);

/* The day, the position and its standard, the verdict, and what hypotheses, propositions and undercutters come to. */
void onus_report_json_verdict(onus_json *json, const onus_assessment *assessment);

#endif
