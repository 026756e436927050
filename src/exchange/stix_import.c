/* Who is behind what, by foreign bundles.
 *
 * An attribution whose subject is nobody's target is about an attack: its target is a hypothesis, the attribution a
 * statement by its maker. Where the target is attributed further (a group to a state), what lies behind is a
 * proposition, "one of these groups": that names a set and weighs nothing. Attributions that only lead round in a
 * circle have no attack at their end; they are noted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "document/quote.h"
#include "exchange/stix_gather_internal.h"
#include "exchange/stix_words.h"

enum { MOST_STEPS = 10000000, MOST_BEHIND = 100000 };

typedef struct resolver {
  onus_gathered *g;
  onus_draft *draft;
  size_t *relations; /* things that are attributions; by source_ref, then in the order of the files */
  size_t n_relations;
  onus_table *ends; /* identifiers at either end of an attribution, of objects that are there or not, to an index */
  const char **end_ids;
  size_t n_ends;
  size_t *from, *to;   /* [n_relations] ends, in the order of `relations` */
  bool *is_target;     /* [n_ends] somebody attributes something to it */
  size_t *statement;   /* [n_things] of an attribution, ONUS_NONE: none */
  const char **report; /* [n_things] name of a report that holds the attribution */
  const char **known;  /* [n_things] when that was published */
  size_t n_behind;     /* members of propositions */
} resolver;

static const onus_thing *find(const onus_gathered *g, const char *id, size_t *ret_index) {
  size_t found = id ? onus_table_get(g->ids, id) : ONUS_NONE;
  if (ret_index)
    *ret_index = found;
  return found != ONUS_NONE ? &g->things[found] : NULL;
}

static const char *name_of(const onus_gathered *g, const char *id) {
  const onus_thing *thing = find(g, id, NULL);
  return thing && thing->detail && thing->detail->name ? thing->detail->name : NULL;
}

static const onus_thing_detail *relation(const resolver *r, size_t i) {
  return r->g->things[r->relations[i]].detail;
}

/* --- whom and who ------------------------------------------------------------------------------------------------ */

static const onus_node *names_of(resolver *r, const char *name, const onus_thing_detail *d) {
  onus_branch names = onus_build_list(&r->draft->build);
  onus_build_add(&r->draft->build, &names, onus_build_string(&r->draft->build, name));
  for (const onus_node *alias = d && d->names ? d->names->first : NULL; alias && names.node; alias = alias->next) {
    const char *text = onus_draft_name(r->draft, alias->text);
    if (text && strcasecmp(text, name) != 0 && names.node->n_children < 50)
      onus_build_add(&r->draft->build, &names, onus_build_string(&r->draft->build, text));
  }
  return names.node;
}

static size_t hypothesis_for(resolver *r, const char *id) {
  const onus_thing *thing = find(r->g, id, NULL);
  const onus_thing_detail *d = thing ? thing->detail : NULL;
  size_t n_before = r->draft->actors.n, actor = onus_draft_actor_of(r->draft, id, d && d->name ? d->name : id);
  if (r->draft->actors.n > n_before) {
    onus_draft_actor *a = onus_draft_actor_at(r->draft, actor);
    a->names = names_of(r, a->name, d);
  }
  return actor;
}

static const char *file_name(const resolver *r, const onus_thing *thing) {
  const char *path = r->g->files[thing->file]->path, *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static size_t source_for(resolver *r, const onus_thing *thing) {
  const char *by = thing->detail->by, *name = by ? name_of(r->g, by) : NULL;
  const char *key = by ? by : r->g->files[thing->file]->path;
  char unnamed[300];
  snprintf(unnamed, sizeof unnamed, "Unnamed source in %.200s", file_name(r, thing));
  size_t source = onus_draft_source_of(r->draft, key, name ? name : by ? by : unnamed);
  const onus_thing *maker = find(r->g, by, NULL);
  if (source != ONUS_NONE && maker && maker->detail && maker->detail->grades.reliability)
    onus_draft_source_at(r->draft, source)->grade = maker->detail->grades.reliability;
  return source;
}

/* --- statements -------------------------------------------------------------------------------------------------- */

static bool is_about(const resolver *r, const onus_thing_detail *d, const char *subject) {
  const char *name = name_of(r->g, d->source_ref);
  return !subject || strcmp(d->source_ref, subject) == 0 || (name && strcasecmp(name, subject) == 0);
}

static const char *reasons_for(resolver *r, size_t index) {
  const onus_thing *thing = &r->g->things[index];
  onus_buffer out = onus_buffer_new(1 << 20);
  const char *description = onus_draft_text(r->draft, thing->detail->description);
  if (description)
    onus_buffer_printf(&out, "%s\n", description);
  if (r->report[index])
    onus_buffer_printf(&out, "Reported in: %s\n", r->report[index]);
  onus_buffer_printf(&out, "Taken over from %s in %s.", thing->id, file_name(r, thing));
  onus_text text;
  if (onus_buffer_take(&out, &text, NULL) != ONUS_OK) {
    r->draft->build.has_failed = true;
    return NULL;
  }
  const char *reasons = onus_draft_text(r->draft, text.bytes);
  onus_text_free(&text);
  return reasons;
}

static void state(resolver *r, size_t index) {
  const onus_thing *thing = &r->g->things[index];
  const onus_thing_detail *d = thing->detail;
  const char *subject = name_of(r->g, d->source_ref);
  size_t actor = hypothesis_for(r, d->target_ref), source = source_for(r, thing);
  if (actor == ONUS_NONE || source == ONUS_NONE)
    return;
  const onus_draft_actor *who = onus_draft_actor_at(r->draft, actor);
  const onus_draft_source *speaker = onus_draft_source_at(r->draft, source);
  char slug[48];
  snprintf(slug, sizeof slug, "%.20s-%.20s", speaker->name, who->name);
  onus_draft_statement *s = onus_draft_state(r->draft, slug);
  if (!s)
    return;
  s->actor = actor;
  s->source = source;
  const onus_node *title = onus_build_format(&r->draft->build, "%s attributes %s to %s", speaker->name,
                                             subject ? subject : d->source_ref, who->name);
  s->title = title ? onus_draft_name(r->draft, title->text) : NULL;
  s->known = onus_draft_moment(r->draft, r->known[index] ? r->known[index] : d->created, thing->id);
  s->credibility = onus_credibility_of_confidence(d->confidence);
  onus_grade_statement(s, &d->grades);
  s->reasons = reasons_for(r, index);
  r->statement[index] = r->draft->statements.n - 1;
}

/* --- what lies behind -------------------------------------------------------------------------------------------- */

/* The first relation from an end; n_relations when there is none. */
static size_t first_from(const resolver *r, size_t end) {
  size_t low = 0, high = r->n_relations;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(relation(r, middle)->source_ref, r->end_ids[end]) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void name_behind(resolver *r, const char *id, const onus_node *hypothesis) {
  const char *name = name_of(r->g, id);
  size_t behind = onus_draft_behind_of(r->draft, id, name ? name : id);
  if (behind == ONUS_NONE || r->n_behind == MOST_BEHIND)
    return;
  onus_build_add(&r->draft->build, &onus_draft_actor_at(r->draft, behind)->any, hypothesis);
  r->n_behind++;
}

/* Walks from the end that a hypothesis stands for to whatever it is attributed to, and so on. `stamp` marks what was
 * reached. */
static void walk_behind(resolver *r, size_t from, const onus_node *hypothesis, uint32_t stamp, uint32_t *reached,
                        size_t *stack, size_t *steps) {
  size_t depth = 0;
  stack[depth++] = from;
  reached[from] = stamp;
  while (depth > 0 && *steps < MOST_STEPS) {
    size_t end = stack[--depth];
    for (size_t i = first_from(r, end); i < r->n_relations && r->from[i] == end; i++) {
      size_t next = r->to[i];
      ++*steps;
      if (reached[next] == stamp)
        continue;
      reached[next] = stamp;
      stack[depth++] = next;
      name_behind(r, r->end_ids[next], hypothesis);
    }
  }
}

static onus_status find_what_lies_behind(resolver *r, onus_error *error) {
  size_t n = r->n_ends, steps = 0;
  uint32_t *reached = calloc(n ? n : 1, sizeof *reached), stamp = 0;
  size_t *stack = calloc(n ? n : 1, sizeof *stack);
  bool *is_done = calloc(n ? n : 1, sizeof *is_done);
  onus_status status = reached && stack && is_done ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; status == ONUS_OK && i < r->n_relations; i++) {
    size_t target = r->to[i], statement = r->statement[r->relations[i]];
    if (statement == ONUS_NONE || is_done[target])
      continue;
    is_done[target] = true;
    size_t actor = onus_draft_statement_at(r->draft, statement)->actor;
    const onus_node *hypothesis = onus_build_string(&r->draft->build, onus_draft_actor_at(r->draft, actor)->id);
    walk_behind(r, target, hypothesis, ++stamp, reached, stack, &steps);
  }
  if (steps >= MOST_STEPS || r->n_behind == MOST_BEHIND)
    onus_draft_note(r->draft, "attributions of groups to others branch too far to be followed to their end");
  size_t n_unreached = 0;
  for (size_t i = 0; status == ONUS_OK && i < r->n_relations; i++)
    n_unreached += r->statement[r->relations[i]] == ONUS_NONE && !reached[r->from[i]];
  if (n_unreached)
    onus_draft_note(r->draft,
                    "%zu attribution%s not about an attack, or about another one, or in a circle: not weighed",
                    n_unreached, n_unreached == 1 ? " is" : "s are");
  free(reached);
  free(stack);
  free(is_done);
  return status;
}

/* --- opinions, notes, reports ------------------------------------------------------------------------------------ */

/* An opinion on a statement is how credible the party finds it. */
static bool opine(resolver *r, const onus_thing *thing) {
  const onus_thing_detail *d = thing->detail;
  unsigned credibility = onus_credibility_of_opinion(d->opinion);
  const char *by = d->by ? name_of(r->g, d->by) : NULL, *name = by ? by : d->by ? d->by : d->name;
  const char *key = d->by ? d->by : d->name ? d->name : thing->id;
  bool is_used = false;
  for (const onus_node *ref = credibility && d->refs ? d->refs->first : NULL; ref; ref = ref->next) {
    size_t index;
    if (!find(r->g, ref->text, &index) || r->statement[index] == ONUS_NONE)
      continue;
    size_t position = onus_draft_position_of(r->draft, key, name ? name : "Somebody without a name");
    if (position != ONUS_NONE)
      onus_draft_opine(r->draft, position, r->statement[index], credibility, d->description);
    is_used = true;
  }
  return is_used;
}

/* A note on a statement joins its reasons. */
static bool annotate(resolver *r, const onus_thing *thing) {
  const onus_thing_detail *d = thing->detail;
  bool is_used = false;
  for (const onus_node *ref = d->refs ? d->refs->first : NULL; ref && d->description; ref = ref->next) {
    size_t index;
    if (!find(r->g, ref->text, &index) || r->statement[index] == ONUS_NONE)
      continue;
    onus_draft_annotate(r->draft, r->statement[index], d->by ? name_of(r->g, d->by) : d->name, d->description);
    is_used = true;
  }
  return is_used;
}

static void note_reports(resolver *r) {
  for (size_t i = 0; i < r->g->n_things; i++) {
    const onus_thing *thing = &r->g->things[i];
    if (thing->kind != ONUS_THING_REPORT || thing->is_own)
      continue;
    for (const onus_node *ref = thing->detail->refs ? thing->detail->refs->first : NULL; ref; ref = ref->next) {
      size_t index;
      const onus_thing *held = find(r->g, ref->text, &index);
      if (!held || held->kind != ONUS_THING_ATTRIBUTION || r->report[index])
        continue;
      r->report[index] = thing->detail->name ? thing->detail->name : thing->id;
      r->known[index] = thing->detail->published;
    }
  }
}

static void use_the_rest(resolver *r) {
  for (size_t i = 0; i < r->g->n_things; i++) {
    const onus_thing *thing = &r->g->things[i];
    bool is_used = (thing->kind == ONUS_THING_OPINION && opine(r, thing)) ||
                   (thing->kind == ONUS_THING_NOTE && annotate(r, thing));
    if (!is_used && (thing->kind == ONUS_THING_OPINION || thing->kind == ONUS_THING_NOTE))
      onus_draft_note(r->draft, "%s is about nothing that became a statement: kept, not weighed", thing->id);
  }
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static void note_what_is_only_kept(resolver *r) {
  static const char *const CARRIED[] = {
      "relationship",  "opinion",  "note",   "identity",           "threat-actor",
      "intrusion-set", "campaign", "report", "marking-definition", "extension-definition"};
  for (size_t t = 0; t < r->g->n_types; t++) {
    bool is_carried = false;
    for (size_t i = 0; i < sizeof CARRIED / sizeof *CARRIED; i++)
      is_carried = is_carried || strcmp(CARRIED[i], r->g->types[t].name) == 0;
    if (!is_carried)
      onus_draft_note(r->draft, "%zu object%s of the type %s: kept, not weighed", r->g->types[t].n_objects,
                      r->g->types[t].n_objects == 1 ? "" : "s", onus_quote_string(r->g->types[t].name).text);
  }
  if (r->g->n_older)
    onus_draft_note(r->draft, "%zu older version%s of objects: kept; the latest counts", r->g->n_older,
                    r->g->n_older == 1 ? "" : "s");
  if (r->g->n_unnamed)
    onus_draft_note(r->draft, "%zu object%s without an `id`: kept, not weighed", r->g->n_unnamed,
                    r->g->n_unnamed == 1 ? "" : "s");
}

static int by_source(const void *a, const void *b, void *context) {
  const resolver *r = context;
  size_t x = *(const size_t *)a, y = *(const size_t *)b;
  int order = strcmp(r->g->things[x].detail->source_ref, r->g->things[y].detail->source_ref);
  return order ? order : (x > y) - (x < y);
}

static void state_all(resolver *r, const char *subject) {
  const char *title = NULL;
  bool is_one = true;
  size_t n_over = 0;
  for (size_t i = 0; i < r->n_relations; i++) {
    const onus_thing_detail *d = relation(r, i);
    if (r->is_target[r->from[i]] || !is_about(r, d, subject))
      continue;
    if (r->draft->statements.n == ONUS_DRAFT_STATEMENTS) {
      n_over++;
      continue;
    }
    state(r, r->relations[i]);
    const char *name = name_of(r->g, d->source_ref);
    is_one = is_one && (!title || strcmp(title, name ? name : d->source_ref) == 0);
    title = name ? name : d->source_ref;
  }
  if (n_over)
    onus_draft_note(r->draft, "%zu attributions beyond the first %d: not weighed", n_over, ONUS_DRAFT_STATEMENTS);
  if (title && is_one)
    r->draft->title = onus_draft_name(r->draft, title);
  else if (title)
    onus_draft_note(r->draft, "the attributions are about more than one thing; name one with --subject, for a case has "
                              "one question");
}

static size_t end_of(resolver *r, const char *id) {
  size_t found = onus_table_get(r->ends, id);
  if (found != ONUS_NONE)
    return found;
  r->end_ids[r->n_ends] = id;
  r->g->build.has_failed = !onus_table_put(r->ends, id, r->n_ends) || r->g->build.has_failed;
  return r->n_ends++;
}

/* Finds the attributions, puts them in order and numbers what stands at their ends. */
static onus_status list_relations(resolver *r, onus_error *error) {
  size_t n_things = r->g->n_things, n = 0;
  for (size_t i = 0; i < n_things; i++) {
    r->statement[i] = ONUS_NONE;
    n += r->g->things[i].kind == ONUS_THING_ATTRIBUTION;
  }
  r->relations = calloc(n + 1, sizeof *r->relations);
  r->from = calloc(n + 1, sizeof *r->from);
  r->to = calloc(n + 1, sizeof *r->to);
  r->end_ids = calloc(2 * n + 1, sizeof *r->end_ids);
  r->is_target = calloc(2 * n + 1, sizeof *r->is_target);
  r->ends = onus_table_new();
  if (!r->relations || !r->from || !r->to || !r->end_ids || !r->is_target || !r->ends)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n_things; i++)
    if (r->g->things[i].kind == ONUS_THING_ATTRIBUTION)
      r->relations[r->n_relations++] = i;
  qsort_r(r->relations, n, sizeof *r->relations, by_source, r);
  for (size_t i = 0; i < n; i++) {
    r->from[i] = end_of(r, relation(r, i)->source_ref);
    r->to[i] = end_of(r, relation(r, i)->target_ref);
    r->is_target[r->to[i]] = true;
  }
  return r->g->build.has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

static void end_resolver(resolver *r) {
  onus_table_free(r->ends);
  free(r->relations);
  free(r->from);
  free(r->to);
  free(r->end_ids);
  free(r->is_target);
  free(r->statement);
  free(r->report);
  free(r->known);
}

onus_status onus_draft_stix(onus_gathered *g, const char *subject, onus_draft *draft, onus_error *error) {
  size_t n = g->n_things;
  resolver r = {
      .g = g,
      .draft = draft,
      .statement = calloc(n + 1, sizeof(size_t)),
      .report = calloc(n + 1, sizeof(char *)),
      .known = calloc(n + 1, sizeof(char *)),
  };
  onus_status status = r.statement && r.report && r.known ? list_relations(&r, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    note_reports(&r);
    state_all(&r, subject);
    status = find_what_lies_behind(&r, error);
    use_the_rest(&r);
    note_what_is_only_kept(&r);
    if (status == ONUS_OK && (g->build.has_failed || draft->build.has_failed))
      status = ONUS_FAIL_NO_MEMORY(error);
  }
  end_resolver(&r);
  return status;
}
