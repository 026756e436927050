/* Where a server listens. */
#ifndef ONUS_SERVER_PLACE_H
#define ONUS_SERVER_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "onus.h"

typedef struct onus_place {
  struct sockaddr_storage address;
  char text[80]; /* for people */
} onus_place;

/* "127.0.0.1:8080", "[::1]:8080", "localhost:0": an address, so that nobody has to look up a name. */
ONUS_MUST_CHECK onus_status onus_place_read(const char *text, onus_place *ret_place, onus_error *error);
bool onus_place_is_loopback(const onus_place *place);
void onus_place_set_port(onus_place *place, uint16_t port);

#endif
