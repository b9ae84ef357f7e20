"use strict";

/** One state, one way to change it, and its copy in the address, so that every view can be linked to. */
(() => {
  const LARGE = graph.data.large;
  const services = graph.data.nodes.filter((node) => node.kind === "service").length;
  const state = fresh();

  function fresh() {
    return { open: new Set(services <= LARGE ? graph.groups.keys() : []), hidden: new Set(), chosen: null, show: null };
  }

  const actions = {
    choose(id) {
      const before = stage.view();
      state.chosen = id;
      if (!id) state.show = null;
      const group = id && graph.nodes.get(id).group;
      const hidden = id && state.hidden.delete(graph.nodes.get(id).owner);
      if (hidden || (group && !state.open.has(group))) {
        if (group) state.open.add(group);
        redraw();
      } else stage.light(state);
      told();
      stage.resized(before);
      if (id) stage.show(id);
      if (id) card.focus();
    },
    ask(show) {
      state.show = show;
      stage.light(state);
      told();
    },
    toggle(group) {
      if (!state.open.delete(group)) state.open.add(group);
      redraw();
      told();
    },
    filter(owner, shown) {
      if (shown) state.hidden.delete(owner);
      else state.hidden.add(owner);
      redraw();
      told();
    },
    owners(shown) {
      state.hidden = new Set(shown ? [] : graph.owners.keys());
      redraw();
      told();
    },
    all(open) {
      state.open = new Set(open ? graph.groups.keys() : []);
      redraw();
      told();
    },
  };

  function redraw() {
    stage.draw(state);
    stage.fit();
  }

  /** Lists, card, announcement and address follow the state. */
  function told() {
    lists.owners(state, actions);
    const focused = document.activeElement?.dataset?.domain;
    lists.domains(state, actions);
    if (focused) document.querySelector(`[data-domain="${CSS.escape(focused)}"]`)?.focus();
    card.show(state.chosen, state.show, actions);
    document.getElementById("announcement").textContent = words();
    const address = written();
    if (address !== location.hash.slice(1)) history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  }

  function words() {
    if (!state.chosen) return state.hidden.size ? `${state.hidden.size} owners hidden` : "";
    const node = graph.nodes.get(state.chosen);
    const calls = (edges, word) => {
      const number = edges.filter((edge) => edge.kind === "call").length;
      return `${number} ${word}${number === 1 ? "" : "s"}`;
    };
    const text = `${node.kind} ${node.name}: ${calls(graph.outgoing.get(node.id), "call")}, ${calls(graph.incoming.get(node.id), "caller")}`;
    if (state.show === "impact") {
      const { breaks, degraded } = graph.impact(node.id);
      return `${text}; without it ${breaks.size} ${breaks.size === 1 ? "stops" : "stop"}, ${degraded.size} ${degraded.size === 1 ? "goes" : "go"} on with less`;
    }
    return state.show ? `${text}; all ${state.show} highlighted` : text;
  }

  function written() {
    const parts = new URLSearchParams();
    if (state.chosen) parts.set("at", state.chosen);
    if (state.show) parts.set("show", state.show);
    const open = [...state.open].sort().join(",");
    if (open !== [...fresh().open].sort().join(",")) parts.set("open", open);
    if (state.hidden.size) parts.set("without", [...state.hidden].sort().join(","));
    return parts.toString();
  }

  /** The state that the address asks for; names that do not exist are passed over. */
  function read() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const known = (text, names) => new Set((text ?? "").split(",").filter((each) => names.has(each)));
    Object.assign(state, fresh());
    if (parts.has("open")) state.open = known(parts.get("open"), graph.groups);
    state.hidden = known(parts.get("without"), graph.owners);
    const chosen = graph.nodes.get(parts.get("at"));
    if (chosen) {
      state.chosen = chosen.id;
      if (chosen.group) state.open.add(chosen.group);
      state.hidden.delete(chosen.owner);
      state.show = ["calls", "callers", "impact"].includes(parts.get("show")) ? parts.get("show") : null;
    }
    redraw();
    const before = stage.view();
    told();
    stage.resized(before);
    if (chosen) stage.show(chosen.id);
  }

  function keys(event) {
    if (event.target.closest("input, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 60;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (event.key === "/") search.focus();
    else if (event.key === "Escape") actions.choose(null);
    else if (event.key === "+" || event.key === "=") stage.zoom(1.25);
    else if (event.key === "-") stage.zoom(0.8);
    else if (event.key === "0") stage.fit();
    else if (moves[event.key] && event.target.id === "picture") stage.pan(...moves[event.key]);
    else return;
    event.preventDefault();
  }

  function wire() {
    const pressed = { "zoom-in": () => stage.zoom(1.25), "zoom-out": () => stage.zoom(0.8), fit: stage.fit, print: () => window.print(),
                      "owners-all": () => actions.owners(true), "owners-none": () => actions.owners(false),
                      "expand-all": () => actions.all(true), "collapse-all": () => actions.all(false) };
    for (const [id, action] of Object.entries(pressed)) document.getElementById(id).addEventListener("click", action);
    search.start(actions);
    stage.cy.on("tap", "node", (event) => tapped(event.target));
    stage.cy.on("tap", (event) => event.target === stage.cy && actions.choose(null));
    document.addEventListener("keydown", keys);
    addEventListener("hashchange", read);
    addEventListener("beforeprint", () => {
      document.getElementById("printed").src = stage.printed();
    });
  }

  function tapped(node) {
    const [kind, name] = [node.data("kind"), node.id()];
    if (kind === "box") actions.toggle(name.slice(4));
    else if (name.startsWith("domain ")) actions.toggle(name.slice(7));
    else actions.choose(name);
  }

  wire();
  read();
  performance.mark("drawn");
  document.documentElement.dataset.ready = "true";
})();
