/* The calls of onus.h: their options, over HTTP. */
#include <stdlib.h>
#include <string.h>

#include "exchange/taxii_client.h"

enum { DEFAULT_ATTEMPTS = 6, DEFAULT_PAGE = 1000 };
static const size_t TRANSFER_BYTES = (size_t)2 << 30;

typedef struct session {
  onus_taxii_options options;
  onus_taxii_http *http;
  onus_taxii_client client;
  onus_transfer *transfer;
} session;

static onus_status begin(onus_transfer_kind kind, const char *url, const char *file, const onus_taxii_options *options,
                         session *s, onus_error *error) {
  if (options)
    s->options = *options;
  s->options.n_page = s->options.n_page ? s->options.n_page : DEFAULT_PAGE;
  s->transfer = ONUS_ARENA_HANDLE(onus_transfer, TRANSFER_BYTES);
  if (!s->transfer)
    return ONUS_FAIL_NO_MEMORY(error);
  s->transfer->kind = kind;
  s->transfer->url = onus_arena_copy(s->transfer->arena, url, strlen(url));
  if (file)
    s->transfer->file = onus_arena_copy(s->transfer->arena, file, strlen(file));
  if (!s->transfer->url || (file && !s->transfer->file))
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(onus_taxii_http_open(&s->options, &s->http, error));
  s->client = (onus_taxii_client){.transport = onus_taxii_http_transport(s->http),
                                  .n_attempts = s->options.n_attempts ? s->options.n_attempts : DEFAULT_ATTEMPTS};
  return ONUS_OK;
}

static onus_status end(session *s, onus_status status, onus_transfer **ret_transfer) {
  onus_taxii_http_close(s->http);
  if (status == ONUS_OK)
    *ret_transfer = s->transfer;
  else
    onus_transfer_free(s->transfer);
  return status;
}

onus_status onus_taxii_list(const char *url, const onus_taxii_options *options, onus_transfer **ret_transfer,
                            onus_error *error) {
  session s = {0};
  onus_status status = begin(ONUS_TRANSFER_LIST, url, NULL, options, &s, error);
  if (status == ONUS_OK)
    status = onus_taxii_find_all(&s.client, s.transfer, error);
  return end(&s, status, ret_transfer);
}

onus_status onus_taxii_pull(const char *url, const char *collection, const char *output,
                            const onus_taxii_filters *filters, const onus_taxii_options *options,
                            onus_transfer **ret_transfer, onus_error *error) {
  session s = {0};
  onus_status status = begin(ONUS_TRANSFER_PULL, url, output, options, &s, error);
  if (status == ONUS_OK)
    status = onus_taxii_pull_by(&s.client, s.transfer, collection, filters ? filters : &(onus_taxii_filters){0},
                                s.options.n_page, error);
  return end(&s, status, ret_transfer);
}

onus_status onus_taxii_push(const char *url, const char *collection, const char *path, const char *state,
                            const onus_taxii_options *options, onus_transfer **ret_transfer, onus_error *error) {
  session s = {0};
  onus_status status = begin(ONUS_TRANSFER_PUSH, url, path, options, &s, error);
  if (status == ONUS_OK)
    status = onus_taxii_push_by(&s.client, s.transfer, collection, state, s.options.n_page, error);
  return end(&s, status, ret_transfer);
}

bool onus_transfer_is_complete(const onus_transfer *transfer) {
  return transfer->kind != ONUS_TRANSFER_PUSH || transfer->n_accepted == transfer->n_objects;
}

void onus_transfer_free(onus_transfer *transfer) {
  if (transfer)
    onus_arena_free(transfer->arena);
}
