#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/compute_internal.h"
#include "report/json_writer.h"

static const double LOWEST = 1e-12, HIGHEST = 1e12; /* ratios that a case may have */

/* Six significant digits, so that no machine's rounding of a logarithm can be told from another's. */
static double sixth(double value) {
  char text[32];
  snprintf(text, sizeof text, "%.5e", value);
  return strtod(text, NULL);
}

static onus_number around(double point, double low, double high) {
  double half = (log(high) - log(low)) / 2;
  if (!(half > 0) || !isfinite(half))
    half = 0;
  onus_number range = {sixth(fmax(LOWEST, point * exp(-half))), sixth(fmin(HIGHEST, point * exp(half)))};
  return range.low < range.high ? range : (onus_number){sixth(point), sixth(point)};
}

static const onus_candidate *find_candidate(const onus_ranking *ranking, uint32_t actor) {
  for (size_t i = 0; i < ranking->n_candidates; i++)
    if (ranking->candidates[i].actor == actor)
      return &ranking->candidates[i];
  return NULL;
}

/* Whether an earlier name of the same hypothesis (ONUS_NONE: of any) means the same actor. */
static bool is_named_before(const onus_row_origin *from, size_t index, size_t hypothesis) {
  for (size_t i = 0; i < index; i++)
    if (from->actors[i].actor == from->actors[index].actor &&
        (hypothesis == ONUS_NONE || from->actors[i].hypothesis == hypothesis))
      return true;
  return false;
}

static double bounded(double ln_lr) {
  return exp(fmin(fmax(ln_lr, log(LOWEST)), log(HIGHEST)));
}

static onus_number ratio_of(const onus_candidate *candidate) {
  if (!candidate)
    return (onus_number){1, 1};
  return around(bounded(candidate->ln_lr), bounded(candidate->ln_lr_low), bounded(candidate->ln_lr_high));
}

onus_number onus_compute_ratio(const onus_row_origin *from, size_t hypothesis) {
  double point = 0, low = 0, high = 0;
  size_t n = 0;
  for (size_t i = 0; i < from->n_actors; i++) {
    const onus_candidate *candidate = find_candidate(from->ranking, from->actors[i].actor);
    if (from->actors[i].hypothesis != hypothesis || !candidate || is_named_before(from, i, hypothesis))
      continue;
    point += bounded(candidate->ln_lr);
    low += bounded(candidate->ln_lr_low);
    high += bounded(candidate->ln_lr_high);
    n++;
  }
  return n == 0 ? (onus_number){1, 1} : around(point / (double)n, low / (double)n, high / (double)n);
}

static void put_number(onus_json *json, const char *key, onus_number number) {
  if (number.low < number.high) {
    onus_json_begin_list(json, key, true);
    onus_json_number(json, NULL, number.low);
    onus_json_number(json, NULL, number.high);
    onus_json_end_list(json);
  } else
    onus_json_number(json, key, number.low);
}

static void put_actor(onus_json *json, const onus_row_origin *from, const onus_named_actor *named) {
  const onus_catalogue *all = from->catalogue;
  const onus_actor *actor = &all->actors[named->actor];
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "hypothesis", from->c->hypotheses[named->hypothesis].id);
  onus_json_string(json, "given", named->given);
  onus_json_string(json, "name", actor->name);
  onus_json_begin_list(json, "entries", true);
  for (size_t e = 0; e < actor->n_entries; e++) {
    const onus_entry *entry = &all->entries[actor->entries[e]];
    onus_buffer text = onus_buffer_new(1 << 16);
    onus_buffer_printf(&text, "%s %s", all->sources[entry->source].id, entry->upstream_id);
    onus_text whole = {0};
    if (onus_buffer_take(&text, &whole, NULL) == ONUS_OK)
      onus_json_string(json, NULL, whole.bytes);
    else if (json->out->status == ONUS_OK)
      json->out->status = ONUS_NO_MEMORY;
    onus_text_free(&whole);
  }
  onus_json_end_list(json);
  put_number(json, "ratio", ratio_of(find_candidate(from->ranking, named->actor)));
  onus_json_end_map(json);
}

/* --- links ----------------------------------------------------------------------------------------------------- */

typedef struct placed_link {
  const onus_link *link;
  uint32_t actor;
  size_t order;
} placed_link;

static int compare_links(const void *left, const void *right) {
  const placed_link *a = left, *b = right;
  double x = fabs(a->link->ln_weight), y = fabs(b->link->ln_weight);
  if (x > y || x < y)
    return x > y ? -1 : 1;
  return a->order < b->order ? -1 : a->order > b->order;
}

static void put_link(onus_json *json, const onus_row_origin *from, const placed_link *placed) {
  const onus_link *link = placed->link;
  const onus_catalogue *all = from->catalogue;
  const onus_basis *basis = link->basis < all->n_bases ? &all->bases[link->basis] : NULL;
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "actor", all->actors[placed->actor].name);
  onus_json_string(json, "kind", link->kind);
  onus_json_string(json, "value", link->value[0] ? link->value : link->kind);
  if (basis && basis->n_reports > 0)
    onus_json_string(json, "report", all->reports[basis->reports[0]].key);
  onus_json_number(json, "weight", sixth(link->ln_weight));
  onus_json_integer(json, "holders", link->n_holders);
  if (link->age_days != ONUS_DAY_UNKNOWN)
    onus_json_number(json, "age_days", link->age_days);
  if (link->note && link->note[0])
    onus_json_string(json, "note", link->note);
  onus_json_end_map(json);
}

/* Of all actors together, strongest first. */
static onus_status put_links(onus_json *json, const onus_row_origin *from, onus_error *error) {
  size_t count = 0, at = 0;
  for (size_t i = 0; i < from->n_actors; i++) {
    const onus_candidate *candidate = find_candidate(from->ranking, from->actors[i].actor);
    count += candidate && !is_named_before(from, i, ONUS_NONE) ? candidate->n_links : 0;
  }
  placed_link *links = calloc(count ? count : 1, sizeof *links);
  if (!links)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < from->n_actors; i++) {
    const onus_candidate *candidate = find_candidate(from->ranking, from->actors[i].actor);
    for (size_t k = 0; candidate && !is_named_before(from, i, ONUS_NONE) && k < candidate->n_links; k++, at++)
      links[at] = (placed_link){&candidate->links[k], from->actors[i].actor, at};
  }
  qsort(links, count, sizeof *links, compare_links);
  onus_json_begin_list(json, "links", false);
  for (size_t i = 0; i < count; i++)
    put_link(json, from, &links[i]);
  onus_json_end_list(json);
  free(links);
  return ONUS_OK;
}

/* --- the file -------------------------------------------------------------------------------------------------- */

static void put_origin(onus_json *json, const onus_row_origin *from) {
  const onus_row *row = &from->item->row;
  char as_of[ONUS_MOMENT_TEXT_BYTES];
  onus_moment_format(from->item->known, as_of);
  onus_json_integer(json, "computed", 1);
  onus_json_string(json, "item", from->item->id);
  onus_json_string(json, "engine", row->engine);
  onus_json_string(json, "engine_version", from->ranking->engine_version);
  onus_json_string(json, "weights", from->ranking->provenance[0] ? from->ranking->provenance : "the engine's own");
  onus_json_string(json, "reference", from->reference);
  onus_json_string(json, "as_of", as_of);
  onus_json_string(json, "from", row->from);
  onus_json_string(json, "artefact", from->artefact);
  onus_json_begin_list(json, "leave_out", true);
  for (size_t i = 0; i < row->n_leave_out; i++)
    onus_json_string(json, NULL, row->leave_out[i]);
  onus_json_end_list(json);
  onus_json_integer(json, "n_used", from->ranking->n_used);
  onus_json_integer(json, "n_not_known", from->ranking->n_not_known);
}

static void put_ratios(onus_json *json, onus_buffer *line, const onus_row_origin *from) {
  onus_json_begin_map(json, "ratio", true);
  for (size_t h = 0; h < from->c->n_hypotheses; h++) {
    const onus_hypothesis *hypothesis = &from->c->hypotheses[h];
    if (hypothesis->n_actors == 0)
      continue;
    onus_number ratio = onus_compute_ratio(from, h);
    put_number(json, hypothesis->id, ratio);
    onus_buffer_printf(line, ", %s %.3g", hypothesis->id, onus_number_point(ratio, ONUS_SCALE_LOG));
    if (ratio.low < ratio.high)
      onus_buffer_printf(line, " (%.3g to %.3g)", ratio.low, ratio.high);
  }
  onus_json_end_map(json);
}

onus_status onus_compute_write(onus_buffer *out, onus_buffer *line, const onus_row_origin *from, onus_error *error) {
  const onus_ranking *ranking = from->ranking;
  onus_json json = onus_json_new(out);
  onus_buffer_printf(line, ONUS_COMPUTED_FOLDER "/%s.json: %zu of %zu known to the reference", from->item->id,
                     ranking->n_used, ranking->n_used + ranking->n_not_known);
  onus_json_begin_map(&json, NULL, false);
  put_origin(&json, from);
  onus_json_begin_list(&json, "actors", false);
  for (size_t i = 0; i < from->n_actors; i++)
    put_actor(&json, from, &from->actors[i]);
  onus_json_end_list(&json);
  put_ratios(&json, line, from);
  if (from->sharing_origin[0]) {
    onus_json_begin_map(&json, onus_sharing_word(onus_sharing_of_engine(from->item->row.engine)), true);
    put_number(&json, "probability", from->sharing);
    onus_json_string(&json, "origin", from->sharing_origin);
    onus_json_end_map(&json);
  }
  onus_status status = put_links(&json, from, error);
  onus_json_end_map(&json);
  onus_json_finish(&json);
  onus_buffer_character(line, '\n');
  return status;
}
