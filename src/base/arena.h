/* Memory that is freed all at once. A handle owns one arena; everything that hangs on the handle lies in it. */
#ifndef ONUS_BASE_ARENA_H
#define ONUS_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

typedef struct onus_arena onus_arena;

/* An arena that gives out at most `cap_bytes` in all. NULL when there is no memory. */
onus_arena *onus_arena_new(size_t cap_bytes);
void onus_arena_free(onus_arena *arena);
/* Takes back all that was given out, and keeps some of the memory for what comes. */
void onus_arena_clear(onus_arena *arena);

/* Whether the last request was refused at the cap, rather than for lack of memory. */
bool onus_arena_is_at_cap(const onus_arena *arena);

/* `count` × `size_bytes` zeroed bytes, aligned for any type (16). NULL on overflow, at the cap, or without memory.
 * A count of zero gives a valid pointer. */
void *onus_arena_alloc(onus_arena *arena, size_t count, size_t size_bytes);

/* A NUL-terminated copy of `length_bytes` bytes. NULL without memory. */
char *onus_arena_copy(onus_arena *arena, const char *bytes, size_t length_bytes);

/* A NUL-terminated copy of one string after the other. NULL without memory. */
char *onus_arena_join(onus_arena *arena, const char *first, const char *second);

/* Room for one more than `count` items in the array that `*array_pointer` points to, which holds *capacity: a copy of
 * twice the size. False at the cap or without memory: the array and its capacity stay as they are. */
bool onus_arena_room_for_one(onus_arena *arena, void *array_pointer, size_t count, size_t *capacity, size_t item_bytes);

/* An arena and on it a zeroed handle of `size_bytes`, whose pointer to its arena lies at `arena_offset_bytes`. NULL
 * without memory. */
void *onus_arena_handle(size_t cap_bytes, size_t size_bytes, size_t arena_offset_bytes);

/* The same of a type with a member `arena`; freeing that frees the handle. */
#define ONUS_ARENA_HANDLE(type, cap_bytes) ((type *)onus_arena_handle(cap_bytes, sizeof(type), offsetof(type, arena)))

#define ONUS_ARENA_ARRAY(arena, type, count) ((type *)onus_arena_alloc(arena, (size_t)(count), sizeof(type)))

#endif
