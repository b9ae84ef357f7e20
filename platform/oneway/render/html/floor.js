"use strict";

/**
 * The drawing as elements: blocks that never move while a plan lasts, filled when they come into view, and arrows that
 * are only drawn when somebody asks. What is written in a block depends on the zoom, so that no text is ever too small.
 */
const floor = (() => {
  const SMALLEST = 11; // pixels of the screen, for any text
  const SVG = "http://www.w3.org/2000/svg";
  const FAMILY = 'Helvetica,Arial,"Liberation Sans",Arimo,sans-serif';
  const OUTSIDE = new Set(["channel:", "external:"]);
  const FROM_OUTSIDE = 0.75; // circles and hexagons have little room for words
  const data = graph.data;
  const root = document.getElementById("floor");
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `bold 100px ${FAMILY}`;
  /** How wide a text is in a bold font of one pixel, in the fonts that the reader has. */
  const width = (text) => pen.measureText(text).width / 100;
  const namesFrom = legible(data.nodes.filter(isDrawn).map(neededZoom));
  const blocks = new Map();
  const shown = new Map();
  let plan = null;
  let zoom = 1;

  function make(parent, name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return parent.appendChild(made);
  }

  function isDrawn(node) {
    return node.id in data.places;
  }

  /** Put everything where the plan for a page of this shape has it. */
  function build(width, height) {
    const next = data.plans.tall && width < height ? "tall" : "wide";
    if (next === plan) return false;
    plan = next;
    root.replaceChildren();
    blocks.clear();
    shown.clear();
    const arrows = data.plans[plan].markup;
    make(root, "g", { id: "between" }).innerHTML = arrows;
    for (const id of Object.keys(data.blocks)) blocks.set(id, block(id));
    if (!data.plans.tall) root.append(root.firstChild);
    make(root, "g", { id: "asked" });
    root.classList.toggle("many", blocks.size > 60);
    return true;
  }

  function block(id) {
    const [x, y] = data.blocks[id].at[plan];
    const [width, height] = data.blocks[id].size;
    const element = make(root, "g", { class: "block", "data-group": id, transform: `translate(${x} ${y})` });
    const made = { id, element, x, y, width, height, filled: false, loose: !id };
    if (made.loose) fill(made);
    else made.cover = make(element, "rect", { class: "box cover", width, height, rx: 6 });
    return made;
  }

  function fill(block) {
    if (block.filled) return;
    block.filled = true;
    block.element.innerHTML = data.blocks[block.id].markup;
    for (const element of block.element.querySelectorAll(".node")) shown.set(element.dataset.id, element);
    if (block.loose) return;
    block.big = make(block.element, "g", { class: "big" });
    label(block);
  }

  /** A domain's name over its whole block, for when its services are too small to read. */
  function label(block) {
    const group = graph.groups.get(block.id);
    const services = graph.members.get(block.id).length;
    block.big ??= make(block.element, "g", { class: "big" });
    block.big.replaceChildren();
    const words = count(services, group.id);
    const fits = width(words) * SMALLEST < (block.width - 6) * zoom;
    const lines = [[group.name, 15, "big-name"], [fits ? words : String(services), 11, "big-count"]].slice(0, block.height * zoom < 28 ? 1 : 2);
    const size = ([text, wanted]) => Math.max(SMALLEST / zoom, Math.min(wanted / zoom, (block.width - 12) / width(text)));
    const sizes = lines.map(size);
    const total = sizes.reduce((sum, each) => sum + 1.15 * each, 0);
    let y = block.height / 2 - total / 2;
    lines.forEach(([text, , name], at) => {
      y += sizes[at];
      make(block.big, "text", { class: name, x: block.width / 2, y, "font-size": sizes[at] }, shortened(text, (block.width - 6) / sizes[at]));
      y += sizes[at] * 0.2;
    });
  }

  function count(number, group) {
    const word = group === "channel:" ? "channel" : group === "external:" ? "external" : "service";
    return `${number} ${word}${number === 1 ? "" : "s"}`;
  }


  function shortened(text, room) {
    if (width(text) <= room) return text;
    let length = text.length - 1;
    while (length > 1 && width(`${text.slice(0, length)}…`) > room) length -= 1;
    return `${text.slice(0, length)}…`;
  }

  /** A name in one or two lines, broken after a hyphen, whichever can be larger in a card. */
  function lines(name, width_, height) {
    const breaks = [...name.matchAll(/[-._]/g)].map((found) => found.index + 1).filter((at) => at < name.length);
    const choices = [[name], ...breaks.map((at) => [name.slice(0, at), name.slice(at)])];
    const sized = choices.map((parts) => ({ parts, size: Math.min((width_ - 12) / Math.max(...parts.map(width)), (height - 6) / (1.12 * parts.length)) }));
    return sized.reduce((best, each) => (each.size > best.size ? each : best));
  }

  /** The zoom from which most names can be read in full; the longest few are cut short until one comes closer. */
  function legible(zooms) {
    const sorted = zooms.sort((a, b) => a - b);
    return Math.max(0.25, Math.min(0.46, sorted[Math.floor(0.7 * sorted.length)] ?? 0.46));
  }

  function neededZoom(node) {
    const [, [, , width, height]] = data.places[node.id];
    return SMALLEST / lines(node.name, width, height).size;
  }

  /** The name alone on a card, as large as it can be read at this zoom. */
  function short(id) {
    const element = shown.get(id);
    if (!element) return;
    const [, [x, y, w, h]] = data.places[id];
    const { parts, size } = lines(graph.nodes.get(id).name, w, h);
    const font = Math.max(SMALLEST / zoom, Math.min(size, 13.5 / zoom));
    const text = (element.querySelector(".short") ?? plain(element, x, y, w, h)).lastChild;
    text.replaceChildren();
    text.setAttribute("font-size", font);
    const top = y + h / 2 - (font * 1.12 * parts.length) / 2;
    parts.forEach((part, at) =>
      make(text, "tspan", { x: x + w / 2, y: top + font * (0.86 + 1.12 * at) }, shortened(part, (w - 6) / font)));
  }

  /** A card that holds nothing but its name, its owner's colour, and that it is public. */
  function plain(element, x, y, width, height) {
    const group = make(element, "g", { class: "short" });
    const node = graph.nodes.get(element.dataset.id);
    if (element.querySelector(".deployment")) {
      make(group, "rect", { class: "deployment", x, y, width, height, rx: 3 });
      const band = element.querySelector(".band");
      if (band) group.append(band.cloneNode());
      if (node.ports.some((port) => port.public)) make(group, "rect", { class: "port public", x, y, width: 7, height });
    }
    make(group, "text", {});
    return group;
  }

  /** What can be read at this zoom: everything, names, or only domains; one plan alone always shows names. */
  function level() {
    if (zoom >= 0.995) return "all";
    return zoom >= namesFrom * 0.999 || !data.plans.tall ? "names" : "domains";
  }

  /** Follow the zoom and what part of the floor is in view: {x, y, width, height}. */
  function look(scale, view) {
    const steps = Math.abs(Math.log(scale / zoom)) > 0.04;
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
        label(block);
        block.labelled = zoom;
      }
      if (now === "names" && block.filled && block.named !== zoom) {
        for (const element of block.element.querySelectorAll(".node")) short(element.dataset.id);
        block.named = zoom;
      }
    }
  }

  /** Where a node is on the floor; where its domain is, when only domains are drawn. */
  function place(id) {
    const drawn = id in data.places ? id : `domain:${graph.nodes.get(id)?.group}`;
    if (!(drawn in data.places)) return null;
    const [home, [x, y, w, h]] = data.places[drawn];
    const at = blocks.get(home);
    return { x: at.x + x, y: at.y + y, width: w, height: h };
  }

  function reveal(id) {
    const home = data.places[id]?.[0];
    if (home !== undefined) fill(blocks.get(home));
  }

  /** Draw arrows that are not there all the time. */
  function ask(edges) {
    const layer = document.getElementById("asked");
    layer.replaceChildren();
    for (const edge of edges.filter((each) => each.folded)) {
      const [from, to] = [place(edge.from), place(edge.to)];
      if (from && to && from !== to) arrow(layer, edge, curve(from, to));
    }
  }

  function arrow(layer, edge, { path, tip, side }) {
    const element = make(layer, "g", { class: `edge lit ${edge.kind} ${edge.required ? "" : "optional"} ${edge.ring ? "ring" : ""}` });
    make(element, "title", {}, `${graph.nodes.get(edge.from).name} → ${graph.nodes.get(edge.to).name}`);
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

  return { root, build, look, place, reveal, ask, close, size, bounds, shown, level, namesFrom, domainsFrom, plan: () => plan };
})();
