// The matrix of competing hypotheses: items against hypotheses, sorted by how well an item tells them apart.

import {h} from "./dom.js";
import {probability, ratio, signed} from "./figures.js";
import {weightFigure} from "./words.js";

const STATES = {"not-yet-known": "not yet known", retracted: "retracted", repeat: "repeat", "said-anyway": "would be said anyway"};

function shade(log10) {
  const size = Math.abs(log10), step = size < 0.05 ? 0 : size < 0.3 ? 1 : size < 0.7 ? 2 : size < 1.3 ? 3 : 4;
  return step ? `${log10 > 0 ? "f" : "a"}${step}` : "";
}

const SORTS = {
  diagnosticity: [(a, b) => (b.diagnosticity ?? -1) - (a.diagnosticity ?? -1), "descending"],
  weight: [(a, b) => Math.abs(b.weight ?? 0) - Math.abs(a.weight ?? 0), "descending"],
  known: [(a, b) => a.known < b.known ? -1 : a.known > b.known ? 1 : 0, "ascending"],
  case: [() => 0, "ascending"],
};

export async function render({root, context}) {
  const a = await context.read("/matrix", context.options);
  let sort = "diagnosticity", only_counting = false, alone = false;
  root.append(h("p", {class: "intro"}, "How much more probable each finding is under a hypothesis than under the open one. Above 1 (blue) it speaks for the hypothesis, below 1 (orange) against it. What an item tells apart is by how much it alone, with all that may cut it loose, moves the odds of the two hypotheses that it parts most [M-21]."));
  const box = (id, text, change) => h("div", {class: "check"}, h("input", {type: "checkbox", id, onchange: event => { change(event.target.checked); draw(); }}), h("label", {for: id}, text));
  root.append(h("div", {class: "row"}, box("only-counting", "only items that count", on => { only_counting = on; }), box("alone", "ratios with all that may cut the item loose [M-21], not as stated [M-1]", on => { alone = on; })));
  const holder = h("div", {class: "scroll", role: "region", "aria-label": "Matrix", tabindex: "-1"});
  root.append(holder, h("p", {class: "quiet"}, "Arrow keys move between the cells. Figures tell their source when they are pointed at or focused; a title leads to all about the item."));

  function cell(item, hypothesis) {
    const of = item.cells.find(one => one.hypothesis === hypothesis.id);
    if (!of) return h("td", {tabindex: "-1"});
    const log10 = alone ? of.log10_lr_alone : of.log10_lr, value = log10 === null ? null : 10 ** log10;
    const td = h("td", {class: `cell ${shade(log10 ?? 0)}`, tabindex: "-1"}, ratio(value));
    td.trace = {what: `${item.title}: ratio of “${hypothesis.name}” over the open hypothesis`, formula: alone ? "M-21" : "M-1", value,
      from: `item ${item.id}, source ${item.source}${alone ? `; free of doubts with ${probability(item.free_probability)}` : of.low === null || of.low === of.high ? "" : `; range ${ratio(10 ** of.low)}\u2013${ratio(10 ** of.high)} [M-9]`}`};
    return td;
  }
  function draw(focus) {
    const items = a.items.filter(item => !only_counting || item.counts).map((item, n) => [item, n]).sort(([x, n], [y, m]) => SORTS[sort][0](x, y) || n - m).map(([item]) => item);
    const head = (id, text) => h("th", {scope: "col", "aria-sort": sort === id ? SORTS[id][1] : null}, h("button", {type: "button", class: "sort", "data-sort": id, onclick: () => { sort = id; draw(`[data-sort="${id}"]`); }}, text));
    const rows = items.map(item => {
      const apart = h("td", {class: "n", tabindex: "-1"}, item.counts ? `×${ratio(10 ** item.diagnosticity)}` : "");
      if (item.counts) apart.trace = {what: `How far “${item.title}” alone tells hypotheses apart`, formula: "M-21", value: 10 ** item.diagnosticity, from: `item ${item.id}; nothing cuts it loose with ${probability(item.free_probability)}`};
      return h("tr", {class: item.counts ? null : "idle"},
        h("th", {scope: "row"}, h("a", {href: context.link("item", item.id), tabindex: "-1"}, item.title), item.counts ? null : h("span", {class: "tag"}, STATES[item.state] ?? item.state)),
        h("td", {class: "n quiet", tabindex: "-1"}, item.known), apart,
        h("td", {class: "n", tabindex: "-1"}, item.counts ? weightFigure(context, item, signed(item.weight)) : ""),
        a.hypotheses.map(hypothesis => cell(item, hypothesis)));
    });
    holder.replaceChildren(h("table", {class: "matrix", role: "grid", "aria-label": "Items against hypotheses", "aria-rowcount": String(rows.length + 1)},
      h("thead", null, h("tr", null, head("case", "Item"), head("known", "Known"), head("diagnosticity", "Tells apart"), head("weight", "Weight"),
        a.hypotheses.map(one => h("th", {scope: "col", title: one.id}, one.name)))),
      h("tbody", null, rows)));
    for (const link of holder.querySelectorAll("td a")) link.tabIndex = -1;
    rove(holder.querySelector("tbody"));
    if (focus) holder.querySelector(focus)?.focus();
  }
  draw();
}

// One stop for Tab; arrows, Home and End move within.
function rove(body) {
  const cells = () => [...body.rows].map(row => [...row.cells].map(cell => cell.querySelector("a") ?? cell));
  const grid = cells();
  if (!grid.length) return;
  grid[0][0].tabIndex = 0;
  let at = [0, 0];
  const move = (row, column) => {
    const r = Math.max(0, Math.min(grid.length - 1, row)), c = Math.max(0, Math.min(grid[0].length - 1, column));
    grid[at[0]][at[1]].tabIndex = -1;
    at = [r, c];
    grid[r][c].tabIndex = 0;
    grid[r][c].focus();
  };
  body.addEventListener("focusin", event => {
    for (let r = 0; r < grid.length; r++) {
      const c = grid[r].indexOf(event.target);
      if (c >= 0) { grid[at[0]][at[1]].tabIndex = -1; at = [r, c]; event.target.tabIndex = 0; }
    }
  });
  body.addEventListener("keydown", event => {
    const steps = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0]};
    if (steps[event.key]) move(at[0] + steps[event.key][0], at[1] + steps[event.key][1]);
    else if (event.key === "Home") move(event.ctrlKey ? 0 : at[0], 0);
    else if (event.key === "End") move(event.ctrlKey ? grid.length - 1 : at[0], grid[0].length - 1);
    else return;
    event.preventDefault();
  });
}

