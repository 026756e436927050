/* What routes that look at a case ask: which version, with which options. */
#ifndef ONUS_SERVER_ASKED_H
#define ONUS_SERVER_ASKED_H

#include "server/handles.h"
#include "server/request.h"

/* How long one request may compute. */
enum { ONUS_ASKED_S = 60 };

typedef struct onus_asked {
  onus_handle *handle;
  onus_options options;
  int64_t until_us;
} onus_asked;

/* The version of the query, the newest without one. False after refusing the request. */
bool onus_asked_version(onus_request *request, int64_t *ret_number);

/* The handle of that version and the options of the query; the position is the asker's own when none is named. False
 * after refusing the request. End with onus_asked_end. */
bool onus_asked_begin(onus_request *request, onus_asked *ret_asked);
void onus_asked_end(onus_request *request, onus_asked *asked);

/* Whether the case has the position. */
bool onus_case_has_position(const onus_case *c, const char *position);

#endif
