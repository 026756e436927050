#include "code/functions.h"

#include "code/discover_internal.h"
#include "code/search.h"

#include <stdlib.h>

enum {
  STRETCHES_MAX = 4096,
  BUDGET_PER_BYTE = 4, /* instructions decoded, in all passes; compilers' code needs less than one */
  ROUNDS_MAX = 6,
};

/* --- what is code ------------------------------------------------------------------------------------------------- */

static bool is_stubs(const char *name) {
  return strncmp(name, ".plt", 4) == 0 || strncmp(name, "__stub", 6) == 0;
}

/* What is kept by position, and what answers questions about the program's tables. */
static onus_status make_room(onus_discovery *d, uint32_t n_positions, onus_error *error) {
  const onus_program *p = d->program;
  d->n_positions = n_positions;
  d->budget = (uint64_t)n_positions * BUDGET_PER_BYTE;
  d->state =
      calloc((size_t)n_positions + 16, 1); /* a little more, so that looking at the next position needs no check */
  d->record_at = calloc(n_positions / ONUS_RECORD_SHARE + 1, sizeof *d->record_at);
  d->returning_imports = malloc(p->n_imports + 1);
  d->stray_bits = calloc(n_positions / 8 + 1, 1);
  d->slot_bits = calloc(ONUS_SLOT_BITS / 8, 1);
  d->sorted_pages.n_pages = d->unwind_pages.n_pages = onus_pages_count(d->n_positions);
  d->sorted_pages.before = calloc(d->sorted_pages.n_pages + 1, sizeof *d->sorted_pages.before);
  d->unwind_pages.before = calloc(d->unwind_pages.n_pages + 1, sizeof *d->unwind_pages.before);
  if (!d->state || !d->record_at || !d->returning_imports || !d->stray_bits || !d->slot_bits ||
      !d->sorted_pages.before || !d->unwind_pages.before)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < p->n_slots; i++)
    d->slot_bits[onus_slot_bit(p->slots[i].address) / 8] |= (uint8_t)(1u << onus_slot_bit(p->slots[i].address) % 8);
  for (size_t page = 0, i = 0; page <= d->unwind_pages.n_pages && d->n_stretches > 0; page++) {
    uint64_t address = onus_address_of(d, (uint32_t)(page << ONUS_PAGE_BITS));
    while (i < p->n_unwind && p->unwind[i].address < address)
      i++;
    d->unwind_pages.before[page] = (uint32_t)i;
  }
  for (size_t i = 0; i < p->n_imports; i++)
    d->returning_imports[i] = onus_import_returns(p->imports[i].name);
  return ONUS_OK;
}

static onus_status lay_out(onus_discovery *d, onus_error *error) {
  const onus_program *p = d->program;
  size_t count = p->n_sections < STRETCHES_MAX ? p->n_sections : STRETCHES_MAX;
  d->stretches = calloc(count + 1, sizeof *d->stretches);
  if (!d->stretches)
    return ONUS_FAIL_NO_MEMORY(error);
  uint64_t position = 0;
  for (size_t i = 0; i < count; i++) {
    const onus_program_section *s = &p->sections[i];
    if (!(s->permissions & ONUS_SECTION_EXECUTE) || s->file_bytes == 0)
      continue;
    uint64_t length = s->file_bytes;
    if (position + length >= UINT32_MAX / 2) {
      d->is_cut = true;
      break;
    }
    d->stretches[d->n_stretches++] =
        (onus_stretch){s->address, (uint32_t)position, (uint32_t)length,
                       onus_bytes_at(&p->file, s->file_offset, s->file_bytes), is_stubs(s->name)};
    position += length + 1; /* a place between, where nothing is: what runs out of one does not run into the next */
  }
  return make_room(d, (uint32_t)position, error);
}

/* --- the steps ---------------------------------------------------------------------------------------------------- */

static void start_at_address(onus_discovery *d, uint64_t address, onus_function_evidence evidence) {
  uint32_t position = onus_position_of(d, address);
  if (position == ONUS_NOWHERE || onus_stretch_of(d, position)->is_stubs)
    return;
  onus_add_start(d, position, evidence);
  uint32_t *later = onus_list_add(&d->todo);
  if (later)
    *later = position;
}

static void start_from_what_is_said(onus_discovery *d) {
  const onus_program *p = d->program;
  start_at_address(d, p->entry, ONUS_FUNCTION_ENTRY);
  for (size_t i = 0; i < p->n_roots; i++)
    start_at_address(d, p->roots[i], ONUS_FUNCTION_ENTRY);
  for (size_t i = 0; i < p->n_exports; i++)
    start_at_address(d, p->exports[i].address, ONUS_FUNCTION_EXPORT);
  for (size_t i = 0; i < p->n_unwind; i++) {
    uint32_t position = onus_position_of(d, p->unwind[i].address);
    if (!p->unwind[i].is_fragment)
      start_at_address(d, p->unwind[i].address, ONUS_FUNCTION_UNWIND);
    else if (position != ONUS_NOWHERE)
      onus_follow_from(d, position);
  }
  onus_follow(d);
}

static void find_all(onus_discovery *d) {
  bool is_settled = true; /* every start has been walked with all others in place */
  start_from_what_is_said(d);
  onus_own_all(d);
  for (unsigned i = 0; i < ROUNDS_MAX && !d->is_cut; i++) {
    size_t n_found = onus_find_tails(d) + onus_find_pointed(d, true);
    if (n_found > 0) {
      if (!onus_sort_starts(d))
        return;
      onus_own_new(d);
      is_settled = false;
      continue;
    }
    n_found = onus_find_gaps(d);
    if (n_found == 0)
      n_found = onus_find_pointed(d, false);
    if (n_found == 0)
      break;
    onus_own_all(d); /* the new ones divide what was taken for one function's */
    is_settled = true;
  }
  if (!is_settled)
    onus_own_all(d);
}

static onus_status check_lists(onus_discovery *d, onus_error *error) {
  const onus_list *lists[] = {&d->todo,   &d->records, &d->mentions, &d->tables, &d->targets,
                              &d->starts, &d->waits,   &d->pieces,   &d->walk};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    if (lists[i]->status == ONUS_NO_MEMORY)
      return ONUS_FAIL_NO_MEMORY(error);
    d->is_cut = d->is_cut || lists[i]->status == ONUS_LIMIT;
  }
  return ONUS_OK;
}

static void free_discovery(onus_discovery *d) {
  onus_list *lists[] = {&d->todo,   &d->records, &d->mentions, &d->tables, &d->targets,
                        &d->starts, &d->waits,   &d->pieces,   &d->walk};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    onus_list_free(lists[i]);
  onus_places_free(&d->start_at);
  onus_places_free(&d->likeness);
  onus_places_free(&d->strays);
  onus_decoder_free(d->decoder);
  free(d->record_at);
  free(d->stretches);
  free(d->sorted);
  free(d->sorted_pages.before);
  free(d->unwind_pages.before);
  free(d->stray_bits);
  free(d->slot_bits);
  free(d->state);
  free(d->returning_imports);
}

static onus_status discover(onus_discovery *d, onus_functions *functions, onus_error *error) {
  if (!d->decoder)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(lay_out(d, error));
  find_all(d);
  ONUS_TRY(check_lists(d, error));
  for (uint32_t i = 0; i < d->n_positions; i++) {
    functions->n_instructions += (d->state[i] & ONUS_AT_START) != 0;
    functions->n_code_bytes += (d->state[i] & (ONUS_AT_START | ONUS_AT_BODY)) != 0;
  }
  functions->is_cut = d->is_cut;
  /* What is not needed any more makes room for the result. */
  onus_list *done[] = {&d->todo, &d->mentions, &d->waits, &d->walk};
  for (size_t i = 0; i < sizeof done / sizeof *done; i++)
    onus_list_free(done[i]);
  onus_places_free(&d->likeness);
  onus_places_free(&d->strays);
  free(d->stray_bits);
  d->stray_bits = NULL;
  return onus_assemble(d, functions, error);
}

onus_status onus_functions_find(const onus_program *program, onus_functions **ret_functions, onus_error *error) {
  onus_functions *functions = calloc(1, sizeof *functions);
  if (!functions)
    return ONUS_FAIL_NO_MEMORY(error);
  functions->program = program;
  size_t most = UINT32_MAX / 2;
  onus_discovery d = {.program = program,
                      .decoder = onus_decoder_new(program->is_64_bit),
                      .todo = onus_list_new(sizeof(uint32_t), most),
                      .records = onus_list_new(sizeof(onus_record), ONUS_RECORDS_MAX),
                      .mentions = onus_list_new(sizeof(onus_mention), most),
                      .tables = onus_list_new(sizeof(onus_jump_table), most),
                      .targets = onus_list_new(sizeof(uint32_t), program->file.length_bytes / 2 + 4096),
                      .starts = onus_list_new(sizeof(onus_start), most),
                      .waits = onus_list_new(sizeof(onus_wait), most),
                      .pieces = onus_list_new(sizeof(onus_piece), most),
                      .walk = onus_list_new(2 * sizeof(uint32_t), most)};
  onus_status status = discover(&d, functions, error);
  free_discovery(&d);
  if (status != ONUS_OK)
    onus_functions_free(functions);
  else
    *ret_functions = functions;
  return status;
}

void onus_functions_free(onus_functions *functions) {
  if (!functions)
    return;
  free(functions->functions);
  free(functions->blocks);
  free(functions->edges);
  free(functions->calls);
  free(functions);
}

const onus_function *onus_functions_at(const onus_functions *functions, uint64_t address) {
  size_t low = ONUS_COUNT_BELOW(functions->functions, functions->n_functions, address, address);
  bool is_there = low < functions->n_functions && functions->functions[low].address == address;
  return is_there ? &functions->functions[low] : NULL;
}

/* --- instructions ------------------------------------------------------------------------------------------------- */

onus_instructions onus_instructions_new(const onus_program *program) {
  onus_instructions i = {.program = program};
  (void)ZydisDecoderInit(&i.decoder, program->is_64_bit ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32,
                         program->is_64_bit ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32);
  return i;
}

void onus_instructions_begin(onus_instructions *instructions, const onus_block *block) {
  instructions->address = block->address;
  instructions->end = block->address + block->length_bytes;
  instructions->bytes = onus_program_at(instructions->program, block->address, block->length_bytes);
}

bool onus_instructions_next(onus_instructions *instructions, onus_instruction *ret_instruction) {
  uint64_t left = instructions->end - instructions->address;
  if (!instructions->bytes || left == 0 ||
      !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&instructions->decoder, instructions->bytes, (ZyanUSize)left,
                                           &ret_instruction->decoded, ret_instruction->operands)))
    return false;
  ret_instruction->address = instructions->address;
  instructions->address += ret_instruction->decoded.length;
  instructions->bytes += ret_instruction->decoded.length;
  return true;
}
