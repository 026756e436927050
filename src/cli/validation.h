/* What evaluating and calibrating have in common. */
#ifndef ONUS_CLI_VALIDATION_H
#define ONUS_CLI_VALIDATION_H

#include "cli/command.h"
#include "onus.h"

#define ONUS_CLI_OPTIONS_VALIDATION                                                                                    \
  {.name = "engine",                                                                                                   \
   .letter = 'e',                                                                                                      \
   .argument = "infrastructure|techniques",                                                                            \
   .is_choice = true,                                                                                                  \
   .help = "The engine that judges; needed where the incidents have something for both, and for the reference's own "  \
           "reports."},                                                                                                \
      {.name = "incidents",                                                                                            \
       .letter = 'i',                                                                                                  \
       .argument = "FILE",                                                                                             \
       .is_file = true,                                                                                                \
       .help =                                                                                                         \
           "Incidents, one on a line (.jsonl): id, date, indicators, fingerprints, techniques, software and "          \
           "leave_out, the reports to do without. Without it, the reference's own reports are the incidents, each "    \
           "judged by all the others."},                                                                               \
  {                                                                                                                    \
    .name = "truth", .letter = 't', .argument = "FILE", .is_file = true,                                               \
    .help = "Who did them, one on a line: id and label, the actor's id or name, or UNKNOWN for one that the "          \
            "reference has not; true_actor and kind if wanted."                                                        \
  }

#define ONUS_CLI_OPTIONS_VALIDATION_RESULT                                                                             \
  {.name = "predictions",                                                                                              \
   .letter = 'p',                                                                                                      \
   .argument = "FILE",                                                                                                 \
   .is_file = true,                                                                                                    \
   .help = "Write every answer to FILE: incident_id, actor, probability and log10LR, with tabs between them."},        \
      {.name = "plots",                                                                                                \
       .argument = "DIR",                                                                                              \
       .is_file = true,                                                                                                \
       .help = "Write tippett.svg and reliability.svg into the folder DIR, which is made if it is not there."},        \
      {.name = "seed",                                                                                                 \
       .letter = 's',                                                                                                  \
       .argument = "N",                                                                                                \
       .help = "Seed of folds and bootstraps. The same seed gives the same figures everywhere."},                      \
      {.name = "format",                                                                                               \
       .letter = 'f',                                                                                                  \
       .argument = "text|json",                                                                                        \
       .is_choice = true,                                                                                              \
       .help = "How to show the result: text, the default, or json as in docs/evaluation.schema.json."},               \
      ONUS_CLI_OPTION_OUTPUT, ONUS_CLI_OPTION_COLOUR, ONUS_CLI_OPTION_HELP, ONUS_CLI_OPTIONS_END

typedef onus_status onus_cli_validate(const char *location, const onus_validation_options *options,
                                      onus_evaluated **ret_evaluated, onus_error *error);

/* Reads the options above, runs `validate` on the reference, and writes what was asked for. */
int onus_cli_validation_run(const onus_cli_invocation *invocation, const char *location, onus_fit_mode fit,
                            onus_cli_validate *validate);

#endif
