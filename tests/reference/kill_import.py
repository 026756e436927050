#!/usr/bin/env python3
"""Kills imports into a reference at random moments: kill_import.py ONUS [KILLS]

After each kill the reference holds what it held before or all that the import brings, never a part of it; what it then
holds is imported on top of. An import that is not killed gives the digest of one that was never disturbed.
"""
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

N_ACTORS, N_TECHNIQUES, N_USES = 40, 300, 4000


def bundle(seed):
    """A bundle as ATT&CK's, with actors, techniques, and uses that cite reports."""
    draw = random.Random(seed)
    objects = []
    for i in range(N_ACTORS):
        objects.append({"type": "intrusion-set", "id": f"intrusion-set--{seed}-{i}", "name": f"Actor {seed} {i}",
                        "aliases": [f"Name {draw.randrange(60)}"],
                        "external_references": [{"source_name": "mitre-attack", "external_id": f"G{seed}{i:03}"}]})
    for i in range(N_TECHNIQUES):
        objects.append({"type": "attack-pattern", "id": f"attack-pattern--{i}", "name": f"Technique {i}",
                        "external_references": [{"source_name": "mitre-attack", "external_id": f"T{1000 + i}"}]})
    for i in range(N_USES):
        objects.append({"type": "relationship", "id": f"relationship--{i}", "relationship_type": "uses",
                        "source_ref": f"intrusion-set--{seed}-{draw.randrange(N_ACTORS)}",
                        "target_ref": f"attack-pattern--{draw.randrange(N_TECHNIQUES)}",
                        "external_references": [{"source_name": f"Report {r}",
                                                 "url": f"https://firm.com/20{10 + r % 15}/0{1 + r % 9}/{r}"}
                                                for r in draw.sample(range(900), 2)]})
    return {"type": "bundle", "id": f"bundle--{seed}", "objects": objects}


def digest(onus, reference):
    """Names what is in it; None: nothing yet."""
    shown = subprocess.run([onus, "reference", "info", reference, "--format", "json"], capture_output=True, text=True)
    if shown.returncode != 0:
        sys.exit(f"the reference cannot be read after a kill: {shown.stderr}")
    info = json.loads(shown.stdout)
    return info["digest"] if info["actors"] > 0 else None


def main():
    onus, n_kills = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60
    draw = random.Random(20141124)
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        files = []
        for seed in range(3):
            files.append(root / f"bundle-{seed}.json")
            files[-1].write_text(json.dumps(bundle(seed), indent=1))
        states, took = [], []
        for path in files:  # in one go: the states that may be seen
            began = time.monotonic()
            subprocess.run([onus, "reference", "import", "--into", root / "whole", path], check=True,
                           capture_output=True)
            took.append(time.monotonic() - began)
            states.append(digest(onus, root / "whole"))
        killed = completed = 0
        while killed < n_kills:
            reference = root / f"killed-{completed}"
            at = -1
            while at < len(files) - 1:
                child = subprocess.Popen([onus, "reference", "import", "--into", reference, files[at + 1]],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(draw.random() * 1.1 * took[at + 1])
                child.send_signal(signal.SIGKILL)
                was_killed = child.wait() == -signal.SIGKILL
                killed += was_killed
                if not (reference / "MANIFEST").exists():
                    continue
                found = digest(onus, reference)
                if found is None:
                    if at >= 0:
                        sys.exit("a kill emptied the reference")
                elif found == states[at + 1]:
                    at += 1
                elif at < 0 or found != states[at]:
                    sys.exit(f"after a kill the reference holds neither state {at} nor {at + 1}")
                elif not was_killed:
                    sys.exit("an import that ended well brought nothing")
            completed += 1
        print(f"{killed} kills, {completed} times three imports completed in spite of them")


if __name__ == "__main__":
    main()
