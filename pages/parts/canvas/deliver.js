// Hands the curves to the canvas of the comparison.

const timers = new WeakMap(); // where the component is mounted -> what waits there

export default function ({ data, parentElement }) {
  const message = unpack(data);
  clearTimeout(timers.get(parentElement));
  const hand = () => {
    const canvas = canvasOf(message.canvas);
    if (canvas) canvas.takeCurves(message);
    else timers.set(parentElement, setTimeout(hand, 100)); // it is mounted a moment later
  };
  hand();
  return () => clearTimeout(timers.get(parentElement));
}
