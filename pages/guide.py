"""How to read a heatmap."""

import streamlit as st

st.title("How to read a heatmap")
