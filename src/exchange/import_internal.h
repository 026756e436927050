/* What the readers of foreign formats share. */
#ifndef ONUS_EXCHANGE_IMPORT_INTERNAL_H
#define ONUS_EXCHANGE_IMPORT_INTERNAL_H

#include "exchange/bundle.h"
#include "exchange/draft_internal.h"
#include "exchange/import.h"

/* A file of the import, read whole. */
typedef struct onus_foreign_file {
  const char *path;
  onus_imported_kind kind;
  onus_text text;
} onus_foreign_file;

/* --- STIX (stix_gather.c, stix_import.c) --- */

typedef struct onus_gathered onus_gathered;

onus_gathered *onus_gathered_new(void);
void onus_gathered_free(onus_gathered *gathered);
/* Takes in one bundle. Later versions of an object replace earlier ones, whatever file they are in. */
ONUS_MUST_CHECK onus_status onus_gather_stix(onus_gathered *gathered, const onus_foreign_file *file, onus_error *error);
/* Statements, opinions and notes out of all that was gathered. `subject`: id or name of what the attributions are
 * about; NULL: of everything. */
ONUS_MUST_CHECK onus_status onus_draft_stix(onus_gathered *gathered, const char *subject, onus_draft *draft,
                                            onus_error *error);
/* The file that holds a case of onus; NULL: none does. */
const onus_foreign_file *onus_gathered_own(const onus_gathered *gathered);

/* --- a case of our own (stix_own.c) --- */

/* A file of the case. */
typedef struct onus_own_file {
  const char *path;
  const unsigned char *bytes;
  size_t length_bytes;
} onus_own_file;

typedef struct onus_own_case {
  const onus_node *tree;
  onus_own_file *files;
  size_t n_files;
  onus_table *parts;       /* STIX identifier to an index of the names below */
  const char **part_kinds; /* "item", "attribution", "case", "attack" */
  const char **part_keys;
  size_t n_parts;
  size_t n_foreign; /* objects in the bundle that are not ours */
} onus_own_case;

ONUS_MUST_CHECK onus_status onus_draft_own(const onus_foreign_file *file, onus_arena *arena, onus_own_case *ret_own,
                                           onus_error *error);
void onus_own_case_end(onus_own_case *own);
/* Opinions of others on its parts become sources, statements and positions of the draft. */
ONUS_MUST_CHECK onus_status onus_own_opinions(const onus_gathered *gathered, const onus_own_case *own,
                                              onus_draft *draft, onus_error *error);

/* --- MISP and CSV --- */

ONUS_MUST_CHECK onus_status onus_draft_misp(const onus_foreign_file *file, onus_draft *draft, onus_error *error);
ONUS_MUST_CHECK onus_status onus_draft_csv(const onus_foreign_file *file, onus_draft *draft, onus_error *error);

#endif
