#include "code/decode.h"

#include <stdlib.h>

enum {
  PATTERNS_MAX = 2048,
  N_KEYS = 1 << 16,
  NEVER = UINT16_MAX, /* in pattern_at: this kind is not kept; 0: not asked yet; else the pattern's index + 1 */
};

/* The answer that was given for one instruction of a kind. */
typedef struct pattern {
  uint8_t number_bytes;
  bool is_relative, is_signed;
  uint8_t encodings[ZYDIS_MAX_OPERAND_COUNT]; /* where each operand comes from: ZydisOperandEncoding */
  uint8_t classes[ZYDIS_MAX_OPERAND_COUNT];   /* … and if it is a register, of which: ZydisRegisterClass */
  onus_flow flow;
  onus_operation operation;
} pattern;

struct onus_decoder {
  ZydisDecoder full, minimal;
  bool is_64_bit;
  size_t n_patterns;
  uint16_t pattern_at[N_KEYS];
  pattern patterns[PATTERNS_MAX];
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
  free(decoder);
}

/* --- the key of an instruction ------------------------------------------------------------------------------------ */

/* Opcodes of one byte, and of two (0f …): 'm' has modrm, 'o' has none; 'j' neither modrm nor a prefix; '3': as 'o' with
 * 32 bits, a prefix with 64; '.' is never kept, since more than the key decides: prefixes, opcodes that the lower part
 * of modrm goes on with, those with two numbers. */
static const char one_byte[] = "mmmmoo..mmmmoo.."
                               "mmmmoo..mmmmoo.."
                               "mmmmoo..mmmmoo.."
                               "mmmmoo..mmmmoo.."
                               "3333333333333333"
                               "oooooooooooooooo"
                               "...m....omom...."
                               "jjjjjjjjjjjjjjjj"
                               "mm.mmmmmmmmm.m.."
                               "o.......oo......"
                               "........oo......"
                               "oooooooooooooooo"
                               "mm.j..mm.j..j..."
                               "mmmm............"
                               "........jj.j...."
                               "......mm......mm";
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

/* An instruction in its parts. */
typedef struct parts {
  uint16_t key;
  uint8_t opcode, rex; /* rex: 0 when there is none */
  uint8_t at;          /* of what follows opcode, modrm and displacement */
  uint8_t displacement_at;
  bool has_modrm;
  onus_modrm modrm;
} parts;

static uint8_t high(const parts *p, unsigned bit) {
  return p->rex >> bit & 1 ? 8 : 0;
}

static void read_modrm(const uint8_t *bytes, parts *p) {
  uint8_t byte = bytes[p->at++];
  onus_modrm *m = &p->modrm;
  *m = (onus_modrm){.mod = byte >> 6, .reg = byte >> 3 & 7, .rm = byte & 7};
  m->high_r = high(p, 2);
  m->high_x = high(p, 1);
  m->high_b = high(p, 0);
  if (m->mod == 3)
    return;
  if (m->rm == 4) {
    uint8_t sib = bytes[p->at++];
    m->sib_scale = sib >> 6;
    m->sib_index = sib >> 3 & 7;
    m->sib_base = sib & 7;
  }
  p->displacement_at = p->at;
  if (m->mod == 1) {
    m->displacement_bytes = 1;
    m->displacement = (int8_t)bytes[p->at];
  } else if (m->mod == 2 || m->rm == 5 || (m->rm == 4 && m->sib_base == 5)) {
    m->displacement_bytes = 4;
    m->displacement = (int32_t)onus_load_le32(bytes + p->at);
  }
  p->at = (uint8_t)(p->at + m->displacement_bytes);
}

/* Takes apart what can be one of the kinds that are kept; LONGEST bytes are there. */
static bool take_apart(const uint8_t *bytes, bool is_64_bit, parts *p) {
  uint8_t at = 0, byte = bytes[0];
  unsigned prefix = byte == 0x66 ? 1u : byte == 0xf2 ? 2u : byte == 0xf3 ? 3u : 0u;
  if (prefix != 0)
    byte = bytes[++at];
  p->rex = 0;
  if (is_64_bit && (byte & 0xf0) == 0x40) {
    p->rex = byte;
    byte = bytes[++at];
  }
  bool is_two = byte == 0x0f;
  if (is_two)
    byte = bytes[++at];
  char form = is_two ? two_bytes[byte] : one_byte[byte];
  if (form == '.' || (form == '3' && is_64_bit) || (form == 'j' && prefix != 0) || (!is_two && prefix > 1) ||
      (byte == 0x90 && !is_two && p->rex & 1))
    return false;
  p->opcode = byte;
  p->at = (uint8_t)(at + 1);
  p->has_modrm = form == 'm';
  unsigned key = (unsigned)is_two << 15 | (unsigned)byte << 7 | prefix << 5 | (p->rex & 8u) << 1;
  if (p->has_modrm) {
    read_modrm(bytes, p);
    if (!is_two && (byte & 0xfe) == 0xc6 && p->modrm.reg != 0)
      return false;
    key |= (unsigned)(p->modrm.mod == 3) << 3 | p->modrm.reg;
  }
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
static bool can_vary(pattern *p) {
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
  pattern *new = &d->patterns[d->n_patterns];
  d->pattern_at[p->key] = NEVER;
  if (d->n_patterns == PATTERNS_MAX ||
      !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&d->full, bytes, ZYDIS_MAX_INSTRUCTION_LENGTH, &in, operands)))
    return NULL;
  *new = (pattern){.number_bytes = in.raw.imm[0].size / 8,
                   .is_relative = in.raw.imm[0].is_relative,
                   .is_signed = in.raw.imm[0].is_signed};
  if (in.raw.imm[1].size != 0 || in.length != p->at + new->number_bytes || (in.raw.modrm.offset != 0) != p->has_modrm)
    return NULL;
  onus_flow_read(&in, 0, d->is_64_bit, &new->flow);
  read_operation(&in, operands, d->is_64_bit, &new->operation, new->encodings);
  if (!can_vary(new))
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

static inline const pattern *find(onus_decoder *d, const uint8_t *bytes, uint64_t left_bytes, parts *p) {
  if (left_bytes < ZYDIS_MAX_INSTRUCTION_LENGTH || !take_apart(bytes, d->is_64_bit, p))
    return NULL;
  uint16_t at = d->pattern_at[p->key];
  if (at == 0)
    return learn(d, bytes, p);
  return at == NEVER ? NULL : &d->patterns[at - 1];
}

static inline int64_t number_of(const pattern *known, const uint8_t *at) {
  switch (known->number_bytes) {
  case 0:
    return 0;
  case 1:
    return known->is_signed ? (int8_t)at[0] : at[0];
  case 2:
    return known->is_signed ? (int16_t)onus_load_le16(at) : onus_load_le16(at);
  case 4:
    return known->is_signed ? (int32_t)onus_load_le32(at) : (int64_t)onus_load_le32(at);
  default:
    return (int64_t)onus_load_le64(at);
  }
}

static uint64_t wrap(const onus_decoder *d, uint64_t address) {
  return d->is_64_bit ? address : (uint32_t)address;
}

bool onus_decode_flow(onus_decoder *d, const uint8_t *bytes, uint64_t left_bytes, uint64_t address,
                      onus_flow *ret_flow) {
  parts p;
  const pattern *known = find(d, bytes, left_bytes, &p);
  if (!known) {
    ZydisDecodedInstruction in;
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&d->minimal, NULL, bytes, (ZyanUSize)left_bytes, &in)))
      return false;
    onus_flow_read(&in, address, d->is_64_bit, ret_flow);
    return true;
  }
  *ret_flow = known->flow;
  ret_flow->length_bytes = (uint8_t)(p.at + known->number_bytes);
  uint64_t next = address + ret_flow->length_bytes, number = (uint64_t)number_of(known, bytes + p.at);
  if (known->is_relative) {
    ret_flow->target = wrap(d, next + number);
    return true;
  }
  ret_flow->constant = number;
  if (p.has_modrm) {
    onus_flow_read_modrm(&p.modrm, next, d->is_64_bit, ret_flow);
    ret_flow->is_padding = ret_flow->mnemonic == ZYDIS_MNEMONIC_NOP || onus_flow_is_old_padding(ret_flow, d->is_64_bit);
  }
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

static void name_memory(const onus_decoder *d, const onus_modrm *m, onus_operand *o) {
  o->index = ONUS_REGISTER_NONE;
  o->scale = 0;
  o->value = m->displacement;
  if (m->rm == 4) {
    o->base = m->sib_base == 5 && m->mod == 0 ? ONUS_REGISTER_NONE : (int8_t)(m->sib_base | m->high_b);
    unsigned index = m->sib_index | m->high_x;
    if (index != 4) {
      o->index = (int8_t)index;
      o->scale = (uint8_t)(1u << m->sib_scale);
    }
  } else if (m->rm == 5 && m->mod == 0) {
    o->base = d->is_64_bit ? ONUS_REGISTER_HERE : ONUS_REGISTER_NONE;
  } else {
    o->base = (int8_t)(m->rm | m->high_b);
  }
}

static void name_operand(const onus_decoder *d, const parts *p, const pattern *known, unsigned i, int64_t number,
                         onus_operand *o) {
  switch (known->encodings[i]) {
  case ZYDIS_OPERAND_ENCODING_MODRM_REG:
    name_register(p, known->classes[i], p->modrm.reg | p->modrm.high_r, o);
    break;
  case ZYDIS_OPERAND_ENCODING_MODRM_RM:
    if (o->type == ZYDIS_OPERAND_TYPE_REGISTER)
      name_register(p, known->classes[i], p->modrm.rm | p->modrm.high_b, o);
    else
      name_memory(d, &p->modrm, o);
    break;
  case ZYDIS_OPERAND_ENCODING_OPCODE:
    name_register(p, known->classes[i], (p->opcode & 7u) | high(p, 0), o);
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
  const pattern *known = find(d, bytes, left_bytes, &p);
  if (!known)
    return onus_operation_of_zydis(&d->full, bytes, left_bytes, address, ret_operation);
  const onus_operation *kept = &known->operation;
  onus_operation *o = ret_operation;
  memcpy(o, kept, offsetof(onus_operation, operands) + kept->n_operands * sizeof kept->operands[0]);
  o->address = address;
  o->length_bytes = (uint8_t)(p.at + known->number_bytes);
  o->displacement = (onus_field){0};
  if (p.has_modrm && p.modrm.displacement_bytes != 0)
    o->displacement = (onus_field){.offset = p.displacement_at, .length_bytes = p.modrm.displacement_bytes};
  int64_t number = number_of(known, bytes + p.at);
  if (known->number_bytes != 0)
    o->numbers[0].offset = p.at;
  for (unsigned i = 0; i < o->n_operands; i++)
    name_operand(d, &p, known, i, number, &o->operands[i]);
  return true;
}
