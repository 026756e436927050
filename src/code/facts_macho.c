#include "code/facts_internal.h"

enum { COMMANDS_MAX = 4096, COMMAND_ID = 0x1b, COMMAND_SIGNATURE = 0x1d, ID_BYTES = 16 };

static void read_segment(onus_facts_reader *r, const onus_bytes *file, uint64_t slice, uint64_t at) {
  bool is_64 = r->program->is_64_bit;
  const uint8_t *segment = onus_bytes_at(file, at, is_64 ? 72 : 56);
  if (!segment)
    return;
  uint64_t offset = is_64 ? onus_load_le64(segment + 40) : onus_load_le32(segment + 32);
  uint64_t bytes = is_64 ? onus_load_le64(segment + 48) : onus_load_le32(segment + 36);
  if (onus_bytes_at(file, offset, bytes))
    onus_facts_reach(r, slice + offset + bytes);
}

void onus_facts_read_macho(onus_facts_reader *r) {
  uint64_t slice = r->program->slice_offset;
  const uint8_t *start = onus_bytes_at(&r->program->file, slice, 0);
  if (!start)
    return;
  onus_bytes file = {start, r->program->file.length_bytes - slice, false};
  uint32_t count = 0, command = 0, bytes = 0;
  (void)onus_bytes_u32(&file, 16, &count);
  uint64_t at = r->program->is_64_bit ? 32 : 28;
  for (uint32_t i = 0; i < count && i < COMMANDS_MAX; i++, at += bytes) {
    if (!onus_bytes_u32(&file, at, &command) || !onus_bytes_u32(&file, at + 4, &bytes) || bytes < 8)
      break;
    const uint8_t *id = onus_bytes_at(&file, at + 8, ID_BYTES);
    if (command == COMMAND_ID && id)
      r->facts->build_id = onus_facts_hex(r, id, ID_BYTES);
    else if (command == COMMAND_SIGNATURE)
      r->facts->is_signed = true;
    else if (command == 0x1 || command == 0x19)
      read_segment(r, &file, slice, at);
  }
  if (slice > 0) /* other programs lie behind this one */
    onus_facts_reach(r, r->program->file.length_bytes);
}
