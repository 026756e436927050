/* onus: weighs the evidence for who is behind a cyber attack.
 *
 * The public interface of libonus. Opaque handles, one status for every call, no global state, nothing printed.
 *
 * Ownership: a returned pointer is borrowed and lives as long as the handle it came from; what comes back through a
 * parameter named `ret_` belongs to the caller and is freed with the call named beside it. `ret_` parameters are
 * untouched when a call fails, unless its comment says otherwise.
 *
 * Threads: handles share nothing with each other. One handle may be read from several threads at once.
 */
#ifndef ONUS_H
#define ONUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ONUS_API __attribute__((visibility("default")))
#define ONUS_MUST_CHECK __attribute__((warn_unused_result))
#else
#define ONUS_API
#define ONUS_MUST_CHECK
#endif

/* What a caller can do about it. */
typedef enum onus_status {
  ONUS_OK = 0,
  ONUS_BAD_INPUT,    /* a file is wrong: mend the file */
  ONUS_BAD_ARGUMENT, /* a name or value given by the caller is wrong: ask for something else */
  ONUS_LIMIT,        /* the input is right but larger than this program accepts: make it smaller */
  ONUS_IO,           /* the system could not read or write */
  ONUS_NO_MEMORY,    /* the system has no memory left */
  ONUS_UNSUPPORTED,  /* this build cannot do it */
  ONUS_CANCELLED,    /* the caller's progress callback said stop */
  ONUS_INTERNAL      /* a defect of onus: please report it */
} onus_status;

/* Detail of a failure. Owned by the caller; every call takes NULL too. */
typedef struct onus_error {
  onus_status status;
  const char *code_file; /* where in onus it was found (static) */
  int code_line;
  unsigned line, column; /* place in the input, from 1; 0 when it has none */
  char path[256];        /* the input, "" when it has none; shortened from the left when longer */
  char text[768];        /* what was found and what would be right */
} onus_error;

/* The name of a status in words ("bad input"); static. */
ONUS_API const char *onus_status_name(onus_status status);

/* The version of the library, "0.1.0"; static. */
ONUS_API const char *onus_version(void);

/* --- text --------------------------------------------------------------------------------------------------- */

/* Bytes made by a call, NUL-terminated beyond `length`. Freed with onus_text_free. */
typedef struct onus_text {
  char *bytes;
  size_t length;
} onus_text;

ONUS_API void onus_text_free(onus_text *text);

/* --- a case -------------------------------------------------------------------------------------------------- */

typedef struct onus_case onus_case;
typedef struct onus_problems onus_problems;

/* One thing that is wrong in a case file. Borrowed from its onus_problems. */
typedef struct onus_problem {
  const char *path;      /* the file */
  unsigned line, column; /* from 1 */
  const char *found;     /* what stands there */
  const char *remedy;    /* what would be right */
} onus_problem;

/* Reads the case at `path`: a folder that holds case.yaml or case.json, or such a file itself.
 * On ONUS_BAD_INPUT *ret_problems (if not NULL) is set and lists everything that is wrong, in the order of the file;
 * otherwise it is untouched. Free with onus_case_free, onus_problems_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_open(const char *path, onus_case **ret_case,
                                                    onus_problems **ret_problems, onus_error *error);
ONUS_API void onus_case_free(onus_case *c);

ONUS_API size_t onus_problems_count(const onus_problems *problems);
/* `index` below onus_problems_count. */
ONUS_API const onus_problem *onus_problems_get(const onus_problems *problems, size_t index);
ONUS_API void onus_problems_free(onus_problems *problems);

/* What a case holds, for a line of summary. */
typedef struct onus_case_summary {
  const char *title, *question; /* borrowed from the case */
  size_t n_hypotheses, n_propositions, n_sources, n_undercutters, n_items, n_questions, n_positions;
} onus_case_summary;

ONUS_API onus_case_summary onus_case_summarise(const onus_case *c);

/* Ids of the case's positions, in the order of the file; NULL beyond the last. */
ONUS_API const char *onus_case_position(const onus_case *c, size_t index);

/* Writes a commented starter case into the folder `directory`, which is made if it is not there.
 * ONUS_BAD_ARGUMENT if it already holds a case. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_init(const char *directory, onus_error *error);

/* --- assessing ------------------------------------------------------------------------------------------------ */

/* Called now and then during long work with the share done, 0 to 1. Return false to stop it. */
typedef bool onus_progress(void *context, double share_done);

typedef struct onus_options {
  const char *position;    /* id of a position; NULL: the first one */
  const char *as_of;       /* day "2014-12-22" or RFC 3339 instant; NULL: everything known, every retraction made */
  const char *about;       /* hypothesis or proposition; NULL: the case's `about`, else the most probable hypothesis */
  uint64_t seed;           /* of the sample; 0: the default, ONUS_DEFAULT_SEED */
  onus_progress *progress; /* may be NULL */
  void *progress_context;
} onus_options;

#define ONUS_DEFAULT_SEED UINT64_C(20141124)

typedef enum onus_verdict {
  ONUS_NOT_ENOUGH = 0, /* the 95 % quantile of the probability is below the standard */
  ONUS_DEPENDS = 1,    /* the standard lies inside the range */
  ONUS_ENOUGH = 2      /* the 5 % quantile reaches the standard */
} onus_verdict;

/* "not-enough", "depends", "enough"; static. */
ONUS_API const char *onus_verdict_name(onus_verdict verdict);

/* A probability before and after the evidence. Quantiles are over the ranges of the inputs [M-10]. */
typedef struct onus_probability {
  double prior, posterior;  /* at the point values */
  double low, median, high; /* 5 %, 50 % and 95 % quantile of the posterior */
} onus_probability;

typedef struct onus_assessment onus_assessment;   /* one position, one day */
typedef struct onus_comparison onus_comparison;   /* all positions, one day */
typedef struct onus_timeline onus_timeline;       /* all positions, every day on which something changed */
typedef struct onus_explanation onus_explanation; /* one item or source */

/* `options` may be NULL. Free with onus_assessment_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_assess(const onus_case *c, const onus_options *options,
                                                      onus_assessment **ret_assessment, onus_error *error);
ONUS_API void onus_assessment_free(onus_assessment *assessment);
ONUS_API onus_verdict onus_assessment_verdict(const onus_assessment *assessment);
/* The hypothesis or proposition that the verdict is about. */
ONUS_API const char *onus_assessment_about(const onus_assessment *assessment);
/* Probability of a hypothesis or proposition by id. ONUS_BAD_ARGUMENT if there is none. */
ONUS_MUST_CHECK ONUS_API onus_status onus_assessment_probability(const onus_assessment *assessment, const char *id,
                                                                 onus_probability *ret_probability, onus_error *error);

/* All positions side by side; options->position is not used. Free with onus_comparison_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_compare(const onus_case *c, const onus_options *options,
                                                       onus_comparison **ret_comparison, onus_error *error);
ONUS_API void onus_comparison_free(onus_comparison *comparison);

/* Posterior and verdict of each position (or of options->position alone) at every date on which something became
 * known or was retracted, up to options->as_of. Free with onus_timeline_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_timeline(const onus_case *c, const onus_options *options,
                                                        onus_timeline **ret_timeline, onus_error *error);
ONUS_API void onus_timeline_free(onus_timeline *timeline);

/* One item or source: `what` is its id, or `item:ID` / `source:ID` where one id names both.
 * Free with onus_explanation_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_explain(const onus_case *c, const char *what,
                                                       const onus_options *options, onus_explanation **ret_explanation,
                                                       onus_error *error);
ONUS_API void onus_explanation_free(onus_explanation *explanation);

/* --- showing -------------------------------------------------------------------------------------------------- */

typedef enum onus_format {
  ONUS_FORMAT_TEXT = 0, /* for a terminal */
  ONUS_FORMAT_JSON,     /* docs/assessment.schema.json */
  ONUS_FORMAT_HTML      /* one self-contained file */
} onus_format;

typedef struct onus_style {
  unsigned width; /* columns of the terminal; 0: 80 */
  bool colour;    /* ANSI colours */
  bool ascii;     /* no characters outside ASCII in bars and rules */
} onus_style;

/* `style` matters for text only and may be NULL. Free the text with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_assessment_render(const onus_assessment *assessment, onus_format format,
                                                            const onus_style *style, onus_text *ret_text,
                                                            onus_error *error);
ONUS_MUST_CHECK ONUS_API onus_status onus_comparison_render(const onus_comparison *comparison, onus_format format,
                                                            const onus_style *style, onus_text *ret_text,
                                                            onus_error *error);
ONUS_MUST_CHECK ONUS_API onus_status onus_timeline_render(const onus_timeline *timeline, onus_format format,
                                                          const onus_style *style, onus_text *ret_text,
                                                          onus_error *error);
ONUS_MUST_CHECK ONUS_API onus_status onus_explanation_render(const onus_explanation *explanation, onus_format format,
                                                             const onus_style *style, onus_text *ret_text,
                                                             onus_error *error);

/* The whole case as one self-contained page: the assessment of options->position with its matrix and waterfall, the
 * timeline and all positions side by side. Free with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_page(const onus_case *c, const onus_options *options,
                                                    onus_text *ret_text, onus_error *error);

/* The explicit Bayesian network of one position at the point values, in the Bayesian network interchange format (BIF
 * 0.15): one story per undercutter, a chain of selectors per item. Every node `item_…` is to be observed in its state
 * `found`. Free with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_export_bif(const onus_case *c, const onus_options *options,
                                                          onus_text *ret_text, onus_error *error);

/* --- the reference -------------------------------------------------------------------------------------------- */

/* What is publicly said about actors: names, reports, indicators, techniques and software, as claims of sources. A
 * `location` is a folder, or "file:" and a folder. */

/* How to import. Formats that say it themselves are not asked; all may be NULL. */
typedef struct onus_import_options {
  const char *format;  /* NULL: recognised; two that both fit are an error that names them */
  const char *source;  /* id of the source; NULL: the format's own, or the file's name */
  const char *actor;   /* of plain lists: whose they are */
  const char *report;  /* of plain lists: URL or name of the report */
  const char *day;     /* of plain lists: day of the report */
  size_t memory_bytes; /* bound on what waits in memory besides the catalogue and the file; 0: 256 MiB */
  onus_progress *progress;
  void *progress_context;
} onus_import_options;

typedef struct onus_imported onus_imported; /* what importing did, file by file, with what was refused and why */

/* Reads the files, which come as upstream publishes them, plain or packed (gzip, Zstandard), and adds them to the
 * reference at `location`, which is made if it is not there: all of them or, on any failure, none. Importing a file
 * again changes nothing. Free with onus_imported_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_import(const char *location, const char *const *paths,
                                                           size_t n_paths, const onus_import_options *options,
                                                           onus_imported **ret_imported, onus_error *error);
ONUS_API void onus_imported_free(onus_imported *imported);

/* Formats that are read: name and one line about it; false beyond the last. */
ONUS_API bool onus_import_format_at(size_t index, const char **ret_name, const char **ret_summary);

typedef struct onus_reference onus_reference;

/* What was imported when this is called. One handle may be read from several threads. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_open(const char *location, onus_reference **ret_reference,
                                                         onus_error *error);
ONUS_API void onus_reference_close(onus_reference *reference);

/* Who is called `name`, who says so, and who means somebody else by it; without a name (NULL) all names that mean
 * several actors. Text or JSON; ONUS_BAD_ARGUMENT, with near names, if nobody is called so. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_names(const onus_reference *reference, const char *name,
                                                          onus_format format, const onus_style *style,
                                                          onus_text *ret_text, onus_error *error);

/* What is in it: sources, actors, reports, techniques, indicators, its digest. Text or JSON. Reads all of it. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_info(const onus_reference *reference, onus_format format,
                                                         const onus_style *style, onus_text *ret_text,
                                                         onus_error *error);

ONUS_MUST_CHECK ONUS_API onus_status onus_imported_render(const onus_imported *imported, onus_format format,
                                                          const onus_style *style, onus_text *ret_text,
                                                          onus_error *error);

/* Writes a file whole or not at all: to a temporary file beside it, fsync, rename. */
ONUS_MUST_CHECK ONUS_API onus_status onus_file_write(const char *path, const void *bytes, size_t length_bytes,
                                                     onus_error *error);

#ifdef __cplusplus
}
#endif
#endif
