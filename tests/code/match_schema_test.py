#!/usr/bin/env python3
"""What onus match says as JSON follows its schema, which is strict.

usage: match_schema_test.py ONUS SCHEMA
77: no jsonschema."""
import copy
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: the Python package jsonschema is not installed")
    sys.exit(77)

onus, schema = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for others in (["/bin/sh"], ["/bin/sh", "/bin/cat"]):
    done = subprocess.run([onus, "match", "/bin/sh", *others, "--format", "json"], check=True, capture_output=True)
    result = json.loads(done.stdout)
    assert len(result["pairs"]) > 20, "a program has itself in it"
    errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(result)]
    assert not errors, errors[:5]
    for key in result:
        assert not validator.is_valid({k: v for k, v in result.items() if k != key}), f"{key} may be missing"
    extra = copy.deepcopy(result)
    extra["pairs"][0]["unknown"] = 1
    assert not validator.is_valid(extra), "an unknown key passes"
