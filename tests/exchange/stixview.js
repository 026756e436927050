// Loads a bundle into stixview, in a page without a screen: every object must become a node, every relationship an edge.
//
//   node stixview.js MODULES BUNDLE
const fs = require('fs');
const path = require('path');
const {createRequire} = require('module');
const [modules, file] = process.argv.slice(2);
const {JSDOM} = createRequire(path.join(modules, 'x.js'))('jsdom');
// A canvas that takes everything and draws nothing.
const context = new Proxy({}, {get: (t, k) => k === 'measureText' ? () => ({width: 10}) : k === 'canvas' ? {} : k in t ? t[k] : () => ({addColorStop() {}, data: [], width: 1}), set: (t, k, v) => { t[k] = v; return true; }});
const dom = new JSDOM('<!doctype html><body><div id="g" data-stix-allow-dragdrop="true" data-graph-layout="klay"></div></body>', {runScripts: 'outside-only', pretendToBeVisual: true, url: 'http://localhost/'});
dom.window.HTMLCanvasElement.prototype.getContext = () => context;
dom.window.Path2D = class { moveTo() {} lineTo() {} arc() {} closePath() {} quadraticCurveTo() {} rect() {} bezierCurveTo() {} arcTo() {} ellipse() {} };
dom.window.eval(fs.readFileSync(path.join(modules, 'node_modules/stixview/dist/stixview.bundle.js'), 'utf8'));
dom.window.console.warn = () => {}; // of notes, which have no name to show
const bundle = JSON.parse(fs.readFileSync(file, 'utf8'));
const stixview = dom.window.stixview;
const element = dom.window.document.getElementById('g');
const graph = stixview.init(element, null, null, (g) => {
  const cy = g.cy, ids = new Set();
  cy.nodes().forEach((n) => ids.add(n.data('id')));
  const things = bundle.objects.filter((o) => o.type !== 'relationship' && o.type !== 'marking-definition');
  const missing = things.filter((o) => !ids.has(o.id));
  const edges = new Set(); cy.edges().forEach((e) => edges.add(e.data('id')));
  const relations = bundle.objects.filter((o) => o.type === 'relationship');
  const lost = relations.filter((r) => !edges.has(r.id));
  if (missing.length || lost.length || ids.size === 0) {
    console.error('not shown: ' + missing.concat(lost).map((thing) => thing.id).join(' '));
    process.exit(1);
  }
  console.log(`${path.basename(file)}: ${ids.size} nodes, ${edges.size} edges`);
  process.exit(0);
});
graph.loadData(bundle);
setTimeout(() => { console.error('not loaded'); process.exit(1); }, 30000);
