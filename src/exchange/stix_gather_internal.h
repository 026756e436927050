/* What is kept of the objects of foreign bundles until all have been seen. */
#ifndef ONUS_EXCHANGE_STIX_GATHER_INTERNAL_H
#define ONUS_EXCHANGE_STIX_GATHER_INTERNAL_H

#include "exchange/import_internal.h"
#include "exchange/tags.h"

typedef enum onus_thing_kind {
  ONUS_THING_OTHER,       /* nothing is kept but that it is there */
  ONUS_THING_NAMED,       /* whoever or whatever can stand at either end of an attribution */
  ONUS_THING_ATTRIBUTION, /* relationship `attributed-to` */
  ONUS_THING_OPINION,
  ONUS_THING_NOTE,
  ONUS_THING_REPORT
} onus_thing_kind;

/* What one object said. Texts lie in the arena. */
typedef struct onus_thing_detail {
  const char *name, *description, *created, *published, *by, *opinion;
  const char *source_ref, *target_ref;
  const onus_node *names; /* aliases */
  const onus_node *refs;  /* of a report, note or opinion */
  const char *country, *url;
  double confidence; /* −1: none */
  onus_grades grades;
} onus_thing_detail;

typedef struct onus_thing {
  const char *id;
  int64_t modified_us; /* INT64_MIN when it has none */
  uint64_t content;    /* hash, whatever the order of keys */
  uint32_t type;       /* index of its type */
  uint16_t file;
  uint8_t kind; /* onus_thing_kind */
  bool is_own;
  onus_thing_detail *detail; /* NULL for OTHER */
} onus_thing;

typedef struct onus_thing_type {
  const char *name;
  size_t n_objects;
} onus_thing_type;

struct onus_gathered {
  onus_arena *arena;
  onus_build build;
  onus_table *ids;
  onus_thing *things;
  size_t n_things, capacity;
  onus_table *type_names;
  onus_thing_type *types;
  size_t n_types, types_capacity;
  const onus_foreign_file **files;
  size_t n_files;
  const onus_foreign_file *own;
  size_t n_unnamed, n_older;
};

#endif
