/* What the files of fingerprints share: the bag that a function's tokens are collected in, and the walk over it. */
#ifndef ONUS_CODE_FINGERPRINT_INTERNAL_H
#define ONUS_CODE_FINGERPRINT_INTERNAL_H

#include "code/decode.h"
#include "code/fingerprint.h"
#include "code/list.h"

enum { ONUS_BAG_SLOTS = 16384, ONUS_BAG_TOKENS_MAX = 8192, ONUS_STACK_SLOTS = 64 };

/* A set of tokens that counts, of fixed size: what does not fit is left out. */
typedef struct onus_token_bag {
  onus_token slots[ONUS_BAG_SLOTS]; /* open addressing in the first `n_slots`; times 0: free */
  uint32_t n_slots;                 /* a power of two: few for few tokens, so that they stay in the cache */
  uint16_t used[ONUS_BAG_TOKENS_MAX];
  size_t n_used;
  bool is_cut;
  uint64_t numbers[ONUS_BAG_TOKENS_MAX], room[ONUS_BAG_TOKENS_MAX]; /* for sorting */
  uint16_t places[ONUS_BAG_TOKENS_MAX + 1], buckets[ONUS_BAG_TOKENS_MAX];
} onus_token_bag;

void onus_token_bag_clear(onus_token_bag *bag);
void onus_token_bag_add(onus_token_bag *bag, onus_token_kind kind, uint32_t hash);

/* Numbers of 32 bits that spread; 64 bits in, so that kinds and parts can be told apart. */
static inline uint32_t onus_mix(uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  value ^= value >> 32;
  return (uint32_t)value;
}
static inline uint32_t onus_mix2(uint32_t first, uint32_t second) {
  return onus_mix((uint64_t)first << 32 | second);
}

typedef enum onus_value_kind {
  ONUS_VALUE_ANY,      /* what was there when the block began, or nothing that we follow */
  ONUS_VALUE_CONSTANT, /* addend */
  ONUS_VALUE_GLOBAL,   /* the address `addend` of the program */
  ONUS_VALUE_LOCAL,    /* an address in the frame: `addend` from what `full` names */
  ONUS_VALUE_RESULT,   /* what a function gave back */
  ONUS_VALUE_TERM,     /* an operation, plus `addend` */
} onus_value_kind;

/* The contents of a register as far as its block tells. */
typedef struct onus_value {
  uint8_t kind, depth;
  uint32_t full; /* of the whole term without its addend */
  int64_t addend;
} onus_value;

enum { ONUS_REGISTERS = 48 }; /* 16 general, 32 of vectors */

typedef struct onus_stack_slot {
  uint32_t frame; /* 0: free */
  int64_t offset;
  onus_value value;
} onus_stack_slot;

/* The walk over the instructions of one function. */
typedef struct onus_walk {
  const onus_functions *functions;
  const onus_program *program;
  onus_decoder *decoder;
  onus_token_bag bag;
  uint32_t *counts;
  uint64_t exact;
  onus_value registers[ONUS_REGISTERS];
  onus_stack_slot stack[ONUS_STACK_SLOTS];
  size_t next_slot;
  bool has_frame;         /* rbp was made the frame's */
  uint32_t got_registers; /* 32 bits: registers that held the address of the GOT */
  bool is_compare_pending;
  int64_t pending_compare; /* a constant that is compared with, until the condition says how */
  onus_list *called;       /* uint32_t: functions called or whose address is taken, in order */
} onus_walk;

void onus_walk_begin_function(onus_walk *walk);
void onus_walk_begin_block(onus_walk *walk, bool is_continued);
void onus_walk_step(onus_walk *walk, const onus_operation *instruction, const onus_call *call);

/* Takes note that the code refers to `address`, which it reads `width_bytes` of (0: takes the address). */
void onus_walk_refer(onus_walk *walk, uint64_t address, size_t width_bytes);

/* Whether a number of the code is an address of the program. */
bool onus_walk_is_address(const onus_walk *walk, int64_t value);

/* The token of an import's name, without what compilers and C libraries put around it. */
uint32_t onus_import_hash(const char *name);

/* The token of what lies at an address of data; 0: nothing that says anything. *ret_kind: text or other data. */
uint32_t onus_data_hash(const onus_program *program, uint64_t address, size_t width_bytes, onus_token_kind *ret_kind);

/* What follows from the rest of fingerprints: where each kind of token begins; who calls whom, from who is called. */
void onus_fingerprint_find_kinds(onus_function_fingerprint *item);
ONUS_MUST_CHECK onus_status onus_fingerprints_take_callers(onus_fingerprints *all, onus_error *error);

/* A place in a table of pointers. */
typedef struct onus_table_place {
  uint32_t function, before, after; /* before, after: functions in slots near by; UINT32_MAX: none */
  uint32_t text_before, text_after; /* tokens of text in slots near by; 0: none */
} onus_table_place;

/* Finds addresses of functions in data. */
ONUS_MUST_CHECK onus_status onus_tables_find(const onus_functions *functions, onus_list *ret_places, onus_error *error);

#endif
