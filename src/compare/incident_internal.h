/* An incident under construction; one file for each family of formats. */
#ifndef ONUS_COMPARE_INCIDENT_INTERNAL_H
#define ONUS_COMPARE_INCIDENT_INTERNAL_H

#include "compare/incident.h"
#include "document/document.h"
#include "reference/lines.h"

typedef struct onus_incident_texts {
  const char **items;
  size_t n, capacity;
} onus_incident_texts;

typedef struct onus_incident_reading {
  const char *path;
  onus_arena *arena;
  onus_import_summary *summary; /* never NULL */
  onus_error *error;
  unsigned first_line; /* of a document that is one line of a file: that line, else 0 */
  /* the incident */
  const char *id;
  onus_period period;
  onus_incident_texts indicators, ttps, leave_out;
} onus_incident_reading;

/* `text` is an indicator, or refused. */
ONUS_MUST_CHECK onus_status onus_incident_indicator(onus_incident_reading *r, const onus_line *text);
/* `text` is the upstream id of a technique or of software ("T1059.003", "S0154"), or refused. */
ONUS_MUST_CHECK onus_status onus_incident_ttp(onus_incident_reading *r, const onus_line *text);
ONUS_MUST_CHECK onus_status onus_incident_leave_out(onus_incident_reading *r, const onus_line *text);
void onus_incident_refuse(onus_incident_reading *r, const onus_line *text, const char *why);

/* Id and day, where a format has them; NULL without. */
ONUS_MUST_CHECK onus_status onus_incident_name(onus_incident_reading *r, const char *id, const char *date);

/* A scalar of a document as a line, with its place in the file. */
onus_line onus_incident_node(const onus_incident_reading *r, const onus_node *node);

/* Fills the reading from a document's root. */
typedef onus_status onus_incident_take(onus_incident_reading *r, const onus_node *root);
onus_incident_take onus_incident_take_map, onus_incident_take_navigator, onus_incident_take_stix,
    onus_incident_take_misp;

#endif
