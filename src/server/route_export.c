#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/asked.h"
#include "server/audit.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/route_assess.h"
#include "server/rows.h"
#include "server/server_internal.h"
#include "server/work.h"

enum { PACKAGE_BYTES = 512 << 20, RECORD_BYTES = 64 << 20 };

typedef struct format {
  const char *name, *suffix, *type;
} format;

static const format FORMATS[] = {
    {"stix", "stix.json", "application/stix+json;version=2.1"},
    {"misp", "misp.json", ONUS_TYPE_JSON},
    {"csv", "csv", "text/csv; charset=utf-8"},
    {"navigator", "layer.json", ONUS_TYPE_JSON},
    {"html", "html", "text/html; charset=utf-8"},
    {"bif", "bif", "text/plain; charset=utf-8"},
    {"package", "zip", "application/zip"},
};

/* What was opened stays outside, as onus_case_pack has it. */
static onus_status pack(const onus_asked *asked, onus_text *ret_text, onus_error *error) {
  char folder[ONUS_WORK_NAME_BYTES], path[ONUS_WORK_NAME_BYTES + 16];
  onus_package_summary summary;
  onus_status status = onus_work_make(folder, error);
  snprintf(path, sizeof path, "%s/case.zip", folder);
  if (status == ONUS_OK)
    status = onus_case_pack(onus_handle_folder(asked->handle), path, asked->options.progress,
                            asked->options.progress_context, &summary, error);
  if (status == ONUS_OK)
    status = onus_work_read(path, PACKAGE_BYTES, &ret_text->bytes, &ret_text->length, error);
  onus_work_remove(folder);
  return status;
}

static onus_status export(const onus_asked *asked, const char *name, bool opened, onus_text *ret_text,
                          onus_error *error) {
  const onus_case *c = onus_handle_case(asked->handle);
  const onus_options *options = &asked->options;
  onus_export_options wanted = {.opened = opened};
  if (strcmp(name, "stix") == 0) {
    onus_stix_options stix = {.opened = opened};
    return onus_case_export_stix(c, options, &stix, ret_text, error);
  }
  if (strcmp(name, "misp") == 0)
    return onus_case_export_misp(c, options, &wanted, ret_text, error);
  if (strcmp(name, "csv") == 0)
    return onus_case_export_matrix(c, options, &wanted, ret_text, error);
  if (strcmp(name, "navigator") == 0)
    return onus_case_export_navigator(c, options, &wanted, ret_text, error);
  if (strcmp(name, "html") == 0)
    return onus_case_page(c, options, ret_text, error);
  return strcmp(name, "bif") == 0 ? onus_case_export_bif(c, options, ret_text, error) : pack(asked, ret_text, error);
}

void onus_route_export(onus_request *request) {
  const format *wanted = NULL;
  onus_asked asked;
  onus_text text = {0};
  onus_error error = {0};
  uint64_t opened = 0;
  char name[128];
  for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++)
    if (strcmp(FORMATS[i].name, request->place[1]) == 0)
      wanted = &FORMATS[i];
  if (wanted == NULL) {
    onus_reply_refusal(request, 404, "not-found",
                       "a case is exported as stix, misp, csv, navigator, html, bif or package");
    return;
  }
  if (!onus_request_query_number(request, "opened", 0, 1, &opened) || !onus_asked_begin(request, &asked))
    return;
  if (export(&asked, wanted->name, opened == 1, &text, &error) == ONUS_OK) {
    onus_reply_text(request, wanted->type, &text);
    snprintf(name, sizeof name, "%s.%s", request->place[0], wanted->suffix);
    onus_reply_attachment(request, name);
    onus_reply_header(request, "Cache-Control", "no-store");
  } else {
    onus_reply_error(request, &error, NULL);
  }
  onus_asked_end(request, &asked);
}

/* --- records --------------------------------------------------------------------------------------------------- */

static onus_status note_record(onus_request *request, onus_db *db, void *context, onus_error *error) {
  const int64_t *number = context;
  return onus_audit_add(db, request->identity.account, "record", request->place[0], error, "of version %lld",
                        (long long)*number);
}

/* A record is for everybody: it is made of the version as nobody sees more than is public. */
static void make_record(onus_request *request, onus_asked *asked) {
  char folder[ONUS_WORK_NAME_BYTES], path[ONUS_WORK_NAME_BYTES + 16], name[128];
  onus_text text = {0}, written = {0};
  onus_error error = {0};
  int64_t number = onus_handle_number(asked->handle);
  onus_status status = onus_work_make(folder, &error);
  snprintf(path, sizeof path, "%s/record", folder);
  if (status == ONUS_OK)
    status = onus_case_record(onus_handle_folder(asked->handle), &asked->options, request->server->config->signing_key,
                              path, &written, &error);
  if (status == ONUS_OK)
    status = onus_work_read(path, RECORD_BYTES, &text.bytes, &text.length, &error);
  if (status != ONUS_OK) {
    onus_reply_error(request, &error, NULL);
  } else if (onus_change_make(request, note_record, &number)) {
    onus_reply_text(request, "text/plain; charset=utf-8", &text);
    snprintf(name, sizeof name, "%s-%lld.record", request->place[0], (long long)number);
    onus_reply_attachment(request, name);
  }
  onus_text_free(&text);
  onus_text_free(&written);
  onus_work_remove(folder);
}

void onus_route_record(onus_request *request) {
  onus_asked asked;
  if (request->server->config->signing_key == NULL) {
    onus_reply_refusal(request, 501, "unsupported", "the server has no key: it was started without --key");
    return;
  }
  request->access.position[0] = '\0';
  if (!onus_asked_begin(request, &asked))
    return;
  make_record(request, &asked);
  onus_asked_end(request, &asked);
}
