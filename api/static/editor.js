// The SPARQL page: YASQE writes, YASR shows, and every request goes to this server's own endpoint.
"use strict";

const byId = (id) => document.getElementById(id);
const TABLE = "application/sparql-results+json", TRIPLES = "application/n-triples";
const FORMATS = {
  table: [["CSV", "text/csv", "csv"], ["TSV", "text/tab-separated-values", "tsv"], ["JSON", TABLE, "json"], ["XML", "application/sparql-results+xml", "xml"]],
  graph: [["Turtle", "text/turtle", "ttl"], ["N-Triples", TRIPLES, "nt"], ["JSON-LD", "application/ld+json", "jsonld"], ["RDF/XML", "application/rdf+xml", "rdf"]],
  rows: [["CSV", "csv", "csv"], ["Spreadsheet", "xlsx", "xlsx"], ["JSON", "json", "json"]],
};
const MOST_EDGES = 300;
const START = "SELECT ?system ?label ?tier WHERE {\n  ?system a aims:AISystem ; skos:prefLabel ?label .\n  OPTIONAL { ?system aims:riskTier ?tier }\n}\nORDER BY ?label\n";

Yasgui.Yasqe.defaults.autocompleters = [];
Yasgui.Yasqe.defaults.createShareableLink = null;
const editor = new Yasgui.Yasqe(byId("editor"), {
  value: new URLSearchParams(location.search).get("query") || START,
  persistenceId: null, showQueryButton: false, editorHeight: "16rem", resizeable: true,
  extraKeys: { "Ctrl-Enter": () => run(), "Cmd-Enter": () => run(), Tab: false, "Shift-Tab": false },
});
editor.getInputField().setAttribute("aria-label", "SPARQL query");
const shown = new Yasgui.Yasr(byId("results"), { persistenceId: null, persistencyExpire: 0 });

// Our prefixes are known to the server; written down, the text can be taken anywhere.
const PREFIXES = Object.fromEntries([...document.querySelectorAll("#prefixes dt")].map((term) =>
  [term.textContent.trim().slice(0, -1), term.nextElementSibling.textContent.trim()]));

function declare() {
  const text = editor.getValue(), declared = editor.getPrefixesFromQuery(), missing = {};
  const bare = text.replace(/<[^>\s]*>|"[^"]*"|'[^']*'|#.*$/gm, "");
  for (const [, prefix] of bare.matchAll(/(?<![\w:])([A-Za-z][\w-]*):[\w-]/g)) {
    if (PREFIXES[prefix] && !declared[prefix]) missing[prefix] = PREFIXES[prefix];
  }
  if (Object.keys(missing).length) editor.addPrefixes(missing);
}
let later = 0;
editor.on("change", () => { clearTimeout(later); later = setTimeout(declare, 400); });
declare();

let running = null;

function view() {
  const given = new URLSearchParams();
  for (const [name, id] of [["as_of", "as-of"], ["at", "at"]]) {
    if (byId(id).value.trim()) given.set(name, byId(id).value.trim());
  }
  return given;
}

function say(text, kind) {
  byId("message").textContent = text;
  byId("message").className = `message ${kind || ""}`;
  byId("message").hidden = !text;
}

function clear() {
  for (const id of ["downloads", "graph", "explanation"]) byId(id).hidden = true;
  byId("results").hidden = true;
  say("");
}

// A fetch that the button stops; null where it was stopped or could not be made.
async function asked(address, options) {
  running?.abort();
  const mine = (running = new AbortController());
  byId("stop").hidden = false;
  const start = performance.now();
  try {
    const response = await fetch(address, { ...options, signal: mine.signal });
    const text = response.ok ? await response.text() : "";
    if (!response.ok) await refuse(response);
    return response.ok ? { response, text, milliseconds: performance.now() - start } : null;
  } catch (error) {
    say(mine.signal.aborted ? "Stopped; the server ends the query, too." : "The server cannot be reached.", "wrong");
    return null;
  } finally {
    if (running === mine) byId("stop").hidden = true;
  }
}

async function refuse(response) {
  const told = await response.json().catch(() => ({}));
  const remedy = told.remedy ? ` ${told.remedy}` : "";
  const later = response.headers.get("Retry-After");
  const detail = told.detail || response.statusText;
  const where = told.place ? `${told.place}: ` : "";
  const short = detail.length > 220 ? `${detail.slice(0, 220)}…` : `${detail}.`;
  say(`${where}${short}${remedy}${later ? ` Try again in ${later} s.` : ""}`, "wrong");
  if (told.line) {
    editor.focus();
    editor.setCursor({ line: told.line - 1, ch: told.column - 1 });
  }
}

function posted(text, accept) {
  return { method: "POST", headers: { Accept: accept, "Content-Type": "application/sparql-query" }, body: text };
}

async function run() {
  clear();
  const text = editor.getValue();
  const found = await asked(`/sparql?${view()}`, posted(text, `${TABLE}, ${TRIPLES};q=0.9`));
  if (!found) return;
  const type = found.response.headers.get("Content-Type").split(";")[0];
  show(found, type);
  const kind = type === TABLE ? "table" : "graph";
  offer(FORMATS[kind].map(([name, accept, ending]) => [name, ending, () =>
    fetch(`/sparql?${view()}`, posted(text, accept))]));
  if (kind === "graph") draw(found.text);
}

function show(found, type) {
  const cut = found.response.headers.get("Aims-Cut");
  const at = found.response.headers.get("Aims-Sequence");
  const seconds = (found.milliseconds / 1000).toFixed(2);
  const where = at ? `, as recorded at entry ${at}` : "";
  if (cut) say(`The answer is ${cut}. There is more: ask for less, or with LIMIT and OFFSET.`, "wrong");
  else say(`Answered in ${seconds} s${where}.`);
  byId("results").hidden = false;
  shown.setResponse({ data: found.text, contentType: type, status: 200, executionTime: Math.round(found.milliseconds) });
}

function offer(formats) {
  byId("formats").replaceChildren(...formats.map(([name, ending, get]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", async () => {
      const response = await get();
      if (!response.ok) return refuse(response);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await response.blob());
      link.download = `aimsgraph.${ending}`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
    return button;
  }));
  byId("downloads").hidden = false;
}

// What is recorded about a node is here, and not at its address.
byId("results").addEventListener("click", (event) => {
  const link = event.target.closest("td a[href]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const given = view();
  given.set("iri", link.getAttribute("href"));
  location.assign(`/node?${given}`);
});

// N-Triples as nodes and edges; literals stay in the table below.
function draw(text) {
  const local = (iri) => decodeURIComponent(iri.replace(/[>#/]+$/, "").split(/[#/:]/).pop());
  const nodes = new Map(), edges = [];
  for (const line of text.split("\n")) {
    const found = /^(<[^>]*>|_:\S+) <([^>]*)> (<[^>]*>|_:\S+) \.$/.exec(line);
    if (!found || edges.length === MOST_EDGES) continue;
    for (const id of [found[1], found[3]]) nodes.set(id, { data: { id, label: local(id.replace(/^</, "")) } });
    edges.push({ data: { source: found[1], target: found[3], label: local(found[2]) } });
  }
  byId("graph").hidden = !edges.length;
  if (!edges.length) return;
  cytoscape({
    container: byId("graph"), elements: [...nodes.values(), ...edges],
    layout: { name: "cose", animate: false, nodeDimensionsIncludeLabels: true }, minZoom: 0.1, maxZoom: 2.5,
    style: [
      { selector: "node", style: { label: "data(label)", "font-size": "15px", color: "#1c2430", width: 14, height: 14, "background-color": "#0b5394", "text-wrap": "wrap", "text-max-width": "130px" } },
      { selector: "edge", style: { label: "data(label)", "font-size": "12px", color: "#566173", width: 1.5, "curve-style": "bezier", "target-arrow-shape": "triangle", "line-color": "#aab2bd", "target-arrow-color": "#aab2bd", "text-rotation": "autorotate" } },
    ],
  });
  if (edges.length === MOST_EDGES) say(`Drawn are the first ${MOST_EDGES} links.`);
}

async function explain() {
  clear();
  const found = await asked("/sparql?explain=true", posted(editor.getValue(), "application/json"));
  if (!found) return;
  const told = JSON.parse(found.text);
  const box = byId("explanation");
  const cells = (tag, values) => {
    const row = document.createElement("tr");
    row.append(...values.map((value) => Object.assign(document.createElement(tag), { textContent: value })));
    return row;
  };
  const table = document.createElement("table");
  table.append(cells("th", ["Line", "Part", "Rewritten", "Why"]));
  for (const note of told.notes) table.append(cells("td", [note.line || "", note.part, note.changed ? "yes" : "no", note.told]));
  const heading = Object.assign(document.createElement("h2"), { textContent: "How it is run" });
  const nothing = Object.assign(document.createElement("p"), { textContent: "As it is written: nothing is known to be better." });
  const text = Object.assign(document.createElement("pre"), { textContent: told.run });
  box.replaceChildren(heading, told.notes.length ? table : nothing, text);
  box.hidden = false;
}

// The library

function matches(words, button) {
  const text = `${button.dataset.name} ${button.dataset.summary}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

byId("find").addEventListener("input", () => {
  const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const area of byId("shelf").children) {
    let any = false;
    for (const item of area.querySelectorAll("li")) {
      item.hidden = !matches(words, item.firstElementChild);
      any ||= !item.hidden;
    }
    area.hidden = !any;
    area.open = any && words.length > 0;
  }
});

byId("shelf").addEventListener("click", async (event) => {
  const book = event.target.closest(".book");
  if (!book) return;
  clear();
  const { name, summary, params } = book.dataset;
  byId("book-title").textContent = name;
  byId("book-summary").textContent = summary;
  const fields = JSON.parse(params).map((param) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { name: param.name, value: param.value, required: param.required, autocomplete: "off" });
    label.append(`${param.name}: ${param.help}`, input);
    return label;
  });
  const button = Object.assign(document.createElement("button"), { type: "submit", textContent: "Run as it is named" });
  byId("book-form").replaceChildren(...fields, button);
  byId("book-form").dataset.name = name;
  byId("book").hidden = false;
  const found = await asked(`/editor/text?name=${encodeURIComponent(name)}&${view()}`);
  if (found) editor.setValue(found.text);
  say("");
});

byId("book-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  clear();
  const given = view();
  for (const [name, value] of new FormData(event.target)) if (value) given.set(name, value);
  const address = (format) => `/v1/queries/${event.target.dataset.name}?${given}&format=${format}`;
  const found = await asked(address("csv"));
  if (!found) return;
  show(found, "text/csv");
  offer(FORMATS.rows.map(([name, format, ending]) => [name, ending, () => fetch(address(format))]));
});

byId("run-form").addEventListener("submit", (event) => { event.preventDefault(); run(); });
byId("explain").addEventListener("click", explain);
byId("stop").addEventListener("click", () => running?.abort());
