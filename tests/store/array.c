/* Rows of an array in a cluster, whose nodes are simulated: of several partitions, some asked for twice, and answers
 * that are wrong. */
#include "check.h"
#include "simulated_cluster.h"
#include "store/store.h"

enum { N_ROWS = 90, ROW_BYTES = 40, N_ASKED = 300 };

typedef enum change { NONE, SHORT, GARBLED, OF_OTHER_PART, OF_OTHER_CHUNK, ANOTHER_COUNT, EMPTY, N_CHANGES } change;

static struct {
  change change;
  unsigned n_calls;
} altered;

static void alter(onus_call *call, simulated_kind kind) {
  enum { PART_AT = 0, BEGIN_AT = 8, COUNT_AT = 16, ROW_AT = 30 };
  if (kind != SIMULATED_CUT || call->answer.length_bytes <= ROW_AT)
    return;
  altered.n_calls++;
  static const size_t places[N_CHANGES] = {
      [GARBLED] = ROW_AT, [OF_OTHER_PART] = PART_AT, [OF_OTHER_CHUNK] = BEGIN_AT, [ANOTHER_COUNT] = COUNT_AT};
  if (altered.change == SHORT)
    call->answer.length_bytes--;
  else if (altered.change == EMPTY)
    call->answer.length_bytes = 0;
  else if (altered.change != NONE)
    call->answer.bytes[places[altered.change]] ^= 4;
}

static void fill_row(uint32_t number, uint8_t *row) {
  for (size_t i = 0; i < ROW_BYTES; i++)
    row[i] = (uint8_t)((number + 1) * 2654435761u >> (i % 24)) ^ (uint8_t)i;
}

/* Seals that end inside of chunks, the second inside of the first one's last. */
static void fill(void) {
  static const uint32_t ends[] = {20, 23, 60, N_ROWS};
  onus_error error;
  onus_store_writer *writer;
  CHECK(onus_store_writer_open(SIMULATED_THREE, NULL, &writer, &error) == ONUS_OK);
  for (uint32_t i = 0, number = 0; i < sizeof ends / sizeof *ends; i++) {
    for (; number < ends[i]; number++) {
      uint8_t row[ROW_BYTES];
      uint32_t first;
      fill_row(number, row);
      CHECK(onus_store_append_rows(writer, "function", ROW_BYTES, row, 1, &first, &error) == ONUS_OK);
      CHECK(first == number);
    }
    CHECK(onus_store_seal(writer, &error) == ONUS_OK);
  }
  onus_store_writer_close(writer);
}

int main(void) {
  static uint8_t rows[N_ASKED][ROW_BYTES], expected[ROW_BYTES];
  uint32_t numbers[N_ASKED];
  onus_error error;
  onus_store *store;
  CHECK(N_ROWS > 3 * onus_rows_per_chunk(ROW_BYTES));
  fill();
  for (uint32_t i = 0; i < N_ASKED; i++)
    numbers[i] = i * 7919 % N_ROWS;
  simulated.alter = alter;
  CHECK(onus_store_open(SIMULATED_THREE, &store, &error) == ONUS_OK);
  for (altered.change = NONE; altered.change < N_CHANGES; altered.change++) {
    altered.n_calls = 0;
    memset(rows, 0, sizeof rows);
    onus_status status = onus_store_rows(store, "function", ROW_BYTES, numbers, N_ASKED, rows, &error);
    CHECK(altered.n_calls > 0);
    CHECK((status == ONUS_OK) == (altered.change == NONE));
    CHECK(altered.change != EMPTY || (status == ONUS_BAD_INPUT && strstr(error.text, "has no row")));
    for (size_t i = 0; altered.change == NONE && i < N_ASKED; i++) {
      fill_row(numbers[i], expected);
      CHECK(memcmp(rows[i], expected, ROW_BYTES) == 0);
    }
  }
  altered.change = NONE;
  numbers[N_ASKED / 2] = N_ROWS; /* inside of the last chunk, but not there */
  CHECK(onus_store_rows(store, "function", ROW_BYTES, numbers, N_ASKED, rows, &error) == ONUS_BAD_INPUT);
  CHECK(strstr(error.text, "has no row 90 of 40 bytes in its array \"function\""));
  CHECK(onus_store_rows(store, "function", ROW_BYTES - 1, numbers, 1, rows, &error) == ONUS_BAD_INPUT);
  onus_store_close(store);
  return 0;
}
