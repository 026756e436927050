// The waterfall: from the prior's log-odds to the posterior's, item by item or source by source.

import {h, select, labelled, table} from "./dom.js";
import {signed, factor, figure, probability} from "./figures.js";
import {stepBar} from "./charts.js";
import {weightFigure, verdictSentence, aboutOf} from "./words.js";

export async function render({root, context}) {
  const a = await context.read("/assess", context.options);
  let by = "items", order = "size";
  root.append(h("p", {class: "intro"}, verdictSentence(context, a)),
    h("p", null, "Each weight is how far the item moves the log-odds in the mean over all orders in which the items could have been considered [M-13]. The weights add up."));
  const holder = h("div");
  root.append(h("form", {class: "row", "aria-label": "How it is shown", onsubmit: event => event.preventDefault()},
    labelled("One row for each", select([["items", "item"], ["sources", "source"]], by, value => { by = value; draw(); })),
    labelled("Order", select([["size", "largest first"], ["known", "as it became known"]], order, value => { order = value; draw(); }))),
  h("ul", {class: "key"}, h("li", null, h("span", {class: "swatch for"}), "speaks for it"), h("li", null, h("span", {class: "swatch against"}), "speaks against it"), h("li", null, h("span", {class: "swatch total"}), "prior and posterior")), holder);

  function draw() {
    const {prior, posterior} = a.log_odds;
    const rows = by === "items" ? a.items.filter(item => item.counts) : a.sources.filter(source => source.n_items > 0);
    const first = new Map();
    for (const item of a.items) if (!first.has(item.source) || item.known < first.get(item.source)) first.set(item.source, item.known);
    const day = one => one.known ?? first.get(one.id) ?? "";
    const sorted = [...rows].sort(order === "size" ? (x, y) => Math.abs(y.weight) - Math.abs(x.weight) : (x, y) => day(x) < day(y) ? -1 : day(x) > day(y) ? 1 : 0);
    let sum = prior;
    const steps = sorted.map(one => [one, sum, sum += one.weight]);
    const ends = [0, prior, posterior, ...steps.flatMap(([, from, to]) => [from, to])];
    const scale = {low: Math.min(...ends) - 0.2, high: Math.max(...ends) + 0.2};
    const about = aboutOf(a);
    const total = (name, value, p, from) => h("tr", {class: "total"}, h("th", {scope: "row"}, name), h("td", {class: "n"}, figure(signed(value), {what: `Log-odds: ${name}`, formula: "M-13", value, from})),
      h("td", {class: "n"}, `P ${probability(p, a.standard.threshold)}`), h("td", {class: "chart"}, stepBar(0, value, {...scale, kind: "total"})));
    holder.replaceChildren(table(`From the prior to the posterior of “${context.hypothesis(a.about)}”, in natural log-odds`, [by === "items" ? "Item" : "Source", h("th", {scope: "col", class: "n"}, "Weight"), h("th", {scope: "col", class: "n"}, "On the odds"), h("th", {scope: "col", class: "chart"}, "From the prior to the posterior")], [
      total("Prior", prior, about.prior, `${a.position_name}'s prior`),
      ...steps.map(([one, from, to]) => h("tr", null,
        h("th", {scope: "row"}, h("a", {href: context.link(by === "items" ? "item" : "source", one.id)}, one.title ?? one.name), by === "items" ? h("span", {class: "tag"}, context.names.sources.get(one.source) ?? one.source) : null, one.seal && one.seal !== "none" ? h("span", {class: "tag"}, "sealed") : null),
        h("td", {class: "n"}, weightFigure(context, one, signed(one.weight), by === "items" ? "item" : "source")),
        h("td", {class: "n quiet"}, factor(one.weight)), h("td", {class: "chart"}, stepBar(from, to, scale)))),
      total("Posterior", posterior, about.posterior, "the prior and all weights"),
    ], {class: "waterfall"}));
    const idle = a.items.filter(item => !item.counts);
    if (by === "items" && idle.length) {
      const why = {repeat: item => `a repeat of ${item.repeats}`, "said-anyway": () => "would be said anyway", retracted: () => "retracted", "not-yet-known": () => "not yet known"};
      holder.append(h("details", null, h("summary", null, `${idle.length} items without weight`), h("ul", null, idle.map(item => h("li", null, h("a", {href: context.link("item", item.id)}, item.title), ` (${why[item.state]?.(item) ?? item.state})`)))));
    }
    if (a.weights[by] === "sampled") holder.append(h("p", {class: "quiet"}, `The weights are means over ${a.weights.permutations} orders, seed ${a.seed}.`));
  }
  draw();
}
