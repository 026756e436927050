#!/usr/bin/env python3
"""How long pyAgrum takes for one posterior of an exported network, as JSON.

    time_pyagrum.py NETWORK.bif [--runs N]

The inference object is made once; makeInference() and the posterior of `hypothesis` alone are timed. Before every run
each finding is set to its other state and back. pyAgrum then keeps its junction tree, to its advantage and as a
compiled network is on our side, but has to compute every message again: `median_us`. `rebuilt_us` is the same after
all findings were taken out and put back, for which it builds the tree anew.
"""

import argparse
import json
import statistics
import sys
import time

try:
    import pyagrum
except ImportError as missing:
    print(f"skipped: {missing}", file=sys.stderr)
    sys.exit(77)


def measure(path, runs):
    network = pyagrum.loadBN(path)
    items = sorted(n for n in network.names() if n.startswith("item_"))
    engine = pyagrum.LazyPropagation(network)
    engine.setNumberOfThreads(1)
    engine.setTargets({"hypothesis"})
    engine.setEvidence({n: "found" for n in items})
    engine.makeInference()
    first = [float(p) for p in engine.posterior("hypothesis").tolist()]

    def toggle():
        for state in ("not_found", "found"):
            for n in items:
                engine.chgEvidence(n, state)

    def replace():
        engine.eraseAllEvidence()
        engine.setEvidence({n: "found" for n in items})

    def time_after(reset):
        taken = []
        for _ in range(runs):
            reset()
            start = time.perf_counter_ns()
            engine.makeInference()
            posterior = engine.posterior("hypothesis")
            taken.append((time.perf_counter_ns() - start) / 1000)
            if max(abs(a - b) for a, b in zip(first, posterior.tolist())) > 1e-12:
                raise SystemExit("the posterior changed between the runs")
        return statistics.median(taken)

    return {"tool": "pyagrum", "version": pyagrum.__version__, "runs": runs, "items": len(items),
            "median_us": time_after(toggle), "rebuilt_us": time_after(replace)}


def main():
    parser = argparse.ArgumentParser(description="The time of one posterior with pyAgrum.")
    parser.add_argument("network")
    parser.add_argument("--runs", type=int, default=300)
    options = parser.parse_args()
    print(json.dumps(measure(options.network, max(200, options.runs))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
