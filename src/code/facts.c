#include "code/facts_internal.h"

#include <math.h>

/* Code of compilers has 5.5 to 6.8 bits per byte, packed or encrypted data close to 8. Sections of less than 4 KiB say
 * nothing: a short text of any kind is far from its limit. */
static const double PACKED_CODE_BITS = 7.2, PACKED_DATA_BITS = 7.5;
enum { TELLING_BYTES = 4096, STRING_LEAST = 6 };

const char *onus_facts_text(onus_facts_reader *reader, const char *text, size_t length_bytes) {
  return onus_arena_copy(reader->arena, text, length_bytes);
}

const char *onus_facts_hex(onus_facts_reader *reader, const uint8_t *bytes, size_t length_bytes) {
  static const char digits[] = "0123456789abcdef";
  char *text = ONUS_ARENA_ARRAY(reader->arena, char, 2 * length_bytes + 1);
  for (size_t i = 0; text && i < length_bytes; i++) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  return text;
}

static double entropy_bits(const uint8_t *bytes, uint64_t length_bytes) {
  uint64_t counts[256] = {0};
  double bits = 0;
  for (uint64_t i = 0; i < length_bytes; i++)
    counts[bytes[i]]++;
  for (size_t i = 0; i < 256; i++)
    if (counts[i] > 0) {
      double p = (double)counts[i] / (double)length_bytes;
      bits -= p * log2(p);
    }
  return bits;
}

static bool is_printable(uint8_t byte) {
  return byte >= 0x20 && byte < 0x7f;
}

static void count_strings(const uint8_t *bytes, uint64_t length, onus_facts *facts) {
  uint64_t run = 0, wide[2] = {0};
  for (uint64_t i = 0; i < length; i++) {
    run = is_printable(bytes[i]) ? run + 1 : 0;
    facts->n_strings += run == STRING_LEAST;
    if (i + 1 < length) {
      wide[i & 1] = is_printable(bytes[i]) && bytes[i + 1] == 0 ? wide[i & 1] + 1 : 0;
      facts->n_wide_strings += wide[i & 1] == STRING_LEAST;
    }
  }
}

/* Said only where it is plain: a file that is packed shows its unpacker and nothing else, so that whatever is compared
 * would be that. */
static const char *packing_of(const onus_program *p, const onus_facts *facts) {
  const onus_program_section *entry = p->entry ? onus_program_section_at(p, p->entry) : NULL;
  bool has_packed_data = false;
  for (size_t i = 0; i < p->n_sections; i++) {
    const onus_program_section *s = &p->sections[i];
    if (s->file_bytes < TELLING_BYTES)
      continue;
    bool is_code = (s->permissions & ONUS_SECTION_EXECUTE) != 0;
    if (is_code && facts->entropy_bits[i] >= PACKED_CODE_BITS)
      return "a section of code holds what is packed or encrypted";
    has_packed_data = has_packed_data || facts->entropy_bits[i] >= PACKED_DATA_BITS;
  }
  uint8_t both = ONUS_SECTION_WRITE | ONUS_SECTION_EXECUTE;
  if (entry && (entry->permissions & both) == both && has_packed_data)
    return "it begins in code that can be written, and holds what is packed or encrypted";
  for (size_t i = 0; entry && i < p->n_sections; i++)
    if ((p->sections[i].permissions & both) == both && p->sections[i].file_bytes == 0 &&
        p->sections[i].size_bytes >= TELLING_BYTES && has_packed_data)
      return "code is to be written where the file has none, out of what is packed or encrypted";
  return NULL;
}

onus_status onus_facts_read(const onus_program *program, onus_arena *arena, onus_facts *ret_facts, onus_error *error) {
  onus_facts facts = {0};
  onus_facts_reader reader = {.program = program, .arena = arena, .facts = &facts};
  facts.entropy_bits = ONUS_ARENA_ARRAY(arena, double, program->n_sections);
  if (!facts.entropy_bits)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < program->n_sections; i++) {
    const onus_program_section *s = &program->sections[i];
    const uint8_t *bytes = onus_bytes_at(&program->file, s->file_offset, s->file_bytes);
    if (!bytes || s->file_bytes == 0)
      continue;
    facts.entropy_bits[i] = entropy_bits(bytes, s->file_bytes);
    if (!(s->permissions & ONUS_SECTION_EXECUTE))
      count_strings(bytes, s->file_bytes, &facts);
    onus_facts_reach(&reader, s->file_offset + s->file_bytes);
  }
  if (program->format == ONUS_PROGRAM_PE)
    onus_facts_read_pe(&reader);
  else if (program->format == ONUS_PROGRAM_ELF)
    onus_facts_read_elf(&reader);
  else
    onus_facts_read_macho(&reader);
  if (reader.end < program->file.length_bytes) {
    facts.overlay_offset = reader.end;
    facts.overlay_bytes = program->file.length_bytes - reader.end;
  }
  facts.packing = packing_of(program, &facts);
  *ret_facts = facts;
  return ONUS_OK;
}
