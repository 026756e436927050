/* onus.h over the modules: what a transfer looks like. */
#include "report/transfer.h"

static const size_t REPORT_BYTES = (size_t)64 << 20;

onus_status onus_transfer_render(const onus_transfer *transfer, onus_format format, const onus_style *style,
                                 onus_text *ret_text, onus_error *error) {
  if (format != ONUS_FORMAT_TEXT && format != ONUS_FORMAT_JSON)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a transfer is shown as text or JSON");
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_transfer_json(&out, transfer);
  else
    onus_report_transfer_text(&out, transfer, style);
  return onus_buffer_take(&out, ret_text, error);
}
