// How the verdict grew: log-odds of each position over the days on which something became known, with a slider.

import {h, s, section, announce} from "./dom.js";
import {probability, range, figure, verdictBadge, verdictWord} from "./figures.js";
import {oddsScale, tickText} from "./charts.js";

const W = 960, H = 360, LEFT = 56, RIGHT = 20, TOP = 34, BOTTOM = 44;

const dayNumber = day => Date.parse(day.length === 10 ? `${day}T12:00:00Z` : day) / 86400000;

// Days are drawn on a scale that gives quiet years little room: the root of the time between two days.
function timeScale(days) {
  const numbers = days.map(dayNumber), at = [0];
  for (let i = 1; i < numbers.length; i++) at.push(at[i - 1] + 0.6 + Math.sqrt(Math.max(0, numbers[i] - numbers[i - 1])));
  const whole = at[at.length - 1] || 1;
  return at.map(x => LEFT + (x / whole) * (W - LEFT - RIGHT - 30));
}

export async function render({root, context}) {
  const timeline = await context.read("/timeline", {about: context.options.about});
  const points = timeline.points;
  if (!points.length) { root.append(h("p", null, "Nothing is dated yet.")); return; }
  const find = position => position.hypotheses.concat(position.propositions).find(p => p.id === position.about);
  const ids = points[points.length - 1].positions.map(p => p.position);
  const series = ids.map(id => points.map(point => point.positions.find(p => p.position === id)));
  const xs = timeScale(points.map(point => point.day));
  const scale = oddsScale(series.flat().flatMap(p => { const a = find(p); return [a.low, a.high, p.standard.threshold]; }));
  const y = p => TOP + (1 - scale(p)) * (H - TOP - BOTTOM);
  const steps = values => values.map((value, i) => `${i ? `L${xs[i].toFixed(1)},${value.toFixed(1)}` : `M${xs[0].toFixed(1)},${value.toFixed(1)}`}${i + 1 < values.length ? `L${xs[i + 1].toFixed(1)},${value.toFixed(1)}` : `L${W - RIGHT},${value.toFixed(1)}`}`).join("");
  const band = list => {
    const upper = list.map((p, i) => [[xs[i], y(find(p).high)], [xs[i + 1] ?? W - RIGHT, y(find(p).high)]]).flat();
    const lower = list.map((p, i) => [[xs[i], y(find(p).low)], [xs[i + 1] ?? W - RIGHT, y(find(p).low)]]).flat().reverse();
    return `M${[...upper, ...lower].map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join("L")}Z`;
  };
  const now = s("line", {class: "now", y1: TOP - 8, y2: H - BOTTOM + 8});
  const events = points.map((point, i) => s("circle", {class: "event", cx: xs[i], cy: H - BOTTOM + 14, r: Math.min(7, 2.5 + point.events.length)}));
  let lastLabel = -200;
  const plot = s("svg", {class: "plot", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `Probability of “${context.hypothesis(timeline.about)}” for each position at ${points.length} dates; the table below says the same.`},
    scale.ticks.map(p => [s("line", {class: "grid", x1: LEFT, x2: W - RIGHT, y1: y(p), y2: y(p)}), s("text", {x: LEFT - 8, y: y(p) + 4, "text-anchor": "end"}, tickText(p))]),
    series.map((list, i) => s("path", {class: `band s${i % 5}`, d: band(list)})),
    series.map((list, i) => s("path", {class: `line s${i % 5}`, d: steps(list.map(p => y(find(p).posterior)))})),
    series.map((list, i) => s("line", {class: `demand s${i % 5}`, x1: W - RIGHT - 14, x2: W - RIGHT, y1: y(list[0].standard.threshold), y2: y(list[0].standard.threshold)})),
    events,
    points.map((point, i) => {
      if (xs[i] - lastLabel < (lastLabel === xs[0] ? 120 : 82)) return null;
      lastLabel = xs[i];
      return s("text", {x: xs[i], y: H - 8, "text-anchor": i ? "middle" : "start"}, point.day.slice(0, 10));
    }), now);
  const key = h("ul", {class: "key"}, series.map((list, i) => {
    const line = s("svg", {width: 42, height: 12, class: "plot-key plot", "aria-hidden": "true"}, s("path", {class: `line s${i % 5}`, d: "M0,6L42,6"}));
    return h("li", null, line, list[list.length - 1].position_name);
  }));

  const output = h("output", {for: "scrub"});
  const input = h("input", {type: "range", id: "scrub", min: 0, max: points.length - 1, step: 1, "aria-label": "Day", oninput: () => draw(true)});
  input.value = String(Math.max(0, context.params.as_of ? points.findLastIndex(point => point.day.slice(0, 10) <= context.params.as_of) : points.length - 1));
  const there = h("div");
  const move = by => { input.value = String(Number(input.value) + by); draw(true); };

  function draw(speak) {
    const at = Number(input.value), point = points[at];
    output.textContent = point.day;
    input.setAttribute("aria-valuetext", point.day);
    now.setAttribute("x1", xs[at]);
    now.setAttribute("x2", xs[at]);
    events.forEach((circle, i) => circle.setAttribute("class", `event${i <= at ? " past" : ""}`));
    there.replaceChildren(
      section(`On ${point.day}`, null, h("ul", {class: "positions"}, point.positions.map(p => {
        const a = find(p), before = at ? find(points[at - 1].positions.find(q => q.position === p.position)) : null;
        const turned = at && points[at - 1].positions.find(q => q.position === p.position).verdict !== p.verdict;
        return h("li", {class: `position ${p.verdict}`}, h("h3", null, p.position_name),
          h("p", {class: "says"}, verdictBadge(p.verdict), h("span", {class: "big"}, "P ", figure(probability(a.posterior, p.standard.threshold), {what: `P(${context.hypothesis(p.about)} | what was known on ${point.day}), ${p.position_name}`, formula: "M-19", value: a.posterior, from: `items known by ${point.day}`})),
            h("span", {class: "quiet"}, ` (${range(a.low, a.high, p.standard.threshold)})`)),
          h("p", {class: "quiet"}, before ? `${probability(before.posterior)} the day before this` : "the first day", turned ? h("strong", null, "; the verdict turned here") : null));
      }))),
      section(`What became known on ${point.day}`, null, h("ul", null, point.events.map(event => h("li", null,
        event.event === "retracted" ? "retracted: " : null, h("a", {href: context.link("item", event.item, {as_of: point.day})}, context.names.items.get(event.item) ?? event.item))))),
      h("p", null, h("a", {href: context.link("glance", null, {as_of: point.day})}, `The case at a glance as of ${point.day}`)));
    if (speak) announce(`${point.day}: ${point.positions.map(p => `${p.position_name} ${verdictWord(p.verdict)}, ${probability(find(p).posterior)}`).join("; ")}`);
  }
  plot.addEventListener("pointerdown", event => {
    const box = plot.getBoundingClientRect(), x = ((event.clientX - box.left) / box.width) * W;
    let nearest = 0;
    xs.forEach((value, i) => { if (Math.abs(value - x) < Math.abs(xs[nearest] - x)) nearest = i; });
    input.value = String(nearest);
    draw(true);
  });
  root.append(h("p", {class: "intro"}, `Probability of “${context.hypothesis(timeline.about)}” on a scale of log-odds; bands are the ranges, the ticks at the right edge the standards. Nothing that came later reaches an earlier day [M-19]. Dots are days on which something became known; time between them is drawn by its root, so that quiet years take little room.`),
    key, h("div", {class: "plot-scroll", tabindex: "0", role: "region", "aria-label": "Plot"}, plot),
    h("div", {class: "scrub"}, h("span", null, h("button", {type: "button", onclick: () => move(-1), "aria-label": "Earlier day"}, "\u2190"), " ", h("button", {type: "button", onclick: () => move(1), "aria-label": "Later day"}, "\u2192")), input, output),
    there);
  draw(false);
}
