#include "reference/import_code.h"

#include <sodium/crypto_hash_sha256.h>

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "code/prints.h"
#include "reference/importing_internal.h"

static const size_t FILE_BYTES_MAX = (size_t)1 << 30, REPLY_BYTES_MAX = (size_t)256 << 20,
                    ARENA_BYTES = (size_t)8 << 30;

onus_status onus_code_sample_read(void *sample, onus_buffer *out, onus_error *error) {
  const onus_code_sample *s = sample;
  return onus_prints_write(s->path, &s->file, out, error);
}

/* --- one sample --------------------------------------------------------------------------------------------------- */

typedef struct run {
  onus_reference_writer *writer;
  const onus_import_options *options;
  const onus_sandbox_limits *limits;
  onus_sandbox_work *work;
  onus_code_imported *imported;
  size_t families_capacity, skipped_capacity;
  uint32_t basis;
  uint64_t seal_functions, n_unsealed_functions;
  size_t n_sealed_programs;
  double share_done;
} run;

static onus_status skip(run *r, const char *path, const char *why, onus_error *error) {
  onus_code_imported *all = r->imported;
  if (all->n_skipped++ >= ONUS_SKIPPED_KEPT)
    return ONUS_OK;
  size_t n = all->n_skipped - 1;
  if (!onus_arena_room_for_one(all->arena, &all->skipped, n, &r->skipped_capacity, sizeof *all->skipped))
    return ONUS_FAIL_NO_MEMORY(error);
  all->skipped[n] = (onus_skipped){path, onus_arena_copy(all->arena, why, strlen(why))};
  return all->skipped[n].why ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* Samples of a family come together. */
static onus_status find_family(run *r, const char *name, onus_imported_family **ret_family, onus_error *error) {
  onus_code_imported *all = r->imported;
  if (all->n_families == 0 || strcmp(all->families[all->n_families - 1].name, name) != 0) {
    if (!onus_arena_room_for_one(all->arena, &all->families, all->n_families, &r->families_capacity,
                                 sizeof *all->families))
      return ONUS_FAIL_NO_MEMORY(error);
    all->families[all->n_families++] = (onus_imported_family){.name = name};
  }
  *ret_family = &all->families[all->n_families - 1];
  return ONUS_OK;
}

static onus_status make_signatures(const onus_prints *prints, onus_signatures **ret_signatures, onus_error *error) {
  onus_signatures *signatures = NULL;
  if (prints->packing)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "%s; unpack it first", prints->packing);
  ONUS_TRY(onus_signatures_make(&prints->fingerprints, &signatures, error));
  if (signatures->count == 0) {
    onus_signatures_free(signatures);
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "has no function that could be found again");
  }
  *ret_signatures = signatures;
  return ONUS_OK;
}

/* The signatures of a file that is not in the reference yet. */
static onus_status read_signatures(const run *r, const onus_sample_file *sample, const onus_text *file,
                                   onus_signatures **ret_signatures, onus_error *error) {
  onus_code_sample given = {sample->path, {(const uint8_t *)file->bytes, file->length, false}};
  onus_text reply = {0};
  onus_prints *prints = NULL;
  ONUS_TRY(onus_sandbox_run(sample->path, r->limits, r->work, &given, &reply, error));
  onus_status status = onus_prints_parse(sample->path, reply.bytes, reply.length, &prints, error);
  onus_text_free(&reply);
  ONUS_TRY(status);
  status = make_signatures(prints, ret_signatures, error);
  onus_prints_free(prints);
  return status;
}

static onus_status put(run *r, const onus_sample_file *sample, const uint8_t *sha256, const onus_signatures *signatures,
                       onus_error *error) {
  const char *slash = strrchr(sample->path, '/');
  const onus_import_program program = {.sha256 = sha256,
                                       .name = slash ? slash + 1 : sample->path,
                                       .family = sample->family,
                                       .basis = r->basis,
                                       .signatures = signatures};
  onus_imported_family *family = NULL;
  bool is_new = false;
  ONUS_TRY(find_family(r, sample->family, &family, error));
  ONUS_TRY(onus_import_code(r->writer, &program, &is_new, error));
  uint64_t n_functions = signatures ? signatures->count : 0;
  family->n_programs++;
  family->n_new += is_new;
  family->n_functions += n_functions;
  r->imported->n_programs++;
  r->imported->n_new += is_new;
  r->imported->n_functions += n_functions;
  r->n_unsealed_functions += n_functions;
  return ONUS_OK;
}

/* *ret_why: why it is skipped. */
static onus_status take(run *r, const onus_sample_file *sample, onus_error *ret_why, bool *ret_is_taken,
                        onus_error *error) {
  onus_text file = {0};
  onus_signatures *signatures = NULL;
  uint8_t sha256[ONUS_CODE_SHA256_BYTES];
  *ret_is_taken = false;
  onus_status status = onus_file_read(sample->path, FILE_BYTES_MAX, &file, ret_why);
  if (status == ONUS_OK) {
    (void)crypto_hash_sha256(sha256, (const unsigned char *)file.bytes, file.length);
    if (!onus_import_has_program(r->writer, sha256))
      status = read_signatures(r, sample, &file, &signatures, ret_why);
  }
  onus_text_free(&file);
  if (status == ONUS_OK) {
    status = put(r, sample, sha256, signatures, error);
    onus_signatures_free(signatures);
    *ret_is_taken = status == ONUS_OK;
    return status;
  }
  /* Whatever else comes from the process apart is about the file, even that it was cancelled: it may be a lie. */
  return status == ONUS_NO_MEMORY ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

static onus_status fail_stopped(const run *r, onus_error *error) {
  return ONUS_FAIL(error, ONUS_CANCELLED,
                   "interrupted; of the %zu files %zu are in the reference, and the same command goes on from there",
                   r->imported->n_files, r->n_sealed_programs);
}

static bool go_on(const run *r, double share_done) {
  return !r->options->progress || r->options->progress(r->options->progress_context, share_done);
}

/* While a seal is made, how far the files are stays shown. */
static bool go_on_sealing(void *context, double share_done) {
  const run *r = context;
  (void)share_done;
  return go_on(r, r->share_done);
}

static onus_status seal(run *r, onus_error *error) {
  onus_status status = onus_reference_writer_seal(r->writer, error);
  if (status == ONUS_CANCELLED)
    return fail_stopped(r, error);
  ONUS_TRY(status);
  r->n_unsealed_functions = 0;
  r->n_sealed_programs = r->imported->n_programs;
  return ONUS_OK;
}

static onus_status take_all(run *r, const onus_sample_files *samples, onus_error *error) {
  uint64_t n_done_bytes = 0;
  for (size_t i = 0; i < samples->count; i++) {
    const onus_sample_file *sample = &samples->items[i];
    onus_error why = {0};
    bool is_taken = false;
    r->share_done = (double)n_done_bytes / (double)(samples->length_bytes + 1);
    if (!go_on(r, r->share_done))
      return fail_stopped(r, error);
    if (!sample->why_not)
      ONUS_TRY(take(r, sample, &why, &is_taken, error));
    if (!is_taken)
      ONUS_TRY(skip(r, sample->path, sample->why_not ? sample->why_not : why.text, error));
    n_done_bytes += sample->length_bytes;
    if (r->n_unsealed_functions >= r->seal_functions)
      ONUS_TRY(seal(r, error));
  }
  return ONUS_OK;
}

/* Whose the samples are, and who says so. */
static onus_status begin(run *r, const char *folder, onus_error *error) {
  onus_import_summary *summary = calloc(1, sizeof *summary);
  if (!summary)
    return ONUS_FAIL_NO_MEMORY(error);
  const onus_import_input input = {.path = folder};
  const onus_importing importing = {r->writer, &input, r->options, summary, error};
  bool is_circular = false;
  onus_status status =
      onus_importing_told(&importing, "", "a folder of samples says neither whose programs they are nor who says so",
                          &r->basis, &is_circular);
  free(summary);
  return status;
}

onus_status onus_import_samples(onus_reference_writer *writer, const onus_sample_files *samples,
                                const onus_import_options *options, const onus_sandbox_limits *limits,
                                onus_sandbox_work *work, uint64_t seal_functions, onus_code_imported *imported,
                                onus_error *error) {
  run r = {.writer = writer,
           .options = options,
           .limits = limits,
           .work = work,
           .imported = imported,
           .seal_functions = seal_functions};
  imported->n_files = samples->count;
  onus_reference_writer_watch(writer, go_on_sealing, &r);
  ONUS_TRY(begin(&r, imported->folder, error));
  ONUS_TRY(take_all(&r, samples, error));
  if (imported->n_programs == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, imported->skipped[0].path, 0, 0,
                        "nothing in the folder can be taken; this file %s", imported->skipped[0].why);
  return seal(&r, error);
}

/* --- the call of onus.h ------------------------------------------------------------------------------------------- */

static const char *copy(onus_arena *arena, const char *text) {
  return text ? onus_arena_copy(arena, text, strlen(text)) : "";
}

/* The folder without slashes behind it: its name names the source. */
static onus_status new_imported(const char *folder, const onus_import_options *options,
                                onus_code_imported **ret_imported, onus_error *error) {
  size_t length = strlen(folder);
  while (length > 1 && folder[length - 1] == '/')
    length--;
  onus_code_imported *imported = ONUS_ARENA_HANDLE(onus_code_imported, ARENA_BYTES);
  if (!imported)
    return ONUS_FAIL_NO_MEMORY(error);
  imported->folder = onus_arena_copy(imported->arena, folder, length);
  imported->actor = copy(imported->arena, options->actor);
  imported->report = copy(imported->arena, options->report);
  if (imported->folder && imported->actor && imported->report) {
    *ret_imported = imported;
    return ONUS_OK;
  }
  onus_arena_free(imported->arena);
  return ONUS_FAIL_NO_MEMORY(error);
}

/* What it keeps of the samples' names must outlive them. */
static onus_status keep_names(onus_code_imported *imported, onus_error *error) {
  size_t n = imported->n_skipped < ONUS_SKIPPED_KEPT ? imported->n_skipped : ONUS_SKIPPED_KEPT;
  for (size_t i = 0; i < n; i++)
    if (!(imported->skipped[i].path = copy(imported->arena, imported->skipped[i].path)))
      return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < imported->n_families; i++)
    if (!(imported->families[i].name = copy(imported->arena, imported->families[i].name)))
      return ONUS_FAIL_NO_MEMORY(error);
  return ONUS_OK;
}

static onus_status import_folder(const char *location, const char *folder, const onus_import_options *options,
                                 onus_code_imported *imported, onus_error *error) {
  static const onus_sandbox_limits limits = {ONUS_CODE_SECONDS, ONUS_CODE_MEMORY_BYTES, REPLY_BYTES_MAX};
  onus_sample_files samples = {0};
  onus_reference_writer *writer = NULL;
  ONUS_TRY(onus_sample_files_list(folder, &samples, error));
  onus_status status = onus_reference_writer_open(location, options->memory_bytes, &writer, error);
  if (status == ONUS_OK)
    status = onus_import_samples(writer, &samples, options, &limits, onus_code_sample_read, ONUS_SEAL_FUNCTIONS,
                                 imported, error);
  if (status == ONUS_OK)
    status = keep_names(imported, error);
  onus_reference_writer_close(writer);
  onus_sample_files_free(&samples);
  return status;
}

onus_status onus_reference_import_code(const char *location, const char *folder, const onus_import_options *options,
                                       onus_code_imported **ret_imported, onus_error *error) {
  static const onus_import_options none;
  const onus_import_options *chosen = options ? options : &none;
  onus_code_imported *imported = NULL;
  ONUS_TRY(new_imported(folder, chosen, &imported, error));
  onus_status status = import_folder(location, folder, chosen, imported, error);
  if (status == ONUS_OK)
    *ret_imported = imported;
  else
    onus_code_imported_free(imported);
  return status;
}

void onus_code_imported_free(onus_code_imported *imported) {
  if (imported)
    onus_arena_free(imported->arena);
}
