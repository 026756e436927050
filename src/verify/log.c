#include "verify/log.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { SIZE_DIGITS = 12 };
static const char DIGITS[] = "0123456789";

/* --- leaves ------------------------------------------------------------------------------------------------------ */

/* A JSON text in which only " and \ are escaped (other escapes stand for what no path holds), with its closing quote.
 * The escapes are taken out in `out`, where it stands, and a NUL put behind it. */
static bool take_path(const char **at, size_t *length, char *out) {
  size_t n = 0;
  for (; *length && **at != '"'; ++*at, --*length) {
    if (**at == '\\' && (++*at, --*length == 0 || (**at != '"' && **at != '\\')))
      return false;
    out[n++] = **at;
  }
  if (!onus_path_is_good(out, n) || !onus_scan_literal(at, length, "\""))
    return false;
  out[n] = '\0';
  return true;
}

static bool take_number(const char **at, size_t *length, uint64_t *ret_value) {
  size_t digits = strspn(*at, DIGITS); /* the line ends with another character */
  bool is_good = onus_decimal_parse(*at, digits, ret_value);
  *at += digits;
  *length -= digits;
  return is_good;
}

/* One line: 64 hexadecimal digits, or the canonical JSON of a map with kind, path and, of a file, sha256 and bytes. The
 * path is unescaped where it stands: `line` is changed, once its hash is taken. */
static bool parse_leaf(char *line, size_t length, onus_leaf *out) {
  *out = (onus_leaf){.kind = ONUS_LEAF_HIDDEN};
  if (onus_hash_from_hex(line, length, &out->hash))
    return true;
  onus_hash_leaf(line, length, &out->hash);
  const char *at = line;
  bool is_file = onus_scan_literal(&at, &length, "{\"bytes\":");
  out->kind = is_file ? ONUS_LEAF_FILE : ONUS_LEAF_REMOVED;
  if (is_file ? !take_number(&at, &length, &out->file_bytes) ||
                    !onus_scan_literal(&at, &length, ",\"kind\":\"file\",\"path\":\"")
              : !onus_scan_literal(&at, &length, "{\"kind\":\"removed\",\"path\":\""))
    return false;
  out->path = at;
  if (!take_path(&at, &length, line + (at - line)))
    return false;
  if (is_file &&
      (!onus_scan_literal(&at, &length, ",\"sha256\":\"") || length < 64 || !onus_hash_from_hex(at, 64, &out->file)))
    return false;
  return is_file ? onus_scan_is(at + 64, length - 64, "\"}") : onus_scan_is(at, length, "}");
}

/* The leaves of a file, up to the empty line. */
static onus_status parse_leaves(onus_log *log, const onus_signing *signing, onus_lines *lines, onus_error *error) {
  char *text = signing->text.bytes;
  const char *line;
  size_t line_bytes;
  if (!onus_lines_next(lines, &line, &line_bytes) || !onus_scan_is(line, line_bytes, ONUS_LEAVES_HEAD))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, 1, 1,
                        "does not begin with \"" ONUS_LEAVES_HEAD "\"; it was changed, or is of another version");
  bool has_line;
  while ((has_line = onus_lines_next(lines, &line, &line_bytes)) && line_bytes > 0) {
    onus_leaf *grown = onus_scan_grow(log->leaves, log->n_leaves, sizeof *grown);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    log->leaves = grown;
    if (!parse_leaf(text + (line - text), line_bytes, &grown[log->n_leaves]))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, lines->line - 1, 1,
                          "no leaf; one is 64 hexadecimal digits, or a map with kind, path, sha256 and bytes as "
                          "`onus sign` writes it; the file was changed");
    if (!onus_tree_edge_add(&log->edge, &grown[log->n_leaves].hash))
      return ONUS_FAIL_AT(error, ONUS_LIMIT, signing->path, lines->line - 1, 1, "too many leaves");
    log->n_leaves++;
  }
  return has_line ? ONUS_OK
                  : ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, 0, 0,
                                 "has no empty line between leaves and checkpoint; it was changed or cut");
}

/* --- one file ---------------------------------------------------------------------------------------------------- */

static onus_status parse_signing(onus_log *log, onus_signing *signing, uint64_t size, onus_error *error) {
  onus_lines lines = {signing->text.bytes, signing->text.length, 1};
  ONUS_TRY(parse_leaves(log, signing, &lines, error));
  signing->note = malloc(sizeof *signing->note);
  if (!signing->note)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(onus_note_parse(signing->path, lines.line, lines.at, lines.rest_bytes, signing->note, error));
  ONUS_TRY(onus_checkpoint_parse(signing->note, &signing->checkpoint, error));
  const onus_checkpoint *now = &signing->checkpoint;
  onus_hash root;
  onus_tree_edge_root(&log->edge, &root);
  if (now->size != log->n_leaves || now->size != size)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, lines.line + 1, 1,
                        "the checkpoint counts %llu leaves and the name of the file %llu, but there are %zu up to "
                        "here; a file is missing, was renamed or changed",
                        (unsigned long long)now->size, (unsigned long long)size, log->n_leaves);
  if (!onus_hash_same(&root, &now->root))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, lines.line + 2, 1,
                        "the root is not that of the leaves; a leaf, here or in an earlier file, or the root was "
                        "changed");
  if (!onus_checkpoint_same_origin(now, &log->signings[0].checkpoint))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, lines.line, 1,
                        "the origin is not that of the first checkpoint; the file belongs to another case");
  return ONUS_OK;
}

onus_status onus_log_add(onus_log *log, const char *path, uint64_t size, onus_text *bytes, onus_error *error) {
  onus_signing *grown = onus_scan_grow(log->signings, log->n_signings, sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  log->signings = grown;
  onus_signing *signing = &grown[log->n_signings];
  *signing = (onus_signing){.path = strdup(path)};
  if (!signing->path)
    return ONUS_FAIL_NO_MEMORY(error);
  log->n_signings++;
  signing->text = *bytes;
  *bytes = (onus_text){0};
  return parse_signing(log, signing, size, error);
}

static onus_status parse_keys(onus_log *log, const char *path, const onus_text *text, onus_error *error) {
  onus_lines lines = {text->bytes, text->length, 1};
  const char *line;
  size_t line_bytes;
  while (onus_lines_next(&lines, &line, &line_bytes)) {
    onus_public_key *grown = onus_scan_grow(log->keys, log->n_keys, sizeof *grown);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    log->keys = grown;
    ONUS_TRY(onus_public_key_parse(path, lines.line - 1, line, line_bytes, &grown[log->n_keys], error));
    log->n_keys++;
  }
  if (lines.rest_bytes > 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, lines.line, 1, "the last line does not end; the file was cut");
  return ONUS_OK;
}

/* --- the folder -------------------------------------------------------------------------------------------------- */

onus_status onus_custody_path(const char *folder, const char *name, char out[ONUS_LOG_PATH_BYTES], onus_error *error) {
  if (snprintf(out, ONUS_LOG_PATH_BYTES, "%s/" ONUS_CUSTODY_FOLDER "/%s", folder, name) >= ONUS_LOG_PATH_BYTES)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
  return ONUS_OK;
}

static onus_status read_file(onus_log *log, const char *path, const char *name, onus_error *error) {
  bool is_keys = strcmp(name, ONUS_CUSTODY_KEYS) == 0, has_size = strspn(name, DIGITS) == SIZE_DIGITS;
  if (has_size && strcmp(name + SIZE_DIGITS, ".tsr") == 0) {
    char **grown = onus_scan_grow(log->tokens, log->n_tokens, sizeof *grown);
    log->tokens = grown ? grown : log->tokens;
    if (!grown || !(grown[log->n_tokens] = strdup(name)))
      return ONUS_FAIL_NO_MEMORY(error);
    log->n_tokens++;
    return ONUS_OK;
  }
  if (!is_keys && !(has_size && strcmp(name + SIZE_DIGITS, ".signed") == 0))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "no command of onus puts a file of this name there; remove it");
  onus_text text;
  ONUS_TRY(onus_file_read(path, is_keys ? ONUS_KEYS_BYTES : ONUS_LOG_BYTES, &text, error));
  onus_status status =
      is_keys ? parse_keys(log, path, &text, error) : onus_log_add(log, path, strtoull(name, NULL, 10), &text, error);
  free(text.bytes);
  return status;
}

static onus_status read_files(const char *folder, const onus_file_list *list, onus_log *log, onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES];
  for (size_t i = 0; i < list->count; i++) {
    ONUS_TRY(onus_custody_path(folder, list->files[i].path, path, error));
    ONUS_TRY(read_file(log, path, list->files[i].path, error));
  }
  if (log->n_keys == 0 && log->n_signings)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0,
                        "the file custody/keys is missing or empty; without it nobody can tell who signed");
  return ONUS_OK;
}

onus_status onus_log_read(const char *folder, onus_log *ret_log, onus_error *error) {
  *ret_log = (onus_log){0};
  char path[ONUS_LOG_PATH_BYTES];
  onus_file_list list;
  ONUS_TRY(onus_custody_path(folder, "", path, error));
  if (access(path, F_OK) != 0 && errno == ENOENT)
    return ONUS_OK;
  onus_status status = onus_folder_list_custody(path, &list, error);
  if (status == ONUS_OK)
    status = read_files(folder, &list, ret_log, error);
  onus_file_list_free(&list);
  return status;
}

void onus_log_free(onus_log *log) {
  for (size_t i = 0; i < log->n_signings; i++) {
    free(log->signings[i].path);
    free(log->signings[i].note);
    free(log->signings[i].text.bytes);
  }
  for (size_t i = 0; i < log->n_tokens; i++)
    free(log->tokens[i]);
  free(log->tokens);
  free(log->signings);
  free(log->leaves);
  free(log->keys);
  *log = (onus_log){0};
}

/* --- what it says ------------------------------------------------------------------------------------------------ */

static int compare_leaves(const void *a, const void *b) {
  const onus_leaf *first = *(const onus_leaf *const *)a, *second = *(const onus_leaf *const *)b;
  int order = strcmp(first->path, second->path);
  return order ? order : first < second ? -1 : first > second;
}

onus_status onus_log_files(const onus_log *log, bool with_removed, const onus_leaf ***ret_files, size_t *ret_count,
                           onus_error *error) {
  const onus_leaf **files = malloc((log->n_leaves + 1) * sizeof *files);
  if (!files)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t count = 0, kept = 0;
  for (size_t i = 0; i < log->n_leaves; i++)
    if (log->leaves[i].kind != ONUS_LEAF_HIDDEN)
      files[count++] = &log->leaves[i];
  qsort(files, count, sizeof *files, compare_leaves);
  for (size_t i = 0; i < count; i++) {
    bool is_last = i + 1 == count || strcmp(files[i]->path, files[i + 1]->path) != 0;
    if (is_last && (with_removed || files[i]->kind == ONUS_LEAF_FILE))
      files[kept++] = files[i];
  }
  *ret_files = files;
  *ret_count = kept;
  return ONUS_OK;
}

void onus_log_root(const onus_log *log, uint64_t size, onus_hash *ret_root) {
  onus_tree_edge edge = {0};
  for (size_t i = 0; i < size && i < log->n_leaves; i++)
    (void)onus_tree_edge_add(&edge, &log->leaves[i].hash);
  onus_tree_edge_root(&edge, ret_root);
}

const onus_signing *onus_log_stamped(const onus_log *log, const char *token, onus_hash *ret_digest) {
  for (size_t s = 0; s < log->n_signings; s++) {
    const onus_signing *signing = &log->signings[s];
    if (signing->checkpoint.size != strtoull(token, NULL, 10))
      continue;
    crypto_hash_sha256(ret_digest->bytes, (const unsigned char *)signing->note->text, signing->note->text_bytes);
    return signing;
  }
  return NULL;
}
