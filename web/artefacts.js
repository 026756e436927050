// Lists of indicators as they lie in a case: CSV, or one a line.

export function parseCsv(text) {
  const rows = [];
  let row = [], field = "", quoted = false;
  const separator = [",", ";", "\t"].map(c => [c, text.split("\n", 1)[0].split(c).length]).sort((a, b) => b[1] - a[1])[0][0];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { field += '"'; i++; } else if (c === '"') quoted = false; else field += c;
    } else if (c === '"' && field === "") quoted = true;
    else if (c === separator) { row.push(field); field = ""; }
    else if (c === "\n") { row.push(field.replace(/\r$/, "")); rows.push(row); row = []; field = ""; }
    else field += c;
  }
  if (field || row.length) { row.push(field); rows.push(row); }
  return rows;
}

// [{value, kind, country, note}] of an artefact of the case.
export function readArtefact(text, path) {
  if (/\.json$/i.test(path)) {
    try {
      const incident = JSON.parse(text), textOf = one => typeof one === "string" ? one : one?.techniqueID; // of a Navigator layer
      return ["indicators", "techniques", "software"].flatMap(kind => (Array.isArray(incident[kind]) ? incident[kind] : []).map(textOf).filter(Boolean).map(value => ({value, kind: kind.replace(/s$/, ""), country: null, note: ""})));
    } catch { return []; }
  }
  const rows = parseCsv(text).filter(row => row.some(field => field.trim()) && !row[0].startsWith("#"));
  if (!rows.length) return [];
  const head = rows[0].map(name => name.trim().toLowerCase()), at = name => head.indexOf(name);
  const kinds = ["indicator", "technique", "software"].filter(kind => at(kind) >= 0);
  if (!kinds.length) return rows.map(row => ({value: row[0].split(" #")[0].trim(), kind: "indicator", country: null, note: ""}));
  return rows.slice(1).flatMap(row => kinds.filter(kind => row[at(kind)]?.trim()).map(kind => ({
    value: row[at(kind)].trim(), kind, name: at("name") >= 0 ? row[at("name")] : "", country: at("country") >= 0 && /^[A-Za-z]{2}$/.test(row[at("country")]?.trim() ?? "") ? row[at("country")].trim().toUpperCase() : null, note: at("note") >= 0 ? row[at("note")] ?? "" : ""})));
}

export async function artefactsOf(context) {
  const items = (context.document.evidence ?? []).filter(item => item.from && item.compute !== "code"); // a program is no list
  const found = await Promise.all(items.map(async item => {
    try {
      const text = await context.read("/file", {path: item.from});
      return {item, entries: readArtefact(typeof text === "string" ? text : JSON.stringify(text), item.from), error: null};
    } catch (error) {
      return {item, entries: [], error};
    }
  }));
  return found;
}
