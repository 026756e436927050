// Which keys a case has, and a control for each kind. The page checks nothing itself: what is typed goes to the program,
// and what the program says about it is shown at the field.

import {h, select, freshId} from "./dom.js";

const TLP = [["", "not marked"], ["clear", "clear"], ["green", "green"], ["amber", "amber"], ["amber+strict", "amber+strict"], ["red", "red"]];
const ENFSI = ["weak", "moderate", "moderately-strong", "strong", "very-strong", "extremely-strong"];
const WORDS = [["", ""], ...ENFSI.map(word => [word, word]), ...ENFSI.map(word => [`against-${word}`, `against-${word}`])];
const PROBABILITY = "a probability, or a range as 0.1 to 0.3 (its 5 % and 95 % quantiles)";

const ROW = [
  ["likelihood", "likelihoods: P(finding | hypothesis)", "row"], ["ratio", "ratios over the open hypothesis", "row"], ["strength", "words of forensic laboratories", "words"],
  ["says", "a statement", "says"], ["compute", "computed from an artefact", "compute"], ["repeats", "a repeat of another item", "repeats"],
];

// [key, label, kind, hint, what it refers to]
export const SECTIONS = [
  ["", "The case", [["title", "Title", "line"], ["question", "Question", "text", "what the hypotheses answer"], ["about", "About", "reference", "what the verdict is about", "hypotheses+propositions"], ["tlp", "Traffic Light Protocol", "tlp"],
    ["standards", "Standards of its own", "numbers", "a name and a number between 0 and 1 each"]]],
  ["hypotheses", "Hypotheses", [["id", "Id", "line"], ["name", "Name", "line"], ["open", "The open one: someone not listed", "yes"], ["imitates", "Imitates", "reference", "it is made to look like that one [M-2]", "hypotheses"], ["prior", "Prior", "probability", PROBABILITY], ["actors", "Actors", "lines", "names in reference data, one a line"], ["country", "Country", "line", "two letters"]]],
  ["propositions", "Propositions", [["id", "Id", "line"], ["name", "Name", "line"], ["any", "Any of", "references", "the hypotheses that it holds under", "hypotheses"]]],
  ["sources", "Sources", [["id", "Id", "line"], ["name", "Name", "line"], ["reliability", "Reliability", "probability", `Admiralty letter A to F, or ${PROBABILITY}`], ["country", "Country", "line", "two letters"], ["url", "URL", "line", "shown, never fetched"], ["tlp", "Traffic Light Protocol", "tlp"]]],
  ["undercutters", "Circumstances", [["id", "Id", "line"], ["name", "Name", "line"], ["probability", "Probability", "probability", PROBABILITY], ["kind", "Kind", "choice", "what it is about", [["", "any"], ["relays", "relays: infrastructure is shared with strangers"], ["tools", "tools: code or tools are shared or leaked"]]]]],
  ["evidence", "Evidence", [["id", "Id", "line"], ["title", "Title", "line"], ["source", "Source", "reference", "who provides it", "sources"], ["known", "Known", "line", "the day on which the parties knew it, as 2014-12-22"], ["observed", "Happened", "line", "a day, not after it was known"], ["retracted", "Retracted", "line", "a day"],
    ["credibility", "Credibility", "number", "Admiralty number 1 to 6"], ["@row", "What it says", "rows"], ["forgeable", "Forgeable", "probability", `how well an imitator could have made it [M-2]; ${PROBABILITY}`], ["undercut", "What may cut it loose", "references", "in the order in which they are asked [M-5]", "undercutters"],
    ["would_say_anyway", "It would be said whatever the truth", "yes"], ["reasons", "Reasons", "text", "why these numbers and not others"], ["attachments", "Attachments", "lines", "files of the case, one a line"], ["sealed", "Sealed", "fixed"], ["vouched", "What the holder vouches for", "vouched"], ["unseen", "Unseen", "probability", "that what is sealed does not show what its holder says"], ["tlp", "Traffic Light Protocol", "tlp"]]],
  ["questions", "Questions", [["id", "Id", "line"], ["name", "Name", "line"], ["outcomes", "Answers", "outcomes", "for each hypothesis the values of all answers add up to 1"]]],
  ["positions", "Positions", [["id", "Id", "line"], ["name", "Name", "line"], ["standard", "Standard of proof", "probability", "preponderance, clear-and-convincing, beyond-reasonable-doubt, a name of the case's own, or a number"], ["access", "Access to sealed items", "access", "all, public, or ids with commas"], ["prior", "Its prior", "map", PROBABILITY, "hypotheses"], ["reliability", "Its trust in sources", "map", "empty: as in the case", "sources"], ["probability", "Its probabilities of circumstances", "map", "empty: as in the case", "undercutters"], ["evidence", "Items that it judges otherwise", "overrides"], ["tlp", "Traffic Light Protocol", "tlp"]]],
];

const OVERRIDE = [["credibility", "Credibility", "number", "Admiralty number 1 to 6"], ["@row", "What it says", "rows"], ["forgeable", "Forgeable", "probability", PROBABILITY], ["unseen", "Unseen", "probability", PROBABILITY], ["would_say_anyway", "It would be said whatever the truth", "yes"], ["reasons", "Reasons", "text"]];

// "0.1 to 0.3", "[0.1, 0.3]", "0.1–0.3" -> [0.1, 0.3]; "0.2" -> 0.2; anything else as it was typed.
export function parseValue(text) {
  const typed = text.trim();
  if (typed === "") return undefined;
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i, two = typed.replace(/^\[|\]$/g, "").split(/\s*(?:,|\u2013|\bto\b|;)\s*/);
  if (number.test(typed)) return Number(typed);
  if (two.length === 2 && two.every(one => number.test(one))) return two.map(Number);
  return typed;
}

export function showValue(value) {
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.join(" to ") : String(value);
}

// Builds the fields of one map. `path` is where it stands in the document; `at` collects path -> element for problems.
export class Form {
  constructor(document_, at, onchange) {
    this.document = document_;
    this.at = at;
    this.onchange = onchange;
  }
  ids(what) {
    return what.split("+").flatMap(section => (this.document[section] ?? []).map(one => [one.id, one.name ?? one.title ?? one.id]));
  }
  set(map, key, value) {
    if (value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0 && key !== "evidence") || (value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0)) delete map[key];
    else map[key] = value;
    this.onchange();
  }
  // The place of a field, with room for what the program says about it.
  wrap(path, label, control, hint, {inline = false} = {}) {
    control.id ||= freshId("field");
    const said = h("span", {class: "problem", id: freshId("problem"), hidden: true}), note = hint ? h("span", {class: "hint", id: freshId("hint")}, hint) : null;
    const describe = () => control.setAttribute("aria-describedby", [note?.id, said.hidden ? null : said.id].filter(Boolean).join(" "));
    if (note) describe();
    const box = h("div", {class: inline ? "check field" : "field", "data-path": path}, inline ? [control, h("label", {for: control.id}, label)] : [h("label", {for: control.id}, label), control], note, said);
    this.at.set(path, {box, control, tell: text => {
      said.textContent = text ?? "";
      said.hidden = !text;
      box.classList.toggle("invalid", Boolean(text));
      if (text) control.setAttribute("aria-invalid", "true"); else control.removeAttribute("aria-invalid");
      describe();
    }});
    return box;
  }
  group(path, label, hint, ...children) {
    const said = h("span", {class: "problem", hidden: true});
    const box = h("fieldset", {"data-path": path}, h("legend", null, label), hint ? h("span", {class: "hint"}, hint) : null, said, ...children);
    this.at.set(path, {box, control: box.querySelector("input, select, textarea"), tell: text => { said.textContent = text ?? ""; said.hidden = !text; }});
    return box;
  }
  fields(spec, map, path) {
    return spec.map(([key, label, kind, hint, to]) => {
      if (kind === "fixed" && map[key] === undefined) return null;
      if (kind === "vouched" && map.sealed === undefined) return null;
      if (key === "unseen" && map.sealed === undefined && !path.startsWith("positions/")) return null;
      return this[kind](map, key, label, `${path ? `${path}/` : ""}${key}`, hint, to, path);
    });
  }
  line(map, key, label, path, hint) {
    return this.wrap(path, label, h("input", {type: "text", value: map[key] ?? "", autocomplete: "off", oninput: event => this.set(map, key, event.target.value)}), hint);
  }
  text(map, key, label, path, hint) {
    return this.wrap(path, label, h("textarea", {value: map[key] ?? "", rows: "4", oninput: event => this.set(map, key, event.target.value)}), hint);
  }
  yes(map, key, label, path, hint) {
    return this.wrap(path, label, h("input", {type: "checkbox", checked: map[key] === true, onchange: event => this.set(map, key, event.target.checked ? true : undefined)}), hint, {inline: true});
  }
  probability(map, key, label, path, hint) {
    return this.wrap(path, label, h("input", {type: "text", inputmode: "decimal", autocomplete: "off", value: showValue(map[key]), oninput: event => this.set(map, key, parseValue(event.target.value))}), hint);
  }
  number(map, key, label, path, hint) { return this.probability(map, key, label, path, hint); }
  lines(map, key, label, path, hint) {
    return this.wrap(path, label, h("textarea", {rows: "3", value: (map[key] ?? []).join("\n"), oninput: event => this.set(map, key, event.target.value.split("\n").map(one => one.trim()).filter(Boolean))}), hint);
  }
  choice(map, key, label, path, hint, options) {
    return this.wrap(path, label, select(options, map[key], value => this.set(map, key, value)), hint);
  }
  tlp(map, key, label, path) { return this.choice(map, key, label, path, "how far it may travel", TLP); }
  reference(map, key, label, path, hint, to) {
    const ids = this.ids(to), known = ids.some(([id]) => id === map[key]);
    return this.wrap(path, label, select([["", "none"], ...ids, ...(map[key] && !known ? [[map[key], `${map[key]} (not there)`]] : [])], map[key], value => this.set(map, key, value)), hint);
  }
  references(map, key, label, path, hint, to) {
    const order = [...(map[key] ?? [])];
    return this.group(path, label, hint, this.ids(to).map(([id, name]) => {
      const box = h("input", {type: "checkbox", id: freshId("field"), checked: order.includes(id), onchange: event => {
        if (event.target.checked) order.push(id); else order.splice(order.indexOf(id), 1);
        this.set(map, key, [...order]);
      }});
      return h("div", {class: "check"}, box, h("label", {for: box.id}, name));
    }));
  }
  access(map, key, label, path, hint) {
    return this.wrap(path, label, h("input", {type: "text", autocomplete: "off", value: Array.isArray(map[key]) ? map[key].join(", ") : map[key] ?? "", oninput: event => {
      const typed = event.target.value.trim();
      this.set(map, key, ["all", "public", ""].includes(typed) ? typed : typed.split(/\s*,\s*/).filter(Boolean));
    }}), hint);
  }
  fixed(map, key, label, path) {
    return this.group(path, label, "made by onus seal; not changed here", h("pre", {tabindex: "0"}, JSON.stringify(map[key], null, 1)));
  }
  // One value for each of a list of ids; what is left empty is not named.
  map(map, key, label, path, hint, to) {
    return this.group(path, label, hint, h("div", {class: "pairs"}, this.ids(to).map(([id, name]) => this.wrap(`${path}/${id}`, name, h("input", {type: "text", inputmode: "decimal", autocomplete: "off", value: showValue(map[key]?.[id]), oninput: event => {
      const values = {...map[key]}, value = parseValue(event.target.value);
      if (value === undefined) delete values[id]; else values[id] = value;
      this.set(map, key, values);
    }})))));
  }
  row(map, key, label, path) { return this.map(map, key, label, path, key === "likelihood" ? "a likelihood or a range for each; names the open hypothesis; empty: as the open one, or by imitation [M-2]" : "over the open hypothesis, which is not named; empty: 1, or by imitation [M-2]", "hypotheses"); }
  words(map, key, label, path) {
    return this.group(path, label, "over the open hypothesis, which is not named", h("div", {class: "pairs"}, this.ids("hypotheses").map(([id, name]) => this.wrap(`${path}/${id}`, name, select(WORDS, map[key]?.[id], value => {
      const values = {...map[key]};
      if (value) values[id] = value; else delete values[id];
      this.set(map, key, values);
    })))));
  }
  says(map, key, label, path) {
    const says = map[key] ?? {}, side = "not" in says ? "not" : "that";
    const change = part => {
      const next = {...map[key], ...part};
      for (const name of Object.keys(next)) if (next[name] === undefined || next[name] === "") delete next[name];
      this.set(map, key, next);
    };
    return this.group(path, label, "", h("div", {class: "pairs"},
      this.wrap(`${path}/side`, "It says", select([["that", "that it was"], ["not", "that it was not"]], side, value => { const who = map[key]?.that ?? map[key]?.not; change({that: undefined, not: undefined, [value]: who}); })),
      this.wrap(`${path}/${side}`, "Who", select([["", "none"], ...this.ids("hypotheses+propositions")], says[side], value => change({["not" in (map[key] ?? {}) ? "not" : "that"]: value}))),
      ...[["if_true", "P(it is said | true)"], ["if_false", "P(it is said | false)"]].map(([name, text]) => this.wrap(`${path}/${name}`, text, h("input", {type: "text", inputmode: "decimal", value: showValue(says[name]), oninput: event => change({[name]: parseValue(event.target.value)})}), name === "if_true" ? "0.9 if empty" : "0.1 if empty"))));
  }
  compute(map, key, label, path, hint, to, parent) {
    return h("div", null, this.choice(map, "compute", "Engine", path, "onus compute makes the row; the case cannot be assessed before", [["", "none"], ["infrastructure", "infrastructure"], ["techniques", "techniques"], ["code", "code"]]),
      this.line(map, "from", "Artefact", `${parent}/from`, "a file of the case"), this.lines(map, "leave_out", "Leave out", `${parent}/leave_out`, "reports that the reference must not use, one a line"));
  }
  repeats(map, key, label, path) { return this.reference(map, "repeats", "The original", path, "known no later, and no repeat itself", "evidence"); }
  // Exactly one kind of row; changing the kind takes the other away.
  rows(map, key, label, path, hint, to, parent, kinds = ROW) {
    const now = kinds.find(([name]) => map[name] !== undefined)?.[0] ?? "", place = h("div");
    const put = name => {
      const kind = kinds.find(([one]) => one === name);
      place.replaceChildren(...(kind ? [this[kind[2]](map, name, kind[1], `${parent}/${name}`, "", null, parent)] : []));
    };
    const chosen = select([["", parent.startsWith("positions/") ? "as in the case" : "nothing yet"], ...kinds.map(([name, text]) => [name, text])], now, name => {
      for (const [other] of kinds) if (other !== name) delete map[other];
      if (name !== "compute") { delete map.from; delete map.leave_out; }
      put(name);
      this.onchange();
    });
    put(now);
    return h("div", null, this.wrap(`${parent}/@row`, label, chosen), place);
  }
  vouched(map, key, label, path) {
    map[key] ??= {};
    return this.group(path, label, "", this.rows(map[key], "@row", "Kind", "", "", null, path, ROW.slice(0, 4)));
  }
  numbers(map, key, label, path, hint) {
    const place = h("div");
    const draw = () => place.replaceChildren(...Object.entries(map[key] ?? {}).map(([name, value]) => h("div", {class: "row"},
      this.wrap(`${path}/${name}`, name, h("input", {type: "text", inputmode: "decimal", value: showValue(value), oninput: event => this.set(map, key, {...map[key], [name]: parseValue(event.target.value)})})),
      h("button", {type: "button", class: "plain danger", onclick: () => { const rest = {...map[key]}; delete rest[name]; this.set(map, key, rest); draw(); }}, `Remove ${name}`))));
    const fresh = h("input", {type: "text", "aria-label": `${label}: a new name`});
    draw();
    return this.group(path, label, hint, place, h("div", {class: "row"}, fresh, h("button", {type: "button", onclick: () => { if (fresh.value) { this.set(map, key, {...map[key], [fresh.value]: 0.5}); fresh.value = ""; draw(); } }}, "Add")));
  }
  outcomes(map, key, label, path, hint) {
    const place = h("div");
    const draw = () => place.replaceChildren(...(map[key] ?? []).map((outcome, i) => this.group(`${path}/${i}`, outcome.name || `answer ${i + 1}`, "",
      this.line(outcome, "name", "Answer", `${path}/${i}/name`), this.map(outcome, "likelihood", "P(answer | hypothesis)", `${path}/${i}/likelihood`, "", "hypotheses"),
      h("button", {type: "button", class: "plain danger", onclick: () => { map[key].splice(i, 1); this.onchange(); draw(); }}, "Remove this answer"))));
    draw();
    return this.group(path, label, hint, place, h("button", {type: "button", onclick: () => { (map[key] ??= []).push({name: "", likelihood: {}}); this.onchange(); draw(); }}, "Add an answer"));
  }
  overrides(map, key, label, path) {
    const place = h("div"), add = h("select", {"aria-label": "An item to judge otherwise"});
    const draw = () => {
      place.replaceChildren(...Object.entries(map[key] ?? {}).map(([id, own]) => {
        const title = this.ids("evidence").find(([one]) => one === id)?.[1] ?? id;
        return h("details", {open: false}, h("summary", null, title), ...this.fields(OVERRIDE, own, `${path}/${id}`),
          h("button", {type: "button", class: "plain danger", onclick: () => { delete map[key][id]; this.set(map, key, map[key]); draw(); }}, "Judge it as in the case"));
      }));
      add.replaceChildren(...this.ids("evidence").filter(([id]) => !(id in (map[key] ?? {}))).map(([id, name]) => h("option", {value: id}, name)));
    };
    draw();
    return this.group(path, label, "", place, h("div", {class: "row"}, add, h("button", {type: "button", onclick: () => { if (add.value) { (map[key] ??= {})[add.value] = {}; this.onchange(); draw(); } }}, "Judge it otherwise")));
  }
}
