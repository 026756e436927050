#include "store/cluster_sending_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES_MAX = 16 << 20, BLOCK_BYTES_MIN = 256 << 10, MOST_BITS = 56, PUMPED_EACH_BYTES = 64 << 10 };

onus_status onus_sending_open(onus_sending *s, onus_cluster *cluster, onus_lease *lease, uint64_t part,
                              size_t budget_bytes, onus_error *error) {
  size_t n_shards = cluster->place.n_nodes, block_bytes = budget_bytes / n_shards / 8;
  *s = (onus_sending){.cluster = cluster, .lease = lease, .part = {.number = part}, .n_shards = n_shards};
  s->block_bytes = block_bytes > BLOCK_BYTES_MAX   ? BLOCK_BYTES_MAX
                   : block_bytes < BLOCK_BYTES_MIN ? BLOCK_BYTES_MIN
                                                   : block_bytes;
  s->part.shares = calloc(ONUS_STORE_TABLES_MAX, sizeof *s->part.shares);
  s->shards = calloc(n_shards, sizeof *s->shards);
  s->packed = malloc(ONUS_PACKED_BYTES_MAX);
  if (!s->part.shares || !s->shards || !s->packed)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n_shards; i++) {
    s->shards[i].rows = onus_buffer_new(SIZE_MAX / 4);
    s->shards[i].sent = onus_buffer_new(SIZE_MAX / 4);
    s->shards[i].bytes = malloc(ONUS_CLUSTER_ROW_BYTES);
    if (!s->shards[i].bytes)
      return ONUS_FAIL_NO_MEMORY(error);
  }
  return ONUS_OK;
}

void onus_sending_free(onus_sending *s) {
  onus_cluster_scatter_abandon(s->in_air);
  for (size_t i = 0; s->shards && i < s->n_shards; i++) {
    onus_buffer_free(&s->shards[i].rows);
    onus_buffer_free(&s->shards[i].sent);
    free(s->shards[i].bytes);
  }
  free(s->packed);
  free(s->shards);
  free(s->part.shares);
  *s = (onus_sending){0};
}

/* --- blocks ------------------------------------------------------------------------------------------------------- */

/* How many rows of the partition a node has. */
static onus_status count_rows(onus_sending *s, size_t shard, unsigned copy, uint64_t *ret_count, bool *ret_answers,
                              onus_error *error) {
  char sql[300];
  snprintf(
      sql, sizeof sql,
      "SELECT sum(rows) FROM system.parts WHERE active AND database = '%s' AND table = 'block_%zu' AND partition = "
      "'%" PRIu64 "'",
      s->cluster->place.database, shard, s->part.number);
  onus_call call = {.node = onus_cluster_node_of(s->cluster, shard, copy), .sql = sql};
  ONUS_TRY(onus_cluster_call(s->cluster, &call, 1, error));
  *ret_answers = call.outcome == ONUS_CALL_OK;
  *ret_count = call.outcome == ONUS_CALL_OK && call.answer.bytes ? strtoull(call.answer.bytes, NULL, 10) : 0;
  onus_status status = call.outcome == ONUS_CALL_HOPELESS ? onus_cluster_fail(s->cluster, &call, error) : ONUS_OK;
  onus_cluster_free_calls(&call, 1);
  return status;
}

/* A single node does not know a block that it has taken before, as replicas do: after a call that may have arrived, it
 * is asked whether it did. */
static onus_status send_to_single(onus_sending *s, onus_shard_call *call, onus_error *error) {
  int64_t end_ms = onus_cluster_now_ms() + s->cluster->place.patience_ms;
  call->is_once = true;
  for (;;) {
    onus_status status = onus_cluster_scatter(s->cluster, call, 1, error);
    if (status != ONUS_IO && status != ONUS_BAD_ARGUMENT)
      return status;
    uint64_t count = 0;
    bool answers = false;
    while (!answers && onus_cluster_now_ms() < end_ms) {
      ONUS_TRY(onus_cluster_wait(s->cluster, 500, error));
      ONUS_TRY(count_rows(s, 0, 0, &count, &answers, NULL));
    }
    if (answers && count > s->part.n_rows[0])
      return ONUS_OK;
    if (onus_cluster_now_ms() >= end_ms)
      return status;
  }
}

/* Waits until what was sent is answered. */
static onus_status land_blocks(onus_sending *s, onus_error *error) {
  onus_scattering *landing = s->in_air;
  s->in_air = NULL;
  if (landing)
    ONUS_TRY(onus_cluster_scatter_end(landing, error));
  return ONUS_OK;
}

/* What is to be sent of a shard becomes a call. */
static void make_call(onus_sending *s, size_t i, onus_shard_call *ret_call) {
  onus_sending_shard *shard = &s->shards[i];
  onus_buffer answered = shard->sent;
  shard->sent = shard->rows;
  shard->rows = answered;
  shard->rows.length_bytes = 0; /* its memory is used again */
  snprintf(s->sql[i], sizeof s->sql[i], "INSERT INTO block_%zu (part, t, b, seq, data) FORMAT RowBinary", i);
  *ret_call = (onus_shard_call){.shard = i, .sql = s->sql[i], .rows = &shard->sent};
}

static void count_sent(onus_sending *s) {
  for (size_t i = 0; i < s->n_shards; i++) {
    onus_sending_shard *shard = &s->shards[i];
    if (shard->n_rows > 0)
      s->part.n_bytes += shard->sent.length_bytes;
    s->part.n_rows[i] += shard->n_rows;
    shard->n_rows = 0;
  }
}

static onus_status send_blocks(onus_sending *s, onus_error *error) {
  size_t n_calls = 0;
  ONUS_TRY(land_blocks(s, error));
  ONUS_TRY(onus_lease_renew(s->cluster, s->lease, error));
  for (size_t i = 0; i < s->n_shards; i++) {
    if (s->shards[i].rows.status != ONUS_OK)
      return ONUS_FAIL_NO_MEMORY(error);
    if (s->shards[i].n_rows > 0)
      make_call(s, i, &s->calls[n_calls++]);
  }
  if (n_calls == 0)
    return ONUS_OK;
  if (s->n_shards == 1) {
    ONUS_TRY(send_to_single(s, &s->calls[0], error));
    count_sent(s);
    return ONUS_OK;
  }
  count_sent(s); /* they may arrive from here on */
  return onus_cluster_scatter_begin(s->cluster, s->calls, n_calls, &s->in_air, error);
}

static void look_after_sent(onus_sending *s, size_t more_bytes) {
  s->unpumped_bytes += more_bytes;
  if (s->in_air && s->unpumped_bytes >= PUMPED_EACH_BYTES) {
    s->unpumped_bytes = 0;
    onus_cluster_scatter_pump(s->in_air);
  }
}

/* --- buckets ------------------------------------------------------------------------------------------------------ */

static onus_status append_row(onus_sending *s, onus_sending_shard *shard, unsigned table, onus_error *error) {
  onus_block_row row = {.part = s->part.number,
                        .begin = shard->begin,
                        .sequence = shard->sequence++,
                        .bytes = shard->bytes,
                        .n_bytes = shard->n_bytes};
  bool is_whole = table != 0 && row.sequence == 0 && shard->n_bytes < ONUS_CLUSTER_ROW_BYTES;
  if (s->kind != ONUS_STORE_ROWS) {
    row.n_bytes = s->kind == ONUS_STORE_PAIRS
                      ? onus_pairs_pack(shard->bytes, shard->n_bytes / ONUS_PAIR_BYTES, shard->begin, s->packed)
                  : is_whole ? onus_groups_pack(shard->bytes, shard->n_bytes, s->packed)
                             : onus_groups_pack_piece(shard->bytes, shard->n_bytes, s->packed);
    row.bytes = s->packed;
  }
  if (shard->rows.length_bytes > s->block_bytes)
    ONUS_TRY(send_blocks(s, error));
  onus_block_row_append(&shard->rows, table, &row);
  look_after_sent(s, row.n_bytes);
  shard->n_rows++;
  shard->n_bytes = 0;
  return ONUS_OK;
}

static onus_status append_bytes(onus_sending *s, const void *bytes, size_t length, onus_error *error) {
  onus_sending_shard *shard = &s->shards[s->shard];
  const uint8_t *at = bytes;
  s->share.n_bytes += length;
  while (length > 0) {
    size_t room = ONUS_CLUSTER_ROW_BYTES - shard->n_bytes, n = length < room ? length : room;
    memcpy(shard->bytes + shard->n_bytes, at, n);
    shard->n_bytes += n;
    at += n;
    length -= n;
    if (shard->n_bytes == ONUS_CLUSTER_ROW_BYTES)
      ONUS_TRY(append_row(s, shard, s->share.table, error));
  }
  return ONUS_OK;
}

static onus_status end_bucket(onus_sending *s, onus_sending_shard *shard, onus_error *error) {
  if (!shard->is_open)
    return ONUS_OK;
  shard->is_open = false;
  return append_row(s, shard, s->share.table, error);
}

/* Bytes that belong to a hash, which is that of the bytes before or a greater one. */
static onus_status append_piece(onus_sending *s, uint64_t hash, const void *bytes, size_t length, onus_error *error) {
  s->shard = onus_shard_of(hash, s->n_shards);
  onus_sending_shard *shard = &s->shards[s->shard];
  uint64_t begin = onus_bucket_begin(hash, s->share.bits);
  if (!shard->is_open || shard->begin != begin) {
    ONUS_TRY(end_bucket(s, shard, error));
    shard->is_open = true;
    shard->begin = begin;
    shard->sequence = 0;
  }
  return append_bytes(s, bytes, length, error);
}

static onus_status take_group(void *context, const onus_group *group, onus_error *error) {
  static const uint8_t zeros[4];
  onus_sending *s = context;
  s->share.n_keys++;
  s->share.n_postings += group->n_postings;
  uint64_t head[2] = {group->hash, group->n_postings << 16 | group->key_bytes};
  ONUS_TRY(append_piece(s, group->hash, head, sizeof head, error));
  ONUS_TRY(append_bytes(s, group->key, group->key_bytes, error));
  return append_bytes(s, zeros, onus_key_padded(group->key_bytes) - group->key_bytes, error);
}

onus_status onus_sending_pair(onus_sending *s, uint64_t pair, onus_error *error) {
  s->share.n_keys += s->share.n_postings == 0 || pair >> 32 != s->last_key;
  s->last_key = pair >> 32;
  s->share.n_postings++;
  return append_piece(s, onus_flat_hash((uint32_t)(pair >> 32)), &pair, sizeof pair, error);
}

onus_status onus_sending_rows(onus_sending *s, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                              onus_error *error) {
  static const uint8_t zeros[ONUS_CLUSTER_CHUNK_BYTES];
  uint32_t per_chunk = onus_rows_per_chunk(row_bytes);
  for (size_t i = 0; i < n_rows; i++) {
    const uint8_t *row = rows + i * row_bytes;
    uint32_t number = (uint32_t)(first + i);
    uint64_t sum = onus_entry_sum(number, row, row_bytes);
    ONUS_TRY(append_piece(s, onus_flat_hash(number / per_chunk), NULL, 0, error));
    size_t place = number % per_chunk * (ONUS_ENTRY_SUM_BYTES + row_bytes);
    ONUS_TRY(append_bytes(s, zeros, place - s->shards[s->shard].n_bytes, error)); /* others are not of this partition */
    ONUS_TRY(append_bytes(s, &sum, sizeof sum, error));
    ONUS_TRY(append_bytes(s, row, row_bytes, error));
  }
  s->share.n_keys = s->share.n_postings += n_rows;
  return ONUS_OK;
}

static onus_status take_postings(void *context, const onus_store_posting *postings, size_t count, onus_error *error) {
  return append_bytes(context, postings, count * sizeof *postings, error);
}

void onus_sending_begin(onus_sending *s, unsigned table, onus_store_kind kind, uint64_t n_keys, uint64_t n_bytes,
                        onus_group_sink *ret_sink) {
  unsigned bits = 0, most_bits = kind == ONUS_STORE_PAIRS ? 32 : MOST_BITS;
  uint64_t n_buckets = n_bytes / s->n_shards / ONUS_CLUSTER_BUCKET_BYTES;
  s->kind = kind;
  if (n_buckets > n_keys / s->n_shards)
    n_buckets = n_keys / s->n_shards;
  while (bits < most_bits && n_buckets >> bits > 1)
    bits++;
  s->share = (onus_cluster_share){.table = table, .bits = kind == ONUS_STORE_ROWS ? 64 : bits};
  *ret_sink = (onus_group_sink){s, take_group, take_postings};
}

onus_status onus_sending_end(onus_sending *s, onus_error *error) {
  for (size_t i = 0; i < s->n_shards; i++)
    ONUS_TRY(end_bucket(s, &s->shards[i], error));
  if (s->share.n_keys > 0)
    s->part.shares[s->part.n_shares++] = s->share;
  return ONUS_OK;
}

onus_status onus_sending_document(onus_sending *s, uint64_t number, const onus_text *text, onus_error *error) {
  s->share = (onus_cluster_share){.table = 0};
  s->kind = ONUS_STORE_RECORDS;
  s->shard = (size_t)(number % s->n_shards);
  onus_sending_shard *shard = &s->shards[s->shard];
  shard->is_open = true;
  shard->begin = number;
  shard->sequence = 0;
  ONUS_TRY(append_bytes(s, text->bytes, text->length, error));
  return end_bucket(s, shard, error);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

/* Whether a shard has all on one node at least and no node that answers still lacks some. */
static onus_status check_shard(onus_sending *s, size_t shard, bool *ret_is_settled, bool *ret_is_safe,
                               onus_error *error) {
  *ret_is_settled = true;
  *ret_is_safe = false;
  for (unsigned copy = 0; copy < onus_cluster_copies(s->cluster); copy++) {
    uint64_t count;
    bool answers;
    ONUS_TRY(count_rows(s, shard, copy, &count, &answers, error));
    if (answers && count > s->part.n_rows[shard])
      return ONUS_FAIL(error, ONUS_IO, "rows have reached shard %zu twice; import again", shard);
    bool has_all = answers && count == s->part.n_rows[shard];
    *ret_is_safe |= has_all;
    *ret_is_settled &= has_all || !answers;
  }
  *ret_is_settled &= *ret_is_safe;
  return ONUS_OK;
}

static onus_status await_shard(onus_sending *s, size_t shard, onus_error *error) {
  int64_t end_ms = onus_cluster_now_ms() + s->cluster->place.patience_ms;
  for (long pause_ms = 20;; pause_ms = pause_ms < 1000 ? 2 * pause_ms : 1000) {
    bool is_settled, is_safe;
    ONUS_TRY(check_shard(s, shard, &is_settled, &is_safe, error));
    bool is_late = onus_cluster_now_ms() >= end_ms;
    if (is_settled || (is_late && is_safe)) /* the other replica follows when it can; until then it is not believed */
      return ONUS_OK;
    if (is_late)
      return ONUS_FAIL(error, ONUS_IO, "no node of shard %zu has all that was sent to it; see whether its nodes are up",
                       shard);
    ONUS_TRY(onus_cluster_wait(s->cluster, pause_ms, error));
  }
}

onus_status onus_sending_finish(onus_sending *s, onus_error *error) {
  ONUS_TRY(send_blocks(s, error));
  ONUS_TRY(land_blocks(s, error));
  for (size_t i = 0; i < s->n_shards; i++)
    if (s->part.n_rows[i] > 0)
      ONUS_TRY(await_shard(s, i, error));
  return ONUS_OK;
}

void onus_sending_abandon(onus_sending *s) {
  long patience_ms = s->cluster ? s->cluster->place.patience_ms : 0;
  onus_cluster_scatter_abandon(s->in_air);
  s->in_air = NULL;
  for (size_t i = 0; s->cluster && s->shards && i < s->n_shards; i++) {
    char sql[100];
    if (s->part.n_rows[i] == 0)
      continue;
    snprintf(sql, sizeof sql, "ALTER TABLE block_%zu DROP PARTITION %" PRIu64, i, s->part.number);
    onus_shard_call call = {.shard = i, .sql = sql};
    s->cluster->place.patience_ms = 0;
    onus_status dropped = onus_cluster_scatter(s->cluster, &call, 1, NULL);
    (void)dropped;
    s->cluster->place.patience_ms = patience_ms;
  }
}
