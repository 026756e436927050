#!/usr/bin/env python3
"""The page: well-formed, self-contained, nothing hostile passes, every image has its words.

usage: html_test.py RENDER_FIXTURE [ONUS CASE]..."""
import re
import subprocess
import sys
import unicodedata
from html.parser import HTMLParser

VOID = {"meta", "br", "line", "rect", "circle", "polygon", "polyline"}
ELEMENTS = VOID | set("""html head title style body a header h1 h2 h3 p bdi nav ul li main section div span i em strong small
    svg desc text table caption thead tbody tr th td details summary dl dt dd time code sub""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class href rel id tabindex role aria-label aria-labelledby
    aria-hidden scope style colspan datetime width height viewbox x y x1 y1 x2 y2 cx cy r points text-anchor""".split())

WRITTEN = re.compile(r'<[a-z0-9]+( [A-Za-z0-9-]+="[^"<>]*")*/?>')


class Page(HTMLParser):
    def __init__(self, name, markup):
        super().__init__(convert_charrefs=True)
        self.name, self.open, self.ids, self.hrefs, self.images, self.text = name, [], [], [], [], []
        self.references, self.tables, self.style, self.tags = [], [], "", []
        self.feed(markup)
        self.close()
        assert not self.open, f"{name}: still open: {self.open}"

    def check(self, ok, words):
        assert ok, f"{self.name} at {self.getpos()}: {words}; open: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.check(tag in ELEMENTS, f"element {tag}")
        self.check(WRITTEN.fullmatch(self.get_starttag_text()), f"not written plainly: {self.get_starttag_text()}")
        self.tags.append(tag)
        names = [name for name, _ in attributes]
        self.check(len(names) == len(set(names)), f"doubled attribute in {tag}")
        self.check(set(names) <= ATTRIBUTES, f"attributes {set(names) - ATTRIBUTES}")
        values = dict(attributes)
        if "id" in values:
            self.check(values["id"] not in self.ids, f"id {values['id']} twice")
            self.ids.append(values["id"])
        if "href" in values:
            self.hrefs.append(values["href"])
            if not values["href"].startswith("#"):
                self.check(re.match(r"https?://[!-~]+$", values["href"]), f"address {values['href']}")
                self.check(tag == "a" and values.get("rel") == "noopener noreferrer nofollow", "rel of a link")
        if "style" in values:
            self.check(re.fullmatch(r"width:\d+\.\d%", values["style"]), f"style {values['style']}")
        if tag == "a":
            self.check("a" not in self.open, "a link in a link")
        if tag == "p" or tag in ("div", "table", "ul", "dl", "section", "h2", "h3"):
            self.check("p" not in self.open, f"{tag} in a paragraph")
        if tag == "th":
            self.check(values.get("scope") in ("row", "col"), "th without scope")
        if tag == "table":
            self.tables.append(0)
        if tag == "caption":
            self.tables[-1] += 1
        if tag == "svg":
            self.check(values.get("role") == "img", "svg without role=img")
            self.references += values["aria-labelledby"].split()
            self.images.append({"title": "", "desc": ""})
        if "aria-labelledby" in values and tag != "svg":
            self.references.append(values["aria-labelledby"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.check(tag in VOID, f"<{tag}/>")
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        self.check(self.open and self.open[-1] == tag, f"</{tag}>")
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
            return
        if "svg" in self.open and self.open[-1] in ("title", "desc"):
            self.images[-1][self.open[-1]] += data
        self.text.append(data)

    def handle_comment(self, data):
        self.check(False, f"comment {data}")


def check(name, markup):
    page = Page(name, markup)
    assert markup.startswith('<!DOCTYPE html>\n<html lang="en">'), name
    assert "default-src 'none'; style-src 'unsafe-inline'" in markup, name
    for image in page.images:
        assert image["title"].strip() and image["desc"].strip(), f"{name}: image without words {image}"
    missing = [i for i in page.references if i not in page.ids]
    assert not missing, f"{name}: labelled by nothing: {missing}"
    missing = [h for h in page.hrefs if h.startswith("#") and h[1:] not in page.ids]
    assert not missing, f"{name}: links to nothing: {missing}"
    assert all(count == 1 for count in page.tables), f"{name}: a table without caption"
    assert not re.search(r"url\(|@import|expression|javascript:", page.style), f"{name}: the style loads something"
    assert page.tags.count("h1") == 1 and page.tags.count("main") == 1, name
    for word in ("nan", "inf"):
        assert not re.search(rf'="[^"]*\b-?{word}\b', markup), f"{name}: {word} in an attribute"
    hidden = {f"U+{ord(c):04X}" for c in markup
              if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    assert not hidden, f"{name}: {hidden} stand in the page as they are"
    for tag in page.tags:
        assert tag not in ("script", "iframe", "object", "embed", "link", "img", "form", "base"), name
    return page


def run(*command):
    return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")


def main():
    render, *real = sys.argv[1:]
    pages = {}
    for kind in ["plain", "hostile", "small"]:
        for what in ["page", "assess", "compare", "timeline", "explain-item", "explain-source"]:
            if kind == "small" and what.startswith("explain"):
                continue
            markup = run(render, kind, what, "html")
            pages[kind, what] = check(f"{kind} {what}", markup)
            if kind == "hostile":
                assert "<script" not in markup.lower() and "alert(1)&lt;/script&gt;&quot;&#39;&amp;" in markup
                for code in ["U+001B", "U+202E", "U+2066", "U+200B", "U+009B", "U+007F"]:
                    assert f"\u27e8{code}\u27e9" in markup, f"{what}: {code} is not shown"

    plain = pages["plain", "page"]
    text = " ".join("".join(plain.text).split())
    for part in ["Enough The evidence meets the standard for “North Korean state”. P = 0.93 (0.89–0.95), very likely",
                 "Standard of United States: clear-and-convincing (0.75).", "Evidence against hypotheses", "+1.5", "−0.4",
                 "a repeat of wiper-lines", "Crux: China would come to the verdict of United States", "[M-20]",
                 "Seed 20141124, 4096 samples", "2014-12-19", "moves the verdict only"]:
        assert part in text, f"missing: {part}"
    assert len(plain.images) == 6, len(plain.images)
    assert "https://www.fbi.gov/news/press-releases" in plain.hrefs
    assert not any(h.startswith("javascript") for h in plain.hrefs) and "javascript:alert(1)" in text
    assert plain.tags.count("details") == 8
    style = plain.style
    assert "prefers-color-scheme:dark" in style and "@media print" in style

    while len(real) >= 2:
        onus, case, *real = real
        for what in ["assess", "compare", "timeline"]:
            check(f"{what} {case}", run(onus, what, case, "--format", "html"))
    print("the pages keep their promises")


main()
