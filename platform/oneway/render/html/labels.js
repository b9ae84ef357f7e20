"use strict";

/** What is written on the floor at each zoom, so that no text is ever too small. */
const labels = (() => {
  const SMALLEST = 11; // pixels of the screen, for any text
  const LINE = 1.3;
  const SVG = "http://www.w3.org/2000/svg";
  const FAMILY = 'Helvetica,Arial,"Liberation Sans",Arimo,sans-serif';
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `bold 100px ${FAMILY}`;
  /** How wide a text is in a bold font of one pixel, in the fonts that the reader has. */
  const width = (text) => pen.measureText(text).width / 100;

  function make(parent, name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return parent.appendChild(made);
  }

  function shortened(text, room) {
    if (width(text) <= room) return text;
    let length = text.length - 1;
    while (length > 1 && width(`${text.slice(0, length)}…`) > room) length -= 1;
    return `${text.slice(0, length)}…`;
  }

  /** A domain that is too small for its services to be drawn: its name, how many there are, and as many names as fit. */
  function domain(block, zoom) {
    block.big ??= make(block.element, "g", { class: "big" });
    block.big.replaceChildren();
    const group = graph.groups.get(block.id);
    const members = graph.members.get(block.id);
    const [room, height] = [(block.width - 8 / zoom) * zoom, block.height * zoom];
    const size = Math.max(SMALLEST, Math.min(15, room / width(group.name), height - 6));
    const differ = members.filter(differs).length;
    const all = counted(members.length, block.id);
    const words = differ ? [`${all}, ${differ} differ`, `${differ} differ`, `~${differ}`] : [all, String(members.length)];
    const count = words.find((text) => width(text) * SMALLEST <= room);
    const lines = [[shortened(group.name, room / size), "big-name", size]];
    if (count && height >= size * LINE + SMALLEST * LINE + 4) lines.push([count, differ ? "big-count differing" : "big-count", SMALLEST]);
    const head = lines.reduce((sum, [, , each]) => sum + LINE * each, 0);
    const names = columns(members, room, height - head - 12);
    let y = names.length ? 4 : (height - head) / 2;
    for (const [text, name, each] of lines) {
      make(block.big, "text", { class: name, x: block.width / 2, y: (y + each) / zoom, "font-size": each / zoom }, text);
      y += LINE * each;
    }
    for (const [text, id, right, down] of names) {
      make(block.big, "text", { class: `inmate ${graph.nodes.get(id)?.change ?? ""}`, "data-id": id, x: (right + 5) / zoom, y: (y + 4 + down + SMALLEST) / zoom, "font-size": SMALLEST / zoom }, text);
    }
  }

  const SIGNS = { added: "+ ", removed: "− ", changed: "~ " };
  const differs = (node) => node.change in SIGNS;
  const signed = (node) => (SIGNS[node.change] ?? "") + node.name;

  /** Names in columns, those that differ and the most called ones where not all fit: text, id, and how far right and down. */
  function columns(members, room, height) {
    const row = SMALLEST * LINE + 1;
    const rows = Math.floor(height / row);
    const widest = Math.max(...members.map((node) => width(signed(node)))) * SMALLEST + 12;
    const many = Math.max(1, Math.floor(room / widest));
    const space = rows * many;
    if (space < Math.min(3, members.length) || room < 60) return [];
    const calls = (node) => graph.incoming.get(node.id).length + (differs(node) ? graph.data.nodes.length : 0);
    const fits = members.length <= space;
    const kept = fits ? members : [...members].sort((a, b) => calls(b) - calls(a)).slice(0, space - 1).sort((a, b) => (a.name < b.name ? -1 : 1));
    const texts = kept.map((node) => [shortened(signed(node), (room / many - 10) / SMALLEST), node.id]);
    if (!fits) texts.push([`+ ${members.length - kept.length} more`, ""]);
    const used = Math.ceil(texts.length / many);
    return texts.map(([text, id], at) => [text, id, Math.floor(at / used) * (room / many), (at % used) * row]);
  }

  function counted(number, group) {
    const word = group === "channel:" ? "channel" : group === "external:" ? "external" : "service";
    return `${number} ${word}${number === 1 ? "" : "s"}`;
  }

  /** A name in one or two lines, broken after a hyphen, whichever can be larger in a card. */
  function lines(name, width_, height) {
    const breaks = [...name.matchAll(/[-._]/g)].map((found) => found.index + 1).filter((at) => at < name.length);
    const choices = [[name], ...breaks.map((at) => [name.slice(0, at), name.slice(at)])];
    const sized = choices.map((parts) => ({ parts, size: Math.min((width_ - 12) / Math.max(...parts.map(width)), (height - 6) / (1.12 * parts.length)) }));
    return sized.reduce((best, each) => (each.size > best.size ? each : best));
  }

  /** The zoom from which most names can be read in full; the longest few are cut short until one comes closer. */
  function legible(places) {
    const zooms = graph.data.nodes.filter((node) => node.id in places).map((node) => {
      const [, [, , width, height]] = places[node.id];
      return SMALLEST / lines(node.name, width, height).size;
    }).sort((a, b) => a - b);
    return Math.max(0.25, Math.min(0.46, zooms[Math.floor(0.7 * zooms.length)] ?? 0.46));
  }

  /** The name alone on a card, as large as it can be read at this zoom. */
  function name(element, [x, y, w, h], zoom, id = element.dataset.id) {
    const { parts, size } = lines(graph.nodes.get(id).name, w, h);
    const font = Math.max(SMALLEST / zoom, Math.min(size, 13.5 / zoom));
    const text = (element.querySelector(".short") ?? plain(element, x, y, w, h, id)).lastChild;
    text.replaceChildren();
    text.setAttribute("font-size", font);
    const top = y + h / 2 - (font * 1.12 * parts.length) / 2;
    parts.forEach((part, at) =>
      make(text, "tspan", { x: x + w / 2, y: top + font * (0.86 + 1.12 * at) }, shortened(part, (w - 6) / font)));
  }

  /** A card that holds nothing but its name, its owner's colour, and that it is public. */
  function plain(element, x, y, width, height, id) {
    const group = make(element, "g", { class: "short" });
    const node = graph.nodes.get(id);
    if (element.querySelector(".deployment")) {
      make(group, "rect", { class: "deployment", x, y, width, height, rx: 3 });
      const band = element.querySelector(".band");
      if (band) group.append(band.cloneNode());
      if (node.ports.some((port) => port.public)) make(group, "rect", { class: "port public", x, y, width: 7, height });
    }
    make(group, "text", {});
    return group;
  }

  /** A text as far as it fits into so many points at that size. */
  const cut = (text, room, size) => shortened(text, room / size);

  return { make, domain, name, legible, cut };
})();
