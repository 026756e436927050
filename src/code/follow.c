#include "code/discover_internal.h"
#include "code/search.h"

/* --- positions ---------------------------------------------------------------------------------------------------- */

uint32_t onus_position_of(const onus_discovery *d, uint64_t address) {
  size_t low = ONUS_COUNT_UP_TO(d->stretches, d->n_stretches, address, address);
  if (low == 0)
    return ONUS_NOWHERE;
  const onus_stretch *s = &d->stretches[low - 1];
  return address - s->address < s->length ? s->first + (uint32_t)(address - s->address) : ONUS_NOWHERE;
}

const onus_stretch *onus_stretch_of(const onus_discovery *d, uint32_t position) {
  size_t low = 0, high = d->n_stretches;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (d->stretches[middle].first <= position)
      low = middle + 1;
    else
      high = middle;
  }
  return &d->stretches[low - 1]; /* the first stretch begins at position 0 */
}

uint64_t onus_address_of(const onus_discovery *d, uint32_t position) {
  const onus_stretch *s = onus_stretch_of(d, position);
  return s->address + (position - s->first);
}

const onus_program_unwind *onus_unwind_of(const onus_discovery *d, uint32_t position) {
  const onus_program *p = d->program;
  if (p->n_unwind == 0)
    return NULL;
  uint64_t address = onus_address_of(d, position);
  size_t first, end;
  onus_pages_look_up(&d->unwind_pages, position, &first, &end);
  size_t low = first + ONUS_COUNT_UP_TO(p->unwind + first, end - first, address, address);
  if (low == 0)
    return NULL;
  const onus_program_unwind *u = &p->unwind[low - 1];
  return address - u->address < u->size_bytes ? u : NULL;
}

bool onus_is_inside_unwind(const onus_discovery *d, uint32_t position) {
  const onus_program_unwind *u = onus_unwind_of(d, position);
  return u && (u->is_fragment || u->address != onus_address_of(d, position));
}

bool onus_decode_at(onus_discovery *d, uint32_t position, onus_flow *ret_flow) {
  const onus_stretch *s = onus_stretch_of(d, position);
  uint32_t in = position - s->first;
  if (in >= s->length)
    return false;
  if (d->budget == 0) {
    d->is_cut = true;
    return false;
  }
  d->budget--;
  return onus_decode_flow(d->decoder, s->bytes + in, s->length - in, s->address + in, ret_flow);
}

int32_t onus_import_at(const onus_discovery *d, uint64_t address) {
  uint32_t bit = onus_slot_bit(address);
  return d->slot_bits[bit / 8] >> bit % 8 & 1 ? onus_program_import_at(d->program, address) : ONUS_IMPORT_NONE;
}

/* --- starts ------------------------------------------------------------------------------------------------------- */

uint32_t onus_start_at(const onus_discovery *d, uint32_t position) {
  return d->state[position] & ONUS_AT_FUNCTION ? onus_places_get(&d->start_at, position) : ONUS_NOWHERE;
}

void onus_add_start(onus_discovery *d, uint32_t position, onus_function_evidence evidence) {
  uint32_t there = onus_start_at(d, position);
  if (there != ONUS_NOWHERE) {
    onus_start *start = &ONUS_LIST(&d->starts, onus_start)[there];
    start->evidence = evidence < start->evidence ? (uint8_t)evidence : start->evidence;
    return;
  }
  onus_start *start = onus_list_add(&d->starts);
  if (!start)
    return;
  *start = (onus_start){.position = position, .evidence = (uint8_t)evidence};
  if (!onus_places_put(&d->start_at, position, (uint32_t)(d->starts.count - 1))) {
    d->starts.status = ONUS_NO_MEMORY;
    d->starts.count--;
    return;
  }
  d->state[position] |= ONUS_AT_FUNCTION | ONUS_AT_LEADER;
}

/* --- following ---------------------------------------------------------------------------------------------------- */

void onus_add_record(onus_discovery *d, uint32_t from, onus_record_kind kind, uint32_t to) {
  d->state[from] |= ONUS_AT_RECORD;
  if (kind == ONUS_RECORD_STOP)
    return;
  onus_record *record = onus_list_add(&d->records);
  if (!record)
    return;
  uint32_t *place = &d->record_at[from / ONUS_RECORD_SHARE];
  *record = (onus_record){.from = from, .to = to, .next = *place & ((UINT32_C(1) << 28) - 1), .kind = kind & 15u};
  *place = (uint32_t)d->records.count;
}

const onus_record *onus_record_at(const onus_discovery *d, uint32_t position) {
  static const onus_record stop = {.kind = ONUS_RECORD_STOP, .to = ONUS_NOWHERE};
  if (!(d->state[position] & ONUS_AT_RECORD))
    return NULL;
  const onus_record *records = ONUS_LIST(&d->records, onus_record);
  for (uint32_t i = d->record_at[position / ONUS_RECORD_SHARE]; i > 0; i = records[i - 1].next)
    if (records[i - 1].from == position)
      return &records[i - 1];
  return &stop;
}

static void follow_later(onus_discovery *d, uint32_t position) {
  uint32_t *added = onus_list_add(&d->todo);
  if (added)
    *added = position;
}

static void note_mention(onus_discovery *d, uint32_t position, const onus_flow *f) {
  uint64_t address = f->memory;
  if (!f->has_memory) {
    if (d->program->got_address == 0 || f->base == ONUS_REGISTER_NONE || f->index != ONUS_REGISTER_NONE ||
        !f->has_displacement)
      return;
    address = (uint32_t)(d->program->got_address + (uint64_t)f->displacement);
    if (onus_position_of(d, address) == ONUS_NOWHERE)
      return; /* lea is arithmetic more often than not */
  }
  onus_mention *mention = onus_list_add(&d->mentions);
  if (mention)
    *mention = (onus_mention){position, f->reg, address};
}

/* Notes what the instruction leads to. False when the flow ends with it. */
static bool note_flow(onus_discovery *d, uint32_t position, const onus_flow *f) {
  uint32_t target = ONUS_NOWHERE;
  int32_t import = ONUS_IMPORT_NONE;
  if (f->kind == ONUS_FLOW_JUMP || f->kind == ONUS_FLOW_BRANCH || f->kind == ONUS_FLOW_CALL) {
    target = onus_position_of(d, f->target);
    import = f->kind != ONUS_FLOW_BRANCH ? onus_import_at(d, f->target) : ONUS_IMPORT_NONE;
  } else if (f->has_memory && f->index == ONUS_REGISTER_NONE &&
             (f->kind == ONUS_FLOW_CALL_INDIRECT || f->kind == ONUS_FLOW_JUMP_INDIRECT)) {
    import = onus_import_at(d, f->memory);
  } else if (d->program->got_address != 0 && f->base != ONUS_REGISTER_NONE && f->index == ONUS_REGISTER_NONE &&
             f->has_displacement && (f->kind == ONUS_FLOW_CALL_INDIRECT || f->kind == ONUS_FLOW_JUMP_INDIRECT)) {
    import = onus_import_at(d, (uint32_t)(d->program->got_address + (uint64_t)f->displacement));
  }
  switch (f->kind) {
  case ONUS_FLOW_NEXT:
    return true;
  case ONUS_FLOW_JUMP:
  case ONUS_FLOW_BRANCH:
    if (import != ONUS_IMPORT_NONE) {
      onus_add_record(d, position, ONUS_RECORD_JUMP_IMPORT, (uint32_t)import);
      return false;
    }
    onus_add_record(d, position, f->kind == ONUS_FLOW_JUMP ? ONUS_RECORD_JUMP : ONUS_RECORD_BRANCH, target);
    if (target != ONUS_NOWHERE) {
      d->state[target] |= ONUS_AT_LEADER;
      follow_later(d, target);
    }
    return f->kind == ONUS_FLOW_BRANCH;
  case ONUS_FLOW_CALL:
    if (import != ONUS_IMPORT_NONE) {
      onus_add_record(d, position, ONUS_RECORD_CALL_IMPORT, (uint32_t)import);
      return d->returning_imports[import] != 0;
    }
    if (f->target == onus_address_of(d, position) + f->length_bytes)
      return true; /* call of the next instruction: where am I? */
    onus_add_record(d, position, ONUS_RECORD_CALL, target);
    if (target != ONUS_NOWHERE && onus_is_inside_unwind(d, target)) {
      d->state[target] |= ONUS_AT_LEADER;
      follow_later(d, target);
    } else if (target != ONUS_NOWHERE) {
      onus_add_start(d, target, ONUS_FUNCTION_CALL);
      follow_later(d, target);
    }
    return true;
  case ONUS_FLOW_CALL_INDIRECT:
    if (import == ONUS_IMPORT_NONE)
      return true;
    onus_add_record(d, position, ONUS_RECORD_CALL_IMPORT, (uint32_t)import);
    return d->returning_imports[import] != 0;
  case ONUS_FLOW_JUMP_INDIRECT:
    if (import != ONUS_IMPORT_NONE)
      onus_add_record(d, position, ONUS_RECORD_JUMP_IMPORT, (uint32_t)import);
    else
      onus_resolve_jump(d, position, f);
    return false;
  case ONUS_FLOW_STOP:
    onus_add_record(d, position, ONUS_RECORD_STOP, ONUS_NOWHERE);
    return false;
  default:
    return false;
  }
}

static void mark(onus_discovery *d, uint32_t position, unsigned length) {
  d->state[position] |= ONUS_AT_START;
  for (unsigned i = 1; i < length; i++)
    d->state[position + i] |= ONUS_AT_BODY;
}

static bool is_free(const onus_discovery *d, uint32_t position, unsigned length) {
  for (unsigned i = 0; i < length; i++)
    if (d->state[position + i] & (ONUS_AT_START | ONUS_AT_BODY | ONUS_AT_DATA))
      return false;
  return true;
}

/* From one place to the first instruction that is known already, that overlaps one, or that does not go on. */
static void follow_run(onus_discovery *d, uint32_t position) {
  const onus_stretch *s = onus_stretch_of(d, position);
  uint32_t end = s->first + s->length;
  while (position < end && !(d->state[position] & (ONUS_AT_START | ONUS_AT_BODY | ONUS_AT_DATA))) {
    onus_flow f;
    uint32_t in = position - s->first;
    if (d->budget == 0) {
      d->is_cut = true;
      return;
    }
    d->budget--;
    if (!onus_decode_flow(d->decoder, s->bytes + in, s->length - in, s->address + in, &f) ||
        !is_free(d, position, f.length_bytes))
      return;
    mark(d, position, f.length_bytes);
    if (f.is_lea)
      note_mention(d, position, &f);
    else if (f.has_constant && d->program->base != 0 && onus_position_of(d, f.constant) != ONUS_NOWHERE)
      note_mention(d, position, &(onus_flow){.is_lea = true, .has_memory = true, .memory = f.constant, .reg = -1});
    if (f.kind != ONUS_FLOW_NEXT && !note_flow(d, position, &f)) {
      d->state[position] |= ONUS_AT_END;
      return;
    }
    position += f.length_bytes;
  }
}

void onus_follow(onus_discovery *d) {
  while (d->todo.count > 0) {
    uint32_t position = ONUS_LIST(&d->todo, uint32_t)[--d->todo.count];
    if (!(d->state[position] & (ONUS_AT_START | ONUS_AT_BODY | ONUS_AT_DATA)))
      follow_run(d, position);
  }
}

void onus_follow_from(onus_discovery *d, uint32_t position) {
  follow_later(d, position);
  onus_follow(d);
}
