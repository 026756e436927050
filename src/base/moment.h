/* Days and instants, in UTC. A day is also an instant: its first second; ends are asked for where they matter. */
#ifndef ONUS_BASE_MOMENT_H
#define ONUS_BASE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct onus_moment {
  int64_t seconds_utc; /* since 1970-01-01T00:00:00Z; for a day, its first second */
  bool is_day;         /* written as a day, without a time */
} onus_moment;

#define ONUS_MOMENT_TEXT_BYTES 48

/* "2014-12-22" or RFC 3339 "2014-12-22T15:04:05Z", "…+09:00" (fractions of seconds are dropped). Years 1–9999; the day
 * must exist. False when it is neither. */
bool onus_moment_parse(const char *text, onus_moment *ret_moment);

/* A day, month or year ("2014-12-22", "2014-12", "2014"), or the day of an instant, as days since 1970-01-01. False
 * when it is none. */
bool onus_moment_parse_period(const char *text, int32_t *ret_first_day, int32_t *ret_last_day);

/* Days as numbers, counted from 1970-01-01: the day of a moment, a day as a moment, and the calendar year of a day. */
int32_t onus_moment_day(onus_moment moment);
onus_moment onus_moment_of_day(int32_t day);
int onus_day_year(int32_t day);

/* Writes it the way it was meant, in UTC; `out` holds ONUS_MOMENT_TEXT_BYTES. */
void onus_moment_format(onus_moment moment, char *out);

/* The last second that counts as "on or before" the moment: the end of the day, or the instant itself [M-19]. */
int64_t onus_moment_end(onus_moment moment);

#endif
