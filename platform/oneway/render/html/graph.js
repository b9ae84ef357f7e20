"use strict";

/** The picture's data and everything that can be asked of it. */
const graph = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const nodes = new Map(data.nodes.map((node) => [node.id, node]));
  const groups = new Map(data.groups.map((group) => [group.id, group]));
  const owners = new Map(data.owners.map((owner) => [owner.id, owner]));
  const outgoing = new Map(data.nodes.map((node) => [node.id, []]));
  const incoming = new Map(data.nodes.map((node) => [node.id, []]));
  const members = new Map(data.groups.map((group) => [group.id, []]));
  for (const edge of data.edges) {
    outgoing.get(edge.from).push(edge);
    incoming.get(edge.to).push(edge);
  }
  for (const node of data.nodes) if (node.group) members.get(node.group)?.push(node);

  /** Everything reached from a node over calls, forward or backward; `follow` says which calls count. */
  function reached(id, forward, follow = () => true) {
    const seen = new Set([id]);
    const queue = [id];
    while (queue.length) {
      const at = queue.pop();
      for (const edge of (forward ? outgoing : incoming).get(at)) {
        const next = forward ? edge.to : edge.from;
        if (edge.kind === "call" && follow(edge) && !seen.has(next)) {
          seen.add(next);
          queue.push(next);
        }
      }
    }
    seen.delete(id);
    return seen;
  }

  /** Who stops working, and who goes on with less, when a node fails. */
  function impact(id) {
    const breaks = reached(id, false, (edge) => edge.required);
    const touched = reached(id, false);
    return { breaks, degraded: new Set([...touched].filter((each) => !breaks.has(each))) };
  }

  /** Everything one arrow away, whatever its kind. */
  const near = (id) => new Set([...outgoing.get(id).map((edge) => edge.to), ...incoming.get(id).map((edge) => edge.from)]);

  /** What lies between two nodes: all that is on a way of calls from one to the other, and one of the shortest ways. */
  function between(from, to) {
    const back = reached(to, false).add(to);
    const all = new Set([...reached(from, true).add(from)].filter((id) => back.has(id)));
    if (!all.has(from) || !all.has(to)) return { all: new Set(), way: [] };
    const before = new Map([[from, null]]);
    const queue = [from];
    while (queue.length && !before.has(to)) {
      const at = queue.shift();
      for (const edge of outgoing.get(at)) {
        if (edge.kind !== "call" || before.has(edge.to)) continue;
        before.set(edge.to, at);
        queue.push(edge.to);
      }
    }
    const way = [];
    for (let at = to; at !== null; at = before.get(at)) way.unshift(at);
    return { all, way };
  }

  /** Nodes whose name, owner, domain, version or summary has every word; names that start with the text come first. */
  function find(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const rank = (node) => {
      const name = node.name.toLowerCase();
      return name === words[0] ? 0 : name.startsWith(words[0]) ? 1 : name.includes(words[0]) ? 2 : 3;
    };
    return data.nodes
      .filter((node) => words.every((word) => haystack(node).includes(word)))
      .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  }

  function haystack(node) {
    node.haystack ??= [node.name, node.owner, node.group, node.version, node.summary, node.kind].join(" ").toLowerCase();
    return node.haystack;
  }

  /** The blocks that a block calls and is called by, with how many arrows each. */
  function around(group) {
    const [to, from] = [new Map(), new Map()];
    const add = (map, id) => map.set(id, (map.get(id) ?? 0) + 1);
    for (const edge of data.edges) {
      const [source, target] = [nodes.get(edge.from).group, nodes.get(edge.to).group];
      if (source === target || !source || !target) continue;
      if (source === group) add(to, target);
      if (target === group) add(from, source);
    }
    return { to, from };
  }

  return { data, nodes, groups, owners, members, outgoing, incoming, reached, impact, near, between, around, find };
})();
