#!/usr/bin/env python3
"""Fails when a file of src/ includes what its place in tools/layers.txt does not allow.

A module is a folder of src/. It may include headers of itself and of modules that stand before it in layers.txt,
written from src/ ("base/arena.h"), and onus.h. The program, src/server and src/cli, may include onus.h and headers of
its own folders only; of src/server, src/cli may include server/server.h.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_layers(root):
    lines = (root / "tools/layers.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def breach(root, path, kind, target, layers):
    """What is wrong with one include, or None."""
    module = path.relative_to(root / "src").parts[0]
    parts = pathlib.PurePosixPath(target).parts
    inside = parts[0] in layers or (root / "src" / parts[0]).is_dir()
    if target == "onus.h":
        return None
    if kind == "<":
        return f"<{target}> is a header of this project: write it in quotes" if len(parts) > 1 and inside else None
    if module in ("cli", "server"):
        is_door = module == "cli" and target == "server/server.h"
        good = parts[0] == module or is_door
        return None if good else f'"{target}": src/{module} may include onus.h and its own files only'
    if len(parts) < 2 or not inside:
        return f'"{target}" names no module: write it from src/, as "base/arena.h"'
    if parts[0] not in layers:
        return f'"{target}": the module {parts[0]} is not in tools/layers.txt'
    if layers.index(parts[0]) > layers.index(module):
        return f'"{target}": {parts[0]} comes after {module} in tools/layers.txt'
    if not (root / "src" / target).is_file():
        return f'"{target}" does not exist'
    return None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    layers = read_layers(root)
    problems = []
    files = [p for p in sorted((root / "src").rglob("*")) if p.suffix in (".c", ".h")]
    for path in files:
        name = path.relative_to(root).as_posix()
        module = path.relative_to(root / "src").parts[0]
        if module not in layers:
            problems.append(f"{name}:1: the module {module} is not in tools/layers.txt")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            wrong = breach(root, path, match[1], match[2], layers) if match else None
            if wrong:
                problems.append(f"{name}:{number}: {wrong}")
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {len(problems)} breaches")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
