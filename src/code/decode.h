/* Instructions, decoded as far as discovery (onus_flow) and fingerprints (onus_operation) need.
 *
 * Zydis says what an instruction is. Its answer is kept for each way of encoding one (prefix, opcode, its extension,
 * memory or registers), of which programs use some hundreds; the next instruction of that kind is the same answer with
 * other registers, displacement and number. Kinds that more than that decides upon are never kept. */
#ifndef ONUS_CODE_DECODE_H
#define ONUS_CODE_DECODE_H

#include "base/error.h"
#include "code/flow.h"

/* Registers: 0 to 15 general, from 16 on those of vectors. */
enum { ONUS_REGISTER_OTHER = -2, ONUS_REGISTER_HERE = -3 /* the address of the next instruction */ };

typedef struct onus_operand {
  uint8_t type;           /* ZydisOperandType */
  uint8_t actions;        /* ZydisOperandActions */
  int8_t reg;             /* of a register operand */
  int8_t base, index;     /* of a memory operand; ONUS_REGISTER_NONE: none */
  uint8_t scale;          /* … 0: no index */
  uint16_t register_name; /* ZydisRegister */
  uint16_t width_bits;
  int64_t value; /* the number itself, as wide as the operation; the displacement, 0 when there is none */
} onus_operand;

/* Where in the instruction a number lies that may be an address. */
typedef struct onus_field {
  uint8_t offset, length_bytes; /* length 0: none */
  bool is_relative;
} onus_field;

typedef struct onus_operation {
  uint64_t address;
  uint16_t mnemonic; /* ZydisMnemonic */
  uint8_t category;  /* ZydisInstructionCategory */
  uint8_t length_bytes, width_bits;
  uint8_t n_operands, n_visible; /* those that are not written come last */
  onus_field displacement, numbers[2];
  onus_operand operands[ZYDIS_MAX_OPERAND_COUNT];
} onus_operation;

typedef struct onus_decoder onus_decoder;

/* NULL without memory. Not for several threads at once: it keeps what it has learnt. */
onus_decoder *onus_decoder_new(bool is_64_bit);
void onus_decoder_free(onus_decoder *decoder);

/* The instruction at `bytes`, of which `left_bytes` are there. False when none begins there. */
bool onus_decode_flow(onus_decoder *decoder, const uint8_t *bytes, uint64_t left_bytes, uint64_t address,
                      onus_flow *ret_flow);
bool onus_decode_operation(onus_decoder *decoder, const uint8_t *bytes, uint64_t left_bytes, uint64_t address,
                           onus_operation *ret_operation);

/* The same by Zydis alone, as tests compare. */
bool onus_operation_of_zydis(const ZydisDecoder *decoder, const uint8_t *bytes, uint64_t left_bytes, uint64_t address,
                             onus_operation *ret_operation);

#endif
