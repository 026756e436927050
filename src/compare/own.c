#include "compare/own.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is being collected. */
typedef struct owned {
  const onus_reference *reference;
  const onus_catalogue *catalogue;
  onus_arena *arena;
  onus_incident *incidents;
  onus_truth *truths;
  size_t n;
} owned;

/* The next incident: of an actor, in a report, with everything that it rests on left out. */
static onus_status add(owned *out, const char *id, uint32_t entry, onus_period period, const uint32_t *reports,
                       size_t n_reports, onus_error *error) {
  const onus_catalogue *catalogue = out->catalogue;
  const char **leave_out = ONUS_ARENA_ARRAY(out->arena, const char *, n_reports);
  const char **label = ONUS_ARENA_ARRAY(out->arena, const char *, 1);
  if (!id || !leave_out || !label)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t r = 0; r < n_reports; r++)
    leave_out[r] = catalogue->reports[reports[r]].key;
  *label = catalogue->entries[entry].upstream_id;
  out->incidents[out->n] =
      (onus_incident){.id = id, .period = period, .leave_out = leave_out, .n_leave_out = n_reports};
  out->truths[out->n] = (onus_truth){.id = id,
                                     .kind = "",
                                     .labels = label,
                                     .n_labels = 1,
                                     .actor = *label,
                                     .has_number = true,
                                     .number = catalogue->entries[entry].actor};
  out->n++;
  return ONUS_OK;
}

static onus_status begin(owned *out, size_t capacity, onus_error *error) {
  out->incidents = ONUS_ARENA_ARRAY(out->arena, onus_incident, capacity);
  out->truths = ONUS_ARENA_ARRAY(out->arena, onus_truth, capacity);
  return out->incidents && out->truths ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* --- lists of indicators --------------------------------------------------------------------------------------- */

/* The lines of a listing as the incident's indicators. */
static onus_status take_listing(owned *out, uint32_t basis, onus_error *error) {
  onus_text text = {0};
  ONUS_TRY(onus_reference_listing(out->reference, basis, &text, error));
  size_t n = 0;
  char *lines = onus_arena_copy(out->arena, text.bytes, text.length);
  const char **indicators = ONUS_ARENA_ARRAY(out->arena, const char *, text.length / 2 + 1);
  onus_text_free(&text);
  if (!lines || !indicators)
    return ONUS_FAIL_NO_MEMORY(error);
  for (char *rest = lines, *line; (line = strsep(&rest, "\n")) != NULL;)
    if (line[0] != '\0')
      indicators[n++] = line;
  out->incidents[out->n - 1].indicators = indicators;
  out->incidents[out->n - 1].n_indicators = n;
  return ONUS_OK;
}

static onus_status take_listings(owned *out, onus_error *error) {
  const onus_catalogue *catalogue = out->catalogue;
  ONUS_TRY(begin(out, catalogue->n_bases, error));
  for (uint32_t b = 0; b < catalogue->n_bases; b++) {
    const onus_basis *basis = &catalogue->bases[b];
    if (basis->kind != ONUS_BASIS_LISTED || basis->is_circular || basis->n_reports == 0 || basis->n_indicators == 0 ||
        catalogue->entries[basis->entry].actor == ONUS_NO_NUMBER)
      continue;
    char number[24];
    snprintf(number, sizeof number, " #%" PRIu32, b);
    const char *id = onus_arena_join(out->arena, catalogue->reports[basis->reports[0]].key, number);
    ONUS_TRY(add(out, id, basis->entry, basis->period, basis->reports, basis->n_reports, error));
    ONUS_TRY(take_listing(out, b, error));
  }
  return ONUS_OK;
}

/* --- techniques and software ----------------------------------------------------------------------------------- */

/* "A report says that an actor uses something." */
typedef struct statement {
  uint32_t report, actor, entry, ttp;
} statement;

static int by_report(const void *a, const void *b) {
  const statement *x = a, *y = b;
  if (x->report != y->report)
    return x->report < y->report ? -1 : 1;
  if (x->actor != y->actor)
    return x->actor < y->actor ? -1 : 1;
  if (x->ttp != y->ttp)
    return x->ttp < y->ttp ? -1 : 1;
  return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static onus_status look_up(const owned *out, onus_store_postings *ret_postings, onus_error *error) {
  const onus_catalogue *catalogue = out->catalogue;
  onus_store_key *keys = calloc(catalogue->n_ttps + 1, sizeof *keys);
  if (!keys)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t t = 0; t < catalogue->n_ttps; t++)
    keys[t] = (onus_store_key){catalogue->ttps[t].id, strlen(catalogue->ttps[t].id)};
  onus_status status = onus_store_look_up(onus_reference_store(out->reference),
                                          &(onus_store_query){.table = ONUS_REFERENCE_TTPS,
                                                              .keys = keys,
                                                              .n_keys = catalogue->n_ttps,
                                                              .as_of_day = ONUS_STORE_ALWAYS,
                                                              .cap_per_key = UINT32_MAX},
                                          ret_postings, error);
  free(keys);
  return status;
}

/* All statements of cited reports, by report, actor and what is used. Free *ret_statements with free(). */
static onus_status collect(const owned *out, statement **ret_statements, size_t *ret_n, onus_error *error) {
  const onus_catalogue *catalogue = out->catalogue;
  onus_store_postings postings;
  size_t n = 0;
  ONUS_TRY(look_up(out, &postings, error));
  size_t n_postings = postings.first[postings.n_keys];
  for (size_t p = 0; p < n_postings; p++)
    n += catalogue->bases[postings.postings[p].report].n_reports;
  statement *statements = calloc(n + 1, sizeof *statements);
  n = 0;
  for (size_t t = 0; statements && t < postings.n_keys; t++)
    for (size_t p = postings.first[t]; p < postings.first[t + 1]; p++) {
      uint32_t entry = postings.postings[p].holder, actor = catalogue->entries[entry].actor;
      const onus_basis *basis = &catalogue->bases[postings.postings[p].report];
      for (size_t r = 0; r < basis->n_reports && actor != ONUS_NO_NUMBER; r++)
        statements[n++] = (statement){basis->reports[r], actor, entry, (uint32_t)t};
    }
  onus_store_postings_free(&postings);
  if (!statements)
    return ONUS_FAIL_NO_MEMORY(error);
  qsort(statements, n, sizeof *statements, by_report);
  *ret_statements = statements;
  *ret_n = n;
  return ONUS_OK;
}

/* One report's statements, sorted: an incident if they are about one actor and enough. */
static onus_status take_report(owned *out, const statement *statements, size_t n, onus_error *error) {
  const onus_catalogue *catalogue = out->catalogue;
  if (statements[0].actor != statements[n - 1].actor)
    return ONUS_OK;
  const char **ttps = ONUS_ARENA_ARRAY(out->arena, const char *, n);
  size_t n_ttps = 0;
  if (!ttps)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t k = 0; k < n; k++)
    if (k == 0 || statements[k].ttp != statements[k - 1].ttp)
      ttps[n_ttps++] = catalogue->ttps[statements[k].ttp].id;
  if (n_ttps < ONUS_OWN_LEAST_TTPS)
    return ONUS_OK;
  const onus_report *report = &catalogue->reports[statements[0].report];
  ONUS_TRY(add(out, report->key, statements[0].entry, report->period, &statements[0].report, 1, error));
  out->incidents[out->n - 1].ttps = ttps;
  out->incidents[out->n - 1].n_ttps = n_ttps;
  return ONUS_OK;
}

static onus_status take_cited(owned *out, onus_error *error) {
  statement *statements = NULL;
  size_t n = 0;
  ONUS_TRY(begin(out, out->catalogue->n_reports, error));
  ONUS_TRY(collect(out, &statements, &n, error));
  onus_status status = ONUS_OK;
  for (size_t from = 0, to; status == ONUS_OK && from < n; from = to) {
    for (to = from; to < n && statements[to].report == statements[from].report;)
      to++;
    status = take_report(out, &statements[from], to - from, error);
  }
  free(statements);
  return status;
}

onus_status onus_own_incidents(const onus_reference *reference, onus_engine_id engine, onus_arena *arena,
                               const onus_incident **ret_incidents, const onus_truth *const **ret_truths, size_t *ret_n,
                               onus_error *error) {
  owned out = {.reference = reference, .catalogue = onus_reference_catalogue(reference), .arena = arena};
  ONUS_TRY(engine == ONUS_ENGINE_INFRASTRUCTURE ? take_listings(&out, error) : take_cited(&out, error));
  const onus_truth **truths = ONUS_ARENA_ARRAY(arena, const onus_truth *, out.n);
  if (!truths)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < out.n; i++)
    truths[i] = &out.truths[i];
  *ret_incidents = out.incidents;
  *ret_truths = truths;
  *ret_n = out.n;
  return ONUS_OK;
}
