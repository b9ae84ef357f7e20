"use strict";

/**
 * Places for what is visible. A system that a page can show has fixed ones, found by Graphviz beforehand; they stay
 * whatever is collapsed or filtered. In a larger one dagre finds them: once inside each expanded domain, once for domains and everything outside.
 * The inside of a domain never depends on what is open around it, so opening one moves its neighbours as a whole.
 */
const arrange = (() => {
  const GAP = 16;
  const MANY = 400;
  const TALL = 4;
  const insides = new Map();

  /** visible: nodes [{id, box, width, height}] where box is the open domain it is in, edges [{from, to}]. */
  function places(nodes, edges, boxes) {
    if (graph.data.places) return new Map(nodes.map((node) => [node.id, given(node.id)]));
    const at = new Map();
    const box = new Map(nodes.map((node) => [node.id, node.box]));
    const outer = nodes.filter((node) => !node.box);
    for (const id of boxes) {
      const members = nodes.filter((node) => node.box === id);
      if (!members.length) continue;
      const among = edges.filter((edge) => box.get(edge.from) === id && box.get(edge.to) === id);
      const key = `${id} ${members.map((node) => node.id).join(" ")}`;
      if (!insides.has(key)) insides.set(key, layered(members, among));
      const inside = insides.get(key);
      outer.push({ id: `box ${id}`, width: inside.width + 2 * GAP, height: inside.height + 2 * GAP + 14, inside, members });
    }
    const home = (id) => (box.get(id) ? `box ${box.get(id)}` : id);
    const between = edges.map((edge) => ({ from: home(edge.from), to: home(edge.to) }));
    const outside = layered(outer, between.filter((edge) => edge.from !== edge.to));
    for (const node of outer) {
      const center = outside.at.get(node.id);
      if (!node.inside) at.set(node.id, center);
      else for (const member of node.members) {
        const own = node.inside.at.get(member.id);
        at.set(member.id, {
          x: center.x - node.inside.width / 2 + own.x,
          y: center.y - node.inside.height / 2 + own.y + 7,
        });
      }
    }
    return at;
  }

  const given = (id) => ({ x: graph.data.places[id][0], y: graph.data.places[id][1] });

  function layered(nodes, edges) {
    if (nodes.length > MANY) return rows(nodes);
    const layout = new dagre.graphlib.Graph({ multigraph: false });
    layout.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 45, marginx: 0, marginy: 0 });
    layout.setDefaultEdgeLabel(() => ({}));
    for (const node of nodes) layout.setNode(node.id, { width: node.width, height: node.height });
    for (const edge of edges) layout.setEdge(edge.from, edge.to);
    dagre.layout(layout);
    const { width, height } = layout.graph();
    if (height > TALL * width) return rows(nodes);
    return { width, height, at: new Map(nodes.map((node) => [node.id, { x: layout.node(node.id).x, y: layout.node(node.id).y }])) };
  }

  /** Plain rows for more nodes than layers can be found for while a reader waits. */
  function rows(nodes) {
    const across = Math.ceil(Math.sqrt(nodes.length / 3));
    const width = Math.max(...nodes.map((node) => node.width)) + 20;
    const height = Math.max(...nodes.map((node) => node.height)) + 14;
    const at = new Map(
      nodes.map((node, index) => [node.id, { x: ((index % across) + 0.5) * width, y: (Math.floor(index / across) + 0.5) * height }]),
    );
    return { width: across * width, height: Math.ceil(nodes.length / across) * height, at };
  }

  return { places };
})();
