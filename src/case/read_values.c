/* Single values that are no numbers. */
#include <stdio.h>
#include <string.h>

#include "case/countries_internal.h"
#include "case/reader_internal.h"

static bool is_blank(const onus_node *node) {
  return strspn(node->text, " \t\r\n") == node->text_bytes;
}

const char *onus_read_text(onus_reader *reader, const onus_node *node, const char *what) {
  if (!node)
    return NULL;
  if (node->kind == ONUS_NODE_NUMBER || node->kind == ONUS_NODE_BOOLEAN) {
    onus_complain(reader, node, "%s\nwrite %s as a text, in quotes", onus_describe(node).text, what);
    return NULL;
  }
  if (node->kind != ONUS_NODE_STRING || is_blank(node)) {
    onus_complain(reader, node, "%s\nwrite %s as a text", onus_describe(node).text, what);
    return NULL;
  }
  if (node->text_bytes > ONUS_CASE_TEXT_BYTES) {
    onus_complain(reader, node, "a text of %zu bytes\na text has at most %zu", node->text_bytes, ONUS_CASE_TEXT_BYTES);
    return NULL;
  }
  return onus_reader_copy(reader, node->text, node->text_bytes);
}

const char *onus_take_text(onus_cursor *cursor, const char *key, const char *otherwise) {
  const onus_node *node = onus_take(cursor, key);
  char what[48];
  snprintf(what, sizeof what, "`%s`", key);
  const char *text = onus_read_text(cursor->reader, node, what);
  return text ? text : otherwise;
}

bool onus_read_bool(onus_reader *reader, const onus_node *node, bool *ret_value) {
  if (node->kind != ONUS_NODE_BOOLEAN) {
    onus_complain(reader, node, "%s\nwrite true or false", onus_describe(node).text);
    return false;
  }
  *ret_value = node->boolean;
  return true;
}

bool onus_read_moment(onus_reader *reader, const onus_node *node, onus_moment *ret_moment) {
  if (node->kind == ONUS_NODE_STRING && onus_moment_parse(node->text, ret_moment))
    return true;
  onus_complain(reader, node, "%s\nwrite a day like 2014-12-19, or an instant like 2014-12-19T15:04:05Z",
                onus_describe(node).text);
  return false;
}

bool onus_read_country(onus_reader *reader, const onus_node *node, const char **ret_country) {
  if (node->kind == ONUS_NODE_STRING && onus_is_country(node->text)) {
    *ret_country = onus_reader_copy(reader, node->text, node->text_bytes);
    return *ret_country != NULL;
  }
  char upper[3] = "";
  if (node->kind == ONUS_NODE_STRING && node->text_bytes == 2)
    for (size_t i = 0; i < 2; i++)
      upper[i] = (char)(node->text[i] >= 'a' && node->text[i] <= 'z' ? node->text[i] - 'a' + 'A' : node->text[i]);
  if (onus_is_country(upper))
    onus_complain(reader, node, "%s\nwrite %s, in capital letters", onus_describe(node).text, upper);
  else
    onus_complain(reader, node, "%s\nwrite the two capital letters of ISO 3166-1, as KP or NO",
                  onus_describe(node).text);
  return false;
}

const char *const onus_tlp_words[ONUS_TLP_WORDS] = {"clear", "green", "amber", "amber+strict", "red"};

const char *onus_read_tlp(onus_reader *reader, const onus_node *node) {
  static const char REMEDY[] = "write clear, green, amber, amber+strict or red";
  const char *word = node ? onus_read_word(reader, node, REMEDY) : NULL;
  for (size_t i = 0; word && i < ONUS_TLP_WORDS; i++)
    if (strcmp(word, onus_tlp_words[i]) == 0)
      return onus_tlp_words[i];
  if (word)
    onus_complain(reader, node, "%s is no marking of the Traffic Light Protocol\n%s", onus_describe(node).text, REMEDY);
  return NULL;
}

const char *onus_read_word(onus_reader *reader, const onus_node *node, const char *remedy) {
  if (node->kind == ONUS_NODE_STRING)
    return node->text;
  onus_complain(reader, node, "%s\n%s", onus_describe(node).text, remedy);
  return NULL;
}
