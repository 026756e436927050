#include "report/report.h"
void onus_report_page_html(onus_buffer *out, const onus_page *page) {
  (void)page;
  onus_buffer_string(out, "\n");
}
