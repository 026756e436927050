// Edit forms. They hold a draft of the whole case; the program checks it as it is typed, and saving makes a version.

import {h, announce, freshId} from "./dom.js";
import {ask, post, put, casePath} from "./api.js";
import {caseAddress, problemBox} from "./app.js";
import {Form, SECTIONS} from "./fields.js";
import {merge, linesOf} from "./merge.js";

const clone = value => JSON.parse(JSON.stringify(value));
const ONE = {hypotheses: "a hypothesis", propositions: "a proposition", sources: "a source", undercutters: "a circumstance", evidence: "an item", questions: "a question", positions: "a position"};
const drafts = new Map(); // by case: what is not saved yet outlives going to another view

function fresh(section, document_) {
  const taken = new Set((document_[section] ?? []).map(one => one.id));
  let n = 1;
  while (taken.has(`new-${n}`)) n++;
  const id = `new-${n}`;
  return {hypotheses: {id}, propositions: {id, any: []}, sources: {id, reliability: "C"}, undercutters: {id, probability: 0.1},
    evidence: {id, source: document_.sources?.[0]?.id ?? "", known: new Date().toISOString().slice(0, 10)}, questions: {id, outcomes: []}, positions: {id, standard: "preponderance"}}[section];
}

// Where a problem belongs: what the server says, else by the line of a text in which each line is one field.
async function locate(context, document_, problems) {
  if (!problems.length || problems.every(problem => problem.at)) return problems;
  const {text, paths} = linesOf(document_);
  try {
    await post(casePath(context.id, "/check"), {text});
    return problems;
  } catch (error) {
    if (error.code !== 422) throw error;
    return error.problems.map(problem => ({...problem, at: problem.at ?? paths[problem.line - 1] ?? null}));
  }
}

const show = value => value === undefined || value === null ? "(nothing)" : typeof value === "string" ? value : JSON.stringify(value, null, 1);

export async function render({root, context, argument, onversion, refresh, is_current}) {
  const id = context.id;
  if (!context.may_edit) { root.append(h("p", null, "You may read this case; its parties and owners may edit it.")); return; }
  if (!drafts.has(id)) drafts.set(id, {base: context.info.version, of: clone(context.document), document: clone(context.document), dirty: false});
  const draft = drafts.get(id);
  if (!draft.dirty && draft.base !== context.info.version) Object.assign(draft, {base: context.info.version, of: clone(context.document), document: clone(context.document)});

  const news = h("div"), list = h("nav", {class: "entries", "aria-label": "Parts of the case"}), sheet = h("div", {class: "sheet"}), state = h("span", {class: "quiet"});
  const save = h("button", {type: "button", class: "main", onclick: () => store()}, "Save as a new version");
  const drop = h("button", {type: "button", onclick: () => { drafts.delete(id); announce("Your changes are dropped."); refresh(); }}, "Drop my changes");
  const wrong = h("div"), at = new Map();
  let problems = [], timer = 0, checks = 0;
  let [section, entry] = (argument ?? ":").split(":");
  if (!SECTIONS.some(([name]) => name === section)) section = "";

  const find = () => section === "" ? draft.document : (draft.document[section] ?? []).find(one => one.id === entry) ?? null;
  const address = (name, one) => caseAddress(id, "edit", name || one ? `${name}:${one ?? ""}` : "", context.shared);

  function drawList() {
    const bad = path => problems.some(problem => problem.at === path || problem.at?.startsWith(`${path}/`));
    list.replaceChildren(...SECTIONS.map(([name, title]) => name === ""
      ? h("a", {href: address("", ""), "aria-current": section === "" ? "true" : null, class: problems.some(problem => problem.at && !problem.at.includes("/")) ? "wrong" : null}, title)
      : h("div", null, h("h2", null, title), h("ul", null, (draft.document[name] ?? []).map(one => h("li", null, h("a", {href: address(name, one.id), "aria-current": section === name && entry === one.id ? "true" : null, class: bad(`${name}/${one.id}`) ? "wrong" : null}, one.name ?? one.title ?? one.id)))),
        h("button", {type: "button", class: "plain", onclick: () => {
          const made = fresh(name, draft.document);
          (draft.document[name] ??= []).push(made);
          changed();
          location.hash = address(name, made.id);
        }}, `Add ${ONE[name]}`))));
  }
  function drawState() {
    state.textContent = draft.dirty ? `Changed since version ${draft.base}, not saved.` : `Version ${draft.base}, nothing changed.`;
    save.disabled = !draft.dirty;
    drop.hidden = !draft.dirty;
  }
  function tell(found) {
    problems = found;
    for (const field of at.values()) field.tell(null);
    const elsewhere = [];
    for (const problem of problems) {
      const text = `${problem.found}; ${problem.remedy}`;
      let path = problem.at ?? "";
      while (path && !at.has(path)) path = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      const owner = section === "" ? null : `${section}/${entry}`;
      if (path && (owner === null || path.startsWith(owner))) at.get(path).tell(text);
      else elsewhere.push([problem, text]);
    }
    wrong.replaceChildren(problems.length ? h("div", {class: "trouble"}, h("p", null, `The program finds ${problems.length === 1 ? "one problem" : `${problems.length} problems`}.`),
      elsewhere.length ? h("ul", null, elsewhere.map(([problem, text]) => {
        const [name, one] = (problem.at ?? "").split("/");
        const place = problem.at ? h("a", {href: one && SECTIONS.some(([s]) => s === name) ? address(name, one) : address("", "")}, problem.at) : `line ${problem.line}, column ${problem.column}`;
        return h("li", null, place, `: ${text}`);
      })) : h("p", null, h("button", {type: "button", class: "plain", onclick: () => [...at.values()].find(field => field.box.classList.contains("invalid"))?.control?.focus()}, "To the field"))) : "");
    drawList();
  }
  async function check() {
    const mine = ++checks;
    try {
      const {text, paths} = linesOf(draft.document);
      let found = [];
      try { await post(casePath(id, "/check"), {text}); } catch (error) {
        if (error.code !== 422) throw error;
        found = error.problems.map(problem => ({...problem, at: problem.at ?? paths[problem.line - 1] ?? null}));
      }
      if (mine === checks && is_current()) tell(found);
    } catch (error) {
      if (mine === checks) news.replaceChildren(problemBox(error));
    }
  }
  function changed() {
    draft.dirty = true;
    drawState();
    clearTimeout(timer);
    timer = setTimeout(check, 350);
  }
  const on_one = () => { // an id or a title that changes must show in the list
    if (section !== "" && !find()) { const same = form.entry; if (same) entry = same.id ?? ""; }
    drawList();
    changed();
  };
  let form = null;
  function drawSheet() {
    at.clear();
    const [, title, spec] = SECTIONS.find(([name]) => name === section), one = find();
    if (!one) { sheet.replaceChildren(h("p", null, "Choose a part of the case.")); return; }
    form = new Form(draft.document, at, on_one);
    form.entry = one;
    const path = section === "" ? "" : `${section}/${entry}`;
    sheet.replaceChildren(h("h2", null, section === "" ? title : `${title}: ${one.name ?? one.title ?? one.id}`),
      h("form", {onsubmit: event => { event.preventDefault(); store(); }}, form.fields(spec, one, path).filter(Boolean),
        section === "" ? null : h("button", {type: "button", class: "plain danger", onclick: () => {
          draft.document[section] = draft.document[section].filter(other => other !== one);
          changed();
          location.hash = address("", "");
        }}, `Remove ${ONE[section].replace(/^an? /, "this ")}`)));
  }
  function conflict(error) {
    // Somebody changed the same things: each is shown with what it was, and one of the two is chosen.
    const choice = new Map(error.conflicts.map(one => [one.path, "mine"]));
    news.replaceChildren(h("section", {class: "trouble", "aria-labelledby": "conflicts"}, h("h2", {id: "conflicts", tabindex: "-1"}, `Version ${error.version} changed the same ${error.conflicts.length === 1 ? "thing" : "things"}`),
      h("p", null, "Nothing is lost: choose whose value stands. All other changes of both are kept."),
      error.conflicts.map(one => {
        const name = freshId("conflict");
        const pick = (who, label, value) => { const box = freshId("pick"); return h("div", null, h("div", {class: "check"}, h("input", {type: "radio", name, id: box, checked: who === "mine", onchange: () => choice.set(one.path, who)}), h("label", {for: box}, label)), h("pre", {tabindex: "0"}, show(value))); };
        return h("fieldset", null, h("legend", null, h("code", null, one.path)), h("div", {class: "conflict"}, pick("mine", "Mine", one.mine), pick("theirs", "Theirs", one.theirs), h("div", null, h("p", {class: "quiet"}, `As it was in version ${draft.base}`), h("pre", {tabindex: "0"}, show(one.base)))));
      }),
      h("button", {type: "button", class: "main", onclick: async () => {
        try {
          const {content, answer} = await ask("GET", casePath(id, "/document"));
          const theirs = content.document ?? content, version = Number(answer.headers.get("X-Onus-Version")) || error.version;
          const whose = path => choice.get(path) ?? [...choice].find(([one]) => path.startsWith(`${one}/`) || one.startsWith(`${path}/`))?.[1] ?? "mine";
          draft.document = merge(draft.of, draft.document, theirs, whose);
          draft.of = clone(theirs);
          draft.base = version;
          news.replaceChildren();
          await store();
        } catch (failure) { news.replaceChildren(problemBox(failure)); }
      }}, "Save with these")));
    document.getElementById("conflicts")?.focus();
  }
  async function store() {
    save.disabled = true;
    clearTimeout(timer);
    try {
      const {version} = await put(casePath(id), {base: draft.base, document: draft.document});
      drafts.delete(id);
      context.forget();
      announce(`Saved as version ${version}.`);
      await refresh();
      document.querySelector(".savebar span")?.replaceChildren(`Saved as version ${version}.`);
    } catch (error) {
      if (error.code === 409) conflict(error);
      else if (error.code === 422) {
        tell(await locate(context, draft.document, error.problems));
        announce(`Not saved: ${error.problems.length} problems.`);
        at.get([...at.keys()].find(path => at.get(path).box.classList.contains("invalid")))?.control?.focus();
      } else news.replaceChildren(problemBox(error));
      drawState();
    }
  }
  onversion(async (said, text) => {
    if (!draft.dirty) { refresh(); return; }
    if (said.version === draft.base) return;
    news.replaceChildren(h("div", {class: "news"}, h("p", null, `${text} came meanwhile. Your changes stay; when you save, both are put together, and where both changed the same you are asked.`)));
  });

  root.append(h("p", {class: "intro"}, "What you write is checked by the program as you write, by the same rules and in the same words as ", h("code", null, "onus check"), ". Numbers may be ranges: 0.1 to 0.3."),
    h("p", {class: "tabs"}, h("a", {class: "button", href: caseAddress(id, "text", "", context.shared)}, "Edit as text")), news, wrong,
    h("div", {class: "editor"}, list, sheet), h("div", {class: "savebar"}, save, drop, state));
  drawList();
  drawSheet();
  drawState();
  if (draft.dirty) check();
  const leave = event => { if (drafts.get(id)?.dirty) event.preventDefault(); };
  addEventListener("beforeunload", leave);
  return () => { clearTimeout(timer); removeEventListener("beforeunload", leave); };
}

// A proposal, as an import makes one, becomes the draft.
export function propose(id, version, was, document_) {
  drafts.set(id, {base: version, of: clone(was), document: clone(document_), dirty: true});
}

