/* Whose code is in which programs, as a page. */
#include <inttypes.h>
#include <stdio.h>

#include "report/html_parts.h"
#include "report/lineage.h"
#include "report/matched.h"
#include "report/reference_facts.h"

static void put_share(onus_buffer *out, size_t n_matched, double share) {
  onus_buffer_printf(out, "<td class=\"n\">%zu</td><td class=\"n\">%.1f&#8239;%%</td>", n_matched, 100 * share);
}

static void put_more(onus_buffer *out, size_t n, size_t n_shown) {
  if (n > n_shown)
    onus_buffer_printf(out, "<p>And %zu more.</p>\n", n - n_shown);
}

static void put_groups(onus_buffer *out, const onus_lineages *all, const onus_lineage *lineage, bool is_of_actors) {
  static const char *const heads[2][3] = {{"Family", "Functions", "Part of the rare code"},
                                          {"Actor", "Functions", "Part of the rare code"}};
  const onus_catalogue *catalogue = onus_reference_catalogue(all->reference);
  const onus_lineage_group *groups = is_of_actors ? lineage->actors : lineage->families;
  size_t n = is_of_actors ? lineage->n_actors : lineage->n_families;
  onus_html_begin_table(out, "", is_of_actors ? "Actors" : "Families");
  onus_html_heads(out, heads[is_of_actors], 3);
  for (size_t i = 0; i < n && i < all->n_shown; i++) {
    onus_buffer_string(out, "<tr><th scope=\"row\">");
    onus_markup_case(out, is_of_actors ? catalogue->actors[groups[i].number].name
                                       : lineage->code->families[groups[i].number]);
    onus_buffer_string(out, "</th>");
    put_share(out, groups[i].n_matched, groups[i].share);
    onus_buffer_string(out, "</tr>\n");
  }
  onus_html_end_table(out);
  put_more(out, n, all->n_shown);
}

static void put_sample(onus_buffer *out, const onus_lineages *all, const onus_code_catalogue *code,
                       const onus_ref_sample *sample) {
  const onus_catalogue *catalogue = onus_reference_catalogue(all->reference);
  const onus_basis *basis = &catalogue->bases[sample->basis];
  char day[ONUS_MOMENT_TEXT_BYTES];
  onus_markup_case(out, code->families[sample->family]);
  onus_buffer_string(out, ": ");
  onus_markup_case(out, catalogue->entries[basis->entry].name);
  for (size_t i = 0; i < basis->n_reports; i++)
    if (!all->hidden.is_report_hidden[basis->reports[i]]) {
      onus_buffer_string(out, ", by ");
      onus_markup_url(out, catalogue->reports[basis->reports[i]].title);
    }
  onus_report_day(basis->known_day, day);
  onus_buffer_printf(out, "%s%s<br>", day[0] != '\0' ? ", " : "", day);
}

static void put_programs(onus_buffer *out, const onus_lineages *all, const onus_lineage *lineage) {
  static const char *const heads[] = {"Program", "Functions", "Part of the rare code", "Family, actor, report"};
  const onus_code_result *result = lineage->result;
  size_t n = 0;
  onus_html_begin_table(out, "", "Programs");
  onus_html_heads(out, heads, sizeof heads / sizeof *heads);
  for (; n < result->n_found && result->found[n].n_matched > 0; n++) {
    if (n >= all->n_shown)
      continue;
    onus_buffer_string(out, "<tr><th scope=\"row\">");
    onus_markup_case(out, lineage->code->programs[result->found[n].program].name);
    onus_buffer_string(out, "</th>");
    put_share(out, result->found[n].n_matched, result->found[n].share);
    onus_buffer_string(out, "<td>");
    for (size_t i = lineage->first_sample[n]; i < lineage->first_sample[n + 1]; i++)
      put_sample(out, all, lineage->code, &lineage->code->samples[lineage->samples[i]]);
    onus_buffer_string(out, "</td></tr>\n");
  }
  onus_html_end_table(out);
  put_more(out, n, all->n_shown);
}

static void put_function(onus_buffer *out, const onus_lineage_of *file, uint32_t function) {
  const onus_lineage *lineage = file->lineage;
  const onus_code_function *f = &lineage->result->functions[function];
  size_t n = onus_lineage_matches(lineage, function);
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_buffer_string(out, "<tr><th scope=\"row\">");
  if (file->prints->names[function])
    onus_markup_case(out, file->prints->names[function]);
  else
    onus_buffer_printf(out, "0x%" PRIx64, file->prints->functions.functions[function].address);
  onus_buffer_printf(out, "</th><td class=\"n\">%" PRIu32 "</td><td class=\"n\">%" PRIu32 "%s of %zu</td>",
                     file->prints->functions.functions[function].n_instructions, f->n_families, f->is_cut ? "+" : "",
                     lineage->result->n_families);
  onus_buffer_printf(out, "<td class=\"n\">%.1f&#8239;%%</td><td>", 100 * onus_lineage_part(lineage, function));
  for (size_t i = 0; i < n; i++) {
    const onus_code_match *match = &lineage->result->matches[f->first_match + i];
    onus_markup_case(out, lineage->code->programs[match->program].name);
    onus_buffer_printf(out, " 0x%" PRIx64 ", P = %s<br>", match->address,
                       onus_report_probability(text, match->probability, lineage->result->threshold));
  }
  onus_buffer_string(out, "</td></tr>\n");
}

static void put_functions(onus_buffer *out, const onus_lineages *all, const onus_lineage_of *file) {
  static const char *const heads[] = {"Function", "Instructions", "Families", "Part of the rare code", "Is in"};
  onus_html_begin_table(out, "", "Functions");
  onus_html_heads(out, heads, sizeof heads / sizeof *heads);
  for (size_t i = 0; i < file->lineage->n_matched && i < all->n_shown; i++)
    put_function(out, file, file->lineage->order[i]);
  onus_html_end_table(out);
  put_more(out, file->lineage->n_matched, all->n_shown);
}

static void put_notes(onus_buffer *out, const onus_lineage_of *file) {
  const onus_prints *prints = file->prints;
  const onus_code_result *result = file->lineage->result;
  if (prints->packing) {
    onus_buffer_string(out, "<p>It ");
    onus_markup_escape(out, prints->packing);
    onus_buffer_string(out, "; little of its code can be compared.</p>\n");
  }
  if (prints->program.is_damaged)
    onus_buffer_string(out, "<p>It is damaged; what can be read of it was compared.</p>\n");
  else if (prints->functions.is_cut || prints->fingerprints.is_cut)
    onus_buffer_string(out, "<p>It is too large in parts; not all of it was compared.</p>\n");
  if (result->n_keys_cut > 0)
    onus_buffer_printf(out,
                       "<p>%" PRIu64 " of its %" PRIu64
                       " search keys are in so many functions that they were not followed.</p>\n",
                       result->n_keys_cut, result->n_keys);
}

static void put_file(onus_buffer *out, const onus_lineages *all, size_t index) {
  const onus_lineage_of *file = &all->files[index];
  const onus_lineage *lineage = file->lineage;
  onus_buffer_printf(out, "<section aria-labelledby=\"file-%zu\">\n<h2 id=\"file-%zu\">", index, index);
  onus_markup_case(out, file->prints->path);
  onus_buffer_printf(
      out,
      "</h2>\n<p class=\"lead\">%zu functions; %zu of them are in the reference (probability %g or more), "
      "with %.1f&#8239;%% of its rare code.</p>\n",
      lineage->n_own, lineage->n_matched, lineage->result->threshold, 100 * lineage->share);
  put_notes(out, file);
  if (lineage->n_matched > 0) {
    put_groups(out, all, lineage, true);
    put_groups(out, all, lineage, false);
    put_programs(out, all, lineage);
    put_functions(out, all, file);
  }
  onus_html_end_section(out);
}

static void put_reference(onus_buffer *out, const onus_lineages *all) {
  char day[ONUS_MOMENT_TEXT_BYTES];
  onus_report_day(all->as_of_day, day);
  onus_buffer_string(out, "<p>Reference ");
  onus_markup_case(out, all->location);
  onus_buffer_printf(out, " (%s), as of %s", all->digest, day[0] != '\0' ? day : "everything that it holds");
  for (size_t i = 0; i < all->n_leave_out; i++) {
    onus_buffer_string(out, i == 0 ? ", without what rests on " : ", ");
    onus_markup_url(out, all->leave_out[i]);
  }
  onus_buffer_string(out, ".</p>\n<p>");
  onus_markup_escape(out, onus_report_lineages_remark);
  onus_buffer_string(out, "</p>\n");
}

void onus_report_lineages_html(onus_buffer *out, const onus_lineages *all) {
  onus_html_begin_page(out, "", "Whose code is in them", "");
  onus_buffer_string(out, "<main>\n<h1>Whose code is in them</h1>\n");
  put_reference(out, all);
  for (size_t i = 0; i < all->n_files; i++)
    put_file(out, all, i);
  for (size_t i = 0; i < all->n_refusals; i++) {
    onus_buffer_string(out, "<p>Not read: ");
    onus_markup_case(out, all->refusals[i].path);
    onus_buffer_string(out, ": ");
    onus_markup_escape(out, all->refusals[i].text);
    onus_buffer_string(out, "</p>\n");
  }
  onus_buffer_string(out, "</main>\n</body>\n</html>\n");
}
