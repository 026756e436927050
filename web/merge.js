// What two people changed since the same version, put together: the same rule as the server's, item by item.

const is_map = value => value !== null && typeof value === "object" && !Array.isArray(value);
const is_list_by_id = value => Array.isArray(value) && value.every(one => is_map(one) && "id" in one);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const byId = list => Object.fromEntries((list ?? []).map(one => [one.id, one]));

// `resolve(path)` says whose value counts where both changed: "mine" or "theirs".
export function merge(base, mine, theirs, resolve, path = "") {
  if (same(mine, base)) return theirs;
  if (same(theirs, base) || same(mine, theirs)) return mine;
  const below = name => path ? `${path}/${name}` : name;
  if (is_map(mine) && is_map(theirs) && (is_map(base) || base === undefined)) {
    const merged = {};
    for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
      const value = merge(base?.[key], mine[key], theirs[key], resolve, below(key));
      if (value !== undefined) merged[key] = value;
    }
    return merged;
  }
  if (is_list_by_id(mine) && is_list_by_id(theirs) && (base === undefined || is_list_by_id(base))) {
    const merged = merge(byId(base), byId(mine), byId(theirs), resolve, path);
    return Object.values(merged);
  }
  return resolve(path) === "mine" ? mine : theirs;
}

// A document as text with one value to a line, and for each line the path of what stands there. The program's problems
// name lines; this is how they find their field.
export function linesOf(document) {
  const lines = [], paths = [];
  const put = (indent, text, path) => { lines.push("  ".repeat(indent) + text); paths.push(path); };
  const flat = value => value === null || typeof value !== "object" || (Array.isArray(value) && value.every(one => one === null || typeof one !== "object"));
  function write(value, indent, before, path, after) {
    if (flat(value)) { put(indent, `${before}${JSON.stringify(value)}${after}`, path); return; }
    const is_list = Array.isArray(value), entries = is_list ? value.map((one, i) => [one?.id ?? String(i), one]) : Object.entries(value);
    put(indent, `${before}${is_list ? "[" : "{"}`, path);
    entries.forEach(([key, one], i) => write(one, indent + 1, is_list ? "" : `${JSON.stringify(key)}: `, path ? `${path}/${key}` : key, i + 1 < entries.length ? "," : ""));
    put(indent, `${is_list ? "]" : "}"}${after}`, path);
  }
  write(document, 0, "", "", "");
  return {text: `${lines.join("\n")}\n`, paths};
}
