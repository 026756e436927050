/* What one instruction does to the flow of control, and which addresses it names: as little as discovery needs, so that
 * no operands are decoded. */
#ifndef ONUS_CODE_FLOW_H
#define ONUS_CODE_FLOW_H

#include "code/program.h"

#include <Zydis/Zydis.h>

typedef enum onus_flow_kind {
  ONUS_FLOW_NEXT,          /* goes on with the next instruction */
  ONUS_FLOW_JUMP,          /* to target */
  ONUS_FLOW_BRANCH,        /* to target or the next one */
  ONUS_FLOW_CALL,          /* of target */
  ONUS_FLOW_JUMP_INDIRECT, /* through `memory` where has_memory, else through a register */
  ONUS_FLOW_CALL_INDIRECT,
  ONUS_FLOW_RETURN,
  ONUS_FLOW_STOP, /* ends the program or raises */
} onus_flow_kind;

enum { ONUS_REGISTER_NONE = -1 };

typedef struct onus_flow {
  uint8_t kind, length_bytes, opcode;
  bool is_padding;           /* does nothing: nop in all its forms, int3 */
  bool has_memory;           /* names memory at a fixed address: `memory` */
  bool has_constant;         /* `constant` is an immediate, or a 32-bit displacement with a register */
  bool is_lea, is_register;  /* is_register: modrm names two registers, `reg` and `base` */
  int8_t base, index, scale; /* of the memory operand: numbers of registers, ONUS_REGISTER_NONE; scale 1, 2, 4, 8 */
  int8_t reg;                /* the other register of modrm */
  bool has_displacement;
  uint16_t mnemonic;
  uint64_t target, memory, constant;
  int64_t displacement;
} onus_flow;

/* Takes all of it from what Zydis has decoded; its operands are not needed. */
void onus_flow_read(const ZydisDecodedInstruction *decoded, uint64_t address, bool is_64_bit, onus_flow *ret_flow);

/* lea r, [r + 0] and mov r, r of one register to itself were nops of old assemblers. */
static inline bool onus_flow_is_old_padding(const onus_flow *f, bool is_64_bit) {
  if (is_64_bit)
    return false;
  if (f->is_lea)
    return f->base == f->reg && f->index == ONUS_REGISTER_NONE && f->displacement == 0;
  return f->mnemonic == ZYDIS_MNEMONIC_MOV && f->opcode == 0x89 && f->is_register && f->base == f->reg &&
         f->length_bytes == 2;
}

#endif
