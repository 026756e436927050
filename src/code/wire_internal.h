/* What goes from a process that read hostile bytes to the one that asked: numbers, texts and arrays, one after the
 * other.
 *
 * One description serves both directions: reading fills what writing takes from. Who reads believes nothing: a count is
 * held against the bytes that are there, and after the first thing that cannot be, nothing more is taken. */
#ifndef ONUS_CODE_WIRE_INTERNAL_H
#define ONUS_CODE_WIRE_INTERNAL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "code/bytes.h"

typedef struct onus_wire {
  onus_buffer *out; /* NULL: reading */
  onus_bytes in;
  uint64_t at;
  onus_arena *arena;              /* of what is read */
  bool has_failed, has_no_memory; /* the second: that is why */
} onus_wire;

void onus_wire_u64(onus_wire *wire, uint64_t *value);
void onus_wire_u32(onus_wire *wire, uint32_t *value);
void onus_wire_bool(onus_wire *wire, bool *value);
/* A number below `end`. */
void onus_wire_small(onus_wire *wire, uint8_t *value, uint64_t end);
/* A text or NULL. */
void onus_wire_text(onus_wire *wire, const char **text);
/* How many items follow; makes room for them when reading, in the array that `items` points to. Each takes at least
 * `least_bytes` on the way, so that no room is made for what cannot come. */
void onus_wire_items(onus_wire *wire, size_t *count, void *items, size_t item_bytes, size_t least_bytes);
/* When reading: zeroed room for what `items` points to; each of `count` must have been counted by onus_wire_items. */
void onus_wire_room(onus_wire *wire, size_t count, void *items, size_t item_bytes);
/* Indices, each below `end`. */
void onus_wire_indices(onus_wire *wire, uint32_t *count, const uint32_t **indices, uint64_t end);

/* After a reading pass: whether all that came can be, and nothing is left of it. `path` is the file that was read. */
ONUS_MUST_CHECK onus_status onus_wire_end(const onus_wire *w, const char *path, onus_error *error);

#endif
