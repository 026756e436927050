#include "reference/copy.h"

#include <stdlib.h>
#include <string.h>

#include "reference/programs_internal.h"

void onus_copied_free(onus_copied *copied) {
  if (!copied)
    return;
  free(copied->from);
  free(copied->into);
  free(copied);
}

bool onus_copied_has_changed(const onus_copied *copied) {
  const onus_store_pushed *pushed = &copied->pushed;
  return copied->is_push ? pushed->n_records + pushed->n_pairs + pushed->n_rows + pushed->n_documents > 0
                         : copied->pulled.has_changed;
}

static onus_status new_copied(const char *from, const char *into, onus_copied **ret_copied, onus_error *error) {
  onus_copied *copied = calloc(1, sizeof *copied);
  if (copied) {
    copied->from = strdup(from);
    copied->into = strdup(into);
  }
  if (!copied || !copied->from || !copied->into) {
    onus_copied_free(copied);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  *ret_copied = copied;
  return ONUS_OK;
}

onus_status onus_reference_pull(const char *location, const char *folder, onus_progress *progress,
                                void *progress_context, onus_copied **ret_copied, onus_error *error) {
  onus_copied *copied;
  ONUS_TRY(new_copied(location, folder, &copied, error));
  onus_status status = onus_store_pull(location, folder, progress, progress_context, &copied->pulled, error);
  if (status != ONUS_OK)
    onus_copied_free(copied);
  else
    *ret_copied = copied;
  return status;
}

/* --- pushing ------------------------------------------------------------------------------------------------------ */

/* Each: whether what has a number in the cluster is the same, or more exact, in the folder. */

static bool are_entries_kept(const onus_catalogue_parts *folder, const onus_catalogue_parts *cluster) {
  bool is_kept = cluster->n_sources <= folder->n_sources && cluster->n_entries <= folder->n_entries &&
                 cluster->n_claims <= folder->n_claims;
  for (size_t i = 0; is_kept && i < cluster->n_sources; i++)
    is_kept = strcmp(cluster->sources[i].id, folder->sources[i].id) == 0;
  for (size_t i = 0; is_kept && i < cluster->n_entries; i++) {
    const onus_entry *a = &cluster->entries[i], *b = &folder->entries[i];
    is_kept = a->kind == b->kind && a->source == b->source && strcmp(a->upstream_id, b->upstream_id) == 0 &&
              strcmp(a->name, b->name) == 0;
  }
  for (size_t i = 0; is_kept && i < cluster->n_claims; i++) {
    const onus_claim *a = &cluster->claims[i], *b = &folder->claims[i];
    is_kept = a->kind == b->kind && a->entry == b->entry && a->report == b->report && strcmp(a->name, b->name) == 0;
  }
  return is_kept;
}

static bool are_reports_kept(const onus_catalogue_parts *folder, const onus_catalogue_parts *cluster) {
  bool is_kept = cluster->n_reports <= folder->n_reports && cluster->n_ttps <= folder->n_ttps;
  for (size_t i = 0; is_kept && i < cluster->n_reports; i++) {
    const onus_report *a = &cluster->reports[i], *b = &folder->reports[i];
    onus_period narrower = onus_period_narrower(b->period, a->period);
    is_kept = strcmp(a->key, b->key) == 0 && narrower.first_day == b->period.first_day &&
              narrower.last_day == b->period.last_day;
  }
  for (size_t i = 0; is_kept && i < cluster->n_ttps; i++)
    is_kept = strcmp(cluster->ttps[i].id, folder->ttps[i].id) == 0 && cluster->ttps[i].kind == folder->ttps[i].kind;
  return is_kept;
}

static bool are_numbers_same(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b) {
  return n_a == n_b && (n_a == 0 || memcmp(a, b, n_a * sizeof *a) == 0);
}

static bool are_bases_kept(const onus_catalogue_parts *folder, const onus_catalogue_parts *cluster) {
  bool is_kept = cluster->n_bases <= folder->n_bases;
  for (size_t i = 0; is_kept && i < cluster->n_bases; i++) {
    const onus_basis *a = &cluster->bases[i], *b = &folder->bases[i];
    is_kept = a->kind == b->kind && a->entry == b->entry && a->n_indicators <= b->n_indicators &&
              are_numbers_same(a->reports, a->n_reports, b->reports, b->n_reports) &&
              are_numbers_same(a->campaigns, a->n_campaigns, b->campaigns, b->n_campaigns);
  }
  return is_kept;
}

static bool are_programs_kept(const onus_program_parts *folder, const onus_program_parts *cluster) {
  bool is_kept = cluster->n_programs <= folder->n_programs && cluster->n_families <= folder->n_families &&
                 cluster->n_samples <= folder->n_samples;
  for (size_t i = 0; is_kept && i < cluster->n_programs; i++) {
    const onus_ref_program *a = &cluster->programs[i], *b = &folder->programs[i];
    is_kept = memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0 && a->first_function == b->first_function &&
              a->n_functions == b->n_functions;
  }
  for (size_t i = 0; is_kept && i < cluster->n_families; i++)
    is_kept = strcmp(cluster->families[i], folder->families[i]) == 0;
  for (size_t i = 0; is_kept && i < cluster->n_samples; i++)
    is_kept = memcmp(&cluster->samples[i], &folder->samples[i], sizeof *cluster->samples) == 0;
  return is_kept;
}

static onus_status load(const onus_store *store, const char *place, onus_catalogue_parts *parts, onus_error *error) {
  ONUS_TRY(onus_catalogue_load(store, place, parts, error));
  ONUS_TRY(onus_catalogue_derive(parts, error));
  return onus_programs_load(store, place, parts, error);
}

/* The numbers in the cluster's postings are those of its catalogue: they must mean the same in the folder's. */
static onus_status check_catalogues(void *context, const onus_store *folder, const onus_store *cluster,
                                    onus_error *error) {
  const onus_copied *copied = context;
  onus_catalogue_parts ours = {0}, theirs = {0};
  onus_status status = load(folder, copied->from, &ours, error);
  if (status == ONUS_OK)
    status = load(cluster, copied->into, &theirs, error);
  if (status == ONUS_OK && !(are_entries_kept(&ours, &theirs) && are_reports_kept(&ours, &theirs) &&
                             are_bases_kept(&ours, &theirs) && are_programs_kept(&ours.programs, &theirs.programs)))
    status =
        ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, copied->into, 0, 0,
                     "holds what %s lacks: they have gone different ways, and one cannot be pushed over the other; "
                     "import into the cluster",
                     copied->from);
  onus_catalogue_free(&ours);
  onus_catalogue_free(&theirs);
  return status;
}

onus_status onus_reference_push(const char *folder, const char *location, onus_progress *progress,
                                void *progress_context, onus_copied **ret_copied, onus_error *error) {
  onus_copied *copied;
  ONUS_TRY(new_copied(folder, location, &copied, error));
  copied->is_push = true;
  onus_status status =
      onus_store_push(folder, location, check_catalogues, copied, progress, progress_context, &copied->pushed, error);
  if (status != ONUS_OK)
    onus_copied_free(copied);
  else
    *ret_copied = copied;
  return status;
}
