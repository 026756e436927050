/* What instructions compute, followed through registers and the frame inside a block.
 *
 * Which register holds a value, and whether it went through the stack in between, is the compiler's choice; what is
 * added, compared and stored is the author's. So each register holds a term: the hash of the operation that made it and
 * of the terms it was made of, with constants added apart, in one order for operations that have none. What leaves a
 * block (stores, comparisons, arguments, results) becomes a token. */
#include "code/fingerprint_internal.h"

enum {
  DEPTH_MAX = 5,
  OFFSET_MAX = 1 << 20,
  FRAME_STACK = 1,
  FRAME_BASE = 2,
  /* By number. */
  REGISTER_AX = 0,
  REGISTER_CX,
  REGISTER_DX,
  REGISTER_BX,
  REGISTER_SP,
  REGISTER_BP,
  REGISTER_SI,
  REGISTER_DI,
  /* What terms are made of. */
  OP_ANY = 1,
  OP_CONSTANT,
  OP_GLOBAL,
  OP_LOCAL,
  OP_RESULT,
  OP_LOAD,
  OP_STORE,
  OP_ADD,
  OP_SUBTRACT,
  OP_MULTIPLY,
  OP_DIVIDE,
  OP_REMAINDER,
  OP_SHIFT_RIGHT,
  OP_SHIFT_LEFT,
  OP_ROTATE,
  OP_AND,
  OP_OR,
  OP_XOR,
  OP_NOT,
  OP_NEGATE,
  OP_SWAP,
  OP_COMPARE,
  OP_TEST,
  OP_SELECT,
  OP_ARGUMENT,
  OP_RETURN,
  OP_OTHER = 1000,
};

static const onus_value any = {.kind = ONUS_VALUE_ANY};

/* Sums that wrap: numbers of hostile code may be of any size. */
static int64_t sum_of(int64_t first, int64_t second) {
  return (int64_t)((uint64_t)first + (uint64_t)second);
}

static onus_value constant(int64_t value) {
  return (onus_value){.kind = ONUS_VALUE_CONSTANT, .addend = value};
}

/* --- hashes of values --------------------------------------------------------------------------------------------- */

static uint32_t full_hash(const onus_value *value) {
  switch ((onus_value_kind)value->kind) {
  case ONUS_VALUE_CONSTANT:
    return onus_mix2(OP_CONSTANT, onus_mix((uint64_t)value->addend));
  case ONUS_VALUE_GLOBAL:
    return OP_GLOBAL;
  case ONUS_VALUE_LOCAL:
    return OP_LOCAL;
  case ONUS_VALUE_RESULT:
    return onus_mix2(OP_RESULT, onus_mix((uint64_t)value->addend));
  case ONUS_VALUE_TERM:
    return onus_mix2(value->full, onus_mix((uint64_t)value->addend));
  case ONUS_VALUE_ANY:
    break;
  }
  return value->addend == 0 ? OP_ANY : onus_mix2(OP_ANY, onus_mix((uint64_t)value->addend));
}

/* What a value is, without what it was made of. */
static uint32_t class_hash(const onus_value *value) {
  if (value->kind == ONUS_VALUE_CONSTANT)
    return onus_mix2(OP_CONSTANT, onus_mix((uint64_t)value->addend));
  return value->kind == ONUS_VALUE_GLOBAL ? OP_GLOBAL : value->kind == ONUS_VALUE_LOCAL ? OP_LOCAL : OP_ANY;
}

static onus_value term(uint32_t op, const onus_value *first, const onus_value *second, bool is_commutative) {
  uint8_t depth = (uint8_t)(1 + (first->depth > second->depth ? first->depth : second->depth));
  bool is_deep = depth > DEPTH_MAX;
  uint32_t a = is_deep ? class_hash(first) : full_hash(first), b = is_deep ? class_hash(second) : full_hash(second);
  if (is_commutative && a > b) {
    uint32_t swap = a;
    a = b;
    b = swap;
  }
  return (onus_value){.kind = ONUS_VALUE_TERM, .depth = is_deep ? 1 : depth, .full = onus_mix2(op, onus_mix2(a, b))};
}

/* --- tokens ------------------------------------------------------------------------------------------------------- */

static void add_step(onus_walk *walk, uint32_t op, uint32_t first, uint32_t second, bool is_commutative) {
  if (is_commutative && first > second) {
    uint32_t swap = first;
    first = second;
    second = swap;
  }
  onus_token_bag_add(&walk->bag, ONUS_TOKEN_STEP, onus_mix2(op, onus_mix2(first, second)));
}

static void add_slice(onus_walk *walk, uint32_t op, const onus_value *first, const onus_value *second,
                      bool is_commutative) {
  if (first->depth + second->depth < 1)
    return;
  uint32_t a = full_hash(first), b = full_hash(second);
  if (is_commutative && a > b) {
    uint32_t swap = a;
    a = b;
    b = swap;
  }
  onus_token_bag_add(&walk->bag, ONUS_TOKEN_SLICE, onus_mix2(op, onus_mix2(a, b)));
}

static void add_constant(onus_walk *walk, int64_t value) {
  if (value >= -1 && value <= 1)
    return;
  if (value < INT32_MIN || value > UINT32_MAX) { /* two numbers where registers have 32 bits */
    onus_token_bag_add(&walk->bag, ONUS_TOKEN_CONSTANT, onus_mix2(OP_CONSTANT, onus_mix((uint64_t)value)));
    onus_token_bag_add(&walk->bag, ONUS_TOKEN_CONSTANT, onus_mix2(OP_CONSTANT, (uint32_t)((uint64_t)value >> 32)));
  }
  onus_token_bag_add(&walk->bag, ONUS_TOKEN_CONSTANT, onus_mix2(OP_CONSTANT, (uint32_t)value));
}

static void settle_compare(onus_walk *walk, int64_t more) {
  if (walk->is_compare_pending)
    add_constant(walk, sum_of(walk->pending_compare, more));
  walk->is_compare_pending = false;
}

bool onus_walk_is_address(const onus_walk *walk, int64_t value) {
  return value > 0x1000 && !walk->program->is_64_bit && (uint64_t)value != walk->program->base &&
         onus_program_section_at(walk->program, (uint64_t)value) != NULL;
}

void onus_walk_refer(onus_walk *walk, uint64_t address, size_t width_bytes) {
  int32_t import = onus_program_import_at(walk->program, address);
  if (import != ONUS_IMPORT_NONE) {
    onus_token_bag_add(&walk->bag, ONUS_TOKEN_IMPORT, onus_import_hash(walk->program->imports[import].name));
    return;
  }
  if (onus_program_is_code(walk->program, address)) {
    const onus_function *function = onus_functions_at(walk->functions, address);
    uint32_t *called = function == NULL ? NULL : onus_list_add(walk->called);
    if (called != NULL)
      *called = (uint32_t)(function - walk->functions->functions);
    return;
  }
  onus_token_kind kind = ONUS_TOKEN_DATA;
  uint32_t hash = onus_data_hash(walk->program, address, width_bytes, &kind);
  if (hash != 0)
    onus_token_bag_add(&walk->bag, kind, hash);
}

/* --- registers and operands --------------------------------------------------------------------------------------- */

static onus_value register_value(const onus_walk *walk, int reg) {
  return reg < 0 ? any : walk->registers[reg];
}

static void set_register(onus_walk *walk, int reg, onus_value value) {
  if (reg >= 0 && reg != REGISTER_SP)
    walk->registers[reg] = value;
}

static onus_value add_values(const onus_value *first, const onus_value *second) {
  onus_value sum = *first;
  if (second->kind == ONUS_VALUE_CONSTANT) {
    sum.addend = sum_of(sum.addend, second->addend);
    if (sum.kind == ONUS_VALUE_RESULT) { /* not the result any more */
      sum = term(OP_ADD, first, second, true);
    } else if (sum.kind == ONUS_VALUE_ANY && sum.depth == 0) {
      sum.depth = 1;
    }
    return sum;
  }
  if (first->kind == ONUS_VALUE_CONSTANT)
    return add_values(second, first);
  onus_value a = *first, b = *second;
  int64_t addend = 0;
  if (a.kind == ONUS_VALUE_TERM || a.kind == ONUS_VALUE_ANY) {
    addend = a.addend;
    a.addend = 0;
  }
  if (b.kind == ONUS_VALUE_TERM || b.kind == ONUS_VALUE_ANY) {
    addend = sum_of(addend, b.addend);
    b.addend = 0;
  }
  sum = term(OP_ADD, &a, &b, true);
  sum.addend = addend;
  return sum;
}

static bool holds_got(const onus_walk *walk, int reg) {
  return reg >= 0 && (walk->got_registers >> reg & 1) != 0;
}

/* Where a memory operand points to. *ret_displacement: what was added in the instruction itself. */
static onus_value effective_address(const onus_walk *walk, const onus_operation *instruction,
                                    const onus_operand *operand) {
  int64_t displacement = operand->value;
  if (operand->base == ONUS_REGISTER_HERE)
    return (onus_value){.kind = ONUS_VALUE_GLOBAL,
                        .addend = (int64_t)(instruction->address + instruction->length_bytes + (uint64_t)displacement)};
  onus_value value = constant(displacement);
  bool is_32_bit = !walk->program->is_64_bit;
  if (is_32_bit)
    value.addend = (int64_t)(uint32_t)displacement;
  if (onus_walk_is_address(walk, value.addend))
    value.kind = ONUS_VALUE_GLOBAL;
  else if (is_32_bit)
    value.addend = (int32_t)displacement;
  if (operand->base != ONUS_REGISTER_NONE) {
    if (is_32_bit && holds_got(walk, operand->base) && instruction->displacement.length_bytes > 1) {
      value = (onus_value){.kind = ONUS_VALUE_GLOBAL,
                           .addend = (int64_t)(uint32_t)(walk->program->got_address + (uint64_t)displacement)};
    } else {
      onus_value base = register_value(walk, operand->base);
      value = add_values(&base, &value);
    }
  }
  if (operand->index != ONUS_REGISTER_NONE && operand->scale != 0) {
    onus_value index = register_value(walk, operand->index);
    onus_value scale = constant(operand->scale);
    if (operand->scale > 1)
      index = term(OP_MULTIPLY, &index, &scale, true);
    onus_value base = value;
    value = add_values(&base, &index);
    if (base.kind == ONUS_VALUE_GLOBAL && value.kind != ONUS_VALUE_GLOBAL)
      value.depth = value.depth == 0 ? 1 : value.depth;
  }
  return value;
}

/* Widths of a pointer are the same in 32 and 64 bits. */
static uint32_t width_class(unsigned bits) {
  return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 64 ? 4 : 16;
}

static onus_stack_slot *find_slot(onus_walk *walk, const onus_value *address) {
  for (size_t i = 0; i < ONUS_STACK_SLOTS; i++)
    if (walk->stack[i].frame == address->full && walk->stack[i].offset == address->addend)
      return &walk->stack[i];
  return NULL;
}

static bool is_stack_operand(const onus_value *address) {
  return address->kind == ONUS_VALUE_LOCAL;
}

/* A global named in the displacement of an operand with an index: a table. */
static void refer_table(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand) {
  if (operand->index == ONUS_REGISTER_NONE && operand->base == ONUS_REGISTER_NONE)
    return;
  onus_operand bare = *operand;
  bare.index = ONUS_REGISTER_NONE;
  if (operand->base != ONUS_REGISTER_NONE) {
    if (!holds_got(walk, operand->base))
      bare.base = ONUS_REGISTER_NONE;
  }
  onus_value value = effective_address(walk, instruction, &bare);
  if (value.kind == ONUS_VALUE_GLOBAL)
    onus_walk_refer(walk, (uint64_t)value.addend, 0);
}

static void note_memory(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand,
                        const onus_value *address, bool is_store) {
  if (is_stack_operand(address))
    return;
  walk->counts[is_store ? ONUS_COUNT_STORES : ONUS_COUNT_LOADS]++;
  if (address->kind == ONUS_VALUE_GLOBAL && operand->index == ONUS_REGISTER_NONE) {
    onus_walk_refer(walk, (uint64_t)address->addend, operand->width_bits / 8u);
    return;
  }
  refer_table(walk, instruction, operand);
  int64_t offset = address->addend;
  if (address->kind == ONUS_VALUE_CONSTANT || address->kind == ONUS_VALUE_GLOBAL || offset > OFFSET_MAX ||
      offset < -OFFSET_MAX)
    return;
  if (offset != 0)
    onus_token_bag_add(&walk->bag, ONUS_TOKEN_OFFSET, onus_mix2(OP_LOAD, (uint32_t)offset));
  add_step(walk, is_store ? OP_STORE : OP_LOAD, width_class(operand->width_bits), (uint32_t)offset, false);
}

static onus_value load(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand) {
  onus_value address = effective_address(walk, instruction, operand);
  note_memory(walk, instruction, operand, &address, false);
  if (is_stack_operand(&address)) {
    onus_stack_slot *slot = find_slot(walk, &address);
    return slot == NULL ? any : slot->value;
  }
  onus_value width = constant(width_class(operand->width_bits));
  return term(OP_LOAD, &address, &width, false);
}

static void store(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand,
                  const onus_value *value) {
  onus_value address = effective_address(walk, instruction, operand);
  note_memory(walk, instruction, operand, &address, true);
  if (is_stack_operand(&address)) {
    onus_stack_slot *slot = find_slot(walk, &address);
    if (slot == NULL) {
      slot = &walk->stack[walk->next_slot];
      walk->next_slot = (walk->next_slot + 1) % ONUS_STACK_SLOTS;
    }
    *slot = (onus_stack_slot){.frame = address.full, .offset = address.addend, .value = *value};
    return;
  }
  add_step(walk, OP_STORE + 500, (uint32_t)address.addend, class_hash(value), false);
  add_slice(walk, OP_STORE, &address, value, false);
}

static onus_value read_operand(onus_walk *walk, const onus_operation *instruction, unsigned index) {
  if (index >= instruction->n_operands)
    return any;
  const onus_operand *operand = &instruction->operands[index];
  switch (operand->type) {
  case ZYDIS_OPERAND_TYPE_REGISTER:
    return register_value(walk, operand->reg);
  case ZYDIS_OPERAND_TYPE_MEMORY:
    return load(walk, instruction, operand);
  case ZYDIS_OPERAND_TYPE_IMMEDIATE: {
    int64_t address = (int64_t)(uint32_t)operand->value;
    if (instruction->width_bits == 32 && onus_walk_is_address(walk, address))
      return (onus_value){.kind = ONUS_VALUE_GLOBAL, .addend = address};
    return constant(operand->value);
  }
  default:
    return any;
  }
}

static void write_operand(onus_walk *walk, const onus_operation *instruction, unsigned index, onus_value value) {
  if (index >= instruction->n_operands)
    return;
  const onus_operand *operand = &instruction->operands[index];
  if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER)
    set_register(walk, operand->reg, value);
  else if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY)
    store(walk, instruction, operand, &value);
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static bool is_stack_register(const onus_operand *operand) {
  return operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
         (operand->register_name == ZYDIS_REGISTER_RSP || operand->register_name == ZYDIS_REGISTER_ESP);
}

static bool is_same_register(const onus_operation *instruction) {
  return instruction->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
         instruction->operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
         instruction->operands[0].register_name == instruction->operands[1].register_name;
}

static void copy(onus_walk *walk, const onus_operation *instruction) {
  if (is_stack_register(&instruction->operands[0])) {
    walk->registers[4] = (onus_value){.kind = ONUS_VALUE_LOCAL, .full = FRAME_STACK, .addend = 1 << 24};
    return;
  }
  onus_value value = read_operand(walk, instruction, 1);
  if (value.kind == ONUS_VALUE_GLOBAL)
    onus_walk_refer(walk, (uint64_t)value.addend, 0);
  else if (instruction->operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
    add_constant(walk, value.addend);
  if (is_stack_register(&instruction->operands[1]) && instruction->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
      (instruction->operands[0].register_name == ZYDIS_REGISTER_RBP ||
       instruction->operands[0].register_name == ZYDIS_REGISTER_EBP)) {
    walk->has_frame = true;
    value = (onus_value){.kind = ONUS_VALUE_LOCAL, .full = FRAME_BASE};
  }
  write_operand(walk, instruction, 0, value);
}

static bool is_got_address(const onus_walk *walk, const onus_value *sum) {
  return !walk->program->is_64_bit && walk->program->got_address != 0 && sum->kind == ONUS_VALUE_CONSTANT &&
         (uint32_t)sum->addend == (uint32_t)walk->program->got_address;
}

static void add_or_subtract(onus_walk *walk, const onus_operation *instruction, bool is_subtract) {
  const onus_operand *target = &instruction->operands[0];
  onus_value second = read_operand(walk, instruction, 1);
  if (is_stack_register(target)) {
    int64_t by = is_subtract ? (int64_t)(0 - (uint64_t)second.addend) : second.addend;
    if (second.kind == ONUS_VALUE_CONSTANT)
      walk->registers[4].addend = sum_of(walk->registers[4].addend, by);
    return;
  }
  if (is_subtract && is_same_register(instruction)) {
    write_operand(walk, instruction, 0, constant(0));
    return;
  }
  onus_value first = read_operand(walk, instruction, 0), result;
  bool is_number = instruction->operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
  if (second.kind == ONUS_VALUE_CONSTANT) {
    if (is_subtract)
      second.addend = (int64_t)(0 - (uint64_t)second.addend);
    result = add_values(&first, &second);
    if (is_got_address(walk, &result)) {
      int index = target->type == ZYDIS_OPERAND_TYPE_REGISTER ? target->reg : ONUS_REGISTER_NONE;
      walk->got_registers |= index < 0 ? 0 : 1u << index;
      result = (onus_value){.kind = ONUS_VALUE_GLOBAL, .addend = result.addend};
    } else if (is_number) {
      add_constant(walk, second.addend < 0 ? sum_of(0, -second.addend) : second.addend);
    }
  } else if (is_subtract) {
    result = term(OP_SUBTRACT, &first, &second, false);
    add_step(walk, OP_SUBTRACT, class_hash(&first), class_hash(&second), false);
  } else {
    if (second.kind == ONUS_VALUE_GLOBAL && is_number)
      onus_walk_refer(walk, (uint64_t)second.addend, 0);
    result = add_values(&first, &second);
  }
  write_operand(walk, instruction, 0, result);
}

static void multiply(onus_walk *walk, const onus_operation *instruction) {
  walk->counts[ONUS_COUNT_MULTIPLIES]++;
  unsigned n = instruction->n_visible;
  onus_value first = read_operand(walk, instruction, n >= 3 ? 1 : 0);
  onus_value second = n >= 2 ? read_operand(walk, instruction, n >= 3 ? 2 : 1) : register_value(walk, REGISTER_AX);
  if (second.kind == ONUS_VALUE_CONSTANT)
    add_constant(walk, second.addend);
  onus_value product = term(OP_MULTIPLY, &first, &second, true);
  add_step(walk, OP_MULTIPLY, class_hash(&first), class_hash(&second), true);
  if (n >= 2) {
    write_operand(walk, instruction, 0, product);
  } else {
    set_register(walk, REGISTER_AX, product);
    set_register(walk, REGISTER_DX, term(OP_MULTIPLY + 500, &first, &second, true));
  }
}

static void divide(onus_walk *walk, const onus_operation *instruction) {
  walk->counts[ONUS_COUNT_MULTIPLIES]++;
  onus_value dividend = register_value(walk, REGISTER_AX), divisor = read_operand(walk, instruction, 0);
  if (divisor.kind == ONUS_VALUE_CONSTANT)
    add_constant(walk, divisor.addend);
  add_step(walk, OP_DIVIDE, class_hash(&dividend), class_hash(&divisor), false);
  set_register(walk, REGISTER_AX, term(OP_DIVIDE, &dividend, &divisor, false));
  set_register(walk, REGISTER_DX, term(OP_REMAINDER, &dividend, &divisor, false));
}

static void logic(onus_walk *walk, const onus_operation *instruction, uint32_t op) {
  if (op == OP_XOR && is_same_register(instruction)) {
    write_operand(walk, instruction, 0, constant(0));
    return;
  }
  if (is_stack_register(&instruction->operands[0]))
    return;
  onus_value second = read_operand(walk, instruction, 1), first = read_operand(walk, instruction, 0);
  walk->counts[ONUS_COUNT_LOGIC]++;
  if (second.kind == ONUS_VALUE_CONSTANT) {
    if (op == OP_AND && (second.addend == 0xff || second.addend == 0xffff || second.addend == -1)) {
      write_operand(walk, instruction, 0, first); /* as movzx does */
      return;
    }
    if (op == OP_OR && second.addend == -1) {
      write_operand(walk, instruction, 0, constant(-1));
      return;
    }
    add_constant(walk, second.addend);
  }
  add_step(walk, op, class_hash(&first), class_hash(&second), true);
  write_operand(walk, instruction, 0, term(op, &first, &second, true));
}

static void shift(onus_walk *walk, const onus_operation *instruction, uint32_t op) {
  onus_value first = read_operand(walk, instruction, 0);
  onus_value by = instruction->n_visible >= 2 ? read_operand(walk, instruction, 1) : constant(1);
  walk->counts[ONUS_COUNT_SHIFTS]++;
  if (by.kind == ONUS_VALUE_CONSTANT) {
    by.addend &= 63;
    if (instruction->mnemonic == ZYDIS_MNEMONIC_ROR)
      by.addend = (instruction->width_bits - by.addend) & 63;
    if (op == OP_SHIFT_LEFT && by.addend < 63) { /* as lea or imul would do */
      by.addend = (int64_t)1 << by.addend;
      op = OP_MULTIPLY;
    } else {
      add_step(walk, op, OP_ANY, class_hash(&by), false);
    }
  }
  write_operand(walk, instruction, 0, term(op, &first, &by, op == OP_MULTIPLY));
}

static void compare(onus_walk *walk, const onus_operation *instruction, bool is_test) {
  walk->counts[ONUS_COUNT_COMPARES]++;
  onus_value first = read_operand(walk, instruction, 0), second = read_operand(walk, instruction, 1);
  if (is_test && is_same_register(instruction)) {
    second = constant(0);
    is_test = false;
  }
  if (second.kind == ONUS_VALUE_CONSTANT && instruction->operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
    if (is_test) {
      add_constant(walk, second.addend);
    } else {
      walk->pending_compare = second.addend;
      walk->is_compare_pending = true;
    }
  } else if (second.kind == ONUS_VALUE_GLOBAL) {
    onus_walk_refer(walk, (uint64_t)second.addend, 0);
  }
  add_step(walk, is_test ? OP_TEST : OP_COMPARE, class_hash(&first), class_hash(&second), true);
  add_slice(walk, is_test ? OP_TEST : OP_COMPARE, &first, &second, true);
}

static void address_of(onus_walk *walk, const onus_operation *instruction) {
  const onus_operand *operand = &instruction->operands[1];
  onus_value value = effective_address(walk, instruction, operand);
  if (is_stack_register(&instruction->operands[0])) {
    if (value.kind == ONUS_VALUE_LOCAL && value.full == FRAME_STACK)
      walk->registers[4].addend = value.addend;
    return;
  }
  if (value.kind == ONUS_VALUE_GLOBAL) {
    onus_walk_refer(walk, (uint64_t)value.addend, 0);
  } else if (value.kind != ONUS_VALUE_LOCAL) {
    refer_table(walk, instruction, operand);
    int64_t displacement = operand->value;
    int64_t as_address = (int64_t)(uint32_t)displacement;
    if (!onus_walk_is_address(walk, as_address))
      add_constant(walk, displacement < 0 ? -displacement : displacement);
  }
  write_operand(walk, instruction, 0, value);
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

static void pass_arguments(onus_walk *walk) {
  static const int8_t system_v[] = {REGISTER_DI, REGISTER_SI, REGISTER_DX, REGISTER_CX, 8, 9};
  static const int8_t microsoft[] = {REGISTER_CX, REGISTER_DX, 8, 9};
  if (!walk->program->is_64_bit) {
    for (size_t i = 0; i < ONUS_STACK_SLOTS; i++) {
      onus_stack_slot *slot = &walk->stack[i];
      int64_t place = (int64_t)((uint64_t)slot->offset - (uint64_t)walk->registers[4].addend);
      if (slot->frame == FRAME_STACK && place >= 0 && place < 24) {
        onus_value nothing = any;
        add_step(walk, OP_ARGUMENT, class_hash(&slot->value), 0, false);
        add_slice(walk, OP_ARGUMENT, &slot->value, &nothing, false);
        slot->frame = 0;
      }
    }
    return;
  }
  bool is_pe = walk->program->format == ONUS_PROGRAM_PE;
  size_t n = is_pe ? sizeof microsoft / sizeof microsoft[0] : sizeof system_v / sizeof system_v[0];
  for (size_t i = 0; i < n; i++) {
    onus_value value = register_value(walk, is_pe ? microsoft[i] : system_v[i]), nothing = any;
    if (value.kind == ONUS_VALUE_ANY && value.addend == 0)
      continue;
    add_step(walk, OP_ARGUMENT, class_hash(&value), 0, false);
    add_slice(walk, OP_ARGUMENT, &value, &nothing, false);
  }
}

static void forget_after_call(onus_walk *walk, uint32_t name) {
  bool is_pe = walk->program->format == ONUS_PROGRAM_PE;
  for (int i = 0; i < ONUS_REGISTERS; i++) {
    bool is_kept = i == 3 || i == 4 || i == 5 || (i >= 12 && i < 16) || (is_pe && (i == 6 || i == 7));
    if (!walk->program->is_64_bit)
      is_kept = i >= 3 && i < 8;
    if (!is_kept)
      walk->registers[i] = any;
  }
  walk->registers[0] = (onus_value){.kind = ONUS_VALUE_RESULT, .addend = name};
}

/* A 32-bit function that gives its return address in a register. */
static bool read_pc_thunk(const onus_walk *walk, uint64_t target, int *ret_register) {
  const uint8_t *code = onus_program_at(walk->program, target, 4);
  if (code == NULL || code[0] != 0x8b || (code[1] & 0xc7) != 0x04 || code[2] != 0x24 || code[3] != 0xc3)
    return false;
  *ret_register = code[1] >> 3 & 7;
  return true;
}

/* A shared library may call what it exports through a stub, so that others can step in: where the stub leads to in the
 * library itself. An address that is no such stub is given back as it is. */
static uint64_t pass_stub(const onus_program *program, uint64_t address) {
  static const uint8_t landing_64[] = {0xf3, 0x0f, 0x1e, 0xfa}, landing_32[] = {0xf3, 0x0f, 0x1e, 0xfb};
  uint64_t at = address, slot = 0, target = 0;
  const uint8_t *code = onus_program_at(program, at, 4);
  if (code != NULL && (memcmp(code, landing_64, 4) == 0 || memcmp(code, landing_32, 4) == 0))
    at += 4;
  code = onus_program_at(program, at, 1);
  at += code != NULL && *code == 0xf2; /* bnd */
  code = onus_program_at(program, at, 6);
  if (code == NULL || code[0] != 0xff)
    return address;
  uint32_t number = onus_load_le32(code + 2);
  if (program->is_64_bit && code[1] == 0x25)
    slot = at + 6 + (uint64_t)(int64_t)(int32_t)number;
  else if (!program->is_64_bit && code[1] == 0x25)
    slot = number;
  else if (!program->is_64_bit && code[1] == 0xa3)
    slot = (uint32_t)(program->got_address + number);
  if (slot != 0 && onus_program_read_pointer(program, slot, &target) && onus_program_is_code(program, target))
    return target;
  return address;
}

static const onus_function *function_called(const onus_walk *walk, uint64_t address) {
  const onus_function *function = onus_functions_at(walk->functions, address);
  if (function != NULL && function->n_instructions > 2) /* no stub: it would end with its jump */
    return function;
  uint64_t target = pass_stub(walk->program, address);
  return target == address ? function : onus_functions_at(walk->functions, target);
}

static void call(onus_walk *walk, const onus_operation *instruction, const onus_call *known) {
  int thunk_register = 0;
  uint64_t after = instruction->address + instruction->length_bytes;
  if (known != NULL && !walk->program->is_64_bit && read_pc_thunk(walk, known->target, &thunk_register)) {
    walk->registers[thunk_register] = constant((int64_t)after);
    return;
  }
  if (!walk->program->is_64_bit && known == NULL && instruction->operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
    walk->registers[4].addend =
        sum_of(walk->registers[4].addend, -4); /* call of the next instruction: pushes its address */
    onus_stack_slot *slot = &walk->stack[walk->next_slot];
    walk->next_slot = (walk->next_slot + 1) % ONUS_STACK_SLOTS;
    *slot =
        (onus_stack_slot){.frame = FRAME_STACK, .offset = walk->registers[4].addend, .value = constant((int64_t)after)};
    return;
  }
  walk->counts[ONUS_COUNT_CALLS]++;
  pass_arguments(walk);
  uint32_t name = 0;
  if (known != NULL && known->import != ONUS_IMPORT_NONE) {
    name = onus_import_hash(walk->program->imports[known->import].name);
    onus_token_bag_add(&walk->bag, ONUS_TOKEN_IMPORT, name);
  } else if (known == NULL || known->target == 0) {
    walk->counts[ONUS_COUNT_INDIRECT_CALLS]++;
    if (instruction->operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY) {
      onus_value address = effective_address(walk, instruction, &instruction->operands[0]);
      note_memory(walk, instruction, &instruction->operands[0], &address, false);
    }
  } else {
    const onus_function *target = function_called(walk, known->target);
    uint32_t *called = target == NULL ? NULL : onus_list_add(walk->called);
    if (called != NULL)
      *called = (uint32_t)(target - walk->functions->functions);
  }
  forget_after_call(walk, name);
}

static void push(onus_walk *walk, const onus_operation *instruction) {
  int64_t width = walk->program->is_64_bit ? 8 : 4;
  onus_value value = read_operand(walk, instruction, 0);
  walk->registers[4].addend = sum_of(walk->registers[4].addend, -width);
  if (value.kind == ONUS_VALUE_GLOBAL)
    onus_walk_refer(walk, (uint64_t)value.addend, 0);
  else if (instruction->operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
    add_constant(walk, value.addend);
  onus_stack_slot *slot = &walk->stack[walk->next_slot];
  walk->next_slot = (walk->next_slot + 1) % ONUS_STACK_SLOTS;
  *slot = (onus_stack_slot){.frame = FRAME_STACK, .offset = walk->registers[4].addend, .value = value};
}

static void pop(onus_walk *walk, const onus_operation *instruction) {
  onus_value top = walk->registers[4];
  onus_stack_slot *slot = find_slot(walk, &top);
  onus_value value = slot == NULL ? any : slot->value;
  walk->registers[4].addend = sum_of(walk->registers[4].addend, walk->program->is_64_bit ? 8 : 4);
  if (instruction->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER)
    set_register(walk, instruction->operands[0].reg, value);
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

/* An operation that is only known by its name. */
static void other(onus_walk *walk, const onus_operation *instruction) {
  unsigned n = instruction->n_visible;
  uint32_t op = OP_OTHER + (uint32_t)instruction->mnemonic;
  onus_value first = any, second = any;
  for (unsigned i = 0; i < n; i++) {
    const onus_operand *operand = &instruction->operands[i];
    if ((operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ) == 0)
      continue;
    onus_value value = read_operand(walk, instruction, i);
    if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && value.kind == ONUS_VALUE_CONSTANT)
      add_constant(walk, value.addend);
    if (i == 0)
      first = value;
    else
      second = value;
  }
  if (instruction->category != ZYDIS_CATEGORY_NOP)
    add_step(walk, op, class_hash(&first), class_hash(&second), false);
  for (unsigned i = 0; i < instruction->n_operands; i++)
    if ((instruction->operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0)
      write_operand(walk, instruction, i, term(op, &first, &second, false));
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

static void jump(onus_walk *walk, const onus_operation *instruction, const onus_call *known) {
  if (known == NULL)
    return;
  if (instruction->category == ZYDIS_CATEGORY_UNCOND_BR || known->import != ONUS_IMPORT_NONE)
    call(walk, instruction, known);
}

static void finish(onus_walk *walk) {
  walk->counts[ONUS_COUNT_RETURNS]++;
  onus_value value = register_value(walk, REGISTER_AX), nothing = any;
  if (value.kind == ONUS_VALUE_ANY && value.addend == 0)
    return;
  add_step(walk, OP_RETURN, class_hash(&value), 0, false);
  add_slice(walk, OP_RETURN, &value, &nothing, false);
}

static void one_operand(onus_walk *walk, const onus_operation *instruction, uint32_t op) {
  onus_value value = read_operand(walk, instruction, 0), nothing = any;
  add_step(walk, op, class_hash(&value), 0, false);
  write_operand(walk, instruction, 0, term(op, &value, &nothing, false));
}

static void increment(onus_walk *walk, const onus_operation *instruction, int64_t by) {
  onus_value value = read_operand(walk, instruction, 0), step = constant(by);
  write_operand(walk, instruction, 0, add_values(&value, &step));
}

static void step(onus_walk *walk, const onus_operation *instruction, const onus_call *known) {
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
    copy(walk, instruction);
    return;
  case ZYDIS_MNEMONIC_LEA:
    address_of(walk, instruction);
    return;
  case ZYDIS_MNEMONIC_ADD:
    add_or_subtract(walk, instruction, false);
    return;
  case ZYDIS_MNEMONIC_SUB:
    add_or_subtract(walk, instruction, true);
    return;
  case ZYDIS_MNEMONIC_INC:
    increment(walk, instruction, 1);
    return;
  case ZYDIS_MNEMONIC_DEC:
    increment(walk, instruction, -1);
    return;
  case ZYDIS_MNEMONIC_IMUL:
  case ZYDIS_MNEMONIC_MUL:
    multiply(walk, instruction);
    return;
  case ZYDIS_MNEMONIC_DIV:
  case ZYDIS_MNEMONIC_IDIV:
    divide(walk, instruction);
    return;
  case ZYDIS_MNEMONIC_AND:
    logic(walk, instruction, OP_AND);
    return;
  case ZYDIS_MNEMONIC_OR:
    logic(walk, instruction, OP_OR);
    return;
  case ZYDIS_MNEMONIC_XOR:
    logic(walk, instruction, OP_XOR);
    return;
  case ZYDIS_MNEMONIC_SHL:
    shift(walk, instruction, OP_SHIFT_LEFT);
    return;
  case ZYDIS_MNEMONIC_SHR:
  case ZYDIS_MNEMONIC_SAR:
    shift(walk, instruction, OP_SHIFT_RIGHT);
    return;
  case ZYDIS_MNEMONIC_ROL:
  case ZYDIS_MNEMONIC_ROR:
    shift(walk, instruction, OP_ROTATE);
    return;
  case ZYDIS_MNEMONIC_NOT:
    one_operand(walk, instruction, OP_NOT);
    return;
  case ZYDIS_MNEMONIC_NEG:
    one_operand(walk, instruction, OP_NEGATE);
    return;
  case ZYDIS_MNEMONIC_BSWAP:
    one_operand(walk, instruction, OP_SWAP);
    return;
  case ZYDIS_MNEMONIC_CMP:
    compare(walk, instruction, false);
    return;
  case ZYDIS_MNEMONIC_TEST:
    compare(walk, instruction, true);
    return;
  case ZYDIS_MNEMONIC_CALL:
    call(walk, instruction, known);
    return;
  case ZYDIS_MNEMONIC_PUSH:
    push(walk, instruction);
    return;
  case ZYDIS_MNEMONIC_POP:
    pop(walk, instruction);
    return;
  case ZYDIS_MNEMONIC_RET:
    finish(walk);
    return;
  case ZYDIS_MNEMONIC_CDQE:
  case ZYDIS_MNEMONIC_CWDE:
  case ZYDIS_MNEMONIC_CDQ:
  case ZYDIS_MNEMONIC_CQO:
  case ZYDIS_MNEMONIC_NOP:
  case ZYDIS_MNEMONIC_ENDBR64:
  case ZYDIS_MNEMONIC_ENDBR32:
  case ZYDIS_MNEMONIC_LEAVE:
    return;
  default:
    break;
  }
  switch (instruction->category) {
  case ZYDIS_CATEGORY_COND_BR:
  case ZYDIS_CATEGORY_UNCOND_BR:
    jump(walk, instruction, known);
    return;
  case ZYDIS_CATEGORY_CMOV: {
    onus_value first = read_operand(walk, instruction, 0), second = read_operand(walk, instruction, 1);
    write_operand(walk, instruction, 0, term(OP_SELECT, &first, &second, true));
    return;
  }
  case ZYDIS_CATEGORY_SETCC:
    write_operand(walk, instruction, 0, any);
    return;
  default:
    other(walk, instruction);
    return;
  }
}

void onus_walk_step(onus_walk *walk, const onus_operation *instruction, const onus_call *call_known) {
  if (walk->is_compare_pending)
    settle_compare(walk, condition_more(instruction->mnemonic));
  if (is_float(instruction))
    walk->counts[ONUS_COUNT_FLOATS]++;
  step(walk, instruction, call_known);
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
    walk->registers[i] = any;
  walk->registers[4] = (onus_value){.kind = ONUS_VALUE_LOCAL, .full = FRAME_STACK};
  if (walk->has_frame)
    walk->registers[5] = (onus_value){.kind = ONUS_VALUE_LOCAL, .full = FRAME_BASE};
  for (size_t i = 0; i < ONUS_STACK_SLOTS; i++)
    walk->stack[i].frame = 0;
  walk->next_slot = 0;
}
