/* Incidents as maps of JSON and as layers of the ATT&CK Navigator. */
#include "compare/incident_internal.h"

#include <string.h>

#include "base/moment.h"
#include "document/quote.h"

static onus_status fail_node(const onus_incident_reading *r, const onus_node *node, const char *remedy) {
  onus_line place = onus_incident_node(r, node);
  return ONUS_FAIL_AT(
      r->error, ONUS_BAD_INPUT, r->path, place.number, place.column, "%s; %s",
      node->text ? onus_quote_bytes(node->text, node->text_bytes).text : onus_node_kind_name(node->kind), remedy);
}

/* Gives every text of a list. */
static onus_status take_list(onus_incident_reading *r, const onus_node *list,
                             onus_status (*take)(onus_incident_reading *r, const onus_line *text)) {
  if (list->kind == ONUS_NODE_NULL)
    return ONUS_OK;
  if (list->kind != ONUS_NODE_LIST)
    return fail_node(r, list, "write a list of texts here");
  for (const onus_node *child = list->first; child; child = child->next) {
    if (child->kind != ONUS_NODE_STRING)
      return fail_node(r, child, "write a text here, in quotes");
    onus_line text = onus_incident_node(r, child);
    ONUS_TRY(take(r, &text));
  }
  return ONUS_OK;
}

static onus_status take_date(onus_incident_reading *r, const onus_node *node) {
  if (node->kind == ONUS_NODE_NULL)
    return ONUS_OK;
  if (node->kind == ONUS_NODE_STRING && onus_moment_parse_period(node->text, &r->period.first_day, &r->period.last_day))
    return ONUS_OK;
  return fail_node(r, node, "write a day, a month or a year, as \"2014-12-22\", \"2014-12\" or \"2014\"");
}

static onus_status take_id(onus_incident_reading *r, const onus_node *node) {
  if (node->kind != ONUS_NODE_STRING || node->text_bytes == 0 || strpbrk(node->text, "\t\r\n"))
    return fail_node(r, node, "write a text without tabs and line ends as id");
  r->id = onus_arena_copy(r->arena, node->text, node->text_bytes);
  return r->id ? ONUS_OK : ONUS_FAIL_NO_MEMORY(r->error);
}

onus_status onus_incident_take_map(onus_incident_reading *r, const onus_node *root) {
  static const struct {
    const char *key;
    onus_status (*take)(onus_incident_reading *r, const onus_line *text);
  } LISTS[] = {{"indicators", onus_incident_indicator},
               {"fingerprints", onus_incident_indicator},
               {"techniques", onus_incident_ttp},
               {"software", onus_incident_ttp},
               {"leave_out", onus_incident_leave_out}};
  for (const onus_node *child = root->first; child; child = child->next) {
    size_t i = 0, n = sizeof LISTS / sizeof *LISTS;
    while (i < n && strcmp(child->key, LISTS[i].key) != 0)
      i++;
    if (i < n)
      ONUS_TRY(take_list(r, child, LISTS[i].take));
    else if (strcmp(child->key, "id") == 0)
      ONUS_TRY(take_id(r, child));
    else if (strcmp(child->key, "date") == 0)
      ONUS_TRY(take_date(r, child));
    else {
      onus_line key = onus_incident_node(r, child);
      key.bytes = child->key;
      key.length_bytes = strlen(child->key);
      key.column = child->key_column;
      onus_incident_refuse(r, &key,
                           "an unknown key; known are id, date, indicators, fingerprints, techniques, "
                           "software and leave_out");
    }
  }
  return ONUS_OK;
}

/* Whether a layer's technique is marked in it. Layers name techniques that are only shown, too: without score, colour
 * and comment. */
static bool is_marked(const onus_node *technique) {
  static const char *const TEXTS[] = {"color", "comment"};
  const onus_node *enabled = onus_node_get(technique, "enabled"), *score = onus_node_get(technique, "score");
  if (enabled && enabled->kind == ONUS_NODE_BOOLEAN && !enabled->boolean)
    return false;
  if (score && score->kind == ONUS_NODE_NUMBER)
    return score->number > 0.0;
  for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
    const onus_node *text = onus_node_get(technique, TEXTS[i]);
    if (text && text->kind == ONUS_NODE_STRING && text->text_bytes)
      return true;
  }
  return false;
}

onus_status onus_incident_take_navigator(onus_incident_reading *r, const onus_node *root) {
  const onus_node *list = onus_node_get(root, "techniques");
  bool has_marks = false;
  for (const onus_node *technique = list->first; technique; technique = technique->next)
    has_marks = has_marks || is_marked(technique);
  for (const onus_node *technique = list->first; technique; technique = technique->next) {
    const onus_node *id = onus_node_get(technique, "techniqueID"), *enabled = onus_node_get(technique, "enabled");
    if (!id || id->kind != ONUS_NODE_STRING)
      return fail_node(r, technique, "each technique of a layer has a \"techniqueID\"");
    bool is_off = enabled && enabled->kind == ONUS_NODE_BOOLEAN && !enabled->boolean;
    if (is_off || (has_marks && !is_marked(technique)))
      continue;
    onus_line text = onus_incident_node(r, id);
    ONUS_TRY(onus_incident_ttp(r, &text));
  }
  return ONUS_OK;
}
