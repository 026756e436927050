/* Trees as text. Whatever a text holds, nothing in it can end its quotes or reach a terminal as an order: characters
 * that are hidden or control something are written as escapes. */
#include <string.h>
#include <strings.h>

#include "document/build.h"
#include "document/canonical.h"
#include "document/text_internal.h"
#include "document/tree_internal.h"

enum { LINE_CHARACTERS = 110 }; /* what fits on one line stands on one */

static bool is_hidden(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
}

/* In double quotes, the same for JSON and YAML. */
static void put_quoted(onus_buffer *out, const char *text, size_t length_bytes) {
  onus_buffer_character(out, '"');
  for (size_t at = 0, run = 0; at <= length_bytes;) {
    uint32_t c = 0;
    size_t width = at < length_bytes ? onus_text_decode(text + at, length_bytes - at, &c) : 0;
    bool is_plain = width > 0 && c != '"' && c != '\\' && !is_hidden(c);
    if (is_plain) {
      at += width;
      continue;
    }
    onus_buffer_append(out, text + run, at - run);
    if (at == length_bytes)
      break;
    if (width == 0) /* no UTF-8: cannot come from a document */
      onus_buffer_string(out, "\\ufffd");
    else if (c == '"' || c == '\\')
      onus_buffer_printf(out, "\\%c", (int)c);
    else if (c == '\n' || c == '\t')
      onus_buffer_string(out, c == '\n' ? "\\n" : "\\t");
    else
      onus_buffer_printf(out, "\\u%04x", (unsigned)c);
    at += width ? width : 1;
    run = at;
  }
  onus_buffer_character(out, '"');
}

/* YAML has more ways to write a number than JSON. */
static bool is_json_number(const char *text) {
  const char *at = text + (*text == '-');
  size_t digits = strspn(at, "0123456789");
  if (digits == 0 || (*at == '0' && digits > 1))
    return false;
  at += digits;
  if (*at == '.') {
    digits = strspn(++at, "0123456789");
    if (digits == 0)
      return false;
    at += digits;
  }
  if (*at == 'e' || *at == 'E') {
    at += 1 + (at[1] == '+' || at[1] == '-');
    digits = strspn(at, "0123456789");
    if (digits == 0)
      return false;
    at += digits;
  }
  return *at == '\0';
}

static void put_number(onus_buffer *out, const onus_node *node) {
  char text[ONUS_CANONICAL_NUMBER_BYTES];
  if (node->text && is_json_number(node->text)) {
    onus_buffer_append(out, node->text, node->text_bytes);
    return;
  }
  onus_canonical_number(node->number, text);
  onus_buffer_string(out, text);
}

static void put_scalar(onus_buffer *out, const onus_node *node) {
  if (node->kind == ONUS_NODE_NUMBER)
    put_number(out, node);
  else if (node->kind == ONUS_NODE_STRING)
    put_quoted(out, node->text, node->text_bytes);
  else
    onus_buffer_string(out, node->kind == ONUS_NODE_NULL ? "null" : node->boolean ? "true" : "false");
}

void onus_document_write_json(onus_buffer *out, const onus_node *node) {
  bool is_map = node->kind == ONUS_NODE_MAP;
  if (!is_map && node->kind != ONUS_NODE_LIST) {
    put_scalar(out, node);
    return;
  }
  onus_buffer_character(out, is_map ? '{' : '[');
  for (const onus_node *child = node->first; child; child = child->next) {
    if (is_map) {
      put_quoted(out, child->key, strlen(child->key));
      onus_buffer_character(out, ':');
    }
    onus_document_write_json(out, child);
    if (child->next)
      onus_buffer_character(out, ',');
  }
  onus_buffer_character(out, is_map ? '}' : ']');
}

/* --- YAML -------------------------------------------------------------------------------------------------------- */

/* Whether a text can stand without quotes, in any place: old readers of YAML take more words for something else. */
static bool is_plain(const char *text, size_t length_bytes) {
  static const char *const WORDS[] = {"y", "n", "yes", "no", "on", "off"};
  if (length_bytes == 0 || strlen(text) != length_bytes || text[length_bytes - 1] == ' ')
    return false;
  bool begins_well = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') ||
                     (text[0] >= '0' && text[0] <= '9') || text[0] == '/';
  for (const char *at = text; *at; at++) {
    bool is_word = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
                   (unsigned char)*at >= 0x80 || strchr(" ._-+/;()'\"=%$~", *at);
    bool is_colon = *at == ':' && at[1] != ' ' && at[1] != '\0';
    if (!is_word && !is_colon)
      return false;
  }
  for (size_t at = 0; at < length_bytes;) {
    uint32_t c = 0;
    size_t width = onus_text_decode(text + at, length_bytes - at, &c);
    if (width == 0 || is_hidden(c))
      return false;
    at += width;
  }
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    if (strcasecmp(text, WORDS[i]) == 0)
      return false;
  onus_node node = {.kind = ONUS_NODE_STRING, .text = text, .text_bytes = length_bytes};
  return begins_well && onus_scalar_resolve(&node, NULL) == ONUS_OK && node.kind == ONUS_NODE_STRING;
}

static void put_text(onus_buffer *out, const char *text, size_t length_bytes) {
  if (is_plain(text, length_bytes))
    onus_buffer_append(out, text, length_bytes);
  else
    put_quoted(out, text, length_bytes);
}

static bool is_container(const onus_node *node) {
  return node->kind == ONUS_NODE_MAP || node->kind == ONUS_NODE_LIST;
}

/* Bytes that a node takes on one line, more than `most` when it is too long to count on. */
static size_t inline_bytes(const onus_node *node, size_t most) {
  size_t bytes = (node->key ? strlen(node->key) + 2 : 0) + node->text_bytes + 4;
  for (const onus_node *child = node->first; child && bytes <= most; child = child->next)
    bytes += 2 + inline_bytes(child, most);
  return bytes;
}

static void put_inline(onus_buffer *out, const onus_node *node) {
  if (!is_container(node)) {
    if (node->kind == ONUS_NODE_STRING)
      put_text(out, node->text, node->text_bytes);
    else
      put_scalar(out, node);
    return;
  }
  bool is_map = node->kind == ONUS_NODE_MAP;
  onus_buffer_character(out, is_map ? '{' : '[');
  for (const onus_node *child = node->first; child; child = child->next) {
    if (is_map) {
      put_text(out, child->key, strlen(child->key));
      onus_buffer_string(out, ": ");
    }
    put_inline(out, child);
    if (child->next)
      onus_buffer_string(out, ", ");
  }
  onus_buffer_character(out, is_map ? '}' : ']');
}

static void put_block(onus_buffer *out, const onus_node *node, size_t indent, bool is_started);

/* What follows "key:" or "-". */
static void put_value(onus_buffer *out, const onus_node *node, size_t indent, bool in_list) {
  size_t room = LINE_CHARACTERS > indent ? LINE_CHARACTERS - indent : 0;
  bool is_short = !is_container(node) || node->n_children == 0 || (indent > 0 && inline_bytes(node, room) <= room);
  if (is_short) {
    onus_buffer_character(out, ' ');
    put_inline(out, node);
    onus_buffer_character(out, '\n');
  } else if (in_list && node->kind == ONUS_NODE_MAP) {
    onus_buffer_character(out, ' ');
    put_block(out, node, indent + 2, true);
  } else {
    onus_buffer_character(out, '\n');
    put_block(out, node, indent + 2, false);
  }
}

void onus_document_write_yaml_entry(onus_buffer *out, const onus_node *node, size_t indent, bool is_started) {
  if (!is_started)
    onus_buffer_repeat(out, " ", indent);
  if (node->key) {
    put_text(out, node->key, strlen(node->key));
    onus_buffer_character(out, ':');
  } else {
    onus_buffer_character(out, '-');
  }
  put_value(out, node, indent, !node->key);
}

/* `is_started`: the first line already has its indent. */
static void put_block(onus_buffer *out, const onus_node *node, size_t indent, bool is_started) {
  for (const onus_node *child = node->first; child; child = child->next)
    onus_document_write_yaml_entry(out, child, indent, is_started && child == node->first);
}

void onus_document_write_yaml(onus_buffer *out, const onus_node *root) {
  put_block(out, root, 0, false);
}
