/* Events of MISP, as its exports and its interface give them. */
#ifndef ONUS_REFERENCE_MISP_H
#define ONUS_REFERENCE_MISP_H

#include "document/document.h"

/* Calls `take` for each event of {"Event": …}, {"response": [{"Event": …}, …]} or a list of either. */
ONUS_MUST_CHECK onus_status onus_misp_each_event(const onus_node *root,
                                                 onus_status (*take)(void *context, const onus_node *event,
                                                                     onus_error *error),
                                                 void *context, onus_error *error);
/* Whether it has one. */
bool onus_misp_has_event(const onus_node *root);

/* Calls `take` for each attribute of an event, in objects too, that was not deleted. */
ONUS_MUST_CHECK onus_status onus_misp_each_attribute(const onus_node *event,
                                                     onus_status (*take)(void *context, const onus_node *attribute,
                                                                         onus_error *error),
                                                     void *context, onus_error *error);

/* Calls `take` for each indicator in an attribute: one, or two as in "domain|ip". *ret_n: how many, 0 if its type
 * ("comment", "yara", …) is of nothing that leaves a trace. */
ONUS_MUST_CHECK onus_status onus_misp_each_indicator(const onus_node *attribute,
                                                     onus_status (*take)(void *context, const onus_node *attribute,
                                                                         const char *text, size_t text_bytes,
                                                                         onus_error *error),
                                                     void *context, size_t *ret_n, onus_error *error);

/* Whether clusters of a galaxy of that type, such as "mitre-intrusion-set", are actors. */
bool onus_misp_is_actor_galaxy(const char *type, size_t type_bytes);

#define ONUS_MISP_NAME_BYTES 512

/* What a tag of a galaxy names: misp-galaxy:mitre-intrusion-set="APT1 - G0006". */
typedef enum onus_misp_tag_kind { ONUS_MISP_OTHER, ONUS_MISP_ACTOR, ONUS_MISP_TTP } onus_misp_tag_kind;
typedef struct onus_misp_tag {
  onus_misp_tag_kind kind;
  char name[ONUS_MISP_NAME_BYTES]; /* "APT1" */
  char id[16];                     /* "G0006"; "" without */
} onus_misp_tag;

/* Calls `take` for each such tag of an event, its attributes left out, whether it stands under "Tag" or "Galaxy". */
ONUS_MUST_CHECK onus_status onus_misp_each_tag(const onus_node *event,
                                               onus_status (*take)(void *context, const onus_node *where,
                                                                   const onus_misp_tag *tag, onus_error *error),
                                               void *context, onus_error *error);

#endif
