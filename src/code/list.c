#include "code/list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

static bool grow(onus_list *list) {
  size_t capacity = list->capacity == 0 ? FIRST_CAPACITY : list->capacity + list->capacity / 2;
  capacity = capacity < list->cap ? capacity : list->cap;
  void *grown = capacity <= SIZE_MAX / list->item_bytes ? realloc(list->items, capacity * list->item_bytes) : NULL;
  if (!grown) {
    list->status = ONUS_NO_MEMORY;
    return false;
  }
  list->items = grown;
  list->capacity = capacity;
  return true;
}

void *onus_list_add(onus_list *list) {
  if (list->status != ONUS_OK)
    return NULL;
  if (list->count >= list->cap) {
    list->status = ONUS_LIMIT;
    return NULL;
  }
  if (list->count == list->capacity && !grow(list))
    return NULL;
  void *item = (char *)list->items + list->count++ * list->item_bytes;
  return memset(item, 0, list->item_bytes);
}

void onus_list_free(onus_list *list) {
  free(list->items);
  list->items = NULL;
  list->count = list->capacity = 0;
}

void *onus_list_take(onus_list *list) {
  void *items = list->items;
  if (list->count > 0 && list->count < list->capacity) {
    void *smaller = realloc(items, list->count * list->item_bytes);
    items = smaller ? smaller : items;
  } else if (list->count == 0) {
    free(items);
    items = NULL;
  }
  list->items = NULL;
  list->count = list->capacity = 0;
  return items;
}
