/* The entries of a block (a map or a list of which each entry begins on a line of its own) are runs of lines: those
 * that lead up to an entry, which are empty or comments, and its own. Runs of entries that did not change are copied;
 * entries that changed are gone into as long as they are blocks themselves, and written anew otherwise. What has come
 * out is read again and compared, so that no trick of layout can change what is said. */
#include "document/rewrite.h"

#include <string.h>

#include "document/lines.h"

typedef struct rewriter {
  onus_text_lines lines;
  onus_arena *arena;
  onus_buffer *out;
  bool has_failed; /* no memory */
} rewriter;

/* Lines are counted from 0; ends are one beyond. */
typedef struct run {
  size_t lead, first, last;
} run;

typedef struct block {
  const char *naming; /* of a list: what its entries have, "id" or "name" */
  size_t indent;      /* bytes before the key or dash */
  bool is_inline;     /* the first key stands behind the dash of a list */
  run *runs;
  onus_index index; /* of the entries, by name */
  size_t tail;      /* where the lines behind the last entry begin */
} block;

/* --- finding the lines ------------------------------------------------------------------------------------------- */

/* Bytes of blanks before a dash and before what follows it, up to `column`; false when something else stands there. */
static bool find_dash(const onus_text_lines *lines, size_t line, unsigned column, size_t *ret_indent) {
  size_t at = lines->at[line], end = at + column - 1, indent = onus_count_blanks(lines->bytes, at, end);
  if (at + indent >= end || lines->bytes[at + indent] != '-')
    return false;
  *ret_indent = indent;
  return at + indent + 1 + onus_count_blanks(lines->bytes, at + indent + 1, end) == end;
}

/* Where an entry begins, 0 when it does not begin a line of its own (or stands behind a dash, if `may_be_inline`). */
static bool find_entry(const rewriter *r, const onus_node *entry, bool may_be_inline, size_t *ret_line,
                       size_t *ret_indent, bool *ret_is_inline) {
  unsigned line = entry->key ? entry->key_line : entry->line, column = entry->key ? entry->key_column : entry->column;
  if (line == 0 || line > r->lines.count || column == 0 || r->lines.at[line - 1] + column - 1 > r->lines.at[line])
    return false;
  *ret_line = line - 1;
  *ret_is_inline = false;
  if (!entry->key)
    return find_dash(&r->lines, line - 1, column, ret_indent);
  size_t at = r->lines.at[line - 1];
  *ret_indent = column - 1;
  if (onus_count_blanks(r->lines.bytes, at, at + column - 1) == column - 1)
    return true;
  size_t dash;
  *ret_is_inline = may_be_inline && find_dash(&r->lines, line - 1, column, &dash);
  return *ret_is_inline;
}

/* Whether the container begins as a block does, with its first entry rather than with a bracket. */
static bool begins_as_block(const rewriter *r, const onus_node *node) {
  if (node->kind == ONUS_NODE_MAP)
    return node->line == node->first->key_line && node->column == node->first->key_column;
  size_t at = node->line ? r->lines.at[node->line - 1] + node->column - 1 : 0;
  return node->line && at < r->lines.at[node->line] && r->lines.bytes[at] == '-';
}

/* The block of `node` within the lines [first, end); false when it is none. */
static bool find_block(rewriter *r, const onus_node *node, size_t first, size_t end, block *out) {
  bool is_list = node->kind == ONUS_NODE_LIST, has_memory = true;
  if ((node->kind != ONUS_NODE_MAP && !is_list) || !node->first || node->line > r->lines.count ||
      !begins_as_block(r, node))
    return false;
  *out = (block){.naming = is_list ? onus_list_naming(node, &has_memory) : NULL, .tail = end};
  out->runs = ONUS_ARENA_ARRAY(r->arena, run, node->n_children);
  if (!has_memory || !out->runs) {
    r->has_failed = true;
    return false;
  }
  size_t n = 0;
  for (const onus_node *entry = node->first; entry; entry = entry->next, n++) {
    size_t line = 0, indent = 0;
    bool is_inline;
    if (!find_entry(r, entry, n == 0, &line, &indent, &is_inline) || line < first || line >= end ||
        (n > 0 && (indent != out->indent || line <= out->runs[n - 1].first)))
      return false;
    out->indent = indent;
    out->is_inline |= is_inline;
    out->runs[n].first = line;
  }
  for (size_t i = 0; i < n; i++) {
    run *at = &out->runs[i];
    at->lead = i == 0 ? first : out->runs[i - 1].last;
    at->last = i + 1 < n ? out->runs[i + 1].first : end;
    while (at->last > at->first + 1 && onus_text_lines_is_between(&r->lines, at->last - 1, out->indent))
      at->last--;
  }
  out->tail = out->runs[n - 1].last;
  return !is_list || out->naming;
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

static void copy_lines(const rewriter *r, size_t from, size_t to) {
  if (from >= to)
    return;
  const char *bytes = r->lines.bytes + r->lines.at[from];
  size_t length = r->lines.at[to] - r->lines.at[from];
  onus_buffer_append(r->out, bytes, length);
  if (length && bytes[length - 1] != '\n' && bytes[length - 1] != '\r')
    onus_buffer_character(r->out, '\n');
}

static bool rewrite_block(rewriter *r, const onus_node *node, const onus_node *old, size_t first, size_t end);

/* An entry that is not what it was. `is_inline`: its first line belongs to the dash before it. */
static void rewrite_entry(rewriter *r, const onus_node *entry, const onus_node *old, const run *at, size_t indent,
                          bool is_inline) {
  copy_lines(r, at->lead, at->first);
  size_t done = r->out->length_bytes;
  if (entry->kind == old->kind && entry->first) {
    size_t head = entry->key ? at->first + 1 : at->first; /* the line of the key stays */
    copy_lines(r, at->first, head);
    if (rewrite_block(r, entry, old, head, at->last))
      return;
  }
  if (r->out->status != ONUS_OK || r->has_failed)
    return;
  r->out->length_bytes = done;
  if (is_inline)
    onus_buffer_append(r->out, r->lines.bytes + r->lines.at[at->first], indent);
  onus_document_write_yaml_entry(r->out, entry, indent, is_inline);
}

/* Whether people left an empty line between entries. */
static bool is_spaced(const rewriter *r, const block *b, size_t n) {
  for (size_t i = 1; i < n; i++)
    if (b->runs[i].lead == b->runs[i].first)
      return false;
  return n > 1 && onus_text_lines_is_between(&r->lines, b->runs[1].lead, 0);
}

static bool write_entries(rewriter *r, const onus_node *node, const onus_node *old, const block *b) {
  bool is_spaced_out = is_spaced(r, b, old->n_children);
  for (const onus_node *entry = node->first; entry; entry = entry->next) {
    const char *name = onus_child_name(entry, b->naming);
    size_t place = name ? onus_table_get(b->index.table, name) : ONUS_NONE;
    bool is_inline = b->is_inline && entry == node->first;
    if (b->is_inline && (place == 0) != is_inline)
      return false; /* what stands behind the dash has to stay there */
    if (place == ONUS_NONE) {
      if (is_spaced_out && entry != node->first)
        onus_buffer_character(r->out, '\n');
      onus_document_write_yaml_entry(r->out, entry, b->indent, false);
    } else if (onus_node_same(entry, b->index.children[place])) {
      copy_lines(r, b->runs[place].lead, b->runs[place].last);
    } else {
      rewrite_entry(r, entry, b->index.children[place], &b->runs[place], b->indent, is_inline);
    }
  }
  return true;
}

/* Writes `node` into the lines [first, end) of `old`; false, with anything written, when they are no block. */
static bool rewrite_block(rewriter *r, const onus_node *node, const onus_node *old, size_t first, size_t end) {
  block b;
  bool has_memory = true;
  if (!find_block(r, old, first, end, &b))
    return false;
  if (node->kind == ONUS_NODE_LIST && onus_list_naming(node, &has_memory) != b.naming) {
    r->has_failed |= !has_memory;
    return false;
  }
  if (!onus_index_make(&b.index, old, b.naming, r->arena)) {
    r->has_failed = true;
    return false;
  }
  bool is_good = write_entries(r, node, old, &b);
  onus_index_free(&b.index);
  if (is_good)
    copy_lines(r, b.tail, end);
  return is_good && !r->has_failed;
}

/* --- the check --------------------------------------------------------------------------------------------------- */

/* What was written is the tree. Anything but a lack of memory is an answer. */
static onus_status check(const onus_buffer *out, const onus_node *root, onus_arena *arena, bool *ret_is_same,
                         onus_error *error) {
  const onus_node *read = NULL;
  onus_status status = onus_document_parse_yaml("rewritten", out->bytes, out->length_bytes, arena, &read, error);
  *ret_is_same = status == ONUS_OK && onus_node_same(root, read);
  return status == ONUS_NO_MEMORY ? status : ONUS_OK;
}

onus_status onus_document_rewrite_yaml(const onus_node *root, const char *text, size_t length_bytes,
                                       const onus_node *old, onus_arena *arena, onus_buffer *out, onus_error *error) {
  rewriter r = {.arena = arena, .out = out};
  size_t start = out->length_bytes;
  bool is_good = false;
  ONUS_TRY(onus_text_lines_find(text, length_bytes, &r.lines, error));
  if (root->kind == ONUS_NODE_MAP && old->kind == ONUS_NODE_MAP && root->first)
    is_good = rewrite_block(&r, root, old, 0, r.lines.count);
  onus_text_lines_free(&r.lines);
  if (r.has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  if (is_good && out->status == ONUS_OK) {
    onus_buffer written = {.bytes = out->bytes + start, .length_bytes = out->length_bytes - start};
    ONUS_TRY(check(&written, root, arena, &is_good, error));
  }
  if (!is_good && out->status == ONUS_OK) {
    out->length_bytes = start;
    onus_document_write_yaml(out, root);
  }
  return ONUS_OK;
}
