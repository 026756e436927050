/* Executable files made by tests, byte by byte: small, whole, with a table of every kind that is read.
 *
 * The code is the same in all of them; its functions are at ONUS_TEST_… from the start of the code. */
#ifndef ONUS_CODE_TEST_PROGRAM_INTERNAL_H
#define ONUS_CODE_TEST_PROGRAM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
  ONUS_TEST_ENTRY = 0x00,    /* calls CALLED, then jumps to TAIL */
  ONUS_TEST_CALLED = 0x20,   /* calls the import */
  ONUS_TEST_TAIL = 0x40,     /* only jumped to */
  ONUS_TEST_POINTED = 0x60,  /* only its address is in the file (a TLS callback, an init array) */
  ONUS_TEST_EXPORTED = 0x80, /* only exported */
  ONUS_TEST_GAP = 0xa0,      /* nothing leads here, but it begins as functions do */
  ONUS_TEST_STUB = 0xc0,     /* jumps through the slot of the import */
  ONUS_TEST_UNWOUND = 0xe0,  /* only an unwind table knows of it */
  ONUS_TEST_CODE_BYTES = 0x100,
  ONUS_TEST_PE_BYTES = 0xa00,
  ONUS_TEST_PE_BASE = 0x400000,
  ONUS_TEST_PE_TIME = 1700000000,
};

static inline void onus_test_u16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
}
static inline void onus_test_u32(uint8_t *at, uint32_t value) {
  onus_test_u16(at, value);
  onus_test_u16(at + 2, value >> 16);
}
static inline void onus_test_u64(uint8_t *at, uint64_t value) {
  onus_test_u32(at, (uint32_t)value);
  onus_test_u32(at + 4, (uint32_t)(value >> 32));
}

/* The functions; `slot` is what the stub jumps through, counted from behind its instruction (64 bits) or an address. */
static inline void onus_test_code(uint8_t *code, uint32_t slot) {
  static const uint8_t entry[] = {0x55, 0xe8, 0x1a, 0, 0, 0, 0x5d, 0xe9, 0x34, 0, 0, 0}; /* push; call; pop; jmp */
  static const uint8_t called[] = {0x55, 0xe8, 0x9a, 0, 0, 0, 0x5d, 0xc3};               /* push; call stub; pop; ret */
  static const uint8_t plain[] = {0x55, 0xb8, 0x07, 0, 0, 0, 0x5d, 0xc3};                /* push; mov; pop; ret */
  memset(code, 0xcc, ONUS_TEST_CODE_BYTES);
  memcpy(code + ONUS_TEST_ENTRY, entry, sizeof entry);
  memcpy(code + ONUS_TEST_CALLED, called, sizeof called);
  memcpy(code + ONUS_TEST_TAIL, plain, sizeof plain);
  memcpy(code + ONUS_TEST_POINTED, plain, sizeof plain);
  memcpy(code + ONUS_TEST_EXPORTED, plain, sizeof plain);
  memcpy(code + ONUS_TEST_GAP, plain, sizeof plain);
  memcpy(code + ONUS_TEST_UNWOUND, plain, sizeof plain);
  onus_test_u16(code + ONUS_TEST_STUB, 0x25ff);
  onus_test_u32(code + ONUS_TEST_STUB + 2, slot);
}

/* A PE file of ONUS_TEST_PE_BYTES: .text at 0x1000 (file 0x400), .rdata at 0x2000 (file 0x600), and 0x200 bytes behind
 * its end. Its import is "beep" of "kernel32.dll", its export "answer"; a Rich header, a path of debugging data, a
 * resource in Japanese (1041), a TLS callback; unwind data for x86-64. */
static inline void onus_test_pe(uint8_t *file, bool is_64) {
  const uint32_t base = ONUS_TEST_PE_BASE, data = 0x2000, word = is_64 ? 8 : 4;
  uint8_t *head = file + 0x100, *optional = head + 24, *rdata = file + 0x600;
  memset(file, 0, ONUS_TEST_PE_BYTES);
  memcpy(file, "MZ", 2);
  onus_test_u32(file + 0x3c, 0x100);
  const uint32_t key = 0x12345678,
                 rich[] = {0x536e6144 ^ key, key, key, key, (0x0104u << 16 | 0x7a0b) ^ key, 3 ^ key, 0x68636952, key};
  for (size_t i = 0; i < sizeof rich / sizeof *rich; i++)
    onus_test_u32(file + 0x80 + 4 * i, rich[i]);
  memcpy(head, "PE", 2);
  onus_test_u16(head + 4, is_64 ? 0x8664 : 0x14c);
  onus_test_u16(head + 6, 2);
  onus_test_u32(head + 8, ONUS_TEST_PE_TIME);
  onus_test_u16(head + 20, is_64 ? 112 + 128 : 96 + 128);
  onus_test_u16(optional, is_64 ? 0x20b : 0x10b);
  optional[2] = 14;
  optional[3] = 29;
  onus_test_u32(optional + 16, 0x1000 + ONUS_TEST_ENTRY);
  if (is_64)
    onus_test_u64(optional + 24, base);
  else
    onus_test_u32(optional + 28, base);
  onus_test_u32(optional + 32, 0x1000);
  onus_test_u32(optional + 36, 0x200);
  onus_test_u32(optional + 56, 0x3000);
  onus_test_u32(optional + 60, 0x400);
  uint8_t *directories = optional + (is_64 ? 112 : 96);
  onus_test_u32(directories - 4, 16);
  const struct {
    uint32_t index, rva, bytes;
  } used[] = {{0, data, 0x30},       {1, data + 0x40, 40},        {2, data + 0xa0, 0x58},
              {6, data + 0x100, 28}, {9, data + 0x160, 6 * word}, {3, data + 0x1a0, 12}};
  for (size_t i = 0; i < sizeof used / sizeof *used - !is_64; i++) {
    onus_test_u32(directories + 8 * used[i].index, used[i].rva);
    onus_test_u32(directories + 8 * used[i].index + 4, used[i].bytes);
  }
  uint8_t *section = directories + 128;
  memcpy(section, ".text", 5);
  onus_test_u32(section + 8, ONUS_TEST_CODE_BYTES);
  onus_test_u32(section + 12, 0x1000);
  onus_test_u32(section + 16, 0x200);
  onus_test_u32(section + 20, 0x400);
  onus_test_u32(section + 36, 0x60000020);
  memcpy(section + 40, ".rdata", 6);
  onus_test_u32(section + 48, 0x200);
  onus_test_u32(section + 52, data);
  onus_test_u32(section + 56, 0x200);
  onus_test_u32(section + 60, 0x600);
  onus_test_u32(section + 76, 0x40000040);
  uint32_t slot = data + 0x68;
  onus_test_code(file + 0x400, is_64 ? slot - (0x1000 + ONUS_TEST_STUB + 6) : base + slot);
  /* exports */
  onus_test_u32(rdata + 16, 1);
  onus_test_u32(rdata + 20, 1);
  onus_test_u32(rdata + 24, 1);
  onus_test_u32(rdata + 28, data + 0x28);
  onus_test_u32(rdata + 32, data + 0x2c);
  onus_test_u32(rdata + 36, data + 0x30);
  onus_test_u32(rdata + 0x28, 0x1000 + ONUS_TEST_EXPORTED);
  onus_test_u32(rdata + 0x2c, data + 0x38);
  memcpy(rdata + 0x38, "answer", 7);
  /* imports: one library, one name; names and slots in one table */
  onus_test_u32(rdata + 0x40 + 12, data + 0x88);
  onus_test_u32(rdata + 0x40 + 16, slot);
  onus_test_u32(rdata + 0x68, data + 0x78);
  memcpy(rdata + 0x7a, "beep", 5);
  memcpy(rdata + 0x88, "kernel32.dll", 13);
  /* resources: type 16, name 1, language 1041 */
  onus_test_u16(rdata + 0xa0 + 14, 1);
  onus_test_u32(rdata + 0xa0 + 16, 16);
  onus_test_u32(rdata + 0xa0 + 20, 0x80000018);
  onus_test_u16(rdata + 0xa0 + 0x18 + 14, 1);
  onus_test_u32(rdata + 0xa0 + 0x18 + 16, 1);
  onus_test_u32(rdata + 0xa0 + 0x18 + 20, 0x80000030);
  onus_test_u16(rdata + 0xa0 + 0x30 + 14, 1);
  onus_test_u32(rdata + 0xa0 + 0x30 + 16, 1041);
  onus_test_u32(rdata + 0xa0 + 0x30 + 20, 0x48);
  onus_test_u32(rdata + 0xa0 + 0x48, data);
  onus_test_u32(rdata + 0xa0 + 0x4c, 77);
  /* debugging data */
  onus_test_u32(rdata + 0x100 + 12, 2);
  onus_test_u32(rdata + 0x100 + 16, 24 + 13);
  onus_test_u32(rdata + 0x100 + 20, data + 0x120);
  onus_test_u32(rdata + 0x100 + 24, 0x600 + 0x120);
  memcpy(rdata + 0x120, "RSDS", 4);
  memset(rdata + 0x124, 0xab, 20);
  memcpy(rdata + 0x138, "C:\\a\\test.pdb", 14);
  /* the callback, and unwind data of two functions */
  uint64_t callbacks = base + data + 0x190, pointed = base + 0x1000 + ONUS_TEST_POINTED;
  if (is_64) {
    onus_test_u64(rdata + 0x160 + 24, callbacks);
    onus_test_u64(rdata + 0x190, pointed);
    onus_test_u32(rdata + 0x1a0, 0x1000 + ONUS_TEST_UNWOUND);
    onus_test_u32(rdata + 0x1a4, 0x1000 + ONUS_TEST_UNWOUND + 8);
    onus_test_u32(rdata + 0x1a8, data + 0x1b0);
    rdata[0x1b0] = 1;
  } else {
    onus_test_u32(rdata + 0x160 + 12, (uint32_t)callbacks);
    onus_test_u32(rdata + 0x190, (uint32_t)pointed);
  }
}

/* An ELF file without section headers: one segment to be run, the code behind its head. Returns its length. */
enum { ONUS_TEST_ELF_CODE = 0x80, ONUS_TEST_ELF_BYTES = 0x200 };
static inline void onus_test_elf(uint8_t *file, bool is_64) {
  memset(file, 0, ONUS_TEST_ELF_BYTES);
  memcpy(file,
         "\x7f"
         "ELF\x01\x01\x01",
         7);
  file[4] = is_64 ? 2 : 1;
  file[16] = 2;
  file[18] = is_64 ? 62 : 3;
  uint8_t *segment = file + (is_64 ? 64 : 52);
  onus_test_u32(file + 24, 0x10000 + ONUS_TEST_ELF_CODE);
  file[is_64 ? 32 : 28] = is_64 ? 64 : 52;
  file[is_64 ? 54 : 42] = is_64 ? 56 : 32;
  file[is_64 ? 56 : 44] = 1;
  segment[0] = 1;
  segment[is_64 ? 4 : 24] = 5;
  onus_test_u32(segment + (is_64 ? 16 : 8), 0x10000);
  onus_test_u32(segment + (is_64 ? 32 : 16), ONUS_TEST_ELF_CODE + ONUS_TEST_CODE_BYTES);
  onus_test_u32(segment + (is_64 ? 40 : 20), ONUS_TEST_ELF_CODE + ONUS_TEST_CODE_BYTES);
  onus_test_code(file + ONUS_TEST_ELF_CODE, 0);
}

/* A Mach-O file for x86-64: the code at 0x200, a slot for "beep" of "libx.dylib", the export "answer", a list of starts
 * that holds one of them. */
enum { ONUS_TEST_MACHO_CODE = 0x200, ONUS_TEST_MACHO_BYTES = 0x400 };
static const uint64_t ONUS_TEST_MACHO_BASE = UINT64_C(0x100000000);

static inline void onus_test_macho_section(uint8_t *at, const char *name, uint32_t offset, uint32_t bytes,
                                           uint32_t flags) {
  memcpy(at, name, strlen(name));
  memcpy(at + 16, "__TEXT", 6);
  onus_test_u64(at + 32, ONUS_TEST_MACHO_BASE + offset);
  onus_test_u64(at + 40, bytes);
  onus_test_u32(at + 48, offset);
  onus_test_u32(at + 64, flags);
}

static inline void onus_test_macho(uint8_t *file) {
  static const uint8_t trie[] = {0, 1, '_', 'a', 'n', 's', 'w', 'e', 'r', 0, 11, 3, 0, 0x80, 5, 0};
  static const uint8_t starts[] = {0xe0, 5, 0};
  memset(file, 0, ONUS_TEST_MACHO_BYTES);
  const uint32_t head[] = {0xfeedfacf, 0x01000007, 3, 2, 7, 464, 0, 0};
  for (size_t i = 0; i < 8; i++)
    onus_test_u32(file + 4 * i, head[i]);
  uint8_t *at = file + 32;
  onus_test_u32(at, 0x19);
  onus_test_u32(at + 4, 232);
  memcpy(at + 8, "__TEXT", 6);
  onus_test_u64(at + 24, ONUS_TEST_MACHO_BASE);
  onus_test_u64(at + 32, ONUS_TEST_MACHO_BYTES);
  onus_test_u64(at + 48, ONUS_TEST_MACHO_BYTES);
  onus_test_u32(at + 56, 5);
  onus_test_u32(at + 60, 5);
  onus_test_u32(at + 64, 2);
  onus_test_macho_section(at + 72, "__text", ONUS_TEST_MACHO_CODE, ONUS_TEST_CODE_BYTES, 0x80000400);
  onus_test_macho_section(at + 152, "__got", 0x300, 8, 6);
  const uint32_t commands[][12] = {{0x2, 24, 0x320, 1, 0x330, 16}, /* symbols and their names */
                                   {0xb, 80},
                                   {0xc, 40, 24},
                                   {0x80000022, 48, 0, 0, 0, 0, 0, 0, 0, 0, 0x350, sizeof trie},
                                   {0x26, 16, 0x370, sizeof starts},
                                   {0x80000028, 24, ONUS_TEST_MACHO_CODE}};
  at += 232;
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    for (size_t k = 0; k < 12 && 4 * k < commands[i][1]; k++)
      onus_test_u32(at + 4 * k, commands[i][k]);
    if (commands[i][0] == 0xb) { /* symbols by slot: one */
      onus_test_u32(at + 56, 0x340);
      onus_test_u32(at + 60, 1);
    } else if (commands[i][0] == 0xc) {
      memcpy(at + 24, "libx.dylib", 11);
    }
    at += commands[i][1];
  }
  onus_test_u32(file + 0x320, 1);
  file[0x324] = 1; /* from outside */
  file[0x327] = 1; /* the first library */
  memcpy(file + 0x331, "_beep", 6);
  memcpy(file + 0x350, trie, sizeof trie);
  memcpy(file + 0x370, starts, sizeof starts);
  onus_test_code(file + ONUS_TEST_MACHO_CODE, 0x300 - (ONUS_TEST_MACHO_CODE + ONUS_TEST_STUB + 6));
}

/* Chained fixups at `at`, for pointers at 0x300 of the segment, whose import 0 is "beep" of the first library. `start`
 * begins the page's chain; `starts` are more places of the table, for pages with several chains. */
enum { ONUS_TEST_FIXUPS_BYTES = 0x60 };
static inline void onus_test_fixups(uint8_t *at, uint16_t format, uint32_t imports_format, uint16_t start,
                                    const uint16_t starts[2]) {
  const uint32_t head[] = {0, 0x20, 0x48, 0x58, 1, imports_format, 0, 0, 1, 8};
  memset(at, 0, ONUS_TEST_FIXUPS_BYTES);
  for (size_t i = 0; i < sizeof head / sizeof *head; i++)
    onus_test_u32(at + 4 * i, head[i]);
  onus_test_u32(at + 0x28, 28);
  onus_test_u16(at + 0x2c, 0x1000);
  onus_test_u16(at + 0x2e, format);
  onus_test_u32(at + 0x38, 0x100000); /* with 32 bits, what is larger is no pointer */
  onus_test_u16(at + 0x3c, 1);
  onus_test_u16(at + 0x3e, start);
  onus_test_u16(at + 0x40, starts[0]);
  onus_test_u16(at + 0x42, starts[1]);
  onus_test_u32(at + 0x48, imports_format == 3 ? 1 : 1 | 1 << 9);
  onus_test_u32(at + 0x4c, imports_format == 3 ? 1 : 0);
  memcpy(at + 0x59, "_beep", 6);
}

/* As onus_test_macho, with chained fixups instead of a table of symbols; behind the slot of "beep" lies a pointer to
 * POINTED. `format` is that of pointers: 2, or 6, which counts from the head. */
static inline void onus_test_macho_chained(uint8_t *file, uint16_t format, uint32_t imports_format) {
  static const uint16_t no_starts[2] = {0, 0};
  onus_test_macho(file);
  onus_test_u64(file + 32 + 152 + 40, 16); /* __got holds two */
  uint8_t *symbols = file + 32 + 232;
  onus_test_u32(symbols, 0x80000034);
  onus_test_u32(symbols + 8, 0x390);
  onus_test_u32(symbols + 12, ONUS_TEST_FIXUPS_BYTES);
  uint64_t target = ONUS_TEST_MACHO_CODE + ONUS_TEST_POINTED + (format == 2 ? ONUS_TEST_MACHO_BASE : 0);
  onus_test_u64(file + 0x300, UINT64_C(1) << 63 | UINT64_C(2) << 51); /* import 0; the next one is 8 bytes on */
  onus_test_u64(file + 0x308, target);
  onus_test_fixups(file + 0x390, format, imports_format, 0x300, no_starts);
}

/* The same for x86, at 0x1000, with two chains in the page: one of the slot and a number that is no pointer, one of the
 * pointer. */
static inline void onus_test_macho_chained_32(uint8_t *file) {
  static const uint16_t starts[2] = {0x300, 0x8000 | 0x310};
  const uint32_t base = 0x1000, head[] = {0xfeedface, 7, 3, 2, 4, 272, 0};
  memset(file, 0, ONUS_TEST_MACHO_BYTES);
  for (size_t i = 0; i < 7; i++)
    onus_test_u32(file + 4 * i, head[i]);
  uint8_t *at = file + 28;
  const uint32_t segment[] = {base, ONUS_TEST_MACHO_BYTES, 0, ONUS_TEST_MACHO_BYTES, 5, 5, 2, 0};
  onus_test_u32(at, 1);
  onus_test_u32(at + 4, 56 + 2 * 68);
  for (size_t i = 0; i < 8; i++)
    onus_test_u32(at + 24 + 4 * i, segment[i]);
  const struct {
    const char *name;
    uint32_t offset, bytes, flags;
  } sections[] = {{"__text", ONUS_TEST_MACHO_CODE, ONUS_TEST_CODE_BYTES, 0x80000400}, {"__got", 0x300, 0x14, 6}};
  for (size_t i = 0; i < 2; i++) {
    uint8_t *section = at + 56 + 68 * i;
    memcpy(section, sections[i].name, strlen(sections[i].name));
    onus_test_u32(section + 32, base + sections[i].offset);
    onus_test_u32(section + 36, sections[i].bytes);
    onus_test_u32(section + 40, sections[i].offset);
    onus_test_u32(section + 56, sections[i].flags);
  }
  at += 56 + 2 * 68;
  const uint32_t commands[][5] = {
      {0x80000034, 16, 0x390, ONUS_TEST_FIXUPS_BYTES}, {0xc, 40, 24}, {0x80000028, 24, ONUS_TEST_MACHO_CODE}};
  for (size_t i = 0; i < 3; i++) {
    for (size_t k = 0; k < 5 && 4 * k < commands[i][1]; k++)
      onus_test_u32(at + 4 * k, commands[i][k]);
    if (commands[i][0] == 0xc)
      memcpy(at + 24, "libx.dylib", 11);
    at += commands[i][1];
  }
  onus_test_u32(file + 0x300, 1u << 31 | 1u << 26); /* import 0; the next one is 4 bytes on */
  onus_test_u32(file + 0x304, 0x200000);            /* too large for a pointer */
  onus_test_u32(file + 0x310, base + ONUS_TEST_MACHO_CODE + ONUS_TEST_POINTED);
  onus_test_fixups(file + 0x390, 3, 1, 0x8000 | 1, starts);
  onus_test_code(file + ONUS_TEST_MACHO_CODE, base + 0x300);
}

#endif
