#include "cli/progress.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Work shorter than this shows nothing; a line that stands is renewed so often. */
#define QUIET_S 0.5
#define RENEW_S 0.1
enum { LINE_BYTES = 56 };

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number) {
  (void)signal_number;
  interrupted = 1;
}

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void onus_cli_progress_begin(onus_cli_progress *progress) {
  struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  double now = now_s();
  *progress = (onus_cli_progress){.started_s = now, .shown_s = now, .is_terminal = isatty(STDERR_FILENO) == 1};
}

/* Blanks rather than an escape sequence wipe what stood there: NO_COLOR and dumb terminals get none of those. */
static void show_line(const char *line) {
  fprintf(stderr, "\r%-*s", LINE_BYTES - 1, line);
  fflush(stderr);
}

static void show(double share_done, double elapsed_s) {
  double rate = share_done / elapsed_s;
  char line[LINE_BYTES];
  if (rate > 0 && share_done >= 0.005) /* before, what is left is a guess */
    snprintf(line, sizeof line, "%3.0f %% done, %.3g %% a second, %.0f s left", 100 * share_done, 100 * rate,
             ceil((1 - share_done) / rate));
  else
    snprintf(line, sizeof line, "%3.0f %% done", 100 * share_done);
  show_line(line);
}

/* Whether it is time for a line; if so it counts as shown. */
static bool is_time(onus_cli_progress *progress, double now) {
  double wait_s = progress->is_shown ? RENEW_S : QUIET_S;
  if (!progress->is_terminal || now - progress->shown_s < wait_s)
    return false;
  progress->shown_s = now;
  progress->is_shown = true;
  return true;
}

bool onus_cli_progress_step(void *context, double share_done) {
  onus_cli_progress *progress = context;
  double now = now_s();
  if (is_time(progress, now))
    show(fmin(fmax(share_done, 0), 1), now - progress->started_s);
  return !interrupted;
}

bool onus_cli_progress_objects(void *context, size_t n_done, size_t n_all) {
  onus_cli_progress *progress = context;
  double now = now_s(), elapsed_s = now - progress->started_s;
  char line[LINE_BYTES];
  if (is_time(progress, now)) {
    double rate = (double)n_done / elapsed_s;
    if (n_all > 0)
      snprintf(line, sizeof line, "%zu of %zu objects, %.0f a second", n_done, n_all, rate);
    else
      snprintf(line, sizeof line, "%zu objects, %.0f a second", n_done, rate);
    show_line(line);
  }
  return !interrupted;
}

void onus_cli_progress_end(onus_cli_progress *progress) {
  if (progress->is_shown)
    fprintf(stderr, "\r%*s\r", LINE_BYTES - 1, "");
  progress->is_shown = false;
}

bool onus_cli_progress_is_interrupted(void) {
  return interrupted != 0;
}
