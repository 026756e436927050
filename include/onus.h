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

/* The same of bytes in memory, JSON if `is_json`, YAML otherwise. `path` stands for a file in messages; `directory` is
 * where the files of the case are looked up; NULL: they are not, and items that are to be computed have no rows. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_parse(const char *path, const char *directory, const char *bytes,
                                                     size_t length_bytes, bool is_json, onus_case **ret_case,
                                                     onus_problems **ret_problems, onus_error *error);

/* The case as it would be if the position (NULL: the first) said otherwise. `overrides` is JSON by
 * docs/what-if.schema.json: `prior`, `reliability`, `probability`, `evidence` and `standard` as a position in a case
 * file has them, on top of what it says already; `"omit": true` leaves an item out, and `towards` first takes over from another position
 * what parts the two. Problems are listed as by
 * onus_case_open, the path "what-if". What comes back is for the calls that assess and show; it borrows from `c`, which
 * must outlive it. Free with onus_case_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_what_if(const onus_case *c, const char *position, const char *overrides,
                                                       size_t length_bytes, onus_case **ret_case,
                                                       onus_problems **ret_problems, onus_error *error);

/* A document in memory. */
typedef struct onus_document_text {
  const char *bytes;
  size_t length;
  bool is_json; /* otherwise YAML */
} onus_document_text;

/* The case file as JSON, with the same keys in the same order; for a position (NULL: all of it) without what it cannot
 * open: of sealed items whose content the file holds, the row, reasons, day of observation and attachments, and how
 * positions that can open them see them otherwise. Free with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_document(const onus_case *c, const char *position, onus_text *ret_json,
                                                        onus_error *error);

/* A sealed item as a position sees it. */
typedef struct onus_sealed_item {
  const char *id, *title, *commitment; /* borrowed from the case */
  bool is_held;                        /* the case file itself holds what was sealed */
  bool is_opened;                      /* it was opened beside the case, for some position */
  bool is_readable;                    /* the position has it open: held or opened for it */
} onus_sealed_item;

/* The sealed items, in the order of the file; false beyond the last. `position` NULL can open none. */
ONUS_API bool onus_case_sealed_item(const onus_case *c, const char *position, size_t index, onus_sealed_item *ret_item);

/* A document as YAML. What is the same in `earlier` (NULL: there is none) stays as it was written there, with comments
 * and layout; what changed is written anew, and comments inside it are lost. What comes out is read back as the same
 * document. It is not checked as a case: that is for onus_case_parse, whose places are then those of this text. Errors
 * have the path "document" or "earlier". Free with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_document_to_yaml(const onus_document_text *document,
                                                           const onus_document_text *earlier, onus_text *ret_yaml,
                                                           onus_error *error);

/* Puts together what two people made of the same case. Maps are merged key by key, lists whose entries have ids (or
 * names) entry by entry; what an item says is one value, as is everything else. *ret_text is `theirs` with what is in
 * `mine` alone, in its layout (JSON when it is JSON, YAML otherwise); where both changed the same value in different
 * ways it has theirs, and *ret_conflicts, JSON by docs/merge.schema.json, tells all three. It is not checked as a case:
 * one may have removed what the other refers to. Errors have the path "base", "mine" or "theirs". Free both with
 * onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_document_merge(const onus_document_text *base, const onus_document_text *mine,
                                                         const onus_document_text *theirs, onus_text *ret_text,
                                                         onus_text *ret_conflicts, size_t *ret_n_conflicts,
                                                         onus_error *error);

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
  bool brief;              /* onus_case_assess: probabilities, verdict, undercutters and rows alone, which takes a tenth
                              of the time; shown as JSON only */
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

/* Items by hypotheses as options->position sees them, with likelihood ratios, weights and diagnosticity: the matrix of
 * an analysis of competing hypotheses, as JSON by docs/matrix.schema.json. Without weights when options->brief. Free
 * with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_matrix(const onus_case *c, const onus_options *options,
                                                      onus_text *ret_json, onus_error *error);

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
  const char *actor;   /* of plain lists, CSV and programs: whose they are */
  const char *report;  /* of plain lists, CSV and programs: URL or name of the report */
  const char *day;     /* of plain lists, CSV and programs: day of the report */
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

typedef struct onus_code_imported onus_code_imported; /* what importing a folder of programs did, family by family */

/* Reads the executable files in `folder` (ELF, PE and Mach-O for x86 and x86-64), each in a process apart without files
 * and network, and adds their functions to the reference at `location`: programs of options->actor, as options->report
 * says. A folder in it is a family; a file that lies in it directly is a family of its own. A file that is no such
 * program, crashes its reader or takes too long is noted and skipped; it is ONUS_BAD_INPUT when nothing is left.
 * Importing again changes nothing, so what was interrupted goes on where it was sealed last. Free with
 * onus_code_imported_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_import_code(const char *location, const char *folder,
                                                                const onus_import_options *options,
                                                                onus_code_imported **ret_imported, onus_error *error);
ONUS_API void onus_code_imported_free(onus_code_imported *imported);
/* Text, or JSON by docs/code-import.schema.json. */
ONUS_MUST_CHECK ONUS_API onus_status onus_code_imported_render(const onus_code_imported *imported, onus_format format,
                                                               const onus_style *style, onus_text *ret_text,
                                                               onus_error *error);

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

typedef struct onus_copied onus_copied; /* what pulling or pushing a reference did */

/* Makes the folder a copy of the reference that lies in a cluster at `location`, or brings it up to date: only what it
 * lacks is fetched. Readers of the folder see what it held before, or all of the new. What was fetched when this fails
 * or is cancelled stays, and the same call goes on from there. Nothing else can be written to a copy. ONUS_BAD_ARGUMENT
 * for a folder that has imports of its own or is a copy of another store; ONUS_IO while another process writes to it.
 * `progress` may be NULL. Free with onus_copied_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_pull(const char *location, const char *folder,
                                                         onus_progress *progress, void *progress_context,
                                                         onus_copied **ret_copied, onus_error *error);
/* Adds to the reference in a cluster at `location`, which is made if it is not there, what it lacks of the folder's, all
 * or nothing. ONUS_BAD_ARGUMENT, and nothing is changed, when the cluster holds what the folder lacks. `progress` may be
 * NULL. Free with onus_copied_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_push(const char *folder, const char *location,
                                                         onus_progress *progress, void *progress_context,
                                                         onus_copied **ret_copied, onus_error *error);
/* Whether the copy, or the reference in the cluster, is another one than before. */
ONUS_API bool onus_copied_has_changed(const onus_copied *copied);
ONUS_API void onus_copied_free(onus_copied *copied);
/* Text, or JSON by docs/reference-pull.schema.json or docs/reference-push.schema.json. */
ONUS_MUST_CHECK ONUS_API onus_status onus_copied_render(const onus_copied *copied, onus_format format,
                                                        const onus_style *style, onus_text *ret_text,
                                                        onus_error *error);

/* --- functions that programs share ---------------------------------------------------------------------------- */

typedef struct onus_match_file_options {
  double threshold;    /* from which probability on a pair is called a match; 0: that of docs/CODE.md */
  size_t n_shown;      /* pairs in the text and on the page; 0: 40 */
  double seconds;      /* limits of the process apart that does it; 0: ONUS_MATCH_SECONDS */
  size_t memory_bytes; /* 0: ONUS_MATCH_MEMORY_BYTES */
} onus_match_file_options;

#define ONUS_MATCH_SECONDS 600.0
#define ONUS_MATCH_MEMORY_BYTES ((size_t)4 << 30)

/* Which functions of the executable file `path` are in the files `others` too: ELF, PE or Mach-O for x86 or x86-64,
 * read in a process apart without files and network. Text, JSON by docs/match.schema.json, or one page with the
 * instructions of both side by side. `options` may be NULL; `style` matters for text only and may be NULL. Free with
 * onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_match_files(const char *path, const char *const *others, size_t n_others,
                                                      const onus_match_file_options *options, onus_format format,
                                                      const onus_style *style, onus_text *ret_text, onus_error *error);

typedef struct onus_lineage_options {
  const char *as_of;            /* day: only what was known then; NULL: everything */
  const char *const *leave_out; /* reports (URLs or names) to do without, such as the program's own */
  size_t n_leave_out;
  double threshold;             /* from which probability on a function counts as found; 0: that of docs/CODE.md */
  size_t n_shown;               /* functions, and programs, in the text and on the page; 0: 40 */
  double seconds_per_file;      /* limits of the process apart that reads a file; 0: ONUS_CODE_SECONDS */
  size_t memory_bytes_per_file; /* 0: ONUS_CODE_MEMORY_BYTES */
  size_t most_functions;        /* of a file; one with more is among the refusals; 0: as many as there are */
} onus_lineage_options;

typedef struct onus_lineages onus_lineages; /* whose code is in which programs */

/* Asks the reference at `location` whose code is in each of the executable files. A file that cannot be read, crashes its
 * reader or takes too long is among the refusals, and the others are asked about all the same. `options` may be NULL.
 * Free with onus_lineages_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_lineages(const char *location, const char *const *paths,
                                                             size_t n_paths, const onus_lineage_options *options,
                                                             onus_lineages **ret_lineages, onus_error *error);
ONUS_API void onus_lineages_free(onus_lineages *lineages);
/* Why a file was not read; NULL beyond the last; borrowed. */
ONUS_API const onus_error *onus_lineages_refusal(const onus_lineages *lineages, size_t index);
/* Text, JSON by docs/lineage.schema.json, or one page. */
ONUS_MUST_CHECK ONUS_API onus_status onus_lineages_render(const onus_lineages *lineages, onus_format format,
                                                          const onus_style *style, onus_text *ret_text,
                                                          onus_error *error);

/* --- who works like this -------------------------------------------------------------------------------------- */

/* Two engines compare what was found in an incident with a reference: "infrastructure" (indicators) and "techniques"
 * (techniques and software). What they give is calibrated on incidents whose actors are known: docs/CALIBRATION.md. */

typedef struct onus_rank_options {
  const char *engine;           /* its name; NULL: every one for which the incident has something */
  const char *incident;         /* its id, where the file holds several; NULL: the only one */
  const char *as_of;            /* day: only what was known then; NULL: everything */
  const char *const *leave_out; /* reports (URLs or names) and campaigns to do without, beside the incident's own */
  size_t n_leave_out;
  size_t n_shown; /* actors in the text, and actors with links; 0: 10 */
} onus_rank_options;

typedef struct onus_ranked onus_ranked; /* one incident against every actor */

/* The incident in the file `path` against the reference at `location`. `options` may be NULL. Free with
 * onus_ranked_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_rank(const char *location, const char *path,
                                                         const onus_rank_options *options, onus_ranked **ret_ranked,
                                                         onus_error *error);
ONUS_API void onus_ranked_free(onus_ranked *ranked);
/* Text, or JSON by docs/ranking.schema.json. */
ONUS_MUST_CHECK ONUS_API onus_status onus_ranked_render(const onus_ranked *ranked, onus_format format,
                                                        const onus_style *style, onus_text *ret_text,
                                                        onus_error *error);

/* Computes the row of every item of the case at `path` that says `compute`, by comparing its artefact with the
 * reference at `location` as of the day on which the item became known, and writes them all, or none, into the folder
 * computed/ of the case. From then on the case is assessed without the reference. *ret_lines has a line about each.
 * Problems are listed as by onus_case_open; an actor that the reference does not know, or whose name may mean several,
 * is ONUS_BAD_INPUT at the hypothesis that lists it, without a list. Free with onus_text_free, onus_problems_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_compute(const char *path, const char *location, onus_text *ret_lines,
                                                       onus_problems **ret_problems, onus_error *error);

/* By which weights incidents are judged. */
typedef enum onus_fit_mode {
  ONUS_FIT_OWN = 0, /* those that count in the reference */
  ONUS_FIT_FOLDS,   /* each by weights fitted to the others, whole actors left out together */
  ONUS_FIT_ROLLING  /* each year by weights fitted to earlier ones, the reference as of the end of the year before */
} onus_fit_mode;

typedef struct onus_validation_options {
  const char *engine;    /* its name; NULL: the one for which the incidents have something */
  const char *incidents; /* file of incidents; NULL: the reference's own reports, each judged by the others */
  const char *truth;     /* file that says who did them; NULL: nobody says, so nothing is measured */
  onus_fit_mode fit;     /* of onus_reference_evaluate; calibrating measures by folds */
  uint64_t seed;         /* of folds and bootstraps; 0: ONUS_DEFAULT_SEED */
  onus_progress *progress;
  void *progress_context;
} onus_validation_options;

typedef struct onus_evaluated onus_evaluated; /* many incidents judged, and how well */

/* Judges incidents and measures how well, where it is known who did them. Free with onus_evaluated_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_evaluate(const char *location,
                                                             const onus_validation_options *options,
                                                             onus_evaluated **ret_evaluated, onus_error *error);

/* The same in folds, then fits weights to all the incidents and keeps them in the reference, where they count from then
 * on for this engine. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_calibrate(const char *location,
                                                              const onus_validation_options *options,
                                                              onus_evaluated **ret_evaluated, onus_error *error);
ONUS_API void onus_evaluated_free(onus_evaluated *evaluated);

/* Text, or JSON by docs/evaluation.schema.json. */
ONUS_MUST_CHECK ONUS_API onus_status onus_evaluated_render(const onus_evaluated *evaluated, onus_format format,
                                                           const onus_style *style, onus_text *ret_text,
                                                           onus_error *error);

/* Lines of incident_id, actor (upstream id, or UNKNOWN), probability and log10LR, with tabs between them and a line of
 * headers. */
ONUS_MUST_CHECK ONUS_API onus_status onus_evaluated_predictions(const onus_evaluated *evaluated, onus_text *ret_text,
                                                                onus_error *error);

typedef enum onus_plot {
  ONUS_PLOT_TIPPETT = 0, /* likelihood ratios of right and wrong actors */
  ONUS_PLOT_RELIABILITY  /* whether answers are right as often as they say */
} onus_plot;

/* An SVG file. ONUS_BAD_ARGUMENT where there is nothing to plot. */
ONUS_MUST_CHECK ONUS_API onus_status onus_evaluated_plot(const onus_evaluated *evaluated, onus_plot plot,
                                                         onus_text *ret_text, onus_error *error);

/* --- verification ---------------------------------------------------------------------------------------------- */

/* This part, the general one and text are all that libonus-verify has. */

/* A key's fingerprint: the first 16 bytes of SHA-256 of the key, in hexadecimal digits and in words, one for a byte. */
typedef struct onus_fingerprint {
  char hex[40];
  char words[160];
} onus_fingerprint;

/* `public_key` is written name+id+key; what follows a line end is not read. */
ONUS_MUST_CHECK ONUS_API onus_status onus_key_fingerprint(const char *public_key, onus_fingerprint *ret_fingerprint,
                                                          onus_error *error);

typedef enum onus_finding_kind {
  ONUS_FINDING_PROVEN = 0, /* follows from signatures and hashes */
  ONUS_FINDING_NOT_PROVEN, /* said, or left open, and not proven here */
  ONUS_FINDING_REFUSED     /* something is not as it was signed */
} onus_finding_kind;

typedef struct onus_finding {
  onus_finding_kind kind;
  const char *about; /* one of the words that docs/custody.schema.json explains: signer, time, file, … */
  const char *text;  /* names and paths in it are those of the case: make them safe before printing */
} onus_finding;

typedef struct onus_verify_options {
  const char *const
      *keys; /* public keys that the caller knows to be who they say; NULL: those that came with the case */
  size_t n_keys;
  const char *since;       /* file with a checkpoint that was kept from earlier; NULL: none */
  onus_progress *progress; /* may be NULL */
  void *progress_context;
} onus_verify_options;

/* What a verification found. Free with onus_verification_free. */
typedef struct onus_verification onus_verification;

/* Checks the signatures, the history, every file, and every sealed item that was opened in the case in the folder
 * `folder`. ONUS_OK when it came to an end: whether nothing was refused says onus_verification_holds. What is damaged
 * so that checking cannot go on is ONUS_BAD_INPUT. `options` may be NULL. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_verify(const char *folder, const onus_verify_options *options,
                                                      onus_verification **ret_verification, onus_error *error);
/* Checks a proof alone, with options->keys; options->since is not used. */
ONUS_MUST_CHECK ONUS_API onus_status onus_proof_verify(const char *path, const onus_verify_options *options,
                                                       onus_verification **ret_verification, onus_error *error);
ONUS_API bool onus_verification_holds(const onus_verification *verification);
ONUS_API size_t onus_verification_count(const onus_verification *verification);
/* `index` below onus_verification_count. */
ONUS_API const onus_finding *onus_verification_get(const onus_verification *verification, size_t index);
ONUS_API void onus_verification_free(onus_verification *verification);

/* --- custody --------------------------------------------------------------------------------------------------- */

/* Bytes that nobody else is to see, in guarded memory that is wiped when it is freed. */
typedef struct onus_secret onus_secret;

/* Room for `capacity_bytes`, zeroed. Free with onus_secret_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_secret_new(size_t capacity_bytes, onus_secret **ret_secret,
                                                     onus_error *error);
ONUS_API void onus_secret_free(onus_secret *secret);
ONUS_API char *onus_secret_bytes(onus_secret *secret);
ONUS_API size_t onus_secret_capacity(const onus_secret *secret);
/* How many of the bytes are used; 0 at first. */
ONUS_API void onus_secret_set_length(onus_secret *secret, size_t length_bytes);

/* A private key with its name (Ed25519). Free with onus_key_free. */
typedef struct onus_key onus_key;

/* A new one. A name has no blanks and no plus; a web address without its scheme, as fbi.example/sony, avoids that two
 * are named alike. */
ONUS_MUST_CHECK ONUS_API onus_status onus_key_new(const char *name, onus_key **ret_key, onus_error *error);
ONUS_API void onus_key_free(onus_key *key);
/* Writes it, encrypted under the passphrase, to a file that only its owner can read; a file that is there already is
 * ONUS_BAD_ARGUMENT. */
ONUS_MUST_CHECK ONUS_API onus_status onus_key_write(const onus_key *key, const char *path,
                                                    const onus_secret *passphrase, onus_error *error);
ONUS_MUST_CHECK ONUS_API onus_status onus_key_read(const char *path, const onus_secret *passphrase, onus_key **ret_key,
                                                   onus_error *error);
/* The public half, written name+id+key; free with onus_text_free. `cosigns`: as a cosigner's, which has another id. */
ONUS_MUST_CHECK ONUS_API onus_status onus_key_public(const onus_key *key, bool cosigns, onus_text *ret_text,
                                                     onus_error *error);
/* The same read from the file of a private key, without its passphrase. */
ONUS_MUST_CHECK ONUS_API onus_status onus_key_file_public(const char *path, bool cosigns, onus_text *ret_text,
                                                          onus_error *error);

/* What a signature adds to the history of a case. */
typedef struct onus_signing_summary {
  uint64_t size;                        /* leaves signed now */
  size_t n_added, n_changed, n_removed; /* files */
  size_t n_commitments, n_padding;      /* hidden leaves */
} onus_signing_summary;

/* Signs every file of the case in `folder` and every commitment in it. The first key that signs a case is the only one
 * that can go on. When nothing has changed since the last signature nothing is written, and all but `size` is 0. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_sign(const char *folder, const onus_key *key,
                                                    onus_signing_summary *ret_summary, onus_error *error);
/* Adds to the last checkpoint what another party that checked it says: that it was there at `time_utc` (seconds since
 * 1970; 0: now). */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_cosign(const char *folder, const onus_key *key, int64_t time_utc,
                                                      onus_error *error);
/* A request for a time stamp of the last checkpoint (RFC 3161, DER); free with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_stamp_request(const char *folder, onus_text *ret_request,
                                                             onus_error *error);
/* Puts the authority's answer, in the file `path`, beside the checkpoint that it stamps. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_stamp(const char *folder, const char *path, onus_error *error);

typedef struct onus_seal_options {
  const char *const *items; /* ids */
  size_t n_items;
  const char
      *vouch; /* the row that the holder vouches for, as YAML: "{ratio: {dprk: [5, 50]}}"; NULL: each item's own */
  const char *title; /* in place of the items' titles; NULL: they stay */
  const char *store; /* file of what was sealed; made when it is not there */
} onus_seal_options;

typedef struct onus_seal_summary {
  size_t n_sealed;           /* items */
  size_t n_attachments;      /* files that were removed from the case */
  size_t n_attachments_kept; /* those that another item names too, and that stay public */
} onus_seal_summary;

/* Moves row, reasons, day of observation and attachments of items out of the case in `folder` into the store, which is
 * encrypted under the passphrase; a commitment and the vouched row stay. Items that are sealed with what is in the
 * store already are only cleaned up after. The case is to be signed next. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_seal(const char *folder, const onus_seal_options *options,
                                                    const onus_secret *passphrase, onus_seal_summary *ret_summary,
                                                    onus_error *error);

typedef struct onus_reveal_options {
  const char *item;
  const char *store;
  bool all_attachments;
  const char *const *attachments; /* paths of those to be shown; all_attachments: all of them */
  size_t n_attachments;
  const char *to; /* file of the proof */
} onus_reveal_options;

/* Writes a proof (c2sp.org/tlog-proof@v1) that discloses a sealed item of a signed case to whoever is given it. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_reveal(const char *folder, const onus_reveal_options *options,
                                                      const onus_secret *passphrase, onus_error *error);

typedef struct onus_unseal_options {
  const char *proof;            /* its file */
  const char *const *positions; /* ids of those that are to use what it discloses */
  size_t n_positions;
  const char *const *keys; /* as in onus_verify_options */
  size_t n_keys;
} onus_unseal_options;

/* Checks a proof against the signed case in `folder` and adds what it discloses for the positions: in the folder
 * `opened` of this copy, which is neither signed nor packed. *ret_item is the id of the item; free with
 * onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_unseal(const char *folder, const onus_unseal_options *options,
                                                      onus_text *ret_item, onus_error *error);

/* Computes the verdict of every position of the case in `folder` and writes a signed record of it with the digests of
 * all that went in, so that others can compute it again. options->position is not used; `options` may be NULL. `to`
 * NULL: the next free records/NNNN.record of the case. *ret_path is where it was written; free with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_record(const char *folder, const onus_options *options,
                                                      const onus_key *key, const char *to, onus_text *ret_path,
                                                      onus_error *error);

/* Computes again what the record in the file `path` says of the case in `folder` (NULL: the one that the record lies
 * in) and compares every value. The findings say what agrees, the first value that differs, and why. */
ONUS_MUST_CHECK ONUS_API onus_status onus_record_replay(const char *path, const char *folder,
                                                        const onus_verify_options *options,
                                                        onus_verification **ret_verification, onus_error *error);

/* How a case becomes a STIX 2.1 bundle. */
typedef struct onus_stix_options {
  const char *previous; /* an earlier bundle of this case: identifiers and `created` stay, `modified` moves only where
                           something changed; NULL: there is none */
  bool may_be_missing;  /* `previous` is used if it is there and is a bundle of onus */
  const char *now;      /* the time of export, RFC 3339; NULL: the clock's */
  bool opened;          /* what stands behind seals goes along; otherwise only their commitments do */
} onus_stix_options;

/* The case with the assessments of all positions as a STIX 2.1 bundle; options->position is whose figures stand as
 * confidence. What STIX has no place for is in the property extension that docs/stix-extension.schema.json describes,
 * so that onus_case_import gives the same case back. Objects of bundles in the folder `imported` of the case are handed
 * on as they came. Free with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_export_stix(const onus_case *c, const onus_options *options,
                                                           const onus_stix_options *stix, onus_text *ret_text,
                                                           onus_error *error);

/* What a reference says about actors as a STIX 2.1 bundle: its sources as identities, their actors and campaigns as
 * intrusion sets and campaigns with their names, and which of them are the same. stix->opened is not used. Free with
 * onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_reference_export_stix(const onus_reference *reference,
                                                                const onus_stix_options *stix, onus_text *ret_text,
                                                                onus_error *error);

/* What the exports below have in common. */
typedef struct onus_export_options {
  const char *now; /* the time of export, RFC 3339; NULL: the clock's */
  bool opened;     /* what stands behind seals goes along */
} onus_export_options;

/* The case as a MISP event with analyst data: docs/EXCHANGE.md says what becomes what. options->position is who makes
 * the event. Free with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_export_misp(const onus_case *c, const onus_options *options,
                                                           const onus_export_options *wanted, onus_text *ret_text,
                                                           onus_error *error);
/* Items by hypotheses as CSV (RFC 4180, UTF-8), by the rows that options->position uses: an ACH matrix. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_export_matrix(const onus_case *c, const onus_options *options,
                                                             const onus_export_options *wanted, onus_text *ret_text,
                                                             onus_error *error);
/* The techniques of the case as a layer of the ATT&CK Navigator (version 4.5 of its format), scored by the logarithms
 * of ratios that `onus compute` found. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_export_navigator(const onus_case *c, const onus_options *options,
                                                                const onus_export_options *wanted, onus_text *ret_text,
                                                                onus_error *error);

typedef struct onus_case_imported onus_case_imported;

typedef struct onus_case_import_options {
  const char *subject; /* STIX: id or name of what the attributions are about; NULL: whatever they are about */
  const char *now;     /* the day of import, for what has no date or one that lies ahead; NULL: the clock's */
} onus_case_import_options;

/* Makes a case of files that others wrote: STIX 2.1 bundles, MISP events, statements as CSV. A bundle that onus wrote
 * gives back its case, and opinions of others in it become positions. Everything else gives a draft: every attribution
 * is a statement by its source, and what could not be carried over is noted. The case has been checked.
 * ONUS_BAD_INPUT when a file is wrong or nothing in it says who is behind anything. Free with onus_case_imported_free.
 */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_import(const char *const *paths, size_t n_paths,
                                                      const onus_case_import_options *options,
                                                      onus_case_imported **ret_imported, onus_error *error);
ONUS_API void onus_case_imported_free(onus_case_imported *import);
/* The case as YAML; borrowed. */
ONUS_API const char *onus_case_imported_text(const onus_case_imported *import);
/* What was not carried over, or otherwise than it stood; NULL beyond the last; borrowed. */
ONUS_API const char *onus_case_imported_note(const onus_case_imported *import, size_t index);
/* Writes the case into the folder `directory`, which must not be there or be empty, with its files, and with what was
 * imported in the folder `imported`, from which exports hand it on. All or nothing. */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_imported_write(const onus_case_imported *import, const char *directory,
                                                              onus_error *error);

/* --- packing ---------------------------------------------------------------------------------------------------- */

typedef struct onus_package_summary {
  size_t n_files;
  uint64_t case_bytes;    /* of those files */
  uint64_t package_bytes; /* of the one that they are packed into */
} onus_package_summary;

/* Packs the case in `folder` into the file `path`, whose name ends in .zip or .tar.zst: a bag (RFC 8493) with what
 * `onus_case_sign` covers and the signatures. The same case gives the same bytes. What a reader opened for himself
 * stays out; a private key, a store of sealed items or a proof in the case is ONUS_BAD_INPUT. `progress` may be NULL.
 */
ONUS_MUST_CHECK ONUS_API onus_status onus_case_pack(const char *folder, const char *path, onus_progress *progress,
                                                    void *progress_context, onus_package_summary *ret_summary,
                                                    onus_error *error);

/* Unpacks the case in the file `path`, a bag in a zip or tar.zst by whoever, to `folder`, which must not be there and
 * appears whole or not at all. The bag must be valid, and no byte of a file that onus packed may have changed. What
 * would leave the folder, is no plain file, or blows up is refused. Signatures are not checked. */
ONUS_MUST_CHECK ONUS_API onus_status onus_package_unpack(const char *path, const char *folder, onus_progress *progress,
                                                         void *progress_context, onus_package_summary *ret_summary,
                                                         onus_error *error);

/* onus_case_verify of the case in the file `path`, which is unpacked to a private folder in `scratch` (NULL: /tmp) and
 * removed. */
ONUS_MUST_CHECK ONUS_API onus_status onus_package_verify(const char *path, const char *scratch,
                                                         const onus_verify_options *options,
                                                         onus_verification **ret_verification, onus_error *error);

/* --- TAXII ----------------------------------------------------------------------------------------------------- */

/* Collections of STIX objects on TAXII 2.1 servers. A `url` is that of discovery, of an API root or of a collection:
 * https, or http to this machine. Certificates are always verified. docs/EXCHANGE.md has the rules. A program that uses
 * them must ignore SIGPIPE. */

/* Called now and then with how many objects are done, of how many; 0 when nobody knows. Return false to stop. */
typedef bool onus_taxii_progress(void *context, size_t n_done, size_t n_all);

typedef struct onus_taxii_options {
  const char *user;            /* HTTP basic authentication; NULL: none */
  const onus_secret *password; /* of the user; NULL: an empty one */
  const onus_secret *token;    /* a bearer token, in place of user and password; NULL: none */
  const char *ca_file;         /* certificates (PEM) of those who may vouch for the server; NULL: those of the system */
  unsigned timeout_s;          /* for a whole request; 0: 120 */
  unsigned n_attempts;         /* in a row, without anything gained, before giving up; 0: 6 */
  size_t n_page;               /* objects to ask for, or to send, in one request; 0: 1000 */
  onus_taxii_progress *progress; /* may be NULL */
  void *progress_context;
} onus_taxii_options;

/* Which objects to pull, as TAXII has it; each may be NULL. */
typedef struct onus_taxii_filters {
  const char *added_after;  /* a day or RFC 3339 time: only what was added to the collection later */
  const char *type, *id;    /* several with commas between them */
  const char *version;      /* first, last, all, or times; the server's default is last */
  const char *spec_version; /* of STIX, as 2.1 */
} onus_taxii_filters;

typedef struct onus_transfer onus_transfer; /* what was listed, pulled or pushed */

/* The collections at `url`. `options` may be NULL, here and below. Free with onus_transfer_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_taxii_list(const char *url, const onus_taxii_options *options,
                                                     onus_transfer **ret_transfer, onus_error *error);

/* Fetches the objects of a collection (its id, alias or title; NULL when `url` is its own) into a STIX bundle, the file
 * `output`, which is written when all of them are there. Until then every page is kept in the file OUTPUT.pull: the
 * same call goes on from there after whatever ended it, and fetches no object a second time into the bundle. `filters`
 * may be NULL. */
ONUS_MUST_CHECK ONUS_API onus_status onus_taxii_pull(const char *url, const char *collection, const char *output,
                                                     const onus_taxii_filters *filters,
                                                     const onus_taxii_options *options, onus_transfer **ret_transfer,
                                                     onus_error *error);

/* Adds the objects of the STIX bundle in the file `path` to a collection. What was accepted is kept in the file `state`
 * (NULL: PATH.push), until all is: the same call goes on from there, and sends nothing again that was accepted. ONUS_OK
 * when the server has answered for every object: whether it took all of them says onus_transfer_is_complete. */
ONUS_MUST_CHECK ONUS_API onus_status onus_taxii_push(const char *url, const char *collection, const char *path,
                                                     const char *state, const onus_taxii_options *options,
                                                     onus_transfer **ret_transfer, onus_error *error);
ONUS_API bool onus_transfer_is_complete(const onus_transfer *transfer);
ONUS_API void onus_transfer_free(onus_transfer *transfer);

/* Text, or JSON by docs/transfer.schema.json. */
ONUS_MUST_CHECK ONUS_API onus_status onus_transfer_render(const onus_transfer *transfer, onus_format format,
                                                          const onus_style *style, onus_text *ret_text,
                                                          onus_error *error);
/* --- executable files ------------------------------------------------------------------------------------------ */

/* Limits of the process apart in which each file is read. */
typedef struct onus_code_options {
  double seconds_per_file;      /* 0: ONUS_CODE_SECONDS */
  size_t memory_bytes_per_file; /* 0: ONUS_CODE_MEMORY_BYTES */
} onus_code_options;

#define ONUS_CODE_SECONDS 60.0
#define ONUS_CODE_MEMORY_BYTES ((size_t)1 << 30)

typedef struct onus_code onus_code; /* executable files: what they are and which functions they have */

/* Reads ELF, PE and Mach-O files for x86 and x86-64, each in a process of its own without files and network. A file
 * that cannot be read, crashes its reader or takes too long is among the refusals, and the others are read all the
 * same. `options` may be NULL. Free with onus_code_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_code_read(const char *const *paths, size_t n_paths,
                                                    const onus_code_options *options, onus_code **ret_code,
                                                    onus_error *error);
ONUS_API void onus_code_free(onus_code *code);
/* Why a file was not read; NULL beyond the last; borrowed. */
ONUS_API const onus_error *onus_code_refusal(const onus_code *code, size_t index);
/* As text or JSON (docs/functions.schema.json). Free the text with onus_text_free. */
ONUS_MUST_CHECK ONUS_API onus_status onus_code_render(const onus_code *code, onus_format format,
                                                      const onus_style *style, onus_text *ret_text, onus_error *error);

/* Writes a file whole or not at all: to a temporary file beside it, fsync, rename. */
ONUS_MUST_CHECK ONUS_API onus_status onus_file_write(const char *path, const void *bytes, size_t length_bytes,
                                                     onus_error *error);

#ifdef __cplusplus
}
#endif
#endif
