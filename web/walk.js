// A graph under the keyboard. It is a list box whose options are the nodes: the option that is chosen is what a screen
// reader says, and its node is ringed in the drawing. Arrows go along links first.

import {h, freshId} from "./dom.js";

const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
const SAID = 4; // links that are said; Enter lists all

// Which of `candidates` [{x, y}] an arrow leads to from `here`: of those no farther aside than ahead the nearest, where a step aside
// counts twice. -1 when none lies there.
export function nextInDirection(here, candidates, [dx, dy]) {
  let best = -1, least = Infinity;
  candidates.forEach((one, i) => {
    const x = one.x - here.x, y = one.y - here.y, ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (ahead <= 0 || aside > ahead || ahead + 2 * aside >= least) return;
    least = ahead + 2 * aside;
    best = i;
  });
  return best;
}

// links: [{label, other, out}], seen from one node.
export function sayNode(kind, label, links) {
  const told = links.slice(0, SAID).map(link => link.out ? `${link.label}: ${link.other.data("label")}` : `from ${link.other.data("label")}: ${link.label}`);
  return `${kind}: ${label}. ${links.length === 0 ? "No links" : `${links.length} ${links.length === 1 ? "link" : "links"}: ${told.join("; ")}`}${links.length > SAID ? `; and ${links.length - SAID} more` : ""}.`;
}

export function linksOf(node) {
  return node.connectedEdges().map(edge => { const out = edge.source().same(node); return {label: edge.data("label"), other: out ? edge.target() : edge.source(), out}; });
}

// All links of a node, each a way to the node at its other end.
function openNode(node, {kinds, address, go, back}) {
  const {kind, label} = node.data(), title = freshId("node"), links = linksOf(node), where = address(node.data());
  let to = null;
  const dialog = h("dialog", {class: "node", "aria-labelledby": title}, h("h2", {id: title}, label), h("p", {class: "quiet"}, kinds[kind]),
    links.length ? h("ul", null, links.map(link => {
      const other = h("button", {type: "button", class: "plain", onclick: () => { to = link.other; dialog.close(); }}, link.other.data("label"));
      return h("li", null, link.out ? [`${link.label}: `, other] : ["from ", other, `: ${link.label}`], h("span", {class: "quiet"}, ` (${kinds[link.other.data("kind")]})`));
    })) : h("p", null, "No links."),
    where ? h("p", null, h("a", {href: where, onclick: () => dialog.remove()}, `All about this ${kinds[kind]}`)) : null,
    h("form", {method: "dialog"}, h("button", {class: "main"}, "Close")));
  dialog.addEventListener("close", () => { dialog.remove(); back(); if (to) go(to); });
  document.body.append(dialog);
  dialog.showModal();
}

// kinds: what kinds of nodes are called; address(data): where all about a node stands, or null; onchange(text): the node
// that is chosen, in words; leave(): puts the focus behind the graph.
export function walkable({kinds, address, onchange, leave}) {
  const options = h("div", {class: "hidden-text", role: "none"}), canvas = h("div", {class: "canvas", "aria-hidden": "true"}), hint = freshId("hint");
  const place = h("div", {class: "graph", role: "listbox", tabindex: "0", "aria-label": "Graph of links", "aria-describedby": hint}, canvas, options);
  let graph = null, now = null;
  const optionOf = new Map();

  function go(node) {
    if (now) { now.removeClass("here"); optionOf.get(now.id()).setAttribute("aria-selected", "false"); }
    graph.elements().removeClass("near");
    now = node;
    if (!node) { place.removeAttribute("aria-activedescendant"); return; }
    node.addClass("here");
    node.connectedEdges().addClass("near");
    const option = optionOf.get(node.id()), {x, y} = node.renderedPosition(), edge = 30;
    option.setAttribute("aria-selected", "true");
    place.setAttribute("aria-activedescendant", option.id);
    if (x < edge || y < edge || x > place.clientWidth - edge || y > place.clientHeight - edge) graph.center(node);
    onchange(option.textContent);
  }
  function step(key) {
    const nodes = graph.nodes(), i = now ? nodes.indexOf(now) : -1;
    if (key === "Home" || i < 0) return nodes[0];
    if (key === "End") return nodes[nodes.length - 1];
    if (key === "PageUp" || key === "PageDown") return nodes[i + (key === "PageDown" ? 1 : -1)];
    for (const among of [now.neighborhood("node"), nodes]) {
      const found = nextInDirection(now.position(), among.map(one => one.position()), ARROWS[key]);
      if (found >= 0) return among[found];
    }
    return undefined;
  }
  const open = node => openNode(node, {kinds, address, go, back: () => place.focus()});
  place.addEventListener("focus", () => { if (graph && !now && graph.nodes().length) go(graph.nodes()[0]); });
  place.addEventListener("keydown", event => {
    if (!graph || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") { go(null); onchange(""); leave(); }
    else if (event.key === "Enter" || event.key === " ") { if (now) open(now); }
    else if (event.key in ARROWS || ["Home", "End", "PageUp", "PageDown"].includes(event.key)) { const node = step(event.key); if (node) go(node); }
    else return;
    event.preventDefault();
  });
  return {
    place, canvas, hint: h("p", {class: "hint", id: hint}, "Arrows go along links, else to what is next on that side; Page Up and Page Down through all; Enter lists the links; Escape leaves."),
    // A graph that was drawn anew takes the place of the one before.
    use(drawn) {
      const before = now?.id();
      graph = drawn;
      now = null;
      optionOf.clear();
      options.replaceChildren(...graph.nodes().map(node => {
        const option = h("div", {role: "option", id: freshId("node"), "aria-selected": "false"}, sayNode(kinds[node.data("kind")], node.data("label"), linksOf(node)));
        optionOf.set(node.id(), option);
        return option;
      }));
      graph.on("tap", "node", event => { place.focus({preventScroll: true}); go(event.target); });
      graph.on("dbltap", "node", event => open(event.target));
      const again = before ? graph.getElementById(before) : null;
      go(again?.length ? again : null);
    },
  };
}
