#include "code/macho_fixups.h"

enum {
  POINTER_64 = 2,        /* an address */
  POINTER_32 = 3,        /* an address, or a number that looks like a pointer and is none */
  POINTER_64_OFFSET = 6, /* an address, counted from the head */
  START_NONE = 0xffff,
  START_MANY = 0x8000, /* several chains in a page: where they are listed */
  START_LAST = 0x8000,
  SEGMENTS_MAX = 4096,
  STEP_BYTES = 4,
};

typedef struct chains {
  onus_program_builder *builder;
  const onus_macho_fixups *f;
  onus_bytes payload;
  uint32_t n_imports, imports_format;
  uint64_t imports, names;
  int32_t *known;  /* import by number, + 1; 0: not read yet */
  uint64_t n_left; /* pointers that may still be read: each has a place of its own in the file */
  size_t n_slots;
  bool is_damaged;
} chains;

/* The pages of one segment. */
typedef struct segment {
  uint64_t at, address; /* at: in the payload */
  uint16_t page_bytes, format, n_pages;
  uint32_t most; /* with 32 bits: the largest number that is a pointer */
} segment;

static uint32_t u32(const chains *c, uint64_t offset) {
  uint32_t value = 0;
  (void)onus_bytes_u32(&c->payload, offset, &value);
  return value;
}

static uint64_t import_bytes(uint32_t format) {
  return format == 1 ? 4 : format == 2 ? 8 : format == 3 ? 16 : 0;
}

static int32_t import_of(chains *c, uint64_t number) {
  if (number >= c->n_imports) {
    c->is_damaged = true;
    return ONUS_IMPORT_NONE;
  }
  if (c->known[number] != 0)
    return c->known[number] - 1;
  uint64_t at = c->imports + number * import_bytes(c->imports_format);
  uint32_t first = u32(c, at), library = first & 0xff, name_at = first >> 9;
  if (c->imports_format == 3) {
    library = first & 0xffff;
    name_at = u32(c, at + 4);
  }
  const char *name = NULL;
  size_t length = 0;
  if (!onus_bytes_text(&c->payload, c->names + name_at, ONUS_NAME_BYTES_MAX, &name, &length) || length == 0) {
    c->is_damaged = true;
    return ONUS_IMPORT_NONE;
  }
  /* Numbers from 1; those at the upper end are no library: the program itself, or any. */
  const char *from = library > 0 && library <= c->f->n_libraries ? c->f->libraries[library - 1] : "";
  bool has_underscore = name[0] == '_';
  c->known[number] = onus_builder_import(c->builder, from, name + has_underscore, length - has_underscore) + 1;
  return c->known[number] - 1;
}

/* What one pointer is to become. How many steps it is to the next one; 0: it is the last. */
static uint32_t read_pointer(chains *c, const segment *s, uint64_t address, const uint8_t *at) {
  uint64_t raw = s->format == POINTER_32 ? onus_load_le32(at) : onus_load_le64(at);
  bool is_import = s->format == POINTER_32 ? raw >> 31 : raw >> 63;
  if (is_import) {
    int32_t import = import_of(c, raw & (s->format == POINTER_32 ? 0xfffff : 0xffffff));
    onus_builder_slot(c->builder, address, import);
    c->n_slots += import != ONUS_IMPORT_NONE;
  } else if (s->format == POINTER_32) {
    if ((raw & 0x3ffffff) <= s->most)
      onus_builder_pointer(c->builder, address, raw & 0x3ffffff);
  } else {
    uint64_t target = (raw & UINT64_C(0xfffffffff)) | (raw >> 36 & 0xff) << 56;
    onus_builder_pointer(c->builder, address, s->format == POINTER_64_OFFSET ? c->f->text + target : target);
  }
  return s->format == POINTER_32 ? raw >> 26 & 0x1f : raw >> 51 & 0xfff;
}

static void read_chain(chains *c, const segment *s, uint64_t page, uint32_t start) {
  uint64_t width = s->format == POINTER_32 ? 4 : 8, address = s->address + page * s->page_bytes + start;
  for (uint32_t steps = 1; steps != 0; address += (uint64_t)steps * STEP_BYTES) {
    const uint8_t *at = onus_program_at(c->builder->program, address, width);
    if (!at || c->n_left == 0) {
      c->is_damaged = true;
      return;
    }
    c->n_left--;
    steps = read_pointer(c, s, address, at);
  }
}

static void read_pages(chains *c, const segment *s) {
  for (uint64_t page = 0; page < s->n_pages && c->n_left > 0; page++) {
    uint16_t start = START_NONE;
    (void)onus_bytes_u16(&c->payload, s->at + 22 + 2 * page, &start);
    if (start == START_NONE)
      continue;
    if (!(start & START_MANY)) {
      read_chain(c, s, page, start);
      continue;
    }
    bool is_last = false;
    for (uint64_t i = start & 0x7fff; !is_last && c->n_left > 0; i++) {
      if (!onus_bytes_u16(&c->payload, s->at + 22 + 2 * i, &start)) {
        c->is_damaged = true;
        return;
      }
      is_last = start & START_LAST;
      read_chain(c, s, page, start & 0x7fffu);
    }
  }
}

static void read_segment(chains *c, uint64_t at) {
  segment s = {.at = at, .most = u32(c, at + 16)};
  uint64_t offset = 0;
  if (!onus_bytes_u16(&c->payload, at + 4, &s.page_bytes) || !onus_bytes_u16(&c->payload, at + 6, &s.format) ||
      !onus_bytes_u64(&c->payload, at + 8, &offset) || !onus_bytes_u16(&c->payload, at + 20, &s.n_pages)) {
    c->is_damaged = true;
    return;
  }
  bool is_64 = c->builder->program->is_64_bit;
  if (is_64 ? s.format != POINTER_64 && s.format != POINTER_64_OFFSET : s.format != POINTER_32) {
    c->is_damaged = true; /* of other processors */
    return;
  }
  s.address = c->f->text + offset;
  read_pages(c, &s);
}

onus_status onus_builder_macho_fixups(onus_program_builder *builder, const onus_macho_fixups *f, size_t *ret_n_slots,
                                      onus_error *error) {
  *ret_n_slots = 0;
  const uint8_t *start = f->bytes == 0 ? NULL : onus_bytes_at(&f->file, f->offset, f->bytes);
  if (!start) {
    builder->program->is_damaged = builder->program->is_damaged || f->bytes > 0;
    return ONUS_OK;
  }
  chains c = {.builder = builder, .f = f, .payload = {start, f->bytes, false}, .n_left = f->file.length_bytes / 4};
  uint64_t starts = u32(&c, 4);
  c.imports = u32(&c, 8);
  c.names = u32(&c, 12);
  c.n_imports = u32(&c, 16);
  c.imports_format = u32(&c, 20);
  uint64_t each = import_bytes(c.imports_format);
  if (each == 0 || u32(&c, 24) != 0 || !onus_bytes_at(&c.payload, c.imports, each * c.n_imports)) {
    c.is_damaged = true; /* unknown, or names that are packed: pointers are read all the same */
    c.n_imports = 0;
  }
  c.known = ONUS_ARENA_ARRAY(builder->program->arena, int32_t, c.n_imports + 1);
  if (!c.known)
    return ONUS_FAIL_NO_MEMORY(error);
  uint32_t n_segments = u32(&c, starts);
  for (uint64_t i = 0; i < n_segments && i < SEGMENTS_MAX && c.n_left > 0; i++) {
    uint32_t at = u32(&c, starts + 4 + 4 * i);
    if (at != 0)
      read_segment(&c, starts + at);
  }
  builder->program->is_damaged = builder->program->is_damaged || c.is_damaged;
  *ret_n_slots = c.n_slots;
  return ONUS_OK;
}
