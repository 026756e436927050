#include "compare/code.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/share.h"
#include "compare/origin.h"

const char ONUS_CODE_VERSION[] = "code-1";

static const double Z_90 = 1.644854;
/* [K-17] How often who did it takes up code of his own: nobody has counted it, so any share is as good as any other.
 * Its mean, and its 5 % and 95 % quantile. */
static const double REUSE = 0.5, REUSE_LOW = 0.05, REUSE_HIGH = 0.95;

/* --- who has what ------------------------------------------------------------------------------------------------- */

/* A sample that counts. */
typedef struct holding {
  uint32_t actor, entry, program, family, basis;
} holding;

typedef struct holdings {
  holding *items; /* by actor, then family */
  size_t count;
} holdings;

static int by_actor_and_family(const void *a, const void *b) {
  const holding *x = a, *y = b;
  if (x->actor != y->actor)
    return x->actor < y->actor ? -1 : 1;
  if (x->family != y->family)
    return x->family < y->family ? -1 : 1;
  if (x->program != y->program)
    return x->program < y->program ? -1 : 1;
  return x->basis < y->basis ? -1 : x->basis > y->basis;
}

static int by_family_and_actor(const void *a, const void *b) {
  const holding *x = a, *y = b;
  if (x->family != y->family)
    return x->family < y->family ? -1 : 1;
  return by_actor_and_family(a, b);
}

static bool is_hidden(const onus_hidden *hidden, uint32_t basis) {
  return hidden != NULL && hidden->is_hidden[basis];
}

static onus_status find_holdings(const onus_reference *reference, const onus_hidden *hidden, holdings *ret,
                                 onus_error *error) {
  const onus_catalogue *all = onus_reference_catalogue(reference);
  const onus_code_catalogue *code = onus_reference_code(reference);
  *ret = (holdings){calloc(code->n_samples + 1, sizeof(holding)), 0};
  if (ret->items == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < code->n_samples; i++) {
    const onus_ref_sample *s = &code->samples[i];
    uint32_t entry = all->bases[s->basis].entry;
    if (!is_hidden(hidden, s->basis) && all->entries[entry].actor != ONUS_NO_NUMBER)
      ret->items[ret->count++] = (holding){all->entries[entry].actor, entry, s->program, s->family, s->basis};
  }
  qsort(ret->items, ret->count, sizeof ret->items[0], by_actor_and_family);
  return ONUS_OK;
}

onus_status onus_code_count_shared(const onus_reference *reference, const onus_hidden *hidden, size_t *ret_n_shared,
                                   size_t *ret_n_families, onus_error *error) {
  holdings h;
  size_t n_shared = 0, n_families = 0;
  ONUS_TRY(find_holdings(reference, hidden, &h, error));
  qsort(h.items, h.count, sizeof h.items[0], by_family_and_actor);
  for (size_t i = 0; i < h.count;) {
    size_t from = i;
    while (i < h.count && h.items[i].family == h.items[from].family)
      i++;
    n_families++;
    n_shared += h.items[i - 1].actor != h.items[from].actor;
  }
  free(h.items);
  *ret_n_shared = n_shared;
  *ret_n_families = n_families;
  return ONUS_OK;
}

/* Half a family of each kind is added: that none was seen to be shared does not mean that none can be. */
void onus_code_shared_range(size_t n_shared, size_t n_families, double *ret_low, double *ret_high) {
  onus_share_interval((double)n_shared + 0.5, (double)n_families + 1, Z_90, ret_low, ret_high);
}

/* --- families ----------------------------------------------------------------------------------------------------- */

/* What the reference says of the program, family by family. */
typedef struct asked {
  const onus_catalogue *all;
  const onus_code_catalogue *code;
  const onus_code_result *result;
  holdings holdings;
  double *share;   /* [n_families] */
  double *best;    /* [n_families] room */
  uint32_t *first; /* [n_programs + 1] samples of program p are sample[first[p]] …, by their place in `holdings` */
  uint32_t *sample;
  onus_arena *arena;
} asked;

static const holding *holding_at(const asked *a, uint32_t k) {
  return &a->holdings.items[a->sample[k]];
}

/* [K-13] Each function counts by its best match in each family. */
static void add_function(asked *a, const onus_code_function *function) {
  const onus_code_match *matches = a->result->matches + function->first_match;
  for (size_t i = 0; i < function->n_matches; i++)
    for (uint32_t k = a->first[matches[i].program]; k < a->first[matches[i].program + 1]; k++) {
      uint32_t family = holding_at(a, k)->family;
      if (!(matches[i].probability > a->best[family]))
        continue;
      a->share[family] += function->mass * function->rarity * (matches[i].probability - a->best[family]);
      a->best[family] = matches[i].probability;
    }
  for (size_t i = 0; i < function->n_matches; i++)
    for (uint32_t k = a->first[matches[i].program]; k < a->first[matches[i].program + 1]; k++)
      a->best[holding_at(a, k)->family] = 0;
}

static onus_status find_shares(asked *a, onus_error *error) {
  size_t n_programs = a->code->n_programs, n_families = a->code->n_families, n = a->holdings.count;
  a->share = ONUS_ARENA_ARRAY(a->arena, double, n_families + 1);
  a->best = ONUS_ARENA_ARRAY(a->arena, double, n_families + 1);
  a->first = ONUS_ARENA_ARRAY(a->arena, uint32_t, n_programs + 2);
  a->sample = ONUS_ARENA_ARRAY(a->arena, uint32_t, n + 1);
  if (!a->share || !a->best || !a->first || !a->sample)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n; i++)
    a->first[a->holdings.items[i].program + 2]++;
  for (size_t p = 0; p < n_programs; p++)
    a->first[p + 2] += a->first[p + 1];
  for (size_t i = 0; i < n; i++)
    a->sample[a->first[a->holdings.items[i].program + 1]++] = (uint32_t)i;
  for (size_t i = 0; i < a->result->n_functions; i++)
    add_function(a, &a->result->functions[i]);
  for (size_t f = 0; f < n_families; f++)
    a->share[f] = a->result->rare_mass > 0 ? fmin(1, a->share[f] / a->result->rare_mass) : 0;
  return ONUS_OK;
}

/* Free the holdings afterwards, whatever comes back. */
static onus_status ask(const onus_reference *reference, const onus_code_result *result, const onus_hidden *hidden,
                       onus_arena *arena, asked *a, onus_error *error) {
  *a = (asked){.all = onus_reference_catalogue(reference),
               .code = onus_reference_code(reference),
               .result = result,
               .arena = arena};
  ONUS_TRY(find_holdings(reference, hidden, &a->holdings, error));
  return find_shares(a, error);
}

onus_status onus_code_expected_shares(const onus_reference *reference, const onus_code_result *result,
                                      const onus_hidden *hidden, onus_arena *arena, double **ret_share,
                                      onus_error *error) {
  asked a;
  onus_status status = ask(reference, result, hidden, arena, &a, error);
  free(a.holdings.items);
  if (status == ONUS_OK)
    *ret_share = a.share;
  return status;
}

/* --- actors ------------------------------------------------------------------------------------------------------- */

/* [K-17] He may have written something new: then it is like anybody else's. */
static double with_reuse(double ratio, double reuse) {
  return log(reuse * ratio + (1 - reuse));
}

/* [K-16] Samples from … to are those of one actor. */
static void judge(const asked *a, size_t from, size_t to, onus_candidate *candidate) {
  double ratio = 0, low = 0, high = 0, n = 0;
  candidate->actor = a->holdings.items[from].actor;
  candidate->entry = a->holdings.items[from].entry;
  for (size_t i = from; i < to; i++) {
    const holding *h = &a->holdings.items[i];
    candidate->entry = h->entry < candidate->entry ? h->entry : candidate->entry;
    if (i > from && h->family == h[-1].family)
      continue;
    onus_ln_ratio one = onus_origin_ratio(&ONUS_ORIGIN_REFERENCE_WEIGHTS, a->share[h->family]);
    ratio += exp(one.ln_lr);
    low += exp(one.ln_lr_low);
    high += exp(one.ln_lr_high);
    n++;
  }
  /* Where the ratio is below 1, taking up more makes it less. */
  candidate->ln_lr = with_reuse(ratio / n, REUSE);
  candidate->ln_lr_low = fmin(with_reuse(low / n, REUSE_LOW), with_reuse(low / n, REUSE_HIGH));
  candidate->ln_lr_high = fmax(with_reuse(high / n, REUSE_LOW), with_reuse(high / n, REUSE_HIGH));
}

/* --- links -------------------------------------------------------------------------------------------------------- */

/* A function that is in one of the actor's families. */
typedef struct shared {
  const onus_code_match *match;
  const holding *holding;
  double ln_weight;
} shared;

static int by_weight(const void *a, const void *b) {
  const shared *x = a, *y = b;
  if (x->ln_weight != y->ln_weight)
    return x->ln_weight > y->ln_weight ? -1 : 1;
  return x->match->query < y->match->query ? -1 : x->match->query > y->match->query;
}

/* The best match of a function in a sample of the actor; its report the earliest that is known. */
static bool find_shared(const asked *a, const onus_code_function *function, uint32_t actor, shared *ret) {
  *ret = (shared){0};
  for (size_t i = 0; i < function->n_matches && ret->holding == NULL; i++) {
    const onus_code_match *match = &a->result->matches[function->first_match + i];
    if (match->probability < a->result->threshold)
      return false;
    for (uint32_t k = a->first[match->program]; k < a->first[match->program + 1]; k++) {
      const holding *h = holding_at(a, k);
      if (h->actor == actor &&
          (ret->holding == NULL || a->all->bases[h->basis].known_day < a->all->bases[ret->holding->basis].known_day))
        *ret = (shared){match, h, 0};
    }
  }
  if (ret->holding == NULL)
    return false;
  /* Its part of what the family says, by its part of what is shared. */
  uint32_t family = ret->holding->family;
  double part = function->mass * function->rarity * ret->match->probability / (a->result->rare_mass * a->share[family]);
  ret->ln_weight = part * onus_origin_ratio(&ONUS_ORIGIN_REFERENCE_WEIGHTS, a->share[family]).ln_lr;
  return ret->ln_weight > 0;
}

static onus_status write_link(const asked *a, const onus_fingerprints *prints, const shared *s, int32_t known_day,
                              onus_link *link, onus_error *error) {
  const onus_code_function *function = &a->result->functions[s->match->query];
  const char *name = a->code->programs[s->match->program].name, *family = a->code->families[s->holding->family];
  enum { FIGURES_BYTES = 64 };
  size_t bytes = strlen(name) + strlen(family) + FIGURES_BYTES;
  char *value = onus_arena_alloc(a->arena, bytes, 1);
  if (value == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  snprintf(value, bytes, "0x%llx as 0x%llx of %s (%s)", (unsigned long long)prints->items[s->match->query].address,
           (unsigned long long)s->match->address, name, family);
  int32_t day = a->all->bases[s->holding->basis].known_day;
  bool has_age = day != ONUS_DAY_UNKNOWN && known_day != ONUS_DAY_UNKNOWN;
  *link = (onus_link){.kind = "function",
                      .value = value,
                      .basis = s->holding->basis,
                      .ln_weight = s->ln_weight,
                      .n_holders = function->n_families,
                      .age_days = has_age ? known_day - day : ONUS_DAY_UNKNOWN,
                      .note = function->is_cut ? "in more families than were counted, perhaps" : ""};
  return ONUS_OK;
}

static onus_status explain(const asked *a, const onus_fingerprints *prints, int32_t known_day, size_t links_max,
                           onus_candidate *candidate, onus_error *error) {
  shared *found = calloc(a->result->n_functions + 1, sizeof *found);
  if (found == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t n = 0;
  for (size_t i = 0; i < a->result->n_functions; i++)
    n += find_shared(a, &a->result->functions[i], candidate->actor, &found[n]);
  qsort(found, n, sizeof *found, by_weight);
  n = n < links_max ? n : links_max;
  onus_link *links = ONUS_ARENA_ARRAY(a->arena, onus_link, n);
  onus_status status = links ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n && status == ONUS_OK; i++)
    status = write_link(a, prints, &found[i], known_day, &links[i], error);
  free(found);
  candidate->links = links;
  candidate->n_links = n;
  return status;
}

/* --- the ranking -------------------------------------------------------------------------------------------------- */

static int by_ratio(const void *a, const void *b) {
  const onus_candidate *x = a, *y = b;
  if (x->ln_lr != y->ln_lr)
    return x->ln_lr > y->ln_lr ? -1 : 1;
  return x->actor < y->actor ? -1 : x->actor > y->actor;
}

static onus_status rank(const asked *a, const onus_fingerprints *prints, int32_t known_day, size_t links_max,
                        onus_ranking *ranking, onus_error *error) {
  const holdings *h = &a->holdings;
  onus_candidate *candidates = ONUS_ARENA_ARRAY(a->arena, onus_candidate, h->count + 1);
  if (candidates == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t from = 0, to; from < h->count; from = to) {
    for (to = from; to < h->count && h->items[to].actor == h->items[from].actor;)
      to++;
    judge(a, from, to, &candidates[ranking->n_candidates++]);
  }
  qsort(candidates, ranking->n_candidates, sizeof *candidates, by_ratio);
  for (size_t i = 0; links_max > 0 && i < ranking->n_candidates; i++)
    ONUS_TRY(explain(a, prints, known_day, links_max, &candidates[i], error));
  ranking->candidates = candidates;
  return ONUS_OK;
}

static void count_known(const onus_fingerprints *prints, const onus_code_result *result, onus_ranking *ranking) {
  for (size_t i = 0; i < result->n_functions; i++) {
    if (prints->items[i].is_thunk)
      continue;
    bool is_known = result->functions[i].n_families > 0;
    ranking->n_used += is_known;
    ranking->n_not_known += !is_known;
  }
}

onus_status onus_code_rank(const onus_reference *reference, const onus_fingerprints *prints, const onus_hidden *hidden,
                           int32_t known_day, size_t links_max, onus_arena *arena, onus_ranking *ret_ranking,
                           onus_error *error) {
  onus_code_result *result = NULL;
  asked a = {0};
  onus_ranking ranking = {.engine = ONUS_ENGINE_CODE,
                          .engine_version = ONUS_CODE_VERSION,
                          .provenance = ONUS_ORIGIN_REFERENCE_WEIGHTS.provenance};
  ONUS_TRY(
      onus_reference_query_code(reference, &(onus_code_query){.prints = prints, .hidden = hidden}, &result, error));
  onus_status status = ask(reference, result, hidden, arena, &a, error);
  if (status == ONUS_OK)
    status = rank(&a, prints, known_day, links_max, &ranking, error);
  if (status == ONUS_OK) {
    count_known(prints, result, &ranking);
    *ret_ranking = ranking;
  }
  free(a.holdings.items);
  onus_code_result_free(result);
  return status;
}
