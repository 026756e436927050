/* Artefacts of an incident against the reference: who works like this, and how far to trust the answer.
 *
 * Two engines: infrastructure (indicators and fingerprints) and techniques (ATT&CK techniques and software). Candidates
 * are the actors with a statement of the engine's kind left. Every result can be taken apart into links: what the
 * incident and a report of the actor have in common.
 */
#ifndef ONUS_COMPARE_COMPARE_H
#define ONUS_COMPARE_COMPARE_H

#include "compare/fit.h"

typedef enum onus_engine_id {
  ONUS_ENGINE_INFRASTRUCTURE,
  ONUS_ENGINE_TECHNIQUES,
  ONUS_ENGINE_CODE /* of programs (compare/code.h), not of incidents */
} onus_engine_id;
enum { ONUS_ENGINES = 2 }; /* that take incidents */

/* What was found in an incident. */
typedef struct onus_incident {
  const char *id;
  onus_period period;            /* when; may be unknown */
  const char *const *indicators; /* as written; fingerprints too, with their prefix (indicator.h) */
  size_t n_indicators;
  const char *const *ttps; /* upstream ids of techniques and software */
  size_t n_ttps;
  const char *const *leave_out; /* reports and campaigns that the reference must not use */
  size_t n_leave_out;
} onus_incident;

/* One thing in common, or one that speaks against. */
typedef struct onus_link {
  const char *kind;   /* "host", "network /24", "software", "technique", …; static */
  const char *value;  /* what is shared */
  uint32_t basis;     /* the report that has it, the nearest in time where several do; ONUS_NO_NUMBER */
  double ln_weight;   /* its share of ln LR or, where features are not additive, of the utility; sums are explained in
                         docs/METHOD.md */
  uint32_t n_holders; /* actors that hold it */
  int32_t age_days;   /* between report and incident; ONUS_DAY_UNKNOWN */
  const char *note;   /* why it counts little or not: provider class, circular report, …; static, "" if nothing */
} onus_link;

typedef struct onus_candidate {
  uint32_t actor, entry;
  double probability;                  /* [C-1] */
  double ln_lr, ln_lr_low, ln_lr_high; /* [C-2] with the 5 % and 95 % quantile over the bootstrap */
  const onus_link *links;              /* strongest first; at most options->links_max */
  size_t n_links;
} onus_candidate;

typedef struct onus_ranking {
  onus_engine_id engine;
  const char *engine_version;       /* static, "infrastructure-2" */
  const onus_candidate *candidates; /* most probable first; ties by actor number */
  size_t n_candidates;
  double p_unknown;
  size_t n_used, n_not_known; /* indicators or ttps of the incident that the reference knows, and does not */
  const char *provenance;     /* of the weights */
} onus_ranking;

typedef struct onus_compare_options {
  int32_t as_of_day;           /* ONUS_STORE_ALWAYS */
  size_t links_max;            /* for each candidate; 0: none are made, which is faster */
  size_t linked_max;           /* how many of the most probable candidates get links; 0: all */
  const onus_weights *weights; /* NULL: those of the reference, else the engine's own */
} onus_compare_options;

/* What an engine does; the two are onus_infrastructure and onus_techniques. */
typedef struct onus_engine {
  onus_engine_id id;
  const char *name;    /* "infrastructure" */
  const char *version; /* "infrastructure-2": changes whenever a figure may */
  onus_feature_names features;
  const onus_weights *weights;  /* fitted on public development data; docs/CALIBRATION.md */
  const onus_fit_settings *fit; /* how they were, and are on other data */
  /* What many incidents share (totals of each actor, the relation matrix); freed with `release`. */
  onus_status (*prepare)(const onus_reference *reference, void **ret_prepared, onus_error *error);
  void (*release)(void *prepared);
  /* `hidden` holds what the incident leaves out and what is not yet known. */
  onus_status (*extract)(const void *prepared, const onus_incident *incident, const onus_hidden *hidden,
                         onus_arena *arena, onus_features *ret_features, onus_error *error);
  /* Links of one candidate under given weights, strongest first. */
  onus_status (*explain)(const void *prepared, const onus_incident *incident, const onus_hidden *hidden,
                         const onus_weights *weights, uint32_t actor, size_t links_max, onus_arena *arena,
                         const onus_link **ret_links, size_t *ret_n_links, onus_error *error);
} onus_engine;

extern const onus_engine onus_infrastructure, onus_techniques;
/* NULL where there is none. */
const onus_engine *onus_engine_of(onus_engine_id id);
const onus_engine *onus_engine_find(const char *name);

/* An engine on a reference, for many incidents (compare.c). One may be used by one thread at a time. */
typedef struct onus_comparer onus_comparer;
ONUS_MUST_CHECK onus_status onus_comparer_new(const onus_reference *reference, const onus_engine *engine,
                                              onus_comparer **ret_comparer, onus_error *error);
void onus_comparer_free(onus_comparer *comparer);

/* The weights that count unless others are given: the calibration kept in the reference, else the engine's own. They
 * live as long as the comparer. ONUS_BAD_INPUT when the calibration is another version's. */
ONUS_MUST_CHECK onus_status onus_comparer_weights(onus_comparer *comparer, const onus_weights **ret_weights,
                                                  onus_error *error);

/* The ranking lies in `arena`. */
ONUS_MUST_CHECK onus_status onus_comparer_rank(onus_comparer *comparer, const onus_incident *incident,
                                               const onus_compare_options *options, onus_arena *arena,
                                               onus_ranking *ret_ranking, onus_error *error);

/* Its features alone, less what the incident leaves out and what was not known on the day. */
ONUS_MUST_CHECK onus_status onus_comparer_extract(onus_comparer *comparer, const onus_incident *incident,
                                                  int32_t as_of_day, onus_arena *arena, onus_features *ret_features,
                                                  onus_error *error);

#endif
