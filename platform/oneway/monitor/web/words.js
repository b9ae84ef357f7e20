"use strict";

/** What everything on the page is made of: signs and words of states, times, elements. */
const words = (() => {
  const SIGNS = { works: "✓", slow: "◔", fails: "✕", blocked: "⊘", "stopped by hand": "■", "in maintenance": "⚒", "not known": "?" };
  const SLUGS = { "stopped by hand": "stopped", "in maintenance": "maintenance", "not known": "unknown" };
  const WORST_FIRST = ["fails", "blocked", "stopped by hand", "not known", "slow", "in maintenance", "works"];
  const SVG = "http://www.w3.org/2000/svg";
  const slug = (state) => SLUGS[state] ?? state;

  /** Elements from text only: nothing that a service says is ever read as markup. */
  function element(name, attributes, ...children) {
    return filled(document.createElement(name), attributes, children);
  }

  function drawn(name, attributes, ...children) {
    return filled(document.createElementNS(SVG, name), attributes, children);
  }

  function filled(made, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== undefined && value !== false && value !== null) made.setAttribute(key, value);
    }
    made.append(...children.flat().filter((child) => child !== "" && child !== undefined && child !== null && child !== false));
    return made;
  }

  function state(each) {
    return element("span", { class: `state ${slug(each.state)}` },
      element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[each.state]), each.words);
  }

  const exact = (seconds) => (seconds ? `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC` : "never");
  const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 16);

  /** 40 s, 4 min, 3 h 5 min, 12 days. */
  function span(seconds) {
    const left = Math.max(0, Math.round(seconds));
    if (left < 60) return `${left} s`;
    if (left < 3600) return `${Math.floor(left / 60)} min`;
    if (left < 86400) return `${Math.floor(left / 3600)} h ${Math.floor((left % 3600) / 60)} min`;
    const days = Math.floor(left / 86400);
    return `${days} day${days === 1 ? "" : "s"}`;
  }

  /** How long ago that is; it counts on by itself. */
  function since(seconds) {
    if (!seconds) return "";
    const made = element("time", { datetime: new Date(seconds * 1000).toISOString(), title: exact(seconds), "data-since": seconds }, span(Date.now() / 1000 - seconds));
    watcher.observe(made);
    return made;
  }

  /** Only what is in view counts on: of thousands of rows nobody sees more than some dozens. */
  const in_view = new Set();
  const watcher = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) in_view.add(target);
      else in_view.delete(target);
    }
    count_on();
  });

  function count_on() {
    for (const each of in_view) {
      const now = span(Date.now() / 1000 - Number(each.dataset.since));
      if (each.textContent !== now) each.textContent = now;
    }
  }

  const milliseconds = (seconds) => (seconds === null || seconds === undefined ? "" : seconds < 10 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`);
  const percent = (share) => `${(100 * share).toFixed(share > 0.9999 || share < 0.1 ? 0 : share > 0.99 ? 2 : 1)} %`;

  /** All that there is to say in one line. */
  function sentence(services, incidents) {
    const counts = new Map(WORST_FIRST.map((each) => [each, 0]));
    for (const each of services) counts.set(each.state, counts.get(each.state) + 1);
    const total = services.length;
    if (!total) return "nothing is watched yet";
    const open = incidents ? `, ${incidents} ${incidents === 1 ? "incident is" : "incidents are"} open` : "";
    if (counts.get("works") === total) return (total === 1 ? "the one service works" : `all ${total.toLocaleString("en")} services work`) + open;
    const said = { fails: ["fails", "fail"], blocked: ["blocked", "blocked"], slow: ["slow", "slow"], works: ["works", "work"] };
    return WORST_FIRST.filter((each) => counts.get(each)).map((each) => {
      const number = counts.get(each);
      return `${number.toLocaleString("en")} ${(said[each] ?? [each, each])[number === 1 ? 0 : 1]}`;
    }).join(", ");
  }

  setInterval(count_on, 5000);
  return { SIGNS, WORST_FIRST, slug, element, drawn, state, exact, clock, span, since, milliseconds, percent, sentence };
})();
