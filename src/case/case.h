/* A case as people wrote it, checked: every reference resolved to an index, every number inside its range.
 *
 * All arrays keep the order of the file. Everything lies in the case's arena and never changes after reading.
 */
#ifndef ONUS_CASE_CASE_H
#define ONUS_CASE_CASE_H

#include "base/arena.h"
#include "base/moment.h"
#include "base/table.h"
#include "document/document.h"
#include "onus.h"

/* A number that may be a range [low, high]: its 5 % and 95 % quantiles [M-9]. low == high: a plain number. */
typedef struct onus_number {
  double low, high;
} onus_number;

/* How a range is read, and where its median lies [M-9]. */
typedef enum onus_scale {
  ONUS_SCALE_LOG,  /* ratios and likelihoods: normal on the log scale */
  ONUS_SCALE_LOGIT /* probabilities: normal on the logit scale */
} onus_scale;

/* The point value of a number: the median of its distribution [M-9]. */
double onus_number_point(onus_number number, onus_scale scale);

typedef struct onus_hypothesis {
  const char *id, *name;
  bool is_open;
  size_t imitates; /* hypothesis, ONUS_NONE if it imitates nobody */
  const char **actors;
  size_t n_actors;
  const char *country;   /* ISO 3166-1 alpha-2, NULL if not given */
  onus_number prior;     /* not normalised; 1/n each when the case gives none */
  unsigned line, column; /* where it stands in the file */
} onus_hypothesis;

/* A set of hypotheses. Beside those of the case there is one `country:XX` for every country that a hypothesis names. */
typedef struct onus_proposition {
  const char *id, *name;
  bool *holds; /* [n_hypotheses] */
  bool is_country;
} onus_proposition;

/* How far something may travel, by the Traffic Light Protocol 2.0, widest first. */
enum { ONUS_TLP_WORDS = 5 };
extern const char *const onus_tlp_words[ONUS_TLP_WORDS];

typedef struct onus_source {
  const char *id, *name;
  onus_number reliability; /* probability */
  char grade;              /* Admiralty letter A–F as written, 0 when a number was given */
  const char *country, *url;
  const char *tlp; /* of onus_tlp_words; NULL: as the case */
} onus_source;

/* What an undercutter says is shared with strangers. Items of infrastructure and of code that name none of their kind
 * get one of their own. */
typedef enum onus_sharing {
  ONUS_SHARING_NONE,
  ONUS_SHARING_RELAYS, /* infrastructure: `kind: relays`, "relays:ITEM" */
  ONUS_SHARING_TOOLS,  /* code, sold, stolen or leaked: `kind: tools`, "tools:ITEM" */
  ONUS_SHARINGS
} onus_sharing;

/* "relays", "tools"; "" of NONE. Also the key of its probability in a computed row. */
const char *onus_sharing_word(onus_sharing sharing);
/* What items of an engine are cut loose by. */
onus_sharing onus_sharing_of_engine(const char *engine);

typedef struct onus_undercutter {
  const char *id, *name;
  onus_number probability;
  onus_sharing sharing;
  const char *own_item; /* id of the computed item that has it to itself, as "relays:ITEM"; NULL: the case lists it */
} onus_undercutter;

/* One of the actors that a hypothesis names, as the reference knew it when the row was computed. */
typedef struct onus_computed_actor {
  size_t hypothesis;
  const char *given, *name; /* as the case names it; as the reference does */
  const char **entries;     /* "SOURCE UPSTREAM-ID" */
  size_t n_entries;
  onus_number ratio; /* its own likelihood ratio */
} onus_computed_actor;

/* One thing that the artefact and a report of an actor have in common, or one that speaks against. */
typedef struct onus_computed_link {
  const char *actor;         /* name in the reference */
  const char *kind, *value;  /* "host", "evil.example.com" */
  const char *report, *note; /* "" where there is none */
  double ln_weight;          /* its share of the logarithm of the ratio */
  size_t n_holders;          /* actors that hold it */
  bool has_age;
  int age_days; /* between report and item */
} onus_computed_link;

/* A row that `onus compute` wrote into computed/ITEM.json, and what it rests on. */
typedef struct onus_computed {
  const char *path;                     /* the file */
  const char *engine_version, *weights; /* "infrastructure-2", where its weights come from */
  const char *reference, *artefact;     /* digests */
  const char *as_of;                    /* the day up to which the reference counted */
  size_t n_used, n_not_known;           /* parts of the artefact that the reference knows, and does not */
  onus_computed_actor *actors;          /* in the order of the hypotheses */
  size_t n_actors;
  onus_computed_link *links; /* strongest first */
  size_t n_links;
  const char *own_origin; /* where the probability of its own undercutter comes from; "" without one */
} onus_computed;

/* What an item (or outcome) says about each hypothesis [M-1]. */
typedef enum onus_row_kind {
  ONUS_ROW_NONE,       /* nothing stated: a repeat, or a sealed item that is not opened here */
  ONUS_ROW_LIKELIHOOD, /* P(finding | hypothesis), the open hypothesis named */
  ONUS_ROW_RATIO,      /* over the open hypothesis */
  ONUS_ROW_STRENGTH,   /* as RATIO, from ENFSI words */
  ONUS_ROW_SAYS,       /* a statement, true or false of each hypothesis */
  ONUS_ROW_COMPUTE     /* from an artefact, by an engine */
} onus_row_kind;

typedef struct onus_row {
  onus_row_kind kind;
  /* LIKELIHOOD, RATIO, STRENGTH and, once computed, COMPUTE: [n_hypotheses]; COMPUTE as RATIO. */
  bool *is_stated;
  onus_number *value;
  const char **word; /* STRENGTH: the ENFSI word as written, else NULL entries; NULL for other kinds */
  /* SAYS */
  bool *is_true;                 /* [n_hypotheses]: the statement is true of it */
  onus_number if_true, if_false; /* P(says it | true), P(says it | false) */
  const char *statement;         /* id of the hypothesis or proposition */
  bool is_denial;                /* `not:` rather than `that:` */
  /* COMPUTE */
  const char *engine, *from;
  const char **leave_out; /* reports and campaigns that the reference must not use */
  size_t n_leave_out;
  const onus_computed *computed; /* NULL: not computed, as onus_case_read_uncomputed leaves it */
} onus_row;

typedef struct onus_item {
  const char *id, *title; /* title: the id when none is given */
  size_t source;
  unsigned credibility_grade; /* 1–6, 0 when not given; 6 and 0 bring no undercutter */
  onus_number credibility;    /* of grades 1–5: the probability of the scale; otherwise 1 */
  onus_moment known;
  bool has_observed, has_retracted;
  onus_moment observed, retracted;
  onus_row row;          /* what the item says; NONE for repeats and for sealed items not opened here */
  size_t repeats;        /* item, ONUS_NONE if it is nobody's repeat */
  bool would_say_anyway; /* [M-4] */
  onus_number forgeable; /* phi of [M-2] */
  size_t *undercut;      /* undercutters in the order written */
  size_t n_undercut;
  bool is_sealed;
  const char *commitment; /* sealed: "sha256:…" */
  size_t sealed_size;     /* sealed: number of findings behind the commitment */
  onus_row vouched;       /* sealed: what the holder says that it shows */
  onus_number unseen;     /* sealed: probability of the undercutter for those who cannot open it */
  bool is_opened;         /* sealed: `row` came from opened/ITEM.json, and counts for the positions named there only */
  const char *opened_reasons; /* those that were sealed with the row; NULL: none */
  const char *reasons;        /* "" when none is needed */
  const char **attachments;
  size_t n_attachments;
  const char *tlp;       /* as of a source */
  unsigned line, column; /* where it stands in the file */
} onus_item;

typedef struct onus_outcome {
  const char *name;
  onus_row row; /* LIKELIHOOD; over all outcomes of a question the values of each hypothesis sum to 1 */
} onus_outcome;

typedef struct onus_question {
  const char *id, *name;
  onus_outcome *outcomes;
  size_t n_outcomes;
} onus_question;

/* A position's own view of one item; what it leaves out stays as in the case. */
typedef struct onus_item_override {
  size_t item;
  onus_row row;     /* NONE: the case's row stays */
  bool is_left_out; /* of a what-if only: the item has no weight */
  bool has_forgeable, has_credibility, has_unseen, has_would_say_anyway;
  onus_number forgeable, credibility, unseen;
  unsigned credibility_grade;
  bool would_say_anyway;
  const char *reasons;
} onus_item_override;

typedef struct onus_position {
  const char *id, *name;
  const char *tlp;             /* as of a source */
  const char *standard_id;     /* "preponderance", …, or "custom" when a number was given */
  double standard;             /* tau of [M-11] */
  bool standard_exclusive;     /* the probability must exceed tau rather than reach it (preponderance) */
  const char *standard_origin; /* where the number comes from, for the report */
  bool access_all;
  bool *access;    /* [n_items]: can open this sealed item; all false for `public` */
  bool *opened;    /* [n_items]: it was opened for this position here; NULL: none was */
  bool *has_prior; /* [n_hypotheses] */
  onus_number *prior;
  bool *has_reliability; /* [n_sources] */
  onus_number *reliability;
  char *reliability_grade; /* [n_sources] letter as written, 0 for a number */
  bool *has_probability;   /* [n_undercutters] */
  onus_number *probability;
  onus_item_override *overrides; /* at most one an item, in the order of the file */
  size_t n_overrides;
} onus_position;

/* A standard of proof that positions may name [M-12]. */
typedef struct onus_standard {
  const char *id, *origin;
  double value;
  bool is_exclusive; /* as standard_exclusive of a position */
} onus_standard;

struct onus_case {
  onus_arena *arena;
  const onus_case *base;      /* of a what-if: the case that it borrows from; NULL otherwise */
  const onus_node *what_if;   /* of a what-if: the overrides, as given; NULL otherwise */
  const char *what_if_of;     /* of a what-if: the id of the position */
  onus_arena *document_arena; /* NULL when the tree belongs to someone else */
  const onus_node *document;  /* what was read; NULL when the tree belongs to someone else */
  const char *path;           /* the file read */
  const char *directory;      /* the folder of artefacts and attachments */
  const char *title, *question;
  const char *tlp;                            /* Traffic Light Protocol 2.0, as of a source; NULL when not given */
  size_t about_hypothesis, about_proposition; /* at most one is not ONUS_NONE */
  bool has_priors;
  onus_number reliability_scale[6]; /* A–F */
  onus_number credibility_scale[5]; /* 1–5 */
  size_t open_hypothesis;
  onus_hypothesis *hypotheses;
  size_t n_hypotheses;
  onus_proposition *propositions;
  size_t n_propositions;
  onus_source *sources;
  size_t n_sources;
  onus_undercutter *undercutters;
  size_t n_undercutters;
  onus_item *items;
  size_t n_items;
  onus_question *questions;
  size_t n_questions;
  onus_standard *standards; /* those that come with the program, and the case's own */
  size_t n_standards;
  onus_position *positions; /* never empty: one `analyst` when the case lists none */
  size_t n_positions;
  bool has_positions; /* the case lists its own */
  onus_table *hypothesis_ids, *proposition_ids, *source_ids, *undercutter_ids, *item_ids, *position_ids;
};

/* onus_case_open of onus.h is onus_case_read; see there. */
ONUS_MUST_CHECK onus_status onus_case_read(const char *path, onus_case **ret_case, onus_problems **ret_problems,
                                           onus_error *error);

/* The same for who computes rows: what was computed before is not looked at, and rows to be computed have no values. */
ONUS_MUST_CHECK onus_status onus_case_read_uncomputed(const char *path, onus_case **ret_case,
                                                      onus_problems **ret_problems, onus_error *error);

/* Where the row of an item stands, beside the case: "computed/ITEM.json". */
#define ONUS_COMPUTED_FOLDER "computed"
/* At most so many bytes of an artefact, and of all artefacts of a case together. */
#define ONUS_ARTEFACT_BYTES ((size_t)64 << 20)
#define ONUS_ARTEFACTS_BYTES ((size_t)512 << 20)

/* A case from a tree that somebody else read or made, and that need not live on. `path` is used in problems only;
 * otherwise as onus_case_parse. */
ONUS_MUST_CHECK onus_status onus_case_from_tree(const char *path, const char *directory, const onus_node *root,
                                                onus_case **ret_case, onus_problems **ret_problems, onus_error *error);

#endif
