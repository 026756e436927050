// What is publicly said about actors: names, and who works like an incident.

import {h, section, table, labelled} from "./dom.js";
import {get, post} from "./api.js";
import {problemBox} from "./app.js";
import {probability, figure, signed, ratio} from "./figures.js";
import {dropZone} from "./drop.js";

function actorCard(actor) {
  return h("li", {class: "card"}, h("h3", null, actor.name), h("p", {class: "quiet"}, actor.entries.map((one, i) => [i ? ", " : "", `${one.source} `, h("code", null, one.id)])),
    table(`What ${actor.name} is called, and who says so`, ["Name", "Said by", "Since", "Report"], actor.claims.map(one => h("tr", {class: one.is_asked ? "about" : null},
      h("th", {scope: "row"}, one.name, one.is_primary ? h("span", {class: "tag"}, "its main name there") : null), h("td", null, `${one.source} ${one.id}`), h("td", null, one.known ?? ""), h("td", null, one.report ?? "")))));
}

export async function render({root, heading}) {
  heading.textContent = "Reference";
  const name = h("input", {type: "search", required: true, autocomplete: "off"}), names = h("div", {"aria-live": "polite"}), ranked = h("div", {"aria-live": "polite"});
  root.append(h("p", {class: "intro"}, "What published reports say about actors. That a name is attached to something here is a claim of its source, not a finding."));
  root.append(section("Who is called so", "All names of an actor, who says so, and who means somebody else by it.", h("form", {class: "row", role: "search", onsubmit: async event => {
    event.preventDefault();
    try { names.replaceChildren(h("ul", {class: "cards wide"}, (await get("/reference/actors", {name: name.value})).actors.map(actorCard))); } catch (error) { names.replaceChildren(problemBox(error)); }
  }}, labelled("Name", name), h("button", {class: "main"}, "Look up")), names));
  root.append(section("Who works like this", "An incident: indicators, or techniques and software; JSON, CSV, STIX, MISP, a Navigator layer, or one a line.", dropZone("Choose an incident", "or drop it here", ".json,.jsonl,.csv,.txt", async file => {
    try {
      const found = await post("/reference/rank", file, {type: "application/octet-stream", query: {name: file.name}});
      ranked.replaceChildren(...found.rankings.map(ranking));
    } catch (error) { ranked.replaceChildren(problemBox(error)); }
  }), ranked));
}

function ranking(one) {
  return section(`By ${one.engine}`, `The reference knows ${one.used} of what was given and does not know ${one.not_known}. Weights: ${one.weights}.`,
    h("p", null, "That it was somebody who is not in the reference: ", figure(probability(one.p_unknown), {what: "P(somebody who is not in the reference)", formula: "C-1", value: one.p_unknown, from: one.engine}), "\u2060."),
    table("Actors, most probable first. The prior of the reference is inside: who is written about most.", ["Actor", "#Probability", "#Likelihood ratio", "What they have in common"], one.candidates.slice(0, 20).map(actor => h("tr", null, h("th", {scope: "row"}, actor.actor, h("span", {class: "tag"}, `${actor.source} ${actor.id}`)),
      h("td", {class: "n"}, figure(probability(actor.probability), {what: `P(${actor.actor}) by ${one.engine}`, formula: "C-1", value: actor.probability, from: "the reference and the incident"})),
      h("td", {class: "n"}, figure(ratio(Math.exp(actor.ln_lr)), {what: `Likelihood ratio of ${actor.actor}`, formula: "C-2", value: Math.exp(actor.ln_lr), from: `${one.engine}; range ${ratio(Math.exp(actor.ln_lr_low))}\u2013${ratio(Math.exp(actor.ln_lr_high))}`})),
      h("td", null, actor.links.slice(0, 4).map(link => h("div", null, `${link.kind} `, h("code", null, link.value), " ", figure(signed(link.ln_weight), {what: `Weight of ${link.kind} ${link.value}`, formula: "C-2", value: link.ln_weight, from: link.reports.join(", ") || one.engine}), link.note ? h("span", {class: "quiet"}, ` ${link.note}`) : null)))))));
}
