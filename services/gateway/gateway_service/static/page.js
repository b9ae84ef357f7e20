// The demo page: takes a picture by drop, paste, file or sample, sends it to /v1/captions and shows the answer.

import { MOST, run } from "/static/batch.js";

const $ = (id) => document.getElementById(id);

const TITLES = {
  0: "The service cannot be reached",
  400: "This is not a picture that can be read",
  401: "An API key is needed",
  413: "The picture is too large",
  415: "This kind of file is not accepted",
  429: "Too many pictures at once",
  502: "The captioning service failed",
  503: "The captioning service is busy",
  504: "The answer took too long",
};

const SOURCES = {
  scenes: "Said by the model that was trained on drawn scenes.",
  labels: "This is not one of the drawn scenes that the model knows, so the picture was named by its main object.",
  unknown: "This picture is outside of what the model knows.",
};

let limits = { types: ["image/jpeg", "image/png"], largest_picture_bytes: 8 * 1024 * 1024, key_required: false };
let under_way = new AbortController();

start();

async function start() {
  $("samples").hidden = document.querySelector(".sample") === null;
  listen();
  const answer = await fetch("/v1/limits").catch(() => null);
  if (answer?.ok) limits = await answer.json();
  $("accepted").textContent = `JPEG or PNG, up to ${megabytes(limits.largest_picture_bytes)}`;
  $("key-row").hidden = !limits.key_required;
}

function listen() {
  const drop = $("drop");
  $("form").addEventListener("submit", (event) => event.preventDefault());
  $("preview").addEventListener("error", () => preview(false));
  $("file").addEventListener("change", (event) => take(event.target.files));
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  document.addEventListener("dragleave", (event) => { if (event.relatedTarget === null) drop.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => { if (event.clipboardData.files.length) take(event.clipboardData.files); });
  $("stop").addEventListener("click", () => { under_way.abort(); say("Stopped."); $("batch").hidden = false; $("stop").hidden = true; });
  for (const sample of document.querySelectorAll(".sample")) {
    sample.addEventListener("click", async () => {
      const answer = await fetch(sample.dataset.src);
      await describe(await answer.blob());
    });
  }
}

function take(files) {
  if (files.length > 1) describe_all([...files]);
  else if (files.length) describe(files[0]);
  $("file").value = "";
}

async function describe_all(files) {
  under_way.abort();
  under_way = new AbortController();
  const signal = under_way.signal;
  if (files.length > MOST) {
    fail(413, `${files.length} pictures were chosen; up to ${MOST} are taken at once.`);
    return;
  }
  preview(false);
  const lines = files.map(picture_line);
  $("pictures").replaceChildren(...lines);
  $("progress").max = files.length;
  $("progress").value = 0;
  say(`0 of ${files.length} pictures`, true);
  $("batch").hidden = $("stop").hidden = false;
  bring_into_view();
  await run(files, { ask: ask_for_sentence, signal, changed: (place, told) => {
    if (signal.aborted) return;
    tell(lines[place], told);
    $("progress").value = told.done;
    $("status").textContent = `${told.done} of ${files.length} pictures`;
  } });
  if (signal.aborted) return;
  $("status").classList.remove("busy");
  $("stop").hidden = true;
}

async function ask_for_sentence(file, signal) {
  try {
    const picture = await acceptable(file);
    const answer = await fetch("/v1/captions", { method: "POST", body: picture, headers: headers(picture), signal });
    const document = await answer.json().catch(() => ({}));
    if (answer.status === 429 || answer.status === 503) return { wait: Number(answer.headers.get("Retry-After")) || 1 };
    if (!answer.ok) return { refusal: document.detail ?? TITLES[answer.status] ?? `Status ${answer.status}` };
    const best = document.captions[0];
    return best ? { sentence: best.text, probability: best.probability } : { refusal: "No sentence was found for this picture." };
  } catch (error) {
    return { refusal: error instanceof Refused ? error.message : TITLES[0] };
  }
}

function picture_line(file) {
  const item = document.createElement("li");
  const image = document.createElement("img");
  image.alt = "";
  image.src = URL.createObjectURL(file);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  image.addEventListener("error", () => { image.hidden = true; }, { once: true });
  const text = element("div", "words");
  text.append(element("span", "sentence", "Waiting"), element("span", "small", file.name || "pasted picture"));
  item.append(image, text, element("span", "share"));
  return item;
}

function tell(item, told) {
  const sentence = item.querySelector(".sentence");
  if (told.state === "asking") sentence.textContent = "Looking at the picture …";
  if (told.state === "waiting") sentence.textContent = `Many ask at this moment; again in ${told.seconds} s`;
  if (told.state !== "done") return;
  item.classList.toggle("refused", Boolean(told.refusal));
  sentence.textContent = told.sentence ?? told.refusal;
  item.querySelector(".share").textContent = told.sentence ? percent(told.probability) : "";
}

// On a small screen the answer stands below the picture.
function bring_into_view() {
  $("answer-card").scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

async function describe(file) {
  under_way.abort();
  under_way = new AbortController();
  const signal = under_way.signal;
  show(file);
  say("Looking at the picture …", true);
  try {
    const picture = await acceptable(file);
    const started = performance.now();
    const answer = await fetch("/v1/captions", { method: "POST", body: picture, headers: headers(picture), signal });
    const document = await answer.json().catch(() => ({}));
    if (signal.aborted) return;
    if (answer.ok) succeed(document, performance.now() - started);
    else fail(answer.status, document.detail, document.request_id);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Refused) fail(error.status, error.message);
    else fail(0, "Check the connection, then try again.");
  }
}

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// Pictures of other kinds that this browser can read are sent as JPEG.
async function acceptable(file) {
  if (!file.type.startsWith("image/")) throw new Refused(415, "Choose a picture: a JPEG or a PNG file.");
  const picture = limits.types.includes(file.type) ? file : await as_jpeg(file);
  if (picture.size > limits.largest_picture_bytes) {
    throw new Refused(413, `It has ${megabytes(picture.size)}; up to ${megabytes(limits.largest_picture_bytes)} are accepted.`);
  }
  return picture;
}

async function as_jpeg(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) throw new Refused(415, "This browser cannot read the picture. Choose a JPEG or a PNG file.");
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
}

function headers(picture) {
  const key = $("key").value.trim();
  return { "Content-Type": picture.type, ...(key ? { "X-API-Key": key } : {}) };
}

function show(file) {
  const image = $("preview");
  if (image.src) URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(file);
  preview(file.type.startsWith("image/"));
}

function preview(shown) {
  $("chosen").hidden = !shown;
  $("invitation").hidden = shown;
  $("drop").classList.toggle("filled", shown);
}

function say(text, busy = false) {
  $("status").textContent = text;
  $("status").classList.toggle("busy", busy);
  $("status").classList.toggle("unseen", false);
  $("error").hidden = true;
  $("answer").hidden = true;
  $("batch").hidden = true;
}

function succeed(answer, milliseconds) {
  const best = answer.captions[0];
  say(best ? `${best.text}, ${percent(best.probability)}` : "No sentence was found for this picture.");
  $("status").classList.toggle("unseen", Boolean(best));
  $("captions").replaceChildren(...answer.captions.map(line));
  $("source").textContent = SOURCES[answer.source] ?? "";
  $("facts").replaceChildren(...facts(answer, milliseconds));
  $("answer").hidden = false;
  bring_into_view();
}

function fail(status, detail, request_id) {
  say("");
  $("error-title").textContent = TITLES[status] ?? `Something went wrong (status ${status})`;
  $("error-detail").textContent = detail ?? "Try again in a moment.";
  $("error-request").textContent = request_id ? `Request ${request_id}` : "";
  $("error").hidden = false;
  bring_into_view();
}

function line(caption) {
  const item = document.createElement("li");
  const bar = element("div", "bar");
  const filled = document.createElement("span");
  bar.setAttribute("aria-hidden", "true");
  bar.append(filled);
  item.append(element("span", "sentence", caption.text), element("span", "share", percent(caption.probability)), bar);
  requestAnimationFrame(() => { filled.style.width = `${Math.max(0.5, 100 * caption.probability)}%`; });
  return item;
}

function facts(answer, milliseconds) {
  const model = answer.model && typeof answer.model === "object" ? [answer.model.name, answer.model.version] : [answer.model];
  const timings = Object.entries(answer.timings ?? answer.timings_ms ?? {});
  const rows = [
    ["Caption id", answer.id ?? "none: the id service did not answer"],
    ["Upload id", answer.upload_id ?? "none: the id service did not answer"],
    ["Request", answer.request_id],
    ["Source", answer.source],
    ["Model", model.filter(Boolean).join(" ")],
    ["Time", `${Math.round(milliseconds)} ms from here and back`],
    ...timings.map(([stage, time]) => [stage.replace(/_ms$/, ""), typeof time === "number" ? `${time.toFixed(1)} ms` : String(time)]),
  ];
  return rows.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", "", name), element("dd", "", String(value))]);
}

function element(kind, name, text = "") {
  const made = document.createElement(kind);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}

function percent(probability) {
  const share = 100 * probability;
  return share > 0 && share < 1 ? "under 1 %" : `${Math.round(share)} %`;
}

function megabytes(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0).replace(/\.0$/, "")} MiB`;
}
