/* Open connections and how long each may stay in one state. libmicrohttpd ends connections on which nothing happens;
 * who sends one byte a second is caught here.
 */
#ifndef ONUS_SERVER_CONNECTIONS_H
#define ONUS_SERVER_CONNECTIONS_H

#include <stddef.h>

typedef struct onus_connections onus_connections;
typedef struct onus_connection onus_connection;

typedef enum onus_connection_state {
  ONUS_CONNECTION_QUIET = 0, /* before a request, and while its headers come */
  ONUS_CONNECTION_BODY,
  ONUS_CONNECTION_WORK, /* ours to end */
  ONUS_CONNECTION_ANSWER,
  ONUS_CONNECTION_EVENTS, /* open as long as the client likes */
  ONUS_CONNECTION_N_STATES
} onus_connection_state;

onus_connections *onus_connections_new(void); /* NULL: no memory */
void onus_connections_free(onus_connections *all);

/* NULL: no memory. `fd` stays the caller's. */
onus_connection *onus_connections_add(onus_connections *all, int fd);
/* Before the caller closes the socket. */
void onus_connections_remove(onus_connections *all, onus_connection *connection);
void onus_connection_enter(onus_connection *connection, onus_connection_state state);

/* Shuts down what is over its time, and ends what its client has ended; gives how many were over their time. To be
 * called every second or so. */
size_t onus_connections_sweep(onus_connections *all);
/* Connections that are not quiet. */
size_t onus_connections_busy(onus_connections *all);
size_t onus_connections_count(onus_connections *all);

#endif
