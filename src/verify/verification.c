#include "verify/verification.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/file.h"
#include "verify/fingerprint.h"
#include "verify/folder.h"
#include "verify/proof.h"
#include "verify/token.h"

enum { REFUSED_LISTED = 100 };
static const size_t CASE_BYTES = (size_t)64 << 20; /* the largest case file that is ever read */

/* --- findings ---------------------------------------------------------------------------------------------------- */

void onus_verification_add(onus_verification *verification, onus_finding_kind kind, const char *format, ...) {
  if (verification->status != ONUS_OK)
    return;
  if (kind == ONUS_FINDING_REFUSED && verification->n_refused++ >= REFUSED_LISTED) {
    verification->n_refused_unlisted++;
    return;
  }
  char *text = NULL;
  va_list arguments;
  va_start(arguments, format);
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  onus_finding *grown = realloc(verification->findings, (verification->n_findings + 1) * sizeof *grown);
  if (grown)
    verification->findings = grown;
  if (length < 0 || !grown) {
    if (length >= 0)
      free(text);
    verification->status = ONUS_NO_MEMORY;
    return;
  }
  verification->findings[verification->n_findings++] = (onus_finding){kind, text};
}

size_t onus_verification_count(const onus_verification *verification) {
  return verification->n_findings;
}

const onus_finding *onus_verification_get(const onus_verification *verification, size_t index) {
  return &verification->findings[index];
}

bool onus_verification_holds(const onus_verification *verification) {
  return verification->n_refused == 0;
}

void onus_verification_free(onus_verification *verification) {
  if (!verification)
    return;
  for (size_t i = 0; i < verification->n_findings; i++)
    free((char *)verification->findings[i].text);
  free(verification->findings);
  onus_log_free(&verification->log);
  free(verification->case_path);
  onus_text_free(&verification->case_bytes);
  free(verification);
}

/* --- signatures -------------------------------------------------------------------------------------------------- */

static const onus_public_key *find_key(const onus_signature *signature, const onus_public_key *keys, size_t n_keys) {
  for (size_t k = 0; k < n_keys; k++)
    if (onus_signature_is_by(signature, &keys[k]))
      return &keys[k];
  return NULL;
}

static bool is_origin(const onus_public_key *key, const onus_checkpoint *checkpoint) {
  return key->type == ONUS_KEY_SIGNS && strlen(key->name) == checkpoint->origin_bytes &&
         memcmp(key->name, checkpoint->origin, checkpoint->origin_bytes) == 0;
}

onus_status onus_note_check(const onus_note *note, const onus_checkpoint *checkpoint, const onus_public_key *keys,
                            size_t n_keys, bool is_strict, const onus_public_key **ret_signer, onus_error *error) {
  const onus_public_key *signer = NULL;
  for (size_t i = 0; i < note->n_signatures; i++) {
    const onus_signature *signature = &note->signatures[i];
    const onus_public_key *key = find_key(signature, keys, n_keys);
    int64_t time_utc;
    if (!key && is_strict)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, note->path, signature->line, 1,
                          "the signature of %.*s is by a key that custody/keys does not hold; the line or that file "
                          "was changed",
                          (int)signature->name_bytes, signature->name);
    if (!key)
      continue;
    ONUS_TRY(onus_signature_check(note, signature, key, &time_utc, error));
    if (is_origin(key, checkpoint))
      signer = key;
  }
  *ret_signer = signer;
  return ONUS_OK;
}

typedef struct trust {
  onus_public_key *keys; /* that the caller vouches for */
  size_t n_keys;
} trust;

static bool is_trusted(const trust *trusted, const onus_public_key *key) {
  for (size_t k = 0; k < trusted->n_keys; k++)
    if (onus_public_key_same(&trusted->keys[k], key))
      return true;
  return false;
}

static void say_time(int64_t time_utc, char out[32]) {
  time_t seconds = (time_t)time_utc;
  struct tm parts;
  if (!gmtime_r(&seconds, &parts) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
    snprintf(out, 32, "second %lld", (long long)time_utc);
}

static void report_cosignatures(onus_verification *v, const trust *trusted) {
  const onus_signing *last = &v->log.signings[v->log.n_signings - 1];
  size_t n_cosigned = 0;
  for (size_t i = 0; i < last->note->n_signatures; i++) {
    const onus_public_key *key = find_key(&last->note->signatures[i], v->log.keys, v->log.n_keys);
    int64_t time_utc;
    char time_text[32];
    onus_fingerprint fingerprint;
    if (!key || key->type != ONUS_KEY_COSIGNS ||
        onus_signature_check(last->note, &last->note->signatures[i], key, &time_utc, NULL) != ONUS_OK)
      continue;
    n_cosigned++;
    say_time(time_utc, time_text);
    onus_fingerprint_make(key, &fingerprint);
    if (is_trusted(trusted, key))
      onus_verification_add(v, ONUS_FINDING_PROVEN, "signed at the latest on %s: %s, whose key you gave, saw it then",
                            time_text, key->name);
    else
      onus_verification_add(v, ONUS_FINDING_NOT_PROVEN,
                            "that it was signed at the latest on %s, as %s says: its key (%s) came with the case",
                            time_text, key->name, fingerprint.hex);
  }
  if (n_cosigned == 0 && v->log.n_tokens == 0)
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "when it was signed: nobody cosigned or stamped the last state");
}

static onus_status check_signatures(onus_verification *v, const trust *trusted, onus_error *error) {
  const onus_public_key *first = NULL;
  for (size_t s = 0; s < v->log.n_signings; s++) {
    const onus_signing *signing = &v->log.signings[s];
    const onus_public_key *signer;
    ONUS_TRY(onus_note_check(signing->note, &signing->checkpoint, v->log.keys, v->log.n_keys, true, &signer, error));
    if (!signer)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, signing->note->line, 1,
                          "the origin %.*s did not sign this checkpoint; its signature was taken out",
                          (int)signing->checkpoint.origin_bytes, signing->checkpoint.origin);
    first = first ? first : signer;
    if (!onus_public_key_same(first, signer))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, signing->note->line, 1,
                          "another key than the first one signed this checkpoint; only the first can");
  }
  onus_fingerprint fingerprint;
  onus_fingerprint_make(first, &fingerprint);
  if (is_trusted(trusted, first))
    onus_verification_add(v, ONUS_FINDING_PROVEN, "signed by %s, whose key you gave (%s)", first->name,
                          fingerprint.hex);
  else if (trusted->n_keys > 0)
    onus_verification_add(v, ONUS_FINDING_REFUSED, "signed by %s with a key (%s) that is none of those you gave",
                          first->name, fingerprint.hex);
  else
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN,
                          "that %s signed it: the key came with the case. Compare its fingerprint, %s, or %s",
                          first->name, fingerprint.hex, fingerprint.words);
  return ONUS_OK;
}

/* --- history ----------------------------------------------------------------------------------------------------- */

static onus_status check_since(onus_verification *v, const char *path, onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_file_read(path, ONUS_LOG_BYTES, &text, error));
  /* A file of the folder custody and a proof have a head, up to the first empty line. */
  bool has_head = strncmp(text.bytes, ONUS_LEAVES_HEAD, strlen(ONUS_LEAVES_HEAD)) == 0 ||
                  strncmp(text.bytes, ONUS_PROOF_HEAD, strlen(ONUS_PROOF_HEAD)) == 0;
  const char *empty = has_head ? memmem(text.bytes, text.length, "\n\n", 2) : NULL;
  size_t skipped = empty ? (size_t)(empty - text.bytes) + 2 : 0;
  onus_note note;
  onus_checkpoint kept;
  onus_status status = onus_note_parse(path, 1, text.bytes + skipped, text.length - skipped, &note, error);
  if (status == ONUS_OK)
    status = onus_checkpoint_parse(&note, &kept, error);
  if (status == ONUS_OK) {
    const onus_checkpoint *first = &v->log.signings[0].checkpoint;
    onus_hash root;
    onus_log_root(&v->log, kept.size, &root);
    if (kept.origin_bytes != first->origin_bytes || memcmp(kept.origin, first->origin, kept.origin_bytes) != 0)
      onus_verification_add(v, ONUS_FINDING_REFUSED, "%s is a checkpoint of another case", path);
    else if (kept.size > v->log.n_leaves)
      onus_verification_add(v, ONUS_FINDING_REFUSED,
                            "the checkpoint in %s counts %llu leaves and the case only %zu: what was signed later was "
                            "taken away",
                            path, (unsigned long long)kept.size, v->log.n_leaves);
    else if (!onus_hash_same(&root, &kept.root))
      onus_verification_add(v, ONUS_FINDING_REFUSED,
                            "the case does not continue the checkpoint in %s: its history was rewritten", path);
    else
      onus_verification_add(v, ONUS_FINDING_PROVEN, "it continues the checkpoint in %s: nothing was rewritten since",
                            path);
  }
  onus_text_free(&text);
  return status;
}

static onus_status report_history(onus_verification *v, onus_error *error) {
  size_t n_hidden = 0, count = 0;
  for (size_t i = 0; i < v->log.n_leaves; i++)
    n_hidden += v->log.leaves[i].kind == ONUS_LEAF_HIDDEN;
  if (v->log.n_signings > 1)
    onus_verification_add(v, ONUS_FINDING_PROVEN, "%zu states were signed, and each continues the one before",
                          v->log.n_signings);
  const onus_leaf **files;
  ONUS_TRY(onus_log_files(&v->log, true, &files, &count, error));
  for (size_t i = 0; i < count; i++)
    if (files[i]->kind == ONUS_LEAF_REMOVED)
      onus_verification_add(v, ONUS_FINDING_PROVEN, "taken out of the case after it had been signed: %s",
                            files[i]->path);
  free(files);
  if (n_hidden)
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN,
                          "what stands behind %zu hidden leaves: sealed items, their attachments and padding, which "
                          "cannot be told apart",
                          n_hidden);
  return ONUS_OK;
}

static onus_status check_token(onus_verification *v, const char *folder, const char *name, onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES];
  onus_text text;
  onus_token token;
  if (!onus_custody_path(folder, name, path))
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(onus_file_read(path, ONUS_TOKEN_BYTES, &text, error));
  onus_status status = onus_token_parse(path, text.bytes, text.length, &token, error);
  onus_text_free(&text);
  ONUS_TRY(status);
  const onus_signing *signing = NULL;
  for (size_t s = 0; s < v->log.n_signings; s++)
    if (v->log.signings[s].checkpoint.size == strtoull(name, NULL, 10))
      signing = &v->log.signings[s];
  onus_hash digest = {{0}};
  if (signing)
    crypto_hash_sha256(digest.bytes, (const unsigned char *)signing->note->text, signing->note->text_bytes);
  if (!signing || !onus_hash_same(&digest, &token.imprint))
    onus_verification_add(v, ONUS_FINDING_REFUSED, "%s stamps something else than the checkpoint of its name", path);
  else {
    char hex[ONUS_HASH_HEX_BYTES];
    onus_hash_to_hex(&digest, hex);
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN,
                          "that the checkpoint over %llu leaves was signed at the latest on %s, as a time stamp says: "
                          "it names this checkpoint, but whether the authority signed it is not checked here; with the "
                          "authority's certificates, `openssl ts -verify -digest %s %s-in %s -CAfile CERTIFICATES` does",
                          (unsigned long long)signing->checkpoint.size, token.time_utc, hex,
                          token.is_bare ? "-token_in " : "", path);
  }
  return ONUS_OK;
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static bool is_case_file(const char *path) {
  return strcmp(path, "case.yaml") == 0 || strcmp(path, "case.yml") == 0 || strcmp(path, "case.json") == 0;
}

static onus_status check_file(onus_verification *v, const char *folder, const onus_leaf *leaf, onus_error *error) {
  onus_text kept = {0};
  onus_hash hash;
  uint64_t bytes;
  char signed_hex[ONUS_HASH_HEX_BYTES], found_hex[ONUS_HASH_HEX_BYTES];
  bool keeps = is_case_file(leaf->path) && leaf->file_bytes <= CASE_BYTES;
  ONUS_TRY(onus_folder_digest(folder, leaf->path, CASE_BYTES, keeps ? &kept : NULL, &hash, &bytes, error));
  if (bytes != leaf->file_bytes || !onus_hash_same(&hash, &leaf->file)) {
    onus_hash_to_hex(&leaf->file, signed_hex);
    onus_hash_to_hex(&hash, found_hex);
    onus_verification_add(v, ONUS_FINDING_REFUSED,
                          "%s was changed: it has %llu bytes and SHA-256 %.16s…, signed were "
                          "%llu and %.16s…",
                          leaf->path, (unsigned long long)bytes, found_hex, (unsigned long long)leaf->file_bytes,
                          signed_hex);
  } else if (keeps && !v->case_path) {
    v->case_path = strdup(leaf->path);
    v->case_bytes = kept;
    return v->case_path ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  }
  onus_text_free(&kept);
  return ONUS_OK;
}

static onus_status compare_files(onus_verification *v, const char *folder, const onus_file_list *list,
                                 const onus_leaf *const *leaves, size_t n_leaves, const onus_verify_options *options,
                                 onus_error *error) {
  size_t l = 0, f = 0, n_good = 0;
  while (l < n_leaves || f < list->count) {
    int order = l == n_leaves ? 1 : f == list->count ? -1 : strcmp(leaves[l]->path, list->files[f].path);
    if (order < 0) {
      onus_verification_add(v, ONUS_FINDING_REFUSED, "%s was signed and is not there", leaves[l++]->path);
    } else if (order > 0) {
      onus_verification_add(v, ONUS_FINDING_REFUSED, "%s is there and was never signed, or was taken out",
                            list->files[f++].path);
    } else if (!list->files[f].is_plain) {
      onus_verification_add(v, ONUS_FINDING_REFUSED, "%s is no plain file", list->files[f++].path);
      l++;
    } else {
      size_t refused = v->n_refused;
      ONUS_TRY(check_file(v, folder, leaves[l], error));
      n_good += refused == v->n_refused;
      l++, f++;
    }
    if (options->progress && n_leaves && l % 256 == 0 &&
        !options->progress(options->progress_context, (double)l / (double)n_leaves))
      return ONUS_FAIL(error, ONUS_CANCELLED, "stopped");
  }
  onus_verification_add(v, ONUS_FINDING_PROVEN, "%zu file%s as %s signed", n_good, n_good == 1 ? "" : "s",
                        n_good == 1 ? "it was" : "they were");
  return ONUS_OK;
}

static onus_status check_files(onus_verification *v, const char *folder, const onus_verify_options *options,
                               onus_error *error) {
  const onus_leaf **leaves = NULL;
  size_t n_leaves = 0;
  onus_file_list list = {0};
  onus_status status = onus_folder_list(folder, &list, error);
  if (status == ONUS_OK)
    status = onus_log_files(&v->log, false, &leaves, &n_leaves, error);
  if (status == ONUS_OK)
    status = compare_files(v, folder, &list, leaves, n_leaves, options, error);
  free(leaves);
  onus_file_list_free(&list);
  return status;
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static onus_status read_trusted(const onus_verify_options *options, trust *out, onus_error *error) {
  out->keys = calloc(options->n_keys + 1, sizeof *out->keys);
  if (!out->keys)
    return ONUS_FAIL_NO_MEMORY(error);
  for (; out->n_keys < options->n_keys; out->n_keys++)
    ONUS_TRY(onus_public_key_parse(NULL, 0, options->keys[out->n_keys], strcspn(options->keys[out->n_keys], "\r\n"),
                                   &out->keys[out->n_keys], error));
  return ONUS_OK;
}

static onus_status make(onus_verification *v, const char *folder, const onus_verify_options *options,
                        const trust *trusted, onus_error *error) {
  ONUS_TRY(onus_log_read(folder, &v->log, error));
  if (v->log.n_signings == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0, "the case is not signed; `onus sign` does that");
  ONUS_TRY(check_signatures(v, trusted, error));
  ONUS_TRY(check_files(v, folder, options, error));
  ONUS_TRY(report_history(v, error));
  if (options->since)
    ONUS_TRY(check_since(v, options->since, error));
  report_cosignatures(v, trusted);
  for (size_t i = 0; i < v->log.n_tokens; i++)
    ONUS_TRY(check_token(v, folder, v->log.tokens[i], error));
  if (v->n_refused_unlisted)
    v->n_refused = 0, onus_verification_add(v, ONUS_FINDING_REFUSED, "%zu more like these", v->n_refused_unlisted);
  return v->status == ONUS_OK ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

onus_status onus_verification_make(const char *folder, const onus_verify_options *options,
                                   onus_verification **ret_verification, onus_error *error) {
  static const onus_verify_options NO_OPTIONS = {0};
  onus_verification *v = calloc(1, sizeof *v);
  trust trusted = {0};
  onus_status status = v ? read_trusted(options ? options : &NO_OPTIONS, &trusted, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = make(v, folder, options ? options : &NO_OPTIONS, &trusted, error);
  free(trusted.keys);
  if (status == ONUS_OK)
    *ret_verification = v;
  else
    onus_verification_free(v);
  return status;
}

/* --- a proof alone ----------------------------------------------------------------------------------------------- */

static onus_status make_of_proof(onus_verification *v, const char *path, const trust *trusted, onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_file_read(path, ONUS_PROOF_BYTES, &text, error));
  onus_proof proof;
  const onus_public_key *signer = NULL;
  onus_status status = onus_proof_parse(path, text.bytes, text.length, &proof, error);
  if (status == ONUS_OK) {
    status = onus_note_check(&proof.note, &proof.checkpoint, trusted->keys, trusted->n_keys, false, &signer, error);
    char hex[ONUS_HASH_HEX_BYTES];
    onus_hash_to_hex(&proof.leaf, hex);
    onus_verification_add(v, ONUS_FINDING_PROVEN, "what it discloses is leaf %llu of the %llu under its checkpoint",
                          (unsigned long long)proof.index, (unsigned long long)proof.checkpoint.size);
    onus_verification_add(v, ONUS_FINDING_PROVEN, "its commitment is sha256:%s", hex);
    if (signer)
      onus_verification_add(v, ONUS_FINDING_PROVEN, "the checkpoint is signed by %s, whose key you gave", signer->name);
    else
      onus_verification_add(v, trusted->n_keys ? ONUS_FINDING_REFUSED : ONUS_FINDING_NOT_PROVEN,
                            "that %.*s signed the checkpoint: none of the keys that you gave did",
                            (int)proof.checkpoint.origin_bytes, proof.checkpoint.origin);
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN,
                          "that the case has this commitment; `onus open` and `onus verify` see that");
    onus_proof_free(&proof);
  }
  onus_text_free(&text);
  ONUS_TRY(status);
  return v->status == ONUS_OK ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

onus_status onus_proof_verify(const char *path, const onus_verify_options *options,
                              onus_verification **ret_verification, onus_error *error) {
  static const onus_verify_options NO_OPTIONS = {0};
  onus_verification *v = calloc(1, sizeof *v);
  trust trusted = {0};
  onus_status status = v ? read_trusted(options ? options : &NO_OPTIONS, &trusted, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = make_of_proof(v, path, &trusted, error);
  free(trusted.keys);
  if (status == ONUS_OK)
    *ret_verification = v;
  else
    onus_verification_free(v);
  return status;
}
