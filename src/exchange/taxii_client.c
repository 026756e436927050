#include "exchange/taxii_client.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "document/build.h"
#include "document/canonical.h"
#include "document/quote.h"
#include "exchange/bundle.h"

/* The first pause, the longest of ours, and the longest that a server may ask for. */
#define FIRST_PAUSE_S 0.5
#define LONGEST_PAUSE_S 30.0
#define MOST_PATIENCE_S 300.0
enum { MOST_API_ROOTS = 100 };

const char *onus_taxii_key(onus_arena *arena, const char *id, const char *version) {
  int64_t time_us = onus_stix_microseconds(version);
  onus_build build = {.arena = arena};
  const onus_node *key = time_us != INT64_MIN ? onus_build_format(&build, "%s\n%" PRId64, id, time_us)
                                              : onus_build_format(&build, "%s\n%s", id, version ? version : "-");
  return key ? key->text : NULL;
}

onus_status onus_taxii_digest(const onus_node *object, unsigned char digest[ONUS_TAXII_DIGEST_BYTES],
                              onus_error *error) {
  onus_buffer out = onus_buffer_new(ONUS_DOCUMENT_PART_BYTES);
  onus_text text;
  onus_document_canonical(&out, object);
  ONUS_TRY(onus_buffer_take(&out, &text, error));
  crypto_hash_sha256(digest, (const unsigned char *)text.bytes, text.length);
  onus_text_free(&text);
  return ONUS_OK;
}

/* --- requests -------------------------------------------------------------------------------------------------- */

bool onus_taxii_is_success(const onus_taxii_answer *answer) {
  return answer->code >= 200 && answer->code < 300;
}

onus_status onus_taxii_fail(const char *url, const onus_taxii_answer *answer, onus_error *error) {
  onus_taxii_reason reason = onus_taxii_read_reason(&answer->body);
  onus_status status = ONUS_IO;
  const char *meaning = "the server answers with a failure";
  switch (answer->code) {
  case 401:
    status = ONUS_BAD_ARGUMENT;
    meaning = "the server wants a name and password, or a token, that it knows";
    break;
  case 403:
    status = ONUS_BAD_ARGUMENT;
    meaning = "the server does not allow this to who we say we are";
    break;
  case 404:
    status = ONUS_BAD_ARGUMENT;
    meaning = "there is no such thing on the server";
    break;
  case 400:
  case 422:
    status = ONUS_BAD_ARGUMENT;
    meaning = "the server does not accept the request";
    break;
  case 406:
  case 415:
    status = ONUS_BAD_ARGUMENT;
    meaning = "the server does not speak TAXII 2.1 here";
    break;
  case 413:
    meaning = "the server takes less in one request";
    break;
  case 429:
    meaning = "the server has had too many requests";
    break;
  case 503:
    meaning = "the server is not available";
    break;
  default:
    break;
  }
  return ONUS_FAIL_AT(error, status, url, 0, 0, "%s (HTTP %ld)%s", meaning, answer->code, reason.text);
}

onus_status onus_taxii_pause(onus_taxii_client *client, onus_status status, double retry_after_s, onus_error *error) {
  double pause_s = FIRST_PAUSE_S;
  for (unsigned i = 0; i < client->n_failed && pause_s < LONGEST_PAUSE_S; i++)
    pause_s *= 2;
  pause_s = pause_s > LONGEST_PAUSE_S ? LONGEST_PAUSE_S : pause_s;
  bool is_patient = retry_after_s <= MOST_PATIENCE_S;
  client->n_failed++;
  if (is_patient && client->n_failed < client->n_attempts)
    return client->transport.wait(client->transport.context, retry_after_s > pause_s ? retry_after_s : pause_s, error);
  size_t length = error ? strlen(error->text) : 0;
  if (error && !is_patient)
    snprintf(error->text + length, sizeof error->text - length, "; it asks us to come again in %.0f s", retry_after_s);
  else if (error && client->n_failed > 1)
    snprintf(error->text + length, sizeof error->text - length, "; given up after %u attempts", client->n_failed);
  return status;
}

static bool is_passing(long code) {
  return code == 408 || code == 429 || code == 500 || code == 502 || code == 503 || code == 504;
}

static onus_status check_type(const char *url, const onus_taxii_answer *answer, onus_error *error) {
  if (onus_taxii_is_media_type(answer->content_type))
    return ONUS_OK;
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, url, 0, 0,
                      "the answer is of the type %s; TAXII 2.1 has " ONUS_TAXII_MEDIA_TYPE,
                      onus_quote_string(answer->content_type).text);
}

onus_status onus_taxii_ask(onus_taxii_client *client, const onus_taxii_request *request, bool is_repeatable,
                           onus_taxii_answer *answer, onus_error *error) {
  const onus_taxii_transport *t = &client->transport;
  for (;;) {
    *answer = (onus_taxii_answer){.trouble = ONUS_TAXII_HOPELESS};
    onus_status status = t->call(t->context, request, answer, error);
    bool is_refused = answer->code == 429 || answer->code == 503; /* the server says that it did nothing */
    bool in_doubt =
        status == ONUS_OK ? is_passing(answer->code) && !is_refused : answer->trouble == ONUS_TAXII_IN_DOUBT;
    if (status == ONUS_OK && !is_passing(answer->code)) {
      status = onus_taxii_is_success(answer) ? check_type(request->url, answer, error) : ONUS_OK;
      if (status != ONUS_OK)
        onus_text_free(&answer->body);
      return status;
    }
    bool is_hopeless = status != ONUS_OK && answer->trouble == ONUS_TAXII_HOPELESS;
    double retry_after_s = status == ONUS_OK ? answer->retry_after_s : 0;
    if (status == ONUS_OK)
      status = onus_taxii_fail(request->url, answer, error);
    onus_text_free(&answer->body);
    if (is_hopeless)
      return status;
    ONUS_TRY(onus_taxii_pause(client, status, retry_after_s, error));
    if (in_doubt && !is_repeatable) {
      answer->code = ONUS_TAXII_CODE_IN_DOUBT;
      return ONUS_OK;
    }
  }
}

onus_status onus_taxii_get(onus_taxii_client *client, const char *url, onus_taxii_answer *answer, onus_error *error) {
  ONUS_TRY(onus_taxii_ask(client, &(onus_taxii_request){.url = url}, true, answer, error));
  if (onus_taxii_is_success(answer))
    return ONUS_OK;
  onus_status status = onus_taxii_fail(url, answer, error);
  onus_text_free(&answer->body);
  return status;
}

/* --- collections ----------------------------------------------------------------------------------------------- */

static onus_status read_at(onus_taxii_client *client, const char *url, onus_arena *arena, onus_taxii_resource *r,
                           onus_error *error) {
  onus_taxii_answer answer;
  ONUS_TRY(onus_taxii_get(client, url, &answer, error));
  onus_status status = onus_taxii_read_resource(url, &answer.body, arena, r, error);
  onus_text_free(&answer.body);
  return status;
}

/* `url` without its last `n` parts; NULL in *ret_parent when it has less or the first of them is not "collections". */
static onus_status parent_of(const char *url, int n, onus_arena *arena, const char **ret_parent, onus_error *error) {
  size_t length = strlen(url);
  for (int i = 0; i < n && length > 0; i++)
    for (length--; length > 0 && url[length - 1] != '/';)
      length--;
  *ret_parent = NULL;
  if (strncmp(url + length, "collections/", 12) != 0)
    return ONUS_OK;
  *ret_parent = onus_arena_copy(arena, url, length);
  return *ret_parent ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static onus_status collection_url(const char *api_root, const char *id, onus_arena *arena, const char **ret_url,
                                  onus_error *error) {
  onus_buffer url = onus_buffer_new(65536);
  onus_text text;
  onus_buffer_string(&url, api_root);
  onus_buffer_string(&url, "collections/");
  onus_taxii_put_segment(&url, id);
  ONUS_TRY(onus_buffer_take(&url, &text, error));
  *ret_url = onus_arena_copy(arena, text.bytes, text.length);
  onus_text_free(&text);
  return *ret_url ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* Adds the collections of one API root. */
static onus_status add_places(onus_transfer *t, const onus_taxii_resource *r, const char *api_root, const char *own_url,
                              onus_error *error) {
  if (r->n_collections > ONUS_TAXII_MOST_COLLECTIONS - t->n_places)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d collections; give the URL of one API root",
                     ONUS_TAXII_MOST_COLLECTIONS);
  onus_taxii_place *all = ONUS_ARENA_ARRAY(t->arena, onus_taxii_place, t->n_places + r->n_collections);
  if (!all)
    return ONUS_FAIL_NO_MEMORY(error);
  if (t->n_places)
    memcpy(all, t->places, t->n_places * sizeof *all);
  t->places = all;
  for (size_t i = 0; i < r->n_collections; i++) {
    onus_taxii_place *place = &all[t->n_places];
    *place = (onus_taxii_place){.api_root = api_root, .url = own_url, .collection = r->collections[i]};
    if (!own_url)
      ONUS_TRY(collection_url(api_root, place->collection.id, t->arena, &place->url, error));
    t->n_places++;
  }
  return ONUS_OK;
}

static onus_status add_api_root(onus_taxii_client *client, onus_transfer *t, const char *api_root, bool may_be_closed,
                                onus_error *error) {
  onus_taxii_resource r = {0};
  onus_taxii_answer answer;
  const char *url = onus_arena_join(t->arena, api_root, "collections/");
  if (!url)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(onus_taxii_ask(client, &(onus_taxii_request){.url = url}, true, &answer, error));
  bool is_closed = answer.code == 401 || answer.code == 403 || answer.code == 404;
  onus_status status = ONUS_OK;
  if (is_closed && may_be_closed)
    t->n_closed++;
  else if (!onus_taxii_is_success(&answer))
    status = onus_taxii_fail(url, &answer, error);
  else
    status = onus_taxii_read_resource(url, &answer.body, t->arena, &r, error);
  onus_text_free(&answer.body);
  if (status == ONUS_OK && r.n_collections > 0 && r.kind != ONUS_TAXII_COLLECTIONS)
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, url, 0, 0, "no list of collections");
  return status == ONUS_OK ? add_places(t, &r, api_root, NULL, error) : status;
}

/* Those of a discovery that are on its server: name, password and data go nowhere else by a server's word alone. */
static onus_status add_api_roots(onus_taxii_client *client, onus_transfer *t, const onus_taxii_resource *discovery,
                                 const char *url, onus_error *error) {
  const char *known[MOST_API_ROOTS];
  size_t n_known = 0;
  for (size_t i = 0; i < discovery->n_api_roots; i++) {
    const char *api_root;
    bool is_same, is_known = false;
    onus_error why = {0};
    onus_status status = onus_taxii_url_join(url, discovery->api_roots[i], t->arena, &api_root, &is_same, &why);
    if (status == ONUS_NO_MEMORY)
      return ONUS_FAIL_NO_MEMORY(error);
    if (status != ONUS_OK || !is_same) {
      t->n_elsewhere++;
      continue;
    }
    for (size_t k = 0; k < n_known; k++)
      is_known |= strcmp(known[k], api_root) == 0;
    if (is_known)
      continue;
    if (n_known == MOST_API_ROOTS)
      return ONUS_FAIL_AT(error, ONUS_LIMIT, url, 0, 0, "more than %d API roots; give the URL of one", MOST_API_ROOTS);
    known[n_known++] = api_root;
    ONUS_TRY(add_api_root(client, t, api_root, discovery->n_api_roots > 1, error));
  }
  return ONUS_OK;
}

onus_status onus_taxii_find_all(onus_taxii_client *client, onus_transfer *t, onus_error *error) {
  onus_taxii_resource r;
  const char *url, *api_root;
  ONUS_TRY(onus_taxii_url_check(t->url, t->arena, &url, error));
  ONUS_TRY(read_at(client, url, t->arena, &r, error));
  client->n_failed = 0;
  switch (r.kind) {
  case ONUS_TAXII_DISCOVERY:
    ONUS_TRY(add_api_roots(client, t, &r, url, error));
    break;
  case ONUS_TAXII_API_ROOT:
    ONUS_TRY(add_api_root(client, t, url, false, error));
    break;
  case ONUS_TAXII_COLLECTIONS:
    ONUS_TRY(parent_of(url, r.is_one ? 2 : 1, t->arena, &api_root, error));
    if (!api_root && !r.is_one)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, url, 0, 0,
                          "collections where a discovery or an API root was expected; is the URL right?");
    ONUS_TRY(add_places(t, &r, api_root, r.is_one ? url : NULL, error));
    break;
  }
  client->n_failed = 0;
  return ONUS_OK;
}

static bool is_text(const char *text, const char *name) {
  return text && strcmp(text, name) == 0;
}

/* The names of the first few, for a message. */
static void name_some(const onus_transfer *t, char *out, size_t out_bytes) {
  size_t length = 0;
  out[0] = '\0';
  for (size_t i = 0; i < t->n_places && i < 5 && length + 1 < out_bytes; i++) {
    const onus_taxii_collection *c = &t->places[i].collection;
    onus_quote quote = onus_quote_string(c->title[0] ? c->title : c->id);
    int n = snprintf(out + length, out_bytes - length, "%s%s", i ? ", " : "", quote.text);
    length += n > 0 ? (size_t)n : 0;
  }
}

onus_status onus_taxii_find(onus_taxii_client *client, onus_transfer *t, const char *name, onus_error *error) {
  ONUS_TRY(onus_taxii_find_all(client, t, error));
  size_t n_found = 0, found = 0;
  for (size_t pass = 0; pass < 2 && n_found == 0; pass++) /* an identifier goes before names */
    for (size_t i = 0; i < t->n_places; i++) {
      const onus_taxii_collection *c = &t->places[i].collection;
      bool is_it = !name       ? t->n_places == 1
                   : pass == 0 ? is_text(c->id, name)
                               : is_text(c->alias, name) || is_text(c->title, name);
      n_found += is_it;
      found = is_it ? i : found;
    }
  char some[400];
  name_some(t, some, sizeof some);
  if (n_found == 1) {
    t->place = t->places[found];
    return ONUS_OK;
  }
  if (n_found > 1)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, t->url, 0, 0, "%zu collections are called %s; give an identifier",
                        n_found, onus_quote_string(name).text);
  if (t->n_places == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, t->url, 0, 0,
                        "no collection is to be seen here%s; see the list without naming one",
                        t->n_closed || t->n_elsewhere ? " (some API roots are closed, or on other servers)" : "");
  return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, t->url, 0, 0, "%s%s; there %s %zu: %s%s",
                      name ? "no collection is called " : "name a collection", name ? onus_quote_string(name).text : "",
                      t->n_places == 1 ? "is" : "are", t->n_places, some, t->n_places > 5 ? ", …" : "");
}

onus_status onus_transfer_add(onus_transfer *t, const char *id, const char *version, const char *message,
                              onus_error *error) {
  t->n_listed++;
  if (t->n_named == ONUS_TRANSFER_LISTED)
    return ONUS_OK;
  if (!t->listed)
    t->listed = ONUS_ARENA_ARRAY(t->arena, onus_transfer_object, ONUS_TRANSFER_LISTED);
  onus_transfer_object o = {.id = onus_arena_copy(t->arena, id, strlen(id)),
                            .version = version ? onus_arena_copy(t->arena, version, strlen(version)) : NULL,
                            .message = message ? onus_arena_copy(t->arena, message, strlen(message)) : NULL};
  if (!t->listed || !o.id || (version && !o.version) || (message && !o.message))
    return ONUS_FAIL_NO_MEMORY(error);
  t->listed[t->n_named++] = o;
  return ONUS_OK;
}
