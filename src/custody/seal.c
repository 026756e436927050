/* Sealing: what an item shows goes from the case into its holder's store, and a commitment takes its place.
 *
 * A commitment is the hash of a disclosure with 128 random bits in it, so equal contents have different commitments and
 * nobody can find a content by trying. Attachments are disclosures of their own whose digests stand in the first one
 * (`_sd`), filled up with decoys to a multiple of 8, so that they can be shown one by one and do not show in the tree.
 *
 * Order: first the store is written, then the case, then sealed attachments are removed from the folder. Whoever is
 * interrupted in between runs the same command again: items that are sealed with what is in the store are only cleaned
 * up after.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "case/disclosure.h"
#include "custody/custody.h"
#include "custody/edit.h"
#include "custody/safe.h"
#include "document/canonical.h"
#include "verify/folder.h"

enum { SALT_BYTES = 16, SALT_TEXT_BYTES = 23, DIGESTS_MULTIPLE = 8, ARENA_BYTES = 1 << 29 };
static const size_t ATTACHMENT_BYTES = (size_t)8 << 20, DISCLOSURE_BYTES = (size_t)24 << 20;

typedef struct sealing {
  const char *folder;
  const onus_seal_options *options;
  onus_case_file file;
  onus_arena *arena;
  onus_build build;
  const onus_node *root, *vouched; /* vouched: of options->vouch; NULL: each item's own */
  onus_edit *edits;
  size_t n_edits;
  onus_secret *safe;
  onus_buffer added; /* to the store */
  bool *chosen;      /* items, by their place in the case */
  const char **attachments;
  size_t n_attachments;
  onus_table *seals; /* of the store */
  onus_table *named; /* files that stay public */
  onus_seal_summary summary;
} sealing;

/* --- disclosures ------------------------------------------------------------------------------------------------- */

static void put_base64url(onus_buffer *out, const char *bytes, size_t length) {
  size_t cap = sodium_base64_encoded_len(length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  char *text = malloc(cap);
  if (!text) {
    out->status = out->status == ONUS_OK ? ONUS_NO_MEMORY : out->status;
    return;
  }
  sodium_bin2base64(text, cap, (const unsigned char *)bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  onus_buffer_append(out, text, strlen(text));
  sodium_memzero(text, cap);
  free(text);
}

/* base64url of [salt, name, value] appended to `out`. */
static onus_status put_disclosure(sealing *s, const char *name, const onus_node *value, onus_buffer *out,
                                  onus_error *error) {
  unsigned char salt[SALT_BYTES];
  char salt_text[SALT_TEXT_BYTES];
  randombytes_buf(salt, sizeof salt);
  sodium_bin2base64(salt_text, sizeof salt_text, salt, sizeof salt, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  onus_branch list = onus_build_list(&s->build);
  onus_build_add(&s->build, &list, onus_build_string(&s->build, salt_text));
  onus_build_add(&s->build, &list, onus_build_string(&s->build, name));
  onus_build_add(&s->build, &list, value);
  onus_buffer json = onus_buffer_new(DISCLOSURE_BYTES);
  if (!s->build.has_failed)
    onus_document_canonical(&json, list.node);
  onus_status status = s->build.has_failed ? ONUS_NO_MEMORY : json.status;
  if (status == ONUS_OK)
    put_base64url(out, json.bytes, json.length_bytes);
  if (json.bytes)
    sodium_memzero(json.bytes, json.length_bytes);
  onus_buffer_free(&json);
  status = status == ONUS_OK ? out->status : status;
  if (status == ONUS_LIMIT)
    return ONUS_FAIL(error, ONUS_LIMIT, "%s is too large to be sealed", name);
  return status == ONUS_OK ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* That the file is sealed, and is to leave the folder. */
static onus_status note_attachment(sealing *s, const char *path, onus_error *error) {
  const char **grown = realloc(s->attachments, (s->n_attachments + 1) * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  s->attachments = grown;
  s->attachments[s->n_attachments++] = path;
  return ONUS_OK;
}

/* The attachment as a disclosure of its own in the store; its digest comes back. */
static onus_status seal_attachment(sealing *s, const char *item, const char *path, const onus_node **ret_digest,
                                   onus_error *error) {
  onus_text bytes;
  onus_hash hash;
  uint64_t n_bytes;
  if (!onus_path_is_good(path, strlen(path)))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "no plain path; rename the file");
  ONUS_TRY(onus_folder_digest(s->folder, path, ATTACHMENT_BYTES, &bytes, &hash, &n_bytes, error));
  size_t cap = sodium_base64_encoded_len(bytes.length, sodium_base64_VARIANT_ORIGINAL);
  char *text = ONUS_ARENA_ARRAY(s->arena, char, cap);
  if (text)
    sodium_bin2base64(text, cap, (const unsigned char *)bytes.bytes, bytes.length, sodium_base64_VARIANT_ORIGINAL);
  onus_text_free(&bytes);
  if (!text)
    return ONUS_FAIL(error, ONUS_LIMIT, "the attachments are too large to be sealed together");
  onus_buffer_printf(&s->added, "attachment %s ", item);
  size_t start = s->added.length_bytes;
  ONUS_TRY(put_disclosure(s, path, onus_build_string(&s->build, text), &s->added, error));
  char digest[ONUS_SD_DIGEST_BYTES];
  onus_sd_digest(s->added.bytes + start, s->added.length_bytes - start, digest);
  onus_buffer_character(&s->added, '\n');
  ONUS_TRY(note_attachment(s, path, error));
  *ret_digest = onus_build_string(&s->build, digest);
  return ONUS_OK;
}

static int compare_texts(const void *a, const void *b) {
  return strcmp((*(const onus_node *const *)a)->text, (*(const onus_node *const *)b)->text);
}

/* `_sd`: digests of the attachments and decoys, sorted. */
static onus_status seal_attachments(sealing *s, const char *item, const onus_node *paths, const onus_node **ret_list,
                                    onus_error *error) {
  size_t n = paths ? paths->n_children : 0, count = 0;
  size_t padded = (n / DIGESTS_MULTIPLE + 1) * DIGESTS_MULTIPLE;
  const onus_node **digests = ONUS_ARENA_ARRAY(s->arena, const onus_node *, padded);
  if (!digests)
    return ONUS_FAIL_NO_MEMORY(error);
  for (const onus_node *path = paths ? paths->first : NULL; path; path = path->next)
    ONUS_TRY(seal_attachment(s, item, path->text, &digests[count++], error));
  while (count < padded) {
    char random[ONUS_HASH_BYTES], digest[ONUS_SD_DIGEST_BYTES];
    randombytes_buf(random, sizeof random);
    onus_sd_digest(random, sizeof random, digest);
    digests[count++] = onus_build_string(&s->build, digest);
  }
  if (s->build.has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  qsort(digests, padded, sizeof *digests, compare_texts);
  onus_branch list = onus_build_list(&s->build);
  for (size_t i = 0; i < padded; i++)
    onus_build_add(&s->build, &list, digests[i]);
  *ret_list = list.node;
  return ONUS_OK;
}

/* --- one item ---------------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *key, const char *const *keys) {
  while (*keys && strcmp(key, *keys) != 0)
    keys++;
  return *keys != NULL;
}

static const char *const ROWS[] = {"likelihood", "ratio", "strength", "says", NULL};
static const char *const SEALED[] = {"likelihood", "ratio", "strength", "says", "reasons", "observed", NULL};
static const char *const DROPPED[] = {"likelihood", "ratio",   "strength",    "says",   "reasons",
                                      "observed",   "vouched", "attachments", "sealed", NULL};

/* The value of the disclosure. Attachments go to the store before it, so their lines come first. */
static onus_status make_value(sealing *s, const onus_node *item, const onus_node **ret_value, onus_error *error) {
  onus_branch value = onus_build_map(&s->build);
  const onus_node *digests;
  for (const onus_node *child = item->first; child; child = child->next)
    if (is_one_of(child->key, SEALED))
      onus_build_put(&s->build, &value, child->key, child);
  ONUS_TRY(seal_attachments(s, onus_node_get(item, "id")->text, onus_node_get(item, "attachments"), &digests, error));
  onus_build_put(&s->build, &value, "_sd", digests);
  *ret_value = value.node;
  return s->build.has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

/* What stays in the case. */
static const onus_node *make_public(sealing *s, const onus_node *item, const char *commitment,
                                    const onus_node *vouched) {
  onus_branch map = onus_build_map(&s->build), sealed = onus_build_map(&s->build);
  for (const onus_node *child = item->first; child; child = child->next)
    if (s->options->title && strcmp(child->key, "title") == 0)
      onus_build_put(&s->build, &map, "title", onus_build_string(&s->build, s->options->title));
    else if (!is_one_of(child->key, DROPPED))
      onus_build_put(&s->build, &map, child->key, child);
  onus_build_put(&s->build, &sealed, "commitment", onus_build_string(&s->build, commitment));
  onus_build_put(&s->build, &sealed, "size", onus_build_number(&s->build, 1));
  onus_build_put(&s->build, &map, "sealed", sealed.node);
  onus_build_put(&s->build, &map, "vouched", vouched);
  return map.node;
}

static onus_status fail_item(const sealing *s, const onus_node *item, const char *what, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, s->file.path, item->line, item->column, "the item %s %s",
                      onus_node_get(item, "id")->text, what);
}

/* A sealed item may be sealed again from its row (after it was opened for good); one without a row has nothing. */
static onus_status check_item(const sealing *s, const onus_node *item, onus_error *error) {
  for (size_t i = 0; ROWS[i]; i++)
    if (onus_node_get(item, ROWS[i]))
      return s->vouched || onus_node_get(item, "vouched")
                 ? ONUS_OK
                 : fail_item(s, item,
                             "needs a row that its holder vouches for; give --vouch, or write `vouched` into the item",
                             error);
  if (onus_node_get(item, "sealed"))
    return fail_item(s, item, "is sealed already, and not with what is in this store", error);
  return fail_item(s, item,
                   "has no row of its own to be sealed; items with likelihood, ratio, strength or says can be sealed",
                   error);
}

static onus_status seal_item(sealing *s, const onus_node *item, onus_error *error) {
  const char *id = onus_node_get(item, "id")->text;
  const onus_node *value, *vouched = s->vouched ? s->vouched : onus_node_get(item, "vouched");
  ONUS_TRY(check_item(s, item, error));
  onus_buffer own = onus_buffer_new(DISCLOSURE_BYTES * 2);
  ONUS_TRY(make_value(s, item, &value, error));
  onus_status status = put_disclosure(s, id, value, &own, error);
  if (status == ONUS_OK) {
    char commitment[ONUS_COMMITMENT_BYTES];
    onus_disclosure_commitment(own.bytes, own.length_bytes, commitment);
    onus_buffer_printf(&s->added, "seal %s ", id);
    onus_buffer_append(&s->added, own.bytes, own.length_bytes);
    onus_buffer_character(&s->added, '\n');
    s->edits[s->n_edits++] = (onus_edit){item, make_public(s, item, commitment, vouched)};
    s->summary.n_sealed++;
  }
  onus_buffer_free(&own);
  ONUS_TRY(status);
  if (s->added.status != ONUS_OK || s->build.has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  return ONUS_OK;
}

/* --- what was sealed before -------------------------------------------------------------------------------------- */

/* The seals in the store, by their commitments: where the lines of each begin, which are its attachments and it. */
static onus_status index_store(sealing *s, onus_error *error) {
  s->seals = onus_table_new();
  onus_safe_line line;
  for (size_t at = 0, first = 0; s->seals && onus_safe_next(s->safe, &at, &line);) {
    if (line.is_attachment)
      continue;
    char *commitment = ONUS_ARENA_ARRAY(s->arena, char, ONUS_COMMITMENT_BYTES);
    if (!commitment)
      return ONUS_FAIL_NO_MEMORY(error);
    onus_disclosure_commitment(line.disclosure, line.disclosure_bytes, commitment);
    if (!onus_table_put(s->seals, commitment, first))
      return ONUS_FAIL_NO_MEMORY(error);
    first = at;
  }
  return s->seals ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* Whether the store holds what the case's commitment of the item stands for. Its attachments are then noted, to be
 * removed if they are still there. */
static onus_status is_sealed_with_store(sealing *s, size_t item, bool *ret_is, onus_error *error) {
  const onus_item *it = &s->file.c->items[item];
  *ret_is = false;
  if (!it->is_sealed || it->row.kind != ONUS_ROW_NONE)
    return ONUS_OK;
  size_t at = onus_table_get(s->seals, it->commitment);
  onus_safe_line line;
  while (at != ONUS_NONE && onus_safe_next(s->safe, &at, &line)) {
    onus_disclosure attachment;
    bool is_own = line.item_bytes == strlen(it->id) && memcmp(line.item, it->id, line.item_bytes) == 0;
    *ret_is = is_own && !line.is_attachment;
    if (!is_own || !line.is_attachment)
      return ONUS_OK;
    ONUS_TRY(
        onus_disclosure_parse(s->options->store, line.disclosure, line.disclosure_bytes, s->arena, &attachment, error));
    ONUS_TRY(note_attachment(s, attachment.name, error));
  }
  return ONUS_OK;
}

/* --- attachments in the folder ----------------------------------------------------------------------------------- */

/* The files that items name which stay as they are. */
static onus_table *find_named(const onus_case *c, const bool *chosen) {
  onus_table *named = onus_table_new();
  bool is_good = named != NULL;
  for (size_t i = 0; i < c->n_items; i++) {
    if (chosen[i])
      continue;
    if (c->items[i].row.from)
      is_good = is_good && onus_table_put(named, c->items[i].row.from, i);
    for (size_t a = 0; a < c->items[i].n_attachments; a++)
      is_good = is_good && onus_table_put(named, c->items[i].attachments[a], i);
  }
  if (is_good)
    return named;
  onus_table_free(named);
  return NULL;
}

static onus_status remove_attachments(sealing *s, onus_error *error) {
  s->named = s->n_attachments ? find_named(s->file.c, s->chosen) : NULL;
  if (s->n_attachments && !s->named)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < s->n_attachments; i++) {
    char path[2 * ONUS_LOG_PATH_BYTES];
    if (onus_table_get(s->named, s->attachments[i]) != ONUS_NONE) {
      s->summary.n_attachments_kept++;
      continue;
    }
    snprintf(path, sizeof path, "%s/%s", s->folder, s->attachments[i]);
    if (unlink(path) == 0)
      s->summary.n_attachments++;
    else if (errno != ENOENT)
      return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "is sealed and cannot be removed: %s; remove it yourself",
                          strerror(errno));
  }
  return ONUS_OK;
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static onus_status parse_inputs(sealing *s, onus_error *error) {
  ONUS_TRY(onus_case_file_read(s->folder, &s->file, error));
  ONUS_TRY((s->file.is_json ? onus_document_parse_json : onus_document_parse_yaml)(
      s->file.path, s->file.bytes.bytes, s->file.bytes.length, s->arena, &s->root, error));
  if (!s->options->vouch)
    return ONUS_OK;
  ONUS_TRY(
      onus_document_parse_yaml("--vouch", s->options->vouch, strlen(s->options->vouch), s->arena, &s->vouched, error));
  return s->vouched->kind == ONUS_NODE_MAP
             ? ONUS_OK
             : ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "--vouch is no row; write it as '{ratio: {dprk: [5, 50]}}'");
}

/* Marks the items asked for, by their place in the case. */
static onus_status choose_items(sealing *s, onus_error *error) {
  s->chosen = ONUS_ARENA_ARRAY(s->arena, bool, s->file.c->n_items + 1);
  if (!s->chosen)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < s->options->n_items; i++) {
    const char *id = s->options->items[i];
    size_t item = onus_table_get(s->file.c->item_ids, id);
    if (item == ONUS_NONE)
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, s->file.path, 0, 0, "the case has no item \"%.100s\"", id);
    s->chosen[item] = true;
  }
  return ONUS_OK;
}

static onus_status seal_items(sealing *s, onus_error *error) {
  size_t i = 0;
  s->edits = calloc(s->file.c->n_items + 1, sizeof *s->edits);
  if (!s->edits)
    return ONUS_FAIL_NO_MEMORY(error);
  for (const onus_node *item = onus_node_get(s->root, "evidence")->first; item; item = item->next, i++) {
    bool is_sealed = false;
    if (!s->chosen[i])
      continue;
    ONUS_TRY(is_sealed_with_store(s, i, &is_sealed, error));
    if (!is_sealed)
      ONUS_TRY(seal_item(s, item, error));
  }
  return ONUS_OK;
}

/* The new case is a case: among other things, that the vouched row fits the hypotheses. */
static onus_status check_case(const sealing *s, const onus_text *file, onus_error *error) {
  onus_case *c;
  ONUS_TRY(onus_case_parse(s->file.path, NULL, file->bytes, file->length, s->file.is_json, &c, NULL, error));
  onus_case_free(c);
  return ONUS_OK;
}

static onus_status seal(sealing *s, const onus_secret *passphrase, onus_error *error) {
  ONUS_TRY(parse_inputs(s, error));
  ONUS_TRY(choose_items(s, error));
  ONUS_TRY(onus_safe_read(s->options->store, true, passphrase, &s->safe, error));
  ONUS_TRY(index_store(s, error));
  ONUS_TRY(seal_items(s, error));
  if (s->n_edits) {
    onus_text file;
    ONUS_TRY(
        onus_edit_items(s->file.path, &s->file.bytes, s->file.is_json, s->root, s->edits, s->n_edits, &file, error));
    onus_status status = check_case(s, &file, error);
    if (status == ONUS_OK)
      status = onus_safe_write(s->options->store, passphrase, s->safe, &s->added, error);
    if (status == ONUS_OK)
      status = onus_file_write(s->file.path, file.bytes, file.length, error);
    onus_text_free(&file);
    ONUS_TRY(status);
  }
  return remove_attachments(s, error);
}

onus_status onus_case_seal(const char *folder, const onus_seal_options *options, const onus_secret *passphrase,
                           onus_seal_summary *ret_summary, onus_error *error) {
  ONUS_TRY(onus_sodium_start(error));
  sealing s = {.folder = folder,
               .options = options,
               .arena = onus_arena_new(ARENA_BYTES),
               .added = onus_buffer_new((size_t)200 << 20)};
  s.build.arena = s.arena;
  onus_status status = s.arena ? seal(&s, passphrase, error) : ONUS_FAIL_NO_MEMORY(error);
  if (s.added.bytes)
    sodium_memzero(s.added.bytes, s.added.length_bytes);
  onus_buffer_free(&s.added);
  onus_secret_free(s.safe);
  onus_table_free(s.seals);
  onus_table_free(s.named);
  onus_case_file_free(&s.file);
  onus_arena_free(s.arena);
  free(s.edits);
  free(s.attachments);
  if (status == ONUS_OK)
    *ret_summary = s.summary;
  return status;
}
