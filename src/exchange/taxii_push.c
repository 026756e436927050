/* A bundle, envelope by envelope, into a collection.
 *
 * One envelope is on its way at a time. The journal says which objects are in it before it is sent, by which status the
 * server answers for it, and what became of each of them. An envelope of which nobody knows whether it arrived is not
 * simply sent again: the manifest of the collection tells what is there, and the rest is sent. The same question
 * settles what a server refuses because it has it already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/room.h"
#include "base/table.h"
#include "custody/secret.h"
#include "document/build.h"
#include "document/quote.h"
#include "exchange/bundle.h"
#include "exchange/taxii_client.h"
#include "exchange/taxii_journal.h"

/* Of an envelope, whatever more the server takes; of the identifiers in one question; polls of a status that does not
 * move; single objects in a row that are refused before we stop. */
enum { MOST_ENVELOPE_BYTES = 8 << 20, MOST_QUESTION_BYTES = 3000, MOST_POLLS = 100, MOST_REFUSED = 20 };
static const size_t JOURNAL_BYTES = (size_t)1 << 30, STATUS_ARENA_BYTES = (size_t)256 << 20;
#define FRAME "{\"objects\":[]}"

typedef enum item_state { WAITING, SENT, ACCEPTED, REFUSED } item_state;

typedef struct item {
  const char *id, *version; /* version: NULL when it has none */
  size_t at, length_bytes;  /* of its JSON in pusher.texts */
  unsigned char digest[ONUS_TAXII_DIGEST_BYTES];
  item_state state;
  bool is_there; /* the collection has it */
  const char *message;
} item;

typedef struct pusher {
  onus_taxii_client *client;
  onus_transfer *transfer;
  onus_journal *journal;
  onus_buffer texts;
  onus_table *keys;
  item *items;
  size_t n_items, capacity;
  size_t *sent, n_sent;                /* indices of the envelope that is on its way */
  char status_id[ONUS_TAXII_ID_BYTES]; /* "": the server has not answered for it */
  size_t n_most, n_now;                /* objects in an envelope at most, and at the moment */
  size_t most_bytes;                   /* of an envelope */
  unsigned n_refused;                  /* single objects in a row */
} pusher;

/* --- the bundle ------------------------------------------------------------------------------------------------ */

static char *copy(onus_arena *arena, const char *text) {
  return text ? onus_arena_copy(arena, text, strlen(text)) : NULL;
}

static onus_status take_object(void *context, const onus_node *object, onus_error *error) {
  pusher *p = context;
  onus_transfer *t = p->transfer;
  const char *id = onus_node_text(object, "id"), *version = onus_taxii_version(object);
  if (!id || strlen(id) >= ONUS_TAXII_ID_BYTES || strchr(id, ','))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, t->file, object->line, object->column,
                        "an object without an `id`, or with one that is none; every STIX object has one");
  item now = {.id = copy(t->arena, id), .version = copy(t->arena, version), .at = p->texts.length_bytes};
  const char *key = onus_taxii_key(t->arena, id, version);
  onus_document_write_json(&p->texts, object);
  if (!now.id || (version && !now.version) || !key || p->texts.status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (p->texts.status != ONUS_OK)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, t->file, object->line, object->column, "is too large; split it");
  now.length_bytes = p->texts.length_bytes - now.at;
  ONUS_TRY(onus_taxii_digest(object, now.digest, error));
  size_t found = onus_table_get(p->keys, key);
  if (found != ONUS_NONE && memcmp(p->items[found].digest, now.digest, sizeof now.digest) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, t->file, object->line, object->column,
                        "%s stands twice with the same `modified` and different content; keep one of the two",
                        onus_quote_string(id).text);
  if (found != ONUS_NONE) {
    p->texts.length_bytes = now.at;
    return ONUS_OK;
  }
  if (!ONUS_ROOM_FOR_ONE(p->items, p->n_items, p->capacity) || !onus_table_put(p->keys, key, p->n_items))
    return ONUS_FAIL_NO_MEMORY(error);
  p->items[p->n_items++] = now;
  return ONUS_OK;
}

static onus_status read_bundle(pusher *p, char *digest, onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_file_read(p->transfer->file, ONUS_BUNDLE_BYTES, &text, error));
  onus_digest_bytes(text.bytes, text.length, digest);
  onus_status status = onus_bundle_read(p->transfer->file, &text, take_object, p, error);
  onus_text_free(&text);
  p->transfer->n_objects = p->n_items;
  p->sent = status == ONUS_OK ? calloc(p->n_items + 1, sizeof *p->sent) : NULL;
  return status != ONUS_OK || p->sent ? status : ONUS_FAIL_NO_MEMORY(error);
}

/* --- the journal ----------------------------------------------------------------------------------------------- */

/* Records are lines of words: "sent 3 4 5", "status ID", "done 3 5": of those that were sent, 3 and 5 were accepted,
 * and nothing is on its way any more. */
static onus_status read_indices(pusher *p, const char *path, const char *at, bool is_sent, onus_error *error) {
  while (*at) {
    char *end;
    size_t index = strtoul(at, &end, 10);
    if (*at != ' ' || end == at || index >= p->n_items || p->items[index].state != (is_sent ? WAITING : SENT))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "does not fit the bundle; remove it to begin anew");
    at = end;
    p->items[index].state = is_sent ? SENT : ACCEPTED;
    if (is_sent)
      p->sent[p->n_sent++] = index;
  }
  return ONUS_OK;
}

static void forget_sent(pusher *p) {
  for (size_t i = 0; i < p->n_sent; i++)
    if (p->items[p->sent[i]].state == SENT)
      p->items[p->sent[i]].state = WAITING;
  p->n_sent = 0;
  p->status_id[0] = '\0';
}

static onus_status take_record(void *context, const char *path, const onus_text *record, onus_error *error) {
  pusher *p = context;
  if (strncmp(record->bytes, "status ", 7) == 0) {
    snprintf(p->status_id, sizeof p->status_id, "%s", record->bytes + 7);
    return ONUS_OK;
  }
  bool is_sent = strncmp(record->bytes, "sent", 4) == 0;
  if (!is_sent && strncmp(record->bytes, "done", 4) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "holds %s; remove it to begin anew",
                        onus_quote_string(record->bytes).text);
  if (is_sent)
    forget_sent(p);
  ONUS_TRY(read_indices(p, path, record->bytes + 4, is_sent, error));
  if (!is_sent)
    forget_sent(p);
  return ONUS_OK;
}

static onus_status add_record(pusher *p, onus_buffer *record, onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_buffer_take(record, &text, error));
  onus_status status = onus_journal_add(p->journal, &text, error);
  onus_text_free(&text);
  return status;
}

static onus_status note_sent(pusher *p, onus_error *error) {
  onus_buffer record = onus_buffer_new(ONUS_BUNDLE_BYTES);
  onus_buffer_string(&record, "sent");
  for (size_t i = 0; i < p->n_sent; i++)
    onus_buffer_printf(&record, " %zu", p->sent[i]);
  return add_record(p, &record, error);
}

static onus_status note_status(pusher *p, const char *id, onus_error *error) {
  onus_buffer record = onus_buffer_new(ONUS_TAXII_ID_BYTES + 16);
  onus_buffer_printf(&record, "status %s", id);
  ONUS_TRY(add_record(p, &record, error));
  snprintf(p->status_id, sizeof p->status_id, "%s", id);
  return ONUS_OK;
}

/* The envelope is settled: what was not accepted or refused waits again. */
static onus_status note_done(pusher *p, onus_error *error) {
  onus_buffer record = onus_buffer_new(ONUS_BUNDLE_BYTES);
  onus_transfer *t = p->transfer;
  onus_buffer_string(&record, "done");
  for (size_t i = 0; i < p->n_sent; i++) {
    const item *one = &p->items[p->sent[i]];
    if (one->state == ACCEPTED)
      onus_buffer_printf(&record, " %zu", p->sent[i]);
    t->n_accepted += one->state == ACCEPTED;
    t->n_there += one->state == ACCEPTED && one->is_there;
    p->client->n_failed = one->state == ACCEPTED ? 0 : p->client->n_failed;
    p->n_refused = one->state == ACCEPTED ? 0 : p->n_refused;
  }
  ONUS_TRY(add_record(p, &record, error));
  forget_sent(p);
  bool goes_on = p->client->transport.progress(p->client->transport.context, t->n_accepted, p->n_items);
  return goes_on ? ONUS_OK : ONUS_FAIL(error, ONUS_CANCELLED, "the transfer was interrupted");
}

/* --- what is there --------------------------------------------------------------------------------------------- */

static onus_status take_entry(void *context, const onus_node *entry, onus_error *error) {
  pusher *p = context;
  (void)error;
  const char *id = onus_node_text(entry, "id"), *version = onus_node_text(entry, "version");
  for (size_t i = 0; i < p->n_sent; i++) {
    item *one = &p->items[p->sent[i]];
    bool is_it =
        strcmp(one->id, id) == 0 && (!one->version || (version && onus_taxii_is_version(one->version, version)));
    one->is_there |= is_it;
  }
  return ONUS_OK;
}

static onus_status manifest_url(const pusher *p, const char *ids, const char *next, onus_text *ret_url,
                                onus_error *error) {
  onus_buffer url = onus_buffer_new(1 << 16);
  onus_buffer_printf(&url, "%smanifest/?limit=1000", p->transfer->place.url);
  onus_taxii_put_parameter(&url, "match[id]", ids);
  onus_taxii_put_parameter(&url, "match[version]", "all");
  onus_taxii_put_parameter(&url, "next", next[0] ? next : NULL);
  return onus_buffer_take(&url, ret_url, error);
}

/* Asks for `ids`, page by page, and anew when a page is lost. *ret_knows: the server answers such questions. */
static onus_status ask_manifest(pusher *p, const char *ids, bool *ret_knows, onus_error *error) {
  char next[ONUS_TAXII_NEXT_BYTES] = "";
  for (unsigned n = 0;; n++) {
    onus_text url;
    onus_taxii_answer answer;
    onus_taxii_page page = {0};
    ONUS_TRY(manifest_url(p, ids, next, &url, error));
    onus_status status =
        onus_taxii_ask(p->client, &(onus_taxii_request){.url = url.bytes}, next[0] == '\0', &answer, error);
    bool is_success = status == ONUS_OK && onus_taxii_is_success(&answer);
    if (is_success)
      status = onus_taxii_read_page(p->transfer->place.url, &answer.body, false, take_entry, p, &page, error);
    bool in_doubt = status == ONUS_OK && answer.code == ONUS_TAXII_CODE_IN_DOUBT;
    onus_text_free(&answer.body);
    onus_text_free(&url);
    if (status != ONUS_OK)
      return status;
    *ret_knows = is_success || in_doubt;
    if (!*ret_knows || (is_success && (!page.more || !page.next[0])))
      return ONUS_OK;
    if (n == MOST_POLLS)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->transfer->place.url, 0, 0, "a manifest of more than %d pages",
                          MOST_POLLS);
    snprintf(next, sizeof next, "%s", page.next);
  }
}

/* Of those that are on their way, what is there counts as accepted, whatever was said of it. */
static onus_status accept_what_is_there(pusher *p, onus_error *error) {
  bool knows = p->transfer->place.collection.can_read;
  for (size_t i = 0; i < p->n_sent && knows;) {
    onus_buffer ids = onus_buffer_new(MOST_QUESTION_BYTES + ONUS_TAXII_ID_BYTES);
    onus_text text;
    for (; i < p->n_sent && ids.length_bytes < MOST_QUESTION_BYTES; i++) {
      const item *one = &p->items[p->sent[i]];
      if (one->state == ACCEPTED)
        continue;
      onus_buffer_string(&ids, ids.length_bytes ? "," : "");
      onus_buffer_string(&ids, one->id);
    }
    if (ids.length_bytes == 0 && ids.status == ONUS_OK)
      break;
    ONUS_TRY(onus_buffer_take(&ids, &text, error));
    onus_status status = ask_manifest(p, text.bytes, &knows, error);
    onus_text_free(&text);
    if (status != ONUS_OK)
      return status;
  }
  for (size_t i = 0; i < p->n_sent; i++)
    if (p->items[p->sent[i]].is_there)
      p->items[p->sent[i]].state = ACCEPTED;
  return ONUS_OK;
}

/* After an envelope of which nothing is known. */
static onus_status settle_by_manifest(pusher *p, onus_error *error) {
  ONUS_TRY(accept_what_is_there(p, error));
  return note_done(p, error);
}

/* --- what the server says of an envelope ----------------------------------------------------------------------- */

/* The object that a detail is about: by its version too where both have one. */
static item *find_sent(pusher *p, const onus_taxii_detail *d) {
  item *by_id = NULL;
  for (size_t i = 0; i < p->n_sent; i++) {
    item *one = &p->items[p->sent[i]];
    if (strcmp(one->id, d->id) != 0)
      continue;
    if (d->version && one->version && onus_taxii_is_version(d->version, one->version))
      return one;
    if (!by_id || (by_id->state != SENT && one->state == SENT))
      by_id = one;
  }
  return by_id;
}

static onus_status apply_details(pusher *p, const onus_taxii_details *details, item_state state, onus_error *error) {
  for (size_t i = 0; i < details->n; i++) {
    const onus_taxii_detail *d = &details->list[i];
    item *one = find_sent(p, d);
    if (!one)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->transfer->place.url, 0, 0,
                          "the status tells of %s, which was not sent", onus_quote_string(d->id).text);
    if (one->state == ACCEPTED || one->state == REFUSED)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->transfer->place.url, 0, 0, "the status tells twice of %s",
                          onus_quote_string(d->id).text);
    one->state = state;
    if (d->message && !(one->message = copy(p->transfer->arena, d->message)))
      return ONUS_FAIL_NO_MEMORY(error);
  }
  return ONUS_OK;
}

/* Servers need not list what they accepted, or what they refused; the numbers tell when that leaves something open. */
static onus_status apply_status(pusher *p, const onus_taxii_status *s, onus_error *error) {
  ONUS_TRY(apply_details(p, &s->successes, ACCEPTED, error));
  ONUS_TRY(apply_details(p, &s->failures, REFUSED, error));
  size_t n_open = p->n_sent - s->successes.n - s->failures.n;
  bool all_accepted = s->failures.n == s->failures.count, all_refused = s->successes.n == s->successes.count;
  for (size_t i = 0; i < p->n_sent && n_open > 0; i++) {
    item *one = &p->items[p->sent[i]];
    if (one->state == SENT && (all_accepted || all_refused))
      one->state = all_accepted ? ACCEPTED : REFUSED;
  }
  if (s->failures.count > 0) {
    ONUS_TRY(accept_what_is_there(p, error));
  }
  for (size_t i = 0; i < p->n_sent; i++) /* neither said nor to be found out */
    if (p->items[p->sent[i]].state == SENT)
      p->items[p->sent[i]].state = REFUSED;
  return note_done(p, error);
}

static onus_status status_url(const pusher *p, onus_text *ret_url, onus_error *error) {
  onus_buffer url = onus_buffer_new(1 << 16);
  onus_buffer_printf(&url, "%sstatus/", p->transfer->place.api_root);
  onus_taxii_put_segment(&url, p->status_id);
  return onus_buffer_take(&url, ret_url, error);
}

/* Asks once. *ret_pending: how many the server still works on. */
static onus_status poll(pusher *p, size_t *ret_pending, onus_error *error) {
  onus_text url;
  onus_taxii_answer answer;
  onus_taxii_status s;
  ONUS_TRY(status_url(p, &url, error));
  onus_status status = onus_taxii_ask(p->client, &(onus_taxii_request){.url = url.bytes}, true, &answer, error);
  onus_arena *arena = onus_arena_new(STATUS_ARENA_BYTES);
  *ret_pending = 0;
  bool is_forgotten = status == ONUS_OK && answer.code == 404;
  if (status == ONUS_OK && !arena)
    status = ONUS_FAIL_NO_MEMORY(error);
  else if (status == ONUS_OK && !onus_taxii_is_success(&answer))
    status = onus_taxii_fail(url.bytes, &answer, error);
  else if (status == ONUS_OK)
    status = onus_taxii_read_status(url.bytes, &answer.body, p->n_sent, arena, &s, error);
  if (is_forgotten && arena)
    status = onus_taxii_pause(p->client, status, 0, error);
  if (status == ONUS_OK && is_forgotten)
    status = settle_by_manifest(p, error);
  else if (status == ONUS_OK && s.is_complete)
    status = apply_status(p, &s, error);
  else if (status == ONUS_OK)
    *ret_pending = s.pendings.count ? s.pendings.count : 1;
  onus_arena_free(arena);
  onus_text_free(&answer.body);
  onus_text_free(&url);
  return status;
}

static onus_status wait_for_status(pusher *p, onus_error *error) {
  size_t pending = 0, least = SIZE_MAX;
  const onus_taxii_transport *t = &p->client->transport;
  for (unsigned n = 0, n_all = 0; n < MOST_POLLS && n_all < 10 * MOST_POLLS; n++, n_all++) {
    ONUS_TRY(poll(p, &pending, error));
    if (pending == 0)
      return ONUS_OK;
    n = pending < least ? 0 : n;
    least = pending < least ? pending : least;
    ONUS_TRY(t->wait(t->context, n < 4 ? 0.5 : n < 10 ? 2 : 5, error));
  }
  return ONUS_FAIL_AT(error, ONUS_IO, p->transfer->place.url, 0, 0,
                      "the server still works on %zu objects; come again later, what is done is kept", pending);
}

/* --- envelopes ------------------------------------------------------------------------------------------------- */

static onus_status refuse(pusher *p, item *one, const char *message, onus_error *error) {
  one->state = REFUSED;
  one->message = copy(p->transfer->arena, message);
  return one->message ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* As many of those that wait as fit, from *from on. One that does not fit by itself is refused. */
static onus_status gather(pusher *p, size_t *from, onus_text *ret_body, onus_error *error) {
  onus_buffer body = onus_buffer_new((size_t)MOST_ENVELOPE_BYTES + ONUS_DOCUMENT_PART_BYTES);
  onus_buffer_append(&body, FRAME, sizeof FRAME - 3);
  for (; *from < p->n_items && p->n_sent < p->n_now; ++*from) {
    item *one = &p->items[*from];
    size_t length_bytes = body.length_bytes + one->length_bytes + 3;
    if (one->state != WAITING)
      continue;
    if (length_bytes > p->most_bytes && p->n_sent > 0)
      break;
    if (length_bytes > p->most_bytes) {
      ONUS_TRY(refuse(p, one, "is larger than what the server takes in one request", error));
      continue;
    }
    onus_buffer_string(&body, p->n_sent ? "," : "");
    onus_buffer_append(&body, p->texts.bytes + one->at, one->length_bytes);
    one->state = SENT;
    p->sent[p->n_sent++] = *from;
  }
  onus_buffer_string(&body, "]}");
  return onus_buffer_take(&body, ret_body, error);
}

/* The server does not take the envelope as it is: too large, or something in it is wrong. Half of it, then. */
static onus_status send_less(pusher *p, const char *url, const onus_taxii_answer *answer, onus_error *error) {
  onus_error why = {0};
  onus_status status = onus_taxii_fail(url, answer, &why);
  bool is_one = p->n_sent == 1;
  item *one = &p->items[p->sent[0]];
  p->n_now = is_one ? 1 : p->n_sent / 2;
  p->n_most = answer->code == 413 ? p->n_now : p->n_most;
  if (is_one)
    ONUS_TRY(refuse(p, one, why.text, error));
  if (is_one && ++p->n_refused == MOST_REFUSED) {
    if (error)
      *error = why;
    return status;
  }
  if (is_one) /* an earlier attempt may have put it there */
    ONUS_TRY(accept_what_is_there(p, error));
  return note_done(p, error);
}

static onus_status take_answer(pusher *p, const char *url, const onus_taxii_answer *answer, onus_error *error) {
  if (answer->code == ONUS_TAXII_CODE_IN_DOUBT)
    return settle_by_manifest(p, error);
  if (answer->code == 413 || answer->code == 422 || answer->code == 400)
    return send_less(p, url, answer, error);
  if (!onus_taxii_is_success(answer))
    return onus_taxii_fail(url, answer, error);
  onus_arena *arena = onus_arena_new(STATUS_ARENA_BYTES);
  onus_taxii_status s;
  onus_status status =
      arena ? onus_taxii_read_status(url, &answer->body, p->n_sent, arena, &s, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = note_status(p, s.id, error);
  if (status == ONUS_OK && s.is_complete)
    status = apply_status(p, &s, error);
  else if (status == ONUS_OK)
    status = wait_for_status(p, error);
  onus_arena_free(arena);
  if (status == ONUS_OK)
    p->n_now = p->n_now * 2 < p->n_most ? p->n_now * 2 : p->n_most;
  return status;
}

static onus_status send_envelope(pusher *p, const char *url, const onus_text *body, onus_error *error) {
  onus_taxii_answer answer;
  ONUS_TRY(note_sent(p, error));
  ONUS_TRY(onus_taxii_ask(p->client, &(onus_taxii_request){.url = url, .body = body}, false, &answer, error));
  p->transfer->n_requests++;
  onus_status status = take_answer(p, url, &answer, error);
  onus_text_free(&answer.body);
  return status;
}

static onus_status push_all(pusher *p, onus_error *error) {
  const char *url = onus_arena_join(p->transfer->arena, p->transfer->place.url, "objects/");
  if (!url)
    return ONUS_FAIL_NO_MEMORY(error);
  if (p->n_sent > 0) /* an earlier run ended while this was on its way */
    ONUS_TRY(p->status_id[0] ? wait_for_status(p, error) : settle_by_manifest(p, error));
  for (size_t from = 0; from < p->n_items;) {
    size_t begin = from;
    onus_text body;
    ONUS_TRY(gather(p, &from, &body, error));
    onus_status status = p->n_sent > 0 ? send_envelope(p, url, &body, error) : ONUS_OK;
    onus_text_free(&body);
    if (status != ONUS_OK)
      return status;
    for (size_t i = begin; i < from; i++) /* what was not settled is sent again */
      from = p->items[i].state == WAITING ? i : from;
  }
  return ONUS_OK;
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

static onus_status find_limit(pusher *p, onus_error *error) {
  onus_transfer *t = p->transfer;
  onus_taxii_answer answer;
  onus_taxii_resource r;
  if (!t->place.collection.can_write)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, t->place.url, 0, 0,
                        "the server does not let us add to the collection");
  if (!t->place.api_root)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, t->place.url, 0, 0,
                        "the URL does not tell that of the API root; give that one, and name the collection");
  ONUS_TRY(onus_taxii_get(p->client, t->place.api_root, &answer, error));
  onus_status status = onus_taxii_read_resource(t->place.api_root, &answer.body, t->arena, &r, error);
  onus_text_free(&answer.body);
  if (status == ONUS_OK && (r.kind != ONUS_TAXII_API_ROOT || r.most_bytes < sizeof FRAME))
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, t->place.api_root, 0, 0,
                          "an API root without a `max_content_length` that leaves room for an object");
  if (status == ONUS_OK)
    p->most_bytes = r.most_bytes < MOST_ENVELOPE_BYTES ? (size_t)r.most_bytes : MOST_ENVELOPE_BYTES;
  return status;
}

/* What was refused is listed; the state goes when there is nothing of it. */
static onus_status finish(pusher *p, onus_error *error) {
  onus_transfer *t = p->transfer;
  for (size_t i = 0; i < p->n_items; i++) {
    const item *one = &p->items[i];
    if (one->state != ACCEPTED)
      ONUS_TRY(onus_transfer_add(t, one->id, one->version, one->message, error));
  }
  if (t->n_listed == 0)
    onus_journal_remove(p->journal);
  return ONUS_OK;
}

static onus_status push(pusher *p, const char *collection, const char *state, onus_error *error) {
  onus_transfer *t = p->transfer;
  char digest[ONUS_DIGEST_BYTES];
  p->keys = onus_table_new();
  const char *path = state ? state : onus_arena_join(t->arena, t->file, ".push");
  if (!p->keys || !path)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(read_bundle(p, digest, error));
  ONUS_TRY(onus_taxii_find(p->client, t, collection, error));
  ONUS_TRY(find_limit(p, error));
  p->client->n_failed = 0;
  char *text = onus_arena_join(t->arena, "onus push 1 ", digest);
  text = text ? onus_arena_join(t->arena, text, " to ") : NULL;
  text = text ? onus_arena_join(t->arena, text, t->place.url) : NULL;
  if (!text)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(
      onus_journal_open(path, &(onus_text){text, strlen(text)}, JOURNAL_BYTES, take_record, p, &p->journal, error));
  for (size_t i = 0; i < p->n_items; i++)
    t->n_kept += p->items[i].state == ACCEPTED;
  t->n_accepted = t->n_kept;
  ONUS_TRY(push_all(p, error));
  return finish(p, error);
}

onus_status onus_taxii_push_by(onus_taxii_client *client, onus_transfer *transfer, const char *collection,
                               const char *state, size_t n_page, onus_error *error) {
  pusher p = {.client = client,
              .transfer = transfer,
              .texts = onus_buffer_new(ONUS_BUNDLE_BYTES),
              .n_most = n_page,
              .n_now = n_page};
  ONUS_TRY(onus_sodium_start(error));
  onus_status status = push(&p, collection, state, error);
  if (status != ONUS_OK && p.journal && onus_journal_count(p.journal) == 0)
    onus_journal_remove(p.journal);
  onus_journal_close(p.journal);
  onus_table_free(p.keys);
  onus_buffer_free(&p.texts);
  free(p.items);
  free(p.sent);
  return status;
}
