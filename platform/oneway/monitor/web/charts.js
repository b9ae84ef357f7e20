"use strict";

/** What was, drawn: days as bars, a day's latency as a curve. What a picture says is said in words, too. */
const charts = (() => {
  const { drawn, element, clock, milliseconds, percent } = words;
  const DAYS = 90;

  /** A bar for each day: full when all was well, shorter the worse it was, a dot when nobody looked. */
  function days(found) {
    const today = Math.floor(Date.now() / 86_400_000);
    const known = new Map(found.map(([start, looks, bad, callees]) => [Math.round(start / 86_400), { looks, bad, callees }]));
    const bars = [];
    let [looks, bad] = [0, 0];
    for (let at = 0; at < DAYS; at += 1) {
      const day = today - DAYS + 1 + at;
      const each = known.get(day);
      const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
      looks += each?.looks ?? 0;
      bad += each?.bad ?? 0;
      bars.push(bar(at, date, each));
    }
    const said = looks ? `${percent(1 - bad / looks)} of ${looks.toLocaleString("en")} looks in 90 days were good` : "no looks in 90 days";
    return element("span", { class: "bars" },
      drawn("svg", { viewBox: `0 0 ${4 * DAYS} 24`, role: "img", "aria-label": said, preserveAspectRatio: "none" }, bars),
      element("span", { class: "share", "aria-hidden": "true" }, looks ? percent(1 - bad / looks) : "–"));
  }

  function bar(at, date, each) {
    const share = each?.looks ? 1 - each.bad / each.looks : null;
    const kind = share === null ? "none" : share === 1 ? "good" : share >= 0.99 ? "dented" : "broken";
    const height = { none: 3, good: 24, dented: 18, broken: 12 }[kind];
    const cause = each?.callees ? `, ${percent(each.callees / each.looks)} by what it calls` : "";
    const text = share === null ? `${date}: nobody looked` : `${date}: ${percent(share)} good of ${each.looks.toLocaleString("en")} looks${cause}`;
    return drawn("rect", { class: `day ${kind}`, x: 4 * at, y: 24 - height, width: 3, height }, drawn("title", {}, text));
  }

  /** The last day: what was usual, what was slowest, where it failed, when a release came. */
  function latency(sums, marks, step = 300) {
    const now = Date.now() / 1000;
    const first = now - 86_400;
    const points = merged(sums.filter((each) => each.start >= first), step);
    if (!points.length) return element("p", { class: "quiet" }, "Nobody has looked yet.");
    const [width, height] = [600, 110];
    const top = Math.max(...points.map((each) => each.slowest), 0.001);
    const x = (time) => (((time - first) / 86_400) * width).toFixed(1);
    const y = (seconds) => (height - 6 - (seconds / top) * (height - 14)).toFixed(1);
    const releases = marks.filter((each) => each.kind === "release" && each.time >= first);
    const usual = points.reduce((sum, each) => sum + each.seconds, 0) / Math.max(1, points.reduce((sum, each) => sum + each.looks, 0));
    const said = `latency of the last day: ${milliseconds(usual)} on average, ${milliseconds(top)} at the most`;
    return element("figure", { class: "latency" },
      drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": said, preserveAspectRatio: "none" },
        drawn("path", { class: "slowest", d: area(points, x, y, height, step) }),
        drawn("path", { class: "usual", d: line(points, (each) => `${x(each.start)},${y(each.seconds / each.looks)}`, step) }),
        points.filter((each) => each.bad).map((each) => drawn("rect", { class: "bad", x: x(each.start), y: height - 5, width: Math.max(2, (step / 86_400) * width), height: 5 })),
        releases.map((each) => drawn("path", { class: "release", d: `M${x(each.time)},0V${height}` }, drawn("title", {}, `release ${each.text}`)))),
      element("figcaption", {}, element("span", {}, clock(first)), element("span", {}, said.replace("latency of the last day: ", "")), element("span", {}, "now")));
  }

  function merged(sums, step) {
    const found = new Map();
    for (const each of sums) {
      const start = Math.floor(each.start / step) * step;
      const there = found.get(start) ?? { start, looks: 0, bad: 0, seconds: 0, slowest: 0 };
      for (const name of ["looks", "bad", "seconds"]) there[name] += each[name];
      there.slowest = Math.max(there.slowest, each.slowest);
      found.set(start, there);
    }
    return [...found.values()].sort((a, b) => a.start - b.start);
  }

  /** Lines end where nobody looked. */
  const line = (points, at, step) => points.map((each, index) => `${index && each.start - points[index - 1].start <= step ? "L" : "M"}${at(each)}`).join("") + (points.length === 1 ? "h2" : "");

  function area(points, x, y, height, step) {
    let [path, from] = ["", null];
    points.forEach((each, index) => {
      if (from === null) [path, from] = [`${path}M${x(each.start)},${height}`, each.start];
      path += `L${x(each.start)},${y(each.slowest)}`;
      const next = points[index + 1];
      if (!next || next.start - each.start > step) [path, from] = [`${path}L${x(each.start + step)},${y(each.slowest)}V${height}Z`, null];
    });
    return path;
  }

  return { days, latency };
})();
