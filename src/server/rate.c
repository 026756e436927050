/* A table of fixed size, so that no flood of names fills the memory. Two names that meet in one place are counted
 * together: too strict rather than too lax, and whose names meet changes with every start. */
#include "server/rate.h"

#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/clock.h"

enum { PLACES = 1 << 16 };

typedef struct place {
  int64_t started_us;
  unsigned count;
} place;

struct onus_rate {
  pthread_mutex_t mutex;
  unsigned char key[crypto_shorthash_KEYBYTES];
  place places[PLACES];
};

onus_rate *onus_rate_new(void) {
  onus_rate *rate = calloc(1, sizeof *rate);
  if (rate != NULL) {
    pthread_mutex_init(&rate->mutex, NULL);
    crypto_shorthash_keygen(rate->key);
  }
  return rate;
}

void onus_rate_free(onus_rate *rate) {
  if (rate != NULL)
    pthread_mutex_destroy(&rate->mutex);
  free(rate);
}

static place *find(onus_rate *rate, const char *name) {
  unsigned char hash[crypto_shorthash_BYTES];
  uint64_t index;
  crypto_shorthash(hash, (const unsigned char *)name, strlen(name), rate->key);
  memcpy(&index, hash, sizeof index);
  return &rate->places[index % PLACES];
}

bool onus_rate_take(onus_rate *rate, const char *name, unsigned most, unsigned window_s) {
  int64_t now = onus_clock_steady_us();
  pthread_mutex_lock(&rate->mutex);
  place *at = find(rate, name);
  if (at->count == 0 || now - at->started_us > (int64_t)window_s * 1000000)
    *at = (place){now, 0};
  bool is_allowed = at->count < most;
  at->count += is_allowed;
  pthread_mutex_unlock(&rate->mutex);
  return is_allowed;
}

void onus_rate_give_back(onus_rate *rate, const char *name) {
  pthread_mutex_lock(&rate->mutex);
  place *at = find(rate, name);
  at->count -= at->count > 0;
  pthread_mutex_unlock(&rate->mutex);
}
