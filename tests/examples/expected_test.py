#!/usr/bin/env python3
"""Holds every case among the examples against its expected.json: expected_test.py ONUS SOURCE_ROOT

An expectation names a position, perhaps a day and what it is about, and the verdict or bounds of the posterior. Every
example must have some, for every one of its positions.
"""
import json
import pathlib
import subprocess
import sys


def assess(onus, folder, expectation):
    command = [onus, "assess", str(folder), "--format", "json", "--position", expectation["position"]]
    if "as_of" in expectation:
        command += ["--as-of", expectation["as_of"]]
    if "about" in expectation:
        command += ["--about", expectation["about"]]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def posterior_of(assessment, name):
    return next(x["posterior"] for x in assessment["hypotheses"] + assessment["propositions"] if x["id"] == name)


def complaints(assessment, expectation):
    posterior = posterior_of(assessment, assessment["about"])
    if "verdict" in expectation and assessment["verdict"] != expectation["verdict"]:
        yield f"verdict {assessment['verdict']}, expected {expectation['verdict']}"
    if posterior < expectation.get("posterior_min", 0):
        yield f"posterior {posterior}, expected at least {expectation['posterior_min']}"
    if posterior > expectation.get("posterior_max", 1):
        yield f"posterior {posterior}, expected at most {expectation['posterior_max']}"


def main():
    onus, root = sys.argv[1], pathlib.Path(sys.argv[2])
    count, wrong = 0, 0
    for folder in sorted(p for p in (root / "examples").iterdir() if list(p.glob("case.*"))):
        expectations = json.loads((folder / "expected.json").read_text())
        positions = set()
        for expectation in expectations:
            assessment = assess(onus, folder, expectation)
            positions.add(assessment["position"])
            count += 1
            for complaint in complaints(assessment, expectation):
                wrong += 1
                print(f"{folder.name} {expectation}: {complaint}", file=sys.stderr)
        compared = subprocess.run([onus, "compare", str(folder), "--format", "json"], check=True, capture_output=True)
        for assessment in json.loads(compared.stdout)["positions"]:
            if assessment["position"] not in positions:
                wrong += 1
                print(f"{folder.name}: nothing is expected of position {assessment['position']}", file=sys.stderr)
    print(f"{count} expectations, {wrong} not met")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
