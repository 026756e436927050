/* A stream that has nothing to say sleeps: libmicrohttpd's thread suspends the connection, and who has something to say
 * wakes it. `mutex` is held over both, so that no wakening is lost. */
#include "server/events.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/clock.h"
#include "server/reply.h"
#include "server/server_internal.h"

enum { STREAMS = 2048, STREAMS_OF_ACCOUNT = 64, WAITING_BYTES = 32 << 10, BLOCK_BYTES = 4096 };
enum { SILENCE_US = 15000000 };
static const int64_t AGE_US = 3600 * 1000000LL; /* then who asks is asked again who it is */

typedef struct stream {
  struct stream *next, *previous;
  onus_server *server;
  struct MHD_Connection *connection;
  char case_id[ONUS_NAME_BYTES], account[ONUS_NAME_BYTES];
  unsigned char credential[ONUS_DIGEST_BYTES];
  char *waiting; /* bytes to be sent */
  size_t length;
  int64_t started_us, spoke_us;
  bool is_asleep, is_ended;
} stream;

struct onus_events {
  pthread_mutex_t mutex;
  stream *first;
  size_t count;
};

onus_events *onus_events_new(void) {
  onus_events *events = calloc(1, sizeof *events);
  if (events != NULL)
    pthread_mutex_init(&events->mutex, NULL);
  return events;
}

void onus_events_free(onus_events *events) {
  if (events != NULL)
    pthread_mutex_destroy(&events->mutex);
  free(events);
}

/* --- with the mutex held --------------------------------------------------------------------------------------- */

static void wake(stream *s) {
  if (s->is_asleep) {
    s->is_asleep = false;
    MHD_resume_connection(s->connection);
  }
}

static void end(stream *s) {
  s->is_ended = true;
  wake(s);
}

/* Who does not read what is sent is no longer told. */
static void say(stream *s, const char *text) {
  size_t length = strlen(text);
  char *more = s->length + length <= WAITING_BYTES ? realloc(s->waiting, s->length + length) : NULL;
  if (more == NULL) {
    end(s);
    return;
  }
  memcpy(more + s->length, text, length);
  s->waiting = more;
  s->length += length;
  s->spoke_us = onus_clock_steady_us();
  wake(s);
}

static void say_all(onus_events *events, const char *case_id, const char *event, json_t *data) {
  char *json = data != NULL ? json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
  size_t bytes = json != NULL ? strlen(json) + strlen(event) + 32 : 0;
  char *text = bytes > 0 ? malloc(bytes) : NULL;
  if (text != NULL) {
    snprintf(text, bytes, "event: %s\ndata: %s\n\n", event, json);
    for (stream *s = events->first; s != NULL; s = s->next)
      if (strcmp(s->case_id, case_id) == 0)
        say(s, text);
  }
  free(text);
  free(json);
  json_decref(data);
}

static void tell_presence(onus_events *events, const char *case_id) {
  json_t *users = json_object();
  for (stream *s = events->first; s != NULL; s = s->next)
    if (!s->is_ended && strcmp(s->case_id, case_id) == 0)
      json_object_set_new(users, s->account, json_true());
  json_t *list = json_array();
  const char *user;
  json_t *value;
  json_object_foreach(users, user, value) {
    json_array_append_new(list, json_string(user));
  }
  json_decref(users);
  say_all(events, case_id, "presence", json_pack("{s:o}", "users", list));
}

/* --- called by libmicrohttpd ----------------------------------------------------------------------------------- */

static ssize_t read_stream(void *context, uint64_t position, char *out, size_t room) {
  stream *s = context;
  ssize_t length = 0;
  (void)position;
  pthread_mutex_lock(&s->server->events->mutex);
  if (s->length > 0) {
    size_t n = s->length < room ? s->length : room;
    memcpy(out, s->waiting, n);
    memmove(s->waiting, s->waiting + n, s->length - n);
    s->length -= n;
    length = (ssize_t)n;
  } else if (s->is_ended) {
    length = MHD_CONTENT_READER_END_OF_STREAM;
  } else {
    s->is_asleep = true;
    MHD_suspend_connection(s->connection);
  }
  pthread_mutex_unlock(&s->server->events->mutex);
  return length;
}

static void free_stream(void *context) {
  stream *s = context;
  onus_events *events = s->server->events;
  pthread_mutex_lock(&events->mutex);
  if (s->previous != NULL)
    s->previous->next = s->next;
  else
    events->first = s->next;
  if (s->next != NULL)
    s->next->previous = s->previous;
  events->count--;
  tell_presence(events, s->case_id);
  pthread_mutex_unlock(&events->mutex);
  free(s->waiting);
  free(s);
}

/* --- called by others ------------------------------------------------------------------------------------------ */

static stream *add_stream(onus_request *request) {
  onus_events *events = request->server->events;
  stream *s = calloc(1, sizeof *s);
  if (s == NULL)
    return NULL;
  s->server = request->server;
  s->connection = request->connection;
  s->started_us = s->spoke_us = onus_clock_steady_us();
  snprintf(s->case_id, sizeof s->case_id, "%s", request->place[0]);
  snprintf(s->account, sizeof s->account, "%s", request->identity.account);
  memcpy(s->credential, request->identity.credential, sizeof s->credential);
  pthread_mutex_lock(&events->mutex);
  size_t n_own = 0;
  for (stream *other = events->first; other != NULL; other = other->next)
    n_own += strcmp(other->account, s->account) == 0;
  bool has_room = events->count < STREAMS && n_own < STREAMS_OF_ACCOUNT;
  if (has_room) {
    s->next = events->first;
    if (s->next != NULL)
      s->next->previous = s;
    events->first = s;
    events->count++;
    say(s, ": here are the events of the case\n\n");
    tell_presence(events, s->case_id);
  }
  pthread_mutex_unlock(&events->mutex);
  if (has_room)
    return s;
  free(s);
  return NULL;
}

void onus_route_events(onus_request *request) {
  stream *s = add_stream(request);
  if (s == NULL) {
    onus_reply_refusal(request, 503, "busy", "there are too many streams of events; close one");
    return;
  }
  struct MHD_Response *response =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, s, free_stream);
  if (response == NULL)
    free_stream(s);
  onus_reply_response(request, 200, onus_reply_secure(request->server, "text/event-stream", response));
  request->is_stream = request->response != NULL;
  onus_reply_header(request, "Cache-Control", "no-store");
}

void onus_events_version(onus_server *server, const char *case_id, int64_t number, const char *author,
                         int64_t time_us) {
  char time[ONUS_TIME_TEXT_BYTES];
  onus_clock_text(time_us, time);
  pthread_mutex_lock(&server->events->mutex);
  say_all(server->events, case_id, "version",
          json_pack("{s:I,s:s,s:s}", "version", (json_int_t)number, "author", author, "time", time));
  pthread_mutex_unlock(&server->events->mutex);
}

void onus_events_end(onus_server *server, const char *case_id, const char *account, const unsigned char *credential) {
  onus_events *events = server->events;
  if (events == NULL)
    return;
  pthread_mutex_lock(&events->mutex);
  for (stream *s = events->first; s != NULL; s = s->next)
    if ((case_id == NULL || strcmp(s->case_id, case_id) == 0) &&
        (account == NULL || strcmp(s->account, account) == 0) &&
        (credential == NULL || memcmp(s->credential, credential, sizeof s->credential) == 0))
      end(s);
  pthread_mutex_unlock(&events->mutex);
}

void onus_events_tick(onus_server *server) {
  int64_t now = onus_clock_steady_us();
  pthread_mutex_lock(&server->events->mutex);
  for (stream *s = server->events->first; s != NULL; s = s->next) {
    if (now - s->started_us > AGE_US)
      end(s);
    else if (now - s->spoke_us > SILENCE_US)
      say(s, ":\n\n");
  }
  pthread_mutex_unlock(&server->events->mutex);
}
