/* Names as they are compared. Vendors write one name in many ways ("APT-C-36", "APT C 36", "aptc36"), so only letters
 * and digits count. Nothing else is folded: a name is a claim, and two names that look alike stay two. */
#include <stdlib.h>
#include <string.h>

#include "document/text_internal.h"
#include "reference/catalogue_internal.h"
#include "reference/reference_internal.h"

/* Beyond ASCII: signs and blanks that names are written with. */
static bool is_sign(uint32_t c) {
  return (c >= 0x80 && c < 0xC0 && c != 0xAA && c != 0xB5 && c != 0xBA) || c == 0xD7 || c == 0xF7 ||
         (c >= 0x2000 && c <= 0x206F) || (c >= 0x3000 && c <= 0x303F) || (c >= 0xFE30 && c <= 0xFE6F) || c == 0xFEFF ||
         (c >= 0xFF00 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20) || c == 0xFFFD;
}

/* Small letters of the alphabets that names in use have; each takes as many bytes as the capital. */
static uint32_t lower(uint32_t c) {
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7)
    return c + 32;
  if ((c >= 0x100 && c <= 0x12F) || (c >= 0x132 && c <= 0x137) || (c >= 0x14A && c <= 0x177))
    return c | 1;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
    return c + (c & 1);
  if ((c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
    return c + 32;
  return c >= 0x400 && c <= 0x40F ? c + 80 : c;
}

/* Writes a character of two bytes, or copies the `width` bytes at `from`. */
static char *put(char *out, const char *from, size_t width, uint32_t character) {
  uint32_t small = lower(character);
  if (width == 2) {
    *out++ = (char)(0xC0 | small >> 6);
    *out++ = (char)(0x80 | (small & 0x3F));
    return out;
  }
  memcpy(out, from, width);
  return out + width;
}

void onus_name_normalise(const char *name, char *out) {
  for (size_t left = strlen(name); left > 0;) {
    uint32_t character;
    size_t width = onus_text_decode(name, left, &character);
    if (width == 1 && ((*name >= '0' && *name <= '9') || (*name >= 'a' && *name <= 'z')))
      *out++ = *name;
    else if (width == 1 && *name >= 'A' && *name <= 'Z')
      *out++ = (char)(*name - 'A' + 'a');
    else if (width > 1 && !is_sign(character))
      out = put(out, name, width, character);
    size_t step = width > 0 ? width : 1;
    name += step;
    left -= step;
  }
  *out = '\0';
}

/* --- who may be meant --------------------------------------------------------------------------------------------- */

/* How often an actor is called so. */
typedef struct vote {
  uint32_t actor, count;
} vote;

typedef struct votes {
  vote *list;
  size_t count;
  char *normal; /* room for any name of the catalogue */
} votes;

static bool is_called(votes *v, const char *name, const char *wanted) {
  onus_name_normalise(name, v->normal);
  return strcmp(v->normal, wanted) == 0;
}

static void vote_for(votes *v, uint32_t actor) {
  for (size_t i = 0; i < v->count; i++)
    if (v->list[i].actor == actor) {
      v->list[i].count++;
      return;
    }
  v->list[v->count++] = (vote){actor, 1};
}

static int by_count(const void *a, const void *b) {
  const vote *x = a, *y = b;
  if (x->count != y->count)
    return x->count > y->count ? -1 : 1;
  return x->actor < y->actor ? -1 : x->actor > y->actor;
}

static void count_votes(const onus_catalogue_parts *parts, const char *wanted, votes *v) {
  for (size_t i = 0; i < parts->n_entries; i++)
    if (parts->entries[i].actor != ONUS_NO_NUMBER && is_called(v, parts->entries[i].upstream_id, wanted))
      vote_for(v, parts->entries[i].actor);
  for (size_t i = 0; i < parts->n_claims; i++) {
    uint32_t actor = parts->entries[parts->claims[i].entry].actor;
    if (actor != ONUS_NO_NUMBER && is_called(v, parts->claims[i].name, wanted))
      vote_for(v, actor);
  }
}

onus_status onus_reference_find_actors(const onus_reference *reference, const char *name, uint32_t **ret_actors,
                                       size_t *ret_n, onus_error *error) {
  const onus_catalogue_parts *parts = &reference->parts;
  votes v = {calloc(parts->n_actors + 1, sizeof *v.list), 0, malloc(ONUS_CATALOGUE_URL_BYTES + 1)};
  char *wanted = malloc(strlen(name) + 1);
  uint32_t *actors = calloc(parts->n_actors + 1, sizeof *actors);
  bool has_all = v.list && v.normal && wanted && actors;
  if (has_all)
    onus_name_normalise(name, wanted);
  if (has_all && wanted[0] != '\0')
    count_votes(parts, wanted, &v);
  if (has_all) {
    qsort(v.list, v.count, sizeof *v.list, by_count);
    for (size_t i = 0; i < v.count; i++)
      actors[i] = v.list[i].actor;
    *ret_actors = actors;
    *ret_n = v.count;
  } else {
    free(actors);
  }
  free(v.list);
  free(v.normal);
  free(wanted);
  return has_all ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}
