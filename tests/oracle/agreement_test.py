#!/usr/bin/env python3
"""The program's point values against two others: its exported network solved by pyAgrum, and the twin of model.py.

    agreement_test.py PROGRAM [--count N] [--views N] [--seed S]

The examples: every position on every date of the timeline, and without a date. Random cases: the same against the twin
(of a case that has many, as many as --views says, drawn), and one of them against the network. Hypotheses,
propositions, priors and undercutters must agree within TOLERANCE; the worst difference is printed.
"""

import argparse
import pathlib
import random
import sys
import tempfile

import model
from program import EXAMPLES, Program, by_id, positions_of
from random_cases import random_case

try:
    import bif
    import pyagrum
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

TOLERANCE = 1e-9
SINGLE = 1e-4  # what reading the file in single precision, as pyAgrum's own reader does, may cost


class Worst:
    """The largest difference seen, and what differed too much."""

    def __init__(self):
        self.value, self.place, self.compared, self.failures = 0.0, "", 0, []

    def take(self, found, wanted, place):
        self.compared += 1
        difference = abs(found - wanted)
        if not difference <= TOLERANCE:
            self.failures.append(f"{place}: {found!r}, but {wanted!r}")
        if difference > self.value:
            self.value, self.place = difference, place

    def claim(self, holds, place):
        self.compared += 1
        if not holds:
            self.failures.append(place)

    def tell(self, what):
        print(f"{what}: {self.compared} values compared, worst difference {self.value:.3g} ({self.place})")
        for failure in self.failures[:20]:
            print("  " + failure)
        if len(self.failures) > 20:
            print(f"  … {len(self.failures)} in all")
        return not self.failures and self.compared > 0


def exact_answer(problem):
    """(posterior, undercutters) by enumeration where that is quick, else by stories."""
    shared = max((len(names) for names, _ in model.components(problem)), default=0)
    return model.brute(problem) if shared <= 3 and len(problem.items) <= 8 else model.stories(problem)


def shown_on(day, undercutters, prefix=""):
    """Those of single items are shown of the end only: a timeline has none."""
    own = tuple(prefix + kind for kind in ("credibility:", "unseen:", "credibility_", "unseen_"))
    return {k: v for k, v in undercutters.items() if day is None or not k.startswith(own)}


def compare_with_twin(ours, case, position, as_of, place, worst):
    problem = model.Problem(case, position, as_of)
    posterior, held = exact_answer(problem)
    sets = {h: {h} for h in problem.ids} | problem.propositions
    shown = by_id(ours["hypotheses"]) | by_id(ours["propositions"])
    worst.claim(shown.keys() == sets.keys(), f"{place}: the program shows {sorted(shown)}, not {sorted(sets)}")
    for name, members in sets.items():
        prior = sum(p for h, p in zip(problem.ids, problem.prior) if h in members)
        worst.take(shown[name]["prior"], prior, f"{place}: prior of {name}")
        after = sum(p for h, p in zip(problem.ids, posterior) if h in members)
        worst.take(shown[name]["posterior"], after, f"{place}: {name}")
    undercutters, probability = by_id(ours["undercutters"]), problem.undercutters()
    held = shown_on(as_of, held)
    worst.claim(undercutters == shown_on(as_of, undercutters), f"{place}: an undercutter of one item")
    for k in undercutters.keys() | held.keys():
        if k in undercutters and k in held:
            worst.take(undercutters[k]["prior"], probability[k], f"{place}: prior of {k}")
            worst.take(undercutters[k]["posterior"], held[k], f"{place}: {k}")
        elif k in undercutters:  # one that no item of this day has
            worst.take(undercutters[k]["posterior"], undercutters[k]["prior"], f"{place}: {k}, which governs nothing")
        else:  # the program does not show those of repeats and the like; they must be idle
            worst.claim(":" in k, f"{place}: {k} is missing")
            worst.take(probability[k], held[k], f"{place}: {k}, which is not shown")
    worst.claim(ours["standard"]["threshold"] == problem.standard["threshold"], f"{place}: standard")
    about = shown[ours["about"]]["posterior"]
    if abs(about - ours["standard"]["threshold"]) > TOLERANCE:
        worst.claim(ours["point_verdict"] == ("enough" if problem.enough(about) else "not-enough"),
                    f"{place}: {ours['point_verdict']} at {about}")


def solve_network(network):
    """(posterior of hypothesis by id, P(holds) by undercutter) once every item is found."""
    items = [n for n in network.names() if n.startswith("item_")]
    holds = [n for n in network.names() if n.startswith("holds_")]
    engine = pyagrum.LazyPropagation(network)
    engine.setEvidence({n: "found" for n in items})
    engine.setTargets({"hypothesis", *holds})
    engine.makeInference()
    posterior = engine.posterior("hypothesis")
    labels = network.variable("hypothesis").labels()
    return ({label.removeprefix("h_"): float(posterior[i]) for i, label in enumerate(labels)},
            {n: float(engine.posterior(n)[network.variable(n).index("yes")]) for n in holds})


def as_pyagrum_reads_it(text):
    with tempfile.NamedTemporaryFile("w", suffix=".bif", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return pyagrum.loadBN(file.name)


def node_of(undercutter):
    """The network's name of an undercutter."""
    kind, _, ident = undercutter.rpartition(":")
    return f"holds_{kind or 'undercutter'}_{ident}"


def compare_with_network(ours, text, day, place, worst):
    network = bif.read(text)
    posterior, holds = solve_network(network)
    shown = by_id(ours["hypotheses"])
    worst.claim(posterior.keys() == shown.keys(), f"{place}: the states of hypothesis are {sorted(posterior)}")
    for h, p in posterior.items():
        worst.take(shown[h]["posterior"], p, f"{place}: {h} in the network")
    undercutters = {node_of(k): u for k, u in by_id(ours["undercutters"]).items()}
    holds = shown_on(day, holds, "holds_")
    worst.claim(holds.keys() <= undercutters.keys(), f"{place}: unknown undercutters in the network")
    for k, u in undercutters.items():
        worst.take(u["posterior"], holds.get(k, u["prior"]), f"{place}: {k} in the network")
    theirs, _ = solve_network(as_pyagrum_reads_it(text))
    worst.claim(max(abs(theirs[h] - p) for h, p in posterior.items()) < SINGLE,
                f"{place}: {theirs} when pyAgrum reads the file, but {posterior}")


def views(program, case, where=None):
    """(position, day or None, the program's answer) of every position: on every date, and without a date."""
    for point in program.json("timeline", where or case)["points"]:
        for shown in point["positions"]:
            yield shown["position"], point["day"], shown
    for position in positions_of(case):
        shown = program.assess(where or case, position=position)
        yield position, None, shown


def compare_examples(program, twin, network):
    for path in sorted(EXAMPLES.glob("*/case.yaml")):
        case = model.load_case(path)
        for position, day, ours in views(program, case, path.parent):
            place = f"{path.parent.name}, {position}, {day}"
            compare_with_twin(ours, case, position if "positions" in case else None, day, place, twin)
            compare_with_network(ours, program.bif(path.parent, position, day), day, place, network)


def needs_own(case, item):
    """Whether an item gets an undercutter of its own: it names none of the kind."""
    kinds = [u.get("kind") for u in case.get("undercutters", []) if u["id"] in item.get("undercut", [])]
    return model.SHARED[item["compute"]] not in kinds


def with_computed_rows(case, draw):
    """The case with some of its ratios as if an engine had computed them; an engine gives one to every hypothesis that
    lists actors. Positions may hold the undercutters that come with it for more or less probable."""
    plain = [h for h in case["hypotheses"] if not h.get("open")]
    chosen = [i for i in case["evidence"] if "ratio" in i and "sealed" not in i and len(i["known"]) == 10]
    if not chosen:
        return case
    listed = draw.sample(plain, draw.randint(1, len(plain)))
    for h in listed:
        h["actors"] = [f"Group {h['id']}", "Other"][:draw.randint(1, 2)]
    # As many undercutters more as the twin can add up.
    connected = 2 + len(case.get("undercutters", []))
    room = 0
    while room < 3 and (len(case["hypotheses"]) + 1) ** (connected + room + 1) <= model.STORIES_LIMIT:
        room += 1
    for item in chosen:
        stated = item.pop("ratio")
        item.pop("reasons")
        item |= {"compute": draw.choice(["infrastructure", "code"]) if room > 0 else "techniques", "from": "list.csv"}
        room -= 1
        row = {"computed": 1, "engine_version": "made by hand", "weights": "none", "reference": "none", "n_used": 1,
               "n_not_known": 0, "links": [], **model.computed_origin(case, item)}
        row["actors"] = [{"hypothesis": h, "given": name, "name": name, "entries": [], "ratio": 1}
                         for h, name in row.pop("given")]
        row["ratio"] = {h["id"]: stated.get(h["id"], draw.choice([0.5, 1, [2, 9]])) for h in listed}
        kind = model.SHARED.get(item["compute"])
        if kind:
            row[kind] = {"probability": draw.choice([0, 0.2, [0.1, 0.4]]), "origin": "drawn"}
            if draw.random() < 0.3 and case.get("undercutters") and needs_own(case, item):
                case["undercutters"][0].setdefault("kind", kind)
                item["undercut"] = [case["undercutters"][0]["id"]]
            elif draw.random() < 0.3 and case.get("positions") and needs_own(case, item):
                draw.choice(case["positions"]).setdefault("probability", {})[kind + ":" + item["id"]] = 0.35
        item["computed"] = row
    # An undercutter may have become one of a kind after an item that names it was to get its own.
    own = {model.SHARED[i["compute"]] + ":" + i["id"] for i in case["evidence"]
           if i.get("compute") in model.SHARED and needs_own(case, i)}
    for position in case.get("positions", []):
        if "probability" in position:
            position["probability"] = {k: p for k, p in position["probability"].items()
                                       if not k.startswith(("relays:", "tools:")) or k in own}
    return case


def compare_random(program, seed, n_views, twin, network):
    case = random_case(seed, random.Random(seed).choice(["small", "full", "full"]))
    draw = random.Random(seed)
    case = with_computed_rows(case, draw)
    every = list(views(program, case))
    chosen = draw.sample(every, n_views) if len(every) > n_views else every
    for position, day, ours in chosen:
        compare_with_twin(ours, case, position if "positions" in case else None, day,
                          f"random case {seed}, {position}, {day}", twin)
    position, day, ours = draw.choice(every)
    compare_with_network(ours, program.bif(case, position, day), day, f"random case {seed}, {position}, {day}", network)


def main():
    parser = argparse.ArgumentParser(description="The program against pyAgrum and the twin.")
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--views", type=int, default=3)
    parser.add_argument("--seed", default="agreement")
    options = parser.parse_args()
    program, good = Program(options.program), True
    twin, network = Worst(), Worst()
    compare_examples(program, twin, network)
    good &= twin.tell("examples and the twin") & network.tell("examples and pyAgrum")
    twin, network = Worst(), Worst()
    for i in range(options.count):
        compare_random(program, f"{options.seed}-{i}", options.views, twin, network)
    good &= twin.tell(f"{options.count} random cases and the twin")
    good &= network.tell(f"{options.count} random cases and pyAgrum")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
