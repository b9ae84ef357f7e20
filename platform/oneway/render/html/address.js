"use strict";

/** The state as the address of a page, so that every view can be linked to and undone. */
const address = (() => {
  const SHOWS = ["neighbours", "calls", "callers", "impact"];

  /** What a reader has chosen when the address is empty; `view` is set while the picture is where a hand moved it. */
  const fresh = () =>
    ({ closed: new Set(), hidden: new Set(), only: new Set(), domain: "", version: "", open: null, chosen: null, show: null, to: null, view: null });

  function written(state) {
    const parts = new URLSearchParams();
    if (state.chosen) parts.set("at", state.chosen);
    if (state.to) parts.set("to", state.to);
    if (state.show) parts.set("show", state.show);
    for (const name of ["domain", "version", "open"]) if (state[name]) parts.set(name, state[name]);
    for (const [name, value] of [["closed", state.closed], ["without", state.hidden], ["only", state.only]]) {
      if (value.size) parts.set(name, [...value].sort().join(","));
    }
    if (state.view) parts.set("view", [state.view.plan, ...[state.view.x, state.view.y].map(Math.round), Number(state.view.k.toPrecision(4))].join(","));
    return parts.toString();
  }

  /** The state that the address asks for; names that do not exist are passed over. */
  function read() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const known = (name, names) => new Set((parts.get(name) ?? "").split(",").filter((each) => names.has(each)));
    const state = Object.assign(fresh(), {
      closed: known("closed", graph.groups),
      hidden: known("without", graph.owners),
      only: known("only", new Set(questions.kinds.map((kind) => kind.id))),
      domain: graph.groups.has(parts.get("domain")) ? parts.get("domain") : "",
      version: parts.get("version") ?? "",
      open: graph.groups.has(parts.get("open")) ? parts.get("open") : null,
      view: view(parts.get("view") ?? ""),
    });
    const chosen = graph.nodes.get(parts.get("at"));
    if (!chosen) return state;
    state.chosen = chosen.id;
    state.closed.delete(chosen.group);
    state.hidden.delete(chosen.owner);
    state.show = SHOWS.includes(parts.get("show")) ? parts.get("show") : null;
    state.to = graph.nodes.has(parts.get("to")) ? parts.get("to") : null;
    return state;
  }

  /** The middle of the canvas on a plan, and the zoom. */
  function view(text) {
    const [plan, ...numbers] = text.split(",");
    const [x, y, k] = numbers.map(Number);
    return numbers.length === 3 && [x, y, k].every(Number.isFinite) && k > 0 ? { plan, x, y, k } : null;
  }

  /** Remember the view; the one before stays in the browser's history. A row of moves by hand is one step of it. */
  function keep(state) {
    const text = written(state);
    if (text === location.hash.slice(1)) return;
    const moved = written({ ...state, view: null });
    const goes_on = Boolean(state.view) && history.state?.moved === moved;
    const entry = { steps: steps() + (goes_on ? 0 : 1), moved: state.view ? moved : undefined };
    history[goes_on ? "replaceState" : "pushState"](entry, "", text ? `#${text}` : location.pathname + location.search);
  }

  /** How many views of this page lie behind this one. */
  const steps = () => history.state?.steps ?? 0;

  return { fresh, read, keep, steps };
})();
