// Copies the page's address, which holds every setting, and says what that means for the picture.

/** Whether the text is in the clipboard: an insecure page has no clipboard of the newer kind. */
async function copied(text, root) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
    root.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

export default function ({ data, parentElement }) {
  const [button, status] = ["button", "[role=status]"].map((wanted) => parentElement.querySelector(wanted));
  if (status.dataset.about !== data.about) Object.assign(status, { textContent: "" }).dataset.about = data.about;
  button.onclick = async () => {
    const done = await copied(window.location.href, parentElement);
    status.textContent = `${done ? "Copied." : "Your browser lets no page copy: take the address from its bar."} ${data.about}`;
  };
}
