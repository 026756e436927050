/* What code refers to in data: text, tables and numbers are the same whoever compiled the program; addresses are not.
 */
#include "code/fingerprint_internal.h"
#include "code/search.h"

enum {
  TEXT_BYTES_MIN = 2,
  TEXT_BYTES_MAX = 512,
  DATA_BYTES = 16,
  TABLE_NEAR_SLOTS = 3,
  TABLE_PLACES_MAX = 1 << 18,
};

static uint32_t hash_bytes(const uint8_t *bytes, size_t length, size_t step) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ bytes[i * step]) * 16777619u;
  return onus_mix((uint64_t)length << 32 | hash);
}

static uint32_t text_hash(const onus_program *program, uint64_t address) {
  const uint8_t *text = NULL;
  bool is_wide = false;
  size_t length = onus_program_string(program, address, TEXT_BYTES_MIN, &text, &is_wide);
  if (length == 0)
    return 0;
  return hash_bytes(text, length < TEXT_BYTES_MAX ? length : TEXT_BYTES_MAX, is_wide ? 2 : 1);
}

uint32_t onus_data_hash(const onus_program *program, uint64_t address, size_t width_bytes, onus_token_kind *ret_kind) {
  const onus_program_section *section = onus_program_section_at(program, address);
  if (section == NULL || (section->permissions & ONUS_SECTION_EXECUTE) != 0)
    return 0;
  uint32_t text = width_bytes == 0 ? text_hash(program, address) : 0;
  if (text != 0) {
    *ret_kind = ONUS_TOKEN_STRING;
    return onus_mix2(ONUS_TOKEN_STRING, text);
  }
  uint64_t left = 0;
  const uint8_t *bytes = onus_program_rest(program, address, &left);
  if (bytes == NULL)
    return 0;
  *ret_kind = ONUS_TOKEN_DATA;
  size_t pointer_bytes = program->is_64_bit ? 8 : 4;
  uint64_t pointer = 0;
  if (width_bytes == 0 && onus_program_read_pointer(program, address, &pointer) &&
      onus_program_section_at(program, pointer) != NULL) { /* a table of pointers: by the text it begins with */
    text = text_hash(program, pointer);
    for (size_t i = 1; text == 0 && i < 3; i++)
      if (onus_program_read_pointer(program, address + i * pointer_bytes, &pointer))
        text = text_hash(program, pointer);
    return text == 0 ? 0 : onus_mix2(ONUS_TOKEN_DATA + 100, text);
  }
  size_t length = width_bytes != 0 && width_bytes < DATA_BYTES ? width_bytes : DATA_BYTES;
  if (length > left)
    length = (size_t)left;
  bool is_empty = true;
  for (size_t i = 0; i < length; i++)
    is_empty = is_empty && bytes[i] == 0;
  if (is_empty)
    return 0;
  return onus_mix2(ONUS_TOKEN_DATA, hash_bytes(bytes, length, 1));
}

uint32_t onus_import_hash(const char *name) {
  size_t length = strlen(name);
  static const char *const starts[] = {"__isoc99_", "__isoc23_", "__imp_", "__builtin_", "__mingw_", "_o_"};
  for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
    size_t start = strlen(starts[i]);
    if (length > start && memcmp(name, starts[i], start) == 0) {
      name += start;
      length -= start;
      break;
    }
  }
  for (; length > 1 && *name == '_'; length--)
    name++;
  static const char *const ends[] = {"_chk", "64", "_s"};
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    size_t end = strlen(ends[i]);
    if (length > end + 2 && memcmp(name + length - end, ends[i], end) == 0) {
      length -= end;
      break;
    }
  }
  return onus_mix2(ONUS_TOKEN_IMPORT, hash_bytes((const uint8_t *)name, length, 1));
}

static uint32_t function_index(const onus_functions *functions, uint64_t address) {
  const onus_function *function = onus_functions_at(functions, address);
  for (int i = 0; i < 8 && function != NULL && function->thunk_of != 0; i++) {
    const onus_function *next = onus_functions_at(functions, function->thunk_of);
    if (next == NULL)
      break;
    function = next;
  }
  return function == NULL ? UINT32_MAX : (uint32_t)(function - functions->functions);
}

static void fill_place(const onus_functions *functions, uint64_t slot, onus_table_place *place) {
  const onus_program *program = functions->program;
  uint64_t pointer_bytes = program->is_64_bit ? 8 : 4;
  place->before = place->after = UINT32_MAX;
  for (unsigned k = 1; k <= TABLE_NEAR_SLOTS; k++) {
    uint64_t pointer = 0;
    if (onus_program_read_pointer(program, slot + k * pointer_bytes, &pointer) && pointer != 0) {
      if (place->after == UINT32_MAX)
        place->after = function_index(functions, pointer);
      if (place->text_after == 0 && onus_program_section_at(program, pointer) != NULL)
        place->text_after = text_hash(program, pointer);
    }
    if (slot >= k * pointer_bytes && onus_program_read_pointer(program, slot - k * pointer_bytes, &pointer) &&
        pointer != 0) {
      if (place->before == UINT32_MAX)
        place->before = function_index(functions, pointer);
      if (place->text_before == 0 && onus_program_section_at(program, pointer) != NULL)
        place->text_before = text_hash(program, pointer);
    }
  }
}

/* Addresses of functions in one section of data. */
static void find_in_section(const onus_functions *functions, const onus_program_section *section, onus_list *places) {
  const onus_program *program = functions->program;
  uint64_t pointer_bytes = program->is_64_bit ? 8 : 4;
  const uint8_t *bytes = onus_bytes_at(&program->file, section->file_offset, section->file_bytes);
  const onus_program_pointer *written = program->pointers, *written_end = written + program->n_pointers;
  written += ONUS_COUNT_BELOW(written, program->n_pointers, place, section->address);
  uint64_t offset = (pointer_bytes - section->address % pointer_bytes) % pointer_bytes; /* slots are aligned */
  for (; bytes != NULL && offset + pointer_bytes <= section->file_bytes; offset += pointer_bytes) {
    uint64_t address = section->address + offset;
    uint64_t pointer = program->is_64_bit ? onus_load_le64(bytes + offset) : onus_load_le32(bytes + offset);
    while (written < written_end && written->place < address)
      written++;
    if (written < written_end && written->place == address)
      pointer = written->target;
    if (pointer == 0 || !onus_program_is_code(program, pointer))
      continue;
    uint32_t function = function_index(functions, pointer);
    if (function == UINT32_MAX)
      continue;
    onus_table_place *place = onus_list_add(places);
    if (place == NULL)
      return;
    place->function = function;
    fill_place(functions, address, place);
  }
}

onus_status onus_tables_find(const onus_functions *functions, onus_list *ret_places, onus_error *error) {
  const onus_program *program = functions->program;
  *ret_places = onus_list_new(sizeof(onus_table_place), TABLE_PLACES_MAX);
  for (size_t i = 0; i < program->n_sections && ret_places->status == ONUS_OK; i++)
    if ((program->sections[i].permissions & ONUS_SECTION_EXECUTE) == 0)
      find_in_section(functions, &program->sections[i], ret_places);
  return ret_places->status == ONUS_NO_MEMORY ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}
