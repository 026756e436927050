/* The catalogue while it grows: the arrays of onus_catalogue, where the listings lie, and how a number is found again.
 *
 * Readers and the writer have the same: a reader parses the document and asks, the writer parses it, adds and writes it
 * back. What can be told from the rest is not in the document: actors, and of a basis its period, day and circularity
 * (onus_catalogue_derive). */
#ifndef ONUS_REFERENCE_CATALOGUE_INTERNAL_H
#define ONUS_REFERENCE_CATALOGUE_INTERNAL_H

#include "base/arena.h"
#include "base/table.h"
#include "reference/reference.h"

#define ONUS_CATALOGUE_DOCUMENT "catalogue"
#define ONUS_CATALOGUE_VERSION 1
#define ONUS_CATALOGUE_SOURCES_MAX 255
/* Longer texts are cut, and told apart by a hash at their end. */
#define ONUS_CATALOGUE_NAME_BYTES 400
#define ONUS_CATALOGUE_URL_BYTES 2000

/* A piece of the document "listing/<document>": some of the indicators of a basis, one a line, sorted. */
typedef struct onus_listing_span {
  uint32_t document, offset_bytes, length_bytes;
} onus_listing_span;

typedef struct onus_listing {
  onus_listing_span *spans;
  size_t n_spans, capacity;
} onus_listing;

struct onus_ref_program;
struct onus_ref_sample;

/* Programs, their families, and who says so (programs.c). */
typedef struct onus_program_parts {
  struct onus_ref_program *programs;
  const char **families;
  struct onus_ref_sample *samples;
  size_t n_programs, n_families, n_samples, programs_capacity, families_capacity, samples_capacity;
  size_t n_functions;
  onus_table *program_keys, *family_names, *sample_keys; /* NULL before there is anything */
} onus_program_parts;

typedef struct onus_catalogue_parts {
  onus_arena *arena; /* texts and short lists */
  onus_ref_source *sources;
  onus_entry *entries;
  onus_actor *actors;
  onus_claim *claims;
  onus_report *reports;
  onus_basis *bases;
  onus_ttp *ttps;
  const char **parents;   /* of ttps: the upstream id that was given, or NULL */
  onus_listing *listings; /* of bases */
  size_t n_sources, n_entries, n_actors, n_claims, n_reports, n_bases, n_ttps;
  size_t sources_capacity, entries_capacity, claims_capacity, reports_capacity, bases_capacity, ttps_capacity;
  onus_program_parts programs;
  uint32_t n_listing_documents;
  uint32_t *actor_entries; /* behind onus_actor.entries */
  onus_table *texts;       /* in the arena: text -> where it lies */
  onus_table *source_ids, *entry_ids, *claim_keys, *report_keys, *basis_keys, *ttp_ids;
} onus_catalogue_parts;

ONUS_MUST_CHECK onus_status onus_catalogue_init(onus_catalogue_parts *parts, onus_error *error);
void onus_catalogue_free(onus_catalogue_parts *parts);

/* Kept in the arena: what is not UTF-8 becomes U+FFFD, control characters become blanks, blanks around it go; what is
 * longer than `cap_bytes` is cut. NULL without memory. */
const char *onus_catalogue_text(onus_catalogue_parts *parts, const char *text, size_t cap_bytes);

/* A text in the arena: the one that is there already, or a copy. However often something is said, it is kept once. NULL
 * without memory. */
const char *onus_catalogue_keep(onus_catalogue_parts *parts, const char *text, size_t text_bytes);

/* Each finds what has this identity or adds it. Texts must lie in the arena. */
ONUS_MUST_CHECK onus_status onus_catalogue_add_source(onus_catalogue_parts *parts, const char *id, const char *title,
                                                      uint32_t *ret_source, onus_error *error);
ONUS_MUST_CHECK onus_status onus_catalogue_add_entry(onus_catalogue_parts *parts, const onus_entry *entry,
                                                     uint32_t *ret_entry, onus_error *error);
ONUS_MUST_CHECK onus_status onus_catalogue_add_claim(onus_catalogue_parts *parts, const onus_claim *claim,
                                                     onus_error *error);
ONUS_MUST_CHECK onus_status onus_catalogue_add_report(onus_catalogue_parts *parts, const onus_report *report,
                                                      uint32_t *ret_report, onus_error *error);
/* Copies reports and campaigns, which ascend. */
ONUS_MUST_CHECK onus_status onus_catalogue_add_basis(onus_catalogue_parts *parts, const onus_basis *basis,
                                                     uint32_t *ret_basis, onus_error *error);
ONUS_MUST_CHECK onus_status onus_catalogue_add_ttp(onus_catalogue_parts *parts, const onus_ttp *ttp,
                                                   const char *parent_id, uint32_t *ret_ttp, onus_error *error);
ONUS_MUST_CHECK onus_status onus_catalogue_add_span(onus_catalogue_parts *parts, uint32_t basis, onus_listing_span span,
                                                    onus_error *error);

/* The narrower of two periods; of two that are as wide, the earlier. */
onus_period onus_period_narrower(onus_period a, onus_period b);

/* Period, day and circularity of one basis, from its reports. */
void onus_catalogue_derive_basis(const onus_catalogue_parts *parts, onus_basis *basis);
/* Of all bases; parents of ttps; actors (actors.c). */
ONUS_MUST_CHECK onus_status onus_catalogue_derive(onus_catalogue_parts *parts, onus_error *error);

/* actors.c: which entries are one actor. Replaces what was there. */
ONUS_MUST_CHECK onus_status onus_actors_make(onus_catalogue_parts *parts, onus_error *error);

onus_catalogue onus_catalogue_view(const onus_catalogue_parts *parts);

uint32_t onus_catalogue_find_entry(const onus_catalogue_parts *parts, uint32_t source, const char *upstream_id);

/* The bytes of the document, and back (catalogue_bytes.c). Bytes that are damaged or made to harm are ONUS_BAD_INPUT;
 * `parts` is to be freed whatever comes back. */
ONUS_MUST_CHECK onus_status onus_catalogue_write(const onus_catalogue_parts *parts, onus_text *ret_text,
                                                 onus_error *error);
ONUS_MUST_CHECK onus_status onus_catalogue_parse(const char *place, const char *bytes, size_t length_bytes,
                                                 onus_catalogue_parts *parts, onus_error *error);
/* From the store's document; an empty catalogue when there is none. */
ONUS_MUST_CHECK onus_status onus_catalogue_load(const onus_store *store, const char *place, onus_catalogue_parts *parts,
                                                onus_error *error);

/* The name of the document that holds the listings of number `document`; `out` holds ONUS_STORE_TABLE_BYTES_MAX + 1. */
void onus_listing_name(uint32_t document, char *out);

#endif
