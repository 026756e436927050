/* Many questions to one ordered array: for each page of positions, how many items lie before it, so that a search looks
 * at the items of one page only. */
#ifndef ONUS_CODE_PAGES_H
#define ONUS_CODE_PAGES_H

#include <stddef.h>
#include <stdint.h>

enum { ONUS_PAGE_BITS = 8 };

typedef struct onus_pages {
  uint32_t *before; /* by page, and one more */
  size_t n_pages;
} onus_pages;

static inline size_t onus_pages_count(uint32_t n_positions) {
  return ((size_t)n_positions >> ONUS_PAGE_BITS) + 1;
}

/* The items of the page of `position`: from *ret_first on, up to *ret_end. */
static inline void onus_pages_look_up(const onus_pages *pages, uint32_t position, size_t *ret_first, size_t *ret_end) {
  size_t page = position >> ONUS_PAGE_BITS;
  *ret_first = pages->before[page];
  *ret_end = pages->before[page + 1];
}

#endif
