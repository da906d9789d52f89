"""LRP at every gamma: a slider over the maps of one forward pass, and where the map stops resembling that at gamma = 0."""

import streamlit as st

import lrp
from lrp.network.attention_blocks import has_attention
from pages.parts.choose.subject import choose_subject
from pages.parts.sweep.sweep_page import show_page_of
from pages.parts.sweep.swept import GAMMA

IN_BLOCKS = (
    " Here it acts in the linear layers of the blocks. The convolution that reads the patches has a gamma of its own, below: the "
    "two make the grid in which the best pair for a transformer is looked for."
)
IN_CONVOLUTIONS = " Here it acts in every convolution."

subject = choose_subject()
st.markdown(subject.heading)
if has_attention(subject.network.network):
    begin = lrp.AttnLRPGamma().gamma
    show_page_of(GAMMA, lrp.AttnLRPGamma, subject, subject.objective, begin, "attn-lrp", IN_BLOCKS)
else:
    begin = lrp.EpsilonGammaBox().gamma
    show_page_of(GAMMA, lrp.EpsilonGammaBox, subject, subject.objective, begin, "epsilon-plus", IN_CONVOLUTIONS)
