"use strict";

/**
 * One service and what is one arrow away: callers move to its left, what it calls to its right, over the dimmed floor.
 * What it reads from channels counts as coming in, what it publishes as going out.
 */
const neighbours = (() => {
  const ROW = 14; // between cards above each other, wide enough for the arrows of outer columns
  const COLUMN = 40;
  const AISLE = 96; // beside the chosen one, where arrows spread
  const MOST = 60;
  const HEADING = 26;
  const PLAIN = { width: 168, height: 42 };
  let group = null;
  let cards = [];
  let bounds = null;

  /** Put the neighbours around the place of the chosen one; `room` is the shape of the canvas. */
  function show(id, hidden, room) {
    const before = new Map(cards.map((card) => [card.id, card]));
    close();
    const middle = card(id);
    const sides = { left: side(id, graph.incoming, "from", hidden), right: side(id, graph.outgoing, "to", hidden) };
    const rows = fitting(sides, middle, room);
    const at = floor.place(id) ?? { x: 0, y: 0 };
    const center = { x: at.x + middle.width / 2, y: at.y + middle.height / 2 };
    put(middle, center.x - middle.width / 2, center.y - middle.height / 2);
    stand(sides.left, rows, center, -1, center.x - middle.width / 2 - AISLE);
    stand(sides.right, rows, center, 1, center.x + middle.width / 2 + AISLE);
    cards = [middle, ...sides.left.cards, ...sides.right.cards];
    draw(sides, middle, before);
  }

  function close() {
    group?.remove();
    group = bounds = null;
    cards = [];
    floor.root.classList.remove("beside");
  }

  /** The nodes at one side in the order of their domains, once each, with all arrows to or from them. */
  function side(id, arrows, end, hidden) {
    const found = new Map();
    for (const edge of arrows.get(id)) {
      const other = edge[end];
      if (other !== id && !hidden.has(graph.nodes.get(other).owner)) found.set(other, [...(found.get(other) ?? []), edge]);
    }
    const key = (other) => `${graph.nodes.get(other).group || "~"} ${graph.nodes.get(other).name}`;
    const ids = [...found.keys()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    return { cards: ids.slice(0, MOST).map((other) => ({ ...card(other), edges: found.get(other) })), more: Math.max(0, ids.length - MOST) };
  }

  function card(id) {
    const size = floor.size_of(id) ?? PLAIN;
    return { id, width: size.width, height: size.height };
  }

  /** In how many rows everything is largest on the canvas. */
  function fitting(sides, middle, room) {
    const most = Math.max(1, sides.left.cards.length, sides.right.cards.length);
    let best = { zoom: 0, rows: 1 };
    for (let rows = 1; rows <= most; rows += 1) {
      const [left, right] = [sides.left, sides.right].map((each) => measured(each.cards, rows));
      const width = left.width + right.width + middle.width + 2 * AISLE;
      const height = Math.max(left.height, right.height, middle.height);
      const zoom = Math.min(room.width / width, room.height / height);
      if (zoom > best.zoom * 1.001) best = { zoom, rows };
    }
    return best.rows;
  }

  function measured(all, rows) {
    const columns = split(all, rows);
    const heights = [...Array(rows).keys()].map((row) => Math.max(0, ...columns.map((column) => column[row]?.height ?? 0)));
    return { columns, heights, width: columns.reduce((sum, column) => sum + widest(column) + COLUMN, 0),
             height: heights.reduce((sum, each) => sum + each + ROW, 0) + HEADING };
  }

  /** Columns of about the same length, the first one nearest to the middle. */
  function split(all, rows) {
    const many = Math.ceil(all.length / rows);
    const each = many ? Math.ceil(all.length / many) : 0;
    return [...Array(many).keys()].map((column) => all.slice(column * each, (column + 1) * each));
  }

  const widest = (column) => Math.max(...column.map((each) => each.width));

  /** Places for one side, going outwards from `edge`. */
  function stand(side, rows, center, way, edge) {
    const { columns, heights } = measured(side.cards, rows);
    side.edge = edge;
    let x = edge;
    for (const column of columns) {
      const width = widest(column);
      const used = heights.slice(0, column.length).reduce((sum, each) => sum + each + ROW, -ROW);
      let y = center.y - used / 2;
      column.forEach((each, row) => {
        put(each, way < 0 ? x - each.width : x, y + (heights[row] - each.height) / 2);
        each.gap = y + heights[row] + ROW / 2;
        each.inner = column === columns[0];
        y += heights[row] + ROW;
      });
      x += way * (width + COLUMN);
    }
    side.top = Math.min(center.y, ...side.cards.map((each) => each.y));
  }

  function put(card, x, y) {
    Object.assign(card, { x, y });
  }

  function draw(sides, middle, before) {
    group = labels.make(floor.root, "g", { id: "neighbours" });
    const xs = cards.flatMap((each) => [each.x, each.x + each.width]);
    const ys = cards.flatMap((each) => [each.y, each.y + each.height]);
    bounds = { x: Math.min(...xs), y: Math.min(...ys) - HEADING };
    Object.assign(bounds, { width: Math.max(...xs) - bounds.x, height: Math.max(...ys) + HEADING - bounds.y });
    labels.make(group, "rect", { class: "ground", x: bounds.x - 24, y: bounds.y - 12, width: bounds.width + 48, height: bounds.height + 24, rx: 8 });
    const arrows = labels.make(group, "g", { class: "arrows" });
    for (const each of sides.left.cards) each.edges.forEach((edge) => arrow(arrows, edge, each, middle, -1));
    for (const each of sides.right.cards) each.edges.forEach((edge) => arrow(arrows, edge, each, middle, 1));
    for (const each of cards) drawn(each, before.get(each.id), each === middle);
    for (const [each, words] of [[sides.left, "in"], [sides.right, "out"]]) heading(each, words, middle);
    floor.root.classList.add("beside");
  }

  /** How many there are at a side, above it. */
  function heading(side, way, middle) {
    const all = side.cards.length + side.more;
    const calls = side.cards.every((each) => each.edges.every((edge) => edge.kind === "call"));
    const words = { in: calls ? "caller" : "caller or channel", out: calls ? "callee" : "callee or channel" }[way];
    const counted = `${all} ${all === 1 ? words : words.replace(/(caller|callee|channel)/g, "$1s")}`;
    const none = way === "in" ? "nobody calls it" : "calls nobody";
    const text = all ? counted + (side.more ? `, the first ${side.cards.length} here` : "") : none;
    const alone = { x: middle.x + middle.width / 2, y: way === "in" ? middle.y - 10 : middle.y + middle.height + HEADING, "text-anchor": "middle" };
    const place = all ? { x: side.edge, y: side.top - 8, "text-anchor": way === "in" ? "end" : "start" } : alone;
    labels.make(group, "text", { class: "heading", ...place }, text);
  }

  /** The card itself, moved from where it stood before to its place beside the others. */
  function drawn(card, before, chosen) {
    const own = floor.copy(card.id);
    const element = own?.element ?? plain(card);
    const from = own ?? { x: 0, y: 0 };
    element.classList.remove("lit", "breaks", "degraded", "away");
    element.classList.toggle("chosen", chosen);
    element.removeAttribute("data-id");
    element.dataset.beside = card.id;
    const holder = labels.make(group, "g", { class: "moving" });
    holder.append(element);
    card.element = element;
    card.inside = [from.x, from.y, card.width, card.height];
    const place = ({ x, y }) => `translate(${x - from.x}px,${y - from.y}px)`;
    const start = before ?? floor.place(card.id);
    holder.style.transform = place(start ?? card);
    holder.getBoundingClientRect(); // so that it starts from there
    holder.style.transform = place(card);
  }

  /** A card for what is not drawn on the floor, because there are too many services. */
  function plain(card) {
    const node = graph.nodes.get(card.id);
    const element = document.createElementNS(floor.root.namespaceURI, "g");
    element.setAttribute("class", `node ${node.kind}`);
    labels.make(element, "rect", { class: node.kind === "service" ? "deployment" : "outside", width: card.width, height: card.height, rx: 3 });
    labels.make(element, "text", { class: "name", x: 10, y: 18 }, labels.cut(node.name, card.width - 20, 13));
    labels.make(element, "text", { class: "meta", x: 10, y: 34 }, labels.cut([node.owner, node.version].filter(Boolean).join(" · "), card.width - 20, 11));
    return element;
  }

  /** From side to side; an arrow of an outer column goes below its row until it is past the inner ones. */
  function arrow(layer, edge, card, middle, way) {
    const incoming = way < 0;
    const at = { x: incoming ? card.x + card.width : card.x, y: card.y + card.height / 2 };
    const port = { x: incoming ? middle.x : middle.x + middle.width, y: middle.y + middle.height / 2 };
    const edgeOf = port.x + way * AISLE;
    const bend = (a, b) => `C${(a.x + b.x) / 2},${a.y} ${(a.x + b.x) / 2},${b.y} ${b.x},${b.y}`;
    const corners = [at];
    if (!card.inner) corners.push({ x: at.x - way * COLUMN * 0.8, y: card.gap }, { x: edgeOf, y: card.gap });
    corners.push(port);
    const points = incoming ? corners : corners.reverse();
    const tip = points.at(-1);
    points[points.length - 1] = { x: tip.x - 7, y: tip.y };
    const path = points.slice(1).reduce((text, point, index) => text + bend(points[index], point), `M${points[0].x},${points[0].y}`);
    floor.arrow(layer, edge, { path, tip, side: 1 });
  }

  /** What is written on the cards follows the zoom, as on the floor. */
  function look(zoom) {
    if (zoom < 0.995) for (const each of cards) labels.name(each.element, each.inside, zoom, each.id);
  }

  /** The first card at a side of the chosen one. */
  const toward = (right) => cards.find((each) => each.edges?.some((edge) => (right < 0 ? edge.from : edge.to) === each.id))?.id;

  return { show, close, look, toward, bounds: () => bounds };
})();
