#!/usr/bin/env python3
"""Bundles that mean harm, and bundles that are just large: each a clear error or a stated rule, in bounded memory and time.

usage: hostile_test.py ONUS SOURCE_ROOT [long]
"""
import ctypes
import ctypes.util
import json
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

import bundles
import cases

NOW = "2026-01-02T03:04:05Z"
MEMORY_BYTES = 2 << 30


def is_sanitized(onus):
    return b"__asan_init" in pathlib.Path(onus).read_bytes()


class Run:
    def __init__(self, onus, path, *options, status=0, seconds=120):
        sanitized = is_sanitized(onus)
        limit = None if sanitized else lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        start = time.monotonic()
        done = subprocess.run([onus, "import", path, "--now", NOW, *options], capture_output=True, preexec_fn=limit, check=False,
                              timeout=seconds * (10 if sanitized else 1))
        self.said, self.text, self.took = done.stderr.decode(), done.stdout.decode(), time.monotonic() - start
        assert done.returncode == status, (done.returncode, self.said[:500])
        assert status == 0 or (not self.text and len(self.said.splitlines()) == 1), self.said[:500]


def write(work, objects):
    """A bundle of texts of objects."""
    path = work / "in.json"
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type": "bundle", "id": "bundle--28bb3599-77cd-4a82-a950-b5bc3caf07c4", "objects": [')
        for number, text in enumerate(objects):
            out.write((",\n" if number else "") + text)
        out.write("]}")
    return path


def identifier(kind, number):
    return f"{kind}--{number:08x}-0000-4000-8000-000000000000"


def said(number, source, target, kind="relationship", **more):
    thing = {"type": kind, "id": identifier(kind, number), "relationship_type": "attributed-to", "source_ref": source, "target_ref": target,
             "created": "2020-01-02T03:04:05Z", "modified": "2020-01-02T03:04:05Z", **more}
    return json.dumps(thing)


def check_many_objects(onus, work):
    """A million objects are taken; more than two (in the long run) are refused before memory is."""
    attribution = said(1, identifier("campaign", 1), identifier("intrusion-set", 1))
    many = lambda n: (f'{{"type":"tool","id":"{identifier("tool", i)}"}}' for i in range(n))
    n = 10**5 if is_sanitized(onus) else 10**6
    run = Run(onus, write(work, [attribution, *many(n)]))
    assert f'{n} objects of the type "tool": kept, not weighed' in run.said, run.said
    if "long" not in sys.argv or is_sanitized(onus):
        return
    run = Run(onus, write(work, [attribution, *many((2 << 20) + 1)]), status=1)
    assert "holds more than 2097152 objects; split it" in run.said and "in.json:2097153:1" in run.said, run.said


def check_rings(onus, work):
    """A ring of attributions of ten thousand, a complete graph, a chain without an end in sight: they end."""
    n = 10000
    ring = [said(i, identifier("intrusion-set", i), identifier("intrusion-set", (i + 1) % n)) for i in range(n)]
    Run(onus, write(work, ring), status=2)
    run = Run(onus, write(work, ring + [said(n, identifier("campaign", 1), identifier("intrusion-set", 1))]))
    assert "mentions of actors, sources or parties beyond the first 2000" in run.said, run.said
    m = 300
    full = [said(i * m + j, identifier("intrusion-set", i), identifier("intrusion-set", j)) for i in range(m) for j in range(m) if i != j]
    full += [said(10**6 + i, identifier("campaign", 1), identifier("intrusion-set", i)) for i in range(m)]
    run = Run(onus, write(work, full))
    assert run.text.count("  - id: intrusion-set") >= m, run.said


def check_collisions(onus, work):
    """Ten thousand statements of one name, a hundred thousand opinions on one, a report that lists one a million times."""
    one = said(1, identifier("campaign", 1), identifier("intrusion-set", 1))
    same = [said(i, identifier("campaign", 1), identifier("intrusion-set", 1)) for i in range(20000)]
    run = Run(onus, write(work, same))
    assert "10000 attributions beyond the first 10000: not weighed" in run.said, run.said
    opinion = lambda i: json.dumps({"type": "opinion", "id": identifier("opinion", i), "opinion": "agree", "authors": ["P"],
                                    "object_refs": [identifier("relationship", 1)]})
    run = Run(onus, write(work, [one] + [opinion(i) for i in range(100000)]))
    assert "90000 opinions beyond the first 10000: not weighed" in run.said, run.said[-500:]
    assert "9999 opinions by a party that has another on the same statement" in run.said, run.said[-500:]
    report = json.dumps({"type": "report", "id": identifier("report", 1), "name": "R", "published": "2020-05-06T07:08:09Z",
                         "object_refs": [identifier("relationship", 1)] * 10**6})
    assert Run(onus, write(work, [one, report]), status=1).said.count("too large to be read in one piece; split it") == 1
    report = json.dumps({"type": "report", "id": identifier("report", 1), "name": "R", "published": "2020-05-06T07:08:09Z",
                         "object_refs": [identifier("relationship", 1)] * 10**5})
    assert "2020-05-06T07:08:09Z" in Run(onus, write(work, [one, report])).text


def check_relationships(onus, work):
    """Forty thousand relationships to things among forty thousand: each is looked up, not searched for."""
    path = work / "event.json"
    event = {"uuid": "e", "info": "i", "Orgc": {"name": "O"}, "Attribute": [{"uuid": f"a{i}"} for i in range(40000)],
             "Galaxy": [{"type": "threat-actor", "GalaxyCluster": [{"uuid": "g", "type": "threat-actor", "value": "Grey Heron"}]}],
             "Relationship": [{"relationship_type": "supports", "related_object_uuid": "g" if i == 39999 else "z", "authors": "m"}
                              for i in range(40000)]}
    path.write_text(json.dumps({"Event": event}))
    run = Run(onus, path, seconds=5)
    assert run.text.count("says: {that: grey-heron}") == 2 and "39999 × " in run.said, (run.text[:3000], run.said[-500:])


def check_shapes(onus, work):
    one = said(1, identifier("campaign", 1), identifier("intrusion-set", 1))
    deep = lambda n: '{"type":"tool","id":"tool--1","x":' + "[" * n + "]" * n + "}"
    Run(onus, write(work, [one, deep(62)]))
    assert "nested more than 64 deep" in Run(onus, write(work, [one, deep(100)]), status=1).said
    assert "nested more than 64 deep" in Run(onus, write(work, [one, deep(10**6)]), status=1).said
    twice = json.loads(one) | {"target_ref": identifier("intrusion-set", 2)}
    assert "stands twice with the same `modified` and different content" in Run(onus, write(work, [one, json.dumps(twice)]), status=2).said
    future = json.loads(one) | {"created": "9999-12-31T23:59:59.999Z", "modified": "9999-12-31T23:59:59.999Z"}
    run = Run(onus, write(work, [one, json.dumps(future)]))
    assert "lies ahead" in run.said and "known: 2026-01-02" in run.text and "1 older version" in run.said, run.said
    wrong = ["1", "null", "[]", '"x"', "{}", '{"type": 5}', '{"type": "tool", "type": "tool"}', '{"type": "tool", "id": "\\ud800"}']
    for text in wrong:
        assert "in.json:2:" in Run(onus, write(work, [one, text]), status=2).said, text
    for key in ("id", "source_ref", "target_ref", "created", "modified", "confidence", "labels", "object_marking_refs", "description"):
        for value in (None, 5, True, [], {}, [[]], "", "x" * 100000, "\u202e", {"a": {}}):
            path = write(work, [one, json.dumps(json.loads(one) | {"id": identifier("relationship", 2), key: value})])
            done = subprocess.run([onus, "import", path, "--now", NOW], capture_output=True, check=False)
            assert done.returncode in (0, 2), (key, value, done.stderr)


def unpack(path):
    """The content of a file compressed with Zstandard, through the library that onus needs too."""
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
    zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    packed = path.read_bytes()
    size = zstd.ZSTD_getFrameContentSize(packed, ctypes.c_size_t(len(packed)))
    out = ctypes.create_string_buffer(size)
    assert zstd.ZSTD_decompress(out, ctypes.c_size_t(size), packed, ctypes.c_size_t(len(packed))) == size
    return out.raw


def check_attack(onus, root, work):
    """ATT&CK as it is published: its campaigns, by whom it attributes them to, and every object handed back as it came."""
    path = work / "attack.json"
    path.write_bytes(unpack(root / "data" / "reference" / "attack-enterprise.json.zst"))
    objects = json.loads(path.read_bytes())["objects"]
    names = {thing["id"]: thing.get("name") for thing in objects}
    wanted = [r for r in objects if r["type"] == "relationship" and r["relationship_type"] == "attributed-to"]
    assert wanted
    cases.run(onus, "import", path, "--output", work / "attack", "--now", NOW)
    draft = cases.read(work / "attack")
    assert len(draft["evidence"]) == len(wanted)
    assert {h["name"] for h in draft["hypotheses"][:-1]} == {names[r["target_ref"]] for r in wanted}
    assert {s["name"] for s in draft["sources"]} == {"The MITRE Corporation"}
    for r in wanted:
        assert any(names[r["source_ref"]] in item["title"] and names[r["target_ref"]] in item["title"] for item in draft["evidence"]), r
    back = {}
    for thing in json.loads(cases.run(onus, "export", work / "attack", "--to", "stix").stdout)["objects"]:
        back[thing["id"], thing.get("modified")] = thing
    for thing in objects:
        assert back[thing["id"], thing.get("modified")] == thing, thing["id"]


def main():
    onus, root = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for check in (check_shapes, check_rings, check_collisions, check_relationships, check_many_objects):
            start = time.monotonic()
            check(onus, work)
            print(f"{check.__name__}: {time.monotonic() - start:.1f} s", flush=True)
        check_attack(onus, root, work)


if __name__ == "__main__":
    main()
