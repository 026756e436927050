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

/* --- names that mean several -------------------------------------------------------------------------------------- */

/* A name and an actor that bears it. */
typedef struct naming {
  const char *normal, *written;
  uint32_t actor;
} naming;

typedef struct namings {
  naming *list;
  size_t count;
  char *texts;
} namings;

static int by_normal(const void *a, const void *b) {
  const naming *x = a, *y = b;
  int order = strcmp(x->normal, y->normal);
  if (order != 0)
    return order;
  if (x->actor != y->actor)
    return x->actor < y->actor ? -1 : 1;
  return strcmp(x->written, y->written);
}

/* All claims of actors, sorted, each pair once. */
static onus_status collect(const onus_catalogue_parts *parts, namings *ret_namings, onus_error *error) {
  size_t bytes = 1;
  for (size_t i = 0; i < parts->n_claims; i++)
    bytes += strlen(parts->claims[i].name) + 1;
  namings n = {calloc(parts->n_claims + 1, sizeof *n.list), 0, malloc(bytes)};
  if (!n.list || !n.texts) {
    free(n.list);
    free(n.texts);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  char *at = n.texts;
  for (size_t i = 0; i < parts->n_claims; i++) {
    uint32_t actor = parts->entries[parts->claims[i].entry].actor;
    onus_name_normalise(parts->claims[i].name, at);
    if (actor != ONUS_NO_NUMBER && at[0] != '\0')
      n.list[n.count++] = (naming){at, parts->claims[i].name, actor};
    at += strlen(at) + 1;
  }
  qsort(n.list, n.count, sizeof *n.list, by_normal);
  size_t kept = 0;
  for (size_t i = 0; i < n.count; i++)
    if (kept == 0 || n.list[kept - 1].actor != n.list[i].actor ||
        strcmp(n.list[kept - 1].normal, n.list[i].normal) != 0)
      n.list[kept++] = n.list[i];
  n.count = kept;
  *ret_namings = n;
  return ONUS_OK;
}

onus_status onus_reference_conflicts(const onus_reference *reference, onus_name_conflict **ret_conflicts, size_t *ret_n,
                                     onus_error *error) {
  namings n;
  ONUS_TRY(collect(&reference->parts, &n, error));
  /* A conflict takes two namings at least, so the actors of all of them find room behind as many conflicts. */
  onus_name_conflict *conflicts = calloc(n.count + 1, sizeof *conflicts + sizeof(uint32_t));
  size_t count = 0;
  uint32_t *at = conflicts ? (uint32_t *)(void *)(conflicts + n.count + 1) : NULL;
  for (size_t begin = 0, end; conflicts && begin < n.count; begin = end) {
    for (end = begin + 1; end < n.count && strcmp(n.list[end].normal, n.list[begin].normal) == 0;)
      end++;
    if (end - begin < 2)
      continue;
    conflicts[count++] = (onus_name_conflict){n.list[begin].written, at, end - begin};
    for (size_t i = begin; i < end; i++)
      *at++ = n.list[i].actor;
  }
  free(n.list);
  free(n.texts);
  if (!conflicts)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_conflicts = conflicts;
  *ret_n = count;
  return ONUS_OK;
}

/* --- names that may have been meant ------------------------------------------------------------------------------- */

enum { COMPARED_BYTES = 63, NOT_NEAR = 4 };

/* Bytes to change, put in or take out to make one name of the other; NOT_NEAR if more than 3. One that begins with the
 * other is near too. */
static unsigned distance(const char *a, const char *b) {
  size_t a_bytes = strlen(a), b_bytes = strlen(b);
  if (a_bytes > COMPARED_BYTES || b_bytes > COMPARED_BYTES || a_bytes == 0 || b_bytes == 0)
    return NOT_NEAR;
  size_t shorter = a_bytes < b_bytes ? a_bytes : b_bytes;
  bool begins = shorter >= 4 && memcmp(a, b, shorter) == 0;
  unsigned row[COMPARED_BYTES + 1];
  for (unsigned k = 0; k <= b_bytes; k++)
    row[k] = k;
  for (unsigned i = 1; i <= a_bytes; i++) {
    unsigned corner = row[0];
    row[0] = i;
    for (unsigned k = 1; k <= b_bytes; k++) {
      unsigned above = row[k], best = corner + (a[i - 1] != b[k - 1]);
      best = above + 1 < best ? above + 1 : best;
      row[k] = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
      corner = above;
    }
  }
  unsigned most = shorter >= 8 ? 3 : shorter >= 5 ? 2 : 1;
  return row[b_bytes] <= most ? row[b_bytes] : begins ? 3 : NOT_NEAR;
}

size_t onus_reference_near_names(const onus_reference *reference, const char *name,
                                 const char *ret_names[ONUS_NEAR_NAMES]) {
  const onus_catalogue_parts *parts = &reference->parts;
  char wanted[ONUS_CATALOGUE_NAME_BYTES + 1], normal[ONUS_CATALOGUE_URL_BYTES + 1];
  unsigned distances[ONUS_NEAR_NAMES];
  size_t count = 0;
  if (strlen(name) > ONUS_CATALOGUE_NAME_BYTES)
    return 0;
  onus_name_normalise(name, wanted);
  for (size_t i = 0; i < parts->n_claims; i++) {
    const char *written = parts->claims[i].name;
    if (parts->entries[parts->claims[i].entry].actor == ONUS_NO_NUMBER)
      continue;
    onus_name_normalise(written, normal);
    unsigned d = distance(wanted, normal);
    size_t at = count;
    bool is_there = d == NOT_NEAR;
    for (size_t k = 0; k < count; k++)
      is_there |= strcmp(ret_names[k], written) == 0;
    while (at > 0 && distances[at - 1] > d)
      at--;
    if (is_there || at == ONUS_NEAR_NAMES)
      continue;
    count += count < ONUS_NEAR_NAMES;
    for (size_t k = count - 1; k > at; k--) {
      ret_names[k] = ret_names[k - 1];
      distances[k] = distances[k - 1];
    }
    ret_names[at] = written;
    distances[at] = d;
  }
  return count;
}
