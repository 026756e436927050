/* A case as one position sees it on one day: what inference works on.
 *
 * A view holds no judgement of its own: it chooses, for every number, whether the case's or the position's counts, and
 * leaves out what is not yet known, retracted, a repeat [M-3] or would be said anyway [M-4]. Two positions can be mixed
 * part by part, which is how their disagreement is taken apart [M-17].
 *
 * Order: the view's own arrays are sorted by id, so that the order of a file changes nothing in any sum.
 */
#ifndef ONUS_CASE_VIEW_H
#define ONUS_CASE_VIEW_H

#include "base/error.h"
#include "case/case.h"

/* Why an item has no weight in a view. */
typedef enum onus_item_state {
  ONUS_ITEM_COUNTS,
  ONUS_ITEM_NOT_YET_KNOWN,
  ONUS_ITEM_RETRACTED,
  ONUS_ITEM_REPEAT,
  ONUS_ITEM_SAID_ANYWAY,
  ONUS_ITEM_LEFT_OUT /* by a what-if */
} onus_item_state;

/* How a sealed item is seen [M-20]. */
typedef enum onus_seal_state {
  ONUS_SEAL_NONE,   /* not sealed */
  ONUS_SEAL_OPENED, /* the opened row is used */
  ONUS_SEAL_ACCESS, /* the position can open it, but the row is not in this file: the vouched row stands in */
  ONUS_SEAL_UNSEEN  /* the vouched row, undercut by `unseen` */
} onus_seal_state;

typedef struct onus_view_item {
  size_t item; /* index in the case */
  onus_item_state state;
  bool is_drawn; /* its ranges have places in the sample: it counts, or did until it was retracted [M-10] */
  onus_seal_state seal;
  const onus_row *row;  /* borrowed from the case; the row that this position uses */
  size_t source;        /* index in the case */
  bool has_credibility; /* an undercutter of its own, probability 1 − credibility */
  onus_number credibility;
  unsigned credibility_grade;
  onus_number forgeable;
  const size_t *undercut; /* indices of undercutters in the case, in the order written */
  size_t n_undercut;
  bool has_unseen;
  onus_number unseen;
} onus_view_item;

typedef struct onus_view {
  const onus_case *c;
  const onus_position *position;
  bool has_as_of;
  onus_moment as_of;
  onus_number *prior;       /* [n_hypotheses] in the order of the case, not normalised */
  onus_number *reliability; /* [n_sources] */
  onus_number *probability; /* [n_undercutters] */
  onus_view_item *items;    /* [n_items] sorted by id; those that do not count have a state that says why */
  size_t n_items;
} onus_view;

/* The ways in which two positions on one case can differ [M-17], and the standard. */
typedef enum onus_difference_kind {
  ONUS_DIFFERS_PRIOR,
  ONUS_DIFFERS_RELIABILITY,
  ONUS_DIFFERS_PROBABILITY,
  ONUS_DIFFERS_ITEM,
  ONUS_DIFFERS_ACCESS,
  ONUS_DIFFERS_STANDARD /* moves the verdict only, never the odds */
} onus_difference_kind;

typedef struct onus_difference {
  onus_difference_kind kind;
  size_t index;     /* of the source, undercutter or item; ONUS_NONE otherwise */
  const char *name; /* "prior", "source:fbi", "leaked-toolkit", "item:denial", "access", "standard" */
} onus_difference;

/* All differences between two positions, sorted by name; in `arena`. */
ONUS_MUST_CHECK onus_status onus_view_differences(const onus_case *c, const onus_position *a, const onus_position *b,
                                                  onus_arena *arena, onus_difference **ret_differences,
                                                  size_t *ret_count, onus_error *error);

/* The position's own number, or the case's. */
onus_number onus_position_prior(const onus_case *c, const onus_position *position, size_t hypothesis);
onus_number onus_position_reliability(const onus_case *c, const onus_position *position, size_t source);
onus_number onus_position_probability(const onus_case *c, const onus_position *position, size_t undercutter);

/* Whether a position sees what is behind the seal of an item, or could. */
bool onus_position_can_open(const onus_position *position, size_t item);
/* Whether it does: the row is in the case, or was opened for this position. */
bool onus_position_has_opened(const onus_case *c, const onus_position *position, size_t item);

/* The view of `position` on a day (`as_of` NULL: no day). Lies in `arena`; the case must outlive it. */
ONUS_MUST_CHECK onus_status onus_view_make(const onus_case *c, const onus_position *position, const onus_moment *as_of,
                                           onus_arena *arena, onus_view **ret_view, onus_error *error);

/* As onus_view_make for b, but with those differences whose entry in `use_a` is true set to a's value. */
ONUS_MUST_CHECK onus_status onus_view_mix(const onus_case *c, const onus_position *a, const onus_position *b,
                                          const onus_difference *differences, size_t n_differences, const bool *use_a,
                                          const onus_moment *as_of, onus_arena *arena, onus_view **ret_view,
                                          onus_error *error);

#endif
