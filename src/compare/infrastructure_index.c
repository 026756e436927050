/* Reading the lists of a reference into memory: habits are too many and too common to be looked up one by one.
 *
 * Patterns are told apart by 64 bits of their hash alone. Somebody who makes two of them collide gains a habit that is
 * shared with nobody real; what links an incident to a report by name is looked up by whole keys. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "compare/infrastructure_internal.h"

typedef struct holding {
  uint64_t hash;
  uint32_t list;
  uint8_t kind;
} holding;

typedef struct reading {
  holding *holdings;
  size_t n_holdings, capacity;
  uint32_t list;
} reading;

/* The kind is hashed as a first byte: as a seed it would only shift what short texts hash to, and a word of one kind
 * would meet another of the next. */
uint64_t onus_pattern_hash(onus_pattern_kind kind, const char *text) {
  char key[1 + ONUS_PATTERN_BYTES];
  size_t length = strnlen(text, ONUS_PATTERN_BYTES);
  key[0] = (char)kind;
  memcpy(key + 1, text, length);
  uint64_t hash = XXH3_64bits(key, 1 + length);
  return hash ? hash : 1; /* 0 marks a free slot */
}

/* --- which lists -------------------------------------------------------------------------------------------------- */

typedef struct dated_list {
  uint32_t basis, actor, rank; /* rank: how many newer ones its actor has */
  int32_t day;
} dated_list;

/* Newest first within an actor; undated ones last. */
static int by_actor_and_day(const void *a, const void *b) {
  const dated_list *x = a, *y = b;
  if (x->actor != y->actor)
    return x->actor < y->actor ? -1 : 1;
  bool x_dated = x->day != ONUS_DAY_UNKNOWN, y_dated = y->day != ONUS_DAY_UNKNOWN;
  if (x_dated != y_dated)
    return x_dated ? -1 : 1;
  if (x->day != y->day)
    return x->day > y->day ? -1 : 1;
  return x->basis < y->basis ? -1 : 1;
}

static int by_rank(const void *a, const void *b) {
  const dated_list *x = a, *y = b;
  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  return x->basis < y->basis ? -1 : x->basis > y->basis;
}

static int by_number(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static double middle_year(const onus_period *period) {
  if (period->first_day == ONUS_DAY_UNKNOWN || period->last_day == ONUS_DAY_UNKNOWN)
    return NAN;
  return ((double)period->first_day + (double)period->last_day) / 2 / 365.25;
}

static onus_status choose_lists(onus_habit_index *index, onus_error *error) {
  const onus_catalogue *c = index->catalogue;
  dated_list *all = calloc(c->n_bases + 1, sizeof *all);
  index->actor_of_basis = calloc(c->n_bases + 1, sizeof *index->actor_of_basis);
  index->year_of_basis = calloc(c->n_bases + 1, sizeof *index->year_of_basis);
  index->list_of_basis = calloc(c->n_bases + 1, sizeof *index->list_of_basis);
  index->basis_of_list = calloc(ONUS_HABIT_LISTS, sizeof *index->basis_of_list);
  if (!all || !index->actor_of_basis || !index->year_of_basis || !index->list_of_basis || !index->basis_of_list) {
    free(all);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  size_t n = 0;
  for (uint32_t i = 0; i < c->n_bases; i++) {
    const onus_basis *basis = &c->bases[i];
    bool is_list = basis->kind == ONUS_BASIS_LISTED && !basis->is_circular && basis->entry != ONUS_NO_NUMBER &&
                   basis->n_indicators > 0;
    uint32_t actor = is_list ? c->entries[basis->entry].actor : ONUS_NO_NUMBER;
    index->list_of_basis[i] = ONUS_NO_PLACE;
    index->actor_of_basis[i] = actor;
    index->year_of_basis[i] = middle_year(&basis->period);
    if (actor != ONUS_NO_NUMBER)
      all[n++] = (dated_list){i, actor, 0, basis->period.last_day};
  }
  qsort(all, n, sizeof *all, by_actor_and_day);
  for (size_t i = 1; i < n; i++)
    all[i].rank = all[i].actor == all[i - 1].actor ? all[i - 1].rank + 1 : 0;
  qsort(all, n, sizeof *all, by_rank);
  index->n_lists = n < ONUS_HABIT_LISTS ? n : ONUS_HABIT_LISTS;
  index->n_outside = n - index->n_lists;
  for (size_t i = 0; i < index->n_lists; i++)
    index->basis_of_list[i] = all[i].basis;
  free(all);
  qsort(index->basis_of_list, index->n_lists, sizeof *index->basis_of_list, by_number);
  for (uint32_t i = 0; i < index->n_lists; i++)
    index->list_of_basis[index->basis_of_list[i]] = i;
  return ONUS_OK;
}

/* --- their patterns ----------------------------------------------------------------------------------------------- */

static onus_status add(reading *r, onus_pattern_kind kind, const char *text, onus_error *error) {
  if (r->n_holdings == r->capacity) {
    size_t capacity = r->capacity ? r->capacity + r->capacity / 2 : 65536;
    holding *grown = realloc(r->holdings, capacity * sizeof *grown);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    r->holdings = grown;
    r->capacity = capacity;
  }
  r->holdings[r->n_holdings++] = (holding){onus_pattern_hash(kind, text), r->list, (uint8_t)kind};
  return ONUS_OK;
}

static onus_status take(void *context, onus_pattern_kind kind, const char *text, onus_error *error) {
  return add(context, kind, text, error);
}

static int by_hash(const void *a, const void *b) {
  const holding *x = a, *y = b;
  if (x->hash != y->hash)
    return x->hash < y->hash ? -1 : 1;
  return x->list < y->list ? -1 : x->list > y->list;
}

/* Sorts from `begin` on and keeps one of each. */
static void make_unique(reading *r, size_t begin) {
  if (r->n_holdings <= begin)
    return;
  qsort(r->holdings + begin, r->n_holdings - begin, sizeof *r->holdings, by_hash);
  size_t kept = begin + 1;
  for (size_t i = begin + 1; i < r->n_holdings; i++)
    if (by_hash(&r->holdings[i], &r->holdings[kept - 1]) != 0)
      r->holdings[kept++] = r->holdings[i];
  r->n_holdings = kept;
}

static onus_status read_list(reading *r, const char *lines, size_t length, onus_error *error) {
  size_t begin = r->n_holdings, n_indicators = 0;
  for (const char *at = lines, *end = lines + length; at < end && n_indicators < ONUS_HABIT_INDICATORS;) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    size_t line = (size_t)((line_end ? line_end : end) - at);
    onus_indicator indicator;
    ONUS_TRY(onus_indicator_parse(at, line, &indicator, error));
    if (indicator.kind != ONUS_INDICATOR_NONE) {
      n_indicators++;
      ONUS_TRY(onus_patterns_of(&indicator, take, r, error));
    }
    at += line + 1;
  }
  char size[ONUS_PATTERN_BYTES];
  onus_pattern_of_size(n_indicators, size);
  ONUS_TRY(add(r, ONUS_PATTERN_SIZE, size, error));
  make_unique(r, begin);
  return ONUS_OK;
}

/* Lists beyond the bound of patterns stay without: they are still looked up. */
static onus_status read_lists(const onus_habit_index *index, reading *r, onus_error *error) {
  for (uint32_t i = 0; i < index->n_lists && r->n_holdings < ONUS_HABIT_PATTERNS; i++) {
    onus_text lines = {0};
    r->list = i;
    ONUS_TRY(onus_reference_listing(index->reference, index->basis_of_list[i], &lines, error));
    onus_status status = read_list(r, lines.bytes, lines.length, error);
    onus_text_free(&lines);
    if (status != ONUS_OK)
      return status;
  }
  make_unique(r, 0);
  return ONUS_OK;
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static onus_status index_patterns(onus_habit_index *index, const reading *r, onus_error *error) {
  size_t n_patterns = 0;
  for (size_t i = 0; i < r->n_holdings; i++)
    n_patterns += i == 0 || r->holdings[i].hash != r->holdings[i - 1].hash;
  index->n_slots = 64;
  while (index->n_slots < 2 * n_patterns)
    index->n_slots *= 2;
  index->slot_hash = calloc(index->n_slots, sizeof *index->slot_hash);
  index->slot_pattern = calloc(index->n_slots, sizeof *index->slot_pattern);
  index->first = calloc(n_patterns + 1, sizeof *index->first);
  index->kind = calloc(n_patterns + 1, 1);
  index->lists = calloc(r->n_holdings + 1, sizeof *index->lists);
  if (!index->slot_hash || !index->slot_pattern || !index->first || !index->kind || !index->lists)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t pattern = 0;
  for (size_t i = 0; i < r->n_holdings; i++) {
    const holding *h = &r->holdings[i];
    index->lists[i] = h->list;
    if (i > 0 && h->hash == r->holdings[i - 1].hash)
      continue;
    size_t slot = h->hash & (index->n_slots - 1);
    while (index->slot_hash[slot])
      slot = (slot + 1) & (index->n_slots - 1);
    index->slot_hash[slot] = h->hash;
    index->slot_pattern[slot] = (uint32_t)pattern;
    index->first[pattern] = i;
    index->kind[pattern++] = h->kind;
  }
  index->first[n_patterns] = r->n_holdings;
  index->n_patterns = n_patterns;
  return ONUS_OK;
}

uint32_t onus_habit_index_find(const onus_habit_index *index, uint64_t hash) {
  for (size_t slot = hash & (index->n_slots - 1); index->slot_hash[slot]; slot = (slot + 1) & (index->n_slots - 1))
    if (index->slot_hash[slot] == hash)
      return index->slot_pattern[slot];
  return ONUS_NO_PLACE;
}

onus_status onus_habit_index_make(const onus_reference *reference, onus_habit_index *ret_index, onus_error *error) {
  onus_habit_index index = {.reference = reference, .catalogue = onus_reference_catalogue(reference)};
  reading r = {0};
  onus_status status = choose_lists(&index, error);
  if (status == ONUS_OK)
    status = read_lists(&index, &r, error);
  if (status == ONUS_OK)
    status = index_patterns(&index, &r, error);
  free(r.holdings);
  if (status == ONUS_OK)
    *ret_index = index;
  else
    onus_habit_index_free(&index);
  return status;
}

void onus_habit_index_free(onus_habit_index *index) {
  free(index->actor_of_basis);
  free(index->year_of_basis);
  free(index->list_of_basis);
  free(index->basis_of_list);
  free(index->slot_hash);
  free(index->slot_pattern);
  free(index->first);
  free(index->kind);
  free(index->lists);
  *index = (onus_habit_index){0};
}
