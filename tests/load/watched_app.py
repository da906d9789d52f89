"""The app, which writes down what memory it has: LRP_MEMORY_LOG=FILE python tests/load/watched_app.py 8123 run app.py

Each line of FILE is three numbers: time.monotonic(), the bytes of the process, and those of them that the server's budgets hold.
"""

import os
import runpy
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
INTERVAL = 0.05  # seconds


def write_memory(path: str) -> None:
    """Appends a line to the file again and again."""
    process = psutil.Process()
    with open(path, "w", buffering=1) as log:
        while True:
            log.write(f"{time.monotonic()} {process.memory_info().rss} {retained_bytes()}\n")
            time.sleep(INTERVAL)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as app.py does, which here comes after torch
    import psutil

    from pages.parts.work.budgets import retained_bytes  # here, for two threads that import the same may meet half a module

    threading.Thread(target=write_memory, args=(os.environ["LRP_MEMORY_LOG"],), daemon=True).start()
    runpy.run_path(str(ROOT / "tests" / "loopback.py"), run_name="__main__")
