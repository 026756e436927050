#!/usr/bin/env python3
"""One program under several settings of the compiler, stripped: onus finds its functions again, and none of another one.

usage: match_test.py ONUS SOURCE_FOLDER COMPILER...
77: no nm or strip."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

onus, sources, compiler = sys.argv[1], sys.argv[2], sys.argv[3:]
if not shutil.which("nm") or not shutil.which("strip"):
    print("skipped: no nm or strip")
    sys.exit(77)


def build(place, name, *flags):
    """The stripped program, and which of its own functions lies where."""
    path = os.path.join(place, name + "".join(flags))
    subprocess.run([*compiler, *flags, "-w", os.path.join(sources, name + ".c"), "-o", path, "-lm"], check=True)
    listing = subprocess.run(["nm", "--defined-only", path], check=True, capture_output=True, text=True).stdout
    with open(os.path.join(sources, name + ".c"), encoding="utf-8") as file:
        text = file.read()
    names = {int(a, 16): n for a, kind, n in (line.split() for line in listing.splitlines())
             if kind in "tT" and f"{n}(" in text and n != "main"}
    subprocess.run(["strip", "-s", path], check=True)
    return path, names


def match(first, *others):
    done = subprocess.run([onus, "match", first, *others, "--format", "json"], check=True, capture_output=True)
    return json.loads(done.stdout)


def hits(result, names, other_names):
    """How many functions were found again, and how many were called that they are not."""
    right = wrong = 0
    for pair in result["pairs"]:
        name = names.get(int(pair["function"]["address"], 16))
        if name is not None:
            if other_names.get(int(pair["is"]["address"], 16)) == name:
                right += 1
            else:
                wrong += 1
    return right, wrong


with tempfile.TemporaryDirectory() as place:
    built = {o: build(place, "sample", o) for o in ("-O0", "-O2", "-O3")}
    other, other_names = build(place, "other", "-O2")
    assert len(built["-O2"][1]) >= 15 and len(other_names) >= 5, "nm lists the functions"
    for first, second, least in (("-O2", "-O2", 0.9), ("-O3", "-O2", 0.8), ("-O0", "-O2", 0.4)):
        path, names = built[first]
        result = match(path, built[second][0])
        right, wrong = hits(result, names, built[second][1])
        both = len(set(names.values()) & set(built[second][1].values()))
        print(f"{first} in {second}: {right} of {both} found, {wrong} wrong")
        assert right >= least * both, "too few functions are found again"
        assert wrong <= 1, "functions are taken for others"
        for pair in result["pairs"]:
            assert pair["probability"] >= result["threshold"]
            assert abs(sum(pair["reasons"].values()) - pair["log_odds"]) < 1e-6 * (1 + abs(pair["log_odds"]))
    # A shared library calls itself through stubs.
    library, names = build(place, "sample", "-O2", "-fno-inline", "-shared", "-fPIC")
    whole, whole_names = build(place, "sample", "-O2", "-fno-inline")
    result = match(library, whole)
    right, wrong = hits(result, names, whole_names)
    print(f"as a shared library: {right} found, {wrong} wrong")
    assert right >= 13 and wrong == 0, "functions of a shared library are not found"
    callees = [pair["reasons"]["callees"] for pair in result["pairs"]
               if pair["function"]["name"] in ("insert_entry", "load_entries", "find_entry")]
    print("their callees add", callees)
    assert callees and all(x > 0 for x in callees), "calls through stubs are not seen"
    # With the right program among several, matches are there and not in the other one.
    result = match(built["-O0"][0], other, built["-O2"][0])
    assert result["programs"][2]["matched"] > 5 * result["programs"][1]["matched"], result["programs"]
    # Nothing but what every program starts with is in both.
    result = match(other, built["-O2"][0])
    right, wrong = hits(result, other_names, built["-O2"][1])
    assert wrong == 0, f"{wrong} functions of another program are found"
    page = subprocess.run([onus, "match", built["-O3"][0], built["-O2"][0], "--format", "html"], check=True,
                          capture_output=True, text=True).stdout
    assert page.count("<details>") > 10 and 'class="same"' in page and "<script" not in page
    assert page.count("<tr") == page.count("</tr>") and page.count("<details") == page.count("</details>")
