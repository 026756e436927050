#include "reference/importing_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "document/quote.h"
#include "document/text_internal.h"
#include "reference/indicator.h"

enum { LINES_PER_REPORT = 4096 };

void onus_importing_refuse(const onus_importing *run, const onus_line *what, const char *why) {
  onus_import_refuse(run->summary, what->number, what->column, what->bytes, what->length_bytes, why);
}

onus_status onus_importing_indicator(const onus_importing *run, uint32_t basis, bool is_circular,
                                     const onus_line *text) {
  bool is_indicator = false;
  ONUS_TRY(onus_import_indicator(run->writer, basis, text->bytes, text->length_bytes, &is_indicator, run->error));
  if (is_indicator) {
    run->summary->n_indicators++;
    run->summary->n_circular += is_circular;
    return ONUS_OK;
  }
  onus_indicator indicator;
  ONUS_TRY(onus_indicator_parse(text->bytes, text->length_bytes, &indicator, run->error));
  onus_importing_refuse(run, text, indicator.fault ? indicator.fault : "leaves no trace to be found again");
  return ONUS_OK;
}

onus_status onus_importing_listed(const onus_importing *run, uint32_t entry, uint32_t report, uint32_t *ret_basis) {
  return onus_import_basis(run->writer, ONUS_BASIS_LISTED, entry, &report, 1, NULL, 0, ret_basis, run->error);
}

onus_status onus_importing_text(const onus_importing *run, const onus_line *line, char **ret_text) {
  for (size_t at = 0, width; at < line->length_bytes; at += width) {
    uint32_t character;
    width = onus_text_decode(line->bytes + at, line->length_bytes - at, &character);
    if (width == 0 || character < 0x20 || (character >= 0x7F && character < 0xA0)) {
      *ret_text = NULL;
      return ONUS_OK;
    }
  }
  char *text = malloc(line->length_bytes + 1);
  if (!text)
    return ONUS_FAIL_NO_MEMORY(run->error);
  memcpy(text, line->bytes, line->length_bytes);
  text[line->length_bytes] = '\0';
  *ret_text = text;
  return ONUS_OK;
}

onus_status onus_importing_report(const onus_importing *run, const onus_line *text, uint32_t *ret_report,
                                  bool *ret_is_pivot) {
  char *copy;
  ONUS_TRY(onus_importing_text(run, text, &copy));
  if (!copy) {
    onus_importing_refuse(run, text, "a report's name is UTF-8 without control characters");
    *ret_report = ONUS_NO_NUMBER;
    return ONUS_OK;
  }
  const char *url = NULL, *name = copy, *description = NULL;
  if (strstr(copy, "://")) {
    size_t end = strcspn(copy, " \t");
    description = copy[end] ? copy + end + 1 : NULL;
    copy[end] = '\0';
    url = copy;
    name = NULL;
  }
  char *key = onus_report_normalise(url, name);
  onus_status status =
      key ? onus_import_report(run->writer, url, name, description, ret_report, run->error) : ONUS_NO_MEMORY;
  if (!key)
    status = ONUS_FAIL_NO_MEMORY(run->error);
  if (status == ONUS_OK) {
    run->summary->n_reports++;
    *ret_is_pivot = onus_report_is_pivot(key);
  }
  free(key);
  free(copy);
  return status;
}

onus_status onus_importing_day(const onus_importing *run, uint32_t report, const onus_line *text, bool *ret_is_day) {
  char day[ONUS_MOMENT_TEXT_BYTES] = "";
  onus_period period;
  if (text->length_bytes < sizeof day)
    memcpy(day, text->bytes, text->length_bytes);
  *ret_is_day = onus_moment_parse_period(day, &period.first_day, &period.last_day);
  if (!*ret_is_day) {
    onus_importing_refuse(run, text, "a day is written 2014-12-22, 2014-12 or 2014");
    return ONUS_OK;
  }
  return onus_import_report_period(run->writer, report, period, run->error);
}

onus_status onus_importing_progress(const onus_importing *run, unsigned line, size_t at_bytes) {
  const onus_import_options *options = run->options;
  if (line % LINES_PER_REPORT)
    return ONUS_OK;
  if (run->input->spool)
    onus_spool_release(run->input->spool, at_bytes);
  if (!options->progress)
    return ONUS_OK;
  double share = (double)at_bytes / (double)(run->input->length_bytes ? run->input->length_bytes : 1);
  return options->progress(options->progress_context, share)
             ? ONUS_OK
             : ONUS_FAIL_AT(run->error, ONUS_CANCELLED, run->input->path, line, 1, "stopped here");
}

onus_status onus_importing_file_name(const onus_importing *run, const char *ending, char **ret_name) {
  const char *const ENDINGS[] = {".zst", ".gz", ending};
  const char *slash = strrchr(run->input->path, '/'), *name = slash ? slash + 1 : run->input->path;
  size_t length = strlen(name);
  for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
    size_t n = strlen(ENDINGS[i]);
    if (length > n && strncmp(name + length - n, ENDINGS[i], n) == 0)
      length -= n;
  }
  onus_line line = {.bytes = name, .length_bytes = length};
  char *text;
  ONUS_TRY(onus_importing_text(run, &line, &text));
  if (!text || length == 0) {
    free(text);
    return ONUS_FAIL_AT(run->error, ONUS_BAD_ARGUMENT, run->input->path, 0, 0,
                        "the name of the file is empty or not UTF-8; rename it");
  }
  *ret_name = text;
  return ONUS_OK;
}

static onus_line line_of(const char *text) {
  return (onus_line){.bytes = text, .length_bytes = strlen(text), .is_ended = true};
}

onus_status onus_importing_told(const onus_importing *run, const char *ending, const char *lacks, uint32_t *ret_basis,
                                bool *ret_is_circular) {
  const onus_import_options *options = run->options;
  if (!options->actor || !options->report || !options->actor[0] || !options->report[0])
    return ONUS_FAIL_AT(run->error, ONUS_BAD_ARGUMENT, run->input->path, 0, 0, "%s; say so with --actor and --report",
                        lacks);
  uint32_t source, entry, report = ONUS_NO_NUMBER;
  char *name = NULL;
  if (!options->source)
    ONUS_TRY(onus_importing_file_name(run, ending, &name));
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
  onus_period period;
  ONUS_TRY(onus_import_day(options, &period, run->error));
  if (options->day)
    ONUS_TRY(onus_import_report_period(run->writer, report, period, run->error));
  return onus_importing_listed(run, entry, report, ret_basis);
}

bool onus_importing_ttp(const onus_line *text, onus_ttp_kind *ret_kind, char *out_id, char *out_parent) {
  if (!onus_line_is_ttp(text))
    return false;
  memcpy(out_id, text->bytes, text->length_bytes);
  out_id[text->length_bytes] = '\0';
  out_id[0] = (char)(out_id[0] & ~0x20);
  *ret_kind = out_id[0] == 'T' ? ONUS_TTP_TECHNIQUE : ONUS_TTP_MALWARE;
  const char *dot = strchr(out_id, '.');
  size_t parent_bytes = dot ? (size_t)(dot - out_id) : 0;
  memcpy(out_parent, out_id, parent_bytes);
  out_parent[parent_bytes] = '\0';
  return true;
}

onus_status onus_importing_check(const onus_importing *run, unsigned line) {
  const onus_import_summary *summary = run->summary;
  if (summary->n_indicators || summary->n_claims || summary->n_relations)
    return ONUS_OK;
  if (summary->n_refused)
    return ONUS_FAIL_AT(run->error, ONUS_BAD_INPUT, run->input->path, summary->refused[0].line,
                        summary->refused[0].column, "nothing in it can be taken; the first, %s: %s",
                        summary->refused[0].what, summary->refused[0].why);
  return ONUS_FAIL_AT(run->error, ONUS_BAD_INPUT, run->input->path, line ? line : 1, 1,
                      "it ends with nothing to take; is it the whole file?");
}

enum { LOOKED_AT_BYTES = 4096 };

bool onus_importing_opens_with(const onus_import_input *input, const char *openings) {
  size_t n = input->length_bytes < LOOKED_AT_BYTES ? input->length_bytes : LOOKED_AT_BYTES, at = 0;
  while (at < n && input->bytes[at] != '\0' && strchr(" \t\r\n\xEF\xBB\xBF", input->bytes[at]))
    at++;
  return at < n && input->bytes[at] != '\0' && strchr(openings, input->bytes[at]);
}

bool onus_importing_has_mark(const onus_import_input *input, const char *mark) {
  size_t length = input->length_bytes, n = length < LOOKED_AT_BYTES ? length : LOOKED_AT_BYTES;
  return memmem(input->bytes, n, mark, strlen(mark)) || memmem(input->bytes + length - n, n, mark, strlen(mark));
}

const char *onus_importing_parent(const char *id, char *out) {
  enum { PARENT_BYTES = 16 };
  const char *dot = id[0] == 'T' ? strchr(id, '.') : NULL;
  size_t length = dot ? (size_t)(dot - id) : 0;
  if (length == 0 || length >= PARENT_BYTES)
    return NULL;
  memcpy(out, id, length);
  out[length] = '\0';
  return out;
}
