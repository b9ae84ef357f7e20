"use strict";

/** Keep the page true: the server pushes what changes, and every place on the page stays where it is. */
const page = (() => {
  const { element, state } = words;
  const VIEWS = ["picture", "services", "history"];
  const NARROW = matchMedia("(max-width: 45rem)");
  let frame = document.getElementById("picture");
  let shape = null;
  const lost = document.getElementById("lost");
  const services = new Map();
  const checks = new Map();
  const status = {};
  const may_order = document.body.dataset.public === undefined;
  let past = null;
  let stale = false;

  // ---- what is shown

  function head() {
    const shown = past ? shown_then() : [...services.values()];
    const worst = past ? words.WORST_FIRST.find((each) => shown.some((one) => one.state === each)) ?? "not known" : status.state;
    document.title = `${words.SIGNS[worst]} ${status.platform}: ${worst}${past ? ` at ${past.time}` : ""}`;
    const mark = document.getElementById("mark");
    mark.className = `mark ${words.slug(worst)}`;
    mark.textContent = words.SIGNS[worst];
    const sentence = words.sentence(shown, past ? 0 : status.incidents.length);
    const overall = document.getElementById("overall");
    if (overall.textContent !== sentence) overall.textContent = sentence;
    icon(worst, getComputedStyle(mark));
    document.getElementById("time").textContent = words.exact(status.time).slice(11);
    const faults = document.getElementById("faults");
    if (faults.dataset.text !== status.faults.join("\n")) {
      faults.dataset.text = status.faults.join("\n");
      faults.replaceChildren(...status.faults.map((fault) => element("p", { class: "fault" }, fault)));
    }
  }

  function icon(worst, { backgroundColor, color }) {
    const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="${backgroundColor}"/><text x="8" y="12.5" font-size="12" font-weight="bold" text-anchor="middle" fill="${color}">${words.SIGNS[worst]}</text></svg>`;
    const address = `data:image/svg+xml,${encodeURIComponent(drawn)}`;
    const link = document.getElementById("icon");
    if (link.href !== address) link.href = address;
  }

  const shown_then = () => [...past.states].map(([service, each]) => ({ service, state: each, words: each, by: [] }));

  /** A domain that only does with less is not one that fails. */
  function tally({ total, bad, less }) {
    if (bad) return `${bad} of ${total}`;
    return less ? `◔ ${less} of ${total} degraded` : `✓ ${total}`;
  }

  /** What needs somebody, beside the picture, and how the domains are. */
  function overview() {
    const place = document.getElementById("overview");
    if (!place || place.closest("[hidden]")) return;
    const shown = past ? shown_then() : [...services.values()];
    const bad = shown.filter(rows.attention).sort((a, b) => words.WORST_FIRST.indexOf(a.state) - words.WORST_FIRST.indexOf(b.state));
    const domains = new Map();
    for (const each of shown) {
      const name = services.get(each.service)?.domain ?? "";
      const found = domains.get(name) ?? { total: 0, bad: 0, less: 0 };
      found.total += 1;
      found.bad += each.state === "works" ? 0 : 1;
      found.less += each.state === "works" && each.by.length ? 1 : 0;
      domains.set(name, found);
    }
    const made = [
      element("h2", {}, past ? `At ${past.time}` : "Needs somebody"),
      bad.length ? element("ul", { class: "plain" }, bad.slice(0, 100).map((each) => element("li", {},
        element("a", { href: `#at=${encodeURIComponent(each.service)}`, "data-at": each.service }, each.service), state(each), past ? "" : words.since(each.since))))
        : element("p", {}, "Nothing."),
      bad.length > 100 ? element("p", { class: "quiet" }, `and ${bad.length - 100} more`) : "",
      element("h2", {}, "Domains"),
      element("ul", { class: "plain" }, [...domains].sort().map(([name, each]) => element("li", {}, element("span", {}, name || "other"),
        element("span", { class: each.bad ? "state fails" : "state works" }, tally(each))))),
    ].filter(Boolean);
    const text = made.map((each) => each.outerHTML.replace(/<time[^>]*>[^<]*<\/time>/g, "")).join("");
    if (place.dataset.text === text || place.contains(document.activeElement)) return;
    place.dataset.text = text;
    place.replaceChildren(...made);
  }

  /** The picture's own script; nothing while it is on its way, or where it could not be fetched. */
  function layer() {
    try {
      return frame?.contentWindow?.live;
    } catch {
      return undefined;
    }
  }

  /** Fetch the picture where it is looked at, and anew when it shows others than there are. What stays is where it was:
      the new one takes the place of the old when it is there, looking at the same. */
  function redraw() {
    if (!frame || status.shape === undefined || shape === status.shape || document.getElementById("view-picture").hidden) return;
    const first = shape === null;
    shape = status.shape;
    if (first) {
      frame.src = "picture";
      return;
    }
    const fresh = frame.cloneNode();
    fresh.removeAttribute("id");
    fresh.className = "coming";
    fresh.src = `picture?shape=${shape}`;
    fresh.addEventListener("load", () => exchange(fresh), { once: true });
    document.querySelector("#view-picture > .coming")?.remove();
    frame.after(fresh);
  }

  function exchange(fresh) {
    if (!fresh.isConnected || !fresh.contentWindow?.live) return fresh.remove();
    const seen = layer()?.seen();
    const focused = document.activeElement === frame;
    frame.remove();
    frame = fresh;
    frame.className = "";
    frame.id = "picture";
    picture();
    if (seen) layer().look_from(seen);
    if (focused) frame.focus();
  }

  /** Tell the picture what every service is, and which calls carry the trouble. */
  function picture() {
    const live = layer();
    if (!live) return;
    const shown = past ? shown_then() : [...services.values()];
    live.show(shown.map((each) => ({ id: each.service, slug: words.slug(each.state), sign: each.state === "works" && each.by.length ? "◔" : words.SIGNS[each.state], words: each.words.replace("works, ", ""), by: each.by, works: each.state === "works" })), service.chosen());
  }

  // ---- what comes

  function whole(found) {
    Object.assign(status, found);
    services.clear();
    checks.clear();
    for (const each of found.services) services.set(each.service, each);
    for (const each of found.checks) checks.set(`${each.service}\n${each.check}`, each);
    table(found.services, true);
    shown();
    document.documentElement.dataset.ready = "true";
  }

  function part(found) {
    const { services: changed = [], checks: looked = [], gone, ...fields } = found;
    Object.assign(status, fields);
    for (const each of changed) services.set(each.service, each);
    for (const each of looked) checks.set(`${each.service}\n${each.check}`, each);
    for (const name of gone?.services ?? []) {
      services.delete(name);
      if (!stale) rows.gone(name);
    }
    table(changed);
    shown();
    const touched = [...changed, ...looked].some((each) => each.service === service.chosen());
    if (touched) service.changed();
  }

  /** The table is kept true while it is looked at, and made anew when somebody turns to it. */
  function table(changed, whole = false) {
    stale ||= whole;
    if (document.getElementById("view-services").hidden) stale ||= changed.length > 0;
    else if (stale) rows.all([...services.values()]);
    else rows.change(changed, [...services.values()]);
    if (!document.getElementById("view-services").hidden) stale = false;
  }

  function shown() {
    head();
    overview();
    if (!past) incident_list.show(status.incidents);
    redraw();
    picture();
  }

  // ---- what is looked at

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const first = frame && !NARROW.matches ? "picture" : "services";
    const view = VIEWS.includes(asked.get("view")) ? asked.get("view") : first;
    for (const each of VIEWS) {
      const part = document.getElementById(`view-${each}`);
      if (part) part.hidden = each !== view;
      const tab = document.querySelector(`[data-view=${each}]`);
      if (tab) each === view ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current");
    }
    news(view);
    redraw();
    if (view === "history") incident_list.load();
    table([]);
    if (may_order) service.choose(asked.get("at"), document.activeElement);
    overview();
    picture();
  }

  /** What has happened stands above everything; beside the picture where there is room, so that the picture stays. */
  function news(view) {
    const [part, main] = [document.getElementById("news"), document.getElementById("main")];
    const beside = view === "picture" && !NARROW.matches;
    const place = beside ? document.getElementById("side") : main.parentNode;
    if (part.parentNode !== place) place.insertBefore(part, beside ? place.firstChild : main);
  }

  function go(changes) {
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const [name, value] of Object.entries(changes)) value ? asked.set(name, value) : asked.delete(name);
    if (asked.toString() !== location.hash.slice(1)) history.pushState(null, "", `#${asked}`);
    read();
  }

  const choose = (name) => go({ at: name });

  /** A moment of the past, or null for now. */
  function look(at) {
    past = at;
    document.body.classList.toggle("past", Boolean(at));
    document.getElementById("then").hidden = !at;
    document.getElementById("then-words").textContent = at ? `As it was on ${at.time}.` : "";
    if (status.time) shown();
  }

  function wire() {
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-at], a[data-view], #more-incidents");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(link.dataset.at ? { at: link.dataset.at } : { view: link.dataset.view ?? "history" });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && service.chosen()) choose(null);
    });
    document.getElementById("back-to-now").addEventListener("click", () => timeline.back());
    addEventListener("popstate", read);
    NARROW.addEventListener("change", read);
    frame?.addEventListener("load", picture);
    const events = new EventSource("events");
    events.addEventListener("message", (event) => whole(JSON.parse(event.data)));
    events.addEventListener("change", (event) => part(JSON.parse(event.data)));
    events.addEventListener("error", () => { lost.hidden = false; });
    events.addEventListener("open", () => { lost.hidden = true; });
    for (const each of document.querySelectorAll("[data-scripted]")) each.hidden = false;
    for (const each of document.querySelectorAll("[data-static]")) each.remove();
    read();
    timeline.load();
    remember();
    setInterval(() => timeline.load(), 60_000);
    setInterval(remember, 600_000);
  }

  async function remember() {
    const answer = await fetch("api/v1/days");
    if (!answer.ok) return;
    rows.remember((await answer.json()).services);
    table([], services.size > 0);
  }

  return { may_order, choose, look, wire, services };
})();

window.page = page;
page.wire();
