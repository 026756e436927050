#!/usr/bin/env python3
"""Makes the page a part of the program: embed_page.py WEB LIBRARIES OUTPUT.c DEPFILE

Writes a table of {path, type, etag, gzipped bytes} of everything in the folder WEB, and of the libraries that its
package-lock.json names. These are installed into the folder LIBRARIES by `npm ci`, once for each lock file; without npm or
its registry the page is made without them, and shows tables where it would draw a graph or a map.

All files but the first lie below one name that is a digest of all of them, so they may be kept for ever by who has them.
The same input gives the same bytes.
"""

import gzip
import hashlib
import pathlib
import shutil
import subprocess
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml", ".json": "application/json"}
NOT_SERVED = {"package.json", "package-lock.json", "meson.build"}
# Name on the page: file in node_modules. Each comes as its makers build it for browsers.
LIBRARIES = {
    "lib_cytoscape.js": "cytoscape/dist/cytoscape.esm.min.mjs",
    "lib_d3-array.js": "d3-array/dist/d3-array.min.js",
    "lib_d3-geo.js": "d3-geo/dist/d3-geo.min.js",
    "lib_topojson-client.js": "topojson-client/dist/topojson-client.min.js",
    "lib_countries-110m.json": "world-atlas/countries-110m.json",
}


def install(web, folder):
    """The folder of installed packages, or None; then standard error has said why."""
    lock = (web / "package-lock.json").read_bytes()
    made_from = folder / "made-from"
    modules = folder / "node_modules"
    if made_from.exists() and made_from.read_bytes() == lock and modules.is_dir():
        return modules
    npm = shutil.which("npm")
    why = "there is no npm"
    if npm:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(web / name, folder / name)
        done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries", "1"], cwd=folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            made_from.write_bytes(lock)
            return modules
        why = "npm ci failed: " + (done.stderr.strip().splitlines() or ["it does not say why"])[0]
    print(f"embed_page.py: the page has no graph and no map: {why}", file=sys.stderr)
    return None


def collect(web, modules):
    """(name, bytes, where it came from), sorted by name."""
    found = [(path.name, path.read_bytes(), path) for path in sorted(web.iterdir())
             if path.suffix in TYPES and path.name not in NOT_SERVED and path.is_file()]
    if modules:
        found += [(name, (modules / source).read_bytes(), modules / source) for name, source in LIBRARIES.items()]
    return sorted(found)


def array(name, data):
    lines = []
    for start in range(0, len(data), 32):
        lines.append("  " + ",".join(str(byte) for byte in data[start:start + 32]) + ",")
    return f"static const unsigned char {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


def write(output, files):
    digest = hashlib.sha256()
    for name, data, _ in files:
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    folder = "/assets/" + digest.hexdigest()[:20]
    arrays, rows = [], []
    for number, (name, data, _) in enumerate(files):
        is_first = name == "index.html"
        if is_first:
            data = data.replace(b"@assets@", folder.encode())
        packed = gzip.compress(data, 9, mtime=0)
        etag = hashlib.sha256(data).hexdigest()[:20]
        path = "/" if is_first else f"{folder}/{name}"
        arrays.append(array(f"bytes_{number}", packed))
        rows.append(f'  {{"{path}", "{TYPES[pathlib.Path(name).suffix]}", "\\"{etag}\\"", bytes_{number}, '
                    f'sizeof bytes_{number}, {"false" if is_first else "true"}}},')
    text = "/* Made by tools/embed_page.py. */\n#include \"server/assets.h\"\n\n" + "\n".join(arrays)
    text += "\nconst onus_asset onus_assets[] = {\n" + "\n".join(rows) + "\n};\n"
    text += "const size_t onus_assets_count = sizeof onus_assets / sizeof onus_assets[0];\n"
    output.write_text(text, encoding="ascii")


def main():
    web, libraries, output, depfile = (pathlib.Path(argument) for argument in sys.argv[1:5])
    files = collect(web, install(web, libraries))
    if not any(name == "index.html" for name, _, _ in files):
        sys.exit(f"embed_page.py: {web} has no index.html")
    write(output, files)
    inputs = [web, web / "package-lock.json", *(path for _, _, path in files if path.parent == web)]
    escaped = (str(path).replace(" ", "\\ ") for path in inputs)
    depfile.write_text(f"{output}: {' '.join(escaped)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
