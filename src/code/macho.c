/* Mach-O, and the fat files that hold one program for several processors: of those x86-64 is taken, else x86.
 *
 * Load commands say everything: segments and their sections, imports as symbols that the linker left undefined, slots
 * and stubs as tables of such symbols, exports as a trie, where functions start as a list of distances. */
#include "code/macho_fixups.h"

#include <inttypes.h>

enum {
  COMMANDS_MAX = 4096,
  LIBRARIES_MAX = 1024,
  CPU_X86 = 7,
  CPU_X86_64 = 0x01000007,
  COMMAND_SEGMENT = 0x1,
  COMMAND_SYMBOLS = 0x2,
  COMMAND_THREAD = 0x5,
  COMMAND_DYNAMIC_SYMBOLS = 0xb,
  COMMAND_LIBRARY = 0xc,
  COMMAND_SEGMENT_64 = 0x19,
  COMMAND_DYNAMIC_INFO = 0x22,
  COMMAND_STARTS = 0x26,
  COMMAND_MAIN = 0x28,
  COMMAND_EXPORTS = 0x33,
  COMMAND_FIXUPS = 0x34,
  SECTION_SLOTS = 6, /* pointers that are bound at once */
  SECTION_LAZY_SLOTS = 7,
  SECTION_STUBS = 8,
  SECTION_INIT = 9,
  SECTION_TERM = 10,
  SECTION_INIT_OFFSETS = 22, /* 32 bits each, from the head */
  SECTION_ZEROES = 1,
  SECTION_CODE = 0x80000400, /* holds instructions, perhaps among others */
  TRIE_NODES_MAX = 1 << 20,
  TRIE_DEPTH_MAX = 128,
};

typedef struct macho_section {
  uint64_t address, bytes;
  uint32_t flags, first_symbol, stub_bytes;
} macho_section;

typedef struct macho {
  onus_program_builder *builder;
  onus_program *program;
  onus_bytes file; /* the slice */
  uint64_t slice;  /* where it lies in the file */
  bool is_64;
  uint64_t text; /* address of the segment that begins with the head */
  uint64_t symbols, n_symbols, strings, strings_bytes, indirect, n_indirect;
  uint64_t exports, exports_bytes, starts, starts_bytes, main_offset, fixups, fixups_bytes;
  const char *libraries[LIBRARIES_MAX];
  size_t n_libraries;
  onus_list sections; /* macho_section */
  unsigned n_nodes;
} macho;

static uint32_t u32(const macho *m, uint64_t offset) {
  uint32_t value = 0;
  (void)onus_bytes_u32(&m->file, offset, &value);
  return value;
}

static uint64_t word(const macho *m, uint64_t offset) {
  uint64_t value = 0;
  if (!m->is_64)
    return u32(m, offset);
  (void)onus_bytes_u64(&m->file, offset, &value);
  return value;
}

/* --- load commands ------------------------------------------------------------------------------------------------ */

static void read_section(macho *m, uint64_t at, uint8_t protection) {
  const char *name = (const char *)onus_bytes_at(&m->file, at, m->is_64 ? 80 : 68);
  if (!name)
    return;
  uint64_t fields = at + (m->is_64 ? 48 : 40);
  macho_section s = {.address = word(m, at + 32),
                     .bytes = word(m, at + (m->is_64 ? 40 : 36)),
                     .flags = u32(m, fields + 16),
                     .first_symbol = u32(m, fields + 20),
                     .stub_bytes = u32(m, fields + 24)};
  uint32_t offset = u32(m, fields);
  bool is_code = (s.flags & SECTION_CODE) != 0 || (s.flags & 0xff) == SECTION_STUBS;
  bool is_empty = (s.flags & 0xff) == SECTION_ZEROES || offset == 0;
  onus_builder_section(m->builder, name, strnlen(name, 16),
                       &(onus_program_section){.address = s.address,
                                               .size_bytes = s.bytes,
                                               .file_offset = m->slice + offset,
                                               .file_bytes = is_empty ? 0 : s.bytes,
                                               .permissions = is_code ? protection : protection & 3});
  macho_section *kept = onus_list_add(&m->sections);
  if (kept)
    *kept = s;
}

static void read_segment(macho *m, uint64_t at, uint64_t bytes) {
  uint64_t fields = at + 24, each = m->is_64 ? 80 : 68, w = m->is_64 ? 8 : 4;
  uint64_t address = word(m, fields), offset = word(m, fields + 2 * w), file_bytes = word(m, fields + 3 * w);
  uint64_t tail = fields + 4 * w, head_bytes = tail + 16 - at;
  uint32_t n_sections = u32(m, tail + 8);
  uint8_t protection = (uint8_t)(u32(m, tail + 4) & 7); /* their order of bits is ours */
  if (offset == 0 && file_bytes > 0)
    m->text = address;
  if (address < m->program->base && file_bytes > 0)
    m->program->base = address;
  for (uint32_t i = 0; i < n_sections && head_bytes + (i + 1) * each <= bytes; i++)
    read_section(m, at + head_bytes + i * each, protection);
}

static void read_library(macho *m, uint64_t at, uint64_t bytes) {
  uint32_t offset = u32(m, at + 8);
  const char *name = NULL;
  size_t length = 0;
  if (m->n_libraries < LIBRARIES_MAX && offset < bytes &&
      onus_bytes_text(&m->file, at + offset, (size_t)(bytes - offset), &name, &length)) {
    const char *copy = onus_builder_text(m->builder, name, length);
    m->libraries[m->n_libraries++] = copy ? copy : "";
  }
}

static void read_command(macho *m, uint32_t command, uint64_t at, uint64_t bytes) {
  switch (command & 0x7fffffff) {
  case COMMAND_SEGMENT:
  case COMMAND_SEGMENT_64:
    if (((command & 0x7fffffff) == COMMAND_SEGMENT_64) == m->is_64)
      read_segment(m, at, bytes);
    break;
  case COMMAND_SYMBOLS:
    m->symbols = u32(m, at + 8);
    m->n_symbols = u32(m, at + 12);
    m->strings = u32(m, at + 16);
    m->strings_bytes = u32(m, at + 20);
    break;
  case COMMAND_DYNAMIC_SYMBOLS:
    m->indirect = u32(m, at + 56);
    m->n_indirect = u32(m, at + 60);
    break;
  case COMMAND_LIBRARY:
  case 0x18: /* weak */
  case 0x1f: /* handed on */
    read_library(m, at, bytes);
    break;
  case COMMAND_DYNAMIC_INFO:
    m->exports = u32(m, at + 40);
    m->exports_bytes = u32(m, at + 44);
    break;
  case COMMAND_EXPORTS:
    m->exports = u32(m, at + 8);
    m->exports_bytes = u32(m, at + 12);
    break;
  case COMMAND_FIXUPS:
    m->fixups = u32(m, at + 8);
    m->fixups_bytes = u32(m, at + 12);
    break;
  case COMMAND_STARTS:
    m->starts = u32(m, at + 8);
    m->starts_bytes = u32(m, at + 12);
    break;
  case COMMAND_MAIN:
    (void)onus_bytes_u64(&m->file, at + 8, &m->main_offset);
    break;
  case COMMAND_THREAD: /* the program counter among the registers of the first thread */
    m->program->entry = word(m, at + 16 + (m->is_64 ? 16 * 8 : 10 * 4));
    break;
  default:
    break;
  }
}

/* --- imports ------------------------------------------------------------------------------------------------------ */

static int32_t import_of(macho *m, uint64_t index, int32_t *imports) {
  uint64_t each = m->is_64 ? 16 : 12, at = m->symbols + index * each;
  if (index >= m->n_symbols || !onus_bytes_at(&m->file, at, each))
    return ONUS_IMPORT_NONE;
  if (imports[index] != 0)
    return imports[index] - 1;
  const uint8_t *symbol = onus_bytes_at(&m->file, at, each);
  uint32_t name_at = onus_load_le32(symbol);
  const char *name = NULL;
  size_t length = 0;
  bool is_undefined = (symbol[4] & 0xe0) == 0 && (symbol[4] & 0x0e) == 0;
  if (!is_undefined || name_at >= m->strings_bytes ||
      !onus_bytes_text(&m->file, m->strings + name_at, ONUS_NAME_BYTES_MAX, &name, &length) || length == 0)
    return ONUS_IMPORT_NONE;
  uint8_t library = symbol[7]; /* its number, from 1 */
  const char *from = library > 0 && library <= m->n_libraries ? m->libraries[library - 1] : "";
  bool has_underscore = name[0] == '_'; /* every name of C has one */
  imports[index] = onus_builder_import(m->builder, from, name + has_underscore, length - has_underscore) + 1;
  return imports[index] - 1;
}

static void read_slots(macho *m, const macho_section *s, int32_t *imports) {
  uint32_t kind = s->flags & 0xff;
  uint64_t each = kind == SECTION_STUBS ? s->stub_bytes : m->is_64 ? 8 : 4;
  if ((kind != SECTION_SLOTS && kind != SECTION_LAZY_SLOTS && kind != SECTION_STUBS) || each == 0)
    return;
  for (uint64_t i = 0; i < s->bytes / each && s->first_symbol + i < m->n_indirect; i++) {
    uint32_t index = 0;
    if (!onus_bytes_u32(&m->file, m->indirect + (s->first_symbol + i) * 4, &index))
      return;
    onus_builder_slot(m->builder, s->address + i * each, import_of(m, index, imports));
  }
}

/* Chained fixups name the import of each slot; older programs have a table of symbols instead. */
static onus_status read_imports(macho *m, onus_error *error) {
  const onus_macho_fixups fixups = {.file = m->file,
                                    .offset = m->fixups,
                                    .bytes = m->fixups_bytes,
                                    .text = m->text,
                                    .libraries = m->libraries,
                                    .n_libraries = m->n_libraries};
  size_t n_slots = 0;
  ONUS_TRY(onus_builder_macho_fixups(m->builder, &fixups, &n_slots, error));
  if (n_slots > 0)
    return ONUS_OK;
  uint64_t each = m->is_64 ? 16 : 12;
  uint64_t most = m->symbols < m->file.length_bytes ? (m->file.length_bytes - m->symbols) / each : 0;
  m->n_symbols = m->n_symbols < most ? m->n_symbols : most;
  int32_t *imports = ONUS_ARENA_ARRAY(m->program->arena, int32_t, m->n_symbols + 1);
  if (!imports)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < m->sections.count; i++)
    read_slots(m, &ONUS_LIST(&m->sections, macho_section)[i], imports);
  return ONUS_OK;
}

/* --- exports and starts ------------------------------------------------------------------------------------------- */

/* A node: what is exported under the letters so far, then its branches with more letters. */
static void read_trie(macho *m, uint64_t node, char *name, size_t length, unsigned depth) {
  const onus_bytes trie = {m->file.start + m->exports, m->exports_bytes, false};
  uint64_t at = node, bytes = 0, flags = 0, offset = 0;
  uint8_t n_branches = 0;
  if (depth > TRIE_DEPTH_MAX || m->n_nodes++ > TRIE_NODES_MAX || !onus_bytes_uleb(&trie, &at, &bytes) ||
      bytes > trie.length_bytes - at)
    return;
  uint64_t branches = at + bytes;
  if (bytes > 0 && onus_bytes_uleb(&trie, &at, &flags) && !(flags & 0x08) && onus_bytes_uleb(&trie, &at, &offset) &&
      length > 0)
    onus_builder_export(m->builder, m->text + offset, name + (name[0] == '_'), length - (name[0] == '_'));
  if (!onus_bytes_u8(&trie, branches++, &n_branches))
    return;
  for (unsigned i = 0; i < n_branches; i++) {
    const char *letters = NULL;
    size_t n_letters = 0;
    uint64_t child = 0;
    if (!onus_bytes_text(&trie, branches, ONUS_NAME_BYTES_MAX - length, &letters, &n_letters))
      return;
    branches += n_letters + 1;
    if (!onus_bytes_uleb(&trie, &branches, &child) || m->n_nodes > TRIE_NODES_MAX)
      return;
    memcpy(name + length, letters, n_letters);
    if (child > node) /* never back */
      read_trie(m, child, name, length + n_letters, depth + 1);
  }
}

static void read_exports(macho *m) {
  char name[ONUS_NAME_BYTES_MAX + 1];
  if (m->exports_bytes > 0 && onus_bytes_at(&m->file, m->exports, m->exports_bytes))
    read_trie(m, 0, name, 0, 0);
}

/* Where functions start: distances from the one before, the first from the head. */
static void read_starts(macho *m) {
  uint64_t at = m->starts, end = m->starts + m->starts_bytes, address = m->text, distance = 0;
  if (!onus_bytes_at(&m->file, m->starts, m->starts_bytes))
    return;
  for (bool is_first = true; at < end && onus_bytes_uleb(&m->file, &at, &distance) && distance != 0; is_first = false) {
    if (!is_first)
      onus_builder_unwind(m->builder, &(onus_program_unwind){address, distance, false});
    address += distance;
  }
  onus_builder_unwind(m->builder, &(onus_program_unwind){address, 1, false});
}

/* What a table of functions to be called says. Pointers of chained fixups are counted from the head, or are addresses
 * of 36 bits; how far it is to the next one is above that. */
static uint64_t root_at(const macho *m, uint32_t kind, const uint8_t *at) {
  if (kind == SECTION_INIT_OFFSETS)
    return m->text + onus_load_le32(at);
  if (!m->is_64)
    return m->fixups_bytes > 0 ? onus_load_le32(at) & 0x3ffffff : onus_load_le32(at);
  uint64_t value = onus_load_le64(at);
  if (m->fixups_bytes > 0)
    value &= UINT64_C(0xfffffffff);
  return m->fixups_bytes > 0 && value < m->text ? m->text + value : value;
}

static void read_roots(macho *m) {
  for (size_t i = 0; i < m->sections.count; i++) {
    const macho_section *s = &ONUS_LIST(&m->sections, macho_section)[i];
    uint32_t kind = s->flags & 0xff;
    uint64_t each = m->is_64 && kind != SECTION_INIT_OFFSETS ? 8 : 4, left = 0;
    const uint8_t *at = onus_program_rest(m->program, s->address, &left);
    if (!at || (kind != SECTION_INIT && kind != SECTION_TERM && kind != SECTION_INIT_OFFSETS))
      continue;
    left = left < s->bytes ? left : s->bytes;
    for (uint64_t k = 0; k + each <= left; k += each)
      onus_builder_root(m->builder, root_at(m, kind, at + k));
  }
  if (m->main_offset != 0)
    m->program->entry = m->text + m->main_offset;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

/* Finds the program for our processors in a fat file; its numbers are big-endian. */
static onus_status choose_slice(macho *m, onus_error *error) {
  onus_bytes head = m->program->file;
  uint32_t magic = 0, count = 0;
  head.is_big_endian = true;
  if (!onus_bytes_u32(&head, 0, &magic) || (magic != 0xcafebabe && magic != 0xcafebabf))
    return ONUS_OK;
  bool is_wide = magic == 0xcafebabf;
  uint64_t each = is_wide ? 32 : 20, offset = 0, bytes = 0;
  (void)onus_bytes_u32(&head, 4, &count);
  for (uint32_t i = 0; i < count && i < 64; i++) {
    uint32_t cpu = 0, narrow_offset = 0, narrow_bytes = 0;
    uint64_t at = 8 + i * each;
    if (!onus_bytes_u32(&head, at, &cpu) || (cpu != CPU_X86_64 && (cpu != CPU_X86 || bytes > 0)))
      continue;
    if (is_wide ? !onus_bytes_u64(&head, at + 8, &offset) || !onus_bytes_u64(&head, at + 16, &bytes)
                : !onus_bytes_u32(&head, at + 8, &narrow_offset) || !onus_bytes_u32(&head, at + 12, &narrow_bytes))
      continue;
    offset = is_wide ? offset : narrow_offset;
    bytes = is_wide ? bytes : narrow_bytes;
    if (cpu == CPU_X86_64)
      break;
  }
  const uint8_t *start = onus_bytes_at(&head, offset, bytes);
  if (bytes == 0 || !start)
    return ONUS_FAIL_AT(error, bytes == 0 ? ONUS_UNSUPPORTED : ONUS_BAD_INPUT, m->program->path, 0, 0,
                        bytes == 0 ? "is a fat Mach-O file without a program for x86 or x86-64"
                                   : "is a fat Mach-O file whose program lies out of it");
  m->file = (onus_bytes){start, bytes, false};
  m->slice = m->program->slice_offset = offset;
  return ONUS_OK;
}

static onus_status read_commands(macho *m, onus_error *error) {
  onus_program *p = m->program;
  const uint8_t *head = onus_bytes_at(&m->file, 0, 28);
  if (!head)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->path, 0, 0, "ends within the head of a Mach-O file");
  uint32_t magic = onus_load_le32(head), cpu = onus_load_le32(head + 4), kind = onus_load_le32(head + 12);
  m->is_64 = p->is_64_bit = magic == 0xfeedfacf;
  if ((magic != 0xfeedfacf || cpu != CPU_X86_64) && (magic != 0xfeedface || cpu != CPU_X86))
    return ONUS_FAIL_AT(error, ONUS_UNSUPPORTED, p->path, 0, 0,
                        "is a Mach-O file for processor 0x%" PRIx32 "; only x86 and x86-64 are read", cpu);
  if (kind != 2 && kind != 6 && kind != 8)
    return ONUS_FAIL_AT(
        error, ONUS_UNSUPPORTED, p->path, 0, 0,
        "is a Mach-O file of type %" PRIu32 "; only programs (2), libraries (6) and bundles (8) are read", kind);
  p->architecture = m->is_64 ? ONUS_ARCHITECTURE_X86_64 : ONUS_ARCHITECTURE_X86;
  p->base = UINT64_MAX;
  uint32_t count = onus_load_le32(head + 16);
  uint64_t at = m->is_64 ? 32 : 28;
  for (uint32_t i = 0; i < count && i < COMMANDS_MAX; i++) {
    uint32_t command = 0, bytes = 0;
    if (!onus_bytes_u32(&m->file, at, &command) || !onus_bytes_u32(&m->file, at + 4, &bytes) || bytes < 8 ||
        !onus_bytes_at(&m->file, at, bytes)) {
      p->is_damaged = true;
      break;
    }
    read_command(m, command, at, bytes);
    at += bytes;
  }
  p->base = p->base != UINT64_MAX ? p->base : 0;
  return ONUS_OK;
}

static void read_unwind(macho *m) {
  for (size_t i = 0; i < m->program->n_sections; i++)
    if (strcmp(m->program->sections[i].name, "__eh_frame") == 0)
      onus_builder_eh_frame(m->builder, m->program->sections[i].address, m->program->sections[i].file_bytes);
}

static onus_status parse(macho *m, onus_error *error) {
  ONUS_TRY(choose_slice(m, error));
  ONUS_TRY(read_commands(m, error));
  ONUS_TRY(onus_builder_map(m->builder, error));
  ONUS_TRY(read_imports(m, error));
  read_exports(m);
  read_unwind(m);
  read_starts(m);
  read_roots(m);
  return m->sections.status == ONUS_NO_MEMORY ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

onus_status onus_program_parse_macho(onus_program_builder *builder, onus_error *error) {
  macho m = {.builder = builder,
             .program = builder->program,
             .file = builder->program->file,
             .sections = onus_list_new(sizeof(macho_section), 65536)};
  m.program->format = ONUS_PROGRAM_MACHO;
  onus_status status = parse(&m, error);
  onus_list_free(&m.sections);
  return status;
}
