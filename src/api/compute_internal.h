/* Parts of computing the rows of a case. */
#ifndef ONUS_API_COMPUTE_INTERNAL_H
#define ONUS_API_COMPUTE_INTERNAL_H

#include "base/buffer.h"
#include "base/digest.h"
#include "case/case.h"
#include "compare/compare.h"

/* One name that a hypothesis lists, and whom it means. */
typedef struct onus_named_actor {
  size_t hypothesis;
  const char *given;
  uint32_t actor;
} onus_named_actor;

/* Whom the names in `actors` of all hypotheses mean, in the order of the case; in `arena`. A name is looked for as an
 * upstream id, then as a primary name, then as an alias; the first of these that knows it must mean one actor alone. */
ONUS_MUST_CHECK onus_status onus_compute_actors(const onus_case *c, const onus_reference *reference, onus_arena *arena,
                                                onus_named_actor **ret_actors, size_t *ret_n, onus_error *error);

/* Everything that a row is made of. */
typedef struct onus_row_origin {
  const onus_case *c;
  const onus_item *item;
  const onus_catalogue *catalogue;
  const onus_named_actor *actors;
  size_t n_actors;
  const onus_ranking *ranking;      /* with links of the actors above */
  const char *reference, *artefact; /* digests */
  onus_number sharing;              /* the probability of the item's own undercutter, */
  const char *sharing_origin;       /* and what it was counted from; "": it has none */
} onus_row_origin;

/* The mean likelihood ratio of a hypothesis over those of its actors that the ranking has, each once, as a range whose
 * point value [M-9] is that mean; 1 when it has none of them. */
onus_number onus_compute_ratio(const onus_row_origin *from, size_t hypothesis);

#define ONUS_SHARING_BYTES 200
/* The probability, as a range, that infrastructure is shared with strangers, and what it was counted from. */
onus_number onus_relays(char origin[ONUS_SHARING_BYTES]);
/* The same that code was shared, sold or leaked [K-18]: so many families of the reference are of two or more actors. */
onus_number onus_tools(size_t n_shared, size_t n_families, char origin[ONUS_SHARING_BYTES]);

/* The file computed/ITEM.json (docs/FORMATS.md), and a line about it. */
ONUS_MUST_CHECK onus_status onus_compute_write(onus_buffer *out, onus_buffer *line, const onus_row_origin *from,
                                               onus_error *error);

#endif
