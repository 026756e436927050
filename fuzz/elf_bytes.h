/* A program made of any bytes, so that what reads code is reached at once. */
#ifndef ONUS_FUZZ_ELF_BYTES_H
#define ONUS_FUZZ_ELF_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The least that an ELF file for x86 or x86-64 needs: one segment that holds the file, to be run from behind its head.
 * Free it. */
static inline uint8_t *make_elf(const uint8_t *code, size_t size, bool is_64, size_t *ret_size) {
  enum { HEAD = 64 + 56 };
  uint8_t *bytes = calloc(1, HEAD + size);
  if (!bytes)
    return NULL;
  size_t head = is_64 ? 64 : 52, length = HEAD + size;
  memcpy(bytes,
         "\x7f"
         "ELF\x01\x01\x01",
         7);
  bytes[4] = is_64 ? 2 : 1;
  bytes[16] = 3;
  bytes[18] = is_64 ? 62 : 3;
  bytes[24] = HEAD;
  bytes[is_64 ? 32 : 28] = (uint8_t)head;
  bytes[is_64 ? 54 : 42] = is_64 ? 56 : 32;
  bytes[is_64 ? 56 : 44] = 1;
  uint8_t *segment = bytes + head;
  segment[0] = 1;
  segment[is_64 ? 4 : 24] = 5;
  memcpy(segment + (is_64 ? 32 : 16), &length, is_64 ? 8 : 4);
  memcpy(segment + (is_64 ? 40 : 20), &length, is_64 ? 8 : 4);
  memcpy(bytes + HEAD, code, size);
  *ret_size = length;
  return bytes;
}

#endif
