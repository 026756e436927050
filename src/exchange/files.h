/* The files of a case, as exports see them. */
#ifndef ONUS_EXCHANGE_FILES_H
#define ONUS_EXCHANGE_FILES_H

#include "case/case.h"
#include "reference/indicator.h"

#define ONUS_CASE_FILE_BYTES ((size_t)16 << 20)

/* Where a file of the case lies: in `out`, which holds `out_bytes`. */
ONUS_MUST_CHECK onus_status onus_case_file_path(const onus_case *c, const char *name, char *out, size_t out_bytes,
                                                onus_error *error);
ONUS_MUST_CHECK onus_status onus_exchange_file_read(const onus_case *c, const char *name, onus_text *ret_text,
                                                    onus_error *error);

/* Called with each indicator; ONUS_OK goes on. */
typedef onus_status onus_indicator_visitor(void *context, const onus_indicator *indicator, onus_error *error);
/* Those of an artefact, in every form that `onus compute` takes. `name` stands in messages. */
ONUS_MUST_CHECK onus_status onus_indicators_in(const char *name, const onus_text *text, onus_indicator_visitor *visit,
                                               void *context, onus_error *error);

/* An indicator as a URL; it does not know its scheme. */
#define ONUS_INDICATOR_URL_BYTES (ONUS_INDICATOR_BYTES + 64)
void onus_indicator_url(const onus_indicator *indicator, char out[ONUS_INDICATOR_URL_BYTES]);

/* Called with each ATT&CK technique ("T1059", "T1059.001") that a text names; false stops. */
typedef bool onus_technique_visitor(void *context, const char *technique);
void onus_techniques_in(const char *bytes, size_t length_bytes, onus_technique_visitor *visit, void *context);

#endif
