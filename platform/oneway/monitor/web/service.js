"use strict";

/** Everything about one service, beside the picture or the table. */
const service = (() => {
  const { element, state, since, exact, milliseconds, percent, span } = words;
  const panel = document.getElementById("service");
  let chosen = null;
  let opener = null;
  let loaded = null;
  let asking = 0;

  function choose(name, from = null) {
    if (name === chosen) return;
    chosen = name;
    loaded = null;
    panel.hidden = !name;
    document.body.classList.toggle("choosing", Boolean(name));
    if (!name) {
      panel.replaceChildren();
      if (opener?.isConnected) opener.focus();
      opener = null;
      return;
    }
    opener = from ?? opener;
    panel.replaceChildren(element("p", { class: "quiet" }, "…"));
    load(true);
  }

  /** Ask for all of it; what came for a choice of before is dropped. */
  async function load(fresh = false) {
    const [name, turn] = [chosen, (asking += 1)];
    const at = `api/v1/services/${encodeURIComponent(name)}`;
    try {
      const [body, minutes, days] = await Promise.all([at, `${at}/history?span=minute`, `${at}/history?span=day`].map(json));
      if (chosen !== name || turn !== asking) return;
      loaded = { body, minutes: minutes.sums, days: days.sums };
      draw(fresh);
    } catch (error) {
      if (chosen === name && fresh) panel.replaceChildren(close_button(), element("h2", { tabindex: "-1" }, name), element("p", {}, `Nothing more is known of it: ${error.message}.`));
    }
  }

  async function json(url) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(answer.status === 404 ? "there is no such service" : `the monitor answered ${answer.status}`);
    return answer.json();
  }

  /** It changed: what the status says is shown at once, the rest is asked for again. */
  function changed() {
    if (chosen && !panel.contains(document.activeElement?.closest("input, select"))) load();
  }

  function draw(fresh) {
    const { body, minutes, days } = loaded;
    const open = new Set([...panel.querySelectorAll("details[open]")].map((each) => each.dataset.name));
    const at = document.activeElement?.dataset?.keep;
    const top = panel.scrollTop;
    panel.replaceChildren(
      close_button(),
      element("h2", { tabindex: "-1" }, body.service),
      element("p", { class: "lead" }, state(body), body.since ? [" for ", since(body.since)] : ""),
      element("p", { class: "quiet" }, body.summary),
      ...checks(body),
      ...jobs(body),
      heading("Latency, last day"), charts.latency(minutes, body.marks),
      heading("Last 90 days"), charts.days(days.map((each) => [each.start, each.looks, each.bad, each.callees])),
      ...budgets(body),
      facts(body),
      ...commands(body),
      ...incidents(body),
      ...marks(body),
      details("looks", "Last looks", looks(body)),
      details("silence", "Tell nobody for a while", [orders.silence(body.service)]));
    for (const each of panel.querySelectorAll("details")) each.open = open.has(each.dataset.name);
    if (fresh) panel.querySelector("h2").focus();
    else {
      panel.scrollTop = top;
      if (at) panel.querySelector(`[data-keep="${CSS.escape(at)}"]`)?.focus();
    }
  }

  const heading = (text) => element("h3", {}, text);
  const close_button = () => element("button", { type: "button", class: "close", "data-keep": "close", "aria-label": "Close the details", onclick: () => page.choose(null) }, "×");
  const details = (name, title, inside) => element("details", { "data-name": name }, element("summary", { "data-keep": name }, title), inside);
  const link = (name) => element("a", { href: `#at=${encodeURIComponent(name)}`, "data-at": name }, name);
  const pair = (name, ...value) => [element("dt", {}, name), element("dd", {}, ...value)];

  function checks(body) {
    if (!body.checks.length && body.jobs.length) return [];
    if (!body.checks.length) return [heading("Checks"), element("p", {}, "Its manifest has none, so nobody knows whether it works.")];
    return [heading("Checks"), ...body.checks.map((each) => element("div", { class: `check ${words.slug(each.state)}` },
      element("p", {}, state(each), " ", element("strong", {}, each.check), each.generated ? element("span", { class: "tag" }, "from OpenAPI") : ""),
      element("dl", {},
        pair("asked", element("code", {}, each.request)),
        ...(each.failures.length ? each.failures.flatMap((failure) => [...pair(`expected: ${failure.where}`, failure.expected), ...pair("came", element("span", { class: "came" }, failure.actual))])
          : [...pair("expected", each.expected), ...pair("came", each.asked ? `as expected, in ${milliseconds(each.seconds)}` : "not asked yet")]),
        ...(each.asked ? pair("last look", since(each.asked), ` ago, every ${span(each.every ?? 0)}`) : []))))];
  }

  function jobs(body) {
    if (!body.jobs.length) return [];
    const shown = { passed: "works", failed: "fails", "cut off": "fails" };
    return [heading("Jobs"), ...body.jobs.map((each) => element("div", { class: `check ${words.slug(shown[each.state] ?? "not known")}` },
      element("p", {}, state({ state: shown[each.state] ?? "not known", words: each.state ?? "has not run yet" }), " ", element("strong", {}, each.job)),
      element("dl", {}, ...pair("runs", each.schedule ? element("code", {}, each.schedule) : "by hand alone"), ...(each.state ? pair("last run", each.words) : []))))];
  }

  function budgets(body) {
    const found = Object.entries(body.budgets).filter(([, each]) => each.left !== null);
    if (!found.length) return [];
    const words = { availability: "as its callers see it", intrinsic: "its own, without what it calls" };
    return [heading("Error budget, 30 days"), ...found.map(([kind, each]) => element("div", { class: "budget" },
      element("p", {}, `${kind} ${each.objective} %: `, element("strong", {}, each.left > 0 ? `${percent(each.left)} left` : "none left"), element("span", { class: "quiet" }, ` ${words[kind] ?? ""}`),
        each.burn_rate ? element("span", { class: each.burning ? "burning" : "quiet" }, `; burns ${each.burn_rate.toFixed(1)} times as fast as it may`) : ""),
      element("div", { class: "gauge" }, element("div", { style: `width:${Math.max(0, Math.min(100, 100 * each.left))}%`, class: each.left < 0.2 ? "low" : undefined }))))];
  }

  function facts(body) {
    const calls = (found) => found.flatMap((each, at) => [at ? ", " : "", link(each.service), each.required ? "" : " (optional)"]);
    return element("dl", { class: "facts" },
      ...pair("owner", body.owner), ...pair("domain", body.domain),
      ...(body.release ? pair("release", `${body.version}, number ${body.release}`) : []),
      ...(body.needs.length ? pair("calls", ...calls(body.needs)) : []),
      ...(body.callers.length ? pair("called by", ...calls(body.callers)) : []));
  }

  function commands(body) {
    return [heading("To type"), ...[body.logs, body.put_back].filter(Boolean).map((text) => element("p", { class: "command" }, element("code", {}, text),
      element("button", { type: "button", "data-keep": text, "aria-label": `Copy ${text}`, onclick: (event) => copy(text, event.currentTarget) }, "Copy")))];
  }

  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.previousElementSibling);
    }
  }

  function incidents(body) {
    if (!body.incidents.length) return [];
    return [heading("Incidents"), element("ul", {}, body.incidents.slice(0, 8).map((each) => element("li", {}, incident_list.line(each))))];
  }

  function marks(body) {
    if (!body.marks.length) return [];
    return [heading("Releases and restarts"), element("ul", { class: "marks" }, body.marks.slice(-8).reverse().map((each) => element("li", {}, `${each.kind} ${each.text}`, " ", element("span", { class: "quiet" }, since(each.time), " ago"))))];
  }

  function looks(body) {
    const signs = { good: "✓", bad: "✕", unknown: "?" };
    return element("ul", { class: "looks" }, body.looks.map((each) => element("li", {},
      element("span", { "aria-hidden": "true" }, `${signs[each.health] ?? ""} `), `${exact(each.time).slice(11, 19)} ${each.check}: ${each.reason || `${each.health}, ${milliseconds(each.seconds)}`}`)));
  }

  return { choose, changed, chosen: () => chosen };
})();
