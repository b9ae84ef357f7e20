"use strict";

/** The live layer of the picture: the page around it tells the states, and hears what is chosen. */
const live = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const states = new Map();
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = 'bold 11px Helvetica, Arial, "Liberation Sans", sans-serif';
  let pairs = new Set();
  let quiet = false;

  function show(found, chosen) {
    const changed = [];
    const there = new Set();
    for (const each of found) {
      there.add(each.id);
      const before = states.get(each.id);
      if (before?.words !== each.words || before?.slug !== each.slug) changed.push(each.id);
      states.set(each.id, each);
    }
    for (const id of [...states.keys()]) if (!there.has(id)) { states.delete(id); changed.push(id); }
    if (changed.length) {
      for (const id of changed) node(floor.shown.get(id));
      blocks();
    }
    arrows();
    select(chosen);
  }

  function node(element) {
    if (!element) return;
    const each = states.get(element.dataset.id);
    if (!each) return delete element.dataset.state;
    element.dataset.state = each.slug;
    badge(element, each);
  }

  /** A sign and the words over the upper edge of the card; the sign alone in a picture of names. */
  function badge(element, each) {
    const box = place_of(element);
    element.querySelector(":scope > .live")?.remove();
    if (!box || (each.works && each.by.length === 0)) return;
    const { x, y, width } = box;
    const made = append(element, "g", { class: "live", "data-live": "" });
    const text = fitting(`${each.sign} ${each.words}`, width + 48);
    const room = 14 + wide(text);
    append(made, "rect", { x: x + width - room + 4, y: y - 13, width: room, height: 16, rx: 8 });
    append(made, "text", { x: x + width - room / 2 + 4, y: y - 1 }, text);
  }

  /** How wide a badge's words are in the font that is there, without a layout of the picture. */
  const wide = (text) => pen.measureText(text).width;

  function fitting(text, room) {
    if (wide(text) <= room) return text;
    const letters = [...text];
    while (letters.length > 1 && wide(`${letters.join("")}…`) > room) letters.pop();
    return `${letters.join("")}…`;
  }

  /** Where a card stands in its own block. */
  function place_of(element) {
    const place = floor.place(element.dataset.id);
    const block = floor.bounds(element.closest(".block")?.dataset.group ?? "");
    return place && { x: place.x - (block?.x ?? 0), y: place.y - (block?.y ?? 0), width: place.width };
  }

  function append(parent, name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return parent.appendChild(made);
  }

  /** A domain is as bad as its worst service, and says how many are bad. */
  function blocks() {
    const order = ["fails", "blocked", "stopped", "unknown", "slow"];
    for (const [id, members] of graph.members) {
      const element = floor.bounds(id)?.element;
      if (!element) continue;
      const found = members.map((each) => states.get(each.id)).filter(Boolean);
      const worst = order.find((slug) => found.some((each) => each.slug === slug));
      const count = found.filter((each) => each.slug === worst).length;
      if (worst) element.dataset.worst = worst;
      else delete element.dataset.worst;
      tally(element, floor.bounds(id), worst ? `${found.find((each) => each.slug === worst).sign} ${count}` : "");
    }
  }

  function tally(element, block, text) {
    element.querySelector(":scope > .tally")?.remove();
    if (!text) return;
    const made = append(element, "g", { class: "tally", transform: `translate(${block.width} 0)` });
    append(made, "text", {}, text);
  }

  /** Calls over which the trouble comes: from whom it takes along, to its cause or to who is blocked by the same. */
  function arrows() {
    const now = new Set();
    for (const each of states.values()) for (const cause of each.by) for (const edge of graph.outgoing.get(each.id) ?? []) {
      const other = states.get(edge.to);
      const there = edge.to === cause || (other && !other.works && other.by.includes(cause));
      if (edge.kind === "call" && there) now.add(`${edge.from}\n${edge.to}`);
    }
    if (same(now, pairs)) return;
    pairs = now;
    paint();
    const edges = graph.data.edges.filter((edge) => edge.folded && now.has(`${edge.from}\n${edge.to}`));
    if (edges.length || document.querySelector("#asked .edge")) floor.ask(edges);
  }

  const same = (one, other) => one.size === other.size && [...one].every((each) => other.has(each));

  function paint() {
    for (const element of document.querySelectorAll("#floor .edge[data-from]")) {
      element.dataset.cause = String(pairs.has(`${element.dataset.from}\n${element.dataset.to}`));
    }
  }

  /** What is chosen outside is chosen here, too; what is in view stays there. */
  function select(id) {
    const at = new URLSearchParams(location.hash.slice(1)).get("at");
    if ((id ?? null) === at || !stage.canvas.clientWidth) return;
    quiet = true;
    if (id) {
      floor.reveal(id);
      floor.shown.get(id)?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    } else document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    quiet = false;
  }

  /** What is looked at: how large, where the services in view stand, the middle first; `all` where nothing is outside. */
  function seen() {
    const { k, x, y } = stage.transform();
    const [width, height] = [stage.canvas.clientWidth, stage.canvas.clientHeight];
    const [wide, high] = floor.size();
    const all = x >= 0 && y >= 0 && x + k * wide <= width && y + k * high <= height;
    const found = [];
    for (const id of states.keys()) {
      const box = floor.place(id);
      const at = box && { id, x: x + k * (box.x + box.width / 2), y: y + k * (box.y + box.height / 2) };
      if (at && at.x >= 0 && at.x <= width && at.y >= 0 && at.y <= height) found.push(at);
    }
    const far = (at) => Math.hypot(at.x - width / 2, at.y - height / 2);
    return { all, k, found: found.sort((one, other) => far(one) - far(other)).slice(0, 100) };
  }

  /** Look at the same as in a picture before this one: a service that is in both stands where it stood. */
  function look_from({ all, k, found }) {
    const same = found.find(({ id }) => floor.place(id));
    if (all || !same) return;
    stage.zoom(k / stage.transform().k);
    const box = floor.place(same.id);
    const now = stage.transform();
    stage.pan(same.x - now.x - now.k * (box.x + box.width / 2), same.y - now.y - now.k * (box.y + box.height / 2));
  }

  history.pushState = (value, title, address) => {
    history.replaceState(value, title, address);
    if (!quiet) parent.page?.choose(new URLSearchParams(location.hash.slice(1)).get("at"));
  };

  new MutationObserver((changes) => {
    const fresh = changes.some((each) => [...each.addedNodes].some((added) => added.nodeType === 1 && !added.closest(".live, .tally, .short, .big")));
    if (!fresh) return;
    for (const element of floor.shown.values()) if (element.dataset.state === undefined) node(element);
    blocks();
    paint();
  }).observe(floor.root, { childList: true, subtree: true });

  document.documentElement.dataset.live = "true";
  return { show, seen, look_from };
})();
window.live = live;
