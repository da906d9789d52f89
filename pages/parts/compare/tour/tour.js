// Four steps on the page itself, at the visitor's pace; what each shows in the canvas is done here, without the server.

const TOUCHES = ["wheel", "touchmove", "keydown", "pointerdown"]; // what a visitor does to go elsewhere
const OPEN = "[data-testid=stDialog], [data-testid=stPopoverBody], [role=listbox]"; // what Escape closes first
const USES_ARROWS = "input, textarea, select, [contenteditable=true], " +
  ["application", "slider", "spinbutton", "combobox", "listbox", "option", "menu", "menuitem", "radio", "tab"]
    .map((role) => `[role=${role}]`).join();
const MOST_ABOVE = 300; // pixels of the window above what a step is about

class Tour {
  constructor(root) {
    Object.assign(this, { root, step: 0, stamp: null, before: null, marked: null, shown: "", touched: false });
    this.touch = () => (this.touched = true);
    for (const kind of TOUCHES) window.addEventListener(kind, this.touch, { capture: true, passive: true });
    this.press = (event) => this.pressed(event);
    window.addEventListener("keydown", this.press);
    this.find(".next").addEventListener("click", () => this.go(this.step < this.data.steps.length ? this.step + 1 : 0));
    this.find(".back").addEventListener("click", () => this.go(this.step - 1));
    this.find(".skip").addEventListener("click", () => this.go(0));
  }

  /** Escape leaves and arrows go on and back, wherever the keyboard's place is, unless that has a use of its own for them. */
  pressed(event) {
    const { key, defaultPrevented, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (!this.step || defaultPrevented || altKey || ctrlKey || metaKey || shiftKey || document.querySelector(OPEN)) return;
    const takesArrows = event.composedPath().some((each) => each.matches?.(USES_ARROWS));
    if (key === "Escape") this.go(0);
    else if (takesArrows) return;
    else if (key === "ArrowRight" && this.step < this.data.steps.length) this.go(this.step + 1);
    else if (key === "ArrowLeft" && this.step > 1) this.go(this.step - 1);
    else return;
    event.preventDefault();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  receive(data) {
    this.data = data;
    const moved = data.stamp !== this.stamp; // the server has set the step: by the link, or by a press of Show me
    if (moved) Object.assign(this, { stamp: data.stamp, step: data.step, shown: "" });
    // The visitor has pressed a preset or loaded settings meanwhile, which stay.
    else if (this.before && data.lookStamp !== this.lookStamp) this.before.look = JSON.parse(data.look);
    this.lookStamp = data.lookStamp;
    this.show(moved);
  }

  go(step) {
    this.step = step;
    this.show(true);
    this.tell("told", { step, stamp: this.stamp });
  }

  show(moved) {
    const { data, step } = this;
    this.root.hidden = !step;
    const canvas = canvasOf(data.canvas);
    if (!canvas && step) {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.show(moved), 100); // it is mounted a moment later
      return;
    }
    if (!step) return this.end(canvas);
    this.before ??= { look: { ...canvas.look }, cover: { ...canvas.cover } };
    const told = data.steps[step - 1];
    this.find("h3").textContent = `${step} of ${data.steps.length}: ${told.title}`;
    this.find(".dots").textContent = data.steps.map((_, i) => (i < step ? "●" : "○")).join("");
    this.find(".back").disabled = step === 1;
    this.find(".next").textContent = step === data.steps.length ? "Done" : "Next";
    const name = JSON.stringify([step, told.look, told.cover, this.stamp]);
    if (name !== this.shown) {
      this.shown = name; // once, or the visitor's own moves would be undone
      canvas.change({ ...this.before.look, ...told.look });
      canvas.changeCover({ only: false, together: false, shares: { ...told.cover } });
    }
    this.write(canvas);
    // Again until the visitor does something: what stands above may still change its height.
    if (moved || !this.touched) this.point(canvas, told.target);
  }

  /** Writes the text of the step, or the one for a visitor who has covered another share. */
  write(canvas) {
    const told = this.data.steps[this.step - 1];
    const moved = told.moved && Object.entries(told.cover).some(([key, share]) => canvas.cover.shares[key] !== share);
    const text = moved ? told.moved : told.text;
    if (this.find("p").textContent !== text) this.find("p").textContent = text;
  }

  /** Scrolls to what the step is about, frames it, and moves the keyboard's place to the card. */
  point(canvas, target) {
    this.unmark();
    this.touched = false;
    this.marked = targetOf(canvas, target);
    if (this.marked) {
      const colour = getComputedStyle(this.root).getPropertyValue("--st-primary-color"); // unknown outside of components
      Object.assign(this.marked.style, { outline: `3px solid ${colour}`, outlineOffset: "6px", scrollMarginTop: "5rem" });
      this.scroll();
    }
    this.find("h3").focus({ preventScroll: true });
    this.watching = setInterval(() => {
      const drawn = canvasOf(this.data.canvas);
      if (drawn && this.step) this.write(drawn);
      // It was not there yet, the page has put another in its place, or the tour before, which ends later, has unmarked it.
      const isGone = !this.marked?.isConnected || !this.marked.style.outline;
      if (drawn && isGone && targetOf(drawn, target)) this.point(drawn, target);
      else if (this.marked && !this.touched && this.isAway()) this.scroll(); // what stands above has got another height
    }, 500);
  }

  isAway() {
    const { top } = this.marked.getBoundingClientRect();
    return top < 0 || top > MOST_ABOVE;
  }

  scroll() {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.marked.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  }

  unmark() {
    clearInterval(this.watching);
    if (this.marked) Object.assign(this.marked.style, { outline: "", outlineOffset: "", scrollMarginTop: "" });
    this.marked = null;
  }

  /** Puts the canvas back as it was before the first step. */
  end(canvas) {
    this.unmark();
    if (this.before && canvas) {
      canvas.change(this.before.look);
      canvas.changeCover(this.before.cover);
    }
    Object.assign(this, { before: null, shown: "" });
  }

  close() {
    clearTimeout(this.waiting);
    for (const kind of TOUCHES) window.removeEventListener(kind, this.touch, true);
    window.removeEventListener("keydown", this.press);
    this.unmark();
  }
}

/** What a step is about: the panel of that key, or the part of the page. */
function targetOf(canvas, target) {
  return canvas.panels.find(({ key }) => key === target)?.figure ?? document.querySelector(`.st-key-${target}`);
}

const tours = new WeakMap();

export default function ({ data, setStateValue, parentElement }) {
  const root = parentElement.querySelector(".tour");
  if (!tours.has(root)) tours.set(root, new Tour(root));
  const tour = tours.get(root);
  tour.tell = setStateValue;
  tour.receive(data);
  return () => {
    tour.close();
    tours.delete(root);
  };
}
