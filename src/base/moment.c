/* Days are counted in the proleptic Gregorian calendar by the era method: 400 years have 146,097 days. */
#include "base/moment.h"

#include <stdio.h>
#include <string.h>

static const int64_t SECONDS_PER_DAY = 86400;

static int64_t days_from_civil(int year, int month, int day) {
  int shifted = month <= 2 ? year - 1 : year;
  int era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  int year_of_era = shifted - era * 400;
  int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return (int64_t)era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int day_of_era = (int)(days - era * 146097);
  int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int shifted_month = (5 * day_of_year + 2) / 153;
  *ret_day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  *ret_month = shifted_month + (shifted_month < 10 ? 3 : -9);
  *ret_year = (int)(era * 400) + year_of_era + (*ret_month <= 2);
}

/* Reads exactly `digits` digits at *at and moves on; −1 when they are not there. */
static int take_number(const char **at, int digits) {
  int value = 0;
  for (int i = 0; i < digits; i++, (*at)++) {
    if (**at < '0' || **at > '9')
      return -1;
    value = value * 10 + (**at - '0');
  }
  return value;
}

static bool take(const char **at, char character) {
  if (**at != character)
    return false;
  (*at)++;
  return true;
}

static bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month) {
  static const int LENGTHS[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return LENGTHS[month - 1] + (month == 2 && is_leap(year));
}

static bool take_day(const char **at, int64_t *ret_days) {
  int year = take_number(at, 4);
  if (year < 1 || !take(at, '-'))
    return false;
  int month = take_number(at, 2);
  if (month < 1 || month > 12 || !take(at, '-'))
    return false;
  int day = take_number(at, 2);
  if (day < 1 || day > days_of_month(year, month))
    return false;
  *ret_days = days_from_civil(year, month, day);
  return true;
}

/* "hh:mm" after the sign of an offset, in seconds; −1 when it is none. */
static int take_offset(const char **at) {
  int hours = take_number(at, 2);
  if (hours < 0 || hours > 23 || !take(at, ':'))
    return -1;
  int minutes = take_number(at, 2);
  return minutes < 0 || minutes > 59 ? -1 : hours * 3600 + minutes * 60;
}

static bool take_time(const char **at, int64_t *ret_seconds) {
  int hours = take_number(at, 2);
  if (hours < 0 || hours > 23 || !take(at, ':'))
    return false;
  int minutes = take_number(at, 2);
  if (minutes < 0 || minutes > 59 || !take(at, ':'))
    return false;
  int seconds = take_number(at, 2);
  if (seconds < 0 || seconds > 60) /* 60: a leap second */
    return false;
  if (take(at, '.')) {
    if (take_number(at, 1) < 0)
      return false;
    while (**at >= '0' && **at <= '9')
      (*at)++;
  }
  int64_t total = (int64_t)hours * 3600 + minutes * 60 + seconds;
  if (take(at, 'Z') || take(at, 'z')) {
    *ret_seconds = total;
    return true;
  }
  bool is_east = **at == '+';
  if (!is_east && **at != '-')
    return false;
  (*at)++;
  int offset = take_offset(at);
  if (offset < 0)
    return false;
  *ret_seconds = is_east ? total - offset : total + offset;
  return true;
}

bool onus_moment_parse(const char *text, onus_moment *ret_moment) {
  const char *at = text;
  int64_t days, seconds = 0;
  if (!take_day(&at, &days))
    return false;
  bool is_day = *at == '\0';
  if (!is_day && !((take(&at, 'T') || take(&at, 't') || take(&at, ' ')) && take_time(&at, &seconds)))
    return false;
  if (*at != '\0')
    return false;
  *ret_moment = (onus_moment){days * SECONDS_PER_DAY + seconds, is_day};
  return true;
}

int32_t onus_moment_day(onus_moment moment) {
  return (int32_t)(moment.seconds_utc / SECONDS_PER_DAY - (moment.seconds_utc % SECONDS_PER_DAY < 0));
}

onus_moment onus_moment_of_day(int32_t day) {
  return (onus_moment){day * SECONDS_PER_DAY, true};
}

int onus_day_year(int32_t day) {
  int year, month, day_of_month;
  civil_from_days(day, &year, &month, &day_of_month);
  return year;
}

bool onus_moment_parse_period(const char *text, int32_t *ret_first_day, int32_t *ret_last_day) {
  onus_moment moment;
  if (onus_moment_parse(text, &moment)) {
    *ret_first_day = *ret_last_day = onus_moment_day(moment);
    return true;
  }
  const char *at = text;
  int year = take_number(&at, 4), first_month = 1, last_month = 12;
  if (year < 1)
    return false;
  if (take(&at, '-'))
    first_month = last_month = take_number(&at, 2);
  if (*at != '\0' || first_month < 1 || last_month > 12)
    return false;
  *ret_first_day = (int32_t)days_from_civil(year, first_month, 1);
  *ret_last_day = (int32_t)days_from_civil(year, last_month, days_of_month(year, last_month));
  return true;
}

void onus_moment_format(onus_moment moment, char *out) {
  int64_t days = onus_moment_day(moment);
  int year, month, day, second = (int)(moment.seconds_utc - days * SECONDS_PER_DAY);
  civil_from_days(days, &year, &month, &day);
  if (moment.is_day)
    snprintf(out, ONUS_MOMENT_TEXT_BYTES, "%04d-%02d-%02d", year % 100000, month, day);
  else
    snprintf(out, ONUS_MOMENT_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02dZ", year % 100000, month, day, second / 3600,
             second / 60 % 60, second % 60);
}

int64_t onus_moment_end(onus_moment moment) {
  return moment.is_day ? moment.seconds_utc + SECONDS_PER_DAY - 1 : moment.seconds_utc;
}
