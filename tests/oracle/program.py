"""The program as the tests see it: cases go in as files, results come out as JSON."""

import copy
import hashlib
import json
import pathlib
import subprocess
import tempfile

import model

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
ONE_DAY = "2015-01-01"
ARTEFACT = b"203.0.113.9\n"


class Refused(Exception):
    """The program did not do what it was asked to; its own words."""


def lay_out(case, folder):
    """Writes into `folder` what the case's computed items need, and gives the case as its file says it."""
    case = {**case, "evidence": [dict(item) for item in case["evidence"]]}
    for item in case["evidence"]:
        if "compute" not in item:
            continue
        row = item.pop("computed") | {"as_of": str(item["known"])}
        row["artefact"] = "sha256:" + hashlib.sha256(ARTEFACT).hexdigest()
        artefact = folder / item["from"]
        artefact.parent.mkdir(parents=True, exist_ok=True)
        artefact.write_bytes(ARTEFACT)
        (folder / "computed").mkdir(exist_ok=True)
        (folder / "computed" / (item["id"] + ".json")).write_text(json.dumps(row), encoding="utf-8")
    return case


class Program:
    def __init__(self, path):
        self.path = str(path)
        self.folder = tempfile.TemporaryDirectory(prefix="onus-oracle-")
        self.runs = 0

    def run(self, command, case, *arguments):
        """The standard output of `onus COMMAND CASE ARGUMENTS`; `case` is a parsed case or a folder."""
        if isinstance(case, dict):
            case = self.write(case)
        self.runs += 1
        done = subprocess.run([self.path, command, str(case), *arguments], capture_output=True, text=True,
                              encoding="utf-8", check=False)
        if done.returncode != 0:
            raise Refused(f"onus {command} {case} {' '.join(arguments)}: exit status {done.returncode}\n{done.stderr}")
        return done.stdout

    def write(self, case):
        """A parsed case as a file, with what its items were computed from and what came of it beside it."""
        folder = pathlib.Path(self.folder.name)
        path = folder / "case.json"
        path.write_text(json.dumps(lay_out(case, folder)), encoding="utf-8")
        return path

    def json(self, command, case, position=None, as_of=None, about=None, seed=None):
        arguments = ["--format", "json"]
        for name, value in (("position", position), ("as-of", as_of), ("about", about), ("seed", seed)):
            if value is not None:
                arguments += ["--" + name, str(value)]
        return json.loads(self.run(command, case, *arguments))

    def assess(self, case, **options):
        return self.json("assess", case, **options)

    def bif(self, case, position=None, as_of=None):
        arguments = ["--to", "bif"]
        for name, value in (("position", position), ("as-of", as_of)):
            if value is not None:
                arguments += ["--" + name, value]
        return self.run("export", case, *arguments)

    def together(self, case, positions, about):
        """Posteriors, ranges and verdicts of many positions on one case in one run: everything known on one day."""
        case = {**case, "positions": [{**p, "id": f"p{i}"} for i, p in enumerate(positions)]}
        points = self.json("timeline", settled(case), about=about)["points"]
        return points[-1]["positions"] if points else [self.assess(case, position=f"p{i}", about=about)
                                                       for i in range(len(positions))]


def positions_of(case):
    return [p["id"] for p in case.get("positions", [])] or [None]


def settled(case, as_of=None):
    """The same case with the items that count on the day (None: in the end), all of them known since one day."""
    day = None if as_of is None else model.utc_day(as_of)

    def counts(item):
        if day is None:
            return "retracted" not in item
        return model.utc_day(item["known"]) <= day and not (
            "retracted" in item and model.utc_day(item["retracted"]) <= day)

    case = without(case, [item["id"] for item in case["evidence"] if not counts(item)])
    for item in case["evidence"]:
        item["known"] = ONE_DAY
        item.pop("retracted", None)
        item.pop("observed", None)
    return case


def without(case, ids):
    """A copy of the case with these items, and those that repeat them, deleted."""
    case, gone = copy.deepcopy(case), set(ids)
    case["evidence"] = [i for i in case["evidence"] if i["id"] not in gone and i.get("repeats") not in gone]
    left = {item["id"] for item in case["evidence"]}
    for position in case.get("positions", []):
        if isinstance(position.get("access"), list):
            position["access"] = [i for i in position["access"] if i in left] or "public"
        if "evidence" in position:
            position["evidence"] = {i: e for i, e in position["evidence"].items() if i in left}
    return case


def retracted(case, ids):
    """A copy of the case in which these items were taken back on the day on which they became known."""
    case = copy.deepcopy(case)
    for item in case["evidence"]:
        if item["id"] in ids:
            item.setdefault("retracted", item["known"])
    return case


def by_id(entries):
    return {entry["id"]: entry for entry in entries}
