#include "server/route_page.h"

#include <stdio.h>
#include <string.h>

#include "server/assets.h"
#include "server/reply.h"
#include "server/server_internal.h"

static void reply_asset(onus_request *request, const char *path) {
  const onus_asset *asset = NULL;
  for (size_t i = 0; i < onus_assets_count && asset == NULL; i++)
    if (strcmp(onus_assets[i].path, path) == 0)
      asset = &onus_assets[i];
  if (asset == NULL) {
    onus_reply_refusal(request, 404, "not-found", "the page has no such file");
    return;
  }
  const char *had = onus_request_header(request, "If-None-Match");
  bool is_unchanged = had != NULL && strcmp(had, asset->etag) == 0;
  struct MHD_Response *response =
      onus_reply_make_static(request->server, asset->type, asset->bytes, is_unchanged ? 0 : asset->length_bytes);
  onus_reply_response(request, is_unchanged ? 304 : 200, response);
  if (!is_unchanged)
    onus_reply_header(request, "Content-Encoding", "gzip");
  onus_reply_header(request, "ETag", asset->etag);
  onus_reply_header(request, "Cache-Control", asset->is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
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
