/* The case that `onus init` writes: small, complete, and with a word beside each key. It checks clean as it is. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

static const char STARTER[] =
    "# A case: who is behind it, what speaks for and against each answer, and how far each voice can be trusted.\n"
    "# Replace what stands here with your own, then run `onus check` and `onus assess` on this folder.\n"
    "onus: 1                                   # version of the format\n"
    "title: Who broke into Example Power?\n"
    "question: Who is responsible for the intrusion that became public on 2024-03-04?\n"
    "about: group-one                          # what the verdict is about; without it, the most probable hypothesis\n"
    "\n"
    "# The possible answers. They exclude each other; exactly one is open, so that the list is complete.\n"
    "# A prior is a probability, or a range [low, high] that you are 90 % sure of; they are brought to a sum of 1.\n"
    "hypotheses:\n"
    "  - {id: group-one, name: Group One, country: ZZ, prior: 0.2}\n"
    "  - {id: imitator, name: Somebody imitating Group One, imitates: group-one, prior: 0.1}\n"
    "  - {id: insider, name: Somebody inside the company, prior: 0.2}\n"
    "  - {id: other, name: Somebody not listed, open: true, prior: 0.5}\n"
    "\n"
    "# Sets of hypotheses that have a name of their own.\n"
    "propositions:\n"
    "  - {id: from-outside, name: The attack came from outside, any: [group-one, imitator, other]}\n"
    "\n"
    "# Who says so. Reliability is an Admiralty letter (A the best, F cannot be judged), a probability, or a range.\n"
    "sources:\n"
    "  - {id: responders, name: The incident response team, reliability: B}\n"
    "  - {id: vendor, name: A security company, reliability: [0.5, 0.9]}\n"
    "  - {id: group-one-speaker, name: A speaker of Group One, reliability: D, country: ZZ}\n"
    "\n"
    "# Circumstances that, if they hold, take the weight from what they touch.\n"
    "undercutters:\n"
    "  - {id: leaked-tools, name: The tools were shared or leaked, probability: [0.05, 0.3]}\n"
    "\n"
    "# The findings. Each gives exactly one of likelihood, ratio, strength, says, compute and repeats.\n"
    "evidence:\n"
    "  - id: shared-code\n"
    "    title: The wiper shares code with earlier tools of Group One\n"
    "    source: vendor\n"
    "    credibility: 2                        # Admiralty 1 (confirmed) to 6 (cannot be judged)\n"
    "    observed: 2024-03-02                  # when it happened\n"
    "    known: 2024-03-10                     # when the parties came to know it\n"
    "    likelihood: {group-one: 0.6, insider: 0.01, other: [0.01, 0.05]}   # how probable if this one is the answer\n"
    "    forgeable: 0.4                        # how easily an imitator could have made it\n"
    "    undercut: [leaked-tools]\n"
    "    reasons: The functions were never published; tools of unrelated groups share as much in about 1 of 50 pairs.\n"
    "  - id: working-hours\n"
    "    title: Commands were typed in the working hours of one time zone\n"
    "    source: responders\n"
    "    known: 2024-03-12\n"
    "    strength: {group-one: weak}           # weak, moderate, moderately-strong, strong, ... and against-weak, ...\n"
    "    forgeable: 0.9\n"
    "    reasons: Easily set up, and a third of the world shares these hours.\n"
    "  - id: denial\n"
    "    title: Group One denies it\n"
    "    source: group-one-speaker\n"
    "    known: 2024-03-15\n"
    "    says: {not: group-one}\n"
    "    would_say_anyway: true                # it would be denied either way, so it weighs nothing\n"
    "\n"
    "# Evidence that could be sought: what would it be worth? Under each hypothesis the outcomes add up to 1.\n"
    "questions:\n"
    "  - id: relay-logs\n"
    "    name: The logs of the relay host\n"
    "    outcomes:\n"
    "      - {name: logins from known hosts of Group One, likelihood: {group-one: 0.5, imitator: 0.2, other: 0.02}}\n"
    "      - {name: nothing usable, likelihood: {group-one: 0.5, imitator: 0.8, other: 0.98}}\n"
    "\n"
    "# Who asks, and for how much proof: preponderance, clear-and-convincing, beyond-reasonable-doubt or a "
    "probability.\n"
    "positions:\n"
    "  - {id: company, name: Example Power, standard: preponderance}\n"
    "  - id: court\n"
    "    name: A court\n"
    "    standard: beyond-reasonable-doubt\n"
    "    reliability: {vendor: C}              # what this party sees otherwise than the case\n";

onus_status onus_case_init(const char *directory, onus_error *error) {
  static const char *const NAMES[] = {"case.yaml", "case.yml", "case.json"};
  char path[PATH_MAX];
  size_t length = strlen(directory);
  const char *slash = length > 0 && directory[length - 1] == '/' ? "" : "/";
  struct stat info;
  for (size_t i = sizeof NAMES / sizeof *NAMES; i-- > 0;) {
    if (snprintf(path, sizeof path, "%s%s%s", directory, slash, NAMES[i]) >= (int)sizeof path)
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, directory, 0, 0, "the path is too long; name a shorter one");
    if (lstat(path, &info) == 0)
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0, "is there already; name a folder that holds no case");
  }
  if (mkdir(directory, 0777) != 0) {
    int reason = errno;
    if (reason != EEXIST)
      return ONUS_FAIL_AT(error, ONUS_IO, directory, 0, 0, "the folder cannot be made: %s", strerror(reason));
    if (stat(directory, &info) != 0 || !S_ISDIR(info.st_mode))
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, directory, 0, 0, "is no folder; name a folder");
  }
  return onus_file_write(path, STARTER, sizeof STARTER - 1, error);
}
