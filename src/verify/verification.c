#include "verify/verification.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "verify/fingerprint.h"
#include "verify/folder.h"
#include "verify/proof.h"

enum { REFUSED_LISTED = 100 };
static const size_t CASE_BYTES = (size_t)64 << 20; /* the largest case file that is ever read */

/* --- findings ---------------------------------------------------------------------------------------------------- */

void onus_verification_add(onus_verification *verification, onus_finding_kind kind, const char *about,
                           const char *format, ...) {
  if (verification->status != ONUS_OK || (kind == ONUS_FINDING_REFUSED && ++verification->n_refused > REFUSED_LISTED))
    return;
  char *text = NULL;
  va_list arguments;
  va_start(arguments, format);
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  onus_finding *grown = onus_scan_grow(verification->findings, verification->n_findings, sizeof *grown);
  verification->findings = grown ? grown : verification->findings;
  if (length >= 0 && grown) {
    grown[verification->n_findings++] = (onus_finding){kind, about, text};
    return;
  }
  if (length >= 0)
    free(text);
  verification->status = ONUS_NO_MEMORY;
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
  free(verification->trusted);
  free(verification->case_path);
  free(verification->case_bytes.bytes);
  free(verification);
}

/* --- signatures -------------------------------------------------------------------------------------------------- */

static const onus_public_key *find_key(const onus_signature *signature, const onus_public_key *keys, size_t n_keys) {
  for (size_t k = 0; k < n_keys; k++)
    if (onus_signature_is_by(signature, &keys[k]))
      return &keys[k];
  return NULL;
}

static bool is_trusted(const onus_verification *v, const onus_public_key *key) {
  for (size_t k = 0; k < v->n_trusted; k++)
    if (onus_public_key_same(&v->trusted[k], key))
      return true;
  return false;
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
    if (key->type == ONUS_KEY_SIGNS && onus_scan_is(checkpoint->origin, checkpoint->origin_bytes, key->name))
      signer = key;
  }
  *ret_signer = signer;
  return ONUS_OK;
}

static onus_status check_signatures(onus_verification *v, onus_error *error) {
  const onus_public_key *first = NULL;
  for (size_t s = 0; s < v->log.n_signings; s++) {
    const onus_signing *signing = &v->log.signings[s];
    const onus_public_key *signer;
    ONUS_TRY(onus_note_check(signing->note, &signing->checkpoint, v->log.keys, v->log.n_keys, true, &signer, error));
    first = first ? first : signer;
    if (!signer || !onus_public_key_same(first, signer))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, signing->path, signing->note->line, 1, "%s",
                          signer ? "another key than the first one signed this checkpoint; only the first can"
                                 : "the origin did not sign this checkpoint; its signature was taken out");
  }
  onus_fingerprint fingerprint;
  onus_fingerprint_make(first, &fingerprint);
  if (is_trusted(v, first))
    onus_verification_add(v, ONUS_FINDING_PROVEN, "signer", "signed by %s, whose key you gave (%s)", first->name,
                          fingerprint.hex);
  else if (v->n_trusted > 0)
    onus_verification_add(v, ONUS_FINDING_REFUSED, "signer",
                          "signed by %s with a key (%s) that is none of those you gave", first->name, fingerprint.hex);
  else
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "signer",
                          "that %s signed it: the key came with the case. Compare its fingerprint, %s, or %s",
                          first->name, fingerprint.hex, fingerprint.words);
  return ONUS_OK;
}

static bool report_cosignature(onus_verification *v, const onus_note *note, const onus_signature *signature) {
  const onus_public_key *key = find_key(signature, v->log.keys, v->log.n_keys);
  int64_t time_utc;
  if (!key || key->type != ONUS_KEY_COSIGNS || onus_signature_check(note, signature, key, &time_utc, NULL) != ONUS_OK)
    return false;
  time_t seconds = (time_t)time_utc;
  struct tm parts;
  char when[32];
  if (!gmtime_r(&seconds, &parts) || strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
    snprintf(when, sizeof when, "second %lld", (long long)time_utc);
  onus_fingerprint fingerprint;
  onus_fingerprint_make(key, &fingerprint);
  if (is_trusted(v, key))
    onus_verification_add(v, ONUS_FINDING_PROVEN, "time",
                          "signed at the latest on %s: %s, whose key you gave, saw it then", when, key->name);
  else
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "time",
                          "that it was signed at the latest on %s, as %s says: its key (%s) came with the case", when,
                          key->name, fingerprint.hex);
  return true;
}

/* Cosignatures, and which time stamps there are: those are for others to check. */
static onus_status report_times(onus_verification *v, const char *folder, onus_error *error) {
  const onus_note *last = v->log.signings[v->log.n_signings - 1].note;
  bool is_dated = v->log.n_tokens > 0;
  for (size_t i = 0; i < last->n_signatures; i++)
    is_dated = report_cosignature(v, last, &last->signatures[i]) || is_dated;
  if (!is_dated)
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "time",
                          "when it was signed: nobody cosigned or stamped the last state");
  for (size_t t = 0; t < v->log.n_tokens; t++) {
    char path[ONUS_LOG_PATH_BYTES], hex[ONUS_HASH_HEX_BYTES];
    onus_hash digest;
    ONUS_TRY(onus_custody_path(folder, v->log.tokens[t], path, error));
    const onus_signing *signing = onus_log_stamped(&v->log, v->log.tokens[t], &digest);
    if (!signing) {
      onus_verification_add(v, ONUS_FINDING_REFUSED, "time", "%s stamps no state of the case", path);
      continue;
    }
    onus_hash_to_hex(&digest, hex);
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "time",
                          "that an authority stamped the checkpoint over %llu leaves: its signature is not checked "
                          "here; with its certificates, `openssl ts -verify -digest %s -in %s -CAfile CERTIFICATES` "
                          "does (and `openssl ts -reply -text -in %s` tells the time)",
                          (unsigned long long)signing->checkpoint.size, hex, path, path);
  }
  return ONUS_OK;
}

/* --- history ----------------------------------------------------------------------------------------------------- */

/* A checkpoint that was kept, alone or in a file that ends with it: one of the folder custody, or a proof. */
static onus_status check_since(onus_verification *v, const char *path, const onus_text *text, onus_error *error) {
  size_t skipped = 0, left = text->length;
  const char *at = text->bytes;
  if (onus_scan_literal(&at, &left, ONUS_LEAVES_HEAD "\n") || onus_scan_literal(&at, &left, ONUS_PROOF_HEAD "\n")) {
    const char *empty = memmem(at, left, "\n\n", 2);
    skipped = empty ? (size_t)(empty - text->bytes) + 2 : 0;
  }
  onus_note note;
  onus_checkpoint kept;
  onus_hash root;
  ONUS_TRY(onus_note_parse(path, 1, text->bytes + skipped, text->length - skipped, &note, error));
  ONUS_TRY(onus_checkpoint_parse(&note, &kept, error));
  onus_log_root(&v->log, kept.size, &root);
  if (!onus_checkpoint_same_origin(&kept, &v->log.signings[0].checkpoint))
    onus_verification_add(v, ONUS_FINDING_REFUSED, "since", "%s is a checkpoint of another case", path);
  else if (kept.size > v->log.n_leaves)
    onus_verification_add(v, ONUS_FINDING_REFUSED, "since",
                          "the checkpoint in %s counts %llu leaves and the case only %zu: what was signed later was "
                          "taken away",
                          path, (unsigned long long)kept.size, v->log.n_leaves);
  else if (!onus_hash_same(&root, &kept.root))
    onus_verification_add(v, ONUS_FINDING_REFUSED, "since",
                          "the case does not continue the checkpoint in %s: its history was rewritten", path);
  else
    onus_verification_add(v, ONUS_FINDING_PROVEN, "since",
                          "it continues the checkpoint in %s: nothing was rewritten since", path);
  return ONUS_OK;
}

static onus_status report_history(onus_verification *v, onus_error *error) {
  size_t n_hidden = 0, count = 0;
  for (size_t i = 0; i < v->log.n_leaves; i++)
    n_hidden += v->log.leaves[i].kind == ONUS_LEAF_HIDDEN;
  if (v->log.n_signings > 1)
    onus_verification_add(v, ONUS_FINDING_PROVEN, "history",
                          "%zu states were signed, and each continues the one before", v->log.n_signings);
  const onus_leaf **files;
  ONUS_TRY(onus_log_files(&v->log, true, &files, &count, error));
  for (size_t i = 0; i < count; i++)
    if (files[i]->kind == ONUS_LEAF_REMOVED)
      onus_verification_add(v, ONUS_FINDING_PROVEN, "history", "taken out of the case after it had been signed: %s",
                            files[i]->path);
  free(files);
  if (n_hidden)
    onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "hidden",
                          "what stands behind %zu hidden leaves: sealed items, their attachments and padding, which "
                          "cannot be told apart",
                          n_hidden);
  return ONUS_OK;
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static onus_status check_file(onus_verification *v, const char *folder, const onus_leaf *leaf, onus_error *error) {
  onus_text kept = {0};
  onus_hash hash;
  uint64_t bytes;
  char signed_hex[ONUS_HASH_HEX_BYTES], found_hex[ONUS_HASH_HEX_BYTES];
  bool keeps = onus_path_is_case(leaf->path) && leaf->file_bytes <= CASE_BYTES && !v->case_path;
  ONUS_TRY(onus_folder_digest(folder, leaf->path, CASE_BYTES, keeps ? &kept : NULL, &hash, &bytes, error));
  if (bytes != leaf->file_bytes || !onus_hash_same(&hash, &leaf->file)) {
    onus_hash_to_hex(&leaf->file, signed_hex);
    onus_hash_to_hex(&hash, found_hex);
    onus_verification_add(v, ONUS_FINDING_REFUSED, "file",
                          "%s was changed: it has %llu bytes and SHA-256 %.16s…, signed were %llu and %.16s…",
                          leaf->path, (unsigned long long)bytes, found_hex, (unsigned long long)leaf->file_bytes,
                          signed_hex);
    free(kept.bytes);
  } else if (keeps) {
    v->case_bytes = kept;
    v->case_path = strdup(leaf->path);
    return v->case_path ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  }
  return ONUS_OK;
}

static onus_status compare_files(onus_verification *v, const char *folder, const onus_file_list *list,
                                 const onus_leaf *const *leaves, size_t n_leaves, const onus_verify_options *options,
                                 onus_error *error) {
  size_t l = 0, f = 0, n_good = 0;
  while (l < n_leaves || f < list->count) {
    int order = l == n_leaves ? 1 : f == list->count ? -1 : strcmp(leaves[l]->path, list->files[f].path);
    size_t n_refused = v->n_refused;
    if (order < 0)
      onus_verification_add(v, ONUS_FINDING_REFUSED, "file", "%s was signed and is not there", leaves[l]->path);
    else if (order > 0)
      onus_verification_add(v, ONUS_FINDING_REFUSED, "file", "%s is there and was never signed, or was taken out",
                            list->files[f].path);
    else if (!list->files[f].is_plain)
      onus_verification_add(v, ONUS_FINDING_REFUSED, "file", "%s is no plain file", list->files[f].path);
    else
      ONUS_TRY(check_file(v, folder, leaves[l], error));
    n_good += n_refused == v->n_refused;
    l += order <= 0;
    f += order >= 0;
    if (options->progress && n_leaves && l % 256 == 0 &&
        !options->progress(options->progress_context, (double)l / (double)n_leaves))
      return ONUS_FAIL(error, ONUS_CANCELLED, "stopped");
  }
  onus_verification_add(v, ONUS_FINDING_PROVEN, "file", "%zu file%s as %s signed", n_good, n_good == 1 ? "" : "s",
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

static onus_status verify_case(onus_verification *v, const char *folder, const onus_verify_options *options,
                               onus_error *error) {
  ONUS_TRY(onus_log_read(folder, &v->log, error));
  if (v->log.n_signings == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0, "the case is not signed; `onus sign` does that");
  ONUS_TRY(check_signatures(v, error));
  ONUS_TRY(check_files(v, folder, options, error));
  ONUS_TRY(report_history(v, error));
  if (options->since) {
    onus_text text;
    ONUS_TRY(onus_file_read(options->since, ONUS_LOG_BYTES, &text, error));
    onus_status status = check_since(v, options->since, &text, error);
    free(text.bytes);
    ONUS_TRY(status);
  }
  return report_times(v, folder, error);
}

static onus_status report_proof(onus_verification *v, const onus_proof *proof, onus_error *error) {
  const onus_checkpoint *checkpoint = &proof->checkpoint;
  const onus_public_key *signer;
  char hex[ONUS_HASH_HEX_BYTES];
  ONUS_TRY(onus_note_check(&proof->note, checkpoint, v->trusted, v->n_trusted, false, &signer, error));
  onus_hash_to_hex(&proof->leaf, hex);
  onus_verification_add(v, ONUS_FINDING_PROVEN, "proof",
                        "what it discloses is leaf %llu of the %llu under its checkpoint",
                        (unsigned long long)proof->index, (unsigned long long)checkpoint->size);
  onus_verification_add(v, ONUS_FINDING_PROVEN, "proof", "its commitment is sha256:%s", hex);
  if (signer)
    onus_verification_add(v, ONUS_FINDING_PROVEN, "signer", "the checkpoint is signed by %s, whose key you gave",
                          signer->name);
  else
    onus_verification_add(v, v->n_trusted ? ONUS_FINDING_REFUSED : ONUS_FINDING_NOT_PROVEN, "signer",
                          "that %.*s signed the checkpoint: none of the keys that you gave did",
                          (int)checkpoint->origin_bytes, checkpoint->origin);
  onus_verification_add(v, ONUS_FINDING_NOT_PROVEN, "proof",
                        "that the case has this commitment; `onus open` and `onus verify` see that");
  return ONUS_OK;
}

static onus_status verify_proof(onus_verification *v, const char *path, const onus_verify_options *options,
                                onus_error *error) {
  (void)options;
  onus_text text;
  onus_proof proof;
  ONUS_TRY(onus_file_read(path, ONUS_PROOF_BYTES, &text, error));
  onus_status status = onus_proof_parse(path, text.bytes, text.length, &proof, error);
  if (status == ONUS_OK) {
    status = report_proof(v, &proof, error);
    onus_proof_free(&proof);
  }
  free(text.bytes);
  return status;
}

typedef onus_status check(onus_verification *v, const char *path, const onus_verify_options *options,
                          onus_error *error);

static onus_status run(onus_verification *v, check *verify, const char *path, const onus_verify_options *options,
                       onus_error *error) {
  v->trusted = calloc(options->n_keys + 1, sizeof *v->trusted);
  if (!v->trusted)
    return ONUS_FAIL_NO_MEMORY(error);
  for (; v->n_trusted < options->n_keys; v->n_trusted++) {
    const char *key = options->keys[v->n_trusted];
    ONUS_TRY(onus_public_key_parse(NULL, 0, key, strcspn(key, "\r\n"), &v->trusted[v->n_trusted], error));
  }
  ONUS_TRY(verify(v, path, options, error));
  size_t n_refused = v->n_refused;
  if (n_refused > REFUSED_LISTED) {
    v->n_refused = 0;
    onus_verification_add(v, ONUS_FINDING_REFUSED, "file", "%zu more like these", n_refused - REFUSED_LISTED);
  }
  return v->status == ONUS_OK ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static onus_status make(check *verify, const char *path, const onus_verify_options *options,
                        onus_verification **ret_verification, onus_error *error) {
  static const onus_verify_options NO_OPTIONS = {0};
  onus_verification *v = calloc(1, sizeof *v);
  if (!v)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = run(v, verify, path, options ? options : &NO_OPTIONS, error);
  if (status == ONUS_OK)
    *ret_verification = v;
  else
    onus_verification_free(v);
  return status;
}

onus_status onus_verification_make(const char *folder, const onus_verify_options *options,
                                   onus_verification **ret_verification, onus_error *error) {
  return make(verify_case, folder, options, ret_verification, error);
}

onus_status onus_proof_verify(const char *path, const onus_verify_options *options,
                              onus_verification **ret_verification, onus_error *error) {
  return make(verify_proof, path, options, ret_verification, error);
}
