#include "report/layout.h"
#include "report/transfer.h"

static void put_collection(onus_layout *l, const onus_taxii_collection *c) {
  onus_layout_ink(l, ONUS_INK_BOLD);
  onus_layout_case(l, c->title[0] ? c->title : c->id);
  onus_layout_ink(l, ONUS_INK_PLAIN);
}

static void put_places(onus_layout *l, const onus_transfer *t) {
  static const char *const RIGHTS[] = {"neither to be read nor added to", "to be read", "to be added to",
                                       "to be read and added to"};
  for (size_t i = 0; i < t->n_places; i++) {
    const onus_taxii_place *place = &t->places[i];
    const onus_taxii_collection *c = &place->collection;
    put_collection(l, c);
    onus_layout_own(l, ": ");
    onus_layout_own(l, RIGHTS[c->can_read + 2 * c->can_write]);
    onus_layout_end(l, 2);
    onus_layout_own(l, "  ");
    onus_layout_case(l, c->id);
    if (c->alias) {
      onus_layout_own(l, ", alias ");
      onus_layout_case(l, c->alias);
    }
    onus_layout_end(l, 4);
    if (c->description && c->description[0]) {
      onus_layout_own(l, "  ");
      onus_layout_case(l, c->description);
      onus_layout_end(l, 2);
    }
    onus_layout_own(l, "  ");
    onus_layout_case(l, place->url);
    onus_layout_end(l, 4);
  }
  if (t->n_places == 0) {
    onus_layout_own(l, "No collection is to be seen.");
    onus_layout_end(l, 0);
  }
}

static void put_closed(onus_layout *l, const onus_transfer *t) {
  if (t->n_elsewhere > 0) {
    onus_layout_count(l, t->n_elsewhere, "API root is", "API roots are");
    onus_layout_own(l, " on another server, or no URL that is used here; give its own URL to see it.");
    onus_layout_end(l, 0);
  }
  if (t->n_closed > 0) {
    onus_layout_count(l, t->n_closed, "API root is", "API roots are");
    onus_layout_own(l, " closed to us.");
    onus_layout_end(l, 0);
  }
}

static void put_listed(onus_layout *l, const onus_transfer *t, const char *heading) {
  if (t->n_listed == 0)
    return;
  onus_layout_own(l, "  ");
  onus_layout_count(l, t->n_listed, "object", "objects");
  onus_layout_own(l, heading);
  onus_layout_end(l, 4);
  for (size_t i = 0; i < t->n_named; i++) {
    const onus_transfer_object *o = &t->listed[i];
    onus_layout_own(l, "    ");
    onus_layout_case(l, o->id);
    if (o->version) {
      onus_layout_own(l, " of ");
      onus_layout_case(l, o->version);
    }
    if (o->message) {
      onus_layout_own(l, ": ");
      onus_layout_case(l, o->message);
    }
    onus_layout_end(l, 6);
  }
  if (t->n_listed > t->n_named) {
    onus_layout_own(l, "    and ");
    onus_layout_count(l, t->n_listed - t->n_named, "more", "more");
    onus_layout_end(l, 6);
  }
}

static void put_pull(onus_layout *l, const onus_transfer *t) {
  put_collection(l, &t->place.collection);
  onus_layout_own(l, ": ");
  onus_layout_count(l, t->n_objects, "object", "objects");
  onus_layout_own(l, " in ");
  onus_layout_case(l, t->file);
  onus_layout_own(l, ", ");
  onus_layout_count(l, t->n_requests, "page", "pages");
  if (t->n_kept > 0) {
    onus_layout_own(l, "; ");
    onus_layout_own(l, "of them ");
    onus_layout_count(l, t->n_kept, "was", "were");
    onus_layout_own(l, " there from an earlier run");
  }
  onus_layout_end(l, 2);
  if (t->added_last[0]) {
    onus_layout_own(l, "  The last one was added to the collection at ");
    onus_layout_own(l, t->added_last);
    onus_layout_end(l, 4);
  }
  put_listed(l, t, " came with different content under the same identifier and time; the first is kept:");
}

static void put_push(onus_layout *l, const onus_transfer *t) {
  put_collection(l, &t->place.collection);
  onus_layout_own(l, ": ");
  onus_layout_count(l, t->n_accepted, "object", "objects");
  onus_layout_own(l, t->n_accepted == t->n_objects ? " accepted, all there are, " : " accepted, ");
  onus_layout_count(l, t->n_requests, "request", "requests");
  if (t->n_kept > 0) {
    onus_layout_own(l, "; ");
    onus_layout_count(l, t->n_kept, "of them", "of them");
    onus_layout_own(l, " in an earlier run");
  }
  if (t->n_there > 0) {
    onus_layout_own(l, "; ");
    onus_layout_count(l, t->n_there, "of them was", "of them were");
    onus_layout_own(l, " there already");
  }
  onus_layout_end(l, 2);
  put_listed(l, t, " refused:");
}

void onus_report_transfer_text(onus_buffer *out, const onus_transfer *t, const onus_style *style) {
  onus_layout l = onus_layout_new(out, style);
  if (t->kind == ONUS_TRANSFER_LIST) {
    put_places(&l, t);
    put_closed(&l, t);
  } else if (t->kind == ONUS_TRANSFER_PULL) {
    put_pull(&l, t);
  } else {
    put_push(&l, t);
  }
  onus_layout_free(&l);
}
