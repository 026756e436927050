/* Calls, and what the stack carries to them. */
#include "code/slice_internal.h"

static void pass_arguments(onus_walk *walk) {
  static const int8_t system_v[] = {ONUS_REGISTER_DI, ONUS_REGISTER_SI, ONUS_REGISTER_DX, ONUS_REGISTER_CX, 8, 9};
  static const int8_t microsoft[] = {ONUS_REGISTER_CX, ONUS_REGISTER_DX, 8, 9};
  if (!walk->program->is_64_bit) {
    for (size_t i = 0; i < ONUS_STACK_SLOTS; i++) {
      onus_stack_slot *slot = &walk->stack[i];
      int64_t place = (int64_t)((uint64_t)slot->offset - (uint64_t)walk->registers[ONUS_REGISTER_SP].addend);
      if (slot->frame == ONUS_FRAME_STACK && place >= 0 && place < 24) {
        onus_value nothing = ONUS_ANY;
        onus_walk_add_step(walk, ONUS_OP_ARGUMENT, onus_value_class(&slot->value), 0, false);
        onus_walk_add_slice(walk, ONUS_OP_ARGUMENT, &slot->value, &nothing, false);
        slot->frame = 0;
      }
    }
    return;
  }
  bool is_pe = walk->program->format == ONUS_PROGRAM_PE;
  size_t n = is_pe ? sizeof microsoft / sizeof microsoft[0] : sizeof system_v / sizeof system_v[0];
  for (size_t i = 0; i < n; i++) {
    onus_value value = onus_walk_register(walk, is_pe ? microsoft[i] : system_v[i]), nothing = ONUS_ANY;
    if (value.kind == ONUS_VALUE_ANY && value.addend == 0)
      continue;
    onus_walk_add_step(walk, ONUS_OP_ARGUMENT, onus_value_class(&value), 0, false);
    onus_walk_add_slice(walk, ONUS_OP_ARGUMENT, &value, &nothing, false);
  }
}

static void forget_after_call(onus_walk *walk, uint32_t name) {
  bool is_pe = walk->program->format == ONUS_PROGRAM_PE;
  for (int i = 0; i < ONUS_REGISTERS; i++) {
    bool is_kept = i == 3 || i == 4 || i == 5 || (i >= 12 && i < 16) || (is_pe && (i == 6 || i == 7));
    if (!walk->program->is_64_bit)
      is_kept = i >= 3 && i < 8;
    if (!is_kept)
      walk->registers[i] = ONUS_ANY;
  }
  walk->registers[ONUS_REGISTER_AX] = (onus_value){.kind = ONUS_VALUE_RESULT, .addend = name};
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

void onus_walk_call(onus_walk *walk, const onus_operation *instruction, const onus_call *known) {
  int thunk_register = 0;
  uint64_t after = instruction->address + instruction->length_bytes;
  if (known != NULL && !walk->program->is_64_bit && read_pc_thunk(walk, known->target, &thunk_register)) {
    walk->registers[thunk_register] = onus_value_constant((int64_t)after);
    return;
  }
  if (!walk->program->is_64_bit && known == NULL && instruction->operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
    walk->registers[ONUS_REGISTER_SP].addend = onus_wrap_sum(walk->registers[ONUS_REGISTER_SP].addend,
                                                             -4); /* call of the next instruction: pushes its address */
    *onus_walk_new_slot(walk) = (onus_stack_slot){.frame = ONUS_FRAME_STACK,
                                                  .offset = walk->registers[ONUS_REGISTER_SP].addend,
                                                  .value = onus_value_constant((int64_t)after)};
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
      onus_value address = onus_walk_address(walk, instruction, &instruction->operands[0]);
      onus_walk_note_memory(walk, instruction, &instruction->operands[0], &address, false);
    }
  } else {
    const onus_function *target = function_called(walk, known->target);
    uint32_t *called = target == NULL ? NULL : onus_list_add(walk->called);
    if (called != NULL)
      *called = (uint32_t)(target - walk->functions->functions);
  }
  forget_after_call(walk, name);
}

void onus_walk_push(onus_walk *walk, const onus_operation *instruction) {
  int64_t width = walk->program->is_64_bit ? 8 : 4;
  onus_value value = onus_walk_read(walk, instruction, 0);
  walk->registers[ONUS_REGISTER_SP].addend = onus_wrap_sum(walk->registers[ONUS_REGISTER_SP].addend, -width);
  if (value.kind == ONUS_VALUE_GLOBAL)
    onus_walk_refer(walk, (uint64_t)value.addend, 0);
  else if (instruction->operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
    onus_walk_add_constant(walk, value.addend);
  *onus_walk_new_slot(walk) =
      (onus_stack_slot){.frame = ONUS_FRAME_STACK, .offset = walk->registers[ONUS_REGISTER_SP].addend, .value = value};
}

void onus_walk_pop(onus_walk *walk, const onus_operation *instruction) {
  onus_value top = walk->registers[ONUS_REGISTER_SP];
  onus_stack_slot *slot = onus_walk_slot(walk, &top);
  onus_value value = slot == NULL ? ONUS_ANY : slot->value;
  walk->registers[ONUS_REGISTER_SP].addend =
      onus_wrap_sum(walk->registers[ONUS_REGISTER_SP].addend, walk->program->is_64_bit ? 8 : 4);
  if (instruction->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER)
    onus_walk_set_register(walk, instruction->operands[0].reg, value);
}

void onus_walk_finish(onus_walk *walk) {
  walk->counts[ONUS_COUNT_RETURNS]++;
  onus_value value = onus_walk_register(walk, ONUS_REGISTER_AX), nothing = ONUS_ANY;
  if (value.kind == ONUS_VALUE_ANY && value.addend == 0)
    return;
  onus_walk_add_step(walk, ONUS_OP_RETURN, onus_value_class(&value), 0, false);
  onus_walk_add_slice(walk, ONUS_OP_RETURN, &value, &nothing, false);
}
