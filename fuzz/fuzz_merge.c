/* Merging three documents, and writing one in the layout of another. The bytes are up to three YAML documents with a
 * line
 * "%%" between them; those that are missing are the same as the last. */
#include "onus.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "document/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t split(const char *bytes, size_t size, onus_document_text out[3]) {
  static const char MARK[] = "\n%%\n";
  size_t n = 0, at = 0;
  while (n < 3) {
    const char *mark = n < 2 ? memmem(bytes + at, size - at, MARK, sizeof MARK - 1) : NULL;
    size_t end = mark ? (size_t)(mark - bytes) + 1 : size;
    out[n++] = (onus_document_text){bytes + at, end - at, false};
    if (!mark)
      break;
    at = end + sizeof MARK - 2;
  }
  for (size_t i = n; i < 3; i++)
    out[i] = out[n - 1];
  return n;
}

static const onus_node *parse(const onus_document_text *text, onus_arena *arena) {
  const onus_node *root = NULL;
  onus_status status = (text->is_json ? onus_document_parse_json
                                      : onus_document_parse_yaml)("x", text->bytes, text->length, arena, &root, NULL);
  if (status != ONUS_OK)
    abort(); /* what we write can be read */
  return root;
}

static void check_same(const onus_document_text *a, const onus_document_text *b) {
  onus_arena *arena = onus_arena_new((size_t)1 << 30);
  if (!arena || !onus_node_same(parse(a, arena), parse(b, arena)))
    abort();
  onus_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onus_document_text texts[3];
  onus_text merged = {0}, conflicts = {0}, written = {0};
  onus_error error = {0};
  size_t n_conflicts = 0;
  split((const char *)data, size, texts);
  onus_status status = onus_document_merge(&texts[0], &texts[1], &texts[2], &merged, &conflicts, &n_conflicts, &error);
  if (status == ONUS_OK) {
    onus_document_text out = {merged.bytes, merged.length, false};
    onus_document_text list = {conflicts.bytes, conflicts.length, true};
    onus_arena *arena = onus_arena_new((size_t)1 << 30);
    if (!arena || onus_node_list(parse(&list, arena), "conflicts")->n_children != n_conflicts)
      abort();
    (void)parse(&out, arena);
    onus_arena_free(arena);
  } else if (error.text[0] == '\0') {
    abort();
  }
  if (onus_document_to_yaml(&texts[1], &texts[2], &written, &error) == ONUS_OK)
    check_same(&texts[1], &(onus_document_text){written.bytes, written.length, false});
  onus_text_free(&merged);
  onus_text_free(&conflicts);
  onus_text_free(&written);
  return 0;
}
