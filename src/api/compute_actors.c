/* Names are claims, never equalities, so a name that may mean several actors is an error that says who means whom. */
#include <stdlib.h>
#include <string.h>

#include "api/compute_internal.h"
#include "document/quote.h"

enum { NAMED = 4, TEXT_BYTES = 700 };

static bool same_name(const char *normal, const char *name) {
  char *other = malloc(strlen(name) + 1);
  if (!other)
    return false;
  onus_name_normalise(name, other);
  bool is_same = strcmp(normal, other) == 0;
  free(other);
  return is_same;
}

/* Whether an entry of the actor has the upstream id, or the primary name in normal form. */
static bool has_id(const onus_catalogue *all, uint32_t actor, const char *id) {
  for (size_t e = 0; e < all->actors[actor].n_entries; e++)
    if (strcmp(all->entries[all->actors[actor].entries[e]].upstream_id, id) == 0)
      return true;
  return false;
}

static bool has_primary_name(const onus_catalogue *all, uint32_t actor, const char *normal) {
  for (size_t e = 0; e < all->actors[actor].n_entries; e++)
    if (same_name(normal, all->entries[all->actors[actor].entries[e]].name))
      return true;
  return false;
}

/* "Kimsuky (mitre-attack says so)". */
static void write_candidate(onus_buffer *out, const onus_catalogue *all, uint32_t actor, const char *normal) {
  onus_buffer_printf(out, "%s%s", out->length_bytes ? "; " : "", onus_quote_string(all->actors[actor].name).text);
  const char *last = NULL;
  for (size_t i = 0; i < all->n_claims; i++) {
    const onus_entry *entry = &all->entries[all->claims[i].entry];
    const char *source = all->sources[entry->source].id;
    if (entry->actor != actor || source == last || !same_name(normal, all->claims[i].name))
      continue;
    onus_buffer_printf(out, "%s%s %s", last ? ", " : ", so ", source, entry->upstream_id);
    last = source;
  }
}

static onus_status fail_ambiguous(const onus_case *c, const onus_hypothesis *h, const char *name,
                                  const onus_catalogue *all, const uint32_t *actors, size_t n, onus_error *error) {
  onus_buffer candidates = onus_buffer_new(1 << 16);
  char *normal = malloc(strlen(name) + 1);
  if (!normal)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_name_normalise(name, normal);
  for (size_t i = 0; i < n && i < NAMED; i++)
    write_candidate(&candidates, all, actors[i], normal);
  free(normal);
  onus_text text;
  ONUS_TRY(onus_buffer_take(&candidates, &text, error));
  onus_status status =
      ONUS_FAIL_AT(error, ONUS_BAD_INPUT, c->path, h->line, h->column,
                   "the actor %s of `%s` may be any of %zu: %.500s%s; write the upstream id of the one "
                   "that is meant",
                   onus_quote_string(name).text, h->id, n, text.bytes, n > NAMED ? ", …" : "");
  onus_text_free(&text);
  return status;
}

static onus_status fail_unknown(const onus_case *c, const onus_hypothesis *h, const char *name,
                                const onus_reference *reference, onus_error *error) {
  const char *near[ONUS_NEAR_NAMES];
  size_t n = onus_reference_near_names(reference, name, near);
  onus_quote quotes[ONUS_NEAR_NAMES] = {{""}};
  for (size_t i = 0; i < n; i++)
    quotes[i] = onus_quote_string(near[i]);
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, c->path, h->line, h->column,
                      "the reference knows nobody called %s, an actor of `%s`; %s%s%s%s%s%s",
                      onus_quote_string(name).text, h->id,
                      n ? "near to it are " : "write a name or an upstream id that it knows", quotes[0].text,
                      n > 1 ? ", " : "", quotes[1].text, n > 2 ? ", " : "", quotes[2].text);
}

/* Keeps those that `has` holds of, if there are any. */
static size_t narrow(const onus_catalogue *all, uint32_t *actors, size_t n, const char *name,
                     bool (*has)(const onus_catalogue *, uint32_t, const char *)) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    kept += has(all, actors[i], name);
  if (kept == 0)
    return n;
  kept = 0;
  for (size_t i = 0; i < n; i++)
    if (has(all, actors[i], name))
      actors[kept++] = actors[i];
  return kept;
}

static onus_status find_actor(const onus_case *c, const onus_hypothesis *h, const char *name,
                              const onus_reference *reference, uint32_t *ret_actor, onus_error *error) {
  const onus_catalogue *all = onus_reference_catalogue(reference);
  uint32_t *actors = NULL;
  size_t n = 0;
  ONUS_TRY(onus_reference_find_actors(reference, name, &actors, &n, error));
  char *normal = malloc(strlen(name) + 1);
  onus_status status = normal ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK && n > 0) {
    onus_name_normalise(name, normal);
    size_t n_by_id = narrow(all, actors, n, name, has_id);
    n = n_by_id < n ? n_by_id : narrow(all, actors, n, normal, has_primary_name);
  }
  if (status == ONUS_OK && n == 0)
    status = fail_unknown(c, h, name, reference, error);
  else if (status == ONUS_OK && n > 1)
    status = fail_ambiguous(c, h, name, all, actors, n, error);
  else if (status == ONUS_OK)
    *ret_actor = actors[0];
  free(normal);
  free(actors);
  return status;
}

onus_status onus_compute_actors(const onus_case *c, const onus_reference *reference, onus_arena *arena,
                                onus_named_actor **ret_actors, size_t *ret_n, onus_error *error) {
  size_t count = 0, at = 0;
  for (size_t h = 0; h < c->n_hypotheses; h++)
    count += c->hypotheses[h].n_actors;
  if (count == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, c->path, 0, 0,
                        "no hypothesis lists `actors`; give those that the reference is to be asked about");
  const onus_hypothesis *open = &c->hypotheses[c->open_hypothesis];
  if (open->n_actors > 0)
    return ONUS_FAIL_AT(
        error, ONUS_BAD_INPUT, c->path, open->line, open->column,
        "the open hypothesis `%s` lists actors; give them a hypothesis of their own, it stands for those "
        "who are not listed",
        open->id);
  onus_named_actor *all = ONUS_ARENA_ARRAY(arena, onus_named_actor, count);
  if (!all)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t h = 0; h < c->n_hypotheses; h++)
    for (size_t i = 0; i < c->hypotheses[h].n_actors; i++, at++) {
      all[at] = (onus_named_actor){.hypothesis = h, .given = c->hypotheses[h].actors[i]};
      ONUS_TRY(find_actor(c, &c->hypotheses[h], all[at].given, reference, &all[at].actor, error));
    }
  *ret_actors = all;
  *ret_n = count;
  return ONUS_OK;
}
