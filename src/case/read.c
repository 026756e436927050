/* Reads a case: bytes to a tree (document), the tree to a case, in the order of dependence — hypotheses before what
 * refers to them, scales before the grades that stand for them. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "case/reader_internal.h"

/* --- a case as memory -------------------------------------------------------------------------------------------- */

void onus_case_free(onus_case *c) {
  if (!c)
    return;
  if (c->base) { /* the tables are its base's */
    onus_arena_free(c->arena);
    onus_arena_free(c->document_arena);
    free(c);
    return;
  }
  onus_table_free(c->hypothesis_ids);
  onus_table_free(c->proposition_ids);
  onus_table_free(c->source_ids);
  onus_table_free(c->undercutter_ids);
  onus_table_free(c->item_ids);
  onus_table_free(c->position_ids);
  onus_arena_free(c->arena);
  onus_arena_free(c->document_arena);
  free(c);
}

static onus_case *case_new(void) {
  onus_case *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->arena = onus_arena_new(ONUS_CASE_ARENA_BYTES);
  c->hypothesis_ids = onus_table_new();
  c->proposition_ids = onus_table_new();
  c->source_ids = onus_table_new();
  c->undercutter_ids = onus_table_new();
  c->item_ids = onus_table_new();
  c->position_ids = onus_table_new();
  c->about_hypothesis = c->about_proposition = c->open_hypothesis = ONUS_NONE;
  if (c->arena && c->hypothesis_ids && c->proposition_ids && c->source_ids && c->undercutter_ids && c->item_ids &&
      c->position_ids)
    return c;
  onus_case_free(c);
  return NULL;
}

/* --- a tree as a case -------------------------------------------------------------------------------------------- */

static void read_version(onus_cursor *cursor) {
  const onus_node *node = onus_take_required(cursor, "onus", "begin with `onus: 1`, the version of the format");
  if (!node)
    return;
  bool is_one = node->kind == ONUS_NODE_NUMBER && node->is_integer && node->number >= 1 && node->number <= 1;
  if (!is_one)
    onus_complain(cursor->reader, node, "%s\nwrite 1, the version of the format that this program reads",
                  onus_describe(node).text);
}

static void read_root(onus_reader *reader, const onus_node *root) {
  onus_case *c = reader->c;
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, root, "a case"))
    return;
  read_version(&cursor);
  c->title = onus_read_text(reader, onus_take_required(&cursor, "title", "give the case a title"), "`title`");
  c->question =
      onus_read_text(reader, onus_take_required(&cursor, "question", "say what the case is to answer"), "`question`");
  c->tlp = onus_read_tlp(reader, onus_take(&cursor, "tlp"));
  onus_read_hypotheses(reader, onus_take_required(&cursor, "hypotheses", "list the possible answers"));
  onus_read_propositions(reader, onus_take(&cursor, "propositions"));
  const onus_node *about = onus_take(&cursor, "about");
  if (about && reader->status == ONUS_OK)
    (void)onus_read_claim(reader, about, &c->about_hypothesis, &c->about_proposition);
  onus_read_scales(reader, onus_take(&cursor, "scales"));
  onus_read_sources(reader, onus_take_required(&cursor, "sources", "list who the evidence comes from"));
  onus_read_undercutters(reader, onus_take(&cursor, "undercutters"));
  const onus_node *evidence = onus_take_required(&cursor, "evidence", "list the evidence, or write `evidence: []`");
  onus_read_evidence(reader, evidence);
  onus_read_questions(reader, onus_take(&cursor, "questions"));
  onus_read_standards(reader, onus_take(&cursor, "standards"));
  onus_read_positions(reader, onus_take(&cursor, "positions"));
  onus_cursor_close(&cursor);
  onus_read_opened(reader, evidence);
  onus_read_computed(reader, evidence);
}

static const char *copy_string(onus_reader *reader, const char *string) {
  return string ? onus_reader_copy(reader, string, strlen(string)) : NULL;
}

/* Where a case lies and how much of it is wanted. */
typedef struct request {
  const char *directory; /* NULL: files are not looked up */
  bool is_uncomputed;
} request;

static onus_status read_tree(const char *path, request wanted, const onus_node *root, onus_problems *problems,
                             onus_case **ret_case, onus_error *error) {
  const char *directory = wanted.directory;
  onus_reader reader = {
      .c = case_new(), .problems = problems, .directory = directory, .is_uncomputed = wanted.is_uncomputed};
  if (!reader.c)
    return ONUS_FAIL_NO_MEMORY(error);
  reader.c->path = copy_string(&reader, path);
  reader.c->directory = copy_string(&reader, directory);
  if (reader.status == ONUS_OK)
    read_root(&reader, root);
  free(reader.real_directory);
  onus_status status = reader.status;
  if (status == ONUS_OK)
    status = onus_problems_finish(problems, error);
  else if (status == ONUS_LIMIT)
    status = ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0,
                          "the case takes more than %zu MiB; list fewer items, hypotheses or positions",
                          ONUS_CASE_ARENA_BYTES >> 20);
  else
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    *ret_case = reader.c;
  else
    onus_case_free(reader.c);
  return status;
}

/* --- bytes as a tree --------------------------------------------------------------------------------------------- */

static onus_status parse(const char *path, request wanted, const char *bytes, size_t length_bytes, bool is_json,
                         onus_case **ret_case, onus_problems **ret_problems, onus_error *error) {
  onus_problems *problems = onus_problems_new(path);
  onus_arena *arena = onus_arena_new(ONUS_DOCUMENT_TREE_BYTES);
  onus_status status = problems && arena ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  const onus_node *root = NULL;
  if (status == ONUS_OK) {
    onus_error found = {0};
    status = (is_json ? onus_document_parse_json : onus_document_parse_yaml)(path, bytes, length_bytes, arena, &root,
                                                                             &found);
    if (status == ONUS_BAD_INPUT)
      status = onus_problems_note_error(problems, &found, error);
    else if (status != ONUS_OK && error)
      *error = found;
  }
  onus_case *c = NULL;
  if (status == ONUS_OK)
    status = read_tree(path, wanted, root, problems, &c, error);
  if (status == ONUS_OK) {
    c->document_arena = arena;
    c->document = root;
    *ret_case = c;
  } else {
    onus_arena_free(arena);
  }
  return onus_problems_hand_out(status, problems, ret_problems);
}

onus_status onus_case_from_tree(const char *path, const char *directory, const onus_node *root, onus_case **ret_case,
                                onus_problems **ret_problems, onus_error *error) {
  onus_problems *problems = onus_problems_new(path);
  if (!problems)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = read_tree(path, (request){.directory = directory}, root, problems, ret_case, error);
  return onus_problems_hand_out(status, problems, ret_problems);
}

onus_status onus_case_parse(const char *path, const char *directory, const char *bytes, size_t length_bytes,
                            bool is_json, onus_case **ret_case, onus_problems **ret_problems, onus_error *error) {
  return parse(path, (request){.directory = directory}, bytes, length_bytes, is_json, ret_case, ret_problems, error);
}

/* --- where a case lies ------------------------------------------------------------------------------------------- */

static onus_status read_file(const char *path, request wanted, onus_case **ret_case, onus_problems **ret_problems,
                             onus_error *error) {
  bool is_json = onus_file_has_ending(path, ".json");
  if (!is_json && !onus_file_has_ending(path, ".yaml") && !onus_file_has_ending(path, ".yml"))
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0,
                        "the name ends with neither .yaml, .yml nor .json; name a file that does, or the folder of a "
                        "case");
  onus_text text;
  ONUS_TRY(onus_file_read(path, ONUS_DOCUMENT_BYTES, &text, error));
  onus_status status = parse(path, wanted, text.bytes, text.length, is_json, ret_case, ret_problems, error);
  onus_text_free(&text);
  return status;
}

static onus_status fail_ambiguous(const char *folder, const char *first, const char *second,
                                  onus_problems **ret_problems, onus_error *error) {
  onus_problems *problems = onus_problems_new(folder);
  if (!problems)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_problems_say(problems, 0, 0, "the folder holds both %s and %s\nkeep one of the two", first, second);
  return onus_problems_hand_out(onus_problems_finish(problems, error), problems, ret_problems);
}

static onus_status read_folder(const char *folder, bool is_uncomputed, onus_case **ret_case,
                               onus_problems **ret_problems, onus_error *error) {
  static const char *const NAMES[] = {"case.yaml", "case.yml", "case.json"};
  char path[PATH_MAX], found_path[PATH_MAX] = "";
  const char *found = NULL;
  size_t length = strlen(folder);
  const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    struct stat info;
    if (snprintf(path, sizeof path, "%s%s%s", folder, slash, NAMES[i]) >= (int)sizeof path)
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
    if (stat(path, &info) != 0)
      continue;
    if (found)
      return fail_ambiguous(folder, found, NAMES[i], ret_problems, error);
    found = NAMES[i];
    memcpy(found_path, path, sizeof path);
  }
  if (!found)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0,
                        "the folder holds neither case.yaml, case.yml nor case.json; name the folder of a case");
  return read_file(found_path, (request){folder, is_uncomputed}, ret_case, ret_problems, error);
}

static onus_status read_any(const char *path, bool is_uncomputed, onus_case **ret_case, onus_problems **ret_problems,
                            onus_error *error) {
  struct stat info;
  if (stat(path, &info) != 0) {
    int number = errno;
    return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "%s; name the folder of a case, or its file", strerror(number));
  }
  if (S_ISDIR(info.st_mode))
    return read_folder(path, is_uncomputed, ret_case, ret_problems, error);
  char directory[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t length = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
  if (length >= sizeof directory)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0, "the path is too long; name a shorter one");
  memcpy(directory, path, length);
  directory[length] = '\0';
  return read_file(path, (request){slash ? directory : ".", is_uncomputed}, ret_case, ret_problems, error);
}

onus_status onus_case_read(const char *path, onus_case **ret_case, onus_problems **ret_problems, onus_error *error) {
  return read_any(path, false, ret_case, ret_problems, error);
}

onus_status onus_case_read_uncomputed(const char *path, onus_case **ret_case, onus_problems **ret_problems,
                                      onus_error *error) {
  return read_any(path, true, ret_case, ret_problems, error);
}
