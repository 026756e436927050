/* The network of [M-5] and [M-6] spelt out: a hypothesis; for every undercutter a two-valued variable and its story;
 * for every item a chain of selectors, last undercutter first, each handing on its story if it holds and else what
 * comes from behind it; at the front the finding itself, which is to be observed. Every number is a point value [M-9].
 */
#include "exchange/bif.h"

#include <math.h>
#include <stdio.h>

#include "base/buffer.h"
#include "inference/network.h"
#include "verdict/verdict.h"

static const size_t NETWORK_BYTES = (size_t)256 << 20;

typedef struct writer {
  onus_buffer out;
  const onus_case *c;
  const onus_view *view;
  const onus_network_shape *shape;
  const onus_batch *batch; /* one lane, derived */
} writer;

/* One undercutter of an item, named as its two variables are: holds_…, story_…. */
typedef struct selector {
  const char *kind, *id;
} selector;

static void write_states(writer *w, const char *variable, const char *kind, const char *id) {
  onus_buffer_printf(&w->out, "variable %s%s%s {\n  type discrete [ %zu ] { ", variable, kind, id, w->c->n_hypotheses);
  for (size_t h = 0; h < w->c->n_hypotheses; h++)
    onus_buffer_printf(&w->out, "%sh_%s", h ? ", " : "", w->c->hypotheses[h].id);
  onus_buffer_string(&w->out, " };\n}\n");
}

static void write_prior(writer *w, const char *variable, const char *kind, const char *id) {
  onus_buffer_printf(&w->out, "probability ( %s%s%s ) {\n  table ", variable, kind, id);
  for (size_t h = 0; h < w->c->n_hypotheses; h++)
    onus_buffer_printf(&w->out, "%s%.17g", h ? ", " : "", w->batch->prior[h]);
  onus_buffer_string(&w->out, ";\n}\n");
}

/* A case's own undercutter; one that onus gave to an item is named after the item. */
static selector name_undercutter(const onus_undercutter *u) {
  static const char *const KINDS[] = {"undercutter_", "relays_", "tools_"};
  return u->own_item ? (selector){KINDS[u->sharing], u->own_item} : (selector){"undercutter_", u->id};
}

static void write_undercutter(writer *w, const char *kind, const char *id, double probability) {
  onus_buffer_printf(&w->out, "variable holds_%s%s {\n  type discrete [ 2 ] { no, yes };\n}\n", kind, id);
  onus_buffer_printf(&w->out, "probability ( holds_%s%s ) {\n  table %.17g, %.17g;\n}\n", kind, id, 1 - probability,
                     probability);
  write_states(w, "story_", kind, id);
  write_prior(w, "story_", kind, id);
}

/* The row of a certain outcome: 1 at `state`. */
static void write_certain(writer *w, size_t state) {
  for (size_t h = 0; h < w->c->n_hypotheses; h++)
    onus_buffer_string(&w->out, h == state ? (h ? ", 1" : "1") : (h ? ", 0" : "0"));
  onus_buffer_string(&w->out, ";\n");
}

/* The selector at `depth` of an item's chain of `length`. */
static void write_selector(writer *w, const char *item, const selector *by, size_t depth, size_t length) {
  const onus_hypothesis *hypotheses = w->c->hypotheses;
  size_t n = w->c->n_hypotheses;
  char name[32], behind[32];
  snprintf(name, sizeof name, "governor_%zu_", depth);
  snprintf(behind, sizeof behind, "governor_%zu_", depth + 1);
  bool is_last = depth == length;
  write_states(w, name, "", item);
  onus_buffer_printf(&w->out, "probability ( %s%s | holds_%s%s, story_%s%s, %s%s ) {\n", name, item, by->kind, by->id,
                     by->kind, by->id, is_last ? "hypothesis" : behind, is_last ? "" : item);
  for (int holds = 0; holds < 2; holds++)
    for (size_t story = 0; story < n; story++)
      for (size_t other = 0; other < n; other++) {
        onus_buffer_printf(&w->out, "  (%s, h_%s, h_%s) ", holds ? "yes" : "no", hypotheses[story].id,
                           hypotheses[other].id);
        write_certain(w, holds ? story : other);
      }
  onus_buffer_string(&w->out, "}\n");
}

static void write_finding(writer *w, const char *item, size_t index) {
  size_t n = w->c->n_hypotheses;
  onus_buffer_printf(&w->out, "variable item_%s {\n  type discrete [ 2 ] { found, not_found };\n}\n", item);
  onus_buffer_printf(&w->out, "probability ( item_%s | governor_1_%s ) {\n", item, item);
  for (size_t h = 0; h < n; h++) {
    double likelihood = fmin(1, w->batch->row[index * n + h]);
    onus_buffer_printf(&w->out, "  (h_%s) %.17g, %.17g;\n", w->c->hypotheses[h].id, likelihood, 1 - likelihood);
  }
  onus_buffer_string(&w->out, "}\n");
}

/* The undercutter at `depth`, from 1, of an item's chain [M-5]: source, credibility, undercutters as written, unseen.
 */
static selector selector_at(const writer *w, const onus_view_item *seen, size_t depth) {
  const char *id = w->c->items[seen->item].id;
  if (depth == 1)
    return (selector){"source_", w->c->sources[seen->source].id};
  size_t rest = depth - 2;
  if (seen->has_credibility && rest-- == 0)
    return (selector){"credibility_", id};
  if (rest < seen->n_undercut)
    return name_undercutter(&w->c->undercutters[seen->undercut[rest]]);
  return (selector){"unseen_", id};
}

/* Every variable is written before those that hang on it: some readers ask for that. */
static void write_item(writer *w, size_t index) {
  const onus_view_item *seen = &w->view->items[w->shape->items[index].view_item];
  const char *id = w->c->items[seen->item].id;
  size_t length = 1 + seen->has_credibility + seen->n_undercut + seen->has_unseen;
  if (seen->has_credibility)
    write_undercutter(w, "credibility_", id, w->batch->credibility[index]);
  if (seen->has_unseen)
    write_undercutter(w, "unseen_", id, w->batch->unseen[index]);
  for (size_t depth = length; depth > 0; depth--) {
    selector by = selector_at(w, seen, depth);
    write_selector(w, id, &by, depth, length);
  }
  write_finding(w, id, index);
}

static void write_network(writer *w) {
  onus_buffer_string(&w->out, "// Observe every variable item_* in its state found; ask for hypothesis and holds_*.\n"
                              "network onus {\n}\n");
  write_states(w, "hypothesis", "", "");
  write_prior(w, "hypothesis", "", "");
  for (size_t k = 0; k < w->shape->n_undercutters; k++) {
    const onus_network_undercutter *u = &w->shape->undercutters[k];
    selector name = u->is_source ? (selector){"source_", w->c->sources[u->index].id}
                                 : name_undercutter(&w->c->undercutters[u->index]);
    write_undercutter(w, name.kind, name.id, w->batch->undercutter[k]);
  }
  for (size_t i = 0; i < w->shape->n_items; i++)
    write_item(w, i);
}

static onus_status write_view(const onus_view *view, onus_text *ret_text, onus_error *error) {
  onus_network *network;
  ONUS_TRY(onus_network_make(view, false, &network, error));
  onus_batch *batch = onus_batch_new(network, 1, false);
  onus_status status = batch ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    onus_batch_derive(batch);
    writer w = {onus_buffer_new(NETWORK_BYTES), view->c, view, onus_network_describe(network), batch};
    write_network(&w);
    status = onus_buffer_take(&w.out, ret_text, error);
  }
  onus_batch_free(batch);
  onus_network_free(network);
  return status;
}

onus_status onus_exchange_bif(const onus_case *c, const onus_options *options, onus_text *ret_text, onus_error *error) {
  onus_moment as_of;
  const onus_position *position;
  ONUS_TRY(onus_choose_view(c, options, &position, &as_of, error));
  onus_arena *arena = onus_arena_new((size_t)1 << 30);
  if (!arena)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_view *view;
  onus_status status = onus_view_make(c, position, options->as_of ? &as_of : NULL, arena, &view, error);
  if (status == ONUS_OK)
    status = write_view(view, ret_text, error);
  onus_arena_free(arena);
  return status;
}
