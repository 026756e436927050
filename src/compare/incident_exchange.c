/* Incidents out of STIX bundles and events of MISP. Names of actors in them are not looked at: who it was is asked. */
#include "compare/incident_internal.h"

#include <string.h>

#include "reference/misp.h"
#include "reference/stix_pattern.h"

#define EACH(child, list) for (const onus_node *child = (list) ? (list)->first : NULL; child; child = child->next)

/* What stands at a node, or in it. */
typedef struct place {
  onus_incident_reading *r;
  const onus_node *node;
} place;

static onus_status take_value(void *context, const char *value, onus_error *error) {
  const place *p = context;
  (void)error;
  onus_line text = onus_incident_node(p->r, p->node);
  text.bytes = value;
  text.length_bytes = strlen(value);
  return onus_incident_indicator(p->r, &text);
}

/* --- STIX --------------------------------------------------------------------------------------------------------- */

/* The id under which ATT&CK knows a technique or software. */
static onus_status take_attack_id(onus_incident_reading *r, const onus_node *object) {
  EACH(reference, onus_node_list(object, "external_references")) {
    const char *source = onus_node_text(reference, "source_name");
    const onus_node *id = onus_node_get(reference, "external_id");
    if (!source || strncmp(source, "mitre", strlen("mitre")) != 0 || !id || id->kind != ONUS_NODE_STRING)
      continue;
    onus_line text = onus_incident_node(r, id);
    return onus_incident_ttp(r, &text);
  }
  const char *name = onus_node_text(object, "name");
  onus_line text = onus_incident_node(r, object);
  text.bytes = name ? name : "";
  text.length_bytes = strlen(text.bytes);
  onus_incident_refuse(r, &text, "a technique or software without an id of ATT&CK");
  return ONUS_OK;
}

/* An observable that stands alone: its value, or the hashes of a file. */
static onus_status take_observable(onus_incident_reading *r, const onus_node *object) {
  const onus_node *value = onus_node_get(object, "value"), *hashes = onus_node_get(object, "hashes");
  place p = {r, object};
  if (value && value->kind == ONUS_NODE_STRING)
    ONUS_TRY(take_value(&p, value->text, r->error));
  if (hashes && hashes->kind == ONUS_NODE_MAP)
    EACH(hash, hashes)
  if (hash->kind == ONUS_NODE_STRING)
    ONUS_TRY(take_value(&p, hash->text, r->error));
  return ONUS_OK;
}

static onus_status take_object(onus_incident_reading *r, const onus_node *object) {
  static const char *const TTPS[] = {"attack-pattern", "malware", "tool"};
  const char *type = onus_node_text(object, "type"), *pattern = onus_node_text(object, "pattern");
  if (!type)
    return ONUS_OK;
  for (size_t i = 0; i < sizeof TTPS / sizeof *TTPS; i++)
    if (strcmp(type, TTPS[i]) == 0)
      return take_attack_id(r, object);
  if (strcmp(type, "report") == 0 || strcmp(type, "incident") == 0) {
    const char *published = onus_node_text(object, "published");
    return onus_incident_name(r, NULL, published ? published : onus_node_text(object, "created"));
  }
  place p = {r, object};
  size_t n_taken;
  if (strcmp(type, "indicator") == 0 && pattern)
    return onus_stix_pattern_each(pattern, take_value, &p, &n_taken, r->error);
  bool has_hashes = strcmp(type, "file") == 0 || strcmp(type, "x509-certificate") == 0;
  return has_hashes || onus_stix_is_observable(type, strlen(type)) ? take_observable(r, object) : ONUS_OK;
}

onus_status onus_incident_take_stix(onus_incident_reading *r, const onus_node *root) {
  EACH(object, onus_node_list(root, "objects")) {
    ONUS_TRY(take_object(r, object));
    const onus_node *observed = onus_node_get(object, "objects"); /* of STIX 2.0: a map inside observed-data */
    if (observed && observed->kind == ONUS_NODE_MAP)
      EACH(inner, observed)
    ONUS_TRY(take_object(r, inner));
  }
  return ONUS_OK;
}

/* --- MISP --------------------------------------------------------------------------------------------------------- */

static onus_status take_misp_indicator(void *context, const onus_node *attribute, const char *text, size_t text_bytes,
                                       onus_error *error) {
  onus_incident_reading *r = context;
  (void)error;
  onus_line line = onus_incident_node(r, attribute);
  line.bytes = text;
  line.length_bytes = text_bytes;
  return onus_incident_indicator(r, &line);
}

static onus_status take_misp_attribute(void *context, const onus_node *attribute, onus_error *error) {
  size_t n;
  return onus_misp_each_indicator(attribute, take_misp_indicator, context, &n, error);
}

static onus_status take_misp_tag(void *context, const onus_node *where, const onus_misp_tag *tag, onus_error *error) {
  onus_incident_reading *r = context;
  (void)error;
  onus_line text = onus_incident_node(r, where);
  text.bytes = tag->id;
  text.length_bytes = strlen(tag->id);
  return tag->kind == ONUS_MISP_TTP && tag->id[0] ? onus_incident_ttp(r, &text) : ONUS_OK;
}

static onus_status take_misp_event(void *context, const onus_node *event, onus_error *error) {
  onus_incident_reading *r = context;
  if (r->id) {
    onus_line line = onus_incident_node(r, event);
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->path, line.number, line.column,
                        "a second event; an incident is one, so export them one by one");
  }
  const char *uuid = onus_node_text(event, "uuid"), *info = onus_node_text(event, "info");
  ONUS_TRY(onus_incident_name(r, uuid ? uuid : info ? info : r->path, onus_node_text(event, "date")));
  ONUS_TRY(onus_misp_each_attribute(event, take_misp_attribute, r, error));
  return onus_misp_each_tag(event, take_misp_tag, r, error);
}

onus_status onus_incident_take_misp(onus_incident_reading *r, const onus_node *root) {
  return onus_misp_each_event(root, take_misp_event, r, r->error);
}
