/* What must hold of any executable file: it is refused with a reason, or what comes out is as program.h, functions.h
 * and fingerprint.h promise. A fuzzer of one format makes whatever bytes it gets begin as such a file does, so that its
 * tables are reached. */
#ifndef ONUS_FUZZ_PROGRAM_CHECK_H
#define ONUS_FUZZ_PROGRAM_CHECK_H

#include "code/fingerprint.h"

#include <stdlib.h>
#include <string.h>

static inline void require(bool holds) {
  if (!holds)
    abort();
}

static inline void check_program(const onus_program *p) {
  for (size_t i = 0; i < p->n_sections; i++) {
    const onus_program_section *s = &p->sections[i];
    require(s->file_bytes <= s->size_bytes && onus_bytes_at(&p->file, s->file_offset, s->file_bytes) != NULL);
    require(i == 0 || s[-1].address + s[-1].size_bytes <= s->address);
  }
  for (size_t i = 0; i < p->n_slots; i++)
    require(p->slots[i].import < p->n_imports && (i == 0 || p->slots[i - 1].address < p->slots[i].address));
  for (size_t i = 0; i < p->n_exports; i++) {
    const uint8_t *text = NULL;
    bool is_wide = false;
    require(p->exports[i].name != NULL);
    (void)onus_program_string(p, p->exports[i].address, 4, &text, &is_wide);
  }
}

static inline void check_functions(const onus_program *p, const onus_functions *r) {
  onus_instructions instructions = onus_instructions_new(p);
  for (size_t i = 0; i < r->n_functions; i++) {
    const onus_function *f = &r->functions[i];
    require(i == 0 || f[-1].address < f->address);
    require(f->n_blocks > 0 && f->first_block + f->n_blocks <= r->n_blocks);
    require(r->blocks[f->entry_block].address == f->address);
    for (uint32_t k = f->first_block; k < f->first_block + f->n_blocks; k++) {
      const onus_block *b = &r->blocks[k];
      require(k == f->first_block || b[-1].address + b[-1].length_bytes <= b->address);
      for (uint32_t e = b->first_edge; e < b->first_edge + b->n_edges; e++)
        require(r->edges[e] >= f->first_block && r->edges[e] < f->first_block + f->n_blocks);
      uint32_t n = 0;
      onus_instruction instruction;
      onus_instructions_begin(&instructions, b);
      while (onus_instructions_next(&instructions, &instruction))
        n++;
      require(n == b->n_instructions);
    }
    for (uint32_t k = f->first_call; k < f->first_call + f->n_calls; k++)
      require(r->calls[k].import < (int32_t)p->n_imports);
  }
}

static inline void check_fingerprints(const onus_functions *r, const onus_fingerprints *prints) {
  require(prints->count == r->n_functions);
  for (size_t i = 0; i < prints->count; i++) {
    const onus_function_fingerprint *f = &prints->items[i];
    require(f->address == r->functions[i].address && f->first_of_kind[ONUS_TOKEN_KINDS] == f->n_tokens);
    for (uint32_t k = 0; k < f->n_tokens; k++) {
      const onus_token *t = &f->tokens[k];
      require(t->times > 0 && t->kind < ONUS_TOKEN_KINDS);
      require(k == 0 || t[-1].kind < t->kind || (t[-1].kind == t->kind && t[-1].hash < t->hash));
    }
    for (uint32_t k = 0; k < f->n_callees; k++)
      require(f->callees[k] < prints->count);
    for (uint32_t k = 0; k < f->n_callers; k++)
      require(f->callers[k] < prints->count);
    for (uint32_t k = 0; k < f->n_beside; k++)
      require(f->beside[k] < prints->count);
  }
}

static inline void try_bytes(const uint8_t *bytes, size_t size) {
  onus_program *program = NULL;
  onus_functions *functions = NULL;
  onus_fingerprints *prints = NULL;
  onus_error error = {0};
  onus_status status = onus_program_parse("input", bytes, size, &program, &error);
  require(status == ONUS_OK ? program != NULL : program == NULL && error.text[0] != '\0');
  if (status != ONUS_OK)
    return;
  check_program(program);
  require(onus_functions_find(program, &functions, &error) == ONUS_OK);
  check_functions(program, functions);
  require(onus_fingerprints_make(functions, &prints, &error) == ONUS_OK);
  check_fingerprints(functions, prints);
  onus_fingerprints_free(prints);
  onus_functions_free(functions);
  onus_program_free(program);
}

typedef void program_begin(uint8_t *bytes, size_t size);

static inline int try_beginning(const uint8_t *data, size_t size, program_begin *begin) {
  enum { LEAST_BYTES = 64, MOST_BYTES = 1 << 18 };
  uint8_t *bytes = size >= LEAST_BYTES && size <= MOST_BYTES ? malloc(size) : NULL;
  if (!bytes)
    return 0;
  memcpy(bytes, data, size);
  begin(bytes, size);
  try_bytes(bytes, size);
  free(bytes);
  return 0;
}

#endif
