/* STIX 2.0 and 2.1 bundles, ATT&CK's among them.
 *
 * Objects come in any order and may be many, so the bundle is read object by object, and only a table of ids stays in
 * memory. Authors, actors, campaigns, techniques, software and observables are taken as they come; of what needs others
 * the place is kept, and it is read once more when those are known: objects before whose author comes, attributions,
 * and then what is said.
 *
 *     intrusion-set, threat-actor   an entry; its aliases are claims, dated by the report they cite
 *     campaign                      an entry; what it uses counts for every actor that it is attributed to
 *     attack-pattern, malware, tool a ttp
 *     relationship "uses"           a CITED basis: its references, and the campaigns that make it or are named in it
 *     relationship "indicates"      a LISTED basis of the indicator's or relation's references
 *     report                        with one actor among its objects: a LISTED basis of that report
 *
 * What was revoked or deprecated is refused. Relations that say nothing about an actor are passed over.
 */
#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "base/table.h"
#include "document/document.h"
#include "reference/importing_internal.h"
#include "reference/stix_pattern.h"

enum {
  IDS_BYTES_MAX = 1 << 30,
  REFERENCES_MAX = 256,
  INDICATOR_REPORTS_MAX = 8,
  NAMED_CAMPAIGNS_MAX = 32,
  ACTORS_MAX = 64
};

typedef enum known_kind { KNOWN_AUTHOR, KNOWN_ACTOR, KNOWN_CAMPAIGN, KNOWN_TTP, KNOWN_INDICATOR } known_kind;

/* One value of an indicator. */
typedef struct value {
  struct value *next;
  const char *text;
} value;

/* An object of the bundle that others refer to. */
typedef struct known {
  known_kind kind;
  uint32_t number;  /* of the entry or ttp */
  uint32_t *actors; /* CAMPAIGN: entries that it is attributed to, at most ACTORS_MAX; NULL without */
  size_t n_actors;
} known;

/* Fewer bytes for the many. */
typedef struct known_indicator {
  known_kind kind; /* as in `known` */
  const value *values;
  uint32_t reports[INDICATOR_REPORTS_MAX];
  size_t n_reports;
} known_indicator;

/* Where objects begin that are to be read once more. */
typedef struct places {
  onus_document_place *at;
  size_t count, capacity;
} places;

typedef struct bundle {
  onus_reference_writer *writer;
  const onus_import_input *input;
  const onus_import_options *options;
  onus_import_summary *summary;
  onus_arena *arena;
  onus_table *ids;          /* STIX id -> index in `objects` */
  onus_table *campaign_ids; /* "C0032" -> entry */
  void **objects;           /* known or known_indicator; author: a name */
  size_t n_objects, capacity;
  places late, attributions, statements;
  size_t n_parts_done;
  double share_before, share_of_reading; /* of all the work: done before this reading, and in it */
  bool has_objects;
  onus_status (*take)(struct bundle *b, const onus_node *object, onus_error *error);
} bundle;

/* Work that the first reading is of the whole. */
#define FIRST_READING_SHARE 0.6

/* --- parts of objects ------------------------------------------------------------------------------------------ */

static bool is_set(const onus_node *map, const char *key) {
  const onus_node *node = onus_node_get(map, key);
  return node != NULL && node->kind == ONUS_NODE_BOOLEAN && node->boolean;
}

static const onus_node *first_of(const onus_node *map, const char *key) {
  const onus_node *list = onus_node_list(map, key);
  return list != NULL ? list->first : NULL;
}

static bool is_attack(const char *source_name) {
  return strncmp(source_name, "mitre-", 6) == 0 && strstr(source_name, "attack") != NULL;
}

/* The id that ATT&CK gave an object: "G0032". NULL when it is none of ATT&CK's. */
static const char *attack_id(const onus_node *object) {
  for (const onus_node *r = first_of(object, "external_references"); r != NULL; r = r->next) {
    const char *source = onus_node_text(r, "source_name"), *id = onus_node_text(r, "external_id");
    if (source != NULL && id != NULL && is_attack(source))
      return id;
  }
  return NULL;
}

static const char *id_of(const onus_node *object) {
  const char *id = attack_id(object);
  return id != NULL ? id : onus_node_text(object, "id");
}

/* The day of a timestamp; ONUS_DAY_UNKNOWN when it is none. */
static int32_t day_of(const onus_node *object, const char *key) {
  const char *text = onus_node_text(object, key);
  onus_moment moment;
  if (text == NULL || !onus_moment_parse(text, &moment))
    return ONUS_DAY_UNKNOWN;
  return onus_moment_day(moment);
}

static void refuse(bundle *b, const onus_node *object, const char *why) {
  const char *what = onus_node_text(object, "name");
  if (what == NULL)
    what = onus_node_text(object, "id");
  if (what == NULL)
    what = "an object without an id";
  onus_import_refuse(b->summary, object->line, object->column, what, strlen(what), why);
}

/* --- ids ------------------------------------------------------------------------------------------------------- */

/* Where the arena is at its end, the bundle is too large. */
static onus_status fail_full(const bundle *b, onus_error *error) {
  if (!onus_arena_is_at_cap(b->arena))
    return ONUS_FAIL_NO_MEMORY(error);
  return ONUS_FAIL_AT(error, ONUS_LIMIT, b->input->path, 0, 0,
                      "the bundle has more objects than fit into %d MiB of ids; split it", IDS_BYTES_MAX >> 20);
}

static onus_status remember(bundle *b, const onus_node *object, void *what, onus_error *error) {
  const char *id = onus_node_text(object, "id");
  if (id == NULL || onus_table_get(b->ids, id) != ONUS_NONE)
    return ONUS_OK;
  if (b->n_objects == b->capacity) {
    size_t capacity = b->capacity > 0 ? 2 * b->capacity : 1024;
    void **objects = reallocarray(b->objects, capacity, sizeof *objects);
    if (objects == NULL)
      return ONUS_FAIL_NO_MEMORY(error);
    b->objects = objects;
    b->capacity = capacity;
  }
  const char *copy = onus_arena_copy(b->arena, id, strlen(id));
  if (copy == NULL)
    return fail_full(b, error);
  if (!onus_table_put(b->ids, copy, b->n_objects))
    return ONUS_FAIL_NO_MEMORY(error);
  b->objects[b->n_objects++] = what;
  return ONUS_OK;
}

/* The object of an id, whatever it is; NULL when none of it was kept. Its first member tells its kind. */
static void *recall(const bundle *b, const char *id) {
  size_t index = id != NULL ? onus_table_get(b->ids, id) : ONUS_NONE;
  return index != ONUS_NONE ? b->objects[index] : NULL;
}

static known_kind kind_of(const void *object) {
  return *(const known_kind *)object;
}

static onus_status keep(bundle *b, const onus_node *object, known_kind kind, uint32_t number, onus_error *error) {
  known *k = ONUS_ARENA_ARRAY(b->arena, known, 1);
  if (k == NULL)
    return fail_full(b, error);
  k->kind = kind;
  k->number = number;
  return remember(b, object, k, error);
}

static onus_status keep_place(places *kept, const onus_node *object, onus_error *error) {
  if (kept->count == kept->capacity) {
    size_t capacity = kept->capacity > 0 ? 2 * kept->capacity : 256;
    onus_document_place *at = reallocarray(kept->at, capacity, sizeof *at);
    if (at == NULL)
      return ONUS_FAIL_NO_MEMORY(error);
    kept->at = at;
    kept->capacity = capacity;
  }
  kept->at[kept->count++] = (onus_document_place){object->at_bytes, object->line, object->column};
  return ONUS_OK;
}

/* --- authors
 * -------------------------------------------------------------------------------------------------------- */

typedef struct author {
  known_kind kind;
  const char *name;
} author;

static onus_status take_author(bundle *b, const onus_node *object, onus_error *error) {
  const char *name = onus_node_text(object, "name");
  if (name == NULL)
    return ONUS_OK;
  author *a = ONUS_ARENA_ARRAY(b->arena, author, 1);
  if (a == NULL || (a->name = onus_arena_copy(b->arena, name, strlen(name))) == NULL)
    return fail_full(b, error);
  a->kind = KNOWN_AUTHOR;
  return remember(b, object, a, error);
}

/* Who says it: ATT&CK, the author of the object, or the bundle. */
static onus_status source_of(bundle *b, const onus_node *object, uint32_t *ret_source, onus_error *error) {
  if (b->options->source != NULL)
    return onus_import_source(b->writer, b->options->source, b->options->source, ret_source, error);
  if (attack_id(object) != NULL)
    return onus_import_source(b->writer, "mitre-attack", "MITRE ATT&CK", ret_source, error);
  const author *a = recall(b, onus_node_text(object, "created_by_ref"));
  const char *name = a != NULL && a->kind == KNOWN_AUTHOR ? a->name : "stix";
  return onus_import_source(b->writer, name, name, ret_source, error);
}

/* Whether the author of an object may still come. */
static bool is_before_author(const bundle *b, const onus_node *object) {
  const char *author_id = onus_node_text(object, "created_by_ref");
  return b->options->source == NULL && author_id != NULL && recall(b, author_id) == NULL && attack_id(object) == NULL;
}

/* --- what is talked about
 * ------------------------------------------------------------------------------------------------ */

static onus_status add_reference(bundle *b, const onus_node *reference, uint32_t *reports, size_t *n_reports,
                                 size_t most, onus_error *error) {
  const char *name = onus_node_text(reference, "source_name"), *url = onus_node_text(reference, "url");
  bool is_id = onus_node_text(reference, "external_id") != NULL && name != NULL && is_attack(name);
  if (is_id || (name == NULL && url == NULL) || *n_reports == most)
    return ONUS_OK;
  ONUS_TRY(
      onus_import_report(b->writer, url, name, onus_node_text(reference, "description"), &reports[*n_reports], error));
  ++*n_reports;
  b->summary->n_reports++;
  return ONUS_OK;
}

static onus_status references_of(bundle *b, const onus_node *object, uint32_t *reports, size_t *n_reports, size_t most,
                                 onus_error *error) {
  for (const onus_node *r = first_of(object, "external_references"); r != NULL; r = r->next)
    ONUS_TRY(add_reference(b, r, reports, n_reports, most, error));
  return ONUS_OK;
}

/* ATT&CK says of an alias where it has it from: a reference named as the alias, "(Citation: NAME)". */
static const onus_node *cited_for(const onus_node *object, const char *alias) {
  static const char OPENING[] = "(Citation: ";
  const char *citation = NULL;
  for (const onus_node *r = first_of(object, "external_references"); r != NULL && citation == NULL; r = r->next) {
    const char *name = onus_node_text(r, "source_name"), *description = onus_node_text(r, "description");
    if (name != NULL && description != NULL && strcmp(name, alias) == 0)
      citation = strstr(description, OPENING);
  }
  if (citation == NULL)
    return NULL;
  citation += strlen(OPENING);
  size_t length = strcspn(citation, ")");
  for (const onus_node *r = first_of(object, "external_references"); r != NULL; r = r->next) {
    const char *name = onus_node_text(r, "source_name");
    if (name != NULL && strlen(name) == length && memcmp(name, citation, length) == 0)
      return r;
  }
  return NULL;
}

static onus_status take_aliases(bundle *b, const onus_node *object, const char *key, uint32_t entry,
                                onus_error *error) {
  for (const onus_node *alias = first_of(object, key); alias != NULL; alias = alias->next) {
    if (alias->kind != ONUS_NODE_STRING || alias->text[0] == '\0') {
      refuse(b, alias, "an alias is a text");
      continue;
    }
    uint32_t report = ONUS_NO_NUMBER;
    size_t n_reports = 0;
    const onus_node *reference = cited_for(object, alias->text);
    if (reference != NULL)
      ONUS_TRY(add_reference(b, reference, &report, &n_reports, 1, error));
    ONUS_TRY(
        onus_import_claim(b->writer, entry, ONUS_CLAIM_ALIAS, alias->text, report, day_of(object, "modified"), error));
    b->summary->n_claims++;
  }
  return ONUS_OK;
}

static onus_status take_entry(bundle *b, const onus_node *object, bool is_campaign, onus_error *error) {
  const char *name = onus_node_text(object, "name"), *id = id_of(object);
  if (name == NULL || id == NULL) {
    refuse(b, object, "an actor or campaign needs an id and a name");
    return ONUS_OK;
  }
  uint32_t source, entry;
  ONUS_TRY(source_of(b, object, &source, error));
  ONUS_TRY(onus_import_entry(b->writer, source, is_campaign ? ONUS_ENTRY_CAMPAIGN : ONUS_ENTRY_ACTOR, id, name, &entry,
                             error));
  b->summary->n_entries++;
  ONUS_TRY(
      onus_import_claim(b->writer, entry, ONUS_CLAIM_PRIMARY, name, ONUS_NO_NUMBER, day_of(object, "created"), error));
  ONUS_TRY(take_aliases(b, object, "aliases", entry, error));
  if (is_campaign) {
    const char *copy = onus_arena_copy(b->arena, id, strlen(id));
    if (copy == NULL)
      return fail_full(b, error);
    if (!onus_table_put(b->campaign_ids, copy, entry))
      return ONUS_FAIL_NO_MEMORY(error);
  }
  return keep(b, object, is_campaign ? KNOWN_CAMPAIGN : KNOWN_ACTOR, entry, error);
}

static onus_status take_ttp(bundle *b, const onus_node *object, onus_ttp_kind kind, onus_error *error) {
  const char *name = onus_node_text(object, "name"), *id = id_of(object);
  if (name == NULL || id == NULL) {
    refuse(b, object, "a technique or piece of software needs an id and a name");
    return ONUS_OK;
  }
  char parent[16];
  uint32_t ttp;
  ONUS_TRY(onus_import_ttp(b->writer, kind, id, name,
                           kind == ONUS_TTP_TECHNIQUE ? onus_importing_parent(id, parent) : NULL, &ttp, error));
  b->summary->n_ttps++;
  return keep(b, object, KNOWN_TTP, ttp, error);
}

typedef struct values {
  bundle *b;
  value *first;
} values;

static onus_status add_value(void *context, const char *text, onus_error *error) {
  values *v = context;
  value *added = ONUS_ARENA_ARRAY(v->b->arena, value, 1);
  if (added == NULL || (added->text = onus_arena_copy(v->b->arena, text, strlen(text))) == NULL)
    return fail_full(v->b, error);
  added->next = v->first;
  v->first = added;
  return ONUS_OK;
}

static onus_status keep_indicator(bundle *b, const onus_node *object, const value *first, onus_error *error) {
  known_indicator *k = ONUS_ARENA_ARRAY(b->arena, known_indicator, 1);
  if (k == NULL)
    return fail_full(b, error);
  k->kind = KNOWN_INDICATOR;
  k->values = first;
  ONUS_TRY(references_of(b, object, k->reports, &k->n_reports, INDICATOR_REPORTS_MAX, error));
  return remember(b, object, k, error);
}

static onus_status take_pattern(bundle *b, const onus_node *object, onus_error *error) {
  const char *pattern = onus_node_text(object, "pattern"), *language = onus_node_text(object, "pattern_type");
  values v = {.b = b};
  size_t n_taken = 0;
  if (pattern != NULL && (language == NULL || strcmp(language, "stix") == 0))
    ONUS_TRY(onus_stix_pattern_each(pattern, add_value, &v, &n_taken, error));
  if (n_taken == 0) {
    refuse(b, object, "its pattern compares no address, name, URL, e-mail address or hash by equality");
    return ONUS_OK;
  }
  return keep_indicator(b, object, v.first, error);
}

static onus_status take_object(bundle *b, const onus_node *object, onus_error *error) {
  const char *type = onus_node_text(object, "type");
  if (strcmp(type, "intrusion-set") == 0 || strcmp(type, "threat-actor") == 0)
    return take_entry(b, object, false, error);
  if (strcmp(type, "campaign") == 0)
    return take_entry(b, object, true, error);
  if (strcmp(type, "attack-pattern") == 0)
    return take_ttp(b, object, ONUS_TTP_TECHNIQUE, error);
  if (strcmp(type, "malware") == 0)
    return take_ttp(b, object, ONUS_TTP_MALWARE, error);
  if (strcmp(type, "tool") == 0)
    return take_ttp(b, object, ONUS_TTP_TOOL, error);
  if (strcmp(type, "indicator") == 0)
    return take_pattern(b, object, error);
  if (onus_stix_is_observable(type, strlen(type)) && onus_node_text(object, "value") != NULL) {
    values v = {.b = b};
    ONUS_TRY(add_value(&v, onus_node_text(object, "value"), error));
    return keep_indicator(b, object, v.first, error);
  }
  return ONUS_OK;
}

static bool is_revoked(const onus_node *object) {
  return is_set(object, "revoked") || is_set(object, "x_mitre_deprecated");
}

/* Numbers are given in the order of the file, so what comes after an object that has to wait waits too. */
static onus_status take_first(bundle *b, const onus_node *object, onus_error *error) {
  const char *type = onus_node_text(object, "type");
  bool is_relation = strcmp(type, "relationship") == 0, is_report = strcmp(type, "report") == 0;
  if (strcmp(type, "identity") == 0)
    ONUS_TRY(take_author(b, object, error));
  if (is_revoked(object))
    refuse(b, object, "it was revoked or deprecated");
  bool counts = is_report ? !is_set(object, "revoked") : !is_revoked(object);
  if (!counts)
    return ONUS_OK;
  if (is_relation) {
    const char *is = onus_node_text(object, "relationship_type");
    bool is_attribution = is != NULL && strcmp(is, "attributed-to") == 0;
    bool is_statement = is != NULL && (strcmp(is, "uses") == 0 || strcmp(is, "indicates") == 0);
    return is_attribution ? keep_place(&b->attributions, object, error)
           : is_statement ? keep_place(&b->statements, object, error)
                          : ONUS_OK;
  }
  if (is_report)
    return keep_place(&b->statements, object, error);
  if (b->late.count > 0 || is_before_author(b, object))
    return keep_place(&b->late, object, error);
  return take_object(b, object, error);
}

/* --- whose campaigns
 * ------------------------------------------------------------------------------------------------------ */

static onus_status take_attribution(bundle *b, const onus_node *object, onus_error *error) {
  void *from = recall(b, onus_node_text(object, "source_ref"));
  const void *to = recall(b, onus_node_text(object, "target_ref"));
  if (from == NULL || kind_of(from) != KNOWN_CAMPAIGN || to == NULL || kind_of(to) != KNOWN_ACTOR) {
    refuse(b, object, "only an attribution of a campaign to an actor of this bundle is taken over");
    return ONUS_OK;
  }
  known *campaign = from;
  uint32_t actor = ((const known *)to)->number;
  if (campaign->actors == NULL && (campaign->actors = ONUS_ARENA_ARRAY(b->arena, uint32_t, ACTORS_MAX)) == NULL)
    return fail_full(b, error);
  for (size_t i = 0; i < campaign->n_actors; i++)
    if (campaign->actors[i] == actor)
      return ONUS_OK;
  if (campaign->n_actors == ACTORS_MAX)
    refuse(b, object, "a campaign is attributed to at most 64 actors");
  else
    campaign->actors[campaign->n_actors++] = actor;
  return ONUS_OK;
}

/* --- what is said
 * --------------------------------------------------------------------------------------------------------- */

/* Whoever the statement counts for. */
typedef struct holders {
  const uint32_t *entries;
  size_t n_entries;
} holders;

static holders holders_of(const known *who) {
  if (who->kind == KNOWN_CAMPAIGN && who->n_actors > 0)
    return (holders){who->actors, who->n_actors};
  return (holders){&who->number, 1};
}

/* Campaigns that a description links to: "…/campaigns/C0032". */
static void named_campaigns(const bundle *b, const char *description, uint32_t *campaigns, size_t *n_campaigns) {
  static const char PLACE[] = "/campaigns/";
  for (const char *at = description; at != NULL && (at = strstr(at, PLACE)) != NULL;) {
    at += strlen(PLACE);
    char id[16] = "";
    size_t length = strspn(at, "C0123456789");
    if (length > 0 && length < sizeof id)
      memcpy(id, at, length);
    size_t entry = onus_table_get(b->campaign_ids, id);
    if (entry != ONUS_NONE && *n_campaigns < NAMED_CAMPAIGNS_MAX)
      campaigns[(*n_campaigns)++] = (uint32_t)entry;
  }
}

static onus_status take_uses(bundle *b, const onus_node *object, const known *who, const known *what,
                             onus_error *error) {
  uint32_t reports[REFERENCES_MAX], campaigns[NAMED_CAMPAIGNS_MAX + 1], basis;
  size_t n_reports = 0, n_campaigns = 0;
  ONUS_TRY(references_of(b, object, reports, &n_reports, REFERENCES_MAX, error));
  named_campaigns(b, onus_node_text(object, "description"), campaigns, &n_campaigns);
  if (who->kind == KNOWN_CAMPAIGN)
    campaigns[n_campaigns++] = who->number;
  ONUS_TRY(onus_import_basis(b->writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, reports, n_reports, campaigns, n_campaigns,
                             &basis, error));
  holders h = holders_of(who);
  for (size_t i = 0; i < h.n_entries; i++)
    ONUS_TRY(onus_import_uses(b->writer, h.entries[i], what->number, basis, error));
  b->summary->n_relations++;
  return ONUS_OK;
}

/* A report that stands for the bundle where an indicator has none. */
static onus_status report_of_bundle(bundle *b, uint32_t *ret_report, onus_error *error) {
  const char *slash = strrchr(b->input->path, '/');
  return onus_import_report(b->writer, NULL, slash != NULL ? slash + 1 : b->input->path, NULL, ret_report, error);
}

static onus_status put_values(bundle *b, const onus_node *object, uint32_t basis, const known_indicator *what,
                              bool is_circular, onus_error *error) {
  for (const value *v = what->values; v != NULL; v = v->next) {
    bool is_indicator = false;
    ONUS_TRY(onus_import_indicator(b->writer, basis, v->text, strlen(v->text), &is_indicator, error));
    if (is_indicator) {
      b->summary->n_indicators++;
      b->summary->n_circular += is_circular;
    } else {
      onus_import_refuse(b->summary, object->line, object->column, v->text, strlen(v->text),
                         "is no indicator that leaves a trace");
    }
  }
  return ONUS_OK;
}

static bool all_are_pivots(const onus_node *object) {
  bool any = false;
  for (const onus_node *r = first_of(object, "external_references"); r != NULL; r = r->next) {
    char *key = onus_report_normalise(onus_node_text(r, "url"), onus_node_text(r, "source_name"));
    bool is_pivot = key != NULL && onus_report_is_pivot(key);
    free(key);
    if (!is_pivot)
      return false;
    any = true;
  }
  return any;
}

static onus_status take_indicates(bundle *b, const onus_node *object, const known *who, const known_indicator *what,
                                  onus_error *error) {
  uint32_t reports[REFERENCES_MAX], campaign = who->number, basis;
  size_t n_reports = 0, n_campaigns = who->kind == KNOWN_CAMPAIGN;
  ONUS_TRY(references_of(b, object, reports, &n_reports, REFERENCES_MAX, error));
  if (n_reports == 0) {
    memcpy(reports, what->reports, what->n_reports * sizeof *reports);
    n_reports = what->n_reports;
  }
  if (n_reports == 0)
    ONUS_TRY(report_of_bundle(b, &reports[n_reports++], error));
  holders h = holders_of(who);
  for (size_t i = 0; i < h.n_entries; i++) {
    ONUS_TRY(onus_import_basis(b->writer, ONUS_BASIS_LISTED, h.entries[i], reports, n_reports, &campaign, n_campaigns,
                               &basis, error));
    ONUS_TRY(put_values(b, object, basis, what, all_are_pivots(object), error));
  }
  return ONUS_OK;
}

static onus_status take_relation(bundle *b, const onus_node *object, onus_error *error) {
  bool is_indication = strcmp(onus_node_text(object, "relationship_type"), "indicates") == 0, is_use = !is_indication;
  const char *from_id = onus_node_text(object, "source_ref"), *to_id = onus_node_text(object, "target_ref");
  const void *from = recall(b, from_id), *to = recall(b, to_id);
  if (from == NULL || to == NULL) {
    /* Of what malware uses, nothing was kept on purpose. */
    bool is_missing = from_id == NULL || to_id == NULL || from == NULL;
    if (is_missing || is_indication)
      refuse(b, object, "it refers to an object that is not in the bundle or was not taken");
    return ONUS_OK;
  }
  const void *who = is_use ? from : to, *what = is_use ? to : from;
  if (kind_of(who) != KNOWN_ACTOR && kind_of(who) != KNOWN_CAMPAIGN)
    return ONUS_OK;
  if (is_use && kind_of(what) == KNOWN_TTP)
    return take_uses(b, object, who, what, error);
  if (is_indication && kind_of(what) == KNOWN_INDICATOR)
    return take_indicates(b, object, who, what, error);
  return ONUS_OK;
}

/* The one actor among the objects of a report; NULL with *ret_n ≠ 1 otherwise. */
static const known *actor_of_report(const bundle *b, const onus_node *object, size_t *ret_n) {
  const known *who = NULL;
  *ret_n = 0;
  for (const onus_node *id = first_of(object, "object_refs"); id != NULL; id = id->next) {
    const void *k = id->kind == ONUS_NODE_STRING ? recall(b, id->text) : NULL;
    if (k != NULL && kind_of(k) == KNOWN_ACTOR) {
      *ret_n += k != who;
      who = k;
    }
  }
  return *ret_n == 1 ? who : NULL;
}

static onus_status take_report(bundle *b, const onus_node *object, onus_error *error) {
  size_t n_actors;
  const known *who = actor_of_report(b, object, &n_actors);
  if (who == NULL) {
    if (n_actors > 1)
      refuse(b, object, "the report names several actors, so its objects are nobody's alone");
    return ONUS_OK;
  }
  uint32_t reports[REFERENCES_MAX], listed, cited;
  size_t n_reports = 0;
  ONUS_TRY(references_of(b, object, reports, &n_reports, REFERENCES_MAX, error));
  if (n_reports == 0) {
    const char *name = onus_node_text(object, "name");
    ONUS_TRY(name != NULL ? onus_import_report(b->writer, NULL, name, NULL, &reports[n_reports++], error)
                          : report_of_bundle(b, &reports[n_reports++], error));
  }
  int32_t day = day_of(object, "published");
  if (day != ONUS_DAY_UNKNOWN)
    ONUS_TRY(onus_import_report_period(b->writer, reports[0], (onus_period){day, day}, error));
  ONUS_TRY(onus_import_basis(b->writer, ONUS_BASIS_LISTED, who->number, reports, n_reports, NULL, 0, &listed, error));
  ONUS_TRY(onus_import_basis(b->writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, reports, n_reports, NULL, 0, &cited, error));
  for (const onus_node *id = first_of(object, "object_refs"); id != NULL; id = id->next) {
    const void *what = id->kind == ONUS_NODE_STRING ? recall(b, id->text) : NULL;
    if (what != NULL && kind_of(what) == KNOWN_INDICATOR) {
      ONUS_TRY(put_values(b, object, listed, what, all_are_pivots(object), error));
    } else if (what != NULL && kind_of(what) == KNOWN_TTP) {
      ONUS_TRY(onus_import_uses(b->writer, who->number, ((const known *)what)->number, cited, error));
      b->summary->n_relations++;
    }
  }
  return ONUS_OK;
}

static onus_status take_statement(bundle *b, const onus_node *object, onus_error *error) {
  bool is_report = strcmp(onus_node_text(object, "type"), "report") == 0;
  return is_report ? take_report(b, object, error) : take_relation(b, object, error);
}

/* --- the bundle
 * ------------------------------------------------------------------------------------------------------------ */

/* Tells how far it is, now and then; ONUS_CANCELLED when the caller wants no more. */
static onus_status tell(bundle *b, const onus_node *part, onus_error *error) {
  const onus_import_options *options = b->options;
  if (++b->n_parts_done % 256 != 0)
    return ONUS_OK;
  if (b->input->spool != NULL)
    onus_spool_release(b->input->spool, part->at_bytes);
  if (options->progress == NULL)
    return ONUS_OK;
  double share = b->share_before + b->share_of_reading * (double)part->at_bytes / (double)b->input->length_bytes;
  if (options->progress(options->progress_context, share))
    return ONUS_OK;
  return ONUS_FAIL_AT(error, ONUS_CANCELLED, b->input->path, part->line, part->column, "stopped here");
}

static onus_status take_part(void *context, const char *key, const onus_node *part, onus_error *error) {
  bundle *b = context;
  if (key == NULL || strcmp(key, "objects") != 0)
    return ONUS_OK;
  b->has_objects = true;
  if (part->kind != ONUS_NODE_MAP || onus_node_text(part, "type") == NULL) {
    onus_import_refuse(b->summary, part->line, part->column, "an object", 9, "an object is a map with a type");
    return ONUS_OK;
  }
  ONUS_TRY(tell(b, part, error));
  return take_first(b, part, error);
}

static onus_status take_again(void *context, const char *key, const onus_node *part, onus_error *error) {
  bundle *b = context;
  (void)key;
  ONUS_TRY(tell(b, part, error));
  return b->take(b, part, error);
}

static onus_status read_again(bundle *b, const places *kept,
                              onus_status (*take)(bundle *b, const onus_node *object, onus_error *error),
                              onus_error *error) {
  b->take = take;
  return onus_document_again_json(b->input->path, b->input->bytes, b->input->length_bytes, kept->at, kept->count,
                                  take_again, b, error);
}

static onus_status read_bundle(bundle *b, onus_error *error) {
  b->share_of_reading = FIRST_READING_SHARE;
  ONUS_TRY(onus_document_each_json(b->input->path, b->input->bytes, b->input->length_bytes, take_part, b, error));
  if (!b->has_objects)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, b->input->path, 1, 1,
                        "the bundle has no objects; a STIX bundle lists them under \"objects\"");
  b->share_before = FIRST_READING_SHARE;
  b->share_of_reading = 0;
  ONUS_TRY(read_again(b, &b->late, take_object, error));
  ONUS_TRY(read_again(b, &b->attributions, take_attribution, error));
  b->share_of_reading = 1 - FIRST_READING_SHARE;
  return read_again(b, &b->statements, take_statement, error);
}

static onus_status import(onus_reference_writer *writer, const onus_import_input *input,
                          const onus_import_options *options, onus_import_summary *summary, onus_error *error) {
  bundle b = {.writer = writer, .input = input, .options = options, .summary = summary};
  b.arena = onus_arena_new(IDS_BYTES_MAX);
  b.ids = onus_table_new();
  b.campaign_ids = onus_table_new();
  onus_status status =
      b.arena != NULL && b.ids != NULL && b.campaign_ids != NULL ? read_bundle(&b, error) : ONUS_FAIL_NO_MEMORY(error);
  free(b.late.at);
  free(b.attributions.at);
  free(b.statements.at);
  free(b.objects);
  onus_table_free(b.campaign_ids);
  onus_table_free(b.ids);
  onus_arena_free(b.arena);
  return status;
}

static bool recognise(const onus_import_input *input) {
  return onus_importing_opens_with(input, "{") && onus_importing_has_mark(input, "\"bundle\"");
}

const onus_import_format onus_import_stix = {"stix", "STIX 2.0 and 2.1 bundles, such as ATT&CK's", recognise, import};
