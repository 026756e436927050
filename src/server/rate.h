/* How often something failed lately, by a name: an account, an address. */
#ifndef ONUS_SERVER_RATE_H
#define ONUS_SERVER_RATE_H

#include <stdbool.h>

typedef struct onus_rate onus_rate;

onus_rate *onus_rate_new(void); /* NULL: no memory */
void onus_rate_free(onus_rate *rate);

/* Counts one try; false when there were `most` already within the last `window_s` seconds. */
bool onus_rate_take(onus_rate *rate, const char *name, unsigned most, unsigned window_s);
/* It was none that counts. */
void onus_rate_give_back(onus_rate *rate, const char *name);

#endif
