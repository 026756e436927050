#!/usr/bin/env python3
"""Broken cases: every one is refused with exactly the lines of its golden file.

    run.py READ_CASE           compare
    run.py READ_CASE --update  write the golden files anew; read the difference before you keep it

Beside the files of cases/ (each with NAME.expected) there are cases that only a folder can have, and bombs, which are
made here: files that are small to send and large to read, or simply large.
"""

import copy
import hashlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MEMORY_MIB = 700  # of a reader that has nothing to fear; the largest tree takes 320
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
    accepted = sorted(p for p in (HERE / "accepted").iterdir() if p.is_file())
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


def computed_faults():
    """What can be wrong with computed/c.json: a change of the file's data (or its bytes), what is then said."""
    def without(key):
        return lambda d: d.pop(key) and None

    def put(value, *path):
        def change(d):
            for key in path[:-1]:
                d = d[key]
            d[path[-1]] = value
        return change

    stale, odd = "was computed from something else: ", "is not as it was computed: line "
    for key in ("computed", "item", "engine", "engine_version", "weights", "reference", "as_of", "from", "artefact",
                "leave_out", "n_used", "n_not_known", "actors", "ratio", "relays", "links"):
        yield without(key), odd + f"1, column 1: a computed row without `{key}`"
    yield put(2, "computed"), "the number 2"
    yield put(1, "new"), 'the key "new" is not known'
    yield put("d", "item"), stale + "another item"
    yield put("techniques", "engine"), stale + "by another engine"
    yield put("other.csv", "from"), stale + "another file"
    yield put("sha256:" + "0" * 64, "artefact"), stale + "the file has changed since"
    yield put("2020-01-02", "as_of"), stale + "as of another day"
    yield put(["r"], "leave_out"), stale + "another `leave_out`"
    yield put("Kimsuky", "actors", 0, "given"), stale + "other hypotheses, or other actors"
    yield put([], "actors"), stale + "other hypotheses, or other actors"
    yield lambda d: d["actors"].append(d["actors"][0]), stale + "other hypotheses, or other actors"
    yield put({}, "ratio"), stale + "other hypotheses, or other actors"
    yield put({"a": 2, "other": 2}, "ratio"), stale + "other hypotheses, or other actors"
    yield put({"x": 2}, "ratio"), '"x" is the id of no hypothesis'
    yield put({"a": 0}, "ratio"), "the number 0"
    yield put({"a": [3, 2]}, "ratio"), "the range begins at 3 and ends below"
    yield put({"a": 1e13}, "ratio"), "the number 10000000000000.0"
    yield put(2, "relays", "probability"), "the number 2"
    yield put("", "relays", "origin"), "an empty text"
    yield put(-1, "n_used"), "the number -1"
    yield put(0.5, "n_not_known"), "the number 0.5"
    yield put("x", "links"), odd
    yield put([3], "links"), "the number 3"
    yield put("heavy", "links", 0, "weight"), '"heavy"'
    yield put(1e9, "links", 0, "age_days"), "the number 1000000000"
    yield lambda d: d["links"][0].pop("holders") and None, "a link without `holders`"
    yield put("x" * 70000, "links", 0, "value"), "a text of 70000 bytes"
    yield put("\x1b[31m\u202e", "as_of"), stale + "as of another day"
    yield b"", odd
    yield b"{", odd
    yield b"[" * 100, odd
    yield b'{"computed": 1, "computed": 1}', odd
    yield b"x" * (5 << 20), "at most 4194304"


def check_computed(program, folder):
    """Rows that onus computed, and what may have become of them."""
    place = folder / "computed-rows"
    (place / "computed").mkdir(parents=True)
    item = "  - {id: %s, source: s, known: 2020-01-01, compute: infrastructure, from: %s}\n"
    case = (LINE + "hypotheses:\n  - {id: a, actors: [Lazarus Group]}\n  - {id: other, open: true}\n" + SOURCES
            + "evidence:\n")
    (place / "case.yaml").write_text(case + item % ("c", "list.csv"))
    (place / "list.csv").write_text("203.0.113.9\n")
    row = place / "computed" / "c.json"
    good = {"computed": 1, "item": "c", "engine": "infrastructure", "engine_version": "infrastructure-1",
            "weights": "by hand", "reference": "xxh3-sum:00", "as_of": "2020-01-01", "from": "list.csv",
            "artefact": "sha256:" + hashlib.sha256(b"203.0.113.9\n").hexdigest(), "leave_out": [], "n_used": 1,
            "n_not_known": 0, "ratio": {"a": [1, 3]}, "relays": {"probability": 0.3, "origin": "by hand"},
            "actors": [{"hypothesis": "a", "given": "Lazarus Group", "name": "Lazarus Group",
                        "entries": ["mitre-attack G0032"], "ratio": [1, 3]}],
            "links": [{"actor": "Lazarus Group", "kind": "ip", "value": "203.0.113.9", "weight": 1.5, "holders": 1}]}

    def expect(expected, what):
        status, found = read(program, place)
        if (status, found) != (0, "") if not expected else (status != 1 or expected not in found
                                                             or not found.startswith("10:")):
            yield f"a computed row, {what}: {status}: {found}"
        if "\x1b" in found or "\u202e" in found:
            yield f"a computed row, {what}: raw characters are told"

    yield from expect("the row of `c` has not been computed yet; run `onus compute`", "not there")
    row.write_text(json.dumps(good))
    yield from expect(None, "good")
    count = 0
    for change, expected in computed_faults():
        data = copy.deepcopy(good)
        if isinstance(change, bytes):
            row.write_bytes(change)
        else:
            change(data)
            row.write_text(json.dumps(data))
        yield from expect(expected, f"fault {count}, {expected}")
        count += 1
    # The order of actors means nothing, which they are does.
    two = copy.deepcopy(good)
    two["actors"].append(two["actors"][0] | {"given": "APT38"})
    row.write_text(json.dumps(two))
    for actors, expected in (("Lazarus Group, APT38", None), ("APT38, Lazarus Group", None),
                             ("APT38, APT38", "other actors"), ("APT38", "other actors"),
                             ("APT38, Lazarus Group, APT1", "other actors")):
        (place / "case.yaml").write_text(case.replace("Lazarus Group", actors) + item % ("c", "list.csv"))
        yield from expect(expected, f"actors {actors}")
    (place / "case.yaml").write_text(case + item % ("c", "list.csv"))
    row.unlink()
    (folder / "row.json").write_text(json.dumps(good))
    row.symlink_to(folder / "row.json")
    yield from expect("leads out of the folder", "behind a link")
    row.unlink()
    row.mkdir()
    yield from expect("is not a plain file", "a folder")
    row.rmdir()
    row.write_text(json.dumps(good))
    (place / "list.csv").write_text("203.0.113.10\n")
    yield from expect("the file has changed since", "its artefact changed")
    (place / "list.csv").write_text("203.0.113.9\n")
    (place / "computed" / "d.json").write_text(json.dumps(good | {"item": "d", "reference": "xxh3-sum:01"}))
    (place / "case.yaml").write_text(case + item % ("c", "list.csv") + item % ("d", "list.csv"))
    status, found = read(program, place)
    if "computed with another reference than the row of `c`" not in found:
        yield f"rows of two references: {status}: {found}"
    # Artefacts are read as far as they may be, however often a case names them under another name.
    with open(place / "list.csv", "w", encoding="ascii") as file:
        file.truncate(60 << 20)
    names = ["list.csv"] + ["./" * i + "list.csv" for i in range(1, 12)]
    (place / "case.yaml").write_text(case + "".join(item % (f"i{i}", name) for i, name in enumerate(names)))
    if "larger than is accepted; an artefact has at most 64 MiB, all together 512 MiB" not in read(program, place)[1]:
        yield "artefacts of 720 MiB are read"


def bombs():
    """Name, ending, pieces of the file, what the answer holds."""
    large, fits = 100 << 20, (64 << 20) - 4096
    yield "aliases of 100 MB", "yaml", ["a: &a [x]\nb: [", ("*a,", large // 3), "]"], "at most 67108864"
    yield "depth of 100 MB", "yaml", [("[", large)], "at most 67108864"
    yield "length of 100 MB", "yaml", ["title: ", ("x", large)], "at most 67108864"
    yield "JSON depth of 100 MB", "json", [("[", large)], "at most 67108864"
    yield "JSON length of 100 MB", "json", ['"', ("x", large), '"'], "at most 67108864"
    yield "JSON list of 100 MB", "json", ["[", ("1,", large // 2), "1]"], "at most 67108864"
    laughs = ["a0: &a0 [x, x, x, x, x, x, x, x, x]\n"]
    for i in range(1, 30):
        laughs.append(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9) + "]\n")
    yield "a billion laughs", "yaml", laughs, "an anchor"
    yield "aliases", "yaml", ["a: &a [x]\nb: [", ("*a,", fits // 3), "]"], "an anchor"
    yield "depth", "yaml", [("[", fits)], "more than 64 deep"
    yield "depth by lines", "yaml", ["".join(" " * i + f"k{i}:\n" for i in range(3000))], "more than 64 deep"
    yield "depth of maps", "yaml", [("{a: ", fits // 4)], "more than 64 deep"
    yield "nodes", "yaml", ["[", ("a,", fits // 2), "a]"], "more than 1572864 values"
    yield "length", "yaml", ["title: ", ("x", fits)], "a text has at most 65536"
    yield "quotes", "yaml", ['title: "', ("\\", fits)], "an escape" if fits % 2 else ""
    yield "keys", "yaml", ["{", ("?,", fits // 2)], ""
    yield "JSON depth", "json", [("[", fits)], "more than 64 deep"
    yield "JSON depth of maps", "json", [('{"a":', fits // 5)], "more than 64 deep"
    yield "JSON nodes", "json", ["[", ("1,", fits // 2), "1]"], "more than 1572864 values"
    yield "the largest tree", "json", ["[", ('{"' + "k" * 75 + '":1},\n', 786430), "1]"], "a list"
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
        failures += check_computed(program, pathlib.Path(name))
        failures += check_bombs(program, pathlib.Path(name), is_sanitized)
    for failure in failures:
        print(failure)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
