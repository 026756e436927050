/* Loaded before libc (LD_PRELOAD): the time of day is SKEW_S seconds late or early. libfaketime does this too, but not
 * together with the allocator of Debian's clickhouse-server. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define SEEN __attribute__((visibility("default")))

typedef int get_time(clockid_t clock, struct timespec *out);

SEEN int clock_gettime(clockid_t clock, struct timespec *out) {
  static get_time *real;
  if (!real) {
    void *found = dlsym(RTLD_NEXT, "clock_gettime");
    memcpy(&real, &found, sizeof real); /* ISO C knows no other way from an object to a function */
  }
  const char *skew_s = getenv("SKEW_S");
  int result = real(clock, out);
  if (result == 0 && skew_s && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    out->tv_sec += atol(skew_s);
  return result;
}

SEEN time_t time(time_t *out) {
  struct timespec now = {0};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out)
    *out = now.tv_sec;
  return now.tv_sec;
}

SEEN int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  struct timespec now = {0};
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  *out = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
  return 0;
}
