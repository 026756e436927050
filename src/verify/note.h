/* Signed notes, checkpoints and cosignatures as C2SP describes them (c2sp.org/signed-note, tlog-checkpoint,
 * tlog-cosignature), with Ed25519 only. What is parsed points into the bytes that were given. */
#ifndef ONUS_VERIFY_NOTE_H
#define ONUS_VERIFY_NOTE_H

#include "base/error.h"
#include "verify/scan.h"
#include "verify/tree.h"

enum {
  ONUS_KEY_NAME_BYTES = 256, /* with its NUL */
  ONUS_KEY_BYTES = 32,
  ONUS_KEY_ID_BYTES = 4,
  ONUS_KEY_TEXT_BYTES = ONUS_KEY_NAME_BYTES + 64,
  ONUS_SIGNATURE_BYTES = 64,
  ONUS_COSIGNATURE_BYTES = 72, /* eight bytes of time before the signature */
  ONUS_NOTE_SIGNATURES = 64
};

#define ONUS_NOTE_BYTES ((size_t)64 << 20)

typedef enum onus_key_type { ONUS_KEY_SIGNS = 0x01, ONUS_KEY_COSIGNS = 0x04 } onus_key_type;

typedef struct onus_public_key {
  char name[ONUS_KEY_NAME_BYTES];
  onus_key_type type;
  unsigned char bytes[ONUS_KEY_BYTES];
  unsigned char id[ONUS_KEY_ID_BYTES];
} onus_public_key;

/* Whether a text can be the name of a key: printable, without blanks and plus, shorter than ONUS_KEY_NAME_BYTES. */
bool onus_key_name_is_good(const char *name, size_t length);

/* `name` must be good. */
void onus_public_key_make(const char *name, onus_key_type type, const unsigned char bytes[ONUS_KEY_BYTES],
                          onus_public_key *ret_key);
/* "name+id+key" without a line end, as a verifier key of the note format; and back. */
void onus_public_key_format(const onus_public_key *key, char text[ONUS_KEY_TEXT_BYTES]);
ONUS_MUST_CHECK onus_status onus_public_key_parse(const char *path, unsigned line, const char *text, size_t length,
                                                  onus_public_key *ret_key, onus_error *error);
bool onus_public_key_same(const onus_public_key *a, const onus_public_key *b);

typedef struct onus_signature {
  const char *name;
  size_t name_bytes;
  unsigned line;
  unsigned char id[ONUS_KEY_ID_BYTES];
  unsigned char bytes[ONUS_COSIGNATURE_BYTES]; /* the first of them, when there are more */
  size_t n_bytes;
} onus_signature;

typedef struct onus_note {
  const char *path; /* borrowed; for messages */
  const char *text; /* what is signed */
  size_t text_bytes;
  unsigned line; /* of its first line in the file */
  onus_signature signatures[ONUS_NOTE_SIGNATURES];
  size_t n_signatures;
} onus_note;

/* `first_line`: the line of the file at which `bytes` begin. */
ONUS_MUST_CHECK onus_status onus_note_parse(const char *path, unsigned first_line, const char *bytes, size_t length,
                                            onus_note *ret_note, onus_error *error);

/* Whether the signature says that it is by that key. */
bool onus_signature_is_by(const onus_signature *signature, const onus_public_key *key);
/* Checks a signature that says so. `ret_time_utc` is the time that a cosigner states, 0 for a plain signature. */
ONUS_MUST_CHECK onus_status onus_signature_check(const onus_note *note, const onus_signature *signature,
                                                 const onus_public_key *key, int64_t *ret_time_utc, onus_error *error);

/* What a cosigner signs: "cosignature/v1", the time and the text. Freed with free(). NULL without memory. */
char *onus_cosigned_text(const char *text, size_t text_bytes, uint64_t time_utc, size_t *ret_bytes);

/* The text of a note read as a checkpoint. */
typedef struct onus_checkpoint {
  const char *origin;
  size_t origin_bytes;
  uint64_t size;
  onus_hash root;
} onus_checkpoint;

ONUS_MUST_CHECK onus_status onus_checkpoint_parse(const onus_note *note, onus_checkpoint *ret_checkpoint,
                                                  onus_error *error);
bool onus_checkpoint_same_origin(const onus_checkpoint *a, const onus_checkpoint *b);

#endif
