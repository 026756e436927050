/* onus.h over the modules: executable files. */
#include <math.h>
#include <stdlib.h>

#include "report/code_report.h"

enum { FILES_MAX = 1 << 20 };
static const size_t REPORT_BYTES = (size_t)1 << 30;
static const size_t OUTPUT_BYTES = (size_t)256 << 20; /* of one reader */

struct onus_code {
  onus_outline **outlines;
  size_t n_outlines;
  onus_error *refusals;
  size_t n_refusals;
};

/* What ends the whole call, rather than one file. */
static bool is_own_failure(onus_status status) {
  return status == ONUS_NO_MEMORY || status == ONUS_INTERNAL || status == ONUS_CANCELLED;
}

static onus_status read_all(const char *const *paths, size_t n_paths, const onus_sandbox_limits *limits,
                            onus_code *code, onus_error *error) {
  for (size_t i = 0; i < n_paths; i++) {
    onus_error why = {0};
    onus_status status = onus_outline_read(paths[i], limits, &code->outlines[code->n_outlines], &why);
    if (is_own_failure(status)) {
      if (error)
        *error = why;
      return status;
    }
    if (status == ONUS_OK)
      code->n_outlines++;
    else
      code->refusals[code->n_refusals++] = why;
  }
  return ONUS_OK;
}

onus_status onus_code_read(const char *const *paths, size_t n_paths, const onus_code_options *options,
                           onus_code **ret_code, onus_error *error) {
  onus_sandbox_limits limits = {ONUS_CODE_SECONDS, ONUS_CODE_MEMORY_BYTES, OUTPUT_BYTES};
  if (options && options->seconds_per_file != 0)
    limits.seconds = options->seconds_per_file;
  if (options && options->memory_bytes_per_file != 0)
    limits.memory_bytes = options->memory_bytes_per_file;
  if (n_paths == 0 || n_paths > FILES_MAX)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "from 1 to %d files can be read at once, not %zu", FILES_MAX, n_paths);
  if (!(limits.seconds > 0) || !isfinite(limits.seconds))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the time for a file must be more than 0 seconds");
  onus_code *code = calloc(1, sizeof *code);
  if (!code)
    return ONUS_FAIL_NO_MEMORY(error);
  code->outlines = calloc(n_paths, sizeof *code->outlines);
  code->refusals = calloc(n_paths, sizeof *code->refusals);
  onus_status status =
      code->outlines && code->refusals ? read_all(paths, n_paths, &limits, code, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status != ONUS_OK)
    onus_code_free(code);
  else
    *ret_code = code;
  return status;
}

void onus_code_free(onus_code *code) {
  if (!code)
    return;
  for (size_t i = 0; i < code->n_outlines; i++)
    onus_outline_free(code->outlines[i]);
  free(code->outlines);
  free(code->refusals);
  free(code);
}

const onus_error *onus_code_refusal(const onus_code *code, size_t index) {
  return index < code->n_refusals ? &code->refusals[index] : NULL;
}

onus_status onus_code_render(const onus_code *code, onus_format format, const onus_style *style, onus_text *ret_text,
                             onus_error *error) {
  onus_code_report report = {code->outlines, code->n_outlines, code->refusals, code->n_refusals};
  if (format != ONUS_FORMAT_TEXT && format != ONUS_FORMAT_JSON)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "functions are shown as text or JSON");
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_code_json(&out, &report);
  else
    onus_report_code_text(&out, &report, style);
  return onus_buffer_take(&out, ret_text, error);
}
