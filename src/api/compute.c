/* onus.h over the modules: rows of a case that are computed with a reference. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/compute_internal.h"
#include "base/file.h"
#include "code/prints.h"
#include "compare/code.h"
#include "compare/incident.h"

static const size_t ROW_BYTES = (size_t)4 << 20, ITEM_ARENA_BYTES = (size_t)4 << 30;
enum { LINKS_MAX = 20 };

/* What computing the rows of a case shares. */
typedef struct computing {
  onus_case *c;
  onus_reference *reference;
  char digest[ONUS_STORE_DIGEST_BYTES];
  onus_arena *arena; /* names of actors */
  onus_named_actor *actors;
  size_t n_actors;
  onus_comparer *comparers[ONUS_ENGINES]; /* made when first needed */
  onus_file_part *files;                  /* [items that are computed] */
  char (*paths)[PATH_MAX];
  size_t n_files;
  onus_buffer lines;
} computing;

static onus_status join_path(const char *folder, const char *name, char *out, onus_error *error) {
  const char *place = folder[0] ? folder : ".";
  if (snprintf(out, PATH_MAX, "%s/%s", place, name) >= PATH_MAX)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
  return ONUS_OK;
}

/* --- one item -------------------------------------------------------------------------------------------------- */

/* The incident of the artefact, in the terms of the item: what the item leaves out is left out too, and it happened
 * when it became known unless the artefact says when, for so were the engines calibrated: on the days of reports. */
static onus_status read_incident(const onus_item *item, const char *path, onus_arena *arena,
                                 onus_incident *ret_incident, onus_error *error) {
  const onus_incident *found = NULL;
  size_t n = 0;
  ONUS_TRY(onus_incidents_read(path, arena, NULL, &found, &n, error));
  if (n != 1)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "holds %zu incidents; an item is computed from a file of one", n);
  onus_incident incident = found[0];
  const char **leave_out = ONUS_ARENA_ARRAY(arena, const char *, found->n_leave_out + item->row.n_leave_out);
  if (!leave_out)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < found->n_leave_out; i++)
    leave_out[i] = found->leave_out[i];
  for (size_t i = 0; i < item->row.n_leave_out; i++)
    leave_out[found->n_leave_out + i] = item->row.leave_out[i];
  incident.leave_out = leave_out;
  incident.n_leave_out = found->n_leave_out + item->row.n_leave_out;
  if (incident.period.last_day == ONUS_DAY_UNKNOWN)
    incident.period = (onus_period){onus_moment_day(item->known), onus_moment_day(item->known)};
  *ret_incident = incident;
  return ONUS_OK;
}

static onus_status find_comparer(computing *all, const onus_item *item, onus_comparer **ret_comparer,
                                 const onus_engine **ret_engine, onus_error *error) {
  const onus_engine *engine = onus_engine_find(item->row.engine);
  if (!engine)
    return ONUS_FAIL_AT(error, ONUS_UNSUPPORTED, all->c->path, item->line, item->column,
                        "item `%s` is to be computed by the engine %s, which this onus does not have", item->id,
                        item->row.engine);
  if (!all->comparers[engine->id])
    ONUS_TRY(onus_comparer_new(all->reference, engine, &all->comparers[engine->id], error));
  *ret_comparer = all->comparers[engine->id];
  *ret_engine = engine;
  return ONUS_OK;
}

/* What an engine made of an item. */
typedef struct computed {
  char artefact[ONUS_DIGEST_BYTES];
  onus_ranking ranking;
  onus_number sharing; /* the probability of its own undercutter, and where it comes from; "": it has none */
  char origin[ONUS_SHARING_BYTES];
} computed;

static onus_status compute_found(computing *all, const onus_item *item, const char *path, onus_arena *arena,
                                 computed *out, onus_error *error) {
  onus_comparer *comparer = NULL;
  const onus_engine *engine = NULL;
  onus_incident incident;
  ONUS_TRY(find_comparer(all, item, &comparer, &engine, error));
  ONUS_TRY(onus_digest_file(path, ONUS_ARTEFACT_BYTES, out->artefact, NULL, error));
  ONUS_TRY(read_incident(item, path, arena, &incident, error));
  bool is_infrastructure = engine->id == ONUS_ENGINE_INFRASTRUCTURE;
  if ((is_infrastructure ? incident.n_indicators : incident.n_ttps) == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "has no %s; item `%s` is computed from them",
                        is_infrastructure ? "indicators" : "techniques or software", item->id);
  onus_compare_options options = {.as_of_day = onus_moment_day(item->known), .links_max = LINKS_MAX};
  if (is_infrastructure)
    out->sharing = onus_relays(out->origin);
  return onus_comparer_rank(comparer, &incident, &options, arena, &out->ranking, error);
}

/* --- an item of code ------------------------------------------------------------------------------------------- */

static onus_status rank_program(computing *all, const onus_item *item, const onus_prints *prints, onus_arena *arena,
                                computed *out, onus_error *error) {
  int32_t known_day = onus_moment_day(item->known);
  onus_hidden hidden;
  size_t n_shared = 0, n_families = 0;
  ONUS_TRY(onus_reference_hide(all->reference, item->row.leave_out, item->row.n_leave_out, known_day, &hidden, error));
  onus_status status =
      onus_code_rank(all->reference, &prints->fingerprints, &hidden, known_day, LINKS_MAX, arena, &out->ranking, error);
  if (status == ONUS_OK)
    status = onus_code_count_shared(all->reference, &hidden, &n_shared, &n_families, error);
  if (status == ONUS_OK)
    out->sharing = onus_tools(n_shared, n_families, out->origin);
  onus_hidden_free(&hidden);
  return status;
}

/* A file without code that can be compared is no evidence that the code is new. */
static onus_status check_prints(const onus_item *item, const char *path, const onus_prints *prints, onus_error *error) {
  if (prints->packing)
    return ONUS_FAIL_AT(
        error, ONUS_BAD_INPUT, path, 0, 0,
        "%s, so what is in it is not what runs; item `%s` is computed from its functions: unpack it first",
        prints->packing, item->id);
  for (size_t i = 0; i < prints->fingerprints.count; i++)
    if (!prints->fingerprints.items[i].is_thunk)
      return ONUS_OK;
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "has no functions; item `%s` is computed from them", item->id);
}

static onus_status compute_code(computing *all, const onus_item *item, const char *path, onus_arena *arena,
                                computed *out, onus_error *error) {
  static const size_t PRINTS_BYTES = (size_t)1 << 30;
  const onus_sandbox_limits limits = {ONUS_CODE_SECONDS, ONUS_CODE_MEMORY_BYTES, PRINTS_BYTES};
  onus_prints *prints = NULL;
  onus_text text = {0};
  ONUS_TRY(onus_file_read(path, ONUS_ARTEFACT_BYTES, &text, error));
  onus_status status = onus_prints_make(path, text.bytes, text.length, &limits, &prints, error);
  onus_text_free(&text);
  ONUS_TRY(status);
  memcpy(out->artefact, prints->digest, sizeof out->artefact);
  status = check_prints(item, path, prints, error);
  if (status == ONUS_OK)
    status = rank_program(all, item, prints, arena, out, error);
  onus_prints_free(prints);
  return status;
}

/* --- any item -------------------------------------------------------------------------------------------------- */

static onus_status compute_in(computing *all, const onus_item *item, onus_arena *arena, onus_error *error) {
  char path[PATH_MAX];
  computed found = {.origin = ""};
  ONUS_TRY(join_path(all->c->directory, item->row.from, path, error));
  if (strcmp(item->row.engine, "code") == 0)
    ONUS_TRY(compute_code(all, item, path, arena, &found, error));
  else
    ONUS_TRY(compute_found(all, item, path, arena, &found, error));
  onus_row_origin from = {.c = all->c,
                          .item = item,
                          .catalogue = onus_reference_catalogue(all->reference),
                          .actors = all->actors,
                          .n_actors = all->n_actors,
                          .ranking = &found.ranking,
                          .reference = all->digest,
                          .artefact = found.artefact,
                          .sharing = found.sharing,
                          .sharing_origin = found.origin};
  onus_buffer out = onus_buffer_new(ROW_BYTES);
  onus_status status = onus_compute_write(&out, &all->lines, &from, error);
  if (status != ONUS_OK) {
    onus_buffer_free(&out);
    return status;
  }
  ONUS_TRY(onus_buffer_take(&out, &all->files[all->n_files].text, error));
  all->n_files++;
  return ONUS_OK;
}

static onus_status compute_item(computing *all, const onus_item *item, onus_error *error) {
  onus_arena *arena = onus_arena_new(ITEM_ARENA_BYTES);
  if (!arena)
    return ONUS_FAIL_NO_MEMORY(error);
  char name[PATH_MAX];
  onus_file_part *file = &all->files[all->n_files];
  snprintf(name, sizeof name, ONUS_COMPUTED_FOLDER "/%s.json", item->id);
  file->path = all->paths[all->n_files];
  onus_status status = join_path(all->c->directory, name, all->paths[all->n_files], error);
  if (status == ONUS_OK)
    status = compute_in(all, item, arena, error);
  onus_arena_free(arena);
  return status;
}

/* --- a case ---------------------------------------------------------------------------------------------------- */

static onus_status make_room(computing *all, onus_error *error) {
  size_t count = 0;
  for (size_t i = 0; i < all->c->n_items; i++)
    count += all->c->items[i].row.kind == ONUS_ROW_COMPUTE;
  if (count == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, all->c->path, 0, 0,
                        "no item of the case says `compute`; there is nothing to compute");
  all->files = calloc(count, sizeof *all->files);
  all->paths = calloc(count, sizeof *all->paths);
  all->arena = onus_arena_new(ONUS_ARTEFACT_BYTES);
  return all->files && all->paths && all->arena ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static onus_status compute_all(computing *all, const char *location, onus_error *error) {
  ONUS_TRY(make_room(all, error));
  ONUS_TRY(onus_reference_open(location, &all->reference, error));
  ONUS_TRY(onus_reference_digest(all->reference, all->digest, error));
  ONUS_TRY(onus_compute_actors(all->c, all->reference, all->arena, &all->actors, &all->n_actors, error));
  for (size_t i = 0; i < all->c->n_items; i++)
    if (all->c->items[i].row.kind == ONUS_ROW_COMPUTE)
      ONUS_TRY(compute_item(all, &all->c->items[i], error));
  return ONUS_OK;
}

static onus_status write_rows(const computing *all, onus_error *error) {
  char folder[PATH_MAX];
  ONUS_TRY(join_path(all->c->directory, ONUS_COMPUTED_FOLDER, folder, error));
  bool is_new = mkdir(folder, 0777) == 0;
  int number = errno;
  if (!is_new && number != EEXIST)
    return ONUS_FAIL_AT(error, ONUS_IO, folder, 0, 0, "cannot be made: %s", strerror(number));
  onus_status status = onus_files_write(all->files, all->n_files, error);
  if (status != ONUS_OK && is_new)
    (void)rmdir(folder);
  return status;
}

static void release(computing *all) {
  for (size_t i = 0; i < all->n_files; i++)
    onus_text_free(&all->files[i].text);
  for (size_t i = 0; i < ONUS_ENGINES; i++)
    onus_comparer_free(all->comparers[i]);
  free(all->files);
  free(all->paths);
  onus_arena_free(all->arena);
  onus_reference_close(all->reference);
  onus_buffer_free(&all->lines);
  onus_case_free(all->c);
}

onus_status onus_case_compute(const char *path, const char *location, onus_text *ret_lines,
                              onus_problems **ret_problems, onus_error *error) {
  computing all = {.lines = onus_buffer_new(ROW_BYTES)};
  ONUS_TRY(onus_case_read_uncomputed(path, &all.c, ret_problems, error));
  onus_status status = compute_all(&all, location, error);
  onus_text lines = {0};
  if (status == ONUS_OK)
    status = onus_buffer_take(&all.lines, &lines, error);
  if (status == ONUS_OK)
    status = write_rows(&all, error);
  if (status == ONUS_OK)
    *ret_lines = lines;
  else
    onus_text_free(&lines);
  release(&all);
  return status;
}
