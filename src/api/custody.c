/* onus.h over the modules: records, which need both custody and reports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "custody/custody.h"
#include "custody/record.h"
#include "onus.h"
#include "verify/fingerprint.h"

enum { ARENA_BYTES = 1 << 30 };

typedef struct recording {
  const char *folder;
  onus_options options;
  onus_arena *arena;
  onus_build build;
  const onus_node *inputs, *reference;
  onus_branch results;
} recording;

static onus_status add_result(recording *r, const onus_case *c, const char *position, onus_error *error) {
  onus_options options = r->options;
  options.position = position;
  onus_assessment *assessment = NULL;
  onus_text json = {0};
  onus_status status = onus_case_assess(c, &options, &assessment, error);
  if (status == ONUS_OK)
    status = onus_assessment_render(assessment, ONUS_FORMAT_JSON, NULL, &json, error);
  if (status == ONUS_OK)
    status = onus_record_add_result(&r->build, &json, &r->results, error);
  onus_text_free(&json);
  onus_assessment_free(assessment);
  return status;
}

/* Inputs and results. The inputs are looked at before and after: what is recorded is what was computed from. */
static onus_status compute(recording *r, onus_error *error) {
  const onus_node *after, *reference;
  onus_case *c = NULL;
  r->results = onus_build_list(&r->build);
  ONUS_TRY(onus_record_inputs(r->folder, &r->build, &r->inputs, &r->reference, error));
  ONUS_TRY(onus_case_open(r->folder, &c, NULL, error));
  onus_status status = ONUS_OK;
  for (size_t p = 0; status == ONUS_OK && onus_case_position(c, p); p++)
    status = add_result(r, c, onus_case_position(c, p), error);
  onus_case_free(c);
  ONUS_TRY(status);
  ONUS_TRY(onus_record_inputs(r->folder, &r->build, &after, &reference, error));
  bool is_same;
  ONUS_TRY(onus_record_same(r->inputs, after, &is_same, error));
  if (!is_same)
    return ONUS_FAIL_AT(error, ONUS_IO, r->folder, 0, 0, "was changed meanwhile; try again");
  return ONUS_OK;
}

static onus_status start(recording *r, const char *folder, const onus_options *options, onus_error *error) {
  static const onus_options NO_OPTIONS = {0};
  *r = (recording){.folder = folder, .options = options ? *options : NO_OPTIONS, .arena = onus_arena_new(ARENA_BYTES)};
  r->options.brief = false;
  r->build.arena = r->arena;
  return r->arena ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* The first free name records/0001.record, … */
static onus_status next_path(const char *folder, char *out, size_t out_bytes, onus_error *error) {
  ONUS_TRY(onus_make_folders(folder, ONUS_RECORDS_FOLDER "/", error));
  for (unsigned n = 1; n < 10000; n++) {
    struct stat info;
    if (snprintf(out, out_bytes, "%s/" ONUS_RECORDS_FOLDER "/%04u.record", folder, n) >= (int)out_bytes)
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
    if (lstat(out, &info) != 0)
      return ONUS_OK;
  }
  return ONUS_FAIL_AT(error, ONUS_LIMIT, folder, 0, 0, "holds 9999 records already; name a file for this one");
}

onus_status onus_case_record(const char *folder, const onus_options *options, const onus_key *key, const char *to,
                             onus_text *ret_path, onus_error *error) {
  recording r;
  onus_text record = {0};
  char path[2 * ONUS_LOG_PATH_BYTES];
  onus_status status = start(&r, folder, options, error);
  if (status == ONUS_OK)
    status = compute(&r, error);
  if (status == ONUS_OK)
    status = onus_record_compose(&r.build, onus_record_options(&r.build, &r.options), r.inputs, r.reference,
                                 r.results.node, key, &record, error);
  onus_arena_free(r.arena);
  if (status == ONUS_OK && !to)
    status = next_path(folder, path, sizeof path, error);
  if (status == ONUS_OK && to && snprintf(path, sizeof path, "%s", to) >= (int)sizeof path)
    status = ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the path is too long; name a shorter one");
  onus_buffer named = onus_buffer_new(sizeof path);
  if (status == ONUS_OK) {
    onus_buffer_string(&named, path);
    status = onus_file_write(path, record.bytes, record.length, error);
  }
  if (status == ONUS_OK)
    status = onus_buffer_take(&named, ret_path, error);
  onus_buffer_free(&named);
  onus_text_free(&record);
  return status;
}

/* --- replaying --------------------------------------------------------------------------------------------------- */

static onus_status report_signer(const onus_record *record, const onus_verify_options *options, onus_verification *v,
                                 onus_error *error) {
  onus_fingerprint fingerprint;
  bool is_trusted = false;
  onus_fingerprint_make(&record->signer, &fingerprint);
  for (size_t k = 0; options && k < options->n_keys; k++) {
    onus_public_key key;
    ONUS_TRY(onus_public_key_parse(NULL, 0, options->keys[k], strcspn(options->keys[k], "\r\n"), &key, error));
    is_trusted = is_trusted || onus_public_key_same(&key, &record->signer);
  }
  if (is_trusted)
    onus_verification_add(v, ONUS_FINDING_PROVEN, "signer", "recorded by %s, whose key you gave (%s)",
                          record->signer.name, fingerprint.hex);
  else if (options && options->n_keys)
    onus_verification_add(v, ONUS_FINDING_REFUSED, "signer",
                          "recorded by %s with a key (%s) that is none of those you gave", record->signer.name,
                          fingerprint.hex);
  else
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "signer",
                          "that %s recorded it: the key came with the record. Compare its fingerprint, %s, or %s",
                          record->signer.name, fingerprint.hex, fingerprint.words);
  return ONUS_OK;
}

/* Why a value differs, as far as one can tell. */
static const char *reason_of(const onus_record *record, size_t n_changed, bool same_version) {
  (void)record;
  return n_changed       ? "inputs have changed"
         : !same_version ? "the version of onus is another one"
                         : "neither inputs nor version changed: please report it";
}

static void compare_results(const onus_record *record, const onus_node *results, size_t n_changed,
                            onus_verification *v) {
  bool same_version = strcmp(record->onus_version, onus_version()) == 0;
  size_t n_values = 0, n_results = 0;
  char place[ONUS_RECORD_PLACE_BYTES] = "";
  if (record->results->n_children != results->n_children) {
    onus_verification_add(v, ONUS_FINDING_REFUSED, "value", "%zu positions were recorded, the case has %zu; %s",
                          record->results->n_children, results->n_children, reason_of(record, n_changed, same_version));
    return;
  }
  const onus_node *found = results->first;
  for (const onus_node *was = record->results->first; was; was = was->next, found = found->next, n_results++)
    if (!onus_record_agrees(was, found, &n_values, place)) {
      onus_verification_add(v, ONUS_FINDING_REFUSED, "value", "the first value that differs is %s%s; %s",
                            onus_node_get(was, "position")->text, place, reason_of(record, n_changed, same_version));
      return;
    }
  onus_verification_add(v, ONUS_FINDING_PROVEN, "value",
                        "computed again: %zu verdicts, all %zu values agree within 1e-9", n_results, n_values);
}

static onus_status replay(const onus_record *record, recording *r, const onus_verify_options *options,
                          onus_verification *v, onus_error *error) {
  const onus_node *as_of = onus_node_get(record->options, "as_of"), *about = onus_node_get(record->options, "about");
  r->options.as_of = as_of ? as_of->text : NULL;
  r->options.about = about ? about->text : NULL;
  r->options.seed = strtoull(onus_node_get(record->options, "seed")->text, NULL, 10);
  r->options.progress = options ? options->progress : NULL;
  r->options.progress_context = options ? options->progress_context : NULL;
  ONUS_TRY(report_signer(record, options, v, error));
  ONUS_TRY(onus_record_inputs(r->folder, &r->build, &r->inputs, &r->reference, error));
  size_t n_changed = onus_record_compare_inputs(record, r->inputs, v);
  if (n_changed == 0)
    onus_verification_add(v, ONUS_FINDING_PROVEN, "input", "all %zu inputs are those recorded",
                          record->inputs->n_children);
  if (strcmp(record->onus_version, onus_version()) != 0)
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "version", "what onus %.40s would say: this is onus %s",
                          record->onus_version, onus_version());
  bool is_same_reference;
  ONUS_TRY(onus_record_same(record->reference, r->reference, &is_same_reference, error));
  if (!is_same_reference)
    onus_verification_add(v, ONUS_FINDING_REFUSED, "version",
                          "rows were computed with another reference snapshot or engine version than recorded");
  onus_error found = {0};
  onus_status status = compute(r, &found);
  if (status == ONUS_OK)
    compare_results(record, r->results.node, n_changed, v);
  else if (n_changed && (status == ONUS_BAD_INPUT || status == ONUS_BAD_ARGUMENT || status == ONUS_UNSUPPORTED))
    onus_verification_add(v, ONUS_FINDING_REFUSED, "value", "nothing can be computed from what is there now: %s",
                          found.text);
  else {
    if (error)
      *error = found;
    return status;
  }
  return v->status == ONUS_OK ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* The case that a record lies in: CASE/records/NAME. */
static onus_status find_folder(const char *path, char *out, size_t out_bytes, onus_error *error) {
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) : 0, name = strlen(ONUS_RECORDS_FOLDER);
  bool is_inside = length >= name && memcmp(path + length - name, ONUS_RECORDS_FOLDER, name) == 0 &&
                   (length == name || path[length - name - 1] == '/');
  if (!is_inside || length + 2 >= out_bytes)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0,
                        "does not lie in the folder `records` of a case; name the case too");
  snprintf(out, out_bytes, "%.*s", (int)(length - name), path);
  if (length == name)
    snprintf(out, out_bytes, ".");
  return ONUS_OK;
}

onus_status onus_record_replay(const char *path, const char *folder, const onus_verify_options *options,
                               onus_verification **ret_verification, onus_error *error) {
  char found_folder[2 * ONUS_LOG_PATH_BYTES];
  onus_text bytes;
  onus_record record;
  recording r;
  if (!folder)
    ONUS_TRY(find_folder(path, found_folder, sizeof found_folder, error));
  ONUS_TRY(onus_file_read(path, ONUS_RECORD_BYTES + (1 << 16), &bytes, error));
  onus_verification *v = calloc(1, sizeof *v);
  onus_status status = start(&r, folder ? folder : found_folder, NULL, error);
  if (!v && status == ONUS_OK)
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_record_parse(path, bytes.bytes, bytes.length, r.arena, &record, error);
  if (status == ONUS_OK)
    status = replay(&record, &r, options, v, error);
  onus_arena_free(r.arena);
  onus_text_free(&bytes);
  if (status == ONUS_OK)
    *ret_verification = v;
  else
    onus_verification_free(v);
  return status;
}
