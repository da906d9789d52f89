"""The process in which a picture is decoded for the sandbox: bytes on standard input; a word on it and pixels come out.

It is run by its path, so that it loads Pillow, NumPy and the modules about pictures, but neither torch nor the rest of the
package, and starts in a tenth of a second.
Arguments: the most seconds of processor time, the most bytes of memory, and the path of images.py.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

try:
    import resource
except ImportError:  # Windows knows no such limits; there the time on the clock alone is bounded
    resource = None  # type: ignore[assignment]


def main(seconds: str, memory: str, images: str) -> None:
    """Writes one line of JSON, {"size": [width, height]} with the RGB bytes after it, or {"refused": sentence}."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
    package = ModuleType("lrp")  # its folder without its __init__.py, which loads torch
    package.__path__ = [str(Path(images).parents[1])]
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
