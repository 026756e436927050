#!/usr/bin/env python3
"""What calls of onus.h give that the program has no command for: api_test.py CALL ONUS ROOT.

Every JSON follows its schema; the matrix is what cases of one item come to; nobody is shown what he cannot open.
77: no jsonschema."""
import difflib
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import referencing
except ImportError:
    print("skipped: the Python package jsonschema is not installed")
    sys.exit(77)

CALL, ONUS, ROOT = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
EXAMPLES = [ROOT / "examples" / name for name in ("sony-2014", "olympic-destroyer-2018", "wizardopium-2019")]
SECRET = "QUIETLY-KEPT"


def run(program, *arguments, code=0):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == code, f"{arguments}: {done.returncode}: {done.stderr.decode()}"
    return done.stdout.decode() if code == 0 else done.stderr.decode()


def ask(*arguments):
    return json.loads(run(CALL, *arguments))


def validators():
    schemas = {name: json.loads((ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
               for name in ("assessment", "matrix", "what-if", "merge")}
    registry = referencing.Registry().with_resources(
        (schema["$id"], referencing.Resource.from_contents(schema)) for schema in schemas.values())
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    return {name: jsonschema.Draft202012Validator(schema, registry=registry) for name, schema in schemas.items()}


def check(validator, value, what):
    errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(value)]
    assert not errors, f"{what}: {errors[:5]}"


def strict(validator, value, what):
    """No key of the top may be missing, and none may be added."""
    assert not validator.is_valid({**value, "unknown": 1}), f"{what}: an unknown key passes"
    for key in value:
        if key != "what_if":
            assert not validator.is_valid({k: v for k, v in value.items() if k != key}), f"{what}: {key} may be missing"


def positions(case):
    return [p["id"] for p in ask("document", case).get("positions", [])] or [None]


def what_ifs(valid):
    overrides = {"prior": {"dprk": 0.5}, "reliability": {"fbi": "D", "nyt": [0.2, 0.3]}, "standard": 0.9,
                 "probability": {"relays": 0.2}, "evidence": {"fbi-code": {"omit": True},
                                                              "language": {"ratio": {"dprk": 2}, "forgeable": 0.1}}}
    check(valid["what-if"], overrides, "overrides")
    for wrong in ({"access": "all"}, {"evidence": {"x": {}}}, {"standard": 2}, {"reliability": {"x": "G"}}):
        assert not valid["what-if"].is_valid(wrong), wrong
    found = ask("what-if", EXAMPLES[0], "us", json.dumps(overrides))
    check(valid["assessment"], found, "a brief what-if")
    strict(valid["assessment"], found, "a brief what-if")
    assert found["kind"] == "brief" and found["what_if"] == {"position": "us", "overrides": overrides}
    assert next(i for i in found["items"] if i["id"] == "fbi-code")["state"] == "left-out"
    plain = ask("what-if", EXAMPLES[0], "us", "{}")
    full = json.loads(run(ONUS, "assess", EXAMPLES[0], "--position", "us", "--format", "json"))
    for key in ("hypotheses", "undercutters", "verdict", "log_odds", "samples"):
        assert plain[key] == full[key], f"a brief assessment has another {key}"
    assert found["log_odds"] != full["log_odds"]


def alone(document, item, scratch):
    """The document with one item only."""
    less = json.loads(json.dumps(document))
    less["evidence"] = [e for e in less["evidence"] if e["id"] == item]
    less.pop("questions", None)
    for position in less.get("positions", []):
        kept = {k: v for k, v in position.get("evidence", {}).items() if k == item}
        position.pop("evidence", None)
        position.update({"evidence": kept} if kept else {})
        if isinstance(position.get("access"), list):
            position["access"] = [a for a in position["access"] if a == item]
    path = scratch / "case.json"
    path.write_text(json.dumps(less), encoding="utf-8")
    return path


def matrices(valid, scratch):
    n_alone = 0
    for case in EXAMPLES:
        document = ask("document", case)
        for position in positions(case)[:2]:
            matrix = ask("matrix", case, *([position] if position else []))
            check(valid["matrix"], matrix, f"the matrix of {case.name}")
            strict(valid["matrix"], matrix, f"the matrix of {case.name}")
            for item in matrix["items"]:
                written = next(e for e in document["evidence"] if e["id"] == item["id"])
                if not item["counts"]:
                    assert item["cells"] == [] and item["diagnosticity"] is None
                    continue
                ends = [cell["log10_lr_alone"] for cell in item["cells"]]
                assert abs(max(ends) - min(ends) - item["diagnosticity"]) < 1e-9
                if "compute" in written:
                    continue
                only = json.loads(run(ONUS, "assess", alone(document, item["id"], scratch), "--format", "json",
                                      *(["--position", position] if position else [])))
                odds = [math.log10(h["posterior"] / h["prior"]) for h in only["hypotheses"]]
                opened = next(i for i, h in enumerate(document["hypotheses"]) if h.get("open"))
                for cell, value in zip(item["cells"], odds):
                    assert abs(cell["log10_lr_alone"] - (value - odds[opened])) < 1e-9, (case.name, item["id"], cell, value)
                n_alone += 1
    assert n_alone > 60, n_alone
    return n_alone


HELD = f"""# A holder's copy.
onus: 1
title: T
question: Q
hypotheses: [{{id: a, prior: 0.2}}, {{id: other, open: true, prior: 0.8}}]
sources: [{{id: s, reliability: B}}]
evidence:
  # before the open one
  - {{id: open, source: s, known: 2020-01-01, ratio: {{a: 2}}, reasons: R}}
  # before the sealed one
  - id: shut
    source: s
    known: 2020-01-02
    observed: 2019-07-07
    sealed: {{commitment: "sha256:{'ab' * 32}", size: 1}}
    vouched: {{ratio: {{a: 2}}}}
    ratio: {{a: 777}}
    reasons: {SECRET}
positions:
  - {{id: holder, access: all, evidence: {{shut: {{ratio: {{a: 778}}, reasons: {SECRET} too}}}}}}
  - {{id: named, access: [shut]}}
  - {{id: outside, access: public}}  # sees the vouched row
"""
TRACES = (SECRET, "777", "778", "2019-07-07")


def seals(scratch):
    case = scratch / "held.yaml"
    case.write_text(HELD, encoding="utf-8")
    assert ask("document", case)["evidence"][1]["reasons"] == SECRET
    lines = {p: run(CALL, "sealed", case, p) for p in ("holder", "named", "outside")}
    assert lines["holder"] == f"shut sha256:{'ab' * 32} held=1 opened=0 readable=1\n"
    assert lines["outside"] == f"shut sha256:{'ab' * 32} held=1 opened=0 readable=0\n"
    for position in ("holder", "named"):
        assert SECRET in run(CALL, "document", case, position)
    assert "778" not in run(CALL, "document", case, "outside")
    seen = run(CALL, "document", case, "outside")
    document = json.loads(seen)
    assert document["evidence"][1] == {"id": "shut", "source": "s", "known": "2020-01-02",
                                       "sealed": {"commitment": f"sha256:{'ab' * 32}", "size": 1},
                                       "vouched": {"ratio": {"a": 2}}}
    seen_file = scratch / "seen.json"
    seen_file.write_text(seen, encoding="utf-8")
    texts = {"document": seen, "yaml": run(CALL, "yaml", seen_file, case), "matrix": run(CALL, "matrix", case, "outside")}
    assert "# before the open one" in texts["yaml"] and "# sees the vouched row" in texts["yaml"]
    for fmt in ("json", "text"):
        texts[f"assess {fmt}"] = run(ONUS, "assess", case, "--position", "outside", "--format", fmt)
        texts[f"explain {fmt}"] = run(ONUS, "explain", case, "shut", "--position", "outside", "--format", fmt)
        assert SECRET in run(ONUS, "explain", case, "shut", "--position", "named", "--format", fmt)
    texts["what-if"] = run(CALL, "what-if", case, "outside", '{"evidence":{"shut":{"unseen":0.1}}}')
    for what, text in texts.items():
        for trace in TRACES:
            assert trace not in re.sub(r"0\.\d+|\d\.\d+", "", text), f"{what} tells {trace} to those outside"
    assert "nobody" in run(CALL, "document", case, "nobody", code=2)

    # What somebody outside edits comes together with what he never saw.
    mine = scratch / "mine.json"
    document["evidence"][0]["ratio"]["a"] = 5
    mine.write_text(json.dumps(document), encoding="utf-8")
    merged = ask("merge", seen_file, mine, case)
    assert merged["n"] == 0 and merged["text"] == HELD.replace("ratio: {a: 2}, reasons: R", "ratio: {a: 5}, reasons: R")


def merges(valid, scratch):
    paths = [scratch / f"{n}.yaml" for n in ("base", "mine", "theirs")]
    base = (EXAMPLES[0] / "case.yaml").read_text(encoding="utf-8")
    mine = base.replace("reliability: [0.6, 0.92]", "reliability: [0.7, 0.9]").replace("prior: [0.08, 0.25]", "prior: 0.3")
    theirs = base.replace("prior: [0.08, 0.25]", "prior: 0.2").replace("title: The President of", "title: A president of")
    assert len({base, mine, theirs}) == 3
    for path, text in zip(paths, (base, mine, theirs)):
        path.write_text(text, encoding="utf-8")
    found = ask("merge", *paths)
    check(valid["merge"], found["result"], "conflicts")
    assert not valid["merge"].is_valid({"conflicts": [{"path": "a", "other": 1}]})
    assert found["result"]["conflicts"] == [{"path": "hypotheses/dprk/prior", "base": [0.08, 0.25], "mine": 0.3, "theirs": 0.2}]
    changed = [line for line in difflib.unified_diff(theirs.splitlines(), found["text"].splitlines(), n=0)
               if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-    reliability: [0.6, 0.92]", "+    reliability: [0.7, 0.9]"], changed
    paths[1].write_text("a: [\n", encoding="utf-8")
    assert run(CALL, "merge", *paths, code=2).startswith("mine:"), "the wrong document is not named"
    paths[1].write_text("- a\n", encoding="utf-8")
    assert "a case is a map" in run(CALL, "merge", *paths, code=2)


def forms(scratch):
    """A document from a form, in the layout of the file."""
    for case in EXAMPLES:
        text = (case / "case.yaml").read_text(encoding="utf-8")
        document = ask("document", case)
        path = scratch / "form.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        assert run(CALL, "yaml", path, case / "case.yaml") == text, f"{case.name} changes on the way"
        document["evidence"][3]["title"] = "Another title: with a colon"
        path.write_text(json.dumps(document), encoding="utf-8")
        found = run(CALL, "yaml", path, case / "case.yaml")
        changed = [line for line in difflib.unified_diff(text.splitlines(), found.splitlines(), n=0)
                   if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        assert len(changed) <= 4 and any("Another title" in line for line in changed), changed
        plain = run(CALL, "yaml", path)
        (scratch / "plain.yaml").write_text(plain, encoding="utf-8")
        (scratch / "found.yaml").write_text(found, encoding="utf-8")
        again = run(CALL, "yaml", scratch / "found.yaml", scratch / "plain.yaml")
        assert again == plain, "the same document is written otherwise"


def references(scratch):
    """What says the same as in an earlier export keeps its version; what says something else has a later one."""
    files, place, earlier = ROOT / "examples/reference", scratch / "r", scratch / "earlier.json"
    run(ONUS, "reference", "import", "--into", place, files / "apt_greyheron.txt", files / "bundle.json")
    first = run(CALL, "reference", place, "2026-01-01T00:00:00Z")
    earlier.write_text(first, encoding="utf-8")
    assert run(CALL, "reference", place, "2026-01-02T00:00:00Z", earlier) == first, "nothing changed, and another bundle"
    run(ONUS, "reference", "import", "--into", place, files / "cluster.json", files / "apt_nightjar.txt")
    before = {o["id"]: o for o in json.loads(first)["objects"]}
    after = {o["id"]: o for o in json.loads(run(CALL, "reference", place, "2026-01-01T00:00:00Z", earlier))["objects"]}
    assert len(after) > len(before) > 3
    for name, new in after.items():
        old = before.get(name)
        if old and {**old, "modified": 0} != {**new, "modified": 0}:
            assert new["modified"] > old["modified"] and new["created"] == old["created"], (old, new)
        elif old:
            assert new == old
    assert "not-there" in run(CALL, "reference", place, "2026-01-01T00:00:00Z", scratch / "not-there.json", code=1)


def main():
    valid = validators()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        what_ifs(valid)
        n_alone = matrices(valid, scratch)
        seals(scratch)
        merges(valid, scratch)
        forms(scratch)
        references(scratch)
    print(f"what-ifs, {n_alone} items alone, seals, merges and forms are right")


main()
