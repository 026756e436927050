/* What the files of slices share: values, and how operands and instructions are taken. */
#ifndef ONUS_CODE_SLICE_INTERNAL_H
#define ONUS_CODE_SLICE_INTERNAL_H

#include "code/fingerprint_internal.h"

enum {
  ONUS_FRAME_STACK = 1,
  ONUS_FRAME_BASE = 2,
  /* Registers by number. */
  ONUS_REGISTER_AX = 0,
  ONUS_REGISTER_CX,
  ONUS_REGISTER_DX,
  ONUS_REGISTER_BX,
  ONUS_REGISTER_SP,
  ONUS_REGISTER_BP,
  ONUS_REGISTER_SI,
  ONUS_REGISTER_DI,
  /* What terms are made of. */
  ONUS_OP_ANY = 1,
  ONUS_OP_CONSTANT,
  ONUS_OP_GLOBAL,
  ONUS_OP_LOCAL,
  ONUS_OP_RESULT,
  ONUS_OP_LOAD,
  ONUS_OP_STORE,
  ONUS_OP_ADD,
  ONUS_OP_SUBTRACT,
  ONUS_OP_MULTIPLY,
  ONUS_OP_DIVIDE,
  ONUS_OP_REMAINDER,
  ONUS_OP_SHIFT_RIGHT,
  ONUS_OP_SHIFT_LEFT,
  ONUS_OP_ROTATE,
  ONUS_OP_AND,
  ONUS_OP_OR,
  ONUS_OP_XOR,
  ONUS_OP_NOT,
  ONUS_OP_NEGATE,
  ONUS_OP_SWAP,
  ONUS_OP_COMPARE,
  ONUS_OP_TEST,
  ONUS_OP_SELECT,
  ONUS_OP_ARGUMENT,
  ONUS_OP_RETURN,
  ONUS_OP_OTHER = 1000,
};

/* --- values ------------------------------------------------------------------------------------------------------- */

static const onus_value ONUS_ANY = {ONUS_VALUE_ANY, 0, 0, 0};

/* Sums that wrap: numbers of hostile code may be of any size. */
static inline int64_t onus_wrap_sum(int64_t first, int64_t second) {
  return (int64_t)((uint64_t)first + (uint64_t)second);
}

static inline onus_value onus_value_constant(int64_t value) {
  onus_value constant = {ONUS_VALUE_CONSTANT, 0, 0, value};
  return constant;
}

/* Of all of a value; and of what it is, without what it was made of. */
uint32_t onus_value_hash(const onus_value *value);
uint32_t onus_value_class(const onus_value *value);

/* What `op` makes of two values; and their sum, with constants apart. */
onus_value onus_value_term(uint32_t op, const onus_value *first, const onus_value *second, bool is_commutative);
onus_value onus_value_sum(const onus_value *first, const onus_value *second);

/* --- tokens ------------------------------------------------------------------------------------------------------- */

void onus_walk_add_step(onus_walk *walk, uint32_t op, uint32_t first, uint32_t second, bool is_commutative);
void onus_walk_add_slice(onus_walk *walk, uint32_t op, const onus_value *first, const onus_value *second,
                         bool is_commutative);
void onus_walk_add_constant(onus_walk *walk, int64_t value);

/* --- registers, the frame and operands ---------------------------------------------------------------------------- */

static inline onus_value onus_walk_register(const onus_walk *walk, int reg) {
  return reg < 0 ? ONUS_ANY : walk->registers[reg];
}

static inline void onus_walk_set_register(onus_walk *walk, int reg, onus_value value) {
  if (reg >= 0 && reg != ONUS_REGISTER_SP)
    walk->registers[reg] = value;
}

/* The place in the frame at `address`; NULL: nothing is known of it. */
onus_stack_slot *onus_walk_slot(onus_walk *walk, const onus_value *address);
/* A place for what is stored next, with nothing in it yet. */
onus_stack_slot *onus_walk_new_slot(onus_walk *walk);

/* Where a memory operand points to. */
onus_value onus_walk_address(const onus_walk *walk, const onus_operation *instruction, const onus_operand *operand);
/* Takes note of what is read or written at `address`; of a table that an operand with an index names. */
void onus_walk_note_memory(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand,
                           const onus_value *address, bool is_store);
void onus_walk_refer_table(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand);

/* Operand number `index`, which need not be there. */
onus_value onus_walk_read(onus_walk *walk, const onus_operation *instruction, unsigned index);
void onus_walk_write(onus_walk *walk, const onus_operation *instruction, unsigned index, onus_value value);

/* --- instructions ------------------------------------------------------------------------------------------------- */

void onus_walk_copy(onus_walk *walk, const onus_operation *instruction);
void onus_walk_lea(onus_walk *walk, const onus_operation *instruction);
void onus_walk_add_or_subtract(onus_walk *walk, const onus_operation *instruction, bool is_subtract);
void onus_walk_increment(onus_walk *walk, const onus_operation *instruction, int64_t by);
void onus_walk_multiply(onus_walk *walk, const onus_operation *instruction);
void onus_walk_divide(onus_walk *walk, const onus_operation *instruction);
void onus_walk_one_operand(onus_walk *walk, const onus_operation *instruction, uint32_t op);
void onus_walk_logic(onus_walk *walk, const onus_operation *instruction, uint32_t op);
void onus_walk_shift(onus_walk *walk, const onus_operation *instruction, uint32_t op);
void onus_walk_compare(onus_walk *walk, const onus_operation *instruction, bool is_test);
/* One that is only known by its name. */
void onus_walk_other(onus_walk *walk, const onus_operation *instruction);

/* `known`: what discovery says of the call, or NULL. */
void onus_walk_call(onus_walk *walk, const onus_operation *instruction, const onus_call *known);
void onus_walk_push(onus_walk *walk, const onus_operation *instruction);
void onus_walk_pop(onus_walk *walk, const onus_operation *instruction);
void onus_walk_finish(onus_walk *walk);

#endif
