"""The app with a pause between the headline and the bars beside it, in which the next click cuts the run short.

    python tests/browser/slow_bars.py 8123 run app.py --server.port 8501
"""

import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

PAUSE = 0.6  # seconds

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from streamlit.web.cli import main

    from pages.parts.compare import top_five
    from tests.loopback import loopback_allowed

    draw = top_five.draw_bars

    def draw_late(*arguments: Any) -> None:
        time.sleep(PAUSE)
        draw(*arguments)

    with loopback_allowed(int(sys.argv.pop(1))), mock.patch.object(top_five, "draw_bars", draw_late):
        sys.exit(main())
