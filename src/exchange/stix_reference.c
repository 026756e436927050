/* A source becomes an identity, what it holds to be one actor or campaign an intrusion set or campaign of its making,
 * and that two sources mean the same actor a relationship. Identifiers are drawn from what each of them is, so that
 * they are the same in every export; what says the same as in an earlier export keeps its version. */
#include "exchange/stix_reference.h"

#include <string.h>

#include "base/table.h"
#include "document/canonical.h"
#include "exchange/bundle.h"
#include "exchange/stix_ids.h"
#include "exchange/stix_words.h"
#include "reference/reference.h"

static const size_t EXPORT_BYTES = (size_t)256 << 20;
enum { MOST_REPORTS = 40 }; /* of one entry */

typedef struct exporter {
  const onus_catalogue *k;
  const onus_stix_options *options;
  onus_build build;
  onus_branch objects;
  char now[32];
  onus_table *before; /* ids of the earlier export, to nodes */
  const onus_node **nodes;
  size_t n_nodes, nodes_capacity;
  const char **source_ids, **entry_ids; /* identifiers of STIX */
  uint32_t *first_claim, *next_claim;   /* of entries; lists that end in ONUS_NO_NUMBER */
  onus_status status;
  onus_error *error;
} exporter;

static const onus_node *text(exporter *x, const char *value) {
  return onus_build_string(&x->build, value);
}

/* --- the earlier export ------------------------------------------------------------------------------------------ */

static onus_status note_object(void *context, const onus_node *object, onus_error *error) {
  exporter *x = context;
  const char *id = onus_stix_text(object, "id");
  if (!id || onus_table_get(x->before, id) != ONUS_NONE)
    return ONUS_OK;
  const onus_node *copy = onus_build_copy(&x->build, object);
  if (!copy || !onus_arena_room_for_one(x->build.arena, &x->nodes, x->n_nodes, &x->nodes_capacity, sizeof *x->nodes) ||
      !onus_table_put(x->before, onus_stix_text(copy, "id"), x->n_nodes))
    return ONUS_FAIL_NO_MEMORY(error);
  x->nodes[x->n_nodes++] = copy;
  return ONUS_OK;
}

static onus_status read_previous(exporter *x) {
  onus_error found = {0};
  if (!x->options->previous)
    return ONUS_OK;
  onus_status status = onus_bundle_read(x->options->previous, NULL, note_object, x, &found);
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && x->options->may_be_missing)
    return ONUS_OK;
  if (status != ONUS_OK && x->error)
    *x->error = found;
  return status;
}

/* Whether they say the same, but for `modified`. */
static bool is_same(const onus_node *before, const onus_node *object) {
  size_t n = 0;
  for (const onus_node *child = object->first; child; child = child->next, n++)
    if (!onus_node_same(child, onus_node_get(before, child->key)))
      return false;
  return before->n_children == n + 1 && onus_node_get(before, "modified");
}

/* --- objects ----------------------------------------------------------------------------------------------------- */

static const char *make_id(exporter *x, const char *type, const char *part, const char *a, const char *b) {
  char id[ONUS_STIX_ID_BYTES];
  const char *const words[] = {"reference", part, a, b};
  if (x->status == ONUS_OK)
    x->status = onus_stix_object_id(type, words, sizeof words / sizeof *words, id, x->error);
  if (x->status != ONUS_OK)
    return NULL;
  const onus_node *kept = text(x, id);
  return kept ? kept->text : NULL;
}

static onus_branch begin(exporter *x, const char *type, const char *id) {
  onus_branch object = onus_build_map(&x->build);
  size_t place = id ? onus_table_get(x->before, id) : ONUS_NONE;
  const char *created = place != ONUS_NONE ? onus_stix_text(x->nodes[place], "created") : NULL;
  onus_build_put(&x->build, &object, "type", text(x, type));
  onus_build_put(&x->build, &object, "spec_version", text(x, "2.1"));
  onus_build_put(&x->build, &object, "id", text(x, id));
  onus_build_put(&x->build, &object, "created", text(x, created ? created : x->now));
  return object;
}

static void end(exporter *x, onus_branch *object, const char *id) {
  size_t place = id ? onus_table_get(x->before, id) : ONUS_NONE;
  const char *modified = x->now;
  if (x->build.has_failed || !id)
    return;
  if (place != ONUS_NONE && is_same(x->nodes[place], object->node))
    modified = onus_stix_text(x->nodes[place], "modified");
  else if (place != ONUS_NONE)
    modified = onus_stix_later(&x->build, onus_stix_text(x->nodes[place], "modified"), x->now);
  onus_build_put(&x->build, object, "modified", text(x, modified));
  onus_build_add(&x->build, &x->objects, object->node);
}

static void put_source(exporter *x, size_t s) {
  const onus_ref_source *source = &x->k->sources[s];
  const char *id = x->source_ids[s] = make_id(x, "identity", "source", source->id, "");
  onus_branch object = begin(x, "identity", id);
  onus_build_put(&x->build, &object, "name", text(x, source->title[0] ? source->title : source->id));
  onus_build_put(&x->build, &object, "identity_class", text(x, "unknown"));
  end(x, &object, id);
}

static bool has_text(const onus_node *list, const char *value) {
  for (const onus_node *child = list ? list->first : NULL; child; child = child->next)
    if (strcmp(child->text, value) == 0)
      return true;
  return false;
}

static void put_references(exporter *x, onus_branch *object, size_t e) {
  const onus_entry *entry = &x->k->entries[e];
  onus_branch list = onus_build_list(&x->build), own = onus_build_map(&x->build), urls = onus_build_list(&x->build);
  onus_build_put(&x->build, &own, "source_name", text(x, x->k->sources[entry->source].id));
  onus_build_put(&x->build, &own, "external_id", text(x, entry->upstream_id));
  onus_build_add(&x->build, &list, own.node);
  for (uint32_t c = x->first_claim[e]; c != ONUS_NO_NUMBER; c = x->next_claim[c]) {
    uint32_t report = x->k->claims[c].report;
    const char *url = report != ONUS_NO_NUMBER ? x->k->reports[report].title : "";
    bool is_url = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    if (!is_url || strpbrk(url, " \t\"<>\\^`{|}") || !urls.node || urls.node->n_children >= MOST_REPORTS ||
        has_text(urls.node, url))
      continue;
    onus_branch one = onus_build_map(&x->build);
    onus_build_add(&x->build, &urls, text(x, url));
    onus_build_put(&x->build, &one, "source_name", text(x, "report"));
    onus_build_put(&x->build, &one, "url", text(x, url));
    onus_build_add(&x->build, &list, one.node);
  }
  onus_build_put(&x->build, object, "external_references", list.node);
}

static void put_entry(exporter *x, size_t e) {
  const onus_entry *entry = &x->k->entries[e];
  const char *type = entry->kind == ONUS_ENTRY_ACTOR ? "intrusion-set" : "campaign";
  const char *id = x->entry_ids[e] = make_id(x, type, "entry", x->k->sources[entry->source].id, entry->upstream_id);
  onus_branch object = begin(x, type, id), aliases = onus_build_list(&x->build);
  onus_build_put(&x->build, &object, "created_by_ref", text(x, x->source_ids[entry->source]));
  onus_build_put(&x->build, &object, "name", text(x, entry->name));
  for (uint32_t c = x->first_claim[e]; c != ONUS_NO_NUMBER; c = x->next_claim[c])
    if (strcmp(x->k->claims[c].name, entry->name) != 0 && !has_text(aliases.node, x->k->claims[c].name))
      onus_build_add(&x->build, &aliases, text(x, x->k->claims[c].name));
  if (aliases.node && aliases.node->n_children)
    onus_build_put(&x->build, &object, "aliases", aliases.node);
  put_references(x, &object, e);
  end(x, &object, id);
}

/* That entries of several sources are one actor. */
static void put_actor(exporter *x, const onus_actor *actor) {
  for (size_t i = 1; i < actor->n_entries; i++) {
    const char *first = x->entry_ids[actor->entries[0]], *other = x->entry_ids[actor->entries[i]];
    if (!first || !other)
      return;
    const char *id = make_id(x, "relationship", "same", other, first);
    onus_branch object = begin(x, "relationship", id);
    onus_build_put(&x->build, &object, "relationship_type", text(x, "duplicate-of"));
    onus_build_put(&x->build, &object, "source_ref", text(x, other));
    onus_build_put(&x->build, &object, "target_ref", text(x, first));
    onus_build_put(&x->build, &object, "created_by_ref", text(x, ONUS_STIX_MAKER));
    end(x, &object, id);
  }
}

/* --- the bundle -------------------------------------------------------------------------------------------------- */

static bool list_claims(exporter *x) {
  const onus_catalogue *k = x->k;
  x->source_ids = ONUS_ARENA_ARRAY(x->build.arena, const char *, k->n_sources);
  x->entry_ids = ONUS_ARENA_ARRAY(x->build.arena, const char *, k->n_entries);
  x->first_claim = ONUS_ARENA_ARRAY(x->build.arena, uint32_t, k->n_entries);
  x->next_claim = ONUS_ARENA_ARRAY(x->build.arena, uint32_t, k->n_claims);
  if (!x->source_ids || !x->entry_ids || !x->first_claim || !x->next_claim)
    return false;
  for (size_t e = 0; e < k->n_entries; e++)
    x->first_claim[e] = ONUS_NO_NUMBER;
  for (size_t c = k->n_claims; c-- > 0;) {
    x->next_claim[c] = x->first_claim[k->claims[c].entry];
    x->first_claim[k->claims[c].entry] = (uint32_t)c;
  }
  return true;
}

static onus_status export(exporter *x, onus_buffer *out) {
  onus_moment now;
  char id[ONUS_STIX_ID_BYTES];
  static const char *const WORDS[] = {"reference", "bundle"};
  ONUS_TRY(onus_exchange_now(x->options->now, &now, x->error));
  onus_stix_format_time(now, x->now);
  ONUS_TRY(read_previous(x));
  x->objects = onus_build_list(&x->build);
  if (!list_claims(x))
    return ONUS_FAIL_NO_MEMORY(x->error);
  for (size_t s = 0; s < x->k->n_sources; s++)
    put_source(x, s);
  for (size_t e = 0; e < x->k->n_entries; e++)
    put_entry(x, e);
  for (size_t a = 0; a < x->k->n_actors; a++)
    put_actor(x, &x->k->actors[a]);
  onus_build_add(&x->build, &x->objects, onus_stix_maker(&x->build));
  ONUS_TRY(x->status);
  if (x->build.has_failed)
    return onus_arena_is_at_cap(x->build.arena) ? ONUS_FAIL(x->error, ONUS_LIMIT, "the reference is too large")
                                                : ONUS_FAIL_NO_MEMORY(x->error);
  ONUS_TRY(onus_stix_object_id("bundle", WORDS, 2, id, x->error));
  onus_buffer_printf(out, "{\"type\":\"bundle\",\"id\":\"%s\",\"objects\":[\n", id);
  for (const onus_node *object = x->objects.node->first; object; object = object->next) {
    onus_document_canonical(out, object);
    onus_buffer_string(out, object->next ? ",\n" : "\n]}\n");
  }
  return ONUS_OK;
}

onus_status onus_exchange_reference(const onus_reference *reference, const onus_stix_options *stix, onus_text *ret_text,
                                    onus_error *error) {
  exporter x = {.k = onus_reference_catalogue(reference),
                .options = stix,
                .build = {.arena = onus_arena_new((size_t)1 << 30)},
                .before = onus_table_new(),
                .error = error};
  onus_buffer out = onus_buffer_new(EXPORT_BYTES);
  onus_status status = x.build.arena && x.before ? export(&x, &out) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, ret_text, error);
  onus_buffer_free(&out);
  onus_table_free(x.before);
  onus_arena_free(x.build.arena);
  return status;
}
