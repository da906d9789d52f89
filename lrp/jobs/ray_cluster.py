"""Connects to a Ray cluster, or starts one on this machine."""

import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from lrp.files.plain_text import plain_text
from lrp.files.regular_file import OutputError, os_reason

AUTO = "auto"  # the address of whatever cluster this machine belongs to
PATIENCE = 10.0  # seconds until a cluster is taken not to be there


class ClusterError(OutputError):
    """Raised where no cluster can be had, or its work ends; its message is one plain sentence."""


@contextmanager
def cluster(address: str) -> Iterator[Any]:
    """Gives Ray, connected to the cluster, or started on this machine if there is none for AUTO.

    Raises ClusterError where there is no Ray or no such cluster, and where that ends the work inside.
    """
    try:
        import ray.data
    except ImportError:
        raise ClusterError("Ray is not installed here; install it by pip install 'lrp-dashboard[ray]'.") from None
    connect = partial(ray.init, log_to_driver=False, logging_level=logging.ERROR)
    try:
        if match := re.fullmatch(r"\[?([\w.:-]+?)\]?:(\d{1,5})", address):
            socket.create_connection((match[1], int(match[2])), PATIENCE).close()  # Ray itself would try for minutes
        try:
            connect(address=address)
        except ConnectionError:
            if address != AUTO:
                raise
            connect(include_dashboard=False)
    except (OSError, OverflowError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) and error.strerror else plain_text(str(error))[:200]
        if isinstance(error, ConnectionError) and not error.strerror:  # Ray says no more of one that asks for a token
            reason += "; where it asks for a token, set RAY_AUTH_MODE=token"
        raise ClusterError(f"There is no Ray cluster at {plain_text(address)} ({reason}).") from None
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # or it writes between the lines of the progress bar
    try:
        yield ray
    except ray.exceptions.RayTaskError:  # a fault of the program, which is to be seen
        raise
    except ray.exceptions.RayError as error:
        told = f"The Ray cluster ended the work ({type(error).__name__}); the same command goes on where it stopped."
        raise ClusterError(told) from None
    finally:
        ray.shutdown()
