/* Arrays that grow in plain memory. */
#ifndef ONUS_BASE_ROOM_H
#define ONUS_BASE_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/* Room for one more than `count` items in the array that `*array_pointer` points to, which holds *capacity. False
 * without memory: the array and its capacity stay as they are. */
bool onus_room_for_one(void *array_pointer, size_t count, size_t *capacity, size_t item_bytes);

#define ONUS_ROOM_FOR_ONE(array, count, capacity) onus_room_for_one(&(array), count, &(capacity), sizeof *(array))

#endif
