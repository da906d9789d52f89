"""The process in which a picture is decoded for `lrp.isolated`: bytes on standard input; a word on it and pixels come out.

It is run by its path, so that it loads Pillow and NumPy but neither torch nor this package, and starts in a tenth of a second.
Arguments: the most seconds of processor time, the most bytes of memory, and the path of images.py.
"""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location

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
    spec = spec_from_file_location("images", images)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
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
