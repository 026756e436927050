/* Work on bytes that may be made to harm, in a process of its own: no files, no network, limits of time and memory.
 *
 * The child is a copy of this process. Before it begins it gives up what it could do: everything open but the pipe to
 * its parent; new files (Landlock, where the kernel has it); all system calls but the few that memory and the pipe need
 * (seccomp, where the kernel has it). What it writes is not believed by its parent either: it is bytes like those of a
 * file. A child that crashes, stalls or eats memory is an error for this input, and for nothing else. */
#ifndef ONUS_BASE_SANDBOX_H
#define ONUS_BASE_SANDBOX_H

#include "base/buffer.h"

typedef struct onus_sandbox_limits {
  double seconds;      /* of the clock on the wall; processor time is limited to a little more */
  size_t memory_bytes; /* beyond what this process has now */
  size_t output_bytes;
} onus_sandbox_limits;

/* Runs in the child. What it reads must lie in memory already. */
typedef onus_status onus_sandbox_work(void *context, onus_buffer *out, onus_error *error);

/* Runs `work` and gives what it wrote; free with onus_text_free. When the work fails, its status and text, with `path`.
 * ONUS_LIMIT when it takes more than its time or memory; ONUS_BAD_INPUT, naming `path`, when it crashes; ONUS_IO when
 * no process can be made. */
ONUS_MUST_CHECK onus_status onus_sandbox_run(const char *path, const onus_sandbox_limits *limits,
                                             onus_sandbox_work *work, void *context, onus_text *ret_bytes,
                                             onus_error *error);

#endif
