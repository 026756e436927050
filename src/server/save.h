/* A text becomes a version: it is checked as the program checks it, put together with what others wrote meanwhile, and
 * kept. */
#ifndef ONUS_SERVER_SAVE_H
#define ONUS_SERVER_SAVE_H

#include "server/case_store.h"

/* What a case file says of itself. */
typedef struct onus_case_heading {
  char *title, *question;
} onus_case_heading;

void onus_case_heading_free(onus_case_heading *heading);

/* Reads the text with its files as a case. ONUS_BAD_INPUT with *ret_problems, or without when the text itself holds
 * what is sealed: then everybody who may read the case would read it. `ret_heading` may be NULL. */
ONUS_MUST_CHECK onus_status onus_save_check(const char *path, const char *text, size_t text_bytes,
                                            const onus_case_files *files, onus_case_heading *ret_heading,
                                            onus_problems **ret_problems, onus_error *error);

/* A new case with its first version; answers 201 or why not. */
void onus_save_case(onus_request *request, const char *case_id, const char *note, const char *path, const char *text,
                    size_t text_bytes, const onus_case_files *files);

/* What an edit says. */
typedef struct onus_edit {
  int64_t base;         /* the version that was edited */
  const char *note;     /* may be NULL */
  const char *text;     /* the case file, or NULL: */
  const char *document; /* JSON; may be NULL too when only files change */
  size_t text_bytes, document_bytes;
  onus_case_files files;      /* to be put beside it, in place of those of the same path */
  const char *const *removed; /* paths of files to be removed */
  size_t n_removed;
} onus_edit;

/* Answers 201 with the new version, 200 when nothing changed, 409 with conflicts, 422 with problems. */
void onus_save_edit(onus_request *request, const onus_edit *edit);
/* The same without keeping anything: 200 with no problems, or 422. */
void onus_save_try(onus_request *request, const onus_edit *edit);

#endif
