#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "base/shadow_internal.h"

enum { PIPE = 1 }; /* the one descriptor that the child keeps */

/* What the child sends before its output. */
typedef struct reply {
  uint64_t magic, output_bytes;
  uint32_t status;
  char text[sizeof((onus_error *)NULL)->text];
} reply;

static const uint64_t MAGIC = UINT64_C(0x6f6e75732d626f78);

/* --- the child ---------------------------------------------------------------------------------------------------- */

static void limit(__rlimit_resource_t what, uint64_t most) {
  struct rlimit now;
  if (getrlimit(what, &now) != 0)
    return;
  rlim_t wanted = (rlim_t)most;
  if (now.rlim_max != RLIM_INFINITY && wanted > now.rlim_max)
    wanted = now.rlim_max;
  (void)setrlimit(what, &(struct rlimit){wanted, wanted});
}

static uint64_t address_space_bytes(void) {
  char text[64] = "";
  int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    ssize_t n = read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    close(fd);
  }
  return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void deny_files(void) {
#ifdef LANDLOCK_ACCESS_FS_EXECUTE
  const uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* what the first version of Landlock knows */
  struct landlock_ruleset_attr rules = {.handled_access_fs = all};
  long fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
  if (fd < 0)
    return; /* an older kernel; seccomp remains */
  (void)syscall(SYS_landlock_restrict_self, (int)fd, 0);
  close((int)fd);
#endif
}

#if defined(__x86_64__)
#define AUDITED AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDITED AUDIT_ARCH_AARCH64
#endif

/* Everything but these calls fails with EPERM, and so does memory that could be run. */
static void deny_calls(void) {
#ifdef AUDITED
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ALLOW_UNLESS_RUN(call)                                                                                         \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 4),                                                                   \
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),                                      \
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),             \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDITED, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(SYS_write),
      ALLOW(SYS_brk),
      ALLOW(SYS_munmap),
      ALLOW(SYS_mremap),
      ALLOW(SYS_madvise),
      ALLOW(SYS_futex),
      ALLOW(SYS_rt_sigreturn),
      ALLOW(SYS_clock_gettime),
      ALLOW(SYS_exit),
      ALLOW(SYS_exit_group),
      ALLOW_UNLESS_RUN(SYS_mmap),
      ALLOW_UNLESS_RUN(SYS_mprotect),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#endif
}

/* What large blocks held goes back to the system as soon as they are freed, however large others were before. */
static void keep_little(void) {
#ifdef __GLIBC__
  (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

static void give_up(const onus_sandbox_limits *limits) {
  (void)prctl(PR_SET_DUMPABLE, 0);
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CPU, (uint64_t)ceil(fmin(limits->seconds, 1e6)) + 1);
  if (!ONUS_HAS_SHADOW_MEMORY)
    limit(RLIMIT_AS, address_space_bytes() + limits->memory_bytes);
  limit(RLIMIT_NOFILE, PIPE + 2); /* Landlock's own descriptor comes and goes below this */
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  keep_little();
  deny_files();
  deny_calls();
}

static bool send_all(const void *bytes, size_t length_bytes) {
  for (const char *at = bytes; length_bytes > 0;) {
    ssize_t n = write(PIPE, at, length_bytes);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    length_bytes -= (size_t)n;
  }
  return true;
}

static _Noreturn void be_child(int fd, const onus_sandbox_limits *limits, onus_sandbox_work *work, void *context) {
  if (dup2(fd, PIPE) < 0)
    _exit(1);
  close(0);
  (void)syscall(SYS_close_range, PIPE + 1, ~0U, 0);
  give_up(limits);
  onus_buffer out = onus_buffer_new(limits->output_bytes);
  onus_error error = {0};
  onus_text text = {0};
  onus_status status = work(context, &out, &error);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, &text, &error);
  reply head = {.magic = MAGIC, .output_bytes = status == ONUS_OK ? text.length : 0, .status = (uint32_t)status};
  memcpy(head.text, error.text, sizeof head.text);
  bool is_sent = send_all(&head, sizeof head) && send_all(text.bytes, (size_t)head.output_bytes);
  _exit(is_sent ? 0 : 1);
}

/* --- the parent --------------------------------------------------------------------------------------------------- */

static double now_seconds(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* All that comes until the other end is closed. False when the time is over first. */
static bool receive(int fd, double end_seconds, onus_buffer *received) {
  char block[65536];
  for (;;) {
    double left = end_seconds - now_seconds();
    if (left <= 0)
      return false;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int n_ready = poll(&wait, 1, (int)ceil(fmin(left * 1000, 1e6)));
    if (n_ready == 0 || (n_ready < 0 && errno == EINTR))
      continue;
    ssize_t n = n_ready > 0 ? read(fd, block, sizeof block) : -1;
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0 || received->status != ONUS_OK)
      return true;
    onus_buffer_append(received, block, (size_t)n);
  }
}

/* How the child ended: its wait status; -1 when somebody else has waited for it. */
static int end_child(pid_t child, bool is_late) {
  int ended = -1;
  if (is_late)
    (void)kill(child, SIGKILL);
  while (waitpid(child, &ended, 0) < 0)
    if (errno != EINTR)
      return -1;
  return ended;
}

static onus_status fail_ended(const char *path, int ended, onus_error *error) {
  if (ended != -1 && WIFSIGNALED(ended) && WTERMSIG(ended) == SIGXCPU)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "took too much time to read and was given up");
  if (ended != -1 && WIFSIGNALED(ended))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "ended its reader with signal %d; nothing else was harmed, but please report it",
                        WTERMSIG(ended));
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                      "ended its reader; nothing else was harmed, but please report it");
}

/* Takes the reply apart; what it says is checked like a file. */
static onus_status understand(const char *path, const onus_sandbox_limits *limits, const onus_text *received, int ended,
                              onus_text *ret_bytes, onus_error *error) {
  reply head;
  if (received->length < sizeof head)
    return fail_ended(path, ended, error);
  memcpy(&head, received->bytes, sizeof head);
  if (head.magic != MAGIC || head.output_bytes != received->length - sizeof head || head.status > ONUS_INTERNAL)
    return fail_ended(path, ended, error);
  if (head.status == ONUS_NO_MEMORY)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "took more than %zu MiB to read and was given up",
                        limits->memory_bytes >> 20);
  if (head.status != ONUS_OK) {
    head.text[sizeof head.text - 1] = '\0';
    for (char *c = head.text; *c != '\0'; c++)
      if ((unsigned char)*c < 0x20 || *c == 0x7f)
        *c = '?';
    return ONUS_FAIL_AT(error, (onus_status)head.status, path, 0, 0, "%s", head.text);
  }
  onus_buffer out = onus_buffer_new(received->length + 1);
  onus_buffer_append(&out, received->bytes + sizeof head, received->length - sizeof head);
  return onus_buffer_take(&out, ret_bytes, error);
}

onus_status onus_sandbox_run(const char *path, const onus_sandbox_limits *limits, onus_sandbox_work *work,
                             void *context, onus_text *ret_bytes, onus_error *error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "cannot be read apart from this process: %s", strerror(errno));
  pid_t child = fork();
  if (child == 0)
    be_child(ends[1], limits, work, context);
  int number = errno;
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "cannot be read apart from this process: %s", strerror(number));
  }
  onus_buffer received = onus_buffer_new(limits->output_bytes + sizeof(reply));
  bool is_whole = receive(ends[0], now_seconds() + limits->seconds, &received);
  close(ends[0]);
  int ended = end_child(child, !is_whole || received.status != ONUS_OK);
  onus_text all = {0};
  if (!is_whole) {
    onus_buffer_free(&received);
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "took longer than %g s to read and was given up",
                        limits->seconds);
  }
  ONUS_TRY(onus_buffer_take(&received, &all, error));
  onus_status status = understand(path, limits, &all, ended, ret_bytes, error);
  onus_text_free(&all);
  return status;
}
