#include "plain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *about) {
  fprintf(stderr, "%s: the plain client: %s: %.400s\n", program_invocation_short_name, what, about);
  exit(1);
}

static size_t take(char *bytes, size_t size, size_t count, void *answer) {
  onus_buffer_append(answer, bytes, size * count);
  return size * count;
}

void plain_open(plain *p, const char *place, const char *password_path) {
  memset(p, 0, sizeof *p);
  FILE *file = fopen(password_path, "r");
  if (!file || !fgets(p->password, sizeof p->password, file))
    fail("no password", password_path);
  fclose(file);
  p->password[strcspn(p->password, "\n")] = '\0';
  for (const char *at = place + strlen("clickhouse://"); *at && *at != '/' && p->n_shards < PLAIN_SHARDS_MAX;) {
    size_t length = strcspn(at, ",/");
    snprintf(p->nodes[p->n_shards++], sizeof p->nodes[0], "%.*s", (int)length, at);
    at += length + (at[length] == ',');
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  p->multi = curl_multi_init();
  for (size_t i = 0; i < p->n_shards; i++) {
    p->curl[i] = curl_easy_init();
    p->sent[i] = onus_buffer_new(SIZE_MAX / 4);
    p->answers[i] = onus_buffer_new(SIZE_MAX / 4);
  }
}

void plain_close(plain *p) {
  for (size_t i = 0; i < p->n_shards; i++) {
    curl_easy_cleanup(p->curl[i]);
    onus_buffer_free(&p->sent[i]);
    onus_buffer_free(&p->answers[i]);
  }
  curl_multi_cleanup(p->multi);
  curl_global_cleanup();
}

static void set_url(plain *p, size_t node, const char *sql, const char *more) {
  CURL *curl = p->curl[node];
  char *escaped = curl_easy_escape(curl, sql, 0), url[8192];
  snprintf(url, sizeof url, "http://%s/?query=%s%s", p->nodes[node], escaped, more);
  curl_free(escaped);
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_USERNAME, "default");
  curl_easy_setopt(curl, CURLOPT_PASSWORD, p->password);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &p->answers[node]);
  p->answers[node].length_bytes = 0;
}

static void check(plain *p, size_t node, CURLcode code) {
  long status = 0;
  curl_easy_getinfo(p->curl[node], CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK)
    fail("a node cannot be asked", curl_easy_strerror(code));
  onus_buffer_character(&p->answers[node], '\0');
  if (status != 200)
    fail("a node refuses", p->answers[node].bytes);
  p->answers[node].length_bytes--;
}

static void post(plain *p, size_t node, const char *sql, const onus_buffer *body) {
  set_url(p, node, sql, "");
  curl_easy_setopt(p->curl[node], CURLOPT_POST, 1L);
  curl_easy_setopt(p->curl[node], CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(body ? body->length_bytes : 0));
  curl_easy_setopt(p->curl[node], CURLOPT_POSTFIELDS, body && body->length_bytes > 0 ? body->bytes : "");
  check(p, node, curl_easy_perform(p->curl[node]));
}

void plain_run(plain *p, size_t node, const char *sql) {
  post(p, node, sql, NULL);
}

void plain_create(plain *p) {
  static const struct {
    const char *name, *columns, *order;
  } tables[] = {{"band", "k UInt64, f UInt32", "(k, f)"},
                {"exact", "h UInt64, f UInt32, prog UInt32, fam UInt32", "(h, f)"},
                {"sig", "f UInt32, prog UInt32, fam UInt32, sig FixedString(64)", "f"},
                {"ind", "h UInt64, actor UInt32, fs UInt32, ls UInt32, src UInt16", "(h, actor, fs)"},
                {"ind_whole", "h String, actor UInt32, fs UInt32, ls UInt32, src UInt16", "(h, actor, fs)"}};
  char sql[512];
  for (size_t node = 0; node < p->n_shards; node++)
    for (size_t copy = 0; copy < 2; copy++) {
      size_t shard = (node + p->n_shards - copy) % p->n_shards;
      snprintf(sql, sizeof sql, "CREATE DATABASE plain_%zu", shard);
      plain_run(p, node, sql);
      for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        snprintf(sql, sizeof sql,
                 "CREATE TABLE plain_%zu.%s (%s) ENGINE = ReplicatedMergeTree('/plain/%zu/%s', 'node-%zu') "
                 "ORDER BY %s SETTINGS index_granularity = 256",
                 shard, tables[i].name, tables[i].columns, shard, tables[i].name, node, tables[i].order);
        plain_run(p, node, sql);
      }
    }
}

void plain_insert(plain *p, const char *table) {
  char sql[128];
  for (size_t i = 0; i < p->n_shards; i++) {
    snprintf(sql, sizeof sql, "INSERT INTO plain_%zu.%s FORMAT RowBinary", i, table);
    if (p->sent[i].length_bytes > 0)
      post(p, i, sql, &p->sent[i]);
    p->sent[i].length_bytes = 0;
  }
}

void plain_ask(plain *p, const char *sql, const char *type) {
  curl_mime *forms[PLAIN_SHARDS_MAX];
  char text[1024], more[100];
  snprintf(more, sizeof more, "&x_structure=k+%s&x_format=RowBinary&max_threads=2", type);
  for (size_t i = 0; i < p->n_shards; i++) {
    char *hole = strstr(sql, "%zu");
    snprintf(text, sizeof text, "%.*s%zu%s", (int)(hole - sql), sql, i, hole + 3);
    set_url(p, i, text, more);
    forms[i] = curl_mime_init(p->curl[i]);
    curl_mimepart *part = curl_mime_addpart(forms[i]);
    curl_mime_name(part, "x");
    curl_mime_filename(part, "x");
    curl_mime_data(part, p->sent[i].length_bytes > 0 ? p->sent[i].bytes : "", p->sent[i].length_bytes);
    curl_easy_setopt(p->curl[i], CURLOPT_MIMEPOST, forms[i]);
    curl_multi_add_handle(p->multi, p->curl[i]);
  }
  for (int running = 1; running > 0;) {
    curl_multi_perform(p->multi, &running);
    if (running > 0)
      curl_multi_poll(p->multi, NULL, 0, 1000, NULL);
  }
  CURLcode codes[PLAIN_SHARDS_MAX] = {CURLE_OK};
  int left;
  for (const CURLMsg *message; (message = curl_multi_info_read(p->multi, &left)) != NULL;)
    for (size_t i = 0; i < p->n_shards; i++)
      if (p->curl[i] == message->easy_handle)
        codes[i] = message->data.result;
  for (size_t i = 0; i < p->n_shards; i++) {
    check(p, i, codes[i]);
    curl_multi_remove_handle(p->multi, p->curl[i]);
    curl_mime_free(forms[i]);
    p->sent[i].length_bytes = 0;
  }
}
