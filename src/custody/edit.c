#include "custody/edit.h"

#include <string.h>

#include "document/lines.h"

enum { ARENA_BYTES = 1 << 29 };

/* The lines [first, last) of the file that an item takes, counted from 0, and the blanks before its dash. */
typedef struct extent {
  size_t first, last, indent_bytes;
} extent;

/* Whether the line is "<blanks>-<blanks>", up to `end`. */
static bool is_dash(const onus_text *file, size_t at, size_t end, size_t *ret_indent) {
  size_t indent = onus_count_blanks(file->bytes, at, end);
  while (end > at && (file->bytes[end - 1] == '\n' || file->bytes[end - 1] == '\r'))
    end--;
  if (at + indent >= end || file->bytes[at + indent] != '-')
    return false;
  *ret_indent = indent;
  return at + indent + 1 + onus_count_blanks(file->bytes, at + indent + 1, end) == end;
}

/* An entry of a block list begins at its dash: on its own line, or alone on the line before. */
static bool find_dash(const onus_text *file, const onus_text_lines *lines, const onus_node *item, extent *out) {
  size_t line = item->line - 1;
  if (line >= lines->count)
    return false;
  /* Before the item stand blanks and a dash, so characters are bytes. */
  out->first = line;
  if (is_dash(file, lines->at[line], lines->at[line] + item->column - 1, &out->indent_bytes) && item->column > 1)
    return true;
  out->first = line - 1;
  return line > 0 && onus_count_blanks(file->bytes, lines->at[line], lines->at[line + 1]) == item->column - 1 &&
         is_dash(file, lines->at[line - 1], lines->at[line], &out->indent_bytes);
}

/* Where the list ends: at the key after it, or at the end of the document. */
static size_t find_list_end(const onus_text *file, const onus_text_lines *lines, const onus_node *root,
                            const onus_node *last_item) {
  size_t end = lines->count;
  for (const onus_node *child = root->first; child; child = child->next)
    if (child->key_line > last_item->line && child->key_line - 1 < end)
      end = child->key_line - 1;
  for (size_t line = last_item->line; line < end; line++)
    if (lines->at[line + 1] - lines->at[line] >= 3 && (memcmp(file->bytes + lines->at[line], "...", 3) == 0))
      return line;
  return end;
}

static bool find_extent(const onus_text *file, const onus_text_lines *lines, const onus_node *root,
                        const onus_node *item, extent *out) {
  extent next;
  if (!find_dash(file, lines, item, out))
    return false;
  if (!item->next)
    out->last = find_list_end(file, lines, root, item);
  else if (find_dash(file, lines, item->next, &next))
    out->last = next.first;
  else
    return false;
  while (out->last > out->first + 1 && onus_text_lines_is_between(lines, out->last - 1, out->indent_bytes))
    out->last--;
  return true;
}

/* As the item was written: on one line, or a line for each key. */
static void put_item(onus_buffer *out, const char *indent, size_t indent_bytes, const onus_node *map, bool is_flow) {
  onus_buffer_append(out, indent, indent_bytes);
  onus_buffer_string(out, "- ");
  if (is_flow) {
    onus_document_write_json(out, map);
    onus_buffer_character(out, '\n');
    return;
  }
  for (const onus_node *child = map->first; child; child = child->next) {
    if (child != map->first) {
      onus_buffer_append(out, indent, indent_bytes);
      onus_buffer_string(out, "  ");
    }
    onus_buffer_printf(out, "%s: ", child->key);
    onus_document_write_json(out, child);
    onus_buffer_character(out, '\n');
  }
}

static onus_status edit_yaml(const char *path, const onus_text *file, const onus_node *root, const onus_edit *edits,
                             size_t n_edits, onus_buffer *out, onus_error *error) {
  onus_text_lines lines;
  ONUS_TRY(onus_text_lines_find(file->bytes, file->length, &lines, error));
  size_t copied = 0;
  onus_status status = ONUS_OK;
  for (size_t e = 0; e < n_edits && status == ONUS_OK; e++) {
    const onus_node *item = edits[e].item;
    extent where;
    if (!find_extent(file, &lines, root, item, &where)) {
      status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, item->line, item->column,
                            "the item cannot be replaced as it is written; let it, and the one after it, begin with a "
                            "dash on a line of its own");
      break;
    }
    size_t start = lines.at[where.first], first_byte = lines.at[item->line - 1] + item->column - 1;
    onus_buffer_append(out, file->bytes + copied, start - copied);
    put_item(out, file->bytes + start, where.indent_bytes, edits[e].replacement, file->bytes[first_byte] == '{');
    copied = lines.at[where.last];
  }
  onus_buffer_append(out, file->bytes + copied, file->length - copied);
  onus_text_lines_free(&lines);
  return status;
}

static onus_status edit_json(const onus_node *root, const onus_edit *edits, onus_arena *arena, onus_buffer *out,
                             onus_error *error) {
  onus_build build = {.arena = arena};
  onus_branch map = onus_build_map(&build), list = onus_build_list(&build);
  for (const onus_node *item = onus_node_get(root, "evidence")->first; item; item = item->next) {
    bool is_edited = edits->item == item;
    onus_build_add(&build, &list, is_edited ? edits->replacement : item);
    edits += is_edited;
  }
  for (const onus_node *child = root->first; child; child = child->next)
    onus_build_put(&build, &map, child->key, strcmp(child->key, "evidence") == 0 ? list.node : child);
  if (build.has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_document_write_json(out, map.node);
  onus_buffer_character(out, '\n');
  return ONUS_OK;
}

/* --- the check --------------------------------------------------------------------------------------------------- */

static bool is_as_meant(const onus_node *old_root, const onus_node *new_root, const onus_edit *edits, size_t n_edits) {
  if (new_root->kind != ONUS_NODE_MAP || new_root->n_children != old_root->n_children)
    return false;
  const onus_node *new_child = new_root->first;
  for (const onus_node *child = old_root->first; child; child = child->next, new_child = new_child->next) {
    if (strcmp(child->key, new_child->key) != 0)
      return false;
    if (strcmp(child->key, "evidence") != 0) {
      if (!onus_node_same(child, new_child))
        return false;
      continue;
    }
    if (child->n_children != new_child->n_children)
      return false;
    const onus_node *new_item = new_child->first;
    for (const onus_node *item = child->first; item; item = item->next, new_item = new_item->next) {
      bool is_edited = n_edits > 0 && edits->item == item;
      if (!onus_node_same(is_edited ? edits->replacement : item, new_item))
        return false;
      edits += is_edited;
      n_edits -= is_edited;
    }
  }
  return n_edits == 0;
}

static onus_status edit(const char *path, const onus_text *file, bool is_json, const onus_node *root,
                        const onus_edit *edits, size_t n_edits, onus_arena *arena, onus_text *ret_file,
                        onus_error *error) {
  onus_buffer out = onus_buffer_new(ONUS_DOCUMENT_BYTES);
  onus_status status =
      is_json ? edit_json(root, edits, arena, &out, error) : edit_yaml(path, file, root, edits, n_edits, &out, error);
  onus_text made = {0};
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, &made, error);
  onus_buffer_free(&out);
  ONUS_TRY(status);
  const onus_node *new_root;
  status = (is_json ? onus_document_parse_json : onus_document_parse_yaml)(path, made.bytes, made.length, arena,
                                                                           &new_root, error);
  if (status == ONUS_BAD_INPUT || (status == ONUS_OK && !is_as_meant(root, new_root, edits, n_edits)))
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, edits[0].item->line, edits[0].item->column,
                          "items cannot be replaced as the file is written; write them as a list with a dash each, "
                          "without comments inside");
  if (status == ONUS_OK)
    *ret_file = made;
  else
    onus_text_free(&made);
  return status;
}

onus_status onus_edit_items(const char *path, const onus_text *file, bool is_json, const onus_node *root,
                            const onus_edit *edits, size_t n_edits, onus_text *ret_file, onus_error *error) {
  onus_arena *arena = onus_arena_new(ARENA_BYTES);
  onus_status status =
      arena ? edit(path, file, is_json, root, edits, n_edits, arena, ret_file, error) : ONUS_FAIL_NO_MEMORY(error);
  onus_arena_free(arena);
  return status;
}
