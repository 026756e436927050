/* A case as a MISP event, as a matrix, as a layer of techniques. */
#ifndef ONUS_EXCHANGE_EXPORTS_H
#define ONUS_EXCHANGE_EXPORTS_H

#include "case/case.h"

/* onus_case_export_misp, _matrix and _navigator of onus.h; no argument is NULL. */
ONUS_MUST_CHECK onus_status onus_exchange_misp(const onus_case *c, const onus_options *options,
                                               const onus_export_options *wanted, onus_text *ret_text,
                                               onus_error *error);
ONUS_MUST_CHECK onus_status onus_exchange_matrix(const onus_case *c, const onus_options *options,
                                                 const onus_export_options *wanted, onus_text *ret_text,
                                                 onus_error *error);
ONUS_MUST_CHECK onus_status onus_exchange_navigator(const onus_case *c, const onus_options *options,
                                                    const onus_export_options *wanted, onus_text *ret_text,
                                                    onus_error *error);

#endif
