#!/usr/bin/env python3
"""Rankings and evaluations as JSON follow their schemas, which are strict; plots are well-formed.

usage: ranking_schema_test.py ONUS SOURCE_ROOT
77: no jsonschema."""
import copy
import glob
import json
import os
import subprocess
import sys
import tempfile
import xml.dom.minidom

try:
    import jsonschema
except ImportError:
    print("skipped: the Python package jsonschema is not installed")
    sys.exit(77)

onus, root = os.path.abspath(sys.argv[1]), sys.argv[2]


def validator_of(name):
    with open(os.path.join(root, "docs", name), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def run(*arguments):
    done = subprocess.run([onus, *arguments], capture_output=True, check=True)
    return json.loads(done.stdout.decode("utf-8"))


def check(validator, result, what):
    errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(result)]
    assert not errors, f"{what}: {errors[:5]}"
    for key in result:
        assert not validator.is_valid({k: v for k, v in result.items() if k != key}), f"{what}: {key} may be missing"
    extra = copy.deepcopy(result)
    extra["unknown"] = 1
    assert not validator.is_valid(extra), f"{what}: an unknown key passes"


with tempfile.TemporaryDirectory() as place:
    reference = os.path.join(place, "ref")
    lists = sorted(glob.glob(os.path.join(root, "examples/reference/apt_*.txt")))
    subprocess.run([onus, "reference", "import", "--into", reference, *lists], check=True, capture_output=True)
    examples = os.path.join(root, "examples/incidents/")
    asked = ["--incidents", examples + "incidents.jsonl", "--truth", examples + "truth.jsonl", "--format", "json"]
    ranking, evaluation = validator_of("ranking.schema.json"), validator_of("evaluation.schema.json")
    result = run("rank", "--reference", reference, examples + "phishing.json", "--format", "json")
    check(ranking, result, "rank")
    assert result["rankings"][0]["candidates"][0]["links"], "no links"
    evaluate = ["evaluate", "--reference", reference]
    for fit in ("own", "folds", "rolling"):
        check(evaluation, run(*evaluate, *asked, "--fit", fit, "--plots", place) if fit != "rolling"
              else run(*evaluate, *asked, "--fit", fit), fit)
    check(evaluation, run(*evaluate, "--engine", "infrastructure", "--format", "json"), "own reports")
    check(evaluation, run(*evaluate, *asked[:2], "--format", "json"), "no truth")
    result = run("reference", "calibrate", reference, *asked)
    check(evaluation, result, "calibrate")
    assert result["calibration"]["least_ln_lr"] < 0 < result["calibration"]["greatest_ln_lr"]
    for plot in ("tippett.svg", "reliability.svg"):
        image = xml.dom.minidom.parse(os.path.join(place, plot)).documentElement
        assert image.tagName == "svg" and image.getElementsByTagName("title"), plot
print("rankings and evaluations follow their schemas")
