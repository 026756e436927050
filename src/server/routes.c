/* Every route of the server. docs/openapi.json is made of this table. */
#include "server/metrics.h"
#include "server/route_page.h"
#include "server/route_session.h"
#include "server/router.h"

#define API "/api/v1"

const onus_route onus_routes[] = {
    {"GET", "/", ONUS_ROLE_ANYONE, ONUS_ROUTE_LIGHT, onus_route_page, .answer = "page", .success = 200,
     .summary = "The page."},
    {"GET", "/assets/{digest}/{name}", ONUS_ROLE_ANYONE, ONUS_ROUTE_LIGHT, onus_route_asset, .answer = "asset",
     .success = 200, .summary = "A file of the page."},
    {"GET", "/healthz", ONUS_ROLE_ANYONE, 0, onus_route_health, .answer = "Health", .success = 200,
     .summary = "Whether the server can read its data."},
    {"GET", "/metrics", ONUS_ROLE_ANYONE, ONUS_ROUTE_LIGHT, onus_route_metrics, .answer = "metrics", .success = 200,
     .summary = "Counters in the text format of Prometheus."},
    {"GET", API "/session", ONUS_ROLE_ANYONE, ONUS_ROUTE_LIGHT, onus_route_session_get, .answer = "Session",
     .success = 200, .summary = "Who the caller is, and what it must show to change something."},
    {.method = NULL},
};
