// Hands the curves to the canvas of the comparison, and asks the server again while some are still being measured.

const timers = new WeakMap(); // where the component is mounted -> what waits there

export default function ({ data, setStateValue, parentElement }) {
  const message = unpack(data);
  clearTimeout(timers.get(parentElement));
  const hand = () => {
    const canvas = canvasOf(message.canvas);
    if (!canvas) return timers.set(parentElement, setTimeout(hand, 100)); // it is mounted a moment later
    canvas.takeCurves(message);
    if (message.pending) {
      timers.set(parentElement, setTimeout(() => setStateValue("asked", message.asked + 1), 1000 * message.again));
    }
  };
  hand();
  return () => clearTimeout(timers.get(parentElement));
}
