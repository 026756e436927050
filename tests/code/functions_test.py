#!/usr/bin/env python3
"""onus functions on programs made here: stripped and whole give one list, a batch goes on past what cannot be read,
JSON follows its schema.

usage: functions_test.py ONUS SOURCE_ROOT"""
import json
import os
import subprocess
import sys
import tempfile

onus, root = os.path.abspath(sys.argv[1]), sys.argv[2]
SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
__attribute__((noinline)) static int chosen(int n) { return n * 7 + 1; }
__attribute__((noinline)) static int pointed(int n) { return n ^ 5; }
__attribute__((noinline)) static void ends(const char *why) { puts(why); exit(3); }
static int (*volatile table[2])(int) = {chosen, pointed};
__attribute__((noinline)) static int sorts(int n) {
  switch (n) {
  case 0: return chosen(3);
  case 1: return getenv("A") != 0;
  case 2: return 31;
  case 3: return puts("three");
  case 4: return n * 19;
  case 5: ends("five");
  case 6: return 77;
  }
  return -n;
}
int main(int argc, char **argv) { return sorts(argc) + table[argc & 1](argc) + (argv[0] == 0); }
"""


def run(*arguments):
    return subprocess.run([onus, "functions", *arguments], capture_output=True, text=True, errors="strict")


def addresses(path):
    done = run("--format", "json", path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["files"][0]


def symbols(path, section):
    """Function symbols that lie in the section, by objdump."""
    found = set()
    for line in subprocess.run(["objdump", "-t", path], capture_output=True, text=True, check=True).stdout.splitlines():
        parts = line.split()
        if len(parts) > 3 and " F " in line and section in parts and not parts[-1].endswith(".cold"):
            found.add(int(parts[0], 16))
    return found


def compile_all(place):
    source = os.path.join(place, "a.c")
    with open(source, "w", encoding="ascii") as file:
        file.write(SOURCE)
    made = []
    for name, flags in (("o0", "-O0"), ("o2", "-O2"), ("os", "-Os -fno-asynchronous-unwind-tables"),
                        ("nopie", "-O2 -no-pie -fno-pie")):
        path = os.path.join(place, name)
        subprocess.run(["gcc", "-w", *flags.split(), source, "-o", path], check=True)
        subprocess.run(["strip", "-s", "-o", path + ".stripped", path], check=True)
        made.append(path)
    return made


def check_schema(results):
    try:
        import jsonschema
    except ImportError:
        return
    with open(os.path.join(root, "docs/functions.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    for result in results:
        jsonschema.Draft202012Validator(schema).validate(result)
        result["unknown"] = 1
        assert not jsonschema.Draft202012Validator(schema).is_valid(result), "an unknown key passes"


with tempfile.TemporaryDirectory() as place:
    programs = compile_all(place)
    for path in programs:
        whole, stripped = addresses(path), addresses(path + ".stripped")
        assert whole["functions"] == stripped["functions"], f"{path}: symbols change the functions"
        found = {int(f["address"], 16) for f in stripped["functions"]}
        known = symbols(path, ".text")
        assert len(known) > 8 and known <= found, f"{path}: missed {[hex(a) for a in known - found]}"
        text = next(s for s in stripped["sections"] if s["name"] == ".text")
        low, high = int(text["address"], 16), int(text["address"], 16) + text["size_bytes"]
        extra = {a for a in found if low <= a < high} - known
        assert len(extra) <= 2, f"{path}: {[hex(a) for a in extra]} are no functions"
        assert any(i["name"] == "getenv" for i in stripped["imports"]), f"{path}: no imports"
        assert any(not f["returns"] for f in stripped["functions"]), f"{path}: ends() returns"
        assert stripped["build"]["compiler"].startswith("GCC") and stripped["packing"] is None
    # A batch: what is no program, what is cut off, what is not there; the others are shown.
    odd, cut = os.path.join(place, "odd"), os.path.join(place, "cut")
    with open(odd, "w", encoding="ascii") as file:
        file.write("hello")
    with open(programs[0], "rb") as file, open(cut, "wb") as out:
        out.write(file.read(40))
    done = run("--format", "json", odd, programs[0], cut, os.path.join(place, "none"), programs[1])
    result = json.loads(done.stdout)
    assert done.returncode == 2, done.returncode
    assert [f["path"] for f in result["files"]] == programs[:2]
    assert [r["path"] for r in result["refused"]] == [odd, cut, os.path.join(place, "none")]
    assert done.stderr.count("\n") == 3 and "is no executable file" in done.stderr, done.stderr
    # One that takes longer than it may is given up, and so is the next.
    done = run("--time-limit", "0.000000001", programs[0], programs[1])
    assert done.returncode == 1 and done.stderr.count("took longer than 1e-09 s") == 2, done.stderr
    assert run("--time-limit", "0", programs[0]).returncode == 2
    check_schema([json.loads(run("--format", "json", p).stdout) for p in programs] + [result])
