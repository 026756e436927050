/* What others wrote becomes hypotheses (whom they name), sources (who speaks), statements (what is said, by whom, when)
 * and positions (who agrees). Nobody's word is a fact: a source that nobody graded is F, "cannot be judged", and a
 * statement weighs what a statement weighs.
 */
#include "exchange/draft_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "document/quote.h"
#include "exchange/stix_words.h"

enum { NAME_BYTES = 300, MOST_OPINIONS = 10000, MOST_SUMMARIES = 4 };
static const size_t TEXT_BYTES = 60000; /* of a text of the case; the case accepts a little more */

onus_status onus_draft_begin(onus_draft *draft, onus_moment now, onus_error *error) {
  *draft = (onus_draft){.now = now, .arena = onus_arena_new((size_t)1 << 30)};
  draft->build.arena = draft->arena;
  onus_table **tables[] = {&draft->hypotheses, &draft->behind, &draft->source_keys, &draft->position_keys};
  bool ok = draft->arena != NULL;
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    ok = (*tables[i] = onus_table_new()) && ok;
  for (size_t kind = 0; kind < ONUS_DRAFT_KINDS; kind++)
    ok = (draft->ids[kind] = onus_table_new()) && ok;
  return ok ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

void onus_draft_end(onus_draft *draft) {
  for (size_t kind = 0; kind < ONUS_DRAFT_KINDS; kind++)
    onus_table_free(draft->ids[kind]);
  onus_table_free(draft->hypotheses);
  onus_table_free(draft->behind);
  onus_table_free(draft->source_keys);
  onus_table_free(draft->position_keys);
  onus_arena_free(draft->arena);
  *draft = (onus_draft){0};
}

const char *onus_draft_copy(onus_draft *draft, const char *text) {
  const char *copy = text ? onus_arena_copy(draft->arena, text, strlen(text)) : NULL;
  draft->build.has_failed = draft->build.has_failed || (text && !copy);
  return copy;
}

/* Cut where a character ends. */
static const char *cut(onus_draft *draft, const char *text, size_t most_bytes) {
  if (!text || strspn(text, " \t\r\n") == strlen(text))
    return NULL;
  size_t length = strlen(text);
  if (length > most_bytes)
    for (length = most_bytes; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
      length--;
  const char *copy = onus_arena_copy(draft->arena, text, length);
  draft->build.has_failed = draft->build.has_failed || !copy;
  return copy && strspn(copy, " \t\r\n") == strlen(copy) ? NULL : copy;
}

const char *onus_draft_text(onus_draft *draft, const char *text) {
  return cut(draft, text, TEXT_BYTES);
}

const char *onus_draft_name(onus_draft *draft, const char *text) {
  return cut(draft, text, NAME_BYTES);
}

/* Room for one more, zeroed; NULL without memory. */
static void *grow(onus_draft *draft, onus_draft_list *list, size_t size_bytes) {
  if (!onus_arena_room_for_one(draft->arena, &list->items, list->n, &list->capacity, size_bytes)) {
    draft->build.has_failed = true;
    return NULL;
  }
  return (char *)list->items + list->n++ * size_bytes;
}

onus_draft_actor *onus_draft_actor_at(const onus_draft *draft, size_t index) {
  return (onus_draft_actor *)draft->actors.items + index;
}
onus_draft_source *onus_draft_source_at(const onus_draft *draft, size_t index) {
  return (onus_draft_source *)draft->sources.items + index;
}
onus_draft_statement *onus_draft_statement_at(const onus_draft *draft, size_t index) {
  return (onus_draft_statement *)draft->statements.items + index;
}

/* --- names and ids ----------------------------------------------------------------------------------------------- */

static bool put(onus_draft *draft, onus_table *table, const char *key, size_t value) {
  bool ok = key && onus_table_put(table, key, value);
  draft->build.has_failed = draft->build.has_failed || !ok;
  return ok;
}

/* Takes an id that is free; gives its copy. */
static const char *take_id(onus_draft *draft, onus_draft_kind kind, const char *id) {
  size_t *counter = grow(draft, &draft->counters, sizeof(size_t));
  if (!counter)
    return NULL;
  *counter = 1;
  const char *copy = onus_draft_copy(draft, id);
  return put(draft, draft->ids[kind], copy, draft->counters.n - 1) ? copy : NULL;
}

/* An id of its kind that nobody has yet: the slug, or the slug and a number. */
static const char *new_id(onus_draft *draft, onus_draft_kind kind, const char *from) {
  char slug[ONUS_SLUG_BYTES], id[ONUS_SLUG_BYTES + 24];
  onus_slug(from, slug);
  size_t taken = onus_table_get(draft->ids[kind], slug);
  if (taken == ONUS_NONE)
    return take_id(draft, kind, slug);
  do
    snprintf(id, sizeof id, "%s-%zu", slug, ++((size_t *)draft->counters.items)[taken]);
  while (onus_table_get(draft->ids[kind], id) != ONUS_NONE);
  return take_id(draft, kind, id);
}

static size_t find_or_make(onus_draft *draft, onus_draft_list *list, size_t size_bytes, size_t most, onus_table *keys,
                           const char *key, bool *ret_is_new) {
  size_t found = onus_table_get(keys, key);
  *ret_is_new = false;
  if (found == ONUS_NONE && list->n == most)
    draft->n_beyond++;
  if (found != ONUS_NONE || list->n == most)
    return found;
  if (!grow(draft, list, size_bytes) || !put(draft, keys, onus_draft_copy(draft, key), list->n - 1))
    return ONUS_NONE;
  *ret_is_new = true;
  return list->n - 1;
}

static size_t claim_of(onus_draft *draft, onus_table *keys, const char *key, const char *name) {
  bool is_new;
  size_t index = find_or_make(draft, &draft->actors, sizeof(onus_draft_actor), ONUS_DRAFT_ACTORS, keys, key, &is_new);
  if (is_new) {
    if (draft->actors.n == 1)
      (void)take_id(draft, ONUS_DRAFT_CLAIM, "other"); /* that of the open hypothesis */
    const char *text = onus_draft_name(draft, name);
    *onus_draft_actor_at(draft, index) =
        (onus_draft_actor){.id = new_id(draft, ONUS_DRAFT_CLAIM, text ? text : "unnamed"),
                           .name = text ? text : "Somebody without a name"};
  }
  return index;
}

size_t onus_draft_actor_of(onus_draft *draft, const char *key, const char *name) {
  return claim_of(draft, draft->hypotheses, key, name);
}

void onus_draft_alias(onus_draft *draft, size_t actor, const char *key) {
  if (onus_table_get(draft->hypotheses, key) == ONUS_NONE)
    (void)put(draft, draft->hypotheses, onus_draft_copy(draft, key), actor);
}

size_t onus_draft_behind_of(onus_draft *draft, const char *key, const char *name) {
  size_t n_before = draft->actors.n, index = claim_of(draft, draft->behind, key, name);
  if (draft->actors.n > n_before) {
    onus_draft_actor *behind = onus_draft_actor_at(draft, index);
    behind->is_proposition = true;
    behind->any = onus_build_list(&draft->build);
  }
  return index;
}

static size_t speaker_of(onus_draft *draft, onus_draft_list *list, size_t most, onus_draft_kind kind, onus_table *keys,
                         const char *key, const char *name) {
  bool is_new;
  size_t index = find_or_make(draft, list, sizeof(onus_draft_source), most, keys, key, &is_new);
  if (is_new) {
    const char *text = onus_draft_name(draft, name);
    ((onus_draft_source *)list->items)[index] = (onus_draft_source){.id = new_id(draft, kind, text ? text : "unnamed"),
                                                                    .name = text ? text : "Somebody without a name",
                                                                    .grade = 'F',
                                                                    .trusts = ONUS_NONE};
  }
  return index;
}

size_t onus_draft_source_of(onus_draft *draft, const char *key, const char *name) {
  return speaker_of(draft, &draft->sources, ONUS_DRAFT_ACTORS, ONUS_DRAFT_SOURCE, draft->source_keys, key, name);
}

size_t onus_draft_position_of(onus_draft *draft, const char *key, const char *name) {
  if (draft->positions.n == 0 && onus_table_get(draft->ids[ONUS_DRAFT_POSITION], "analyst") == ONUS_NONE)
    (void)take_id(draft, ONUS_DRAFT_POSITION, "analyst");
  return speaker_of(draft, &draft->positions, ONUS_DRAFT_POSITIONS, ONUS_DRAFT_POSITION, draft->position_keys, key,
                    name);
}

onus_draft_statement *onus_draft_state(onus_draft *draft, const char *slug) {
  onus_draft_statement *s = draft->statements.n < ONUS_DRAFT_STATEMENTS
                                ? grow(draft, &draft->statements, sizeof(onus_draft_statement))
                                : NULL;
  if (s)
    *s = (onus_draft_statement){.id = new_id(draft, ONUS_DRAFT_ITEM, slug), .source = ONUS_NONE, .actor = ONUS_NONE};
  return s;
}

void onus_draft_annotate(onus_draft *draft, size_t statement, const char *by, const char *note) {
  onus_draft_statement *s = onus_draft_statement_at(draft, statement);
  onus_buffer joined = onus_buffer_new((size_t)1 << 30);
  onus_text text;
  if (s->reasons && strlen(s->reasons) >= TEXT_BYTES) /* nothing more would stay */
    return;
  onus_buffer_printf(&joined, "%s\n%s: %s", s->reasons ? s->reasons : "", by ? by : "A note", note);
  if (onus_buffer_take(&joined, &text, NULL) != ONUS_OK) {
    draft->build.has_failed = true;
    return;
  }
  s->reasons = onus_draft_text(draft, text.bytes);
  onus_text_free(&text);
}

void onus_draft_opine(onus_draft *draft, size_t position, size_t statement, unsigned credibility, const char *reasons) {
  if (draft->opinions.n == MOST_OPINIONS) {
    draft->n_opinions_beyond++;
    return;
  }
  onus_draft_opinion *o = grow(draft, &draft->opinions, sizeof(onus_draft_opinion));
  if (o)
    *o = (onus_draft_opinion){position, statement, credibility, onus_draft_text(draft, reasons)};
}

void onus_draft_note(onus_draft *draft, const char *format, ...) {
  if (draft->notes.n == ONUS_DRAFT_NOTES) {
    draft->n_notes_dropped++;
    return;
  }
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  const char **note = grow(draft, &draft->notes, sizeof(const char *));
  if (note) {
    *note = onus_draft_copy(draft, text);
    if (!*note)
      draft->notes.n--;
  }
}

onus_moment onus_draft_moment(onus_draft *draft, const char *text, const char *of_what) {
  onus_moment moment;
  onus_moment today = onus_moment_of_day(onus_moment_day(draft->now));
  if (!text || !onus_moment_parse(text, &moment)) {
    onus_draft_note(draft, "%s has no date%s%s: the day of import stands in its place", onus_quote_string(of_what).text,
                    text ? " that can be read: " : "", text ? onus_quote_string(text).text : "");
    return today;
  }
  if (moment.seconds_utc > draft->now.seconds_utc) {
    onus_draft_note(draft, "%s is dated %s, which lies ahead: the day of import stands in its place",
                    onus_quote_string(of_what).text, onus_quote_string(text).text);
    return today;
  }
  return moment;
}

/* --- the case ---------------------------------------------------------------------------------------------------- */

static void put_text(onus_draft *draft, onus_branch *map, const char *key, const char *text) {
  onus_build_put(&draft->build, map, key, onus_build_string(&draft->build, text));
}

static const onus_node *actors_tree(onus_draft *draft, bool propositions) {
  onus_build *build = &draft->build;
  onus_branch list = onus_build_list(build);
  for (size_t i = 0; i < draft->actors.n; i++) {
    const onus_draft_actor *actor = onus_draft_actor_at(draft, i);
    if (actor->is_proposition != propositions)
      continue;
    onus_branch map = onus_build_map(build);
    put_text(draft, &map, "id", actor->id);
    put_text(draft, &map, "name", actor->name);
    if (propositions) {
      onus_build_put(build, &map, "any", actor->any.node);
    } else {
      onus_build_put(build, &map, "actors", actor->names);
      put_text(draft, &map, "country", actor->country);
    }
    onus_build_add(build, &list, map.node);
  }
  if (!propositions) {
    onus_branch open = onus_build_map(build);
    put_text(draft, &open, "id", "other");
    put_text(draft, &open, "name", "Someone not listed");
    onus_build_put(build, &open, "open", onus_build_boolean(build, true));
    onus_build_add(build, &list, open.node);
  }
  return list.node && list.node->n_children ? list.node : NULL;
}

static const onus_node *sources_tree(onus_draft *draft) {
  onus_build *build = &draft->build;
  onus_branch list = onus_build_list(build);
  for (size_t i = 0; i < draft->sources.n; i++) {
    const onus_draft_source *source = onus_draft_source_at(draft, i);
    onus_branch map = onus_build_map(build);
    char grade[2] = {source->grade, '\0'};
    put_text(draft, &map, "id", source->id);
    put_text(draft, &map, "name", source->name);
    put_text(draft, &map, "reliability", grade);
    put_text(draft, &map, "country", source->country);
    put_text(draft, &map, "url", source->url);
    onus_build_add(build, &list, map.node);
  }
  return list.node;
}

static const onus_node *range_tree(onus_draft *draft, const double range[2]) {
  onus_branch list = onus_build_list(&draft->build);
  onus_build_add(&draft->build, &list, onus_build_number(&draft->build, round(range[0] * 1e9) / 1e9));
  onus_build_add(&draft->build, &list, onus_build_number(&draft->build, round(range[1] * 1e9) / 1e9));
  return list.node;
}

static const onus_node *statement_tree(onus_draft *draft, const onus_draft_statement *s) {
  onus_build *build = &draft->build;
  onus_branch map = onus_build_map(build), says = onus_build_map(build);
  char known[ONUS_MOMENT_TEXT_BYTES];
  onus_moment_format(s->known, known);
  put_text(draft, &map, "id", s->id);
  put_text(draft, &map, "title", s->title);
  put_text(draft, &map, "source", onus_draft_source_at(draft, s->source)->id);
  if (s->credibility)
    onus_build_put(build, &map, "credibility", onus_build_number(build, s->credibility));
  put_text(draft, &map, "known", known);
  put_text(draft, &says, s->is_denial ? "not" : "that", onus_draft_actor_at(draft, s->actor)->id);
  if (s->if_true[0] > 0) {
    onus_build_put(build, &says, "if_true", range_tree(draft, s->if_true));
    onus_build_put(build, &says, "if_false", range_tree(draft, s->if_false));
  }
  onus_build_put(build, &map, "says", says.node);
  put_text(draft, &map, "reasons", s->reasons);
  put_text(draft, &map, "tlp", s->tlp);
  return map.node;
}

/* What one position thinks of statements. A second opinion of the same party on the same statement is counted. */
static const onus_node *position_tree(onus_draft *draft, size_t position) {
  onus_build *build = &draft->build;
  const onus_draft_source *party = (onus_draft_source *)draft->positions.items + position;
  onus_branch map = onus_build_map(build), evidence = onus_build_map(build);
  put_text(draft, &map, "id", party->id);
  put_text(draft, &map, "name", party->name);
  if (party->trusts != ONUS_NONE) {
    onus_branch reliability = onus_build_map(build);
    put_text(draft, &reliability, onus_draft_source_at(draft, party->trusts)->id, "A");
    onus_build_put(build, &map, "reliability", reliability.node);
  }
  for (size_t i = 0; i < draft->opinions.n; i++) {
    const onus_draft_opinion *o = (onus_draft_opinion *)draft->opinions.items + i;
    if (o->position != position)
      continue;
    const char *id = onus_draft_statement_at(draft, o->statement)->id;
    if (!id || onus_node_get(evidence.node, id)) {
      draft->n_opinions_again++;
      continue;
    }
    onus_branch own = onus_build_map(build);
    onus_build_put(build, &own, "credibility", onus_build_number(build, o->credibility));
    put_text(draft, &own, "reasons", o->reasons);
    onus_build_put(build, &evidence, id, own.node);
  }
  if (evidence.node && evidence.node->n_children)
    onus_build_put(build, &map, "evidence", evidence.node);
  return map.node;
}

static void add_positions(onus_draft *draft, onus_branch *list) {
  onus_build *build = &draft->build;
  if (list->node && list->node->n_children == 0) { /* until now there was this one */
    onus_branch analyst = onus_build_map(build);
    put_text(draft, &analyst, "id", "analyst");
    put_text(draft, &analyst, "name", "Analyst");
    onus_build_add(build, list, analyst.node);
  }
  for (size_t i = 0; i < draft->positions.n; i++)
    onus_build_add(build, list, position_tree(draft, i));
}

static void close_notes(onus_draft *draft) {
  if (draft->notes.n > ONUS_DRAFT_NOTES - MOST_SUMMARIES) { /* room for what follows */
    draft->n_notes_dropped += draft->notes.n - (ONUS_DRAFT_NOTES - MOST_SUMMARIES);
    draft->notes.n = ONUS_DRAFT_NOTES - MOST_SUMMARIES;
  }
  size_t n_dropped = draft->n_notes_dropped;
  if (draft->n_opinions_again)
    onus_draft_note(draft, "%zu opinions by a party that has another on the same statement: the first counts",
                    draft->n_opinions_again);
  if (draft->n_opinions_beyond)
    onus_draft_note(draft, "%zu opinions beyond the first %d: not weighed", draft->n_opinions_beyond, MOST_OPINIONS);
  if (draft->n_beyond)
    onus_draft_note(draft, "%zu mentions of actors, sources or parties beyond the first %d, %d and %d: not weighed",
                    draft->n_beyond, ONUS_DRAFT_ACTORS, ONUS_DRAFT_ACTORS, ONUS_DRAFT_POSITIONS);
  if (n_dropped)
    onus_draft_note(draft, "and %zu more of the kind", n_dropped);
}

onus_status onus_draft_case(onus_draft *draft, const char *path, const onus_node **ret_case, onus_error *error) {
  onus_build *build = &draft->build;
  if (draft->statements.n == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "nothing in it says who is behind anything; a draft needs at least one attribution, as "
                        "`attributed-to`, a galaxy tag of an actor, or a line of statements");
  onus_branch map = onus_build_map(build), evidence = onus_build_list(build);
  onus_build_put(build, &map, "onus", onus_build_number(build, 1));
  put_text(draft, &map, "title", draft->title ? draft->title : "A draft from what others wrote");
  put_text(draft, &map, "question", "Who is responsible?");
  onus_build_put(build, &map, "hypotheses", actors_tree(draft, false));
  onus_build_put(build, &map, "propositions", actors_tree(draft, true));
  onus_build_put(build, &map, "sources", sources_tree(draft));
  for (size_t i = 0; i < draft->statements.n; i++)
    onus_build_add(build, &evidence, statement_tree(draft, onus_draft_statement_at(draft, i)));
  onus_build_put(build, &map, "evidence", evidence.node);
  onus_branch positions = onus_build_list(build);
  if (draft->positions.n) {
    add_positions(draft, &positions);
    onus_build_put(build, &map, "positions", positions.node);
  }
  close_notes(draft);
  if (build->has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_case = map.node;
  return ONUS_OK;
}

/* --- a case that is there already -------------------------------------------------------------------------------- */

void onus_draft_reserve(onus_draft *draft, onus_draft_kind kind, const onus_node *list) {
  for (const onus_node *child = list ? list->first : NULL; child; child = child->next) {
    const char *id = onus_stix_text(child, "id");
    if (id && onus_table_get(draft->ids[kind], id) == ONUS_NONE)
      (void)take_id(draft, kind, id);
  }
}

static onus_branch copy_list(onus_draft *draft, const onus_node *list) {
  onus_branch copied = onus_build_list(&draft->build);
  for (const onus_node *child = list && list->kind == ONUS_NODE_LIST ? list->first : NULL; child; child = child->next)
    onus_build_add(&draft->build, &copied, child);
  return copied;
}

const onus_node *onus_draft_extend(onus_draft *draft, const onus_node *tree) {
  onus_build *build = &draft->build;
  onus_branch map = onus_build_map(build);
  onus_branch sources = copy_list(draft, onus_node_get(tree, "sources"));
  onus_branch evidence = copy_list(draft, onus_node_get(tree, "evidence"));
  onus_branch positions = copy_list(draft, onus_node_get(tree, "positions"));
  const onus_node *added = sources_tree(draft);
  for (const onus_node *source = added ? added->first : NULL; source; source = source->next)
    onus_build_add(build, &sources, source);
  for (size_t i = 0; i < draft->statements.n; i++)
    if (onus_draft_statement_at(draft, i)->source != ONUS_NONE) /* the others stand for items that are there */
      onus_build_add(build, &evidence, statement_tree(draft, onus_draft_statement_at(draft, i)));
  if (draft->positions.n)
    add_positions(draft, &positions);
  onus_stix_put_head(build, &map, tree);
  onus_build_put(build, &map, "sources", sources.node);
  onus_build_put(build, &map, "evidence", evidence.node);
  if (onus_node_get(tree, "positions") || draft->positions.n)
    onus_build_put(build, &map, "positions", positions.node);
  close_notes(draft);
  return map.node;
}
