/* Seeded numbers without state: the same seed and counter give the same number on every machine. */
#ifndef ONUS_BASE_RANDOM_H
#define ONUS_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* 64 mixed bits of (seed, stream, counter). */
uint64_t onus_random_bits(uint64_t seed, uint64_t stream, uint64_t counter);

/* A uniform permutation of 0 … count−1 in `out`, drawn from (seed, stream). */
void onus_random_permutation(uint64_t seed, uint64_t stream, size_t count, uint32_t *out);

#endif
