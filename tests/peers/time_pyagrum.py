#!/usr/bin/env python3
"""How long pyAgrum takes for one posterior of an exported network, as JSON.

    time_pyagrum.py NETWORK.bif [--runs N]

The inference object is made once, with the findings. Before every run one finding is taken out and put back, so that the
junction tree stays but every message has to be computed again; makeInference() and the posterior of `hypothesis` alone
are timed. `median_us` is the median over the runs.
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
    taken = []
    for _ in range(runs):
        engine.eraseAllEvidence()  # drops what was computed under the old findings
        engine.setEvidence({n: "found" for n in items})
        start = time.perf_counter_ns()
        engine.makeInference()
        posterior = engine.posterior("hypothesis")
        taken.append((time.perf_counter_ns() - start) / 1000)
    again = [float(p) for p in posterior.tolist()]
    if max(abs(a - b) for a, b in zip(first, again)) > 1e-12:
        raise SystemExit("the posterior changed between the runs")
    return {"tool": "pyagrum", "version": pyagrum.__version__, "runs": runs, "items": len(items),
            "median_us": statistics.median(taken), "least_us": min(taken)}


def main():
    parser = argparse.ArgumentParser(description="The time of one posterior with pyAgrum.")
    parser.add_argument("network")
    parser.add_argument("--runs", type=int, default=300)
    options = parser.parse_args()
    print(json.dumps(measure(options.network, max(200, options.runs))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
