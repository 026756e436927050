#include "base/room.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

bool onus_room_for_one(void *array_pointer, size_t count, size_t *capacity, size_t item_bytes) {
  if (count < *capacity)
    return true;
  size_t more = *capacity ? *capacity + *capacity / 2 : FIRST_CAPACITY;
  if (more > SIZE_MAX / 2 / item_bytes)
    return false;
  void *array; /* of any type: read and written as bytes */
  memcpy(&array, array_pointer, sizeof array);
  array = realloc(array, more * item_bytes);
  if (!array)
    return false;
  memcpy(array_pointer, &array, sizeof array);
  *capacity = more;
  return true;
}
