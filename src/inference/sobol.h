/* Points that fill the unit cube evenly: a scrambled Sobol' sequence of fixed length, handed out as normal scores
 * [M-10].
 *
 * ONUS_SAMPLES = 4096 = 2^12 points need 12 binary digits. Every coordinate of the sequence then takes each of the 4096
 * values (k + 1/2) / 4096 exactly once, so the normal scores come from one table.
 *
 * Direction numbers: primitive polynomials over GF(2) in order of degree, their free first numbers drawn once and for
 * all from a fixed stream (not from the seed). Coordinates beyond the 481 that polynomials up to degree 12 give use
 * random upper triangular generator matrices: each stays perfectly stratified. Scrambling (from the seed): a random
 * lower triangular matrix on the digits and a digital shift (Matoušek 1998).
 */
#ifndef ONUS_INFERENCE_SOBOL_H
#define ONUS_INFERENCE_SOBOL_H

#include <stddef.h>
#include <stdint.h>

enum { ONUS_SAMPLES_LOG2 = 12, ONUS_SAMPLES = 1 << ONUS_SAMPLES_LOG2 };

typedef struct onus_sobol onus_sobol;

/* NULL without memory. */
onus_sobol *onus_sobol_new(size_t n_coordinates, uint64_t seed);
void onus_sobol_free(onus_sobol *sobol);

/* The normal scores of coordinate `coordinate` of the points `first` … first + count − 1, count a power of two up to 8
 * and first a multiple of it; written to out[0 … count−1]. */
void onus_sobol_scores(const onus_sobol *sobol, size_t coordinate, size_t first, size_t count, double *out);

#endif
