/* URLs by libcurl's own reader, so that what is checked is what is used. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "document/quote.h"
#include "exchange/taxii_transport.h"

enum { URL_BYTES = 4096 };

typedef struct url_parts {
  char *scheme, *host, *port, *path;
} url_parts;

static void free_parts(url_parts *p) {
  curl_free(p->scheme);
  curl_free(p->host);
  curl_free(p->port);
  curl_free(p->path);
}

static onus_status part(CURLU *url, CURLUPart which, char **ret_text, onus_error *error) {
  CURLUcode code = curl_url_get(url, which, ret_text, which == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0);
  if (code == CURLUE_OK)
    return ONUS_OK;
  *ret_text = NULL;
  return code == CURLUE_OUT_OF_MEMORY
             ? ONUS_FAIL_NO_MEMORY(error)
             : ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "no URL of a server: %s", curl_url_strerror(code));
}

/* Free the parts whatever comes back. */
static onus_status take_apart(CURLU *url, url_parts *p, onus_error *error) {
  ONUS_TRY(part(url, CURLUPART_SCHEME, &p->scheme, error));
  ONUS_TRY(part(url, CURLUPART_HOST, &p->host, error));
  ONUS_TRY(part(url, CURLUPART_PORT, &p->port, error));
  return part(url, CURLUPART_PATH, &p->path, error);
}

/* By its name or address: libcurl never asks the DNS for localhost. */
static bool is_this_machine(const char *host) {
  struct in_addr address;
  return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
         (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

static bool has_part(CURLU *url, CURLUPart which) {
  char *text = NULL;
  bool has = curl_url_get(url, which, &text, 0) == CURLUE_OK;
  curl_free(text);
  return has;
}

static onus_status check_parts(CURLU *url, const url_parts *p, const char *text, onus_error *error) {
  bool is_http = strcmp(p->scheme, "http") == 0;
  onus_quote quote = onus_quote_string(text);
  if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                     "the URL holds a name or password, which others may see there; give it without");
  if (!is_http && strcmp(p->scheme, "https") != 0)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is neither https nor http", quote.text);
  if (is_http && !is_this_machine(p->host))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                     "%s is plain http, which anybody on the way can read and change; only https leaves this machine",
                     quote.text);
  if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s has a query or fragment; give the URL without", quote.text);
  return ONUS_OK;
}

/* Writes the URL with a slash at its end. */
static onus_status put_together(CURLU *url, const url_parts *p, onus_arena *arena, const char **ret_url,
                                onus_error *error) {
  char path[URL_BYTES], *whole = NULL;
  size_t length = strlen(p->path);
  bool is_whole = length > 0 && p->path[length - 1] == '/';
  snprintf(path, sizeof path, "%s%s", length <= 1 ? "/taxii2/" : p->path, is_whole || length <= 1 ? "" : "/");
  CURLUcode code = curl_url_set(url, CURLUPART_PATH, path, 0);
  if (code == CURLUE_OK)
    code = curl_url_get(url, CURLUPART_URL, &whole, CURLU_NO_DEFAULT_PORT);
  if (code == CURLUE_OUT_OF_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (code != CURLUE_OK)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "no URL of a server: %s", curl_url_strerror(code));
  *ret_url = onus_arena_copy(arena, whole, strlen(whole));
  curl_free(whole);
  return *ret_url ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static onus_status set(CURLU *url, const char *text, onus_error *error) {
  if (strlen(text) > URL_BYTES / 2)
    return ONUS_FAIL(error, ONUS_LIMIT, "a URL of %zu bytes; at most %d are accepted", strlen(text), URL_BYTES / 2);
  CURLUcode code = curl_url_set(url, CURLUPART_URL, text, 0);
  if (code == CURLUE_OUT_OF_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  return code == CURLUE_OK ? ONUS_OK
                           : ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is no URL of a server: %s",
                                       onus_quote_string(text).text, curl_url_strerror(code));
}

static bool is_same_server(const url_parts *a, const url_parts *b) {
  return strcmp(a->scheme, b->scheme) == 0 && strcasecmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

onus_status onus_taxii_url_join(const char *url, const char *reference, onus_arena *arena, const char **ret_url,
                                bool *ret_is_same, onus_error *error) {
  CURLU *parsed = curl_url();
  url_parts before = {0}, after = {0};
  onus_status status = parsed ? set(parsed, url, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = take_apart(parsed, &before, error);
  if (status == ONUS_OK)
    status = set(parsed, reference, error);
  if (status == ONUS_OK)
    status = take_apart(parsed, &after, error);
  bool is_same = status == ONUS_OK && is_same_server(&before, &after);
  if (status == ONUS_OK)
    status = check_parts(parsed, &after, reference, error);
  if (status == ONUS_OK)
    status = put_together(parsed, &after, arena, ret_url, error);
  if (status == ONUS_OK)
    *ret_is_same = is_same;
  free_parts(&before);
  free_parts(&after);
  curl_url_cleanup(parsed);
  return status;
}

onus_status onus_taxii_url_check(const char *url, onus_arena *arena, const char **ret_url, onus_error *error) {
  bool is_same;
  return onus_taxii_url_join(url, url, arena, ret_url, &is_same, error);
}

static bool read_parts(const char *url, url_parts *p) {
  CURLU *parsed = curl_url();
  bool is_read = parsed && set(parsed, url, NULL) == ONUS_OK && take_apart(parsed, p, NULL) == ONUS_OK;
  curl_url_cleanup(parsed);
  return is_read;
}

bool onus_taxii_url_is_same_server(const char *a, const char *b) {
  url_parts parts[2] = {{0}};
  bool is_same = read_parts(a, &parts[0]) && read_parts(b, &parts[1]) && is_same_server(&parts[0], &parts[1]);
  free_parts(&parts[0]);
  free_parts(&parts[1]);
  return is_same;
}
