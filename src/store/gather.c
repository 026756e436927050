#include "store/gather_internal.h"

#include <stdlib.h>

onus_status onus_gather_begin(onus_gathering *g, const onus_store_query *query, onus_error *error) {
  *g = (onus_gathering){.query = query, .result.n_keys = query->n_keys};
  g->result.first = query->n_keys < SIZE_MAX / 8 - 1 ? calloc(query->n_keys + 1, sizeof *g->result.first) : NULL;
  g->result.was_cut = calloc(query->n_keys + 1, 1);
  if (query->counts_holders && g->result.first)
    g->result.n_holders = calloc(query->n_keys + 1, sizeof *g->result.n_holders);
  if (g->result.first && g->result.was_cut && (g->result.n_holders || !query->counts_holders))
    return ONUS_OK;
  onus_gather_free(g);
  return ONUS_FAIL_NO_MEMORY(error);
}

void onus_gather_free(onus_gathering *g) {
  onus_store_postings_free(&g->result);
}

void onus_gather_end(onus_gathering *g, onus_store_postings *ret_postings) {
  g->result.first[g->result.n_keys] = g->n_postings;
  *ret_postings = g->result;
}

/* Makes room for `count` more, at most ONUS_STORE_POSTINGS_MAX in all. */
static onus_status make_room(onus_gathering *g, size_t count, onus_error *error) {
  if (count <= g->capacity - g->n_postings)
    return ONUS_OK;
  if (count > ONUS_STORE_POSTINGS_MAX - g->n_postings)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d postings in one look-up; ask for fewer keys or set a lower cap",
                     ONUS_STORE_POSTINGS_MAX);
  size_t capacity = g->capacity == 0 ? 4096 : 2 * g->capacity;
  if (capacity > ONUS_STORE_POSTINGS_MAX)
    capacity = ONUS_STORE_POSTINGS_MAX;
  if (capacity < g->n_postings + count)
    capacity = g->n_postings + count;
  onus_store_posting *grown = realloc(g->result.postings, capacity * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  g->result.postings = grown;
  g->capacity = capacity;
  return ONUS_OK;
}

/* The common case: one place has the key. Room is made for what may come before it is known what is seen, but never
 * more than the cap; beyond the limit of one look-up this counts first. */
static onus_status append_single(onus_gathering *g, onus_posting_source found, uint8_t *ret_was_cut,
                                 onus_error *error) {
  const onus_store_query *query = g->query;
  const onus_store_posting *at = found.at, *end = found.end;
  uint64_t n_found = (uint64_t)(end - at);
  size_t room = n_found < query->cap_per_key ? (size_t)n_found : query->cap_per_key;
  if (room > ONUS_STORE_POSTINGS_MAX - g->n_postings) {
    size_t n_seen = 0;
    for (const onus_store_posting *p = at; p < end && n_seen < room; p++)
      n_seen += p->first_day <= query->as_of_day;
    room = n_seen;
  }
  ONUS_TRY(make_room(g, room, error));
  onus_store_posting *out = g->result.postings + g->n_postings, *out_end = out + room;
  for (; at < end && out < out_end; at++) {
    *out = *at; /* overwritten when it is not seen: a branch would be guessed wrong half of the time */
    out += at->first_day <= query->as_of_day;
  }
  for (; at < end && !*ret_was_cut; at++)
    *ret_was_cut = at->first_day <= query->as_of_day;
  g->n_postings = (size_t)(out - g->result.postings);
  return ONUS_OK;
}

onus_status onus_gather_key(onus_gathering *g, onus_posting_source *sources, size_t n_sources, size_t key_index,
                            onus_error *error) {
  const onus_store_query *query = g->query;
  size_t begin = g->n_postings;
  g->result.first[key_index] = begin;
  if (n_sources == 1)
    return append_single(g, sources[0], &g->result.was_cut[key_index], error);
  const onus_store_posting *posting;
  while ((posting = onus_posting_next(sources, &n_sources)) != NULL) {
    if (posting->first_day > query->as_of_day)
      continue;
    if (g->n_postings - begin == query->cap_per_key) {
      g->result.was_cut[key_index] = 1;
      break;
    }
    ONUS_TRY(make_room(g, 1, error));
    g->result.postings[g->n_postings++] = *posting;
  }
  return ONUS_OK;
}

/* Postings come by holder and, for each, by first day: the first one tells. */
uint64_t onus_gather_count(onus_posting_source *sources, size_t n_sources, int32_t as_of_day) {
  uint64_t count = 0;
  if (n_sources == 1) {
    const onus_store_posting *at = sources[0].at, *end = sources[0].end;
    count = at->first_day <= as_of_day;
    for (at++; at < end; at++)
      count += (at->holder != at[-1].holder) & (at->first_day <= as_of_day);
    return count;
  }
  uint32_t holder = 0;
  bool has_holder = false;
  const onus_store_posting *posting;
  while ((posting = onus_posting_next(sources, &n_sources)) != NULL) {
    if (has_holder && posting->holder == holder)
      continue;
    holder = posting->holder;
    has_holder = true;
    count += posting->first_day <= as_of_day;
  }
  return count;
}
