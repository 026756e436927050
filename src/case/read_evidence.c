/* Items of evidence. */
#include <string.h>

#include "case/reader_internal.h"

static const char WHAT_TO_SAY[] = "give one of likelihood, ratio, strength, says, compute and repeats";

static void read_undercut(onus_reader *reader, const onus_node *list, onus_item *item, size_t *noted_for, size_t mark) {
  if (!onus_is_list(reader, list, "undercutters"))
    return;
  item->undercut = ONUS_READER_ARRAY(reader, size_t, list->n_children);
  for (const onus_node *child = list->first; child && item->undercut; child = child->next) {
    size_t u = onus_read_reference(reader, child, ONUS_ID_UNDERCUTTER);
    if (u == ONUS_NONE)
      continue;
    if (noted_for[u] == mark) {
      onus_complain(reader, child, "%s a second time\nremove it", onus_describe(child).text);
      continue;
    }
    noted_for[u] = mark;
    item->undercut[item->n_undercut++] = u;
  }
}

static void read_attachments(onus_reader *reader, const onus_node *list, onus_item *item) {
  if (!onus_is_list(reader, list, "files"))
    return;
  item->attachments = ONUS_READER_ARRAY(reader, const char *, list->n_children);
  for (const onus_node *child = list->first; child && item->attachments; child = child->next) {
    const char *path = onus_read_path(reader, child);
    if (path)
      item->attachments[item->n_attachments++] = path;
  }
}

/* --- when -------------------------------------------------------------------------------------------------------- */

static void read_moments(onus_cursor *cursor, onus_item *item) {
  onus_reader *reader = cursor->reader;
  const onus_node *known =
      onus_take_required(cursor, "known", "give the day on which the parties came to know it, as 2014-12-19");
  const onus_node *observed = onus_take(cursor, "observed"), *retracted = onus_take(cursor, "retracted");
  bool has_known = known && onus_read_moment(reader, known, &item->known);
  item->has_observed = observed && onus_read_moment(reader, observed, &item->observed);
  item->has_retracted = retracted && onus_read_moment(reader, retracted, &item->retracted);
  if (has_known && item->has_observed && item->observed.seconds_utc > onus_moment_end(item->known))
    onus_complain(reader, observed, "observed on %s, after it was known on %s\nit cannot be known before it happened",
                  onus_quote_string(observed->text).text, onus_quote_string(known->text).text);
  if (has_known && item->has_retracted && onus_moment_end(item->retracted) < item->known.seconds_utc)
    onus_complain(reader, retracted,
                  "retracted on %s, before it was known on %s\nit cannot be retracted before it is known",
                  onus_quote_string(retracted->text).text, onus_quote_string(known->text).text);
}

/* --- sealed items [M-20] ----------------------------------------------------------------------------------------- */

static bool is_commitment(const char *text) {
  static const char PREFIX[] = "sha256:";
  if (strncmp(text, PREFIX, sizeof PREFIX - 1) != 0)
    return false;
  const char *digits = text + sizeof PREFIX - 1;
  return strlen(digits) == 64 && strspn(digits, "0123456789abcdefABCDEF") == 64;
}

static void read_commitment(onus_reader *reader, const onus_node *node, onus_item *item) {
  static const char REMEDY[] = "write `sha256:` and 64 hexadecimal digits";
  const char *text = node ? onus_read_word(reader, node, REMEDY) : NULL;
  if (!text)
    return;
  if (!is_commitment(text))
    onus_complain(reader, node, "%s\n%s", onus_describe(node).text, REMEDY);
  item->commitment = onus_reader_copy(reader, node->text, node->text_bytes);
}

static void read_seal(onus_reader *reader, const onus_node *node, onus_item *item) {
  onus_cursor cursor;
  item->is_sealed = true;
  item->commitment = "";
  if (!onus_cursor_open(&cursor, reader, node, "`sealed`"))
    return;
  read_commitment(reader, onus_take_required(&cursor, "commitment", "write `sha256:` and 64 hexadecimal digits"), item);
  const onus_node *size = onus_take_required(&cursor, "size", "say how many findings are behind the commitment");
  bool is_size = size && size->kind == ONUS_NODE_NUMBER && size->is_integer && size->number >= 1 && size->number <= 1e9;
  if (size && !is_size)
    onus_complain(reader, size, "%s\nwrite a whole number from 1", onus_describe(size).text);
  item->sealed_size = is_size ? (size_t)size->number : 0;
  onus_cursor_close(&cursor);
}

/* The row that the holder vouches for. */
static void read_vouched(onus_reader *reader, const onus_node *node, onus_item *item) {
  onus_cursor cursor;
  if (!node || !onus_cursor_open(&cursor, reader, node, "`vouched`"))
    return;
  onus_row_read read = onus_take_row(&cursor, ONUS_ALLOW_STATED);
  onus_cursor_close(&cursor);
  if (read.n_found == 0)
    onus_complain(reader, node, "`vouched` that says nothing\ngive one of likelihood, ratio, strength and says");
  item->vouched = read.row;
}

static void refuse_without_seal(onus_reader *reader, const onus_node *node) {
  if (node)
    onus_complain_key(reader, node, "`%s` of an item that is not sealed\nremove it, or give `sealed`", node->key);
}

/* --- an item ----------------------------------------------------------------------------------------------------- */

/* The row, opened and vouched, and what goes with it. */
static void read_rows(onus_cursor *cursor, onus_item *item) {
  onus_reader *reader = cursor->reader;
  const onus_node *sealed = onus_take(cursor, "sealed"), *unseen = onus_take(cursor, "unseen");
  const onus_node *vouched =
      sealed ? onus_take_required(cursor, "vouched", "say what the sealed item shows") : onus_take(cursor, "vouched");
  onus_row_read read = onus_take_row(cursor, ONUS_ALLOW_STATED | ONUS_ALLOW_COMPUTE | ONUS_ALLOW_REPEATS);
  item->row = read.row;
  if (sealed) {
    read_seal(reader, sealed, item);
    read_vouched(reader, vouched, item);
    if (unseen)
      (void)onus_read_number(reader, unseen, ONUS_NUMBER_PROBABILITY, &item->unseen);
    if (read.repeats)
      onus_complain_key(reader, read.repeats, "a sealed item that repeats another one\nremove `sealed` or `repeats`");
  } else {
    refuse_without_seal(reader, vouched);
    refuse_without_seal(reader, unseen);
    if (read.n_found == 0)
      onus_complain(reader, cursor->map, "an item that says nothing\n%s", WHAT_TO_SAY);
  }
  const onus_node *anyway = onus_take(cursor, "would_say_anyway");
  if (anyway && onus_read_bool(reader, anyway, &item->would_say_anyway) && !onus_node_get(cursor->map, "says") &&
      !onus_node_get(vouched, "says"))
    onus_complain_key(reader, anyway, "`would_say_anyway` without `says`\nremove it, it is about statements only");
  const onus_node *reasons = onus_take(cursor, "reasons");
  const char *text = onus_read_text(reader, reasons, "`reasons`");
  item->reasons = text ? text : "";
  if (!reasons && onus_needs_reasons(&read)) /* what a seal's holder vouches for may be all that the holder says */
    onus_complain(reader, cursor->map, "`%s` without `reasons`\nsay in plain words why these values and not others",
                  read.node->key);
}

static void read_item(onus_reader *reader, const onus_node *node, size_t index, size_t *noted_for) {
  onus_item *item = &reader->c->items[index];
  *item = (onus_item){.id = "", .title = "", .reasons = "", .repeats = ONUS_NONE, .source = ONUS_NONE};
  item->credibility = (onus_number){1, 1};
  item->forgeable = item->unseen = (onus_number){0.5, 0.5};
  item->line = node->line;
  item->column = node->column;
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, node, "an item of evidence"))
    return;
  item->id = onus_take_id(&cursor, ONUS_ID_ITEM, index);
  item->title = onus_take_text(&cursor, "title", item->id);
  const onus_node *value = onus_take_required(&cursor, "source", "name the source that it comes from");
  if (value)
    item->source = onus_read_reference(reader, value, ONUS_ID_SOURCE);
  if ((value = onus_take(&cursor, "credibility")))
    (void)onus_read_credibility(reader, value, &item->credibility, &item->credibility_grade);
  if ((value = onus_take(&cursor, "forgeable")))
    (void)onus_read_number(reader, value, ONUS_NUMBER_PROBABILITY, &item->forgeable);
  read_moments(&cursor, item);
  read_rows(&cursor, item);
  read_undercut(reader, onus_take(&cursor, "undercut"), item, noted_for, index + 1);
  read_attachments(reader, onus_take(&cursor, "attachments"), item);
  item->tlp = onus_read_tlp(reader, onus_take(&cursor, "tlp"));
  onus_cursor_close(&cursor);
}

/* --- repeats [M-3] ----------------------------------------------------------------------------------------------- */

static void read_repeats(onus_reader *reader, const onus_node *node, size_t index) {
  const onus_node *value = onus_node_get(node, "repeats");
  if (value)
    reader->c->items[index].repeats = onus_read_reference(reader, value, ONUS_ID_ITEM);
}

/* The item at the end of a chain of repeats; ONUS_NONE when it has no end. */
static size_t find_original(const onus_case *c, size_t index) {
  for (size_t steps = 0; steps < 64; steps++) {
    if (c->items[index].repeats == ONUS_NONE)
      return index;
    index = c->items[index].repeats;
  }
  return ONUS_NONE;
}

static void check_repeats(onus_reader *reader, const onus_node *node, size_t index) {
  const onus_case *c = reader->c;
  const onus_item *item = &c->items[index];
  const onus_node *value = onus_node_get(node, "repeats");
  if (!value || item->repeats == ONUS_NONE)
    return;
  const onus_item *first = &c->items[item->repeats];
  if (item->repeats == index) {
    onus_complain(reader, value, "an item that repeats itself\nname the item that it repeats");
  } else if (first->repeats != ONUS_NONE) {
    size_t original = find_original(c, item->repeats);
    onus_complain(reader, value, "%s is a repeat itself\n%s%s%s", onus_describe(value).text,
                  original == ONUS_NONE ? "name the original" : "write `",
                  original == ONUS_NONE ? "" : c->items[original].id, original == ONUS_NONE ? "" : "`, the original");
  } else if (onus_moment_end(item->known) < first->known.seconds_utc) {
    const onus_node *known = onus_node_get(node, "known");
    onus_complain(reader, known ? known : value, "known before the item %s that it repeats\nmend one of the two dates",
                  onus_describe(value).text);
  }
}

/* --- undercutters of computed items [M-5] ------------------------------------------------------------------------ */

const char *onus_sharing_word(onus_sharing kind) {
  static const char *const WORDS[] = {"", "relays", "tools"};
  return WORDS[kind];
}

onus_sharing onus_sharing_of_engine(const char *engine) {
  if (strcmp(engine, "infrastructure") == 0)
    return ONUS_SHARING_RELAYS;
  return strcmp(engine, "code") == 0 ? ONUS_SHARING_TOOLS : ONUS_SHARING_NONE;
}

/* The kind of undercutter that an item is to get; PLAIN: none. */
static onus_sharing needs_own(const onus_case *c, const onus_item *item) {
  if (item->row.kind != ONUS_ROW_COMPUTE)
    return ONUS_SHARING_NONE;
  onus_sharing kind = onus_sharing_of_engine(item->row.engine);
  for (size_t u = 0; u < item->n_undercut; u++)
    if (c->undercutters[item->undercut[u]].sharing == kind)
      return ONUS_SHARING_NONE;
  return kind;
}

static void give_own(onus_reader *reader, onus_item *item, onus_sharing kind, onus_undercutter *u, size_t index) {
  static const char *const NAMES[] = {"", "Shared infrastructure: ", "Shared or leaked tools: "};
  const char *word = onus_sharing_word(kind);
  char *id = onus_reader_alloc(reader, strlen(word) + strlen(item->id) + 2, 1);
  char *name = onus_reader_alloc(reader, strlen(NAMES[kind]) + strlen(item->title) + 1, 1);
  size_t *undercut = ONUS_READER_ARRAY(reader, size_t, item->n_undercut + 1);
  if (!id || !name || !undercut)
    return;
  strcat(strcat(strcpy(id, word), ":"), item->id);
  strcat(strcpy(name, NAMES[kind]), item->title);
  *u = (onus_undercutter){.id = id, .name = name, .sharing = kind, .own_item = item->id};
  if (item->n_undercut)
    memcpy(undercut, item->undercut, item->n_undercut * sizeof *undercut);
  undercut[item->n_undercut++] = index;
  item->undercut = undercut;
  onus_reader_enter(reader, reader->c->undercutter_ids, id, index);
}

/* Each computed item of infrastructure or of code whose `undercut` names none of that kind gets one of its own, so that
 * where a machine stands, or what a program is made of, is never evidence by itself. Its probability is in the computed
 * row. */
static void add_own(onus_reader *reader) {
  onus_case *c = reader->c;
  size_t count = 0;
  for (size_t i = 0; i < c->n_items; i++)
    count += needs_own(c, &c->items[i]) != ONUS_SHARING_NONE;
  if (count == 0)
    return;
  onus_undercutter *all = ONUS_READER_ARRAY(reader, onus_undercutter, c->n_undercutters + count);
  if (!all)
    return;
  if (c->n_undercutters)
    memcpy(all, c->undercutters, c->n_undercutters * sizeof *all);
  c->undercutters = all;
  for (size_t i = 0; i < c->n_items; i++) {
    onus_sharing kind = needs_own(c, &c->items[i]);
    if (kind == ONUS_SHARING_NONE || reader->status != ONUS_OK)
      continue;
    give_own(reader, &c->items[i], kind, &all[c->n_undercutters], c->n_undercutters);
    c->n_undercutters++;
  }
  reader->ids[ONUS_ID_UNDERCUTTER].table = c->undercutter_ids;
}

void onus_read_evidence(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  if (!onus_is_list(reader, list, "items of evidence"))
    return;
  onus_ids_open(reader, ONUS_ID_ITEM, c->item_ids, list);
  c->items = ONUS_READER_ARRAY(reader, onus_item, list->n_children);
  size_t *noted_for = ONUS_READER_ARRAY(reader, size_t, c->n_undercutters);
  if (!c->items || !noted_for)
    return;
  c->n_items = list->n_children;
  size_t index = 0;
  for (const onus_node *node = list->first; node && reader->status == ONUS_OK; node = node->next)
    read_item(reader, node, index++, noted_for);
  if (reader->status != ONUS_OK)
    return;
  index = 0;
  for (const onus_node *node = list->first; node; node = node->next)
    read_repeats(reader, node, index++);
  index = 0;
  for (const onus_node *node = list->first; node; node = node->next)
    check_repeats(reader, node, index++);
  add_own(reader);
}
