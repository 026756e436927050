/* What others wrote, as a case. */
#ifndef ONUS_EXCHANGE_IMPORT_H
#define ONUS_EXCHANGE_IMPORT_H

#include "onus.h"

/* See the functions of onus.h of like name; `options` is not NULL. */
ONUS_MUST_CHECK onus_status onus_exchange_import(const char *const *paths, size_t n_paths,
                                                 const onus_case_import_options *options,
                                                 onus_case_imported **ret_imported, onus_error *error);
ONUS_MUST_CHECK onus_status onus_exchange_import_write(const onus_case_imported *import, const char *directory,
                                                       onus_error *error);

#endif
