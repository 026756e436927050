#!/usr/bin/env python3
"""Custody from the command line: custody_test.py ONUS ONUS_VERIFY SOURCE_ROOT

Signing and its history, sealing, showing and opening, what leaks, and what is refused.
"""
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from checked import Failed, must, run_onus, run_tests

CASE = """\
# A comment that stays.
onus: 1
title: Who?
question: Who did it?
hypotheses:
  - {id: a, name: A}
  - {id: o, name: Other, open: true}
sources:
  - {id: s, name: S, reliability: A}
evidence:
  - id: one   # a comment that goes
    title: One
    source: s
    known: 2020-01-02
    observed: 2020-01-01
    ratio: {a: 11.25}
    reasons: Because of SECRET-WORD one.
    attachments: [files/one.txt, files/both.txt]

  # A comment before two.
  - id: two
    source: s
    known: 2020-01-02
    ratio: {a: 11.25}
    reasons: Because of SECRET-WORD one.
  - id: three
    source: s
    known: 2020-01-03
    ratio: {a: 2}
    reasons: Known to all.
    attachments: [files/both.txt]
positions:
  - {id: holder, access: all}
  - {id: reader}
  - {id: other}
"""


class World:
    def __init__(self, onus, verify, root):
        self.onus, self.verify_program, self.root = onus, verify, pathlib.Path(root)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="onus-custody-"))
        self.env = {**os.environ, "ONUS_PASSPHRASE": "a passphrase", "LC_ALL": "C.UTF-8"}
        self.run("key", "new", "holder.example/case", "--output", "holder.key")
        self.run("key", "new", "witness.example", "--output", "witness.key")

    def run(self, *arguments, status=0, env=None):
        done = run_onus(self.onus, arguments, self.folder, env or self.env, status)
        return done.stdout + done.stderr

    def case(self, name):
        folder = self.folder / name
        (folder / "files").mkdir(parents=True)
        (folder / "case.yaml").write_text(CASE)
        (folder / "files/one.txt").write_text("the file of one\n")
        (folder / "files/both.txt").write_text("a file of two items\n")
        return folder

    def posterior(self, case, position):
        return json.loads(self.run("assess", case, "--position", position, "--format", "json"))["hypotheses"][0]["posterior"]


def test_keys(w):
    key = w.folder / "holder.key"
    must(key.stat().st_mode & 0o777 == 0o600, "a private key that others can read")
    out = w.run("key", "show", "holder.key")
    must(re.search(r"^signs as +holder\.example/case\+[0-9a-f]{8}\+A", out, re.M), out)
    must(re.search(r"^cosigns as +holder\.example/case\+[0-9a-f]{8}\+B", out, re.M), out)
    must(len(out.splitlines()[-1].split()) == 16, "not sixteen words")
    w.run("key", "new", "x", "--output", "holder.key", status=2)
    w.run("key", "new", "a b", "--output", "blank.key", status=2)
    must(not (w.folder / "blank.key").exists(), "a key with a bad name was written")
    none = {k: v for k, v in w.env.items() if k != "ONUS_PASSPHRASE"}
    must("terminal" in w.run("key", "new", "x", "--output", "n.key", status=2, env=none), "no word of the terminal")
    (w.folder / "pass").write_text("another one\nsecond line\n")
    w.run("key", "new", "x", "--output", "p.key", "--passphrase-file", "pass", env=none)
    case = w.case("keys")
    must("does not open" in w.run("sign", case, "--key", "p.key", status=2), "the wrong passphrase opens a key")
    w.run("sign", case, "--key", "p.key", "--passphrase-file", "pass", env=none)


def test_history(w):
    case = w.case("history")
    w.run("verify", case, status=2)
    out = w.run("sign", case, "--key", "holder.key")
    must("Files: 3 new" in out, out)
    must("Nothing has changed" in w.run("sign", case, "--key", "holder.key"), "signed twice")
    first = (case / "custody/000000000019.signed").read_bytes()
    (w.folder / "kept").write_bytes(first)
    w.run("verify", case)
    (case / "files/new.txt").write_text("new")
    must("never signed" in w.run("verify", case, status=2), "an unsigned file")
    w.run("sign", case, "--key", "witness.key", status=2)
    w.run("sign", case, "--key", "holder.key")
    (case / "files/new.txt").unlink()
    (case / "files/one.txt").write_text("changed")
    out = w.run("sign", case, "--key", "holder.key")
    must("0 new, 1 changed, 1 taken out" in out, out)
    w.run("cosign", case, "--key", "witness.key")
    must("already" in w.run("cosign", case, "--key", "witness.key", status=2), "cosigned twice")
    out = w.run("verify", case, "--since", "kept")
    must("taken out of the case after it had been signed: files/new.txt" in out, out)
    must("3 states were signed" in out and "continues the checkpoint in kept" in out, out)
    must(re.search(r"signed at the latest on 2\d{3}-.*witness\.example", out), out)
    public = re.search(r"signs as +(\S+)", w.run("key", "show", "holder.key"))[1]
    witness = re.search(r"cosigns as +(\S+)", w.run("key", "show", "witness.key"))[1]
    (w.folder / "keys.txt").write_text(f"{public}\n{witness}\n")
    out = w.run("verify", case, "--key", "keys.txt")
    must("signed by holder.example/case, whose key you gave" in out and "whose key you gave, saw it then" in out, out)
    must("none of those you gave" in w.run("verify", case, "--key", witness, status=2), "a key that signed nothing")
    out = subprocess.run([w.verify_program, "--key", public, case], capture_output=True, text=True)
    must(out.returncode == 0 and "proven:     signed by" in out.stdout, out.stdout + out.stderr)
    # Taking the last state away with its changes undone leaves an older case that is whole; a kept checkpoint tells.
    (w.folder / "newest").write_bytes(sorted((case / "custody").glob("*.signed"))[-1].read_bytes())
    old = w.case("rolled-back")
    (old / "custody").mkdir()
    (old / "custody/000000000019.signed").write_bytes(first)
    (old / "custody/keys").write_text(public + "\n")
    w.run("verify", old)
    must("taken away" in w.run("verify", old, "--since", "newest", status=2), "a case that was rolled back")
    # A history rewritten by who has the key is a whole case again; a kept checkpoint tells.
    other = w.case("rewritten")
    w.run("sign", other, "--key", "holder.key")
    must("rewritten" in w.run("verify", other, "--since", "kept", status=2), "a history that was rewritten")


def test_links(w):
    case = w.case("links")
    (case / "files/link").symlink_to("one.txt")
    must("link" in w.run("sign", case, "--key", "holder.key", status=2), "a link was signed")
    must(not (case / "custody").exists(), "half a signature")


def disclosure(proof):
    line = next(line for line in proof.read_text().splitlines() if line.startswith("extra "))
    parts = base64.b64decode(line[6:]).decode().split("~")
    return [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts]


def test_seal(w):
    case = w.case("seal")
    whole = w.posterior(case, "holder")
    w.run("seal", case, "one", "--store", "store", status=2)
    w.run("seal", case, "four", "--store", "store", "--vouch", "{ratio: {a: 2}}", status=2)
    w.run("seal", case, "one", "--store", "store", "--vouch", "{ratio: {nobody: 2}}", status=2)
    must((case / "case.yaml").read_text() == CASE and not (w.folder / "store").exists(), "half a seal")
    out = w.run("seal", case, "one", "two", "--store", "store", "--vouch", "{ratio: {a: 2}}")
    must("2 items, with 1 attachment." in out and "1 of the attachments stay public" in out, out)
    must((w.folder / "store").stat().st_mode & 0o777 == 0o600, "a store that others can read")
    text = (case / "case.yaml").read_text()
    for secret in ("SECRET-WORD", "11.25", "2020-01-01", "files/one.txt", "a comment that goes"):
        must(secret not in text, f"{secret} leaks")
    must(not (case / "files/one.txt").exists() and (case / "files/both.txt").exists(), "attachments")
    for kept in ("# A comment that stays.", "# A comment before two.", "reasons: Known to all."):
        must(kept in text, f"{kept} is gone")
    commitments = re.findall(r"sha256:[0-9a-f]{64}", text)
    must(len(set(commitments)) == 2, "equal contents have equal commitments")
    w.run("check", case)
    must("not signed" in w.run("reveal", case, "one", "--store", "store", "--to", "p", status=2), "unsigned")
    w.run("sign", case, "--key", "holder.key")
    everything = b"".join(p.read_bytes() for p in case.rglob("*") if p.is_file()) + (w.folder / "store").read_bytes()
    for secret in (b"SECRET-WORD", b"11.25", b"the file of one", base64.b64encode(b"the file of one\n")):
        must(secret not in everything, f"{secret} leaks")
    hidden = [line for line in (case / "custody/000000000018.signed").read_text().splitlines() if re.fullmatch("[0-9a-f]{64}", line)]
    must(len(hidden) == 16 and hidden == sorted(hidden), "hidden leaves are not sorted, or not 16")
    must(all(c[7:] in hidden for c in commitments), "a commitment is no leaf")

    w.run("reveal", case, "one", "--store", "store", "--to", "one.proof")
    w.run("reveal", case, "one", "--store", "store", "--to", "one-all.proof", "--attachments", "all")
    w.run("reveal", case, "one", "--store", "store", "--to", "one-part.proof", "--attachments", "files/one.txt")
    w.run("reveal", case, "two", "--store", "store", "--to", "two.proof")
    must("no attachment" in w.run("reveal", case, "one", "--store", "store", "--to", "x", "--attachments", "no", status=2), "")
    must("no sealed item" in w.run("reveal", case, "three", "--store", "store", "--to", "x", status=2), "")
    one, = disclosure(w.folder / "one.proof")
    must(one[1] == "one" and one[2]["ratio"] == {"a": 11.25} and one[2]["observed"] == "2020-01-01", one)
    must(len(one[2]["_sd"]) == 8 and "files" not in json.dumps(one), "attachments show in the first disclosure")
    two, = disclosure(w.folder / "two.proof")
    must(len(two[2]["_sd"]) == 8, "their number shows")
    must(len(disclosure(w.folder / "one-all.proof")) == 3 and len(disclosure(w.folder / "one-part.proof")) == 2, "parts")
    must(len({one[0], two[0]}) == 2 and len(one[0]) >= 22, "salts")

    before = {p: w.posterior(case, p) for p in ("holder", "reader", "other")}
    w.run("open", case, "one.proof", "--position", "nobody", status=2)
    must(not (case / "opened").exists(), "half opened")
    must("Opened: one" in w.run("open", case, "one-part.proof", "--position", "reader"), "")
    after = {p: w.posterior(case, p) for p in ("holder", "reader", "other")}
    must(after["reader"] > before["reader"] + 0.05, "opening changed nothing for the reader")
    must(after["other"] == before["other"] and after["holder"] == before["holder"], "it changed something for others")
    must((case / "opened/one/files/one.txt").read_text() == "the file of one\n", "the attachment")
    must(not (case / "opened/one/files/both.txt").exists(), "an attachment that was not shown")
    out = w.run("verify", case)
    must("sealed item one, for reader, with 1 attachments, is what was committed to" in out, out)
    must("unseen here: two" in out, out)
    must("SECRET-WORD" in w.run("explain", case, "one", "--position", "reader"), "reasons")
    must("SECRET-WORD" not in w.run("explain", case, "one", "--position", "other"), "reasons for somebody else")
    w.run("open", case, "one.proof", "two.proof", "--position", "reader,other")
    must(abs(w.posterior(case, "reader") - whole) < 1e-12, "all opened is not the case before sealing")

    # Moved to another item, in the reader's copy.
    opened = case / "opened"
    one_json, two_json = (opened / "one.json").read_text(), (opened / "two.json").read_text()
    for a, b in (("one", two_json), ("two", one_json)):
        good = (opened / f"{a}.json").read_text()
        (opened / f"{a}.json").write_text(b)
        must("stands for" in w.run("assess", case, status=2), "a proof of another item is used")
        must("stands for" in w.run("verify", case, status=2), "a proof of another item is verified")
        (opened / f"{a}.json").write_text(good)
    # The value changed, with and without the proof going along.
    content = json.loads(one_json)
    salt, name, value = one
    value = {**value, "ratio": {"a": 1000}}
    forged = base64.urlsafe_b64encode(json.dumps([salt, name, value]).encode()).decode().rstrip("=")
    (opened / "one.json").write_text(json.dumps({**content, "disclosure": forged}))
    must("stands for" in w.run("assess", case, status=2), "a forged disclosure is used")
    must("REFUSED" in w.run("verify", case, status=2).upper(), "a forged disclosure is verified")
    (opened / "one.json").write_text(one_json)
    shutil.rmtree(opened)

    # A commitment changed to one that a forger can open: the case is no longer as signed.
    (case / "case.yaml").write_text(text.replace(commitments[0], commitments[1]))
    must("stands for" in w.run("open", case, "one.proof", "--position", "reader", status=2), "one of two commitments")
    must("was changed" in w.run("verify", case, status=2), "a changed commitment")
    (case / "case.yaml").write_text(text)

    # To another case, and to the same one forged by another key.
    stranger = w.case("stranger")
    w.run("seal", stranger, "one", "--store", "store2", "--vouch", "{ratio: {a: 2}}")
    w.run("sign", stranger, "--key", "holder.key")
    must("forged" in w.run("open", stranger, "one.proof", "--position", "reader", status=2), "a proof of another case")
    w.run("reveal", stranger, "one", "--store", "store", "--to", "x", status=2)

    # Sealing again is only cleaning up after an interruption.
    (case / "files/one.txt").write_text("the file of one\n")
    w.run("seal", case, "one", "--store", "store")
    must(not (case / "files/one.txt").exists(), "the attachment is still there")
    must((case / "case.yaml").read_text() == text, "sealed twice")
    must("not with what is in this store" in w.run("seal", case, "one", "--store", "store2", "--vouch", "{ratio: {a: 2}}",
                                                   status=2), "")


def test_sizes(w):
    """Contents of one size class make stores of one size, and commitments have one size anyway."""
    sizes = set()
    for i, ratio in enumerate(("2", "1234.5678")):
        case = w.case(f"size-{i}")
        head, two = CASE.split("- id: two")
        (case / "case.yaml").write_text(head + "- id: two" + two.replace("11.25", ratio))
        w.run("seal", case, "two", "--store", f"size-{i}.store", "--vouch", "{ratio: {a: 2}}")
        sizes.add(((w.folder / f"size-{i}.store").stat().st_size, len((case / "case.yaml").read_text())))
    must(len(sizes) == 1, sizes)


def public_face(case):
    """Everything that somebody sees who has the case, with each hash, root and signature (of one length) as such."""
    face = {}
    for path in sorted(p for p in case.rglob("*") if p.is_file()):
        text = path.read_text()
        text = re.sub(r"\b[0-9a-f]{64}\b", "HASH", text)
        text = re.sub(r"^[A-Za-z0-9+/]{43}=$", "ROOT", text, flags=re.M)
        text = re.sub(r" [A-Za-z0-9+/]{91}=$", " SIGNATURE", text, flags=re.M)
        face[str(path.relative_to(case))] = text
    return face


def test_no_leak(w):
    """Items that differ in whatever is sealed leave cases behind that nobody can tell apart: not by a field, a size, a
    number, an order, or the way in which they were written."""
    contents = (
        "    ratio: {a: 11.25}\n    reasons: Short.\n",
        "    reasons: |\n      Long" + " and longer" * 60 + ".\n\n      In several lines.\n    observed: 2019-12-31\n"
        "    likelihood: {a: [0.5, 0.75], o: 0.001}\n    attachments: [files/one.txt]\n",
        "    attachments: [files/x1, files/x2, files/x3, files/x4, files/x5, files/x6, files/x7, files/one.txt, files/x9]\n"
        "    says: {that: a}\n    credibility: 2\n",
        "    says: {that: a}   # a comment\n    credibility: 2\n    reasons: \"Quoted \\u00e9\"\n",
    )
    faces, sizes, commitments = {}, set(), set()
    for i, content in enumerate(contents):
        case = w.folder / f"leak-{i}" / "case"
        case.parent.mkdir()
        (case / "files").mkdir(parents=True)
        for name in re.findall(r"files/[^], ]+", content):
            (case / name).write_text(f"the file {name}\n" * (i + 1))
        (case / "files/kept").write_text("kept")
        item = "  - id: one\n    title: One\n    source: s\n    known: 2020-01-02\n" + content
        head, rest = CASE.split("evidence:\n")
        rest = "  - id: two\n" + rest.split("  - id: two\n")[1].replace("    attachments: [files/both.txt]\n", "")
        (case / "case.yaml").write_text(head + "evidence:\n" + item + rest)
        store = w.folder / f"leak-{i}.store"
        w.run("seal", case, "one", "--store", store, "--vouch", "{ratio: {a: 2}}")
        w.run("sign", case, "--key", "holder.key")
        faces[i] = public_face(case)
        commitments.update(re.findall(r"sha256:([0-9a-f]{64})", (case / "case.yaml").read_text()))
        sizes.add(store.stat().st_size)
    must(all(face == faces[0] for face in faces.values() if "credibility" not in face["case.yaml"]), "something leaks")
    must(faces[2] == faces[3], "number and size of attachments leak")
    must(len(commitments) == len(contents), "commitments are alike")
    must(faces[0]["case.yaml"].count("HASH") == 1 and len(re.findall("^HASH$", list(faces[0].values())[1], re.M)) == 16,
         "the face shows too little")
    must(len(sizes) == 1 or max(sizes) <= 8 * min(sizes), sizes)
    # Neither how many are sealed nor in which order.
    numbers = set()
    for items in (("one",), ("two", "one"), ("one", "two")):
        case = w.case("number-" + "-".join(items))
        for item in items:
            w.run("seal", case, item, "--store", f"number-{'-'.join(items)}.store", "--vouch", "{ratio: {a: 2}}")
        w.run("sign", case, "--key", "holder.key")
        hidden = re.findall("^[0-9a-f]{64}$", next((case / "custody").glob("*.signed")).read_text(), re.M)
        numbers.add(len(hidden))
        must(hidden == sorted(hidden), "the order of hidden leaves tells something")
    must(numbers == {16}, numbers)


def test_moved_proofs(w):
    """Every proof in the place of every other, whole and in parts."""
    case = w.folder / "moved"
    case.mkdir()
    names = ["p", "q", "r", "t"]
    items = "".join(f"  - {{id: {name}, source: s, known: 2020-01-02, ratio: {{a: {i + 2}}}, reasons: r}}\n" for i, name in enumerate(names))
    (case / "case.yaml").write_text(CASE.split("evidence:\n")[0] + "evidence:\n" + items + "positions:\n  - {id: reader}\n")
    w.run("seal", case, *names, "--store", "moved.store", "--vouch", "{ratio: {a: 2}}")
    w.run("sign", case, "--key", "holder.key")
    parts = {}
    for name in names:
        w.run("reveal", case, name, "--store", "moved.store", "--to", f"{name}.moved")
        head, extra, index, rest = (w.folder / f"{name}.moved").read_text().split("\n", 3)
        path, note = rest.split("\n\n", 1)
        parts[name] = [extra, index, path]
    for a in names:
        for b in names:
            for mixed in range(1, 7) if a != b else [0]:
                chosen = [parts[b if mixed >> bit & 1 else a][bit] for bit in range(3)]
                (w.folder / "mixed").write_text("\n".join([head, *chosen, "", note]))
                done = subprocess.run([w.verify_program, w.folder / "mixed"], capture_output=True, text=True)
                must(done.returncode == (2 if mixed else 0) and (not mixed or "does not lead" in done.stderr),
                     f"{a} and {b}, mixed as {mixed}: {done.stdout}{done.stderr}")
    w.run("open", case, *(f"{name}.moved" for name in names), "--position", "reader")
    good = {name: (case / f"opened/{name}.json").read_text() for name in names}
    for a in names:
        for b in names:
            if a == b:
                continue
            (case / f"opened/{a}.json").write_text(good[b])
            must("stands for" in w.run("assess", case, status=2), f"the proof of {b} is used for {a}")
            must("stands for" in w.run("verify", case, status=2), f"the proof of {b} is verified for {a}")
        (case / f"opened/{a}.json").write_text(good[a])
    w.run("verify", case)


def test_record(w):
    case = w.case("record")
    w.run("seal", case, "one", "--store", "record.store", "--vouch", "{ratio: {a: 2}}")
    w.run("sign", case, "--key", "holder.key")
    w.run("reveal", case, "one", "--store", "record.store", "--to", "record.proof")
    out = w.run("record", case, "--key", "holder.key", "--seed", "18446744073709551615", "--as-of", "2020-01-02")
    must("records/0001.record" in out, out)
    record = case / "records/0001.record"
    out = w.run("replay", record)
    must(re.search(r"3 verdicts, all \d{3,} values agree", out) and "all 2 inputs" in out, out)
    must("fingerprint" in out, "a key that came with the record is taken for known")
    public = re.search(r"signs as +(\S+)", w.run("key", "show", "holder.key"))[1]
    must("whose key you gave" in w.run("replay", record, "--key", public), "")
    other = re.search(r"signs as +(\S+)", w.run("key", "show", "witness.key"))[1]
    must("none of those" in w.run("replay", record, "--key", other, status=2), "another key")
    must("0002" in w.run("record", case, "--key", "witness.key"), "the second record")

    # Elsewhere, without the folder around it.
    copy = w.folder / "elsewhere"
    shutil.copytree(case, copy)
    lone = w.folder / "lone.record"
    shutil.copy(record, lone)
    must("name the case too" in w.run("replay", lone, status=2), "")
    w.run("replay", lone, copy)

    # What was opened since is another input, and is named.
    w.run("open", copy, "record.proof", "--position", "reader")
    must("the input opened/one.json is new" in w.run("replay", lone, copy, status=2), "what was opened is no input")
    w.run("record", copy, "--key", "holder.key", "--output", "opened.record")
    w.run("replay", "opened.record", copy)
    shutil.rmtree(copy / "opened")
    must("the input opened/one.json is not there" in w.run("replay", "opened.record", copy, status=2), "")

    # A changed input is named, and the first value that differs.
    (copy / "case.yaml").write_text((copy / "case.yaml").read_text().replace("reliability: A", "reliability: C"))
    out = w.run("replay", lone, copy, status=2)
    must("the input case.yaml was changed" in out and "the first value that differs is" in out
         and "inputs have changed" in out, out)
    (copy / "case.yaml").write_text("no case")
    must("nothing can be computed" in w.run("replay", lone, copy, status=2), "")

    # Values forged by who has the key, and by who has not.
    head, line, rest = record.read_text().split("\n", 2)
    data = json.loads(line)
    must(data["signer"] == public and data["onus"] and data["options"]["seed"] == "18446744073709551615", data["options"])
    for index in range(0, len(record.read_bytes()), 997):
        forged = bytearray(record.read_bytes())
        forged[index] ^= 1 << (index % 7)
        lone.write_bytes(forged)
        w.run("replay", lone, case, status=2)


def test_json(w):
    case = w.case("json")
    (case / "case.yaml").unlink()
    (case / "case.json").write_text(json.dumps({
        "onus": 1, "title": "Who?", "question": "Who?", "sources": [{"id": "s", "name": "S", "reliability": "A"}],
        "hypotheses": [{"id": "a", "name": "A"}, {"id": "o", "name": "O", "open": True}],
        "evidence": [{"id": "one", "source": "s", "known": "2020-01-01", "ratio": {"a": 3}, "reasons": "so"}]}))
    w.run("seal", case, "one", "--store", "json.store", "--vouch", "{ratio: {a: 2}}", "--title", "Another title")
    made = json.loads((case / "case.json").read_text())["evidence"][0]
    must("ratio" not in made and made["vouched"] == {"ratio": {"a": 2}}, made)
    w.run("sign", case, "--key", "holder.key")
    w.run("verify", case)


def test_example(w):
    """The example that ships: signed, and its proof opens."""
    case = w.folder / "sony"
    shutil.copytree(w.root / "examples/sony-2014", case)
    keys = w.root / "examples/custody/public-keys"
    out = w.run("verify", case, "--key", keys)
    must("signed by fbi.example/sony-2014, whose key you gave" in out, out)

    def verdicts():
        return {p: json.loads(w.run("assess", case, "--position", p, "--as-of", "2014-12-22", "--format", "json"))["verdict"]
                for p in ("us", "china", "reviewer")}

    before = verdicts()
    w.run("open", case, w.root / "examples/custody/sensitive-sources.tlog-proof", "--position", "reviewer", "--key", keys)
    after = verdicts()
    must(before["reviewer"] == "enough" and after["reviewer"] == "depends", (before, after))
    must({**before, "reviewer": ""} == {**after, "reviewer": ""}, (before, after))
    w.run("verify", case)


def main():
    w = World(*(os.path.abspath(p) for p in sys.argv[1:4]))
    try:
        return run_tests(globals(), w)
    finally:
        shutil.rmtree(w.folder)


if __name__ == "__main__":
    sys.exit(main())
