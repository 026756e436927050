/* What an indicator leaves to be found again in other reports. */
#ifndef ONUS_REFERENCE_TRACE_H
#define ONUS_REFERENCE_TRACE_H

#include "reference/indicator.h"
#include "reference/suffix.h"

/* Kinds of trace; the letter begins the key. */
typedef enum onus_trace_kind {
  ONUS_TRACE_HOST = 'h',
  ONUS_TRACE_IP = 'i',
  ONUS_TRACE_IP_PORT = 'I',
  ONUS_TRACE_NETWORK = 'n',    /* /24, /48 */
  ONUS_TRACE_REGISTERED = 'r', /* registered domain by the public suffix list; below a provider's suffix the customer's
                                  own name */
  ONUS_TRACE_PROVIDER = 'p',   /* suffix of a dynamic-DNS or hosting provider */
  ONUS_TRACE_PATH = '/',
  ONUS_TRACE_HASH = 'x',
  ONUS_TRACE_EMAIL = '@',
  ONUS_TRACE_FINGERPRINT = 'f'
  /* … naming patterns */
} onus_trace_kind;

#define ONUS_TRACE_KEY_BYTES 300 /* longer ones are cut and hashed */

typedef struct onus_trace {
  onus_trace_kind kind;
  char key[ONUS_TRACE_KEY_BYTES]; /* letter and value, NUL-terminated; what the store is asked for */
} onus_trace;

/* Calls `take` for each trace of an indicator, none twice. A host is one with and without "www."; a path that is the
 * same everywhere ("/") is told by its query. */
ONUS_MUST_CHECK onus_status onus_traces_of(const onus_indicator *indicator,
                                           onus_status (*take)(void *context, const onus_trace *trace,
                                                               onus_error *error),
                                           void *context, onus_error *error);
/* The same for one of many indicators, with what is remembered of the names before it. */
ONUS_MUST_CHECK onus_status onus_traces_with(onus_suffixes *suffixes, const onus_indicator *indicator,
                                             onus_status (*take)(void *context, const onus_trace *trace,
                                                                 onus_error *error),
                                             void *context, onus_error *error);

/* What a host belongs to, by provider_domains and the public suffix list. */
typedef enum onus_provider_class {
  ONUS_PROVIDER_NONE,
  ONUS_PROVIDER_DYNAMIC_DNS,
  ONUS_PROVIDER_HOSTING,  /* free web hosting, and private suffixes of the public suffix list */
  ONUS_PROVIDER_SINKHOLE, /* security firms' own */
  ONUS_PROVIDER_COMMON    /* names that warning lists hold to be everybody's: google.com, … */
} onus_provider_class;

/* All that the three calls below say of a host. */
typedef struct onus_host {
  const char *registered, *suffix;
  onus_provider_class provider;
} onus_host;

onus_host onus_host_read(onus_suffixes *suffixes, const char *host);

/* `host` in its normal form (indicator.h). */
onus_provider_class onus_provider_of(const char *host);
/* The part of `host` that is the provider's, which may be all of it; NULL if there is no provider. */
const char *onus_provider_suffix(const char *host, onus_provider_class *ret_provider);
/* What somebody registered of `host`: one name below a public suffix or below a provider's; NULL if `host` is such a
 * suffix itself. */
const char *onus_provider_registered(const char *host);
const char *onus_provider_class_name(onus_provider_class provider); /* static */

#endif
