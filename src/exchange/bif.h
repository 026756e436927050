/* The explicit Bayesian network of a case, for any program that reads BIF. */
#ifndef ONUS_EXCHANGE_BIF_H
#define ONUS_EXCHANGE_BIF_H

#include "onus.h"

/* See onus_case_export_bif in onus.h; `options` is not NULL. */
ONUS_MUST_CHECK onus_status onus_exchange_bif(const onus_case *c, const onus_options *options, onus_text *ret_text,
                                              onus_error *error);

#endif
