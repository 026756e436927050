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

static void show(double share_done, double elapsed_s) {
  double rate = share_done / elapsed_s;
  char line[LINE_BYTES];
  if (rate > 0)
    snprintf(line, sizeof line, "%3.0f %% done, %.3g %% a second, %.0f s left", 100 * share_done, 100 * rate,
             ceil((1 - share_done) / rate));
  else
    snprintf(line, sizeof line, "%3.0f %% done", 100 * share_done);
  /* Blanks rather than an escape sequence wipe what stood there: NO_COLOR and dumb terminals get none of those. */
  fprintf(stderr, "\r%-*s", LINE_BYTES - 1, line);
  fflush(stderr);
}

bool onus_cli_progress_step(void *context, double share_done) {
  onus_cli_progress *progress = context;
  if (progress->is_terminal) {
    double now = now_s();
    double wait_s = progress->is_shown ? RENEW_S : QUIET_S;
    if (now - progress->shown_s >= wait_s) {
      show(fmin(fmax(share_done, 0), 1), now - progress->started_s);
      progress->shown_s = now;
      progress->is_shown = true;
    }
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
