/* An array that grows in plain memory, up to a cap. The first failure sticks: adding goes on giving NULL. */
#ifndef ONUS_CODE_LIST_H
#define ONUS_CODE_LIST_H

#include "base/error.h"

typedef struct onus_list {
  void *items;
  size_t count, capacity, item_bytes, cap;
  onus_status status;
} onus_list;

static inline onus_list onus_list_new(size_t item_bytes, size_t cap) {
  onus_list list = {NULL, 0, 0, item_bytes, cap, ONUS_OK};
  return list;
}

/* A zeroed item at the end. NULL at the cap (status ONUS_LIMIT) or without memory. */
void *onus_list_add(onus_list *list);
void onus_list_free(onus_list *list);

/* Gives what is left of the capacity back and moves the items out; an empty list gives NULL. */
void *onus_list_take(onus_list *list);

#define ONUS_LIST(list, type) ((type *)(list)->items)

#endif
