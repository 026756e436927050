#!/usr/bin/env python3
"""Ctrl-C in the middle of long work: check_interrupt.py PROGRAM.

A case that takes long is assessed on a terminal; once the line of progress shows, it is interrupted. The program must
end with 130, take its line away, and leave the file that it was to replace as it was.
"""

import json
import os
import pathlib
import pty
import re
import select
import signal
import sys
import tempfile
import time

WAIT_S = 100


def long_case(n_items):
    """Many items of many sources, everything in ranges; few circumstances are shared, so that it can be summed at all."""
    hypotheses = [{"id": f"h{i}", "name": f"H {i}"} for i in range(6)] + [
        {"id": "other", "name": "Someone not listed", "open": True}]
    sources = [{"id": f"s{i}", "name": f"S {i}", "reliability": [0.5, 0.9]} for i in range(14)]
    evidence = [{"id": f"e{i}", "source": f"s{i % 14}", "known": f"2020-01-{i % 28 + 1:02}", "reasons": "None.",
                 "ratio": {f"h{i % 6}": [2, 9]}, "undercut": ["shared"] if i % 14 < 7 else []}
                for i in range(n_items)]
    return {"onus": 1, "title": "Long", "question": "How long?", "hypotheses": hypotheses, "sources": sources,
            "undercutters": [{"id": "shared", "name": "Shared tools", "probability": [0.05, 0.3]}], "evidence": evidence}


def interrupt(program, folder):
    """Exit status, what was printed before and after; None when the work was (nearly) over before it was interrupted."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execv(program, [program, "assess", "case.json", "--format", "html", "--output", "result.html"])
    printed, before, until = b"", None, time.monotonic() + WAIT_S
    while time.monotonic() < until:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        printed += piece
        shown = re.search(rb"(\d+) % done", printed)
        if before is None and shown and int(shown[1]) < 50:
            before = len(printed)
            os.write(terminal, b"\x03")
    else:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (status, printed[:before].decode(), printed[before:].decode()) if before else None


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(prefix="onus-") as name:
        folder = pathlib.Path(name)
        result = folder / "result.html"
        for n_items in (960, 3840, 15360):  # the first that is long enough on this machine
            (folder / "case.json").write_text(json.dumps(long_case(n_items)), encoding="utf-8")
            result.write_text("old", encoding="utf-8")
            outcome = interrupt(program, folder)
            if outcome is not None:
                break
        else:
            print("no case was long enough to be interrupted")
            return 1
        status, before, after = outcome
        ok = (status == 130 and "interrupted; nothing was written" in after and result.read_text() == "old"
              and sorted(p.name for p in folder.iterdir()) == ["case.json", "result.html"]
              and all(int(share) < 80 for share in re.findall(r"(\d+) % done", after))  # not when all is done
              and after.rindex("\r" + " " * 40) > after.rfind("% done"))
        if not ok:
            print(f"exit status {status}, files {[p.name for p in folder.iterdir()]}, printed:\n{before!r}\n{after!r}")
        return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
