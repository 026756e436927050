#include "reference/samples.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

static const size_t ARENA_BYTES = (size_t)8 << 30;

static int by_name(const FTSENT **a, const FTSENT **b) {
  return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* A walk over the folder. */
typedef struct walk {
  onus_sample_files *samples;
  size_t capacity;
  const char *family; /* the folder of the first level that we are in; NULL */
  onus_error *error;
} walk;

static onus_status fail_room(const walk *w, const char *path) {
  if (onus_arena_is_at_cap(w->samples->arena))
    return ONUS_FAIL_AT(w->error, ONUS_LIMIT, path, 0, 0, "there are more files than can be listed at once");
  return ONUS_FAIL_NO_MEMORY(w->error);
}

static onus_status add(walk *w, const FTSENT *entry, const char *why_not) {
  onus_sample_files *all = w->samples;
  onus_sample_file sample = {.why_not = why_not, .family = w->family};
  if (all->count == ONUS_SAMPLES_MAX)
    return ONUS_FAIL_AT(w->error, ONUS_LIMIT, entry->fts_path, 0, 0,
                        "there are more than %d files; import the folder in parts", ONUS_SAMPLES_MAX);
  if (!onus_arena_room_for_one(all->arena, &all->items, all->count, &w->capacity, sizeof *all->items))
    return fail_room(w, entry->fts_path);
  sample.path = onus_arena_copy(all->arena, entry->fts_path, entry->fts_pathlen);
  if (!sample.family)
    sample.family = onus_arena_copy(all->arena, entry->fts_name, entry->fts_namelen);
  if (!sample.path || !sample.family)
    return fail_room(w, entry->fts_path);
  if (!why_not)
    sample.length_bytes = (uint64_t)entry->fts_statp->st_size;
  all->length_bytes += sample.length_bytes;
  all->items[all->count++] = sample;
  return ONUS_OK;
}

static onus_status visit(walk *w, const FTSENT *entry) {
  switch (entry->fts_info) {
  case FTS_D:
    if (entry->fts_level == 1)
      w->family = onus_arena_copy(w->samples->arena, entry->fts_name, entry->fts_namelen);
    return entry->fts_level == 1 && !w->family ? fail_room(w, entry->fts_path) : ONUS_OK;
  case FTS_DP:
    if (entry->fts_level == 1)
      w->family = NULL;
    return ONUS_OK;
  case FTS_F:
    if (entry->fts_level == 0)
      return ONUS_FAIL_AT(w->error, ONUS_BAD_INPUT, entry->fts_path, 0, 0,
                          "is a file; a folder of samples was expected");
    return add(w, entry, NULL);
  case FTS_DNR:
  case FTS_ERR:
  case FTS_NS:
    return ONUS_FAIL_AT(w->error, ONUS_IO, entry->fts_path, 0, 0, "cannot be read: %s", strerror(entry->fts_errno));
  default:
    return add(w, entry, S_ISLNK(entry->fts_statp->st_mode) ? "is a link, which is not followed" : "is no plain file");
  }
}

static onus_status walk_all(walk *w, const char *folder) {
  char *const roots[] = {(char *)(uintptr_t)folder, NULL};
  FTS *files = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, by_name);
  if (!files)
    return errno == ENOMEM ? ONUS_FAIL_NO_MEMORY(w->error)
                           : ONUS_FAIL_AT(w->error, ONUS_IO, folder, 0, 0, "cannot be read: %s", strerror(errno));
  onus_status status = ONUS_OK;
  FTSENT *entry;
  while (errno = 0, status == ONUS_OK && (entry = fts_read(files)) != NULL)
    status = visit(w, entry);
  int number = errno;
  (void)fts_close(files);
  if (status == ONUS_OK && number != 0)
    status = number == ENOMEM ? ONUS_FAIL_NO_MEMORY(w->error)
                              : ONUS_FAIL_AT(w->error, ONUS_IO, folder, 0, 0, "cannot be read: %s", strerror(number));
  return status;
}

onus_status onus_sample_files_list(const char *folder, onus_sample_files *ret_samples, onus_error *error) {
  onus_sample_files samples = {.arena = onus_arena_new(ARENA_BYTES)};
  if (!samples.arena)
    return ONUS_FAIL_NO_MEMORY(error);
  walk w = {.samples = &samples, .error = error};
  onus_status status = walk_all(&w, folder);
  if (status == ONUS_OK && samples.count == 0)
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0, "has no file in it");
  if (status == ONUS_OK)
    *ret_samples = samples;
  else
    onus_sample_files_free(&samples);
  return status;
}

void onus_sample_files_free(onus_sample_files *samples) {
  if (samples->arena)
    onus_arena_free(samples->arena);
  *samples = (onus_sample_files){0};
}
