#include "inference/sobol.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

static const uint64_t SEED = 20141124;

static double *scores_of(const onus_sobol *sobol, size_t coordinate, size_t count) {
  double *out = malloc(ONUS_SAMPLES * sizeof *out);
  assert_non_null(out);
  for (size_t first = 0; first < ONUS_SAMPLES; first += count)
    onus_sobol_scores(sobol, coordinate, first, count, out + first);
  return out;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* Sorted, the scores of any coordinate are the normal quantiles of (k + 1/2) / 4096, each of them once. */
static void test_every_coordinate_is_stratified(void **state) {
  (void)state;
  enum { N = 700 }; /* beyond the 481 that have a primitive polynomial */
  onus_sobol *sobol = onus_sobol_new(N, SEED);
  assert_non_null(sobol);
  for (size_t c = 0; c < N; c++) {
    double *score = scores_of(sobol, c, 8);
    qsort(score, ONUS_SAMPLES, sizeof *score, by_value);
    for (size_t k = 0; k < ONUS_SAMPLES; k++) {
      double p = 0.5 * erfc(-score[k] * 0.70710678118654752440);
      if (fabs(p - ((double)k + 0.5) / ONUS_SAMPLES) > 1e-13)
        fail_msg("coordinate %zu: the score of rank %zu is %.17g, whose probability is %.17g", c, k, score[k], p);
    }
    free(score);
  }
  onus_sobol_free(sobol);
}

/* The first coordinates fill squares evenly: of two of them, every cell of a 16 × 16 grid holds 4096 / 256 points, give
 * or take a few for pairs of high degree. A plain random sample would be off by 4 in the mean. */
static void test_pairs_fill_the_square(void **state) {
  (void)state;
  onus_sobol *sobol = onus_sobol_new(10, SEED);
  for (size_t a = 0; a < 10; a++)
    for (size_t b = 0; b < a; b++) {
      double *x = scores_of(sobol, a, 8), *y = scores_of(sobol, b, 8), squares = 0;
      size_t cell[16][16] = {{0}};
      for (size_t i = 0; i < ONUS_SAMPLES; i++) {
        double u = 0.5 * erfc(-x[i] * 0.70710678118654752440), v = 0.5 * erfc(-y[i] * 0.70710678118654752440);
        cell[(size_t)(u * 16)][(size_t)(v * 16)]++;
      }
      for (size_t i = 0; i < 256; i++) {
        double off = (double)cell[i / 16][i % 16] - 16;
        squares += off * off / 256;
      }
      if (squares > 1) /* the mean square of a random sample is 16 */
        fail_msg("coordinates %zu and %zu: mean square deviation %g", a, b, squares);
      free(x);
      free(y);
    }
  onus_sobol_free(sobol);
}

/* Π (1 + a_c z_c + b_c (z_c² − 1)) in ten dimensions: mean 1, and a variance that can be written down. */
static double smooth(const double z[10]) {
  double product = 1;
  for (size_t c = 0; c < 10; c++)
    product *= 1 + z[c] / (4 + (double)c) + (z[c] * z[c] - 1) / (8 + (double)c);
  return product;
}

static void test_integrates_better_than_chance(void **state) {
  (void)state;
  double second_moment = 1;
  for (size_t c = 0; c < 10; c++)
    second_moment *= 1 + 1 / ((4 + (double)c) * (4 + (double)c)) + 2 / ((8 + (double)c) * (8 + (double)c));
  double chance = sqrt((second_moment - 1) / ONUS_SAMPLES), squares = 0;
  enum { N_SEEDS = 20 };
  for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
    onus_sobol *sobol = onus_sobol_new(10, SEED + seed);
    double sum = 0;
    for (size_t first = 0; first < ONUS_SAMPLES; first += 8) {
      double z[10][8];
      for (size_t c = 0; c < 10; c++)
        onus_sobol_scores(sobol, c, first, 8, z[c]);
      for (size_t i = 0; i < 8; i++) {
        double point[10];
        for (size_t c = 0; c < 10; c++)
          point[c] = z[c][i];
        sum += smooth(point);
      }
    }
    double off = sum / ONUS_SAMPLES - 1;
    squares += off * off / N_SEEDS;
    onus_sobol_free(sobol);
  }
  if (sqrt(squares) * 5 > chance)
    fail_msg("the error is %.3g; a random sample's is %.3g", sqrt(squares), chance);
}

/* Single points, pairs and whole groups of eight are the same points. */
static void test_groups_are_the_same_points(void **state) {
  (void)state;
  onus_sobol *sobol = onus_sobol_new(40, SEED);
  for (size_t c = 0; c < 40; c += 13) {
    double *by_eight = scores_of(sobol, c, 8);
    for (size_t count = 1; count < 8; count *= 2) {
      double *score = scores_of(sobol, c, count);
      assert_memory_equal(score, by_eight, ONUS_SAMPLES * sizeof *score);
      free(score);
    }
    free(by_eight);
  }
  onus_sobol_free(sobol);
}

/* More coordinates change none of those before them: an added question leaves the sample of the evidence alone. */
static void test_coordinates_do_not_depend_on_each_other(void **state) {
  (void)state;
  onus_sobol *few = onus_sobol_new(5, SEED), *many = onus_sobol_new(600, SEED);
  for (size_t c = 0; c < 5; c++) {
    double *a = scores_of(few, c, 8), *b = scores_of(many, c, 8);
    assert_memory_equal(a, b, ONUS_SAMPLES * sizeof *a);
    free(a);
    free(b);
  }
  onus_sobol_free(few);
  onus_sobol_free(many);
}

static void test_a_seed_gives_its_points(void **state) {
  (void)state;
  onus_sobol *one = onus_sobol_new(500, SEED), *same = onus_sobol_new(500, SEED),
             *other = onus_sobol_new(500, SEED + 1);
  static const size_t COORDINATES[] = {0, 1, 9, 480, 481, 499};
  for (size_t i = 0; i < sizeof COORDINATES / sizeof *COORDINATES; i++) {
    double *a = scores_of(one, COORDINATES[i], 8), *b = scores_of(same, COORDINATES[i], 8);
    double *c = scores_of(other, COORDINATES[i], 8);
    assert_memory_equal(a, b, ONUS_SAMPLES * sizeof *a);
    assert_memory_not_equal(a, c, ONUS_SAMPLES * sizeof *a);
    free(a);
    free(b);
    free(c);
  }
  onus_sobol_free(one);
  onus_sobol_free(same);
  onus_sobol_free(other);
}

/* Results name their seed so that they can be replayed: these ranks among the 4096 scores may never change. */
static void test_points_stay(void **state) {
  (void)state;
  static const size_t COORDINATES[] = {0, 1, 2, 9, 100, 481, 499};
  static const int RANKS[7][4] = {{817, 2274, 1078, 3257}, {786, 1882, 1159, 2798}, {1637, 3531, 2903, 1196},
                                  {3121, 32, 657, 1627},   {2170, 341, 1833, 3034}, {1582, 1513, 2380, 3708},
                                  {1142, 1962, 1275, 3490}};
  onus_sobol *sobol = onus_sobol_new(500, SEED);
  for (size_t i = 0; i < 7; i++) {
    double *score = scores_of(sobol, COORDINATES[i], 8);
    for (size_t k = 0; k < 4; k++) {
      double p = 0.5 * erfc(-score[k * 1111] * 0.70710678118654752440);
      assert_int_equal((int)floor(p * ONUS_SAMPLES), RANKS[i][k]);
    }
    free(score);
  }
  onus_sobol_free(sobol);
}

static void test_no_coordinates(void **state) {
  (void)state;
  onus_sobol *sobol = onus_sobol_new(0, SEED);
  assert_non_null(sobol);
  onus_sobol_free(sobol);
  onus_sobol_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_coordinate_is_stratified),
      cmocka_unit_test(test_pairs_fill_the_square),
      cmocka_unit_test(test_integrates_better_than_chance),
      cmocka_unit_test(test_groups_are_the_same_points),
      cmocka_unit_test(test_coordinates_do_not_depend_on_each_other),
      cmocka_unit_test(test_a_seed_gives_its_points),
      cmocka_unit_test(test_points_stay),
      cmocka_unit_test(test_no_coordinates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
