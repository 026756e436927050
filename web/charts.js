// Drawings in SVG. Each has a text beside it that says the same, so all are hidden from screen readers or have a title.

import {s, h} from "./dom.js";
import {probability} from "./figures.js";

export const logit = p => Math.log(p / (1 - p));
const clamp = (x, low, high) => Math.max(low, Math.min(high, x));

// A scale of log-odds with plain probabilities as its ticks.
export function oddsScale(values, {least = 0.01, most = 0.99} = {}) {
  const known = values.filter(p => Number.isFinite(p)).map(p => clamp(p, 1e-6, 1 - 1e-6));
  const low = logit(Math.min(least, ...known)) - 0.3, high = logit(Math.max(most, ...known)) + 0.3;
  const at = p => (clamp(logit(clamp(p, 1e-9, 1 - 1e-9)), low, high) - low) / (high - low);
  // As many ticks as have room, the landmarks first.
  at.ticks = [];
  for (const p of [0.5, 0.99, 0.01, 0.999, 0.001, 0.9, 0.1, 0.9999, 0.0001, 0.99999, 0.00001])
    if (at(p) > 0.05 && at(p) < 0.95 && at.ticks.every(other => Math.abs(at(other) - at(p)) > 0.11)) at.ticks.push(p);
  return at;
}

export const tickText = p => p < 0.5 ? String(p < 0.001 ? p.toExponential().replace("e-", "e−") : p) : String(p);

const W = 600;

// One bar: the range of a probability with its point, against a standard.
export function probabilityBar(p, {scale, standard, verdict, prior, before, title}) {
  const x = value => (scale(value) * W).toFixed(1);
  const low = Number(x(p.low)), high = Number(x(p.high)), point = Number(x(p.posterior));
  return s("svg", {class: `bar ${verdict ?? ""}`, viewBox: `0 0 ${W} 30`, preserveAspectRatio: "none", role: "img", "aria-label": title},
    s("rect", {class: "track", x: 0, y: 12, width: W, height: 6, rx: 3}),
    standard !== undefined ? s("rect", {class: "demanded", x: x(standard), y: 12, width: Math.max(0, W - x(standard)), height: 6}) : null,
    s("rect", {class: "span", x: Math.min(low, W - 3), y: 9, width: Math.max(3, high - low), height: 12, rx: 3}),
    before !== undefined ? s("line", {class: "before", x1: x(before), x2: x(before), y1: 5, y2: 25}) : null,
    prior !== undefined ? s("line", {class: "prior", x1: x(prior), x2: x(prior), y1: 9, y2: 21}) : null,
    standard !== undefined ? s("line", {class: "standard", x1: x(standard), x2: x(standard), y1: 2, y2: 28}) : null,
    s("line", {class: "point", x1: point, x2: point, y1: 6, y2: 24}));
}

export function oddsAxis(scale, marks = []) {
  return h("div", {class: "axis", "aria-hidden": "true"}, scale.ticks.map(p => {
    const tick = h("span", null, tickText(p));
    tick.style.setProperty("left", `${scale(p) * 100}%`);
    return tick;
  }), marks.map(([p, text]) => {
    const mark = h("span", {class: "mark"}, text);
    mark.style.setProperty("left", `${scale(p) * 100}%`);
    return mark;
  }));
}

// A bar from one value to another on a common scale around zero; for waterfalls and for parts of a difference.
export function stepBar(from, to, {low, high, kind}) {
  const x = value => ((value - low) / (high - low)) * W;
  const a = x(Math.min(from, to)), b = x(Math.max(from, to));
  return s("svg", {class: `step ${kind ?? (to >= from ? "for" : "against")}`, viewBox: `0 0 ${W} 22`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false"},
    s("line", {class: "zero", x1: x(0), x2: x(0), y1: 0, y2: 22}),
    s("rect", {x: a.toFixed(1), y: 4, width: Math.max(1.5, b - a).toFixed(1), height: 14}),
    s("line", {class: "end", x1: x(to).toFixed(1), x2: x(to).toFixed(1), y1: 0, y2: 22}));
}

export function describe(p, standard) {
  return `${probability(p.posterior, standard)}, range ${probability(p.low, standard)} to ${probability(p.high, standard)}`;
}
