/* What can be computed once for all incidents that may see the same lists. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/cholesky.h"
#include "compare/infrastructure_internal.h"

static const double TIME_SHARE = 0.3, TIME_YEARS = 1.06, TIME_UNKNOWN = 0.07, RIDGE = 0.6;

/* Rows that a view may have beyond those that an incident sees: each costs a solved system. */
enum { LEFT_OUT_MAX = 256 };

const onus_kind_groups ONUS_KIND_GROUPS[ONUS_PATTERN_KINDS] = {
    [ONUS_PATTERN_HOST] = {ONUS_COSINE_LINK, ONUS_COUNTED_LINK, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_IP] = {ONUS_COSINE_LINK, ONUS_COUNTED_LINK, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_IP_PORT] = {ONUS_COSINE_LINK, ONUS_COUNTED_LINK, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_NETWORK] = {ONUS_COSINE_LINK, ONUS_COUNTED_LINK, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_REGISTERED] = {ONUS_COSINE_LINK, ONUS_COUNTED_LINK, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_PROVIDER] = {ONUS_COSINE_LINK, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_PATH] = {ONUS_COSINE_LINK, ONUS_COUNTED_LINK, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_HASH] = {ONUS_COSINE_LINK, ONUS_COUNTED_LINK, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_EMAIL] = {ONUS_COSINE_LINK, ONUS_COUNTED_LINK, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_FINGERPRINT] = {ONUS_COSINE_LINK, ONUS_COUNTED_LINK, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_NAME] = {ONUS_COSINE_LINK, ONUS_COUNTED_WORD, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_SUBDOMAIN] = {ONUS_COSINE_LINK, ONUS_COUNTED_WORD, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_WORD] = {ONUS_COSINE_WORD, ONUS_COUNTED_WORD, ONUS_SUMMED_WORD},
    [ONUS_PATTERN_SEGMENT] = {ONUS_COSINE_LINK, ONUS_COUNTED_WORD, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_QUERY_KEY] = {ONUS_COSINE_LINK, ONUS_COUNTED_WORD, ONUS_SUMMED_LINK},
    [ONUS_PATTERN_GRAM] = {ONUS_COSINE_GRAM, ONUS_COUNTED_GRAM, -1},
    [ONUS_PATTERN_PATH_GRAM] = {ONUS_COSINE_PATH_GRAM, -1, -1},
    [ONUS_PATTERN_WIDE_NETWORK] = {ONUS_COSINE_NETWORK, ONUS_COUNTED_LINK, ONUS_SUMMED_WIDE},
    [ONUS_PATTERN_WIDEST_NETWORK] = {ONUS_COSINE_NETWORK, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_PORT] = {ONUS_COSINE_PORT, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_SUFFIX] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_SHAPE] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_SUFFIX_SHAPE] = {ONUS_COSINE_SUFFIX_SHAPE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_LENGTH] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_DEPTH] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_HYPHENS] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_TYPE] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_EXTENSION] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_PATH_DEPTH] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_SEGMENT_SHAPE] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
    [ONUS_PATTERN_SIZE] = {ONUS_COSINE_STYLE, ONUS_COUNTED_HABIT, -1},
};

const double ONUS_HABIT_SHARES[ONUS_HABITS][ONUS_COSINES] = {
    [ONUS_HABIT_NAMES] = {[ONUS_COSINE_GRAM] = 4, [ONUS_COSINE_WORD] = 1},
    [ONUS_HABIT_ADDRESSES] = {[ONUS_COSINE_NETWORK] = 3, [ONUS_COSINE_PORT] = 2, [ONUS_COSINE_LINK] = 2},
    [ONUS_HABIT_STYLE] = {[ONUS_COSINE_STYLE] = 4, [ONUS_COSINE_SUFFIX_SHAPE] = 1, [ONUS_COSINE_PORT] = 1}};

const double ONUS_NEAR_SUMS[ONUS_SUMMEDS] = {
    [ONUS_SUMMED_LINK] = 0.6, [ONUS_SUMMED_WORD] = 0.75, [ONUS_SUMMED_WIDE] = 1.3};
const double ONUS_NEAR_COSINES[ONUS_COSINES] = {
    [ONUS_COSINE_GRAM] = 20, [ONUS_COSINE_PATH_GRAM] = 8,      [ONUS_COSINE_STYLE] = 4,
    [ONUS_COSINE_PORT] = 2,  [ONUS_COSINE_SUFFIX_SHAPE] = 2.4, [ONUS_COSINE_NETWORK] = 6};

double onus_habit_time(double years_between) {
  return 1 - TIME_SHARE + TIME_SHARE * (isnan(years_between) ? TIME_UNKNOWN : exp(-fabs(years_between) / TIME_YEARS));
}

/* --- one view ----------------------------------------------------------------------------------------------------- */

static size_t n_in_view(const onus_habit_view *view, size_t pattern) {
  const onus_habit_index *index = view->index;
  size_t n = 0;
  for (size_t at = index->first[pattern]; at < index->first[pattern + 1]; at++)
    n += view->row_of_list[index->lists[at]] != ONUS_NO_PLACE;
  return n;
}

static void weigh(onus_habit_view *view) {
  const onus_habit_index *index = view->index;
  view->unseen_weight = log(((double)view->n_rows + 1) / 0.5);
  for (size_t p = 0; p < index->n_patterns; p++) {
    size_t held = n_in_view(view, p);
    view->weight[p] = held ? log(((double)view->n_rows + 1) / ((double)held + 0.5)) : 0;
    double *norm = view->norm + (size_t)ONUS_KIND_GROUPS[index->kind[p]].cosine * view->n_rows;
    for (size_t at = index->first[p]; held && at < index->first[p + 1]; at++)
      if (view->row_of_list[index->lists[at]] != ONUS_NO_PLACE)
        norm[view->row_of_list[index->lists[at]]] += view->weight[p] * view->weight[p];
  }
  for (size_t i = 0; i < ONUS_COSINES * view->n_rows; i++)
    view->norm[i] = sqrt(view->norm[i]);
}

/* Adds what pairs of lists share of one pattern to the kernels that count its group. */
static void share(onus_habit_view *view, size_t pattern) {
  const onus_habit_index *index = view->index;
  onus_cosine cosine = (onus_cosine)ONUS_KIND_GROUPS[index->kind[pattern]].cosine;
  const double *norm = view->norm + (size_t)cosine * view->n_rows;
  double square = view->weight[pattern] * view->weight[pattern];
  for (size_t h = 0; h < ONUS_HABITS; h++) {
    if (!(ONUS_HABIT_SHARES[h][cosine] > 0))
      continue;
    for (size_t i = index->first[pattern]; i < index->first[pattern + 1]; i++) {
      uint32_t row = view->row_of_list[index->lists[i]];
      if (row == ONUS_NO_PLACE)
        continue;
      double *out = view->factor[h] + onus_cholesky_row(row),
             of_row = ONUS_HABIT_SHARES[h][cosine] * square / norm[row];
      for (size_t j = index->first[pattern]; j <= i; j++) {
        uint32_t column = view->row_of_list[index->lists[j]];
        if (column != ONUS_NO_PLACE)
          out[column] += of_row / norm[column];
      }
    }
  }
}

static bool factor(onus_habit_view *view) {
  const onus_habit_index *index = view->index;
  for (size_t p = 0; p < index->n_patterns; p++)
    if (view->weight[p] > 0)
      share(view, p);
  for (size_t i = 0; i < view->n_rows; i++) {
    double year = index->year_of_basis[index->basis_of_list[view->list_of_row[i]]];
    for (size_t j = 0; j <= i; j++) {
      double time = onus_habit_time(year - index->year_of_basis[index->basis_of_list[view->list_of_row[j]]]);
      for (size_t h = 0; h < ONUS_HABITS; h++)
        view->factor[h][onus_cholesky_row(i) + j] =
            view->factor[h][onus_cholesky_row(i) + j] * time + (i == j ? RIDGE : 0);
    }
  }
  bool is_factored = true;
  for (size_t h = 0; h < ONUS_HABITS; h++)
    is_factored = is_factored && onus_cholesky_factor(view->factor[h], view->n_rows);
  return is_factored;
}

onus_status onus_habit_view_make(const onus_habit_index *index, const uint8_t *is_in, onus_habit_view **ret_view,
                                 onus_error *error) {
  onus_habit_view *view = calloc(1, sizeof *view);
  if (!view)
    return ONUS_FAIL_NO_MEMORY(error);
  view->index = index;
  view->row_of_list = calloc(index->n_lists + 1, sizeof *view->row_of_list);
  view->list_of_row = calloc(index->n_lists + 1, sizeof *view->list_of_row);
  view->weight = calloc(index->n_patterns + 1, sizeof *view->weight);
  bool has_memory = view->row_of_list && view->list_of_row && view->weight;
  for (uint32_t i = 0; has_memory && i < index->n_lists; i++) {
    view->row_of_list[i] = is_in[i] ? (uint32_t)view->n_rows : ONUS_NO_PLACE;
    if (is_in[i])
      view->list_of_row[view->n_rows++] = i;
  }
  size_t triangle = onus_cholesky_row(view->n_rows);
  view->norm = calloc(ONUS_COSINES * view->n_rows + 1, sizeof *view->norm);
  has_memory = has_memory && view->norm;
  for (size_t h = 0; h < ONUS_HABITS && has_memory; h++)
    has_memory = (view->factor[h] = calloc(triangle + 1, sizeof *view->factor[h])) != NULL;
  if (!has_memory) {
    onus_habit_view_free(view);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  view->n_bytes = (ONUS_HABITS * triangle + ONUS_COSINES * view->n_rows + index->n_patterns) * sizeof(double);
  weigh(view);
  if (!factor(view)) {
    onus_habit_view_free(view);
    return ONUS_FAIL(error, ONUS_INTERNAL, "the kernel of the lists is not positive definite");
  }
  *ret_view = view;
  return ONUS_OK;
}

void onus_habit_view_free(onus_habit_view *view) {
  if (!view)
    return;
  free(view->row_of_list);
  free(view->list_of_row);
  free(view->weight);
  free(view->norm);
  for (size_t h = 0; h < ONUS_HABITS; h++)
    free(view->factor[h]);
  free(view);
}

/* --- views kept --------------------------------------------------------------------------------------------------- */

/* Which lists are in the view: those known by the last day on which one that is not hidden became known. */
static void lists_in_view(const onus_habit_index *index, const onus_hidden *hidden, uint8_t *ret_is_in) {
  int32_t last_day = INT32_MIN;
  for (size_t i = 0; i < index->n_lists; i++) {
    uint32_t basis = index->basis_of_list[i];
    if (!hidden->is_hidden[basis] && index->catalogue->bases[basis].known_day > last_day)
      last_day = index->catalogue->bases[basis].known_day;
  }
  for (size_t i = 0; i < index->n_lists; i++)
    ret_is_in[i] = index->catalogue->bases[index->basis_of_list[i]].known_day <= last_day;
}

static bool is_same(const onus_habit_view *view, const uint8_t *is_in) {
  for (size_t i = 0; i < view->index->n_lists; i++)
    if ((view->row_of_list[i] != ONUS_NO_PLACE) != (is_in[i] != 0))
      return false;
  return true;
}

/* What is hidden by name beyond the bound is left out of the view instead, which is then its own. */
static void leave_out_many(const onus_habit_index *index, const onus_hidden *hidden, uint8_t *is_in) {
  size_t n = 0;
  for (size_t i = 0; i < index->n_lists; i++)
    n += is_in[i] && hidden->is_hidden[index->basis_of_list[i]];
  for (size_t i = 0; n > LEFT_OUT_MAX && i < index->n_lists; i++)
    is_in[i] = is_in[i] && !hidden->is_hidden[index->basis_of_list[i]];
}

static void drop_last(onus_habit_views *views, size_t next_bytes) {
  size_t bytes = next_bytes;
  for (size_t i = 0; i < views->n_views; i++)
    bytes += views->views[i]->n_bytes;
  while (views->n_views > 0 && bytes > ONUS_VIEW_BYTES) {
    bytes -= views->views[--views->n_views]->n_bytes;
    onus_habit_view_free(views->views[views->n_views]);
  }
}

static void put_first(onus_habit_views *views, size_t at) {
  onus_habit_view *view = views->views[at];
  memmove(views->views + 1, views->views, at * sizeof *views->views);
  views->views[0] = view;
}

static onus_status add_view(onus_habit_views *views, const onus_habit_index *index, const uint8_t *is_in,
                            onus_error *error) {
  onus_habit_view *view = NULL;
  size_t n_in = 0;
  for (size_t i = 0; i < index->n_lists; i++)
    n_in += is_in[i];
  drop_last(views, (ONUS_HABITS * onus_cholesky_row(n_in) + index->n_patterns) * sizeof(double));
  onus_habit_view **grown = realloc(views->views, (views->n_views + 1) * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  views->views = grown;
  ONUS_TRY(onus_habit_view_make(index, is_in, &view, error));
  views->views[views->n_views++] = view;
  put_first(views, views->n_views - 1);
  return ONUS_OK;
}

onus_status onus_habit_views_get(onus_habit_views *views, const onus_habit_index *index, const onus_hidden *hidden,
                                 const onus_habit_view **ret_view, onus_error *error) {
  uint8_t *is_in = calloc(index->n_lists + 1, 1);
  if (!is_in)
    return ONUS_FAIL_NO_MEMORY(error);
  lists_in_view(index, hidden, is_in);
  leave_out_many(index, hidden, is_in);
  size_t at = 0;
  while (at < views->n_views && !is_same(views->views[at], is_in))
    at++;
  onus_status status = ONUS_OK;
  if (at < views->n_views)
    put_first(views, at);
  else
    status = add_view(views, index, is_in, error);
  free(is_in);
  if (status == ONUS_OK)
    *ret_view = views->views[0];
  return status;
}

void onus_habit_views_free(onus_habit_views *views) {
  for (size_t i = 0; i < views->n_views; i++)
    onus_habit_view_free(views->views[i]);
  free(views->views);
  *views = (onus_habit_views){0};
}
