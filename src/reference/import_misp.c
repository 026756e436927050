/* Events of MISP that are tagged with an actor of a galaxy.
 *
 * An event is a report: it has a day, and attributes of type "link" name others that it gives again. Its indicators are
 * listed by all of these together, for every actor that it is tagged with; its tags of techniques and software are
 * statements that cite them. Where it names several actors the event itself leaves open which it was, so each holds
 * all of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference/importing_internal.h"
#include "reference/misp.h"

enum { ACTORS_MAX = 32, REPORTS_MAX = 64, NODE_ARENA_FACTOR = 64 };

typedef struct importing_event {
  onus_importing run;
  uint32_t source;
  size_t n_events;
  /* the event */
  uint32_t entries[ACTORS_MAX], listed[ACTORS_MAX];
  size_t n_entries;
  uint32_t reports[REPORTS_MAX];
  size_t n_reports;
  uint32_t cited;
} importing_event;

static bool recognise(const onus_import_input *input) {
  static const char MARK[] = "\"Event\"";
  enum { LOOKED_AT_BYTES = 4096 };
  size_t n = input->length_bytes < LOOKED_AT_BYTES ? input->length_bytes : LOOKED_AT_BYTES;
  return onus_importing_opens_with(input, "{[") && memmem(input->bytes, n, MARK, strlen(MARK)) != NULL;
}

static onus_line line_of(const onus_node *node, const char *text, size_t text_bytes) {
  return (onus_line){
      .bytes = text, .length_bytes = text_bytes, .number = node->line, .column = node->column, .is_ended = true};
}

static onus_status add_entry(importing_event *e, const char *id, const char *name) {
  uint32_t entry;
  ONUS_TRY(onus_import_entry(e->run.writer, e->source, ONUS_ENTRY_ACTOR, id, name, &entry, e->run.error));
  for (size_t i = 0; i < e->n_entries; i++)
    if (e->entries[i] == entry)
      return ONUS_OK;
  if (e->n_entries < ACTORS_MAX)
    e->entries[e->n_entries++] = entry;
  e->run.summary->n_entries++;
  return ONUS_OK;
}

static onus_status take_actor(void *context, const onus_node *where, const onus_misp_tag *tag, onus_error *error) {
  importing_event *e = context;
  (void)where;
  (void)error;
  return tag->kind == ONUS_MISP_ACTOR ? add_entry(e, tag->id[0] ? tag->id : tag->name, tag->name) : ONUS_OK;
}

static onus_status take_link(void *context, const onus_node *attribute, onus_error *error) {
  importing_event *e = context;
  (void)error;
  const char *type = onus_node_text(attribute, "type"), *value = onus_node_text(attribute, "value");
  if (!type || !value || strcmp(type, "link") != 0 || e->n_reports == REPORTS_MAX)
    return ONUS_OK;
  onus_line text = line_of(attribute, value, strlen(value));
  uint32_t report = ONUS_NO_NUMBER;
  bool is_pivot;
  ONUS_TRY(onus_importing_report(&e->run, &text, &report, &is_pivot));
  if (report != ONUS_NO_NUMBER && !is_pivot) /* an event that links its samples is no pivot itself */
    e->reports[e->n_reports++] = report;
  return ONUS_OK;
}

/* The event as a report of its own, with its day. */
static onus_status take_event_report(importing_event *e, const onus_node *event) {
  char name[128];
  const char *uuid = onus_node_text(event, "uuid"), *info = onus_node_text(event, "info"),
             *date = onus_node_text(event, "date");
  snprintf(name, sizeof name, "MISP event %.100s", uuid ? uuid : info ? info : e->run.input->path);
  onus_line text = line_of(event, name, strlen(name));
  bool is_pivot, is_day;
  uint32_t report = ONUS_NO_NUMBER;
  ONUS_TRY(onus_importing_report(&e->run, &text, &report, &is_pivot));
  if (report == ONUS_NO_NUMBER)
    return ONUS_OK;
  e->reports[e->n_reports++] = report;
  if (!date)
    return ONUS_OK;
  onus_line day = line_of(onus_node_get(event, "date"), date, strlen(date));
  return onus_importing_day(&e->run, report, &day, &is_day);
}

static onus_status take_indicator(void *context, const onus_node *attribute, const char *text, size_t text_bytes,
                                  onus_error *error) {
  importing_event *e = context;
  (void)error;
  onus_line line = line_of(attribute, text, text_bytes);
  for (size_t i = 0; i < e->n_entries; i++) {
    if (e->listed[i] == ONUS_NO_NUMBER)
      ONUS_TRY(onus_import_basis(e->run.writer, ONUS_BASIS_LISTED, e->entries[i], e->reports, e->n_reports, NULL, 0,
                                 &e->listed[i], e->run.error));
    ONUS_TRY(onus_importing_indicator(&e->run, e->listed[i], false, &line));
  }
  return ONUS_OK;
}

static onus_status take_attribute(void *context, const onus_node *attribute, onus_error *error) {
  importing_event *e = context;
  size_t n;
  const char *type = onus_node_text(attribute, "type");
  ONUS_TRY(onus_misp_each_indicator(attribute, take_indicator, e, &n, error));
  if (n == 0 && (!type || strcmp(type, "link") != 0)) {
    onus_line line = line_of(attribute, type ? type : "", type ? strlen(type) : 0);
    onus_importing_refuse(&e->run, &line, "an attribute of a type that leaves no trace to be found again");
  }
  return ONUS_OK;
}

static onus_status take_ttp(void *context, const onus_node *where, const onus_misp_tag *tag, onus_error *error) {
  importing_event *e = context;
  onus_ttp_kind kind;
  char id[16], parent[16];
  onus_line text = line_of(where, tag->id, strlen(tag->id));
  uint32_t ttp;
  if (tag->kind != ONUS_MISP_TTP || !onus_importing_ttp(&text, &kind, id, parent))
    return ONUS_OK;
  if (e->cited == ONUS_NO_NUMBER)
    ONUS_TRY(onus_import_basis(e->run.writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, e->reports, e->n_reports, NULL, 0,
                               &e->cited, error));
  ONUS_TRY(
      onus_import_ttp(e->run.writer, kind, id, tag->name[0] ? tag->name : id, parent[0] ? parent : NULL, &ttp, error));
  for (size_t i = 0; i < e->n_entries; i++)
    ONUS_TRY(onus_import_uses(e->run.writer, e->entries[i], ttp, e->cited, error));
  e->run.summary->n_relations++;
  return ONUS_OK;
}

static onus_status take_event(void *context, const onus_node *event, onus_error *error) {
  importing_event *e = context;
  e->n_events++;
  e->n_entries = e->n_reports = 0;
  e->cited = ONUS_NO_NUMBER;
  for (size_t i = 0; i < ACTORS_MAX; i++)
    e->listed[i] = ONUS_NO_NUMBER;
  ONUS_TRY(onus_misp_each_tag(event, take_actor, e, error));
  const char *actor = e->run.options->actor;
  if (e->n_entries == 0 && actor)
    ONUS_TRY(add_entry(e, actor, actor));
  if (e->n_entries == 0) {
    const char *info = onus_node_text(event, "info");
    onus_line line = line_of(event, info ? info : "", info ? strlen(info) : 0);
    onus_importing_refuse(&e->run, &line, "an event that is tagged with no actor, and none is given");
    return ONUS_OK;
  }
  ONUS_TRY(take_event_report(e, event));
  ONUS_TRY(onus_misp_each_attribute(event, take_link, e, error));
  if (e->n_reports == 0)
    return ONUS_OK;
  ONUS_TRY(onus_misp_each_tag(event, take_ttp, e, error));
  return onus_misp_each_attribute(event, take_attribute, e, error);
}

static onus_status take_root(importing_event *e, const onus_node *root) {
  const onus_importing *run = &e->run;
  const char *source = run->options->source;
  ONUS_TRY(onus_import_source(run->writer, source ? source : "misp", source ? source : "MISP", &e->source, run->error));
  ONUS_TRY(onus_misp_each_event(root, take_event, e, run->error));
  if (e->n_events == 0)
    return ONUS_FAIL_AT(run->error, ONUS_BAD_INPUT, run->input->path, root->line, root->column,
                        "no event in it; events of MISP stand under \"Event\", alone or in a list \"response\"");
  return onus_importing_check(run, root->line);
}

static onus_status import(onus_reference_writer *writer, const onus_import_input *input,
                          const onus_import_options *options, onus_import_summary *summary, onus_error *error) {
  onus_arena *nodes = onus_arena_new((size_t)NODE_ARENA_FACTOR * ONUS_DOCUMENT_BYTES);
  importing_event *e = calloc(1, sizeof *e);
  const onus_node *root;
  onus_status status = ONUS_OK;
  if (!nodes || !e)
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_document_parse_json(input->path, input->bytes, input->length_bytes, nodes, &root, error);
  if (status == ONUS_OK) {
    e->run = (onus_importing){writer, input, options, summary, error};
    status = take_root(e, root);
  }
  free(e);
  onus_arena_free(nodes);
  return status;
}

const onus_import_format onus_import_misp = {"misp", "events of MISP, tagged with an actor", recognise, import};
