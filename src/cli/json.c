#include "cli/json.h"

#include <stdio.h>

#include "cli/message.h"
#include "cli/options.h"
#include "onus.h"

bool onus_cli_wants_json(const onus_cli_invocation *invocation) {
  return onus_cli_options_format(invocation) == ONUS_FORMAT_JSON;
}

void onus_cli_json_begin(const char *kind) {
  printf("{\n  \"onus\": \"%s\",\n  \"kind\": \"%s\"", onus_version(), kind);
}

void onus_cli_json_text(const char *key, const char *value) {
  printf(",\n  \"%s\": ", key);
  onus_cli_print_json(stdout, value);
}

void onus_cli_json_count(const char *key, unsigned long long value) {
  printf(",\n  \"%s\": %llu", key, value);
}

void onus_cli_json_end(void) {
  puts("\n}");
}
