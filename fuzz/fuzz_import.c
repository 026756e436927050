/* Importers: the first line of an input is the name of the file, the rest the file. Every format that recognises it
 * reads it; so does, as with --as, the one that the last letter of the name picks. What fails says why, and bad input
 * says where. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference/import.h"
#include "store/test_folder_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Little, so that a run is not spent on clearing it. */
static const size_t MEMORY_BYTES = (size_t)1 << 20;

static char folder[512];

static void remove_folder(void) {
  test_folder_remove(folder);
}

static void read_as(const onus_import_format *format, const onus_import_input *input) {
  static onus_import_summary summary; /* large */
  onus_reference_writer *writer;
  onus_error error = {0};
  const onus_import_options options = {
      .actor = "Some Group", .report = "https://firm.example/report", .day = "2016-02-24"};
  if (onus_reference_writer_open(folder, MEMORY_BYTES, &writer, &error) != ONUS_OK)
    return;
  memset(&summary, 0, sizeof summary);
  onus_status status = format->import(writer, input, &options, &summary, &error);
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error.text[0] == '\0')
    abort();
  if (status == ONUS_BAD_INPUT && (error.line == 0 || error.column == 0))
    abort();
  for (size_t i = 0; i < summary.n_refused && i < ONUS_REFUSALS_KEPT; i++)
    if (!summary.refused[i].why || !memchr(summary.refused[i].what, '\0', sizeof summary.refused[i].what))
      abort();
  onus_reference_writer_close(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!folder[0]) {
    test_folder_make(folder);
    atexit(remove_folder);
  }
  const uint8_t *line_end = size ? memchr(data, '\n', size) : NULL;
  if (!line_end || line_end == data || line_end - data > 200)
    return 0;
  char path[256] = "";
  memcpy(path, data, (size_t)(line_end - data));
  onus_import_input input = {path, (const char *)line_end + 1, size - (size_t)(line_end + 1 - data), NULL};
  const onus_import_format *const *formats;
  size_t n = onus_import_formats(&formats);
  for (size_t i = 0; i < n; i++) {
    bool is_recognised = formats[i]->recognise(&input);
    if (is_recognised || i == line_end[-1] % n)
      read_as(formats[i], &input);
  }
  return 0;
}
