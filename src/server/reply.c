#include "server/reply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/server_internal.h"
#include "server/taxii.h"
#include "server/work.h"

static const char *const SECURITY[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
     "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
};

struct MHD_Response *onus_reply_secure(const onus_server *server, const char *type, struct MHD_Response *response) {
  bool is_good = response != NULL;
  for (size_t i = 0; i < sizeof SECURITY / sizeof *SECURITY; i++)
    is_good = is_good && MHD_add_response_header(response, SECURITY[i][0], SECURITY[i][1]) == MHD_YES;
  if (server->is_tls)
    is_good = is_good && MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000") == MHD_YES;
  if (type != NULL)
    is_good = is_good && MHD_add_response_header(response, "Content-Type", type) == MHD_YES;
  if (is_good)
    return response;
  if (response != NULL)
    MHD_destroy_response(response);
  return NULL;
}

struct MHD_Response *onus_reply_make(const onus_server *server, const char *type, const char *bytes,
                                     size_t length_bytes) {
  return onus_reply_secure(
      server, type, MHD_create_response_from_buffer(length_bytes, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY));
}

struct MHD_Response *onus_reply_make_static(const onus_server *server, const char *type, const void *bytes,
                                            size_t length_bytes) {
  return onus_reply_secure(
      server, type, MHD_create_response_from_buffer(length_bytes, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT));
}

void onus_reply_response(onus_request *request, unsigned status, struct MHD_Response *response) {
  if (request->response != NULL)
    MHD_destroy_response(request->response);
  request->response = response;
  request->status = response != NULL ? status : 503;
}

void onus_reply_bytes(onus_request *request, unsigned status, const char *type, char *bytes, size_t length_bytes) {
  struct MHD_Response *response = MHD_create_response_from_buffer(length_bytes, bytes, MHD_RESPMEM_MUST_FREE);
  if (response == NULL)
    free(bytes);
  onus_reply_response(request, status, onus_reply_secure(request->server, type, response));
}

void onus_reply_text(onus_request *request, const char *type, onus_text *text) {
  onus_reply_response(request, 200, onus_reply_make(request->server, type, text->bytes, text->length));
  onus_text_free(text);
}

void onus_reply_json(onus_request *request, unsigned status, json_t *json) {
  char *bytes = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
  json_decref(json);
  if (bytes == NULL)
    onus_reply_refusal(request, 503, "no-memory", "no memory is left");
  else
    onus_reply_bytes(request, status, ONUS_TYPE_JSON, bytes, strlen(bytes));
}

void onus_reply_nothing(onus_request *request) {
  onus_reply_bytes(request, 204, NULL, NULL, 0);
}

void onus_reply_header(onus_request *request, const char *name, const char *value) {
  if (request->response != NULL && MHD_add_response_header(request->response, name, value) != MHD_YES)
    onus_reply_response(request, 503, NULL);
}

void onus_reply_attachment(onus_request *request, const char *name) {
  char value[256];
  snprintf(value, sizeof value, "attachment; filename=\"%.200s\"", name);
  onus_reply_header(request, "Content-Disposition", value);
}

/* --- refusals ----------------------------------------------------------------------------------------------------- */

/* Work folders are seen from the folder that holds them: what follows the first slash is the path in the case. */
static const char *public_path(const onus_request *request, const char *path) {
  const char *reference = request->server->reference;
  if (reference != NULL && path[0] != '\0' && strncmp(path, reference, strlen(reference)) == 0)
    return "reference";
  if (strncmp(path, ONUS_WORK_SPARE, strlen(ONUS_WORK_SPARE)) == 0)
    path += strlen(ONUS_WORK_SPARE);
  const char *slash = strchr(path, '/');
  if (path[0] == '/')
    return strrchr(path, '/') + 1;
  return slash != NULL ? slash + 1 : path;
}

static json_t *text_value(const char *text) {
  json_t *value = json_string(text);
  return value != NULL ? value : json_string("(text that is not UTF-8)");
}

static json_t *place(const onus_request *request, const char *path, unsigned line, unsigned column) {
  json_t *json = json_object();
  if (path[0] != '\0')
    json_object_set_new(json, "path", text_value(public_path(request, path)));
  if (line > 0) {
    json_object_set_new(json, "line", json_integer((json_int_t)line));
    json_object_set_new(json, "column", json_integer((json_int_t)column));
  }
  return json;
}

/* TAXII has errors of its own. */
static json_t *taxii_error(unsigned status, const json_t *error) {
  char number[8];
  snprintf(number, sizeof number, "%u", status);
  json_t *text = json_object_get(error, "text");
  return json_pack("{s:O?,s:O?,s:s}", "title", text, "error_code", json_object_get(error, "status"), "http_status",
                   number);
}

/* Without memory an answer still needs bytes. */
static void reply_error_object(onus_request *request, unsigned status, json_t *error) {
  bool is_taxii = strncmp(request->uri, "/taxii2/", 8) == 0;
  json_t *json = is_taxii ? taxii_error(status, error) : json_pack("{s:O}", "error", error);
  json_decref(error);
  char *bytes = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
  json_decref(json);
  if (bytes == NULL && !is_taxii &&
      (bytes = strdup("{\"error\":{\"status\":\"no-memory\",\"text\":\"no memory is left\"}}")) != NULL)
    status = 503;
  if (bytes == NULL)
    onus_reply_response(request, 503, NULL);
  else
    onus_reply_bytes(request, status, is_taxii ? ONUS_TAXII_TYPE : ONUS_TYPE_JSON, bytes, strlen(bytes));
  onus_reply_header(request, "Cache-Control", "no-store");
  if (status == 503)
    onus_reply_header(request, "Retry-After", "2");
}

void onus_reply_refusal(onus_request *request, unsigned status, const char *word, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  reply_error_object(request, status, json_pack("{s:s,s:o}", "status", word, "text", text_value(text)));
}

/* Only its text says why the system refused. */
static bool is_disk_full(const onus_error *error) {
  const char *reasons[] = {strerror(ENOSPC), strerror(EDQUOT)};
  for (size_t i = 0; i < 2; i++)
    if (strlen(error->text) >= strlen(reasons[i]) &&
        strcmp(error->text + strlen(error->text) - strlen(reasons[i]), reasons[i]) == 0)
      return true;
  return false;
}

static unsigned http_status(const onus_error *error) {
  switch (error->status) {
  case ONUS_BAD_INPUT:
  case ONUS_LIMIT:
    return 422;
  case ONUS_BAD_ARGUMENT:
    return 400;
  case ONUS_IO:
    return is_disk_full(error) ? 507 : 503;
  case ONUS_NO_MEMORY:
  case ONUS_CANCELLED:
    return 503;
  case ONUS_UNSUPPORTED:
    return 501;
  case ONUS_OK:
  case ONUS_INTERNAL:
    break;
  }
  return 500;
}

static json_t *problem_list(const onus_request *request, const onus_problems *problems) {
  json_t *list = json_array();
  for (size_t i = 0; i < onus_problems_count(problems); i++) {
    const onus_problem *problem = onus_problems_get(problems, i);
    json_t *json = place(request, problem->path, problem->line, problem->column);
    json_object_set_new(json, "found", text_value(problem->found));
    json_object_set_new(json, "remedy", text_value(problem->remedy != NULL ? problem->remedy : ""));
    json_array_append_new(list, json);
  }
  return list;
}

void onus_reply_error(onus_request *request, const onus_error *error, const onus_problems *problems) {
  onus_reply_error_with(request, error, problems, NULL, NULL);
}

void onus_reply_error_with(onus_request *request, const onus_error *error, const onus_problems *problems,
                           const char *name, json_t *value) {
  char word[32];
  snprintf(word, sizeof word, "%s", onus_status_name(error->status));
  for (char *at = word; *at != '\0'; at++)
    if (*at == ' ')
      *at = '-';
  unsigned status = http_status(error);
  if (status >= 500)
    onus_log("failure", "status", word, "text", error->text, "path", error->path, "code",
             error->code_file != NULL ? error->code_file : "", (const char *)NULL);
  json_t *json = place(request, error->path, error->line, error->column);
  json_object_set_new(json, "status", json_string(word));
  json_object_set_new(json, "text",
                      text_value(error->status == ONUS_CANCELLED ? "it took longer than a request may"
                                 : error->text[0] != '\0'        ? error->text
                                                                 : onus_status_name(error->status)));
  if (problems != NULL && onus_problems_count(problems) > 0)
    json_object_set_new(json, "problems", problem_list(request, problems));
  if (value != NULL)
    json_object_set_new(json, name, value);
  reply_error_object(request, status, json);
}
