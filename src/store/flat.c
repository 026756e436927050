#include "store/flat_internal.h"

#include <inttypes.h>
#include <stdlib.h>

/* --- looking pairs up --------------------------------------------------------------------------------------------- */

enum { CHUNK_KEYS = 1024 };

static onus_status make_room(onus_number_gathering *f, size_t count, onus_error *error) {
  if (count <= f->capacity - f->n_numbers)
    return ONUS_OK;
  if (count > ONUS_STORE_POSTINGS_MAX - f->n_numbers)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d numbers in one look-up; ask for fewer keys or set a lower cap",
                     ONUS_STORE_POSTINGS_MAX);
  size_t capacity = f->capacity == 0 ? 4096 : 2 * f->capacity;
  if (capacity < f->n_numbers + count)
    capacity = f->n_numbers + count;
  uint32_t *grown = realloc(f->result.numbers, capacity * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  f->result.numbers = grown;
  f->capacity = capacity;
  return ONUS_OK;
}

static int by_number(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/* What several segments have for one key, behind `begin`: sorted, each once, no more than the cap. */
static void join(onus_number_gathering *f, size_t begin) {
  uint32_t *numbers = f->result.numbers + begin;
  size_t n = f->n_numbers - begin, kept = 0;
  qsort(numbers, n, sizeof *numbers, by_number);
  for (size_t i = 0; i < n && kept < f->query->cap_per_key; i++)
    if (kept == 0 || numbers[kept - 1] != numbers[i])
      numbers[kept++] = numbers[i];
  f->n_numbers = begin + kept;
}

onus_status onus_numbers_begin(onus_number_gathering *g, const onus_store_pair_query *query, onus_error *error) {
  bool fits = query->n_keys < SIZE_MAX / 16;
  *g = (onus_number_gathering){.query = query, .result.n_keys = query->n_keys};
  g->result.first = fits ? calloc(query->n_keys + 1, sizeof *g->result.first) : NULL;
  g->result.n_there = fits ? calloc(query->n_keys + 1, sizeof *g->result.n_there) : NULL;
  if (g->result.first && g->result.n_there)
    return ONUS_OK;
  onus_store_numbers_free(&g->result);
  return ONUS_FAIL_NO_MEMORY(error);
}

onus_status onus_numbers_gather(onus_number_gathering *g, const onus_found_pairs *found, size_t n_found, size_t index,
                                onus_error *error) {
  size_t begin = g->n_numbers, n_sources = 0;
  g->result.first[index] = begin;
  for (size_t t = 0; t < n_found; t++) {
    size_t n = found[t].n_pairs < g->query->cap_per_key ? (size_t)found[t].n_pairs : g->query->cap_per_key;
    g->result.n_there[index] += found[t].n_pairs;
    if (n == 0)
      continue;
    n_sources++;
    ONUS_TRY(make_room(g, n, error));
    const uint8_t *restrict pairs = found[t].pairs;
    uint32_t *restrict numbers = g->result.numbers + g->n_numbers;
    for (size_t i = 0; i < n; i++)
      numbers[i] = (uint32_t)onus_load_u64(pairs + i * ONUS_PAIR_BYTES);
    g->n_numbers += n;
  }
  if (n_sources > 1)
    join(g, begin);
  return ONUS_OK;
}

void onus_numbers_end(onus_number_gathering *g, onus_store_numbers *ret_numbers) {
  g->result.first[g->result.n_keys] = g->n_numbers;
  *ret_numbers = g->result;
}

/* found: of key k and table t of the chunk: k * n_tables + t */
static onus_status look_up_chunk(const onus_segment_table *const *tables, size_t n_tables,
                                 const onus_store_pair_query *query, size_t begin, onus_number_gathering *g,
                                 onus_found_pairs *found, onus_error *error) {
  onus_found_pairs of_table[CHUNK_KEYS];
  size_t n_keys = query->n_keys - begin < CHUNK_KEYS ? query->n_keys - begin : CHUNK_KEYS;
  for (size_t t = 0; t < n_tables; t++) {
    ONUS_TRY(onus_segment_find_pairs(tables[t], query->keys + begin, n_keys, of_table, error));
    for (size_t k = 0; k < n_keys; k++)
      found[k * n_tables + t] = of_table[k];
  }
  for (size_t k = 0; k < n_keys; k++)
    ONUS_TRY(onus_numbers_gather(g, found + k * n_tables, n_tables, begin + k, error));
  return ONUS_OK;
}

onus_status onus_pairs_look_up(onus_segment *const *segments, size_t n_segments, const onus_store_pair_query *query,
                               onus_store_numbers *ret_numbers, onus_error *error) {
  onus_number_gathering g;
  ONUS_TRY(onus_numbers_begin(&g, query, error));
  const onus_segment_table **tables = calloc(n_segments + 1, sizeof *tables);
  onus_found_pairs *found = calloc((n_segments + 1) * CHUNK_KEYS, sizeof *found);
  onus_status status = tables && found ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  size_t n_tables = 0;
  for (size_t i = 0; status == ONUS_OK && i < n_segments; i++) {
    const onus_segment_table *table = onus_segment_find_table(segments[i], ONUS_STORE_PAIRS, query->table);
    if (table)
      tables[n_tables++] = table;
  }
  for (size_t begin = 0; status == ONUS_OK && begin < query->n_keys; begin += CHUNK_KEYS)
    status = look_up_chunk(tables, n_tables, query, begin, &g, found, error);
  free(tables);
  free(found);
  if (status != ONUS_OK)
    onus_store_numbers_free(&g.result);
  else
    onus_numbers_end(&g, ret_numbers);
  return status;
}

/* --- merging pairs ------------------------------------------------------------------------------------------------ */

enum { CHUNK_BYTES = 64 * 1024, RELEASED_AT_ONCE = 8 << 20 };

typedef struct source {
  onus_stream stream; /* begin: of what was not taken up yet */
  const uint8_t *chunk;
  size_t n_left; /* pairs of the chunk, after the one at hand */
  uint64_t pair;
} source;

typedef struct pair_merge {
  source *sources;
  size_t *heap; /* those that have a pair, the least first */
  size_t n_heap, n_sources;
  uint64_t read_bytes; /* since memory was given back */
} pair_merge;

static onus_status fail_order(const onus_stream *stream, const char *what, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, stream->door->path, 0, 0,
                      "is damaged before byte %" PRIu64 ": %s; restore it from a copy or import again", stream->begin,
                      what);
}

static onus_status next_chunk(pair_merge *m, source *s, onus_error *error) {
  uint64_t left = s->stream.end - s->stream.begin, length = left < CHUNK_BYTES ? left : CHUNK_BYTES;
  if (length % ONUS_PAIR_BYTES != 0)
    return fail_order(&s->stream, "a table ends inside of a pair", error);
  m->read_bytes += length;
  if (m->read_bytes >= RELEASED_AT_ONCE) {
    m->read_bytes = 0;
    for (size_t i = 0; i < m->n_sources; i++)
      onus_door_release(m->sources[i].stream.door);
  }
  s->chunk = onus_door_get(s->stream.door, s->stream.begin, length, error);
  if (!s->chunk)
    return ONUS_BAD_INPUT;
  s->stream.begin += length;
  s->n_left = (size_t)(length / ONUS_PAIR_BYTES);
  return ONUS_OK;
}

/* The next pair of a source; *ret_has false: there is none. */
static onus_status advance(pair_merge *m, source *s, bool is_first, bool *ret_has, onus_error *error) {
  uint64_t last = s->pair;
  *ret_has = s->n_left > 0 || s->stream.begin < s->stream.end;
  if (!*ret_has)
    return ONUS_OK;
  if (s->n_left == 0)
    ONUS_TRY(next_chunk(m, s, error));
  s->pair = onus_load_u64(s->chunk);
  s->chunk += ONUS_PAIR_BYTES;
  s->n_left--;
  if (!is_first && s->pair <= last)
    return fail_order(&s->stream, "pairs are not in their order", error);
  return ONUS_OK;
}

static void sift_down(pair_merge *m, size_t at) {
  for (;;) {
    size_t least = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < m->n_heap; child++)
      if (m->sources[m->heap[child]].pair < m->sources[m->heap[least]].pair)
        least = child;
    if (least == at)
      return;
    size_t kept = m->heap[at];
    m->heap[at] = m->heap[least];
    m->heap[least] = kept;
    at = least;
  }
}

static onus_status run_merge(pair_merge *m, void *context, onus_pair_sink *sink, onus_error *error) {
  for (size_t i = 0; i < m->n_sources; i++) {
    bool has;
    ONUS_TRY(advance(m, &m->sources[i], true, &has, error));
    if (has)
      m->heap[m->n_heap++] = i;
  }
  for (size_t i = m->n_heap; i-- > 0;)
    sift_down(m, i);
  uint64_t last = 0;
  for (bool is_first = true; m->n_heap > 0;) {
    source *least = &m->sources[m->heap[0]];
    bool has;
    if (is_first || least->pair != last)
      ONUS_TRY(sink(context, least->pair, error));
    last = least->pair;
    is_first = false;
    ONUS_TRY(advance(m, least, false, &has, error));
    if (!has)
      m->heap[0] = m->heap[--m->n_heap];
    sift_down(m, 0);
  }
  return ONUS_OK;
}

onus_status onus_pair_runs_merge(const onus_stream *runs, size_t n_runs, void *context, onus_pair_sink *sink,
                                 onus_error *error) {
  pair_merge m = {.sources = calloc(n_runs + 1, sizeof *m.sources),
                  .heap = calloc(n_runs + 1, sizeof *m.heap),
                  .n_sources = n_runs};
  onus_status status = m.sources && m.heap ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; status == ONUS_OK && i < n_runs; i++)
    m.sources[i].stream = runs[i];
  if (status == ONUS_OK)
    status = run_merge(&m, context, sink, error);
  free(m.sources);
  free(m.heap);
  return status;
}

onus_status onus_pairs_merge(onus_segment *const *segments, size_t n_segments, const char *table, void *context,
                             onus_pair_sink *sink, onus_error *error) {
  onus_stream *runs = calloc(n_segments + 1, sizeof *runs);
  if (!runs)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t n_runs = 0;
  for (size_t i = 0; i < n_segments; i++) {
    const onus_segment_table *found = onus_segment_find_table(segments[i], ONUS_STORE_PAIRS, table);
    if (found)
      runs[n_runs++] = found->stream;
  }
  onus_status status = onus_pair_runs_merge(runs, n_runs, context, sink, error);
  free(runs);
  return status;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

/* The stretches of one array, by first row. */
typedef struct stretches {
  const onus_segment_table **items;
  size_t count;
} stretches;

static int by_first_row(const void *a, const void *b) {
  const onus_segment_table *const *x = a, *const *y = b;
  return (*x)->first_row < (*y)->first_row ? -1 : (*x)->first_row > (*y)->first_row;
}

/* Free `ret_stretches->items` with free(). */
static onus_status collect(onus_segment *const *segments, size_t n_segments, const char *array,
                           stretches *ret_stretches, onus_error *error) {
  size_t n = 0;
  for (size_t i = 0; i < n_segments; i++)
    n += segments[i]->n_tables;
  stretches found = {calloc(n + 1, sizeof *found.items), 0};
  if (!found.items)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n_segments; i++)
    for (size_t k = 0; k < segments[i]->n_tables; k++) {
      const onus_segment_table *table = &segments[i]->tables[k];
      if (table->kind == ONUS_STORE_ROWS && strcmp(table->name, array) == 0)
        found.items[found.count++] = table;
    }
  qsort(found.items, found.count, sizeof *found.items, by_first_row);
  for (size_t i = 1; i < found.count; i++) {
    const onus_segment_table *last = found.items[i - 1], *table = found.items[i];
    if (table->first_row < last->first_row + last->n_keys || table->row_bytes != last->row_bytes) {
      free(found.items);
      return fail_order(&table->stream, "rows stand twice, or have two sizes", error);
    }
  }
  *ret_stretches = found;
  return ONUS_OK;
}

/* The stretch in which row `number` is, or NULL. */
static const onus_segment_table *stretch_of(const stretches *s, uint64_t number) {
  size_t low = 0, high = s->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (s->items[middle]->first_row <= number)
      low = middle + 1;
    else
      high = middle;
  }
  const onus_segment_table *found = low > 0 ? s->items[low - 1] : NULL;
  return found && number - found->first_row < found->n_keys ? found : NULL;
}

static uint64_t place_of(const onus_segment_table *table, uint64_t number) {
  return table->stream.begin + (number - table->first_row) * table->row_bytes;
}

static onus_status fetch(const stretches *s, const char *folder, const char *array, size_t row_bytes,
                         const uint32_t *numbers, size_t n_numbers, uint8_t *out, onus_error *error) {
  enum { AHEAD = 12 };
  for (size_t i = 0; i < n_numbers + AHEAD; i++) {
    if (i < n_numbers) {
      const onus_segment_table *table = stretch_of(s, numbers[i]);
      if (!table || table->row_bytes != row_bytes)
        return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0,
                            "has no row %" PRIu32
                            " of %zu bytes in its array \"%s\"; restore it from a copy or import again",
                            numbers[i], row_bytes, array);
      const uint8_t *row = table->stream.door->bytes + place_of(table, numbers[i]);
      __builtin_prefetch(row);
      __builtin_prefetch(row + 64);
    }
    if (i < AHEAD)
      continue;
    const onus_segment_table *table = stretch_of(s, numbers[i - AHEAD]);
    const uint8_t *row = onus_door_get(table->stream.door, place_of(table, numbers[i - AHEAD]), row_bytes, error);
    if (!row)
      return ONUS_BAD_INPUT;
    memcpy(out + (i - AHEAD) * row_bytes, row, row_bytes);
  }
  return ONUS_OK;
}

onus_status onus_rows_fetch(onus_segment *const *segments, size_t n_segments, const char *folder, const char *array,
                            size_t row_bytes, const uint32_t *numbers, size_t n_numbers, uint8_t *ret_rows,
                            onus_error *error) {
  stretches s;
  ONUS_TRY(collect(segments, n_segments, array, &s, error));
  onus_status status = fetch(&s, folder, array, row_bytes, numbers, n_numbers, ret_rows, error);
  free(s.items);
  return status;
}

static onus_status walk_stretch(const onus_segment_table *table, void *context, onus_row_sink *sink,
                                onus_error *error) {
  uint64_t at_once = CHUNK_BYTES / table->row_bytes, released = 0;
  for (uint64_t done = 0; done < table->n_keys; done += at_once) {
    uint64_t first = table->first_row + done, n = table->n_keys - done < at_once ? table->n_keys - done : at_once;
    const uint8_t *rows = onus_door_get(table->stream.door, place_of(table, first), n * table->row_bytes, error);
    if (!rows)
      return ONUS_BAD_INPUT;
    ONUS_TRY(sink(context, rows, (size_t)n, table->row_bytes, first, error));
    released += n * table->row_bytes;
    if (released >= RELEASED_AT_ONCE) {
      onus_door_release(table->stream.door);
      released = 0;
    }
  }
  return ONUS_OK;
}

onus_status onus_rows_walk(onus_segment *const *segments, size_t n_segments, const char *array, void *context,
                           onus_row_sink *sink, onus_error *error) {
  stretches s;
  ONUS_TRY(collect(segments, n_segments, array, &s, error));
  onus_status status = ONUS_OK;
  for (size_t i = 0; status == ONUS_OK && i < s.count; i++)
    status = walk_stretch(s.items[i], context, sink, error);
  free(s.items);
  return status;
}
