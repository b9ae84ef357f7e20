"use strict";

/**
 * The drawing as elements: blocks that never move while a plan lasts, filled when they come into view, and arrows that
 * are only drawn when somebody asks.
 */
const floor = (() => {
  const OUTSIDE = new Set(["channel:", "external:"]);
  const FROM_OUTSIDE = 0.75; // circles and hexagons have little room for words
  const MOST_ARROWS = 400;
  const data = graph.data;
  const make = labels.make;
  const root = document.getElementById("floor");
  const blocks = new Map();
  const shown = new Map();
  const legible = new Map();
  let plan = null;
  let zoom = 1;

  const inside = () => data.insides[data.plans[plan].inside];
  /** The zoom from which most names can be read. */
  const namesFrom = () => legible.get(plan) ?? legible.set(plan, labels.legible(inside().places)).get(plan);

  /** Put everything where the plan for a page of this shape has it. */
  function build(width, height) {
    const next = width < height ? "tall" : "wide";
    if (next === plan) return false;
    plan = next;
    root.replaceChildren();
    blocks.clear();
    shown.clear();
    make(root, "g", { id: "between" }).innerHTML = data.plans[plan].markup;
    for (const id of Object.keys(inside().blocks)) blocks.set(id, block(id));
    if (!data.levels) root.append(root.firstChild);
    anchor(root.querySelector("#between"));
    make(root, "g", { id: "asked" });
    root.classList.toggle("many", blocks.size > 60);
    return true;
  }

  /** Heads of arrows between blocks grow around their tips. */
  function anchor(between) {
    for (const head of between.querySelectorAll(".bundle polygon")) {
      const tip = head.points[1];
      head.style.transformOrigin = `${tip.x}px ${tip.y}px`;
    }
  }

  function block(id) {
    const [x, y] = data.plans[plan].at[id];
    const [width, height] = inside().blocks[id].size;
    const element = make(root, "g", { class: "block", "data-group": id, transform: `translate(${x} ${y})` });
    const made = { id, element, x, y, width, height, filled: false, loose: !id };
    if (made.loose) fill(made);
    else made.cover = make(element, "rect", { class: "box cover", width, height, rx: 6 });
    return made;
  }

  function fill(block) {
    if (block.filled) return;
    block.filled = true;
    block.element.innerHTML = inside().blocks[block.id].markup;
    for (const element of block.element.querySelectorAll(".node")) shown.set(element.dataset.id, element);
    if (!block.loose) block.big = make(block.element, "g", { class: "big" });
    block.labelled = block.named = undefined;
  }

  /** What can be read at this zoom: everything, names, or only domains; one plan alone always shows names. */
  function level() {
    if (zoom >= 0.995) return "all";
    return zoom >= namesFrom() * 0.999 || !data.levels ? "names" : "domains";
  }

  /** Follow the zoom and what part of the floor is in view: {x, y, width, height}. */
  function look(scale, view) {
    const steps = Math.abs(Math.log(scale / zoom)) > 0.004;
    const fresh = root.dataset.level === undefined;
    if (steps || fresh || scale >= 0.995 !== zoom >= 0.995) zoom = scale;
    const now = level();
    root.dataset.level = now;
    root.style.setProperty("--unit", `${1 / zoom}px`);
    root.style.setProperty("--scale", Math.min(3, 0.8 / zoom));
    for (const block of blocks.values()) {
      const inView = block.loose || (block.x < view.x + view.width && block.x + block.width > view.x && block.y < view.y + view.height && block.y + block.height > view.y);
      if (!inView) continue;
      block.element.classList.toggle("coarse", OUTSIDE.has(block.id) && zoom < FROM_OUTSIDE);
      if (now !== "domains" && !block.element.classList.contains("closed")) fill(block);
      if (!block.loose && (now === "domains" || block.element.matches(".closed, .coarse")) && block.labelled !== zoom) {
        labels.domain(block, zoom);
        block.labelled = zoom;
      }
      if (now === "names" && block.filled && block.named !== zoom) {
        for (const element of block.element.querySelectorAll(".node")) labels.name(element, inside().places[element.dataset.id][1], zoom);
        block.named = zoom;
      }
    }
  }

  /** Where a node is on the floor; where its domain is, when only domains are drawn. */
  function place(id) {
    const { places } = inside();
    const drawn = id in places ? id : `domain:${graph.nodes.get(id)?.group}`;
    if (!(drawn in places)) return null;
    const [home, [x, y, w, h]] = places[drawn];
    const at = blocks.get(home);
    return { x: at.x + x, y: at.y + y, width: w, height: h };
  }

  /** How large a node is drawn. */
  function size_of(id) {
    const at = inside().places[id]?.[1];
    return at ? { width: at[2], height: at[3] } : null;
  }

  /** A copy of a node's drawing, and the corner that it has in it. */
  function copy(id) {
    reveal(id);
    const element = shown.get(id)?.cloneNode(true);
    return element ? { element, x: inside().places[id][1][0], y: inside().places[id][1][1] } : null;
  }

  function reveal(id) {
    const home = inside().places[id]?.[0];
    if (home !== undefined) fill(blocks.get(home));
  }

  /** Draw arrows that are not there all the time. */
  function ask(edges) {
    const layer = document.getElementById("asked");
    layer.replaceChildren();
    const folded = edges.filter((each) => each.folded);
    for (const edge of folded.length > MOST_ARROWS ? [] : folded) {
      const [from, to] = [place(edge.from), place(edge.to)];
      if (from && to && from !== to) arrow(layer, edge, curve(from, to));
    }
  }

  /** Light one block, the blocks that it calls or is called by, and all arrows between them; none: everything. */
  function near(id) {
    const { to, from } = id === null ? { to: new Map(), from: new Map() } : graph.around(id);
    root.classList.toggle("nearing", id !== null);
    for (const block of blocks.values()) block.element.classList.toggle("near", block.id === id || to.has(block.id) || from.has(block.id));
    const drawn = new Set();
    for (const bundle of root.querySelectorAll("#between .bundle")) {
      const ends = [bundle.dataset.from, bundle.dataset.to];
      bundle.classList.toggle("near", ends.includes(id));
      if (ends.includes(id)) drawn.add(ends.join(" "));
    }
    document.getElementById("nearby")?.remove();
    if (id === null) return;
    const layer = make(root, "g", { id: "nearby" });
    const ends = [...[...to].map(([other]) => [id, other]), ...[...from].map(([other]) => [other, id])];
    for (const [source, target] of ends.filter((each) => !drawn.has(each.join(" ")))) {
      if (blocks.has(source) && blocks.has(target)) {
        const edge = { from: source, to: target, kind: "call", required: true };
        arrow(layer, edge, curve(blocks.get(source), blocks.get(target)), `${source} → ${target}`);
      }
    }
  }

  function arrow(layer, edge, { path, tip, side }, words) {
    const element = make(layer, "g", { class: `edge lit ${edge.kind} ${edge.required ? "" : "optional"} ${edge.ring ? "ring" : ""}` });
    make(element, "title", {}, words ?? `${graph.nodes.get(edge.from).name} → ${graph.nodes.get(edge.to).name}`);
    make(element, "path", { d: path });
    make(element, "polygon", { points: `${tip.x - 8 * side},${tip.y - 3.6} ${tip.x},${tip.y} ${tip.x - 8 * side},${tip.y + 3.6}` });
  }

  /** From right to left, or back from left to right, and around at the left between nodes above each other. */
  function curve(from, to) {
    const [a, b] = [from, to].map((box) => ({ ...box, middle: box.y + box.height / 2, right: box.x + box.width }));
    const forward = b.x >= a.right;
    const level = !forward && b.right > a.x;
    const start = { x: forward ? a.right : a.x, y: a.middle };
    const tip = { x: forward || level ? b.x : b.right, y: b.middle };
    const side = forward || level ? 1 : -1;
    const reach = level ? 40 + Math.abs(tip.y - start.y) / 8 : Math.max(20, Math.min(160, Math.abs(tip.x - start.x) / 2));
    const [c, d] = [start.x + (forward ? reach : -reach), tip.x - side * reach];
    return { path: `M${start.x},${start.y}C${c},${start.y} ${d},${tip.y} ${tip.x - side * 6},${tip.y}`, tip, side };
  }

  function close(groups) {
    for (const block of blocks.values()) {
      if (block.loose) continue;
      block.element.classList.toggle("closed", groups.has(block.id));
      block.labelled = undefined;
    }
  }

  const size = () => data.plans[plan].size;
  /** The zoom from which nearly every domain has room for the beginning of its name. */
  function domainsFrom() {
    const zooms = [...blocks.values()].filter((block) => !block.loose).map((block) => Math.max(34 / block.width, 13 / block.height)).sort((a, b) => a - b);
    return zooms[Math.floor(0.95 * zooms.length)] ?? 0;
  }

  const bounds = (group) => blocks.get(group);

  return { root, build, look, place, size_of, copy, arrow, anchor, reveal, ask, near, close, size, bounds, shown, level, namesFrom, domainsFrom, plan: () => plan };
})();
