// The panels as elements of the page: titles, scales, and the values under the cursor in words.

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function pairOf(c) {
  const first = c.data.maps.find((map) => map.key === c.look.pair[0]) ?? c.data.maps[0];
  const second = c.data.maps.find((map) => map.key === c.look.pair[1]) ?? c.data.maps.at(-1);
  return [first, second];
}

/** Makes the panels of the chosen view, unless they are there already. */
function arrange(c) {
  const alone = c.look.view === "side by side";
  const wanted = ["seen", ...(alone ? c.data.maps.map((map) => map.key) : ["pair"])];
  if (String(wanted) !== String(c.panels.map((panel) => panel.key))) {
    c.panels = wanted.map((key) => newPanel(c, key));
    c.find(".panels").replaceChildren(...c.panels.map((panel) => panel.figure));
    c.find(".panels").style.setProperty("--panels", wanted.length);
    c.find(".panels").classList.toggle("few", wanted.length < 3);
  }
  for (const panel of c.panels) panel.map = c.data.maps.find((map) => map.key === panel.key);
}

function newPanel(c, key) {
  const figure = element("figure", "panel");
  const title = element("figcaption", "title");
  const frame = element("div", "frame");
  const canvas = element("canvas", "picture");
  const absent = element("span", "absent");
  const value = element("div", "value");
  const scale = element("div", "scale");
  canvas.setAttribute("role", "img");
  frame.append(canvas, absent);
  const kind = key === "seen" || key === "pair" ? key : "map";
  const cover = kind === "map" ? newCover(c, key) : kind === "seen" ? newCoverSwitch(c) : null;
  figure.append(title, frame, value, scale, ...(cover ? [cover.part] : []));
  c.sizes.observe(canvas);
  return { key, kind, figure, title, canvas, absent, value, scale, cover };
}

function number(value, digits = 2) {
  const text = String(Number(Math.abs(value).toPrecision(digits)));
  return value < 0 ? `−${text}` : text;
}

/** Titles, alternative texts and scales. */
function label(c) {
  const [first, second] = pairOf(c);
  for (const panel of c.panels) {
    const told = describe(c, panel, first, second);
    panel.title.textContent = told.title;
    panel.canvas.setAttribute("aria-label", `${told.title}. ${told.alt}`.trim());
    panel.canvas.style.aspectRatio = `${c.data.width} / ${c.data.height}`;
    panel.absent.textContent = told.absent ?? "";
    panel.figure.classList.toggle("before", Boolean(told.before));
    panel.scale.replaceChildren(...(told.limit ? scaleBar(c, told) : []));
  }
}

/** What stands over a panel whose map is not there yet; `before` is the title of the older map beneath it, if there is one. */
function withPrevious(absent, before) {
  return before ? `${absent}. Until then you see the previous map: ${before}` : absent;
}

function describe(c, panel, first, second) {
  if (panel.kind === "seen") return { title: "What the network saw", alt: c.data.alt };
  const { unit } = c.data;
  if (panel.kind === "map") {
    const { title, alt, absent, values, limit, before } = panel.map;
    if (before) return { title, alt: `${absent}. The previous map: ${alt}`, absent: withPrevious(absent, before), before };
    const clipped = values && clippedShare(panel.map, c.look.sign, limit);
    return values ? { title, alt: `${alt} ${drawnOnly(c)}`.trim(), limit, unit, clipped } : { title, alt: absent, absent };
  }
  const names = `${first.title} and ${second.title}`;
  const missing = [first, second].find((map) => !map.values || map.before);
  if (missing) {
    const { title, absent, before } = missing;
    return { title: names, alt: absent, absent: `${title}: ${withPrevious(absent, before)}`, before };
  }
  const alt = `${first.alt} ${second.alt} ${drawnOnly(c)}`.trim();
  const own = first.limit === second.limit ? { limit: first.limit, unit } : { limit: 1, unit: "of each map's range" };
  switch (c.look.view) {
    case "difference": {
      const meaning = `Above 0: more in ${first.title}; below 0: more in ${second.title}`;
      return { title: `${first.title} − ${second.title}`, alt: `${meaning}. ${alt}`, limit: 1, unit: "of each map's range", meaning };
    }
    case "blink": {
      const shown = c.blink.second ? second : first;
      const title = `${shown.title} (${c.blink.second ? 2 : 1} of 2)`;
      return { title, alt: `${shown.alt} ${drawnOnly(c)}`.trim(), limit: shown.limit, unit };
    }
    case "wipe": return { title: `${first.title} | ${second.title}`, alt, ...own };
    default: return { title: `${second.title} over ${first.title}`, alt, ...own };
  }
}

/** What a filter leaves out, for the words beside it are of the whole map. */
function drawnOnly(c) {
  return c.look.sign === "both" ? "" : `Only the ${c.look.sign} relevance is drawn`;
}

function scaleBar(c, { limit, unit, clipped, meaning = "" }) {
  const bar = element("div", "colours");
  const end = number(limit);
  bar.style.background = `linear-gradient(to right, ${c.data.scales[c.look.colours].map((code) => `#${code}`).join(", ")})`;
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `Colours from minus ${end} to plus ${end} ${unit} a pixel`);
  const ends = element("div", "ends");
  ends.append(...[`−${end}`, "0", `+${end} ${unit}`].map((text) => element("span", "", text)));
  const share = clipped === undefined ? "" : `${(100 * clipped).toFixed(1)}% of the pixels are stronger than the scale`;
  return [bar, ends, element("div", "clipped", [share, meaning, drawnOnly(c)].filter(Boolean).join(". "))];
}

/** The values under the cursor, below each panel and in one sentence for those who hear them. */
function tellCursor(c, aloud = false) {
  const hint = c.find(".hint");
  if (!c.cursor) {
    for (const panel of c.panels) panel.value.textContent = "";
    hint.textContent = c.resting;
    return;
  }
  const [x, y] = c.cursor;
  const at = y * c.data.width + x;
  const value = (map) => (map.values && !map.before ? `${number(map.values[at] * map.step, 3)} ${c.data.unit}` : map.absent);
  const [first, second] = pairOf(c);
  for (const panel of c.panels) {
    if (panel.kind === "seen") panel.value.textContent = `row ${y}, column ${x}`;
    else if (panel.kind === "map") panel.value.textContent = value(panel.map);
    else if (c.apart) panel.value.textContent = `${number(c.apart[at], 3)} of each map's range`;
    else panel.value.textContent = `${value(first)} | ${value(second)}`;
  }
  const colour = ["red", "green", "blue"].map((name, k) => `${name} ${c.data.rgb[3 * at + k]}`).join(", ");
  const told = [`Row ${y}, column ${x} (${colour})`, ...c.data.maps.map((map) => `${map.title}: ${value(map)}`)].join(" · ");
  hint.textContent = told;
  if (aloud) c.find(".aloud").textContent = told;
}
