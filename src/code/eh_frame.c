/* The unwind tables of DWARF (.eh_frame): a CIE says how the FDEs that name it are written, an FDE speaks of one
 * stretch of code. */
#include "code/program_internal.h"

enum {
  PE_FORMAT = 0x0f,
  PE_RELATIVE = 0x70, /* 0x10: to the place itself */
  PE_INDIRECT = 0x80,
  START_INSTRUCTIONS_MAX = 64, /* a CIE is read again by each FDE that names it */
};

typedef struct common {
  uint64_t at; /* its offset, 0: none read yet */
  uint8_t pointer_encoding;
  bool is_signal, has_augmentation;
  uint64_t
      start_offset; /* of the stack's top from the register that the frame is reckoned from, where a function begins */
} common;

typedef struct frames {
  const onus_program *program;
  onus_bytes bytes; /* the section */
  uint64_t address;
} frames;

/* A pointer as `encoding` says. False for encodings that no compiler uses for code. */
static bool read_pointer(const frames *f, uint64_t *offset, uint8_t encoding, bool is_length, uint64_t *ret_value) {
  uint64_t place = f->address + *offset, value = 0;
  uint8_t format = encoding & PE_FORMAT;
  uint16_t half = 0;
  uint32_t word = 0;
  if (format == 0x00)
    format = f->program->is_64_bit ? 0x04 : 0x03;
  if (format == 0x02 || format == 0x0a) {
    if (!onus_bytes_u16(&f->bytes, *offset, &half))
      return false;
    value = format == 0x0a ? (uint64_t)(int64_t)(int16_t)half : half;
    *offset += 2;
  } else if (format == 0x03 || format == 0x0b) {
    if (!onus_bytes_u32(&f->bytes, *offset, &word))
      return false;
    value = format == 0x0b ? (uint64_t)(int64_t)(int32_t)word : word;
    *offset += 4;
  } else if (format == 0x04 || format == 0x0c) {
    if (!onus_bytes_u64(&f->bytes, *offset, &value))
      return false;
    *offset += 8;
  } else {
    return false;
  }
  if (is_length) {
    *ret_value = value;
    return true;
  }
  if (encoding & PE_INDIRECT || ((encoding & PE_RELATIVE) != 0 && (encoding & PE_RELATIVE) != 0x10))
    return false;
  if (encoding & PE_RELATIVE)
    value += place;
  *ret_value = f->program->is_64_bit ? value : (uint32_t)value;
  return true;
}

/* What DWARF's instructions say before the first one that moves on: the offset of the frame where the code begins. */
static uint64_t start_offset(const frames *f, uint64_t offset, uint64_t end, uint64_t otherwise) {
  uint64_t found = otherwise, skipped = 0;
  uint8_t code = 0;
  for (unsigned i = 0; i < START_INSTRUCTIONS_MAX && offset < end && onus_bytes_u8(&f->bytes, offset, &code); i++) {
    offset++;
    if (code == 0x0c) { /* def_cfa register offset */
      if (!onus_bytes_uleb(&f->bytes, &offset, &skipped) || !onus_bytes_uleb(&f->bytes, &offset, &found))
        return otherwise;
    } else if (code == 0x0e) { /* def_cfa_offset */
      if (!onus_bytes_uleb(&f->bytes, &offset, &found))
        return otherwise;
    } else if (code == 0x0d || code >> 6 == 2) { /* def_cfa_register; offset of a register */
      if (!onus_bytes_uleb(&f->bytes, &offset, &skipped))
        return found;
    } else if (code != 0 && code != 0x0a && code != 0x0b) { /* nop, remember_state, restore_state */
      return found;
    }
  }
  return found;
}

static bool read_common(const frames *f, uint64_t at, uint64_t body, uint64_t end, common *ret_common) {
  const char *augmentation = NULL;
  size_t augmentation_bytes = 0;
  uint64_t ignored = 0;
  int64_t ignored_signed = 0;
  uint8_t version = 0;
  common c = {.at = at};
  if (!onus_bytes_u8(&f->bytes, body, &version) || (version != 1 && version != 3) ||
      !onus_bytes_text(&f->bytes, body + 1, 8, &augmentation, &augmentation_bytes))
    return false;
  uint64_t offset = body + 1 + augmentation_bytes + 1;
  if (!onus_bytes_uleb(&f->bytes, &offset, &ignored) || !onus_bytes_sleb(&f->bytes, &offset, &ignored_signed) ||
      !onus_bytes_uleb(&f->bytes, &offset, &ignored))
    return false;
  uint64_t instructions = offset;
  if (augmentation_bytes > 0 && augmentation[0] == 'z') {
    uint64_t length = 0;
    if (!onus_bytes_uleb(&f->bytes, &offset, &length) || length > end - offset)
      return false;
    c.has_augmentation = true;
    instructions = offset + length;
  } else if (augmentation_bytes > 0) {
    return false;
  }
  for (size_t i = 1; i < augmentation_bytes; i++) {
    uint8_t encoding = 0;
    if (augmentation[i] == 'S') {
      c.is_signal = true;
    } else if (augmentation[i] == 'R' || augmentation[i] == 'L') {
      if (!onus_bytes_u8(&f->bytes, offset++, &encoding))
        return false;
      if (augmentation[i] == 'R')
        c.pointer_encoding = encoding;
    } else if (augmentation[i] == 'P') {
      uint64_t personality = 0;
      if (!onus_bytes_u8(&f->bytes, offset++, &encoding) ||
          !read_pointer(f, &offset, encoding & PE_FORMAT, true, &personality))
        return false;
    } else if (augmentation[i] != 'B') {
      return false;
    }
  }
  c.start_offset = start_offset(f, instructions, end, 0);
  *ret_common = c;
  return true;
}

static void read_entry(const frames *f, onus_program_builder *builder, const common *c, uint64_t body, uint64_t end) {
  uint64_t address = 0, length = 0, offset = body, augmentation = 0;
  if (!read_pointer(f, &offset, c->pointer_encoding, false, &address) ||
      !read_pointer(f, &offset, c->pointer_encoding, true, &length))
    return;
  if (!f->program->is_64_bit || (c->pointer_encoding & PE_FORMAT) == 0x0b)
    length = (uint32_t)length;
  if (c->has_augmentation) {
    if (!onus_bytes_uleb(&f->bytes, &offset, &augmentation) || augmentation > end - offset)
      return;
    offset += augmentation;
  }
  if (!onus_program_is_code(f->program, address))
    return; /* what a linker has thrown away, or damage */
  bool is_fragment = start_offset(f, offset, end, c->start_offset) != c->start_offset;
  onus_builder_unwind(builder, &(onus_program_unwind){address, length, is_fragment && !c->is_signal});
}

void onus_builder_eh_frame(onus_program_builder *builder, uint64_t address, uint64_t length_bytes) {
  const onus_program *program = builder->program;
  const uint8_t *start = onus_program_at(program, address, length_bytes);
  if (!start)
    return;
  frames f = {program, {start, length_bytes, false}, address};
  common last = {0};
  bool has_last = false;
  for (uint64_t at = 0; at + 4 <= length_bytes;) {
    uint32_t length = 0, pointer = 0;
    if (!onus_bytes_u32(&f.bytes, at, &length) || length == 0 || length == UINT32_MAX ||
        length > length_bytes - at - 4 || !onus_bytes_u32(&f.bytes, at + 4, &pointer))
      return; /* the end, or a form of 64 bits that no compiler writes */
    uint64_t body = at + 8, end = at + 4 + length;
    if (pointer == 0) {
      has_last = read_common(&f, at, body, end, &last);
    } else if (pointer <= at + 4) {
      /* A CIE stands before its FDEs, nearly always right before them; the others are read again when named. */
      uint64_t named = at + 4 - pointer;
      uint32_t named_length = 0, zero = 1;
      if (has_last && last.at == named)
        read_entry(&f, builder, &last, body, end);
      else if (onus_bytes_u32(&f.bytes, named, &named_length) && named_length <= length_bytes - named - 4 &&
               onus_bytes_u32(&f.bytes, named + 4, &zero) && zero == 0 &&
               (has_last = read_common(&f, named, named + 8, named + 4 + named_length, &last)))
        read_entry(&f, builder, &last, body, end);
    }
    at = end;
  }
}
