/* Objects of STIX as they come, and the times in them. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "server/json_read.h"
#include "server/taxii.h"

/* --- times ----------------------------------------------------------------------------------------------------- */

static bool digits(const char **at, size_t count, int *ret_value) {
  int value = 0;
  for (size_t i = 0; i < count; i++) {
    if ((*at)[i] < '0' || (*at)[i] > '9')
      return false;
    value = value * 10 + ((*at)[i] - '0');
  }
  *at += count;
  *ret_value = value;
  return true;
}

static bool expect(const char **at, char c) {
  bool is_it = **at == c;
  *at += is_it;
  return is_it;
}

typedef struct moment {
  int year, month, day, hour, minute, second;
  char fraction[10]; /* nine digits */
} moment;

static int days_in(int year, int month) {
  static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return DAYS[month - 1] + (month == 2 && is_leap);
}

static bool read_fraction(const char **at, char fraction[10]) {
  size_t n = 0;
  memcpy(fraction, "000000000", 10);
  if (!expect(at, '.'))
    return true;
  for (; **at >= '0' && **at <= '9'; (*at)++, n++)
    if (n < 9)
      fraction[n] = **at;
    else if (**at != '0')
      return false; /* two versions less than a nanosecond apart could not be told from each other */
  return n > 0;
}

static bool read_moment(const char *text, moment *m) {
  const char *at = text;
  bool is_good = digits(&at, 4, &m->year) && expect(&at, '-') && digits(&at, 2, &m->month) && expect(&at, '-') &&
                 digits(&at, 2, &m->day) && (*at == 'T' || *at == 't');
  if (!is_good)
    return false;
  at++;
  is_good = digits(&at, 2, &m->hour) && expect(&at, ':') && digits(&at, 2, &m->minute) && expect(&at, ':') &&
            digits(&at, 2, &m->second) && read_fraction(&at, m->fraction) && (*at == 'Z' || *at == 'z') &&
            at[1] == '\0';
  return is_good && m->month >= 1 && m->month <= 12 && m->day >= 1 && m->day <= days_in(m->year, m->month) &&
         m->hour < 24 && m->minute < 60 && m->second <= 60;
}

bool onus_taxii_key(const char *time, char key[ONUS_TAXII_KEY_BYTES]) {
  moment m;
  if (!read_moment(time, &m))
    return false;
  snprintf(key, ONUS_TAXII_KEY_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%s", (unsigned)m.year % 10000,
           (unsigned)m.month % 100, (unsigned)m.day % 100, (unsigned)m.hour % 100, (unsigned)m.minute % 100,
           (unsigned)m.second % 100, m.fraction);
  return true;
}

/* Days since 1970 by the Gregorian calendar, as it would have been before it was one. */
static int64_t days_since_1970(int year, int month, int day) {
  int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool onus_taxii_time(const char *time, int64_t *ret_us) {
  moment m;
  if (!read_moment(time, &m))
    return false;
  int64_t seconds = days_since_1970(m.year, m.month, m.day) * 86400 + m.hour * 3600 + m.minute * 60 + m.second;
  int us = 0;
  const char *at = m.fraction;
  (void)digits(&at, 6, &us);
  *ret_us = seconds * 1000000 + us;
  return true;
}

/* --- objects --------------------------------------------------------------------------------------------------- */

static bool is_type(const char *text) {
  size_t length = strlen(text);
  return length >= 3 && length < 128 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static bool is_uuid(const char *text) {
  for (size_t i = 0; i < 36; i++) {
    bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL || text[i] == '\0')
      return false;
  }
  return text[36] == '\0';
}

static const char *read_id(const json_t *json, onus_stix_object *out) {
  const char *id = json_string_value(json_object_get(json, "id"));
  const char *type = json_string_value(json_object_get(json, "type"));
  if (type == NULL || !is_type(type))
    return "it has no type";
  size_t length = strlen(type);
  if (id == NULL || strncmp(id, type, length) != 0 || strncmp(id + length, "--", 2) != 0 || !is_uuid(id + length + 2))
    return "its id is not its type, two dashes and a UUID";
  if (strcmp(type, "bundle") == 0)
    return "a bundle is no object; add what is in it";
  snprintf(out->id, sizeof out->id, "%s", id);
  snprintf(out->type, sizeof out->type, "%s", type);
  return NULL;
}

static const char *read_version(const json_t *json, onus_stix_object *out) {
  static const char *const NAMES[] = {"modified", "created"};
  for (size_t i = 0; i < 2; i++) {
    const json_t *value = json_object_get(json, NAMES[i]);
    if (value == NULL)
      continue;
    const char *text = json_string_value(value);
    if (text == NULL || strlen(text) >= sizeof out->version || !onus_taxii_key(text, out->key))
      return i == 0 ? "its modified is no time" : "its created is no time";
    snprintf(out->version, sizeof out->version, "%s", text);
    return NULL;
  }
  return NULL;
}

static const char *read_object(const json_t *json, onus_stix_object *out) {
  const json_t *spec = json_object_get(json, "spec_version");
  const char *text = json_string_value(spec);
  if (!json_is_object(json))
    return "it is no object";
  if (spec != NULL && (text == NULL || (strcmp(text, "2.1") != 0 && strcmp(text, "2.0") != 0)))
    return "its spec_version is neither 2.0 nor 2.1";
  const char *wrong = read_id(json, out);
  if (wrong == NULL)
    wrong = read_version(json, out);
  /* Without one it is of STIX 2.0, unless it is what STIX 2.1 keeps without: an observable that has no `created`. */
  out->spec = text != NULL ? (strcmp(text, "2.0") == 0 ? "2.0" : "2.1") : out->key[0] != '\0' ? "2.0" : "2.1";
  return wrong;
}

const char *onus_stix_object_read(const char *bytes, size_t length, onus_stix_object *ret_object) {
  *ret_object = (onus_stix_object){.bytes = bytes, .length = length};
  if (length > ONUS_TAXII_OBJECT_BYTES)
    return "it is too large";
  bool has_no_memory = false;
  json_t *json = onus_json_read(bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &has_no_memory, NULL);
  if (json == NULL)
    return has_no_memory ? "there is no memory to read it; send it again" : "it is no JSON";
  const char *wrong = read_object(json, ret_object);
  json_decref(json);
  return wrong;
}

static const char *skip_string(const char *at) {
  for (at++; *at != '"'; at++)
    at += *at == '\\';
  return at + 1;
}

bool onus_json_list_next(const char **at, const char **ret_bytes, size_t *ret_length) {
  static const char BLANKS[] = " \t\r\n";
  const char *begin = *at;
  if (*begin != '[' && *begin != ',')
    return false;
  begin += 1 + strspn(begin + 1, BLANKS);
  if (*begin == ']')
    return false;
  const char *end = begin;
  size_t depth = 0;
  while (depth > 0 || (*end != ',' && *end != ']')) {
    if (*end == '"') {
      end = skip_string(end);
      continue;
    }
    depth += *end == '{' || *end == '[';
    depth -= *end == '}' || *end == ']';
    end++;
  }
  *at = end;
  while (end > begin && strchr(BLANKS, end[-1]) != NULL)
    end--;
  *ret_bytes = begin;
  *ret_length = (size_t)(end - begin);
  return true;
}
