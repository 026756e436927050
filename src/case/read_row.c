/* What an item says about the hypotheses [M-1]: likelihood, ratio, strength, says, compute. */
#include <string.h>

#include "case/reader_internal.h"

/* The verbal scale of the European Network of Forensic Science Institutes. */
static const char *const STRENGTHS[] = {
    "weak",
    "moderate",
    "moderately-strong",
    "strong",
    "very-strong",
    "extremely-strong",
    "against-weak",
    "against-moderate",
    "against-moderately-strong",
    "against-strong",
    "against-very-strong",
    "against-extremely-strong",
};
static const onus_number STRENGTH_RANGES[] = {{2, 10}, {10, 100}, {100, 1e3}, {1e3, 1e4}, {1e4, 1e6}, {1e6, 1e8}};
enum { N_STRENGTHS = 6 };

static bool allocate(onus_reader *reader, onus_row *row, onus_row_kind kind) {
  size_t n = reader->c->n_hypotheses;
  *row = (onus_row){.kind = kind};
  row->is_stated = ONUS_READER_ARRAY(reader, bool, n);
  row->value = ONUS_READER_ARRAY(reader, onus_number, n);
  if (kind == ONUS_ROW_STRENGTH)
    row->word = ONUS_READER_ARRAY(reader, const char *, n);
  return reader->status == ONUS_OK;
}

static bool read_strength(onus_reader *reader, const onus_node *node, onus_number *ret_value, const char **ret_word) {
  static const char SCALE[] = "weak, moderate, moderately-strong, strong, very-strong or extremely-strong, with "
                              "`against-` before it if it speaks against the hypothesis";
  size_t count = sizeof STRENGTHS / sizeof *STRENGTHS, i = 0;
  if (node->kind != ONUS_NODE_STRING) {
    onus_complain(reader, node, "%s\nwrite %s", onus_describe(node).text, SCALE);
    return false;
  }
  while (i < count && strcmp(STRENGTHS[i], node->text) != 0)
    i++;
  if (i == count) {
    const char *nearest = onus_problems_are_full(reader->problems) ? NULL : onus_nearest(node->text, STRENGTHS, count);
    onus_complain(reader, node, "%s is no strength\nwrite %s", onus_describe(node).text, nearest ? nearest : SCALE);
    return false;
  }
  onus_number range = STRENGTH_RANGES[i % N_STRENGTHS];
  *ret_value = i < N_STRENGTHS ? range : (onus_number){1 / range.high, 1 / range.low};
  *ret_word = STRENGTHS[i];
  return true;
}

static bool read_stated(onus_reader *reader, const onus_node *node, size_t h, onus_row *row) {
  switch (row->kind) {
  case ONUS_ROW_LIKELIHOOD:
    return onus_read_number(reader, node, ONUS_NUMBER_LIKELIHOOD, &row->value[h]);
  case ONUS_ROW_RATIO:
    return onus_read_number(reader, node, ONUS_NUMBER_RATIO, &row->value[h]);
  default:
    return read_strength(reader, node, &row->value[h], &row->word[h]);
  }
}

/* A likelihood names the open hypothesis, which gives those not named their value; a ratio is over it. */
static bool check_open(onus_reader *reader, const onus_node *node, const onus_row *row) {
  size_t open = reader->c->open_hypothesis;
  if (open == ONUS_NONE)
    return true;
  const char *id = reader->c->hypotheses[open].id;
  if (row->kind == ONUS_ROW_LIKELIHOOD && !row->is_stated[open]) {
    onus_complain(reader, node,
                  "a likelihood without the open hypothesis `%s`\ngive its likelihood too, the others are weighed "
                  "against it",
                  id);
    return false;
  }
  if (row->kind != ONUS_ROW_LIKELIHOOD && row->is_stated[open]) {
    onus_complain_key(reader, onus_node_get(node, id),
                      "the open hypothesis `%s`, which the others are compared with\n"
                      "leave it out, its own ratio is 1",
                      id);
    return false;
  }
  return true;
}

static bool read_values(onus_reader *reader, const onus_node *node, onus_row_kind kind, const char *what,
                        onus_row *ret_row) {
  if (!onus_is_map(reader, node, what))
    return false;
  if (node->n_children == 0) {
    onus_complain(reader, node, "an empty map\nname at least one hypothesis");
    return false;
  }
  onus_row row;
  if (!allocate(reader, &row, kind))
    return false;
  bool is_good = true;
  for (const onus_node *child = node->first; child; child = child->next) {
    size_t h = onus_read_key_reference(reader, child, ONUS_ID_HYPOTHESIS);
    if (h != ONUS_NONE)
      row.is_stated[h] = true;
    is_good &= h != ONUS_NONE && read_stated(reader, child, h, &row);
  }
  is_good &= check_open(reader, node, &row);
  if (is_good)
    *ret_row = row;
  return is_good;
}

bool onus_read_likelihood(onus_reader *reader, const onus_node *node, onus_row *ret_row) {
  return read_values(reader, node, ONUS_ROW_LIKELIHOOD, "hypotheses and likelihoods", ret_row);
}

static bool read_ratio(onus_reader *reader, const onus_node *node, onus_row *ret_row) {
  return read_values(reader, node, ONUS_ROW_RATIO, "hypotheses and ratios", ret_row);
}

static bool read_strengths(onus_reader *reader, const onus_node *node, onus_row *ret_row) {
  return read_values(reader, node, ONUS_ROW_STRENGTH, "hypotheses and strengths", ret_row);
}

static bool fill_statement(onus_reader *reader, const onus_node *claim, onus_row *row) {
  size_t h, p;
  if (!onus_read_claim(reader, claim, &h, &p))
    return false;
  size_t n = reader->c->n_hypotheses;
  row->is_true = ONUS_READER_ARRAY(reader, bool, n);
  row->statement = onus_reader_copy(reader, claim->text, claim->text_bytes);
  if (reader->status != ONUS_OK)
    return false;
  for (size_t i = 0; i < n; i++)
    row->is_true[i] = (h != ONUS_NONE ? i == h : reader->c->propositions[p].holds[i]) != row->is_denial;
  return true;
}

static bool read_says(onus_reader *reader, const onus_node *node, onus_row *ret_row) {
  onus_cursor cursor;
  onus_row row = {.kind = ONUS_ROW_SAYS, .if_true = {0.9, 0.9}, .if_false = {0.1, 0.1}};
  if (!onus_cursor_open(&cursor, reader, node, "a statement"))
    return false;
  const onus_node *that = onus_take(&cursor, "that"), *not = onus_take(&cursor, "not");
  const onus_node *if_true = onus_take(&cursor, "if_true"), *if_false = onus_take(&cursor, "if_false");
  onus_cursor_close(&cursor);
  bool is_good = true;
  if (that && not ) {
    onus_complain(reader, node, "a statement with both `that` and `not`\nkeep one of the two");
    return false;
  }
  if (!that && !not ) {
    onus_complain(reader, node,
                  "a statement that says nothing\nwrite `that:` or `not:` and a hypothesis or proposition");
    return false;
  }
  row.is_denial = not != NULL;
  is_good &= fill_statement(reader, not ? not : that, &row);
  if (if_true)
    is_good &= onus_read_number(reader, if_true, ONUS_NUMBER_LIKELIHOOD, &row.if_true);
  if (if_false)
    is_good &= onus_read_number(reader, if_false, ONUS_NUMBER_LIKELIHOOD, &row.if_false);
  if (is_good)
    *ret_row = row;
  return is_good;
}

static bool read_engine(onus_reader *reader, const onus_node *node, onus_row *ret_row) {
  static const char *const ENGINES[] = {"infrastructure", "techniques", "code"};
  static const char REMEDY[] = "write infrastructure, techniques or code";
  const char *word = onus_read_word(reader, node, REMEDY);
  for (size_t i = 0; word && i < sizeof ENGINES / sizeof *ENGINES; i++)
    if (strcmp(word, ENGINES[i]) == 0) {
      *ret_row = (onus_row){.kind = ONUS_ROW_COMPUTE, .engine = ENGINES[i]};
      return true;
    }
  if (word)
    onus_complain(reader, node, "%s is nothing that can be computed\n%s", onus_describe(node).text, REMEDY);
  return false;
}

typedef bool read_row(onus_reader *reader, const onus_node *node, onus_row *ret_row);

static const struct {
  const char *key;
  unsigned allowed_by;
  read_row *read; /* NULL: `repeats`, which its caller reads */
} KINDS[] = {
    {"likelihood", ONUS_ALLOW_STATED, onus_read_likelihood},
    {"ratio", ONUS_ALLOW_STATED, read_ratio},
    {"strength", ONUS_ALLOW_STATED, read_strengths},
    {"says", ONUS_ALLOW_STATED, read_says},
    {"compute", ONUS_ALLOW_COMPUTE, read_engine},
    {"repeats", ONUS_ALLOW_REPEATS, NULL},
};
enum { N_KINDS = sizeof KINDS / sizeof *KINDS };

static bool is_before(const onus_node *a, const onus_node *b) {
  return a->key_line != b->key_line ? a->key_line < b->key_line : a->key_column < b->key_column;
}

static void read_leave_out(onus_reader *reader, const onus_node *list, onus_row *row) {
  if (!onus_is_list(reader, list, "reports and campaigns"))
    return;
  row->leave_out = ONUS_READER_ARRAY(reader, const char *, list->n_children);
  for (const onus_node *child = list->first; child && row->leave_out; child = child->next) {
    const char *name = onus_read_text(reader, child, "the address or name of a report, or the id of a campaign");
    if (name)
      row->leave_out[row->n_leave_out++] = name;
  }
}

/* `from` and `compute` go together, and `leave_out` only with them. */
static void take_from(onus_cursor *cursor, onus_row_read *read) {
  const onus_node *from = onus_take(cursor, "from"), *leave_out = onus_take(cursor, "leave_out");
  const onus_node *compute = onus_node_get(cursor->map, "compute");
  if (from && !compute)
    onus_complain_key(cursor->reader, from,
                      "`from` without `compute`\nsay what is computed from the file, or remove `from`");
  else if (compute && !from)
    onus_complain_key(cursor->reader, compute, "`compute` without `from`\nname the file that it is computed from");
  if (leave_out && !compute)
    onus_complain_key(cursor->reader, leave_out,
                      "`leave_out` without `compute`\nremove it, it is about what the reference must not use");
  const char *path = from ? onus_read_path(cursor->reader, from) : NULL;
  read->row.from = path;
  if (leave_out)
    read_leave_out(cursor->reader, leave_out, &read->row);
  if (read->row.kind == ONUS_ROW_COMPUTE)
    read->is_good = read->is_good && path;
}

onus_row_read onus_take_row(onus_cursor *cursor, unsigned allowed) {
  onus_row_read read = {.row = {.kind = ONUS_ROW_NONE}};
  const onus_node *found[N_KINDS] = {0};
  size_t first = N_KINDS;
  for (size_t i = 0; i < N_KINDS; i++) {
    found[i] = KINDS[i].allowed_by & allowed ? onus_take(cursor, KINDS[i].key) : NULL;
    if (!found[i])
      continue;
    read.n_found++;
    if (first == N_KINDS || is_before(found[i], found[first]))
      first = i;
  }
  for (size_t i = 0; i < N_KINDS; i++)
    if (found[i] && i != first)
      onus_complain_key(cursor->reader, found[i], "`%s` beside `%s`\nkeep one of the two", KINDS[i].key,
                        KINDS[first].key);
  if (first < N_KINDS) {
    read.node = found[first];
    if (KINDS[first].read)
      read.is_good = KINDS[first].read(cursor->reader, read.node, &read.row);
    else
      read.repeats = read.node;
  }
  if (allowed & ONUS_ALLOW_COMPUTE)
    take_from(cursor, &read);
  return read;
}

bool onus_needs_reasons(const onus_row_read *read) {
  const char *key = read->node ? read->node->key : "";
  return strcmp(key, "likelihood") == 0 || strcmp(key, "ratio") == 0 || strcmp(key, "strength") == 0;
}
