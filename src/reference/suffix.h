/* What the public suffix list and the table of providers say of a name, remembered while many names are read: asking
 * the list costs more than all else that is done with a name. */
#ifndef ONUS_REFERENCE_SUFFIX_H
#define ONUS_REFERENCE_SUFFIX_H

#include "base/error.h"

/* Bits of an answer. */
enum {
  ONUS_SUFFIX_PUBLIC = 1,  /* names below it are given to anybody; every name without a dot is one */
  ONUS_SUFFIX_PRIVATE = 2, /* it stands in the private part of the list: whose owner gives names to strangers */
  ONUS_SUFFIX_TOP = 4      /* a top-level domain of the list */
};

/* For one thread. NULL may stand for one in every call: nothing is remembered then. */
typedef struct onus_suffixes onus_suffixes;

/* NULL without memory. */
onus_suffixes *onus_suffixes_new(void);
void onus_suffixes_free(onus_suffixes *suffixes);

/* `name` in its normal form (indicator.h). */
unsigned onus_suffixes_ask(onus_suffixes *suffixes, const char *name);
/* The number of its row in a table (provider_internal.h); ONUS_SUFFIX_NO_ROW when it has none. */
#define ONUS_SUFFIX_NO_ROW SIZE_MAX
size_t onus_suffixes_provider(const onus_suffixes *suffixes, const char *name);

#endif
