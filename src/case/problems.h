/* The list of everything that is wrong in a file. */
#ifndef ONUS_CASE_PROBLEMS_H
#define ONUS_CASE_PROBLEMS_H

#include <stdarg.h>

#include "base/error.h"

/* As many as are listed; a last line says how many more there are. */
#define ONUS_PROBLEMS_LISTED ((size_t)200)

/* An empty list for the file `path`. NULL without memory. Free with onus_problems_free. */
onus_problems *onus_problems_new(const char *path);

/* Adds a problem. What the format makes has two lines: what was found, what would be right. */
void onus_problems_add(onus_problems *problems, unsigned line, unsigned column, const char *format, va_list arguments)
    ONUS_PRINTF(4, 0);

void onus_problems_say(onus_problems *problems, unsigned line, unsigned column, const char *format, ...)
    ONUS_PRINTF(4, 5);

/* Whether adding is only counting by now. */
bool onus_problems_are_full(const onus_problems *problems);

/* Puts the list into the order of the file and cuts it to its length. ONUS_NO_MEMORY if that failed, now or before;
 * ONUS_BAD_INPUT, with the first problem in `error`, if there are any; ONUS_OK if there are none. */
ONUS_MUST_CHECK onus_status onus_problems_finish(onus_problems *problems, onus_error *error);

/* Makes a problem of an error, whose text is what was found, "; ", what would be right, and finishes the list. */
ONUS_MUST_CHECK onus_status onus_problems_note_error(onus_problems *problems, const onus_error *found,
                                                     onus_error *error);

/* Hands the list out with ONUS_BAD_INPUT, if somebody wants it, and frees it otherwise. Gives back `status`. */
ONUS_MUST_CHECK onus_status onus_problems_hand_out(onus_status status, onus_problems *problems,
                                                   onus_problems **ret_problems);

#endif
