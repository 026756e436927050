/* Memory that runs out at every place in turn while an executable file is read: the linker sends malloc and its kin of
 * the library here (--wrap), which count and refuse the n-th, alone or with all that follow. */
#include "code/outline.h"
#include "code/prints.h"
#include "code/test_program_internal.h"
#include "compare/code.h"
#include "report/lineage.h"
#include "report/matched.h"
#include "store/test_folder_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../allocation/sweep_call.h"

static uint8_t file[ONUS_TEST_PE_BYTES];
static onus_text written;
static char nothing;

static onus_status find(onus_error *error) {
  onus_program *program = (onus_program *)(void *)&nothing;
  onus_functions *functions = (onus_functions *)(void *)&nothing;
  onus_status status = onus_program_parse("made", file, sizeof file, &program, error);
  if (status != ONUS_OK) {
    if ((char *)program != &nothing)
      FAULT("a program came back from a call that failed");
    return status;
  }
  status = onus_functions_find(program, &functions, error);
  if (status == ONUS_OK)
    onus_functions_free(functions);
  else if ((char *)functions != &nothing)
    FAULT("functions came back from a call that failed");
  onus_program_free(program);
  return status;
}

static onus_status write_outline(onus_error *error) {
  onus_buffer out = onus_buffer_new(1 << 20);
  onus_bytes bytes = {file, sizeof file, false};
  onus_text text = {0};
  onus_status status = onus_outline_write("made", &bytes, &out, error);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, &text, error);
  onus_buffer_free(&out);
  onus_text_free(&text);
  return status;
}

static onus_status parse_outline(onus_error *error) {
  onus_outline *outline = (onus_outline *)(void *)&nothing;
  onus_status status = onus_outline_parse("made", written.bytes, written.length, &outline, error);
  if (status == ONUS_OK)
    onus_outline_free(outline);
  else if ((char *)outline != &nothing)
    FAULT("an outline came back from a call that failed");
  return status;
}

static onus_status write_prints(onus_error *error) {
  onus_buffer out = onus_buffer_new(1 << 20);
  onus_bytes bytes = {file, sizeof file, false};
  onus_text text = {0};
  onus_status status = onus_prints_write("made", &bytes, &out, error);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, &text, error);
  onus_buffer_free(&out);
  onus_text_free(&text);
  return status;
}

static onus_status parse_prints(onus_error *error) {
  onus_prints *prints = (onus_prints *)(void *)&nothing;
  onus_status status = onus_prints_parse("made", written.bytes, written.length, &prints, error);
  if (status == ONUS_OK)
    onus_prints_free(prints);
  else if ((char *)prints != &nothing)
    FAULT("prints came back from a call that failed");
  return status;
}

/* One program against itself, and what is said of it. */
static onus_status match(onus_error *error) {
  static const char *const paths[] = {"made", "made"};
  const onus_bytes files[] = {{file, sizeof file, false}, {file, sizeof file, false}};
  onus_matched *matched = (onus_matched *)(void *)&nothing;
  onus_status status = onus_matched_make(paths, files, 2, 0.5, 10, &matched, error);
  if (status != ONUS_OK) {
    if ((char *)matched != &nothing)
      FAULT("matches came back from a call that failed");
    return status;
  }
  for (unsigned format = 0; format < 3 && status == ONUS_OK; format++) {
    onus_buffer out = onus_buffer_new(1 << 24);
    onus_text text = {0};
    if (format == 0)
      onus_report_matched_text(&out, matched, NULL);
    else if (format == 1)
      onus_report_matched_json(&out, matched);
    else
      onus_report_matched_html(&out, matched);
    status = onus_buffer_take(&out, &text, error);
    onus_text_free(&text);
  }
  onus_matched_free(matched);
  return status;
}

/* --- a reference of programs ------------------------------------------------------------------------------------- */

static char place[512], folder[600], query_path[700];
static onus_prints *query_prints;
static onus_lineages lineages;

/* In the process apart nothing is refused: that memory ran out there is no failure of the import. */
static onus_status read_sample(void *sample, onus_buffer *out, onus_error *error) {
  heap.fail_at = 0;
  return onus_code_sample_read(sample, out, error);
}

static onus_status import_into(const char *into, onus_error *error) {
  static const onus_sandbox_limits limits = {60, (size_t)1 << 30, (size_t)1 << 24};
  const onus_import_options options = {.actor = "Heron", .report = "https://example.org/heron", .day = "2024-05-02"};
  onus_sample_files samples = {0};
  onus_reference_writer *writer = NULL;
  onus_code_imported imported = {.folder = "samples", .actor = "Heron", .report = "r"};
  onus_status status = onus_sample_files_list(folder, &samples, error);
  if (status != ONUS_OK)
    return status;
  imported.arena = onus_arena_new((size_t)1 << 24);
  status =
      imported.arena ? onus_reference_writer_open(into, (size_t)1 << 20, &writer, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status =
        onus_import_samples(writer, &samples, &options, &limits, read_sample, ONUS_SEAL_FUNCTIONS, &imported, error);
  for (unsigned format = 0; format < 2 && status == ONUS_OK; format++) {
    onus_text text = {0};
    status =
        onus_code_imported_render(&imported, format == 0 ? ONUS_FORMAT_TEXT : ONUS_FORMAT_JSON, NULL, &text, error);
    onus_text_free(&text);
  }
  onus_reference_writer_close(writer);
  onus_arena_free(imported.arena);
  onus_sample_files_free(&samples);
  return status;
}

static onus_status import_samples(onus_error *error) {
  char into[512];
  test_folder_make(into);
  onus_status status = import_into(into, error);
  test_folder_remove(into);
  return status;
}

static onus_status ask(onus_error *error) {
  const onus_code_query query = {.prints = &query_prints->fingerprints, .hidden = &lineages.hidden, .threshold = 0.01};
  onus_lineage *lineage = (onus_lineage *)(void *)&nothing;
  onus_status status = onus_lineage_make(lineages.reference, &query, &lineage, error);
  if (status == ONUS_OK)
    onus_lineage_free(lineage);
  else if ((char *)lineage != &nothing)
    FAULT("a lineage came back from a call that failed");
  return status;
}

/* What `compute: code` asks for. */
static onus_status rank_actors(onus_error *error) {
  onus_arena *arena = onus_arena_new((size_t)1 << 24);
  onus_ranking ranking = {.n_candidates = 77};
  size_t n_shared = 77, n_families = 77;
  if (arena == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = onus_code_rank(lineages.reference, &query_prints->fingerprints, &lineages.hidden, 20000, 5,
                                      arena, &ranking, error);
  if ((status == ONUS_OK) != (ranking.n_candidates == 1))
    FAULT("a ranking after a failure, or none without one");
  if (status == ONUS_OK)
    status = onus_code_count_shared(lineages.reference, &lineages.hidden, &n_shared, &n_families, error);
  if (status == ONUS_OK ? n_shared != 0 || n_families != 1 : n_families != 77)
    FAULT("families were counted wrongly");
  onus_arena_free(arena);
  return status;
}

static onus_status show_lineages(onus_error *error) {
  static const onus_format formats[] = {ONUS_FORMAT_TEXT, ONUS_FORMAT_JSON, ONUS_FORMAT_HTML};
  onus_status status = ONUS_OK;
  for (unsigned i = 0; i < 3 && status == ONUS_OK; i++) {
    onus_text text = {0};
    status = onus_lineages_render(&lineages, formats[i], NULL, &text, error);
    onus_text_free(&text);
  }
  return status;
}

/* The whole call, without a file that could be read. */
static onus_status ask_from_outside(onus_error *error) {
  char into[600];
  snprintf(into, sizeof into, "%s/ref", place);
  const char *const leave_out[] = {"https://example.org/other"}, *const paths[] = {"nowhere"};
  const onus_lineage_options options = {.as_of = "2024-06-01", .leave_out = leave_out, .n_leave_out = 1};
  onus_lineages *made = (onus_lineages *)(void *)&nothing;
  onus_status status = onus_reference_lineages(into, paths, 1, &options, &made, error);
  if (status == ONUS_OK)
    onus_lineages_free(made);
  else if ((char *)made != &nothing)
    FAULT("lineages came back from a call that failed");
  return status;
}

static void need(onus_status status, const onus_error *error) {
  if (status != ONUS_OK)
    FAULT("%s", error->text);
}

/* One family with the made program in it, asked about itself. */
static void sweep_reference(void) {
  char into[600];
  onus_error error = {0};
  onus_lineage *lineage = NULL;
  test_folder_make(place);
  snprintf(folder, sizeof folder, "%s/samples", place);
  snprintf(into, sizeof into, "%s/ref", place);
  snprintf(query_path, sizeof query_path, "%s/made", folder);
  if (mkdir(folder, 0700) != 0)
    FAULT("no folder");
  need(onus_file_write(query_path, file, sizeof file, &error), &error);
  need(import_into(into, &error), &error);
  need(onus_reference_open(into, &lineages.reference, &error), &error);
  need(onus_reference_hide(lineages.reference, NULL, 0, ONUS_STORE_ALWAYS, &lineages.hidden, &error), &error);
  need(onus_prints_make("made", file, sizeof file, &(onus_sandbox_limits){60, (size_t)1 << 30, (size_t)1 << 24},
                        &query_prints, &error),
       &error);
  const onus_code_query query = {.prints = &query_prints->fingerprints, .hidden = &lineages.hidden, .threshold = 0.01};
  need(onus_lineage_make(lineages.reference, &query, &lineage, &error), &error);
  if (lineage->n_matched == 0)
    FAULT("a program is not found in itself");
  onus_lineage_of one = {query_prints, lineage};
  lineages.location = "ref";
  lineages.as_of_day = ONUS_STORE_ALWAYS;
  lineages.files = &one;
  lineages.n_files = lineages.n_shown = 1;
  sweep("import samples", import_samples);
  sweep("ask a reference", ask);
  sweep("rank the actors of a program", rank_actors);
  sweep("ask a reference from outside", ask_from_outside);
  sweep("show lineages", show_lineages);
  onus_lineage_free(lineage);
  onus_prints_free(query_prints);
  onus_hidden_free(&lineages.hidden);
  onus_reference_close(lineages.reference);
  unlink(query_path);
  rmdir(folder);
  char command[600];
  snprintf(command, sizeof command, "rm -r '%s'", place);
  if (system(command) != 0)
    FAULT("%s stays", place);
}

int main(void) {
  for (int is_64 = 0; is_64 <= 1; is_64++) {
    onus_test_pe(file, is_64);
    sweep("find", find);
    sweep("write", write_outline);
    sweep("match", match);
    onus_buffer out = onus_buffer_new(1 << 20);
    onus_bytes bytes = {file, sizeof file, false};
    if (onus_outline_write("made", &bytes, &out, NULL) != ONUS_OK || onus_buffer_take(&out, &written, NULL) != ONUS_OK)
      FAULT("the outline cannot be written");
    sweep("parse", parse_outline);
    onus_text_free(&written);
    sweep("write prints", write_prints);
    out = onus_buffer_new(1 << 20);
    if (onus_prints_write("made", &bytes, &out, NULL) != ONUS_OK || onus_buffer_take(&out, &written, NULL) != ONUS_OK)
      FAULT("the prints cannot be written");
    sweep("parse prints", parse_prints);
    onus_text_free(&written);
  }
  sweep_reference();
  return 0;
}
