/* What an incident and an actor's lists have in common, and what each of it adds to ln LR [C-2].
 *
 * Counts are sums over patterns, so a pattern's share is exact. Scores of the regressions are linear in what is shared;
 * their logarithms are taken apart by their slope at the score. Nearness is split over lists by e^s, and over what a
 * list shares by its part of s. The shares of all patterns therefore do not sum to ln LR: they say what carries it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/infrastructure_internal.h"

typedef struct explaining {
  const onus_query *q;
  uint32_t actor;
  double own[ONUS_INFRA_OWN_RATIOS]; /* weight of a feature and of its lead together */
  double *duals[ONUS_HABITS];        /* of the view's rows */
  double slope[ONUS_HABITS];         /* of ln LR by each score */
  double *near_share;                /* [n_bases]: e^s over its sum */
} explaining;

/* One pattern's lists of the actor. */
typedef struct found {
  double ln_weight;
  uint32_t basis, n_holders;
  double years; /* to the nearest; NaN */
  bool is_of_actor;
} found;

/* --- what carries how much ---------------------------------------------------------------------------------------- */

static onus_status prepare(const onus_query *q, const onus_weights *weights, uint32_t actor, onus_arena *arena,
                           explaining *ret_e, onus_error *error) {
  explaining e = {.q = q, .actor = actor};
  for (size_t k = 0; k < ONUS_INFRA_OWN_RATIOS; k++)
    e.own[k] = weights->ratio[1 + k] + weights->ratio[1 + ONUS_INFRA_OWN_RATIOS + k];
  for (size_t h = 0; h < ONUS_HABITS; h++) {
    ONUS_TRY(onus_query_duals(q, (onus_habit)h, actor, arena, &e.duals[h], error));
    double score = q->habit[h][actor], of_log = e.own[ONUS_COUNTEDS + h], of_sum = e.own[ONUS_COUNTEDS + ONUS_HABITS];
    e.slope[h] = of_sum + (score > 0 ? of_log / (score + ONUS_HABIT_FLOOR) : 0);
  }
  size_t n_bases = q->index->catalogue->n_bases;
  e.near_share = ONUS_ARENA_ARRAY(arena, double, n_bases + 1);
  if (!e.near_share)
    return ONUS_FAIL_NO_MEMORY(error);
  double greatest = -INFINITY, sum = 0;
  for (size_t b = 0; b < n_bases; b++)
    if (q->is_visible[b] && q->index->actor_of_basis[b] == actor)
      greatest = fmax(greatest, q->near[b]);
  for (size_t b = 0; b < n_bases; b++)
    if (q->is_visible[b] && q->index->actor_of_basis[b] == actor)
      sum += e.near_share[b] = exp(q->near[b] - greatest);
  for (size_t b = 0; b < n_bases; b++)
    e.near_share[b] = sum > 0 ? e.near_share[b] / sum : 0;
  *ret_e = e;
  return ONUS_OK;
}

/* Part of the nearness of a list that one pattern of weight `weight` is. */
static double near_part(const onus_query *q, int summed, uint32_t basis, double weight) {
  double sum = summed >= 0 ? q->sum[summed][basis] : 0;
  return sum > 0 ? ONUS_NEAR_SUMS[summed] * log1p(sum) * weight / sum : 0;
}

/* What a list that holds a pattern brings, in memory. */
static double list_part(const explaining *e, const onus_query_pattern *p, uint32_t basis, uint32_t row) {
  const onus_query *q = e->q;
  onus_kind_groups groups = ONUS_KIND_GROUPS[p->kind];
  size_t g = (size_t)groups.cosine;
  double in_view = q->view->weight[p->pattern];
  double norms = q->incident_norm[g] * q->view->norm[g * q->view->n_rows + row];
  double cosine = norms > 0 ? in_view * in_view / norms : 0, part = 0;
  double time = onus_habit_time(fabs(q->year - q->index->year_of_basis[basis]));
  for (size_t h = 0; h < ONUS_HABITS; h++)
    part += e->slope[h] * e->duals[h][row] * ONUS_HABIT_SHARES[h][g] * cosine * time;
  double near = ONUS_NEAR_COSINES[g] * cosine + near_part(q, groups.summed, basis, p->weight);
  return part + e->own[ONUS_INFRA_OWN_RATIOS - 1] * e->near_share[basis] * near;
}

/* Notes a list of the actor; the nearest in time is shown. */
static void meet(const explaining *e, uint32_t basis, found *f) {
  double years = fabs(e->q->year - e->q->index->year_of_basis[basis]);
  if (!f->is_of_actor || (isnan(f->years) && !isnan(years)) || years < f->years) {
    f->basis = basis;
    f->years = years;
  }
  f->is_of_actor = true;
}

static found find(const explaining *e, size_t at, uint8_t *is_holder) {
  const onus_query *q = e->q;
  const onus_query_pattern *p = &q->patterns[at];
  found f = {.basis = ONUS_NO_NUMBER, .years = NAN};
  memset(is_holder, 0, q->index->catalogue->n_actors);
  size_t begin = p->pattern == ONUS_NO_PLACE ? 0 : q->index->first[p->pattern];
  size_t end = p->pattern == ONUS_NO_PLACE ? 0 : q->index->first[p->pattern + 1];
  for (size_t i = begin; i < end; i++) {
    uint32_t list = q->index->lists[i], basis = q->index->basis_of_list[list], row = q->view->row_of_list[list];
    if (row == ONUS_NO_PLACE || !q->is_visible[basis])
      continue;
    uint32_t actor = q->index->actor_of_basis[basis];
    f.n_holders += !is_holder[actor];
    is_holder[actor] = 1;
    f.ln_weight += list_part(e, p, basis, row);
    if (actor == e->actor)
      meet(e, basis, &f);
  }
  for (size_t i = q->outside ? q->outside_first[at] : 0; q->outside && i < q->outside_first[at + 1]; i++) {
    uint32_t basis = q->outside[i], actor = q->index->actor_of_basis[basis];
    f.n_holders += !is_holder[actor];
    is_holder[actor] = 1;
    if (actor != e->actor)
      continue;
    f.ln_weight += e->own[ONUS_INFRA_OWN_RATIOS - 1] * e->near_share[basis] *
                   near_part(q, ONUS_KIND_GROUPS[p->kind].summed, basis, p->weight);
    meet(e, basis, &f);
  }
  int counted = ONUS_KIND_GROUPS[p->kind].counted;
  if (counted >= 0 && q->n_counted[counted] > 0)
    f.ln_weight += e->own[counted] * onus_query_count(q, p, e->actor) / sqrt((double)q->n_counted[counted]);
  return f;
}

/* --- links -------------------------------------------------------------------------------------------------------- */

/* Habits are shown together for each kind: one of them alone says little. */
static bool stands_alone(uint8_t kind) {
  return kind <= ONUS_PATTERN_QUERY_KEY || kind == ONUS_PATTERN_WIDE_NETWORK;
}

static int32_t days_of(double years) {
  return isnan(years) ? ONUS_DAY_UNKNOWN : (int32_t)lround(years * 365.25);
}

/* Keys of traces begin with the letter of their kind. */
static const char *value_of(const onus_query_pattern *p) {
  return p->kind <= ONUS_PATTERN_FINGERPRINT && p->text[0] ? p->text + 1 : p->text;
}

static const char *note_of(const onus_query_pattern *p) {
  if (p->kind != ONUS_PATTERN_HOST && p->kind != ONUS_PATTERN_REGISTERED && p->kind != ONUS_PATTERN_PROVIDER)
    return "";
  return onus_provider_class_name(onus_provider_of(value_of(p)));
}

typedef struct gathered {
  onus_link *links;
  size_t n_links;
  const onus_query_pattern *best[ONUS_PATTERN_KINDS]; /* of kinds that are shown together */
  double best_weight[ONUS_PATTERN_KINDS];
  found sum[ONUS_PATTERN_KINDS];
  size_t n[ONUS_PATTERN_KINDS];
} gathered;

static void gather(const onus_query_pattern *p, const found *f, gathered *g) {
  if (stands_alone(p->kind)) {
    g->links[g->n_links++] = (onus_link){.kind = onus_pattern_kind_name((onus_pattern_kind)p->kind),
                                         .value = value_of(p),
                                         .basis = f->basis,
                                         .ln_weight = f->ln_weight,
                                         .n_holders = f->n_holders,
                                         .age_days = days_of(f->years),
                                         .note = note_of(p)};
    return;
  }
  if (!g->best[p->kind] || f->ln_weight > g->best_weight[p->kind]) {
    double sum = g->sum[p->kind].ln_weight;
    g->best[p->kind] = p;
    g->best_weight[p->kind] = f->ln_weight;
    g->sum[p->kind] = *f;
    g->sum[p->kind].ln_weight = sum;
  }
  g->sum[p->kind].ln_weight += f->ln_weight;
  g->n[p->kind]++;
}

static char *and_more(const char *first, size_t n_more, onus_arena *arena) {
  char text[ONUS_PATTERN_BYTES + 40];
  if (n_more == 0)
    return onus_arena_copy(arena, first, strlen(first));
  snprintf(text, sizeof text, "%s and %zu more", first, n_more);
  return onus_arena_copy(arena, text, strlen(text));
}

static onus_status add_together(gathered *g, onus_arena *arena, onus_error *error) {
  for (size_t kind = 0; kind < ONUS_PATTERN_KINDS; kind++) {
    if (!g->best[kind])
      continue;
    const found *f = &g->sum[kind];
    char *value = and_more(value_of(g->best[kind]), g->n[kind] - 1, arena);
    if (!value)
      return ONUS_FAIL_NO_MEMORY(error);
    g->links[g->n_links++] = (onus_link){.kind = onus_pattern_kind_name((onus_pattern_kind)kind),
                                         .value = value,
                                         .basis = f->basis,
                                         .ln_weight = f->ln_weight,
                                         .n_holders = f->n_holders,
                                         .age_days = days_of(f->years),
                                         .note = ""};
  }
  return ONUS_OK;
}

static int by_weight(const void *a, const void *b) {
  const onus_link *x = a, *y = b;
  if (x->ln_weight != y->ln_weight)
    return x->ln_weight > y->ln_weight ? -1 : 1;
  int order = strcmp(x->kind, y->kind);
  return order ? order : strcmp(x->value, y->value);
}

/* --- what does not count ------------------------------------------------------------------------------------------ */

static bool is_circular_of(const explaining *e, uint32_t basis) {
  const onus_catalogue *c = e->q->index->catalogue;
  return basis < c->n_bases && c->bases[basis].is_circular && c->bases[basis].entry != ONUS_NO_NUMBER &&
         c->entries[c->bases[basis].entry].actor == e->actor && !e->q->hidden->is_hidden[basis];
}

/* One link of weight 0 for all traces that circular reports alone would have brought. */
static onus_status add_circular(const explaining *e, onus_arena *arena, onus_link *ret_link, size_t *ret_n,
                                onus_error *error) {
  const onus_query *q = e->q;
  size_t n = 0, n_found = 0;
  while (n < q->n_patterns && q->patterns[n].kind <= ONUS_PATTERN_FINGERPRINT)
    n++;
  onus_store_key *keys = ONUS_ARENA_ARRAY(arena, onus_store_key, n + 1);
  if (!keys)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n; i++)
    keys[i] = (onus_store_key){q->patterns[i].text, strlen(q->patterns[i].text)};
  onus_store_query query = {
      .table = ONUS_REFERENCE_TRACES, .keys = keys, .n_keys = n, .as_of_day = ONUS_STORE_ALWAYS, .cap_per_key = 256};
  onus_store_postings postings = {0};
  ONUS_TRY(onus_store_look_up(onus_reference_store(q->index->reference), &query, &postings, error));
  size_t first = 0;
  uint32_t basis = ONUS_NO_NUMBER;
  for (size_t i = 0; i < n; i++)
    for (size_t at = postings.first[i]; at < postings.first[i + 1]; at++)
      if (is_circular_of(e, postings.postings[at].report)) {
        if (n_found++ == 0) {
          first = i;
          basis = postings.postings[at].report;
        }
        break;
      }
  onus_store_postings_free(&postings);
  *ret_n = n_found > 0;
  if (n_found == 0)
    return ONUS_OK;
  char *value = and_more(value_of(&q->patterns[first]), n_found - 1, arena);
  if (!value)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_link = (onus_link){.kind = onus_pattern_kind_name((onus_pattern_kind)q->patterns[first].kind),
                          .value = value,
                          .basis = basis,
                          .age_days = days_of(fabs(q->year - q->index->year_of_basis[basis])),
                          .note = "circular: found from what was ascribed already, so it does not count"};
  return ONUS_OK;
}

/* --- together ----------------------------------------------------------------------------------------------------- */

onus_status onus_infrastructure_explain(const onus_query *q, const onus_weights *weights, uint32_t actor,
                                        size_t links_max, onus_arena *arena, const onus_link **ret_links,
                                        size_t *ret_n_links, onus_error *error) {
  explaining e;
  gathered g = {0};
  ONUS_TRY(prepare(q, weights, actor, arena, &e, error));
  uint8_t *is_holder = ONUS_ARENA_ARRAY(arena, uint8_t, q->index->catalogue->n_actors + 1);
  g.links = ONUS_ARENA_ARRAY(arena, onus_link, q->n_patterns + ONUS_PATTERN_KINDS + 1);
  if (!is_holder || !g.links)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < q->n_patterns; i++) {
    if (q->patterns[i].n_lists == 0)
      continue;
    found f = find(&e, i, is_holder);
    if (f.is_of_actor)
      gather(&q->patterns[i], &f, &g);
  }
  ONUS_TRY(add_together(&g, arena, error));
  qsort(g.links, g.n_links, sizeof *g.links, by_weight);
  onus_link circular;
  size_t n_circular = 0;
  ONUS_TRY(add_circular(&e, arena, &circular, &n_circular, error));
  if (g.n_links + n_circular > links_max)
    g.n_links = links_max > n_circular ? links_max - n_circular : 0;
  if (n_circular > 0 && links_max > 0)
    g.links[g.n_links++] = circular;
  *ret_links = g.links;
  *ret_n_links = g.n_links;
  return ONUS_OK;
}
