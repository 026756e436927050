/* What is publicly said about actors, as claims of sources: names, reports, indicators, techniques and software.
 *
 *     source   who says it: "mitre-attack", "maltrail", a galaxy, a file of the user's
 *     entry    what one source holds to be one actor or campaign, under that source's id and primary name
 *     actor    entries of different sources that are the same one: at most one entry of each source (actors.c)
 *     claim    a name that a source gives to an entry, with its day and report where they are known
 *     report   a publication: a normalised URL or name, and its day
 *     basis    what a statement rests on: reports, campaigns, a period; the unit that is left out or not yet known
 *     ttp      a technique or a piece of software, with an upstream id ("T1059.003", "S0154")
 *     trace    what an indicator leaves to be found again: host, address, network, registered domain, … (trace.h)
 *
 * Everything lies in a store (store/store.h), which need not be on this machine: statements in the tables below, the
 * rest (the catalogue) in its documents. Numbers of sources, entries, reports, bases and ttps count from 0, grow by
 * importing and never change, so postings stay right.
 */
#ifndef ONUS_REFERENCE_REFERENCE_H
#define ONUS_REFERENCE_REFERENCE_H

#include "store/store.h"

/* Tables. The posting of a statement: holder = entry, report = basis, first_day = last_day = the day from which it is
 * known (onus_basis.known_day), extra = 0. Keys: of ttps the upstream id; of traces onus_trace_key. */
#define ONUS_REFERENCE_TTPS "ttp"
#define ONUS_REFERENCE_TRACES "trace"

#define ONUS_DAY_UNKNOWN INT32_MAX /* of a day: nobody says. As first_day it is seen by ONUS_STORE_ALWAYS alone */
#define ONUS_NO_NUMBER UINT32_MAX

typedef struct onus_period {
  int32_t first_day, last_day; /* since 1970-01-01; both ONUS_DAY_UNKNOWN, or first_day <= last_day */
} onus_period;

typedef struct onus_ref_source {
  const char *id;    /* "mitre-attack" */
  const char *title; /* for people */
} onus_ref_source;

typedef enum onus_entry_kind { ONUS_ENTRY_ACTOR, ONUS_ENTRY_CAMPAIGN } onus_entry_kind;

typedef struct onus_entry {
  onus_entry_kind kind;
  uint32_t source;
  const char *upstream_id; /* unique in its source: "G0032"; of a maltrail list its name without "apt_" */
  const char *name;        /* its primary name there */
  uint32_t actor;          /* ONUS_NO_NUMBER for campaigns */
} onus_entry;

typedef struct onus_actor {
  const char *name;        /* the primary name of its first entry */
  const uint32_t *entries; /* by number */
  size_t n_entries;
} onus_actor;

typedef enum onus_claim_kind { ONUS_CLAIM_PRIMARY, ONUS_CLAIM_ALIAS } onus_claim_kind;

/* "SOURCE says that ENTRY is also called NAME." */
typedef struct onus_claim {
  onus_claim_kind kind;
  uint32_t entry;
  const char *name;
  uint32_t report;   /* ONUS_NO_NUMBER: the source itself */
  int32_t known_day; /* or ONUS_DAY_UNKNOWN */
} onus_claim;

typedef struct onus_report {
  const char *key;    /* normalised (onus_report_normalise); unique */
  const char *title;  /* as it was written first: URL or name */
  onus_period period; /* when it was published, as closely as can be read */
} onus_report;

/* How leaving out a report touches a basis. */
typedef enum onus_basis_kind {
  ONUS_BASIS_CITED, /* a relation that cites reports: gone when all of them are (and there is one) */
  ONUS_BASIS_LISTED /* a list of indicators published as one: gone when any of its reports is */
} onus_basis_kind;

typedef struct onus_basis {
  onus_basis_kind kind;
  const uint32_t *reports; /* ascending; none: the source gives none */
  size_t n_reports;
  const uint32_t
      *campaigns; /* entries: campaigns that make the statement or are named in it; gone when any is left out */
  size_t n_campaigns;
  onus_period period;    /* the earliest of its reports' */
  int32_t known_day;     /* period.last_day: what counts for [M-19] */
  bool is_circular;      /* found by pivoting from what was attributed already: no evidence of its own */
  uint32_t entry;        /* LISTED: who holds it; CITED: ONUS_NO_NUMBER */
  uint32_t n_indicators; /* LISTED: different ones in it */
} onus_basis;

typedef enum onus_ttp_kind { ONUS_TTP_TECHNIQUE, ONUS_TTP_MALWARE, ONUS_TTP_TOOL } onus_ttp_kind;

typedef struct onus_ttp {
  onus_ttp_kind kind;
  const char *id, *name;
  uint32_t parent; /* of a sub-technique; ONUS_NO_NUMBER */
} onus_ttp;

/* The catalogue as plain arrays, borrowed from the reference; it never changes while the reference is open. */
typedef struct onus_catalogue {
  const onus_ref_source *sources;
  const onus_entry *entries;
  const onus_actor *actors;
  const onus_claim *claims;
  const onus_report *reports;
  const onus_basis *bases;
  const onus_ttp *ttps;
  size_t n_sources, n_entries, n_actors, n_claims, n_reports, n_bases, n_ttps;
} onus_catalogue;

/* --- reading (reference.c) ---------------------------------------------------------------------------------------- */

/* onus_reference_open, onus_reference_close: onus.h. `location` as onus_store_open takes it. */

const onus_catalogue *onus_reference_catalogue(const onus_reference *reference);
const onus_store *onus_reference_store(const onus_reference *reference);

/* Names the state of everything in it: records and catalogue. `out` holds ONUS_STORE_DIGEST_BYTES. Reads all of it. */
ONUS_MUST_CHECK onus_status onus_reference_digest(const onus_reference *reference, char *out, onus_error *error);

/* The ttp of an upstream id, the report of a key, the entry of an upstream id in any source (`source`:
 * ONUS_NO_NUMBER) or in one; ONUS_NO_NUMBER if there is none (or, of entries, more than one). */
uint32_t onus_reference_find_ttp(const onus_reference *reference, const char *id);
uint32_t onus_reference_find_report(const onus_reference *reference, const char *key);
uint32_t onus_reference_find_entry(const onus_reference *reference, uint32_t source, const char *upstream_id);

/* The actors that a name may mean, most claims first: by upstream id, primary name or alias, compared as names are
 * (onus_name_normalise). Free `*ret_actors` with free(). None: *ret_n is 0. */
ONUS_MUST_CHECK onus_status onus_reference_find_actors(const onus_reference *reference, const char *name,
                                                       uint32_t **ret_actors, size_t *ret_n, onus_error *error);

/* A name that means several actors: what two of its claims say, or one of them and a primary name or id. */
typedef struct onus_name_conflict {
  const char *name;       /* as one of them is written */
  const uint32_t *actors; /* ascending */
  size_t n_actors;
} onus_name_conflict;

/* All of them, by normal form. Everything lies in one block: free `*ret_conflicts` with free(). */
ONUS_MUST_CHECK onus_status onus_reference_conflicts(const onus_reference *reference,
                                                     onus_name_conflict **ret_conflicts, size_t *ret_n,
                                                     onus_error *error);

#define ONUS_NEAR_NAMES 3
/* Names in use that are near to one that is not, nearest first: as they are written, borrowed. Returns how many. */
size_t onus_reference_near_names(const onus_reference *reference, const char *name,
                                 const char *ret_names[ONUS_NEAR_NAMES]);

/* The indicators of a LISTED basis as they were published, one a line. Free with onus_text_free. */
ONUS_MUST_CHECK onus_status onus_reference_listing(const onus_reference *reference, uint32_t basis,
                                                   onus_text *ret_lines, onus_error *error);

/* A document that is not part of the catalogue (a calibration): ONUS_BAD_ARGUMENT if there is none. */
ONUS_MUST_CHECK onus_status onus_reference_document(const onus_reference *reference, const char *name,
                                                    onus_text *ret_text, onus_error *error);

/* --- leaving out (leave_out.c) ------------------------------------------------------------------------------------ */

/* A set of bases that count as unsaid: leave-one-report-out, and what an as-of day hides. */
typedef struct onus_hidden {
  uint8_t *is_hidden; /* [n_bases] */
  size_t n_hidden;
  uint8_t *is_report_hidden; /* [n_reports]: left out or published later, for bases of which other reports remain */
} onus_hidden;

/* The day, such as "2014-12-22", up to which a reference is asked; ONUS_STORE_ALWAYS when `text` is NULL. */
ONUS_MUST_CHECK onus_status onus_reference_as_of(const char *text, int32_t *ret_day, onus_error *error);

/* Bases that rest on what `leave_out` names: reports (normalised here) or upstream ids of campaigns. Names that the
 * reference does not know hide nothing. With `as_of_day` other than ONUS_STORE_ALWAYS, also those known later.
 * Free with onus_hidden_free. */
ONUS_MUST_CHECK onus_status onus_reference_hide(const onus_reference *reference, const char *const *leave_out,
                                                size_t n_leave_out, int32_t as_of_day, onus_hidden *ret_hidden,
                                                onus_error *error);
void onus_hidden_free(onus_hidden *hidden);

/* --- normal forms (names.c, report.c) -------------------------------------------------------------------------- */

/* Lower case, letters and digits only (UTF-8 letters beyond ASCII are kept). `out` as long as `name` and one more. */
void onus_name_normalise(const char *name, char *out);

/* A reference as reports are compared: lower case, no scheme, no "www.", no archive prefix, no fragment, no trailing
 * slash; `url` NULL or empty: "sn:" and the name in lower case. Free with free(). NULL without memory. */
char *onus_report_normalise(const char *url, const char *name);

/* The period that a reference, as its key, tells of itself: a status id of X, an OTX pulse, a date in its path, "(2021,
 * December 6)" or "(2021" in its description. False when it tells none. `description` may be NULL. */
bool onus_report_period(const char *key, const char *description, onus_period *ret_period);

/* Whether a reference is a search from what is known already rather than a report: VirusTotal and the like. */
bool onus_report_is_pivot(const char *key);

#endif
