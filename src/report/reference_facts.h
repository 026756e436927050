/* What reports on a reference count and look up. */
#ifndef ONUS_REPORT_REFERENCE_FACTS_H
#define ONUS_REPORT_REFERENCE_FACTS_H

#include "base/moment.h"
#include "report/json_writer.h"
#include "report/report.h"

/* "2016-02-25" of a day since 1970; "" of ONUS_DAY_UNKNOWN. `out` holds ONUS_MOMENT_TEXT_BYTES. */
void onus_report_day(int32_t day, char *out);

/* The same in JSON, null for none. */
void onus_report_day_json(onus_json *json, const char *key, int32_t day);

/* Which reference it was, and in what state. */
void onus_report_reference_json(onus_json *json, const char *location, const char *digest);

/* From when on a claim is known: its own day, or when its report was out; ONUS_DAY_UNKNOWN. */
int32_t onus_report_claim_day(const onus_catalogue *catalogue, const onus_claim *claim);

/* Whether two names are one as names are compared. */
bool onus_report_is_name(const char *a, const char *b);

/* The claim that says of an actor's entry what `claim` says, and stands before it: then `claim` needs not be shown. */
bool onus_report_claim_is_repeated(const onus_catalogue *catalogue, size_t claim);

/* What one source has. */
typedef struct onus_source_counts {
  size_t n_actors, n_campaigns, n_claims, n_listings;
  uint64_t n_indicators;
} onus_source_counts;
onus_source_counts onus_report_count_source(const onus_catalogue *catalogue, size_t source);

/* What all of it comes to. */
typedef struct onus_reference_counts {
  size_t n_joined;                            /* actors that several sources have */
  size_t n_dated;                             /* reports */
  size_t n_pivots;                            /* reports that are searches */
  size_t n_relations, n_listings, n_circular; /* bases; circular ones of both kinds */
  size_t n_techniques, n_software;
  uint64_t n_indicators;
  int32_t first_day, last_day; /* of dated reports; ONUS_DAY_UNKNOWN without any */
} onus_reference_counts;
onus_reference_counts onus_report_count_reference(const onus_catalogue *catalogue);

#endif
