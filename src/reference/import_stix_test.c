/* Small bundles and galaxies, and what the reference holds afterwards. */
#include "reference/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reference/stix_pattern.h"
#include "store/test_place_internal.h"

/* What the last import left. */
static struct {
  char place[512];
  onus_reference *reference;
  const onus_catalogue *catalogue;
  onus_import_summary summary;
  onus_status status;
  onus_error error;
} got;

static int forget(void **state) {
  (void)state;
  onus_reference_close(got.reference);
  if (got.place[0] != '\0')
    test_place_remove(got.place);
  memset(&got, 0, sizeof got);
  return 0;
}

/* Imports one text into a reference of its own and opens it. */
static void import(const onus_import_format *format, const char *text) {
  forget(NULL);
  test_place_make(got.place);
  onus_import_input input = {"bundle.json", text, strlen(text), NULL};
  onus_import_options options = {0};
  onus_reference_writer *writer;
  assert_true(format->recognise(&input));
  assert_int_equal(onus_reference_writer_open(got.place, 0, &writer, &got.error), ONUS_OK);
  got.status = format->import(writer, &input, &options, &got.summary, &got.error);
  if (got.status == ONUS_OK)
    assert_int_equal(onus_reference_writer_seal(writer, &got.error), ONUS_OK);
  onus_reference_writer_close(writer);
  if (got.status != ONUS_OK)
    return;
  assert_int_equal(onus_reference_open(got.place, &got.reference, &got.error), ONUS_OK);
  got.catalogue = onus_reference_catalogue(got.reference);
}

#define BUNDLE(objects) "{\"type\": \"bundle\", \"id\": \"bundle--1\", \"objects\": [" objects "]}"
#define ATTACK(id) "{\"source_name\": \"mitre-attack\", \"external_id\": \"" id "\"}"
#define RELATION(kind, from, to, more)                                                                                 \
  "{\"type\": \"relationship\", \"id\": \"relationship--" from to "\", \"relationship_type\": \"" kind                 \
  "\", \"source_ref\": \"" from "\", \"target_ref\": \"" to "\"" more "}"
#define CITES(name, url) ", \"external_references\": [{\"source_name\": \"" name "\", \"url\": \"" url "\"}]"

#define GROUP                                                                                                          \
  "{\"type\": \"intrusion-set\", \"id\": \"intrusion-set--1\", \"name\": \"Some Group\", \"created\": "                \
  "\"2017-05-31T21:31:48.123Z\", \"modified\": \"2020-01-02T00:00:00.000Z\", \"aliases\": [\"Some Group\", "           \
  "\"OTHER NAME\"], \"external_references\": [" ATTACK(                                                                \
      "G0001") ", {\"source_name\": \"OTHER NAME\", "                                                                  \
               "\"description\": \"(Citation: Firm 2019)\"}, {\"source_name\": \"Firm 2019\", \"url\": "               \
               "\"https://www.firm.example/group/\", \"description\": \"Firm. (2019, March 4). Group.\"}]}"
#define CAMPAIGN                                                                                                       \
  "{\"type\": \"campaign\", \"id\": \"campaign--1\", \"name\": \"Some Campaign\", \"external_references\": [" ATTACK(  \
      "C0001") "]}"
#define TECHNIQUE                                                                                                              \
  "{\"type\": \"attack-pattern\", \"id\": \"attack-pattern--1\", \"name\": \"PowerShell\", \"external_references\": [" ATTACK( \
      "T1059.001") "]}"
#define TOOL                                                                                                           \
  "{\"type\": \"tool\", \"id\": \"tool--1\", \"name\": \"Net\", \"external_references\": [" ATTACK("S0039") "]}"

/* The postings of a key; the caller frees them. */
static onus_store_postings look_up(const char *table, const char *key) {
  onus_store_key keys[] = {{key, strlen(key)}};
  onus_store_query query = {
      .table = table, .keys = keys, .n_keys = 1, .as_of_day = ONUS_STORE_ALWAYS, .cap_per_key = 100};
  onus_store_postings found;
  assert_int_equal(onus_store_look_up(onus_reference_store(got.reference), &query, &found, NULL), ONUS_OK);
  return found;
}

static void relations_come_before_what_they_join(void **state) {
  (void)state;
  import(&onus_import_stix,
         BUNDLE(RELATION("uses", "intrusion-set--1", "attack-pattern--1",
                         CITES("Firm 2021", "https://firm.example/2021/03/04/report")) "," TECHNIQUE "," GROUP));
  assert_int_equal(got.status, ONUS_OK);
  assert_int_equal(got.catalogue->n_entries, 1);
  assert_string_equal(got.catalogue->entries[0].upstream_id, "G0001");
  assert_string_equal(got.catalogue->sources[got.catalogue->entries[0].source].id, "mitre-attack");
  onus_store_postings found = look_up(ONUS_REFERENCE_TTPS, "T1059.001");
  assert_int_equal(found.first[1], 1);
  assert_int_equal(found.postings[0].holder, 0);
  const onus_basis *basis = &got.catalogue->bases[found.postings[0].report];
  assert_int_equal(basis->n_reports, 1);
  assert_string_equal(got.catalogue->reports[basis->reports[0]].key, "firm.example/2021/03/04/report");
  assert_int_equal(found.postings[0].first_day, 18690); /* 2021-03-04 */
  onus_store_postings_free(&found);
}

static void aliases_cite_their_report(void **state) {
  (void)state;
  import(&onus_import_stix, BUNDLE(GROUP));
  const onus_claim *alias = NULL;
  for (size_t i = 0; i < got.catalogue->n_claims; i++)
    if (strcmp(got.catalogue->claims[i].name, "OTHER NAME") == 0)
      alias = &got.catalogue->claims[i];
  assert_non_null(alias);
  assert_int_equal(alias->kind, ONUS_CLAIM_ALIAS);
  assert_int_not_equal(alias->report, ONUS_NO_NUMBER);
  const onus_report *report = &got.catalogue->reports[alias->report];
  assert_string_equal(report->key, "firm.example/group");
  assert_int_equal(report->period.first_day, 17959); /* 2019-03-04 */
}

static void what_a_campaign_uses_counts_for_its_actors(void **state) {
  (void)state;
  import(&onus_import_stix,
         BUNDLE(CAMPAIGN "," GROUP "," TOOL "," RELATION("attributed-to", "campaign--1", "intrusion-set--1",
                                                         "") "," RELATION("uses", "campaign--1", "tool--1", "")));
  onus_store_postings found = look_up(ONUS_REFERENCE_TTPS, "S0039");
  assert_int_equal(found.first[1], 1);
  const onus_entry *holder = &got.catalogue->entries[found.postings[0].holder];
  assert_string_equal(holder->upstream_id, "G0001");
  const onus_basis *basis = &got.catalogue->bases[found.postings[0].report];
  assert_int_equal(basis->n_campaigns, 1);
  assert_string_equal(got.catalogue->entries[basis->campaigns[0]].upstream_id, "C0001");
  onus_store_postings_free(&found);
}

static void a_campaign_of_nobody_holds_its_own(void **state) {
  (void)state;
  import(&onus_import_stix, BUNDLE(CAMPAIGN "," TOOL "," RELATION("uses", "campaign--1", "tool--1", "")));
  onus_store_postings found = look_up(ONUS_REFERENCE_TTPS, "S0039");
  assert_int_equal(found.first[1], 1);
  assert_int_equal(got.catalogue->entries[found.postings[0].holder].kind, ONUS_ENTRY_CAMPAIGN);
  assert_int_equal(got.catalogue->n_actors, 0);
  onus_store_postings_free(&found);
}

static void a_campaign_that_a_relation_names_is_in_its_basis(void **state) {
  (void)state;
  import(&onus_import_stix,
         BUNDLE(CAMPAIGN "," GROUP "," TOOL "," RELATION("uses", "intrusion-set--1", "tool--1",
                                                         ", \"description\": \"During [X](https://attack.mitre.org/"
                                                         "campaigns/C0001), it used Net.\"")));
  onus_store_postings found = look_up(ONUS_REFERENCE_TTPS, "S0039");
  assert_int_equal(got.catalogue->bases[found.postings[0].report].n_campaigns, 1);
  onus_store_postings_free(&found);
}

static void what_was_revoked_is_refused(void **state) {
  (void)state;
  import(&onus_import_stix,
         BUNDLE(GROUP ", {\"type\": \"tool\", \"id\": \"tool--1\", \"name\": \"Net\", \"revoked\": true}," RELATION(
             "uses", "intrusion-set--1", "tool--1", "")));
  assert_int_equal(got.status, ONUS_OK);
  assert_int_equal(got.catalogue->n_ttps, 0);
  assert_int_equal(got.summary.n_relations, 0);
  assert_int_equal(got.summary.n_refused, 1);
  assert_string_equal(got.summary.refused[0].why, "it was revoked or deprecated");
}

static void indicators_come_by_relation_and_by_report(void **state) {
  (void)state;
  import(&onus_import_stix,
         BUNDLE(GROUP
                ", {\"type\": \"indicator\", \"id\": \"indicator--1\", \"pattern_type\": \"stix\", \"pattern\": "
                "\"[domain-name:value = 'evil.example.org' OR ipv4-addr:value = '198.51.100.7']\"},"
                "{\"type\": \"domain-name\", \"id\": \"domain-name--1\", \"value\": \"bad.example.net\"},"
                "{\"type\": \"report\", \"id\": \"report--1\", \"name\": \"A Report\", \"published\": "
                "\"2021-03-04T00:00:00Z\", \"object_refs\": [\"intrusion-set--1\", \"domain-name--1\"]}," RELATION(
                    "indicates", "indicator--1", "intrusion-set--1", CITES("Firm", "https://firm.example/a"))));
  assert_int_equal(got.status, ONUS_OK);
  assert_int_equal(got.summary.n_refused, 0);
  assert_int_equal(got.summary.n_indicators, 3);
  onus_store_postings found = look_up(ONUS_REFERENCE_TRACES, "hevil.example.org");
  assert_int_equal(found.first[1], 1);
  assert_int_equal(got.catalogue->bases[found.postings[0].report].kind, ONUS_BASIS_LISTED);
  onus_store_postings_free(&found);
  found = look_up(ONUS_REFERENCE_TRACES, "hbad.example.net");
  assert_int_equal(found.first[1], 1);
  assert_int_equal(found.postings[0].first_day, 18690);
  onus_store_postings_free(&found);
}

static void a_report_on_two_actors_is_nobodys(void **state) {
  (void)state;
  import(&onus_import_stix,
         BUNDLE(GROUP ", {\"type\": \"threat-actor\", \"id\": \"threat-actor--1\", \"name\": \"Another\"},"
                      "{\"type\": \"domain-name\", \"id\": \"domain-name--1\", \"value\": \"bad.example.net\"},"
                      "{\"type\": \"report\", \"id\": \"report--1\", \"name\": \"A Report\", \"object_refs\": "
                      "[\"threat-actor--1\", \"intrusion-set--1\", \"domain-name--1\"]}"));
  assert_int_equal(got.summary.n_indicators, 0);
  assert_int_equal(got.summary.n_refused, 1);
}

static void a_broken_bundle_is_an_error_with_its_place(void **state) {
  (void)state;
  import(&onus_import_stix, "{\"type\": \"bundle\",\n \"objects\": [" TOOL ", 7");
  assert_int_equal(got.status, ONUS_BAD_INPUT);
  assert_int_equal(got.error.line, 2);
  import(&onus_import_stix, "{\"type\": \"bundle\"}");
  assert_int_equal(got.status, ONUS_BAD_INPUT);
  assert_non_null(strstr(got.error.text, "has no objects"));
}

static onus_status collect(void *context, const char *value, onus_error *error) {
  (void)error;
  strcat(context, value);
  strcat(context, "|");
  return ONUS_OK;
}

static void pattern(const char *text, const char *expected) {
  char out[4096] = "";
  size_t n_taken = 0;
  assert_int_equal(onus_stix_pattern_each(text, collect, out, &n_taken, NULL), ONUS_OK);
  assert_string_equal(out, expected);
}

static void patterns_give_what_they_compare_with(void **state) {
  (void)state;
  pattern("[url:value = 'http://a.example/b']", "http://a.example/b|");
  pattern("[file:hashes.'SHA-256' = 'ab' AND file:name = 'x:value = 1']", "ab|");
  pattern("[file:hashes.MD5='cd'] FOLLOWEDBY [ipv6-addr:value='2001:db8::1']", "cd|2001:db8::1|");
  pattern("[domain-name:value = 'it\\'s.example']", "it's.example|");
  pattern("[domain-name:value LIKE '%x' OR domain-name:value != 'y']", "");
  pattern("[domain-name:value = 'cut", "");
  pattern("[network-traffic:dst_ref.value = '1.2.3.4']", "");
  pattern("", "");
}

#define GALAXY(type, clusters)                                                                                         \
  "{\"authors\": [\"A\"], \"category\": \"actor\", \"name\": \"Actors\", \"type\": \"" type                            \
  "\", \"values\": [" clusters "]}"

static void galaxies_give_names(void **state) {
  (void)state;
  import(&onus_import_galaxy,
         GALAXY("threat-actor", "{\"uuid\": \"u1\", \"value\": \"Some Panda\", \"meta\": {\"synonyms\": [\"SP\"], "
                                "\"refs\": [\"https://firm.example/panda\"]}}, {\"value\": \"No Id\"}"));
  assert_int_equal(got.status, ONUS_OK);
  assert_int_equal(got.catalogue->n_entries, 1);
  assert_string_equal(got.catalogue->entries[0].upstream_id, "u1");
  assert_string_equal(got.catalogue->sources[0].id, "misp-galaxy/threat-actor");
  assert_int_equal(got.summary.n_claims, 1);
  assert_int_equal(got.summary.n_refused, 1);
  import(&onus_import_galaxy, GALAXY("mitre-intrusion-set", "{\"uuid\": \"u1\", \"value\": \"Some Panda - G0009\", "
                                                            "\"meta\": {\"external_id\": \"G0009\"}}"));
  assert_string_equal(got.catalogue->entries[0].upstream_id, "G0009");
  assert_string_equal(got.catalogue->entries[0].name, "Some Panda");
}

static void galaxies_of_other_things_are_refused(void **state) {
  (void)state;
  import(&onus_import_galaxy, GALAXY("country", "{\"uuid\": \"u1\", \"value\": \"Utopia\"}"));
  assert_int_equal(got.status, ONUS_BAD_INPUT);
  assert_non_null(strstr(got.error.text, "\"country\""));
  import(&onus_import_galaxy, GALAXY("strategy", "{\"uuid\": \"u1\", \"value\": \"x\"}"));
  assert_int_equal(got.status, ONUS_BAD_INPUT); /* "rat" stands in it, but is no word of it */
}

static void authors_may_come_last(void **state) {
  (void)state;
#define BY(author, id)                                                                                                 \
  "{\"type\": \"threat-actor\", \"id\": \"threat-actor--" id "\", \"name\": \"Actor " id                               \
  "\", \"created_by_ref\": \"" author "\"}"
  import(&onus_import_stix,
         BUNDLE(GROUP "," BY("identity--1", "1") "," BY("identity--2", "2") "," TECHNIQUE "," RELATION(
             "uses", "threat-actor--1", "attack-pattern--1",
             "") ",{\"type\": \"identity\", \"id\": \"identity--1\", \"name\": \"Some Firm\"}"));
  assert_int_equal(got.status, ONUS_OK);
  const onus_catalogue *c = got.catalogue;
  assert_int_equal(c->n_entries, 3);
  assert_string_equal(c->entries[0].upstream_id, "G0001");
  assert_string_equal(c->entries[1].name, "Actor 1");
  assert_string_equal(c->sources[c->entries[1].source].id, "Some Firm");
  assert_string_equal(c->sources[c->entries[2].source].id, "stix"); /* nobody of that id is there */
  onus_store_postings found = look_up(ONUS_REFERENCE_TTPS, "T1059.001");
  assert_int_equal(found.first[1], 1);
  assert_int_equal(found.postings[0].holder, 1);
  onus_store_postings_free(&found);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(relations_come_before_what_they_join),
      cmocka_unit_test(aliases_cite_their_report),
      cmocka_unit_test(authors_may_come_last),
      cmocka_unit_test(what_a_campaign_uses_counts_for_its_actors),
      cmocka_unit_test(a_campaign_of_nobody_holds_its_own),
      cmocka_unit_test(a_campaign_that_a_relation_names_is_in_its_basis),
      cmocka_unit_test(what_was_revoked_is_refused),
      cmocka_unit_test(indicators_come_by_relation_and_by_report),
      cmocka_unit_test(a_report_on_two_actors_is_nobodys),
      cmocka_unit_test(a_broken_bundle_is_an_error_with_its_place),
      cmocka_unit_test(patterns_give_what_they_compare_with),
      cmocka_unit_test(galaxies_give_names),
      cmocka_unit_test(galaxies_of_other_things_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, forget);
}
