/* What counts as unsaid. A relation that cites several reports stays as long as one of them does: it would have been
 * written without the one that is left out. A listing is one publication: it goes with any of its reports. */
#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "document/quote.h"
#include "reference/reference_internal.h"

/* Which reports and campaigns are left out. */
typedef struct left_out {
  uint8_t *reports, *entries;
} left_out;

static onus_status find_left_out(const onus_catalogue_parts *parts, const char *name, left_out *out,
                                 onus_error *error) {
  char *key = onus_report_normalise(name, NULL);
  if (!key)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t report = onus_table_get(parts->report_keys, key);
  free(key);
  if (report != ONUS_NONE)
    out->reports[report] = 1;
  for (size_t i = 0; i < parts->n_entries; i++)
    if (parts->entries[i].kind == ONUS_ENTRY_CAMPAIGN && strcmp(parts->entries[i].upstream_id, name) == 0)
      out->entries[i] = 1;
  return ONUS_OK;
}

static bool is_hidden(const onus_basis *basis, const left_out *out, int32_t as_of_day) {
  if (basis->known_day > as_of_day)
    return true;
  for (size_t i = 0; i < basis->n_campaigns; i++)
    if (out->entries[basis->campaigns[i]])
      return true;
  size_t n_gone = 0;
  for (size_t i = 0; i < basis->n_reports; i++)
    n_gone += out->reports[basis->reports[i]];
  return n_gone > 0 && (basis->kind == ONUS_BASIS_LISTED || n_gone == basis->n_reports);
}

onus_status onus_reference_as_of(const char *text, int32_t *ret_day, onus_error *error) {
  onus_moment moment;
  if (text && (!onus_moment_parse(text, &moment) || !moment.is_day))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is no day as 2014-12-22", onus_quote_string(text).text);
  *ret_day = text ? onus_moment_day(moment) : ONUS_STORE_ALWAYS;
  return ONUS_OK;
}

onus_status onus_reference_hide(const onus_reference *reference, const char *const *leave_out, size_t n_leave_out,
                                int32_t as_of_day, onus_hidden *ret_hidden, onus_error *error) {
  const onus_catalogue_parts *parts = &reference->parts;
  onus_hidden hidden = {calloc(parts->n_bases + 1, 1), 0, calloc(parts->n_reports + 1, 1)};
  left_out out = {hidden.is_report_hidden, calloc(parts->n_entries + 1, 1)};
  onus_status status = hidden.is_hidden && out.reports && out.entries ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; status == ONUS_OK && i < n_leave_out; i++)
    status = find_left_out(parts, leave_out[i], &out, error);
  for (size_t i = 0; status == ONUS_OK && i < parts->n_bases; i++) {
    hidden.is_hidden[i] = is_hidden(&parts->bases[i], &out, as_of_day);
    hidden.n_hidden += hidden.is_hidden[i];
  }
  for (size_t i = 0; status == ONUS_OK && i < parts->n_reports; i++)
    hidden.is_report_hidden[i] |= parts->reports[i].period.last_day > as_of_day;
  free(out.entries);
  if (status != ONUS_OK)
    onus_hidden_free(&hidden);
  else
    *ret_hidden = hidden;
  return status;
}

void onus_hidden_free(onus_hidden *hidden) {
  if (!hidden)
    return;
  free(hidden->is_hidden);
  free(hidden->is_report_hidden);
  *hidden = (onus_hidden){0};
}
