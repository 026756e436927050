/* Importing a folder of samples: whose programs, by which report. */
#ifndef ONUS_REFERENCE_IMPORT_CODE_H
#define ONUS_REFERENCE_IMPORT_CODE_H

#include "base/sandbox.h"
#include "code/bytes.h"
#include "reference/code.h"
#include "reference/samples.h"

/* What was taken of one family. */
typedef struct onus_imported_family {
  const char *name;
  size_t n_programs, n_new; /* files that are programs; of those, ones that were not said to be of it before */
  uint64_t n_functions;     /* of programs that were not there at all */
} onus_imported_family;

typedef struct onus_skipped {
  const char *path, *why;
} onus_skipped;

#define ONUS_SKIPPED_KEPT 1000

struct onus_code_imported {
  onus_arena *arena; /* everything hangs on it */
  const char *folder, *actor, *report;
  size_t n_files, n_programs, n_new;
  uint64_t n_functions;
  onus_imported_family *families; /* as they lie in the folder */
  size_t n_families;
  onus_skipped *skipped; /* the first ONUS_SKIPPED_KEPT */
  size_t n_skipped;      /* all */
};

/* What the process apart is given: a file, whose prints are to be written as
 * onus_prints_write does. */
typedef struct onus_code_sample {
  const char *path;
  onus_bytes file;
} onus_code_sample;
ONUS_MUST_CHECK onus_status onus_code_sample_read(void *sample, onus_buffer *out, onus_error *error);

/* Takes every sample in, each read by `work` (onus_code_sample_read) in a process apart within `limits`. One that is no
 * program, or harms its reader, is noted and skipped. Seals after so many functions and at the end, so that a long
 * import that is stopped has not been for nothing; what is there already costs little. */
enum { ONUS_SEAL_FUNCTIONS = 1 << 18 };
ONUS_MUST_CHECK onus_status onus_import_samples(onus_reference_writer *writer, const onus_sample_files *samples,
                                                const onus_import_options *options, const onus_sandbox_limits *limits,
                                                onus_sandbox_work *work, uint64_t seal_functions,
                                                onus_code_imported *imported, onus_error *error);

#endif
