"""The decoder process of the sandbox: reads a file from standard input, writes one line of JSON and the pixels.

It is run by its path, so that it loads Pillow, NumPy and the modules of this folder, but neither torch nor the rest of the
package, and starts in a tenth of a second.
Arguments: seconds of processor time, bytes of memory, and the path of decode.py.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

try:
    import resource
except ImportError:  # Windows has no such limits; only wall-clock time is bounded there
    resource = None  # type: ignore[assignment]


def main(seconds: str, memory: str, decode: str) -> None:
    """Decodes standard input; writes {"size": [width, height]} and then the RGB bytes, or {"refused": sentence}."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
    package = ModuleType("lrp")  # a package of that name without its __init__.py, which would load torch
    package.__path__ = [str(Path(decode).parents[1])]
    sys.modules["lrp"] = package
    module = import_module("lrp.pictures.decode")
    out = sys.stdout.buffer
    try:
        picture = module.decode(sys.stdin.buffer.read())
        answer, pixels = {"size": picture.size}, picture.tobytes()
    except module.InputError as error:
        answer, pixels = {"refused": str(error)}, b""
    except MemoryError:
        answer, pixels = {"refused": module.NO_MEMORY}, b""
    out.write(json.dumps(answer).encode() + b"\n")
    out.write(pixels)


if __name__ == "__main__":
    main(*sys.argv[1:])
