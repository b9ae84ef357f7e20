"use strict";

/** One state, one way to change it, and its copy in the address, so that every view can be linked to and undone. */
(() => {
  const SHOWS = ["calls", "callers", "impact"];
  const MANY = 300;
  const state = fresh();
  let steps = 0;

  function fresh() {
    const closed = graph.data.nodes.length > MANY ? new Set(graph.groups.keys()) : new Set();
    return { closed: new Set(), listed: closed, hidden: new Set(), only: new Set(), chosen: null, show: null, to: null };
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
  };

  function change(make) {
    make();
    floor.close(state.closed);
    stage.light(state);
    told();
  }

  /** Lists, card, announcement and address follow the state. */
  function told(remember = true) {
    lists.owners(state, actions);
    const focused = document.activeElement?.dataset?.domain;
    lists.domains(state, actions);
    lists.filters(state, actions);
    if (focused) document.querySelector(`[data-domain="${CSS.escape(focused)}"]`)?.focus();
    document.body.classList.toggle("chosen", Boolean(state.chosen));
    card.show(state, actions);
    document.getElementById("announcement").textContent = words();
    if (remember) keep();
  }

  /** The address of the view; the one before stays in the browser's history. */
  function keep() {
    const address = written();
    if (address === location.hash.slice(1)) return;
    history.pushState(null, "", address ? `#${address}` : location.pathname + location.search);
    steps += 1;
    document.getElementById("undo").disabled = false;
  }

  /** On a phone the lists lie over the picture, and only when they are wanted. */
  function listing(open) {
    document.body.classList.toggle("listing", open);
    document.getElementById("lists").setAttribute("aria-expanded", String(open));
  }

  function undo() {
    if (steps > 0) history.back();
  }

  function words() {
    if (!state.chosen) return state.hidden.size ? `${state.hidden.size} owners hidden` : "";
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
      only: known("only", new Set(graph.kinds.map((kind) => kind.id))),
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
    stage.build();
    floor.close(state.closed);
    stage.fit();
    if (chosen) stage.show(chosen.id);
    stage.light(state);
  }

  function keys(event) {
    const undone = (event.ctrlKey || event.metaKey) && event.key === "z";
    if (event.target.closest("input, textarea") || ((event.ctrlKey || event.metaKey || event.altKey) && !undone)) return;
    const step = 60;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (undone || event.key === "u") undo();
    else if (event.key === "/") search.focus();
    else if (event.key === "Escape") actions.choose(null);
    else if (event.key === "+" || event.key === "=") stage.zoom(1.25);
    else if (event.key === "-") stage.zoom(0.8);
    else if (event.key === "0") stage.fit();
    else if (moves[event.key] && event.target.id === "picture") stage.pan(...moves[event.key]);
    else return;
    event.preventDefault();
  }

  function wire() {
    const pressed = { "zoom-in": () => stage.zoom(1.25), "zoom-out": () => stage.zoom(0.8), fit: stage.fit, print: () => window.print(), undo,
                      "owners-all": () => actions.owners(true), "owners-none": () => actions.owners(false),
                      "expand-all": () => actions.all(true), "collapse-all": () => actions.all(false) };
    for (const [id, action] of Object.entries(pressed)) document.getElementById(id).addEventListener("click", action);
    document.getElementById("lists").addEventListener("click", () => listing(!document.body.classList.contains("listing")));
    search.start(actions);
    stage.canvas.addEventListener("click", (event) => tapped(event.target));
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

  function tapped(target) {
    const node = target.closest(".node");
    const tag = target.closest(".tag[data-to]");
    const block = target.closest(".block[data-group]");
    if (tag) actions.choose(tag.dataset.to);
    else if (node) actions.choose(node.dataset.id);
    else if (block?.dataset.group && state.closed.has(block.dataset.group)) actions.toggle(block.dataset.group);
    else if (block?.dataset.group && (floor.level() === "domains" || block.classList.contains("coarse"))) stage.open(block.dataset.group);
    else actions.choose(null);
  }

  wire();
  read();
  performance.mark("drawn");
  document.documentElement.dataset.ready = "true";
})();
