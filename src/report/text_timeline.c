/* A row for each day on which something became known or was retracted. */

#include "report/report.h"
#include "report/text_parts.h"

static void put_events(onus_layout *layout, const onus_timeline *timeline, const onus_timeline_point *point) {
  char day[ONUS_MOMENT_TEXT_BYTES];
  onus_moment_format(point->day, day);
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_own(layout, day);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_own(layout, "  ");
  unsigned behind = onus_layout_column(layout);
  for (size_t e = 0; e < point->n_events; e++) {
    const onus_timeline_event *event = &point->events[e];
    onus_layout_own(layout, e > 0 ? "; " : "");
    onus_layout_own(layout, event->is_retraction ? "retracted: " : "");
    onus_layout_case(layout, timeline->c->items[event->item].title);
  }
  onus_layout_end(layout, behind > 12 ? 4 : behind);
}

static void put_row(onus_layout *layout, const onus_assessment *a) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  const onus_position *position = a->view->position;
  unsigned bar = layout->width / 4, behind = 2 + bar + 2 + 23;
  onus_layout_own(layout, "  ");
  onus_layout_probability_bar(layout, &a->about, position->standard, bar);
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, onus_report_probability_range(text, &a->about, position->standard, layout->glyphs));
  if (layout->width < behind + 20) {
    onus_layout_end(layout, 2);
    behind = 4;
  }
  onus_layout_pad(layout, behind);
  onus_layout_case(layout, position->name);
  onus_layout_own(layout, a->verdict == ONUS_ENOUGH    ? ": enough"
                          : a->verdict == ONUS_DEPENDS ? ": it depends"
                                                       : ": not enough");
  onus_layout_end(layout, behind);
}

void onus_report_timeline_text(onus_buffer *out, const onus_timeline *timeline, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  const onus_case *c = timeline->c;
  onus_layout_ink(&layout, ONUS_INK_BOLD);
  onus_layout_case(&layout, c->title);
  onus_layout_ink(&layout, ONUS_INK_PLAIN);
  onus_layout_end(&layout, 0);
  onus_layout_case(&layout, c->question);
  onus_layout_end(&layout, 0);
  const onus_assessment *last = NULL;
  if (timeline->n_points > 0 && timeline->n_shown > 0)
    last = timeline->points[timeline->n_points - 1].assessments[0];
  if (!last) {
    onus_layout_own(&layout, "Nothing became known up to this day.");
    onus_layout_end(&layout, 0);
    onus_layout_free(&layout);
    return;
  }
  onus_layout_own(&layout, "About: ");
  onus_layout_quote(&layout, last->about_name);
  onus_layout_end(&layout, 2);
  onus_layout_legend(&layout, true);
  for (size_t t = 0; t < timeline->n_points; t++) {
    onus_layout_gap(&layout);
    put_events(&layout, timeline, &timeline->points[t]);
    for (size_t p = 0; p < timeline->n_shown; p++)
      put_row(&layout, timeline->points[t].assessments[p]);
  }
  onus_layout_gap(&layout);
  onus_text_replay(&layout, last);
  onus_layout_end(&layout, 0);
  onus_layout_free(&layout);
}
