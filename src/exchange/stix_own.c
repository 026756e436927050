/* A bundle that onus wrote, put together again: the report lists sources, items and positions by their identifiers,
 * each of which carries its part of the case as it was written; artifacts are the files. What others say about our
 * objects is looked up here too. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/room.h"
#include "document/quote.h"
#include "exchange/stix_gather_internal.h"
#include "exchange/stix_words.h"

typedef struct own_part {
  const char *id, *part, *key, *modified;
  const onus_node *content; /* the source, item or position as written */
} own_part;

typedef struct own_artifact {
  unsigned char *bytes;
  size_t length_bytes;
} own_artifact;

typedef struct assembler {
  const onus_foreign_file *file;
  onus_arena *arena;
  onus_build build;
  onus_table *part_ids, *artifact_ids, *members;
  own_part *parts;
  size_t n_parts, parts_capacity;
  own_artifact *artifacts;
  size_t n_artifacts, artifacts_capacity;
  const char **others; /* identifiers of objects without our extension */
  size_t n_others, others_capacity;
  const onus_node *report, *report_refs; /* the report's extension */
  unsigned line, column;                 /* of the report */
} assembler;

static const char *copy(assembler *a, const char *text) {
  return text ? onus_arena_copy(a->arena, text, strlen(text)) : NULL;
}

static onus_status take_artifact(assembler *a, const onus_node *object, const char *id, onus_error *error) {
  const onus_node *payload = onus_node_get(object, "payload_bin");
  if (!payload || payload->kind != ONUS_NODE_STRING)
    return ONUS_OK;
  own_artifact artifact = {.bytes = ONUS_ARENA_ARRAY(a->arena, unsigned char, payload->text_bytes / 4 * 3 + 4)};
  const char *name = copy(a, id);
  if (!artifact.bytes || !name || !ONUS_ROOM_FOR_ONE(a->artifacts, a->n_artifacts, a->artifacts_capacity))
    return ONUS_FAIL_NO_MEMORY(error);
  if (sodium_base642bin(artifact.bytes, payload->text_bytes / 4 * 3 + 4, payload->text, payload->text_bytes, NULL,
                        &artifact.length_bytes, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, a->file->path, payload->line, payload->column,
                        "`payload_bin` is not base64; export the bundle again");
  if (!onus_table_put(a->artifact_ids, name, a->n_artifacts))
    return ONUS_FAIL_NO_MEMORY(error);
  a->artifacts[a->n_artifacts++] = artifact;
  return ONUS_OK;
}

static onus_status take_report(assembler *a, const onus_node *object, const onus_node *own, onus_error *error) {
  a->report = onus_build_copy(&a->build, own);
  a->line = object->line;
  a->column = object->column;
  const onus_node *refs = onus_node_get(object, "object_refs");
  for (const onus_node *ref = refs ? refs->first : NULL; ref; ref = ref->next) {
    const char *id = ref->kind == ONUS_NODE_STRING ? copy(a, ref->text) : NULL;
    if (ref->kind == ONUS_NODE_STRING && (!id || !onus_table_put(a->members, id, 0)))
      return ONUS_FAIL_NO_MEMORY(error);
  }
  return a->report ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static onus_status take_own(assembler *a, const onus_node *object, const onus_node *own, const char *id,
                            onus_error *error) {
  static const char *const CONTENTS[] = {"source", "item", "position"};
  const char *part = onus_stix_text(own, "part"), *key = onus_stix_text(own, "key");
  if (!part || !key)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, a->file->path, own->line, own->column,
                        "the extension of onus without `part` and `key`; export the bundle again");
  const char *modified = onus_stix_text(object, "modified");
  own_part p = {copy(a, id), copy(a, part), copy(a, key), copy(a, modified ? modified : ""), NULL};
  for (size_t i = 0; i < sizeof CONTENTS / sizeof *CONTENTS; i++)
    if (strcmp(part, CONTENTS[i]) == 0)
      p.content = onus_build_copy(&a->build, onus_node_get(own, CONTENTS[i]));
  size_t before = onus_table_get(a->part_ids, id);
  if (!p.id || !p.part || !p.key || !p.modified || a->build.has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  bool is_case = strcmp(part, "case") == 0;
  if (before != ONUS_NONE) { /* another version: the latest counts */
    if (strcmp(p.modified, a->parts[before].modified) <= 0)
      return ONUS_OK;
    a->parts[before] = p;
    return is_case ? take_report(a, object, own, error) : ONUS_OK;
  }
  if (!ONUS_ROOM_FOR_ONE(a->parts, a->n_parts, a->parts_capacity) || !onus_table_put(a->part_ids, p.id, a->n_parts))
    return ONUS_FAIL_NO_MEMORY(error);
  a->parts[a->n_parts++] = p;
  return is_case ? take_report(a, object, own, error) : ONUS_OK;
}

static onus_status take_object(void *context, const onus_node *object, onus_error *error) {
  assembler *a = context;
  const onus_node *own = onus_stix_own(object);
  const char *id = onus_stix_text(object, "id"), *type = onus_stix_text(object, "type");
  if (!id)
    return ONUS_OK;
  if (own)
    return take_own(a, object, own, id, error);
  const char *name = copy(a, id);
  if (!name || !ONUS_ROOM_FOR_ONE(a->others, a->n_others, a->others_capacity))
    return ONUS_FAIL_NO_MEMORY(error);
  a->others[a->n_others++] = name;
  return strcmp(type, "artifact") == 0 ? take_artifact(a, object, id, error) : ONUS_OK;
}

/* --- putting together -------------------------------------------------------------------------------------------- */

static onus_status put_parts(assembler *a, onus_branch *map, const char *key, const char *part, bool is_required,
                             onus_error *error) {
  const onus_node *refs = onus_node_get(a->report, key);
  if (!refs && !is_required)
    return ONUS_OK;
  onus_branch list = onus_build_list(&a->build);
  for (const onus_node *ref = refs ? refs->first : NULL; ref; ref = ref->next) {
    size_t found = ref->kind == ONUS_NODE_STRING ? onus_table_get(a->part_ids, ref->text) : ONUS_NONE;
    const onus_node *content = found != ONUS_NONE ? a->parts[found].content : NULL;
    if (!content || strcmp(a->parts[found].part, part) != 0)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, a->file->path, ref->line, ref->column,
                          "the report lists %s, and the bundle has no such %s; import the whole bundle",
                          ref->text ? onus_quote_string(ref->text).text : "something", part);
    onus_build_add(&a->build, &list, content);
  }
  onus_build_put(&a->build, map, key, list.node);
  return ONUS_OK;
}

static onus_status put_files(assembler *a, onus_own_case *own, onus_error *error) {
  const onus_node *files = onus_node_get(a->report, "files");
  size_t n = files ? files->n_children : 0;
  own->files = ONUS_ARENA_ARRAY(a->arena, onus_own_file, n);
  if (!own->files)
    return ONUS_FAIL_NO_MEMORY(error);
  for (const onus_node *file = files ? files->first : NULL; file; file = file->next) {
    const char *path = onus_stix_text(file, "path"), *ref = onus_stix_text(file, "artifact_ref");
    size_t found = ref ? onus_table_get(a->artifact_ids, ref) : ONUS_NONE;
    if (!path || (ref && found == ONUS_NONE))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, a->file->path, file->line, file->column,
                          "a file of the case without its artifact; import the whole bundle");
    onus_own_file *out = &own->files[own->n_files++];
    *out = (onus_own_file){.path = path, .bytes = (const unsigned char *)""};
    if (found != ONUS_NONE) {
      out->bytes = a->artifacts[found].bytes;
      out->length_bytes = a->artifacts[found].length_bytes;
    }
  }
  return ONUS_OK;
}

static bool is_fixed(const char *id) {
  return strcmp(id, ONUS_STIX_MAKER) == 0 || strcmp(id, ONUS_STIX_EXTENSION) == 0 || onus_tlp_word(id);
}

static onus_status put_together(assembler *a, onus_own_case *own, onus_error *error) {
  const onus_node *head = onus_node_get(a->report, "case_head");
  if (!head || head->kind != ONUS_NODE_MAP)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, a->file->path, a->line, a->column,
                        "a case of onus without `case_head`; export the bundle again");
  onus_branch map = onus_build_map(&a->build);
  onus_stix_put_head(&a->build, &map, head);
  ONUS_TRY(put_parts(a, &map, "sources", "source", true, error));
  ONUS_TRY(put_parts(a, &map, "evidence", "item", true, error));
  ONUS_TRY(put_parts(a, &map, "positions", "position", false, error));
  ONUS_TRY(put_files(a, own, error));
  for (size_t i = 0; i < a->n_others; i++)
    own->n_foreign += !is_fixed(a->others[i]) && onus_table_get(a->members, a->others[i]) == ONUS_NONE;
  own->tree = map.node;
  own->parts = a->part_ids;
  a->part_ids = NULL;
  own->n_parts = a->n_parts;
  own->part_kinds = ONUS_ARENA_ARRAY(a->arena, const char *, a->n_parts);
  own->part_keys = ONUS_ARENA_ARRAY(a->arena, const char *, a->n_parts);
  for (size_t i = 0; own->part_kinds && own->part_keys && i < a->n_parts; i++) {
    own->part_kinds[i] = a->parts[i].part;
    own->part_keys[i] = a->parts[i].key;
  }
  return a->build.has_failed || !own->part_kinds || !own->part_keys ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

onus_status onus_draft_own(const onus_foreign_file *file, onus_arena *arena, onus_own_case *ret_own,
                           onus_error *error) {
  assembler a = {.file = file, .arena = arena, .build = {.arena = arena}};
  onus_own_case own = {0};
  a.part_ids = onus_table_new();
  a.artifact_ids = onus_table_new();
  a.members = onus_table_new();
  onus_status status = a.part_ids && a.artifact_ids && a.members ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_bundle_read(file->path, &file->text, take_object, &a, error);
  if (status == ONUS_OK)
    status = put_together(&a, &own, error);
  onus_table_free(a.part_ids);
  onus_table_free(a.artifact_ids);
  onus_table_free(a.members);
  free(a.parts);
  free(a.artifacts);
  free(a.others);
  if (status == ONUS_OK)
    *ret_own = own;
  else
    onus_table_free(own.parts);
  return status;
}

void onus_own_case_end(onus_own_case *own) {
  onus_table_free(own->parts);
  own->parts = NULL;
}

/* --- what others say about it ------------------------------------------------------------------------------------ */

static size_t statement_of_item(onus_draft *draft, onus_table *items, const char *item) {
  size_t found = onus_table_get(items, item);
  if (found != ONUS_NONE)
    return found;
  onus_draft_statement *s = onus_draft_state(draft, "mark");
  if (!s)
    return ONUS_NONE;
  s->id = item; /* stands for an item of the case; never written itself */
  s->source = ONUS_NONE;
  return onus_table_put(items, item, draft->statements.n - 1) ? draft->statements.n - 1 : ONUS_NONE;
}

/* A party's word on the attribution itself: a statement by that party, which its own position believes. */
static void say(onus_draft *draft, const char *key, const char *party, const char *claim, unsigned grade,
                const onus_thing *thing) {
  size_t source = onus_draft_source_of(draft, key, party), actor = onus_draft_actor_of(draft, claim, claim);
  onus_draft_statement *s = source != ONUS_NONE && actor != ONUS_NONE ? onus_draft_state(draft, party) : NULL;
  if (!s)
    return;
  onus_draft_actor_at(draft, actor)->id = onus_draft_actor_at(draft, actor)->name;
  const onus_node *title =
      onus_build_format(&draft->build, "%s %s that it was %s", onus_draft_source_at(draft, source)->name,
                        grade > 3 ? "disagrees" : "agrees", claim);
  s->title = title ? onus_draft_name(draft, title->text) : NULL;
  s->source = source;
  s->actor = actor;
  s->is_denial = grade > 3;
  s->known = onus_draft_moment(draft, thing->detail->created, thing->id);
  s->reasons = onus_draft_text(draft, thing->detail->description);
  size_t position = onus_draft_position_of(draft, key, party);
  if (position == ONUS_NONE)
    return;
  ((onus_draft_source *)draft->positions.items)[position].trusts = source; /* it believes itself */
  onus_draft_opine(draft, position, draft->statements.n - 1, grade > 3 ? 6 - grade : grade, thing->detail->description);
}

static bool take_opinion(onus_draft *draft, const onus_own_case *own, onus_table *items, const onus_thing *thing,
                         const char *key, const char *party, unsigned grade) {
  const char *about = onus_stix_text(own->tree, "about");
  bool is_used = false;
  for (const onus_node *ref = thing->detail->refs ? thing->detail->refs->first : NULL; ref; ref = ref->next) {
    size_t part = onus_table_get(own->parts, ref->text);
    if (part == ONUS_NONE)
      continue;
    const char *kind = own->part_kinds[part], *claim = strcmp(kind, "attribution") == 0 ? own->part_keys[part] : about;
    bool is_verdict = strcmp(kind, "attribution") == 0 || strcmp(kind, "case") == 0 || strcmp(kind, "attack") == 0 ||
                      strcmp(kind, "position") == 0;
    if (strcmp(kind, "item") == 0) {
      size_t statement = statement_of_item(draft, items, own->part_keys[part]);
      size_t position = onus_draft_position_of(draft, key, party);
      if (statement != ONUS_NONE && position != ONUS_NONE)
        onus_draft_opine(draft, position, statement, grade, thing->detail->description);
    } else if (is_verdict && claim && grade != 3) {
      say(draft, key, party, claim, grade, thing);
    } else {
      continue;
    }
    is_used = true;
  }
  return is_used;
}

onus_status onus_own_opinions(const onus_gathered *g, const onus_own_case *own, onus_draft *draft, onus_error *error) {
  onus_table *items = onus_table_new();
  if (!items)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_draft_reserve(draft, ONUS_DRAFT_SOURCE, onus_node_get(own->tree, "sources"));
  onus_draft_reserve(draft, ONUS_DRAFT_ITEM, onus_node_get(own->tree, "evidence"));
  onus_draft_reserve(draft, ONUS_DRAFT_POSITION, onus_node_get(own->tree, "positions"));
  for (size_t i = 0; i < g->n_things; i++) {
    const onus_thing *thing = &g->things[i];
    if (thing->kind != ONUS_THING_OPINION)
      continue;
    const onus_thing_detail *d = thing->detail;
    size_t by = d->by ? onus_table_get(g->ids, d->by) : ONUS_NONE;
    const char *maker = by != ONUS_NONE && g->things[by].detail ? g->things[by].detail->name : NULL;
    const char *party = maker ? maker : d->name ? d->name : d->by ? d->by : "Somebody without a name";
    unsigned grade = onus_credibility_of_opinion(d->opinion);
    if (!grade || !take_opinion(draft, own, items, thing, d->by ? d->by : party, party, grade))
      onus_draft_note(draft, "%s is no opinion on an item or on the attribution: kept, not weighed", thing->id);
  }
  onus_table_free(items);
  return draft->build.has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}
