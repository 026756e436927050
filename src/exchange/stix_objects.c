/* What each part of a case is in STIX. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "exchange/stix_export_internal.h"
#include "exchange/stix_words.h"

/* Figures are given to nine decimals: machines agree to that [M-10]. */
static const onus_node *figure(onus_exporter *x, double value) {
  return isfinite(value) ? onus_build_number(&x->build, round(value * 1e9) / 1e9) : NULL;
}

static void put_figure(onus_exporter *x, onus_branch *map, const char *key, double value) {
  onus_build_put(&x->build, map, key, figure(x, value));
}

/* The first of a list of the case as it was written; NULL when there is none. */
static const onus_node *first_of(const onus_exporter *x, const char *key) {
  const onus_node *list = onus_node_get(x->c->document, key);
  return list ? list->first : NULL;
}

/* --- who --------------------------------------------------------------------------------------------------------- */

static void put_reference(onus_exporter *x, onus_branch *object, const onus_source *source) {
  if (!source->url)
    return;
  onus_branch reference = onus_build_map(&x->build), list = onus_build_list(&x->build);
  onus_stix_put(x, &reference, "source_name", source->name);
  onus_stix_put(x, &reference, "url", source->url);
  onus_build_add(&x->build, &list, reference.node);
  onus_build_put(&x->build, object, "external_references", list.node);
}

static void write_source(onus_exporter *x, size_t s, const onus_node *written) {
  const onus_source *source = &x->c->sources[s];
  onus_stix_draft draft = onus_stix_begin(x, "identity", "source", source->id);
  draft.tlp = source->tlp;
  onus_stix_put(x, &draft.object, "name", source->name);
  onus_stix_put(x, &draft.object, "identity_class", "unknown");
  if (source->grade) {
    const onus_node *label =
        onus_build_format(&x->build, "admiralty-scale:source-reliability=\"%c\"", source->grade - 'A' + 'a');
    if (label)
      onus_build_put(&x->build, &draft.object, "labels", onus_stix_list_of(x, &label->text, 1));
  }
  put_reference(x, &draft.object, source);
  onus_build_put(&x->build, &draft.own, "source", written);
  x->refs.sources[s] = onus_stix_end(x, &draft);
}

static void write_author(onus_exporter *x, size_t p) {
  const onus_position *position = &x->c->positions[p];
  onus_stix_draft draft = onus_stix_begin(x, "identity", "author", position->id);
  draft.tlp = position->tlp;
  onus_stix_put(x, &draft.object, "name", position->name);
  onus_stix_put(x, &draft.object, "identity_class", "unknown");
  x->refs.authors[p] = onus_stix_end(x, &draft);
}

static void write_attack(onus_exporter *x) {
  onus_stix_draft draft = onus_stix_begin(x, "campaign", "attack", "attack");
  onus_stix_put(x, &draft.object, "name", x->c->title);
  onus_stix_put(x, &draft.object, "description", x->c->question);
  x->refs.attack = onus_stix_end(x, &draft);
}

/* --- hypotheses -------------------------------------------------------------------------------------------------- */

static const onus_node *probability_map(onus_exporter *x, const char *key, const char *id, const onus_probability *p) {
  onus_branch map = onus_build_map(&x->build);
  onus_stix_put(x, &map, key, id);
  put_figure(x, &map, "prior", p->prior);
  put_figure(x, &map, "posterior", p->posterior);
  put_figure(x, &map, "low", p->low);
  put_figure(x, &map, "median", p->median);
  put_figure(x, &map, "high", p->high);
  return map.node;
}

/* The groups and the state that stand behind a hypothesis, as STIX lets them: intrusion sets are attributed to a threat
 * actor, a threat actor to an identity. */
static void write_who_is_behind(onus_exporter *x, const onus_hypothesis *h, const char *actor) {
  for (size_t i = 0; i < h->n_actors; i++) {
    const onus_node *key = onus_build_format(&x->build, "%s/%s", h->id, h->actors[i]);
    if (!key)
      return;
    onus_stix_draft draft = onus_stix_begin(x, "intrusion-set", "actor", key->text);
    onus_stix_put(x, &draft.object, "name", h->actors[i]);
    const char *set = onus_stix_end(x, &draft);
    (void)onus_stix_relate(x, "actor", key->text, set, "attributed-to", actor, -1, NULL);
  }
  if (h->country) {
    onus_stix_draft draft = onus_stix_begin(x, "identity", "country", h->country);
    onus_stix_put(x, &draft.object, "name", h->country);
    onus_stix_put(x, &draft.object, "identity_class", "unknown");
    onus_stix_put(x, &draft.object, "description", "A state, by its code in ISO 3166-1.");
    bool is_new = onus_table_get(x->ids, draft.id ? draft.id : "") == ONUS_NONE;
    const char *state = is_new ? onus_stix_end(x, &draft) : draft.id;
    const onus_node *key = onus_build_format(&x->build, "%s/%s", h->id, h->country);
    if (key)
      (void)onus_stix_relate(x, "country", key->text, actor, "attributed-to", state, -1, NULL);
  }
}

static void write_hypothesis(onus_exporter *x, size_t h) {
  const onus_hypothesis *hypothesis = &x->c->hypotheses[h];
  if (hypothesis->is_open)
    return; /* somebody not listed is nobody to attribute to */
  onus_stix_draft draft = onus_stix_begin(x, "threat-actor", "hypothesis", hypothesis->id);
  onus_stix_put(x, &draft.object, "name", hypothesis->name);
  onus_build_put(&x->build, &draft.object, "aliases", onus_stix_list_of(x, hypothesis->actors, hypothesis->n_actors));
  x->refs.hypotheses[h] = onus_stix_end(x, &draft);
  onus_branch list = onus_build_list(&x->build);
  for (size_t p = 0; p < x->c->n_positions; p++)
    onus_build_add(&x->build, &list,
                   probability_map(x, "position", x->c->positions[p].id, &x->shown.assessments[p]->hypotheses[h]));
  double posterior = x->shown.assessments[x->shown.chosen]->hypotheses[h].posterior;
  x->refs.attributions[h] = onus_stix_relate(x, "attribution", hypothesis->id, x->refs.attack, "attributed-to",
                                             x->refs.hypotheses[h], round(100 * posterior), list.node);
  write_who_is_behind(x, hypothesis, x->refs.hypotheses[h]);
}

/* --- items ------------------------------------------------------------------------------------------------------- */

/* What of a sealed item may be seen by those who cannot open it. */
static const onus_node *without_seal(onus_exporter *x, const onus_node *written) {
  static const char *const KEPT[] = {"id",     "title",   "source", "credibility", "known",    "observed", "retracted",
                                     "sealed", "vouched", "unseen", "forgeable",   "undercut", "tlp"};
  onus_branch map = onus_build_map(&x->build);
  bool is_statement = onus_node_get(onus_node_get(written, "vouched"), "says") != NULL;
  for (const onus_node *child = written->first; child; child = child->next) {
    bool is_kept = is_statement && strcmp(child->key, "would_say_anyway") == 0;
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++)
      is_kept = is_kept || strcmp(KEPT[i], child->key) == 0;
    if (is_kept)
      onus_build_put(&x->build, &map, child->key, child);
  }
  return map.node;
}

/* The logarithms, to base ten, of the likelihood ratios to the open hypothesis, before any undercutter. */
static void put_ratios(onus_exporter *x, onus_branch *own, const onus_item_result *result) {
  static const double LN_10 = 2.302585092994045684;
  onus_branch list = onus_build_list(&x->build);
  for (size_t h = 0; h < x->c->n_hypotheses && result->counts; h++) {
    onus_branch map = onus_build_map(&x->build);
    onus_stix_put(x, &map, "hypothesis", x->c->hypotheses[h].id);
    put_figure(x, &map, "log10_lr", result->log_ratio[h] / LN_10);
    put_figure(x, &map, "log10_lr_low", log10(result->ratio_range[h].low));
    put_figure(x, &map, "log10_lr_high", log10(result->ratio_range[h].high));
    onus_build_add(&x->build, &list, map.node);
  }
  if (!list.node || list.node->n_children == 0)
    return; /* it carries no weight */
  onus_build_put(&x->build, own, "likelihood_ratios", list.node);
  put_figure(x, own, "weight_log_odds", result->weight_log_odds);
}

static void write_item(onus_exporter *x, size_t i, const onus_node *written) {
  const onus_item *item = &x->c->items[i];
  bool is_closed = onus_shown_is_closed(&x->shown, item);
  onus_branch refs = onus_build_list(&x->build);
  onus_build_add(&x->build, &refs, onus_build_string(&x->build, x->refs.attack));
  onus_build_add(&x->build, &refs, onus_build_string(&x->build, x->refs.sources[item->source]));
  if (!is_closed)
    onus_stix_write_files(x, item, &refs);
  onus_stix_draft draft = onus_stix_begin(x, "note", "item", item->id);
  draft.tlp = item->tlp;
  onus_stix_put(x, &draft.object, "abstract", item->title);
  onus_build_put(&x->build, &draft.object, "content", onus_shown_item(&x->shown, item, &x->build));
  onus_build_put(&x->build, &draft.object, "authors", onus_stix_list_of(x, &x->c->sources[item->source].name, 1));
  onus_build_put(&x->build, &draft.object, "object_refs", refs.node);
  unsigned confidence = onus_confidence_of_credibility(item->credibility_grade);
  if (confidence)
    onus_build_put(&x->build, &draft.object, "confidence", onus_build_number(&x->build, confidence));
  put_reference(x, &draft.object, &x->c->sources[item->source]);
  onus_build_put(&x->build, &draft.own, "item", is_closed ? without_seal(x, written) : written);
  if (!is_closed)
    put_ratios(x, &draft.own, &x->shown.assessments[x->shown.chosen]->items[i]);
  x->refs.notes[i] = onus_stix_end(x, &draft);
}

/* --- positions --------------------------------------------------------------------------------------------------- */

/* A position without what it says about items that stay closed, which may tell what is in them. */
static const onus_node *without_seals(onus_exporter *x, const onus_node *written) {
  onus_branch map = onus_build_map(&x->build), kept = onus_build_map(&x->build);
  for (const onus_node *child = written->first; child; child = child->next) {
    if (strcmp(child->key, "evidence") != 0) {
      onus_build_put(&x->build, &map, child->key, child);
      continue;
    }
    for (const onus_node *own = child->first; own; own = own->next) {
      size_t item = onus_table_get(x->c->item_ids, own->key);
      if (item == ONUS_NONE || !onus_shown_is_closed(&x->shown, &x->c->items[item]))
        onus_build_put(&x->build, &kept, own->key, own);
    }
    if (kept.node && (kept.node->n_children || child->n_children == 0))
      onus_build_put(&x->build, &map, "evidence", kept.node);
  }
  return map.node;
}

static const onus_node *assessment_map(onus_exporter *x, const onus_position *position, const onus_assessment *a) {
  onus_branch map = onus_build_map(&x->build), list = onus_build_list(&x->build);
  onus_stix_put(x, &map, "verdict", onus_verdict_name(a->verdict));
  onus_stix_put(x, &map, "standard", position->standard_id);
  put_figure(x, &map, "standard_probability", position->standard);
  onus_build_put(&x->build, &map, "about", probability_map(x, "claim", a->about_id, &a->about));
  for (size_t h = 0; h < x->c->n_hypotheses; h++)
    onus_build_add(&x->build, &list, probability_map(x, "hypothesis", x->c->hypotheses[h].id, &a->hypotheses[h]));
  onus_build_put(&x->build, &map, "hypotheses", list.node);
  onus_build_put(&x->build, &map, "seed", onus_build_number(&x->build, (double)a->seed));
  onus_build_put(&x->build, &map, "samples", onus_build_number(&x->build, (double)a->n_samples));
  return map.node;
}

static void write_position(onus_exporter *x, size_t p, const onus_node *written) {
  const onus_position *position = &x->c->positions[p];
  const onus_assessment *a = x->shown.assessments[p];
  onus_branch refs = onus_build_list(&x->build);
  for (size_t h = 0; h < x->c->n_hypotheses; h++)
    if (a->about_set[h] && x->refs.attributions[h])
      onus_build_add(&x->build, &refs, onus_build_string(&x->build, x->refs.attributions[h]));
  if (refs.node && refs.node->n_children == 0)
    onus_build_add(&x->build, &refs, onus_build_string(&x->build, x->refs.attack));
  onus_stix_draft draft = onus_stix_begin(x, "opinion", "position", position->id);
  draft.tlp = position->tlp;
  onus_stix_put(x, &draft.object, "created_by_ref", x->refs.authors[p]);
  onus_build_put(&x->build, &draft.object, "authors", onus_stix_list_of(x, &position->name, 1));
  onus_stix_put(x, &draft.object, "opinion", onus_opinion_of_probability(a->about.posterior));
  onus_build_put(&x->build, &draft.object, "explanation", onus_shown_verdict(&x->shown, p, &x->build));
  onus_build_put(&x->build, &draft.object, "object_refs", refs.node);
  if (x->c->has_positions)
    onus_build_put(&x->build, &draft.own, "position", without_seals(x, written));
  onus_build_put(&x->build, &draft.own, "assessment", assessment_map(x, position, a));
  x->refs.opinions[p] = onus_stix_end(x, &draft);
}

/* --- the report -------------------------------------------------------------------------------------------------- */

/* A list of members; those with a marking of their own are marked in the report as well. */
static void put_members(onus_exporter *x, onus_branch *own, const char *key, const char *const *ids, size_t n,
                        const char *(*tlp_of)(const onus_case *c, size_t index)) {
  onus_branch list = onus_build_list(&x->build);
  for (size_t i = 0; i < n; i++) {
    onus_build_add(&x->build, &list, onus_build_string(&x->build, ids[i]));
    const char *tlp = tlp_of(x->c, i);
    if (!tlp || (x->c->tlp && strcmp(tlp, x->c->tlp) == 0))
      continue;
    onus_branch marking = onus_build_map(&x->build);
    const onus_node *selector = onus_build_format(&x->build, "extensions." ONUS_STIX_EXTENSION ".%s.[%zu]", key, i);
    onus_stix_put(x, &marking, "marking_ref", onus_tlp_id(tlp));
    if (selector)
      onus_build_put(&x->build, &marking, "selectors", onus_stix_list_of(x, &selector->text, 1));
    onus_build_add(&x->build, &x->granular, marking.node);
  }
  if (n > 0) /* STIX has no empty lists */
    onus_build_put(&x->build, own, key, list.node);
}

static const char *tlp_of_source(const onus_case *c, size_t i) {
  return c->sources[i].tlp;
}
static const char *tlp_of_item(const onus_case *c, size_t i) {
  return c->items[i].tlp;
}
static const char *tlp_of_position(const onus_case *c, size_t i) {
  return c->positions[i].tlp;
}

static void write_report(onus_exporter *x) {
  onus_stix_draft draft = onus_stix_begin(x, "report", "case", "case");
  onus_branch head = onus_build_map(&x->build);
  onus_stix_put_head(&x->build, &head, x->c->document);
  const char *type = "threat-report";
  onus_stix_put(x, &draft.object, "name", x->c->title);
  onus_stix_put(x, &draft.object, "description", x->c->question);
  onus_stix_put(x, &draft.object, "published", onus_stix_text(draft.object.node, "created"));
  onus_build_put(&x->build, &draft.object, "report_types", onus_stix_list_of(x, &type, 1));
  onus_build_put(&x->build, &draft.object, "object_refs", x->members.node);
  onus_build_put(&x->build, &draft.own, "case_head", head.node);
  put_members(x, &draft.own, "sources", x->refs.sources, x->c->n_sources, tlp_of_source);
  put_members(x, &draft.own, "evidence", x->refs.notes, x->c->n_items, tlp_of_item);
  if (x->c->has_positions)
    put_members(x, &draft.own, "positions", x->refs.opinions, x->c->n_positions, tlp_of_position);
  if (x->files.node && x->files.node->n_children)
    onus_build_put(&x->build, &draft.own, "files", x->files.node);
  if (x->granular.node && x->granular.node->n_children)
    onus_build_put(&x->build, &draft.object, "granular_markings", x->granular.node);
  (void)onus_stix_end(x, &draft);
}

void onus_stix_write_case(onus_exporter *x) {
  const onus_case *c = x->c;
  x->refs = (onus_stix_refs){
      .sources = ONUS_ARENA_ARRAY(x->arena, const char *, c->n_sources),
      .authors = ONUS_ARENA_ARRAY(x->arena, const char *, c->n_positions),
      .hypotheses = ONUS_ARENA_ARRAY(x->arena, const char *, c->n_hypotheses),
      .attributions = ONUS_ARENA_ARRAY(x->arena, const char *, c->n_hypotheses),
      .notes = ONUS_ARENA_ARRAY(x->arena, const char *, c->n_items),
      .opinions = ONUS_ARENA_ARRAY(x->arena, const char *, c->n_positions),
  };
  if (!x->refs.sources || !x->refs.authors || !x->refs.hypotheses || !x->refs.attributions || !x->refs.notes ||
      !x->refs.opinions) {
    x->build.has_failed = true;
    return;
  }
  const onus_node *node = first_of(x, "sources");
  for (size_t s = 0; s < c->n_sources; s++, node = node->next)
    write_source(x, s, node);
  for (size_t p = 0; p < c->n_positions; p++)
    write_author(x, p);
  write_attack(x);
  for (size_t h = 0; h < c->n_hypotheses; h++)
    write_hypothesis(x, h);
  node = first_of(x, "evidence");
  for (size_t i = 0; i < c->n_items; i++, node = node->next)
    write_item(x, i, node);
  node = first_of(x, "positions");
  for (size_t p = 0; p < c->n_positions; p++, node = node ? node->next : NULL)
    write_position(x, p, node);
  write_report(x);
}
