/* A draft of a case, made from what others wrote. Its parts come in any order and are put together at the end, when all
 * that was said is known; what could not be carried over is noted. */
#ifndef ONUS_EXCHANGE_DRAFT_INTERNAL_H
#define ONUS_EXCHANGE_DRAFT_INTERNAL_H

#include "base/moment.h"
#include "base/table.h"
#include "document/build.h"

enum { ONUS_DRAFT_STATEMENTS = 10000, ONUS_DRAFT_ACTORS = 2000, ONUS_DRAFT_POSITIONS = 200, ONUS_DRAFT_NOTES = 200 };

/* What has ids of its own in a case: hypotheses and propositions share theirs. */
typedef enum onus_draft_kind {
  ONUS_DRAFT_CLAIM,
  ONUS_DRAFT_SOURCE,
  ONUS_DRAFT_ITEM,
  ONUS_DRAFT_POSITION,
  ONUS_DRAFT_KINDS
} onus_draft_kind;

typedef struct onus_draft_actor {
  const char *id, *name;
  const onus_node *names; /* list of texts; NULL: none but `name` */
  const char *country;    /* ISO 3166-1, NULL: not known */
  bool is_proposition;    /* a group of others rather than a hypothesis */
  onus_branch any;        /* of a proposition: ids */
} onus_draft_actor;

typedef struct onus_draft_source {
  const char *id, *name, *country, *url;
  char grade;    /* Admiralty letter; F when nobody said otherwise */
  size_t trusts; /* of a position: the source that it is itself; ONUS_NONE: it is none */
} onus_draft_source;

/* "`source` says that it was `actor`." */
typedef struct onus_draft_statement {
  const char *id, *title;
  size_t source, actor;
  bool is_denial;
  onus_moment known;
  unsigned credibility;           /* Admiralty digit, 0: none */
  double if_true[2], if_false[2]; /* 0: the defaults of a statement */
  const char *reasons;            /* NULL: none */
  const char *tlp;
} onus_draft_statement;

/* One party's opinion on a statement. */
typedef struct onus_draft_opinion {
  size_t position, statement;
  unsigned credibility; /* 1 to 5 */
  const char *reasons;
} onus_draft_opinion;

/* A list that grows, in the arena. */
typedef struct onus_draft_list {
  void *items;
  size_t n, capacity;
} onus_draft_list;

typedef struct onus_draft {
  onus_arena *arena;
  onus_build build;
  onus_moment now;
  const char *title;
  onus_draft_list actors, sources, statements, positions, opinions; /* positions: onus_draft_source */
  onus_draft_list notes;                                            /* const char * */
  size_t n_notes_dropped;
  size_t n_opinions_beyond, n_opinions_again;
  size_t n_beyond;                   /* actors, sources and positions that found no room */
  onus_table *ids[ONUS_DRAFT_KINDS]; /* that are taken, to an index of `counters` */
  onus_draft_list counters;          /* size_t: of ids made from this one by a number, the last number */
  onus_table *hypotheses, *behind, *source_keys, *position_keys; /* key to the index of an actor, source or position */
} onus_draft;

ONUS_MUST_CHECK onus_status onus_draft_begin(onus_draft *draft, onus_moment now, onus_error *error);
void onus_draft_end(onus_draft *draft);

/* Each finds the one with this `key` or makes it; both texts are copied. ONUS_NONE without memory or beyond the limit.
 * `behind`: whoever stands behind hypotheses, a proposition, which may have the key of a hypothesis. */
size_t onus_draft_actor_of(onus_draft *draft, const char *key, const char *name);
size_t onus_draft_behind_of(onus_draft *draft, const char *key, const char *name);
size_t onus_draft_source_of(onus_draft *draft, const char *key, const char *name);
size_t onus_draft_position_of(onus_draft *draft, const char *key, const char *name);
/* Another key for a hypothesis; one that is there already stays with its own. */
void onus_draft_alias(onus_draft *draft, size_t actor, const char *key);
/* A new statement; NULL without memory or beyond the limit. `slug` is what its id is made from. */
onus_draft_statement *onus_draft_state(onus_draft *draft, const char *slug);
/* Joins a note to the reasons of a statement; `by` NULL: nobody says whose. */
void onus_draft_annotate(onus_draft *draft, size_t statement, const char *by, const char *note);
void onus_draft_opine(onus_draft *draft, size_t position, size_t statement, unsigned credibility, const char *reasons);

onus_draft_actor *onus_draft_actor_at(const onus_draft *draft, size_t index);
onus_draft_source *onus_draft_source_at(const onus_draft *draft, size_t index);
onus_draft_statement *onus_draft_statement_at(const onus_draft *draft, size_t index);

/* Notes what was not carried over, or carried otherwise than it stood. */
void onus_draft_note(onus_draft *draft, const char *format, ...) ONUS_PRINTF(2, 3);
const char *onus_draft_copy(onus_draft *draft, const char *text);
/* A text fit for a case, cut to its limit; a name, cut to a few words. NULL when `text` is NULL or blank. */
const char *onus_draft_text(onus_draft *draft, const char *text);
const char *onus_draft_name(onus_draft *draft, const char *text);

/* A moment that a file gives, and no later than now: a clock that runs ahead must not hide what it dates. Notes it. */
onus_moment onus_draft_moment(onus_draft *draft, const char *text, const char *of_what);

/* The draft as the tree of a case. ONUS_BAD_INPUT when nothing in it says who is behind anything. */
ONUS_MUST_CHECK onus_status onus_draft_case(onus_draft *draft, const char *path, const onus_node **ret_case,
                                            onus_error *error);

/* A case that is there already, with the draft's sources, statements and positions added. Its own ids are to be
 * reserved before anything is drafted. */
void onus_draft_reserve(onus_draft *draft, onus_draft_kind kind, const onus_node *list);
const onus_node *onus_draft_extend(onus_draft *draft, const onus_node *tree);

#endif
