/* Sealed items that a reader of the case opened: opened/ITEM.json beside the case, written by `onus open`.
 *
 * The file says for which positions the item was opened, and holds the disclosure. That is used only if its commitment
 * is the one in the case, so nothing can get into a case by this way but what was sealed. Whether the commitment was
 * signed is asked when the item is opened, and by `onus verify`.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "case/disclosure.h"
#include "case/reader_internal.h"
#include "verify/folder.h"

enum { ARENA_BYTES = 64 << 20 };

/* One file: the item, where complaints about it stand. */
typedef struct subject {
  onus_reader *reader;
  onus_item *item;
  const onus_node *node; /* of the item in the case */
  char path[PATH_MAX];   /* inside the case */
} subject;

static void read_sealed_row(onus_reader *reader, const onus_node *value, onus_item *item) {
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, value, "what was sealed"))
    return;
  onus_row_read read = onus_take_row(&cursor, ONUS_ALLOW_STATED);
  const onus_node *observed = onus_take(&cursor, "observed"), *reasons = onus_take(&cursor, "reasons");
  (void)onus_take(&cursor, "_sd");
  onus_cursor_close(&cursor);
  if (read.n_found == 0)
    onus_complain(reader, value, "what was sealed has no row\nseal the item again");
  if (reasons)
    item->opened_reasons = onus_read_text(reader, reasons, "`reasons`");
  if (observed)
    item->has_observed = onus_read_moment(reader, observed, &item->observed);
  item->row = read.row;
  item->is_opened = read.is_good;
}

static void read_positions(onus_reader *reader, const onus_node *list, size_t item) {
  onus_case *c = reader->c;
  if (!list || !onus_is_list(reader, list, "positions"))
    return;
  for (const onus_node *child = list->first; child && reader->status == ONUS_OK; child = child->next) {
    size_t p = onus_read_reference(reader, child, ONUS_ID_POSITION);
    if (p == ONUS_NONE)
      continue;
    if (!c->positions[p].opened)
      c->positions[p].opened = ONUS_READER_ARRAY(reader, bool, c->n_items);
    if (c->positions[p].opened)
      c->positions[p].opened[item] = true;
  }
}

static void read_root(const subject *s, const onus_node *root, onus_arena *arena) {
  onus_reader *reader = s->reader;
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, root, "an opened item"))
    return;
  const onus_node *disclosed = onus_take_required(&cursor, "disclosure", "open the proof again");
  const onus_node *positions = onus_take_required(&cursor, "positions", "open the proof again");
  (void)onus_take_required(&cursor, "proof", "open the proof again");
  onus_cursor_close(&cursor);
  char commitment[ONUS_COMMITMENT_BYTES];
  onus_disclosure disclosure;
  onus_error error = {0};
  if (!disclosed || disclosed->kind != ONUS_NODE_STRING)
    return;
  onus_disclosure_commitment(disclosed->text, disclosed->text_bytes, commitment);
  if (strcasecmp(commitment, s->item->commitment) != 0) {
    onus_complain(reader, disclosed, "it is not what the commitment of the item stands for\nremove the file");
    return;
  }
  onus_status status =
      onus_disclosure_parse(s->path, disclosed->text, disclosed->text_bytes, arena, &disclosure, &error);
  if (status == ONUS_NO_MEMORY)
    reader->status = status;
  else if (status != ONUS_OK)
    onus_complain(reader, disclosed, "%s\nremove the file", error.text);
  else if (strcmp(disclosure.name, s->item->id) != 0)
    onus_complain(reader, disclosed, "it discloses another item, %s\nremove the file",
                  onus_quote_string(disclosure.name).text);
  else {
    read_sealed_row(reader, disclosure.value, s->item);
    read_positions(reader, positions, (size_t)(s->item - reader->c->items));
  }
}

/* Complaints go to a list of the file's own; the first becomes one about the item. */
static void read_bytes(const subject *s, const onus_text *text) {
  onus_reader *reader = s->reader;
  onus_problems *of_case = reader->problems, *of_file = onus_problems_new(s->path);
  onus_arena *arena = onus_arena_new(ARENA_BYTES);
  const onus_node *root = NULL;
  onus_error error = {0};
  onus_status status = of_file && arena
                           ? onus_document_parse_json(s->path, text->bytes, text->length, arena, &root, &error)
                           : ONUS_NO_MEMORY;
  if (status == ONUS_OK) {
    reader->problems = of_file;
    read_root(s, root, arena);
    reader->problems = of_case;
    status = onus_problems_finish(of_file, &error);
  }
  if (status == ONUS_NO_MEMORY)
    reader->status = reader->status == ONUS_OK ? status : reader->status;
  else if (status != ONUS_OK)
    onus_complain(reader, s->node, "%s does not open it: %s\nremove that file, or open the proof again", s->path,
                  error.text);
  onus_arena_free(arena);
  onus_problems_free(of_file);
}

static void read_item(onus_reader *reader, const onus_node *node, onus_item *item) {
  subject s = {.reader = reader, .item = item, .node = node};
  char whole[PATH_MAX];
  struct stat info;
  onus_text text;
  onus_error error = {0};
  if (snprintf(s.path, sizeof s.path, ONUS_OPENED_FOLDER "/%s.json", item->id) >= (int)sizeof s.path ||
      snprintf(whole, sizeof whole, "%s/%s", reader->directory, s.path) >= (int)sizeof whole ||
      lstat(whole, &info) != 0)
    return;
  onus_status status = S_ISREG(info.st_mode) ? onus_file_read(whole, ONUS_DOCUMENT_BYTES, &text, &error)
                                             : ONUS_FAIL(&error, ONUS_BAD_INPUT, "is no plain file");
  if (status == ONUS_OK) {
    read_bytes(&s, &text);
    onus_text_free(&text);
  } else if (status == ONUS_NO_MEMORY) {
    reader->status = status;
  } else {
    onus_complain(reader, node, "%s %s\nremove that file, or open the proof again", s.path, error.text);
  }
}

void onus_read_opened(onus_reader *reader, const onus_node *evidence) {
  onus_case *c = reader->c;
  if (!reader->directory || !evidence || evidence->kind != ONUS_NODE_LIST || !c->positions)
    return;
  size_t i = 0;
  for (const onus_node *node = evidence->first; node && i < c->n_items; node = node->next, i++)
    if (reader->status == ONUS_OK && c->items[i].is_sealed && c->items[i].row.kind == ONUS_ROW_NONE && c->items[i].id)
      read_item(reader, node, &c->items[i]);
}
