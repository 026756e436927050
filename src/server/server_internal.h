/* The running server: what its parts share. */
#ifndef ONUS_SERVER_SERVER_INTERNAL_H
#define ONUS_SERVER_SERVER_INTERNAL_H

#include <pthread.h>

#include "server/auth.h"
#include "server/cache.h"
#include "server/connections.h"
#include "server/data.h"
#include "server/events.h"
#include "server/handles.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/pool.h"
#include "server/request.h"
#include "server/server.h"

struct onus_server {
  const onus_server_config *config;
  bool is_tls, is_loopback;
  const char *reference; /* from the folder that the server stands in; NULL: none */
  struct onus_http *http;
  onus_pool *pool;       /* for what computes */
  onus_pool *quick_pool; /* for what only asks the database */
  onus_connections *connections;
  onus_metrics *metrics;
  onus_data *data;
  onus_auth *auth;
  onus_cache *cache;
  onus_handles *handles;
  onus_events *events;
  struct onus_pages *pages;
  char *openapi;
  pthread_mutex_t keeping; /* of versions that are edits; before the database's own */
  char local_csrf[ONUS_SECRET_HEX_BYTES]; /* while there is no account */
};

#endif
