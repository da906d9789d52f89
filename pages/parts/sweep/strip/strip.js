// A slider over maps that are all here: moving it paints another map, and the server hears only where it rests.

const REST = 400; // milliseconds without a move after which the server hears of it

function paint(canvas, data, colour) {
  [canvas.width, canvas.height] = [data.width, data.height];
  const image = new ImageData(data.width, data.height);
  for (let i = 0; i < data.width * data.height; i++) image.data.set(colour(i), 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function paintMap(canvas, data, i) {
  const { arrays, colours, width, height } = data;
  const first = i * width * height; // of the numbers of this map
  paint(canvas, data, (at) => colours[arrays.maps[first + at] + 127]);
  [canvas.dataset.map, canvas.ariaLabel] = [i, data.alts[i]];
}

class Strip {
  constructor(root) {
    this.root = root;
    this.slider = this.find("input");
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  receive(data) {
    this.data = data;
    const rgb = data.arrays.picture;
    this.index = Math.min(this.index ?? data.at, data.steps - 1);
    this.slider.max = data.steps - 1;
    this.find(".label").textContent = data.label;
    this.root.ariaLabel = `The map at every ${data.name}`;
    paint(this.find(".seen"), data, (i) => [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], 255]);
    this.find(".seen").ariaLabel = data.seenAlt;
    const other = data.titles.length > data.steps;
    this.find(".beside").hidden = !other;
    this.find(".panels").classList.toggle("two", !other);
    if (other) {
      paintMap(this.find(".other"), data, data.steps);
      this.find(".name").textContent = data.titles[data.steps];
    }
    this.lay();
    this.show(this.index, false);
  }

  lay() {
    const { steps, titles, mark, alts } = this.data;
    const thumbs = this.find(".thumbs");
    thumbs.style.setProperty("--count", steps);
    thumbs.replaceChildren();
    for (let i = 0; i < steps; i++) {
      const button = document.createElement("button");
      const canvas = document.createElement("canvas");
      paintMap(canvas, this.data, i);
      canvas.ariaHidden = "true";
      button.append(canvas, titles[i]);
      Object.assign(button, { tabIndex: -1, title: alts[i], onclick: () => this.show(i) });
      button.classList.toggle("mark", i === mark);
      thumbs.append(button);
    }
  }

  show(index, moved = true) {
    this.index = index;
    const { data, slider } = this;
    paintMap(this.find(".chosen"), data, index);
    this.find(".title").textContent = `${data.method}, ${data.symbol} = ${data.titles[index]}`;
    slider.value = index;
    slider.ariaValueText = data.titles[index];
    this.find("output").textContent = data.sentences[index];
    this.root.querySelectorAll(".thumbs button").forEach((button, i) => button.classList.toggle("on", i === index));
    if (!moved) return;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell("index", index), REST);
  }
}

const strips = new WeakMap();

export default function ({ data, setStateValue, parentElement }) {
  const root = parentElement.querySelector(".strip");
  if (!strips.has(root)) strips.set(root, new Strip(root));
  const strip = strips.get(root);
  strip.tell = setStateValue;
  strip.receive(unpack(data));
  return () => {
    clearTimeout(strip.telling);
    strips.delete(root);
  };
}
