/* A private folder beside the place where something is to appear, whole or not at all: what is made lies in it until a
 * rename puts it there. */
#ifndef ONUS_PACKAGE_WORKPLACE_H
#define ONUS_PACKAGE_WORKPLACE_H

#include <limits.h>

#include "base/error.h"

typedef struct onus_workplace {
  char path[PATH_MAX]; /* TARGET.<process>-<number>.part */
  int fd;              /* of the folder, locked; −1: none */
} onus_workplace;

/* Makes it (0700) beside `target`, and removes those of processes that died. */
ONUS_MUST_CHECK onus_status onus_workplace_begin(const char *target, onus_workplace *ret_workplace, onus_error *error);

/* Removes it with all that is in it. */
void onus_workplace_end(onus_workplace *workplace);

#endif
