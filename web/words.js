// Sentences and figures that several views have in common.

import {probability, range, figure, verdictWord} from "./figures.js";

export const standardText = standard => `${standard.id === "custom" ? "" : `${standard.id} `}${standard.id === "custom" ? standard.threshold : `(${standard.threshold})`}`;

export const aboutOf = a => a.hypotheses.concat(a.propositions).find(p => p.id === a.about);

export function verdictSentence(context, a) {
  const p = aboutOf(a), name = `“${context.hypothesis(a.about)}”`;
  const said = {enough: `the evidence meets the standard for ${name}`, "not-enough": `the evidence does not meet the standard for ${name}`,
    depends: `the standard lies inside the range for ${name}`}[a.verdict];
  return `${verdictWord(a.verdict)}: ${said}. P ${probability(p.posterior, a.standard.threshold).replace(/^([<>])?/, sign => sign || "= ")} (${range(p.low, p.high, a.standard.threshold)}), ${p.word}; standard ${standardText(a.standard)}${a.as_of ? `; as of ${a.as_of}` : ""}.`;
}

export function probabilityFigure(context, a, p) {
  return figure(probability(p.posterior, a.standard.threshold), {what: `P(${context.hypothesis(p.id)} | evidence), ${a.position_name}`, formula: "M-7", value: p.posterior,
    from: `prior ${probability(p.prior)} and the items that count${a.as_of ? ` as of ${a.as_of}` : ""}; range [M-10]: ${range(p.low, p.high)}`});
}

export const weightFigure = (context, item, text, kind = "item") => figure(text, {what: `Weight of: ${item.title ?? item.name}`, formula: "M-13", value: item.weight,
  from: `${kind} ${item.id}${item.weight_standard_error ? `; sampled, standard error ${item.weight_standard_error.toFixed(3)}` : ""}`, href: context.link(kind, item.id)});
