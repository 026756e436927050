/* What machine tags say (MISP taxonomies and galaxies, also used as labels in STIX). */
#ifndef ONUS_EXCHANGE_TAGS_H
#define ONUS_EXCHANGE_TAGS_H

#include "exchange/draft_internal.h"

/* Grades that were given to something. */
typedef struct onus_grades {
  char reliability;      /* Admiralty letter; 0: none */
  unsigned credibility;  /* Admiralty digit; 0: none */
  double probability[2]; /* band of estimative language; 0: none */
  const char *tlp;       /* word; NULL: none */
} onus_grades;

/* Takes the tag in; false when it is no grade. A later one of the same kind replaces an earlier one. */
bool onus_tag_grade(const char *tag, onus_grades *grades);

/* The word of estimative language for a probability. */
const char *onus_likelihood_word(double probability);

/* The actor that a galaxy tag names, `misp-galaxy:threat-actor="Name"`; into `out`. False when it is none. */
#define ONUS_TAG_NAME_BYTES 256
bool onus_tag_actor(const char *tag, char out[ONUS_TAG_NAME_BYTES]);

/* Puts grades into a statement: a probability becomes P(it is said | true) and its complement P(it is said | false);
 * one that lies below even is a denial. */
void onus_grade_statement(onus_draft_statement *statement, const onus_grades *grades);

#endif
