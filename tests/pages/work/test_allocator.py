"""Memory that was freed between pieces in use goes back to the system."""


import psutil
import pytest

from pages.parts.work import allocator
from pages.parts.work.allocator import give_back_freed_memory, share_arenas


def test_what_lies_between_pieces_in_use_goes_back() -> None:
    process = psutil.Process()
    pieces: list[bytearray | None] = [bytearray(100_000) for _ in range(3000)]
    for i in range(len(pieces)):
        if i % 10:
            pieces[i] = None
    before = process.memory_info().rss
    give_back_freed_memory()
    assert process.memory_info().rss < before - 150_000_000
    assert all(piece == bytes(100_000) for piece in pieces if piece)


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: object())
    share_arenas()
    give_back_freed_memory()
