/* The document that describes the interface (OpenAPI 3.1), made of the table of routes. */
#ifndef ONUS_SERVER_OPENAPI_H
#define ONUS_SERVER_OPENAPI_H

#include "onus.h"

/* JSON with line ends; free with free. NULL: no memory. */
char *onus_openapi_make(void);

/* The schemas of what is not described by a file in docs/ of its own; JSON. */
extern const char onus_openapi_schemas[];

#endif
