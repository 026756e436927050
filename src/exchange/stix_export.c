/* A case as a STIX 2.1 bundle: what each object says, stix_objects.c; files, stix_files.c; here how objects are named
 * and dated.
 *
 * An object stands for a part of the case and says so in its extension (`part`, `key`). Its identifier is drawn from
 * that and from what the case asks, unless an earlier bundle has given the same part another one. `modified` is the
 * time of export, unless the earlier bundle has the same object with the same content: then nothing of it changes.
 * Objects are written in canonical JSON, one on a line, so that two bundles can be compared line by line.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "document/canonical.h"
#include "document/quote.h"
#include "exchange/bundle.h"
#include "exchange/stix_export_internal.h"
#include "exchange/stix_words.h"

static const size_t EXPORT_BYTES = (size_t)512 << 20;

void onus_stix_put(onus_exporter *x, onus_branch *map, const char *key, const char *text) {
  onus_build_put(&x->build, map, key, onus_build_string(&x->build, text));
}

const onus_node *onus_stix_list_of(onus_exporter *x, const char *const *texts, size_t n_texts) {
  onus_branch list = onus_build_list(&x->build);
  for (size_t i = 0; i < n_texts; i++)
    onus_build_add(&x->build, &list, onus_build_string(&x->build, texts[i]));
  return list.node && list.node->n_children ? list.node : NULL;
}

/* --- the previous export ----------------------------------------------------------------------------------------- */

static const char *name_part(onus_exporter *x, const char *type, const char *part, const char *key) {
  const onus_node *name = onus_build_format(&x->build, "%s\n%s\n%s", part, type, key);
  return name ? name->text : NULL;
}

static onus_status note_previous(void *context, const onus_node *object, onus_error *error) {
  onus_exporter *x = context;
  const onus_node *own = onus_stix_own(object);
  const char *type = onus_stix_text(object, "type"), *id = onus_stix_text(object, "id");
  const char *part = onus_stix_text(own, "part"), *key = onus_stix_text(own, "key");
  if (!part || !key || !type || !id || !onus_stix_is_id(id, type))
    return ONUS_OK;
  const char *name = name_part(x, type, part, key);
  const onus_node *copy = onus_build_copy(&x->build, object);
  if (!name || !copy)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t n = x->n_objects;
  if (onus_table_get(x->before, name) != ONUS_NONE)
    return ONUS_OK; /* the first counts */
  const onus_node **grown = ONUS_ARENA_ARRAY(x->arena, const onus_node *, (n & (n - 1)) == 0 ? 2 * n + 1 : 1);
  if (!grown || !onus_table_put(x->before, name, n))
    return ONUS_FAIL_NO_MEMORY(error);
  if ((n & (n - 1)) == 0) { /* full: twice as many */
    if (n)
      memcpy(grown, x->before_nodes, n * sizeof *grown);
    x->before_nodes = grown;
  }
  x->before_nodes[n] = copy;
  x->n_objects++;
  return ONUS_OK;
}

static onus_status read_previous(onus_exporter *x) {
  if (!x->options->previous)
    return ONUS_OK;
  onus_error found = {0};
  onus_status status = onus_bundle_read(x->options->previous, NULL, note_previous, x, &found);
  bool is_usable = status == ONUS_OK && x->n_objects > 0;
  if (!is_usable && status != ONUS_NO_MEMORY && x->options->may_be_missing) {
    x->n_objects = 0;
    return ONUS_OK;
  }
  if (status == ONUS_OK && !is_usable)
    return ONUS_FAIL_AT(x->error, ONUS_BAD_INPUT, x->options->previous, 0, 0,
                        "holds no object that onus wrote; name an earlier bundle of this case");
  if (status != ONUS_OK && x->error)
    *x->error = found;
  x->n_objects = 0;
  return status;
}

/* --- objects ----------------------------------------------------------------------------------------------------- */

onus_stix_draft onus_stix_begin(onus_exporter *x, const char *type, const char *part, const char *key) {
  onus_stix_draft draft = {.object = onus_build_map(&x->build), .own = onus_build_map(&x->build)};
  const char *name = name_part(x, type, part, key);
  size_t before = name ? onus_table_get(x->before, name) : ONUS_NONE;
  draft.before = before != ONUS_NONE ? x->before_nodes[before] : NULL;
  char id[ONUS_STIX_ID_BYTES] = "";
  if (!draft.before && x->status == ONUS_OK) {
    const char *const words[] = {x->c->title, x->c->question, part, key};
    x->status = onus_stix_object_id(type, words, sizeof words / sizeof *words, id, x->error);
  }
  const char *created = onus_stix_text(draft.before, "created");
  onus_stix_put(x, &draft.object, "type", type);
  onus_stix_put(x, &draft.object, "spec_version", "2.1");
  onus_stix_put(x, &draft.object, "id", draft.before ? onus_stix_text(draft.before, "id") : id);
  onus_stix_put(x, &draft.object, "created", created ? created : x->now);
  draft.id = onus_stix_text(draft.object.node, "id");
  onus_stix_put(x, &draft.own, "extension_type", "property-extension");
  onus_stix_put(x, &draft.own, "part", part);
  onus_stix_put(x, &draft.own, "key", key);
  return draft;
}

/* Whether two objects say the same, but for `modified`. */
static bool is_same(onus_exporter *x, const onus_node *a, const onus_node *b) {
  onus_text texts[2] = {{0}};
  const onus_node *objects[2] = {a, b};
  onus_status status = ONUS_OK;
  for (size_t i = 0; i < 2 && status == ONUS_OK; i++) {
    onus_branch rest = onus_build_map(&x->build);
    for (const onus_node *child = objects[i]->first; child; child = child->next)
      if (strcmp(child->key, "modified") != 0)
        onus_build_put(&x->build, &rest, child->key, child);
    onus_buffer out = onus_buffer_new(EXPORT_BYTES);
    if (rest.node)
      onus_document_canonical(&out, rest.node);
    status = onus_buffer_take(&out, &texts[i], x->error);
  }
  if (status != ONUS_OK && x->status == ONUS_OK)
    x->status = status;
  bool same = status == ONUS_OK && texts[0].length == texts[1].length &&
              memcmp(texts[0].bytes, texts[1].bytes, texts[0].length) == 0;
  onus_text_free(&texts[0]);
  onus_text_free(&texts[1]);
  return same;
}

static void add(onus_exporter *x, const onus_node *object, const char *id) {
  if (!object || !id)
    return;
  if (!onus_table_put(x->ids, id, x->n_objects++))
    x->build.has_failed = true;
  onus_build_add(&x->build, &x->objects, object);
}

static void mark(onus_exporter *x, onus_branch *object, const char *tlp) {
  for (size_t i = 0; tlp && i < ONUS_TLP_WORDS; i++)
    x->has_tlp[i] = x->has_tlp[i] || strcmp(onus_tlp_words[i], tlp) == 0;
  const char *id = onus_tlp_id(tlp);
  if (id)
    onus_build_put(&x->build, object, "object_marking_refs", onus_stix_list_of(x, &id, 1));
}

const char *onus_stix_end(onus_exporter *x, onus_stix_draft *draft) {
  onus_branch extensions = onus_build_map(&x->build);
  mark(x, &draft->object, draft->tlp ? draft->tlp : x->c->tlp);
  onus_build_put(&x->build, &extensions, ONUS_STIX_EXTENSION, draft->own.node);
  onus_build_put(&x->build, &draft->object, "extensions", extensions.node);
  if (x->build.has_failed || x->status != ONUS_OK)
    return draft->id;
  const char *modified = onus_stix_text(draft->before, "modified");
  bool stays = modified && is_same(x, draft->before, draft->object.node);
  /* Always later than before, whatever the clock says. */
  const char *later = modified && !stays ? onus_stix_later(&x->build, modified, x->now) : x->now;
  onus_stix_put(x, &draft->object, "modified", stays ? modified : later);
  add(x, draft->object.node, draft->id);
  if (!onus_stix_is_id(draft->id, "report")) /* it holds the list of members, and is none */
    onus_build_add(&x->build, &x->members, onus_build_string(&x->build, draft->id));
  return draft->id;
}

const char *onus_stix_add_observable(onus_exporter *x, onus_branch *object) {
  char id[ONUS_STIX_ID_BYTES];
  bool is_defined = false;
  if (!object->node || x->status != ONUS_OK)
    return NULL;
  x->status = onus_stix_observable_id(object->node, id, &is_defined, x->error);
  if (x->status != ONUS_OK || !is_defined)
    return NULL;
  onus_stix_put(x, object, "spec_version", "2.1");
  onus_stix_put(x, object, "id", id);
  const char *kept = onus_stix_text(object->node, "id");
  if (kept && onus_table_get(x->ids, kept) == ONUS_NONE) {
    mark(x, object, x->c->tlp);
    add(x, object->node, kept);
    onus_build_add(&x->build, &x->members, onus_build_string(&x->build, kept));
  }
  return kept;
}

const char *onus_stix_relate(onus_exporter *x, const char *part, const char *key, const char *from, const char *type,
                             const char *to, double confidence, const onus_node *probabilities) {
  onus_stix_draft draft = onus_stix_begin(x, "relationship", part, key);
  onus_stix_put(x, &draft.object, "relationship_type", type);
  onus_stix_put(x, &draft.object, "source_ref", from);
  onus_stix_put(x, &draft.object, "target_ref", to);
  if (confidence >= 0)
    onus_build_put(&x->build, &draft.object, "confidence", onus_build_number(&x->build, confidence));
  onus_build_put(&x->build, &draft.own, "probabilities", probabilities);
  return onus_stix_end(x, &draft);
}

/* --- what others wrote ------------------------------------------------------------------------------------------- */

typedef struct handing_on {
  onus_exporter *x;
  onus_buffer *out;
} handing_on;

/* What a bundle in `imported` holds goes along as it came, unless it is ours. */
static onus_status hand_on(void *context, const onus_node *object, onus_error *error) {
  handing_on *h = context;
  const char *id = onus_stix_text(object, "id"), *modified = onus_stix_text(object, "modified");
  if (!id || onus_stix_own(object) || onus_table_get(h->x->ids, id) != ONUS_NONE)
    return ONUS_OK;
  const onus_node *version = onus_build_format(&h->x->build, "%s\n%s", id, modified ? modified : "");
  if (!version)
    return ONUS_FAIL_NO_MEMORY(error);
  if (onus_table_get(h->x->ids, version->text) != ONUS_NONE)
    return ONUS_OK; /* the same version out of two files */
  if (!onus_table_put(h->x->ids, version->text, 0))
    return ONUS_FAIL_NO_MEMORY(error);
  onus_buffer_string(h->out, ",\n");
  onus_document_write_json(h->out, object);
  return ONUS_OK;
}

static onus_status hand_on_file(void *context, const char *path, onus_error *error) {
  handing_on *h = context;
  onus_imported_kind kind;
  onus_text text;
  ONUS_TRY(onus_file_read(path, ONUS_BUNDLE_BYTES, &text, error));
  onus_status status = onus_imported_recognise(path, &text, &kind, error);
  if (status == ONUS_OK && kind == ONUS_IMPORTED_STIX)
    status = onus_bundle_read(path, &text, hand_on, h, error);
  onus_text_free(&text);
  return status;
}

/* --- the bundle -------------------------------------------------------------------------------------------------- */

static void write_objects(onus_exporter *x, onus_buffer *out) {
  onus_build_add(&x->build, &x->objects, onus_stix_maker(&x->build));
  onus_build_add(&x->build, &x->objects, onus_stix_definition(&x->build));
  (void)onus_table_put(x->ids, ONUS_STIX_MAKER, 0);
  (void)onus_table_put(x->ids, ONUS_STIX_EXTENSION, 0);
  for (size_t i = 0; i < ONUS_TLP_WORDS; i++)
    if (x->has_tlp[i]) {
      onus_build_add(&x->build, &x->objects, onus_tlp_object(&x->build, i));
      (void)onus_table_put(x->ids, onus_tlp_id(onus_tlp_words[i]), 0);
    }
  char id[ONUS_STIX_ID_BYTES];
  const char *const words[] = {x->c->title, x->c->question, "bundle"};
  if (x->status == ONUS_OK)
    x->status = onus_stix_object_id("bundle", words, sizeof words / sizeof *words, id, x->error);
  if (x->status != ONUS_OK || !x->objects.node)
    return;
  onus_buffer_printf(out, "{\"type\":\"bundle\",\"id\":\"%s\",\"objects\":[\n", id);
  for (const onus_node *object = x->objects.node->first; object; object = object->next) {
    onus_document_canonical(out, object);
    onus_buffer_string(out, object->next ? ",\n" : "");
  }
  handing_on h = {x, out};
  x->status = onus_imported_walk(x->c->directory, hand_on_file, &h, x->error);
  onus_buffer_string(out, "\n]}\n");
}

static onus_status export_case(onus_exporter *x, const onus_options *options, onus_buffer *out) {
  onus_moment now;
  ONUS_TRY(onus_exchange_now(x->options->now, &now, x->error));
  onus_stix_format_time(now, x->now);
  if (!x->c->document)
    return ONUS_FAIL(x->error, ONUS_INTERNAL, "the case was not read from a file");
  ONUS_TRY(onus_shown_make(x->c, options, x->options->opened, true, x->arena, &x->shown, x->error));
  ONUS_TRY(read_previous(x));
  x->objects = onus_build_list(&x->build);
  x->members = onus_build_list(&x->build);
  x->granular = onus_build_list(&x->build);
  x->files = onus_build_list(&x->build);
  onus_stix_write_case(x);
  write_objects(x, out);
  if (x->status == ONUS_OK && x->build.has_failed)
    x->status = ONUS_FAIL_NO_MEMORY(x->error);
  return x->status;
}

onus_status onus_exchange_stix(const onus_case *c, const onus_options *options, const onus_stix_options *stix,
                               onus_text *ret_text, onus_error *error) {
  onus_exporter x = {.c = c, .options = stix, .error = error, .arena = onus_arena_new((size_t)1 << 30)};
  x.build.arena = x.arena;
  x.before = onus_table_new();
  x.ids = onus_table_new();
  onus_buffer out = onus_buffer_new(EXPORT_BYTES);
  onus_status status = x.before && x.ids && x.arena ? export_case(&x, options, &out) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, ret_text, error);
  onus_buffer_free(&out);
  onus_shown_end(&x.shown);
  onus_table_free(x.ids);
  onus_table_free(x.before);
  onus_arena_free(x.arena);
  return status;
}
