/* Looking for an address in an array that is ordered by address. */
#ifndef ONUS_CODE_SEARCH_H
#define ONUS_CODE_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/* How many of `count` items, `item_bytes` apart, have an address below `address`: the place of the first that has not.
 * `first` is the address in the first item. */
static inline size_t onus_search(const uint64_t *first, size_t count, size_t item_bytes, uint64_t address) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (*(const uint64_t *)(const void *)((const char *)first + middle * item_bytes) < address)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* How many items of `array` have an address below `limit`, which `member` holds. */
#define ONUS_COUNT_BELOW(array, count, member, limit)                                                                  \
  ((count) == 0 ? 0 : onus_search(&(array)->member, count, sizeof *(array), limit))

/* How many have one of at most `address`: the last of them is where it lies, if it lies in any. */
#define ONUS_COUNT_UP_TO(array, count, member, limit)                                                                  \
  ((limit) == UINT64_MAX ? (count) : ONUS_COUNT_BELOW(array, count, member, (limit) + 1))

#endif
