/* The functions of a program, found without symbols.
 *
 * Every byte of code is decoded at most once, and every table has a cap, so that the work is proportional to the size
 * of the file whatever the file says. A block belongs to one function. Addresses are those of memory (onus_program). */
#ifndef ONUS_CODE_FUNCTIONS_H
#define ONUS_CODE_FUNCTIONS_H

#include "code/program.h"

#include <Zydis/Zydis.h>

/* Instructions that run one after the other: a jump goes to the first and leaves from the last. */
typedef struct onus_block {
  uint64_t address;
  uint32_t length_bytes, n_instructions;
  uint32_t first_edge, n_edges; /* into edges: where it goes on inside the function */
} onus_block;

typedef enum onus_call_kind {
  ONUS_CALL_DIRECT,   /* call of an address of the program, which may be a stub of an import */
  ONUS_CALL_INDIRECT, /* call through a slot of an import */
  ONUS_CALL_TAIL,     /* a jump (or running on) to another function, or to an import */
} onus_call_kind;

typedef struct onus_call {
  uint64_t from;   /* the instruction */
  uint64_t target; /* the function called; 0 when only the import is known */
  int32_t import;  /* what is called in the end, through stubs and thunks too; ONUS_IMPORT_NONE */
  uint8_t kind;    /* onus_call_kind */
} onus_call;

/* How we know of a function; the strongest ground counts. */
typedef enum onus_function_evidence {
  ONUS_FUNCTION_ENTRY,   /* the system calls it: entry point, init array, TLS callback, guard table */
  ONUS_FUNCTION_EXPORT,  /* exported */
  ONUS_FUNCTION_UNWIND,  /* an unwind table begins here */
  ONUS_FUNCTION_CALL,    /* called directly */
  ONUS_FUNCTION_TAIL,    /* jumped to from another function */
  ONUS_FUNCTION_POINTER, /* its address is taken: relocations, data, lea */
  ONUS_FUNCTION_GAP,     /* code between functions that looks like the start of one */
} onus_function_evidence;

typedef struct onus_function {
  uint64_t address;
  uint64_t extent_bytes; /* from address to the end of the last block that follows it without another function */
  uint32_t first_block,
      n_blocks;                 /* into blocks, by address; the first one need not be the entry: parts may lie before */
  uint32_t entry_block;         /* into blocks */
  uint32_t first_call, n_calls; /* into calls, by `from` */
  uint32_t n_instructions;
  int32_t import;     /* of a thunk to an import; ONUS_IMPORT_NONE */
  uint64_t thunk_of;  /* a thunk jumps here and does nothing else; 0: not a thunk, or to an import */
  uint8_t evidence;   /* onus_function_evidence */
  bool never_returns; /* no path comes back */
  bool is_thunk;
} onus_function;

typedef struct onus_functions {
  const onus_program *program; /* borrowed */
  onus_function *functions;    /* by address */
  size_t n_functions;
  onus_block *blocks; /* by function */
  size_t n_blocks;
  uint32_t *edges; /* indices of blocks */
  size_t n_edges;
  onus_call *calls;
  size_t n_calls;
  uint64_t n_code_bytes, n_instructions; /* decoded in all */
  bool is_cut;                           /* a limit was reached; what is there is right, but not all */
} onus_functions;

/* Finds the functions of `program`, which is borrowed and must outlive them. Free with onus_functions_free. */
ONUS_MUST_CHECK onus_status onus_functions_find(const onus_program *program, onus_functions **ret_functions,
                                                onus_error *error);
void onus_functions_free(onus_functions *functions);

/* The function that begins at `address`; NULL: none does. */
const onus_function *onus_functions_at(const onus_functions *functions, uint64_t address);

/* --- instructions ------------------------------------------------------------------------------------------------- */

/* Decoding instruction by instruction. One may be used for many blocks; it holds no memory. */
typedef struct onus_instructions {
  const onus_program *program;
  ZydisDecoder decoder;
  uint64_t address, end;
  const uint8_t *bytes; /* at address */
} onus_instructions;

typedef struct onus_instruction {
  uint64_t address;
  ZydisDecodedInstruction decoded;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT]; /* decoded.operand_count of them */
} onus_instruction;

onus_instructions onus_instructions_new(const onus_program *program);

/* Begins with the instructions of a block. */
void onus_instructions_begin(onus_instructions *instructions, const onus_block *block);

/* The next one, with all operands. False at the end of the block. */
bool onus_instructions_next(onus_instructions *instructions, onus_instruction *ret_instruction);

#endif
