#!/usr/bin/env python3
"""Signatures, history and proofs held against Go programs and openssl: peers_test.py ONUS SOURCE_ROOT

Without Go, or a network to fetch its modules from, it is skipped (exit status 77)."""
import base64
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    onus, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    if not shutil.which("go") or not shutil.which("openssl"):
        return 77
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        shutil.copytree(root / "tests/peers/go", work / "go")
        built = subprocess.run(["go", "build", "-o", work / "peers", "."], cwd=work / "go", capture_output=True, text=True,
                               env={**os.environ, "GOFLAGS": "-buildvcs=false"}, timeout=300)
        if built.returncode != 0:
            print(built.stderr)
            return 77
        env = {**os.environ, "ONUS_PASSPHRASE": "example"}
        custody = root / "examples/custody"

        def run(*arguments):
            subprocess.run([onus, *map(str, arguments)], check=True, cwd=work, env=env, stdout=subprocess.DEVNULL)

        shutil.copytree(root / "examples/sony-2014", work / "case")
        for name in ("one", "two"):
            (work / "case" / name).write_text(name)
            run("sign", "case", "--key", custody / "fbi-example.key")
        run("cosign", "case", "--key", custody / "reviewer-example.key")
        run("reveal", "case", "sensitive-sources", "--store", custody / "fbi-example.sealed", "--attachments", "all",
            "--to", "proof")
        keys = (custody / "public-keys").read_text().split()
        subprocess.run([work / "peers", "case", "proof", *keys], check=True, cwd=work)

        newest = sorted((work / "case/custody").glob("*.signed"))[-1].read_bytes()
        text, signatures = newest.split(b"\n\n", 1)[1].split(b"\n\n", 1)
        (work / "text").write_bytes(text + b"\n")
        (work / "signature").write_bytes(base64.b64decode(signatures.split(b"\n")[0].split(b" ")[-1])[4:])
        (work / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + base64.b64decode(keys[0].split("+", 2)[2])[1:])
        verify = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", "key", "-sigfile",
                  "signature", "-in", "text"]
        subprocess.run(verify, check=True, cwd=work)
        (work / "text").write_bytes(text + b"\n\n")
        return 1 if subprocess.run(verify, cwd=work, capture_output=True).returncode == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
