#include "store/flat_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/room.h"

void onus_flats_init(onus_flats *flats, const char *path, size_t budget_bytes) {
  *flats = (onus_flats){.n_pairs_max = budget_bytes / 2 / sizeof(uint64_t)};
  size_t length = strlen(path);
  if (length < sizeof flats->path)
    memcpy(flats->path, path, length + 1);
}

static void clear(onus_flat *flat) {
  if (flat->door.bytes)
    munmap((void *)(uintptr_t)flat->door.bytes, (size_t)flat->door.length_bytes);
  flat->door = (onus_door){0};
  if (flat->output.fd >= 0)
    close(flat->output.fd);
  onus_output_free(&flat->output);
  free(flat->pairs);
  free(flat->run_ends);
  flat->pairs = flat->run_ends = NULL;
  flat->n_pairs = flat->capacity = flat->n_runs = flat->runs_capacity = 0;
  flat->first_row += flat->n_rows;
  flat->n_rows = 0;
}

void onus_flats_clear(onus_flats *flats) {
  for (size_t i = 0; i < flats->count; i++)
    clear(&flats->items[i]);
  flats->n_pairs = 0;
}

void onus_flats_free(onus_flats *flats) {
  onus_flats_clear(flats);
  free(flats->items);
  flats->items = NULL;
  flats->count = flats->capacity = 0;
}

onus_status onus_flat_check_rows(const onus_flat *flat, size_t row_bytes, size_t n_rows, onus_error *error) {
  uint64_t first = flat->first_row + flat->n_rows;
  if (flat->row_bytes != row_bytes)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "rows of %zu bytes; those of the array \"%s\" have %u", row_bytes,
                     flat->name, (unsigned)flat->row_bytes);
  if (n_rows > UINT32_MAX - first)
    return ONUS_FAIL(error, ONUS_LIMIT, "the array \"%s\" would have more than %u rows", flat->name, UINT32_MAX);
  return ONUS_OK;
}

bool onus_flats_are_empty(const onus_flats *flats) {
  for (size_t i = 0; i < flats->count; i++)
    if (flats->items[i].n_pairs > 0 || flats->items[i].n_runs > 0 || flats->items[i].n_rows > 0)
      return false;
  return true;
}

onus_status onus_flats_get(onus_flats *flats, onus_store_kind kind, const char *name, onus_flat **ret_flat,
                           bool *ret_is_new, onus_error *error) {
  *ret_is_new = false;
  for (size_t i = 0; i < flats->count; i++)
    if (flats->items[i].kind == kind && strcmp(flats->items[i].name, name) == 0) {
      *ret_flat = &flats->items[i];
      return ONUS_OK;
    }
  if (flats->count == ONUS_STORE_TABLES_MAX)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "more than %d tables in one seal", ONUS_STORE_TABLES_MAX);
  if (!ONUS_ROOM_FOR_ONE(flats->items, flats->count, flats->capacity))
    return ONUS_FAIL_NO_MEMORY(error);
  onus_flat *flat = &flats->items[flats->count++];
  *flat = (onus_flat){.kind = kind, .output.fd = -1};
  memcpy(flat->name, name, strlen(name) + 1);
  *ret_flat = flat;
  *ret_is_new = true;
  return ONUS_OK;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static onus_status fail_io(const onus_flats *flats, onus_error *error) {
  int number = errno;
  return ONUS_FAIL_AT(error, number == ENOMEM ? ONUS_NO_MEMORY : ONUS_IO, flats->path, 0, 0,
                      "pairs and rows cannot be set aside: %s", strerror(number));
}

static onus_status open_file(const onus_flats *flats, onus_flat *flat, onus_error *error) {
  if (flat->output.fd >= 0)
    return ONUS_OK;
  int fd = open(flats->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_io(flats, error);
  unlink(flats->path);
  onus_status status = onus_output_open(&flat->output, fd, flats->path, 0, false, error);
  if (status != ONUS_OK) {
    close(fd);
    flat->output.fd = -1;
  }
  return status;
}

static onus_status map_file(onus_flat *flat, onus_error *error) {
  ONUS_TRY(onus_output_flush(&flat->output, error));
  uint64_t length = flat->output.offset;
  void *map = mmap(NULL, (size_t)length, PROT_READ, MAP_SHARED, flat->output.fd, 0);
  if (map == MAP_FAILED)
    return ONUS_FAIL_AT(error, errno == ENOMEM ? ONUS_NO_MEMORY : ONUS_IO, flat->output.path, 0, 0,
                        "what was set aside cannot be read: %s", strerror(errno));
  flat->door = (onus_door){.bytes = map, .length_bytes = length, .path = flat->output.path, .is_mapped = true};
  return ONUS_OK;
}

/* --- pairs -------------------------------------------------------------------------------------------------------- */

static void sort_few(uint64_t *pairs, size_t count) {
  for (size_t i = 1; i < count; i++) {
    uint64_t moved = pairs[i];
    size_t at = i;
    for (; at > 0 && moved < pairs[at - 1]; at--)
      pairs[at] = pairs[at - 1];
    pairs[at] = moved;
  }
}

/* In place, from the highest byte down, as records are sorted (waiting.c); keys are spread evenly. */
static void sort_pairs(uint64_t *pairs, size_t count, unsigned shift) {
  enum { FEW = 40 };
  if (count <= FEW) {
    sort_few(pairs, count);
    return;
  }
  size_t next[256] = {0}, end[256], sum = 0;
  for (size_t i = 0; i < count; i++)
    next[pairs[i] >> shift & 255]++;
  for (unsigned d = 0; d < 256; d++) {
    size_t n = next[d];
    next[d] = sum;
    sum += n;
    end[d] = sum;
  }
  for (unsigned d = 0; d < 256; d++) {
    while (next[d] < end[d]) {
      uint64_t pair = pairs[next[d]];
      for (unsigned other; (other = pair >> shift & 255) != d;) {
        uint64_t displaced = pairs[next[other]];
        pairs[next[other]++] = pair;
        pair = displaced;
      }
      pairs[next[d]++] = pair;
    }
  }
  for (unsigned d = 0; d < 256 && shift > 0; d++) {
    size_t begin = d == 0 ? 0 : end[d - 1];
    if (end[d] - begin > 1)
      sort_pairs(pairs + begin, end[d] - begin, shift - 8);
  }
}

void onus_numbers_sort(uint64_t *numbers, size_t count) {
  sort_pairs(numbers, count, 56);
}

static void sort_waiting(onus_flat *flat) {
  size_t kept = 0;
  onus_numbers_sort(flat->pairs, flat->n_pairs);
  for (size_t i = 0; i < flat->n_pairs; i++)
    if (kept == 0 || flat->pairs[kept - 1] != flat->pairs[i])
      flat->pairs[kept++] = flat->pairs[i];
  flat->n_pairs = kept;
}

/* Makes a run of what waits in memory. */
static onus_status set_aside(const onus_flats *flats, onus_flat *flat, onus_error *error) {
  if (flat->n_pairs == 0)
    return ONUS_OK;
  sort_waiting(flat);
  ONUS_TRY(open_file(flats, flat, error));
  if (!ONUS_ROOM_FOR_ONE(flat->run_ends, flat->n_runs, flat->runs_capacity))
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(onus_output_write(&flat->output, flat->pairs, flat->n_pairs * sizeof *flat->pairs, error));
  flat->run_ends[flat->n_runs++] = flat->output.offset + flat->output.fill;
  flat->n_pairs = 0;
  return ONUS_OK;
}

static onus_status set_all_aside(onus_flats *flats, onus_error *error) {
  for (size_t i = 0; i < flats->count; i++) {
    onus_flat *flat = &flats->items[i];
    ONUS_TRY(set_aside(flats, flat, error));
    free(flat->pairs);
    flat->pairs = NULL;
    flat->capacity = 0;
  }
  flats->n_pairs = 0;
  return ONUS_OK;
}

/* Room for one pair or more, as far as the budget goes. */
static onus_status make_room(onus_flats *flats, onus_flat *flat, onus_error *error) {
  if (flat->n_pairs < flat->capacity)
    return ONUS_OK;
  size_t used = 0;
  for (size_t i = 0; i < flats->count; i++)
    used += flats->items[i].capacity;
  size_t more = flat->capacity > 1024 ? flat->capacity : 1024;
  if (used + more > flats->n_pairs_max) {
    ONUS_TRY(set_all_aside(flats, error));
    more = flats->n_pairs_max < 1024 ? flats->n_pairs_max : 1024;
  }
  uint64_t *grown = realloc(flat->pairs, (flat->capacity + more) * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  flat->pairs = grown;
  flat->capacity += more;
  return ONUS_OK;
}

onus_status onus_flats_add_pairs(onus_flats *flats, onus_flat *flat, const onus_store_pair *pairs, size_t n_pairs,
                                 onus_error *error) {
  for (size_t i = 0; i < n_pairs; i++) {
    ONUS_TRY(make_room(flats, flat, error));
    flat->pairs[flat->n_pairs++] = (uint64_t)pairs[i].key << 32 | pairs[i].number;
  }
  flats->n_pairs += n_pairs;
  return ONUS_OK;
}

uint64_t onus_flat_pairs_bound(const onus_flat *flat) {
  return flat->n_pairs + (flat->n_runs > 0 ? flat->run_ends[flat->n_runs - 1] / ONUS_PAIR_BYTES : 0);
}

static onus_status merge_runs(onus_flat *flat, void *context, onus_pair_sink *sink, onus_error *error) {
  onus_stream *runs = calloc(flat->n_runs, sizeof *runs);
  if (!runs)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < flat->n_runs; i++)
    runs[i] = (onus_stream){&flat->door, i == 0 ? 0 : flat->run_ends[i - 1], flat->run_ends[i]};
  onus_status status = onus_pair_runs_merge(runs, flat->n_runs, context, sink, error);
  free(runs);
  return status;
}

onus_status onus_flat_pairs(onus_flats *flats, onus_flat *flat, void *context, onus_pair_sink *sink,
                            onus_error *error) {
  if (flat->n_runs > 0) {
    ONUS_TRY(set_aside(flats, flat, error));
    ONUS_TRY(map_file(flat, error));
    return merge_runs(flat, context, sink, error);
  }
  sort_waiting(flat);
  for (size_t i = 0; i < flat->n_pairs; i++)
    ONUS_TRY(sink(context, flat->pairs[i], error));
  return ONUS_OK;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

onus_status onus_flats_add_rows(onus_flats *flats, onus_flat *flat, const void *rows, size_t n_rows,
                                onus_error *error) {
  ONUS_TRY(open_file(flats, flat, error));
  ONUS_TRY(onus_output_write(&flat->output, rows, n_rows * flat->row_bytes, error));
  flat->n_rows += n_rows;
  return ONUS_OK;
}

onus_status onus_flat_rows(onus_flat *flat, void *context, onus_row_sink *sink, onus_error *error) {
  enum { CHUNK_BYTES = 64 * 1024 };
  ONUS_TRY(map_file(flat, error));
  uint64_t at_once = CHUNK_BYTES / flat->row_bytes;
  for (uint64_t done = 0; done < flat->n_rows; done += at_once) {
    uint64_t n = flat->n_rows - done < at_once ? flat->n_rows - done : at_once;
    ONUS_TRY(sink(context, flat->door.bytes + done * flat->row_bytes, (size_t)n, flat->row_bytes,
                  flat->first_row + done, error));
  }
  return ONUS_OK;
}
