/* A collection, page by page, into a bundle.
 *
 * Each page goes into the journal before the next is asked for. Within an unbroken chain of pages the server's `next`
 * leads on. After a break it is not used again: a server may have taken the page that never arrived for delivered. The
 * chain then begins anew where nothing can be missing: TAXII orders objects by the time at which they were added, so
 * all that was added before the first object of the last page that arrived has arrived. The question is for what was
 * added later than a microsecond before that, and what comes a second time is dropped. When a server does not say these
 * times, or they run backwards, the chain begins at the start.
 */
#include <sodium.h>
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
#include "exchange/stix_ids.h"
#include "exchange/taxii_client.h"
#include "exchange/taxii_journal.h"

/* Pages in a row that may bring nothing new although more is said to follow. */
enum { MOST_EMPTY_PAGES = 100, URL_BYTES = 1 << 16 };
static const size_t JOURNAL_BYTES = (size_t)1 << 30;

/* A version of an object that has come. */
typedef struct seen {
  unsigned char digest[ONUS_TAXII_DIGEST_BYTES];
  unsigned chain;   /* in which it came last */
  bool is_disputed; /* it came with different content too */
} seen;

typedef struct puller {
  onus_taxii_client *client;
  onus_transfer *transfer;
  const onus_taxii_filters *filters;
  size_t n_page;
  char added_after[40]; /* of the filters; "" when there is none */
  char chain_after[40]; /* the same of this chain: a server may insist that it stays the same from page to page */
  onus_journal *journal;
  onus_table *ids;
  seen *seen;
  size_t n_seen, capacity;
  onus_buffer bundle; /* its objects, with commas between them */
  onus_buffer page;   /* those that the page brings for the first time */
  size_t n_page_new;
  size_t n_page_fresh; /* objects of the page that this chain had not brought */
  unsigned chain;
  int64_t since_us;  /* when the first object of the last page was added; INT64_MIN: not known */
  bool has_no_times; /* the server's times are no use */
} puller;

/* --- objects --------------------------------------------------------------------------------------------------- */

static onus_status take_known(puller *p, seen *before, const unsigned char *digest, const char *id, const char *version,
                              onus_error *error) {
  p->n_page_fresh += before->chain != p->chain;
  before->chain = p->chain;
  p->transfer->n_repeated++;
  if (memcmp(before->digest, digest, sizeof before->digest) == 0 || before->is_disputed)
    return ONUS_OK;
  before->is_disputed = true;
  return onus_transfer_add(p->transfer, id, version, "came with different content too; the first is kept", error);
}

/* An object of a page, from the server or the journal. */
static onus_status take_object(void *context, const onus_node *object, onus_error *error) {
  puller *p = context;
  const char *id = onus_node_text(object, "id"), *version = onus_taxii_version(object);
  unsigned char digest[ONUS_TAXII_DIGEST_BYTES];
  ONUS_TRY(onus_taxii_digest(object, digest, error));
  const char *key = onus_taxii_key(p->transfer->arena, id, version);
  if (!key)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t found = onus_table_get(p->ids, key);
  if (found != ONUS_NONE)
    return take_known(p, &p->seen[found], digest, id, version, error);
  if (p->n_seen == ONUS_BUNDLE_OBJECTS)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %zu objects; ask for fewer, by type or time", ONUS_BUNDLE_OBJECTS);
  if (!ONUS_ROOM_FOR_ONE(p->seen, p->n_seen, p->capacity) || !onus_table_put(p->ids, key, p->n_seen))
    return ONUS_FAIL_NO_MEMORY(error);
  seen *now = &p->seen[p->n_seen++];
  *now = (seen){.chain = p->chain};
  memcpy(now->digest, digest, sizeof digest);
  onus_buffer_string(&p->page, p->n_page_new++ ? ",\n" : "");
  onus_document_write_json(&p->page, object);
  p->n_page_fresh++;
  return ONUS_OK;
}

static void begin_page(puller *p) {
  onus_buffer_free(&p->page);
  p->page = onus_buffer_new(ONUS_TAXII_ANSWER_BYTES * 2);
  p->n_page_new = p->n_page_fresh = 0;
}

/* What the page brought joins the bundle. */
static onus_status end_page(puller *p, onus_error *error) {
  onus_buffer_string(&p->bundle, p->n_page_new && p->bundle.length_bytes ? ",\n" : "");
  if (p->n_page_new)
    onus_buffer_append(&p->bundle, p->page.bytes, p->page.length_bytes);
  if (p->page.status == ONUS_NO_MEMORY || p->bundle.status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (p->page.status != ONUS_OK || p->bundle.status != ONUS_OK)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %zu MiB of objects; ask for fewer, by type or time",
                     ONUS_BUNDLE_BYTES >> 20);
  p->transfer->n_objects = p->n_seen;
  return ONUS_OK;
}

/* --- the journal ----------------------------------------------------------------------------------------------- */

static void put_filters(onus_buffer *url, const onus_taxii_filters *f, const char *added_after) {
  onus_taxii_put_parameter(url, "added_after", added_after[0] ? added_after : NULL);
  onus_taxii_put_parameter(url, "match[type]", f->type);
  onus_taxii_put_parameter(url, "match[id]", f->id);
  onus_taxii_put_parameter(url, "match[version]", f->version);
  onus_taxii_put_parameter(url, "match[spec_version]", f->spec_version);
}

static onus_status head_of(const puller *p, onus_text *ret_head, onus_error *error) {
  onus_buffer url = onus_buffer_new(URL_BYTES);
  onus_buffer_printf(&url, "onus pull 1 %s", p->transfer->place.url);
  put_filters(&url, p->filters, p->added_after);
  return onus_buffer_take(&url, ret_head, error);
}

/* A record while it is read: {"since": a time, or false when the server's are no use, "objects": [...]}. */
typedef struct record_reader {
  puller *p;
  const char *path;
} record_reader;

static onus_status read_part(void *context, const char *key, const onus_node *node, onus_error *error) {
  record_reader *r = context;
  bool is_object = key && strcmp(key, "objects") == 0;
  if (!key || (is_object && !onus_node_text(node, "id")))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->path, 0, 0, "holds what is no object; remove it to begin anew");
  if (strcmp(key, "since") == 0) {
    r->p->since_us = node->kind == ONUS_NODE_STRING ? onus_stix_microseconds(node->text) : INT64_MIN;
    r->p->has_no_times = node->kind == ONUS_NODE_BOOLEAN;
  }
  return is_object ? take_object(r->p, node, error) : ONUS_OK;
}

static onus_status take_record(void *context, const char *path, const onus_text *record, onus_error *error) {
  puller *p = context;
  begin_page(p);
  ONUS_TRY(onus_document_each_json(path, record->bytes, record->length, read_part, &(record_reader){p, path}, error));
  return end_page(p, error);
}

static onus_status keep_page(puller *p, onus_error *error) {
  char since[32];
  onus_buffer out = onus_buffer_new(ONUS_TAXII_ANSWER_BYTES * 2 + 256);
  onus_text record;
  onus_buffer_character(&out, '{');
  if (p->since_us != INT64_MIN) {
    onus_taxii_format_time(p->since_us, since);
    onus_buffer_printf(&out, "\"since\":\"%s\",", since);
  } else if (p->has_no_times) {
    onus_buffer_string(&out, "\"since\":false,");
  }
  onus_buffer_string(&out, "\"objects\":[");
  if (p->n_page_new)
    onus_buffer_append(&out, p->page.bytes, p->page.length_bytes);
  onus_buffer_string(&out, "]}");
  ONUS_TRY(onus_buffer_take(&out, &record, error));
  onus_status status = onus_journal_add(p->journal, &record, error);
  onus_text_free(&record);
  return status;
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

static onus_status page_url(const puller *p, const char *next, onus_text *ret_url, onus_error *error) {
  char limit[24];
  onus_buffer url = onus_buffer_new(URL_BYTES);
  snprintf(limit, sizeof limit, "%zu", p->n_page);
  onus_buffer_printf(&url, "%sobjects/", p->transfer->place.url);
  onus_taxii_put_parameter(&url, "limit", limit);
  put_filters(&url, p->filters, p->chain_after);
  onus_taxii_put_parameter(&url, "next", next[0] ? next : NULL);
  return onus_buffer_take(&url, ret_url, error);
}

/* The next chain begins where nothing can be missing. */
static void begin_chain(puller *p) {
  p->chain++;
  if (p->since_us != INT64_MIN)
    onus_taxii_format_time(p->since_us - 1, p->chain_after);
  else
    snprintf(p->chain_after, sizeof p->chain_after, "%s", p->added_after);
}

/* Where a chain may begin again once this page is kept. */
static void note_times(puller *p, const onus_taxii_answer *answer, const onus_taxii_page *page) {
  int64_t first_us = onus_stix_microseconds(answer->added_first), last_us = onus_stix_microseconds(answer->added_last);
  if (page->n_objects == 0)
    return;
  if (first_us == INT64_MIN || (p->since_us != INT64_MIN && first_us < p->since_us))
    p->has_no_times = true;
  p->since_us = p->has_no_times ? INT64_MIN : first_us;
  if (last_us != INT64_MIN && p->transfer->added_last)
    onus_taxii_format_time(last_us, p->transfer->added_last);
}

/* A page that says that more follows must lead on. */
static onus_status check_more(puller *p, const char *url, const onus_taxii_answer *answer, const onus_taxii_page *page,
                              unsigned *n_empty, onus_error *error) {
  *n_empty = p->n_page_fresh ? 0 : *n_empty + 1;
  if (!page->more)
    return ONUS_OK;
  if (*n_empty == MOST_EMPTY_PAGES)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, url, 0, 0,
                        "%d pages in a row with nothing new, and still more is said to follow", MOST_EMPTY_PAGES);
  if (page->next[0])
    return ONUS_OK;
  int64_t last_us = onus_stix_microseconds(answer->added_last);
  if (last_us == INT64_MIN || p->n_page_fresh == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, url, 0, 0,
                        "more is said to follow, and neither `next` nor X-TAXII-Date-Added-Last leads there");
  onus_taxii_format_time(last_us - 1, p->chain_after);
  return ONUS_OK;
}

/* Reads and keeps the page in `answer`. */
static onus_status take_page(puller *p, const char *url, const onus_taxii_answer *answer, onus_taxii_page *page,
                             unsigned *n_empty, onus_error *error) {
  size_t n_before = p->n_seen;
  begin_page(p);
  ONUS_TRY(onus_taxii_read_page(url, &answer->body, true, take_object, p, page, error));
  note_times(p, answer, page);
  ONUS_TRY(check_more(p, url, answer, page, n_empty, error));
  ONUS_TRY(end_page(p, error));
  if (p->n_page_new > 0 || p->has_no_times)
    ONUS_TRY(keep_page(p, error));
  p->transfer->n_requests++;
  if (p->n_seen > n_before)
    p->client->n_failed = 0;
  bool goes_on = p->client->transport.progress(p->client->transport.context, p->n_seen, 0);
  return goes_on ? ONUS_OK : ONUS_FAIL(error, ONUS_CANCELLED, "the transfer was interrupted");
}

/* One request. *next and *ret_more say how to go on. */
static onus_status step(puller *p, char *next, size_t next_bytes, bool *ret_more, unsigned *n_empty,
                        onus_error *error) {
  onus_text url;
  onus_taxii_answer answer;
  onus_taxii_page page = {0};
  ONUS_TRY(page_url(p, next, &url, error));
  onus_status status =
      onus_taxii_ask(p->client, &(onus_taxii_request){.url = url.bytes}, next[0] == '\0', &answer, error);
  bool in_doubt = status == ONUS_OK && answer.code == ONUS_TAXII_CODE_IN_DOUBT;
  bool is_forgotten = status == ONUS_OK && next[0] && (answer.code == 400 || answer.code == 404);
  if (status == ONUS_OK && onus_taxii_is_success(&answer))
    status = take_page(p, p->transfer->place.url, &answer, &page, n_empty, error);
  else if (status == ONUS_OK && !in_doubt)
    status = onus_taxii_fail(p->transfer->place.url, &answer, error);
  if (is_forgotten) /* servers keep their place for a while only */
    status = onus_taxii_pause(p->client, status, 0, error);
  onus_text_free(&answer.body);
  onus_text_free(&url);
  *ret_more = in_doubt || is_forgotten || page.more;
  if (in_doubt || is_forgotten)
    begin_chain(p);
  snprintf(next, next_bytes, "%s", page.next);
  return status;
}

static onus_status pull_pages(puller *p, onus_error *error) {
  char next[ONUS_TAXII_NEXT_BYTES] = "";
  unsigned n_empty = 0;
  bool more = true;
  begin_chain(p);
  while (more)
    ONUS_TRY(step(p, next, sizeof next, &more, &n_empty, error));
  return ONUS_OK;
}

/* --- the bundle ------------------------------------------------------------------------------------------------ */

/* Its identifier follows from what is in it: the same objects make the same file. */
static onus_status write_bundle(puller *p, onus_error *error) {
  char digest[ONUS_DIGEST_BYTES], id[ONUS_STIX_ID_BYTES];
  const char *bytes = p->bundle.length_bytes ? p->bundle.bytes : "";
  onus_digest_bytes(bytes, p->bundle.length_bytes, digest);
  ONUS_TRY(onus_stix_object_id("bundle", (const char *const[]){digest + strlen("sha256:")}, 1, id, error));
  onus_buffer out = onus_buffer_new(ONUS_BUNDLE_BYTES);
  onus_text text;
  onus_buffer_printf(&out, "{\"type\":\"bundle\",\"id\":\"%s\",\"objects\":[\n", id);
  onus_buffer_append(&out, bytes, p->bundle.length_bytes);
  onus_buffer_string(&out, "\n]}\n");
  ONUS_TRY(onus_buffer_take(&out, &text, error));
  onus_status status = onus_file_write(p->transfer->file, text.bytes, text.length, error);
  onus_text_free(&text);
  return status;
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

/* A time as TAXII wants it: one in UTC as it was given, so that no digit is lost, any other in UTC. */
static onus_status read_added_after(puller *p, onus_error *error) {
  const char *text = p->filters->added_after;
  if (!text)
    return ONUS_OK;
  int64_t time_us = onus_stix_microseconds(text);
  if (time_us == INT64_MIN)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is neither a day nor a time such as 2014-12-22T15:04:05Z",
                     onus_quote_string(text).text);
  onus_taxii_format_time(time_us, p->added_after);
  return ONUS_OK;
}

static onus_status pull(puller *p, onus_error *error) {
  onus_transfer *t = p->transfer;
  if (!t->place.collection.can_read)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, t->place.url, 0, 0, "the server does not let us read the collection");
  char *path = onus_arena_join(t->arena, t->file, ".pull");
  t->added_last = ONUS_ARENA_ARRAY(t->arena, char, 32);
  p->ids = onus_table_new();
  if (!path || !t->added_last || !p->ids)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_text head;
  ONUS_TRY(head_of(p, &head, error));
  onus_status status = onus_journal_open(path, &head, JOURNAL_BYTES, take_record, p, &p->journal, error);
  onus_text_free(&head);
  if (status != ONUS_OK)
    return status;
  t->n_kept = p->n_seen;
  t->n_repeated = 0;
  ONUS_TRY(pull_pages(p, error));
  ONUS_TRY(write_bundle(p, error));
  onus_journal_remove(p->journal);
  return ONUS_OK;
}

onus_status onus_taxii_pull_by(onus_taxii_client *client, onus_transfer *transfer, const char *collection,
                               const onus_taxii_filters *filters, size_t n_page, onus_error *error) {
  puller p = {.client = client,
              .transfer = transfer,
              .filters = filters,
              .n_page = n_page,
              .bundle = onus_buffer_new(ONUS_BUNDLE_BYTES - 256),
              .since_us = INT64_MIN};
  ONUS_TRY(onus_sodium_start(error));
  ONUS_TRY(read_added_after(&p, error));
  ONUS_TRY(onus_taxii_find(client, transfer, collection, error));
  onus_status status = pull(&p, error);
  if (status != ONUS_OK && p.journal && onus_journal_count(p.journal) == 0)
    onus_journal_remove(p.journal);
  onus_journal_close(p.journal);
  onus_table_free(p.ids);
  onus_buffer_free(&p.bundle);
  onus_buffer_free(&p.page);
  free(p.seen);
  return status;
}
