/* Helpers of run_server.py: a bare handler of libmicrohttpd, and clients that ask as fast as they are answered.
 *
 *   bench_server bare BYTES                          answers every request with so many bytes; prints its port
 *   bench_server load PORT PATH CONNECTIONS SECONDS  asks the same again and again
 *   bench_server parties PORT SECONDS                has a connection for each party, which asks what standard input
 *                                                    names, in lines of PARTY TOKEN METHOD PATH [JSON]; ends early
 *                                                    after so many seconds
 *
 * The clients print answers, seconds, the median and the 99 % quantile of the time to the last byte in microseconds,
 * how many were refused with 503, and how many had another status than 200 and 201.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
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

/* --- the bare handler ------------------------------------------------------------------------------------------ */

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

/* --- the client ------------------------------------------------------------------------------------------------ */

enum { HEAD_BYTES = 8192, READ_BYTES = 1 << 18, CONNECTIONS = 1024 };

typedef struct question {
  struct question *next;
  size_t bytes;
  char text[];
} question;

typedef struct client {
  int fd;
  char head[HEAD_BYTES];
  size_t head_bytes;
  size_t left; /* of the body; SIZE_MAX while the head comes */
  double asked_us;
  question *next, *last;
} client;

typedef struct load {
  unsigned port;
  int queue;
  bool is_again; /* each question is asked again and again */
  double *times_us;
  size_t n_times, capacity, n_asking, n_refused, n_failed;
} load;

static client clients[CONNECTIONS];

static question *question_new(const char *head, const char *body) {
  size_t n_head = strlen(head), n_body = strlen(body);
  question *q = malloc(sizeof *q + n_head + n_body);
  if (q == NULL)
    fail("malloc");
  *q = (question){.bytes = n_head + n_body};
  memcpy(q->text, head, n_head);
  memcpy(q->text + n_head, body, n_body);
  return q;
}

static void add_question(client *c, question *q) {
  *(c->last != NULL ? &c->last->next : &c->next) = q;
  c->last = q;
}

static void ask(load *l, client *c) {
  question *q = c->next;
  if (q == NULL) {
    (void)close(c->fd);
    l->n_asking--;
    return;
  }
  c->head_bytes = 0;
  c->left = SIZE_MAX;
  c->asked_us = now_us();
  for (size_t n_sent = 0; n_sent < q->bytes;) {
    ssize_t n = write(c->fd, q->text + n_sent, q->bytes - n_sent);
    if (n <= 0)
      fail("write");
    n_sent += (size_t)n;
  }
  if (l->is_again)
    return;
  c->next = q->next;
  free(q);
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

/* What follows the head is taken off the body. */
static void take_head(load *l, client *c, const char *bytes, size_t length) {
  size_t n = length < HEAD_BYTES - 1 - c->head_bytes ? length : HEAD_BYTES - 1 - c->head_bytes;
  memcpy(c->head + c->head_bytes, bytes, n);
  c->head[c->head_bytes + n] = '\0';
  char *end = strstr(c->head, "\r\n\r\n");
  size_t before = c->head_bytes;
  c->head_bytes += n;
  if (end == NULL)
    return;
  const char *announced = strcasestr(c->head, "content-length:");
  int status = strncmp(c->head, "HTTP/1.1 ", 9) == 0 ? atoi(c->head + 9) : 0;
  bool is_good = status == 200 || status == 201;
  l->n_refused += status == 503;
  l->n_failed += !is_good && status != 503;
  if (announced == NULL || (!is_good && l->is_again)) {
    fprintf(stderr, "an answer that was not expected: %.200s\n", c->head);
    exit(1);
  }
  c->left = strtoull(announced + 15, NULL, 10) - (length - ((size_t)(end + 4 - c->head) - before));
}

static void receive(load *l, client *c, char *buffer) {
  ssize_t n = read(c->fd, buffer, READ_BYTES);
  if (n <= 0) {
    fprintf(stderr, "%s after %.3f s: %.200s\n", n < 0 ? strerror(errno) : "the server ended a connection",
            (now_us() - c->asked_us) / 1e6, c->next != NULL ? c->next->text : "");
    exit(1);
  }
  if (c->left == SIZE_MAX)
    take_head(l, c, buffer, (size_t)n);
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

static void connect_client(load *l, client *c) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)l->port)};
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0)
    fail("connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(l->queue, EPOLL_CTL_ADD, c->fd, &event) != 0)
    fail("epoll_ctl");
}

/* Everybody who has something to ask, all at once. */
static int run_clients(load *l, double seconds) {
  static char buffer[READ_BYTES];
  l->queue = epoll_create1(0);
  for (size_t i = 0; i < CONNECTIONS; i++)
    if (clients[i].next != NULL) {
      connect_client(l, &clients[i]);
      l->n_asking++;
    }
  double started_us = now_us();
  for (size_t i = 0; i < CONNECTIONS; i++)
    if (clients[i].next != NULL)
      ask(l, &clients[i]);
  while (l->n_asking > 0 && now_us() - started_us < seconds * 1e6) {
    struct epoll_event events[64];
    int n = epoll_wait(l->queue, events, 64, 1000);
    for (int i = 0; i < n; i++)
      receive(l, events[i].data.ptr, buffer);
  }
  double took_us = now_us() - started_us;
  if (l->n_times == 0)
    return 1;
  qsort(l->times_us, l->n_times, sizeof *l->times_us, compare);
  printf("%zu %.6f %.1f %.1f %zu %zu\n", l->n_times, took_us / 1e6, l->times_us[l->n_times / 2],
         l->times_us[l->n_times * 99 / 100], l->n_refused, l->n_failed);
  free(l->times_us);
  return 0;
}

static int run_load(unsigned port, const char *path, size_t n_connections, double seconds) {
  load l = {.port = port, .is_again = true};
  char head[1024];
  snprintf(head, sizeof head, "GET %.800s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
  for (size_t i = 0; i < n_connections; i++)
    add_question(&clients[i], question_new(head, ""));
  return run_clients(&l, seconds);
}

static int run_parties(unsigned port, double seconds) {
  load l = {.port = port};
  char *line = NULL, head[4096];
  size_t room = 0;
  for (ssize_t n; (n = getline(&line, &room, stdin)) > 0;) {
    char token[128], method[16], path[1024];
    unsigned party = 0;
    int at = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%u %127s %15s %1023s %n", &party, token, method, path, &at) < 4 || party >= CONNECTIONS)
      return 2;
    const char *body = line + at;
    snprintf(head, sizeof head,
             "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n",
             method, path, token, strlen(body));
    add_question(&clients[party], question_new(head, body));
  }
  free(line);
  return run_clients(&l, seconds);
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "bare") == 0)
    return run_bare(strtoull(argv[2], NULL, 10));
  if (argc == 4 && strcmp(argv[1], "parties") == 0)
    return run_parties((unsigned)atoi(argv[2]), atof(argv[3]));
  size_t n_connections = argc == 6 ? strtoull(argv[4], NULL, 10) : 0;
  if (argc != 6 || strcmp(argv[1], "load") != 0 || n_connections < 1 || n_connections > CONNECTIONS) {
    fprintf(stderr, "usage: bench_server bare BYTES | load PORT PATH CONNECTIONS SECONDS | parties PORT SECONDS\n");
    return 2;
  }
  return run_load((unsigned)atoi(argv[2]), argv[3], n_connections, atof(argv[5]));
}
