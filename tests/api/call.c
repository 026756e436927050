/* Calls of onus.h that the program has no command for, for tests in Python.
 *
 *   call what-if CASE POSITION OVERRIDES     a brief assessment; OVERRIDES is JSON
 *   call document CASE [POSITION]
 *   call yaml DOCUMENT [EARLIER]
 *   call merge BASE MINE THEIRS              {"n": …, "text": …, "result": …}
 *   call matrix CASE [POSITION]
 *   call sealed CASE POSITION                a line for each sealed item
 *   call reference REFERENCE NOW [PREVIOUS]  its STIX bundle
 *
 * A file is JSON if its name ends in .json. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onus.h"

static int fail(const onus_error *error) {
  fprintf(stderr, "%s:%u:%u: %s: %s\n", error->path, error->line, error->column, onus_status_name(error->status),
          error->text);
  return error->status == ONUS_BAD_INPUT || error->status == ONUS_BAD_ARGUMENT ? 2 : 1;
}

static int show(onus_status status, onus_text *text, const onus_error *error) {
  if (status != ONUS_OK)
    return fail(error);
  fwrite(text->bytes, 1, text->length, stdout);
  onus_text_free(text);
  return 0;
}

static onus_document_text read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  size_t length = strlen(path);
  char *bytes = NULL;
  long size;
  if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0 ||
      !(bytes = malloc((size_t)size + 1)) || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
    perror(path);
    exit(1);
  }
  fclose(file);
  return (onus_document_text){bytes, (size_t)size, length > 5 && strcmp(path + length - 5, ".json") == 0};
}

static void free_file(onus_document_text *text) {
  free((void *)(uintptr_t)text->bytes);
}

static int call_what_if(const onus_case *c, const char *position, const char *overrides) {
  onus_case *derived = NULL;
  onus_assessment *assessment = NULL;
  onus_text text = {0};
  onus_error error = {0};
  onus_status status = onus_case_what_if(c, position, overrides, strlen(overrides), &derived, NULL, &error);
  if (status == ONUS_OK)
    status = onus_case_assess(derived, &(onus_options){.position = position, .brief = true}, &assessment, &error);
  if (status == ONUS_OK)
    status = onus_assessment_render(assessment, ONUS_FORMAT_JSON, NULL, &text, &error);
  int code = show(status, &text, &error);
  onus_assessment_free(assessment);
  onus_case_free(derived);
  return code;
}

static int call_yaml(const char *path, const char *earlier_path) {
  onus_document_text document = read_file(path), earlier = {0};
  onus_text text = {0};
  onus_error error = {0};
  if (earlier_path)
    earlier = read_file(earlier_path);
  int code = show(onus_document_to_yaml(&document, earlier_path ? &earlier : NULL, &text, &error), &text, &error);
  free_file(&document);
  free_file(&earlier);
  return code;
}

static void put_string(const onus_text *text) {
  putchar('"');
  for (size_t i = 0; i < text->length; i++) {
    unsigned char c = (unsigned char)text->bytes[i];
    if (c == '"' || c == '\\' || c < 0x20)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

static int call_merge(char **paths) {
  onus_document_text texts[3];
  onus_text text = {0}, conflicts = {0};
  onus_error error = {0};
  size_t n_conflicts = 0;
  for (size_t i = 0; i < 3; i++)
    texts[i] = read_file(paths[i]);
  onus_status status = onus_document_merge(&texts[0], &texts[1], &texts[2], &text, &conflicts, &n_conflicts, &error);
  if (status == ONUS_OK) {
    printf("{\"n\":%zu,\"text\":", n_conflicts);
    if (texts[2].is_json)
      fwrite(text.bytes, 1, text.length, stdout);
    else
      put_string(&text);
    printf(",\"result\":%s}\n", conflicts.bytes);
  }
  onus_text_free(&text);
  onus_text_free(&conflicts);
  for (size_t i = 0; i < 3; i++)
    free_file(&texts[i]);
  return status == ONUS_OK ? 0 : fail(&error);
}

static int call_sealed(const onus_case *c, const char *position) {
  onus_sealed_item item;
  for (size_t i = 0; onus_case_sealed_item(c, position, i, &item); i++)
    printf("%s %s held=%d opened=%d readable=%d\n", item.id, item.commitment, item.is_held, item.is_opened,
           item.is_readable);
  return 0;
}

static int call_reference(const char *location, const char *now, const char *previous) {
  onus_reference *reference = NULL;
  onus_error error = {0};
  onus_text text = {0};
  if (onus_reference_open(location, &reference, &error) != ONUS_OK)
    return fail(&error);
  onus_stix_options stix = {.now = now, .previous = previous};
  int code = show(onus_reference_export_stix(reference, &stix, &text, &error), &text, &error);
  onus_reference_close(reference);
  return code;
}

static int call_of_case(int argc, char **argv) {
  onus_case *c = NULL;
  onus_error error = {0};
  onus_text text = {0};
  const char *position = argc > 3 ? argv[3] : NULL;
  int code = 2;
  if (onus_case_open(argv[2], &c, NULL, &error) != ONUS_OK)
    return fail(&error);
  if (strcmp(argv[1], "what-if") == 0 && argc > 4)
    code = call_what_if(c, position, argv[4]);
  else if (strcmp(argv[1], "document") == 0)
    code = show(onus_case_document(c, position, &text, &error), &text, &error);
  else if (strcmp(argv[1], "matrix") == 0)
    code = show(onus_case_matrix(c, &(onus_options){.position = position}, &text, &error), &text, &error);
  else if (strcmp(argv[1], "sealed") == 0)
    code = call_sealed(c, position);
  onus_case_free(c);
  return code;
}

int main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  if (strcmp(argv[1], "yaml") == 0)
    return call_yaml(argv[2], argc > 3 ? argv[3] : NULL);
  if (strcmp(argv[1], "merge") == 0 && argc == 5)
    return call_merge(argv + 2);
  if (strcmp(argv[1], "reference") == 0 && argc > 3)
    return call_reference(argv[2], argv[3], argc > 4 ? argv[4] : NULL);
  return call_of_case(argc, argv);
}
