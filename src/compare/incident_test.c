#include "compare/incident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"

static void show_texts(onus_buffer *out, const char *name, const char *const *texts, size_t n) {
  for (size_t i = 0; i < n; i++)
    onus_buffer_printf(out, "%s%s", i ? "," : name, texts[i]);
}

/* Incidents as text: "format id first..last i=… t=… l=… refused=line:column,…" */
static char *read_incidents(const char *path, const char *text, onus_status *ret_status, onus_error *error) {
  onus_arena *arena = onus_arena_new(1 << 20);
  onus_import_summary *summary = calloc(1, sizeof *summary);
  char *exact = malloc(strlen(text) + 1);
  assert_non_null(arena);
  assert_non_null(summary);
  assert_non_null(exact);
  memcpy(exact, text, strlen(text));
  const onus_incident *incidents = NULL;
  size_t n = 0;
  *ret_status = onus_incidents_parse(path, exact, strlen(text), arena, summary, &incidents, &n, error);
  free(exact);
  onus_buffer out = onus_buffer_new(65536);
  onus_buffer_string(&out, *ret_status == ONUS_OK ? summary->format : "");
  for (size_t i = 0; i < n; i++) {
    onus_buffer_printf(&out, " %s", incidents[i].id);
    if (incidents[i].period.first_day != ONUS_DAY_UNKNOWN)
      onus_buffer_printf(&out, " %d..%d", incidents[i].period.first_day, incidents[i].period.last_day);
    show_texts(&out, " i=", incidents[i].indicators, incidents[i].n_indicators);
    show_texts(&out, " t=", incidents[i].ttps, incidents[i].n_ttps);
    show_texts(&out, " l=", incidents[i].leave_out, incidents[i].n_leave_out);
  }
  for (size_t i = 0; i < summary->n_refused && i < ONUS_REFUSALS_KEPT; i++)
    onus_buffer_printf(&out, " %s%u:%u", i ? "" : "refused=", summary->refused[i].line, summary->refused[i].column);
  onus_text taken;
  assert_int_equal(onus_buffer_take(&out, &taken, NULL), ONUS_OK);
  free(summary);
  onus_arena_free(arena);
  return taken.bytes;
}

static const struct {
  const char *path, *text, *shown;
} READINGS[] = {
    {"a/x.txt",
     "# seen on the mail server\nhxxp://evil[.]com/a # dropper\n\nT1059.003\ns0154\n198.51.100.7:443\nnone\n",
     "text x.txt i=hxxp://evil[.]com/a,198.51.100.7:443 t=T1059.003,S0154 refused=7:1"},
    {"x.txt", "evil.com", "text x.txt i=evil.com"},
    {"x.txt", "FAVICON_HASH=abc\r\nTITLE=Naver Login\r\n", "text x.txt i=FAVICON_HASH=abc,TITLE=Naver Login"},
    {"x.csv", "Indicator,note,Technique\nevil[.]com,\"a, b\",T1059\n,,T1\n\"hxxp://evil.com/a,b\",x\n",
     "csv x.csv i=evil[.]com,hxxp://evil.com/a,b t=T1059 refused=3:3"},
    {"x.csv", "uuid;type;value\n1;domain;evil.com\n", "csv x.csv i=evil.com"},
    {"x.csv", "technique\nT1059\n", "csv x.csv t=T1059"},
    {"x.json", "{\"indicators\": [\"evil.com\"]}", "incident x.json i=evil.com"},
    {"x.json",
     "{\"id\": \"M1\", \"date\": \"2016-02\",\n \"indicators\": [\"evil.com\", \"nothing\"], \"fingerprints\": [\"TITLE=A b\"],\n"
     " \"leave_out\": [\"evil.org/report\"], \"techniques\": [\"T1059\"], \"software\": [\"S0154\", \"G0032\"], \"x\": 1}",
     "incident M1 16832..16860 i=evil.com,TITLE=A b t=T1059,S0154 l=evil.org/report refused=2:29 3:83 3:93"},
    {"x.jsonl",
     "{\"id\": \"a\", \"date\": null, \"indicators\": []}\n\n{\"id\": \"b\", \"techniques\": [\"T1059\", \"y\"]}\n",
     "incident a b t=T1059 refused=3:37"},
    {"lines", "{\"id\": \"a\"}\n{\"id\": \"b\"}\n", "incident a b"},
    {"one.jsonl", "{\"id\": \"a\"}", "incident a"},
    {"l.json",
     "{\"name\": \"layer\", \"domain\": \"enterprise-attack\", \"techniques\": [{\"techniqueID\": \"T1059\", \"score\": 1},"
     "{\"techniqueID\": \"T1001\", \"score\": 0}, {\"techniqueID\": \"T1055\"},"
     "{\"techniqueID\": \"T1003\", \"color\": \"#ff0000\"}, {\"techniqueID\": \"T1005\", \"comment\": \"x\", \"enabled\": false}]}",
     "navigator l.json t=T1059,T1003"},
    {"b.json",
     "{\"type\": \"bundle\", \"objects\": [{\"type\": \"report\", \"published\": \"2016-02-24T10:00:00Z\"},"
     "{\"type\": \"indicator\", \"pattern\": \"[domain-name:value = 'evil.com' OR ipv4-addr:value = "
     "'198.51.100.7']\"},"
     "{\"type\": \"attack-pattern\", \"name\": \"x\", \"external_references\": [{\"source_name\": \"capec\", "
     "\"external_id\": \"CAPEC-1\"}, {\"source_name\": \"mitre-attack\", \"external_id\": \"T1059\"}]},"
     "{\"type\": \"malware\", \"name\": \"ours\"},"
     "{\"type\": \"url\", \"value\": \"http://evil.org/x\"},"
     "{\"type\": \"file\", \"hashes\": {\"MD5\": \"d41d8cd98f00b204e9800998ecf8427e\"}},"
     "{\"type\": \"intrusion-set\", \"name\": \"somebody.com\"}, 5]}",
     "stix b.json 16855..16855 i=evil.com,198.51.100.7,http://evil.org/x,d41d8cd98f00b204e9800998ecf8427e t=T1059 "
     "refused=1:367"},
    {"e.json",
     "{\"response\": [{\"Event\": {\"uuid\": \"5-6\", \"date\": \"2016-02-24\", \"Tag\": [{\"name\": "
     "\"misp-galaxy:mitre-attack-pattern=\\\"A - b - T1059\\\"\"}, {\"name\": \"misp-galaxy:threat-actor=\\\"A\\\"\"}],"
     "\"Attribute\": [{\"type\": \"ip-dst|port\", \"value\": \"198.51.100.7|443\"}, {\"type\": \"comment\", \"value\": "
     "\"evil.com\"}]}}]}",
     "misp 5-6 16855..16855 i=198.51.100.7:443 t=T1059"},
    {"l.json", "{\"techniques\": [{\"techniqueID\": \"T1059\"}, {\"techniqueID\": \"T1001\", \"enabled\": false}]}",
     "navigator l.json t=T1059"},
};

static void test_readings(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof READINGS / sizeof *READINGS; i++) {
    onus_status status;
    onus_error error = {0};
    char *shown = read_incidents(READINGS[i].path, READINGS[i].text, &status, &error);
    if (status != ONUS_OK)
      fail_msg("%s: %u:%u: %s", READINGS[i].text, error.line, error.column, error.text);
    assert_string_equal(shown, READINGS[i].shown);
    free(shown);
  }
}

static const struct {
  const char *path, *text;
  unsigned line, column;
  const char *part; /* of the message */
} BROKEN[] = {
    {"x.txt", "", 1, 1, "no indicator, technique or software in it"},
    {"x.txt", "# remark\n", 1, 1, "no indicator, technique or software in it"},
    {"x.txt", "\n\n a sentence\nanother\n", 3, 2, "\"a sentence\": blanks in it"},
    {"x.txt",
     "\x7F"
     "ELF\x01\x02\n",
     1, 1, "control characters"},
    {"x.csv", "indicator,x\n\"evil.com,1\n", 2, 1, "a quote that does not close"},
    {"x.csv", "indicator\n", 1, 1, "no indicator"},
    {"x.json", "{\"indicators\": [\"evil.com\"", 1, 27, "the file ends too early"},
    {"x.json", "{\"indicators\": \"evil.com\"}", 1, 16, "\"evil.com\"; write a list"},
    {"x.json", "{\"indicators\": [1]}", 1, 17, "\"1\"; write a text"},
    {"x.json", "{\"indicators\": [[]]}", 1, 17, "a list; write a text"},
    {"x.json", "{\"date\": \"last week\"}", 1, 10, "\"last week\"; write a day"},
    {"x.json", "{\"date\": 2014}", 1, 10, "write a day"},
    {"x.json", "{\"id\": \"\"}", 1, 8, "as id"},
    {"x.json", "{\"id\": \"a\\tb\"}", 1, 8, "as id"},
    {"x.json", "{}", 1, 1, "no indicator"},
    {"x.json", "{\"techniques\": [{\"techniqueID\": \"T1059\"}, 1]}", 1, 43, "has a \"techniqueID\""},
    {"x.jsonl", "{\"id\": \"a\"}\n{\"indicators\": []}\n", 2, 1, "without \"id\""},
    {"x.jsonl", "{\"id\": \"a\"}\n\n{\"id\": \"a\"}\n", 3, 1, "is that of line 1"},
    {"x.jsonl", "{\"id\": \"a\"}\n{\"id\": \"b\", }\n", 2, 13, ""},
    {"x.jsonl", "{\"id\": \"a\"}\n{\"id\": 5}\n", 2, 8, "as id"},
    {"x.jsonl", "[]\n", 1, 1, "a list; an incident is a map"},
    {"x.jsonl", "\n", 1, 1, "no incident in it"},
    {"x.json", "{\"type\": \"bundle\"}", 1, 1, "no indicator"},
    {"x.json", "[{\"Event\": {}}, {\"Event\": {}}]", 1, 27, "a second event"},
    {"x.json", "[]", 1, 1, "a list; an incident is a map"},
};

static void test_broken(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
    onus_status status;
    onus_error error = {0};
    free(read_incidents(BROKEN[i].path, BROKEN[i].text, &status, &error));
    if (status != ONUS_BAD_INPUT || error.line != BROKEN[i].line || error.column != BROKEN[i].column ||
        strcmp(error.path, BROKEN[i].path) != 0 || !strstr(error.text, BROKEN[i].part))
      fail_msg("%s: %d, %s:%u:%u: %s", BROKEN[i].text, status, error.path, error.line, error.column, error.text);
  }
}

/* Half of an input is read as less, or is an error; whichever, nothing else happens. */
static void test_cut(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof READINGS / sizeof *READINGS; i++)
    for (size_t n = 0; n < strlen(READINGS[i].text); n++) {
      char text[2048];
      snprintf(text, sizeof text, "%.*s", (int)n, READINGS[i].text);
      onus_status status;
      onus_error error = {0};
      free(read_incidents(READINGS[i].path, text, &status, &error));
      assert_true(status == ONUS_OK || (status == ONUS_BAD_INPUT && error.line > 0 && error.text[0]));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_readings), cmocka_unit_test(test_broken),
                                     cmocka_unit_test(test_cut)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
