#ifndef ONUS_CASE_COUNTRIES_INTERNAL_H
#define ONUS_CASE_COUNTRIES_INTERNAL_H

#include <stdbool.h>

/* Whether `code` is an officially assigned alpha-2 code of ISO 3166-1, or one of those that the standard leaves to its
 * users (AA, QM–QZ, XA–XZ, ZZ; XK is in wide use for Kosovo). */
bool onus_is_country(const char *code);

#endif
