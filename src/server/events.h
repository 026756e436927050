/* Server-sent events: who looks at a case is told when it changes, and who else looks at it. */
#ifndef ONUS_SERVER_EVENTS_H
#define ONUS_SERVER_EVENTS_H

#include "server/request.h"

typedef struct onus_events onus_events;

onus_events *onus_events_new(void); /* NULL: no memory */
void onus_events_free(onus_events *events);

/* GET …/events */
void onus_route_events(onus_request *request);

void onus_events_version(onus_server *server, const char *case_id, int64_t number, const char *author, int64_t time_us);
/* Ends streams; a client that still may comes again by itself. NULL is any. */
void onus_events_end(onus_server *server, const char *case_id, const char *account, const unsigned char *credential);
/* Every second or so: says something on streams that were silent, so that broken connections are noticed. */
void onus_events_tick(onus_server *server);

#endif
