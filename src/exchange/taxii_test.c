#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "exchange/taxii_client.h"
#include "exchange/taxii_journal.h"

/* --- words and times ------------------------------------------------------------------------------------------- */

static void test_media_types(void **state) {
  (void)state;
  static const char *const GOOD[] = {"application/taxii+json;version=2.1", " application/taxii+json ; version=\"2.1\"",
                                     "Application/TAXII+JSON", "application/taxii+json; charset=utf-8; VERSION=2.1 "};
  static const char *const BAD[] = {"",
                                    "text/html",
                                    "application/taxii+json;version=2.0",
                                    "application/taxii+json2",
                                    "application/taxii+json;version=2.10",
                                    "application/json;version=2.1",
                                    "application/taxii+json;version=\"2.0\""};
  for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
    assert_true(onus_taxii_is_media_type(GOOD[i]));
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
    assert_false(onus_taxii_is_media_type(BAD[i]));
}

static void test_times(void **state) {
  (void)state;
  char text[32];
  onus_taxii_format_time(1704067200000000, text);
  assert_string_equal(text, "2024-01-01T00:00:00.000000Z");
  onus_taxii_format_time(1704067200000000 - 1, text);
  assert_string_equal(text, "2023-12-31T23:59:59.999999Z");
  onus_taxii_format_time(-1, text);
  assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
  assert_true(onus_taxii_is_version("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z"));
  assert_true(onus_taxii_is_version("2024-01-01T00:00:00.1Z", "2024-01-01T01:00:00.100+01:00"));
  assert_false(onus_taxii_is_version("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000001Z"));
  assert_true(onus_taxii_is_version("one", "one"));
  assert_false(onus_taxii_is_version("one", "2024-01-01T00:00:00Z"));
}

static void test_queries(void **state) {
  (void)state;
  onus_buffer url = onus_buffer_new(1000);
  onus_buffer_string(&url, "https://a.example/");
  onus_taxii_put_segment(&url, "a/../b c\xC3\xA9");
  onus_taxii_put_parameter(&url, "match[id]", "x,y&z=%");
  onus_taxii_put_parameter(&url, "nothing", NULL);
  onus_taxii_put_parameter(&url, "next", "#?");
  assert_string_equal(url.bytes, "https://a.example/a%2F..%2Fb%20c%C3%A9/?match%5Bid%5D=x%2Cy%26z%3D%25&next=%23%3F");
  onus_buffer_free(&url);
}

/* --- URLs ------------------------------------------------------------------------------------------------------ */

static void test_urls(void **state) {
  (void)state;
  static const char *const GOOD[][2] = {
      {"https://a.example", "https://a.example/taxii2/"},
      {"https://a.example/", "https://a.example/taxii2/"},
      {"https://a.example/api1", "https://a.example/api1/"},
      {"https://a.example:443/api1/", "https://a.example/api1/"},
      {"https://a.example:8443/x/../api1/", "https://a.example:8443/api1/"},
      {"http://localhost:5000/api/", "http://localhost:5000/api/"},
      {"http://127.1.2.3/api/", "http://127.1.2.3/api/"},
      {"http://[::1]:80/api/", "http://[::1]/api/"},
  };
  static const char *const BAD[] = {
      "",
      "a.example",
      "/taxii2/",
      "ftp://a.example/",
      "file:///etc/passwd",
      "http://a.example/",
      "http://127.0.0.1.a.example/",
      "http://127.0.0.1@a.example/",
      "https://user@a.example/",
      "https://user:word@a.example/",
      "https://a.example/?x=y",
      "https://a.example/#x",
      "https://a.example/a b",
      "https://a.example/a\nb",
      "http://[::2]/",
      "http://0.0.0.0/",
  };
  onus_arena *arena = onus_arena_new(1 << 20);
  const char *url = NULL;
  for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
    assert_int_equal(onus_taxii_url_check(GOOD[i][0], arena, &url, NULL), ONUS_OK);
    assert_string_equal(url, GOOD[i][1]);
  }
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    onus_error error = {0};
    if (onus_taxii_url_check(BAD[i], arena, &url, &error) != ONUS_BAD_ARGUMENT)
      fail_msg("%s was taken for a URL", BAD[i]);
    assert_true(error.text[0]);
  }
  onus_arena_free(arena);
}

static void test_same_server(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new(1 << 20);
  const char *url;
  bool is_same;
  static const struct {
    const char *reference, *url;
    bool is_same;
  } CASES[] = {
      {"/api2/", "https://a.example/api2/", true},
      {"x", "https://a.example/api1/x/", true},
      {"https://A.EXAMPLE:443/x/", NULL, true},
      {"//a.example/x/", "https://a.example/x/", true},
      {"//b.example/x/", "https://b.example/x/", false},
      {"https://a.example:444/x/", "https://a.example:444/x/", false},
      {"http://127.0.0.1/x/", "http://127.0.0.1/x/", false},
      {"https://a.example.b.example/x/", NULL, false},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    assert_int_equal(onus_taxii_url_join("https://a.example/api1/", CASES[i].reference, arena, &url, &is_same, NULL),
                     ONUS_OK);
    assert_int_equal(is_same, CASES[i].is_same);
    if (CASES[i].url)
      assert_string_equal(url, CASES[i].url);
  }
  assert_int_equal(onus_taxii_url_join("https://a.example/", "http://a.example/x/", arena, &url, &is_same, NULL),
                   ONUS_BAD_ARGUMENT);
  assert_false(onus_taxii_url_is_same_server("https://a.example/", "nonsense"));
  onus_arena_free(arena);
}

/* --- patience -------------------------------------------------------------------------------------------------- */

/* Gives what the script says, one answer after the other. */
typedef struct script {
  struct {
    onus_taxii_trouble trouble;
    long code; /* 0: no answer */
    double retry_after_s;
  } answers[8];
  size_t n_calls, n_waits;
  double waits[8];
} script;

static onus_status call_script(void *context, const onus_taxii_request *request, onus_taxii_answer *a,
                               onus_error *error) {
  script *s = context;
  (void)request;
  size_t i = s->n_calls++;
  *a = (onus_taxii_answer){.trouble = s->answers[i].trouble,
                           .code = s->answers[i].code,
                           .retry_after_s = s->answers[i].retry_after_s,
                           .content_type = ONUS_TAXII_MEDIA_TYPE};
  if (a->code == 0)
    return ONUS_FAIL(error, ONUS_IO, "broken");
  a->body = (onus_text){strdup("{}"), 2};
  return ONUS_OK;
}

static onus_status wait_script(void *context, double seconds, onus_error *error) {
  script *s = context;
  (void)error;
  s->waits[s->n_waits++] = seconds;
  return ONUS_OK;
}

static onus_status ask_script(script *s, unsigned n_attempts, bool is_repeatable, long *ret_code, onus_error *error) {
  onus_taxii_client client = {.transport = {.call = call_script, .wait = wait_script, .context = s},
                              .n_attempts = n_attempts};
  onus_taxii_answer answer;
  onus_status status =
      onus_taxii_ask(&client, &(onus_taxii_request){.url = "https://a.example/"}, is_repeatable, &answer, error);
  *ret_code = status == ONUS_OK ? answer.code : -1;
  onus_text_free(&answer.body);
  return status;
}

static void test_patience(void **state) {
  (void)state;
  long code;
  onus_error error = {0};
  script s = {
      .answers = {
          {ONUS_TAXII_NOT_SENT, 0, 0}, {ONUS_TAXII_IN_DOUBT, 0, 0}, {.code = 503}, {.code = 500}, {.code = 200}}};
  assert_int_equal(ask_script(&s, 6, true, &code, &error), ONUS_OK);
  assert_int_equal(code, 200);
  assert_int_equal(s.n_waits, 4);
  for (size_t i = 0; i < 4; i++)
    assert_true(s.waits[i] == 0.5 * (1 << i));

  s = (script){.answers = {{.code = 429, .retry_after_s = 7}, {.code = 200}}};
  assert_int_equal(ask_script(&s, 6, true, &code, &error), ONUS_OK);
  assert_true(s.n_waits == 1 && s.waits[0] == 7);

  s = (script){.answers = {{.code = 429, .retry_after_s = 4000}}};
  assert_int_equal(ask_script(&s, 6, true, &code, &error), ONUS_IO);
  assert_non_null(strstr(error.text, "come again in 4000 s"));
  assert_int_equal(s.n_waits, 0);

  s = (script){.answers = {{.code = 500}, {.code = 500}, {.code = 500}}};
  assert_int_equal(ask_script(&s, 3, true, &code, &error), ONUS_IO);
  assert_int_equal(s.n_calls, 3);
  assert_non_null(strstr(error.text, "given up after 3 attempts"));

  s = (script){.answers = {{ONUS_TAXII_HOPELESS, 0, 0}}};
  assert_int_equal(ask_script(&s, 6, true, &code, &error), ONUS_IO);
  assert_int_equal(s.n_calls, 1);

  s = (script){.answers = {{.code = 404}}};
  assert_int_equal(ask_script(&s, 6, true, &code, &error), ONUS_OK);
  assert_int_equal(code, 404);
}

/* What must not be sent twice is sent again only where the server says, or cannot but be, that it did nothing. */
static void test_doubt(void **state) {
  (void)state;
  long code;
  onus_error error = {0};
  script s = {.answers = {{ONUS_TAXII_NOT_SENT, 0, 0}, {.code = 503}, {.code = 429}, {.code = 202}}};
  assert_int_equal(ask_script(&s, 6, false, &code, &error), ONUS_OK);
  assert_int_equal(code, 202);
  script doubts[] = {
      {.answers = {{ONUS_TAXII_IN_DOUBT, 0, 0}}}, {.answers = {{.code = 500}}}, {.answers = {{.code = 504}}}};
  for (size_t i = 0; i < sizeof doubts / sizeof *doubts; i++) {
    assert_int_equal(ask_script(&doubts[i], 6, false, &code, &error), ONUS_OK);
    assert_int_equal(code, ONUS_TAXII_CODE_IN_DOUBT);
    assert_true(doubts[i].n_calls == 1 && doubts[i].n_waits == 1);
  }
}

/* --- the journal
 * ------------------------------------------------------------------------------------------------------ */

static char journal_path[64];
static const onus_text HEAD = {(char[]){"work of a kind"}, 14};

typedef struct noted {
  size_t n;
  char text[8][32];
} noted;

static onus_status note(void *context, const char *path, const onus_text *record, onus_error *error) {
  noted *n = context;
  (void)path, (void)error;
  snprintf(n->text[n->n++], sizeof n->text[0], "%s", record->bytes);
  return ONUS_OK;
}

static onus_status reopen(noted *n, const onus_text *head, onus_error *error) {
  onus_journal *journal = NULL;
  *n = (noted){0};
  onus_status status = onus_journal_open(journal_path, head, 1 << 20, note, n, &journal, error);
  if (status == ONUS_OK)
    assert_int_equal(onus_journal_count(journal), n->n);
  onus_journal_close(journal);
  return status;
}

static void test_journal(void **state) {
  (void)state;
  noted n = {0};
  onus_journal *journal = NULL, *second = NULL;
  onus_error error = {0};
  strcpy(journal_path, "/tmp/onus-journal-XXXXXX");
  close(mkstemp(journal_path));
  unlink(journal_path);
  struct stat info;
  assert_int_equal(onus_journal_open(journal_path, &HEAD, 1 << 20, note, &n, &journal, NULL), ONUS_OK);
  assert_true(stat(journal_path, &info) == 0 && (info.st_mode & 0077) == 0);
  assert_int_equal(onus_journal_open(journal_path, &HEAD, 1 << 20, note, &n, &second, &error), ONUS_BAD_ARGUMENT);
  assert_non_null(strstr(error.text, "in use"));
  assert_int_equal(onus_journal_add(journal, &(onus_text){(char[]){"one"}, 3}, NULL), ONUS_OK);
  assert_int_equal(onus_journal_add(journal, &(onus_text){(char[]){"a\nline that is not short at all"}, 31}, NULL),
                   ONUS_OK);
  onus_journal_close(journal);
  onus_text whole;
  assert_int_equal(onus_file_read(journal_path, 1 << 20, &whole, NULL), ONUS_OK);

  /* Cut off anywhere, what was whole is there, and more can be added. */
  size_t first = 28 + 14 + 1, second_at = first + 28 + 3 + 1;
  for (size_t cut = 0; cut <= whole.length; cut++) {
    assert_int_equal(onus_file_write(journal_path, whole.bytes, cut, NULL), ONUS_OK);
    assert_int_equal(reopen(&n, &HEAD, NULL), ONUS_OK);
    assert_int_equal(n.n, (cut >= second_at) + (cut == whole.length));
    assert_true(n.n < 1 || strcmp(n.text[0], "one") == 0);
    assert_true(n.n < 2 || strcmp(n.text[1], "a\nline that is not short at all") == 0);
    size_t n_whole = n.n;
    assert_int_equal(onus_journal_open(journal_path, &HEAD, 1 << 20, note, &n, &journal, NULL), ONUS_OK);
    assert_int_equal(onus_journal_add(journal, &(onus_text){(char[]){"x"}, 1}, NULL), ONUS_OK);
    onus_journal_close(journal);
    assert_int_equal(reopen(&n, &HEAD, NULL), ONUS_OK);
    assert_int_equal(n.n, n_whole + 1);
    assert_string_equal(n.text[n_whole], "x");
  }
  /* A changed byte is found, wherever it is: only what is last may be dropped. */
  for (size_t at = 0; at < whole.length; at++) {
    whole.bytes[at] ^= 1;
    assert_int_equal(onus_file_write(journal_path, whole.bytes, whole.length, NULL), ONUS_OK);
    onus_status status = reopen(&n, &HEAD, &error);
    whole.bytes[at] ^= 1;
    assert_true(status == ONUS_BAD_INPUT || status == ONUS_BAD_ARGUMENT || (status == ONUS_OK && n.n < 2));
  }
  /* The machine stopped: the file has grown, and the bytes never came. */
  char grown[4096] = {0};
  memcpy(grown, whole.bytes, whole.length);
  assert_int_equal(onus_file_write(journal_path, grown, sizeof grown, NULL), ONUS_OK);
  assert_int_equal(reopen(&n, &HEAD, NULL), ONUS_OK);
  assert_int_equal(n.n, 2);
  assert_int_equal(reopen(&n, &(onus_text){(char[]){"other work"}, 10}, &error), ONUS_BAD_ARGUMENT);
  assert_non_null(strstr(error.text, "other work (work of a kind)"));
  onus_text_free(&whole);
  unlink(journal_path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_media_types), cmocka_unit_test(test_times),       cmocka_unit_test(test_queries),
      cmocka_unit_test(test_urls),        cmocka_unit_test(test_same_server), cmocka_unit_test(test_patience),
      cmocka_unit_test(test_doubt),       cmocka_unit_test(test_journal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
