/* An incident against the lists of a view. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/cholesky.h"
#include "compare/infrastructure_internal.h"

enum {
  CAP_OUTSIDE = 4096
}; /* lists outside memory that one trace leads to; what is more common than that says nothing */

/* Prior weight of the whole reference in the count of an actor, in lists. */
static const double COUNT_PRIOR = 2, COUNT_PRIOR_GRAM = 3;

/* Weight of a list in the counts, by its distance from the incident. */
static const double COUNT_YEARS = 1.5, COUNT_FLOOR = 0.02, COUNT_UNDATED = 0.15;

/* --- patterns of the incident ------------------------------------------------------------------------------------- */

/* A hash table of the patterns seen so far. */
typedef struct collector {
  onus_arena *arena;
  onus_query_pattern *patterns;
  size_t n_patterns, capacity;
  uint32_t *slots; /* number of a pattern and 1 */
  size_t n_slots;
  bool looks_only, is_known; /* second pass: is one of the patterns known? */
} collector;

static size_t slot_of(const collector *c, uint64_t hash) {
  size_t slot = hash & (c->n_slots - 1);
  while (c->slots[slot] && c->patterns[c->slots[slot] - 1].hash != hash)
    slot = (slot + 1) & (c->n_slots - 1);
  return slot;
}

static onus_status grow(collector *c, onus_error *error) {
  size_t capacity = c->capacity ? 2 * c->capacity : 1024;
  onus_query_pattern *patterns = realloc(c->patterns, capacity * sizeof *patterns);
  if (!patterns)
    return ONUS_FAIL_NO_MEMORY(error);
  c->patterns = patterns;
  uint32_t *slots = calloc(2 * capacity, sizeof *slots);
  if (!slots)
    return ONUS_FAIL_NO_MEMORY(error);
  free(c->slots);
  c->slots = slots;
  c->n_slots = 2 * capacity;
  c->capacity = capacity;
  for (size_t i = 0; i < c->n_patterns; i++)
    c->slots[slot_of(c, c->patterns[i].hash)] = (uint32_t)i + 1;
  return ONUS_OK;
}

static bool names_something(onus_pattern_kind kind) {
  return kind <= ONUS_PATTERN_FINGERPRINT && kind != ONUS_PATTERN_NETWORK && kind != ONUS_PATTERN_PROVIDER;
}

static onus_status collect(void *context, onus_pattern_kind kind, const char *text, onus_error *error) {
  collector *c = context;
  uint64_t hash = onus_pattern_hash(kind, text);
  if (c->looks_only) {
    uint32_t found = names_something(kind) ? c->slots[slot_of(c, hash)] : 0;
    c->is_known = c->is_known || (found && c->patterns[found - 1].n_lists > 0);
    return ONUS_OK;
  }
  if (c->n_patterns == c->capacity)
    ONUS_TRY(grow(c, error));
  size_t slot = slot_of(c, hash);
  if (c->slots[slot])
    return ONUS_OK;
  char *copy = onus_arena_copy(c->arena, text, strlen(text));
  if (!copy)
    return ONUS_FAIL_NO_MEMORY(error);
  c->patterns[c->n_patterns] = (onus_query_pattern){.text = copy, .hash = hash, .kind = (uint8_t)kind};
  c->slots[slot] = (uint32_t)++c->n_patterns;
  return ONUS_OK;
}

/* *ret_n: how many are indicators. */
static onus_status read_indicators(const onus_incident *incident, collector *c, size_t *ret_n, size_t *ret_n_known,
                                   onus_error *error) {
  size_t n = 0, n_known = 0;
  for (size_t i = 0; i < incident->n_indicators; i++) {
    onus_indicator indicator;
    ONUS_TRY(onus_indicator_parse(incident->indicators[i], strlen(incident->indicators[i]), &indicator, error));
    if (indicator.kind == ONUS_INDICATOR_NONE)
      continue;
    c->is_known = false;
    ONUS_TRY(onus_patterns_of(&indicator, collect, c, error));
    n++;
    n_known += c->is_known;
  }
  *ret_n = n;
  *ret_n_known = n_known;
  return ONUS_OK;
}

static int by_kind_and_hash(const void *a, const void *b) {
  const onus_query_pattern *x = a, *y = b;
  if (x->kind != y->kind)
    return x->kind < y->kind ? -1 : 1;
  return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Finds the patterns in the index. They are sorted: sums do not depend on the order of the indicators. */
static onus_status take_patterns(onus_query *q, collector *c, onus_error *error) {
  char size[ONUS_PATTERN_BYTES];
  onus_pattern_of_size(q->n_indicators, size);
  ONUS_TRY(collect(c, ONUS_PATTERN_SIZE, size, error));
  q->patterns = ONUS_ARENA_ARRAY(c->arena, onus_query_pattern, c->n_patterns);
  if (!q->patterns)
    return ONUS_FAIL_NO_MEMORY(error);
  q->n_patterns = c->n_patterns;
  memcpy(q->patterns, c->patterns, c->n_patterns * sizeof *q->patterns);
  qsort(q->patterns, q->n_patterns, sizeof *q->patterns, by_kind_and_hash);
  for (size_t i = 0; i < q->n_patterns; i++) {
    onus_query_pattern *p = &q->patterns[i];
    p->pattern = onus_habit_index_find(q->index, p->hash);
    p->weight = p->pattern == ONUS_NO_PLACE ? 0 : q->view->weight[p->pattern];
    q->has_address = q->has_address || p->kind == ONUS_PATTERN_IP;
  }
  return ONUS_OK;
}

/* --- lists outside memory ----------------------------------------------------------------------------------------- */

/* Keeps the visible ones of what the store gave, and weighs a trace by all lists that hold it. */
static onus_status keep_outside(onus_query *q, const onus_store_postings *postings, onus_arena *arena,
                                onus_error *error) {
  size_t n = 0, n_all = q->view->n_rows + q->index->n_outside;
  q->outside = ONUS_ARENA_ARRAY(arena, uint32_t, postings->first[postings->n_keys] + 1);
  q->outside_first = ONUS_ARENA_ARRAY(arena, size_t, q->n_patterns + 1);
  if (!q->outside || !q->outside_first)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < q->n_patterns; i++) {
    q->outside_first[i] = n;
    if (i >= postings->n_keys) /* kinds that are looked up come first */
      continue;
    for (size_t at = postings->first[i]; at < postings->first[i + 1]; at++) {
      uint32_t basis = postings->postings[at].report;
      if (basis < q->index->catalogue->n_bases && q->is_visible[basis] &&
          q->index->list_of_basis[basis] == ONUS_NO_PLACE)
        q->outside[n++] = basis;
    }
    size_t n_held = n - q->outside_first[i];
    if (n_held == 0)
      continue;
    uint32_t pattern = q->patterns[i].pattern;
    if (pattern != ONUS_NO_PLACE)
      n_held += q->index->first[pattern + 1] - q->index->first[pattern];
    q->patterns[i].weight = log(((double)n_all + 1) / ((double)n_held + 0.5));
  }
  q->outside_first[q->n_patterns] = n;
  return ONUS_OK;
}

static onus_status look_outside(onus_query *q, onus_arena *arena, onus_error *error) {
  if (q->index->n_outside == 0)
    return ONUS_OK;
  size_t n = 0;
  while (n < q->n_patterns && q->patterns[n].kind <= ONUS_PATTERN_FINGERPRINT)
    n++;
  onus_store_key *keys = ONUS_ARENA_ARRAY(arena, onus_store_key, n + 1);
  if (!keys)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n; i++)
    keys[i] = (onus_store_key){q->patterns[i].text, strlen(q->patterns[i].text)};
  onus_store_query query = {.table = ONUS_REFERENCE_TRACES,
                            .keys = keys,
                            .n_keys = n,
                            .as_of_day = ONUS_STORE_ALWAYS,
                            .cap_per_key = CAP_OUTSIDE};
  onus_store_postings postings = {0};
  ONUS_TRY(onus_store_look_up(onus_reference_store(q->index->reference), &query, &postings, error));
  onus_status status = keep_outside(q, &postings, arena, error);
  onus_store_postings_free(&postings);
  return status;
}

/* --- sums over lists ---------------------------------------------------------------------------------------------- */

static double years_between(const onus_query *q, uint32_t basis) {
  return fabs(q->year - q->index->year_of_basis[basis]);
}

/* Adds what the incident and each list share, and how much there is of the incident. */
static void add_shared(onus_query *q) {
  const onus_habit_view *view = q->view;
  for (size_t i = 0; i < q->n_patterns; i++) {
    onus_query_pattern *p = &q->patterns[i];
    onus_kind_groups groups = ONUS_KIND_GROUPS[p->kind];
    double in_view = p->pattern == ONUS_NO_PLACE ? 0 : view->weight[p->pattern];
    double own = in_view > 0 ? in_view : view->unseen_weight;
    q->incident_norm[groups.cosine] += own * own;
    for (size_t at = in_view > 0 ? q->index->first[p->pattern] : 0; in_view > 0 && at < q->index->first[p->pattern + 1];
         at++) {
      uint32_t list = q->index->lists[at], row = view->row_of_list[list], basis = q->index->basis_of_list[list];
      if (row == ONUS_NO_PLACE || !q->is_visible[basis])
        continue;
      p->n_lists++;
      q->cosine[groups.cosine][row] += in_view * in_view;
      if (groups.summed >= 0)
        q->sum[groups.summed][basis] += p->weight;
    }
    for (size_t at = q->outside ? q->outside_first[i] : 0; q->outside && at < q->outside_first[i + 1]; at++) {
      p->n_lists++;
      if (groups.summed >= 0)
        q->sum[groups.summed][q->outside[at]] += p->weight;
    }
  }
  for (size_t g = 0; g < ONUS_COSINES; g++) {
    q->incident_norm[g] = sqrt(q->incident_norm[g]);
    for (size_t row = 0; row < view->n_rows; row++) {
      double norms = q->incident_norm[g] * view->norm[g * view->n_rows + row];
      q->cosine[g][row] = norms > 0 ? q->cosine[g][row] / norms : 0;
    }
  }
}

/* How near each list is to the incident, in parts of a log-odds. */
static void find_near(onus_query *q) {
  static const double MONTH_YEARS = 0.08, MONTH = 1.7, YEAR_YEARS = 1.5, YEAR = 2.2, UNDATED = 0.6;
  for (uint32_t basis = 0; basis < q->index->catalogue->n_bases; basis++) {
    if (!q->is_visible[basis])
      continue;
    double near = 0, years = years_between(q, basis);
    for (size_t g = 0; g < ONUS_SUMMEDS; g++)
      near += ONUS_NEAR_SUMS[g] * log1p(q->sum[g][basis]);
    uint32_t list = q->index->list_of_basis[basis];
    uint32_t row = list == ONUS_NO_PLACE ? ONUS_NO_PLACE : q->view->row_of_list[list];
    for (size_t g = 0; row != ONUS_NO_PLACE && g < ONUS_COSINES; g++)
      near += ONUS_NEAR_COSINES[g] * q->cosine[g][row];
    if (!isnan(years))
      near += MONTH * exp(-years / MONTH_YEARS) + YEAR * exp(-years / YEAR_YEARS);
    else if (!isnan(q->year))
      near += UNDATED;
    q->near[basis] = near;
  }
}

/* --- counts of each actor ----------------------------------------------------------------------------------------- */

static double count_prior(onus_counted group) {
  return group == ONUS_COUNTED_GRAM ? COUNT_PRIOR_GRAM : COUNT_PRIOR;
}

static void weigh_lists(onus_query *q) {
  for (size_t list = 0; list < q->index->n_lists; list++) {
    uint32_t basis = q->index->basis_of_list[list];
    if (!q->is_visible[basis])
      continue;
    double years = years_between(q, basis);
    double weight = isnan(q->year) ? 1 : isnan(years) ? COUNT_UNDATED : exp(-years / COUNT_YEARS) + COUNT_FLOOR;
    q->count_weight[list] = weight;
    q->actor_weight[q->index->actor_of_basis[basis]] += weight;
    q->total_weight += weight;
  }
}

/* Weight of the visible lists in memory that hold a pattern, and of those of one actor. */
static double held_weight(const onus_query *q, uint32_t pattern, uint32_t actor, double *ret_of_actor) {
  double held = 0, of_actor = 0;
  for (size_t at = q->index->first[pattern]; at < q->index->first[pattern + 1]; at++) {
    double weight = q->count_weight[q->index->lists[at]];
    held += weight;
    if (q->index->actor_of_basis[q->index->basis_of_list[q->index->lists[at]]] == actor)
      of_actor += weight;
  }
  *ret_of_actor = of_actor;
  return held;
}

/* ln((c + αq) / (αq)) with q the share of the whole reference that holds it. */
static double count_share(const onus_query *q, onus_counted group, double held, double of_actor) {
  double expected = count_prior(group) * (held + 0.3) / (q->total_weight + 1);
  return log((of_actor + expected) / expected);
}

double onus_query_count(const onus_query *q, const onus_query_pattern *pattern, uint32_t actor) {
  int group = ONUS_KIND_GROUPS[pattern->kind].counted;
  if (group < 0 || pattern->pattern == ONUS_NO_PLACE)
    return 0;
  double of_actor, held = held_weight(q, pattern->pattern, actor, &of_actor);
  return of_actor > 0 ? count_share(q, (onus_counted)group, held, of_actor) : 0;
}

/* An actor that does not hold a pattern scores ln(α / (n + α)) for it, whatever the pattern: those that do are all that
 * has to be visited. */
static void count(onus_query *q, double *of_actor, uint32_t *touched) {
  for (size_t i = 0; i < q->n_patterns; i++) {
    const onus_query_pattern *p = &q->patterns[i];
    int group = ONUS_KIND_GROUPS[p->kind].counted;
    if (group < 0 || p->pattern == ONUS_NO_PLACE)
      continue;
    double held = 0;
    size_t n_touched = 0;
    for (size_t at = q->index->first[p->pattern]; at < q->index->first[p->pattern + 1]; at++) {
      uint32_t list = q->index->lists[at];
      double weight = q->count_weight[list];
      if (!(weight > 0))
        continue;
      uint32_t actor = q->index->actor_of_basis[q->index->basis_of_list[list]];
      if (of_actor[actor] == 0)
        touched[n_touched++] = actor;
      of_actor[actor] += weight;
      held += weight;
    }
    if (n_touched == 0)
      continue;
    q->n_counted[group]++;
    for (size_t k = 0; k < n_touched; k++) {
      q->counted[group][touched[k]] += count_share(q, (onus_counted)group, held, of_actor[touched[k]]);
      of_actor[touched[k]] = 0;
    }
  }
  for (size_t g = 0; g < ONUS_COUNTEDS; g++) {
    double prior = count_prior((onus_counted)g), n = (double)q->n_counted[g];
    for (size_t a = 0; a < q->index->catalogue->n_actors; a++)
      q->counted[g][a] = n > 0 ? (q->counted[g][a] + n * log(prior / (q->actor_weight[a] + prior))) / sqrt(n) : 0;
  }
}

/* --- kernel regression -------------------------------------------------------------------------------------------- */

/* The incident's kernel with each row; 0 for hidden ones. */
static void kernel_of(const onus_query *q, onus_habit habit, double *ret_kernel) {
  for (size_t row = 0; row < q->view->n_rows; row++) {
    uint32_t basis = q->index->basis_of_list[q->view->list_of_row[row]];
    double kernel = 0;
    for (size_t g = 0; g < ONUS_COSINES; g++)
      kernel += ONUS_HABIT_SHARES[habit][g] * q->cosine[g][row];
    ret_kernel[row] = q->is_visible[basis] ? kernel * onus_habit_time(years_between(q, basis)) : 0;
  }
}

/* Solves (K + λI) x = b over the visible rows alone, in place; b is 0 at hidden ones. With A the inverse over all rows
 * and H the hidden ones: x = A b − A_·H (A_HH)⁻¹ (A b)_H. */
static onus_status solve_visible(const onus_query *q, onus_habit habit, double *b, onus_arena *arena,
                                 onus_error *error) {
  const onus_habit_view *view = q->view;
  size_t n = view->n_rows, n_hidden = 0;
  onus_cholesky_solve(view->factor[habit], n, b);
  uint32_t *rows = ONUS_ARENA_ARRAY(arena, uint32_t, n + 1);
  if (!rows)
    return ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t row = 0; row < n; row++)
    if (!q->is_visible[q->index->basis_of_list[view->list_of_row[row]]])
      rows[n_hidden++] = row;
  if (n_hidden == 0)
    return ONUS_OK;
  double *columns = ONUS_ARENA_ARRAY(arena, double, n_hidden *n);
  double *inner = ONUS_ARENA_ARRAY(arena, double, onus_cholesky_row(n_hidden)),
         *at_hidden = ONUS_ARENA_ARRAY(arena, double, n_hidden);
  if (!columns || !inner || !at_hidden)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t h = 0; h < n_hidden; h++) {
    columns[h * n + rows[h]] = 1;
    onus_cholesky_solve(view->factor[habit], n, columns + h * n);
    at_hidden[h] = b[rows[h]];
    for (size_t k = 0; k <= h; k++)
      inner[onus_cholesky_row(h) + k] = columns[h * n + rows[k]];
  }
  if (!onus_cholesky_factor(inner, n_hidden))
    return ONUS_FAIL(error, ONUS_INTERNAL, "the kernel of the lists that are left out is not positive definite");
  onus_cholesky_solve(inner, n_hidden, at_hidden);
  for (size_t h = 0; h < n_hidden; h++)
    for (size_t row = 0; row < n; row++)
      b[row] -= columns[h * n + row] * at_hidden[h];
  for (size_t h = 0; h < n_hidden; h++)
    b[rows[h]] = 0; /* but for rounding they are */
  return ONUS_OK;
}

static onus_status regress(onus_query *q, onus_habit habit, onus_arena *arena, onus_error *error) {
  double *solved = ONUS_ARENA_ARRAY(arena, double, q->view->n_rows + 1);
  if (!solved)
    return ONUS_FAIL_NO_MEMORY(error);
  kernel_of(q, habit, solved);
  ONUS_TRY(solve_visible(q, habit, solved, arena, error));
  for (size_t row = 0; row < q->view->n_rows; row++)
    q->habit[habit][q->index->actor_of_basis[q->index->basis_of_list[q->view->list_of_row[row]]]] += solved[row];
  return ONUS_OK;
}

onus_status onus_query_duals(const onus_query *q, onus_habit habit, uint32_t actor, onus_arena *arena,
                             double **ret_weights, onus_error *error) {
  double *weights = ONUS_ARENA_ARRAY(arena, double, q->view->n_rows + 1);
  if (!weights)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t row = 0; row < q->view->n_rows; row++) {
    uint32_t basis = q->index->basis_of_list[q->view->list_of_row[row]];
    weights[row] = q->is_visible[basis] && q->index->actor_of_basis[basis] == actor;
  }
  ONUS_TRY(solve_visible(q, habit, weights, arena, error));
  *ret_weights = weights;
  return ONUS_OK;
}

/* --- together ----------------------------------------------------------------------------------------------------- */

static onus_status allocate(onus_query *q, onus_arena *arena, onus_error *error) {
  size_t n_bases = q->index->catalogue->n_bases, n_actors = q->index->catalogue->n_actors, n_rows = q->view->n_rows;
  bool has_memory = (q->is_visible = ONUS_ARENA_ARRAY(arena, uint8_t, n_bases + 1)) != NULL;
  has_memory = has_memory && (q->near = ONUS_ARENA_ARRAY(arena, double, n_bases + 1));
  has_memory = has_memory && (q->n_visible = ONUS_ARENA_ARRAY(arena, size_t, n_actors + 1));
  has_memory = has_memory && (q->actor_weight = ONUS_ARENA_ARRAY(arena, double, n_actors + 1));
  has_memory = has_memory && (q->count_weight = ONUS_ARENA_ARRAY(arena, double, q->index->n_lists + 1));
  for (size_t g = 0; has_memory && g < ONUS_COSINES; g++)
    has_memory = (q->cosine[g] = ONUS_ARENA_ARRAY(arena, double, n_rows + 1)) != NULL;
  for (size_t g = 0; has_memory && g < ONUS_SUMMEDS; g++)
    has_memory = (q->sum[g] = ONUS_ARENA_ARRAY(arena, double, n_bases + 1)) != NULL;
  for (size_t g = 0; has_memory && g < ONUS_COUNTEDS; g++)
    has_memory = (q->counted[g] = ONUS_ARENA_ARRAY(arena, double, n_actors + 1)) != NULL;
  for (size_t g = 0; has_memory && g < ONUS_HABITS; g++)
    has_memory = (q->habit[g] = ONUS_ARENA_ARRAY(arena, double, n_actors + 1)) != NULL;
  return has_memory ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static void find_visible(onus_query *q) {
  for (size_t basis = 0; basis < q->index->catalogue->n_bases; basis++) {
    uint32_t actor = q->index->actor_of_basis[basis];
    q->is_visible[basis] = actor != ONUS_NO_NUMBER && !q->hidden->is_hidden[basis];
    if (q->is_visible[basis])
      q->n_visible[actor]++;
  }
}

static onus_status collect_incident(onus_query *q, const onus_incident *incident, collector *c, onus_error *error) {
  size_t n_known;
  ONUS_TRY(grow(c, error));
  ONUS_TRY(read_indicators(incident, c, &q->n_indicators, &n_known, error));
  ONUS_TRY(take_patterns(q, c, error));
  ONUS_TRY(look_outside(q, c->arena, error));
  add_shared(q);
  memcpy(c->patterns, q->patterns, q->n_patterns * sizeof *q->patterns); /* now with the lists that hold them */
  memset(c->slots, 0, c->n_slots * sizeof *c->slots);
  for (size_t i = 0; i < c->n_patterns; i++)
    c->slots[slot_of(c, c->patterns[i].hash)] = (uint32_t)i + 1;
  c->looks_only = true;
  ONUS_TRY(read_indicators(incident, c, &q->n_indicators, &q->n_known, error));
  q->n_not_known = q->n_indicators - q->n_known;
  return ONUS_OK;
}

onus_status onus_query_make(const onus_habit_index *index, const onus_habit_view *view, const onus_incident *incident,
                            const onus_hidden *hidden, onus_arena *arena, onus_query *ret_query, onus_error *error) {
  if (incident->n_indicators > ONUS_INCIDENT_INDICATORS)
    return ONUS_FAIL(error, ONUS_LIMIT, "an incident of %zu indicators: at most %d can be compared",
                     incident->n_indicators, ONUS_INCIDENT_INDICATORS);
  onus_query q = {.index = index, .view = view, .hidden = hidden, .year = NAN};
  if (incident->period.first_day != ONUS_DAY_UNKNOWN && incident->period.last_day != ONUS_DAY_UNKNOWN)
    q.year = ((double)incident->period.first_day + (double)incident->period.last_day) / 2 / 365.25;
  ONUS_TRY(allocate(&q, arena, error));
  find_visible(&q);
  collector c = {.arena = arena};
  onus_status status = collect_incident(&q, incident, &c, error);
  free(c.patterns);
  free(c.slots);
  if (status != ONUS_OK)
    return status;
  find_near(&q);
  weigh_lists(&q);
  double *of_actor = ONUS_ARENA_ARRAY(arena, double, index->catalogue->n_actors + 1);
  uint32_t *touched = ONUS_ARENA_ARRAY(arena, uint32_t, index->catalogue->n_actors + 1);
  if (!of_actor || !touched)
    return ONUS_FAIL_NO_MEMORY(error);
  count(&q, of_actor, touched);
  for (size_t h = 0; h < ONUS_HABITS; h++)
    ONUS_TRY(regress(&q, (onus_habit)h, arena, error));
  *ret_query = q;
  return ONUS_OK;
}
