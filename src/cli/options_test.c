/* The reader of options on a table of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

static const onus_cli_option options[] = {
    {.name = "position", .letter = 'p', .argument = "ID"},
    {.name = "format", .letter = 'f', .argument = "text|json", .is_choice = true},
    {.name = "colour", .alias = "color", .argument = "auto|never", .is_choice = true},
    {.name = "quiet", .letter = 'q'},
    {.name = "top", .letter = 'n', .argument = "N"},
    {.name = "help", .letter = 'h'},
    {.name = NULL},
};
static const onus_cli_argument arguments[] = {{.name = "CASE"}, {.name = "WHAT", .is_optional = true}, {.name = NULL}};
static const onus_cli_command command = {.name = "try", .arguments = arguments, .options = options};

static const onus_cli_option strict_options[] = {
    {.name = "to", .argument = "bif", .is_choice = true, .is_required = true}, {.name = "help"}, {.name = NULL}};
static const onus_cli_command strict = {.name = "strict", .arguments = arguments, .options = strict_options};

static char reason[ONUS_CLI_REASON_BYTES];

/* Words are separated by blanks; "" stands for an empty word. */
static bool read_by(const onus_cli_command *by, const char *line, onus_cli_invocation *ret) {
  static char copy[256], *argv[16];
  int argc = 0;
  strcpy(copy, line);
  for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
    argv[argc++] = strcmp(word, "\"\"") == 0 ? word + 2 : word;
  reason[0] = '\0';
  return onus_cli_options_read(by, argc, argv, ret, reason);
}

static void reads_value(const char *line, const char *name, const char *value) {
  onus_cli_invocation invocation;
  if (!read_by(&command, line, &invocation))
    fail_msg("%s: %s", line, reason);
  const char *got = onus_cli_options_get(&invocation, name);
  if (value == NULL)
    assert_null(got);
  else
    assert_string_equal(got, value);
  assert_string_equal(invocation.operand[0], "case");
}

static void refuses(const char *line, const char *part) {
  onus_cli_invocation invocation;
  if (read_by(&command, line, &invocation))
    fail_msg("%s was accepted", line);
  if (strstr(reason, part) == NULL)
    fail_msg("%s: \"%s\" does not say \"%s\"", line, reason, part);
}

static void takes_every_spelling(void **state) {
  (void)state;
  reads_value("case --position us", "position", "us");
  reads_value("--position=us case", "position", "us");
  reads_value("-p us case", "position", "us");
  reads_value("-pus case", "position", "us");
  reads_value("-qpus case", "position", "us");
  reads_value("-qp us case", "quiet", "");
  reads_value("case --position=a=b", "position", "a=b");
  reads_value("case --color never", "colour", "never");
  reads_value("case", "position", NULL);
  reads_value("--position -- case", "position", "--");
}

static const onus_cli_argument many_arguments[] = {
    {.name = "CASE"}, {.name = "FILE", .is_repeated = true}, {.name = NULL}};
static const onus_cli_command many = {.name = "many", .arguments = many_arguments, .options = options};

static void takes_the_last_argument_many_times(void **state) {
  (void)state;
  onus_cli_invocation invocation;
  assert_true(read_by(&many, "case a -p us b -q -- -c", &invocation));
  assert_int_equal(invocation.n_operands, 4);
  assert_string_equal(invocation.operand[0], "case");
  assert_string_equal(invocation.operand[2], "b");
  assert_string_equal(invocation.operand[3], "-c");
  assert_string_equal(onus_cli_options_get(&invocation, "position"), "us");
  assert_false(read_by(&many, "case -p us", &invocation));
  assert_non_null(strstr(reason, "FILE is missing"));
}

static void ends_options_at_two_dashes(void **state) {
  (void)state;
  onus_cli_invocation invocation;
  assert_true(read_by(&command, "-- --position -q", &invocation));
  assert_int_equal(invocation.n_operands, 2);
  assert_string_equal(invocation.operand[0], "--position");
  assert_null(onus_cli_options_get(&invocation, "quiet"));
  assert_true(read_by(&command, "-", &invocation));
  assert_string_equal(invocation.operand[0], "-");
}

static void says_what_is_wrong(void **state) {
  (void)state;
  refuses("case --postion us", "did you mean --position?");
  refuses("case --colur never", "did you mean --colour?");
  refuses("case --zzz", "onus help try");
  refuses("case -x", "unknown option -x");
  refuses("case --position", "--position needs a value");
  refuses("case -p", "--position needs a value");
  refuses("case --position \"\"", "--position is empty");
  refuses("case --position=", "--position is empty");
  refuses("case --quiet=yes", "--quiet takes no value");
  refuses("case --format xml", "it is text|json");
  refuses("case --format tex", "cannot be \"tex\"");
  refuses("case --position a --position b", "given twice");
  refuses("a b c", "\"c\" is one argument too many");
  refuses("", "CASE is missing");
}

static void asks_for_what_is_required_unless_help_is_wanted(void **state) {
  (void)state;
  onus_cli_invocation invocation;
  assert_false(read_by(&strict, "case", &invocation));
  assert_string_equal(reason, "--to bif is missing");
  assert_true(read_by(&strict, "case --to bif", &invocation));
  assert_true(read_by(&strict, "--help", &invocation));
}

/* The number that is read, 0 when it is refused. */
static uint64_t number_of(const char *line, uint64_t most) {
  onus_cli_invocation invocation;
  uint64_t number = 7;
  assert_true(read_by(&command, line, &invocation));
  return onus_cli_options_number(&invocation, "top", "a whole number", 1, most, &number) ? number : 0;
}

static double real_of(const char *line) {
  onus_cli_invocation invocation;
  double number = 7;
  assert_true(read_by(&command, line, &invocation));
  return onus_cli_options_real(&invocation, "top", "at most 10", 10, &number) ? number : 0;
}

static void takes_numbers_in_their_range(void **state) {
  (void)state;
  assert_int_equal(number_of("case", 10), 7);
  assert_int_equal(number_of("case -n 10", 10), 10);
  assert_int_equal(number_of("case -n 11", 10), 0);
  assert_int_equal(number_of("case -n 0", 10), 0);
  assert_int_equal(number_of("case -n -1", UINT64_MAX), 0);
  assert_int_equal(number_of("case -n 1x", 10), 0);
  assert_true(number_of("case -n 18446744073709551615", UINT64_MAX) == UINT64_MAX);
  assert_int_equal(number_of("case -n 18446744073709551616", UINT64_MAX), 0);
  assert_true(real_of("case") == 7 && real_of("case -n .5") == 0.5 && real_of("case -n 10") == 10);
  assert_true(real_of("case -n 10.1") == 0 && real_of("case -n 0") == 0 && real_of("case -n nan") == 0 &&
              real_of("case -n 1s") == 0 && real_of("case -n 0x2") == 0 && real_of("case -n +2") == 0 &&
              real_of("case -n 5e-1") == 0.5);
}

static void survives_long_words(void **state) {
  (void)state;
  char line[200] = "case --";
  memset(line + 7, 'x', 150);
  refuses(line, "unknown option --xxx");
  strcpy(line + 150, "=y");
  refuses(line, "unknown option --xxx");
}

static void measures_distance(void **state) {
  (void)state;
  assert_int_equal(onus_cli_distance("assess", "assess"), 0);
  assert_int_equal(onus_cli_distance("asess", "assess"), 1);
  assert_int_equal(onus_cli_distance("chekc", "check"), 1); /* two neighbours swapped */
  assert_int_equal(onus_cli_distance("aseß", "assess"), ONUS_CLI_NOT_NEAR);
  assert_int_equal(onus_cli_distance("to", "ab"), ONUS_CLI_NOT_NEAR);
  assert_int_equal(onus_cli_distance("", "ab"), ONUS_CLI_NOT_NEAR);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_the_last_argument_many_times),
      cmocka_unit_test(takes_every_spelling),
      cmocka_unit_test(ends_options_at_two_dashes),
      cmocka_unit_test(says_what_is_wrong),
      cmocka_unit_test(asks_for_what_is_required_unless_help_is_wanted),
      cmocka_unit_test(takes_numbers_in_their_range),
      cmocka_unit_test(survives_long_words),
      cmocka_unit_test(measures_distance),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
