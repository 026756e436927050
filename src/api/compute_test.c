/* Rows out of rankings that are known. */
#include "api/compute_internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static char folder[64];

static const char CASE[] =
    "onus: 1\ntitle: T\nquestion: Q\nhypotheses:\n  - {id: a, actors: [G1, Blue Heron, Reed]}\n  - {id: b, actors: [Reed]}\n"
    "  - {id: c}\n  - {id: other, open: true}\nsources:\n  - {id: s, reliability: B}\nevidence:\n"
    "  - {id: e, source: s, known: 2020-01-01, compute: infrastructure, from: list.csv, leave_out: [example.com/own]}\n";

static const char *in_folder(const char *name) {
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void put(const char *name, const char *text) {
  assert_int_equal(onus_file_write(in_folder(name), text, strlen(text), NULL), ONUS_OK);
}

static int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/onus-compute-XXXXXX");
  if (!mkdtemp(folder) || mkdir(in_folder("computed"), 0700) != 0)
    return -1;
  put("case.yaml", CASE);
  put("list.csv", "203.0.113.9\n");
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  static const char *const NAMES[] = {"computed/e.json", "computed", "case.yaml", "list.csv", ""};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    (void)remove(in_folder(NAMES[i]));
  return 0;
}

/* A catalogue of three actors, and what they rank. */
enum { HERON, REED, LATE };
static const uint32_t heron_entries[] = {0}, reed_entries[] = {1}, late_entries[] = {2}, reports[] = {0};
static const onus_ref_source sources[] = {{"mitre-attack", "ATT&CK"}};
static const onus_entry entries[] = {{ONUS_ENTRY_ACTOR, 0, "G1", "Blue Heron", HERON},
                                     {ONUS_ENTRY_ACTOR, 0, "G2", "Reed", REED},
                                     {ONUS_ENTRY_ACTOR, 0, "G3", "Late", LATE}};
static const onus_actor actors[] = {
    {.name = "Blue Heron", .entries = heron_entries, .n_entries = 1},
    {.name = "Reed", .entries = reed_entries, .n_entries = 1},
    {.name = "Late", .entries = late_entries, .n_entries = 1},
};
static const onus_report reports_known[] = {{.key = "example.com/report", .title = "A report"}};
static const onus_basis bases[] = {{.kind = ONUS_BASIS_LISTED, .reports = reports, .n_reports = 1}};
static const onus_catalogue catalogue = {.sources = sources,
                                         .entries = entries,
                                         .actors = actors,
                                         .reports = reports_known,
                                         .bases = bases,
                                         .n_sources = 1,
                                         .n_entries = 3,
                                         .n_actors = 3,
                                         .n_reports = 1,
                                         .n_bases = 1};
static const onus_link heron_links[] = {
    {"host", "evil.example.com", 0, 0.5, 1, 40, ""},
    {"network /24", "203.0.113.0/24", ONUS_NO_NUMBER, -0.25, 3, ONUS_DAY_UNKNOWN, "shared"}};
static const onus_link reed_links[] = {{"ip", "203.0.113.9", 0, 2.0, 1, -3, ""}};

static onus_ranking rank(onus_candidate *candidates) {
  candidates[0] = (onus_candidate){
      .actor = HERON, .ln_lr = log(8), .ln_lr_low = log(2), .ln_lr_high = log(32), .links = heron_links, .n_links = 2};
  candidates[1] = (onus_candidate){
      .actor = REED, .ln_lr = log(4), .ln_lr_low = log(2), .ln_lr_high = log(8), .links = reed_links, .n_links = 1};
  return (onus_ranking){.engine = ONUS_ENGINE_INFRASTRUCTURE,
                        .engine_version = "infrastructure-1",
                        .candidates = candidates,
                        .n_candidates = 2,
                        .n_used = 1,
                        .n_not_known = 2,
                        .provenance = "by hand"};
}

static void near(double found, double expected) {
  if (!(fabs(found - expected) <= 1e-5 * expected))
    fail_msg("%.9g instead of %.9g", found, expected);
}

static onus_case *open_uncomputed(void) {
  onus_case *c = NULL;
  onus_error error = {0};
  if (onus_case_read_uncomputed(folder, &c, NULL, &error) != ONUS_OK)
    fail_msg("%s", error.text);
  return c;
}

/* "G1" and "Blue Heron" are one actor, "Reed" another: the mean is over two. */
static void a_ratio_is_the_mean_over_actors(void **state) {
  (void)state;
  onus_case *c = open_uncomputed();
  onus_candidate candidates[2];
  onus_ranking ranking = rank(candidates);
  onus_named_actor named[] = {{0, "G1", HERON}, {0, "Blue Heron", HERON}, {0, "Reed", REED}, {1, "Late", LATE}};
  onus_row_origin from = {c, &c->items[0], &catalogue, named, 4, &ranking, "digest", "artefact", {1, 1}, ""};
  onus_number ratio = onus_compute_ratio(&from, 0);
  near(onus_number_point(ratio, ONUS_SCALE_LOG), (8.0 + 4) / 2);
  near(ratio.high / ratio.low, (32.0 + 8) / (2 + 2));
  ratio = onus_compute_ratio(&from, 1); /* the ranking knows nothing of Late */
  assert_true(ratio.low >= 1 && ratio.high <= 1);
  /* One of whom nothing is known changes nothing. */
  named[1] = (onus_named_actor){0, "Late", LATE};
  near(onus_number_point(onus_compute_ratio(&from, 0), ONUS_SCALE_LOG), (8.0 + 4) / 2);
  /* What the case's format cannot hold is cut. */
  candidates[0].ln_lr = candidates[0].ln_lr_high = candidates[0].ln_lr_low = 1e6;
  candidates[1] = candidates[0];
  candidates[1].actor = REED;
  near(onus_compute_ratio(&from, 0).high, 1e12);
  onus_case_free(c);
}

/* What is written is read back by opening the case, and is the same for the same input. */
static void a_row_comes_back_when_the_case_is_opened(void **state) {
  (void)state;
  onus_case *c = open_uncomputed();
  onus_candidate candidates[2];
  onus_ranking ranking = rank(candidates);
  onus_named_actor named[] = {{0, "G1", HERON}, {0, "Blue Heron", HERON}, {0, "Reed", REED}, {1, "Reed", REED}};
  char artefact[ONUS_DIGEST_BYTES];
  onus_digest_bytes("203.0.113.9\n", 12, artefact);
  onus_row_origin from = {c,        &c->items[0],  &catalogue, named,        4,
                          &ranking, "xxh3-sum:00", artefact,   {0.16, 0.27}, "counted"};
  onus_text texts[2], lines[2];
  for (int i = 0; i < 2; i++) {
    onus_buffer out = onus_buffer_new(1 << 20), line = onus_buffer_new(1 << 20);
    assert_int_equal(onus_compute_write(&out, &line, &from, NULL), ONUS_OK);
    assert_int_equal(onus_buffer_take(&out, &texts[i], NULL), ONUS_OK);
    assert_int_equal(onus_buffer_take(&line, &lines[i], NULL), ONUS_OK);
  }
  assert_string_equal(texts[0].bytes, texts[1].bytes);
  assert_string_equal(lines[0].bytes,
                      "computed/e.json: 1 of 3 known to the reference, a 6 (1.9 to 19), b 4 (2 to 8)\n");
  put("computed/e.json", texts[0].bytes);
  onus_case_free(c);
  onus_error error = {0};
  if (onus_case_read(folder, &c, NULL, &error) != ONUS_OK)
    fail_msg("%s", error.text);
  const onus_row *row = &c->items[0].row;
  assert_true(row->is_stated[0] && row->is_stated[1] && !row->is_stated[2] && !row->is_stated[3]);
  near(onus_number_point(row->value[0], ONUS_SCALE_LOG), 6);
  near(row->value[1].low, 2);
  assert_int_equal(row->computed->n_links, 3);
  assert_string_equal(row->computed->links[0].value, "203.0.113.9"); /* the strongest, once though listed twice */
  assert_string_equal(row->computed->links[2].note, "shared");
  assert_false(row->computed->links[2].has_age);
  assert_string_equal(row->computed->actors[3].entries[0], "mitre-attack G2");
  assert_true(c->undercutters[0].probability.low > 0.1 && c->undercutters[0].probability.high < 0.3);
  onus_case_free(c);
  for (int i = 0; i < 2; i++) {
    onus_text_free(&texts[i]);
    onus_text_free(&lines[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_ratio_is_the_mean_over_actors),
      cmocka_unit_test(a_row_comes_back_when_the_case_is_opened),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
