/* A copy of a cluster's store in a folder. Every partition becomes one segment of its number, every document the one of
 * its number, so what the copy has is told by names. A segment is fetched under the name of a part and renamed when it
 * is whole; only when all that one manifest of the cluster names is there does the folder's MANIFEST name it.
 *
 * While a segment is fetched, a mark beside it says from time to time how far it is, after all before has reached the
 * disk: whoever pulls next goes on from there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"
#include "store/cluster_internal.h"
#include "store/folder_internal.h"
#include "store/output_internal.h"
#include "store/pulled_internal.h"

enum { MARKED_EACH_MS = 2000, MARK_BYTES_MAX = 65536 };

static const char part_name[] = "segment-new.part", mark_name[] = "segment-mark.part";

typedef struct pulling {
  const char *place, *folder;
  onus_watch watch;
  int lock_fd;
  onus_cluster *cluster;
  onus_cluster_manifest *of; /* what is pulled */
  onus_manifest *held;       /* what the folder's MANIFEST names */
  onus_manifest *wanted;     /* what it is to name */
  uint64_t n_bytes, n_bytes_done;
  /* the segment at hand */
  const onus_cluster_part *part;
  const onus_cluster_share *share;
  onus_segment_writer *segment;
  uint64_t next; /* hashes of the table at hand before this are in the segment, no others … */
  bool is_whole; /* … or all are */
  int64_t marked_ms;
  onus_store_pulled out;
} pulling;

/* What stands before a writer's mark. */
typedef struct mark_head {
  char magic[8];
  uint64_t part, table, next, is_whole; /* of the table at hand; all tables before it are there */
} mark_head;

static const char mark_magic[] = "ONUSMARK";

/* --- marks -------------------------------------------------------------------------------------------------------- */

static onus_status save_mark(pulling *p, onus_error *error) {
  char path[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_path(p->folder, mark_name, path, error));
  mark_head head = {.part = p->part->number, .table = p->share->table, .next = p->next, .is_whole = p->is_whole};
  memcpy(head.magic, mark_magic, sizeof head.magic);
  onus_buffer mark = onus_buffer_new(MARK_BYTES_MAX);
  onus_buffer_append(&mark, (const char *)&head, sizeof head);
  onus_status status = onus_segment_save(p->segment, &mark, error);
  uint64_t sum = status == ONUS_OK ? XXH3_64bits(mark.bytes, mark.length_bytes) : 0;
  onus_buffer_append(&mark, (const char *)&sum, sizeof sum);
  if (status == ONUS_OK)
    status = mark.status == ONUS_OK ? onus_file_write(path, mark.bytes, mark.length_bytes, error)
                                    : ONUS_FAIL_NO_MEMORY(error);
  onus_buffer_free(&mark);
  p->marked_ms = onus_cluster_now_ms();
  return status;
}

static void remove_file(const pulling *p, const char *name) {
  char path[ONUS_STORE_PATH_BYTES];
  if (onus_store_path(p->folder, name, path, NULL) == ONUS_OK)
    unlink(path);
}

/* Goes on with a segment that was left, if it is the one at hand; otherwise *ret_head is empty. */
static onus_status resume(pulling *p, const char *path, mark_head *ret_head, onus_error *error) {
  char mark_path[ONUS_STORE_PATH_BYTES];
  onus_text mark;
  *ret_head = (mark_head){.part = 0};
  ONUS_TRY(onus_store_path(p->folder, mark_name, mark_path, error));
  onus_status status = onus_file_read(mark_path, MARK_BYTES_MAX, &mark, NULL);
  if (status != ONUS_OK) /* there is none, as a rule */
    return status == ONUS_NO_MEMORY ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
  mark_head head;
  size_t end = mark.length - sizeof(uint64_t);
  if (mark.length >= sizeof head + sizeof(uint64_t) &&
      XXH3_64bits(mark.bytes, end) == onus_load_u64((const uint8_t *)mark.bytes + end)) {
    memcpy(&head, mark.bytes, sizeof head);
    if (memcmp(head.magic, mark_magic, sizeof head.magic) == 0 && head.part == p->part->number)
      status =
          onus_segment_resume(path, (const uint8_t *)mark.bytes + sizeof head, end - sizeof head, &p->segment, error);
    if (p->segment)
      *ret_head = head;
  }
  onus_text_free(&mark);
  return status == ONUS_NO_MEMORY ? status : ONUS_OK; /* what does not fit is fetched anew */
}

/* --- tables ------------------------------------------------------------------------------------------------------- */

static onus_status tell(pulling *p, double share_of_table, onus_error *error) {
  double of_table = p->share ? share_of_table * (double)p->share->n_bytes : 0;
  p->watch.share_done = p->n_bytes > 0 ? ((double)p->n_bytes_done + of_table) / (double)p->n_bytes : 0;
  if (!onus_cluster_may_go_on(p->cluster))
    return ONUS_FAIL(error, ONUS_CANCELLED, "stopped while the copy was pulled; what was fetched stays, pull again");
  return ONUS_OK;
}

static onus_status pass(void *context, uint64_t last, onus_error *error) {
  pulling *p = context;
  uint64_t n_keys, n_postings;
  const onus_cluster_table *of = &p->of->tables[p->share->table - 1];
  onus_segment_count(p->segment, of->kind, of->name, &n_keys, &n_postings);
  p->next = last + 1;
  p->is_whole = last == UINT64_MAX;
  ONUS_TRY(tell(p, (double)n_postings / (double)(p->share->n_postings + 1), error));
  return onus_cluster_now_ms() - p->marked_ms >= MARKED_EACH_MS ? save_mark(p, error) : ONUS_OK;
}

static onus_status take_pair(void *context, uint64_t pair, onus_error *error) {
  return onus_segment_pair(context, pair, error);
}

static onus_status take_rows(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                             onus_error *error) {
  pulling *p = context;
  return onus_segment_join_rows(p->segment, p->of->tables[p->share->table - 1].name, row_bytes, first, rows, n_rows,
                                error);
}

static onus_status walk_table(pulling *p, const onus_cluster_table *of, onus_walk_span *span, bool is_begun,
                              onus_error *error) {
  unsigned table = p->share->table;
  onus_group_sink sink;
  switch (of->kind) {
  case ONUS_STORE_RECORDS:
    if (!is_begun)
      ONUS_TRY(onus_segment_begin(p->segment, of->name, p->share->n_keys, &sink, error));
    sink = onus_segment_sink(p->segment);
    return onus_cluster_walk(p->cluster, table, &p->part, 1, span, &sink, error);
  case ONUS_STORE_PAIRS:
    if (!is_begun)
      ONUS_TRY(onus_segment_begin_pairs(p->segment, of->name, p->share->n_postings, error));
    return onus_cluster_walk_pairs(p->cluster, table, &p->part, 1, span, p->segment, take_pair, error);
  case ONUS_STORE_ROWS:
    return onus_cluster_walk_rows(p->cluster, p->of, table, &p->part, 1, span, p, take_rows, error);
  default:
    return ONUS_FAIL(error, ONUS_INTERNAL, "a table of no kind");
  }
}

static onus_status fetch_table(pulling *p, const mark_head *left, onus_error *error) {
  const onus_cluster_table *of = &p->of->tables[p->share->table - 1];
  onus_walk_span span = {.passed = pass, .context = p};
  uint64_t n_keys, n_postings;
  bool is_begun = left->part != 0;
  if (is_begun) {
    onus_segment_count(p->segment, of->kind, of->name, &span.n_rows_before, &n_postings);
    span.first = left->next;
  }
  p->next = left->next;
  p->is_whole = left->is_whole != 0;
  onus_status status = p->is_whole ? ONUS_OK : walk_table(p, of, &span, is_begun, error);
  if (status == ONUS_CANCELLED) /* between two windows: nothing of the next one is there */
    (void)save_mark(p, NULL);
  ONUS_TRY(status);
  ONUS_TRY(onus_segment_end_open(p->segment, error));
  onus_segment_count(p->segment, of->kind, of->name, &n_keys, &n_postings);
  if (n_keys != p->share->n_keys || n_postings != p->share->n_postings)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->place, 0, 0,
                        "has a partition that does not hold what its manifest says of the table \"%s\"", of->name);
  return ONUS_OK;
}

/* --- segments ----------------------------------------------------------------------------------------------------- */

/* The shares of the partition at hand as a segment has its tables: by kind, then name. The next one after `last`. */
static const onus_cluster_share *next_share(const pulling *p, const onus_cluster_share *last) {
  const onus_cluster_share *next = NULL;
  const onus_cluster_table *of_last = last ? &p->of->tables[last->table - 1] : NULL, *of_next = NULL;
  for (size_t i = 0; i < p->part->n_shares; i++) {
    const onus_cluster_table *of = &p->of->tables[p->part->shares[i].table - 1];
    if (of_last && (of->kind < of_last->kind || (of->kind == of_last->kind && strcmp(of->name, of_last->name) <= 0)))
      continue;
    if (!of_next || of->kind < of_next->kind || (of->kind == of_next->kind && strcmp(of->name, of_next->name) < 0)) {
      next = &p->part->shares[i];
      of_next = of;
    }
  }
  return next;
}

static onus_status fetch_tables(pulling *p, const char *path, onus_manifest_segment *ret_made, onus_error *error) {
  mark_head left;
  ONUS_TRY(resume(p, path, &left, error));
  if (!p->segment) {
    unlink(path);
    ONUS_TRY(onus_segment_create(path, &p->segment, error));
  }
  p->marked_ms = onus_cluster_now_ms();
  bool is_before = left.part != 0;
  for (p->share = next_share(p, NULL); p->share; p->share = next_share(p, p->share)) {
    bool is_left = is_before && p->share->table == left.table;
    if (!is_before || is_left)
      ONUS_TRY(fetch_table(p, is_left ? &left : &(mark_head){.part = 0}, error));
    is_before = is_before && !is_left;
    p->n_bytes_done += p->share->n_bytes;
  }
  return onus_segment_finish(p->segment, &ret_made->length_bytes, &ret_made->identity, error);
}

static onus_status fetch_segment(pulling *p, onus_manifest_segment *wanted, onus_error *error) {
  char path[ONUS_STORE_PATH_BYTES], part[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_segment_path(p->folder, wanted->number, path, error));
  ONUS_TRY(onus_store_path(p->folder, part_name, part, error));
  onus_status status = fetch_tables(p, part, wanted, error);
  onus_segment_writer_free(p->segment);
  p->segment = NULL;
  p->share = NULL;
  ONUS_TRY(status);
  if (rename(part, path) != 0)
    return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "cannot be named so: %s", strerror(errno));
  ONUS_TRY(onus_folder_sync(p->folder, error));
  remove_file(p, mark_name);
  p->out.n_new_segments++;
  p->out.n_new_bytes += wanted->length_bytes;
  return ONUS_OK;
}

/* Whether a segment has as many keys and postings as the partition. */
static bool holds_part(const pulling *p, const onus_segment *segment, const onus_cluster_part *part) {
  size_t n_matched = 0;
  for (size_t i = 0; i < part->n_shares; i++) {
    const onus_cluster_share *share = &part->shares[i];
    const onus_cluster_table *of = &p->of->tables[share->table - 1];
    uint64_t n_keys = 0, n_postings = 0;
    for (size_t k = 0; k < segment->n_tables; k++)
      if (segment->tables[k].kind == of->kind && strcmp(segment->tables[k].name, of->name) == 0) {
        n_keys += segment->tables[k].n_keys;
        n_postings += segment->tables[k].n_postings;
        n_matched++;
      }
    if (n_keys != share->n_keys || n_postings != share->n_postings)
      return false;
  }
  return n_matched == segment->n_tables;
}

/* A segment that is there already, from a pull that did not come to its end, or from the last one. */
static onus_status find_segment(const pulling *p, onus_manifest_segment *wanted, bool *ret_is_there,
                                onus_error *error) {
  char path[ONUS_STORE_PATH_BYTES];
  onus_segment *segment = NULL;
  bool missing;
  *ret_is_there = false;
  ONUS_TRY(onus_store_segment_path(p->folder, wanted->number, path, error));
  onus_status status = onus_segment_open(path, &segment, &missing, error);
  if (status == ONUS_NO_MEMORY || (status == ONUS_IO && !missing))
    return status;
  if (status != ONUS_OK) /* there is none, or none that is whole */
    return ONUS_OK;
  *ret_is_there = holds_part(p, segment, p->part);
  wanted->length_bytes = segment->length_bytes;
  wanted->identity = segment->identity;
  onus_segment_close(segment);
  return ONUS_OK;
}

static const onus_cluster_part *part_of(const onus_cluster_manifest *m, uint64_t number) {
  for (size_t i = 0; i < m->n_parts; i++)
    if (m->parts[i].number == number && m->parts[i].retired_at == 0)
      return &m->parts[i];
  return NULL;
}

static onus_status fetch_segments(pulling *p, onus_error *error) {
  for (size_t i = 0; i < p->wanted->n_segments; i++) {
    onus_manifest_segment *wanted = &p->wanted->segments[i];
    bool is_there;
    p->part = part_of(p->of, wanted->number);
    ONUS_TRY(find_segment(p, wanted, &is_there, error));
    if (is_there) {
      for (size_t k = 0; k < p->part->n_shares; k++)
        p->n_bytes_done += p->part->shares[k].n_bytes;
    } else {
      ONUS_TRY(fetch_segment(p, wanted, error));
    }
    p->out.n_bytes += wanted->length_bytes;
    ONUS_TRY(tell(p, 0, error));
  }
  return ONUS_OK;
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

static onus_status find_document(const pulling *p, const onus_manifest_document *wanted, bool *ret_is_there,
                                 onus_error *error) {
  onus_open_document document;
  bool missing;
  *ret_is_there = false;
  if (onus_document_open(p->folder, wanted, &document, &missing, NULL) != ONUS_OK)
    return ONUS_OK;
  onus_text text;
  onus_status status = onus_document_load(p->folder, &document, &text, error);
  close(document.fd);
  if (status == ONUS_NO_MEMORY)
    return status;
  *ret_is_there = status == ONUS_OK;
  if (status == ONUS_OK)
    onus_text_free(&text);
  return ONUS_OK;
}

static onus_status fetch_documents(pulling *p, onus_error *error) {
  for (size_t i = 0; i < p->wanted->n_documents; i++) {
    const onus_manifest_document *wanted = &p->wanted->documents[i];
    bool is_there;
    ONUS_TRY(find_document(p, wanted, &is_there, error));
    p->out.n_bytes += wanted->length_bytes;
    if (!is_there) {
      onus_text text;
      char path[ONUS_STORE_PATH_BYTES];
      ONUS_TRY(onus_store_document_path(p->folder, wanted->number, path, error));
      ONUS_TRY(onus_cluster_read_document(p->cluster, p->of, &p->of->documents[i], &text, error));
      onus_status status = onus_file_write(path, text.bytes, text.length, error);
      onus_text_free(&text);
      ONUS_TRY(status);
      p->out.n_new_documents++;
      p->out.n_new_bytes += wanted->length_bytes;
    }
    p->n_bytes_done += wanted->length_bytes;
    ONUS_TRY(tell(p, 0, error));
  }
  return ONUS_OK;
}

/* --- what is wanted ----------------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b) {
  uint64_t x = ((const onus_manifest_segment *)a)->number, y = ((const onus_manifest_segment *)b)->number;
  return x < y ? -1 : x > y;
}

/* The folder's next manifest: what the cluster's names. Lengths and identities of segments come with them. */
static void plan(pulling *p) {
  const onus_cluster_manifest *of = p->of;
  onus_manifest *wanted = p->wanted;
  *wanted = (onus_manifest){.generation = p->held->generation + 1, .next_number = 1};
  p->n_bytes = p->n_bytes_done = 0;
  for (size_t i = 0; i < of->n_parts; i++) {
    if (of->parts[i].retired_at != 0 || of->parts[i].n_shares == 0)
      continue;
    wanted->segments[wanted->n_segments++].number = of->parts[i].number;
    for (size_t k = 0; k < of->parts[i].n_shares; k++)
      p->n_bytes += of->parts[i].shares[k].n_bytes;
    if (of->parts[i].number >= wanted->next_number)
      wanted->next_number = of->parts[i].number + 1;
  }
  if (wanted->n_segments > 1)
    qsort(wanted->segments, wanted->n_segments, sizeof *wanted->segments, by_number);
  for (size_t i = 0; i < of->n_documents; i++) { /* both are by name */
    const onus_cluster_document *document = &of->documents[i];
    onus_manifest_document *next = &wanted->documents[wanted->n_documents++];
    *next = (onus_manifest_document){document->number, document->length_bytes, document->xxh3, ""};
    memcpy(next->name, document->name, sizeof next->name);
    p->n_bytes += document->length_bytes;
    if (document->number >= wanted->next_number)
      wanted->next_number = document->number + 1;
  }
}

static bool is_up_to_date(const pulling *p) {
  const onus_manifest *held = p->held, *wanted = p->wanted;
  bool is_same =
      held->generation > 0 && held->n_segments == wanted->n_segments && held->n_documents == wanted->n_documents;
  for (size_t i = 0; is_same && i < held->n_segments; i++)
    is_same = held->segments[i].number == wanted->segments[i].number;
  for (size_t i = 0; is_same && i < held->n_documents; i++) {
    const onus_manifest_document *a = &held->documents[i], *b = &wanted->documents[i];
    is_same = a->number == b->number && a->length_bytes == b->length_bytes && a->xxh3 == b->xxh3 &&
              strcmp(a->name, b->name) == 0;
  }
  return is_same;
}

/* Removes what neither the folder's manifest names nor the one that is wanted. */
static onus_status clear_unwanted(const pulling *p, onus_error *error) {
  onus_manifest *both = malloc(sizeof *both);
  if (!both)
    return ONUS_FAIL_NO_MEMORY(error);
  *both = *p->held;
  for (size_t i = 0; i < p->wanted->n_segments && both->n_segments < ONUS_MANIFEST_SEGMENTS_MAX; i++)
    both->segments[both->n_segments++] = p->wanted->segments[i];
  onus_status status = onus_folder_clear(p->folder, both, false, error);
  free(both);
  return status;
}

static void count_held(pulling *p) {
  p->out.n_segments = p->wanted->n_segments;
  p->out.n_documents = p->wanted->n_documents;
  if (p->out.has_changed)
    return;
  for (size_t i = 0; i < p->held->n_segments; i++)
    p->out.n_bytes += p->held->segments[i].length_bytes;
  for (size_t i = 0; i < p->held->n_documents; i++)
    p->out.n_bytes += p->held->documents[i].length_bytes;
}

/* Fetches what is lacking of one state of the cluster, and makes it the folder's. */
static onus_status bring_up_to_date(pulling *p, onus_error *error) {
  plan(p);
  p->out.generation = p->of->generation;
  p->out.n_bytes = 0;
  if (!is_up_to_date(p)) {
    ONUS_TRY(clear_unwanted(p, error));
    ONUS_TRY(fetch_segments(p, error));
    ONUS_TRY(fetch_documents(p, error));
    ONUS_TRY(onus_manifest_write(p->folder, p->wanted, error));
    p->out.has_changed = true;
    ONUS_TRY(onus_folder_clear(p->folder, p->wanted, true, error));
  }
  count_held(p);
  return ONUS_OK;
}

/* --- pulling ------------------------------------------------------------------------------------------------------ */

/* Whether the folder may become a copy of this store, and is marked as one. */
static onus_status check_folder(pulling *p, onus_error *error) {
  onus_pulled pulled;
  bool is_new, missing = false;
  ONUS_TRY(onus_pulled_read(p->folder, &pulled, &is_new, error));
  bool is_other = !is_new && pulled.identity != p->of->identity;
  bool has_moved = !is_new && strcmp(pulled.place.bytes, p->place) != 0;
  if (is_other)
    (void)ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, p->folder, 0, 0,
                       "is a copy of another store, pulled from %.400s; pull into another folder", pulled.place.bytes);
  if (!is_new)
    onus_pulled_free(&pulled);
  if (is_other)
    return ONUS_BAD_ARGUMENT;
  onus_status status = onus_manifest_read(p->folder, p->held, &missing, error);
  if (status != ONUS_OK && !missing)
    return status;
  if (missing)
    *p->held = (onus_manifest){.generation = 0};
  if (is_new && (p->held->n_segments > 0 || p->held->n_documents > 0))
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, p->folder, 0, 0,
                        "has imports of its own, which a copy cannot have; pull into another folder");
  return is_new || has_moved ? onus_pulled_write(p->folder, p->of->identity, p->place, error) : ONUS_OK;
}

/* What was to be fetched may be gone: it was merged and dropped meanwhile. Then there is a newer state to begin with;
 * what of it is there already counts. */
static onus_status look_again(pulling *p, bool *ret_is_newer, onus_error *error) {
  onus_cluster_manifest *newer;
  bool no_store;
  *ret_is_newer = false;
  ONUS_TRY(onus_cluster_manifest_load(p->cluster, &newer, &no_store, error));
  for (size_t i = 0; i < p->wanted->n_segments; i++)
    *ret_is_newer |= part_of(newer, p->wanted->segments[i].number) == NULL;
  for (size_t i = 0; i < p->of->n_documents; i++)
    *ret_is_newer |= newer->n_documents != p->of->n_documents ||
                     newer->documents[i].number != p->of->documents[i].number ||
                     newer->documents[i].part != p->of->documents[i].part;
  *ret_is_newer &= newer->identity == p->of->identity;
  if (*ret_is_newer) {
    onus_cluster_manifest_free(p->of);
    p->of = newer;
  } else {
    onus_cluster_manifest_free(newer);
  }
  return ONUS_OK;
}

static onus_status pull(pulling *p, onus_error *error) {
  bool no_store, is_newer = true;
  ONUS_TRY(onus_cluster_open(p->place, &p->cluster, error));
  p->cluster->watch = &p->watch;
  ONUS_TRY(onus_cluster_manifest_load(p->cluster, &p->of, &no_store, error));
  p->out.identity = p->of->identity;
  if (p->of->identity == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, p->place, 0, 0,
                        "was made by an older onus and cannot be told from other stores; import something into it "
                        "first");
  ONUS_TRY(onus_folder_lock(p->folder, &p->lock_fd, error));
  ONUS_TRY(check_folder(p, error));
  for (;;) {
    onus_error why = {0};
    onus_status status = bring_up_to_date(p, &why);
    if (status == ONUS_IO && look_again(p, &is_newer, NULL) == ONUS_OK && is_newer)
      continue;
    if (status != ONUS_OK && error)
      *error = why;
    return status;
  }
}

onus_status onus_store_pull(const char *location, const char *folder, onus_store_progress *progress, void *context,
                            onus_store_pulled *ret_pulled, onus_error *error) {
  const onus_store_engine *engine;
  pulling p = {.watch = {.progress = progress, .context = context}, .lock_fd = -1};
  ONUS_TRY(onus_store_find_engine(location, &engine, &p.place, error));
  if (engine != &onus_store_cluster)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, location, 0, 0,
                        "is no cluster to pull from: clickhouses://host:port,host:port/database is one; a folder is "
                        "copied with cp");
  ONUS_TRY(onus_store_find_engine(folder, &engine, &p.folder, error));
  if (engine != &onus_store_folder)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "is no folder to pull into");
  p.held = calloc(1, sizeof *p.held);
  p.wanted = calloc(1, sizeof *p.wanted);
  onus_status status = p.held && p.wanted ? pull(&p, error) : ONUS_FAIL_NO_MEMORY(error);
  onus_cluster_manifest_free(p.of);
  onus_cluster_close(p.cluster);
  if (p.lock_fd >= 0)
    close(p.lock_fd);
  free(p.held);
  free(p.wanted);
  if (status == ONUS_OK)
    *ret_pulled = p.out;
  return status;
}
