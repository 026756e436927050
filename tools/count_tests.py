#!/usr/bin/env python3
"""Counts what `meson test` found in each build folder given, from its own log.

Prints what failed or was skipped by name, then "N passed, N failed". A folder without a log (it did not build) is one
failure. Exit status 1 when anything failed.
"""

import json
import pathlib
import sys

PASSED, SKIPPED = {"OK", "EXPECTEDFAIL"}, {"SKIP"}


def read_log(folder):
    log = pathlib.Path(folder) / "meson-logs" / "testlog.json"
    if not log.is_file():
        return None
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]


def main():
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for folder in sys.argv[1:]:
        tests = read_log(folder)
        if not tests:
            print(f"{folder}: FAILED: no test ran")
            counts["failed"] += 1
            continue
        for test in tests:
            result = test["result"]
            outcome = "passed" if result in PASSED else "skipped" if result in SKIPPED else "failed"
            counts[outcome] += 1
            if outcome != "passed":
                print(f"{folder}: {outcome.upper()}: {test['name']} ({result})")
    if counts["skipped"]:
        print(f"{counts['skipped']} skipped")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
