/* Packed cases: what begins like a zip or like Zstandard as it is, anything else as the tar in a tar.zst. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "package/trailer.h"
#include "package/workplace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOCK_BYTES = 1 << 16 };

static bool is_packed(const uint8_t *data, size_t size) {
  return size >= 4 && (memcmp(data, "PK", 2) == 0 || memcmp(data, "\x28\xb5\x2f\xfd", 4) == 0);
}

/* A frame of Zstandard (RFC 8878) in blocks that are not compressed. */
static void put_frame(int fd, const uint8_t *data, size_t size) {
  static const uint8_t HEAD[] = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58};
  bool is_good = onus_file_write_open(fd, HEAD, sizeof HEAD);
  for (bool is_last = false; !is_last;) {
    size_t count = size < BLOCK_BYTES ? size : BLOCK_BYTES;
    is_last = count == size;
    size_t head = (size_t)is_last | count << 3;
    uint8_t bytes[3] = {(uint8_t)head, (uint8_t)(head >> 8), (uint8_t)(head >> 16)};
    is_good = is_good && onus_file_write_open(fd, bytes, sizeof bytes) && onus_file_write_open(fd, data, count);
    data += count;
    size -= count;
  }
  if (!is_good)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[64], target[PATH_MAX + 8];
  onus_workplace place;
  onus_package_summary summary;
  onus_error error = {0};
  int fd = memfd_create("fuzz", MFD_CLOEXEC);
  if (fd < 0 || onus_workplace_begin("/tmp/onus-fuzz-archive", &place, NULL) != ONUS_OK)
    abort();
  if (!is_packed(data, size))
    put_frame(fd, data, size);
  else if (!onus_file_write_open(fd, data, size))
    abort();
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  snprintf(target, sizeof target, "%s/target", place.path);
  onus_status status = onus_package_unpack(path, target, NULL, NULL, &summary, &error);
  if ((status == ONUS_OK) != (access(target, F_OK) == 0) || (status != ONUS_OK && error.text[0] == '\0'))
    abort();
  onus_workplace_end(&place);
  if (access(place.path, F_OK) == 0)
    abort();
  close(fd);
  return 0;
}
