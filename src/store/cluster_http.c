/* Single calls to servers, by libcurl: many at once, each with its own limits, on connections that are kept. */
#include "store/cluster_internal.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "document/quote.h"

enum { CONNECT_MS = 3000, POLL_MS = 200, AVOIDED_MS = 5000, N_LINES = 8, URL_BYTES_MAX = 1 << 20 };

struct onus_line {
  CURLM *multi;
  size_t n_handles;
  CURL **handles;
};

/* One call under way. */
typedef struct flight {
  onus_call *call;
  CURL *curl;
  curl_mime *form;
  char *url;
  CURLcode code;
  bool has_landed;
  char detail[CURL_ERROR_SIZE];
} flight;

int64_t onus_cluster_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- connections -------------------------------------------------------------------------------------------------- */

static void free_line(onus_line *line) {
  if (!line)
    return;
  for (size_t i = 0; i < line->n_handles; i++)
    curl_easy_cleanup(line->handles[i]);
  free(line->handles);
  if (line->multi)
    curl_multi_cleanup(line->multi);
  free(line);
}

static onus_line *take_line(onus_cluster *cluster) {
  for (size_t i = 0; i < N_LINES; i++) {
    onus_line *line = __atomic_exchange_n(&cluster->lines[i], NULL, __ATOMIC_ACQ_REL);
    if (line)
      return line;
  }
  onus_line *line = calloc(1, sizeof *line);
  if (line && !(line->multi = curl_multi_init())) {
    free(line);
    line = NULL;
  }
  return line;
}

static void give_line(onus_cluster *cluster, onus_line *line) {
  for (size_t i = 0; i < N_LINES; i++) {
    onus_line *none = NULL;
    if (__atomic_compare_exchange_n(&cluster->lines[i], &none, line, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
      return;
  }
  free_line(line);
}

static bool need_handles(onus_line *line, size_t count) {
  if (count <= line->n_handles)
    return true;
  CURL **grown = realloc(line->handles, count * sizeof *grown);
  if (!grown)
    return false;
  line->handles = grown;
  for (; line->n_handles < count; line->n_handles++)
    if (!(line->handles[line->n_handles] = curl_easy_init()))
      return false;
  return true;
}

onus_status onus_cluster_open(const char *location, onus_cluster **ret_cluster, onus_error *error) {
  onus_cluster *cluster = calloc(1, sizeof *cluster);
  if (!cluster)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = onus_cluster_place_read(location, &cluster->place, error);
  if (status == ONUS_OK) {
    cluster->has_curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!cluster->has_curl)
      status = ONUS_FAIL(error, ONUS_UNSUPPORTED, "libcurl cannot start");
  }
  if (status != ONUS_OK)
    onus_cluster_close(cluster);
  else
    *ret_cluster = cluster;
  return status;
}

void onus_cluster_close(onus_cluster *cluster) {
  if (!cluster)
    return;
  for (size_t i = 0; i < N_LINES; i++)
    free_line(__atomic_exchange_n(&cluster->lines[i], NULL, __ATOMIC_ACQ_REL));
  if (cluster->has_curl)
    curl_global_cleanup();
  onus_cluster_place_free(&cluster->place);
  free(cluster);
}

/* --- one call ----------------------------------------------------------------------------------------------------- */

static size_t take_answer(char *bytes, size_t size, size_t count, void *context) {
  onus_buffer *answer = context;
  onus_buffer_append(answer, bytes, size * count);
  return answer->status == ONUS_OK ? size * count : 0;
}

/* Only our own words and numbers are in the SQL, so it is known to fit a URL. */
static char *url_of(const onus_cluster *cluster, CURL *curl, const onus_call *call) {
  const onus_cluster_place *place = &cluster->place;
  char *sql = curl_easy_escape(curl, call->sql, 0), *columns = NULL;
  onus_buffer url = onus_buffer_new(URL_BYTES_MAX);
  if (sql && call->columns)
    columns = curl_easy_escape(curl, call->columns, 0);
  if (sql && (columns || !call->columns))
    onus_buffer_printf(&url, "%s://%s/?query=%s%s%s%s%s%s", place->has_tls ? "https" : "http", place->nodes[call->node],
                       sql, call->has_sums ? "" : "&wait_end_of_query=1",
                       call->outside_database ? "" : "&database=", call->outside_database ? "" : place->database,
                       columns ? "&x_format=RowBinary&x_structure=" : "", columns ? columns : "");
  curl_free(sql);
  curl_free(columns);
  if (url.status != ONUS_OK)
    onus_buffer_free(&url);
  return url.bytes;
}

static CURLcode set_identity(CURL *curl, const onus_cluster_place *place) {
  CURLcode code = curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
  code = code ? code : curl_easy_setopt(curl, CURLOPT_USERNAME, place->user);
  code = code ? code : curl_easy_setopt(curl, CURLOPT_PASSWORD, place->password ? place->password : "");
  code = code ? code : curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, place->has_tls ? "https" : "http");
  code = code ? code : curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  code = code ? code : curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  code = code ? code : curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!code && place->ca_file) {
    code = curl_easy_setopt(curl, CURLOPT_CAINFO, place->ca_file);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
  }
  return code;
}

static CURLcode set_body(flight *f) {
  CURL *curl = f->curl;
  const onus_buffer *rows = f->call->rows;
  size_t n_bytes = rows ? rows->length_bytes : 0;
  if (!f->call->columns) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_POST, 1L);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_POSTFIELDS, n_bytes > 0 ? rows->bytes : "");
    return code ? code : curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n_bytes);
  }
  f->form = curl_mime_init(curl);
  curl_mimepart *part = f->form ? curl_mime_addpart(f->form) : NULL;
  if (!part)
    return CURLE_OUT_OF_MEMORY;
  CURLcode code = curl_mime_name(part, "x");
  code = code ? code : curl_mime_filename(part, "x");
  code = code ? code : curl_mime_data(part, n_bytes > 0 ? rows->bytes : "", n_bytes);
  return code ? code : curl_easy_setopt(curl, CURLOPT_MIMEPOST, f->form);
}

static CURLcode set_call(const onus_cluster *cluster, flight *f) {
  CURL *curl = f->curl;
  const onus_cluster_place *place = &cluster->place;
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, f->detail);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &f->call->answer);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, place->call_ms < CONNECT_MS ? place->call_ms : (long)CONNECT_MS);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, place->call_ms);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 262144L);
  curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 262144L);
  curl_easy_setopt(curl, CURLOPT_PRIVATE, f);
  CURLcode code = curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  code = code ? code : set_identity(curl, place);
  code = code ? code : set_body(f);
  code = code ? code : curl_easy_setopt(curl, CURLOPT_URL, f->url);
  return code;
}

/* --- what an answer means ----------------------------------------------------------------------------------------- */

/* "Code: 60, e.displayText() = DB::Exception: …", 0 when there is none. */
static long exception_of(const onus_buffer *answer) {
  static const char mark[] = "Code: ";
  if (answer->length_bytes < sizeof mark || memcmp(answer->bytes, mark, sizeof mark - 1) != 0)
    return 0;
  long code = 0;
  for (const char *c = answer->bytes + sizeof mark - 1; *c >= '0' && *c <= '9' && code < 100000; c++)
    code = 10 * code + (*c - '0');
  return code;
}

static const struct {
  long code;
  onus_call_outcome outcome;
  const char *meaning;
} exceptions[] = {
    {60, ONUS_CALL_NO_STORE, "has no such table"},
    {81, ONUS_CALL_NO_STORE, "has no such database"},
    {164, ONUS_CALL_HOPELESS, "does not let the user do this: reading needs 2 as its `readonly`, writing 0"},
    {192, ONUS_CALL_HOPELESS, "does not know the user"},
    {193, ONUS_CALL_HOPELESS, "refuses the password"},
    {194, ONUS_CALL_HOPELESS, "wants a password"},
    {195, ONUS_CALL_HOPELESS, "lets the user in from other addresses only"},
    {497, ONUS_CALL_HOPELESS, "does not allow the user to do this"},
    {516, ONUS_CALL_HOPELESS, "refuses the user or the password"},
    {46, ONUS_CALL_HOPELESS, "is of a version that lacks a function"},
    {47, ONUS_CALL_HOPELESS, "has tables of another layout"},
    {62, ONUS_CALL_HOPELESS, "does not understand a query"},
    {225, ONUS_CALL_ELSEWHERE, "has lost its coordinator (ZooKeeper or Keeper)"},
    {242, ONUS_CALL_ELSEWHERE, "has lost its coordinator (ZooKeeper or Keeper) and takes nothing new"},
    {999, ONUS_CALL_ELSEWHERE, "has trouble with its coordinator (ZooKeeper or Keeper)"},
    {243, ONUS_CALL_ELSEWHERE, "has no room left on its disk"},
    {74, ONUS_CALL_ELSEWHERE, "cannot write to its disk"},
    {75, ONUS_CALL_ELSEWHERE, "cannot write to its disk"},
    {395, ONUS_CALL_ELSEWHERE, "does not have all of this state: its replica lags, or the state is too old"},
};

void onus_call_judge_refusal(onus_call *call, long http_code) {
  /* A replica may hand a statement on to the one that leads, and old ones do so without a password: ask that one. */
  bool is_handed_on = call->answer.length_bytes > 0 && strstr(call->answer.bytes, "Received from");
  long code = is_handed_on ? 0 : exception_of(&call->answer);
  call->outcome = ONUS_CALL_ELSEWHERE;
  for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
    if (exceptions[i].code == code) {
      call->outcome = exceptions[i].outcome;
      bool is_full = code != 243 && strstr(call->answer.bytes, "errno: 28"); /* ENOSPC, as Linux numbers it */
      snprintf(call->trouble, sizeof call->trouble, "%s (code %ld)",
               is_full ? "has no room left on its disk" : exceptions[i].meaning, code);
      return;
    }
  if (!is_handed_on && (http_code == 401 || http_code == 403))
    call->outcome = ONUS_CALL_HOPELESS;
  onus_quote said =
      onus_quote_bytes(call->answer.length_bytes > 0 ? call->answer.bytes : "", call->answer.length_bytes);
  snprintf(call->trouble, sizeof call->trouble, "answers with status %ld: %.300s", http_code, said.text);
}

static void judge_transfer(const onus_cluster *cluster, flight *f) {
  onus_call *call = f->call;
  const char *detail = f->detail[0] ? f->detail : curl_easy_strerror(f->code);
  call->outcome = ONUS_CALL_ELSEWHERE;
  switch (f->code) {
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
    call->outcome = ONUS_CALL_HOPELESS;
    snprintf(call->trouble, sizeof call->trouble, "does not prove who it is: %s", detail);
    return;
  case CURLE_OPERATION_TIMEDOUT:
    snprintf(call->trouble, sizeof call->trouble, "gave no whole answer in time (%ld s at most): %s",
             cluster->place.call_ms / 1000, detail);
    return;
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
    snprintf(call->trouble, sizeof call->trouble, "cannot be reached: %s", detail);
    return;
  default:
    snprintf(call->trouble, sizeof call->trouble, "broke off: %s", detail);
  }
}

static onus_status judge(onus_cluster *cluster, flight *f, onus_error *error) {
  onus_call *call = f->call;
  if (call->answer.status == ONUS_NO_MEMORY || f->code == CURLE_OUT_OF_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (call->answer.status == ONUS_LIMIT)
    return ONUS_FAIL(error, ONUS_LIMIT, "the answer of the node %s is longer than %d bytes; ask for fewer keys at once",
                     cluster->place.nodes[call->node], ONUS_CLUSTER_ANSWER_BYTES_MAX);
  long http_code = 0;
  curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &http_code);
  onus_buffer_append(&call->answer, "", 0);
  if (f->code != CURLE_OK) {
    judge_transfer(cluster, f);
  } else if (http_code == 200) {
    call->outcome = ONUS_CALL_OK;
  } else {
    onus_call_judge_refusal(call, http_code);
  }
  if (call->outcome == ONUS_CALL_ELSEWHERE)
    __atomic_store_n(&cluster->avoided_until_ms[call->node], onus_cluster_now_ms() + AVOIDED_MS, __ATOMIC_RELAXED);
  return call->landed ? call->landed(call->context, call, error) : ONUS_OK;
}

/* --- many calls --------------------------------------------------------------------------------------------------- */

/* Looks at the calls that have come to their ends. */
static onus_status land_what_has_come(onus_cluster *cluster, onus_line *line, onus_error *error) {
  int n_left;
  for (const CURLMsg *message; (message = curl_multi_info_read(line->multi, &n_left)) != NULL;) {
    char *private = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
    flight *f = (flight *)(void *)private;
    f->code = message->data.result;
    f->has_landed = true;
    ONUS_TRY(judge(cluster, f, error));
  }
  return ONUS_OK;
}

static onus_status run(onus_cluster *cluster, onus_line *line, onus_error *error) {
  int n_running = 0;
  int64_t told_ms = onus_cluster_now_ms();
  do {
    CURLMcode code = curl_multi_perform(line->multi, &n_running);
    ONUS_TRY(land_what_has_come(cluster, line, error));
    if (code == CURLM_OK && n_running > 0)
      code = curl_multi_poll(line->multi, NULL, 0, POLL_MS, NULL);
    if (code == CURLM_OUT_OF_MEMORY)
      return ONUS_FAIL_NO_MEMORY(error);
    if (code != CURLM_OK)
      return ONUS_FAIL(error, ONUS_IO, "the network cannot be used: %s", curl_multi_strerror(code));
    if (cluster->watch && onus_cluster_now_ms() - told_ms > 1000) {
      told_ms = onus_cluster_now_ms();
      if (!onus_cluster_may_go_on(cluster))
        return ONUS_FAIL(error, ONUS_CANCELLED, "stopped while the cluster was written to");
    }
  } while (n_running > 0);
  return ONUS_OK;
}

struct onus_flights {
  onus_cluster *cluster;
  onus_line *line;
  flight *flights;
  size_t n_calls, n_added;
  bool has_landed;
};

static onus_status add_flight(onus_flights *of, onus_error *error) {
  flight *f = &of->flights[of->n_added];
  f->curl = of->line->handles[of->n_added++];
  f->code = CURLE_GOT_NOTHING;
  f->url = url_of(of->cluster, f->curl, f->call);
  CURLcode code = f->url ? set_call(of->cluster, f) : CURLE_OUT_OF_MEMORY;
  if (code == CURLE_OK && curl_multi_add_handle(of->line->multi, f->curl) != CURLM_OK)
    code = CURLE_OUT_OF_MEMORY;
  if (code == CURLE_OUT_OF_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (code != CURLE_OK)
    return ONUS_FAIL(error, ONUS_UNSUPPORTED, "this libcurl cannot do what is needed: %s", curl_easy_strerror(code));
  return ONUS_OK;
}

static onus_status take_off(onus_flights *of, onus_error *error) {
  int n_running;
  if (!need_handles(of->line, of->n_calls))
    return ONUS_FAIL_NO_MEMORY(error);
  while (of->n_added < of->n_calls)
    ONUS_TRY(add_flight(of, error));
  /* On a connection that is open, this sends the question. */
  return curl_multi_perform(of->line->multi, &n_running) == CURLM_OUT_OF_MEMORY ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

onus_status onus_cluster_launch(onus_cluster *cluster, onus_call *calls, size_t n_calls, onus_flights **ret_flights,
                                onus_error *error) {
  for (size_t i = 0; i < n_calls; i++) {
    calls[i].answer = onus_buffer_new(ONUS_CLUSTER_ANSWER_BYTES_MAX);
    calls[i].trouble[0] = '\0';
  }
  onus_flights *of = calloc(1, sizeof *of);
  if (!of)
    return ONUS_FAIL_NO_MEMORY(error);
  *of = (onus_flights){cluster, take_line(cluster), calloc(n_calls + 1, sizeof *of->flights), n_calls, 0, false};
  onus_status status = of->line && of->flights ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; status == ONUS_OK && i < n_calls; i++)
    of->flights[i].call = &calls[i];
  if (status == ONUS_OK)
    status = take_off(of, error);
  if (status != ONUS_OK)
    onus_cluster_abandon(of);
  else
    *ret_flights = of;
  return status;
}

void onus_cluster_abandon(onus_flights *of) {
  if (!of)
    return;
  for (size_t i = 0; i < of->n_added; i++) {
    curl_multi_remove_handle(of->line->multi, of->flights[i].curl);
    curl_easy_reset(of->flights[i].curl);
    curl_mime_free(of->flights[i].form);
    free(of->flights[i].url);
  }
  if (of->line && of->has_landed)
    give_line(of->cluster, of->line);
  else
    free_line(of->line); /* what is half done on it is not to be met again */
  free(of->flights);
  free(of);
}

void onus_cluster_pump(onus_flights *of) {
  int n_running;
  (void)curl_multi_perform(of->line->multi, &n_running);
}

onus_status onus_cluster_land(onus_flights *of, onus_error *error) {
  onus_status status = run(of->cluster, of->line, error);
  for (size_t i = 0; status == ONUS_OK && i < of->n_calls; i++)
    if (!of->flights[i].has_landed) /* libcurl has forgotten it */
      status = judge(of->cluster, &of->flights[i], error);
  of->has_landed = status == ONUS_OK;
  onus_cluster_abandon(of);
  return status;
}

void onus_cluster_free_calls(onus_call *calls, size_t n_calls) {
  for (size_t i = 0; i < n_calls; i++)
    onus_buffer_free(&calls[i].answer);
}

onus_status onus_cluster_fail(const onus_cluster *cluster, const onus_call *call, onus_error *error) {
  onus_status status = call->outcome == ONUS_CALL_NO_STORE ? ONUS_BAD_ARGUMENT : ONUS_IO;
  return ONUS_FAIL_AT(error, status, cluster->place.nodes[call->node], 0, 0, "%s", call->trouble);
}
