// Which functions of one program are in another, and whose code is in one.

import {h, section, table, labelled, announce} from "./dom.js";
import {post} from "./api.js";
import {problemBox} from "./app.js";
import {probability, percent, figure, signed} from "./figures.js";
import {dropZone} from "./drop.js";

function reasons(pair) {
  return Object.entries(pair.reasons).filter(([, weight]) => Math.abs(weight) >= 0.05).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 4).map(([name, weight]) => `${name} ${signed(weight)}`).join(", ");
}

const MOST_ROWS = 200;
const most = list => list.length > MOST_ROWS ? `; ${MOST_ROWS} of ${list.length}` : "";
const share = (value, what) => h("td", {class: "n"}, figure(percent(value), {what, formula: "K-11", value, from: "all functions that are found in the reference"}));

function groups(title, kind, list, name) {
  return table(title, [kind, "#Functions", "#Share of rare code"], list.map(one => h("tr", null, h("th", {scope: "row"}, one.name), h("td", {class: "n"}, String(one.matched)), share(one.share_of_rare_code, `Rare code of ${name} that is in ${one.name}`))));
}

function programRow(one, name) {
  return h("tr", null, h("th", {scope: "row"}, one.name, h("span", {class: "quiet"}, ` ${one.format}, ${one.bits} bits`)),
    h("td", null, one.samples.map(sample => h("div", null, `${sample.family}, ${sample.actor}`, h("span", {class: "quiet"}, `: ${sample.source}${sample.known ? `, ${sample.known}` : ""}${sample.reports.length ? `, ${sample.reports.join(", ")}` : ""}`)))),
    h("td", {class: "n"}, `${one.matched} of ${one.functions}`), share(one.share_of_rare_code, `Rare code of ${name} that is in ${one.name}`));
}

function functionRow(one) {
  const best = one.is_in[0];
  return h("tr", null, h("th", {scope: "row"}, h("code", null, one.address), one.name ? ` ${one.name}` : "", h("span", {class: "quiet"}, ` ${one.instructions} instructions`)),
    h("td", null, best.program, " ", h("code", null, best.address), one.is_in.length > 1 ? h("span", {class: "quiet"}, ` and ${one.is_in.length - 1} more`) : null),
    h("td", {class: "n"}, figure(probability(best.probability), {what: `P(${one.address} and ${best.address} of ${best.program} are one source function)`, formula: "K-5", value: best.probability, from: `log-odds ${signed(best.log_odds)}`})),
    h("td", {class: "n"}, `${one.families}${one.is_in_more ? " or more" : ""}`),
    h("td", {class: "n"}, figure(percent(one.part_of_rare_code), {what: `Part of the program's rare code that ${one.address} is`, formula: "K-11", value: one.part_of_rare_code, from: `rarity ${one.rarity}`})));
}

function lineage(found, name) {
  const file = found.files[0];
  return section(`Whose code is in ${name}`, null,
    h("p", null, `${file.format}, ${file.bits} bits, ${file.functions} functions${file.is_damaged ? "; some tables point nowhere" : ""}${file.is_cut ? "; cut at a limit" : ""}. ${file.matched} of them are in the reference (probability ${found.threshold} or more), `,
      figure(percent(file.share_of_rare_code), {what: `Rare code of ${name} that is in the reference`, formula: "K-11", value: file.share_of_rare_code, from: `${file.keys} keys were looked up, ${file.keys_not_followed} of them in too many functions to follow`}), " of its rare code. That code is shared does not say who wrote it: libraries, leaked sources and tools that are sold are shared by many."),
    file.packing ? h("p", {class: "trouble"}, `${file.packing}. What is packed has nothing to compare; unpack it first.`) : null,
    h("p", {class: "quiet"}, "Reference ", h("code", null, found.reference.digest), found.as_of ? `, as of ${found.as_of}` : "", found.leave_out.length ? `, without ${found.leave_out.join(", ")}` : ""),
    file.actors.length ? groups("Actors, by the part of its rare code", "Actor", file.actors.slice(0, MOST_ROWS), name) : null, file.families.length ? groups("Families", "Family", file.families.slice(0, MOST_ROWS), name) : null,
    file.programs.length ? table(`Programs of the reference${most(file.programs)}`, ["Program", "Family, actor, and who says so", "#Functions", "#Share of rare code"], file.programs.slice(0, MOST_ROWS).map(one => programRow(one, name))) : null,
    file.matches.length ? table(`Functions, most rare code first${most(file.matches)}`, ["Function", "Is", "#Probability", "#Families that have it", "#Of rare code"], file.matches.slice(0, MOST_ROWS).map(functionRow)) : h("p", null, "None of its functions is in the reference."));
}

function askReference() {
  const asOf = h("input", {type: "date"}), leaveOut = h("input", {type: "text", autocomplete: "off"}), chosen = h("p", null, h("span", {class: "quiet"}, "none yet")), result = h("div", {"aria-live": "polite"});
  const go = h("button", {class: "main", disabled: true}, "Ask the reference");
  let file = null;
  const ask = async event => {
    event.preventDefault();
    const {name} = file;
    go.disabled = true;
    result.replaceChildren(h("p", null, "Reading it in a process apart…"));
    try {
      const found = await post("/reference/match", file, {type: "application/octet-stream", query: {as_of: asOf.value, leave_out: leaveOut.value.trim()}});
      result.replaceChildren(lineage(found, name));
      announce(`${found.files[0].matched} functions are in the reference.`);
    } catch (error) { result.replaceChildren(problemBox(error)); }
    go.disabled = false;
  };
  return section("Whose code is in a program", "The program is set against all programs of the server's reference: of which families and actors they are, published reports say. Code that many families have counts little [K-11].",
    dropZone("Choose a program", "or drop it here", null, picked => { file = picked; chosen.replaceChildren(`${file.name}, ${Math.ceil(file.size / 1024)} KiB`); go.disabled = false; }), chosen,
    h("form", {class: "row", onsubmit: ask}, labelled("As of", asOf, "only what was public at the end of that day"), labelled("Leave out", leaveOut, "reports, with commas between them"), go), result);
}

export async function render({root, heading}) {
  heading.textContent = "Functions that programs share";
  const files = [null, null], names = [h("span", {class: "quiet"}, "none yet"), h("span", {class: "quiet"}, "none yet")], result = h("div", {"aria-live": "polite"});
  const go = h("button", {type: "button", class: "main", disabled: true, onclick: compare}, "Compare");
  const pick = (i, file) => { files[i] = file; names[i].textContent = `${file.name}, ${Math.ceil(file.size / 1024)} KiB`; go.disabled = !(files[0] && files[1]); };
  async function compare() {
    const form = new FormData();
    form.append("a", files[0], files[0].name);
    form.append("b", files[1], files[1].name);
    go.disabled = true;
    result.replaceChildren(h("p", null, "Reading both in a process apart…"));
    try {
      const found = await post("/match", undefined, {form});
      const named = i => files[i]?.name ?? found.programs[i].path;
      result.replaceChildren(section("What they share", null,
        table("Programs", ["Program", "Format", "#Functions", "#Matched", "#Share of rare code"], found.programs.map((one, i) => h("tr", null, h("th", {scope: "row"}, named(i)), h("td", null, `${one.format}, ${one.bits} bits${one.is_damaged ? "; some tables point nowhere" : ""}${one.is_cut ? "; cut at a limit" : ""}`), h("td", {class: "n"}, String(one.functions)), h("td", {class: "n"}, String(one.matched)),
          h("td", {class: "n"}, figure(percent(one.share_of_rare_code), {what: `Rare code of ${named(0)} that is ${i ? `in ${named(i)}` : "in another"}`, formula: "K-6", value: one.share_of_rare_code, from: "all pairs above the threshold"}))))),
        found.pairs.length ? table(`Pairs, most rare code first${most(found.pairs)}`, ["Function", "Is", "#Probability", "#Of rare code", "Why"], found.pairs.slice(0, MOST_ROWS).map(pair => h("tr", null,
          h("th", {scope: "row"}, h("code", null, pair.function.address), pair.function.name ? ` ${pair.function.name}` : "", h("span", {class: "quiet"}, ` ${pair.function.instructions} instructions`)),
          h("td", null, h("code", null, pair.is.address), pair.is.name ? ` ${pair.is.name}` : "", h("span", {class: "quiet"}, ` ${pair.is.instructions}`)),
          h("td", {class: "n"}, figure(probability(pair.probability), {what: `P(${pair.function.address} and ${pair.is.address} are one source function)`, formula: "K-5", value: pair.probability, from: reasons(pair)})),
          h("td", {class: "n"}, figure(percent(pair.part_of_rare_code), {what: "Part of the first program's rare code", formula: "K-6", value: pair.part_of_rare_code, from: pair.function.address})), h("td", null, reasons(pair))))) : h("p", null, `No pair reaches the threshold of ${found.threshold}.`)));
      announce(`${found.pairs.length} pairs.`);
    } catch (error) { result.replaceChildren(problemBox(error)); }
    go.disabled = false;
  }
  root.append(h("p", {class: "intro"}, "Two executable files for x86 or x86-64: ELF, PE or Mach-O. They are read, never run. Common code says little; what counts is rare code [K-6]."),
    h("div", {class: "cards"}, ["The program that is asked about", "The other one"].map((title, i) => h("div", {class: "card"}, h("h2", null, title), dropZone("Choose a file", "or drop it here", null, file => pick(i, file)), h("p", null, names[i])))),
    h("p", null, go), result, askReference());
}
