/* One request from its first byte to its answer, and what routes do with it. */
#ifndef ONUS_SERVER_REQUEST_H
#define ONUS_SERVER_REQUEST_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "onus.h"

typedef struct onus_server onus_server;
typedef struct onus_request onus_request;

enum { ONUS_NAME_BYTES = 65, ONUS_SECRET_HEX_BYTES = 65, ONUS_DIGEST_BYTES = 32, ONUS_REQUEST_PLACES = 3 };

/* What somebody must be. Those of a case are in order: an owner may whatever a party may, and so on. */
typedef enum onus_role {
  ONUS_ROLE_ANYONE = 0,
  ONUS_ROLE_USER,          /* has an account */
  ONUS_ROLE_ADMINISTRATOR, /* looks after accounts; sees no case by that */
  ONUS_ROLE_READER,        /* of the case in the path, here and below */
  ONUS_ROLE_PARTY,
  ONUS_ROLE_OWNER
} onus_role;

/* Who asks. */
typedef struct onus_identity {
  char account[ONUS_NAME_BYTES]; /* "" when nobody is known */
  char csrf[ONUS_SECRET_HEX_BYTES];
  unsigned char credential[ONUS_DIGEST_BYTES]; /* digest of the session's or the token's secret */
  bool is_administrator;
  bool is_local;   /* there are no accounts, and all that reach the loopback are one */
  bool is_session; /* by a cookie or from the loopback, so that pages of others may have sent it */
  bool is_pending; /* a name and a password that are still to be checked */
} onus_identity;

/* What the asker is in the case of the path, as that stood when the request came. */
typedef struct onus_access {
  onus_role role;                 /* ONUS_ROLE_ANYONE: nothing */
  char position[ONUS_NAME_BYTES]; /* "" without one; ONUS_POSITION_ALL for the only user of a local server */
  int64_t head;                   /* newest version */
  int64_t stamp;                  /* changes with whatever answers depend on */
} onus_access;

#define ONUS_POSITION_ALL "*"

typedef void onus_route_run(onus_request *request);

/* A query parameter or a kind of body or answer is named here and described in openapi.c, except those of TAXII. */
typedef struct onus_route {
  const char *method, *pattern; /* "GET", "/api/v1/cases/{case}/assess" */
  onus_role role;
  unsigned flags;
  onus_route_run *run;
  size_t body_bytes;  /* the largest body; 0: none is taken */
  const char *body;   /* its kind; NULL: none */
  const char *answer; /* kind of the answer; NULL: it has no body */
  unsigned success;   /* the status when all is well */
  const char *query;  /* names of parameters with blanks between them; NULL: none */
  const char *summary;
} onus_route;

enum {
  ONUS_ROUTE_LIGHT = 1,   /* answered by the network's thread: takes no time and no database */
  ONUS_ROUTE_CACHED = 2,  /* the same question about the same state has the same answer */
  ONUS_ROUTE_NO_CSRF = 4, /* changes nothing that is the asker's: logging in */
  ONUS_ROUTE_BASIC = 8,   /* takes HTTP basic authentication too */
  ONUS_ROUTE_QUICK = 16   /* asks the database and computes nothing: need not wait for what does */
};

struct onus_request {
  onus_server *server;
  struct MHD_Connection *connection;
  const onus_route *route;
  const char *method;
  char *uri;                              /* as it came, percent-encoded, with its query */
  char *path;                             /* its own copy, cut into places */
  const char *place[ONUS_REQUEST_PLACES]; /* what stands for {…} in the pattern, decoded */
  onus_identity identity;
  onus_access access;
  char *body; /* NUL-terminated beyond its length */
  size_t body_bytes, body_capacity;
  int64_t started_us;
  unsigned status; /* of the answer */
  struct MHD_Response *response;
  int state;
  bool is_refused; /* before a route ran; there may have been no memory for the answer that says so */
  bool is_stream;  /* the answer goes on as long as the client likes */
  bool is_queued;  /* an answer that others share was given to libmicrohttpd */
  /* Of the cache (cache.c). */
  onus_request *next_waiting;
  bool is_making;     /* others wait for the answer that is made for it */
  bool makes_its_own; /* who made an answer for it could not */
};

/* A query parameter, decoded; NULL: not there. */
const char *onus_request_query(const onus_request *request, const char *name);
const char *onus_request_header(const onus_request *request, const char *name);

/* Whole numbers; false after answering 400 when there is one that is wrong. *ret_value stays when there is none. */
bool onus_request_query_number(onus_request *request, const char *name, uint64_t least, uint64_t most,
                               uint64_t *ret_value);

#endif
