// The network of the worked example: what flows along its edges, forward or back.

const PLACES = { x1: [70, 70], x2: [70, 230], h1: [320, 70], h2: [320, 230], out: [560, 150] };
const THICKEST = 26; // of an edge, in units of the drawing
const RADIUS = 30;

function svg(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

/** Makes the elements of an edge once; `show` moves them. */
function newEdge(from, to) {
  const [[x1, y1], [x2, y2]] = [PLACES[from], PLACES[to]];
  const path = `M ${x1} ${y1} L ${x2} ${y2}`;
  const near = y1 === y2 || to === "out" ? 0.5 : 0.3; // crossing edges have their numbers apart
  const middle = { x: x1 + (x2 - x1) * near, y: y1 + (y2 - y1) * near + 5 };
  return { edge: svg("path", { d: path, class: "edge" }), flow: svg("path", { d: path, class: "flow" }), text: svg("text", { ...middle, class: "amount" }) };
}

class Drawing {
  constructor(root) {
    this.svg = root.querySelector("svg");
    this.edges = new Map();
    this.nodes = new Map();
  }

  /** Puts all edges, then all nodes, then all numbers, so that these are on top. */
  build(data) {
    const layers = [[], [], []];
    for (const { from, to } of data.edges) {
      const made = newEdge(from, to);
      this.edges.set(`${from} ${to}`, made);
      layers[0].push(made.edge, made.flow);
      layers[2].push(made.text);
    }
    for (const { key, name } of data.nodes) {
      const [x, y] = PLACES[key];
      const [value, share] = [svg("text", { x, y: y + 12, class: "small" }), svg("text", { x, y: y + RADIUS + 20, class: "amount" })];
      layers[1].push(svg("circle", { cx: x, cy: y, r: RADIUS }), svg("text", { x, y: y - 4, class: "node" }, name), value);
      layers[2].push(share);
      this.nodes.set(key, { value, share });
    }
    this.svg.replaceChildren(...layers.flat());
  }

  show(data) {
    if (!this.edges.size) this.build(data);
    [this.svg.role, this.svg.ariaLabel] = ["img", data.alt]; // a picture that has no words yet is none
    const [above, below] = data.shades;
    this.svg.style.setProperty("--for", above);
    this.svg.style.setProperty("--against", below);
    for (const { from, to, amount, text } of data.edges) {
      const { edge, flow, text: label } = this.edges.get(`${from} ${to}`);
      const kind = amount > 0 ? "for" : amount < 0 ? "against" : "nothing";
      edge.setAttribute("class", `edge ${kind}`);
      edge.style.strokeWidth = Math.max(1.5, (THICKEST * Math.abs(amount)) / data.largest);
      flow.setAttribute("class", `flow ${data.back ? "back" : ""}`);
      flow.style.display = amount ? "" : "none";
      label.textContent = text;
    }
    for (const { key, value, share } of data.nodes) {
      const node = this.nodes.get(key);
      node.value.textContent = value;
      node.share.textContent = share;
    }
  }
}

const drawings = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".drawing");
  if (!drawings.has(root)) drawings.set(root, new Drawing(root));
  drawings.get(root).show(data);
  return () => drawings.delete(root);
}
