/* Code that nothing has led to: functions whose address is taken, and what lies between functions. */
#include "code/discover_internal.h"

static void add_pointed(onus_discovery *d, uint64_t address, bool looks_like_start, size_t *n_found) {
  uint32_t position = onus_position_of(d, address);
  if (position == ONUS_NOWHERE)
    return;
  uint8_t state = d->state[position];
  if (state & (ONUS_AT_OWNED | ONUS_AT_FUNCTION | ONUS_AT_DATA) || (state & ONUS_AT_BODY && !(state & ONUS_AT_START)) ||
      onus_is_inside_unwind(d, position))
    return;
  onus_likeness like = onus_likeness_at(d, position);
  if (looks_like_start ? like != ONUS_LIKE_START : like == ONUS_LIKE_NOTHING || like == ONUS_LIKE_PART)
    return;
  onus_add_start(d, position, ONUS_FUNCTION_POINTER);
  onus_follow_from(d, position);
  ++*n_found;
}

size_t onus_find_pointed(onus_discovery *d, bool looks_like_start) {
  size_t n_found = 0;
  for (size_t i = 0; i < d->program->n_pointers; i++)
    add_pointed(d, d->program->pointers[i].target, looks_like_start, &n_found);
  for (size_t i = 0; i < d->mentions.count; i++)
    add_pointed(d, ONUS_LIST(&d->mentions, onus_mention)[i].address, looks_like_start, &n_found);
  return n_found;
}

/* How much of what stands there only fills the space up to the next function; 0: it does something. */
static uint32_t padding_at(onus_discovery *d, uint32_t position) {
  onus_flow f;
  const onus_stretch *s = onus_stretch_of(d, position);
  uint8_t byte = s->bytes[position - s->first];
  if (byte == 0 || byte == 0xcc)
    return 1;
  return onus_decode_at(d, position, &f) && f.is_padding ? f.length_bytes : 0;
}

/* Whether what begins here reads like code up to its end. */
static bool reads_like_code(onus_discovery *d, uint32_t position) {
  enum { INSTRUCTIONS_MAX = 64 };
  for (unsigned i = 0; i < INSTRUCTIONS_MAX; i++) {
    onus_flow f;
    if (position >= d->n_positions || d->state[position] & (ONUS_AT_BODY | ONUS_AT_DATA))
      return false;
    if (d->state[position] & ONUS_AT_START)
      return true;
    if (!onus_decode_at(d, position, &f))
      return false;
    if (f.kind == ONUS_FLOW_JUMP || f.kind == ONUS_FLOW_BRANCH || f.kind == ONUS_FLOW_CALL) {
      uint32_t target = onus_position_of(d, f.target);
      if (target == ONUS_NOWHERE || d->state[target] & (ONUS_AT_BODY | ONUS_AT_DATA))
        return false;
    }
    if (f.kind != ONUS_FLOW_NEXT && f.kind != ONUS_FLOW_BRANCH && f.kind != ONUS_FLOW_CALL &&
        f.kind != ONUS_FLOW_CALL_INDIRECT)
      return true;
    position += f.length_bytes;
  }
  return true;
}

/* What stands behind a call that does not return, or what a jump leads to that we could not read: it belongs to the
 * function before. */
static void own_orphan(onus_discovery *d, uint32_t position) {
  uint32_t owner = position > 0 ? onus_owner_of(d, position - 1) : ONUS_NOWHERE;
  onus_follow_from(d, position);
  if (owner != ONUS_NOWHERE)
    onus_own_part(d, position, owner);
  onus_own_new(d);
}

static size_t fill_gap(onus_discovery *d, uint32_t *position, uint32_t end) {
  uint32_t at = *position, padding = 0;
  while (at < end && !(d->state[at] & (ONUS_AT_OWNED | ONUS_AT_DATA)) && (padding = padding_at(d, at)) > 0)
    at += padding;
  if (at >= end || d->state[at] & (ONUS_AT_OWNED | ONUS_AT_DATA)) {
    *position = at;
    return 0;
  }
  if (onus_is_inside_unwind(d, at)) {
    const onus_program_unwind *u = onus_unwind_of(d, at);
    uint64_t left = u->address + u->size_bytes - onus_address_of(d, at);
    own_orphan(d, at);
    *position = left < end - at ? at + (uint32_t)left : end;
    return 0;
  }
  onus_likeness like = ONUS_LIKE_NOTHING;
  if (d->state[at] & ONUS_AT_START || (!(d->state[at] & ONUS_AT_BODY) && reads_like_code(d, at)))
    like = onus_likeness_at(d, at);
  if (like == ONUS_LIKE_NOTHING) {
    /* Data. What comes behind begins where compilers let functions begin. */
    uint64_t skipped = 16 - (onus_address_of(d, at) & 15);
    *position = skipped < end - at ? at + (uint32_t)skipped : end;
    return 0;
  }
  if (like == ONUS_LIKE_PART) {
    own_orphan(d, at);
    *position = at + 1;
    return 0;
  }
  size_t first = d->starts.count;
  onus_add_start(d, at, ONUS_FUNCTION_GAP);
  onus_follow_from(d, at);
  onus_own_new(d);
  *position = at + 1;
  return d->starts.count - first;
}

/* The next position that is neither owned, nor a table, nor inside of an instruction. */
static uint32_t pass_owned(const onus_discovery *d, uint32_t position, uint32_t end) {
  for (position++; position + 8 <= end; position += 8) {
    uint64_t states = onus_eight_states(d->state + position);
    uint64_t is_passed = states / ONUS_AT_OWNED | states / ONUS_AT_DATA | states / ONUS_AT_BODY;
    if ((is_passed & ONUS_EACH_OF_8(1)) != ONUS_EACH_OF_8(1))
      break;
  }
  while (position < end && d->state[position] & (ONUS_AT_OWNED | ONUS_AT_DATA | ONUS_AT_BODY))
    position++;
  return position;
}

size_t onus_find_gaps(onus_discovery *d) {
  size_t n_found = 0;
  for (size_t i = 0; i < d->n_stretches; i++) {
    const onus_stretch *s = &d->stretches[i];
    uint32_t end = s->first + s->length;
    for (uint32_t position = s->first; position < end && !s->is_stubs && !d->is_cut;) {
      uint8_t state = d->state[position];
      bool is_in_owned = state & (ONUS_AT_OWNED | ONUS_AT_DATA) || (state & ONUS_AT_BODY && !(state & ONUS_AT_START));
      if (is_in_owned)
        position = pass_owned(d, position, end);
      else
        n_found += fill_gap(d, &position, end);
    }
  }
  return n_found;
}
