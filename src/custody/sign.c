/* Signing a case: what has changed since the last signature becomes leaves, and the key signs the root of them all.
 *
 * Hidden leaves (commitments that are new, and padding) come in numbers that are powers of two, at least 16 with each
 * signature and sorted by their value, so that neither their number nor their order tells how many are seals.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "case/case.h"
#include "custody/custody.h"
#include "custody/key.h"
#include "document/document.h"
#include "verify/folder.h"
#include "verify/verification.h"

enum { LEAST_HIDDEN = 16 };

typedef struct signing {
  const char *folder;
  const onus_key *key;
  onus_log log;
  onus_buffer lines; /* leaves that are added */
  onus_tree_edge edge;
  onus_hash *hidden; /* commitments that are new */
  size_t n_hidden;
  onus_signing_summary summary;
} signing;

/* --- leaves ------------------------------------------------------------------------------------------------------ */

static bool add_leaf(signing *s, size_t start) {
  onus_hash hash;
  if (s->lines.status != ONUS_OK)
    return false;
  onus_hash_leaf(s->lines.bytes + start, s->lines.length_bytes - start, &hash);
  onus_buffer_character(&s->lines, '\n');
  return onus_tree_edge_add(&s->edge, &hash);
}

/* The canonical JSON of a text in which only " and \ need an escape. */
static void put_path(onus_buffer *out, const char *path) {
  onus_buffer_character(out, '"');
  for (; *path; path++) {
    if (*path == '"' || *path == '\\')
      onus_buffer_character(out, '\\');
    onus_buffer_character(out, *path);
  }
  onus_buffer_character(out, '"');
}

static bool add_file(signing *s, const char *path, const onus_hash *hash, uint64_t bytes) {
  size_t start = s->lines.length_bytes;
  char hex[ONUS_HASH_HEX_BYTES];
  onus_hash_to_hex(hash, hex);
  onus_buffer_printf(&s->lines, "{\"bytes\":%llu,\"kind\":\"file\",\"path\":", (unsigned long long)bytes);
  put_path(&s->lines, path);
  onus_buffer_printf(&s->lines, ",\"sha256\":\"%s\"}", hex);
  return add_leaf(s, start);
}

static bool add_removal(signing *s, const char *path) {
  size_t start = s->lines.length_bytes;
  onus_buffer_string(&s->lines, "{\"kind\":\"removed\",\"path\":");
  put_path(&s->lines, path);
  onus_buffer_character(&s->lines, '}');
  return add_leaf(s, start);
}

static onus_status fail_adding(const signing *s, onus_error *error) {
  return s->lines.status == ONUS_LIMIT ? ONUS_FAIL(error, ONUS_LIMIT, "the case has too many files to sign")
                                       : ONUS_FAIL_NO_MEMORY(error);
}

/* --- commitments ------------------------------------------------------------------------------------------------- */

static int compare_hashes(const void *a, const void *b) {
  return memcmp(a, b, ONUS_HASH_BYTES);
}

static bool has_hash(const onus_hash *sorted, size_t count, const onus_hash *hash) {
  return count && bsearch(hash, sorted, count, sizeof *sorted, compare_hashes);
}

/* Commitments of the case that the log does not have yet. */
static onus_status find_commitments(signing *s, const onus_case *c, onus_error *error) {
  onus_hash *known = malloc((s->log.n_leaves + 1) * sizeof *known);
  s->hidden = malloc((c->n_items + 1) * sizeof *s->hidden);
  if (!known || !s->hidden) {
    free(known);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  size_t n_known = 0;
  for (size_t i = 0; i < s->log.n_leaves; i++)
    if (s->log.leaves[i].kind == ONUS_LEAF_HIDDEN)
      known[n_known++] = s->log.leaves[i].hash;
  qsort(known, n_known, sizeof *known, compare_hashes);
  for (size_t i = 0; i < c->n_items; i++) {
    onus_hash hash;
    if (c->items[i].is_sealed && onus_commitment_hash(c->items[i].commitment, &hash) &&
        !has_hash(known, n_known, &hash))
      s->hidden[s->n_hidden++] = hash;
  }
  free(known);
  return ONUS_OK;
}

/* The case in the very bytes whose digest becomes a leaf. */
static onus_status read_case(signing *s, const char *path, const onus_text *bytes, onus_error *error) {
  char whole[ONUS_LOG_PATH_BYTES];
  onus_case *c = NULL;
  snprintf(whole, sizeof whole, "%s/%s", s->folder, path);
  if (s->hidden)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, s->folder, 0, 0, "the folder holds two case files; keep one");
  ONUS_TRY(onus_case_parse(whole, NULL, bytes->bytes, bytes->length, strcmp(path, "case.json") == 0, &c, NULL, error));
  onus_status status = find_commitments(s, c, error);
  onus_case_free(c);
  return status;
}

static onus_status add_hidden(signing *s, onus_error *error) {
  size_t count = LEAST_HIDDEN;
  while (count < s->n_hidden)
    count *= 2;
  onus_hash *grown = realloc(s->hidden, count * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  s->hidden = grown;
  s->summary.n_commitments = s->n_hidden;
  s->summary.n_padding = count - s->n_hidden;
  randombytes_buf(s->hidden + s->n_hidden, (count - s->n_hidden) * sizeof *s->hidden);
  qsort(s->hidden, count, sizeof *s->hidden, compare_hashes);
  for (size_t i = 0; i < count; i++) {
    char hex[ONUS_HASH_HEX_BYTES];
    onus_hash_to_hex(&s->hidden[i], hex);
    onus_buffer_printf(&s->lines, "%s\n", hex);
    if (!onus_tree_edge_add(&s->edge, &s->hidden[i]))
      return fail_adding(s, error);
  }
  return ONUS_OK;
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static onus_status add_if_changed(signing *s, const char *path, const onus_leaf *leaf, onus_error *error) {
  onus_text kept = {0};
  onus_hash hash;
  uint64_t bytes;
  bool keeps = onus_path_is_case(path);
  ONUS_TRY(onus_folder_digest(s->folder, path, ONUS_DOCUMENT_BYTES, keeps ? &kept : NULL, &hash, &bytes, error));
  onus_status status = keeps ? read_case(s, path, &kept, error) : ONUS_OK;
  onus_text_free(&kept);
  ONUS_TRY(status);
  bool is_new = !leaf || leaf->kind != ONUS_LEAF_FILE;
  if (!is_new && leaf->file_bytes == bytes && onus_hash_same(&leaf->file, &hash))
    return ONUS_OK;
  s->summary.n_added += is_new;
  s->summary.n_changed += !is_new;
  return add_file(s, path, &hash, bytes) ? ONUS_OK : fail_adding(s, error);
}

static onus_status add_changes(signing *s, const onus_file_list *list, const onus_leaf *const *leaves, size_t n_leaves,
                               onus_error *error) {
  size_t l = 0, f = 0;
  while (l < n_leaves || f < list->count) {
    int order = l == n_leaves ? 1 : f == list->count ? -1 : strcmp(leaves[l]->path, list->files[f].path);
    if (order < 0) {
      if (leaves[l]->kind == ONUS_LEAF_FILE) {
        s->summary.n_removed++;
        if (!add_removal(s, leaves[l]->path))
          return fail_adding(s, error);
      }
      l++;
      continue;
    }
    if (!list->files[f].is_plain)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, list->files[f].path, 0, 0,
                          "is a link, a device or has a name with control characters; a case is signed as plain files");
    ONUS_TRY(add_if_changed(s, list->files[f++].path, order == 0 ? leaves[l] : NULL, error));
    l += order == 0;
  }
  if (!s->hidden)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, s->folder, 0, 0,
                        "the folder holds neither case.yaml, case.yml nor case.json; name the folder of a case");
  return ONUS_OK;
}

static onus_status find_changes(signing *s, onus_error *error) {
  const onus_leaf **leaves = NULL;
  size_t n_leaves = 0;
  onus_file_list list = {0};
  onus_status status = onus_folder_list(s->folder, &list, error);
  if (status == ONUS_OK)
    status = onus_log_files(&s->log, true, &leaves, &n_leaves, error);
  if (status == ONUS_OK)
    status = add_changes(s, &list, leaves, n_leaves, error);
  free(leaves);
  onus_file_list_free(&list);
  return status;
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

onus_status onus_custody_add_key(const char *folder, const onus_log *log, const onus_public_key *key,
                                 onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES], line[ONUS_KEY_TEXT_BYTES];
  ONUS_TRY(onus_custody_path(folder, ONUS_CUSTODY_KEYS, path, error));
  onus_buffer out = onus_buffer_new(ONUS_KEYS_BYTES);
  for (size_t k = 0; k < log->n_keys; k++) {
    if (onus_public_key_same(&log->keys[k], key)) {
      onus_buffer_free(&out);
      return ONUS_OK;
    }
    onus_public_key_format(&log->keys[k], line);
    onus_buffer_printf(&out, "%s\n", line);
  }
  onus_public_key_format(key, line);
  onus_buffer_printf(&out, "%s\n", line);
  onus_text text;
  ONUS_TRY(onus_buffer_take(&out, &text, error));
  onus_status status = onus_file_write(path, text.bytes, text.length, error);
  onus_text_free(&text);
  return status;
}

static onus_status write_signing(signing *s, onus_error *error) {
  char name[ONUS_LOG_NAME_BYTES], path[ONUS_LOG_PATH_BYTES];
  char root_text[sodium_base64_ENCODED_LEN(ONUS_HASH_BYTES, sodium_base64_VARIANT_ORIGINAL)];
  onus_hash root;
  onus_tree_edge_root(&s->edge, &root);
  sodium_bin2base64(root_text, sizeof root_text, root.bytes, sizeof root.bytes, sodium_base64_VARIANT_ORIGINAL);
  onus_buffer_character(&s->lines, '\n');
  size_t start = s->lines.length_bytes;
  onus_buffer_printf(&s->lines, "%s\n%llu\n%s\n", s->key->public_key.name, (unsigned long long)s->edge.size, root_text);
  size_t note_bytes = s->lines.length_bytes - start;
  if (s->lines.status != ONUS_OK)
    return fail_adding(s, error);
  onus_buffer signature = onus_buffer_new(ONUS_KEY_TEXT_BYTES * 2);
  onus_status status = onus_key_sign(s->key, s->lines.bytes + start, note_bytes, 0, &signature, error);
  onus_buffer_character(&s->lines, '\n');
  if (status == ONUS_OK)
    onus_buffer_append(&s->lines, signature.bytes, signature.length_bytes);
  onus_buffer_free(&signature);
  ONUS_TRY(status);
  onus_text text;
  ONUS_TRY(onus_buffer_take(&s->lines, &text, error));
  snprintf(name, sizeof name, "%012llu.signed", (unsigned long long)s->edge.size);
  status = onus_custody_path(s->folder, name, path, error);
  if (status == ONUS_OK)
    status = onus_file_write(path, text.bytes, text.length, error);
  onus_text_free(&text);
  return status;
}

static onus_status make_folder(const char *folder, onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES];
  ONUS_TRY(onus_custody_path(folder, "", path, error));
  if (mkdir(path, 0777) != 0 && errno != EEXIST)
    return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "cannot be made: %s", strerror(errno));
  return ONUS_OK;
}

/* The key that signed the case so far must be this one. */
static onus_status check_key(const signing *s, onus_error *error) {
  const onus_signing *last = &s->log.signings[s->log.n_signings - 1];
  const onus_public_key *signer;
  ONUS_TRY(onus_note_check(last->note, &last->checkpoint, s->log.keys, s->log.n_keys, true, &signer, error));
  if (!signer || !onus_public_key_same(signer, &s->key->public_key))
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, last->path, last->note->line, 1,
                        "the case is signed by another key, of %.*s; only that one can go on. `onus cosign` adds what "
                        "another party says",
                        (int)last->checkpoint.origin_bytes, last->checkpoint.origin);
  return ONUS_OK;
}

static onus_status sign(signing *s, onus_error *error) {
  ONUS_TRY(onus_log_read(s->folder, &s->log, error));
  if (s->log.n_signings)
    ONUS_TRY(check_key(s, error));
  s->edge = s->log.edge;
  onus_buffer_string(&s->lines, ONUS_LEAVES_HEAD "\n");
  size_t nothing = s->lines.length_bytes;
  ONUS_TRY(find_changes(s, error));
  s->summary.size = s->edge.size;
  if (s->log.n_signings && s->lines.length_bytes == nothing && s->n_hidden == 0)
    return ONUS_OK;
  ONUS_TRY(add_hidden(s, error));
  s->summary.size = s->edge.size;
  ONUS_TRY(make_folder(s->folder, error));
  ONUS_TRY(onus_custody_add_key(s->folder, &s->log, &s->key->public_key, error));
  return write_signing(s, error);
}

onus_status onus_case_sign(const char *folder, const onus_key *key, onus_signing_summary *ret_summary,
                           onus_error *error) {
  signing s = {.folder = folder, .key = key, .lines = onus_buffer_new(ONUS_LOG_BYTES)};
  onus_status status = sign(&s, error);
  onus_buffer_free(&s.lines);
  onus_log_free(&s.log);
  free(s.hidden);
  if (status == ONUS_OK)
    *ret_summary = s.summary;
  return status;
}
