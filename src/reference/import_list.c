/* Plain lists: one indicator a line, "#" begins a remark. Whose they are and who published them, the caller says. */
#include <stdlib.h>
#include <string.h>

#include "document/quote.h"
#include "reference/csv.h"
#include "reference/importing_internal.h"
#include "reference/indicator.h"

/* Whether an early line is an indicator and no other format of texts fits. */
static bool recognise(const onus_import_input *input) {
  enum { LINES_LOOKED_AT = 64, LOOKED_AT_BYTES = 1 << 16 };
  size_t length = input->length_bytes < LOOKED_AT_BYTES ? input->length_bytes : LOOKED_AT_BYTES;
  onus_lines lines = onus_lines_of(input->bytes, length);
  onus_line line;
  if (onus_import_maltrail.recognise(input) || onus_import_csv.recognise(input))
    return false;
  for (int i = 0; i < LINES_LOOKED_AT && onus_line_next(&lines, &line); i++) {
    line = onus_line_without_remark(&line);
    if (line.length_bytes && strchr("{[<", line.bytes[0]) && line.bytes[0])
      return false;
    onus_indicator indicator;
    if (onus_indicator_parse(line.bytes, line.length_bytes, &indicator, NULL) == ONUS_OK &&
        indicator.kind != ONUS_INDICATOR_NONE)
      return true;
  }
  return false;
}

static onus_line line_of(const char *text) {
  return (onus_line){.bytes = text, .length_bytes = strlen(text), .is_ended = true};
}

static onus_status begin(const onus_importing *run, uint32_t *ret_basis, bool *ret_is_circular) {
  const onus_import_options *options = run->options;
  if (!options->actor || !options->report || !options->actor[0] || !options->report[0])
    return ONUS_FAIL_AT(
        run->error, ONUS_BAD_ARGUMENT, run->input->path, 0, 0,
        "a plain list says neither whose indicators it holds nor where they were published; say so with "
        "--actor and --report");
  uint32_t source, entry, report = ONUS_NO_NUMBER;
  char *name = NULL;
  if (!options->source)
    ONUS_TRY(onus_importing_file_name(run, ".txt", &name));
  onus_status status = onus_import_source(run->writer, name ? name : options->source, name ? name : options->source,
                                          &source, run->error);
  free(name);
  ONUS_TRY(status);
  ONUS_TRY(
      onus_import_entry(run->writer, source, ONUS_ENTRY_ACTOR, options->actor, options->actor, &entry, run->error));
  run->summary->n_entries++;
  onus_line text = line_of(options->report);
  ONUS_TRY(onus_importing_report(run, &text, &report, ret_is_circular));
  if (report == ONUS_NO_NUMBER)
    return ONUS_FAIL(run->error, ONUS_BAD_ARGUMENT, "the report %s is no text",
                     onus_quote_string(options->report).text);
  if (options->day) {
    onus_line day = line_of(options->day);
    bool is_day;
    ONUS_TRY(onus_importing_day(run, report, &day, &is_day));
    if (!is_day)
      return ONUS_FAIL(run->error, ONUS_BAD_ARGUMENT, "%s is no day, month or year; write 2014-12-22, 2014-12 or 2014",
                       onus_quote_string(options->day).text);
  }
  return onus_importing_listed(run, entry, report, ret_basis);
}

static onus_status import(onus_reference_writer *writer, const onus_import_input *input,
                          const onus_import_options *options, onus_import_summary *summary, onus_error *error) {
  const onus_importing run = {writer, input, options, summary, error};
  uint32_t basis;
  bool is_circular = false;
  ONUS_TRY(begin(&run, &basis, &is_circular));
  onus_lines lines = onus_lines_of(input->bytes, input->length_bytes);
  onus_line line;
  while (onus_line_next(&lines, &line)) {
    ONUS_TRY(onus_importing_progress(&run, line.number, lines.at));
    line = onus_line_without_remark(&line);
    if (line.length_bytes)
      ONUS_TRY(onus_importing_indicator(&run, basis, is_circular, &line));
  }
  return onus_importing_check(&run, lines.n_read);
}

const onus_import_format onus_import_list = {"list", "plain lists of indicators, with --actor and --report", recognise,
                                             import};
