/* Cases that are nearly right: takes cases that are right and cases that are broken, changes a few bytes, words, lines
 * or numbers, reads the result, and assesses what is accepted.
 *
 *   mutate_cases ROUNDS [--seed N] [--from ROUND] [--assess EVERY] [--keep FILE] FILE-OR-FOLDER...
 *
 * A round depends on the seed and its number alone. What a crash leaves behind: run again with --from the last thousand
 * that was printed and --keep, which writes each mutant before it is read. --assess assesses every EVERYth accepted
 * one.
 */
#include <dirent.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/random.h"
#include "case/case.h"

enum { MOST_SEEDS = 512, MUTANT_BYTES = 256 << 10, DEFAULT_SEED = 1, DEFAULT_ASSESS = 50 };

typedef struct seed_file {
  char path[512];
  char *bytes;
  size_t length;
  bool is_json, is_right;
} seed_file;

typedef struct mutator {
  seed_file seeds[MOST_SEEDS];
  size_t n_seeds, n_right; /* the right ones come first */
  uint64_t seed, round, counter;
  char text[MUTANT_BYTES];
  size_t length;
} mutator;

static const char *const WORDS[] = {
    "onus",
    "title",
    "question",
    "about",
    "hypotheses",
    "propositions",
    "sources",
    "scales",
    "evidence",
    "questions",
    "positions",
    "standards",
    "undercutters",
    "id",
    "name",
    "actors",
    "country",
    "prior",
    "imitates",
    "open",
    "any",
    "reliability",
    "url",
    "probability",
    "source",
    "credibility",
    "known",
    "observed",
    "retracted",
    "likelihood",
    "ratio",
    "strength",
    "says",
    "that",
    "not",
    "if_true",
    "if_false",
    "compute",
    "from",
    "repeats",
    "forgeable",
    "undercut",
    "reasons",
    "attachments",
    "sealed",
    "commitment",
    "size",
    "vouched",
    "unseen",
    "outcomes",
    "standard",
    "access",
    "all",
    "public",
    "weak",
    "strong",
    "true",
    "false",
    "null",
    "~",
    "NO",
    "no",
    "country:KP",
    "2014-12-19",
    "9999-12-31",
    "0001-01-01",
    "a",
    "other",
    "A",
    "F",
    "would_say_anyway",
    "sha256:",
    "against-weak",
    "infrastructure",
    "[]",
    "{}",
    "[a]",
    "{a: 1}",
    "- ",
    ": ",
    "? ",
    "&a ",
    "*a",
    "!!str ",
    "\"",
    "'",
    "#",
    "\n",
    "\t",
    "  ",
    "---\n",
    "|\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\\u0000",
    "\xC3\xA9",
    "\xFF",
    "%YAML 1.2\n",
    "../x",
    "/etc/passwd",
};
static const char *const NUMBERS[] = {
    "0",
    "1",
    "-1",
    "2",
    "6",
    "7",
    "0.5",
    "0.05",
    "0.95",
    "1e-12",
    "1e12",
    "1e308",
    "1e-308",
    "1e400",
    ".inf",
    ".nan",
    "0.999999",
    "1e-9",
    "100",
    "1e99999",
    "[0.1, 0.9]",
    "[0.9, 0.1]",
    "[0, 1]",
    "[2, 10]",
    "[0.3, 0.3]",
    "[1e-12, 1e12]",
    "[1e-9, 0.999999999]",
    "0x10",
};

static size_t pick(mutator *m, size_t below) {
  return below ? (size_t)(onus_random_bits(m->seed, m->round, m->counter++) % below) : 0;
}

/* --- changes ----------------------------------------------------------------------------------------------------- */

/* Puts `length` bytes in the place of `removed` ones at `at`. */
static void splice(mutator *m, size_t at, size_t removed, const char *bytes, size_t length) {
  if (m->length - removed + length > MUTANT_BYTES)
    return;
  memmove(m->text + at + length, m->text + at + removed, m->length - at - removed);
  if (length)
    memcpy(m->text + at, bytes, length);
  m->length = m->length - removed + length;
}

static size_t line_start(const mutator *m, size_t at) {
  while (at > 0 && m->text[at - 1] != '\n')
    at--;
  return at;
}

static size_t line_end(const mutator *m, size_t at) {
  while (at < m->length && m->text[at] != '\n')
    at++;
  return at < m->length ? at + 1 : at;
}

static bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._-+", c);
}

static bool is_of_number(char c) {
  return (c >= '0' && c <= '9') || c == '.';
}

/* The next run of characters of a kind after a random place; an empty one at the end when there is none. */
static void find_run(mutator *m, bool (*is_of)(char), size_t *ret_at, size_t *ret_length) {
  size_t at = pick(m, m->length + 1);
  while (at < m->length && (m->text[at] == '\0' || !is_of(m->text[at])))
    at++;
  size_t end = at;
  while (end < m->length && m->text[end] != '\0' && is_of(m->text[end]))
    end++;
  *ret_at = at;
  *ret_length = end - at;
}

/* A number that is, most likely, a value of its own: no part of a word or date. */
static void find_number(mutator *m, size_t *ret_at, size_t *ret_length) {
  size_t at = 0, length = 0;
  for (unsigned tries = 0; tries < 50; tries++) {
    find_run(m, is_of_number, &at, &length);
    char before = at > 1 ? m->text[at - 1] : 'x', after = at + length < m->length ? m->text[at + length] : 'x';
    if (at > 8 && strchr(" [", before) && strchr(",]}\n ", after))
      break;
  }
  *ret_at = at;
  *ret_length = length;
}

static void change_byte(mutator *m) {
  if (m->length)
    m->text[pick(m, m->length)] = (char)pick(m, 256);
}

static void drop_bytes(mutator *m) {
  size_t at = pick(m, m->length), most = m->length - at;
  splice(m, at, pick(m, (most < 16 ? most : 16) + 1), NULL, 0);
}

static void change_word(mutator *m) {
  size_t at, length;
  find_run(m, is_of_word, &at, &length);
  const char *word = WORDS[pick(m, sizeof WORDS / sizeof *WORDS)];
  splice(m, at, length, word, strlen(word));
}

static void insert_word(mutator *m) {
  const char *word = WORDS[pick(m, sizeof WORDS / sizeof *WORDS)];
  splice(m, pick(m, m->length + 1), 0, word, strlen(word));
}

static void change_number(mutator *m) {
  size_t at, length;
  char own[32];
  find_number(m, &at, &length);
  const char *number = NUMBERS[pick(m, sizeof NUMBERS / sizeof *NUMBERS)];
  if (pick(m, 2)) {
    snprintf(own, sizeof own, "0.%06u", (unsigned)pick(m, 1000000));
    number = own;
  }
  splice(m, at, length, number, strlen(number));
}

/* A word of the text becomes another word of it: ids change places. */
static void copy_word(mutator *m) {
  size_t from, from_length, at, length;
  char word[128];
  find_run(m, is_of_word, &from, &from_length);
  find_run(m, is_of_word, &at, &length);
  from_length = from_length < sizeof word ? from_length : sizeof word;
  memcpy(word, m->text + from, from_length);
  splice(m, at, length, word, from_length);
}

static void drop_line(mutator *m) {
  size_t start = line_start(m, pick(m, m->length));
  splice(m, start, line_end(m, start) - start, NULL, 0);
}

static void copy_line(mutator *m) {
  static char line[4096];
  size_t start = line_start(m, pick(m, m->length)), length = line_end(m, start) - start;
  if (length > sizeof line)
    return;
  memcpy(line, m->text + start, length);
  splice(m, line_start(m, pick(m, m->length)), 0, line, length);
}

static void borrow_lines(mutator *m) {
  const seed_file *other = &m->seeds[pick(m, m->n_seeds)];
  size_t from = pick(m, other->length), length = pick(m, 400);
  length = length < other->length - from ? length : other->length - from;
  splice(m, line_start(m, pick(m, m->length)), 0, other->bytes + from, length);
}

static void cut_short(mutator *m) {
  if (pick(m, 4) == 0)
    m->length = pick(m, m->length + 1);
}

static const seed_file *make_mutant(mutator *m) {
  /* What keeps a case right more often than not comes more often. */
  static void (*const CHANGES[])(mutator *) = {
      change_number, change_number, change_number, change_number, copy_word, copy_word,   drop_line,    copy_line,
      change_byte,   drop_bytes,    change_word,   insert_word,   drop_line, change_word, borrow_lines, cut_short,
  };
  const seed_file *seed = &m->seeds[pick(m, pick(m, 4) ? m->n_right : m->n_seeds)];
  memcpy(m->text, seed->bytes, seed->length);
  m->length = seed->length;
  for (size_t n = 1 + pick(m, 2) * pick(m, 4); n > 0; n--)
    CHANGES[pick(m, sizeof CHANGES / sizeof *CHANGES)](m);
  return seed;
}

/* --- checks ------------------------------------------------------------------------------------------------------ */

static void check(const mutator *m, bool is_right, const char *what) {
  if (is_right)
    return;
  fprintf(stderr, "round %llu, seed %llu: %s\n", (unsigned long long)m->round, (unsigned long long)m->seed, what);
  abort();
}

static bool is_probability(double p) {
  return p >= 0 && p <= 1;
}

static void check_assessment(const mutator *m, const onus_case *c) {
  onus_assessment *assessment = NULL;
  onus_error error = {0};
  onus_status status = onus_case_assess(c, NULL, &assessment, &error);
  if (status != ONUS_OK) {
    if (status != ONUS_BAD_ARGUMENT && status != ONUS_LIMIT)
      fprintf(stderr, "%s: %s\n", onus_status_name(status), error.text);
    check(m, assessment == NULL && error.text[0], "a failed assessment left something behind, or no reason");
    check(m, status == ONUS_BAD_ARGUMENT || status == ONUS_LIMIT, "an accepted case could not be assessed");
    return;
  }
  double sum = 0;
  for (size_t h = 0; h < c->n_hypotheses; h++) {
    onus_probability p;
    check(m, onus_assessment_probability(assessment, c->hypotheses[h].id, &p, &error) == ONUS_OK,
          "a hypothesis without a probability");
    check(m, is_probability(p.prior) && is_probability(p.posterior), "a probability outside 0 to 1");
    check(m, is_probability(p.low) && is_probability(p.high) && p.low <= p.median && p.median <= p.high,
          "quantiles out of order");
    sum += p.posterior;
  }
  check(m, fabs(sum - 1) < 1e-9, "posteriors that do not add up to 1");
  onus_assessment_free(assessment);
}

static bool read_mutant(const mutator *m, const seed_file *seed, onus_case **ret_case) {
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_error error = {0};
  onus_status status = onus_case_parse("mutant", NULL, m->text, m->length, seed->is_json, &c, &problems, &error);
  if (status == ONUS_OK) {
    check(m, c && !problems, "an accepted case without a case, or with problems");
    *ret_case = c;
    return true;
  }
  check(m, status == ONUS_BAD_INPUT || status == ONUS_LIMIT, onus_status_name(status));
  check(m, !c && error.text[0], "a refused case left something behind, or no reason");
  check(m, (status == ONUS_BAD_INPUT) == (onus_problems_count(problems) > 0), "problems without bad input, or none");
  for (size_t i = 0; i < onus_problems_count(problems); i++) {
    const onus_problem *problem = onus_problems_get(problems, i);
    check(m, problem->line > 0 && problem->column > 0 && problem->found[0] && problem->remedy[0],
          "a problem without a place, a finding or a remedy");
  }
  onus_problems_free(problems);
  return false;
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *path, const char *ending) {
  size_t length = strlen(path), ending_length = strlen(ending);
  return length > ending_length && strcmp(path + length - ending_length, ending) == 0;
}

static void add_seed(mutator *m, const char *path) {
  onus_text text;
  bool is_json = ends_with(path, ".json");
  if (m->n_seeds == MOST_SEEDS || (!is_json && !ends_with(path, ".yaml")) || ends_with(path, "expected.json") ||
      strstr(path, "/computed/"))
    return;
  if (onus_file_read(path, MUTANT_BYTES / 2, &text, NULL) != ONUS_OK)
    return;
  seed_file *seed = &m->seeds[m->n_seeds++];
  onus_case *c = NULL;
  *seed = (seed_file){.bytes = text.bytes, .length = text.length, .is_json = is_json};
  seed->is_right = onus_case_parse(path, NULL, text.bytes, text.length, is_json, &c, NULL, NULL) == ONUS_OK;
  m->n_right += seed->is_right;
  onus_case_free(c);
  snprintf(seed->path, sizeof seed->path, "%s", path);
}

static void add_seeds(mutator *m, const char *path, unsigned depth) {
  DIR *folder = depth < 3 ? opendir(path) : NULL;
  if (!folder) {
    add_seed(m, path);
    return;
  }
  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    char inside[512];
    if (entry->d_name[0] != '.' && snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name) < (int)sizeof inside)
      add_seeds(m, inside, depth + 1);
  }
  closedir(folder);
}

/* Folders are listed in any order; rounds must not depend on it. */
static int compare_seeds(const void *left, const void *right) {
  const seed_file *a = left, *b = right;
  return a->is_right != b->is_right ? b->is_right - a->is_right : strcmp(a->path, b->path);
}

static void keep(const mutator *m, const char *path) {
  FILE *file = fopen(path, "wb");
  if (!file)
    return;
  fwrite(m->text, 1, m->length, file);
  fclose(file);
}

int main(int argc, char **argv) {
  static mutator m;
  uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 0, from = 0, assess_every = DEFAULT_ASSESS;
  size_t n_accepted = 0, n_assessed = 0;
  const char *kept = NULL;
  m.seed = DEFAULT_SEED;
  for (int i = 2; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : "0";
    if (strcmp(argv[i], "--seed") == 0)
      m.seed = strtoull(value, NULL, 10), i++;
    else if (strcmp(argv[i], "--from") == 0)
      from = strtoull(value, NULL, 10), i++;
    else if (strcmp(argv[i], "--assess") == 0)
      assess_every = strtoull(value, NULL, 10), i++;
    else if (strcmp(argv[i], "--keep") == 0)
      kept = value, i++;
    else
      add_seeds(&m, argv[i], 0);
  }
  if (m.n_right == 0 || rounds == 0) {
    fputs("usage: mutate_cases ROUNDS [--seed N] [--from ROUND] [--assess EVERY] [--keep FILE] FILE-OR-FOLDER...\n",
          stderr);
    return 2;
  }
  qsort(m.seeds, m.n_seeds, sizeof *m.seeds, compare_seeds);
  for (m.round = from; m.round < rounds; m.round++) {
    m.counter = 0;
    const seed_file *seed = make_mutant(&m);
    onus_case *c = NULL;
    if (kept)
      keep(&m, kept);
    if (m.round % 1000 == 0)
      fprintf(stderr, "round %llu\n", (unsigned long long)m.round);
    if (!read_mutant(&m, seed, &c))
      continue;
    if (assess_every && n_accepted++ % assess_every == 0) {
      check_assessment(&m, c);
      n_assessed++;
    }
    onus_case_free(c);
  }
  printf("%llu mutants of %zu files, %zu accepted, %zu of them assessed\n", (unsigned long long)(rounds - from),
         m.n_seeds, n_accepted, n_assessed);
  for (size_t i = 0; i < m.n_seeds; i++)
    free(m.seeds[i].bytes);
  return n_accepted == 0;
}
