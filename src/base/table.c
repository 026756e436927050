/* Open addressing with linear probing over XXH3 hashes, at most half full. Every table hashes with a seed of its own,
 * so that nobody can write a file whose keys all fall into one place. */
#include "base/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

typedef struct slot {
  const char *key; /* NULL: empty */
  uint64_t hash;
  size_t value;
} slot;

struct onus_table {
  slot *slots;
  size_t n_slots, n_used; /* n_slots is a power of two */
  uint64_t seed;
};

static uint64_t hash_of(const onus_table *table, const char *key) {
  return XXH3_64bits_withSeed(key, strlen(key), table->seed);
}

onus_table *onus_table_new(void) {
  onus_table *table = calloc(1, sizeof *table);
  if (!table)
    return NULL;
  table->n_slots = 32;
  /* The order of slots is never seen, so the seed changes no result; without one the address has to do. */
  if (getrandom(&table->seed, sizeof table->seed, GRND_NONBLOCK) != (ssize_t)sizeof table->seed)
    table->seed = (uint64_t)(uintptr_t)table;
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
  uint64_t hash = hash_of(table, key);
  slot *s = find(table->slots, table->n_slots, key, hash);
  if (!s->key) {
    *s = (slot){key, hash, value};
    table->n_used++;
  }
  return true;
}

size_t onus_table_get(const onus_table *table, const char *key) {
  const slot *s = find(table->slots, table->n_slots, key, hash_of(table, key));
  return s->key ? s->value : ONUS_NONE;
}
