// Numbers as onus writes them, and where each one comes from.

import {h} from "./dom.js";
import {FORMULAS} from "./formulas.js";

const MINUS = "\u2212";

function faithful(p, figure, landmark) {
  return !Number.isFinite(landmark) || Math.sign(p - landmark) === Math.sign(figure - landmark);
}

// Enough digits that a figure never stands on the wrong side of 0, 1 or the standard.
export function probability(p, standard = NaN) {
  if (p === null || !Number.isFinite(p)) return "?";
  if (p > 0 && p < 0.0005) return "<0.001";
  if (p < 1 && p > 0.9995 && !(standard > 0.999)) return ">0.999";
  for (let decimals = 2; decimals <= 7; decimals++) {
    const figure = Math.round(p * 10 ** decimals) / 10 ** decimals;
    if (faithful(p, figure, 0) && faithful(p, figure, 1) && faithful(p, figure, standard)) return p.toFixed(decimals);
  }
  return p.toFixed(7);
}

export function range(low, high, standard) {
  const from = probability(low, standard), to = probability(high, standard);
  return from === to ? from : `${from}\u2013${to}`;
}

export function signed(value) {
  if (value === null || !Number.isFinite(value)) return "?";
  const figure = Math.abs(value).toFixed(2);
  return /^0\.0+$/.test(figure) ? figure : (value < 0 ? MINUS : "+") + figure;
}

export function ratio(value) {
  if (value === null || !Number.isFinite(value)) return "?";
  if (value === 0) return "0";
  const two = Number(value.toPrecision(2)), size = Math.abs(two);
  if (size >= 1e6 || size < 1e-4) return two.toExponential(1).replace(".0e", "e").replace("e+", "e");
  if (size >= 10) return String(Math.round(two));
  return two.toFixed(size >= 1 ? 1 : 1 - Math.floor(Math.log10(size)));
}

export const percent = value => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
export const factor = weight => `×${ratio(Math.exp(weight))}`;
export const exact = value => value === null || value === undefined ? "?" : String(Number(value.toPrecision(10)));

const WORDS = {enough: "Enough", "not-enough": "Not enough", depends: "It depends"};
export const verdictWord = verdict => WORDS[verdict] ?? verdict;

export function verdictBadge(verdict) {
  return h("span", {class: `verdict ${verdict}`}, h("span", {class: "mark", "aria-hidden": "true"}), verdictWord(verdict));
}

// What an input of the result is called: "source:fbi" -> the reliability of its name.
export function inputName(input, names) {
  const [kind, id] = input.includes(":") ? [input.slice(0, input.indexOf(":")), input.slice(input.indexOf(":") + 1)] : ["", input];
  if (input === "prior") return "the prior";
  if (input === "access") return "access to sealed items";
  if (input === "standard") return "the standard of proof";
  if (kind === "source") return `the reliability of ${names.sources.get(id) ?? id}`;
  if (kind === "item") return names.items.get(id) ?? id;
  if (kind === "credibility") return `doubt about the credibility of: ${names.items.get(id) ?? id}`;
  if (kind === "unseen") return `what is sealed is not as vouched: ${names.items.get(id) ?? id}`;
  if (kind === "relays") return `hosts are shared with strangers: ${names.items.get(id) ?? id}`;
  return names.undercutters.get(input) ?? input;
}

// --- the figure itself: a number that tells item, formula and source --------------------------------------------

// trace: {what, formula, from, value, href}. With href it is a link to where the number is taken apart; without, a
// button that opens its formula. Both tell the same on hover and on focus.
export function figure(text, trace) {
  const attributes = {class: "figure"};
  const element = trace.href ? h("a", {...attributes, href: trace.href}, text) : h("button", {...attributes, type: "button"}, text);
  element.trace = trace;
  return element;
}

export function traceLines(trace) {
  const formula = trace.formula ? FORMULAS[trace.formula] : null;
  return [
    h("strong", null, trace.what),
    trace.value !== undefined && trace.value !== null ? h("span", {class: "exact"}, exact(trace.value)) : null,
    formula ? h("span", null, h("b", null, `[${trace.formula}] `), formula.name) : null,
    trace.from ? h("span", {class: "from"}, `From: ${trace.from}`) : null,
  ];
}

const tip = () => document.getElementById("tip");
let tipFor = null, hideTimer = 0;

function place(element) {
  const box = tip(), anchor = element.getBoundingClientRect(), margin = 8;
  const width = box.offsetWidth, height = box.offsetHeight;
  const left = Math.max(margin, Math.min(anchor.left + anchor.width / 2 - width / 2, document.documentElement.clientWidth - width - margin));
  const below = anchor.bottom + margin + height <= innerHeight || anchor.top - margin - height < 0;
  box.style.setProperty("left", `${left + scrollX}px`);
  box.style.setProperty("top", `${(below ? anchor.bottom + margin : anchor.top - height - margin) + scrollY}px`);
}

function show(element) {
  clearTimeout(hideTimer);
  tipFor = element;
  tip().replaceChildren(...traceLines(element.trace).filter(Boolean));
  tip().hidden = false;
  element.setAttribute("aria-describedby", "tip");
  place(element);
}

function hide(at_once) {
  clearTimeout(hideTimer);
  const away = () => {
    tip().hidden = true;
    tipFor?.removeAttribute("aria-describedby");
    tipFor = null;
  };
  if (at_once) away();
  else hideTimer = setTimeout(away, 150); // long enough to move the pointer onto it
}

const traced = target => {
  for (let node = target; node instanceof Element; node = node.parentElement)
    if (node.trace) return node;
  return null;
};

export function listenForFigures() {
  document.addEventListener("pointerover", event => { const element = traced(event.target); if (element) show(element); });
  document.addEventListener("pointerout", event => { if (traced(event.target)) hide(false); });
  document.addEventListener("focusin", event => { const element = traced(event.target); if (element && event.target === element) show(element); });
  document.addEventListener("focusout", event => { if (traced(event.target)) hide(true); });
  document.addEventListener("keydown", event => { if (event.key === "Escape" && !tip().hidden) hide(true); });
  document.addEventListener("click", event => {
    const element = traced(event.target);
    if (element && element.tagName === "BUTTON" && element.classList.contains("figure")) openFormula(element.trace, element);
  });
  addEventListener("hashchange", () => hide(true));
  tip().addEventListener("pointerover", () => clearTimeout(hideTimer));
  tip().addEventListener("pointerout", () => hide(false));
}

export function openFormula(trace, opener) {
  hide(true);
  const formula = FORMULAS[trace.formula];
  const dialog = h("dialog", {class: "formula", "aria-labelledby": "formula-title"},
    h("h2", {id: "formula-title"}, trace.what),
    h("dl", null,
      trace.value !== undefined && trace.value !== null ? [h("dt", null, "Value"), h("dd", {class: "exact"}, exact(trace.value))] : null,
      trace.from ? [h("dt", null, "From"), h("dd", null, trace.from)] : null,
      formula ? [h("dt", null, `Formula [${trace.formula}]`), h("dd", null, h("p", null, formula.text), formula.lines ? h("pre", {tabindex: "0"}, formula.lines) : null,
        h("p", {class: "quiet"}, `docs/METHOD.md has [${trace.formula}] with a worked example.`))] : null),
    h("form", {method: "dialog"}, h("button", {class: "main"}, "Close")));
  dialog.addEventListener("close", () => { dialog.remove(); opener?.focus(); });
  document.body.append(dialog);
  dialog.showModal();
}
