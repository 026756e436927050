/* What the parts that write and read STIX have in common: fixed objects, scales, what our objects carry. */
#ifndef ONUS_EXCHANGE_STIX_WORDS_H
#define ONUS_EXCHANGE_STIX_WORDS_H

#include "document/build.h"

/* Our property extension; docs/stix-extension.schema.json says what it holds. Every object of ours but observables has
 * it, with `part`, what the object stands for, and `key`, the id of that in the case. */
#define ONUS_STIX_EXTENSION "extension-definition--8bd854b2-cfa6-4f45-bd82-7e017298f289"
#define ONUS_STIX_MAKER "identity--95add257-f582-4c8e-94f8-b76d3749ab86"
#define ONUS_STIX_TLP_EXTENSION "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

/* The extension's content of an object of ours; NULL when it has none. */
const onus_node *onus_stix_own(const onus_node *object);

/* The text of a property; NULL when it is not there or no text. */
const char *onus_stix_text(const onus_node *object, const char *property);

/* The `modified` of an object that says something else than at the time `before`: `now`, or a millisecond behind
 * `before` when that is not later. Both as an export writes them. In the arena of `build`. */
const char *onus_stix_later(onus_build *build, const char *before, const char *now);

/* The marking of TLP 2.0: "marking-definition--…"; NULL for a word that is none. Static. */
const char *onus_tlp_id(const char *word);
/* The word of a marking of TLP 2.0, or of the older TLP 1 that means the same; NULL for other identifiers. Static. */
const char *onus_tlp_word(const char *id);
/* The marking-definition object of a word of onus_tlp_words. */
const onus_node *onus_tlp_object(onus_build *build, size_t word);
/* The fixed identity and extension-definition. */
const onus_node *onus_stix_maker(onus_build *build);
const onus_node *onus_stix_definition(onus_build *build);

/* STIX 2.1, appendix A: Admiralty credibility 1–5 and confidence. 0 where there is none. */
unsigned onus_confidence_of_credibility(unsigned grade);
unsigned onus_credibility_of_confidence(double confidence);
/* Of the words of an opinion, "strongly-agree" to "strongly-disagree": how credible its author finds what it is about,
 * 1 to 5, and the word for a probability that it is so. 0 for another word, or none. */
unsigned onus_credibility_of_opinion(const char *opinion);
const char *onus_opinion_of_probability(double probability);

/* Adds what a case says beside its sources, evidence and positions, which stand in objects of their own. */
void onus_stix_put_head(onus_build *build, onus_branch *map, const onus_node *tree);

/* A name as an id: lower case, other characters become dashes, at most 40; "x" where nothing is left. */
#define ONUS_SLUG_BYTES 48
void onus_slug(const char *name, char out[ONUS_SLUG_BYTES]);

#endif
