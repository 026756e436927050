/* What others add to the last checkpoint of a case: a cosignature, or a time stamp. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "custody/custody.h"
#include "custody/key.h"
#include "custody/token.h"
#include "verify/verification.h"

/* Verifies the case, as who cosigns has to, and gives its last signing. */
static onus_status verify_first(const char *folder, onus_verification **ret_verification, onus_error *error) {
  onus_verification *v;
  ONUS_TRY(onus_verification_make(folder, NULL, &v, error));
  for (size_t i = 0; i < v->n_findings; i++) {
    if (v->findings[i].kind != ONUS_FINDING_REFUSED)
      continue;
    onus_status status =
        ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0, "%s; `onus verify` lists all of it", v->findings[i].text);
    onus_verification_free(v);
    return status;
  }
  *ret_verification = v;
  return ONUS_OK;
}

static const onus_signing *last_signing(const onus_verification *v) {
  return &v->log.signings[v->log.n_signings - 1];
}

/* The file of a signing with a line added; the note in it must still be the one that was verified. */
static onus_status add_line(const onus_signing *signing, const onus_buffer *line, onus_error *error) {
  onus_text file;
  ONUS_TRY(onus_file_read(signing->path, ONUS_LOG_BYTES, &file, error));
  size_t note_at = (size_t)(signing->note->text - signing->text.bytes);
  onus_status status = ONUS_OK;
  if (file.length != signing->text.length ||
      memcmp(file.bytes + note_at, signing->note->text, file.length - note_at) != 0)
    status = ONUS_FAIL_AT(error, ONUS_IO, signing->path, 0, 0, "was changed meanwhile; try again");
  onus_buffer out = onus_buffer_new(ONUS_LOG_BYTES);
  onus_buffer_append(&out, file.bytes, file.length);
  onus_buffer_append(&out, line->bytes, line->length_bytes);
  onus_text_free(&file);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, &file, error);
  if (status == ONUS_OK)
    status = onus_file_write(signing->path, file.bytes, file.length, error);
  onus_buffer_free(&out);
  onus_text_free(&file);
  return status;
}

static onus_status cosign(const char *folder, const onus_verification *v, const onus_key *key, int64_t time_utc,
                          onus_error *error) {
  const onus_signing *signing = last_signing(v);
  onus_public_key cosigner;
  onus_public_key_make(key->public_key.name, ONUS_KEY_COSIGNS, key->public_key.bytes, &cosigner);
  for (size_t i = 0; i < signing->note->n_signatures; i++)
    if (onus_signature_is_by(&signing->note->signatures[i], &cosigner))
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, signing->path, signing->note->signatures[i].line, 1,
                          "%s has cosigned this checkpoint already", cosigner.name);
  onus_buffer line = onus_buffer_new(2 * ONUS_KEY_TEXT_BYTES);
  onus_status status = onus_key_sign(key, signing->note->text, signing->note->text_bytes, time_utc, &line, error);
  if (status == ONUS_OK)
    status = onus_custody_add_key(folder, &v->log, &cosigner, error);
  if (status == ONUS_OK)
    status = add_line(signing, &line, error);
  onus_buffer_free(&line);
  return status;
}

onus_status onus_case_cosign(const char *folder, const onus_key *key, int64_t time_utc, onus_error *error) {
  if (time_utc < 0)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a time before 1970; give one after it");
  onus_verification *v;
  ONUS_TRY(verify_first(folder, &v, error));
  onus_status status = cosign(folder, v, key, time_utc ? time_utc : (int64_t)time(NULL), error);
  onus_verification_free(v);
  return status;
}

/* --- time stamps ------------------------------------------------------------------------------------------------- */

onus_status onus_case_stamp_request(const char *folder, onus_text *ret_request, onus_error *error) {
  /* TimeStampReq { version 1, messageImprint { SHA-256, digest }, certReq TRUE }, RFC 3161. */
  static const unsigned char HEAD[] = {0x30, 0x39, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60,
                                       0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
  static const unsigned char TAIL[] = {0x01, 0x01, 0xFF};
  onus_verification *v;
  ONUS_TRY(verify_first(folder, &v, error));
  onus_hash digest;
  const onus_note *note = last_signing(v)->note;
  crypto_hash_sha256(digest.bytes, (const unsigned char *)note->text, note->text_bytes);
  onus_verification_free(v);
  onus_buffer out = onus_buffer_new(256);
  onus_buffer_append(&out, (const char *)HEAD, sizeof HEAD);
  onus_buffer_append(&out, (const char *)digest.bytes, sizeof digest.bytes);
  onus_buffer_append(&out, (const char *)TAIL, sizeof TAIL);
  return onus_buffer_take(&out, ret_request, error);
}

/* A token without the response around it gets one, so that others can read what lies in a case without being told. */
static onus_status write_token(const char *to, const onus_text *token, bool is_bare, onus_error *error) {
  /* TimeStampResp { status { granted }, token }, RFC 3161. */
  static const unsigned char GRANTED[] = {0x30, 0x03, 0x02, 0x01, 0x00};
  size_t length = sizeof GRANTED + token->length;
  unsigned char head[5] = {0x30};
  size_t n = 1, n_length = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  if (n_length)
    head[n++] = (unsigned char)(0x80 | n_length);
  for (size_t i = n_length ? n_length : 1; i > 0; i--)
    head[n++] = (unsigned char)(length >> 8 * (i - 1));
  onus_buffer out = onus_buffer_new(ONUS_TOKEN_BYTES + 16);
  if (is_bare) {
    onus_buffer_append(&out, (const char *)head, n);
    onus_buffer_append(&out, (const char *)GRANTED, sizeof GRANTED);
  }
  onus_buffer_append(&out, token->bytes, token->length);
  onus_text text;
  ONUS_TRY(onus_buffer_take(&out, &text, error));
  onus_status status = onus_file_write(to, text.bytes, text.length, error);
  onus_text_free(&text);
  return status;
}

static onus_status put_token(const char *folder, const onus_verification *v, const char *path, const onus_text *token,
                             onus_error *error) {
  onus_token parsed;
  ONUS_TRY(onus_token_parse(path, token->bytes, token->length, &parsed, error));
  for (size_t s = 0; s < v->log.n_signings; s++) {
    onus_hash digest;
    const onus_signing *signing = &v->log.signings[s];
    crypto_hash_sha256(digest.bytes, (const unsigned char *)signing->note->text, signing->note->text_bytes);
    if (!onus_hash_same(&digest, &parsed.imprint))
      continue;
    char name[ONUS_LOG_NAME_BYTES], to[ONUS_LOG_PATH_BYTES];
    snprintf(name, sizeof name, "%012llu.tsr", (unsigned long long)signing->checkpoint.size);
    ONUS_TRY(onus_custody_path(folder, name, to, error));
    return write_token(to, token, parsed.is_bare, error);
  }
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                      "stamps something else than a checkpoint of this case; ask for one with the request that `onus "
                      "cosign --request` writes");
}

onus_status onus_case_stamp(const char *folder, const char *path, onus_error *error) {
  onus_verification *v;
  onus_text token = {0};
  ONUS_TRY(verify_first(folder, &v, error));
  onus_status status = onus_file_read(path, ONUS_TOKEN_BYTES, &token, error);
  if (status == ONUS_OK)
    status = put_token(folder, v, path, &token, error);
  onus_text_free(&token);
  onus_verification_free(v);
  return status;
}
