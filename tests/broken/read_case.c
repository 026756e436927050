/* Reads one case file and prints what is wrong with it, `line:column: found; remedy`, one a line; what tests/broken
 * compares with its golden files. Exit status: 0 nothing is wrong, 1 something is, 2 it could not be read at all. */
#include <stdio.h>

#include "case/case.h"

int main(int argc, char **argv) {
  if (argc != 2) {
    fputs("usage: read_case FILE\n", stderr);
    return 2;
  }
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_error error = {0};
  onus_status status = onus_case_read(argv[1], &c, &problems, &error);
  for (size_t i = 0; i < onus_problems_count(problems); i++) {
    const onus_problem *problem = onus_problems_get(problems, i);
    printf("%u:%u: %s; %s\n", problem->line, problem->column, problem->found, problem->remedy);
  }
  if (status != ONUS_OK && status != ONUS_BAD_INPUT)
    printf("%u:%u: %s (%s)\n", error.line, error.column, error.text, onus_status_name(status));
  onus_problems_free(problems);
  onus_case_free(c);
  return status == ONUS_OK ? 0 : status == ONUS_BAD_INPUT ? 1 : 2;
}
