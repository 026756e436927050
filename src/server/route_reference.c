#include "server/route_reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/fail.h"
#include "server/reply.h"
#include "server/server_internal.h"
#include "server/work.h"

static bool has_reference(onus_request *request) {
  if (request->server->reference != NULL)
    return true;
  onus_reply_refusal(request, 501, "unsupported", "the server has no reference: it was started without --reference");
  return false;
}

/* Opened anew each time, so that what is imported meanwhile counts. */
void onus_route_actors(onus_request *request) {
  onus_reference *reference = NULL;
  onus_text text = {0};
  onus_error error = {0};
  if (!has_reference(request))
    return;
  onus_status status = onus_reference_open(request->server->reference, &reference, &error);
  if (status == ONUS_OK)
    status =
        onus_reference_names(reference, onus_request_query(request, "name"), ONUS_FORMAT_JSON, NULL, &text, &error);
  if (status == ONUS_OK) {
    onus_reply_text(request, ONUS_TYPE_JSON, &text);
    onus_reply_header(request, "Cache-Control", "no-store");
  } else {
    onus_reply_error(request, &error, NULL);
  }
  onus_reference_close(reference);
}

static onus_status rank(onus_request *request, const char *folder, onus_text *ret_text, onus_error *error) {
  const char *name = onus_request_query(request, "name");
  bool is_lines = name != NULL && strlen(name) > 6 && strcmp(name + strlen(name) - 6, ".jsonl") == 0;
  char path[ONUS_WORK_NAME_BYTES + 32];
  onus_ranked *ranked = NULL;
  onus_rank_options options = {.engine = onus_request_query(request, "engine"),
                               .incident = onus_request_query(request, "incident"),
                               .as_of = onus_request_query(request, "as_of")};
  snprintf(path, sizeof path, "%s/%s", folder, is_lines ? "incident.jsonl" : "incident.json");
  SERVER_TRY(onus_work_write(folder, strchr(path, '/') + 1, request->body, request->body_bytes, error));
  SERVER_TRY(onus_reference_rank(request->server->reference, path, &options, &ranked, error));
  onus_status status = onus_ranked_render(ranked, ONUS_FORMAT_JSON, NULL, ret_text, error);
  onus_ranked_free(ranked);
  return status;
}

void onus_route_rank(onus_request *request) {
  char folder[ONUS_WORK_NAME_BYTES] = "";
  onus_text text = {0};
  onus_error error = {0};
  if (!has_reference(request))
    return;
  onus_status status = onus_work_make(folder, &error);
  if (status == ONUS_OK)
    status = rank(request, folder, &text, &error);
  if (status == ONUS_OK)
    onus_reply_text(request, ONUS_TYPE_JSON, &text);
  else
    onus_reply_error(request, &error, NULL);
  onus_work_remove(folder);
}

/* --- a program and the reference ------------------------------------------------------------------------------- */

enum { MATCH_S = 60, MATCH_BYTES = 1 << 30, ASKED_FUNCTIONS = 50000, LEFT_OUT = 64 };

/* The words between commas, in `text`, which it cuts; false when there are too many. */
static bool read_list(char *text, const char *words[LEFT_OUT], size_t *ret_n) {
  size_t n = 0;
  char *rest = NULL;
  for (char *word = strtok_r(text, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
    if (n == LEFT_OUT)
      return false;
    words[n++] = word;
  }
  *ret_n = n;
  return true;
}

static onus_status explain(onus_request *request, const char *folder, onus_lineage_options *options,
                           onus_text *ret_text, onus_error *error) {
  char path[ONUS_WORK_NAME_BYTES + 16];
  const char *const paths[] = {path};
  onus_lineages *lineages = NULL;
  snprintf(path, sizeof path, "%s/program", folder);
  SERVER_TRY(onus_work_write(folder, "program", request->body, request->body_bytes, error));
  SERVER_TRY(onus_reference_lineages(request->server->reference, paths, 1, options, &lineages, error));
  const onus_error *why = onus_lineages_refusal(lineages, 0);
  onus_status status = why != NULL ? why->status : ONUS_OK;
  if (why != NULL)
    *error = *why;
  else
    status = onus_lineages_render(lineages, ONUS_FORMAT_JSON, NULL, ret_text, error);
  onus_lineages_free(lineages);
  return status;
}

static void reply_lineage(onus_request *request, const char *folder, onus_lineage_options *options) {
  onus_text text = {0};
  onus_error error = {0};
  onus_status status = explain(request, folder, options, &text, &error);
  if (status == ONUS_OK)
    onus_reply_text(request, ONUS_TYPE_JSON, &text);
  else if (status == ONUS_BAD_INPUT && strcmp(error.path, request->server->reference) == 0)
    onus_reply_refusal(request, 501, "unsupported", "the reference of the server %s", error.text);
  else
    onus_reply_error(request, &error, NULL);
}

void onus_route_lineage(onus_request *request) {
  char folder[ONUS_WORK_NAME_BYTES] = "";
  const char *words[LEFT_OUT], *left_out = onus_request_query(request, "leave_out");
  onus_error error = {0};
  onus_lineage_options options = {.as_of = onus_request_query(request, "as_of"),
                                  .leave_out = words,
                                  .seconds_per_file = MATCH_S,
                                  .memory_bytes_per_file = MATCH_BYTES,
                                  .most_functions = ASKED_FUNCTIONS};
  if (!has_reference(request))
    return;
  char *list = strdup(left_out != NULL ? left_out : "");
  if (list == NULL)
    onus_reply_refusal(request, 503, "no-memory", "no memory is left");
  else if (!read_list(list, words, &options.n_leave_out))
    onus_reply_refusal(request, 400, "bad-argument", "leave_out names more than %d reports", LEFT_OUT);
  else if (onus_work_make(folder, &error) != ONUS_OK)
    onus_reply_error(request, &error, NULL);
  else
    reply_lineage(request, folder, &options);
  onus_work_remove(folder);
  free(list);
}

/* --- two files ------------------------------------------------------------------------------------------------- */

enum { FIELD_BYTES = 4096 };

/* The fields `a` and `b` of a form go to files of these names. */
typedef struct form {
  FILE *files[2];
  bool are_there[2], has_failed;
} form;

static enum MHD_Result take_field(void *context, enum MHD_ValueKind kind, const char *key, const char *filename,
                                  const char *type, const char *encoding, const char *bytes, uint64_t offset,
                                  size_t length) {
  form *f = context;
  (void)kind, (void)filename, (void)type, (void)encoding;
  int which = strcmp(key, "a") == 0 ? 0 : strcmp(key, "b") == 0 ? 1 : -1;
  if (which < 0 || (offset == 0 && length > 0 && f->are_there[which] && ftell(f->files[which]) > 0)) {
    f->has_failed = true; /* another field, or one twice */
    return MHD_NO;
  }
  f->are_there[which] = true;
  f->has_failed = f->has_failed || fwrite(bytes, 1, length, f->files[which]) != length;
  return f->has_failed ? MHD_NO : MHD_YES;
}

static bool read_form(onus_request *request, form *f) {
  struct MHD_PostProcessor *processor = MHD_create_post_processor(request->connection, FIELD_BYTES, take_field, f);
  if (processor == NULL)
    return false;
  bool is_good = MHD_post_process(processor, request->body, request->body_bytes) == MHD_YES;
  return MHD_destroy_post_processor(processor) == MHD_YES && is_good && !f->has_failed && f->are_there[0] &&
         f->are_there[1];
}

static void match(onus_request *request, const char *folder) {
  char a[ONUS_WORK_NAME_BYTES + 4], b[ONUS_WORK_NAME_BYTES + 4];
  onus_text text = {0};
  onus_error error = {0};
  form f = {0};
  snprintf(a, sizeof a, "%s/a", folder);
  snprintf(b, sizeof b, "%s/b", folder);
  f.files[0] = fopen(a, "wxe");
  f.files[1] = fopen(b, "wxe");
  bool is_good = f.files[0] != NULL && f.files[1] != NULL && request->body != NULL && read_form(request, &f);
  for (int i = 0; i < 2; i++)
    if (f.files[i] != NULL && fclose(f.files[i]) != 0)
      is_good = false;
  const char *others[] = {b};
  onus_match_file_options options = {.seconds = MATCH_S, .memory_bytes = MATCH_BYTES};
  if (!is_good)
    onus_reply_refusal(request, 422, "bad-input",
                       "the body must be a form (multipart/form-data) with two files, a and b");
  else if (onus_match_files(a, others, 1, &options, ONUS_FORMAT_JSON, NULL, &text, &error) == ONUS_OK)
    onus_reply_text(request, ONUS_TYPE_JSON, &text);
  else
    onus_reply_error(request, &error, NULL);
}

void onus_route_match(onus_request *request) {
  char folder[ONUS_WORK_NAME_BYTES] = "";
  onus_error error = {0};
  if (onus_work_make(folder, &error) == ONUS_OK)
    match(request, folder);
  else
    onus_reply_error(request, &error, NULL);
  onus_work_remove(folder);
}
