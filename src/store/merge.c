#include "store/merge_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <xxhash.h>

const onus_store_posting *onus_posting_next(onus_posting_source *sources, size_t *n_sources) {
  if (*n_sources == 0)
    return NULL;
  const onus_store_posting *least = sources[0].at;
  for (size_t i = 1; i < *n_sources; i++)
    if (onus_posting_compare(sources[i].at, least) < 0)
      least = sources[i].at;
  for (size_t i = 0; i < *n_sources;) {
    /* Each source goes forward at least once whenever it has the least, whatever order a damaged file has. */
    if (onus_posting_compare(sources[i].at, least) == 0 && ++sources[i].at == sources[i].end)
      sources[i] = sources[--*n_sources];
    else
      i++;
  }
  return least;
}

/* --- cursors ------------------------------------------------------------------------------------------------------ */

typedef struct cursor {
  onus_stream stream;
  uint64_t at;
  bool has_group;
  onus_group group;
} cursor;

/* So much is read of mapped files before what was read is let go. */
enum { RELEASED_AT_ONCE = 8 << 20 };

typedef struct merge {
  cursor *cursors;
  size_t n_cursors;
  uint64_t read_bytes; /* since the last time */
  size_t *heap;        /* cursors that have a group, the least first */
  size_t n_heap;
  size_t *same; /* cursors that have the group at hand */
  onus_posting_source *sources;
  const onus_group_sink *sink;
} merge;

static onus_status fail_order(const cursor *c, const char *what, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, c->stream.door->path, 0, 0,
                      "is damaged before byte %" PRIu64 ": %s; restore it from a copy or import again", c->at, what);
}

/* Reads the next group; at the end `has_group` is false. */
static onus_status advance(cursor *c, onus_error *error) {
  onus_group last = c->group;
  bool has_last = c->has_group;
  c->has_group = false;
  if (c->at == c->stream.end)
    return ONUS_OK;
  ONUS_TRY(onus_stream_read(&c->stream, &c->at, &c->group, error));
  if (c->group.hash != XXH3_64bits(c->group.key, c->group.key_bytes))
    return fail_order(c, "a key does not have its hash", error);
  if (has_last && onus_group_compare(&last, &c->group) >= 0)
    return fail_order(c, "keys are not in their order", error);
  for (uint64_t i = 1; i < c->group.n_postings; i++)
    if (onus_posting_compare(&c->group.postings[i - 1], &c->group.postings[i]) >= 0)
      return fail_order(c, "postings are not in their order", error);
  c->has_group = true;
  return ONUS_OK;
}

/* --- the heap ----------------------------------------------------------------------------------------------------- */

static bool is_less(const merge *m, size_t a, size_t b) {
  return onus_group_compare(&m->cursors[m->heap[a]].group, &m->cursors[m->heap[b]].group) < 0;
}

static void swap_places(merge *m, size_t a, size_t b) {
  size_t kept = m->heap[a];
  m->heap[a] = m->heap[b];
  m->heap[b] = kept;
}

static void sift_down(merge *m) {
  for (size_t at = 0;;) {
    size_t least = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < m->n_heap; child++)
      if (is_less(m, child, least))
        least = child;
    if (least == at)
      return;
    swap_places(m, at, least);
    at = least;
  }
}

static void push(merge *m, size_t index) {
  size_t at = m->n_heap++;
  m->heap[at] = index;
  for (; at > 0 && is_less(m, at, (at - 1) / 2); at = (at - 1) / 2)
    swap_places(m, at, (at - 1) / 2);
}

static size_t pop(merge *m) {
  size_t top = m->heap[0];
  m->heap[0] = m->heap[--m->n_heap];
  sift_down(m);
  return top;
}

/* --- merging ------------------------------------------------------------------------------------------------------ */

static size_t fill_sources(merge *m, size_t n_same) {
  for (size_t i = 0; i < n_same; i++) {
    const onus_group *group = &m->cursors[m->same[i]].group;
    m->sources[i] = (onus_posting_source){group->postings, group->postings + group->n_postings};
  }
  return n_same;
}

static void count_read(merge *m, uint64_t bytes) {
  m->read_bytes += bytes;
  if (m->read_bytes < RELEASED_AT_ONCE)
    return;
  m->read_bytes = 0;
  for (size_t i = 0; i < m->n_cursors; i++)
    if (i == 0 || m->cursors[i].stream.door != m->cursors[i - 1].stream.door)
      onus_door_release(m->cursors[i].stream.door);
}

/* The group that the first `n_same` cursors of `same` have. The size must be known before the first posting, so the
 * postings are merged twice: once to count, once to hand on. Holding them instead could take any memory. */
static onus_status hand_on(merge *m, size_t n_same, onus_error *error) {
  onus_group group = m->cursors[m->same[0]].group;
  if (n_same == 1) {
    ONUS_TRY(m->sink->group(m->sink->context, &group, error));
    return m->sink->postings(m->sink->context, group.postings, (size_t)group.n_postings, error);
  }
  size_t n_sources = fill_sources(m, n_same);
  for (group.n_postings = 0; onus_posting_next(m->sources, &n_sources); count_read(m, ONUS_POSTING_BYTES))
    group.n_postings++;
  ONUS_TRY(m->sink->group(m->sink->context, &group, error));
  n_sources = fill_sources(m, n_same);
  const onus_store_posting *posting;
  while ((posting = onus_posting_next(m->sources, &n_sources)) != NULL)
    ONUS_TRY(m->sink->postings(m->sink->context, posting, 1, error));
  return ONUS_OK;
}

static uint64_t bytes_of(const onus_group *group) {
  return ONUS_GROUP_HEAD_BYTES + onus_key_padded(group->key_bytes) + group->n_postings * ONUS_POSTING_BYTES;
}

static onus_status run_merge(merge *m, onus_error *error) {
  while (m->n_heap > 0) {
    size_t n_same = 0;
    m->same[n_same++] = pop(m);
    while (m->n_heap > 0 && onus_group_compare(&m->cursors[m->heap[0]].group, &m->cursors[m->same[0]].group) == 0)
      m->same[n_same++] = pop(m);
    ONUS_TRY(hand_on(m, n_same, error));
    for (size_t i = 0; i < n_same; i++) {
      count_read(m, bytes_of(&m->cursors[m->same[i]].group));
      ONUS_TRY(advance(&m->cursors[m->same[i]], error));
      if (m->cursors[m->same[i]].has_group)
        push(m, m->same[i]);
    }
  }
  return ONUS_OK;
}

static onus_status begin_merge(merge *m, const onus_stream *streams, size_t n_streams, onus_error *error) {
  if (!m->cursors || !m->heap || !m->same || !m->sources)
    return ONUS_FAIL_NO_MEMORY(error);
  m->n_cursors = n_streams;
  for (size_t i = 0; i < n_streams; i++) {
    m->cursors[i].stream = streams[i];
    m->cursors[i].at = streams[i].begin;
    ONUS_TRY(advance(&m->cursors[i], error));
    if (m->cursors[i].has_group)
      push(m, i);
  }
  return run_merge(m, error);
}

onus_status onus_merge(const onus_stream *streams, size_t n_streams, const onus_group_sink *sink, onus_error *error) {
  if (n_streams == 0)
    return ONUS_OK;
  merge m = {.cursors = calloc(n_streams, sizeof *m.cursors),
             .heap = calloc(n_streams, sizeof *m.heap),
             .same = calloc(n_streams, sizeof *m.same),
             .sources = calloc(n_streams, sizeof *m.sources),
             .sink = sink};
  onus_status status = begin_merge(&m, streams, n_streams, error);
  free(m.cursors);
  free(m.heap);
  free(m.same);
  free(m.sources);
  return status;
}
