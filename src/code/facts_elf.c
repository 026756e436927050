#include "code/facts_internal.h"

#include <elf.h>

enum { NOTES_MAX = 64, TEXT_MAX = 1024, ID_BYTES_MAX = 64 };

typedef struct part {
  uint32_t name, type;
  uint64_t offset, bytes;
} part;

static bool read_section(const onus_facts_reader *r, uint64_t table, size_t index, part *ret_part) {
  bool is_64 = r->program->is_64_bit;
  uint64_t each = is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
  const uint8_t *at = onus_bytes_at(&r->program->file, table + index * each, each);
  if (!at)
    return false;
  *ret_part =
      (part){onus_load_le32(at), onus_load_le32(at + 4), is_64 ? onus_load_le64(at + 24) : onus_load_le32(at + 16),
             is_64 ? onus_load_le64(at + 32) : onus_load_le32(at + 20)};
  return true;
}

static const char *text_at(onus_facts_reader *r, uint64_t offset) {
  const char *text = NULL;
  size_t length = 0;
  return onus_bytes_text(&r->program->file, offset, TEXT_MAX, &text, &length) && length > 0
             ? onus_facts_text(r, text, length)
             : NULL;
}

/* .comment holds one text after the other; the last one is the compiler's own, the first may be of what was linked in.
 */
static void read_comment(onus_facts_reader *r, const part *s) {
  const uint8_t *bytes = onus_bytes_at(&r->program->file, s->offset, s->bytes);
  if (bytes && s->bytes > 0 && s->bytes < TEXT_MAX * 4)
    r->facts->compiler = text_at(r, s->offset + (bytes[0] == 0 ? 1 : 0));
}

static void read_notes(onus_facts_reader *r, uint64_t offset, uint64_t bytes) {
  const onus_bytes *file = &r->program->file;
  uint64_t at = 0;
  for (unsigned i = 0; i < NOTES_MAX && at + 12 <= bytes; i++) {
    uint32_t name_bytes = 0, value_bytes = 0, type = 0;
    if (!onus_bytes_u32(file, offset + at, &name_bytes) || !onus_bytes_u32(file, offset + at + 4, &value_bytes) ||
        !onus_bytes_u32(file, offset + at + 8, &type))
      return;
    uint64_t name = offset + at + 12, value = name + (((uint64_t)name_bytes + 3) & ~UINT64_C(3));
    const uint8_t *owner = onus_bytes_at(file, name, 4), *id = onus_bytes_at(file, value, value_bytes);
    if (type == NT_GNU_BUILD_ID && name_bytes == 4 && owner && memcmp(owner, "GNU", 4) == 0 && id && value_bytes > 0 &&
        value_bytes <= ID_BYTES_MAX)
      r->facts->build_id = onus_facts_hex(r, id, value_bytes);
    at = value - offset + (((uint64_t)value_bytes + 3) & ~UINT64_C(3));
  }
}

static void read_segments(onus_facts_reader *r, const uint8_t *head) {
  bool is_64 = r->program->is_64_bit;
  uint64_t table = is_64 ? onus_load_le64(head + 32) : onus_load_le32(head + 28), each = is_64 ? 56 : 32;
  uint16_t count = onus_load_le16(head + (is_64 ? 56 : 44));
  for (uint16_t i = 0; i < count; i++) {
    const uint8_t *at = onus_bytes_at(&r->program->file, table + i * each, each);
    if (!at)
      return;
    uint64_t offset = is_64 ? onus_load_le64(at + 8) : onus_load_le32(at + 4);
    uint64_t bytes = is_64 ? onus_load_le64(at + 32) : onus_load_le32(at + 16);
    if (onus_load_le32(at) == PT_NOTE)
      read_notes(r, offset, bytes);
    if (onus_bytes_at(&r->program->file, offset, bytes))
      onus_facts_reach(r, offset + bytes);
  }
  onus_facts_reach(r, table + count * each);
}

void onus_facts_read_elf(onus_facts_reader *r) {
  bool is_64 = r->program->is_64_bit;
  const onus_bytes *file = &r->program->file;
  const uint8_t *head = onus_bytes_at(file, 0, is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
  if (!head)
    return;
  read_segments(r, head);
  uint64_t table = is_64 ? onus_load_le64(head + 40) : onus_load_le32(head + 32), each = is_64 ? 64 : 40;
  uint16_t count = onus_load_le16(head + (is_64 ? 60 : 48)), names_index = onus_load_le16(head + (is_64 ? 62 : 50));
  part names = {0}, s = {0};
  if (table == 0 || !onus_bytes_at(file, table, count * each) || names_index >= count ||
      !read_section(r, table, names_index, &names))
    return;
  onus_facts_reach(r, table + count * each);
  for (uint16_t i = 1; i < count; i++) {
    const char *name = NULL;
    size_t length = 0;
    if (!read_section(r, table, i, &s) || s.name >= names.bytes ||
        !onus_bytes_text(file, names.offset + s.name, 64, &name, &length))
      continue;
    if (s.type != SHT_NOBITS && onus_bytes_at(file, s.offset, s.bytes))
      onus_facts_reach(r, s.offset + s.bytes);
    if (strcmp(name, ".comment") == 0)
      read_comment(r, &s);
    else if (strcmp(name, ".gnu_debuglink") == 0)
      r->facts->debug_path = text_at(r, s.offset);
  }
}
