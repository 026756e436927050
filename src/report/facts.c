#include "report/facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *onus_report_state_id(onus_item_state state) {
  switch (state) {
  case ONUS_ITEM_COUNTS:
    return "counts";
  case ONUS_ITEM_NOT_YET_KNOWN:
    return "not-yet-known";
  case ONUS_ITEM_RETRACTED:
    return "retracted";
  case ONUS_ITEM_REPEAT:
    return "repeat";
  case ONUS_ITEM_SAID_ANYWAY:
    return "said-anyway";
  case ONUS_ITEM_LEFT_OUT:
    return "left-out";
  }
  return "counts";
}

const char *onus_report_state_words(onus_item_state state) {
  switch (state) {
  case ONUS_ITEM_COUNTS:
    return "";
  case ONUS_ITEM_NOT_YET_KNOWN:
    return "not yet known";
  case ONUS_ITEM_RETRACTED:
    return "retracted";
  case ONUS_ITEM_REPEAT:
    return "a repeat";
  case ONUS_ITEM_SAID_ANYWAY:
    return "would be said anyway";
  case ONUS_ITEM_LEFT_OUT:
    return "left out";
  }
  return "";
}

const char *onus_report_seal_id(onus_seal_state seal) {
  switch (seal) {
  case ONUS_SEAL_NONE:
    return "none";
  case ONUS_SEAL_OPENED:
    return "opened";
  case ONUS_SEAL_ACCESS:
    return "access";
  case ONUS_SEAL_UNSEEN:
    return "unseen";
  }
  return "none";
}

const char *onus_report_seal_words(onus_seal_state seal) {
  switch (seal) {
  case ONUS_SEAL_NONE:
    return "";
  case ONUS_SEAL_OPENED:
    return "sealed, opened here";
  case ONUS_SEAL_ACCESS:
    return "sealed, vouched for";
  case ONUS_SEAL_UNSEEN:
    return "sealed, not seen";
  }
  return "";
}

const char *onus_report_undercutter_kind_id(onus_undercutter_kind kind) {
  switch (kind) {
  case ONUS_UNDERCUT_SOURCE:
    return "source";
  case ONUS_UNDERCUT_CREDIBILITY:
    return "credibility";
  case ONUS_UNDERCUT_NAMED:
    return "named";
  case ONUS_UNDERCUT_UNSEEN:
    return "unseen";
  }
  return "named";
}

const char *onus_report_difference_kind_id(onus_difference_kind kind) {
  switch (kind) {
  case ONUS_DIFFERS_PRIOR:
    return "prior";
  case ONUS_DIFFERS_RELIABILITY:
    return "reliability";
  case ONUS_DIFFERS_PROBABILITY:
    return "probability";
  case ONUS_DIFFERS_ITEM:
    return "item";
  case ONUS_DIFFERS_ACCESS:
    return "access";
  case ONUS_DIFFERS_STANDARD:
    return "standard";
  }
  return "item";
}

const char *onus_report_verdict_words(onus_verdict verdict) {
  return verdict == ONUS_ENOUGH ? "Enough" : verdict == ONUS_NOT_ENOUGH ? "Not enough" : "It depends";
}

const char *onus_report_as_of(const onus_view *view, char *text) {
  if (!view->has_as_of)
    return NULL;
  onus_moment_format(view->as_of, text);
  return text;
}

bool onus_report_is_shown(const onus_assessment *assessment, size_t item) {
  return assessment->items[item].item->state != ONUS_ITEM_NOT_YET_KNOWN;
}

bool onus_report_is_open(const onus_assessment *assessment, size_t item) {
  const onus_item *it = &assessment->c->items[item];
  return !it->is_sealed || it->row.kind == ONUS_ROW_NONE || assessment->items[item].item->seal == ONUS_SEAL_OPENED;
}

const char *onus_report_reasons(const onus_assessment *assessment, size_t item) {
  const onus_item *it = &assessment->c->items[item];
  bool is_hidden = !it->is_opened && !onus_report_is_open(assessment, item); /* those of an opened item stand apart */
  return it->reasons && !is_hidden ? it->reasons : "";
}

size_t onus_report_count_later(const onus_assessment *assessment) {
  size_t count = 0;
  for (size_t i = 0; i < assessment->c->n_items; i++)
    count += !onus_report_is_shown(assessment, i);
  return count;
}

bool onus_report_prior_is_uniform(const onus_assessment *assessment) {
  if (assessment->c->has_priors)
    return false;
  const onus_position *position = assessment->view->position;
  for (size_t h = 0; position->has_prior && h < assessment->c->n_hypotheses; h++)
    if (position->has_prior[h])
      return false;
  return true;
}

static onus_without as_it_is(const onus_assessment *assessment) {
  return (onus_without){.probability = assessment->about, .verdict = assessment->verdict};
}

onus_without onus_report_without_item(const onus_assessment *assessment, size_t item) {
  return assessment->items[item].counts ? assessment->items[item].leave_out : as_it_is(assessment);
}

onus_without onus_report_without_source(const onus_assessment *assessment, size_t source) {
  return assessment->sources[source].n_items > 0 ? assessment->sources[source].leave_out : as_it_is(assessment);
}

const onus_undercutter_result *onus_report_undercutter(const onus_assessment *assessment, onus_undercutter_kind kind,
                                                       size_t index) {
  for (size_t k = 0; k < assessment->n_undercutters; k++)
    if (assessment->undercutters[k].kind == kind && assessment->undercutters[k].index == index)
      return &assessment->undercutters[k];
  return NULL;
}

bool onus_report_has_further_undercutters(const onus_assessment *assessment) {
  for (size_t k = 0; k < assessment->n_undercutters; k++)
    if (assessment->undercutters[k].kind != ONUS_UNDERCUT_SOURCE)
      return true;
  return false;
}

void onus_report_item_undercutters(const onus_assessment *assessment, size_t item,
                                   void (*each)(void *context, const onus_undercutter_result *undercutter),
                                   void *context) {
  const onus_view_item *seen = assessment->items[item].item;
  const onus_undercutter_result *found = onus_report_undercutter(assessment, ONUS_UNDERCUT_SOURCE, seen->source);
  if (found)
    each(context, found);
  if (seen->has_credibility && (found = onus_report_undercutter(assessment, ONUS_UNDERCUT_CREDIBILITY, item)) != NULL)
    each(context, found);
  for (size_t u = 0; u < seen->n_undercut; u++)
    if ((found = onus_report_undercutter(assessment, ONUS_UNDERCUT_NAMED, seen->undercut[u])) != NULL)
      each(context, found);
  if (seen->has_unseen && (found = onus_report_undercutter(assessment, ONUS_UNDERCUT_UNSEEN, item)) != NULL)
    each(context, found);
}

void onus_report_undercutter_words(onus_buffer *out, const onus_case *c, const onus_undercutter_result *undercutter) {
  switch (undercutter->kind) {
  case ONUS_UNDERCUT_SOURCE:
    onus_buffer_string(out, "Unreliable: ");
    onus_buffer_string(out, c->sources[undercutter->index].name);
    return;
  case ONUS_UNDERCUT_CREDIBILITY:
    onus_buffer_string(out, "Not credible: ");
    onus_buffer_string(out, c->items[undercutter->index].title);
    return;
  case ONUS_UNDERCUT_NAMED:
    onus_buffer_string(out, c->undercutters[undercutter->index].name);
    return;
  case ONUS_UNDERCUT_UNSEEN:
    onus_buffer_string(out, "Not what its holder says: ");
    onus_buffer_string(out, c->items[undercutter->index].title);
    return;
  }
}

const char onus_report_code_words[] =
    "Functions in common say that one source went into both programs. Who wrote that source, who ran the program and who "
    "ordered it are three questions; this bears on the first, as far as nobody else had the source.";

bool onus_report_is_of_code(const onus_row *row) {
  return strcmp(row->engine, "code") == 0;
}

const char *onus_report_sharing_words(const char *engine) {
  static const char *const WORDS[] = {"", "That infrastructure is shared", "That tools are shared or leaked"};
  return WORDS[onus_sharing_of_engine(engine)];
}

/* The id behind `prefix`, as an index; ONUS_NONE when `input` does not begin so or names nothing. */
static size_t look_up(const onus_case *c, const char *input, const char *prefix, bool is_source) {
  size_t length = strlen(prefix);
  if (strncmp(input, prefix, length) != 0)
    return ONUS_NONE;
  size_t count = is_source ? c->n_sources : c->n_items;
  for (size_t i = 0; i < count; i++)
    if (strcmp(is_source ? c->sources[i].id : c->items[i].id, input + length) == 0)
      return i;
  return ONUS_NONE;
}

void onus_report_input_words(onus_buffer *out, const onus_case *c, const char *input) {
  static const struct {
    const char *prefix, *words;
    bool is_source;
  } forms[] = {
      {"source:", "Reliability of ", true},
      {"credibility:", "Probability that it is not credible: ", false},
      {"unseen:", "Probability that it is not what its holder says: ", false},
      {"item:", "Factor on the ratios of: ", false},
  };
  for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
    size_t index = look_up(c, input, forms[f].prefix, forms[f].is_source);
    if (index == ONUS_NONE)
      continue;
    onus_buffer_string(out, forms[f].words);
    onus_buffer_string(out, forms[f].is_source ? c->sources[index].name : c->items[index].title);
    return;
  }
  if (strcmp(input, "prior") == 0) {
    onus_buffer_string(out, "Prior probability");
    return;
  }
  for (size_t u = 0; u < c->n_undercutters; u++)
    if (strcmp(c->undercutters[u].id, input) == 0) {
      onus_buffer_string(out, "Probability of: ");
      onus_buffer_string(out, c->undercutters[u].name);
      return;
    }
  onus_buffer_string(out, input);
}

size_t onus_report_deciding_shown(const onus_assessment *assessment) {
  size_t shown = 0;
  while (shown < assessment->n_deciding && (shown < 3 || assessment->deciding[shown].share >= 0.005))
    shown++;
  return shown;
}

bool onus_report_tipping_concerns(const onus_tipping *tipping, bool is_item, const char *id) {
  static const char *const prefixes[] = {"source:", "item:", "credibility:", "unseen:"};
  for (size_t i = is_item ? 1 : 0; i < (is_item ? 4 : 1); i++) {
    size_t length = strlen(prefixes[i]);
    if (strncmp(tipping->input, prefixes[i], length) == 0 && strcmp(tipping->input + length, id) == 0)
      return true;
  }
  return false;
}

void onus_report_difference_words(onus_buffer *out, const onus_case *c, const onus_difference *difference) {
  size_t index = difference->index;
  switch (difference->kind) {
  case ONUS_DIFFERS_PRIOR:
    onus_buffer_string(out, "the prior");
    return;
  case ONUS_DIFFERS_RELIABILITY:
    onus_buffer_string(out, "the reliability of ");
    onus_buffer_string(out, index < c->n_sources ? c->sources[index].name : difference->name);
    return;
  case ONUS_DIFFERS_PROBABILITY:
    onus_buffer_string(out, "the probability of: ");
    onus_buffer_string(out, index < c->n_undercutters ? c->undercutters[index].name : difference->name);
    return;
  case ONUS_DIFFERS_ITEM:
    onus_buffer_string(out, "the item: ");
    onus_buffer_string(out, index < c->n_items ? c->items[index].title : difference->name);
    return;
  case ONUS_DIFFERS_ACCESS:
    onus_buffer_string(out, "access to sealed items");
    return;
  case ONUS_DIFFERS_STANDARD:
    onus_buffer_string(out, "the standard of proof");
    return;
  }
}

typedef struct ranked {
  bool counts;
  double size;
  const char *id;
  size_t index;
} ranked;

static int compare_ranked(const void *left, const void *right) {
  const ranked *a = left, *b = right;
  if (a->counts != b->counts)
    return a->counts ? -1 : 1;
  if (a->counts && a->size != b->size)
    return a->size > b->size ? -1 : 1;
  int by_id = a->counts ? strcmp(a->id, b->id) : 0;
  return by_id != 0 ? by_id : a->index < b->index ? -1 : a->index > b->index;
}

/* Sorts `ranks`, frees them and gives their indices. */
static size_t *take_order(onus_buffer *out, ranked *ranks, size_t count) {
  size_t *order = ranks ? calloc(count + 1, sizeof *order) : NULL;
  if (order && count > 1)
    qsort(ranks, count, sizeof *ranks, compare_ranked);
  for (size_t i = 0; order && i < count; i++)
    order[i] = ranks[i].index;
  free(ranks);
  if (!order && out->status == ONUS_OK)
    out->status = ONUS_NO_MEMORY;
  return order;
}

size_t *onus_report_order_items(onus_buffer *out, const onus_assessment *assessment) {
  size_t count = assessment->c->n_items;
  ranked *ranks = calloc(count + 1, sizeof *ranks);
  for (size_t i = 0; ranks && i < count; i++)
    ranks[i] = (ranked){assessment->items[i].counts, fabs(assessment->items[i].weight_log_odds),
                        assessment->c->items[i].id, i};
  return take_order(out, ranks, count);
}

size_t *onus_report_order_sources(onus_buffer *out, const onus_assessment *assessment) {
  size_t count = assessment->c->n_sources;
  ranked *ranks = calloc(count + 1, sizeof *ranks);
  for (size_t s = 0; ranks && s < count; s++)
    ranks[s] = (ranked){assessment->sources[s].n_items > 0, fabs(assessment->sources[s].weight_log_odds),
                        assessment->c->sources[s].id, s};
  return take_order(out, ranks, count);
}

size_t *onus_report_order_parts(onus_buffer *out, const onus_disagreement *disagreement) {
  size_t count = disagreement->n_parts;
  ranked *ranks = calloc(count + 1, sizeof *ranks);
  for (size_t p = 0; ranks && p < count; p++) {
    const onus_difference_part *part = &disagreement->parts[p];
    ranks[p] =
        (ranked){part->difference.kind != ONUS_DIFFERS_STANDARD, fabs(part->part_log_odds), part->difference.name, p};
  }
  return take_order(out, ranks, count);
}
