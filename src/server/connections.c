#include "server/connections.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server/clock.h"

static const int64_t LIMITS_US[ONUS_CONNECTION_N_STATES] = {
    [ONUS_CONNECTION_QUIET] = 30 * 1000000LL,
    [ONUS_CONNECTION_BODY] = 120 * 1000000LL,
    [ONUS_CONNECTION_ANSWER] = 300 * 1000000LL,
};

struct onus_connection {
  onus_connection *next, *previous;
  int fd;
  atomic_int state;
  _Atomic int64_t since_us;
};

struct onus_connections {
  pthread_mutex_t mutex; /* held while a socket is shut down, so that it is still this one */
  onus_connection *first;
  size_t count;
};

onus_connections *onus_connections_new(void) {
  onus_connections *all = calloc(1, sizeof *all);
  if (all != NULL)
    pthread_mutex_init(&all->mutex, NULL);
  return all;
}

void onus_connections_free(onus_connections *all) {
  if (all == NULL)
    return;
  while (all->first != NULL)
    onus_connections_remove(all, all->first);
  pthread_mutex_destroy(&all->mutex);
  free(all);
}

onus_connection *onus_connections_add(onus_connections *all, int fd) {
  onus_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return NULL;
  connection->fd = fd;
  onus_connection_enter(connection, ONUS_CONNECTION_QUIET);
  pthread_mutex_lock(&all->mutex);
  connection->next = all->first;
  if (all->first != NULL)
    all->first->previous = connection;
  all->first = connection;
  all->count++;
  pthread_mutex_unlock(&all->mutex);
  return connection;
}

void onus_connections_remove(onus_connections *all, onus_connection *connection) {
  if (connection == NULL)
    return;
  pthread_mutex_lock(&all->mutex);
  if (connection->previous != NULL)
    connection->previous->next = connection->next;
  else
    all->first = connection->next;
  if (connection->next != NULL)
    connection->next->previous = connection->previous;
  all->count--;
  pthread_mutex_unlock(&all->mutex);
  free(connection);
}

void onus_connection_enter(onus_connection *connection, onus_connection_state state) {
  if (connection == NULL)
    return;
  atomic_store_explicit(&connection->since_us, onus_clock_steady_us(), memory_order_relaxed);
  atomic_store_explicit(&connection->state, (int)state, memory_order_relaxed);
}

/* When the last bytes and the end came at once, libmicrohttpd has been told of the end and has not looked: it waits for
 * the next thing to happen. Reading is over then; writing is not touched. */
static void notice_end(int fd) {
  char byte;
  if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
    (void)shutdown(fd, SHUT_RD);
}

size_t onus_connections_sweep(onus_connections *all) {
  size_t n_ended = 0;
  int64_t now = onus_clock_steady_us();
  pthread_mutex_lock(&all->mutex);
  for (onus_connection *c = all->first; c != NULL; c = c->next) {
    int state = atomic_load_explicit(&c->state, memory_order_relaxed);
    int64_t limit = LIMITS_US[state];
    if (state == ONUS_CONNECTION_QUIET || state == ONUS_CONNECTION_BODY)
      notice_end(c->fd);
    if (limit > 0 && now - atomic_load_explicit(&c->since_us, memory_order_relaxed) > limit) {
      (void)shutdown(c->fd, SHUT_RDWR);
      n_ended++;
    }
  }
  pthread_mutex_unlock(&all->mutex);
  return n_ended;
}

size_t onus_connections_busy(onus_connections *all) {
  size_t count = 0;
  pthread_mutex_lock(&all->mutex);
  for (onus_connection *c = all->first; c != NULL; c = c->next) {
    int state = atomic_load_explicit(&c->state, memory_order_relaxed);
    count += state != ONUS_CONNECTION_QUIET && state != ONUS_CONNECTION_EVENTS;
  }
  pthread_mutex_unlock(&all->mutex);
  return count;
}

size_t onus_connections_count(onus_connections *all) {
  pthread_mutex_lock(&all->mutex);
  size_t count = all->count;
  pthread_mutex_unlock(&all->mutex);
  return count;
}
