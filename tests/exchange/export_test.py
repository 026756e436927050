#!/usr/bin/env python3
"""Cases as MISP events, matrices and Navigator layers: loaded by other people's programs, with the figures of the verdict.

usage: export_test.py ONUS SOURCE_ROOT
"""
import csv
import hashlib
import io
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import uuid

import pymisp

import cases

NOW = "2026-01-02T03:04:05Z"
ADMIRALTY = {1: 100, 2: 75, 3: 50, 4: 25, 5: 0, 6: 50}  # MISP's taxonomy


def read_result(onus, case, position):
    return json.loads(cases.run(onus, "assess", case, "--format", "json", "--position", position).stdout)


def positions_of(case):
    return case.get("positions") or [{"id": "analyst", "name": "Analyst"}]


# --- MISP ---------------------------------------------------------------------------------------------------------


def check_unchanged(given, loaded):
    """Everything that was written is there when pymisp has read the event and written it again."""
    if isinstance(given, dict):
        for key, value in given.items():
            if key not in ("timestamp", "created", "modified", "first_seen"):
                assert key in loaded, f"pymisp lost {key} of {given}"
                check_unchanged(value, loaded[key])
    elif isinstance(given, list):
        by = {json.dumps(t.get("uuid") or t.get("name")): t for t in loaded}
        for thing in given:
            check_unchanged(thing, by[json.dumps(thing.get("uuid") or thing.get("name"))])
    elif key_number(given) is None or key_number(loaded) is None:
        assert given == loaded, (given, loaded)
    else:
        assert key_number(given) == key_number(loaded), (given, loaded)


def key_number(value):
    return float(value) if isinstance(value, (int, float)) or (isinstance(value, str) and re.fullmatch(r"\d{1,12}", value)) else None


def check_event(onus, case_path, work, *options):
    path = work / "event.json"
    cases.run(onus, "export", case_path, "--to", "misp", "--output", path, "--now", NOW, *options)
    text = path.read_text(encoding="utf-8")
    raw = json.loads(text)
    event = pymisp.MISPEvent(strict_validation=True)
    event.load_file(path)
    check_unchanged(raw["Event"], json.loads(event.to_json()))
    case = cases.read(case_path)
    listed = [h for h in case["hypotheses"] if not h.get("open")]
    results = [read_result(onus, case_path, p["id"]) for p in positions_of(case)]
    names = [a for a in raw["Event"]["Attribute"] if a["type"] == "threat-actor"] if listed else []
    assert [a["value"] for a in names] == [h.get("name", h["id"]) for h in listed]
    for hypothesis, attribute in zip(listed, names, strict=True):
        assert {t["name"] for t in attribute["Tag"] if t["name"].startswith("misp-galaxy")} == \
            {f'misp-galaxy:threat-actor="{actor}"' for actor in hypothesis.get("actors", [])}
        for opinion, result in zip(attribute["Opinion"], results, strict=True):
            posterior = next(h for h in result["hypotheses"] if h["id"] == hypothesis["id"])["posterior"]
            assert isinstance(opinion["opinion"], str) and int(opinion["opinion"]) == math.floor(100 * posterior + 0.5)
    about = results[0]["about"]
    for opinion, result, position in zip(raw["Event"]["Opinion"], results, positions_of(case), strict=True):
        claim = cases.run(onus, "assess", case_path, "--format", "json", "--position", position["id"], "--about", about).stdout
        claim = json.loads(claim)
        posterior = next(h["posterior"] for h in claim["hypotheses"] + claim["propositions"] if h["id"] == claim["about"])
        words = {"enough": "Enough", "not-enough": "Not enough", "depends": "It depends"}[claim["verdict"]]
        assert opinion["comment"].startswith(words) and abs(int(opinion["opinion"]) - 100 * posterior) <= 0.5
        attributed = [r for r in raw["Event"].get("Relationship", []) if r["authors"] == opinion["authors"]]
        assert bool(attributed) == (claim["verdict"] == "enough" and claim["about"] != "other"), attributed
    tagged = any(t["name"].startswith("misp-galaxy") for t in raw["Event"].get("Tag", []))
    assert not tagged or results[0]["verdict"] == "enough"
    check_items(case, raw["Event"])
    uuids = re.findall(r'"uuid":"([^"]+)"', text)
    makers = set(re.findall(r'"Orgc":\{"name":"(?:[^"\\]|\\.)*","uuid":"([^"]+)"', text))
    assert len(uuids) - len([u for u in uuids if u in makers]) == len(set(uuids) - makers), "a UUID stands twice"
    again = cases.run(onus, "export", case_path, "--to", "misp", "--now", NOW, *options).stdout.decode()
    assert again == text, "exported again it is another event"
    return raw["Event"]


def check_items(case, event):
    sources = {s["id"]: s for s in case["sources"]}
    objects = event.get("Object", [])
    assert len(objects) == len(case["evidence"])
    by = {}
    for item, thing in zip(case["evidence"], objects, strict=True):
        parts = {a["object_relation"]: a for a in thing["Attribute"]}
        by[item["id"]] = thing
        assert parts["title"]["value"] == item.get("title", item["id"])
        tags = {t["name"] for t in parts["title"].get("Tag", [])}
        reliability = sources[item["source"]].get("reliability")
        if isinstance(reliability, str):
            assert f'admiralty-scale:source-reliability="{reliability.lower()}"' in tags
        if "credibility" in item:
            assert f'admiralty-scale:information-credibility="{item["credibility"]}"' in tags
        if "repeats" in item:
            assert any(r["relationship_type"] == "based-on" for r in thing["Relationship"])
    for position in case.get("positions", []):
        for item, view in position.get("evidence", {}).items():
            if "credibility" in view and "sealed" not in next(i for i in case["evidence"] if i["id"] == item):
                values = [o["opinion"] for o in by[item]["Opinion"] if o["authors"] == position.get("name", position["id"])]
                assert values == [str(ADMIRALTY[view["credibility"]])], values


def check_converted(event, work):
    """Through misp-stix: names, texts, opinions and notes arrive."""
    path = work / "converted.json"
    path.write_text(json.dumps({"Event": event}), encoding="utf-8")
    converter = pathlib.Path(sys.executable).parent / "misp_stix_converter"
    done = subprocess.run([converter, "export", "-v", "2.1", "-f", path, "--overwrite"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    bundle = json.loads((work / "converted.json.out").read_text(encoding="utf-8"))
    text = json.dumps(bundle, ensure_ascii=False)
    for attribute in event.get("Attribute", []) + [a for o in event.get("Object", []) for a in o["Attribute"]]:
        assert json.dumps(attribute["value"], ensure_ascii=False)[1:-1] in text, f"lost: {attribute['value']}"
    kinds = [thing["type"] for thing in bundle["objects"]]
    holders = [event] + event.get("Attribute", []) + event.get("Object", [])
    assert kinds.count("opinion") == sum(len(h.get("Opinion", [])) for h in holders)
    assert kinds.count("note") == sum(len(h.get("Note", [])) for h in holders)


def check_back(onus, event, case_path, work):
    """The event as others see it, read again: what the positions think comes back as their opinion."""
    path = work / "back.json"
    path.write_text(json.dumps({"Event": event}), encoding="utf-8")
    done = cases.run(onus, "import", path, "--now", NOW)
    (work / "back.yaml").write_bytes(done.stdout)
    draft, case = cases.read(work / "back.yaml"), cases.read(case_path)
    assert [h["name"] for h in draft["hypotheses"][:-1]] == [h.get("name", h["id"]) for h in case["hypotheses"] if not h.get("open")]
    assert [p["name"] for p in draft["positions"][1:]] == [p.get("name", p["id"]) for p in positions_of(case)]
    sources = {s["id"]: s["name"] for s in draft["sources"]}
    said = {(sources[i["source"]], *[(way, i["says"].get(way)) for way in ("that", "not")]) for i in draft["evidence"]}
    ids = {h.get("name", h["id"]): h["id"] for h in draft["hypotheses"]}
    by_id = {h["id"]: h.get("name", h["id"]) for h in case["hypotheses"]}
    names = {s["id"]: s.get("name", s["id"]) for s in case["sources"]}
    for item in case["evidence"]:
        claim = item.get("says", {})
        for way in ("that", "not"):
            if claim.get(way) in by_id and by_id[claim[way]] in ids:
                wanted = (way, ids[by_id[claim[way]]])
                assert any(s[0] == names[item["source"]] and wanted in s[1:] for s in said), item


# --- matrix and layer -----------------------------------------------------------------------------------------------


def check_matrix(onus, case_path, *options):
    text = cases.run(onus, "export", case_path, "--to", "csv", *options).stdout.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    case = cases.read(case_path)
    result = read_result(onus, case_path, positions_of(case)[0]["id"])
    assert [row["item"] for row in rows] == [item["id"] for item in case["evidence"]]
    shown = {i["id"]: i for i in result["items"]}
    for row, item in zip(rows, case["evidence"], strict=True):
        sealed = "sealed" in item and any(k in item for k in ("ratio", "likelihood", "strength", "says")) and "--opened" not in options
        assert row["title"].lstrip("'") == item.get("title", item["id"]) and row["known"] == str(item["known"])
        assert row["credibility"] == str(item.get("credibility", "")) and bool(row["sealed"]) == ("sealed" in item)
        assert (row["counts"] == "yes") == shown[item["id"]]["counts"], row
        own = positions_of(case)[0].get("evidence", {}).get(item["id"], {})
        is_own = any(k in own for k in ("ratio", "likelihood", "strength", "says"))
        for h, value in item.get("likelihood", {}).items() if not sealed and not is_own else []:
            numbers = [float(v) for v in row[f"likelihood {h}"].split(" to ")]
            assert numbers == [float(v) for v in (value if isinstance(value, list) else [value])], (row, value)
        ratios = [row[f"ratio {h['id']}"] for h in case["hypotheses"]]
        assert all(ratios) == (shown[item["id"]]["counts"] and not sealed), row
        if sealed:
            assert not row["weight_log_odds"] and not row["kind"]
        elif row["counts"] == "yes":
            assert abs(float(row["weight_log_odds"]) - shown[item["id"]]["weight"]) < 1e-4 * max(1, abs(float(row["weight_log_odds"])))
            opened = next(h["id"] for h in case["hypotheses"] if h.get("open"))
            assert float(row[f"ratio {opened}"]) == 1
    return rows, text


def check_formulas(onus, work):
    text = cases.MINIMAL.replace("sources: []", "sources: [{id: s, name: \"@sum\", reliability: C}]").replace(
        "evidence: []", 'evidence: [{id: e, title: "=cmd|\' /C calc\'!A0", source: s, known: 2020-01-01, says: {that: a}}, '
        '{id: f, title: "+1, \\"x\\"\\ny", source: s, known: 2020-01-01, says: {that: a}}]')
    rows, text = check_matrix(onus, cases.make(work / "formulas", text))
    assert rows[0]["title"] == "'=cmd|' /C calc'!A0" and rows[0]["source"] == "'@sum" and rows[1]["title"] == "'+1, \"x\"\ny"
    assert not re.search(r"(^|,)\"?[=+@]", text, re.M)


def check_layer(onus, case_path, *options):
    layer = json.loads(cases.run(onus, "export", case_path, "--to", "navigator", *options).stdout)
    assert layer["versions"]["layer"] == "4.5" and layer["domain"] == "enterprise-attack"
    ids = [t["techniqueID"] for t in layer["techniques"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"T\d{4}(\.\d{3})?", i) for i in ids)
    most = layer["gradient"]["maxValue"]
    assert layer["gradient"]["minValue"] == -most and all(abs(t.get("score", 0)) <= most for t in layer["techniques"])
    return {t["techniqueID"]: t for t in layer["techniques"]}


def check_sony_layer(onus, case_path):
    """Scores are the weights of the computed row, by the name of the technique."""
    layer = check_layer(onus, case_path)
    links = json.loads((case_path / "computed" / "us-cert-techniques.json").read_text())["links"]
    with (case_path / "evidence" / "techniques.csv").open(newline="") as file:
        listed = list(csv.DictReader(file))
    assert set(layer) == {row["technique"] for row in listed}
    for row in listed:
        weights = [link["weight"] for link in links if link["value"] in (row["name"], row["name"].split(": ")[-1])]
        assert layer[row["technique"]].get("score") == (round(weights[0], 6) if weights else None), row
    assert any("score" in t for t in layer.values())
    assert check_layer(onus, case_path, "--as-of", "2014-12-01") == {}


def check_forms(onus, case_path, work):
    """What an artefact lists goes along, in whichever form `onus compute` takes it."""
    copy = work / "forms"
    shutil.copytree(case_path, copy)
    artefact, row = copy / "evidence" / "ta14-353a-addresses.csv", copy / "computed" / "us-cert-addresses.json"
    with artefact.open(newline="") as file:
        addresses = {line["indicator"] for line in csv.DictReader(file)}
    before = "sha256:" + hashlib.sha256(artefact.read_bytes()).hexdigest()
    attributes = [{"uuid": str(uuid.uuid4()), "type": "ip-dst", "category": "Network activity", "to_ids": True, "value": a}
                  for a in sorted(addresses)]
    artefact.write_text(json.dumps({"Event": {"uuid": str(uuid.uuid4()), "info": "alert", "Attribute": attributes}}, indent=1))
    row.write_text(row.read_text().replace(before, "sha256:" + hashlib.sha256(artefact.read_bytes()).hexdigest()))
    event = json.loads(cases.run(onus, "export", copy, "--to", "misp").stdout)["Event"]
    assert addresses <= {a["value"] for a in event["Attribute"]}
    bundle = json.loads(cases.run(onus, "export", copy, "--to", "stix").stdout)
    assert addresses == {o["value"] for o in bundle["objects"] if o["type"] == "ipv4-addr"}


def main():
    onus, root = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        examples = sorted(p.parent for p in (root / "examples").glob("*/case.yaml"))
        full = cases.make(work / "full")
        for case in examples + [full]:
            event = check_event(onus, case, work)
            check_converted(event, work)
            check_back(onus, event, case, work)
            check_matrix(onus, case)
            check_matrix(onus, case, "--opened")
            check_layer(onus, case)
        check_sony_layer(onus, root / "examples" / "sony-2014")
        check_forms(onus, root / "examples" / "sony-2014", work)
        check_event(onus, cases.make(work / "minimal", cases.MINIMAL), work)
        check_formulas(onus, work)
        for form in ("misp", "csv", "navigator"):
            shut = cases.run(onus, "export", full, "--to", form).stdout
            assert b"secret" not in shut, form
        assert b"The secret reason." in cases.run(onus, "export", full, "--to", "misp", "--opened").stdout
    print(f"{len(examples)} examples and 3 cases")


if __name__ == "__main__":
    main()
