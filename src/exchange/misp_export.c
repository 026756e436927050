/* A case as a MISP event. Hypotheses are attributes of the category Attribution, items are objects of the template
 * `report`, indicators are attributes; what parties think of them is analyst data: an opinion on each hypothesis, the
 * verdict as an opinion on the event, who attributes to whom as relationships.
 *
 * A galaxy tag is an attribution in MISP, so the event has one only where the verdict is "enough"; on a hypothesis it
 * stands beside the tag that says how likely it is. UUIDs are drawn as in STIX, so that a later export updates the
 * event rather than making another.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "document/quote.h"
#include "exchange/bundle.h"
#include "exchange/exports.h"
#include "exchange/files.h"
#include "exchange/shown.h"
#include "exchange/stix_ids.h"
#include "exchange/tags.h"

enum { MOST_INDICATORS = 100000, UUID_BYTES = 37 };
static const size_t EVENT_BYTES = (size_t)256 << 20;

typedef struct event_writer {
  onus_shown shown;
  onus_build build;
  onus_error *error;
  onus_status status; /* the first failure; `error` is set */
  char date[32], time[32], seconds[24];
  const char *event;
  const char **hypotheses, **items; /* their UUIDs; NULL: the open hypothesis */
  onus_branch attributes, objects;
  onus_table *values; /* "type\nvalue" of attributes that are there */
  size_t n_indicators;
} event_writer;

static void put(event_writer *w, onus_branch *map, const char *key, const char *text) {
  onus_build_put(&w->build, map, key, onus_build_string(&w->build, text));
}

/* The UUID of a part of the case; NULL without memory. */
static const char *uuid_of(event_writer *w, const char *part, const char *key) {
  const char *const words[] = {w->shown.c->title, w->shown.c->question, "misp", part, key};
  char uuid[UUID_BYTES];
  if (w->status == ONUS_OK)
    w->status = onus_drawn_uuid(words, sizeof words / sizeof *words, uuid, w->error);
  const onus_node *copy = w->status == ONUS_OK ? onus_build_string(&w->build, uuid) : NULL;
  return copy ? copy->text : NULL;
}

static const char *join(event_writer *w, const char *a, const char *b) {
  const onus_node *joined = onus_build_format(&w->build, "%s\n%s", a, b);
  return joined ? joined->text : "";
}

/* --- tags -------------------------------------------------------------------------------------------------------- */

static void tag(event_writer *w, onus_branch *tags, const char *prefix, const char *value) {
  const onus_node *name =
      value ? onus_build_format(&w->build, "%s=\"%s\"", prefix, value) : onus_build_string(&w->build, prefix);
  onus_branch map = onus_build_map(&w->build);
  onus_build_put(&w->build, &map, "name", name);
  onus_build_add(&w->build, tags, map.node);
}

static void tag_tlp(event_writer *w, onus_branch *tags, const char *word) {
  char name[32];
  snprintf(name, sizeof name, "tlp:%s", word ? word : "");
  if (word)
    tag(w, tags, name, NULL);
}

static void tag_actors(event_writer *w, onus_branch *tags, const onus_hypothesis *h) {
  for (size_t i = 0; i < h->n_actors; i++) {
    char *name = onus_arena_copy(w->build.arena, h->actors[i], strlen(h->actors[i]));
    w->build.has_failed = w->build.has_failed || !name;
    for (char *at = name; at && (at = strchr(at, '"'));) /* a tag ends at one */
      *at = '\'';
    if (name)
      tag(w, tags, "misp-galaxy:threat-actor", name);
  }
}

static void tag_likelihood(event_writer *w, onus_branch *tags, double probability) {
  tag(w, tags, "estimative-language:likelihood-probability", onus_likelihood_word(probability));
}

static void tag_grades(event_writer *w, onus_branch *tags, const onus_item *item) {
  char grade[2] = {w->shown.c->sources[item->source].grade, '\0'};
  if (grade[0]) {
    grade[0] = (char)(grade[0] - 'A' + 'a');
    tag(w, tags, "admiralty-scale:source-reliability", grade);
  }
  grade[0] = (char)('0' + item->credibility_grade);
  if (item->credibility_grade)
    tag(w, tags, "admiralty-scale:information-credibility", grade);
}

static void put_list(event_writer *w, onus_branch *map, const char *key, const onus_branch *list) {
  if (list->node && list->node->n_children)
    onus_build_put(&w->build, map, key, list->node);
}

/* --- analyst data ------------------------------------------------------------------------------------------------ */

static onus_branch organisation(event_writer *w, size_t position) {
  const onus_position *p = &w->shown.c->positions[position];
  onus_branch map = onus_build_map(&w->build);
  put(w, &map, "name", p->name);
  put(w, &map, "uuid", uuid_of(w, "position", p->id));
  return map;
}

/* Note, opinion or relationship on the object `uuid`, by `authors`. */
static onus_branch begin_data(event_writer *w, const char *kind, const char *key, const char *type, const char *uuid,
                              const char *authors) {
  onus_branch map = onus_build_map(&w->build);
  put(w, &map, "uuid", uuid_of(w, kind, join(w, uuid ? uuid : "", key)));
  put(w, &map, "object_uuid", uuid);
  put(w, &map, "object_type", type);
  put(w, &map, "authors", authors);
  put(w, &map, "created", w->time);
  put(w, &map, "modified", w->time);
  put(w, &map, "distribution", "0");
  return map;
}

/* Whose word it is: a position's organisation. */
static void sign(event_writer *w, onus_branch *data, size_t position) {
  onus_branch maker = organisation(w, position);
  put(w, data, "orgc_uuid", onus_node_text(maker.node, "uuid"));
  onus_build_put(&w->build, data, "Orgc", maker.node);
}

/* MISP wants the value as a text, and a comment. */
static void opine(event_writer *w, onus_branch *list, const char *type, const char *uuid, size_t position, double value,
                  const onus_node *comment) {
  const onus_position *p = &w->shown.c->positions[position];
  onus_branch map = begin_data(w, "opinion", p->id, type, uuid, p->name);
  sign(w, &map, position);
  onus_build_put(&w->build, &map, "opinion", onus_build_format(&w->build, "%.0f", value));
  onus_build_put(&w->build, &map, "comment", comment);
  onus_build_add(&w->build, list, map.node);
}

static onus_branch relate(event_writer *w, const char *type, const char *from, const char *relation,
                          const char *to_type, const char *to, const char *authors) {
  onus_branch map = begin_data(w, "relationship", join(w, join(w, relation, to), authors), type, from, authors);
  put(w, &map, "relationship_type", relation);
  put(w, &map, "related_object_uuid", to);
  put(w, &map, "related_object_type", to_type);
  return map;
}

/* --- attributes -------------------------------------------------------------------------------------------------- */

static onus_branch begin_attribute(event_writer *w, const char *uuid, const char *type, const char *category,
                                   const char *value, const onus_node *comment) {
  onus_branch map = onus_build_map(&w->build);
  put(w, &map, "uuid", uuid);
  put(w, &map, "type", type);
  put(w, &map, "category", category);
  put(w, &map, "value", value);
  onus_build_put(&w->build, &map, "to_ids", onus_build_boolean(&w->build, false));
  put(w, &map, "distribution", "5");
  put(w, &map, "timestamp", w->seconds);
  onus_build_put(&w->build, &map, "comment", comment);
  return map;
}

static void write_hypothesis(event_writer *w, size_t index) {
  const onus_hypothesis *h = &w->shown.c->hypotheses[index];
  onus_branch tags = onus_build_list(&w->build), opinions = onus_build_list(&w->build);
  w->hypotheses[index] = uuid_of(w, "hypothesis", h->id);
  tag_actors(w, &tags, h);
  tag_likelihood(w, &tags, w->shown.assessments[w->shown.chosen]->hypotheses[index].posterior);
  for (size_t p = 0; p < w->shown.c->n_positions; p++) {
    const onus_probability *of = &w->shown.assessments[p]->hypotheses[index];
    opine(w, &opinions, "Attribute", w->hypotheses[index], p, round(100 * of->posterior),
          onus_shown_probability(h->name, of, &w->build));
  }
  const onus_node *comment = h->country
                                 ? onus_build_format(&w->build, "A hypothesis of the case. Country: %s", h->country)
                                 : onus_build_string(&w->build, "A hypothesis of the case");
  onus_branch map = begin_attribute(w, w->hypotheses[index], "threat-actor", "Attribution", h->name, comment);
  put_list(w, &map, "Tag", &tags);
  put_list(w, &map, "Opinion", &opinions);
  onus_build_add(&w->build, &w->attributes, map.node);
}

typedef struct indicators {
  event_writer *w;
  const onus_item *item;
} indicators;

/* An attribute that stands once, whatever items hold it. */
static void add_value(const indicators *in, const char *type, const char *category, const char *value) {
  event_writer *w = in->w;
  const char *key = join(w, type, value);
  if (w->n_indicators == MOST_INDICATORS || onus_table_get(w->values, key) != ONUS_NONE)
    return;
  if (!onus_table_put(w->values, key, w->n_indicators++)) {
    w->build.has_failed = true;
    return;
  }
  const onus_node *comment = onus_build_format(&w->build, "%s (%s)", in->item->title, in->item->id);
  onus_branch map = begin_attribute(w, uuid_of(w, "indicator", key), type, category, value, comment);
  onus_branch tags = onus_build_list(&w->build);
  tag_tlp(w, &tags, in->item->tlp);
  put_list(w, &map, "Tag", &tags);
  onus_build_add(&w->build, &w->attributes, map.node);
}

static onus_status write_indicator(void *context, const onus_indicator *i, onus_error *error) {
  const indicators *in = context;
  (void)error;
  char url[ONUS_INDICATOR_URL_BYTES];
  switch (i->kind) {
  case ONUS_INDICATOR_HOST:
    add_value(in, "domain", "Network activity", i->host);
    break;
  case ONUS_INDICATOR_IPV4:
  case ONUS_INDICATOR_IPV6:
    add_value(in, "ip-dst", "Network activity", i->ip);
    break;
  case ONUS_INDICATOR_URL:
    onus_indicator_url(i, url);
    add_value(in, "url", "Network activity", url);
    break;
  case ONUS_INDICATOR_HASH:
    add_value(in,
              strlen(i->value) == 32   ? "md5"
              : strlen(i->value) == 40 ? "sha1"
                                       : "sha256",
              "Payload delivery", i->value);
    break;
  case ONUS_INDICATOR_EMAIL:
    add_value(in, "email-src", "Payload delivery", i->value);
    break;
  default:
    break; /* paths and fingerprints have no plain type */
  }
  return in->w->build.has_failed ? ONUS_NO_MEMORY : in->w->status;
}

static bool write_technique(void *context, const char *technique) {
  const indicators *in = context;
  add_value(in, "text", "Other", technique);
  return in->w->status == ONUS_OK && !in->w->build.has_failed;
}

static void write_artefact(event_writer *w, const onus_item *item) {
  indicators in = {w, item};
  onus_text text = {0};
  if (item->row.kind != ONUS_ROW_COMPUTE || onus_shown_is_closed(&w->shown, item) || w->status != ONUS_OK)
    return;
  w->status = onus_exchange_file_read(w->shown.c, item->row.from, &text, w->error);
  if (w->status == ONUS_OK && strcmp(item->row.engine, "infrastructure") == 0)
    w->status = onus_indicators_in(item->row.from, &text, write_indicator, &in, w->error);
  else if (w->status == ONUS_OK && strcmp(item->row.engine, "techniques") == 0)
    onus_techniques_in(text.bytes, text.length, write_technique, &in);
  onus_text_free(&text);
}

/* --- items ------------------------------------------------------------------------------------------------------- */

/* Of MISP's taxonomy: 1 is 100, 5 is 0; what cannot be judged is in the middle. */
static double misp_number(unsigned credibility) {
  return credibility >= 1 && credibility <= 5 ? 125 - 25.0 * credibility : 50;
}

static void put_views(event_writer *w, onus_branch *object, const onus_item *item, size_t index) {
  onus_branch opinions = onus_build_list(&w->build), notes = onus_build_list(&w->build);
  for (size_t p = 0; p < w->shown.c->n_positions && !onus_shown_is_closed(&w->shown, item); p++) {
    const onus_position *position = &w->shown.c->positions[p];
    for (size_t o = 0; o < position->n_overrides; o++) {
      const onus_item_override *own = &position->overrides[o];
      const onus_node *reasons = onus_build_string(&w->build, own->reasons ? own->reasons : "");
      if (own->item != index)
        continue;
      if (own->has_credibility && own->credibility_grade) {
        opine(w, &opinions, "Object", w->items[index], p, misp_number(own->credibility_grade), reasons);
      } else if (own->reasons && own->reasons[0]) {
        onus_branch note = begin_data(w, "note", position->id, "Object", w->items[index], position->name);
        onus_build_put(&w->build, &note, "note", reasons);
        put(w, &note, "language", "en");
        onus_build_add(&w->build, &notes, note.node);
      }
    }
  }
  put_list(w, object, "Opinion", &opinions);
  put_list(w, object, "Note", &notes);
}

static void add_part(event_writer *w, onus_branch *list, const onus_item *item, const char *relation, const char *type,
                     const char *category, const onus_node *value, const onus_branch *tags) {
  if (!value)
    return;
  onus_branch map = begin_attribute(w, uuid_of(w, relation, item->id), type, category, value->text, NULL);
  put(w, &map, "object_relation", relation);
  put_list(w, &map, "Tag", tags);
  onus_build_add(&w->build, list, map.node);
}

/* What a statement says of hypotheses, and what a repeat repeats. */
static void relate_item(event_writer *w, onus_branch *object, const onus_item *item, size_t index) {
  const onus_case *c = w->shown.c;
  onus_branch list = onus_build_list(&w->build);
  const char *source = c->sources[item->source].name;
  if (item->repeats != ONUS_NONE)
    onus_build_add(&w->build, &list,
                   relate(w, "Object", w->items[index], "based-on", "Object", w->items[item->repeats], source).node);
  bool is_statement = item->row.kind == ONUS_ROW_SAYS && !onus_shown_is_closed(&w->shown, item);
  size_t claim = is_statement ? onus_table_get(c->hypothesis_ids, item->row.statement) : ONUS_NONE;
  size_t set = is_statement ? onus_table_get(c->proposition_ids, item->row.statement) : ONUS_NONE;
  for (size_t h = 0; h < c->n_hypotheses; h++)
    if (w->hypotheses[h] && (h == claim || (set != ONUS_NONE && c->propositions[set].holds[h])))
      onus_build_add(&w->build, &list,
                     relate(w, "Object", w->items[index], item->row.is_denial ? "contradicts" : "supports", "Attribute",
                            w->hypotheses[h], source)
                         .node);
  put_list(w, object, "Relationship", &list);
}

static void write_item(event_writer *w, size_t index) {
  static const onus_branch NO_TAGS = {0};
  const onus_item *item = &w->shown.c->items[index];
  const onus_source *source = &w->shown.c->sources[item->source];
  char known[ONUS_MOMENT_TEXT_BYTES], observed[32];
  onus_branch map = onus_build_map(&w->build), parts = onus_build_list(&w->build), tags = onus_build_list(&w->build);
  onus_moment_format(item->known, known);
  put(w, &map, "uuid", w->items[index]);
  put(w, &map, "name", "report");
  put(w, &map, "meta-category", "misc");
  put(w, &map, "description", "Report object to describe a report along with its metadata.");
  put(w, &map, "template_uuid", "70a68471-df22-4e3f-aa1a-5a3be19f82df");
  put(w, &map, "template_version", "8");
  put(w, &map, "distribution", "5");
  put(w, &map, "timestamp", w->seconds);
  onus_build_put(&w->build, &map, "comment",
                 onus_build_format(&w->build, "%s (%s), known since %s", source->name, item->id, known));
  if (item->has_observed) {
    onus_stix_format_time(item->observed, observed);
    put(w, &map, "first_seen", observed);
  }
  tag_grades(w, &tags, item);
  tag_tlp(w, &tags, item->tlp);
  add_part(w, &parts, item, "title", "text", "Other", onus_build_string(&w->build, item->title), &tags);
  add_part(w, &parts, item, "summary", "text", "Other", onus_shown_item(&w->shown, item, &w->build), &NO_TAGS);
  add_part(w, &parts, item, "link", "link", "External analysis", onus_build_string(&w->build, source->url), &NO_TAGS);
  onus_build_put(&w->build, &map, "Attribute", parts.node);
  put_views(w, &map, item, index);
  relate_item(w, &map, item, index);
  onus_build_add(&w->build, &w->objects, map.node);
  write_artefact(w, item);
}

/* --- the event --------------------------------------------------------------------------------------------------- */

static void write_verdicts(event_writer *w, onus_branch *event) {
  const onus_case *c = w->shown.c;
  onus_branch opinions = onus_build_list(&w->build), notes = onus_build_list(&w->build);
  onus_branch relationships = onus_build_list(&w->build);
  for (size_t p = 0; p < c->n_positions; p++) {
    const onus_assessment *a = w->shown.assessments[p];
    opine(w, &opinions, "Event", w->event, p, round(100 * a->about.posterior),
          onus_shown_verdict(&w->shown, p, &w->build));
    for (size_t h = 0; h < c->n_hypotheses && a->verdict == ONUS_ENOUGH; h++) {
      if (!a->about_set[h] || !w->hypotheses[h])
        continue;
      onus_branch map =
          relate(w, "Event", w->event, "attributed-to", "Attribute", w->hypotheses[h], c->positions[p].name);
      sign(w, &map, p);
      onus_build_add(&w->build, &relationships, map.node);
    }
  }
  onus_branch question = begin_data(w, "note", "question", "Event", w->event, c->positions[w->shown.chosen].name);
  put(w, &question, "note", c->question);
  put(w, &question, "language", "en");
  onus_build_add(&w->build, &notes, question.node);
  put_list(w, event, "Note", &notes);
  put_list(w, event, "Opinion", &opinions);
  put_list(w, event, "Relationship", &relationships);
}

static void put_event_tags(event_writer *w, onus_branch *event) {
  const onus_assessment *a = w->shown.assessments[w->shown.chosen];
  onus_branch tags = onus_build_list(&w->build);
  tag_tlp(w, &tags, w->shown.c->tlp);
  for (size_t h = 0; h < w->shown.c->n_hypotheses && a->verdict == ONUS_ENOUGH; h++)
    if (a->about_set[h])
      tag_actors(w, &tags, &w->shown.c->hypotheses[h]);
  if (a->verdict == ONUS_ENOUGH)
    tag_likelihood(w, &tags, a->about.posterior);
  put_list(w, event, "Tag", &tags);
}

static const onus_node *write_event(event_writer *w) {
  const onus_case *c = w->shown.c;
  onus_branch event = onus_build_map(&w->build), top = onus_build_map(&w->build);
  w->event = uuid_of(w, "event", "event");
  put(w, &event, "uuid", w->event);
  put(w, &event, "info", c->title);
  put(w, &event, "date", w->date);
  put(w, &event, "timestamp", w->seconds);
  put(w, &event, "threat_level_id", "4"); /* undefined */
  put(w, &event, "analysis", "1");        /* ongoing */
  put(w, &event, "distribution", "0");    /* whoever loads it decides */
  onus_build_put(&w->build, &event, "published", onus_build_boolean(&w->build, false));
  onus_build_put(&w->build, &event, "Orgc", organisation(w, w->shown.chosen).node);
  put_event_tags(w, &event);
  for (size_t h = 0; h < c->n_hypotheses; h++)
    if (!c->hypotheses[h].is_open)
      write_hypothesis(w, h);
  for (size_t i = 0; i < c->n_items; i++)
    w->items[i] = uuid_of(w, "item", c->items[i].id);
  for (size_t i = 0; i < c->n_items; i++)
    write_item(w, i);
  put_list(w, &event, "Attribute", &w->attributes);
  put_list(w, &event, "Object", &w->objects);
  write_verdicts(w, &event);
  onus_build_put(&w->build, &top, "Event", event.node);
  return top.node;
}

static onus_status set_time(event_writer *w, const char *now) {
  onus_moment moment;
  ONUS_TRY(onus_exchange_now(now, &moment, w->error));
  onus_stix_format_time(moment, w->date);
  snprintf(w->time, sizeof w->time, "%.10s %.8s", w->date, w->date + 11);
  w->date[10] = '\0';
  snprintf(w->seconds, sizeof w->seconds, "%lld", (long long)moment.seconds_utc);
  return ONUS_OK;
}

static onus_status export_event(event_writer *w, const onus_export_options *wanted, onus_text *ret_text) {
  const onus_case *c = w->shown.c;
  ONUS_TRY(set_time(w, wanted->now));
  w->hypotheses = ONUS_ARENA_ARRAY(w->build.arena, const char *, c->n_hypotheses);
  w->items = ONUS_ARENA_ARRAY(w->build.arena, const char *, c->n_items);
  w->values = onus_table_new();
  if (!w->hypotheses || !w->items || !w->values)
    return ONUS_FAIL_NO_MEMORY(w->error);
  w->attributes = onus_build_list(&w->build);
  w->objects = onus_build_list(&w->build);
  const onus_node *tree = write_event(w);
  if (w->build.has_failed)
    return ONUS_FAIL_NO_MEMORY(w->error);
  ONUS_TRY(w->status);
  onus_buffer out = onus_buffer_new(EVENT_BYTES);
  onus_document_write_json(&out, tree);
  onus_buffer_character(&out, '\n');
  return onus_buffer_take(&out, ret_text, w->error);
}

onus_status onus_exchange_misp(const onus_case *c, const onus_options *options, const onus_export_options *wanted,
                               onus_text *ret_text, onus_error *error) {
  event_writer w = {.error = error, .build.arena = onus_arena_new((size_t)1 << 30)};
  if (!w.build.arena)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = onus_shown_make(c, options, wanted->opened, true, w.build.arena, &w.shown, error);
  if (status == ONUS_OK) {
    status = export_event(&w, wanted, ret_text);
    onus_shown_end(&w.shown);
  }
  onus_table_free(w.values);
  onus_arena_free(w.build.arena);
  return status;
}
