#!/usr/bin/env python3
"""Counts what somebody has to read who wants to trust nothing but onus-verify: count_verifier.py SOURCE_ROOT FILE…

FILE: the C files of libonus-verify and its program. Counts their lines of code, and those of every header under src/ that
they include, without blank lines and comments. Exit status 1 when the C files have 1,500 or more: that is what the
documents promise.
"""
import pathlib
import re
import sys

PROMISED = 1500


def code_lines(text):
    text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), text, flags=re.S)
    return sum(1 for line in text.split("\n") if line.strip())


def main():
    root = pathlib.Path(sys.argv[1])
    sources = [pathlib.Path(name).resolve() for name in sys.argv[2:]]
    headers, waiting = set(), list(sources)
    while waiting:
        for name in re.findall(r'^#include "([^"]+)"', waiting.pop().read_text(encoding="utf-8"), flags=re.M):
            header = root / "src" / name
            if header.is_file() and header not in headers:
                headers.add(header)
                waiting.append(header)
    counted = {}
    for kind, files in (("code", sources), ("declarations", sorted(headers))):
        counted[kind] = sum(code_lines(path.read_text(encoding="utf-8")) for path in files)
        print(f"{counted[kind]} lines of {kind} in {len(files)} files")
    return 0 if 0 < counted["code"] < PROMISED else 1


if __name__ == "__main__":
    sys.exit(main())
