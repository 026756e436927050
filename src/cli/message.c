#include "cli/message.h"

#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"

/* The character that begins at `at`, and its length in bytes; false when the bytes there are not UTF-8. */
static bool decode(const unsigned char *at, uint32_t *ret_character, size_t *ret_length) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t length = at[0] < 0x80 ? 1 : at[0] < 0xC2 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : at[0] < 0xF5 ? 4 : 0;
  if (length == 0)
    return false;
  uint32_t character = length == 1 ? at[0] : at[0] & (0x7Fu >> length);
  for (size_t i = 1; i < length; i++) {
    if ((at[i] & 0xC0) != 0x80)
      return false;
    character = character << 6 | (at[i] & 0x3Fu);
  }
  if (character < least[length] || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
    return false;
  *ret_character = character;
  *ret_length = length;
  return true;
}

static bool is_harmful(uint32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x061C ||
         (character >= 0x200B && character <= 0x200F) || (character >= 0x2028 && character <= 0x202E) ||
         (character >= 0x2060 && character <= 0x206F) || character == 0xFEFF || character >= 0xE0000;
}

void onus_cli_print_safely(FILE *stream, const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  while (*at != '\0') {
    uint32_t character;
    size_t length;
    if (!decode(at, &character, &length)) {
      fprintf(stream, "\\x%02X", *at++);
      continue;
    }
    if (is_harmful(character))
      fprintf(stream, "\\u{%04X}", (unsigned)character);
    else
      fwrite(at, 1, length, stream);
    at += length;
  }
}

void onus_cli_print_json(FILE *stream, const char *text) {
  fputc('"', stream);
  for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
    uint32_t character = 0xFFFD;
    size_t length = 1;
    bool is_good = decode(at, &character, &length);
    if (character == '"' || character == '\\')
      fprintf(stream, "\\%c", (int)character);
    else if (character > 0xFFFF && is_harmful(character))
      fprintf(stream, "\\u%04x\\u%04x", (unsigned)(0xD7C0 + (character >> 10)),
              (unsigned)(0xDC00 | (character & 0x3FF)));
    else if (!is_good || is_harmful(character))
      fprintf(stream, "\\u%04x", (unsigned)character);
    else
      fwrite(at, 1, length, stream);
    at += length;
  }
  fputc('"', stream);
}

void onus_cli_complain(const char *text) {
  fputs("onus: ", stderr);
  onus_cli_print_safely(stderr, text);
  fputc('\n', stderr);
}

void onus_cli_complain_command(const char *name, const char *next) {
  char text[256], whole[128];
  bool is_group = onus_cli_command_is_group(name);
  snprintf(whole, sizeof whole, is_group && next != NULL ? "%.50s %.50s" : "%.100s", name, next);
  const char *nearest = onus_cli_command_nearest(whole);
  if (is_group && next == NULL)
    snprintf(text, sizeof text, "\"%s\" needs another word; \"onus help %s\" lists those there are", name, name);
  else if (nearest != NULL)
    snprintf(text, sizeof text, "there is no command \"%.100s\"; did you mean \"%s\"?", whole, nearest);
  else if (is_group)
    snprintf(text, sizeof text, "there is no command \"%.100s\"; \"onus help %s\" lists those there are", whole, name);
  else
    snprintf(text, sizeof text, "there is no command \"%.100s\"; \"onus help\" lists those there are", name);
  onus_cli_complain(text);
}

static void print_place(FILE *stream, const char *path, unsigned line, unsigned column) {
  if (path[0] == '\0')
    return;
  onus_cli_print_safely(stream, path);
  if (line > 0)
    fprintf(stream, ":%u:%u", line, column);
  fputs(": ", stream);
}

int onus_cli_fail(onus_status status, const onus_error *error) {
  if (status == ONUS_CANCELLED) {
    onus_cli_complain("interrupted; nothing was written");
    return ONUS_CLI_INTERRUPTED;
  }
  fputs("onus: ", stderr);
  print_place(stderr, error->path, error->line, error->column);
  onus_cli_print_safely(stderr, error->text[0] != '\0' ? error->text : onus_status_name(status));
  if (status == ONUS_INTERNAL)
    fprintf(stderr, " (%s:%d; this is a defect of onus, please report it)",
            error->code_file != NULL ? error->code_file : "?", error->code_line);
  fputc('\n', stderr);
  return status == ONUS_BAD_INPUT || status == ONUS_BAD_ARGUMENT ? ONUS_CLI_BAD_INPUT : ONUS_CLI_FAILED;
}

void onus_cli_print_problems(FILE *stream, const onus_problems *problems) {
  for (size_t i = 0; i < onus_problems_count(problems); i++) {
    const onus_problem *problem = onus_problems_get(problems, i);
    print_place(stream, problem->path, problem->line, problem->column);
    onus_cli_print_safely(stream, problem->found);
    if (problem->remedy != NULL && problem->remedy[0] != '\0') {
      fputs("; ", stream);
      onus_cli_print_safely(stream, problem->remedy);
    }
    fputc('\n', stream);
  }
}
