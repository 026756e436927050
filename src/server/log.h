/* The log: one line for each thing that happened, on standard error, as text or as JSON. What came from outside is
 * escaped, so that nobody can write a line of his own. */
#ifndef ONUS_SERVER_LOG_H
#define ONUS_SERVER_LOG_H

#include <stdbool.h>

/* Before anything is logged. */
void onus_log_begin(bool is_json);

/* `event` is a word; then names and values in turn, NULL after the last; a value that is NULL is left out. */
void onus_log(const char *event, ...) __attribute__((sentinel));

#endif
