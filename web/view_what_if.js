// Sliders for priors, reliabilities, circumstances and items. Nothing is saved: the server assesses the case with these
// values in the chosen position's place, and the verdict moves at once.

import {h, section, select, labelled, announce, freshId} from "./dom.js";
import {probability, range, verdictBadge, verdictWord, figure, signed} from "./figures.js";
import {oddsScale, oddsAxis, probabilityBar, logit, describe} from "./charts.js";
import {post, casePath} from "./api.js";
import {aboutOf, probabilityFigure, standardText, verdictSentence} from "./words.js";
import {problemBox} from "./app.js";
import {liveRequest} from "./live.js";
import {rowTimes} from "./rows.js";

const STEPS = 200, LOW = logit(0.001), HIGH = logit(0.999);
const toStep = p => Math.round(((Math.min(HIGH, Math.max(LOW, logit(p))) - LOW) / (HIGH - LOW)) * STEPS);
const fromStep = step => Number((1 / (1 + Math.exp(-(LOW + (step / STEPS) * (HIGH - LOW))))).toPrecision(4));
const FACTORS = 60, factorOf = step => 10 ** ((step - FACTORS) / 20); // a thousandth to a thousand

export async function render({root, context, is_current}) {
  const options = context.options;
  const base = await context.read("/assess", options);
  const overrides = {prior: {}, reliability: {}, probability: {}, evidence: {}};
  let standard = null, result = base;
  const others = {open: matchMedia("(min-width: 56rem)").matches};

  // --- what is shown beside the sliders
  const beside = h("div", {class: "beside"}), trouble = h("div");
  const latency = h("p", {class: "latency"});
  function paint() {
    const before = aboutOf(base), p = aboutOf(result), a = result;
    const scale = oddsScale([...[...base.hypotheses, ...a.hypotheses].flatMap(one => [one.low, one.high, one.posterior]), a.standard.threshold]);
    beside.replaceChildren(
      h("h2", null, `“${context.hypothesis(a.about)}”`),
      h("p", {class: "says", id: "what-if-says"}, verdictBadge(a.verdict), h("span", {class: "big"}, "P ", probabilityFigure(context, a, p)), h("span", {class: "quiet"}, ` (${range(p.low, p.high, a.standard.threshold)})`)),
      probabilityBar(p, {scale, standard: a.standard.threshold, verdict: a.verdict, before: before.posterior, title: `Now ${describe(p, a.standard.threshold)}; before ${describe(before)}`}), oddsAxis(scale),
      h("p", {class: "quiet"}, `Before: ${verdictWord(base.verdict).toLowerCase()}, ${probability(before.posterior, base.standard.threshold)}. Log-odds `,
        figure(`${signed(logit(p.posterior) - logit(before.posterior))}`, {what: "Change of the log-odds by what you moved", formula: "M-7", value: logit(p.posterior) - logit(before.posterior), from: "the values moved here"}),
        `\u2060. Standard ${standardText(a.standard)}.`),
      h("details", {class: "others", open: others.open, ontoggle: event => { others.open = event.target.open; }}, h("summary", null, "Each hypothesis"), h("ul", {class: "plain-list"}, a.hypotheses.map(one => h("li", null,
        h("span", null, context.hypothesis(one.id), " ", probabilityFigure(context, a, one)),
        probabilityBar(one, {scale, before: base.hypotheses.find(other => other.id === one.id).posterior, title: `${context.hypothesis(one.id)}: ${describe(one)}`}))))),
      latency);
  }
  const live = liveRequest({
    ask: signal => post(casePath(context.id, "/what-if"), {...options, brief: true, overrides: {...overrides, ...(standard === null ? {} : {standard})}}, {signal}),
    done: (answer, started) => {
      result = answer;
      trouble.replaceChildren();
      paint();
      requestAnimationFrame(() => { // after this frame it stands on the screen
        const passed = performance.now() - started;
        latency.textContent = `${Math.round(passed)} ms from slider to picture`;
        performance.measure("onus-what-if", {start: started, duration: passed});
      });
    },
    failed: error => trouble.replaceChildren(problemBox(error)),
    rested: () => { if (is_current()) announce(verdictSentence(context, result)); },
  });

  // --- sliders
  const sliders = [];
  function slider({name, value, text, min = 0, max = STEPS, step, set, trace, extra}) {
    const id = freshId("slider");
    const output = h("output", {for: id});
    const input = h("input", {type: "range", id, min, max, step: 1});
    input.value = step;
    const back = h("button", {type: "button", class: "plain back", "aria-label": `Put back: ${name}`, title: "Put back"}, "\u21ba");
    const box = h("div", {class: "slider"}, h("label", {for: id}, name, extra ?? null), input, output, back);
    const show = moved => {
      const shown = moved ? text(Number(input.value)) : value;
      output.replaceChildren(trace && !moved ? figure(shown, trace) : shown);
      input.setAttribute("aria-valuetext", shown);
      box.classList.toggle("moved", moved);
    };
    input.addEventListener("input", () => { show(true); set(Number(input.value)); live.go(); });
    back.addEventListener("click", () => { input.value = step; show(false); set(null); live.go(); input.focus(); });
    sliders.push(() => { input.value = step; show(false); set(null); });
    show(false);
    return box;
  }
  const p2 = p => probability(p);
  const setIn = (map, key) => step => { if (step === null) delete map[key]; else map[key] = fromStep(step); };
  const priors = base.hypotheses.map(one => slider({name: one.name, value: p2(one.prior), step: toStep(one.prior), text: step => p2(fromStep(step)), set: setIn(overrides.prior, one.id),
    trace: {what: `Prior of “${one.name}”`, formula: "M-9", value: one.prior, from: `${base.position_name}, made to add up to 1`}}));
  const reliabilities = base.sources.filter(one => one.n_items > 0).map(one => slider({name: one.name, value: p2(one.reliability), step: toStep(one.reliability), text: step => p2(fromStep(step)), set: setIn(overrides.reliability, one.id),
    trace: {what: `Reliability of ${one.name}`, formula: "M-5", value: one.reliability, from: `source ${one.id}, at its point value`}}));
  const named = base.undercutters.filter(one => one.kind === "named");
  const circumstances = named.map(one => slider({name: context.names.undercutters.get(one.id) ?? one.id, value: p2(one.prior), step: toStep(one.prior), text: step => p2(fromStep(step)), set: setIn(overrides.probability, one.id),
    trace: {what: `P(${context.names.undercutters.get(one.id) ?? one.id})`, formula: "M-5", value: one.prior, from: `undercutter ${one.id}, at its point value`}}));

  const items = base.items.filter(item => item.counts).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).map(item => {
    const box = h("input", {type: "checkbox", checked: true, "aria-label": `Use: ${item.title}`});
    let step = null;
    const apply = () => {
      if (!box.checked) overrides.evidence[item.id] = {omit: true};
      else if (step !== null && step !== FACTORS) overrides.evidence[item.id] = {ratio: rowTimes(context.document, base.about, item, factorOf(step))};
      else delete overrides.evidence[item.id];
    };
    const element = slider({name: item.title, value: "×1", min: 0, max: 2 * FACTORS, step: FACTORS, text: now => `×${Number(factorOf(now).toPrecision(2))}`, set: now => { step = now; apply(); },
      trace: {what: `Factor on the ratio of: ${item.title}`, formula: "M-15", value: 1, from: `item ${item.id}`}});
    box.addEventListener("change", () => { element.classList.toggle("off", !box.checked); element.querySelector("input[type=range]").disabled = !box.checked; apply(); live.go(); });
    sliders.push(() => { box.checked = true; element.classList.remove("off"); element.querySelector("input[type=range]").disabled = false; apply(); });
    element.querySelector("label").prepend(" ");
    element.prepend(h("div", {class: "use"}, box));
    return element;
  });
  const standards = [["", `${standardText(base.standard)} (the position's)`], ["preponderance", "preponderance (0.5)"], ["clear-and-convincing", "clear-and-convincing (0.75)"], ["beyond-reasonable-doubt", "beyond-reasonable-doubt (0.95)"]].filter(([id]) => id !== base.standard.id);
  const standardSelect = select(standards, "", value => { standard = value || null; live.go(); });

  paint();
  const group = (title, hint, list, open) => list.length ? h("details", {open}, h("summary", null, title), h("p", {class: "hint"}, hint), h("div", {class: "sliders"}, list)) : null;
  root.append(h("p", {class: "intro"}, `As ${base.position_name} sees it. Move a value and look what becomes of the verdict; nothing here is saved. A value that you move counts as exact, so its own range no longer widens the result.`), trouble,
    h("div", {class: "columns"}, h("div", null,
      h("div", {class: "row"}, labelled("Standard of proof", standardSelect), h("button", {type: "button", onclick: () => { for (const back of sliders) back(); standard = null; standardSelect.value = ""; live.go(); }}, "Put everything back")),
      group("Priors", "What was held probable before the evidence [M-7]; made to add up to 1.", priors, true),
      group("Reliability of sources", "P(what it provides is tied to the truth) [M-5].", reliabilities, true),
      group("Circumstances", "P(it holds): it cuts items loose from the truth [M-5].", circumstances, true),
      group("Items", "Leave one out, or multiply the likelihoods that it gives to what the verdict is about [M-15].", items, false)), beside));
  return () => live.stop();
}
