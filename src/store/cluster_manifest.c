/* What is sealed, as text of one line for each thing:
 *
 *     onus-clickhouse 4
 *     shards 3
 *     store 0123456789abcdef                           which store it is; what an older onus made does not say it
 *     table records row 0 name indicator               number 1; the next one 2, …
 *     part 0000000000100001 retired 0 bytes 52100      and about it:
 *     rows 341 338 352                                 in each shard
 *     share 1 bits 5 keys 1000 postings 2000 bytes 52100
 *     document 0000000000000001 part 0000000000100001 bytes 12 xxh3 0123456789abcdef name catalogue
 *     checksum 0123456789abcdef                        XXH3-64 of everything before
 */
#include "store/cluster_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/little_endian.h"

static const char *const kind_names[] = {"records", "pairs", "rows"};

enum { CHECKSUM_LINE_BYTES = 9 + 16 + 1 };

onus_status onus_cluster_manifest_new(size_t n_shards, onus_cluster_manifest **ret_manifest, onus_error *error) {
  onus_cluster_manifest *m = calloc(1, sizeof *m);
  if (m) {
    m->n_shards = n_shards;
    m->tables = calloc(ONUS_STORE_TABLES_MAX, sizeof *m->tables);
    m->parts = calloc(ONUS_CLUSTER_PARTS_MAX, sizeof *m->parts);
    m->documents = calloc(ONUS_STORE_DOCUMENTS_MAX, sizeof *m->documents);
  }
  if (!m || !m->tables || !m->parts || !m->documents) {
    onus_cluster_manifest_free(m);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  *ret_manifest = m;
  return ONUS_OK;
}

void onus_cluster_manifest_free(onus_cluster_manifest *manifest) {
  if (!manifest)
    return;
  for (size_t i = 0; manifest->parts && i < ONUS_CLUSTER_PARTS_MAX; i++)
    free(manifest->parts[i].shares);
  free(manifest->tables);
  free(manifest->parts);
  free(manifest->documents);
  free(manifest);
}

unsigned onus_cluster_find_table(const onus_cluster_manifest *manifest, onus_store_kind kind, const char *name) {
  for (unsigned i = 0; i < manifest->n_tables; i++)
    if (manifest->tables[i].kind == kind && strcmp(manifest->tables[i].name, name) == 0)
      return i + 1;
  return 0;
}

const onus_cluster_share *onus_cluster_share_of(const onus_cluster_part *part, unsigned table) {
  for (size_t i = 0; part->retired_at == 0 && i < part->n_shares; i++)
    if (part->shares[i].table == table)
      return &part->shares[i];
  return NULL;
}

uint64_t onus_cluster_end_of_array(const onus_cluster_manifest *manifest, unsigned table) {
  const uint64_t most = UINT64_C(1) << 32;
  uint64_t end = 0;
  for (size_t i = 0; i < manifest->n_parts; i++) {
    const onus_cluster_share *share = onus_cluster_share_of(&manifest->parts[i], table);
    end += share ? share->n_keys : 0;
  }
  return end < most ? end : most;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

typedef struct reading {
  const char *name;
  const char *at, *end;
  unsigned line;
  onus_cluster_manifest *m;
} reading;

static onus_status fail_line(const reading *r, const char *what, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->name, r->line, 1, "the manifest is damaged: %s", what);
}

static bool take(reading *r, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
    return false;
  r->at += length;
  return true;
}

static bool take_number(reading *r, unsigned base, uint64_t most, uint64_t *ret_number) {
  uint64_t number = 0;
  const char *begin = r->at;
  for (; r->at < r->end; r->at++) {
    unsigned digit = *r->at >= '0' && *r->at <= '9'   ? (unsigned)(*r->at - '0')
                     : *r->at >= 'a' && *r->at <= 'f' ? (unsigned)(*r->at - 'a') + 10
                                                      : 16;
    if (digit >= base)
      break;
    if (number > (most - digit) / base)
      return false;
    number = number * base + digit;
  }
  *ret_number = number;
  return r->at > begin;
}

static bool take_field(reading *r, const char *word, unsigned base, uint64_t most, uint64_t *ret_number) {
  return take(r, word) && take_number(r, base, most, ret_number);
}

static bool take_line_end(reading *r) {
  return take(r, "\n");
}

static bool take_name(reading *r, char *out, bool (*is_valid)(const char *name, size_t name_bytes)) {
  size_t length = 0;
  while (r->at + length < r->end && r->at[length] != '\n')
    length++;
  if (length > ONUS_STORE_TABLE_BYTES_MAX || !is_valid(r->at, length))
    return false;
  memcpy(out, r->at, length);
  out[length] = '\0';
  r->at += length;
  return take_line_end(r);
}

static onus_status read_rows(reading *r, onus_cluster_part *part, onus_error *error) {
  r->line++;
  if (!take(r, "rows"))
    return fail_line(r, "the rows of a partition are missing", error);
  for (size_t i = 0; i < r->m->n_shards; i++)
    if (!take_field(r, " ", 10, UINT64_MAX / ONUS_CLUSTER_NODES_MAX, &part->n_rows[i]))
      return fail_line(r, "a number of rows is wrong", error);
  return take_line_end(r) ? ONUS_OK : fail_line(r, "there are more numbers of rows than shards", error);
}

static onus_status read_share(reading *r, onus_cluster_part *part, onus_error *error) {
  onus_cluster_share share;
  uint64_t table, bits;
  if (!take_number(r, 10, r->m->n_tables, &table) || table == 0 || !take_field(r, " bits ", 10, 64, &bits) ||
      !take_field(r, " keys ", 10, UINT64_MAX >> 8, &share.n_keys) ||
      !take_field(r, " postings ", 10, UINT64_MAX >> 8, &share.n_postings) ||
      !take_field(r, " bytes ", 10, UINT64_MAX >> 8, &share.n_bytes) || !take_line_end(r))
    return fail_line(r, "the share of a table is wrong", error);
  share.table = (unsigned)table;
  share.bits = (unsigned)bits;
  if (part->n_shares > 0 && part->shares[part->n_shares - 1].table >= share.table)
    return fail_line(r, "the shares of a partition are not in order", error);
  onus_cluster_share *grown = realloc(part->shares, (part->n_shares + 1) * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  part->shares = grown;
  part->shares[part->n_shares++] = share;
  return ONUS_OK;
}

static onus_status read_part(reading *r, onus_error *error) {
  onus_cluster_manifest *m = r->m;
  if (m->n_parts == ONUS_CLUSTER_PARTS_MAX)
    return fail_line(r, "there are too many partitions", error);
  onus_cluster_part *part = &m->parts[m->n_parts++];
  if (!take_number(r, 16, UINT64_MAX, &part->number) ||
      !take_field(r, " retired ", 10, UINT64_MAX, &part->retired_at) ||
      !take_field(r, " bytes ", 10, UINT64_MAX >> 8, &part->n_bytes) || !take_line_end(r))
    return fail_line(r, "a partition is wrong", error);
  for (size_t i = 0; i + 1 < m->n_parts; i++)
    if (m->parts[i].number == part->number)
      return fail_line(r, "a partition is there twice", error);
  ONUS_TRY(read_rows(r, part, error));
  while (take(r, "share ")) {
    r->line++;
    ONUS_TRY(read_share(r, part, error));
  }
  return ONUS_OK;
}

static onus_status read_document(reading *r, onus_error *error) {
  onus_cluster_manifest *m = r->m;
  onus_cluster_document document;
  if (m->n_documents == ONUS_STORE_DOCUMENTS_MAX)
    return fail_line(r, "there are too many documents", error);
  if (!take_number(r, 16, UINT64_MAX, &document.number) || !take_field(r, " part ", 16, UINT64_MAX, &document.part) ||
      !take_field(r, " bytes ", 10, ONUS_STORE_DOCUMENT_BYTES_MAX, &document.length_bytes) ||
      !take_field(r, " xxh3 ", 16, UINT64_MAX, &document.xxh3) || !take(r, " name ") ||
      !take_name(r, document.name, onus_store_document_is_valid))
    return fail_line(r, "a document is wrong", error);
  if (m->n_documents > 0 && strcmp(m->documents[m->n_documents - 1].name, document.name) >= 0)
    return fail_line(r, "the documents are not in the order of their names", error);
  m->documents[m->n_documents++] = document;
  return ONUS_OK;
}

static onus_status read_table(reading *r, onus_error *error) {
  onus_cluster_manifest *m = r->m;
  onus_cluster_table table = {0};
  uint64_t row_bytes;
  unsigned kind = 0;
  while (kind <= ONUS_STORE_ROWS && !take(r, kind_names[kind]))
    kind++;
  if (kind > ONUS_STORE_ROWS || m->n_tables == ONUS_STORE_TABLES_MAX ||
      !take_field(r, " row ", 10, ONUS_STORE_ROW_BYTES_MAX, &row_bytes) ||
      (row_bytes > 0) != (kind == ONUS_STORE_ROWS) || !take(r, " name ") ||
      !take_name(r, table.name, onus_store_table_is_valid) ||
      onus_cluster_find_table(m, (onus_store_kind)kind, table.name) != 0)
    return fail_line(r, "a table is wrong", error);
  table.kind = (onus_store_kind)kind;
  table.row_bytes = (uint32_t)row_bytes;
  m->tables[m->n_tables++] = table;
  return ONUS_OK;
}

static onus_status read_lines(reading *r, onus_error *error) {
  while (r->at < r->end) {
    r->line++;
    if (take(r, "table ")) {
      ONUS_TRY(read_table(r, error));
    } else if (take(r, "part ")) {
      ONUS_TRY(read_part(r, error));
    } else if (take(r, "document ")) {
      ONUS_TRY(read_document(r, error));
    } else {
      return fail_line(r, "it has a line of an unknown kind", error);
    }
  }
  return ONUS_OK;
}

static onus_status read_head(reading *r, onus_error *error) {
  uint64_t version, n_shards;
  if (!take_field(r, "onus-clickhouse ", 10, 1000000, &version) || !take_line_end(r))
    return fail_line(r, "its first line is no \"onus-clickhouse 4\"", error);
  if (version != 4)
    return ONUS_FAIL_AT(error, ONUS_UNSUPPORTED, r->name, 1, 1,
                        "the tables are of version %" PRIu64 "; this onus knows version 4: %s", version,
                        version < 3 ? "pull a copy with the onus that made them, and push it into a new database with "
                                      "this one"
                                    : "take a newer onus");
  uint64_t sum;
  reading tail = {.at = r->end - CHECKSUM_LINE_BYTES, .end = r->end};
  if (r->end - r->at < CHECKSUM_LINE_BYTES || !take_field(&tail, "checksum ", 16, UINT64_MAX, &sum) ||
      !take_line_end(&tail) || tail.at != r->end)
    return fail_line(r, "it is cut short", error);
  const char *begin = r->at - strlen("onus-clickhouse 4\n");
  r->end -= CHECKSUM_LINE_BYTES;
  if (XXH3_64bits(begin, (size_t)(r->end - begin)) != sum)
    return fail_line(r, "its checksum is wrong", error);
  r->line++;
  if (!take_field(r, "shards ", 10, ONUS_CLUSTER_NODES_MAX, &n_shards) || n_shards == 0 || !take_line_end(r))
    return fail_line(r, "the number of shards is wrong", error);
  r->m->n_shards = (size_t)n_shards;
  if (take(r, "store ")) {
    r->line++;
    if (!take_number(r, 16, UINT64_MAX, &r->m->identity) || r->m->identity == 0 || !take_line_end(r))
      return fail_line(r, "the identity of the store is wrong", error);
  }
  return read_lines(r, error);
}

onus_status onus_cluster_manifest_parse(const char *name, const char *bytes, size_t length_bytes,
                                        onus_cluster_manifest **ret_manifest, onus_error *error) {
  reading r = {.name = name, .at = bytes, .end = bytes + length_bytes, .line = 1};
  if (length_bytes > ONUS_CLUSTER_MANIFEST_BYTES_MAX)
    return fail_line(&r, "it is too long", error);
  ONUS_TRY(onus_cluster_manifest_new(1, &r.m, error));
  onus_status status = read_head(&r, error);
  if (status != ONUS_OK)
    onus_cluster_manifest_free(r.m);
  else
    *ret_manifest = r.m;
  return status;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

onus_status onus_cluster_manifest_format(const onus_cluster_manifest *m, onus_text *ret_text, onus_error *error) {
  onus_buffer out = onus_buffer_new(ONUS_CLUSTER_MANIFEST_BYTES_MAX);
  onus_buffer_printf(&out, "onus-clickhouse 4\nshards %zu\n", m->n_shards);
  if (m->identity != 0)
    onus_buffer_printf(&out, "store %016" PRIx64 "\n", m->identity);
  for (size_t i = 0; i < m->n_tables; i++)
    onus_buffer_printf(&out, "table %s row %u name %s\n", kind_names[m->tables[i].kind], m->tables[i].row_bytes,
                       m->tables[i].name);
  for (size_t i = 0; i < m->n_parts; i++) {
    const onus_cluster_part *part = &m->parts[i];
    onus_buffer_printf(&out, "part %016" PRIx64 " retired %" PRIu64 " bytes %" PRIu64 "\nrows", part->number,
                       part->retired_at, part->n_bytes);
    for (size_t s = 0; s < m->n_shards; s++)
      onus_buffer_printf(&out, " %" PRIu64, part->n_rows[s]);
    onus_buffer_string(&out, "\n");
    for (size_t s = 0; s < part->n_shares; s++) {
      const onus_cluster_share *share = &part->shares[s];
      onus_buffer_printf(&out, "share %u bits %u keys %" PRIu64 " postings %" PRIu64 " bytes %" PRIu64 "\n",
                         share->table, share->bits, share->n_keys, share->n_postings, share->n_bytes);
    }
  }
  for (size_t i = 0; i < m->n_documents; i++) {
    const onus_cluster_document *d = &m->documents[i];
    onus_buffer_printf(&out,
                       "document %016" PRIx64 " part %016" PRIx64 " bytes %" PRIu64 " xxh3 %016" PRIx64 " name %s\n",
                       d->number, d->part, d->length_bytes, d->xxh3, d->name);
  }
  if (out.status == ONUS_OK)
    onus_buffer_printf(&out, "checksum %016" PRIx64 "\n", (uint64_t)XXH3_64bits(out.bytes, out.length_bytes));
  return onus_buffer_take(&out, ret_text, error);
}

/* --- in the cluster ----------------------------------------------------------------------------------------------- */

/* number UInt32, n_nodes UInt32, generation UInt64, epoch UInt64, body String */
typedef struct newest {
  uint64_t generation, epoch;
  const char *body; /* in the answer; NULL: none yet */
  size_t body_bytes, node;
} newest;

static onus_status read_newest(const onus_cluster *cluster, const onus_call *call, newest *n, onus_error *error) {
  const uint8_t *bytes = (const uint8_t *)call->answer.bytes;
  size_t length = call->answer.length_bytes, at = 24, n_nodes = cluster->place.n_nodes;
  const char *node = cluster->place.nodes[call->node];
  uint64_t body_bytes = 0;
  if (length == 0)
    return ONUS_OK;
  bool is_whole = false;
  for (unsigned shift = 0; length > 24 && at < length && shift < 35 && !is_whole; shift += 7) {
    body_bytes |= (uint64_t)(bytes[at] & 127) << shift;
    is_whole = bytes[at++] < 128;
  }
  if (!is_whole || body_bytes != length - at)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, node, 0, 0, "the answer about what is sealed cannot be right");
  uint32_t number = onus_load_le32(bytes), all = onus_load_le32(bytes + 4);
  if (all != n_nodes || number != call->node)
    return ONUS_FAIL_AT(
        error, ONUS_BAD_ARGUMENT, node, 0, 0,
        "is node %u of %u of this store, and was named as node %zu of %zu; name all nodes, in the order "
        "in which the store was made",
        number + 1, all, call->node + 1, n_nodes);
  uint64_t generation = onus_load_le64(bytes + 8), epoch = onus_load_le64(bytes + 16);
  if (!n->body || generation > n->generation || (generation == n->generation && epoch > n->epoch))
    *n = (newest){generation, epoch, (const char *)bytes + at, (size_t)body_bytes, call->node};
  return ONUS_OK;
}

/* The newest manifest among the calls that are still ONUS_CALL_OK. */
static onus_status take_newest_of(onus_cluster *cluster, onus_call *calls, onus_cluster_manifest **ret_manifest,
                                  bool *ret_no_store, size_t *ret_bad_node, onus_error *error) {
  newest n = {0};
  for (size_t i = 0; i < cluster->place.n_nodes; i++) {
    *ret_bad_node = i;
    if (calls[i].outcome == ONUS_CALL_OK)
      ONUS_TRY(read_newest(cluster, &calls[i], &n, error));
  }
  if (!n.body) {
    *ret_no_store = true;
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, cluster->place.database, 0, 0, "holds no store yet");
  }
  onus_cluster_manifest *m;
  *ret_bad_node = n.node;
  ONUS_TRY(onus_cluster_manifest_parse(cluster->place.nodes[n.node], n.body, n.body_bytes, &m, error));
  if (m->n_shards != cluster->place.n_nodes) {
    onus_cluster_manifest_free(m);
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, cluster->place.nodes[n.node], 0, 0,
                        "the manifest is that of another number of nodes");
  }
  m->generation = n.generation;
  m->epoch = n.epoch;
  *ret_manifest = m;
  return ONUS_OK;
}

/* A node that talks nonsense counts as one that does not answer, while there are enough others. */
static onus_status take_newest(onus_cluster *cluster, onus_call *calls, onus_cluster_manifest **ret_manifest,
                               bool *ret_no_store, onus_error *error) {
  size_t n_nodes = cluster->place.n_nodes, n_answers = 0, bad_node = 0;
  for (size_t i = 0; i < n_nodes; i++)
    n_answers += calls[i].outcome == ONUS_CALL_OK;
  for (;;) {
    onus_status status = take_newest_of(cluster, calls, ret_manifest, ret_no_store, &bad_node, error);
    if (status != ONUS_BAD_INPUT || --n_answers < onus_cluster_read_quorum(cluster))
      return status;
    calls[bad_node].outcome = ONUS_CALL_ELSEWHERE;
  }
}

onus_status onus_cluster_manifest_load(onus_cluster *cluster, onus_cluster_manifest **ret_manifest, bool *ret_no_store,
                                       onus_error *error) {
  static const char sql[] =
      "SELECT number, n_nodes, generation, epoch, body FROM (SELECT number, n_nodes FROM node LIMIT 1) "
      "CROSS JOIN (SELECT generation, epoch, body FROM manifest ORDER BY generation DESC, epoch DESC "
      "LIMIT 1) FORMAT RowBinary";
  onus_call calls[ONUS_CLUSTER_NODES_MAX];
  int64_t end_ms = onus_cluster_now_ms() + cluster->place.patience_ms;
  for (;;) {
    onus_status status = onus_cluster_ask_all(cluster, sql, calls, ret_no_store, error);
    bool is_hopeless = status != ONUS_IO || *ret_no_store;
    for (size_t i = 0; i < cluster->place.n_nodes; i++)
      is_hopeless |= calls[i].outcome == ONUS_CALL_HOPELESS;
    if (status == ONUS_OK)
      status = take_newest(cluster, calls, ret_manifest, ret_no_store, error);
    onus_cluster_free_calls(calls, cluster->place.n_nodes);
    if (status == ONUS_OK || is_hopeless || onus_cluster_now_ms() >= end_ms)
      return status;
    ONUS_TRY(onus_cluster_wait(cluster, 500, error));
  }
}

onus_status onus_cluster_manifest_store(onus_cluster *cluster, const onus_cluster_manifest *m, onus_error *error) {
  onus_text body;
  ONUS_TRY(onus_cluster_manifest_format(m, &body, error));
  onus_buffer rows = onus_buffer_new(ONUS_CLUSTER_MANIFEST_BYTES_MAX + 64);
  uint64_t numbers[2] = {m->generation, m->epoch};
  onus_buffer_append(&rows, (const char *)numbers, sizeof numbers);
  onus_length_append(&rows, body.length);
  onus_buffer_append(&rows, body.bytes, body.length);
  onus_text_free(&body);
  onus_shard_call call = {.shard = ONUS_CLUSTER_ANY,
                          .sql = "INSERT INTO manifest (generation, epoch, body) FORMAT RowBinary",
                          .rows = &rows};
  onus_status status =
      rows.status == ONUS_OK ? onus_cluster_scatter(cluster, &call, 1, error) : ONUS_FAIL_NO_MEMORY(error);
  onus_buffer_free(&rows);
  ONUS_TRY(status);
  char sql[200];
  snprintf(sql, sizeof sql, "SELECT count() > 0 FROM manifest WHERE generation = %" PRIu64 " AND epoch = %" PRIu64,
           m->generation, m->epoch);
  return onus_cluster_await(cluster, sql, onus_cluster_write_quorum(cluster), "what is sealed", error);
}
