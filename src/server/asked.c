#include "server/asked.h"

#include <string.h>

#include "server/clock.h"
#include "server/reply.h"
#include "server/server_internal.h"

static bool go_on(void *context, double share_done) {
  const onus_asked *asked = context;
  (void)share_done;
  return onus_clock_steady_us() < asked->until_us;
}

bool onus_case_has_position(const onus_case *c, const char *position) {
  const char *id;
  for (size_t i = 0; (id = onus_case_position(c, i)) != NULL; i++)
    if (strcmp(id, position) == 0)
      return true;
  return false;
}

bool onus_asked_version(onus_request *request, int64_t *ret_number) {
  uint64_t number = (uint64_t)request->access.head;
  if (!onus_request_query_number(request, "version", 1, (uint64_t)request->access.head, &number))
    return false;
  *ret_number = (int64_t)number;
  return true;
}

bool onus_asked_begin(onus_request *request, onus_asked *ret_asked) {
  const char *own = request->access.position;
  onus_asked asked = {.until_us = onus_clock_steady_us() + ONUS_ASKED_S * 1000000LL};
  onus_error error = {0};
  int64_t number = 0;
  uint64_t brief = 0;
  asked.options = (onus_options){.position = onus_request_query(request, "position"),
                                 .as_of = onus_request_query(request, "as_of"),
                                 .about = onus_request_query(request, "about"),
                                 .progress = go_on};
  if (!onus_asked_version(request, &number) ||
      !onus_request_query_number(request, "seed", 1, UINT64_MAX, &asked.options.seed) ||
      !onus_request_query_number(request, "brief", 0, 1, &brief))
    return false;
  asked.options.brief = brief == 1;
  if (onus_handles_take(request->server, request->place[0], number, &request->access, &asked.handle, &error) !=
      ONUS_OK) {
    onus_reply_error(request, &error, NULL);
    return false;
  }
  if (asked.options.position == NULL && onus_case_has_position(onus_handle_case(asked.handle), own))
    asked.options.position = own;
  *ret_asked = asked;
  ret_asked->options.progress_context = ret_asked;
  return true;
}

void onus_asked_end(onus_request *request, onus_asked *asked) {
  onus_handles_give_back(request->server, asked->handle);
}
