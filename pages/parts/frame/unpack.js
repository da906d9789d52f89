const TYPES = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array };

/** What Python's `pack` has made of a header and arrays: the header, with the arrays by their names in `arrays`. */
function unpack(message) {
  const end = 4 + new DataView(message.buffer, message.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(message.subarray(4, end)));
  const { buffer } = message.slice(end); // a copy, for within the message an array may begin at an odd address
  const arrays = Object.entries(header.arrays).map(([name, { type, at, length }]) => [name, new TYPES[type](buffer, at, length)]);
  return { ...header, arrays: Object.fromEntries(arrays) };
}
