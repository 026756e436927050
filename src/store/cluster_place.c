#include "store/cluster_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "document/quote.h"

enum { PASSWORD_BYTES_MAX = 4096, DEFAULT_CALL_S = 120, DEFAULT_PATIENCE_S = 60, MOST_SECONDS = 86400 };

/* A name, or an address of version 4, or one of version 6 in brackets. */
static bool is_host(const char *host, size_t n_bytes) {
  if (n_bytes == 0 || n_bytes > 253)
    return false;
  bool is_v6 = host[0] == '[';
  if (is_v6 && (n_bytes < 4 || host[n_bytes - 1] != ']'))
    return false;
  for (size_t i = is_v6; i < n_bytes - is_v6; i++) {
    char c = host[i];
    bool is_alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_v6 ? c != ':' && !isxdigit((unsigned char)c) && c != '.' : !is_alphanumeric && c != '-' && c != '.')
      return false;
  }
  return true;
}

static bool is_this_machine(const char *node) {
  static const char *const names[] = {"127.0.0.1:", "[::1]:", "localhost:"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp(node, names[i], strlen(names[i])) == 0)
      return true;
  return false;
}

static onus_status add_node(onus_cluster_place *place, const char *text, size_t n_bytes, onus_error *error) {
  size_t host_bytes = n_bytes;
  while (host_bytes > 0 && text[host_bytes - 1] != ':')
    host_bytes--;
  unsigned long port = 0;
  bool is_port = host_bytes > 1 && n_bytes - host_bytes >= 1 && n_bytes - host_bytes <= 5;
  for (size_t i = host_bytes; is_port && i < n_bytes; i++) {
    is_port = text[i] >= '0' && text[i] <= '9';
    port = 10 * port + (unsigned long)(text[i] - '0');
  }
  if (!is_port || port == 0 || port > 65535 || !is_host(text, host_bytes - 1))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                     "%s is no node of ClickHouse; a host and its HTTP port are right, as db1:8123",
                     onus_quote_bytes(text, n_bytes).text);
  if (place->n_nodes == ONUS_CLUSTER_NODES_MAX)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "more than %d nodes", ONUS_CLUSTER_NODES_MAX);
  char *node = strndup(text, n_bytes);
  if (!node)
    return ONUS_FAIL_NO_MEMORY(error);
  place->nodes[place->n_nodes++] = node;
  for (size_t i = 0; i + 1 < place->n_nodes; i++)
    if (strcasecmp(place->nodes[i], node) == 0)
      return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the node %s is named twice", node);
  return ONUS_OK;
}

static onus_status read_nodes(onus_cluster_place *place, const char *text, onus_error *error) {
  size_t n_bytes = strcspn(text, "/");
  if (memchr(text, '@', n_bytes))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                     "the place of a store holds no user or password: others could read them on the command line; "
                     "set ONUS_CLICKHOUSE_USER and ONUS_CLICKHOUSE_PASSWORD or ONUS_CLICKHOUSE_PASSWORD_FILE");
  for (size_t at = 0; at <= n_bytes;) {
    size_t length = strcspn(text + at, ",/");
    ONUS_TRY(add_node(place, text + at, length, error));
    at += length + 1;
  }
  const char *database = text[n_bytes] == '/' ? text + n_bytes + 1 : "";
  size_t length = strspn(database, "abcdefghijklmnopqrstuvwxyz0123456789_");
  if (length == 0 || length >= sizeof place->database || database[length] != '\0' ||
      !isalpha((unsigned char)database[0]))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                     "%s is no name of a database: clickhouse://host:port,host:port/name, where the name has a letter "
                     "a-z, then up to %zu of a-z, 0-9, \"_\"",
                     onus_quote_string(database).text, sizeof place->database - 2);
  memcpy(place->database, database, length + 1);
  return ONUS_OK;
}

static onus_status keep(const char *text, char **ret_kept, onus_error *error) {
  for (const char *c = text; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7F)
      return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the user or password for ClickHouse holds a control character");
  *ret_kept = strdup(text);
  return *ret_kept ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static onus_status read_password(onus_cluster_place *place, onus_error *error) {
  const char *password = getenv("ONUS_CLICKHOUSE_PASSWORD"), *file = getenv("ONUS_CLICKHOUSE_PASSWORD_FILE");
  if (password && password[0])
    return keep(password, &place->password, error);
  if (!file || !file[0])
    return ONUS_OK;
  onus_text text;
  ONUS_TRY(onus_file_read(file, PASSWORD_BYTES_MAX, &text, error));
  size_t length = text.length;
  while (length > 0 && (text.bytes[length - 1] == '\n' || text.bytes[length - 1] == '\r'))
    length--;
  text.bytes[length] = '\0';
  onus_status status = keep(text.bytes, &place->password, error);
  explicit_bzero(text.bytes, text.length);
  onus_text_free(&text);
  return status;
}

static onus_status read_seconds(const char *variable, long otherwise_s, long *ret_ms, onus_error *error) {
  const char *text = getenv(variable);
  *ret_ms = 1000 * otherwise_s;
  if (!text || !text[0])
    return ONUS_OK;
  char *end = NULL;
  long seconds = text[0] >= '0' && text[0] <= '9' ? strtol(text, &end, 10) : 0;
  if (!end || *end != '\0' || seconds < 1 || seconds > MOST_SECONDS)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is %s; a number of seconds from 1 to %d is right", variable,
                     onus_quote_string(text).text, MOST_SECONDS);
  *ret_ms = 1000 * seconds;
  return ONUS_OK;
}

static onus_status read_place(onus_cluster_place *place, const char *location, onus_error *error) {
  ONUS_TRY(read_nodes(place, strstr(location, "://") + 3, error));
  for (size_t i = 0; !place->has_tls && i < place->n_nodes; i++)
    if (!is_this_machine(place->nodes[i]))
      return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                       "%s is another machine, and clickhouse:// is not encrypted; use clickhouses:// and the node's "
                       "HTTPS port",
                       place->nodes[i]);
  const char *user = getenv("ONUS_CLICKHOUSE_USER"), *ca_file = getenv("ONUS_CLICKHOUSE_CA_FILE");
  ONUS_TRY(keep(user && user[0] ? user : "default", &place->user, error));
  if (strchr(place->user, ':'))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the user for ClickHouse holds a colon, which HTTP cannot carry");
  if (ca_file && ca_file[0])
    ONUS_TRY(keep(ca_file, &place->ca_file, error));
  ONUS_TRY(read_seconds("ONUS_CLICKHOUSE_TIMEOUT_S", DEFAULT_CALL_S, &place->call_ms, error));
  ONUS_TRY(read_seconds("ONUS_CLICKHOUSE_PATIENCE_S", DEFAULT_PATIENCE_S, &place->patience_ms, error));
  return read_password(place, error);
}

onus_status onus_cluster_place_read(const char *location, onus_cluster_place *ret_place, onus_error *error) {
  onus_cluster_place place = {.has_tls = strncmp(location, "clickhouses://", 14) == 0};
  onus_status status = read_place(&place, location, error);
  if (status != ONUS_OK)
    onus_cluster_place_free(&place);
  else
    *ret_place = place;
  return status;
}

void onus_cluster_place_free(onus_cluster_place *place) {
  for (size_t i = 0; i < place->n_nodes; i++)
    free(place->nodes[i]);
  if (place->password)
    explicit_bzero(place->password, strlen(place->password));
  free(place->password);
  free(place->user);
  free(place->ca_file);
  *place = (onus_cluster_place){0};
}
