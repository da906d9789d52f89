"""Few sockets receive a large message at a time; others wait unread, in fair turns, and who stalls makes room."""

import asyncio

import pytest

from pages.parts.shell.large_messages import AT_ONCE_EACH, LARGE, STALLED, LargeMessages


class Sender:
    def __init__(self, address: str) -> None:
        self.address, self.gone, self.holds = address, False, set[str]()

    def hold(self, why: str) -> None:
        self.holds.add(why)

    def let_go(self, why: str) -> None:
        self.holds.discard(why)

    def abort(self) -> None:
        self.gone = True


def test_an_address_has_few_places_and_another_one_has_its_own() -> None:
    async def come() -> None:
        large = LargeMessages()
        for sender in near:
            large.note(sender, LARGE + 1)
        large.note(far, LARGE + 1)
        small = Sender("192.0.2.1")
        large.note(small, LARGE)
        assert [sender.holds for sender in near] == [set(), set(), {"place"}, {"place"}]
        assert far.holds == small.holds == set()
        large.take(near[0])  # its message is whole, and is being taken: it keeps its place, and nothing more of it is read
        assert near[0].holds == {"message"}
        assert near[2].holds == {"place"}
        large.leave(near[0])
        assert near[0].holds == near[2].holds == set()
        near[1].gone = near[3].gone = True
        large.leave(near[1])
        assert near[3].holds == {"place"}  # who has gone gets none
        large.note(near[0], LARGE + 1)
        assert near[0].holds == set()

    near, far = [Sender("192.0.2.1") for _ in range(AT_ONCE_EACH + 2)], Sender("192.0.2.2")
    asyncio.run(come())


def test_who_stalls_makes_room_for_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    async def come() -> None:
        large = LargeMessages(lambda: now[0])
        for sender in (taken, stalled, next_one):
            large.note(sender, 2 * LARGE)
        large.take(taken)
        assert next_one.holds == {"place"}
        now[0] = STALLED - 1
        await asyncio.sleep(0.05)
        assert not stalled.gone
        now[0] = STALLED + 1
        await asyncio.sleep(0.05)
        assert (stalled.gone, taken.gone) == (True, False)  # for a whole message may wait for its pace
        assert next_one.holds == set()

    monkeypatch.setattr("pages.parts.shell.large_messages.GLANCE", 0.01)
    now = [0.0]
    taken, stalled, next_one = (Sender("192.0.2.1") for _ in range(3))
    asyncio.run(come())


def test_one_timer_looks_at_the_places_however_many_wait() -> None:
    async def come() -> None:
        large, loop = LargeMessages(), asyncio.get_running_loop()
        for _ in range(50):
            large.note(Sender("192.0.2.1"), 2 * LARGE)
        assert len(loop._scheduled) == 1  # type: ignore[attr-defined]

    asyncio.run(come())
