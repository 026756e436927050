/* What a reference says about actors, as a STIX 2.1 bundle. */
#ifndef ONUS_EXCHANGE_STIX_REFERENCE_H
#define ONUS_EXCHANGE_STIX_REFERENCE_H

#include "onus.h"

/* onus_reference_export_stix of onus.h; `stix` is not NULL. */
ONUS_MUST_CHECK onus_status onus_exchange_reference(const onus_reference *reference, const onus_stix_options *stix,
                                                    onus_text *ret_text, onus_error *error);

#endif
