#include "compare/compare.h"

#include <string.h>

/* By id. */
static const onus_engine *const engines[ONUS_ENGINES] = {
    [ONUS_ENGINE_INFRASTRUCTURE] = &onus_infrastructure,
    [ONUS_ENGINE_TECHNIQUES] = &onus_techniques,
};

const onus_engine *onus_engine_of(onus_engine_id id) {
  return engines[id];
}

const onus_engine *onus_engine_find(const char *name) {
  for (size_t i = 0; i < ONUS_ENGINES; i++)
    if (engines[i] && strcmp(engines[i]->name, name) == 0)
      return engines[i];
  return NULL;
}
