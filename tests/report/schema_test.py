#!/usr/bin/env python3
"""Every result as JSON follows docs/assessment.schema.json, and the schema is strict.

usage: schema_test.py RENDER_FIXTURE SCHEMA [ONUS CASE]...
Beside the fixture, results of the real program on real cases are checked when they are given. 77: no jsonschema."""
import copy
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: the Python package jsonschema is not installed")
    sys.exit(77)

KINDS = ["assess", "compare", "timeline", "explain-item", "explain-source"]


def output(command):
    done = subprocess.run(command, capture_output=True, check=True)
    for byte in done.stdout:
        assert byte == 0x0A or byte >= 0x20 and byte != 0x7F, f"a raw control byte {byte:#x} in {command}"
    return json.loads(done.stdout.decode("utf-8"))


def maps_of(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from maps_of(child)


def main():
    render, schema_path, *real = sys.argv[1:]
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for definition in maps_of(schema["$defs"]):
        if definition.get("type") == "object":
            assert "additionalProperties" in definition, f"open map in the schema: {definition}"

    for kind in ["plain", "hostile", "small"]:
        for what in KINDS:
            if kind == "small" and what.startswith("explain"):
                continue
            result = output([render, kind, what, "json"])
            errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(result)]
            assert not errors, f"{kind} {what}: {errors[:5]}"
            assert result["kind"] == {"assess": "assessment", "compare": "comparison", "timeline": "timeline"}.get(
                what, "explanation")
            if kind == "plain":
                extra = copy.deepcopy(result)
                extra["unknown"] = 1
                assert not validator.is_valid(extra), f"{what}: an unknown key passes"
                for key in result:
                    if what == "timeline" and key in ("seed", "samples", "about", "about_name"):
                        continue
                    less = {k: v for k, v in result.items() if k != key}
                    assert not validator.is_valid(less), f"{what}: {key} may be missing"

    plain = output([render, "plain", "assess", "json"])
    moved = plain["log_odds"]["posterior"] - plain["log_odds"]["prior"]
    for part in ("items", "sources"):
        assert abs(sum(x["weight"] for x in plain[part]) - moved) < 1e-9, f"weights of {part} do not add up"
    states = {item["id"]: item["state"] for item in plain["items"]}
    assert states["cbs-report"] == "repeat" and states["denial"] == "said-anyway", states
    assert "indictment" not in states, "an item that became known later is told"
    assert states["six-staff"] == "retracted", states
    assert next(t for t in plain["tipping"] if t["input"] == "relays")["tips_at"] is None
    assert plain["items"][0]["undercutters"] == ["source:fbi", "credibility:wiper-lines", "leaked-toolkit"]
    hostile = output([render, "hostile", "assess", "json"])
    assert hostile["title"].startswith("<script>alert(1)</script>\"'&\x1b[31m\u202eevil\u2066\u200b\x9b\x7f\U0001F575 \ufffd")

    while len(real) >= 2:
        onus, case, *real = real
        for what in ("assess", "compare", "timeline"):
            result = output([onus, what, case, "--format", "json"])
            errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(result)]
            assert not errors, f"{case} {what}: {errors[:5]}"
    print("all results follow the schema")


main()
