#!/usr/bin/env python3
"""Results of the custody commands as JSON follow docs/custody.schema.json: schema_test.py ONUS SOURCE_ROOT

With the package jsonschema; 77 without."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: the Python package jsonschema is not installed")
    sys.exit(77)


class World:
    def __init__(self, onus, root, work):
        self.onus, self.work = os.path.abspath(onus), work
        schema = json.loads((root / "docs/custody.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        self.validator = jsonschema.Draft202012Validator(schema)
        self.words = set(schema["$defs"]["finding"]["properties"]["about"]["enum"])
        self.kinds, self.abouts = set(), set()

    def run(self, *arguments, status=0, kind=None):
        env = {**os.environ, "ONUS_PASSPHRASE": "example"}
        done = subprocess.run([self.onus, *map(str, arguments), "--format", "json"], cwd=self.work, env=env, capture_output=True,
                              check=False, timeout=120)
        assert done.returncode == status, (arguments, done.returncode, done.stderr)
        for byte in done.stdout:
            assert byte == 0x0A or byte >= 0x20 and byte != 0x7F, f"a raw control byte {byte:#x}"
        result = json.loads(done.stdout.decode("utf-8"))
        errors = [f"{list(e.absolute_path)}: {e.message}" for e in self.validator.iter_errors(result)]
        assert not errors, (arguments, errors[:5])
        assert result["kind"] == kind, result
        for key in result:
            assert not self.validator.is_valid({k: v for k, v in result.items() if k != key}), f"{kind} without {key} passes"
        assert not self.validator.is_valid({**result, "unknown": 1}), f"{kind}: an unknown key passes"
        self.kinds.add(kind)
        for finding in result.get("findings", []):
            self.abouts.add(finding["about"])
        if "holds" in result:
            assert result["holds"] == (status == 0) == all(f["kind"] != "refused" for f in result["findings"]), result
        return result


def main():
    root = pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as work:
        w = World(sys.argv[1], root, pathlib.Path(work))
        key = root / "examples/custody/fbi-example.key"
        case = w.work / "case"
        shutil.copytree(root / "examples/sony-2014", case)
        keys = w.run("key", "new", "new.example", "--output", "new.key", kind="key")
        assert keys == w.run("key", "show", "new.key", kind="key"), "two answers about one key"
        good = w.run("verify", case, "--key", root / "examples/custody/public-keys", kind="verification")
        assert {"kind": "proven", "about": "signer"}.items() <= good["findings"][0].items(), good["findings"][0]
        w.run("verify", case, "--key", keys["signs_as"], status=2, kind="verification")
        (case / "evil\x1b[31m\u202e\U000E0041\"name").write_text("x")
        refused = w.run("verify", case, status=2, kind="verification")
        assert any("\u202e" in f["text"] and f["kind"] == "refused" for f in refused["findings"]), refused
        (case / "evil\x1b[31m\u202e\U000E0041\"name").unlink()
        sealed = w.run("seal", case, "fbi-tools", "--store", "store", "--vouch", "{ratio: {dprk: [1.5, 3]}}", kind="sealing")
        assert sealed["items"] == 1, sealed
        signed = w.run("sign", case, "--key", key, kind="signing")
        assert signed["commitments"] == 1 and signed["hidden_leaves"] == 16 and signed["files_changed"] == 1, signed
        assert w.run("sign", case, "--key", key, kind="signing")["hidden_leaves"] == 0, "signed without a change"
        newest = sorted((case / "custody").glob("*.signed"))[-1]
        shutil.copy(newest, w.work / "kept")
        w.run("verify", case, "--since", "kept", kind="verification")
        record = w.run("record", case, "--key", key, kind="record")["path"]
        assert (w.work / record).is_file(), record
        w.run("replay", record, case, kind="replay")
        (case / "case.yaml").write_text((case / "case.yaml").read_text().replace("reliability: B", "reliability: C"))
        w.run("replay", record, case, status=2, kind="replay")
        assert w.kinds == {"key", "verification", "sealing", "signing", "record", "replay"}, w.kinds
        # Another version cannot be had here, and a proof alone only onus-verify checks; all other words were met.
        assert w.words - w.abouts <= {"version", "proof"}, w.words - w.abouts
    return 0


if __name__ == "__main__":
    sys.exit(main())
