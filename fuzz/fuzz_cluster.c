/* A store in a cluster whose nodes are broken or hostile: simulated ones, whose answers the input changes. Checksums
 * are made right again for half of the changes, or nothing behind them would ever be reached. What is put, keys and a
 * document, comes of the input too: the simulated nodes end the program at a statement that is not of our words alone.
 *
 * Bytes: number of nodes; what is done; then what changes, taken from the end on as answers come. */
#include <stdint.h>
#include <xxhash.h>

#include "../tests/store/simulated_cluster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const onus_store_writer_options options = {(size_t)256 << 10};

static struct { const uint8_t *at, *end; } script;

/* 0 when nothing is left. */
static unsigned next_byte(void) {
  return script.at < script.end ? *--script.end : 0;
}

static size_t next_number(size_t below) {
  unsigned high = next_byte();
  return below > 0 ? (high << 8 | next_byte()) % below : 0;
}

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error->text[0] == '\0')
    abort();
}

/* --- changed answers ------------------------------------------------------------------------------------------- */

/* Rows as they would be if whoever changed them had counted the checksums anew. */
static void sum_rows(onus_buffer *answer) {
  onus_buffer out = onus_buffer_new(ONUS_CLUSTER_ANSWER_BYTES_MAX);
  const uint8_t *bytes = (const uint8_t *)answer->bytes;
  for (size_t at = 0; at + 29 < answer->length_bytes;) {
    size_t begin = at, head = at + 20;
    size_t length = simulated_length(bytes, &head);
    if (length < 8 || length > answer->length_bytes - head)
      length = answer->length_bytes - head;
    if (length < 8)
      break;
    onus_block_row row = {.part = onus_load_le64(bytes + begin),
                          .begin = onus_load_le64(bytes + begin + 8),
                          .sequence = onus_load_le32(bytes + begin + 16),
                          .bytes = bytes + head + 8,
                          .n_bytes = length - 8};
    if (row.n_bytes > ONUS_CLUSTER_ROW_BYTES)
      row.n_bytes = ONUS_CLUSTER_ROW_BYTES;
    size_t before = out.length_bytes;
    onus_block_row_append(&out, 0, &row);
    if (out.status != ONUS_OK)
      break;
    memmove(out.bytes + before + 8, out.bytes + before + 10,
            out.length_bytes - before - 10); /* the table does not come */
    out.length_bytes -= 2;
    at = head + length;
  }
  onus_buffer_free(answer);
  *answer = out;
}

static void sum_manifest(onus_buffer *answer) {
  enum { HEAD_BYTES = 24, CHECKSUM_LINE_BYTES = 9 + 16 + 1 };
  if (answer->length_bytes < HEAD_BYTES + 1 + CHECKSUM_LINE_BYTES)
    return;
  size_t at = HEAD_BYTES;
  (void)simulated_length((const uint8_t *)answer->bytes, &at);
  if (answer->length_bytes - CHECKSUM_LINE_BYTES <= at)
    return;
  size_t n_bytes = answer->length_bytes - CHECKSUM_LINE_BYTES - at;
  char line[CHECKSUM_LINE_BYTES + 1];
  snprintf(line, sizeof line, "checksum %016" PRIx64 "\n", (uint64_t)XXH3_64bits(answer->bytes + at, n_bytes));
  memcpy(answer->bytes + at + n_bytes, line, CHECKSUM_LINE_BYTES);
}

/* In a manifest, numbers and whole lines are changed: other bytes are refused early. */
static void change_manifest(onus_buffer *answer) {
  size_t at = next_number(answer->length_bytes);
  char *byte = answer->bytes + at;
  if (at < 24 || next_byte() % 4 == 0)
    *byte = (char)next_byte();
  for (unsigned n = next_byte() % 8; n > 0 && at < answer->length_bytes; at++)
    if (answer->bytes[at] >= '0' && answer->bytes[at] <= '9') {
      answer->bytes[at] = (char)('0' + next_byte() % 10);
      n--;
    }
}

static void change_bytes(onus_buffer *answer) {
  for (unsigned n = 1 + next_byte() % 4; n > 0; n--)
    answer->bytes[next_number(answer->length_bytes)] ^= (char)next_byte();
}

static void repeat_bytes(onus_buffer *answer) {
  size_t from = next_number(answer->length_bytes), n_bytes = next_number(answer->length_bytes - from + 1);
  char *copy = malloc(n_bytes + 1);
  if (copy) {
    memcpy(copy, answer->bytes + from, n_bytes);
    onus_buffer_append(answer, copy, n_bytes);
  }
  free(copy);
}

static void replace_bytes(onus_buffer *answer) {
  answer->length_bytes = 0;
  for (size_t n = next_byte(); n > 0; n--)
    onus_buffer_character(answer, (char)next_byte());
}

static void refuse(onus_call *call) {
  static const char *const known[] = {"Code: 60, e", "Code: 395, e", "Code: 243, e", "Code: 516, e", "Code: 999999999"};
  unsigned which = next_byte();
  replace_bytes(&call->answer);
  if (which % 8 < sizeof known / sizeof *known)
    simulated_say(call, known[which % 8]);
  onus_buffer_append(&call->answer, "", 0);
  call->outcome = ONUS_CALL_ELSEWHERE;
  onus_call_judge_refusal(call, which % 16 == 15 ? 403 : 500);
}

static void alter(onus_call *call, simulated_kind kind) {
  unsigned what = next_byte();
  if (what % 2 == 0) /* most answers are right, and all when the script has ended */
    return;
  bool is_summed = what & 64;
  if (what % 16 == 1) {
    refuse(call);
    return;
  }
  onus_buffer_append(&call->answer, "", 0);
  if (what % 16 == 3 || call->answer.length_bytes == 0)
    replace_bytes(&call->answer);
  else if (what % 16 == 5)
    call->answer.length_bytes = next_number(call->answer.length_bytes);
  else if (what % 16 == 7)
    repeat_bytes(&call->answer);
  else if (kind == SIMULATED_MANIFEST)
    change_manifest(&call->answer);
  else
    change_bytes(&call->answer);
  if (is_summed && kind == SIMULATED_ROWS)
    sum_rows(&call->answer);
  if (is_summed && kind == SIMULATED_MANIFEST)
    sum_manifest(&call->answer);
}

/* --- what is asked --------------------------------------------------------------------------------------------- */

static void look_up(const onus_store *store) {
  char text[8][8];
  onus_store_key keys[8];
  uint32_t numbers[8];
  for (unsigned i = 0; i < 8; i++) {
    int length = snprintf(text[i], sizeof text[i], "key %u", i);
    keys[i] = (onus_store_key){text[i], (size_t)length};
    numbers[i] = i * 7;
  }
  onus_store_query query = {"indicator", keys, 8, ONUS_STORE_ALWAYS, 3, true};
  onus_store_pair_query pair_query = {"function-key", numbers, 8, 3};
  onus_store_postings found = {0};
  onus_store_numbers pairs = {0};
  uint64_t counts[8];
  uint8_t rows[8][40];
  onus_error error = {0};
  check(onus_store_look_up(store, &query, &found, &error), &error);
  check(onus_store_count_holders(store, &query, counts, &error), &error);
  check(onus_store_look_up_pairs(store, &pair_query, &pairs, &error), &error);
  check(onus_store_rows(store, "function", 40, numbers, 8, rows, &error), &error);
  onus_store_postings_free(&found);
  onus_store_numbers_free(&pairs);
}

static void read_all(const onus_store *store) {
  onus_store_description description = {0};
  onus_text text = {0};
  onus_error error = {0};
  check(onus_store_document(store, "note", &text, &error), &error);
  onus_text_free(&text);
  check(onus_store_describe(store, true, &description, &error), &error);
  onus_store_description_free(&description);
}

static onus_status put(onus_store_writer *writer, const uint8_t *bytes, size_t size, onus_error *error) {
  uint8_t rows[20][40] = {{1}};
  uint32_t first;
  for (uint32_t i = 0; i < 60; i++) {
    char key[16];
    int length = snprintf(key, sizeof key, "key %u", i % 20);
    onus_store_record record = {{key, (size_t)length}, {i, 1, 2, 3, 4}};
    ONUS_TRY(onus_store_put(writer, "indicator", &record, 1, error));
    ONUS_TRY(onus_store_put_pairs(writer, "function-key", &(onus_store_pair){i % 20, i}, 1, error));
  }
  onus_store_record of_input = {{bytes, size < 500 ? size : 500}, {1, 1, 2, 3, 4}};
  ONUS_TRY(onus_store_put(writer, "indicator", &of_input, 1, error));
  ONUS_TRY(onus_store_append_rows(writer, "function", 40, rows, 20, &first, error));
  ONUS_TRY(onus_store_put_document(writer, "note", bytes, size, error));
  return onus_store_seal(writer, error);
}

static void write_some(const char *place, const uint8_t *bytes, size_t size, bool is_compacted) {
  onus_store_writer *writer = NULL;
  onus_error error = {0};
  onus_status status = onus_store_writer_open(place, &options, &writer, &error);
  if (status == ONUS_OK)
    status = put(writer, bytes, size, &error);
  if (status == ONUS_OK && is_compacted)
    status = onus_store_compact(writer, &error);
  check(status, &error);
  onus_store_writer_close(writer);
}

/* A key with more postings than a row holds, beside the others. */
static void fill(const char *place) {
  onus_store_writer *writer = NULL;
  onus_error error = {0};
  onus_status status = onus_store_writer_open(place, &options, &writer, &error);
  for (uint32_t i = 0; status == ONUS_OK && i < 2500; i++)
    status = onus_store_put(writer, "indicator", &(onus_store_record){{"key 1", 5}, {i, 1, 2, 3, 4}}, 1, &error);
  if (status == ONUS_OK)
    status = put(writer, (const uint8_t *)"note", 4, &error);
  onus_store_writer_close(writer);
  if (status == ONUS_OK)
    write_some(place, (const uint8_t *)"another", 7, false);
  check(status, &error);
}

static void begin(const char *place) {
  static simulated_state empty, filled;
  static const char *filled_place;
  simulated.alter = NULL;
  if (filled_place != place) {
    simulated_restore(&empty);
    simulated.state.has_tables = false;
    fill(place);
    filled = simulated.state;
    filled_place = place;
  }
  simulated_restore(&filled);
  simulated.alter = alter;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char one[] = SIMULATED_ONE, three[] = SIMULATED_THREE;
  if (size < 2 || size > 4096)
    return 0;
  const char *place = data[0] == 0 ? one : three;
  begin(place);
  script.at = data + 2;
  script.end = data + size;
  if (data[1] % 4 < 2) {
    onus_store *store = NULL;
    onus_error error = {0};
    onus_status status = onus_store_open(place, &store, &error);
    check(status, &error);
    if (status == ONUS_OK)
      (data[1] % 4 == 0 ? look_up : read_all)(store);
    onus_store_close(store);
  } else {
    write_some(place, data, size, data[1] % 4 == 3);
  }
  simulated.alter = NULL;
  return 0;
}
