#include "report/json_writer.h"
#include "report/transfer.h"

static void put_collection(onus_json *json, const char *key, const onus_taxii_place *place) {
  const onus_taxii_collection *c = &place->collection;
  onus_json_begin_map(json, key, false);
  onus_json_string(json, "id", c->id);
  onus_json_string(json, "title", c->title);
  onus_json_string(json, "alias", c->alias);
  onus_json_string(json, "description", c->description);
  onus_json_string(json, "url", place->url);
  onus_json_string(json, "api_root", place->api_root);
  onus_json_boolean(json, "can_read", c->can_read);
  onus_json_boolean(json, "can_write", c->can_write);
  onus_json_end_map(json);
}

static void put_listed(onus_json *json, const char *key, const onus_transfer *t) {
  onus_json_begin_list(json, key, false);
  for (size_t i = 0; i < t->n_named; i++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "id", t->listed[i].id);
    onus_json_string(json, "version", t->listed[i].version);
    onus_json_string(json, "message", t->listed[i].message);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_list(onus_json *json, const onus_transfer *t) {
  onus_json_begin_list(json, "collections", false);
  for (size_t i = 0; i < t->n_places; i++)
    put_collection(json, NULL, &t->places[i]);
  onus_json_end_list(json);
  onus_json_integer(json, "api_roots_elsewhere", t->n_elsewhere);
  onus_json_integer(json, "api_roots_closed", t->n_closed);
}

static void put_pull(onus_json *json, const onus_transfer *t) {
  put_collection(json, "collection", &t->place);
  onus_json_string(json, "file", t->file);
  onus_json_integer(json, "objects", t->n_objects);
  onus_json_integer(json, "from_earlier_run", t->n_kept);
  onus_json_integer(json, "pages", t->n_requests);
  onus_json_integer(json, "repeated", t->n_repeated);
  onus_json_string(json, "added_last", t->added_last[0] ? t->added_last : NULL);
  onus_json_integer(json, "disputed_count", t->n_listed);
  put_listed(json, "disputed", t);
}

static void put_push(onus_json *json, const onus_transfer *t) {
  put_collection(json, "collection", &t->place);
  onus_json_string(json, "file", t->file);
  onus_json_integer(json, "objects", t->n_objects);
  onus_json_integer(json, "accepted", t->n_accepted);
  onus_json_integer(json, "from_earlier_run", t->n_kept);
  onus_json_integer(json, "there_already", t->n_there);
  onus_json_integer(json, "requests", t->n_requests);
  onus_json_integer(json, "refused_count", t->n_listed);
  put_listed(json, "refused", t);
}

void onus_report_transfer_json(onus_buffer *out, const onus_transfer *t) {
  static const char *const KINDS[] = {"list", "pull", "push"};
  onus_json json = onus_json_begin_document(out, KINDS[t->kind]);
  onus_json_string(&json, "url", t->url);
  if (t->kind == ONUS_TRANSFER_LIST)
    put_list(&json, t);
  else if (t->kind == ONUS_TRANSFER_PULL)
    put_pull(&json, t);
  else
    put_push(&json, t);
  onus_json_end_document(&json);
}
