/* Pairs of frequent keys in a cluster, whose nodes are simulated: the rows of a long bucket come in any order, and an
 * answer that lacks one, or has one twice, is none. */
#include "check.h"
#include "simulated_cluster.h"
#include "store/store.h"

enum { N_KEYS = 40, N_FREQUENT = 20000, N_SEALS = 2, HEAD_BYTES = 20 };

typedef enum change { NONE, FIRST_MISSING, MIDDLE_MISSING, LAST_MISSING, ONE_TWICE, N_CHANGES } change;

static struct {
  change change;
  unsigned n_calls;
} altered;

/* Where the row at `at` of an answer ends. */
static size_t end_of_row(const onus_buffer *answer, size_t at) {
  size_t offset = at + HEAD_BYTES, length = simulated_length((const uint8_t *)answer->bytes, &offset);
  return offset + length;
}

static void alter(onus_call *call, simulated_kind kind) {
  onus_buffer *answer = &call->answer;
  if (kind != SIMULATED_ROWS || answer->length_bytes == 0)
    return;
  altered.n_calls++;
  size_t first = end_of_row(answer, 0), middle = 0, last = 0;
  for (size_t at = 0; at < answer->length_bytes; at = end_of_row(answer, at)) {
    middle = at < answer->length_bytes / 3 ? at : middle; /* of a bucket whose ends are there */
    last = at;
  }
  if (altered.change == FIRST_MISSING || altered.change == MIDDLE_MISSING) {
    size_t begin = altered.change == FIRST_MISSING ? 0 : middle, end = end_of_row(answer, begin);
    memmove(answer->bytes + begin, answer->bytes + end, answer->length_bytes - end);
    answer->length_bytes -= end - begin;
  } else if (altered.change == LAST_MISSING) {
    answer->length_bytes = last;
  } else if (altered.change == ONE_TWICE) {
    static char row[ONUS_CLUSTER_ROW_BYTES + 1024];
    CHECK(first <= sizeof row);
    memcpy(row, answer->bytes, first);
    onus_buffer_append(answer, row, first);
  }
}

/* Key 7 has very many numbers, the others one each. */
static void fill(void) {
  onus_error error;
  onus_store_writer *writer;
  CHECK(onus_store_writer_open(SIMULATED_THREE, NULL, &writer, &error) == ONUS_OK);
  for (uint32_t seal = 0; seal < N_SEALS; seal++) {
    for (uint32_t i = 0; i < N_FREQUENT; i++) {
      onus_store_pair pair = {7, i * N_SEALS + seal};
      CHECK(onus_store_put_pairs(writer, "key", &pair, 1, &error) == ONUS_OK);
    }
    for (uint32_t key = 0; key < N_KEYS; key++)
      CHECK(onus_store_put_pairs(writer, "key", &(onus_store_pair){key, 1000000 + key}, 1, &error) == ONUS_OK);
    CHECK(onus_store_seal(writer, &error) == ONUS_OK);
  }
  onus_store_writer_close(writer);
}

static void check_found(const onus_store_numbers *found) {
  for (uint32_t key = 0; key < N_KEYS; key++) {
    const uint32_t *numbers = found->numbers + found->first[key];
    size_t n = found->first[key + 1] - found->first[key], n_frequent = key == 7 ? N_SEALS * N_FREQUENT : 0;
    CHECK(n == n_frequent + 1);
    for (uint32_t i = 0; i < n_frequent; i++)
      CHECK(numbers[i] == i);
    CHECK(numbers[n_frequent] == 1000000 + key);
  }
}

int main(void) {
  uint32_t keys[N_KEYS];
  onus_error error;
  onus_store *store;
  fill();
  for (uint32_t key = 0; key < N_KEYS; key++)
    keys[key] = key;
  simulated.alter = alter;
  CHECK(onus_store_open(SIMULATED_THREE, &store, &error) == ONUS_OK);
  onus_store_pair_query query = {"key", keys, N_KEYS, UINT32_MAX};
  for (altered.change = NONE; altered.change < N_CHANGES; altered.change++) {
    onus_store_numbers found;
    altered.n_calls = 0;
    onus_status status = onus_store_look_up_pairs(store, &query, &found, &error);
    CHECK(altered.n_calls > 0);
    CHECK(status == (altered.change == NONE ? ONUS_OK : ONUS_IO));
    if (altered.change == NONE) {
      check_found(&found);
      onus_store_numbers_free(&found);
    }
  }
  onus_store_close(store);
  return 0;
}
