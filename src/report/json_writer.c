#include "report/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/characters.h"

onus_json onus_json_new(onus_buffer *out) {
  return (onus_json){.out = out, .is_first = true};
}

static void put_string(onus_buffer *out, const char *string) {
  onus_buffer_character(out, '"');
  for (uint32_t c; (c = onus_report_next_character(&string)) != 0;) {
    if (c == '"' || c == '\\')
      onus_buffer_printf(out, "\\%c", (int)c);
    else if (c == '\n')
      onus_buffer_string(out, "\\n");
    else if (c == '\t')
      onus_buffer_string(out, "\\t");
    else if (!onus_report_character_is_hidden(c))
      onus_report_put_character(out, c);
    else if (c < 0x10000)
      onus_buffer_printf(out, "\\u%04" PRIx32, c);
    else
      onus_buffer_printf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xD800 + ((c - 0x10000) >> 10),
                         0xDC00 + ((c - 0x10000) & 0x3FF));
  }
  onus_buffer_character(out, '"');
}

static void new_line(onus_json *json) {
  onus_buffer_character(json->out, '\n');
  onus_buffer_repeat(json->out, "  ", json->depth);
}

/* What stands before a value: comma, place, key. */
static void before(onus_json *json, const char *key) {
  if (json->depth > 0) {
    if (!json->is_first)
      onus_buffer_character(json->out, ',');
    if (json->inline_depth == 0)
      new_line(json);
    else if (!json->is_first)
      onus_buffer_character(json->out, ' ');
  }
  json->is_first = false;
  if (key) {
    put_string(json->out, key);
    onus_buffer_string(json->out, ": ");
  }
}

static void begin(onus_json *json, const char *key, bool is_inline, char bracket) {
  before(json, key);
  onus_buffer_character(json->out, bracket);
  json->depth++;
  json->is_first = true;
  if (is_inline && json->inline_depth == 0)
    json->inline_depth = json->depth;
}

static void end(onus_json *json, char bracket) {
  bool is_inline = json->inline_depth != 0;
  if (json->inline_depth == json->depth)
    json->inline_depth = 0;
  json->depth--;
  if (!is_inline && !json->is_first)
    new_line(json);
  json->is_first = false;
  onus_buffer_character(json->out, bracket);
}

void onus_json_begin_map(onus_json *json, const char *key, bool is_inline) {
  begin(json, key, is_inline, '{');
}

void onus_json_end_map(onus_json *json) {
  end(json, '}');
}

void onus_json_begin_list(onus_json *json, const char *key, bool is_inline) {
  begin(json, key, is_inline, '[');
}

void onus_json_end_list(onus_json *json) {
  end(json, ']');
}

void onus_json_null(onus_json *json, const char *key) {
  before(json, key);
  onus_buffer_string(json->out, "null");
}

void onus_json_string(onus_json *json, const char *key, const char *value) {
  if (!value) {
    onus_json_null(json, key);
    return;
  }
  before(json, key);
  put_string(json->out, value);
}

void onus_json_number(onus_json *json, const char *key, double value) {
  if (!isfinite(value)) {
    onus_json_null(json, key);
    return;
  }
  char text[ONUS_REPORT_FIGURE_BYTES];
  int digits = 15;
  /* Checked in the locale of the host program, before the decimal point is put right. */
  while (digits < 17) {
    char trial[64];
    snprintf(trial, sizeof trial, "%.*g", digits, value);
    if (strtod(trial, NULL) == value)
      break;
    digits++;
  }
  before(json, key);
  onus_buffer_string(json->out, onus_report_general(text, value, digits));
}

void onus_json_integer(onus_json *json, const char *key, uint64_t value) {
  before(json, key);
  onus_buffer_printf(json->out, "%" PRIu64, value);
}

void onus_json_boolean(onus_json *json, const char *key, bool value) {
  before(json, key);
  onus_buffer_string(json->out, value ? "true" : "false");
}

void onus_json_finish(onus_json *json) {
  onus_buffer_character(json->out, '\n');
}

void onus_json_address(onus_json *json, const char *key, uint64_t address) {
  char text[24];
  snprintf(text, sizeof text, "0x%" PRIx64, address);
  onus_json_string(json, key, text);
}

onus_json onus_json_begin_document(onus_buffer *out, const char *kind) {
  onus_json json = onus_json_new(out);
  onus_json_begin_map(&json, NULL, false);
  onus_json_string(&json, "onus", onus_version());
  onus_json_string(&json, "kind", kind);
  return json;
}

void onus_json_end_document(onus_json *json) {
  onus_json_end_map(json);
  onus_json_finish(json);
}
