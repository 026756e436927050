#include "exchange/tags.h"

#include <stdio.h>
#include <string.h>

#include "case/case.h"
#include "reference/misp.h"

/* ICD 203, by the taxonomy `estimative-language`. */
static const struct {
  const char *word;
  double low, high;
} LIKELIHOODS[] = {
    {"almost-no-chance", 0.01, 0.05},    {"very-unlikely", 0.05, 0.20}, {"unlikely", 0.20, 0.45},
    {"roughly-even-chance", 0.45, 0.55}, {"likely", 0.55, 0.80},        {"very-likely", 0.80, 0.95},
    {"almost-certain", 0.95, 0.99},
};

const char *onus_likelihood_word(double probability) {
  size_t i = 0;
  while (i + 1 < sizeof LIKELIHOODS / sizeof *LIKELIHOODS && probability >= LIKELIHOODS[i].high)
    i++;
  return LIKELIHOODS[i].word;
}

/* Confidence in the judgement: the numbers of STIX's scale (high 85, medium 50, low 15) lie in these Admiralty bands.
 */
static const struct {
  const char *word;
  unsigned credibility;
} CONFIDENCES[] = {{"high", 1}, {"moderate", 3}, {"low", 5}};

/* The value of `namespace:predicate="value"`; its length, 0 when the tag is another one. */
static size_t value_of(const char *tag, const char *prefix, const char **ret_value) {
  size_t length = strlen(prefix);
  if (strncmp(tag, prefix, length) != 0 || tag[length] != '=' || tag[length + 1] != '"')
    return 0;
  *ret_value = tag + length + 2;
  size_t value = strlen(*ret_value);
  return value > 1 && (*ret_value)[value - 1] == '"' ? value - 1 : 0;
}

static bool is_word(const char *value, size_t length, const char *word) {
  return strlen(word) == length && memcmp(value, word, length) == 0;
}

static bool grade_words(const char *tag, onus_grades *grades) {
  const char *value;
  size_t length = value_of(tag, "estimative-language:likelihood-probability", &value);
  for (size_t i = 0; length && i < sizeof LIKELIHOODS / sizeof *LIKELIHOODS; i++)
    if (is_word(value, length, LIKELIHOODS[i].word)) {
      grades->probability[0] = LIKELIHOODS[i].low;
      grades->probability[1] = LIKELIHOODS[i].high;
      return true;
    }
  length = value_of(tag, "estimative-language:confidence-in-analytic-judgment", &value);
  for (size_t i = 0; length && i < sizeof CONFIDENCES / sizeof *CONFIDENCES; i++)
    if (is_word(value, length, CONFIDENCES[i].word)) {
      grades->credibility = CONFIDENCES[i].credibility;
      return true;
    }
  return false;
}

static bool grade_tlp(const char *tag, onus_grades *grades) {
  if (strncmp(tag, "tlp:", 4) != 0)
    return false;
  const char *word = strcmp(tag + 4, "white") == 0 ? "clear" : tag + 4; /* its name in TLP 1 */
  for (size_t i = 0; i < ONUS_TLP_WORDS; i++)
    if (strcmp(word, onus_tlp_words[i]) == 0) {
      grades->tlp = onus_tlp_words[i];
      return true;
    }
  return false;
}

bool onus_tag_grade(const char *tag, onus_grades *grades) {
  const char *value;
  size_t length = value_of(tag, "admiralty-scale:source-reliability", &value);
  if (length == 1 && value[0] >= 'a' && value[0] <= 'f') {
    grades->reliability = (char)(value[0] - 'a' + 'A');
    return true;
  }
  length = value_of(tag, "admiralty-scale:information-credibility", &value);
  if (length == 1 && value[0] >= '1' && value[0] <= '6') {
    grades->credibility = (unsigned)(value[0] - '0');
    return true;
  }
  return grade_words(tag, grades) || grade_tlp(tag, grades);
}

bool onus_tag_actor(const char *tag, char out[ONUS_TAG_NAME_BYTES]) {
  static const char PREFIX[] = "misp-galaxy:";
  if (strncmp(tag, PREFIX, sizeof PREFIX - 1) != 0)
    return false;
  const char *name = tag + sizeof PREFIX - 1;
  size_t length = strcspn(name, "=");
  const char *value = NULL;
  char prefix[80];
  if (sizeof PREFIX + length > sizeof prefix)
    return false;
  snprintf(prefix, sizeof prefix, "%s%.*s", PREFIX, (int)length, name);
  size_t value_length = value_of(tag, prefix, &value);
  if (!onus_misp_is_actor_galaxy(name, length) || value_length == 0 || value_length >= ONUS_TAG_NAME_BYTES)
    return false;
  memcpy(out, value, value_length);
  out[value_length] = '\0';
  return true;
}

void onus_grade_statement(onus_draft_statement *statement, const onus_grades *grades) {
  if (grades->credibility)
    statement->credibility = grades->credibility;
  if (grades->tlp)
    statement->tlp = grades->tlp;
  if (grades->probability[0] <= 0)
    return;
  /* "Unlikely that it was A" is the statement that it was not, with the complement. */
  bool is_denial = grades->probability[1] <= 0.5;
  double low = is_denial ? 1 - grades->probability[1] : grades->probability[0];
  double high = is_denial ? 1 - grades->probability[0] : grades->probability[1];
  statement->is_denial = statement->is_denial != is_denial;
  statement->if_true[0] = low;
  statement->if_true[1] = high;
  statement->if_false[0] = 1 - high;
  statement->if_false[1] = 1 - low;
}
