"use strict";

/** How nodes and arrows look, in the colours that the reader prefers. */
const theme = (() => {
  const FAMILY = "Helvetica, Arial, sans-serif";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const images = new Map();
  const changed = (then) => dark.addEventListener("change", then);
  const LEEWAY = 1.02; // Helvetica itself, kerned and rounded to pixels, keeps its size
  const narrower = Math.min(1, LEEWAY * fitting());
  const colors = (print) => (dark.matches && !print ? graph.data.dark : graph.data.light);

  /** The width of text that nodes are sized for, as a part of its width in the font that the reader has. */
  function fitting() {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `100px ${FAMILY}`;
    return graph.data.measure.width / pen.measureText(graph.data.measure.text).width;
  }

  function style(print = false) {
    const c = colors(print);
    const owner = (node) => graph.data.palette[node.data("color") ?? -1] ?? c.green;
    return [
      { selector: "node", style: {
        label: "data(label)", "font-family": FAMILY, "font-size": 11 * narrower, color: c.ink, "text-margin-x": "data(shift)",
        "text-valign": "center", "text-halign": "center", "text-wrap": "wrap", "text-max-width": 400,
        width: "data(width)", height: "data(height)", "min-zoomed-font-size": 5,
      } },
      { selector: "node[kind='service']", style: {
        shape: "round-rectangle", "border-width": 1.5, "border-color": c["green-line"],
        "background-fill": "linear-gradient", "background-gradient-direction": "to-right",
        "background-gradient-stop-colors": (node) => {
          const port = node.data("public") ? c["blue-line"] : c.blue;
          return `${port} ${port} ${c.green} ${c.green} ${owner(node)} ${owner(node)}`;
        },
        "background-gradient-stop-positions": "data(stops)",
      } },
      { selector: "node[body>0]", style: {
        "background-image": (node) => words(node.data("ports"), node.data("body"), node.data("height"), c),
        "background-position-x": 0, "background-width": "data(body)", "background-height": "data(height)",
      } },
      { selector: "node[kind='domain'], node[kind='owner']", style: {
        shape: "round-rectangle", "background-color": c.green, "border-width": 3, "border-color": c["green-line"],
      } },
      { selector: "node[?sum]", style: { "font-size": 17 * narrower } },
      { selector: "node[kind='channel']", style: {
        shape: "ellipse", "background-color": c.plain, "border-width": 1.5, "border-color": c["plain-line"], "font-size": 10 * narrower,
      } },
      { selector: "node[kind='external']", style: {
        shape: "hexagon", "background-color": c.plain, "border-width": 1.5, "border-style": "dashed", "border-color": c.soft,
      } },
      { selector: "node[kind='box']", style: {
        shape: "round-rectangle", "background-color": c.box, "border-width": 1, "border-color": c["box-line"], color: c.soft,
        "text-valign": "top", "text-margin-y": -2, "text-margin-x": 0, "font-weight": "bold", "font-size": 13, padding: 11, "z-compound-depth": "bottom",
      } },
      { selector: "edge", style: {
        width: 1.2, "line-color": c.line, "target-arrow-color": c.line, "target-arrow-shape": "triangle", "arrow-scale": 0.9,
        "edge-distances": "endpoints",
        "source-endpoint": "data(leave)", "target-endpoint": "data(arrive)",
        label: "data(label)", "font-size": 10, color: c.ink, "text-background-color": c.page,
        "text-background-opacity": 0.9, "text-background-padding": 2, "min-zoomed-font-size": 6,
      } },
      { selector: "edge[?routed]", style: {
        "curve-style": "segments", "segment-weights": "data(weights)", "segment-distances": "data(distances)",
      } },
      { selector: "edge[!routed]", style: {
        "curve-style": "unbundled-bezier", "control-point-weights": "data(weights)", "control-point-distances": "data(distances)",
      } },
      { selector: "edge[!required]", style: { "line-style": "dashed", "line-dash-pattern": [6, 4] } },
      { selector: "edge[kind!='call']", style: { "line-style": "dotted", width: 1.6 } },
      ...(graph.data.difference ? [{ selector: "node[change='same']", style: { opacity: 0.6 } },
                                   { selector: "edge[change='same']", style: { opacity: 0.4 } }] : []),
      ...["added", "removed", "changed"].flatMap((change) => [
        { selector: `node[change='${change}']`, style: { "border-width": 3.5, "border-color": c[change] } },
        { selector: `edge[change='${change}']`, style: { width: 2.6, "line-color": c[change], "target-arrow-color": c[change] } },
      ]),
      { selector: "[change='removed']", style: { "border-style": "dashed", "line-style": "dashed" } },
      { selector: "edge[?ring]", style: { width: 3, "line-color": c.red, "target-arrow-color": c.red } },
      { selector: ".faded", style: { opacity: 0.18 } },
      { selector: "node.hit", style: { "border-width": 3.5, "border-color": c.ink } },
      { selector: "node.breaks", style: { "border-width": 4, "border-color": c.red } },
      { selector: "node.degraded", style: { "border-width": 4, "border-style": "dashed", "border-color": c.changed } },
      { selector: "edge.hit", style: { width: 2.6, "line-color": c.ink, "target-arrow-color": c.ink } },
      { selector: "node.chosen", style: { "border-width": 5, "border-color": c["blue-line"] } },
    ];
  }

  /** The words on the access points as an image; most services have the same, so few are ever made. */
  function words(ports, width, height, c) {
    const key = JSON.stringify([ports, width, height, c.page]);
    if (!images.has(key)) images.set(key, drawn(ports, width, height, c));
    return images.get(key);
  }

  function drawn(ports, width, height, c) {
    const image = document.implementation.createDocument("http://www.w3.org/2000/svg", "svg");
    const make = (parent, name, attributes) => {
      const made = image.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      return parent.appendChild(made);
    };
    const root = image.documentElement;
    root.setAttribute("width", width);
    root.setAttribute("height", height);
    ports.forEach((port, at) => {
      const row = height / ports.length;
      make(root, "rect", { x: 0, y: at * row, width, height: row, stroke: c["blue-line"], fill: port.public ? c["blue-line"] : c.blue });
      const lines = ports.length === 1 ? [port.name, `:${port.port}`] : [`${port.name}:${port.port}`];
      lines.forEach((line, index) => {
        const y = at * row + row / 2 + 3.4 + (index - (lines.length - 1) / 2) * 12;
        make(root, "text", { x: width / 2, y, "text-anchor": "middle", "font-family": FAMILY, "font-size": 9.5 * narrower,
                             fill: port.public ? c["on-blue"] : c.ink }).textContent = line;
      });
    });
    return `data:image/svg+xml;utf8,${encodeURIComponent(new XMLSerializer().serializeToString(image))}`;
  }

  return { style, changed, page: (print) => colors(print).page };
})();
