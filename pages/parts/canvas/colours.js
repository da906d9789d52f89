// From numbers to colours: the colour scale, the picture, and every map as an image.

const STEPS = 127; // on either side of zero, as in the picture that people take away

/** Red, green, blue and opacity for each of the 255 steps of a scale; where weak, a `photo` share of the photo shows. */
function colourTable(codes, photo) {
  const stops = codes.map((code) => [0, 2, 4].map((at) => parseInt(code.slice(at, at + 2), 16)));
  const table = new Float32Array(4 * (2 * STEPS + 1));
  for (let i = 0; i <= 2 * STEPS; i++) {
    const place = (i / (2 * STEPS)) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    for (let k = 0; k < 3; k++) table[4 * i + k] = stops[below][k] + (stops[below + 1][k] - stops[below][k]) * (place - below);
    table[4 * i + 3] = 1 - photo * (1 - Math.abs(i - STEPS) / STEPS);
  }
  return table;
}

/** How bright each pixel of the picture is, 0 to 255, weighted as Pillow weighs it. */
function greyOf(rgb) {
  const grey = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = (rgb[3 * i] * 19595 + rgb[3 * i + 1] * 38470 + rgb[3 * i + 2] * 7471 + 0x8000) >> 16;
  }
  return grey;
}

function newImage(data, fill) {
  const canvas = new OffscreenCanvas(data.width, data.height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(data.width, data.height);
  fill(image.data);
  context.putImageData(image, 0, 0);
  return canvas;
}

function photograph(data) {
  return newImage(data, (out) => {
    for (let i = 0; i < data.width * data.height; i++) {
      for (let k = 0; k < 3; k++) out[4 * i + k] = data.rgb[3 * i + k];
      out[4 * i + 3] = 255;
    }
  });
}

/** The values in colours, `perLimit` being what turns them into shares of the limit. */
function colourise(data, values, perLimit, sign, table) {
  return newImage(data, (out) => {
    for (let i = 0; i < values.length; i++) {
      const share = Math.max(-1, Math.min(1, ofSign(values[i], sign) * perLimit));
      const at = 4 * (Math.round(share * STEPS) + STEPS);
      const below = (1 - table[at + 3]) * data.grey[i];
      for (let k = 0; k < 3; k++) out[4 * i + k] = table[at + k] * table[at + 3] + below;
      out[4 * i + 3] = 255;
    }
  });
}

/** Paints every map anew: after new numbers, or a moved display control. */
function paintMaps(c) {
  const { data, look } = c;
  const table = colourTable(data.scales[look.colours], look.photo);
  limitsOf(data, look).forEach((limit, i) => (data.maps[i].limit = limit));
  for (const map of data.maps) map.image = map.values && colourise(data, map.values, map.step / map.limit, look.sign, table);
  const [a, b] = pairOf(c);
  const there = [a, b].every((map) => map?.values && !map.before);
  c.apart = look.view === "difference" && there ? difference(a, b, look.sign) : null;
  c.apartImage = c.apart && colourise(data, c.apart, 1, "both", table);
}
