#include "code/places.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1024 };

static size_t slot_of(const onus_place *slots, size_t n_slots, uint32_t position) {
  uint32_t hash = position * UINT32_C(2654435769);
  size_t slot = (hash ^ hash >> 15) & (n_slots - 1);
  while (slots[slot].value != 0 && slots[slot].position != position)
    slot = (slot + 1) & (n_slots - 1);
  return slot;
}

static bool grow(onus_places *places) {
  size_t n_slots = places->n_slots > 0 ? 2 * places->n_slots : FIRST_SLOTS;
  onus_place *slots = calloc(n_slots, sizeof *slots);
  if (!slots)
    return false;
  for (size_t i = 0; i < places->n_slots; i++)
    if (places->slots[i].value != 0)
      slots[slot_of(slots, n_slots, places->slots[i].position)] = places->slots[i];
  free(places->slots);
  places->slots = slots;
  places->n_slots = n_slots;
  return true;
}

bool onus_places_put(onus_places *places, uint32_t position, uint32_t value) {
  if (places->n_used >= places->n_slots - places->n_slots / 4 && !grow(places))
    return false;
  onus_place *slot = &places->slots[slot_of(places->slots, places->n_slots, position)];
  places->n_used += slot->value == 0;
  *slot = (onus_place){position, value + 1};
  return true;
}

uint32_t onus_places_get(const onus_places *places, uint32_t position) {
  if (places->n_slots == 0)
    return UINT32_MAX;
  return places->slots[slot_of(places->slots, places->n_slots, position)].value - 1;
}

void onus_places_clear(onus_places *places) {
  if (places->n_slots > 0)
    memset(places->slots, 0, places->n_slots * sizeof *places->slots);
  places->n_used = 0;
}

void onus_places_free(onus_places *places) {
  free(places->slots);
  *places = (onus_places){0};
}
