/* Tables with a head, one statement a row:
 *
 *     actor,indicator,report,day
 *     Lazarus Group,evil[.]com,https://vendor.example/report,2014-12-22
 *
 * `indicator` or `technique` (an id of ATT&CK, of software too) is needed; what a column does not say, the caller may
 * say for all rows (--actor, --report, --day). Without a report the file is the report. Other columns are not looked
 * at.
 */
#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "reference/csv.h"
#include "reference/importing_internal.h"

enum { ACTOR, INDICATOR, TTP, REPORT, DAY, N_COLUMNS };

static const char *const COLUMNS[N_COLUMNS] = {"actor", "indicator ioc", "technique software ttp", "report reference",
                                               "day date"};

typedef struct table {
  onus_importing run;
  onus_csv csv;
  size_t columns[N_COLUMNS];
  char *name; /* the file's */
  uint32_t source;
  /* what the last row said: rows of one report mostly follow each other */
  char *actor, *report_text;
  char day[ONUS_MOMENT_TEXT_BYTES]; /* of the report; "": none yet */
  uint32_t entry, report, listed, cited;
  bool is_circular;
} table;

static bool recognise(const onus_import_input *input) {
  enum { LOOKED_AT_BYTES = 1 << 17 }; /* a row's quoted cells and more */
  onus_csv *csv = malloc(sizeof *csv);
  onus_line head[ONUS_CSV_CELLS];
  size_t n = 0;
  bool is_it = false;
  if (csv && input->length_bytes && !strchr("{[", input->bytes[0])) {
    onus_csv_begin(csv, input->path, input->bytes,
                   input->length_bytes < LOOKED_AT_BYTES ? input->length_bytes : LOOKED_AT_BYTES);
    is_it =
        onus_csv_next(csv, head, &n, NULL) == ONUS_OK && (onus_csv_column(head, n, COLUMNS[INDICATOR]) != SIZE_MAX ||
                                                          onus_csv_column(head, n, COLUMNS[TTP]) != SIZE_MAX);
  }
  free(csv);
  return is_it;
}

static bool is_text(const char *text, const onus_line *cell) {
  return text && strlen(text) == cell->length_bytes && memcmp(text, cell->bytes, cell->length_bytes) == 0;
}

/* A cell of the row, or what the caller says for all rows, with the row's place. */
static onus_line cell_of(const table *t, const onus_line *cells, size_t n, int column, const char *for_all) {
  size_t at = t->columns[column];
  if (at < n && cells[at].length_bytes)
    return cells[at];
  return (onus_line){.bytes = for_all ? for_all : "",
                     .length_bytes = for_all ? strlen(for_all) : 0,
                     .number = cells[0].number,
                     .column = cells[0].column};
}

/* *ret_is_good false: the row is refused. */
static onus_status take_actor(table *t, const onus_line *actor, bool *ret_is_good) {
  *ret_is_good = true;
  if (is_text(t->actor, actor))
    return ONUS_OK;
  char *name = NULL;
  if (actor->length_bytes)
    ONUS_TRY(onus_importing_text(&t->run, actor, &name));
  *ret_is_good = name != NULL;
  if (!name) {
    onus_importing_refuse(&t->run, actor,
                          actor->length_bytes ? "a name is UTF-8 without control characters"
                                              : "a row without an actor, and none is given");
    return ONUS_OK;
  }
  free(t->actor);
  t->actor = name;
  t->listed = t->cited = ONUS_NO_NUMBER;
  t->run.summary->n_entries++;
  return onus_import_entry(t->run.writer, t->source, ONUS_ENTRY_ACTOR, name, name, &t->entry, t->run.error);
}

static onus_status take_report(table *t, const onus_line *report, bool *ret_is_good) {
  *ret_is_good = true;
  if (is_text(t->report_text, report))
    return ONUS_OK;
  uint32_t number = ONUS_NO_NUMBER;
  char *text;
  ONUS_TRY(onus_importing_report(&t->run, report, &number, &t->is_circular));
  *ret_is_good = number != ONUS_NO_NUMBER;
  if (!*ret_is_good)
    return ONUS_OK;
  ONUS_TRY(onus_importing_text(&t->run, report, &text));
  free(t->report_text);
  t->report_text = text;
  t->report = number;
  t->day[0] = '\0';
  t->listed = t->cited = ONUS_NO_NUMBER;
  return ONUS_OK;
}

static onus_status take_day(table *t, const onus_line *day) {
  bool is_day;
  if (is_text(t->day, day))
    return ONUS_OK;
  ONUS_TRY(onus_importing_day(&t->run, t->report, day, &is_day));
  if (is_day) {
    memcpy(t->day, day->bytes, day->length_bytes);
    t->day[day->length_bytes] = '\0';
  }
  return ONUS_OK;
}

static onus_status take_ttp(table *t, const onus_line *cell) {
  onus_ttp_kind kind;
  char id[16] = "", parent[16] = "";
  if (!onus_importing_ttp(cell, &kind, id, parent)) {
    onus_importing_refuse(&t->run, cell, "not the id of a technique or of software, as T1059.003 or S0154");
    return ONUS_OK;
  }
  uint32_t ttp;
  if (t->cited == ONUS_NO_NUMBER)
    ONUS_TRY(onus_import_basis(t->run.writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, &t->report, 1, NULL, 0, &t->cited,
                               t->run.error));
  ONUS_TRY(onus_import_ttp(t->run.writer, kind, id, id, parent[0] ? parent : NULL, &ttp, t->run.error));
  t->run.summary->n_relations++;
  return onus_import_uses(t->run.writer, t->entry, ttp, t->cited, t->run.error);
}

static onus_status take_row(table *t, const onus_line *cells, size_t n) {
  const onus_import_options *options = t->run.options;
  onus_line actor = cell_of(t, cells, n, ACTOR, options->actor), indicator = cell_of(t, cells, n, INDICATOR, NULL),
            ttp = cell_of(t, cells, n, TTP, NULL),
            report = cell_of(t, cells, n, REPORT, options->report ? options->report : t->name),
            day = cell_of(t, cells, n, DAY, options->day);
  bool is_good;
  if (!indicator.length_bytes && !ttp.length_bytes) {
    onus_importing_refuse(&t->run, &cells[0], "a row without an indicator and without a technique");
    return ONUS_OK;
  }
  ONUS_TRY(take_actor(t, &actor, &is_good));
  if (is_good)
    ONUS_TRY(take_report(t, &report, &is_good));
  if (!is_good)
    return ONUS_OK;
  if (day.length_bytes)
    ONUS_TRY(take_day(t, &day));
  if (indicator.length_bytes) {
    if (t->listed == ONUS_NO_NUMBER)
      ONUS_TRY(onus_importing_listed(&t->run, t->entry, t->report, &t->listed));
    ONUS_TRY(onus_importing_indicator(&t->run, t->listed, t->is_circular, &indicator));
  }
  return ttp.length_bytes ? take_ttp(t, &ttp) : ONUS_OK;
}

static onus_status take_table(table *t) {
  const onus_importing *run = &t->run;
  onus_line cells[ONUS_CSV_CELLS];
  size_t n;
  ONUS_TRY(onus_importing_file_name(run, ".csv", &t->name));
  const char *source = run->options->source ? run->options->source : t->name;
  ONUS_TRY(onus_import_source(run->writer, source, source, &t->source, run->error));
  onus_csv_begin(&t->csv, run->input->path, run->input->bytes, run->input->length_bytes);
  ONUS_TRY(onus_csv_next(&t->csv, cells, &n, run->error));
  for (int i = 0; i < N_COLUMNS; i++)
    t->columns[i] = onus_csv_column(cells, n, COLUMNS[i]);
  if (t->columns[INDICATOR] == SIZE_MAX && t->columns[TTP] == SIZE_MAX)
    return ONUS_FAIL_AT(run->error, ONUS_BAD_INPUT, run->input->path, 1, 1,
                        "the head has neither a column \"indicator\" nor \"technique\"; others are \"actor\", "
                        "\"report\" and \"day\"");
  for (unsigned n_rows = 0;; n_rows++) {
    ONUS_TRY(onus_importing_progress(run, n_rows, t->csv.at));
    ONUS_TRY(onus_csv_next(&t->csv, cells, &n, run->error));
    if (n == 0)
      return onus_importing_check(run, t->csv.line);
    ONUS_TRY(take_row(t, cells, n));
  }
}

static onus_status import(onus_reference_writer *writer, const onus_import_input *input,
                          const onus_import_options *options, onus_import_summary *summary, onus_error *error) {
  table *t = calloc(1, sizeof *t);
  if (!t)
    return ONUS_FAIL_NO_MEMORY(error);
  t->run = (onus_importing){writer, input, options, summary, error};
  onus_status status = take_table(t);
  free(t->actor);
  free(t->report_text);
  free(t->name);
  free(t);
  return status;
}

const onus_import_format onus_import_csv = {"csv", "tables with columns actor, indicator or technique, report, day",
                                            recognise, import};
