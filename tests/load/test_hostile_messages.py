"""Short plays of the scenes whose messages fill memory, in both modes, on servers that have seen no other attack."""

import pytest

from tests.load.attacked_server import AttackedServer
from tests.load.test_hostile import LARGE, expect_little, server

__all__ = ["server"]

pytestmark = pytest.mark.alone


@pytest.mark.parametrize("scene", LARGE)
def test_messages_that_fill_memory_cost_another_visitor_little(scene: str, server: AttackedServer) -> None:
    expect_little(scene, server)
