/* onus.h over the modules: the reference. */
#include <stdlib.h>

#include "document/quote.h"
#include "exchange/stix_reference.h"
#include "report/copied.h"
#include "report/report.h"

static const size_t REPORT_BYTES = (size_t)512 << 20;

/* Text and JSON; there are no pages about a reference. */
static onus_status check_format(onus_format format, onus_error *error) {
  if (format == ONUS_FORMAT_TEXT || format == ONUS_FORMAT_JSON)
    return ONUS_OK;
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a reference is shown as text or JSON");
}

onus_status onus_imported_render(const onus_imported *imported, onus_format format, const onus_style *style,
                                 onus_text *ret_text, onus_error *error) {
  ONUS_TRY(check_format(format, error));
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_imported_json(&out, imported);
  else
    onus_report_imported_text(&out, imported, style);
  return onus_buffer_take(&out, ret_text, error);
}

onus_status onus_copied_render(const onus_copied *copied, onus_format format, const onus_style *style,
                               onus_text *ret_text, onus_error *error) {
  ONUS_TRY(check_format(format, error));
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_copied_json(&out, copied);
  else
    onus_report_copied_text(&out, copied, style);
  return onus_buffer_take(&out, ret_text, error);
}

static onus_status fail_unknown(const onus_reference *reference, const char *name, onus_error *error) {
  const char *near[ONUS_NEAR_NAMES];
  size_t n_near = onus_reference_near_names(reference, name, near);
  onus_quote quotes[ONUS_NEAR_NAMES] = {{""}};
  for (size_t i = 0; i < n_near; i++)
    quotes[i] = onus_quote_string(near[i]);
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "no actor of the reference is called %s%s%s%s%s%s%s",
                   onus_quote_string(name).text, n_near > 0 ? "; near to it: " : "", quotes[0].text,
                   n_near > 1 ? ", " : "", quotes[1].text, n_near > 2 ? ", " : "", quotes[2].text);
}

static onus_status render_names(const onus_names_report *names, onus_format format, const onus_style *style,
                                onus_text *ret_text, onus_error *error) {
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_names_json(&out, names);
  else
    onus_report_names_text(&out, names, style);
  return onus_buffer_take(&out, ret_text, error);
}

onus_status onus_reference_names(const onus_reference *reference, const char *name, onus_format format,
                                 const onus_style *style, onus_text *ret_text, onus_error *error) {
  onus_names_report names = {.catalogue = onus_reference_catalogue(reference), .name = name};
  ONUS_TRY(check_format(format, error));
  uint32_t *actors = NULL;
  onus_name_conflict *conflicts = NULL;
  onus_status status = name ? onus_reference_find_actors(reference, name, &actors, &names.n_actors, error)
                            : onus_reference_conflicts(reference, &conflicts, &names.n_conflicts, error);
  names.actors = actors;
  names.conflicts = conflicts;
  if (status == ONUS_OK && name && names.n_actors == 0)
    status = fail_unknown(reference, name, error);
  if (status == ONUS_OK)
    status = render_names(&names, format, style, ret_text, error);
  free(actors);
  free(conflicts);
  return status;
}

onus_status onus_reference_info(const onus_reference *reference, onus_format format, const onus_style *style,
                                onus_text *ret_text, onus_error *error) {
  ONUS_TRY(check_format(format, error));
  onus_store_description description;
  ONUS_TRY(onus_store_describe(onus_reference_store(reference), true, &description, error));
  onus_info_report info = {.catalogue = onus_reference_catalogue(reference),
                           .code = onus_reference_code(reference),
                           .description = &description};
  onus_name_conflict *conflicts = NULL;
  onus_status status = onus_reference_conflicts(reference, &conflicts, &info.n_conflicts, error);
  free(conflicts);
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (status == ONUS_OK && format == ONUS_FORMAT_JSON)
    onus_report_info_json(&out, &info);
  else if (status == ONUS_OK)
    onus_report_info_text(&out, &info, style);
  onus_store_description_free(&description);
  return status == ONUS_OK ? onus_buffer_take(&out, ret_text, error) : status;
}

onus_status onus_reference_export_stix(const onus_reference *reference, const onus_stix_options *stix,
                                       onus_text *ret_text, onus_error *error) {
  static const onus_stix_options DEFAULT_STIX = {0};
  return onus_exchange_reference(reference, stix ? stix : &DEFAULT_STIX, ret_text, error);
}
