#include "verify/proof.h"

#include <stdlib.h>
#include <string.h>

typedef struct reader {
  const char *path;
  onus_lines lines;
  const char *line; /* what is left of it */
  size_t line_bytes;
} reader;

static bool next(reader *r) {
  return onus_lines_next(&r->lines, &r->line, &r->line_bytes);
}

static bool begins_with(reader *r, const char *literal) {
  return onus_scan_literal(&r->line, &r->line_bytes, literal);
}

static onus_status fail(const reader *r, const char *text, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->path, r->lines.line > 1 ? r->lines.line - 1 : 1, 1, "%s", text);
}

static onus_status take_disclosure(const reader *r, onus_proof *proof, onus_error *error) {
  size_t cap = r->line_bytes / 4 * 3 + 3;
  proof->disclosures.bytes = calloc(1, cap + 1);
  if (!proof->disclosures.bytes)
    return ONUS_FAIL_NO_MEMORY(error);
  if (!onus_scan_base64(r->line, r->line_bytes, proof->disclosures.bytes, cap, &proof->disclosures.length))
    return fail(r, "the extra data is not base64; the file was changed", error);
  return ONUS_OK;
}

static onus_status take_lines(reader *r, onus_proof *proof, onus_error *error) {
  if (!next(r) || !begins_with(r, ONUS_PROOF_HEAD) || r->line_bytes > 0)
    return fail(r, "no proof; one begins with the line " ONUS_PROOF_HEAD, error);
  bool has_line = next(r);
  if (has_line && begins_with(r, "extra ")) {
    ONUS_TRY(take_disclosure(r, proof, error));
    has_line = next(r);
  }
  if (!has_line || !begins_with(r, "index ") || !onus_decimal_parse(r->line, r->line_bytes, &proof->index))
    return fail(r, "no place of the leaf; a line \"index\" and a number was to follow", error);
  while ((has_line = next(r)) && r->line_bytes > 0) {
    size_t n = 0;
    if (proof->n_path == ONUS_TREE_LEVELS)
      return fail(r, "more hashes than any tree has levels; the file was changed", error);
    if (!onus_scan_base64(r->line, r->line_bytes, proof->path[proof->n_path++].bytes, ONUS_HASH_BYTES, &n) ||
        n != ONUS_HASH_BYTES)
      return fail(r, "no hash; 32 bytes in base64 or an empty line were to follow", error);
  }
  return has_line ? ONUS_OK : fail(r, "ends before the checkpoint; the file was cut", error);
}

static onus_status parse(reader *r, onus_proof *proof, onus_error *error) {
  ONUS_TRY(take_lines(r, proof, error));
  ONUS_TRY(onus_note_parse(r->path, r->lines.line, r->lines.at, r->lines.rest_bytes, &proof->note, error));
  ONUS_TRY(onus_checkpoint_parse(&proof->note, &proof->checkpoint, error));
  const onus_text *all = &proof->disclosures;
  const char *rest = all->length ? memchr(all->bytes, '~', all->length) : NULL;
  onus_hash root;
  proof->disclosure_bytes = rest ? (size_t)(rest - all->bytes) : all->length;
  onus_hash_leaf(all->bytes, proof->disclosure_bytes, &proof->leaf);
  if (!onus_tree_root_of_proof(&proof->leaf, proof->index, proof->checkpoint.size, proof->path, proof->n_path, &root) ||
      !onus_hash_same(&root, &proof->checkpoint.root))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->path, 0, 0,
                        "the proof does not lead from what it discloses to the root of the checkpoint; one of the two, "
                        "or the path between, was changed");
  return ONUS_OK;
}

onus_status onus_proof_parse(const char *path, const char *bytes, size_t length, onus_proof *ret_proof,
                             onus_error *error) {
  if (length > ONUS_PROOF_BYTES)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "has %zu bytes; at most %zu are accepted", length,
                        ONUS_PROOF_BYTES);
  reader r = {.path = path, .lines = {bytes, length, 1}};
  onus_proof proof = {.n_path = 0};
  onus_status status = parse(&r, &proof, error);
  if (status == ONUS_OK)
    *ret_proof = proof;
  else
    onus_proof_free(&proof);
  return status;
}

void onus_proof_free(onus_proof *proof) {
  free(proof->disclosures.bytes);
}
