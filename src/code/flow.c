#include "code/flow.h"

static uint8_t kind_of(const ZydisDecodedInstruction *in) {
  switch (in->mnemonic) {
  case ZYDIS_MNEMONIC_CALL:
    return in->raw.imm[0].is_relative ? ONUS_FLOW_CALL : ONUS_FLOW_CALL_INDIRECT;
  case ZYDIS_MNEMONIC_JMP:
    return in->raw.imm[0].is_relative ? ONUS_FLOW_JUMP : ONUS_FLOW_JUMP_INDIRECT;
  case ZYDIS_MNEMONIC_RET:
  case ZYDIS_MNEMONIC_IRET:
  case ZYDIS_MNEMONIC_IRETD:
  case ZYDIS_MNEMONIC_IRETQ:
  case ZYDIS_MNEMONIC_SYSEXIT:
  case ZYDIS_MNEMONIC_SYSRET:
    return ONUS_FLOW_RETURN;
  case ZYDIS_MNEMONIC_UD0:
  case ZYDIS_MNEMONIC_UD1:
  case ZYDIS_MNEMONIC_UD2:
  case ZYDIS_MNEMONIC_HLT:
  case ZYDIS_MNEMONIC_INT3:
    return ONUS_FLOW_STOP;
  case ZYDIS_MNEMONIC_INT: /* __fastfail */
    return in->raw.imm[0].value.u == 0x29 ? ONUS_FLOW_STOP : ONUS_FLOW_NEXT;
  case ZYDIS_MNEMONIC_XBEGIN:
    return ONUS_FLOW_BRANCH;
  case ZYDIS_MNEMONIC_JB:
  case ZYDIS_MNEMONIC_JBE:
  case ZYDIS_MNEMONIC_JCXZ:
  case ZYDIS_MNEMONIC_JECXZ:
  case ZYDIS_MNEMONIC_JRCXZ:
  case ZYDIS_MNEMONIC_JL:
  case ZYDIS_MNEMONIC_JLE:
  case ZYDIS_MNEMONIC_JNB:
  case ZYDIS_MNEMONIC_JNBE:
  case ZYDIS_MNEMONIC_JNL:
  case ZYDIS_MNEMONIC_JNLE:
  case ZYDIS_MNEMONIC_JNO:
  case ZYDIS_MNEMONIC_JNP:
  case ZYDIS_MNEMONIC_JNS:
  case ZYDIS_MNEMONIC_JNZ:
  case ZYDIS_MNEMONIC_JO:
  case ZYDIS_MNEMONIC_JP:
  case ZYDIS_MNEMONIC_JS:
  case ZYDIS_MNEMONIC_JZ:
  case ZYDIS_MNEMONIC_LOOP:
  case ZYDIS_MNEMONIC_LOOPE:
  case ZYDIS_MNEMONIC_LOOPNE:
    return ONUS_FLOW_BRANCH;
  default:
    return ONUS_FLOW_NEXT;
  }
}

static void read_memory(const ZydisDecodedInstruction *in, uint64_t next, bool is_64_bit, onus_flow *f) {
  f->displacement = in->raw.disp.value;
  f->has_displacement = in->raw.disp.size != 0;
  if (in->raw.modrm.offset == 0) { /* mov eax, [address] and its kin name memory without modrm */
    f->has_memory = f->has_displacement;
    f->memory = is_64_bit ? (uint64_t)f->displacement : (uint32_t)f->displacement;
    return;
  }
  unsigned rm = in->raw.modrm.rm, mod = in->raw.modrm.mod;
  bool has_rex = is_64_bit && in->encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY; /* all of it 0 when it is not there */
  unsigned high_r = has_rex ? in->raw.rex.R : 0u, high_b = has_rex ? in->raw.rex.B : 0u;
  unsigned high_x = has_rex ? in->raw.rex.X : 0u;
  f->reg = (int8_t)(in->raw.modrm.reg | high_r << 3);
  if (mod == 3) {
    f->base = (int8_t)(rm | high_b << 3);
    f->is_register = true;
    return;
  }
  if (rm == 4) {
    unsigned index = in->raw.sib.index | high_x << 3;
    f->index = index == 4 ? ONUS_REGISTER_NONE : (int8_t)index;
    f->scale = (int8_t)(1 << in->raw.sib.scale);
    if (in->raw.sib.base != 5 || mod != 0)
      f->base = (int8_t)(in->raw.sib.base | high_b << 3);
  } else if (rm != 5 || mod != 0) {
    f->base = (int8_t)(rm | high_b << 3);
  } else if (is_64_bit) {
    f->has_memory = true;
    f->memory = next + (uint64_t)f->displacement;
    return;
  }
  if (f->base == ONUS_REGISTER_NONE && f->has_displacement) {
    f->has_memory = true;
    f->memory = is_64_bit ? (uint64_t)f->displacement : (uint32_t)f->displacement;
  }
}

void onus_flow_read(const ZydisDecodedInstruction *in, uint64_t address, bool is_64_bit, onus_flow *ret_flow) {
  onus_flow f = {.kind = kind_of(in),
                 .length_bytes = in->length,
                 .opcode = in->opcode,
                 .base = ONUS_REGISTER_NONE,
                 .index = ONUS_REGISTER_NONE,
                 .reg = ONUS_REGISTER_NONE,
                 .scale = 1,
                 .mnemonic = (uint16_t)in->mnemonic,
                 .is_lea = in->mnemonic == ZYDIS_MNEMONIC_LEA};
  uint64_t next = address + in->length;
  if (in->raw.imm[0].is_relative) {
    f.target = next + in->raw.imm[0].value.u;
    f.target = is_64_bit ? f.target : (uint32_t)f.target;
  } else {
    if (in->raw.imm[0].size != 0) {
      f.has_constant = true;
      f.constant = in->raw.imm[0].value.u;
    }
    if (in->raw.modrm.offset != 0 || in->raw.disp.size != 0)
      read_memory(in, next, is_64_bit, &f);
  }
  f.is_padding =
      in->mnemonic == ZYDIS_MNEMONIC_NOP || in->mnemonic == ZYDIS_MNEMONIC_INT3 ||
      (in->mnemonic == ZYDIS_MNEMONIC_XCHG && in->opcode == 0x90 && in->raw.modrm.offset == 0 && !in->raw.rex.B) ||
      onus_flow_is_old_padding(&f, is_64_bit);
  *ret_flow = f;
}
