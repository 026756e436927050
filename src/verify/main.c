/* onus-verify: checks a signed case, or a proof, with nothing but libonus-verify and libsodium.
 *
 *   onus-verify [--key PUBLIC-KEY]… [--since FILE] CASE|PROOF
 *
 * Prints what is proven, what is not and what is refused. Ends with 0 when nothing is refused, 2 when something is, 1
 * when the system failed. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "onus.h"

enum { KEYS = 64 };

/* Nothing from a file reaches the terminal raw: only printable ASCII and what is UTF-8 beyond U+009F would be safe, and
 * of that only ASCII is let through here, to keep this short. */
static void print_safely(FILE *stream, const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c; c++)
    if (*c >= 0x20 && *c < 0x7F)
      fputc(*c, stream);
    else
      fprintf(stream, "\\x%02X", *c);
}

static int usage(void) {
  fputs("usage: onus-verify [--key PUBLIC-KEY]... [--since FILE] CASE|PROOF\n", stderr);
  return 2;
}

static int print_findings(const onus_verification *verification) {
  static const char *const WORDS[] = {"proven:     ", "not proven: ", "REFUSED:    "};
  for (size_t kind = 0; kind < 3; kind++)
    for (size_t i = 0; i < onus_verification_count(verification); i++) {
      const onus_finding *finding = onus_verification_get(verification, i);
      if ((size_t)finding->kind != kind)
        continue;
      fputs(WORDS[kind], stdout);
      print_safely(stdout, finding->text);
      putchar('\n');
    }
  if (onus_verification_holds(verification))
    return 0;
  puts("It is not as it was signed.");
  return 2;
}

int main(int argc, char **argv) {
  const char *keys[KEYS], *target = NULL;
  onus_verify_options options = {.keys = keys};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--key") == 0 && i + 1 < argc && options.n_keys < KEYS)
      keys[options.n_keys++] = argv[++i];
    else if (strcmp(argv[i], "--since") == 0 && i + 1 < argc && !options.since)
      options.since = argv[++i];
    else if (!target && strncmp(argv[i], "--", 2) != 0)
      target = argv[i];
    else
      return usage();
  }
  if (!target)
    return usage();
  struct stat info;
  bool is_folder = stat(target, &info) == 0 && S_ISDIR(info.st_mode);
  onus_verification *verification = NULL;
  onus_error error = {0};
  onus_status status = (is_folder ? onus_case_verify : onus_proof_verify)(target, &options, &verification, &error);
  if (status != ONUS_OK) {
    fputs("onus-verify: ", stderr);
    print_safely(stderr, error.path);
    if (error.line)
      fprintf(stderr, ":%u", error.line);
    if (error.path[0])
      fputs(": ", stderr);
    print_safely(stderr, error.text);
    fputc('\n', stderr);
    return status == ONUS_BAD_INPUT || status == ONUS_BAD_ARGUMENT || status == ONUS_LIMIT ? 2 : 1;
  }
  int exit_status = print_findings(verification);
  onus_verification_free(verification);
  return fflush(stdout) == 0 ? exit_status : 1;
}
