// Which indicators of the case lead to which actors, as a graph and as a table that says the same.

import {h, table} from "./dom.js";
import {signed, figure} from "./figures.js";
import {artefactsOf} from "./artefacts.js";
import {walkable} from "./walk.js";

const KINDS = {item: "item", indicator: "indicator or technique", actor: "actor", hypothesis: "hypothesis", source: "source", doubt: "circumstance"};
const SHAPES = {item: "round-rectangle", indicator: "ellipse", actor: "diamond", hypothesis: "hexagon", source: "rectangle", doubt: "triangle"};

// Forces take the square of their number; beyond this many nodes stand in rings by their kind.
const LAID_OUT = 300, RINGS = ["indicator", "item", "doubt", "source", "actor", "hypothesis"];

function collect(context, a, artefacts, {structure, all}) {
  const nodes = new Map(), edges = [], links = [];
  const node = (kind, id, label) => { const key = `${kind}:${id}`; if (!nodes.has(key)) nodes.set(key, {id: key, kind, label}); return key; };
  const edge = (from, to, label, kind, width = 1) => edges.push({id: `e${edges.length}`, source: from, target: to, label, kind, width});
  for (const item of a.items) {
    if (!item.computed) continue;
    const at = node("item", item.id, item.title);
    const held = artefacts.find(one => one.item.id === item.id)?.entries ?? [];
    for (const entry of held) edge(at, node("indicator", entry.name || entry.value, entry.value), "holds", "holds");
    for (const actor of item.computed.actors) edge(node("actor", actor.name, actor.name), node("hypothesis", actor.hypothesis, context.hypothesis(actor.hypothesis)), "said to be", "is");
    for (const link of item.computed.links) {
      links.push({...link, item});
      if (!all && !(link.weight > 0 && link.report)) continue;
      const entry = held.find(one => one.value === link.value || (one.name ?? "").endsWith(link.value));
      const from = node("indicator", entry ? entry.name || entry.value : link.value, entry?.value ?? link.value);
      if (!entry) edge(at, from, "holds", "holds");
      edge(from, node("actor", link.actor, link.actor), `${link.report ?? link.note} (${signed(link.weight)})`, link.weight >= 0 ? "for" : "against", Math.min(6, 1 + Math.abs(link.weight) * 2));
    }
  }
  if (structure)
    for (const item of context.document.evidence) {
      const at = node("item", item.id, item.title ?? item.id);
      edge(node("source", item.source, context.names.sources.get(item.source) ?? item.source), at, "provides", "holds");
      for (const doubt of item.undercut ?? []) edge(node("doubt", doubt, context.names.undercutters.get(doubt) ?? doubt), at, "may cut loose", "doubt");
      if (item.repeats) edge(at, node("item", item.repeats, context.names.items.get(item.repeats) ?? item.repeats), "repeats", "doubt");
    }
  return {nodes: [...nodes.values()], edges, links};
}

export async function render({root, context, is_current}) {
  const [a, artefacts] = await Promise.all([context.read("/assess", context.options), artefactsOf(context)]);
  const has_computed = a.items.some(item => item.computed);
  const shown = {structure: !has_computed, all: false};
  let graph = null;
  const told = h("div", {tabindex: "-1"}), said = h("p", {class: "quiet", id: "links-said"});
  const walk = walkable({kinds: KINDS, address: ({kind, id}) => ["item", "source"].includes(kind) ? context.link(kind, id.slice(kind.length + 1)) : null,
    onchange: text => { said.textContent = text; }, leave: () => (told.querySelector("[tabindex]") ?? told).focus()});
  const {place} = walk;
  root.append(h("p", {class: "intro"}, "What the artefacts of the case and published reports on actors have in common. A link says that the same thing was seen with an actor before, not that he was there."),
    h("form", {class: "row", "aria-label": "What the graph shows", onsubmit: event => event.preventDefault()},
      ...[["structure", "sources, circumstances and repeats"], ["all", "links that speak against, too"]].map(([key, text]) => h("div", {class: "check"}, h("input", {type: "checkbox", id: `links-${key}`, checked: shown[key], onchange: event => { shown[key] = event.target.checked; draw(); }}), h("label", {for: `links-${key}`}, text))),
      h("button", {type: "button", onclick: () => graph?.zoom({level: graph.zoom() * 1.3, renderedPosition: {x: place.clientWidth / 2, y: place.clientHeight / 2}})}, "Closer"), h("button", {type: "button", onclick: () => graph?.zoom({level: graph.zoom() / 1.3, renderedPosition: {x: place.clientWidth / 2, y: place.clientHeight / 2}})}, "Farther"), h("button", {type: "button", onclick: () => graph?.fit(undefined, 30)}, "All of it")),
    place, walk.hint, said, told);

  let cytoscape = null;
  try {
    cytoscape = (await import("./lib_cytoscape.js")).default;
  } catch {
    walk.hint.remove();
    place.replaceWith(h("p", {class: "news"}, "This build comes without the library that draws the graph. The tables below say the same."));
  }
  function style() {
    const css = getComputedStyle(document.documentElement), v = name => css.getPropertyValue(name).trim();
    return [
      {selector: "node", style: {label: "data(label)", "font-size": 10, "min-zoomed-font-size": 7, color: v("--ink"), "text-wrap": "wrap", "text-max-width": 110, "text-valign": "bottom", "text-margin-y": 4, "background-color": v("--neutral"), width: 20, height: 20, "text-outline-color": v("--sheet"), "text-outline-width": 2}},
      ...Object.entries({item: "--accent", indicator: "--quiet", actor: "--against", hypothesis: "--for", source: "--depends", doubt: "--not-enough"}).map(([kind, colour]) => ({selector: `node[kind="${kind}"]`, style: {shape: SHAPES[kind], "background-color": v(colour)}})),
      {selector: "edge", style: {width: "data(width)", "line-color": v("--rule-strong"), "curve-style": "straight"}},
      {selector: 'edge[kind="for"]', style: {"line-color": v("--for")}}, {selector: 'edge[kind="against"], edge[kind="doubt"]', style: {"line-color": v("--against"), "line-style": "dashed"}},
      {selector: ".near", style: {"line-color": v("--focus"), "line-style": "solid"}},
      {selector: "node.here", style: {width: 30, height: 30, "font-size": 13, "font-weight": "bold", "border-width": 3, "border-color": v("--sheet"), "outline-width": 4, "outline-color": v("--focus"), "outline-offset": 2, "z-index": 10}},
    ];
  }
  function draw() {
    const {nodes, edges, links} = collect(context, a, artefacts, shown);
    if (cytoscape && place.isConnected) {
      graph?.destroy();
      graph = cytoscape({container: walk.canvas, autounselectify: true, elements: [...nodes.map(data => ({data})), ...edges.map(data => ({data}))], style: style(),
        layout: nodes.length <= LAID_OUT ? {name: "cose", animate: false, randomize: false, nodeRepulsion: () => 9000, idealEdgeLength: () => 70, padding: 30}
          : {name: "concentric", animate: false, concentric: one => RINGS.indexOf(one.data("kind")), levelWidth: () => 1, padding: 30}});
      walk.use(graph);
      place.graph = graph;
    }
    const missing = artefacts.filter(one => one.error);
    told.replaceChildren(
      h("ul", {class: "key"}, Object.entries(KINDS).filter(([kind]) => nodes.some(one => one.kind === kind)).map(([kind, text]) => h("li", null, h("span", {class: `glyph ${kind}`, "aria-hidden": "true"}), text))),
      links.length ? table("Links between the case and actors, by item, strongest first", ["Item", "What", "Actor", "Report", "#Weight", "#Held by", "Note"], links.map(link => h("tr", null,
        h("th", {scope: "row"}, h("a", {href: context.link("item", link.item.id)}, link.item.title)), h("td", null, `${link.kind} `, h("code", null, link.value)), h("td", null, link.actor), h("td", null, link.report ?? ""),
        h("td", {class: "n"}, figure(signed(link.weight), {what: `Weight of ${link.kind} ${link.value} for ${link.actor}`, formula: "C-2", value: link.weight, from: link.report ?? `item ${link.item.id}`})), h("td", {class: "n"}, String(link.holders)), h("td", null, link.note)))) :
        h("p", null, has_computed ? "The reference has nothing in common with the artefacts of this case." : "No item of this case is computed from an artefact, so there are no links to actors."),
      ...missing.map(one => h("p", {class: "quiet"}, `The artefact ${one.item.from} could not be read: ${one.error.message}`)));
  }
  root.addEventListener("shown", () => { if (is_current()) draw(); }, {once: true});
  // The drawing knows its colours as figures: it takes the new ones when the scheme changes.
  const recolour = () => graph?.style(style()), scheme = matchMedia("(prefers-color-scheme: dark)"), theme = new MutationObserver(recolour);
  theme.observe(document.documentElement, {attributes: true, attributeFilter: ["data-theme"]});
  scheme.addEventListener("change", recolour);
  return () => { theme.disconnect(); scheme.removeEventListener("change", recolour); graph?.destroy(); };
}
