// The matrix of competing hypotheses: items against hypotheses, sorted by how well an item tells them apart.

import {h} from "./dom.js";
import {ratio, signed} from "./figures.js";
import {weightFigure} from "./words.js";

const STATES = {"not-yet-known": "not yet known", retracted: "retracted", repeat: "repeat", "said-anyway": "would be said anyway"};

// Ratio of the likeliest to the least likely hypothesis under the item, as a power of ten: 0 when it tells nothing apart.
export function diagnosticity(item) {
  const values = Object.values(item.log10_lr).filter(Number.isFinite);
  return item.counts && values.length ? Math.max(...values) - Math.min(...values) : 0;
}

function shade(log10) {
  const size = Math.abs(log10), step = size < 0.05 ? 0 : size < 0.3 ? 1 : size < 0.7 ? 2 : size < 1.3 ? 3 : 4;
  return step ? `${log10 > 0 ? "f" : "a"}${step}` : "";
}

const SORTS = {
  diagnosticity: [(a, b) => diagnosticity(b) - diagnosticity(a), "descending"],
  weight: [(a, b) => Math.abs(b.weight) - Math.abs(a.weight), "descending"],
  known: [(a, b) => a.known < b.known ? -1 : a.known > b.known ? 1 : 0, "ascending"],
  case: [() => 0, "ascending"],
};

export async function render({root, context}) {
  const a = await context.read("/assess", context.options);
  let sort = "diagnosticity", only_counting = false;
  root.append(h("p", {class: "intro"}, "How much more probable each finding is under a hypothesis than under the open one, at the point values and before any doubt about it [M-1]. Above 1 (blue) it speaks for the hypothesis, below 1 (orange) against it. An item tells apart what differs within its row."));
  root.append(h("div", {class: "row"}, h("div", {class: "check"}, h("input", {type: "checkbox", id: "only-counting", onchange: event => { only_counting = event.target.checked; draw(); }}), h("label", {for: "only-counting"}, "only items that count"))));
  const holder = h("div", {class: "scroll", role: "region", "aria-label": "Matrix", tabindex: "-1"});
  root.append(holder, h("p", {class: "quiet"}, "Arrow keys move between the cells. Figures tell their source when they are pointed at or focused; a title leads to all about the item."));

  function cell(item, hypothesis) {
    const value = item.row[hypothesis.id], log10 = item.log10_lr[hypothesis.id], range = item.row_range[hypothesis.id];
    const td = h("td", {class: `cell ${item.counts ? shade(log10) : ""}`, tabindex: "-1"}, ratio(value));
    td.trace = {what: `${item.title}: ratio of “${hypothesis.name}” over the open hypothesis`, formula: "M-1", value,
      from: `item ${item.id}, source ${item.source}${range ? `; range ${ratio(range[0])}\u2013${ratio(range[1])} [M-9]` : ""}${item.computed ? `; computed [C-2], ${item.computed.engine}` : ""}`};
    return td;
  }
  function draw(focus) {
    const items = a.items.filter(item => !only_counting || item.counts).map((item, n) => [item, n]).sort(([x, n], [y, m]) => SORTS[sort][0](x, y) || n - m).map(([item]) => item);
    const head = (id, text) => h("th", {scope: "col", "aria-sort": sort === id ? SORTS[id][1] : null}, h("button", {type: "button", class: "sort", "data-sort": id, onclick: () => { sort = id; draw(`[data-sort="${id}"]`); }}, text));
    const rows = items.map(item => {
      const tells = diagnosticity(item), apart = h("td", {class: "n", tabindex: "-1"}, item.counts ? ratio(10 ** tells) : "1");
      apart.trace = {what: `How far “${item.title}” tells hypotheses apart`, formula: "M-1", value: 10 ** tells, from: `the largest over the smallest ratio in its row; item ${item.id}`};
      return h("tr", {class: item.counts ? null : "idle"},
        h("th", {scope: "row"}, h("a", {href: context.link("item", item.id), tabindex: "-1"}, item.title), item.counts ? null : h("span", {class: "tag"}, STATES[item.state] ?? item.state)),
        h("td", {class: "n quiet", tabindex: "-1"}, item.known), apart,
        h("td", {class: "n", tabindex: "-1"}, item.counts ? weightFigure(context, item, signed(item.weight)) : "0.00"),
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

