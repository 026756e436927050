/* What else an executable file says about where it comes from, beside its code: who built it with what, when, from
 * which folder, in which languages; and whether its code can be read at all.
 *
 * All of it is easily forged; that it is there and agrees with itself is what an analyst looks at. */
#ifndef ONUS_CODE_FACTS_H
#define ONUS_CODE_FACTS_H

#include "code/program.h"

/* A tool that took part in the build, by Microsoft's numbering (the "Rich" header). */
typedef struct onus_rich_entry {
  uint16_t product, build;
  uint32_t count;
} onus_rich_entry;

typedef struct onus_resource {
  uint32_t type;     /* number; 0: it has a name */
  uint16_t language; /* as Windows numbers them: 1033 English (United States), 1049 Russian; 0: neutral */
  uint32_t size_bytes;
} onus_resource;

typedef struct onus_facts {
  int64_t build_time_utc;             /* seconds since 1970, as the file says; 0: it says none */
  const char *debug_path;             /* of the file with debugging data (PDB, .gnu_debuglink); NULL */
  const char *build_id;               /* in hexadecimal (GNU build id, GUID and age of a PDB, UUID); NULL */
  const char *compiler;               /* what the compiler left in .comment; NULL */
  uint8_t linker_major, linker_minor; /* PE */
  onus_rich_entry *rich;
  size_t n_rich;
  onus_resource *resources;
  size_t n_resources;
  uint64_t overlay_offset, overlay_bytes; /* what follows the last part that the loader knows; a signature is not one */
  bool is_signed, is_net;                 /* has a signature (not checked here); code for .NET */
  double *entropy_bits;                   /* by section: bits per byte, 0 to 8 */
  uint64_t n_strings, n_wide_strings;     /* of six characters or more, outside of code */
  const char *packing; /* why the code cannot be taken as it is; NULL: nothing speaks for that; static */
} onus_facts;

/* Reads them. `arena` takes what they need. */
ONUS_MUST_CHECK onus_status onus_facts_read(const onus_program *program, onus_arena *arena, onus_facts *ret_facts,
                                            onus_error *error);

#endif
