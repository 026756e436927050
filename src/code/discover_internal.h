/* Finding functions, step by step over one shared state.
 *
 * All code is laid out in one row of positions (32 bits), with a byte of state for each. Following the flow of control
 * marks instructions there and notes every jump and call as a record; no instruction is decoded twice on that way, none
 * may overlap another. What belongs to which function is settled afterwards from marks and records alone:
 *
 *   follow.c   marks instructions from a start onwards, resolves jump tables (tables.c), notes what they call
 *   own.c      walks each function over marks and records: which blocks it owns, whether it returns
 *   tails.c    which jumps leave their function
 *   gaps.c     code that nothing has led to
 *   assemble.c the result: functions, blocks, edges, calls */
#ifndef ONUS_CODE_DISCOVER_INTERNAL_H
#define ONUS_CODE_DISCOVER_INTERNAL_H

#include "code/decode.h"
#include "code/functions.h"
#include "code/list.h"
#include "code/pages.h"
#include "code/places.h"

enum {
  ONUS_AT_START = 1,  /* an instruction begins */
  ONUS_AT_BODY = 2,   /* … and goes on */
  ONUS_AT_LEADER = 4, /* something jumps here */
  ONUS_AT_FUNCTION = 8,
  ONUS_AT_END = 16,    /* the instruction does not go on with the next one */
  ONUS_AT_DATA = 32,   /* a jump table */
  ONUS_AT_RECORD = 64, /* the instruction has a record */
  ONUS_AT_OWNED = 128, /* the instruction belongs to a function */
};

#define ONUS_NOWHERE UINT32_MAX

/* The same byte eight times, for looking at the states of eight positions at once. */
#define ONUS_EACH_OF_8(byte) (UINT64_C(0x0101010101010101) * (uint8_t)(byte))
static inline uint64_t onus_eight_states(const uint8_t *state) {
  uint64_t states;
  memcpy(&states, state, sizeof states);
  return states;
}

enum { ONUS_SLOT_BITS = 1 << 16 };
static inline uint32_t onus_slot_bit(uint64_t address) {
  return (uint32_t)(address * UINT64_C(0x9e3779b97f4a7c15) >> 48);
}

/* Code in memory that lies in a row. */
typedef struct onus_stretch {
  uint64_t address;
  uint32_t first, length; /* positions */
  const uint8_t *bytes;
  bool is_stubs; /* nothing but stubs of imports: no gaps are searched */
} onus_stretch;

typedef struct onus_jump_table {
  uint32_t n_entries, first_target; /* into targets, in order, repeats too */
} onus_jump_table;

typedef enum onus_record_kind {
  ONUS_RECORD_JUMP,
  ONUS_RECORD_JUMP_PART, /* to another part of the same function, wherever that is */
  ONUS_RECORD_BRANCH,
  ONUS_RECORD_CALL,
  ONUS_RECORD_JUMP_IMPORT, /* to: the import */
  ONUS_RECORD_CALL_IMPORT,
  ONUS_RECORD_TABLE, /* to: the jump table */
  ONUS_RECORD_LOST,  /* goes on where we do not know */
  ONUS_RECORD_STOP,  /* nowhere: it raises or ends the program; known without an entry in the list of records */
} onus_record_kind;

typedef struct onus_record {
  uint32_t from, to;  /* positions; to may be ONUS_NOWHERE */
  uint32_t next : 28; /* of those that share a place in record_at, + 1 */
  uint32_t kind : 4;
} onus_record;

enum { ONUS_RECORDS_MAX = (1 << 28) - 2, ONUS_RECORD_SHARE = 16 };

/* A place that an instruction names: for jump tables whose address was loaded far away, and addresses of functions. */
typedef struct onus_mention {
  uint32_t from;
  int8_t reg;
  uint64_t address;
} onus_mention;

typedef struct onus_start {
  uint32_t position, end; /* end: the next start, as of the last onus_sort_starts; 0: not known yet */
  uint8_t evidence;
  uint8_t returns;  /* 1: some path comes back */
  uint32_t waiting; /* first of those that wait to know whether it returns; into waits, + 1 */
} onus_start;

typedef struct onus_wait {
  uint32_t next;     /* + 1 */
  uint32_t position; /* where to go on when it returns; ONUS_NOWHERE: then the waiting one returns too */
  uint32_t owner;    /* the start that waits */
} onus_wait;

typedef struct onus_piece {
  uint32_t owner, position, length, n_instructions;
} onus_piece;

typedef struct onus_discovery {
  const onus_program *program;
  onus_decoder *decoder;
  onus_stretch *stretches; /* by address and by position */
  size_t n_stretches;
  uint8_t *state;
  uint32_t n_positions;
  uint64_t budget; /* instructions that may still be decoded, for whatever purpose */
  bool is_cut;
  onus_list todo;     /* uint32_t: places to follow */
  onus_list records;  /* onus_record */
  onus_list mentions; /* onus_mention */
  onus_list tables;   /* onus_jump_table */
  onus_list targets;  /* uint32_t: of the tables */
  onus_list starts;   /* onus_start, in the order found */
  onus_list waits, pieces, walk;
  onus_places start_at; /* position -> index into starts */
  onus_places likeness; /* position -> onus_likeness, of those that were asked for */
  onus_places strays;   /* position of a piece that lies out of its owner's region -> owner */
  uint8_t *stray_bits;  /* by position: whether it is in strays */
  uint32_t *record_at;  /* by position / ONUS_RECORD_SHARE -> index of the last one + 1; some share a place */
  uint32_t *sorted;     /* positions of the starts, n_sorted of them, as of the last onus_sort_starts */
  size_t n_sorted;
  onus_pages sorted_pages, unwind_pages; /* of sorted, and of the program's unwind tables */
  uint8_t *slot_bits;                    /* by hash of the address: whether it may be one of the program's slots */
  size_t n_walked;                       /* starts, of which it is settled what they own */
  uint8_t *returning_imports;            /* by import: 1 when calling it comes back */
} onus_discovery;

/* The import behind a slot or stub at this very address; ONUS_IMPORT_NONE. */
int32_t onus_import_at(const onus_discovery *d, uint64_t address);

/* Positions and addresses. ONUS_NOWHERE when the address is not code. */
uint32_t onus_position_of(const onus_discovery *d, uint64_t address);
const onus_stretch *onus_stretch_of(const onus_discovery *d, uint32_t position);
uint64_t onus_address_of(const onus_discovery *d, uint32_t position);

/* What the unwind tables say of a position; NULL: nothing. */
const onus_program_unwind *onus_unwind_of(const onus_discovery *d, uint32_t position);
/* Whether they say that a function goes on there: it cannot be the start of one. */
bool onus_is_inside_unwind(const onus_discovery *d, uint32_t position);

/* Decodes at a position, within the budget. */
bool onus_decode_at(onus_discovery *d, uint32_t position, onus_flow *ret_flow);

/* A function begins there: noted once, the stronger evidence stays. Does not follow it. */
void onus_add_start(onus_discovery *d, uint32_t position, onus_function_evidence evidence);
/* Its index in starts; ONUS_NOWHERE: none. */
uint32_t onus_start_at(const onus_discovery *d, uint32_t position);

/* Follows the flow of control from everything in `todo`; calls make starts, which are followed too. */
void onus_follow(onus_discovery *d);
void onus_follow_from(onus_discovery *d, uint32_t position);

/* Resolves a jump through a register or an indexed table. Makes a record, and adds the targets to `todo`. */
void onus_resolve_jump(onus_discovery *d, uint32_t position, const onus_flow *jump);

/* The record of the instruction there; NULL: none. */
const onus_record *onus_record_at(const onus_discovery *d, uint32_t position);
void onus_add_record(onus_discovery *d, uint32_t from, onus_record_kind kind, uint32_t to);

/* Which calls of imports come back. */
bool onus_import_returns(const char *name);

/* Brings `sorted` up to date. False without memory. */
bool onus_sort_starts(onus_discovery *d);
/* Forgets who owns what, and settles it for all starts. */
void onus_own_all(onus_discovery *d);
/* … for the starts that came since. */
void onus_own_new(onus_discovery *d);

/* Settles jumps that leave their function, after onus_own_all: makes starts of some of their targets. How many. */
size_t onus_find_tails(onus_discovery *d);
/* Makes starts of addresses that are taken: of those that look like one, or all. How many. */
size_t onus_find_pointed(onus_discovery *d, bool looks_like_start);
/* Makes starts of what lies between functions. How many. */
size_t onus_find_gaps(onus_discovery *d);

/* How what stands there reads. */
typedef enum onus_likeness {
  ONUS_LIKE_NOTHING, /* no code */
  ONUS_LIKE_PART,    /* goes on with what a function has begun: takes down a frame, uses registers that it must keep */
  ONUS_LIKE_CODE,    /* either */
  ONUS_LIKE_START,   /* begins as compilers let functions begin */
} onus_likeness;
onus_likeness onus_likeness_at(onus_discovery *d, uint32_t position);

/* The stretch of positions from the last start to the next one. */
void onus_region_of(const onus_discovery *d, uint32_t position, uint32_t *ret_low, uint32_t *ret_high);
/* Whether a jump stays in its function, whichever that is. */
bool onus_jump_is_near(const onus_discovery *d, uint32_t from, uint32_t to);
/* Whether a jump from there, in a function that begins at `start`, stays in it as far as places can tell. */
bool onus_jump_stays(const onus_discovery *d, uint32_t from, uint32_t to, uint32_t start);
/* The owner of an instruction that is owned: an index into starts. */
uint32_t onus_owner_of(onus_discovery *d, uint32_t position);
/* Walks from a position on behalf of an owner. */
void onus_own_part(onus_discovery *d, uint32_t position, uint32_t owner);

ONUS_MUST_CHECK onus_status onus_assemble(onus_discovery *d, onus_functions *functions, onus_error *error);

#endif
