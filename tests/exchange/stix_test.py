#!/usr/bin/env python3
"""Cases as STIX 2.1: valid, strictly parsed, back again without loss, the same from export to export.

usage: stix_test.py ONUS SOURCE_ROOT

One warning of the validator is expected and explained: 302, "a URL but no hash". Onus shows where a source can be read and
never fetches it, so it cannot know the hash of what is there.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import stix2

import cases

EXPLAINED = "302"
EXTENSION = "extension-definition--8bd854b2-cfa6-4f45-bd82-7e017298f289"


def own(thing):
    return thing.get("extensions", {}).get(EXTENSION, {})


def check_valid(path, schema):
    validator = pathlib.Path(sys.executable).parent / "stix2_validator"
    done = subprocess.run([validator, "--version", "2.1", "--strict", "--disable", EXPLAINED, path], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    bundle = json.loads(path.read_text(encoding="utf-8"))
    stix2.parse(bundle, allow_custom=False)
    checker = jsonschema.Draft202012Validator(schema)
    for thing in bundle["objects"]:
        if own(thing):
            checker.validate(own(thing))
    ids = {thing["id"] for thing in bundle["objects"]}
    assert len(ids) == len(bundle["objects"]), "an identifier stands twice"
    for thing in bundle["objects"]:
        for key, value in thing.items():
            for ref in [value] if key.endswith("_ref") else value if key.endswith("_refs") else []:
                assert ref in ids, f"{thing['id']} refers to {ref}, which is not in the bundle"
    return bundle


def check_case(onus, case, work, schema, *options):
    bundle_path, back = work / "bundle.json", work / "back"
    cases.run(onus, "export", case, "--to", "stix", "--output", bundle_path, "--now", "2026-01-02T03:04:05Z", *options)
    bundle = check_valid(bundle_path, schema)
    cases.run(onus, "import", bundle_path, "--output", back)
    assert cases.canonical(back) == cases.canonical(case), f"{case}: another case came back"
    for file in sorted(p for p in pathlib.Path(case).rglob("*") if p.is_file() and "evidence" in p.parts):
        twin = back / file.relative_to(case)
        named = file.relative_to(case).as_posix() in (pathlib.Path(case) / "case.yaml").read_text(encoding="utf-8")
        assert not named or twin.read_bytes() == file.read_bytes(), f"{file} came back otherwise"
    # The same again, later: not a byte changes. And out of what came back.
    before = bundle_path.read_bytes()
    cases.run(onus, "export", case, "--to", "stix", "--output", bundle_path, "--now", "2026-02-02T03:04:05Z", *options)
    assert bundle_path.read_bytes() == before, "a second export changed something"
    cases.run(onus, "export", back, "--to", "stix", "--output", work / "again.json", "--previous", bundle_path,
              "--now", "2026-02-02T03:04:05Z", *options)
    assert (work / "again.json").read_bytes() == before, "the case that came back is exported otherwise"
    return bundle


def check_change(onus, work):
    """`modified` moves where something changed, identifiers stay, even when the title is another one."""
    case, path = cases.make(work / "changed"), work / "changed.json"
    export = ["export", case, "--to", "stix", "--output", path, "--now"]
    cases.run(onus, *export, "2026-01-02T03:04:05Z")
    before = {thing["id"]: thing for thing in json.loads(path.read_text())["objects"]}
    text = (case / "case.yaml").read_text(encoding="utf-8")
    (case / "case.yaml").write_text(text.replace("reasons: Seen.", "reasons: Seen twice.")
                                    .replace("A case with everything", "The same case"), encoding="utf-8")
    cases.run(onus, *export, "2026-02-02T03:04:05Z")
    after = {thing["id"]: thing for thing in json.loads(path.read_text())["objects"]}
    assert before.keys() == after.keys()
    moved = {(own(t).get("part"), own(t).get("key")) for i, t in after.items() if t.get("modified") != before[i].get("modified")}
    assert moved == {("item", "e4"), ("attack", "attack"), ("case", "case")}, moved
    for i, thing in after.items():
        assert thing.get("created") == before[i].get("created")
    # A clock that goes back must not bring `modified` back.
    (case / "case.yaml").write_text(text, encoding="utf-8")
    cases.run(onus, *export, "2020-02-02T03:04:05Z")
    for thing in json.loads(path.read_text())["objects"]:
        assert thing.get("modified", "") >= after[thing["id"]].get("modified", "")
    cases.run(onus, "export", case, "--to", "stix", "--previous", case / "case.yaml", status=2)


def check_seals(onus, case, work):
    """What stands behind a seal stays at home unless it is asked for."""
    shut = cases.run(onus, "export", case, "--to", "stix").stdout.decode()
    assert "secret" not in shut and "sha256:0123456789abcdef" in shut and "Told." in shut
    path = work / "shut.json"
    path.write_text(shut, encoding="utf-8")
    cases.run(onus, "import", path, "--output", work / "shut")
    e5 = next(item for item in cases.read(work / "shut")["evidence"] if item["id"] == "e5")
    assert "ratio" not in e5 and e5["vouched"] == {"ratio": {"a": [2, 5]}}


def check_markings(bundle):
    marks = {own(t)["key"]: t.get("object_marking_refs") for t in bundle["objects"] if own(t).get("part") in ("item", "source")}
    tlp = {t["extensions"]["extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"]["tlp_2_0"]: t["id"]
           for t in bundle["objects"] if t["type"] == "marking-definition"}
    assert set(tlp) == {"green", "amber", "amber+strict", "red"}
    assert marks["e1"] == [tlp["red"]] and marks["e2"] == [tlp["green"]] and marks["s"] == [tlp["amber"]]
    report = next(t for t in bundle["objects"] if t["type"] == "report")
    granular = {m["marking_ref"]: m["selectors"] for m in report["granular_markings"]}
    assert granular[tlp["red"]] == [f"extensions.{EXTENSION}.evidence.[0]"], granular


def check_figures(onus, case, bundle):
    result = json.loads(cases.run(onus, "assess", case, "--format", "json").stdout)
    for thing in bundle["objects"]:
        if own(thing).get("part") == "attribution":
            posterior = next(h for h in result["hypotheses"] if h["id"] == own(thing)["key"])["posterior"]
            assert thing["confidence"] == round(100 * posterior), thing
            assert abs(own(thing)["probabilities"][0]["posterior"] - posterior) < 1e-8


def main():
    onus, root = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    schema = json.loads((root / "docs" / "stix-extension.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        examples = sorted(p.parent for p in (root / "examples").glob("*/case.yaml"))
        assert examples
        for number, example in enumerate(examples):
            (work / str(number)).mkdir()
            bundle = check_case(onus, example, work / str(number), schema)
            check_figures(onus, example, bundle)
        (work / "full").mkdir()
        full = cases.make(work / "full" / "case")
        check_markings(check_case(onus, full, work / "full", schema, "--opened"))
        check_seals(onus, full, work / "full")
        (work / "minimal").mkdir()
        check_case(onus, cases.make(work / "minimal" / "case", cases.MINIMAL), work / "minimal", schema)
        check_change(onus, work)
    print(f"{len(examples)} examples and 2 cases")


if __name__ == "__main__":
    main()
