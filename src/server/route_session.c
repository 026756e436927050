#include "server/route_session.h"

#include "server/reply.h"
#include "server/server_internal.h"

static json_t *session_json(const onus_identity *identity) {
  bool is_known = identity->account[0] != '\0';
  return json_pack("{s:s?,s:s?,s:b,s:b}", "user", is_known ? identity->account : NULL, "csrf",
                   identity->csrf[0] != '\0' ? identity->csrf : NULL, "is_local", identity->is_local,
                   "is_administrator", identity->is_administrator);
}

void onus_route_session_get(onus_request *request) {
  onus_reply_json(request, 200, session_json(&request->identity));
  onus_reply_header(request, "Cache-Control", "no-store");
}
