#include "exchange/stix_words.h"

#include <stdio.h>
#include <string.h>

#include "base/moment.h"
#include "case/case.h"
#include "exchange/bundle.h"

const onus_node *onus_stix_own(const onus_node *object) {
  return onus_node_get(onus_node_get(object, "extensions"), ONUS_STIX_EXTENSION);
}

const char *onus_stix_text(const onus_node *object, const char *property) {
  const onus_node *value = onus_node_get(object, property);
  return value && value->kind == ONUS_NODE_STRING ? value->text : NULL;
}

/* --- markings ---------------------------------------------------------------------------------------------------- */

/* In the order of onus_tlp_words. */
static const struct {
  const char *name, *id, *older; /* older: of TLP 1, NULL: it has none */
} MARKINGS[ONUS_TLP_WORDS] = {
    {"TLP:CLEAR", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
     "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"},
    {"TLP:GREEN", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
     "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"},
    {"TLP:AMBER", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
     "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"},
    {"TLP:AMBER+STRICT", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", NULL},
    {"TLP:RED", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
     "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"},
};

const char *onus_tlp_id(const char *word) {
  for (size_t i = 0; word && i < ONUS_TLP_WORDS; i++)
    if (strcmp(onus_tlp_words[i], word) == 0)
      return MARKINGS[i].id;
  return NULL;
}

const char *onus_tlp_word(const char *id) {
  for (size_t i = 0; id && i < ONUS_TLP_WORDS; i++)
    if (strcmp(MARKINGS[i].id, id) == 0 || (MARKINGS[i].older && strcmp(MARKINGS[i].older, id) == 0))
      return onus_tlp_words[i];
  return NULL;
}

static void put(onus_build *build, onus_branch *map, const char *key, const char *text) {
  onus_build_put(build, map, key, onus_build_string(build, text));
}

const onus_node *onus_tlp_object(onus_build *build, size_t word) {
  onus_branch object = onus_build_map(build), extensions = onus_build_map(build), tlp = onus_build_map(build);
  put(build, &object, "type", "marking-definition");
  put(build, &object, "spec_version", "2.1");
  put(build, &object, "id", MARKINGS[word].id);
  put(build, &object, "created", "2022-10-01T00:00:00.000Z");
  put(build, &object, "name", MARKINGS[word].name);
  put(build, &tlp, "extension_type", "property-extension");
  put(build, &tlp, "tlp_2_0", onus_tlp_words[word]);
  onus_build_put(build, &extensions, ONUS_STIX_TLP_EXTENSION, tlp.node);
  onus_build_put(build, &object, "extensions", extensions.node);
  return object.node;
}

/* --- fixed objects ----------------------------------------------------------------------------------------------- */

static onus_branch begin_fixed(onus_build *build, const char *type, const char *id, const char *name) {
  onus_branch object = onus_build_map(build);
  put(build, &object, "type", type);
  put(build, &object, "spec_version", "2.1");
  put(build, &object, "id", id);
  put(build, &object, "created", "2026-11-25T00:00:00.000Z");
  put(build, &object, "modified", "2026-11-25T00:00:00.000Z");
  put(build, &object, "name", name);
  return object;
}

const onus_node *onus_stix_maker(onus_build *build) {
  onus_branch object = begin_fixed(build, "identity", ONUS_STIX_MAKER, "onus");
  put(build, &object, "identity_class", "system");
  put(build, &object, "description", "The program that weighs evidence; it holds no opinion of its own.");
  return object.node;
}

const onus_node *onus_stix_definition(onus_build *build) {
  onus_branch object = begin_fixed(build, "extension-definition", ONUS_STIX_EXTENSION, "onus case");
  onus_branch types = onus_build_list(build);
  put(build, &object, "created_by_ref", ONUS_STIX_MAKER);
  put(build, &object, "description",
      "What a case of onus holds beyond STIX: hypotheses, likelihood ratios, undercutters, standards of proof, verdicts.");
  put(build, &object, "schema", "docs/stix-extension.schema.json in the source of onus, a JSON schema (2020-12)");
  put(build, &object, "version", "1.0.0");
  onus_build_add(build, &types, onus_build_string(build, "property-extension"));
  onus_build_put(build, &object, "extension_types", types.node);
  return object.node;
}

/* --- scales and ids ---------------------------------------------------------------------------------------------- */

unsigned onus_confidence_of_credibility(unsigned grade) {
  return grade >= 1 && grade <= 5 ? 110 - 20 * grade : 0;
}

unsigned onus_credibility_of_confidence(double confidence) {
  if (!(confidence >= 0 && confidence <= 100))
    return 0;
  return confidence >= 80 ? 1 : confidence >= 60 ? 2 : confidence >= 40 ? 3 : confidence >= 20 ? 4 : 5;
}

static const char *const OPINIONS[] = {"strongly-agree", "agree", "neutral", "disagree", "strongly-disagree"};

unsigned onus_credibility_of_opinion(const char *opinion) {
  for (unsigned i = 0; opinion && i < sizeof OPINIONS / sizeof *OPINIONS; i++)
    if (strcmp(OPINIONS[i], opinion) == 0)
      return i + 1;
  return 0;
}

const char *onus_opinion_of_probability(double p) {
  return OPINIONS[p >= 0.95 ? 0 : p >= 0.55 ? 1 : p > 0.45 ? 2 : p > 0.05 ? 3 : 4];
}

void onus_stix_put_head(onus_build *build, onus_branch *map, const onus_node *tree) {
  for (const onus_node *child = tree->first; child; child = child->next)
    if (strcmp(child->key, "sources") != 0 && strcmp(child->key, "evidence") != 0 &&
        strcmp(child->key, "positions") != 0)
      onus_build_put(build, map, child->key, child);
}

void onus_slug(const char *name, char out[ONUS_SLUG_BYTES]) {
  size_t n = 0;
  for (const char *at = name; *at && n < 40; at++) {
    bool is_upper = *at >= 'A' && *at <= 'Z';
    bool is_kept = is_upper || (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9');
    if (is_kept)
      out[n++] = (char)(is_upper ? *at - 'A' + 'a' : *at);
    else if (n > 0 && out[n - 1] != '-')
      out[n++] = '-';
  }
  while (n > 0 && out[n - 1] == '-')
    n--;
  out[n] = '\0';
  if (n == 0)
    snprintf(out, ONUS_SLUG_BYTES, "x");
}

const char *onus_stix_later(onus_build *build, const char *before, const char *now) {
  onus_moment moment;
  char text[32];
  unsigned ms = 0;
  if (strcmp(before, now) < 0)
    return now;
  if (strlen(before) != 24 || sscanf(before + 19, ".%3uZ", &ms) != 1 || !onus_moment_parse(before, &moment))
    return before; /* not one of ours */
  moment.seconds_utc += ms == 999;
  onus_stix_format_time(moment, text);
  const onus_node *later = onus_build_format(build, "%.19s.%03uZ", text, (ms + 1) % 1000);
  return later ? later->text : before;
}
