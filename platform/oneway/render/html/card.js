"use strict";

/** Elements from text only: nothing that a manifest says is ever read as markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ""));
  return made;
}

/** Everything about the chosen node, beside the picture. */
const card = (() => {
  const MOST = 60;
  const aside = document.getElementById("card");

  function show(state, actions) {
    const id = state.chosen;
    aside.hidden = !id;
    if (!id) return aside.replaceChildren();
    const node = graph.nodes.get(id);
    aside.replaceChildren(
      element("button", { type: "button", class: "close", "aria-label": "Close the card", onclick: () => actions.choose(null) }, "×"),
      element("h2", { tabindex: "-1", id: "card-name" }, node.name),
      node.change && node.change !== "same" ? element("p", { class: `change ${node.change}` }, node.change) : "",
      node.summary ? element("p", {}, node.summary) : "",
      node.kind === "service" && graph.data.pages
        ? element("p", {}, element("a", { href: `${graph.data.pages}/${encodeURIComponent(node.id)}.html` }, "Checks, API and releases")) : "",
      facts(node),
      node.kind === "service" || node.kind === "external" ? buttons(state.show, actions) : "",
      node.kind === "service" ? path(state, actions) : "",
      ...impact(id, state.show, actions),
      element("div", { class: "sides" },
        element("div", {}, ...arrows("Called by", graph.incoming.get(id).filter((edge) => edge.kind === "call"), "from", actions)),
        element("div", {}, ...arrows("Calls", graph.outgoing.get(id).filter((edge) => edge.kind === "call"), "to", actions))),
      ...arrows("Publishes to", graph.outgoing.get(id).filter((edge) => edge.kind === "publish"), "to", actions),
      ...arrows("Subscribes to", graph.incoming.get(id).filter((edge) => edge.kind === "subscribe"), "from", actions),
      ...arrows("Published by", graph.incoming.get(id).filter((edge) => edge.kind === "publish"), "from", actions),
      ...arrows("Subscribers", graph.outgoing.get(id).filter((edge) => edge.kind === "subscribe"), "to", actions),
      ...findings(node),
    );
  }

  function facts(node) {
    const owner = graph.owners.get(node.owner);
    const pairs = [
      ["kind", node.declared ? node.kind : `${node.kind}, not declared`],
      ["version", node.version],
      ["owner", owner && (owner.name === owner.id ? owner.id : `${owner.name} (${owner.id})`)],
      ["domain", node.group],
      ["replicas", node.replicas],
      ...node.ports.map((port) => ["endpoint", `${port.name} · ${port.protocol} · ${port.port}${port.public ? " · public" : ""}`]),
      ...node.slo.map(([name, value]) => [`objective: ${name}`, value]),
      ...node.details,
    ];
    return element("dl", {}, ...pairs.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, ...breakable(value))]));
  }

  /** Long paths break after their slashes first. */
  const breakable = (text) => String(text).split(/(?<=\/)/).flatMap((part) => [part, element("wbr")]);

  function buttons(asked, actions) {
    const make = (name, words) =>
      element("button", { type: "button", "data-show": name, "aria-pressed": String(asked === name), onclick: () => actions.ask(asked === name ? null : name) }, words);
    return element("div", { class: "highlight", role: "group", "aria-label": "Highlight" },
      make("neighbours", "Callers left, callees right"), make("calls", "What it depends on"), make("callers", "Who depends on it"), make("impact", "What breaks if it stops"));
  }

  /** The ways of calls from here to another service, and if there are none, from there to here. */
  function path(state, actions) {
    const input = element("input", { id: "path", list: "services", placeholder: "another service", autocomplete: "off",
                                     value: state.to ? graph.nodes.get(state.to).name : "",
                                     onchange: (event) => actions.reach(graph.nodes.has(event.target.value) ? event.target.value : null) });
    const found = state.to ? ways(state.chosen, state.to, actions) : "";
    return element("div", { class: "path" }, element("label", { for: "path" }, "Ways to "), input, found);
  }

  function ways(from, to, actions) {
    const there = graph.between(from, to);
    const { all, way } = there.way.length ? there : graph.between(to, from);
    if (!way.length) return element("p", { class: "more" }, "No calls lead from one to the other.");
    const steps = way.flatMap((id, at) => [at ? " → " : "", link(id, actions)]);
    const between = all.size - 2;
    return element("p", {}, ...steps, element("small", { class: "more" }, ` ${between} ${between === 1 ? "service lies" : "services lie"} between`));
  }

  function impact(id, asked, actions) {
    if (asked !== "impact") return [];
    const { breaks, degraded } = graph.impact(id);
    return [
      ...names(`Stops without it (${breaks.size})`, [...breaks].sort(), actions),
      ...names(`Goes on with less (${degraded.size})`, [...degraded].sort(), actions),
    ];
  }

  function names(title, ids, actions) {
    return list(title, ids, (id) => [link(id, actions)]);
  }

  function arrows(title, edges, end, actions) {
    if (!edges.length) return [];
    return list(`${title} (${edges.length})`, edges, (edge) => {
      const terms = [edge.endpoint, edge.kind === "call" && !edge.required && "not required", edge.timeout && `timeout ${edge.timeout}`,
                     edge.retries && `retries ${edge.retries}`, edge.version && `version ${edge.version}`, edge.ring && "in a ring",
                     edge.cut && "cut this call", edge.drift?.words, edge.change && edge.change !== "same" && edge.change].filter(Boolean).join(", ");
      return [link(edge[end], actions), terms && element("small", { class: "more" }, ` ${terms}`)].filter(Boolean);
    });
  }

  function list(title, items, make) {
    const more = items.length > MOST ? [element("li", { class: "more" }, `and ${items.length - MOST} more`)] : [];
    return [element("h3", {}, title), element("ul", {}, ...items.slice(0, MOST).map((item) => element("li", {}, ...make(item))), ...more)];
  }

  function link(id, actions) {
    return element("button", { type: "button", class: "link", "data-id": id, onclick: () => actions.choose(id) }, graph.nodes.get(id).name);
  }

  function findings(node) {
    if (node.kind !== "service") return [];
    if (!node.notes.length) return [element("h3", {}, "Findings"), element("p", { class: "more" }, "none")];
    return [
      element("h3", {}, `Findings (${node.notes.length})`),
      ...node.notes.map((note) => element("div", { class: `finding ${note.severity}` },
        element("p", {}, `${note.severity}: ${note.message} (${note.rule})`),
        element("p", { class: "more" }, note.where),
        note.hint ? element("p", {}, note.hint) : "")),
    ];
  }

  return { show, focus: () => document.getElementById("card-name")?.focus() };
})();
