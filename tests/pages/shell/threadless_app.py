"""The app where the system has no thread for every other run: python tests/pages/shell/threadless_app.py 8123 run app.py"""

import runpy
import sys
from itertools import count
from pathlib import Path

from streamlit.runtime.scriptrunner import ScriptRunner

if __name__ == "__main__":
    ROOT = Path(__file__).parents[3]
    sys.path.insert(0, str(ROOT))
    tries, start = count(), ScriptRunner.start

    def start_every_second(runner: ScriptRunner) -> None:
        if next(tries) % 2 == 0:
            raise RuntimeError("can't start new thread")
        start(runner)

    ScriptRunner.start = start_every_second  # type: ignore[method-assign]
    runpy.run_path(str(ROOT / "tests" / "loopback.py"), run_name="__main__")
