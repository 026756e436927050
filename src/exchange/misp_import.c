/* MISP events as statements: the organisation that made an event says who is behind it, by galaxy clusters, by galaxy
 * tags or by a relationship `attributed-to` of the analyst data. The same actor is stated once for an event. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/room.h"
#include "base/table.h"
#include "document/quote.h"
#include "exchange/import_internal.h"
#include "exchange/stix_words.h"
#include "exchange/tags.h"
#include "reference/misp.h"

enum { MOST_OF_AN_EVENT = 2000, MOST_KINDS = 500 };

typedef struct count {
  const char *what;
  size_t n;
} count;

typedef struct event_reader {
  onus_draft *draft;
  const onus_node *event;
  onus_table *named; /* UUIDs of what may name an actor, to nodes */
  const onus_node **nodes;
  size_t n_nodes, nodes_capacity, n_attributes; /* attributes come first */
  const char *uuid, *info, *organisation, *organisation_key, *date;
  onus_grades grades;                  /* of the event's tags */
  size_t statements[MOST_OF_AN_EVENT]; /* of this event */
  size_t n_statements;
  count counts[MOST_KINDS];
  size_t n_counts;
} event_reader;

static const onus_node *first_of(const onus_node *map, const char *key) {
  const onus_node *list = onus_node_list(map, key);
  return list ? list->first : NULL;
}

/* MISP writes numbers as texts and as numbers. */
static const char *text_of(const onus_node *map, const char *key) {
  const onus_node *value = onus_node_get(map, key);
  return value && (value->kind == ONUS_NODE_STRING || value->kind == ONUS_NODE_NUMBER) ? value->text : NULL;
}

static void count_one(event_reader *r, const char *what) {
  for (size_t i = 0; i < r->n_counts; i++)
    if (strcmp(r->counts[i].what, what) == 0) {
      r->counts[i].n++;
      return;
    }
  if (r->n_counts < MOST_KINDS)
    r->counts[r->n_counts++] = (count){what, 1};
}

static void take_tags(const onus_node *holder, onus_grades *grades) {
  for (const onus_node *tag = first_of(holder, "Tag"); tag; tag = tag->next) {
    const char *name = text_of(tag, "name");
    if (name)
      (void)onus_tag_grade(name, grades);
  }
}

/* --- statements -------------------------------------------------------------------------------------------------- */

/* The text between the quotes of a cluster's value may carry an identifier behind a dash, as "Lazarus Group - G0032".
 */
static const char *plain_name(onus_draft *draft, const char *value) {
  const char *dash = strstr(value, " - G");
  bool is_id = dash && strlen(dash + 4) == 4 && strspn(dash + 4, "0123456789") == 4;
  return is_id ? onus_arena_copy(draft->arena, value, (size_t)(dash - value)) : onus_draft_copy(draft, value);
}

static size_t actor_for(event_reader *r, const char *value, const onus_node *cluster) {
  onus_draft *draft = r->draft;
  const char *name = plain_name(draft, value);
  char slug[ONUS_SLUG_BYTES];
  if (!name)
    return ONUS_NONE;
  onus_slug(name, slug);
  size_t n_before = draft->actors.n, actor = onus_draft_actor_of(draft, slug, name);
  if (actor == ONUS_NONE || draft->actors.n == n_before)
    return actor;
  onus_draft_actor *a = onus_draft_actor_at(draft, actor);
  onus_branch names = onus_build_list(&draft->build);
  onus_build_add(&draft->build, &names, onus_build_string(&draft->build, a->name));
  const onus_node *meta = onus_node_get(cluster, "meta");
  for (const onus_node *alias = first_of(meta, "synonyms"); alias && names.node; alias = alias->next) {
    const char *text = alias->kind == ONUS_NODE_STRING ? onus_draft_name(draft, alias->text) : NULL;
    if (text && strcasecmp(text, a->name) != 0 && names.node->n_children < 50)
      onus_build_add(&draft->build, &names, onus_build_string(&draft->build, text));
  }
  a->names = names.node;
  return actor;
}

static bool names_actor(const onus_node *attribute) {
  const char *type = text_of(attribute, "type"), *value = text_of(attribute, "value");
  return type && strcmp(type, "threat-actor") == 0 && value && value[0];
}

/* An attribute of the type threat-actor is a hypothesis; galaxy tags on it are other names of the same. */
static size_t named_actor(event_reader *r, const onus_node *attribute) {
  onus_draft *draft = r->draft;
  const char *value = onus_draft_name(draft, text_of(attribute, "value"));
  char slug[ONUS_SLUG_BYTES], name[ONUS_TAG_NAME_BYTES];
  if (!value)
    return ONUS_NONE;
  onus_slug(value, slug);
  size_t n_before = draft->actors.n, actor = onus_draft_actor_of(draft, slug, value);
  if (actor == ONUS_NONE || draft->actors.n == n_before)
    return actor;
  onus_branch names = onus_build_list(&draft->build);
  onus_build_add(&draft->build, &names, onus_build_string(&draft->build, value));
  for (const onus_node *tag = first_of(attribute, "Tag"); tag && names.node; tag = tag->next) {
    const char *text = text_of(tag, "name");
    if (!text || !onus_tag_actor(text, name) || strcasecmp(name, value) == 0 || names.node->n_children >= 50)
      continue;
    const char *plain = plain_name(draft, name);
    onus_build_add(&draft->build, &names, onus_build_string(&draft->build, plain));
    onus_slug(plain ? plain : name, slug);
    onus_draft_alias(draft, actor, slug);
  }
  onus_draft_actor_at(draft, actor)->names = names.node;
  return actor;
}

/* The place in `statements` of what the source has said of the actor; ONUS_NONE: nothing. */
static size_t stated(const event_reader *r, size_t source, size_t actor) {
  for (size_t i = 0; i < r->n_statements; i++) {
    const onus_draft_statement *s = onus_draft_statement_at(r->draft, r->statements[i]);
    if (s->actor == actor && s->source == source)
      return i;
  }
  return ONUS_NONE;
}

/* `of`: what it is said of when that is not the whole event; NULL otherwise. */
static void state(event_reader *r, size_t source, size_t actor, bool is_denial, const char *of,
                  const onus_grades *grades, const char *comment) {
  onus_draft *draft = r->draft;
  if (source == ONUS_NONE || actor == ONUS_NONE || stated(r, source, actor) != ONUS_NONE ||
      r->n_statements == MOST_OF_AN_EVENT)
    return;
  const char *speaker = onus_draft_source_at(draft, source)->name, *who = onus_draft_actor_at(draft, actor)->name;
  onus_draft_statement *s = onus_draft_state(draft, who);
  if (!s)
    return;
  s->source = source;
  s->actor = actor;
  s->is_denial = is_denial;
  s->known = onus_draft_moment(draft, r->date, r->info);
  onus_grade_statement(s, grades);
  const onus_node *title = onus_build_format(&draft->build, "%s %s %s%s%s to %s", speaker,
                                             s->is_denial ? "does not attribute" : "attributes", of ? of : r->info,
                                             of ? " in " : "", of ? r->info : "", who);
  const onus_node *reasons = onus_build_format(&draft->build, "%s%sTaken over from MISP event %s.",
                                               comment ? comment : "", comment ? "\n" : "", r->uuid);
  s->title = title ? onus_draft_name(draft, title->text) : NULL;
  s->reasons = reasons ? onus_draft_text(draft, reasons->text) : NULL;
  r->statements[r->n_statements++] = draft->statements.n - 1;
}

static size_t event_source(event_reader *r) {
  size_t source = onus_draft_source_of(r->draft, r->organisation_key, r->organisation);
  if (source != ONUS_NONE && r->grades.reliability)
    onus_draft_source_at(r->draft, source)->grade = r->grades.reliability;
  return source;
}

/* Clusters and tags of an event or attribute. */
static void take_actors(event_reader *r, const onus_node *holder, const char *of, const onus_grades *grades) {
  for (const onus_node *galaxy = first_of(holder, "Galaxy"); galaxy; galaxy = galaxy->next) {
    const char *type = text_of(galaxy, "type");
    if (!type || !onus_misp_is_actor_galaxy(type, strlen(type)))
      continue;
    for (const onus_node *cluster = first_of(galaxy, "GalaxyCluster"); cluster; cluster = cluster->next) {
      const char *value = text_of(cluster, "value");
      if (value)
        state(r, event_source(r), actor_for(r, value, cluster), false, of, grades, NULL);
    }
  }
  char name[ONUS_TAG_NAME_BYTES];
  for (const onus_node *tag = first_of(holder, "Tag"); tag; tag = tag->next) {
    const char *text = text_of(tag, "name");
    if (text && onus_tag_actor(text, name))
      state(r, event_source(r), actor_for(r, name, NULL), false, of, grades, NULL);
  }
}

/* --- analyst data ------------------------------------------------------------------------------------------------ */

static const char *party_of(const onus_node *data, const char **ret_key) {
  const char *organisation = text_of(onus_node_get(data, "Orgc"), "name");
  const char *authors = text_of(data, "authors"), *uuid = text_of(data, "orgc_uuid");
  const char *name = organisation ? organisation : authors ? authors : uuid;
  *ret_key = uuid && organisation ? uuid : name;
  return name;
}

/* An opinion on the event, or on what a statement came from: how credible the party finds those statements. `is_name`:
 * it is on the name of an actor, and is turned round where a tag has made the statement a denial. */
static void take_opinions(event_reader *r, const onus_node *holder, const size_t *statements, size_t n_statements,
                          bool is_name) {
  for (const onus_node *data = first_of(holder, "Opinion"); data; data = data->next) {
    const char *text = text_of(data, "opinion"), *key, *party = party_of(data, &key);
    char *end = NULL;
    double value = text ? strtod(text, &end) : -1;
    unsigned grade = text && end != text && *end == '\0' ? onus_credibility_of_confidence(value) : 0;
    if (!grade || !party || n_statements == 0) {
      count_one(r, "opinion on nothing that became a statement");
      continue;
    }
    size_t position = onus_draft_position_of(r->draft, key, party);
    for (size_t i = 0; i < n_statements && position != ONUS_NONE; i++) {
      bool is_turned = is_name && onus_draft_statement_at(r->draft, statements[i])->is_denial;
      onus_draft_opine(r->draft, position, statements[i], is_turned ? 6 - grade : grade, text_of(data, "comment"));
    }
  }
}

static void take_notes(event_reader *r, const onus_node *holder, const size_t *statements, size_t n_statements) {
  for (const onus_node *data = first_of(holder, "Note"); data; data = data->next) {
    const char *note = text_of(data, "note"), *key, *party = party_of(data, &key);
    for (size_t i = 0; note && i < n_statements; i++)
      onus_draft_annotate(r->draft, statements[i], party, note);
    if (n_statements == 0)
      count_one(r, "note on nothing that became a statement");
  }
}

/* The first of a UUID counts. */
static bool note_uuid(event_reader *r, const onus_node *node) {
  const char *uuid = text_of(node, "uuid");
  if (!uuid)
    return true;
  if (!ONUS_ROOM_FOR_ONE(r->nodes, r->n_nodes, r->nodes_capacity) || !onus_table_put(r->named, uuid, r->n_nodes))
    return false;
  r->nodes[r->n_nodes++] = node;
  return true;
}

/* False without memory. */
static bool note_uuids(event_reader *r) {
  r->named = onus_table_new();
  bool is_good = r->named != NULL;
  for (const onus_node *a = first_of(r->event, "Attribute"); is_good && a; a = a->next)
    is_good = note_uuid(r, a);
  r->n_attributes = r->n_nodes;
  for (const onus_node *galaxy = first_of(r->event, "Galaxy"); is_good && galaxy; galaxy = galaxy->next)
    for (const onus_node *c = first_of(galaxy, "GalaxyCluster"); is_good && c; c = c->next)
      is_good = !text_of(c, "value") || note_uuid(r, c);
  return is_good;
}

/* The actor that a UUID of the event stands for: a cluster, or an attribute that names one. */
static size_t actor_by_uuid(event_reader *r, const char *uuid) {
  size_t index = uuid ? onus_table_get(r->named, uuid) : ONUS_NONE;
  if (index == ONUS_NONE)
    return ONUS_NONE;
  const onus_node *node = r->nodes[index];
  if (index >= r->n_attributes)
    return actor_for(r, text_of(node, "value"), node);
  return names_actor(node) ? named_actor(r, node) : ONUS_NONE;
}

/* A relationship to an actor of the event is the word of whoever drew it: `attributed-to` and `supports` that it was
 * this one, `contradicts` that it was not. */
static void take_relationships(event_reader *r, const onus_node *holder, const char *of) {
  for (const onus_node *data = first_of(holder, "Relationship"); data; data = data->next) {
    const char *type = text_of(data, "relationship_type"), *key, *party = party_of(data, &key);
    bool is_denial = type && strcmp(type, "contradicts") == 0;
    bool is_word = type && (is_denial || strcmp(type, "attributed-to") == 0 || strcmp(type, "supports") == 0);
    size_t actor = is_word && party ? actor_by_uuid(r, text_of(data, "related_object_uuid")) : ONUS_NONE;
    if (actor == ONUS_NONE) {
      count_one(r, "relationship that attributes nothing to an actor of the event");
      continue;
    }
    onus_grades grades = {.tlp = r->grades.tlp};
    state(r, onus_draft_source_of(r->draft, key, party), actor, is_denial, of, &grades, NULL);
  }
}

/* --- an event ---------------------------------------------------------------------------------------------------- */

static void take_attribute(event_reader *r, const onus_node *attribute) {
  const char *type = text_of(attribute, "type"), *value = text_of(attribute, "value");
  onus_grades grades = r->grades;
  take_tags(attribute, &grades);
  size_t first = r->n_statements, of_name = ONUS_NONE;
  const char *of = value ? onus_draft_name(r->draft, value) : NULL;
  if (names_actor(attribute)) {
    size_t source = event_source(r), actor = named_actor(r, attribute);
    state(r, source, actor, false, NULL, &grades, text_of(attribute, "comment"));
    of_name = stated(r, source, actor);
  } else {
    take_actors(r, attribute, of ? of : type, &grades);
  }
  take_relationships(r, attribute, of ? of : type);
  bool is_name = of_name != ONUS_NONE; /* the event's tags may have said it before */
  const size_t *statements = r->statements + (is_name ? of_name : first);
  size_t n_statements = is_name ? 1 : r->n_statements - first;
  take_opinions(r, attribute, statements, n_statements, true);
  take_notes(r, attribute, statements, n_statements);
  if (!is_name && n_statements == 0 && type)
    count_one(r, type);
}

static void read_event(event_reader *r) {
  const onus_node *event = r->event, *maker = onus_node_get(event, "Orgc");
  r->uuid = text_of(event, "uuid") ? text_of(event, "uuid") : "without a UUID";
  r->info = onus_draft_name(r->draft, text_of(event, "info"));
  if (!r->info)
    r->info = "an event without `info`";
  r->organisation = text_of(maker, "name") ? text_of(maker, "name") : "Organisation that is not named";
  r->organisation_key = text_of(maker, "uuid") ? text_of(maker, "uuid") : r->organisation;
  r->date = text_of(event, "date");
  take_tags(event, &r->grades);
  for (const onus_node *attribute = first_of(event, "Attribute"); attribute; attribute = attribute->next)
    if (names_actor(attribute)) /* before galaxy tags, which may be other names of it */
      (void)named_actor(r, attribute);
  take_actors(r, event, NULL, &r->grades);
  take_relationships(r, event, NULL);
  take_opinions(r, event, r->statements, r->n_statements, false);
  take_notes(r, event, r->statements, r->n_statements);
  for (const onus_node *attribute = first_of(event, "Attribute"); attribute; attribute = attribute->next)
    take_attribute(r, attribute);
  for (const onus_node *object = first_of(event, "Object"); object; object = object->next) {
    const char *name = text_of(object, "name");
    count_one(r, name ? name : "object without a name");
    take_relationships(r, object, onus_draft_name(r->draft, text_of(object, "comment")));
    for (const onus_node *attribute = first_of(object, "Attribute"); attribute; attribute = attribute->next)
      take_attribute(r, attribute);
  }
  for (size_t i = 0; i < r->n_counts; i++)
    onus_draft_note(r->draft, "%s: %zu × %s: kept, not weighed", r->info, r->counts[i].n,
                    onus_quote_string(r->counts[i].what).text);
}

typedef struct event_list {
  onus_draft *draft;
  const onus_foreign_file *file;
  size_t n_events;
} event_list;

static onus_status take_event(event_list *in, const onus_node *event, onus_error *error) {
  if (event->kind != ONUS_NODE_MAP)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, in->file->path, event->line, event->column,
                        "an `Event` that is %s; it is a map", onus_node_kind_name(event->kind));
  event_reader *r = calloc(1, sizeof *r);
  if (!r)
    return ONUS_FAIL_NO_MEMORY(error);
  r->draft = in->draft;
  r->event = event;
  if (note_uuids(r))
    read_event(r);
  else
    in->draft->build.has_failed = true;
  if (!in->draft->title && r->n_statements)
    in->draft->title = r->info;
  else if (r->n_statements)
    onus_draft_note(in->draft, "%s: another event; a case has one question, so keep what belongs to it", r->info);
  in->n_events++;
  onus_table_free(r->named);
  free(r->nodes);
  free(r);
  return in->draft->build.has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

static onus_status take_part(void *context, const char *key, const onus_node *part, onus_error *error) {
  event_list *in = context;
  if (key && strcmp(key, "Event") == 0)
    return take_event(in, part, error);
  bool holds_events = !key || strcmp(key, "response") == 0;
  const onus_node *event = holds_events ? onus_node_get(part, "Event") : NULL;
  return event ? take_event(in, event, error) : ONUS_OK;
}

onus_status onus_draft_misp(const onus_foreign_file *file, onus_draft *draft, onus_error *error) {
  event_list in = {draft, file, 0};
  ONUS_TRY(onus_document_each_json(file->path, file->text.bytes, file->text.length, take_part, &in, error));
  if (in.n_events == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, file->path, 1, 1, "no `Event` in it; export the event as JSON again");
  return ONUS_OK;
}
