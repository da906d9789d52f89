// What the server sends, and what is counted from it: percentiles, limits, differences.

/** The message with its arrays where they belong: the values of each map (null where there are none) and the picture. */
function received(message) {
  const { arrays, ...data } = unpack(message);
  for (const map of data.maps) Object.assign(map, { values: arrays[map.key] ?? null, sorted: {} });
  return { ...data, rgb: arrays.picture };
}

function ofSign(value, sign) {
  return (sign === "positive" && value < 0) || (sign === "negative" && value > 0) ? 0 : value;
}

/** |values| of one sign in ascending order, the others counted as 0; kept for the next percentile. */
function sizesOf(map, sign) {
  map.sorted[sign] ??= sortedSizes(map, sign);
  return map.sorted[sign];
}

/** Sorted by counting, which takes a fraction of the time: values are whole numbers of 16 bits. */
function sortedSizes(map, sign) {
  const counts = new Uint32Array(2 ** 15 + 1);
  for (let i = 0; i < map.values.length; i++) counts[Math.abs(ofSign(map.values[i], sign))]++;
  const sorted = new Float32Array(map.values.length);
  for (let size = 0, at = 0; at < sorted.length; size++) {
    for (let left = counts[size]; left > 0; left--) sorted[at++] = size * map.step;
  }
  return sorted;
}

/** As numpy does it: between the two nearest ranks, linearly. */
function percentile(sorted, percent) {
  const place = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** The size that the strongest colour stands for, for each map: of its own values, or one for all. */
function limitsOf(data, look) {
  const present = data.maps.filter((map) => map.values);
  const limit = (sorted) => percentile(sorted, look.clip) || sorted.at(-1) || 1;
  if (look.common && present.length) {
    data.together ??= {};
    data.together[look.sign] ??= joined(present.map((map) => sizesOf(map, look.sign))).sort();
    return data.maps.map(() => limit(data.together[look.sign]));
  }
  return data.maps.map((map) => (map.values ? limit(sizesOf(map, look.sign)) : 1));
}

function joined(arrays) {
  const whole = new Float32Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}

/** The share of a map's values beyond its limit, 0 to 1. */
function clippedShare(map, sign, limit) {
  const sorted = sizesOf(map, sign);
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > limit * (1 + 1e-6)) high = middle;
    else low = middle + 1;
  }
  return 1 - low / sorted.length;
}

/** Each map divided by its limit, then subtracted. */
function difference(a, b, sign) {
  return Float32Array.from(
    a.values,
    (v, i) => (ofSign(v, sign) * a.step) / a.limit - (ofSign(b.values[i], sign) * b.step) / b.limit,
  );
}
