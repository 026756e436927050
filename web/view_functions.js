// Which functions of one program are in another.

import {h, section, table, announce} from "./dom.js";
import {post} from "./api.js";
import {problemBox} from "./app.js";
import {probability, percent, figure, signed} from "./figures.js";
import {dropZone} from "./drop.js";

function reasons(pair) {
  return Object.entries(pair.reasons).filter(([, weight]) => Math.abs(weight) >= 0.05).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 4).map(([name, weight]) => `${name} ${signed(weight)}`).join(", ");
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
        found.pairs.length ? table(`Pairs, most rare code first${found.pairs.length > 200 ? `; 200 of ${found.pairs.length}` : ""}`, ["Function", "Is", "#Probability", "#Of rare code", "Why"], found.pairs.slice(0, 200).map(pair => h("tr", null,
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
    h("p", null, go), result);
}
