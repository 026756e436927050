// Every change of the case, who made it, and its audit log.

import {h, section, table, announce} from "./dom.js";
import {get, put, casePath} from "./api.js";
import {problemBox} from "./app.js";

export const when = time => (time ?? "").replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");

export async function render({root, context, refresh}) {
  const {versions} = await get(casePath(context.id, "/versions")), place = h("div");
  root.append(h("p", {class: "intro"}, "Every change makes a version with author and time. None is ever taken away; to go back is a change too."),
    table("Versions, newest first", ["Version", "Author", "When", ""], versions.map(one => h("tr", null, h("th", {scope: "row"}, String(one.version)), h("td", null, one.author ?? ""), h("td", null, when(one.time)),
      h("td", null, h("button", {type: "button", class: "plain", onclick: async () => {
        try {
          const [text, before] = await Promise.all([get(casePath(context.id, `/versions/${one.version}`)), one.version > 1 ? get(casePath(context.id, `/versions/${one.version - 1}`)) : ""]);
          place.replaceChildren(section(`Version ${one.version}`, one.version > 1 ? `What it changed against version ${one.version - 1}.` : "The first one.", one.version > 1 ? differences(before, text) : null,
            h("details", null, h("summary", null, "The whole text"), h("pre", {tabindex: "0"}, text))));
          place.querySelector("h2").tabIndex = -1;
          place.querySelector("h2").focus();
        } catch (error) { place.replaceChildren(problemBox(error)); }
      }}, "Show", h("span", {class: "hidden-text"}, ` version ${one.version}`)),
      context.may_edit && one.version !== versions[0].version ? h("button", {type: "button", class: "plain", onclick: async () => {
        try {
          const text = await get(casePath(context.id, `/versions/${one.version}`));
          const {version} = await put(casePath(context.id), {base: versions[0].version, text});
          context.forget();
          announce(`Version ${version} is as version ${one.version} was.`);
          refresh();
        } catch (error) { place.replaceChildren(problemBox(error)); }
      }}, "Go back to it", h("span", {class: "hidden-text"}, ` (version ${one.version})`)) : null)))), place);
  try {
    const {entries, holds} = await get(casePath(context.id, "/audit"));
    root.append(section("Audit log", chainText(holds), auditLog(casePath(context.id, "/audit"), entries)));
  } catch (error) {
    if (error.code !== 403 && error.code !== 404) root.append(problemBox(error));
  }
}

// The log as far as it is there, and a button for what is older.
export function auditLog(path, first) {
  const place = h("div"), more = h("button", {type: "button"}, "Older entries");
  const add = entries => {
    all.push(...entries);
    place.replaceChildren(table("Audit log, newest first", ["No.", "When", "Who", "What", "Detail", "Hash"], all.map(one => h("tr", null, h("th", {scope: "row"}, String(one.n)), h("td", {class: "when"}, when(one.time)), h("td", null, one.user ?? ""), h("td", null, one.action), h("td", null, [one.case, one.detail].filter(Boolean).join(" ")), h("td", null, h("code", null, (one.hash ?? "").slice(0, 16)))))));
    more.hidden = all.length === 0 || all[all.length - 1].n <= 1 || entries.length === 0;
  };
  const all = [];
  more.addEventListener("click", async () => {
    try { add((await get(path, {before: all[all.length - 1].n})).entries); } catch (error) { place.append(problemBox(error)); }
  });
  add(first);
  return h("div", null, place, more);
}

export const chainText = holds => holds === false ? "The chain of hashes does not hold: the log was changed outside of onus." : "Each entry holds the hash of the one before, so that nothing can be taken out unseen.";

// Lines taken out and put in, by the longest common run of lines.
function differences(before, after) {
  const a = before.split("\n"), b = after.split("\n");
  let start = 0, end = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const x = a.slice(start, a.length - end), y = b.slice(start, b.length - end), lines = [];
  if (x.length * y.length > 4e6) x.forEach(line => lines.push(["-", line])), y.forEach(line => lines.push(["+", line]));
  else {
    const best = Array.from({length: x.length + 1}, () => new Uint32Array(y.length + 1));
    for (let i = x.length - 1; i >= 0; i--) for (let j = y.length - 1; j >= 0; j--) best[i][j] = x[i] === y[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    let i = 0, j = 0;
    while (i < x.length || j < y.length) {
      if (i < x.length && j < y.length && x[i] === y[j]) { lines.push([" ", x[i]]); i++; j++; }
      else if (j >= y.length || (i < x.length && best[i + 1][j] >= best[i][j + 1])) lines.push(["-", x[i++]]);
      else lines.push(["+", y[j++]]);
    }
  }
  const kept = lines.filter(([sign], n) => sign !== " " || lines.slice(Math.max(0, n - 2), n + 3).some(([other]) => other !== " "));
  if (!kept.length) return h("p", null, "Nothing.");
  return h("pre", {class: "diff", tabindex: "0"}, kept.map(([sign, line]) => sign === " " ? `  ${line}\n` : h(sign === "-" ? "del" : "ins", null, `${sign} ${line}\n`)));
}
