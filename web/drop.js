// A place to drop a file on; it is a button too.

import {h, freshId} from "./dom.js";

export function dropZone(label, hint, accept, onfile, {multiple = false} = {}) {
  const id = freshId("file");
  const input = h("input", {type: "file", id, accept, multiple, class: "hidden-text", onchange: async event => {
    for (const file of event.target.files) await onfile(file);
    event.target.value = "";
  }});
  const zone = h("div", {class: "drop"}, input, h("label", {for: id, class: "button"}, label), h("span", null, hint));
  let depth = 0;
  zone.addEventListener("dragenter", event => { event.preventDefault(); depth++; zone.classList.add("over"); });
  zone.addEventListener("dragover", event => event.preventDefault());
  zone.addEventListener("dragleave", () => { if (--depth <= 0) { depth = 0; zone.classList.remove("over"); } });
  zone.addEventListener("drop", async event => {
    event.preventDefault();
    depth = 0;
    zone.classList.remove("over");
    for (const file of event.dataTransfer.files) {
      await onfile(file);
      if (!multiple) break;
    }
  });
  return zone;
}
