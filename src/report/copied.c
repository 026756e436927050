/* What pulling a reference did. */
#include <inttypes.h>
#include <stdio.h>

#include "report/copied.h"
#include "report/json_writer.h"
#include "report/layout.h"

static void put_count(onus_layout *layout, uint64_t count, const char *what) {
  char text[64];
  snprintf(text, sizeof text, "%" PRIu64 " %s%s", count, what, count == 1 ? "" : "s");
  onus_layout_own(layout, text);
}

static void put_bytes(onus_layout *layout, uint64_t bytes) {
  static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
  char text[64];
  size_t unit = 0;
  double value = (double)bytes;
  for (; value >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
    value /= 1000;
  snprintf(text, sizeof text, value < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  onus_layout_own(layout, text);
}

void onus_report_copied_text(onus_buffer *out, const onus_copied *copied, const onus_style *style) {
  const onus_store_pulled *pulled = &copied->pulled;
  onus_layout layout = onus_layout_new(out, style);
  onus_layout_ink(&layout, ONUS_INK_BOLD);
  onus_layout_case(&layout, copied->into);
  onus_layout_ink(&layout, ONUS_INK_PLAIN);
  onus_layout_own(&layout, pulled->has_changed ? ": a copy of " : ": nothing new in ");
  onus_layout_case(&layout, copied->from);
  onus_layout_end(&layout, 2);
  if (pulled->has_changed) {
    onus_layout_own(&layout, "  fetched ");
    put_count(&layout, pulled->n_new_segments, "segment");
    onus_layout_own(&layout, " and ");
    put_count(&layout, pulled->n_new_documents, "document");
    onus_layout_own(&layout, ", ");
    put_bytes(&layout, pulled->n_new_bytes);
    onus_layout_end(&layout, 4);
  }
  onus_layout_own(&layout, "  holds ");
  put_count(&layout, pulled->n_segments, "segment");
  onus_layout_own(&layout, " and ");
  put_count(&layout, pulled->n_documents, "document");
  onus_layout_own(&layout, ", ");
  put_bytes(&layout, pulled->n_bytes);
  onus_layout_end(&layout, 4);
  onus_layout_free(&layout);
}

void onus_report_copied_json(onus_buffer *out, const onus_copied *copied) {
  const onus_store_pulled *pulled = &copied->pulled;
  char identity[24];
  snprintf(identity, sizeof identity, "%016" PRIx64, pulled->identity);
  onus_json json = onus_json_new(out);
  onus_json_begin_map(&json, NULL, false);
  onus_json_string(&json, "onus", onus_version());
  onus_json_string(&json, "kind", "reference-pull");
  onus_json_string(&json, "from", copied->from);
  onus_json_string(&json, "into", copied->into);
  onus_json_string(&json, "store", identity);
  onus_json_integer(&json, "generation", pulled->generation);
  onus_json_boolean(&json, "changed", pulled->has_changed);
  onus_json_integer(&json, "segments", pulled->n_segments);
  onus_json_integer(&json, "documents", pulled->n_documents);
  onus_json_integer(&json, "bytes", pulled->n_bytes);
  onus_json_integer(&json, "new_segments", pulled->n_new_segments);
  onus_json_integer(&json, "new_documents", pulled->n_new_documents);
  onus_json_integer(&json, "new_bytes", pulled->n_new_bytes);
  onus_json_end_map(&json);
  onus_json_finish(&json);
}
