/* Which blocks belong to which function, and which functions return.
 *
 * Each function is walked over marks and records. After a call the walk waits until it is known that the function
 * called returns; when that turns out, everything that waited for it goes on. What still waits at the end was waiting
 * for functions that never return. So each block is visited once, whatever calls whatever. */
#include "code/discover_internal.h"

#include <stdlib.h>

typedef struct step {
  uint32_t position, owner;
} step;

static void push(onus_discovery *d, uint32_t position, uint32_t owner) {
  step *added = onus_list_add(&d->walk);
  if (added)
    *added = (step){position, owner};
}

static void returns(onus_discovery *d, uint32_t owner) {
  onus_start *start = &ONUS_LIST(&d->starts, onus_start)[owner];
  if (start->returns)
    return;
  start->returns = 1;
  for (uint32_t i = start->waiting; i != 0;) {
    const onus_wait *wait = &ONUS_LIST(&d->waits, onus_wait)[i - 1];
    push(d, wait->position, wait->owner);
    i = wait->next;
  }
  start->waiting = 0;
}

static void wait_for(onus_discovery *d, uint32_t called, uint32_t position, uint32_t owner) {
  onus_start *start = &ONUS_LIST(&d->starts, onus_start)[called];
  if (start->returns) {
    push(d, position, owner);
    return;
  }
  onus_wait *wait = onus_list_add(&d->waits);
  if (!wait)
    return;
  *wait = (onus_wait){start->waiting, position, owner};
  start->waiting = (uint32_t)d->waits.count;
}

/* A jump to another function: it returns if that one does. */
static void depend(onus_discovery *d, uint32_t target, uint32_t owner) {
  uint32_t called = onus_start_at(d, target);
  if (called != ONUS_NOWHERE && called != owner)
    wait_for(d, called, ONUS_NOWHERE, owner);
}

static void go_to(onus_discovery *d, uint32_t target, uint32_t owner) {
  if (target == ONUS_NOWHERE)
    returns(d, owner); /* out of the code that is there: who knows */
  else if (d->state[target] & ONUS_AT_FUNCTION && onus_start_at(d, target) != owner)
    depend(d, target, owner);
  else
    push(d, target, owner);
}

/* What happens after an instruction with a record. False when the walk of this block ends. */
static bool leave(onus_discovery *d, const onus_record *r, uint32_t next, uint32_t owner) {
  switch (r->kind) {
  case ONUS_RECORD_JUMP:
    if (r->to == ONUS_NOWHERE || d->state[r->to] & ONUS_AT_FUNCTION ||
        onus_jump_stays(d, r->from, r->to, ONUS_LIST(&d->starts, onus_start)[owner].position))
      go_to(d, r->to, owner);
    else
      returns(d, owner); /* settled by onus_find_tails */
    return false;
  case ONUS_RECORD_JUMP_PART:
    go_to(d, r->to, owner);
    return false;
  case ONUS_RECORD_BRANCH:
    go_to(d, r->to, owner);
    push(d, next, owner);
    return false;
  case ONUS_RECORD_CALL: {
    uint32_t called = r->to == ONUS_NOWHERE ? ONUS_NOWHERE : onus_start_at(d, r->to);
    if (called == ONUS_NOWHERE || called == owner || ONUS_LIST(&d->starts, onus_start)[called].returns)
      return true;
    wait_for(d, called, next, owner);
    return false;
  }
  case ONUS_RECORD_CALL_IMPORT:
    return d->returning_imports[r->to] != 0;
  case ONUS_RECORD_JUMP_IMPORT:
    if (d->returning_imports[r->to])
      returns(d, owner);
    return false;
  case ONUS_RECORD_TABLE: {
    const onus_jump_table *t = &ONUS_LIST(&d->tables, onus_jump_table)[r->to];
    for (uint32_t i = 0; i < t->n_entries; i++)
      go_to(d, ONUS_LIST(&d->targets, uint32_t)[t->first_target + i], owner);
    return false;
  }
  case ONUS_RECORD_LOST:
    returns(d, owner);
    return false;
  default:
    return false;
  }
}

/* --- pieces ------------------------------------------------------------------------------------------------------- */

/* A piece is there before it is walked, so that its owner is known to what jumps back to it. */
static bool add_piece(onus_discovery *d, uint32_t position, uint32_t owner) {
  const onus_start *start = &ONUS_LIST(&d->starts, onus_start)[owner];
  onus_piece *added = onus_list_add(&d->pieces);
  if (!added)
    return false;
  *added = (onus_piece){owner, position, 0, 0};
  bool is_in_region = position >= start->position && position < start->end;
  if (is_in_region)
    return true;
  if (!onus_places_put(&d->strays, position, owner))
    d->pieces.status = ONUS_NO_MEMORY;
  else
    d->stray_bits[position / 8] |= (uint8_t)(1u << position % 8);
  return true;
}

static uint32_t stray_owner(const onus_discovery *d, uint32_t position) {
  bool is_stray = d->stray_bits[position / 8] >> position % 8 & 1;
  return is_stray ? onus_places_get(&d->strays, position) : ONUS_NOWHERE;
}

/* Whose piece begins there: a stray's owner is noted, all others belong to the start before them. */
static uint32_t owner_at(const onus_discovery *d, uint32_t position) {
  uint32_t owner = stray_owner(d, position), low = 0, high = 0;
  if (owner != ONUS_NOWHERE)
    return owner;
  onus_region_of(d, position, &low, &high);
  return onus_start_at(d, low);
}

/* Code that another function has: this one returns when that one does. */
static void share(onus_discovery *d, uint32_t position, uint32_t owner) {
  uint32_t other = owner_at(d, position);
  if (other == ONUS_NOWHERE)
    returns(d, owner); /* who knows */
  else if (other != owner)
    wait_for(d, other, ONUS_NOWHERE, owner);
}

/* The first position from there on in which no instruction goes on. */
static uint32_t skip_body(const onus_discovery *d, uint32_t position) {
  for (;; position += 8) { /* behind the last position there are some that hold nothing */
    uint64_t states = onus_load_le64(d->state + position);
    uint64_t others = ~(states >> 1 & ~states) & ONUS_EACH_OF_8(1); /* not ONUS_AT_BODY, or ONUS_AT_START as well */
    if (others != 0)
      return position + (uint32_t)__builtin_ctzll(others) / 8;
  }
}

/* Takes instructions of which nothing is known but that they are there, eight places at a time: most are such. The
 * position of the first that is not. Where they end is as good as random, so it is worked out without branches. */
static uint32_t own_plain(onus_discovery *d, uint32_t position, uint32_t *n_instructions) {
  const uint64_t more = ONUS_EACH_OF_8(0x7f & ~(ONUS_AT_START | ONUS_AT_BODY));
  for (;;) {
    uint64_t states = onus_load_le64(d->state + position);
    uint64_t has_more = (((states & more) + more) | states) >> 7 & ONUS_EACH_OF_8(1);
    uint64_t others = ~(states | states >> 1) & ONUS_EACH_OF_8(1);
    uint64_t ends = has_more | others, taken = ends == 0 ? ~UINT64_C(0) : (ends & -ends) - 1;
    uint64_t starts = states & taken & ONUS_EACH_OF_8(ONUS_AT_START);
    onus_store_le64(d->state + position, states | starts * ONUS_AT_OWNED);
    *n_instructions += (uint32_t)(starts * ONUS_EACH_OF_8(1) >> 56);
    if (ends != 0)
      return skip_body(d, position + (uint32_t)__builtin_ctzll(ends) / 8);
    position += 8;
  }
}

/* One block, or as much of it as is known to run. */
static void walk_block(onus_discovery *d, uint32_t position, uint32_t owner) {
  size_t piece = d->pieces.count;
  uint32_t first = position, end = position, n_instructions = 0;
  if (!(d->state[position] & ONUS_AT_START)) {
    returns(d, owner); /* what cannot be read may do anything */
    return;
  }
  if (d->state[position] & ONUS_AT_OWNED) {
    share(d, position, owner);
    return;
  }
  if (!add_piece(d, position, owner))
    return;
  for (;;) {
    uint8_t state = d->state[position];
    if (!(state & ONUS_AT_START)) {
      returns(d, owner);
      break;
    }
    if (n_instructions > 0 && state & (ONUS_AT_LEADER | ONUS_AT_OWNED)) {
      go_to(d, position, owner);
      break;
    }
    d->state[position] |= ONUS_AT_OWNED;
    n_instructions++;
    end = skip_body(d, position + 1);
    const onus_record *record = onus_record_at(d, position);
    if (record) {
      if (!leave(d, record, end, owner))
        break;
    } else if (state & ONUS_AT_END) {
      returns(d, owner);
      break;
    }
    position = end = own_plain(d, end, &n_instructions);
    if (position >= d->n_positions)
      break;
  }
  ONUS_LIST(&d->pieces, onus_piece)[piece] = (onus_piece){owner, first, end - first, n_instructions};
}

static void walk(onus_discovery *d) {
  while (d->walk.count > 0) {
    step s = ONUS_LIST(&d->walk, step)[--d->walk.count];
    if (s.position == ONUS_NOWHERE)
      returns(d, s.owner);
    else if (s.position < d->n_positions)
      walk_block(d, s.position, s.owner);
  }
}

uint32_t onus_owner_of(onus_discovery *d, uint32_t position) {
  enum { BACK_MAX = 65536, BYTES_PER_INSTRUCTION = 16 };
  uint32_t owner = ONUS_NOWHERE, i = 0;
  for (; i < BACK_MAX && i <= position && owner == ONUS_NOWHERE; i++) {
    uint8_t state = d->state[position - i];
    if ((state & ONUS_AT_START) && (state & ONUS_AT_OWNED)) {
      owner = stray_owner(d, position - i);
      if (owner == ONUS_NOWHERE && state & ONUS_AT_LEADER) /* where a piece begins for sure */
        owner = owner_at(d, position - i);
    }
  }
  uint64_t cost = i / BYTES_PER_INSTRUCTION; /* looking back far is work as well */
  d->budget -= cost < d->budget ? cost : d->budget;
  return owner;
}

void onus_own_part(onus_discovery *d, uint32_t position, uint32_t owner) {
  push(d, position, owner);
  walk(d);
}

void onus_own_new(onus_discovery *d) {
  for (; d->n_walked < d->starts.count; d->n_walked++) {
    push(d, ONUS_LIST(&d->starts, onus_start)[d->n_walked].position, (uint32_t)d->n_walked);
    walk(d);
  }
}

static int by_position(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

bool onus_sort_starts(onus_discovery *d) {
  uint32_t *sorted = realloc(d->sorted, (d->starts.count + 1) * sizeof *sorted);
  if (!sorted) {
    d->starts.status = ONUS_NO_MEMORY;
    return false;
  }
  for (size_t i = 0; i < d->starts.count; i++)
    sorted[i] = ONUS_LIST(&d->starts, onus_start)[i].position;
  qsort(sorted, d->starts.count, sizeof *sorted, by_position);
  onus_start *starts = ONUS_LIST(&d->starts, onus_start);
  d->sorted = sorted;
  d->n_sorted = d->starts.count;
  for (size_t i = 0; i < d->n_sorted; i++)
    starts[onus_start_at(d, sorted[i])].end = i + 1 < d->n_sorted ? sorted[i + 1] : d->n_positions;
  onus_pages *pages = &d->sorted_pages;
  for (size_t page = 0, i = 0; page <= pages->n_pages; page++) {
    while (i < d->n_sorted && sorted[i] < page << ONUS_PAGE_BITS)
      i++;
    pages->before[page] = (uint32_t)i;
  }
  return true;
}

void onus_own_all(onus_discovery *d) {
  if (!onus_sort_starts(d))
    return;
  for (uint32_t i = 0; i < d->n_positions; i++)
    d->state[i] &= (uint8_t)~ONUS_AT_OWNED;
  for (size_t i = 0; i < d->starts.count; i++) {
    onus_start *start = &ONUS_LIST(&d->starts, onus_start)[i];
    start->returns = 0;
    start->waiting = 0;
  }
  d->waits.count = d->pieces.count = 0;
  onus_places_clear(&d->strays);
  memset(d->stray_bits, 0, d->n_positions / 8 + 1);
  d->n_walked = 0;
  onus_own_new(d);
}
