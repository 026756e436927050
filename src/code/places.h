/* Numbers by position: a hash table of 32-bit keys, for what is sparse among positions of code. */
#ifndef ONUS_CODE_PLACES_H
#define ONUS_CODE_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct onus_place {
  uint32_t position, value; /* value + 1; 0: free */
} onus_place;

typedef struct onus_places {
  onus_place *slots;
  size_t n_slots, n_used;
} onus_places;

/* Sets the value of a position, below UINT32_MAX. False without memory. */
bool onus_places_put(onus_places *places, uint32_t position, uint32_t value);
/* UINT32_MAX when there is none. */
uint32_t onus_places_get(const onus_places *places, uint32_t position);
void onus_places_clear(onus_places *places);
void onus_places_free(onus_places *places);

#endif
