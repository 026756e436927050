/* Executable files as people and programs read them. */
#ifndef ONUS_REPORT_CODE_REPORT_H
#define ONUS_REPORT_CODE_REPORT_H

#include "base/buffer.h"
#include "code/outline.h"

typedef struct onus_code_report {
  onus_outline *const *outlines;
  size_t n_outlines;
  const onus_error *refusals;
  size_t n_refusals;
} onus_code_report;

void onus_report_code_text(onus_buffer *out, const onus_code_report *report, const onus_style *style);
/* By docs/functions.schema.json. */
void onus_report_code_json(onus_buffer *out, const onus_code_report *report);

/* "ELF", "x86-64", "called": the words that both use; static. */
const char *onus_report_format_name(onus_program_format format);
const char *onus_report_architecture_name(onus_architecture architecture);
const char *onus_report_evidence_name(uint8_t evidence);

#endif
