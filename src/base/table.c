/* Open addressing with linear probing over XXH3 hashes, at most half full. */
#include "base/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

typedef struct slot {
  const char *key; /* NULL: empty */
  uint64_t hash;
  size_t value;
} slot;

struct onus_table {
  slot *slots;
  size_t n_slots, n_used; /* n_slots is a power of two */
};

static uint64_t hash_of(const char *key) {
  return XXH3_64bits(key, strlen(key));
}

onus_table *onus_table_new(void) {
  onus_table *table = calloc(1, sizeof *table);
  if (!table)
    return NULL;
  table->n_slots = 32;
  table->slots = calloc(table->n_slots, sizeof *table->slots);
  if (!table->slots) {
    free(table);
    return NULL;
  }
  return table;
}

void onus_table_free(onus_table *table) {
  if (!table)
    return;
  free(table->slots);
  free(table);
}

/* The slot that holds `key`, or the empty one where it would go. */
static slot *find(slot *slots, size_t n_slots, const char *key, uint64_t hash) {
  size_t i = (size_t)hash & (n_slots - 1);
  while (slots[i].key && (slots[i].hash != hash || strcmp(slots[i].key, key) != 0))
    i = (i + 1) & (n_slots - 1);
  return &slots[i];
}

static bool grow(onus_table *table) {
  if (table->n_slots > SIZE_MAX / 2 / sizeof(slot))
    return false;
  size_t n_slots = table->n_slots * 2;
  slot *slots = calloc(n_slots, sizeof *slots);
  if (!slots)
    return false;
  for (size_t i = 0; i < table->n_slots; i++)
    if (table->slots[i].key)
      *find(slots, n_slots, table->slots[i].key, table->slots[i].hash) = table->slots[i];
  free(table->slots);
  table->slots = slots;
  table->n_slots = n_slots;
  return true;
}

bool onus_table_put(onus_table *table, const char *key, size_t value) {
  if (table->n_used * 2 >= table->n_slots && !grow(table))
    return false;
  uint64_t hash = hash_of(key);
  slot *s = find(table->slots, table->n_slots, key, hash);
  if (!s->key) {
    *s = (slot){key, hash, value};
    table->n_used++;
  }
  return true;
}

size_t onus_table_get(const onus_table *table, const char *key) {
  const slot *s = find(table->slots, table->n_slots, key, hash_of(key));
  return s->key ? s->value : ONUS_NONE;
}
