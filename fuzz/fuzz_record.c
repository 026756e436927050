/* Records. Their signatures cannot be guessed, so a signed one from the corpus is what gets beyond them. */
#include <stdint.h>
#include <stdlib.h>

#include "custody/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onus_arena *arena = onus_arena_new((size_t)1 << 26);
  onus_record record;
  onus_error error = {0};
  if (!arena)
    return 0;
  onus_status status = onus_record_parse("fuzz", (const char *)data, size, arena, &record, &error);
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error.text[0] == '\0')
    abort();
  size_t n_values = 0;
  char place[ONUS_RECORD_PLACE_BYTES] = "";
  if (status == ONUS_OK && record.results->first && !onus_record_agrees(record.results, record.results, &n_values, place))
    abort();
  /* As data alone, past the signature: compared with itself, and with its first part. */
  const onus_node *root;
  if (onus_document_parse_json("fuzz", (const char *)data, size, arena, &root, &error) == ONUS_OK) {
    if (!onus_record_agrees(root, root, &n_values, place))
      abort();
    if (root->first && onus_record_agrees(root, root->first, &n_values, place) && root->kind != root->first->kind)
      abort();
  }
  onus_arena_free(arena);
  return 0;
}
