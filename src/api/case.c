/* onus.h over the modules: cases. */
#include "case/case.h"
#include "onus.h"

const char *onus_version(void) {
  return ONUS_VERSION;
}

onus_status onus_case_open(const char *path, onus_case **ret_case, onus_problems **ret_problems, onus_error *error) {
  return onus_case_read(path, ret_case, ret_problems, error);
}

onus_case_summary onus_case_summarise(const onus_case *c) {
  return (onus_case_summary){c->title,          c->question, c->n_hypotheses, c->n_propositions, c->n_sources,
                             c->n_undercutters, c->n_items,  c->n_questions,  c->n_positions};
}

const char *onus_case_position(const onus_case *c, size_t index) {
  return index < c->n_positions ? c->positions[index].id : NULL;
}
