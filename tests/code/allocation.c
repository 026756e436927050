/* Memory that runs out at every place in turn while an executable file is read: the linker sends malloc and its kin of
 * the library here (--wrap), which count and refuse the n-th, alone or with all that follow. */
#include "code/outline.h"
#include "code/prints.h"
#include "code/test_program_internal.h"
#include "report/matched.h"

#include <stdio.h>
#include <stdlib.h>

#include "../allocation/sweep_call.h"

static uint8_t file[ONUS_TEST_PE_BYTES];
static onus_text written;
static char nothing;

static onus_status find(onus_error *error) {
  onus_program *program = (onus_program *)(void *)&nothing;
  onus_functions *functions = (onus_functions *)(void *)&nothing;
  onus_status status = onus_program_parse("made", file, sizeof file, &program, error);
  if (status != ONUS_OK) {
    if ((char *)program != &nothing)
      FAULT("a program came back from a call that failed");
    return status;
  }
  status = onus_functions_find(program, &functions, error);
  if (status == ONUS_OK)
    onus_functions_free(functions);
  else if ((char *)functions != &nothing)
    FAULT("functions came back from a call that failed");
  onus_program_free(program);
  return status;
}

static onus_status write_outline(onus_error *error) {
  onus_buffer out = onus_buffer_new(1 << 20);
  onus_bytes bytes = {file, sizeof file, false};
  onus_text text = {0};
  onus_status status = onus_outline_write("made", &bytes, &out, error);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, &text, error);
  onus_buffer_free(&out);
  onus_text_free(&text);
  return status;
}

static onus_status parse_outline(onus_error *error) {
  onus_outline *outline = (onus_outline *)(void *)&nothing;
  onus_status status = onus_outline_parse("made", written.bytes, written.length, &outline, error);
  if (status == ONUS_OK)
    onus_outline_free(outline);
  else if ((char *)outline != &nothing)
    FAULT("an outline came back from a call that failed");
  return status;
}

static onus_status write_prints(onus_error *error) {
  onus_buffer out = onus_buffer_new(1 << 20);
  onus_bytes bytes = {file, sizeof file, false};
  onus_text text = {0};
  onus_status status = onus_prints_write("made", &bytes, &out, error);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, &text, error);
  onus_buffer_free(&out);
  onus_text_free(&text);
  return status;
}

static onus_status parse_prints(onus_error *error) {
  onus_prints *prints = (onus_prints *)(void *)&nothing;
  onus_status status = onus_prints_parse("made", written.bytes, written.length, &prints, error);
  if (status == ONUS_OK)
    onus_prints_free(prints);
  else if ((char *)prints != &nothing)
    FAULT("prints came back from a call that failed");
  return status;
}

/* One program against itself, and what is said of it. */
static onus_status match(onus_error *error) {
  static const char *const paths[] = {"made", "made"};
  const onus_bytes files[] = {{file, sizeof file, false}, {file, sizeof file, false}};
  onus_matched *matched = (onus_matched *)(void *)&nothing;
  onus_status status = onus_matched_make(paths, files, 2, 0.5, 10, &matched, error);
  if (status != ONUS_OK) {
    if ((char *)matched != &nothing)
      FAULT("matches came back from a call that failed");
    return status;
  }
  for (unsigned format = 0; format < 3 && status == ONUS_OK; format++) {
    onus_buffer out = onus_buffer_new(1 << 24);
    onus_text text = {0};
    if (format == 0)
      onus_report_matched_text(&out, matched, NULL);
    else if (format == 1)
      onus_report_matched_json(&out, matched);
    else
      onus_report_matched_html(&out, matched);
    status = onus_buffer_take(&out, &text, error);
    onus_text_free(&text);
  }
  onus_matched_free(matched);
  return status;
}

int main(void) {
  for (int is_64 = 0; is_64 <= 1; is_64++) {
    onus_test_pe(file, is_64);
    sweep("find", find);
    sweep("write", write_outline);
    sweep("match", match);
    onus_buffer out = onus_buffer_new(1 << 20);
    onus_bytes bytes = {file, sizeof file, false};
    if (onus_outline_write("made", &bytes, &out, NULL) != ONUS_OK || onus_buffer_take(&out, &written, NULL) != ONUS_OK)
      FAULT("the outline cannot be written");
    sweep("parse", parse_outline);
    onus_text_free(&written);
    sweep("write prints", write_prints);
    out = onus_buffer_new(1 << 20);
    if (onus_prints_write("made", &bytes, &out, NULL) != ONUS_OK || onus_buffer_take(&out, &written, NULL) != ONUS_OK)
      FAULT("the prints cannot be written");
    sweep("parse prints", parse_prints);
    onus_text_free(&written);
  }
  return 0;
}
