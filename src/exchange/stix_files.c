/* Files of a case in STIX: each as an artifact, so that nothing is lost; what is computed from also as the observables
 * and techniques that it holds. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/digest.h"
#include "base/file.h"
#include "exchange/bundle.h"
#include "exchange/files.h"
#include "exchange/stix_export_internal.h"
#include "exchange/stix_words.h"

enum { MOST_OBSERVABLES = 100000 };

/* --- artifacts --------------------------------------------------------------------------------------------------- */

static const onus_node *base64_of(onus_exporter *x, const onus_text *text) {
  size_t bytes = sodium_base64_encoded_len(text->length, sodium_base64_VARIANT_ORIGINAL);
  char *out = ONUS_ARENA_ARRAY(x->arena, char, bytes);
  if (!out) {
    x->build.has_failed = true;
    return NULL;
  }
  sodium_bin2base64(out, bytes, (const unsigned char *)text->bytes, text->length, sodium_base64_VARIANT_ORIGINAL);
  return onus_build_string(&x->build, out);
}

/* Gives the identifier of the artifact; an empty file has none. */
static const char *add_artifact(onus_exporter *x, const char *name, const onus_text *text) {
  onus_branch object = onus_build_map(&x->build), hashes = onus_build_map(&x->build);
  char digest[ONUS_DIGEST_BYTES];
  onus_digest_bytes(text->bytes, text->length, digest);
  onus_stix_put(x, &object, "type", "artifact");
  onus_stix_put(x, &object, "mime_type", "application/octet-stream");
  onus_build_put(&x->build, &object, "payload_bin", base64_of(x, text));
  onus_stix_put(x, &hashes, "SHA-256", digest + strlen("sha256:"));
  onus_build_put(&x->build, &object, "hashes", hashes.node);
  const char *id = text->length ? onus_stix_add_observable(x, &object) : NULL;
  onus_branch file = onus_build_map(&x->build);
  onus_stix_put(x, &file, "path", name);
  onus_stix_put(x, &file, "artifact_ref", id);
  onus_build_add(&x->build, &x->files, file.node);
  return id;
}

static bool is_listed(const onus_exporter *x, const char *name) {
  for (const onus_node *file = x->files.node ? x->files.node->first : NULL; file; file = file->next) {
    const char *path = onus_stix_text(file, "path");
    if (path && strcmp(path, name) == 0)
      return true;
  }
  return false;
}

static void write_artifact(onus_exporter *x, const char *name, onus_text *ret_text, onus_branch *refs) {
  *ret_text = (onus_text){0};
  if (x->status == ONUS_OK)
    x->status = onus_exchange_file_read(x->c, name, ret_text, x->error);
  if (x->status != ONUS_OK || is_listed(x, name))
    return;
  const char *id = add_artifact(x, name, ret_text);
  onus_build_add(&x->build, refs, onus_build_string(&x->build, id));
}

/* What an engine has computed lies beside the case; it goes along when it is there. */
static void write_computed(onus_exporter *x, const onus_item *item, onus_branch *refs) {
  char name[96], path[PATH_MAX];
  snprintf(name, sizeof name, "computed/%s.json", item->id);
  onus_text text = {0};
  onus_error ignored;
  if (x->status == ONUS_OK && onus_case_file_path(x->c, name, path, sizeof path, &ignored) == ONUS_OK &&
      onus_file_exists(path))
    write_artifact(x, name, &text, refs);
  onus_text_free(&text);
}

/* --- observables ------------------------------------------------------------------------------------------------- */

static const char *add_value(onus_exporter *x, const char *type, const char *value) {
  onus_branch object = onus_build_map(&x->build);
  onus_stix_put(x, &object, "type", type);
  onus_stix_put(x, &object, "value", value);
  return onus_stix_add_observable(x, &object);
}

static const char *add_file(onus_exporter *x, const char *hash) {
  onus_branch object = onus_build_map(&x->build), hashes = onus_build_map(&x->build);
  size_t length = strlen(hash);
  onus_stix_put(x, &object, "type", "file");
  onus_stix_put(x, &hashes, length == 32 ? "MD5" : length == 40 ? "SHA-1" : "SHA-256", hash);
  onus_build_put(&x->build, &object, "hashes", hashes.node);
  return onus_stix_add_observable(x, &object);
}

static const char *add_url(onus_exporter *x, const onus_indicator *i) {
  char url[ONUS_INDICATOR_URL_BYTES];
  onus_indicator_url(i, url);
  return add_value(x, "url", url);
}

static const char *add_indicator(onus_exporter *x, const onus_indicator *indicator) {
  switch (indicator->kind) {
  case ONUS_INDICATOR_HOST:
    return add_value(x, "domain-name", indicator->host);
  case ONUS_INDICATOR_IPV4:
    return add_value(x, "ipv4-addr", indicator->ip);
  case ONUS_INDICATOR_IPV6:
    return add_value(x, "ipv6-addr", indicator->ip);
  case ONUS_INDICATOR_URL:
    return add_url(x, indicator);
  case ONUS_INDICATOR_HASH:
    return add_file(x, indicator->value);
  case ONUS_INDICATOR_EMAIL:
    return add_value(x, "email-addr", indicator->value);
  default:
    return NULL; /* paths and fingerprints have no object of their own; they are in the artifact */
  }
}

typedef struct observable_list {
  onus_exporter *x;
  onus_branch *refs;
  size_t n;
} observable_list;

static onus_status write_observable(void *context, const onus_indicator *indicator, onus_error *error) {
  observable_list *o = context;
  (void)error;
  const char *id = o->n < MOST_OBSERVABLES ? add_indicator(o->x, indicator) : NULL;
  o->n += id != NULL;
  onus_build_add(&o->x->build, o->refs, onus_build_string(&o->x->build, id));
  return o->x->status;
}

static void write_observables(onus_exporter *x, const char *name, const onus_text *text, onus_branch *refs) {
  observable_list o = {.x = x, .refs = refs};
  if (x->status == ONUS_OK)
    x->status = onus_indicators_in(name, text, write_observable, &o, x->error);
}

static void write_observed(onus_exporter *x, const onus_item *item, const onus_node *observables, onus_branch *refs) {
  char when[32];
  onus_stix_format_time(item->has_observed ? item->observed : item->known, when);
  onus_stix_draft draft = onus_stix_begin(x, "observed-data", "observed", item->id);
  draft.tlp = item->tlp;
  onus_stix_put(x, &draft.object, "first_observed", when);
  onus_stix_put(x, &draft.object, "last_observed", when);
  onus_build_put(&x->build, &draft.object, "number_observed", onus_build_number(&x->build, 1));
  onus_build_put(&x->build, &draft.object, "object_refs", observables);
  onus_build_add(&x->build, refs, onus_build_string(&x->build, onus_stix_end(x, &draft)));
}

/* --- techniques -------------------------------------------------------------------------------------------------- */

typedef struct techniques {
  onus_exporter *x;
  const onus_item *item;
  onus_branch *refs;
} techniques;

static bool write_technique(void *context, const char *technique) {
  techniques *t = context;
  onus_exporter *x = t->x;
  onus_stix_draft draft = onus_stix_begin(x, "attack-pattern", "technique", technique);
  bool is_new = draft.id && onus_table_get(x->ids, draft.id) == ONUS_NONE;
  if (!is_new)
    return x->status == ONUS_OK && !x->build.has_failed;
  onus_branch reference = onus_build_map(&x->build), list = onus_build_list(&x->build);
  onus_stix_put(x, &draft.object, "name", technique);
  onus_stix_put(x, &reference, "source_name", "mitre-attack");
  onus_stix_put(x, &reference, "external_id", technique);
  onus_build_add(&x->build, &list, reference.node);
  onus_build_put(&x->build, &draft.object, "external_references", list.node);
  const char *id = onus_stix_end(x, &draft);
  onus_build_add(&x->build, t->refs, onus_build_string(&x->build, id));
  (void)onus_stix_relate(x, "technique", technique, x->refs.attack, "uses", id, -1, NULL);
  return x->status == ONUS_OK && !x->build.has_failed;
}

void onus_stix_write_files(onus_exporter *x, const onus_item *item, onus_branch *refs) {
  onus_text text;
  for (size_t i = 0; i < item->n_attachments; i++) {
    write_artifact(x, item->attachments[i], &text, refs);
    onus_text_free(&text);
  }
  if (item->row.kind != ONUS_ROW_COMPUTE)
    return;
  write_artifact(x, item->row.from, &text, refs);
  if (strcmp(item->row.engine, "infrastructure") == 0) {
    onus_branch observables = onus_build_list(&x->build);
    write_observables(x, item->row.from, &text, &observables);
    if (observables.node && observables.node->n_children)
      write_observed(x, item, observables.node, refs);
  } else if (strcmp(item->row.engine, "techniques") == 0) {
    techniques t = {x, item, refs};
    onus_techniques_in(text.bytes, text.length, write_technique, &t);
  }
  onus_text_free(&text);
  write_computed(x, item, refs);
}
