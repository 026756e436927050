// What of the page needs no browser: modules_test.mjs ONUS SOURCE_ROOT
//
// Figures are written as the program writes them; drafts of two people are put together; lines lead back to fields.

import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import path from "node:path";
import {pathToFileURL} from "node:url";

const [onus, root] = process.argv.slice(2);
const load = name => import(pathToFileURL(path.join(root, "web", name)));
const [{probability, ratio, signed}, {merge, linesOf}, {parseValue, showValue}, {readArtefact}, {numberOf}, {oddsScale}, {rowTimes}, {nextInDirection}, {partOfTheWay}] =
  await Promise.all(["figures.js", "merge.js", "fields.js", "artefacts.js", "countries.js", "charts.js", "rows.js", "walk.js", "partly.js"].map(load));
const run = (...given) => execFileSync(onus, given, {encoding: "utf8", maxBuffer: 1 << 26});

// Every probability and weight of the examples, against the program's own text.
const views = [["sony-2014", "us"], ["sony-2014", "china"], ["sony-2014", "reviewer"], ["olympic-destroyer-2018", null], ["wizardopium-2019", null]];
for (const [name, position] of views) {
  const given = ["assess", path.join(root, "examples", name), ...(position ? ["--position", position] : [])];
  const text = run(...given).replace(/\s+/g, " "), a = JSON.parse(run(...given, "--format", "json"));
  for (const p of a.hypotheses) {
    const range = `${probability(p.posterior, a.standard.threshold)} (${probability(p.low, a.standard.threshold)}\u2013${probability(p.high, a.standard.threshold)})`;
    const plain = probability(p.posterior, a.standard.threshold);
    assert.ok(text.includes(range) || (/[<>]/.test(plain) && text.includes(plain)), `${name}: ${p.id}: ${range} is not in the program's text`);
    assert.ok(text.includes(`prior ${probability(p.prior)}`), `${name}: prior of ${p.id}`);
  }
  for (const item of a.items.filter(one => one.counts))
    assert.ok(text.includes(`${signed(item.weight)} \u00d7${ratio(Math.exp(item.weight))}`), `${name}: ${item.id}: ${signed(item.weight)} ×${ratio(Math.exp(item.weight))}`);
}
assert.equal(probability(0.7499, 0.75), "0.7499"); // never on the wrong side of the standard
assert.equal(probability(0.0004), "<0.001");
assert.equal(probability(0.99996), ">0.999");
assert.equal(probability(0.99996, 0.9999), "0.99996");
assert.equal(probability(0.002), "0.002");
assert.equal(probability(0), "0.00");
assert.equal(probability(null), "?");

// Two drafts of one version.
const base = {title: "t", evidence: [{id: "a", known: "2020", likelihood: {x: 1, y: 2}}, {id: "b", known: "2021"}], positions: [{id: "p"}]};
const change = edit => { const copy = structuredClone(base); edit(copy); return copy; };
const never = where => assert.fail(`no conflict was expected at ${where}`);
assert.deepEqual(merge(base, change(d => { d.title = "mine"; }), change(d => { d.evidence[1].known = "2022"; }), never), change(d => { d.title = "mine"; d.evidence[1].known = "2022"; }));
assert.deepEqual(merge(base, change(d => { d.evidence.splice(0, 1); }), change(d => { d.evidence.push({id: "c"}); }), never), change(d => { d.evidence.splice(0, 1); d.evidence.push({id: "c"}); }));
assert.deepEqual(merge(base, change(d => { d.evidence[0].likelihood.x = 3; }), change(d => { d.evidence[0].likelihood.y = 4; }), never), change(d => { d.evidence[0].likelihood = {x: 3, y: 4}; }));
for (const whose of ["mine", "theirs"]) {
  const asked = [];
  const merged = merge(base, change(d => { d.evidence[0].likelihood.x = 3; d.title = "kept"; }), change(d => { d.evidence[0].likelihood.x = 5; }), where => { asked.push(where); return whose; });
  assert.deepEqual(asked, ["evidence/a/likelihood/x"]);
  assert.equal(merged.evidence[0].likelihood.x, whose === "mine" ? 3 : 5);
  assert.equal(merged.title, "kept");
}
// Removed here, changed there: that is a conflict too.
const removed = [];
merge(base, change(d => { d.evidence.splice(1, 1); }), change(d => { d.evidence[1].known = "2023"; }), where => { removed.push(where); return "theirs"; });
assert.deepEqual(removed, ["evidence/b"]);

// A draft with one field to a line is the same draft, and the program's lines lead to the field.
const draft = {onus: 1, title: "a \"title\"\nof two lines", list: [{id: "x", range: [0.1, 0.2], map: {k: "v"}}], empty: [], nothing: null};
const {text, paths} = linesOf(draft);
assert.deepEqual(JSON.parse(text), draft);
assert.equal(paths.length, text.split("\n").length - 1);
const lineOf = value => text.split("\n").findIndex(line => line.includes(value));
assert.equal(paths[lineOf("0.1,0.2")], "list/x/range");
assert.equal(paths[lineOf('"v"')], "list/x/map/k");
assert.equal(paths[lineOf("title")], "title");

for (const [typed, value] of [["0.2", 0.2], [" .5 ", 0.5], ["1e-3", 0.001], ["0.1 to 0.3", [0.1, 0.3]], ["[0.1, 0.3]", [0.1, 0.3]], ["0.1\u20130.3", [0.1, 0.3]], ["B", "B"], ["", undefined], ["0.1 to", "0.1 to"], ["1 to 2 to 3", "1 to 2 to 3"]])
  assert.deepEqual(parseValue(typed), value, typed);
for (const value of [0.2, [0.1, 0.3], "B", undefined]) assert.deepEqual(parseValue(showValue(value)), value);

assert.deepEqual(readArtefact("indicator,country,note\n1.2.3.4,TH,\"a, \"\"b\"\"\"\n5.6.7.8,Thailand,\n", "x.csv").map(one => [one.value, one.country, one.note]), [["1.2.3.4", "TH", "a, \"b\""], ["5.6.7.8", null, ""]]);
assert.deepEqual(readArtefact("evil.example # a remark\n\n1.2.3.4\n", "x.txt").map(one => one.value), ["evil.example", "1.2.3.4"]);
assert.deepEqual(readArtefact("{\"id\":\"x\",\"indicators\":[\"a.b\"],\"techniques\":[\"T1059\"]}", "x.json").map(one => one.kind), ["indicator", "technique"]);
assert.equal(readArtefact("not json", "x.json").length, 0);
assert.deepEqual(readArtefact("{\"techniques\":[{\"techniqueID\":\"T1059\"},{\"x\":1}],\"indicators\":3}", "x.json").map(one => one.value), ["T1059"]);

assert.equal(numberOf.get("KP"), "408");
assert.equal(numberOf.get("AF"), "004");
assert.equal(new Set(numberOf.values()).size, numberOf.size, "each country has a number of its own");

const toy = {hypotheses: [{id: "a"}, {id: "b"}, {id: "c", imitates: "a"}, {id: "o", open: true}], propositions: [{id: "ab", any: ["a", "b"]}], evidence: [{id: "e", ratio: {a: 8}}]};
const seen = {id: "e", row: {a: 8, b: 1, c: 4, o: 1}, row_range: {a: [4, 16], b: [1, 1]}};
assert.deepEqual(rowTimes(toy, "a", seen, 2), {a: [8, 32], b: 1}); // c follows by imitation
assert.deepEqual(rowTimes(toy, "c", seen, 2), {a: [4, 16], b: 1, c: 8});
assert.deepEqual(rowTimes(toy, "ab", seen, 2), {a: [8, 32], b: 2});
assert.deepEqual(rowTimes(toy, "o", seen, 2), {a: [2, 8], b: 0.5});
// Where an arrow leads: ahead and not too far aside, the nearest.
const around = [{x: 5, y: 0}, {x: 3, y: 2}, {x: 1, y: 9}, {x: -4, y: 4}, {x: 0, y: 0}];
const leads = (...to) => nextInDirection({x: 0, y: 0}, around, to);
assert.equal(leads(1, 0), 0);
assert.equal(leads(0, 1), 2);
assert.equal(leads(-1, 0), 3);
assert.equal(leads(0, -1), -1);
// Between two values, on the scale of log-odds; what has none has no between.
const differs = (kind, difference, value_a, value_b) => ({kind, difference, value_a, value_b});
assert.deepEqual(partOfTheWay(differs("reliability", "source:s", "0.9\u20130.98", "D, 0.5"), 0.5), {overrides: {reliability: {s: [0.75, 0.875]}}, words: "0.75\u20130.875"});
assert.deepEqual(partOfTheWay(differs("probability", "u", "0.1", "0.9"), 0.5), {overrides: {probability: {u: 0.5}}, words: "0.5"});
assert.deepEqual(partOfTheWay(differs("prior", "prior", "x 0.2, y 0.1\u20130.3", "x 0.2, y 0.5"), 1), {overrides: {prior: {x: 0.2, y: [0.1, 0.3]}}, words: "x 0.2, y 0.1\u20130.3"});
assert.deepEqual(partOfTheWay(differs("standard", "standard", "preponderance (0.5)", "custom (0.9)"), 0.5), {overrides: {standard: 0.75}, words: "0.75"});
for (const [kind, a, b] of [["item", "its own values", "0.5"], ["access", "1 of 1 sealed items", "0 of 1 sealed items"], ["probability", "0", "0.5"], ["probability", "0.5", "1"], ["prior", "x 0.2", "x 0.2, y 0.1"]])
  assert.equal(partOfTheWay(differs(kind, kind, a, b), 0.5), null, `${kind} ${a} ${b}`);
const scale = oddsScale([0.2, 0.999]);
for (const p of [0, 1e-9, 0.2, 0.5, 0.999, 1]) assert.ok(scale(p) >= 0 && scale(p) <= 1, `${p} is on the scale`);
assert.ok(scale(0.2) < scale(0.5) && scale(0.5) < scale(0.999));
console.log("all as they should be");
