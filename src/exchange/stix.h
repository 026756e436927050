/* A case as a STIX 2.1 bundle. */
#ifndef ONUS_EXCHANGE_STIX_H
#define ONUS_EXCHANGE_STIX_H

#include "case/case.h"

/* onus_case_export_stix of onus.h; `options` and `stix` are not NULL. */
ONUS_MUST_CHECK onus_status onus_exchange_stix(const onus_case *c, const onus_options *options,
                                               const onus_stix_options *stix, onus_text *ret_text, onus_error *error);

#endif
