/* Plain lists: one indicator a line, "#" begins a remark. Whose they are and who published them, the caller says. */
#include <string.h>

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

static onus_status import(onus_reference_writer *writer, const onus_import_input *input,
                          const onus_import_options *options, onus_import_summary *summary, onus_error *error) {
  const onus_importing run = {writer, input, options, summary, error};
  uint32_t basis;
  bool is_circular = false;
  ONUS_TRY(onus_importing_told(&run, ".txt",
                               "a plain list says neither whose indicators it holds nor where they were published",
                               &basis, &is_circular));
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
