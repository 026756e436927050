#include "server/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t onus_clock_now_us(void) {
  return read_clock(CLOCK_REALTIME);
}

int64_t onus_clock_steady_us(void) {
  return read_clock(CLOCK_MONOTONIC);
}

void onus_clock_text(int64_t time_us, char text[ONUS_TIME_TEXT_BYTES]) {
  time_t seconds = (time_t)(time_us / 1000000);
  struct tm utc = {0};
  char whole[32];
  gmtime_r(&seconds, &utc);
  strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &utc);
  snprintf(text, ONUS_TIME_TEXT_BYTES, "%.20s.%06uZ", whole, (unsigned)(time_us % 1000000) % 1000000u);
}
