"use strict";

/** What a reader can do: take an incident on, and let a service be silent. */
const orders = (() => {
  const { element } = words;
  const KEY = "oneway-who";

  async function send(path, body) {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the monitor answered ${answer.status}`);
  }

  /** A form that says how it went in its own place. */
  function form(label, fields, path, body) {
    const told = element("p", { role: "status", class: "quiet" });
    const who = element("input", { name: "who", required: true, maxlength: 100, autocomplete: "username", value: localStorage.getItem(KEY) ?? "" });
    const made = element("form", { class: "order" },
      element("label", {}, "Your name ", who), ...fields, element("button", {}, label), told);
    made.addEventListener("submit", async (event) => {
      event.preventDefault();
      localStorage.setItem(KEY, who.value);
      try {
        await send(path, body(Object.fromEntries(new FormData(made))));
        told.textContent = "Done.";
      } catch (error) {
        told.textContent = `That did not work: ${error.message}.`;
      }
    });
    return made;
  }

  const take_on = (incident) => form("Take it on", [], `api/v1/incidents/${encodeURIComponent(incident)}/acknowledge`, ({ who }) => ({ who }));

  function silence(service) {
    const spans = [["30 minutes", 1800], ["2 hours", 7200], ["8 hours", 28_800], ["a day", 86_400]];
    const fields = [
      element("label", {}, "For ", element("select", { name: "seconds" }, spans.map(([words, value]) => element("option", { value }, words)))),
      element("label", {}, "Why ", element("input", { name: "why", maxlength: 500 })),
    ];
    return form("Silence", fields, `api/v1/services/${encodeURIComponent(service)}/silence`, ({ who, why, seconds }) => ({ who, why, seconds: Number(seconds) }));
  }

  return { take_on, silence };
})();
