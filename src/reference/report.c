/* Reports: the form in which they are compared, the day that their address tells, and which are no reports at all. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <xxhash.h>

#include "base/moment.h"
#include "document/text_internal.h"
#include "reference/catalogue_internal.h"

/* --- normal form -------------------------------------------------------------------------------------------------- */

static bool begins_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Copies in lower case, without what is not UTF-8, control characters, and blanks at both ends. */
static void copy_clean(const char *text, char *out) {
  char *at = out;
  for (size_t left = strlen(text); left > 0;) {
    uint32_t character;
    size_t width = onus_text_decode(text, left, &character), step = width > 0 ? width : 1;
    bool is_kept = width > 1 || (width == 1 && character >= 0x20 && character != 0x7F);
    for (size_t i = 0; is_kept && i < width && !(at == out && text[0] == ' '); i++)
      *at++ = lower(text[i]);
    text += step;
    left -= step;
  }
  while (at > out && at[-1] == ' ')
    at--;
  *at = '\0';
}

/* "https://", "http:/" (as archives write it): letters, a colon and slashes. */
static const char *skip_scheme(const char *url) {
  size_t letters = strspn(url, "abcdefghijklmnopqrstuvwxyz");
  if (letters == 0 || url[letters] != ':' || url[letters + 1] != '/')
    return url;
  url += letters + 1;
  return url + strspn(url, "/");
}

/* "web.archive.org/web/20190625182633if_/", "archive.ph/20200101/": what stands before the address that was kept. */
static const char *skip_archive(const char *url) {
  static const char *const SHORT[] = {"archive.is/", "archive.ph/", "archive.today/", "archive.li/",
                                      "archive.vn/", "archive.fo/", "archive.md/"};
  const char *after = begins_with(url, "web.archive.org/web/") ? url + 20
                      : begins_with(url, "archive.org/web/")   ? url + 16
                                                               : NULL;
  for (size_t i = 0; !after && i < sizeof SHORT / sizeof *SHORT; i++)
    if (begins_with(url, SHORT[i]) && is_digit(url[strlen(SHORT[i])]))
      after = url + strlen(SHORT[i]);
  if (!after)
    return url;
  const char *slash = after + strspn(after, "0123456789*abcdefghijklmnopqrstuvwxyz_");
  return slash > after && slash[0] == '/' && slash[1] != '\0' ? slash + 1 : url;
}

/* Cuts what is too long to be kept, and marks it with a hash of the whole. */
static void cut(char *key) {
  size_t length = strlen(key);
  if (length <= ONUS_CATALOGUE_URL_BYTES)
    return;
  uint64_t hash = XXH3_64bits(key, length);
  size_t kept = ONUS_CATALOGUE_URL_BYTES - 18;
  while (((unsigned char)key[kept] & 0xC0) == 0x80)
    kept--;
  snprintf(key + kept, 18, "~%016" PRIx64, hash);
}

char *onus_report_normalise(const char *url, const char *name) {
  static const char SOURCE[] = "sn:";
  size_t url_bytes = url ? strlen(url) : 0, name_bytes = name ? strlen(name) : 0;
  char *clean = malloc(url_bytes + name_bytes + sizeof SOURCE);
  if (!clean)
    return NULL;
  copy_clean(url ? url : "", clean);
  const char *at = clean;
  if (!begins_with(clean, SOURCE)) {
    for (const char *before = NULL; before != at;) {
      before = at;
      at = skip_archive(skip_scheme(at + strspn(at, " /")));
      at += begins_with(at, "www.") ? 4 : 0;
    }
    char *end = clean + (at - clean) + strcspn(at, "#");
    while (end > at && (end[-1] == '/' || end[-1] == ' '))
      end--;
    *end = '\0';
  }
  memmove(clean, at, strlen(at) + 1);
  if (clean[0] == '\0') {
    memcpy(clean, SOURCE, sizeof SOURCE);
    copy_clean(name ? name : url ? url : "", clean + sizeof SOURCE - 1);
  }
  cut(clean);
  return clean;
}

/* --- when it was published ---------------------------------------------------------------------------------------- */

enum { FIRST_YEAR = 1995, LAST_YEAR = 2099, DAY_SECONDS = 86400 };

/* False when there is no such day. */
static bool day_of(unsigned year, unsigned month, unsigned day, int32_t *ret_day) {
  char text[16];
  onus_moment moment;
  if (year < FIRST_YEAR || year > LAST_YEAR || month > 12 || day > 31)
    return false;
  snprintf(text, sizeof text, "%04u-%02u-%02u", year, month, day);
  if (!onus_moment_parse(text, &moment))
    return false;
  *ret_day = onus_moment_day(moment);
  return true;
}

/* `month` and `day` may be 0: all of the year, or of the month. */
static bool period_of(unsigned year, unsigned month, unsigned day, onus_period *ret_period) {
  int32_t first, last;
  if (!day_of(year, month ? month : 1, day ? day : 1, &first))
    return false;
  if (day)
    last = first;
  else if (month == 0 || month == 12)
    last = day_of(year, 12, 31, &last) ? last : first;
  else
    last = day_of(year, month + 1, 1, &last) ? last - 1 : first;
  *ret_period = (onus_period){first, last};
  return true;
}

/* Exactly `count` digits at `text`, with no digit after them. */
static bool take_digits(const char **text, unsigned count, unsigned *ret_number) {
  unsigned number = 0;
  for (unsigned i = 0; i < count; i++) {
    if (!is_digit((*text)[i]))
      return false;
    number = number * 10 + (unsigned)((*text)[i] - '0');
  }
  if (is_digit((*text)[count]))
    return false;
  *text += count;
  *ret_number = number;
  return true;
}

static unsigned month_of(const char *name) {
  static const char MONTHS[] = "janfebmaraprmayjunjulaugsepoctnovdec";
  for (unsigned i = 0; i < 12; i++)
    if (strncasecmp(name, MONTHS + (size_t)i * 3, 3) == 0)
      return i + 1;
  return 0;
}

/* "(2021, December 6)", "(2021, December)", "(2021": the first that is a year. */
static bool period_in_description(const char *text, onus_period *ret_period) {
  for (; (text = strchr(text, '(')) != NULL; text++) {
    const char *at = text + 1;
    unsigned year, month = 0, day = 0;
    if (!take_digits(&at, 4, &year))
      continue;
    at += at[0] == ',';
    at += strspn(at, " ");
    month = month_of(at);
    if (month) {
      at += strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.");
      at += strspn(at, " ");
      const char *digits = at;
      if (!take_digits(&at, 1, &day) && !take_digits(&at, 2, &day))
        day = 0;
      if (digits == at)
        day = 0;
    }
    if (period_of(year, month, day, ret_period) || period_of(year, month, 0, ret_period))
      return true;
  }
  return false;
}

/* After a year: "/MM/DD", "-MM-DD", or less of it. */
static bool period_after_year(const char *at, unsigned year, bool stands_alone, onus_period *ret_period) {
  unsigned month, day;
  char sign = *at;
  const char *next = at + 1;
  if ((sign != '/' && sign != '-' && sign != '_') || !take_digits(&next, 2, &month) || month < 1 || month > 12)
    return stands_alone && (sign == '/' || sign == '\0') && period_of(year, 0, 0, ret_period);
  if (*next == sign) {
    const char *after = next + 1;
    if (take_digits(&after, 2, &day) && period_of(year, month, day, ret_period))
      return true;
  }
  bool ends = *next == '/' || *next == '\0' || (sign == '/' && *next == '-');
  return ends && period_of(year, month, 0, ret_period);
}

/* A date in the path: 2021/03/02, 2021-03-02, 20210302, 2021/03, or a year as a part of its own. */
static bool period_in_path(const char *path, onus_period *ret_period) {
  bool found = false;
  onus_period best = {ONUS_DAY_UNKNOWN, ONUS_DAY_UNKNOWN};
  for (const char *at = path; *at; at++) {
    if (!is_digit(*at) || (at > path && is_digit(at[-1])))
      continue;
    const char *after = at;
    unsigned number;
    onus_period period;
    bool fits = false;
    if (take_digits(&after, 4, &number))
      fits = period_after_year(after, number, at > path && at[-1] == '/', &period);
    else if (take_digits(&after, 8, &number))
      fits = period_of(number / 10000, number / 100 % 100, number % 100, &period) && number % 100 && number / 100 % 100;
    if (fits)
      best = found ? onus_period_narrower(best, period) : period;
    found |= fits;
  }
  if (found)
    *ret_period = best;
  return found;
}

/* trendmicro.com/…/research/22/k/…: the year and a letter for the month. */
static bool period_of_trend_micro(const char *key, onus_period *ret_period) {
  const char *at = begins_with(key, "trendmicro.com/") ? strstr(key, "/research/") : NULL;
  unsigned year;
  if (!at)
    return false;
  at += 10;
  return take_digits(&at, 2, &year) && at[0] == '/' && at[1] >= 'a' && at[1] <= 'l' && at[2] == '/' &&
         period_of(2000 + year, (unsigned)(at[1] - 'a') + 1, 0, ret_period);
}

static bool period_of_seconds(uint64_t seconds, onus_period *ret_period) {
  int32_t day = (int32_t)(seconds / DAY_SECONDS), first, last;
  if (!day_of(FIRST_YEAR, 1, 1, &first) || !day_of(LAST_YEAR, 12, 31, &last) || day < first || day > last)
    return false;
  *ret_period = (onus_period){day, day};
  return true;
}

/* A status id of X holds its milliseconds since 2010-11-04 in its upper bits; older ids do not. */
static bool period_of_status(const char *key, onus_period *ret_period) {
  if (!begins_with(key, "x.com/") && !begins_with(key, "twitter.com/") && !begins_with(key, "mobile.twitter.com/"))
    return false;
  const char *at = strstr(key, "/status/");
  at = at ? at + 8 : (at = strstr(key, "/statuses/")) != NULL ? at + 10 : NULL;
  size_t digits = at ? strspn(at, "0123456789") : 0;
  if (digits < 12 || digits > 19)
    return false;
  uint64_t id = strtoull(at, NULL, 10);
  return period_of_seconds(((id >> 22) + UINT64_C(1288834974657)) / 1000, ret_period);
}

/* The id of a pulse begins with its seconds since 1970, in hexadecimal. */
static bool period_of_pulse(const char *key, onus_period *ret_period) {
  static const char START[] = "otx.alienvault.com/pulse/";
  const char *at = begins_with(key, START) ? key + sizeof START - 1 : NULL;
  if (!at || strspn(at, "0123456789abcdef") != 24)
    return false;
  char seconds[9] = "";
  memcpy(seconds, at, 8);
  return period_of_seconds(strtoull(seconds, NULL, 16), ret_period);
}

static bool period_in_key(const char *key, onus_period *ret_period) {
  if (period_of_status(key, ret_period) || period_of_pulse(key, ret_period) || period_of_trend_micro(key, ret_period))
    return true;
  const char *path = strchr(key, '/');
  return path && period_in_path(path, ret_period);
}

bool onus_report_period(const char *key, const char *description, onus_period *ret_period) {
  onus_period of_key, of_description;
  bool key_tells = period_in_key(key, &of_key);
  bool description_tells = description && period_in_description(description, &of_description);
  if (!key_tells && !description_tells)
    return false;
  *ret_period = !key_tells           ? of_description
                : !description_tells ? of_key
                                     : onus_period_narrower(of_description, of_key);
  return true;
}

/* --- what is no report -------------------------------------------------------------------------------------------- */

/* Engines that answer a question about an indicator which somebody had already. What they show was found from it. */
static const char *const engines[] = {
    "virustotal.com", "shodan.io",        "censys.io",       "urlscan.io",         "fofa.info",
    "fofa.so",        "zoomeye.org",      "zoomeye.ai",      "zoomeye.hk",         "crt.sh",
    "netlas.io",      "passivetotal.org", "riskiq.net",      "securitytrails.com", "dnslytics.com",
    "hunter.how",     "quake.360.net",    "viewdns.info",    "app.validin.com",    "onyphe.io",
    "binaryedge.io",  "spyse.com",        "dnsdumpster.com", "threatminer.org",    "threatcrowd.org",
};

bool onus_report_is_pivot(const char *key) {
  size_t host_bytes = strcspn(key, "/?:");
  for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
    size_t length = strlen(engines[i]);
    if (host_bytes >= length && memcmp(key + host_bytes - length, engines[i], length) == 0 &&
        (host_bytes == length || key[host_bytes - length - 1] == '.'))
      return true;
  }
  return false;
}
