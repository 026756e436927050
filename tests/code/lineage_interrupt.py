#!/usr/bin/env python3
"""Ctrl-C in the middle of an import of programs: lineage_interrupt.py ONUS

The reference stays what it was when it was sealed last, the program says so and ends with 130, and the same command then
gives what an import that was never disturbed gives.
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

onus = sys.argv[1]
N_PROGRAMS = 150


def command(reference, folder, actor):
    return [onus, "reference", "import", "--into", reference, "--code", folder, "--actor", actor, "--report", "r"]


def info(reference):
    shown = subprocess.run([onus, "reference", "info", reference, "--format", "json"], check=True, capture_output=True)
    return json.loads(shown.stdout)


with tempfile.TemporaryDirectory() as name:
    place = pathlib.Path(name)
    (place / "first").mkdir()
    (place / "second").mkdir()
    shell = pathlib.Path("/bin/sh").read_bytes()
    (place / "first" / "shell").write_bytes(shell)
    for i in range(N_PROGRAMS):  # what lies behind its end makes each another file
        (place / "second" / f"{i:04}").write_bytes(shell + i.to_bytes(8, "little"))
    for reference in (place / "whole", place / "stopped"):
        subprocess.run(command(reference, place / "first", "Heron"), check=True, capture_output=True)
    began = time.monotonic()
    subprocess.run(command(place / "whole", place / "second", "Bittern"), check=True, capture_output=True)
    took = time.monotonic() - began
    before = info(place / "stopped")
    child = subprocess.Popen(command(place / "stopped", place / "second", "Bittern"), stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    time.sleep(0.3 * took)
    child.send_signal(signal.SIGINT)
    told = child.communicate()[1]
    assert child.returncode == 130, (child.returncode, told)
    assert f"of the {N_PROGRAMS} files 0 are in the reference, and the same command goes on from there" in told, told
    assert info(place / "stopped") == before
    subprocess.run(command(place / "stopped", place / "second", "Bittern"), check=True, capture_output=True)
    assert info(place / "stopped")["digest"] == info(place / "whole")["digest"]
    print(f"stopped after 30 % of {took:.1f} s")
