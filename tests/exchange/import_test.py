#!/usr/bin/env python3
"""What others wrote becomes a draft in which nobody's word is a fact, and nothing that they wrote is lost.

usage: import_test.py ONUS
"""
import json
import pathlib
import random
import sys
import tempfile

import pymisp
import stix2.confidence.scales as scales

import bundles
import cases

NOW = "2026-01-02T03:04:05Z"


class Import:
    """One run of the program on files, and the draft that came of it."""

    def __init__(self, onus, work, *files, options=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=work)) / "draft"
        done = cases.run(onus, "import", *files, "--output", self.folder, "--now", NOW, *options)
        self.notes = done.stderr.decode()
        self.case = cases.read(self.folder)
        cases.run(onus, "check", self.folder)

    def item(self, **wanted):
        found = [item for item in self.case["evidence"] if all(item.get(k) == v for k, v in wanted.items())]
        assert len(found) == 1, (wanted, self.case["evidence"])
        return found[0]


def write(work, thing, name="in.json"):
    path = pathlib.Path(tempfile.mkdtemp(dir=work)) / name
    path.write_text(thing if isinstance(thing, str) else json.dumps(thing), encoding="utf-8")
    return path


def fail(onus, path, *words, options=(), status=2):
    done = cases.run(onus, "import", path, *options, status=status)
    said = done.stderr.decode()
    assert not done.stdout and len(said.splitlines()) == 1, said
    for word in words:
        assert word in said, said


# --- STIX ---------------------------------------------------------------------------------------------------------


def check_every_type(onus, work, count):
    for seed in range(count):
        bundle = bundles.every_type(random.Random(seed))
        made = Import(onus, work, write(work, bundle))
        names = {thing["id"]: thing.get("name") for thing in bundle["objects"]}
        relation = next(t for t in bundle["objects"] if t.get("confidence"))
        item = made.item(source="the-bureau")
        assert item["says"] == {"that": made.case["hypotheses"][0]["id"]} and item["known"] == "2020-05-06T07:08:09Z"
        assert str(item["credibility"]) == scales.value_to_admiralty_credibility(relation["confidence"])[0]
        assert "They share code." in item["reasons"] and "A friend: Seen by us too." in item["reasons"]
        assert names[relation["source_ref"]] in item["title"]
        assert made.case["hypotheses"][0]["actors"][1:] == ["Lazarus", "Hidden Cobra", "é \U0001f600"]
        assert made.case["propositions"] == [{"id": "a-state", "name": "A state", "any": [made.case["hypotheses"][0]["id"]]}]
        assert made.case["sources"][0]["reliability"] == "F", "a source that nobody graded"
        opinion = next(t for t in bundle["objects"] if t["type"] == "opinion")
        position = made.case["positions"][1]
        assert position["name"] == "Another firm"
        assert position["evidence"][item["id"]]["credibility"] == {"strongly-agree": 1, "disagree": 4}[opinion["opinion"]]
        for kind in ("x-weather", "indicator", "sighting"):
            assert f'of the type "{kind}": kept, not weighed' in made.notes, made.notes
        # Handed back, to the last digit, beside the objects of the case.
        back = json.loads(cases.run(onus, "export", made.folder, "--to", "stix").stdout)["objects"]
        handed = {thing["id"]: thing for thing in back}
        assert len(handed) == len(back)
        for thing in bundle["objects"]:
            assert json.dumps(handed[thing["id"]], sort_keys=True) == json.dumps(thing, sort_keys=True), thing["id"]
        assert len(back) > len(bundle["objects"])


def attribution(rng, campaign, actor, **more):
    return bundles.common(rng, "relationship", relationship_type="attributed-to", source_ref=campaign["id"], target_ref=actor["id"], **more)


def check_rules(onus, work):
    rng = random.Random(5)
    campaign, other = (bundles.common(rng, "campaign", name=name) for name in ("Alpha", "Beta"))
    a, b = (bundles.common(rng, "intrusion-set", name=name) for name in ("Group A", "Group B"))
    said = attribution(rng, campaign, a)

    def bundle(*things):
        return write(work, {"type": "bundle", "id": bundles.identifier(rng, "bundle"), "objects": list(things)})

    # The latest version counts, wherever it stands.
    newer = said | {"modified": "2030-01-01T00:00:00.000Z", "target_ref": b["id"]}
    for order in ([said, newer], [newer, said]):
        made = Import(onus, work, bundle(campaign, a, b, *order))
        assert [h["name"] for h in made.case["hypotheses"]] == ["Group B", "Someone not listed"]
        assert "1 older version of objects" in made.notes
    fail(onus, bundle(campaign, a, b, said, said | {"target_ref": b["id"]}), "in.json:1:", said["id"], "stands twice with the same `modified`")
    Import(onus, work, bundle(campaign, a, said, dict(reversed(said.items()))))  # the same again, keys in another order
    # A clock in the far future.
    made = Import(onus, work, bundle(campaign, a, said | {"created": "9999-12-31T23:59:59.999Z"}))
    assert made.case["evidence"][0]["known"] == "2026-01-02" and "lies ahead" in made.notes
    # Circles.
    ring = [attribution(rng, a, b), attribution(rng, b, a)]
    fail(onus, bundle(a, b, *ring), "nothing in it says who is behind anything")
    made = Import(onus, work, bundle(campaign, a, b, said, *ring))
    assert made.case["propositions"][0]["any"] == ["group-a"]
    self_made = Import(onus, work, bundle(campaign, a, said, attribution(rng, a, a)))
    assert "propositions" not in self_made.case
    # References to nothing.
    made = Import(onus, work, bundle(said))
    assert made.case["hypotheses"][0]["name"] == a["id"]
    # More than one subject, and one of them.
    made = Import(onus, work, bundle(campaign, other, a, b, said, attribution(rng, other, b)))
    assert "more than one thing" in made.notes and len(made.case["evidence"]) == 2
    made = Import(onus, work, bundle(campaign, other, a, b, said, attribution(rng, other, b)), options=["--subject", "beta"])
    assert made.case["title"] == "Beta" and len(made.case["evidence"]) == 1
    # Labels and markings.
    labels = ["estimative-language:likelihood-probability=\"unlikely\"", "admiralty-scale:information-credibility=\"3\""]
    made = Import(onus, work, bundle(campaign, a, said | {"labels": labels, "object_marking_refs": ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"]}))
    item = made.case["evidence"][0]
    assert item["credibility"] == 3 and item["tlp"] == "amber" and "that" not in item["says"]
    assert item["says"]["not"] == "group-a"
    assert [round(v, 9) for v in item["says"]["if_true"] + item["says"]["if_false"]] == [0.55, 0.8, 0.2, 0.45]
    for confidence in range(101):
        made = Import(onus, work, bundle(campaign, a, said | {"confidence": confidence})) if confidence % 10 in (0, 9) else None
        if made:
            assert str(made.case["evidence"][0]["credibility"]) == scales.value_to_admiralty_credibility(confidence)[0]
    # What is no bundle.
    fail(onus, write(work, {"type": "report"}), "in.json:1:1", "neither a STIX bundle")
    fail(onus, write(work, {"type": "bundle", "objects": [{"id": "x"}]}), "without a `type`")
    fail(onus, write(work, {"type": "bundle", "Event": {}, "objects": []}), "both a STIX bundle and a MISP event")
    fail(onus, write(work, '{"type": "bundle", "objects": [{"type": "x", "type": "y"}]}'), "stands a second time")
    fail(onus, write(work, "  "), "nothing stands in the file")
    fail(onus, write(work, '{"type": "bundle", "objects": [' + "[" * 100 + "]" * 100 + "]}"), "nested more than 64 deep", status=1)
    full = pathlib.Path(tempfile.mkdtemp(dir=work))
    (full / "x").write_text("x")
    cases.run(onus, "import", bundle(campaign, a, said), "--output", full, status=2)
    assert [p.name for p in full.parent.iterdir() if full.name in p.name] == [full.name], "something was left behind"


def check_opinions(onus, work):
    """A round: our bundle goes out, several parties answer, their opinions come back as positions."""
    case = cases.make(work / "round")
    sent = json.loads(cases.run(onus, "export", case, "--to", "stix").stdout)
    rng, own = random.Random(7), {}
    for thing in sent["objects"]:
        ext = thing.get("extensions", {}).get("extension-definition--8bd854b2-cfa6-4f45-bd82-7e017298f289")
        if ext:
            own[ext["part"], ext["key"]] = thing["id"]
    firm = bundles.common(rng, "identity", name="A firm", identity_class="organization")
    answers = [
        firm,
        bundles.common(rng, "opinion", opinion="strongly-disagree", explanation="Forged.", created_by_ref=firm["id"], object_refs=[own["item", "e1"]]),
        bundles.common(rng, "opinion", opinion="agree", created_by_ref=firm["id"], object_refs=[own["item", "e4"]]),
        bundles.common(rng, "opinion", opinion="disagree", explanation="No.", authors=["A ministry"], object_refs=[own["attribution", "a"]]),
        bundles.common(rng, "opinion", opinion="agree", authors=["An ally"], object_refs=[own["attribution", "a"]]),
        bundles.common(rng, "opinion", opinion="neutral", authors=["Nobody"], object_refs=[own["attribution", "a"]]),
    ]
    back = write(work, {"type": "bundle", "id": sent["id"], "objects": answers})
    sent_path = write(work, sent)
    made = Import(onus, work, sent_path, back)
    before = cases.read(case)
    assert made.case["hypotheses"] == before["hypotheses"] and made.case["evidence"][:5] != []
    assert [p["id"] for p in made.case["positions"]] == ["p", "q", "r", "a-firm", "a-ministry", "an-ally"]
    views = {p["id"]: p.get("evidence") for p in made.case["positions"]}
    assert views["a-firm"] == {"e1": {"credibility": 5, "reasons": "Forged."}, "e4": {"credibility": 2}}
    item = made.item(source="a-ministry")
    assert item["says"] == {"not": "a"} and item["reasons"] == "No."
    assert views["a-ministry"][item["id"]]["credibility"] == 2
    assert next(p for p in made.case["positions"] if p["id"] == "a-ministry")["reliability"] == {"a-ministry": "A"}
    compared = json.loads(cases.run(onus, "compare", made.folder, "--format", "json").stdout)
    about = {p["position"]: next(h["posterior"] for h in p["hypotheses"] if h["id"] == "a") for p in compared["positions"]}
    assert about["a-ministry"] < about["r"] < about["an-ally"], "who says it himself believes it"
    assert "is no opinion on an item or on the attribution" in made.notes
    json.loads(cases.run(onus, "compare", made.folder, "--format", "json").stdout)
    handed = {t["id"] for t in json.loads(cases.run(onus, "export", made.folder, "--to", "stix").stdout)["objects"]}
    assert {t["id"] for t in answers} <= handed
    # A part of the bundle is no case.
    note = own["item", "e1"]
    part = write(work, sent | {"objects": [t for t in sent["objects"] if t["id"] != note]})
    fail(onus, part, note, "import the whole bundle")
    # Files of a bundle stay in the folder.
    evil = json.loads(json.dumps(sent))
    for thing in evil["objects"]:
        for ext in thing.get("extensions", {}).values():
            for file in ext.get("files", []):
                file["path"] = "../" + file["path"]
    done = cases.run(onus, "import", write(work, evil), "--output", work / "evil", status=2)
    assert b"only files inside the folder" in done.stderr and not (work / "evil").exists()


# --- MISP ---------------------------------------------------------------------------------------------------------


def misp_event():
    event = pymisp.MISPEvent()
    event.info, event.date = "OSINT on Alpha", "2021-03-04"
    event.Orgc = pymisp.MISPOrganisation()
    event.Orgc.name, event.Orgc.uuid = "CIRCL", "55f6ea5e-2c60-40e5-964f-47a8950d210f"
    for tag in ['misp-galaxy:threat-actor="Lazarus Group"', 'misp-galaxy:mitre-intrusion-set="Lazarus Group - G0032"',
                'admiralty-scale:source-reliability="b"', 'admiralty-scale:information-credibility="2"',
                'estimative-language:likelihood-probability="likely"', "tlp:amber", "type:OSINT"]:
        event.add_tag(tag)
    attribute = event.add_attribute("ip-dst", "198.51.100.3")
    attribute.add_tag('misp-galaxy:threat-actor="Turla"')
    event.add_attribute("domain", "example.com")
    thing = pymisp.MISPObject("file")
    thing.add_attribute("filename", value="a.exe")
    event.add_object(thing)
    event.add_note("Looked at twice.", authors="Anna")
    event.add_opinion(80, "Convincing", authors="Bert")
    attribute.add_opinion(10, "A relay", authors="Bert")
    return event


def check_misp(onus, work):
    made = Import(onus, work, write(work, {"Event": json.loads(misp_event().to_json())}))
    assert made.case["title"] == "OSINT on Alpha"
    assert [h["name"] for h in made.case["hypotheses"]] == ["Lazarus Group", "Turla", "Someone not listed"]
    assert made.case["sources"] == [{"id": "circl", "name": "CIRCL", "reliability": "B"}]
    item = made.case["evidence"][0]
    assert item["says"]["that"] == "lazarus-group"
    assert item["credibility"] == 2 and item["known"] == "2021-03-04" and item["tlp"] == "amber"
    assert [round(v, 9) for v in item["says"]["if_true"] + item["says"]["if_false"]] == [0.55, 0.8, 0.2, 0.45]
    assert "Anna: Looked at twice." in item["reasons"]
    assert "198.51.100.3 in OSINT on Alpha" in made.case["evidence"][1]["title"]
    bert = made.case["positions"][1]
    assert bert["name"] == "Bert" and [v["credibility"] for v in bert["evidence"].values()] == [1, 5]
    assert '1 × "domain": kept, not weighed' in made.notes and '1 × "file"' in made.notes
    plain = json.loads(misp_event().to_json())
    many = write(work, {"response": [{"Event": plain} for _ in range(3)]})
    assert len(Import(onus, work, many).case["evidence"]) == 6
    fail(onus, write(work, {"Event": []}), "no `Event` in it")
    fail(onus, write(work, {"Event": "x"}), "an `Event` that is a text")
    fail(onus, write(work, {"Event": {"info": "x"}}), "nothing in it says who is behind anything")


def check_ids(onus, work):
    """Ids are new and plain whatever the names are, and as quick for many of one name."""
    names = ["a", "a-2", "A", "a!", "other", "a-2", "Ä", "Ä"]
    text = "source,actor,date\n" + "".join(f"{name},{name} {n},2020-01-02\n" for n, name in enumerate(names))
    text += "".join("b,b,2020-01-02\n" for _ in range(3000))
    made = Import(onus, work, write(work, text, "in.csv"))
    for key in ("hypotheses", "sources", "evidence"):
        ids = [thing["id"] for thing in made.case[key]]
        assert len(set(ids)) == len(ids), ids
    assert made.case["evidence"][-1]["id"] == "b-3000"
    done = cases.run(onus, "import", write(work, "source,actor,date\n" + "".join(f"s,a{n},2020-01-02\n" for n in range(2001)), "in.csv"), status=1)
    assert b"more than 2000 statements, actors or sources; split the list" in done.stderr, done.stderr
    rng = random.Random(9)
    campaign, actor = bundles.common(rng, "campaign", name="Alpha"), bundles.common(rng, "intrusion-set", name="A")
    said = attribution(rng, campaign, actor)
    opinions = [bundles.common(rng, "opinion", opinion="agree", authors=[f"Party {n}"], object_refs=[said["id"]]) for n in range(203)]
    made = Import(onus, work, write(work, {"type": "bundle", "id": bundles.identifier(rng, "bundle"), "objects": [campaign, actor, said] + opinions}))
    assert len(made.case["positions"]) == 201 and "3 mentions of actors, sources or parties beyond" in made.notes
    text = "source,actor,date\n" + "".join(f"s,{name},2020-01-02\n" for name in ("a", "a-2", "a ", "other"))
    assert [h["id"] for h in Import(onus, work, write(work, text, "in.csv")).case["hypotheses"]] == ["a", "a-2", "other-2", "other"]


def check_csv(onus, work):
    head = "Source;actor;date;says;reliability;credibility;url\n"
    made = Import(onus, work, write(work, head + 'The bureau;North Korea;2014-12-19;that;b;2;https://example.org/x\n"The; other";North Korea;2014-12-20;not;;;\n', "in.csv"))
    assert [i["says"] for i in made.case["evidence"]] == [{"that": "north-korea"}, {"not": "north-korea"}]
    assert made.case["sources"][1] == {"id": "the-other", "name": "The; other", "reliability": "F"}
    for line, where, what in [("a;b;2014", "2:5", "a day like"), ("a;;2014-12-19", "2:1", "name the actor"), ("a;b;2014-12-19;perhaps", "2:16", "write that, or not"),
                              ("a;b;2014-12-19;;Z", "2:17", "Admiralty letter"), ("a;b;2014-12-19;;;9", "2:18", "Admiralty digit"),
                              ("a;b;2014-12-19;;;;javascript:x", "2:19", "https://"), ('a;b;"2014', "2:5", "")]:
        fail(onus, write(work, head + line + "\n", "in.csv"), f"in.csv:{where}", what)
    fail(onus, write(work, "a;b\n1;2\n", "in.csv"), "in.csv:1:1", "no column `source`")


def main():
    onus = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        check_rules(onus, work)
        check_every_type(onus, work, 200)
        check_opinions(onus, work)
        check_misp(onus, work)
        check_ids(onus, work)
        check_csv(onus, work)
    print("200 bundles, rules, opinions, MISP, CSV")


if __name__ == "__main__":
    main()
