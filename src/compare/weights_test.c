#include "compare/weights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const choice[] = {"near \"it\"", "far"}, *const unknown[] = {"size"}, *const ratio[] = {"near"};
static const onus_engine engine = {.name = "test",
                                   .version = "test-1",
                                   .features = {choice, unknown, ratio, 2, 1, 1, false}},
                         engine_with_odds = {
                             .name = "odds", .version = "odds-1", .features = {choice, unknown, ratio, 2, 1, 1, true}};

static onus_weights example(void) {
  onus_weights w = {.n_choice = 2, .n_unknown = 1, .n_ratio = 1, .n_bootstraps = ONUS_BOOTSTRAPS};
  w.choice[0] = 0.1;
  w.choice[1] = -1e-17 / 3;
  w.unknown[0] = 5;
  w.unknown[1] = 2. / 3;
  w.ratio[0] = -3.25;
  w.ratio[1] = 1e10;
  for (size_t b = 0; b < ONUS_BOOTSTRAPS; b++)
    for (size_t k = 0; k < 2; k++)
      w.bootstrap[b][k] = (double)(b + 1) / (double)(k + 7);
  w.least_ln_lr = -4.4;
  w.greatest_ln_lr = 9.9;
  strcpy(w.provenance, "incidents \xC3\xA9 \"x\".jsonl: 3 incidents of 2 actors");
  return w;
}

static onus_weights example_with_odds(void) {
  onus_weights w = example();
  w.odds = 1. / 3;
  for (size_t b = 0; b < ONUS_BOOTSTRAPS; b++) {
    w.bootstrap_odds[b] = (double)b / 9;
    for (size_t k = 0; k < 2; k++) {
      w.bootstrap_choice[b][k] = (double)(100 * b + k) / 11;
      w.bootstrap_unknown[b][k] = -(double)(100 * b + k + 1) / 13;
    }
  }
  return w;
}

static onus_text written_by(const onus_engine *by, const onus_weights *w) {
  onus_buffer out = onus_buffer_new(1 << 20);
  onus_text text;
  onus_error error = {0};
  onus_weights_write(&out, by, w);
  assert_int_equal(onus_buffer_take(&out, &text, &error), ONUS_OK);
  return text;
}

static onus_text written(const onus_weights *w) {
  return written_by(&engine, w);
}

static void test_the_odds_too(void **state) {
  (void)state;
  onus_weights w = example_with_odds(), read = {0};
  onus_text text = written_by(&engine_with_odds, &w);
  onus_error error = {0};
  assert_int_equal(onus_weights_read("w", text.bytes, text.length, &engine_with_odds, &read, &error), ONUS_OK);
  assert_memory_equal(&w, &read, sizeof w);
  onus_text_free(&text);
  /* An engine without them does not take them, nor one with them what lacks them. */
  text = written_by(&(onus_engine){.version = "test-1", .features = engine_with_odds.features}, &w);
  assert_int_equal(onus_weights_read("w", text.bytes, text.length, &engine, &read, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "other features"));
  onus_text_free(&text);
  text = written_by(&(onus_engine){.version = "odds-1", .features = engine.features}, &w);
  assert_int_equal(onus_weights_read("w", text.bytes, text.length, &engine_with_odds, &read, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "is missing"));
  onus_text_free(&text);
}

static void test_written_and_read(void **state) {
  (void)state;
  onus_weights w = example(), read = {0};
  onus_text text = written(&w);
  onus_error error = {0};
  assert_int_equal(onus_weights_read("w", text.bytes, text.length, &engine, &read, &error), ONUS_OK);
  assert_memory_equal(&w, &read, sizeof w);
  onus_text_free(&text);
}

/* Each change of the text is refused for its reason, at a place. */
static void test_what_is_wrong(void **state) {
  (void)state;
  static const struct {
    const char *from, *to, *says;
    size_t n_bootstraps;
  } changes[] = {
      {"test-1", "test-0", "test-0", 2},
      {"\"onus_calibration\":1", "\"onus_calibration\":2", "form 2", 2},
      {"\"far\":", "\"fur\":", "\"far\" is missing", 2},
      {"\"far\":", "\"new\":1,\"far\":", "other features", 2},
      {"\"size\":", "\"size\":\"x\",\"was\":", "a text and should be a number", 2},
      {"\"least_ln_lr\":-4.4", "\"least_ln_lr\":10", "greater than", 2},
      {"\"bootstrap\":[[", "\"bootstrap\":[[1,2,3],[", "list of 2 numbers", 2},
      {"\"bootstrap\":[[", "\"bootstrap\":[[true,2],[", "should be a number", 2},
      {"\"bootstrap\":[", "\"bootstrap\":[[1,2],", "65 rows and may have 64", ONUS_BOOTSTRAPS},
      {"\"far\":", "\"far\":1e13,\"was\":", "within -1e12 and 1e12", 2},
      {"\"bootstrap\":[[", "\"bootstrap\":[[1,-1e300],[", "within -1e12 and 1e12", 2},
      {"{", "[{", "", 2},
  };
  onus_weights w = example();
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    w.n_bootstraps = changes[i].n_bootstraps;
    onus_text text = written(&w);
    const char *at = strstr(text.bytes, changes[i].from);
    assert_non_null(at);
    onus_buffer changed = onus_buffer_new(1 << 20);
    onus_buffer_append(&changed, text.bytes, (size_t)(at - text.bytes));
    onus_buffer_string(&changed, changes[i].to);
    onus_buffer_string(&changed, at + strlen(changes[i].from));
    onus_weights read = {.n_choice = 77};
    onus_error error = {0};
    onus_status status = onus_weights_read("w", changed.bytes, changed.length_bytes, &engine, &read, &error);
    assert_int_equal(status, ONUS_BAD_INPUT);
    if (!strstr(error.text, changes[i].says))
      fail_msg("%s: %s", changes[i].to, error.text);
    assert_true(error.line > 0 && error.column > 0);
    assert_int_equal(read.n_choice, 77);
    onus_buffer_free(&changed);
    onus_text_free(&text);
  }
}

static void test_cut_short(void **state) {
  (void)state;
  onus_weights w = example(), read;
  w.n_bootstraps = 2;
  onus_text text = written(&w);
  onus_error error = {0};
  for (size_t n = 0; n + 2 < text.length; n++)
    assert_int_equal(onus_weights_read("w", text.bytes, n, &engine, &read, &error), ONUS_BAD_INPUT);
  onus_text_free(&text);
}

static void test_document_name(void **state) {
  (void)state;
  char name[ONUS_WEIGHTS_DOCUMENT_BYTES];
  onus_weights_document(&engine, name);
  assert_string_equal(name, "calibration/test");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_written_and_read), cmocka_unit_test(test_the_odds_too),
      cmocka_unit_test(test_what_is_wrong),    cmocka_unit_test(test_cut_short),
      cmocka_unit_test(test_document_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
