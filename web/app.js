// The frame of the page: which view the address names, the case around it, and what others do meanwhile.

import {h, announce, select, labelled} from "./dom.js";
import {get, openSession, session, casePath, ApiError} from "./api.js";
import {listenForFigures} from "./figures.js";

// Views of a case: [name in the address, title, whether position, day and question choose what is shown, module].
const CASE_VIEWS = [
  ["glance", "At a glance", "pda", () => import("./view_glance.js")],
  ["matrix", "Matrix", "pda", () => import("./view_matrix.js")],
  ["weights", "Weights", "pda", () => import("./view_weights.js")],
  ["timeline", "Timeline", "a", () => import("./view_timeline.js")],
  ["dispute", "Dispute", "da", () => import("./view_dispute.js")],
  ["what-if", "What if", "pda", () => import("./view_what_if.js")],
  ["links", "Links", "pda", () => import("./view_links.js")],
  ["map", "Map of relays", "", () => import("./view_map.js")],
  ["edit", "Edit", "", () => import("./view_edit.js")],
  ["versions", "Versions", "", () => import("./view_versions.js")],
  ["files", "Import, export, sign", "", () => import("./view_exchange.js")],
  ["members", "Members", "", () => import("./view_members.js")],
];
const HIDDEN_VIEWS = [["text", "Edit as text", "", () => import("./view_text.js")], ["item", "Item", "pda", () => import("./view_explain.js")], ["source", "Source", "pda", () => import("./view_explain.js")]];
const PAGES = [
  ["cases", "Cases", () => import("./view_cases.js")],
  ["reference", "Reference", () => import("./view_reference.js")],
  ["functions", "Functions", () => import("./view_functions.js")],
  ["account", "Account", () => import("./view_account.js")],
  ["login", "Log in", () => import("./view_login.js")],
];

let cleanUp = null, current = null, turn = 0, events = null, eventsOf = null;

export function parseAddress(hash = location.hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  const params = Object.fromEntries(new URLSearchParams(query ?? ""));
  if (parts[0] === "case" && parts[1]) return {page: "case", id: parts[1], view: parts[2] ?? "glance", argument: parts[3], params};
  return {page: parts[0] ?? "cases", argument: parts[1], params};
}

export function caseAddress(id, view, argument, params = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  return `#/case/${encodeURIComponent(id)}/${view}${argument ? `/${encodeURIComponent(argument)}` : ""}${query ? `?${query}` : ""}`;
}

// What a view of a case is given. Answers of the server are kept until the case changes.
class CaseContext {
  constructor(id) {
    this.id = id;
    this.kept = new Map();
  }
  forget() { this.kept.clear(); }
  read(rest, query) {
    const key = rest + JSON.stringify(query ?? {});
    if (!this.kept.has(key)) {
      const asked = get(casePath(this.id, rest), query);
      this.kept.set(key, asked);
      asked.catch(() => this.kept.delete(key));
    }
    return this.kept.get(key);
  }
  async open() {
    const [info, got] = await Promise.all([this.read(""), this.read("/document")]);
    this.info = info;
    this.document = got.document ?? got;
    const named = list => new Map((list ?? []).map(one => [one.id, one.title ?? one.name ?? one.id]));
    this.names = {
      items: named(this.document.evidence), sources: named(this.document.sources), undercutters: named(this.document.undercutters),
      hypotheses: new Map([...named(this.document.hypotheses), ...named(this.document.propositions)]),
      positions: named(info.positions),
    };
    return this;
  }
  get options() {
    const {position, as_of, about} = this.params;
    return {position: position ?? (this.info.position || this.info.positions?.[0]?.id), as_of, about};
  }
  get may_edit() { return this.info.role !== "reader"; }
  get is_owner() { return this.info.role === "owner"; }
  link(view, argument, params) { return caseAddress(this.id, view, argument, {...this.shared, ...params}); }
  get shared() {
    const {position, as_of, about} = this.params;
    return {position, as_of, about};
  }
  hypothesis(id) { return this.names.hypotheses.get(id) ?? (id?.startsWith("country:") ? `Country ${id.slice(8)}` : id); }
}

function setTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try { localStorage.setItem("onus-theme", theme); } catch { /* it is not kept then */ }
}

function themeControl() {
  let now = "system";
  try { now = localStorage.getItem("onus-theme") ?? "system"; } catch { /* the system's */ }
  return select([["system", "System"], ["light", "Light"], ["dark", "Dark"]], now, setTheme, {"aria-label": "Colours", class: "theme"});
}

function topBar(address) {
  const here = address.page === "case" ? "cases" : address.page;
  return h("header", {class: "top"},
    h("a", {class: "brand", href: "#/"}, h("span", {class: "scales", "aria-hidden": "true"}), "onus"),
    h("nav", {"aria-label": "Main"}, h("ul", null, PAGES.filter(([id]) => id !== "login").map(([id, title]) =>
      h("li", null, h("a", {href: id === "cases" ? "#/" : `#/${id}`, "aria-current": here === id ? "page" : null}, title))))),
    h("div", {class: "me"}, themeControl(), session.user && !session.is_local ? h("span", {class: "quiet user"}, session.user) : null));
}

function controls(context, uses) {
  const change = part => {
    const params = {...context.params, ...part};
    location.hash = caseAddress(context.id, current.view, current.argument, params);
  };
  const document_ = context.document, list = [];
  if (uses.includes("p")) list.push(labelled("Position", select((context.info.positions ?? []).map(p => [p.id, p.name ?? p.id]), context.options.position, position => change({position}))));
  if (uses.includes("d")) {
    const days = [...new Set((document_.evidence ?? []).flatMap(item => [item.known, item.retracted]).filter(Boolean).map(String))].sort();
    list.push(labelled("As of", select([["", "everything known"], ...days.reverse().map(day => [day, day])], context.params.as_of, as_of => change({as_of}))));
  }
  if (uses.includes("a")) list.push(labelled("About", select([["", `${context.hypothesis(document_.about) ?? "the most probable"} (the case's)`],
    ...[...(document_.hypotheses ?? []), ...(document_.propositions ?? [])].filter(one => one.id !== document_.about).map(one => [one.id, one.name ?? one.id])],
    context.params.about, about => change({about}))));
  return list.length ? h("form", {class: "controls", "aria-label": "What is shown", onsubmit: event => event.preventDefault()}, list) : null;
}

export function problemBox(error) {
  const problems = error instanceof ApiError ? error.problems : [];
  return h("div", {class: "trouble", role: "alert"}, h("p", null, error.message || String(error)),
    problems.length ? h("ul", null, problems.map(p => h("li", null, `${p.line ? `line ${p.line}, column ${p.column}: ` : ""}${p.found}; ${p.remedy}`))) : null);
}

function listen(id) {
  if (eventsOf === id) return;
  events?.close();
  events = null;
  eventsOf = id;
  if (!id) return;
  events = new EventSource(`/api/v1${casePath(id, "/events")}`);
  events.addEventListener("version", event => {
    const said = JSON.parse(event.data);
    if (!current?.context || current.id !== id || said.version <= (current.context.info?.version ?? 0)) return;
    const text = `Version ${said.version}${said.author ? ` by ${said.author}` : ""}`;
    current.context.forget();
    if (current.onversion) {
      current.onversion(said, text);
      announce(text);
    } else {
      announce(`${text}. The page shows it.`);
      show(false);
    }
  });
  events.addEventListener("presence", event => {
    const others = (JSON.parse(event.data).users ?? []).filter(user => user !== session.user);
    const place = document.getElementById("presence");
    if (place) place.textContent = others.length ? `also here: ${others.join(", ")}` : "";
    if (current) current.others = others;
  });
}

async function show(moves_focus = true) {
  const mine = ++turn;
  const address = parseAddress();
  const same_view = current && current.page === address.page && current.id === address.id && current.view === address.view && current.argument === address.argument;
  if (!session.user && address.page !== "login") {
    location.hash = `#/login?to=${encodeURIComponent(location.hash)}`;
    return;
  }
  const frame = document.getElementById("frame");
  frame.setAttribute("aria-busy", "true");
  const main = h("main", {id: "main", tabindex: "-1"});
  let title, module, chrome, context = null;
  try {
    if (address.page === "case") {
      const view = [...CASE_VIEWS, ...HIDDEN_VIEWS].find(([id]) => id === address.view) ?? CASE_VIEWS[0];
      context = current?.context?.id === address.id ? current.context : new CaseContext(address.id);
      [module] = await Promise.all([view[3](), context.open()]);
      if (mine !== turn) return;
      context.params = address.params;
      title = view[1];
      current = {...address, context};
      chrome = h("div", {class: "case"},
        h("section", {class: "case-head", "aria-label": "The case"}, h("p", {class: "case-title"}, h("a", {href: caseAddress(address.id, "glance")}, context.info.title)),
          h("p", {class: "quiet"}, `version ${context.info.version} `, h("span", {id: "presence"}))),
        h("nav", {class: "views", "aria-label": "Views of the case"}, h("ul", null, CASE_VIEWS.map(([id, name]) =>
          h("li", null, h("a", {href: context.link(id), "aria-current": id === view[0] ? "page" : null}, name))))),
        h("div", {class: "view"}, controls(context, view[2]), main));
    } else {
      const page = PAGES.find(([id]) => id === address.page) ?? PAGES[0];
      module = await page[2]();
      title = page[1];
      current = {...address};
      chrome = h("div", {class: "page"}, main);
    }
    if (mine !== turn) return;
    cleanUp?.();
    cleanUp = null;
    listen(address.page === "case" ? address.id : null);
    const heading = h("h1", {tabindex: "-1"}, title);
    main.append(heading);
    const here = current;
    const done = await module.render({root: main, context, heading, argument: address.argument, params: address.params, view: address.view,
      onversion: handler => { here.onversion = handler; }, refresh: () => show(false), is_current: () => mine === turn});
    if (mine !== turn) { done?.(); return; }
    cleanUp = typeof done === "function" ? done : null;
  } catch (error) {
    if (mine !== turn) return;
    if (error.code === 401) {
      session.user = null;
      location.hash = `#/login?to=${encodeURIComponent(location.hash)}`;
      return;
    }
    if (!(error instanceof ApiError)) console.error(error);
    if (!chrome) chrome = h("div", {class: "page"}, main);
    if (!main.firstChild) main.append(h("h1", {tabindex: "-1"}, title ?? "Not found"));
    main.append(problemBox(error));
    if (!current) current = {...address};
  }
  const old = document.activeElement?.closest?.(".controls, .views") ? [document.activeElement.closest(".controls") ? ".controls" : ".views", document.activeElement] : null;
  const label = old && (old[1].labels?.[0]?.textContent ?? old[1].textContent);
  frame.replaceChildren(topBar(address), chrome);
  frame.removeAttribute("aria-busy");
  document.title = `${context?.info ? `${context.info.title} · ` : ""}${title ?? "onus"} · onus`;
  if (same_view && old) // choosing another position must not lose the place
    for (const element of frame.querySelectorAll(`${old[0]} select, ${old[0]} a`))
      if ((element.labels?.[0]?.textContent ?? element.textContent) === label) element.focus();
  if (!same_view && moves_focus) {
    main.querySelector("h1")?.focus({preventScroll: true});
    scrollTo(0, 0);
  }
  main.dispatchEvent(new CustomEvent("shown"));
  document.documentElement.dataset.ready = location.hash || "#/";
}

async function begin() {
  try { setTheme(localStorage.getItem("onus-theme") ?? "system"); } catch { /* the system's */ }
  listenForFigures();
  addEventListener("hashchange", () => show());
  try {
    await openSession();
  } catch (error) {
    if (error.code !== 401) {
      document.getElementById("frame").replaceChildren(h("main", {id: "main"}, h("h1", null, "onus"), problemBox(error)));
      return;
    }
  }
  await show(false);
  performance.mark("onus-interactive");
}

begin();
