// The camera's loop: a frame goes to the server, its map comes back and is drawn, and then the next frame goes.

const LEAST_PAUSE = 150; // milliseconds from one frame to the next; the server takes eight runs of a part of a page a second
const PATIENCE = 10_000; // milliseconds after which an answer counts as lost, and the next frame goes
const SPEAKING = 3_000; // milliseconds between two sentences that are read aloud
const FROZEN_SIDE = 800; // pixels of the longer side of a frame that goes to Compare
const FROZEN_LETTERS = 180_000; // of its data, with which it fits into one message
const KEPT = "camera of a page that is drawn anew"; // where its stream waits for the page to come back
const KEPT_FOR = 3_000; // milliseconds
const PROBLEMS = {
  NotAllowedError: "The browser was not allowed to use the camera; allow it beside the page's address, and press Start again.",
  NotFoundError: "The browser finds no camera on this device; take a picture of your own on the page Compare instead.",
  NotReadableError: "Another program seems to use the camera; close it, and press Start again.",
};
const OTHER_PROBLEM = "The camera cannot be started now; try again, or take a picture of your own on the page Compare.";
const INSECURE = "A browser gives its camera only to pages at https:// and to this computer's own; open the page at such an address, or take a picture of your own on the page Compare.";

class Live {
  constructor(root) {
    Object.assign(this, { root, number: 0, stream: null, times: [], spoken: 0, said: "" });
    this.frame = document.createElement("canvas"); // what is sent
    this.sent = document.createElement("canvas"); // the same as the camera took it, for Compare
    this.find(".start").addEventListener("click", () => this.start());
    this.find(".stop").addEventListener("click", () => this.stop());
    this.find(".freeze").addEventListener("click", () => this.freeze());
    this.find(".live").live = this; // for whoever looks into the page, such as a test
    if (window[KEPT]?.active) this.run(window[KEPT]);
    delete window[KEPT];
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  async start() {
    this.tell("");
    if (!navigator.mediaDevices?.getUserMedia) return this.tell(INSECURE);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, height: { ideal: 480 } }, audio: false });
      if (this.closed) return end(stream);
      await this.run(stream);
    } catch (error) {
      this.stop();
      this.tell(PROBLEMS[error.name] ?? OTHER_PROBLEM);
    }
  }

  async run(stream) {
    this.stream = stream;
    const video = this.find("video");
    video.srcObject = stream;
    stream.getTracks().forEach((track) => track.addEventListener("ended", () => this.stop()));
    await video.play();
    this.showRunning(true);
    this.later(0);
  }

  stop() {
    end(this.stream);
    this.stream = null;
    clearTimeout(this.next);
    clearTimeout(this.lost);
    this.times = [];
    this.showRunning(false);
  }

  tell(problem) {
    this.find(".problem").textContent = problem;
    this.find(".problem").hidden = !problem;
  }

  showRunning(running) {
    this.find(".start").hidden = running;
    for (const name of ["stop", "freeze", "rate"]) this.find(`.${name}`).hidden = !running;
    this.find(".rate").textContent = "";
  }

  /** Sends the middle of what the camera sees. */
  send() {
    clearTimeout(this.lost);
    if (!this.stream || !this.data) return;
    if (document.hidden) return this.later(500); // nobody looks, and a browser hardly runs the camera
    const video = this.find("video");
    const [width, height] = [video.videoWidth, video.videoHeight];
    if (!width) return this.later(50);
    const { side } = this.data;
    const cut = Math.min(width, height);
    const context = drawn(this.frame, side, side, video, [(width - cut) / 2, (height - cut) / 2, cut, cut]);
    const shrink = Math.min(1, FROZEN_SIDE / Math.max(width, height));
    drawn(this.sent, Math.round(width * shrink), Math.round(height * shrink), video, [0, 0, width, height]);
    this.sentAt = performance.now();
    this.number++;
    this.trigger("frame", { number: this.number, side, rgb: base64(context.getImageData(0, 0, side, side).data) });
    this.lost = setTimeout(() => this.send(), PATIENCE);
  }

  later(milliseconds) {
    clearTimeout(this.next);
    this.next = setTimeout(() => this.send(), milliseconds);
  }

  freeze() {
    if (!this.sent.width) return;
    let [quality, text] = [0.95, ""];
    do text = this.sent.toDataURL("image/jpeg", quality).split(",")[1];
    while (text.length > FROZEN_LETTERS && (quality -= 0.1) > 0.2);
    this.stop();
    this.trigger("frozen", text);
  }

  receive(data) {
    this.data = data;
    if (!this.stream) return;
    if (data.number === undefined) return this.later(LEAST_PAUSE); // the whole page was drawn anew, and the answer lost
    if (data.number !== this.number) return;
    clearTimeout(this.lost);
    this.draw(data);
    const now = performance.now();
    this.times = [...this.times.filter((time) => now - time < 3000), now];
    const rate = ((this.times.length - 1) * 1000) / (now - this.times[0]);
    this.find(".rate").textContent = this.times.length > 2 ? `${rate.toFixed(1)} maps a second` : "";
    this.later(Math.max(0, LEAST_PAUSE - (now - this.sentAt)));
  }

  draw(data) {
    for (const name of ["headline", "panels", "foremost"]) this.find(`.${name}`).hidden = false;
    this.find(".headline").textContent = data.headline;
    this.find(".title").textContent = data.title;
    data.grey = greyOf(data.rgb);
    const [map] = data.maps;
    const [limit] = limitsOf(data, data.look);
    const table = colourTable(data.scales[data.look.colours], data.look.photo);
    put(this.find(".seen"), photograph(data), data.headline);
    put(this.find(".map"), colourise(data, map.values, map.step / limit, data.look.sign, table), map.alt);
    this.find(".foremost").replaceChildren(...data.foremost.map(({ name, text, explained }) => {
      const item = document.createElement("li");
      item.textContent = `${name} ${text}`;
      item.classList.toggle("explained", explained);
      return item;
    }));
    if (data.headline !== this.said && performance.now() - this.spoken > SPEAKING) {
      Object.assign(this, { said: data.headline, spoken: performance.now() });
      this.find(".aloud").textContent = data.headline;
    }
  }

  /** Ends, but keeps the camera for a moment: the page may take this part away and bring it back while it is drawn anew. */
  close() {
    this.closed = true;
    const { stream } = this;
    this.stream = null;
    this.stop();
    if (!stream) return;
    window[KEPT] = stream;
    setTimeout(() => {
      if (window[KEPT] !== stream) return;
      delete window[KEPT];
      end(stream);
    }, KEPT_FOR);
  }
}

function end(stream) {
  stream?.getTracks().forEach((track) => track.stop());
}

function drawn(canvas, width, height, video, part) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(video, ...part, 0, 0, width, height);
  return context;
}

function put(canvas, image, words) {
  if (canvas.width !== image.width || canvas.height !== image.height) Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext("2d").drawImage(image, 0, 0);
  canvas.setAttribute("aria-label", words);
}

/** Red, green and blue of each pixel as base64. */
function base64(rgba) {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0, at = 0; i < rgba.length; i += 4) {
    rgb[at++] = rgba[i];
    rgb[at++] = rgba[i + 1];
    rgb[at++] = rgba[i + 2];
  }
  let text = "";
  for (let at = 0; at < rgb.length; at += 0x8000) text += String.fromCharCode(...rgb.subarray(at, at + 0x8000));
  return btoa(text);
}

const mounted = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!mounted.has(parentElement)) mounted.set(parentElement, new Live(parentElement));
  const live = mounted.get(parentElement);
  live.trigger = setTriggerValue;
  live.receive(received(data));
  return () => {
    live.close();
    mounted.delete(parentElement);
  };
}
