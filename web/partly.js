// A difference of two positions that is granted in part: values between theirs, where theirs are numbers.

import {logit} from "./charts.js";

const NUMBER = /^(?:[A-F], )?([\d.e-]+)(?:\u2013([\d.e-]+))?$/, LONGEST = 300; // longer texts may have been cut

function readRange(text) {
  const found = NUMBER.exec(text);
  const ends = found && [Number(found[1]), Number(found[2] ?? found[1])];
  return ends?.every(p => p > 0 && p < 1) ? ends : null; // others have no log-odds
}

// What a comparison says in words, as ranges by the id of what they are of; null when it is no numbers.
function readValues(part, text) {
  if (text.length > LONGEST) return null;
  const id = part.difference.replace(/^source:/, "");
  const pairs = part.kind === "reliability" || part.kind === "probability" ? [[id, text]]
    : part.kind === "standard" ? [["", /\(([^()]+)\)$/.exec(text)?.[1] ?? ""]]
    : part.kind === "prior" ? text.split(", ").map(one => one.split(" ")) : [];
  const read = pairs.map(([of, value]) => [of, readRange(value ?? "")]);
  return read.length && read.every(([, range]) => range) ? new Map(read) : null;
}

const between = (from, to, share) => Number((1 / (1 + Math.exp(-(logit(from) * (1 - share) + logit(to) * share)))).toPrecision(4));

// The values at a `share` of the way from b's to a's, each end on the scale of log-odds, on which ranges are spread [M-9]:
// what `overrides` of a what-if say, and the same in words. null when one of the two is no number.
export function partOfTheWay(part, share) {
  const a = readValues(part, part.value_a), b = readValues(part, part.value_b);
  if (!a || !b || [...a.keys()].join(" ") !== [...b.keys()].join(" ")) return null;
  const values = [...b].map(([id, range]) => [id, range.map((end, i) => between(end, a.get(id)[i], share))]).map(([id, [low, high]]) => [id, low < high ? [low, high] : low]);
  const words = values.map(([id, value]) => `${part.kind === "prior" ? `${id} ` : ""}${[value].flat().join("\u2013")}`).join(", ");
  return {overrides: {[part.kind]: part.kind === "standard" ? values[0][1] : Object.fromEntries(values)}, words};
}
