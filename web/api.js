// The server's JSON interface. Every failure becomes an ApiError that carries what the server said.

const BASE = "/api/v1";
export const session = {user: null, csrf: null, is_local: false, is_administrator: false};

export class ApiError extends Error {
  constructor(code, body) {
    const said = body?.error ?? {};
    super(said.text || (code === 409 ? "Somebody else changed the same thing." : `The server answered ${code}.`));
    this.code = code;
    this.problems = said.problems ?? [];
    this.conflicts = body?.conflicts ?? [];
    this.version = body?.version;
    this.text = body?.text;
  }
}

export async function ask(method, path, {body, type, query, signal, form} = {}) {
  const url = new URL(BASE + path, location.href);
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  const headers = {Accept: "application/json"};
  if (method !== "GET" && session.csrf) headers["X-Onus-CSRF"] = session.csrf;
  let payload = form;
  if (body !== undefined) {
    headers["Content-Type"] = type ?? "application/json";
    payload = type ? body : JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(url, {method, headers, body: payload, signal, credentials: "same-origin"});
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, {error: {text: "The server does not answer."}});
  }
  const is_json = (answer.headers.get("Content-Type") ?? "").includes("json");
  const content = answer.status === 204 ? null : is_json ? await answer.json() : await answer.text();
  if (!answer.ok) throw new ApiError(answer.status, is_json ? content : null);
  return {content, answer};
}

export const get = async (path, query, signal) => (await ask("GET", path, {query, signal})).content;
export const post = async (path, body, options) => (await ask("POST", path, {body, ...options})).content;
export const put = async (path, body) => (await ask("PUT", path, {body})).content;
export const patch = async (path, body) => (await ask("PATCH", path, {body})).content;
export const remove = async path => (await ask("DELETE", path)).content;

// A file as the server hands it out, with the name that it gives it.
export async function fetchFile(path, {method = "GET", query, name} = {}) {
  const url = new URL(BASE + path, location.href);
  for (const [key, value] of Object.entries(query ?? {}))
    if (value) url.searchParams.set(key, value);
  const answer = await fetch(url, {method, headers: method === "GET" ? {} : {"X-Onus-CSRF": session.csrf ?? ""}, credentials: "same-origin"});
  if (!answer.ok) {
    let said = null;
    try { said = await answer.json(); } catch { /* not JSON: the code must do */ }
    throw new ApiError(answer.status, said);
  }
  const named = /filename="?([^";]+)"?/.exec(answer.headers.get("Content-Disposition") ?? "");
  return {blob: await answer.blob(), name: named?.[1] ?? name};
}

export async function openSession() {
  Object.assign(session, {user: null, csrf: null, is_local: false, is_administrator: false}, await get("/session"));
  return session;
}

export const casePath = (id, rest = "") => `/cases/${encodeURIComponent(id)}${rest}`;
