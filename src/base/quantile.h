/* Quantiles without sorting. */
#ifndef ONUS_BASE_QUANTILE_H
#define ONUS_BASE_QUANTILE_H

#include <stddef.h>

/* The quantile at `share` (0 … 1), linear between the two order statistics around it. Changes the order of the values;
 * `count` is at least 1. */
double onus_quantile(double *values, size_t count, double share);

/* The same for several shares, ascending: each search goes on in what the one before left behind. */
void onus_quantiles_of(double *values, size_t count, const double *shares, size_t n_shares, double *out);

#endif
