#include "case/reader_internal.h"

#include <stdio.h>
#include <string.h>

/* --- complaints and memory --------------------------------------------------------------------------------------- */

void onus_complain(onus_reader *reader, const onus_node *at, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  onus_problems_add(reader->problems, at->line, at->column, format, arguments);
  va_end(arguments);
}

void onus_complain_key(onus_reader *reader, const onus_node *at, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  onus_problems_add(reader->problems, at->key ? at->key_line : at->line, at->key ? at->key_column : at->column, format,
                    arguments);
  va_end(arguments);
}

void *onus_reader_alloc(onus_reader *reader, size_t count, size_t size_bytes) {
  if (reader->status != ONUS_OK)
    return NULL;
  size_t left = ONUS_CASE_ARENA_BYTES - reader->given_bytes;
  /* Counted as the arena counts, so that its cap is never taken for a lack of memory. */
  if (size_bytes && count > left / size_bytes) {
    reader->status = ONUS_LIMIT;
    return NULL;
  }
  size_t bytes = (count * size_bytes + 15) & ~(size_t)15;
  bytes = bytes ? bytes : 16;
  if (bytes > left) {
    reader->status = ONUS_LIMIT;
    return NULL;
  }
  void *memory = onus_arena_alloc(reader->c->arena, count, size_bytes);
  if (!memory)
    reader->status = ONUS_NO_MEMORY;
  else
    reader->given_bytes += bytes;
  return memory;
}

char *onus_reader_copy(onus_reader *reader, const char *bytes, size_t length_bytes) {
  char *copy = onus_reader_alloc(reader, length_bytes + 1, 1);
  if (copy && length_bytes)
    memcpy(copy, bytes, length_bytes);
  return copy;
}

void onus_reader_enter(onus_reader *reader, onus_table *table, const char *id, size_t index) {
  if (reader->status == ONUS_OK && !onus_table_put(table, id, index))
    reader->status = ONUS_NO_MEMORY;
}

onus_quote onus_describe(const onus_node *node) {
  onus_quote quote;
  switch (node->kind) {
  case ONUS_NODE_STRING:
    quote = onus_quote_bytes(node->text, node->text_bytes);
    if (node->text_bytes == 0)
      snprintf(quote.text, sizeof quote.text, "an empty text");
    break;
  case ONUS_NODE_NUMBER:
    snprintf(quote.text, sizeof quote.text, "the number %.40s", node->text);
    break;
  case ONUS_NODE_BOOLEAN:
    snprintf(quote.text, sizeof quote.text, "the word %s", node->text);
    break;
  default:
    snprintf(quote.text, sizeof quote.text, "%s", onus_node_kind_name(node->kind));
  }
  return quote;
}

/* --- near words -------------------------------------------------------------------------------------------------- */

enum { WORD_BYTES = 64, MOST_CANDIDATES = 300, FAR = 3 };

/* Letters to insert, drop, change or swap to make one word of the other; FAR when it takes that many or more. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length) {
  if (a_length > b_length + 2 || b_length > a_length + 2)
    return FAR;
  unsigned before[WORD_BYTES + 1], above[WORD_BYTES + 1], row[WORD_BYTES + 1];
  for (size_t j = 0; j <= b_length; j++)
    above[j] = before[j] = (unsigned)j;
  for (size_t i = 1; i <= a_length; i++) {
    unsigned least = row[0] = (unsigned)i;
    for (size_t j = 1; j <= b_length; j++) {
      unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);
      best = above[j] + 1 < best ? above[j] + 1 : best;
      best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      row[j] = best;
      least = best < least ? best : least;
    }
    if (least >= FAR)
      return FAR;
    memcpy(before, above, sizeof above);
    memcpy(above, row, sizeof row);
  }
  return above[b_length];
}

const char *onus_nearest(const char *word, const char *const *candidates, size_t n_candidates) {
  size_t length = strlen(word);
  if (length < 2 || length > WORD_BYTES)
    return NULL;
  unsigned least = length < 5 ? 2 : FAR;
  const char *nearest = NULL;
  for (size_t i = 0; i < n_candidates && i < MOST_CANDIDATES; i++) {
    size_t candidate_length = candidates[i] ? strlen(candidates[i]) : 0;
    if (candidate_length == 0 || candidate_length > WORD_BYTES)
      continue;
    unsigned d = distance(word, length, candidates[i], candidate_length);
    if (d < least) {
      least = d;
      nearest = candidates[i];
    }
  }
  return nearest;
}

/* --- maps and lists ---------------------------------------------------------------------------------------------- */

bool onus_cursor_open(onus_cursor *cursor, onus_reader *reader, const onus_node *node, const char *what) {
  *cursor = (onus_cursor){.reader = reader, .what = what};
  if (node->kind != ONUS_NODE_MAP) {
    onus_complain(reader, node, "%s\n%s is a map of keys and values", onus_describe(node).text, what);
    return false;
  }
  cursor->map = node;
  return true;
}

const onus_node *onus_take(onus_cursor *cursor, const char *key) {
  if (cursor->n_asked < ONUS_CURSOR_KEYS)
    cursor->asked[cursor->n_asked++] = key;
  return onus_node_get(cursor->map, key);
}

const onus_node *onus_take_required(onus_cursor *cursor, const char *key, const char *remedy) {
  const onus_node *node = onus_take(cursor, key);
  if (!node && cursor->map)
    onus_complain(cursor->reader, cursor->map, "%s without `%s`\n%s", cursor->what, key, remedy);
  return node;
}

void onus_cursor_close(onus_cursor *cursor) {
  for (const onus_node *child = cursor->map ? cursor->map->first : NULL; child; child = child->next) {
    size_t i = 0;
    while (i < cursor->n_asked && strcmp(cursor->asked[i], child->key) != 0)
      i++;
    if (i < cursor->n_asked)
      continue;
    const char *nearest = onus_problems_are_full(cursor->reader->problems)
                              ? NULL
                              : onus_nearest(child->key, cursor->asked, cursor->n_asked);
    onus_quote key = onus_quote_string(child->key);
    if (nearest)
      onus_complain_key(cursor->reader, child,
                        "the key %s is not known in %s\nwrite `%s` if that is meant, or remove it", key.text,
                        cursor->what, nearest);
    else
      onus_complain_key(cursor->reader, child, "the key %s is not known in %s\nremove it", key.text, cursor->what);
  }
}

static bool is_kind(onus_reader *reader, const onus_node *node, onus_node_kind kind, const char *of_what) {
  if (!node)
    return false;
  if (node->kind == kind)
    return true;
  onus_complain(reader, node, "%s\nwrite %s of %s", onus_describe(node).text, onus_node_kind_name(kind), of_what);
  return false;
}

bool onus_is_list(onus_reader *reader, const onus_node *node, const char *of_what) {
  return is_kind(reader, node, ONUS_NODE_LIST, of_what);
}

bool onus_is_map(onus_reader *reader, const onus_node *node, const char *of_what) {
  return is_kind(reader, node, ONUS_NODE_MAP, of_what);
}
