// The list of cases, and how a new one comes in.

import {h, section, labelled} from "./dom.js";
import {get, post} from "./api.js";
import {caseAddress, problemBox} from "./app.js";
import {dropZone} from "./drop.js";

const STARTER = id => `onus: 1
title: ${id}
question: Who is responsible?
hypotheses:
  - {id: suspect, name: The suspect, prior: 0.2}
  - {id: other, name: Someone not listed, open: true, prior: 0.8}
sources: []
evidence: []
`;

export async function render({root, heading}) {
  heading.textContent = "Cases";
  const {cases} = await get("/cases");
  root.append(h("p", {class: "intro"}, "Each case asks one question. onus weighs its evidence and says whether it is enough for a stated standard of proof."));
  root.append(cases.length === 0 ? h("p", null, "There is no case yet.") :
    h("ul", {class: "cards"}, cases.map(one => h("li", {class: "card"},
      h("h2", null, h("a", {href: caseAddress(one.id, "glance")}, one.title)),
      h("p", null, one.question),
      h("p", {class: "quiet"}, h("code", null, one.id), ` · version ${one.version}${one.author ? ` by ${one.author}` : ""} · ${one.role}${one.position ? ` as ${one.position}` : ""}`)))));

  const trouble = h("div"), open = id => { location.hash = caseAddress(id, "glance"); };
  const failed = error => trouble.replaceChildren(problemBox(error));
  const name = h("input", {name: "id", required: true, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}", autocomplete: "off"});
  const bring = async file => {
    trouble.replaceChildren();
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const stem = file.name.replace(/\.(zip|tar\.zst|ya?ml|json)$/i, "").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 64) || "case";
      const is_zip = bytes[0] === 0x50 && bytes[1] === 0x4b;
      const text = is_zip ? null : new TextDecoder().decode(bytes);
      const is_case = text !== null && /^\s*("onus"|onus)\s*:|\{\s*"onus"\s*:/m.test(text);
      const made = is_zip ? await post("/cases", file, {type: "application/zip", query: {id: stem}})
        : is_case ? await post("/cases", {id: stem, text})
        : await post("/cases/import", file, {type: "application/octet-stream", query: {id: stem, name: file.name}});
      open(made.id);
    } catch (error) { failed(error); }
  };
  root.append(section("A new case", "Drop a case here: case.yaml, a packed case (zip), a STIX bundle or a MISP event. Or begin an empty one.",
    dropZone("Choose a file", "or drop it here", ".zip,.yaml,.yml,.json", bring),
    h("form", {class: "row", onsubmit: async event => {
      event.preventDefault();
      try { open((await post("/cases", {id: name.value, text: STARTER(name.value)})).id); } catch (error) { failed(error); }
    }}, labelled("Id of an empty case: letters, digits, dots, dashes", name), h("button", {class: "main"}, "Begin it")), trouble));
}
