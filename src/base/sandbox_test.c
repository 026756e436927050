#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/shadow_internal.h"

static const onus_sandbox_limits LIMITS = {.seconds = 20, .memory_bytes = 64 << 20, .output_bytes = 1 << 20};

static onus_status run(onus_sandbox_work *work, void *context, onus_text *ret_text, onus_error *error) {
  return onus_sandbox_run("a file", &LIMITS, work, context, ret_text, error);
}

static onus_status say(void *context, onus_buffer *out, onus_error *error) {
  (void)error;
  for (int i = 0; i < *(int *)context; i++)
    onus_buffer_string(out, "0123456789");
  return ONUS_OK;
}

static void gives_what_the_child_writes(void **state) {
  (void)state;
  for (int count = 0; count <= 30000; count += 15000) {
    onus_text text = {0};
    onus_error error = {0};
    assert_int_equal(run(say, &count, &text, &error), ONUS_OK);
    assert_int_equal(text.length, (size_t)count * 10);
    onus_text_free(&text);
  }
}

static void too_much_output_is_an_error(void **state) {
  (void)state;
  onus_text text = {0};
  onus_error error = {0};
  int count = 200000;
  assert_int_equal(run(say, &count, &text, &error), ONUS_LIMIT);
  assert_null(text.bytes);
}

static onus_status refuse(void *context, onus_buffer *out, onus_error *error) {
  (void)context;
  (void)out;
  return ONUS_FAIL(error, ONUS_UNSUPPORTED, "is a \x1b[31mclay tablet");
}

static void passes_failures_on_without_control_characters(void **state) {
  (void)state;
  onus_text text = {0};
  onus_error error = {0};
  assert_int_equal(run(refuse, NULL, &text, &error), ONUS_UNSUPPORTED);
  assert_string_equal(error.path, "a file");
  assert_string_equal(error.text, "is a ?[31mclay tablet");
}

static onus_status crash(void *context, onus_buffer *out, onus_error *error) {
  (void)out;
  (void)error;
  signal(SIGSEGV, SIG_DFL);
  **(volatile int **)context = 1;
  return ONUS_OK;
}

static void a_crash_is_an_error_of_the_input(void **state) {
  (void)state;
  onus_text text = {0};
  onus_error error = {0};
  int *nowhere = (int *)(uintptr_t)16;
  assert_int_equal(run(crash, &nowhere, &text, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "ended its reader"));
}

static onus_status stall(void *context, onus_buffer *out, onus_error *error) {
  (void)out;
  (void)error;
  for (volatile int *forever = context; *forever;)
    ;
  return ONUS_OK;
}

static void a_stall_ends_at_the_limit(void **state) {
  (void)state;
  onus_text text = {0};
  onus_error error = {0};
  int forever = 1;
  onus_sandbox_limits limits = LIMITS;
  limits.seconds = 0.2;
  assert_int_equal(onus_sandbox_run("a file", &limits, stall, &forever, &text, &error), ONUS_LIMIT);
  assert_string_equal(error.text, "took longer than 0.2 s to read and was given up");
}

static onus_status eat(void *context, onus_buffer *out, onus_error *error) {
  (void)context;
  (void)out;
  for (size_t i = 0; i < 1024; i++) {
    volatile char *block = malloc(1 << 20);
    if (!block)
      return ONUS_FAIL_NO_MEMORY(error);
    for (size_t k = 0; k < 1 << 20; k += 4096)
      block[k] = 1;
  }
  return ONUS_OK;
}

static void memory_is_limited(void **state) {
  (void)state;
  onus_text text = {0};
  onus_error error = {0};
  if (ONUS_HAS_SHADOW_MEMORY)
    skip(); /* which needs an unlimited address space */
  assert_int_equal(run(eat, NULL, &text, &error), ONUS_LIMIT);
  assert_string_equal(error.text, "took more than 64 MiB to read and was given up");
}

/* A letter for each thing that it can do after all. */
static onus_status try_to_get_out(void *context, onus_buffer *out, onus_error *error) {
  (void)error;
  if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EPERM)
    onus_buffer_string(out, "r");
  if (open(context, O_WRONLY | O_CREAT, 0600) >= 0)
    onus_buffer_string(out, "w");
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
    onus_buffer_string(out, "s");
  if (fork() >= 0)
    onus_buffer_string(out, "f");
  if (kill(getppid(), 0) == 0)
    onus_buffer_string(out, "k");
  if (write(2, "", 0) >= 0)
    onus_buffer_string(out, "e");
  if (mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
    onus_buffer_string(out, "x");
  return ONUS_OK;
}

static void neither_files_nor_network_nor_processes(void **state) {
  (void)state;
  onus_text text = {0};
  onus_error error = {0};
  char path[] = "/tmp/onus-sandbox-test-never-made";
  assert_int_equal(run(try_to_get_out, path, &text, &error), ONUS_OK);
  assert_string_equal(text.bytes ? text.bytes : "", "");
  assert_int_not_equal(access(path, F_OK), 0);
  onus_text_free(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gives_what_the_child_writes),
      cmocka_unit_test(too_much_output_is_an_error),
      cmocka_unit_test(passes_failures_on_without_control_characters),
      cmocka_unit_test(a_crash_is_an_error_of_the_input),
      cmocka_unit_test(a_stall_ends_at_the_limit),
      cmocka_unit_test(memory_is_limited),
      cmocka_unit_test(neither_files_nor_network_nor_processes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
