// What the tests of the page share: a server of their own with the examples, a browser, and what must hold on every page.

import {spawn, execFileSync} from "node:child_process";
import {createRequire} from "node:module";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export const EXAMPLES = ["sony-2014", "olympic-destroyer-2018", "wizardopium-2019"];

export function need(modules, name) {
  return createRequire(path.join(modules, "x.js"))(name);
}

// Starts `onus serve` on a free port with the examples in it; stop() ends it and takes its folder away.
export async function startServer(onus, root, {reference = true, options = []} = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "onus-page-"));
  const given = ["serve", "--listen", "127.0.0.1:0", "--data", path.join(folder, "data"), ...options];
  if (reference) {
    const at = path.join(folder, "reference");
    execFileSync(onus, ["reference", "import", "--into", at, ...fs.readdirSync(path.join(root, "examples/reference")).map(name => path.join(root, "examples/reference", name))], {stdio: "ignore"});
    const known = path.join(folder, "known/coreutils");
    fs.mkdirSync(known, {recursive: true});
    fs.copyFileSync("/bin/false", path.join(known, "false"));
    execFileSync(onus, ["reference", "import", "--into", at, "--code", path.dirname(known), "--actor", "Example Group", "--report", "https://example.org/heron", "--day", "2024-05-02"], {stdio: "ignore"});
    given.push("--reference", at);
  }
  const child = spawn(onus, given, {stdio: ["ignore", "pipe", "pipe"]});
  let said = "";
  const base = await new Promise((resolve, reject) => {
    const hear = bytes => {
      said += bytes;
      const found = /address=(127\.0\.0\.1:\d+)/.exec(said);
      if (found) resolve(`http://${found[1]}`);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", code => reject(new Error(`onus serve ended with ${code}: ${said}`)));
    setTimeout(() => reject(new Error(`onus serve does not say where it listens: ${said}`)), 120000).unref();
  });
  return {base, folder, child, said: () => said, stop: async () => {
    const ended = new Promise(resolve => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    fs.rmSync(folder, {recursive: true, force: true});
  }};
}

export async function call(base, method, where, body, headers = {}) {
  const answer = await fetch(`${base}/api/v1${where}`, {method, body: body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body), headers: {"Content-Type": body instanceof Uint8Array ? "application/zip" : "application/json", ...headers}});
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${text}`);
  return text && answer.headers.get("Content-Type")?.includes("json") ? JSON.parse(text) : text;
}

// Puts an example in, packed, so that its artefacts and computed rows come along.
export async function bring(base, onus, root, name, id = name) {
  const {csrf} = await call(base, "GET", "/session");
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "onus-page-")), `${id}.zip`);
  execFileSync(onus, ["pack", path.join(root, "examples", name), "--output", file], {stdio: "ignore"});
  const bytes = fs.readFileSync(file);
  fs.rmSync(path.dirname(file), {recursive: true});
  return call(base, "POST", `/cases?id=${encodeURIComponent(id)}`, new Uint8Array(bytes), {"X-Onus-CSRF": csrf});
}

export async function openBrowser(modules) {
  const {chromium} = need(modules, "playwright-core");
  return chromium.launch({executablePath: process.env.ONUS_CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"]});
}

// A page that remembers what must never happen: errors, broken policy, requests to others.
export async function openPage(browser, base, options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 860}, reducedMotion: "reduce", ...options});
  const page = await context.newPage();
  page.setDefaultTimeout(120000); // only what never comes is a failure
  page.faults = [];
  page.on("pageerror", error => page.faults.push(`error: ${error.message}`));
  page.on("console", message => { if (message.type() === "error" && !/status of (401|404|409|422)/.test(message.text())) page.faults.push(`console: ${message.text()}`); });
  page.on("request", request => { if (!request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url())) page.faults.push(`request to ${request.url()}`); });
  page.go = async hash => {
    if (!page.url().startsWith(base)) await page.goto(`${base}/${hash}`);
    else await page.evaluate(to => { if (location.hash !== to) { delete document.documentElement.dataset.ready; location.hash = to; } }, hash);
    await page.waitForFunction(to => document.documentElement.dataset.ready === to, hash);
  };
  return page;
}
