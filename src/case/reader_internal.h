/* What all parts of the case reader share: complaints, memory, maps whose keys are all accounted for, values.
 *
 * A value that is wrong is complained about and reading goes on, so that one run lists everything. Functions named
 * `take` ask for a key of a map; functions named `read` turn a node into a value and return false after a complaint.
 * Only a lack of memory stops reading: it sets `status`, after which everything fails quickly.
 */
#ifndef ONUS_CASE_READER_INTERNAL_H
#define ONUS_CASE_READER_INTERNAL_H

#include "case/case.h"
#include "case/problems.h"
#include "document/document.h"
#include "document/quote.h"

#define ONUS_CASE_ARENA_BYTES ((size_t)256 << 20)
#define ONUS_CASE_TEXT_BYTES ((size_t)64 << 10)

typedef enum onus_id_kind {
  ONUS_ID_HYPOTHESIS,
  ONUS_ID_PROPOSITION, /* shares its namespace with the hypotheses */
  ONUS_ID_SOURCE,
  ONUS_ID_UNDERCUTTER,
  ONUS_ID_ITEM,
  ONUS_ID_QUESTION,
  ONUS_ID_POSITION,
  ONUS_ID_KINDS
} onus_id_kind;

/* The ids of one kind, and where each stands. */
typedef struct onus_ids {
  onus_table *table;
  const char **ids; /* by index; NULL: none was entered */
  const onus_node **nodes;
  size_t count;
} onus_ids;

typedef struct onus_reader {
  onus_case *c;
  onus_problems *problems;
  onus_status status; /* ONUS_OK until memory runs out (ONUS_NO_MEMORY) or the cap is reached (ONUS_LIMIT) */
  size_t given_bytes;
  const char *directory; /* NULL: files are not looked up */
  bool is_uncomputed;    /* what was computed is not looked at */
  char *real_directory;  /* without links, ends without '/'; made when first needed */
  onus_ids ids[ONUS_ID_KINDS];
} onus_reader;

/* --- complaints and memory --- */

/* What was found '\n' what would be right. */
void onus_complain(onus_reader *reader, const onus_node *at, const char *format, ...) ONUS_PRINTF(3, 4);
void onus_complain_key(onus_reader *reader, const onus_node *at, const char *format, ...) ONUS_PRINTF(3, 4);

/* From the arena of the case, zeroed. NULL after setting `status`. */
void *onus_reader_alloc(onus_reader *reader, size_t count, size_t size_bytes);
#define ONUS_READER_ARRAY(reader, type, count) ((type *)onus_reader_alloc(reader, (size_t)(count), sizeof(type)))
char *onus_reader_copy(onus_reader *reader, const char *bytes, size_t length_bytes);
/* onus_table_put into a table of the case. */
void onus_reader_enter(onus_reader *reader, onus_table *table, const char *id, size_t index);

/* What a node is, for "found": `the text "x"`, `the number 3`, `a list`. */
onus_quote onus_describe(const onus_node *node);

/* The candidate that `word` is a slip of, NULL when there is none. NULL candidates are skipped. */
const char *onus_nearest(const char *word, const char *const *candidates, size_t n_candidates);

/* --- maps and lists --- */

enum { ONUS_CURSOR_KEYS = 32 };

typedef struct onus_cursor {
  onus_reader *reader;
  const onus_node *map;
  const char *what; /* "an item of evidence" */
  const char *asked[ONUS_CURSOR_KEYS];
  size_t n_asked;
} onus_cursor;

/* False, after a complaint, when `node` is no map; asking such a cursor finds nothing and complains no more. */
bool onus_cursor_open(onus_cursor *cursor, onus_reader *reader, const onus_node *node, const char *what);
const onus_node *onus_take(onus_cursor *cursor, const char *key);
/* Complains when the key is missing; `remedy` says what to write. */
const onus_node *onus_take_required(onus_cursor *cursor, const char *key, const char *remedy);
/* Complains about every key that nobody asked for. */
void onus_cursor_close(onus_cursor *cursor);

/* False, after a complaint, when `node` is there but is no list or map. */
bool onus_is_list(onus_reader *reader, const onus_node *node, const char *of_what);
bool onus_is_map(onus_reader *reader, const onus_node *node, const char *of_what);

/* --- values --- */

/* A text that is not empty, at most 64 KiB. NULL after a complaint or without memory. */
const char *onus_read_text(onus_reader *reader, const onus_node *node, const char *what);
/* The same for a key that may be missing: then `otherwise`. */
const char *onus_take_text(onus_cursor *cursor, const char *key, const char *otherwise);
bool onus_read_bool(onus_reader *reader, const onus_node *node, bool *ret_value);
bool onus_read_moment(onus_reader *reader, const onus_node *node, onus_moment *ret_moment);
bool onus_read_country(onus_reader *reader, const onus_node *node, const char **ret_country);
/* A marking of the Traffic Light Protocol 2.0; NULL without `node` or after a complaint. Static. */
const char *onus_read_tlp(onus_reader *reader, const onus_node *node);
/* The word at `node`, NULL after a complaint that says what a right one would be. */
const char *onus_read_word(onus_reader *reader, const onus_node *node, const char *remedy);

typedef enum onus_number_kind {
  ONUS_NUMBER_PROBABILITY, /* 0 to 1; a range inside */
  ONUS_NUMBER_PRIOR,       /* above 0, to 1; a range inside */
  ONUS_NUMBER_LIKELIHOOD,  /* above 0, to 1 */
  ONUS_NUMBER_RATIO        /* 1e-12 to 1e12 */
} onus_number_kind;

bool onus_read_number(onus_reader *reader, const onus_node *node, onus_number_kind kind, onus_number *ret_number);
/* An Admiralty letter, or a probability with grade 0. */
bool onus_read_reliability(onus_reader *reader, const onus_node *node, onus_number *ret_number, char *ret_grade);
/* An Admiralty digit 1 to 6. */
bool onus_read_credibility(onus_reader *reader, const onus_node *node, onus_number *ret_number, unsigned *ret_grade);

/* --- ids --- */

/* Enters the ids of `list`, of which there are at most as many as it has children, into `table`. */
void onus_ids_open(onus_reader *reader, onus_id_kind kind, onus_table *table, const onus_node *list);

/* The `id` of the map at `cursor`, entered under `index`. Complains unless it is well-formed and new; "" when there is
 * none to enter. */
const char *onus_take_id(onus_cursor *cursor, onus_id_kind kind, size_t index);

/* The index of the id that is the text, or the key, of `node`; ONUS_NONE after a complaint. */
size_t onus_read_reference(onus_reader *reader, const onus_node *node, onus_id_kind kind);
size_t onus_read_key_reference(onus_reader *reader, const onus_node *node, onus_id_kind kind);
/* A hypothesis or a proposition; the other one is ONUS_NONE. False after a complaint. */
bool onus_read_claim(onus_reader *reader, const onus_node *node, size_t *ret_hypothesis, size_t *ret_proposition);

/* --- rows --- */

enum {
  ONUS_ALLOW_STATED = 1, /* likelihood, ratio, strength, says */
  ONUS_ALLOW_COMPUTE = 2,
  ONUS_ALLOW_REPEATS = 4
};

typedef struct onus_row_read {
  onus_row row;
  const onus_node *node;    /* the value of the key that gave it; NULL: none was there */
  const onus_node *repeats; /* the value of `repeats` when that was the key */
  size_t n_found;           /* keys of the kind that were there */
  bool is_good;             /* `row` was read without complaint */
} onus_row_read;

/* Reads the one key among those allowed. Complains about a second one, not about none. */
onus_row_read onus_take_row(onus_cursor *cursor, unsigned allowed);
bool onus_read_likelihood(onus_reader *reader, const onus_node *node, onus_row *ret_row);
/* Whether what was read has to be given reasons: numbers that somebody chose. */
bool onus_needs_reasons(const onus_row_read *read);
/* A path inside the folder of the case. NULL after a complaint. */
const char *onus_read_path(onus_reader *reader, const onus_node *node);

typedef enum onus_place {
  ONUS_PLACE_FILE,     /* a plain file inside the folder of the case, links followed */
  ONUS_PLACE_NOTHING,  /* nothing is there */
  ONUS_PLACE_OUTSIDE,  /* a link leads out of the folder */
  ONUS_PLACE_NO_FILE,  /* a folder, a device, … */
  ONUS_PLACE_TOO_LONG, /* the path */
  ONUS_PLACE_FAILED    /* `status` of the reader is set */
} onus_place;

/* What stands at `path`, relative to the folder of the case. The joined path of a FILE is *ret_path: free it with
 * onus_text_free. */
onus_place onus_find_file(onus_reader *reader, const char *path, onus_text *ret_path);

/* --- the parts of a case --- */

void onus_read_hypotheses(onus_reader *reader, const onus_node *list);
void onus_read_propositions(onus_reader *reader, const onus_node *list);
void onus_read_scales(onus_reader *reader, const onus_node *map);
void onus_read_sources(onus_reader *reader, const onus_node *list);
void onus_read_undercutters(onus_reader *reader, const onus_node *list);
void onus_read_evidence(onus_reader *reader, const onus_node *list);
/* Once all else is read: sealed items that were opened, in opened/. */
void onus_read_opened(onus_reader *reader, const onus_node *evidence);
/* Once all else is read: the rows in computed/. Does nothing when something is wrong already. */
void onus_read_computed(onus_reader *reader, const onus_node *evidence);
void onus_read_questions(onus_reader *reader, const onus_node *list);
void onus_read_standards(onus_reader *reader, const onus_node *map);
void onus_read_positions(onus_reader *reader, const onus_node *list);

/* What a position puts in place of the case's own numbers: takes `standard`, `prior`, `reliability`, `probability` and
 * `evidence` at the cursor, on top of what the position, whose arrays are there, says already. `is_what_if`: an item
 * may be left out by `omit`. */
void onus_read_own_values(onus_cursor *cursor, onus_position *position, bool is_what_if);

#endif
