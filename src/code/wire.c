#include "code/wire_internal.h"

/* Notes that what was asked of the arena is not there. */
static void check_made(onus_wire *w, const void *made) {
  if (made)
    return;
  w->has_failed = true;
  w->has_no_memory = !onus_arena_is_at_cap(w->arena);
}

void onus_wire_u64(onus_wire *w, uint64_t *value) {
  if (w->out)
    onus_buffer_append(w->out, (const char *)value, sizeof *value);
  else if (w->has_failed || !onus_bytes_u64(&w->in, w->at, value))
    w->has_failed = true;
  w->at += sizeof *value;
}

void onus_wire_u32(onus_wire *w, uint32_t *value) {
  uint64_t wide = *value;
  onus_wire_u64(w, &wide);
  *value = (uint32_t)wide;
}

void onus_wire_small(onus_wire *w, uint8_t *value, uint64_t end) {
  uint64_t wide = *value;
  onus_wire_u64(w, &wide);
  w->has_failed = w->has_failed || wide >= end;
  *value = w->has_failed ? 0 : (uint8_t)wide;
}

void onus_wire_bool(onus_wire *w, bool *value) {
  uint8_t small = *value;
  onus_wire_small(w, &small, 2);
  *value = small != 0;
}

void onus_wire_text(onus_wire *w, const char **text) {
  uint64_t length = w->out ? (*text ? strlen(*text) + 1 : 0) : 0;
  onus_wire_u64(w, &length);
  if (w->out) {
    if (*text)
      onus_buffer_append(w->out, *text, (size_t)length);
    return;
  }
  *text = NULL;
  if (w->has_failed || length == 0)
    return;
  const uint8_t *bytes = onus_bytes_at(&w->in, w->at, length);
  w->at += length;
  w->has_failed = !bytes;
  if (!bytes)
    return;
  *text = onus_arena_copy(w->arena, (const char *)bytes, (size_t)length - 1);
  check_made(w, *text);
}

void onus_wire_room(onus_wire *w, size_t count, void *items, size_t item_bytes) {
  void *made = NULL;
  if (!w->has_failed) {
    made = onus_arena_alloc(w->arena, count, item_bytes);
    check_made(w, made);
  }
  memcpy(items, &made, sizeof made);
}

void onus_wire_items(onus_wire *w, size_t *count, void *items, size_t item_bytes, size_t least_bytes) {
  uint64_t n = *count;
  onus_wire_u64(w, &n);
  if (w->out)
    return;
  w->has_failed = w->has_failed || n > (w->in.length_bytes - w->at) / least_bytes;
  *count = w->has_failed ? 0 : (size_t)n;
  onus_wire_room(w, *count, items, item_bytes);
  *count = w->has_failed ? 0 : *count;
}

void onus_wire_indices(onus_wire *w, uint32_t *count, const uint32_t **indices, uint64_t end) {
  uint64_t n = *count, n_bytes = 0;
  onus_wire_u64(w, &n);
  n_bytes = n * sizeof **indices;
  if (w->out) {
    if (n > 0)
      onus_buffer_append(w->out, (const char *)*indices, (size_t)n_bytes);
    w->at += n_bytes;
    return;
  }
  *count = 0;
  *indices = NULL;
  const uint8_t *bytes =
      w->has_failed || n > w->in.length_bytes / sizeof **indices ? NULL : onus_bytes_at(&w->in, w->at, n_bytes);
  w->has_failed = !bytes;
  if (!bytes)
    return;
  uint32_t *made = ONUS_ARENA_ARRAY(w->arena, uint32_t, n);
  check_made(w, made);
  if (!made)
    return;
  memcpy(made, bytes, (size_t)n_bytes);
  for (uint64_t i = 0; i < n && !w->has_failed; i++)
    w->has_failed = made[i] >= end;
  w->at += n_bytes;
  *count = (uint32_t)n;
  *indices = made;
}

onus_status onus_wire_end(const onus_wire *w, const char *path, onus_error *error) {
  if (w->has_no_memory)
    return ONUS_FAIL_NO_MEMORY(error);
  if (w->has_failed || w->at != w->in.length_bytes)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "made its reader say what cannot be; nothing else was harmed, but please report it");
  return ONUS_OK;
}
