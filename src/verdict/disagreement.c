/* What parts two positions on the same case: the split of their difference [M-17] and the crux [M-18]. */
#include "verdict/verdict_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum { EXACT_DIFFERENCES = 12, PERMUTATIONS = 200, MOST_CRUX_VERDICTS = 1024 };

static const size_t SCRATCH_BYTES = (size_t)1 << 30;

/* Two positions and the mixtures between them. */
typedef struct pair {
  const onus_case *c;
  const onus_position *a, *b;
  const onus_moment *as_of;
  const onus_options *options;
  const bool *about;
  onus_difference *differences;
  size_t n_differences;
} pair;

/* Opens the solver of b with the differences in `use_a` set to a's values. The view lies in `scratch`. */
static onus_status open_mixture(const pair *p, const bool *use_a, onus_arena *scratch, onus_solver *solver,
                                onus_error *error) {
  onus_view *view;
  *solver = (onus_solver){0};
  ONUS_TRY(onus_view_mix(p->c, p->a, p->b, p->differences, p->n_differences, use_a, p->as_of, scratch, &view, error));
  ONUS_TRY(onus_solver_open(solver, view, false, p->options, error));
  solver->about = p->about;
  return ONUS_OK;
}

/* The log-odds of a mixture at the points. */
static onus_status mixture_log_odds(const pair *p, const bool *use_a, double *ret_value, onus_error *error) {
  onus_arena *scratch = onus_arena_new(SCRATCH_BYTES);
  if (!scratch)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_solver solver;
  onus_status status = open_mixture(p, use_a, scratch, &solver, error);
  if (status == ONUS_OK)
    *ret_value = onus_log_odds(solver.batch->log_joint, solver.shape->lanes, solver.about, solver.shape->n_hypotheses);
  onus_solver_close(&solver);
  onus_arena_free(scratch);
  return status;
}

/* The verdict of a mixture, with ranges. */
static onus_status mixture_verdict(const pair *p, const bool *use_a, onus_verdict *ret_verdict, onus_error *error) {
  onus_arena *scratch = onus_arena_new(SCRATCH_BYTES);
  if (!scratch)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_solver solver;
  onus_samples samples = {0};
  onus_status status = open_mixture(p, use_a, scratch, &solver, error);
  if (status == ONUS_OK)
    status = onus_sample(&solver, NULL, &samples, error);
  if (status == ONUS_OK) {
    double low, median, high, *probability = samples.log_odds;
    for (size_t i = 0; i < samples.n_samples; i++)
      probability[i] = 1 / (1 + exp(-probability[i]));
    onus_quantiles(probability, samples.n_samples, &low, &median, &high);
    *ret_verdict = onus_verdict_of(low, high, solver.standard, solver.standard_exclusive);
  }
  onus_samples_free(&samples);
  onus_solver_close(&solver);
  onus_arena_free(scratch);
  return status;
}

/* --- the split [M-17] --------------------------------------------------------------------------------------------- */

/* Only these move the odds: the standard is left out. */
static size_t movers(const pair *p, size_t *out) {
  size_t count = 0;
  for (size_t d = 0; d < p->n_differences; d++)
    if (p->differences[d].kind != ONUS_DIFFERS_STANDARD)
      out[count++] = d;
  return count;
}

static onus_status split_exact(const pair *p, const size_t *mover, size_t count, bool *use_a, double *parts,
                               onus_error *error) {
  double *value = malloc(((size_t)1 << count) * sizeof *value);
  if (!value)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = ONUS_OK;
  for (size_t set = 0; status == ONUS_OK && set < (size_t)1 << count; set++) {
    for (size_t i = 0; i < count; i++)
      use_a[mover[i]] = set >> i & 1;
    status = mixture_log_odds(p, use_a, &value[set], error);
    if (status == ONUS_OK)
      status = onus_progress_report(p->options, 0.5 * (double)set / (double)((size_t)1 << count), error);
  }
  for (size_t i = 0; status == ONUS_OK && i < count; i++) {
    double weight = 1.0 / (double)count;
    double by_size[EXACT_DIFFERENCES + 1];
    for (size_t size = 0; size < count; size++) {
      by_size[size] = weight;
      weight *= (double)(size + 1) / (double)(count - size - 1 ? count - size - 1 : 1);
    }
    double toward_a = 0;
    for (size_t set = 0; set < (size_t)1 << count; set++)
      if (!(set >> i & 1))
        toward_a += by_size[__builtin_popcountll(set)] * (value[set | (size_t)1 << i] - value[set]);
    parts[mover[i]] = -toward_a;
  }
  free(value);
  return status;
}

/* Too many for all subsets: the mean over seeded permutations, which adds up all the same. */
static onus_status split_sampled(const pair *p, const size_t *mover, size_t count, bool *use_a, double *parts,
                                 onus_error *error) {
  uint32_t *order = malloc(count * sizeof *order);
  if (!order)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = ONUS_OK;
  for (size_t t = 0; status == ONUS_OK && t < PERMUTATIONS; t++) {
    double before = 0, after = 0;
    onus_random_permutation(p->options->seed, t, count, order);
    memset(use_a, 0, p->n_differences * sizeof *use_a);
    status = mixture_log_odds(p, use_a, &before, error);
    for (size_t i = 0; status == ONUS_OK && i < count; i++) {
      use_a[mover[order[i]]] = true;
      status = mixture_log_odds(p, use_a, &after, error);
      parts[mover[order[i]]] -= (after - before) / PERMUTATIONS;
      before = after;
    }
    if (status == ONUS_OK)
      status = onus_progress_report(p->options, 0.5 * (double)t / PERMUTATIONS, error);
  }
  free(order);
  return status;
}

/* --- the crux [M-18] ---------------------------------------------------------------------------------------------- */

typedef struct crux_search {
  const pair *p;
  onus_verdict wanted;
  onus_arena *arena;
  onus_disagreement *out;
  bool *use_a;
  size_t *chosen;
  size_t n_verdicts, cruxes_capacity;
  const onus_options *progress; /* those of the caller; the mixtures themselves report nothing */
} crux_search;

static onus_status add_crux(crux_search *s, size_t size, onus_error *error) {
  if (s->out->n_cruxes == s->cruxes_capacity) {
    size_t capacity = s->cruxes_capacity ? s->cruxes_capacity * 2 : 4;
    onus_crux *grown = ONUS_ARENA_ARRAY(s->arena, onus_crux, capacity);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    if (s->out->n_cruxes)
      memcpy(grown, s->out->cruxes, s->out->n_cruxes * sizeof *grown);
    s->out->cruxes = grown;
    s->cruxes_capacity = capacity;
  }
  onus_crux *crux = &s->out->cruxes[s->out->n_cruxes];
  crux->parts = ONUS_ARENA_ARRAY(s->arena, size_t, size);
  if (!crux->parts)
    return ONUS_FAIL_NO_MEMORY(error);
  memcpy(crux->parts, s->chosen, size * sizeof *crux->parts);
  crux->n_parts = size;
  s->out->n_cruxes++;
  return ONUS_OK;
}

/* The next set of `size` out of `count` in lexicographic order; false after the last. */
static bool next_set(size_t *chosen, size_t size, size_t count) {
  for (size_t i = size; i-- > 0;)
    if (chosen[i] < count - size + i) {
      chosen[i]++;
      for (size_t j = i + 1; j < size; j++)
        chosen[j] = chosen[j - 1] + 1;
      return true;
    }
  return false;
}

/* Tries all sets of one size. */
static onus_status try_size(crux_search *s, size_t size, onus_error *error) {
  size_t count = s->p->n_differences;
  for (size_t i = 0; i < size; i++)
    s->chosen[i] = i;
  do {
    if (s->n_verdicts++ == MOST_CRUX_VERDICTS) {
      s->out->crux_searched = false;
      s->out->n_cruxes = 0; /* some of this size may be missing: none is told rather than a few */
      return ONUS_OK;
    }
    memset(s->use_a, 0, count * sizeof *s->use_a);
    for (size_t i = 0; i < size; i++)
      s->use_a[s->chosen[i]] = true;
    onus_verdict verdict;
    ONUS_TRY(mixture_verdict(s->p, s->use_a, &verdict, error));
    if (verdict == s->wanted)
      ONUS_TRY(add_crux(s, size, error));
    double share = 1 - 1 / (1 + (double)s->n_verdicts / 64); /* how many there will be is not known before */
    ONUS_TRY(onus_progress_report(s->progress, 0.5 + 0.5 * share, error));
  } while (next_set(s->chosen, size, count));
  return ONUS_OK;
}

static onus_status find_crux(const pair *p, onus_verdict wanted, onus_arena *arena, onus_disagreement *out,
                             onus_error *error) {
  crux_search s = {.p = p, .wanted = wanted, .arena = arena, .out = out};
  s.use_a = ONUS_ARENA_ARRAY(arena, bool, p->n_differences);
  s.chosen = ONUS_ARENA_ARRAY(arena, size_t, p->n_differences + 1);
  if (!s.use_a || !s.chosen)
    return ONUS_FAIL_NO_MEMORY(error);
  out->crux_searched = true;
  s.progress = p->options;
  pair quiet = *p;
  onus_options options = *p->options;
  options.progress = NULL;
  quiet.options = &options;
  s.p = &quiet;
  for (size_t size = 1; size <= p->n_differences && out->n_cruxes == 0 && out->crux_searched; size++)
    ONUS_TRY(try_size(&s, size, error));
  return ONUS_OK;
}

/* --- values in words --------------------------------------------------------------------------------------------- */

static int write_number(char *out, size_t room, onus_number x, char grade) {
  char letter[8] = "";
  if (grade)
    snprintf(letter, sizeof letter, "%c, ", grade);
  return x.low < x.high ? snprintf(out, room, "%s%.4g–%.4g", letter, x.low, x.high)
                        : snprintf(out, room, "%s%.4g", letter, x.low);
}

static void write_prior(const pair *p, const onus_position *position, char *out, size_t room) {
  size_t at = 0;
  for (size_t h = 0; h < p->c->n_hypotheses && at < room; h++) {
    bool own = position->has_prior[h];
    if (!p->a->has_prior[h] && !p->b->has_prior[h])
      continue;
    int wrote = snprintf(out + at, room - at, "%s%s ", at ? ", " : "", p->c->hypotheses[h].id);
    at += wrote > 0 ? (size_t)wrote : 0;
    if (at < room)
      wrote = write_number(out + at, room - at, own ? position->prior[h] : p->c->hypotheses[h].prior, 0);
    at += wrote > 0 ? (size_t)wrote : 0;
  }
}

/* Cuts a text that filled its room at the last whole character. */
static void cut_text(char *text, size_t room) {
  size_t length = strlen(text);
  if (length + 1 < room)
    return;
  while (length > 0 && ((unsigned char)text[length - 1] & 0xC0) == 0x80)
    length--;
  text[length ? length - 1 : 0] = '\0';
}

static const char *value_in_words(const pair *p, const onus_position *position, const onus_difference *d,
                                  onus_arena *arena) {
  char text[400] = "";
  size_t i = d->index;
  switch (d->kind) {
  case ONUS_DIFFERS_PRIOR:
    write_prior(p, position, text, sizeof text);
    break;
  case ONUS_DIFFERS_RELIABILITY: {
    bool own = position->has_reliability[i];
    write_number(text, sizeof text, own ? position->reliability[i] : p->c->sources[i].reliability,
                 own ? position->reliability_grade[i] : p->c->sources[i].grade);
    break;
  }
  case ONUS_DIFFERS_PROBABILITY:
    write_number(text, sizeof text,
                 position->has_probability[i] ? position->probability[i] : p->c->undercutters[i].probability, 0);
    break;
  case ONUS_DIFFERS_ITEM: {
    const char *words = "as in the case";
    for (size_t o = 0; o < position->n_overrides; o++)
      if (position->overrides[o].item == i && position->overrides[o].is_left_out)
        words = "left out";
      else if (position->overrides[o].item == i)
        words = position->overrides[o].reasons && position->overrides[o].reasons[0] ? position->overrides[o].reasons
                                                                                    : "its own values";
    snprintf(text, sizeof text, "%s", words);
    break;
  }
  case ONUS_DIFFERS_ACCESS: {
    size_t open = 0, sealed = 0;
    for (size_t item = 0; item < p->c->n_items; item++) {
      sealed += p->c->items[item].is_sealed;
      open += p->c->items[item].is_sealed && onus_position_can_open(position, item);
    }
    snprintf(text, sizeof text, "%zu of %zu sealed items", open, sealed);
    break;
  }
  case ONUS_DIFFERS_STANDARD:
    snprintf(text, sizeof text, "%s (%.4g)", position->standard_id, position->standard);
    break;
  }
  cut_text(text, sizeof text);
  return onus_arena_copy(arena, text, strlen(text));
}

/* --- pairs and all positions ------------------------------------------------------------------------------------- */

static onus_status disagree(const pair *p, const onus_assessment *a, const onus_assessment *b, onus_arena *arena,
                            onus_disagreement *out, onus_error *error) {
  size_t count = p->n_differences;
  size_t *mover = ONUS_ARENA_ARRAY(arena, size_t, count);
  bool *use_a = ONUS_ARENA_ARRAY(arena, bool, count);
  double *parts = ONUS_ARENA_ARRAY(arena, double, count);
  out->parts = ONUS_ARENA_ARRAY(arena, onus_difference_part, count);
  if (!mover || !use_a || !parts || !out->parts)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t n_movers = movers(p, mover);
  if (n_movers <= EXACT_DIFFERENCES)
    ONUS_TRY(split_exact(p, mover, n_movers, use_a, parts, error));
  else
    ONUS_TRY(split_sampled(p, mover, n_movers, use_a, parts, error));
  out->n_parts = count;
  out->log_odds_a = a->posterior_log_odds;
  out->log_odds_b = b->posterior_log_odds;
  for (size_t d = 0; d < count; d++) {
    out->parts[d] =
        (onus_difference_part){p->differences[d], parts[d], value_in_words(p, p->a, &p->differences[d], arena),
                               value_in_words(p, p->b, &p->differences[d], arena)};
    if (!out->parts[d].value_a || !out->parts[d].value_b)
      return ONUS_FAIL_NO_MEMORY(error);
  }
  out->same_verdict = a->verdict == b->verdict;
  return out->same_verdict ? ONUS_OK : find_crux(p, a->verdict, arena, out, error);
}

static onus_status compare_pairs(onus_comparison *all, const onus_options *options, onus_error *error) {
  const onus_case *c = all->c;
  size_t n_pairs = c->n_positions * (c->n_positions - 1) / 2;
  all->disagreements = ONUS_ARENA_ARRAY(all->arena, onus_disagreement, n_pairs);
  if (!all->disagreements)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < c->n_positions; i++)
    for (size_t j = i + 1; j < c->n_positions; j++) {
      onus_progress_part part = {options, 0.5 + 0.5 * (double)all->n_disagreements / (double)n_pairs,
                                 0.5 + 0.5 * (double)(all->n_disagreements + 1) / (double)n_pairs};
      onus_options chosen = onus_options_part(&part);
      const onus_view *view = all->assessments[i]->view;
      pair p = {.c = c,
                .a = &c->positions[i],
                .b = &c->positions[j],
                .options = &chosen,
                .as_of = view->has_as_of ? &view->as_of : NULL,
                .about = all->assessments[i]->about_set};
      ONUS_TRY(onus_view_differences(c, p.a, p.b, all->arena, &p.differences, &p.n_differences, error));
      onus_disagreement *out = &all->disagreements[all->n_disagreements];
      out->position_a = i;
      out->position_b = j;
      ONUS_TRY(disagree(&p, all->assessments[i], all->assessments[j], all->arena, out, error));
      all->n_disagreements++;
    }
  return ONUS_OK;
}

static onus_status compare(onus_comparison *all, const onus_options *options, onus_error *error) {
  const onus_case *c = all->c;
  all->assessments = ONUS_ARENA_ARRAY(all->arena, onus_assessment *, c->n_positions);
  if (!all->assessments)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_options chosen = *options;
  for (size_t i = 0; i < c->n_positions; i++) {
    onus_progress_part part = {options, 0.5 * (double)i / (double)c->n_positions,
                               0.5 * (double)(i + 1) / (double)c->n_positions};
    onus_options one = onus_options_part(&part);
    one.position = c->positions[i].id;
    one.about = chosen.about;
    ONUS_TRY(onus_verdict_assess(c, &one, ONUS_DETAIL_FULL, &all->assessments[i], error));
    chosen.about = all->assessments[0]->about_id; /* all are asked about the same */
  }
  return compare_pairs(all, options, error);
}

onus_status onus_verdict_compare(const onus_case *c, const onus_options *options, onus_comparison **ret_comparison,
                                 onus_error *error) {
  onus_options chosen = *options;
  if (chosen.seed == 0)
    chosen.seed = ONUS_DEFAULT_SEED;
  onus_comparison *all = ONUS_ARENA_HANDLE(onus_comparison, SCRATCH_BYTES);
  if (!all)
    return ONUS_FAIL_NO_MEMORY(error);
  all->c = c;
  onus_status status = compare(all, &chosen, error);
  if (status != ONUS_OK) {
    onus_comparison_free(all);
    return status;
  }
  *ret_comparison = all;
  return ONUS_OK;
}

void onus_comparison_free(onus_comparison *comparison) {
  if (!comparison)
    return;
  for (size_t i = 0; comparison->assessments && i < comparison->c->n_positions; i++)
    onus_assessment_free(comparison->assessments[i]);
  onus_arena_free(comparison->arena);
}
