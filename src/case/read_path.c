/* Paths of files that a case names. They stay inside its folder, links followed: a case from a stranger must not be
 * able to draw other files of this machine into a report. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "case/reader_internal.h"

static bool has_parent_step(const char *path) {
  for (const char *at = path; at;) {
    const char *slash = strchr(at, '/');
    size_t length = slash ? (size_t)(slash - at) : strlen(at);
    if (length == 2 && memcmp(at, "..", 2) == 0)
      return true;
    at = slash ? slash + 1 : NULL;
  }
  return false;
}

static bool is_under(const char *real_path, const char *real_directory) {
  size_t length = strlen(real_directory);
  if (strcmp(real_directory, "/") == 0)
    return true;
  return strncmp(real_path, real_directory, length) == 0 && (real_path[length] == '/' || real_path[length] == '\0');
}

/* The case's folder without links; false when that fails. */
static bool find_real_directory(onus_reader *reader) {
  if (!reader->real_directory) {
    reader->real_directory = realpath(reader->directory, NULL);
    if (!reader->real_directory && errno == ENOMEM)
      reader->status = ONUS_NO_MEMORY;
  }
  return reader->real_directory != NULL;
}

/* What the path leads to without links. */
static onus_place find_place(onus_reader *reader, const char *path) {
  struct stat info;
  char *real = realpath(path, NULL);
  onus_place place = ONUS_PLACE_FILE;
  if (!real && errno == ENOMEM) {
    reader->status = ONUS_NO_MEMORY;
    place = ONUS_PLACE_FAILED;
  } else if (!real)
    place = ONUS_PLACE_NOTHING;
  else if (find_real_directory(reader) && !is_under(real, reader->real_directory))
    place = ONUS_PLACE_OUTSIDE;
  else if (stat(real, &info) != 0 || !S_ISREG(info.st_mode))
    place = ONUS_PLACE_NO_FILE;
  free(real);
  return place;
}

onus_place onus_find_file(onus_reader *reader, const char *path, onus_text *ret_path) {
  onus_buffer joined = onus_buffer_new((size_t)PATH_MAX * 2);
  onus_buffer_printf(&joined, "%s/%s", reader->directory, path);
  onus_text text;
  onus_status status = onus_buffer_take(&joined, &text, NULL);
  if (status == ONUS_NO_MEMORY)
    reader->status = status;
  if (status != ONUS_OK)
    return status == ONUS_NO_MEMORY ? ONUS_PLACE_FAILED : ONUS_PLACE_TOO_LONG;
  onus_place place = find_place(reader, text.bytes);
  if (place == ONUS_PLACE_FILE)
    *ret_path = text;
  else
    onus_text_free(&text);
  return place;
}

static void check_file(onus_reader *reader, const onus_node *node) {
  onus_quote quote = onus_quote_string(node->text);
  onus_text path;
  switch (onus_find_file(reader, node->text, &path)) {
  case ONUS_PLACE_FILE:
    onus_text_free(&path);
    break;
  case ONUS_PLACE_NOTHING:
    onus_complain(reader, node, "the file %s is not there\nput it into the folder of the case, or mend the name",
                  quote.text);
    break;
  case ONUS_PLACE_OUTSIDE:
    onus_complain(reader, node, "%s is a link that leads out of the folder of the case\nname a file inside it",
                  quote.text);
    break;
  case ONUS_PLACE_NO_FILE:
    onus_complain(reader, node, "%s is not a plain file\nname a file", quote.text);
    break;
  case ONUS_PLACE_TOO_LONG:
    onus_complain(reader, node, "a path of %zu bytes\nname a file with a shorter path", node->text_bytes);
    break;
  case ONUS_PLACE_FAILED:
    break;
  }
}

const char *onus_read_path(onus_reader *reader, const onus_node *node) {
  static const char REMEDY[] = "name a file inside the folder of the case, as evidence/report.txt";
  if (node->kind != ONUS_NODE_STRING || node->text_bytes == 0) {
    onus_complain(reader, node, "%s\n%s", onus_describe(node).text, REMEDY);
    return NULL;
  }
  if (node->text[0] == '/' || has_parent_step(node->text)) {
    onus_complain(reader, node, "the path %s leads out of the folder of the case\n%s",
                  onus_quote_string(node->text).text, REMEDY);
    return NULL;
  }
  if (reader->directory)
    check_file(reader, node);
  return onus_reader_copy(reader, node->text, node->text_bytes);
}
