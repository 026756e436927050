/* What was taken of a folder of samples. */
#include <inttypes.h>
#include <stdio.h>

#include "report/json_writer.h"
#include "report/layout.h"
#include "report/lineage.h"

static size_t kept(const onus_code_imported *imported) {
  return imported->n_skipped < ONUS_SKIPPED_KEPT ? imported->n_skipped : ONUS_SKIPPED_KEPT;
}

static void put_family(onus_layout *layout, const onus_imported_family *family) {
  onus_layout_own(layout, "  ");
  onus_layout_case(layout, family->name);
  onus_layout_printf(layout, ": %zu program%s", family->n_programs, family->n_programs == 1 ? "" : "s");
  if (family->n_new < family->n_programs)
    onus_layout_printf(layout, ", of which %zu %s there before", family->n_programs - family->n_new,
                       family->n_programs - family->n_new == 1 ? "was" : "were");
  if (family->n_functions > 0)
    onus_layout_printf(layout, ", %" PRIu64 " function%s", family->n_functions, family->n_functions == 1 ? "" : "s");
  onus_layout_end(layout, 4);
}

void onus_report_code_imported_text(onus_buffer *out, const onus_code_imported *imported, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  onus_layout_ink(&layout, ONUS_INK_BOLD);
  onus_layout_case(&layout, imported->folder);
  onus_layout_ink(&layout, ONUS_INK_PLAIN);
  onus_layout_printf(&layout, ": %zu program%s of ", imported->n_programs, imported->n_programs == 1 ? "" : "s");
  onus_layout_case(&layout, imported->actor);
  onus_layout_printf(&layout, ", %zu new; %" PRIu64 " new function%s", imported->n_new, imported->n_functions,
                     imported->n_functions == 1 ? "" : "s");
  onus_layout_end(&layout, 2);
  for (size_t i = 0; i < imported->n_families; i++)
    put_family(&layout, &imported->families[i]);
  if (imported->n_skipped > 0) {
    onus_layout_printf(&layout, "  %zu file%s not taken:", imported->n_skipped,
                       imported->n_skipped == 1 ? " was" : "s were");
    onus_layout_end(&layout, 4);
  }
  for (size_t i = 0; i < kept(imported); i++) {
    onus_layout_own(&layout, "    ");
    onus_layout_case(&layout, imported->skipped[i].path);
    onus_layout_own(&layout, ": ");
    onus_layout_case(&layout, imported->skipped[i].why);
    onus_layout_end(&layout, 6);
  }
  if (imported->n_skipped > kept(imported)) {
    onus_layout_printf(&layout, "    and %zu more", imported->n_skipped - kept(imported));
    onus_layout_end(&layout, 6);
  }
  onus_layout_free(&layout);
}

void onus_report_code_imported_json(onus_buffer *out, const onus_code_imported *imported) {
  onus_json json = onus_json_begin_document(out, "code-import");
  onus_json_string(&json, "folder", imported->folder);
  onus_json_string(&json, "actor", imported->actor);
  onus_json_string(&json, "report", imported->report);
  onus_json_integer(&json, "files", imported->n_files);
  onus_json_integer(&json, "programs", imported->n_programs);
  onus_json_integer(&json, "new", imported->n_new);
  onus_json_integer(&json, "new_functions", imported->n_functions);
  onus_json_begin_list(&json, "families", false);
  for (size_t i = 0; i < imported->n_families; i++) {
    const onus_imported_family *family = &imported->families[i];
    onus_json_begin_map(&json, NULL, true);
    onus_json_string(&json, "name", family->name);
    onus_json_integer(&json, "programs", family->n_programs);
    onus_json_integer(&json, "new", family->n_new);
    onus_json_integer(&json, "new_functions", family->n_functions);
    onus_json_end_map(&json);
  }
  onus_json_end_list(&json);
  onus_json_integer(&json, "skipped", imported->n_skipped);
  onus_json_begin_list(&json, "skips", false);
  for (size_t i = 0; i < kept(imported); i++) {
    onus_json_begin_map(&json, NULL, true);
    onus_json_string(&json, "path", imported->skipped[i].path);
    onus_json_string(&json, "why", imported->skipped[i].why);
    onus_json_end_map(&json);
  }
  onus_json_end_list(&json);
  onus_json_end_document(&json);
}
