/* A method, a path and a body of the server: which route they are, and what of the body it takes. The input is three
 * lines; the rest after the second line end is the body. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/body.h"
#include "server/case_store.h"
#include "server/files_json.h"
#include "server/router.h"
#include "server/server_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void read_body(onus_request *request) {
  json_t *body = onus_body_object(request, "base text document note files remove_files overrides");
  if (body == NULL)
    return;
  size_t raw_bytes = 0;
  int64_t base = 0;
  bool is_brief = false;
  onus_case_files files = {0};
  onus_error error = {0};
  (void)onus_body_text(request, body, "text", true);
  (void)onus_body_number(request, body, "base", 1, &base);
  (void)onus_body_boolean(request, body, "note", &is_brief);
  const char *raw = onus_body_raw(request, "document", &raw_bytes);
  if (raw != NULL) {
    json_t *again = json_loadb(raw, raw_bytes, JSON_DECODE_ANY, NULL);
    if (again == NULL || !json_equal(again, json_object_get(body, "document")))
      abort(); /* it is the member, all of it and nothing else */
    json_decref(again);
  }
  if (onus_files_of_json(json_object_get(body, "files"), &files, &error) != ONUS_OK && error.text[0] == '\0')
    abort();
  for (size_t i = 0; i < files.count; i++)
    if (strncmp(files.files[i].path, "../", 3) == 0 || files.files[i].path[0] == '/')
      abort();
  onus_case_files_free(&files);
  json_decref(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  onus_server server = {0};
  char *text = malloc(length + 1);
  if (text == NULL || length == 0) {
    free(text);
    return 0;
  }
  memcpy(text, bytes, length);
  text[length] = '\0';
  char *uri = memchr(text, '\n', length),
       *body = uri != NULL ? memchr(uri + 1, '\n', length - (size_t)(uri + 1 - text)) : NULL;
  if (body != NULL) {
    *uri++ = *body++ = '\0';
    onus_request request = {
        .server = &server, .method = text, .uri = uri, .body = body, .body_bytes = length - (size_t)(body - text)};
    if (onus_router_find(&request) && request.route->body_bytes > 0)
      read_body(&request);
    if (request.response != NULL)
      MHD_destroy_response(request.response);
    free(request.path);
  }
  free(text);
  return 0;
}
