/* JSON by RFC 8259, to the letter: nothing after the value, no comments, no trailing commas, no duplicate keys.
 *
 * Read here rather than by a library because each node needs the place where it stands, because the limits must hold
 * before anything is built, and because jansson ignores failures of memory while it collects a token: it would then
 * lose digits or read past its buffer. The unit test holds this reader against jansson.
 *
 * There is no recursion: onus_tree keeps the open lists and maps.
 */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/buffer.h"
#include "document/quote.h"
#include "document/text_internal.h"
#include "document/tree_internal.h"

typedef struct reader {
  const char *bytes;
  size_t length_bytes, at;
  onus_text_place line;   /* where the line of `at` begins */
  size_t n_continuations; /* bytes of the line up to `at` that begin no character */
  onus_tree tree;
  onus_buffer scratch; /* a string without its escapes */
  const char *text;    /* of the string read last */
  size_t text_bytes;
} reader;

/* The place of `at`. Lines end between values only, so columns need no second look at what was read. */
static unsigned column_of(const reader *r) {
  size_t column = r->line.column + (r->at - r->line.at - r->n_continuations);
  return column < UINT_MAX ? (unsigned)column : UINT_MAX;
}

static onus_text_place place_of(const reader *r, size_t at) {
  onus_text_place place = r->line;
  onus_text_move(&place, r->bytes, at);
  return place;
}

static onus_status fail_at(const reader *r, size_t at, const char *text) {
  onus_text_place place = place_of(r, at);
  return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, place.line, place.column, "%s", text);
}

static int peek(const reader *r) {
  return r->at < r->length_bytes ? (unsigned char)r->bytes[r->at] : -1;
}

static bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void skip_space(reader *r) {
  for (; r->at < r->length_bytes && is_space(r->bytes[r->at]); r->at++) {
    char c = r->bytes[r->at];
    bool ends_line = c == '\n' || (c == '\r' && (r->at + 1 == r->length_bytes || r->bytes[r->at + 1] != '\n'));
    if (ends_line) {
      r->line = (onus_text_place){r->at + 1, r->line.line + (r->line.line < UINT_MAX), 1};
      r->n_continuations = 0;
    }
  }
}

/* Says what stands where something else should. */
static onus_status fail_unexpected(const reader *r, const char *remedy) {
  onus_text_place place = place_of(r, r->at);
  if (r->at >= r->length_bytes)
    return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, place.line, place.column,
                        "the file ends too early; %s", remedy);
  ONUS_TRY(onus_text_check_character(r->tree.path, r->bytes + r->at, r->length_bytes - r->at, &place, r->tree.error));
  size_t length = 0;
  while (length < 40 && r->at + length < r->length_bytes && !strchr(" \t\n\r,:[]{}\"", r->bytes[r->at + length]))
    length++;
  onus_quote quote = onus_quote_bytes(r->bytes + r->at, length ? length : 1);
  return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, place.line, place.column, "%s; %s", quote.text,
                      remedy);
}

/* Four hexadecimal digits at `at`; −1 when they are not there. */
static long hex4(const reader *r, size_t at) {
  long value = 0;
  for (size_t i = at; i < at + 4; i++) {
    int c = i < r->length_bytes ? (unsigned char)r->bytes[i] : 0;
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

static void append_character(onus_buffer *out, unsigned long c) {
  char bytes[4];
  size_t width = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char LEAD[5] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = width; i-- > 1; c >>= 6)
    bytes[i] = (char)(0x80 | (c & 0x3F));
  bytes[0] = (char)(LEAD[width] | c);
  onus_buffer_append(out, bytes, width);
}

/* \uHHHH, and the second half of a surrogate pair with it; `at` stands on the u. */
static onus_status take_unicode_escape(reader *r) {
  size_t start = r->at - 1;
  long first = hex4(r, r->at + 1);
  if (first < 0)
    return fail_at(r, start, "an escape \\u without four hexadecimal digits; write them, as in \\u00e9");
  r->at += 5;
  if (first == 0)
    return fail_at(r, start, "the character U+0000; remove it");
  if (first >= 0xDC00 && first <= 0xDFFF)
    return fail_at(r, start, "the second half of a surrogate pair without its first; write both");
  if (first >= 0xD800 && first <= 0xDBFF) {
    bool has_second = r->at + 1 < r->length_bytes && r->bytes[r->at] == '\\' && r->bytes[r->at + 1] == 'u';
    long second = has_second ? hex4(r, r->at + 2) : -1;
    if (second < 0xDC00 || second > 0xDFFF)
      return fail_at(r, start, "the first half of a surrogate pair without its second; write both");
    r->at += 6;
    first = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }
  append_character(&r->scratch, (unsigned long)first);
  return ONUS_OK;
}

static onus_status take_escape(reader *r) {
  static const char NAMES[] = "\"\\/bfnrt", MEANINGS[] = "\"\\/\b\f\n\r\t";
  r->at++;
  int c = peek(r);
  if (c == 'u')
    return take_unicode_escape(r);
  const char *name = c > 0 ? strchr(NAMES, c) : NULL;
  if (!name)
    return fail_at(r, r->at - 1, "an escape that JSON does not have; write \\\\ for a backslash");
  onus_buffer_character(&r->scratch, MEANINGS[name - NAMES]);
  r->at++;
  return ONUS_OK;
}

/* Whether one of eight bytes is a quote, a backslash, a control character or no ASCII. */
static bool has_mark(const char *bytes) {
  const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
  uint64_t word, quotes, backslashes;
  memcpy(&word, bytes, sizeof word);
  quotes = word ^ (ones * '"');
  backslashes = word ^ (ones * '\\');
  return ((((word - ones * 0x20) | (quotes - ones) | (backslashes - ones)) | word) & tops) != 0;
}

/* Goes on to the quote, backslash or control character that is next, over whole characters. */
static onus_status skip_characters(reader *r) {
  for (;;) {
    while (r->length_bytes - r->at >= 8 && !has_mark(r->bytes + r->at))
      r->at += 8;
    size_t end = r->length_bytes - r->at >= 8 ? r->at + 8 : r->length_bytes;
    while (r->at < end) {
      unsigned char c = (unsigned char)r->bytes[r->at];
      if (c == '"' || c == '\\' || c < 0x20)
        return ONUS_OK;
      uint32_t character;
      size_t width = c < 0x80 ? 1 : onus_text_decode(r->bytes + r->at, r->length_bytes - r->at, &character);
      if (width == 0) {
        onus_text_place place = place_of(r, r->at);
        return onus_text_check_character(r->tree.path, r->bytes + r->at, r->length_bytes - r->at, &place,
                                         r->tree.error);
      }
      r->at += width;
      r->n_continuations += width - 1;
    }
    if (r->at >= r->length_bytes)
      return ONUS_OK;
  }
}

/* Reads a string; `at` stands on its opening quote. Its text lies in the input or, when it has escapes, in the scratch
 * buffer. */
static onus_status take_string(reader *r) {
  size_t start = r->at++;
  r->scratch.length_bytes = 0;
  for (;;) {
    size_t run = r->at;
    ONUS_TRY(skip_characters(r));
    int c = peek(r);
    if (c < 0)
      return fail_at(r, start, "a text without an end; close the quotes");
    if (c == '"' && r->scratch.length_bytes == 0) {
      r->text = r->bytes + run;
      r->text_bytes = r->at++ - run;
      return r->scratch.status == ONUS_OK ? ONUS_OK : ONUS_FAIL_NO_MEMORY(r->tree.error);
    }
    onus_buffer_append(&r->scratch, r->bytes + run, r->at - run);
    if (c == '"')
      break;
    if (c != '\\')
      return fail_at(r, r->at, "a control character or line end inside a text; write \\n, \\t or \\u00HH");
    ONUS_TRY(take_escape(r));
  }
  r->at++;
  r->text = r->scratch.bytes;
  r->text_bytes = r->scratch.length_bytes;
  return r->scratch.status == ONUS_OK ? ONUS_OK : ONUS_FAIL_NO_MEMORY(r->tree.error);
}

static size_t skip_digits(reader *r) {
  size_t start = r->at;
  while (peek(r) >= '0' && peek(r) <= '9')
    r->at++;
  return r->at - start;
}

/* -? (0 | [1-9] [0-9]*) (\. [0-9]+)? ([eE] [-+]? [0-9]+)? */
static bool skip_number(reader *r, bool *ret_is_integer) {
  if (peek(r) == '-')
    r->at++;
  bool begins_with_zero = peek(r) == '0';
  size_t digits = skip_digits(r);
  if (digits == 0 || (begins_with_zero && digits > 1))
    return false;
  *ret_is_integer = true;
  if (peek(r) == '.') {
    r->at++;
    *ret_is_integer = false;
    if (skip_digits(r) == 0)
      return false;
  }
  if (peek(r) == 'e' || peek(r) == 'E') {
    r->at++;
    *ret_is_integer = false;
    if (peek(r) == '-' || peek(r) == '+')
      r->at++;
    if (skip_digits(r) == 0)
      return false;
  }
  return true;
}

static onus_status take_number(reader *r, onus_node *node) {
  size_t start = r->at;
  if (!skip_number(r, &node->is_integer)) {
    r->at = start;
    return fail_unexpected(r, "a number is written like 12, -0.5 or 1e-3");
  }
  ONUS_TRY(onus_tree_text(&r->tree, node, r->bytes + start, r->at - start));
  ONUS_TRY(onus_scalar_decimal(node->text, &node->number, r->tree.error));
  if (!isfinite(node->number)) {
    r->at = start;
    return fail_unexpected(r, "a number is smaller than 1.8e308");
  }
  return ONUS_OK;
}

static onus_status take_word(reader *r, onus_node *node) {
  static const struct {
    const char *word;
    onus_node_kind kind;
  } WORDS[] = {{"true", ONUS_NODE_BOOLEAN}, {"false", ONUS_NODE_BOOLEAN}, {"null", ONUS_NODE_NULL}};
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
    size_t length = strlen(WORDS[i].word);
    if (r->length_bytes - r->at < length || memcmp(r->bytes + r->at, WORDS[i].word, length) != 0)
      continue;
    r->at += length;
    node->kind = WORDS[i].kind;
    node->boolean = i == 0;
    return onus_tree_text(&r->tree, node, WORDS[i].word, length);
  }
  return fail_unexpected(r, "a value is a text in double quotes, a number, true, false, null, a list or a map");
}

/* A value up to its end, or the opening of a list or map. */
static onus_status take_value(reader *r) {
  int c = peek(r);
  if (c < 0)
    return fail_unexpected(r, "a value was to follow");
  if (c == ']' || c == '}')
    return fail_unexpected(r, "a value was to follow before it");
  onus_node_kind kind = c == '{'   ? ONUS_NODE_MAP
                        : c == '[' ? ONUS_NODE_LIST
                        : c == '"' ? ONUS_NODE_STRING
                                   : ONUS_NODE_NUMBER;
  onus_node *node;
  ONUS_TRY(onus_tree_add(&r->tree, kind, r->line.line, column_of(r), &node));
  node->at_bytes = r->at;
  if (kind == ONUS_NODE_MAP || kind == ONUS_NODE_LIST) {
    r->at++;
    return ONUS_OK;
  }
  if (kind == ONUS_NODE_STRING) {
    ONUS_TRY(take_string(r));
    return onus_tree_text(&r->tree, node, r->text, r->text_bytes);
  }
  return c == '-' || (c >= '0' && c <= '9') ? take_number(r, node) : take_word(r, node);
}

/* `"key" :` */
static onus_status take_key(reader *r) {
  if (peek(r) == '}')
    return fail_unexpected(r, "a key was to follow the comma before it, or no comma");
  if (peek(r) != '"')
    return fail_unexpected(r, "a key in double quotes was to follow");
  unsigned line = r->line.line, column = column_of(r);
  ONUS_TRY(take_string(r));
  ONUS_TRY(onus_tree_key(&r->tree, r->text, r->text_bytes, line, column));
  skip_space(r);
  if (peek(r) != ':')
    return fail_unexpected(r, "a colon was to follow the key");
  r->at++;
  skip_space(r);
  return ONUS_OK;
}

/* After a value: closes what ends here, and takes the comma before the next value. */
static onus_status take_ends(reader *r) {
  for (skip_space(r); r->tree.depth > 0; skip_space(r)) {
    bool is_map = r->tree.levels[r->tree.depth - 1].container->kind == ONUS_NODE_MAP;
    int c = peek(r);
    if (c == ',') {
      r->at++;
      skip_space(r);
      return ONUS_OK;
    }
    if (c != (is_map ? '}' : ']'))
      return fail_unexpected(r, is_map ? "a comma or } was to follow" : "a comma or ] was to follow");
    onus_tree_close(&r->tree);
    r->at++;
  }
  return ONUS_OK;
}

/* One value, with all that lies in it. */
static onus_status read_value(reader *r) {
  do {
    if (onus_tree_wants_key(&r->tree))
      ONUS_TRY(take_key(r));
    unsigned depth = r->tree.depth;
    ONUS_TRY(take_value(r));
    skip_space(r);
    bool opened = r->tree.depth > depth;
    if (!opened || peek(r) == ']' || peek(r) == '}')
      ONUS_TRY(take_ends(r));
  } while (r->tree.depth > 0);
  skip_space(r);
  return ONUS_OK;
}

static onus_status read_end(reader *r) {
  return r->at == r->length_bytes ? ONUS_OK : fail_unexpected(r, "nothing may follow the value");
}

static onus_status read_all(reader *r) {
  ONUS_TRY(read_value(r));
  return read_end(r);
}

/* A reader at the first byte that counts, with a tree that takes its nodes from `arena`. */
static onus_status begin(const char *path, const char *bytes, size_t length_bytes, onus_arena *arena,
                         reader *ret_reader, onus_error *error) {
  size_t start = onus_text_mark_bytes(bytes, length_bytes);
  reader r = {.bytes = bytes,
              .length_bytes = length_bytes,
              .at = start,
              .line = {start, 1, 1},
              .tree = onus_tree_new(path, arena, error),
              .scratch = onus_buffer_new(ONUS_DOCUMENT_BYTES)};
  skip_space(&r);
  if (r.at == r.length_bytes)
    return fail_at(&r, r.at, "nothing stands in the file; write a map");
  *ret_reader = r;
  return ONUS_OK;
}

onus_status onus_document_parse_json(const char *path, const char *bytes, size_t length_bytes, onus_arena *arena,
                                     const onus_node **ret_root, onus_error *error) {
  if (length_bytes > ONUS_DOCUMENT_BYTES)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "has %zu bytes; at most %zu are accepted", length_bytes,
                        ONUS_DOCUMENT_BYTES);
  reader r;
  ONUS_TRY(begin(path, bytes, length_bytes, arena, &r, error));
  onus_status status = read_all(&r);
  onus_tree_end(&r.tree);
  onus_buffer_free(&r.scratch);
  if (status == ONUS_OK)
    *ret_root = r.tree.root;
  return status;
}

/* --- part by part ---------------------------------------------------------------------------------------------- */

/* Keys of the outermost map: few, or it is no map of lists. */
enum { TOP_KEYS_MAX = 1024 };

typedef struct parts {
  reader r;
  onus_document_part *take;
  void *context;
  onus_arena *arena; /* of the part at hand */
  onus_arena *names; /* keys of the outermost map */
  onus_table *keys;
} parts;

/* One part, whose memory the next one takes. */
static onus_status hand_on(parts *p, const char *key) {
  onus_error *error = p->r.tree.error;
  onus_arena_clear(p->arena);
  p->r.tree = onus_tree_new(p->r.tree.path, p->arena, error);
  onus_status status = read_value(&p->r);
  const onus_node *root = p->r.tree.root;
  onus_tree_end(&p->r.tree);
  return status == ONUS_OK ? p->take(p->context, key, root, error) : status;
}

/* The values of the list that begins here, one by one. */
static onus_status each_value(parts *p, const char *key) {
  reader *r = &p->r;
  r->at++;
  skip_space(r);
  if (peek(r) != ']') {
    for (;;) {
      ONUS_TRY(hand_on(p, key));
      if (peek(r) != ',')
        break;
      r->at++;
      skip_space(r);
    }
    if (peek(r) != ']')
      return fail_unexpected(r, "a comma or ] was to follow");
  }
  r->at++;
  skip_space(r);
  return ONUS_OK;
}

static onus_status member(parts *p) {
  reader *r = &p->r;
  if (peek(r) != '"')
    return fail_unexpected(r, "a key in double quotes was to follow");
  onus_text_place place = {r->at, r->line.line, column_of(r)};
  ONUS_TRY(take_string(r));
  const char *key = onus_arena_copy(p->names, r->text, r->text_bytes);
  if (!key && !onus_arena_is_at_cap(p->names))
    return ONUS_FAIL_NO_MEMORY(r->tree.error);
  if (!key)
    return ONUS_FAIL_AT(r->tree.error, ONUS_LIMIT, r->tree.path, place.line, place.column,
                        "the keys up to here are longer than is accepted; shorten them");
  if (key[0] == '\0' || onus_table_get(p->keys, key) != ONUS_NONE)
    return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, place.line, place.column,
                        "the key %s is empty or stands a second time; give each key once", onus_quote_string(key).text);
  if (!onus_table_put(p->keys, key, 0))
    return ONUS_FAIL_NO_MEMORY(r->tree.error);
  skip_space(r);
  if (peek(r) != ':')
    return fail_unexpected(r, "a colon was to follow the key");
  r->at++;
  skip_space(r);
  return peek(r) == '[' ? each_value(p, key) : hand_on(p, key);
}

static onus_status each_member(parts *p) {
  reader *r = &p->r;
  r->at++;
  skip_space(r);
  for (size_t n = 0; peek(r) != '}'; n++) {
    if (n == TOP_KEYS_MAX)
      return fail_unexpected(r, "the outermost map has too many keys");
    ONUS_TRY(member(p));
    if (peek(r) == ',') {
      r->at++;
      skip_space(r);
      if (peek(r) == '}')
        return fail_unexpected(r, "a key was to follow the comma before it, or no comma");
    } else if (peek(r) != '}') {
      return fail_unexpected(r, "a comma or } was to follow");
    }
  }
  r->at++;
  skip_space(r);
  return ONUS_OK;
}

static onus_status begin_parts(parts *p, onus_error *error) {
  p->arena = onus_arena_new(ONUS_DOCUMENT_PART_BYTES);
  p->names = onus_arena_new(ONUS_DOCUMENT_BYTES);
  p->keys = onus_table_new();
  return p->arena && p->names && p->keys ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static void end_parts(parts *p) {
  onus_table_free(p->keys);
  onus_arena_free(p->names);
  onus_arena_free(p->arena);
  onus_buffer_free(&p->r.scratch);
}

onus_status onus_document_each_json(const char *path, const char *bytes, size_t length_bytes, onus_document_part *take,
                                    void *context, onus_error *error) {
  parts p = {.take = take, .context = context};
  ONUS_TRY(begin(path, bytes, length_bytes, NULL, &p.r, error));
  onus_status status = begin_parts(&p, error);
  if (status == ONUS_OK)
    status = peek(&p.r) == '{' ? each_member(&p) : peek(&p.r) == '[' ? each_value(&p, NULL) : hand_on(&p, NULL);
  if (status == ONUS_OK)
    status = read_end(&p.r);
  end_parts(&p);
  return status;
}

onus_status onus_document_again_json(const char *path, const char *bytes, size_t length_bytes,
                                     const onus_document_place *places, size_t n_places, onus_document_part *take,
                                     void *context, onus_error *error) {
  parts p = {.take = take, .context = context};
  if (n_places == 0)
    return ONUS_OK;
  ONUS_TRY(begin(path, bytes, length_bytes, NULL, &p.r, error));
  onus_status status = begin_parts(&p, error);
  for (size_t i = 0; status == ONUS_OK && i < n_places; i++) {
    p.r.at = places[i].at_bytes;
    p.r.line = (onus_text_place){places[i].at_bytes, places[i].line, places[i].column};
    p.r.n_continuations = 0;
    status = hand_on(&p, NULL);
  }
  end_parts(&p);
  return status;
}
