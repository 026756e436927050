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

/* What the days are asked about: as chosen, else what the first position shown holds most probable in the end. */
static onus_status last_about(const onus_timeline *t, const onus_options *options, const char **ret_about,
                              onus_error *error) {
  onus_options last = *options;
  last.progress = NULL;
  last.position = t->c->positions[t->positions[0]].id;
  onus_assessment *end;
  ONUS_TRY(onus_verdict_assess(t->c, &last, ONUS_DETAIL_POSTERIOR, &end, error));
  *ret_about = end->about_id; /* lies in the case */
  onus_assessment_free(end);
  return ONUS_OK;
}

static onus_status fill(onus_timeline *t, const onus_options *options, onus_error *error) {
  onus_moment as_of;
  const onus_position *position;
  ONUS_TRY(onus_choose_view(t->c, options, &position, &as_of, error));
  dated_event *events;
  size_t count;
  ONUS_TRY(choose_positions(t, options->position ? position : NULL, error));
  ONUS_TRY(list_events(t, options->as_of ? &as_of : NULL, &events, &count, error));
  ONUS_TRY(make_points(t, events, count, error));
  onus_options day = *options;
  day.progress = NULL;
  ONUS_TRY(last_about(t, options, &day.about, error));
  for (size_t p = 0; p < t->n_points; p++) {
    char text[ONUS_MOMENT_TEXT_BYTES];
    onus_moment_format(t->points[p].day, text);
    /* The last day may be cut short by an instant. */
    bool cut = options->as_of && onus_moment_end(t->points[p].day) > onus_moment_end(as_of);
    day.as_of = cut ? options->as_of : text;
    for (size_t i = 0; i < t->n_shown; i++) {
      day.position = t->c->positions[t->positions[i]].id;
      ONUS_TRY(onus_verdict_assess(t->c, &day, ONUS_DETAIL_POSTERIOR, &t->points[p].assessments[i], error));
      ONUS_TRY(
          onus_progress_report(options, (double)(p * t->n_shown + i + 1) / (double)(t->n_points * t->n_shown), error));
    }
  }
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
