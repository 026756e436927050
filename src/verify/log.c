#include "verify/log.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "document/text_internal.h"

enum { SIZE_DIGITS = 12 };

/* --- names and paths --------------------------------------------------------------------------------------------- */

bool onus_custody_path(const char *folder, const char *name, char out[ONUS_LOG_PATH_BYTES]) {
  return snprintf(out, ONUS_LOG_PATH_BYTES, "%s/" ONUS_CUSTODY_FOLDER "/%s", folder, name) < ONUS_LOG_PATH_BYTES;
}

bool onus_path_is_good(const char *path, size_t length) {
  if (length == 0 || length >= ONUS_LOG_PATH_BYTES || path[0] == '/')
    return false;
  for (size_t at = 0, step = 0; at <= length; at++) {
    if (at < length && path[at] != '/')
      continue;
    size_t step_bytes = at - step;
    if (step_bytes == 0 || (step_bytes <= 2 && memcmp(path + step, "..", step_bytes) == 0))
      return false;
    step = at + 1;
  }
  for (size_t at = 0, width; at < length; at += width) {
    uint32_t c = 0;
    width = onus_text_decode(path + at, length - at, &c);
    if (width == 0 || c < 0x20 || c == 0x7F)
      return false;
  }
  return true;
}

bool onus_name_is_leftover(const char *name) {
  static const char DIGITS[] = "0123456789";
  const char *part = strrchr(name, '.');
  if (!part || part == name || strcmp(part, ".part") != 0)
    return false;
  const char *at = part;
  while (at > name && at[-1] != '.')
    at--;
  size_t first = strspn(at, DIGITS);
  return at > name + 1 && first > 0 && at[first] == '-' && strspn(at + first + 1, DIGITS) > 0 &&
         at + first + 1 + strspn(at + first + 1, DIGITS) == part;
}

/* The number of leaves that a name `<12 digits>.<ending>` gives. */
static bool name_is(const char *name, const char *ending, uint64_t *ret_size) {
  if (strspn(name, "0123456789") != SIZE_DIGITS || strcmp(name + SIZE_DIGITS, ending) != 0)
    return false;
  *ret_size = strtoull(name, NULL, 10);
  return true;
}

/* --- leaves ------------------------------------------------------------------------------------------------------ */

static bool take(const char **at, const char *end, const char *literal) {
  size_t length = strlen(literal);
  if ((size_t)(end - *at) < length || memcmp(*at, literal, length) != 0)
    return false;
  *at += length;
  return true;
}

/* A JSON text in which only " and \ are escaped (other escapes stand for what no path holds), without its escapes in
 * `out`, which may be where it stands. */
static bool take_path(const char **at, const char *end, char *out, size_t *ret_bytes) {
  size_t n = 0;
  for (; *at < end && **at != '"'; (*at)++) {
    if (**at == '\\' && (++*at == end || (**at != '"' && **at != '\\')))
      return false;
    out[n++] = **at;
  }
  *ret_bytes = n;
  return *at < end && onus_path_is_good(out, n);
}

/* One line: 64 hexadecimal digits, or the canonical JSON of a map with kind, path and, of a file, sha256 and bytes. The
 * path is unescaped where it stands: `line` is changed, once its hash is taken. */
static bool parse_leaf(char *line, size_t length, onus_leaf *out) {
  *out = (onus_leaf){.kind = ONUS_LEAF_HIDDEN};
  if (onus_hash_from_hex(line, length, &out->hash))
    return true;
  onus_hash_leaf(line, length, &out->hash);
  const char *at = line, *end = line + length;
  size_t path_bytes;
  if (take(&at, end, "{\"bytes\":")) {
    size_t digits = 0;
    while (at + digits < end && at[digits] >= '0' && at[digits] <= '9')
      digits++;
    if (!onus_decimal_parse(at, digits, &out->file_bytes))
      return false;
    at += digits;
    out->kind = ONUS_LEAF_FILE;
    if (!take(&at, end, ",\"kind\":\"file\",\"path\":\""))
      return false;
  } else if (take(&at, end, "{\"kind\":\"removed\",\"path\":\"")) {
    out->kind = ONUS_LEAF_REMOVED;
  } else {
    return false;
  }
  char *path = line + (at - line);
  if (!take_path(&at, end, path, &path_bytes))
    return false;
  if (out->kind == ONUS_LEAF_FILE) {
    if (!take(&at, end, "\",\"sha256\":\"") || end - at < 64 || !onus_hash_from_hex(at, 64, &out->file))
      return false;
    at += 64;
  }
  if (!take(&at, end, "\"}") || at != end)
    return false;
  path[path_bytes] = '\0';
  out->path = path;
  return true;
}

static onus_status parse_leaves(onus_log *log, const onus_signing *signing, size_t length, onus_error *error) {
  onus_lines lines = {signing->text.bytes, length, 1};
  size_t n_lines = 0, line_bytes;
  const char *line;
  for (size_t i = 0; i < length; i++)
    n_lines += signing->text.bytes[i] == '\n';
  onus_leaf *grown = realloc(log->leaves, (log->n_leaves + n_lines + 1) * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  log->leaves = grown;
  if (!onus_lines_next(&lines, &line, &line_bytes) || line_bytes != strlen(ONUS_LEAVES_HEAD) ||
      memcmp(line, ONUS_LEAVES_HEAD, line_bytes) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, 1, 1,
                        "does not begin with \"" ONUS_LEAVES_HEAD "\"; it was changed, or is of another version");
  while (onus_lines_next(&lines, &line, &line_bytes)) {
    onus_leaf *leaf = &log->leaves[log->n_leaves];
    if (!parse_leaf(signing->text.bytes + (line - signing->text.bytes), line_bytes, leaf))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, lines.line - 1, 1,
                          "no leaf; one is 64 hexadecimal digits, or a map with kind, path, sha256 and bytes as "
                          "`onus sign` writes it; the file was changed");
    if (!onus_tree_edge_add(&log->edge, &leaf->hash))
      return ONUS_FAIL_AT(error, ONUS_LIMIT, signing->path, lines.line - 1, 1, "too many leaves");
    log->n_leaves++;
  }
  return ONUS_OK;
}

/* --- one file ---------------------------------------------------------------------------------------------------- */

static onus_status parse_signing(onus_log *log, onus_signing *signing, uint64_t size, onus_error *error) {
  const char *empty = signing->text.length ? memmem(signing->text.bytes, signing->text.length, "\n\n", 2) : NULL;
  if (!empty)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, 0, 0,
                        "has no empty line between leaves and checkpoint; it was changed or cut");
  size_t leaves_bytes = (size_t)(empty - signing->text.bytes) + 1;
  unsigned line = 2;
  for (size_t i = 0; i < leaves_bytes; i++)
    line += signing->text.bytes[i] == '\n';
  ONUS_TRY(parse_leaves(log, signing, leaves_bytes, error));
  signing->note = malloc(sizeof *signing->note);
  if (!signing->note)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(onus_note_parse(signing->path, line, signing->text.bytes + leaves_bytes + 1,
                           signing->text.length - leaves_bytes - 1, signing->note, error));
  ONUS_TRY(onus_checkpoint_parse(signing->note, &signing->checkpoint, error));
  const onus_checkpoint *now = &signing->checkpoint, *first = &log->signings[0].checkpoint;
  onus_hash root;
  onus_tree_edge_root(&log->edge, &root);
  if (now->size != log->n_leaves || now->size != size)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, line + 1, 1,
                        "the checkpoint counts %llu leaves and the name of the file %llu, but there are %zu up to "
                        "here; a file is missing, was renamed or changed",
                        (unsigned long long)now->size, (unsigned long long)size, log->n_leaves);
  if (!onus_hash_same(&root, &now->root))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, line + 2, 1,
                        "the root is not that of the leaves; a leaf, here or in an earlier file, or the root was "
                        "changed");
  if (now->origin_bytes != first->origin_bytes || memcmp(now->origin, first->origin, now->origin_bytes) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, line, 1,
                        "the origin is not that of the first checkpoint; the file belongs to another case");
  return ONUS_OK;
}

onus_status onus_log_add(onus_log *log, const char *path, uint64_t size, onus_text *bytes, onus_error *error) {
  onus_signing *grown = realloc(log->signings, (log->n_signings + 1) * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  log->signings = grown;
  onus_signing *signing = &log->signings[log->n_signings];
  *signing = (onus_signing){.path = strdup(path)};
  if (!signing->path)
    return ONUS_FAIL_NO_MEMORY(error);
  log->n_signings++;
  signing->text = *bytes;
  *bytes = (onus_text){0};
  return parse_signing(log, signing, size, error);
}

static onus_status read_signing(onus_log *log, const char *folder, const char *name, uint64_t size, onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES];
  onus_text text;
  if (!onus_custody_path(folder, name, path))
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
  ONUS_TRY(onus_file_read(path, ONUS_LOG_BYTES, &text, error));
  onus_status status = onus_log_add(log, path, size, &text, error);
  onus_text_free(&text);
  return status;
}

static onus_status read_keys(onus_log *log, const char *folder, onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES];
  if (!onus_custody_path(folder, ONUS_CUSTODY_KEYS, path))
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
  onus_text text;
  ONUS_TRY(onus_file_read(path, ONUS_KEYS_BYTES, &text, error));
  onus_lines lines = {text.bytes, text.length, 1};
  const char *line;
  size_t line_bytes, n_lines = 0;
  for (size_t i = 0; i < text.length; i++)
    n_lines += text.bytes[i] == '\n';
  log->keys = calloc(n_lines + 1, sizeof *log->keys);
  onus_status status = log->keys ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  while (status == ONUS_OK && onus_lines_next(&lines, &line, &line_bytes)) {
    status = onus_public_key_parse(path, lines.line - 1, line, line_bytes, &log->keys[log->n_keys], error);
    log->n_keys += status == ONUS_OK;
  }
  if (status == ONUS_OK && lines.rest_bytes > 0)
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, lines.line, 1, "the last line does not end; the file was cut");
  onus_text_free(&text);
  return status;
}

/* --- the folder -------------------------------------------------------------------------------------------------- */

static int is_not_dots(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && !onus_name_is_leftover(entry->d_name);
}

static onus_status read_names(const char *folder, struct dirent **names, size_t count, onus_log *log,
                              onus_error *error) {
  bool has_keys = false;
  log->tokens = calloc(count + 1, sizeof *log->tokens);
  if (!log->tokens)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < count; i++) {
    const char *name = names[i]->d_name;
    uint64_t size;
    char path[ONUS_LOG_PATH_BYTES];
    if (strcmp(name, ONUS_CUSTODY_KEYS) == 0) {
      has_keys = true;
      ONUS_TRY(read_keys(log, folder, error));
    } else if (name_is(name, ".signed", &size)) {
      ONUS_TRY(read_signing(log, folder, name, size, error));
    } else if (name_is(name, ".tsr", &size)) {
      if (!(log->tokens[log->n_tokens] = strdup(name)))
        return ONUS_FAIL_NO_MEMORY(error);
      log->n_tokens++;
    } else {
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, onus_custody_path(folder, name, path) ? path : folder, 0, 0,
                          "no command of onus puts a file of this name there; remove it");
    }
  }
  if (!has_keys && log->n_signings)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0,
                        "the file custody/keys is missing; without it nobody can tell who signed");
  return ONUS_OK;
}

onus_status onus_log_read(const char *folder, onus_log *ret_log, onus_error *error) {
  *ret_log = (onus_log){0};
  char path[ONUS_LOG_PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/" ONUS_CUSTODY_FOLDER, folder) >= (int)sizeof path - ONUS_LOG_NAME_BYTES)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
  struct dirent **names = NULL;
  int count = scandir(path, &names, is_not_dots, alphasort);
  if (count < 0) {
    int number = errno;
    if (number == ENOENT)
      return ONUS_OK;
    return ONUS_FAIL_AT(error, number == ENOMEM ? ONUS_NO_MEMORY : ONUS_IO, path, 0, 0, "cannot be read: %s",
                        strerror(number));
  }
  onus_status status = read_names(folder, names, (size_t)count, ret_log, error);
  for (int i = 0; i < count; i++)
    free(names[i]);
  free(names);
  return status;
}

void onus_log_free(onus_log *log) {
  for (size_t i = 0; i < log->n_signings; i++) {
    free(log->signings[i].path);
    free(log->signings[i].note);
    onus_text_free(&log->signings[i].text);
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
