#include "case/view.h"

#include <stdlib.h>
#include <string.h>

/* Which position each part of a view comes from. */
typedef struct choice {
  const onus_position *prior, *access, *standard;
  const onus_position **reliability; /* [n_sources] */
  const onus_position **probability; /* [n_undercutters] */
  const onus_position **item;        /* [n_items] */
} choice;

static const onus_position **same_for_all(onus_arena *arena, size_t count, const onus_position *position) {
  const onus_position **all = ONUS_ARENA_ARRAY(arena, const onus_position *, count);
  for (size_t i = 0; all && i < count; i++)
    all[i] = position;
  return all;
}

static bool choice_make(const onus_case *c, const onus_position *position, onus_arena *arena, choice *out) {
  out->prior = out->access = out->standard = position;
  out->reliability = same_for_all(arena, c->n_sources, position);
  out->probability = same_for_all(arena, c->n_undercutters, position);
  out->item = same_for_all(arena, c->n_items, position);
  return out->reliability && out->probability && out->item;
}

static const onus_item_override *override_of(const onus_position *position, size_t item) {
  for (size_t i = 0; i < position->n_overrides; i++)
    if (position->overrides[i].item == item)
      return &position->overrides[i];
  return NULL;
}

onus_number onus_position_prior(const onus_case *c, const onus_position *p, size_t h) {
  return p->has_prior[h] ? p->prior[h] : c->hypotheses[h].prior;
}

onus_number onus_position_reliability(const onus_case *c, const onus_position *p, size_t s) {
  return p->has_reliability[s] ? p->reliability[s] : c->sources[s].reliability;
}

onus_number onus_position_probability(const onus_case *c, const onus_position *p, size_t u) {
  return p->has_probability[u] ? p->probability[u] : c->undercutters[u].probability;
}

bool onus_position_can_open(const onus_position *p, size_t item) {
  return p->access_all || p->access[item] || (p->opened && p->opened[item]);
}

bool onus_position_has_opened(const onus_case *c, const onus_position *p, size_t item) {
  bool is_here = c->items[item].row.kind != ONUS_ROW_NONE;
  bool is_for_it = !c->items[item].is_opened || (p->opened && p->opened[item]);
  return is_here && is_for_it && onus_position_can_open(p, item);
}

/* As if it had not been retracted. */
static onus_item_state state_unless_retracted(const onus_item *item, const onus_item_override *own,
                                              const onus_moment *as_of) {
  if (as_of && item->known.seconds_utc > onus_moment_end(*as_of))
    return ONUS_ITEM_NOT_YET_KNOWN;
  if (item->repeats != ONUS_NONE)
    return ONUS_ITEM_REPEAT;
  if (own && own->has_would_say_anyway ? own->would_say_anyway : item->would_say_anyway)
    return ONUS_ITEM_SAID_ANYWAY;
  return own && own->is_left_out ? ONUS_ITEM_LEFT_OUT : ONUS_ITEM_COUNTS;
}

static bool is_retracted(const onus_item *item, const onus_moment *as_of) {
  return item->has_retracted && (!as_of || item->retracted.seconds_utc <= onus_moment_end(*as_of));
}

static void see_item(const onus_case *c, const choice *from, size_t index, const onus_moment *as_of,
                     onus_view_item *out) {
  const onus_item *item = &c->items[index];
  const onus_item_override *own = override_of(from->item[index], index);
  bool open = !item->is_sealed || onus_position_can_open(from->access, index);
  bool opened_here = onus_position_has_opened(c, from->access, index);
  out->item = index;
  out->source = item->source;
  out->state = state_unless_retracted(item, own, as_of);
  out->is_drawn = out->state == ONUS_ITEM_COUNTS;
  if (out->state != ONUS_ITEM_NOT_YET_KNOWN && is_retracted(item, as_of))
    out->state = ONUS_ITEM_RETRACTED;
  out->seal = !item->is_sealed ? ONUS_SEAL_NONE
              : !open          ? ONUS_SEAL_UNSEEN
              : opened_here    ? ONUS_SEAL_OPENED
                               : ONUS_SEAL_ACCESS;
  out->row = out->seal == ONUS_SEAL_UNSEEN || out->seal == ONUS_SEAL_ACCESS ? &item->vouched : &item->row;
  if (own && own->row.kind != ONUS_ROW_NONE)
    out->row = &own->row;
  out->credibility = own && own->has_credibility ? own->credibility : item->credibility;
  out->credibility_grade = own && own->has_credibility ? own->credibility_grade : item->credibility_grade;
  out->has_credibility = out->credibility_grade >= 1 && out->credibility_grade <= 5;
  out->forgeable = own && own->has_forgeable ? own->forgeable : item->forgeable;
  out->undercut = item->undercut;
  out->n_undercut = item->n_undercut;
  out->has_unseen = out->seal == ONUS_SEAL_UNSEEN;
  out->unseen = own && own->has_unseen ? own->unseen : item->unseen;
}

typedef struct named_index {
  const char *name;
  size_t index;
} named_index;

static int compare_names(const void *a, const void *b) {
  return strcmp(((const named_index *)a)->name, ((const named_index *)b)->name);
}

static onus_status view_from(const onus_case *c, const onus_position *position, const choice *from,
                             const onus_moment *as_of, onus_arena *arena, onus_view **ret_view, onus_error *error) {
  onus_view *view = ONUS_ARENA_ARRAY(arena, onus_view, 1);
  named_index *order = ONUS_ARENA_ARRAY(arena, named_index, c->n_items);
  if (!view || !order)
    return ONUS_FAIL_NO_MEMORY(error);
  view->c = c;
  view->position = position;
  view->has_as_of = as_of != NULL;
  if (as_of)
    view->as_of = *as_of;
  view->prior = ONUS_ARENA_ARRAY(arena, onus_number, c->n_hypotheses);
  view->reliability = ONUS_ARENA_ARRAY(arena, onus_number, c->n_sources);
  view->probability = ONUS_ARENA_ARRAY(arena, onus_number, c->n_undercutters);
  view->items = ONUS_ARENA_ARRAY(arena, onus_view_item, c->n_items);
  view->n_items = c->n_items;
  if (!view->prior || !view->reliability || !view->probability || !view->items)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t h = 0; h < c->n_hypotheses; h++)
    view->prior[h] = onus_position_prior(c, from->prior, h);
  for (size_t s = 0; s < c->n_sources; s++)
    view->reliability[s] = onus_position_reliability(c, from->reliability[s], s);
  for (size_t u = 0; u < c->n_undercutters; u++)
    view->probability[u] = onus_position_probability(c, from->probability[u], u);
  for (size_t i = 0; i < c->n_items; i++)
    order[i] = (named_index){c->items[i].id, i};
  if (c->n_items)
    qsort(order, c->n_items, sizeof *order, compare_names);
  for (size_t i = 0; i < c->n_items; i++)
    see_item(c, from, order[i].index, as_of, &view->items[i]);
  *ret_view = view;
  return ONUS_OK;
}

onus_status onus_view_make(const onus_case *c, const onus_position *position, const onus_moment *as_of,
                           onus_arena *arena, onus_view **ret_view, onus_error *error) {
  choice from;
  if (!choice_make(c, position, arena, &from))
    return ONUS_FAIL_NO_MEMORY(error);
  return view_from(c, position, &from, as_of, arena, ret_view, error);
}

/* A position that is b but for the standard, which is a's. */
static const onus_position *with_standard_of(const onus_position *a, const onus_position *b, onus_arena *arena) {
  onus_position *mixed = ONUS_ARENA_ARRAY(arena, onus_position, 1);
  if (!mixed)
    return NULL;
  *mixed = *b;
  mixed->standard_id = a->standard_id;
  mixed->standard = a->standard;
  mixed->standard_exclusive = a->standard_exclusive;
  mixed->standard_origin = a->standard_origin;
  return mixed;
}

onus_status onus_view_mix(const onus_case *c, const onus_position *a, const onus_position *b,
                          const onus_difference *differences, size_t n_differences, const bool *use_a,
                          const onus_moment *as_of, onus_arena *arena, onus_view **ret_view, onus_error *error) {
  choice from;
  if (!choice_make(c, b, arena, &from))
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t d = 0; d < n_differences; d++) {
    if (!use_a[d])
      continue;
    switch (differences[d].kind) {
    case ONUS_DIFFERS_PRIOR:
      from.prior = a;
      break;
    case ONUS_DIFFERS_RELIABILITY:
      from.reliability[differences[d].index] = a;
      break;
    case ONUS_DIFFERS_PROBABILITY:
      from.probability[differences[d].index] = a;
      break;
    case ONUS_DIFFERS_ITEM:
      from.item[differences[d].index] = a;
      break;
    case ONUS_DIFFERS_ACCESS:
      from.access = a;
      break;
    case ONUS_DIFFERS_STANDARD:
      from.standard = with_standard_of(a, b, arena);
      if (!from.standard)
        return ONUS_FAIL_NO_MEMORY(error);
      break;
    }
  }
  return view_from(c, from.standard, &from, as_of, arena, ret_view, error);
}

/* --- differences ----------------------------------------------------------------------------------------------- */

static bool same_value(double a, double b) {
  return !(a < b) && !(a > b);
}

static bool same_number(onus_number a, onus_number b) {
  return same_value(a.low, b.low) && same_value(a.high, b.high);
}

static bool same_row(const onus_case *c, const onus_row *a, const onus_row *b) {
  if (a->kind != b->kind)
    return false;
  if (a->kind == ONUS_ROW_NONE || a->kind == ONUS_ROW_COMPUTE)
    return true;
  for (size_t h = 0; h < c->n_hypotheses; h++) {
    if (a->kind == ONUS_ROW_SAYS) {
      if (a->is_true[h] != b->is_true[h])
        return false;
    } else if (a->is_stated[h] != b->is_stated[h] || (a->is_stated[h] && !same_number(a->value[h], b->value[h])))
      return false;
  }
  return a->kind != ONUS_ROW_SAYS || (same_number(a->if_true, b->if_true) && same_number(a->if_false, b->if_false));
}

/* An override with everything that it leaves out filled in from the case. */
static onus_item_override effective(const onus_case *c, const onus_position *p, size_t index) {
  const onus_item *item = &c->items[index];
  const onus_item_override *own = override_of(p, index);
  onus_item_override all = own ? *own : (onus_item_override){.item = index};
  if (!all.has_forgeable)
    all.forgeable = item->forgeable;
  if (!all.has_credibility) {
    all.credibility = item->credibility;
    all.credibility_grade = item->credibility_grade;
  }
  if (!all.has_unseen)
    all.unseen = item->unseen;
  if (!all.has_would_say_anyway)
    all.would_say_anyway = item->would_say_anyway;
  return all;
}

static bool same_item(const onus_case *c, const onus_position *a, const onus_position *b, size_t index) {
  if (!override_of(a, index) && !override_of(b, index))
    return true;
  onus_item_override x = effective(c, a, index), y = effective(c, b, index);
  return x.is_left_out == y.is_left_out && same_row(c, &x.row, &y.row) && same_number(x.forgeable, y.forgeable) &&
         x.credibility_grade == y.credibility_grade && same_number(x.credibility, y.credibility) &&
         (!c->items[index].is_sealed || same_number(x.unseen, y.unseen)) && x.would_say_anyway == y.would_say_anyway;
}

static int compare_differences(const void *a, const void *b) {
  return strcmp(((const onus_difference *)a)->name, ((const onus_difference *)b)->name);
}

static bool prior_differs(const onus_case *c, const onus_position *a, const onus_position *b) {
  for (size_t h = 0; h < c->n_hypotheses; h++)
    if (!same_number(onus_position_prior(c, a, h), onus_position_prior(c, b, h)))
      return true;
  return false;
}

static bool access_differs(const onus_case *c, const onus_position *a, const onus_position *b) {
  for (size_t i = 0; i < c->n_items; i++)
    if (c->items[i].is_sealed && (onus_position_can_open(a, i) != onus_position_can_open(b, i) ||
                                  onus_position_has_opened(c, a, i) != onus_position_has_opened(c, b, i)))
      return true;
  return false;
}

onus_status onus_view_differences(const onus_case *c, const onus_position *a, const onus_position *b, onus_arena *arena,
                                  onus_difference **ret_differences, size_t *ret_count, onus_error *error) {
  size_t count = 0;
  onus_difference *all = ONUS_ARENA_ARRAY(arena, onus_difference, 3 + c->n_sources + c->n_undercutters + c->n_items);
  if (!all)
    return ONUS_FAIL_NO_MEMORY(error);
  if (prior_differs(c, a, b))
    all[count++] = (onus_difference){ONUS_DIFFERS_PRIOR, ONUS_NONE, "prior"};
  if (access_differs(c, a, b))
    all[count++] = (onus_difference){ONUS_DIFFERS_ACCESS, ONUS_NONE, "access"};
  if (!same_value(a->standard, b->standard) || a->standard_exclusive != b->standard_exclusive)
    all[count++] = (onus_difference){ONUS_DIFFERS_STANDARD, ONUS_NONE, "standard"};
  for (size_t s = 0; s < c->n_sources; s++)
    if (!same_number(onus_position_reliability(c, a, s), onus_position_reliability(c, b, s)))
      all[count++] =
          (onus_difference){ONUS_DIFFERS_RELIABILITY, s, onus_arena_join(arena, "source:", c->sources[s].id)};
  for (size_t u = 0; u < c->n_undercutters; u++)
    if (!same_number(onus_position_probability(c, a, u), onus_position_probability(c, b, u)))
      all[count++] = (onus_difference){ONUS_DIFFERS_PROBABILITY, u, c->undercutters[u].id};
  for (size_t i = 0; i < c->n_items; i++)
    if (!same_item(c, a, b, i))
      all[count++] = (onus_difference){ONUS_DIFFERS_ITEM, i, onus_arena_join(arena, "item:", c->items[i].id)};
  for (size_t d = 0; d < count; d++)
    if (!all[d].name)
      return ONUS_FAIL_NO_MEMORY(error);
  qsort(all, count, sizeof *all, compare_differences);
  *ret_differences = all;
  *ret_count = count;
  return ONUS_OK;
}
