// Where two positions differ, what their difference is made of, and what one would have to grant the other.

import {h, select, labelled, table, announce} from "./dom.js";
import {signed, factor, figure, probability, range, verdictBadge, inputName} from "./figures.js";
import {oddsScale, oddsAxis, probabilityBar, stepBar, describe} from "./charts.js";
import {aboutOf, probabilityFigure, standardText, verdictSentence} from "./words.js";
import {post, casePath} from "./api.js";
import {liveRequest} from "./live.js";
import {problemBox} from "./app.js";
import {partOfTheWay} from "./partly.js";

const STEPS = 20; // from nothing of a difference to all of it

export async function render({root, context, params, is_current}) {
  const {as_of, about} = context.options;
  const comparison = await context.read("/compare", {as_of, about});
  if (comparison.positions.length < 2) {
    root.append(h("p", null, "The case has one position only, so there is nobody to differ from."));
    return;
  }
  const ids = comparison.positions.map(a => a.position), name = id => comparison.positions.find(a => a.position === id).position_name;
  let a = ids.includes(params.a) ? params.a : ids[0], b = ids.includes(params.b) && params.b !== a ? params.b : ids.find(id => id !== a);
  const holder = h("div");
  let live = null;

  function choose(side, id) {
    if (side === "a") { if (id === b) b = a; a = id; } else { if (id === a) a = b; b = id; }
    draw(`[data-side="${side}"]`);
  }
  function draw(focus) {
    live?.stop();
    const found = comparison.disagreements.find(d => (d.a === a && d.b === b) || (d.a === b && d.b === a)), turned = found.a !== a;
    // Seen from a to b, whichever way the program has it.
    const d = turned ? {...found, a, b, log_odds_a: found.log_odds_b, log_odds_b: found.log_odds_a, parts: found.parts.map(part => ({...part, part: part.part === null ? null : -part.part, value_a: part.value_b, value_b: part.value_a}))} : found;
    const [of_a, of_b] = [a, b].map(id => comparison.positions.find(one => one.position === id));
    const parts = [...d.parts].sort((x, y) => Math.abs(y.part) - Math.abs(x.part));
    const crux = new Set(found.cruxes.flat());
    const moved = new Map(); // how many steps of a difference are granted; none is not in it
    const wholly = () => parts.filter(part => moved.get(part.difference) === STEPS), partly = () => parts.filter(part => moved.get(part.difference) < STEPS);
    const taken = part => partOfTheWay(part, moved.get(part.difference) / STEPS);
    const percentOf = part => `${moved.get(part.difference) * 100 / STEPS} %`;
    function overrides() {
      const all = {towards: {position: a, differences: wholly().map(part => part.difference)}};
      for (const part of partly())
        for (const [kind, value] of Object.entries(taken(part).overrides)) all[kind] = typeof value === "object" ? {...all[kind], ...value} : value;
      return all;
    }
    // Of those in part the panel names the one that was moved last; it stays small, and each row says its own.
    function grants() {
      if (moved.size === 0) return `${of_b.position_name} as it stands.`;
      const some = partly(), last = some.find(part => part.difference === [...moved.keys()].at(-1)) ?? some[0];
      return `${of_b.position_name} grants ${wholly().length} of ${parts.length} differences to ${of_a.position_name}${last ? `, and ${some.length} in part: ${inputName(last.difference, context.names)} at ${taken(last).words} (${percentOf(last)} of the way)${some.length > 1 ? ", and others as below" : ""}` : ""}.`;
    }
    const there = h("div", {class: "beside wide"}), trouble = h("div");
    let result = of_b;

    function paint() {
      const p = aboutOf(result), pa = aboutOf(of_a), pb = aboutOf(of_b);
      const scale = oddsScale([pa, pb, p].flatMap(one => [one.low, one.high]).concat([of_a.standard.threshold, of_b.standard.threshold]));
      const bar = (title, one, q, before) => [h("p", {class: "says"}, h("strong", null, title), verdictBadge(one.verdict), h("span", null, "P ", probabilityFigure(context, one, q)), h("span", {class: "quiet"}, `(${range(q.low, q.high, one.standard.threshold)})`)),
        probabilityBar(q, {scale, standard: one.standard.threshold, verdict: one.verdict, before, title: `${title}: ${describe(q, one.standard.threshold)}; standard ${one.standard.threshold}`})];
      there.replaceChildren(h("h2", null, `“${context.hypothesis(result.about)}”`),
        h("div", {class: "duel"}, h("div", null, bar(of_a.position_name, of_a, pa), oddsAxis(scale)),
          h("div", null, bar(moved.size ? `${of_b.position_name}, moved` : of_b.position_name, result, p, moved.size ? pb.posterior : undefined), oddsAxis(scale))),
        h("p", {class: "quiet", id: "dispute-says"}, grants()));
    }
    live = liveRequest({
      ask: signal => moved.size === 0 ? Promise.resolve(of_b) : post(casePath(context.id, "/what-if"), {position: b, as_of, about, brief: true, overrides: overrides()}, {signal}),
      done: answer => { result = answer; trouble.replaceChildren(); paint(); },
      failed: error => trouble.replaceChildren(problemBox(error)),
      rested: () => { if (is_current()) announce(verdictSentence(context, result)); },
    });

    const follow = [];
    const slide = h("input", {type: "range", id: "towards", min: 0, max: parts.length, step: 1, "aria-label": `Move ${of_b.position_name} towards ${of_a.position_name}, largest difference first`});
    slide.value = "0";
    const say = () => slide.setAttribute("aria-valuetext", `${wholly().length} of ${parts.length} differences granted${partly().length ? `, ${partly().length} in part` : ""}`);
    const sync = () => { follow.forEach(one => one()); slide.value = String(wholly().length); say(); live.go(); };
    const grant = (part, steps) => { moved.delete(part.difference); if (steps) moved.set(part.difference, steps); };
    slide.addEventListener("input", () => { moved.clear(); parts.slice(0, Number(slide.value)).forEach(part => grant(part, STEPS)); sync(); });
    say();
    const ends = parts.map(part => part.part ?? 0), size = Math.max(0.1, ...ends.map(Math.abs)), scale = {low: -size * 1.1, high: size * 1.1};
    const rows = parts.map(part => {
      const title = inputName(part.difference, context.names);
      const box = h("input", {type: "checkbox", "aria-label": `${of_b.position_name} takes ${of_a.position_name}'s value: ${title}`, onchange: event => { grant(part, event.target.checked ? STEPS : 0); sync(); }});
      const way = partOfTheWay(part, 0.5) ? h("input", {type: "range", min: 0, max: STEPS, step: 1, "aria-label": `How far ${of_b.position_name} goes to ${of_a.position_name}: ${title}`}) : null, value = way ? h("output") : null;
      way?.addEventListener("input", () => { grant(part, Number(way.value)); sync(); });
      const show = () => {
        const steps = moved.get(part.difference) ?? 0;
        box.checked = steps === STEPS;
        box.indeterminate = steps > 0 && steps < STEPS;
        if (!way) return;
        way.value = String(steps);
        value.textContent = steps === 0 ? "" : `takes ${steps === STEPS ? part.value_a : taken(part).words} (${percentOf(part)})`;
        way.setAttribute("aria-valuetext", value.textContent || `keeps ${part.value_b}`);
      };
      show();
      follow.push(show);
      const href = part.kind === "item" ? context.link("item", part.difference.slice(5)) : part.kind === "reliability" ? context.link("source", part.difference.slice(7)) : null;
      return h("tr", {class: crux.has(part.difference) ? "is-crux" : null}, h("td", null, box),
        h("th", {scope: "row"}, href ? h("a", {href}, title) : title),
        h("td", {class: "quiet way"}, `${part.value_a} \u2192 ${part.value_b}`, way, value),
        part.kind === "standard" ? h("td", {class: "n quiet"}, "verdict only") : h("td", {class: "n"}, figure(signed(part.part), {what: `Part of the difference: ${title}`, formula: "M-17", value: part.part, from: `${of_a.position_name}: ${part.value_a}; ${of_b.position_name}: ${part.value_b}`}), h("span", {class: "quiet"}, ` ${factor(part.part)}`)),
        h("td", {class: "chart"}, part.kind === "standard" ? null : stepBar(0, part.part, scale)));
    });
    paint();
    const difference = d.log_odds_b - d.log_odds_a;
    holder.replaceChildren(
      h("form", {class: "row", "aria-label": "Two positions", onsubmit: event => event.preventDefault()},
        labelled("One", select(ids.map(id => [id, name(id)]), a, id => choose("a", id), {"data-side": "a"})), labelled("The other", select(ids.map(id => [id, name(id)]), b, id => choose("b", id), {"data-side": "b"})),
        h("button", {type: "button", onclick: () => { [a, b] = [b, a]; draw(); }}, "Change sides")),
      h("p", null, `From ${of_a.position_name} to ${of_b.position_name} the log-odds go from `, figure(signed(d.log_odds_a), {what: `Log-odds of ${of_a.position_name}`, formula: "M-17", value: d.log_odds_a, from: of_a.position}), " to ",
        figure(signed(d.log_odds_b), {what: `Log-odds of ${of_b.position_name}`, formula: "M-17", value: d.log_odds_b, from: of_b.position}), "\u2060, apart by ", figure(signed(difference), {what: "The whole difference", formula: "M-17", value: difference, from: "the sum of the parts"}), "\u2060."),
      h("div", {class: "crux"}, h("p", null, found.same_verdict ? "Both come to the same verdict, so there is no crux."
        : !found.crux_searched ? "They come to different verdicts, but differ in too many ways to search all of them for the crux."
        : found.cruxes.length === 0 ? "No set of differences, granted, gives one the verdict of the other."
        : [h("strong", null, "Crux: "), `with the values of ${name(found.a)}, ${name(found.b)} would come to its verdict by granting ${found.cruxes.length > 1 ? "any one of these" : "this"}: `, found.cruxes.map((set, i) => [i ? "; or " : "", set.map(one => inputName(one, context.names)).join(" and ")]), " [M-18]."])),
      trouble,
      there,
      h("div", {class: "field"}, h("label", {for: "towards"}, `Move ${of_b.position_name} towards ${of_a.position_name}`), slide, h("span", {class: "hint"}, "Largest difference first; or tick single ones below, or move them a part of the way: between the two values, on the scale of log-odds [M-9].")),
      table(`What the difference is made of: parts of the log-odds, from ${of_a.position_name} to ${of_b.position_name}`, ["Grant", "Difference", "From \u2192 to", "#Part", h("th", {scope: "col", class: "chart"}, h("span", {class: "hidden-text"}, "Chart: "), "less \u2190 \u2192 more")], rows));
    if (focus) holder.querySelector(focus)?.focus();
  }
  root.append(h("p", {class: "intro"}, `Positions on “${context.hypothesis(comparison.about)}”. The parts are exact Shapley values and add up [M-17].`), holder);
  draw();
  return () => live?.stop();
}
