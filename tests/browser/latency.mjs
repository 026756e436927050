// How fast the page is, as JSON: latency.mjs ONUS SOURCE_ROOT MODULES
//
// From slider to painted verdict, beside the same question asked without painting the answer; from address to a page that
// answers; how many bytes the first page takes. All in milliseconds, each by itself.

import {startServer, bring, openBrowser, openPage} from "./driver.mjs";

const [onus, root, modules] = process.argv.slice(2);
const MOVES = 60, OPENINGS = 15;
const server = await startServer(onus, root, {reference: false});
const browser = await openBrowser(modules);
try {
  await bring(server.base, onus, root, "sony-2014");
  const page = await openPage(browser, server.base);
  await page.go("#/case/sony-2014/what-if");
  const painted = [], asked = [];
  const slider = page.locator("details").nth(1).locator("input[type=range]").nth(4);
  for (let i = 0; i < MOVES; i++) {
    const before = await page.evaluate(() => performance.getEntriesByName("onus-what-if").length);
    await slider.evaluate((element, step) => { element.value = step; element.dispatchEvent(new Event("input", {bubbles: true})); }, 60 + i);
    await page.waitForFunction(n => performance.getEntriesByName("onus-what-if").length > n, before);
    painted.push(await page.evaluate(() => performance.getEntriesByName("onus-what-if").at(-1).duration));
    asked.push(await page.evaluate(async step => {
      const {csrf} = await (await fetch("/api/v1/session")).json(), start = performance.now();
      await (await fetch("/api/v1/cases/sony-2014/what-if", {method: "POST", headers: {"Content-Type": "application/json", "X-Onus-CSRF": csrf}, body: JSON.stringify({position: "us", brief: true, overrides: {reliability: {fbi: 0.3 + step / 1000}}})})).arrayBuffer();
      return performance.now() - start;
    }, i));
  }
  const interactive = [], bytes = [];
  for (let i = 0; i < OPENINGS; i++) {
    const fresh = await openPage(browser, server.base);
    await fresh.go("#/case/sony-2014/glance");
    interactive.push(await fresh.evaluate(() => performance.getEntriesByName("onus-interactive")[0].startTime));
    bytes.push(await fresh.evaluate(() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].reduce((sum, one) => sum + one.encodedBodySize, 0)));
    await fresh.context().close();
  }
  console.log(JSON.stringify({painted, asked, interactive, bytes}));
} finally {
  await browser.close();
  await server.stop();
}
