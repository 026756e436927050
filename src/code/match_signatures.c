#include "code/match_signatures.h"

#include <string.h>

#include "code/match_internal.h"

static const size_t arena_cap_bytes = (size_t)8 << 30;

/* What the rounds ask of a print: callees and callers. */
static onus_status make_relations(onus_arena *arena, const onus_signature_program *program,
                                  onus_function_fingerprint *prints, onus_error *error) {
  uint32_t n = (uint32_t)program->count;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t *callees = ONUS_ARENA_ARRAY(arena, uint32_t, ONUS_SIGNATURE_CALLEES);
    if (callees == NULL)
      return ONUS_FAIL_NO_MEMORY(error);
    for (size_t k = 0; k < ONUS_SIGNATURE_CALLEES; k++) {
      int64_t at = (int64_t)i + program->items[i].callees[k];
      if (at == i || at < 0 || at >= n)
        continue;
      callees[prints[i].n_callees++] = (uint32_t)at;
      prints[at].n_callers++;
    }
    prints[i].callees = callees;
  }
  for (uint32_t i = 0; i < n; i++) {
    prints[i].callers = ONUS_ARENA_ARRAY(arena, uint32_t, prints[i].n_callers);
    if (prints[i].callers == NULL)
      return ONUS_FAIL_NO_MEMORY(error);
    prints[i].n_callers = 0;
  }
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < prints[i].n_callees; k++) {
      onus_function_fingerprint *callee = &prints[prints[i].callees[k]];
      ((uint32_t *)(uintptr_t)callee->callers)[callee->n_callers++] = i;
    }
  return ONUS_OK;
}

static onus_status add_targets(onus_matcher *matcher, const onus_signature_matching *matching, onus_signature *all,
                               onus_error *error) {
  for (size_t p = 0; p < matching->n_programs; p++) {
    const onus_signature_program *program = &matching->programs[p];
    onus_fingerprints prints = {.count = program->count};
    prints.items = ONUS_ARENA_ARRAY(matcher->arena, onus_function_fingerprint, program->count);
    if (prints.items == NULL)
      return ONUS_FAIL_NO_MEMORY(error);
    ONUS_TRY(make_relations(matcher->arena, program, prints.items, error));
    if (program->count > 0)
      memcpy(all + matcher->targets.count, program->items, program->count * sizeof all[0]);
    onus_match_side_add(&matcher->targets, &prints, (uint32_t)p);
  }
  return ONUS_OK;
}

static onus_status begin(onus_matcher *matcher, const onus_signature_matching *matching, onus_error *error) {
  size_t n = 0;
  for (size_t i = 0; i < matching->n_programs; i++)
    n += matching->programs[i].count;
  if (n > UINT32_MAX / 4 || matching->query->count > UINT32_MAX / 4)
    return ONUS_FAIL(error, ONUS_LIMIT, "the programs have more than %u functions", UINT32_MAX / 4);
  matcher->n_programs = matching->n_programs;
  matcher->query.items = ONUS_ARENA_ARRAY(matcher->arena, onus_match_function, matching->query->count);
  matcher->targets.items = ONUS_ARENA_ARRAY(matcher->arena, onus_match_function, n);
  matcher->rows = ONUS_ARENA_ARRAY(matcher->arena, onus_match_row, matching->query->count);
  matcher->share = ONUS_ARENA_ARRAY(matcher->arena, float, matching->n_programs);
  matcher->lead = ONUS_ARENA_ARRAY(matcher->arena, float, matching->n_programs);
  matcher->seen = ONUS_ARENA_ARRAY(matcher->arena, uint32_t, n);
  onus_signature *all = ONUS_ARENA_ARRAY(matcher->arena, onus_signature, n);
  if (matcher->query.items == NULL || matcher->targets.items == NULL || matcher->rows == NULL ||
      matcher->share == NULL || matcher->lead == NULL || matcher->seen == NULL || all == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  matcher->probes = matching->probes->items;
  matcher->signatures = all;
  onus_match_side_add(&matcher->query, matching->query, 0);
  return add_targets(matcher, matching, all, error);
}

static onus_status take_candidates(onus_matcher *matcher, void *context, onus_error *error) {
  (void)error;
  const onus_signature_matching *matching = context;
  for (size_t i = 0; i < matching->n_candidates; i++) {
    const onus_signature_candidate *candidate = &matching->candidates[i];
    uint32_t first = 0;
    for (uint32_t p = 0; p < candidate->program; p++)
      first += (uint32_t)matching->programs[p].count;
    onus_match_propose(matcher, candidate->query, first + candidate->function);
  }
  return ONUS_OK;
}

onus_status onus_match_signatures(const onus_signature_matching *matching, const onus_match_options *options,
                                  onus_matches **ret_matches, onus_error *error) {
  static const onus_match_options standard = {0};
  if (options == NULL)
    options = &standard;
  onus_matcher matcher = {.weights = options->weights == NULL ? &onus_signature_weights : options->weights};
  matcher.arena = onus_arena_new(arena_cap_bytes);
  if (matcher.arena == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_signature_matching copy = *matching;
  onus_status status = begin(&matcher, matching, error);
  if (status == ONUS_OK)
    status = onus_match_run(&matcher, options, take_candidates, &copy, ret_matches, error);
  onus_arena_free(matcher.arena);
  return status;
}
