/* The techniques engine: techniques and software of an incident against what reports say that actors use.
 *
 * A report about an actor is what incidents are like, more than the actor's whole profile: actors change their ways,
 * and reports are about one operation. So the nearest report of each actor counts, by what it shares with the incident,
 * rare things most (weights are squared logarithms of how few reports have them). Beside it stand the software that the
 * actor holds, which few hold, and the profile of techniques (naive Bayes, divided by √n, for techniques depend on each
 * other and many weak ones must not drown a strong one).
 *
 * A technique and its sub-techniques are a family. A technique whose sub-technique was found too says nothing more.
 * Where one side names the technique and the other a sub-technique of it, and they share nothing else of the family,
 * that counts for a fifth, once.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "base/table.h"
#include "compare/techniques_internal.h"

static const char *const CHOICE[ONUS_TTP_FEATURES] = {"nearest_report", "report_contained", "software_held",
                                                      "technique_profile", "years_off"};
static const char *const UNKNOWN[] = {"has_software"};

enum { NEAREST, CONTAINED, SOFTWARE, PROFILE, YEARS_OFF };

/* What a technique counts on one side for a sub-technique of it on the other. */
static const double IN_FAMILY = 0.2;

/* "ACTOR uses TTP, as REPORT says" (ONUS_NO_NUMBER: no report), resting on BASIS. */
typedef struct use {
  uint32_t actor, report, ttp, basis, entry;
} use;

typedef struct prepared {
  const onus_reference *reference;
  const onus_catalogue *catalogue;
  use *uses; /* by actor, report, ttp */
  size_t n_uses;
} prepared;

static int by_actor(const void *a, const void *b) {
  const use *x = a, *y = b;
  if (x->actor != y->actor)
    return x->actor < y->actor ? -1 : 1;
  if (x->report != y->report)
    return x->report < y->report ? -1 : 1;
  if (x->ttp != y->ttp)
    return x->ttp < y->ttp ? -1 : 1;
  if (x->entry != y->entry)
    return x->entry < y->entry ? -1 : 1;
  return x->basis < y->basis ? -1 : x->basis > y->basis;
}

static onus_status collect(prepared *p, const onus_store_postings *postings, onus_error *error) {
  const onus_catalogue *catalogue = p->catalogue;
  size_t n = 0;
  for (size_t k = 0; k < postings->first[postings->n_keys]; k++) {
    if (postings->postings[k].report >= catalogue->n_bases || postings->postings[k].holder >= catalogue->n_entries)
      return ONUS_FAIL(
          error, ONUS_BAD_INPUT,
          "the reference is damaged: a technique is said of an actor or on a basis that its catalogue does "
          "not have; restore it from a copy or import again");
    size_t n_reports = catalogue->bases[postings->postings[k].report].n_reports;
    n += n_reports > 0 ? n_reports : 1;
  }
  p->uses = calloc(n + 1, sizeof *p->uses);
  if (!p->uses)
    return ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t t = 0; t < postings->n_keys; t++)
    for (size_t k = postings->first[t]; k < postings->first[t + 1]; k++) {
      uint32_t entry = postings->postings[k].holder, basis = postings->postings[k].report;
      uint32_t actor = catalogue->entries[entry].actor;
      const onus_basis *b = &catalogue->bases[basis];
      if (actor == ONUS_NO_NUMBER)
        continue;
      if (b->n_reports == 0)
        p->uses[p->n_uses++] = (use){actor, ONUS_NO_NUMBER, t, basis, entry};
      for (size_t r = 0; r < b->n_reports; r++)
        p->uses[p->n_uses++] = (use){actor, b->reports[r], t, basis, entry};
    }
  qsort(p->uses, p->n_uses, sizeof *p->uses, by_actor);
  return ONUS_OK;
}

static onus_status prepare(const onus_reference *reference, void **ret_prepared, onus_error *error) {
  const onus_catalogue *catalogue = onus_reference_catalogue(reference);
  prepared *p = calloc(1, sizeof *p);
  onus_store_key *keys = calloc(catalogue->n_ttps + 1, sizeof *keys);
  onus_store_postings postings = {0};
  onus_status status = p && keys ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    *p = (prepared){.reference = reference, .catalogue = catalogue};
    for (size_t t = 0; t < catalogue->n_ttps; t++)
      keys[t] = (onus_store_key){catalogue->ttps[t].id, strlen(catalogue->ttps[t].id)};
    onus_store_query query = {.table = ONUS_REFERENCE_TTPS,
                              .keys = keys,
                              .n_keys = catalogue->n_ttps,
                              .as_of_day = ONUS_STORE_ALWAYS,
                              .cap_per_key = UINT32_MAX};
    status = onus_store_look_up(onus_reference_store(reference), &query, &postings, error);
  }
  if (status == ONUS_OK) {
    status = collect(p, &postings, error);
    onus_store_postings_free(&postings);
  }
  free(keys);
  if (status == ONUS_OK) {
    *ret_prepared = p;
    return ONUS_OK;
  }
  if (p)
    free(p->uses);
  free(p);
  return status;
}

static void release(void *prepared_) {
  prepared *p = prepared_;
  if (!p)
    return;
  free(p->uses);
  free(p);
}

/* --- one incident against what remains ------------------------------------------------------------------------- */

typedef struct query {
  const prepared *p;
  const use *uses; /* those that remain, each report's once */
  size_t n_uses;
  const uint8_t *is_found;           /* by ttp: in the incident, and no sub-technique of it */
  const uint32_t *n_found_in_family; /* by ttp that heads a family */
  const double *family_weight;       /* likewise: squared ln of how few reports have something of it */
  uint8_t *marks;                    /* by ttp: scratch, zeros between calls */
  const double *weight;              /* by ttp: squared ln of how few reports have it */
  const uint32_t *holders;           /* by ttp: actors */
  double incident_weight;            /* Σ weight of what was found */
  double all_holders;                /* Σ holders of techniques */
  size_t n_techniques, n_software, n_used, n_not_known;
  /* Techniques that the reference has never heard of: those whose parent it knows, by parent, and the others. */
  const uint32_t *n_unheard_in_family;
  size_t n_unheard_of;
  double year; /* NAN: not known */
} query;

static double year_of(int32_t day) {
  return day == ONUS_DAY_UNKNOWN ? (double)NAN : (double)onus_day_year(day);
}

static bool is_software(const query *q, uint32_t ttp) {
  return q->p->catalogue->ttps[ttp].kind != ONUS_TTP_TECHNIQUE;
}

/* The technique that heads the family of a ttp: its parent, or itself. */
static uint32_t family_of(const query *q, uint32_t ttp) {
  uint32_t parent = q->p->catalogue->ttps[ttp].parent;
  return parent != ONUS_NO_NUMBER ? parent : ttp;
}

/* Uses whose basis and report remain. A basis all of whose reports are hidden is hidden itself. */
static onus_status take_remaining(query *q, const onus_hidden *hidden, onus_arena *arena, onus_error *error) {
  const prepared *p = q->p;
  use *uses = ONUS_ARENA_ARRAY(arena, use, p->n_uses);
  if (!uses)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t k = 0; k < p->n_uses; k++) {
    const use *u = &p->uses[k];
    bool is_gone = (hidden->is_hidden && hidden->is_hidden[u->basis]) ||
                   (u->report != ONUS_NO_NUMBER && hidden->is_report_hidden && hidden->is_report_hidden[u->report]);
    const use *last = q->n_uses > 0 ? &uses[q->n_uses - 1] : NULL;
    bool is_again = last && last->actor == u->actor && last->report == u->report && last->ttp == u->ttp;
    if (!is_gone && !is_again)
      uses[q->n_uses++] = *u;
  }
  q->uses = uses;
  return ONUS_OK;
}

static onus_status count(query *q, onus_arena *arena, onus_error *error) {
  size_t n_ttps = q->p->catalogue->n_ttps;
  double *weight = ONUS_ARENA_ARRAY(arena, double, n_ttps);
  uint32_t *in_reports = ONUS_ARENA_ARRAY(arena, uint32_t, n_ttps),
           *holders = ONUS_ARENA_ARRAY(arena, uint32_t, n_ttps);
  uint32_t *last_actor = ONUS_ARENA_ARRAY(arena, uint32_t, n_ttps);
  double *family_weight = ONUS_ARENA_ARRAY(arena, double, n_ttps);
  uint32_t *in_reports_family = ONUS_ARENA_ARRAY(arena, uint32_t, n_ttps),
           *last_report = ONUS_ARENA_ARRAY(arena, uint32_t, n_ttps); /* of a family: counted from 1 */
  uint32_t n_reports = 0;
  if (!weight || !in_reports || !holders || !last_actor || !family_weight || !in_reports_family || !last_report)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t k = 0; k < q->n_uses; k++) {
    const use *u = &q->uses[k];
    if (u->report != ONUS_NO_NUMBER) {
      uint32_t family = family_of(q, u->ttp);
      in_reports[u->ttp]++;
      n_reports += k == 0 || q->uses[k - 1].actor != u->actor || q->uses[k - 1].report != u->report;
      in_reports_family[family] += last_report[family] != n_reports;
      last_report[family] = n_reports;
    }
    if (last_actor[u->ttp] != u->actor + 1) {
      holders[u->ttp]++;
      last_actor[u->ttp] = u->actor + 1;
      q->all_holders += is_software(q, u->ttp) ? 0 : 1;
    }
  }
  for (size_t t = 0; t < n_ttps; t++) {
    double rarity = log((n_reports + 1.) / (in_reports[t] + 0.5));
    double family_rarity = log((n_reports + 1.) / (in_reports_family[t] + 0.5));
    weight[t] = rarity * rarity;
    family_weight[t] = family_rarity * family_rarity;
    q->incident_weight += q->is_found[t] ? weight[t] : 0;
  }
  double unheard_of = log((n_reports + 1.) / 0.5);
  q->incident_weight += (double)q->n_not_known * unheard_of * unheard_of;
  q->weight = weight;
  q->family_weight = family_weight;
  q->holders = holders;
  return ONUS_OK;
}

/* What the reference has never heard of was found all the same: it is as rare as can be, and of the family that its id
 * tells ("T1059.999"). Whether there is an object for it must not change what an incident looks like. */
static onus_status take_not_known(query *q, const char *id, uint32_t *n_unheard_in_family, onus_arena *arena,
                                  onus_error *error) {
  q->n_not_known++;
  q->n_software += id[0] == 'S';
  q->n_techniques += id[0] != 'S';
  if (id[0] == 'S')
    return ONUS_OK;
  const char *dot = strchr(id, '.');
  char *parent = dot ? onus_arena_copy(arena, id, (size_t)(dot - id)) : NULL;
  if (dot && !parent)
    return ONUS_FAIL_NO_MEMORY(error);
  uint32_t ttp = parent ? onus_reference_find_ttp(q->p->reference, parent) : ONUS_NO_NUMBER;
  if (ttp != ONUS_NO_NUMBER && !is_software(q, ttp))
    n_unheard_in_family[ttp]++;
  else
    q->n_unheard_of++;
  return ONUS_OK;
}

/* Everything that was found, once each. */
static onus_status take_all(query *q, const onus_incident *incident, uint8_t *is_found, uint32_t *n_unheard_in_family,
                            onus_arena *arena, onus_error *error) {
  onus_table *not_known = onus_table_new();
  onus_status status = not_known ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t k = 0; status == ONUS_OK && k < incident->n_ttps; k++) {
    const char *id = incident->ttps[k];
    uint32_t ttp = onus_reference_find_ttp(q->p->reference, id);
    if (ttp != ONUS_NO_NUMBER)
      is_found[ttp] = 1;
    else if (onus_table_get(not_known, id) != ONUS_NONE)
      continue;
    else if (!onus_table_put(not_known, id, k))
      status = ONUS_FAIL_NO_MEMORY(error);
    else
      status = take_not_known(q, id, n_unheard_in_family, arena, error);
  }
  onus_table_free(not_known);
  return status;
}

/* Takes out techniques of which a sub-technique was found too, and counts what is left. */
static void count_found(query *q, uint8_t *is_found, const uint32_t *n_unheard_in_family, uint32_t *n_found_in_family) {
  size_t n_ttps = q->p->catalogue->n_ttps;
  for (uint32_t t = 0; t < n_ttps; t++)
    q->n_used += is_found[t];
  for (uint32_t t = 0; t < n_ttps; t++) {
    if (is_found[t] && family_of(q, t) != t)
      is_found[family_of(q, t)] = 0;
    if (n_unheard_in_family[t] > 0)
      is_found[t] = 0;
    n_found_in_family[t] += n_unheard_in_family[t];
  }
  for (uint32_t t = 0; t < n_ttps; t++)
    if (is_found[t]) {
      n_found_in_family[family_of(q, t)]++;
      q->n_software += is_software(q, t);
      q->n_techniques += !is_software(q, t);
    }
  q->is_found = is_found;
  q->n_found_in_family = n_found_in_family;
  q->n_unheard_in_family = n_unheard_in_family;
}

static onus_status ask(const prepared *p, const onus_incident *incident, const onus_hidden *hidden, onus_arena *arena,
                       query *ret_query, onus_error *error) {
  query q = {.p = p, .year = year_of(incident->period.first_day)};
  uint8_t *is_found = ONUS_ARENA_ARRAY(arena, uint8_t, p->catalogue->n_ttps);
  uint32_t *n_found_in_family = ONUS_ARENA_ARRAY(arena, uint32_t, p->catalogue->n_ttps),
           *n_unheard_in_family = ONUS_ARENA_ARRAY(arena, uint32_t, p->catalogue->n_ttps);
  q.marks = ONUS_ARENA_ARRAY(arena, uint8_t, p->catalogue->n_ttps);
  if (!is_found || !n_found_in_family || !n_unheard_in_family || !q.marks)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(take_all(&q, incident, is_found, n_unheard_in_family, arena, error));
  count_found(&q, is_found, n_unheard_in_family, n_found_in_family);
  ONUS_TRY(take_remaining(&q, hidden, arena, error));
  ONUS_TRY(count(&q, arena, error));
  *ret_query = q;
  return ONUS_OK;
}

/* --- features -------------------------------------------------------------------------------------------------- */

/* How near one report is, by two measures, and what each of its shared things counts in them. */
typedef struct nearness {
  double value[CONTAINED + 1], per_weight[CONTAINED + 1]; /* value = per_weight · Σ weight of what is shared */
} nearness;

/* Smoothing: a report of a few common things must not be nearest. */
static const double SMALL_REPORT = 60, SMALL_CONTAINED = 20, YEARS_APART = 3;

enum { MARK_IN_FAMILY = 1, MARK_SHARED = 2, MARK_HEAD = 4 };

/* Marks the families of a report: what of them it has. */
static void mark_families(const query *q, const use *uses, size_t n) {
  for (size_t k = 0; k < n; k++) {
    uint32_t family = family_of(q, uses[k].ttp);
    q->marks[family] |= (uint8_t)(MARK_IN_FAMILY | (q->is_found[uses[k].ttp] ? MARK_SHARED : 0) |
                                  (family == uses[k].ttp ? MARK_HEAD : 0));
  }
}

static void unmark_families(const query *q, const use *uses, size_t n) {
  for (size_t k = 0; k < n; k++)
    q->marks[family_of(q, uses[k].ttp)] = 0;
}

/* Whether incident and marked report meet in a technique on one side and a sub-technique on the other alone. */
static bool meet_in_family(const query *q, uint32_t family) {
  uint8_t marks = q->marks[family];
  return (marks & MARK_IN_FAMILY) && !(marks & MARK_SHARED) && q->n_found_in_family[family] > 0 &&
         ((marks & MARK_HEAD) || q->is_found[family]);
}

/* Σ weight of what a report shares with the incident. */
static double shared_weight(const query *q, const use *uses, size_t n) {
  double shared = 0;
  mark_families(q, uses, n);
  for (size_t k = 0; k < n; k++) {
    uint32_t family = family_of(q, uses[k].ttp);
    shared += q->is_found[uses[k].ttp] ? q->weight[uses[k].ttp] : 0;
    if (meet_in_family(q, family)) {
      shared += IN_FAMILY * q->family_weight[family];
      q->marks[family] |= MARK_SHARED; /* once */
    }
  }
  unmark_families(q, uses, n);
  return shared;
}

static nearness nearness_of(const query *q, const use *uses, size_t n) {
  nearness out = {{0}, {0}};
  double all = 0, shared = shared_weight(q, uses, n), apart = 0;
  for (size_t k = 0; k < n; k++)
    all += q->weight[uses[k].ttp];
  double year = year_of(q->p->catalogue->reports[uses[0].report].period.first_day);
  if (!isnan(year) && !isnan(q->year))
    apart = fabs(year - q->year);
  if (!(shared > 0))
    return out;
  out.per_weight[NEAREST] = exp(-apart / YEARS_APART) / sqrt((all + SMALL_REPORT) * q->incident_weight);
  out.per_weight[CONTAINED] = 1 / (all + SMALL_CONTAINED);
  for (size_t m = 0; m <= CONTAINED; m++)
    out.value[m] = out.per_weight[m] * shared;
  return out;
}

enum { HELD = 1, HELD_IN_FAMILY = 2 };

/* Marks what the actor holds in `held` (room by ttp, comes and goes zeroed by the caller); gives its techniques. */
static double mark_held(const query *q, const use *uses, size_t n, uint8_t *held) {
  double n_techniques = 0;
  for (size_t k = 0; k < n; k++) {
    n_techniques += !(held[uses[k].ttp] & HELD) && !is_software(q, uses[k].ttp);
    held[uses[k].ttp] |= HELD;
    held[family_of(q, uses[k].ttp)] |= HELD_IN_FAMILY;
  }
  return n_techniques;
}

static void unmark_held(const query *q, const use *uses, size_t n, uint8_t *held) {
  for (size_t k = 0; k < n; k++)
    held[uses[k].ttp] = held[family_of(q, uses[k].ttp)] = 0;
}

static const double PRIOR = 100; /* techniques of anybody's that a profile begins with */

/* What a technique that so many hold adds to the profile of an actor with n_held techniques. `seen`: 1 if it is one of
 * them, IN_FAMILY for one of its family. */
static double profile_part(const query *q, uint32_t holders, double seen, double n_held) {
  double share = (holders + 0.5) / (q->all_holders + 200);
  return log((seen + PRIOR * share) / ((n_held + PRIOR) * share)) / sqrt((double)q->n_techniques);
}

static double profile_term(const query *q, uint32_t ttp, const uint8_t *held, double n_held) {
  uint32_t family = family_of(q, ttp);
  bool is_near = family == ttp ? (held[ttp] & HELD_IN_FAMILY) != 0 : (held[family] & HELD) != 0;
  return profile_part(q, q->holders[ttp], held[ttp] & HELD ? 1 : is_near ? IN_FAMILY : 0, n_held);
}

/* What all techniques that the reference has never heard of add: who is known for many would have been expected to use
 * those it knows. */
static double unheard_term(const query *q, const uint8_t *held, double n_held) {
  double sum = q->n_unheard_of > 0 ? (double)q->n_unheard_of * profile_part(q, 0, 0, n_held) : 0;
  for (uint32_t t = 0; t < q->p->catalogue->n_ttps; t++)
    if (q->n_unheard_in_family[t] > 0)
      sum += q->n_unheard_in_family[t] * profile_part(q, 0, held[t] & HELD ? IN_FAMILY : 0, n_held);
  return sum;
}

/* The reports of one actor that are nearest by each measure, as places in its uses. */
typedef struct nearest {
  nearness best;
  size_t from[CONTAINED + 1], to[CONTAINED + 1];
  double first_year, last_year; /* of its reports; NAN */
} nearest;

static nearest nearest_of(const query *q, const use *uses, size_t n) {
  nearest out = {.first_year = NAN, .last_year = NAN};
  for (size_t from = 0, to; from < n; from = to) {
    for (to = from; to < n && uses[to].report == uses[from].report;)
      to++;
    if (uses[from].report == ONUS_NO_NUMBER)
      continue;
    double year = year_of(q->p->catalogue->reports[uses[from].report].period.first_day);
    out.first_year = fmin(out.first_year, year);
    out.last_year = fmax(out.last_year, year);
    nearness near = nearness_of(q, &uses[from], to - from);
    for (size_t m = 0; m <= CONTAINED; m++)
      if (near.value[m] > out.best.value[m]) {
        out.best.value[m] = near.value[m];
        out.best.per_weight[m] = near.per_weight[m];
        out.from[m] = from;
        out.to[m] = to;
      }
  }
  return out;
}

static double software_term(const query *q, uint32_t ttp) {
  return 1 / (q->holders[ttp] * sqrt((double)(q->n_software > 0 ? q->n_software : 1)));
}

/* ln(1 + years between the incident and the years that the actor's reports are of). */
static double years_off(const query *q, const nearest *near) {
  if (isnan(q->year) || isnan(near->first_year))
    return 0;
  return log1p(fmax(fmax(near->first_year - q->year, q->year - near->last_year), 0));
}

static void features_of(const query *q, const use *uses, size_t n, uint8_t *held, double *ret_x) {
  nearest near = nearest_of(q, uses, n);
  double n_held = mark_held(q, uses, n, held), software = 0;
  double profile = unheard_term(q, held, n_held);
  for (uint32_t t = 0; t < q->p->catalogue->n_ttps; t++) {
    if (!q->is_found[t])
      continue;
    if (!is_software(q, t))
      profile += profile_term(q, t, held, n_held);
    else if (held[t] & HELD)
      software += software_term(q, t);
  }
  unmark_held(q, uses, n, held);
  memcpy(ret_x, near.best.value, sizeof near.best.value);
  ret_x[SOFTWARE] = software;
  ret_x[PROFILE] = profile;
  ret_x[YEARS_OFF] = years_off(q, &near);
}

static size_t end_of_actor(const query *q, size_t from) {
  size_t to = from;
  while (to < q->n_uses && q->uses[to].actor == q->uses[from].actor)
    to++;
  return to;
}

static onus_status extract(const void *prepared_, const onus_incident *incident, const onus_hidden *hidden,
                           onus_arena *arena, onus_features *ret_features, onus_error *error) {
  query q;
  size_t n = 0;
  ONUS_TRY(ask(prepared_, incident, hidden, arena, &q, error));
  for (size_t from = 0; from < q.n_uses; from = end_of_actor(&q, from))
    n++;
  uint32_t *actor = ONUS_ARENA_ARRAY(arena, uint32_t, n), *entry = ONUS_ARENA_ARRAY(arena, uint32_t, n);
  double *x = ONUS_ARENA_ARRAY(arena, double, n *ONUS_TTP_FEATURES), *z = ONUS_ARENA_ARRAY(arena, double, 1);
  uint8_t *held = ONUS_ARENA_ARRAY(arena, uint8_t, q.p->catalogue->n_ttps);
  if (!actor || !entry || !x || !z || !held)
    return ONUS_FAIL_NO_MEMORY(error);
  n = 0;
  for (size_t from = 0, to; from < q.n_uses; from = to, n++) {
    to = end_of_actor(&q, from);
    actor[n] = q.uses[from].actor;
    entry[n] = q.uses[from].entry;
    for (size_t k = from; k < to; k++)
      entry[n] = q.uses[k].entry < entry[n] ? q.uses[k].entry : entry[n];
    features_of(&q, &q.uses[from], to - from, held, &x[n * ONUS_TTP_FEATURES]);
  }
  z[0] = q.n_software > 0 ? 1 : 0;
  *ret_features = (onus_features){n, actor, entry, x, z, x, q.n_used, q.n_not_known};
  return ONUS_OK;
}

/* --- links ----------------------------------------------------------------------------------------------------- */

static int by_weight(const void *a, const void *b) {
  const onus_link *x = a, *y = b;
  if (fabs(x->ln_weight) != fabs(y->ln_weight))
    return fabs(x->ln_weight) > fabs(y->ln_weight) ? -1 : 1;
  return strcmp(x->value, y->value);
}

/* What one thing that was found adds to ln LR: its share of the nearest reports, of the software, of the profile. */
static double part_of(const query *q, const double *g, const nearest *near, const use *uses, uint32_t ttp,
                      const uint8_t *held, double n_held) {
  double part = 0;
  uint32_t family = family_of(q, ttp);
  for (size_t m = 0; m <= CONTAINED; m++) {
    const use *report = uses + near->from[m];
    size_t n = near->to[m] - near->from[m];
    double shared = 0;
    for (size_t k = 0; k < n; k++)
      shared += report[k].ttp == ttp ? q->weight[ttp] : 0;
    mark_families(q, report, n);
    if (meet_in_family(q, family)) /* what counts once is everybody's of the family */
      shared += IN_FAMILY * q->family_weight[family] / q->n_found_in_family[family];
    unmark_families(q, report, n);
    part += g[m] * near->best.per_weight[m] * shared;
  }
  if (!is_software(q, ttp))
    return part + g[PROFILE] * profile_term(q, ttp, held, n_held);
  return part + (held[ttp] & HELD ? g[SOFTWARE] * software_term(q, ttp) : 0);
}

/* What all techniques that the reference has never heard of add to ln LR: to the profile, and by their families. */
static double unheard_part(const query *q, const double *g, const nearest *near, const use *uses, const uint8_t *held,
                           double n_held) {
  double part = g[PROFILE] * unheard_term(q, held, n_held);
  for (size_t m = 0; m <= CONTAINED; m++) {
    const use *report = uses + near->from[m];
    size_t n = near->to[m] - near->from[m];
    double shared = 0;
    mark_families(q, report, n);
    for (uint32_t t = 0; t < q->p->catalogue->n_ttps; t++)
      if (q->n_unheard_in_family[t] > 0 && meet_in_family(q, t))
        shared += IN_FAMILY * q->family_weight[t] * q->n_unheard_in_family[t] / q->n_found_in_family[t];
    unmark_families(q, report, n);
    part += g[m] * near->best.per_weight[m] * shared;
  }
  return part;
}

/* The use of a thing whose report is nearest in time; NULL when the actor does not hold it. */
static const use *nearest_use(const query *q, const use *uses, size_t n, uint32_t ttp) {
  const use *best = NULL;
  double least = INFINITY;
  for (size_t k = 0; k < n; k++) {
    if (uses[k].ttp != ttp)
      continue;
    double year =
        uses[k].report == ONUS_NO_NUMBER ? NAN : year_of(q->p->catalogue->reports[uses[k].report].period.first_day);
    double apart = isnan(year) || isnan(q->year) ? 1e6 : fabs(year - q->year);
    if (apart < least) {
      least = apart;
      best = &uses[k];
    }
  }
  return best;
}

static onus_link link_of(const query *q, const onus_incident *incident, const use *u, uint32_t ttp, double weight) {
  const onus_ttp *t = &q->p->catalogue->ttps[ttp];
  onus_link link = {.kind = is_software(q, ttp) ? "software" : "technique",
                    .value = t->name && t->name[0] ? t->name : t->id,
                    .basis = u ? u->basis : ONUS_NO_NUMBER,
                    .ln_weight = weight,
                    .n_holders = q->holders[ttp],
                    .age_days = ONUS_DAY_UNKNOWN,
                    .note = u ? "" : "not said of this actor"};
  if (u && u->report != ONUS_NO_NUMBER && incident->period.first_day != ONUS_DAY_UNKNOWN) {
    onus_period period = q->p->catalogue->reports[u->report].period;
    if (period.first_day != ONUS_DAY_UNKNOWN)
      link.age_days = abs(period.first_day - incident->period.first_day);
  }
  return link;
}

/* What no single thing that was found carries. */
static onus_link link_of_all(const char *kind, const char *value, double weight) {
  return (onus_link){.kind = kind,
                     .value = value,
                     .basis = ONUS_NO_NUMBER,
                     .ln_weight = weight,
                     .age_days = ONUS_DAY_UNKNOWN,
                     .note = ""};
}

static onus_status explain(const void *prepared_, const onus_incident *incident, const onus_hidden *hidden,
                           const onus_weights *weights, uint32_t actor, size_t links_max, onus_arena *arena,
                           const onus_link **ret_links, size_t *ret_n_links, onus_error *error) {
  query q;
  double g[ONUS_TTP_FEATURES];
  size_t from = 0, n_links = 0;
  ONUS_TRY(ask(prepared_, incident, hidden, arena, &q, error));
  while (from < q.n_uses && q.uses[from].actor != actor)
    from = end_of_actor(&q, from);
  onus_link *links = ONUS_ARENA_ARRAY(arena, onus_link, q.n_techniques + q.n_software + 2);
  uint8_t *held = ONUS_ARENA_ARRAY(arena, uint8_t, q.p->catalogue->n_ttps);
  if (!links || !held)
    return ONUS_FAIL_NO_MEMORY(error);
  const use *uses = &q.uses[from];
  size_t n = from < q.n_uses ? end_of_actor(&q, from) - from : 0;
  for (size_t k = 0; k < ONUS_TTP_FEATURES; k++)
    g[k] = weights->odds * weights->choice[k];
  nearest near = nearest_of(&q, uses, n);
  double n_held = mark_held(&q, uses, n, held);
  for (uint32_t t = 0; n > 0 && t < q.p->catalogue->n_ttps; t++)
    if (q.is_found[t])
      links[n_links++] =
          link_of(&q, incident, nearest_use(&q, uses, n, t), t, part_of(&q, g, &near, uses, t, held, n_held));
  if (n > 0 && unheard_term(&q, held, n_held) != 0)
    links[n_links++] =
        link_of_all("technique", "unknown to the reference", unheard_part(&q, g, &near, uses, held, n_held));
  if (n > 0 && years_off(&q, &near) > 0)
    links[n_links++] = link_of_all("date", "outside the years of its reports", g[YEARS_OFF] * years_off(&q, &near));
  qsort(links, n_links, sizeof *links, by_weight);
  *ret_links = links;
  *ret_n_links = n_links < links_max ? n_links : links_max;
  return ONUS_OK;
}

static const onus_fit_settings FIT = {.choice_ridge = 5, .unknown_ridge = 5, .constant_ridge = 0.05, .ratio_ridge = 1};

const onus_engine onus_techniques = {
    .id = ONUS_ENGINE_TECHNIQUES,
    .name = "techniques",
    .version = "techniques-2",
    .features = {CHOICE, UNKNOWN, NULL, ONUS_TTP_FEATURES, 1, 0, true},
    .weights = &ONUS_TECHNIQUES_WEIGHTS,
    .fit = &FIT,
    .prepare = prepare,
    .release = release,
    .extract = extract,
    .explain = explain,
};
