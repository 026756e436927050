/* When the buffer of a text cannot grow, jansson goes on with a text that lacks bytes: it may end the program then, or
 * give another text than was sent. So once an allocation has failed, it gets what it asks for from a reserve, and no
 * more of the input: reading ends soon, and what came of it is thrown away. What it can ask for until then is bounded
 * by the piece of input that it has, and by one more doubling of a buffer.
 */
#include "server/json_read.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RESERVE_BYTES = 1 << 20, ALIGNMENT = 16 };

typedef struct reading {
  const char *bytes;
  size_t left;
  bool is_memory_lacking;
  char *reserve;
  size_t reserve_bytes, used_bytes;
} reading;

static _Thread_local reading *current;

static void *take(size_t bytes) {
  void *memory = current == NULL || !current->is_memory_lacking ? malloc(bytes) : NULL;
  if (memory != NULL || current == NULL)
    return memory;
  current->is_memory_lacking = true;
  size_t whole = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (whole < bytes || whole > current->reserve_bytes - current->used_bytes)
    return NULL;
  memory = current->reserve + current->used_bytes;
  current->used_bytes += whole;
  return memory;
}

static void give_back(void *memory) {
  uintptr_t at = (uintptr_t)memory, begin = current != NULL ? (uintptr_t)current->reserve : 0;
  if (begin == 0 || at < begin || at >= begin + current->reserve_bytes)
    free(memory);
}

static size_t read_piece(void *out, size_t room, void *context) {
  reading *r = context;
  size_t n = r->is_memory_lacking ? 0 : r->left < room ? r->left : room;
  if (n > 0)
    memcpy(out, r->bytes, n);
  r->bytes += n;
  r->left -= n;
  return n;
}

void onus_json_begin(void) {
  json_set_alloc_funcs(take, give_back);
}

json_t *onus_json_read(const char *bytes, size_t length, size_t flags, bool *ret_is_memory_lacking,
                       json_error_t *error) {
  reading r = {.bytes = bytes, .left = length, .reserve_bytes = RESERVE_BYTES + 2 * length};
  r.reserve = malloc(r.reserve_bytes);
  if (r.reserve == NULL) {
    *ret_is_memory_lacking = true;
    return NULL;
  }
  current = &r;
  json_t *json = json_load_callback(read_piece, &r, flags, error);
  if (r.is_memory_lacking) {
    json_decref(json);
    json = NULL;
  }
  current = NULL;
  free(r.reserve);
  *ret_is_memory_lacking = r.is_memory_lacking;
  return json;
}
