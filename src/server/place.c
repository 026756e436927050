#include "server/place.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/fail.h"

static struct sockaddr_in *v4(onus_place *place) {
  return (struct sockaddr_in *)(void *)&place->address;
}

static struct sockaddr_in6 *v6(onus_place *place) {
  return (struct sockaddr_in6 *)(void *)&place->address;
}

void onus_place_set_port(onus_place *place, uint16_t port) {
  char host[INET6_ADDRSTRLEN] = "";
  bool is_v6 = place->address.ss_family == AF_INET6;
  if (is_v6)
    v6(place)->sin6_port = htons(port);
  else
    v4(place)->sin_port = htons(port);
  inet_ntop(place->address.ss_family, is_v6 ? (void *)&v6(place)->sin6_addr : (void *)&v4(place)->sin_addr, host,
            sizeof host);
  snprintf(place->text, sizeof place->text, is_v6 ? "[%s]:%u" : "%s:%u", host, (unsigned)port);
}

onus_status onus_place_read(const char *text, onus_place *ret_place, onus_error *error) {
  onus_place place = {0};
  char host[64];
  const char *colon = strrchr(text, ':');
  size_t length = colon != NULL ? (size_t)(colon - text) : 0;
  char *end = NULL;
  unsigned long port = colon != NULL && colon[1] >= '0' && colon[1] <= '9' ? strtoul(colon + 1, &end, 10) : 65536;
  bool is_bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
  bool is_good = end != NULL && *end == '\0' && port < 65536 && length > 0 && length < sizeof host;
  if (is_good) {
    snprintf(host, sizeof host, "%.*s", (int)(is_bracketed ? length - 2 : length), text + is_bracketed);
    if (is_bracketed) {
      place.address.ss_family = AF_INET6;
      is_good = inet_pton(AF_INET6, host, &v6(&place)->sin6_addr) == 1;
    } else {
      place.address.ss_family = AF_INET;
      is_good = inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &v4(&place)->sin_addr) == 1;
    }
  }
  if (!is_good)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL,
                       "\"%.100s\" is no address with a port; write it as 127.0.0.1:8080 or [::1]:8080", text);
  onus_place_set_port(&place, (uint16_t)port);
  *ret_place = place;
  return ONUS_OK;
}

bool onus_place_is_loopback(const onus_place *place) {
  onus_place copy = *place;
  if (copy.address.ss_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK(&v6(&copy)->sin6_addr);
  return ntohl(v4(&copy)->sin_addr.s_addr) >> 24 == 127;
}
