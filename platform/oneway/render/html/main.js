"use strict";

/** One state, one way to change it, and its copy in the address, so that every view can be linked to and undone. */
(() => {
  const state = address.fresh();

  const actions = {
    choose(id) {
      if (id && !graph.nodes.has(id)) return;
      state.chosen = id;
      state.to = null;
      if (!id) state.show = null;
      const node = id && graph.nodes.get(id);
      if (node) {
        state.hidden.delete(node.owner);
        if (state.closed.delete(node.group)) floor.close(state.closed);
      }
      const before = stage.view();
      if (id && !state.show && floor.level() === "domains") state.show = "neighbours";
      listing(false);
      told(false);
      stage.resized(before);
      settle();
      keep();
      if (id) card.focus();
    },
    ask: (show) => put({ show, to: null }),
    reach: (to) => put({ to, show: null }),
    toggle: (group) => change(() => state.closed.delete(group) || state.closed.add(group)),
    filter: (owner, shown) => change(() => (shown ? state.hidden.delete(owner) : state.hidden.add(owner))),
    owners: (shown) => change(() => { state.hidden = new Set(shown ? [] : graph.owners.keys()); }),
    all: (open) => change(() => { state.closed = new Set(open ? [] : graph.groups.keys()); }),
    only: (kind, on) => change(() => { on ? state.only.add(kind) : state.only.delete(kind); state.chosen = null; }),
    narrow: (name, value) => change(() => { state[name] = value; state.chosen = null; }),
    open(group) {
      state.open = group;
      state.chosen = state.show = state.to = null;
      change(() => state.closed.delete(group));
      stage.open(group);
    },
    moved: (view) => { state.view = view; address.keep(state); undoable(); },
    fit() {
      state.open = state.view = null;
      told();
      stage.fit();
    },
  };

  function change(make) {
    make();
    floor.close(state.closed);
    stage.light(state);
    stage.gather(state);
    told();
  }

  function put(asked) {
    Object.assign(state, asked);
    told(false);
    settle();
    keep();
  }

  /** What is chosen is lit, with its neighbours around it where that is asked, and in view. */
  function settle() {
    if (state.chosen && state.show !== "neighbours") stage.show(state.chosen);
    stage.light(state);
    stage.gather(state);
  }

  /** Lists, card, announcement and address follow the state. */
  function told(remember = true) {
    listed();
    document.body.classList.toggle("chosen", Boolean(state.chosen));
    card.show(state, actions);
    document.getElementById("announcement").textContent = words();
    if (remember) keep();
  }

  let lastListed = null;

  /** The lists are written anew only when what they list has changed: they may hold thousands. */
  function listed() {
    const asked = JSON.stringify([state.domain, state.version, ...[state.closed, state.hidden, state.only].map((each) => [...each].sort())]);
    if (asked !== lastListed) {
      const focused = marked(document.activeElement);
      for (const write of [lists.owners, lists.domains, lists.filters]) write(state, actions);
      if (focused) document.querySelector(focused)?.focus();
    }
    lastListed = asked;
    lists.current(state.chosen);
  }

  /** How to find an element of the lists again when they have been written anew. */
  function marked(element) {
    const name = ["domain", "only", "owner"].find((each) => element?.dataset?.[each] !== undefined);
    if (name) return `[data-${name}="${CSS.escape(element.dataset[name])}"]`;
    return element?.closest("#filters") && element.id ? `#${element.id}` : null;
  }

  /** The address follows the state. A view that was reached by hand is part of it until something else moves the picture. */
  function keep() {
    if (!stage.by_hand()) state.view = null;
    address.keep(state);
    undoable();
  }

  const undoable = () => document.getElementById("undo").toggleAttribute("disabled", address.steps() === 0);

  /** On a phone the lists lie over the picture, and only when they are wanted. */
  function listing(open) {
    document.body.classList.toggle("listing", open);
    document.getElementById("lists").setAttribute("aria-expanded", String(open));
  }

  function undo() {
    if (address.steps() > 0) history.back();
  }

  function words() {
    if (!state.chosen) {
      const few = questions.narrowed(state) ? [`${graph.data.nodes.filter((each) => questions.passes(each, state)).length} of ${graph.data.nodes.length} shown`] : [];
      return [...few, ...(state.hidden.size ? [`${state.hidden.size} owners hidden`] : [])].join("; ");
    }
    const node = graph.nodes.get(state.chosen);
    const calls = (edges, word) => {
      const number = edges.filter((edge) => edge.kind === "call").length;
      return `${number} ${word}${number === 1 ? "" : "s"}`;
    };
    const text = `${node.kind} ${node.name}: ${calls(graph.outgoing.get(node.id), "call")}, ${calls(graph.incoming.get(node.id), "caller")}`;
    if (state.to) {
      const { all } = graph.between(node.id, state.to);
      return all.size ? `${text}; ${all.size} on the ways to ${graph.nodes.get(state.to).name}` : `${text}; no calls lead to ${graph.nodes.get(state.to).name}`;
    }
    if (state.show === "impact") {
      const { breaks, degraded } = graph.impact(node.id);
      return `${text}; without it ${breaks.size} ${breaks.size === 1 ? "stops" : "stop"}, ${degraded.size} ${degraded.size === 1 ? "goes" : "go"} on with less`;
    }
    return ["calls", "callers"].includes(state.show) ? `${text}; all ${state.show} highlighted` : text;
  }

  /** Everything as the address asks for. */
  function read() {
    Object.assign(state, address.read());
    told(false);
    undoable();
    stage.build();
    floor.close(state.closed);
    stage.fit();
    if (state.open) stage.open(state.open, false);
    settle();
    if (state.view) stage.back(state.view);
  }

  function keys(event) {
    const undone = (event.ctrlKey || event.metaKey) && event.key === "z";
    if (event.target.closest("input:not([type=checkbox]), textarea, select") || ((event.ctrlKey || event.metaKey || event.altKey) && !undone)) return;
    const step = 60;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (undone || event.key === "u") undo();
    else if (event.key === "/") search.focus();
    else if (event.key === "Escape") actions.choose(null);
    else if (event.key === "+" || event.key === "=") stage.zoom(1.25);
    else if (event.key === "-") stage.zoom(0.8);
    else if (event.key === "0") actions.fit();
    else if (event.key === "n" && state.chosen) actions.ask(state.show === "neighbours" ? null : "neighbours");
    else if (moves[event.key] && event.shiftKey) actions.choose(toward(moves[event.key]) ?? state.chosen);
    else if (moves[event.key] && event.target.id === "picture") stage.pan(...moves[event.key]);
    else return;
    event.preventDefault();
  }

  /** Whom a step to a side leads to: among neighbours along an arrow, else to what stands there. */
  function toward(move) {
    const [right, down] = move.map((each) => -Math.sign(each));
    return state.show === "neighbours" && right ? neighbours.toward(right) : stage.toward(state.chosen, right, down);
  }

  function wire() {
    const pressed = { "zoom-in": () => stage.zoom(1.25), "zoom-out": () => stage.zoom(0.8), fit: actions.fit, print: () => window.print(), undo,
                      "owners-all": () => actions.owners(true), "owners-none": () => actions.owners(false),
                      "expand-all": () => actions.all(true), "collapse-all": () => actions.all(false) };
    for (const [id, action] of Object.entries(pressed)) document.getElementById(id).addEventListener("click", action);
    document.getElementById("lists").addEventListener("click", () => listing(!document.body.classList.contains("listing")));
    search.start(actions);
    stage.canvas.addEventListener("click", (event) => tapped(event.target));
    stage.canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && !event.buttons && nearing(event.target.closest?.(".block[data-group]")?.dataset.group));
    stage.canvas.addEventListener("pointerleave", () => nearing());
    document.getElementById("outline").addEventListener("focusin", (event) => nearing(event.target.dataset.domain));
    document.getElementById("outline").addEventListener("focusout", () => nearing());
    document.addEventListener("keydown", keys);
    addEventListener("popstate", read);
    addEventListener("resize", () => stage.resized(stage.view()) && settle());
    addEventListener("beforeprint", paper.print);
    stage.listen(actions.moved);
    document.getElementById("services").append(...graph.data.nodes.filter((node) => node.kind === "service").map((node) => element("option", { value: node.id })));
  }

  let near = null;

  /** A domain that is pointed at, by mouse or by keyboard, shows whom it calls and who calls it. */
  function nearing(group) {
    const id = group && (floor.level() === "domains" || floor.bounds(group)?.element.matches(".closed, .coarse")) ? group : null;
    if (id === near) return;
    near = id;
    floor.near(id);
    document.getElementById("announcement").textContent = id === null ? words() : around(id);
  }

  function around(id) {
    const { to, from } = graph.around(id);
    const named = (map) => [...map].sort((a, b) => b[1] - a[1]).slice(0, 6).map(([other, count]) => `${graph.groups.get(other)?.name ?? other} (${count})`).join(", ") + (map.size > 6 ? ` and ${map.size - 6} more` : "");
    return [`${graph.groups.get(id).name}:`, to.size ? `calls ${named(to)};` : "calls no other;", from.size ? `called by ${named(from)}` : "called by no other"].join(" ");
  }

  function tapped(target) {
    const inmate = target.closest(".inmate[data-id]")?.dataset.id;
    if (inmate) return actions.choose(inmate);
    const node = target.closest(".node");
    const tag = target.closest(".tag[data-to]");
    const block = target.closest(".block[data-group]");
    if (tag) actions.choose(tag.dataset.to);
    else if (node) actions.choose(node.dataset.id ?? node.dataset.beside);
    else if (block?.dataset.group && state.closed.has(block.dataset.group)) actions.toggle(block.dataset.group);
    else if (block?.dataset.group && (floor.level() === "domains" || block.classList.contains("coarse"))) actions.open(block.dataset.group);
    else actions.choose(null);
  }

  wire();
  read();
  performance.mark("drawn");
  document.documentElement.dataset.ready = "true";
})();
