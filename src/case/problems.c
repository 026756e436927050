/* Problems are found in the order in which the reader needs things, and listed in the order of the file. So that the
 * first ones of the file are (nearly always) among those listed, ten times as many are kept until the end. */
#include "case/problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { KEPT_FACTOR = 10, TEXT_BYTES = 1024, ARENA_BYTES = 16 << 20 };

typedef struct entry {
  onus_problem problem;
  size_t order;
} entry;

struct onus_problems {
  onus_arena *arena;
  const char *path;
  entry *entries;
  size_t count, capacity, n_beyond;
  bool is_out_of_memory;
};

onus_problems *onus_problems_new(const char *path) {
  onus_problems *problems = calloc(1, sizeof *problems);
  if (!problems)
    return NULL;
  problems->arena = onus_arena_new(ARENA_BYTES);
  problems->path = problems->arena ? onus_arena_copy(problems->arena, path, strlen(path)) : NULL;
  if (!problems->path) {
    onus_problems_free(problems);
    return NULL;
  }
  return problems;
}

void onus_problems_free(onus_problems *problems) {
  if (!problems)
    return;
  onus_arena_free(problems->arena);
  free(problems->entries);
  free(problems);
}

bool onus_problems_are_full(const onus_problems *problems) {
  return problems->count >= KEPT_FACTOR * ONUS_PROBLEMS_LISTED;
}

static bool reserve(onus_problems *problems) {
  if (problems->count < problems->capacity)
    return true;
  size_t capacity = problems->capacity ? problems->capacity * 2 : 16;
  entry *grown = realloc(problems->entries, capacity * sizeof *grown);
  if (!grown)
    return false;
  problems->entries = grown;
  problems->capacity = capacity;
  return true;
}

/* A text that was cut may end in the middle of a character. */
static void mend_end(char *text) {
  size_t length = strlen(text), start = length;
  while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
    start--;
  if (start == 0 || (unsigned char)text[start - 1] < 0xC0)
    return;
  unsigned char lead = (unsigned char)text[start - 1];
  size_t width = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (length - (start - 1) < width)
    text[start - 1] = '\0';
}

static void append(onus_problems *problems, unsigned line, unsigned column, char *text) {
  char *remedy = strchr(text, '\n');
  if (remedy)
    *remedy++ = '\0';
  else
    remedy = text + strlen(text);
  onus_problem problem = {.path = problems->path, .line = line, .column = column};
  problem.found = onus_arena_copy(problems->arena, text, strlen(text));
  problem.remedy = onus_arena_copy(problems->arena, remedy, strlen(remedy));
  if (!problem.found || !problem.remedy || !reserve(problems)) {
    problems->is_out_of_memory = true;
    return;
  }
  problems->entries[problems->count] = (entry){problem, problems->count};
  problems->count++;
}

void onus_problems_add(onus_problems *problems, unsigned line, unsigned column, const char *format, va_list arguments) {
  if (onus_problems_are_full(problems)) {
    problems->n_beyond++;
    return;
  }
  char text[TEXT_BYTES];
  if (vsnprintf(text, sizeof text, format, arguments) >= (int)sizeof text)
    mend_end(text);
  append(problems, line, column, text);
}

static int compare_places(const void *left, const void *right) {
  const entry *a = left, *b = right;
  if (a->problem.line != b->problem.line)
    return a->problem.line < b->problem.line ? -1 : 1;
  if (a->problem.column != b->problem.column)
    return a->problem.column < b->problem.column ? -1 : 1;
  return a->order < b->order ? -1 : 1;
}

onus_status onus_problems_finish(onus_problems *problems, onus_error *error) {
  if (problems->count > 1)
    qsort(problems->entries, problems->count, sizeof *problems->entries, compare_places);
  if (problems->count > ONUS_PROBLEMS_LISTED) {
    size_t n_more = problems->n_beyond + problems->count - ONUS_PROBLEMS_LISTED;
    onus_problem last = problems->entries[ONUS_PROBLEMS_LISTED - 1].problem;
    problems->count = ONUS_PROBLEMS_LISTED;
    char text[TEXT_BYTES];
    snprintf(text, sizeof text, "%zu more problems are not listed\nmend the ones above first", n_more);
    append(problems, last.line, last.column, text);
  }
  if (problems->is_out_of_memory)
    return ONUS_FAIL_NO_MEMORY(error);
  if (problems->count == 0)
    return ONUS_OK;
  const onus_problem *first = &problems->entries[0].problem;
  if (problems->count == 1)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, first->path, first->line, first->column, "%s; %s", first->found,
                        first->remedy);
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, first->path, first->line, first->column,
                      "%s; %s (the first of %zu problems)", first->found, first->remedy, problems->count);
}

size_t onus_problems_count(const onus_problems *problems) {
  return problems ? problems->count : 0;
}

const onus_problem *onus_problems_get(const onus_problems *problems, size_t index) {
  return problems && index < problems->count ? &problems->entries[index].problem : NULL;
}

void onus_problems_say(onus_problems *problems, unsigned line, unsigned column, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  onus_problems_add(problems, line, column, format, arguments);
  va_end(arguments);
}

onus_status onus_problems_note_error(onus_problems *problems, const onus_error *found, onus_error *error) {
  const char *split = NULL;
  for (const char *at = found->text; (at = strstr(at, "; ")); at++)
    split = at;
  int length = split ? (int)(split - found->text) : (int)strlen(found->text);
  onus_problems_say(problems, found->line, found->column, "%.*s\n%s", length, found->text, split ? split + 2 : "");
  return onus_problems_finish(problems, error);
}

onus_status onus_problems_hand_out(onus_status status, onus_problems *problems, onus_problems **ret_problems) {
  if (status == ONUS_BAD_INPUT && ret_problems)
    *ret_problems = problems;
  else
    onus_problems_free(problems);
  return status;
}
