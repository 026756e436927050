#include "reference/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/quote.h"
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

enum { WHY_BYTES = 1000 };

/* Each: whether what has a number in the cluster is the same, or more exact, in the folder; if not, `why` says what
 * differs first. */

static bool is_as_long(const char *what, size_t n_folder, size_t n_cluster, char *why) {
  if (n_cluster > n_folder)
    snprintf(why, WHY_BYTES, "%zu %s against %zu", n_cluster, what, n_folder);
  return n_cluster <= n_folder;
}

static bool is_same_text(const char *what, size_t number, const char *folder, const char *cluster, char *why) {
  bool is_same = strcmp(folder, cluster) == 0;
  if (!is_same)
    snprintf(why, WHY_BYTES, "%s %zu is %s there and %s here", what, number, onus_quote_string(cluster).text,
             onus_quote_string(folder).text);
  return is_same;
}

static bool is_kept(bool is_same, const char *what, size_t number, const char *name, char *why) {
  if (!is_same)
    snprintf(why, WHY_BYTES, "%s %zu, %s, is not the same here", what, number, onus_quote_string(name).text);
  return is_same;
}

static bool are_entries_kept(const onus_catalogue_parts *folder, const onus_catalogue_parts *cluster, char *why) {
  bool is_so = is_as_long("sources", folder->n_sources, cluster->n_sources, why) &&
               is_as_long("names from sources", folder->n_entries, cluster->n_entries, why) &&
               is_as_long("other names", folder->n_claims, cluster->n_claims, why);
  for (size_t i = 0; is_so && i < cluster->n_sources; i++)
    is_so = is_same_text("source", i, folder->sources[i].id, cluster->sources[i].id, why);
  for (size_t i = 0; is_so && i < cluster->n_entries; i++) {
    const onus_entry *a = &cluster->entries[i], *b = &folder->entries[i];
    is_so = is_same_text("name", i, b->name, a->name, why) &&
            is_kept(a->kind == b->kind && a->source == b->source && strcmp(a->upstream_id, b->upstream_id) == 0, "name",
                    i, a->name, why);
  }
  for (size_t i = 0; is_so && i < cluster->n_claims; i++) {
    const onus_claim *a = &cluster->claims[i], *b = &folder->claims[i];
    is_so =
        is_same_text("other name", i, b->name, a->name, why) &&
        is_kept(a->kind == b->kind && a->entry == b->entry && a->report == b->report, "other name", i, a->name, why);
  }
  return is_so;
}

static bool are_reports_kept(const onus_catalogue_parts *folder, const onus_catalogue_parts *cluster, char *why) {
  bool is_so = is_as_long("reports", folder->n_reports, cluster->n_reports, why) &&
               is_as_long("techniques and pieces of software", folder->n_ttps, cluster->n_ttps, why);
  for (size_t i = 0; is_so && i < cluster->n_reports; i++) {
    const onus_report *a = &cluster->reports[i], *b = &folder->reports[i];
    onus_period narrower = onus_period_narrower(b->period, a->period);
    is_so = is_same_text("report", i, b->key, a->key, why) &&
            is_kept(narrower.first_day == b->period.first_day && narrower.last_day == b->period.last_day,
                    "the day of report", i, a->key, why);
  }
  for (size_t i = 0; is_so && i < cluster->n_ttps; i++)
    is_so =
        is_same_text("technique or software", i, folder->ttps[i].id, cluster->ttps[i].id, why) &&
        is_kept(cluster->ttps[i].kind == folder->ttps[i].kind, "technique or software", i, cluster->ttps[i].id, why);
  return is_so;
}

static bool are_numbers_same(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b) {
  return n_a == n_b && (n_a == 0 || memcmp(a, b, n_a * sizeof *a) == 0);
}

static bool are_bases_kept(const onus_catalogue_parts *folder, const onus_catalogue_parts *cluster, char *why) {
  bool is_so = is_as_long("lists and uses", folder->n_bases, cluster->n_bases, why);
  for (size_t i = 0; is_so && i < cluster->n_bases; i++) {
    const onus_basis *a = &cluster->bases[i], *b = &folder->bases[i];
    is_so = is_kept(a->kind == b->kind && a->entry == b->entry && a->n_indicators <= b->n_indicators &&
                        are_numbers_same(a->reports, a->n_reports, b->reports, b->n_reports) &&
                        are_numbers_same(a->campaigns, a->n_campaigns, b->campaigns, b->n_campaigns),
                    "list or use", i, cluster->entries[a->entry].name, why);
  }
  return is_so;
}

static bool are_programs_kept(const onus_program_parts *folder, const onus_program_parts *cluster, char *why) {
  bool is_so = is_as_long("programs", folder->n_programs, cluster->n_programs, why) &&
               is_as_long("families", folder->n_families, cluster->n_families, why) &&
               is_as_long("statements about programs", folder->n_samples, cluster->n_samples, why);
  for (size_t i = 0; is_so && i < cluster->n_programs; i++) {
    const onus_ref_program *a = &cluster->programs[i], *b = &folder->programs[i];
    is_so = is_kept(memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0 && a->first_function == b->first_function &&
                        a->n_functions == b->n_functions,
                    "program", i, a->name, why);
  }
  for (size_t i = 0; is_so && i < cluster->n_families; i++)
    is_so = is_same_text("family", i, folder->families[i], cluster->families[i], why);
  for (size_t i = 0; is_so && i < cluster->n_samples; i++)
    is_so = is_kept(memcmp(&cluster->samples[i], &folder->samples[i], sizeof *cluster->samples) == 0,
                    "the statement about program", cluster->samples[i].program, "", why);
  return is_so;
}

static bool is_all_kept(const onus_catalogue_parts *folder, const onus_catalogue_parts *cluster, char *why) {
  return are_entries_kept(folder, cluster, why) && are_reports_kept(folder, cluster, why) &&
         are_bases_kept(folder, cluster, why) && are_programs_kept(&folder->programs, &cluster->programs, why);
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
  char why[WHY_BYTES], unused[WHY_BYTES];
  onus_status status = load(folder, copied->from, &ours, error);
  if (status == ONUS_OK)
    status = load(cluster, copied->into, &theirs, error);
  if (status == ONUS_OK && !is_all_kept(&ours, &theirs, why))
    status =
        is_all_kept(&theirs, &ours, unused)
            ? ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, copied->into, 0, 0,
                           "has gone on since %s (%s): there is nothing to push; pull a copy of it", copied->from, why)
            : ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, copied->into, 0, 0,
                           "has gone another way than %s (%s): numbers of one mean other things in the other; "
                           "import into the cluster what the folder was made of",
                           copied->from, why);
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
