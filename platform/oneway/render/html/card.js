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

  function show(id, asked, actions) {
    aside.hidden = !id;
    if (!id) return aside.replaceChildren();
    const node = graph.nodes.get(id);
    aside.replaceChildren(
      element("button", { type: "button", class: "close", "aria-label": "Close the card", onclick: () => actions.choose(null) }, "×"),
      element("h2", { tabindex: "-1", id: "card-name" }, node.name),
      node.change && node.change !== "same" ? element("p", { class: `change ${node.change}` }, node.change) : "",
      node.summary ? element("p", {}, node.summary) : "",
      facts(node),
      node.kind === "service" || node.kind === "external" ? buttons(asked, actions) : "",
      ...impact(id, asked, actions),
      ...arrows("Calls", graph.outgoing.get(id).filter((edge) => edge.kind === "call"), "to", actions),
      ...arrows("Called by", graph.incoming.get(id).filter((edge) => edge.kind === "call"), "from", actions),
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
      make("calls", "All it calls"), make("callers", "All its callers"), make("impact", "Impact"));
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
                     edge.cut && "cut this call", edge.change && edge.change !== "same" && edge.change].filter(Boolean).join(", ");
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
