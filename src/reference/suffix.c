#include "reference/suffix.h"

#include <libpsl.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "reference/provider_internal.h"

/* Suffixes are few and asked for again and again; other names mostly come in a row, as a host's URLs do. So each kind
 * has places of its own, and the many do not push the few out. */
enum { NAME_BYTES = 55, N_SUFFIXES = 512, N_OTHERS = 512, N_ROW_SLOTS = 8192 };

typedef struct remembered {
  char name[NAME_BYTES + 1]; /* "": nothing */
  unsigned answer;
} remembered;

struct onus_suffixes {
  remembered suffixes[N_SUFFIXES], others[N_OTHERS];
  uint16_t rows[N_ROW_SLOTS]; /* of providers, from 1, by hash of their suffix; 0: none */
};

static size_t hash_of(const char *name, size_t name_bytes) {
  return (size_t)XXH3_64bits(name, name_bytes);
}

onus_suffixes *onus_suffixes_new(void) {
  onus_suffixes *suffixes = calloc(1, sizeof *suffixes);
  for (size_t row = 0; suffixes && row < ONUS_PROVIDER_N_ROWS; row++) {
    const char *name = ONUS_PROVIDER_ROWS[row].suffix;
    size_t slot = hash_of(name, strlen(name)) % N_ROW_SLOTS;
    while (suffixes->rows[slot])
      slot = (slot + 1) % N_ROW_SLOTS;
    suffixes->rows[slot] = (uint16_t)(row + 1);
  }
  return suffixes;
}

void onus_suffixes_free(onus_suffixes *suffixes) {
  free(suffixes);
}

static unsigned ask_list(const char *name) {
  const psl_ctx_t *list = psl_builtin();
  bool has_dot = strchr(name, '.') != NULL;
  /* What no rule of either part makes public is not private. */
  if (has_dot && psl_is_public_suffix2(list, name, PSL_TYPE_ANY) != 1)
    return 0;
  unsigned answer = ONUS_SUFFIX_PUBLIC;
  if (psl_is_public_suffix2(list, name, PSL_TYPE_PRIVATE | PSL_TYPE_NO_STAR_RULE) == 1)
    answer |= ONUS_SUFFIX_PRIVATE;
  if (!has_dot && psl_is_public_suffix2(list, name, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1)
    answer |= ONUS_SUFFIX_TOP;
  return answer;
}

unsigned onus_suffixes_ask(onus_suffixes *suffixes, const char *name) {
  size_t name_bytes = strlen(name);
  if (!suffixes || name_bytes == 0 || name_bytes > NAME_BYTES)
    return ask_list(name);
  size_t hash = hash_of(name, name_bytes);
  const remembered *suffix = &suffixes->suffixes[hash % N_SUFFIXES], *other = &suffixes->others[hash % N_OTHERS];
  if (memcmp(suffix->name, name, name_bytes + 1) == 0)
    return suffix->answer;
  if (memcmp(other->name, name, name_bytes + 1) == 0)
    return other->answer;
  unsigned answer = ask_list(name);
  remembered *kept = answer ? &suffixes->suffixes[hash % N_SUFFIXES] : &suffixes->others[hash % N_OTHERS];
  memcpy(kept->name, name, name_bytes + 1);
  kept->answer = answer;
  return answer;
}

static int compare_suffix(const void *key, const void *row) {
  return strcmp(key, ((const onus_provider_row *)row)->suffix);
}

size_t onus_suffixes_provider(const onus_suffixes *suffixes, const char *name) {
  if (!suffixes) {
    const onus_provider_row *row =
        bsearch(name, ONUS_PROVIDER_ROWS, ONUS_PROVIDER_N_ROWS, sizeof *ONUS_PROVIDER_ROWS, compare_suffix);
    return row ? (size_t)(row - ONUS_PROVIDER_ROWS) : ONUS_SUFFIX_NO_ROW;
  }
  for (size_t slot = hash_of(name, strlen(name)) % N_ROW_SLOTS; suffixes->rows[slot]; slot = (slot + 1) % N_ROW_SLOTS)
    if (strcmp(ONUS_PROVIDER_ROWS[suffixes->rows[slot] - 1].suffix, name) == 0)
      return suffixes->rows[slot] - 1u;
  return ONUS_SUFFIX_NO_ROW;
}
