/* Functions that programs share, as a page: the instructions of both side by side, in the order of the file. What is
 * alike stands in one row: the longest run of instructions that are the same but for registers and numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/html_parts.h"
#include "report/matched.h"

enum { INSTRUCTIONS_SHOWN = 400, TEXT_BYTES = 160, REASONS_SHOWN = 4 };

static const char style[] =
    "body{max-width:80rem}\n"
    ".code{font-family:ui-monospace,\"DejaVu Sans Mono\",\"Liberation Mono\",monospace;font-size:.8rem;line-height:1.35}\n"
    ".code td{padding:0 .6rem 0 0;border:0;white-space:pre}\n"
    ".code tr.alone td{background:rgba(var(--against-rgb),.14)}\n"
    ".code tr.same td{background:rgba(var(--for-rgb),.16)}\n"
    "details{border-bottom:1px solid var(--line);padding:.35rem 0}\n"
    "summary{cursor:pointer}\n";

typedef struct line {
  uint64_t address;
  uint32_t shape; /* equal where only registers and numbers differ */
  char text[TEXT_BYTES];
} line;

/* Room for two functions and their comparison; taken once for the page. */
typedef struct sheet {
  line *lines[2];
  size_t n[2];
  uint16_t (*longest)[INSTRUCTIONS_SHOWN + 1]; /* of what follows */
  ZydisFormatter formatter;
} sheet;

static uint32_t shape_of(const onus_instruction *instruction) {
  uint32_t shape = (uint32_t)instruction->decoded.mnemonic;
  for (unsigned i = 0; i < instruction->decoded.operand_count_visible; i++)
    shape = shape * 5 + (uint32_t)instruction->operands[i].type;
  return shape;
}

static void read_lines(sheet *s, unsigned side, const onus_matched_program *program, uint32_t function) {
  const onus_functions *functions = program->functions;
  const onus_function *f = &functions->functions[function];
  onus_instructions instructions = onus_instructions_new(program->program);
  onus_instruction instruction;
  s->n[side] = 0;
  for (uint32_t k = 0; k < f->n_blocks; k++) {
    onus_instructions_begin(&instructions, &functions->blocks[f->first_block + k]);
    while (s->n[side] < INSTRUCTIONS_SHOWN && onus_instructions_next(&instructions, &instruction)) {
      line *l = &s->lines[side][s->n[side]++];
      l->address = instruction.address;
      l->shape = shape_of(&instruction);
      l->text[0] = '\0';
      (void)ZydisFormatterFormatInstruction(&s->formatter, &instruction.decoded, instruction.operands,
                                            instruction.decoded.operand_count_visible, l->text, sizeof l->text,
                                            instruction.address, NULL);
    }
  }
}

static void measure(sheet *s) {
  for (size_t i = s->n[0] + 1; i-- > 0;)
    for (size_t k = s->n[1] + 1; k-- > 0;) {
      uint16_t longest = 0;
      if (i < s->n[0] && k < s->n[1]) {
        if (s->lines[0][i].shape == s->lines[1][k].shape)
          longest = (uint16_t)(s->longest[i + 1][k + 1] + 1);
        if (s->longest[i + 1][k] > longest)
          longest = s->longest[i + 1][k];
        if (s->longest[i][k + 1] > longest)
          longest = s->longest[i][k + 1];
      }
      s->longest[i][k] = longest;
    }
}

static void put_cell(onus_buffer *out, const line *l) {
  if (l == NULL) {
    onus_buffer_string(out, "<td></td><td></td>");
    return;
  }
  onus_buffer_printf(out, "<td class=\"quiet\">%" PRIx64 "</td><td>", l->address);
  onus_markup_escape(out, l->text);
  onus_buffer_string(out, "</td>");
}

static void put_code(onus_buffer *out, sheet *s) {
  measure(s);
  onus_buffer_string(out, "<div class=\"box\" tabindex=\"0\" role=\"group\"><table class=\"code\"><tbody>\n");
  for (size_t i = 0, k = 0; i < s->n[0] || k < s->n[1];) {
    const line *left = i < s->n[0] ? &s->lines[0][i] : NULL, *right = k < s->n[1] ? &s->lines[1][k] : NULL;
    bool is_same = left != NULL && right != NULL && left->shape == right->shape &&
                   s->longest[i][k] == s->longest[i + 1][k + 1] + 1;
    bool is_left = left != NULL && (right == NULL || s->longest[i + 1][k] >= s->longest[i][k + 1]);
    onus_buffer_string(out, is_same ? "<tr class=\"same\">" : "<tr class=\"alone\">");
    put_cell(out, is_same || is_left ? left : NULL);
    put_cell(out, is_same || !is_left ? right : NULL);
    onus_buffer_string(out, "</tr>\n");
    i += is_same || is_left;
    k += is_same || !is_left;
  }
  onus_buffer_string(out, "</tbody></table></div>\n");
}

static void put_function(onus_buffer *out, const onus_matched_program *program, uint32_t function) {
  const char *name = onus_matched_name(program, function);
  if (name != NULL)
    onus_markup_case(out, name);
  else
    onus_buffer_printf(out, "0x%" PRIx64, program->functions->functions[function].address);
}

static void put_reasons(onus_buffer *out, const onus_match_pair *pair) {
  double reason[ONUS_MATCH_REASONS], constant = 0;
  onus_match_reason order[ONUS_MATCH_REASONS];
  char text[ONUS_REPORT_FIGURE_BYTES];
  size_t n_for = onus_matched_reasons(pair, reason, order, &constant);
  for (size_t i = 0; i < n_for && i < REASONS_SHOWN; i++)
    onus_buffer_printf(out, "%s%s <span class=\"quiet\">%s</span>", i == 0 ? "" : ", ",
                       onus_match_reason_name(order[i]), onus_report_signed(text, reason[order[i]], &onus_glyphs_utf8));
}

static void put_pair(onus_buffer *out, const onus_matched *matched, const onus_match_pair *pair, sheet *s) {
  const onus_matched_program *first = &matched->programs[0], *other = &matched->programs[pair->program + 1];
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_buffer_string(out, "<details><summary>");
  put_function(out, first, pair->query);
  onus_buffer_string(out, " = ");
  if (matched->n_programs > 2) {
    onus_markup_case(out, other->path);
    onus_buffer_string(out, " ");
  }
  put_function(out, other, pair->target);
  onus_buffer_printf(out, ", P = %s, %.1f&#8239;%% of the rare code</summary>\n<p class=\"key\">Because of ",
                     onus_report_probability(text, pair->probability, matched->threshold),
                     100 * onus_matched_part(matched, pair));
  put_reasons(out, pair);
  onus_buffer_string(out, ".</p>\n");
  read_lines(s, 0, first, pair->query);
  read_lines(s, 1, other, pair->target);
  put_code(out, s);
  if (s->n[0] == INSTRUCTIONS_SHOWN || s->n[1] == INSTRUCTIONS_SHOWN)
    onus_buffer_printf(out, "<p class=\"key\">The first %d instructions are shown.</p>\n", INSTRUCTIONS_SHOWN);
  onus_buffer_string(out, "</details>\n");
}

static void put_programs(onus_buffer *out, const onus_matched *matched) {
  static const char *const heads[] = {"Program", "Functions", "Shared", "Part of the first one's rare code"};
  onus_html_begin_table(out, "", "Programs");
  onus_html_heads(out, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < matched->n_programs; i++) {
    const onus_matched_program *program = &matched->programs[i];
    onus_buffer_string(out, "<tr><th scope=\"row\">");
    onus_markup_case(out, program->path);
    onus_buffer_printf(out,
                       "</th><td class=\"n\">%zu</td><td class=\"n\">%zu</td><td class=\"n\">%.1f&#8239;%%</td></tr>\n",
                       program->n_own, program->n_matched, 100 * program->share);
  }
  onus_html_end_table(out);
  onus_ln_ratio origin;
  if (!onus_report_matched_origin(matched, &origin))
    return;
  onus_buffer_string(out, "<p>");
  onus_report_matched_words(out, &origin);
  onus_buffer_string(out, "</p>\n");
}

void onus_report_matched_html(onus_buffer *out, const onus_matched *matched) {
  sheet s = {{calloc(INSTRUCTIONS_SHOWN, sizeof(line)), calloc(INSTRUCTIONS_SHOWN, sizeof(line))},
             {0, 0},
             calloc(INSTRUCTIONS_SHOWN + 1, sizeof s.longest[0]),
             {0}};
  if (s.lines[0] == NULL || s.lines[1] == NULL || s.longest == NULL ||
      !ZYAN_SUCCESS(ZydisFormatterInit(&s.formatter, ZYDIS_FORMATTER_STYLE_INTEL))) {
    out->status = ONUS_NO_MEMORY;
  } else {
    onus_html_begin_page(out, matched->programs[0].path, ": shared functions", style);
    onus_buffer_string(out, "<main>\n<h1>Functions shared with ");
    onus_markup_case(out, matched->programs[0].path);
    onus_buffer_string(out, "</h1>\n");
    put_programs(out, matched);
    size_t n = matched->n_pairs < matched->n_shown ? matched->n_pairs : matched->n_shown;
    onus_html_begin_section(out, "pairs", "Pairs",
                            "Most rare code first. Rows that are alike but for registers and numbers are blue; orange "
                            "rows are in one of the two only.");
    for (size_t i = 0; i < n; i++)
      put_pair(out, matched, matched->pairs[i], &s);
    if (matched->n_pairs > n)
      onus_buffer_printf(out, "<p>And %zu more.</p>\n", matched->n_pairs - n);
    onus_html_end_section(out);
    onus_buffer_string(out, "</main>\n</body>\n</html>\n");
  }
  free(s.lines[0]);
  free(s.lines[1]);
  free(s.longest);
}
