"""The command `app`: starts the dashboard in the browser."""

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from lrp.cli.parser import Parser, refusing, whole_number

NAME = "app"
HELP = "start the dashboard"
ROOT = Path(__file__).parents[2]  # the checkout, or the folder that packages are installed in
PLACES = (ROOT / "lrp_dashboard", ROOT)  # where the wheel puts app.py, and where the checkout has it


def add_flags(parser: Parser) -> None:
    """Adds the flags of `app`."""
    add = parser.add_argument
    add("--port", type=whole_number(1, 65535), metavar="N", help="to listen at (default: 8501, or the next one that is free)")
    add("--headless", action="store_true", help="open no browser")


def run(args: argparse.Namespace) -> int:
    """Becomes the server, until Ctrl-C; what Streamlit reads from its environment variables and files holds as well."""
    with refusing(args.parser):
        script = dashboard_script()
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [] if args.port is None else [f"--server.port={args.port}"]
    command += ["--server.headless=true"] if args.headless else []
    # In a process of its own: it sets what torch reads when it is loaded, and here it is loaded.
    if os.name == "nt":
        return subprocess.call(command)
    sys.stdout.flush()
    os.execv(sys.executable, command)


def dashboard_script() -> Path:
    """Returns the script of the dashboard. Raises ValueError with a sentence where it is not installed."""
    script = next((place / "app.py" for place in PLACES if (place / "pages" / "parts").is_dir()), None)
    if script is None or find_spec("streamlit") is None or find_spec("plotly") is None:
        raise ValueError("the dashboard is not installed here; install it by pip install 'lrp-dashboard[app]'")
    return script
