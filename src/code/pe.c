/* PE. What the loader reads is read the same way: sections by their addresses, then the directories. pe_tables.c has
 * the directories that speak of code. */
#include "code/pe_internal.h"

#include <inttypes.h>
#include <stdio.h>

enum {
  SECTIONS_MAX = 96, /* what Windows loads */
  LIBRARIES_MAX = 4096,
  MACHINE_X86 = 0x14c,
  MACHINE_X86_64 = 0x8664,
  MAGIC_32 = 0x10b,
  MAGIC_64 = 0x20b,
};

const uint8_t *onus_pe_at(const onus_pe *pe, uint64_t rva, uint64_t length_bytes) {
  return onus_program_at(pe->program, pe->program->base + rva, length_bytes);
}

bool onus_pe_u32(const onus_pe *pe, uint64_t rva, uint32_t *ret_value) {
  const uint8_t *at = onus_pe_at(pe, rva, 4);
  if (!at)
    return false;
  *ret_value = onus_load_le32(at);
  return true;
}

bool onus_pe_text(const onus_pe *pe, uint64_t rva, const char **ret_text, size_t *ret_length_bytes) {
  uint64_t left = 0;
  const uint8_t *text = onus_program_rest(pe->program, pe->program->base + rva, &left);
  const uint8_t *end = text ? memchr(text, 0, (size_t)(left < ONUS_NAME_BYTES_MAX ? left : ONUS_NAME_BYTES_MAX)) : NULL;
  if (!end)
    return false;
  *ret_text = (const char *)text;
  *ret_length_bytes = (size_t)(end - text);
  return true;
}

/* --- the head ----------------------------------------------------------------------------------------------------- */

static onus_status read_head(onus_pe *pe, onus_error *error) {
  onus_program *p = pe->program;
  const onus_bytes *file = &p->file;
  uint32_t head = 0;
  if (!onus_bytes_u32(file, 0x3c, &head))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->path, 0, 0, "is too short for a PE file: %" PRIu64 " bytes",
                        file->length_bytes);
  const uint8_t *at = onus_bytes_at(file, head, 24);
  if (!at || memcmp(at, "PE\0\0", 4) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->path, 0, 0,
                        "is no PE file: no \"PE\" at byte %" PRIu32 ", where its first head points", head);
  uint16_t machine = onus_load_le16(at + 4), n_sections = onus_load_le16(at + 6), optional = onus_load_le16(at + 20);
  p->architecture = machine == MACHINE_X86      ? ONUS_ARCHITECTURE_X86
                    : machine == MACHINE_X86_64 ? ONUS_ARCHITECTURE_X86_64
                                                : ONUS_ARCHITECTURE_OTHER;
  if (p->architecture == ONUS_ARCHITECTURE_OTHER)
    return ONUS_FAIL_AT(error, ONUS_UNSUPPORTED, p->path, 0, 0,
                        "is a PE file for machine 0x%x; only x86 and x86-64 are read", machine);
  uint64_t body = (uint64_t)head + 24;
  uint16_t magic = 0;
  if (!onus_bytes_u16(file, body, &magic) || (magic != MAGIC_32 && magic != MAGIC_64) ||
      (magic == MAGIC_64) != (machine == MACHINE_X86_64))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->path, 0, 0, "its optional head begins with 0x%x; 0x%x would fit",
                        magic, machine == MACHINE_X86 ? MAGIC_32 : MAGIC_64);
  p->is_64_bit = magic == MAGIC_64;
  at = onus_bytes_at(file, body, p->is_64_bit ? 112 : 96);
  if (!at)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->path, 0, 0, "ends within its optional head");
  uint32_t entry = onus_load_le32(at + 16), head_bytes = onus_load_le32(at + 60);
  p->base = p->is_64_bit ? onus_load_le64(at + 24) : onus_load_le32(at + 28);
  p->entry = entry ? p->base + entry : 0;
  uint32_t n_directories = onus_load_le32(at + (p->is_64_bit ? 108 : 92));
  uint64_t directories = body + (p->is_64_bit ? 112 : 96);
  for (uint32_t i = 0; i < ONUS_PE_DIRECTORIES && i < n_directories; i++)
    if (!onus_bytes_u32(file, directories + i * 8, &pe->directories[i].rva) ||
        !onus_bytes_u32(file, directories + i * 8 + 4, &pe->directories[i].bytes)) {
      pe->directories[i].rva = pe->directories[i].bytes = 0;
      p->is_damaged = true;
    }
  pe->sections = body + optional;
  pe->n_sections = n_sections < SECTIONS_MAX ? n_sections : SECTIONS_MAX;
  onus_builder_section(
      pe->builder, "", 0,
      &(onus_program_section){
          .address = p->base, .size_bytes = head_bytes, .file_bytes = head_bytes, .permissions = ONUS_SECTION_READ});
  return ONUS_OK;
}

static void read_sections(onus_pe *pe) {
  for (size_t i = 0; i < pe->n_sections; i++) {
    const uint8_t *at = onus_bytes_at(&pe->program->file, pe->sections + i * 40, 40);
    if (!at) {
      pe->program->is_damaged = true;
      return;
    }
    uint32_t size = onus_load_le32(at + 8), rva = onus_load_le32(at + 12), raw_bytes = onus_load_le32(at + 16);
    uint32_t raw = onus_load_le32(at + 20), flags = onus_load_le32(at + 36);
    size = size == 0 ? raw_bytes : size;
    uint8_t permissions =
        (uint8_t)((flags & 0x40000000 ? ONUS_SECTION_READ : 0) | (flags & 0x80000000 ? ONUS_SECTION_WRITE : 0) |
                  (flags & 0x20000000 ? ONUS_SECTION_EXECUTE : 0));
    size_t name_bytes = strnlen((const char *)at, 8);
    onus_builder_section(pe->builder, (const char *)at, name_bytes,
                         &(onus_program_section){.address = pe->program->base + rva,
                                                 .size_bytes = size,
                                                 .file_offset = raw & ~UINT32_C(0x1ff), /* as the loader rounds it */
                                                 .file_bytes = raw_bytes,
                                                 .permissions = permissions});
  }
}

/* --- imports and exports ------------------------------------------------------------------------------------------ */

/* Names from the table `names`, slots at `slots`; both have one entry for each import. */
static void read_thunks(onus_pe *pe, const char *library, uint64_t names, uint64_t slots) {
  uint64_t each = pe->program->is_64_bit ? 8 : 4, base = pe->program->base;
  for (uint64_t i = 0; pe->builder->imports.status == ONUS_OK; i++) {
    uint64_t value = 0;
    if (!onus_program_read_pointer(pe->program, base + names + i * each, &value) || value == 0)
      return;
    int32_t import = ONUS_IMPORT_NONE;
    const char *name = NULL;
    size_t name_bytes = 0;
    if (value >> (each * 8 - 1))
      import = onus_builder_import_number(pe->builder, library, (uint16_t)value);
    else if (value <= UINT32_MAX && onus_pe_text(pe, value + 2, &name, &name_bytes) && name_bytes > 0)
      import = onus_builder_import(pe->builder, library, name, name_bytes);
    if (import == ONUS_IMPORT_NONE) {
      pe->program->is_damaged = true;
      return;
    }
    onus_builder_slot(pe->builder, base + slots + i * each, import);
  }
}

static const char *library_at(onus_pe *pe, uint64_t rva) {
  const char *name = NULL;
  size_t name_bytes = 0;
  if (!onus_pe_text(pe, rva, &name, &name_bytes) || name_bytes == 0)
    return NULL;
  return onus_builder_text(pe->builder, name, name_bytes);
}

static void read_imports(onus_pe *pe) {
  const onus_pe_directory *d = &pe->directories[ONUS_PE_IMPORTS];
  for (uint64_t i = 0; d->rva != 0 && i < LIBRARIES_MAX; i++) {
    const uint8_t *at = onus_pe_at(pe, d->rva + i * 20, 20);
    if (!at)
      break;
    uint32_t names = onus_load_le32(at), name = onus_load_le32(at + 12), slots = onus_load_le32(at + 16);
    const char *library = name != 0 ? library_at(pe, name) : NULL;
    if (!library)
      break;
    read_thunks(pe, library, names != 0 ? names : slots, slots);
  }
  /* Those that are bound on the first call. */
  d = &pe->directories[ONUS_PE_DELAYED];
  for (uint64_t i = 0; d->rva != 0 && i < LIBRARIES_MAX; i++) {
    const uint8_t *at = onus_pe_at(pe, d->rva + i * 32, 32);
    if (!at)
      return;
    uint64_t shift = onus_load_le32(at) & 1 ? 0 : pe->program->base; /* old ones hold addresses, not distances */
    uint32_t name = onus_load_le32(at + 4), slots = onus_load_le32(at + 12), names = onus_load_le32(at + 16);
    const char *library = name != 0 ? library_at(pe, name - shift) : NULL;
    if (!library)
      return;
    read_thunks(pe, library, names - shift, slots - shift);
  }
}

static void read_exports(onus_pe *pe) {
  const onus_pe_directory *d = &pe->directories[ONUS_PE_EXPORTS];
  const uint8_t *at = d->rva ? onus_pe_at(pe, d->rva, 40) : NULL;
  if (!at)
    return;
  uint32_t first = onus_load_le32(at + 16), n_functions = onus_load_le32(at + 20), n_names = onus_load_le32(at + 24);
  uint32_t functions = onus_load_le32(at + 28), names = onus_load_le32(at + 32), numbers = onus_load_le32(at + 36);
  uint64_t base = pe->program->base, left = 0;
  if (!onus_program_rest(pe->program, base + functions, &left))
    return;
  n_functions = n_functions < left / 4 ? n_functions : (uint32_t)(left / 4);
  for (uint32_t i = 0; i < n_names && pe->builder->exports.status == ONUS_OK; i++) {
    uint32_t name_rva = 0, rva = 0;
    const uint8_t *number = onus_pe_at(pe, (uint64_t)numbers + i * UINT64_C(2), 2);
    const char *name = NULL;
    size_t name_bytes = 0;
    if (!number || !onus_pe_u32(pe, (uint64_t)names + i * UINT64_C(4), &name_rva) ||
        !onus_pe_text(pe, name_rva, &name, &name_bytes))
      return;
    uint16_t index = onus_load_le16(number);
    if (index < n_functions && onus_pe_u32(pe, (uint64_t)functions + index * UINT64_C(4), &rva) && rva != 0 &&
        (rva < d->rva || rva - d->rva >= d->bytes)) /* else it is another library's */
      onus_builder_export(pe->builder, base + rva, name, name_bytes);
  }
  if (n_names > 0)
    return;
  for (uint32_t i = 0; i < n_functions; i++) { /* by number alone */
    uint32_t rva = 0;
    char name[16];
    int length = snprintf(name, sizeof name, "#%" PRIu32, first + i);
    if (onus_pe_u32(pe, (uint64_t)functions + i * UINT64_C(4), &rva) && rva != 0 &&
        (rva < d->rva || rva - d->rva >= d->bytes))
      onus_builder_export(pe->builder, base + rva, name, (size_t)length);
  }
}

onus_status onus_program_parse_pe(onus_program_builder *builder, onus_error *error) {
  onus_pe pe = {.builder = builder, .program = builder->program};
  pe.program->format = ONUS_PROGRAM_PE;
  ONUS_TRY(read_head(&pe, error));
  read_sections(&pe);
  ONUS_TRY(onus_builder_map(builder, error));
  read_imports(&pe);
  read_exports(&pe);
  onus_pe_read_tables(&pe);
  return ONUS_OK;
}
