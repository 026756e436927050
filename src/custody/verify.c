/* What only a reader of the case can say of a verification: which items are sealed. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "case/case.h"
#include "custody/custody.h"
#include "custody/opened.h"
#include "custody/token.h"
#include "verify/verification.h"

enum { UNSEEN_NAMED = 20 };

bool onus_commitment_hash(const char *commitment, onus_hash *ret_hash) {
  static const char PREFIX[] = "sha256:";
  char digits[ONUS_HASH_HEX_BYTES];
  if (strncmp(commitment, PREFIX, sizeof PREFIX - 1) != 0 || strlen(commitment) != sizeof PREFIX - 1 + 64)
    return false;
  /* A case may write them large. */
  for (size_t i = 0; i < sizeof digits; i++) {
    char c = commitment[sizeof PREFIX - 1 + i];
    digits[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
  }
  return onus_hash_from_hex(digits, 64, ret_hash);
}

/* The hidden leaves, sorted; what a case of many sealed items is looked up in. */
typedef struct hidden_leaves {
  onus_hash *hashes;
  size_t count;
} hidden_leaves;

static int compare_hashes(const void *a, const void *b) {
  return memcmp(a, b, sizeof(onus_hash));
}

static bool find_hidden(const onus_log *log, hidden_leaves *out) {
  out->count = 0;
  out->hashes = malloc((log->n_leaves + 1) * sizeof *out->hashes);
  if (!out->hashes)
    return false;
  for (size_t i = 0; i < log->n_leaves; i++)
    if (log->leaves[i].kind == ONUS_LEAF_HIDDEN)
      out->hashes[out->count++] = log->leaves[i].hash;
  qsort(out->hashes, out->count, sizeof *out->hashes, compare_hashes);
  return true;
}

/* The key that signed the case, which has been checked. */
static const onus_public_key *signer_of(const onus_verification *v) {
  const onus_signing *last = &v->log.signings[v->log.n_signings - 1];
  const onus_public_key *signer = NULL;
  (void)!onus_note_check(last->note, &last->checkpoint, v->log.keys, v->log.n_keys, true, &signer, NULL);
  return signer;
}

static onus_status report_seal(const char *folder, onus_verification *v, const onus_item *item,
                               const hidden_leaves *hidden, const onus_public_key *signer, bool *ret_is_seen,
                               onus_error *error) {
  onus_hash hash;
  bool is_opened = false;
  if (!onus_commitment_hash(item->commitment, &hash) || hidden->count == 0 ||
      !bsearch(&hash, hidden->hashes, hidden->count, sizeof hash, compare_hashes))
    onus_verification_add(v, ONUS_FINDING_REFUSED, "seal",
                          "the commitment of the sealed item %s is not among those signed", item->id);
  ONUS_TRY(onus_opened_verify(folder, item, signer, v, &is_opened, error));
  *ret_is_seen = is_opened || item->row.kind != ONUS_ROW_NONE;
  return ONUS_OK;
}

static onus_status report_seals(const char *folder, onus_verification *v, const onus_case *c,
                                const hidden_leaves *hidden, onus_error *error) {
  const onus_public_key *signer = signer_of(v);
  onus_buffer unseen = onus_buffer_new((size_t)1 << 16);
  size_t n_unseen = 0;
  onus_status status = ONUS_OK;
  for (size_t i = 0; i < c->n_items && status == ONUS_OK; i++) {
    bool is_seen = true;
    if (c->items[i].is_sealed)
      status = report_seal(folder, v, &c->items[i], hidden, signer, &is_seen, error);
    n_unseen += !is_seen;
    if (!is_seen && n_unseen <= UNSEEN_NAMED)
      onus_buffer_printf(&unseen, "%s%s", n_unseen > 1 ? ", " : "", c->items[i].id);
  }
  if (n_unseen > UNSEEN_NAMED)
    onus_buffer_printf(&unseen, " and %zu more", n_unseen - UNSEEN_NAMED);
  if (status == ONUS_OK && n_unseen)
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "seal", "what %zu sealed item%s, unseen here: %s", n_unseen,
                          n_unseen == 1 ? " holds" : "s hold", unseen.bytes ? unseen.bytes : "");
  if (status == ONUS_OK && (v->status != ONUS_OK || unseen.status != ONUS_OK))
    status = ONUS_FAIL_NO_MEMORY(error);
  onus_buffer_free(&unseen);
  return status;
}

/* Only the bytes that were verified are read as a case. */
static onus_status look_into_case(const char *folder, onus_verification *v, onus_error *error) {
  if (!v->case_path)
    return ONUS_OK;
  onus_case *c;
  onus_error found = {0};
  onus_status status = onus_case_parse(v->case_path, NULL, v->case_bytes.bytes, v->case_bytes.length,
                                       strcmp(v->case_path, "case.json") == 0, &c, NULL, &found);
  if (status == ONUS_BAD_INPUT) {
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "seal",
                          "anything about sealed items: %s is as it was signed, but no case (line %u: %s)",
                          v->case_path, found.line, found.text);
    return ONUS_OK;
  }
  if (status != ONUS_OK) {
    if (error)
      *error = found;
    return status;
  }
  hidden_leaves hidden;
  status = find_hidden(&v->log, &hidden) ? report_seals(folder, v, c, &hidden, error) : ONUS_FAIL_NO_MEMORY(error);
  free(hidden.hashes);
  onus_case_free(c);
  return status;
}

/* That a time stamp stamps the checkpoint of its name, and when. */
static onus_status look_into_token(const char *folder, onus_verification *v, const char *name, onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES];
  onus_text text;
  onus_token token;
  onus_hash digest;
  if (!onus_log_stamped(&v->log, name, &digest))
    return ONUS_OK; /* refused already */
  ONUS_TRY(onus_custody_path(folder, name, path, error));
  ONUS_TRY(onus_file_read(path, ONUS_TOKEN_BYTES, &text, error));
  onus_status status = onus_token_parse(path, text.bytes, text.length, &token, error);
  onus_text_free(&text);
  ONUS_TRY(status);
  if (!onus_hash_same(&digest, &token.imprint))
    onus_verification_add(v, ONUS_FINDING_REFUSED, "time", "%s stamps something else than the checkpoint of its name",
                          path);
  else
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "time",
                          "that it was signed at the latest on %s, as the time stamp %s says: it names the checkpoint, "
                          "but that the authority signed it only `openssl ts -verify` can tell, as above",
                          token.time_utc, path);
  return ONUS_OK;
}

onus_status onus_case_verify(const char *folder, const onus_verify_options *options,
                             onus_verification **ret_verification, onus_error *error) {
  onus_verification *v;
  ONUS_TRY(onus_verification_make(folder, options, &v, error));
  onus_status status = look_into_case(folder, v, error);
  for (size_t i = 0; status == ONUS_OK && i < v->log.n_tokens; i++)
    status = look_into_token(folder, v, v->log.tokens[i], error);
  if (status == ONUS_OK && v->status != ONUS_OK)
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    *ret_verification = v;
  else
    onus_verification_free(v);
  return status;
}
