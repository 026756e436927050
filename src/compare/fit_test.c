#include "compare/fit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "compare/fit_internal.h"

/* Incidents drawn from the model itself: features uniform or normal, whoever did it by [C-1] with known weights. */
enum { CHOICE = 3, UNKNOWN = 2, RATIO = 2, CANDIDATES = 12, GROUPS = 30 };

static const char *const choice_names[CHOICE] = {"c1", "c2", "c3"}, *const unknown_names[UNKNOWN] = {"u1", "u2"},
                         *const ratio_names[RATIO] = {"r1", "r2"};
static const onus_feature_names names = {choice_names, unknown_names, ratio_names, CHOICE, UNKNOWN, RATIO, false},
                                names_with_odds = {choice_names, unknown_names, ratio_names, CHOICE,
                                                   UNKNOWN,      RATIO,         true};
static const double true_choice[CHOICE] = {1.5, -20, 0.01}, true_unknown[UNKNOWN + 1] = {1, 0.5, -0.2};

typedef struct drawn {
  onus_fit_incident incident;
  uint32_t actor[CANDIDATES], right[2];
  double choice[CANDIDATES * CHOICE], unknown[UNKNOWN], ratio[CANDIDATES * RATIO];
} drawn;

static double uniform(uint64_t stream, uint64_t counter) {
  return (double)(onus_random_bits(7, stream, counter) >> 11) * 0x1p-53;
}

static double normal(uint64_t stream, uint64_t counter) {
  double sum = 0;
  for (uint64_t k = 0; k < 12; k++)
    sum += uniform(stream, 12 * counter + k);
  return sum - 6;
}

static void draw_incident(drawn *out, size_t i) {
  double u[CANDIDATES + 1], sum = 0;
  uint64_t counter = 1;
  onus_features *f = &out->incident.features;
  *f = (onus_features){.n_candidates = CANDIDATES};
  for (size_t k = 0; k < UNKNOWN; k++)
    out->unknown[k] = 5 + normal(i, counter++);
  for (uint32_t c = 0; c < CANDIDATES; c++) {
    out->actor[c] = c;
    out->choice[c * CHOICE] = normal(i, counter++);
    out->choice[c * CHOICE + 1] = 0.1 * normal(i, counter++);
    out->choice[c * CHOICE + 2] = 100 * normal(i, counter++);
  }
  u[CANDIDATES] = true_unknown[0] + true_unknown[1] * out->unknown[0] + true_unknown[2] * out->unknown[1];
  for (size_t c = 0; c < CANDIDATES; c++) {
    u[c] = 0;
    for (size_t k = 0; k < CHOICE; k++)
      u[c] += true_choice[k] * out->choice[c * CHOICE + k];
  }
  for (size_t c = 0; c <= CANDIDATES; c++)
    sum += exp(u[c]);
  double at = uniform(i, 0) * sum;
  size_t who = 0;
  while (who < CANDIDATES && (at -= exp(u[who])) >= 0)
    who++;
  out->incident.n_right = who < CANDIDATES ? 1 : 0;
  out->right[0] = (uint32_t)who;
  out->incident.group = who < CANDIDATES ? (uint32_t)who : CANDIDATES + (uint32_t)(i % (GROUPS - CANDIDATES));
  for (size_t c = 0; c < CANDIDATES; c++) {
    /* ln LR of a normal with mean 1 against one with mean 0, both sd 1: y − ½ */
    out->ratio[c * RATIO] = normal(i, counter++) + (c == who ? 1 : 0);
    out->ratio[c * RATIO + 1] = 30 * normal(i, counter++);
  }
}

static onus_fit_incident *draw_incidents(size_t n, drawn **ret_room) {
  drawn *room = calloc(n, sizeof *room);
  onus_fit_incident *incidents = calloc(n, sizeof *incidents);
  assert_non_null(room);
  assert_non_null(incidents);
  for (size_t i = 0; i < n; i++) {
    draw_incident(&room[i], i);
    onus_features *f = &room[i].incident.features;
    f->actor = f->entry = room[i].actor;
    f->choice = room[i].choice;
    f->unknown = room[i].unknown;
    f->ratio = room[i].ratio;
    room[i].incident.right = room[i].right;
    incidents[i] = room[i].incident;
  }
  *ret_room = room;
  return incidents;
}

/* --- the slow twin: the losses, written once more -------------------------------------------------------------- */

static double deviation(const onus_fit_incident *incidents, size_t n, size_t k, size_t width, char which) {
  double count = 0, sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++) {
    const onus_features *f = &incidents[i].features;
    const double *x = which == 'c' ? f->choice : which == 'r' ? f->ratio : f->unknown;
    for (size_t c = 0; c < (which == 'u' ? 1 : f->n_candidates); c++) {
      count++;
      sum += x[c * width + k];
      squares += x[c * width + k] * x[c * width + k];
    }
  }
  return sqrt(squares / count - sum / count * (sum / count));
}

static double mean_unknown(const onus_fit_incident *incidents, size_t n, size_t k) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += incidents[i].features.unknown[k];
  return sum / (double)n;
}

static double choice_loss(const onus_fit_incident *incidents, size_t n, const onus_fit_settings *settings,
                          const onus_weights *w, double factor) {
  double loss = 0, constant = w->unknown[0], *p = calloc(CANDIDATES + 1, sizeof *p);
  assert_non_null(p);
  onus_weights scaled = *w;
  for (size_t k = 0; k < w->n_choice; k++)
    scaled.choice[k] *= factor;
  for (size_t k = 0; k <= w->n_unknown; k++)
    scaled.unknown[k] *= factor;
  for (size_t i = 0; i < n; i++) {
    onus_weights_choose(&scaled, &incidents[i].features, p);
    for (size_t r = 0; r < incidents[i].n_right; r++)
      loss -= log(p[incidents[i].right[r]]) / (double)incidents[i].n_right;
    if (incidents[i].n_right == 0)
      loss -= log(p[CANDIDATES]);
  }
  for (size_t k = 0; k < w->n_choice; k++) {
    double scaled_weight = w->choice[k] * deviation(incidents, n, k, CHOICE, 'c');
    loss += 0.5 * settings->choice_ridge * (settings->choice_ridge_factors ? settings->choice_ridge_factors[k] : 1) *
            scaled_weight * scaled_weight;
  }
  for (size_t k = 0; k < w->n_unknown; k++) {
    double scaled_weight = w->unknown[k + 1] * deviation(incidents, n, k, UNKNOWN, 'u');
    loss += 0.5 * settings->unknown_ridge * scaled_weight * scaled_weight;
    constant += w->unknown[k + 1] * mean_unknown(incidents, n, k);
  }
  free(p);
  return loss + 0.5 * settings->constant_ridge * constant * constant;
}

/* `times` is by group; NULL: each once. */
/* ln LR of every pair, one after the other, by any weights of the ratio; `s` 0: without the odds of the choice. */
typedef struct pair_weights {
  double ratio[RATIO + 1], s;
  const double *choice, *unknown;
} pair_weights;

static void odds_of(const onus_fit_incident *incident, const double *choice, const double *unknown, double *out) {
  const onus_features *f = &incident->features;
  onus_weights w = {.n_choice = CHOICE, .n_unknown = UNKNOWN};
  memcpy(w.choice, choice, CHOICE * sizeof *choice);
  memcpy(w.unknown, unknown, (UNKNOWN + 1) * sizeof *unknown);
  double p[CANDIDATES + 1];
  onus_weights_choose(&w, f, p);
  for (size_t c = 0; c < CANDIDATES; c++)
    out[c] = log(p[c] / (1 - p[c]));
}

static double ln_lr_of(const onus_fit_incident *incident, const pair_weights *w, const double *odds, size_t c) {
  double ln_lr = w->ratio[0] + w->s * odds[c];
  for (size_t k = 0; k < RATIO; k++)
    ln_lr += w->ratio[k + 1] * incident->features.ratio[c * RATIO + k];
  return ln_lr;
}

/* The loss of the recalibration: classes weigh the same, the ridge is on the spread of what comes out. */
static double class_loss(const onus_fit_incident *incidents, size_t n, const pair_weights *w, const uint32_t *times) {
  double loss[2] = {0}, weight[2] = {0}, sum = 0, squares = 0, odds[CANDIDATES] = {0};
  for (size_t i = 0; i < n; i++) {
    if (w->choice)
      odds_of(&incidents[i], w->choice, w->unknown, odds);
    for (size_t c = 0; c < CANDIDATES; c++) {
      int is_same = onus_fit_is_right(&incidents[i], c);
      double ln_lr = ln_lr_of(&incidents[i], w, odds, c), count = 1;
      if (times)
        count = is_same ? times[incidents[i].group] : (double)times[incidents[i].group] * times[c];
      loss[is_same] += count * log(1 + exp(is_same ? -ln_lr : ln_lr));
      weight[is_same] += count;
      sum += ln_lr;
      squares += ln_lr * ln_lr;
    }
  }
  double mean = sum / (double)(n * CANDIDATES);
  return loss[1] + loss[0] * weight[1] / weight[0] + 0.5 * (squares / (double)(n * CANDIDATES) - mean * mean);
}

/* The loss of the direction: of each candidate, both classes weigh the same, and the square root of its incidents. */
static double actor_loss(const onus_fit_incident *incidents, size_t n, const onus_fit_settings *settings,
                         double odds_deviation, const pair_weights *w, const uint32_t *times) {
  double loss[CANDIDATES][2] = {{0}}, weight[CANDIDATES][2] = {{0}}, own[CANDIDATES] = {0}, odds[CANDIDATES] = {0};
  double total = 0, n_same = 0, sum = 0, ridge = 0;
  for (size_t i = 0; i < n; i++) {
    if (w->choice)
      odds_of(&incidents[i], w->choice, w->unknown, odds);
    for (size_t c = 0; c < CANDIDATES; c++) {
      int is_same = onus_fit_is_right(&incidents[i], c);
      double ln_lr = ln_lr_of(&incidents[i], w, odds, c), count = times ? times[incidents[i].group] : 1;
      loss[c][is_same] += count * log(1 + exp(is_same ? -ln_lr : ln_lr));
      weight[c][is_same] += count;
      own[c] += is_same;
    }
  }
  for (size_t c = 0; c < CANDIDATES; c++) {
    double share = sqrt(own[c]) * (times ? times[c] : 1);
    n_same += weight[c][1];
    if (weight[c][0] > 0 && weight[c][1] > 0) {
      total += share;
      sum += share * (loss[c][0] / weight[c][0] + loss[c][1] / weight[c][1]);
    }
  }
  for (size_t k = 0; k < RATIO; k++)
    ridge += (settings->ratio_ridge_factors ? settings->ratio_ridge_factors[k] : 1) *
             pow(w->ratio[k + 1] * deviation(incidents, n, k, RATIO, 'r'), 2);
  ridge += pow(w->s * odds_deviation, 2);
  return sum * n_same / total + 0.5 * settings->ratio_ridge * ridge;
}

static void stretch(const pair_weights *w, double constant, double factor, pair_weights *out) {
  *out = *w;
  out->ratio[0] = constant;
  for (size_t k = 1; k <= RATIO; k++)
    out->ratio[k] *= factor;
  out->s *= factor;
}

/* Weights that came out are a stretched direction: the constant and the factor that make the direction's loss least
 * give it back, and from there any step in any weight costs more. Constant and stretch of what came out are those that
 * make the recalibration's loss least. */
static void check_both_steps(const onus_fit_incident *incidents, size_t n, const onus_fit_settings *settings,
                             double odds_deviation, const pair_weights *w, const uint32_t *times) {
  double at[2] = {0, 1}, step = 0.5, least;
  pair_weights moved, direction;
  stretch(w, at[0], at[1], &direction);
  least = actor_loss(incidents, n, settings, odds_deviation, &direction, times);
  while (step > 1e-7) {
    bool is_less = false;
    for (int k = 0; k < 4; k++) {
      double to[2] = {at[0], at[1]}, loss;
      to[k / 2] += k % 2 ? step : -step;
      stretch(w, to[0], to[1], &moved);
      loss = actor_loss(incidents, n, settings, odds_deviation, &moved, times);
      if (loss < least) {
        is_less = true;
        least = loss;
        memcpy(at, to, sizeof at);
      }
    }
    step *= is_less ? 1.3 : 0.5;
  }
  assert_true(at[1] > 0);
  stretch(w, at[0], at[1], &direction);
  for (size_t k = 0; k <= RATIO + 1; k++) {
    double up, down, size;
    moved = direction;
    double *parameter = k <= RATIO ? &moved.ratio[k] : &moved.s, was = *parameter;
    if (k > RATIO && !w->choice)
      continue;
    size = 1e-2 * (1e-3 + fabs(was));
    *parameter = was + size;
    up = actor_loss(incidents, n, settings, odds_deviation, &moved, times) - least;
    *parameter = was - size;
    down = actor_loss(incidents, n, settings, odds_deviation, &moved, times) - least;
    assert_true(up > 0 && down > 0);
    assert_true(fabs(up - down) < 0.1 * (up + down));
  }
  least = class_loss(incidents, n, w, times);
  for (int k = 0; k < 4; k++) {
    stretch(w, w->ratio[0] + (k == 0 ? 1e-3 : k == 1 ? -1e-3 : 0), k == 2 ? 1.001 : k == 3 ? 0.999 : 1, &moved);
    assert_true(class_loss(incidents, n, &moved, times) > least);
  }
}

static pair_weights pair_weights_of(const onus_weights *w) {
  pair_weights out = {.s = w->odds};
  memcpy(out.ratio, w->ratio, sizeof out.ratio);
  return out;
}

/* --- tests ----------------------------------------------------------------------------------------------------- */

static onus_weights fit(const onus_fit_incident *incidents, size_t n, const onus_fit_settings *settings,
                        unsigned n_bootstraps) {
  onus_weights weights;
  onus_error error = {0};
  assert_int_equal(onus_fit(&names, settings, incidents, NULL, n, n_bootstraps, ONUS_FIT_SEED, &weights, &error),
                   ONUS_OK);
  return weights;
}

static void test_it_finds_the_weights_that_made_the_data(void **state) {
  (void)state;
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(8000, &room);
  onus_weights w = fit(incidents, 8000, &(onus_fit_settings){.choice_ridge = 1e-6, .ratio_ridge = 1e-6}, 0);
  for (size_t k = 0; k < CHOICE; k++)
    assert_true(fabs(w.choice[k] / true_choice[k] - 1) < 0.05);
  for (size_t k = 1; k <= UNKNOWN; k++)
    assert_true(fabs(w.unknown[k] - true_unknown[k]) < 0.15);
  assert_true(fabs(w.ratio[1] - 1) < 0.05);
  assert_true(fabs(w.ratio[0] + 0.5) < 0.05);
  assert_true(fabs(w.ratio[2]) < 0.002);
  free(incidents);
  free(room);
}

/* Any step away from the weights costs more, by the slow twin. */
static void test_the_least_loss(void **state) {
  (void)state;
  enum { N = 60 };
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(N, &room);
  const double choice_factors[CHOICE] = {1, 7, 0.2}, ratio_factors[RATIO] = {3, 0.5};
  onus_fit_settings settings = {.choice_ridge = 4,
                                .unknown_ridge = 2,
                                .constant_ridge = 0.5,
                                .ratio_ridge = 6,
                                .choice_ridge_factors = choice_factors,
                                .ratio_ridge_factors = ratio_factors};
  onus_weights w = fit(incidents, N, &settings, 0);
  double least = choice_loss(incidents, N, &settings, &w, 1);
  double *parameters[CHOICE + UNKNOWN + 1];
  for (size_t k = 0; k < CHOICE; k++)
    parameters[k] = &w.choice[k];
  for (size_t k = 0; k <= UNKNOWN; k++)
    parameters[CHOICE + k] = &w.unknown[k];
  for (size_t k = 0; k < CHOICE + UNKNOWN + 1; k++) {
    double was = *parameters[k], step = 1e-4 * (1e-3 + fabs(was)), up, down;
    *parameters[k] = was + step;
    up = choice_loss(incidents, N, &settings, &w, 1) - least;
    *parameters[k] = was - step;
    down = choice_loss(incidents, N, &settings, &w, 1) - least;
    *parameters[k] = was;
    assert_true(up > 0 && down > 0);
    assert_true(fabs(up - down) < 1e-2 * (up + down));
  }
  pair_weights pairs = pair_weights_of(&w);
  check_both_steps(incidents, N, &settings, 0, &pairs, NULL);
  free(incidents);
  free(room);
}

static void test_units_do_not_matter(void **state) {
  (void)state;
  enum { N = 60 };
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(N, &room);
  onus_fit_settings settings = {.choice_ridge = 4, .unknown_ridge = 2, .constant_ridge = 0.01, .ratio_ridge = 6};
  onus_weights before = fit(incidents, N, &settings, 4);
  for (size_t i = 0; i < N; i++) {
    for (size_t c = 0; c < CANDIDATES; c++) {
      room[i].choice[c * CHOICE + 1] *= 1000;
      room[i].ratio[c * RATIO] /= 1000;
    }
    room[i].unknown[0] = 50 * room[i].unknown[0] + 3;
  }
  onus_weights after = fit(incidents, N, &settings, 4);
  assert_true(fabs(after.choice[1] * 1000 - before.choice[1]) < 1e-6);
  assert_true(fabs(after.choice[0] - before.choice[0]) < 1e-6);
  assert_true(fabs(after.unknown[1] * 50 - before.unknown[1]) < 1e-6);
  assert_true(fabs(after.unknown[0] + 3 * after.unknown[1] - before.unknown[0]) < 1e-6);
  assert_true(fabs(after.ratio[1] / 1000 - before.ratio[1]) < 1e-6);
  assert_true(fabs(after.bootstrap[3][1] / 1000 - before.bootstrap[3][1]) < 1e-6);
  free(incidents);
  free(room);
}

static void test_the_same_twice(void **state) {
  (void)state;
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(100, &room);
  onus_fit_settings settings = {.choice_ridge = 4, .ratio_ridge = 6, .temperature_folds = 5};
  onus_weights first = fit(incidents, 100, &settings, 16), second = fit(incidents, 100, &settings, 16);
  assert_memory_equal(&first, &second, sizeof first);
  assert_int_equal(first.n_bootstraps, 16);
  free(incidents);
  free(room);
}

/* Each draw is the least of the loss in which a group counts as often as it was drawn. */
static void test_the_bootstrap(void **state) {
  (void)state;
  enum { N = 80 };
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(N, &room);
  onus_fit_settings settings = {.choice_ridge = 4, .ratio_ridge = 6};
  onus_weights w = fit(incidents, N, &settings, 8);
  uint32_t list[GROUPS], n = 0;
  for (uint32_t group = 0; group < GROUPS; group++)
    for (size_t i = 0; i < N + CANDIDATES; i++)
      if ((i < N && incidents[i].group == group) || i == N + group) {
        list[n++] = group;
        break;
      }
  for (size_t b = 0; b < 8; b++) {
    uint32_t times[GROUPS] = {0};
    for (size_t k = 0; k < n; k++)
      times[list[onus_random_bits(ONUS_FIT_SEED, b, k) % n]]++;
    pair_weights pairs = {.s = 0};
    memcpy(pairs.ratio, w.bootstrap[b], sizeof pairs.ratio);
    check_both_steps(incidents, N, &settings, 0, &pairs, times);
  }
  double low, high;
  size_t n_wide = 0;
  for (size_t c = 0; c < CANDIDATES; c++) {
    double value = onus_weights_ln_lr(&w, &incidents[0].features, c);
    onus_weights_ln_lr_range(&w, &incidents[0].features, c, &low, &high);
    assert_true(low <= value && value <= high);
    n_wide += low < high;
  }
  assert_true(n_wide > CANDIDATES / 2); /* the others are at a bound */
  free(incidents);
  free(room);
}

/* With the odds of the choice: one feature more and, in each draw, a choice whose incidents count as often as their
 * actor was drawn. The ridge sees the odds by the spread that those of the weights themselves have. */
static double deviation_of_odds(const onus_fit_incident *incidents, size_t n, const double *choice,
                                const double *unknown) {
  double sum = 0, squares = 0, odds[CANDIDATES], pairs = (double)(n * CANDIDATES);
  for (size_t i = 0; i < n; i++) {
    odds_of(&incidents[i], choice, unknown, odds);
    for (size_t c = 0; c < CANDIDATES; c++) {
      sum += odds[c];
      squares += odds[c] * odds[c];
    }
  }
  return sqrt(squares / pairs - pow(sum / pairs, 2));
}

static void test_the_odds(void **state) {
  (void)state;
  enum { N = 80, DRAWS = 4 };
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(N, &room);
  onus_fit_settings settings = {.choice_ridge = 4, .unknown_ridge = 1, .constant_ridge = 0.1, .ratio_ridge = 2};
  onus_weights w, plain = fit(incidents, N, &settings, 0);
  onus_error error = {0};
  assert_int_equal(onus_fit(&names_with_odds, &settings, incidents, NULL, N, DRAWS, ONUS_FIT_SEED, &w, &error),
                   ONUS_OK);
  assert_memory_equal(w.choice, plain.choice, sizeof w.choice);
  assert_true(w.odds > 0.1 && plain.odds == 0);
  double odds[CANDIDATES], odds_deviation = deviation_of_odds(incidents, N, w.choice, w.unknown);
  pair_weights pairs = pair_weights_of(&w);
  pairs.choice = w.choice;
  pairs.unknown = w.unknown;
  check_both_steps(incidents, N, &settings, odds_deviation, &pairs, NULL);
  odds_of(&incidents[0], w.choice, w.unknown, odds);
  w.greatest_ln_lr = INFINITY;
  w.least_ln_lr = -INFINITY;
  for (size_t c = 0; c < CANDIDATES; c++) {
    double *y = &room[0].ratio[c * RATIO], low, high,
           by_hand = w.ratio[0] + w.ratio[1] * y[0] + w.ratio[2] * y[1] + w.odds * odds[c];
    assert_true(fabs(onus_weights_ln_lr(&w, &incidents[0].features, c) - by_hand) < 1e-9);
    onus_weights_ln_lr_range(&w, &incidents[0].features, c, &low, &high);
    assert_true(low <= by_hand + 1e-9 && by_hand <= high + 1e-9 && low < high);
  }
  uint32_t list[GROUPS], n = 0;
  for (uint32_t group = 0; group < GROUPS; group++)
    for (size_t i = 0; i < N + CANDIDATES; i++)
      if ((i < N && incidents[i].group == group) || i == N + group) {
        list[n++] = group;
        break;
      }
  assert_int_equal(w.n_bootstraps, DRAWS);
  for (size_t b = 0; b < DRAWS; b++) {
    uint32_t times[GROUPS] = {0};
    for (size_t k = 0; k < n; k++)
      times[list[onus_random_bits(ONUS_FIT_SEED, b, k) % n]]++;
    /* an incident drawn twice is the incident given twice, but for the scale that the ridge sees */
    onus_fit_settings barely = {.choice_ridge = 1e-6, .unknown_ridge = 1e-6, .constant_ridge = 1e-6, .ratio_ridge = 2};
    onus_fit_incident repeated[N * 8];
    size_t n_repeated = 0;
    for (size_t i = 0; i < N; i++)
      for (uint32_t t = 0; t < times[incidents[i].group]; t++)
        if (n_repeated < sizeof repeated / sizeof *repeated)
          repeated[n_repeated++] = incidents[i];
    onus_weights lax, twin = fit(repeated, n_repeated, &barely, 0);
    assert_int_equal(onus_fit(&names_with_odds, &barely, incidents, NULL, N, DRAWS, ONUS_FIT_SEED, &lax, &error),
                     ONUS_OK);
    for (size_t k = 0; k < CHOICE; k++)
      assert_true(fabs(lax.bootstrap_choice[b][k] - twin.choice[k]) < 1e-3 * fabs(twin.choice[k]));
    for (size_t k = 0; k <= UNKNOWN; k++)
      assert_true(fabs(lax.bootstrap_unknown[b][k] - twin.unknown[k]) < 1e-2 * (1 + fabs(twin.unknown[k])));
    pair_weights drawn_pairs = {
        .s = w.bootstrap_odds[b], .choice = w.bootstrap_choice[b], .unknown = w.bootstrap_unknown[b]};
    memcpy(drawn_pairs.ratio, w.bootstrap[b], sizeof drawn_pairs.ratio);
    check_both_steps(incidents, N, &settings, odds_deviation, &drawn_pairs, times);
  }
  free(incidents);
  free(room);
}

/* Odds keep their digits where a probability is next to 1 or underflows. */
static void test_extreme_odds(void **state) {
  (void)state;
  static const double choice[1] = {1}, unknown[1] = {0}, values[3] = {900, 1, -900};
  onus_features f = {.n_candidates = 3, .choice = values};
  assert_true(fabs(onus_weights_log_odds(choice, 1, unknown, 0, &f, 0) - (900 - log(1 + exp(1)))) < 1e-9);
  assert_true(fabs(onus_weights_log_odds(choice, 1, unknown, 0, &f, 1) - (1 - 900)) < 1e-9);
  assert_true(fabs(onus_weights_log_odds(choice, 1, unknown, 0, &f, 2) + 1800) < 1e-9);
}

/* Weights of incidents left out, once more, and the factor at which their loss is least. */
static void test_the_temperature(void **state) {
  (void)state;
  enum { N = 120, FOLDS = 4 };
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(N, &room), part[N];
  onus_fit_settings cold = {.choice_ridge = 60, .constant_ridge = 0.1, .ratio_ridge = 6}, tempered = cold;
  tempered.temperature_folds = FOLDS;
  unsigned fold[N];
  onus_weights weights[FOLDS];
  onus_error error = {0};
  assert_int_equal(onus_fit_folds(incidents, N, FOLDS, ONUS_FIT_SEED, fold, &error), ONUS_OK);
  for (unsigned f = 0; f < FOLDS; f++) {
    size_t n = 0;
    for (size_t i = 0; i < N; i++)
      if (fold[i] != f)
        part[n++] = incidents[i];
    weights[f] = fit(part, n, &cold, 0);
  }
  onus_weights without = fit(incidents, N, &cold, 0), with = fit(incidents, N, &tempered, 0);
  double factor = with.choice[0] / without.choice[0], loss[3] = {0};
  assert_true(fabs(with.unknown[2] / without.unknown[2] - factor) < 1e-9);
  assert_true(factor > 1.01); /* so strong a ridge is too cautious */
  onus_fit_settings none = {0};
  for (int k = 0; k < 3; k++)
    for (size_t i = 0; i < N; i++)
      loss[k] += choice_loss(&incidents[i], 1, &none, &weights[fold[i]], factor * (1 + 1e-3 * (k - 1)));
  assert_true(loss[1] < loss[0] && loss[1] < loss[2]);
  free(incidents);
  free(room);
}

static void test_several_right_ones(void **state) {
  (void)state;
  enum { N = 60 };
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(N, &room);
  for (size_t i = 0; i < N; i += 3)
    if (incidents[i].n_right == 1) {
      room[i].right[1] = (room[i].right[0] + 5) % CANDIDATES;
      incidents[i].n_right = 2;
    }
  onus_fit_settings settings = {.choice_ridge = 4, .unknown_ridge = 1, .constant_ridge = 0.1, .ratio_ridge = 6};
  onus_weights w = fit(incidents, N, &settings, 0);
  double least = choice_loss(incidents, N, &settings, &w, 1);
  for (size_t k = 0; k < CHOICE; k++)
    for (int sign = -1; sign <= 1; sign += 2) {
      onus_weights moved = w;
      moved.choice[k] *= 1 + sign * 1e-3;
      assert_true(choice_loss(incidents, N, &settings, &moved, 1) > least);
    }
  free(incidents);
  free(room);
}

static void test_folds_keep_groups_whole(void **state) {
  (void)state;
  enum { N = 500, FOLDS = 10 };
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(N, &room);
  onus_error error = {0};
  unsigned fold[N], again[N];
  size_t count[FOLDS] = {0}, largest = 0, moved = 0;
  assert_int_equal(onus_fit_folds(incidents, N, FOLDS, 1, fold, &error), ONUS_OK);
  assert_int_equal(onus_fit_folds(incidents, N, FOLDS, 2, again, &error), ONUS_OK);
  for (size_t i = 0; i < N; i++) {
    assert_true(fold[i] < FOLDS);
    count[fold[i]]++;
    moved += fold[i] != again[i];
    size_t size = 0;
    for (size_t j = 0; j < N; j++)
      if (incidents[j].group == incidents[i].group) {
        assert_int_equal(fold[i], fold[j]);
        size++;
      }
    largest = size > largest ? size : largest;
  }
  assert_true(moved > 0);
  for (unsigned f = 0; f < FOLDS; f++) {
    assert_true(count[f] > 0);
    assert_true(count[f] <= N / FOLDS + largest);
  }
  free(incidents);
  free(room);
}

/* Forty incidents, two candidates who did half of them each, one feature; the bounds by hand. */
static void test_bounds(void **state) {
  (void)state;
  enum { N = 40, MISSED = 16 };
  static const uint32_t actor[2] = {0, 1}, right[2] = {0, 1};
  static double choice[2 * CHOICE], unknown[UNKNOWN];
  double ratio[N][2 * RATIO];
  onus_fit_incident incidents[N];
  for (size_t i = 0; i < N; i++) {
    /* same pairs at 3 but for the last ones at −3; different pairs at −3 */
    ratio[i][i % 2 * RATIO] = i < N - MISSED ? 3 : -3;
    ratio[i][(i + 1) % 2 * RATIO] = -3;
    ratio[i][1] = ratio[i][3] = 0;
    incidents[i] = (onus_fit_incident){.features = {2, actor, actor, choice, unknown, ratio[i], 0, 0},
                                       .right = &right[i % 2],
                                       .n_right = 1,
                                       .group = i % 2};
  }
  onus_weights w =
      fit(incidents, N,
          &(onus_fit_settings){.choice_ridge = 1, .unknown_ridge = 1, .constant_ridge = 1, .ratio_ridge = 1e-4}, 0);
  /* ln LR would be ln(24/40 / 0) at 3 and ln(16/40 / 1) at −3, a little less for the ridge. One more pair of each kind
   * goes wrong: above 1, 17 of 41 same pairs are missed, 1 of 41 different ones is not. Below nothing goes as far as
   * the incidents allow (−ln(40/17)): the bound is what is there. */
  assert_true(fabs(w.greatest_ln_lr - log((1 - 17 / 41.) * 41 / 1)) < 1e-9);
  assert_true(w.least_ln_lr == w.ratio[0] + w.ratio[1] * -3);
  assert_true(w.least_ln_lr < -0.5 && w.least_ln_lr > -log(40 / 17.));
  onus_features f = incidents[0].features;
  assert_true(onus_weights_ln_lr(&w, &f, 0) == w.greatest_ln_lr);
}

static void test_nothing_to_learn_from(void **state) {
  (void)state;
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(20, &room);
  onus_fit_settings settings = {.choice_ridge = 1, .ratio_ridge = 1};
  onus_weights weights = {.n_choice = 77};
  onus_error error = {0};
  assert_int_equal(onus_fit(&names, &settings, incidents, NULL, 0, 0, 1, &weights, &error), ONUS_BAD_ARGUMENT);
  for (size_t i = 0; i < 20; i++)
    incidents[i].n_right = 0;
  assert_int_equal(onus_fit(&names, &settings, incidents, NULL, 20, 0, 1, &weights, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(weights.n_choice, 77);
  incidents[3].n_right = 1;
  incidents[3].right = (const uint32_t[]){2};
  room[5].choice[4] = NAN;
  assert_int_equal(onus_fit(&names, &settings, incidents, NULL, 20, 0, 1, &weights, &error), ONUS_INTERNAL);
  assert_non_null(strstr(error.text, "\"c2\""));
  free(incidents);
  free(room);
}

/* A feature that parts the classes wholly, and one that is the same everywhere: a ridge keeps the weights finite. */
static void test_features_that_say_all_or_nothing(void **state) {
  (void)state;
  drawn *room;
  onus_fit_incident *incidents = draw_incidents(100, &room);
  for (size_t i = 0; i < 100; i++)
    for (size_t c = 0; c < CANDIDATES; c++) {
      bool is_right = incidents[i].n_right > 0 && room[i].right[0] == c;
      room[i].choice[c * CHOICE] = room[i].ratio[c * RATIO] = is_right ? 1 : 0;
      room[i].choice[c * CHOICE + 1] = room[i].ratio[c * RATIO + 1] = 4;
    }
  onus_weights w =
      fit(incidents, 100, &(onus_fit_settings){.choice_ridge = 1, .constant_ridge = 0.01, .ratio_ridge = 1}, 8);
  assert_true(isfinite(w.choice[0]) && w.choice[0] > 1);
  assert_true(fabs(w.choice[1]) < 10);
  assert_true(isfinite(w.greatest_ln_lr) && w.greatest_ln_lr < log(100 * CANDIDATES));
  assert_true(w.greatest_ln_lr > 0 && w.least_ln_lr < 0);
  free(incidents);
  free(room);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_it_finds_the_weights_that_made_the_data),
      cmocka_unit_test(test_the_least_loss),
      cmocka_unit_test(test_units_do_not_matter),
      cmocka_unit_test(test_the_same_twice),
      cmocka_unit_test(test_the_bootstrap),
      cmocka_unit_test(test_the_odds),
      cmocka_unit_test(test_extreme_odds),
      cmocka_unit_test(test_the_temperature),
      cmocka_unit_test(test_several_right_ones),
      cmocka_unit_test(test_folds_keep_groups_whole),
      cmocka_unit_test(test_bounds),
      cmocka_unit_test(test_nothing_to_learn_from),
      cmocka_unit_test(test_features_that_say_all_or_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
