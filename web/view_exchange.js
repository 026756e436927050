// What comes in from others and what goes out to them; the signed record; what is proven about the case.

import {h, section, download, announce, table} from "./dom.js";
import {post, get, fetchFile, casePath} from "./api.js";
import {problemBox, caseAddress} from "./app.js";
import {dropZone} from "./drop.js";
import {propose} from "./view_edit.js";

const EXPORTS = [
  ["package", "Packed case", "one file of the whole case, to be read by onus"], ["html", "Page", "one file for a reader without onus"], ["stix", "STIX 2.1", "for threat intelligence platforms"], ["misp", "MISP event", "with analyst data"],
  ["csv", "Matrix", "items against hypotheses"], ["navigator", "ATT&CK Navigator layer", "techniques of the case"], ["bif", "Bayesian network", "BIF 0.15, of the chosen position"],
];
const KINDS = {proven: "proven", "not-proven": "not proven", refused: "refused"};

export async function render({root, context}) {
  const trouble = h("div"), failed = error => { trouble.replaceChildren(problemBox(error)); };
  const take = async (path, method, name) => {
    trouble.replaceChildren();
    try {
      const file = await fetchFile(casePath(context.id, path), {method, name, query: method === "GET" ? {position: context.options.position} : {}});
      download(file.name, file.blob);
      announce(`${file.name} is there.`);
    } catch (error) { failed(error); }
  };
  const brought = h("div");
  root.append(trouble);
  if (context.may_edit) root.append(section("Import", "A STIX bundle, a MISP event or a CSV file becomes draft items. Nothing is saved before you have looked at them and given them numbers.",
    dropZone("Choose a file", "or drop it here", ".json,.csv,.txt", async file => {
      brought.replaceChildren();
      try {
        const answer = await post(casePath(context.id, "/import"), file, {type: "application/octet-stream", query: {name: file.name}});
        propose(context.id, context.info.version, context.document, answer.document);
        const items = answer.items ?? [];
        brought.replaceChildren(h("div", {class: "done"}, h("p", null, `${items.length} draft ${items.length === 1 ? "item" : "items"} of ${file.name}. `, h("a", {href: caseAddress(context.id, "edit", items.length ? `evidence:${items[0]}` : "", context.shared)}, "Look at them in the forms")),
          (answer.notes ?? []).length ? h("ul", null, answer.notes.map(note => h("li", null, note))) : null));
      } catch (error) { brought.replaceChildren(problemBox(error)); }
    }), brought));
  root.append(section("Export", null, h("ul", {class: "cards"}, EXPORTS.map(([id, title, about]) => h("li", {class: "card"}, h("h3", null, title), h("p", {class: "quiet"}, about),
    h("button", {type: "button", onclick: () => take(`/export/${id}`, "GET", `${context.id}.${id}`)}, "Export", h("span", {class: "hidden-text"}, ` ${title}`)))))));
  root.append(section("Signed record", "A record holds the digests of all inputs and every position's result, signed with the key of this server. Whoever has the case can replay it.", h("button", {type: "button", onclick: () => take("/record", "POST", `${context.id}.record`)}, "Make a record")));
  if (context.info.position || context.is_owner) {
    const opened = h("div");
    root.append(section("Open a sealed item", "A proof opens a sealed item for your position, and for nobody else.", dropZone("Choose a proof", "or drop it here", ".tlog-proof,.txt,.proof", async file => {
      try {
        await post(casePath(context.id, "/openings"), file, {type: "application/octet-stream", query: {position: context.options.position}});
        context.forget();
        opened.replaceChildren(h("p", {class: "done"}, "It is open for your position."));
      } catch (error) { opened.replaceChildren(problemBox(error)); }
    }), opened));
  }
  try {
    const found = await get(casePath(context.id, "/verify")), findings = found.findings ?? found.results ?? [];
    root.append(section("What is proven", found.holds === false ? "Something is not as it was signed." : "Signatures, history and files, as onus verify finds them.", findings.length ? table("Findings", ["State", "About", "What"], findings.map(one => h("tr", {class: one.kind}, h("th", {scope: "row"}, KINDS[one.kind] ?? one.kind ?? ""), h("td", null, one.about), h("td", null, one.text)))) : h("p", null, "Nothing is signed.")));
  } catch (error) {
    root.append(section("What is proven", null, h("p", null, error.message)));
  }
}
