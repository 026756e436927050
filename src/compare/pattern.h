/* What an indicator tells of the one who made it, beyond the traces that are looked up (reference/trace.h): how names
 * are built, which words they use, which ports, top-level domains and paths are liked. One of them means little; how
 * many of them two lists share, and how rare they are, is what the infrastructure engine weighs.
 */
#ifndef ONUS_COMPARE_PATTERN_H
#define ONUS_COMPARE_PATTERN_H

#include "reference/trace.h"

typedef enum onus_pattern_kind {
  /* the traces that are looked up */
  ONUS_PATTERN_HOST,
  ONUS_PATTERN_IP,
  ONUS_PATTERN_IP_PORT,
  ONUS_PATTERN_NETWORK,
  ONUS_PATTERN_REGISTERED,
  ONUS_PATTERN_PROVIDER,
  ONUS_PATTERN_PATH,
  ONUS_PATTERN_HASH,
  ONUS_PATTERN_EMAIL,
  ONUS_PATTERN_FINGERPRINT,
  /* words */
  ONUS_PATTERN_NAME,      /* what was registered, without its suffix: "evil" of evil.co.uk */
  ONUS_PATTERN_SUBDOMAIN, /* a label in front of that */
  ONUS_PATTERN_WORD,      /* three letters or more in a row within a label */
  ONUS_PATTERN_SEGMENT,   /* a part of a path */
  ONUS_PATTERN_QUERY_KEY,
  /* pieces: what begins or ends a label ("^", "$") is part of them, digits count as one */
  ONUS_PATTERN_GRAM,      /* three or four characters of a label */
  ONUS_PATTERN_PATH_GRAM, /* four characters of a part of a path */
  /* habits */
  ONUS_PATTERN_WIDE_NETWORK,   /* /16, /32 */
  ONUS_PATTERN_WIDEST_NETWORK, /* /8, /16 */
  ONUS_PATTERN_PORT,
  ONUS_PATTERN_SUFFIX, /* "co.uk"; of a name below a provider its last label */
  ONUS_PATTERN_SHAPE,  /* of the registered name: "a-a9" */
  ONUS_PATTERN_SUFFIX_SHAPE,
  ONUS_PATTERN_LENGTH, /* of the registered name, in steps */
  ONUS_PATTERN_DEPTH,  /* how many labels somebody chose */
  ONUS_PATTERN_HYPHENS,
  ONUS_PATTERN_TYPE, /* address, registered name, name below one, with a path or without, … */
  ONUS_PATTERN_EXTENSION,
  ONUS_PATTERN_PATH_DEPTH,
  ONUS_PATTERN_SEGMENT_SHAPE, /* of the last part of a path */
  ONUS_PATTERN_SIZE,          /* of the whole list, in steps: not of an indicator */
  ONUS_PATTERN_KINDS
} onus_pattern_kind;

#define ONUS_PATTERN_BYTES ONUS_TRACE_KEY_BYTES /* longer ones are cut */

/* `text` lives during the call. Of traces that are looked up it is the key; see onus_trace. */
typedef onus_status onus_take_pattern(void *context, onus_pattern_kind kind, const char *text, onus_error *error);

/* Calls `take` for what one indicator tells, the same thing several times if it is there several times. Names that are
 * everybody's and sinkholes tell nothing. */
ONUS_MUST_CHECK onus_status onus_patterns_of(const onus_indicator *indicator, onus_take_pattern *take, void *context,
                                             onus_error *error);

/* The size of a list as a pattern. `out` holds ONUS_PATTERN_BYTES. */
void onus_pattern_of_size(size_t n_indicators, char *out);

/* "host", "word in a name", …; static. */
const char *onus_pattern_kind_name(onus_pattern_kind kind);

#endif
