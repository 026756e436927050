// One item or source in full: what it says and why, what undercuts it, its weight, and what would turn the verdict.

import {h, section, table} from "./dom.js";
import {ratio, signed, factor, figure, probability, range, verdictBadge, inputName} from "./figures.js";
import {stepBar} from "./charts.js";

const STATES = {counts: "counts", "not-yet-known": "not yet known on that day", retracted: "retracted", repeat: "a repeat, without weight", "said-anyway": "would be said anyway, so without weight"};
const SEALS = {opened: "sealed; seen by its opened row", access: "sealed; this position may open it, but its row is not here, so what is vouched for stands in", unseen: "sealed; seen only by what its holder vouches for [M-20]"};

function row(context, e) {
  const logs = Object.values(e.log10_lr).filter(Number.isFinite), size = Math.max(0.5, ...logs.map(Math.abs)) * 1.1;
  return section("What it says", "How much more probable the finding is under each hypothesis than under the open one [M-1].", table("Ratios over the open hypothesis", ["Hypothesis", "#Ratio", "#Range", h("th", {scope: "col", class: "chart"}, h("span", {class: "hidden-text"}, "Chart: "), "against \u2190 \u2192 for")],
    Object.entries(e.row).map(([id, value]) => h("tr", {class: id === e.about ? "about" : null}, h("th", {scope: "row"}, context.hypothesis(id)),
      h("td", {class: "n"}, figure(ratio(value), {what: `Ratio of “${context.hypothesis(id)}” over the open hypothesis`, formula: "M-1", value, from: `item ${e.item}`})),
      h("td", {class: "n quiet"}, e.row_range[id] ? `${ratio(e.row_range[id][0])}\u2013${ratio(e.row_range[id][1])}` : ""),
      h("td", {class: "chart"}, stepBar(0, e.log10_lr[id] ?? 0, {low: -size, high: size}))))));
}

function doubts(context, e) {
  if (!e.undercutters.length) return null;
  return section("What may cut it loose from the truth", "Before the evidence, and given all of it [M-8].", table("Doubts in the order in which they govern it", ["Doubt", "#Before", "#Now"], e.undercutters.map(one => {
    const is_source = one.kind === "source", name = is_source ? `${context.names.sources.get(one.id.slice(7)) ?? one.id} is unreliable` : one.kind === "credibility" ? "its own credibility" : one.kind === "unseen" ? "it does not show what its holder says" : inputName(one.id, context.names);
    return h("tr", null, h("th", {scope: "row"}, is_source ? h("a", {href: context.link("source", one.id.slice(7))}, name) : name),
      h("td", {class: "n"}, figure(probability(one.prior), {what: `P(${name})`, formula: "M-5", value: one.prior, from: one.id})),
      h("td", {class: "n"}, figure(probability(one.posterior), {what: `P(${name} | evidence)`, formula: "M-8", value: one.posterior, from: one.id})));
  })));
}

function computed(e) {
  const c = e.computed;
  if (!c) return null;
  return section("How it was computed", null,
    h("p", null, `Engine ${c.engine_version}; the reference knows ${c.n_used} parts of the artefact and does not know ${c.n_not_known}. As of ${c.as_of}. Weights: ${c.weights}.`),
    h("p", {class: "quiet"}, h("code", null, c.from), " ", h("code", null, c.artefact), ", reference ", h("code", null, c.reference)),
    c.links.length ? table("What the artefact and reports on the actors have in common, strongest first", ["Actor", "Kind", "What", "Report", "#Weight", "Note"], c.links.map(link => h("tr", null, h("th", {scope: "row"}, link.actor), h("td", null, link.kind), h("td", null, h("code", null, link.value)), h("td", null, link.report ?? ""),
      h("td", {class: "n"}, figure(signed(link.weight), {what: `Weight of ${link.kind} ${link.value} for ${link.actor}`, formula: "C-2", value: link.weight, from: link.report ?? `item ${e.item}`})), h("td", null, link.note)))) : h("p", null, "The reference has nothing in common with it."));
}

export async function render({root, context, heading, argument, view}) {
  const e = await context.read(`/explain/${encodeURIComponent(`${view}:${argument}`)}`, context.options);
  const is_item = e.item !== undefined, a_name = context.names.positions.get(e.position) ?? e.position;
  heading.textContent = e.name;
  const written = context.document[is_item ? "evidence" : "sources"].find(one => one.id === argument);
  const facts = [];
  if (is_item) {
    facts.push(["Source", h("a", {href: context.link("source", e.source)}, context.names.sources.get(e.source) ?? e.source)], ["Known", e.known], ["Happened", e.observed], ["Retracted", e.retracted],
      ["Repeats", e.repeats ? h("a", {href: context.link("item", e.repeats)}, context.names.items.get(e.repeats) ?? e.repeats) : null], ["State", STATES[e.state] ?? e.state], ["Seal", SEALS[e.seal] ?? null]);
  } else {
    facts.push(["Where", e.url ? h("a", {href: /^https?:\/\//.test(e.url) ? e.url : null, rel: "noreferrer noopener", target: "_blank"}, e.url) : null],
      ["Reliability", h("span", null, figure(probability(e.reliability), {what: `Reliability of ${e.name}`, formula: "M-5", value: e.reliability, from: `source ${argument}`}), "\u2060, given all the evidence ", figure(probability(e.reliability_posterior), {what: `Reliability of ${e.name}, given the evidence`, formula: "M-8", value: e.reliability_posterior, from: `source ${argument}`}))],
      ["Bound", e.bound === null ? "none: some of its items have further doubts" : h("span", null, "its items cannot raise the log-odds by more than ", figure(signed(e.bound), {what: `Bound of ${e.name}`, formula: "M-6", value: e.bound, from: `source ${argument}`}))]);
  }
  root.append(h("p", null, h("code", null, argument), context.may_edit && written ? [" · ", h("a", {href: context.link("edit", `${is_item ? "evidence" : "sources"}:${argument}`)}, "Edit it")] : null),
    h("dl", {class: "facts"}, facts.filter(([, value]) => value !== null && value !== undefined).map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, value)))));
  if (e.reasons) root.append(section("Reasons", null, h("p", null, e.reasons)));
  const p = e.probability, without = e.without;
  root.append(section(`What it does for “${context.hypothesis(e.about)}”`, `As ${a_name} sees it.`,
    h("p", null, "Weight ", figure(signed(e.weight), {what: `Weight of: ${e.name}`, formula: "M-13", value: e.weight, from: `${is_item ? "item" : "source"} ${argument}`}), e.weight_standard_error ? ` ± ${e.weight_standard_error.toFixed(2)}` : "", ` on the log-odds, ${factor(e.weight)} on the odds.`),
    h("p", null, "With it ", figure(probability(p.posterior), {what: "P with all the evidence", formula: "M-7", value: p.posterior, from: "all items that count"}), " ", verdictBadge(e.verdict), "; without it ",
      figure(probability(without.posterior), {what: `P without: ${e.name}`, formula: "M-14", value: without.posterior, from: `all items but ${argument}`}), ` (${range(without.low, without.high)}) `, verdictBadge(without.verdict), ".")));
  if (is_item) root.append(row(context, e));
  for (const part of [doubts(context, e), is_item ? computed(e) : null]) if (part) root.append(part);
  if (!is_item) root.append(section("Its items", null, h("ul", null, e.items.map(item => h("li", null, h("a", {href: context.link("item", item.id)}, item.title), ` ${item.counts ? `${signed(item.weight)}, ${factor(item.weight)}` : STATES[item.state] ?? item.state}`)))));
  if (e.tipping.length) root.append(section("What would turn the verdict", null, table("Values at which it turns, all others at their points", ["Number", "#Stands at", "#Turns at"], e.tipping.map(tip => {
    const is_factor = tip.input.startsWith("item:"), show = value => value === null ? "nowhere" : is_factor ? `×${Number(value.toPrecision(2))}` : probability(value);
    return h("tr", null, h("th", {scope: "row"}, is_factor ? "a factor on its ratio" : inputName(tip.input, context.names)), h("td", {class: "n"}, show(tip.value)), h("td", {class: "n"}, figure(show(tip.tips_at), {what: `Where the verdict turns: ${tip.input}`, formula: "M-15", value: tip.tips_at, from: tip.input})));
  }))));
}
