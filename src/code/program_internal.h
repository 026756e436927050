/* How the readers of the formats say what they find. Each call checks and caps; none of them can be used wrongly by a
 * hostile file, so a reader says what it sees and goes on. */
#ifndef ONUS_CODE_PROGRAM_INTERNAL_H
#define ONUS_CODE_PROGRAM_INTERNAL_H

#include "code/list.h"
#include "code/program.h"

enum { ONUS_NAME_BYTES_MAX = 4096 }; /* of an import or export */

typedef struct onus_program_builder {
  onus_program *program;
  onus_list sections, imports, slots, exports, unwind, pointers, roots;
} onus_program_builder;

/* What lies outside of the file is cut off; what overlaps a section that is there already is left out. */
void onus_builder_section(onus_program_builder *builder, const char *name, size_t name_bytes,
                          const onus_program_section *section);

/* Sorts the sections. From here on onus_program_at and its kin work. */
ONUS_MUST_CHECK onus_status onus_builder_map(onus_program_builder *builder, onus_error *error);

/* The index of the new import; ONUS_IMPORT_NONE beyond a limit. `name` lies in the file, or is given by number. */
int32_t onus_builder_import(onus_program_builder *builder, const char *library, const char *name, size_t name_bytes);
int32_t onus_builder_import_number(onus_program_builder *builder, const char *library, uint32_t number);
void onus_builder_slot(onus_program_builder *builder, uint64_t address, int32_t import);
void onus_builder_export(onus_program_builder *builder, uint64_t address, const char *name, size_t name_bytes);
void onus_builder_unwind(onus_program_builder *builder, const onus_program_unwind *unwind);
void onus_builder_pointer(onus_program_builder *builder, uint64_t place, uint64_t target);
void onus_builder_root(onus_program_builder *builder, uint64_t address);

/* A copy in the arena, NUL-terminated; NULL beyond a limit. */
const char *onus_builder_text(onus_program_builder *builder, const char *text, size_t length_bytes);

/* Reads the unwind tables of DWARF that begin at `address` and are at most `length_bytes` long. */
void onus_builder_eh_frame(onus_program_builder *builder, uint64_t address, uint64_t length_bytes);

/* The formats. Each is called when the first bytes are its own. */
ONUS_MUST_CHECK onus_status onus_program_parse_elf(onus_program_builder *builder, onus_error *error);
ONUS_MUST_CHECK onus_status onus_program_parse_pe(onus_program_builder *builder, onus_error *error);
ONUS_MUST_CHECK onus_status onus_program_parse_macho(onus_program_builder *builder, onus_error *error);

#endif
