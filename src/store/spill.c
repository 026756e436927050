#include "store/spill_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void onus_spill_init(onus_spill *spill, const char *path) {
  *spill = (onus_spill){.output.fd = -1};
  size_t length = strlen(path);
  if (length < sizeof spill->path)
    memcpy(spill->path, path, length + 1);
}

void onus_spill_clear(onus_spill *spill) {
  if (spill->door.bytes)
    munmap((void *)(uintptr_t)spill->door.bytes, (size_t)spill->door.length_bytes);
  spill->door = (onus_door){0};
  if (spill->output.fd >= 0)
    close(spill->output.fd);
  onus_output_free(&spill->output);
  free(spill->parts);
  spill->parts = NULL;
  spill->n_parts = spill->parts_capacity = 0;
}

static onus_status fail_io(const onus_spill *spill, onus_error *error) {
  int number = errno;
  return ONUS_FAIL_AT(error, number == ENOMEM ? ONUS_NO_MEMORY : ONUS_IO, spill->path, 0, 0,
                      "sorted records cannot be set aside: %s", strerror(number));
}

static onus_status open_file(onus_spill *spill, onus_error *error) {
  int fd = open(spill->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_io(spill, error);
  unlink(spill->path);
  onus_status status = onus_output_open(&spill->output, fd, spill->path, 0, false, error);
  if (status != ONUS_OK)
    close(fd);
  return status;
}

typedef struct part_context {
  onus_output *output;
  uint64_t n_keys;
} part_context;

static onus_status take_group(void *context, const onus_group *group, onus_error *error) {
  part_context *c = context;
  c->n_keys++;
  return onus_output_group(c->output, group, error);
}

static onus_status take_postings(void *context, const onus_store_posting *postings, size_t count, onus_error *error) {
  part_context *c = context;
  return onus_output_write(c->output, postings, count * sizeof *postings, error);
}

onus_status onus_spill_add(onus_spill *spill, const onus_waiting *waiting, unsigned n_tables, onus_error *error) {
  if (spill->output.fd < 0)
    ONUS_TRY(open_file(spill, error));
  onus_output *output = &spill->output;
  for (unsigned table = 0; table < n_tables; table++) {
    if (spill->n_parts == spill->parts_capacity) {
      size_t capacity = 2 * spill->parts_capacity + 16;
      onus_spill_part *grown = realloc(spill->parts, capacity * sizeof *grown);
      if (!grown)
        return ONUS_FAIL_NO_MEMORY(error);
      spill->parts = grown;
      spill->parts_capacity = capacity;
    }
    part_context context = {output, 0};
    onus_group_sink sink = {&context, take_group, take_postings};
    uint64_t begin = output->offset + output->fill;
    ONUS_TRY(onus_waiting_hand_on(waiting, table, &sink, error));
    uint64_t end = output->offset + output->fill;
    if (end > begin)
      spill->parts[spill->n_parts++] = (onus_spill_part){table, begin, end, context.n_keys};
  }
  return ONUS_OK;
}

onus_status onus_spill_map(onus_spill *spill, onus_error *error) {
  ONUS_TRY(onus_output_flush(&spill->output, error));
  uint64_t length = spill->output.offset;
  void *map = mmap(NULL, (size_t)length, PROT_READ, MAP_SHARED, spill->output.fd, 0);
  if (map == MAP_FAILED)
    return fail_io(spill, error);
  spill->door = (onus_door){.bytes = map, .length_bytes = length, .path = spill->path, .is_mapped = true};
  return ONUS_OK;
}

uint64_t onus_spill_count_keys(const onus_spill *spill, unsigned table) {
  uint64_t n_keys = 0;
  for (size_t i = 0; i < spill->n_parts; i++)
    if (spill->parts[i].table == table)
      n_keys += spill->parts[i].n_keys;
  return n_keys;
}

size_t onus_spill_streams(const onus_spill *spill, unsigned table, onus_stream *out) {
  size_t n_streams = 0;
  for (size_t i = 0; i < spill->n_parts; i++) {
    const onus_spill_part *part = &spill->parts[i];
    if (part->table == table)
      out[n_streams++] = (onus_stream){&spill->door, part->begin, part->end};
  }
  return n_streams;
}
