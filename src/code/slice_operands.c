/* What operands read and write: registers, memory, what stands in the program. */
#include "code/slice_internal.h"

enum { OFFSET_MAX = 1 << 20 };

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

/* --- memory ------------------------------------------------------------------------------------------------------- */

static bool holds_got(const onus_walk *walk, int reg) {
  return reg >= 0 && (walk->got_registers >> reg & 1) != 0;
}

onus_value onus_walk_address(const onus_walk *walk, const onus_operation *instruction, const onus_operand *operand) {
  int64_t displacement = operand->value;
  if (operand->base == ONUS_REGISTER_HERE)
    return (onus_value){.kind = ONUS_VALUE_GLOBAL,
                        .addend = (int64_t)(instruction->address + instruction->length_bytes + (uint64_t)displacement)};
  onus_value value = onus_value_constant(displacement);
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
      onus_value base = onus_walk_register(walk, operand->base);
      value = onus_value_sum(&base, &value);
    }
  }
  if (operand->index != ONUS_REGISTER_NONE && operand->scale != 0) {
    onus_value index = onus_walk_register(walk, operand->index);
    onus_value scale = onus_value_constant(operand->scale);
    if (operand->scale > 1)
      index = onus_value_term(ONUS_OP_MULTIPLY, &index, &scale, true);
    onus_value base = value;
    value = onus_value_sum(&base, &index);
    if (base.kind == ONUS_VALUE_GLOBAL && value.kind != ONUS_VALUE_GLOBAL)
      value.depth = value.depth == 0 ? 1 : value.depth;
  }
  return value;
}

/* Widths of a pointer are the same in 32 and 64 bits. */
static uint32_t width_class(unsigned bits) {
  return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 64 ? 4 : 16;
}

onus_stack_slot *onus_walk_slot(onus_walk *walk, const onus_value *address) {
  for (size_t i = 0; i < ONUS_STACK_SLOTS; i++)
    if (walk->stack[i].frame == address->full && walk->stack[i].offset == address->addend)
      return &walk->stack[i];
  return NULL;
}

onus_stack_slot *onus_walk_new_slot(onus_walk *walk) {
  onus_stack_slot *slot = &walk->stack[walk->next_slot];
  walk->next_slot = (walk->next_slot + 1) % ONUS_STACK_SLOTS;
  return slot;
}

static bool is_stack_operand(const onus_value *address) {
  return address->kind == ONUS_VALUE_LOCAL;
}

/* A global named in the displacement of an operand with an index: a table. */
void onus_walk_refer_table(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand) {
  if (operand->index == ONUS_REGISTER_NONE && operand->base == ONUS_REGISTER_NONE)
    return;
  onus_operand bare = *operand;
  bare.index = ONUS_REGISTER_NONE;
  if (operand->base != ONUS_REGISTER_NONE) {
    if (!holds_got(walk, operand->base))
      bare.base = ONUS_REGISTER_NONE;
  }
  onus_value value = onus_walk_address(walk, instruction, &bare);
  if (value.kind == ONUS_VALUE_GLOBAL)
    onus_walk_refer(walk, (uint64_t)value.addend, 0);
}

void onus_walk_note_memory(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand,
                           const onus_value *address, bool is_store) {
  if (is_stack_operand(address))
    return;
  walk->counts[is_store ? ONUS_COUNT_STORES : ONUS_COUNT_LOADS]++;
  if (address->kind == ONUS_VALUE_GLOBAL && operand->index == ONUS_REGISTER_NONE) {
    onus_walk_refer(walk, (uint64_t)address->addend, operand->width_bits / 8u);
    return;
  }
  onus_walk_refer_table(walk, instruction, operand);
  int64_t offset = address->addend;
  if (address->kind == ONUS_VALUE_CONSTANT || address->kind == ONUS_VALUE_GLOBAL || offset > OFFSET_MAX ||
      offset < -OFFSET_MAX)
    return;
  if (offset != 0)
    onus_token_bag_add(&walk->bag, ONUS_TOKEN_OFFSET, onus_mix2(ONUS_OP_LOAD, (uint32_t)offset));
  onus_walk_add_step(walk, is_store ? ONUS_OP_STORE : ONUS_OP_LOAD, width_class(operand->width_bits), (uint32_t)offset,
                     false);
}

static onus_value load(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand) {
  onus_value address = onus_walk_address(walk, instruction, operand);
  onus_walk_note_memory(walk, instruction, operand, &address, false);
  if (is_stack_operand(&address)) {
    onus_stack_slot *slot = onus_walk_slot(walk, &address);
    return slot == NULL ? ONUS_ANY : slot->value;
  }
  onus_value width = onus_value_constant(width_class(operand->width_bits));
  return onus_value_term(ONUS_OP_LOAD, &address, &width, false);
}

static void store(onus_walk *walk, const onus_operation *instruction, const onus_operand *operand,
                  const onus_value *value) {
  onus_value address = onus_walk_address(walk, instruction, operand);
  onus_walk_note_memory(walk, instruction, operand, &address, true);
  if (is_stack_operand(&address)) {
    onus_stack_slot *slot = onus_walk_slot(walk, &address);
    if (slot == NULL)
      slot = onus_walk_new_slot(walk);
    *slot = (onus_stack_slot){.frame = address.full, .offset = address.addend, .value = *value};
    return;
  }
  onus_walk_add_step(walk, ONUS_OP_STORE + 500, (uint32_t)address.addend, onus_value_class(value), false);
  onus_walk_add_slice(walk, ONUS_OP_STORE, &address, value, false);
}

/* --- operands ----------------------------------------------------------------------------------------------------- */

onus_value onus_walk_read(onus_walk *walk, const onus_operation *instruction, unsigned index) {
  if (index >= instruction->n_operands)
    return ONUS_ANY;
  const onus_operand *operand = &instruction->operands[index];
  switch (operand->type) {
  case ZYDIS_OPERAND_TYPE_REGISTER:
    return onus_walk_register(walk, operand->reg);
  case ZYDIS_OPERAND_TYPE_MEMORY:
    return load(walk, instruction, operand);
  case ZYDIS_OPERAND_TYPE_IMMEDIATE: {
    int64_t address = (int64_t)(uint32_t)operand->value;
    if (instruction->width_bits == 32 && onus_walk_is_address(walk, address))
      return (onus_value){.kind = ONUS_VALUE_GLOBAL, .addend = address};
    return onus_value_constant(operand->value);
  }
  default:
    return ONUS_ANY;
  }
}

void onus_walk_write(onus_walk *walk, const onus_operation *instruction, unsigned index, onus_value value) {
  if (index >= instruction->n_operands)
    return;
  const onus_operand *operand = &instruction->operands[index];
  if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER)
    onus_walk_set_register(walk, operand->reg, value);
  else if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY)
    store(walk, instruction, operand, &value);
}
