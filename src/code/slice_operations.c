/* What single instructions compute. */
#include "code/slice_internal.h"

static bool is_stack_register(const onus_operand *operand) {
  return operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
         (operand->register_name == ZYDIS_REGISTER_RSP || operand->register_name == ZYDIS_REGISTER_ESP);
}

static bool is_same_register(const onus_operation *instruction) {
  return instruction->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
         instruction->operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
         instruction->operands[0].register_name == instruction->operands[1].register_name;
}

void onus_walk_copy(onus_walk *walk, const onus_operation *instruction) {
  if (is_stack_register(&instruction->operands[0])) {
    walk->registers[ONUS_REGISTER_SP] =
        (onus_value){.kind = ONUS_VALUE_LOCAL, .full = ONUS_FRAME_STACK, .addend = 1 << 24};
    return;
  }
  onus_value value = onus_walk_read(walk, instruction, 1);
  if (value.kind == ONUS_VALUE_GLOBAL)
    onus_walk_refer(walk, (uint64_t)value.addend, 0);
  else if (instruction->operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
    onus_walk_add_constant(walk, value.addend);
  if (is_stack_register(&instruction->operands[1]) && instruction->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
      (instruction->operands[0].register_name == ZYDIS_REGISTER_RBP ||
       instruction->operands[0].register_name == ZYDIS_REGISTER_EBP)) {
    walk->has_frame = true;
    value = (onus_value){.kind = ONUS_VALUE_LOCAL, .full = ONUS_FRAME_BASE};
  }
  onus_walk_write(walk, instruction, 0, value);
}

static bool is_got_address(const onus_walk *walk, const onus_value *sum) {
  return !walk->program->is_64_bit && walk->program->got_address != 0 && sum->kind == ONUS_VALUE_CONSTANT &&
         (uint32_t)sum->addend == (uint32_t)walk->program->got_address;
}

void onus_walk_add_or_subtract(onus_walk *walk, const onus_operation *instruction, bool is_subtract) {
  const onus_operand *target = &instruction->operands[0];
  onus_value second = onus_walk_read(walk, instruction, 1);
  if (is_stack_register(target)) {
    int64_t by = is_subtract ? (int64_t)(0 - (uint64_t)second.addend) : second.addend;
    if (second.kind == ONUS_VALUE_CONSTANT)
      walk->registers[ONUS_REGISTER_SP].addend = onus_wrap_sum(walk->registers[ONUS_REGISTER_SP].addend, by);
    return;
  }
  if (is_subtract && is_same_register(instruction)) {
    onus_walk_write(walk, instruction, 0, onus_value_constant(0));
    return;
  }
  onus_value first = onus_walk_read(walk, instruction, 0), result;
  bool is_number = instruction->operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
  if (second.kind == ONUS_VALUE_CONSTANT) {
    if (is_subtract)
      second.addend = (int64_t)(0 - (uint64_t)second.addend);
    result = onus_value_sum(&first, &second);
    if (is_got_address(walk, &result)) {
      int index = target->type == ZYDIS_OPERAND_TYPE_REGISTER ? target->reg : ONUS_REGISTER_NONE;
      walk->got_registers |= index < 0 ? 0 : 1u << index;
      result = (onus_value){.kind = ONUS_VALUE_GLOBAL, .addend = result.addend};
    } else if (is_number) {
      onus_walk_add_constant(walk, second.addend < 0 ? onus_wrap_sum(0, -second.addend) : second.addend);
    }
  } else if (is_subtract) {
    result = onus_value_term(ONUS_OP_SUBTRACT, &first, &second, false);
    onus_walk_add_step(walk, ONUS_OP_SUBTRACT, onus_value_class(&first), onus_value_class(&second), false);
  } else {
    if (second.kind == ONUS_VALUE_GLOBAL && is_number)
      onus_walk_refer(walk, (uint64_t)second.addend, 0);
    result = onus_value_sum(&first, &second);
  }
  onus_walk_write(walk, instruction, 0, result);
}

void onus_walk_increment(onus_walk *walk, const onus_operation *instruction, int64_t by) {
  onus_value value = onus_walk_read(walk, instruction, 0), step = onus_value_constant(by);
  onus_walk_write(walk, instruction, 0, onus_value_sum(&value, &step));
}

void onus_walk_one_operand(onus_walk *walk, const onus_operation *instruction, uint32_t op) {
  onus_value value = onus_walk_read(walk, instruction, 0), nothing = ONUS_ANY;
  onus_walk_add_step(walk, op, onus_value_class(&value), 0, false);
  onus_walk_write(walk, instruction, 0, onus_value_term(op, &value, &nothing, false));
}

void onus_walk_multiply(onus_walk *walk, const onus_operation *instruction) {
  walk->counts[ONUS_COUNT_MULTIPLIES]++;
  unsigned n = instruction->n_visible;
  onus_value first = onus_walk_read(walk, instruction, n >= 3 ? 1 : 0);
  onus_value second =
      n >= 2 ? onus_walk_read(walk, instruction, n >= 3 ? 2 : 1) : onus_walk_register(walk, ONUS_REGISTER_AX);
  if (second.kind == ONUS_VALUE_CONSTANT)
    onus_walk_add_constant(walk, second.addend);
  onus_value product = onus_value_term(ONUS_OP_MULTIPLY, &first, &second, true);
  onus_walk_add_step(walk, ONUS_OP_MULTIPLY, onus_value_class(&first), onus_value_class(&second), true);
  if (n >= 2) {
    onus_walk_write(walk, instruction, 0, product);
  } else {
    onus_walk_set_register(walk, ONUS_REGISTER_AX, product);
    onus_walk_set_register(walk, ONUS_REGISTER_DX, onus_value_term(ONUS_OP_MULTIPLY + 500, &first, &second, true));
  }
}

void onus_walk_divide(onus_walk *walk, const onus_operation *instruction) {
  walk->counts[ONUS_COUNT_MULTIPLIES]++;
  onus_value dividend = onus_walk_register(walk, ONUS_REGISTER_AX), divisor = onus_walk_read(walk, instruction, 0);
  if (divisor.kind == ONUS_VALUE_CONSTANT)
    onus_walk_add_constant(walk, divisor.addend);
  onus_walk_add_step(walk, ONUS_OP_DIVIDE, onus_value_class(&dividend), onus_value_class(&divisor), false);
  onus_walk_set_register(walk, ONUS_REGISTER_AX, onus_value_term(ONUS_OP_DIVIDE, &dividend, &divisor, false));
  onus_walk_set_register(walk, ONUS_REGISTER_DX, onus_value_term(ONUS_OP_REMAINDER, &dividend, &divisor, false));
}

void onus_walk_logic(onus_walk *walk, const onus_operation *instruction, uint32_t op) {
  if (op == ONUS_OP_XOR && is_same_register(instruction)) {
    onus_walk_write(walk, instruction, 0, onus_value_constant(0));
    return;
  }
  if (is_stack_register(&instruction->operands[0]))
    return;
  onus_value second = onus_walk_read(walk, instruction, 1), first = onus_walk_read(walk, instruction, 0);
  walk->counts[ONUS_COUNT_LOGIC]++;
  if (second.kind == ONUS_VALUE_CONSTANT) {
    if (op == ONUS_OP_AND && (second.addend == 0xff || second.addend == 0xffff || second.addend == -1)) {
      onus_walk_write(walk, instruction, 0, first); /* as movzx does */
      return;
    }
    if (op == ONUS_OP_OR && second.addend == -1) {
      onus_walk_write(walk, instruction, 0, onus_value_constant(-1));
      return;
    }
    onus_walk_add_constant(walk, second.addend);
  }
  onus_walk_add_step(walk, op, onus_value_class(&first), onus_value_class(&second), true);
  onus_walk_write(walk, instruction, 0, onus_value_term(op, &first, &second, true));
}

void onus_walk_shift(onus_walk *walk, const onus_operation *instruction, uint32_t op) {
  onus_value first = onus_walk_read(walk, instruction, 0);
  onus_value by = instruction->n_visible >= 2 ? onus_walk_read(walk, instruction, 1) : onus_value_constant(1);
  walk->counts[ONUS_COUNT_SHIFTS]++;
  if (by.kind == ONUS_VALUE_CONSTANT) {
    by.addend &= 63;
    if (instruction->mnemonic == ZYDIS_MNEMONIC_ROR)
      by.addend = (instruction->width_bits - by.addend) & 63;
    if (op == ONUS_OP_SHIFT_LEFT && by.addend < 63) { /* as lea or imul would do */
      by.addend = (int64_t)1 << by.addend;
      op = ONUS_OP_MULTIPLY;
    } else {
      onus_walk_add_step(walk, op, ONUS_OP_ANY, onus_value_class(&by), false);
    }
  }
  onus_walk_write(walk, instruction, 0, onus_value_term(op, &first, &by, op == ONUS_OP_MULTIPLY));
}

void onus_walk_compare(onus_walk *walk, const onus_operation *instruction, bool is_test) {
  walk->counts[ONUS_COUNT_COMPARES]++;
  onus_value first = onus_walk_read(walk, instruction, 0), second = onus_walk_read(walk, instruction, 1);
  if (is_test && is_same_register(instruction)) {
    second = onus_value_constant(0);
    is_test = false;
  }
  if (second.kind == ONUS_VALUE_CONSTANT && instruction->operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
    if (is_test) {
      onus_walk_add_constant(walk, second.addend);
    } else {
      walk->pending_compare = second.addend;
      walk->is_compare_pending = true;
    }
  } else if (second.kind == ONUS_VALUE_GLOBAL) {
    onus_walk_refer(walk, (uint64_t)second.addend, 0);
  }
  onus_walk_add_step(walk, is_test ? ONUS_OP_TEST : ONUS_OP_COMPARE, onus_value_class(&first),
                     onus_value_class(&second), true);
  onus_walk_add_slice(walk, is_test ? ONUS_OP_TEST : ONUS_OP_COMPARE, &first, &second, true);
}

void onus_walk_lea(onus_walk *walk, const onus_operation *instruction) {
  const onus_operand *operand = &instruction->operands[1];
  onus_value value = onus_walk_address(walk, instruction, operand);
  if (is_stack_register(&instruction->operands[0])) {
    if (value.kind == ONUS_VALUE_LOCAL && value.full == ONUS_FRAME_STACK)
      walk->registers[ONUS_REGISTER_SP].addend = value.addend;
    return;
  }
  if (value.kind == ONUS_VALUE_GLOBAL) {
    onus_walk_refer(walk, (uint64_t)value.addend, 0);
  } else if (value.kind != ONUS_VALUE_LOCAL) {
    onus_walk_refer_table(walk, instruction, operand);
    int64_t displacement = operand->value;
    int64_t as_address = (int64_t)(uint32_t)displacement;
    if (!onus_walk_is_address(walk, as_address))
      onus_walk_add_constant(walk, displacement < 0 ? -displacement : displacement);
  }
  onus_walk_write(walk, instruction, 0, value);
}

/* An operation that is only known by its name. */
void onus_walk_other(onus_walk *walk, const onus_operation *instruction) {
  unsigned n = instruction->n_visible;
  uint32_t op = ONUS_OP_OTHER + (uint32_t)instruction->mnemonic;
  onus_value first = ONUS_ANY, second = ONUS_ANY;
  for (unsigned i = 0; i < n; i++) {
    const onus_operand *operand = &instruction->operands[i];
    if ((operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ) == 0)
      continue;
    onus_value value = onus_walk_read(walk, instruction, i);
    if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && value.kind == ONUS_VALUE_CONSTANT)
      onus_walk_add_constant(walk, value.addend);
    if (i == 0)
      first = value;
    else
      second = value;
  }
  if (instruction->category != ZYDIS_CATEGORY_NOP)
    onus_walk_add_step(walk, op, onus_value_class(&first), onus_value_class(&second), false);
  for (unsigned i = 0; i < instruction->n_operands; i++)
    if ((instruction->operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0)
      onus_walk_write(walk, instruction, i, onus_value_term(op, &first, &second, false));
}
