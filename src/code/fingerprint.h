/* What a function is known by, whoever compiled it: features that survive compilers and their settings.
 *
 * A function becomes a bag of tokens (what it computes, compares and stores, as slices of data flow without registers;
 * its constants; offsets into structures; text and tables that it reads; imports that it calls), a few counts, and
 * relations to other functions of its program: calls, order in the file, and places in tables of pointers. No symbol
 * is read. All of it is a function of the bytes alone: no addresses, no seeds, the same on every machine. */
#ifndef ONUS_CODE_FINGERPRINT_H
#define ONUS_CODE_FINGERPRINT_H

#include "code/functions.h"

typedef enum onus_token_kind {
  ONUS_TOKEN_CONSTANT, /* numbers in instructions; not the cases of switches that jump through a table */
  ONUS_TOKEN_OFFSET,   /* displacements into structures */
  ONUS_TOKEN_STRING,   /* text that is referred to */
  ONUS_TOKEN_DATA,     /* the first bytes of other data that is referred to */
  ONUS_TOKEN_IMPORT,   /* names of imported functions and data */
  ONUS_TOKEN_STEP,     /* one operation with what its operands are */
  ONUS_TOKEN_SLICE,    /* the whole expression that is stored, compared, passed or returned */
  ONUS_TOKEN_SHAPE,    /* three instructions in a row, without registers */
  ONUS_TOKEN_TABLE,    /* text beside the function's address in a table of pointers */
  ONUS_TOKEN_NEAR,     /* constants, text, data and imports, of the function and of those that it calls */
  ONUS_TOKEN_KINDS
} onus_token_kind;

typedef enum onus_count_kind {
  ONUS_COUNT_INSTRUCTIONS,
  ONUS_COUNT_BLOCKS,
  ONUS_COUNT_EDGES,
  ONUS_COUNT_LOOPS, /* edges that go back */
  ONUS_COUNT_CALLS,
  ONUS_COUNT_CALLEES,
  ONUS_COUNT_INDIRECT_CALLS,
  ONUS_COUNT_CALLERS,
  ONUS_COUNT_LOADS, /* outside the stack */
  ONUS_COUNT_STORES,
  ONUS_COUNT_MULTIPLIES, /* and divisions */
  ONUS_COUNT_SHIFTS,     /* and rotations */
  ONUS_COUNT_LOGIC,      /* and, or, xor, not */
  ONUS_COUNT_COMPARES,
  ONUS_COUNT_FLOATS,
  ONUS_COUNT_RETURNS,
  ONUS_COUNT_KINDS
} onus_count_kind;

/* How often a token is there. The hash says its kind too. */
typedef struct onus_token {
  uint32_t hash;
  uint8_t kind;
  uint8_t times; /* at most 255 */
} onus_token;

typedef struct onus_function_fingerprint {
  uint64_t address;
  uint64_t exact;           /* of the instructions, addresses left out; 0: none */
  const onus_token *tokens; /* by kind, then hash */
  uint32_t n_tokens;
  uint32_t first_of_kind[ONUS_TOKEN_KINDS + 1];
  const uint32_t *callees; /* functions of the program, in the order of the first call; thunks passed through */
  uint32_t n_callees;
  const uint32_t *callers; /* by index */
  uint32_t n_callers;
  const uint32_t *beside; /* the functions in the slots before and after its own, in tables of pointers */
  uint32_t n_beside;
  uint32_t counts[ONUS_COUNT_KINDS];
  bool is_thunk;
} onus_function_fingerprint;

typedef struct onus_fingerprints {
  onus_arena *arena;
  const onus_functions *functions;  /* borrowed */
  onus_function_fingerprint *items; /* one for each function, in the same order */
  size_t count;
  bool is_cut; /* a limit was reached: some functions have fewer tokens than they should */
} onus_fingerprints;

/* Takes the fingerprints of all functions, which are borrowed and must outlive them. Free with onus_fingerprints_free.
 */
ONUS_MUST_CHECK onus_status onus_fingerprints_make(const onus_functions *functions,
                                                   onus_fingerprints **ret_fingerprints, onus_error *error);
void onus_fingerprints_free(onus_fingerprints *fingerprints);

const char *onus_token_kind_name(onus_token_kind kind);

#endif
