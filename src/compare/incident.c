/* Reads a file that somebody has, not one that we have made: the form is recognised from its bytes, and what is no
 * indicator is passed over and told. */
#include "compare/incident_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/moment.h"
#include "base/table.h"
#include "document/quote.h"
#include "document/text_internal.h"
#include "reference/csv.h"
#include "reference/indicator.h"
#include "reference/misp.h"

/* --- parts of an incident ----------------------------------------------------------------------------------------- */

static onus_status add(onus_incident_reading *r, onus_incident_texts *texts, const char *text) {
  if (!text)
    return ONUS_FAIL_NO_MEMORY(r->error);
  if (!onus_arena_room_for_one(r->arena, &texts->items, texts->n, &texts->capacity, sizeof *texts->items))
    return ONUS_FAIL_NO_MEMORY(r->error);
  texts->items[texts->n++] = text;
  return ONUS_OK;
}

void onus_incident_refuse(onus_incident_reading *r, const onus_line *text, const char *why) {
  onus_import_refuse(r->summary, text->number, text->column, text->bytes, text->length_bytes, why);
}

onus_status onus_incident_indicator(onus_incident_reading *r, const onus_line *text) {
  onus_indicator indicator;
  ONUS_TRY(onus_indicator_parse(text->bytes, text->length_bytes, &indicator, r->error));
  if (indicator.kind == ONUS_INDICATOR_NONE) {
    onus_incident_refuse(r, text, indicator.fault);
    return ONUS_OK;
  }
  r->summary->n_indicators++;
  return add(r, &r->indicators, onus_arena_copy(r->arena, text->bytes, text->length_bytes));
}

onus_status onus_incident_ttp(onus_incident_reading *r, const onus_line *text) {
  if (!onus_line_is_ttp(text)) {
    onus_incident_refuse(r, text, "not the id of a technique or of software, as T1059.003 or S0154");
    return ONUS_OK;
  }
  char *id = onus_arena_copy(r->arena, text->bytes, text->length_bytes);
  if (id)
    id[0] = (char)(id[0] & ~0x20);
  r->summary->n_ttps++;
  return add(r, &r->ttps, id);
}

onus_status onus_incident_leave_out(onus_incident_reading *r, const onus_line *text) {
  return add(r, &r->leave_out, onus_arena_copy(r->arena, text->bytes, text->length_bytes));
}

onus_status onus_incident_name(onus_incident_reading *r, const char *id, const char *date) {
  r->id = id ? onus_arena_copy(r->arena, id, strlen(id)) : r->id;
  if (date && !onus_moment_parse_period(date, &r->period.first_day, &r->period.last_day))
    r->period = (onus_period){ONUS_DAY_UNKNOWN, ONUS_DAY_UNKNOWN};
  return id && !r->id ? ONUS_FAIL_NO_MEMORY(r->error) : ONUS_OK;
}

static void begin_incident(onus_incident_reading *r) {
  r->id = NULL;
  r->period = (onus_period){ONUS_DAY_UNKNOWN, ONUS_DAY_UNKNOWN};
  r->indicators = r->ttps = r->leave_out = (onus_incident_texts){0};
}

static onus_incident finish_incident(const onus_incident_reading *r) {
  return (onus_incident){.id = r->id,
                         .period = r->period,
                         .indicators = r->indicators.items,
                         .n_indicators = r->indicators.n,
                         .ttps = r->ttps.items,
                         .n_ttps = r->ttps.n,
                         .leave_out = r->leave_out.items,
                         .n_leave_out = r->leave_out.n};
}

/* --- text and CSV ------------------------------------------------------------------------------------------------- */

static onus_status take_text(onus_incident_reading *r, const char *bytes, size_t length_bytes) {
  onus_lines lines = onus_lines_of(bytes, length_bytes);
  onus_line line;
  r->summary->format = "text";
  while (onus_line_next(&lines, &line)) {
    line = onus_line_without_remark(&line);
    if (line.length_bytes == 0)
      continue;
    ONUS_TRY(onus_line_is_ttp(&line) ? onus_incident_ttp(r, &line) : onus_incident_indicator(r, &line));
  }
  return ONUS_OK;
}

/* What a column holds, by its name in the head. */
static const char INDICATOR_COLUMNS[] = "indicator indicators ioc value observable fingerprint";
static const char TTP_COLUMNS[] = "technique software ttp techniqueid technique_id attack_id";

static bool is_csv(onus_csv *csv, const char *path, const char *bytes, size_t length_bytes) {
  onus_line cells[ONUS_CSV_CELLS];
  size_t n = 0;
  onus_csv_begin(csv, path, bytes, length_bytes);
  return onus_csv_next(csv, cells, &n, NULL) == ONUS_OK && (onus_csv_column(cells, n, INDICATOR_COLUMNS) != SIZE_MAX ||
                                                            onus_csv_column(cells, n, TTP_COLUMNS) != SIZE_MAX);
}

static onus_status take_csv(onus_incident_reading *r, onus_csv *csv, const char *bytes, size_t length_bytes) {
  onus_line head[ONUS_CSV_CELLS], cells[ONUS_CSV_CELLS];
  bool is_indicator[ONUS_CSV_CELLS], is_ttp[ONUS_CSV_CELLS];
  size_t n_head, n;
  r->summary->format = "csv";
  onus_csv_begin(csv, r->path, bytes, length_bytes);
  ONUS_TRY(onus_csv_next(csv, head, &n_head, r->error));
  for (size_t i = 0; i < n_head; i++) {
    is_indicator[i] = onus_csv_column(&head[i], 1, INDICATOR_COLUMNS) == 0;
    is_ttp[i] = onus_csv_column(&head[i], 1, TTP_COLUMNS) == 0;
  }
  for (;;) {
    ONUS_TRY(onus_csv_next(csv, cells, &n, r->error));
    if (n == 0)
      return ONUS_OK;
    for (size_t i = 0; i < n && i < n_head; i++) {
      if (cells[i].length_bytes && is_indicator[i])
        ONUS_TRY(onus_incident_indicator(r, &cells[i]));
      if (cells[i].length_bytes && is_ttp[i])
        ONUS_TRY(onus_incident_ttp(r, &cells[i]));
    }
  }
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

onus_line onus_incident_node(const onus_incident_reading *r, const onus_node *node) {
  return (onus_line){.bytes = node->text ? node->text : "",
                     .length_bytes = node->text_bytes,
                     .number = node->line + (r->first_line ? r->first_line - 1 : 0),
                     .column = node->column,
                     .is_ended = true};
}

static bool has_type(const onus_node *root, const char *type) {
  const onus_node *node = onus_node_get(root, "type");
  return node && node->kind == ONUS_NODE_STRING && strcmp(node->text, type) == 0;
}

/* Which form a document is in; NULL when it is none. */
static onus_incident_take *recognise(const onus_node *root, const char **ret_format) {
  const onus_node *techniques = onus_node_get(root, "techniques");
  bool has_layer = techniques && techniques->first && onus_node_get(techniques->first, "techniqueID");
  const struct {
    bool is_it;
    const char *format;
    onus_incident_take *take;
  } FORMS[] = {
      {has_layer, "navigator", onus_incident_take_navigator},
      {has_type(root, "bundle"), "stix", onus_incident_take_stix},
      {onus_misp_has_event(root), "misp", onus_incident_take_misp},
      {root->kind == ONUS_NODE_MAP, "incident", onus_incident_take_map},
  };
  for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++)
    if (FORMS[i].is_it) {
      *ret_format = FORMS[i].format;
      return FORMS[i].take;
    }
  return NULL;
}

static onus_status take_document(onus_incident_reading *r, const char *bytes, size_t length_bytes) {
  onus_arena *nodes = onus_arena_new(ONUS_DOCUMENT_TREE_BYTES);
  if (!nodes)
    return ONUS_FAIL_NO_MEMORY(r->error);
  const onus_node *root;
  onus_status status = onus_document_parse_json(r->path, bytes, length_bytes, nodes, &root, r->error);
  if (status != ONUS_OK && r->error && r->error->line && r->first_line)
    r->error->line += r->first_line - 1;
  onus_incident_take *take = status == ONUS_OK ? recognise(root, &r->summary->format) : NULL;
  if (take)
    status = take(r, root);
  else if (status == ONUS_OK) {
    onus_line place = onus_incident_node(r, root);
    status =
        ONUS_FAIL_AT(r->error, ONUS_BAD_INPUT, r->path, place.number, place.column,
                     "%s; an incident is a map with \"indicators\", \"techniques\" or \"software\", a STIX bundle, "
                     "a Navigator layer or a MISP event",
                     onus_node_kind_name(root->kind));
  }
  onus_arena_free(nodes);
  return status;
}

/* --- JSON lines --------------------------------------------------------------------------------------------------- */

typedef struct incidents {
  onus_incident *items;
  size_t n, capacity;
  onus_table *lines; /* id -> line */
} incidents;

static onus_status add_incident(onus_incident_reading *r, incidents *all, const onus_line *line) {
  if (!r->id)
    return ONUS_FAIL_AT(r->error, ONUS_BAD_INPUT, r->path, line->number, line->column,
                        "an incident without \"id\"; give each line one");
  size_t before = onus_table_get(all->lines, r->id);
  if (before != ONUS_NONE)
    return ONUS_FAIL_AT(r->error, ONUS_BAD_INPUT, r->path, line->number, line->column,
                        "the id %s is that of line %zu; give each incident its own", onus_quote_string(r->id).text,
                        before);
  if (!onus_arena_room_for_one(r->arena, &all->items, all->n, &all->capacity, sizeof *all->items))
    return ONUS_FAIL_NO_MEMORY(r->error);
  if (!onus_table_put(all->lines, r->id, line->number))
    return ONUS_FAIL_NO_MEMORY(r->error);
  all->items[all->n++] = finish_incident(r);
  return ONUS_OK;
}

static onus_status take_lines(onus_incident_reading *r, const char *bytes, size_t length_bytes, incidents *all) {
  onus_lines lines = onus_lines_of(bytes, length_bytes);
  onus_line line;
  all->lines = onus_table_new();
  if (!all->lines)
    return ONUS_FAIL_NO_MEMORY(r->error);
  while (onus_line_next(&lines, &line)) {
    if (line.length_bytes == 0)
      continue;
    begin_incident(r);
    r->first_line = line.number;
    ONUS_TRY(take_document(r, line.bytes, line.length_bytes));
    ONUS_TRY(add_incident(r, all, &line));
  }
  if (all->n == 0)
    return ONUS_FAIL_AT(r->error, ONUS_BAD_INPUT, r->path, 1, 1, "no incident in it; write one JSON map a line");
  return ONUS_OK;
}

/* Whether it is a map a line: by its name, or because both the first line and the next are whole. */
static bool is_json_lines(const char *path, const char *bytes, size_t length_bytes) {
  const char *ending = strrchr(path, '.');
  if (ending && (strcmp(ending, ".jsonl") == 0 || strcmp(ending, ".ndjson") == 0))
    return true;
  onus_lines lines = onus_lines_of(bytes, length_bytes);
  onus_line line;
  size_t n = 0;
  while (n < 2 && onus_line_next(&lines, &line)) {
    if (line.length_bytes == 0)
      continue;
    if (line.bytes[0] != '{' || line.bytes[line.length_bytes - 1] != '}')
      return false;
    n++;
  }
  return n == 2;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static int first_character(const char *bytes, size_t length_bytes) {
  size_t at = onus_text_mark_bytes(bytes, length_bytes);
  while (at < length_bytes && strchr(" \t\r\n", bytes[at]) && bytes[at])
    at++;
  return at < length_bytes ? (unsigned char)bytes[at] : -1;
}

static onus_status take_one(onus_incident_reading *r, const char *bytes, size_t length_bytes) {
  int first = first_character(bytes, length_bytes);
  if (first == '{' || first == '[')
    return take_document(r, bytes, length_bytes);
  onus_csv *csv = malloc(sizeof *csv);
  if (!csv)
    return ONUS_FAIL_NO_MEMORY(r->error);
  onus_status status = is_csv(csv, r->path, bytes, length_bytes) ? take_csv(r, csv, bytes, length_bytes)
                                                                 : take_text(r, bytes, length_bytes);
  free(csv);
  return status;
}

/* Says why a file has given nothing. */
static onus_status check_not_empty(const onus_incident_reading *r) {
  if (r->indicators.n || r->ttps.n)
    return ONUS_OK;
  const onus_refusal *refusal = &r->summary->refused[0];
  if (r->summary->n_refused)
    return ONUS_FAIL_AT(r->error, ONUS_BAD_INPUT, r->path, refusal->line, refusal->column,
                        "no indicator, technique or software in it; the first that is none is %s: %s", refusal->what,
                        refusal->why);
  return ONUS_FAIL_AT(r->error, ONUS_BAD_INPUT, r->path, 1, 1, "no indicator, technique or software in it");
}

static onus_status parse(onus_incident_reading *r, const char *bytes, size_t length_bytes, incidents *all) {
  if (is_json_lines(r->path, bytes, length_bytes))
    return take_lines(r, bytes, length_bytes, all);
  begin_incident(r);
  ONUS_TRY(take_one(r, bytes, length_bytes));
  ONUS_TRY(check_not_empty(r));
  const char *slash = strrchr(r->path, '/');
  if (!r->id)
    r->id = onus_arena_join(r->arena, slash ? slash + 1 : r->path, "");
  all->items = ONUS_ARENA_ARRAY(r->arena, onus_incident, 1);
  if (!r->id || !all->items)
    return ONUS_FAIL_NO_MEMORY(r->error);
  all->items[all->n++] = finish_incident(r);
  return ONUS_OK;
}

onus_status onus_incidents_parse(const char *path, const char *bytes, size_t length_bytes, onus_arena *arena,
                                 onus_import_summary *summary, const onus_incident **ret_incidents, size_t *ret_n,
                                 onus_error *error) {
  onus_error here = {0};
  onus_import_summary *own = calloc(1, sizeof *own);
  if (!own)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_incident_reading r = {.path = path, .arena = arena, .summary = own, .error = error ? error : &here};
  incidents all = {0};
  onus_status status = parse(&r, bytes, length_bytes, &all);
  onus_table_free(all.lines);
  if (status == ONUS_OK) {
    if (summary)
      *summary = *own;
    *ret_incidents = all.items;
    *ret_n = all.n;
  }
  free(own);
  return status;
}

onus_status onus_incidents_read(const char *path, onus_arena *arena, onus_import_summary *summary,
                                const onus_incident **ret_incidents, size_t *ret_n, onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_file_read(path, ONUS_INCIDENTS_BYTES, &text, error));
  onus_status status = onus_incidents_parse(path, text.bytes, text.length, arena, summary, ret_incidents, ret_n, error);
  onus_text_free(&text);
  return status;
}
