/* Counters, shown in the text format of Prometheus. */
#ifndef ONUS_SERVER_METRICS_H
#define ONUS_SERVER_METRICS_H

#include "server/request.h"

typedef struct onus_metrics onus_metrics;

onus_metrics *onus_metrics_new(void); /* NULL: no memory */
void onus_metrics_free(onus_metrics *metrics);

/* An answer was sent, or its connection broke. */
void onus_metrics_add(onus_metrics *metrics, const onus_request *request, int64_t took_us);
void onus_metrics_cache(onus_metrics *metrics, bool is_hit);

/* GET /metrics */
void onus_route_metrics(onus_request *request);

#endif
