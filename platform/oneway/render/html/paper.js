"use strict";

/** The picture on paper, in vectors: the plan that fills the sheet best lying, and the one that fills it best standing. */
const paper = (() => {
  const SHEETS = { landscape: [1060, 700], portrait: [720, 1010] }; // A4 without margins, in CSS pixels; A3 has the same shape
  const READABLE = 0.24; // the zoom below which names in cards cannot be read on A4, and hardly on A3
  const printed = document.getElementById("printed");

  /** Made when somebody prints; the style sheet chooses by the orientation of the sheet. */
  function print() {
    printed.replaceChildren(document.querySelector("h1").cloneNode(true), document.querySelector(".counts").cloneNode(true));
    for (const [name, room] of Object.entries(SHEETS)) printed.append(sheet(name, room));
    printed.append(signs(printed.querySelector("[data-level=all]") !== null));
  }

  function sheet(name, room) {
    const fits = ({ size: [width, height] }) => Math.min(room[0] / width, room[1] / height);
    const plan = Object.values(graph.data.plans).reduce((best, each) => (fits(each) > fits(best) ? each : best));
    const svg = document.createElementNS(floor.root.namespaceURI, "svg");
    svg.setAttribute("class", name);
    svg.setAttribute("viewBox", `-2 -2 ${plan.size[0] + 4} ${plan.size[1] + 4}`);
    drawn(svg, plan, fits(plan));
    return svg;
  }

  function drawn(svg, plan, zoom) {
    const coarse = graph.data.levels && zoom < READABLE;
    const { blocks } = graph.data.insides[plan.inside];
    svg.dataset.level = coarse ? "domains" : "all";
    svg.style.setProperty("--unit", `${1 / zoom}px`);
    svg.style.setProperty("--scale", Math.min(3, 0.8 / zoom));
    const between = labels.make(svg, "g", {});
    between.innerHTML = plan.markup;
    floor.anchor(between);
    for (const [id, { size: [width, height], markup }] of Object.entries(blocks)) {
      const [x, y] = plan.at[id];
      const element = labels.make(svg, "g", { class: "block", transform: `translate(${x} ${y})` });
      if (!coarse || !id) element.innerHTML = markup;
      else {
        labels.make(element, "rect", { class: "box cover", width, height, rx: 6 });
        labels.domain({ id, element, width, height }, zoom);
      }
    }
    if (!graph.data.levels) svg.append(between);
  }

  /** What the signs mean, and the colours of owners where cards show them. */
  function signs(cards) {
    const list = document.querySelector(".signs").cloneNode(true);
    for (const owner of cards ? graph.owners.values() : []) {
      const swatch = element("span", { class: "swatch" });
      swatch.style.background = graph.data.palette[owner.color];
      list.append(element("li", {}, swatch, owner.name));
    }
    return list;
  }

  return { print };
})();
