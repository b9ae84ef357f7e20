"use strict";

/** The last day, to scrub through: what was worst in every five minutes, releases, and the states of any moment. */
const timeline = (() => {
  const { drawn, element, clock, exact } = words;
  const strip = document.getElementById("strip");
  const slider = document.getElementById("moment");
  const label = document.getElementById("moment-words");
  const WIDTH = 4;
  let day = null;

  async function load() {
    const answer = await fetch("api/v1/day");
    if (!answer.ok) return;
    day = await answer.json();
    slider.max = day.steps - 1;
    if (!looks_back()) slider.value = slider.max;
    draw();
  }

  const looks_back = () => Boolean(day) && slider.value !== slider.max;
  const time_of = (step) => day.start + (step + 1) * day.step;

  function draw() {
    const worst = new Array(day.steps).fill(null);
    for (const changes of Object.values(day.services)) {
      changes.forEach(([from, state], at) => {
        const rank = words.WORST_FIRST.indexOf(state);
        const to = changes[at + 1]?.[0] ?? day.steps;
        for (let step = from; step < to; step += 1) if (worst[step] === null || rank < worst[step]) worst[step] = rank;
      });
    }
    const runs = [];
    worst.forEach((rank, step) => {
      const kind = rank === null ? "unknown" : words.slug(words.WORST_FIRST[rank]);
      if (runs.at(-1)?.kind === kind) runs.at(-1).to = step + 1;
      else runs.push({ kind, from: step, to: step + 1 });
    });
    const releases = day.marks.filter((each) => each.kind === "release");
    strip.replaceChildren(
      ...runs.map((run) => drawn("rect", { class: `run ${run.kind}`, x: WIDTH * run.from, width: WIDTH * (run.to - run.from), y: HEIGHTS[run.kind] ?? 8, height: 24 - (HEIGHTS[run.kind] ?? 8) },
        drawn("title", {}, `${clock(time_of(run.from - 1))} to ${clock(time_of(run.to - 1))}: ${run.kind === "unknown" ? "nobody looked" : run.kind}`))),
      ...releases.map((each) => drawn("path", { class: "release", d: `M${WIDTH * ((each.time - day.start) / day.step)},0l3,5h-6z` }, drawn("title", {}, `${each.service}: release ${each.text}`))));
    strip.setAttribute("viewBox", `0 0 ${WIDTH * day.steps} 24`);
    document.getElementById("ticks").replaceChildren(...[0, 0.25, 0.5, 0.75].map((at) => element("span", {}, clock(day.start + at * day.steps * day.step))), element("span", {}, "now"));
    say();
  }

  /** The worse, the taller: colour is not all that tells. */
  const HEIGHTS = { fails: 0, blocked: 5, works: 14, unknown: 21 };

  function say() {
    label.textContent = looks_back() ? exact(time_of(Number(slider.value))).slice(0, 16) + " UTC" : "now";
    slider.setAttribute("aria-valuetext", label.textContent);
  }

  /** The states at the moment that is looked at: service to state. */
  function states() {
    const step = Number(slider.value);
    return new Map(Object.entries(day.services).map(([name, changes]) => [name, changes.filter(([from]) => from <= step).at(-1)?.[1] ?? "not known"]));
  }

  function back() {
    slider.value = slider.max;
    moved();
  }

  function moved() {
    say();
    page.look(looks_back() ? { states: states(), time: label.textContent } : null);
  }

  slider.addEventListener("input", moved);
  return { load, back, looks_back };
})();
