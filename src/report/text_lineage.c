/* Whose code is in a program, for the terminal. */
#include <inttypes.h>
#include <stdio.h>

#include "report/layout.h"
#include "report/lineage.h"
#include "report/reference_facts.h"

enum {
  COLUMN_COUNT = 9,
  COLUMN_NAME = 28,
  COLUMN_PROBABILITY = 18,
  COLUMN_FAMILIES = 26,
  COLUMN_PART = 37,
  COLUMN_WHERE = 47
};

const char onus_report_lineages_remark[] =
    "Shared code says that one source went into both. It does not say who wrote it, who built it or who ran it: "
    "libraries, leaked sources and tools that are sold are shared by many.";

/* Goes to a column, or a blank further where the text before it is longer. */
static void go_to(onus_layout *layout, unsigned column) {
  if (onus_layout_column(layout) >= column)
    onus_layout_own(layout, " ");
  onus_layout_pad(layout, column);
}

static void put_share(onus_layout *layout, double share, size_t n_matched) {
  onus_layout_printf(layout, "%6.1f %%", 100 * share);
  go_to(layout, COLUMN_COUNT);
  onus_layout_printf(layout, "%6zu function%s", n_matched, n_matched == 1 ? "" : "s");
  go_to(layout, COLUMN_NAME);
}

static void put_groups(onus_layout *layout, const onus_lineages *all, const onus_lineage *lineage, bool is_of_actors) {
  const onus_catalogue *catalogue = onus_reference_catalogue(all->reference);
  const onus_lineage_group *groups = is_of_actors ? lineage->actors : lineage->families;
  size_t n = is_of_actors ? lineage->n_actors : lineage->n_families;
  onus_layout_heading(
      layout, is_of_actors ? "Actors, by the part of its rare code that is in programs of theirs" : "Families", NULL);
  for (size_t i = 0; i < n && i < all->n_shown; i++) {
    put_share(layout, groups[i].share, groups[i].n_matched);
    onus_layout_case(layout, is_of_actors ? catalogue->actors[groups[i].number].name
                                          : lineage->code->families[groups[i].number]);
    onus_layout_end(layout, COLUMN_NAME);
  }
  if (n > all->n_shown) {
    onus_layout_printf(layout, "and %zu more", n - all->n_shown);
    onus_layout_end(layout, 0);
  }
}

/* "lua5.4: PUC-Rio, by https://…, 2022-01-26". */
static void put_sample(onus_layout *layout, const onus_lineages *all, const onus_code_catalogue *code,
                       const onus_ref_sample *sample) {
  const onus_catalogue *catalogue = onus_reference_catalogue(all->reference);
  const onus_basis *basis = &catalogue->bases[sample->basis];
  char day[ONUS_MOMENT_TEXT_BYTES];
  onus_layout_case(layout, code->families[sample->family]);
  onus_layout_own(layout, ": ");
  onus_layout_case(layout, catalogue->entries[basis->entry].name);
  for (size_t i = 0; i < basis->n_reports; i++)
    if (!all->hidden.is_report_hidden[basis->reports[i]]) {
      onus_layout_own(layout, ", by ");
      onus_layout_case(layout, catalogue->reports[basis->reports[i]].title);
    }
  onus_report_day(basis->known_day, day);
  onus_layout_own(layout, day[0] != '\0' ? ", " : "");
  onus_layout_own(layout, day);
}

static void put_program(onus_layout *layout, const onus_lineages *all, const onus_lineage *lineage, size_t index) {
  const onus_code_catalogue *code = lineage->code;
  const onus_code_found *found = &lineage->result->found[index];
  put_share(layout, found->share, found->n_matched);
  onus_layout_case(layout, code->programs[found->program].name);
  size_t first = lineage->first_sample[index];
  for (size_t i = first; i < lineage->first_sample[index + 1]; i++) {
    onus_layout_own(layout, i == first ? " of " : "; of ");
    put_sample(layout, all, code, &code->samples[lineage->samples[i]]);
  }
  onus_layout_end(layout, COLUMN_NAME);
}

static void put_programs(onus_layout *layout, const onus_lineages *all, const onus_lineage *lineage) {
  const onus_code_result *result = lineage->result;
  onus_layout_heading(layout, "Programs", NULL);
  size_t n = 0;
  while (n < result->n_found && result->found[n].n_matched > 0)
    n++;
  for (size_t i = 0; i < n && i < all->n_shown; i++)
    put_program(layout, all, lineage, i);
  if (n > all->n_shown) {
    onus_layout_printf(layout, "and %zu more", n - all->n_shown);
    onus_layout_end(layout, 0);
  }
}

static void put_function(onus_layout *layout, const onus_lineage_of *file, uint32_t function) {
  const onus_lineage *lineage = file->lineage;
  const onus_code_function *f = &lineage->result->functions[function];
  const onus_code_match *match = &lineage->result->matches[f->first_match];
  size_t n = onus_lineage_matches(lineage, function);
  char text[ONUS_REPORT_FIGURE_BYTES];
  if (file->prints->names[function])
    onus_layout_case(layout, file->prints->names[function]);
  else
    onus_layout_printf(layout, "0x%" PRIx64, file->prints->functions.functions[function].address);
  go_to(layout, COLUMN_PROBABILITY);
  onus_layout_own(layout, onus_report_probability(text, match->probability, lineage->result->threshold));
  go_to(layout, COLUMN_FAMILIES);
  onus_layout_printf(layout, "%" PRIu32 "%s of %zu", f->n_families, f->is_cut ? "+" : "", lineage->result->n_families);
  go_to(layout, COLUMN_PART);
  onus_layout_printf(layout, "%5.1f %%", 100 * onus_lineage_part(lineage, function));
  go_to(layout, COLUMN_WHERE);
  onus_layout_case(layout, lineage->code->programs[match->program].name);
  onus_layout_printf(layout, " 0x%" PRIx64, match->address);
  if (n > 1)
    onus_layout_printf(layout, ", and in %zu more", n - 1);
  onus_layout_end(layout, COLUMN_WHERE);
}

static void put_functions(onus_layout *layout, const onus_lineages *all, const onus_lineage_of *file) {
  const onus_lineage *lineage = file->lineage;
  onus_layout_heading(layout, "Functions, most rare code first", NULL);
  onus_layout_ink(layout, ONUS_INK_DIM);
  onus_layout_own(layout, "function");
  go_to(layout, COLUMN_PROBABILITY);
  onus_layout_own(layout, "P");
  go_to(layout, COLUMN_FAMILIES);
  onus_layout_own(layout, "families");
  go_to(layout, COLUMN_PART);
  onus_layout_own(layout, "of rare");
  go_to(layout, COLUMN_WHERE);
  onus_layout_own(layout, "is in");
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, 0);
  for (size_t i = 0; i < lineage->n_matched && i < all->n_shown; i++)
    put_function(layout, file, lineage->order[i]);
  if (lineage->n_matched > all->n_shown) {
    onus_layout_printf(layout, "and %zu more", lineage->n_matched - all->n_shown);
    onus_layout_end(layout, 0);
  }
}

static void put_warnings(onus_layout *layout, const onus_lineage_of *file) {
  const onus_prints *prints = file->prints;
  const onus_code_result *result = file->lineage->result;
  if (prints->packing) {
    onus_layout_own(layout, "  It ");
    onus_layout_case(layout, prints->packing);
    onus_layout_own(layout, "; little of its code can be compared.");
    onus_layout_end(layout, 2);
  }
  if (prints->program.is_damaged || prints->functions.is_cut || prints->fingerprints.is_cut) {
    onus_layout_own(layout, prints->program.is_damaged ? "  It is damaged; what can be read of it was compared."
                                                       : "  It is too large in parts; not all of it was compared.");
    onus_layout_end(layout, 2);
  }
  if (result->n_keys_cut > 0) {
    onus_layout_printf(
        layout, "  %" PRIu64 " of its %" PRIu64 " search keys are in so many functions that they were not followed.",
        result->n_keys_cut, result->n_keys);
    onus_layout_end(layout, 2);
  }
}

static void put_file(onus_layout *layout, const onus_lineages *all, const onus_lineage_of *file) {
  const onus_lineage *lineage = file->lineage;
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_case(layout, file->prints->path);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_printf(
      layout,
      ": %zu function%s; %zu of them %s in the reference (probability %g or more), with %.1f %% of its rare code.",
      lineage->n_own, lineage->n_own == 1 ? "" : "s", lineage->n_matched, lineage->n_matched == 1 ? "is" : "are",
      lineage->result->threshold, 100 * lineage->share);
  onus_layout_end(layout, 2);
  put_warnings(layout, file);
  if (lineage->n_matched == 0)
    return;
  put_groups(layout, all, lineage, true);
  put_groups(layout, all, lineage, false);
  put_programs(layout, all, lineage);
  put_functions(layout, all, file);
}

static void put_title(onus_layout *layout, const onus_lineages *all) {
  char day[ONUS_MOMENT_TEXT_BYTES];
  if (all->as_of_day == ONUS_STORE_ALWAYS && all->n_leave_out == 0)
    return;
  onus_layout_own(layout, "Reference: ");
  onus_layout_case(layout, all->location);
  if (all->as_of_day != ONUS_STORE_ALWAYS) {
    onus_report_day(all->as_of_day, day);
    onus_layout_own(layout, ", as of ");
    onus_layout_own(layout, day);
  }
  if (all->n_leave_out > 0)
    onus_layout_printf(layout, ", without what rests on %zu report%s or campaign%s", all->n_leave_out,
                       all->n_leave_out == 1 ? "" : "s", all->n_leave_out == 1 ? "" : "s");
  onus_layout_own(layout, ".");
  onus_layout_end(layout, 2);
  onus_layout_gap(layout);
}

void onus_report_lineages_text(onus_buffer *out, const onus_lineages *all, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  put_title(&layout, all);
  bool has_any = false;
  for (size_t i = 0; i < all->n_files; i++) {
    if (i > 0)
      onus_layout_gap(&layout);
    put_file(&layout, all, &all->files[i]);
    has_any = has_any || all->files[i].lineage->n_matched > 0;
  }
  if (has_any) {
    onus_layout_gap(&layout);
    onus_layout_own(&layout, onus_report_lineages_remark);
    onus_layout_end(&layout, 0);
  }
  onus_layout_free(&layout);
}
