#!/usr/bin/env python3
"""Packed cases held against the BagIt library of the Library of Congress: bagit_test.py ONUS SOURCE_ROOT

Ours, unpacked by zipfile, tarfile and zstandard, is valid to bagit; bags made by bagit and packed by those are unpacked by
ours; and what bagit refuses, ours refuses.
"""
import io
import logging
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import bagit
import zstandard


def files_of(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def read_archive(path, target):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            archive.extractall(target)
    else:
        with open(path, "rb") as packed:
            tar = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True).read()
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            archive.extractall(target, filter="data")


def write_archive(bag, path):
    if path.suffix == ".zip":
        shutil.make_archive(str(path.with_suffix("")), "zip", bag.parent, bag.name)
    else:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            archive.add(bag, bag.name)
        path.write_bytes(zstandard.ZstdCompressor().compress(out.getvalue()))


def main():
    onus, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="onus-bagit-"))
    logging.disable()
    n_ours = n_theirs = n_refused = 0

    def run(*arguments):
        return subprocess.run([onus, *map(str, arguments)], cwd=folder, capture_output=True, text=True)

    try:
        cases = sorted(p for p in (root / "examples").iterdir() if (p / "case.yaml").exists())
        odd = folder / "odd"
        shutil.copytree(cases[0], odd)
        for name in ("a blank.txt", "ü/日本語.txt", "n" * 200, "-", "*star", "two  blanks"):
            (odd / name).parent.mkdir(exist_ok=True)
            (odd / name).write_text(name)
        for case in (*cases, odd):
            content = files_of(case)
            for ending in ("zip", "tar.zst"):
                path = folder / f"{case.name}.{ending}"
                done = run("pack", case, "-o", path)
                assert done.returncode == 0, done
                target = folder / f"read-{case.name}-{ending}"
                read_archive(path, target)
                bag = bagit.Bag(str(target / "onus-case"))
                bag.validate()
                assert files_of(target / "onus-case/data") == content, case
                assert bag.info["Payload-Oxum"] == f"{sum(map(len, content.values()))}.{len(content)}"
                n_ours += 1
        for checksums in (None, ["sha256"], ["sha512"], ["md5", "sha256"], ["sha1", "sha512"]):
            bag = folder / f"theirs-{'-'.join(checksums or ['default'])}"
            shutil.copytree(odd, bag)
            bagit.make_bag(str(bag), {"Contact-Name": "A name: with a colon, and\na second line"}, checksums=checksums)
            for ending in ("zip", "tar.zst"):
                path, target = folder / f"{bag.name}.{ending}", folder / f"{bag.name}-{ending}"
                write_archive(bag, path)
                done = run("unpack", path, "--to", target)
                assert done.returncode == 0, done
                assert files_of(target) == files_of(odd), bag
                n_theirs += 1
            for name in files_of(bag):
                good = (bag / name).read_bytes()
                for bad in (good[:-1] + bytes([good[-1] ^ 1]) if good else b"x", good + b"\n", None):
                    (bag / name).unlink() if bad is None else (bag / name).write_bytes(bad)
                    try:
                        bagit.Bag(str(bag)).validate()
                        is_valid = True
                    except (bagit.BagError, OSError, UnicodeError):
                        is_valid = False
                    path, target = folder / "bad.zip", folder / "bad"
                    write_archive(bag, path)
                    done = run("unpack", path, "--to", target)
                    assert is_valid or done.returncode == 2 and not target.exists(), (name, bad, done)
                    n_refused += not is_valid
                    shutil.rmtree(target, ignore_errors=True)
                    (bag / name).write_bytes(good)
    finally:
        shutil.rmtree(folder)
    print(f"{n_ours} of ours are valid to bagit, {n_theirs} of its are unpacked, {n_refused} that it refuses are refused")
    assert n_refused > 100


if __name__ == "__main__":
    main()
