/* A proof that discloses one sealed item. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "case/disclosure.h"
#include "custody/custody.h"
#include "custody/safe.h"
#include "verify/folder.h"

enum { ARENA_BYTES = 1 << 28 };

/* --- the tree ---------------------------------------------------------------------------------------------------- */

static void root_of(const onus_leaf *leaves, size_t count, onus_hash *ret_root) {
  onus_tree_edge edge = {0};
  for (size_t i = 0; i < count; i++)
    (void)onus_tree_edge_add(&edge, &leaves[i].hash);
  onus_tree_edge_root(&edge, ret_root);
}

/* RFC 6962, 2.1.1: at each level the leaf is in one part, and the root of the other one is a step of the proof. The
 * steps come out from the root to the leaf. */
static size_t inclusion_proof(const onus_leaf *leaves, size_t count, size_t index, onus_hash *out) {
  size_t n = 0;
  while (count > 1) {
    size_t left = 1;
    while (left * 2 < count)
      left *= 2;
    if (index < left) {
      root_of(leaves + left, count - left, &out[n++]);
      count = left;
    } else {
      root_of(leaves, left, &out[n++]);
      leaves += left;
      count -= left;
      index -= left;
    }
  }
  return n;
}

/* --- what is disclosed ------------------------------------------------------------------------------------------- */

/* Where the last seal of the item stands whose commitment is signed, and where its attachments begin. */
typedef struct found {
  onus_safe_line seal;
  size_t first, end; /* of its attachments' lines */
  size_t leaf;
  bool is_there;
} found;

static size_t find_leaf(const onus_log *log, const char *disclosure, size_t length) {
  onus_hash hash;
  onus_hash_leaf(disclosure, length, &hash);
  for (size_t i = 0; i < log->n_leaves; i++)
    if (log->leaves[i].kind == ONUS_LEAF_HIDDEN && onus_hash_same(&log->leaves[i].hash, &hash))
      return i;
  return ONUS_NONE;
}

static found find_seal(const onus_secret *safe, const char *item, const onus_log *log, bool *ret_is_unsigned) {
  found result = {.is_there = false};
  onus_safe_line line;
  size_t at = 0, first = 0;
  *ret_is_unsigned = false;
  for (size_t before = 0; onus_safe_next(safe, &at, &line); before = at) {
    bool is_own = line.item_bytes == strlen(item) && memcmp(line.item, item, line.item_bytes) == 0;
    if (line.is_attachment)
      continue;
    size_t leaf = is_own ? find_leaf(log, line.disclosure, line.disclosure_bytes) : ONUS_NONE;
    if (leaf != ONUS_NONE)
      result = (found){line, first, before, leaf, true};
    else if (is_own)
      *ret_is_unsigned = true;
    first = at;
  }
  return result;
}

/* Appends "~disclosure" of those attachments that are wanted. */
static onus_status put_attachments(const onus_secret *safe, const found *seal, const onus_reveal_options *options,
                                   onus_buffer *out, onus_error *error) {
  bool *is_found = calloc(options->n_attachments + 1, sizeof *is_found);
  onus_safe_line line;
  onus_status status = is_found ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t at = seal->first; status == ONUS_OK && at < seal->end && onus_safe_next(safe, &at, &line);) {
    onus_arena *arena = onus_arena_new(ARENA_BYTES);
    onus_disclosure disclosure;
    bool is_wanted = options->all_attachments;
    status =
        arena ? onus_disclosure_parse(options->store, line.disclosure, line.disclosure_bytes, arena, &disclosure, error)
              : ONUS_FAIL_NO_MEMORY(error);
    for (size_t i = 0; status == ONUS_OK && i < options->n_attachments; i++)
      if (strcmp(options->attachments[i], disclosure.name) == 0)
        is_wanted = is_found[i] = true;
    onus_arena_free(arena);
    if (status != ONUS_OK || !is_wanted)
      continue;
    onus_buffer_character(out, '~');
    onus_buffer_append(out, line.disclosure, line.disclosure_bytes);
  }
  for (size_t i = 0; status == ONUS_OK && i < options->n_attachments; i++)
    if (!is_found[i])
      status = ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "no attachment %.200s was sealed with the item %s",
                         options->attachments[i], options->item);
  free(is_found);
  return status;
}

/* --- the proof --------------------------------------------------------------------------------------------------- */

static void put_base64(onus_buffer *out, const void *bytes, size_t length) {
  size_t cap = sodium_base64_encoded_len(length, sodium_base64_VARIANT_ORIGINAL);
  char *text = malloc(cap);
  if (!text) {
    out->status = out->status == ONUS_OK ? ONUS_NO_MEMORY : out->status;
    return;
  }
  sodium_bin2base64(text, cap, bytes, length, sodium_base64_VARIANT_ORIGINAL);
  onus_buffer_append(out, text, strlen(text));
  free(text);
}

static onus_status write_proof(const onus_log *log, size_t leaf, const onus_buffer *disclosures, const char *to,
                               onus_error *error) {
  const onus_signing *last = &log->signings[log->n_signings - 1];
  onus_hash steps[ONUS_TREE_LEVELS + 1];
  size_t n = inclusion_proof(log->leaves, log->n_leaves, leaf, steps);
  onus_buffer out = onus_buffer_new(ONUS_PROOF_BYTES);
  onus_buffer_string(&out, ONUS_PROOF_HEAD "\nextra ");
  put_base64(&out, disclosures->bytes, disclosures->length_bytes);
  onus_buffer_printf(&out, "\nindex %zu\n", leaf);
  while (n > 0) {
    put_base64(&out, steps[--n].bytes, ONUS_HASH_BYTES);
    onus_buffer_character(&out, '\n');
  }
  onus_buffer_character(&out, '\n');
  onus_buffer_append(&out, last->note->text, last->text.length - (size_t)(last->note->text - last->text.bytes));
  onus_text text;
  ONUS_TRY(onus_buffer_take(&out, &text, error));
  onus_status status = onus_file_write_private(to, false, text.bytes, text.length, error);
  onus_text_free(&text);
  return status;
}

static onus_status reveal(const char *folder, const onus_reveal_options *options, const onus_log *log,
                          const onus_secret *safe, onus_error *error) {
  bool is_unsigned;
  found seal = find_seal(safe, options->item, log, &is_unsigned);
  if (!seal.is_there && is_unsigned)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0,
                        "the commitment of %.100s is not signed yet; run `onus sign`", options->item);
  if (!seal.is_there)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, options->store, 0, 0, "holds no sealed item \"%.100s\"",
                        options->item);
  onus_buffer disclosures = onus_buffer_new(ONUS_PROOF_BYTES);
  onus_buffer_append(&disclosures, seal.seal.disclosure, seal.seal.disclosure_bytes);
  onus_status status = put_attachments(safe, &seal, options, &disclosures, error);
  if (status == ONUS_OK && disclosures.status != ONUS_OK)
    status = ONUS_FAIL(error, disclosures.status, "the attachments are too large for one proof; show fewer of them");
  if (status == ONUS_OK)
    status = write_proof(log, seal.leaf, &disclosures, options->to, error);
  if (disclosures.bytes)
    sodium_memzero(disclosures.bytes, disclosures.length_bytes);
  onus_buffer_free(&disclosures);
  return status;
}

onus_status onus_case_reveal(const char *folder, const onus_reveal_options *options, const onus_secret *passphrase,
                             onus_error *error) {
  onus_log log;
  onus_secret *safe = NULL;
  const onus_public_key *signer;
  onus_status status = onus_log_open(folder, &log, &signer, error);
  if (status == ONUS_OK)
    status = onus_safe_read(options->store, false, passphrase, &safe, error);
  if (status == ONUS_OK)
    status = reveal(folder, options, &log, safe, error);
  onus_secret_free(safe);
  onus_log_free(&log);
  return status;
}
