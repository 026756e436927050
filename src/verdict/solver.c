#include "verdict/verdict_internal.h"

#include <stdlib.h>
#include <string.h>

static size_t row_entries(const onus_solver *solver) {
  return solver->shape->n_items * solver->shape->n_hypotheses * solver->shape->lanes;
}

void onus_solver_reset(onus_solver *solver) {
  onus_batch_set_points(solver->batch);
  onus_batch_derive(solver->batch);
  onus_batch_solve(solver->batch);
}

onus_status onus_solver_open(onus_solver *solver, const onus_view *view, bool with_questions,
                             const onus_options *options, onus_error *error) {
  *solver = (onus_solver){.c = view->c, .view = view, .options = options};
  solver->standard = view->position->standard;
  solver->standard_exclusive = view->position->standard_exclusive;
  ONUS_TRY(onus_network_make(view, with_questions, &solver->network, error));
  solver->shape = onus_network_describe(solver->network);
  solver->batch = onus_batch_new(solver->network, solver->shape->lanes, true);
  solver->full_row = malloc((row_entries(solver) + 1) * sizeof *solver->full_row);
  if (!solver->batch || !solver->full_row)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_solver_reset(solver);
  memcpy(solver->full_row, solver->batch->row, row_entries(solver) * sizeof *solver->full_row);
  return ONUS_OK;
}

void onus_solver_close(onus_solver *solver) {
  free(solver->full_row);
  onus_batch_free(solver->batch);
  onus_network_free(solver->network);
  *solver = (onus_solver){0};
}
