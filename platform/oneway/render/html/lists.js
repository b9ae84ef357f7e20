"use strict";

/** The lists beside the picture: owners to filter by, and every domain with its services. */
const lists = (() => {
  const ownerList = document.getElementById("owners");
  const outline = document.getElementById("outline");

  function owners(state, actions) {
    ownerList.replaceChildren(...[...graph.owners.values()].map((owner) => {
      const count = graph.data.nodes.filter((node) => node.kind === "service" && node.owner === owner.id).length;
      const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = graph.data.palette[owner.color];
      return element("li", {}, element("label", {},
        element("input", { type: "checkbox", "data-owner": owner.id, checked: !state.hidden.has(owner.id),
                           onchange: (event) => actions.filter(owner.id, event.target.checked) }),
        swatch, count ? `${owner.name} (${count})` : owner.name));
    }));
  }

  function domains(state, actions) {
    const entries = [...graph.groups.values()].map((group) => {
      const open = !state.closed.has(group.id);
      const members = graph.members.get(group.id).filter((node) => !state.hidden.has(node.owner));
      const toggle = element("button", { type: "button", class: "toggle", "data-domain": group.id, "aria-expanded": String(open),
                                         title: group.summary || undefined, onclick: () => actions.toggle(group.id) },
        group.name, " ", element("small", {}, `${members.length}`));
      return element("li", {}, toggle, open ? element("ul", {}, ...members.map((node) => entry(node, actions))) : "");
    });
    const free = graph.data.nodes.filter((node) => !graph.groups.has(node.group));
    const others = free.length
      ? [element("li", {}, element("h3", {}, graph.groups.size ? "Channels and externals" : "Everything"), element("ul", {}, ...free.map((node) => entry(node, actions))))]
      : [];
    outline.replaceChildren(...entries, ...others);
  }

  function entry(node, actions) {
    return element("li", {}, element("button", { type: "button", class: "link", "data-id": node.id, onclick: () => actions.choose(node.id) }, node.name));
  }

  function filters(state, actions) {
    document.getElementById("filters").replaceChildren(...graph.kinds.map((kind) => element("li", {}, element("label", {},
      element("input", { type: "checkbox", "data-only": kind.id, checked: state.only.has(kind.id),
                         onchange: (event) => actions.only(kind.id, event.target.checked) }),
      `${kind.words} (${kind.count})`))));
  }

  return { owners, domains, filters };
})();
