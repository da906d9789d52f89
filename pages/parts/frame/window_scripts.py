"""Scripts for the browser's window, which outlast the page: one history entry a page, and no page that stays white."""

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

# The server changes the address after a page has been opened, and each change would be a step: the way back would first lead
# through addresses that lack most settings.
_HISTORY = """
function useOneEntryAPage() {
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const here = url == null || new URL(url, location.href).pathname === location.pathname;
    return here ? history.replaceState(state, title, url) : push(state, title, url);
  };
}
"""

# Where Streamlit meets a message that it cannot draw, React takes the whole page away and nobody else says anything.
_RELOAD = """
function loadAgainWhereThePageBroke() {
  const EVERY = 1000, AT_MOST_EACH = 20000, LAST = 'loaded again at';  // milliseconds; a page that breaks at once stays broken
  setInterval(() => {
    if (document.querySelector('[data-testid=stApp]')) return;
    if (Date.now() - Number(sessionStorage.getItem(LAST)) < AT_MOST_EACH) return;
    sessionStorage.setItem(LAST, Date.now());
    location.reload();
  }, EVERY);
}
"""

_SCRIPT = f"""{_HISTORY}{_RELOAD}
export default function () {{
  if (window.hasPageScripts) return;
  window.hasPageScripts = true;
  useOneEntryAPage();
  loadAgainWhereThePageBroke();
}}
"""


@st.cache_resource
def _component() -> ComponentRenderer:
    return st.components.v2.component("window_scripts", js=_SCRIPT)


def run_window_scripts() -> None:
    """Sends the scripts to the browser; they take no room on the page."""
    with st.container(key="window-scripts"):
        _component()(key="once a window", height=0)
