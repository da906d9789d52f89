// A picture pasted anywhere on the page, except where text is typed, goes to the server. A file that Streamlit's own control
// would refuse with nothing but a red row is caught before: the server judges it by its bytes, or says why it cannot.

const CONTROL = "[class*='st-key-upload-'] [data-testid=stFileUploader]"; // that of pictures, by the key it has in pictures.py

function listen(kind, heard, capture) {
  const name = `own picture ${kind}`;
  window[name] && document.removeEventListener(kind, window[name], capture);
  window[name] = heard; // the one listener, replaced when the page is drawn again
  document.addEventListener(kind, heard, capture);
  return () => document.removeEventListener(kind, heard, capture);
}

function read(file, then) {
  const reader = new FileReader();
  reader.onload = () => then(reader.result.split(",")[1] ?? "");
  reader.readAsDataURL(file);
}

function isTaken([file, ...others], data) {
  return !others.length && file.size <= data.most && data.types.includes(file.name.split(".").pop().toLowerCase());
}

export default function ({ data, setTriggerValue, parentElement }) {
  parentElement.querySelector(".told").textContent = data.hint;
  const paste = (event) => {
    const file = Array.from(event.clipboardData?.files ?? []).find((each) => each.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    read(file, (text) => setTriggerValue("picture", file.size > data.most ? null : text));
  };
  const choose = (event) => {
    const files = Array.from((event.type === "drop" ? event.dataTransfer : event.target).files ?? []);
    if (!event.target.closest?.(CONTROL) || !files.length || isTaken(files, data)) return;
    event.preventDefault();
    event.stopPropagation();
    const [{ name, size }] = files;
    if (files.length > 1 || size > data.most) setTriggerValue("refused", { files: files.length, name, size });
    else read(files[0], (content) => setTriggerValue("file", { name, content }));
    if (event.type === "change") event.target.value = ""; // or the same file could not be chosen again
    else event.target.dispatchEvent(new DragEvent("dragleave", { bubbles: true })); // ends the look of a file held over it
  };
  const ends = [listen("paste", paste, false), listen("change", choose, true), listen("drop", choose, true)];
  return () => ends.forEach((end) => end());
}
