/* Two helpers of run_server.py: a bare handler of libmicrohttpd, and a client that asks as fast as it is answered.
 *
 *   bench_server bare BYTES                                answers every request with so many bytes; prints its port
 *   bench_server load PORT PATH CONNECTIONS SECONDS        prints requests, seconds, and the median and the 99 %
 * quantile of the time to the last byte in microseconds
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* --- the bare handler ----------------------------------------------------------------------------------------------
 */

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *bytes, size_t *length, void **place) {
  static int seen;
  (void)url, (void)method, (void)version, (void)bytes, (void)length;
  if (*place == NULL) {
    *place = &seen;
    return MHD_YES;
  }
  return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

static int run_bare(size_t n_bytes) {
  char *bytes = malloc(n_bytes);
  if (bytes == NULL)
    fail("malloc");
  memset(bytes, 'x', n_bytes);
  struct MHD_Response *response = MHD_create_response_from_buffer(n_bytes, bytes, MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Content-Type", "application/json");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct MHD_Daemon *daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, response, MHD_OPTION_SOCK_ADDR, &address,
                       MHD_OPTION_THREAD_POOL_SIZE, 2u, MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_END);
  if (daemon == NULL)
    fail("MHD_start_daemon");
  printf("%u\n", (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  (void)getchar(); /* until the other end goes */
  MHD_stop_daemon(daemon);
  MHD_destroy_response(response);
  free(bytes);
  return 0;
}

/* --- the client ----------------------------------------------------------------------------------------------------
 */

enum { HEAD_BYTES = 8192, READ_BYTES = 1 << 18, CONNECTIONS = 1024 };

typedef struct client {
  int fd;
  char head[HEAD_BYTES];
  size_t head_bytes;
  size_t left; /* of the body; SIZE_MAX while the head comes */
  double asked_us;
} client;

typedef struct load {
  char request[1024];
  size_t request_bytes;
  double *times_us;
  size_t n_times, capacity;
} load;

static void ask(const load *l, client *c) {
  c->head_bytes = 0;
  c->left = SIZE_MAX;
  c->asked_us = now_us();
  if (write(c->fd, l->request, l->request_bytes) != (ssize_t)l->request_bytes)
    fail("write");
}

static void note(load *l, const client *c) {
  if (l->n_times == l->capacity) {
    l->capacity = l->capacity > 0 ? 2 * l->capacity : 1 << 16;
    l->times_us = realloc(l->times_us, l->capacity * sizeof *l->times_us);
    if (l->times_us == NULL)
      fail("realloc");
  }
  l->times_us[l->n_times++] = now_us() - c->asked_us;
}

/* True when the head is whole; what follows it is taken off the body. */
static int take_head(client *c, const char *bytes, size_t length) {
  size_t n = length < HEAD_BYTES - 1 - c->head_bytes ? length : HEAD_BYTES - 1 - c->head_bytes;
  memcpy(c->head + c->head_bytes, bytes, n);
  c->head[c->head_bytes + n] = '\0';
  char *end = strstr(c->head, "\r\n\r\n");
  size_t before = c->head_bytes;
  c->head_bytes += n;
  if (end == NULL)
    return 0;
  const char *announced = strcasestr(c->head, "content-length:");
  if (strncmp(c->head, "HTTP/1.1 200", 12) != 0 || announced == NULL) {
    fprintf(stderr, "an answer that was not expected: %.200s\n", c->head);
    exit(1);
  }
  c->left = strtoull(announced + 15, NULL, 10) - (length - ((size_t)(end + 4 - c->head) - before));
  return 1;
}

static void receive(load *l, client *c, char *buffer) {
  ssize_t n = read(c->fd, buffer, READ_BYTES);
  if (n <= 0)
    fail("read");
  if (c->left == SIZE_MAX)
    (void)take_head(c, buffer, (size_t)n);
  else
    c->left -= (size_t)n;
  if (c->left == 0) {
    note(l, c);
    ask(l, c);
  }
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int run_load(unsigned port, const char *path, size_t n_connections, double seconds) {
  static client clients[CONNECTIONS];
  static char buffer[READ_BYTES];
  load l = {0};
  l.request_bytes =
      (size_t)snprintf(l.request, sizeof l.request, "GET %.800s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
  int queue = epoll_create1(0), one = 1;
  for (size_t i = 0; i < n_connections; i++) {
    clients[i].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (clients[i].fd < 0 || connect(clients[i].fd, (struct sockaddr *)&address, sizeof address) != 0)
      fail("connect");
    setsockopt(clients[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, clients[i].fd, &event) != 0)
      fail("epoll_ctl");
  }
  double started_us = now_us();
  for (size_t i = 0; i < n_connections; i++)
    ask(&l, &clients[i]);
  while (now_us() - started_us < seconds * 1e6) {
    struct epoll_event events[64];
    int n = epoll_wait(queue, events, 64, 1000);
    for (int i = 0; i < n; i++)
      receive(&l, events[i].data.ptr, buffer);
  }
  double took_us = now_us() - started_us;
  if (l.n_times == 0)
    return 1;
  qsort(l.times_us, l.n_times, sizeof *l.times_us, compare);
  printf("%zu %.6f %.1f %.1f\n", l.n_times, took_us / 1e6, l.times_us[l.n_times / 2], l.times_us[l.n_times * 99 / 100]);
  free(l.times_us);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "bare") == 0)
    return run_bare(strtoull(argv[2], NULL, 10));
  size_t n_connections = argc == 6 ? strtoull(argv[4], NULL, 10) : 0;
  if (argc != 6 || strcmp(argv[1], "load") != 0 || n_connections < 1 || n_connections > CONNECTIONS) {
    fprintf(stderr, "usage: bench_server bare BYTES | load PORT PATH CONNECTIONS SECONDS\n");
    return 2;
  }
  return run_load((unsigned)atoi(argv[2]), argv[3], n_connections, atof(argv[5]));
}
