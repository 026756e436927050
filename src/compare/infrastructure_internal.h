/* The infrastructure engine's own: lists that it learns habits from, what an as-of day leaves of them, an incident.
 *
 *     list    a LISTED basis that is not circular. What of it is looked up lies in the store; the habits of up to
 *             ONUS_HABIT_LISTS of them lie in memory (the newest of each actor first), with the same traces again
 *     index   pattern -> lists in memory
 *     view    the index as of a day: weights of patterns, norms of lists and three factored kernels
 *     query   an incident's patterns against a view
 */
#ifndef ONUS_COMPARE_INFRASTRUCTURE_INTERNAL_H
#define ONUS_COMPARE_INFRASTRUCTURE_INTERNAL_H

#include "compare/compare.h"
#include "compare/pattern.h"

#define ONUS_HABIT_LISTS 2048       /* a view holds three triangles of so many rows */
#define ONUS_HABIT_INDICATORS 16384 /* of one list; more of it are only looked up */
#define ONUS_HABIT_PATTERNS ((size_t)1 << 25)
#define ONUS_INCIDENT_INDICATORS 100000
#define ONUS_VIEW_BYTES ((size_t)768 << 20) /* of all views together */

/* Groups of kinds whose patterns are compared together by the cosine of their weights. */
typedef enum onus_cosine {
  ONUS_COSINE_LINK,
  ONUS_COSINE_WORD,
  ONUS_COSINE_GRAM,
  ONUS_COSINE_PATH_GRAM,
  ONUS_COSINE_STYLE,
  ONUS_COSINE_PORT,
  ONUS_COSINE_SUFFIX_SHAPE,
  ONUS_COSINE_NETWORK,
  ONUS_COSINES
} onus_cosine;

/* Kernels of the regressions. */
typedef enum onus_habit { ONUS_HABIT_NAMES, ONUS_HABIT_ADDRESSES, ONUS_HABIT_STYLE, ONUS_HABITS } onus_habit;

/* Groups of kinds whose patterns are counted for each actor. */
typedef enum onus_counted {
  ONUS_COUNTED_HABIT,
  ONUS_COUNTED_GRAM,
  ONUS_COUNTED_WORD,
  ONUS_COUNTED_LINK,
  ONUS_COUNTEDS
} onus_counted;

/* Groups of kinds whose weights are summed for each list. */
typedef enum onus_summed { ONUS_SUMMED_LINK, ONUS_SUMMED_WORD, ONUS_SUMMED_WIDE, ONUS_SUMMEDS } onus_summed;

/* Which group a kind is in; -1: none. */
typedef struct onus_kind_groups {
  int8_t cosine, counted, summed;
} onus_kind_groups;
extern const onus_kind_groups ONUS_KIND_GROUPS[ONUS_PATTERN_KINDS];

/* K = Σ share_g cosine_g, times the factor of time. */
extern const double ONUS_HABIT_SHARES[ONUS_HABITS][ONUS_COSINES];

/* Similarity of a list and an incident: Σ of these. */
extern const double ONUS_NEAR_COSINES[ONUS_COSINES], ONUS_NEAR_SUMS[ONUS_SUMMEDS];

#define ONUS_NO_PLACE UINT32_MAX

/* --- the index (infrastructure_index.c) --------------------------------------------------------------------------- */

typedef struct onus_habit_index {
  const onus_reference *reference;
  const onus_catalogue *catalogue;
  uint32_t *actor_of_basis; /* [n_bases]: of a list; ONUS_NO_NUMBER of other bases */
  double *year_of_basis;    /* middle of its period, in years since 1970; NaN: unknown */
  uint32_t *list_of_basis;  /* place in memory, ONUS_NO_PLACE */
  uint32_t *basis_of_list;  /* [n_lists] */
  size_t n_lists;
  size_t n_outside; /* lists that are not in memory */

  /* Patterns: an open hash table from their hashes to numbers, and the lists that hold each. */
  uint64_t *slot_hash;
  uint32_t *slot_pattern;
  size_t n_slots; /* a power of two */
  size_t n_patterns, *first;
  uint8_t *kind;
  uint32_t *lists; /* ascending in each pattern */
} onus_habit_index;

ONUS_MUST_CHECK onus_status onus_habit_index_make(const onus_reference *reference, onus_habit_index *ret_index,
                                                  onus_error *error);
void onus_habit_index_free(onus_habit_index *index);

uint64_t onus_pattern_hash(onus_pattern_kind kind, const char *text);
/* ONUS_NO_PLACE when no list in memory holds it. */
uint32_t onus_habit_index_find(const onus_habit_index *index, uint64_t hash);

/* --- views (infrastructure_view.c) -------------------------------------------------------------------------------- */

typedef struct onus_habit_view {
  const onus_habit_index *index;
  uint32_t *row_of_list; /* [n_lists] ONUS_NO_PLACE: not in the view */
  uint32_t *list_of_row; /* [n_rows] */
  size_t n_rows;
  double *weight;              /* [n_patterns]: ln((n_rows + 1) / (lists that hold it + ½)); 0: none does */
  double unseen_weight;        /* of a pattern that no list holds */
  double *norm;                /* [ONUS_COSINES][n_rows] */
  double *factor[ONUS_HABITS]; /* of K + λ I */
  size_t n_bytes;
} onus_habit_view;

ONUS_MUST_CHECK onus_status onus_habit_view_make(const onus_habit_index *index, const uint8_t *is_in,
                                                 onus_habit_view **ret_view, onus_error *error);
void onus_habit_view_free(onus_habit_view *view);

/* Weight that the time between two things gives to what they have in common; NaN: unknown. */
double onus_habit_time(double years_between);

/* Views that were made before, the last used first. */
typedef struct onus_habit_views {
  onus_habit_view **views;
  size_t n_views;
} onus_habit_views;

/* The view of the lists that are known when the ones not hidden are: what an incident leaves out is in it, what became
 * known later is not. Belongs to `views`, until the next call. */
ONUS_MUST_CHECK onus_status onus_habit_views_get(onus_habit_views *views, const onus_habit_index *index,
                                                 const onus_hidden *hidden, const onus_habit_view **ret_view,
                                                 onus_error *error);
void onus_habit_views_free(onus_habit_views *views);

/* --- an incident (infrastructure_query.c) ------------------------------------------------------------------------- */

/* One pattern of an incident. */
typedef struct onus_query_pattern {
  const char *text;
  uint64_t hash;
  uint32_t pattern; /* of the index; ONUS_NO_PLACE */
  uint32_t n_lists; /* visible ones that hold it */
  double weight;
  uint8_t kind;
} onus_query_pattern;

typedef struct onus_query {
  const onus_habit_index *index;
  const onus_habit_view *view;
  const onus_hidden *hidden;
  double year; /* NaN: unknown */
  size_t n_indicators, n_known, n_not_known;
  bool has_address;
  onus_query_pattern *patterns; /* by kind and hash */
  size_t n_patterns;
  /* What the store says of patterns that are looked up, for lists that are not in memory: those of patterns[i] are
   * outside[outside_first[i]] …, bases. NULL when all lists are in memory. */
  uint32_t *outside;
  size_t *outside_first;

  uint8_t *is_visible;          /* [n_bases] lists that count */
  double *cosine[ONUS_COSINES]; /* [n_rows] */
  double incident_norm[ONUS_COSINES];
  double *sum[ONUS_SUMMEDS];           /* [n_bases] */
  double *near;                        /* [n_bases] */
  size_t *n_visible;                   /* [n_actors] */
  double *count_weight, *actor_weight; /* [n_lists] W_b; [n_actors] Σ W_b */
  double total_weight;
  double *counted[ONUS_COUNTEDS];  /* [n_actors] */
  size_t n_counted[ONUS_COUNTEDS]; /* patterns that somebody visible holds */
  double *habit[ONUS_HABITS];      /* [n_actors] */
} onus_query;

/* Everything lies in `arena`; frees nothing. */
ONUS_MUST_CHECK onus_status onus_query_make(const onus_habit_index *index, const onus_habit_view *view,
                                            const onus_incident *incident, const onus_hidden *hidden, onus_arena *arena,
                                            onus_query *ret_query, onus_error *error);

/* Share of one pattern in the count of an actor: ln((c + αq)/(αq)). */
double onus_query_count(const onus_query *query, const onus_query_pattern *pattern, uint32_t actor);

/* Weights of the lists in the kernel regression's score of `actor`: score = Σ_row weight_row K(incident, row). */
ONUS_MUST_CHECK onus_status onus_query_duals(const onus_query *query, onus_habit habit, uint32_t actor,
                                             onus_arena *arena, double **ret_weights, onus_error *error);

/* --- features (infrastructure.c) ---------------------------------------------------------------------------------- */

enum {
  ONUS_INFRA_LN_LISTS,
  ONUS_INFRA_ACTIVE,
  ONUS_INFRA_ACTIVE_SHORT,
  ONUS_INFRA_GAP,
  ONUS_INFRA_COUNTED,                                    /* ONUS_COUNTEDS of them */
  ONUS_INFRA_HABIT = ONUS_INFRA_COUNTED + ONUS_COUNTEDS, /* ONUS_HABITS of them, logarithms */
  ONUS_INFRA_HABIT_SUM = ONUS_INFRA_HABIT + ONUS_HABITS,
  ONUS_INFRA_NEAR,
  ONUS_INFRA_CHOICES
};
enum { ONUS_INFRA_OWN_RATIOS = ONUS_COUNTEDS + ONUS_HABITS + 2, ONUS_INFRA_RATIOS = 2 * ONUS_INFRA_OWN_RATIOS };

/* What is added to a score before its logarithm is taken. */
#define ONUS_HABIT_FLOOR 0.02

extern const onus_weights ONUS_INFRASTRUCTURE_WEIGHTS;

onus_status onus_infrastructure_explain(const onus_query *query, const onus_weights *weights, uint32_t actor,
                                        size_t links_max, onus_arena *arena, const onus_link **ret_links,
                                        size_t *ret_n_links, onus_error *error);

#endif
