// The likeliest classes as buttons with a bar in each; a press tells the server which.
// They are seen beside their own headline alone: the two come in messages of their own, in whatever order the server sends them.

const letters = (text) => text.replace(/[^\p{L}\p{N}]/gu, ""); // what Markdown leaves of a text

function showBeside(list, headline) {
  const wanted = letters(headline);
  const look = () => {
    const beside = document.querySelector(".st-key-headline");
    list.style.visibility = beside && letters(beside.textContent) === wanted ? "visible" : "hidden";
  };
  const observer = new MutationObserver(look); // which is told before anything is painted
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  look();
  return observer;
}

const observers = new WeakMap(); // list -> the one that watches for its headline

export default function ({ data, setTriggerValue, parentElement }) {
  const list = parentElement.querySelector("ol");
  const rows = data.classes.map(({ name, share, text, mark }) => {
    const button = document.createElement("button");
    const part = (tag, of, words = "") => Object.assign(document.createElement(tag), { className: of, textContent: words });
    const bar = part("span", "bar");
    bar.style.width = `${(100 * share) / data.longest}%`;
    const track = part("span", "track");
    track.append(bar);
    button.append(part("span", "name", name), track, part("span", "text", text));
    Object.assign(button, { className: mark, title: `Explain ${name}`, ariaPressed: mark === "explained" });
    button.addEventListener("click", () => setTriggerValue("picked", name));
    const row = document.createElement("li");
    row.append(button);
    return row;
  });
  const at = Array.from(list.querySelectorAll("button")).findIndex((each) => each.matches(":focus"));
  list.replaceChildren(...rows);
  list.ariaLabel = data.label;
  const [explained, compared] = data.shades;
  list.style.setProperty("--explained", explained);
  list.style.setProperty("--compared", compared);
  if (at >= 0) rows[at]?.firstChild.focus(); // so that the keyboard stays where it was
  observers.get(list)?.disconnect();
  observers.set(list, showBeside(list, data.headline));
  return () => observers.get(list)?.disconnect();
}
