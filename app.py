"""The dashboard: streamlit run app.py."""

import streamlit as st

st.set_page_config(page_title="LRP and Integrated Gradients side by side", page_icon=":material/compare:", layout="wide")

st.navigation(
    [
        st.Page("pages/compare.py", title="Compare", icon=":material/compare:", default=True),
        st.Page("pages/guide.py", title="How to read a heatmap", icon=":material/menu_book:", url_path="guide"),
    ],
    position="top",
).run()
