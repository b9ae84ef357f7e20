"use strict";

/** What a reader can ask to see alone, and what is lit up then. */
const questions = (() => {
  /** What it is called, which nodes it is about, and where it is about arrows, which ones. */
  const ends = (test) => (node) => [...graph.outgoing.get(node.id), ...graph.incoming.get(node.id)].some(test);
  const arrows = (words, test) => [words, ends(test), test];
  const KINDS = new Map([
    ["public", ["public access point", (node) => node.ports.some((port) => port.public)]],
    ["findings", ["findings", (node) => node.notes.length > 0]],
    ["required", arrows("required calls", (edge) => edge.kind === "call" && edge.required)],
    ["optional", arrows("calls, not required", (edge) => edge.kind === "call" && !edge.required)],
    ["ring", arrows("calls in a ring", (edge) => edge.ring)],
    ["streams", arrows("channels", (edge) => edge.kind !== "call")],
    ["seen", arrows("calls seen", (edge) => edge.drift?.seen && edge.drift.declared)],
    ["unseen", arrows("calls not seen", (edge) => edge.drift && !edge.drift.seen && !edge.drift.accepted)],
    ["undeclared", arrows("calls not declared", (edge) => edge.drift && !edge.drift.declared && !edge.drift.accepted)],
    ["accepted", arrows("differences accepted", (edge) => edge.drift?.accepted)],
    ["changed", ["changes", (node) => node.change !== "same"]],
  ]);
  const kinds = [...KINDS].map(([id, [words, test, about]]) =>
    ({ id, words, count: about ? graph.data.edges.filter(about).length : graph.data.nodes.filter(test).length })).filter((kind) => kind.count);

  /** Whether something is asked for that only some nodes answer. */
  const narrowed = (state) => state.only.size > 0 || state.domain !== "" || range(state.version) !== null;

  function passes(node, state) {
    const wanted = range(state.version);
    return [...state.only].every((kind) => KINDS.get(kind)[1](node))
      && (!state.domain || node.group === state.domain)
      && (wanted === null || (Boolean(node.version) && wanted(node.version)));
  }

  /** The test that a version range is: 2, 2.1, >=1.4, ">=1.0,<2". None for an empty one, and for one that is none. */
  function range(text) {
    const parts = text.split(/[,\s]+(?=[<>=\d])/).filter(Boolean);
    const tests = parts.map((part) => /^(>=|<=|>|<|=)?\s*v?(\d+(?:\.\d+){0,2})$/.exec(part.trim())?.slice(1));
    if (!tests.length || tests.some((each) => !each)) return null;
    return (version) => tests.every(([sign, limit]) => compares(sign, version, limit));
  }

  /** Numbers are compared one by one; what the limit leaves out may be anything. */
  function compares(sign, version, limit) {
    const [own, other] = [version, limit].map((each) => each.split("-")[0].split(".").map(Number));
    const at = other.findIndex((number, place) => own[place] !== number);
    const difference = at < 0 ? 0 : own[at] - other[at];
    if (sign === ">=") return difference >= 0;
    if (sign === "<=") return difference <= 0;
    if (sign === ">") return difference > 0;
    if (sign === "<") return difference < 0;
    return difference === 0;
  }

  /** The nodes that stay lit (null: all), why, and the arrows between them. */
  function asked(state) {
    const among = (ids, test) => graph.data.edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to) && test(edge));
    const call = (edge) => edge.kind === "call";
    if (!state.chosen) {
      if (!narrowed(state)) return { lit: null, edges: [] };
      const lit = new Set(graph.data.nodes.filter((node) => passes(node, state)).map((node) => node.id));
      const about = [...state.only].map((kind) => KINDS.get(kind)[2]).filter(Boolean);
      return { lit, edges: among(lit, (edge) => about.every((test) => test(edge))) };
    }
    if (state.to) {
      const lit = graph.between(state.chosen, state.to).all.add(state.chosen).add(state.to);
      return { lit, edges: among(lit, call) };
    }
    if (state.show === "impact") {
      const marks = graph.impact(state.chosen);
      const lit = new Set([state.chosen, ...marks.breaks, ...marks.degraded]);
      return { lit, marks, edges: among(lit, call) };
    }
    if (state.show && state.show !== "neighbours") {
      const lit = graph.reached(state.chosen, state.show === "calls").add(state.chosen);
      return { lit, edges: among(lit, call) };
    }
    const lit = graph.near(state.chosen).add(state.chosen);
    return { lit, edges: [...graph.outgoing.get(state.chosen), ...graph.incoming.get(state.chosen)] };
  }

  return { kinds, asked, narrowed, passes, range };
})();
