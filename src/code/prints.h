/* What the functions of an executable file are known by, taken in a process apart (base/sandbox.h) and handed over.
 *
 * What comes from that process is read as bytes of a stranger, as in outline.h: tokens must be in order, indices must
 * be of functions that are there. */
#ifndef ONUS_CODE_PRINTS_H
#define ONUS_CODE_PRINTS_H

#include "base/digest.h"
#include "base/sandbox.h"
#include "code/fingerprint.h"

typedef struct onus_prints {
  onus_arena *arena;
  const char *path;
  onus_program program;           /* path, format, architecture, is_64_bit, is_damaged; nothing else */
  onus_functions functions;       /* of each: address, extent_bytes, n_instructions, is_thunk; is_cut; nothing else */
  onus_fingerprints fingerprints; /* all of them */
  const char **names;             /* of each function: by which it is exported; NULL */
  const char *packing;            /* why the code in the file is not what runs; NULL: nothing says so */
  char digest[ONUS_DIGEST_BYTES]; /* of the file */
} onus_prints;

/* Reads the file at `path`. Errors are those of onus_file_read, onus_sandbox_run, onus_program_parse and
 * onus_fingerprints_make. Free with onus_prints_free. */
ONUS_MUST_CHECK onus_status onus_prints_read(const char *path, const onus_sandbox_limits *limits,
                                             onus_prints **ret_prints, onus_error *error);
/* The same of what was read from `path`. */
ONUS_MUST_CHECK onus_status onus_prints_make(const char *path, const void *bytes, size_t length_bytes,
                                             const onus_sandbox_limits *limits, onus_prints **ret_prints,
                                             onus_error *error);
void onus_prints_free(onus_prints *prints);

/* The two ends of the way between the processes. */
ONUS_MUST_CHECK onus_status onus_prints_write(const char *path, const onus_bytes *file, onus_buffer *out,
                                              onus_error *error);
ONUS_MUST_CHECK onus_status onus_prints_parse(const char *path, const void *bytes, size_t length_bytes,
                                              onus_prints **ret_prints, onus_error *error);

#endif
