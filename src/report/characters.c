#include "report/characters.h"

#include <stdio.h>
#include <string.h>

#define REPLACEMENT UINT32_C(0xFFFD)

typedef struct range {
  uint32_t first, last;
} range;

static const range hidden[] = {
    {0x01, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},
    {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},
    {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

static const range combining[] = {
    {0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},   {0x5BF, 0x5C7},   {0x610, 0x61A},   {0x64B, 0x65F},
    {0x670, 0x670},   {0x6D6, 0x6DC},   {0x6DF, 0x6E4},   {0x6E7, 0x6ED},   {0x900, 0x902},   {0x93C, 0x93C},
    {0x941, 0x948},   {0x94D, 0x94D},   {0xE31, 0xE31},   {0xE34, 0xE3A},   {0xE47, 0xE4E},   {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0x302A, 0x302D}, {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};

static const range wide[] = {
    {0x1100, 0x115E},   {0x231A, 0x231B},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
    {0x4E00, 0xA4CF},   {0xA960, 0xA97C},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18CFF}, {0x1B000, 0x1B2FF}, {0x1F004, 0x1F004},
    {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F19A}, {0x1F200, 0x1F320}, {0x1F32D, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F7E0, 0x1F7EB}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD},
};

static bool is_in(const range *ranges, size_t count, uint32_t character) {
  for (size_t i = 0; i < count; i++)
    if (character >= ranges[i].first && character <= ranges[i].last)
      return true;
  return false;
}

#define IS_IN(ranges, character) is_in(ranges, sizeof(ranges) / sizeof((ranges)[0]), character)

uint32_t onus_report_next_character(const char **cursor) {
  const unsigned char *bytes = (const unsigned char *)*cursor;
  uint32_t first = bytes[0];
  if (first == 0)
    return 0;
  *cursor += 1;
  if (first < 0x80)
    return first;
  unsigned more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4)
    return REPLACEMENT;
  static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  uint32_t character = first & (0x3Fu >> more);
  for (unsigned i = 1; i <= more; i++) {
    if ((bytes[i] & 0xC0) != 0x80)
      return REPLACEMENT;
    character = character << 6 | (bytes[i] & 0x3Fu);
  }
  if (character < smallest[more] || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
    return REPLACEMENT;
  *cursor += more;
  return character;
}

bool onus_report_character_is_hidden(uint32_t character) {
  return IS_IN(hidden, character) || (character & 0xFFFE) == 0xFFFE;
}

unsigned onus_report_character_columns(uint32_t character) {
  if (character < 0x300)
    return 1;
  if (IS_IN(combining, character))
    return 0;
  return IS_IN(wide, character) ? 2 : 1;
}

void onus_report_put_character(onus_buffer *out, uint32_t character) {
  char bytes[4];
  size_t length = 0;
  if (character < 0x80) {
    bytes[length++] = (char)character;
  } else if (character < 0x800) {
    bytes[length++] = (char)(0xC0 | character >> 6);
    bytes[length++] = (char)(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    bytes[length++] = (char)(0xE0 | character >> 12);
    bytes[length++] = (char)(0x80 | (character >> 6 & 0x3F));
    bytes[length++] = (char)(0x80 | (character & 0x3F));
  } else {
    bytes[length++] = (char)(0xF0 | character >> 18);
    bytes[length++] = (char)(0x80 | (character >> 12 & 0x3F));
    bytes[length++] = (char)(0x80 | (character >> 6 & 0x3F));
    bytes[length++] = (char)(0x80 | (character & 0x3F));
  }
  onus_buffer_append(out, bytes, length);
}

/* A host program may have set a locale whose decimal point is a comma, or another character of several bytes. */
static const char *with_point(char *text) {
  char *write = text;
  bool in_point = false;
  for (const char *read = text; *read; read++) {
    if (strchr("0123456789+-einfa", *read)) {
      *write++ = *read;
      in_point = false;
    } else if (!in_point) {
      *write++ = '.';
      in_point = true;
    }
  }
  *write = '\0';
  return text;
}

const char *onus_report_fixed(char *text, double value, int decimals) {
  snprintf(text, ONUS_REPORT_FIGURE_BYTES, "%.*f", decimals, value);
  with_point(text);
  if (text[0] == '-' && strspn(text + 1, "0.") == strlen(text + 1))
    memmove(text, text + 1, strlen(text));
  return text;
}

void onus_report_put_fixed(onus_buffer *out, double value, int decimals) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_buffer_string(out, onus_report_fixed(text, value, decimals));
}

const char *onus_report_general(char *text, double value, int digits) {
  snprintf(text, ONUS_REPORT_FIGURE_BYTES, "%.*g", digits, value == 0 ? 0.0 : value);
  return with_point(text);
}
