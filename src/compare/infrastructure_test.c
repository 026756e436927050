#include "compare/infrastructure_internal.h"

#include <math.h>

#include "reference/test_reference_internal.h"

enum { HERON, REED, KING, RIVALS, ACTORS = RIVALS + 9 };

/* Reports by year: lists of indicators of one actor, NULL at the end. */
static const struct {
  unsigned actor;
  const char *url;
  const char *indicators[4];
} LISTS[] = {
    {HERON, "https://a.example.org/2018/03/02/one", {"reed-mail.com", "185.220.101.7:443", "bittern-wing.net"}},
    {HERON, "https://a.example.org/2020/03/02/two", {"bittern-post.net", "shared-rook.com"}},
    {REED, "https://a.example.org/2020/04/02/three", {"marsh-news.org", "shared-rook.com"}},
    {KING, "https://a.example.org/2020/05/02/four", {"update.duckdns.org", "fen.biz"}},
    {KING, "https://www.virustotal.com/gui/file/aa/details", {"king-only.com"}},
};

typedef struct test_engine {
  test_reference t;
  onus_arena *arena;
  uint32_t actor[ACTORS], entry[ACTORS];
  void *prepared;
} test_engine;

/* The reference as of the end of `last_year`: as if nothing later had ever been said. */
static void make(test_engine *e, int last_year, bool with_circular) {
  static const char *const NAMES[] = {"Heron", "Reed", "King"};
  char name[32], id[16], url[80], indicator[64];
  memset(e, 0, sizeof *e);
  e->arena = onus_arena_new((size_t)1 << 28);
  test_write(&e->t);
  for (unsigned a = 0; a < ACTORS; a++) {
    snprintf(id, sizeof id, "G%04u", a);
    snprintf(name, sizeof name, "Rival %c", (char)('A' + a));
    e->entry[a] = test_actor(&e->t, "list", id, a < RIVALS ? NAMES[a] : name, NULL);
  }
  for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
    int year = atoi(strstr(LISTS[i].url, ".org/") ? strstr(LISTS[i].url, ".org/") + 5 : "0");
    if (year > last_year || (year == 0 && !with_circular))
      continue;
    uint32_t basis = test_listed(&e->t, e->entry[LISTS[i].actor], LISTS[i].url, NULL);
    for (const char *const *text = LISTS[i].indicators; *text; text++)
      assert_true(test_indicator(&e->t, basis, *text));
  }
  for (unsigned a = RIVALS; a < ACTORS; a++) {
    snprintf(url, sizeof url, "https://b.example.org/20%02u/07/02/rival-%u", 17 + a % 3, a);
    if (17 + a % 3 + 2000 > (unsigned)last_year)
      continue;
    uint32_t basis = test_listed(&e->t, e->entry[a], url, NULL);
    for (unsigned k = 0; k < 4; k++) {
      snprintf(indicator, sizeof indicator, "%c%c%u.rival%c.com", (char)('a' + a), (char)('q' + k), k, (char)('a' + a));
      assert_true(test_indicator(&e->t, basis, indicator));
    }
  }
  test_seal(&e->t);
  test_open(&e->t);
  for (unsigned a = 0; a < ACTORS; a++)
    e->actor[a] = e->t.catalogue->entries[e->entry[a]].actor;
  TEST_OK(onus_infrastructure.prepare(e->t.reference, &e->prepared, error));
}

static void end(test_engine *e) {
  onus_infrastructure.release(e->prepared);
  onus_arena_free(e->arena);
  test_end(&e->t);
}

enum { YEAR_2020 = 18322 }; /* 2020-03-01 */

static onus_incident incident_of(const char *const *indicators) {
  onus_incident i = {.id = "i", .period = {YEAR_2020, YEAR_2020}, .indicators = indicators};
  while (indicators[i.n_indicators])
    i.n_indicators++;
  return i;
}

static onus_features extract(test_engine *e, const onus_incident *incident, const char *left_out, int32_t as_of_day) {
  onus_hidden hidden;
  onus_features f = {0};
  TEST_OK(onus_reference_hide(e->t.reference, &left_out, left_out ? 1 : 0, as_of_day, &hidden, error));
  TEST_OK(onus_infrastructure.extract(e->prepared, incident, &hidden, e->arena, &f, error));
  onus_hidden_free(&hidden);
  return f;
}

/* ACTORS: no candidate. */
static size_t place_of(const test_engine *e, const onus_features *f, unsigned actor) {
  for (size_t c = 0; c < f->n_candidates; c++)
    if (f->actor[c] == e->actor[actor])
      return c;
  return ACTORS;
}

static const double *choice_of(const test_engine *e, const onus_features *f, unsigned actor) {
  return f->choice + place_of(e, f, actor) * ONUS_INFRA_CHOICES;
}

/* Without its bounds, which two strong ones would share. */
static double ln_lr_of(const test_engine *e, const onus_features *f, unsigned actor) {
  onus_weights unbounded = ONUS_INFRASTRUCTURE_WEIGHTS;
  unbounded.least_ln_lr = -INFINITY;
  unbounded.greatest_ln_lr = INFINITY;
  return onus_weights_ln_lr(&unbounded, f, place_of(e, f, actor));
}

static void close_to(double value, double expected) {
  if (!(fabs(value - expected) <= 1e-9 * (1 + fabs(expected))))
    fail_msg("%.17g, not %.17g", value, expected);
}

/* --- features ----------------------------------------------------------------------------------------------------- */

static void test_what_is_prior(void **state) {
  (void)state;
  test_engine e;
  make(&e, 2020, false);
  onus_incident i = incident_of(TEST_NAMES("bittern-post.net", "never-heard.com"));
  onus_features f = extract(&e, &i, NULL, ONUS_STORE_ALWAYS);
  assert_int_equal(f.n_candidates, ACTORS);
  assert_int_equal(f.n_used, 1);
  assert_int_equal(f.n_not_known, 1);
  close_to(f.unknown[0], log(2));
  close_to(f.unknown[1], 0);
  const double *x = choice_of(&e, &f, HERON);
  double gap[2] = {(18322 - 17592) / 365.25, (18323 - 18322) / 365.25}; /* 2018-03-02, 2020-03-02 */
  close_to(x[ONUS_INFRA_LN_LISTS], log(2));
  close_to(x[ONUS_INFRA_GAP], gap[1]);
  close_to(x[ONUS_INFRA_ACTIVE], log(exp(-gap[0] / 0.7) + exp(-gap[1] / 0.7) + 2 * 0.02 + 0.1));
  close_to(x[ONUS_INFRA_ACTIVE_SHORT], log(exp(-gap[0] / 0.1) + exp(-gap[1] / 0.1) + 2 * 0.02 + 0.1));
  /* without a date nobody is nearer than others, and a list counts as one */
  i.period = (onus_period){ONUS_DAY_UNKNOWN, ONUS_DAY_UNKNOWN};
  f = extract(&e, &i, NULL, ONUS_STORE_ALWAYS);
  x = choice_of(&e, &f, HERON);
  close_to(x[ONUS_INFRA_GAP], 0);
  close_to(x[ONUS_INFRA_ACTIVE], log(2.1));
  i = incident_of(TEST_NAMES("185.220.101.8"));
  f = extract(&e, &i, NULL, ONUS_STORE_ALWAYS);
  close_to(f.unknown[1], 1);
  end(&e);
}

/* The ratio has what the choice has but the prior, and how far it is ahead of the best of the others. */
static void test_ratio(void **state) {
  (void)state;
  test_engine e;
  make(&e, 2020, false);
  onus_incident i = incident_of(TEST_NAMES("bittern-post.net", "shared-rook.com"));
  onus_features f = extract(&e, &i, NULL, ONUS_STORE_ALWAYS);
  for (size_t c = 0; c < f.n_candidates; c++)
    for (size_t k = 0; k < ONUS_INFRA_OWN_RATIOS; k++) {
      const double *x = f.choice + c * ONUS_INFRA_CHOICES;
      double own = x[ONUS_INFRA_COUNTED + k], best = -INFINITY;
      if (k + 1 == ONUS_INFRA_OWN_RATIOS)
        own -= x[ONUS_INFRA_LN_LISTS];
      for (size_t other = 0; other < f.n_candidates; other++)
        if (other != c)
          best = fmax(best, f.ratio[other * ONUS_INFRA_RATIOS + k]);
      close_to(f.ratio[c * ONUS_INFRA_RATIOS + k], own);
      close_to(f.ratio[c * ONUS_INFRA_RATIOS + ONUS_INFRA_OWN_RATIOS + k], own - best);
    }
  end(&e);
}

/* As of a day, everything is as if the rest had never been said. */
static void test_as_of(void **state) {
  (void)state;
  test_engine whole, early;
  make(&whole, 2020, true);
  make(&early, 2019, false);
  onus_incident i = incident_of(TEST_NAMES("reed-mail.com", "new.shared-rook.com", "185.220.101.9", "aq0.rivald.com"));
  onus_features f = extract(&whole, &i, NULL, 18261), g = extract(&early, &i, NULL, ONUS_STORE_ALWAYS); /* 2019-12-31 */
  assert_int_equal(f.n_candidates, g.n_candidates);
  assert_int_equal(f.n_used, g.n_used);
  assert_int_equal(place_of(&whole, &f, REED), ACTORS);
  for (unsigned a = 0; a < ACTORS; a++) {
    size_t c = place_of(&whole, &f, a), d = place_of(&early, &g, a);
    assert_int_equal(c == ACTORS, d == ACTORS);
    for (size_t k = 0; c < ACTORS && k < ONUS_INFRA_CHOICES; k++)
      close_to(f.choice[c * ONUS_INFRA_CHOICES + k], g.choice[d * ONUS_INFRA_CHOICES + k]);
    for (size_t k = 0; c < ACTORS && k < ONUS_INFRA_RATIOS; k++)
      close_to(f.ratio[c * ONUS_INFRA_RATIOS + k], g.ratio[d * ONUS_INFRA_RATIOS + k]);
  }
  end(&early);
  end(&whole);
}

static void test_order_and_repetition(void **state) {
  (void)state;
  test_engine e;
  make(&e, 2020, true);
  onus_incident once = incident_of(TEST_NAMES("reed-mail.com", "fen.biz", "x.marsh-news.org", "hxxp://fen[.]biz/a"));
  onus_incident turned = incident_of(TEST_NAMES("hxxp://fen[.]biz/a", "x.marsh-news.org", "fen.biz", "reed-mail.com"));
  onus_features f = extract(&e, &once, NULL, ONUS_STORE_ALWAYS), g = extract(&e, &turned, NULL, ONUS_STORE_ALWAYS);
  assert_int_equal(f.n_candidates, g.n_candidates);
  assert_memory_equal(f.choice, g.choice, f.n_candidates * ONUS_INFRA_CHOICES * sizeof *f.choice);
  assert_memory_equal(f.ratio, g.ratio, f.n_candidates * ONUS_INFRA_RATIOS * sizeof *f.ratio);
  end(&e);
}

/* --- what it comes to --------------------------------------------------------------------------------------------- */

static void test_a_host_of_one_actor(void **state) {
  (void)state;
  test_engine e;
  make(&e, 2020, false);
  onus_incident own = incident_of(TEST_NAMES("bittern-post.net")), shared = incident_of(TEST_NAMES("shared-rook.com")),
                none = incident_of(TEST_NAMES("qqq-zzz.xyz"));
  onus_features f = extract(&e, &own, NULL, ONUS_STORE_ALWAYS);
  double p[ACTORS + 1], of_own = ln_lr_of(&e, &f, HERON);
  onus_weights_choose(&ONUS_INFRASTRUCTURE_WEIGHTS, &f, p);
  size_t heron = place_of(&e, &f, HERON);
  for (size_t c = 0; c < f.n_candidates; c++)
    if (c != heron) {
      assert_true(p[c] < p[heron]);
      assert_true(onus_weights_ln_lr(&ONUS_INFRASTRUCTURE_WEIGHTS, &f, c) < of_own);
    }
  assert_true(of_own > 0);
  /* a second holder makes a host worth less, and nothing in common is worth less than that */
  f = extract(&e, &shared, NULL, ONUS_STORE_ALWAYS);
  double of_shared = ln_lr_of(&e, &f, HERON);
  f = extract(&e, &none, NULL, ONUS_STORE_ALWAYS);
  assert_true(of_own > of_shared && of_shared > ln_lr_of(&e, &f, HERON));
  assert_int_equal(f.n_used, 0);
  end(&e);
}

/* What a list was found by cannot count for it. */
static void test_left_out(void **state) {
  (void)state;
  test_engine e;
  make(&e, 2020, false);
  onus_incident i = incident_of(TEST_NAMES("bittern-post.net", "marsh-news.org"));
  onus_features with = extract(&e, &i, NULL, ONUS_STORE_ALWAYS);
  onus_features without = extract(&e, &i, "a.example.org/2020/03/02/two", ONUS_STORE_ALWAYS);
  close_to(choice_of(&e, &without, HERON)[ONUS_INFRA_LN_LISTS], 0);
  assert_true(ln_lr_of(&e, &without, HERON) < ln_lr_of(&e, &with, HERON) - 0.5);
  assert_int_equal(without.n_used, 1);
  without = extract(&e, &i, "https://a.example.org/2020/04/02/three/", ONUS_STORE_ALWAYS); /* as normalised */
  assert_int_equal(place_of(&e, &without, REED), ACTORS);
  assert_int_equal(without.n_candidates, ACTORS - 1);
  end(&e);
}

/* A list that was found by pivoting from known indicators is as if it were not there. */
static void test_circular(void **state) {
  (void)state;
  test_engine with, without;
  make(&with, 2020, true);
  make(&without, 2020, false);
  onus_incident i = incident_of(TEST_NAMES("king-only.com", "fen.biz"));
  onus_features f = extract(&with, &i, NULL, ONUS_STORE_ALWAYS), g = extract(&without, &i, NULL, ONUS_STORE_ALWAYS);
  assert_int_equal(f.n_used, 1);
  for (unsigned a = 0; a < ACTORS; a++)
    for (size_t k = 0; k < ONUS_INFRA_CHOICES; k++)
      close_to(choice_of(&with, &f, a)[k], choice_of(&without, &g, a)[k]);
  end(&without);
  end(&with);
}

/* --- links -------------------------------------------------------------------------------------------------------- */

static const onus_link *explain(test_engine *e, const onus_incident *i, unsigned actor, size_t links_max,
                                size_t *ret_n) {
  onus_hidden hidden;
  const onus_link *links = NULL;
  TEST_OK(onus_reference_hide(e->t.reference, NULL, 0, ONUS_STORE_ALWAYS, &hidden, error));
  TEST_OK(onus_infrastructure.explain(e->prepared, i, &hidden, &ONUS_INFRASTRUCTURE_WEIGHTS, e->actor[actor], links_max,
                                      e->arena, &links, ret_n, error));
  onus_hidden_free(&hidden);
  return links;
}

static const onus_link *find_link(const onus_link *links, size_t n, const char *kind, const char *value) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(links[k].kind, kind) == 0 && strcmp(links[k].value, value) == 0)
      return &links[k];
  return NULL;
}

static void test_links(void **state) {
  (void)state;
  test_engine e;
  size_t n = 0;
  make(&e, 2020, true);
  onus_incident i = incident_of(
      TEST_NAMES("bittern-post.net", "shared-rook.com", "update.duckdns.org", "king-only.com", "never-heard.com"));
  const onus_link *links = explain(&e, &i, HERON, 100, &n), *own, *shared;
  for (size_t k = 1; k < n; k++)
    assert_true(links[k].ln_weight <= links[k - 1].ln_weight);
  own = find_link(links, n, "host", "bittern-post.net");
  shared = find_link(links, n, "host", "shared-rook.com");
  assert_true(own && shared);
  assert_true(own->ln_weight > shared->ln_weight);
  assert_true(own->n_holders == 1 && shared->n_holders == 2);
  assert_int_equal(own->age_days, 1);
  const onus_basis *basis = &e.t.catalogue->bases[own->basis];
  assert_string_equal(e.t.catalogue->reports[basis->reports[0]].key, "a.example.org/2020/03/02/two");
  assert_null(find_link(links, n, "host", "update.duckdns.org")); /* somebody else's */
  assert_null(find_link(links, n, "host", "never-heard.com"));
  /* few are the strongest of many */
  const onus_link *first = explain(&e, &i, HERON, 2, &n);
  assert_int_equal(n, 2);
  assert_string_equal(first[0].value, links[0].value);
  /* of a provider it is said what it is, of a circular report that it does not count */
  links = explain(&e, &i, KING, 100, &n);
  const onus_link *provider = find_link(links, n, "host", "update.duckdns.org");
  assert_true(provider && provider->note[0]);
  const onus_link *last = &links[n - 1];
  assert_true(strstr(last->value, "king-only.com") && strstr(last->note, "circular") && !(last->ln_weight > 0));
  end(&e);
}

static void test_too_many(void **state) {
  (void)state;
  test_engine e;
  make(&e, 2018, false);
  enum { TOO_MANY = ONUS_INCIDENT_INDICATORS + 1 };
  const char **many = calloc(TOO_MANY, sizeof *many);
  assert_non_null(many);
  for (size_t k = 0; k < TOO_MANY; k++)
    many[k] = "fen.biz";
  onus_incident i = {.id = "i", .indicators = many, .n_indicators = TOO_MANY};
  onus_hidden hidden;
  onus_features f = {.n_candidates = 77};
  onus_error failed = {0};
  TEST_OK(onus_reference_hide(e.t.reference, NULL, 0, ONUS_STORE_ALWAYS, &hidden, error));
  assert_int_equal(onus_infrastructure.extract(e.prepared, &i, &hidden, e.arena, &f, &failed), ONUS_LIMIT);
  assert_int_equal(f.n_candidates, 77);
  onus_hidden_free(&hidden);
  free(many);
  end(&e);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_prior),
      cmocka_unit_test(test_ratio),
      cmocka_unit_test(test_as_of),
      cmocka_unit_test(test_order_and_repetition),
      cmocka_unit_test(test_a_host_of_one_actor),
      cmocka_unit_test(test_left_out),
      cmocka_unit_test(test_circular),
      cmocka_unit_test(test_links),
      cmocka_unit_test(test_too_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
