/* What the importers of texts and events share. */
#ifndef ONUS_REFERENCE_IMPORTING_INTERNAL_H
#define ONUS_REFERENCE_IMPORTING_INTERNAL_H

#include "reference/import.h"
#include "reference/lines.h"

/* One run over one input. */
typedef struct onus_importing {
  onus_reference_writer *writer;
  const onus_import_input *input;
  const onus_import_options *options;
  onus_import_summary *summary;
  onus_error *error;
} onus_importing;

/* Puts an indicator, or notes why it is none. `is_circular`: only circular reports give it. */
ONUS_MUST_CHECK onus_status onus_importing_indicator(const onus_importing *run, uint32_t basis, bool is_circular,
                                                     const onus_line *text);
/* A LISTED basis of one report. */
ONUS_MUST_CHECK onus_status onus_importing_listed(const onus_importing *run, uint32_t entry, uint32_t report,
                                                  uint32_t *ret_basis);

/* A report that is told in one text, URL or name; what comes after a blank describes a URL. */
ONUS_MUST_CHECK onus_status onus_importing_report(const onus_importing *run, const onus_line *text,
                                                  uint32_t *ret_report, bool *ret_is_pivot);
/* Its day, as a text ("2014-12-22", "2014-12", "2014"); a fault refuses the line. */
ONUS_MUST_CHECK onus_status onus_importing_day(const onus_importing *run, uint32_t report, const onus_line *text,
                                               bool *ret_is_day);

/* The LISTED basis that the options tell of, for inputs that do not say themselves whose they are: source (else the
 * file's name without `ending`), actor, report and day. `lacks` says what is missing when the options do not. */
ONUS_MUST_CHECK onus_status onus_importing_told(const onus_importing *run, const char *ending, const char *lacks,
                                                uint32_t *ret_basis, bool *ret_is_circular);

/* An id of ATT&CK ("T1059.003", "S0154", in either case), with the technique that it belongs to. `out_id` and
 * `out_parent` hold 16 bytes. False when it is none. */
bool onus_importing_ttp(const onus_line *text, onus_ttp_kind *ret_kind, char *out_id, char *out_parent);

/* Whether the input begins, after blanks and a byte order mark, with one of `openings`; and whether a mark stands near
 * its beginning or its end, where the head of a JSON file is. */
bool onus_importing_opens_with(const onus_import_input *input, const char *openings);
bool onus_importing_has_mark(const onus_import_input *input, const char *mark);

/* The technique that a sub-technique of this id belongs to, in `out` of 16 bytes; NULL when the id is of none. */
const char *onus_importing_parent(const char *id, char *out);

/* Fails when nothing was taken: the input is empty, cut at its head, or of another format. */
ONUS_MUST_CHECK onus_status onus_importing_check(const onus_importing *run, unsigned line);

void onus_importing_refuse(const onus_importing *run, const onus_line *what, const char *why);

/* Tells how far it is; ONUS_CANCELLED when the caller wants no more. Cheap enough to be called for every line. */
ONUS_MUST_CHECK onus_status onus_importing_progress(const onus_importing *run, unsigned line, size_t at_bytes);

/* The name of the input's file without its folder, its compression and `ending`. Free with free(). */
ONUS_MUST_CHECK onus_status onus_importing_file_name(const onus_importing *run, const char *ending, char **ret_name);

/* A NUL-terminated copy, which is UTF-8 without control characters: NULL in *ret_text when the line is not. */
ONUS_MUST_CHECK onus_status onus_importing_text(const onus_importing *run, const onus_line *line, char **ret_text);

#endif
