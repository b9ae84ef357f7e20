"use strict";

/** The services as a table: what needs somebody first, then domain by domain. Only rows that differ are touched. */
const rows = (() => {
  const { element, state, since, percent } = words;
  const FEW = 200; // so many services have their 90 days drawn in the table
  const table = document.getElementById("services");
  const groups = new Map();
  const kept = new Map();
  const opened = new Set();
  const finder = document.getElementById("find");
  let many = false;
  let wanted = "";
  let days = {};

  finder.addEventListener("input", () => {
    wanted = finder.value.trim().toLowerCase();
    all([...page.services.values()]);
  });

  const attention = (each) => each.state !== "works" || each.by.length > 0 || each.deploying;
  const group_of = (each) => (attention(each) ? "" : each.domain || "other");
  const order = (each) => (attention(each) ? `${words.WORST_FIRST.indexOf(each.state)} ` : "") + each.service;

  function row(each) {
    const budgets = Object.entries(each.budgets).filter(([, budget]) => budget.left !== null)
      .map(([kind, budget]) => element("span", { class: `budget-left${budget.burning ? " burning" : ""}` }, `${kind} ${budget.left > 0 ? percent(budget.left) : "none"}${budget.burning ? ", burning" : ""}`));
    return element("tr", { id: `service-${each.service}`, "data-order": order(each) },
      element("th", { scope: "row" }, element("a", { href: `#at=${encodeURIComponent(each.service)}`, "data-at": each.service }, each.service),
        element("span", { class: "summary" }, each.summary)),
      element("td", {}, state(each), each.deploying ? element("span", { class: "quiet" }, " being deployed") : ""),
      element("td", { "data-label": "for" }, since(each.since)),
      element("td", { "data-label": "90 days", class: "days" }, kept_days(each.service)),
      element("td", { "data-label": "owner" }, each.owner),
      element("td", { "data-label": "release" }, each.release ? `${each.version} (${each.release})` : ""),
      element("td", { "data-label": "budget left" }, budgets));
  }

  const kept_days = (service) => (days[service] && !many ? charts.days(days[service]) : "");

  /** Of very many services only those that need somebody are rows from the beginning; a domain is opened when wanted. */
  const is_open = (name) => !many || name === "" || wanted !== "" || opened.has(name);

  function group(name) {
    if (groups.has(name)) return groups.get(name);
    const title = many && name !== ""
      ? element("button", { type: "button", "aria-expanded": String(is_open(name)), onclick: () => toggle(name) }, name) : element("span", {}, name || "Needs somebody");
    const count = element("span", { class: "count" });
    const body = element("tbody", { "data-group": name }, element("tr", { class: "group" }, element("th", { colspan: 7, scope: "rowgroup" }, title, count)));
    const after = [...groups.keys()].filter((each) => each < name).sort().at(-1);
    if (after === undefined) table.querySelector("thead").after(body);
    else groups.get(after).body.after(body);
    groups.set(name, { body, rows: [], count, total: 0 });
    return groups.get(name);
  }

  function counted(name, more) {
    const there = groups.get(name);
    there.total += more;
    if (many) there.count.textContent = ` ${there.total}`;
    if (there.total) return;
    there.body.remove();
    groups.delete(name);
  }

  function toggle(name) {
    if (!opened.delete(name)) opened.add(name);
    all([...page.services.values()]);
    groups.get(name)?.body.querySelector("button").focus();
  }

  /** Where in a group a row of this order stands. */
  function position(found, order) {
    let [low, high] = [0, found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (found[middle].dataset.order < order) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function put(each, made = null) {
    const name = group_of(each);
    const { body, rows } = group(name);
    counted(name, 1);
    kept.set(each.service, { row: null, group: name });
    if (!is_open(name)) return;
    const added = made ?? row(each);
    const at = position(rows, added.dataset.order);
    body.insertBefore(added, rows[at] ?? null);
    rows.splice(at, 0, added);
    kept.get(each.service).row = added;
  }

  function take(service) {
    const there = kept.get(service);
    if (!there) return;
    const { rows } = groups.get(there.group);
    if (there.row) rows.splice(position(rows, there.row.dataset.order), 1);
    there.row?.remove();
    kept.delete(service);
    counted(there.group, -1);
  }

  const is_wanted = (each) => wanted.split(" ").every((word) => `${each.service} ${each.domain} ${each.owner} ${each.words}`.toLowerCase().includes(word));

  /** All of them anew. */
  function all(services) {
    many = services.length > FEW;
    for (const body of [...table.tBodies]) body.remove();
    groups.clear();
    kept.clear();
    for (const each of services) if (is_wanted(each)) put(each);
    table.classList.toggle("without-days", many);
    finder.closest("p").hidden = services.length < 10;
  }

  /** Those that changed; where that is very many of them, it is quicker to begin again. */
  function change(services, whole) {
    if (services.length > 300) return all(whole);
    for (const each of services) {
      const there = kept.get(each.service);
      if (!there?.row || there.group !== group_of(each)) {
        take(each.service);
        if (is_wanted(each)) put(each);
        continue;
      }
      const made = row(each);
      if (there.row.isEqualNode(made)) continue;
      const focused = there.row.contains(document.activeElement);
      if (there.row.dataset.order === made.dataset.order) {
        const { rows } = groups.get(there.group);
        rows[position(rows, made.dataset.order)] = made;
        there.row.replaceWith(made);
        there.row = made;
      } else {
        take(each.service);
        put(each, made);
      }
      if (focused) made.querySelector("a")?.focus();
    }
  }

  /** Last, what the table cannot know by itself: the days of before. */
  function remember(found) {
    days = found;
  }

  return { all, change, gone: take, remember, attention };
})();
