/* Key -> postings: who was seen with this key, by which report, from which day to which.
 *
 * The one way to what is known about many keys at once. Everything comes and goes in batches, nothing walks over all
 * keys, and nothing here supposes a local file, so that an engine on other machines can stand behind the same calls.
 *
 * A store holds named tables ("indicator", "technique"). A table holds a set of records (key, posting): putting the
 * same record twice is putting it once, and the order of putting never shows. A key is bytes, kept whole, so that two
 * keys with one hash are still two keys. Records become visible when they are sealed, all at once, and stay.
 *
 * For what there is very much of, there are two narrower things. A table of pairs holds a set of (key, number), 8 bytes
 * each; keys are best spread evenly, as hashes are. An array holds rows of one size, numbered from 0 in the order in
 * which they were added. Neither knows days: what a number means, and since when, is told by who numbered.
 *
 * Beside its tables a store holds documents: named bytes, replaced whole, visible with the same seal as the records.
 *
 * A store is opened for reading as a view: what was sealed when it was opened or last refreshed. It is written through
 * an onus_store_writer, of which there is one at a time; readers of any number do not wait for it, nor it for them.
 */
#ifndef ONUS_STORE_STORE_H
#define ONUS_STORE_STORE_H

#include "base/error.h"

#define ONUS_STORE_KEY_BYTES_MAX 65535
#define ONUS_STORE_TABLE_BYTES_MAX 63 /* of a table's name: a–z, 0–9, "-", "_", a letter first */
#define ONUS_STORE_TABLES_MAX 255
#define ONUS_STORE_DOCUMENTS_MAX 255
#define ONUS_STORE_DOCUMENT_BYTES_MAX 67108864 /* of each */
#define ONUS_STORE_POSTINGS_MAX 67108864       /* that one look-up gives out */
#define ONUS_STORE_ROW_BYTES_MAX 4096
#define ONUS_STORE_ALWAYS INT32_MAX /* as_of_day: whatever the day */
#define ONUS_STORE_DIGEST_BYTES 48

/* Days count from 1970-01-01. What holder, report and extra number is the caller's matter. */
typedef struct onus_store_posting {
  uint32_t holder, report;
  int32_t first_day, last_day; /* first_day <= last_day */
  uint32_t extra;
} onus_store_posting;

typedef struct onus_store_key {
  const void *bytes; /* may be NULL when length_bytes is 0 */
  size_t length_bytes;
} onus_store_key;

typedef struct onus_store_record {
  onus_store_key key;
  onus_store_posting posting;
} onus_store_record;

typedef struct onus_store_pair {
  uint32_t key, number;
} onus_store_pair;

/* --- reading ------------------------------------------------------------------------------------------------------ */

typedef struct onus_store onus_store;

/* Opens what lies at `location`: the path of a folder, or "file:" and a path. Other schemes are ONUS_UNSUPPORTED.
 * One view may be read from several threads at once; refreshing it needs it alone. */
ONUS_MUST_CHECK onus_status onus_store_open(const char *location, onus_store **ret_store, onus_error *error);
void onus_store_close(onus_store *store);

/* Makes everything sealed by now visible. On failure the view stays what it was. */
ONUS_MUST_CHECK onus_status onus_store_refresh(onus_store *store, onus_error *error);

/* Many keys of one table. A table that is not there holds nothing. */
typedef struct onus_store_query {
  const char *table;
  const onus_store_key *keys;
  size_t n_keys;
  int32_t as_of_day;    /* postings whose first_day is later are not seen */
  uint32_t cap_per_key; /* of a look-up: at most so many postings for each key, at least 1; counts take no notice */
  bool counts_holders;  /* of a look-up: give n_holders too, which reads past the cap */
} onus_store_query;

/* Postings by key, in the order asked: those of key i are postings[first[i]] … postings[first[i + 1] − 1], sorted by
 * holder, first day, report, last day, extra. was_cut[i] is 1 when the cap held some back: the last ones. */
typedef struct onus_store_postings {
  size_t n_keys;
  size_t *first; /* n_keys + 1 */
  uint8_t *was_cut;
  uint64_t *n_holders; /* what onus_store_count_holders gives; NULL unless asked for */
  onus_store_posting *postings;
} onus_store_postings;

/* ONUS_LIMIT beyond ONUS_STORE_POSTINGS_MAX in all. Free with onus_store_postings_free. */
ONUS_MUST_CHECK onus_status onus_store_look_up(const onus_store *store, const onus_store_query *query,
                                               onus_store_postings *ret_postings, onus_error *error);
void onus_store_postings_free(onus_store_postings *postings);

/* How many different holders each key has: its degree. `ret_counts` takes n_keys numbers. */
ONUS_MUST_CHECK onus_status onus_store_count_holders(const onus_store *store, const onus_store_query *query,
                                                     uint64_t *ret_counts, onus_error *error);

/* Of a table of pairs, the numbers of many keys at once. */
typedef struct onus_store_pair_query {
  const char *table;
  const uint32_t *keys; /* ascending keys are found fastest */
  size_t n_keys;
  uint32_t cap_per_key; /* at most so many numbers for each key: the lowest ones */
} onus_store_pair_query;

/* Numbers by key, in the order asked: those of key i are numbers[first[i]] … numbers[first[i + 1] − 1], ascending. */
typedef struct onus_store_numbers {
  size_t n_keys;
  size_t *first;     /* n_keys + 1 */
  uint64_t *n_there; /* without the cap; a pair that was put before different seals may count for each of them */
  uint32_t *numbers;
} onus_store_numbers;

/* ONUS_LIMIT beyond ONUS_STORE_POSTINGS_MAX in all. Free with onus_store_numbers_free. */
ONUS_MUST_CHECK onus_status onus_store_look_up_pairs(const onus_store *store, const onus_store_pair_query *query,
                                                     onus_store_numbers *ret_numbers, onus_error *error);
void onus_store_numbers_free(onus_store_numbers *numbers);

/* Rows of an array by their numbers, one behind the other in `ret_rows`, which holds n_numbers * row_bytes.
 * ONUS_BAD_INPUT when one of them is not there or has another size. */
ONUS_MUST_CHECK onus_status onus_store_rows(const onus_store *store, const char *array, size_t row_bytes,
                                            const uint32_t *numbers, size_t n_numbers, void *ret_rows,
                                            onus_error *error);

/* A document as it was when the view was opened or refreshed. Its name is as a table's, and may have "/" in it. Checked
 * against its checksum. *ret_text has NULL bytes when there is none of this name. Free with onus_text_free. */
ONUS_MUST_CHECK onus_status onus_store_document(const onus_store *store, const char *name, onus_text *ret_text,
                                                onus_error *error);

typedef struct onus_store_document_summary {
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
  uint64_t n_bytes;
} onus_store_document_summary;

typedef enum onus_store_kind { ONUS_STORE_RECORDS, ONUS_STORE_PAIRS, ONUS_STORE_ROWS } onus_store_kind;

typedef struct onus_store_table_summary {
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
  onus_store_kind kind;
  uint64_t n_keys, n_postings; /* of pairs: of numbers; of an array both are its rows */
} onus_store_table_summary;

typedef struct onus_store_description {
  size_t n_tables;
  onus_store_table_summary *tables; /* by kind, then name */
  size_t n_documents;
  onus_store_document_summary *documents; /* by name */
  uint64_t n_segments, n_bytes;           /* of all files */
  char digest[ONUS_STORE_DIGEST_BYTES];   /* "" unless it was asked for */
} onus_store_description;

/* What the view holds. With `with_digest` everything is read and checked: the numbers are exact, and the digest names
 * the set of records and the documents, whatever the order in which they came or were merged. Without, keys and
 * postings that stand in several segments count several times. The digest tells accidents apart; it does not withstand
 * a forger. Free with onus_store_description_free. */
ONUS_MUST_CHECK onus_status onus_store_describe(const onus_store *store, bool with_digest,
                                                onus_store_description *ret_description, onus_error *error);
void onus_store_description_free(onus_store_description *description);

/* --- writing ------------------------------------------------------------------------------------------------------ */

typedef struct onus_store_writer onus_store_writer;

typedef struct onus_store_writer_options {
  size_t budget_bytes; /* of the records that wait for the seal in memory, half as much again for pairs; 0: 256 MiB;
                          at least 256 KiB */
} onus_store_writer_options;

/* Opens the store at `location` for writing, makes it if it is not there, and clears away what a writer that died has
 * left. ONUS_IO while another writer has it. `options` may be NULL. */
ONUS_MUST_CHECK onus_status onus_store_writer_open(const char *location, const onus_store_writer_options *options,
                                                   onus_store_writer **ret_writer, onus_error *error);
/* What was put and not sealed is gone. */
void onus_store_writer_close(onus_store_writer *writer);

/* Adds records to a table. What is put is copied. A record that breaks a rule is ONUS_BAD_ARGUMENT, and none of the
 * batch is put. After any other failure only closing is left: the last sealed state stands, so import again. */
ONUS_MUST_CHECK onus_status onus_store_put(onus_store_writer *writer, const char *table,
                                           const onus_store_record *records, size_t n_records, onus_error *error);

/* The same for pairs, of a table of pairs. */
ONUS_MUST_CHECK onus_status onus_store_put_pairs(onus_store_writer *writer, const char *table,
                                                 const onus_store_pair *pairs, size_t n_pairs, onus_error *error);

/* Adds rows at the end of an array; they get the numbers from *ret_first on. All rows of an array have one size.
 * ONUS_LIMIT when there would be more than 2^32 − 1. */
ONUS_MUST_CHECK onus_status onus_store_append_rows(onus_store_writer *writer, const char *array, size_t row_bytes,
                                                   const void *rows, size_t n_rows, uint32_t *ret_first,
                                                   onus_error *error);

/* Puts a document in the place of the one of this name, if there is one. It is on the disk when this returns, and no
 * part of the store before the seal. ONUS_LIMIT when it, or their number, is too large. */
ONUS_MUST_CHECK onus_status onus_store_put_document(onus_store_writer *writer, const char *name, const void *bytes,
                                                    size_t length_bytes, onus_error *error);

/* A document as the writer has it: put before, or else sealed. As onus_store_document otherwise. */
ONUS_MUST_CHECK onus_status onus_store_writer_document(const onus_store_writer *writer, const char *name,
                                                       onus_text *ret_text, onus_error *error);

/* Makes an empty file without a name, open for reading and writing, where there is room for what does not fit into
 * memory while something is imported. Close it with close(). */
ONUS_MUST_CHECK onus_status onus_store_scratch(onus_store_writer *writer, int *ret_fd, onus_error *error);

/* Says what is told of a seal from now on: the share of the work that is done. When it returns false, the seal fails as
 * ONUS_CANCELLED, and what was sealed before stands. NULL: nothing. */
typedef bool onus_store_progress(void *context, double share_done);
void onus_store_writer_watch(onus_store_writer *writer, onus_store_progress *progress, void *context);

/* Makes everything put so far visible and lasting, all or nothing. Then tidies up, which may fail without harm and
 * without a word: onus_store_compact says why. */
ONUS_MUST_CHECK onus_status onus_store_seal(onus_store_writer *writer, onus_error *error);

/* Merges what is sealed into as little as the engine can. Nothing that is read changes. */
ONUS_MUST_CHECK onus_status onus_store_compact(onus_store_writer *writer, onus_error *error);

/* --- copies ------------------------------------------------------------------------------------------------------- */

typedef struct onus_store_pulled {
  uint64_t identity, generation;            /* of the store in the cluster, and of what was pulled of it */
  uint64_t n_segments, n_documents;         /* that the copy has */
  uint64_t n_new_segments, n_new_documents; /* of these, that came now */
  uint64_t n_bytes, n_new_bytes;            /* the files of the copy, and of what came now */
  bool has_changed;                         /* the copy, with this */
} onus_store_pulled;

/* Makes the folder a copy of what is sealed in a cluster (`location`), or brings such a copy up to date: only what it
 * lacks is fetched. Readers of the folder see what it had before, or all of the new. What was fetched when this fails
 * or is cancelled stays, and the same call goes on from there. Nobody else can write to a copy. ONUS_BAD_ARGUMENT for a
 * folder that has imports of its own, or is a copy of another store; ONUS_IO while another process writes to it.
 * `progress` may be NULL. */
ONUS_MUST_CHECK onus_status onus_store_pull(const char *location, const char *folder, onus_store_progress *progress,
                                            void *context, onus_store_pulled *ret_pulled, onus_error *error);

typedef struct onus_store_pushed {
  uint64_t n_records, n_pairs, n_rows, n_documents; /* that were lacking */
} onus_store_pushed;

/* Whether what is in a cluster may become what is in a folder, as far as the store itself cannot tell. */
typedef onus_status onus_store_push_check(void *context, const onus_store *folder, const onus_store *cluster,
                                          onus_error *error);

/* Adds to the store in a cluster, which is made if it is not there, what it lacks of the folder's, in one seal;
 * documents that differ become the folder's. ONUS_BAD_ARGUMENT, and nothing is changed, when the cluster holds records,
 * pairs or rows that the folder lacks. `check` and `progress` may be NULL. */
ONUS_MUST_CHECK onus_status onus_store_push(const char *folder, const char *location, onus_store_push_check *check,
                                            void *check_context, onus_store_progress *progress, void *context,
                                            onus_store_pushed *ret_pushed, onus_error *error);

#endif
