/* Random cases made in memory, for the tests of inference: no reader, no file. */
#ifndef ONUS_INFERENCE_RANDOM_VIEW_H
#define ONUS_INFERENCE_RANDOM_VIEW_H

#include "case/view.h"

typedef struct random_limits {
  size_t hypotheses, sources, undercutters, items; /* at most */
  bool ranges;
  double extreme; /* likelihoods go down to 10^−extreme */
} random_limits;

/* A case of one position with every kind of row, imitators, own undercutters, and its view; all in `arena`. NULL when
 * something failed. */
onus_view *random_view_make(onus_arena *arena, uint64_t seed, const random_limits *limits);

/* P(h | E) [n_hypotheses], by adding up every setting of every undercutter [M-7], one term after the other. Then for
 * each source of the case P(unreliable | E), for each undercutter, for each item of the view P(not credible | E) and
 * P(unseen holds | E); NULL arrays are skipped. Nothing here is shared with the code under test. */
void brute_force(const onus_view *view, double *posterior, double *source, double *undercutter, double *credibility,
                 double *unseen);

#endif
