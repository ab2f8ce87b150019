// Draws the graphs of a page. Each graph's nodes, edges and positions come from the server in a
// data block; the table beside it says the same in words, so nothing is lost without a script.
"use strict";

const COLOURS = {
  live: "#17633a", start: "#1c2430", stale: "#7a4b00", failed: "#a11616", suspect: "#7a4b00", missing: "#a11616",
  mismatch: "#a11616", unverified: "#4a4f9e", disposed: "#566173", hidden: "#566173",
  effect: "#0b5394",
};

function draw(box) {
  const elements = JSON.parse(document.getElementById(box.dataset.source).textContent);
  const graph = cytoscape({
    container: box,
    elements,
    layout: { name: "preset" },
    minZoom: 0.2,
    maxZoom: 2.5,
    style: [
      {
        selector: "node",
        style: {
          label: "data(label)", "text-wrap": "wrap", "text-max-width": "150px",
          "font-size": "12px", "text-valign": "center", "text-halign": "center",
          color: "#1c2430", shape: "round-rectangle", width: "170px", height: "46px",
          "background-color": "#ffffff", "border-width": 2,
          "border-color": (node) => COLOURS[node.data("state")] || "#566173",
        },
      },
      { selector: "node[state = 'start']", style: { "border-width": 4 } },
      { selector: "node[state = 'missing']", style: { "border-style": "dashed" } },
      { selector: "node[state = 'hidden']", style: { "border-style": "dotted" } },
      {
        selector: "edge",
        style: {
          width: 2, "curve-style": "bezier", "target-arrow-shape": "triangle",
          label: "data(label)", "font-size": "10px", "text-rotation": "autorotate",
          "text-background-color": "#ffffff", "text-background-opacity": 0.85,
          "line-color": (edge) => COLOURS[edge.data("state")] || "#566173",
          "target-arrow-color": (edge) => COLOURS[edge.data("state")] || "#566173",
          "line-style": (edge) => (["live", "effect"].includes(edge.data("state")) ? "solid" : "dashed"),
        },
      },
    ],
  });
  graph.fit(undefined, 20);
  if (graph.zoom() > 1.1) {
    graph.zoom(1.1);
    graph.center();
  }
  graph.on("tap", "node", (event) => {
    const href = event.target.data("href");
    if (href) window.location.href = href;
  });
  box.dataset.drawn = "true";
}

document.querySelectorAll(".graph[data-source]").forEach(draw);
