/* The techniques engine from inside. */
#ifndef ONUS_COMPARE_TECHNIQUES_INTERNAL_H
#define ONUS_COMPARE_TECHNIQUES_INTERNAL_H

#include "compare/compare.h"

enum { ONUS_TTP_FEATURES = 5 };

/* Fitted by tools/fit_weights. */
extern const onus_weights ONUS_TECHNIQUES_WEIGHTS;

#endif
