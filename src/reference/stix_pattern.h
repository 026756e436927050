/* The observables that a STIX pattern compares with, out of whatever it combines them by. */
#ifndef ONUS_REFERENCE_STIX_PATTERN_H
#define ONUS_REFERENCE_STIX_PATTERN_H

#include "base/error.h"

#define ONUS_STIX_VALUE_BYTES 2048 /* longer values are passed over */

/* Calls `take` for each `object:path = 'value'` whose object is an address, a name, a URL, an e-mail address, or a hash
 * of a file or certificate, with the value unescaped and NUL-terminated. *ret_n_taken: how many. Comparisons other than
 * equality, and observables of other kinds, are passed over; a pattern that ends early is read as far as it goes. */
ONUS_MUST_CHECK onus_status onus_stix_pattern_each(const char *pattern,
                                                   onus_status (*take)(void *context, const char *value,
                                                                       onus_error *error),
                                                   void *context, size_t *ret_n_taken, onus_error *error);

/* Whether values of this observable type ("ipv4-addr") are indicators to us. */
bool onus_stix_is_observable(const char *type, size_t type_bytes);

#endif
