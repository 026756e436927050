/* Whose code is in which programs, and what was taken of a folder of samples, as people and programs read them. Nothing
 * is computed here. */
#ifndef ONUS_REPORT_LINEAGE_H
#define ONUS_REPORT_LINEAGE_H

#include "base/buffer.h"
#include "code/prints.h"
#include "reference/import_code.h"
#include "reference/lineage.h"

typedef struct onus_lineage_of {
  onus_prints *prints;
  onus_lineage *lineage;
} onus_lineage_of;

struct onus_lineages {
  onus_arena *arena; /* of the texts and lists */
  onus_reference *reference;
  const char *location; /* of the reference, as it was given */
  char digest[ONUS_STORE_DIGEST_BYTES];
  int32_t as_of_day; /* ONUS_STORE_ALWAYS */
  const char *const *leave_out;
  size_t n_leave_out;
  onus_hidden hidden; /* never shown as what a sample rests on */
  onus_lineage_of *files;
  size_t n_files;
  onus_error *refusals;
  size_t n_refusals;
  double threshold; /* of the probability */
  size_t n_shown;   /* functions, and programs, in the text and on the page */
};

void onus_report_lineages_text(onus_buffer *out, const onus_lineages *lineages, const onus_style *style);
/* By docs/lineage.schema.json. */
void onus_report_lineages_json(onus_buffer *out, const onus_lineages *lineages);
void onus_report_lineages_html(onus_buffer *out, const onus_lineages *lineages);

/* What is said wherever lineages are shown. */
extern const char onus_report_lineages_remark[];

void onus_report_code_imported_text(onus_buffer *out, const onus_code_imported *imported, const onus_style *style);
/* By docs/code-import.schema.json. */
void onus_report_code_imported_json(onus_buffer *out, const onus_code_imported *imported);

#endif
