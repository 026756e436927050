/* The verdict of each position on every day on which something became known or was retracted [M-19]. */
#include "verdict/verdict_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct dated_event {
  int64_t day; /* first second of it */
  onus_timeline_event event;
  const char *id;
} dated_event;

static int64_t day_of(onus_moment moment) {
  return onus_moment_of_day(onus_moment_day(moment)).seconds_utc;
}

static int by_day(const void *a, const void *b) {
  const dated_event *x = a, *y = b;
  if (x->day != y->day)
    return x->day < y->day ? -1 : 1;
  if (x->event.is_retraction != y->event.is_retraction)
    return x->event.is_retraction ? 1 : -1;
  return strcmp(x->id, y->id);
}

/* Everything that happened up to `as_of` (NULL: all), by day. */
static onus_status list_events(onus_timeline *t, const onus_moment *as_of, dated_event **ret_events, size_t *ret_count,
                               onus_error *error) {
  const onus_case *c = t->c;
  size_t count = 0;
  dated_event *events = ONUS_ARENA_ARRAY(t->arena, dated_event, 2 * c->n_items);
  if (!events)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < c->n_items; i++) {
    const onus_item *item = &c->items[i];
    if (!as_of || item->known.seconds_utc <= onus_moment_end(*as_of))
      events[count++] = (dated_event){day_of(item->known), {i, false}, item->id};
    if (item->has_retracted && (!as_of || item->retracted.seconds_utc <= onus_moment_end(*as_of)))
      events[count++] = (dated_event){day_of(item->retracted), {i, true}, item->id};
  }
  qsort(events, count, sizeof *events, by_day);
  *ret_events = events;
  *ret_count = count;
  return ONUS_OK;
}

static onus_status make_points(onus_timeline *t, const dated_event *events, size_t count, onus_error *error) {
  t->points = ONUS_ARENA_ARRAY(t->arena, onus_timeline_point, count);
  if (!t->points)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t first = 0, last; first < count; first = last) {
    for (last = first; last < count && events[last].day == events[first].day;)
      last++;
    onus_timeline_point *point = &t->points[t->n_points++];
    point->day = (onus_moment){events[first].day, true};
    point->n_events = last - first;
    point->events = ONUS_ARENA_ARRAY(t->arena, onus_timeline_event, point->n_events);
    point->assessments = ONUS_ARENA_ARRAY(t->arena, onus_assessment *, t->n_shown);
    if (!point->events || !point->assessments)
      return ONUS_FAIL_NO_MEMORY(error);
    for (size_t i = 0; i < point->n_events; i++)
      point->events[i] = events[first + i].event;
  }
  return ONUS_OK;
}

/* `only`: the one that was asked for, NULL for all. */
static onus_status choose_positions(onus_timeline *t, const onus_position *only, onus_error *error) {
  const onus_case *c = t->c;
  t->n_shown = only ? 1 : c->n_positions;
  t->positions = ONUS_ARENA_ARRAY(t->arena, size_t, t->n_shown);
  if (!t->positions)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < t->n_shown; i++)
    t->positions[i] = only ? (size_t)(only - c->positions) : i;
  return ONUS_OK;
}

/* A day shows sources and named undercutters; those of single items come after them. */
static void drop_own_undercutters(onus_assessment *a) {
  while (a->n_undercutters > 0 && (a->undercutters[a->n_undercutters - 1].kind == ONUS_UNDERCUT_CREDIBILITY ||
                                   a->undercutters[a->n_undercutters - 1].kind == ONUS_UNDERCUT_UNSEEN))
    a->n_undercutters--;
}

/* One position's assessments, day by day: where all days together are too entangled for one network. */
static onus_status assess_each_day(const onus_timeline *t, const onus_options *options, const onus_moment *days,
                                   onus_assessment **assessments, onus_error *error) {
  onus_options day = *options;
  char text[ONUS_MOMENT_TEXT_BYTES];
  day.progress = NULL;
  day.as_of = text;
  for (size_t p = t->n_points; p-- > 0;) { /* the last day first: it may settle what all are about */
    onus_moment_format(days[p], text);
    ONUS_TRY(onus_verdict_assess(t->c, &day, ONUS_DETAIL_POSTERIOR, &assessments[p], error));
    drop_own_undercutters(assessments[p]);
    day.about = assessments[p]->about_id; /* lies in the case */
    ONUS_TRY(onus_progress_report(options, (double)(t->n_points - p) / (double)t->n_points, error));
  }
  return ONUS_OK;
}

/* One position through all days, about what options->about names; else about what it holds most probable in the end,
 * which is then put there. */
static onus_status assess_days(const onus_timeline *t, onus_options *options, const onus_moment *as_of,
                               const onus_moment *days, onus_assessment **assessments, onus_error *error) {
  onus_course course;
  onus_status status = onus_course_open(&course, t->c, options, as_of, days, t->n_points, t->arena, error);
  if (status == ONUS_OK && !options->about)
    status = onus_course_about(&course, &options->about, error);
  course.options.about = options->about;
  if (status == ONUS_OK)
    status = onus_course_assess(&course, assessments, error);
  onus_course_close(&course);
  if (status != ONUS_LIMIT)
    return status;
  status = assess_each_day(t, options, days, assessments, error);
  options->about = status == ONUS_OK ? assessments[0]->about_id : options->about;
  return status;
}

/* As of which moment each point stands: its day, which `as_of` may cut short. */
static onus_moment *list_days(onus_timeline *t, const onus_moment *as_of) {
  onus_moment *days = ONUS_ARENA_ARRAY(t->arena, onus_moment, t->n_points);
  for (size_t p = 0; days && p < t->n_points; p++) {
    days[p] = t->points[p].day;
    if (as_of && onus_moment_end(days[p]) > onus_moment_end(*as_of))
      days[p] = *as_of;
  }
  return days;
}

static onus_status fill_points(onus_timeline *t, const onus_options *options, const onus_moment *as_of,
                               onus_error *error) {
  onus_moment *days = list_days(t, as_of);
  onus_assessment **assessments = ONUS_ARENA_ARRAY(t->arena, onus_assessment *, t->n_points);
  if (!days || !assessments)
    return ONUS_FAIL_NO_MEMORY(error);
  const char *about = options->about;
  onus_status status = ONUS_OK;
  for (size_t i = 0; i < t->n_shown && status == ONUS_OK; i++) {
    double share = 1 / (double)t->n_shown;
    onus_progress_part part = {options, (double)i * share, (double)(i + 1) * share};
    onus_options own = onus_options_part(&part);
    own.about = about;
    own.position = t->c->positions[t->positions[i]].id;
    status = assess_days(t, &own, as_of, days, assessments, error);
    about = own.about;
    for (size_t p = 0; p < t->n_points; p++) { /* they are the timeline's also after a failure */
      t->points[p].assessments[i] = assessments[p];
      assessments[p] = NULL;
    }
  }
  return status == ONUS_OK ? onus_progress_report(options, 1, error) : status;
}

static onus_status fill(onus_timeline *t, const onus_options *options, onus_error *error) {
  onus_moment moment;
  const onus_position *position;
  ONUS_TRY(onus_choose_view(t->c, options, &position, &moment, error));
  const onus_moment *as_of = options->as_of ? &moment : NULL;
  dated_event *events;
  size_t count;
  ONUS_TRY(choose_positions(t, options->position ? position : NULL, error));
  ONUS_TRY(list_events(t, as_of, &events, &count, error));
  ONUS_TRY(make_points(t, events, count, error));
  if (t->n_points)
    return fill_points(t, options, as_of, error);
  onus_assessment *unused; /* nothing is known, but what the caller named must exist all the same */
  ONUS_TRY(onus_verdict_assess(t->c, options, ONUS_DETAIL_POSTERIOR, &unused, error));
  onus_assessment_free(unused);
  return ONUS_OK;
}

onus_status onus_verdict_timeline(const onus_case *c, const onus_options *options, onus_timeline **ret_timeline,
                                  onus_error *error) {
  onus_timeline *t = ONUS_ARENA_HANDLE(onus_timeline, (size_t)1 << 30);
  if (!t)
    return ONUS_FAIL_NO_MEMORY(error);
  t->c = c;
  onus_status status = fill(t, options, error);
  if (status != ONUS_OK) {
    onus_timeline_free(t);
    return status;
  }
  *ret_timeline = t;
  return ONUS_OK;
}

void onus_timeline_free(onus_timeline *timeline) {
  if (!timeline)
    return;
  for (size_t p = 0; p < timeline->n_points; p++)
    for (size_t i = 0; timeline->points[p].assessments && i < timeline->n_shown; i++)
      onus_assessment_free(timeline->points[p].assessments[i]);
  onus_arena_free(timeline->arena);
}
