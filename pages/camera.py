"""The camera, live: what the network sees in it and where, several times a second, until a press freezes a frame into Compare."""

import streamlit as st

from pages.parts.camera.live_view import show_live
from pages.parts.choose.backbone import choose_network
from pages.parts.choose.class_choice import choose_from_menu
from pages.parts.choose.control_bar import draw_control_bar
from pages.parts.choose.method_menus import choose_method
from pages.parts.choose.pictures import own_album
from pages.parts.choose.samples import sample
from pages.parts.choose.unavailable import show_unavailable
from pages.parts.frame.maps import choose_colours
from pages.parts.frame.menu_keys import CAMERA_METHOD
from pages.parts.frame.style import apply_style
from pages.parts.frame.viewport import is_narrow
from pages.parts.say import words

apply_style()
album = own_album()
bar = draw_control_bar(is_narrow())
with bar.network:
    network, unavailable = choose_network(album.picture or sample(album.sample), bar.below)
with bar.question:
    target = choose_from_menu(network)
    method = choose_method("Method", CAMERA_METHOD, "epsilon-plus-flat", with_rules=True, network=network)()
    scale = choose_colours()

show_unavailable(unavailable)
st.markdown("## What does the network see through your camera?")
what = "the class that it sees in each frame" if target is None else words.article(network.categories[target])
st.markdown(
    f"Point the camera at something: **{network.name}** says what it sees, and where what speaks for **{what}** lies. "
    "Press *Freeze and compare* to see other methods on the frame on show."
)
show_live(network, method, target, scale)
st.caption(
    "The frames go to the server of this page and nowhere else. Each is explained in memory and forgotten; a frozen one is kept "
    "for this visit, as an uploaded picture is."
)
