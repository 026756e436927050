/* onus.h over the modules: which functions programs share. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/sandbox.h"
#include "report/html_parts.h"
#include "report/matched.h"

static const size_t FILE_BYTES = (size_t)1 << 30, REPORT_BYTES = (size_t)1 << 28;
enum { SHOWN = 40, PROGRAMS_MAX = 4096 };

/* What the process apart works on. */
typedef struct job {
  const char **paths;
  onus_text *texts; /* what the files hold */
  onus_bytes *files;
  size_t n_files, n_shown;
  double threshold;
  onus_format format;
  const onus_style *style;
} job;

static onus_status work(void *context, onus_buffer *out, onus_error *error) {
  const job *j = context;
  onus_matched *matched = NULL;
  ONUS_TRY(onus_matched_make(j->paths, j->files, j->n_files, j->threshold, j->n_shown, &matched, error));
  if (j->format == ONUS_FORMAT_JSON)
    onus_report_matched_json(out, matched);
  else if (j->format == ONUS_FORMAT_HTML)
    onus_report_matched_html(out, matched);
  else
    onus_report_matched_text(out, matched, j->style);
  onus_matched_free(matched);
  return ONUS_OK;
}

/* Whether what came from a process that read hostile bytes can do nothing where it is shown: no control characters but
 * newlines and the colours that were asked for, and on a page the policy that lets nothing run. */
static bool is_harmless(const onus_text *text, const job *j) {
  size_t head = strlen(onus_html_head);
  if (j->format == ONUS_FORMAT_HTML && (text->length < head || memcmp(text->bytes, onus_html_head, head) != 0))
    return false;
  bool has_colour = j->format == ONUS_FORMAT_TEXT && j->style != NULL && j->style->colour;
  for (size_t i = 0; i < text->length; i++) {
    unsigned char c = (unsigned char)text->bytes[i];
    if (has_colour && c == 0x1b && i + 1 < text->length && text->bytes[i + 1] == '[') {
      i += 2;
      while (i < text->length && (text->bytes[i] == ';' || (text->bytes[i] >= '0' && text->bytes[i] <= '9')))
        i++;
      if (i == text->length || text->bytes[i] != 'm')
        return false;
    } else if ((c < 0x20 && c != '\n') || c == 0x7f) {
      return false;
    }
  }
  return true;
}

static onus_status read_files(job *j, onus_error *error) {
  for (size_t i = 0; i < j->n_files; i++) {
    ONUS_TRY(onus_file_read(j->paths[i], FILE_BYTES, &j->texts[i], error));
    j->files[i] = (onus_bytes){(const uint8_t *)j->texts[i].bytes, j->texts[i].length, false};
  }
  return ONUS_OK;
}

/* The process apart says in its text which of the other files it is about. */
static onus_status fail_about(const job *j, onus_status status, const onus_error *why, onus_error *error) {
  for (size_t i = 1; i < j->n_files; i++) {
    size_t length = strlen(j->paths[i]);
    if (strncmp(why->text, j->paths[i], length) == 0 && strncmp(why->text + length, ": ", 2) == 0)
      return ONUS_FAIL_AT(error, status, j->paths[i], 0, 0, "%s", why->text + length + 2);
  }
  if (error != NULL)
    *error = *why;
  return status;
}

static onus_status run(job *j, const onus_match_file_options *options, onus_text *ret_text, onus_error *error) {
  onus_sandbox_limits limits = {ONUS_MATCH_SECONDS, ONUS_MATCH_MEMORY_BYTES, REPORT_BYTES};
  if (options != NULL && options->seconds > 0)
    limits.seconds = options->seconds;
  if (options != NULL && options->memory_bytes > 0)
    limits.memory_bytes = options->memory_bytes;
  ONUS_TRY(read_files(j, error));
  onus_text text = {0};
  onus_error why = {0};
  onus_status status = onus_sandbox_run(j->paths[0], &limits, work, j, &text, &why);
  if (status != ONUS_OK)
    return fail_about(j, status, &why, error);
  if (!is_harmless(&text, j)) {
    onus_text_free(&text);
    return ONUS_FAIL_AT(
        error, ONUS_BAD_INPUT, j->paths[0], 0, 0,
        "the process that read the files gave an answer with hidden characters; nothing of it is shown");
  }
  *ret_text = text;
  return ONUS_OK;
}

onus_status onus_match_files(const char *path, const char *const *others, size_t n_others,
                             const onus_match_file_options *options, onus_format format, const onus_style *style,
                             onus_text *ret_text, onus_error *error) {
  if (n_others == 0 || n_others > PROGRAMS_MAX)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "from 1 to %d programs can be matched with, not %zu", PROGRAMS_MAX,
                     n_others);
  job j = {.n_files = n_others + 1, .format = format, .style = style};
  j.threshold = options != NULL && options->threshold > 0 ? options->threshold : onus_match_default_threshold;
  j.n_shown = options != NULL && options->n_shown > 0 ? options->n_shown : SHOWN;
  if (j.threshold > 1)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the threshold is a probability: at most 1");
  j.paths = calloc(j.n_files, sizeof j.paths[0]);
  j.texts = calloc(j.n_files, sizeof j.texts[0]);
  j.files = calloc(j.n_files, sizeof j.files[0]);
  onus_status status = ONUS_OK;
  if (j.paths == NULL || j.texts == NULL || j.files == NULL)
    status = ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < j.n_files && status == ONUS_OK; i++)
    j.paths[i] = i == 0 ? path : others[i - 1];
  if (status == ONUS_OK)
    status = run(&j, options, ret_text, error);
  for (size_t i = 0; i < j.n_files && j.texts != NULL; i++)
    onus_text_free(&j.texts[i]);
  free((void *)j.paths);
  free(j.texts);
  free(j.files);
  return status;
}
