/* Nodes of a cluster in this process, in the place of those that onus_cluster_launch calls: what a test's linker sends
 * here (--wrap of onus_cluster_launch, _pump, _land and _abandon, onus_cluster_now_ms and nanosleep, so that waiting
 * takes no time). Calls are answered when they land.
 *
 * All nodes share one state, as if every copy were there at once. What they answer is right unless `alter` changes it.
 * Every statement has to be of one of the forms below: of the words of the engine, numbers, the name of the database
 * and a token. Whatever else would come from callers ends the program. */
#ifndef ONUS_TESTS_STORE_SIMULATED_CLUSTER_H
#define ONUS_TESTS_STORE_SIMULATED_CLUSTER_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/little_endian.h"
#include "store/cluster_internal.h"

#ifndef SIMULATED_REALLOC /* of a test that counts what the library allocates: the real ones */
#define SIMULATED_REALLOC realloc
#define SIMULATED_FREE free
#endif

#define SIMULATED_DATABASE "simulated"
#define SIMULATED_ONE "clickhouse://127.0.0.1:1/" SIMULATED_DATABASE
#define SIMULATED_THREE "clickhouse://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3/" SIMULATED_DATABASE

enum { SIMULATED_ROWS_MOST = 1 << 17, SIMULATED_SMALL_MOST = 8192 };

typedef enum simulated_kind {
  SIMULATED_TEXT,
  SIMULATED_ROWS,
  SIMULATED_CUT,
  SIMULATED_BEGIN,
  SIMULATED_MANIFEST
} simulated_kind;

typedef struct simulated_row {
  size_t shard, at, n_bytes; /* as RowBinary without its table */
  unsigned table;
  bool is_dropped;
} simulated_row;

typedef struct simulated_state {
  bool has_tables;
  size_t n_rows, n_bytes, n_manifests, n_manifest_bytes, n_leases;
} simulated_state;

static struct {
  simulated_state state;
  int64_t now_ms;
  simulated_row *rows;
  uint8_t *bytes; /* of all rows */
  size_t bytes_capacity;
  struct {
    uint64_t generation, epoch;
    size_t at, n_bytes;
  } manifests[SIMULATED_SMALL_MOST];
  char *manifest_bytes;
  size_t manifest_capacity;
  struct {
    uint64_t epoch;
    char token[128];
    int is_released;
  } leases[SIMULATED_SMALL_MOST];
  /* May change what a call answers. NULL: nothing does. */
  void (*alter)(onus_call *call, simulated_kind kind);
} simulated;

static inline void simulated_fault(const char *what, const char *about) {
  fprintf(stderr, "simulated cluster: %s: %s\n", what, about);
  abort();
}

/* --- statements ------------------------------------------------------------------------------------------------ */

/* Of "1,2,3" or "('1',7),('2',8)", 0 when it is none. */
static inline size_t simulated_list_length(const char *sql) {
  for (size_t n = 0;; n++) {
    bool is_tuple = sql[n] == '(';
    n += is_tuple && strncmp(sql + n, "('", 2) == 0 ? 2 : 0;
    size_t n_digits = strspn(sql + n, "0123456789");
    n += n_digits;
    if (is_tuple && n_digits > 0 && strncmp(sql + n, "',", 2) == 0) {
      n_digits = strspn(sql + n + 2, "0123456789");
      n += 2 + n_digits;
      if (sql[n++] != ')')
        return 0;
    }
    if (n_digits == 0)
      return 0;
    if (sql[n] != ',')
      return n;
  }
}

/* '#': a number; '@': a token; '$': the database; '~': a list of numbers or pairs. Others stand for themselves. */
static inline bool simulated_match(const char *form, const char *sql, uint64_t *numbers, char *token,
                                   const char **ret_list) {
  for (; *form; form++) {
    size_t n = 1;
    if (*form == '#') {
      char *end = NULL;
      n = strspn(sql, "0123456789");
      if (n == 0)
        return false;
      *numbers++ = strtoull(sql, &end, 10);
    } else if (*form == '@') {
      n = strspn(sql, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-");
      if (n == 0 || n >= 128)
        return false;
      memcpy(token, sql, n);
      token[n] = '\0';
    } else if (*form == '$') {
      n = strlen(SIMULATED_DATABASE);
      if (strncmp(sql, SIMULATED_DATABASE, n) != 0)
        return false;
    } else if (*form == '~') {
      if (ret_list && !*ret_list)
        *ret_list = sql;
      n = simulated_list_length(sql);
      if (n == 0)
        return false;
    } else if (*form != *sql) {
      return false;
    }
    sql += n;
  }
  return *sql == '\0';
}

#define SIMULATED_GUARD                                                                                                \
  "(SELECT throwIf(count() != #) FROM (SELECT partition, sum(rows) AS r FROM system.parts WHERE active AND database "  \
  "= '$' AND table = 'block_#' GROUP BY partition) WHERE (partition, r) IN (~)) = 0"
#define SIMULATED_SELECT "SELECT part, b, seq, data FROM block_# "
#define SIMULATED_REPLICATED "ReplicatedMergeTree('/onus/$/@', '@')"

typedef enum simulated_form {
  FORM_LOAD,
  FORM_INSERT,
  FORM_FIRST,
  FORM_ALL,
  FORM_UNSORTED,
  FORM_CUT,
  FORM_WALK,
  FORM_BEGIN,
  FORM_DOCUMENT,
  FORM_COUNT,
  FORM_PARTITIONS,
  FORM_DROP,
  FORM_LEASES,
  FORM_LEASE,
  FORM_HAS_LEASE,
  FORM_MANIFEST,
  FORM_HAS_MANIFEST,
  FORM_CREATE
} simulated_form;

static const struct {
  simulated_form form;
  const char *text;
} simulated_forms[] = {
    {FORM_LOAD,
     "SELECT number, n_nodes, generation, epoch, body FROM (SELECT number, n_nodes FROM node LIMIT 1) CROSS JOIN "
     "(SELECT generation, epoch, body FROM manifest ORDER BY generation DESC, epoch DESC LIMIT 1) FORMAT RowBinary"},
    {FORM_INSERT, "INSERT INTO block_# (part, t, b, seq, data) FORMAT RowBinary"},
    {FORM_FIRST, "SELECT part, b, toUInt32(0), data FROM block_# PREWHERE t = # AND b IN x WHERE part IN (~) "
                 "AND " SIMULATED_GUARD " FORMAT RowBinary"},
    {FORM_ALL, SIMULATED_SELECT "PREWHERE t IN (#, #) AND b IN x WHERE part IN (~) AND " SIMULATED_GUARD
                                " ORDER BY part, b, seq FORMAT RowBinary"},
    {FORM_UNSORTED,
     SIMULATED_SELECT "PREWHERE t IN (#, #) AND b IN x WHERE part IN (~) AND " SIMULATED_GUARD " FORMAT RowBinary"},
    {FORM_CUT,
     "SELECT part, b, arrayMap((i, d) -> substring(d, i, #), s, arrayMap(i -> data, s)) FROM (SELECT part, "
     "b, data FROM block_# PREWHERE t = # AND b IN (SELECT b FROM x) WHERE part IN (~) AND " SIMULATED_GUARD
     ") AS c ANY LEFT JOIN (SELECT b, s FROM x) AS w USING b SETTINGS preferred_block_size_bytes = # FORMAT RowBinary"},
    {FORM_WALK, SIMULATED_SELECT "WHERE t IN (#, #) AND b >= # AND b <= # AND part IN (~) AND " SIMULATED_GUARD
                                 " ORDER BY part, b, seq FORMAT RowBinary"},
    {FORM_BEGIN, "SELECT count(), min(b) FROM block_# WHERE t = # AND b >= # AND part IN (~) AND " SIMULATED_GUARD
                 " FORMAT RowBinary"},
    {FORM_DOCUMENT,
     SIMULATED_SELECT "WHERE t IN (0, #) AND part = # AND b = # AND " SIMULATED_GUARD " ORDER BY seq FORMAT RowBinary"},
    {FORM_COUNT, "SELECT sum(rows) FROM system.parts WHERE active AND database = '$' AND table = 'block_#' AND "
                 "partition = '#'"},
    {FORM_PARTITIONS, "SELECT DISTINCT table, partition FROM system.parts WHERE active AND database = '$' AND table "
                      "LIKE 'block_%'"},
    {FORM_DROP, "ALTER TABLE block_# DROP PARTITION #"},
    {FORM_LEASES, "SELECT epoch, token, max(is_released), toInt64(toUnixTimestamp(now())) - "
                  "toInt64(max(toUnixTimestamp(moment))) FROM lease GROUP BY epoch, token ORDER BY epoch DESC LIMIT 4"},
    {FORM_LEASE, "INSERT INTO lease (epoch, token, is_released) VALUES (#, '@', #)"},
    {FORM_HAS_LEASE, "SELECT count() > 0 FROM lease WHERE epoch = # AND token = '@'"},
    {FORM_MANIFEST, "INSERT INTO manifest (generation, epoch, body) FORMAT RowBinary"},
    {FORM_HAS_MANIFEST, "SELECT count() > 0 FROM manifest WHERE generation = # AND epoch = #"},
    {FORM_CREATE, "CREATE DATABASE IF NOT EXISTS $"},
};

static inline simulated_form simulated_form_of(const char *sql, uint64_t *numbers, char *token, const char **ret_list) {
  for (size_t i = 0; i < sizeof simulated_forms / sizeof *simulated_forms; i++) {
    *ret_list = NULL;
    if (simulated_match(simulated_forms[i].text, sql, numbers, token, ret_list))
      return simulated_forms[i].form;
  }
  /* The tables, once for each store; nothing of callers is in reach. */
  static const char *const beginnings[] = {"CREATE TABLE IF NOT EXISTS ", "INSERT INTO node SELECT "};
  for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
    if (strncmp(sql, beginnings[i], strlen(beginnings[i])) == 0)
      return FORM_CREATE;
  simulated_fault("a statement of no known form", sql);
  return FORM_CREATE;
}

/* --- what a node has ------------------------------------------------------------------------------------------- */

static inline uint64_t simulated_part(const simulated_row *row) {
  return onus_load_le64(simulated.bytes + row->at);
}
static inline uint64_t simulated_begin(const simulated_row *row) {
  return onus_load_le64(simulated.bytes + row->at + 8);
}

/* For qsort: by partition, beginning, sequence. */
static inline int simulated_by_place(const void *a, const void *b) {
  const simulated_row *x = &simulated.rows[*(const uint32_t *)a], *y = &simulated.rows[*(const uint32_t *)b];
  uint64_t keys[3][2] = {{simulated_part(x), simulated_part(y)},
                         {simulated_begin(x), simulated_begin(y)},
                         {onus_load_le32(simulated.bytes + x->at + 16), onus_load_le32(simulated.bytes + y->at + 16)}};
  for (size_t i = 0; i < 3; i++)
    if (keys[i][0] != keys[i][1])
      return keys[i][0] < keys[i][1] ? -1 : 1;
  return 0;
}

static inline void simulated_grow(void *memory, size_t *capacity, size_t needed) {
  char **bytes = memory;
  if (needed <= *capacity)
    return;
  *capacity = 2 * needed;
  *bytes = SIMULATED_REALLOC(*bytes, *capacity);
  if (!*bytes)
    simulated_fault("no memory", "for what was inserted");
}

static inline size_t simulated_length(const uint8_t *bytes, size_t *at) {
  size_t length = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    uint8_t byte = bytes[(*at)++];
    length |= (size_t)(byte & 127) << shift;
    if (byte < 128)
      break;
  }
  return length;
}

static inline void simulated_insert(size_t shard, const onus_buffer *rows) {
  const uint8_t *bytes = (const uint8_t *)rows->bytes;
  if (!simulated.rows && !(simulated.rows = SIMULATED_REALLOC(NULL, SIMULATED_ROWS_MOST * sizeof *simulated.rows)))
    simulated_fault("no memory", "for rows");
  for (size_t at = 0; at < rows->length_bytes;) {
    size_t head = at, end = at + 22;
    size_t length = simulated_length(bytes, &end);
    end += length;
    if (end > rows->length_bytes || simulated.state.n_rows == SIMULATED_ROWS_MOST)
      simulated_fault("rows that are none", "or too many");
    simulated_row *row = &simulated.rows[simulated.state.n_rows++];
    *row = (simulated_row){shard, simulated.state.n_bytes, end - head - 2, onus_load_le16(bytes + head + 8), false};
    simulated_grow(&simulated.bytes, &simulated.bytes_capacity, simulated.state.n_bytes + row->n_bytes);
    memcpy(simulated.bytes + row->at, bytes + head, 8);
    memcpy(simulated.bytes + row->at + 8, bytes + head + 10, row->n_bytes - 8);
    simulated.state.n_bytes += row->n_bytes;
    at = end;
  }
}

static inline bool simulated_is_asked(const onus_call *call, uint64_t begin) {
  for (size_t at = 0; at + 8 <= call->rows->length_bytes; at += 8)
    if (onus_load_le64((const uint8_t *)call->rows->bytes + at) == begin)
      return true;
  return false;
}

static inline bool simulated_is_listed(const char *list, uint64_t part) {
  for (char *at = (char *)(uintptr_t)list; at && *at != ')'; at += *at == ',')
    if (strtoull(at, &at, 10) == part)
      return true;
  return false;
}

static inline void simulated_select(onus_call *call, simulated_form form, const uint64_t *numbers, const char *list) {
  uint32_t *chosen = SIMULATED_REALLOC(NULL, (simulated.state.n_rows + 1) * sizeof *chosen);
  size_t n_chosen = 0;
  if (!chosen)
    simulated_fault("no memory", "for an answer");
  for (size_t i = 0; i < simulated.state.n_rows; i++) {
    const simulated_row *row = &simulated.rows[i];
    uint64_t part = simulated_part(row), begin = simulated_begin(row);
    bool fits = !row->is_dropped && row->shard == numbers[0];
    if (form == FORM_DOCUMENT)
      fits = fits && (row->table == 0 || row->table == numbers[1]) && part == numbers[2] && begin == numbers[3];
    else
      fits = fits && (row->table == numbers[1] || (form != FORM_FIRST && row->table == numbers[2])) &&
             simulated_is_listed(list, part);
    if (form == FORM_WALK)
      fits = fits && begin >= numbers[3] && begin <= numbers[4];
    if (form == FORM_FIRST || form == FORM_ALL || form == FORM_UNSORTED)
      fits = fits && simulated_is_asked(call, begin);
    if (fits)
      chosen[n_chosen++] = (uint32_t)i;
  }
  qsort(chosen, n_chosen, sizeof *chosen, simulated_by_place);
  for (size_t i = 0; i < n_chosen; i++) {
    const simulated_row *row = &simulated.rows[chosen[form == FORM_UNSORTED ? n_chosen - 1 - i : i]];
    onus_buffer_append(&call->answer, (const char *)simulated.bytes + row->at, row->n_bytes);
  }
  SIMULATED_FREE(chosen);
}

/* What a row has at the places that are asked for of its bucket. */
static inline void simulated_cut_row(onus_call *call, const simulated_row *row, uint64_t n_cut_bytes) {
  const uint8_t *asked = (const uint8_t *)call->rows->bytes, *bytes = simulated.bytes + row->at;
  size_t begin = 20, length = simulated_length(bytes, &begin);
  for (size_t at = 0; at + 9 <= call->rows->length_bytes;) {
    bool is_this = onus_load_le64(asked + at) == simulated_begin(row);
    at += 8;
    size_t count = simulated_length(asked, &at);
    if (is_this) {
      onus_buffer_append(&call->answer, (const char *)bytes, 16);
      onus_length_append(&call->answer, count);
    }
    for (size_t i = 0; i < count; i++, at += 2) {
      size_t from = (size_t)onus_load_le16(asked + at) - 1, left = from < length ? length - from : 0;
      left = left < n_cut_bytes ? left : (size_t)n_cut_bytes;
      if (is_this) {
        onus_length_append(&call->answer, left);
        onus_buffer_append(&call->answer, left > 0 ? (const char *)bytes + begin + from : "", left);
      }
    }
  }
}

static inline void simulated_cut(onus_call *call, const uint64_t *numbers, const char *list) {
  for (size_t i = 0; i < simulated.state.n_rows; i++) {
    const simulated_row *row = &simulated.rows[i];
    if (!row->is_dropped && row->shard == numbers[1] && row->table == numbers[2] &&
        simulated_is_listed(list, simulated_part(row)))
      simulated_cut_row(call, row, numbers[0]);
  }
}

static inline void simulated_first(onus_call *call, const uint64_t *numbers, const char *list) {
  uint64_t found[2] = {0, 0};
  for (size_t i = 0; i < simulated.state.n_rows; i++) {
    const simulated_row *row = &simulated.rows[i];
    uint64_t begin = simulated_begin(row);
    if (row->is_dropped || row->shard != numbers[0] || row->table != numbers[1] || begin < numbers[2] ||
        !simulated_is_listed(list, simulated_part(row)))
      continue;
    found[1] = found[0]++ == 0 || begin < found[1] ? begin : found[1];
  }
  onus_buffer_append(&call->answer, (const char *)found, sizeof found);
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static inline void simulated_say(onus_call *call, const char *text) {
  onus_buffer_append(&call->answer, text, strlen(text));
}

static inline void simulated_load(onus_call *call, size_t n_nodes) {
  size_t best = 0;
  if (simulated.state.n_manifests == 0)
    return;
  for (size_t i = 1; i < simulated.state.n_manifests; i++)
    if (simulated.manifests[i].generation > simulated.manifests[best].generation ||
        (simulated.manifests[i].generation == simulated.manifests[best].generation &&
         simulated.manifests[i].epoch > simulated.manifests[best].epoch))
      best = i;
  uint8_t head[24];
  onus_store_le32(head, (uint32_t)call->node);
  onus_store_le32(head + 4, (uint32_t)n_nodes);
  onus_store_le64(head + 8, simulated.manifests[best].generation);
  onus_store_le64(head + 16, simulated.manifests[best].epoch);
  onus_buffer_append(&call->answer, (const char *)head, sizeof head);
  onus_length_append(&call->answer, simulated.manifests[best].n_bytes);
  onus_buffer_append(&call->answer, simulated.manifest_bytes + simulated.manifests[best].at,
                     simulated.manifests[best].n_bytes);
}

static inline void simulated_take_manifest(const onus_buffer *rows) {
  const uint8_t *bytes = (const uint8_t *)rows->bytes;
  size_t at = 16, length = simulated_length(bytes, &at);
  if (at + length != rows->length_bytes || simulated.state.n_manifests == SIMULATED_SMALL_MOST)
    simulated_fault("a manifest that is none", "or too many");
  size_t number = simulated.state.n_manifests++;
  simulated.manifests[number].generation = onus_load_le64(bytes);
  simulated.manifests[number].epoch = onus_load_le64(bytes + 8);
  simulated.manifests[number].at = simulated.state.n_manifest_bytes;
  simulated.manifests[number].n_bytes = length;
  simulated_grow(&simulated.manifest_bytes, &simulated.manifest_capacity, simulated.state.n_manifest_bytes + length);
  memcpy(simulated.manifest_bytes + simulated.state.n_manifest_bytes, bytes + at, length);
  simulated.state.n_manifest_bytes += length;
}

static inline void simulated_count(onus_call *call, const uint64_t *numbers) {
  char text[32];
  uint64_t count = 0;
  for (size_t i = 0; i < simulated.state.n_rows; i++)
    count += !simulated.rows[i].is_dropped && simulated.rows[i].shard == numbers[0] &&
             simulated_part(&simulated.rows[i]) == numbers[1];
  snprintf(text, sizeof text, "%" PRIu64 "\n", count);
  simulated_say(call, text);
}

static inline void simulated_partitions(onus_call *call) {
  static const simulated_row *seen[ONUS_CLUSTER_PARTS_MAX * ONUS_CLUSTER_NODES_MAX];
  size_t n_seen = 0;
  for (size_t i = 0; i < simulated.state.n_rows; i++) {
    const simulated_row *row = &simulated.rows[i];
    bool is_new = !row->is_dropped && n_seen < sizeof seen / sizeof *seen;
    for (size_t k = n_seen; is_new && k-- > 0;)
      is_new = seen[k]->shard != row->shard || simulated_part(seen[k]) != simulated_part(row);
    if (!is_new)
      continue;
    char text[64];
    snprintf(text, sizeof text, "block_%zu\t%" PRIu64 "\n", row->shard, simulated_part(row));
    simulated_say(call, text);
    seen[n_seen++] = row;
  }
}

static inline void simulated_leases(onus_call *call) {
  size_t n = simulated.state.n_leases;
  if (n == 0)
    return;
  char text[300]; /* the last two rows are those of the latest writer; all have not been renewed for an hour */
  for (size_t i = n > 2 ? n - 2 : 0; i < n; i++) {
    snprintf(text, sizeof text, "%" PRIu64 "\t%s\t%d\t3600\n", simulated.leases[i].epoch, simulated.leases[i].token,
             simulated.leases[i].is_released);
    simulated_say(call, text);
  }
}

static inline bool simulated_has(simulated_form form, const uint64_t *numbers, const char *token) {
  for (size_t i = 0; form == FORM_HAS_LEASE && i < simulated.state.n_leases; i++)
    if (simulated.leases[i].epoch == numbers[0] && strcmp(simulated.leases[i].token, token) == 0)
      return true;
  for (size_t i = 0; form == FORM_HAS_MANIFEST && i < simulated.state.n_manifests; i++)
    if (simulated.manifests[i].generation == numbers[0] && simulated.manifests[i].epoch == numbers[1])
      return true;
  return false;
}

static inline simulated_kind simulated_answer(onus_call *call, size_t n_nodes) {
  uint64_t numbers[8] = {0};
  char token[128] = "";
  const char *list;
  simulated_form form = simulated_form_of(call->sql, numbers, token, &list);
  call->outcome = ONUS_CALL_OK;
  if (!simulated.state.has_tables && form != FORM_CREATE) {
    call->outcome = ONUS_CALL_NO_STORE;
    snprintf(call->trouble, sizeof call->trouble, "has no such table (simulated)");
    return SIMULATED_TEXT;
  }
  switch (form) {
  case FORM_LOAD:
    simulated_load(call, n_nodes);
    return SIMULATED_MANIFEST;
  case FORM_INSERT:
    simulated_insert((size_t)numbers[0], call->rows);
    break;
  case FORM_FIRST:
  case FORM_ALL:
  case FORM_UNSORTED:
  case FORM_WALK:
  case FORM_DOCUMENT:
    simulated_select(call, form, numbers, list);
    return SIMULATED_ROWS;
  case FORM_CUT:
    simulated_cut(call, numbers, list);
    return SIMULATED_CUT;
  case FORM_BEGIN:
    simulated_first(call, numbers, list);
    return SIMULATED_BEGIN;
  case FORM_COUNT:
    simulated_count(call, numbers);
    break;
  case FORM_PARTITIONS:
    simulated_partitions(call);
    break;
  case FORM_DROP:
    for (size_t i = 0; i < simulated.state.n_rows; i++)
      simulated.rows[i].is_dropped |=
          simulated.rows[i].shard == numbers[0] && simulated_part(&simulated.rows[i]) == numbers[1];
    break;
  case FORM_LEASES:
    simulated_leases(call);
    break;
  case FORM_LEASE:
    if (simulated.state.n_leases == SIMULATED_SMALL_MOST)
      simulated_fault("too many", "leases");
    simulated.leases[simulated.state.n_leases].epoch = numbers[0];
    simulated.leases[simulated.state.n_leases].is_released = (int)numbers[1];
    memcpy(simulated.leases[simulated.state.n_leases++].token, token, sizeof token);
    break;
  case FORM_MANIFEST:
    simulated_take_manifest(call->rows);
    break;
  case FORM_HAS_LEASE:
  case FORM_HAS_MANIFEST:
    simulated_say(call, simulated_has(form, numbers, token) ? "1\n" : "0\n");
    break;
  case FORM_CREATE:
    simulated.state.has_tables |= strstr(call->sql, "EXISTS manifest") != NULL;
  }
  return SIMULATED_TEXT;
}

/* --- in the place of the library's ----------------------------------------------------------------------------- */

struct onus_flights {
  onus_cluster *cluster;
  onus_call *calls;
  size_t n_calls;
};

onus_status __wrap_onus_cluster_launch(onus_cluster *cluster, onus_call *calls, size_t n_calls,
                                       onus_flights **ret_flights, onus_error *error);
void __wrap_onus_cluster_pump(onus_flights *flights);
onus_status __wrap_onus_cluster_land(onus_flights *flights, onus_error *error);
void __wrap_onus_cluster_abandon(onus_flights *flights);
int64_t __wrap_onus_cluster_now_ms(void);
int __wrap_nanosleep(const struct timespec *asked, struct timespec *left);

onus_status __wrap_onus_cluster_launch(onus_cluster *cluster, onus_call *calls, size_t n_calls,
                                       onus_flights **ret_flights, onus_error *error) {
  (void)error;
  onus_flights *flights = SIMULATED_REALLOC(NULL, sizeof *flights);
  if (!flights)
    simulated_fault("no memory", "for calls");
  for (size_t i = 0; i < n_calls; i++) {
    calls[i].answer = onus_buffer_new(ONUS_CLUSTER_ANSWER_BYTES_MAX);
    calls[i].trouble[0] = '\0';
  }
  *flights = (onus_flights){cluster, calls, n_calls};
  *ret_flights = flights;
  return ONUS_OK;
}

void __wrap_onus_cluster_pump(onus_flights *flights) {
  (void)flights;
}

void __wrap_onus_cluster_abandon(onus_flights *flights) {
  SIMULATED_FREE(flights);
}

onus_status __wrap_onus_cluster_land(onus_flights *flights, onus_error *error) {
  onus_flights of = *flights;
  SIMULATED_FREE(flights);
  for (size_t i = 0; i < of.n_calls; i++) {
    simulated_kind kind = simulated_answer(&of.calls[i], of.cluster->place.n_nodes);
    if (simulated.alter)
      simulated.alter(&of.calls[i], kind);
    onus_buffer_append(&of.calls[i].answer, "", 0);
    if (of.calls[i].answer.status == ONUS_NO_MEMORY)
      return ONUS_FAIL_NO_MEMORY(error);
    if (of.calls[i].landed)
      ONUS_TRY(of.calls[i].landed(of.calls[i].context, &of.calls[i], error));
  }
  return ONUS_OK;
}

int64_t __wrap_onus_cluster_now_ms(void) {
  return simulated.now_ms++;
}

int __wrap_nanosleep(const struct timespec *asked, struct timespec *left) {
  (void)left;
  simulated.now_ms += asked->tv_sec * 1000 + asked->tv_nsec / 1000000;
  return 0;
}

/* What a run of a test has added goes again. */
static inline void simulated_restore(const simulated_state *before) {
  simulated.state = *before;
  for (size_t i = 0; i < simulated.state.n_rows; i++)
    simulated.rows[i].is_dropped = false;
}

#endif
