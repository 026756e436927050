#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/packed.h"
#include "document/quote.h"
#include "reference/import.h"

/* Of one file, unpacked: it is read whole. */
enum { FILE_BYTES_MAX = 512 << 20 };

static const onus_import_format *const formats[] = {&onus_import_stix, &onus_import_galaxy};
enum { N_FORMATS = sizeof formats / sizeof *formats };

size_t onus_import_formats(const onus_import_format *const **ret_formats) {
  *ret_formats = formats;
  return N_FORMATS;
}

/* Writes "stix, misp-galaxy or maltrail", of those that fit (`fits` NULL: of all). */
static void list_formats(const bool *fits, const char *last_word, char *out, size_t out_bytes) {
  size_t n_left = 0, length = 0;
  for (size_t i = 0; i < N_FORMATS; i++)
    n_left += !fits || fits[i];
  out[0] = '\0';
  for (size_t i = 0; i < N_FORMATS && length < out_bytes; i++) {
    if (fits && !fits[i])
      continue;
    n_left--;
    int wrote = snprintf(out + length, out_bytes - length, "%s%s%s%s", formats[i]->name, n_left == 1 ? " " : "",
                         n_left == 1 ? last_word : "",
                         n_left == 1  ? " "
                         : n_left > 1 ? ", "
                                      : "");
    length += wrote > 0 ? (size_t)wrote : 0;
  }
}

static onus_status find_format(const char *name, const onus_import_format **ret_format, onus_error *error) {
  char all[300];
  for (size_t i = 0; i < N_FORMATS; i++)
    if (strcmp(formats[i]->name, name) == 0) {
      *ret_format = formats[i];
      return ONUS_OK;
    }
  list_formats(NULL, "or", all, sizeof all);
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is no format; there are %s", onus_quote_string(name).text, all);
}

static onus_status recognise(const onus_import_input *input, const onus_import_format **ret_format, onus_error *error) {
  bool fits[N_FORMATS];
  size_t count = 0;
  char names[300];
  for (size_t i = 0; i < N_FORMATS; i++) {
    fits[i] = formats[i]->recognise(input);
    count += fits[i];
    if (fits[i])
      *ret_format = formats[i];
  }
  if (count == 1)
    return ONUS_OK;
  list_formats(count > 0 ? fits : NULL, count > 0 ? "and" : "or", names, sizeof names);
  if (count > 1)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, input->path, 1, 1, "looks like %s; say which with --format", names);
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, input->path, 1, 1,
                      "is in no format that onus recognises; if it is %s, say so with --format", names);
}

onus_status onus_import_file(onus_reference_writer *writer, const char *path, const onus_import_options *options,
                             onus_import_summary *ret_summary, onus_error *error) {
  static const onus_import_options none;
  const onus_import_options *chosen = options ? options : &none;
  const onus_import_format *format = NULL;
  if (chosen->format)
    ONUS_TRY(find_format(chosen->format, &format, error));
  onus_text text;
  ONUS_TRY(onus_packed_read(path, FILE_BYTES_MAX, &text, error));
  onus_import_input input = {path, text.bytes, text.length};
  onus_status status = format ? ONUS_OK : recognise(&input, &format, error);
  *ret_summary = (onus_import_summary){0};
  if (status == ONUS_OK) {
    ret_summary->format = format->name;
    status = format->import(writer, &input, chosen, ret_summary, error);
  }
  onus_text_free(&text);
  return status;
}
