"""A process that is killed at any request, before it was sent or after it was done: the next one completes its work."""

from __future__ import annotations

from typing import Any

import pytest

from reporting_pollster.exports.concertim.client import Access, Client
from tests.concertim import Concertim
from tests.domain.concertim.made import cloud, instance, network, stack, volume
from tests.exports.concertim.cycles import Exporter, client_of

BEFORE = (*(instance(f"i{n}", f"w{n}") for n in range(3)), stack("s1"), volume("v1"))
AFTER = (*(instance(f"i{n}", f"x{n}") for n in range(2, 5)), stack("s2"), network("n1"))
ENDED = {"Instance": frozenset({"i0", "i1"}), "Stack": frozenset({"s1"}), "Volume": frozenset({"v1"})}


class Killed(BaseException):
    """The end of a process: nobody catches it."""


class Mortal(Client):
    """Dies at a request: the `number`-th of all, before it is sent or before its answer is read."""

    def __init__(self, access: Access, number: int, *, sent: bool) -> None:
        super().__init__(access)
        self._left, self._sent, self._dead = number, sent, False

    def _once(self, *request: Any) -> Any:
        self._left -= 1
        if self._dead or (self._left < 0 and not self._sent):
            self._die()
        answer = super()._once(*request)
        if self._left < 0:
            self._die()
        return answer

    def _die(self) -> None:
        self._dead = True
        raise Killed


def killed_at(number: int, *, sent: bool) -> bool:
    """Kill the second of two cycles at a request and run further ones; return false when it had fewer requests."""
    with Concertim() as concertim:
        concertim.installation.owner("physics", "p1")
        access = Access(concertim.url, concertim.login, concertim.password, in_flight=1)
        Exporter(client_of(concertim)).cycle(cloud(*BEFORE))
        rows = cloud(*AFTER, ended=ENDED)
        try:
            Exporter(Mortal(access, number, sent=sent)).cycle(rows)
        except Killed:
            died = True
        else:
            died = False

        exporter = Exporter(client_of(concertim))
        completed = exporter.cycle(rows)
        found = concertim.installation.by_openstack_id()
        concertim.journal.clear()
        exporter.cycle(rows)

        assert completed.failed == []
        assert {key: len(devices) for key, devices in found.items()} == dict.fromkeys(("i2", "i3", "i4", "n1"), 1)
        assert len(concertim.installation.racks) == 2
        assert concertim.journal.writes() == []
        return died


@pytest.mark.parametrize("sent", [False, True])
def test_the_next_cycle_completes_what_was_cut_off_at_any_request(sent: bool) -> None:
    number = 0
    while killed_at(number, sent=sent):
        number += 1

    assert number > 15  # so many requests the cycle has
