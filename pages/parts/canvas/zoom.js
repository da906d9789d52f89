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

/** Zooms by a factor; the point of the picture that is held stays where it is. */
function zoomBy(c, factor, [x, y]) {
  const before = c.window;
  const zoom = before.zoom * factor;
  const after = Math.max(1, Math.min(zoom, Math.min(c.data.width, c.data.height) / CLOSEST));
  const ratio = before.zoom / after;
  clampWindow(c, after, x - (x - before.x) * ratio, y - (y - before.y) * ratio);
  c.redraw();
}

function resetZoom(c) {
  clampWindow(c, 1, 0, 0);
  c.redraw();
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
