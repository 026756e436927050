/* onus.h over the modules: cases as documents. */
#include "case/merge.h"
#include "case/seen.h"
#include "case/view.h"
#include "document/rewrite.h"
#include "onus.h"

#include <string.h>

enum { ARENA_BYTES = 1 << 30 };
static const size_t TEXT_BYTES = (size_t)64 << 20;

static const onus_position *find_position(const onus_case *c, const char *id, onus_error *error) {
  size_t index = onus_table_get(c->position_ids, id);
  if (index != ONUS_NONE)
    return &c->positions[index];
  (void)ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the case has no position \"%s\"", id);
  return NULL;
}

bool onus_case_sealed_item(const onus_case *c, const char *position, size_t index, onus_sealed_item *ret_item) {
  size_t p = position ? onus_table_get(c->position_ids, position) : ONUS_NONE, n = 0;
  for (size_t i = 0; i < c->n_items; i++) {
    const onus_item *item = &c->items[i];
    if (!item->is_sealed || n++ != index)
      continue;
    *ret_item = (onus_sealed_item){.id = item->id,
                                   .title = item->title,
                                   .commitment = item->commitment,
                                   .is_held = onus_item_is_held(item),
                                   .is_opened = item->is_opened,
                                   .is_readable = p != ONUS_NONE && onus_position_has_opened(c, &c->positions[p], i)};
    return true;
  }
  return false;
}

static onus_status write_json(const onus_node *root, onus_text *ret_json, onus_error *error) {
  onus_buffer out = onus_buffer_new(TEXT_BYTES);
  onus_document_write_json(&out, root);
  onus_buffer_character(&out, '\n');
  return onus_buffer_take(&out, ret_json, error);
}

onus_status onus_case_document(const onus_case *c, const char *position, onus_text *ret_json, onus_error *error) {
  const onus_position *seen_by = position ? find_position(c, position, error) : NULL;
  if (position && !seen_by)
    return ONUS_BAD_ARGUMENT;
  if (!position && !c->document)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "this case was not read from a file; ask the case that it was made of");
  onus_build build = {.arena = onus_arena_new(ARENA_BYTES)};
  if (!build.arena)
    return ONUS_FAIL_NO_MEMORY(error);
  const onus_node *root = c->document;
  onus_status status = seen_by ? onus_case_seen(c, seen_by, &build, &root, error) : ONUS_OK;
  if (status == ONUS_OK)
    status = write_json(root, ret_json, error);
  onus_arena_free(build.arena);
  return status;
}

/* --- documents as text ------------------------------------------------------------------------------------------- */

static onus_status parse(const char *path, const onus_document_text *text, onus_arena *arena,
                         const onus_node **ret_root, onus_error *error) {
  ONUS_TRY((text->is_json ? onus_document_parse_json : onus_document_parse_yaml)(path, text->bytes, text->length, arena,
                                                                                 ret_root, error));
  if ((*ret_root)->kind != ONUS_NODE_MAP)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, (*ret_root)->line, (*ret_root)->column,
                        "a case is a map of keys and values, not %s", onus_node_kind_name((*ret_root)->kind));
  return ONUS_OK;
}

/* The tree in the layout of `like`, whose tree is `old`; NULL: in our own. */
static onus_status write_like(const onus_node *root, const onus_document_text *like, const onus_node *old,
                              onus_arena *arena, onus_text *ret_text, onus_error *error) {
  onus_buffer out = onus_buffer_new(TEXT_BYTES);
  onus_status status = ONUS_OK;
  if (like && !like->is_json)
    status = onus_document_rewrite_yaml(root, like->bytes, like->length, old, arena, &out, error);
  else
    onus_document_write_yaml(&out, root);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, ret_text, error);
  onus_buffer_free(&out);
  return status;
}

static onus_status to_yaml(const onus_document_text *document, const onus_document_text *earlier, onus_arena *arena,
                           onus_text *ret_yaml, onus_error *error) {
  const onus_node *root = NULL, *old = NULL;
  ONUS_TRY(parse("document", document, arena, &root, error));
  if (earlier)
    ONUS_TRY(parse("earlier", earlier, arena, &old, error));
  return write_like(root, earlier, old, arena, ret_yaml, error);
}

onus_status onus_document_to_yaml(const onus_document_text *document, const onus_document_text *earlier,
                                  onus_text *ret_yaml, onus_error *error) {
  onus_arena *arena = onus_arena_new(ARENA_BYTES);
  onus_status status = arena ? to_yaml(document, earlier, arena, ret_yaml, error) : ONUS_FAIL_NO_MEMORY(error);
  onus_arena_free(arena);
  return status;
}

/* --- merging ----------------------------------------------------------------------------------------------------- */

static onus_status write_conflicts(const onus_merged *merged, onus_build *build, onus_text *ret_json,
                                   onus_error *error) {
  onus_branch root = onus_build_map(build), list = onus_build_list(build);
  for (size_t i = 0; i < merged->n_conflicts; i++) {
    const onus_conflict *conflict = &merged->conflicts[i];
    onus_branch map = onus_build_map(build);
    onus_build_put(build, &map, "path", onus_build_string(build, conflict->path));
    onus_build_put(build, &map, "base", conflict->base);
    onus_build_put(build, &map, "mine", conflict->mine);
    onus_build_put(build, &map, "theirs", conflict->theirs);
    onus_build_add(build, &list, map.node);
  }
  onus_build_put(build, &root, "conflicts", list.node);
  return build->has_failed ? ONUS_FAIL_NO_MEMORY(error) : write_json(root.node, ret_json, error);
}

static onus_status merge(const onus_document_text *base, const onus_document_text *mine,
                         const onus_document_text *theirs, onus_build *build, onus_merged *ret_merged,
                         onus_text *ret_text, onus_error *error) {
  const onus_node *roots[3] = {NULL, NULL, NULL};
  ONUS_TRY(parse("base", base, build->arena, &roots[0], error));
  ONUS_TRY(parse("mine", mine, build->arena, &roots[1], error));
  ONUS_TRY(parse("theirs", theirs, build->arena, &roots[2], error));
  ONUS_TRY(onus_merge_cases(roots[0], roots[1], roots[2], build, ret_merged, error));
  return theirs->is_json ? write_json(ret_merged->root, ret_text, error)
                         : write_like(ret_merged->root, theirs, roots[2], build->arena, ret_text, error);
}

onus_status onus_document_merge(const onus_document_text *base, const onus_document_text *mine,
                                const onus_document_text *theirs, onus_text *ret_text, onus_text *ret_conflicts,
                                size_t *ret_n_conflicts, onus_error *error) {
  onus_build build = {.arena = onus_arena_new(ARENA_BYTES)};
  onus_merged merged = {0};
  onus_text text = {0};
  onus_status status =
      build.arena ? merge(base, mine, theirs, &build, &merged, &text, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = write_conflicts(&merged, &build, ret_conflicts, error);
  if (status == ONUS_OK) {
    *ret_text = text;
    *ret_n_conflicts = merged.n_conflicts;
  } else {
    onus_text_free(&text);
  }
  onus_arena_free(build.arena);
  return status;
}
