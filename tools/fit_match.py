#!/usr/bin/env python3
"""Fits the weights of matching, and measures recall and precision.

usage: fit_match.py WEIGHTS DUMP CORPUS fit > SOURCE
       fit_match.py WEIGHTS DUMP CORPUS measure [--threshold P] [--rounds N] [--any-width]    by the weights of SOURCE
       fit_match.py WEIGHTS DUMP CORPUS hold-out [LIBRARY...]     each library judged by weights fitted to the others

WEIGHTS is match, for programs with programs [K-3], [K-5]: SOURCE is src/code/match_weights.c, and DUMP the program
dump_match in the build's folder tools. Or it is signature, for functions found in a reference [K-9]: then it is
src/code/signature_weights.c, and dump_code. CORPUS has matrix/SETTINGS/LIBRARY.stripped and truth.json, which says for
each file which functions lie where ({file: {"names": {address: [names]}}}), as from symbol tables. Needs numpy. What is
measured: of the functions with at least 10 instructions and the same name in both builds, how many have the right one
first (ties count in part), in a pool of all libraries; functions whose name is in four or more libraries are left out.
Decorated names of C++ say how wide pointers are; with --any-width they are compared without that, and names of lambdas
without the hash of their type."""
import argparse
import collections
import json
import os
import re
import subprocess
import tempfile

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np

LIBRARIES = "mbedtls lua5.4 zlib lz4 jansson cjson bzip2".split()
PAIRS = ["gcc-O3:gcc-O2", "clang-O2:gcc-O2", "mingw64-O2:gcc-O2", "gcc-Os:gcc-O2", "gcc-O0:gcc-O2", "gcc32-O2:gcc-O2",
         "gcc-O2:gcc-O2-v2"]
WITHOUT = ["clang-O2:gcc-O2", "gcc32-O2:gcc-O2"]  # also with the right library left out of the pool
MSVC = "pe/debugpy-1.8.14-win_amd64/inject_dll_"
NEVER_FITTED = [f"{MSVC}x86.exe:{MSVC}amd64.exe"]
ROUNDS, STAGES, PENALTY, EASY_KEPT = 5, 3, 3.0, 0.22
HEAD = np.dtype([("job", "u4"), ("program", "u4"), ("query", "u8"), ("target", "u8"), ("log_odds", "f4"), ("best", "u4")])


def read_arguments():
    parser = argparse.ArgumentParser(usage=__doc__[__doc__.index("fit_match.py"):__doc__.index("\n\nWEIGHTS")])
    parser.add_argument("weights", choices=["match", "signature"])
    parser.add_argument("dump", type=os.path.abspath)
    parser.add_argument("corpus", type=os.path.abspath)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("fit")
    measured = actions.add_parser("measure")
    measured.add_argument("--threshold", type=float, default=0.9)
    measured.add_argument("--rounds", type=int, default=ROUNDS)
    measured.add_argument("--any-width", action="store_true")
    actions.add_parser("hold-out").add_argument("libraries", nargs="*", metavar="LIBRARY")
    parsed = parser.parse_args()
    for unknown in set(getattr(parsed, "libraries", [])) - set(LIBRARIES):
        parser.error(f"there is no library {unknown}; there are {', '.join(LIBRARIES)}")
    return parsed


arguments = read_arguments()
is_any_width, corpus = getattr(arguments, "any_width", False), arguments.corpus
truth = json.load(open(os.path.join(corpus, "truth.json"), encoding="utf-8"))


def remembered(function):
    known = {}

    def ask(key):
        if key not in known:
            known[key] = function(key)
        return known[key]
    return ask


def without_width(name):
    """A name as it is for 32 and 64 bits alike: without the calling convention of members, __ptr64 and types of size_t."""
    if name[0] != "?":
        return re.sub(r"lambda_[0-9a-f]+", "lambda", name)
    name = re.sub(r"@@([A-Z])(?:E([A-D])A|([A-D])E)(?=[A-Z@?_])", r"@@\1\2\3 ", name)
    return re.sub(r"([PQRA])E([A-D])", r"\1\2", name).replace("_K", "I").replace("_J", "H")


@remembered
def labels(file):
    """Names of functions by address: decorated ones only where there are any, without what compilers append."""
    def names(all_names):
        some = [n for n in all_names if n[0] == "?"] or all_names
        some = [re.sub(r"\.(isra|constprop|llvm)\.\d+.*$", "", n) for n in some if not re.search(r"\.(part|cold)(\.\d+)?$", n)]
        return [without_width(n) for n in some] if is_any_width else some
    return {int(a): names(n) for a, n in truth[file]["names"].items()}


def file_of(settings, library):
    return settings if "/" in settings else f"matrix/{settings}/{library}.stripped"


Job = collections.namedtuple("Job", "pair library query pool is_without")


def jobs_of(pairs, without, libraries=LIBRARIES, pool=LIBRARIES):
    jobs = []
    for pair, is_without in [(p, False) for p in pairs] + [(p, True) for p in without]:
        query, target = pair.split(":")
        if "/" in query:
            jobs.append(Job(pair, "", query, [target], False))
            continue
        for library in libraries:
            files = [file_of(target, m) for m in pool if file_of(target, m) in truth and not (is_without and m == library)]
            if file_of(query, library) in truth and (is_without or file_of(target, library) in files):
                jobs.append(Job(pair, library, file_of(query, library), files, is_without))
    return jobs


def dump(jobs, weights, rounds, purpose):
    with tempfile.TemporaryDirectory() as place:
        names = [os.path.join(place, n) for n in ("weights", "out", "functions")]
        if weights is not None:
            with open(names[0], "w", encoding="ascii") as file:
                file.writelines(" ".join(repr(float(x)) for x in stage) + "\n" for stage in weights)
        lines = "".join(" ".join(os.path.join(corpus, f) for f in [j.query, *j.pool]) + "\n" for j in jobs)
        subprocess.run([arguments.dump, names[0], str(rounds), purpose, *names[1:]], input=lines, text=True, check=True)
        with open(names[1], "rb") as file:
            n_features, n_own = np.fromfile(file, np.uint32, 2)
            records = np.fromfile(file, np.dtype([("head", HEAD), ("x", "f4", (int(n_features),))]))
        functions = collections.defaultdict(dict)
        for line in open(names[2], encoding="utf-8"):
            path, address, n, _ = line.rsplit(" ", 3)
            functions[os.path.relpath(path, corpus)][int(address)] = int(n)
    return records, functions, int(n_own)


def judge(jobs, records, functions):
    """For each record 1 (the same function), 0 (another one), -1 (nobody can say, or of the C runtime). For each job:
    what is asked for of each query function, and the pool's files of the right library."""
    y = np.full(len(records), -1, np.int8)
    bounds = np.searchsorted(records["head"]["job"], np.arange(len(jobs) + 1))
    asked = []
    for number, job in enumerate(jobs):
        target = job.pair.split(":")[1]
        everywhere = collections.Counter()
        for file in [f for f in (file_of(target, m) for m in LIBRARIES) if f in truth] if "/" not in target else job.pool:
            everywhere.update({n for ns in labels(file).values() for n in ns})
        runtime = {n for n, count in everywhere.items() if count >= 4}
        own = {f for f in job.pool if not job.is_without and ("/" in target or f.endswith(f"/{job.library}.stripped"))}
        where = collections.defaultdict(set)
        for file in own:
            for address, n in functions[file].items():
                for name in labels(file).get(address, []) if n >= 10 else []:
                    where[name].add(address)
        names = {a: [n for n in labels(job.query).get(a, []) if n not in runtime] for a in functions[job.query]}
        judged = [a for a, ns in names.items() if ns and functions[job.query][a] >= 10]
        asked.append(({a: set().union(*[where.get(n, set()) for n in names[a]]) for a in judged}, own))
        for i in range(bounds[number], bounds[number + 1]):
            h = records["head"][i]
            file = job.pool[h["program"]]
            theirs = labels(file).get(int(h["target"]), [])
            if not names.get(int(h["query"])) or set(theirs) & runtime:
                continue
            y[i] = file in own and bool(set(theirs) & set(names[int(h["query"])]))
    return y, bounds, asked


def fit_logistic(x, y, w):
    """Constant and weights; a quadratic penalty on standardised weights."""
    x = x.astype(np.float64)
    mean = (x * w[:, None]).sum(0) / w.sum()
    deviation = np.sqrt(((x - mean) ** 2 * w[:, None]).sum(0) / w.sum())
    used = np.flatnonzero(deviation > 1e-6)
    z = np.c_[np.ones(len(x)), (x[:, used] - mean[used]) / deviation[used]]
    b = np.zeros(z.shape[1])
    b[0] = -2
    penalty = np.r_[1e-6, np.full(len(used), PENALTY)]
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(z @ b, -30, 30)))
        step = np.linalg.solve((z * (w * p * (1 - p))[:, None]).T @ z + np.diag(penalty), z.T @ (w * (y - p)) - penalty * b)
        b += min(1, 4 / np.abs(step).max()) * step
        if np.abs(step).max() < 1e-3:
            break
    weights = np.zeros(x.shape[1])
    weights[used] = b[1:] / deviation[used]
    return np.r_[b[0] - weights @ mean, weights]


def fit(libraries=LIBRARIES):
    jobs, weights = jobs_of(PAIRS, WITHOUT, libraries, libraries), None
    for stage in range(STAGES):
        records, functions, n_own = dump(jobs, weights, stage, "fit")
        y, _, _ = judge(jobs, records, functions)
        kept = (y >= 0) & (records["head"]["best"] == 0)
        x, right, number = records["x"][kept], y[kept] == 1, records["head"]["job"][kept]
        w = np.ones(len(x))
        for job in np.unique(number):  # each counts by the root of its number of functions
            n = len(np.unique(records["head"]["query"][kept][number == job]))
            w[number == job] = 8 / np.sqrt(n)
        some = right | (np.random.default_rng(1).random(len(x)) < EASY_KEPT)
        if stage == 0:
            x[:, n_own:] = 0
        fitted = fit_logistic(x[some], right[some].astype(float), np.where(right, w, w / EASY_KEPT)[some])
        weights = [fitted] * STAGES if stage == 0 else weights[:stage] + [fitted] * (STAGES - stage)
    return weights


def measure(jobs, weights, threshold, rounds=ROUNDS):
    records, functions, _ = dump(jobs, weights, rounds, "measure")
    y, bounds, asked = judge(jobs, records, functions)
    sums = collections.defaultdict(lambda: np.zeros(7))
    least = np.log(threshold / (1 - threshold))
    for number, job in enumerate(jobs):
        mine = slice(bounds[number], bounds[number + 1])
        kept = (y[mine] >= 0) & (records["head"]["best"][mine] == 0)
        h, right = records["head"][mine][kept], y[mine][kept] == 1
        order = np.lexsort((-h["log_odds"], h["query"]))
        h, right = h[order], right[order]
        queries, first = np.unique(h["query"], return_index=True)
        ends = dict(zip(queries.tolist(), zip(first, np.append(first[1:], len(h)))))
        wanted, own = asked[number]
        total = sums[job.pair + (" without" if job.is_without else "")]
        for address, want in wanted.items():
            total[0] += bool(want)
            total[1] += 1
            if address not in ends:
                continue
            begin, end = ends[address]
            top = h["log_odds"][begin]
            good = right[begin:end][h["log_odds"][begin:end] == top].mean()
            total[2] += good if want else 0
            if top >= least:
                total[3] += 1
                total[4] += good
                total[5] += good if want else 0
                total[6] += job.pool[h["program"][begin]] not in own
    print(f"{'query:pool':60s} {'n':>5s} recall@1  called a match: recall precision unrelated")
    for pair, t in sums.items():
        print(f"{pair:60s} {int(t[0]):5d} {t[2] / max(t[0], 1):8.3f} {t[5] / max(t[0], 1):23.3f} {t[4] / max(t[3], 1):9.3f}"
              f" {100 * t[6] / max(t[1], 1):7.2f} %", flush=True)


def source_path():
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "code", f"{arguments.weights}_weights.c")


def read_source():
    text = open(source_path(), encoding="ascii").read()
    text = text[text.index(".constant"):]
    numbers = [float(x) for x in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)]
    n = (len(numbers) - STAGES) // STAGES
    return [[numbers[s], *numbers[STAGES + s * n:STAGES + (s + 1) * n]] for s in range(STAGES)]


def write_source(weights):
    old = open(source_path(), encoding="ascii").read()
    print(old[:old.index("  .constant")] + "  .constant = {" + ", ".join(f"{w[0]:.4f}" for w in weights) + "},\n  .weight = {")
    for w in weights:
        print("    {")
        for i in range(1, len(w), 10):
            print("      " + " ".join(f"{x:.4f}," for x in w[i:i + 10]))
        print("    },")
    print("  },\n};\n/* clang-format on */")


if arguments.action == "fit":
    write_source(fit())
elif arguments.action == "measure":
    measure(jobs_of(PAIRS + [p for p in NEVER_FITTED if p.split(":")[0] in truth], PAIRS), read_source(),
            arguments.threshold, arguments.rounds)
else:
    for held in arguments.libraries or LIBRARIES:
        print(f"held out: {held}", flush=True)
        measure(jobs_of(PAIRS, PAIRS, [held]), fit([m for m in LIBRARIES if m != held]), 0.9)
