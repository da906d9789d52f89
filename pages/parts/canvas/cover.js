// The slider under each map: it covers the most relevant squares of the picture, or shows only them.

/** What was measured of the map that is drawn; nothing while another one is, or while it is measured. */
function curvesOf(c, map) {
  return map?.values && !map.before ? c.curves.find((each) => each.digest === map.digest) : undefined;
}

/** The step of the panel's slider, 0 where the map is drawn as it is. */
function stepOf(c, panel) {
  const curves = curvesOf(c, panel.map);
  return curves ? Math.round(((c.cover.shares[panel.key] ?? 0) / 100) * curves.steps) : 0;
}

function wayOf(c, curves) {
  return c.cover.only ? curves.insertion : curves.deletion;
}

/** The message with its arrays where they belong. */
function receivedCurves({ arrays, curves }) {
  for (const each of curves) {
    each.rgb = arrays[each.replaced];
    each.steps = each.deletion.sentences.length - 1;
    for (const kind of ["deletion", "insertion"]) {
      const [shares, chart, turns] = ["", "chart ", "turns "].map((what) => arrays[`${kind} ${what}${each.key}`]);
      Object.assign(each[kind], { shares, chart, turns });
    }
  }
  return curves;
}

function newCover(c, key) {
  const part = element("div", "cover");
  const label = element("label", "amount");
  const name = element("span", "");
  const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, value: 0, step: 1 });
  const output = element("output", "");
  const [told, sentence, outputs, chart] = [element("div", "told"), element("p", "sentence"), element("ol", "outputs"), element("div", "curve")];
  label.append(name, output, slider);
  told.append(sentence, outputs, chart);
  part.append(label, told);
  slider.addEventListener("input", () => moveCover(c, key, Number(slider.value) / Number(slider.max)));
  return { part, name, slider, output, told, sentence, outputs, chart };
}

/** The switch beside the picture that the network saw: what the sliders do. */
function newCoverSwitch(c) {
  const part = element("div", "cover");
  part.innerHTML = `
    <fieldset class="segments"><legend>The sliders</legend>
      <label title="The most relevant squares go out of focus first."><input type="radio" name="only" value="false"><span>Cover</span></label>
      <label title="All is out of focus but the most relevant squares."><input type="radio" name="only" value="true"><span>Show only</span></label>
    </fieldset>
    <label class="tick"><input type="checkbox" class="together"><span>Move all together</span></label>
    <p class="note">Each slider covers the squares that its map marks most, and you see what the network then says. The grey band:
    the same share of squares, in ten random orders.</p>`;
  for (const radio of part.querySelectorAll("[name=only]")) {
    radio.addEventListener("input", () => c.changeCover({ only: radio.value === "true" }));
  }
  part.querySelector(".together").addEventListener("input", (event) => c.changeCover({ together: event.target.checked }));
  return { part };
}

function moveCover(c, key, share) {
  const percent = Math.round(100 * share);
  const moved = c.cover.together ? c.panels.filter((panel) => curvesOf(c, panel.map)).map((panel) => panel.key) : [key];
  const shares = { ...c.cover.shares };
  for (const each of moved) {
    if (percent) shares[each] = percent;
    else delete shares[each];
  }
  c.changeCover({ shares });
}

/** Puts sliders, bars and curves where the state says. */
function showCovers(c) {
  for (const panel of c.panels) {
    if (panel.kind === "seen") showCoverSwitch(c, panel);
    if (panel.kind === "map") showCover(c, panel);
  }
}

function showCoverSwitch(c, panel) {
  const { part } = panel.cover;
  part.hidden = c.data.plain || c.look.view !== "side by side";
  for (const radio of part.querySelectorAll("[name=only]")) radio.checked = radio.value === String(c.cover.only);
  part.querySelector(".together").checked = c.cover.together;
}

function showCover(c, panel) {
  const { part, name, slider, output, told, sentence } = panel.cover;
  part.hidden = Boolean(c.data.plain);
  if (part.hidden) return;
  const curves = curvesOf(c, panel.map);
  const step = stepOf(c, panel);
  name.textContent = c.cover.only ? "Show only the most relevant" : "Cover the most relevant";
  slider.disabled = !curves;
  slider.ariaLabel = `${name.textContent}, ${panel.map.title}`;
  told.hidden = !step;
  const absent = panel.map.values ? c.curvesAbsent : "no map yet"; // which may wait for a press of Compute
  output.textContent = curves ? `${Math.round((100 * step) / curves.steps)}%` : absent;
  if (!curves) return;
  slider.max = curves.steps;
  slider.value = step;
  const way = wayOf(c, curves);
  slider.ariaValueText = step ? way.sentences[step] : "0%, the map itself";
  if (!step) return;
  sentence.textContent = way.sentences[step];
  showOutputs(c, panel.cover, curves, way, step);
  showChart(panel.cover, curves, way, step);
}

/** Whether each square is covered, row by row, as the slider stands. */
function coveredSquares(c, curves, step) {
  const { turns } = wayOf(c, curves);
  return Array.from(turns, (turn) => (step >= turn) !== c.cover.only);
}

/** The picture with the covered squares out of focus, and the border round them; kept until the slider moves. */
function coveredPicture(c, panel) {
  const curves = curvesOf(c, panel.map);
  const step = stepOf(c, panel);
  if (!step) return null;
  const name = `${curves.digest} ${c.cover.only} ${step} ${c.stampOfPicture}`;
  if (panel.covered?.name === name) return panel.covered;
  const { patch, width, height, rgb } = curves;
  const across = Math.ceil(width / patch);
  const squares = coveredSquares(c, curves, step);
  const whole = width === c.data.width && height === c.data.height;
  const image = newImage({ width, height }, (out) => {
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.floor(y / patch) * across;
      for (let x = 0; x < width; x++, at++) {
        const covered = squares[row + Math.floor(x / patch)];
        if (!covered && !whole) continue; // the photo beneath, of another size
        const from = covered ? rgb : c.data.rgb;
        out[4 * at] = from[3 * at];
        out[4 * at + 1] = from[3 * at + 1];
        out[4 * at + 2] = from[3 * at + 2];
        out[4 * at + 3] = 255;
      }
    }
  });
  panel.covered = { name, image, border: borderOf(squares, curves, c.data) };
  return panel.covered;
}

/** Where covered squares meet others, as lines in pixels of the picture: [left, top, right, bottom]. */
function borderOf(squares, { patch, width, height }, data) {
  const [across, down] = [width, height].map((side) => Math.ceil(side / patch));
  const place = (x, y) => [(Math.min(x * patch, width) * data.width) / width, (Math.min(y * patch, height) * data.height) / height];
  const lines = [];
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      const covered = squares[y * across + x];
      if (x + 1 < across && covered !== squares[y * across + x + 1]) lines.push([place(x + 1, y), place(x + 1, y + 1)]);
      if (y + 1 < down && covered !== squares[(y + 1) * across + x]) lines.push([place(x, y + 1), place(x + 1, y + 1)]);
    }
  }
  return lines;
}
