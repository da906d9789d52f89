// What the network says of a covered picture: a bar for each of the likeliest outputs, and the curve of the followed one.

const TALL = 100; // of a chart, in its own units; its width is as many steps
const UNIT = 10000; // what the numbers of the message are shares of

/** The bars; made anew where the outputs are others, moved where they are the same. */
function showOutputs(c, { outputs }, curves, way, step) {
  if (outputs.told !== curves) {
    outputs.told = curves;
    outputs.replaceChildren(...curves.names.map((name, i) => newOutput(name, curves.marks[i])));
  }
  const codes = c.data.scales[c.look.colours];
  outputs.style.setProperty("--explained", `#${codes.at(-2)}`);
  outputs.style.setProperty("--compared", `#${codes[1]}`);
  const count = curves.names.length;
  curves.names.forEach((_, i) => {
    const [, track, text] = outputs.children[i].children;
    track.firstChild.style.width = `${Math.min(100, (100 * Math.abs(way.shares[step * count + i])) / UNIT)}%`;
    text.textContent = way.texts[step][i];
  });
}

function newOutput(name, mark) {
  const row = element("li", mark);
  const track = element("span", "track");
  track.append(element("span", "amountbar"));
  row.append(element("span", "name", name), track, element("span", "text"));
  return row;
}

function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** The curve over the band of random orders, with a line at the step of the slider. */
function showChart(cover, curves, way, step) {
  const { chart } = cover;
  if (chart.told !== way) {
    chart.told = way;
    chart.replaceChildren(newChart(curves, way), chartEnds(cover));
  }
  const [line, point] = [chart.querySelector(".here"), chart.querySelector(".point")];
  line.setAttribute("x1", step);
  line.setAttribute("x2", step);
  point.style.left = `${(100 * step) / curves.steps}%`;
  point.style.bottom = `${(100 * way.chart[step]) / UNIT}%`;
}

function newChart(curves, way) {
  const count = curves.steps + 1;
  const frame = element("div", "plot");
  const rows = [0, 1, 2, 3].map((row) => Array.from(way.chart.subarray(row * count, (row + 1) * count)));
  const [curve, mean, low, high] = rows.map((row) => row.map((value, at) => `${at},${TALL - (TALL * value) / UNIT}`));
  const drawn = svg("svg", { viewBox: `0 0 ${curves.steps} ${TALL}`, preserveAspectRatio: "none", role: "img", "aria-label": way.alt });
  const line = (points, name) => svg("polyline", { points: points.join(" "), class: name });
  drawn.append(
    svg("polygon", { points: [...low, ...high.reverse()].join(" "), class: "band" }), line(mean, "mean"),
    svg("line", { y1: 0, y2: TALL, class: "here" }), line(curve, "followed"),
  );
  frame.append(drawn, element("span", "point"));
  return frame;
}

function chartEnds({ name }) {
  const ends = element("div", "ends");
  const what = name.textContent.startsWith("Show") ? "shown" : "covered";
  ends.append(...["0%", `share ${what}`, "100%"].map((text) => element("span", "", text)));
  return ends;
}
