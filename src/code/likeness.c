/* Whether code reads like the start of a function or like the middle of one.
 *
 * A function finds its caller's values in the registers that it must keep: before it has saved one (push, or a store to
 * the stack) it has no use for it. And a frame is not taken down before it is put up. */
#include "code/discover_internal.h"

enum { LOOK_MAX = 24 };

typedef struct look {
  uint32_t kept;  /* registers that hold the caller's values, by bit */
  uint32_t stack; /* registers that point into the stack */
  bool has_frame; /* something was pushed, or the stack moved down */
} look;

static uint32_t kept_registers(const onus_discovery *d) {
  const uint32_t bx = 1u << 3, bp = 1u << 5, si = 1u << 6, di = 1u << 7, r12_to_r15 = 0xf000;
  if (!d->program->is_64_bit)
    return bx | bp | si | di;
  return bx | bp | r12_to_r15 | (d->program->format == ONUS_PROGRAM_PE ? si | di : 0);
}

static bool holds(const look *l, int8_t reg) {
  return reg >= 0 && (l->kept >> reg & 1);
}

/* A store of a register to the stack. */
static bool is_save(const look *l, const onus_flow *f) {
  return f->mnemonic == ZYDIS_MNEMONIC_MOV && f->opcode == 0x89 && !f->is_register && f->base >= 0 &&
         (l->stack >> f->base & 1);
}

/* Whether the instruction reads a register that holds nothing for it. */
static bool reads_kept(const look *l, const onus_flow *f) {
  if (!f->is_register && (holds(l, f->base) || holds(l, f->index)))
    return true;
  switch (f->mnemonic) {
  case ZYDIS_MNEMONIC_MOV:
    if (f->opcode == 0x8b)
      return f->is_register && holds(l, f->base);
    return (f->opcode == 0x89 || f->opcode == 0x88) && holds(l, f->reg) && !is_save(l, f);
  case ZYDIS_MNEMONIC_CMP:
  case ZYDIS_MNEMONIC_TEST:
  case ZYDIS_MNEMONIC_ADD:
  case ZYDIS_MNEMONIC_SUB:
  case ZYDIS_MNEMONIC_AND:
  case ZYDIS_MNEMONIC_OR:
    if (f->has_constant)
      return f->is_register && f->opcode >= 0x80 && f->opcode <= 0x83 && holds(l, f->base);
    return holds(l, f->reg) || (f->is_register && holds(l, f->base));
  default:
    return false;
  }
}

static void note_writes(look *l, const onus_flow *f) {
  bool is_to_reg = (f->mnemonic == ZYDIS_MNEMONIC_MOV && f->opcode == 0x8b) || f->is_lea ||
                   f->mnemonic == ZYDIS_MNEMONIC_MOVZX || f->mnemonic == ZYDIS_MNEMONIC_MOVSX ||
                   f->mnemonic == ZYDIS_MNEMONIC_MOVSXD || f->mnemonic == ZYDIS_MNEMONIC_XOR;
  bool is_stack = f->base >= 0 && (l->stack >> f->base & 1) && (f->is_lea || (f->is_register && f->opcode == 0x8b));
  if (is_to_reg && f->reg >= 0) {
    l->kept &= ~(1u << f->reg);
    l->stack = is_stack ? l->stack | 1u << f->reg : l->stack & ~(1u << f->reg);
  }
  if (is_save(l, f) && f->reg >= 0)
    l->kept &= ~(1u << f->reg);
  if (f->mnemonic == ZYDIS_MNEMONIC_MOV && f->opcode >= 0xb8 && f->opcode <= 0xbf)
    l->kept &= ~(0x101u << (f->opcode & 7));
  if (f->mnemonic == ZYDIS_MNEMONIC_MOV && f->is_register && f->opcode == 0x89 && f->base >= 0) {
    l->kept &= ~(1u << f->base);
    l->stack |= f->reg == 4 ? 1u << f->base : 0;
  }
}

static bool is_stack_move(const onus_flow *f, ZydisMnemonic mnemonic) {
  return f->mnemonic == mnemonic && f->base == 4 && f->has_constant && f->is_register;
}

static onus_likeness read_likeness(onus_discovery *d, uint32_t position) {
  look l = {.kept = kept_registers(d), .stack = 1u << 4};
  onus_likeness found = ONUS_LIKE_CODE;
  for (unsigned i = 0; i < LOOK_MAX; i++) {
    onus_flow f;
    if (position >= d->n_positions || !onus_decode_at(d, position, &f))
      return i == 0 ? ONUS_LIKE_NOTHING : found == ONUS_LIKE_START ? found : ONUS_LIKE_NOTHING;
    bool is_patch_point = f.mnemonic == ZYDIS_MNEMONIC_MOV && f.opcode == 0x8b && f.is_register && f.reg == f.base;
    if (i == 0 && (f.mnemonic == ZYDIS_MNEMONIC_ENDBR64 || f.mnemonic == ZYDIS_MNEMONIC_ENDBR32 || is_patch_point)) {
      found = ONUS_LIKE_START; /* unless it is a label of a switch, which is told by what follows */
    } else if (f.mnemonic == ZYDIS_MNEMONIC_PUSH && f.opcode >= 0x50 && f.opcode <= 0x57) {
      l.has_frame = true;
      l.kept &= ~(0x101u << (f.opcode & 7));
      found = i <= 2 ? ONUS_LIKE_START : found;
    } else if (is_stack_move(&f, ZYDIS_MNEMONIC_SUB)) {
      l.has_frame = true;
      found = i <= 1 ? ONUS_LIKE_START : found;
    } else if (f.mnemonic == ZYDIS_MNEMONIC_LEAVE ||
               (!l.has_frame && (f.mnemonic == ZYDIS_MNEMONIC_POP || is_stack_move(&f, ZYDIS_MNEMONIC_ADD)))) {
      return ONUS_LIKE_PART;
    } else if (reads_kept(&l, &f)) {
      return ONUS_LIKE_PART;
    }
    note_writes(&l, &f);
    if (f.kind != ONUS_FLOW_NEXT)
      return found;
    position += f.length_bytes;
  }
  return found;
}

/* It is of the bytes alone, and asked for again in each round. */
onus_likeness onus_likeness_at(onus_discovery *d, uint32_t position) {
  uint32_t known = onus_places_get(&d->likeness, position);
  if (known != ONUS_NOWHERE)
    return (onus_likeness)known;
  onus_likeness read = read_likeness(d, position);
  if (!d->is_cut)
    (void)onus_places_put(&d->likeness, position, (uint32_t)read); /* without memory it is read again */
  return read;
}
