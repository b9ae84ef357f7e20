"use strict";

/** What is looked at: zoom and place by d3-zoom, and what is lit up on the floor. */
const stage = (() => {
  const canvas = document.getElementById("picture");
  const drawing = document.getElementById("drawing");
  const selection = d3.select(canvas);
  const PAUSE = 140; // milliseconds without a move, after which the drawing is painted at its new place
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const MARGIN = 16;
  const LARGEST = 1.9; // how many times as large as in a picture file a small system is shown at first
  let fitted = null;
  let waiting = null;
  let painted = d3.zoomIdentity;
  let hand = false; // whether a hand has moved it since it was put somewhere
  let told = () => {};
  const behavior = d3.zoom().on("zoom", moved).clickDistance(4);
  selection.call(behavior).on("dblclick.zoom", null);

  /** While it is moved, the drawing is shifted as an image, which costs the same however much is on it. */
  function moved({ transform: to, sourceEvent }) {
    hand ||= Boolean(sourceEvent);
    const scale = to.k / painted.k;
    drawing.style.transform = `translate(${to.x - scale * painted.x}px,${to.y - scale * painted.y}px) scale(${scale})`;
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE);
  }

  /** Paint the drawing where it is now, and fill and label what has come into view. */
  function look() {
    clearTimeout(waiting);
    painted = transform();
    floor.root.setAttribute("transform", painted);
    drawing.style.transform = "";
    const { k, x, y } = transform();
    floor.look(k, { x: -x / k, y: -y / k, width: canvas.clientWidth / k, height: canvas.clientHeight / k });
    neighbours.look(k);
    if (hand) told(middle());
  }

  const transform = () => d3.zoomTransform(canvas);

  /** What is in the middle of the canvas, and at which zoom. */
  function middle() {
    const { k, x, y } = transform();
    return { plan: floor.plan(), x: (canvas.clientWidth / 2 - x) / k, y: (canvas.clientHeight / 2 - y) / k, k };
  }

  /** Back to where a hand had moved it. False where another plan is shown, on which that is elsewhere. */
  function back({ plan, x, y, k }) {
    if (plan !== floor.plan()) return false;
    go(d3.zoomIdentity.translate(canvas.clientWidth / 2 - k * x, canvas.clientHeight / 2 - k * y).scale(k), false);
    hand = true;
    return true;
  }

  /** Build the floor for the shape of the canvas, and show all of it. True when everything was drawn anew. */
  function build() {
    const anew = floor.build(canvas.clientWidth, canvas.clientHeight);
    if (!anew) return false;
    const [width, height] = floor.size();
    behavior.scaleExtent([Math.min(whole(), 1) * 0.9, 3]);
    behavior.translateExtent([[-width, -height], [2 * width, 2 * height]]);
    return true;
  }

  /** The zoom at which everything is in view, no smaller than can be read. */
  function whole() {
    const [width, height] = floor.size();
    const fit = Math.min((canvas.clientWidth - 2 * MARGIN) / width, (canvas.clientHeight - 2 * MARGIN) / height, LARGEST);
    return Math.max(fit, graph.data.levels ? floor.domainsFrom() : floor.namesFrom());
  }

  function fit() {
    const [width, height] = floor.size();
    const k = whole();
    const x = Math.max(MARGIN, (canvas.clientWidth - k * width) / 2);
    const y = Math.max(MARGIN, (canvas.clientHeight - k * height) / 2);
    go(d3.zoomIdentity.translate(x, y).scale(k), false);
    fitted = String(transform());
  }

  function go(to, gently = true) {
    hand = false;
    if (gently && !still.matches) selection.transition().duration(250).call(behavior.transform, to);
    else selection.call(behavior.transform, to);
    if (!gently || still.matches) look();
  }

  /** Bring a box into the middle, at a zoom where all of it can be read. */
  function center(box, k, gently = true) {
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    go(d3.zoomIdentity.translate(canvas.clientWidth / 2 - k * x, room() / 2 - k * y).scale(k), gently);
  }

  /** How much of the canvas's height the card of a phone leaves, or what is said at the foot of the picture. */
  function room() {
    const card = document.getElementById("card");
    const over = !card.hidden && getComputedStyle(card).position === "absolute";
    return canvas.clientHeight - (over ? card.offsetHeight : document.getElementById("announcement").offsetHeight + 10);
  }

  /** Bring the chosen one's neighbours around it, or let them go home. */
  function gather(state) {
    if (state.show !== "neighbours" || !state.chosen) return neighbours.close();
    const size = { width: canvas.clientWidth - 2 * MARGIN, height: room() - 2 * MARGIN };
    neighbours.show(state.chosen, state.hidden, size);
    const box = neighbours.bounds();
    const k = Math.max(floor.namesFrom(), Math.min(size.width / box.width, size.height / box.height, 1.3));
    neighbours.look(k);
    return center(box, k);
  }

  /** A chosen node is brought into view, unless it is there and can be read. */
  function show(id) {
    const box = floor.place(id);
    if (!box) return;
    const { k, x, y } = transform();
    const inside = k * box.x + x >= 0 && k * (box.x + box.width) + x <= canvas.clientWidth && k * box.y + y >= 0 && k * (box.y + box.height) + y <= room();
    if (!inside || floor.level() === "domains") center(box, Math.max(k, 1));
  }

  /** Open a domain where it stands: come so close that its services can be read. */
  function open(group, gently = true) {
    const box = floor.bounds(group);
    if (!box) return;
    const fill = Math.min((canvas.clientWidth - 2 * MARGIN) / box.width, (canvas.clientHeight - 2 * MARGIN) / box.height);
    center(box, Math.max(floor.namesFrom(), Math.min(fill, 1.3)), gently);
  }

  /** Mark what is chosen and what is asked about it; everything else fades. */
  function light(state) {
    const { lit, marks, edges } = questions.asked(state);
    const dim = lit !== null;
    for (const id of lit ?? []) floor.reveal(id);
    floor.root.classList.toggle("asking", dim);
    for (const [id, element] of floor.shown) {
      const node = graph.nodes.get(id);
      element.classList.toggle("lit", dim && lit.has(id));
      element.classList.toggle("chosen", id === state.chosen);
      element.classList.toggle("away", state.hidden.has(node?.owner));
      for (const name of ["breaks", "degraded"]) element.classList.toggle(name, Boolean(marks?.[name]?.has(id)));
    }
    floor.ask(edges);
    const pairs = new Set(edges.map((edge) => `${edge.from} ${edge.to}`));
    for (const element of floor.root.querySelectorAll(".block .edge, #between > .edge:not(.bundle)")) {
      element.classList.toggle("lit", dim && pairs.has(`${element.dataset.from} ${element.dataset.to}`));
    }
    look();
  }

  /** The drawn node that is nearest to another in a direction; without another, the nearest to the middle. */
  function toward(id, right, down) {
    const { k, x, y } = transform();
    const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];
    const [left, top] = id && floor.place(id) ? middle(floor.place(id)) : [(canvas.clientWidth / 2 - x) / k, (room() / 2 - y) / k];
    let best = { far: Infinity };
    for (const node of graph.data.nodes) {
      const box = node.id !== id && floor.place(node.id);
      if (!box) continue;
      const [across, along] = middle(box).map((each, at) => each - [left, top][at]);
      const ahead = across * right + along * down;
      const aside = Math.abs(across * down) + Math.abs(along * right);
      const far = id ? ahead + 2 * aside : Math.hypot(across, along);
      if ((!id || ahead > 1) && far < best.far) best = { far, id: node.id };
    }
    return best.id;
  }

  const view = () => String(transform());

  /** The room has changed: who saw everything sees everything again. True when everything was drawn anew. */
  function resized(before) {
    const anew = build();
    if (anew || before === fitted) fit();
    else look();
    return anew;
  }

  const zoom = (factor) => ((hand = true), selection.call(behavior.scaleBy, factor), look());
  const pan = (x, y) => ((hand = true), selection.call(behavior.translateBy, x / transform().k, y / transform().k), look());
  const by_hand = () => hand;
  /** Whom to tell when a hand has moved the picture. */
  const listen = (whom) => (told = whom);

  return { canvas, build, light, show, open, fit, back, gather, by_hand, listen, toward, view, resized, zoom, pan, transform };
})();
