#!/usr/bin/env python3
"""Checks the worked figures of docs/METHOD.md: check_method.py PROGRAM ROOT.

For each figure: what onus computes for cases/method, rounded as the text prints it, and that the text does print it.
"""

import json
import pathlib
import subprocess
import sys

CODE, SERVERS, TARGET = "2020-01-01", "2020-01-02", "2020-01-03"


def find(entries, key, value):
    return next(entry for entry in entries if entry[key] == value)


class Method:
    def __init__(self, program, root):
        self.program, self.cases = program, root / "tests/cli/cases"
        self.text = (root / "docs/METHOD.md").read_text(encoding="utf-8").replace("−", "-")
        self.failed = self.checked = 0

    def ask(self, command, case="method", **options):
        words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        done = subprocess.run([self.program, command, self.cases / case, "--format=json", *words], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"onus {command} {case} {' '.join(words)}: exit status {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def check(self, what, value, printed):
        """`printed` is the figure as it stands in the text; its digits say how far it is rounded."""
        self.checked += 1
        decimals = len(printed.partition(".")[2])
        if printed not in self.text or f"{value:.{decimals}f}" != printed:
            self.failed += 1
            where = "" if printed in self.text else " (which is not in the text)"
            print(f"{what}: onus says {value!r}, the text {printed}{where}")


def posterior(assessment):
    return find(assessment["hypotheses"], "id", "A")["posterior"]


def check_sources(method):
    code, servers = method.ask("assess", position="clear", as_of=CODE), method.ask("assess", position="clear", as_of=SERVERS)
    target = method.ask("assess", position="clear", as_of=TARGET)
    method.check("code", posterior(code), "0.793")
    method.check("code and servers", posterior(servers), "0.946")
    method.check("code and target", posterior(target), "0.864")
    method.check("bureau after code", find(code["undercutters"], "id", "source:bureau")["posterior"], "0.15")
    method.check("bureau after servers", find(servers["undercutters"], "id", "source:bureau")["posterior"], "0.067")
    method.check("lab after servers", find(servers["undercutters"], "id", "source:lab")["posterior"], "0.156")


def check_verdict(method):
    for position, verdict in (("clear", "enough"), ("doubt", "not-enough")):
        got = method.ask("assess", position=position, as_of=CODE)["verdict"]
        if got != verdict:
            method.failed += 1
            print(f"verdict of {position}: {got}")
    both = method.ask("assess", position="clear", as_of=TARGET)
    items = both["items"]
    method.check("weight of code", find(items, "id", "code")["weight"], "2.209")
    method.check("weight of target", find(items, "id", "target")["weight"], "1.027")
    method.check("without target", find(items, "id", "target")["leave_out"]["posterior"], "0.793")
    method.check("without code", find(items, "id", "code")["leave_out"]["posterior"], "0.540")
    method.check("log-odds before", both["log_odds"]["prior"], "-1.386")
    method.check("log-odds after", both["log_odds"]["posterior"], "1.850")
    code = method.ask("assess", position="clear", as_of=CODE)["tipping"]
    method.check("tipping prior", find(code, "input", "prior")["tips_at"], "0.146")
    method.check("tipping reliability", find(code, "input", "source:bureau")["tips_at"], "0.789")
    method.check("tipping factor", find(code, "input", "item:code")["tips_at"], "0.633")


def check_question(method):
    question = method.ask("assess", position="doubt", as_of=CODE)["questions"][0]
    logins = find(question["outcomes"], "name", "logins from A")
    nothing = find(question["outcomes"], "name", "nothing usable")
    method.check("logins", logins["probability"], "0.480")
    method.check("after logins", logins["posterior"], "0.991")
    method.check("nothing usable", nothing["probability"], "0.520")
    method.check("after nothing usable", nothing["posterior"], "0.610")
    method.check("entropy", question["entropy_bits"], "0.736")
    method.check("its drop", question["expected_drop_bits"], "0.200")
    method.check("enough", question["p_enough"], "0.480")


def check_disagreement(method):
    both = next(d for d in method.ask("compare", as_of=CODE)["disagreements"] if (d["a"], d["b"]) == ("first", "second"))
    method.check("first party", both["log_odds_a"], "1.342")
    method.check("second party", both["log_odds_b"], "-0.497")
    method.check("part of the prior", find(both["parts"], "difference", "prior")["part"], "-0.475")
    method.check("part of the bureau", find(both["parts"], "difference", "source:bureau")["part"], "-1.364")
    if both["cruxes"] != [["source:bureau"]]:
        method.failed += 1
        print(f"crux: {both['cruxes']}")


def check_sealed(method):
    for position, printed in (("inside", "0.701"), ("outside", "0.451")):
        method.check(position, posterior(method.ask("assess", "method-sealed", position=position)), printed)


def main():
    method = Method(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
    for check in (check_sources, check_verdict, check_question, check_disagreement, check_sealed):
        check(method)
    print(f"{method.checked} figures, {method.failed} failed")
    return 1 if method.failed else 0


if __name__ == "__main__":
    sys.exit(main())
