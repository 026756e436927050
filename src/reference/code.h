/* Programs in a reference: whose code is in this one?
 *
 *     program   a file that was imported, by its SHA-256, and where the signatures of its functions lie
 *     sample    "BASIS says that PROGRAM is of FAMILY"; the basis has the actor's entry, the reports and the day
 *     family    a name under which samples are kept together: "lua5.4"
 *
 * Signatures (code/signature.h) lie in the store's array ONUS_REFERENCE_FUNCTIONS, in the order in which they came;
 * their keys in the table of pairs ONUS_REFERENCE_KEYS. Programs, samples and families are a document of their own. A
 * sample that is hidden (left out, or not yet known) is as if it had never been imported: a program without another
 * sample is not found, and its family does not make a function common. */
#ifndef ONUS_REFERENCE_CODE_H
#define ONUS_REFERENCE_CODE_H

#include "code/signature.h"
#include "reference/import.h"

#define ONUS_REFERENCE_FUNCTIONS "function"
#define ONUS_REFERENCE_KEYS "function-key"
#define ONUS_CODE_SHA256_BYTES 32

typedef struct onus_ref_program {
  uint8_t sha256[ONUS_CODE_SHA256_BYTES];
  const char *name; /* of the file that came first */
  onus_program_format format;
  bool is_64_bit;
  uint32_t first_function, n_functions; /* rows of ONUS_REFERENCE_FUNCTIONS */
  uint64_t base;                        /* addresses in signatures count from here: the first function's */
} onus_ref_program;

typedef struct onus_ref_sample {
  uint32_t program, family, basis;
} onus_ref_sample;

/* Plain arrays, borrowed from the reference. */
typedef struct onus_code_catalogue {
  const onus_ref_program *programs; /* by first_function */
  const char *const *families;
  const onus_ref_sample *samples; /* in the order in which they came */
  size_t n_programs, n_families, n_samples, n_functions;
} onus_code_catalogue;

const onus_code_catalogue *onus_reference_code(const onus_reference *reference);

/* The program of a SHA-256; ONUS_NO_NUMBER. */
uint32_t onus_reference_find_program(const onus_reference *reference, const uint8_t *sha256);

/* --- importing (code.c) ------------------------------------------------------------------------------------------- */

typedef struct onus_import_program {
  const uint8_t *sha256;
  const char *name, *family;
  uint32_t basis; /* LISTED: of an entry and its reports */
  const onus_signatures *signatures;
} onus_import_program;

/* Whether the program of this SHA-256 is there already (sealed or said before): then its signatures are not needed. */
bool onus_import_has_program(const onus_reference_writer *writer, const uint8_t *sha256);

/* "The program is of this family, on this basis." What is there already changes nothing: *ret_is_new tells. Of a
 * program that is there `signatures` may be NULL. */
ONUS_MUST_CHECK onus_status onus_import_code(onus_reference_writer *writer, const onus_import_program *program,
                                             bool *ret_is_new, onus_error *error);

/* --- asking (code_query.c) ---------------------------------------------------------------------------------------- */

enum { ONUS_CODE_MATCHES_MAX = 16 }; /* kept of a function */

/* A function of the query and one of the reference. */
typedef struct onus_code_match {
  uint32_t query;             /* of the query's fingerprints */
  uint32_t program, function; /* of the reference; which function of the program, in the order of the file */
  uint64_t address;           /* in that program */
  double log_odds, probability;
} onus_code_match;

typedef struct onus_code_function {
  size_t first_match, n_matches; /* into matches; best first; of no program two */
  uint32_t n_families;           /* that have it: with a match at or over the threshold */
  bool is_cut;                   /* all that were weighed are matches: there may be more, and more families */
  double mass;                   /* its tokens [K-10] */
  double rarity;                 /* [K-10] 1: in no or one family; 0: in all of them */
} onus_code_function;

/* A program that has something of the query. */
typedef struct onus_code_found {
  uint32_t program;
  size_t n_matched; /* functions of the query whose match in it is at or over the threshold */
  double share;     /* [K-11] part of the query's rare code that they are */
} onus_code_found;

typedef struct onus_code_result {
  onus_code_function *functions; /* as the query's fingerprints */
  size_t n_functions;
  onus_code_match *matches;
  size_t n_matches;
  onus_code_found *found; /* the largest share first */
  size_t n_found;
  double threshold;
  double rare_mass;            /* of all functions: mass times rarity, added up */
  size_t n_families;           /* in the reference, without what is hidden */
  uint64_t n_keys, n_keys_cut; /* looked up; of those, in so many functions that they were not followed */
} onus_code_result;

extern const double onus_code_threshold; /* of the probability, for what is called a match */

typedef struct onus_code_query {
  const onus_fingerprints *prints;
  const onus_hidden *hidden; /* of onus_reference_hide; NULL: nothing */
  double threshold;          /* 0: onus_code_threshold */
  bool is_quick;             /* by signatures alone, without what stands around functions [K-9] */
} onus_code_query;

/* Looks all functions up at once. Free with onus_code_result_free. */
ONUS_MUST_CHECK onus_status onus_reference_query_code(const onus_reference *reference, const onus_code_query *query,
                                                      onus_code_result **ret_result, onus_error *error);
void onus_code_result_free(onus_code_result *result);

/* [K-11] of several programs together, as of a family or an actor: the part of the query's rare code that is in any of
 * those for which is_wanted[program] is true. *ret_n (may be NULL): how many functions. */
double onus_code_share(const onus_code_result *result, const bool *is_wanted, size_t *ret_n);

#endif
