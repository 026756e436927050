/* A plain list of statements: one line each, columns by the names in the first line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/quote.h"
#include "document/text_internal.h"
#include "exchange/import_internal.h"
#include "exchange/stix_words.h"
#include "reference/csv.h"

typedef enum column {
  COLUMN_SOURCE,
  COLUMN_ACTOR,
  COLUMN_DATE,
  COLUMN_SAYS,
  COLUMN_RELIABILITY,
  COLUMN_CREDIBILITY,
  COLUMN_TITLE,
  COLUMN_REASONS,
  COLUMN_URL,
  N_COLUMNS
} column;

/* With the other words for it. */
static const char *const NAMES[N_COLUMNS] = {
    "source", "actor hypothesis", "date known", "says", "reliability", "credibility", "title", "reasons text", "url",
};

typedef struct statement_reader {
  const onus_foreign_file *file;
  onus_draft *draft;
  size_t columns[N_COLUMNS]; /* SIZE_MAX: it has none */
  const onus_line *cells;
  size_t n_cells;
} statement_reader;

static onus_line cell(const statement_reader *r, column c) {
  return r->columns[c] < r->n_cells ? r->cells[r->columns[c]] : (onus_line){.bytes = ""};
}

static const char *text_of(const statement_reader *r, column c) {
  onus_line line = cell(r, c);
  const char *text = line.length_bytes ? onus_arena_copy(r->draft->arena, line.bytes, line.length_bytes) : NULL;
  r->draft->build.has_failed = r->draft->build.has_failed || (line.length_bytes && !text);
  return text;
}

static onus_status fail(const statement_reader *r, column c, const char *remedy, onus_error *error) {
  onus_line line = cell(r, c);
  bool is_there = line.length_bytes > 0;
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->file->path, is_there ? line.number : r->cells[0].number,
                      is_there ? line.column : r->cells[0].column, "%s in the column `%.*s`; %s",
                      is_there ? onus_quote_bytes(line.bytes, line.length_bytes).text : "nothing",
                      (int)strcspn(NAMES[c], " "), NAMES[c], remedy);
}

static onus_status read_head(statement_reader *r, onus_error *error) {
  for (column c = 0; c < N_COLUMNS; c++) {
    r->columns[c] = onus_csv_column(r->cells, r->n_cells, NAMES[c]);
    if (r->columns[c] == SIZE_MAX && c < COLUMN_SAYS)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->file->path, r->cells[0].number, 1,
                          "the first line has no column `%.*s`; name the columns source, actor and date, and as needed "
                          "says, reliability, credibility, title, reasons, url",
                          (int)strcspn(NAMES[c], " "), NAMES[c]);
  }
  return ONUS_OK;
}

static onus_status read_grades(statement_reader *r, onus_draft_source *source, onus_draft_statement *s,
                               onus_error *error) {
  onus_line letter = cell(r, COLUMN_RELIABILITY), digit = cell(r, COLUMN_CREDIBILITY);
  if (letter.length_bytes) {
    char grade = letter.length_bytes == 1 ? (char)(letter.bytes[0] & ~0x20) : 0;
    if (grade < 'A' || grade > 'F')
      return fail(r, COLUMN_RELIABILITY, "write an Admiralty letter, A to F", error);
    if (source->grade != 'F' && source->grade != grade)
      onus_draft_note(r->draft, "%s has both the grades %c and %c: the last counts", source->name, source->grade,
                      grade);
    source->grade = grade;
  }
  if (digit.length_bytes) {
    if (digit.length_bytes != 1 || digit.bytes[0] < '1' || digit.bytes[0] > '6')
      return fail(r, COLUMN_CREDIBILITY, "write an Admiralty digit, 1 to 6", error);
    s->credibility = (unsigned)(digit.bytes[0] - '0');
  }
  return ONUS_OK;
}

static bool is_url(const char *text) {
  size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7 : 0;
  bool is_good = scheme > 0 && text[scheme] && text[scheme] != '/';
  for (const char *at = text; *at; at++)
    is_good = is_good && (unsigned char)*at > 0x20 && *at != 0x7F;
  return is_good;
}

static onus_status read_statement(statement_reader *r, onus_error *error) {
  onus_draft *draft = r->draft;
  const char *source = text_of(r, COLUMN_SOURCE), *actor = text_of(r, COLUMN_ACTOR), *date = text_of(r, COLUMN_DATE);
  const char *says = text_of(r, COLUMN_SAYS), *url = text_of(r, COLUMN_URL), *title = text_of(r, COLUMN_TITLE);
  onus_moment known;
  if (!source)
    return fail(r, COLUMN_SOURCE, "say who says it", error);
  if (!actor)
    return fail(r, COLUMN_ACTOR, "name the actor that the statement is about", error);
  if (!date || !onus_moment_parse(date, &known))
    return fail(r, COLUMN_DATE, "write a day like 2014-12-19", error);
  if (says && strcmp(says, "that") != 0 && strcmp(says, "not") != 0)
    return fail(r, COLUMN_SAYS, "write that, or not for a denial", error);
  if (url && !is_url(url))
    return fail(r, COLUMN_URL, "write an address that begins with https:// or http://", error);
  char slug[ONUS_SLUG_BYTES];
  onus_slug(actor, slug);
  size_t who = onus_draft_actor_of(draft, slug, actor), speaker = onus_draft_source_of(draft, source, source);
  onus_draft_statement *s = who != ONUS_NONE && speaker != ONUS_NONE ? onus_draft_state(draft, actor) : NULL;
  if (!s)
    return draft->build.has_failed
               ? ONUS_FAIL_NO_MEMORY(error)
               : ONUS_FAIL_AT(error, ONUS_LIMIT, r->file->path, r->cells[0].number, 1,
                              "more than %d statements, actors or sources; split the list", ONUS_DRAFT_ACTORS);
  onus_draft_source *from = onus_draft_source_at(draft, speaker);
  s->actor = who;
  s->source = speaker;
  s->is_denial = says && strcmp(says, "not") == 0;
  s->known = onus_draft_moment(draft, date, source);
  const onus_node *made = onus_build_format(&draft->build, "%s says that it was %s%s", from->name,
                                            s->is_denial ? "not " : "", onus_draft_actor_at(draft, who)->name);
  s->title = onus_draft_name(draft, title ? title : made ? made->text : NULL);
  s->reasons = onus_draft_text(draft, text_of(r, COLUMN_REASONS));
  from->url = from->url ? from->url : url;
  return read_grades(r, from, s, error);
}

static onus_status read_all(statement_reader *r, onus_csv *csv, onus_error *error) {
  onus_line cells[ONUS_CSV_CELLS];
  r->cells = cells;
  ONUS_TRY(onus_csv_next(csv, cells, &r->n_cells, error));
  if (r->n_cells == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->file->path, 1, 1, "no line in it; the first names the columns");
  ONUS_TRY(read_head(r, error));
  for (;;) {
    ONUS_TRY(onus_csv_next(csv, cells, &r->n_cells, error));
    if (r->n_cells == 0)
      return r->draft->build.has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
    ONUS_TRY(read_statement(r, error));
  }
}

onus_status onus_draft_csv(const onus_foreign_file *file, onus_draft *draft, onus_error *error) {
  ONUS_TRY(onus_text_check(file->path, file->text.bytes, file->text.length, false, error));
  statement_reader r = {.file = file, .draft = draft};
  onus_csv *csv = malloc(sizeof *csv);
  if (!csv)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_csv_begin(csv, file->path, file->text.bytes, file->text.length);
  onus_status status = read_all(&r, csv, error);
  free(csv);
  return status;
}
