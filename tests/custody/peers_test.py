#!/usr/bin/env python3
"""What onus signs is verified by programs that are not ours, and what they make by ours:

    peers_test.py go|openssl|stamp|minisign|ssh ONUS ONUS_VERIFY SIGN_BYTES SOURCE_ROOT

Where the other program is not there, or Go finds no network to fetch modules from, the test is skipped: exit status 77.
"""
import base64
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

from checked import Failed, must


class Skipped(Exception):
    pass


def program(name, *elsewhere):
    found = shutil.which(name) or next((path for path in elsewhere if os.access(path, os.X_OK)), None)
    if not found:
        raise Skipped(f"{name} is not installed")
    return found


class World:
    def __init__(self, work, onus, verify, sign_bytes, root):
        self.work, self.onus, self.verify, self.sign_bytes = work, *map(os.path.abspath, (onus, verify, sign_bytes))
        self.root = pathlib.Path(root).resolve()
        self.custody = self.root / "examples/custody"
        self.env = {**os.environ, "ONUS_PASSPHRASE": "example", "LC_ALL": "C.UTF-8"}

    def run(self, command, status=0, stdin=None):
        done = subprocess.run([*map(str, command)], cwd=self.work, env=self.env, input=stdin, capture_output=True, timeout=300)
        text = (done.stdout + done.stderr).decode(errors="replace")
        must((done.returncode == 0) == (status == 0) and (status in (0, None) or done.returncode == status),
             f"{' '.join(map(str, command))}: exit status {done.returncode}\n{text}")
        return text if stdin is None else done.stdout

    def make_case(self):
        """A case of three signed states, the last one cosigned, and a proof of its sealed item."""
        case = self.work / "case"
        shutil.copytree(self.root / "examples/sony-2014", case)
        for name in ("one", "two"):
            (case / name).write_text(name)
            self.run([self.onus, "sign", case, "--key", self.custody / "fbi-example.key"])
        self.run([self.onus, "cosign", case, "--key", self.custody / "reviewer-example.key"])
        self.run([self.onus, "reveal", case, "sensitive-sources", "--store", self.custody / "fbi-example.sealed",
                  "--attachments", "all", "--to", "proof"])
        return case

    def public_keys(self):
        return (self.custody / "public-keys").read_text().split()

    def signed(self, case):
        """What was signed last, the signature's 64 bytes and the key's 32."""
        newest = sorted((case / "custody").glob("*.signed"))[-1].read_bytes()
        text, signatures = newest.split(b"\n\n", 1)[1].split(b"\n\n", 1)
        key = base64.b64decode(self.public_keys()[0].split("+", 2)[2])[1:]
        return text + b"\n", base64.b64decode(signatures.split(b"\n")[0].split(b" ")[-1])[4:], key

    def sign(self, bytes_):
        """Signs bytes as they are with the example's key."""
        line = self.run([self.sign_bytes, self.custody / "fbi-example.key"], stdin=bytes_)
        return base64.b64decode(line.split(b" ")[-1])[4:]


# --- Go -------------------------------------------------------------------------------------------------------------------


def build_go(w):
    go = program("go", "/usr/local/go/bin/go", "/usr/lib/go/bin/go")
    shutil.copytree(w.root / "tests/peers/go", w.work / "go")
    done = subprocess.run([go, "build", "-o", w.work / "peers", "."], cwd=w.work / "go", capture_output=True, text=True,
                          env={**os.environ, "GOFLAGS": "-buildvcs=false", "GOTOOLCHAIN": "local"}, timeout=300)
    if done.returncode != 0:
        raise Skipped("the Go programs could not be built: " + (done.stderr.strip().splitlines() or ["?"])[-1])
    return w.work / "peers"


def ours_by_go(w, peers):
    print(w.run([peers, "check", w.make_case(), "proof", *w.public_keys()]), end="")


def theirs_by_ours(w, peers):
    case, made = w.work / "theirs", w.work / "made"
    (case / "files").mkdir(parents=True)
    made.mkdir()
    for name in ("a.txt", "files/b.txt", "files/c \"quoted\".txt", "z.txt"):
        (case / name).write_text(f"this is {name}\n")
    w.run([peers, "make", case, made])
    key, witness = (made / "keys").read_text().split()
    given = [w.verify, "--key", key, "--key", witness]
    out = w.run([*given, "--since", made / "kept-0", case])
    for wanted in ("proven:     signed by go.example/case, whose key you gave", "4 files as they were signed", "2 states",
                   "witness.example, whose key you gave, saw it then", "it continues the checkpoint in"):
        must(wanted in out, f"without \"{wanted}\":\n{out}")
    w.run([w.onus, "verify", case, "--since", made / "kept-1"])
    for fork in ("forked-0", "forked-1"):
        must("rewritten" in w.run([*given, "--since", made / fork, case], status=2), fork)
    (case / "z.txt").write_text("changed")
    must("REFUSED:    z.txt was changed" in w.run([*given, case], status=2), "a changed file")
    n_good = n_bad = 0
    for path in sorted(made.glob("*-*-*")):
        kind = path.name.rsplit("-", 2)[0]
        if kind == "good":
            out = w.run([w.verify, "--key", key, path])
            must("signed by go.example/case" in out, out)
            n_good += 1
        elif kind.startswith("bad"):
            w.run([w.verify, "--key", key, path], status=2)
            n_bad += 1
    must(n_good == 310 and n_bad > 5 * n_good, f"{n_good} good proofs and {n_bad} bad ones")
    print(f"{n_good} proofs accepted and {n_bad} refused")


def test_go(w):
    peers = build_go(w)
    ours_by_go(w, peers)
    theirs_by_ours(w, peers)


# --- signatures -----------------------------------------------------------------------------------------------------------


def test_openssl(w):
    openssl = program("openssl")
    text, signature, key = w.signed(w.make_case())
    (w.work / "signature").write_bytes(signature)
    (w.work / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)
    verify = [openssl, "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", "key", "-sigfile", "signature",
              "-in", "text"]
    (w.work / "text").write_bytes(text)
    w.run(verify)
    (w.work / "text").write_bytes(text + b"\n")
    w.run(verify, status=None)


def test_minisign(w):
    """The signature of a checkpoint, as it is, with minisign's second signature over it and a comment."""
    minisign = program("minisign")
    text, signature, key = w.signed(w.make_case())
    key_id, comment = b"onuskey!", b"a checkpoint"
    second = w.sign(signature + comment)
    (w.work / "text").write_bytes(text)
    (w.work / "text.minisig").write_bytes(b"untrusted comment: by onus\n" + base64.b64encode(b"Ed" + key_id + signature) +
                                          b"\ntrusted comment: " + comment + b"\n" + base64.b64encode(second) + b"\n")
    verify = [minisign, "-V", "-P", base64.b64encode(b"Ed" + key_id + key).decode(), "-m", "text"]
    must("verified" in w.run(verify), "minisign does not say so")
    (w.work / "text").write_bytes(text.replace(b"/", b"\\", 1))
    w.run(verify, status=None)


def test_ssh(w):
    """ssh-keygen verifies a signature only in an envelope of its own, which the key signs here as it signs checkpoints."""
    keygen = program("ssh-keygen")
    text, _, key = w.signed(w.make_case())

    def string(value):
        return struct.pack(">I", len(value)) + value

    public = string(b"ssh-ed25519") + string(key)
    head = string(b"onus") + string(b"") + string(b"sha512")
    signature = w.sign(b"SSHSIG" + head + string(hashlib.sha512(text).digest()))
    blob = b"SSHSIG" + struct.pack(">I", 1) + string(public) + head + string(string(b"ssh-ed25519") + string(signature))
    (w.work / "signature").write_text("-----BEGIN SSH SIGNATURE-----\n" + base64.encodebytes(blob).decode() +
                                      "-----END SSH SIGNATURE-----\n")
    (w.work / "signers").write_text("fbi.example ssh-ed25519 " + base64.b64encode(public).decode() + "\n")
    verify = [keygen, "-Y", "verify", "-f", "signers", "-I", "fbi.example", "-n", "onus", "-s", "signature"]
    must(b"Good" in w.run(verify, stdin=text), "ssh-keygen does not say so")
    w.run(verify, stdin=text + b"\n", status=None)


# --- time stamps ----------------------------------------------------------------------------------------------------------

AUTHORITY = """\
[tsa]
default_tsa = here
[here]
serial = serial
signer_digest = sha256
digests = sha256
default_policy = 1.2.3.4
accuracy = secs:1
"""


def make_authority(w, openssl, name, key_type):
    """A certificate authority, and a time stamp authority under it."""
    w.run([openssl, "req", "-x509", "-newkey", *key_type, "-nodes", "-keyout", f"{name}-ca.key", "-out", f"{name}-ca.pem",
           "-subj", f"/CN={name} root", "-days", "2"])
    w.run([openssl, "req", "-newkey", *key_type, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
           f"/CN={name} stamps"])
    (w.work / "extensions").write_text("extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n")
    w.run([openssl, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}-ca.pem", "-CAkey", f"{name}-ca.key",
           "-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out", f"{name}.pem"])


def test_stamp(w):
    openssl = program("openssl")
    case = w.make_case()
    text = w.signed(case)[0]
    (w.work / "tsa.conf").write_text(AUTHORITY)
    (w.work / "serial").write_text("01\n")
    w.run([w.onus, "cosign", case, "--request", "request"])
    for name, key_type in (("rsa", ["rsa:2048"]), ("ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])):
        make_authority(w, openssl, name, key_type)
        reply = [openssl, "ts", "-reply", "-config", "tsa.conf", "-queryfile", "request", "-signer", f"{name}.pem", "-inkey",
                 f"{name}.key", "-out"]
        w.run([*reply, f"{name}.tsr"])
        w.run([*reply, f"{name}.token", "-token_out"])
        for form in (f"{name}.tsr", f"{name}.token"):
            w.run([w.onus, "cosign", case, "--stamp", form])
            out = w.run([w.onus, "verify", case])
            must(re.search(r"that an authority stamped the checkpoint over \d+ leaves", w.run([w.verify, case])), "onus-verify")
            must(re.search(r"Not proven.*signed at the latest on 2\d{3}-\d\d-\d\dT[0-9:]{8}Z, as the time stamp", out, re.S), out)
            # The command that completes the check stands in what onus says.
            command = re.search(r"`(openssl ts -verify [^`]*)`", out.replace("\n", " "))[1].split()
            must(hashlib.sha256(text).hexdigest() in command, command)
            command = [openssl, *command[1:]]
            ca = command.index("-CAfile") + 1
            must("Verification: OK" in w.run([*command[:ca], f"{name}-ca.pem"]), "openssl does not say so")
            other = {"rsa": "ec", "ec": "rsa"}[name]
            if (w.work / f"{other}-ca.pem").exists():
                w.run([*command[:ca], f"{other}-ca.pem"], status=None)
    # A stamp of something else is refused: attached, and put in the place of the right one.
    w.run([openssl, "ts", "-query", "-data", w.root / "README.md", "-sha256", "-cert", "-out", "request"])
    w.run([*reply, "else.tsr"])
    must("something else" in w.run([w.onus, "cosign", case, "--stamp", "else.tsr"], status=2), "another stamp")
    w.run([openssl, "ts", "-query", "-data", w.root / "README.md", "-sha512", "-out", "request"])
    w.run([*reply, "refusal.tsr"])
    must("refused to stamp" in w.run([w.onus, "cosign", case, "--stamp", "refusal.tsr"], status=2), "a refusal")
    place, = (case / "custody").glob("*.tsr")
    shutil.copy(w.work / "else.tsr", place)
    must("stamps something else" in w.run([w.onus, "verify", case], status=2), "another stamp in its place")


def main():
    with tempfile.TemporaryDirectory(prefix="onus-peers-") as work:
        try:
            globals()["test_" + sys.argv[1]](World(pathlib.Path(work), *sys.argv[2:6]))
        except Skipped as reason:
            print(f"skipped: {reason}")
            return 77
        except Failed as failure:
            print(failure)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
