/* Verifying a case in the file that it was packed into: unpacked where nobody else sees it, and removed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "package/workplace.h"
#include "verify/verification.h"

static const size_t TEXT_BYTES = (size_t)1 << 20;

/* The text with the file's name wherever the folder's stands. */
static onus_status rename_in(const char *text, const char *from, const char *to, onus_text *ret_text,
                             onus_error *error) {
  onus_buffer out = onus_buffer_new(TEXT_BYTES);
  for (const char *found; (found = strstr(text, from)); text = found + strlen(from)) {
    onus_buffer_append(&out, text, (size_t)(found - text));
    onus_buffer_string(&out, to);
  }
  onus_buffer_string(&out, text);
  return onus_buffer_take(&out, ret_text, error);
}

/* Findings speak of files in the folder, which nobody knows. */
static onus_status rename_findings(onus_verification *v, const char *from, const char *to, onus_error *error) {
  for (size_t i = 0; i < v->n_findings; i++) {
    onus_text text;
    if (!strstr(v->findings[i].text, from))
      continue;
    ONUS_TRY(rename_in(v->findings[i].text, from, to, &text, error));
    free((char *)v->findings[i].text);
    v->findings[i].text = text.bytes;
  }
  return ONUS_OK;
}

static void rename_error(onus_error *error, const char *from, const char *to) {
  onus_text path = {0}, text = {0};
  if (rename_in(error->path, from, to, &path, NULL) == ONUS_OK)
    snprintf(error->path, sizeof error->path, "%s", path.bytes);
  if (rename_in(error->text, from, to, &text, NULL) == ONUS_OK)
    snprintf(error->text, sizeof error->text, "%s", text.bytes);
  onus_text_free(&path);
  onus_text_free(&text);
}

static onus_status verify_in(const char *path, const char *folder, const onus_verify_options *options,
                             onus_verification **ret_verification, onus_error *error) {
  onus_package_summary summary;
  onus_verification *v;
  ONUS_TRY(onus_package_unpack(path, folder, options ? options->progress : NULL,
                               options ? options->progress_context : NULL, &summary, error));
  onus_status status = onus_case_verify(folder, options, &v, error);
  if (status != ONUS_OK) {
    if (error)
      rename_error(error, folder, path);
    return status;
  }
  status = rename_findings(v, folder, path, error);
  if (status == ONUS_OK)
    *ret_verification = v;
  else
    onus_verification_free(v);
  return status;
}

onus_status onus_package_verify(const char *path, const char *scratch, const onus_verify_options *options,
                                onus_verification **ret_verification, onus_error *error) {
  onus_workplace place;
  char beside[PATH_MAX], folder[PATH_MAX + 8];
  if (snprintf(beside, sizeof beside, "%s/onus-verify", scratch ? scratch : "/tmp") >= (int)sizeof beside)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, scratch, 0, 0, "the path is too long; name a shorter one");
  ONUS_TRY(onus_workplace_begin(beside, &place, error));
  snprintf(folder, sizeof folder, "%s/case", place.path);
  onus_status status = verify_in(path, folder, options, ret_verification, error);
  onus_workplace_end(&place);
  return status;
}
