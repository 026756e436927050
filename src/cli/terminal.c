#include "cli/terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/options.h"

enum { WIDTH_DEFAULT = 80, WIDTH_LEAST = 40, WIDTH_MOST = 400 };

static unsigned within(unsigned long width) {
  return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : (unsigned)width;
}

unsigned onus_cli_terminal_width(void) {
  const char *columns = getenv("COLUMNS");
  if (columns != NULL && columns[0] >= '0' && columns[0] <= '9') {
    char *end;
    unsigned long width = strtoul(columns, &end, 10);
    if (*end == '\0' && width > 0)
      return within(width);
  }
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return within(size.ws_col);
  return WIDTH_DEFAULT;
}

static bool is_set(const char *name) {
  const char *value = getenv(name);
  return value != NULL && value[0] != '\0';
}

/* https://no-color.org: any value of NO_COLOR but the empty one says no. What was asked for by option goes before. */
static bool wants_colour(const char *colour, const char *file) {
  if (colour != NULL && strcmp(colour, "auto") != 0)
    return strcmp(colour, "always") == 0;
  const char *terminal = getenv("TERM");
  bool to_file = file != NULL && strcmp(file, "-") != 0;
  return !to_file && isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR") && terminal != NULL &&
         strcmp(terminal, "dumb") != 0;
}

onus_style onus_cli_terminal_style(const onus_cli_invocation *invocation, const char *file) {
  return (onus_style){
      .width = onus_cli_terminal_width(),
      .colour = wants_colour(onus_cli_options_get(invocation, "colour"), file),
      .ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
  };
}
