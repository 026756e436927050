/* The reader of cases, on bytes as YAML and as JSON. Files that a case names are not looked up. */
#include "case/case.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (int is_json = 0; is_json < 2; is_json++) {
    onus_case *c = NULL;
    onus_problems *problems = NULL;
    onus_error error = {0};
    onus_status status = onus_case_parse("fuzz", NULL, (const char *)data, size, is_json == 1, &c, &problems, &error);
    if (status == ONUS_OK ? c == NULL : c != NULL || error.text[0] == '\0')
      abort();
    for (size_t i = 0; problems != NULL && i < onus_problems_count(problems); i++)
      if (onus_problems_get(problems, i)->line == 0)
        abort();
    onus_problems_free(problems);
    onus_case_free(c);
  }
  return 0;
}
