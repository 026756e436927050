/* TAXII's requests over HTTP, by libcurl.
 *
 * Every request has a connection of its own: on one that is used again libcurl would send a request a second time by
 * itself when the first time broke, and here that is for the caller to decide. Nothing is asked for, or unpacked, in a
 * compressed form, so an answer is never larger than what came.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "custody/secret.h"
#include "document/quote.h"
#include "exchange/taxii_protocol.h"
#include "exchange/taxii_transport.h"

enum { DEFAULT_TIMEOUT_S = 120, CONNECT_TIMEOUT_S = 30, MOST_REDIRECTS = 5 };

struct onus_taxii_http {
  CURL *curl;
  struct curl_slist *get_headers, *post_headers;
  const onus_taxii_options *options;
  unsigned timeout_s;
  size_t n_done, n_all;
  char detail[CURL_ERROR_SIZE];
};

/* One answer while it comes. */
typedef struct receiving {
  onus_taxii_answer *answer;
  onus_buffer body;
  size_t head_bytes;
  bool is_head_whole, is_head_too_long, is_packed;
} receiving;

/* --- callbacks of libcurl
 * --------------------------------------------------------------------------------------------- */

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
  receiving *r = context;
  onus_buffer_append(&r->body, bytes, size * count);
  return r->body.status == ONUS_OK ? size * count : 0;
}

/* Copies the value of the header line when it is `name`. */
static bool take_header(const char *line, size_t length, const char *name, char *out, size_t out_bytes) {
  size_t name_length = strlen(name);
  if (length <= name_length || line[name_length] != ':' || strncasecmp(line, name, name_length) != 0)
    return false;
  const char *value = line + name_length + 1, *end = line + length;
  while (value < end && strchr(" \t", *value))
    value++;
  while (end > value && strchr(" \t\r\n", end[-1]))
    end--;
  bool fits = (size_t)(end - value) < out_bytes;
  snprintf(out, out_bytes, "%.*s", fits ? (int)(end - value) : 0, value);
  return true;
}

static size_t take_head(char *line, size_t size, size_t count, void *context) {
  receiving *r = context;
  onus_taxii_answer *a = r->answer;
  size_t length = size * count;
  char packing[32];
  r->head_bytes += length;
  r->is_head_whole = length > 0 && (line[0] == '\r' || line[0] == '\n'); /* the empty line at its end */
  r->is_head_too_long = r->head_bytes > ONUS_TAXII_HEAD_BYTES;
  take_header(line, length, "content-type", a->content_type, sizeof a->content_type);
  take_header(line, length, "x-taxii-date-added-first", a->added_first, sizeof a->added_first);
  take_header(line, length, "x-taxii-date-added-last", a->added_last, sizeof a->added_last);
  if (take_header(line, length, "content-encoding", packing, sizeof packing))
    r->is_packed = packing[0] == '\0' || strcasecmp(packing, "identity") != 0;
  return r->is_head_too_long ? 0 : length;
}

static bool goes_on(const onus_taxii_http *http) {
  const onus_taxii_options *o = http->options;
  return !o->progress || o->progress(o->progress_context, http->n_done, http->n_all);
}

static int look_up(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up) {
  (void)down_all, (void)down, (void)up_all, (void)up;
  return goes_on(context) ? 0 : 1;
}

/* --- one request
 * ------------------------------------------------------------------------------------------------------ */

static onus_status fail_transfer(onus_taxii_http *http, const char *url, CURLcode code, const receiving *r,
                                 onus_error *error) {
  onus_taxii_trouble *trouble = &r->answer->trouble;
  const char *detail = http->detail[0] ? http->detail : curl_easy_strerror(code);
  *trouble = ONUS_TAXII_HOPELESS;
  if (r->body.status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (code == CURLE_OUT_OF_MEMORY) /* libcurl says so of both */
    return ONUS_FAIL_AT(error, ONUS_NO_MEMORY, url, 0, 0,
                        "no memory left, or a line in the head of the answer too long");
  if (code == CURLE_ABORTED_BY_CALLBACK)
    return ONUS_FAIL(error, ONUS_CANCELLED, "the transfer was interrupted");
  if (r->is_head_too_long)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, url, 0, 0, "the head of the answer is longer than %zu bytes",
                        ONUS_TAXII_HEAD_BYTES);
  if (r->body.status == ONUS_LIMIT)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, url, 0, 0, "the answer is longer than %zu bytes; ask for smaller pages",
                        ONUS_TAXII_ANSWER_BYTES);
  switch (code) {
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
    return ONUS_FAIL_AT(error, ONUS_IO, url, 0, 0, "the server does not prove who it is: %s", detail);
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SSL_CONNECT_ERROR:
    *trouble = ONUS_TAXII_NOT_SENT;
    return ONUS_FAIL_AT(error, ONUS_IO, url, 0, 0, "the server cannot be reached: %s", detail);
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
    *trouble = ONUS_TAXII_IN_DOUBT;
    return ONUS_FAIL_AT(error, ONUS_IO, url, 0, 0, "the connection broke: %s", detail);
  case CURLE_OPERATION_TIMEDOUT:
    *trouble = ONUS_TAXII_IN_DOUBT;
    return ONUS_FAIL_AT(error, ONUS_IO, url, 0, 0, "no whole answer came within %u s", http->timeout_s);
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_HTTP2:
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, url, 0, 0, "the answer is no HTTP: %s", detail);
  default:
    return ONUS_FAIL_AT(error, ONUS_IO, url, 0, 0, "the request failed: %s", detail);
  }
}

static void set_request(onus_taxii_http *http, const char *url, const onus_text *body, receiving *r) {
  CURL *curl = http->curl;
  /* A proxy of the environment sees https from outside only; what stays on this machine needs none. */
  curl_easy_setopt(curl, CURLOPT_NOPROXY, strncmp(url, "http:", 5) == 0 ? "*" : NULL);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, r);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, r);
  if (body) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->bytes);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->length);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, http->post_headers);
  } else {
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, http->get_headers);
  }
}

/* One request to one URL, and its answer, whatever it is. */
static onus_status perform(onus_taxii_http *http, const char *url, const onus_text *body, onus_taxii_answer *answer,
                           onus_error *error) {
  receiving r = {.answer = answer, .body = onus_buffer_new(ONUS_TAXII_ANSWER_BYTES)};
  *answer = (onus_taxii_answer){.trouble = ONUS_TAXII_HOPELESS};
  http->detail[0] = '\0';
  set_request(http, url, body, &r);
  CURLcode code = curl_easy_setopt(http->curl, CURLOPT_URL, url);
  if (code == CURLE_OK)
    code = curl_easy_perform(http->curl);
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &answer->code);
  curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
  answer->retry_after_s = (double)retry_after_s;
  if (code == CURLE_OK && !r.is_head_whole) /* libcurl lets that pass */
    code = CURLE_PARTIAL_FILE;
  onus_status status = code == CURLE_OK ? ONUS_OK : fail_transfer(http, url, code, &r, error);
  if (status == ONUS_OK && r.is_packed)
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, url, 0, 0, "the answer is compressed, which was not asked for");
  onus_buffer_append(&r.body, "", 0);
  if (status == ONUS_OK)
    status = onus_buffer_take(&r.body, &answer->body, error);
  onus_buffer_free(&r.body);
  return status;
}

/* A redirect is followed on the same server only, so that name, password and data go nowhere else. */
static onus_status follow(onus_taxii_http *http, const char *url, const onus_text *body, onus_taxii_answer *answer,
                          char **ret_next, onus_error *error) {
  char *target = NULL;
  curl_easy_getinfo(http->curl, CURLINFO_REDIRECT_URL, &target);
  bool is_allowed = target && !body && onus_taxii_url_is_same_server(url, target);
  *ret_next = is_allowed ? strdup(target) : NULL;
  onus_quote quote = onus_quote_string(target ? target : "");
  onus_text_free(&answer->body);
  answer->trouble = ONUS_TAXII_HOPELESS;
  if (is_allowed)
    return *ret_next ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, url, 0, 0, "the server sends us on to %s, %s", quote.text,
                      body ? "and what is pushed is not sent on; give that URL if it is meant"
                           : "which is another server; give that URL if it is meant");
}

static onus_status call(void *context, const onus_taxii_request *request, onus_taxii_answer *answer,
                        onus_error *error) {
  onus_taxii_http *http = context;
  char *next = NULL;
  for (int n = 0;; n++) {
    char *url = next;
    next = NULL;
    onus_status status = perform(http, url ? url : request->url, request->body, answer, error);
    bool is_redirect = status == ONUS_OK && answer->code >= 300 && answer->code < 400;
    if (is_redirect && n < MOST_REDIRECTS)
      status = follow(http, url ? url : request->url, request->body, answer, &next, error);
    free(url);
    if (status != ONUS_OK || !is_redirect || n == MOST_REDIRECTS)
      return status;
  }
}

static onus_status wait_for(void *context, double seconds, onus_error *error) {
  enum { STEP_MS = 100 };
  for (double left_ms = seconds * 1000; left_ms > 0; left_ms -= STEP_MS) {
    if (!goes_on(context))
      return ONUS_FAIL(error, ONUS_CANCELLED, "the transfer was interrupted");
    long ms = left_ms < STEP_MS ? (long)left_ms : STEP_MS;
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
  }
  return ONUS_OK;
}

static bool note_progress(void *context, size_t n_done, size_t n_all) {
  onus_taxii_http *http = context;
  http->n_done = n_done;
  http->n_all = n_all;
  return goes_on(http);
}

/* --- the handle
 * ------------------------------------------------------------------------------------------------------- */

static bool append_header(struct curl_slist **list, const char *line) {
  struct curl_slist *longer = curl_slist_append(*list, line);
  if (longer)
    *list = longer;
  return longer != NULL;
}

static bool has_control(const onus_secret *secret) {
  for (size_t i = 0; secret && i < secret->length_bytes; i++)
    if (secret->bytes[i] < 0x20 || secret->bytes[i] == 0x7F)
      return true;
  return false;
}

static CURLcode set_credentials(CURL *curl, const onus_taxii_options *o) {
  CURLcode code = CURLE_OK;
  if (o->token) {
    code = curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    return code ? code : curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, (const char *)o->token->bytes);
  }
  if (o->user) {
    code = curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_USERNAME, o->user);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_PASSWORD, o->password ? (char *)o->password->bytes : "");
  }
  return code;
}

static CURLcode set_always(onus_taxii_http *http) {
  CURL *curl = http->curl;
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->detail);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_head);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, http);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                   http->timeout_s < CONNECT_TIMEOUT_S ? (long)http->timeout_s : (long)CONNECT_TIMEOUT_S);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)http->timeout_s);
  CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  code = code ? code : curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  code = code ? code : curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  code = code ? code : curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  code = code ? code : curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!code && http->options->ca_file) {
    code = curl_easy_setopt(curl, CURLOPT_CAINFO, http->options->ca_file);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
  }
  return code;
}

static onus_status open_curl(onus_taxii_http *http, onus_error *error) {
  char agent[64];
  snprintf(agent, sizeof agent, "User-Agent: onus/%s", onus_version());
  http->curl = curl_easy_init();
  struct curl_slist **get = &http->get_headers, **post = &http->post_headers;
  if (!http->curl || !append_header(get, "Accept: " ONUS_TAXII_MEDIA_TYPE) || !append_header(get, agent) ||
      !append_header(post, "Accept: " ONUS_TAXII_MEDIA_TYPE) || !append_header(post, agent) ||
      !append_header(post, "Content-Type: " ONUS_TAXII_MEDIA_TYPE) || !append_header(post, "Expect:"))
    return ONUS_FAIL_NO_MEMORY(error);
  CURLcode code = set_always(http);
  code = code ? code : set_credentials(http->curl, http->options);
  if (code == CURLE_OUT_OF_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  return code == CURLE_OK ? ONUS_OK
                          : ONUS_FAIL(error, ONUS_UNSUPPORTED, "this libcurl cannot do what is needed: %s",
                                      curl_easy_strerror(code));
}

onus_status onus_taxii_http_open(const onus_taxii_options *options, onus_taxii_http **ret_http, onus_error *error) {
  if (has_control(options->token) || has_control(options->password))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the password or token holds a control character; it is not sent");
  if (options->user && strchr(options->user, ':'))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the name of the user holds a colon, which HTTP cannot carry");
  /* Counted by libcurl, and safe from several threads since 7.84. */
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return ONUS_FAIL(error, ONUS_UNSUPPORTED, "libcurl cannot start");
  onus_taxii_http *http = calloc(1, sizeof *http);
  if (!http) {
    curl_global_cleanup();
    return ONUS_FAIL_NO_MEMORY(error);
  }
  http->options = options;
  http->timeout_s = options->timeout_s ? options->timeout_s : DEFAULT_TIMEOUT_S;
  onus_status status = open_curl(http, error);
  if (status == ONUS_OK)
    *ret_http = http;
  else
    onus_taxii_http_close(http);
  return status;
}

onus_taxii_transport onus_taxii_http_transport(onus_taxii_http *http) {
  return (onus_taxii_transport){.call = call, .wait = wait_for, .progress = note_progress, .context = http};
}

void onus_taxii_http_close(onus_taxii_http *http) {
  if (!http)
    return;
  curl_easy_cleanup(http->curl);
  curl_slist_free_all(http->get_headers);
  curl_slist_free_all(http->post_headers);
  free(http);
  curl_global_cleanup();
}
