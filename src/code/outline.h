/* What an executable file is and which functions it has, read in a process apart (base/sandbox.h) and handed over.
 *
 * What comes from that process is read as bytes of a stranger: counts are held against what is there, texts are copied,
 * numbers of kinds are checked. */
#ifndef ONUS_CODE_OUTLINE_H
#define ONUS_CODE_OUTLINE_H

#include "base/sandbox.h"
#include "code/facts.h"
#include "code/functions.h"

typedef struct onus_outline_function {
  uint64_t address, extent_bytes, thunk_of;
  uint32_t n_instructions, n_blocks, n_calls;
  uint8_t evidence; /* onus_function_evidence */
  bool is_thunk, never_returns;
  const char *name; /* of its export, or of the import that a thunk leads to; NULL */
} onus_outline_function;

typedef struct onus_outline {
  onus_arena *arena;
  const char *path;
  onus_program program; /* format, architecture, base, entry, sections, imports, is_damaged; nothing else */
  size_t n_exports;
  onus_facts facts;
  onus_outline_function *functions; /* by address */
  size_t n_functions;
  uint64_t n_code_bytes, n_instructions;
  bool is_cut;
  char digest[72]; /* SHA-256 of the file, as onus_digest_bytes writes it */
} onus_outline;

/* Reads the file at `path`. Errors are those of onus_file_read, onus_sandbox_run and onus_program_parse. Free with
 * onus_outline_free. */
ONUS_MUST_CHECK onus_status onus_outline_read(const char *path, const onus_sandbox_limits *limits,
                                              onus_outline **ret_listing, onus_error *error);
void onus_outline_free(onus_outline *outline);

/* The two ends of the way between the processes. */
ONUS_MUST_CHECK onus_status onus_outline_write(const char *path, const onus_bytes *file, onus_buffer *out,
                                               onus_error *error);
ONUS_MUST_CHECK onus_status onus_outline_parse(const char *path, const void *bytes, size_t length_bytes,
                                               onus_outline **ret_listing, onus_error *error);

#endif
