#include "package/bag.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/room.h"
#include "package/member.h"
#include "verify/scan.h"

static const char AGENT[] = "onus", MADE_BY[] = "Bag-Software-Agent", OXUM[] = "Payload-Oxum";

/* --- files ------------------------------------------------------------------------------------------------------- */

void onus_bagit_free(onus_bagit *bag) {
  for (size_t i = 0; i < bag->n_payload; i++)
    free(bag->payload[i].path);
  for (size_t i = 0; i < bag->n_tags; i++) {
    free(bag->tags[i].path);
    onus_text_free(&bag->tags[i].text);
  }
  free(bag->payload);
  *bag = (onus_bagit){0};
}

onus_status onus_bagit_add(onus_bagit *bag, const onus_bagit_file *file, onus_error *error) {
  onus_bagit_file added = *file;
  bool is_tag = strncmp(file->path, ONUS_BAG_DATA, strlen(ONUS_BAG_DATA)) != 0;
  if (!is_tag && !ONUS_ROOM_FOR_ONE(bag->payload, bag->n_payload, bag->capacity))
    return ONUS_FAIL_NO_MEMORY(error);
  if (is_tag && bag->n_tags == ONUS_BAG_TAGS_MAX)
    return ONUS_FAIL(error, ONUS_LIMIT, "the bag has more than %d files beside its payload", ONUS_BAG_TAGS_MAX);
  added.path = strdup(file->path);
  if (!added.path)
    return ONUS_FAIL_NO_MEMORY(error);
  if (is_tag)
    bag->tags[bag->n_tags++] = added;
  else
    bag->payload[bag->n_payload++] = added;
  return ONUS_OK;
}

/* "<kind>-<algorithm>.txt". */
static bool is_manifest(const char *path, const char *kind, const char **ret_algorithm, size_t *ret_bytes) {
  size_t length = strlen(path), kind_bytes = strlen(kind);
  if (length < kind_bytes + 6 || memcmp(path, kind, kind_bytes) != 0 || path[kind_bytes] != '-' ||
      strcmp(path + length - 4, ".txt") != 0 || strchr(path, '/'))
    return false;
  *ret_algorithm = path + kind_bytes + 1;
  *ret_bytes = length - kind_bytes - 5;
  return true;
}

bool onus_bagit_is_tag(const char *path) {
  const char *algorithm;
  size_t bytes;
  return strcmp(path, ONUS_BAG_DECLARATION) == 0 || strcmp(path, ONUS_BAG_INFO) == 0 ||
         is_manifest(path, "manifest", &algorithm, &bytes) || is_manifest(path, "tagmanifest", &algorithm, &bytes);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

const char *onus_bagit_declaration(void) {
  return "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
}

void onus_bagit_write_info(onus_buffer *out, uint64_t payload_bytes, size_t n_payload) {
  onus_buffer_printf(out, "%s: %s\n%s: %llu.%zu\n", MADE_BY, AGENT, OXUM, (unsigned long long)payload_bytes, n_payload);
}

void onus_bagit_write_line(onus_buffer *out, const onus_hash *sha256, const char *path) {
  char hex[ONUS_HASH_HEX_BYTES];
  onus_hash_to_hex(sha256, hex);
  onus_buffer_printf(out, "%s  ", hex);
  /* Line ends, the other characters that RFC 8493 writes so, stand in no name. */
  for (; *path; path++)
    if (*path == '%')
      onus_buffer_string(out, "%25");
    else
      onus_buffer_character(out, *path);
  onus_buffer_character(out, '\n');
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

typedef struct tag_lines {
  const char *at, *end;
  unsigned line;
} tag_lines;

/* The next line, ended by LF, CR or both, or by the end of the file. */
static bool next_line(tag_lines *lines, const char **ret_line, size_t *ret_bytes) {
  if (lines->at == lines->end)
    return false;
  const char *at = lines->at;
  while (at < lines->end && *at != '\n' && *at != '\r')
    at++;
  *ret_line = lines->at;
  *ret_bytes = (size_t)(at - lines->at);
  if (at < lines->end && *at == '\r')
    at++;
  if (at < lines->end && *at == '\n' && (at == *ret_line + *ret_bytes || at[-1] == '\r'))
    at++;
  lines->at = at;
  lines->line++;
  return true;
}

/* The value of `label` in bag-info.txt; false when it is not there. Lines that go on another one begin with a blank;
 * what is looked for here has none. */
static bool find_label(const onus_text *info, const char *label, const char **ret_value, size_t *ret_bytes) {
  tag_lines lines = {info->bytes, info->bytes + info->length, 0};
  const char *line;
  size_t length, label_bytes = strlen(label);
  while (next_line(&lines, &line, &length)) {
    if (length <= label_bytes || strncasecmp(line, label, label_bytes) != 0 || line[label_bytes] != ':')
      continue;
    *ret_value = line + label_bytes + 1;
    *ret_bytes = length - label_bytes - 1;
    for (; *ret_bytes && (**ret_value == ' ' || **ret_value == '\t'); (*ret_bytes)--)
      (*ret_value)++;
    while (*ret_bytes && ((*ret_value)[*ret_bytes - 1] == ' ' || (*ret_value)[*ret_bytes - 1] == '\t'))
      (*ret_bytes)--;
    return true;
  }
  return false;
}

static onus_bagit_file *find_tag(onus_bagit *bag, const char *path) {
  for (size_t i = 0; i < bag->n_tags; i++)
    if (strcmp(bag->tags[i].path, path) == 0)
      return &bag->tags[i];
  return NULL;
}

/* --- manifests ---------------------------------------------------------------------------------------------------- */

static int compare_paths(const void *a, const void *b) {
  return strcmp(((const onus_bagit_file *)a)->path, ((const onus_bagit_file *)b)->path);
}

void onus_bagit_sort(onus_bagit *bag) {
  if (bag->n_payload)
    qsort(bag->payload, bag->n_payload, sizeof *bag->payload, compare_paths);
}

static const onus_bagit_file *find_listed(onus_bagit *bag, const char *path, bool of_tags) {
  onus_bagit_file sought = {.path = (char *)path};
  if (of_tags)
    return find_tag(bag, path);
  return bag->n_payload ? bsearch(&sought, bag->payload, bag->n_payload, sizeof sought, compare_paths) : NULL;
}

/* The path of a line without its escapes %0A, %0D, %25; others stand for themselves, as those who do not know %25 write
 * them. */
static void unescape(const char *from, size_t length, char *out) {
  while (length) {
    char c = *from;
    bool is_escape =
        length >= 3 && c == '%' &&
        (strncasecmp(from, "%0A", 3) == 0 || strncasecmp(from, "%0D", 3) == 0 || strncmp(from, "%25", 3) == 0);
    if (is_escape)
      c = from[1] == '2' ? '%' : (from[2] | 0x20) == 'a' ? '\n' : '\r';
    *out++ = c;
    from += is_escape ? 3 : 1;
    length -= is_escape ? 3 : 1;
  }
  *out = '\0';
}

typedef struct manifest {
  const onus_bagit_file *file;
  const char *archive;
  bool of_tags, is_sha512;
  unsigned char *seen; /* of each file that can be listed */
  size_t n_seen;
} manifest;

static onus_status refuse_line(const manifest *m, unsigned line, const char *path, const char *why, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, m->archive, 0, 0, "line %u of %s: \"%.300s\" %s", line, m->file->path,
                      path, why);
}

/* "<digest><blanks>[*]<path>". */
static onus_status check_line(onus_bagit *bag, manifest *m, const char *line, size_t length, unsigned number,
                              char *path, onus_error *error) {
  unsigned char digest[ONUS_SHA512_BYTES];
  size_t bytes = m->is_sha512 ? ONUS_SHA512_BYTES : ONUS_HASH_BYTES, digits = 2 * bytes, at = digits, n_made;
  while (at < length && (line[at] == ' ' || line[at] == '\t'))
    at++;
  if (at <= digits || at >= length || sodium_hex2bin(digest, sizeof digest, line, digits, NULL, &n_made, NULL) != 0 ||
      n_made != bytes)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, m->archive, 0, 0,
                        "line %u of %s is not a digest of %zu digits, blanks and a path", number, m->file->path,
                        digits);
  at += line[at] == '*' && at + 1 < length;
  unescape(line + at, length - at, path);
  const onus_bagit_file *file = find_listed(bag, path, m->of_tags);
  if (!file && memchr(line + at, '%', length - at)) {
    snprintf(path, length - at + 1, "%.*s", (int)(length - at), line + at);
    file = find_listed(bag, path, m->of_tags);
  }
  if (!file && !m->of_tags)
    return refuse_line(m, number, path,
                       strncmp(path, ONUS_BAG_DATA, strlen(ONUS_BAG_DATA)) == 0
                           ? "is listed, and the bag has no file whose name has these very bytes"
                           : "is listed and does not lie in data/",
                       error);
  if (!file)
    return refuse_line(m, number, path, "is listed and is not in the bag", error);
  size_t index = (size_t)(file - (m->of_tags ? bag->tags : bag->payload));
  if (m->seen[index]++)
    return refuse_line(m, number, path, "is listed twice", error);
  m->n_seen++;
  if (memcmp(digest, m->is_sha512 ? file->sha512 : file->sha256.bytes, bytes) != 0)
    return refuse_line(m, number, path, "has another digest: one of the two was changed", error);
  return ONUS_OK;
}

static onus_status check_lines(onus_bagit *bag, manifest *m, onus_error *error) {
  const onus_text *text = &m->file->text;
  tag_lines lines = {text->bytes, text->bytes + text->length, 0};
  const char *line;
  size_t length;
  char *path = malloc(text->length + 1);
  if (!path)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = ONUS_OK;
  while (status == ONUS_OK && next_line(&lines, &line, &length))
    if (length)
      status = check_line(bag, m, line, length, lines.line, path, error);
  free(path);
  return status;
}

/* Every payload file must be listed; of the other files those that are. */
static onus_status check_manifest(onus_bagit *bag, manifest *m, onus_error *error) {
  size_t count = m->of_tags ? bag->n_tags : bag->n_payload;
  m->seen = calloc(count + 1, 1);
  if (!m->seen)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = check_lines(bag, m, error);
  for (size_t i = 0; status == ONUS_OK && i < count; i++) {
    const onus_bagit_file *file = m->of_tags ? &bag->tags[i] : &bag->payload[i];
    if (!m->seen[i] && !(m->of_tags && strncmp(file->path, "tagmanifest-", 12) == 0))
      status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, m->archive, 0, 0, "\"%.300s\" is in the bag and %s does not list it",
                            file->path, m->file->path);
  }
  free(m->seen);
  return status;
}

static onus_status check_manifests(onus_bagit *bag, const char *archive, onus_error *error) {
  size_t n_checked = 0;
  for (size_t i = 0; i < bag->n_tags; i++) {
    const char *algorithm;
    size_t bytes;
    manifest m = {.file = &bag->tags[i], .archive = archive};
    m.of_tags = is_manifest(bag->tags[i].path, "tagmanifest", &algorithm, &bytes);
    if (!m.of_tags && !is_manifest(bag->tags[i].path, "manifest", &algorithm, &bytes))
      continue;
    m.is_sha512 = bytes == 6 && memcmp(algorithm, "sha512", 6) == 0;
    if (!m.is_sha512 && !(bytes == 6 && memcmp(algorithm, "sha256", 6) == 0))
      continue;
    n_checked += !m.of_tags;
    ONUS_TRY(check_manifest(bag, &m, error));
  }
  return n_checked ? ONUS_OK
                   : ONUS_FAIL_AT(error, ONUS_BAD_INPUT, archive, 0, 0,
                                  "the bag has neither " ONUS_BAG_MANIFEST " nor manifest-sha512.txt");
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static onus_status check_declaration(onus_bagit *bag, const char *archive, onus_error *error) {
  const onus_bagit_file *file = find_tag(bag, ONUS_BAG_DECLARATION);
  if (!file)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, archive, 0, 0, "has no " ONUS_BAG_DECLARATION ", so it is no bag");
  tag_lines lines = {file->text.bytes, file->text.bytes + file->text.length, 0};
  const char *line;
  size_t length;
  bool is_good =
      next_line(&lines, &line, &length) &&
      (onus_scan_is(line, length, "BagIt-Version: 1.0") || onus_scan_is(line, length, "BagIt-Version: 0.97")) &&
      next_line(&lines, &line, &length) && onus_scan_is(line, length, "Tag-File-Character-Encoding: UTF-8") &&
      !next_line(&lines, &line, &length);
  return is_good ? ONUS_OK
                 : ONUS_FAIL_AT(error, ONUS_BAD_INPUT, archive, 0, 0,
                                ONUS_BAG_DECLARATION " does not have the two lines of BagIt 1.0 or 0.97 in UTF-8");
}

static onus_status check_oxum(const onus_bagit *bag, const onus_text *info, const char *archive, onus_error *error) {
  const char *value;
  size_t length;
  char expected[64];
  uint64_t bytes = 0;
  if (!find_label(info, OXUM, &value, &length))
    return ONUS_OK;
  for (size_t i = 0; i < bag->n_payload; i++)
    bytes += bag->payload[i].bytes;
  snprintf(expected, sizeof expected, "%llu.%zu", (unsigned long long)bytes, bag->n_payload);
  if (length == strlen(expected) && memcmp(value, expected, length) == 0)
    return ONUS_OK;
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, archive, 0, 0,
                      "the Payload-Oxum of " ONUS_BAG_INFO " is %.*s, and the payload has %s (bytes.files)",
                      (int)(length < 60 ? length : 60), value, expected);
}

onus_status onus_bagit_check(onus_bagit *bag, const char *archive, onus_error *error) {
  onus_bagit_sort(bag);
  ONUS_TRY(check_declaration(bag, archive, error));
  ONUS_TRY(check_manifests(bag, archive, error));
  const onus_bagit_file *info = find_tag(bag, ONUS_BAG_INFO);
  const char *value;
  size_t length;
  if (!info)
    return ONUS_OK;
  bag->is_by_onus = find_label(&info->text, MADE_BY, &value, &length) && onus_scan_is(value, length, AGENT);
  return check_oxum(bag, &info->text, archive, error);
}
