/* The least of many numbers, without sorting. */
#ifndef ONUS_BASE_SELECT_H
#define ONUS_BASE_SELECT_H

#include <stddef.h>
#include <stdint.h>

/* Brings the least `n_wanted` of `n` numbers to the front, in no order. As quick with numbers that somebody made to
 * delay it: at most n times the logarithm of n_wanted, and some. */
void onus_select_least(uint64_t *numbers, size_t n, size_t n_wanted);

#endif
