"""The process of the sandbox: limits itself, then runs one job from standard input to standard output.

It is run by its path, so that it loads the modules that the job names, but not the whole package, and starts fast.
Arguments: seconds of processor time, bytes of memory, bytes of a file it may write, the folder of the package, the job's module
and function, and arguments of its own.
"""

import sys
from importlib import import_module
from types import ModuleType

try:
    import resource
except ImportError:  # Windows has no such limits; only wall-clock time is bounded there
    resource = None  # type: ignore[assignment]


def main(seconds: str, memory: str, output: str, folder: str, module: str, function: str, *arguments: str) -> None:
    """Runs the function of that module with the two binary files and the arguments."""
    if resource is not None:
        _limit(resource.RLIMIT_CPU, int(seconds), int(seconds) + 1)
        _limit(resource.RLIMIT_CORE, 0, 0)
        _limit(resource.RLIMIT_DATA, int(memory), int(memory))
        _limit(resource.RLIMIT_FSIZE, int(output), int(output))
    package = ModuleType("lrp")  # a package of that name without its __init__.py, which would load everything
    package.__path__ = [folder]
    sys.modules["lrp"] = package
    getattr(import_module(module), function)(sys.stdin.buffer, sys.stdout.buffer, *arguments)


def _limit(kind: int, soft: int, hard: int) -> None:
    """Sets a limit, or leaves the lower one that the system has set already, which cannot be raised."""
    allowed = resource.getrlimit(kind)[1]
    if allowed != resource.RLIM_INFINITY:
        soft, hard = min(soft, allowed), min(hard, allowed)
    resource.setrlimit(kind, (soft, hard))


def allow_seconds(seconds: int) -> None:
    """Lets this process take so many seconds of processor time from now on, within what `main` has set. Nothing on Windows."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        until = int(used.ru_utime + used.ru_stime) + 1 + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))


def open_nothing_more() -> None:
    """Forbids this process to open any file or connection from now on; what is open stays so. Does nothing on Windows."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
