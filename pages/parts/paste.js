// A picture pasted anywhere on the page, except where text is typed, goes to the server.

export default function ({ data, setTriggerValue, parentElement }) {
  parentElement.querySelector(".told").textContent = data.hint;
  const paste = (event) => {
    const file = Array.from(event.clipboardData?.files ?? []).find((each) => each.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    const reader = new FileReader();
    reader.onload = () => setTriggerValue("picture", file.size > data.most ? null : reader.result.split(",")[1]);
    reader.readAsDataURL(file);
  };
  window.pastedPicture && document.removeEventListener("paste", window.pastedPicture);
  window.pastedPicture = paste; // the one listener, replaced when the page is drawn again
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
