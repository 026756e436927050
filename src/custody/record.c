#include "custody/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "document/canonical.h"
#include "verify/folder.h"

static const double AGREEMENT = 1e-9;
static const size_t COMPUTED_BYTES = (size_t)4 << 20;

/* --- inputs ------------------------------------------------------------------------------------------------------ */

static bool begins_with(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

typedef struct collecting {
  const char *folder;
  onus_build *build;
  onus_branch inputs, reference;
} collecting;

/* What a computed row says of where it comes from, in the very bytes whose digest is recorded. Another row is checked
 * when the case is read; here one that cannot be read says nothing. */
static onus_status add_reference(collecting *c, const char *path, const onus_text *bytes, onus_error *error) {
  static const char *const KEYS[] = {"engine", "engine_version", "item", "reference", "weights"};
  const onus_node *root;
  onus_error found = {0};
  onus_status status = onus_document_parse_json(path, bytes->bytes, bytes->length, c->build->arena, &root, &found);
  if (status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (status != ONUS_OK)
    return ONUS_OK;
  onus_branch map = onus_build_map(c->build);
  for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
    const onus_node *value = onus_node_get(root, KEYS[i]);
    if (value && value->kind == ONUS_NODE_STRING)
      onus_build_put(c->build, &map, KEYS[i], value);
  }
  onus_build_put(c->build, &map, "path", onus_build_string(c->build, path));
  onus_build_add(c->build, &c->reference, map.node);
  return ONUS_OK;
}

static onus_status add_input(collecting *c, const char *path, onus_error *error) {
  onus_hash hash;
  uint64_t bytes;
  char hex[ONUS_HASH_HEX_BYTES];
  onus_text kept = {0};
  bool is_computed = begins_with(path, "computed/") && onus_file_has_ending(path, ".json");
  ONUS_TRY(onus_folder_digest(c->folder, path, COMPUTED_BYTES, is_computed ? &kept : NULL, &hash, &bytes, error));
  onus_status status = is_computed ? add_reference(c, path, &kept, error) : ONUS_OK;
  onus_text_free(&kept);
  ONUS_TRY(status);
  onus_hash_to_hex(&hash, hex);
  onus_branch map = onus_build_map(c->build);
  onus_build_put(c->build, &map, "bytes", onus_build_number(c->build, (double)bytes));
  onus_build_put(c->build, &map, "path", onus_build_string(c->build, path));
  onus_build_put(c->build, &map, "sha256", onus_build_string(c->build, hex));
  onus_build_add(c->build, &c->inputs, map.node);
  return c->build->has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

static onus_status add_files(collecting *c, const char *folder, const char *prefix, onus_error *error) {
  onus_file_list list;
  onus_status status = onus_folder_list(folder, &list, error);
  for (size_t i = 0; i < list.count && status == ONUS_OK; i++) {
    char path[ONUS_LOG_PATH_BYTES];
    /* Attachments that were opened decide nothing; the files with rows do. */
    if (prefix[0] ? strchr(list.files[i].path, '/') || !onus_file_has_ending(list.files[i].path, ".json")
                  : begins_with(list.files[i].path, ONUS_RECORDS_FOLDER "/"))
      continue;
    if (!list.files[i].is_plain || snprintf(path, sizeof path, "%s%s", prefix, list.files[i].path) >= (int)sizeof path)
      status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, list.files[i].path, 0, 0,
                            "is a link, a device or has too long a name; a case is recorded as plain files");
    else
      status = add_input(c, path, error);
  }
  onus_file_list_free(&list);
  return status;
}

onus_status onus_record_inputs(const char *folder, onus_build *build, const onus_node **ret_inputs,
                               const onus_node **ret_reference, onus_error *error) {
  collecting c = {folder, build, onus_build_list(build), onus_build_list(build)};
  char opened[2 * ONUS_LOG_PATH_BYTES];
  struct stat info;
  ONUS_TRY(add_files(&c, folder, "", error));
  snprintf(opened, sizeof opened, "%s/" ONUS_OPENED_FOLDER, folder);
  if (stat(opened, &info) == 0 && S_ISDIR(info.st_mode))
    ONUS_TRY(add_files(&c, opened, ONUS_OPENED_FOLDER "/", error));
  if (build->has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_inputs = c.inputs.node;
  *ret_reference = c.reference.node;
  return ONUS_OK;
}

/* --- composing --------------------------------------------------------------------------------------------------- */

onus_status onus_record_add_result(onus_build *build, const onus_text *json, onus_branch *results, onus_error *error) {
  const onus_node *root;
  ONUS_TRY(onus_document_parse_json("the result", json->bytes, json->length, build->arena, &root, error));
  onus_branch map = onus_build_map(build);
  for (const onus_node *child = root->first; child; child = child->next)
    if (strcmp(child->key, "onus_version") != 0 && strcmp(child->key, "version") != 0)
      onus_build_put(build, &map, child->key, child);
  onus_build_add(build, results, map.node);
  return build->has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

const onus_node *onus_record_options(onus_build *build, const onus_options *options) {
  onus_branch map = onus_build_map(build);
  /* A seed has more digits than a JSON number. */
  onus_build_put(
      build, &map, "seed",
      onus_build_format(build, "%llu", (unsigned long long)(options->seed ? options->seed : ONUS_DEFAULT_SEED)));
  onus_build_put(build, &map, "as_of", onus_build_string(build, options->as_of));
  onus_build_put(build, &map, "about", onus_build_string(build, options->about));
  return map.node;
}

onus_status onus_record_compose(onus_build *build, const onus_node *options, const onus_node *inputs,
                                const onus_node *reference, const onus_node *results, const onus_key *key,
                                onus_text *ret_record, onus_error *error) {
  onus_branch map = onus_build_map(build);
  char signer[ONUS_KEY_TEXT_BYTES];
  onus_public_key_format(&key->public_key, signer);
  onus_build_put(build, &map, "signer", onus_build_string(build, signer));
  onus_build_put(build, &map, "onus", onus_build_string(build, onus_version()));
  onus_build_put(build, &map, "options", options);
  onus_build_put(build, &map, "inputs", inputs);
  onus_build_put(build, &map, "reference", reference);
  onus_build_put(build, &map, "results", results);
  if (build->has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_buffer out = onus_buffer_new(ONUS_RECORD_BYTES), line = onus_buffer_new(2 * ONUS_KEY_TEXT_BYTES);
  onus_buffer_string(&out, ONUS_RECORD_HEAD "\n");
  onus_document_canonical(&out, map.node);
  onus_buffer_character(&out, '\n');
  onus_status status =
      out.status == ONUS_LIMIT
          ? ONUS_FAIL(error, ONUS_LIMIT, "the record would have more than %zu MiB", ONUS_RECORD_BYTES >> 20)
      : out.status != ONUS_OK ? ONUS_FAIL_NO_MEMORY(error)
                              : onus_key_sign(key, out.bytes, out.length_bytes, 0, &line, error);
  onus_buffer_character(&out, '\n');
  if (status == ONUS_OK)
    onus_buffer_append(&out, line.bytes, line.length_bytes);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, ret_record, error);
  onus_buffer_free(&out);
  onus_buffer_free(&line);
  return status;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static bool is_input(const onus_node *input) {
  const onus_node *path = onus_node_get(input, "path"), *sha256 = onus_node_get(input, "sha256");
  return path && path->kind == ONUS_NODE_STRING && sha256 && sha256->kind == ONUS_NODE_STRING &&
         onus_path_is_good(path->text, path->text_bytes);
}

static bool is_result(const onus_node *result) {
  const onus_node *position = onus_node_get(result, "position");
  return position && position->kind == ONUS_NODE_STRING;
}

static bool is_list_of(const onus_node *list, bool (*is_good)(const onus_node *)) {
  if (!list || list->kind != ONUS_NODE_LIST)
    return false;
  for (const onus_node *child = list->first; child; child = child->next)
    if (is_good && !is_good(child))
      return false;
  return true;
}

static const onus_node *get(const onus_node *map, const char *key, onus_node_kind kind) {
  const onus_node *value = onus_node_get(map, key);
  return value && value->kind == kind ? value : NULL;
}

/* The options are texts; a seed is a number from 1. */
static bool are_options(const onus_node *options) {
  if (!options)
    return false;
  const onus_node *seed = get(options, "seed", ONUS_NODE_STRING);
  for (const onus_node *child = options->first; child; child = child->next)
    if (child->kind != ONUS_NODE_STRING)
      return false;
  return seed && seed->text_bytes > 0 && seed->text_bytes <= 20 &&
         strspn(seed->text, "0123456789") == seed->text_bytes && seed->text[0] != '0';
}

/* Only what was verified is parsed further. */
static onus_status check_signature(const onus_record *record, onus_error *error) {
  for (size_t i = 0; i < record->note.n_signatures; i++) {
    int64_t time_utc;
    if (record->signer.type == ONUS_KEY_SIGNS && onus_signature_is_by(&record->note.signatures[i], &record->signer))
      return onus_signature_check(&record->note, &record->note.signatures[i], &record->signer, &time_utc, error);
  }
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, record->note.path, 0, 0,
                      "is not signed by the key that it names; its signature was taken out or changed");
}

onus_status onus_record_parse(const char *path, const char *bytes, size_t length, onus_arena *arena,
                              onus_record *ret_record, onus_error *error) {
  onus_record r = {.onus_version = ""};
  ONUS_TRY(onus_note_parse(path, 1, bytes, length, &r.note, error));
  onus_lines lines = {r.note.text, r.note.text_bytes, 1};
  const char *head, *json;
  size_t head_bytes, json_bytes;
  if (!onus_lines_next(&lines, &head, &head_bytes) || head_bytes != strlen(ONUS_RECORD_HEAD) ||
      memcmp(head, ONUS_RECORD_HEAD, head_bytes) != 0 || !onus_lines_next(&lines, &json, &json_bytes) ||
      lines.rest_bytes != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 1, 1,
                        "no record; one begins with \"" ONUS_RECORD_HEAD "\" and a line of JSON");
  ONUS_TRY(onus_document_parse_json(path, json, json_bytes, arena, &r.root, error));
  const onus_node *signer = get(r.root, "signer", ONUS_NODE_STRING), *version = get(r.root, "onus", ONUS_NODE_STRING);
  if (!signer)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 2, 1, "the record does not say who signed it");
  ONUS_TRY(onus_public_key_parse(path, 2, signer->text, signer->text_bytes, &r.signer, error));
  ONUS_TRY(check_signature(&r, error));
  r.options = get(r.root, "options", ONUS_NODE_MAP);
  r.inputs = get(r.root, "inputs", ONUS_NODE_LIST);
  r.reference = get(r.root, "reference", ONUS_NODE_LIST);
  r.results = get(r.root, "results", ONUS_NODE_LIST);
  if (!version || !are_options(r.options) || !is_list_of(r.inputs, is_input) || !is_list_of(r.reference, NULL) ||
      !is_list_of(r.results, is_result))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 2, 1,
                        "the record is signed but not whole: version, options, inputs, reference or results are "
                        "missing or of another kind");
  r.onus_version = version->text;
  *ret_record = r;
  return ONUS_OK;
}

/* --- comparing --------------------------------------------------------------------------------------------------- */

static const char *text_of(const onus_node *map, const char *key) {
  return onus_node_get(map, key)->text;
}

static const onus_node *find_input(const onus_node *inputs, const char *path) {
  for (const onus_node *input = inputs->first; input; input = input->next)
    if (strcmp(text_of(input, "path"), path) == 0)
      return input;
  return NULL;
}

size_t onus_record_compare_inputs(const onus_record *record, const onus_node *inputs, onus_verification *verification) {
  size_t n = 0;
  for (const onus_node *was = record->inputs->first; was; was = was->next) {
    const char *path = text_of(was, "path");
    const onus_node *is = find_input(inputs, path);
    bool is_same = is && strcmp(text_of(is, "sha256"), text_of(was, "sha256")) == 0;
    n += !is_same;
    if (!is_same)
      onus_verification_add(verification, ONUS_FINDING_REFUSED, "input",
                            is ? "the input %s was changed" : "the input %s is not there", path);
  }
  for (const onus_node *is = inputs->first; is; is = is->next)
    if (!find_input(record->inputs, text_of(is, "path"))) {
      n++;
      onus_verification_add(verification, ONUS_FINDING_REFUSED, "input", "the input %s is new", text_of(is, "path"));
    }
  return n;
}

onus_status onus_record_same(const onus_node *a, const onus_node *b, bool *ret_is_same, onus_error *error) {
  onus_buffer first = onus_buffer_new(ONUS_RECORD_BYTES), second = onus_buffer_new(ONUS_RECORD_BYTES);
  onus_document_canonical(&first, a);
  onus_document_canonical(&second, b);
  bool is_whole = first.status == ONUS_OK && second.status == ONUS_OK;
  if (is_whole)
    *ret_is_same = first.length_bytes == second.length_bytes &&
                   (first.length_bytes == 0 || memcmp(first.bytes, second.bytes, first.length_bytes) == 0);
  onus_status status = is_whole ? ONUS_OK
                       : first.status == ONUS_LIMIT || second.status == ONUS_LIMIT
                           ? ONUS_FAIL(error, ONUS_LIMIT, "the record would be too large")
                           : ONUS_FAIL_NO_MEMORY(error);
  onus_buffer_free(&first);
  onus_buffer_free(&second);
  return status;
}

static void say_value(const onus_node *node, char *out, size_t out_bytes) {
  if (!node)
    snprintf(out, out_bytes, "nothing");
  else if (node->kind == ONUS_NODE_LIST || node->kind == ONUS_NODE_MAP)
    snprintf(out, out_bytes, "%s with %zu parts", onus_node_kind_name(node->kind), node->n_children);
  else if (node->kind == ONUS_NODE_NULL)
    snprintf(out, out_bytes, "null");
  else
    snprintf(out, out_bytes, "%.60s", node->text);
}

/* The steps to the value that differs are written on the way back, from the end of `place`. */
static void prepend(char *place, const char *step) {
  size_t length = strlen(step), old = strlen(place);
  if (length + old >= ONUS_RECORD_PLACE_BYTES)
    return;
  memmove(place + length, place, old + 1);
  memcpy(place, step, length);
}

static bool differs(const onus_node *recorded, const onus_node *found, char *place) {
  char was[80], is[80];
  say_value(recorded, was, sizeof was);
  say_value(found, is, sizeof is);
  snprintf(place, ONUS_RECORD_PLACE_BYTES, ": recorded %s, now %s", was, is);
  return false;
}

static bool numbers_agree(double a, double b) {
  return fabs(a - b) <= AGREEMENT * fmax(1, fabs(a));
}

static void prepend_step(const onus_node *child, size_t index, char *place) {
  char step[160];
  const onus_node *id = onus_node_get(child, "id");
  if (child->key)
    snprintf(step, sizeof step, ".%.100s", child->key);
  else if (id && id->kind == ONUS_NODE_STRING)
    snprintf(step, sizeof step, "[%.100s]", id->text);
  else
    snprintf(step, sizeof step, "[%zu]", index);
  prepend(place, step);
}

bool onus_record_agrees(const onus_node *recorded, const onus_node *found, size_t *n_values, char *place) {
  if (recorded->kind != found->kind)
    return differs(recorded, found, place);
  if (recorded->kind == ONUS_NODE_LIST || recorded->kind == ONUS_NODE_MAP) {
    if (recorded->n_children != found->n_children)
      return differs(recorded, found, place);
    const onus_node *own = found->first;
    size_t index = 0;
    for (const onus_node *child = recorded->first; child; child = child->next, own = own->next, index++) {
      const onus_node *other = child->key ? onus_node_get(found, child->key) : own;
      if (other ? !onus_record_agrees(child, other, n_values, place) : !differs(child, NULL, place)) {
        prepend_step(child, index, place);
        return false;
      }
    }
    return true;
  }
  ++*n_values;
  if (recorded->kind == ONUS_NODE_NULL)
    return true;
  bool agrees = recorded->kind == ONUS_NODE_NUMBER ? numbers_agree(recorded->number, found->number)
                                                   : strcmp(recorded->text, found->text) == 0;
  return agrees || differs(recorded, found, place);
}
