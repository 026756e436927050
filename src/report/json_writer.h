/* JSON, written in order: the writer puts in the commas, the indent and the escapes.
 *
 * Hidden characters are written as \uXXXX, so that the text of a case does no harm in a terminal either. Doubles are
 * the shortest of 15, 16 or 17 digits that are read back as the same double; what is not finite becomes null.
 */
#ifndef ONUS_REPORT_JSON_WRITER_H
#define ONUS_REPORT_JSON_WRITER_H

#include <stdint.h>

#include "base/buffer.h"

typedef struct onus_json {
  onus_buffer *out;
  unsigned depth;
  unsigned inline_depth; /* > 0: everything on one line, down to this depth */
  bool is_first;         /* nothing written yet in the innermost list or map */
} onus_json;

onus_json onus_json_new(onus_buffer *out);

/* `key` is NULL in lists and at the top. `is_inline`: on one line, together with all that it holds. */
void onus_json_begin_map(onus_json *json, const char *key, bool is_inline);
void onus_json_end_map(onus_json *json);
void onus_json_begin_list(onus_json *json, const char *key, bool is_inline);
void onus_json_end_list(onus_json *json);

/* NULL is written as null. */
void onus_json_string(onus_json *json, const char *key, const char *value);
void onus_json_number(onus_json *json, const char *key, double value);
void onus_json_integer(onus_json *json, const char *key, uint64_t value);
void onus_json_boolean(onus_json *json, const char *key, bool value);
void onus_json_null(onus_json *json, const char *key);

/* "0x401000": a text, because an address does not fit into a double. */
void onus_json_address(onus_json *json, const char *key, uint64_t address);

/* A map that says first which version wrote it and what it is, such as "match". */
onus_json onus_json_begin_document(onus_buffer *out, const char *kind);
void onus_json_end_document(onus_json *json);

/* The newline behind the last bracket. */
void onus_json_finish(onus_json *json);

#endif
