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

/* --- the slow twin: the losses, written once more ------------------------------------------------------------------
 */

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
static double ratio_loss(const onus_fit_incident *incidents, size_t n, const onus_fit_settings *settings,
                         const double *ratio, const uint32_t *times) {
  double loss[2] = {0}, weight[2] = {0};
  for (size_t i = 0; i < n; i++)
    for (size_t c = 0; c < incidents[i].features.n_candidates; c++) {
      int is_same = incidents[i].n_right > 0 && incidents[i].right[0] == c;
      double ln_lr = ratio[0], count = 1;
      for (size_t k = 0; k < RATIO; k++)
        ln_lr += ratio[k + 1] * incidents[i].features.ratio[c * RATIO + k];
      if (times)
        count = is_same ? times[c] : (double)(times[incidents[i].group] * times[c]);
      loss[is_same] += count * log(1 + exp(is_same ? -ln_lr : ln_lr));
      weight[is_same] += count;
    }
  double ridge = 0;
  for (size_t k = 0; k < RATIO; k++) {
    double scaled = ratio[k + 1] * deviation(incidents, n, k, RATIO, 'r');
    ridge += 0.5 * settings->ratio_ridge * (settings->ratio_ridge_factors ? settings->ratio_ridge_factors[k] : 1) *
             scaled * scaled;
  }
  return loss[1] + loss[0] * weight[1] / weight[0] + ridge;
}

/* --- tests ---------------------------------------------------------------------------------------------------------
 */

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
  least = ratio_loss(incidents, N, &settings, w.ratio, NULL);
  for (size_t k = 0; k <= RATIO; k++) {
    double was = w.ratio[k], step = 1e-4 * (1e-3 + fabs(was)), up, down;
    w.ratio[k] = was + step;
    up = ratio_loss(incidents, N, &settings, w.ratio, NULL) - least;
    w.ratio[k] = was - step;
    down = ratio_loss(incidents, N, &settings, w.ratio, NULL) - least;
    w.ratio[k] = was;
    assert_true(up > 0 && down > 0);
    assert_true(fabs(up - down) < 1e-2 * (up + down));
  }
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
    double least = ratio_loss(incidents, N, &settings, w.bootstrap[b], times);
    for (size_t k = 0; k <= RATIO; k++) {
      double was = w.bootstrap[b][k], step = 1e-3 * (1e-3 + fabs(was));
      for (int sign = -1; sign <= 1; sign += 2) {
        w.bootstrap[b][k] = was + sign * step;
        assert_true(ratio_loss(incidents, N, &settings, w.bootstrap[b], times) > least);
      }
      w.bootstrap[b][k] = was;
    }
  }
  double low, high;
  for (size_t c = 0; c < CANDIDATES; c++) {
    double value = onus_weights_ln_lr(&w, &incidents[0].features, c);
    onus_weights_ln_lr_range(&w, &incidents[0].features, c, &low, &high);
    assert_true(low <= value && value <= high && low < high);
  }
  free(incidents);
  free(room);
}

/* Weights of incidents left out, once more, and the factor at which their loss is least. */
/* With the odds of the choice: a slow twin of the ratio with one feature more, and, in each draw, of a choice whose
 * incidents count as often as their actor was drawn. */
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

static double odds_loss(const onus_fit_incident *incidents, size_t n, const onus_fit_settings *settings,
                        const onus_weights *w, const double *ratio, double s, const double *choice,
                        const double *unknown, const uint32_t *times) {
  double loss[2] = {0}, weight[2] = {0}, sum = 0, squares = 0, ridge = 0, odds[CANDIDATES];
  for (size_t i = 0; i < n; i++) {
    odds_of(&incidents[i], w->choice, w->unknown, odds); /* the scale is that of the weights themselves */
    for (size_t c = 0; c < CANDIDATES; c++) {
      sum += odds[c];
      squares += odds[c] * odds[c];
    }
    odds_of(&incidents[i], choice, unknown, odds);
    for (size_t c = 0; c < CANDIDATES; c++) {
      int is_same = incidents[i].n_right > 0 && incidents[i].right[0] == c;
      double ln_lr = ratio[0] + s * odds[c], count = 1;
      for (size_t k = 0; k < RATIO; k++)
        ln_lr += ratio[k + 1] * incidents[i].features.ratio[c * RATIO + k];
      if (times)
        count = is_same ? times[c] : (double)(times[incidents[i].group] * times[c]);
      loss[is_same] += count * log(1 + exp(is_same ? -ln_lr : ln_lr));
      weight[is_same] += count;
    }
  }
  for (size_t k = 0; k < RATIO; k++)
    ridge += pow(ratio[k + 1] * deviation(incidents, n, k, RATIO, 'r'), 2);
  double pairs = (double)(n * CANDIDATES);
  ridge += s * s * (squares / pairs - pow(sum / pairs, 2));
  return loss[1] + loss[0] * weight[1] / weight[0] + 0.5 * settings->ratio_ridge * ridge;
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
  double odds[CANDIDATES], least = odds_loss(incidents, N, &settings, &w, w.ratio, w.odds, w.choice, w.unknown, NULL);
  for (size_t k = 0; k <= RATIO + 1; k++)
    for (int sign = -1; sign <= 1; sign += 2) {
      onus_weights moved = w;
      *(k <= RATIO ? &moved.ratio[k] : &moved.odds) *= 1 + sign * 1e-3;
      assert_true(odds_loss(incidents, N, &settings, &w, moved.ratio, moved.odds, w.choice, w.unknown, NULL) > least);
    }
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
    const double *choice = w.bootstrap_choice[b], *unknown = w.bootstrap_unknown[b];
    least = odds_loss(incidents, N, &settings, &w, w.bootstrap[b], w.bootstrap_odds[b], choice, unknown, times);
    for (size_t k = 0; k <= RATIO + 1; k++)
      for (int sign = -1; sign <= 1; sign += 2) {
        onus_weights moved = w;
        *(k <= RATIO ? &moved.bootstrap[b][k] : &moved.bootstrap_odds[b]) *= 1 + sign * 1e-2;
        assert_true(odds_loss(incidents, N, &settings, &w, moved.bootstrap[b], moved.bootstrap_odds[b], choice, unknown,
                              times) > least);
      }
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

/* Ten incidents, two candidates, one feature; the bounds by hand. */
static void test_bounds(void **state) {
  (void)state;
  enum { N = 10 };
  static const uint32_t actor[2] = {0, 1}, right[1] = {0};
  static double choice[2 * CHOICE], unknown[UNKNOWN];
  double ratio[N][2 * RATIO];
  onus_fit_incident incidents[N];
  for (size_t i = 0; i < N; i++) {
    /* same pairs at 3 but for the last one at −3; different pairs at −3 */
    ratio[i][0] = i + 1 < N ? 3 : -3;
    ratio[i][2] = -3;
    ratio[i][1] = ratio[i][3] = 0;
    incidents[i] = (onus_fit_incident){
        .features = {2, actor, actor, choice, unknown, ratio[i], 0, 0}, .right = right, .n_right = 1, .group = 0};
  }
  onus_weights w =
      fit(incidents, N,
          &(onus_fit_settings){.choice_ridge = 1, .unknown_ridge = 1, .constant_ridge = 1, .ratio_ridge = 1e-4}, 0);
  /* As good as without a ridge, where ln LR is ln(0.9 / 0) at 3 and ln(0.1 / 1) at −3. One more pair of each kind goes
   * wrong: above 1, 2 of 11 same pairs are missed, 1 of 11 different ones is not; below, the classes exchanged, 1
   * and 2. */
  assert_true(fabs(w.greatest_ln_lr - log((1 - 2 / 11.) * 11 / 1)) < 1e-9);
  assert_true(fabs(w.least_ln_lr + log((1 - 1 / 11.) * 11 / 2)) < 1e-9);
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
