// Elements without a framework. Nothing here sets a style attribute or inserts markup: what a case says is always text.

// At the beginning of a text: its first character must not be parted from the element before it.
const JOINER = "\u2060";
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" && "value" in element) element.value = value;
    else if (name === "checked" || name === "selected" || name === "disabled" || name === "open" || name === "hidden") element[name] = value === true;
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    if (typeof child === "string" && child.startsWith(JOINER) && element.lastChild instanceof Element) { // stays on its line
      const pair = document.createElement("span");
      pair.className = "nowrap";
      pair.append(element.lastChild, child.slice(1, 2));
      element.append(pair, child.slice(2));
    } else element.append(child);
  }
  return element;
}

export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function s(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

let lastId = 0;
export function freshId(prefix = "e") {
  return `${prefix}-${++lastId}`;
}

// Says something to who listens to the page rather than looks at it.
export function announce(text) {
  const place = document.getElementById("status");
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}

export function labelled(label, control, hint) {
  control.id ||= freshId("field");
  const note = hint ? h("span", {class: "hint", id: freshId("hint")}, hint) : null;
  if (note) control.setAttribute("aria-describedby", note.id);
  return h("div", {class: "field"}, h("label", {for: control.id}, label), control, note);
}

export function select(options, value, onchange, attributes) {
  return h("select", {...attributes, onchange: event => onchange(event.target.value)},
    options.map(([id, name]) => h("option", {value: id, selected: id === (value ?? "")}, name)));
}

export function section(title, intro, ...children) {
  const id = freshId("h");
  return h("section", {class: "part", "aria-labelledby": id}, h("h2", {id}, title), intro ? h("p", {class: "intro"}, intro) : null, ...children);
}

// A head that begins with # stands over numbers. On narrow screens rows are stacked; the roles keep it a table for who
// listens, and each cell says its head.
export function table(caption, heads, rows, attributes) {
  const columns = heads.map(head => head instanceof Node ? head : head.startsWith("#") ? h("th", {scope: "col", class: "n"}, head.slice(1)) : h("th", {scope: "col"}, head));
  for (const column of columns) if (!column.textContent) column.append(h("span", {class: "hidden-text"}, "What can be done"));
  const body = rows.filter(Boolean);
  for (const row of [...body, h("tr", null, columns)]) {
    row.setAttribute("role", "row");
    [...row.cells].forEach((cell, i) => {
      cell.setAttribute("role", row.parentNode === null && columns.includes(cell) ? "columnheader" : cell.tagName === "TH" ? "rowheader" : "cell");
      if (cell.tagName === "TD" && !cell.classList.contains("chart") && columns[i] && !columns[i].querySelector(".hidden-text")) cell.dataset.label = columns[i].textContent;
    });
  }
  return h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
    h("table", {...attributes, role: "table", class: `stack ${attributes?.class ?? ""}`}, h("caption", null, caption),
      h("thead", {role: "rowgroup"}, columns[0]?.parentNode), h("tbody", {role: "rowgroup"}, body)));
}

// Loads a classic script of this server once.
const loaded = new Map();
export function loadScript(url) {
  if (!loaded.has(url))
    loaded.set(url, new Promise((resolve, reject) => {
      document.head.append(h("script", {src: url, onload: resolve, onerror: () => { loaded.delete(url); reject(new Error(`${url} could not be loaded.`)); }}));
    }));
  return loaded.get(url);
}

export function download(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], {type}));
  const link = h("a", {href: url, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
