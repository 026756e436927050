/* Chained fixups of Mach-O (LC_DYLD_CHAINED_FIXUPS): what the loader writes, in place. Each pointer that it will write
 * holds instead what is to be written (an address, or the number of an import) and how far it is to the next one. */
#ifndef ONUS_CODE_MACHO_FIXUPS_H
#define ONUS_CODE_MACHO_FIXUPS_H

#include "code/program_internal.h"

typedef struct onus_macho_fixups {
  onus_bytes file;        /* of this program alone */
  uint64_t offset, bytes; /* of the fixups in the file; bytes 0: there are none */
  uint64_t text;          /* the address of the head, which others count from */
  const char *const *libraries;
  size_t n_libraries;
} onus_macho_fixups;

/* Reads imports, slots and pointers, after onus_builder_map. *ret_n_slots: how many slots. What is damaged is left out,
 * and noted. */
ONUS_MUST_CHECK onus_status onus_builder_macho_fixups(onus_program_builder *builder, const onus_macho_fixups *fixups,
                                                      size_t *ret_n_slots, onus_error *error);

#endif
