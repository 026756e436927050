/* ELF. The segments say what is in memory; the section headers, when they agree with the segments, only say which part
 * of an executable segment is code and which is constants. Imports and exports come from the dynamic section. */
#include "code/program_internal.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>

enum { SEGMENTS_MAX = 4096, DYNAMIC_MAX = 4096, SYMBOL_BYTES_32 = 16, SYMBOL_BYTES_64 = 24 };

typedef struct segment {
  uint32_t type, flags;
  uint64_t offset, address, file_bytes, memory_bytes;
} segment;

typedef struct elf {
  onus_program_builder *builder;
  onus_program *program;
  const onus_bytes *file;
  bool is_64;
  segment *segments;
  size_t n_segments;
  uint64_t sections_offset;
  size_t n_sections;
  uint64_t section_names; /* file offset of their table of names; 0: none */
  uint64_t section_names_bytes;
  /* from the dynamic section */
  uint64_t symbols, strings, strings_bytes, n_symbols;
  int32_t *import_of_symbol; /* by symbol, filled on first use; n_symbols of them */
} elf;

/* A word of the file's own width. */
static bool word(const elf *e, uint64_t offset, uint64_t *ret_value) {
  if (e->is_64)
    return onus_bytes_u64(e->file, offset, ret_value);
  uint32_t value = 0;
  if (!onus_bytes_u32(e->file, offset, &value))
    return false;
  *ret_value = value;
  return true;
}

/* --- what is in memory -------------------------------------------------------------------------------------------- */

static bool read_segment(const elf *e, uint64_t offset, segment *ret_segment) {
  const uint8_t *at = onus_bytes_at(e->file, offset, e->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
  if (!at)
    return false;
  if (e->is_64)
    *ret_segment = (segment){onus_load_le32(at),      onus_load_le32(at + 4),  onus_load_le64(at + 8),
                             onus_load_le64(at + 16), onus_load_le64(at + 32), onus_load_le64(at + 40)};
  else
    *ret_segment = (segment){onus_load_le32(at),     onus_load_le32(at + 24), onus_load_le32(at + 4),
                             onus_load_le32(at + 8), onus_load_le32(at + 16), onus_load_le32(at + 20)};
  return true;
}

typedef struct section {
  uint32_t name, type;
  uint64_t flags, address, offset, bytes;
} section;

static bool read_section(const elf *e, size_t index, section *ret_section) {
  uint64_t each = e->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
  const uint8_t *at = onus_bytes_at(e->file, e->sections_offset + index * each, each);
  if (!at)
    return false;
  if (e->is_64)
    *ret_section = (section){onus_load_le32(at),      onus_load_le32(at + 4),  onus_load_le64(at + 8),
                             onus_load_le64(at + 16), onus_load_le64(at + 24), onus_load_le64(at + 32)};
  else
    *ret_section = (section){onus_load_le32(at),      onus_load_le32(at + 4),  onus_load_le32(at + 8),
                             onus_load_le32(at + 12), onus_load_le32(at + 16), onus_load_le32(at + 20)};
  return true;
}

/* The segment that a section lies in, both in memory and in the file; NULL: they do not agree. */
static const segment *segment_of(const elf *e, const section *s) {
  for (size_t i = 0; i < e->n_segments; i++) {
    const segment *g = &e->segments[i];
    if (g->type != PT_LOAD || s->address < g->address || s->address - g->address > g->memory_bytes ||
        s->bytes > g->memory_bytes - (s->address - g->address))
      continue;
    uint64_t in = s->address - g->address;
    if (s->type == SHT_NOBITS ? in >= g->file_bytes || s->bytes == 0
                              : s->offset == g->offset + in && in <= g->file_bytes && s->bytes <= g->file_bytes - in)
      return g;
    if (s->type == SHT_NOBITS && in < g->file_bytes)
      continue;
  }
  return NULL;
}

static uint8_t permissions_of(uint32_t flags) {
  return (uint8_t)((flags & PF_R ? ONUS_SECTION_READ : 0) | (flags & PF_W ? ONUS_SECTION_WRITE : 0) |
                   (flags & PF_X ? ONUS_SECTION_EXECUTE : 0));
}

/* Adds the sections that agree with the segments. False when one does not, or none is code: then none is believed. */
static bool sections_agree(const elf *e) {
  bool has_code = false;
  for (size_t i = 1; i < e->n_sections; i++) {
    section s;
    if (!read_section(e, i, &s))
      return false;
    if (!(s.flags & SHF_ALLOC) || s.type == SHT_NULL || s.bytes == 0 || (s.flags & SHF_TLS && s.type == SHT_NOBITS))
      continue;
    const segment *g = segment_of(e, &s);
    if (!g || (s.flags & SHF_EXECINSTR && !(g->flags & PF_X)))
      return false;
    has_code = has_code || (s.flags & SHF_EXECINSTR) != 0;
  }
  return has_code;
}

static void add_sections(const elf *e) {
  for (size_t i = 1; i < e->n_sections; i++) {
    section s;
    if (!read_section(e, i, &s) || !(s.flags & SHF_ALLOC) || s.type == SHT_NULL ||
        (s.flags & SHF_TLS && s.type == SHT_NOBITS))
      continue;
    const char *name = "";
    size_t name_bytes = 0;
    if (s.name < e->section_names_bytes)
      (void)onus_bytes_text(e->file, e->section_names + s.name, 256, &name, &name_bytes);
    const segment *g = segment_of(e, &s);
    uint8_t permissions = (uint8_t)(ONUS_SECTION_READ | (s.flags & SHF_WRITE ? ONUS_SECTION_WRITE : 0) |
                                    (s.flags & SHF_EXECINSTR ? ONUS_SECTION_EXECUTE : 0));
    if (g)
      onus_builder_section(e->builder, name, name_bytes,
                           &(onus_program_section){.address = s.address,
                                                   .size_bytes = s.bytes,
                                                   .file_offset = s.offset,
                                                   .file_bytes = s.type == SHT_NOBITS ? 0 : s.bytes,
                                                   .permissions = permissions});
  }
}

static int by_address(const void *a, const void *b) {
  const onus_program_section *x = a, *y = b;
  return x->address < y->address ? -1 : x->address > y->address;
}

/* What of the segments no section covers. Where sections say what is code, the rest is not. */
static onus_status add_rest(const elf *e, uint8_t mask, onus_error *error) {
  size_t n_named = e->builder->sections.count;
  onus_program_section *named = malloc((n_named > 0 ? n_named : 1) * sizeof *named);
  if (!named)
    return ONUS_FAIL_NO_MEMORY(error);
  if (n_named > 0)
    memcpy(named, e->builder->sections.items, n_named * sizeof *named);
  qsort(named, n_named, sizeof *named, by_address);
  for (size_t i = 0; i < e->n_segments; i++) {
    const segment *g = &e->segments[i];
    if (g->type != PT_LOAD || g->memory_bytes > UINT64_MAX - g->address)
      continue;
    uint64_t at = g->address, end = g->address + g->memory_bytes;
    for (size_t k = 0; k <= n_named && at < end; k++) {
      uint64_t next = k < n_named ? named[k].address : end;
      next = next < end ? next : end;
      uint64_t in = at - g->address;
      if (next > at)
        onus_builder_section(e->builder, "", 0,
                             &(onus_program_section){.address = at,
                                                     .size_bytes = next - at,
                                                     .file_offset = in < g->file_bytes ? g->offset + in : g->offset,
                                                     .file_bytes = in >= g->file_bytes ? 0
                                                                   : next - at < g->file_bytes - in
                                                                       ? next - at
                                                                       : g->file_bytes - in,
                                                     .permissions = permissions_of(g->flags) & mask});
      if (k < n_named && named[k].address >= at && named[k].address < end)
        at = named[k].address + named[k].size_bytes;
      else if (k < n_named && named[k].address < at && named[k].address + named[k].size_bytes > at)
        at = named[k].address + named[k].size_bytes;
    }
  }
  free(named);
  return ONUS_OK;
}

static onus_status map(elf *e, onus_error *error) {
  uint8_t mask = 0xff;
  if (e->n_sections > 1 && sections_agree(e)) {
    add_sections(e);
    mask = (uint8_t)~ONUS_SECTION_EXECUTE;
  }
  ONUS_TRY(add_rest(e, mask, error));
  ONUS_TRY(onus_builder_map(e->builder, error));
  e->program->base = e->program->n_sections > 0 ? e->program->sections[0].address : 0;
  return ONUS_OK;
}

/* --- the dynamic section ------------------------------------------------------------------------------------------ */

typedef struct dynamic {
  uint64_t hash, gnu_hash, symbols, strings, strings_bytes, got;
  uint64_t rela, rela_bytes, rel, rel_bytes, jump, jump_bytes, jump_kind, relr, relr_bytes;
  uint64_t init, fini, init_array, init_bytes, fini_array, fini_bytes, preinit_array, preinit_bytes;
} dynamic;

static void keep(dynamic *d, uint64_t tag, uint64_t value) {
  const struct {
    uint64_t tag;
    uint64_t *to;
  } wanted[] = {{DT_HASH, &d->hash},
                {DT_GNU_HASH, &d->gnu_hash},
                {DT_SYMTAB, &d->symbols},
                {DT_STRTAB, &d->strings},
                {DT_STRSZ, &d->strings_bytes},
                {DT_PLTGOT, &d->got},
                {DT_RELA, &d->rela},
                {DT_RELASZ, &d->rela_bytes},
                {DT_REL, &d->rel},
                {DT_RELSZ, &d->rel_bytes},
                {DT_JMPREL, &d->jump},
                {DT_PLTRELSZ, &d->jump_bytes},
                {DT_PLTREL, &d->jump_kind},
                {36 /* DT_RELR */, &d->relr},
                {35 /* DT_RELRSZ */, &d->relr_bytes},
                {DT_INIT, &d->init},
                {DT_FINI, &d->fini},
                {DT_INIT_ARRAY, &d->init_array},
                {DT_INIT_ARRAYSZ, &d->init_bytes},
                {DT_FINI_ARRAY, &d->fini_array},
                {DT_FINI_ARRAYSZ, &d->fini_bytes},
                {DT_PREINIT_ARRAY, &d->preinit_array},
                {DT_PREINIT_ARRAYSZ, &d->preinit_bytes}};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    if (wanted[i].tag == tag)
      *wanted[i].to = value;
}

static void read_dynamic(const elf *e, dynamic *d) {
  for (size_t i = 0; i < e->n_segments; i++) {
    const segment *g = &e->segments[i];
    if (g->type != PT_DYNAMIC)
      continue;
    uint64_t each = e->is_64 ? 16 : 8;
    for (uint64_t k = 0; k < DYNAMIC_MAX && (k + 1) * each <= g->file_bytes; k++) {
      uint64_t tag = 0, value = 0;
      if (!word(e, g->offset + k * each, &tag) || !word(e, g->offset + k * each + each / 2, &value) || tag == DT_NULL)
        return;
      keep(d, tag, value);
    }
    return;
  }
}

/* How many dynamic symbols the hash tables know of: of the newer kind, only those that are exported. */
static uint64_t count_hashed(const elf *e, const dynamic *d) {
  const onus_program *p = e->program;
  const uint8_t *at = d->hash ? onus_program_at(p, d->hash, 8) : NULL;
  if (at)
    return onus_load_le32(at + 4);
  at = d->gnu_hash ? onus_program_at(p, d->gnu_hash, 16) : NULL;
  if (!at)
    return 0;
  uint64_t n_buckets = onus_load_le32(at), first = onus_load_le32(at + 4), n_words = onus_load_le32(at + 8);
  uint64_t buckets = d->gnu_hash + 16 + n_words * (e->is_64 ? 8 : 4), last = 0;
  const uint8_t *bucket = onus_program_at(p, buckets, n_buckets * 4);
  if (!bucket)
    return 0;
  for (uint64_t i = 0; i < n_buckets; i++) {
    uint64_t start = onus_load_le32(bucket + 4 * i);
    last = start > last ? start : last;
  }
  if (last < first)
    return first;
  for (uint64_t left = 0;; last++) {
    const uint8_t *chain = onus_program_rest(p, buckets + n_buckets * 4 + (last - first) * 4, &left);
    if (!chain || left < 4 || onus_load_le32(chain) & 1)
      return last + 1;
  }
}

/* Nothing says how many there are. Linkers put the table of their names right behind them. */
static uint64_t count_symbols(const elf *e, const dynamic *d) {
  uint64_t n_hashed = count_hashed(e, d);
  uint64_t n_between =
      d->strings > d->symbols ? (d->strings - d->symbols) / (e->is_64 ? SYMBOL_BYTES_64 : SYMBOL_BYTES_32) : 0;
  return n_hashed > n_between ? n_hashed : n_between;
}

typedef struct symbol {
  const char *name;
  size_t name_bytes;
  uint64_t value;
  uint16_t section;
  uint8_t kind, binding;
} symbol;

static bool read_symbol(const elf *e, uint64_t index, symbol *ret_symbol) {
  uint64_t each = e->is_64 ? SYMBOL_BYTES_64 : SYMBOL_BYTES_32;
  const uint8_t *at = index < e->n_symbols ? onus_program_at(e->program, e->symbols + index * each, each) : NULL;
  if (!at)
    return false;
  uint8_t info = at[e->is_64 ? 4 : 12];
  uint64_t name = onus_load_le32(at), left = 0;
  const uint8_t *text = name < e->strings_bytes ? onus_program_rest(e->program, e->strings + name, &left) : NULL;
  const uint8_t *end = text ? memchr(text, 0, (size_t)(left < ONUS_NAME_BYTES_MAX ? left : ONUS_NAME_BYTES_MAX)) : NULL;
  *ret_symbol = (symbol){.name = end ? (const char *)text : "",
                         .name_bytes = end ? (size_t)(end - text) : 0,
                         .value = e->is_64 ? onus_load_le64(at + 8) : onus_load_le32(at + 4),
                         .section = onus_load_le16(at + (e->is_64 ? 6 : 14)),
                         .kind = info & 15,
                         .binding = info >> 4};
  return true;
}

/* Each symbol that the file does not define is one import. */
static int32_t import_of(elf *e, uint64_t index) {
  symbol s;
  if (index == 0 || !read_symbol(e, index, &s) || s.section != SHN_UNDEF || s.name_bytes == 0)
    return ONUS_IMPORT_NONE;
  int32_t *import = &e->import_of_symbol[index];
  if (*import == 0) /* index + 1, so that 0 is "not yet" */
    *import = onus_builder_import(e->builder, "", s.name, s.name_bytes) + 1;
  return *import - 1;
}

static void read_symbols(elf *e) {
  for (uint64_t i = 1; i < e->n_symbols; i++) {
    symbol s;
    if (!read_symbol(e, i, &s))
      return;
    if (s.section != SHN_UNDEF && s.section < SHN_LORESERVE && s.value != 0 && s.name_bytes > 0 &&
        (s.kind == STT_FUNC || s.kind == STT_OBJECT || s.kind == STT_NOTYPE || s.kind == STT_GNU_IFUNC) &&
        s.binding != STB_LOCAL)
      onus_builder_export(e->builder, s.value, s.name, s.name_bytes);
    else if (s.section == SHN_UNDEF)
      (void)import_of(e, i);
  }
}

static void relocate(elf *e, uint64_t place, uint64_t kind, uint64_t index, bool has_addend, uint64_t addend) {
  onus_program_builder *b = e->builder;
  bool is_relative = e->is_64 ? kind == R_X86_64_RELATIVE : kind == R_386_RELATIVE;
  bool is_resolver = e->is_64 ? kind == R_X86_64_IRELATIVE : kind == R_386_IRELATIVE;
  bool is_slot = e->is_64 ? kind == R_X86_64_JUMP_SLOT || kind == R_X86_64_GLOB_DAT || kind == R_X86_64_64
                          : kind == R_386_JMP_SLOT || kind == R_386_GLOB_DAT || kind == R_386_32;
  if (is_relative || is_resolver) {
    uint64_t target = addend;
    if (has_addend || onus_program_read_pointer(e->program, place, &target))
      onus_builder_pointer(b, place, target);
    if (is_resolver)
      onus_builder_root(b, target);
  } else if (is_slot) {
    symbol s;
    int32_t import = import_of(e, index);
    onus_builder_slot(b, place, import);
    if (import == ONUS_IMPORT_NONE && index != 0 && read_symbol(e, index, &s) && s.section != SHN_UNDEF)
      onus_builder_pointer(b, place, s.value + addend);
  }
}

static void read_relocations(elf *e, uint64_t table, uint64_t table_bytes, bool has_addend) {
  uint64_t word_bytes = e->is_64 ? 8 : 4, each = word_bytes * (has_addend ? 3 : 2), left = 0;
  const uint8_t *at = table ? onus_program_rest(e->program, table, &left) : NULL;
  table_bytes = table_bytes < left ? table_bytes : left;
  for (uint64_t i = 0; at && (i + 1) * each <= table_bytes; i++, at += each) {
    if (e->is_64)
      relocate(e, onus_load_le64(at), onus_load_le32(at + 8), onus_load_le32(at + 12), has_addend,
               has_addend ? onus_load_le64(at + 16) : 0);
    else
      relocate(e, onus_load_le32(at), at[4], onus_load_le32(at + 4) >> 8, has_addend,
               has_addend ? onus_load_le32(at + 8) : 0);
  }
}

static void relocate_in_place(elf *e, uint64_t place) {
  uint64_t target = 0;
  if (onus_program_read_pointer(e->program, place, &target))
    onus_builder_pointer(e->builder, place, target);
}

/* Packed relative relocations: an address, then maps of which of the words behind it are relocated too. */
static void read_packed_relocations(elf *e, uint64_t table, uint64_t table_bytes) {
  uint64_t each = e->is_64 ? 8 : 4, place = 0;
  for (uint64_t i = 0; table && (i + 1) * each <= table_bytes; i++) {
    uint64_t entry = 0;
    if (!onus_program_read_pointer(e->program, table + i * each, &entry))
      return;
    if (!(entry & 1)) {
      relocate_in_place(e, entry);
      place = entry + each;
      continue;
    }
    for (uint64_t bit = 0; bit + 1 < each * 8; bit++)
      if (entry >> (bit + 1) & 1)
        relocate_in_place(e, place + bit * each);
    place += (each * 8 - 1) * each;
  }
}

static void read_array(const elf *e, uint64_t array, uint64_t array_bytes) {
  uint64_t each = e->is_64 ? 8 : 4, target = 0;
  for (uint64_t i = 0;
       array && (i + 1) * each <= array_bytes && onus_program_read_pointer(e->program, array + i * each, &target); i++)
    onus_builder_root(e->builder, target);
}

static onus_status read_linkage(elf *e, onus_error *error) {
  dynamic d = {0};
  read_dynamic(e, &d);
  e->symbols = d.symbols;
  e->strings = d.strings;
  e->strings_bytes = d.strings_bytes;
  uint64_t left = 0, each = e->is_64 ? SYMBOL_BYTES_64 : SYMBOL_BYTES_32;
  if (!d.symbols || !onus_program_rest(e->program, d.symbols, &left))
    left = 0;
  e->n_symbols = count_symbols(e, &d);
  e->n_symbols = e->n_symbols < left / each ? e->n_symbols : left / each;
  e->import_of_symbol = calloc((size_t)e->n_symbols + 1, sizeof *e->import_of_symbol);
  if (!e->import_of_symbol)
    return ONUS_FAIL_NO_MEMORY(error);
  read_symbols(e);
  read_relocations(e, d.rela, d.rela_bytes, true);
  read_relocations(e, d.rel, d.rel_bytes, false);
  read_relocations(e, d.jump, d.jump_bytes, d.jump_kind == DT_RELA);
  read_packed_relocations(e, d.relr, d.relr_bytes);
  read_array(e, d.init_array, d.init_bytes);
  read_array(e, d.fini_array, d.fini_bytes);
  read_array(e, d.preinit_array, d.preinit_bytes);
  onus_builder_root(e->builder, d.init);
  onus_builder_root(e->builder, d.fini);
  e->program->got_address = e->is_64 ? 0 : d.got;
  free(e->import_of_symbol);
  return ONUS_OK;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static void read_unwind(const elf *e) {
  for (size_t i = 0; i < e->program->n_sections; i++) {
    const onus_program_section *s = &e->program->sections[i];
    if (strcmp(s->name, ".eh_frame") == 0) {
      onus_builder_eh_frame(e->builder, s->address, s->file_bytes);
      return;
    }
  }
  for (size_t i = 0; i < e->n_segments; i++) {
    const segment *g = &e->segments[i];
    const uint8_t *head = g->type == PT_GNU_EH_FRAME ? onus_program_at(e->program, g->address, 8) : NULL;
    uint64_t left = 0;
    if (!head || head[0] != 1 || head[1] != 0x1b) /* version 1; relative to here, 4 bytes, signed */
      continue;
    uint64_t start = g->address + 4 + (uint64_t)(int64_t)(int32_t)onus_load_le32(head + 4);
    if (onus_program_rest(e->program, start, &left))
      onus_builder_eh_frame(e->builder, start, left);
  }
}

static onus_status read_head(elf *e, onus_error *error) {
  onus_program *p = e->program;
  const char *path = p->path;
  const uint8_t *head = onus_bytes_at(e->file, 0, sizeof(Elf32_Ehdr));
  if (!head)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "is too short for an ELF file: %" PRIu64 " bytes",
                        e->file->length_bytes);
  if (head[EI_CLASS] != ELFCLASS32 && head[EI_CLASS] != ELFCLASS64)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "byte 4 of an ELF file must be 1 or 2, not %u",
                        head[EI_CLASS]);
  uint16_t machine = onus_load_le16(head + 18), kind = onus_load_le16(head + 16);
  e->is_64 = p->is_64_bit = head[EI_CLASS] == ELFCLASS64;
  bool is_x86 = machine == EM_386 && !e->is_64, is_x86_64 = machine == EM_X86_64 && e->is_64;
  if (head[EI_DATA] != ELFDATA2LSB || (!is_x86 && !is_x86_64))
    return ONUS_FAIL_AT(error, ONUS_UNSUPPORTED, path, 0, 0,
                        "is an ELF file for machine %u; only x86 and x86-64 are read", machine);
  if (kind != ET_EXEC && kind != ET_DYN)
    return ONUS_FAIL_AT(error, ONUS_UNSUPPORTED, path, 0, 0,
                        "is an ELF file of type %u; only programs (2) and shared objects (3) are read", kind);
  p->architecture = is_x86 ? ONUS_ARCHITECTURE_X86 : ONUS_ARCHITECTURE_X86_64;
  head = onus_bytes_at(e->file, 0, e->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
  if (!head)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "ends within the head of an ELF file");
  p->entry = e->is_64 ? onus_load_le64(head + 24) : onus_load_le32(head + 24);
  uint64_t segments = e->is_64 ? onus_load_le64(head + 32) : onus_load_le32(head + 28);
  e->sections_offset = e->is_64 ? onus_load_le64(head + 40) : onus_load_le32(head + 32);
  const uint8_t *counts = head + (e->is_64 ? 54 : 42);
  uint16_t segment_bytes = onus_load_le16(counts), n_segments = onus_load_le16(counts + 2);
  uint16_t section_bytes = onus_load_le16(counts + 4), n_sections = onus_load_le16(counts + 6);
  uint16_t names = onus_load_le16(counts + 8);
  if (n_segments > 0 && segment_bytes != (e->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "its program headers cannot be %u bytes each",
                        segment_bytes);
  e->n_segments = n_segments < SEGMENTS_MAX ? n_segments : SEGMENTS_MAX;
  e->segments = ONUS_ARENA_ARRAY(p->arena, segment, e->n_segments);
  if (!e->segments)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < e->n_segments; i++)
    if (!read_segment(e, segments + i * segment_bytes, &e->segments[i])) {
      p->is_damaged = true;
      e->n_segments = i;
    }
  bool has_sections = e->sections_offset != 0 && section_bytes == (e->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
  e->n_sections = has_sections ? n_sections : 0;
  section s;
  if (names < e->n_sections && read_section(e, names, &s)) {
    e->section_names = s.offset;
    e->section_names_bytes = s.bytes;
  }
  return ONUS_OK;
}

onus_status onus_program_parse_elf(onus_program_builder *builder, onus_error *error) {
  elf e = {.builder = builder, .program = builder->program, .file = &builder->program->file};
  e.program->format = ONUS_PROGRAM_ELF;
  ONUS_TRY(read_head(&e, error));
  ONUS_TRY(map(&e, error));
  ONUS_TRY(read_linkage(&e, error));
  read_unwind(&e);
  return ONUS_OK;
}
