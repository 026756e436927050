#include "code/program_internal.h"
#include "code/search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (UINT64_C(1) << 30)
#define ARENA_BYTES_MIN                                                                                                \
  ((size_t)16 << 20) /* and four times the file: names may share their bytes there, but not here */
enum {
  SECTIONS_MAX = 65536,
  IMPORTS_MAX = 1 << 20,
  TABLE_MAX = 1 << 22, /* of slots, exports, unwind entries, pointers, roots */
  STRING_CHARACTERS_MAX = 4096,
};

/* --- building ----------------------------------------------------------------------------------------------------- */

const char *onus_builder_text(onus_program_builder *builder, const char *text, size_t length_bytes) {
  return length_bytes > 0 ? onus_arena_copy(builder->program->arena, text, length_bytes) : "";
}

void onus_builder_section(onus_program_builder *builder, const char *name, size_t name_bytes,
                          const onus_program_section *section) {
  onus_program_section s = *section;
  onus_program *program = builder->program;
  uint64_t length = program->file.length_bytes;
  if (s.size_bytes == 0)
    return;
  if (s.address + s.size_bytes < s.address) {
    program->is_damaged = true;
    s.size_bytes = UINT64_MAX - s.address;
  }
  if (s.file_bytes > s.size_bytes)
    s.file_bytes = s.size_bytes;
  if (s.file_offset > length)
    s.file_offset = length;
  if (s.file_bytes > length - s.file_offset) {
    program->is_damaged = true;
    s.file_bytes = length - s.file_offset;
  }
  s.name = onus_builder_text(builder, name, name_bytes);
  onus_program_section *added = s.name ? onus_list_add(&builder->sections) : NULL;
  if (added)
    *added = s;
}

static int by_section_address(const void *a, const void *b) {
  const onus_program_section *x = a, *y = b;
  if (x->address != y->address)
    return x->address < y->address ? -1 : 1;
  return x->size_bytes > y->size_bytes ? -1 : x->size_bytes < y->size_bytes;
}

onus_status onus_builder_map(onus_program_builder *builder, onus_error *error) {
  onus_program *program = builder->program;
  size_t count = builder->sections.count, n_kept = 0;
  if (builder->sections.status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_program_section *sorted = ONUS_ARENA_ARRAY(program->arena, onus_program_section, count);
  if (!sorted)
    return ONUS_FAIL_NO_MEMORY(error);
  if (count > 0)
    memcpy(sorted, builder->sections.items, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, by_section_address);
  uint64_t end = 0;                                     /* of the last one kept */
  uint64_t left_bytes = 2 * program->file.length_bytes; /* parts of a file may serve twice, but not without end */
  for (size_t i = 0; i < count; i++) {
    onus_program_section s = sorted[i];
    if (n_kept > 0 && s.address < end) {
      program->is_damaged = true;
      uint64_t covered = end - s.address;
      if (covered >= s.size_bytes)
        continue;
      s.address += covered;
      s.size_bytes -= covered;
      uint64_t file_cut = covered < s.file_bytes ? covered : s.file_bytes;
      s.file_offset += file_cut;
      s.file_bytes -= file_cut;
    }
    if (s.file_bytes > left_bytes) {
      program->is_damaged = true;
      s.file_bytes = 0;
    }
    left_bytes -= s.file_bytes;
    end = s.address + s.size_bytes;
    sorted[n_kept++] = s;
  }
  program->sections = sorted;
  program->n_sections = n_kept;
  return ONUS_OK;
}

int32_t onus_builder_import(onus_program_builder *builder, const char *library, const char *name, size_t name_bytes) {
  const char *copy = onus_builder_text(builder, name, name_bytes);
  onus_program_import *added = copy ? onus_list_add(&builder->imports) : NULL;
  if (!added)
    return ONUS_IMPORT_NONE;
  added->library = library;
  added->name = copy;
  return (int32_t)(builder->imports.count - 1);
}

int32_t onus_builder_import_number(onus_program_builder *builder, const char *library, uint32_t number) {
  char name[16];
  int length = snprintf(name, sizeof name, "#%" PRIu32, number);
  return onus_builder_import(builder, library, name, (size_t)length);
}

void onus_builder_slot(onus_program_builder *builder, uint64_t address, int32_t import) {
  onus_program_slot *added = import != ONUS_IMPORT_NONE ? onus_list_add(&builder->slots) : NULL;
  if (added)
    *added = (onus_program_slot){.address = address, .import = (uint32_t)import};
}

void onus_builder_export(onus_program_builder *builder, uint64_t address, const char *name, size_t name_bytes) {
  const char *copy = onus_builder_text(builder, name, name_bytes);
  onus_program_export *added = copy ? onus_list_add(&builder->exports) : NULL;
  if (added)
    *added = (onus_program_export){.address = address, .name = copy};
}

void onus_builder_unwind(onus_program_builder *builder, const onus_program_unwind *unwind) {
  onus_program_unwind *added = unwind->size_bytes > 0 ? onus_list_add(&builder->unwind) : NULL;
  if (added)
    *added = *unwind;
}

static void add_address(onus_list *list, uint64_t address) {
  uint64_t *added = onus_list_add(list);
  if (added)
    *added = address;
}

void onus_builder_pointer(onus_program_builder *builder, uint64_t place, uint64_t target) {
  onus_program_pointer *added = onus_list_add(&builder->pointers);
  if (added)
    *added = (onus_program_pointer){place, target};
}

void onus_builder_root(onus_program_builder *builder, uint64_t address) {
  if (address != 0)
    add_address(&builder->roots, address);
}

/* --- finishing ---------------------------------------------------------------------------------------------------- */

static int compare_addresses(uint64_t a, uint64_t b) {
  return a < b ? -1 : a > b;
}
static int by_slot_address(const void *a, const void *b) {
  const onus_program_slot *x = a, *y = b;
  int order = compare_addresses(x->address, y->address);
  return order != 0 ? order : compare_addresses(x->import, y->import);
}
static int by_export_address(const void *a, const void *b) {
  const onus_program_export *x = a, *y = b;
  int order = compare_addresses(x->address, y->address);
  return order != 0 ? order : strcmp(x->name, y->name);
}
static int by_unwind_address(const void *a, const void *b) {
  const onus_program_unwind *x = a, *y = b;
  int order = compare_addresses(x->address, y->address);
  return order != 0 ? order : compare_addresses(y->size_bytes, x->size_bytes);
}
static int by_place(const void *a, const void *b) {
  const onus_program_pointer *x = a, *y = b;
  int order = compare_addresses(x->place, y->place);
  return order != 0 ? order : compare_addresses(x->target, y->target);
}
static int by_address(const void *a, const void *b) {
  return compare_addresses(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* Sorts a list, drops those that begin with the address of the one before unless `keeps_all`, moves it to the arena. */
static onus_status settle(onus_program_builder *builder, onus_list *list, int (*order)(const void *, const void *),
                          bool keeps_all, void *ret_items, size_t *ret_count, onus_error *error) {
  if (list->status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (list->status == ONUS_LIMIT)
    builder->program->is_damaged = true;
  char *items = onus_arena_alloc(builder->program->arena, list->count, list->item_bytes);
  if (!items)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t count = 0, bytes = list->item_bytes;
  if (list->count > 0 && order)
    qsort(list->items, list->count, bytes, order);
  for (size_t i = 0; i < list->count; i++) {
    const char *item = (const char *)list->items + i * bytes;
    /* Every item that is settled without repeats begins with its address. */
    if (!keeps_all && count > 0 && memcmp(items + (count - 1) * bytes, item, sizeof(uint64_t)) == 0)
      continue;
    memcpy(items + count++ * bytes, item, bytes);
  }
  onus_list_free(list);
  memcpy(ret_items, &items, sizeof items);
  *ret_count = count;
  return ONUS_OK;
}

/* Whether a jump through memory at `at` (FF 25) goes through one of the first `n_slots` slots; its import, or NONE. */
static int32_t import_of_jump(const onus_program *program, const uint8_t *at, uint64_t address) {
  uint64_t slot = onus_load_le32(at + 2);
  if (at[1] == 0xa3) /* jmp [ebx + displacement], ebx being the global offset table */
    slot = (uint32_t)(slot + program->got_address);
  else if (program->is_64_bit)
    slot = address + 6 + (uint64_t)(int64_t)(int32_t)slot;
  return onus_program_import_at(program, slot);
}

/* Stubs are looked for by what they do, not by the name of the section that holds them. */
static void find_stubs(onus_program_builder *builder, onus_list *stubs) {
  const onus_program *program = builder->program;
  static const uint8_t landing_64[4] = {0xf3, 0x0f, 0x1e, 0xfa}, landing_32[4] = {0xf3, 0x0f, 0x1e, 0xfb};
  for (size_t i = 0; i < program->n_sections && program->n_slots > 0; i++) {
    const onus_program_section *s = &program->sections[i];
    const uint8_t *bytes = onus_bytes_at(&program->file, s->file_offset, s->file_bytes);
    if (!bytes || !(s->permissions & ONUS_SECTION_EXECUTE) || s->file_bytes < 6)
      continue;
    for (uint64_t k = 0; k + 6 <= s->file_bytes; k++) {
      const uint8_t *found = memchr(bytes + k, 0xff, (size_t)(s->file_bytes - 5 - k));
      if (!found)
        break;
      k = (uint64_t)(found - bytes);
      bool is_based = found[1] == 0xa3 && !program->is_64_bit && program->got_address != 0;
      if (found[1] != 0x25 && !is_based)
        continue;
      int32_t import = import_of_jump(program, found, s->address + k);
      if (import == ONUS_IMPORT_NONE)
        continue;
      uint64_t start = k;
      if (start >= 1 && (bytes[start - 1] == 0xf2 || bytes[start - 1] == 0x48))
        start--; /* bnd jmp, rex.w jmp */
      if (start >= 4 && memcmp(bytes + start - 4, program->is_64_bit ? landing_64 : landing_32, 4) == 0)
        start -= 4;
      onus_program_slot *stub = onus_list_add(stubs);
      if (stub)
        *stub = (onus_program_slot){s->address + start, (uint32_t)import};
    }
  }
}

static onus_status add_stubs(onus_program_builder *builder, onus_error *error) {
  onus_list all = onus_list_new(sizeof(onus_program_slot), TABLE_MAX);
  find_stubs(builder, &all);
  for (size_t i = 0; i < builder->program->n_slots; i++) {
    onus_program_slot *slot = onus_list_add(&all);
    if (slot)
      *slot = builder->program->slots[i];
  }
  onus_program *program = builder->program;
  onus_status status = settle(builder, &all, by_slot_address, false, &program->slots, &program->n_slots, error);
  onus_list_free(&all);
  return status;
}

static onus_status finish(onus_program_builder *b, onus_error *error) {
  onus_program *p = b->program;
  ONUS_TRY(settle(b, &b->imports, NULL, true, &p->imports, &p->n_imports, error));
  ONUS_TRY(settle(b, &b->slots, by_slot_address, false, &p->slots, &p->n_slots, error));
  ONUS_TRY(settle(b, &b->exports, by_export_address, true, &p->exports, &p->n_exports, error));
  ONUS_TRY(settle(b, &b->unwind, by_unwind_address, false, &p->unwind, &p->n_unwind, error));
  ONUS_TRY(settle(b, &b->pointers, by_place, false, &p->pointers, &p->n_pointers, error));
  ONUS_TRY(settle(b, &b->roots, by_address, false, &p->roots, &p->n_roots, error));
  return add_stubs(b, error);
}

static onus_status parse(onus_program_builder *builder, onus_error *error) {
  const onus_program *program = builder->program;
  const uint8_t *head = onus_bytes_at(&program->file, 0, 4);
  if (head && memcmp(head,
                     "\x7f"
                     "ELF",
                     4) == 0)
    return onus_program_parse_elf(builder, error);
  if (head && memcmp(head, "MZ", 2) == 0)
    return onus_program_parse_pe(builder, error);
  static const char *const magics[] = {"\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\xca\xfe\xba\xbf"};
  for (size_t i = 0; head && i < sizeof magics / sizeof *magics; i++)
    if (memcmp(head, magics[i], 4) == 0)
      return onus_program_parse_macho(builder, error);
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, program->path, 0, 0,
                      "is no executable file: it begins like none of ELF, PE and Mach-O");
}

onus_status onus_program_parse(const char *path, const void *bytes, size_t length_bytes, onus_program **ret_program,
                               onus_error *error) {
  if (length_bytes > FILE_BYTES_MAX)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "is larger than 1 GiB");
  onus_program *program = ONUS_ARENA_HANDLE(onus_program, ARENA_BYTES_MIN + 4 * length_bytes);
  if (!program)
    return ONUS_FAIL_NO_MEMORY(error);
  program->path = onus_arena_copy(program->arena, path, strlen(path));
  if (!program->path) {
    onus_program_free(program);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  program->file = (onus_bytes){bytes, length_bytes, false};
  onus_program_builder b = {
      .program = program,
      .sections = onus_list_new(sizeof(onus_program_section), SECTIONS_MAX),
      .imports = onus_list_new(sizeof(onus_program_import), IMPORTS_MAX),
      .slots = onus_list_new(sizeof(onus_program_slot), TABLE_MAX),
      .exports = onus_list_new(sizeof(onus_program_export), TABLE_MAX),
      .unwind = onus_list_new(sizeof(onus_program_unwind), TABLE_MAX),
      .pointers = onus_list_new(sizeof(onus_program_pointer), TABLE_MAX),
      .roots = onus_list_new(sizeof(uint64_t), TABLE_MAX),
  };
  onus_status status = parse(&b, error);
  if (status == ONUS_OK)
    status = finish(&b, error);
  onus_list *lists[] = {&b.sections, &b.imports, &b.slots, &b.exports, &b.unwind, &b.pointers, &b.roots};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    onus_list_free(lists[i]);
  if (status == ONUS_OK)
    *ret_program = program;
  else
    onus_program_free(program);
  return status;
}

void onus_program_free(onus_program *program) {
  if (program)
    onus_arena_free(program->arena);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

const onus_program_section *onus_program_section_at(const onus_program *program, uint64_t address) {
  size_t low = ONUS_COUNT_UP_TO(program->sections, program->n_sections, address, address);
  if (low == 0)
    return NULL;
  const onus_program_section *s = &program->sections[low - 1];
  return address - s->address < s->size_bytes ? s : NULL;
}

const uint8_t *onus_program_rest(const onus_program *program, uint64_t address, uint64_t *ret_left_bytes) {
  const onus_program_section *s = onus_program_section_at(program, address);
  if (!s || address - s->address >= s->file_bytes)
    return NULL;
  *ret_left_bytes = s->file_bytes - (address - s->address);
  return onus_bytes_at(&program->file, s->file_offset + (address - s->address), *ret_left_bytes);
}

const uint8_t *onus_program_at(const onus_program *program, uint64_t address, uint64_t length_bytes) {
  uint64_t left = 0;
  const uint8_t *bytes = onus_program_rest(program, address, &left);
  return bytes && length_bytes <= left ? bytes : NULL;
}

bool onus_program_is_code(const onus_program *program, uint64_t address) {
  const onus_program_section *s = onus_program_section_at(program, address);
  return s && (s->permissions & ONUS_SECTION_EXECUTE) && address - s->address < s->file_bytes;
}

bool onus_program_read_pointer(const onus_program *program, uint64_t address, uint64_t *ret_value) {
  const uint8_t *at = onus_program_at(program, address, program->is_64_bit ? 8 : 4);
  if (!at)
    return false;
  *ret_value = program->is_64_bit ? onus_load_le64(at) : onus_load_le32(at);
  /* What lies in the file need not be what the loader writes. */
  size_t low = ONUS_COUNT_BELOW(program->pointers, program->n_pointers, place, address);
  if (low < program->n_pointers && program->pointers[low].place == address)
    *ret_value = program->pointers[low].target;
  return true;
}

int32_t onus_program_import_at(const onus_program *program, uint64_t address) {
  size_t low = ONUS_COUNT_BELOW(program->slots, program->n_slots, address, address);
  bool is_there = low < program->n_slots && program->slots[low].address == address;
  return is_there ? (int32_t)program->slots[low].import : ONUS_IMPORT_NONE;
}

const char *onus_program_export_at(const onus_program *program, uint64_t address) {
  const onus_program_export *exports = program->exports;
  size_t low = ONUS_COUNT_BELOW(exports, program->n_exports, address, address);
  return low < program->n_exports && exports[low].address == address ? exports[low].name : NULL;
}

static bool is_printable(uint8_t byte) {
  return (byte >= 0x20 && byte < 0x7f) || (byte >= '\t' && byte <= '\r');
}

size_t onus_program_string(const onus_program *program, uint64_t address, size_t least_bytes, const uint8_t **ret_text,
                           bool *ret_is_wide) {
  uint64_t left = 0;
  const uint8_t *text = onus_program_rest(program, address, &left);
  if (!text || onus_program_is_code(program, address) || left < 2 || !is_printable(text[0]))
    return 0;
  bool is_wide = text[1] == 0;
  size_t step = is_wide ? 2 : 1, count = 0;
  while (count < STRING_CHARACTERS_MAX && (count + 1) * step <= left && is_printable(text[count * step]) &&
         (!is_wide || text[count * step + 1] == 0))
    count++;
  bool is_ended = count == STRING_CHARACTERS_MAX ||
                  ((count + 1) * step <= left && text[count * step] == 0 && (!is_wide || text[count * step + 1] == 0));
  if (!is_ended || count < least_bytes || count == 0)
    return 0;
  *ret_text = text;
  *ret_is_wide = is_wide;
  return count;
}
