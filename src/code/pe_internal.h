/* What the readers of PE files share. An rva is an address counted from the base. */
#ifndef ONUS_CODE_PE_INTERNAL_H
#define ONUS_CODE_PE_INTERNAL_H

#include "code/program_internal.h"

enum {
  ONUS_PE_EXPORTS = 0,
  ONUS_PE_IMPORTS = 1,
  ONUS_PE_RESOURCES = 2,
  ONUS_PE_EXCEPTIONS = 3,
  ONUS_PE_RELOCATIONS = 5,
  ONUS_PE_DEBUG = 6,
  ONUS_PE_TLS = 9,
  ONUS_PE_LOAD_CONFIG = 10,
  ONUS_PE_DELAYED = 13,
  ONUS_PE_NET = 14,
  ONUS_PE_DIRECTORIES = 16,
};

typedef struct onus_pe_directory {
  uint32_t rva, bytes;
} onus_pe_directory;

typedef struct onus_pe {
  onus_program_builder *builder;
  onus_program *program;
  uint64_t sections; /* file offset of their table */
  size_t n_sections;
  onus_pe_directory directories[ONUS_PE_DIRECTORIES];
} onus_pe;

const uint8_t *onus_pe_at(const onus_pe *pe, uint64_t rva, uint64_t length_bytes);
bool onus_pe_u32(const onus_pe *pe, uint64_t rva, uint32_t *ret_value);
bool onus_pe_text(const onus_pe *pe, uint64_t rva, const char **ret_text, size_t *ret_length_bytes);

/* The directories that speak of code: relocations, unwind data, TLS callbacks, guard tables. */
void onus_pe_read_tables(onus_pe *pe);

#endif
