#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/moment.h"
#include "base/packed.h"
#include "document/quote.h"
#include "reference/import.h"

/* Of one file, unpacked. */
static const size_t file_bytes_max = (size_t)8 << 30;

static const onus_import_format *const formats[] = {&onus_import_stix,     &onus_import_galaxy, &onus_import_misp,
                                                    &onus_import_maltrail, &onus_import_csv,    &onus_import_list};
enum { N_FORMATS = sizeof formats / sizeof *formats };

size_t onus_import_formats(const onus_import_format *const **ret_formats) {
  *ret_formats = formats;
  return N_FORMATS;
}

/* Writes "stix, misp-galaxy or maltrail", of those that fit (`fits` NULL: of all). */
static void list_formats(const bool *fits, const char *last_word, char *out, size_t out_bytes) {
  size_t n_left = 0, length = 0;
  for (size_t i = 0; i < N_FORMATS; i++)
    n_left += !fits || fits[i];
  out[0] = '\0';
  for (size_t i = 0; i < N_FORMATS && length < out_bytes; i++) {
    if (fits && !fits[i])
      continue;
    n_left--;
    int wrote = snprintf(out + length, out_bytes - length, "%s%s%s%s", formats[i]->name, n_left == 1 ? " " : "",
                         n_left == 1 ? last_word : "",
                         n_left == 1  ? " "
                         : n_left > 1 ? ", "
                                      : "");
    length += wrote > 0 ? (size_t)wrote : 0;
  }
}

static onus_status find_format(const char *name, const onus_import_format **ret_format, onus_error *error) {
  char all[300];
  for (size_t i = 0; i < N_FORMATS; i++)
    if (strcmp(formats[i]->name, name) == 0) {
      *ret_format = formats[i];
      return ONUS_OK;
    }
  list_formats(NULL, "or", all, sizeof all);
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is no format; there are %s", onus_quote_string(name).text, all);
}

static onus_status recognise(const onus_import_input *input, const onus_import_format **ret_format, onus_error *error) {
  bool fits[N_FORMATS];
  size_t count = 0;
  char names[300];
  for (size_t i = 0; i < N_FORMATS; i++) {
    fits[i] = formats[i]->recognise(input);
    count += fits[i];
    if (fits[i])
      *ret_format = formats[i];
  }
  if (count == 1)
    return ONUS_OK;
  list_formats(count > 0 ? fits : NULL, count > 0 ? "and" : "or", names, sizeof names);
  if (count > 1)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, input->path, 1, 1, "looks like %s; say which it is (--as)", names);
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, input->path, 1, 1,
                      "is in no format that onus recognises; if it is %s, say so (--as)", names);
}

onus_status onus_import_day(const onus_import_options *options, onus_period *ret_period, onus_error *error) {
  onus_period period = {ONUS_DAY_UNKNOWN, ONUS_DAY_UNKNOWN};
  if (options->day && !onus_moment_parse_period(options->day, &period.first_day, &period.last_day))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is no day, month or year; write 2014-12-22, 2014-12 or 2014",
                     onus_quote_string(options->day).text);
  *ret_period = period;
  return ONUS_OK;
}

onus_status onus_import_file(onus_reference_writer *writer, const char *path, const onus_import_options *options,
                             onus_import_summary *ret_summary, onus_error *error) {
  static const onus_import_options none;
  const onus_import_options *chosen = options ? options : &none;
  const onus_import_format *format = NULL;
  if (chosen->format)
    ONUS_TRY(find_format(chosen->format, &format, error));
  onus_spool spool =
      onus_spool_new(onus_reference_writer_input_bytes(writer), file_bytes_max, onus_reference_writer_scratch, writer);
  onus_status status = onus_packed_open(path, &spool, error);
  onus_import_input input = {path, spool.bytes, spool.length_bytes, &spool};
  if (status == ONUS_OK && !format)
    status = recognise(&input, &format, error);
  *ret_summary = (onus_import_summary){0};
  if (status == ONUS_OK) {
    ret_summary->format = format->name;
    status = format->import(writer, &input, chosen, ret_summary, error);
  }
  onus_spool_free(&spool);
  return status;
}

/* --- a run over several files ------------------------------------------------------------------------------------- */

bool onus_import_format_at(size_t index, const char **ret_name, const char **ret_summary) {
  if (index >= N_FORMATS)
    return false;
  *ret_name = formats[index]->name;
  *ret_summary = formats[index]->summary;
  return true;
}

/* Work that reading the files is of the whole; sealing is the rest. */
#define READING_SHARE 0.7

/* The share of one file in the whole run. */
typedef struct run_progress {
  const onus_import_options *options;
  size_t n_done, n_files;
} run_progress;

static bool step(void *context, double share_done) {
  const run_progress *p = context;
  double share = READING_SHARE * ((double)p->n_done + share_done) / (double)p->n_files;
  return p->options->progress(p->options->progress_context, share);
}

static bool step_sealing(void *context, double share_done) {
  const run_progress *p = context;
  return p->options->progress(p->options->progress_context, READING_SHARE + (1 - READING_SHARE) * share_done);
}

static onus_status import_all(onus_reference_writer *writer, const char *const *paths,
                              const onus_import_options *options, onus_imported *imported, onus_error *error) {
  run_progress progress = {options, 0, imported->n_files};
  onus_import_options each = *options;
  if (options->progress) {
    each.progress = step;
    each.progress_context = &progress;
  }
  for (size_t i = 0; i < imported->n_files; i++) {
    progress.n_done = i;
    if (options->progress && !step(&progress, 0))
      return ONUS_FAIL(error, ONUS_CANCELLED, "stopped before %s", paths[i]);
    ONUS_TRY(onus_import_file(writer, paths[i], &each, &imported->files[i].summary, error));
  }
  if (options->progress) {
    onus_reference_writer_watch(writer, step_sealing, &progress);
    if (!step_sealing(&progress, 0))
      return ONUS_FAIL(error, ONUS_CANCELLED, "stopped before sealing");
  }
  return onus_reference_writer_seal(writer, error);
}

/* The files, their paths behind them. */
static onus_imported *new_imported(const char *const *paths, size_t n_paths) {
  size_t paths_bytes = 1;
  for (size_t i = 0; i < n_paths; i++)
    paths_bytes += strlen(paths[i]) + 1;
  if (n_paths > (SIZE_MAX - paths_bytes - sizeof(onus_imported)) / sizeof(onus_imported_file))
    return NULL;
  onus_imported *imported = calloc(1, sizeof *imported + n_paths * sizeof *imported->files + paths_bytes);
  if (!imported)
    return NULL;
  imported->n_files = n_paths;
  char *at = (char *)(imported->files + n_paths);
  for (size_t i = 0; i < n_paths; i++) {
    size_t length = strlen(paths[i]) + 1;
    memcpy(at, paths[i], length);
    imported->files[i].path = at;
    at += length;
  }
  return imported;
}

onus_status onus_reference_import(const char *location, const char *const *paths, size_t n_paths,
                                  const onus_import_options *options, onus_imported **ret_imported, onus_error *error) {
  static const onus_import_options none;
  const onus_import_options *chosen = options ? options : &none;
  if (n_paths == 0)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "no files to import");
  onus_period unused;
  ONUS_TRY(onus_import_day(chosen, &unused, error));
  onus_imported *imported = new_imported(paths, n_paths);
  if (!imported)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_reference_writer *writer = NULL;
  onus_status status = onus_reference_writer_open(location, chosen->memory_bytes, &writer, error);
  if (status == ONUS_OK)
    status = import_all(writer, paths, chosen, imported, error);
  onus_reference_writer_close(writer);
  if (status != ONUS_OK)
    onus_imported_free(imported);
  else
    *ret_imported = imported;
  return status;
}

void onus_imported_free(onus_imported *imported) {
  free(imported);
}
