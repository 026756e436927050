#!/usr/bin/env python3
"""What can be said of the page without a browser: static_test.py SOURCE_ROOT

- Nothing in it would need a laxer content policy: no inline script, style or handler, no address of another host.
- Every module that is imported is there, and every view is imported.
- Every formula that it quotes stands in the documents.
- Made twice it gives the same bytes, and without the libraries it is still made.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

problems = []


def check(condition, text):
    if not condition:
        problems.append(text)


def check_policy(files):
    for path in files:
        text = path.read_text(encoding="utf-8")
        for pattern, what in ((r"\sstyle=", "a style attribute"), (r"[\s\"'{,]style:\s*[\"'`]", "a style attribute"), (r"setAttribute\(\s*[\"']style", "a style attribute"),
                              (r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", "markup made of text"),
                              (r"\beval\(|new Function", "code made of text"), (r"<style|<script(?![^>]*\bsrc=)", "an inline element")):
            check(not re.search(pattern, text), f"{path.name}: {what}")
        for host in re.findall(r"[\"'`(](?:https?:)?//([\w.-]+)", text):
            check(host == "www.w3.org", f"{path.name}: names the host {host}")


def check_imports(web, files):
    imported = set()
    for path in files:
        if path.suffix != ".js":
            continue
        for name in re.findall(r"(?:from|import\()\s*\"\./([^\"]+)\"", path.read_text(encoding="utf-8")):
            imported.add(name)
            check(name.startswith("lib_") or (web / name).exists(), f"{path.name}: imports {name}, which is not there")
    for path in files:
        check(path.suffix != ".js" or path.name == "app.js" or path.name in imported, f"{path.name}: nobody imports it")


def check_formulas(root, web, files):
    known = set()
    for name in ("METHOD.md", "CALIBRATION.md", "CODE.md"):
        known.update(re.findall(r"\*\*\[([MCK]-\d+)\]", (root / "docs" / name).read_text(encoding="utf-8")))
    told = set(re.findall(r"^  \"([MCK]-\d+)\":", (web / "formulas.js").read_text(encoding="utf-8"), re.M))
    check(len(told) > 20, "formulas.js: few formulas")
    for formula in sorted(told - known):
        check(False, f"formulas.js: [{formula}] stands in no document")
    for path in files:
        for formula in re.findall(r"formula: \"([\w-]+)\"|\[([MCK]-\d+)\]", path.read_text(encoding="utf-8")):
            name = formula[0] or formula[1]
            check(name in told, f"{path.name}: quotes [{name}], which formulas.js does not have")


def check_embedding(root, web):
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        copy = place / "web"
        shutil.copytree(web, copy, ignore=shutil.ignore_patterns("node_modules"))
        results = []
        for number in (1, 2):
            output = place / f"page-{number}.c"
            # An empty PATH: no npm, so no libraries, and nothing is fetched.
            done = subprocess.run([sys.executable, root / "tools/embed_page.py", copy, place / "none", output, place / "page.d"],
                                  env={"PATH": ""}, capture_output=True, text=True, check=False)
            check(done.returncode == 0, f"embed_page.py failed: {done.stderr}")
            check("no graph and no map" in done.stderr, "embed_page.py does not say that libraries are missing")
            results.append(output.read_text(encoding="ascii") if output.exists() else "")
        check(results[0] == results[1] and results[0], "embed_page.py: the same input gives other bytes")
        check('{"/", "text/html' in results[0], "embed_page.py: no first page")
        (copy / "dom.js").write_text("export {};\n", encoding="utf-8")
        subprocess.run([sys.executable, root / "tools/embed_page.py", copy, place / "none", place / "page-3.c", place / "page.d"], env={"PATH": ""}, capture_output=True, check=False)
        names = [re.search(r"/assets/(\w+)/dom\.js", text)[1] for text in (results[0], (place / "page-3.c").read_text(encoding="ascii"))]
        check(names[0] != names[1], "embed_page.py: other contents under the same immutable name")


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    web = root / "web"
    files = [path for path in sorted(web.iterdir()) if path.suffix in (".js", ".html", ".css")]
    check_policy(files)
    check_imports(web, files)
    check_formulas(root, web, files)
    check_embedding(root, web)
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {len(problems)} problems")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
