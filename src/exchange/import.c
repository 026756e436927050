/* Files that others wrote become a case: each is recognised, all STIX objects are gathered before any is used, and what
 * comes out is checked like any other case before it is handed out. Nothing is fetched and nothing in a file is obeyed.
 *
 * A folder is made beside its final name and renamed when it is whole, so that it is there completely or not at all.
 */
#include "exchange/import.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "case/case.h"
#include "document/quote.h"
#include "exchange/import_internal.h"

enum { MOST_FILES = 200 };

struct onus_case_imported {
  onus_foreign_file *files;
  size_t n_files;
  bool keeps_files; /* they hold more than our own case */
  onus_draft draft;
  onus_own_case own;
  onus_text yaml;
};

void onus_case_imported_free(onus_case_imported *import) {
  if (!import)
    return;
  for (size_t i = 0; i < import->n_files; i++)
    onus_text_free(&import->files[i].text);
  free(import->files);
  onus_own_case_end(&import->own);
  onus_draft_end(&import->draft);
  onus_text_free(&import->yaml);
  free(import);
}

const char *onus_case_imported_text(const onus_case_imported *import) {
  return import->yaml.bytes;
}

const char *onus_case_imported_note(const onus_case_imported *import, size_t index) {
  return index < import->draft.notes.n ? ((const char *const *)import->draft.notes.items)[index] : NULL;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static onus_status read_files(onus_case_imported *import, const char *const *paths, size_t n_paths, onus_error *error) {
  if (n_paths == 0 || n_paths > MOST_FILES)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%zu files; name from 1 to %d", n_paths, MOST_FILES);
  import->files = calloc(n_paths, sizeof *import->files);
  if (!import->files)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n_paths; i++) {
    onus_foreign_file *file = &import->files[i];
    file->path = onus_draft_copy(&import->draft, paths[i]);
    if (!file->path)
      return ONUS_FAIL_NO_MEMORY(error);
    ONUS_TRY(onus_file_read(paths[i], ONUS_BUNDLE_BYTES, &file->text, error));
    import->n_files++;
    ONUS_TRY(onus_imported_recognise(file->path, &file->text, &file->kind, error));
  }
  return ONUS_OK;
}

static onus_status make_own(onus_case_imported *import, const onus_gathered *gathered, const onus_node **ret_tree,
                            onus_error *error) {
  onus_draft *draft = &import->draft;
  for (size_t i = 0; i < import->n_files; i++)
    if (import->files[i].kind != ONUS_IMPORTED_STIX)
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, import->files[i].path, 0, 0,
                          "stands beside a case of onus in %s; import the two one after the other",
                          onus_quote_string(onus_gathered_own(gathered)->path).text);
  ONUS_TRY(onus_draft_own(onus_gathered_own(gathered), draft->arena, &import->own, error));
  ONUS_TRY(onus_own_opinions(gathered, &import->own, draft, error));
  *ret_tree = import->own.tree;
  if (draft->sources.n || draft->statements.n || draft->positions.n)
    *ret_tree = onus_draft_extend(draft, import->own.tree);
  import->keeps_files = import->own.n_foreign > 0 || import->n_files > 1;
  return draft->build.has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

static onus_status make_draft(onus_case_imported *import, onus_gathered *gathered, const char *subject,
                              const onus_node **ret_tree, onus_error *error) {
  ONUS_TRY(onus_draft_stix(gathered, subject, &import->draft, error));
  for (size_t i = 0; i < import->n_files; i++) {
    if (import->files[i].kind == ONUS_IMPORTED_MISP)
      ONUS_TRY(onus_draft_misp(&import->files[i], &import->draft, error));
    if (import->files[i].kind == ONUS_IMPORTED_CSV)
      ONUS_TRY(onus_draft_csv(&import->files[i], &import->draft, error));
  }
  import->keeps_files = true;
  return onus_draft_case(&import->draft, import->files[0].path, ret_tree, error);
}

/* --- a case in its usual order ----------------------------------------------------------------------------------- */

static unsigned rank_of(const char *key) {
  static const char *const ORDER[] = {
      "onus",         "id",          "title",        "question",
      "name",         "tlp",         "about",        "hypotheses",
      "propositions", "sources",     "undercutters", "scales",
      "standards",    "evidence",    "questions",    "positions",
      "source",       "credibility", "known",        "observed",
      "retracted",    "likelihood",  "ratio",        "strength",
      "says",         "compute",     "from",         "repeats",
      "sealed",       "vouched",     "unseen",       "would_say_anyway",
      "forgeable",    "undercut",    "reasons",      "attachments",
  };
  unsigned i = 0;
  while (i < sizeof ORDER / sizeof *ORDER && strcmp(ORDER[i], key) != 0)
    i++;
  return i;
}

static const onus_node *in_order(onus_build *build, const onus_node *map) {
  enum { MOST = 64 };
  const onus_node *children[MOST];
  size_t n = 0;
  if (map->kind != ONUS_NODE_MAP || map->n_children > MOST)
    return map;
  for (const onus_node *child = map->first; child; child = child->next) {
    size_t at = n++;
    for (; at > 0 && rank_of(children[at - 1]->key) > rank_of(child->key); at--)
      children[at] = children[at - 1];
    children[at] = child;
  }
  onus_branch ordered = onus_build_map(build);
  for (size_t i = 0; i < n; i++)
    onus_build_put(build, &ordered, children[i]->key, children[i]);
  return ordered.node ? ordered.node : map;
}

/* The top and the members of its lists; what they hold keeps its order. */
static const onus_node *case_in_order(onus_build *build, const onus_node *tree) {
  const onus_node *top = in_order(build, tree);
  onus_branch map = onus_build_map(build);
  for (const onus_node *child = top->first; child; child = child->next) {
    const onus_node *value = child;
    if (child->kind == ONUS_NODE_LIST) {
      onus_branch list = onus_build_list(build);
      for (const onus_node *member = child->first; member; member = member->next)
        onus_build_add(build, &list, in_order(build, member));
      value = list.node;
    }
    onus_build_put(build, &map, child->key, value);
  }
  return map.node;
}

static onus_status check_and_write(onus_case_imported *import, const onus_node *tree, onus_error *error) {
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_status status = onus_case_from_tree(import->files[0].path, NULL, tree, &c, &problems, error);
  onus_problems_free(problems);
  onus_case_free(c);
  if (status != ONUS_OK)
    return status;
  onus_build *build = &import->draft.build;
  const onus_node *ordered = case_in_order(build, tree);
  onus_buffer out = onus_buffer_new(ONUS_DOCUMENT_BYTES);
  if (ordered && !build->has_failed)
    onus_document_write_yaml(&out, ordered);
  else
    out.status = ONUS_NO_MEMORY;
  return onus_buffer_take(&out, &import->yaml, error);
}

static onus_status import_all(onus_case_imported *import, const char *const *paths, size_t n_paths,
                              const onus_case_import_options *options, onus_error *error) {
  onus_moment now;
  ONUS_TRY(onus_exchange_now(options->now, &now, error));
  ONUS_TRY(onus_draft_begin(&import->draft, now, error));
  ONUS_TRY(read_files(import, paths, n_paths, error));
  onus_gathered *gathered = onus_gathered_new();
  onus_status status = gathered ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < import->n_files && status == ONUS_OK; i++)
    if (import->files[i].kind == ONUS_IMPORTED_STIX)
      status = onus_gather_stix(gathered, &import->files[i], error);
  const onus_node *tree = NULL;
  if (status == ONUS_OK)
    status = onus_gathered_own(gathered) ? make_own(import, gathered, &tree, error)
                                         : make_draft(import, gathered, options->subject, &tree, error);
  onus_gathered_free(gathered);
  return status == ONUS_OK ? check_and_write(import, tree, error) : status;
}

onus_status onus_exchange_import(const char *const *paths, size_t n_paths, const onus_case_import_options *options,
                                 onus_case_imported **ret_imported, onus_error *error) {
  onus_case_imported *import = calloc(1, sizeof *import);
  if (!import)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = import_all(import, paths, n_paths, options, error);
  if (status == ONUS_OK)
    *ret_imported = import;
  else
    onus_case_imported_free(import);
  return status;
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

/* Makes the folders above `path`, which lies in our own new folder: nobody has put links there. */
static onus_status make_folders(char *path, size_t from, onus_error *error) {
  for (char *slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    int failed = mkdir(path, 0777) != 0 && errno != EEXIST;
    onus_status status = failed ? ONUS_FAIL_IO(error, path, "cannot be made") : ONUS_OK;
    *slash = '/';
    ONUS_TRY(status);
  }
  return ONUS_OK;
}

static onus_status put_file(const char *folder, const char *name, const void *bytes, size_t length_bytes,
                            onus_error *error) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, name, 0, 0, "the path is too long; choose a shorter one");
  ONUS_TRY(make_folders(path, strlen(folder) + 1, error));
  return onus_file_write(path, bytes, length_bytes, error);
}

/* Whether a name from a bundle stays inside the folder and out of the way of what is put there by us. */
static bool is_safe_name(const char *name) {
  if (name[0] == '\0' || name[0] == '/' || strncmp(name, "case.", 5) == 0 || strncmp(name, "imported/", 9) == 0)
    return false;
  for (const char *at = name; at;) {
    const char *slash = strchr(at, '/');
    size_t length = slash ? (size_t)(slash - at) : strlen(at);
    if (length == 0 || (at[0] == '.' && (length == 1 || (length == 2 && at[1] == '.'))))
      return false;
    at = slash ? slash + 1 : NULL;
  }
  return true;
}

/* The name that a file of the import has in the case: with its number, so that two of one name both find room. */
static bool name_imported(const onus_case_imported *import, size_t index, char *out, size_t out_bytes) {
  const char *path = import->files[index].path, *slash = strrchr(path, '/');
  return snprintf(out, out_bytes, "imported/%03zu-%s", index + 1, slash ? slash + 1 : path) < (int)out_bytes;
}

static onus_status put_imported(const onus_case_imported *import, const char *folder, onus_error *error) {
  for (size_t i = 0; i < import->n_files; i++) {
    const onus_foreign_file *file = &import->files[i];
    char name[PATH_MAX];
    if (!name_imported(import, i, name, sizeof name))
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, file->path, 0, 0, "the name is too long; choose a shorter one");
    ONUS_TRY(put_file(folder, name, file->text.bytes, file->text.length, error));
  }
  return ONUS_OK;
}

/* Removes a file and the folders above it that are empty then. */
static void remove_file(const char *folder, const char *name) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
    return;
  (void)unlink(path);
  for (char *slash; (slash = strrchr(path, '/')) && slash > path + strlen(folder);) {
    *slash = '\0';
    (void)rmdir(path);
  }
}

/* Without memory, for there may be none left. */
static void remove_folder(const onus_case_imported *import, const char *folder) {
  char name[PATH_MAX];
  for (size_t i = 0; i < import->own.n_files; i++)
    if (is_safe_name(import->own.files[i].path))
      remove_file(folder, import->own.files[i].path);
  for (size_t i = 0; i < import->n_files; i++)
    if (name_imported(import, i, name, sizeof name))
      remove_file(folder, name);
  remove_file(folder, "case.yaml");
  (void)rmdir(folder);
}

static onus_status fill_folder(const onus_case_imported *import, const char *folder, onus_error *error) {
  ONUS_TRY(put_file(folder, "case.yaml", import->yaml.bytes, import->yaml.length, error));
  for (size_t i = 0; i < import->own.n_files; i++) {
    const onus_own_file *file = &import->own.files[i];
    if (!is_safe_name(file->path))
      return ONUS_FAIL_AT(
          error, ONUS_BAD_INPUT, import->files[0].path, 0, 0,
          "the bundle would write the file %s; only files inside the folder of the case, beside its own, "
          "are accepted",
          onus_quote_string(file->path).text);
    ONUS_TRY(put_file(folder, file->path, file->bytes, file->length_bytes, error));
  }
  if (import->keeps_files)
    ONUS_TRY(put_imported(import, folder, error));
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_status status = onus_case_read(folder, &c, &problems, error);
  onus_problems_free(problems);
  onus_case_free(c);
  return status;
}

onus_status onus_exchange_import_write(const onus_case_imported *import, const char *directory, onus_error *error) {
  char folder[PATH_MAX];
  size_t length = strlen(directory);
  while (length > 1 && directory[length - 1] == '/')
    length--;
  if (length == 0 || snprintf(folder, sizeof folder, "%.*s.XXXXXX", (int)length, directory) >= (int)sizeof folder)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, directory, 0, 0, "no name for a folder; name one");
  if (!mkdtemp(folder))
    return ONUS_FAIL_IO(error, directory, "cannot be made");
  onus_status status = fill_folder(import, folder, error);
  mode_t mask = umask(0);
  (void)umask(mask);
  if (status == ONUS_OK && chmod(folder, 0777 & ~mask) != 0)
    status = ONUS_FAIL_IO(error, directory, "cannot be made");
  if (status == ONUS_OK && rename(folder, directory) != 0)
    status = errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR
                 ? ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, directory, 0, 0,
                                "is there already; name a folder that is not there, or an empty one")
                 : ONUS_FAIL_IO(error, directory, "cannot be made");
  if (status != ONUS_OK)
    remove_folder(import, folder);
  return status;
}
