"""The app as it is put on the open web: streamlit run pages/parts/shell/server.py."""

import os
import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))  # Streamlit looks for modules beside this file only

from pages.parts.shell.guard import Guard  # noqa: E402
from pages.parts.shell.limits import ConnectionLimits  # noqa: E402
from pages.parts.shell.sessions import adapt_sessions  # noqa: E402

os.environ.setdefault("LRP_MAX_SECONDS", "900")
os.environ.setdefault("LRP_NETWORK_UPLOADS", "0")

adapt_sessions()
app = st.App(ROOT / "app.py", middleware=[Middleware(Guard), Middleware(ConnectionLimits)])
