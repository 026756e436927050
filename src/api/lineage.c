/* onus.h over the modules: programs in a reference, and whose code is in others. */
#include <math.h>
#include <string.h>

#include "report/lineage.h"

static const size_t REPORT_BYTES = (size_t)1 << 30, REPLY_BYTES_MAX = (size_t)256 << 20, ARENA_BYTES = (size_t)4 << 30;
enum { FILES_MAX = 1 << 20, SHOWN = 40 };

/* --- importing ---------------------------------------------------------------------------------------------------- */

onus_status onus_code_imported_render(const onus_code_imported *imported, onus_format format, const onus_style *style,
                                      onus_text *ret_text, onus_error *error) {
  if (format != ONUS_FORMAT_TEXT && format != ONUS_FORMAT_JSON)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "what was imported is shown as text or JSON");
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_code_imported_json(&out, imported);
  else
    onus_report_code_imported_text(&out, imported, style);
  return onus_buffer_take(&out, ret_text, error);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

/* Asking takes time and memory in proportion to the functions. */
static onus_status read_prints(const char *path, const onus_sandbox_limits *limits, size_t most_functions,
                               onus_prints **ret_prints, onus_error *error) {
  onus_prints *prints = NULL;
  ONUS_TRY(onus_prints_read(path, limits, &prints, error));
  size_t count = prints->fingerprints.count;
  if (most_functions > 0 && count > most_functions) {
    onus_prints_free(prints);
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "has %zu functions; at most %zu can be asked about here", count,
                        most_functions);
  }
  *ret_prints = prints;
  return ONUS_OK;
}

/* One file; what is wrong with it is a refusal. */
static onus_status ask(onus_lineages *all, const char *path, const onus_sandbox_limits *limits, size_t most_functions,
                       onus_error *error) {
  onus_error why = {0};
  onus_prints *prints = NULL;
  onus_lineage *lineage = NULL;
  onus_status status = read_prints(path, limits, most_functions, &prints, &why);
  if (status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (status != ONUS_OK) {
    all->refusals[all->n_refusals++] = why;
    return ONUS_OK;
  }
  const onus_code_query query = {.prints = &prints->fingerprints, .hidden = &all->hidden, .threshold = all->threshold};
  status = onus_lineage_make(all->reference, &query, &lineage, error);
  if (status == ONUS_OK)
    all->files[all->n_files++] = (onus_lineage_of){prints, lineage};
  else
    onus_prints_free(prints);
  return status;
}

static onus_status keep_options(onus_lineages *all, const char *location, const onus_lineage_options *options,
                                onus_error *error) {
  all->threshold = options->threshold > 0 ? options->threshold : onus_code_threshold;
  all->n_shown = options->n_shown > 0 ? options->n_shown : SHOWN;
  if (!(all->threshold <= 1))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the threshold is a probability: at most 1");
  const char **leave_out = ONUS_ARENA_ARRAY(all->arena, const char *, options->n_leave_out);
  all->location = onus_arena_copy(all->arena, location, strlen(location));
  if (!all->location || !leave_out)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < options->n_leave_out; i++)
    if (!(leave_out[i] = onus_arena_copy(all->arena, options->leave_out[i], strlen(options->leave_out[i]))))
      return ONUS_FAIL_NO_MEMORY(error);
  all->leave_out = leave_out;
  all->n_leave_out = options->n_leave_out;
  return onus_reference_as_of(options->as_of, &all->as_of_day, error);
}

static onus_status open_reference(onus_lineages *all, onus_error *error) {
  ONUS_TRY(onus_reference_open(all->location, &all->reference, error));
  if (onus_reference_code(all->reference)->n_programs == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, all->location, 0, 0,
                        "holds no programs; \"onus reference import --code\" puts them in");
  ONUS_TRY(onus_reference_hide(all->reference, all->leave_out, all->n_leave_out, all->as_of_day, &all->hidden, error));
  return onus_reference_digest(all->reference, all->digest, error);
}

static onus_status ask_all(onus_lineages *all, const char *const *paths, size_t n_paths,
                           const onus_lineage_options *options, onus_error *error) {
  onus_sandbox_limits limits = {ONUS_CODE_SECONDS, ONUS_CODE_MEMORY_BYTES, REPLY_BYTES_MAX};
  if (options->seconds_per_file != 0)
    limits.seconds = options->seconds_per_file;
  if (options->memory_bytes_per_file != 0)
    limits.memory_bytes = options->memory_bytes_per_file;
  if (!(limits.seconds > 0) || !isfinite(limits.seconds))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the time for a file must be more than 0 seconds");
  all->files = ONUS_ARENA_ARRAY(all->arena, onus_lineage_of, n_paths);
  all->refusals = ONUS_ARENA_ARRAY(all->arena, onus_error, n_paths);
  if (!all->files || !all->refusals)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n_paths; i++)
    ONUS_TRY(ask(all, paths[i], &limits, options->most_functions, error));
  return ONUS_OK;
}

onus_status onus_reference_lineages(const char *location, const char *const *paths, size_t n_paths,
                                    const onus_lineage_options *options, onus_lineages **ret_lineages,
                                    onus_error *error) {
  static const onus_lineage_options none;
  options = options ? options : &none;
  if (n_paths == 0 || n_paths > FILES_MAX)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "from 1 to %d files can be read at once, not %zu", FILES_MAX, n_paths);
  onus_lineages *all = ONUS_ARENA_HANDLE(onus_lineages, ARENA_BYTES);
  if (!all)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = keep_options(all, location, options, error);
  if (status == ONUS_OK)
    status = open_reference(all, error);
  if (status == ONUS_OK)
    status = ask_all(all, paths, n_paths, options, error);
  if (status == ONUS_OK)
    *ret_lineages = all;
  else
    onus_lineages_free(all);
  return status;
}

void onus_lineages_free(onus_lineages *all) {
  if (!all)
    return;
  for (size_t i = 0; i < all->n_files; i++) {
    onus_lineage_free(all->files[i].lineage);
    onus_prints_free(all->files[i].prints);
  }
  onus_hidden_free(&all->hidden);
  onus_reference_close(all->reference);
  onus_arena_free(all->arena);
}

const onus_error *onus_lineages_refusal(const onus_lineages *all, size_t index) {
  return index < all->n_refusals ? &all->refusals[index] : NULL;
}

onus_status onus_lineages_render(const onus_lineages *all, onus_format format, const onus_style *style,
                                 onus_text *ret_text, onus_error *error) {
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_lineages_json(&out, all);
  else if (format == ONUS_FORMAT_HTML)
    onus_report_lineages_html(&out, all);
  else
    onus_report_lineages_text(&out, all, style);
  return onus_buffer_take(&out, ret_text, error);
}
