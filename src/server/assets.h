/* The files of the page, which are part of the program. */
#ifndef ONUS_SERVER_ASSETS_H
#define ONUS_SERVER_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct onus_asset {
  const char *path;           /* as it is asked for: "/", "/assets/app.js" */
  const char *type;           /* "text/html; charset=utf-8" */
  const char *etag;           /* in its quotes */
  const unsigned char *bytes; /* gzipped */
  size_t length_bytes;
  bool is_immutable; /* its name has a digest in it */
} onus_asset;

extern const onus_asset onus_assets[];
extern const size_t onus_assets_count;

#endif
