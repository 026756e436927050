#!/usr/bin/env python3
"""Checks what the repository says about itself.

- Every file and every function `onus_...` that ARCHITECTURE.md names exists.
- Every local link of every Markdown file leads somewhere, headings included.
- No file names a path of the machine it was written on.
"""

import pathlib
import re
import subprocess
import sys

# Written in two parts so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w./$}~-])/(?:" + "work|tmp|root|home" + r")/[\w.-]")
# /tmp as a place that any machine has is fine in a script that makes its own name there.
MACHINE_PATH_ALLOWED = re.compile(r"/tmp/(?:onus[-.]|XXXX|\$|%)")
SKIPPED_SUFFIXES = {".png", ".jpg", ".woff2", ".gz", ".zst", ".bin"}
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FUNCTION = re.compile(r"\bonus_[a-z0-9_]+\b")
FILE = re.compile(r"^(?:[\w.-]+/)*[\w.-]+\.(?:c|h|py|sh|md|txt|json|yaml|yml|csv|build|html)$|^(?:[\w.-]+/)+$")


def repository_files(root):
    """Tracked files, and new ones that are not ignored; without git, everything outside build folders."""
    asked = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"],
                           capture_output=True, check=False) if (root / ".git").exists() else None
    if asked is not None and asked.returncode == 0 and asked.stdout:
        names = asked.stdout.decode().split("\0")
        return sorted(root / name for name in names if name and (root / name).is_file())
    skipped = {".git", "build", "__pycache__", "demo"}
    return sorted(p for p in root.rglob("*") if p.is_file() and not any(
        part in skipped or part.startswith("build-") for part in p.relative_to(root).parts))


def read(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def headings(text):
    """Anchors of a Markdown file, as hosting sites make them."""
    found = set()
    for line in re.sub(r"```.*?```", "", text, flags=re.S).splitlines():
        if line.startswith("#"):
            title = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
            found.add(title)
    return found


def check_links(root, path, text):
    outside_code = re.sub(r"```.*?```|`[^`\n]*`", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)
    for number, line in enumerate(outside_code.splitlines(), 1):
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            leads_to = (path.parent / name).resolve() if name else path
            if not leads_to.exists():
                yield number, f"the link {target} leads nowhere"
            elif anchor and leads_to.suffix == ".md" and anchor not in headings(read(leads_to)):
                yield number, f"the link {target} names no heading"


def check_architecture(root, text, code):
    for number, line in enumerate(text.splitlines(), 1):
        for quoted in CODE.findall(line):
            if FILE.match(quoted) and not any((root / base / quoted).exists() for base in (".", "src", "src/cli")):
                yield number, f"the file {quoted} does not exist"
        for name in FUNCTION.findall(line):
            if not name.endswith("_") and name not in code:
                yield number, f"nothing in the code is called {name}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    files = repository_files(root)
    problems = []
    for path in files:
        if path.suffix in SKIPPED_SUFFIXES:
            continue
        text, name = read(path), path.relative_to(root).as_posix()
        for number, line in enumerate(text.splitlines(), 1):
            for match in MACHINE_PATH.finditer(line):
                if not MACHINE_PATH_ALLOWED.match(line, match.start()):
                    problems.append(f"{name}:{number}: a path of one machine: {line.strip()[:80]}")
                    break
        if path.suffix == ".md":
            problems += [f"{name}:{number}: {what}" for number, what in check_links(root, path, text)]
    architecture = root / "ARCHITECTURE.md"
    if architecture.exists():
        code = set()
        for path in files:
            if path.suffix in (".c", ".h"):
                code.update(FUNCTION.findall(read(path)))
        text = read(architecture)
        problems += [f"ARCHITECTURE.md:{number}: {what}" for number, what in check_architecture(root, text, code)]
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {len(problems)} problems")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
