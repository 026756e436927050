/* What a reference reads of strangers: a catalogue or a list of programs (bytes that begin as one does), signatures of
 * functions (bytes of that length), and the texts of reports and names, URL and description with a line end between
 * them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reference/programs_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error->text[0] == '\0')
    abort();
}

static void read_catalogue(const uint8_t *data, size_t size) {
  onus_catalogue_parts parts;
  onus_error error = {0};
  onus_text again = {0};
  onus_status status = onus_catalogue_parse("fuzz", (const char *)data, size, &parts, &error);
  if (status == ONUS_OK)
    status = onus_catalogue_derive(&parts, &error);
  if (status == ONUS_OK)
    status = onus_catalogue_write(&parts, &again, &error);
  check(status, &error);
  /* What was read is written as it was. */
  if (status == ONUS_OK && (again.length != size || memcmp(again.bytes, data, size) != 0))
    abort();
  onus_text_free(&again);
  onus_catalogue_free(&parts);
}

/* With two bases, as samples need. */
static void read_programs(const uint8_t *data, size_t size) {
  onus_catalogue_parts parts;
  onus_error error = {0};
  onus_text again = {0};
  uint32_t number;
  onus_status status = onus_catalogue_init(&parts, &error);
  for (uint32_t i = 0; status == ONUS_OK && i < 2; i++)
    status = onus_catalogue_add_basis(&parts, &(onus_basis){.kind = ONUS_BASIS_LISTED, .entry = i}, &number, &error);
  if (status == ONUS_OK)
    status = onus_programs_parse("fuzz", (const char *)data, size, &parts, &error);
  if (status == ONUS_OK)
    status = onus_programs_write(&parts.programs, &again, &error);
  check(status, &error);
  /* What was read is written as it was. */
  if (status == ONUS_OK && (again.length != size || memcmp(again.bytes, data, size) != 0))
    abort();
  onus_text_free(&again);
  onus_catalogue_free(&parts);
}

static void read_signature(const uint8_t *data) {
  onus_signature signature;
  if (!onus_signature_read(data, &signature))
    return;
  size_t n = 0;
  for (size_t kind = 0; kind < ONUS_TOKEN_KINDS; kind++)
    n += signature.n_sampled[kind];
  if (n > ONUS_SIGNATURE_TOKENS)
    abort();
}

static void read_report(const char *url, const char *description) {
  onus_period period;
  char *key = onus_report_normalise(url, description);
  if (!key)
    return;
  char *again = onus_report_normalise(key, NULL);
  if (again && strcmp(again, key) != 0)
    abort();
  if (onus_report_period(key, description, &period) && period.last_day < period.first_day)
    abort();
  (void)onus_report_is_pivot(key);
  free(again);
  free(key);
}

static void read_name(const char *name) {
  size_t length = strlen(name);
  char *normal = malloc(length + 1), *again = malloc(length + 1);
  if (normal && again) {
    onus_name_normalise(name, normal);
    onus_name_normalise(normal, again);
    if (strlen(normal) > length || strcmp(normal, again) != 0)
      abort();
  }
  free(normal);
  free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size >= 8 && memcmp(data, "ONUSCAT\n", 8) == 0) {
    read_catalogue(data, size);
    return 0;
  }
  if (size >= 8 && memcmp(data, "ONUSPRG\n", 8) == 0) {
    read_programs(data, size);
    return 0;
  }
  if (size == ONUS_SIGNATURE_BYTES)
    read_signature(data);
  char *text = malloc(size + 1);
  if (!text)
    return 0;
  memcpy(text, data, size);
  text[size] = '\0';
  read_name(text);
  char *line_end = strchr(text, '\n');
  if (line_end)
    *line_end = '\0';
  read_report(text, line_end ? line_end + 1 : NULL);
  free(text);
  return 0;
}
