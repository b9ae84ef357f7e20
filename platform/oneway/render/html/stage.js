"use strict";

/** The drawing: what is visible in a state, where it goes, and what is lit up. */
const stage = (() => {
  const WIDTH = 9.5;
  const APART = 9;
  let fitted = null;
  const cy = cytoscape({
    container: document.getElementById("picture"),
    style: theme.style(),
    minZoom: 0.03,
    maxZoom: 4,
    boxSelectionEnabled: false,
    autoungrabify: true,
    hideEdgesOnViewport: graph.data.edges.length > 3000,
    pixelRatio: "auto",
  });
  theme.changed(() => cy.style(theme.style()));

  /** Draw the state anew. Nodes keep their identity, so that what is chosen stays chosen. */
  function draw(state) {
    const shown = visible(state);
    const at = arrange.places(shown.nodes, shown.edges, shown.boxes);
    const elements = [
      ...shown.boxes.map((id) => ({ data: { id: `box ${id}`, kind: "box", label: graph.groups.get(id).name, width: 1, height: 1 } })),
      ...shown.nodes.map((node) => ({ data: { ...node.data, id: node.id, parent: node.box && `box ${node.box}`,
                                              width: node.width, height: node.height }, position: at.get(node.id) })),
      ...shown.edges.map((edge) => ({ data: { ...edge, id: `${edge.from} ${edge.kind} ${edge.to}`, source: edge.from, target: edge.to,
                                              ...way(edge, at, shown.widths) } })),
    ];
    cy.batch(() => {
      cy.elements().remove();
      cy.add(elements);
    });
    light(state);
  }

  const way = (edge, at, widths) =>
    edge.route
      ? routed(edge.route, at.get(edge.from), at.get(edge.to))
      : curve(at.get(edge.from), at.get(edge.to), widths.get(edge.from), widths.get(edge.to), edge.answered);

  /** The way that Graphviz found around everything else. */
  function routed(route, from, to) {
    const [a, b] = [route[0], route[route.length - 1]];
    return {
      routed: true,
      ...beside({ x: a[0], y: a[1] }, { x: b[0], y: b[1] }, route.slice(1, -1).map(([x, y]) => ({ x, y }))),
      leave: `${a[0] - from.x}px ${a[1] - from.y}px`,
      arrive: `${b[0] - to.x}px ${b[1] - to.y}px`,
    };
  }

  /** Points in Cytoscape's words: how far along the line between two ends each is, and how far off that line. */
  function beside(a, b, points) {
    const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    const along = { x: (b.x - a.x) / length, y: (b.y - a.y) / length };
    const measured = points.map((point) => ({ x: point.x - a.x, y: point.y - a.y }));
    return {
      weights: measured.map((point) => ((point.x * along.x + point.y * along.y) / length).toFixed(4)).join(" "),
      distances: measured.map((point) => (point.y * along.x - point.x * along.y).toFixed(1)).join(" "),
    };
  }

  /**
   * An S from right to left, from left to right when it goes back, and a C at the left between nodes above each other.
   * Two that answer each other keep apart: there is a lane for each way, and of two Cs one is at the right.
   */
  function curve(from, to, leaving, arriving, answered) {
    const level = Math.abs(to.x - from.x) < (leaving + arriving) / 2 + 10;
    const back = to.x < from.x;
    const side = answered && to.y < from.y ? 1 : -1;
    const [out, into] = level ? [side, side] : back ? [-1, 1] : [1, -1];
    const lane = answered && !level ? (back ? APART : -APART) : 0;
    const a = { x: from.x + (out * leaving) / 2, y: from.y + lane };
    const b = { x: to.x + (into * arriving) / 2, y: to.y + lane };
    const reach = Math.min(140, level ? 30 + Math.abs(b.y - a.y) / 6 : Math.max(14, Math.abs(b.x - a.x) / 2));
    return {
      ...beside(a, b, [{ x: a.x + out * reach, y: a.y }, { x: b.x + into * reach, y: b.y }]),
      leave: `${a.x - from.x}px ${lane}px`,
      arrive: `${b.x - to.x}px ${lane}px`,
    };
  }

  /** Nodes and arrows of a state: services of collapsed domains stand together, arrows between the same ends join. */
  function visible(state) {
    const stand = new Map();
    const sums = new Map();
    for (const node of graph.data.nodes) {
      if (node.owner && state.hidden.has(node.owner)) continue;
      if (node.group && !state.open.has(node.group)) {
        const id = `domain ${node.group}`;
        stand.set(node.id, id);
        sums.set(node.group, [...(sums.get(node.group) ?? []), node]);
      } else stand.set(node.id, node.id);
    }
    const nodes = [...stand].filter(([id, place]) => id === place).map(([id]) => sizedNode(graph.nodes.get(id)));
    for (const [group, members] of sums) nodes.push(sizedSum(group, members));
    const edges = joined(stand);
    const boxes = [...new Set(nodes.map((node) => node.box).filter(Boolean))].sort();
    return { nodes, edges, boxes, widths: new Map(nodes.map((node) => [node.id, node.width])) };
  }

  function joined(stand) {
    const edges = new Map();
    for (const edge of graph.data.edges) {
      const [from, to] = [stand.get(edge.from), stand.get(edge.to)];
      if (!from || !to || from === to) continue;
      const key = `${from} ${edge.kind} ${to}`;
      const known = edges.get(key);
      if (!known) {
        const { kind, required, ring, cut, change, count } = edge;
        const route = from === edge.from && to === edge.to ? edge.route : undefined;
        edges.set(key, { from, to, kind, required, ring, cut, change, count, route });
      }
      else {
        known.count += edge.count;
        known.required ||= edge.required;
        known.ring ||= edge.ring;
        known.cut ||= edge.cut;
        if (known.change !== edge.change) known.change = "changed";
      }
    }
    for (const edge of edges.values()) {
      edge.label = [edge.cut ? "cut" : "", edge.count > 1 ? `${edge.count}×` : ""].filter(Boolean).join(" ");
      edge.answered = edges.has(`${edge.to} ${edge.kind} ${edge.from}`);
    }
    return [...edges.values()];
  }

  const SIGNS = { added: "+ ", removed: "− ", changed: "~ " };

  function sizedNode(node) {
    const [width, height, body] = node.size;
    const side = (100 * body) / width;
    const data = {
      kind: node.kind, change: node.change, ports: node.ports, public: node.ports.some((port) => port.public),
      label: (SIGNS[node.change] ?? "") + node.lines.join("\n"), shift: (body - 6) / 2, body,
      stops: `0 ${side} ${side} ${100 - 600 / width} ${100 - 600 / width} 100`, color: graph.owners.get(node.owner)?.color,
    };
    return { id: node.id, box: node.group || undefined, width, height, data };
  }

  function sizedSum(group, members) {
    const words = `${members.length} ${members.length === 1 ? "service" : "services"}`;
    const changes = new Set(members.map((node) => node.change));
    const change = changes.size === 1 ? members[0].change : "changed";
    const label = `${SIGNS[change] ?? ""}${graph.groups.get(group).name}\n${words}`;
    return { id: `domain ${group}`, width: 40 + WIDTH * Math.max(group.length, words.length), height: 62,
             data: { kind: "domain", label, change, shift: 0, sum: true } };
  }

  /** Mark what is chosen and what is asked about it; everything else fades. */
  function light(state) {
    cy.batch(() => {
      cy.elements().removeClass("faded hit breaks degraded chosen");
      if (!state.chosen) return;
      const chosen = place(state.chosen);
      chosen.addClass("chosen");
      if (!state.show || !chosen.nonempty()) return;
      const parts = asked(state);
      for (const [name, ids] of Object.entries(parts)) for (const id of ids) place(id).addClass(name);
      const lit = cy.nodes(".chosen, .hit, .breaks, .degraded");
      lit.edgesWith(lit).filter("[kind='call']").addClass("hit");
      cy.elements().difference(lit.union(lit.parents()).union(cy.edges(".hit"))).addClass("faded");
    });
  }

  function asked(state) {
    if (state.show === "calls") return { hit: graph.reached(state.chosen, true) };
    if (state.show === "callers") return { hit: graph.reached(state.chosen, false) };
    return graph.impact(state.chosen);
  }

  /** Where a node can be seen: itself, or the collapsed domain that it is in. */
  function place(id) {
    const own = cy.getElementById(id);
    return own.nonempty() ? own : cy.getElementById(`domain ${graph.nodes.get(id)?.group}`);
  }

  function show(id) {
    const there = place(id);
    if (there.empty()) return;
    const [seen, box] = [cy.extent(), there.boundingBox()];
    const inside = box.x1 >= seen.x1 && box.x2 <= seen.x2 && box.y1 >= seen.y1 && box.y2 <= seen.y2;
    if (inside && cy.zoom() >= 0.6) return;
    if (cy.zoom() < 0.6) cy.zoom(0.9);
    cy.center(there);
  }

  function fit() {
    cy.fit(undefined, 24);
    if (cy.zoom() > 1.3) {
      cy.zoom(1.3);
      cy.center();
    }
    fitted = view();
  }

  const view = () => [cy.zoom(), cy.pan().x, cy.pan().y].join(" ");

  /** The room has changed since the view was such: who saw everything sees everything again. */
  function resized(before) {
    cy.resize();
    if (before === fitted) fit();
  }

  const zoom = (factor) => cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  const pan = (x, y) => cy.panBy({ x, y });

  /** The whole drawing as an image in light colours. */
  function printed() {
    cy.style(theme.style(true));
    const image = cy.png({ full: true, scale: 2, maxWidth: 8000, maxHeight: 8000, bg: theme.page(true) });
    cy.style(theme.style());
    return image;
  }

  return { cy, draw, light, show, fit, view, resized, zoom, pan, printed };
})();
