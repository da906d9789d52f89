// Pointer, wheel and keyboard: the cursor, the zoom and the region, the same in every panel.

function nearWipe(c, canvas, event) {
  const box = canvas.getBoundingClientRect();
  const pair = c.panels.find((panel) => panel.kind === "pair")?.canvas === canvas;
  return pair && c.look.view === "wipe" && Math.abs((event.clientX - box.left) / box.width - c.look.mix) * box.width < 12;
}

function listenToPointers(c, panels) {
  const pointers = new Map();
  let drag = null;

  const begin = (canvas, event) => {
    if (pointers.size > 1) {
      const [a, b] = [...pointers.values()];
      return { kind: "pinch", canvas, apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) };
    }
    const from = placeOf(c, canvas, event);
    if (c.marking || event.shiftKey) return { kind: "region", canvas, from: pixelOf(c, from), moved: false };
    return { kind: nearWipe(c, canvas, event) ? "wipe" : "pan", canvas, from };
  };

  const follow = (event) => {
    const { canvas } = drag;
    if (drag.kind === "pinch") {
      if (pointers.size < 2) return;
      const [a, b] = [...pointers.values()];
      const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
      const middle = { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 };
      zoomBy(c, apart / drag.apart, placeOf(c, canvas, middle));
      drag.apart = apart;
    } else if (drag.kind === "wipe") {
      const box = canvas.getBoundingClientRect();
      c.change({ mix: Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) });
    } else if (drag.kind === "region") {
      const to = pixelOf(c, placeOf(c, canvas, event));
      drag.moved ||= to[0] !== drag.from[0] || to[1] !== drag.from[1];
      if (drag.moved) c.region = spanned(drag.from, to);
    } else {
      const to = placeOf(c, canvas, event);
      moveWindow(c, c.window.zoom, c.window.x + drag.from[0] - to[0], c.window.y + drag.from[1] - to[1]);
    }
  };

  panels.addEventListener("pointerdown", (event) => {
    if (event.target.tagName !== "CANVAS" || event.button > 0) return;
    pointers.set(event.pointerId, event);
    event.target.setPointerCapture(event.pointerId);
    drag = begin(event.target, event);
  });
  panels.addEventListener("pointermove", (event) => {
    if (event.target.tagName !== "CANVAS") return;
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, event);
    if (drag) follow(event);
    c.cursor = pixelOf(c, placeOf(c, event.target, event));
    tellCursor(c);
    c.redraw();
  });
  const end = (event) => {
    pointers.delete(event.pointerId);
    if (drag?.kind === "region" && drag.moved) c.finishRegion();
    const [left] = pointers.values(); // of two fingers, which moves the picture on
    drag = left && drag?.kind === "pinch" ? begin(drag.canvas, left) : null;
  };
  panels.addEventListener("pointerup", end);
  panels.addEventListener("pointercancel", end);
  panels.addEventListener("pointerleave", () => {
    c.cursor = null;
    tellCursor(c);
    c.redraw();
  });
  panels.addEventListener("dblclick", (event) => event.target.tagName === "CANVAS" && resetZoom(c));
  panels.addEventListener(
    "wheel",
    (event) => {
      if (event.target.tagName !== "CANVAS" || (event.deltaY > 0 && c.window.zoom === 1)) return; // the page scrolls on
      event.preventDefault();
      zoomBy(c, Math.exp(-event.deltaY / 400), placeOf(c, event.target, event));
    },
    { passive: false },
  );
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function listenToKeys(c, panels) {
  panels.addEventListener("keydown", (event) => {
    if (event.target !== panels || event.ctrlKey || event.metaKey || event.altKey) return; // a slider has keys of its own
    const centre = () => (c.cursor ? c.cursor.map((v) => v + 0.5) : [c.window.x + c.window.width / 2, c.window.y + c.window.height / 2]);
    if (event.key in ARROWS) moveCursor(c, ARROWS[event.key], event.shiftKey ? 10 : 1);
    else if (event.key === "+" || event.key === "=") zoomBy(c, 1.5, centre());
    else if (event.key === "-") zoomBy(c, 1 / 1.5, centre());
    else if (event.key === "0") resetZoom(c);
    else if (event.key === "Enter") markCorner(c);
    else if (event.key === "Escape" && (c.corner || c.region)) c.clearRegion();
    else if (event.key === " " && c.look.view === "blink") c.toggleBlink();
    else return;
    event.preventDefault();
    event.stopPropagation(); // or a presentation would turn to another picture
  });
}

function moveCursor(c, [dx, dy], by) {
  const [x, y] = c.cursor ?? [c.window.x + c.window.width / 2, c.window.y + c.window.height / 2];
  c.cursor = pixelOf(c, c.cursor ? [x + dx * by, y + dy * by] : [x, y]);
  const { zoom, width, height } = c.window;
  const into = (start, length, place) => Math.min(Math.max(start, place + 1 - length), place); // the cursor stays in sight
  moveWindow(c, zoom, into(c.window.x, width, c.cursor[0]), into(c.window.y, height, c.cursor[1]));
  if (c.corner) c.region = spanned(c.corner, c.cursor);
  tellCursor(c, true);
  c.redraw();
}

/** The keyboard's way to a region: one corner, then the other. */
function markCorner(c) {
  if (!c.cursor) return;
  if (c.corner) {
    c.finishRegion();
  } else {
    c.corner = c.cursor;
    c.region = spanned(c.corner, c.corner);
    c.find(".aloud").textContent = "First corner set; move the cursor and press Enter for the second one.";
  }
  c.redraw();
}
