/* One JSON value a line: `lines canonical` prints its canonical form, `lines id` the identifier of the observable. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/canonical.h"
#include "exchange/stix_ids.h"

static void print_canonical(const onus_node *root) {
  onus_buffer out = onus_buffer_new((size_t)64 << 20);
  onus_text text;
  onus_document_canonical(&out, root);
  if (onus_buffer_take(&out, &text, NULL) != ONUS_OK)
    abort();
  fwrite(text.bytes, 1, text.length, stdout);
  putchar('\n');
  onus_text_free(&text);
}

static void print_id(const onus_node *root) {
  char id[ONUS_STIX_ID_BYTES];
  bool is_defined;
  if (onus_stix_observable_id(root, id, &is_defined, NULL) != ONUS_OK)
    abort();
  puts(is_defined ? id : "-");
}

int main(int argc, char **argv) {
  bool wants_id = argc == 2 && strcmp(argv[1], "id") == 0;
  char *line = NULL;
  size_t room = 0;
  for (ssize_t length; (length = getline(&line, &room, stdin)) > 0;) {
    onus_arena *arena = onus_arena_new((size_t)64 << 20);
    const onus_node *root = NULL;
    onus_error error = {0};
    if (onus_document_parse_json("line", line, (size_t)length, arena, &root, &error) != ONUS_OK) {
      fprintf(stderr, "%s: %s\n", line, error.text);
      return 1;
    }
    (wants_id ? print_id : print_canonical)(root);
    onus_arena_free(arena);
  }
  free(line);
  return 0;
}
