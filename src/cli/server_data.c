#include "cli/server_data.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/message.h"
#include "cli/options.h"

bool onus_cli_server_data(const onus_cli_invocation *invocation, char *out, size_t out_bytes) {
  const char *given = onus_cli_options_get(invocation, "data"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
  int length = -1;
  if (given != NULL)
    length = snprintf(out, out_bytes, "%s", given);
  else if (data != NULL && data[0] == '/')
    length = snprintf(out, out_bytes, "%s/onus", data);
  else if (home != NULL && home[0] == '/')
    length = snprintf(out, out_bytes, "%s/.local/share/onus", home);
  if (length > 0 && (size_t)length < out_bytes)
    return true;
  onus_cli_complain("name the folder of the server's data with --data");
  return false;
}
