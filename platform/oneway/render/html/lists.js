"use strict";

/** The lists beside the picture: owners to filter by, and every domain with its services. */
const lists = (() => {
  const ownerList = document.getElementById("owners");
  const outline = document.getElementById("outline");

  const owned = new Map();
  for (const node of graph.data.nodes) if (node.kind === "service") owned.set(node.owner, (owned.get(node.owner) ?? 0) + 1);

  function owners(state, actions) {
    ownerList.replaceChildren(...[...graph.owners.values()].map((owner) => {
      const count = owned.get(owner.id) ?? 0;
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
      const members = graph.members.get(group.id).filter((node) => !state.hidden.has(node.owner) && wanted(node, state));
      if (!members.length && questions.narrowed(state)) return "";
      const toggle = element("button", { type: "button", class: "toggle", "data-domain": group.id, "aria-expanded": String(open),
                                         title: group.summary || undefined, onclick: () => actions.toggle(group.id) },
        group.name, " ", element("small", {}, `${members.length}`));
      return element("li", {}, toggle, open ? element("ul", {}, ...members.map((node) => entry(node, actions))) : "");
    });
    const free = graph.data.nodes.filter((node) => !graph.groups.has(node.group) && wanted(node, state));
    const others = free.length
      ? [element("li", {}, element("h3", {}, graph.groups.size ? "Channels and externals" : "Everything"), element("ul", {}, ...free.map((node) => entry(node, actions))))]
      : [];
    outline.replaceChildren(...entries.filter(Boolean), ...others);
  }

  const wanted = (node, state) => !questions.narrowed(state) || questions.passes(node, state);

  function entry(node, actions) {
    return element("li", {}, element("button", { type: "button", class: "link", "data-id": node.id, onclick: () => actions.choose(node.id) }, node.name));
  }

  /** What is chosen stands out in the list, and is in view there. */
  function current(id) {
    outline.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const chosen = id && outline.querySelector(`[data-id="${CSS.escape(id)}"]`);
    chosen?.setAttribute("aria-current", "true");
    chosen?.scrollIntoView?.({ block: "nearest" });
  }

  function filters(state, actions) {
    const boxes = questions.kinds.map((kind) => element("li", {}, element("label", {},
      element("input", { type: "checkbox", "data-only": kind.id, checked: state.only.has(kind.id),
                         onchange: (event) => actions.only(kind.id, event.target.checked) }),
      `${kind.words} (${kind.count.toLocaleString("en")})`)));
    document.getElementById("filters").replaceChildren(...boxes, domain(state, actions), version(state, actions));
  }

  function domain(state, actions) {
    const choices = [["", "all"], ...[...graph.groups.values()].map((group) => [group.id, group.name])];
    const options = choices.map(([value, words]) => element("option", { value, selected: value === state.domain }, words));
    return element("li", {}, element("label", {}, "domain ",
      element("select", { id: "only-domain", "aria-label": "domain", onchange: (event) => actions.narrow("domain", event.target.value) }, ...options)));
  }

  function version(state, actions) {
    const input = element("input", { id: "only-version", placeholder: "2, or >=1.4,<2", autocomplete: "off", value: state.version, "aria-describedby": "version-said",
                                     onchange: (event) => actions.narrow("version", event.target.value.trim()) });
    const bad = state.version && !questions.range(state.version);
    if (bad) input.setAttribute("aria-invalid", "true");
    const said = element("small", { id: "version-said" }, bad ? "Not a version: write 2, 2.1, or >=1.4,<2." : "");
    return element("li", {}, element("label", {}, "version ", input), said);
  }

  return { owners, domains, filters, current };
})();
