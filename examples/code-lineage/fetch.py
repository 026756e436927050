#!/usr/bin/env python3
"""Fetches the programs of this example: fetch.py FOLDER

programs.json names them: packages of Debian and of the Python Package Index, each of one version, with the SHA-256 of
the package and of the program in it. What does not have that digest is not kept. Packages stay in the user's cache
($XDG_CACHE_HOME, else ~/.cache), so a second run needs no network. Exit status 77: there is no network.
"""
import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile

BYTES_MAX = 16 << 20
WAIT_S = 60
# Where a package goes when its release is no longer supported.
MOVED = {"https://deb.debian.org/debian/": "https://archive.debian.org/debian/"}


class NoNetwork(Exception):
    """A package is nowhere to be had."""


def check(data, sha256, name):
    if hashlib.sha256(data).hexdigest() != sha256:
        sys.exit(f"{name} is not what it was: it has another digest than the one in programs.json")
    return data


def addresses(url):
    yield url
    for begin, other in MOVED.items():
        if url.startswith(begin):
            yield other + url[len(begin):]


def download(url):
    why = None
    for address in addresses(url):
        try:
            with urllib.request.urlopen(address, timeout=WAIT_S) as answer:
                return answer.read(BYTES_MAX)
        except (urllib.error.URLError, OSError) as error:
            why = error
    raise NoNetwork(f"{url} cannot be fetched: {why}")


def package(cache, url, sha256):
    kept = cache / sha256
    if kept.is_file():
        return check(kept.read_bytes(), sha256, kept)
    data = check(download(url), sha256, url)
    cache.mkdir(parents=True, exist_ok=True)
    part = cache / f"{sha256}.part"
    part.write_bytes(data)
    part.replace(kept)
    return data


def debian_data(data):
    """The files of a .deb: an archive of ar with a tar in it."""
    at = 8
    while at + 60 <= len(data):
        name, length = data[at:at + 16].decode().strip().rstrip("/"), int(data[at + 48:at + 58])
        if name.startswith("data.tar"):
            return data[at + 60:at + 60 + length]
        at += 60 + length + length % 2
    sys.exit("there is no data in a Debian package")


def member(data, url, name):
    if url.endswith(".deb"):
        with tarfile.open(fileobj=io.BytesIO(debian_data(data))) as tar:
            return tar.extractfile(name).read()
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        return wheel.read(name)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here, folder = pathlib.Path(__file__).resolve().parent, pathlib.Path(sys.argv[1])
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "onus"
    programs = json.loads((here / "programs.json").read_text())
    try:
        packages = [package(cache, program["url"], program["sha256"]) for program in programs]
    except NoNetwork as error:
        print(error, file=sys.stderr)
        return 77
    for program, data in zip(programs, packages):
        place = folder / program["to"]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(check(member(data, program["url"], program["member"]), program["member_sha256"], place))
    print(f"{len(programs)} programs in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
