"""Messages between a process and a job that answers several requests: bytes with their length before them."""

from typing import IO

LENGTH = 8  # bytes of the number before each message that says how long it is


def write_message(file: IO[bytes], message: bytes) -> None:
    """Writes a message with its length before it."""
    file.write(len(message).to_bytes(LENGTH))
    file.write(message)
    file.flush()


def read_message(file: IO[bytes]) -> bytes | None:
    """Returns the next message, or None where the file ends before it does."""
    head = file.read(LENGTH)
    if len(head) < LENGTH:
        return None
    size = int.from_bytes(head)
    message = file.read(size)
    return message if len(message) == size else None
