/* Lists, tables and events: what each line becomes, what is refused, and what is left when a file is cut. */
#include "reference/test_reference_internal.h"

#include "base/buffer.h"
#include "reference/importing_internal.h"

static const char MALTRAIL[] = "# Copyright (c) 2014-2026 Maltrail developers\n"
                               "# See the file 'LICENSE' for copying permission\n"
                               "\n"
                               "# Aliases: hidden cobra, cobalt ulster (# https://firm.example/x), dev#popper,, zinc\n"
                               "\n"
                               "# Reference: https://firm.example/2016/02/24/blockbuster\n"
                               "# Reference: https://twitter.com/x/status/1253426730217291778 (# SpyC23)\n"
                               "\n"
                               "evil.com\n"
                               "198.51.100.7:443\n"
                               "evil.com/gate.php # dropper\n"
                               "/gate.php\n"
                               "gov.pakmarines\n"
                               "# TITLE-HOST=Naver Login\n"
                               "# FAVICON_HASH-IP=abc\n"
                               "# just a remark\n"
                               "\n"
                               "# Reference: https://www.virustotal.com/gui/file/abc\n"
                               "\n"
                               "pivot.example.com\n"
                               "\n"
                               "# Reference: https://www.virustotal.com/gui/file/abc\n"
                               "# Reference: https://firm.example/second\n"
                               "\n"
                               "second.com\n";

static const char CSV[] = "Actor;Indicator;Technique;Report;Day;Note\n"
                          "Some Group;evil[.]com;;https://firm.example/a;2014-12-22;\"x; y\"\n"
                          "Some Group;hxxp://evil[.]org/x;;https://firm.example/a;2014-12-22;\n"
                          "Some Group;;t1059.003;https://firm.example/a;2014-12-22;\n"
                          "Other Group;evil.com;S0154;A report without an address;2015;\n"
                          ";evil.com;;;;\n"
                          "Other Group;;;;;\n"
                          "Other Group;nothing;T1;A report without an address;never;\n";

static const char LIST[] = "# ours\nevil[.]com\n\n198.51.100.7  # seen twice\nlocalhost\n";

static const char MISP[] =
    "{\"Event\": {\"uuid\": \"5-6\", \"info\": \"spear phishing\", \"date\": \"2016-02-24\",\n"
    "\"Tag\": [{\"name\": \"tlp:white\"}, {\"name\": \"misp-galaxy:threat-actor=\\\"Some Group\\\"\"},\n"
    " {\"name\": \"misp-galaxy:mitre-attack-pattern=\\\"PowerShell - T1059.001\\\"\"}],\n"
    "\"Galaxy\": [{\"GalaxyCluster\": [{\"tag_name\": \"misp-galaxy:mitre-intrusion-set=\\\"APT1 - G0006\\\"\"}]}],\n"
    "\"Attribute\": [{\"type\": \"domain\", \"value\": \"evil.com\"},\n"
    " {\"type\": \"link\", \"value\": \"https://firm.example/report\"},\n"
    " {\"type\": \"ip-dst|port\", \"value\": \"198.51.100.7|443\"},\n"
    " {\"type\": \"ip-dst|port\", \"value\": \"2001:db8::7|443\"},\n"
    " {\"type\": \"domain|ip\", \"value\": \"other.com|198.51.100.8\"},\n"
    " {\"type\": \"comment\", \"value\": \"hello\"},\n"
    " {\"type\": \"domain\", \"value\": \"gone.com\", \"deleted\": true}],\n"
    "\"Object\": [{\"name\": \"file\", \"Attribute\": [\n"
    " {\"type\": \"filename|md5\", \"value\": \"a.exe|d41d8cd98f00b204e9800998ecf8427e\"},\n"
    " {\"type\": \"x509-fingerprint-sha1\", \"value\": \"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}]}]}}\n";

/* Imports one text into `t`, which may hold others, without sealing. */
static onus_status import(test_reference *t, const char *path, const char *text, size_t text_bytes,
                          const onus_import_options *options, onus_import_summary *summary, onus_error *error) {
  static const onus_import_options NONE;
  const onus_import_format *const *formats;
  size_t n = onus_import_formats(&formats);
  char *exact = malloc(text_bytes ? text_bytes : 1); /* of its very size, so that reading beyond it shows */
  assert_non_null(exact);
  memcpy(exact, text, text_bytes);
  onus_import_input input = {path, exact, text_bytes, NULL};
  const onus_import_format *format = NULL;
  for (size_t i = 0; i < n; i++)
    if (formats[i]->recognise(&input)) {
      assert_null(format); /* no two fit */
      format = formats[i];
    }
  memset(summary, 0, sizeof *summary);
  onus_status status = ONUS_UNSUPPORTED;
  if (format) {
    summary->format = format->name;
    status = format->import(t->writer, &input, options ? options : &NONE, summary, error);
  }
  free(exact);
  return status;
}

static onus_import_summary summary; /* large */

static void import_well(test_reference *t, const char *path, const char *text, const onus_import_options *options) {
  test_write(t);
  TEST_OK(import(t, path, text, strlen(text), options, &summary, error));
  test_seal(t);
  test_open(t);
}

/* Who holds a trace, by upstream ids, with whether its basis is circular ("!"). */
static void assert_holders(test_reference *t, const char *key, const char *expected) {
  onus_store_postings found = test_look_up(t, ONUS_REFERENCE_TRACES, key, ONUS_STORE_ALWAYS);
  onus_buffer out = onus_buffer_new(4096);
  onus_buffer_string(&out, "");
  for (size_t i = 0; i < found.first[1]; i++)
    onus_buffer_printf(&out, "%s%s%s", i ? " " : "", t->catalogue->entries[found.postings[i].holder].upstream_id,
                       t->catalogue->bases[found.postings[i].report].is_circular ? "!" : "");
  if (strcmp(out.length_bytes ? out.bytes : "", expected) != 0)
    fail_msg("%s: held by \"%s\", not \"%s\"", key, out.length_bytes ? out.bytes : "", expected);
  onus_buffer_free(&out);
  onus_store_postings_free(&found);
}

static void test_maltrail(void **state) {
  (void)state;
  test_reference t = {0};
  import_well(&t, "lists/apt_some.txt", MALTRAIL, NULL);
  assert_string_equal(summary.format, "maltrail");
  assert_int_equal(summary.n_claims, 4);
  assert_int_equal(summary.n_indicators, 8);
  assert_int_equal(summary.n_circular, 1);
  assert_int_equal(summary.n_refused, 1);
  assert_string_equal(summary.refused[0].what, "\"gov.pakmarines\"");
  assert_int_equal(summary.refused[0].line, 13);
  assert_string_equal(t.catalogue->entries[0].upstream_id, "some");
  assert_string_equal(t.catalogue->sources[0].id, "maltrail");
  assert_int_equal(t.catalogue->n_bases, 3);
  assert_int_equal(t.catalogue->bases[0].n_reports, 2);
  assert_int_equal(t.catalogue->bases[0].kind, ONUS_BASIS_LISTED);
  bool has_ulster = false;
  for (size_t i = 0; i < t.catalogue->n_claims; i++)
    has_ulster = has_ulster || strcmp(t.catalogue->claims[i].name, "cobalt ulster") == 0;
  assert_true(has_ulster);
  assert_holders(&t, "hevil.com", "some");
  assert_holders(&t, "//gate.php", "some");
  assert_holders(&t, "I198.51.100.7:443", "some");
  assert_holders(&t, "ftitle:naver login", "some");
  assert_holders(&t, "ffavicon:abc", "some");
  assert_holders(&t, "hpivot.example.com", "some!");
  assert_holders(&t, "hsecond.com", "some"); /* one report of its block is none of a search */
  test_end(&t);
}

static void test_maltrail_oddities(void **state) {
  (void)state;
  test_reference t = {0};
  onus_error error = {0};
  /* a list without references is known from the list alone */
  import_well(&t, "apt_x.txt.zst", "# Aliases: y\n\nevil.com\nevil.net\n", NULL);
  assert_int_equal(summary.n_indicators, 2);
  assert_string_equal(t.catalogue->entries[0].upstream_id, "x");
  assert_int_equal(t.catalogue->bases[0].n_reports, 1);
  assert_string_equal(t.catalogue->reports[0].title, "maltrail list x");
  test_end(&t);
  /* half a name is another name */
  import_well(&t, "apt_x.txt", "# Reference: https://firm.example/a\r\n\r\nevil.com\r\nevil.co", NULL);
  assert_int_equal(summary.n_indicators, 1);
  assert_int_equal(summary.n_refused, 1);
  assert_int_equal(summary.refused[0].line, 4);
  assert_holders(&t, "hevil.co", "");
  test_end(&t);
  /* lists of malware name no actor */
  test_write(&t);
  static const char LOKI[] = "# Reference: https://firm.example/a\n\nevil.com\n";
  assert_int_equal(import(&t, "lokibot.txt", LOKI, strlen(LOKI), NULL, &summary, &error), ONUS_BAD_ARGUMENT);
  assert_non_null(strstr(error.text, "--actor"));
  const onus_import_options options = {.actor = "Loki"};
  assert_int_equal(import(&t, "lokibot.txt", LOKI, strlen(LOKI), &options, &summary, &error), ONUS_OK);
  test_abandon(&t);
  test_end(&t);
}

static void test_csv(void **state) {
  (void)state;
  test_reference t = {0};
  import_well(&t, "ours.csv", CSV, NULL);
  assert_string_equal(summary.format, "csv");
  assert_int_equal(summary.n_indicators, 3);
  assert_int_equal(summary.n_relations, 2);
  assert_int_equal(summary.n_refused, 5); /* no actor; nothing; no day; no indicator; no technique */
  assert_string_equal(t.catalogue->sources[0].id, "ours");
  assert_holders(&t, "hevil.com", "Some Group Other Group");
  assert_holders(&t, "//x", "Some Group");
  onus_store_postings found = test_look_up(&t, ONUS_REFERENCE_TTPS, "T1059.003", 16426);
  assert_int_equal(found.first[1], 1); /* known on the day that the row says */
  onus_store_postings_free(&found);
  found = test_look_up(&t, ONUS_REFERENCE_TTPS, "T1059.003", 16425);
  assert_int_equal(found.first[1], 0);
  onus_store_postings_free(&found);
  found = test_look_up(&t, ONUS_REFERENCE_TTPS, "S0154", ONUS_STORE_ALWAYS);
  assert_int_equal(found.first[1], 1);
  onus_store_postings_free(&found);
  test_end(&t);
  /* what the caller says for all rows */
  const onus_import_options options = {
      .actor = "Mine", .report = "https://firm.example/b", .day = "2015", .source = "me"};
  import_well(&t, "x.csv", "indicator\nevil.com\n", &options);
  assert_string_equal(t.catalogue->sources[0].id, "me");
  assert_string_equal(t.catalogue->reports[0].key, "firm.example/b");
  assert_int_equal(t.catalogue->reports[0].period.first_day, 16436);
  assert_holders(&t, "hevil.com", "Mine");
  test_end(&t);
}

static void test_list(void **state) {
  (void)state;
  test_reference t = {0};
  const onus_import_options options = {.actor = "Mine", .report = "Our own finding", .day = "2015-02-03"};
  import_well(&t, "ours.txt", LIST, &options);
  assert_string_equal(summary.format, "list");
  assert_int_equal(summary.n_indicators, 2);
  assert_int_equal(summary.n_refused, 1);
  assert_int_equal(summary.refused[0].line, 5);
  assert_string_equal(t.catalogue->sources[0].id, "ours");
  assert_string_equal(t.catalogue->reports[0].key, "sn:our own finding");
  assert_int_equal(t.catalogue->reports[0].period.first_day, 16469);
  assert_holders(&t, "hevil.com", "Mine");
  test_end(&t);
  onus_error error = {0};
  test_write(&t);
  assert_int_equal(import(&t, "ours.txt", LIST, strlen(LIST), NULL, &summary, &error), ONUS_BAD_ARGUMENT);
  assert_non_null(strstr(error.text, "--report"));
  const onus_import_options wrong = {.actor = "Mine", .report = "x", .day = "yesterday"};
  assert_int_equal(import(&t, "ours.txt", LIST, strlen(LIST), &wrong, &summary, &error), ONUS_BAD_ARGUMENT);
  test_abandon(&t);
  test_end(&t);
}

static void test_misp(void **state) {
  (void)state;
  test_reference t = {0};
  import_well(&t, "event.json", MISP, NULL);
  assert_string_equal(summary.format, "misp");
  assert_int_equal(summary.n_entries, 2);
  assert_int_equal(summary.n_indicators, 2 * 7); /* each actor holds all */
  assert_int_equal(summary.n_relations, 1);
  assert_int_equal(summary.n_refused, 1); /* the comment */
  assert_holders(&t, "hevil.com", "Some Group G0006");
  assert_holders(&t, "hgone.com", "");
  assert_holders(&t, "I198.51.100.7:443", "Some Group G0006");
  assert_holders(&t, "I[2001:db8::7]:443", "Some Group G0006");
  assert_holders(&t, "i198.51.100.8", "Some Group G0006");
  assert_holders(&t, "xd41d8cd98f00b204e9800998ecf8427e", "Some Group G0006");
  assert_holders(&t, "fcert-sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709", "Some Group G0006");
  onus_store_postings found = test_look_up(&t, ONUS_REFERENCE_TTPS, "T1059.001", 16855);
  assert_int_equal(found.first[1], 2); /* 2016-02-24 */
  onus_store_postings_free(&found);
  test_end(&t);
  onus_error error = {0};
  test_write(&t);
  static const char NOBODY[] = "{\"response\": [{\"Event\": {\"info\": \"x\", \"Attribute\": []}}]}";
  assert_int_equal(import(&t, "e.json", NOBODY, strlen(NOBODY), NULL, &summary, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "no actor"));
  test_abandon(&t);
  test_end(&t);
}

static void test_nothing(void **state) {
  (void)state;
  static const struct {
    const char *path, *text;
  } NONE[] = {{"apt_x.txt", "# Copyright (c) 2014-2026 Maltrail developers\n"},
              {"apt_x.txt", "# Reference: https://firm.example/a\n"},
              {"x.csv", "indicator,actor\n"},
              {"x.csv", "indicator,actor\n\"evil.com,x\n"},
              {"x.csv", "indicator,actor\nnothing,x\n"},
              {"e.json", "{\"Event\": 1}"},
              {"e.json", "[\"Event\"]"},
              {"e.json", "{\"Event\": {"}};
  for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
    test_reference t = {0};
    onus_error error = {0};
    test_write(&t);
    onus_status status = import(&t, NONE[i].path, NONE[i].text, strlen(NONE[i].text), NULL, &summary, &error);
    if (status != ONUS_BAD_INPUT || error.line == 0 || error.column == 0 || strcmp(error.path, NONE[i].path) != 0)
      fail_msg("%s: %d %s:%u:%u %s", NONE[i].text, status, error.path, error.line, error.column, error.text);
    test_abandon(&t);
    test_end(&t);
  }
}

static bool stop(void *context, double share_done) {
  int *n_calls = context;
  return share_done >= 0 && share_done <= 1 && --*n_calls > 0;
}

static void test_progress(void **state) {
  (void)state;
  enum { N_LINES = 20000 };
  onus_buffer text = onus_buffer_new(1 << 20);
  onus_buffer_string(&text, "# Reference: https://firm.example/a\n\n");
  for (int i = 0; i < N_LINES; i++)
    onus_buffer_printf(&text, "host%d.evil.com\n", i);
  test_reference t = {0};
  onus_error error = {0};
  int n_calls = 2;
  const onus_import_options options = {.progress = stop, .progress_context = &n_calls};
  test_write(&t);
  assert_int_equal(import(&t, "apt_x.txt", text.bytes, text.length_bytes, &options, &summary, &error), ONUS_CANCELLED);
  assert_int_equal(n_calls, 0);
  test_abandon(&t);
  test_end(&t);
  onus_buffer_free(&text);
}

/* Cut anywhere, an input is refused with a place, or what stands before the cut is taken and the rest told; and until
 * it is sealed the reference is what it was. */
static void test_cut(void **state) {
  (void)state;
  static const struct {
    const char *path, *text;
  } WHOLE[] = {{"apt_some.txt", MALTRAIL}, {"ours.csv", CSV}, {"ours.txt", LIST}, {"event.json", MISP}};
  const onus_import_options options = {.actor = "Mine", .report = "Our own finding"};
  test_reference t = {0};
  import_well(&t, "apt_other.txt", "# Reference: https://firm.example/o\n\nother.com\n", NULL);
  char before[ONUS_STORE_DIGEST_BYTES], after[ONUS_STORE_DIGEST_BYTES];
  test_digest(&t, before);
  size_t n_points = 0, n_failed = 0;
  for (size_t i = 0; i < sizeof WHOLE / sizeof *WHOLE; i++)
    for (size_t n = 0; n <= strlen(WHOLE[i].text); n += 2, n_points++) {
      onus_error error = {0};
      test_write(&t);
      onus_status status = import(&t, WHOLE[i].path, WHOLE[i].text, n, &options, &summary, &error);
      bool has_place = error.line > 0 && error.column > 0 && error.text[0];
      if (status != ONUS_OK && status != ONUS_UNSUPPORTED && !(status == ONUS_BAD_INPUT && has_place))
        fail_msg("%s cut at %zu: %d %s", WHOLE[i].path, n, status, error.text);
      n_failed += status == ONUS_BAD_INPUT;
      test_abandon(&t);
    }
  assert_in_range(n_points, 1000, 4000);
  assert_in_range(n_failed, 100, n_points);
  test_digest(&t, after);
  assert_string_equal(after, before);
  test_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_maltrail), cmocka_unit_test(test_maltrail_oddities),
                                     cmocka_unit_test(test_csv),      cmocka_unit_test(test_list),
                                     cmocka_unit_test(test_misp),     cmocka_unit_test(test_nothing),
                                     cmocka_unit_test(test_progress), cmocka_unit_test(test_cut)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
