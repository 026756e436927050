/* What a reference reads of strangers: a catalogue (bytes that begin as one does), and the texts of reports and names,
 * URL and description with a line end between them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reference/catalogue_internal.h"

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
