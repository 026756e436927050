/* What pulling or pushing a reference did. */
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

static void put_pulled(onus_layout *layout, const onus_store_pulled *pulled) {
  if (pulled->has_changed) {
    onus_layout_own(layout, "  fetched ");
    put_count(layout, pulled->n_new_segments, "segment");
    onus_layout_own(layout, " and ");
    put_count(layout, pulled->n_new_documents, "document");
    onus_layout_own(layout, ", ");
    put_bytes(layout, pulled->n_new_bytes);
    onus_layout_end(layout, 4);
  }
  onus_layout_own(layout, "  holds ");
  put_count(layout, pulled->n_segments, "segment");
  onus_layout_own(layout, " and ");
  put_count(layout, pulled->n_documents, "document");
  onus_layout_own(layout, ", ");
  put_bytes(layout, pulled->n_bytes);
  onus_layout_end(layout, 4);
}

static void put_pushed(onus_layout *layout, const onus_store_pushed *pushed) {
  onus_layout_own(layout, "  added ");
  put_count(layout, pushed->n_records, "statement");
  onus_layout_own(layout, ", ");
  put_count(layout, pushed->n_rows, "function");
  onus_layout_own(layout, " with ");
  put_count(layout, pushed->n_pairs, "key");
  onus_layout_own(layout, ", ");
  put_count(layout, pushed->n_documents, "document");
  onus_layout_end(layout, 4);
}

void onus_report_copied_text(onus_buffer *out, const onus_copied *copied, const onus_style *style) {
  bool has_changed = onus_copied_has_changed(copied);
  onus_layout layout = onus_layout_new(out, style);
  onus_layout_ink(&layout, ONUS_INK_BOLD);
  onus_layout_case(&layout, copied->into);
  onus_layout_ink(&layout, ONUS_INK_PLAIN);
  onus_layout_own(&layout, !has_changed ? ": nothing new in " : copied->is_push ? ": now has all of " : ": a copy of ");
  onus_layout_case(&layout, copied->from);
  onus_layout_end(&layout, 2);
  if (!copied->is_push)
    put_pulled(&layout, &copied->pulled);
  else if (has_changed)
    put_pushed(&layout, &copied->pushed);
  onus_layout_free(&layout);
}

static void pushed_json(onus_json *json, const onus_copied *copied) {
  onus_json_boolean(json, "changed", onus_copied_has_changed(copied));
  onus_json_integer(json, "new_records", copied->pushed.n_records);
  onus_json_integer(json, "new_pairs", copied->pushed.n_pairs);
  onus_json_integer(json, "new_rows", copied->pushed.n_rows);
  onus_json_integer(json, "new_documents", copied->pushed.n_documents);
}

static void pulled_json(onus_json *json, const onus_store_pulled *pulled) {
  char identity[24];
  snprintf(identity, sizeof identity, "%016" PRIx64, pulled->identity);
  onus_json_string(json, "store", identity);
  onus_json_integer(json, "generation", pulled->generation);
  onus_json_boolean(json, "changed", pulled->has_changed);
  onus_json_integer(json, "segments", pulled->n_segments);
  onus_json_integer(json, "documents", pulled->n_documents);
  onus_json_integer(json, "bytes", pulled->n_bytes);
  onus_json_integer(json, "new_segments", pulled->n_new_segments);
  onus_json_integer(json, "new_documents", pulled->n_new_documents);
  onus_json_integer(json, "new_bytes", pulled->n_new_bytes);
}

void onus_report_copied_json(onus_buffer *out, const onus_copied *copied) {
  onus_json json = onus_json_new(out);
  onus_json_begin_map(&json, NULL, false);
  onus_json_string(&json, "onus", onus_version());
  onus_json_string(&json, "kind", copied->is_push ? "reference-push" : "reference-pull");
  onus_json_string(&json, "from", copied->from);
  onus_json_string(&json, "into", copied->into);
  if (copied->is_push)
    pushed_json(&json, copied);
  else
    pulled_json(&json, &copied->pulled);
  onus_json_end_map(&json);
  onus_json_finish(&json);
}
