/* The reader of files that may be packed, on the bytes as they are and behind the first bytes of each format, with a
 * cap of 1 MiB. */
#include "base/packed.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CAP = 1 << 20 };

static void read_once(int fd, const char *path, const char *head, size_t head_bytes, const uint8_t *data, size_t size) {
  if (ftruncate(fd, 0) != 0 || pwrite(fd, head, head_bytes, 0) != (ssize_t)head_bytes ||
      pwrite(fd, data, size, (off_t)head_bytes) != (ssize_t)size)
    abort();
  onus_text text = {0};
  onus_error error = {0};
  onus_status status = onus_packed_read(path, CAP, &text, &error);
  if (status == ONUS_OK ? text.length > CAP || text.bytes[text.length] != '\0'
                        : text.bytes != NULL || error.text[0] == '\0')
    abort();
  onus_text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static int fd = -1;
  static char path[64] = "/tmp/onus-fuzz-packed-XXXXXX";
  if (fd < 0) {
    fd = mkstemp(path);
    if (fd < 0 || unlink(path) != 0)
      abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd); /* nothing stays behind */
  }
  read_once(fd, path, "", 0, data, size);
  read_once(fd, path, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10, data, size);
  read_once(fd, path, "\x28\xb5\x2f\xfd", 4, data, size);
  return 0;
}
