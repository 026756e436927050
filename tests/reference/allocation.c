/* Memory that runs out in the reference at every place in turn: allocation SOURCE_ROOT. As tests/store/allocation.c. */
#include "reference/import.h"
#include "report/report.h"
#include "store/test_folder_internal.h"

#include "../allocation/sweep_call.h"

static char folder[512], files[2][1024];
static onus_reference *reference;

/* --- the calls ---------------------------------------------------------------------------------------------------- */

static onus_status import_into(const char *place, onus_error *error) {
  const char *const paths[] = {files[0], files[1]};
  onus_import_options options = {.memory_bytes = (size_t)1 << 20};
  onus_imported *imported = NULL;
  onus_text text = {0};
  onus_status status = onus_reference_import(place, paths, 2, &options, &imported, error);
  if (status != ONUS_OK)
    return status;
  status = onus_imported_render(imported, ONUS_FORMAT_JSON, NULL, &text, error);
  onus_imported_free(imported);
  onus_text_free(&text);
  return status;
}

static onus_status import_files(onus_error *error) {
  char place[512];
  test_folder_make(place);
  onus_status status = import_into(place, error);
  test_folder_remove(place);
  return status;
}

/* Listings, days that change afterwards, documents. */
static onus_status say(onus_reference_writer *w, onus_error *error) {
  uint32_t source, entry, report, basis, ttp;
  bool is_indicator;
  ONUS_TRY(onus_import_source(w, "list", "A list", &source, error));
  ONUS_TRY(onus_import_entry(w, source, ONUS_ENTRY_ACTOR, "heron", "Heron", &entry, error));
  ONUS_TRY(onus_import_claim(w, entry, ONUS_CLAIM_ALIAS, "Ardea", ONUS_NO_NUMBER, ONUS_DAY_UNKNOWN, error));
  ONUS_TRY(onus_import_report(w, "https://firm.com/x", NULL, NULL, &report, error));
  ONUS_TRY(onus_import_basis(w, ONUS_BASIS_LISTED, entry, &report, 1, NULL, 0, &basis, error));
  ONUS_TRY(onus_import_indicator(w, basis, "evil-reed.com/x", 15, &is_indicator, error));
  ONUS_TRY(onus_import_indicator(w, basis, "185.220.101.7:443", 17, &is_indicator, error));
  ONUS_TRY(onus_import_basis(w, ONUS_BASIS_CITED, entry, &report, 1, NULL, 0, &basis, error));
  ONUS_TRY(onus_import_ttp(w, ONUS_TTP_TECHNIQUE, "T1059.001", "PowerShell", "T1059", &ttp, error));
  ONUS_TRY(onus_import_uses(w, entry, ttp, basis, error));
  ONUS_TRY(onus_reference_writer_put_document(w, "calibration/x", "{}", 2, error));
  ONUS_TRY(onus_reference_writer_seal(w, error));
  ONUS_TRY(onus_import_report_period(w, report, (onus_period){18000, 18000}, error));
  return onus_reference_writer_seal(w, error);
}

static onus_status write_all(onus_error *error) {
  char place[512];
  onus_reference_writer *writer = NULL;
  test_folder_make(place);
  onus_status status = onus_reference_writer_open(place, (size_t)1 << 20, &writer, error);
  if (status == ONUS_OK)
    status = say(writer, error);
  onus_reference_writer_close(writer);
  test_folder_remove(place);
  return status;
}

static onus_status open_reference(onus_error *error) {
  onus_reference *opened = NULL;
  onus_status status = onus_reference_open(folder, &opened, error);
  onus_reference_close(opened);
  return status;
}

static onus_status show(onus_error *error, onus_format format) {
  onus_text text = {0};
  onus_status status = onus_reference_names(reference, "reed stalker", format, NULL, &text, error);
  onus_text_free(&text);
  if (status != ONUS_OK)
    return status;
  text = (onus_text){0};
  status = onus_reference_names(reference, NULL, format, NULL, &text, error);
  onus_text_free(&text);
  if (status != ONUS_OK)
    return status;
  text = (onus_text){0};
  status = onus_reference_info(reference, format, NULL, &text, error);
  onus_text_free(&text);
  return status;
}

static onus_status show_text(onus_error *error) {
  return show(error, ONUS_FORMAT_TEXT);
}

static onus_status show_json(onus_error *error) {
  return show(error, ONUS_FORMAT_JSON);
}

static onus_status hide(onus_error *error) {
  const char *const names[] = {"https://example.org/2021/03/02/grey-heron", "C0001"};
  onus_hidden hidden = {.n_hidden = 77};
  onus_status status = onus_reference_hide(reference, names, 2, 18000, &hidden, error);
  if (status == ONUS_OK)
    onus_hidden_free(&hidden);
  else if (hidden.n_hidden != 77)
    FAULT("something came back from a call that failed");
  return status;
}

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  snprintf(files[0], sizeof files[0], "%s/examples/reference/cluster.json", argv[1]);
  snprintf(files[1], sizeof files[1], "%s/examples/reference/bundle.json", argv[1]);
  test_folder_make(folder);
  onus_error error = {0};
  if (import_into(folder, &error) != ONUS_OK || onus_reference_open(folder, &reference, &error) != ONUS_OK)
    FAULT("the reference cannot be made: %s", error.text);
  sweep("import files", import_files);
  sweep("write", write_all);
  sweep("open", open_reference);
  sweep("show as text", show_text);
  sweep("show as JSON", show_json);
  sweep("hide", hide);
  onus_reference_close(reference);
  test_folder_remove(folder);
  return 0;
}
