/* One self-contained page: no script, nothing loaded from anywhere, and a policy that would not let it. */
#include <stdlib.h>
#include <string.h>

#include "report/html_parts.h"
#include "report/report.h"

static const onus_case *case_of(const onus_page *page) {
  return page->assessment    ? page->assessment->c
         : page->comparison  ? page->comparison->c
         : page->timeline    ? page->timeline->c
         : page->explanation ? page->explanation->assessment->c
                             : NULL;
}

/* The result that names position, day, seed and samples. */
static const onus_assessment *assessment_of(const onus_page *page) {
  if (page->assessment)
    return page->assessment;
  if (page->explanation)
    return page->explanation->assessment;
  if (page->comparison)
    return page->comparison->assessments[0];
  const onus_timeline *timeline = page->timeline;
  if (timeline && timeline->n_points > 0 && timeline->n_shown > 0)
    return timeline->points[timeline->n_points - 1].assessments[0];
  return NULL;
}

static void put_contents(onus_buffer *out, const onus_page *page) {
  const onus_assessment *a = page->assessment;
  const struct {
    bool is_there;
    const char *id, *name;
  } entries[] = {
      {a, "verdict", "Verdict"},
      {page->explanation, "explanation", "Explanation"},
      {a && a->c->n_items > 0, "matrix", "Evidence"},
      {a, "weights", "Weights"},
      {a && (a->c->n_sources > 0 || a->n_undercutters > 0), "sources", "Sources"},
      {a, "turns", "What would turn it"},
      {a && a->c->n_questions > 0 && a->questions, "questions", "Questions"},
      {page->timeline && page->timeline->n_points > 0 && page->timeline->n_shown > 0, "timeline", "Over time"},
      {page->comparison, "positions", "Positions"},
      {a && a->c->n_items > 0, "items", "Items"},
      {assessment_of(page), "method", "Method"},
  };
  onus_buffer_string(out, "<nav aria-label=\"Contents\"><ul>");
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
    if (entries[i].is_there)
      onus_buffer_printf(out, "<li><a href=\"#%s\">%s</a></li>", entries[i].id, entries[i].name);
  onus_buffer_string(out, "</ul></nav>\n");
}

static void put_masthead(onus_buffer *out, const onus_page *page, const onus_case *c) {
  const onus_assessment *a = assessment_of(page);
  onus_buffer_string(out, "<header>\n<h1>");
  onus_markup_case(out, c->title);
  onus_buffer_string(out, "</h1>\n<p class=\"question\">");
  onus_markup_case(out, c->question);
  onus_buffer_string(out, "</p>\n");
  if (a) {
    char day[ONUS_MOMENT_TEXT_BYTES];
    onus_buffer_string(out, "<p class=\"quiet\">");
    if (page->assessment || page->explanation) {
      onus_buffer_string(out, "Position: ");
      onus_markup_case(out, a->view->position->name);
      onus_buffer_string(out, ". ");
    }
    onus_buffer_string(out, "As of: ");
    onus_buffer_string(out, onus_report_as_of(a->view, day) ? day : "everything known so far");
    onus_buffer_string(out, ".</p>\n");
  }
  put_contents(out, page);
  onus_buffer_string(out, "</header>\n");
}

static void put_assessment(onus_buffer *out, const onus_assessment *a, const onus_page *page) {
  size_t *order = onus_report_order_items(out, a);
  if (!order)
    return;
  onus_html_headline(out, a);
  onus_html_matrix(out, a, order);
  onus_html_weights(out, a, order);
  onus_html_sources(out, a);
  onus_html_turns(out, a, order);
  onus_html_questions(out, a);
  if (page->timeline)
    onus_html_timeline(out, page->timeline);
  if (page->comparison)
    onus_html_comparison(out, page->comparison);
  onus_html_items(out, a, order);
  free(order);
}

void onus_report_page_html(onus_buffer *out, const onus_page *page) {
  const onus_case *c = case_of(page);
  if (!c)
    return;
  onus_html_begin_page(out, c->title, "", "");
  onus_buffer_string(out, "<a class=\"skip\" href=\"#main\">Skip to the verdict</a>\n");
  put_masthead(out, page, c);
  onus_buffer_string(out, "<main id=\"main\" tabindex=\"-1\">\n");
  if (page->explanation)
    onus_html_explanation(out, page->explanation);
  if (page->assessment) {
    put_assessment(out, page->assessment, page);
  } else {
    if (page->timeline)
      onus_html_timeline(out, page->timeline);
    if (page->comparison)
      onus_html_comparison(out, page->comparison);
  }
  const onus_assessment *a = assessment_of(page);
  if (a)
    onus_html_method(out, a);
  else
    onus_buffer_string(out, "<p>Nothing became known up to this day.</p>\n");
  onus_buffer_string(out, "</main>\n</body>\n</html>\n");
}
