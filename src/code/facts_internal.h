#ifndef ONUS_CODE_FACTS_INTERNAL_H
#define ONUS_CODE_FACTS_INTERNAL_H

#include "code/facts.h"

typedef struct onus_facts_reader {
  const onus_program *program;
  onus_arena *arena;
  onus_facts *facts;
  uint64_t end; /* of what the loader knows of the file */
} onus_facts_reader;

void onus_facts_read_pe(onus_facts_reader *reader);
void onus_facts_read_elf(onus_facts_reader *reader);
void onus_facts_read_macho(onus_facts_reader *reader);

/* Copies into the arena; NULL without memory. */
const char *onus_facts_text(onus_facts_reader *reader, const char *text, size_t length_bytes);
const char *onus_facts_hex(onus_facts_reader *reader, const uint8_t *bytes, size_t length_bytes);

static inline void onus_facts_reach(onus_facts_reader *reader, uint64_t end) {
  reader->end = end > reader->end ? end : reader->end;
}

#endif
