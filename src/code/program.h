/* An executable file as the system would load it: ELF, PE or Mach-O, from bytes that may be hostile.
 *
 * What is read: what the file must say for it to run (sections or segments, imports, exports, where it begins, how
 * frames are unwound). Symbols of a debugger are never read, so a stripped file and its twin look the same.
 *
 * Nothing in the file is believed further than it can be checked: a table that points out of the file is cut short and
 * the program noted as damaged; only a file without a readable head is an error. All sizes have caps. */
#ifndef ONUS_CODE_PROGRAM_H
#define ONUS_CODE_PROGRAM_H

#include "base/arena.h"
#include "base/error.h"
#include "code/bytes.h"

typedef enum onus_program_format { ONUS_PROGRAM_ELF, ONUS_PROGRAM_PE, ONUS_PROGRAM_MACHO } onus_program_format;
typedef enum onus_architecture {
  ONUS_ARCHITECTURE_OTHER,
  ONUS_ARCHITECTURE_X86,
  ONUS_ARCHITECTURE_X86_64
} onus_architecture;

enum { ONUS_SECTION_READ = 1, ONUS_SECTION_WRITE = 2, ONUS_SECTION_EXECUTE = 4 };

/* A stretch of memory and the bytes of the file that fill its beginning. Never overlaps another one in memory. */
typedef struct onus_program_section {
  const char *name; /* printable or not, as in the file; "" when it has none */
  uint64_t address, size_bytes;
  uint64_t file_offset, file_bytes; /* lies inside the file; file_bytes <= size_bytes */
  uint8_t permissions;
} onus_program_section;

typedef struct onus_program_import {
  const char *library; /* "" where the format does not say */
  const char *name;    /* "#12": by number */
} onus_program_import;

/* An address through which an import is called: a slot that the loader fills (IAT, GOT), or a stub that jumps through
 * one (PLT, thunk). */
typedef struct onus_program_slot {
  uint64_t address;
  uint32_t import;
} onus_program_slot;

typedef struct onus_program_export {
  uint64_t address;
  const char *name; /* "#12": by number alone */
} onus_program_export;

/* A stretch of code that the file's unwind tables speak of. */
typedef struct onus_program_unwind {
  uint64_t address, size_bytes;
  bool is_fragment; /* begins in the middle of a function: a chained entry, or a frame that is there at the start */
} onus_program_unwind;

/* An address that the loader writes, and where. */
typedef struct onus_program_pointer {
  uint64_t place, target;
} onus_program_pointer;

enum { ONUS_IMPORT_NONE = -1 };

typedef struct onus_program {
  onus_arena *arena;
  const char *path; /* for messages */
  onus_bytes file;  /* borrowed */
  onus_program_format format;
  onus_architecture architecture;
  bool is_64_bit, is_damaged;
  uint64_t base;                  /* where the file wants to lie (PE: ImageBase; ELF: lowest segment) */
  uint64_t entry;                 /* 0: none */
  uint64_t got_address;           /* ELF, 32 bits: what position-independent code counts from; 0: none */
  uint64_t slice_offset;          /* Mach-O: where the program begins in a fat file; else 0 */
  onus_program_section *sections; /* by address */
  size_t n_sections;
  onus_program_import *imports; /* in the order of the file */
  size_t n_imports;
  onus_program_slot *slots; /* by address, each once */
  size_t n_slots;
  onus_program_export *exports; /* by address, then name; code and data */
  size_t n_exports;
  onus_program_unwind *unwind; /* by address, each start once */
  size_t n_unwind;
  onus_program_pointer *pointers; /* what the loader writes (relocations), by place, each once */
  size_t n_pointers;
  uint64_t
      *roots; /* addresses that the file hands to the system to be called: init arrays, TLS callbacks, guard tables */
  size_t n_roots;
} onus_program;

/* Reads an executable file. `bytes` is borrowed and must outlive the program; `path` names it in messages.
 * ONUS_BAD_INPUT when it is none or its head is broken; ONUS_UNSUPPORTED for other processors; ONUS_LIMIT beyond
 * 1 GiB or when its tables ask for too much memory. Free with onus_program_free. */
ONUS_MUST_CHECK onus_status onus_program_parse(const char *path, const void *bytes, size_t length_bytes,
                                               onus_program **ret_program, onus_error *error);
void onus_program_free(onus_program *program);

/* The section that holds `address`, NULL when none does. */
const onus_program_section *onus_program_section_at(const onus_program *program, uint64_t address);

/* The bytes of the file that lie at `address` in memory: at least `length_bytes` of them in one section, else NULL. */
const uint8_t *onus_program_at(const onus_program *program, uint64_t address, uint64_t length_bytes);

/* As onus_program_at, and how many bytes follow in the section. NULL when there is none. */
const uint8_t *onus_program_rest(const onus_program *program, uint64_t address, uint64_t *ret_left_bytes);

/* Whether `address` holds code that is in the file. */
bool onus_program_is_code(const onus_program *program, uint64_t address);

/* A pointer of the program's width at `address`, as it is when the loader is done. False when it is not there. */
bool onus_program_read_pointer(const onus_program *program, uint64_t address, uint64_t *ret_value);

/* The import behind a slot or stub at this very address, as an index into `imports`; ONUS_IMPORT_NONE: none. */
int32_t onus_program_import_at(const onus_program *program, uint64_t address);

/* The first name of an export at this very address; NULL: none. */
const char *onus_program_export_at(const onus_program *program, uint64_t address);

/* Printable text of at least `least_bytes` characters, NUL-terminated, at `address`, outside code; *ret_wide: two bytes
 * for each character (UTF-16), of which every second one is 0. Its length in characters; 0: none. At most 4096. */
size_t onus_program_string(const onus_program *program, uint64_t address, size_t least_bytes, const uint8_t **ret_text,
                           bool *ret_is_wide);

#endif
