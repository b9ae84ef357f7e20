"use strict";

/** Keep the page true: the server pushes the status, and every place on the page stays where it is. */
(() => {
  const SIGNS = { works: "✓", slow: "◔", fails: "✕", blocked: "⊘", "stopped by hand": "■", "in maintenance": "⚒", "not known": "?" };
  const SLUGS = { "stopped by hand": "stopped", "in maintenance": "maintenance", "not known": "unknown" };
  const slug = (state) => SLUGS[state] ?? state;
  const picture = document.getElementById("picture");

  /** Elements from text only: nothing that a service says is ever read as markup. */
  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== ""));
    return made;
  }

  const when = (seconds) => (seconds ? `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC` : "");

  function state(each) {
    return element("span", { class: `state ${slug(each.state)}` },
      element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[each.state]), each.words);
  }

  function head(status) {
    document.title = `${SIGNS[status.state]} ${status.platform}: ${status.state}`;
    const overall = document.getElementById("overall");
    const words = state({ state: status.state, words: status.state });
    if (overall.textContent !== words.textContent) {
      overall.className = words.className;
      overall.replaceChildren(...words.childNodes);
    }
    document.getElementById("time").textContent = when(status.time);
    const color = getComputedStyle(overall).color;
    const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><text x="1" y="14" font-size="15" font-weight="bold" fill="${color}">${SIGNS[status.state]}</text></svg>`;
    document.getElementById("icon").href = `data:image/svg+xml,${encodeURIComponent(icon)}`;
    document.getElementById("faults").replaceChildren(...status.faults.map((fault) => element("p", { class: "fault" }, fault)));
  }

  function serviceRow(each) {
    const budgets = Object.entries(each.budgets).filter(([, budget]) => budget.left !== null)
      .map(([kind, budget]) => `${kind} ${Math.round(100 * budget.left)} %`).join(" ");
    return element("tr", { id: `service-${each.service}` },
      element("th", { scope: "row" }, element("a", { href: `#checks-${each.service}` }, each.service)),
      element("td", {}, state(each), each.deploying ? element("span", { class: "quiet" }, " being deployed") : ""),
      element("td", { "data-label": "since" }, when(each.since)),
      element("td", { "data-label": "owner" }, each.owner),
      element("td", { "data-label": "release" }, each.release ? `${each.release} (${each.version})` : ""),
      element("td", { "data-label": "budget left" }, budgets));
  }

  function checkRow(each, first) {
    const failures = each.failures.map((failure) => element("dl", { class: "failure" },
      ...[["where", failure.where], ["expected", failure.expected], ["came", failure.actual]]
        .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])));
    return element("tr", { id: first ? `checks-${each.service}` : undefined },
      element("th", { scope: "row" }, `${each.service}: ${each.check}`),
      element("td", {}, state(each), ...failures),
      element("td", { class: "number", "data-label": "took" }, each.seconds === null ? "" : `${Math.round(each.seconds * 1000)} ms`),
      element("td", { "data-label": "asked" }, when(each.asked)));
  }

  /** Rows are replaced only where they differ, so that focus and selection stay. */
  function rows(body, made) {
    made.forEach((row, at) => {
      const there = body.children[at];
      if (!there) body.append(row);
      else if (!there.isEqualNode(row) && !there.contains(document.activeElement)) there.replaceWith(row);
    });
    while (body.children.length > made.length) body.lastElementChild.remove();
  }

  function incidents(status) {
    const items = status.incidents.map((each) => {
      const parts = [` ${each.state} since ${when(each.opened)}`, each.reason && `: ${each.reason}`,
                     each.blocked.length && `; blocked: ${each.blocked.join(", ")}`,
                     each.degraded.length && `; degraded: ${each.degraded.join(", ")}`,
                     each.acknowledged && `; taken on by ${each.acknowledged}`].filter(Boolean);
      const item = element("li", {}, element("strong", {}, each.service), ...parts);
      if (!each.acknowledged && picture) item.append(" ", taking(each.id));
      return item;
    });
    document.getElementById("incidents").hidden = !items.length;
    const list = document.getElementById("incident-list");
    if (!list.contains(document.activeElement)) list.replaceChildren(...items);
  }

  function taking(id) {
    const button = element("button", { type: "button" }, "Take it on");
    button.addEventListener("click", async () => {
      const who = prompt("Your name");
      if (!who) return;
      const answer = await fetch(`api/v1/incidents/${encodeURIComponent(id)}/acknowledge`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ who }),
      });
      button.textContent = answer.ok ? `taken on by ${who}` : "that did not work";
      button.blur();
    });
    return button;
  }

  /** The same picture as everywhere: places never move, only frames and words change. */
  function draw(status) {
    if (!picture) return;
    picture.querySelector("svg")?.setAttribute("role", "group");
    const states = new Map(status.services.map((each) => [each.service, each]));
    for (const node of picture.querySelectorAll(".node.service[data-id]")) {
      const each = states.get(node.dataset.id);
      if (!each) continue;
      node.dataset.state = slug(each.state);
      label(node).textContent = `${SIGNS[each.state]} ${each.words}`;
      node.setAttribute("aria-label", `${each.service}: ${each.words}`);
    }
    for (const edge of picture.querySelectorAll(".edge[data-from]")) {
      edge.dataset.cause = String(states.get(edge.dataset.from)?.by.some((name) => name === edge.dataset.to || states.get(edge.dataset.to)?.by.includes(name)) ?? false);
    }
  }

  function label(node) {
    const there = node.querySelector(".live");
    if (there) return there;
    const box = node.querySelector(".deployment").getBBox();
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("class", "live middle");
    text.setAttribute("x", box.x + box.width / 2);
    text.setAttribute("y", box.y - 4);
    node.append(text);
    node.setAttribute("tabindex", "0");
    node.setAttribute("role", "link");
    const follow = () => { location.hash = `service-${node.dataset.id}`; };
    node.addEventListener("click", follow);
    node.addEventListener("keydown", (event) => event.key === "Enter" && follow());
    return text;
  }

  function show(status) {
    head(status);
    incidents(status);
    draw(status);
    rows(document.getElementById("services"), status.services.map(serviceRow));
    const seen = new Set();
    const grouped = [...status.checks].sort((a, b) => a.service < b.service ? -1 : a.service > b.service ? 1 : 0);
    rows(document.getElementById("checks"), grouped.map((each) => checkRow(each, !seen.has(each.service) && seen.add(each.service))));
    document.documentElement.dataset.ready = "true";
  }

  const lost = document.getElementById("lost");
  const events = new EventSource("events");
  events.addEventListener("message", (event) => {
    lost.hidden = true;
    show(JSON.parse(event.data));
  });
  events.addEventListener("error", () => { lost.hidden = false; });
  events.addEventListener("open", () => { lost.hidden = true; });
})();
