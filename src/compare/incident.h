/* Reading what was found in an incident, in the forms in which analysts have it.
 *
 *     incident   a map of JSON, or one a line (.jsonl): "id", "date", "indicators", "fingerprints", "techniques",
 *                "software", "leave_out"; docs/FORMATS.md
 *     text       one indicator, technique or piece of software a line; "#" begins a remark
 *     csv        a head with a column "indicator", "technique" or "software"
 *     stix       a bundle of STIX 2.x: patterns, observables, techniques and software of ATT&CK
 *     navigator  a layer of the ATT&CK Navigator
 *     misp       an event of MISP
 */
#ifndef ONUS_COMPARE_INCIDENT_H
#define ONUS_COMPARE_INCIDENT_H

#include "compare/compare.h"
#include "reference/import.h"

#define ONUS_INCIDENTS_BYTES ((size_t)256 << 20)

/* Reads `path`; all formats but JSON lines hold one incident. Everything lies in `arena`. `summary` (may be NULL) says
 * which format it was and what was not taken, and why: what is no indicator is passed over, the rest stands.
 * ONUS_BAD_INPUT with a place when the file is broken or nothing is left of it. */
ONUS_MUST_CHECK onus_status onus_incidents_read(const char *path, onus_arena *arena, onus_import_summary *summary,
                                                const onus_incident **ret_incidents, size_t *ret_n, onus_error *error);

/* The same of bytes that are in memory; `path` tells .jsonl and stands in messages. */
ONUS_MUST_CHECK onus_status onus_incidents_parse(const char *path, const char *bytes, size_t length_bytes,
                                                 onus_arena *arena, onus_import_summary *summary,
                                                 const onus_incident **ret_incidents, size_t *ret_n, onus_error *error);

#endif
