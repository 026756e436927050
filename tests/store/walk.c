/* Going through an array of which only small partitions are wanted, behind and between rows of others: the nodes,
 * which are simulated, are asked a few times, however many rows lie before. */
#include "check.h"
#include "simulated_cluster.h"

enum { N_ROWS = 300, ROW_BYTES = 72, N_NODES = 3, ARRAY = 1 };

/* The first rows of each partition. The last one is behind all; the others stand apart. */
static const uint32_t firsts[] = {1000000000, 1000000300, 2500000000, 4294967295u - N_ROWS};
enum { N_PARTS = sizeof firsts / sizeof *firsts };

static struct { unsigned n_begins, n_windows; } asked;

static void count_calls(onus_call *call, simulated_kind kind) {
  (void)call;
  asked.n_begins += kind == SIMULATED_BEGIN;
  asked.n_windows += kind == SIMULATED_ROWS;
}

static void fill_row(uint32_t number, uint8_t *row) {
  for (size_t i = 0; i < ROW_BYTES; i++)
    row[i] = (uint8_t)(number * 2654435761u >> (i % 24)) ^ (uint8_t)i;
}

static void put_part(onus_cluster_part *part, onus_cluster_share *share, uint64_t number, uint32_t first) {
  *share = (onus_cluster_share){.table = ARRAY, .bits = 64, .n_keys = N_ROWS, .n_postings = N_ROWS};
  *part = (onus_cluster_part){.number = number, .n_shares = 1, .shares = share};
  enum { ENTRY_BYTES = ONUS_ENTRY_SUM_BYTES + ROW_BYTES };
  uint32_t per_chunk = onus_rows_per_chunk(ROW_BYTES);
  for (uint32_t i = 0; i < N_ROWS;) {
    uint8_t chunk[ONUS_CLUSTER_CHUNK_BYTES] = {0}; /* zeros where other partitions have rows */
    uint64_t hash = onus_flat_hash((first + i) / per_chunk);
    size_t shard = onus_shard_of(hash, N_NODES), n_bytes = 0;
    for (bool is_last = false; !is_last && i < N_ROWS; i++) {
      uint8_t *entry = chunk + (first + i) % per_chunk * ENTRY_BYTES;
      fill_row(first + i, entry + ONUS_ENTRY_SUM_BYTES);
      onus_store_le64(entry, onus_entry_sum(first + i, entry + ONUS_ENTRY_SUM_BYTES, ROW_BYTES));
      n_bytes = (size_t)(entry - chunk) + ENTRY_BYTES;
      is_last = (first + i) % per_chunk == per_chunk - 1;
    }
    onus_block_row row = {.part = number, .begin = hash, .bytes = chunk, .n_bytes = n_bytes};
    onus_buffer rows = onus_buffer_new(4096);
    onus_block_row_append(&rows, ARRAY, &row);
    simulated_insert(shard, &rows);
    onus_buffer_free(&rows);
    part->n_rows[shard]++;
  }
}

typedef struct seen {
  const uint32_t *firsts; /* of the partitions that are walked */
  size_t n_rows;
} seen;

static onus_status take_rows(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                             onus_error *error) {
  seen *s = context;
  uint8_t expected[ROW_BYTES];
  (void)error;
  CHECK(row_bytes == ROW_BYTES);
  for (size_t i = 0; i < n_rows; i++, s->n_rows++) {
    CHECK(first + i == s->firsts[s->n_rows / N_ROWS] + s->n_rows % N_ROWS);
    fill_row((uint32_t)(first + i), expected);
    CHECK(memcmp(rows + i * ROW_BYTES, expected, ROW_BYTES) == 0);
  }
  return ONUS_OK;
}

int main(void) {
  onus_error error = {0};
  onus_cluster *cluster;
  onus_cluster_manifest *manifest;
  onus_cluster_share shares[N_PARTS], before = {.table = ARRAY, .bits = 64, .n_keys = UINT32_MAX - N_PARTS * N_ROWS};
  onus_cluster_part all[N_PARTS];
  const onus_cluster_part *parts[N_PARTS];
  CHECK(onus_cluster_open(SIMULATED_THREE, &cluster, &error) == ONUS_OK);
  CHECK(onus_cluster_manifest_new(N_NODES, &manifest, &error) == ONUS_OK);
  simulated.state.has_tables = true;
  simulated.alter = count_calls;
  manifest->tables[manifest->n_tables++] = (onus_cluster_table){ONUS_STORE_ROWS, ROW_BYTES, "function"};
  manifest->parts[manifest->n_parts++] = (onus_cluster_part){.number = 1, .n_shares = 1, .shares = &before};
  for (size_t i = 0; i < N_PARTS; i++) {
    put_part(&all[i], &shares[i], 2 + i, firsts[i]);
    manifest->parts[manifest->n_parts] = all[i];
    parts[i] = &manifest->parts[manifest->n_parts++];
  }
  CHECK(onus_cluster_end_of_array(manifest, ARRAY) == UINT32_MAX);

  for (size_t begin = 0; begin < N_PARTS; begin++)
    for (size_t end = begin + 1; end <= N_PARTS; end++) {
      seen s = {firsts + begin, 0};
      asked.n_begins = asked.n_windows = 0;
      CHECK(onus_cluster_walk_rows(cluster, manifest, ARRAY, parts + begin, end - begin, NULL, &s, take_rows, &error) ==
            ONUS_OK);
      CHECK(s.n_rows == (end - begin) * N_ROWS);
      CHECK(asked.n_begins + asked.n_windows <=
            N_NODES * 5 * (end - begin)); /* a look, a window, an empty one; empty ones twice */
    }

  /* One that lacks a row is no array, and is not looked for forever. */
  seen s = {firsts, 0};
  shares[0].n_keys++;
  asked.n_begins = asked.n_windows = 0;
  CHECK(onus_cluster_walk_rows(cluster, manifest, ARRAY, parts, 1, NULL, &s, take_rows, &error) == ONUS_BAD_INPUT);
  CHECK(strstr(error.text, "of the 301 rows of an array, 300 have come"));
  CHECK(asked.n_begins + asked.n_windows <= N_NODES * 7);

  for (size_t i = 0; i < manifest->n_parts; i++)
    manifest->parts[i].shares = NULL; /* none of the manifest's own */
  onus_cluster_manifest_free(manifest);
  onus_cluster_close(cluster);
  return 0;
}
