/* Signed notes and the checkpoints in them. */
#include <stdint.h>
#include <stdlib.h>

#include "verify/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error->text[0] == '\0')
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onus_note note;
  onus_checkpoint checkpoint;
  onus_public_key key;
  onus_error error = {0};
  int64_t time_utc;
  onus_status status = onus_note_parse("fuzz", 1, (const char *)data, size, &note, &error);
  check(status, &error);
  if (status == ONUS_OK) {
    check(onus_checkpoint_parse(&note, &checkpoint, &error), &error);
    unsigned char bytes[ONUS_KEY_BYTES] = {1};
    onus_public_key_make("k", ONUS_KEY_COSIGNS, bytes, &key);
    for (size_t i = 0; i < note.n_signatures; i++)
      if (onus_signature_check(&note, &note.signatures[i], &key, &time_utc, NULL) == ONUS_OK)
        abort();
  }
  check(onus_public_key_parse("fuzz", 1, (const char *)data, size, &key, &error), &error);
  return 0;
}
