/* Numbers, which may be ranges, and the grades of the Admiralty scale that stand for them. */
#include <string.h>

#include "case/reader_internal.h"

/* What each kind accepts. Nothing but a plain probability may be closer to impossible than 1e-12: nobody knows as much,
 * and products of such numbers stay inside the range of a double. */
typedef struct bounds {
  double lowest, highest;
  double range_lowest, range_highest; /* of the ends of a range */
  const char *plain, *range;          /* in words */
} bounds;

static const bounds BOUNDS[] = {
    [ONUS_NUMBER_PROBABILITY] = {0, 1, 1e-12, 1 - 1e-12, "a probability from 0 to 1",
                                 "the ends of a range of probabilities lie above 0 and below 1"},
    [ONUS_NUMBER_PRIOR] = {1e-12, 1, 1e-12, 1 - 1e-12,
                           "a probability from 1e-12 to 1; no evidence can bring back what is ruled out",
                           "the ends of a range of probabilities lie above 0 and below 1"},
    [ONUS_NUMBER_LIKELIHOOD] = {1e-12, 1, 1e-12, 1, "a likelihood from 1e-12 to 1",
                                "the ends of a range of likelihoods lie between 1e-12 and 1"},
    [ONUS_NUMBER_RATIO] = {1e-12, 1e12, 1e-12, 1e12, "a ratio from 1e-12 to 1e12",
                           "the ends of a range of ratios lie between 1e-12 and 1e12"},
};

static bool looks_like_a_number(const onus_node *node) {
  return node->kind == ONUS_NODE_STRING && node->text_bytes > 0 &&
         strspn(node->text, "+-.0123456789eE") == node->text_bytes;
}

static bool read_plain(onus_reader *reader, const onus_node *node, const bounds *b, const char *number_words,
                       double *ret_value) {
  if (node->kind != ONUS_NODE_NUMBER) {
    onus_complain(reader, node, "%s\nwrite %s%s", onus_describe(node).text, number_words,
                  looks_like_a_number(node) ? ", without quotes" : "");
    return false;
  }
  if (node->number < b->lowest || node->number > b->highest) {
    onus_complain(reader, node, "%s\nwrite %s", onus_describe(node).text, b->plain);
    return false;
  }
  *ret_value = node->number;
  return true;
}

static bool read_range(onus_reader *reader, const onus_node *node, const bounds *b, onus_number *ret_number) {
  if (node->n_children != 2) {
    onus_complain(reader, node, "a list of %zu value%s\nwrite a range as two numbers, [low, high]", node->n_children,
                  node->n_children == 1 ? "" : "s");
    return false;
  }
  const onus_node *low = node->first, *high = low->next;
  onus_number number = {0, 0};
  bool is_good = read_plain(reader, low, b, "the low end of the range as a number", &number.low);
  is_good &= read_plain(reader, high, b, "the high end of the range as a number", &number.high);
  if (!is_good)
    return false;
  if (number.low > number.high) {
    onus_complain(reader, node, "the range begins at %.40s and ends below, at %.40s\nswap the two: [%.40s, %.40s]",
                  low->text, high->text, high->text, low->text);
    return false;
  }
  bool ends_are_in = number.low >= b->range_lowest && number.high <= b->range_highest;
  if (number.low < number.high && !ends_are_in) {
    onus_complain(reader, node, "the range [%.40s, %.40s]\n%s", low->text, high->text, b->range);
    return false;
  }
  *ret_number = number;
  return true;
}

bool onus_read_number(onus_reader *reader, const onus_node *node, onus_number_kind kind, onus_number *ret_number) {
  const bounds *b = &BOUNDS[kind];
  if (node->kind == ONUS_NODE_LIST)
    return read_range(reader, node, b, ret_number);
  double value;
  if (!read_plain(reader, node, b, "a number, or a range [low, high]", &value))
    return false;
  *ret_number = (onus_number){value, value};
  return true;
}

bool onus_read_reliability(onus_reader *reader, const onus_node *node, onus_number *ret_number, char *ret_grade) {
  static const char REMEDY[] = "write an Admiralty letter A to F, a probability, or a range [low, high]";
  if (node->kind != ONUS_NODE_STRING && node->kind != ONUS_NODE_NUMBER && node->kind != ONUS_NODE_LIST) {
    onus_complain(reader, node, "%s\n%s", onus_describe(node).text, REMEDY);
    return false;
  }
  if (node->kind != ONUS_NODE_STRING) {
    *ret_grade = 0;
    return onus_read_number(reader, node, ONUS_NUMBER_PROBABILITY, ret_number);
  }
  char letter = node->text[0];
  if (node->text_bytes != 1 || letter < 'A' || letter > 'F') {
    if (node->text_bytes == 1 && letter >= 'a' && letter <= 'f')
      onus_complain(reader, node, "%s\nwrite the capital letter %c", onus_describe(node).text, letter - 'a' + 'A');
    else
      onus_complain(reader, node, "%s\n%s", onus_describe(node).text, REMEDY);
    return false;
  }
  *ret_grade = letter;
  *ret_number = reader->c->reliability_scale[letter - 'A'];
  return true;
}

bool onus_read_credibility(onus_reader *reader, const onus_node *node, onus_number *ret_number, unsigned *ret_grade) {
  bool is_grade = node->kind == ONUS_NODE_NUMBER && node->is_integer && node->number >= 1 && node->number <= 6;
  if (!is_grade) {
    onus_complain(reader, node, "%s\nwrite an Admiralty grade from 1 (confirmed) to 6 (cannot be judged)",
                  onus_describe(node).text);
    return false;
  }
  *ret_grade = (unsigned)node->number;
  *ret_number = *ret_grade == 6 ? (onus_number){1, 1} : reader->c->credibility_scale[*ret_grade - 1];
  return true;
}
