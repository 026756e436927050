"""Cases, and the canonical form in which two of them are compared."""
import pathlib
import re
import subprocess

import rfc8785
import yaml

FULL = """\
onus: 1
title: "A case with everything: é, \\u202e, \\"quotes\\""
question: Who took the archive?
tlp: green
about: country:KP
hypotheses:
  - {id: a, name: Group A, actors: [Lazarus Group, "Hidden Cobra"], country: KP, prior: 0.25}
  - {id: "1.5", name: Group B, prior: [0.1, 0.3]}
  - {id: im, name: An imitator, imitates: a, prior: 5e-2}
  - {id: other, name: Somebody else, open: true, prior: 0.5}
propositions:
  - {id: no-state, any: ["1.5"]}
sources:
  - {id: s, name: The bureau, reliability: B, url: "https://example.org/report", country: US, tlp: amber}
  - {id: t, reliability: [0.2, 0.9]}
undercutters:
  - {id: leak, name: Leaked, probability: [0.05, 0.3]}
evidence:
  - {id: e1, title: Code, source: s, credibility: 2, known: 2020-01-02, likelihood: {a: 0.7, other: [0.01, 0.05]},
     reasons: "Two\\nlines.", undercut: [leak], attachments: [evidence/report.bin, evidence/empty.txt], tlp: red}
  - {id: e2, source: t, known: "2020-01-03T04:05:06Z", says: {not: a}, would_say_anyway: true, undercut: []}
  - {id: e3, source: t, known: 2020-01-04, repeats: e1}
  - {id: e4, source: s, known: 2020-01-05, strength: {a: moderate, "1.5": against-weak}, reasons: Seen., retracted: 2021-01-01}
  - {id: e5, source: s, known: 2020-01-06, ratio: {a: 3}, reasons: The secret reason., sealed: {commitment: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", size: 2}, vouched: {ratio: {a: [2, 5]}}}
  - {id: e6, source: s, known: 2020-01-07, sealed: {commitment: "sha256:1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", size: 1}, vouched: {says: {that: country:KP, if_true: 0.8}}, reasons: Told., unseen: 0.2}
questions:
  - {id: q, outcomes: [{name: x, likelihood: {a: 0.6, other: 0.1}}, {name: y, likelihood: {a: 0.4, other: 0.9}}]}
standards: {strict: 0.99}
scales: {reliability: {B: 0.8}}
positions:
  - {id: p, name: First, standard: strict, access: all, evidence: {e5: {credibility: 1, reasons: The secret view.}, e1: {ratio: {a: 9}}}}
  - {id: q, access: [e6], prior: {a: 0.1}, reliability: {s: D}, probability: {leak: 0.3}, tlp: amber+strict}
  - {id: r, access: [], standard: 0.6}
"""

MINIMAL = """\
onus: 1
title: Nothing known
question: Who?
hypotheses: [{id: a}, {id: other, open: true}]
sources: []
evidence: []
"""


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as onus reads it: no dates, no `no`."""


Core.yaml_implicit_resolvers = {}
for tag, pattern in {
        "bool": r"true|True|TRUE|false|False|FALSE",
        "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
        "float": r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
        "null": r"~|null|Null|NULL|",
}.items():
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(f"^(?:{pattern})$"), None)


class Number(float):
    pass


Core.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))


def read(path):
    path = pathlib.Path(path)
    return yaml.load((path / "case.yaml" if path.is_dir() else path).read_text(encoding="utf-8"), Core)


def canonical(path):
    return rfc8785.dumps(read(path))


def make(folder, text=FULL):
    folder = pathlib.Path(folder)
    (folder / "evidence").mkdir(parents=True)
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    (folder / "evidence" / "report.bin").write_bytes(bytes(range(256)))
    (folder / "evidence" / "empty.txt").write_bytes(b"")
    return folder


def run(onus, *arguments, status=0):
    done = subprocess.run([onus, *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stderr.decode(errors='replace')}"
    return done
