#include "report/fixture.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

const char onus_fixture_hostile_text[] = "<script>alert(1)</script>\"'&\x1b[31m\xe2\x80\xae"
                                         "evil\xe2\x81\xa6\xe2\x80\x8b\xc2\x9b\x7f\xf0\x9f\x95\xb5 \xff tail";

enum { DPRK, IMITATOR, INSIDER, HACKTIVISTS, OTHER, N_HYPOTHESES };
enum { FBI, NORSE, CBS, VENDOR, DPRK_GOV, N_SOURCES };
enum { LEAKED, RELAYS, N_UNDERCUTTERS };
enum { WIPER, INFRASTRUCTURE, GRADE, SIX_STAFF, SIGINT, CBS_REPORT, DENIAL, INDICTMENT, N_ITEMS };
enum { US, CHINA, SCEPTIC, N_POSITIONS };

#define RANGE(lo, hi) ((onus_number){lo, hi})
#define POINT(value) RANGE(value, value)

typedef struct builder {
  onus_arena *arena;
  onus_case *c;
  bool is_hostile, has_failed;
} builder;

static void *take(builder *b, size_t count, size_t size_bytes) {
  void *memory = onus_arena_alloc(b->arena, count, size_bytes);
  b->has_failed |= memory == NULL;
  return memory;
}
#define TAKE(b, type, count) ((type *)take(b, (size_t)(count), sizeof(type)))

static const char *text(builder *b, const char *plain) {
  return b->is_hostile ? onus_fixture_hostile_text : plain;
}

static onus_moment day(const char *written) {
  onus_moment moment = {0};
  return onus_moment_parse(written, &moment) ? moment : (onus_moment){0};
}

/* --- the case -------------------------------------------------------------------------------------------------- */

static bool build_hypotheses(builder *b) {
  static const struct {
    const char *id, *name;
    double prior;
    size_t imitates;
    const char *country;
  } rows[N_HYPOTHESES] = {
      {"dprk", "North Korean state", 0.2, ONUS_NONE, "KP"},
      {"imitator", "Someone imitating North Korea", 0.05, DPRK, NULL},
      {"insider", "A disgruntled insider", 0.2, ONUS_NONE, NULL},
      {"hacktivists", "Hacktivists without a state behind them", 0.1, ONUS_NONE, NULL},
      {"other", "Someone not listed", 0.45, ONUS_NONE, NULL},
  };
  onus_case *c = b->c;
  c->n_hypotheses = N_HYPOTHESES;
  c->hypotheses = TAKE(b, onus_hypothesis, N_HYPOTHESES);
  c->n_propositions = 2;
  c->propositions = TAKE(b, onus_proposition, 2);
  if (b->has_failed)
    return false;
  for (size_t h = 0; h < N_HYPOTHESES; h++)
    c->hypotheses[h] = (onus_hypothesis){.id = rows[h].id,
                                         .name = text(b, rows[h].name),
                                         .is_open = h == OTHER,
                                         .imitates = rows[h].imitates,
                                         .country = rows[h].country,
                                         .prior = POINT(rows[h].prior)};
  c->open_hypothesis = OTHER;
  c->propositions[0] = (onus_proposition){.id = "not-a-state", .name = text(b, "No state is behind it")};
  c->propositions[1] = (onus_proposition){.id = "country:KP", .name = "KP", .is_country = true};
  for (size_t p = 0; p < 2; p++)
    if ((c->propositions[p].holds = TAKE(b, bool, N_HYPOTHESES)) == NULL)
      return false;
  c->propositions[0].holds[INSIDER] = c->propositions[0].holds[HACKTIVISTS] = true;
  c->propositions[1].holds[DPRK] = true;
  return true;
}

static bool build_sources(builder *b) {
  static const struct {
    const char *id, *name;
    double reliability;
    char grade;
    const char *url;
  } rows[N_SOURCES] = {
      {"fbi", "US Federal Bureau of Investigation", 0.85, 'B', "https://www.fbi.gov/news/press-releases"},
      {"norse", "Norse Corporation", 0.4, 'D', NULL},
      {"cbs", "CBS News", 0.65, 'C', "http://www.cbsnews.com/"},
      {"vendor", "Novetta, Operation Blockbuster", 0.85, 'B', "javascript:alert(1)"},
      {"dprk-gov", "Government of the DPRK", 0.15, 'E', NULL},
  };
  onus_case *c = b->c;
  c->n_sources = N_SOURCES;
  c->sources = TAKE(b, onus_source, N_SOURCES);
  c->n_undercutters = N_UNDERCUTTERS;
  c->undercutters = TAKE(b, onus_undercutter, N_UNDERCUTTERS);
  if (b->has_failed)
    return false;
  for (size_t s = 0; s < N_SOURCES; s++)
    c->sources[s] = (onus_source){.id = rows[s].id,
                                  .name = text(b, rows[s].name),
                                  .reliability = POINT(rows[s].reliability),
                                  .grade = rows[s].grade,
                                  .url = rows[s].url};
  c->undercutters[LEAKED] = (onus_undercutter){
      .id = "leaked-toolkit", .name = text(b, "The tools were shared or leaked"), .probability = RANGE(0.05, 0.3)};
  c->undercutters[RELAYS] = (onus_undercutter){
      .id = "relays", .name = text(b, "The servers are open relays that anyone uses"), .probability = POINT(0.4)};
  return true;
}

/* The row of an item as an engine would have left it. */
static void build_computed(builder *b, onus_row *row) {
  static const char *entries[] = {"mitre-attack G0032", "maltrail lazarus"};
  onus_computed *computed = TAKE(b, onus_computed, 1);
  onus_computed_link *links = TAKE(b, onus_computed_link, 2);
  onus_computed_actor *actor = TAKE(b, onus_computed_actor, 1);
  if (b->has_failed)
    return;
  *actor = (onus_computed_actor){DPRK, "Lazarus Group", text(b, "Lazarus Group"), entries, 2, RANGE(2, 8)};
  links[0] = (onus_computed_link){text(b, "Lazarus Group"),
                                  "host",
                                  text(b, "evil.example.com"),
                                  text(b, "example.com/report"),
                                  "",
                                  1.25,
                                  1,
                                  true,
                                  40};
  links[1] =
      (onus_computed_link){"Lazarus Group", "network /24", "203.0.113.0/24", "", text(b, "shared"), 0.1, 3, false, 0};
  *computed = (onus_computed){.path = "computed/c2.json",
                              .engine_version = text(b, "infrastructure-1"),
                              .weights = text(b, "fitted to nothing"),
                              .reference = text(b, "xxh3-sum:00"),
                              .artefact = text(b, "sha256:00"),
                              .as_of = text(b, "2014-12-19"),
                              .n_used = 2,
                              .n_not_known = 5,
                              .actors = actor,
                              .n_actors = 1,
                              .links = links,
                              .n_links = 2,
                              .own_origin = text(b, "measured somewhere")};
  row->kind = ONUS_ROW_COMPUTE;
  row->engine = "infrastructure";
  row->from = text(b, "evidence/indicators.csv");
  row->computed = computed;
}

static bool build_items(builder *b) {
  static const struct {
    const char *id, *title, *known, *reasons;
    size_t source;
  } rows[N_ITEMS] = {
      {"wiper-lines", "Lines of code, encryption and deletion methods shared with earlier malware", "2014-12-19",
       "The same wiper code was seen in two earlier attacks that are attributed with little dispute.\nCode is copied, "
       "so the open hypothesis keeps a few per cent.",
       FBI},
      {"c2", "Infrastructure that talked to North Korean addresses", "2014-12-19",
       "Eight addresses are named; most are open proxies.", FBI},
      {"grade", "Code families shared by forty-five samples", "2016-02-24", "Published with signatures.", VENDOR},
      {"six-staff", "Six people, one of them a former employee, are said to be behind it", "2014-12-29",
       "Human-resources files were compared with forum posts; no technical link was published.", NORSE},
      {"sigint", "A sealed finding of the signals service", "2014-12-19", "", FBI},
      {"cbs-report", "CBS reports the same code", "2014-12-19", "", CBS},
      {"denial", "The DPRK denies it", "2014-12-07", "", DPRK_GOV},
      {"indictment", "Criminal complaint against Park Jin Hyok", "2018-09-06", "Accounts tied to earlier intrusions.",
       FBI},
  };
  onus_case *c = b->c;
  c->n_items = N_ITEMS;
  c->items = TAKE(b, onus_item, N_ITEMS);
  size_t *undercut = TAKE(b, size_t, 2);
  if (b->has_failed)
    return false;
  undercut[0] = LEAKED;
  undercut[1] = RELAYS;
  for (size_t i = 0; i < N_ITEMS; i++)
    c->items[i] = (onus_item){.id = rows[i].id,
                              .title = text(b, rows[i].title),
                              .known = day(rows[i].known),
                              .reasons = b->is_hostile ? onus_fixture_hostile_text : rows[i].reasons,
                              .source = rows[i].source,
                              .repeats = ONUS_NONE,
                              .forgeable = POINT(0.5),
                              .credibility = POINT(1),
                              .unseen = POINT(0.5)};
  c->items[WIPER].undercut = &undercut[0];
  c->items[WIPER].n_undercut = 1;
  c->items[WIPER].credibility_grade = 2;
  c->items[WIPER].credibility = POINT(0.85);
  c->items[WIPER].row.kind = ONUS_ROW_LIKELIHOOD;
  c->items[INFRASTRUCTURE].undercut = &undercut[1];
  c->items[INFRASTRUCTURE].n_undercut = 1;
  build_computed(b, &c->items[INFRASTRUCTURE].row);
  build_computed(b, &c->items[WIPER].row);
  c->items[GRADE].row.kind = ONUS_ROW_STRENGTH;
  c->items[SIX_STAFF].row.kind = ONUS_ROW_RATIO;
  c->items[SIX_STAFF].has_retracted = true;
  c->items[SIX_STAFF].retracted = day("2016-01-31");
  c->items[INDICTMENT].row.kind = ONUS_ROW_RATIO;
  c->items[SIGINT].is_sealed = true;
  c->items[SIGINT].commitment = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  c->items[SIGINT].sealed_size = 1;
  c->items[CBS_REPORT].repeats = WIPER;
  c->items[DENIAL].would_say_anyway = true;
  return true;
}

static bool build_questions_and_positions(builder *b) {
  onus_case *c = b->c;
  c->n_questions = 2;
  c->questions = TAKE(b, onus_question, 2);
  onus_outcome *outcomes = TAKE(b, onus_outcome, 5);
  c->n_positions = N_POSITIONS;
  c->has_positions = true;
  c->positions = TAKE(b, onus_position, N_POSITIONS);
  if (b->has_failed)
    return false;
  outcomes[0].name = text(b, "logins from North Korean addresses");
  outcomes[1].name = text(b, "nothing usable");
  outcomes[2].name = text(b, "a former employee's account was used");
  outcomes[3].name = text(b, "an account of nobody known");
  outcomes[4].name = text(b, "the logs are gone");
  c->questions[0] =
      (onus_question){"joint-inquiry", text(b, "Logs of the relay hosts, examined by both sides"), outcomes, 2};
  c->questions[1] =
      (onus_question){"hr-audit", text(b, "An audit of the staff accounts used for the first entry"), outcomes + 2, 3};
  const char *law = "a reading of the standard that international courts name; law fixes no number, this is a setting";
  c->positions[US] = (onus_position){.id = "us",
                                     .name = text(b, "United States"),
                                     .standard_id = "clear-and-convincing",
                                     .standard = 0.75,
                                     .standard_origin = law,
                                     .access_all = true};
  c->positions[CHINA] = (onus_position){.id = "china",
                                        .name = text(b, "China"),
                                        .standard_id = "beyond-reasonable-doubt",
                                        .standard = 0.95,
                                        .standard_origin = law};
  c->positions[SCEPTIC] = (onus_position){.id = "sceptic",
                                          .name = text(b, "A sceptic"),
                                          .standard_id = "preponderance",
                                          .standard = 0.5,
                                          .standard_exclusive = true,
                                          .standard_origin = law};
  return true;
}

/* --- results --------------------------------------------------------------------------------------------------- */

static double probability_of(double log_odds) {
  return 1 / (1 + exp(-log_odds));
}

static onus_probability with_range(double prior, double log_odds, double spread) {
  return (onus_probability){prior, probability_of(log_odds), probability_of(log_odds - spread),
                            probability_of(log_odds + 0.02), probability_of(log_odds + 0.8 * spread)};
}

static onus_verdict verdict_of(const onus_position *position, double low, double high) {
  return low >= position->standard ? ONUS_ENOUGH : high < position->standard ? ONUS_NOT_ENOUGH : ONUS_DEPENDS;
}

static onus_without without(const onus_assessment *a, double log_odds) {
  onus_probability p = with_range(a->about.prior, log_odds, 0.6);
  return (onus_without){p, verdict_of(a->view->position, p.low, p.high)};
}

static void build_probabilities(const onus_case *c, onus_assessment *a, double log_odds, double spread) {
  a->prior_log_odds = log(0.2 / 0.8);
  a->posterior_log_odds = log_odds;
  a->about = with_range(0.2, log_odds, spread);
  a->verdict = verdict_of(a->view->position, a->about.low, a->about.high);
  a->point_verdict = verdict_of(a->view->position, a->about.posterior, a->about.posterior);
  a->hypotheses[DPRK] = a->about;
  for (size_t h = 1; h < c->n_hypotheses; h++) {
    double share = c->hypotheses[h].prior.low / 0.8;
    double p = (1 - a->about.posterior) * share;
    a->hypotheses[h] = with_range(c->hypotheses[h].prior.low, log(p / (1 - p)), spread);
  }
  for (size_t p = 0; p < c->n_propositions; p++) {
    double sum = 0, prior = 0;
    for (size_t h = 0; h < c->n_hypotheses; h++) {
      sum += c->propositions[p].holds[h] ? a->hypotheses[h].posterior : 0;
      prior += c->propositions[p].holds[h] ? a->hypotheses[h].prior : 0;
    }
    a->propositions[p] = with_range(prior, log(sum / (1 - sum)), spread);
  }
}

static bool build_view(builder *b, onus_assessment *a, size_t position, const char *as_of) {
  const onus_case *c = b->c;
  onus_view *view = TAKE(b, onus_view, 1);
  onus_view_item *items = TAKE(b, onus_view_item, c->n_items);
  if (b->has_failed)
    return false;
  *view = (onus_view){.c = c, .position = &c->positions[position], .items = items, .n_items = c->n_items};
  if (as_of) {
    view->has_as_of = true;
    view->as_of = day(as_of);
  }
  for (size_t i = 0; i < c->n_items; i++) {
    const onus_item *item = &c->items[i];
    items[i] = (onus_view_item){.item = i,
                                .row = &item->row,
                                .source = item->source,
                                .has_credibility = item->credibility_grade > 0,
                                .credibility = item->credibility,
                                .credibility_grade = item->credibility_grade,
                                .forgeable = item->forgeable,
                                .undercut = item->undercut,
                                .n_undercut = item->n_undercut};
    if (item->repeats != ONUS_NONE)
      items[i].state = ONUS_ITEM_REPEAT;
    if (item->would_say_anyway)
      items[i].state = ONUS_ITEM_SAID_ANYWAY;
    if (item->is_sealed) {
      items[i].seal = position == US ? ONUS_SEAL_ACCESS : ONUS_SEAL_UNSEEN;
      items[i].has_unseen = position != US;
      items[i].unseen = POINT(0.5);
    }
    if (as_of && item->known.seconds_utc > view->as_of.seconds_utc)
      items[i].state = ONUS_ITEM_NOT_YET_KNOWN;
    else if (item->has_retracted && (!as_of || item->retracted.seconds_utc <= view->as_of.seconds_utc))
      items[i].state = ONUS_ITEM_RETRACTED;
  }
  a->view = view;
  return true;
}

/* Shares of the way from prior to posterior, and log10 of the row. */
static const struct {
  double share, row[N_HYPOTHESES];
} item_figures[N_ITEMS] = {
    [WIPER] = {0.45, {1.49, 0.95, -0.35, 0.1, 0}},
    [INFRASTRUCTURE] = {0.2, {0.7, 0.55, -0.2, 0, 0}},
    [GRADE] = {0.3, {1.5, 1.2, -1.0, 0, 0}},
    [SIX_STAFF] = {-0.15, {-0.4, -0.2, 0.9, 0.1, 0}},
    [SIGINT] = {0.2, {1.2, 0.3, 0, 0, 0}},
    [CBS_REPORT] = {0, {0, 0, 0, 0, 0}},
    [DENIAL] = {0, {0, 0, 0, 0, 0}},
    [INDICTMENT] = {0, {2.1, 0.4, -1.1, -0.3, 0}},
};

static bool build_items_of(builder *b, onus_assessment *a, double log_odds) {
  const onus_case *c = b->c;
  double shares = 0;
  for (size_t i = 0; i < c->n_items; i++)
    if (a->view->items[i].state == ONUS_ITEM_COUNTS)
      shares += item_figures[i].share;
  for (size_t i = 0; i < c->n_items; i++) {
    double *row = TAKE(b, double, c->n_hypotheses);
    onus_number *range = TAKE(b, onus_number, c->n_hypotheses);
    if (b->has_failed)
      return false;
    onus_item_result *item = &a->items[i];
    item->item = &a->view->items[i];
    item->counts = item->item->state == ONUS_ITEM_COUNTS;
    item->log_ratio = row;
    item->ratio_range = range;
    for (size_t h = 0; h < c->n_hypotheses; h++) {
      row[h] = item_figures[i].row[h] * log(10);
      double spread = h == OTHER || row[h] == 0 ? 0 : 0.7;
      range[h] = RANGE(exp(row[h] - spread), exp(row[h] + spread));
    }
    if (!item->counts)
      continue;
    item->weight_log_odds = item_figures[i].share / shares * (log_odds - a->prior_log_odds);
    item->leave_out = without(a, log_odds - item->weight_log_odds);
  }
  return true;
}

static void build_sources_of(builder *b, onus_assessment *a, double log_odds) {
  const onus_case *c = b->c;
  static const double posterior[N_SOURCES] = {0.93, 0.22, 0.65, 0.94, 0.15};
  for (size_t s = 0; s < c->n_sources; s++) {
    onus_source_result *source = &a->sources[s];
    double reliability = c->sources[s].reliability.low;
    *source = (onus_source_result){.source = s, .reliability = reliability, .reliability_posterior = posterior[s]};
    source->bound_log_odds = log((reliability + (1 - reliability) * 0.2) / ((1 - reliability) * 0.2));
    for (size_t i = 0; i < c->n_items; i++)
      if (a->items[i].counts && c->items[i].source == s) {
        source->n_items++;
        source->weight_log_odds += a->items[i].weight_log_odds;
      }
    source->leave_out = without(a, log_odds - source->weight_log_odds);
  }
}

static bool build_undercutters_of(builder *b, onus_assessment *a) {
  static const onus_undercutter_result rows[] = {
      {"source:fbi", ONUS_UNDERCUT_SOURCE, FBI, 0.15, 0.07},
      {"source:norse", ONUS_UNDERCUT_SOURCE, NORSE, 0.6, 0.78},
      {"source:vendor", ONUS_UNDERCUT_SOURCE, VENDOR, 0.15, 0.06},
      {"credibility:wiper-lines", ONUS_UNDERCUT_CREDIBILITY, WIPER, 0.15, 0.09},
      {"leaked-toolkit", ONUS_UNDERCUT_NAMED, LEAKED, 0.13, 0.1},
      {"relays", ONUS_UNDERCUT_NAMED, RELAYS, 0.4, 0.41},
      {"unseen:sigint", ONUS_UNDERCUT_UNSEEN, SIGINT, 0.5, 0.33},
  };
  a->undercutters = TAKE(b, onus_undercutter_result, sizeof rows / sizeof rows[0]);
  if (b->has_failed)
    return false;
  a->n_undercutters = sizeof rows / sizeof rows[0];
  if (a->view->position == &b->c->positions[US])
    a->n_undercutters--;
  memcpy(a->undercutters, rows, a->n_undercutters * sizeof rows[0]);
  return true;
}

static bool build_what_turns(builder *b, onus_assessment *a) {
  static const onus_tipping tipping[] = {
      {"prior", 0.2, true, 0.052},         {"source:fbi", 0.85, true, 0.31},
      {"source:norse", 0.4, false, 0},     {"leaked-toolkit", 0.13, true, 0.8},
      {"relays", 0.4, false, 0},           {"credibility:wiper-lines", 0.15, false, 0},
      {"item:wiper-lines", 1, true, 0.21}, {"item:six-staff", 1, true, 0.00014},
  };
  static const onus_deciding_input deciding[] = {
      {"evidence.wiper-lines.likelihood.other", {0.01, 0.05}, 0.97, 0.86, 0.62},
      {"undercutters.leaked-toolkit.probability", {0.05, 0.3}, 0.95, 0.89, 0.27},
      {"evidence.sigint.vouched.ratio.dprk", {5, 50}, 0.89, 0.95, 0.08},
  };
  a->n_tipping = sizeof tipping / sizeof tipping[0];
  a->tipping = TAKE(b, onus_tipping, a->n_tipping);
  a->n_deciding = sizeof deciding / sizeof deciding[0];
  a->deciding = TAKE(b, onus_deciding_input, a->n_deciding);
  a->questions = TAKE(b, onus_question_result, 2);
  onus_outcome_result *outcomes = TAKE(b, onus_outcome_result, 5);
  if (b->has_failed)
    return false;
  memcpy(a->tipping, tipping, sizeof tipping);
  memcpy(a->deciding, deciding, sizeof deciding);
  static const double probability[] = {0.55, 0.45, 0.06, 0.24, 0.7}, shift[] = {1.4, -0.9, -2.9, 0.4, 0};
  for (size_t o = 0; o < 5; o++) {
    onus_without then = without(a, a->posterior_log_odds + shift[o]);
    outcomes[o] = (onus_outcome_result){b->c->questions[o < 2 ? 0 : 1].outcomes[o < 2 ? o : o - 2].name, probability[o],
                                        then.probability, then.verdict};
  }
  a->questions[0] = (onus_question_result){&b->c->questions[0], outcomes, 0.52, 0.21, 0.55};
  a->questions[1] = (onus_question_result){&b->c->questions[1], outcomes + 2, 0.52, 0.04, 0.94};
  return true;
}

static onus_assessment *build_assessment(builder *b, size_t position, double log_odds, const char *as_of,
                                         onus_detail detail) {
  const onus_case *c = b->c;
  onus_assessment *a = TAKE(b, onus_assessment, 1);
  if (!a || !build_view(b, a, position, as_of))
    return NULL;
  a->arena = b->arena;
  a->c = c;
  a->seed = ONUS_DEFAULT_SEED;
  a->n_samples = 4096;
  a->about_proposition = ONUS_NONE;
  a->about_id = c->hypotheses[0].id;
  a->about_name = c->hypotheses[0].name;
  a->hypotheses = TAKE(b, onus_probability, c->n_hypotheses);
  a->propositions = TAKE(b, onus_probability, c->n_propositions);
  a->about_set = TAKE(b, bool, c->n_hypotheses);
  a->items = TAKE(b, onus_item_result, c->n_items);
  a->sources = TAKE(b, onus_source_result, c->n_sources);
  if (b->has_failed)
    return NULL;
  a->about_set[0] = true;
  a->weights_exact_items = a->weights_exact_sources = true;
  build_probabilities(c, a, log_odds, 0.55);
  if (c->n_undercutters > 0 && !build_undercutters_of(b, a))
    return NULL;
  if (detail == ONUS_DETAIL_POSTERIOR)
    return a;
  if (!build_items_of(b, a, log_odds))
    return NULL;
  build_sources_of(b, a, log_odds);
  if (c->n_questions > 0 && !build_what_turns(b, a))
    return NULL;
  return a;
}

static bool build_disagreement(builder *b, const onus_comparison *comparison, size_t p, size_t q,
                               onus_disagreement *ret_disagreement) {
  static const onus_difference_part rows[] = {
      {{ONUS_DIFFERS_ACCESS, ONUS_NONE, "access"}, -0.4, "all", "public"},
      {{ONUS_DIFFERS_PROBABILITY, LEAKED, "leaked-toolkit"}, -0.35, "0.05–0.3", "0.3"},
      {{ONUS_DIFFERS_PRIOR, ONUS_NONE, "prior"}, -0.7, "dprk 0.2", "dprk 0.1"},
      {{ONUS_DIFFERS_RELIABILITY, FBI, "source:fbi"}, 0, "B (0.85)", "D (0.4)"},
      {{ONUS_DIFFERS_STANDARD, ONUS_NONE, "standard"}, 0, "clear-and-convincing (0.75)", "0.95"},
  };
  const size_t count = sizeof rows / sizeof rows[0];
  double a = comparison->assessments[p]->posterior_log_odds, z = comparison->assessments[q]->posterior_log_odds;
  *ret_disagreement = (onus_disagreement){.position_a = p, .position_b = q, .log_odds_a = a, .log_odds_b = z};
  ret_disagreement->parts = TAKE(b, onus_difference_part, count);
  ret_disagreement->cruxes = TAKE(b, onus_crux, 2);
  size_t *parts = TAKE(b, size_t, 3);
  if (b->has_failed)
    return false;
  memcpy(ret_disagreement->parts, rows, sizeof rows);
  ret_disagreement->n_parts = count;
  ret_disagreement->parts[3].part_log_odds = z - a + 1.45;
  ret_disagreement->same_verdict = comparison->assessments[p]->verdict == comparison->assessments[q]->verdict;
  ret_disagreement->crux_searched = true;
  parts[0] = 3;
  parts[1] = 0;
  parts[2] = 2;
  ret_disagreement->cruxes[0] = (onus_crux){parts, 1};
  ret_disagreement->cruxes[1] = (onus_crux){parts + 1, 2};
  ret_disagreement->n_cruxes = ret_disagreement->same_verdict ? 0 : 2;
  return true;
}

static onus_comparison *build_comparison(builder *b) {
  static const double log_odds[N_POSITIONS] = {2.6, 0.3, 1.9};
  size_t count = b->c->n_positions;
  onus_comparison *comparison = TAKE(b, onus_comparison, 1);
  onus_assessment **assessments = TAKE(b, onus_assessment *, count);
  onus_disagreement *disagreements = TAKE(b, onus_disagreement, count * count);
  if (b->has_failed)
    return NULL;
  *comparison = (onus_comparison){b->arena, b->c, assessments, disagreements, 0};
  for (size_t p = 0; p < count; p++)
    if ((assessments[p] = build_assessment(b, p, log_odds[p], "2016-03-01", ONUS_DETAIL_FULL)) == NULL)
      return NULL;
  for (size_t p = 0; p < count; p++)
    for (size_t q = p + 1; q < count; q++)
      if (!build_disagreement(b, comparison, p, q, &disagreements[comparison->n_disagreements++]))
        return NULL;
  return comparison;
}

static onus_timeline *build_timeline(builder *b) {
  static const struct {
    const char *day;
    double log_odds[N_POSITIONS];
    onus_timeline_event events[4];
    size_t n_events;
  } rows[] = {
      {"2014-12-07", {-1.386, -2.2, -1.386}, {{DENIAL, false}}, 1},
      {"2014-12-19",
       {1.9, -0.6, 0.9},
       {{WIPER, false}, {INFRASTRUCTURE, false}, {SIGINT, false}, {CBS_REPORT, false}},
       4},
      {"2014-12-29", {1.5, -0.9, 0.4}, {{SIX_STAFF, false}}, 1},
      {"2016-01-31", {1.9, -0.6, 0.9}, {{SIX_STAFF, true}}, 1},
      {"2016-02-24", {2.6, 0.3, 1.9}, {{GRADE, false}}, 1},
      {"2018-09-06", {4.4, 1.9, 3.6}, {{INDICTMENT, false}}, 1},
  };
  size_t count = b->c->n_items > 0 ? sizeof rows / sizeof rows[0] : 0;
  onus_timeline *timeline = TAKE(b, onus_timeline, 1);
  size_t *shown = TAKE(b, size_t, b->c->n_positions);
  onus_timeline_point *points = TAKE(b, onus_timeline_point, count);
  if (b->has_failed)
    return NULL;
  *timeline = (onus_timeline){b->arena, b->c, shown, b->c->n_positions, points, count};
  for (size_t p = 0; p < b->c->n_positions; p++)
    shown[p] = p;
  for (size_t t = 0; t < count; t++) {
    points[t].day = day(rows[t].day);
    points[t].n_events = rows[t].n_events;
    points[t].events = TAKE(b, onus_timeline_event, rows[t].n_events);
    points[t].assessments = TAKE(b, onus_assessment *, b->c->n_positions);
    if (b->has_failed)
      return NULL;
    memcpy(points[t].events, rows[t].events, rows[t].n_events * sizeof rows[t].events[0]);
    for (size_t p = 0; p < b->c->n_positions; p++)
      if (!(points[t].assessments[p] = build_assessment(b, p, rows[t].log_odds[p], rows[t].day, ONUS_DETAIL_POSTERIOR)))
        return NULL;
  }
  return timeline;
}

static bool build_small_case(builder *b) {
  onus_case *c = b->c;
  c->n_hypotheses = 2;
  c->hypotheses = TAKE(b, onus_hypothesis, 2);
  c->n_positions = 1;
  c->positions = TAKE(b, onus_position, 1);
  if (b->has_failed)
    return false;
  c->hypotheses[0] = (onus_hypothesis){.id = "a", .name = "a", .imitates = ONUS_NONE, .prior = POINT(0.2)};
  c->hypotheses[1] =
      (onus_hypothesis){.id = "other", .name = "other", .is_open = true, .imitates = ONUS_NONE, .prior = POINT(0.8)};
  c->open_hypothesis = 1;
  c->positions[0] = (onus_position){
      .id = "analyst", .name = "analyst", .standard_id = "custom", .standard = 0.9, .standard_origin = "this case"};
  return true;
}

bool onus_fixture_make(onus_fixture_kind kind, onus_fixture *ret_fixture) {
  onus_arena *arena = onus_arena_new((size_t)1 << 24);
  if (!arena)
    return false;
  builder b = {.arena = arena, .is_hostile = kind == ONUS_FIXTURE_HOSTILE};
  onus_fixture made = {.arena = arena};
  b.c = TAKE(&b, onus_case, 1);
  bool is_small = kind == ONUS_FIXTURE_SMALL;
  if (!b.has_failed) {
    *b.c = (onus_case){.arena = arena,
                       .path = "case.yaml",
                       .title = text(&b, "Who attacked Sony Pictures Entertainment?"),
                       .question = text(&b, "Who is responsible for the intrusion that became public on 2014-11-24?"),
                       .about_hypothesis = 0,
                       .about_proposition = ONUS_NONE,
                       .has_priors = !is_small};
    made.c = b.c;
    if (is_small ? build_small_case(&b)
                 : build_hypotheses(&b) && build_sources(&b) && build_items(&b) && build_questions_and_positions(&b)) {
      made.assessment =
          build_assessment(&b, 0, is_small ? log(0.25) : 2.6, is_small ? NULL : "2016-03-01", ONUS_DETAIL_FULL);
      made.comparison = build_comparison(&b);
      made.timeline = build_timeline(&b);
      made.item = TAKE(&b, onus_explanation, 1);
      made.source = TAKE(&b, onus_explanation, 1);
    }
  }
  if (b.has_failed || !made.source || !made.item) {
    onus_arena_free(arena);
    return false;
  }
  *made.item = (onus_explanation){arena, made.assessment, WIPER, ONUS_NONE};
  *made.source = (onus_explanation){arena, made.assessment, ONUS_NONE, FBI};
  *ret_fixture = made;
  return true;
}
