/* How far long work is, and Ctrl-C. */
#ifndef ONUS_CLI_PROGRESS_H
#define ONUS_CLI_PROGRESS_H

#include "onus.h"

typedef struct onus_cli_progress {
  double started_s, shown_s; /* on the steady clock */
  bool is_terminal;          /* standard error is one */
  bool is_shown;             /* a line stands there now */
} onus_cli_progress;

/* From here on the first Ctrl-C asks the work to stop, a second one ends the program as usual. */
void onus_cli_progress_begin(onus_cli_progress *progress);

/* The callback for onus_options; `context` is an onus_cli_progress. */
bool onus_cli_progress_step(void *context, double share_done);

/* The callback for onus_taxii_options: counts objects, of which nobody may know how many there are. */
bool onus_cli_progress_objects(void *context, size_t n_done, size_t n_all);

/* Takes the line away. */
void onus_cli_progress_end(onus_cli_progress *progress);

/* Ctrl-C was pressed. */
bool onus_cli_progress_is_interrupted(void);

#endif
