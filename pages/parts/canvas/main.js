// One comparison for each place where it is mounted; it keeps zoom, cursor and region while its numbers change.

class Comparison {
  constructor(root) {
    Object.assign(this, { root, panels: [], cursor: null, region: null, corner: null, marking: false, stamp: null });
    this.window = { zoom: 1, x: 0, y: 0, width: 1, height: 1 };
    this.blink = { timer: null, second: false };
    Object.assign(this, { cover: { only: false, together: false, shares: {} }, curves: [], curvesAbsent: "measuring ...", stampOfPicture: 0 });
    this.sizes = new ResizeObserver(() => this.redraw());
    this.resting = this.find(".hint").textContent.trim();
    listenToPointers(this, this.find(".panels"));
    listenToKeys(this, this.find(".panels"));
    listenToControls(this);
    this.find(".panels").comparison = this; // for whoever looks into the page, such as a test
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  receive(data) {
    const resized = !this.data || data.width !== this.data.width || data.height !== this.data.height;
    Object.assign(data, { grey: greyOf(data.rgb), photo: photograph(data) });
    this.data = data;
    this.stampOfPicture++;
    this.find(".comparison").classList.toggle("plain", Boolean(data.plain));
    if (data.stamp !== this.stamp) {
      // The server has set the look itself: at the start, by a link, or by a press of a button.
      Object.assign(this, { stamp: data.stamp, look: { ...data.look }, region: data.region });
      Object.assign(this.cover, { ...data.cover, shares: { ...data.cover.shares } });
      clearTimeout(this.telling);
      clearTimeout(this.tellingCover);
      stopBlinking(this);
      showZoom(this);
    } else if (resized) {
      moveWindow(this, 1, 0, 0);
    }
    if (resized) this.cursor = null;
    this.repaint();
  }

  repaint() {
    paintMaps(this);
    arrange(this);
    label(this);
    showLook(this);
    showCovers(this);
    tellCursor(this);
    this.redraw();
  }

  /** Takes what was measured of the maps; see deliver.js. */
  takeCurves(message) {
    this.curves = receivedCurves(message);
    this.curvesAbsent = message.absent;
    showCovers(this);
    this.redraw();
  }

  changeCover(some) {
    Object.assign(this.cover, some);
    showCovers(this);
    this.redraw();
    clearTimeout(this.tellingCover);
    this.tellingCover = setTimeout(() => this.send("cover", { ...this.cover, stamp: this.stamp }), REST);
  }

  redraw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => draw(this));
  }

  change(some) {
    if (some.view && some.view !== "blink") stopBlinking(this);
    const isMoved = "zoom" in some && some.zoom !== this.look.zoom; // by the tour, which puts back what was shown before it
    this.tellLook(some);
    if (isMoved) showZoom(this);
    this.repaint();
  }

  tellLook(some) {
    Object.assign(this.look, some);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.send("look", { ...this.look, stamp: this.stamp }), REST);
  }

  toggleBlink() {
    if (calm()) return showOther(this);
    if (this.blink.timer) stopBlinking(this);
    else startBlinking(this);
    label(this);
    showLook(this);
    this.redraw();
  }

  setMarking(on) {
    this.marking = on;
    this.find(".mark").setAttribute("aria-pressed", on);
    this.find(".panels").classList.toggle("marking", on);
  }

  finishRegion() {
    this.corner = null;
    this.setMarking(false);
    this.tellRegion();
  }

  clearRegion() {
    this.corner = this.region = null;
    this.tellRegion();
  }

  tellRegion() {
    showLook(this);
    this.redraw();
    this.send("region", { box: this.region, stamp: this.stamp });
  }

  close() {
    clearTimeout(this.telling);
    clearTimeout(this.tellingCover);
    stopBlinking(this);
    this.sizes.disconnect();
  }
}

const mounted = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  if (!mounted.has(parentElement)) mounted.set(parentElement, new Comparison(parentElement));
  const comparison = mounted.get(parentElement);
  comparison.send = setStateValue;
  comparison.receive(received(data));
  return () => {
    comparison.close();
    mounted.delete(parentElement);
  };
}
