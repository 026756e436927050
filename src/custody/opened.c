/* Opening a proof in a reader's copy of a case, and checking later that what was opened is still what was sealed.
 *
 * opened/ITEM.json holds the disclosure, the positions that use it, and the proof as it came. Attachments lie beside it
 * in opened/ITEM/. Nothing of it is signed or packed: it is the reader's own.
 */
#include "custody/opened.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "case/disclosure.h"
#include "custody/custody.h"
#include "document/build.h"
#include "document/canonical.h"
#include "verify/folder.h"

enum { ARENA_BYTES = 1 << 29 };

/* --- attachments ------------------------------------------------------------------------------------------------- */

static bool holds_digest(const onus_node *value, const char *disclosure, size_t length) {
  const onus_node *list = onus_node_get(value, "_sd");
  char digest[ONUS_SD_DIGEST_BYTES];
  onus_sd_digest(disclosure, length, digest);
  for (const onus_node *child = list ? list->first : NULL; child; child = child->next)
    if (child->kind == ONUS_NODE_STRING && strcmp(child->text, digest) == 0)
      return true;
  return false;
}

/* One attachment of the proof: where it goes, inside the case, and its bytes. */
static onus_status read_attachment(const onus_proof *proof, const onus_disclosure *item, const char *text,
                                   size_t length, onus_arena *arena, char path[ONUS_LOG_PATH_BYTES],
                                   onus_text *ret_bytes, onus_error *error) {
  const char *from = proof->note.path;
  onus_disclosure attachment;
  if (!holds_digest(item->value, text, length))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, from, 0, 0,
                        "an attachment that was not sealed with the item; it was changed or belongs to another one");
  ONUS_TRY(onus_disclosure_parse(from, text, length, arena, &attachment, error));
  if (attachment.value->kind != ONUS_NODE_STRING || !onus_path_is_good(attachment.name, strlen(attachment.name)) ||
      snprintf(path, ONUS_LOG_PATH_BYTES, ONUS_OPENED_FOLDER "/%s/%s", item->name, attachment.name) >=
          ONUS_LOG_PATH_BYTES)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, from, 0, 0, "an attachment without a plain path and content");
  size_t cap = attachment.value->text_bytes / 4 * 3 + 3, n = 0;
  char *bytes = ONUS_ARENA_ARRAY(arena, char, cap);
  if (!bytes)
    return ONUS_FAIL_NO_MEMORY(error);
  if (sodium_base642bin((unsigned char *)bytes, cap, attachment.value->text, attachment.value->text_bytes, NULL, &n,
                        NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, from, 0, 0, "an attachment whose content is not base64");
  *ret_bytes = (onus_text){bytes, n};
  return ONUS_OK;
}

typedef onus_status take_attachment(void *context, const char *path, const onus_text *bytes, onus_error *error);

static onus_status each_attachment(const onus_proof *proof, const onus_disclosure *item, take_attachment *take,
                                   void *context, onus_error *error) {
  const char *text;
  size_t length;
  for (size_t at = 0; onus_proof_next_attachment(proof, &at, &text, &length);) {
    char path[ONUS_LOG_PATH_BYTES];
    onus_text bytes;
    onus_arena *arena = onus_arena_new(ARENA_BYTES);
    onus_status status =
        arena ? read_attachment(proof, item, text, length, arena, path, &bytes, error) : ONUS_FAIL_NO_MEMORY(error);
    if (status == ONUS_OK)
      status = take(context, path, &bytes, error);
    onus_arena_free(arena);
    ONUS_TRY(status);
  }
  return ONUS_OK;
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

typedef struct opening {
  const char *folder;
  const onus_unseal_options *options;
  onus_case_file file;
  onus_log log;
  const onus_public_key *signer;
  onus_text proof_bytes;
  onus_proof proof;
  onus_arena *arena;
  onus_disclosure disclosure;
} opening;

static onus_status check_trust(const opening *o, onus_error *error) {
  bool is_trusted = o->options->n_keys == 0;
  for (size_t k = 0; k < o->options->n_keys; k++) {
    onus_public_key key;
    const char *text = o->options->keys[k];
    ONUS_TRY(onus_public_key_parse(NULL, 0, text, strcspn(text, "\r\n"), &key, error));
    is_trusted = is_trusted || onus_public_key_same(&key, o->signer);
  }
  return is_trusted ? ONUS_OK
                    : ONUS_FAIL_AT(error, ONUS_BAD_INPUT, o->folder, 0, 0,
                                   "signed by %s with a key that is none of those you gave", o->signer->name);
}

static onus_status check_item(const opening *o, onus_error *error) {
  size_t i = onus_table_get(o->file.c->item_ids, o->disclosure.name);
  const onus_item *item = i == ONUS_NONE ? NULL : &o->file.c->items[i];
  onus_hash hash;
  if (!item || !item->is_sealed)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, o->options->proof, 0, 0,
                        "discloses the item %.100s, and the case has no sealed item of that name", o->disclosure.name);
  if (!onus_commitment_hash(item->commitment, &hash) || !onus_hash_same(&hash, &o->proof.leaf))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, o->options->proof, 0, 0,
                        "what it discloses is not what the commitment of the item %.100s stands for",
                        o->disclosure.name);
  if (item->row.kind != ONUS_ROW_NONE)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, o->file.path, item->line, item->column,
                        "the item %.100s has its row in the case already", item->id);
  for (size_t p = 0; p < o->options->n_positions; p++)
    if (onus_table_get(o->file.c->position_ids, o->options->positions[p]) == ONUS_NONE)
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, o->file.path, 0, 0, "the case has no position \"%.100s\"",
                          o->options->positions[p]);
  return ONUS_OK;
}

static onus_status write_attachment(void *context, const char *path, const onus_text *bytes, onus_error *error) {
  const opening *o = context;
  char whole[2 * ONUS_LOG_PATH_BYTES];
  snprintf(whole, sizeof whole, "%s/%s", o->folder, path);
  ONUS_TRY(onus_make_folders(o->folder, path, error));
  return onus_file_write_private(whole, false, bytes->bytes, bytes->length, error);
}

static onus_status compose(opening *o, onus_text *ret_text, onus_error *error) {
  onus_build build = {.arena = o->arena};
  onus_branch map = onus_build_map(&build), positions = onus_build_list(&build);
  for (size_t p = 0; p < o->options->n_positions; p++)
    onus_build_add(&build, &positions, onus_build_string(&build, o->options->positions[p]));
  onus_build_put(&build, &map, "disclosure",
                 onus_build_format(&build, "%.*s", (int)o->proof.disclosure_bytes, o->proof.disclosures.bytes));
  onus_build_put(&build, &map, "positions", positions.node);
  onus_build_put(&build, &map, "proof", onus_build_string(&build, o->proof_bytes.bytes));
  if (build.has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_buffer out = onus_buffer_new(ONUS_DOCUMENT_BYTES);
  onus_document_canonical(&out, map.node);
  onus_buffer_character(&out, '\n');
  return onus_buffer_take(&out, ret_text, error);
}

/* The file is only kept if the case can be read with it. */
static onus_status write_opened(opening *o, onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES], whole[2 * ONUS_LOG_PATH_BYTES];
  onus_text text;
  onus_case *c = NULL;
  snprintf(path, sizeof path, ONUS_OPENED_FOLDER "/%.200s.json", o->disclosure.name);
  snprintf(whole, sizeof whole, "%s/%s", o->folder, path);
  ONUS_TRY(onus_make_folders(o->folder, path, error));
  ONUS_TRY(each_attachment(&o->proof, &o->disclosure, write_attachment, o, error));
  ONUS_TRY(compose(o, &text, error));
  onus_status status = onus_file_write_private(whole, false, text.bytes, text.length, error);
  onus_text_free(&text);
  ONUS_TRY(status);
  status = onus_case_read(o->folder, &c, NULL, error);
  onus_case_free(c);
  if (status != ONUS_OK)
    (void)unlink(whole);
  return status;
}

static onus_status open_proof(opening *o, onus_error *error) {
  ONUS_TRY(onus_file_read(o->options->proof, ONUS_PROOF_BYTES, &o->proof_bytes, error));
  ONUS_TRY(onus_proof_parse(o->options->proof, o->proof_bytes.bytes, o->proof_bytes.length, &o->proof, error));
  ONUS_TRY(onus_log_open(o->folder, &o->log, &o->signer, error));
  ONUS_TRY(check_trust(o, error));
  ONUS_TRY(onus_log_has_proof(&o->log, o->signer, &o->proof, error));
  ONUS_TRY(onus_disclosure_parse(o->options->proof, o->proof.disclosures.bytes, o->proof.disclosure_bytes, o->arena,
                                 &o->disclosure, error));
  ONUS_TRY(onus_case_file_read(o->folder, &o->file, error));
  ONUS_TRY(check_item(o, error));
  return write_opened(o, error);
}

onus_status onus_case_unseal(const char *folder, const onus_unseal_options *options, onus_text *ret_item,
                             onus_error *error) {
  opening o = {.folder = folder, .options = options, .arena = onus_arena_new(ARENA_BYTES)};
  onus_status status = o.arena ? open_proof(&o, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    onus_buffer out = onus_buffer_new(1024);
    onus_buffer_string(&out, o.disclosure.name);
    status = onus_buffer_take(&out, ret_item, error);
  }
  onus_proof_free(&o.proof);
  onus_text_free(&o.proof_bytes);
  onus_log_free(&o.log);
  onus_case_file_free(&o.file);
  onus_arena_free(o.arena);
  return status;
}

/* --- verifying what was opened ----------------------------------------------------------------------------------- */

typedef struct verifying {
  const char *folder, *path;
  const onus_item *item;
  const onus_public_key *signer;
  onus_verification *verification;
  size_t n_attachments;
} verifying;

static onus_status compare_attachment(void *context, const char *path, const onus_text *bytes, onus_error *error) {
  verifying *v = context;
  onus_hash meant, found;
  uint64_t length;
  crypto_hash_sha256(meant.bytes, (const unsigned char *)bytes->bytes, bytes->length);
  ONUS_TRY(onus_folder_digest(v->folder, path, 0, NULL, &found, &length, error));
  v->n_attachments++;
  return onus_hash_same(&meant, &found)
             ? ONUS_OK
             : ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "is not the attachment that was sealed");
}

static onus_status verify_proof(verifying *v, const onus_node *disclosed, const onus_proof *proof, onus_arena *arena,
                                onus_error *error) {
  onus_disclosure disclosure;
  onus_hash hash;
  ONUS_TRY(onus_log_has_proof(&v->verification->log, v->signer, proof, error));
  if (disclosed->text_bytes != proof->disclosure_bytes ||
      memcmp(disclosed->text, proof->disclosures.bytes, disclosed->text_bytes) != 0)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "what is used is not what the proof discloses");
  if (!onus_commitment_hash(v->item->commitment, &hash) || !onus_hash_same(&hash, &proof->leaf))
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "what is disclosed is not what the commitment of the item stands for");
  ONUS_TRY(onus_disclosure_parse(v->path, disclosed->text, disclosed->text_bytes, arena, &disclosure, error));
  if (strcmp(disclosure.name, v->item->id) != 0)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "another item is disclosed");
  return each_attachment(proof, &disclosure, compare_attachment, v, error);
}

static onus_status verify_root(verifying *v, const onus_node *root, onus_arena *arena, onus_error *error) {
  const onus_node *disclosed = onus_node_get(root, "disclosure"), *text = onus_node_get(root, "proof"),
                  *positions = onus_node_get(root, "positions");
  if (!disclosed || !text || !positions || disclosed->kind != ONUS_NODE_STRING || text->kind != ONUS_NODE_STRING ||
      positions->kind != ONUS_NODE_LIST || root->n_children != 3)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "does not hold disclosure, positions and proof");
  onus_proof proof;
  ONUS_TRY(onus_proof_parse(v->path, text->text, text->text_bytes, &proof, error));
  onus_status status = verify_proof(v, disclosed, &proof, arena, error);
  onus_proof_free(&proof);
  ONUS_TRY(status);
  onus_buffer names = onus_buffer_new(1 << 16);
  for (const onus_node *child = positions->first; child; child = child->next)
    if (child->kind == ONUS_NODE_STRING)
      onus_buffer_printf(&names, "%s%s", names.length_bytes ? ", " : "", child->text);
  onus_verification_add(v->verification, ONUS_FINDING_PROVEN, "seal",
                        "what was opened of the sealed item %s, for %s, with %zu attachments, is what was committed to",
                        v->item->id, names.length_bytes ? names.bytes : "nobody", v->n_attachments);
  onus_buffer_free(&names);
  return ONUS_OK;
}

onus_status onus_opened_verify(const char *folder, const onus_item *item, const onus_public_key *signer,
                               onus_verification *verification, bool *ret_is_opened, onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES], whole[2 * ONUS_LOG_PATH_BYTES];
  struct stat info;
  *ret_is_opened = false;
  snprintf(path, sizeof path, ONUS_OPENED_FOLDER "/%.200s.json", item->id);
  snprintf(whole, sizeof whole, "%s/%s", folder, path);
  if (lstat(whole, &info) != 0)
    return ONUS_OK;
  verifying v = {.folder = folder, .path = path, .item = item, .signer = signer, .verification = verification};
  onus_arena *arena = onus_arena_new(ARENA_BYTES);
  onus_text text = {0};
  onus_hash hash;
  uint64_t length;
  const onus_node *root;
  onus_error found = {0};
  onus_status status = arena ? onus_folder_digest(folder, path, ONUS_DOCUMENT_BYTES, &text, &hash, &length, &found)
                             : ONUS_FAIL_NO_MEMORY(&found);
  if (status == ONUS_OK)
    status = onus_document_parse_json(path, text.bytes, text.length, arena, &root, &found);
  if (status == ONUS_OK)
    status = verify_root(&v, root, arena, &found);
  onus_text_free(&text);
  onus_arena_free(arena);
  if (status == ONUS_NO_MEMORY) {
    if (error)
      *error = found;
    return status;
  }
  if (status != ONUS_OK)
    onus_verification_add(verification, ONUS_FINDING_REFUSED, "seal", "%s: %s%s%s", path, found.path,
                          found.path[0] ? ": " : "", found.text);
  *ret_is_opened = status == ONUS_OK;
  return ONUS_OK;
}
