// The case at a glance: what each position says, then the chosen one in full.

import {h, section, table} from "./dom.js";
import {probability, range, figure, verdictBadge, verdictWord, inputName, signed} from "./figures.js";
import {oddsScale, oddsAxis, probabilityBar, describe} from "./charts.js";
import {standardText, verdictSentence, probabilityFigure} from "./words.js";

function positionCard(context, a, scale, is_chosen) {
  const p = a.hypotheses.concat(a.propositions).find(one => one.id === a.about);
  return h("li", {class: `position ${a.verdict}${is_chosen ? " chosen" : ""}`},
    h("h3", null, h("a", {href: context.link("glance", null, {position: a.position}), "aria-current": is_chosen ? "true" : null}, a.position_name)),
    h("p", {class: "says"}, verdictBadge(a.verdict), h("span", {class: "big"}, "P ", probabilityFigure(context, a, p)),
      h("span", {class: "quiet"}, ` (${range(p.low, p.high, a.standard.threshold)})`)),
    probabilityBar(p, {scale, standard: a.standard.threshold, verdict: a.verdict, prior: p.prior,
      title: `${a.position_name}: ${verdictWord(a.verdict)}; ${describe(p, a.standard.threshold)}; standard ${a.standard.threshold}`}),
    oddsAxis(scale),
    h("p", {class: "quiet"}, `${p.word}; standard `, figure(standardText(a.standard), {what: `Standard of ${a.position_name}`, formula: "M-12", value: a.standard.threshold, from: a.standard.origin ?? "the case"})));
}

function hypotheses(context, a) {
  const scale = oddsScale([...a.hypotheses, ...a.propositions].flatMap(p => [p.low, p.high, p.prior]));
  const row = (p, is_set) => h("tr", {class: p.id === a.about ? "about" : null},
    h("th", {scope: "row"}, is_set ? h("span", {class: "quiet"}, "any of: ") : null, context.hypothesis(p.id)),
    h("td", {class: "n"}, figure(probability(p.prior), {what: `Prior of “${context.hypothesis(p.id)}”`, formula: "M-9", value: p.prior, from: `${a.position_name}'s prior, made to add up to 1`})),
    h("td", {class: "n strong"}, probabilityFigure(context, a, p)),
    h("td", {class: "n quiet"}, range(p.low, p.high, a.standard.threshold)),
    h("td", {class: "chart"}, probabilityBar(p, {scale, prior: p.prior, title: `${context.hypothesis(p.id)}: ${describe(p)}`})),
    h("td", null, p.word));
  return table("Probability of each hypothesis. Scale of log-odds; the thin line is the prior.", ["Hypothesis", "#Prior", "#Now", "#Range", h("th", {scope: "col"}, oddsAxis(scale), h("span", {class: "hidden-text"}, "Chart")), "In words"],
    [...a.hypotheses.map(p => row(p, false)), ...a.propositions.map(p => row(p, true))], {class: "hypotheses"});
}

function deciding(context, a) {
  if (a.verdict !== "depends" || a.deciding.length === 0) return null;
  const shown = a.deciding.filter(one => one.share >= 0.005).slice(0, 10);
  return section("What it depends on", "Ranges that decide the verdict, largest share of the variance first.",
    table("Ranges that decide", ["Number in the case", "#Range", "#P at its low end", "#P at its high end", "#Share"], shown.map(one =>
      h("tr", null, h("th", {scope: "row"}, h("code", null, one.input)), h("td", {class: "n"}, `${one.range[0]}\u2013${one.range[1]}`),
        ...[["low", one.at_low], ["high", one.at_high]].map(([end, p]) => h("td", {class: "n"}, figure(probability(p, a.standard.threshold), {what: `P with ${one.input} at its ${end} end`, formula: "M-11", value: p, from: one.input}))),
        h("td", {class: "n"}, figure(`${Math.round(one.share * 100)} %`, {what: "Share of the variance of the log-odds", formula: "M-11", value: one.share, from: one.input}))))));
}

function turns(context, a) {
  const changed = [...a.items.filter(item => item.counts).map(one => ["item", one.id, one.title, one.leave_out]), ...a.sources.filter(one => one.n_items > 0).map(one => ["source", one.id, `all of ${one.name}`, one.leave_out])]
    .filter(([, , , without]) => without.verdict !== a.verdict);
  const tips = a.tipping.filter(tip => tip.tips_at !== null);
  return section("What would turn it", null,
    changed.length ? h("ul", null, changed.map(([kind, id, title, without]) => h("li", null, "Without ", h("a", {href: context.link(kind, id)}, title), ": ", verdictBadge(without.verdict), " ",
      figure(probability(without.posterior, a.standard.threshold), {what: `P without ${title}`, formula: "M-14", value: without.posterior, from: `${kind} ${id}`}))))
      : h("p", null, "No single item or source changes the verdict."),
    tips.length ? table("Values of one number at which the verdict turns, all others at their points", ["Number", "#Stands at", "#Turns at"], tips.map(tip => {
      const name = inputName(tip.input, context.names), is_factor = tip.input.startsWith("item:");
      return h("tr", null, h("th", {scope: "row"}, name), h("td", {class: "n"}, is_factor ? "×1" : probability(tip.value)),
        h("td", {class: "n"}, figure(is_factor ? `×${Number(tip.tips_at.toPrecision(2))}` : probability(tip.tips_at), {what: `Where the verdict turns: ${name}`, formula: "M-15", value: tip.tips_at, from: tip.input})));
    })) : h("p", null, "No single number turns it either, whatever its value."));
}

const bits = value => value >= 0.01 ? value.toFixed(2) : String(Number(value.toPrecision(2)));

function questions(context, a) {
  if (!a.questions.length) return null;
  return section("Questions worth asking", "Evidence that could be sought, most informative first.", a.questions.map(q => h("div", {class: "question"},
    h("h3", null, q.name),
    h("p", null, "Takes ", figure(bits(q.expected_drop_bits), {what: `Expected drop in entropy by “${q.name}”`, formula: "M-16", value: q.expected_drop_bits, from: `question ${q.id}`}), " of ",
      figure(bits(q.entropy_bits), {what: "Entropy of the hypotheses now", formula: "M-16", value: q.entropy_bits, from: "the posterior"}), " bits of uncertainty in the mean. Then “enough” has the probability ",
      figure(probability(q.p_enough), {what: `P(enough) after “${q.name}”`, formula: "M-16", value: q.p_enough, from: `question ${q.id}`}), "\u2060."),
    table(q.name, ["Answer", "#How likely", "#Then P", "Then"], q.outcomes.map(o => h("tr", null, h("th", {scope: "row"}, o.name),
      h("td", {class: "n"}, figure(probability(o.probability), {what: `P(${o.name})`, formula: "M-16", value: o.probability, from: `question ${q.id}`})),
      h("td", {class: "n"}, figure(`${probability(o.posterior, a.standard.threshold)} (${range(o.low, o.high, a.standard.threshold)})`, {what: `P after “${o.name}”`, formula: "M-16", value: o.posterior, from: `question ${q.id}`})),
      h("td", null, verdictBadge(o.verdict))))))));
}

export async function render({root, context, heading}) {
  const {position, as_of, about} = context.options;
  const comparison = await context.read("/compare", {as_of, about});
  const chosen = comparison.positions.find(a => a.position === position) ?? comparison.positions[0];
  heading.textContent = context.info.title;
  root.append(h("p", {class: "question-text"}, context.info.question));
  const all = comparison.positions.map(a => a.hypotheses.concat(a.propositions).find(p => p.id === a.about));
  const scale = oddsScale([...all.flatMap(p => [p.low, p.high, p.prior]), ...comparison.positions.map(a => a.standard.threshold)]);
  root.append(section(`About “${context.hypothesis(comparison.about ?? chosen.about)}”`, "The bar is the range from the 5 % to the 95 % quantile, the dark line in it the point value; the tall line is the standard, the thin one the prior.",
    h("ul", {class: "positions"}, comparison.positions.map(a => positionCard(context, a, scale, a === chosen)))));
  root.append(section(`As ${chosen.position_name} sees it`, verdictSentence(context, chosen), hypotheses(context, chosen)));
  const log = chosen.log_odds;
  root.append(h("p", null, "The evidence moves the log-odds from ",
    figure(signed(log.prior), {what: "Log-odds before the evidence", formula: "M-13", value: log.prior, from: "the prior"}), " to ",
    figure(signed(log.posterior), {what: "Log-odds after the evidence", formula: "M-13", value: log.posterior, from: "the posterior"}), "\u2060. ",
    h("a", {href: context.link("weights", null, {position: chosen.position})}, "Which item moves it how far")));
  for (const part of [deciding(context, chosen), turns(context, chosen), questions(context, chosen)])
    if (part) root.append(part);
  root.append(h("p", {class: "quiet"}, `Seed ${chosen.seed}, ${chosen.samples} samples, onus ${chosen.onus_version}.${chosen.uniform_prior ? " Nobody gave priors, so all hypotheses begin alike." : ""}`));
}
