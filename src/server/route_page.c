#include "server/route_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/assets.h"
#include "server/reply.h"
#include "server/server_internal.h"

/* One response for each file, made once: it is the same for everybody. */
struct onus_pages {
  size_t count;
  struct MHD_Response *responses[];
};

void onus_pages_free(onus_pages *pages) {
  for (size_t i = 0; pages != NULL && i < pages->count; i++)
    if (pages->responses[i] != NULL)
      MHD_destroy_response(pages->responses[i]);
  free(pages);
}

static bool add_headers(struct MHD_Response *response, const onus_asset *asset) {
  return response != NULL && MHD_add_response_header(response, "ETag", asset->etag) == MHD_YES &&
         MHD_add_response_header(response, "Cache-Control",
                                 asset->is_immutable ? "public, max-age=31536000, immutable" : "no-cache") == MHD_YES;
}

onus_pages *onus_pages_new(const onus_server *server) {
  onus_pages *pages = calloc(1, sizeof *pages + onus_assets_count * sizeof *pages->responses);
  bool is_good = pages != NULL;
  for (size_t i = 0; is_good && i < onus_assets_count; i++) {
    const onus_asset *asset = &onus_assets[i];
    pages->responses[i] = onus_reply_make_static(server, asset->type, asset->bytes, asset->length_bytes);
    pages->count = i + 1;
    is_good = add_headers(pages->responses[i], asset) &&
              MHD_add_response_header(pages->responses[i], "Content-Encoding", "gzip") == MHD_YES;
  }
  if (is_good)
    return pages;
  onus_pages_free(pages);
  return NULL;
}

static void reply_asset(onus_request *request, const char *path) {
  size_t i = 0;
  while (i < onus_assets_count && strcmp(onus_assets[i].path, path) != 0)
    i++;
  if (i == onus_assets_count) {
    onus_reply_refusal(request, 404, "not-found", "the page has no such file");
    return;
  }
  const onus_asset *asset = &onus_assets[i];
  const char *had = onus_request_header(request, "If-None-Match");
  if (had != NULL && strcmp(had, asset->etag) == 0) {
    struct MHD_Response *response = onus_reply_make_static(request->server, asset->type, "", 0);
    bool is_good = add_headers(response, asset);
    if (response != NULL && !is_good)
      MHD_destroy_response(response);
    onus_reply_response(request, 304, is_good ? response : NULL);
    return;
  }
  request->status = 200;
  request->is_queued = MHD_queue_response(request->connection, 200, request->server->pages->responses[i]) == MHD_YES;
}

void onus_route_page(onus_request *request) {
  reply_asset(request, "/");
}

void onus_route_asset(onus_request *request) {
  char path[256];
  if (snprintf(path, sizeof path, "/assets/%s/%s", request->place[0], request->place[1]) >= (int)sizeof path)
    path[0] = '\0';
  reply_asset(request, path);
}

void onus_route_health(onus_request *request) {
  onus_db *db = NULL;
  onus_error error = {0};
  int64_t version = 0;
  onus_status status = onus_data_begin_read(request->server->data, &db, &error);
  if (status == ONUS_OK) {
    status = onus_db_number(db, 0, &version, &error, "SELECT count(*) FROM cases WHERE id=''", "");
    onus_data_end_read(request->server->data, db);
  }
  if (status != ONUS_OK)
    onus_reply_error(request, &error, NULL);
  else
    onus_reply_json(request, 200, json_pack("{s:s,s:s}", "status", "ok", "version", onus_version()));
  onus_reply_header(request, "Cache-Control", "no-store");
}
