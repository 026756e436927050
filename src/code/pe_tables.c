#include "code/pe_internal.h"

enum {
  CHAIN_MAX = 32,
  HANDLER_BYTES = 8,
  CALLBACKS_MAX = 4096,
  UNWIND_CHAINED = 4,
  RELOCATED_32 = 3,
  RELOCATED_64 = 10,
};

/* --- relocations -------------------------------------------------------------------------------------------------- */

static void read_relocations(onus_pe *pe) {
  const onus_pe_directory *d = &pe->directories[ONUS_PE_RELOCATIONS];
  for (uint64_t at = 0; d->rva != 0 && at + 8 <= d->bytes;) {
    uint32_t page = 0, block_bytes = 0;
    if (!onus_pe_u32(pe, d->rva + at, &page) || !onus_pe_u32(pe, d->rva + at + 4, &block_bytes) || block_bytes < 8 ||
        block_bytes > d->bytes - at)
      return;
    const uint8_t *entries = onus_pe_at(pe, d->rva + at + 8, block_bytes - 8);
    for (uint32_t i = 0; entries && i + 2 <= block_bytes - 8; i += 2) {
      uint16_t entry = onus_load_le16(entries + i), kind = entry >> 12;
      uint64_t target = 0;
      uint64_t place = pe->program->base + page + (entry & 0xfff);
      if ((kind == RELOCATED_32 || kind == RELOCATED_64) && onus_program_read_pointer(pe->program, place, &target))
        onus_builder_pointer(pe->builder, place, target);
    }
    at += block_bytes;
  }
}

/* --- unwind data of x86-64 ---------------------------------------------------------------------------------------- */

/* Follows chained entries to the one that the function begins with. */
static uint32_t first_of_chain(const onus_pe *pe, uint32_t begin, uint32_t info) {
  for (unsigned i = 0; i < CHAIN_MAX; i++) {
    uint64_t next = info & ~UINT32_C(1); /* an odd one is the place of another entry */
    if (!(info & 1)) {
      const uint8_t *at = onus_pe_at(pe, info, 4);
      if (!at || !(at[0] >> 3 & UNWIND_CHAINED))
        return begin;
      next = (uint64_t)info + 4 + (at[2] + (at[2] & 1)) * UINT64_C(2);
    }
    if (!onus_pe_u32(pe, next, &begin) || !onus_pe_u32(pe, next + 8, &info))
      return begin;
  }
  return begin;
}

static void read_exceptions(onus_pe *pe) {
  const onus_pe_directory *d = &pe->directories[ONUS_PE_EXCEPTIONS];
  uint64_t base = pe->program->base;
  for (uint64_t at = 0; d->rva != 0 && pe->program->is_64_bit && at + 12 <= d->bytes; at += 12) {
    const uint8_t *entry = onus_pe_at(pe, d->rva + at, 12);
    if (!entry)
      return;
    uint32_t begin = onus_load_le32(entry), end = onus_load_le32(entry + 4), info = onus_load_le32(entry + 8);
    if (begin == 0 || end <= begin || !onus_program_is_code(pe->program, base + begin))
      continue;
    uint32_t first = first_of_chain(pe, begin, info);
    onus_builder_unwind(pe->builder, &(onus_program_unwind){base + begin, end - begin, first != begin});
  }
}

/* --- what the system calls ---------------------------------------------------------------------------------------- */

static void read_callbacks(onus_pe *pe) {
  const onus_pe_directory *d = &pe->directories[ONUS_PE_TLS];
  uint64_t each = pe->program->is_64_bit ? 8 : 4, list = 0, callback = 0;
  if (!d->rva || !onus_program_read_pointer(pe->program, pe->program->base + d->rva + 3 * each, &list))
    return;
  for (uint64_t i = 0;
       i < CALLBACKS_MAX && onus_program_read_pointer(pe->program, list + i * each, &callback) && callback != 0; i++)
    onus_builder_root(pe->builder, callback);
}

/* A table of rvas, each followed by `extra` bytes. */
/* What a compiler puts between the system and its own handler: it belongs to the function that it guards. */
static bool is_handler_stub(const onus_program *program, uint64_t address) {
  static const uint8_t begin[] = {0x8b, 0x54, 0x24, 0x08, 0x8d}; /* mov edx, [esp + 8]; lea eax, [edx + …] */
  static const uint8_t padding[] = {0x90, 0x90};
  const uint8_t *nops = onus_program_at(program, address, sizeof padding);
  if (nops && memcmp(nops, padding, sizeof padding) == 0)
    address += sizeof padding;
  const uint8_t *at = onus_program_at(program, address, sizeof begin);
  return at && memcmp(at, begin, sizeof begin) == 0;
}

static void read_rvas(onus_pe *pe, uint64_t table, uint64_t count, uint64_t extra) {
  uint64_t left = 0, each = 4 + extra;
  const uint8_t *at = onus_program_rest(pe->program, table, &left);
  for (uint64_t i = 0; at && i < count && (i + 1) * each <= left; i++) {
    uint64_t address = pe->program->base + onus_load_le32(at + i * each);
    if (!pe->program->is_64_bit && is_handler_stub(pe->program, address))
      onus_builder_unwind(pe->builder, &(onus_program_unwind){address, HANDLER_BYTES, true});
    else if (onus_program_is_code(pe->program, address))
      onus_builder_root(pe->builder, address);
  }
}

/* Functions that may be called through pointers (control flow guard), and handlers of exceptions (x86). */
static void read_guards(onus_pe *pe) {
  const onus_pe_directory *d = &pe->directories[ONUS_PE_LOAD_CONFIG];
  bool is_64 = pe->program->is_64_bit;
  uint32_t bytes = 0, flags = 0;
  uint64_t config = pe->program->base + d->rva, table = 0, count = 0;
  if (!d->rva || !onus_pe_u32(pe, d->rva, &bytes))
    return;
  if (!is_64 && bytes >= 0x48 && onus_program_read_pointer(pe->program, config + 0x40, &table) &&
      onus_program_read_pointer(pe->program, config + 0x44, &count))
    read_rvas(pe, table, count, 0);
  uint64_t at = is_64 ? 0x80 : 0x50;
  if (bytes >= (is_64 ? 0x94 : 0x5c) && onus_program_read_pointer(pe->program, config + at, &table) &&
      onus_program_read_pointer(pe->program, config + at + (is_64 ? 8 : 4), &count) &&
      onus_pe_u32(pe, d->rva + at + (is_64 ? 16 : 8), &flags))
    read_rvas(pe, table, count, flags >> 28);
}

/* What gcc for Windows writes on x86 is called .eh_frame, which does not fit into eight bytes. */
static void read_eh_frame(onus_pe *pe) {
  const onus_program *p = pe->program;
  for (size_t i = 0; i < p->n_sections; i++) {
    const onus_program_section *s = &p->sections[i];
    const uint8_t *at = onus_program_at(p, s->address, 16);
    bool is_named = strncmp(s->name, ".eh_fram", 8) == 0 || s->name[0] == '/';
    if (at && is_named && onus_load_le32(at + 4) == 0 && at[8] == 1 && at[9] == 'z')
      onus_builder_eh_frame(pe->builder, s->address, s->file_bytes);
  }
}

void onus_pe_read_tables(onus_pe *pe) {
  read_relocations(pe);
  read_exceptions(pe);
  read_callbacks(pe);
  read_guards(pe);
  if (!pe->program->is_64_bit)
    read_eh_frame(pe);
}
