/* What the parts of the STIX export share. */
#ifndef ONUS_EXCHANGE_STIX_EXPORT_INTERNAL_H
#define ONUS_EXCHANGE_STIX_EXPORT_INTERNAL_H

#include "base/table.h"
#include "document/build.h"
#include "exchange/shown.h"
#include "exchange/stix.h"
#include "exchange/stix_ids.h"

/* An object under construction. */
typedef struct onus_stix_draft {
  onus_branch object, own; /* own: what the extension holds */
  const char *id;
  const onus_node *before; /* the same object of the previous export; NULL: there was none */
  const char *tlp;         /* word of its own marking; NULL: the case's */
} onus_stix_draft;

/* Parts that later objects refer to, by index in the case. */
typedef struct onus_stix_refs {
  const char *attack;
  const char **sources, **authors, **hypotheses, **attributions, **notes, **opinions; /* NULL: it has none */
} onus_stix_refs;

typedef struct onus_exporter {
  const onus_case *c;
  const onus_stix_options *options;
  onus_shown shown;
  onus_arena *arena;
  onus_build build;
  char now[32];
  onus_table *before; /* "part\ntype\nkey" to the objects of the previous export */
  const onus_node **before_nodes;
  onus_table *ids;              /* of all objects written so far */
  onus_branch objects, members; /* members: their identifiers, for the report */
  size_t n_objects;
  bool has_tlp[ONUS_TLP_WORDS]; /* markings that are used */
  onus_branch granular;         /* of the report */
  onus_stix_refs refs;
  onus_branch files;  /* of the report: path and artifact */
  onus_status status; /* the first failure; `error` is set */
  onus_error *error;
} onus_exporter;

/* Puts a text, a format or a list of one reference. NULL texts put nothing. */
void onus_stix_put(onus_exporter *x, onus_branch *map, const char *key, const char *text);
const onus_node *onus_stix_list_of(onus_exporter *x, const char *const *texts, size_t n_texts);

/* Begins an object that stands for `part` (and `key`) of the case; ends it and hands out its identifier. */
onus_stix_draft onus_stix_begin(onus_exporter *x, const char *type, const char *part, const char *key);
const char *onus_stix_end(onus_exporter *x, onus_stix_draft *draft);

/* Adds an observable and gives its identifier; one that is there already is not added again. */
const char *onus_stix_add_observable(onus_exporter *x, onus_branch *object);
/* A link between two objects. */
const char *onus_stix_relate(onus_exporter *x, const char *part, const char *key, const char *from, const char *type,
                             const char *to, double confidence, const onus_node *probabilities);

/* The objects of the case, in the order in which they refer to each other. */
void onus_stix_write_case(onus_exporter *x);
/* Artifacts of the files that an item names, and the observables and techniques in them. Gives the objects that the
 * note of the item refers to. */
void onus_stix_write_files(onus_exporter *x, const onus_item *item, onus_branch *refs);

#endif
