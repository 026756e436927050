#!/usr/bin/env python3
"""Programs in a reference: whose functions a program has, by what the compiler made of two sources.

usage: lineage_test.py ONUS SOURCE_FOLDER SCHEMAS COMPILER...
77: no strip, or no jsonschema."""
import copy
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: the Python package jsonschema is not installed")
    sys.exit(77)
if not shutil.which("strip"):
    print("skipped: no strip")
    sys.exit(77)

onus, sources, schemas, compiler = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4:]
REPORTS = {"Heron": "https://example.org/heron", "Bittern": "https://example.org/bittern"}


def build(path, name, *flags):
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([*compiler, *flags, "-w", sources / f"{name}.c", "-o", path, "-lm"], check=True)
    subprocess.run(["strip", "-s", path], check=True)
    return path


def run(*arguments, status=0):
    done = subprocess.run([onus, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: {done.returncode}: {done.stderr}"
    return done


def result_of(schema, *arguments):
    """What is printed, held against its schema, which lets nothing be missing or unknown."""
    validator = jsonschema.Draft202012Validator(json.loads((schemas / schema).read_text()))
    jsonschema.Draft202012Validator.check_schema(validator.schema)
    result = json.loads(run(*arguments, "--format", "json").stdout)
    errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(result)]
    assert not errors, errors[:5]
    for key in result:
        assert not validator.is_valid({k: v for k, v in result.items() if k != key}), f"{key} may be missing"
    extra = copy.deepcopy(result)
    extra["unknown"] = 1
    assert not validator.is_valid(extra), "an unknown key passes"
    return result


def take(reference, folder, actor, day):
    return result_of("code-import.schema.json", "reference", "import", "--into", reference, "--code", folder, "--actor",
                     actor, "--report", REPORTS[actor], "--day", day)


def digest(reference):
    return json.loads(run("reference", "info", reference, "--format", "json").stdout)["digest"]


def explain(reference, *files, options=()):
    return result_of("lineage.schema.json", "match", *files, "--reference", reference, *options)


def shares(file, what):
    return {x["name"]: x["share_of_rare_code"] for x in file[what]}


with tempfile.TemporaryDirectory() as name:
    place = pathlib.Path(name)
    heron, bittern, ref = place / "heron", place / "bittern", place / "ref"
    build(heron / "reed" / "first", "sample", "-O2")
    build(heron / "reed" / "deep" / "second", "sample", "-O3")
    build(bittern / "alone", "other", "-O2")
    (heron / "notes.txt").write_text("these are no programs\n")
    (heron / "reed" / "link").symlink_to("first")
    queries = [build(place / "query", "sample", "-Os"), build(place / "other-query", "other", "-Os")]

    # What is taken, and what is not.
    taken = take(ref, heron, "Heron", "2024-05-02")
    assert [(f["name"], f["programs"], f["new"]) for f in taken["families"]] == [("reed", 2, 2)], taken
    assert taken["programs"] == 2 and taken["skipped"] == 2 and taken["new_functions"] > 30, taken
    assert {pathlib.Path(s["path"]).name for s in taken["skips"]} == {"notes.txt", "link"}, taken["skips"]
    take(ref, bittern, "Bittern", "2023-02-01")
    info = json.loads(run("reference", "info", ref, "--format", "json").stdout)
    assert (info["programs"], info["families"], info["lists"]) == (3, 2, 0) and info["functions"] > 40, info

    # Again: nothing changes.
    before = digest(ref)
    again = take(ref, heron, "Heron", "2024-05-02")
    assert again["new"] == again["new_functions"] == 0 and digest(ref) == before

    # Whose they are, whatever the settings.
    both = explain(ref, *queries)
    first, second = both["files"]
    print("sample:", shares(first, "actors"), "other:", shares(second, "actors"))
    assert shares(first, "actors")["Heron"] > 0.1 > 5 * shares(first, "actors").get("Bittern", 0)
    assert shares(second, "actors")["Bittern"] > 0.1 > 5 * shares(second, "actors").get("Heron", 0)
    assert list(shares(first, "families"))[0] == "reed" and list(shares(second, "families"))[0] == "alone"
    sample = first["programs"][0]["samples"][0]
    assert (sample["actor"], sample["known"], sample["reports"]) == ("Heron", "2024-05-02", [REPORTS["Heron"]]), sample
    for file in both["files"]:
        assert file["matched"] == len(file["matches"]) <= file["functions"]
        assert abs(sum(m["part_of_rare_code"] for m in file["matches"]) - file["share_of_rare_code"]) < 1e-9
        for match in file["matches"]:
            assert all(m["probability"] >= both["threshold"] for m in match["is_in"])
            assert [m["log_odds"] for m in match["is_in"]] == sorted((m["log_odds"] for m in match["is_in"]), reverse=True)

    # What is left out, or was not known yet, is not found.
    for options in (("--leave-out", REPORTS["Heron"]), ("--as-of", "2024-05-01")):
        hidden = explain(ref, queries[0], options=options)["files"][0]
        assert "Heron" not in shares(hidden, "actors") and "reed" not in shares(hidden, "families"), options
        assert {m["program"] for x in hidden["matches"] for m in x["is_in"]} <= {"alone"}, options
    assert "Heron" in shares(explain(ref, queries[0], options=("--as-of", "2024-05-02"))["files"][0], "actors")
    empty = explain(ref, queries[0], options=("--as-of", "2020-01-01"))["files"][0]
    assert empty["matched"] == 0 and empty["share_of_rare_code"] == 0

    # The same program, said to be of another actor too: both have all of it.
    take(ref, heron / "reed", "Bittern", "2024-06-01")
    shared = shares(explain(ref, queries[0])["files"][0], "actors")
    assert shared["Heron"] == shared["Bittern"] > 0, shared

    # A program that is nearly the same takes nothing from it: who has the one has the other.
    near, crowd = place / "near", place / "crowd"
    for actor, folder in (("Heron", near / "a"), ("Bittern", near / "b")):
        build(folder / "one" / "program", "sample", "-O2")
        with open(folder / "one" / "program", "ab") as file:
            file.write(actor.encode())
        take(crowd, folder, actor, "2024-05-02")
    alone = place / "lone"
    take(alone, near / "a", "Heron", "2024-05-02")
    wanted = shares(explain(alone, queries[0])["files"][0], "actors")["Heron"]
    found = shares(explain(crowd, queries[0])["files"][0], "actors")
    assert found["Heron"] == found["Bittern"] and abs(found["Heron"] - wanted) < 0.05 and wanted > 0.5, (found, wanted)

    # A file that is none is named, and the others are shown.
    done = run("match", queries[0], heron / "notes.txt", "--reference", ref, status=2)
    assert "notes.txt" in done.stderr and "of its rare code" in done.stdout
    page = run("match", *queries, "--reference", ref, "--format", "html").stdout
    assert page.count("<table") == page.count("</table>") == 8 and "<script" not in page and REPORTS["Heron"] in page
    assert page.count("<tr") == page.count("</tr>") and "does not say who wrote it" in page
