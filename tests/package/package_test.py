#!/usr/bin/env python3
"""Packing and unpacking from the command line: package_test.py ONUS SOURCE_ROOT [--long] [TEST…]

What is packed and what stays out, archives by others, hostile ones, bags that do not hold what they say.
"""
import hashlib
import io
import os
import pathlib
import shutil
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "custody"))
from checked import must, run_onus, run_tests

CASE = """\
onus: 1
title: Who?
question: Who did it?
hypotheses: [{id: a, name: A}, {id: o, name: Other, open: true}]
sources: [{id: s, name: S, reliability: A}]
evidence:
  - {id: one, source: s, known: 2020-01-02, ratio: {a: 3}, reasons: Because., attachments: [files/one.txt]}
positions: [{id: holder}]
"""
# The bytes of a packed case never change, on any machine. When the format is to change on purpose, so do these.
ZIP_SHA256 = "9c4b41abfbd7ffed84facc3bf62aad6ffc0e5fdf66f2d2fa6545807dc8a16a83"
TAR_SHA256 = "069a75b4da7115898a79383c9e113dba42556ab53d655d7c9bb7293eb10369a6"


def zst(data, trailer=b"", rle=0):
    """A frame of Zstandard without compression (RFC 8878), then `rle` zeros in blocks of a few bytes."""
    out = [b"\x28\xb5\x2f\xfd\x00\x58"]  # a window of 2 MiB
    pieces = [data[i:i + 100000] for i in range(0, len(data), 100000)] or [b""]
    for i, piece in enumerate(pieces):
        out.append(struct.pack("<I", (i == len(pieces) - 1 and not rle) | len(piece) << 3)[:3] + piece)
    while rle > 0:
        rle -= 1 << 17
        out.append(struct.pack("<I", (rle <= 0) | 1 << 1 | (1 << 17) << 3)[:3] + b"\0")
    return b"".join(out) + trailer


def bag(payload, info=None, algorithm="sha256", **tags):
    """The files of a bag; tags replace or (None) leave out those beside the payload."""
    def lines(files):
        return "".join(f"{hashlib.new(algorithm, data).hexdigest()}  {name}\n" for name, data in files.items()).encode()
    payload = {f"data/{name}": data for name, data in payload.items()}
    oxum = f"Payload-Oxum: {sum(map(len, payload.values()))}.{len(payload)}\n"
    beside = {"bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
              "bag-info.txt": (oxum if info is None else info).encode(), f"manifest-{algorithm}.txt": lines(payload)}
    names = {"declaration": "bagit.txt", "manifest": f"manifest-{algorithm}.txt"}
    for key, value in tags.items():
        if key != "tagmanifest":
            beside[names[key]] = value
    beside = {name: data for name, data in beside.items() if data is not None}
    beside[f"tagmanifest-{algorithm}.txt"] = tags.get("tagmanifest", lines(beside))
    return {**payload, **{name: data for name, data in beside.items() if data is not None}}


GOOD = {"case.yaml": CASE.encode(), "files/one.txt": b"one\n"}


class World:
    def __init__(self, onus, root):
        self.onus, self.root = onus, pathlib.Path(root)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="onus-package-"))
        self.env = {**os.environ, "ONUS_PASSPHRASE": "a passphrase", "LC_ALL": "C.UTF-8", "TMPDIR": str(self.folder)}
        self.count = 0

    def run(self, *arguments, status=0, **env):
        done = run_onus(self.onus, arguments, self.folder, {**self.env, **env}, status)
        must(status == 0 or done.stderr.count("\n") == 1, f"not one line of complaint: {done.stderr}")
        return done.stdout + done.stderr

    def case(self, name, files=GOOD):
        for path, data in files.items():
            where = self.folder / name / path
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_bytes(data)
        return self.folder / name

    def leftovers(self):
        return [p.name for p in self.folder.iterdir() if p.name.endswith(".part")]

    def unpack(self, data, status=0):
        """Unpacks the bytes of an archive; what came out, or what was said."""
        self.count += 1
        path, target = self.folder / f"archive-{self.count}", self.folder / f"target-{self.count}"
        path.write_bytes(data)
        before = sorted(p.name for p in self.folder.iterdir())
        out = self.run("unpack", path, "--to", target, status=status)
        if status:
            must(sorted(p.name for p in self.folder.iterdir()) == before, f"something was left behind: {out}")
            must(not target.exists() and not pathlib.Path("/tmp/onus-escaped").exists(), "half unpacked")
            return out
        return {str(p.relative_to(target)): p.read_bytes() for p in target.rglob("*") if p.is_file()}

    def refuse(self, words, data, status=2):
        """Every word must be in what is said."""
        out = self.unpack(data, status)
        for word in [words] if isinstance(words, str) else words:
            must(word in out, f"no word of \"{word}\": {out}")


def zip_of(files, folder="a-bag/", method=zipfile.ZIP_DEFLATED, change=None, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(folder + name, (2021, 1, 2, 3, 4, 6))
            info.compress_type, info.external_attr = method, (stat.S_IFREG | 0o644) << 16
            if change:
                change(info, name)
            archive.writestr(info, data)
        archive.comment = comment
    return out.getvalue()


def tar_of(files, folder="a-bag/", form=tarfile.PAX_FORMAT, extra=()):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(folder + name)
            info.size, info.mtime = len(data), 1600000000
            archive.addfile(info, io.BytesIO(data))
        for info, data in extra:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tar_zst(*arguments, **named):
    return zst(tar_of(*arguments, **named))


def folder_info(name):
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    return info


def both(files, **named):
    return zip_of(files, **named), tar_zst(files, **named)


# --- what onus packs ---------------------------------------------------------------------------------------------------

def test_same_bytes(w):
    case = w.case("same")
    for ending in ("zip", "tar.zst"):
        w.run("pack", case, "--output", f"one.{ending}")
        other = w.folder / "another-name"
        shutil.copytree(case, other)
        for path in other.rglob("*"):
            os.utime(path, (1e9, 1e9))
            path.chmod(0o700)
        w.run("pack", other, "-o", f"two.{ending}", TZ="Pacific/Kiritimati", LC_ALL="C", umask="077")
        shutil.rmtree(other)
        one = (w.folder / f"one.{ending}").read_bytes()
        must(one == (w.folder / f"two.{ending}").read_bytes(), f"{ending}: one case, two files")
        must(w.unpack(one) == GOOD, f"{ending}: another case")
    must(not w.leftovers(), w.leftovers())
    digest = hashlib.sha256((w.folder / "one.zip").read_bytes()).hexdigest()
    must(digest == ZIP_SHA256, f"the bytes of a zip are no longer those of before: {digest}")
    # The frames that other versions of Zstandard make may differ, the tar in them may not.
    with zipfile.ZipFile(w.folder / "one.zip") as archive:
        names = archive.namelist()
        must(names == sorted(names) and archive.testzip() is None, names)
        must(archive.comment.startswith(b"onus package, SHA-256 "), "no digest at the end")
    if shutil.which("zstd"):
        tar = subprocess.run(["zstd", "-dc", w.folder / "one.tar.zst"], capture_output=True, check=True).stdout
        digest = hashlib.sha256(tar).hexdigest()
        must(digest == TAR_SHA256, f"the bytes of a tar are no longer those of before: {digest}")
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            must(archive.getnames() == names, archive.getnames())


def test_names(w):
    """Long names, blanks, other scripts, per cent signs: there and back."""
    files = {**GOOD, "a b/ü/日本語.txt": b"1", "d/" * 32 + "deep": b"2", "50%25 of %0A.txt": b"3", "n" * 250: b"4",
             "/".join(["n" * 200] * 8): b"5", "empty": b"", "-": b"6"}
    case = w.case("names", files)
    for ending in ("zip", "tar.zst"):
        w.run("pack", case, "-o", f"names.{ending}", LC_ALL="C")
        w.run("unpack", f"names.{ending}", "--to", f"names-{ending}", LC_ALL="C")
        found = w.folder / f"names-{ending}"
        must({str(p.relative_to(found)): p.read_bytes() for p in found.rglob("*") if p.is_file()} == files, ending)
    w.run("unpack", "names.zip", status=2)  # the folder `names` is there
    (w.folder / "elsewhere").mkdir()
    shutil.copy(w.folder / "names.zip", w.folder / "elsewhere/short.zip")
    w.run("unpack", "elsewhere/short.zip")
    must((w.folder / "short/case.yaml").exists(), "not called as the file")
    must("--to" in w.run("unpack", "elsewhere", status=2), "a name without an ending")


def test_left_out(w):
    case = w.case("left-out", {**GOOD, "opened/one.json": b"{}", ".git/config": b"x", ".gitignore": b"x",
                               "files/x.12-3.part": b"half"})
    w.run("pack", case, "-o", "left-out.zip")
    must(w.unpack((w.folder / "left-out.zip").read_bytes()) == GOOD, "more or less than the case")
    w.run("key", "new", "k", "--output", "k.key")
    w.run("sign", case, "--key", "k.key")
    w.run("pack", case, "-o", "left-out.zip")
    found = w.unpack((w.folder / "left-out.zip").read_bytes())
    must(sorted(set(found) - set(GOOD)) == ["custody/000000000018.signed", "custody/keys"], sorted(found))
    out = w.run("verify", "left-out.zip")
    must("2 files as they were signed" in out and not w.leftovers(), out)


def test_private(w):
    case = w.case("private")
    before = sorted(p.name for p in w.folder.iterdir())
    w.run("key", "new", "k2", "--output", "k2.key")
    w.run("seal", case, "one", "--store", "store", "--vouch", "{ratio: {a: 2}}")
    w.run("sign", case, "--key", "k2.key")
    w.run("reveal", case, "one", "--store", "store", "--to", "proof")
    for name in ("k2.key", "store", "proof"):
        shutil.copy(w.folder / name, case / "files-of-mine")
        for ending in ("zip", "tar.zst"):
            out = w.run("pack", case, "-o", f"private.{ending}", status=2)
            must("files-of-mine" in out and "take it out of the case" in out, out)
            must(not (w.folder / f"private.{ending}").exists() and not w.leftovers(), "something was written")
    (case / "files-of-mine").unlink()
    w.run("pack", case, "-o", "private.zip")
    packed = (w.folder / "private.zip").read_bytes()
    extra = next(line for line in (w.folder / "proof").read_bytes().splitlines() if line.startswith(b"extra "))
    for secret in (b"Because.", extra[6:], *((w.folder / name).read_bytes()[-40:] for name in ("k2.key", "store"))):
        must(secret not in packed, f"{secret} got in")
    for name in ("k2.key", "store", "proof"):
        (w.folder / name).unlink()
    must(sorted(p.name for p in w.folder.iterdir()) == sorted([*before, "private.zip"]), "more was written")


def test_pack_refuses(w):
    def refuse(word, files=(), change=None, output="refused.zip"):
        case = w.case("refused", {**GOOD, **dict(files)})
        if change:
            change(case)
        out = w.run("pack", case, "-o", output, status=2)
        must(word in out and not (w.folder / "refused.zip").exists() and not w.leftovers(), f"{word}: {out}")
        shutil.rmtree(case)
    refuse("does not end in", output="refused.tgz")
    refuse("lies in the case", output="refused/files/x.zip")
    refuse("is a link", change=lambda c: (c / "link").symlink_to("case.yaml"))
    refuse("is a link", change=lambda c: (c / "folder").symlink_to("/etc"))
    refuse("is a link", change=lambda c: os.mkfifo(c / "pipe"))
    refuse("large and small letters", {"A/x": b"", "a/y": b""})
    refuse("large and small letters", {"Straße": b"", "STRASSE": b""})
    refuse("normalisation form C", {unicodedata.normalize("NFD", "é"): b""})
    refuse("backslash", {"a\\b": b""})
    refuse("a drive", {"c:x": b""})
    refuse("neither case.yaml", change=lambda c: (c / "case.yaml").unlink())
    refuse("case.yaml:1:1: a case without `title`", {"case.yaml": CASE.replace("title", "tilte").encode()})
    refuse("custody/notes", {"custody/notes": b""})
    case = w.case("refused", {**GOOD, "d/" * 33 + "deep": b""})
    must("too deep" in w.run("pack", case, "-o", "refused.zip", status=1), "")
    case = w.case("bomb", {**GOOD, "zeros": bytes(40 << 20)})
    must("pack it as .zip" in w.run("pack", case, "-o", "bomb.tar.zst", status=1), "")
    must(not (w.folder / "bomb.tar.zst").exists() and not w.leftovers(), "a bomb was packed")
    w.run("pack", case, "-o", "bomb.zip")
    w.run("verify", case, status=2)
    must(len(w.unpack((w.folder / "bomb.zip").read_bytes())["zeros"]) == 40 << 20, "zeros")
    out = w.run("pack", w.folder / "bomb", "-o", "/dev/null/x.zip", status=1)
    (w.folder / "kept.zip").write_bytes(b"kept")
    w.run("pack", w.folder / "nowhere", "-o", "kept.zip", status=2)
    must((w.folder / "kept.zip").read_bytes() == b"kept", "what was there is gone")
    w.run("pack", case, "-o", "kept.zip")
    must((w.folder / "kept.zip").read_bytes()[:2] == b"PK", "what was there was not replaced")


# --- what others pack --------------------------------------------------------------------------------------------------

def test_theirs(w):
    for algorithm in ("sha256", "sha512"):
        files = bag(GOOD, algorithm=algorithm)
        for data in both(files):
            must(w.unpack(data) == GOOD, algorithm)
    files = bag(GOOD)
    must(w.unpack(zip_of(files, method=zipfile.ZIP_STORED, comment=b"a comment")) == GOOD, "stored")
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        must(w.unpack(tar_zst(files, form=form)) == GOOD, form)
    long = {**GOOD, "ü/" + "n" * 200: b"long"}
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        must(w.unpack(tar_zst(bag(long), form=form)) == long, form)
    must(w.unpack(zip_of(bag(long))) == long, "a long name in a zip")
    # Several frames, and one to be skipped.
    tar = tar_of(files)
    must(w.unpack(zst(tar[:1000]) + b"\x50\x2a\x4d\x18\3\0\0\0xyz" + zst(tar[1000:])) == GOOD, "frames")
    # Folders, sizes behind the contents, CR LF, blanks, stars, a manifest without the others.
    out = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            return out.write(data)

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("a-bag/")
        archive.mkdir("a-bag/data/")
        archive.mkdir("a-bag/data/files/")
        for name, data in files.items():
            archive.writestr("a-bag/" + name, data)
    must(w.unpack(out.getvalue()) == GOOD, "sizes behind the contents")
    manifest = b"".join(hashlib.sha256(data).hexdigest().upper().encode() + b"\t *data/" + name.encode() + b"\r\n"
                        for name, data in GOOD.items())
    must(w.unpack(zip_of(bag(GOOD, manifest=manifest, tagmanifest=None))) == GOOD, "another way to write")
    many = {**GOOD, **{f"many/{i}": b"" for i in range(66000)}}
    if w.is_long:
        must(w.unpack(zip_of(bag(many), method=zipfile.ZIP_STORED)) == many, "more members than a small zip can have")
    w.refuse("the-last\\one", zip_of({**{str(i): b"" for i in range(66000)}, "the-last\\one": b""}))


def test_names_refused(w):
    for name, word in {
            "../../tmp/onus-escaped": "no plain path", "data/../../x": "no plain path", "data/./x": "no plain path",
            "data//x": "no plain path", "data/x\\y": "backslash", "data/a\nb": "control character",
            "data/" + "d/" * 40 + "x": "too deep", "data/" + "n" * 4000: "too long",
            "data/.git/hooks/x": "no signature", "data/opened/one.json": "no signature", "data/x.1-2.part": "no signature",
            "beside.txt": "beside the payload", "fetch.txt": "beside the payload", "sub/bagit.txt": "beside the payload",
    }.items():
        for data in both({**bag(GOOD), name: b"x"}):
            w.refuse([word, '"a-bag/'], data)
    for name, word in {"/tmp/onus-escaped": "absolute path", "C:/x": "drive", "c:x/y": "drive", "other/data/x": "outside",
                       "x": "does not lie in the folder", "../x": "no plain path"}.items():
        for data in (zip_of({**{"a-bag/" + k: v for k, v in bag(GOOD).items()}, name: b"x"}, folder=""),
                     tar_zst({**{"a-bag/" + k: v for k, v in bag(GOOD).items()}, name: b"x"}, folder="")):
            w.refuse([word, name.split("\0")[0]], data)
    for one, two in (("x", "X"), ("a/x", "A/y"), ("ß", "SS"), ("x", "x/y"), ("é", "É")):
        word = "a folder of that name" if two.startswith(one + "/") else "large and small letters"
        for data in both(bag({**GOOD, one: b"", two: b""})):
            w.refuse(word, data)
    w.refuse(["normalisation form C", "e\u0301"], zip_of(bag({**GOOD, "e\u0301": b""})))
    w.refuse("these very bytes", tar_zst(bag({**GOOD, "e\u0301": b""})))
    for data in both(bag(GOOD), folder="a\\bag/"):
        w.refuse("backslash", data)
    info = tarfile.TarInfo("a-bag/data/case.yaml")
    w.refuse(["more than once", "data/case.yaml"], tar_zst(bag(GOOD), extra=[(info, b"x")]))
    # Not UTF-8: the zip is made by changing bytes.
    data = zip_of(bag({**GOOD, "file-xx": b""}))
    w.refuse("not UTF-8", data.replace(b"file-xx", b"file-\xff\xfe"))
    w.refuse("not UTF-8", tar_zst({**bag(GOOD), "data/file-\udcff": b""}, form=tarfile.GNU_FORMAT))


def test_kinds_refused(w):
    def mode(kind):
        def change(info, name):
            if name == "data/files/one.txt":
                info.external_attr = (kind | 0o777) << 16
        return change
    for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK):
        w.refuse(["files/one.txt", "link or a device"], zip_of(bag(GOOD), change=mode(kind)))
    for kind, word in ((tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a link"), (tarfile.FIFOTYPE, "a device"),
                       (tarfile.CHRTYPE, "a device"), (tarfile.BLKTYPE, "a device")):
        info = tarfile.TarInfo("a-bag/data/special")
        info.type, info.linkname = kind, "/etc/passwd"
        w.refuse([word, "a-bag/data/special"], tar_zst(bag(GOOD), extra=[(info, b"")]))
        info = tarfile.TarInfo("a-bag/data/files")  # a link to a folder that files are then put in
        info.type, info.linkname = kind, "/tmp"
        first = tar_of({}, extra=[(info, b"")])[:512]
        w.refuse([word, "a-bag/data/files"], zst(first + tar_of(bag(GOOD))))
    sparse = tarfile.TarInfo("a-bag/data/sparse")
    sparse.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a-bag/data/sparse",
                          "GNU.sparse.realsize": "1000000000"}
    w.refuse(["sparse"], tar_zst(bag(GOOD), extra=[(sparse, b"1\n900000000\n10\n".ljust(512, b"\0") + bytes(10))]))


def test_bombs(w):
    zeros = {**GOOD, "zeros": bytes(64 << 20)}
    w.refuse(["data/zeros", "200 times"], zip_of(bag(zeros)), status=1)
    tar = tar_of(bag(GOOD)).rstrip(b"\0")
    tar += bytes(-len(tar) % 512)
    big = tarfile.TarInfo("a-bag/data/zeros")
    big.size = 3 << 30
    w.refuse(["data/zeros", "200 times"], zst(tar + big.tobuf(), rle=big.size), status=1)
    big.size = 5 << 30
    w.refuse(["data/zeros", "4 GiB"], zst(tar + big.tobuf(), rle=1 << 20), status=1)
    w.refuse("goes on behind the end", zst(tar_of(bag(GOOD)), rle=1 << 34))
    # A head that says less than what comes out.
    data = zip_of(bag(GOOD))
    at = data.rindex(b"PK\1\2", 0, data.index(b"a-bag/data/case.yaml", data.index(b"PK\1\2")))
    wrong = bytearray(data)
    wrong[at + 24:at + 28] = wrong[22:26] = struct.pack("<I", 10)
    w.refuse("case.yaml", bytes(wrong))
    # Members that overlap: each entry of the directory points at the one before, too.
    overlap = bytearray(data)
    second = overlap.index(b"PK\1\2", at + 4)
    overlap[second + 42:second + 46] = overlap[at + 42:at + 46]
    w.refuse(["overlap", "files/one.txt"], bytes(overlap))
    longer = bytearray(data)
    size = struct.unpack_from("<I", longer, at + 20)[0]
    longer[at + 20:at + 24] = longer[18:22] = struct.pack("<I", size + 60)
    w.refuse(["overlap", "case.yaml"], bytes(longer))
    if not w.is_long:
        return
    many = zip_of({str(i): b"" for i in range((1 << 18) + 1)}, method=zipfile.ZIP_STORED)
    w.refuse("more than 262144 members", many, status=1)
    w.refuse("more than 262144 members", tar_zst({f"data/{i}": b"" for i in range((1 << 18) + 1)},
                                                 form=tarfile.USTAR_FORMAT), status=1)


def test_layout_refused(w):
    data = zip_of(bag(GOOD))
    at = data.index(b"PK\1\2")
    w.refuse("does not begin like", b"x" + data)
    w.refuse("does not end where the end record begins", b"PK\3\4" + data)
    w.refuse("no end record", data + b"x")
    w.refuse("no end record", data[:-1])
    w.refuse("directory does not end", data[:at] + b"hidden" + data[at:])
    end = bytearray(data[:at] + b"hidden" + data[at:])
    end[-6:-2] = struct.pack("<I", at + 6)
    w.refuse("does not end where the next one begins", bytes(end))
    inner = zip_of({"x": b""})
    w.refuse("two end records", zip_of(bag(GOOD), comment=inner[-22:]))
    other = data.replace(b"a-bag/data/case.yaml", b"a-bag/data/cose.yaml", 1)
    w.refuse(["otherwise", "case.yaml"], other)
    encrypted = bytearray(data)
    encrypted[6] |= 1
    encrypted[at + 8] |= 1
    w.refuse("encrypted", bytes(encrypted))
    w.refuse("packed in another way", zip_of(bag(GOOD), method=zipfile.ZIP_LZMA))
    crc = bytearray(data)
    crc[14] ^= 1
    crc[at + 16] ^= 1
    w.refuse("damaged", bytes(crc))
    swapped = bytearray(data)
    swapped[at + 42] = 1
    w.refuse("bytes lie before it", bytes(swapped))
    tar = tar_of(bag(GOOD))
    w.refuse("goes on behind the end", zst(tar + tar_of({"x": b""})))
    w.refuse("in the middle", zst(tar)[:-100])
    w.refuse("damaged near byte", zst(tar) + b"garbage")
    broken = bytearray(tar)
    broken[3] ^= 1
    w.refuse("damaged", zst(bytes(broken)))
    w.refuse("does not begin like", tar)
    w.refuse("does not begin like", b"")
    w.refuse("damaged", zst(b""))
    w.refuse("no bagit.txt", tar_zst({}, folder="", extra=[(folder_info("a-bag/"), b"")]))
    w.refuse("damaged", zip_of({}))
    must("no plain file" in w.run("unpack", w.folder, "--to", "x", status=2), "a folder")
    os.mkfifo(w.folder / "pipe.zip")
    must("no plain file" in w.run("unpack", "pipe.zip", "--to", "x", status=2), "a pipe")
    w.run("unpack", "not-there.zip", status=1)


def test_bags_refused(w):
    def line(name, data=b"", algorithm="sha256"):
        return f"{hashlib.new(algorithm, data).hexdigest()}  {name}\n".encode()
    whole = bag(GOOD)
    manifest = whole["manifest-sha256.txt"]
    for words, files in [
            (["data/files/one.txt", "line 2", "no file whose name"], {k: v for k, v in whole.items() if k != "data/files/one.txt"}),
            (["data/extra", "does not list it"], {**whole, "data/extra": b""}),
            (["data/files/one.txt", "another digest"], {**whole, "data/files/one.txt": b"two\n"}),
            (["bag-info.txt", "another digest"], {**whole, "bag-info.txt": b"Payload-Oxum: 424.2\nX: y\n"}),
            (["manifest-sha256.txt", "another digest"], {**whole, "manifest-sha256.txt": manifest + b"\n"}),
            (["bag-info.txt", "does not list it"], {**whole, "tagmanifest-sha256.txt": line("bagit.txt", whole["bagit.txt"]) +
                                                    line("manifest-sha256.txt", manifest)}),
            ("Payload-Oxum", bag(GOOD, info="Payload-Oxum: 1.2\n")),
            ("Payload-Oxum", bag(GOOD, info=f"payload-oxum:{sum(map(len, GOOD.values()))}.3\n")),
            ("is listed twice", bag(GOOD, manifest=manifest + line("data/case.yaml", GOOD["case.yaml"]))),
            ("does not lie in data/", bag(GOOD, manifest=manifest + line("bagit.txt", whole["bagit.txt"]))),
            ("does not lie in data/", bag(GOOD, manifest=manifest + line("../../etc/passwd"))),
            ("is not a digest", bag(GOOD, manifest=manifest + b"data/case.yaml\n")),
            ("is not a digest", bag(GOOD, manifest=manifest[1:])),
            ("is not a digest", bag(GOOD, manifest=b"z" + manifest[1:])),
            ("neither manifest-sha256.txt", bag(GOOD, algorithm="md5")),
            ("no bagit.txt", bag(GOOD, declaration=None)),
            ("two lines of BagIt", bag(GOOD, declaration=b"BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n")),
            ("two lines of BagIt", bag(GOOD, declaration=b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n")),
            ("two lines of BagIt", bag(GOOD, declaration=b"BagIt-Version: 1.0\n")),
            ("digest at its end is gone", bag(GOOD, info="Bag-Software-Agent: onus\n")),
    ]:
        for data in both(files):
            w.refuse(words, data)


def test_swapped(w):
    """Two contents that change places, a member renamed, every member left out: of a packed case, with all that is not
    signed of it made right again."""
    case = w.case("swapped", {**GOOD, "files/two.txt": b"two\n"})
    w.run("key", "new", "k3", "--output", "k3.key")
    w.run("sign", case, "--key", "k3.key")
    files = {str(p.relative_to(case)): p.read_bytes() for p in case.rglob("*") if p.is_file()}
    forged = [("swapped", {**files, "files/one.txt": b"two\n", "files/two.txt": b"one\n"}),
              ("added", {**files, "files/three.txt": b"three\n"}), ("added", {**files, "custody/x": b""})]
    for name in files:
        rest = {k: v for k, v in files.items() if k != name}
        forged += [("renamed " + name, {**rest, name + "x": files[name]}), ("left out " + name, rest)]
    must(w.run("verify", case), "")
    for i, (what, content) in enumerate(forged):
        for ending, data in zip(("zip", "tar.zst"), both(bag(content))):
            path = w.folder / f"forged-{i}.{ending}"
            path.write_bytes(data)
            out = w.run_any("verify", path)
            must(out.returncode == 2 and ("Refused" in out.stdout or out.stderr.strip()), f"{what}: {out}")
            must("onus-verify" not in out.stdout + out.stderr, f"a folder that nobody knows: {out}")


def main():
    w = World(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    w.run_any = lambda *a: subprocess.run([w.onus, *map(str, a)], cwd=w.folder, env=w.env, text=True, capture_output=True)
    chosen = [argument for argument in sys.argv[3:] if argument != "--long"]
    w.is_long = "--long" in sys.argv
    try:
        return run_tests(globals(), w, chosen)
    finally:
        shutil.rmtree(w.folder)


if __name__ == "__main__":
    sys.exit(main())
