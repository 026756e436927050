#!/usr/bin/env python3
"""Broken cases: every one is refused with exactly the lines of its golden file.

    run.py READ_CASE           compare
    run.py READ_CASE --update  write the golden files anew; read the difference before you keep it

Beside the files of cases/ (each with NAME.expected) there are cases that only a folder can have, and bombs, which are
made here: files that are small to send and large to read, or simply large.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MEMORY_MIB = 700  # of a reader that has nothing to fear; a tree of 2^20 nodes takes some 120
SECONDS = 20.0
LINE = "onus: 1\ntitle: Title\nquestion: Who?\n"
HYPOTHESES = "hypotheses:\n  - {id: a}\n  - {id: other, open: true}\n"
SOURCES = "sources:\n  - {id: s, reliability: B}\n"


def read(program, path):
    """Exit status and output of the reader."""
    done = subprocess.run([program, str(path)], capture_output=True, timeout=10 * SECONDS, check=False)
    if done.stderr:
        return done.returncode, done.stdout.decode() + "standard error: " + done.stderr.decode(errors="replace")
    return done.returncode, done.stdout.decode()


def check_files(program, update):
    paths = sorted(p for p in (HERE / "cases").iterdir() if p.suffix in (".yaml", ".json"))
    for path in paths:
        golden = path.with_suffix(".expected")
        status, found = read(program, path)
        if update:
            golden.write_text(found, encoding="utf-8")
        expected = golden.read_text(encoding="utf-8") if golden.exists() else "(no golden file)"
        if status == 0:
            yield f"{path.name}: was accepted"
        elif found != expected:
            yield f"{path.name}:\n--- expected\n{expected}--- found\n{found}"
    if len(paths) < 60:
        yield f"only {len(paths)} broken cases were found"
    accepted = sorted((HERE / "accepted").iterdir())
    for path in accepted:
        status, found = read(program, path)
        if status != 0 or found:
            yield f"{path.name}: was refused:\n{found}"
    if not accepted:
        yield "no case to accept was found"


def check_folders(program, folder):
    """What depends on where a case lies."""
    case = LINE + HYPOTHESES + SOURCES + ("evidence:\n  - {id: e, source: s, known: 2020-01-01, says: {that: a}, "
                                          "attachments: [%s]}\n")
    good = folder / "good"
    good.mkdir()
    (folder / "secret.txt").write_text("secret")
    (good / "inside.txt").write_text("evidence")
    (good / "folder").mkdir()
    (good / "link-inside.txt").symlink_to("inside.txt")
    (good / "link-out.txt").symlink_to("../secret.txt")
    os.mkfifo(good / "pipe")
    for name, expected in {
            "inside.txt": "", "link-inside.txt": "", "folder/../inside.txt": "leads out of the folder",
            "link-out.txt": "is a link that leads out of the folder", "folder": "is not a plain file",
            "pipe": "is not a plain file", "missing.txt": "is not there"}.items():
        (good / "case.yaml").write_text(case % name)
        status, found = read(program, good)
        if (status != 0 if not expected else expected not in found):
            yield f"an attachment {name}: {found}"
    (good / "case.json").write_text("{}")
    status, found = read(program, good)
    if status != 1 or found != "0:0: the folder holds both case.yaml and case.json; keep one of the two\n":
        yield f"a folder with two cases: {found}"
    (folder / "empty").mkdir()
    if "holds neither case.yaml" not in read(program, folder / "empty")[1]:
        yield "a folder without a case"
    if "No such file or directory; name the folder" not in read(program, folder / "nothing")[1]:
        yield "a path that leads nowhere"


def bombs():
    """Name, ending, pieces of the file, what the answer holds."""
    large, fits = 100 << 20, (16 << 20) - 4096
    yield "aliases of 100 MB", "yaml", ["a: &a [x]\nb: [", ("*a,", large // 3), "]"], "at most 16777216"
    yield "depth of 100 MB", "yaml", [("[", large)], "at most 16777216"
    yield "length of 100 MB", "yaml", ["title: ", ("x", large)], "at most 16777216"
    yield "JSON depth of 100 MB", "json", [("[", large)], "at most 16777216"
    yield "JSON length of 100 MB", "json", ['"', ("x", large), '"'], "at most 16777216"
    yield "JSON list of 100 MB", "json", ["[", ("1,", large // 2), "1]"], "at most 16777216"
    laughs = ["a0: &a0 [x, x, x, x, x, x, x, x, x]\n"]
    for i in range(1, 30):
        laughs.append(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9) + "]\n")
    yield "a billion laughs", "yaml", laughs, "an anchor"
    yield "aliases", "yaml", ["a: &a [x]\nb: [", ("*a,", fits // 3), "]"], "an anchor"
    yield "depth", "yaml", [("[", fits)], "more than 64 deep"
    yield "depth by lines", "yaml", ["".join(" " * i + f"k{i}:\n" for i in range(3000))], "more than 64 deep"
    yield "depth of maps", "yaml", [("{a: ", fits // 4)], "more than 64 deep"
    yield "nodes", "yaml", ["[", ("a,", fits // 2), "a]"], "more than 1048576 values"
    yield "length", "yaml", ["title: ", ("x", fits)], "a text has at most 65536"
    yield "quotes", "yaml", ['title: "', ("\\", fits)], "an escape" if fits % 2 else ""
    yield "keys", "yaml", ["{", ("?,", fits // 2)], ""
    yield "JSON depth", "json", [("[", fits)], "more than 64 deep"
    yield "JSON depth of maps", "json", [('{"a":', fits // 5)], "more than 64 deep"
    yield "JSON nodes", "json", ["[", ("1,", fits // 2), "1]"], "more than 1048576 values"
    yield "JSON length", "json", ['{"title": "', ("\\u00e9", fits // 6), '"}'], "a text has at most 65536"
    yield "JSON digits", "json", ['{"onus": ', ("9", fits), "}"], "a number is smaller than"
    yield "unknown keys", "json", ["{"] + [f'"k{i}":1,\n' for i in range(500000)] + ['"l":1}'], "more problems"
    head = json.dumps({"onus": 1, "title": "T", "question": "Q"})[:-1]
    many = '"hypotheses": [%s{"id": "o", "open": true}], "sources": [{"id": "s", "reliability": 0.5}]'
    hypotheses = many % "".join(f'{{"id": "h{i}"}},' for i in range(50000))
    row = '{"id": "e%d", "source": "s", "known": "2020-01-01", "says": {"that": "o"}},\n'
    yield ("items by hypotheses", "json",
           [head, ",", hypotheses, ', "evidence": ['] + [row % i for i in range(50000)] + [row[:-2] % 50000, "]}"],
           "takes more than 256 MiB")
    near = '{"id": "e%d", "source": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "known": "2020-01-01"},\n'
    sources = "".join(f'{{"id": "xxxxxxxxxxxxxxxxxxxxxxx{i:09d}", "reliability": 0.5}},' for i in range(50000))
    yield ("words that are nearly right", "json",
           [head, ",", many.replace('[{"id": "s"', "[" + sources.replace("%", "%%") + '{"id": "s"') % "",
            ', "evidence": ['] + [near % i for i in range(50000)] + [near[:-2] % 50000, "]}"], "more problems")
    chain = "".join(f'{{"id": "h{i}", "imitates": "h{i + 1}"}},' for i in range(100000)) + '{"id": "h100000"},'
    yield ("a chain of imitators", "json",
           [head, ",", many % chain, ', "evidence": []}'], None)


def check_bombs(program, folder, is_sanitized):
    for name, ending, pieces, expected in bombs():
        path = folder / f"bomb.{ending}"
        with open(path, "w", encoding="utf-8") as file:
            for piece in pieces:
                if isinstance(piece, str):
                    file.write(piece)
                    continue
                unit, times = piece
                while times > 0:
                    now = min(times, 1 << 20)
                    file.write(unit * now)
                    times -= now
        limit = None if is_sanitized else MEMORY_MIB << 20
        start = time.monotonic()
        done = subprocess.run([program, str(path)], capture_output=True, timeout=10 * SECONDS, check=False,
                              preexec_fn=lambda: limit and resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        took = time.monotonic() - start
        found = done.stdout.decode()
        path.unlink()
        if expected is None:
            right = done.returncode == 0 and not found
        else:
            right = done.returncode in (1, 2) and expected in found and not done.stderr
        if not right:
            yield f"{name}: exit status {done.returncode}: {found[:500]} {done.stderr[-500:].decode()}"
        if took > SECONDS:
            yield f"{name}: took {took:.1f} s"
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    if peak_mib > MEMORY_MIB * (4 if is_sanitized else 1):
        yield f"one of the bombs took {peak_mib} MiB"


def main():
    program = sys.argv[1]
    update, is_sanitized = "--update" in sys.argv, "--sanitized" in sys.argv
    failures = list(check_files(program, update))
    with tempfile.TemporaryDirectory() as name:
        failures += check_folders(program, pathlib.Path(name))
        failures += check_bombs(program, pathlib.Path(name), is_sanitized)
    for failure in failures:
        print(failure)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
