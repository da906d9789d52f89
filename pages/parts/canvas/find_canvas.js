/** The comparison that is mounted under that key; null as long as there is none. */
function canvasOf(key) {
  for (const each of document.querySelectorAll(`.st-key-${key}, .st-key-${key} *`)) {
    const panels = each.shadowRoot?.querySelector(".panels");
    if (panels?.comparison) return panels.comparison;
  }
  return null;
}
