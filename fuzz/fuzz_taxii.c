/* What a TAXII server says. The first byte says what the rest is taken for; r: a resource (discovery, API root,
 * collections), o: objects, m: a manifest, s: a status, u: the URL of an API root. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "exchange/taxii_protocol.h"
#include "exchange/taxii_transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && (error->status != status || error->text[0] == '\0'))
    abort();
}

static onus_status visit(void *context, const onus_node *object, onus_error *error) {
  size_t *n_visited = context;
  (void)error;
  const char *version = onus_taxii_version(object);
  if (!onus_node_text(object, "id") || (version && !onus_taxii_is_version(version, version)))
    abort();
  ++*n_visited;
  return ONUS_OK;
}

static void read_page(const onus_text *answer, bool has_type) {
  onus_error error = {0};
  onus_taxii_page page;
  size_t n_visited = 0;
  onus_status status = onus_taxii_read_page("fuzz", answer, has_type, visit, &n_visited, &page, &error);
  check(status, &error);
  if (status == ONUS_OK && (page.n_objects != n_visited || strlen(page.next) >= ONUS_TAXII_NEXT_BYTES))
    abort();
}

static void read_resource(const onus_text *answer, onus_arena *arena) {
  onus_error error = {0};
  onus_taxii_resource r;
  onus_status status = onus_taxii_read_resource("fuzz", answer, arena, &r, &error);
  check(status, &error);
  for (size_t i = 0; status == ONUS_OK && i < r.n_collections; i++)
    if (!r.collections[i].id[0] || !r.collections[i].title)
      abort();
  for (size_t i = 0; status == ONUS_OK && i < r.n_api_roots; i++)
    if (!r.api_roots[i])
      abort();
}

static void read_status(const onus_text *answer, onus_arena *arena) {
  onus_error error = {0};
  onus_taxii_status s;
  onus_status status = onus_taxii_read_status("fuzz", answer, 3, arena, &s, &error);
  check(status, &error);
  if (status == ONUS_OK && (s.successes.n + s.failures.n > 3 || (s.is_complete && s.pendings.n > 0)))
    abort();
}

/* Whatever a server names: we stay on ours, or know that we would not. */
static void read_url(const char *reference, onus_arena *arena) {
  static const char BASE[] = "https://taxii.example.org:8443/taxii2/";
  onus_error error = {0};
  const char *url;
  bool is_same;
  onus_status status = onus_taxii_url_join(BASE, reference, arena, &url, &is_same, &error);
  check(status, &error);
  if (status != ONUS_OK)
    return;
  if (is_same != (strncasecmp(url, BASE, 31) == 0) || is_same != onus_taxii_url_is_same_server(BASE, url))
    abort();
  if (url[strlen(url) - 1] != '/' || strpbrk(url, "?# \n"))
    abort();
  const char *again;
  if (onus_taxii_url_check(url, arena, &again, &error) != ONUS_OK || strcmp(url, again) != 0)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *copy = malloc(size + 1);
  onus_arena *arena = onus_arena_new((size_t)64 << 20);
  if (!copy || !arena)
    abort();
  if (size > 0)
    memcpy(copy, data, size);
  copy[size] = '\0';
  onus_text answer = {size > 0 ? copy + 1 : copy, size > 0 ? size - 1 : 0};
  switch (copy[0]) {
  case 'r':
    read_resource(&answer, arena);
    break;
  case 's':
    read_status(&answer, arena);
    break;
  case 'u':
    read_url(answer.bytes, arena);
    break;
  default:
    read_page(&answer, copy[0] == 'o');
    (void)onus_taxii_is_media_type(copy);
    if (strlen(onus_taxii_read_reason(&answer).text) >= sizeof(onus_taxii_reason))
      abort();
  }
  onus_arena_free(arena);
  free(copy);
  return 0;
}
