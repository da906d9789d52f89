"""The dashboard: streamlit run app.py. The server imports this file once, for its limits; each visit runs it as a script."""

import os

import streamlit as st

# Read when torch is loaded: its idle threads would otherwise spin and take the processor from the server's other threads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from pages.parts.shell.gc_freeze import frozen_imports


def show_page() -> None:
    """Draws the page that the address names."""
    with frozen_imports():
        import numpy as np

        from lrp.display.colours import SCALES, colourise
        from pages.parts.frame.state import note_end, send_again
        from pages.parts.frame.style import write_page_name
        from pages.parts.say.start_button import forget_presses
        from pages.parts.shell.carrying import carry_settings, remember_address
        from pages.parts.shell.rejected_parameters import remember_request, report_rejected
        from pages.parts.shell.widget_states import ignore_foreign_states
        from pages.parts.work.allocator import share_arenas
        from pages.parts.work.compute_threads import start_compute_threads
        from pages.parts.work.device import device_problem
        from pages.parts.work.memory import memory_warning
        from pages.parts.work.page_turns import page_turn

        share_arenas()

    ignore_foreign_states()
    # A named icon would be fetched from a foreign host; this one is drawn here.
    icon = colourise(np.linspace(-1, 1, 32, dtype=np.float32)[None].repeat(32, 0), 1.0, next(iter(SCALES)))
    st.set_page_config(page_icon=icon, layout="wide")  # before the pages are named, or the browser fetches the first one's icon

    page = st.navigation(
        [
            st.Page("pages/compare.py", title="Compare", default=True),
            st.Page("pages/epsilon.py", title="Epsilon", url_path="epsilon"),
            st.Page("pages/gamma.py", title="Gamma", url_path="gamma"),
            st.Page("pages/layers.py", title="Layers", url_path="layers"),
            st.Page("pages/depths.py", title="Depths", url_path="depths"),
            st.Page("pages/faithfulness.py", title="How far to trust", url_path="faithfulness"),
            st.Page("pages/settings.py", title="Best settings", url_path="settings"),
            st.Page("pages/dataset.py", title="Data set", url_path="dataset"),
            st.Page("pages/camera.py", title="Camera", url_path="camera"),
            st.Page("pages/guide.py", title="How to read a heatmap", url_path="guide"),
        ],
        position="top",
    )
    st.set_page_config(page_title=f"{page.title} · LRP and Integrated Gradients")
    send_again()
    carry_settings(page.url_path)
    remember_request()
    link_notice = st.container(key="link-note")
    try:
        if page.url_path != "guide":  # the guide shows its own title
            write_page_name(page.title)
        if problem := device_problem():
            st.error(problem, icon=":material/memory:")
            st.stop()
        with page_turn(), memory_warning():
            start_compute_threads()
            page.run()
            report_rejected(link_notice)
            forget_presses()
    finally:  # a page may ask to be drawn again
        remember_address()
        note_end()


if __name__ == "__main__":
    show_page()
else:
    from starlette.middleware import Middleware

    from pages.parts.shell.limits import ConnectionLimits
    from pages.parts.shell.local_server import LocalHosts, open_browser
    from pages.parts.shell.sessions import adapt_sessions

    adapt_sessions()
    app = st.App(__file__, middleware=[Middleware(LocalHosts), Middleware(ConnectionLimits)], lifespan=open_browser)
