/* Prints a result of the fixture in any format:
 *   render_fixture plain|hostile|small assess|compare|timeline|explain-item|explain-source|page text|json|html
 *                  [width N] [colour] [ascii]                                                                        */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "report/fixture.h"

typedef void text_renderer(onus_buffer *out, const onus_fixture *f, const onus_style *style);

static void assess_text(onus_buffer *out, const onus_fixture *f, const onus_style *style) {
  onus_report_assessment_text(out, f->assessment, style);
}
static void compare_text(onus_buffer *out, const onus_fixture *f, const onus_style *style) {
  onus_report_comparison_text(out, f->comparison, style);
}
static void timeline_text(onus_buffer *out, const onus_fixture *f, const onus_style *style) {
  onus_report_timeline_text(out, f->timeline, style);
}
static void item_text(onus_buffer *out, const onus_fixture *f, const onus_style *style) {
  onus_report_explanation_text(out, f->item, style);
}
static void source_text(onus_buffer *out, const onus_fixture *f, const onus_style *style) {
  onus_report_explanation_text(out, f->source, style);
}

static void put_json(onus_buffer *out, const onus_fixture *f, const char *what) {
  if (strcmp(what, "assess") == 0)
    onus_report_assessment_json(out, f->assessment);
  else if (strcmp(what, "compare") == 0)
    onus_report_comparison_json(out, f->comparison);
  else if (strcmp(what, "timeline") == 0)
    onus_report_timeline_json(out, f->timeline);
  else
    onus_report_explanation_json(out, strcmp(what, "explain-item") == 0 ? f->item : f->source);
}

static void put_html(onus_buffer *out, const onus_fixture *f, const char *what) {
  bool whole = strcmp(what, "page") == 0;
  onus_page page = {0};
  if (whole || strcmp(what, "assess") == 0)
    page.assessment = f->assessment;
  if (whole || strcmp(what, "compare") == 0)
    page.comparison = f->comparison;
  if (whole || strcmp(what, "timeline") == 0)
    page.timeline = f->timeline;
  if (strcmp(what, "explain-item") == 0)
    page.explanation = f->item;
  if (strcmp(what, "explain-source") == 0)
    page.explanation = f->source;
  onus_report_page_html(out, &page);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    text_renderer *text;
  } renderers[] = {{"assess", assess_text},
                   {"compare", compare_text},
                   {"timeline", timeline_text},
                   {"explain-item", item_text},
                   {"explain-source", source_text}};
  if (argc < 4)
    return 2;
  onus_fixture_kind kind = strcmp(argv[1], "hostile") == 0 ? ONUS_FIXTURE_HOSTILE
                           : strcmp(argv[1], "small") == 0 ? ONUS_FIXTURE_SMALL
                                                           : ONUS_FIXTURE_PLAIN;
  onus_style style = {0};
  for (int i = 4; i < argc; i++) {
    if (strcmp(argv[i], "width") == 0 && i + 1 < argc)
      style.width = (unsigned)strtoul(argv[++i], NULL, 10);
    style.colour |= strcmp(argv[i], "colour") == 0;
    style.ascii |= strcmp(argv[i], "ascii") == 0;
  }
  onus_fixture fixture;
  if (!onus_fixture_make(kind, &fixture))
    return 1;
  onus_buffer out = onus_buffer_new((size_t)64 << 20);
  if (strcmp(argv[3], "json") == 0)
    put_json(&out, &fixture, argv[2]);
  else if (strcmp(argv[3], "html") == 0)
    put_html(&out, &fixture, argv[2]);
  else
    for (size_t i = 0; i < sizeof renderers / sizeof renderers[0]; i++)
      if (strcmp(argv[2], renderers[i].name) == 0)
        renderers[i].text(&out, &fixture, &style);
  onus_text text;
  onus_error error = {0};
  onus_status status = onus_buffer_take(&out, &text, &error);
  onus_arena_free(fixture.arena);
  if (status != ONUS_OK) {
    fprintf(stderr, "%s\n", error.text);
    return 1;
  }
  bool written = fwrite(text.bytes, 1, text.length, stdout) == text.length;
  onus_text_free(&text);
  return written ? 0 : 1;
}
