"use strict";

/** A box to type into and a list to choose from, by mouse or by keyboard. */
const search = (() => {
  const MOST = 12;
  const input = document.getElementById("search");
  const results = document.getElementById("results");
  let found = [];
  let at = -1;

  function start(actions) {
    input.addEventListener("input", () => look());
    input.addEventListener("keydown", (event) => key(event, actions));
    input.addEventListener("blur", () => setTimeout(close, 200));
    input.form.addEventListener("submit", (event) => event.preventDefault());
    results.addEventListener("mousedown", (event) => {
      const item = event.target.closest("li");
      if (item) take(Number(item.dataset.at), actions);
    });
  }

  function look() {
    const all = graph.find(input.value);
    found = all.slice(0, MOST);
    at = found.length ? 0 : -1;
    results.replaceChildren(...found.map((node, index) =>
      element("li", { role: "option", id: `result-${index}`, "data-at": index }, node.name, " ",
        element("small", {}, [node.kind, node.group, node.owner].filter(Boolean).join(" · ")))));
    if (input.value.trim() && all.length !== found.length) {
      results.append(element("li", { role: "option", "aria-disabled": "true" }, element("small", {}, `and ${all.length - MOST} more`)));
    }
    if (input.value.trim() && !all.length) results.append(element("li", { role: "option", "aria-disabled": "true" }, element("small", {}, "nothing found")));
    results.hidden = !input.value.trim();
    mark();
  }

  function mark() {
    input.setAttribute("aria-expanded", String(!results.hidden));
    [...results.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    if (at >= 0 && !results.hidden) input.setAttribute("aria-activedescendant", `result-${at}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function key(event, actions) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (found.length) at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      mark();
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      take(at, actions);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      input.value = "";
      close();
    }
  }

  function take(index, actions) {
    const node = found[index];
    if (!node) return;
    close();
    input.value = node.name;
    actions.choose(node.id);
  }

  function close() {
    results.hidden = true;
    mark();
  }

  return { start, focus: () => input.focus() };
})();
