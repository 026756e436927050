#include "cli/public_keys.h"

#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/message.h"
#include "onus.h"

bool onus_cli_public_keys_read(const char *given, onus_cli_public_keys *ret_keys) {
  ret_keys->count = 0;
  if (given == NULL)
    return true;
  FILE *file = fopen(given, "r");
  size_t length;
  if (file == NULL && strchr(given, '+') != NULL) {
    ret_keys->keys[ret_keys->count++] = given;
    return true;
  }
  if (file == NULL || (length = fread(ret_keys->text, 1, sizeof ret_keys->text - 1, file),
                       length == sizeof ret_keys->text - 1 || ferror(file))) {
    if (file != NULL)
      fclose(file);
    onus_cli_complain("--key is neither a public key nor a file with some, one on each line");
    return false;
  }
  fclose(file);
  ret_keys->text[length] = '\0';
  for (char *line = strtok(ret_keys->text, "\r\n"); line != NULL; line = strtok(NULL, "\r\n")) {
    if (ret_keys->count == ONUS_CLI_PUBLIC_KEYS) {
      onus_cli_complain("--key names a file with too many keys");
      return false;
    }
    ret_keys->keys[ret_keys->count++] = line;
  }
  return true;
}

int onus_cli_public_keys_show(const char *path, bool is_json) {
  onus_text signs = {0}, cosigns = {0};
  onus_fingerprint fingerprint;
  onus_error error = {0};
  onus_status status = onus_key_file_public(path, false, &signs, &error);
  if (status == ONUS_OK)
    status = onus_key_file_public(path, true, &cosigns, &error);
  if (status == ONUS_OK)
    status = onus_key_fingerprint(signs.bytes, &fingerprint, &error);
  if (status == ONUS_OK && is_json) {
    onus_cli_json_begin("key");
    onus_cli_json_text("signs_as", signs.bytes);
    onus_cli_json_text("cosigns_as", cosigns.bytes);
    onus_cli_json_text("fingerprint", fingerprint.hex);
    onus_cli_json_text("fingerprint_words", fingerprint.words);
    onus_cli_json_end();
  } else if (status == ONUS_OK) {
    fputs("signs as      ", stdout);
    onus_cli_print_safely(stdout, signs.bytes);
    fputs("\ncosigns as    ", stdout);
    onus_cli_print_safely(stdout, cosigns.bytes);
    printf("\nfingerprint   %s\n              %s\n", fingerprint.hex, fingerprint.words);
  }
  onus_text_free(&signs);
  onus_text_free(&cosigns);
  return status == ONUS_OK ? ONUS_CLI_OK : onus_cli_fail(status, &error);
}
