// The part of the picture that all panels show, and places in it.

const CLOSEST = 8; // pixels of the picture across, at the strongest zoom

function clampWindow(c, zoom, x, y) {
  const { width, height } = c.data;
  const scale = Math.max(1, Math.min(zoom, Math.min(width, height) / CLOSEST));
  const size = { width: width / scale, height: height / scale };
  c.window = {
    zoom: scale, ...size,
    x: Math.max(0, Math.min(x, width - size.width)), y: Math.max(0, Math.min(y, height - size.height)),
  };
  c.find(".panels").classList.toggle("zoomed", scale > 1);
}

/** Shows the part that the look says. */
function showZoom(c) {
  clampWindow(c, ...(c.look.zoom ? c.look.zoom.split(",").map(Number) : [1, 0, 0]));
}

/** The same as clampWindow, by the visitor: the link says what is shown. */
function moveWindow(c, zoom, x, y) {
  clampWindow(c, zoom, x, y);
  const shown = c.window;
  const told = shown.zoom > 1 ? [Number(shown.zoom.toFixed(2)), Math.round(shown.x), Math.round(shown.y)].join(",") : "";
  if (told !== c.look.zoom) c.tellLook({ zoom: told });
  c.redraw();
}

/** Zooms by a factor; the point of the picture that is held stays where it is. */
function zoomBy(c, factor, [x, y]) {
  const before = c.window;
  const zoom = before.zoom * factor;
  const after = Math.max(1, Math.min(zoom, Math.min(c.data.width, c.data.height) / CLOSEST));
  const ratio = before.zoom / after;
  moveWindow(c, after, x - (x - before.x) * ratio, y - (y - before.y) * ratio);
}

function resetZoom(c) {
  moveWindow(c, 1, 0, 0);
}

/** The place under a pointer in pixels of the picture, with fractions. */
function placeOf(c, canvas, event) {
  const box = canvas.getBoundingClientRect();
  const { x, y, width, height } = c.window;
  return [x + ((event.clientX - box.left) / box.width) * width, y + ((event.clientY - box.top) / box.height) * height];
}

function pixelOf(c, [x, y]) {
  const within = (value, side) => Math.max(0, Math.min(side - 1, Math.floor(value)));
  return [within(x, c.data.width), within(y, c.data.height)];
}

function spanned(a, b) {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]) + 1, Math.max(a[1], b[1]) + 1];
}
