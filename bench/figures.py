"""The files of figures that the benchmarks write, all with the same columns."""
import csv

HEADER = ["figure", "median", "unit", "peer", "peer median", "ratio"]


def write(path, rows):
    """Writes rows of texts, with the columns of HEADER."""
    with open(path, "w", newline="", encoding="utf-8") as out:
        csv.writer(out, lineterminator="\n").writerows([HEADER, *rows])


def write_measured(path, rows, of="", ratio_format=".2f"):
    """Writes rows of figure, median, unit and, where there is a peer, its name, its median and the ratio; shows them too."""
    texts = []
    for figure, ours, unit, *peer in rows:
        name, theirs, ratio = peer if peer else ("", None, None)
        texts.append([of + figure, f"{ours:.4g}", unit, name, f"{theirs:.4g}" if peer else "",
                      f"{ratio:{ratio_format}}" if peer else ""])
        print("  ".join(texts[-1]))
    write(path, texts)
