/* A line in the file: basis, length of the text with the highest bit set when it is known, text. When there are too
 * many runs to read at once, all become one. */
#include "reference/listing_runs_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITTEN_AT_ONCE = 1 << 18, READ_AT_ONCE = 1 << 14, HEAD_BYTES = 8 };
static const uint32_t known_bit = UINT32_C(1) << 31;

void onus_runs_init(onus_runs *runs) {
  *runs = (onus_runs){.fd = -1};
}

void onus_runs_free(onus_runs *runs) {
  if (runs->fd >= 0)
    close(runs->fd);
  free(runs->buffer);
  onus_runs_init(runs);
}

onus_status onus_runs_open(onus_runs *runs, int fd, onus_error *error) {
  runs->fd = fd;
  runs->buffer = malloc(WRITTEN_AT_ONCE);
  return runs->buffer ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

int onus_run_compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
  int order = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);
  return order != 0 ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

static onus_status fail_io(const char *what, onus_error *error) {
  int number = errno;
  return ONUS_FAIL(error, ONUS_IO, "lists of indicators cannot be %s: %s", what, strerror(number));
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static onus_status flush(onus_runs *runs, onus_error *error) {
  for (size_t at = 0; at < runs->fill;) {
    ssize_t wrote = pwrite(runs->fd, runs->buffer + at, runs->fill - at, (off_t)runs->end);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return fail_io("set aside", error);
    at += (size_t)wrote;
    runs->end += (uint64_t)wrote;
  }
  runs->fill = 0;
  return ONUS_OK;
}

static onus_status put(onus_runs *runs, const void *bytes, size_t length_bytes, onus_error *error) {
  const char *at = bytes;
  while (length_bytes > 0) {
    if (runs->fill == WRITTEN_AT_ONCE)
      ONUS_TRY(flush(runs, error));
    size_t room = WRITTEN_AT_ONCE - runs->fill, part = length_bytes < room ? length_bytes : room;
    memcpy(runs->buffer + runs->fill, at, part);
    runs->fill += part;
    at += part;
    length_bytes -= part;
  }
  return ONUS_OK;
}

static onus_status add_to_run(void *context, const onus_run_line *line, onus_error *error) {
  return onus_runs_add(context, line, error);
}

onus_status onus_runs_begin(onus_runs *runs, onus_error *error) {
  if (runs->n_runs == ONUS_LISTING_RUNS_MAX) {
    uint64_t begin = runs->end;
    ONUS_TRY(onus_runs_merge(runs, add_to_run, runs, error));
    ONUS_TRY(flush(runs, error));
    runs->runs[0] = (onus_run){begin, runs->end};
    runs->n_runs = 1;
  }
  runs->runs[runs->n_runs].begin = runs->end;
  return ONUS_OK;
}

onus_status onus_runs_add(onus_runs *runs, const onus_run_line *line, onus_error *error) {
  if (line->text_bytes >= known_bit)
    return ONUS_FAIL(error, ONUS_LIMIT, "an indicator of %zu bytes", line->text_bytes);
  uint32_t head[2] = {line->basis, (uint32_t)line->text_bytes | (line->is_known ? known_bit : 0)};
  ONUS_TRY(put(runs, head, HEAD_BYTES, error));
  return put(runs, line->text, line->text_bytes, error);
}

onus_status onus_runs_end(onus_runs *runs, onus_error *error) {
  ONUS_TRY(flush(runs, error));
  runs->runs[runs->n_runs].end = runs->end;
  runs->n_runs += runs->end > runs->runs[runs->n_runs].begin;
  return ONUS_OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

typedef struct run_reader {
  uint64_t at, end; /* of what was not read yet */
  char *buffer;
  size_t capacity, fill, position;
  bool has_line;
  uint64_t beginning; /* of the text: a number that sorts as its first 8 bytes do */
  onus_run_line line;
} run_reader;

/* Makes `needed` bytes stand at the position. */
static onus_status fetch(const onus_runs *runs, run_reader *r, size_t needed, onus_error *error) {
  if (r->fill - r->position >= needed)
    return ONUS_OK;
  memmove(r->buffer, r->buffer + r->position, r->fill - r->position);
  r->fill -= r->position;
  r->position = 0;
  if (needed > r->capacity) {
    char *grown = realloc(r->buffer, needed);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    r->buffer = grown;
    r->capacity = needed;
  }
  while (r->fill < needed) {
    uint64_t left = r->end - r->at;
    size_t room = r->capacity - r->fill;
    ssize_t got = pread(runs->fd, r->buffer + r->fill, left < room ? (size_t)left : room, (off_t)r->at);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      errno = got < 0 ? errno : EIO;
      return fail_io("read back", error);
    }
    r->fill += (size_t)got;
    r->at += (uint64_t)got;
  }
  return ONUS_OK;
}

static uint64_t beginning_of(const char *text, size_t text_bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; i++)
    number = number << 8 | (i < text_bytes ? (unsigned char)text[i] : 0);
  return number;
}

static onus_status next_line(const onus_runs *runs, run_reader *r, onus_error *error) {
  r->has_line = r->position < r->fill || r->at < r->end;
  if (!r->has_line)
    return ONUS_OK;
  uint32_t head[2];
  ONUS_TRY(fetch(runs, r, HEAD_BYTES, error));
  memcpy(head, r->buffer + r->position, HEAD_BYTES);
  size_t text_bytes = head[1] & ~known_bit;
  ONUS_TRY(fetch(runs, r, HEAD_BYTES + text_bytes, error));
  r->line = (onus_run_line){head[0], (head[1] & known_bit) != 0, r->buffer + r->position + HEAD_BYTES, text_bytes};
  r->beginning = beginning_of(r->line.text, text_bytes);
  r->position += HEAD_BYTES + text_bytes;
  return ONUS_OK;
}

static int compare(const run_reader *a, const run_reader *b) {
  if (a->line.basis != b->line.basis)
    return a->line.basis < b->line.basis ? -1 : 1;
  if (a->beginning != b->beginning)
    return a->beginning < b->beginning ? -1 : 1;
  return onus_run_compare(a->line.text, a->line.text_bytes, b->line.text, b->line.text_bytes);
}

/* --- all runs as one ---------------------------------------------------------------------------------------------- */

typedef struct merge {
  run_reader readers[ONUS_LISTING_RUNS_MAX];
  run_reader *heap[ONUS_LISTING_RUNS_MAX]; /* those that have a line, the least first */
  size_t n_heap;
  char *text; /* of the line that is handed on next: other runs may have it too */
  size_t text_capacity;
  onus_run_line line;
  bool has_line;
} merge;

static void sift_down(merge *m, size_t at) {
  for (;;) {
    size_t least = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < m->n_heap; child++)
      if (compare(m->heap[child], m->heap[least]) < 0)
        least = child;
    if (least == at)
      return;
    run_reader *kept = m->heap[at];
    m->heap[at] = m->heap[least];
    m->heap[least] = kept;
    at = least;
  }
}

static onus_status begin_merge(const onus_runs *runs, merge *m, onus_error *error) {
  for (size_t i = 0; i < runs->n_runs; i++) {
    run_reader *r = &m->readers[i];
    *r = (run_reader){
        .at = runs->runs[i].begin, .end = runs->runs[i].end, .buffer = malloc(READ_AT_ONCE), .capacity = READ_AT_ONCE};
    if (!r->buffer)
      return ONUS_FAIL_NO_MEMORY(error);
    ONUS_TRY(next_line(runs, r, error));
    if (r->has_line)
      m->heap[m->n_heap++] = r;
  }
  for (size_t at = m->n_heap; at-- > 0;)
    sift_down(m, at);
  return ONUS_OK;
}

/* Keeps the line of the least reader as the next one, or, when it is that already, what it says of it. */
static onus_status take_least(merge *m, onus_runs_taker *take, void *context, onus_error *error) {
  const onus_run_line *least = &m->heap[0]->line;
  if (m->has_line && m->line.basis == least->basis &&
      onus_run_compare(m->line.text, m->line.text_bytes, least->text, least->text_bytes) == 0) {
    m->line.is_known |= least->is_known;
    return ONUS_OK;
  }
  if (m->has_line)
    ONUS_TRY(take(context, &m->line, error));
  if (least->text_bytes >= m->text_capacity) {
    size_t capacity = 2 * least->text_bytes + 256;
    char *grown = realloc(m->text, capacity);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    m->text = grown;
    m->text_capacity = capacity;
  }
  m->has_line = true;
  m->line = *least;
  m->line.text = memcpy(m->text, least->text, least->text_bytes);
  return ONUS_OK;
}

static onus_status run_merge(const onus_runs *runs, merge *m, onus_runs_taker *take, void *context, onus_error *error) {
  ONUS_TRY(begin_merge(runs, m, error));
  while (m->n_heap > 0) {
    ONUS_TRY(take_least(m, take, context, error));
    ONUS_TRY(next_line(runs, m->heap[0], error));
    if (!m->heap[0]->has_line)
      m->heap[0] = m->heap[--m->n_heap];
    sift_down(m, 0);
  }
  return m->has_line ? take(context, &m->line, error) : ONUS_OK;
}

onus_status onus_runs_merge(onus_runs *runs, onus_runs_taker *take, void *context, onus_error *error) {
  merge *m = calloc(1, sizeof *m);
  if (!m)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = run_merge(runs, m, take, context, error);
  for (size_t i = 0; i < ONUS_LISTING_RUNS_MAX; i++)
    free(m->readers[i].buffer);
  free(m->text);
  free(m);
  return status;
}
