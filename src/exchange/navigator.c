/* The techniques of a case as a layer for the ATT&CK Navigator. A technique's score is the natural logarithm of what
 * the engine says that it moves the ratio of an actor by; techniques that are only spoken of in an item have none. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/exports.h"
#include "exchange/files.h"
#include "exchange/shown.h"

enum { MOST_TECHNIQUES = 5000 };
static const size_t LAYER_BYTES = (size_t)64 << 20;

typedef struct technique {
  const char *id;
  bool has_score;
  double score;
  onus_buffer comment;
} technique;

typedef struct layer {
  onus_shown shown;
  onus_build build;
  technique *techniques; /* [MOST_TECHNIQUES] */
  size_t n;
  onus_table *ids;
  /* Where the next technique stands. */
  const onus_item *item;
  const char *line; /* of the artefact; NULL: in the words of the item */
  size_t line_bytes;
} layer;

/* The one of this id, new or there already; NULL when there is no room or memory. */
static technique *technique_of(layer *l, const char *id) {
  size_t found = onus_table_get(l->ids, id);
  if (found != ONUS_NONE)
    return &l->techniques[found];
  if (l->n == MOST_TECHNIQUES)
    return NULL;
  const char *copy = onus_arena_copy(l->build.arena, id, strlen(id));
  if (!copy || !onus_table_put(l->ids, copy, l->n)) {
    l->build.has_failed = true;
    return NULL;
  }
  technique *t = &l->techniques[l->n++];
  *t = (technique){.id = copy, .comment = onus_buffer_new((size_t)1 << 20)};
  return t;
}

/* Whether the line holds `name` as the whole, or the end, of a name: after a comma, a quote or ": ". */
static bool names(const char *line, size_t line_bytes, const char *name) {
  size_t length = strlen(name);
  for (size_t at = 0; length > 0 && at + length <= line_bytes; at++) {
    if (memcmp(line + at, name, length) != 0)
      continue;
    char before = at == 0 ? ',' : line[at - 1], after = at + length == line_bytes ? ',' : line[at + length];
    bool begins = strchr(",;\t\"", before) || (before == ' ' && at >= 2 && line[at - 2] == ':');
    if (begins && strchr(",;\t\"\r", after))
      return true;
  }
  return false;
}

/* What the engine found for the technique on the line: links come strongest first. NULL: nothing. */
static const onus_computed_link *link_of(const layer *l, const char *id) {
  const onus_computed *computed = l->line ? l->item->row.computed : NULL;
  for (size_t i = 0; computed && i < computed->n_links; i++) {
    const onus_computed_link *link = &computed->links[i];
    if (strcmp(link->kind, "technique") == 0 &&
        (strcmp(link->value, id) == 0 || names(l->line, l->line_bytes, link->value)))
      return link;
  }
  return NULL;
}

static bool take_technique(void *context, const char *id) {
  layer *l = context;
  technique *t = technique_of(l, id);
  if (!t)
    return !l->build.has_failed;
  const onus_computed_link *link = link_of(l, id);
  onus_buffer_printf(&t->comment, "%s%s (%s)", t->comment.length_bytes ? "\n" : "", l->item->title, l->item->id);
  if (!link)
    return true;
  t->score += link->ln_weight;
  t->has_score = true;
  onus_buffer_printf(&t->comment, ": %+.3f for %s", link->ln_weight, link->actor);
  if (link->note[0])
    onus_buffer_printf(&t->comment, ", %s", link->note);
  if (link->report[0])
    onus_buffer_printf(&t->comment, "; %s", link->report);
  return true;
}

static void take_words(layer *l) {
  const char *const words[] = {l->item->title, l->item->reasons};
  l->line = NULL;
  for (size_t i = 0; i < 2; i++)
    onus_techniques_in(words[i], strlen(words[i]), take_technique, l);
}

static onus_status take_artefact(layer *l, onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_exchange_file_read(l->shown.c, l->item->row.from, &text, error));
  for (size_t at = 0, end; at < text.length && !l->build.has_failed; at = end + 1) {
    const char *stop = memchr(text.bytes + at, '\n', text.length - at);
    end = stop ? (size_t)(stop - text.bytes) : text.length;
    l->line = text.bytes + at;
    l->line_bytes = end - at;
    onus_techniques_in(l->line, l->line_bytes, take_technique, l);
  }
  onus_text_free(&text);
  return ONUS_OK;
}

static onus_status take_items(layer *l, onus_error *error) {
  const onus_assessment *a = l->shown.assessments[l->shown.chosen];
  for (size_t i = 0; i < l->shown.c->n_items; i++) {
    l->item = &l->shown.c->items[i];
    if (a->items[i].item->state == ONUS_ITEM_NOT_YET_KNOWN || onus_shown_is_closed(&l->shown, l->item))
      continue;
    take_words(l);
    if (l->item->row.kind == ONUS_ROW_COMPUTE && strcmp(l->item->row.engine, "techniques") == 0)
      ONUS_TRY(take_artefact(l, error));
  }
  return l->build.has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

/* --- the layer --------------------------------------------------------------------------------------------------- */

static void put(layer *l, onus_branch *map, const char *key, const char *text) {
  onus_build_put(&l->build, map, key, onus_build_string(&l->build, text));
}

static void put_number(layer *l, onus_branch *map, const char *key, double value) {
  onus_build_put(&l->build, map, key, onus_build_number(&l->build, round(value * 1e6) / 1e6));
}

static onus_status add_technique(layer *l, onus_branch *list, technique *t, onus_error *error) {
  onus_branch map = onus_build_map(&l->build);
  onus_text comment;
  ONUS_TRY(onus_buffer_take(&t->comment, &comment, error));
  put(l, &map, "techniqueID", t->id);
  if (t->has_score)
    put_number(l, &map, "score", t->score);
  put(l, &map, "comment", comment.bytes);
  onus_build_put(&l->build, &map, "enabled", onus_build_boolean(&l->build, true));
  onus_build_put(&l->build, &map, "showSubtechniques", onus_build_boolean(&l->build, true));
  onus_build_add(&l->build, list, map.node);
  onus_text_free(&comment);
  return ONUS_OK;
}

/* From what speaks most against over nothing to what speaks most for, the same far to both sides. */
static void put_colours(layer *l, onus_branch *top) {
  static const char *const COLOURS[] = {"#d7301f", "#ffffff", "#2b8cbe"};
  double most = 0;
  for (size_t i = 0; i < l->n; i++)
    most = fmax(most, fabs(l->techniques[i].score));
  most = most > 0 ? most : 1;
  onus_branch gradient = onus_build_map(&l->build), colours = onus_build_list(&l->build);
  for (size_t i = 0; i < sizeof COLOURS / sizeof *COLOURS; i++)
    onus_build_add(&l->build, &colours, onus_build_string(&l->build, COLOURS[i]));
  onus_build_put(&l->build, &gradient, "colors", colours.node);
  put_number(l, &gradient, "minValue", -most);
  put_number(l, &gradient, "maxValue", most);
  onus_build_put(&l->build, top, "gradient", gradient.node);
}

static onus_status write_layer(layer *l, onus_text *ret_text, onus_error *error) {
  onus_branch top = onus_build_map(&l->build), versions = onus_build_map(&l->build), list = onus_build_list(&l->build);
  put(l, &top, "name", l->shown.c->title);
  put(l, &versions, "layer", "4.5");
  put(l, &versions, "navigator", "5.1.0");
  onus_build_put(&l->build, &top, "versions", versions.node);
  put(l, &top, "domain", "enterprise-attack");
  onus_build_put(
      &l->build, &top, "description",
      onus_build_format(&l->build, "%s Scores are natural logarithms of likelihood ratios.", l->shown.c->question));
  for (size_t i = 0; i < l->n; i++)
    ONUS_TRY(add_technique(l, &list, &l->techniques[i], error));
  onus_build_put(&l->build, &top, "techniques", list.node);
  put_colours(l, &top);
  onus_buffer out = onus_buffer_new(LAYER_BYTES);
  if (l->build.has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_document_write_json(&out, top.node);
  onus_buffer_character(&out, '\n');
  return onus_buffer_take(&out, ret_text, error);
}

onus_status onus_exchange_navigator(const onus_case *c, const onus_options *options, const onus_export_options *wanted,
                                    onus_text *ret_text, onus_error *error) {
  layer l = {.build.arena = onus_arena_new((size_t)256 << 20), .ids = onus_table_new()};
  l.techniques = calloc(MOST_TECHNIQUES, sizeof *l.techniques);
  onus_status status = l.build.arena && l.ids && l.techniques ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_shown_make(c, options, wanted->opened, false, l.build.arena, &l.shown, error);
  if (status == ONUS_OK) {
    status = take_items(&l, error);
    if (status == ONUS_OK)
      status = write_layer(&l, ret_text, error);
    onus_shown_end(&l.shown);
  }
  for (size_t i = 0; i < l.n; i++)
    onus_buffer_free(&l.techniques[i].comment);
  free(l.techniques);
  onus_table_free(l.ids);
  onus_arena_free(l.build.arena);
  return status;
}
