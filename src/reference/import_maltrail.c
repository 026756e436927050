/* Lists of the sensor maltrail, as they come from upstream: one file for each actor.
 *
 *     # Aliases: appleworm, hidden cobra, …
 *
 *     # Reference: https://…          lines that follow each other open a block: what the reports published together
 *     # Reference: https://…
 *
 *     evil.com                        its indicators: names, addresses, ports, URLs without scheme, paths alone
 *     198.51.100.7:443
 *     # TITLE-HOST=Naver Login        a fingerprint by which the maintainers found hosts
 *
 * Other comments say nothing to us. A block without a reference is known from the list alone, so the list is its
 * report. The actor is named by the file: apt_lazarus.txt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference/importing_internal.h"

enum { REPORTS_OF_BLOCK = 256, FINGERPRINT_BYTES = 1024 };

typedef struct list {
  onus_importing run;
  char *name; /* "lazarus" */
  uint32_t entry;
  /* the block */
  onus_line references[REPORTS_OF_BLOCK];
  size_t n_references;
  bool is_opening; /* the last line was a reference */
  uint32_t basis;  /* ONUS_NO_NUMBER until it has an indicator */
  bool is_circular;
} list;

static bool recognise(const onus_import_input *input) {
  static const char *const MARKS[] = {"# Reference: ", "# Aliases: "};
  static const char AUTHORS[] = " Maltrail developers";
  enum { LOOKED_AT_BYTES = 4096 };
  size_t length = input->length_bytes < LOOKED_AT_BYTES ? input->length_bytes : LOOKED_AT_BYTES;
  onus_lines lines = onus_lines_of(input->bytes, length);
  onus_line line;
  if (memmem(input->bytes, length, AUTHORS, strlen(AUTHORS)) && input->bytes[0] == '#')
    return true;
  while (onus_line_next(&lines, &line))
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++)
      if (onus_line_begins(&line, MARKS[i]))
        return true;
  return false;
}

/* Opens the block's basis, now that it is known to hold something. */
static onus_status open_basis(list *l) {
  uint32_t reports[REPORTS_OF_BLOCK + 1];
  size_t n_reports = 0;
  l->is_circular = true;
  for (size_t i = 0; i < l->n_references; i++) {
    uint32_t report = ONUS_NO_NUMBER;
    bool is_pivot = false;
    ONUS_TRY(onus_importing_report(&l->run, &l->references[i], &report, &is_pivot));
    if (report == ONUS_NO_NUMBER)
      continue;
    l->is_circular = l->is_circular && is_pivot;
    reports[n_reports++] = report;
  }
  if (n_reports == 0) {
    char name[64];
    snprintf(name, sizeof name, "maltrail list %.40s", l->name);
    ONUS_TRY(onus_import_report(l->run.writer, NULL, name, NULL, &reports[n_reports++], l->run.error));
    l->is_circular = false;
  }
  return onus_import_basis(l->run.writer, ONUS_BASIS_LISTED, l->entry, reports, n_reports, NULL, 0, &l->basis,
                           l->run.error);
}

static onus_status take_indicator(list *l, const onus_line *text) {
  if (l->basis == ONUS_NO_NUMBER)
    ONUS_TRY(open_basis(l));
  return onus_importing_indicator(&l->run, l->basis, l->is_circular, text);
}

/* "appleworm, cobalt ulster (# https://…), …" */
static onus_status take_aliases(list *l, onus_line text) {
  while (text.length_bytes) {
    const char *comma = memchr(text.bytes, ',', text.length_bytes);
    size_t length = comma ? (size_t)(comma - text.bytes) : text.length_bytes;
    onus_line alias = onus_line_part(&text, 0, length);
    const char *bracket = memmem(alias.bytes, alias.length_bytes, " (", 2);
    if (bracket)
      alias = onus_line_part(&alias, 0, (size_t)(bracket - alias.bytes));
    text = onus_line_part(&text, length + 1, SIZE_MAX);
    if (alias.length_bytes == 0)
      continue;
    char *name;
    ONUS_TRY(onus_importing_text(&l->run, &alias, &name));
    if (!name) {
      onus_importing_refuse(&l->run, &alias, "a name is UTF-8 without control characters");
      continue;
    }
    onus_status status = onus_import_claim(l->run.writer, l->entry, ONUS_CLAIM_ALIAS, name, ONUS_NO_NUMBER,
                                           ONUS_DAY_UNKNOWN, l->run.error);
    free(name);
    ONUS_TRY(status);
    l->run.summary->n_claims++;
  }
  return ONUS_OK;
}

static void take_reference(list *l, const onus_line *text) {
  if (!l->is_opening) {
    l->n_references = 0;
    l->basis = ONUS_NO_NUMBER;
  }
  l->is_opening = true;
  if (text->length_bytes == 0)
    onus_importing_refuse(&l->run, text, "a reference without an address");
  else if (l->n_references == REPORTS_OF_BLOCK)
    onus_importing_refuse(&l->run, text, "a block has at most 256 references");
  else
    l->references[l->n_references++] = *text;
}

/* "TITLE-HOST=…", "FAVICON_HASH-IP=…": what a scanner was asked for. *ret_is_one: whether it is such a comment. */
static onus_status take_fingerprint(list *l, const onus_line *comment, bool *ret_is_one) {
  static const char *const ENDS[] = {"-HOST=", "-IP=", "-DOMAIN="};
  size_t at = 0;
  while (at < comment->length_bytes &&
         (comment->bytes[at] == '_' || (comment->bytes[at] >= 'A' && comment->bytes[at] <= 'Z') ||
          (comment->bytes[at] >= '0' && comment->bytes[at] <= '9')))
    at++;
  onus_line rest = onus_line_part(comment, at, SIZE_MAX);
  for (size_t i = 0; at > 0 && i < sizeof ENDS / sizeof *ENDS; i++) {
    size_t n = strlen(ENDS[i]);
    if (!onus_line_begins(&rest, ENDS[i]))
      continue;
    char text[FINGERPRINT_BYTES];
    *ret_is_one = true;
    size_t value_bytes = rest.length_bytes - n;
    if (at + 1 + value_bytes > sizeof text) {
      onus_importing_refuse(&l->run, comment, "a fingerprint is at most 1,023 bytes long");
      return ONUS_OK;
    }
    memcpy(text, comment->bytes, at);
    text[at] = '=';
    memcpy(text + at + 1, rest.bytes + n, value_bytes);
    onus_line fingerprint = *comment;
    fingerprint.bytes = text;
    fingerprint.length_bytes = at + 1 + value_bytes;
    return take_indicator(l, &fingerprint);
  }
  *ret_is_one = false;
  return ONUS_OK;
}

static onus_status take_comment(list *l, const onus_line *line) {
  onus_line comment = onus_line_part(line, 1, SIZE_MAX);
  const char *colon = memchr(comment.bytes, ':', comment.length_bytes);
  onus_line value = onus_line_part(&comment, colon ? (size_t)(colon - comment.bytes) + 1 : 0, SIZE_MAX);
  if (onus_line_begins(&comment, "reference:") || onus_line_begins(&comment, "references:")) {
    take_reference(l, &value);
    return ONUS_OK;
  }
  l->is_opening = false;
  if (onus_line_begins(&comment, "aliases:") || onus_line_begins(&comment, "alias:"))
    return take_aliases(l, value);
  bool is_fingerprint;
  return take_fingerprint(l, &comment, &is_fingerprint);
}

static onus_status take_line(list *l, const onus_line *line) {
  if (line->length_bytes && line->bytes[0] == '#')
    return take_comment(l, line);
  l->is_opening = false;
  const char *remark = memchr(line->bytes, '#', line->length_bytes);
  onus_line indicator = onus_line_part(line, 0, remark ? (size_t)(remark - line->bytes) : line->length_bytes);
  return indicator.length_bytes ? take_indicator(l, &indicator) : ONUS_OK;
}

static onus_status take_lines(list *l) {
  const onus_import_input *input = l->run.input;
  onus_lines lines = onus_lines_of(input->bytes, input->length_bytes);
  onus_line line;
  while (onus_line_next(&lines, &line)) {
    ONUS_TRY(onus_importing_progress(&l->run, line.number, lines.at));
    if (line.is_ended || line.length_bytes == 0)
      ONUS_TRY(take_line(l, &line));
    else /* half a name is another name */
      onus_importing_refuse(&l->run, &line, "the last line has no end, so the file may have been cut there");
  }
  return onus_importing_check(&l->run, lines.n_read);
}

/* The actor whom the file names. */
static onus_status name_actor(list *l) {
  static const char PREFIX[] = "apt_";
  const onus_importing *run = &l->run;
  ONUS_TRY(onus_importing_file_name(run, ".txt", &l->name));
  const char *actor = run->options->actor;
  if (strncmp(l->name, PREFIX, strlen(PREFIX)) == 0 && l->name[strlen(PREFIX)])
    memmove(l->name, l->name + strlen(PREFIX), strlen(l->name + strlen(PREFIX)) + 1);
  else if (!actor)
    return ONUS_FAIL_AT(run->error, ONUS_BAD_ARGUMENT, run->input->path, 0, 0,
                        "a list of maltrail names its actor by its file, as apt_lazarus.txt does, and others are of "
                        "malware; give the actor with --actor");
  const char *source = run->options->source ? run->options->source : "maltrail";
  uint32_t number;
  ONUS_TRY(onus_import_source(run->writer, source, "maltrail", &number, run->error));
  run->summary->n_entries++;
  return onus_import_entry(run->writer, number, ONUS_ENTRY_ACTOR, actor ? actor : l->name, actor ? actor : l->name,
                           &l->entry, run->error);
}

static onus_status import(onus_reference_writer *writer, const onus_import_input *input,
                          const onus_import_options *options, onus_import_summary *summary, onus_error *error) {
  list *l = calloc(1, sizeof *l);
  if (!l)
    return ONUS_FAIL_NO_MEMORY(error);
  l->run = (onus_importing){writer, input, options, summary, error};
  l->basis = ONUS_NO_NUMBER;
  onus_status status = name_actor(l);
  if (status == ONUS_OK)
    status = take_lines(l);
  free(l->name);
  free(l);
  return status;
}

const onus_import_format onus_import_maltrail = {"maltrail", "lists of maltrail, apt_<actor>.txt", recognise, import};
