#include "code/decode.h"

#include "base/room.h"

#include <stdlib.h>

enum {
  PATTERNS_MAX = 2048,
  N_KEYS = 1 << 16,
  LOOK_AHEAD = 24, /* bytes that may be read beyond what is needed */
  /* In pattern_at: this kind is not kept; there is no such instruction; 0: not asked yet; else the index + 1. */
  NEVER = UINT16_MAX,
  NOTHING = UINT16_MAX - 1,
};

/* The answer that was given for one instruction of a kind: as much as every instruction needs, and the rest. */
typedef struct pattern {
  uint8_t number_bytes;
  bool is_relative, is_signed;
  onus_flow flow;
} pattern;

typedef struct meaning {
  uint8_t encodings[ZYDIS_MAX_OPERAND_COUNT]; /* where each operand comes from: ZydisOperandEncoding */
  uint8_t classes[ZYDIS_MAX_OPERAND_COUNT];   /* … and if it is a register, of which: ZydisRegisterClass */
  onus_operation operation;
} meaning;

struct onus_decoder {
  ZydisDecoder full, minimal;
  bool is_64_bit;
  size_t n_patterns, patterns_capacity, meanings_capacity;
  uint16_t pattern_at[N_KEYS];
  pattern *patterns;
  meaning *meanings; /* of the patterns */
};

onus_decoder *onus_decoder_new(bool is_64_bit) {
  onus_decoder *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  ZydisMachineMode mode = is_64_bit ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32;
  ZydisStackWidth width = is_64_bit ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32;
  d->is_64_bit = is_64_bit;
  (void)ZydisDecoderInit(&d->full, mode, width);
  (void)ZydisDecoderInit(&d->minimal, mode, width);
  (void)ZydisDecoderEnableMode(&d->minimal, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE);
  return d;
}

void onus_decoder_free(onus_decoder *decoder) {
  if (!decoder)
    return;
  free(decoder->patterns);
  free(decoder->meanings);
  free(decoder);
}

/* --- the key of an instruction ------------------------------------------------------------------------------------ */

/* Opcodes of one byte, and of two (0f …): 'm' has modrm, 'o' has none; 'j' neither modrm nor a prefix; '3': as 'o' with
 * 32 bits, a prefix with 64; 'f': as 'm' where that names memory; '.' is never kept, since more than the key decides:
 * prefixes, opcodes that the lower part of modrm goes on with, those with two numbers. */
static const char one_byte[] = "mmmmoooommmmooo."
                               "mmmmoooommmmoooo"
                               "mmmmoo.ommmmoo.o"
                               "mmmmoo.ommmmoo.o"
                               "3333333333333333"
                               "oooooooooooooooo"
                               "oo.m....omomoooo"
                               "jjjjjjjjjjjjjjjj"
                               "mmmmmmmmmmmm.m.."
                               "oooooooooo.ooooo"
                               "....oooooooooooo"
                               "oooooooooooooooo"
                               "mmoj..mm.jooj.oo"
                               "mmmmooooffffffff"
                               "jjjjoooojj.joooo"
                               ".o..oommoooooomm";
static const char two_bytes[] = "...........j...."
                                "mmmmmmmm.......m"
                                "........mmmmmmmm"
                                "................"
                                "mmmmmmmmmmmmmmmm"
                                "mmmmmmmmmmmmmmmm"
                                "mmmmmmmmmmmmmmmm"
                                "mmmmmmm.....mmmm"
                                "jjjjjjjjjjjjjjjj"
                                "mmmmmmmmmmmmmmmm"
                                "...mmm.....mmm.m"
                                "mm.m..mmm.mmmmmm"
                                "mmmmmmm.oooooooo"
                                "mmmmmmmmmmmmmmmm"
                                "mmmmmmmmmmmmmmmm"
                                "mmmmmmmmmmmmmmm.";

/* An instruction in its parts. What modrm and sib say is read whether they are there or not, and without branches:
 * which of them an instruction has is as good as random. */
typedef struct parts {
  uint16_t key;
  uint8_t opcode, rex; /* rex: 0 when there is none */
  uint8_t at;          /* of what follows opcode, modrm and displacement */
  uint8_t displacement_at, displacement_bytes;
  bool has_modrm, is_register; /* is_register: modrm names no memory */
  bool is_here;                /* memory, counted from the next instruction */
  bool has_no_base;
  int8_t base, index, reg;
  uint8_t sib_scale;
  int64_t displacement;
} parts;

/* The lowest `n_bytes` (0 to 8) of what stands there, signed or not. */
static inline int64_t read_number(const uint8_t *bytes, unsigned n_bytes, bool is_signed) {
  unsigned half = 32 - 4 * n_bytes; /* no shift by 64 */
  uint64_t high = onus_load_le64(bytes) << half << half;
  return is_signed ? (int64_t)high >> half >> half : (int64_t)(high >> half >> half);
}

static inline void read_modrm(const uint8_t *bytes, bool is_64_bit, parts *p) {
  unsigned byte = bytes[p->at], mod = byte >> 6, rm = byte & 7, sib = bytes[p->at + 1];
  unsigned high_r = p->rex >> 2 & 1, high_x = p->rex >> 1 & 1, high_b = p->rex & 1;
  p->is_register = mod == 3;
  bool has_sib = mod != 3 && rm == 4;
  unsigned base = has_sib ? sib & 7 : rm, index = has_sib ? (sib >> 3 & 7) | high_x << 3 : 4;
  p->has_no_base = mod == 0 && base == 5;
  p->is_here = p->has_no_base && !has_sib && is_64_bit;
  p->base = p->has_no_base ? ONUS_REGISTER_NONE : (int8_t)(base | high_b << 3);
  p->index = index == 4 ? ONUS_REGISTER_NONE : (int8_t)index;
  p->sib_scale = (uint8_t)(has_sib ? 1u << (sib >> 6) : 1u);
  p->reg = (int8_t)((byte >> 3 & 7) | high_r << 3);
  unsigned n = mod == 1 ? 1 : mod == 2 || p->has_no_base ? 4 : 0;
  p->displacement_at = (uint8_t)(p->at + 1 + has_sib);
  p->displacement_bytes = (uint8_t)n;
  p->displacement = read_number(bytes + p->displacement_at, n, true);
  p->at = (uint8_t)(p->displacement_at + n);
}

/* How many prefixes there are in front of a nop that fills space: 66 66 2e 0f 1f …; 0: they are of something else. */
static unsigned skip_filling(const uint8_t *bytes) {
  enum { PREFIXES_MAX = 6 };
  unsigned n = 0;
  while (n < PREFIXES_MAX && (bytes[n] == 0x66 || bytes[n] == 0x2e))
    n++;
  return n > 1 && bytes[0] == 0x66 && bytes[n] == 0x0f && bytes[n + 1] == 0x1f ? n : 0;
}

/* Takes apart what can be one of the kinds that are kept. LOOK_AHEAD bytes are there. */
static inline bool take_apart(const uint8_t *bytes, bool is_64_bit, parts *p) {
  bool is_thread_local = bytes[0] == 0x64 || bytes[0] == 0x65; /* fs, gs: nothing else changes */
  unsigned at = is_thread_local, byte = bytes[at];
  unsigned prefix = byte == 0x66 ? 1 : byte == 0xf2 ? 2 : byte == 0xf3 ? 3 : 0;
  if (prefix == 1 && (bytes[at + 1] == 0x66 || bytes[at + 1] == 0x2e) && !is_thread_local)
    at = skip_filling(bytes);
  else
    at += prefix != 0;
  byte = bytes[at];
  bool has_rex = is_64_bit && (byte & 0xf0) == 0x40;
  p->rex = has_rex ? (uint8_t)byte : 0;
  at += has_rex;
  byte = bytes[at];
  bool is_two = byte == 0x0f;
  at += is_two;
  byte = bytes[at];
  char form = is_two ? two_bytes[byte] : one_byte[byte];
  if (form == '.' || (form == '3' && is_64_bit) || (prefix != 0 && (form == 'j' || (!is_two && prefix > 1))) ||
      (p->rex & 1 && byte == 0x90 && !is_two))
    return false;
  p->opcode = (uint8_t)byte;
  p->at = (uint8_t)(at + 1);
  p->has_modrm = form == 'm' || form == 'f';
  unsigned key = (unsigned)is_two << 15 | byte << 7 | prefix << 5 | (p->rex & 8u) << 1;
  if (p->has_modrm) {
    read_modrm(bytes, is_64_bit, p);
    if ((!is_two && (byte & 0xfe) == 0xc6 && (p->reg & 7) != 0) || (form == 'f' && p->is_register))
      return false;
    key |= (unsigned)p->is_register << 3 | (unsigned)(p->reg & 7);
  }
  if (is_thread_local && (!p->has_modrm || p->is_register))
    return false;
  p->key = (uint16_t)key;
  return true;
}

/* --- operations from Zydis ---------------------------------------------------------------------------------------- */

static int8_t place_of(bool is_64_bit, ZydisRegister name) {
  if (name == ZYDIS_REGISTER_NONE)
    return ONUS_REGISTER_NONE;
  if (name == ZYDIS_REGISTER_RIP || name == ZYDIS_REGISTER_EIP)
    return ONUS_REGISTER_HERE;
  ZydisRegister whole =
      ZydisRegisterGetLargestEnclosing(is_64_bit ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32, name);
  switch (ZydisRegisterGetClass(whole)) {
  case ZYDIS_REGCLASS_GPR32:
  case ZYDIS_REGCLASS_GPR64:
    return ZydisRegisterGetId(whole) & 15;
  case ZYDIS_REGCLASS_XMM:
  case ZYDIS_REGCLASS_YMM:
  case ZYDIS_REGCLASS_ZMM:
    return (int8_t)(16 + (ZydisRegisterGetId(whole) & 31));
  default:
    return ONUS_REGISTER_OTHER;
  }
}

/* A number as wide as the operation. */
static int64_t fit(int64_t value, unsigned width_bits) {
  if (width_bits <= 8)
    return (uint8_t)value;
  if (width_bits <= 16)
    return (uint16_t)value;
  return width_bits <= 32 ? (int32_t)value : value;
}

static onus_operand operand_of(const ZydisDecodedOperand *operand, bool is_64_bit, unsigned width_bits) {
  onus_operand o = {.type = (uint8_t)operand->type,
                    .actions = operand->actions,
                    .reg = ONUS_REGISTER_NONE,
                    .base = ONUS_REGISTER_NONE,
                    .index = ONUS_REGISTER_NONE,
                    .width_bits = operand->size};
  if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER) {
    o.reg = place_of(is_64_bit, operand->reg.value);
    o.register_name = (uint16_t)operand->reg.value;
  } else if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
    o.value = fit(operand->imm.value.s, width_bits);
  } else if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY) {
    o.base = place_of(is_64_bit, operand->mem.base);
    o.index = place_of(is_64_bit, operand->mem.index);
    o.scale = operand->mem.scale;
    o.value = operand->mem.disp.has_displacement ? operand->mem.disp.value : 0;
  }
  return o;
}

/* What is not written in the instruction matters only where it changes a register or memory. */
static bool is_of_interest(const ZydisDecodedOperand *operand, const onus_operand *o) {
  return operand->visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN ||
         ((operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0 &&
          (o->type == ZYDIS_OPERAND_TYPE_MEMORY || o->reg >= 0));
}

static void read_operation(const ZydisDecodedInstruction *in, const ZydisDecodedOperand *operands, bool is_64_bit,
                           onus_operation *o, uint8_t *encodings) {
  *o = (onus_operation){.mnemonic = (uint16_t)in->mnemonic,
                        .category = (uint8_t)in->meta.category,
                        .length_bytes = in->length,
                        .width_bits = in->operand_width,
                        .n_visible = in->operand_count_visible,
                        .displacement = {.offset = in->raw.disp.offset, .length_bytes = in->raw.disp.size / 8}};
  for (unsigned i = 0; i < 2; i++)
    o->numbers[i] = (onus_field){.offset = in->raw.imm[i].offset,
                                 .length_bytes = in->raw.imm[i].size / 8,
                                 .is_relative = in->raw.imm[i].is_relative};
  for (unsigned i = 0; i < in->operand_count; i++) {
    onus_operand operand = operand_of(&operands[i], is_64_bit, in->operand_width);
    if (!is_of_interest(&operands[i], &operand))
      continue;
    encodings[o->n_operands] = (uint8_t)operands[i].encoding;
    o->operands[o->n_operands++] = operand;
  }
}

bool onus_operation_of_zydis(const ZydisDecoder *decoder, const uint8_t *bytes, uint64_t left_bytes, uint64_t address,
                             onus_operation *ret_operation) {
  ZydisDecodedInstruction in;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
  uint8_t encodings[ZYDIS_MAX_OPERAND_COUNT];
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(decoder, bytes, (ZyanUSize)left_bytes, &in, operands)))
    return false;
  read_operation(&in, operands, decoder->machine_mode == ZYDIS_MACHINE_MODE_LONG_64, ret_operation, encodings);
  ret_operation->address = address;
  return true;
}

/* --- patterns ----------------------------------------------------------------------------------------------------- */

/* Whether all that differs from one instruction of the kind to the next is of what we know how to read. */
static bool can_vary(meaning *p) {
  for (unsigned i = 0; i < p->operation.n_operands; i++) {
    uint8_t encoding = p->encodings[i];
    const onus_operand *o = &p->operation.operands[i];
    if (encoding == ZYDIS_OPERAND_ENCODING_NONE || encoding >= ZYDIS_OPERAND_ENCODING_UIMM8)
      continue;
    if (encoding != ZYDIS_OPERAND_ENCODING_MODRM_REG && encoding != ZYDIS_OPERAND_ENCODING_MODRM_RM &&
        encoding != ZYDIS_OPERAND_ENCODING_OPCODE)
      return false;
    if (o->type != ZYDIS_OPERAND_TYPE_REGISTER)
      continue;
    p->classes[i] = (uint8_t)ZydisRegisterGetClass((ZydisRegister)o->register_name);
    if (p->classes[i] < ZYDIS_REGCLASS_GPR8 || p->classes[i] > ZYDIS_REGCLASS_XMM ||
        (p->classes[i] > ZYDIS_REGCLASS_GPR64 && p->classes[i] < ZYDIS_REGCLASS_XMM))
      return false;
  }
  return true;
}

static const pattern *learn(onus_decoder *d, const uint8_t *bytes, const parts *p) {
  ZydisDecodedInstruction in;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
  d->pattern_at[p->key] = NEVER;
  ZyanStatus status = ZydisDecoderDecodeFull(&d->full, bytes, ZYDIS_MAX_INSTRUCTION_LENGTH, &in, operands);
  if (status == ZYDIS_STATUS_DECODING_ERROR)
    d->pattern_at[p->key] = NOTHING;
  if (!ZYAN_SUCCESS(status) || d->n_patterns == PATTERNS_MAX ||
      !ONUS_ROOM_FOR_ONE(d->patterns, d->n_patterns, d->patterns_capacity) ||
      !ONUS_ROOM_FOR_ONE(d->meanings, d->n_patterns, d->meanings_capacity))
    return NULL;
  pattern *new = &d->patterns[d->n_patterns];
  meaning *meant = &d->meanings[d->n_patterns];
  *new = (pattern){.number_bytes = in.raw.imm[0].size / 8,
                   .is_relative = in.raw.imm[0].is_relative,
                   .is_signed = in.raw.imm[0].is_signed};
  if (in.raw.imm[1].size != 0 || in.length != p->at + new->number_bytes || (in.raw.modrm.offset != 0) != p->has_modrm)
    return NULL;
  onus_flow_read(&in, 0, d->is_64_bit, &new->flow);
  read_operation(&in, operands, d->is_64_bit, &meant->operation, meant->encodings);
  if (!can_vary(meant))
    return NULL;
  /* What modrm says is read anew each time. */
  new->flow.base = new->flow.index = new->flow.reg = ONUS_REGISTER_NONE;
  new->flow.scale = 1;
  new->flow.has_memory = new->flow.is_register = new->flow.has_displacement = false;
  new->flow.memory = 0;
  new->flow.displacement = 0;
  d->pattern_at[p->key] = (uint16_t)++d->n_patterns;
  return new;
}

/* NULL: Zydis is to be asked, but for *ret_is_nothing: it has been, and no instruction is of this kind. */
static inline const pattern *find(onus_decoder *d, const uint8_t *bytes, uint64_t left_bytes, parts *p,
                                  bool *ret_is_nothing) {
  *ret_is_nothing = false;
  if (left_bytes < LOOK_AHEAD || !take_apart(bytes, d->is_64_bit, p))
    return NULL;
  if (p->at > ZYDIS_MAX_INSTRUCTION_LENGTH)
    return NULL;
  uint16_t at = d->pattern_at[p->key];
  if (at == 0)
    return learn(d, bytes, p);
  *ret_is_nothing = at == NOTHING;
  return at >= NOTHING ? NULL : &d->patterns[at - 1];
}

static uint64_t wrap(const onus_decoder *d, uint64_t address) {
  return d->is_64_bit ? address : (uint32_t)address;
}

bool onus_decode_flow(onus_decoder *d, const uint8_t *bytes, uint64_t left_bytes, uint64_t address,
                      onus_flow *ret_flow) {
  parts p;
  bool is_nothing;
  const pattern *known = find(d, bytes, left_bytes, &p, &is_nothing);
  if (!known) {
    ZydisDecodedInstruction in;
    if (is_nothing ||
        !ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&d->minimal, NULL, bytes, (ZyanUSize)left_bytes, &in)))
      return false;
    onus_flow_read(&in, address, d->is_64_bit, ret_flow);
    return true;
  }
  *ret_flow = known->flow;
  ret_flow->length_bytes = (uint8_t)(p.at + known->number_bytes);
  uint64_t next = address + ret_flow->length_bytes,
           number = (uint64_t)read_number(bytes + p.at, known->number_bytes, known->is_signed);
  if (known->is_relative)
    ret_flow->target = wrap(d, next + number);
  else
    ret_flow->constant = number;
  if (!p.has_modrm)
    return true;
  ret_flow->base = p.base;
  ret_flow->index = p.index;
  ret_flow->scale = (int8_t)p.sib_scale;
  ret_flow->reg = p.reg;
  ret_flow->is_register = p.is_register;
  ret_flow->has_displacement = p.displacement_bytes != 0;
  ret_flow->displacement = p.displacement;
  ret_flow->has_memory = p.has_no_base;
  if (p.has_no_base)
    ret_flow->memory = wrap(d, (p.is_here ? next : 0) + (uint64_t)p.displacement);
  ret_flow->is_padding = ret_flow->mnemonic == ZYDIS_MNEMONIC_NOP || onus_flow_is_old_padding(ret_flow, d->is_64_bit);
  return true;
}

/* --- operations from patterns ------------------------------------------------------------------------------------- */

static void name_register(const parts *p, unsigned class, unsigned number, onus_operand *o) {
  static const uint16_t first[] = {[ZYDIS_REGCLASS_GPR16] = ZYDIS_REGISTER_AX,
                                   [ZYDIS_REGCLASS_GPR32] = ZYDIS_REGISTER_EAX,
                                   [ZYDIS_REGCLASS_GPR64] = ZYDIS_REGISTER_RAX,
                                   [ZYDIS_REGCLASS_XMM] = ZYDIS_REGISTER_XMM0};
  o->reg = (int8_t)(class == ZYDIS_REGCLASS_XMM ? 16 + number : number);
  if (class != ZYDIS_REGCLASS_GPR8) {
    o->register_name = (uint16_t)(first[class] + number);
  } else if (p->rex == 0 && number >= 4) { /* ah, ch, dh, bh */
    o->register_name = (uint16_t)(ZYDIS_REGISTER_AL + number);
    o->reg = (int8_t)(number - 4);
  } else {
    o->register_name = (uint16_t)((number >= 4 ? ZYDIS_REGISTER_SPL - 4 : ZYDIS_REGISTER_AL) + number);
  }
}

static void name_operand(const parts *p, const meaning *known, unsigned i, int64_t number, onus_operand *o) {
  switch (known->encodings[i]) {
  case ZYDIS_OPERAND_ENCODING_MODRM_REG:
    name_register(p, known->classes[i], (unsigned)p->reg, o);
    break;
  case ZYDIS_OPERAND_ENCODING_MODRM_RM:
    if (o->type == ZYDIS_OPERAND_TYPE_REGISTER) {
      name_register(p, known->classes[i], (unsigned)p->base, o);
      break;
    }
    o->base = p->is_here ? ONUS_REGISTER_HERE : p->base;
    o->index = p->index;
    o->scale = p->index == ONUS_REGISTER_NONE ? 0 : p->sib_scale;
    o->value = p->displacement;
    break;
  case ZYDIS_OPERAND_ENCODING_OPCODE:
    name_register(p, known->classes[i], (p->opcode & 7u) | (p->rex & 1u) << 3, o);
    break;
  case ZYDIS_OPERAND_ENCODING_NONE:
    break;
  default:
    o->value = fit(number, known->operation.width_bits);
  }
}

bool onus_decode_operation(onus_decoder *d, const uint8_t *bytes, uint64_t left_bytes, uint64_t address,
                           onus_operation *ret_operation) {
  parts p;
  bool is_nothing;
  const pattern *known = find(d, bytes, left_bytes, &p, &is_nothing);
  if (!known)
    return !is_nothing && onus_operation_of_zydis(&d->full, bytes, left_bytes, address, ret_operation);
  const meaning *meant = &d->meanings[known - d->patterns];
  const onus_operation *kept = &meant->operation;
  onus_operation *o = ret_operation;
  memcpy(o, kept, offsetof(onus_operation, operands) + kept->n_operands * sizeof kept->operands[0]);
  o->address = address;
  o->length_bytes = (uint8_t)(p.at + known->number_bytes);
  o->displacement = (onus_field){0};
  if (p.has_modrm && p.displacement_bytes != 0)
    o->displacement = (onus_field){.offset = p.displacement_at, .length_bytes = p.displacement_bytes};
  int64_t number = read_number(bytes + p.at, known->number_bytes, known->is_signed);
  if (known->number_bytes != 0)
    o->numbers[0].offset = p.at;
  for (unsigned i = 0; i < o->n_operands; i++)
    name_operand(&p, meant, i, number, &o->operands[i]);
  return true;
}
