#include "cli/findings.h"

#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"

static void print_findings(const onus_verification *verification) {
  static const char *const HEADINGS[] = {"Proven", "Not proven", "Refused"};
  for (int kind = ONUS_FINDING_PROVEN; kind <= ONUS_FINDING_REFUSED; kind++) {
    bool is_first = true;
    for (size_t i = 0; i < onus_verification_count(verification); i++) {
      const onus_finding *finding = onus_verification_get(verification, i);
      if ((int)finding->kind != kind)
        continue;
      if (is_first)
        puts(HEADINGS[kind]);
      is_first = false;
      fputs("  - ", stdout);
      onus_cli_print_safely(stdout, finding->text);
      putchar('\n');
    }
  }
}

static void print_json(const onus_verification *verification, const char *kind) {
  static const char *const KINDS[] = {"proven", "not-proven", "refused"};
  onus_cli_json_begin(kind);
  printf(",\n  \"holds\": %s,\n  \"findings\": [", onus_verification_holds(verification) ? "true" : "false");
  for (size_t i = 0; i < onus_verification_count(verification); i++) {
    const onus_finding *finding = onus_verification_get(verification, i);
    printf("%s\n    {\"kind\": \"%s\", \"about\": \"%s\", \"text\": ", i ? "," : "", KINDS[finding->kind],
           finding->about);
    onus_cli_print_json(stdout, finding->text);
    putchar('}');
  }
  fputs("\n  ]", stdout);
  onus_cli_json_end();
}

int onus_cli_findings_end(onus_verification *verification, const char *kind, const char *complaint) {
  if (kind != NULL)
    print_json(verification, kind);
  else
    print_findings(verification);
  bool holds = onus_verification_holds(verification);
  onus_verification_free(verification);
  if (!holds)
    onus_cli_complain(complaint);
  return holds ? ONUS_CLI_OK : ONUS_CLI_BAD_INPUT;
}
