#include "store/manifest_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buffer.h"
#include "base/file.h"
#include "store/record_internal.h"

enum { MANIFEST_BYTES_MAX = 1 << 18 };

static const char first_line[] = "onus-store 2\n", first_line_1[] = "onus-store 1\n";

onus_status onus_store_path(const char *folder, const char *name, char *out, onus_error *error) {
  int length = snprintf(out, ONUS_STORE_PATH_BYTES, "%s/%s", folder, name);
  if (length < 0 || length >= ONUS_STORE_PATH_BYTES)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "is too long a path");
  return ONUS_OK;
}

onus_status onus_store_segment_path(const char *folder, uint64_t number, char *out, onus_error *error) {
  char name[64];
  snprintf(name, sizeof name, "segment-%016" PRIx64 ".seg", number);
  return onus_store_path(folder, name, out, error);
}

onus_status onus_store_document_path(const char *folder, uint64_t number, char *out, onus_error *error) {
  char name[64];
  snprintf(name, sizeof name, "document-%016" PRIx64 ".doc", number);
  return onus_store_path(folder, name, out, error);
}

onus_status onus_manifest_set_document(onus_manifest *manifest, const onus_manifest_document *document,
                                       onus_error *error) {
  size_t at = 0;
  while (at < manifest->n_documents && strcmp(manifest->documents[at].name, document->name) < 0)
    at++;
  if (at == manifest->n_documents || strcmp(manifest->documents[at].name, document->name) != 0) {
    if (manifest->n_documents == ONUS_STORE_DOCUMENTS_MAX)
      return ONUS_FAIL(error, ONUS_LIMIT, "more than %d documents in one store", ONUS_STORE_DOCUMENTS_MAX);
    memmove(&manifest->documents[at + 1], &manifest->documents[at],
            (manifest->n_documents - at) * sizeof *manifest->documents);
    manifest->n_documents++;
  }
  manifest->documents[at] = *document;
  return ONUS_OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

typedef struct lines {
  const char *path, *at, *end;
  unsigned line;
} lines;

static onus_status fail_line(const lines *l, const char *what, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, l->path, l->line, 1,
                      "%s; the file was changed or is damaged: restore the folder from a copy or import again", what);
}

static bool take_word(lines *l, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(l->end - l->at) < length || memcmp(l->at, word, length) != 0)
    return false;
  l->at += length;
  return true;
}

/* A blank and 16 hexadecimal digits. */
static bool take_number(lines *l, uint64_t *ret_number) {
  if (l->end - l->at < 17 || l->at[0] != ' ')
    return false;
  uint64_t number = 0;
  for (int i = 1; i <= 16; i++) {
    char c = l->at[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      return false;
    number = number << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  l->at += 17;
  *ret_number = number;
  return true;
}

/* A blank and the name of a document. */
static bool take_name(lines *l, char *out) {
  const char *end = memchr(l->at, '\n', (size_t)(l->end - l->at));
  if (!end || l->at == end || l->at[0] != ' ' || !onus_store_document_is_valid(l->at + 1, (size_t)(end - l->at) - 1))
    return false;
  size_t length = (size_t)(end - l->at) - 1;
  memcpy(out, l->at + 1, length);
  out[length] = '\0';
  l->at = end;
  return true;
}

static bool end_line(lines *l) {
  if (!take_word(l, "\n"))
    return false;
  l->line++;
  return true;
}

static onus_status take_segment(lines *l, onus_manifest *m, onus_error *error) {
  if (m->n_segments == ONUS_MANIFEST_SEGMENTS_MAX)
    return fail_line(l, "there are too many segments", error);
  onus_manifest_segment *s = &m->segments[m->n_segments++];
  if (!take_number(l, &s->number) || !take_number(l, &s->length_bytes) || !take_number(l, &s->identity) || !end_line(l))
    return fail_line(l, "\"segment\" and three numbers of 16 digits should stand here", error);
  if (s->number >= m->next_number || (m->n_segments > 1 && s->number <= s[-1].number))
    return fail_line(l, "segments are not in their order", error);
  return ONUS_OK;
}

static onus_status take_document(lines *l, onus_manifest *m, onus_error *error) {
  if (m->n_documents == ONUS_STORE_DOCUMENTS_MAX)
    return fail_line(l, "there are too many documents", error);
  onus_manifest_document *d = &m->documents[m->n_documents++];
  if (!take_number(l, &d->number) || !take_number(l, &d->length_bytes) || !take_number(l, &d->xxh3) ||
      !take_name(l, d->name) || !end_line(l))
    return fail_line(l, "\"document\", three numbers of 16 digits and a name should stand here", error);
  if (d->number >= m->next_number || (m->n_documents > 1 && strcmp(d[-1].name, d->name) >= 0))
    return fail_line(l, "documents are not in their order", error);
  if (d->length_bytes > ONUS_STORE_DOCUMENT_BYTES_MAX)
    return fail_line(l, "a document is too large", error);
  return ONUS_OK;
}

onus_status onus_manifest_parse(const char *path, const char *bytes, size_t length_bytes, onus_manifest *ret_manifest,
                                onus_error *error) {
  lines l = {path, bytes, bytes + length_bytes, 1};
  onus_manifest *m = ret_manifest;
  m->n_segments = m->n_documents = 0;
  bool is_version_1 = take_word(&l, first_line_1);
  if (!is_version_1 && length_bytes > 11 && memcmp(bytes, first_line, 11) == 0 && !take_word(&l, first_line))
    return ONUS_FAIL_AT(error, ONUS_UNSUPPORTED, path, 1, 1,
                        "is of a version that this onus does not read; it reads 1 and 2");
  if (l.at == bytes && !take_word(&l, first_line))
    return fail_line(&l, "a store begins with \"onus-store 2\"", error);
  l.line++;
  if (!take_word(&l, "generation") || !take_number(&l, &m->generation) || !end_line(&l))
    return fail_line(&l, "\"generation\" and 16 digits should stand here", error);
  if (!take_word(&l, "next") || !take_number(&l, &m->next_number) || !end_line(&l))
    return fail_line(&l, "\"next\" and 16 digits should stand here", error);
  while (take_word(&l, "segment"))
    ONUS_TRY(take_segment(&l, m, error));
  while (!is_version_1 && take_word(&l, "document"))
    ONUS_TRY(take_document(&l, m, error));
  uint64_t sum, found = XXH3_64bits(bytes, (size_t)(l.at - bytes));
  if (!take_word(&l, "checksum") || !take_number(&l, &sum) || !end_line(&l) || l.at != l.end)
    return fail_line(&l, "the last line should be \"checksum\" and 16 digits", error);
  return sum == found ? ONUS_OK : fail_line(&l, "the checksum is wrong", error);
}

onus_status onus_manifest_read(const char *folder, onus_manifest *ret_manifest, bool *ret_missing, onus_error *error) {
  char path[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_path(folder, "MANIFEST", path, error));
  *ret_missing = access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
  if (*ret_missing) {
    char pulled[ONUS_STORE_PATH_BYTES];
    ONUS_TRY(onus_store_path(folder, "PULLED", pulled, error));
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0,
                        access(pulled, F_OK) == 0 ? "is a copy that is not whole yet; pull again"
                                                  : "is no store: there is no MANIFEST in it");
  }
  onus_text text;
  ONUS_TRY(onus_file_read(path, MANIFEST_BYTES_MAX, &text, error));
  onus_status status = onus_manifest_parse(path, text.bytes, text.length, ret_manifest, error);
  onus_text_free(&text);
  return status;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

onus_status onus_manifest_write(const char *folder, const onus_manifest *manifest, onus_error *error) {
  char path[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_path(folder, "MANIFEST", path, error));
  onus_buffer buffer = onus_buffer_new(MANIFEST_BYTES_MAX);
  onus_buffer_string(&buffer, first_line);
  onus_buffer_printf(&buffer, "generation %016" PRIx64 "\nnext %016" PRIx64 "\n", manifest->generation,
                     manifest->next_number);
  for (size_t i = 0; i < manifest->n_segments; i++) {
    const onus_manifest_segment *s = &manifest->segments[i];
    onus_buffer_printf(&buffer, "segment %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n", s->number, s->length_bytes,
                       s->identity);
  }
  for (size_t i = 0; i < manifest->n_documents; i++) {
    const onus_manifest_document *d = &manifest->documents[i];
    onus_buffer_printf(&buffer, "document %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %s\n", d->number,
                       d->length_bytes, d->xxh3, d->name);
  }
  uint64_t sum = buffer.status == ONUS_OK ? XXH3_64bits(buffer.bytes, buffer.length_bytes) : 0;
  onus_buffer_printf(&buffer, "checksum %016" PRIx64 "\n", sum);
  onus_text text;
  ONUS_TRY(onus_buffer_take(&buffer, &text, error));
  onus_status status = onus_file_write(path, text.bytes, text.length, error);
  onus_text_free(&text);
  return status;
}
