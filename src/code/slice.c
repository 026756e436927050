/* What instructions compute, followed through registers and the frame inside a block.
 *
 * Which register holds a value, and whether it went through the stack in between, is the compiler's choice; what is
 * added, compared and stored is the author's. So each register holds a term: the hash of the operation that made it and
 * of the terms it was made of, with constants added apart, in one order for operations that have none
 * (src/code/slice_values.c). What leaves a block (stores, comparisons, arguments, results) becomes a token. */
#include "code/slice_internal.h"

static void settle_compare(onus_walk *walk, int64_t more) {
  if (walk->is_compare_pending)
    onus_walk_add_constant(walk, onus_wrap_sum(walk->pending_compare, more));
  walk->is_compare_pending = false;
}

static bool is_float(const onus_operation *instruction) {
  switch (instruction->category) {
  case ZYDIS_CATEGORY_X87_ALU:
  case ZYDIS_CATEGORY_SSE:
  case ZYDIS_CATEGORY_AVX:
  case ZYDIS_CATEGORY_CONVERT:
    return true;
  default:
    return false;
  }
}

/* Whether a condition asks for "greater", whose constant is one less than that of "at least". */
static int64_t condition_more(unsigned mnemonic) {
  switch (mnemonic) {
  case ZYDIS_MNEMONIC_JNBE:
  case ZYDIS_MNEMONIC_JBE:
  case ZYDIS_MNEMONIC_JNLE:
  case ZYDIS_MNEMONIC_JLE:
  case ZYDIS_MNEMONIC_SETNBE:
  case ZYDIS_MNEMONIC_SETBE:
  case ZYDIS_MNEMONIC_SETNLE:
  case ZYDIS_MNEMONIC_SETLE:
  case ZYDIS_MNEMONIC_CMOVNBE:
  case ZYDIS_MNEMONIC_CMOVBE:
  case ZYDIS_MNEMONIC_CMOVNLE:
  case ZYDIS_MNEMONIC_CMOVLE:
    return 1;
  default:
    return 0;
  }
}

/* --- by mnemonic: true when it was taken -------------------------------------------------------------------------- */

static bool move(onus_walk *walk, const onus_operation *instruction) {
  switch (instruction->mnemonic) {
  case ZYDIS_MNEMONIC_MOV:
  case ZYDIS_MNEMONIC_MOVZX:
  case ZYDIS_MNEMONIC_MOVSX:
  case ZYDIS_MNEMONIC_MOVSXD:
  case ZYDIS_MNEMONIC_MOVD:
  case ZYDIS_MNEMONIC_MOVQ:
  case ZYDIS_MNEMONIC_MOVAPS:
  case ZYDIS_MNEMONIC_MOVUPS:
  case ZYDIS_MNEMONIC_MOVDQA:
  case ZYDIS_MNEMONIC_MOVDQU:
  case ZYDIS_MNEMONIC_MOVAPD:
  case ZYDIS_MNEMONIC_MOVSS:
    onus_walk_copy(walk, instruction);
    return true;
  case ZYDIS_MNEMONIC_LEA:
    onus_walk_lea(walk, instruction);
    return true;
  case ZYDIS_MNEMONIC_PUSH:
    onus_walk_push(walk, instruction);
    return true;
  case ZYDIS_MNEMONIC_POP:
    onus_walk_pop(walk, instruction);
    return true;
  case ZYDIS_MNEMONIC_RET:
    onus_walk_finish(walk);
    return true;
  case ZYDIS_MNEMONIC_CDQE:
  case ZYDIS_MNEMONIC_CWDE:
  case ZYDIS_MNEMONIC_CDQ:
  case ZYDIS_MNEMONIC_CQO:
  case ZYDIS_MNEMONIC_NOP:
  case ZYDIS_MNEMONIC_ENDBR64:
  case ZYDIS_MNEMONIC_ENDBR32:
  case ZYDIS_MNEMONIC_LEAVE:
    return true;
  default:
    return false;
  }
}

static bool calculate(onus_walk *walk, const onus_operation *instruction) {
  switch (instruction->mnemonic) {
  case ZYDIS_MNEMONIC_ADD:
    onus_walk_add_or_subtract(walk, instruction, false);
    return true;
  case ZYDIS_MNEMONIC_SUB:
    onus_walk_add_or_subtract(walk, instruction, true);
    return true;
  case ZYDIS_MNEMONIC_INC:
    onus_walk_increment(walk, instruction, 1);
    return true;
  case ZYDIS_MNEMONIC_DEC:
    onus_walk_increment(walk, instruction, -1);
    return true;
  case ZYDIS_MNEMONIC_IMUL:
  case ZYDIS_MNEMONIC_MUL:
    onus_walk_multiply(walk, instruction);
    return true;
  case ZYDIS_MNEMONIC_DIV:
  case ZYDIS_MNEMONIC_IDIV:
    onus_walk_divide(walk, instruction);
    return true;
  case ZYDIS_MNEMONIC_NEG:
    onus_walk_one_operand(walk, instruction, ONUS_OP_NEGATE);
    return true;
  case ZYDIS_MNEMONIC_CMP:
    onus_walk_compare(walk, instruction, false);
    return true;
  case ZYDIS_MNEMONIC_TEST:
    onus_walk_compare(walk, instruction, true);
    return true;
  default:
    return false;
  }
}

static bool change_bits(onus_walk *walk, const onus_operation *instruction) {
  switch (instruction->mnemonic) {
  case ZYDIS_MNEMONIC_AND:
    onus_walk_logic(walk, instruction, ONUS_OP_AND);
    return true;
  case ZYDIS_MNEMONIC_OR:
    onus_walk_logic(walk, instruction, ONUS_OP_OR);
    return true;
  case ZYDIS_MNEMONIC_XOR:
    onus_walk_logic(walk, instruction, ONUS_OP_XOR);
    return true;
  case ZYDIS_MNEMONIC_SHL:
    onus_walk_shift(walk, instruction, ONUS_OP_SHIFT_LEFT);
    return true;
  case ZYDIS_MNEMONIC_SHR:
  case ZYDIS_MNEMONIC_SAR:
    onus_walk_shift(walk, instruction, ONUS_OP_SHIFT_RIGHT);
    return true;
  case ZYDIS_MNEMONIC_ROL:
  case ZYDIS_MNEMONIC_ROR:
    onus_walk_shift(walk, instruction, ONUS_OP_ROTATE);
    return true;
  case ZYDIS_MNEMONIC_NOT:
    onus_walk_one_operand(walk, instruction, ONUS_OP_NOT);
    return true;
  case ZYDIS_MNEMONIC_BSWAP:
    onus_walk_one_operand(walk, instruction, ONUS_OP_SWAP);
    return true;
  default:
    return false;
  }
}

/* --- by category -------------------------------------------------------------------------------------------------- */

static void jump(onus_walk *walk, const onus_operation *instruction, const onus_call *known) {
  if (known == NULL)
    return;
  if (instruction->category == ZYDIS_CATEGORY_UNCOND_BR || known->import != ONUS_IMPORT_NONE)
    onus_walk_call(walk, instruction, known);
}

static void take_rest(onus_walk *walk, const onus_operation *instruction, const onus_call *known) {
  switch (instruction->category) {
  case ZYDIS_CATEGORY_CALL:
    onus_walk_call(walk, instruction, known);
    return;
  case ZYDIS_CATEGORY_COND_BR:
  case ZYDIS_CATEGORY_UNCOND_BR:
    jump(walk, instruction, known);
    return;
  case ZYDIS_CATEGORY_CMOV: {
    onus_value first = onus_walk_read(walk, instruction, 0), second = onus_walk_read(walk, instruction, 1);
    onus_walk_write(walk, instruction, 0, onus_value_term(ONUS_OP_SELECT, &first, &second, true));
    return;
  }
  case ZYDIS_CATEGORY_SETCC:
    onus_walk_write(walk, instruction, 0, ONUS_ANY);
    return;
  default:
    onus_walk_other(walk, instruction);
    return;
  }
}

/* --- the walk ----------------------------------------------------------------------------------------------------- */

void onus_walk_step(onus_walk *walk, const onus_operation *instruction, const onus_call *call_known) {
  if (walk->is_compare_pending)
    settle_compare(walk, condition_more(instruction->mnemonic));
  if (is_float(instruction))
    walk->counts[ONUS_COUNT_FLOATS]++;
  if (!move(walk, instruction) && !calculate(walk, instruction) && !change_bits(walk, instruction))
    take_rest(walk, instruction, call_known);
}

void onus_walk_begin_function(onus_walk *walk) {
  onus_token_bag_clear(&walk->bag);
  walk->exact = 0;
  walk->has_frame = false;
  walk->got_registers = 0;
  walk->is_compare_pending = false;
  onus_walk_begin_block(walk, false);
}

void onus_walk_begin_block(onus_walk *walk, bool is_continued) {
  settle_compare(walk, 0);
  if (is_continued)
    return;
  for (size_t i = 0; i < ONUS_REGISTERS; i++)
    walk->registers[i] = ONUS_ANY;
  walk->registers[ONUS_REGISTER_SP] = (onus_value){.kind = ONUS_VALUE_LOCAL, .full = ONUS_FRAME_STACK};
  if (walk->has_frame)
    walk->registers[ONUS_REGISTER_BP] = (onus_value){.kind = ONUS_VALUE_LOCAL, .full = ONUS_FRAME_BASE};
  for (size_t i = 0; i < ONUS_STACK_SLOTS; i++)
    walk->stack[i].frame = 0;
  walk->next_slot = 0;
}
