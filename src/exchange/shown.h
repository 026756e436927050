/* What exports show of a case: the assessments of its positions, and items and verdicts in words. */
#ifndef ONUS_EXCHANGE_SHOWN_H
#define ONUS_EXCHANGE_SHOWN_H

#include "document/build.h"
#include "verdict/verdict.h"

typedef struct onus_shown {
  const onus_case *c;
  onus_assessment **assessments; /* [n_positions] all about the same; only that of `chosen` has weights */
  size_t chosen;
  bool opened; /* what stands behind seals is shown */
} onus_shown;

/* Assesses the case for all positions, or for the chosen one alone (the others are NULL then). The list lies in
 * `arena`; free the assessments with onus_shown_end. */
ONUS_MUST_CHECK onus_status onus_shown_make(const onus_case *c, const onus_options *options, bool opened,
                                            bool all_positions, onus_arena *arena, onus_shown *ret_shown,
                                            onus_error *error);
void onus_shown_end(onus_shown *shown);

/* Whether the file holds what stands behind the item's seal, and it is to stay at home. */
bool onus_shown_is_closed(const onus_shown *shown, const onus_item *item);

/* What an item says, in words: its reasons, or what the statement is, or what stands behind the seal. */
const onus_node *onus_shown_item(const onus_shown *shown, const onus_item *item, onus_build *build);
/* "Probability that …: 0.934, very likely; between …". */
const onus_node *onus_shown_probability(const char *claim, const onus_probability *probability, onus_build *build);
/* A position's verdict in two sentences. */
const onus_node *onus_shown_verdict(const onus_shown *shown, size_t position, onus_build *build);

#endif
