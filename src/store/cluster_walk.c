/* Going through all of a table: window by window of the hashes, each fetched from all shards at once and merged as the
 * folder's segments are. A bucket that reaches beyond its window waits, in part, for the next one. The nodes answer
 * about the next window while this one is merged. */
#include "store/cluster_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "store/merge_internal.h"

enum { WINDOW_BYTES = 8 << 20, SQL_BYTES_MAX = 65536 };

/* What has come of a partition in a shard and is not merged yet. */
typedef struct stretch {
  uint64_t part;
  uint8_t *bytes; /* whole groups, but for the last while rows are coming */
  size_t n_bytes, capacity_bytes, n_merged_bytes, n_scanned_bytes;
  uint64_t last_begin;
  uint32_t next_sequence;
  bool has_more;
  onus_door door;
} stretch;

typedef struct walk {
  onus_cluster *cluster;
  struct question *asked; /* about the next window; NULL: nothing is asked */
  unsigned table;
  onus_block_shape shape;
  const onus_cluster_part *const *parts;
  size_t n_parts, n_stretches;
  stretch *stretches; /* of shard s and partition p: s * n_parts + p */
  onus_stream *streams;
  const onus_walk_span *span;
} walk;

/* What one shard answers. */
typedef struct shard_answer {
  walk *w;
  size_t shard;
  size_t kept_bytes[ONUS_CLUSTER_PARTS_MAX]; /* what the stretches had before: where another replica begins anew */
  uint64_t from, begin;                      /* where the first bucket was looked for, and found */
  bool is_there;
} shard_answer;

/* To all shards that have rows of the partitions. */
typedef struct question {
  onus_scattering *scattering;
  size_t n_calls;
  onus_shard_call calls[ONUS_CLUSTER_NODES_MAX];
  onus_buffer sql[ONUS_CLUSTER_NODES_MAX];
  shard_answer answers[]; /* of each shard */
} question;

static onus_status append_row(stretch *s, const onus_block_row *row, onus_error *error) {
  bool goes_on = s->has_more && row->begin == s->last_begin && row->sequence == s->next_sequence;
  if (!goes_on && (s->has_more || row->sequence != 0))
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "a row of a bucket is missing");
  if (row->content_bytes > s->capacity_bytes - s->n_bytes) {
    size_t capacity = 2 * (s->n_bytes + row->content_bytes);
    uint8_t *grown = realloc(s->bytes, capacity);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    s->bytes = grown;
    s->capacity_bytes = capacity;
  }
  ONUS_TRY(onus_block_row_take(row, s->bytes + s->n_bytes, error));
  s->n_bytes += row->content_bytes;
  s->last_begin = row->begin;
  s->next_sequence = row->sequence + 1;
  s->has_more = row->has_more;
  return ONUS_OK;
}

static onus_status take_rows(void *context, const onus_text *answer, onus_error *error) {
  shard_answer *r = context;
  walk *w = r->w;
  stretch *of_shard = w->stretches + r->shard * w->n_parts, *s = of_shard;
  for (size_t p = 0; p < w->n_parts; p++) {
    of_shard[p].n_bytes = r->kept_bytes[p];
    of_shard[p].has_more = false;
  }
  for (size_t at = 0; at < answer->length;) {
    onus_block_row row;
    ONUS_TRY(onus_block_row_read((const uint8_t *)answer->bytes, answer->length, w->shape, &at, &row, error));
    if (s->part != row.part)
      for (s = of_shard; s->part != row.part; s++)
        if (s == of_shard + w->n_parts - 1)
          return ONUS_FAIL(error, ONUS_BAD_INPUT, "a row of a partition has come that was not asked for");
    ONUS_TRY(append_row(s, &row, error));
  }
  for (size_t p = 0; p < w->n_parts; p++)
    if (of_shard[p].has_more)
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "the last row of a bucket is missing");
  return ONUS_OK;
}

static void drop_question(walk *w) {
  if (!w->asked)
    return;
  onus_cluster_scatter_abandon(w->asked->scattering);
  for (size_t s = 0; s < w->cluster->place.n_nodes; s++)
    onus_buffer_free(&w->asked->sql[s]);
  free(w->asked);
  w->asked = NULL;
}

/* What `columns`, `condition` and `end` of a query do not say is the same in all. */
static onus_status ask(walk *w, const char *columns, const char *condition, const char *end,
                       onus_status (*read)(void *context, const onus_text *answer, onus_error *error), uint64_t from,
                       onus_error *error) {
  size_t n_shards = w->cluster->place.n_nodes;
  question *q = calloc(1, sizeof *q + n_shards * sizeof *q->answers);
  if (!q)
    return ONUS_FAIL_NO_MEMORY(error);
  w->asked = q;
  onus_status status = ONUS_OK;
  for (size_t s = 0; s < n_shards; s++) {
    q->answers[s] = (shard_answer){.w = w, .shard = s, .from = from};
    q->sql[s] = onus_buffer_new(SQL_BYTES_MAX);
    onus_buffer_printf(&q->sql[s], "SELECT %s FROM block_%zu WHERE %s AND part IN ", columns, s, condition);
    if (onus_cluster_part_list(&q->sql[s], s, w->parts, w->n_parts) == 0)
      continue;
    onus_buffer_string(&q->sql[s], " AND ");
    onus_cluster_guard(&q->sql[s], w->cluster, s, w->parts, w->n_parts);
    onus_buffer_string(&q->sql[s], end);
    if (q->sql[s].status != ONUS_OK)
      status = ONUS_FAIL_NO_MEMORY(error);
    q->calls[q->n_calls++] =
        (onus_shard_call){.shard = s, .sql = q->sql[s].bytes, .read = read, .context = &q->answers[s]};
  }
  if (status == ONUS_OK)
    status = onus_cluster_scatter_begin(w->cluster, q->calls, q->n_calls, &q->scattering, error);
  if (status != ONUS_OK)
    drop_question(w);
  return status;
}

/* Waits for the answers; the question is the caller's to drop. */
static onus_status hear(walk *w, onus_error *error) {
  question *q = w->asked;
  onus_scattering *scattering = q->scattering;
  q->scattering = NULL;
  for (size_t s = 0; s < w->cluster->place.n_nodes; s++)
    for (size_t p = 0; p < w->n_parts; p++)
      q->answers[s].kept_bytes[p] = w->stretches[s * w->n_parts + p].n_bytes;
  return onus_cluster_scatter_end(scattering, error);
}

/* Asks for all buckets that begin in the window. */
static onus_status ask_window(walk *w, uint64_t first, uint64_t last, onus_error *error) {
  char condition[160];
  snprintf(condition, sizeof condition, "t IN (%u, %u) AND b >= %" PRIu64 " AND b <= %" PRIu64, w->table,
           w->table + ONUS_CLUSTER_REST, first, last);
  return ask(w, "part, b, seq, data", condition, " ORDER BY part, b, seq FORMAT RowBinary", take_rows, first, error);
}

static onus_status take_window(walk *w, onus_error *error) {
  onus_status status = hear(w, error);
  drop_question(w);
  return status;
}

/* count UInt64, min UInt64 */
static onus_status take_begin(void *context, const onus_text *answer, onus_error *error) {
  shard_answer *r = context;
  const uint8_t *bytes = (const uint8_t *)answer->bytes;
  if (answer->length != 16)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "where a partition begins takes 16 bytes, not %zu", answer->length);
  r->is_there = onus_load_le64(bytes) > 0;
  r->begin = onus_load_le64(bytes + 8);
  if (r->is_there && r->begin < r->from)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "a partition begins before what was asked for");
  return ONUS_OK;
}

/* Where the next bucket begins; *ret_is_there is false when there is none. */
static onus_status find_next(walk *w, uint64_t from, bool *ret_is_there, uint64_t *ret_begin, onus_error *error) {
  char condition[80];
  snprintf(condition, sizeof condition, "t = %u AND b >= %" PRIu64, w->table, from);
  ONUS_TRY(ask(w, "count(), min(b)", condition, " FORMAT RowBinary", take_begin, from, error));
  onus_status status = hear(w, error);
  *ret_is_there = false;
  for (size_t s = 0; status == ONUS_OK && s < w->cluster->place.n_nodes; s++) {
    const shard_answer *r = &w->asked->answers[s];
    if (r->is_there && (!*ret_is_there || r->begin < *ret_begin))
      *ret_begin = r->begin;
    *ret_is_there |= r->is_there;
  }
  drop_question(w);
  return status;
}

/* Where the groups or pairs up to the hash `last` end. */
static onus_status scan(const walk *w, stretch *s, uint64_t last, onus_error *error) {
  s->door = (onus_door){.bytes = s->bytes, .length_bytes = s->n_bytes, .path = "a partition in ClickHouse"};
  while (w->shape.kind == ONUS_STORE_PAIRS && s->n_bytes - s->n_scanned_bytes >= ONUS_PAIR_BYTES &&
         onus_load_u64(s->bytes + s->n_scanned_bytes) >> 32 <= last >> 32)
    s->n_scanned_bytes += ONUS_PAIR_BYTES;
  if (w->shape.kind == ONUS_STORE_PAIRS)
    return ONUS_OK;
  onus_stream rest = {&s->door, 0, s->n_bytes};
  for (uint64_t at = s->n_scanned_bytes; at < s->n_bytes;) {
    onus_group group;
    ONUS_TRY(onus_stream_read(&rest, &at, &group, error));
    if (group.hash > last)
      break;
    s->n_scanned_bytes = (size_t)at;
  }
  return ONUS_OK;
}

static void drop_scanned(stretch *s) {
  s->n_bytes -= s->n_scanned_bytes;
  if (s->n_scanned_bytes > 0 && s->n_bytes > 0)
    memmove(s->bytes, s->bytes + s->n_scanned_bytes, s->n_bytes);
  s->n_scanned_bytes = 0;
}

/* Takes what is merged: groups, or pairs when `pair` is not NULL. */
typedef struct any_sink {
  const onus_group_sink *groups;
  onus_pair_sink *pair;
  void *context;
} any_sink;

static onus_status merge_window(walk *w, uint64_t last, const any_sink *sink, onus_error *error) {
  size_t n_streams = 0;
  for (size_t i = 0; i < w->n_stretches; i++) {
    stretch *s = &w->stretches[i];
    ONUS_TRY(scan(w, s, last, error));
    if (s->n_scanned_bytes > 0)
      w->streams[n_streams++] = (onus_stream){&s->door, 0, s->n_scanned_bytes};
  }
  if (sink->pair)
    ONUS_TRY(onus_pair_runs_merge(w->streams, n_streams, sink->context, sink->pair, error));
  else
    ONUS_TRY(onus_merge(w->streams, n_streams, sink->groups, error));
  for (size_t i = 0; i < w->n_stretches; i++)
    drop_scanned(&w->stretches[i]);
  return ONUS_OK;
}

/* The last window must leave nothing behind: bytes after the last group or pair are none of ours. */
static onus_status check_end(const walk *w, onus_error *error) {
  for (size_t i = 0; i < w->n_stretches; i++)
    if (w->stretches[i].n_bytes > 0)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, w->cluster->place.database, 0, 0,
                          "partition %016" PRIx64 " is damaged: bytes are left over", w->stretches[i].part);
  return ONUS_OK;
}

/* What the first buckets have before the span: it was handed on in an earlier walk. */
static onus_status skip_before(walk *w, onus_error *error) {
  for (size_t i = 0; w->span->first > 0 && i < w->n_stretches; i++) {
    ONUS_TRY(scan(w, &w->stretches[i], w->span->first - 1, error));
    drop_scanned(&w->stretches[i]);
  }
  return ONUS_OK;
}

/* Where the first bucket begins that may hold what stands at the beginning of the span. */
static uint64_t first_bucket(const walk *w) {
  unsigned bits = 64;
  for (size_t p = 0; p < w->n_parts; p++) {
    unsigned of_part = onus_cluster_share_of(w->parts[p], w->table)->bits;
    bits = of_part < bits ? of_part : bits;
  }
  return onus_bucket_begin(w->span->first, bits);
}

static onus_status tell_passed(const walk *w, uint64_t last, onus_error *error) {
  return w->span->passed ? w->span->passed(w->span->context, last, error) : ONUS_OK;
}

static onus_status run_walk(walk *w, const any_sink *sink, onus_error *error) {
  uint64_t n_bytes = 0, begin = first_bucket(w);
  for (size_t p = 0; p < w->n_parts; p++)
    n_bytes += onus_cluster_share_of(w->parts[p], w->table)->n_bytes;
  unsigned bits = 0;
  while (bits < 31 && n_bytes >> bits > WINDOW_BYTES)
    bits++;
  uint64_t first_window = bits == 0 ? 0 : w->span->first >> (64 - bits), end = UINT64_C(1) << bits;
  uint64_t last = bits == 0 ? UINT64_MAX : first_window << (64 - bits) | UINT64_MAX >> bits;
  ONUS_TRY(ask_window(w, begin, last, error));
  for (uint64_t window = first_window; window < end; window++) {
    ONUS_TRY(take_window(w, error));
    uint64_t next = last + 1, of_this = last;
    last = bits == 0 ? UINT64_MAX : next | UINT64_MAX >> bits;
    if (window + 1 < end)
      ONUS_TRY(ask_window(w, next, last, error));
    if (window == first_window)
      ONUS_TRY(skip_before(w, error));
    ONUS_TRY(merge_window(w, of_this, sink, error));
    ONUS_TRY(tell_passed(w, of_this, error));
  }
  return check_end(w, error);
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

typedef struct numbered_row {
  uint32_t number;
  const uint8_t *row;
} numbered_row;

static int by_number(const void *a, const void *b) {
  uint32_t x = ((const numbered_row *)a)->number, y = ((const numbered_row *)b)->number;
  return x < y ? -1 : x > y;
}

/* All rows that have come, by number; chunks are never cut by a window. */
static onus_status hand_rows_on(walk *w, uint32_t row_bytes, void *context, onus_row_sink *sink, onus_error *error) {
  size_t n_rows = 0, entry_bytes = sizeof(uint32_t) + row_bytes, at = 0;
  for (size_t i = 0; i < w->n_stretches; i++) {
    n_rows += w->stretches[i].n_bytes / entry_bytes;
    if (w->stretches[i].n_bytes % entry_bytes != 0)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, w->cluster->place.database, 0, 0,
                          "partition %016" PRIx64 " is damaged: a row is cut short", w->stretches[i].part);
  }
  numbered_row *rows = calloc(n_rows + 1, sizeof *rows);
  if (!rows)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < w->n_stretches; i++) {
    stretch *s = &w->stretches[i];
    for (size_t offset = 0; offset < s->n_bytes; offset += entry_bytes, at++) {
      memcpy(&rows[at].number, s->bytes + offset, sizeof rows[at].number);
      rows[at].row = s->bytes + offset + sizeof(uint32_t);
    }
    s->n_bytes = 0;
  }
  qsort(rows, n_rows, sizeof *rows, by_number);
  onus_status status = ONUS_OK;
  for (size_t i = 0; status == ONUS_OK && i < n_rows; i++)
    if (i > 0 && rows[i].number == rows[i - 1].number)
      status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, w->cluster->place.database, 0, 0,
                            "row %" PRIu32 " of an array is there twice", rows[i].number);
    else
      status = sink(context, rows[i].row, 1, row_bytes, rows[i].number, error);
  free(rows);
  return status;
}

/* --- the calls ---------------------------------------------------------------------------------------------------- */

static onus_status begin_walk(walk *w, onus_error *error) {
  static const onus_walk_span all = {0};
  w->span = w->span ? w->span : &all;
  w->n_stretches = w->cluster->place.n_nodes * w->n_parts;
  w->stretches = calloc(w->n_stretches + 1, sizeof *w->stretches);
  w->streams = calloc(w->n_stretches + 1, sizeof *w->streams);
  if (!w->stretches || !w->streams)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < w->n_stretches; i++)
    w->stretches[i].part = w->parts[i % w->n_parts]->number;
  return ONUS_OK;
}

static void end_walk(walk *w) {
  drop_question(w);
  for (size_t i = 0; w->stretches && i < w->n_stretches; i++)
    free(w->stretches[i].bytes);
  free(w->stretches);
  free(w->streams);
}

onus_status onus_cluster_walk(onus_cluster *cluster, unsigned table, const onus_cluster_part *const *parts,
                              size_t n_parts, const onus_walk_span *span, const onus_group_sink *sink,
                              onus_error *error) {
  walk w = {.cluster = cluster, .table = table, .parts = parts, .n_parts = n_parts, .span = span};
  any_sink any = {.groups = sink};
  onus_status status = begin_walk(&w, error);
  if (status == ONUS_OK)
    status = run_walk(&w, &any, error);
  end_walk(&w);
  return status;
}

onus_status onus_cluster_walk_pairs(onus_cluster *cluster, unsigned table, const onus_cluster_part *const *parts,
                                    size_t n_parts, const onus_walk_span *span, void *context, onus_pair_sink *sink,
                                    onus_error *error) {
  walk w = {.cluster = cluster,
            .table = table,
            .shape = {ONUS_STORE_PAIRS, 0},
            .parts = parts,
            .n_parts = n_parts,
            .span = span};
  any_sink any = {.pair = sink, .context = context};
  onus_status status = begin_walk(&w, error);
  if (status == ONUS_OK)
    status = run_walk(&w, &any, error);
  end_walk(&w);
  return status;
}

/* A window of chunks of rows. */
typedef struct row_window {
  uint64_t chunk, step, n_chunks;
} row_window;

static uint64_t end_of_window(const row_window *window) {
  uint64_t last_chunk = window->chunk + window->step - 1;
  return (last_chunk < window->n_chunks ? last_chunk : window->n_chunks - 1) << 32 | UINT32_MAX;
}

/* Asks for a window of rows, from the next one on that is there when some may be missing. */
static onus_status ask_rows(walk *w, row_window *window, bool must_look, onus_error *error) {
  if (must_look) {
    uint64_t begin;
    bool is_there;
    ONUS_TRY(find_next(w, window->chunk << 32, &is_there, &begin, error));
    window->chunk = is_there ? begin >> 32 : window->n_chunks;
  }
  if (window->chunk >= window->n_chunks)
    return ONUS_OK;
  return ask_window(w, window->chunk << 32, end_of_window(window), error);
}

/* An array has no holes but for rows of partitions that are not asked for: they are leapt over, however many they are.
 */
static onus_status walk_row_windows(walk *w, const onus_cluster_manifest *manifest, void *context, onus_row_sink *sink,
                                    onus_error *error) {
  uint32_t row_bytes = manifest->tables[w->table - 1].row_bytes, per_chunk = onus_rows_per_chunk(row_bytes);
  uint64_t n_rows = 0, n_come = w->span->n_rows_before, end = onus_cluster_end_of_array(manifest, w->table);
  for (size_t p = 0; p < w->n_parts; p++)
    n_rows += onus_cluster_share_of(w->parts[p], w->table)->n_keys;
  bool has_holes = n_rows != end, must_look = has_holes;
  row_window window = {w->span->first >> 32, WINDOW_BYTES / (row_bytes * per_chunk) + 1, end / per_chunk + 1};
  if (n_come < n_rows)
    ONUS_TRY(ask_rows(w, &window, must_look, error));
  while (w->asked) {
    uint64_t last = end_of_window(&window), n_before = n_come;
    ONUS_TRY(take_window(w, error));
    for (size_t i = 0; i < w->n_stretches; i++)
      n_come += w->stretches[i].n_bytes / (sizeof(uint32_t) + row_bytes);
    bool is_empty = n_come == n_before;
    if (is_empty && (must_look || !has_holes))
      break; /* rows had to be here */
    must_look = is_empty;
    window.chunk += window.step;
    if (n_come < n_rows)
      ONUS_TRY(ask_rows(w, &window, must_look, error));
    ONUS_TRY(hand_rows_on(w, row_bytes, context, sink, error));
    ONUS_TRY(tell_passed(w, last, error));
  }
  if (n_come != n_rows)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, w->cluster->place.database, 0, 0,
                        "of the %" PRIu64 " rows of an array, %" PRIu64 " have come", n_rows, n_come);
  return ONUS_OK;
}

onus_status onus_cluster_walk_rows(onus_cluster *cluster, const onus_cluster_manifest *manifest, unsigned table,
                                   const onus_cluster_part *const *parts, size_t n_parts, const onus_walk_span *span,
                                   void *context, onus_row_sink *sink, onus_error *error) {
  walk w = {.cluster = cluster,
            .table = table,
            .shape = {ONUS_STORE_ROWS, manifest->tables[table - 1].row_bytes},
            .parts = parts,
            .n_parts = n_parts,
            .span = span};
  onus_status status = begin_walk(&w, error);
  if (status == ONUS_OK)
    status = walk_row_windows(&w, manifest, context, sink, error);
  end_walk(&w);
  return status;
}
