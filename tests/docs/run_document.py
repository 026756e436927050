#!/usr/bin/env python3
"""Runs what a document shows: run_document.py ONUS SOURCE_ROOT DOCUMENT [--update]

In the document, a block fenced as ```console holds commands ("$ onus …") and what they print. Commands run in a fresh
folder that has the examples beside it; what they print must be what stands there, where a line "…" stands for any number
of lines. A block below <!-- file: NAME --> is written to that file, below <!-- append: NAME --> added to it.
A command that is meant to fail is followed by a line "[exit status 2]". --update writes the real output into the
document, keeping blocks that have a "…" as they are.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\w*)\s*$")
MARK = re.compile(r"^<!-- (file|append): (\S+) -->\s*$")
ELLIPSIS = "…"


def blocks(lines):
    """Yields (language, mark, first, last): the lines first … last − 1 stand inside the fence."""
    mark, start = None, None
    for number, line in enumerate(lines):
        fence = FENCE.match(line)
        if start is None and MARK.match(line):
            mark = MARK.match(line).groups()
        elif fence and start is None:
            start, language = number + 1, fence.group(1)
        elif fence:
            yield language, mark, start, number
            mark, start = None, None


def commands(lines):
    """Splits a console block into (command, expected lines)."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return found


def matches(expected, printed):
    """Whether the printed lines are the expected ones; an ellipsis takes any number of lines."""
    if not expected:
        return not printed
    if expected[0] == ELLIPSIS:
        return any(matches(expected[1:], printed[skip:]) for skip in range(len(printed) + 1))
    return bool(printed) and expected[0] == printed[0] and matches(expected[1:], printed[1:])


def run(command, folder, onus):
    environment = dict(os.environ, COLUMNS="80", LC_ALL="C.UTF-8", NO_COLOR="1",
                       PATH=f"{pathlib.Path(onus).parent}:{os.environ['PATH']}")
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, text=True, capture_output=True)
    printed = (done.stdout + done.stderr).splitlines()
    if done.returncode != 0:
        printed.append(f"[exit status {done.returncode}]")
    return printed


def main():
    onus, root, document = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
    update = "--update" in sys.argv
    lines = document.read_text().splitlines()
    out, copied, count, wrong = [], 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "examples").symlink_to(root / "examples")
        for language, mark, first, last in blocks(lines):
            if mark:
                target = folder / mark[1]
                target.parent.mkdir(parents=True, exist_ok=True)
                with open(target, "w" if mark[0] == "file" else "a") as file:
                    file.write("\n".join(lines[first:last]) + "\n")
            if language != "console":
                continue
            out += lines[copied:first]
            copied = last
            for command, expected in commands(lines[first:last]):
                printed = run(command, folder, onus)
                count += 1
                good = matches(expected, printed)
                out += ["$ " + command] + (expected if good or ELLIPSIS in expected else printed)
                if not good and not (update and ELLIPSIS not in expected):
                    wrong += 1
                    print(f"{document.name}:{first + 1}: $ {command}\n--- the document says\n" + "\n".join(expected) +
                          "\n--- it prints\n" + "\n".join(printed), file=sys.stderr)
    out += lines[copied:]
    if update:
        document.write_text("\n".join(out) + "\n")
    if count == 0:
        print(f"{document.name} shows no command", file=sys.stderr)
        return 1
    print(f"{document.name}: {count} commands, {wrong} print something else")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
