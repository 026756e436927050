#!/usr/bin/env python3
"""Runs the cases of one .test file (see README.md), or the examples of the help: run_tests.py PROGRAM ROOT FILE|examples."""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile

TIMEOUT_S = 240


class Case:
    def __init__(self, place, command, status, expectations):
        self.place, self.command, self.status, self.expectations = place, command, status, expectations


def read_cases(path):
    cases, block, start = [], [], 0
    lines = path.read_text(encoding="utf-8").split("\n") + [""]
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        if line.strip():
            start = start if block else number
            block.append(line)
        elif block:
            if len(block) < 2 or not block[1].isdigit():
                sys.exit(f"{path.name}:{start}: a case is a command, an exit status and what must hold")
            cases.append(Case(f"{path.name}:{start}", block[0], int(block[1]), block[2:]))
            block = []
    return cases


def make_folder(root):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="onus-"))
    for name, place in (("examples", root / "examples"), ("data", root / "data"), ("cases", root / "tests/cli/cases")):
        if place.is_dir():
            shutil.copytree(place, folder / name)
    return folder


def environment(program, folder):
    kept = {name: value for name, value in os.environ.items()
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_", "LD_", "MALLOC_"))}
    return {**kept, "PATH": f"{program.parent}:/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm",
            "HOME": str(folder)}


def run_plain(command, folder, env):
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=TIMEOUT_S, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def run_on_terminal(command, folder, env):
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe("bash", ["bash", "-c", "stty cols 80 -onlcr; " + command], env)
    output = b""
    while select.select([terminal], [], [], TIMEOUT_S)[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), output.decode("utf-8", "replace"), ""


def check_golden(root, name, out):
    golden = root / "tests/cli/golden" / name
    if os.environ.get("ONUS_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(out, encoding="utf-8")
    if not golden.is_file():
        return f"golden/{name} does not exist"
    return None if golden.read_text(encoding="utf-8") == out else f"the output is not that of golden/{name}"


def unmet(root, expectation, out, err):
    """What does not hold, or None."""
    match = re.match(r"(out|err|golden)([:!.]) ?(.*)$", expectation)
    if not match:
        return f"this says nothing: {expectation}"
    stream, sign, text = match[1], match[2], match[3].replace("\\e", "\033")
    if stream == "golden":
        return check_golden(root, text, out)
    held = out if stream == "out" else err
    ok = {":": text in held, "!": text not in held, ".": held == ""}[sign]
    return None if ok else expectation


def run_case(case, program, root):
    folder = make_folder(root)
    try:
        env = environment(program, folder)
        on_terminal = case.command.startswith("pty ")
        run = run_on_terminal if on_terminal else run_plain
        status, out, err = run(case.command.removeprefix("pty "), folder, env)
    except subprocess.TimeoutExpired:
        status, out, err = -1, "", f"took longer than {TIMEOUT_S} s"
    finally:
        shutil.rmtree(folder)
    wrong = [f"exit status {status} rather than {case.status}"] if status != case.status else []
    wrong += [what for what in (unmet(root, line, out, err) for line in case.expectations) if what]
    if wrong:
        print(f"{case.place}: {case.command}")
        for what in wrong:
            print(f"    {what}")
        print("  standard output:\n" + "\n".join("    " + line for line in out.splitlines()[:40]))
        print("  standard error:\n" + "\n".join("    " + line for line in err.splitlines()[:40]))
    return not wrong


TAXII_SERVER = "https://taxii.example.org"
# What needs a cluster runs in tests/clickhouse.
CLUSTER = "clickhouses://db1:8443,db2:8443,db3:8443/onus"
# A server is asked to stop once it says that it listens.
SERVE = """serve() {
  onus serve --listen 127.0.0.1:0 "$@" 2> log & server=$!
  until grep -q listening log || ! kill -0 $server 2> /dev/null; do sleep 0.05; done
  cat log >&2; kill -TERM $server; wait $server
}
serve"""


def start_taxii(root):
    """A TAXII server for the examples, at an address that stands for the one in their text."""
    sys.path.insert(0, str(root / "tests/taxii"))
    import server
    things = [{"type": "tool", "id": f"tool--{n:08}-0000-4000-8000-000000000000", "name": str(n)} for n in range(3)]
    return server.Server([server.Collection("reports", things), server.Collection("drafts")]).origin


def help_examples(program, root):
    """The examples that the help of every command shows, as cases that must succeed."""
    taxii = start_taxii(root)
    overview = subprocess.run([program, "help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  (\w+(?: \w+)?)  ", overview.split("Commands:\n")[1].split("\n\n")[0], re.M)
    cases = []
    for name in ["", *commands]:
        text = subprocess.run([program, "help", *name.split()], capture_output=True, text=True,
                              check=True).stdout
        lines = re.findall(r"^  (\S.*)$", text.split("\nExamples:\n")[1].split("\n\n")[0], re.M)
        if not lines:
            sys.exit(f"the help of {name or 'onus'} has no examples")
        cases += [Case(f"help {name}".strip(), line.replace(TAXII_SERVER, taxii).replace("onus serve ", SERVE + " "), 0, [])
                  for line in lines if CLUSTER not in line]
    return cases


def main():
    program, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    cases = help_examples(program, root) if sys.argv[3] == "examples" else read_cases(pathlib.Path(sys.argv[3]))
    passed = sum(run_case(case, program, root) for case in cases)
    print(f"{len(cases)} cases, {len(cases) - passed} failed")
    return 0 if cases and passed == len(cases) else 1


if __name__ == "__main__":
    sys.exit(main())
