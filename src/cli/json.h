/* Small results as JSON on standard output, for commands whose result is not one of the library's. */
#ifndef ONUS_CLI_JSON_H
#define ONUS_CLI_JSON_H

#include "cli/command.h"

#define ONUS_CLI_OPTION_CUSTODY_FORMAT                                                                                 \
  {                                                                                                                    \
    .name = "format", .letter = 'f', .argument = "text|json", .is_choice = true,                                       \
    .help = "How to show the result: text, the default, or json as in docs/custody.schema.json."                       \
  }

/* Whether --format says json. */
bool onus_cli_wants_json(const onus_cli_invocation *invocation);

/* One object: its version and kind, then members in the order of the calls. */
void onus_cli_json_begin(const char *kind);
void onus_cli_json_text(const char *key, const char *value);
void onus_cli_json_count(const char *key, unsigned long long value);
void onus_cli_json_end(void);

#endif
