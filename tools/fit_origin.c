/* Fits and measures what it is worth that programs share code [K-13] to [K-15]: src/compare/origin_*_weights.c.
 *
 *     origin_jobs.py CORPUS pairs | fit_origin pairs ROWS [PLOT] > src/compare/origin_pair_weights.c
 *     origin_jobs.py CORPUS reference | fit_origin reference ROWS [PLOT] > src/compare/origin_reference_weights.c
 *
 * References are made in TMPDIR. ROWS is written when it is not there: a line for each query and family, with the expected share; it is read again
 * afterwards, for comparing takes minutes. PLOT becomes a Tippett plot. What is measured, on standard
 * error, is judged by weights fitted without either of the two families. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "code/match.h"
#include "compare/bounds.h"
#include "compare/code.h"
#include "compare/fit.h"
#include "compare/origin.h"
#include "document/canonical.h"
#include "report/ranking.h"

enum { FAMILIES_MAX = 64, LINE_BYTES = 1 << 16, FILES_MAX = 4096 };

/* --- programs ----------------------------------------------------------------------------------------------------- */

typedef struct file_entry {
  char path[1024];
  onus_text text;
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
} file_entry;

static file_entry entries[FILES_MAX];
static size_t n_entries;

static void fail(const onus_error *error) {
  fprintf(stderr, "fit_origin: %s: %s\n", error->path, error->text);
  exit(1);
}

static void fail_words(const char *words) {
  fprintf(stderr, "fit_origin: %s\n", words);
  exit(1);
}

static const file_entry *load(const char *path) {
  for (size_t i = 0; i < n_entries; i++)
    if (strcmp(entries[i].path, path) == 0)
      return &entries[i];
  if (n_entries == FILES_MAX || strlen(path) >= sizeof entries[0].path)
    fail_words("too many files, or too long a path");
  file_entry *e = &entries[n_entries++];
  onus_error error = {0};
  strcpy(e->path, path);
  if (onus_file_read(path, (size_t)1 << 30, &e->text, &error) != ONUS_OK ||
      onus_program_parse(path, e->text.bytes, e->text.length, &e->program, &error) != ONUS_OK ||
      onus_functions_find(e->program, &e->functions, &error) != ONUS_OK ||
      onus_fingerprints_make(e->functions, &e->prints, &error) != ONUS_OK)
    fail(&error);
  return e;
}

/* --- shares ------------------------------------------------------------------------------------------------------- */

/* [K-13] of one program against another. */
static double share_of_pair(const file_entry *query, const file_entry *other) {
  const onus_fingerprints *pool[] = {other->prints};
  onus_matches *matches = NULL;
  onus_error error = {0};
  if (onus_match_programs(query->prints, pool, 1, NULL, &matches, &error) != ONUS_OK)
    fail(&error);
  double share = onus_matches_expected_share(matches, query->prints->count);
  onus_matches_free(matches);
  return share;
}

/* One query: family and path, then those of its pool. */
typedef struct job {
  char *line;
  size_t n_pool;
  const char *family, *path, *pool_family[FAMILIES_MAX], *pool_path[FAMILIES_MAX];
} job;

static bool read_job(char *line, job *j) {
  char *rest = NULL;
  *j = (job){.line = line, .family = strtok_r(line, "\t\n", &rest), .path = strtok_r(NULL, "\t\n", &rest)};
  if (j->path == NULL)
    return false;
  for (char *word; j->n_pool < FAMILIES_MAX && (word = strtok_r(NULL, "\t\n", &rest)) != NULL; j->n_pool++) {
    j->pool_family[j->n_pool] = word;
    j->pool_path[j->n_pool] = strtok_r(NULL, "\t\n", &rest);
    if (j->pool_path[j->n_pool] == NULL)
      return false;
  }
  return j->n_pool > 0;
}

static void write_row(FILE *rows, const job *j, size_t number, size_t place, double share) {
  fprintf(rows, "%zu\t%s\t%s\t%.9g\n", number, j->family, j->pool_family[place], share);
}

static void compare_pairs(FILE *rows) {
  static char line[LINE_BYTES];
  job j;
  for (size_t number = 0; fgets(line, sizeof line, stdin) != NULL; number++) {
    if (!read_job(line, &j))
      fail_words("a line of the jobs is not as origin_jobs.py writes it");
    for (size_t i = 0; i < j.n_pool; i++)
      write_row(rows, &j, number, i, share_of_pair(load(j.path), load(j.pool_path[i])));
  }
}

/* --- a reference -------------------------------------------------------------------------------------------------- */

static char families[FAMILIES_MAX][32];
static uint32_t n_families;

static uint32_t find_family(const char *name) {
  for (uint32_t f = 0; f < n_families; f++)
    if (strcmp(families[f], name) == 0)
      return f;
  if (n_families == FAMILIES_MAX || strlen(name) >= sizeof families[0])
    fail_words("too many families, or too long a name");
  strcpy(families[n_families], name);
  return n_families++;
}

/* A program as the only sample of its family, of an actor and a report of their own. */
static onus_status add_sample(onus_reference_writer *writer, const char *family, const char *path, onus_error *error) {
  uint32_t source, entry, report, basis;
  bool is_new;
  onus_signatures *signatures = NULL;
  uint8_t sha256[ONUS_CODE_SHA256_BYTES] = {0};
  uint32_t number = find_family(family);
  memcpy(sha256, &number, sizeof number); /* any that is different from others */
  ONUS_TRY(onus_import_source(writer, "corpus", "corpus", &source, error));
  ONUS_TRY(onus_import_entry(writer, source, ONUS_ENTRY_ACTOR, family, family, &entry, error));
  ONUS_TRY(onus_import_report(writer, NULL, family, NULL, &report, error));
  ONUS_TRY(onus_import_basis(writer, ONUS_BASIS_LISTED, entry, &report, 1, NULL, 0, &basis, error));
  ONUS_TRY(onus_signatures_make(load(path)->prints, &signatures, error));
  const onus_import_program program = {sha256, path, family, basis, signatures};
  onus_status status = onus_import_code(writer, &program, &is_new, error);
  onus_signatures_free(signatures);
  return status;
}

/* The families of all queries' pools, each once. */
static onus_status make_reference(const char *place, const job *jobs, size_t n_jobs, onus_error *error) {
  onus_reference_writer *writer = NULL;
  bool is_there[FAMILIES_MAX] = {false};
  ONUS_TRY(onus_reference_writer_open(place, 0, &writer, error));
  onus_status status = ONUS_OK;
  for (size_t k = 0; k < n_jobs; k++)
    for (size_t i = 0; i < jobs[k].n_pool && status == ONUS_OK; i++) {
      bool *is_added = &is_there[find_family(jobs[k].pool_family[i])];
      if (!*is_added)
        status = add_sample(writer, jobs[k].pool_family[i], jobs[k].pool_path[i], error);
      *is_added = true;
    }
  if (status == ONUS_OK)
    status = onus_reference_writer_seal(writer, error);
  onus_reference_writer_close(writer);
  return status;
}

/* What is not in the query's pool is left out. */
static onus_status ask_one(const onus_reference *reference, const job *j, size_t number, FILE *rows, onus_arena *arena,
                           onus_error *error) {
  const onus_catalogue *all = onus_reference_catalogue(reference);
  const onus_code_catalogue *code = onus_reference_code(reference);
  const char *left_out[FAMILIES_MAX];
  size_t n = 0;
  for (size_t r = 0; r < all->n_reports; r++) {
    bool is_in = false;
    for (size_t i = 0; i < j->n_pool; i++)
      is_in |= strcmp(all->reports[r].title, j->pool_family[i]) == 0;
    if (!is_in)
      left_out[n++] = all->reports[r].key;
  }
  onus_hidden hidden;
  onus_code_result *result = NULL;
  double *share = NULL;
  ONUS_TRY(onus_reference_hide(reference, left_out, n, ONUS_STORE_ALWAYS, &hidden, error));
  if (hidden.n_hidden != n)
    fail_words("what is no part of a query's pool could not be left out");
  onus_status status = onus_reference_query_code(
      reference, &(onus_code_query){.prints = load(j->path)->prints, .hidden = &hidden}, &result, error);
  if (status == ONUS_OK)
    status = onus_code_expected_shares(reference, result, &hidden, arena, &share, error);
  for (size_t i = 0; status == ONUS_OK && i < j->n_pool; i++)
    for (size_t f = 0; f < code->n_families; f++)
      if (strcmp(code->families[f], j->pool_family[i]) == 0)
        write_row(rows, j, number, i, share[f]);
  onus_code_result_free(result);
  onus_hidden_free(&hidden);
  return status;
}

/* One state of the reference and all that is asked of it. */
static onus_status ask_all(const char *place, const job *jobs, size_t n_jobs, size_t *number, FILE *rows,
                           onus_error *error) {
  onus_reference *reference = NULL;
  ONUS_TRY(make_reference(place, jobs, n_jobs, error));
  ONUS_TRY(onus_reference_open(place, &reference, error));
  onus_status status = ONUS_OK;
  for (size_t k = 0; k < n_jobs && status == ONUS_OK; k++) {
    onus_arena *arena = onus_arena_new((size_t)1 << 26);
    if (arena == NULL)
      fail_words("no memory");
    status = ask_one(reference, &jobs[k], (*number)++, rows, arena, error);
    onus_arena_free(arena);
  }
  onus_reference_close(reference);
  return status;
}

static void ask_references(FILE *rows) {
  enum { JOBS_MAX = 4096 };
  static char line[LINE_BYTES];
  static job jobs[JOBS_MAX];
  const char *temporary = getenv("TMPDIR");
  char folder[1024], place[1100];
  size_t n = 0, number = 0;
  snprintf(folder, sizeof folder, "%s/fit-origin-XXXXXX", temporary != NULL ? temporary : ".");
  if (mkdtemp(folder) == NULL)
    fail_words("no folder can be made in TMPDIR");
  for (unsigned state = 0; fgets(line, sizeof line, stdin) != NULL;) {
    if (strcmp(line, "---\n") != 0) {
      char *copy = strdup(line);
      if (n == JOBS_MAX || copy == NULL || !read_job(copy, &jobs[n++]))
        fail_words("a line of the jobs is not as origin_jobs.py writes it");
      continue;
    }
    onus_error error = {0};
    snprintf(place, sizeof place, "%s/%u", folder, state++);
    if (ask_all(place, jobs, n, &number, rows, &error) != ONUS_OK)
      fail(&error);
    while (n > 0)
      free(jobs[--n].line);
    fprintf(stderr, "fit_origin: state %u of the reference, in %s\n", state, place);
  }
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

/* A query against one family. */
typedef struct row {
  size_t number; /* of the query */
  uint32_t query, family;
  double share, score;
  double ln_lr, within; /* by weights that know neither family; within bounds that do not either */
} row;

static row *rows;
static size_t n_rows;

static int by_query_and_family(const void *a, const void *b) {
  const row *x = a, *y = b;
  if (x->number != y->number)
    return x->number < y->number ? -1 : 1;
  return x->family < y->family ? -1 : x->family > y->family;
}

static void read_rows(FILE *file) {
  static char line[LINE_BYTES];
  char query[32], family[32];
  size_t room = 0;
  row r = {0};
  while (fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "%zu\t%31[^\t]\t%31[^\t]\t%lf", &r.number, query, family, &r.share) != 4)
      fail_words("a line of ROWS is not as it was written");
    if (n_rows == room && (rows = realloc(rows, (room = 2 * room + 1024) * sizeof *rows)) == NULL)
      fail_words("no memory");
    r.query = find_family(query);
    r.family = find_family(family);
    r.score = onus_origin_score(r.share);
    rows[n_rows++] = r;
  }
  qsort(rows, n_rows, sizeof *rows, by_query_and_family);
}

/* --- fitting ------------------------------------------------------------------------------------------------------ */

static const char *const feature[] = {"share"};
static const onus_feature_names names = {.ratio = feature, .n_ratio = 1};
static const onus_fit_settings settings = {
    .choice_ridge = 1, .unknown_ridge = 1, .constant_ridge = 1, .ratio_ridge = 1};
static const uint32_t ZERO_RIGHT[FAMILIES_MAX];

/* Arrays that incidents of a fit point into. */
typedef struct fit_room {
  onus_fit_incident *incidents;
  uint32_t *actor, *right;
  double *score;
  onus_pair *pairs;
  double n_pairs[FAMILIES_MAX][FAMILIES_MAX];
} fit_room;

static void *room_for(size_t n, size_t bytes) {
  void *p = calloc(n + 1, bytes);
  if (p == NULL)
    fail_words("no memory");
  return p;
}

static bool is_left_out(const row *r, uint32_t a, uint32_t b) {
  return r->query == a || r->query == b || r->family == a || r->family == b;
}

/* Incidents without two families (UINT32_MAX: with all). */
static size_t make_incidents(fit_room *room, uint32_t a, uint32_t b) {
  size_t n = 0, at = 0;
  for (size_t i = 0; i < n_rows;) {
    onus_fit_incident *incident = &room->incidents[n];
    *incident = (onus_fit_incident){.right = &room->right[n], .group = rows[i].query};
    incident->features.actor = incident->features.entry = &room->actor[at];
    incident->features.ratio = &room->score[at];
    size_t first = at, number = rows[i].number;
    for (; i < n_rows && rows[i].number == number; i++) {
      if (is_left_out(&rows[i], a, b))
        continue;
      if (rows[i].family == rows[i].query) {
        room->right[n] = (uint32_t)(at - first);
        incident->n_right = 1;
      }
      room->actor[at] = rows[i].family;
      room->score[at++] = rows[i].score;
    }
    incident->features.n_candidates = at - first;
    n += at > first;
  }
  return n;
}

/* [K-15]: two families count as one pair, however many programs of them were compared. */
static void bound(fit_room *room, uint32_t a, uint32_t b, onus_weights *weights) {
  size_t n = 0;
  memset(room->n_pairs, 0, sizeof room->n_pairs);
  for (size_t i = 0; i < n_rows; i++) {
    room->n_pairs[rows[i].query][rows[i].family]++;
    if (rows[i].query != rows[i].family)
      room->n_pairs[rows[i].family][rows[i].query]++;
  }
  weights->least_ln_lr = -INFINITY;
  weights->greatest_ln_lr = INFINITY;
  for (size_t i = 0; i < n_rows; i++)
    if (!is_left_out(&rows[i], a, b))
      room->pairs[n++] = (onus_pair){onus_origin_ratio(weights, rows[i].share).ln_lr, rows[i].query == rows[i].family,
                                     1 / room->n_pairs[rows[i].query][rows[i].family]};
  onus_bounds(room->pairs, n, &weights->least_ln_lr, &weights->greatest_ln_lr);
}

static bool fit(fit_room *room, uint32_t a, uint32_t b, unsigned n_bootstraps, onus_weights *weights) {
  onus_error error = {0};
  size_t n = make_incidents(room, a, b);
  memset(weights, 0, sizeof *weights);
  onus_status status =
      onus_fit(&names, &settings, room->incidents, NULL, n, n_bootstraps, ONUS_FIT_SEED, weights, &error);
  if (status == ONUS_BAD_ARGUMENT)
    return false;
  if (status != ONUS_OK)
    fail(&error);
  bound(room, a, b, weights);
  return true;
}

/* --- measuring ---------------------------------------------------------------------------------------------------- */

static void judge_left_out(fit_room *room) {
  static onus_weights weights;
  for (uint32_t a = 0; a < n_families; a++)
    for (uint32_t b = a; b < n_families; b++) {
      bool is_fitted = false;
      for (size_t i = 0; i < n_rows; i++) {
        row *r = &rows[i];
        if (!((r->query == a && r->family == b) || (r->query == b && r->family == a)))
          continue;
        if (!is_fitted && !(is_fitted = fit(room, a, b, 0, &weights)))
          fail_words("too few families are left without two of them");
        r->within = onus_origin_ratio(&weights, r->share).ln_lr;
        r->ln_lr = weights.ratio[0] + weights.ratio[1] * r->score;
      }
    }
}

/* Pairs as answers to "one source?" at even odds: the metrics of evaluations then say how good the ratios are. */
static onus_evaluation *evaluate(uint32_t family, bool is_within) {
  onus_evaluation *e = room_for(1, sizeof *e);
  double *p = room_for(2 * n_rows, sizeof *p), *ln_lr = room_for(n_rows, sizeof *ln_lr);
  e->scored = room_for(n_rows, sizeof *e->scored);
  e->n_actors = 1;
  for (size_t i = 0; i < n_rows; i++) {
    bool is_same = rows[i].query == rows[i].family;
    if (family != UINT32_MAX && rows[i].query != family && rows[i].family != family)
      continue;
    size_t n = e->n_truths++;
    ln_lr[n] = is_within ? rows[i].within : rows[i].ln_lr;
    p[2 * n] = 1 / (1 + exp(-ln_lr[n]));
    p[2 * n + 1] = 1 - p[2 * n];
    e->scored[n] = (onus_scored){&p[2 * n], &ln_lr[n], ZERO_RIGHT, is_same ? 1 : 0, !is_same, rows[i].query};
  }
  onus_error error = {0};
  if (onus_metrics_compute(e->scored, e->n_truths, 1, ONUS_FIT_SEED, &e->metrics, &error) != ONUS_OK)
    fail(&error);
  return e;
}

static void tell(const char *name, const onus_evaluation *e) {
  const onus_metrics *m = &e->metrics;
  double least = INFINITY, greatest = -INFINITY;
  for (size_t i = 0; i < e->n_truths; i++) {
    if (e->scored[i].n_right > 0)
      least = fmin(least, e->scored[i].ln_lr[0]);
    else
      greatest = fmax(greatest, e->scored[i].ln_lr[0]);
  }
  fprintf(stderr,
          "%-24s same %5zu, different %6zu: AUC %.4f, Cllr %.3f, best %.3f; least same %.3g, greatest different %.3g\n",
          name, m->n_known, m->n_unknown, m->auc, m->cllr, m->cllr_min, exp(least), exp(greatest));
}

static void free_evaluation(onus_evaluation *e) {
  if (e->n_truths > 0) {
    free((void *)e->scored[0].p);
    free((void *)e->scored[0].ln_lr);
  }
  free(e->scored);
  free(e);
}

static void write_plot(const char *path, const onus_evaluation *e) {
  static const onus_tippett_words words = {"Likelihood ratios of one source and of different ones (Tippett plot)",
                                           "one source", "different sources"};
  onus_text text = {0};
  onus_error error = {0};
  onus_buffer out = onus_buffer_new((size_t)1 << 24);
  if (onus_chart_tippett(&out, &words, e, &error) != ONUS_OK || onus_buffer_take(&out, &text, &error) != ONUS_OK ||
      onus_file_write(path, text.bytes, text.length, &error) != ONUS_OK)
    fail(&error);
  onus_text_free(&text);
}

static void measure(fit_room *room, const char *plot) {
  judge_left_out(room);
  for (uint32_t f = 0; f < n_families; f++) {
    onus_evaluation *e = evaluate(f, false);
    tell(families[f], e);
    free_evaluation(e);
  }
  onus_evaluation *e = evaluate(UINT32_MAX, false);
  tell("all", e);
  free_evaluation(e);
  e = evaluate(UINT32_MAX, true);
  tell("all, within bounds", e);
  if (plot != NULL)
    write_plot(plot, e);
  free_evaluation(e);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static const char *number(double value) {
  static char text[4][ONUS_CANONICAL_NUMBER_BYTES];
  static unsigned next;
  char *out = text[next++ % 4];
  onus_canonical_number(value, out);
  return out;
}

static void put_weights(const char *purpose, const onus_weights *w) {
  size_t n_queries = 0, n_same = 0;
  for (size_t i = 0; i < n_rows; i++) {
    n_queries += i == 0 || rows[i].number != rows[i - 1].number;
    n_same += rows[i].query == rows[i].family;
  }
  printf("/* Made by: tools/origin_jobs.py CORPUS %s | tools/fit_origin %s ROWS; do not edit. */\n", purpose, purpose);
  printf("#include \"compare/origin.h\"\n\n");
  printf("const onus_weights ONUS_ORIGIN_%s_WEIGHTS = {\n", strcmp(purpose, "pairs") == 0 ? "PAIR" : "REFERENCE");
  printf("    .n_ratio = 1,\n    .n_bootstraps = %zu,\n    .ratio = {%s, %s},\n", w->n_bootstraps, number(w->ratio[0]),
         number(w->ratio[1]));
  printf("    .least_ln_lr = %s,\n    .greatest_ln_lr = %s,\n    .bootstrap =\n        {\n", number(w->least_ln_lr),
         number(w->greatest_ln_lr));
  for (size_t b = 0; b < w->n_bootstraps; b++)
    printf("            {%s, %s},\n", number(w->bootstrap[b][0]), number(w->bootstrap[b][1]));
  printf(
      "        },\n    .provenance = \"development corpus: %zu programs of one source and %zu of different ones, %zu "
      "queries, %u families\",\n};\n",
      n_same, n_rows - n_same, n_queries, n_families);
}

int main(int argc, char **argv) {
  static onus_weights weights;
  static fit_room room;
  bool is_of_pairs = argc > 1 && strcmp(argv[1], "pairs") == 0;
  if (argc < 3 || argc > 4 || (!is_of_pairs && strcmp(argv[1], "reference") != 0)) {
    fprintf(stderr, "usage: fit_origin pairs|reference ROWS [PLOT] < JOBS\n");
    return 2;
  }
  FILE *file = fopen(argv[2], "r");
  if (file == NULL) {
    file = fopen(argv[2], "w+");
    if (file == NULL)
      fail_words("ROWS can neither be read nor written");
    if (is_of_pairs)
      compare_pairs(file);
    else
      ask_references(file);
    rewind(file);
  }
  read_rows(file);
  fclose(file);
  room.incidents = room_for(n_rows, sizeof *room.incidents);
  room.actor = room_for(n_rows, sizeof *room.actor);
  room.right = room_for(n_rows, sizeof *room.right);
  room.score = room_for(n_rows, sizeof *room.score);
  room.pairs = room_for(n_rows, sizeof *room.pairs);
  measure(&room, argc > 3 ? argv[3] : NULL);
  if (!fit(&room, UINT32_MAX, UINT32_MAX, ONUS_BOOTSTRAPS, &weights))
    fail_words("there is nothing to learn from");
  fprintf(stderr, "ln LR = %.4f + %.4f score, from %.3f to %.3f\n", weights.ratio[0], weights.ratio[1],
          weights.least_ln_lr, weights.greatest_ln_lr);
  put_weights(argv[1], &weights);
  return fflush(stdout) == 0 ? 0 : 1;
}
