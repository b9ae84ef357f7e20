"use strict";

/** Incidents: those that last, on top of everything; all of them, in a view of their own. */
const incident_list = (() => {
  const { element, since, exact, span } = words;
  const MOST = 8; // names in a line, and cards on top of the page
  const section = document.getElementById("incidents");
  const list = document.getElementById("incident-list");
  const all = document.getElementById("all-incidents");
  const more = document.getElementById("more-incidents");
  const cards = new Map();

  const link = (name) => element("a", { href: `#at=${encodeURIComponent(name)}`, "data-at": name }, name);
  const names = (found) => [...found.slice(0, MOST).flatMap((each, at) => [at ? ", " : "", link(each)]), found.length > MOST ? ` and ${found.length - MOST} more` : ""];
  const people = (each) => [each.owner, each.backup].filter(Boolean).join(", then ");

  /** One line: the cause, since when and for how long. */
  function line(each) {
    const took = each.closed ? `${exact(each.opened)}, for ${span(each.closed - each.opened)}` : ["for ", since(each.opened)];
    return [element("strong", {}, each.state), " ", took, each.reason ? element("span", { class: "came" }, ` ${each.reason}`) : ""];
  }

  function card(each) {
    return element("li", { "data-id": each.id },
      element("p", { class: "cause" }, element("span", { class: "sign", "aria-hidden": "true" }, "✕"), element("strong", {}, link(each.service)), ` ${each.state} for `, since(each.opened)),
      each.reason ? element("p", { class: "came" }, each.check ? `${each.check}: ` : "", each.reason) : "",
      (each.also ?? []).map((state) => element("p", { class: "effects" }, `It also ${state}.`)),
      element("p", { class: "effects" },
        each.blocked.length ? ["blocked: ", ...names(each.blocked), ". "] : "",
        each.degraded.length ? ["degraded: ", ...names(each.degraded), ". "] : "",
        each.told ? element("span", {}, `Told ${people(each) || "nobody by name"}, ${each.told} message${each.told === 1 ? "" : "s"}. `) : "Nobody was told yet. ",
        each.before ? element("span", { class: "quiet" }, `${each.before} came before it. `) : "",
        each.acknowledged ? element("span", {}, `Taken on by ${each.acknowledged}.`) : ""),
      each.acknowledged || !page.may_order ? "" : element("details", {}, element("summary", {}, "Take it on"), orders.take_on(each.id)));
  }

  /** One card for a service: that it burns its budget is a line in the card of its failure. */
  function joined(incidents) {
    const failing = new Map(incidents.filter((each) => !each.state.startsWith("burns")).map((each) => [each.service, { ...each, also: [] }]));
    const rest = incidents.filter((each) => each.state.startsWith("burns"));
    for (const each of rest) failing.get(each.service)?.also.push(each.state);
    return [...failing.values(), ...rest.filter((each) => !failing.has(each.service))];
  }

  /** Those that are open now. A card in which somebody writes is left alone. */
  function show(open) {
    const every = joined(open);
    const incidents = every.slice(0, MOST);
    if (more) {
      more.hidden = every.length <= MOST;
      more.textContent = `and ${every.length - MOST} more incidents`;
    }
    section.hidden = !incidents.length;
    const there = new Set(incidents.map((each) => each.id));
    for (const [id, made] of cards) if (!there.has(id)) { made.element.remove(); cards.delete(id); }
    for (const each of incidents) {
      const text = JSON.stringify(each);
      const before = cards.get(each.id);
      if (before?.text === text || before?.element.contains(document.activeElement?.closest("input"))) continue;
      const made = card(each);
      if (before) before.element.replaceWith(made);
      else list.append(made);
      cards.set(each.id, { text, element: made });
    }
  }

  /** Every incident that is remembered, newest first, with whom it was told to. */
  async function load() {
    const answer = await fetch("api/v1/incidents");
    const found = answer.ok ? await answer.json() : [];
    all.replaceChildren(...(found.length ? found.map(entry) : [element("p", { class: "quiet" }, "None that the monitor remembers.")]));
  }

  function entry(each) {
    const told = element("div", {});
    const shown = element("details", { ontoggle: (event) => event.currentTarget.open && who(each.id, told) },
      element("summary", {}, each.told ? `told ${each.told} time${each.told === 1 ? "" : "s"}` : "nobody was told"), told);
    return element("article", { class: each.closed ? "over" : "open" },
      element("h3", {}, link(each.service), ` ${each.state}`),
      element("p", {}, `${exact(each.opened)}, `, each.closed ? `over after ${span(each.closed - each.opened)}` : ["lasting: ", since(each.opened)], each.acknowledged ? `, taken on by ${each.acknowledged}` : ""),
      each.reason ? element("p", { class: "came" }, each.check ? `${each.check}: ` : "", each.reason) : "",
      each.blocked.length ? element("p", {}, "blocked: ", ...names(each.blocked)) : "",
      each.degraded.length ? element("p", {}, "degraded: ", ...names(each.degraded)) : "",
      each.told ? shown : element("p", { class: "quiet" }, "nobody was told"));
  }

  async function who(id, place) {
    const answer = await fetch(`api/v1/incidents/${encodeURIComponent(id)}/told`);
    const { told } = answer.ok ? await answer.json() : { told: [] };
    place.replaceChildren(told.length ? element("ul", {}, told.map((each) => element("li", {},
      `${each.kind}: ${each.who.join(", ") || "nobody by name"}, by ${each.route}, `, each.time ? exact(each.time) : `not taken yet, tried ${each.tries} times`)))
      : element("p", { class: "quiet" }, "The messages themselves are kept for a day."));
  }

  return { show, load, line };
})();
