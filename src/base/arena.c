/* Blocks in a list, the newest first; requests larger than a block get one of their own. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024, ALIGNMENT = 16 };

typedef struct block {
  struct block *next;
  size_t used_bytes, capacity_bytes;
} block;

_Static_assert(sizeof(block) % 8 == 0, "the head of a block keeps its contents aligned");

struct onus_arena {
  block *blocks;
  size_t given_bytes, cap_bytes;
  bool is_at_cap;
};

static unsigned char *block_bytes(block *b) {
  uintptr_t start = (uintptr_t)(b + 1);
  return (unsigned char *)((start + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
}

onus_arena *onus_arena_new(size_t cap_bytes) {
  onus_arena *arena = calloc(1, sizeof *arena);
  if (arena)
    arena->cap_bytes = cap_bytes;
  return arena;
}

void onus_arena_free(onus_arena *arena) {
  if (!arena)
    return;
  for (block *b = arena->blocks; b;) {
    block *next = b->next;
    free(b);
    b = next;
  }
  free(arena);
}

static block *block_add(onus_arena *arena, size_t capacity_bytes) {
  block *b = malloc(sizeof *b + ALIGNMENT + capacity_bytes);
  if (!b)
    return NULL;
  b->used_bytes = 0;
  b->capacity_bytes = capacity_bytes;
  b->next = arena->blocks;
  arena->blocks = b;
  return b;
}

bool onus_arena_is_at_cap(const onus_arena *arena) {
  return arena->is_at_cap;
}

void onus_arena_clear(onus_arena *arena) {
  block *kept = NULL;
  for (block *b = arena->blocks; b;) {
    block *next = b->next;
    if (!kept && b->capacity_bytes == BLOCK_BYTES)
      kept = b;
    else
      free(b);
    b = next;
  }
  if (kept) {
    kept->next = NULL;
    kept->used_bytes = 0;
  }
  arena->blocks = kept;
  arena->given_bytes = 0;
  arena->is_at_cap = false;
}

/* As onus_arena_alloc, not zeroed. */
static void *take(onus_arena *arena, size_t count, size_t size_bytes) {
  if (size_bytes && count > (SIZE_MAX - ALIGNMENT) / size_bytes)
    return NULL;
  size_t bytes = (count * size_bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  if (bytes == 0)
    bytes = ALIGNMENT;
  arena->is_at_cap = bytes > arena->cap_bytes - arena->given_bytes;
  if (arena->is_at_cap)
    return NULL;
  block *b = arena->blocks;
  if (!b || bytes > b->capacity_bytes - b->used_bytes) {
    b = block_add(arena, bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES);
    if (!b)
      return NULL;
  }
  unsigned char *result = block_bytes(b) + b->used_bytes;
  b->used_bytes += bytes;
  arena->given_bytes += bytes;
  return result;
}

void *onus_arena_alloc(onus_arena *arena, size_t count, size_t size_bytes) {
  void *result = take(arena, count, size_bytes);
  return result ? memset(result, 0, count * size_bytes) : NULL;
}

char *onus_arena_copy(onus_arena *arena, const char *bytes, size_t length_bytes) {
  if (length_bytes == SIZE_MAX)
    return NULL;
  char *copy = take(arena, length_bytes + 1, 1);
  if (!copy)
    return NULL;
  if (length_bytes)
    memcpy(copy, bytes, length_bytes);
  copy[length_bytes] = '\0';
  return copy;
}

char *onus_arena_join(onus_arena *arena, const char *first, const char *second) {
  size_t first_bytes = strlen(first), second_bytes = strlen(second);
  char *joined = onus_arena_alloc(arena, first_bytes + second_bytes + 1, 1);
  if (joined) {
    memcpy(joined, first, first_bytes);
    memcpy(joined + first_bytes, second, second_bytes);
  }
  return joined;
}

bool onus_arena_room_for_one(onus_arena *arena, void *array_pointer, size_t count, size_t *capacity,
                             size_t item_bytes) {
  enum { FIRST_ITEMS = 16 };
  if (count < *capacity)
    return true;
  size_t more = *capacity ? 2 * *capacity : FIRST_ITEMS;
  void *array, *grown = onus_arena_alloc(arena, more, item_bytes);
  if (!grown)
    return false;
  memcpy(&array, array_pointer, sizeof array); /* of any type: read and written as bytes */
  if (count)
    memcpy(grown, array, count * item_bytes);
  memcpy(array_pointer, &grown, sizeof grown);
  *capacity = more;
  return true;
}

void *onus_arena_handle(size_t cap_bytes, size_t size_bytes, size_t arena_offset_bytes) {
  onus_arena *arena = onus_arena_new(cap_bytes);
  unsigned char *handle = arena ? onus_arena_alloc(arena, 1, size_bytes) : NULL;
  if (handle)
    memcpy(handle + arena_offset_bytes, &arena, sizeof arena);
  else
    onus_arena_free(arena);
  return handle;
}
