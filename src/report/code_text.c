/* Executable files for a terminal: what each is, then its functions, one on a line. */
#include <inttypes.h>
#include <stdio.h>

#include "base/moment.h"
#include "report/code_report.h"
#include "report/layout.h"

const char *onus_report_format_name(onus_program_format format) {
  static const char *const names[] = {"ELF", "PE", "Mach-O"};
  return names[format];
}

const char *onus_report_architecture_name(onus_architecture architecture) {
  static const char *const names[] = {"other", "x86", "x86-64"};
  return names[architecture];
}

const char *onus_report_evidence_name(uint8_t evidence) {
  static const char *const names[] = {"entry", "export", "unwind", "call", "jump", "pointer", "gap"};
  return names[evidence];
}

static void own_number(onus_layout *layout, const char *before, uint64_t value, const char *after) {
  onus_layout_printf(layout, "%s%" PRIu64 "%s", before, value, after);
}

static void line(onus_layout *layout, const char *label, const char *raw) {
  if (!raw)
    return;
  onus_layout_own(layout, label);
  onus_layout_case(layout, raw);
  onus_layout_end(layout, 4);
}

static void put_build(onus_layout *layout, const onus_facts *facts) {
  char text[ONUS_MOMENT_TEXT_BYTES], linker[16];
  if (facts->build_time_utc != 0) {
    onus_moment_format((onus_moment){.seconds_utc = facts->build_time_utc}, text);
    line(layout, "  Built, by its own account: ", text);
  }
  line(layout, "  Compiler: ", facts->compiler);
  snprintf(linker, sizeof linker, "%u.%u", facts->linker_major, facts->linker_minor);
  line(layout, "  Linker: ", facts->linker_major != 0 ? linker : NULL);
  line(layout, "  Debugging data: ", facts->debug_path);
  line(layout, "  Build id: ", facts->build_id);
  if (facts->n_rich > 0) {
    own_number(layout, "  Tools that took part (Rich header): ", facts->n_rich, "");
    onus_layout_end(layout, 4);
  }
}

/* Languages of resources, each once, in the order of the file. */
static void put_resources(onus_layout *layout, const onus_facts *facts) {
  enum { SHOWN_MAX = 12 };
  uint16_t shown[SHOWN_MAX];
  size_t n_shown = 0;
  if (facts->n_resources == 0)
    return;
  own_number(layout, "  Resources: ", facts->n_resources, ", in the languages");
  for (size_t i = 0; i < facts->n_resources && n_shown < SHOWN_MAX; i++) {
    bool is_new = true;
    for (size_t k = 0; k < n_shown; k++)
      is_new = is_new && shown[k] != facts->resources[i].language;
    if (!is_new)
      continue;
    shown[n_shown++] = facts->resources[i].language;
    own_number(layout, " ", facts->resources[i].language, "");
  }
  onus_layout_end(layout, 4);
}

static void put_warnings(onus_layout *layout, const onus_outline *l) {
  const struct {
    bool holds;
    const char *text;
  } warnings[] = {
      {l->facts.packing != NULL, l->facts.packing ? l->facts.packing : ""},
      {l->program.is_damaged, "some of its tables are damaged, or point out of the file"},
      {l->is_cut, "it asks for more work than its size allows; functions may be missing"},
      {l->facts.is_net, "it holds code for .NET, which is not read here"},
  };
  for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
    if (!warnings[i].holds)
      continue;
    onus_layout_ink(layout, ONUS_INK_AGAINST);
    onus_layout_own(layout, "  Note: ");
    onus_layout_ink(layout, ONUS_INK_PLAIN);
    onus_layout_case(layout, warnings[i].text);
    onus_layout_own(layout, ".");
    onus_layout_end(layout, 4);
  }
}

static void put_function(onus_layout *layout, const onus_outline_function *f) {
  char text[32];
  snprintf(text, sizeof text, "0x%" PRIx64, f->address);
  onus_layout_right(layout, text, 18);
  const uint32_t counts[] = {(uint32_t)f->extent_bytes, f->n_instructions, f->n_blocks, f->n_calls};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    snprintf(text, sizeof text, "%" PRIu32, counts[i]);
    onus_layout_right(layout, text, 8);
  }
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, onus_report_evidence_name(f->evidence));
  onus_layout_pad(layout, 61);
  if (f->is_thunk)
    onus_layout_own(layout, "-> ");
  if (f->name)
    onus_layout_case(layout, f->name);
  snprintf(text, sizeof text, "0x%" PRIx64, f->thunk_of);
  if (!f->name && f->is_thunk && f->thunk_of != 0)
    onus_layout_own(layout, text);
  onus_layout_end(layout, 61);
}

static void put_file(onus_layout *layout, const onus_outline *l) {
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_case(layout, l->path);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_own(layout, ": ");
  onus_layout_own(layout, onus_report_format_name(l->program.format));
  onus_layout_own(layout, " for ");
  onus_layout_own(layout, onus_report_architecture_name(l->program.architecture));
  onus_layout_own(layout, l->facts.is_signed ? ", with a signature that was not checked." : ".");
  onus_layout_end(layout, 2);
  line(layout, "  ", l->digest);
  put_build(layout, &l->facts);
  put_resources(layout, &l->facts);
  own_number(layout, "  Imports: ", l->program.n_imports, "");
  own_number(layout, "; exports: ", l->n_exports, "");
  own_number(layout, "; strings: ", l->facts.n_strings + l->facts.n_wide_strings, "");
  onus_layout_own(layout, ".");
  onus_layout_end(layout, 4);
  if (l->facts.overlay_bytes > 0) {
    own_number(layout, "  Behind its end: ", l->facts.overlay_bytes, " bytes");
    own_number(layout, ", from byte ", l->facts.overlay_offset, ".");
    onus_layout_end(layout, 4);
  }
  own_number(layout, "  Code: ", l->n_code_bytes, " bytes");
  own_number(layout, ", ", l->n_instructions, " instructions");
  own_number(layout, ", ", l->n_functions, " functions.");
  onus_layout_end(layout, 4);
  put_warnings(layout, l);
  if (l->n_functions > 0) {
    onus_layout_gap(layout);
    onus_layout_ink(layout, ONUS_INK_DIM);
    onus_layout_own(layout, "           address   bytes  instr.  blocks   calls  known by   name");
    onus_layout_ink(layout, ONUS_INK_PLAIN);
    onus_layout_end(layout, 0);
  }
  for (size_t i = 0; i < l->n_functions; i++)
    put_function(layout, &l->functions[i]);
}

void onus_report_code_text(onus_buffer *out, const onus_code_report *report, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  for (size_t i = 0; i < report->n_outlines; i++) {
    if (i > 0)
      onus_layout_gap(&layout);
    put_file(&layout, report->outlines[i]);
  }
  onus_layout_free(&layout);
}
