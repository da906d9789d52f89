// The display controls: what they change is painted at once, and told to the server when they rest.

const REST = 400; // milliseconds without a change, after which the server hears of it, for link, files and words
const FLASH = 500; // milliseconds a map stays while they blink: two changes a second

function listenToControls(c) {
  const bars = c.root.querySelectorAll("[data-look]");
  for (const bar of bars) {
    const kind = bar.type === "range" || bar.type === "radio" || bar.type === "checkbox" ? "input" : "change";
    bar.addEventListener(kind, () => c.change({ [bar.dataset.look]: valueOf(bar) }));
  }
  for (const select of c.root.querySelectorAll("[data-pair]")) {
    select.addEventListener("change", () => {
      c.change({ pair: [...c.root.querySelectorAll("[data-pair]")].map((each) => each.value).join("") });
    });
  }
  const press = (name, action) => c.find(`.${name}`).addEventListener("click", action);
  const middle = () => [c.window.x + c.window.width / 2, c.window.y + c.window.height / 2];
  press("nearer", () => zoomBy(c, 1.5, middle()));
  press("farther", () => zoomBy(c, 1 / 1.5, middle()));
  press("whole", () => resetZoom(c));
  press("bare", () => c.change({ photo: c.look.photo ? 0 : c.photoBefore }));
  press("mark", () => c.setMarking(!c.marking));
  press("unmark", () => c.clearRegion());
  press("blinking", () => c.toggleBlink());
}

function valueOf(bar) {
  if (bar.type === "checkbox") return bar.checked;
  return bar.type === "range" ? Number(bar.value) : bar.value;
}

/** Puts the controls where the look says. */
function showLook(c) {
  const { look, data } = c;
  const scales = c.find("[data-look=colours]");
  if (!scales.options.length) scales.append(...Object.keys(data.scales).map((name) => new Option(name, name)));
  for (const bar of c.root.querySelectorAll("[data-look]")) {
    const value = look[bar.dataset.look];
    if (bar.type === "radio") bar.checked = bar.value === value;
    else if (bar.type === "checkbox") bar.checked = value;
    else if (bar.value !== String(value)) bar.value = value;
  }
  c.find(".clip").textContent = `${look.clip}%`;
  c.photoBefore = look.photo || c.photoBefore || data.over_photo;
  c.find(".bare").setAttribute("aria-pressed", !look.photo);
  c.find(".photo").textContent = `${Math.round(100 * look.photo)}%`;
  const pair = pairOf(c);
  c.root.querySelectorAll("[data-pair]").forEach((select, i) => {
    select.replaceChildren(...data.maps.map((map, k) => new Option(`${k + 1}. ${map.title}`, map.key)));
    select.value = pair[i].key;
  });
  c.find(".pair").hidden = look.view === "side by side";
  c.find(".mixing").hidden = look.view !== "overlay" && look.view !== "wipe";
  c.find(".blinking").hidden = look.view !== "blink";
  c.find(".blinking").textContent = calm() ? "Show the other" : c.blink.timer ? "Stop blinking" : "Blink";
  c.find(".unmark").hidden = !c.region;
}

/** Whether the visitor has asked for less motion: then a press shows the other map, once. */
function calm() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function stopBlinking(c) {
  clearTimeout(c.blink.timer);
  c.blink = { timer: null, second: false };
}

/** Shows the other map again and again. Each wait begins with the drawing before it: who was busy makes up for no lost time. */
function startBlinking(c) {
  const { blink } = c;
  blink.timer = setTimeout(() => {
    showOther(c);
    requestAnimationFrame(() => c.blink === blink && startBlinking(c));
  }, FLASH);
}

function showOther(c) {
  c.blink.second = !c.blink.second;
  label(c);
  c.redraw();
}
