// Where the hosts of the case lie, as its artefacts say. Location is not authorship, and the page says so first.

import {h, s, table, loadScript} from "./dom.js";
import {artefactsOf} from "./artefacts.js";
import {numberOf, placeOf, countryName} from "./countries.js";

const W = 960, H = 470;

async function world() {
  const base = new URL(".", import.meta.url);
  await loadScript(new URL("lib_d3-array.js", base).href);
  await Promise.all([loadScript(new URL("lib_d3-geo.js", base).href), loadScript(new URL("lib_topojson-client.js", base).href)]);
  const topology = await (await fetch(new URL("lib_countries-110m.json", base))).json();
  return globalThis.topojson.feature(topology, topology.objects.countries).features;
}

export async function render({root, context}) {
  const artefacts = await artefactsOf(context);
  const hosts = artefacts.flatMap(({item, entries}) => entries.filter(entry => entry.country).map(entry => ({...entry, item})));
  root.append(h("p", {class: "warning"}, h("strong", null, "Location is not authorship. "), "A relay stands where somebody rented, borrowed or broke into a host; who is behind it may be anywhere. No engine of onus looks at where an address lies, and this map weighs nothing in any verdict."));
  if (!hosts.length) {
    root.append(h("p", null, "No artefact of this case says in which country its hosts lie: none has a column “country”."));
    return;
  }
  const by = new Map();
  for (const host of hosts) by.set(host.country, [...(by.get(host.country) ?? []), host]);
  const rows = [...by].sort((a, b) => b[1].length - a[1].length || countryName(a[0]).localeCompare(countryName(b[0])));
  const told = table("Hosts by country, as the artefacts say", ["Country", "#Hosts", "Which", "Item", "Note"], rows.map(([code, list]) => h("tr", null, h("th", {scope: "row"}, `${countryName(code)} (${code})`), h("td", {class: "n"}, String(list.length)),
    h("td", null, list.map((host, i) => [i ? ", " : "", h("code", null, host.value)])), h("td", null, [...new Map(list.map(host => [host.item.id, host.item])).values()].map((item, i) => [i ? ", " : "", h("a", {href: context.link("item", item.id)}, item.title ?? item.id)])), h("td", null, [...new Set(list.map(host => host.note))].join("; ")))));
  try {
    const features = await world(), d3 = globalThis.d3;
    const projection = d3.geoNaturalEarth1().fitExtent([[8, 8], [W - 8, H - 8]], {type: "Sphere"}), path = d3.geoPath(projection);
    const held = new Set(rows.map(([code]) => numberOf.get(code)));
    const largest = feature => feature.geometry.type !== "MultiPolygon" ? feature : {type: "Feature", geometry: {type: "Polygon", coordinates: feature.geometry.coordinates.reduce((best, one) => d3.geoArea({type: "Polygon", coordinates: one}) > d3.geoArea({type: "Polygon", coordinates: best}) ? one : best)}};
    const marks = rows.map(([code, list]) => {
      const feature = features.find(one => one.id === numberOf.get(code)), place = placeOf.get(code) ?? (feature ? d3.geoCentroid(largest(feature)) : null);
      const at = place && projection(place);
      if (!at) return null;
      return s("g", null, s("circle", {class: "dot", cx: at[0].toFixed(1), cy: at[1].toFixed(1), r: (5 + 3 * Math.sqrt(list.length - 1)).toFixed(1)}), s("text", {class: "count", x: (at[0] + 9 + 3 * Math.sqrt(list.length - 1)).toFixed(1), y: (at[1] + 4).toFixed(1)}, `${code}${list.length > 1 ? ` ${list.length}` : ""}`));
    });
    root.append(h("div", {class: "plot-scroll", tabindex: "0", role: "region", "aria-label": "Map"}, s("svg", {class: "plot map", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `Map: ${rows.map(([code, list]) => `${countryName(code)} ${list.length}`).join(", ")}`},
      features.map(feature => s("path", {class: held.has(feature.id) ? "held" : "land", d: path(feature)})), marks)));
  } catch {
    root.append(h("p", {class: "news"}, "This build comes without the libraries that draw the map. The table says the same."));
  }
  root.append(told, h("p", {class: "quiet"}, `Countries as written in the artefacts: ${[...new Set(hosts.map(host => host.item.from))].join(", ")}. Outlines: Natural Earth, 1:110 million; borders there are no statement.`));
}
