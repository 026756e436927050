/* Both readers of documents, on the same bytes. */
#include "document/document.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 64 << 20 };

/* Every node and every text is touched, so that what lies outside shows. */
static size_t walk(const onus_node *node) {
  size_t sum = node->line + node->column;
  for (size_t i = 0; node->text != NULL && i <= node->text_bytes; i++)
    sum += (unsigned char)node->text[i];
  for (const onus_node *child = node->first; child != NULL; child = child->next)
    sum += walk(child);
  return sum;
}

static onus_status walk_part(void *context, const char *key, const onus_node *part, onus_error *error) {
  (void)error;
  *(size_t *)context += walk(part) + (key != NULL ? (unsigned char)key[0] : 0);
  return ONUS_OK;
}

/* Part by part is right where whole is. */
static void walk_parts(const uint8_t *data, size_t size, bool is_right) {
  static volatile size_t sink;
  size_t sum = 0;
  onus_error error = {0};
  onus_status status = onus_document_each_json("fuzz", (const char *)data, size, walk_part, &sum, &error);
  if (is_right && status != ONUS_OK)
    abort();
  sink = sum;
  (void)sink;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (int is_json = 0; is_json < 2; is_json++) {
    onus_arena *arena = onus_arena_new(ARENA_BYTES);
    if (arena == NULL)
      return 0;
    const onus_node *root = NULL;
    onus_error error = {0};
    onus_status status = (is_json ? onus_document_parse_json : onus_document_parse_yaml)("fuzz", (const char *)data,
                                                                                         size, arena, &root, &error);
    if (status == ONUS_OK ? root == NULL : error.text[0] == '\0')
      abort();
    static volatile size_t sink;
    if (status == ONUS_OK)
      sink = walk(root);
    (void)sink;
    onus_arena_free(arena);
    if (is_json)
      walk_parts(data, size, status == ONUS_OK);
  }
  return 0;
}
