#include "reference/misp.h"

#include <stdio.h>
#include <string.h>

#define EACH(child, list) for (const onus_node *child = (list) ? (list)->first : NULL; child; child = child->next)

static const onus_node *event_of(const onus_node *node) {
  const onus_node *event = onus_node_get(node, "Event");
  return event && event->kind == ONUS_NODE_MAP ? event : NULL;
}

static const onus_node *events_of(const onus_node *root) {
  const onus_node *response = onus_node_list(root, "response");
  return response ? response : root->kind == ONUS_NODE_LIST ? root : NULL;
}

onus_status onus_misp_each_event(const onus_node *root,
                                 onus_status (*take)(void *context, const onus_node *event, onus_error *error),
                                 void *context, onus_error *error) {
  if (event_of(root))
    return take(context, event_of(root), error);
  EACH(child, events_of(root))
  if (event_of(child))
    ONUS_TRY(take(context, event_of(child), error));
  return ONUS_OK;
}

bool onus_misp_has_event(const onus_node *root) {
  if (event_of(root))
    return true;
  EACH(child, events_of(root))
  if (event_of(child))
    return true;
  return false;
}

static bool is_deleted(const onus_node *attribute) {
  const onus_node *deleted = onus_node_get(attribute, "deleted");
  return deleted && deleted->kind == ONUS_NODE_BOOLEAN && deleted->boolean;
}

typedef onus_status take_attribute(void *context, const onus_node *attribute, onus_error *error);

static onus_status each_of_list(const onus_node *list, take_attribute *take, void *context, onus_error *error) {
  EACH(attribute, list)
  if (attribute->kind == ONUS_NODE_MAP && !is_deleted(attribute))
    ONUS_TRY(take(context, attribute, error));
  return ONUS_OK;
}

onus_status onus_misp_each_attribute(const onus_node *event, take_attribute *take, void *context, onus_error *error) {
  ONUS_TRY(each_of_list(onus_node_list(event, "Attribute"), take, context, error));
  EACH(object, onus_node_list(event, "Object"))
  if (!is_deleted(object))
    ONUS_TRY(each_of_list(onus_node_list(object, "Attribute"), take, context, error));
  return ONUS_OK;
}

/* --- indicators --------------------------------------------------------------------------------------------------- */

typedef enum form { WHOLE, BOTH, SECOND, WITH_PORT } form;

/* Types of attributes that we can find again; `prefix` makes a fingerprint (indicator.h). */
static const struct {
  const char *type, *prefix;
  form form;
} TYPES[] = {{"ip-src", "", WHOLE},
             {"ip-dst", "", WHOLE},
             {"hostname", "", WHOLE},
             {"domain", "", WHOLE},
             {"url", "", WHOLE},
             {"uri", "", WHOLE},
             {"md5", "", WHOLE},
             {"sha1", "", WHOLE},
             {"sha256", "", WHOLE},
             {"email", "", WHOLE},
             {"email-src", "", WHOLE},
             {"email-dst", "", WHOLE},
             {"email-reply-to", "", WHOLE},
             {"domain|ip", "", BOTH},
             {"filename|md5", "", SECOND},
             {"filename|sha1", "", SECOND},
             {"filename|sha256", "", SECOND},
             {"malware-sample", "", SECOND},
             {"ip-src|port", "", WITH_PORT},
             {"ip-dst|port", "", WITH_PORT},
             {"hostname|port", "", WITH_PORT},
             {"jarm-fingerprint", "jarm:", WHOLE},
             {"ja3-fingerprint-md5", "ja3:", WHOLE},
             {"hassh-md5", "hassh:", WHOLE},
             {"x509-fingerprint-md5", "cert-md5:", WHOLE},
             {"x509-fingerprint-sha1", "cert-sha1:", WHOLE},
             {"x509-fingerprint-sha256", "cert-sha256:", WHOLE},
             {"favicon-mmh3", "favicon:", WHOLE}};

typedef onus_status take_indicator(void *context, const onus_node *attribute, const char *text, size_t text_bytes,
                                   onus_error *error);

/* "198.51.100.7|443": the port behind the address, which needs brackets when it has colons. */
static onus_status take_with_port(const onus_node *attribute, const char *value, const char *bar, take_indicator *take,
                                  void *context, onus_error *error) {
  enum { LONGEST_BYTES = 300 };
  char text[LONGEST_BYTES];
  size_t host_bytes = (size_t)(bar - value);
  bool is_ipv6 = memchr(value, ':', host_bytes) != NULL;
  int length = snprintf(text, sizeof text, is_ipv6 ? "[%.*s]:%s" : "%.*s:%s",
                        host_bytes < LONGEST_BYTES ? (int)host_bytes : LONGEST_BYTES, value, bar + 1);
  if (length < 0 || (size_t)length >= sizeof text)
    return take(context, attribute, value, strlen(value), error); /* which is none */
  return take(context, attribute, text, (size_t)length, error);
}

static onus_status take_whole(const onus_node *attribute, const char *prefix, const char *value, take_indicator *take,
                              void *context, onus_error *error) {
  enum { LONGEST_BYTES = 512 };
  char text[LONGEST_BYTES];
  if (!prefix[0])
    return take(context, attribute, value, strlen(value), error);
  int length = snprintf(text, sizeof text, "%s%s", prefix, value);
  return length > 0 && (size_t)length < sizeof text ? take(context, attribute, text, (size_t)length, error)
                                                    : take(context, attribute, value, strlen(value), error);
}

onus_status onus_misp_each_indicator(const onus_node *attribute, take_indicator *take, void *context, size_t *ret_n,
                                     onus_error *error) {
  const char *type = onus_node_text(attribute, "type"), *value = onus_node_text(attribute, "value");
  size_t i = 0, n = sizeof TYPES / sizeof *TYPES;
  while (type && i < n && strcmp(type, TYPES[i].type) != 0)
    i++;
  *ret_n = 0;
  if (!type || !value || i == n)
    return ONUS_OK;
  const char *bar = TYPES[i].form == WHOLE ? NULL : strchr(value, '|');
  if (!bar) {
    *ret_n = 1;
    return take_whole(attribute, TYPES[i].prefix, value, take, context, error);
  }
  *ret_n = TYPES[i].form == BOTH ? 2 : 1;
  if (TYPES[i].form == WITH_PORT)
    return take_with_port(attribute, value, bar, take, context, error);
  if (TYPES[i].form == BOTH)
    ONUS_TRY(take(context, attribute, value, (size_t)(bar - value), error));
  return take(context, attribute, bar + 1, strlen(bar + 1), error);
}

/* --- tags --------------------------------------------------------------------------------------------------------- */

/* "G0006", "T1059.003", "S0154". */
static bool is_attack_id(const char *text) {
  size_t digits = text[0] && strchr("GTS", text[0]) ? strspn(text + 1, "0123456789.") : 0;
  return digits >= 4 && digits <= 8 && text[1 + digits] == '\0';
}

static bool has_word(const char *type, size_t type_bytes, const char *const *words, size_t n_words) {
  for (size_t i = 0; i < n_words; i++)
    if (memmem(type, type_bytes, words[i], strlen(words[i])))
      return true;
  return false;
}

bool onus_misp_is_actor_galaxy(const char *type, size_t type_bytes) {
  static const char *const WORDS[] = {"threat-actor", "intrusion-set", "activity-group", "malpedia-actor"};
  return has_word(type, type_bytes, WORDS, sizeof WORDS / sizeof *WORDS);
}

static onus_misp_tag_kind kind_of_galaxy(const char *galaxy, size_t galaxy_bytes) {
  static const char *const WORDS[] = {"attack-pattern", "malware", "tool"};
  if (onus_misp_is_actor_galaxy(galaxy, galaxy_bytes))
    return ONUS_MISP_ACTOR;
  return has_word(galaxy, galaxy_bytes, WORDS, sizeof WORDS / sizeof *WORDS) ? ONUS_MISP_TTP : ONUS_MISP_OTHER;
}

/* misp-galaxy:threat-actor="Lazarus Group" */
static onus_misp_tag read_tag(const char *text) {
  static const char PREFIX[] = "misp-galaxy:";
  onus_misp_tag tag = {.kind = ONUS_MISP_OTHER};
  if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
    return tag;
  const char *galaxy = text + strlen(PREFIX), *equals = strstr(galaxy, "=\"");
  size_t length = equals ? strlen(equals + 2) : 0;
  if (length < 2 || equals[2 + length - 1] != '"' || length > sizeof tag.name)
    return tag;
  memcpy(tag.name, equals + 2, length - 1);
  tag.name[length - 1] = '\0';
  tag.kind = kind_of_galaxy(galaxy, (size_t)(equals - galaxy));
  char *dash = NULL;
  for (char *at = tag.name; (at = strstr(at, " - ")) != NULL; at++)
    dash = at;
  if (dash && is_attack_id(dash + 3)) {
    snprintf(tag.id, sizeof tag.id, "%.15s", dash + 3);
    *dash = '\0';
  }
  return tag;
}

onus_status onus_misp_each_tag(const onus_node *event,
                               onus_status (*take)(void *context, const onus_node *where, const onus_misp_tag *tag,
                                                   onus_error *error),
                               void *context, onus_error *error) {
  EACH(node, onus_node_list(event, "Tag")) {
    const char *name = onus_node_text(node, "name");
    onus_misp_tag tag = read_tag(name ? name : "");
    if (tag.kind != ONUS_MISP_OTHER)
      ONUS_TRY(take(context, node, &tag, error));
  }
  EACH(galaxy, onus_node_list(event, "Galaxy"))
  EACH(cluster, onus_node_list(galaxy, "GalaxyCluster")) {
    const char *name = onus_node_text(cluster, "tag_name");
    onus_misp_tag tag = read_tag(name ? name : "");
    if (tag.kind != ONUS_MISP_OTHER)
      ONUS_TRY(take(context, cluster, &tag, error));
  }
  return ONUS_OK;
}
