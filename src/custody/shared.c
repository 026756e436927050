#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "custody/custody.h"
#include "verify/verification.h"

/* --- the case file ----------------------------------------------------------------------------------------------- */

onus_status onus_case_file_read(const char *folder, onus_case_file *ret_file, onus_error *error) {
  static const char *const NAMES[] = {"case.yaml", "case.yml", "case.json"};
  struct stat info;
  *ret_file = (onus_case_file){.path = ""};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    char path[ONUS_LOG_PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/%s", folder, NAMES[i]) >= (int)sizeof path)
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
    if (stat(path, &info) != 0)
      continue;
    if (ret_file->path[0])
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0, "the folder holds two case files; keep one");
    memcpy(ret_file->path, path, sizeof path);
    ret_file->is_json = i == 2;
  }
  if (!ret_file->path[0])
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0,
                        "the folder holds neither case.yaml, case.yml nor case.json; name the folder of a case");
  ONUS_TRY(onus_file_read(ret_file->path, ONUS_DOCUMENT_BYTES, &ret_file->bytes, error));
  return onus_case_parse(ret_file->path, NULL, ret_file->bytes.bytes, ret_file->bytes.length, ret_file->is_json,
                         &ret_file->c, NULL, error);
}

void onus_case_file_free(onus_case_file *file) {
  onus_text_free(&file->bytes);
  onus_case_free(file->c);
  *file = (onus_case_file){.path = ""};
}

size_t onus_case_file_item(const onus_case_file *file, const char *id, size_t id_bytes) {
  for (size_t i = 0; i < file->c->n_items; i++)
    if (strlen(file->c->items[i].id) == id_bytes && memcmp(file->c->items[i].id, id, id_bytes) == 0)
      return i;
  return ONUS_NONE;
}

/* --- the log ----------------------------------------------------------------------------------------------------- */

onus_status onus_log_open(const char *folder, onus_log *ret_log, const onus_public_key **ret_signer,
                          onus_error *error) {
  ONUS_TRY(onus_log_read(folder, ret_log, error));
  if (ret_log->n_signings == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0, "the case is not signed; `onus sign` does that");
  const onus_signing *last = &ret_log->signings[ret_log->n_signings - 1];
  ONUS_TRY(onus_note_check(last->note, &last->checkpoint, ret_log->keys, ret_log->n_keys, true, ret_signer, error));
  if (!*ret_signer)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, last->path, last->note->line, 1,
                        "the origin did not sign this checkpoint; its signature was taken out");
  return ONUS_OK;
}

onus_status onus_log_has_proof(const onus_log *log, const onus_public_key *signer, const onus_proof *proof,
                               onus_error *error) {
  const onus_checkpoint *first = &log->signings[0].checkpoint, *own = &proof->checkpoint;
  const onus_public_key *found;
  onus_hash root;
  ONUS_TRY(onus_note_check(&proof->note, own, log->keys, log->n_keys, false, &found, error));
  if (own->origin_bytes != first->origin_bytes || memcmp(own->origin, first->origin, own->origin_bytes) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, proof->note.path, proof->note.line, 1, "a proof for another case");
  if (!found || !onus_public_key_same(found, signer))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, proof->note.path, proof->note.line, 1,
                        "the checkpoint in the proof is not signed by the key that signed the case");
  if (own->size > log->n_leaves)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, proof->note.path, proof->note.line, 1,
                        "the proof is of a later state of the case than this copy; get the case anew");
  onus_log_root(log, own->size, &root);
  if (!onus_hash_same(&root, &own->root))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, proof->note.path, proof->note.line, 1,
                        "the case does not continue the checkpoint in the proof: one of the two histories was forged");
  const onus_leaf *leaf = &log->leaves[proof->index];
  if (leaf->kind != ONUS_LEAF_HIDDEN || !onus_hash_same(&leaf->hash, &proof->leaf))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, proof->note.path, 0, 0,
                        "what the proof discloses is no sealed content of this case");
  return ONUS_OK;
}

/* --- small parts ------------------------------------------------------------------------------------------------- */

onus_status onus_make_folders(const char *folder, const char *path, onus_error *error) {
  char whole[ONUS_LOG_PATH_BYTES];
  int length = snprintf(whole, sizeof whole, "%s/%s", folder, path);
  if (length >= (int)sizeof whole)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
  for (char *at = whole + strlen(folder) + 1; *at; at++) {
    if (*at != '/')
      continue;
    *at = '\0';
    if (mkdir(whole, 0777) != 0 && errno != EEXIST)
      return ONUS_FAIL_AT(error, ONUS_IO, whole, 0, 0, "cannot be made: %s", strerror(errno));
    *at = '/';
  }
  return ONUS_OK;
}

void onus_sd_digest(const char *disclosure, size_t length, char out[ONUS_SD_DIGEST_BYTES]) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, (const unsigned char *)disclosure, length);
  sodium_bin2base64(out, ONUS_SD_DIGEST_BYTES, digest, sizeof digest, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool onus_proof_next_attachment(const onus_proof *proof, size_t *at, const char **ret_text, size_t *ret_bytes) {
  size_t start = (*at ? *at : proof->disclosure_bytes) + 1;
  if (start > proof->disclosures.length)
    return false;
  const char *text = proof->disclosures.bytes + start;
  const char *end = memchr(text, '~', proof->disclosures.length - start);
  *ret_text = text;
  *ret_bytes = end ? (size_t)(end - text) : proof->disclosures.length - start;
  *at = start + *ret_bytes;
  return true;
}
