// Draws the panels as they are zoomed, with the cursor and the region over them.

/** Draws all panels as the zoom, the cursor and the region stand. */
function draw(c) {
  for (const panel of c.panels) {
    const { canvas } = panel;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.max(1, Math.round(side * ratio)));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, width, height);
    drawLayers(c, panel, context);
    const perPixel = width / c.window.width;
    if (c.region) outline(context, c, c.region, perPixel, [5, 4]);
    if (c.cursor) crosshair(context, c, perPixel);
  }
  drawPatch(c);
}

function drawLayers(c, panel, context) {
  const { width, height } = context.canvas;
  const view = c.window;
  const put = (image, from = 0, to = 1) => {
    if (!image) return;
    const crop = [view.x + view.width * from, view.y, view.width * (to - from), view.height];
    context.drawImage(image, ...crop, width * from, 0, width * (to - from), height);
  };
  if (panel.kind === "seen") return put(c.data.photo);
  if (panel.kind === "map") {
    const covered = coveredPicture(c, panel);
    if (!covered) return put(panel.map.image);
    put(c.data.photo);
    put(covered.image);
    return strokeAll(context, covered.border.map((line) => line.map((place) => onCanvas(c, place, width / view.width))), [], 2);
  }
  const [first, second] = pairOf(c).map((map) => map.image);
  const { view: kind, mix } = c.look;
  if (kind === "difference") put(c.apartImage);
  if (kind === "blink") put(c.blink.second ? second : first);
  if (kind === "overlay") {
    put(first);
    context.globalAlpha = mix;
    put(second);
    context.globalAlpha = 1;
  }
  if (kind === "wipe") {
    put(first, 0, mix);
    put(second, mix, 1);
    stroke(context, [[mix * width, 0], [mix * width, height]]);
  }
}

/** A line that is seen on any ground: white over black. */
function stroke(context, points, dash = [], thickness = 3) {
  strokeAll(context, [points], dash, thickness);
}

function strokeAll(context, lines, dash, thickness) {
  const ratio = window.devicePixelRatio || 1;
  for (const [colour, width] of [["#000", thickness], ["#fff", 1]]) {
    context.beginPath();
    for (const points of lines) points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.setLineDash(colour === "#fff" ? dash : []);
    context.stroke();
  }
  context.setLineDash([]);
}

/** A place of the picture in pixels of the canvas. */
function onCanvas(c, [x, y], perPixel) {
  return [(x - c.window.x) * perPixel, (y - c.window.y) * perPixel];
}

function outline(context, c, [left, top, right, bottom], perPixel, dash) {
  const corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
  stroke(context, corners.map((corner) => onCanvas(c, corner, perPixel)), dash);
}

function crosshair(context, c, perPixel) {
  const [x, y] = c.cursor;
  outline(context, c, [x, y, x + 1, y + 1], perPixel, []);
  const [middleX, middleY] = [(x + 0.5 - c.window.x) * perPixel, (y + 0.5 - c.window.y) * perPixel];
  const gap = Math.max(perPixel, 8 * (window.devicePixelRatio || 1));
  const { width, height } = context.canvas;
  const arms = [
    [[0, middleY], [middleX - gap, middleY]], [[middleX + gap, middleY], [width, middleY]],
    [[middleX, 0], [middleX, middleY - gap]], [[middleX, middleY + gap], [middleX, height]],
  ];
  context.globalAlpha = 0.75; // what lies beneath is what one looks for
  arms.forEach((arm) => stroke(context, arm, [], 2));
  context.globalAlpha = 1;
}

/** The picture around the cursor, magnified. */
function drawPatch(c) {
  const patch = c.find(".patch");
  patch.style.visibility = c.cursor ? "visible" : "hidden"; // its place is kept, or the words beside it would jump
  const context = patch.getContext("2d");
  const reach = 7;
  const { width } = context.canvas;
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, width, width);
  if (!c.cursor) return;
  const [x, y] = c.cursor;
  context.drawImage(c.data.photo, x - reach, y - reach, 2 * reach + 1, 2 * reach + 1, 0, 0, width, width);
  const side = width / (2 * reach + 1);
  stroke(context, [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]].map(([i, j]) => [(reach + i) * side, (reach + j) * side]));
}
