"use strict";

/** One state, one way to change it, and its copy in the address, so that every view can be linked to and undone. */
(() => {
  const SHOWS = ["calls", "callers", "impact"];
  const state = fresh();

  function fresh() {
    return { closed: new Set(), hidden: new Set(), only: new Set(), domain: "", version: "", open: null, chosen: null, show: null, to: null };
  }

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
      listing(false);
      told();
      stage.resized(before);
      if (id) stage.show(id);
      stage.light(state);
      if (id) card.focus();
    },
    ask: (show) => change(() => { state.show = show; state.to = null; }),
    reach: (to) => change(() => { state.to = to; state.show = null; }),
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
    fit() {
      state.open = null;
      told();
      stage.fit();
    },
  };

  function change(make) {
    make();
    floor.close(state.closed);
    stage.light(state);
    told();
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

  /** The address of the view; the one before stays in the browser's history. */
  function keep() {
    const address = written();
    if (address === location.hash.slice(1)) return;
    history.pushState({ steps: steps() + 1 }, "", address ? `#${address}` : location.pathname + location.search);
    undoable();
  }

  /** How many views of this page lie behind this one. */
  const steps = () => history.state?.steps ?? 0;
  const undoable = () => document.getElementById("undo").toggleAttribute("disabled", steps() === 0);

  /** On a phone the lists lie over the picture, and only when they are wanted. */
  function listing(open) {
    document.body.classList.toggle("listing", open);
    document.getElementById("lists").setAttribute("aria-expanded", String(open));
  }

  function undo() {
    if (steps() > 0) history.back();
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
    return state.show ? `${text}; all ${state.show} highlighted` : text;
  }

  function written() {
    const parts = new URLSearchParams();
    if (state.chosen) parts.set("at", state.chosen);
    if (state.to) parts.set("to", state.to);
    if (state.show) parts.set("show", state.show);
    for (const name of ["domain", "version", "open"]) if (state[name]) parts.set(name, state[name]);
    for (const [name, value] of [["closed", state.closed], ["without", state.hidden], ["only", state.only]]) {
      if (value.size) parts.set(name, [...value].sort().join(","));
    }
    return parts.toString();
  }

  /** The state that the address asks for; names that do not exist are passed over. */
  function read() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const known = (name, names) => new Set((parts.get(name) ?? "").split(",").filter((each) => names.has(each)));
    Object.assign(state, fresh(), {
      closed: known("closed", graph.groups),
      hidden: known("without", graph.owners),
      only: known("only", new Set(questions.kinds.map((kind) => kind.id))),
      domain: graph.groups.has(parts.get("domain")) ? parts.get("domain") : "",
      version: parts.get("version") ?? "",
      open: graph.groups.has(parts.get("open")) ? parts.get("open") : null,
    });
    const chosen = graph.nodes.get(parts.get("at"));
    if (chosen) {
      state.chosen = chosen.id;
      state.closed.delete(chosen.group);
      state.hidden.delete(chosen.owner);
      state.show = SHOWS.includes(parts.get("show")) ? parts.get("show") : null;
      state.to = graph.nodes.has(parts.get("to")) ? parts.get("to") : null;
    }
    told(false);
    undoable();
    stage.build();
    floor.close(state.closed);
    stage.fit();
    if (state.open) stage.open(state.open, false);
    if (chosen) stage.show(chosen.id);
    stage.light(state);
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
    else if (moves[event.key] && event.shiftKey) actions.choose(stage.toward(state.chosen, ...moves[event.key].map((each) => -Math.sign(each))) ?? state.chosen);
    else if (moves[event.key] && event.target.id === "picture") stage.pan(...moves[event.key]);
    else return;
    event.preventDefault();
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
    addEventListener("resize", () => stage.resized(stage.view()));
    addEventListener("beforeprint", print);
    document.getElementById("services").append(...graph.data.nodes.filter((node) => node.kind === "service").map((node) => element("option", { value: node.id })));
  }

  /** The drawing in vectors, put in only when it is wanted. */
  function print() {
    const printed = document.getElementById("printed");
    if (!printed.childElementCount) printed.append(document.getElementById("vector").content.cloneNode(true));
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
    else if (node) actions.choose(node.dataset.id);
    else if (block?.dataset.group && state.closed.has(block.dataset.group)) actions.toggle(block.dataset.group);
    else if (block?.dataset.group && (floor.level() === "domains" || block.classList.contains("coarse"))) actions.open(block.dataset.group);
    else actions.choose(null);
  }

  wire();
  read();
  performance.mark("drawn");
  document.documentElement.dataset.ready = "true";
})();
