/* Filling a reference: what importers say, whatever the format it came in.
 *
 * An importer reads one input and calls the functions below; nothing is visible until onus_reference_writer_seal. What
 * is there already is recognised by its identity (source and upstream id, key of a report, …), so importing twice
 * changes nothing. Text given to these calls is copied: what is no UTF-8 or a control character is replaced, what is
 * very long is cut. Empty ids and names are ONUS_BAD_ARGUMENT: importers refuse them before.
 */
#ifndef ONUS_REFERENCE_IMPORT_H
#define ONUS_REFERENCE_IMPORT_H

#include "base/spool.h"
#include "reference/reference.h"

typedef struct onus_reference_writer onus_reference_writer;

/* Makes the reference if it is not there. `memory_bytes`: bound on what importing holds in memory besides the
 * catalogue, 0: 256 MiB. */
ONUS_MUST_CHECK onus_status onus_reference_writer_open(const char *location, size_t memory_bytes,
                                                       onus_reference_writer **ret_writer, onus_error *error);
/* Where a large input waits: a file without a name. `writer` is a void * for onus_spool_new. */
ONUS_MUST_CHECK onus_status onus_reference_writer_scratch(void *writer, int *ret_fd, onus_error *error);
/* What an input may take of the memory. */
size_t onus_reference_writer_input_bytes(const onus_reference_writer *writer);
/* Tells how far a seal is, as onus_store_writer_watch. */
void onus_reference_writer_watch(onus_reference_writer *writer, onus_store_progress *progress, void *context);
/* What was not sealed is gone. */
void onus_reference_writer_close(onus_reference_writer *writer);
/* Makes all that was said since visible at once. After a failure only closing is left. */
ONUS_MUST_CHECK onus_status onus_reference_writer_seal(onus_reference_writer *writer, onus_error *error);

/* A document beside the catalogue (a calibration), visible with the seal. */
ONUS_MUST_CHECK onus_status onus_reference_writer_put_document(onus_reference_writer *writer, const char *name,
                                                               const void *bytes, size_t length_bytes,
                                                               onus_error *error);

/* --- what importers say (writer.c) ----------------------------------------------------------------------------- */

ONUS_MUST_CHECK onus_status onus_import_source(onus_reference_writer *writer, const char *id, const char *title,
                                               uint32_t *ret_source, onus_error *error);
ONUS_MUST_CHECK onus_status onus_import_entry(onus_reference_writer *writer, uint32_t source, onus_entry_kind kind,
                                              const char *upstream_id, const char *name, uint32_t *ret_entry,
                                              onus_error *error);
/* The entry's name is a claim of its own; only other names need this. */
ONUS_MUST_CHECK onus_status onus_import_claim(onus_reference_writer *writer, uint32_t entry, onus_claim_kind kind,
                                              const char *name, uint32_t report, int32_t known_day, onus_error *error);
/* `url` or `name` may be NULL, not both; `description` may be NULL. */
ONUS_MUST_CHECK onus_status onus_import_report(onus_reference_writer *writer, const char *url, const char *name,
                                               const char *description, uint32_t *ret_report, onus_error *error);
/* A report whose day is known otherwise (a published field); keeps the narrower of the two periods. */
ONUS_MUST_CHECK onus_status onus_import_report_period(onus_reference_writer *writer, uint32_t report,
                                                      onus_period period, onus_error *error);
ONUS_MUST_CHECK onus_status onus_import_ttp(onus_reference_writer *writer, onus_ttp_kind kind, const char *id,
                                            const char *name, const char *parent_id, uint32_t *ret_ttp,
                                            onus_error *error);
/* `reports` and `campaigns` in any order; `entry` as in onus_basis. Equal ones are one basis. */
ONUS_MUST_CHECK onus_status onus_import_basis(onus_reference_writer *writer, onus_basis_kind kind, uint32_t entry,
                                              const uint32_t *reports, size_t n_reports, const uint32_t *campaigns,
                                              size_t n_campaigns, uint32_t *ret_basis, onus_error *error);

/* "ENTRY uses TTP, on this BASIS." Postings are written with their days at the seal. */
ONUS_MUST_CHECK onus_status onus_import_uses(onus_reference_writer *writer, uint32_t entry, uint32_t ttp,
                                             uint32_t basis, onus_error *error);
/* One indicator of a LISTED basis, as written (defanged or not) and its length: puts its traces for the basis' entry
 * and keeps it for onus_reference_listing. *ret_is_indicator false: it is none, and nothing was put. */
ONUS_MUST_CHECK onus_status onus_import_indicator(onus_reference_writer *writer, uint32_t basis, const char *text,
                                                  size_t text_bytes, bool *ret_is_indicator, onus_error *error);

/* --- a run over one input -------------------------------------------------------------------------------------- */

/* One thing that was not taken, and why. */
typedef struct onus_refusal {
  unsigned line, column;
  char what[160];  /* quoted, harmless */
  const char *why; /* static */
} onus_refusal;

/* What importing a file did. Refusals beyond the first ONUS_REFUSALS_KEPT are only counted. */
#define ONUS_REFUSALS_KEPT 100
typedef struct onus_import_summary {
  const char *format;                                                         /* "stix", "maltrail", …; static */
  uint64_t n_entries, n_claims, n_reports, n_ttps, n_relations, n_indicators; /* seen in the file */
  uint64_t n_circular; /* indicators that only circular reports give */
  uint64_t n_refused;
  onus_refusal refused[ONUS_REFUSALS_KEPT];
} onus_import_summary;

/* One input. All of it can be read, but not all of it need be in memory. */
typedef struct onus_import_input {
  const char *path; /* for messages, and where a format keeps something in the file's name */
  const char *bytes;
  size_t length_bytes;
  onus_spool *spool; /* that it lies in, or NULL: importers say how far they are (onus_spool_release) */
} onus_import_input;

/* An upstream format. */
typedef struct onus_import_format {
  const char *name;    /* "stix" */
  const char *summary; /* for the help */
  /* Whether the bytes look like it; cheap, never fails. */
  bool (*recognise)(const onus_import_input *input);
  onus_status (*import)(onus_reference_writer *writer, const onus_import_input *input,
                        const onus_import_options *options, onus_import_summary *summary, onus_error *error);
} onus_import_format;

/* One file each: import_stix.c, import_galaxy.c, import_misp.c, import_maltrail.c, import_csv.c, import_list.c. */
extern const onus_import_format onus_import_stix, onus_import_galaxy, onus_import_misp, onus_import_maltrail,
    onus_import_csv, onus_import_list;

/* All of them; returns how many. */
size_t onus_import_formats(const onus_import_format *const **ret_formats);

/* The day of the options, a month or year; unknown without one, ONUS_BAD_ARGUMENT where it is none. */
ONUS_MUST_CHECK onus_status onus_import_day(const onus_import_options *options, onus_period *ret_period,
                                            onus_error *error);

/* Recognises and imports (import.c). Nothing of the file stays when it fails: the caller closes without sealing.
 * *ret_summary is filled as far as it came. */
ONUS_MUST_CHECK onus_status onus_import_file(onus_reference_writer *writer, const char *path,
                                             const onus_import_options *options, onus_import_summary *ret_summary,
                                             onus_error *error);

/* --- a run over several files (onus_reference_import) ---------------------------------------------------------- */

typedef struct onus_imported_file {
  const char *path;
  onus_import_summary summary;
} onus_imported_file;

struct onus_imported {
  size_t n_files;
  onus_imported_file files[];
};

/* Notes that something was not taken. */
void onus_import_refuse(onus_import_summary *summary, unsigned line, unsigned column, const char *what,
                        size_t what_bytes, const char *why);

#endif
