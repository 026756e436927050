/* Foreign bundles, object by object: of most objects only that they are there is kept, of those that may say who is
 * behind something what they say. Memory grows with the number of objects, not with their size. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/room.h"
#include "document/quote.h"
#include "exchange/stix_gather_internal.h"
#include "exchange/stix_words.h"

onus_gathered *onus_gathered_new(void) {
  onus_gathered *g = calloc(1, sizeof *g);
  if (!g)
    return NULL;
  g->arena = onus_arena_new((size_t)1 << 30);
  g->build.arena = g->arena;
  g->ids = onus_table_new();
  g->type_names = onus_table_new();
  if (g->arena && g->ids && g->type_names)
    return g;
  onus_gathered_free(g);
  return NULL;
}

void onus_gathered_free(onus_gathered *g) {
  if (!g)
    return;
  onus_table_free(g->ids);
  onus_table_free(g->type_names);
  free(g->things);
  free(g->types);
  free(g->files);
  onus_arena_free(g->arena);
  free(g);
}

const onus_foreign_file *onus_gathered_own(const onus_gathered *g) {
  return g->own;
}

/* --- versions ---------------------------------------------------------------------------------------------------- */

/* As deep as the tree. Maps are sums over their members, so that the order of keys changes nothing. */
static uint64_t hash_of(const onus_node *node) {
  uint64_t hash = 0x9E3779B97F4A7C15u + (uint64_t)node->kind;
  if (node->text)
    hash = XXH3_64bits_withSeed(node->text, node->text_bytes, hash);
  for (const onus_node *child = node->first; child; child = child->next) {
    uint64_t value = hash_of(child);
    if (node->kind == ONUS_NODE_MAP)
      hash += XXH3_64bits_withSeed(child->key, strlen(child->key), value);
    else
      hash = XXH3_64bits_withSeed(&value, sizeof value, hash);
  }
  return hash;
}

/* --- what objects say -------------------------------------------------------------------------------------------- */

static const char *copy(onus_gathered *g, const char *text) {
  const char *copied = text ? onus_arena_copy(g->arena, text, strlen(text)) : NULL;
  g->build.has_failed = g->build.has_failed || (text && !copied);
  return copied;
}

static onus_thing_kind kind_of(const onus_node *object, const char *type) {
  static const char *const NAMED[] = {"identity", "threat-actor", "intrusion-set", "campaign",
                                      "incident", "malware",      "tool"};
  for (size_t i = 0; i < sizeof NAMED / sizeof *NAMED; i++)
    if (strcmp(NAMED[i], type) == 0)
      return ONUS_THING_NAMED;
  if (strcmp(type, "relationship") == 0) {
    const char *relation = onus_stix_text(object, "relationship_type");
    bool is_whole = onus_stix_text(object, "source_ref") && onus_stix_text(object, "target_ref");
    return relation && is_whole && strcmp(relation, "attributed-to") == 0 ? ONUS_THING_ATTRIBUTION : ONUS_THING_OTHER;
  }
  return strcmp(type, "opinion") == 0                                   ? ONUS_THING_OPINION
         : strcmp(type, "note") == 0                                    ? ONUS_THING_NOTE
         : strcmp(type, "report") == 0 || strcmp(type, "grouping") == 0 ? ONUS_THING_REPORT
                                                                        : ONUS_THING_OTHER;
}

/* Copies those members of a list that are texts. */
static const onus_node *copy_texts(onus_gathered *g, const onus_node *list) {
  if (!list || list->kind != ONUS_NODE_LIST)
    return NULL;
  onus_branch copied = onus_build_list(&g->build);
  for (const onus_node *child = list->first; child; child = child->next)
    if (child->kind == ONUS_NODE_STRING && child->text_bytes)
      onus_build_add(&g->build, &copied, onus_build_string(&g->build, child->text));
  return copied.node;
}

static const char *first_text(const onus_node *list) {
  const onus_node *first = list && list->kind == ONUS_NODE_LIST ? list->first : NULL;
  return first && first->kind == ONUS_NODE_STRING ? first->text : NULL;
}

static void take_grades(onus_thing_detail *d, const onus_node *object) {
  const onus_node *labels = onus_node_get(object, "labels");
  for (const onus_node *label = labels ? labels->first : NULL; label; label = label->next)
    if (label->kind == ONUS_NODE_STRING)
      (void)onus_tag_grade(label->text, &d->grades);
  const onus_node *markings = onus_node_get(object, "object_marking_refs");
  for (const onus_node *marking = markings ? markings->first : NULL; marking; marking = marking->next)
    if (marking->kind == ONUS_NODE_STRING && onus_tlp_word(marking->text))
      d->grades.tlp = onus_tlp_word(marking->text);
}

static onus_thing_detail *detail_of(onus_gathered *g, const onus_node *object, onus_thing_kind kind) {
  onus_thing_detail *d = kind == ONUS_THING_OTHER ? NULL : ONUS_ARENA_ARRAY(g->arena, onus_thing_detail, 1);
  if (!d) {
    g->build.has_failed = g->build.has_failed || kind != ONUS_THING_OTHER;
    return NULL;
  }
  const onus_node *confidence = onus_node_get(object, "confidence");
  d->confidence = confidence && confidence->kind == ONUS_NODE_NUMBER ? confidence->number : -1;
  d->name = copy(g, onus_stix_text(object, "name"));
  d->created = copy(g, onus_stix_text(object, "created"));
  d->by = copy(g, onus_stix_text(object, "created_by_ref"));
  take_grades(d, object);
  if (kind == ONUS_THING_NAMED) {
    d->names = copy_texts(g, onus_node_get(object, "aliases"));
    d->country = copy(g, onus_stix_text(object, "country"));
    return d;
  }
  d->description = copy(g, onus_stix_text(object, kind == ONUS_THING_NOTE      ? "content"
                                                  : kind == ONUS_THING_OPINION ? "explanation"
                                                                               : "description"));
  d->published = copy(g, onus_stix_text(object, "published"));
  d->opinion = copy(g, onus_stix_text(object, "opinion"));
  d->source_ref = copy(g, onus_stix_text(object, "source_ref"));
  d->target_ref = copy(g, onus_stix_text(object, "target_ref"));
  if (kind != ONUS_THING_ATTRIBUTION)
    d->refs = copy_texts(g, onus_node_get(object, "object_refs"));
  if (!d->by && (kind == ONUS_THING_OPINION || kind == ONUS_THING_NOTE)) /* an author stands in for a maker */
    d->name = copy(g, first_text(onus_node_get(object, "authors")));
  return d;
}

/* --- taking in --------------------------------------------------------------------------------------------------- */

/* The index of the type; ONUS_NONE without memory. Types beyond the first thousand share one entry. */
static size_t type_index(onus_gathered *g, const char *type) {
  enum { MOST_TYPES = 1000 };
  if (g->n_types == MOST_TYPES && onus_table_get(g->type_names, type) == ONUS_NONE)
    type = "other types";
  size_t found = onus_table_get(g->type_names, type);
  if (found != ONUS_NONE)
    return found;
  const char *name = copy(g, type);
  if (!name || !ONUS_ROOM_FOR_ONE(g->types, g->n_types, g->types_capacity) ||
      !onus_table_put(g->type_names, name, g->n_types))
    return ONUS_NONE;
  g->types[g->n_types] = (onus_thing_type){.name = name};
  return g->n_types++;
}

typedef struct gathering {
  onus_gathered *g;
  const onus_foreign_file *file;
} gathering;

static onus_status fill(gathering *in, const onus_node *object, onus_thing *thing, onus_error *error) {
  onus_gathered *g = in->g;
  const onus_node *own = onus_stix_own(object);
  const char *type = onus_stix_text(object, "type"), *part = onus_stix_text(own, "part");
  thing->is_own = own != NULL;
  thing->file = (uint16_t)(g->n_files - 1);
  thing->kind = (uint8_t)(own ? ONUS_THING_OTHER : kind_of(object, type));
  thing->detail = detail_of(g, object, (onus_thing_kind)thing->kind);
  if (part && strcmp(part, "case") == 0 && strcmp(type, "report") == 0) {
    if (g->own)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, in->file->path, object->line, object->column,
                          "a second case of onus, after one in %s; import one at a time",
                          onus_quote_string(g->own->path).text);
    g->own = in->file;
  }
  return g->build.has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

static onus_status take_object(void *context, const onus_node *object, onus_error *error) {
  gathering *in = context;
  onus_gathered *g = in->g;
  const char *id = onus_stix_text(object, "id");
  size_t type = type_index(g, onus_stix_text(object, "type"));
  if (type == ONUS_NONE)
    return ONUS_FAIL_NO_MEMORY(error);
  g->types[type].n_objects++;
  if (!id) {
    g->n_unnamed++;
    return ONUS_OK;
  }
  onus_thing seen = {.content = hash_of(object),
                     .modified_us = onus_stix_microseconds(onus_stix_text(object, "modified"))};
  size_t found = onus_table_get(g->ids, id);
  if (found != ONUS_NONE) {
    onus_thing *before = &g->things[found];
    if (before->content == seen.content)
      return ONUS_OK; /* the same again */
    if (before->modified_us == seen.modified_us)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, in->file->path, object->line, object->column,
                          "%s stands twice with the same `modified` and different content; keep one of the two",
                          onus_quote_string(id).text);
    g->n_older++;
    if (before->modified_us > seen.modified_us)
      return ONUS_OK;
    seen.id = before->id;
    seen.type = (uint32_t)type;
    ONUS_TRY(fill(in, object, &seen, error));
    g->things[found] = seen;
    return ONUS_OK;
  }
  seen.id = copy(g, id);
  seen.type = (uint32_t)type;
  if (!seen.id || !ONUS_ROOM_FOR_ONE(g->things, g->n_things, g->capacity) ||
      !onus_table_put(g->ids, seen.id, g->n_things))
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(fill(in, object, &seen, error));
  g->things[g->n_things++] = seen;
  return ONUS_OK;
}

onus_status onus_gather_stix(onus_gathered *g, const onus_foreign_file *file, onus_error *error) {
  if (g->n_files == UINT16_MAX)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d files; import fewer at a time", UINT16_MAX);
  const onus_foreign_file **files = realloc(g->files, (g->n_files + 1) * sizeof *files);
  if (!files)
    return ONUS_FAIL_NO_MEMORY(error);
  g->files = files;
  g->files[g->n_files++] = file;
  gathering in = {g, file};
  return onus_bundle_read(file->path, &file->text, take_object, &in, error);
}
