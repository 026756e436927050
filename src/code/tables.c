/* Jump tables. A jump through a register is read backwards: what was added, what was loaded and from where, what the
 * index was compared with. The forms that compilers use:
 *
 *   jmp [i*w + T]                                                entries are addresses
 *   mov r, [i*w + T]; jmp r                                      the same
 *   lea b, [T]; movsxd r, [b + i*4]; add r, b; jmp r             entries count from T
 *   lea b, [base]; mov r, [b + i*4 + T - base]; add r, b; jmp r  entries count from the base of the image (MSVC)
 *   mov r, [g + i*4 + T - got]; add r, g; jmp r                  entries count from the global offset table (x86)
 *   add g, [g + i*4 + T - got]; jmp g                            the same
 *
 * each with an index that may come out of a table of bytes (MSVC). */
#include "code/discover_internal.h"

enum {
  BACK_MAX = 32,       /* instructions between the check of the index and the jump */
  BASE_BACK_MAX = 400, /* … and where the address of the table was loaded, which may be outside of a loop */
  MENTIONS_MAX = 64,
  ENTRIES_MAX = 16384,
  DISTANCE_MAX = 1 << 22,
};

/* The instruction before, when it is known and runs into this one in memory. */
static bool step_back(onus_discovery *d, uint32_t *position, onus_flow *ret_flow) {
  const onus_stretch *s = onus_stretch_of(d, *position);
  for (uint32_t back = 1; back <= 15 && back <= *position - s->first; back++) {
    uint8_t state = d->state[*position - back];
    if (state & ONUS_AT_START) {
      *position -= back;
      return onus_decode_at(d, *position, ret_flow);
    }
    if (!(state & ONUS_AT_BODY))
      return false;
  }
  return false;
}

static bool writes_register(const onus_flow *f, int8_t reg) {
  return f->reg == reg &&
         (f->mnemonic == ZYDIS_MNEMONIC_MOV || f->mnemonic == ZYDIS_MNEMONIC_MOVSXD ||
          f->mnemonic == ZYDIS_MNEMONIC_MOVZX || f->mnemonic == ZYDIS_MNEMONIC_MOVSX || f->is_lea) &&
         !(f->mnemonic == ZYDIS_MNEMONIC_MOV && (f->opcode == 0x89 || f->opcode == 0x88));
}

/* The address that a register was last given by lea before `position`. */
static bool base_of(onus_discovery *d, uint32_t position, int8_t reg, uint64_t *ret_address) {
  onus_flow f;
  uint32_t at = position;
  for (unsigned i = 0; i < BASE_BACK_MAX && step_back(d, &at, &f); i++)
    if (f.is_lea && f.has_memory && f.reg == reg) {
      *ret_address = f.memory;
      return true;
    }
  const onus_mention *mentions = ONUS_LIST(&d->mentions, onus_mention);
  for (size_t i = d->mentions.count, n = 0; i > 0 && n < MENTIONS_MAX; i--, n++)
    if (mentions[i - 1].reg == reg && mentions[i - 1].from < position) {
      *ret_address = mentions[i - 1].address;
      return true;
    }
  return false;
}

typedef struct table {
  uint64_t address, origin; /* entries count from origin */
  unsigned entry_bytes;
  bool is_signed, is_address;
  int8_t index;
  uint64_t bytes_address; /* of the table of bytes that the index comes out of; 0: none */
  uint64_t n_known;       /* entries, from the check of the index; 0: not known */
} table;

/* What the index was compared with, or masked by, in the instructions before. */
static void find_bound(onus_discovery *d, uint32_t position, table *t) {
  onus_flow f, after = {0};
  uint64_t n_bytes = 0;
  bool is_byte_table = false;
  for (unsigned i = 0; i < BACK_MAX && step_back(d, &position, &f); i++) {
    if (f.mnemonic == ZYDIS_MNEMONIC_CMP && f.has_constant &&
        (after.mnemonic == ZYDIS_MNEMONIC_JNBE || after.mnemonic == ZYDIS_MNEMONIC_JNB)) {
      n_bytes = (f.constant & UINT32_MAX) + (after.mnemonic == ZYDIS_MNEMONIC_JNBE);
      break;
    }
    if (f.mnemonic == ZYDIS_MNEMONIC_AND && f.has_constant && f.base == t->index && !is_byte_table &&
        f.constant < ENTRIES_MAX) {
      n_bytes = f.constant + 1;
      break;
    }
    if (f.mnemonic == ZYDIS_MNEMONIC_MOVZX && f.opcode == 0xb6 && f.reg == t->index && f.has_displacement &&
        !is_byte_table) {
      uint64_t base = 0;
      is_byte_table = true;
      if (f.base == ONUS_REGISTER_NONE || !d->program->is_64_bit)
        t->bytes_address = (uint32_t)f.displacement;
      else if (base_of(d, position, f.base, &base) || (f.index != -1 && base_of(d, position, f.index, &base)))
        t->bytes_address = base + (uint64_t)f.displacement;
    }
    if (f.kind != ONUS_FLOW_NEXT || after.kind == ONUS_FLOW_NEXT)
      after = f;
    if (f.kind == ONUS_FLOW_CALL || f.kind == ONUS_FLOW_JUMP || f.kind == ONUS_FLOW_RETURN)
      break;
  }
  if (n_bytes > ENTRIES_MAX)
    n_bytes = 0;
  t->n_known = n_bytes;
  const uint8_t *bytes =
      t->bytes_address && n_bytes > 0 ? onus_program_at(d->program, t->bytes_address, n_bytes) : NULL;
  if (!bytes)
    return;
  uint64_t most = 0;
  for (uint64_t i = 0; i < n_bytes; i++)
    most = bytes[i] > most ? bytes[i] : most;
  t->n_known = most + 1;
}

static void mark_data(onus_discovery *d, uint64_t address, uint64_t length) {
  for (uint64_t i = 0; i < length; i++) {
    uint32_t position = onus_position_of(d, address + i);
    if (position == ONUS_NOWHERE)
      return;
    if (!(d->state[position] & (ONUS_AT_START | ONUS_AT_BODY)))
      d->state[position] |= ONUS_AT_DATA;
  }
}

static uint64_t entry_of(const onus_discovery *d, const table *t, uint64_t n, const uint8_t *at) {
  uint64_t value = t->entry_bytes == 8 ? onus_load_le64(at) : onus_load_le32(at);
  if (t->is_address)
    (void)onus_program_read_pointer(d->program, t->address + n * t->entry_bytes, &value);
  if (t->is_signed)
    value = (uint64_t)(int64_t)(int32_t)value;
  value += t->origin;
  return d->program->is_64_bit ? value : (uint32_t)value;
}

/* Reads the entries as far as they can be right. False when there are none. */
static bool read_table(onus_discovery *d, uint32_t jump, const table *t) {
  uint64_t left = 0, n = 0, most = t->n_known > 0 ? t->n_known : ENTRIES_MAX;
  const uint8_t *at = onus_program_rest(d->program, t->address, &left);
  size_t first = d->targets.count;
  const onus_stretch *s = onus_stretch_of(d, jump);
  for (; at && n < most && (n + 1) * t->entry_bytes <= left; n++) {
    uint32_t target = onus_position_of(d, entry_of(d, t, n, at + n * t->entry_bytes));
    uint32_t place = onus_position_of(d, t->address + n * t->entry_bytes);
    if (target == ONUS_NOWHERE || target < s->first || target - s->first >= s->length ||
        (target > jump ? target - jump : jump - target) > DISTANCE_MAX ||
        (d->state[target] & (ONUS_AT_BODY | ONUS_AT_DATA)) ||
        (place != ONUS_NOWHERE && (d->state[place] & (ONUS_AT_START | ONUS_AT_LEADER))))
      break;
    if (t->n_known == 0 && d->state[target] & ONUS_AT_FUNCTION)
      break;
    uint32_t *added = onus_list_add(&d->targets);
    if (!added)
      break;
    *added = target;
  }
  if (n == 0)
    return false;
  onus_jump_table *kept = onus_list_add(&d->tables);
  if (!kept)
    return false;
  *kept = (onus_jump_table){(uint32_t)n, (uint32_t)first};
  mark_data(d, t->address, n * t->entry_bytes);
  if (t->bytes_address != 0 && t->n_known > 0)
    mark_data(d, t->bytes_address, 1);
  for (size_t i = first; i < d->targets.count; i++) {
    uint32_t target = ONUS_LIST(&d->targets, uint32_t)[i];
    d->state[target] |= ONUS_AT_LEADER;
    uint32_t *later = onus_list_add(&d->todo);
    if (later)
      *later = target;
  }
  return true;
}

/* The table whose entry is loaded by `load`, when the jump adds `added` to what it loads (ONUS_REGISTER_NONE: nothing).
 */
static bool table_of_load(onus_discovery *d, uint32_t position, const onus_flow *load, int8_t added, table *ret_table) {
  bool is_64 = d->program->is_64_bit;
  table t = {.entry_bytes = 4, .index = load->index, .is_signed = load->mnemonic == ZYDIS_MNEMONIC_MOVSXD};
  uint64_t base = 0;
  if (added == ONUS_REGISTER_NONE) {
    t.entry_bytes = is_64 ? 8 : 4;
    t.is_address = true;
    if (load->scale != (int8_t)t.entry_bytes)
      return false;
    if (load->base != ONUS_REGISTER_NONE && !base_of(d, position, load->base, &base))
      return false;
    t.address = base + (uint64_t)load->displacement;
  } else if (!is_64) {
    t.origin = d->program->got_address;
    t.address = (uint32_t)(t.origin + (uint64_t)load->displacement);
    if (load->base == ONUS_REGISTER_NONE || !load->has_displacement || t.origin == 0)
      return false;
  } else {
    if (!base_of(d, position, added, &t.origin))
      return false;
    if (load->base == added || load->base == ONUS_REGISTER_NONE)
      base = t.origin;
    else if (!base_of(d, position, load->base, &base) && !base_of(d, position, load->index, &base))
      base = t.origin;
    t.is_signed = t.is_signed || !load->has_displacement || load->displacement == 0; /* mov and cdqe */
    t.address = base + (uint64_t)load->displacement;
  }
  t.address = is_64 ? t.address : (uint32_t)t.address;
  *ret_table = t;
  return true;
}

/* Reads backwards from a jump through register `reg`. */
static bool find_load(onus_discovery *d, uint32_t position, int8_t reg, table *ret_table) {
  onus_flow f;
  int8_t added = ONUS_REGISTER_NONE, other = ONUS_REGISTER_NONE;
  for (unsigned i = 0; i < BACK_MAX && step_back(d, &position, &f); i++) {
    if (f.mnemonic == ZYDIS_MNEMONIC_ADD && added == ONUS_REGISTER_NONE && f.base != ONUS_REGISTER_NONE &&
        !f.has_constant) {
      int8_t to = f.opcode == 0x01 ? f.base : f.reg, from = f.opcode == 0x01 ? f.reg : f.base;
      if (to == reg) {
        added = from;
        other = to;
      }
      continue;
    }
    if (f.mnemonic == ZYDIS_MNEMONIC_ADD && f.opcode == 0x03 && f.reg == reg && f.base == reg && f.index != -1 &&
        added == ONUS_REGISTER_NONE)
      return table_of_load(d, position, &f, reg, ret_table) && (find_bound(d, position, ret_table), true);
    bool is_load = (f.mnemonic == ZYDIS_MNEMONIC_MOVSXD || (f.mnemonic == ZYDIS_MNEMONIC_MOV && f.opcode == 0x8b)) &&
                   f.index != ONUS_REGISTER_NONE;
    if (is_load && f.reg == reg)
      return table_of_load(d, position, &f, added, ret_table) && (find_bound(d, position, ret_table), true);
    if (is_load && added != ONUS_REGISTER_NONE && f.reg == added)
      return table_of_load(d, position, &f, other, ret_table) && (find_bound(d, position, ret_table), true);
    if (f.kind == ONUS_FLOW_JUMP || f.kind == ONUS_FLOW_RETURN || f.kind == ONUS_FLOW_CALL)
      return false;
    if (writes_register(&f, reg) && added == ONUS_REGISTER_NONE && f.mnemonic != ZYDIS_MNEMONIC_MOVSXD)
      return false;
  }
  return false;
}

void onus_resolve_jump(onus_discovery *d, uint32_t position, const onus_flow *jump) {
  table t = {0};
  bool is_found = false;
  if (jump->index != ONUS_REGISTER_NONE) {
    is_found = table_of_load(d, position, jump, ONUS_REGISTER_NONE, &t);
    if (is_found)
      find_bound(d, position, &t);
  } else if (jump->base != ONUS_REGISTER_NONE && !jump->has_displacement) {
    is_found = find_load(d, position, jump->base, &t);
  }
  bool is_read = is_found && read_table(d, position, &t);
  onus_add_record(d, position, is_read ? ONUS_RECORD_TABLE : ONUS_RECORD_LOST,
                  is_read ? (uint32_t)(d->tables.count - 1) : ONUS_NOWHERE);
}
