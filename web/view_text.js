// The case as the text that it is; the program's problems lead to their line.

import {h, announce} from "./dom.js";
import {get, post, put, casePath} from "./api.js";
import {caseAddress, problemBox} from "./app.js";

export async function render({root, context, onversion, refresh}) {
  if (!context.may_edit) { root.append(h("p", null, "You may read this case; its parties and owners may edit it.")); return; }
  const base = context.info.version, text = await get(casePath(context.id, `/versions/${base}`));
  const area = h("textarea", {class: "text", spellcheck: "false", id: "case-text", value: text}), said = h("div", {"aria-live": "polite"});
  const goTo = problem => {
    const lines = area.value.split("\n"), start = lines.slice(0, problem.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + Math.max(0, problem.column - 1);
    area.focus();
    area.setSelectionRange(start, start);
    area.scrollTop = Math.max(0, (problem.line - 5) * parseFloat(getComputedStyle(area).lineHeight));
  };
  const tell = error => said.replaceChildren(error.problems?.length ? h("div", {class: "trouble"}, h("ul", null, error.problems.map(problem => h("li", null,
    h("button", {type: "button", class: "plain", onclick: () => goTo(problem)}, `line ${problem.line}, column ${problem.column}`), ` ${problem.found}; ${problem.remedy}`))))
    : error.conflicts?.length ? h("div", {class: "trouble"}, h("p", null, `Version ${error.version} changed the same: `, error.conflicts.map((one, i) => [i ? ", " : "", h("code", null, one.path)]), ". Change the case in the forms to choose item by item, or copy your text and begin from the newest version."))
    : problemBox(error));
  onversion((version, words) => said.replaceChildren(h("div", {class: "news"}, h("p", null, `${words} came meanwhile. When you save, both are put together.`))));
  root.append(h("p", {class: "tabs"}, h("a", {class: "button", href: caseAddress(context.id, "edit", "", context.shared)}, "Edit in forms")),
    h("label", {for: "case-text"}, `case.yaml, version ${base}`), area, said,
    h("div", {class: "savebar"}, h("button", {type: "button", class: "main", onclick: async () => {
      try {
        const {version} = await put(casePath(context.id), {base, text: area.value});
        context.forget();
        announce(`Saved as version ${version}.`);
        refresh();
      } catch (error) { tell(error); }
    }}, "Save as a new version"), h("button", {type: "button", onclick: async () => {
      try {
        await post(casePath(context.id, "/check"), {text: area.value});
        said.replaceChildren(h("p", {class: "done"}, "The program finds nothing wrong."));
      } catch (error) { tell(error); }
    }}, "Check")));
}
