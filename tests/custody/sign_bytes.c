/* Signs what comes on stdin as it is with a private key of onus, for the formats of other programs that put signatures
 * around signatures: sign_bytes KEY-FILE. The passphrase is in ONUS_PASSPHRASE; the line of a note's signature goes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "custody/key.h"
#include "onus.h"

int main(int argc, char **argv) {
  const char *passphrase = getenv("ONUS_PASSPHRASE");
  onus_secret *secret = NULL;
  onus_key *key = NULL;
  onus_error error = {0};
  onus_buffer line = onus_buffer_new(4096);
  static char bytes[1 << 20];
  size_t length = fread(bytes, 1, sizeof bytes, stdin);
  if (argc != 2 || !passphrase || length == sizeof bytes ||
      onus_secret_new(strlen(passphrase) + 1, &secret, &error) != ONUS_OK)
    return 2;
  memcpy(onus_secret_bytes(secret), passphrase, strlen(passphrase));
  onus_secret_set_length(secret, strlen(passphrase));
  bool is_good = onus_key_read(argv[1], secret, &key, &error) == ONUS_OK &&
                 onus_key_sign(key, bytes, length, 0, &line, &error) == ONUS_OK &&
                 fwrite(line.bytes, 1, line.length_bytes, stdout) == line.length_bytes;
  if (!is_good)
    fprintf(stderr, "%s\n", error.text);
  onus_buffer_free(&line);
  onus_key_free(key);
  onus_secret_free(secret);
  return is_good ? 0 : 1;
}
