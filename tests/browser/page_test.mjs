// The page in a real browser: page_test.mjs ONUS SOURCE_ROOT MODULES [--long] [part…]
//
// Without --long the views that are the same for every example are looked at in one only. Every view and every form of the examples; keyboard alone; axe-core; light, dark and narrow; two browsers on one case.
// What is compared is compared within the run, because fonts differ between machines.

import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";
import {EXAMPLES, startServer, bring, call, openBrowser, openPage, need} from "./driver.mjs";

const [onus, root, modules, ...given] = process.argv.slice(2);
const is_long = given.includes("--long"), wanted = given.filter(one => one !== "--long");
const VIEWS = ["glance", "matrix", "weights", "timeline", "dispute", "what-if", "links", "map", "edit", "text", "versions", "files", "members"];
const PAGES = ["#/", "#/reference", "#/functions", "#/account"];
const axe = fs.readFileSync(path.join(modules, "node_modules/axe-core/axe.min.js"), "utf8");
process.env.ONUS_PASSPHRASE = "example"; // of the keys of the examples
const server = await startServer(onus, root, {options: ["--key", path.join(root, "examples/custody/fbi-example.key")]});
const {base} = server;
const browser = await openBrowser(modules);
let failures = 0, checks = 0;
const began = Date.now();

const sums = {};
async function part(name, what) {
  if (wanted.length && !wanted.includes(name)) return;
  const start = Date.now();
  try {
    await what();
  } catch (error) {
    failures++;
    console.log(`FAILED ${name}: ${error.stack ?? error}`);
  }
  sums[name] = Date.now() - start;
}
const check = (condition, text) => { checks++; if (!condition) { failures++; console.log(`FAILED: ${text}`); } };
const clean = page => { for (const fault of page.faults.splice(0)) check(false, `${page.url()}: ${fault}`); checks++; };
const at = (id, view, rest = "") => `#/case/${id}/${view}${rest}`;

// axe runs outside the page's policy, as an extension would.
async function accessible(page, where) {
  const found = await page.evaluate(async source => {
    if (!globalThis.axe) (0, eval)(source);
    const result = await globalThis.axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
    return result.violations.map(one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => `${node.target} ${node.failureSummary}`).join(" | ")}`);
  }, axe);
  check(found.length === 0, `${where}: axe: ${found.join("\n  ")}`);
}

// Nothing sticks out of the window, and no two things that one can click lie on each other.
async function wellLaidOut(page, where) {
  const faults = await page.evaluate(() => {
    const found = [], width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) found.push(`${document.documentElement.scrollWidth} wide in ${width}`);
    const boxes = [...document.querySelectorAll("main a, main button, main input:not([type=file]), main select, main textarea, h1, h2, h3")].filter(element => element.checkVisibility() && !element.closest("details:not([open]) > :not(summary)") && !element.closest(".savebar, .beside"))
      .map(element => [element, element.getClientRects()[0]]).filter(([, box]) => box && box.width > 1 && box.height > 1);
    boxes.sort((a, b) => a[1].top - b[1].top);
    for (let i = 0; i < boxes.length; i++)
      for (let j = i + 1; j < boxes.length && boxes[j][1].top < boxes[i][1].bottom; j++) {
        const [a, x] = boxes[i], [b, y] = boxes[j];
        if (a.contains(b) || b.contains(a)) continue;
        const wide = Math.min(x.right, y.right) - Math.max(x.left, y.left), high = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
        const holder = a.closest(".scroll, .entries") ?? null;
        if (wide > 3 && high > 4 && holder === (b.closest(".scroll, .entries") ?? null)) found.push(`“${(a.textContent || a.id).slice(0, 30)}” and “${(b.textContent || b.id).slice(0, 30)}” lie on each other`);
      }
    return found.slice(0, 5);
  });
  check(faults.length === 0, `${where}: ${faults.join("; ")}`);
}

// Every figure tells what it is, its formula or source, when it has the focus.
async function traced(page, where) {
  const faults = await page.evaluate(() => {
    const found = [], tip = document.getElementById("tip");
    const all = [...document.querySelectorAll(".figure, td.cell")].filter(element => element.checkVisibility() && !element.closest("details:not([open])"));
    for (const element of all) {
      if (!element.trace?.what || !(element.trace.formula || element.trace.from)) { found.push(`no source: ${element.textContent}`); continue; }
      if (element.tabIndex < 0 && !element.closest("[role=grid]")) found.push(`cannot be focused: ${element.textContent}`);
    }
    for (const element of all.slice(0, 3)) {
      element.focus();
      if (tip.hidden || !tip.textContent.includes(element.trace.what) || (element.trace.formula && !tip.textContent.includes(`[${element.trace.formula}]`))) found.push(`tells nothing on focus: ${element.textContent}`);
      if (element.getAttribute("aria-describedby") !== "tip") found.push(`has no description: ${element.textContent}`);
      element.blur();
    }
    return [...found.slice(0, 5), ...(tip.hidden ? [] : ["the tip stays when the focus goes"])];
  });
  check(faults.length === 0, `${where}: ${faults.join("; ")}`);
}

// How different two pictures are: the share of pixels that differ by more than a little.
let comparer = null;
async function difference(one, other) {
  comparer ??= await (await browser.newContext()).newPage();
  return comparer.evaluate(async ([a, b]) => {
    const data = await Promise.all([a, b].map(async text => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(atob(text), c => c.charCodeAt(0))], {type: "image/png"}));
      const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return context.getImageData(0, 0, image.width, image.height);
    }));
    if (data[0].width !== data[1].width || data[0].height !== data[1].height) return 1;
    let differing = 0;
    for (let i = 0; i < data[0].data.length; i += 4)
      if (Math.abs(data[0].data[i] - data[1].data[i]) + Math.abs(data[0].data[i + 1] - data[1].data[i + 1]) + Math.abs(data[0].data[i + 2] - data[1].data[i + 2]) > 48) differing++;
    return differing / (data[0].data.length / 4);
  }, [one.toString("base64"), other.toString("base64")]);
}
const picture = page => page.screenshot({animations: "disabled", caret: "hide"});

try {
  for (const name of EXAMPLES) await bring(base, onus, root, name);

  await part("budget", async () => { // what the first page takes, and that the libraries are left for later
    const page = await openPage(browser, base);
    const got = [];
    page.on("response", response => got.push(response));
    await page.go("#/");
    const bytes = (await Promise.all(got.map(async response => Number(response.headers()["content-length"] ?? (await response.body()).length)))).reduce((sum, one) => sum + one, 0);
    check(bytes < 300 * 1024, `the first page takes ${bytes} bytes`);
    check(!got.some(response => /lib_/.test(response.url())), "the first page loads a library of a later view");
    check(got.filter(response => response.url().includes("/assets/")).every(response => response.headers()["cache-control"]?.includes("immutable") && response.headers()["content-encoding"] === "gzip"), "assets are gzipped and immutable");
    console.log(`first page: ${bytes} bytes in ${got.length} answers`);
    clean(page);
    await page.context().close();
  });

  await part("views", async () => { // every view of every example: whole, traced, accessible, laid out
    const page = await openPage(browser, base);
    for (const id of EXAMPLES)
      for (const view of is_long || id === EXAMPLES[0] ? VIEWS : ["glance", "matrix", "timeline", "dispute"]) {
        await page.go(at(id, view));
        check(await page.locator("main h1").count() === 1 && await page.locator("main .trouble").count() === 0, `${id} ${view}: ${(await page.locator("main").innerText()).slice(0, 300)}`);
        await traced(page, `${id} ${view}`);
        await wellLaidOut(page, `${id} ${view}`);
        if (is_long || id === EXAMPLES[0] || view === "glance") await accessible(page, `${id} ${view}`);
        clean(page);
      }
    for (const where of [...PAGES, at("sony-2014", "item/fbi-code"), at("sony-2014", "source/fbi"), at("sony-2014", "item/us-cert-techniques"), at("sony-2014", "edit/evidence%3Afbi-code"), at("sony-2014", "edit/positions%3Aus"), at("sony-2014", "edit/questions%3Arelay-logs")]) {
      await page.go(where);
      check(await page.locator("main .trouble").count() === 0, `${where}: ${(await page.locator("main").innerText()).slice(0, 300)}`);
      await traced(page, where);
      await wellLaidOut(page, where);
      await accessible(page, where);
      clean(page);
    }
    await page.context().close();
  });

  await part("says", async () => { // what stands on the page is what the program says
    const page = await openPage(browser, base);
    const compared = await call(base, "GET", "/cases/sony-2014/compare");
    await page.go(at("sony-2014", "glance"));
    const cards = await page.locator(".positions .position").allInnerTexts();
    check(cards.length === compared.positions.length, "a card for each position");
    const words = {enough: "Enough", "not-enough": "Not enough", depends: "It depends"};
    compared.positions.forEach((one, i) => check(cards[i].includes(one.position_name) && cards[i].includes(words[one.verdict]), `the card of ${one.position}: ${cards[i]}`));
    const exact = await page.evaluate(() => [...document.querySelectorAll(".position .says .figure")].map(element => element.trace.value));
    compared.positions.forEach((one, i) => check(exact[i] === one.hypotheses.concat(one.propositions).find(p => p.id === one.about).posterior, `the figure of ${one.position}`));
    await page.go(at("sony-2014", "weights"));
    const weights = await page.evaluate(() => [...document.querySelectorAll(".waterfall tbody tr:not(.total) .figure")].map(element => element.trace.value));
    const us = compared.positions[0];
    check(Math.abs(weights.reduce((sum, one) => sum + one, 0) - (us.log_odds.posterior - us.log_odds.prior)) < 1e-6, "the weights shown add up");
    // A factor on an item turns the verdict where the program says that it does [M-15].
    const {rowTimes} = await import(pathToFileURL(path.join(root, "web/rows.js")));
    let turned = 0;
    for (const id of EXAMPLES) {
      const [a, document_, {csrf}] = await Promise.all([call(base, "GET", `/cases/${id}/assess`), call(base, "GET", `/cases/${id}/document`), call(base, "GET", "/session")]);
      for (const tip of a.tipping.filter(one => one.input.startsWith("item:") && one.tips_at !== null)) {
        const item = a.items.find(one => `item:${one.id}` === tip.input);
        const at_factor = async times => (await call(base, "POST", `/cases/${id}/what-if`, {position: a.position, brief: true, overrides: {evidence: {[item.id]: {ratio: rowTimes(document_, a.about, item, times)}}}}, {"X-Onus-CSRF": csrf})).point_verdict;
        const [below, above] = [await at_factor(tip.tips_at / 1.02), await at_factor(tip.tips_at * 1.02)];
        check(below !== above, `${id}: ${item.id} turns at ${tip.tips_at}, but is ${below} before and ${above} behind it`);
        turned++;
      }
    }
    check(turned >= 3, `${turned} items turn a verdict`);
    await page.go(at("sony-2014", "map"));
    check((await page.locator("main").innerText()).includes("Location is not authorship"), "the map says that location is not authorship");
    check(await page.locator(".map .dot").count() === 7, "seven countries on the map");
    await page.go(at("sony-2014", "links"));
    const nodes = await page.evaluate(() => document.querySelector(".graph")?.graph?.nodes().length ?? 0);
    check(nodes > 15, `the graph has ${nodes} nodes`);
    await page.go(at("sony-2014", "timeline"));
    const scrub = page.locator("#scrub");
    await scrub.focus();
    await page.keyboard.press("Home");
    check((await page.locator(".scrub output").innerText()).startsWith("2014-11-24"), "the timeline goes to its first day");
    check((await page.locator(".position .verdict").first().innerText()).includes("Not enough"), "on the first day it was not enough");
    await page.go(at("sony-2014", "glance", "?as_of=2014-12-19&position=china"));
    check((await page.locator(".position.chosen").innerText()).includes("China"), "the address chooses the position");
    clean(page);
    await page.context().close();
  });

  await part("looks", async () => { // dark, light and narrow: same places, nothing sticks out, pictures repeat
    const light = await openPage(browser, base, {colorScheme: "light"}), dark = await openPage(browser, base, {colorScheme: "dark"}), phone = await openPage(browser, base, {viewport: {width: 360, height: 740}, hasTouch: true});
    for (const view of is_long ? VIEWS.filter(one => one !== "text") : ["glance", "matrix", "what-if"]) {
      for (const page of [light, dark, phone]) await page.go(at("sony-2014", view));
      const [a, b] = await Promise.all([light, dark].map(page => page.evaluate(() => [...document.querySelectorAll("main h1, main h2, main p, main td, main svg")].slice(0, 200).map(element => { const box = element.getBoundingClientRect(); return `${Math.round(box.x)},${Math.round(box.y)},${Math.round(box.width)}`; }).join(" "))));
      check(a === b, `${view}: dark is laid out otherwise than light`);
      await wellLaidOut(phone, `${view} on a phone`);
      const [bright, night] = await Promise.all([light, dark].map(page => page.evaluate(() => getComputedStyle(document.body).backgroundColor)));
      check(bright !== night, `${view}: dark looks like light`);
      if (view === "links") continue; // its layout is drawn anew each time
      const first = await picture(light);
      await light.go("#/");
      await light.go(at("sony-2014", view));
      const share = await difference(first, await picture(light));
      check(share < 0.002, `${view}: looks otherwise the second time, ${share}`);
      check(await difference(first, await picture(dark)) > 0.5, `${view}: dark looks like light`);
    }
    await dark.go(at("sony-2014", "glance"));
    await accessible(dark, "glance in the dark");
    for (const view of is_long ? ["matrix", "dispute", "what-if", "edit"] : ["matrix", "edit"]) { await dark.go(at("sony-2014", view)); await accessible(dark, `${view} in the dark`); }
    await phone.go(at("sony-2014", "glance"));
    await accessible(phone, "glance on a phone");
    for (const page of [light, dark, phone]) { clean(page); await page.context().close(); }
  });

  await part("keyboard", async () => { // from the first page to a saved change without a pointer
    const page = await openPage(browser, base);
    const tabTo = async (text, limit = 120) => {
      for (let i = 0; i < limit; i++) {
        await page.keyboard.press("Tab");
        const now = await page.evaluate(() => {
          const element = document.activeElement, style = getComputedStyle(element);
          return {text: (element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent || "").trim(), seen: style.outlineStyle !== "none" || element.type === "file" || element === document.body};
        });
        check(now.seen, `the focus cannot be seen on “${now.text.slice(0, 40)}”`);
        if (now.text.startsWith(text)) return;
      }
      throw new Error(`Tab does not reach “${text}”`);
    };
    const ready = hash => page.waitForFunction(to => document.documentElement.dataset.ready?.startsWith(to), hash);
    await page.go("#/");
    await page.keyboard.press("Tab");
    check((await page.evaluate(() => document.activeElement.textContent)) === "To the content", "the first stop leads to the content");
    await tabTo("Who attacked Sony");
    await page.keyboard.press("Enter");
    await ready(at("sony-2014", "glance"));
    check(await page.evaluate(() => document.activeElement.tagName) === "H1", "a new view has the focus at its head");
    await tabTo(">0.999");
    check(!(await page.locator("#tip").isHidden()), "a figure tells its source when Tab reaches it");
    await page.keyboard.press("Escape");
    check(await page.locator("#tip").isHidden(), "Escape takes the tip away");
    await page.keyboard.press("Enter");
    check(await page.locator("dialog[open]").count() === 1, "Enter opens the formula");
    await page.keyboard.press("Escape");
    check(await page.locator("dialog[open]").count() === 0 && (await page.evaluate(() => document.activeElement.classList.contains("figure"))), "Escape closes it, and the focus is back");
    await page.go(at("sony-2014", "matrix"));
    await tabTo("Weight");
    await page.keyboard.press("Enter");
    check(await page.locator('th[aria-sort="descending"]').innerText().then(text => text.startsWith("Weight")), "Enter sorts the matrix");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    check(await page.evaluate(() => { const cell = document.activeElement.closest("td"); return cell?.cellIndex === 2 && cell.parentNode.rowIndex === 2; }), "arrows move in the matrix");
    await page.go(at("sony-2014", "what-if"));
    await tabTo("The North Korean state");
    for (let i = 0; i < 100; i++) await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(() => document.querySelector(".latency")?.textContent && !document.querySelector(".beside .big").textContent.includes(">0.999"));
    const moved = await page.locator(".beside .big").innerText();
    await tabTo("Put back");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector(".beside .big").textContent.includes(">0.999"));
    check(moved.length > 0, "the verdict moves");
    await page.go(at("wizardopium-2019", "edit"));
    await tabTo("Title");
    await page.keyboard.press("End");
    await page.keyboard.type(" (by keyboard)");
    await tabTo("Save as a new version");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector(".case-head")?.textContent.includes("version 2"));
    check((await call(base, "GET", "/cases/wizardopium-2019")).title.endsWith("(by keyboard)"), "the change is saved");
    clean(page);
    await page.context().close();
  });

  await part("graph", async () => { // the link graph without a pointer, in both schemes
    for (const colorScheme of ["light", "dark"]) {
      const page = await openPage(browser, base, {colorScheme});
      await page.go(at("sony-2014", "links"));
      const state = () => page.evaluate(() => {
        const place = document.querySelector(".graph"), option = document.getElementById(place.getAttribute("aria-activedescendant")), here = place.graph.$("node.here");
        return {inside: document.activeElement === place, at: here.length === 1 ? here.id() : null, label: here.data("label"), spoken: option?.textContent ?? "", chosen: option?.getAttribute("aria-selected"), shown: document.getElementById("links-said").textContent};
      });
      const press = async key => { await page.keyboard.press(key); return state(); };
      for (let i = 0; i < 60 && !(await state()).inside; i++) await page.keyboard.press("Tab");
      const first = await state();
      check(first.inside && first.at, `${colorScheme}: Tab reaches the graph, and a node is chosen: ${JSON.stringify(first)}`);
      const contrast = await page.evaluate(() => {
        const light = text => { const [r, g, b] = text.match(/\d+/g).slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
        const place = document.querySelector(".graph"), style = getComputedStyle(place), node = place.graph.$("node.here");
        return [style.outlineStyle === "none" ? 0 : ratio(style.outlineColor, getComputedStyle(document.body).backgroundColor), ratio(node.style("outline-color"), style.backgroundColor), parseFloat(node.style("outline-width"))];
      });
      check(contrast[0] >= 3 && contrast[1] >= 3 && contrast[2] >= 3, `${colorScheme}: the focus is seen on the graph and on its node: ${contrast}`);
      const option = page.locator(".graph").getByRole("option", {selected: true});
      check(await option.count() === 1 && (await option.innerText()).includes(first.label), `${colorScheme}: the node is the option that is chosen`);
      await accessible(page, `the graph under the keyboard, ${colorScheme}`);
      // Page Down goes through all, and each says its name and its links.
      const all = await page.evaluate(() => document.querySelector(".graph").graph.nodes().map(node => ({id: node.id(), label: node.data("label"), degree: node.connectedEdges().length})));
      const seen = [await press("Home")];
      while (seen.length < all.length) seen.push(await press("PageDown"));
      check(seen.every((one, i) => one.at === all[i].id && one.spoken.includes(all[i].label) && one.spoken === one.shown && one.chosen === "true" && one.spoken.includes(all[i].degree ? `${all[i].degree} link` : "No links")), `${colorScheme}: all nodes are said: ${JSON.stringify(seen.find((one, i) => one.at !== all[i].id || !one.spoken.includes(all[i].label)))}`);
      check((await press("PageDown")).at === all.at(-1).id, `${colorScheme}: behind the last there is none`);
      // A long walk: each arrow stays, or goes to that side; along a link where one leads there.
      let moves = 0, along = 0, from = (await press("Home")).at;
      const arrows = [["ArrowLeft", -1, 0], ["ArrowRight", 1, 0], ["ArrowUp", 0, -1], ["ArrowDown", 0, 1]];
      for (let i = 0; i < all.length; i += is_long ? 1 : 2)
        for (let turn = 0; turn < 4; turn++) {
          const [key, dx, dy] = arrows[(i + turn) % 4], to = (await press(key)).at;
          const fault = await page.evaluate(([from, to, dx, dy]) => {
            const graph = document.querySelector(".graph").graph, a = graph.getElementById(from), lies = one => { const x = one.position().x - a.position().x, y = one.position().y - a.position().y, ahead = x * dx + y * dy; return ahead > 0 && Math.abs(x * dy) + Math.abs(y * dx) <= ahead; };
            const linked = a.neighborhood("node").filter(lies), others = graph.nodes().filter(lies), b = graph.getElementById(to);
            if (from === to) return others.length ? "stays, though there are others" : "stays";
            return !lies(b) ? "goes elsewhere" : linked.length ? linked.contains(b) ? "along" : "leaves a link aside" : "next";
          }, [from, to, dx, dy]);
          check(["stays", "along", "next"].includes(fault), `${colorScheme}: ${key} from ${from} to ${to}: ${fault}`);
          moves += fault !== "stays";
          along += fault === "along";
          from = to;
          if (turn < 3) continue;
          await page.keyboard.press("Home"); // and on from the next
          for (let n = 0; n <= i; n++) await page.keyboard.press("PageDown");
          from = (await state()).at;
        }
      check(moves > along && along > 1, `${colorScheme}: ${moves} moves, ${along} along links`);
      // Enter lists the links, each leads on; Escape gives the place back, and then leaves.
      await press("Home");
      await page.keyboard.press("Enter");
      check((await page.locator("dialog[open] h2").innerText()) === all[0].label && await page.locator("dialog[open] li").count() === all[0].degree, `${colorScheme}: Enter opens the node with all its links`);
      await accessible(page, `a node of the graph, ${colorScheme}`);
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => !document.querySelector("dialog"));
      const back = await state();
      check(back.inside && back.at === all[0].id && await page.locator("dialog").count() === 0, `${colorScheme}: Escape closes it, and the focus is on the graph`);
      await page.keyboard.press("Enter");
      const other = await page.evaluate(() => document.activeElement.textContent);
      await page.keyboard.press("Enter"); // the first link has the focus
      await page.waitForFunction(() => !document.querySelector("dialog"));
      const led = await state();
      check(led.inside && led.label === other && led.at !== all[0].id, `${colorScheme}: a link leads to its other end: ${JSON.stringify([led, other])}`);
      const left = await press("Escape");
      check(!left.inside && left.at === null && left.shown === "" && await page.evaluate(() => !!document.activeElement.closest(".scroll")), `${colorScheme}: Escape leaves for the table`);
      await page.keyboard.press("Shift+Tab");
      check((await state()).inside, `${colorScheme}: Shift and Tab lead back`);
      const before = await page.evaluate(() => document.querySelector(".graph").graph.$("node.here").style("outline-color"));
      await page.emulateMedia({colorScheme: colorScheme === "light" ? "dark" : "light"});
      await page.waitForFunction(old => document.querySelector(".graph").graph.$("node.here").style("outline-color") !== old, before);
      checks++; // the drawing follows the scheme
      clean(page);
      await page.context().close();
    }
  });

  await part("forms", async () => { // every form of every example: nothing changes unless somebody changes it
    const page = await openPage(browser, base);
    for (const id of EXAMPLES) {
      const document_ = await call(base, "GET", `/cases/${id}/document`);
      for (const section of ["hypotheses", "propositions", "sources", "undercutters", "evidence", "questions", "positions"])
        for (const one of is_long ? document_[section] ?? [] : (document_[section] ?? []).slice(0, 1)) {
          await page.go(at(id, `edit/${section}%3A${one.id}`));
          const fields = await page.locator(".sheet .field input, .sheet .field select, .sheet .field textarea").count();
          check(fields >= 2, `${id} ${section} ${one.id}: ${fields} fields`);
        }
      check((await page.locator(".savebar .quiet").innerText()).includes("nothing changed"), `${id}: looking at forms changes nothing`);
    }
    // The program's words at the field, and gone when it is right.
    await page.go(at("sony-2014", "edit/evidence%3Afbi-code"));
    const field = page.locator('[data-path="evidence/fbi-code/likelihood/dprk"]');
    await field.locator("input").fill("0.9 to 0.5");
    await page.waitForSelector('[data-path="evidence/fbi-code/likelihood/dprk"].invalid');
    const said = await field.locator(".problem").innerText();
    check(/swap/.test(said), `what the program says stands at the field: ${said}`);
    check(await field.locator("input").getAttribute("aria-invalid") === "true", "the field is marked for who cannot see it");
    await accessible(page, "a form with a problem");
    await page.locator(".savebar .main").click();
    await page.waitForFunction(() => document.getElementById("status").textContent.includes("Not saved"));
    check((await call(base, "GET", "/cases/sony-2014")).version === 1, "what is wrong is not saved");
    await field.locator("input").fill("0.6 to 0.9");
    await page.waitForFunction(() => !document.querySelector(".invalid"));
    await page.locator('[data-path="evidence/fbi-code/source"] select').selectOption("press");
    await page.locator(".savebar .main").click();
    await page.waitForFunction(() => document.querySelector(".case-head")?.textContent.includes("version 2"));
    const item = (await call(base, "GET", "/cases/sony-2014/document")).evidence.find(one => one.id === "fbi-code");
    check(JSON.stringify(item.likelihood.dprk) === "[0.6,0.9]" && item.source === "press", "what was typed is saved");
    // New ones, of every kind, and taken away again.
    for (const name of ["a hypothesis", "a source", "a circumstance", "a position", "a question", "an item", "a proposition"]) {
      await page.go(at("olympic-destroyer-2018", "edit"));
      await page.getByRole("button", {name: `Add ${name}`}).click();
      await page.waitForFunction(() => /%3Anew-1|:new-1/.test(document.documentElement.dataset.ready));
      await page.getByRole("button", {name: /^Remove this/}).last().click();
      await page.waitForFunction(() => !/new-1/.test(document.documentElement.dataset.ready ?? "new-1"));
    }
    await page.getByRole("button", {name: "Drop my changes"}).click();
    await page.waitForFunction(() => document.querySelector(".savebar .quiet").textContent.includes("nothing changed"));
    // As text: the program's line leads to the place.
    await page.go(at("olympic-destroyer-2018", "text"));
    const area = page.locator("#case-text"), text = await area.inputValue();
    await area.fill(text.replace("about: sandworm", "about: nobody"));
    await page.getByRole("button", {name: "Check"}).click();
    await page.locator(".trouble button").first().click();
    const caret = await area.evaluate(element => element.value.slice(0, element.selectionStart).split("\n").pop());
    check(caret === "about: ", `the caret stands before what is wrong: “${caret}”`);
    clean(page);
    await page.context().close();
  });

  await part("files", async () => { // in and out
    const page = await openPage(browser, base, {acceptDownloads: true});
    await page.go(at("sony-2014", "files"));
    for (const name of ["Packed case", "Page", "STIX 2.1", "MISP event", "Matrix", "ATT&CK Navigator layer", "Bayesian network"]) {
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", {name: `Export ${name}`}).click()]);
      const bytes = fs.readFileSync(await file.path());
      check(bytes.length > 200, `${name}: ${bytes.length} bytes as ${file.suggestedFilename()}`);
    }
    const [record] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", {name: "Make a record"}).click()]);
    check(fs.readFileSync(await record.path(), "utf8").startsWith("onus-record 1\n"), "a signed record is made");
    check((await page.locator("main").innerText()).includes("fbi.example/sony-2014"), "what is proven names the signer");
    // A proof opens the seal for the position that brings it, and for nobody else.
    await page.go(at("sony-2014", "files", "?position=reviewer"));
    await page.locator("input[type=file]").nth(1).setInputFiles(path.join(root, "examples/custody/sensitive-sources.tlog-proof"));
    await page.waitForSelector(".done, .trouble");
    await page.go(at("sony-2014", "item/sensitive-sources", "?position=reviewer"));
    check((await page.locator(".facts").innerText()).includes("seen by its opened row"), "the proof opens the item for the reviewer");
    await page.go(at("sony-2014", "item/sensitive-sources", "?position=china"));
    check((await page.locator(".facts").innerText()).includes("only by what its holder vouches for"), "it stays sealed for China");
    await page.go("#/");
    const bytes = fs.readFileSync(path.join(root, "examples/wizardopium-2019/case.yaml"), "utf8");
    const transfer = await page.evaluateHandle(text => { const data = new DataTransfer(); data.items.add(new File([text], "dropped.yaml", {type: "text/yaml"})); return data; }, bytes);
    await page.dispatchEvent(".drop", "drop", {dataTransfer: transfer});
    await page.waitForFunction(() => document.documentElement.dataset.ready?.startsWith("#/case/dropped"));
    check((await page.locator("h1").innerText()).includes("WizardOpium"), "a case comes in by dropping it");
    await page.go(at("dropped", "files"));
    await page.setInputFiles("input[type=file] >> nth=0", path.join(root, "examples/statements.csv"));
    await page.waitForSelector(".done, .trouble");
    check(await page.locator(".done a").count() === 1, `statements become draft items: ${await page.locator("main").innerText().then(text => text.slice(0, 400))}`);
    await page.locator(".done a").click();
    await page.waitForSelector(".sheet");
    check((await page.locator(".savebar .quiet").innerText()).includes("not saved"), "a proposal is a draft until it is saved");
    await page.go("#/functions");
    const inputs = page.locator("input[type=file]");
    await inputs.nth(0).setInputFiles("/bin/true");
    await inputs.nth(1).setInputFiles("/bin/false");
    await page.getByRole("button", {name: "Compare"}).click();
    await page.waitForSelector("main table, main .trouble");
    check(await page.locator("main tbody tr").count() > 5 && (await page.locator("main table").first().innerText()).includes("false"), "two programs are compared");
    await traced(page, "functions");
    await accessible(page, "functions compared");
    // Whose code is in a program: by keyboard alone, with a day before anybody said so, and without one.
    await inputs.nth(2).setInputFiles("/bin/true");
    const asked = page.locator("section", {hasText: "Whose code is in a program"}), ask = async (day, answer) => {
      await asked.getByLabel("As of").fill(day);
      await asked.getByLabel("Leave out").focus();
      await page.keyboard.press("Enter");
      await asked.locator("p", {hasText: answer}).first().waitFor();
      return asked.innerText();
    };
    check((await ask("2020-01-01", ", as of 2020-01-01")).includes("None of its functions is in the reference"), "nobody had said so");
    const lineage = await ask("", /^Reference [^,]+$/);
    check(/Example Group/.test(lineage) && /coreutils/.test(lineage) && lineage.includes("does not say who wrote it") && await asked.locator("tbody tr").count() > 5, `whose code it is: ${lineage.slice(0, 1400)}`);
    await traced(page, "whose code");
    await wellLaidOut(page, "whose code");
    await accessible(page, "whose code");
    await page.setViewportSize({width: 360, height: 740});
    await wellLaidOut(page, "whose code on a phone");
    await page.setViewportSize({width: 1280, height: 860});
    await inputs.nth(2).setInputFiles(path.join(root, "README.md"));
    check(/ELF/.test(await ask("", /ELF/)) && await asked.locator(".trouble").count() === 1, "what is no program is refused");
    await page.go("#/reference");
    await page.getByLabel("Name").fill("nightjar");
    await page.getByRole("button", {name: "Look up"}).click();
    await page.waitForSelector("main .card");
    check((await page.locator("main .card").innerText()).includes("night jar"), "a name is looked up");
    await page.locator("input[type=file]").setInputFiles(path.join(root, "examples/incidents/phishing.json"));
    await page.waitForSelector("main table:has-text('reedstalker')");
    await accessible(page, "reference with results");
    clean(page);
    await page.context().close();
  });

  await part("dispute", async () => { // granting differences moves the verdict, all of them make it the other's
    const page = await openPage(browser, base);
    await page.go(at("sony-2014", "dispute"));
    const parts = await page.locator("main tbody tr").count();
    await page.locator("#towards").focus();
    await page.keyboard.press("End");
    await page.waitForFunction(n => document.getElementById("dispute-says").textContent.includes(`grants ${n} of ${n}`), parts);
    await page.waitForFunction(() => { const figures = [...document.querySelectorAll(".duel .figure")].map(element => element.trace.value); return figures.length === 2 && Math.abs(figures[0] - figures[1]) < 1e-9; });
    await page.locator("main tbody input[type=checkbox]").first().uncheck();
    await page.waitForFunction(() => { const figures = [...document.querySelectorAll(".duel .figure")].map(element => element.trace.value); return Math.abs(figures[0] - figures[1]) > 1e-6; });
    checks++;
    // A part of the way, by keyboard: the values stand between the two, and the verdict is the program's for them.
    await page.locator("#towards").focus();
    await page.keyboard.press("Home");
    const row = page.locator("main tbody tr", {has: page.locator("input[type=range]")}).first();
    for (let i = 0; i < 40 && !(await row.locator("input[type=range]").evaluate(element => element === document.activeElement)); i++) await page.keyboard.press("Tab");
    const shown = () => page.evaluate(() => [...document.querySelectorAll(".duel .figure")].map(element => element.trace.value)[1]);
    const {csrf} = await call(base, "GET", "/session"), compared = await call(base, "GET", "/cases/sony-2014/compare");
    const first = compared.disagreements[0], mine = first.b, p = async overrides => { const a = await call(base, "POST", "/cases/sony-2014/what-if", {position: mine, brief: true, overrides}, {"X-Onus-CSRF": csrf}); return a.hypotheses.concat(a.propositions).find(one => one.id === a.about).posterior; };
    const largest = first.parts.filter(one => one.kind !== "item" && one.kind !== "access").sort((x, y) => Math.abs(y.part) - Math.abs(x.part))[0];
    check(largest.difference === "us-policy", `the first slider is of the largest difference, ${largest.difference}`);
    const none = await p({}), all = await p({towards: {position: first.a, differences: ["us-policy"]}});
    for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowRight");
    const logit = x => Math.log(x / (1 - x)), middle = (x, y) => Number((1 / (1 + Math.exp(-(logit(x) + logit(y)) / 2))).toPrecision(4));
    const values = [middle(0.01, 0.1), middle(0.05, 0.35)], half = await p({probability: {"us-policy": values}});
    await page.waitForFunction(wanted => Math.abs([...document.querySelectorAll(".duel .figure")][1].trace.value - wanted) < 1e-9, half);
    check(Math.min(none, all) < half && half < Math.max(none, all), `${half} lies between ${none} and ${all}`);
    const text = values.join("\u2013");
    check((await row.locator("output").innerText()) === `takes ${text} (50 %)` && (await row.locator("input[type=range]").getAttribute("aria-valuetext")).includes(text), `the row says ${text}: ${await row.innerText()}`);
    check((await page.locator("#dispute-says").innerText()).includes(`grants 0 of ${parts} differences to United States, and 1 in part`) && (await page.locator("#dispute-says").innerText()).includes(`at ${text} (50 % of the way)`), `the text says ${text}: ${await page.locator("#dispute-says").innerText()}`);
    check(await row.locator("input[type=checkbox]").evaluate(element => element.indeterminate && !element.checked), "the box is neither on nor off");
    await accessible(page, "a difference granted in part");
    await page.keyboard.press("End");
    await page.waitForFunction(wanted => Math.abs([...document.querySelectorAll(".duel .figure")][1].trace.value - wanted) < 1e-9, all);
    check(await row.locator("input[type=checkbox]").isChecked(), "at its end it is granted wholly");
    await page.keyboard.press("Home");
    await page.waitForFunction(() => document.getElementById("dispute-says").textContent.endsWith("as it stands."));
    check(Math.abs(await shown() - none) < 1e-12, "and at the beginning not at all");
    // Every difference that has a slider can be taken half-way.
    const ways = page.locator("main tbody input[type=range]");
    check(await ways.count() === first.parts.filter(one => one.kind !== "item" && one.kind !== "access").length, `${await ways.count()} differences have a between`);
    for (let i = 0; i < await ways.count(); i++) await ways.nth(i).fill("10");
    const {partOfTheWay} = await import(pathToFileURL(path.join(root, "web/partly.js"))), halves = {};
    for (const one of first.parts)
      for (const [kind, value] of Object.entries(partOfTheWay(one, 0.5)?.overrides ?? {})) halves[kind] = typeof value === "object" ? {...halves[kind], ...value} : value;
    const everywhere = await p(halves);
    await page.waitForFunction(wanted => Math.abs([...document.querySelectorAll(".duel .figure")][1].trace.value - wanted) < 1e-9, everywhere);
    check(Object.keys(halves).sort().join() === "prior,probability,reliability,standard", `half-way of ${Object.keys(halves)}`);
    check(await page.locator("main .trouble").count() === 0, `half-way everywhere: ${await page.locator("main .trouble").allInnerTexts()}`);
    check((await page.locator("#dispute-says").innerText()).includes(`and ${await ways.count()} in part`) && (await page.locator("main tbody output").allInnerTexts()).every(one => /^takes .*\(50 %\)$/.test(one)), "the panel says how many, each row its own value");
    await page.setViewportSize({width: 360, height: 740});
    await wellLaidOut(page, "dispute on a phone");
    clean(page);
    await page.context().close();
  });

  await part("two", async () => { // two browsers on one case
    const one = await openPage(browser, base), other = await openPage(browser, base);
    for (const page of [one, other]) await page.go(at("olympic-destroyer-2018", "edit"));
    const watching = await openPage(browser, base);
    await watching.go(at("olympic-destroyer-2018", "glance"));
    const before = (await call(base, "GET", "/cases/olympic-destroyer-2018")).version;
    const save = async (page, version) => {
      await page.locator(".savebar .main").click();
      await page.waitForFunction(n => document.querySelector(".case-head")?.textContent.includes(`version ${n}`), version);
    };
    await one.locator('[data-path="title"] input').fill("First of two");
    await other.locator('[data-path="question"] textarea').fill("Second of two?");
    await save(one, before + 1);
    await other.waitForSelector(".news");
    await save(other, before + 2); // different things: both stand
    const both = await call(base, "GET", "/cases/olympic-destroyer-2018");
    check(both.title === "First of two" && both.question === "Second of two?", "changes of different things are put together");
    await watching.waitForFunction(() => document.querySelector("h1")?.textContent === "First of two");
    // The same thing: shown item by item, nothing is lost.
    await one.waitForFunction(n => document.querySelector(".case-head")?.textContent.includes(`version ${n}`), before + 2);
    await one.locator('[data-path="title"] input').fill("Of one");
    await one.locator('[data-path="about"] select').selectOption("dprk");
    await other.locator('[data-path="title"] input').fill("Of the other");
    await save(other, before + 3);
    await one.waitForSelector(".news");
    await one.locator(".savebar .main").click();
    await one.waitForSelector("#conflicts");
    const shown = await one.locator(".conflict").innerText();
    check(shown.includes("Of one") && shown.includes("Of the other") && shown.includes("First of two"), `a conflict shows all three: ${shown}`);
    await accessible(one, "a conflict");
    await one.getByLabel("Theirs").check();
    await one.getByRole("button", {name: "Save with these"}).click();
    await one.waitForFunction(n => document.querySelector(".case-head")?.textContent.includes(`version ${n}`), before + 4);
    const after = await call(base, "GET", "/cases/olympic-destroyer-2018/document");
    check(after.title === "Of the other" && after.about === "dprk", "what was chosen stands, and what did not conflict too");
    for (const page of [one, other, watching]) { clean(page); await page.context().close(); }
  });

  await part("accounts", async () => { // from nobody to three people with three roles, by forms alone
    const guarded = await startServer(onus, root, {reference: false});
    try {
      const people = {};
      const logIn = async (user, password) => {
        const page = people[user] ??= await openPage(browser, guarded.base);
        await page.goto(`${guarded.base}/#/`);
        await page.waitForFunction(() => document.documentElement.dataset.ready?.startsWith("#/login"));
        await page.getByLabel("User").fill(user);
        await page.getByLabel("Password").fill(password);
        await page.getByRole("button", {name: "Log in"}).click();
        return page;
      };
      const nobody = await openPage(browser, guarded.base);
      await nobody.go("#/account");
      await nobody.getByLabel("User").fill("alice");
      await nobody.getByLabel("Password").fill("correct horse battery");
      await nobody.getByRole("button", {name: "Add an account"}).click();
      await nobody.waitForFunction(() => document.documentElement.dataset.ready?.startsWith("#/login"));
      await accessible(nobody, "login");
      const alice = await logIn("alice", "a wrong guess");
      await alice.waitForSelector(".trouble");
      check(await alice.getByLabel("Password").inputValue() === "", "a wrong password does not stay in its field");
      await alice.getByLabel("Password").fill("correct horse battery");
      await alice.getByRole("button", {name: "Log in"}).click();
      await alice.waitForFunction(() => document.documentElement.dataset.ready === "#/");
      check((await alice.context().cookies()).every(cookie => cookie.httpOnly && cookie.sameSite === "Strict"), "the cookie is out of reach of scripts and other sites");
      await alice.go("#/account");
      for (const user of ["bob", "carol"]) {
        await alice.getByRole("textbox", {name: "User"}).fill(user);
        await alice.locator("form", {hasText: "administrator"}).getByLabel("Password").fill(`${user}'s own password`);
        await alice.getByRole("button", {name: "Add an account"}).click();
        await alice.waitForFunction(name => [...document.querySelectorAll("tbody th")].some(cell => cell.textContent === name), user);
      }
      await alice.getByLabel("What it is for").fill("a script");
      await alice.getByRole("button", {name: "Make a token"}).click();
      await alice.waitForSelector(".done pre");
      const token = await alice.locator(".done pre").innerText();
      check((await call(guarded.base, "GET", "/session", undefined, {Authorization: `Bearer ${token}`})).user === "alice", "the token lets a program act");
      await accessible(alice, "account");
      await alice.go("#/");
      await alice.setInputFiles("input[type=file]", {name: "olympic.yaml", mimeType: "text/yaml", buffer: fs.readFileSync(path.join(root, "examples/olympic-destroyer-2018/case.yaml"))});
      await alice.waitForFunction(() => document.documentElement.dataset.ready?.startsWith("#/case/olympic"));
      await alice.go(at("olympic", "members"));
      const positions = await alice.getByLabel("Position", {exact: true}).locator("option").evaluateAll(list => list.map(one => one.value));
      for (const [user, role, position] of [["bob", "party", positions.at(-1)], ["carol", "reader", ""]]) {
        await alice.getByLabel("User").fill(user);
        await alice.getByLabel("Role", {exact: true}).selectOption(role);
        await alice.getByLabel("Position", {exact: true}).selectOption(position);
        await alice.getByRole("button", {name: "Add", exact: true}).click();
        await alice.waitForFunction(name => [...document.querySelectorAll("tbody th")].some(cell => cell.textContent === name), user);
      }
      await accessible(alice, "members");
      const bob = await logIn("bob", "bob's own password");
      await bob.waitForFunction(() => document.documentElement.dataset.ready === "#/");
      await bob.go(at("olympic", "weights"));
      check(await bob.getByLabel("Position").inputValue() === positions.at(-1), "a party sees the case from its own position");
      await bob.go(at("olympic", "edit"));
      check(await bob.locator(".sheet input").count() > 0, "a party edits");
      await bob.go(at("olympic", "members"));
      check(await bob.getByRole("button", {name: "Add", exact: true}).count() === 0, "a party does not choose members");
      const carol = await logIn("carol", "carol's own password");
      await carol.waitForFunction(() => document.documentElement.dataset.ready === "#/");
      await carol.go(at("olympic", "edit"));
      check(await carol.locator(".sheet").count() === 0 && (await carol.locator("main").innerText()).includes("may read"), "a reader does not edit");
      await carol.go("#/account");
      check(!(await carol.locator("main").innerText()).includes("Audit log of the server"), "the server's audit log is for administrators");
      await bob.waitForFunction(() => document.getElementById("presence")?.textContent.includes("alice"));
      await carol.getByRole("button", {name: "Log out"}).click();
      await carol.waitForFunction(() => document.documentElement.dataset.ready?.startsWith("#/login"));
      await alice.go("#/account");
      check((await alice.locator("main").innerText()).includes("account-added"), "the audit log says who was added");
      for (const page of [nobody, ...Object.values(people)]) { clean(page); await page.context().close(); }
    } finally { await guarded.stop(); }
  });

} catch (error) {
  failures++;
  console.log(`FAILED: ${error.stack ?? error}`);
} finally {
  await browser.close();
  await server.stop();
}
console.log(Object.entries(sums).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`).join(", "));
console.log(`${checks} checks, ${failures} failed, ${((Date.now() - began) / 1000).toFixed(1)} s`);
process.exit(failures ? 1 : 0);
