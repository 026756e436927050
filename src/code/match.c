#include "code/match.h"

#include <math.h>
#include <stdlib.h>

#include "code/match_internal.h"

enum { FIRST_CANDIDATES = 20, KEPT_CANDIDATES = 24 };
static const size_t arena_cap_bytes = (size_t)8 << 30;

/* --- candidates --------------------------------------------------------------------------------------------------- */

static void own_features(const onus_matcher *matcher, uint32_t query, uint32_t target, float *ret_feature) {
  if (matcher->probes != NULL)
    onus_probe_features(&matcher->probes[query], &matcher->signatures[target], ret_feature);
  else
    onus_match_own_features(&matcher->query.items[query], &matcher->targets.items[target], ret_feature);
}

static void set_own(const onus_matcher *matcher, uint32_t query, onus_match_candidate *candidate) {
  float feature[ONUS_MATCH_FEATURES];
  own_features(matcher, query, candidate->target, feature);
  for (unsigned stage = 0; stage < ONUS_MATCH_STAGES; stage++) {
    double sum = matcher->weights->constant[stage];
    for (unsigned i = 0; i < ONUS_MATCH_OWN_FEATURES; i++)
      sum += matcher->weights->weight[stage][i] * (double)feature[i];
    candidate->own[stage] = (float)sum;
  }
}

void onus_match_propose(onus_matcher *matcher, uint32_t query, uint32_t target) {
  onus_match_row *row = &matcher->rows[query];
  if (matcher->query.items[query].print->is_thunk || matcher->targets.items[target].print->is_thunk)
    return;
  for (uint32_t i = 0; i < row->count; i++)
    if (row->items[i].target == target)
      return;
  onus_match_candidate candidate = {.target = target};
  set_own(matcher, query, &candidate);
  candidate.log_odds = candidate.own[0];
  candidate.row = candidate.column = -12.0f;
  if (row->count < ONUS_MATCH_CANDIDATES_MAX) {
    row->items[row->count++] = candidate;
    return;
  }
  uint32_t least = 0;
  for (uint32_t i = 1; i < row->count; i++)
    if (row->items[i].log_odds < row->items[least].log_odds)
      least = i;
  if (candidate.log_odds > row->items[least].log_odds)
    row->items[least] = candidate;
}

typedef struct found {
  uint32_t target;
  float score;
} found;

static bool is_better(const found *a, const found *b) {
  return a->score != b->score ? a->score > b->score : a->target < b->target;
}

/* Those that share the most rare tokens. `score` has a zero for each target function, and has them again afterwards. */
static void find_candidates(onus_matcher *matcher, uint32_t query, float *score, found *list) {
  const onus_match_function *function = &matcher->query.items[query];
  const onus_match_index *index = &matcher->index;
  size_t n = 0, n_best = 0;
  for (uint32_t i = 0; i < function->n_terms; i++) {
    uint32_t id = function->terms[i].id;
    for (uint32_t k = index->first[id]; k < index->first[id + 1]; k++) {
      uint32_t target = index->functions[k];
      if (score[target] <= 0)
        list[n++].target = target;
      score[target] += index->rarity[id];
    }
  }
  /* The best are kept in order at the front of the list, which is read no further back than it is written. */
  for (size_t i = 0; i < n; i++) {
    found one = {list[i].target, 0};
    float other = matcher->targets.items[one.target].all_mass;
    one.score = score[one.target] / sqrtf((function->all_mass + 20) * (other + 20));
    score[one.target] = 0;
    size_t at = n_best < FIRST_CANDIDATES ? n_best++ : FIRST_CANDIDATES;
    for (; at > 0 && is_better(&one, &list[at - 1]); at--)
      if (at < FIRST_CANDIDATES)
        list[at] = list[at - 1];
    if (at < FIRST_CANDIDATES)
      list[at] = one;
  }
  for (size_t i = 0; i < n_best; i++)
    onus_match_propose(matcher, query, list[i].target);
}

static onus_status find_all_candidates(onus_matcher *matcher, void *context, onus_error *error) {
  (void)context;
  size_t n = matcher->targets.count;
  float *score = calloc(n + 1, sizeof score[0]);
  found *list = malloc((n + 1) * sizeof list[0]);
  onus_status status = score == NULL || list == NULL ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
  for (uint32_t i = 0; i < matcher->query.count && status == ONUS_OK; i++)
    find_candidates(matcher, i, score, list);
  free(score);
  free(list);
  return status;
}

/* --- rounds ------------------------------------------------------------------------------------------------------- */

static int compare_candidates(const void *first, const void *second) {
  const onus_match_candidate *a = first, *b = second;
  if (a->log_odds != b->log_odds)
    return a->log_odds > b->log_odds ? -1 : 1;
  return a->target < b->target ? -1 : a->target > b->target;
}

static unsigned stage_of(unsigned round) {
  return round < ONUS_MATCH_STAGES ? round : ONUS_MATCH_STAGES - 1;
}

/* [K-5] */
static onus_status weigh_again(onus_matcher *matcher, unsigned round, onus_error *error) {
  const double *weight = matcher->weights->weight[stage_of(round)];
  size_t n = 0, at = 0;
  for (size_t i = 0; i < matcher->query.count; i++)
    n += matcher->rows[i].count;
  float *fresh = malloc((n + 1) * sizeof fresh[0]);
  if (fresh == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t i = 0; i < matcher->query.count; i++)
    for (uint32_t k = 0; k < matcher->rows[i].count; k++) {
      float feature[ONUS_MATCH_FEATURES];
      const onus_match_candidate *candidate = &matcher->rows[i].items[k];
      onus_match_relations(matcher, i, candidate, feature);
      double sum = (double)candidate->own[stage_of(round)];
      for (unsigned f = ONUS_MATCH_OWN_FEATURES; f < ONUS_MATCH_FEATURES; f++)
        sum += weight[f] * (double)feature[f];
      fresh[at++] = (float)sum;
    }
  at = 0;
  for (size_t i = 0; i < matcher->query.count; i++) {
    onus_match_row *row = &matcher->rows[i];
    for (uint32_t k = 0; k < row->count; k++)
      row->items[k].log_odds = fresh[at++];
    qsort(row->items, row->count, sizeof row->items[0], compare_candidates);
    if (row->count > KEPT_CANDIDATES)
      row->count = KEPT_CANDIDATES;
  }
  free(fresh);
  return onus_match_settle(matcher, error);
}

/* What is told of a pair is read off the surroundings as they are at the end, so that its reasons add up. */
static void fill_pair(onus_matcher *matcher, uint32_t query, const onus_match_candidate *candidate, unsigned stage,
                      onus_match_pair *pair) {
  const onus_match_function *target = &matcher->targets.items[candidate->target];
  pair->query = query;
  pair->program = target->program;
  pair->target = target->index;
  pair->stage = (uint8_t)stage;
  own_features(matcher, query, candidate->target, pair->feature);
  onus_match_relations(matcher, query, candidate, pair->feature);
  pair->log_odds = matcher->weights->constant[stage];
  for (unsigned i = 0; i < ONUS_MATCH_FEATURES; i++)
    pair->log_odds += matcher->weights->weight[stage][i] * (double)pair->feature[i];
  pair->probability = 1 / (1 + exp(-pair->log_odds));
}

static onus_status take_pairs(onus_matcher *matcher, onus_matches *matches, const onus_match_options *options,
                              unsigned stage, onus_error *error) {
  matches->pairs = calloc(matcher->query.count + 1, sizeof matches->pairs[0]);
  matches->mass = calloc(matcher->query.count + 1, sizeof matches->mass[0]);
  if (matches->pairs == NULL || matches->mass == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t i = 0; i < matcher->query.count; i++) {
    const onus_match_row *row = &matcher->rows[i];
    for (unsigned kind = 0; kind < ONUS_TOKEN_NEAR; kind++)
      matches->mass[i] += matcher->query.items[i].mass[kind];
    for (uint32_t k = 0; options->observer != NULL && k < row->count; k++) {
      onus_match_pair pair;
      fill_pair(matcher, i, &row->items[k], stage, &pair);
      options->observer(options->observer_context, &pair);
    }
    if (row->count == 0)
      continue;
    uint32_t best = 0;
    for (uint32_t k = 1; k < row->count; k++)
      if (compare_candidates(&row->items[k], &row->items[best]) < 0)
        best = k;
    fill_pair(matcher, i, &row->items[best], stage, &matches->pairs[matches->n_pairs++]);
  }
  return ONUS_OK;
}

static onus_status run_rounds(onus_matcher *matcher, const onus_match_options *options,
                              onus_match_first_candidates *first, void *context, onus_matches *matches,
                              onus_error *error) {
  unsigned rounds = options->rounds == 0 ? ONUS_MATCH_ROUNDS : options->rounds - 1;
  for (size_t i = 0; i < matcher->query.count; i++) {
    matcher->rows[i].items = ONUS_ARENA_ARRAY(matcher->arena, onus_match_candidate, ONUS_MATCH_CANDIDATES_MAX);
    if (matcher->rows[i].items == NULL)
      return ONUS_FAIL_NO_MEMORY(error);
  }
  ONUS_TRY(first(matcher, context, error));
  ONUS_TRY(onus_match_settle(matcher, error));
  for (unsigned round = 1; round <= rounds; round++) {
    onus_match_propose_around(matcher);
    ONUS_TRY(onus_match_settle(matcher, error));
    ONUS_TRY(weigh_again(matcher, round, error));
  }
  if (options->is_for_fitting) {
    onus_match_propose_around(matcher);
    ONUS_TRY(onus_match_settle(matcher, error));
  }
  return take_pairs(matcher, matches, options, stage_of(rounds), error);
}

onus_status onus_match_run(onus_matcher *matcher, const onus_match_options *options, onus_match_first_candidates *first,
                           void *context, onus_matches **ret_matches, onus_error *error) {
  onus_matches *matches = calloc(1, sizeof *matches);
  if (matches == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = run_rounds(matcher, options, first, context, matches, error);
  if (status == ONUS_OK)
    *ret_matches = matches;
  else
    onus_matches_free(matches);
  return status;
}

onus_status onus_match_programs(const onus_fingerprints *query, const onus_fingerprints *const *targets,
                                size_t n_targets, const onus_match_options *options, onus_matches **ret_matches,
                                onus_error *error) {
  static const onus_match_options standard = {0};
  if (options == NULL)
    options = &standard;
  onus_matcher matcher = {.weights = options->weights == NULL ? &onus_match_default_weights : options->weights};
  matcher.arena = onus_arena_new(arena_cap_bytes);
  if (matcher.arena == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = onus_matcher_index(&matcher, query, targets, n_targets, error);
  if (status == ONUS_OK)
    status = onus_match_run(&matcher, options, find_all_candidates, NULL, ret_matches, error);
  onus_arena_free(matcher.arena);
  return status;
}

void onus_matches_free(onus_matches *matches) {
  if (matches == NULL)
    return;
  free(matches->pairs);
  free(matches->mass);
  free(matches);
}

double onus_matches_expected_share(const onus_matches *matches, size_t n_functions) {
  double all = 0, shared = 0;
  for (size_t i = 0; i < n_functions; i++)
    all += (double)matches->mass[i];
  for (size_t i = 0; i < matches->n_pairs; i++)
    shared += matches->pairs[i].probability * (double)matches->mass[matches->pairs[i].query];
  return all > 0 ? shared / all : 0;
}

static onus_match_reason reason_of(unsigned feature) {
  if (feature < ONUS_MATCH_COUNT)
    return (onus_match_reason)(feature % ONUS_TOKEN_KINDS);
  if (feature < ONUS_MATCH_OWN_FEATURES)
    return feature == ONUS_MATCH_EXACT ? ONUS_REASON_EXACT : ONUS_REASON_COUNTS;
  static const uint8_t relations[] = {
      ONUS_REASON_LEAD,    ONUS_REASON_LEAD,   ONUS_REASON_CALLEES, ONUS_REASON_CALLEES, ONUS_REASON_CALLERS,
      ONUS_REASON_CALLERS, ONUS_REASON_BESIDE, ONUS_REASON_BESIDE,  ONUS_REASON_ORDER,   ONUS_REASON_ORDER,
      ONUS_REASON_ORDER,   ONUS_REASON_ORDER,  ONUS_REASON_PROGRAM, ONUS_REASON_PROGRAM};
  return (onus_match_reason)relations[feature - ONUS_MATCH_OWN_FEATURES];
}

void onus_match_reasons(const onus_match_pair *pair, double *ret_reason, double *ret_constant) {
  const onus_match_weights *weights = &onus_match_default_weights;
  for (unsigned i = 0; i < ONUS_MATCH_REASONS; i++)
    ret_reason[i] = 0;
  for (unsigned i = 0; i < ONUS_MATCH_FEATURES; i++)
    ret_reason[reason_of(i)] += weights->weight[pair->stage][i] * (double)pair->feature[i];
  *ret_constant = weights->constant[pair->stage];
}

const char *onus_match_reason_name(onus_match_reason reason) {
  static const char *const names[] = {
      "sizes and counts", "same instructions", "ahead of others",        "callees",
      "callers",          "table neighbours",  "neighbours in the file", "program as a whole"};
  return reason < ONUS_REASON_KINDS ? onus_token_kind_name((onus_token_kind)reason) : names[reason - ONUS_REASON_KINDS];
}
