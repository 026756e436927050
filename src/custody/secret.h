#ifndef ONUS_CUSTODY_SECRET_H
#define ONUS_CUSTODY_SECRET_H

#include "base/error.h"

/* What is in an onus_secret: guarded pages of libsodium, which wipes them. */
struct onus_secret {
  unsigned char *bytes;
  size_t capacity_bytes, length_bytes;
};

/* sodium_init, which may be called any number of times. */
ONUS_MUST_CHECK onus_status onus_sodium_start(onus_error *error);

#endif
